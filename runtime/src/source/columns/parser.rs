//! From a chunk to columns.

use super::super::decode::{Decoded, Decoder};
use super::super::lines::{Line, MAX_LINE};
use super::super::records::{self, next_row};
use super::super::wire::WireRecord;
use super::super::{Format, IgnoredNames, Parsed, Problem, Reject, check_account};
use super::block::{Filling, Told};
use super::chunk::{Chunk, Unusable};
use super::fields;
use super::instant::Instants;
use super::keys::Keys;
use super::names::Names;
use super::plain::Plain;
use super::plan::{KindPlan, Plan};
use super::row::Row;
use super::scan::{Cursor, Shape};
use super::slice::SliceLines;
use super::texts::Recent;
use super::{content, keys};
use florin_compiler::columns::{ABSENT_CODE, Batch, Column, Dictionary, Room};
use florin_compiler::ir::Program;
use florin_compiler::model::Accounts;
use std::collections::HashSet;
use std::sync::Arc;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Parses chunks, one for each thread.
pub struct ChunkParser<'p> {
    program: &'p Program,
    dictionary: &'p Dictionary,
    accounts: Option<&'p Accounts>,
    decoder: Decoder<'p>,
    keys: Keys,
    /// None where the program has too many names: then all is read by the strict parser.
    fast: Option<Fast<'p>>,
    /// What a chunk before was parsed into and nobody needs any more.
    spare: Option<Parsed>,
    /// Of each kind, what its last batch was like, to begin the next one with.
    habits: Vec<Habit>,
}

/// What a batch was like.
#[derive(Clone, Debug, Default)]
struct Habit {
    /// The scale of each number.
    scales: Vec<u8>,
    /// How much it held.
    room: Room,
}

/// What it takes to read plain records.
struct Fast<'p> {
    names: Names,
    plan: Plan<'p>,
    instants: Instants,
    /// For each kind and field the codes of texts with the texts' hashes.
    texts: Vec<Vec<Recent<(u32, u64)>>>,
    /// Accounts that are known to be among the listed ones, with their hashes.
    known_accounts: Recent<u64>,
    /// The place of each slot's name among the ignored ones of this chunk.
    ignored: Vec<Option<usize>>,
    /// An id behind its source.
    whole_id: String,
}

