//! Rows by the cells that they share.

use crate::model::{KeyCell, Row};
use hashbrown::HashMap;

/// Numbers for beginnings of keys: equal for equal cells, 0 for none.
///
/// Each is made of the number of all cells but the last, so that no list of cells is ever hashed or held.
#[derive(Default)]
pub(super) struct Beginnings<'t> {
    numbers: HashMap<(usize, &'t KeyCell), usize>,
}

impl<'t> Beginnings<'t> {
    /// Rows by their cells in some columns, bands left aside.
    pub(super) fn buckets(&mut self, columns: &[bool], rows: &[&'t Row]) -> Buckets<'t> {
        let mut numbered: Vec<(usize, &Row)> = rows.iter().map(|row| (self.number(columns, row), *row)).collect();
        numbered.sort_by_key(|(number, _)| *number);
        Buckets { numbered }
    }

    fn number(&mut self, columns: &[bool], row: &'t Row) -> usize {
        let cells = row.keys.iter().zip(columns).filter(|(cell, counts)| **counts && !is_band(cell));
        cells.fold(0, |before, (cell, _)| {
            let next = self.numbers.len() + 1;
            *self.numbers.entry((before, cell)).or_insert(next)
        })
    }
}

/// Rows, those of a bucket beside each other, in the order in which they stand.
pub(super) struct Buckets<'t> {
    numbered: Vec<(usize, &'t Row)>,
}

impl<'t> Buckets<'t> {
    /// The rows of each bucket.
    pub(super) fn each(&self) -> impl Iterator<Item = Vec<&'t Row>> {
        let shared = self.numbered.chunk_by(|(one, _), (other, _)| one == other).filter(|bucket| bucket.len() > 1);
        shared.map(|bucket| bucket.iter().map(|(_, row)| *row).collect())
    }

    /// Each row, with those of the same bucket among others that were numbered with it.
    pub(super) fn beside(&self, others: &Buckets<'t>) -> impl Iterator<Item = (&'t Row, &'t Row)> {
        self.numbered.iter().flat_map(|(number, row)| {
            let begin = others.numbered.partition_point(|(other, _)| other < number);
            let same = others.numbered.iter().skip(begin).take_while(move |(other, _)| other == number);
            same.map(|(_, other)| (*row, *other))
        })
    }
}

fn is_band(cell: &KeyCell) -> bool {
    matches!(cell, KeyCell::Band { .. })
}
