//! The compiled evaluator gives what the reference gives, to the last digit: whatever the batches, the shards and the
//! order in which shards see a block.

use crate::choices::Choices;
use crate::evaluated::{Evaluated, Subject};
use florin_compiler::bill::{Bill, Period, Rated, Standing};
use florin_compiler::columns::{Block, Dictionary};
use florin_compiler::compiled::{Arrival, Purpose, Rater, Row, Shard};
use florin_compiler::exact::Differences;
use florin_compiler::jit::Rung;
use florin_compiler::model::{Record, Symbol};
use std::collections::{BTreeMap, HashMap};

/// A rated record as it is written.
type Written = (Option<usize>, Symbol, String, String, Option<String>, Option<Symbol>, String);

/// How a run is cut, and how wide its numbers are at least.
pub struct Cut {
    batch: usize,
    shards: usize,
    rung: Rung,
}

impl Cut {
    /// Any.
    pub fn any(choices: &Choices) -> Cut {
        let rung = *choices.pick(&[Rung::Narrow, Rung::Wide, Rung::Checked]);
        Cut { batch: *choices.pick(&[1, 2, 3, 7, usize::MAX]), shards: choices.between(1, 4), rung }
    }
}

/// The compiled evaluator rates one case as the reference does, cut in one way; bills are compared too if asked for.
pub fn agrees_cut(subject: &Subject<'_>, cut: &Cut, with_bills: bool) -> Result<(), String> {
    let found = run(subject, cut, Purpose::Differences);
    same_rows(&reference_rows(subject), &found.rows)
        .map_err(|fault| format!("{fault}; without a price: {:?}", found.reasons))?;
    if with_bills {
        let evaluated = subject.evaluate(&subject.case.records, &subject.asked());
        same_standings(subject, &evaluated, &run(subject, cut, Purpose::Differences))?;
        let run = bills(subject, &evaluated, cut)?;
        same_standings(subject, &evaluated, &run)?;
    }
    Ok(())
}

/// The law: rows, standings and bills of the compiled evaluator are those of the reference.
pub fn agrees(subject: &Subject<'_>, evaluated: &Evaluated) -> Result<(), String> {
    let expected = reference_rows(subject);
    let cuts = [
        Cut { batch: 1, shards: 3, rung: Rung::Narrow },
        Cut { batch: 5, shards: 1, rung: Rung::Checked },
        Cut { batch: usize::MAX, shards: 2, rung: Rung::Wide },
    ];
    for cut in cuts {
        let run = run(subject, &cut, Purpose::Differences);
        same_rows(&expected, &run.rows).map_err(|fault| format!("in batches of {}: {fault}", cut.batch))?;
        same_standings(subject, evaluated, &run)?;
        let run = bills(subject, evaluated, &cut)?;
        same_standings(subject, evaluated, &run)?;
    }
    Ok(())
}

fn reference_rows(subject: &Subject<'_>) -> Vec<Written> {
    let mut running: HashMap<(Symbol, jiff::Timestamp, String), (Differences, Differences)> = HashMap::new();
    let written = |rated: Rated| {
        let line = (rated.account.clone(), rated.period_start, rated.line.clone());
        let (quantity, amount) = running.entry(line).or_default();
        let quantity = rated.quantity.map(|one| quantity.next(&one).to_string());
        let amount = amount.next(&rated.amount).to_string();
        (rated.record, rated.account, rated.time.to_string(), rated.line, quantity, rated.unit, amount)
    };
    subject.rate(&subject.case.records).into_iter().map(written).collect()
}

/// What a run came to.
struct Run {
    rows: Vec<Written>,
    rated: u64,
    free: u64,
    unpriced: u64,
    reasons: Vec<String>,
}

fn blocks(subject: &Subject<'_>, dictionary: &Dictionary, cut: &Cut) -> Vec<(usize, Block)> {
    let records = &subject.case.records;
    let size = cut.batch.min(records.len().max(1));
    let starts = (0..records.len()).step_by(size);
    let chunks = records.chunks(size).map(|chunk| Block::of(subject.program, dictionary, chunk));
    starts.zip(chunks).collect()
}

fn asked(subject: &Subject<'_>) -> Vec<Period> {
    subject.case.given.clone()
}

/// Accounts that are billed or counted together come to one shard.
fn shard_of(rater: &Rater<'_>, record: &Record, shards: usize) -> usize {
    let account = || record.account.bytes().map(usize::from).sum::<usize>();
    rater.definitions().cluster(&record.account).unwrap_or_else(account) % shards
}

fn run(subject: &Subject<'_>, cut: &Cut, purpose: Purpose) -> Run {
    let dictionary = Dictionary::of(subject.program);
    let rater = Rater::new(subject.program, &subject.case.accounts, &dictionary, &asked(subject));
    let mut shards: Vec<Shard<'_>> = (0..cut.shards).map(|_| Shard::new(&rater, purpose)).collect();
    let mut run = Run { rows: Vec::new(), rated: 0, free: 0, unpriced: 0, reasons: Vec::new() };
    for (first, block) in blocks(subject, &dictionary, cut) {
        feed(subject, (&rater, cut.rung), &mut shards, (first, &block), &mut run);
    }
    finish(&shards, &mut run);
    run
}