impl<'p> ChunkParser<'p> {
    /// For a program, with the run's texts; where accounts are given, a record of any other account is refused.
    #[must_use]
    pub fn new(program: &'p Program, dictionary: &'p Dictionary, accounts: Option<&'p Accounts>) -> ChunkParser<'p> {
        ChunkParser {
            program,
            dictionary,
            accounts,
            decoder: Decoder::new(&program.schema),
            keys: Keys::of_this_run(),
            fast: Fast::new(program),
            spare: None,
            habits: vec![Habit::default(); program.schema.kinds.len()],
        }
    }

    /// What a chunk holds.
    pub fn parse(&mut self, chunk: &Chunk) -> Parsed {
        let mut filling = self.filling();
        filling.parsed.file = Arc::clone(&chunk.file);
        if let Some(fast) = &mut self.fast {
            fast.ignored.clear();
        }
        let (before, behind): (Vec<_>, Vec<_>) =
            chunk.unusable.iter().partition(|unusable| unusable.line.number < chunk.first_line);
        before.into_iter().for_each(|unusable| refuse(&chunk.file, unusable, &mut filling));
        match chunk.format {
            Format::Ndjson => self.parse_lines(chunk, &mut filling),
            Format::Csv => self.parse_rows(chunk, &mut filling),
        }
        behind.into_iter().for_each(|unusable| refuse(&chunk.file, unusable, &mut filling));
        self.remember(&filling);
        filling.finish()
    }

    /// Takes back what a chunk was parsed into, so that its memory serves again: that saves some per cent.
    pub fn reuse(&mut self, parsed: Parsed) {
        self.spare = Some(parsed);
    }

    fn filling(&mut self) -> Filling {
        let kinds = self.program.schema.kinds.len();
        match self.spare.take() {
            Some(spare) => Filling::again(kinds, spare),
            None => Filling::new(kinds, self.habits.iter().map(|habit| habit.room.records).sum()),
        }
    }

    /// Whether a line is in plain form and right.
    #[cfg(test)]
    pub(super) fn takes_plain(&mut self, line: &str) -> bool {
        let mut filling = self.filling();
        self.fast_line(line, 0, 1, &mut Row::default(), &mut filling).is_some()
    }

    /// Whether a row is in plain form and right.
    #[cfg(test)]
    pub(super) fn takes_plain_row(&mut self, header: &[String], row: &str) -> bool {
        let mut filling = self.filling();
        let slots = self.fast.as_mut().and_then(|fast| fast.slots(header)).unwrap_or_default();
        self.fast_row(row, 0, &slots, 1, &mut Row::default(), &mut filling).is_some()
    }

    fn remember(&mut self, filling: &Filling) {
        for (habit, batch) in self.habits.iter_mut().zip(&filling.batches) {
            if let Some(batch) = batch {
                *habit = Habit { scales: batch.scales(), room: batch.room() };
            }
        }
    }

    fn parse_lines(&mut self, chunk: &Chunk, filling: &mut Filling) {
        let whole = std::str::from_utf8(&chunk.bytes).ok();
        let mut row = Row::default();
        let mut lines = SliceLines::new(&chunk.bytes, chunk.first_line);
        while !lines.is_at_end() {
            lines.forget();
            let start = lines.at + usize::from(lines.number == 1) * mark(&chunk.bytes);
            let end = whole.and_then(|text| self.fast_line(text, start, lines.number, &mut row, filling));
            match end {
                Some(end) => lines.pass(end),
                None => lines.next().into_iter().for_each(|line| self.strict_line(&chunk.file, &line, filling)),
            }
        }
    }

    fn parse_rows(&mut self, chunk: &Chunk, filling: &mut Filling) {
        let whole = std::str::from_utf8(&chunk.bytes).ok();
        let slots = self.fast.as_mut().and_then(|fast| fast.slots(&chunk.header));
        let plain = whole.zip(slots);
        let mut row = Row::default();
        let mut lines = SliceLines::new(&chunk.bytes, chunk.first_line);
        while !lines.is_at_end() {
            lines.forget();
            let end = plain
                .as_ref()
                .and_then(|(text, slots)| self.fast_row(text, lines.at, slots, lines.number, &mut row, filling));
            match end {
                Some(end) => lines.pass(end),
                None => {
                    let strict = next_row(&mut lines);
                    strict.into_iter().for_each(|row| self.strict_row(&chunk.file, &chunk.header, &row, filling));
                }
            }
        }
    }

    /// Reads a row in plain form; the end of its line, or none where the strict parser should read it.
    #[inline]
    fn fast_row<'t>(
        &mut self,
        text: &'t str,
        at: usize,
        slots: &[usize],
        line: u64,
        row: &mut Row<'t>,
        filling: &mut Filling,
    ) -> Option<usize>
    where
        'p: 't,
    {
        let mut cursor = Cursor::new(text, at);
        scan_cells(&mut cursor, slots, row)?;
        if cursor.at - at > MAX_LINE {
            return None;
        }
        self.take(row, line, filling)?;
        Some(cursor.at)
    }

