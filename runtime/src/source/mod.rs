//! From files of usage to checked records: open, cut into lines, parse, check against the book, tell duplicates.
//!
//! A record that can not be taken becomes a [`Reject`] and the others go on.

pub mod arrow;
pub mod columns;
mod decode;
mod dedup;
pub(crate) mod field;
mod ignored;
mod lines;
mod open;
mod parsed;
mod problem;
mod records;
pub(crate) mod suggest;
mod time;
pub(crate) mod wire;

pub(crate) use decode::object_of;
pub use decode::{Decoded, Decoder, Ignored, MAX_IGNORED_NAMES};
pub use dedup::{Arrival, Dedup, Place};
pub use ignored::IgnoredNames;
pub use lines::{Line, LineFault, Lines, MAX_LINE};
pub(crate) use open::file_words;
pub use open::{Format, Input, OpenError};
pub use parsed::Parsed;
pub use problem::{MAX_KEPT, Problem, Reject};
pub use records::{MAX_ROW_LINES, RawRecord, each_record};
pub(crate) use time::time_or_day;
pub use time::{FIRST_YEAR, LAST_YEAR};
pub use wire::{Object, WireRecord, WireValue};

use arrow::{ArrowReader, Bulk, Columnar};
use florin_compiler::columns::Dictionary;
use florin_compiler::ir::Program;
use florin_compiler::model::{Accounts, Record, Schema};
pub(crate) use open::Opened;
use std::io::Read;
use std::sync::Arc;

/// Among so many accounts the nearest is looked for, so that a million refused records stay quick.
const MAX_SUGGESTED_FROM: usize = 1_000;

/// What a reader of usage asks of its caller.
pub trait Listener {
    /// A record was refused.
    fn rejected(&mut self, reject: &Reject);
    /// So many records were read so far.
    fn progressed(&mut self, _read: u64) {}
}

/// Takes note of nothing.
impl Listener for () {
    fn rejected(&mut self, _reject: &Reject) {}
}

/// Keeps the rejects.
impl Listener for Vec<Reject> {
    fn rejected(&mut self, reject: &Reject) {
        self.push(reject.clone());
    }
}

/// The usage of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// The records that stand, in the order in which they arrived.
    pub records: Vec<Record>,
    /// Where each of them stood.
    pub places: Vec<Place>,
    /// How many records there were, of any sort.
    pub read: u64,
    /// How many came again.
    pub duplicates: u64,
    /// How many were refused.
    pub rejected: u64,
    /// Those that a rule holds until a person decides.
    pub held: Vec<crate::held::HeldRecord>,
    /// How many a person has voided.
    pub voided: u64,
    /// How many are rows of tables.
    pub rows: u64,
    /// What the wire had and the book does not declare.
    pub ignored: Ignored,
}

impl Usage {
    /// Forgets the records from a moment on, which is before they came; how many there were.
    pub fn forget_from(&mut self, moment: jiff::Timestamp) -> u64 {
        let before = self.records.len();
        let all = std::mem::take(&mut self.records).into_iter().zip(std::mem::take(&mut self.places));
        (self.records, self.places) = all.filter(|(record, _)| record.time < moment).unzip();
        let later = (before - self.records.len()) as u64;
        self.read -= later;
        later
    }
}

/// Reads usage. Where `accounts` are given, a record of any other account is refused.
///
/// # Errors
/// [`OpenError`] where a file can not be opened, or a CSV has no usable header.
pub fn read_usage(
    schema: &Schema,
    accounts: Option<&Accounts>,
    inputs: &[Input],
    listener: &mut dyn Listener,
) -> Result<Usage, OpenError> {
    let mut reader = UsageReader::new(schema, accounts, listener);
    for input in inputs {
        reader.read(&input.name(), input.format(), input.open()?)?;
    }
    Ok(reader.finish())
}

/// Reads usage of any format for a program.
///
/// # Errors
/// [`OpenError`] where a file can not be opened, a CSV has no usable header, or typed columns can not be taken.
pub fn read_inputs(
    program: &Program,
    accounts: Option<&Accounts>,
    inputs: &[Input],
    listener: &mut dyn Listener,
) -> Result<Usage, OpenError> {
    let mut reader = UsageReader::new(&program.schema, accounts, listener);
    for input in inputs {
        reader.read_input(program, input)?;
    }
    Ok(reader.finish())
}

/// Reads streams of usage, one after the other.
pub struct UsageReader<'r> {
    schema: &'r Schema,
    accounts: Option<&'r Accounts>,
    listener: &'r mut dyn Listener,
    decoder: Decoder<'r>,
    dedup: Dedup,
    usage: Usage,
}

