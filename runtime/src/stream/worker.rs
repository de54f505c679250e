//! One thread's work on one stretch after the other.

use super::done::{Done, Payload, Unpriced};
use super::rows::Refused;
use super::run::{Options, Sink};
use super::seen::{Arrived, Seen};
use super::turn::Turn;
use super::verify::Sample;
use super::work::{Reader, Work, raw};
use crate::rated::{RatedRow, Written};
use crate::sink::TextWriter;
use crate::source::wire::quoted;
use crate::source::{Parsed, Problem, Reject};
use florin_compiler::columns::Block;
use florin_compiler::compiled::{Arrival, RatedBlock, Rater, Row, Shard};
use florin_compiler::model::{Schema, Symbol};
use jiff::Timestamp;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

/// What all workers share.
pub struct Common<'r> {
    pub schema: &'r Schema,
    pub refused: &'r Refused,
    pub rater: &'r Rater<'r>,
    pub options: &'r Options,
    pub dedup: Turn<Dedup>,
    pub shards: Vec<Turn<Shard<'r>>>,
    pub hasher: RandomState,
    pub sample: Option<Sample>,
}

/// What is known of all records before.
#[derive(Debug, Default)]
pub struct Dedup {
    pub seen: Seen,
    /// How many records came in the blocks before.
    pub records: usize,
    pub files: Vec<Arc<str>>,
}

/// The bits of a place that say the line.
const LINE_BITS: u32 = 44;

impl Dedup {
    /// A file and a line as one integer.
    fn place(&mut self, file: &Arc<str>, line: u64) -> u64 {
        let known = self.files.iter().rposition(|known| known == file);
        let at = known.unwrap_or_else(|| {
            self.files.push(Arc::clone(file));
            self.files.len() - 1
        });
        (at as u64) << LINE_BITS | line & ((1 << LINE_BITS) - 1)
    }

    fn show(&self, place: u64) -> String {
        let file = usize::try_from(place >> LINE_BITS).ok().and_then(|at| self.files.get(at));
        format!("{}:{}", file.map_or("", |file| &**file), place & ((1 << LINE_BITS) - 1))
    }
}