    /// Reads a line in plain form; the end of the line, or none where the strict parser should read it.
    #[inline]
    fn fast_line<'t>(
        &mut self,
        text: &'t str,
        at: usize,
        line: u64,
        row: &mut Row<'t>,
        filling: &mut Filling,
    ) -> Option<usize>
    where
        'p: 't,
    {
        let fast = self.fast.as_mut()?;
        let mut cursor = Cursor::new(text, at);
        fast.scan(&mut cursor, row)?;
        // With room for a byte order mark, which counts where it stood before the line.
        if cursor.at - at > MAX_LINE - BYTE_ORDER_MARK.len() {
            return None;
        }
        self.take(row, line, filling)?;
        Some(cursor.at)
    }

    /// Takes a record in plain form.
    #[inline]
    fn take<'t>(&mut self, row: &Row<'t>, line: u64, filling: &mut Filling) -> Option<()>
    where
        'p: 't,
    {
        let ChunkParser { program, dictionary, accounts, keys, fast, habits, .. } = self;
        let Fast { names, plan, instants, texts, known_accounts, ignored, whole_id } = fast.as_mut()?;
        let kind = plan.kind(row)?;
        if program.schema.fills_table(kind) {
            // It is of no account.
            return None;
        }
        let parts = plan.parts(row)?;
        let (id, account) = (own_text(fields::text(parts.id)?)?, own_text(fields::text(parts.account)?)?);
        let source = parts.source.map(fields::text);
        let source = match source {
            Some(source) => Some(source?),
            None => None,
        };
        let time = fields::time(parts.time, instants)?;
        let hash = match accounts {
            None => keys.text(account),
            Some(accounts) => {
                known_accounts.get(account, || accounts.contains_key(account).then(|| keys.text(account)))?
            }
        };
        let batch = filling.batches.get_mut(kind)?;
        let batch = batch.get_or_insert_with(|| new_batch(program, plan.needed(kind), habits.get(kind), kind));
        let mut hashed = content::begin(keys, kind, hash, Some(time));
        let columns = &mut batch.columns;
        let mut fill = Fill { keys, dictionary, instants, texts: texts.get_mut(kind)?, content: &mut hashed };
        fill.row(plan.kind_mut(kind)?, row, columns)?;
        let id = match source {
            None => id,
            Some(source) => {
                whole_id.clear();
                whole_id.extend([source, "/", id]);
                whole_id
            }
        };
        batch.places.push(filling.parsed.block.len);
        batch.ids.push(id);
        batch.accounts.push(account);
        batch.times.push(time);
        filling.parsed.read += 1;
        filling.tell(Told { line, identity: keys.identity(source, id), content: hashed.finish() });
        let newest = row.seen().iter().copied().max().unwrap_or(0);
        if newest >= plan.known(kind).len() {
            plan.learn(kind, newest, names);
        }
        let known = plan.known(kind);
        for slot in row.seen() {
            if known.get(*slot) == Some(&false) {
                count_ignored(&mut filling.parsed.ignored, ignored, names, *slot);
            }
        }
        Some(())
    }

    /// Reads a line with the strict parser.
    #[cold]
    fn strict_line(&mut self, file: &Arc<str>, line: &Line, filling: &mut Filling) {
        if line.is_blank() {
            return;
        }
        self.strict(file, line.number, &line.bytes, line.text().and_then(WireRecord::json), filling);
    }

    /// Reads a row with the strict parser.
    #[cold]
    fn strict_row(&mut self, file: &Arc<str>, header: &[String], row: &Line, filling: &mut Filling) {
        let cells = records::cells(row);
        let wire = match &cells {
            Ok(cells) => records::check_width(header, cells).map(|()| WireRecord::Csv(header, cells)),
            Err(problem) => Err(problem.clone()),
        };
        self.strict(file, row.number, &row.bytes, wire, filling);
    }

    /// Takes a record with the strict parser.
    fn strict(
        &mut self,
        file: &Arc<str>,
        line: u64,
        raw: &[u8],
        wire: Result<WireRecord<'_>, Problem>,
        filling: &mut Filling,
    ) {
        filling.parsed.read += 1;
        match wire.and_then(|wire| self.decode(&wire, &mut filling.parsed.ignored)) {
            Ok(decoded) => self.take_decoded(decoded, line, filling),
            Err(problem) => filling.parsed.rejects.push(Reject::new(file, line, &problem, raw)),
        }
    }

    fn decode(&self, wire: &WireRecord<'_>, ignored: &mut IgnoredNames) -> Result<Decoded, Problem> {
        let decoded = self.decoder.decode_telling(wire, &mut |name| {
            let place = ignored.place(name);
            ignored.count(place);
        })?;
        check_account(&self.program.schema, self.accounts, &decoded.record)?;
        Ok(decoded)
    }

    fn take_decoded(&mut self, decoded: Decoded, line: u64, filling: &mut Filling) {
        let Decoded { record, source } = decoded;
        let told = Told {
            line,
            identity: self.keys.identity(source.as_deref(), &record.id),
            content: content::of_record(&self.keys, &self.program.schema, &record),
        };
        let kind = record.kind;
        let program = self.program;
        let needed = self.fast.as_ref().map_or(&[][..], |fast| fast.plan.needed(kind));
        let make = || new_batch(program, needed, self.habits.get(kind), kind);
        filling.push(program, self.dictionary, record, told, make);
    }
}

impl<'p> Fast<'p> {
    fn new(program: &'p Program) -> Option<Fast<'p>> {
        let mut names = Names::default();
        let plan = Plan::new(program, &mut names)?;
        let fields = program.schema.kinds.iter().map(|kind| kind.fields.iter().map(|_| Recent::default()).collect());
        Some(Fast {
            names,
            plan,
            instants: Instants::default(),
            texts: fields.collect(),
            known_accounts: Recent::default(),
            ignored: Vec::new(),
            whole_id: String::new(),
        })
    }

    /// The slots of a header's names. None where the strict parser should read the rows, as where a name stands twice.
    fn slots(&mut self, header: &[String]) -> Option<Vec<usize>> {
        let slots: Option<Vec<usize>> = header.iter().map(|name| self.names.slot(name)).collect();
        slots.filter(|slots| slots.iter().collect::<HashSet<_>>().len() == slots.len())
    }

    /// The names and values of a line.
    #[inline]
    fn scan<'t>(&mut self, cursor: &mut Cursor<'t>, row: &mut Row<'t>) -> Option<()> {
        row.begin();
        cursor.take(b'{')?;
        let (mut group, mut before) = (0, None);
        loop {
            let slot = match self.names.take_expected(cursor, group, before) {
                Some(slot) => slot,
                None => {
                    cursor.skip_blanks();
                    let expected = self.names.take_expected(cursor, group, before);
                    expected.or_else(|| self.names.take(cursor, group, before))?
                }
            };
            cursor.skip_blanks();
            let token = row.place(slot)?;
            cursor.value(token)?;
            if self.plan.tells_kind(slot) {
                group = self.plan.kind_named(token).map_or(0, |kind| kind + 1);
            }
            before = Some(slot);
            if cursor.take(b',').is_none() {
                cursor.skip_blanks();
                if cursor.take(b',').is_none() {
                    break;
                }
            }
        }
        cursor.take(b'}')?;
        cursor.skip_blanks();
        cursor.take_line_end()
    }
}

