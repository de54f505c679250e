//! Records of one kind by column, and blocks of such batches in the order of arrival.

use super::{Column, Dictionary, needed_fields};
use crate::ir::Program;
use crate::model::{Record, Symbol};
use jiff::Timestamp;

/// Texts one behind the other in one run of bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    bytes: String,
    ends: Vec<u32>,
}

impl Texts {
    /// Adds one.
    pub fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
    }

    /// The text of a row.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        let end = *self.ends.get(row)? as usize;
        let start = row.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).map(|end| *end as usize))?;
        self.bytes.get(start..end)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Makes room for so many texts, which have so many bytes together.
    pub fn reserve(&mut self, texts: usize, bytes: usize) {
        self.ends.reserve(texts);
        self.bytes.reserve(bytes);
    }

    /// Takes all out; their room stays.
    pub fn clear(&mut self) {
        self.ends.clear();
        self.bytes.clear();
    }

    /// Takes back the last one.
    pub fn pop(&mut self) {
        self.ends.pop();
        self.bytes.truncate(self.ends.last().map_or(0, |end| *end as usize));
    }
}

/// How much a batch holds, so that the next one can be made with room for as much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// How many records.
    pub records: usize,
    /// The bytes of their ids.
    pub id_bytes: usize,
    /// The bytes of their accounts.
    pub account_bytes: usize,
}

/// Records of one kind, by column. All columns that are kept have a value for each record.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The kind, by its index in the schema.
    pub kind: usize,
    /// Which record of its block each row is, from 0 in the order of arrival; rising.
    pub places: Vec<u32>,
    /// The records' ids, with the source before them where one is given: as [`Record::id`].
    pub ids: Texts,
    /// Whose usage it is.
    pub accounts: Texts,
    /// Nanoseconds since 1970.
    pub times: Vec<i64>,
    /// One column for each field of the kind.
    pub columns: Vec<Column>,
}

/// What arrived in one stretch of the input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// One batch for each kind that came; empty ones may be missing.
    pub batches: Vec<Batch>,
    /// The records that do not fit in columns, by their place.
    pub odd: Vec<Odd>,
    /// How many records it holds: those of the batches and the odd ones.
    pub len: u32,
}

/// A record that does not fit in columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Odd {
    /// Which record of its block it is.
    pub place: u32,
    /// The record.
    pub record: Record,
}

impl Batch {
    /// An empty batch of a kind; `needed` says which fields are kept, `scales` at which scale each number begins
    /// (those of the batch before, if there was one).
    #[must_use]
    pub fn new(program: &Program, kind: usize, needed: &[bool], scales: &[u8]) -> Batch {
        let fields = program.schema.kinds.get(kind).map_or(&[][..], |kind| &kind.fields);
        let column = |(at, field)| {
            let needed = needed.get(at).copied().unwrap_or(true);
            Column::for_field(field, needed, scales.get(at).copied().unwrap_or(0))
        };
        Batch {
            kind,
            places: Vec::new(),
            ids: Texts::default(),
            accounts: Texts::default(),
            times: Vec::new(),
            columns: fields.iter().enumerate().map(column).collect(),
        }
    }

    /// How many records it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How much it holds.
    #[must_use]
    pub fn room(&self) -> Room {
        Room { records: self.len(), id_bytes: self.ids.bytes.len(), account_bytes: self.accounts.bytes.len() }
    }

    /// Makes room for as much more.
    pub fn reserve(&mut self, room: &Room) {
        self.places.reserve(room.records);
        self.times.reserve(room.records);
        self.ids.reserve(room.records, room.id_bytes);
        self.accounts.reserve(room.records, room.account_bytes);
        self.columns.iter_mut().for_each(|column| column.reserve(room.records));
    }

    /// Takes all records out; their room and the scales stay.
    pub fn clear(&mut self) {
        self.places.clear();
        self.times.clear();
        self.ids.clear();
        self.accounts.clear();
        self.columns.iter_mut().for_each(Column::clear);
    }

    /// The scale of each column, to begin the next batch with.
    #[must_use]
    pub fn scales(&self) -> Vec<u8> {
        let scale = |column: &Column| match column {
            Column::Numbers(numbers) => numbers.scale,
            _ => 0,
        };
        self.columns.iter().map(scale).collect()
    }

    /// The record of a row; fields that nothing reads are absent.
    #[must_use]
    pub fn record(&self, program: &Program, dictionary: &Dictionary, row: usize) -> Option<Record> {
        let fields = &program.schema.kinds.get(self.kind)?.fields;
        let values = self.columns.iter().zip(fields).map(|(column, field)| column.value(row, field, dictionary));
        Some(Record {
            kind: self.kind,
            id: Symbol::from(self.ids.get(row)?),
            account: Symbol::from(self.accounts.get(row)?),
            time: Timestamp::from_nanosecond(i128::from(*self.times.get(row)?)).ok()?,
            values: values.collect(),
        })
    }

    /// Adds a record that was read otherwise; false where it does not fit, and then nothing is added.
    pub fn push(&mut self, program: &Program, dictionary: &Dictionary, place: u32, record: &Record) -> bool {
        let Some(kind) = program.schema.kinds.get(self.kind) else { return false };
        let Ok(time) = i64::try_from(record.time.as_nanosecond()) else { return false };
        for (at, ((column, field), value)) in self.columns.iter_mut().zip(&kind.fields).zip(&record.values).enumerate()
        {
            if !column.push(value, field, dictionary) {
                self.columns.iter_mut().take(at).for_each(Column::pop);
                return false;
            }
        }
        self.places.push(place);
        self.ids.push(&record.id);
        self.accounts.push(&record.account);
        self.times.push(time);
        true
    }
}

impl Block {
    /// Records in the order of their arrival, by column.
    #[must_use]
    pub fn of(program: &Program, dictionary: &Dictionary, records: &[Record]) -> Block {
        let needed = needed_fields(program);
        let mut block = Block::default();
        for (place, record) in (0u32..).zip(records) {
            let kept = |at: usize| needed.get(record.kind).is_some_and(|fields| fields.contains(&at));
            let at = block.batches.iter().position(|batch| batch.kind == record.kind).unwrap_or_else(|| {
                let flags: Vec<bool> = (0..record.values.len()).map(kept).collect();
                block.batches.push(Batch::new(program, record.kind, &flags, &[]));
                block.batches.len() - 1
            });
            let fits = block.batches.get_mut(at).is_some_and(|batch| batch.push(program, dictionary, place, record));
            if !fits {
                block.odd.push(Odd { place, record: record.clone() });
            }
            block.len += 1;
        }
        block
    }
}