impl Common<'_> {
    /// Does all of a stretch.
    pub fn work(&self, reader: &mut Reader<'_>, stretch: u64, work: &Work) -> Done {
        let _watch = Watch(self);
        let mut parsed = match reader.parse(work) {
            Ok(parsed) => parsed,
            Err(error) => {
                self.pass(stretch);
                return Done { stretch, failed: Some(error), ..Done::default() };
            }
        };
        let computed = self.rater.compute(&parsed.block);
        let arrivals = Arrival::all(&parsed.block);
        let mut done = Done { stretch, read: parsed.read, ..Done::default() };
        let (first, stands) =
            self.dedup.take(stretch, |dedup| self.tell_duplicates(dedup, &parsed, work, &arrivals, &mut done));
        let shards = self.shards_of(&parsed.block, &arrivals);
        let mut blocks = Vec::new();
        for (at, shard) in self.shards.iter().enumerate() {
            let ours = arrivals.iter().zip(&shards).filter(|(arrival, shard)| {
                **shard == at && stands.get(arrival.place as usize).copied().unwrap_or(false)
            });
            let ours = ours.map(|(arrival, _)| *arrival);
            blocks.push(shard.take(stretch, |shard| shard.rate(&parsed.block, &computed, first, ours)));
        }
        self.gather(&parsed, (&arrivals, &stands), blocks, &mut done);
        done.rejects.append(&mut parsed.rejects);
        done.rejects.sort_by_key(|reject| reject.line);
        done.ignored = std::mem::take(&mut parsed.ignored);
        reader.reuse(work, parsed);
        done
    }

    /// Whether a record is a row of a table.
    fn is_row(&self, arrival: &Arrival<'_>, block: &Block) -> bool {
        arrival.kind(block).is_some_and(|kind| self.schema.fills_table(kind))
    }

    /// The number of the block's first record, and by place whether a record stands as usage: rows of tables are looked
    /// up, and rated nowhere.
    fn tell_duplicates(
        &self,
        dedup: &mut Dedup,
        parsed: &Parsed,
        work: &Work,
        arrivals: &[Arrival<'_>],
        done: &mut Done,
    ) -> (usize, Vec<bool>) {
        let first = dedup.records;
        dedup.records += arrivals.len();
        let mut stands = Vec::with_capacity(arrivals.len());
        let base = dedup.place(&parsed.file, 0);
        let mut refuse = |line: u64, problem: &Problem| {
            done.rejects.push(Reject::new(&parsed.file, line, problem, raw(work, line)));
        };
        let all = parsed.identities.iter().zip(&parsed.contents).zip(&parsed.lines);
        for (((identity, content), line), arrival) in all.zip(arrivals) {
            let arrived = dedup.seen.arrive(*identity, *content, base | line & ((1 << LINE_BITS) - 1));
            let is_row = self.is_row(arrival, &parsed.block);
            stands.push(arrived == Arrived::New && !is_row);
            match arrived {
                Arrived::New if is_row => match self.refused.why(&parsed.file, *line) {
                    Some(problem) => refuse(*line, problem),
                    None => done.free += 1,
                },
                Arrived::New => {}
                Arrived::Duplicate => done.duplicates += 1,
                Arrived::Conflict(place) => {
                    let id = quoted(arrival.id(&parsed.block));
                    let place = dedup.show(place);
                    let words = format!("id {id} came before with other content ({place}); the first stands");
                    refuse(*line, &Problem::new(words));
                }
            }
        }
        (first, stands)
    }

    /// Lets a stretch pass in which nothing stands.
    fn pass(&self, stretch: u64) {
        self.dedup.take(stretch, |_| ());
        self.shards.iter().for_each(|shard| shard.take(stretch, |_| ()));
    }

    fn shards_of(&self, block: &Block, arrivals: &[Arrival<'_>]) -> Vec<usize> {
        let count = self.shards.len();
        if count == 1 {
            return vec![0; arrivals.len()];
        }
        let definitions = self.rater.definitions();
        let shard = |arrival: &Arrival<'_>| {
            let account = arrival.account(block);
            // Accounts that are billed or counted together come to one shard.
            let hash = match definitions.cluster(account) {
                Some(cluster) => self.hasher.hash_one(cluster),
                None => self.hasher.hash_one(account),
            };
            hash as usize % count
        };
        arrivals.iter().map(shard).collect()
    }

    /// Puts together what the shards say, in the order of the records.
    fn gather(
        &self,
        parsed: &Parsed,
        (arrivals, stands): (&[Arrival<'_>], &[bool]),
        blocks: Vec<RatedBlock>,
        done: &mut Done,
    ) {
        let mut rows: Vec<Row> = Vec::new();
        let mut unpriced: Vec<(u32, Arc<str>)> = Vec::new();
        for block in blocks {
            done.rated += block.rated;
            done.free += block.free;
            unpriced.extend(block.unpriced);
            if rows.is_empty() { rows = block.rows } else { rows.extend(block.rows) }
        }
        if self.shards.len() > 1 {
            rows.sort_by_key(|row| row.place);
            unpriced.sort_by_key(|(place, _)| *place);
        }
        done.unpriced = unpriced.len() as u64;
        let some = unpriced.iter().take(Options::SAID).map(|(place, missing)| Unpriced {
            place: format!("{}:{}", parsed.file, parsed.lines.get(*place as usize).copied().unwrap_or(0)),
            id: self.arrival(arrivals, *place).map_or("", |arrival| arrival.id(&parsed.block)).to_owned(),
            missing: missing.to_string(),
        });
        done.some_unpriced = some.collect();
        if self.rater.keeps_records() {
            let name = |(arrival, line): (&Arrival<'_>, &u64)| (*line, Symbol::from(arrival.id(&parsed.block)));
            done.names = Some((Arc::clone(&parsed.file), arrivals.iter().zip(&parsed.lines).map(name).collect()));
        }
        if self.options.keep_moments {
            let moment = |arrival: &Arrival<'_>| {
                let step = i128::from(Options::MOMENT);
                i64::try_from(arrival.nanoseconds(&parsed.block).div_euclid(step) * step).ok()
            };
            let usage = arrivals.iter().filter(|arrival| !self.is_row(arrival, &parsed.block));
            done.moments = usage.filter_map(moment).collect();
        }
        if let Some(sample) = &self.sample {
            done.sample = sample.take(self.rater, &parsed.block, (arrivals, stands), &rows);
        }
        done.payload = self.payload(&parsed.block, arrivals, rows);
    }

    /// Places count from zero without a gap, so a record stands at its place.
    fn arrival<'a, 'b>(&self, arrivals: &'a [Arrival<'b>], place: u32) -> Option<&'a Arrival<'b>> {
        arrivals.get(place as usize)
    }

    fn payload(&self, block: &Block, arrivals: &[Arrival<'_>], rows: Vec<Row>) -> Payload {
        match self.options.sink {
            Sink::Bills => Payload::None,
            Sink::Rows => Payload::Rows(rows.into_iter().filter_map(|row| written(block, arrivals, row)).collect()),
            Sink::Text(format) => {
                // A rated record takes some 170 bytes.
                let mut out = Vec::with_capacity(rows.len() * 192);
                let mut writer = TextWriter::new(format);
                for row in &rows {
                    let Some(arrival) = self.arrival(arrivals, row.place) else { continue };
                    let account = row.apart.as_ref().map_or_else(|| arrival.account(block), |apart| &*apart.account);
                    let (id, nanoseconds) = match row.due() {
                        Some(due) => (None, due.as_nanosecond()),
                        None => (Some(arrival.id(block)), arrival.nanoseconds(block)),
                    };
                    let (line, unit) = (&*row.line.id, row.line.unit.as_deref());
                    let (quantity, amount) = (row.quantity.as_ref(), &row.amount);
                    let rated = RatedRow { id, account, nanoseconds, line, quantity, unit, amount };
                    writer.write(&rated, &row.line, &mut out);
                }
                Payload::Text(out)
            }
        }
    }
}

/// Sees to it that nobody waits for a thread that fell over.
struct Watch<'c, 'r>(&'c Common<'r>);

impl Drop for Watch<'_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.dedup.abandon();
            self.0.shards.iter().for_each(Turn::abandon);
        }
    }
}

/// A row with the record that it is of.
pub fn written(block: &Block, arrivals: &[Arrival<'_>], row: Row) -> Option<Written> {
    let arrival = arrivals.get(row.place as usize)?;
    let due = row.due();
    let Row { apart, line, quantity, amount, .. } = row;
    let account = apart.map_or_else(|| arrival.account(block).into(), |apart| apart.account);
    let (id, time) = match due {
        Some(due) => (None, due),
        None => (Some(arrival.id(block).into()), Timestamp::from_nanosecond(arrival.nanoseconds(block)).ok()?),
    };
    Some(Written { id, account, time, line, quantity, amount })
}
