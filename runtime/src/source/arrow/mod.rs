//! Usage in typed columns, as data warehouses write it: Parquet, Arrow IPC.
//!
//! A column is matched to a field by its name, as a CSV's is by the header; objects lead on along a path's dots.
//! What is usual is read by column: see [`view`]. A row with anything else is read as a [`Row`], by the very rules of
//! the other formats, so that it has their values and their messages.
//!
//! Architecture invariant: both ways make the same record of a row; a test compares them.

mod column;
mod file;
mod fingerprint;
mod guard;
mod layout;
mod leaf;
mod moment;
mod row;
mod view;

pub(crate) use file::Bulk;
pub use file::{BATCH_ROWS, Columnar, HEAD};
pub use fingerprint::Content;
pub use row::Row;

use super::columns::{Keys, of_record};
use super::decode::{Decoded, Decoder};
use super::wire::WireRecord;
use super::{Parsed, Problem, Reject, check_account};
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use florin_compiler::columns::{Batch, Dictionary, Odd, needed_fields};
use florin_compiler::ir::Program;
use florin_compiler::model::{Accounts, Record, Schema};
use layout::Layout;
use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;
use view::View;

/// Reads record batches into blocks.
pub struct ArrowReader<'p> {
    program: &'p Program,
    dictionary: &'p Dictionary,
    accounts: Option<&'p Accounts>,
    decoder: Decoder<'p>,
    keys: Keys,
    /// By kind and field.
    needed: Vec<Vec<bool>>,
    /// By kind: the scales with which the batch before ended.
    scales: Vec<Vec<u8>>,
    layout: Option<(SchemaRef, Rc<Layout>)>,
    is_by_row: bool,
    unusual: u64,
}

/// A stretch of a file of typed columns.
pub(crate) enum Stretch {
    /// The columns that the book does not declare, and in how many rows each has something.
    LeftOut(Vec<(String, u64)>),
    /// Rows, the first of which is that row of the file.
    Rows(RecordBatch, u64),
    /// The file breaks off at that row.
    Broken(u64, Problem),
}

/// The stretches of a file, read one after the other.
///
/// # Errors
/// A [`Problem`] where the file can not be read at all.
pub(crate) fn stretches(
    schema: &Schema,
    bulk: Bulk,
    format: Columnar,
) -> Result<impl Iterator<Item = Stretch> + use<>, Problem> {
    let choice = |columns: &arrow_schema::Schema| {
        Layout::of(schema, columns).map(|layout| layout.known.iter().map(|(_, at)| *at).collect())
    };
    let batches = file::open(bulk, format, &choice)?;
    let left_out = Stretch::LeftOut(batches.left_out.clone());
    let rows = batches.scan(1u64, |row, batch| {
        let first = *row;
        Some(match batch {
            Ok(batch) => {
                *row += batch.num_rows() as u64;
                Stretch::Rows(batch, first)
            }
            Err(problem) => Stretch::Broken(first, problem),
        })
    });
    Ok(std::iter::once(left_out).chain(rows))
}

impl<'p> ArrowReader<'p> {
    /// For a program. Where `accounts` are given, a record of any other is refused.
    #[must_use]
    pub fn new(program: &'p Program, dictionary: &'p Dictionary, accounts: Option<&'p Accounts>) -> ArrowReader<'p> {
        let needed = needed_fields(program);
        let flags = |kind: usize, fields: usize| {
            (0..fields).map(|at| needed.get(kind).is_some_and(|needed| needed.contains(&at))).collect()
        };
        let kinds = &program.schema.kinds;
        ArrowReader {
            program,
            dictionary,
            accounts,
            decoder: Decoder::new(&program.schema),
            keys: Keys::of_this_run(),
            needed: kinds.iter().enumerate().map(|(at, kind)| flags(at, kind.fields.len())).collect(),
            scales: vec![Vec::new(); kinds.len()],
            layout: None,
            is_by_row: false,
            unusual: 0,
        }
    }

    /// Hashes with these keys, those of all readers of the run.
    #[must_use]
    pub fn with_keys(self, keys: Keys) -> ArrowReader<'p> {
        ArrowReader { keys, ..self }
    }