impl<'r> UsageReader<'r> {
    /// For a book's schema and, if they are known, all accounts.
    pub fn new(schema: &'r Schema, accounts: Option<&'r Accounts>, listener: &'r mut dyn Listener) -> UsageReader<'r> {
        let decoder = Decoder::new(schema);
        UsageReader { schema, accounts, listener, decoder, dedup: Dedup::default(), usage: Usage::default() }
    }

    /// Reads a stream of plain bytes.
    ///
    /// # Errors
    /// [`OpenError`] where a CSV has no usable header.
    pub fn read(&mut self, name: &str, format: Option<Format>, stream: impl Read) -> Result<(), OpenError> {
        let file: Arc<str> = name.into();
        let outcome = each_record(Lines::new(stream), format, &self.schema.wire.id, &mut |raw| self.take(&file, raw));
        outcome.map_err(|(line, problem)| OpenError {
            name: format!("{name}:{line}"),
            words: format!("the header can not be read: {problem}"),
        })
    }

    /// Reads an input of any format.
    ///
    /// # Errors
    /// [`OpenError`] where it can not be opened, a CSV has no usable header, or typed columns can not be taken.
    pub fn read_input(&mut self, program: &Program, input: &Input) -> Result<(), OpenError> {
        let name = input.name();
        match input.open_any()? {
            Opened::Text(stream) => self.read(&name, input.format(), stream),
            Opened::Columns(format, bulk) => self
                .read_columns(program, bulk, format, &name.as_str().into())
                .map_err(|problem| OpenError { name, words: problem.to_string() }),
        }
    }

    /// Reads typed columns, and makes records of them.
    fn read_columns(
        &mut self,
        program: &Program,
        bulk: Bulk,
        format: Columnar,
        name: &Arc<str>,
    ) -> Result<(), Problem> {
        let dictionary = Dictionary::of(program);
        let mut reader = ArrowReader::new(program, &dictionary, self.accounts).keeping_all();
        reader.read_file(bulk, format, name, &mut |parsed| self.take_parsed(program, &dictionary, &parsed))
    }

    fn take_parsed(&mut self, program: &Program, dictionary: &Dictionary, parsed: &Parsed) {
        parsed.ignored.add_to(&mut self.usage.ignored);
        let mut rejects = parsed.rejects.iter().peekable();
        for ((record, source), line) in parsed.records(program, dictionary).zip(parsed.sources()).zip(&parsed.lines) {
            while let Some(reject) = rejects.next_if(|reject| reject.line < *line) {
                self.refuse(reject);
            }
            self.usage.read += 1;
            let place = Place { file: Arc::clone(&parsed.file), line: *line };
            match self.dedup.arrive(self.schema, Decoded { record, source }, place) {
                Arrival::New => {}
                Arrival::Duplicate => self.usage.duplicates += 1,
                Arrival::Conflict(problem) => {
                    self.usage.rejected += 1;
                    self.listener.rejected(&Reject::new(&parsed.file, *line, &problem, b""));
                }
            }
            self.listener.progressed(self.usage.read);
        }
        rejects.for_each(|reject| self.refuse(reject));
    }

    fn refuse(&mut self, reject: &Reject) {
        self.usage.read += 1;
        self.usage.rejected += 1;
        self.listener.rejected(reject);
        self.listener.progressed(self.usage.read);
    }

    /// Takes a record that is decoded already, such as one that stands in a test.
    pub fn take_record(&mut self, record: Record, place: Place) -> Arrival {
        self.usage.read += 1;
        let arrival = self.dedup.arrive(self.schema, Decoded { record, source: None }, place);
        match &arrival {
            Arrival::New => {}
            Arrival::Duplicate => self.usage.duplicates += 1,
            Arrival::Conflict(_) => self.usage.rejected += 1,
        }
        arrival
    }

    /// What was read.
    #[must_use]
    pub fn finish(self) -> Usage {
        let (records, places) = self.dedup.into_records();
        Usage { records, places, ..self.usage }
    }

    fn take(&mut self, file: &Arc<str>, raw: RawRecord<'_>) {
        self.usage.read += 1;
        if let Err(problem) = self.try_take(file, raw.line, raw.wire) {
            self.usage.rejected += 1;
            self.listener.rejected(&Reject::new(file, raw.line, &problem, raw.raw));
        }
        self.listener.progressed(self.usage.read);
    }

    fn try_take(&mut self, file: &Arc<str>, line: u64, wire: Result<WireRecord<'_>, Problem>) -> Result<(), Problem> {
        let decoded = self.decoder.decode(&wire?, &mut self.usage.ignored)?;
        check_account(self.schema, self.accounts, &decoded.record)?;
        match self.dedup.arrive(self.schema, decoded, Place { file: Arc::clone(file), line }) {
            Arrival::New => {}
            Arrival::Duplicate => self.usage.duplicates += 1,
            Arrival::Conflict(problem) => return Err(problem),
        }
        Ok(())
    }
}

/// Refuses a record of an account that is not listed; a row of a table is of none.
fn check_account(schema: &Schema, accounts: Option<&Accounts>, record: &Record) -> Result<(), Problem> {
    match accounts {
        Some(accounts) if !accounts.contains_key(&record.account) && !schema.fills_table(record.kind) => {
            let few = accounts.keys().take(MAX_SUGGESTED_FROM).map(|name| &**name);
            let hint = suggest::hint(&record.account, few);
            Err(Problem::new(format!("account {} is not among the accounts{hint}", wire::quoted(&record.account))))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
