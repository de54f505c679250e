//! The records of a block in the order of their arrival, whatever their kind.

use super::Rater;
use crate::columns::Block;
use crate::model::Record;

/// A record of a block: its place, and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'b> {
    /// Its place.
    pub place: u32,
    pub(super) origin: Origin<'b>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Origin<'b> {
    Batch(usize, usize),
    Odd(&'b Record),
}

impl<'b> Arrival<'b> {
    /// The records of a block in the order of their arrival.
    #[must_use]
    pub fn all(block: &'b Block) -> Vec<Arrival<'b>> {
        let batches = block.batches.iter().enumerate();
        let rows = batches.flat_map(|(at, batch)| {
            let rows = batch.places.iter().enumerate();
            rows.map(move |(row, place)| Arrival { place: *place, origin: Origin::Batch(at, row) })
        });
        let mut all: Vec<Arrival<'b>> = rows.collect();
        if block.batches.len() > 1 || !block.odd.is_empty() {
            all.extend(block.odd.iter().map(|odd| Arrival { place: odd.place, origin: Origin::Odd(&odd.record) }));
            all.sort_by_key(|arrival| arrival.place);
        }
        all
    }

    /// Its kind, by its index in the schema.
    #[must_use]
    pub fn kind(&self, block: &Block) -> Option<usize> {
        match self.origin {
            Origin::Batch(batch, _) => block.batches.get(batch).map(|batch| batch.kind),
            Origin::Odd(record) => Some(record.kind),
        }
    }

    /// Whose usage it is.
    #[must_use]
    pub fn account(&self, block: &'b Block) -> &'b str {
        match self.origin {
            Origin::Batch(batch, row) => {
                block.batches.get(batch).and_then(|batch| batch.accounts.get(row)).unwrap_or("")
            }
            Origin::Odd(record) => &record.account,
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self, block: &'b Block) -> &'b str {
        match self.origin {
            Origin::Batch(batch, row) => block.batches.get(batch).and_then(|batch| batch.ids.get(row)).unwrap_or(""),
            Origin::Odd(record) => &record.id,
        }
    }

    /// When it happened, in nanoseconds since 1970.
    #[must_use]
    pub fn nanoseconds(&self, block: &Block) -> i128 {
        match self.origin {
            Origin::Batch(batch, row) => {
                block.batches.get(batch).and_then(|batch| batch.times.get(row)).map_or(0, |time| i128::from(*time))
            }
            Origin::Odd(record) => record.time.as_nanosecond(),
        }
    }

    /// The record; fields that nothing reads are absent.
    #[must_use]
    pub fn record(&self, rater: &Rater<'_>, block: &Block) -> Option<Record> {
        match self.origin {
            Origin::Batch(batch, row) => block.batches.get(batch)?.record(rater.program, rater.dictionary, row),
            Origin::Odd(record) => Some(record.clone()),
        }
    }
}