    /// Keeps the fields that nothing reads too, so that a block gives back whole records.
    #[must_use]
    pub fn keeping_all(mut self) -> ArrowReader<'p> {
        self.needed.iter_mut().flatten().for_each(|needed| *needed = true);
        self
    }

    /// How many records were read by row until now, and so more slowly.
    #[must_use]
    pub fn unusual(&self) -> u64 {
        self.unusual
    }

    /// Reads every row as a row, which is slower and says the same.
    #[cfg(test)]
    pub(crate) fn by_row(self) -> ArrowReader<'p> {
        ArrowReader { is_by_row: true, ..self }
    }

    /// Reads a file, and hands over what was made of each stretch of it, until it ends or breaks off.
    ///
    /// # Errors
    /// A [`Problem`] where the file can not be read at all; nothing was handed over then.
    pub(crate) fn read_file(
        &mut self,
        bulk: Bulk,
        format: Columnar,
        name: &Arc<str>,
        take: &mut dyn FnMut(Parsed),
    ) -> Result<(), Problem> {
        for stretch in stretches(&self.program.schema, bulk, format)? {
            take(self.take(&stretch, name));
        }
        Ok(())
    }

    /// What a stretch of a file holds.
    pub(crate) fn take(&mut self, stretch: &Stretch, file: &Arc<str>) -> Parsed {
        match stretch {
            Stretch::LeftOut(columns) => {
                let mut parsed = Parsed { file: Arc::clone(file), ..Parsed::default() };
                columns.iter().for_each(|(column, rows)| parsed.ignored.add(column, *rows));
                parsed
            }
            Stretch::Rows(batch, first_row) => self.read(batch, file, *first_row),
            Stretch::Broken(row, problem) => broken_off(file, *row, problem),
        }
    }

    /// Reads a batch, whose first row is that row of its file. Where a column can not be taken (see
    /// [`Layout::of`]), each of its records is refused.
    pub fn read(&mut self, batch: &RecordBatch, file: &Arc<str>, first_row: u64) -> Parsed {
        let layout = match self.layout(batch) {
            Ok(layout) => layout,
            Err(problem) => return refused(batch, file, first_row, &problem),
        };
        let mut parsed = Parsed { file: Arc::clone(file), ..Parsed::default() };
        for (name, at) in &layout.unknown {
            let nulls = batch.columns().get(*at).map_or(0, arrow_array::Array::logical_null_count);
            parsed.ignored.add(name, (batch.num_rows() - nulls.min(batch.num_rows())) as u64);
        }
        let view = View::of(&self.program.schema, &self.decoder, &layout, batch);
        let mut batches: Vec<Option<Batch>> = self.program.schema.kinds.iter().map(|_| None).collect();
        for (number, row) in (first_row..).zip(0..batch.num_rows()) {
            parsed.read += 1;
            let by_column = !self.is_by_row && self.take_columns(&view, &mut batches, &mut parsed, row).is_some();
            self.unusual += u64::from(!by_column);
            let outcome = if by_column { Ok(()) } else { self.take_row(&view, &mut batches, &mut parsed, row) };
            match outcome {
                Ok(()) => parsed.lines.push(number),
                Err(problem) => parsed.rejects.push(Reject::new(file, number, &problem, view.json(row).as_bytes())),
            }
        }
        self.finish(batches, parsed)
    }

    fn finish(&mut self, batches: Vec<Option<Batch>>, mut parsed: Parsed) -> Parsed {
        for (batch, scales) in batches.into_iter().zip(&mut self.scales) {
            if let Some(batch) = batch {
                *scales = batch.scales();
                parsed.block.batches.push(batch);
            }
        }
        if parsed.sources.iter().all(Option::is_none) {
            parsed.sources = Vec::new();
        }
        parsed
    }

    fn layout(&mut self, batch: &RecordBatch) -> Result<Rc<Layout>, Problem> {
        if let Some((known, layout)) = &self.layout
            && **known == *batch.schema_ref().as_ref()
        {
            return Ok(Rc::clone(layout));
        }
        let layout = Rc::new(Layout::of(&self.program.schema, batch.schema_ref())?);
        self.layout = Some((batch.schema(), Rc::clone(&layout)));
        Ok(layout)
    }

    /// The batch of a kind, a new one where there is none yet.
    fn batch_of<'b>(&self, batches: &'b mut [Option<Batch>], kind: usize) -> Option<&'b mut Batch> {
        let new = || {
            let (needed, scales) = (self.needed.get(kind).map_or(&[][..], Vec::as_slice), self.scales.get(kind));
            Batch::new(self.program, kind, needed, scales.map_or(&[][..], Vec::as_slice))
        };
        batches.get_mut(kind).map(|batch| batch.get_or_insert_with(new))
    }

    /// Takes a row by column; none, and nothing is taken, where it has anything that is not read so.
    fn take_columns(
        &self,
        view: &View<'_>,
        batches: &mut [Option<Batch>],
        parsed: &mut Parsed,
        row: usize,
    ) -> Option<()> {
        let own = view.own(row)?;
        if self.program.schema.fills_table(own.kind) {
            // It is of no account.
            return None;
        }
        if self.accounts.is_some_and(|accounts| !accounts.contains_key(own.account.as_ref())) {
            return None;
        }
        let mut content = Content::begin(&self.keys, own.kind, &own.account, own.time);
        let batch = self.batch_of(batches, own.kind)?;
        view.push_fields(self.dictionary, own.kind, row, batch, &mut content)?;
        batch.places.push(parsed.block.len);
        let id = match &own.source {
            Some(source) => Cow::Owned(format!("{source}/{}", own.id)),
            None => Cow::Borrowed(&*own.id),
        };
        batch.ids.push(&id);
        batch.accounts.push(&own.account);
        batch.times.push(own.time);
        parsed.sources.push(own.source.as_deref().map(Into::into));
        let kind = own.kind;
        parsed.identities.push(self.keys.identity(own.source.as_deref(), &id));
        parsed.contents.push(content.finish());
        parsed.block.len += 1;
        view.count_foreign(kind, row, &mut parsed.ignored);
        Some(())
    }

    /// Takes a row as any other reader would, or says why not.
    fn take_row(
        &self,
        view: &View<'_>,
        batches: &mut [Option<Batch>],
        parsed: &mut Parsed,
        row: usize,
    ) -> Result<(), Problem> {
        let cells = view.row(row);
        let Decoded { record, source } =
            self.decoder.decode_telling(&WireRecord::Row(&cells), &mut |name| parsed.ignored.add(name, 1))?;
        check_account(&self.program.schema, self.accounts, &record)?;
        parsed.identities.push(self.keys.identity(source.as_deref(), &record.id));
        parsed.contents.push(self.content(&record));
        parsed.sources.push(source);
        let place = parsed.block.len;
        parsed.block.len += 1;
        let fits = self
            .batch_of(batches, record.kind)
            .is_some_and(|batch| batch.push(self.program, self.dictionary, place, &record));
        if !fits {
            parsed.block.odd.push(Odd { place, record });
        }
        Ok(())
    }

    fn content(&self, record: &Record) -> u64 {
        of_record(&self.keys, &self.program.schema, record)
    }
}

/// Every record of a batch refused for one reason.
fn refused(batch: &RecordBatch, file: &Arc<str>, first_row: u64, problem: &Problem) -> Parsed {
    let rows = batch.num_rows() as u64;
    let reject = |number| Reject::new(file, number, problem, b"");
    let rejects = (first_row..).take(batch.num_rows()).map(reject).collect();
    Parsed { file: Arc::clone(file), rejects, read: rows, ..Parsed::default() }
}

/// What stands for all that could not be read of a file.
fn broken_off(file: &Arc<str>, row: u64, problem: &Problem) -> Parsed {
    let problem = Problem::new(format!("the file can not be read on; is it damaged? ({problem})"));
    let rejects = vec![Reject::new(file, row, &problem, b"")];
    Parsed { file: Arc::clone(file), rejects, read: 1, ..Parsed::default() }
}

#[cfg(test)]
mod tests;