fn feed(
    subject: &Subject<'_>,
    (rater, rung): (&Rater<'_>, Rung),
    shards: &mut [Shard<'_>],
    (first, block): (usize, &Block),
    run: &mut Run,
) {
    let computed = rater.compute_at(block, rung);
    let count = shards.len();
    let mut rows: Vec<Row> = Vec::new();
    for (at, shard) in shards.iter_mut().enumerate() {
        let record = |place: u32| &subject.case.records[first + place as usize];
        let all = Arrival::all(block).into_iter();
        let ours = all.filter(|arrival| shard_of(rater, record(arrival.place), count) == at);
        let out = shard.rate(block, &computed, first, ours);
        run.rated += out.rated;
        run.free += out.free;
        run.unpriced += out.unpriced.len() as u64;
        run.reasons.extend(out.unpriced.iter().map(|(_, reason)| reason.to_string()));
        rows.extend(out.rows);
    }
    rows.sort_by_key(|row| row.place);
    for row in rows {
        let at = first + row.place as usize;
        let record = &subject.case.records[at];
        let account = row.apart.as_ref().map_or(&record.account, |apart| &apart.account).clone();
        let time = row.due().unwrap_or(record.time);
        let record = row.due().is_none().then_some(at);
        let quantity = row.quantity.map(|quantity| quantity.to_string());
        let (line, unit) = (row.line.id.clone(), row.line.unit.clone());
        run.rows.push((record, account, time.to_string(), line, quantity, unit, row.amount.to_string()));
    }
}

fn finish(shards: &[Shard<'_>], run: &mut Run) {
    for shard in shards {
        let late = shard.late();
        run.unpriced += late.unpriced();
        run.free = run.free + late.free.len() as u64 - late.from_free;
        run.rated -= late.from_rated();
    }
}

fn same_rows(expected: &[Written], found: &[Written]) -> Result<(), String> {
    let different = expected.iter().zip(found).find(|(a, b)| a != b);
    match different {
        Some((expected, found)) => Err(format!("the reference rates {expected:?}, the compiled evaluator {found:?}")),
        None if expected.len() != found.len() => {
            let rest = expected.get(found.len()).or_else(|| found.get(expected.len()));
            Err(format!("{} rated records are {}; the first is {rest:?}", expected.len(), found.len()))
        }
        None => Ok(()),
    }
}

fn same_standings(subject: &Subject<'_>, evaluated: &Evaluated, run: &Run) -> Result<(), String> {
    let count = |is: fn(&Standing) -> bool| evaluated.standings.values().filter(|one| is(one)).count() as u64;
    let expected = (
        count(|one| *one == Standing::Rated),
        count(|one| *one == Standing::Free),
        count(|one| matches!(one, Standing::Unpriced(_))),
    );
    let found = (run.rated, run.free, run.unpriced);
    let whole = evaluated.standings.len() == subject.case.records.len();
    if whole && expected != found {
        return Err(format!("rated, free and unpriced are {expected:?}, but {found:?} in the compiled evaluator"));
    }
    Ok(())
}

fn bills(subject: &Subject<'_>, evaluated: &Evaluated, cut: &Cut) -> Result<Run, String> {
    let dictionary = Dictionary::of(subject.program);
    let rater = Rater::new(subject.program, &subject.case.accounts, &dictionary, &asked(subject));
    let mut shards: Vec<Shard<'_>> = (0..cut.shards).map(|_| Shard::new(&rater, Purpose::Bills)).collect();
    let mut run = Run { rows: Vec::new(), rated: 0, free: 0, unpriced: 0, reasons: Vec::new() };
    for (first, block) in blocks(subject, &dictionary, cut) {
        feed(subject, (&rater, cut.rung), &mut shards, (first, &block), &mut run);
    }
    finish(&shards, &mut run);
    shards.iter_mut().for_each(Shard::close);
    let mut found: BTreeMap<(Symbol, Period), Bill> = BTreeMap::new();
    for shard in &shards {
        for account in shard.accounts() {
            for period in shard.periods(account) {
                found.extend(shard.bill(account, &period).map(|bill| ((account.clone(), period), bill)));
            }
        }
    }
    for (asked, expected) in &evaluated.bills {
        match found.remove(asked) {
            Some(bill) if bill == *expected => {}
            Some(bill) => return Err(difference(expected, &bill)),
            None => return Err(format!("the bill of {} for {} is missing", asked.0, asked.1.name)),
        }
    }
    let more = found.keys().next().map(|(account, period)| format!("a bill of {account} for {} is none", period.name));
    more.map_or(Ok(run), Err)
}

fn difference(expected: &Bill, found: &Bill) -> String {
    let lines = |bill: &Bill| {
        let lines = bill.lines.iter().map(|line| format!("{line:?}"));
        lines.chain(bill.withheld.iter().map(|line| format!("{line:?}"))).collect::<Vec<String>>()
    };
    let (expected, found) = (lines(expected), lines(found));
    let only = |some: &[String], others: &[String]| {
        some.iter().filter(|line| !others.contains(line)).cloned().collect::<Vec<String>>().join("\n")
    };
    format!(
        "only the reference bills\n{}\nonly the compiled evaluator\n{}",
        only(&expected, &found),
        only(&found, &expected)
    )
}
