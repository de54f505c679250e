//! Finding the rows of a table: by hash on the exact keys, so that it costs the same with ten rows and ten thousand.

use crate::exact::Rational;
use crate::model::{KeyCell, Matching, Row, Table, Value};
use jiff::Timestamp;
use std::collections::HashMap;

/// Where the rows of a key stand.
///
/// Each set of exact columns that some row leaves open (`-`) is a map of its own; there are few such sets.
#[derive(Clone, Debug, Default)]
pub struct TableIndex {
    maps: Vec<Columns>,
}

/// The rows that are exact in the same columns, by their values there.
#[derive(Clone, Debug)]
struct Columns {
    exact: Vec<usize>,
    rows: HashMap<Vec<Value>, Vec<usize>>,
}

impl TableIndex {
    /// The index of a table; linear in its rows.
    #[must_use]
    pub fn of(table: &Table) -> TableIndex {
        let mut index = TableIndex::default();
        for (at, row) in table.rows.iter().enumerate() {
            let (columns, values) = exact_cells(row);
            index.columns(columns).rows.entry(values).or_default().push(at);
        }
        index
    }

    fn columns(&mut self, exact: Vec<usize>) -> &mut Columns {
        let at = self.maps.iter().position(|columns| columns.exact == exact).unwrap_or_else(|| {
            self.maps.push(Columns { exact, rows: HashMap::new() });
            self.maps.len() - 1
        });
        // `at` was just found, or just pushed.
        #[allow(clippy::indexing_slicing)]
        &mut self.maps[at]
    }

    /// The rows whose keys match, whatever their date, in the order in which they stand.
    #[must_use]
    pub fn matching<'t>(&self, table: &'t Table, keys: &[Value]) -> Vec<&'t Row> {
        let mut found: Vec<usize> = self.maps.iter().flat_map(|columns| columns.candidates(keys)).collect();
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

impl Columns {
    fn candidates(&self, keys: &[Value]) -> Vec<usize> {
        let values: Option<Vec<Value>> = self.exact.iter().map(|column| keys.get(*column).cloned()).collect();
        values.and_then(|values| self.rows.get(&values).cloned()).unwrap_or_default()
    }
}

fn exact_cells(row: &Row) -> (Vec<usize>, Vec<Value>) {
    let exact = row.keys.iter().enumerate().filter_map(|(at, cell)| match cell {
        KeyCell::Exactly(value) => Some((at, value.clone())),
        KeyCell::Band { .. } | KeyCell::Prefix(_) | KeyCell::AnyOther => None,
    });
    exact.unzip()
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