/// The cells of a row; blank ones are nothing. The reader of CSV takes a byte order mark off each row.
#[inline]
fn scan_cells<'t>(cursor: &mut Cursor<'t>, slots: &[usize], row: &mut Row<'t>) -> Option<()> {
    row.begin();
    if cursor.rest().starts_with(BYTE_ORDER_MARK.as_bytes()) {
        return None;
    }
    for (column, slot) in slots.iter().enumerate() {
        if column > 0 {
            cursor.take(b',')?;
        }
        let text = cursor.cell()?;
        let is_filled = text.as_bytes().first().is_some_and(u8::is_ascii_graphic) || !text.trim().is_empty();
        if is_filled {
            let place = row.place(*slot)?;
            (place.shape, place.text) = (Shape::Cell, text);
        }
    }
    cursor.take_line_end()
}

/// Fills the columns of a batch with one record.
struct Fill<'f> {
    keys: &'f Keys,
    dictionary: &'f Dictionary,
    instants: &'f mut Instants,
    texts: &'f mut [Recent<(u32, u64)>],
    content: &'f mut keys::Content,
}

impl Fill<'_> {
    /// All fields, or none.
    #[inline]
    fn row<'p: 't, 't>(&mut self, kind: &mut KindPlan<'p>, row: &Row<'t>, columns: &mut [Column]) -> Option<()> {
        for (at, field) in kind.fields.iter_mut().enumerate() {
            let column = columns.get_mut(at)?;
            let plain = field.read(row, self.instants);
            if plain.and_then(|plain| self.value(at, &plain, column)).is_none() {
                columns.iter_mut().take(at).for_each(Column::pop);
                return None;
            }
        }
        Some(())
    }

    #[inline]
    fn value(&mut self, at: usize, plain: &Plain<'_>, column: &mut Column) -> Option<()> {
        let (code, hash) = match (plain, &column) {
            (Plain::Text(text), Column::Unread) => (ABSENT_CODE, self.keys.text(text)),
            (Plain::Text(text), _) => {
                let (keys, dictionary) = (self.keys, self.dictionary);
                self.texts.get_mut(at)?.get(text, || Some((dictionary.code(text)?, keys.text(text))))?
            }
            _ => (ABSENT_CODE, 0),
        };
        plain.hash(self.content, hash);
        plain.push(column, code).then_some(())
    }
}

fn new_batch(program: &Program, needed: &[bool], habit: Option<&Habit>, kind: usize) -> Batch {
    let mut batch = Batch::new(program, kind, needed, habit.map_or(&[], |habit| &habit.scales));
    if let Some(habit) = habit {
        batch.reserve(&habit.room);
    }
    batch
}

/// A text that is not blank; of one that begins with anything but a letter of ASCII the strict parser decides.
#[inline]
fn own_text(text: &str) -> Option<&str> {
    text.as_bytes().first().is_some_and(u8::is_ascii_graphic).then_some(text)
}

#[cold]
#[inline(never)]
fn first_ignored(ignored: &mut IgnoredNames, places: &mut Vec<Option<usize>>, names: &Names, slot: usize) -> usize {
    if places.len() <= slot {
        places.resize(slot + 1, None);
    }
    let place = ignored.place(names.name(slot));
    places.get_mut(slot).into_iter().for_each(|known| *known = Some(place));
    place
}

#[inline]
fn count_ignored(ignored: &mut IgnoredNames, places: &mut Vec<Option<usize>>, names: &Names, slot: usize) {
    let place = match places.get(slot) {
        Some(Some(place)) => *place,
        _ => first_ignored(ignored, places, names, slot),
    };
    ignored.count(place);
}

/// The length of a byte order mark at the beginning.
fn mark(bytes: &[u8]) -> usize {
    if bytes.starts_with(BYTE_ORDER_MARK.as_bytes()) { BYTE_ORDER_MARK.len() } else { 0 }
}

fn refuse(file: &Arc<str>, unusable: &Unusable, filling: &mut Filling) {
    filling.parsed.read += 1;
    let Unusable { line, problem } = unusable;
    filling.parsed.rejects.push(Reject::new(file, line.number, problem, &line.bytes));
}
