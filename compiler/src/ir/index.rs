//! Finding the rows of a table: by hash on the exact keys, so that it costs the same with ten rows and ten thousand.

use crate::exact::Rational;
use crate::model::{KeyCell, Matching, Row, Table, Value};
use hashbrown::{DefaultHashBuilder, HashMap};
use jiff::Timestamp;
use std::hash::{BuildHasher, Hash, Hasher};

/// Where the rows of a key stand.
///
/// Each set of exact columns that some row leaves open (`-`) is a map of its own; there are few such sets.
#[derive(Clone, Debug, Default)]
pub struct TableIndex {
    maps: Vec<Columns>,
    /// For each row, the next one with the same hash in the same columns.
    next: Vec<Option<usize>>,
    hasher: DefaultHashBuilder,
}

/// The rows that are exact in the same columns, by the hash of their values there: the first one with each.
#[derive(Clone, Debug)]
struct Columns {
    exact: Vec<usize>,
    first: HashMap<u64, usize>,
}

impl TableIndex {
    /// The index of a table; linear in its rows.
    #[must_use]
    pub fn of(table: &Table) -> TableIndex {
        let mut index = TableIndex { next: vec![None; table.rows.len()], ..TableIndex::default() };
        // From the last row on, so that the rows with one hash follow each other in the order in which they stand.
        for ((at, row), next) in table.rows.iter().enumerate().zip(&mut index.next).rev() {
            let hash = hash_of(&index.hasher, exact_cells(row).map(|(_, value)| value));
            *next = columns(&mut index.maps, row, table.rows.len()).first.insert(hash, at);
        }
        index
    }

    /// The rows that are exact in these columns and may have these keys there; others have the same hash.
    fn candidates(&self, columns: &Columns, keys: &[Value]) -> impl Iterator<Item = usize> {
        let values = columns.exact.iter().filter_map(|column| keys.get(*column));
        let first = columns.first.get(&hash_of(&self.hasher, values)).copied();
        std::iter::successors(first, |at| self.next.get(*at).copied().flatten())
    }

    /// The rows whose keys match, whatever their date, in the order in which they stand.
    #[must_use]
    pub fn matching<'t>(&self, table: &'t Table, keys: &[Value]) -> Vec<&'t Row> {
        let mut found: Vec<usize> = self.maps.iter().flat_map(|columns| self.candidates(columns, keys)).collect();
        found.sort_unstable();
        found.iter().filter_map(|at| table.rows.get(*at)).filter(|row| row_matches(row, keys)).collect()
    }

    /// The row that holds at a time: of the rows in force, the most exact one.
    #[must_use]
    pub fn find<'t>(&self, table: &'t Table, keys: &[Value], time: Timestamp) -> Option<&'t Row> {
        let mut best: Option<&Row> = None;
        for row in self.matching(table, keys) {
            let begun = row.since.is_none_or(|since| since <= time);
            if begun && best.is_none_or(|best| exactness(row) >= exactness(best)) {
                best = match best {
                    Some(other) if other.keys == row.keys && other.since > row.since => Some(other),
                    _ => Some(row),
                };
            }
        }
        best
    }
}

/// The map of the columns in which a row is exact; a new one, with room for so many rows, if there is none yet.
fn columns<'m>(maps: &'m mut Vec<Columns>, row: &Row, rows: usize) -> &'m mut Columns {
    let exact = || exact_cells(row).map(|(column, _)| column);
    let at = maps.iter().position(|columns| columns.exact.iter().copied().eq(exact())).unwrap_or_else(|| {
        // Most tables have one map.
        let room = if maps.is_empty() { rows } else { 0 };
        maps.push(Columns { exact: exact().collect(), first: HashMap::with_capacity(room) });
        maps.len() - 1
    });
    // `at` was just found, or just pushed.
    #[allow(clippy::indexing_slicing)]
    &mut maps[at]
}

fn exact_cells(row: &Row) -> impl Iterator<Item = (usize, &Value)> {
    row.keys.iter().enumerate().filter_map(|(at, cell)| match cell {
        KeyCell::Exactly(value) => Some((at, value)),
        KeyCell::Band { .. } | KeyCell::Prefix(_) | KeyCell::AnyOther => None,
    })
}

fn hash_of<'v>(hasher: &DefaultHashBuilder, values: impl Iterator<Item = &'v Value>) -> u64 {
    let mut hasher = hasher.build_hasher();
    values.for_each(|value| value.hash(&mut hasher));
    hasher.finish()
}

/// Whether each cell takes its value.
fn row_matches(row: &Row, keys: &[Value]) -> bool {
    row.keys.len() == keys.len() && row.keys.iter().zip(keys).all(|(cell, value)| cell_matches(cell, value))
}

fn cell_matches(cell: &KeyCell, value: &Value) -> bool {
    match (cell, value) {
        (KeyCell::AnyOther, _) => true,
        (KeyCell::Exactly(exact), value) => exact == value,
        (KeyCell::Prefix(prefix), Value::Text(text)) => text.starts_with(&**prefix),
        (KeyCell::Band { lower, upper }, Value::Number(number)) => {
            let above = |at: &Rational, inclusive: bool| number > at || (inclusive && number == at);
            let below = |at: &Rational, inclusive: bool| number < at || (inclusive && number == at);
            lower.as_ref().is_none_or(|edge| above(&edge.at, edge.inclusive))
                && upper.as_ref().is_none_or(|edge| below(&edge.at, edge.inclusive))
        }
        (KeyCell::Prefix(_) | KeyCell::Band { .. }, _) => false,
    }
}

/// How exact a row's cells are, from left to right; the checker has seen to it that no two rows tie.
fn exactness(row: &Row) -> Vec<usize> {
    let exactness = |cell: &KeyCell| match cell {
        KeyCell::AnyOther => 0,
        KeyCell::Prefix(prefix) => prefix.len() + 1,
        KeyCell::Exactly(_) | KeyCell::Band { .. } => 1,
    };
    row.keys.iter().map(exactness).collect()
}

/// Whether a table is found by exact keys alone, so that a kernel may use an array of rows.
#[must_use]
pub fn is_exact(table: &Table) -> bool {
    table.keys.iter().all(|key| key.matching == Matching::Exact)
}
