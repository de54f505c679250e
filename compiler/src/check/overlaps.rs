//! Rows of a table of which neither is more exact than the other, and that both hold for some keys.
//!
//! Rows are compared only where they can meet: those of one date, found by the cells in which both are exact. So the
//! search costs about as much as the table has rows, and not their square.

use super::Checker;
use super::buckets::Beginnings;
use super::tables::{OVERLAP, bands_meet, between};
use crate::diagnostic::Diagnostic;
use crate::exact::Rational;
use crate::model::{KeyCell, Matching, Row, Table, Value};
use jiff::Timestamp;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The most overlaps of one table that are reported one by one.
pub(super) const MAX_OVERLAPS: usize = 20;
/// The most pairs of rows that are compared: a grid of bands, or rows that leave ever other keys open, may need more
/// than any author would wait for.
const MAX_PAIRS: usize = 5_000_000;

impl Checker<'_> {
    pub(super) fn overlaps(&mut self, table: &Table) -> Option<()> {
        let mut search = Search::of(table);
        search.run();
        let (found, pairs) = (search.found, search.pairs);
        if found.is_empty() && pairs > MAX_PAIRS {
            return self.fail(
                Diagnostic::error(OVERLAP, format!("the rows of `{}` meet in too many ways", table.name))
                    .label(table.span, format!("more than {MAX_PAIRS} pairs of rows could hold for the same keys"))
                    .help("divide the table into several, or use fewer `-` and bands"),
            );
        }
        for (one, other, both) in &found {
            self.overlap(table, one, other, both);
        }
        found.is_empty().then_some(())
    }
}

/// Rows by the columns in which they are not `-`.
type ByMask<'t> = BTreeMap<Vec<bool>, Vec<&'t Row>>;

/// The rows that settle what two others leave open: dates and keys of those that are exact in all columns.
type Settling<'t> = HashSet<(Option<Timestamp>, &'t [KeyCell])>;

struct Search<'t> {
    table: &'t Table,
    settling: OnceCell<Settling<'t>>,
    found: Vec<(&'t Row, &'t Row, Vec<KeyCell>)>,
    pairs: usize,
}

impl<'t> Search<'t> {
    fn of(table: &'t Table) -> Search<'t> {
        Search { table, settling: OnceCell::new(), found: Vec::new(), pairs: 0 }
    }

    fn run(&mut self) {
        let mut by_date: BTreeMap<Option<Timestamp>, ByMask<'t>> = BTreeMap::new();
        for row in &self.table.rows {
            let mask = row.keys.iter().map(|cell| !matches!(cell, KeyCell::AnyOther)).collect();
            by_date.entry(row.since).or_default().entry(mask).or_default().push(row);
        }
        for sets in by_date.values() {
            for (at, (mask, rows)) in sets.iter().enumerate() {
                self.alike(mask, rows);
                for (other_mask, others) in sets.iter().take(at).filter(|(other, _)| neither_holds_all(mask, other)) {
                    self.across(&common(mask, other_mask), rows, others);
                }
            }
        }
    }

    fn is_over(&self) -> bool {
        self.found.len() >= MAX_OVERLAPS || self.pairs > MAX_PAIRS
    }

    /// Rows that are exact in the same columns meet where they are equal there, and their bands meet.
    fn alike(&mut self, mask: &[bool], rows: &[&'t Row]) {
        for bucket in Beginnings::default().buckets(mask, rows).each() {
            match self.widest_band(&bucket) {
                Some(column) => self.sweep(column, bucket),
                None => bucket.windows(2).for_each(|pair| {
                    if let [one, other] = pair {
                        self.compare(one, other);
                    }
                }),
            }
        }
    }

    /// Rows that are exact in different columns tie where they are equal in the common ones.
    fn across(&mut self, common: &[bool], rows: &[&'t Row], others: &[&'t Row]) {
        if self.is_over() {
            return;
        }
        self.pairs += rows.len() + others.len();
        let mut beginnings = Beginnings::default();
        let others = beginnings.buckets(common, others);
        beginnings.buckets(common, rows).beside(&others).for_each(|(one, other)| self.compare(one, other));
    }

    /// The column of bands that tells the rows apart best.
    fn widest_band(&self, rows: &[&Row]) -> Option<usize> {
        let bands = self.table.keys.iter().enumerate().filter(|(_, key)| key.matching == Matching::Band);
        let edges = |at: usize| rows.iter().map(|row| lower(row, at)).collect::<BTreeSet<_>>().len();
        bands.map(|(at, _)| at).max_by_key(|at| edges(*at))
    }

    /// Compares each row with those whose band begins before its own ends.
    fn sweep(&mut self, column: usize, mut rows: Vec<&'t Row>) {
        rows.sort_by_key(|row| lower(row, column));
        for (at, one) in rows.iter().enumerate() {
            let end = upper(one, column);
            let begins_inside = |row: &&&Row| match (lower(row, column), end) {
                (Some(begin), Some(end)) => begin <= end,
                _ => true,
            };
            for other in rows.iter().skip(at + 1).take_while(begins_inside) {
                self.compare(one, other);
            }
            if self.is_over() {
                return;
            }
        }
    }

    fn compare(&mut self, one: &'t Row, other: &'t Row) {
        if self.is_over() {
            return;
        }
        self.pairs += 1;
        if let Some(both) = tie(one, other)
            && (one.keys == other.keys || !self.is_settled(one.since, &both))
        {
            self.found.push((one, other, both));
        }
    }

    /// Whether a row holds for exactly these keys. Only rows that are exact in different columns need to know.
    fn is_settled(&self, since: Option<Timestamp>, both: &[KeyCell]) -> bool {
        self.settling.get_or_init(|| settling(self.table)).contains(&(since, both))
    }
}

fn settling(table: &Table) -> Settling<'_> {
    table.rows.iter().filter(|row| is_plain(row)).map(|row| (row.since, row.keys.as_slice())).collect()
}

fn is_plain(row: &Row) -> bool {
    row.keys.iter().all(|cell| matches!(cell, KeyCell::Exactly(_) | KeyCell::Prefix(_)))
}

/// Whether each of two sets of columns has one that the other lacks.
fn neither_holds_all(one: &[bool], other: &[bool]) -> bool {
    let pairs = || one.iter().zip(other);
    pairs().any(|(one, other)| *one && !*other) && pairs().any(|(one, other)| !*one && *other)
}

fn common(one: &[bool], other: &[bool]) -> Vec<bool> {
    one.iter().zip(other).map(|(one, other)| *one && *other).collect()
}

fn lower(row: &Row, column: usize) -> Option<&Rational> {
    match row.keys.get(column) {
        Some(KeyCell::Band { lower: Some(edge), .. }) => Some(&edge.at),
        _ => None,
    }
}

fn upper(row: &Row, column: usize) -> Option<&Rational> {
    match row.keys.get(column) {
        Some(KeyCell::Band { upper: Some(edge), .. }) => Some(&edge.at),
        _ => None,
    }
}

/// The keys for which both rows hold, if neither is more exact.
fn tie(one: &Row, other: &Row) -> Option<Vec<KeyCell>> {
    let (mut one_more_exact, mut other_more_exact) = (false, false);
    let mut both = Vec::new();
    for (left, right) in one.keys.iter().zip(&other.keys) {
        let cell = match (left, right) {
            (KeyCell::AnyOther, KeyCell::AnyOther) => KeyCell::AnyOther,
            (KeyCell::AnyOther, exact) => {
                other_more_exact = true;
                exact.clone()
            }
            (exact, KeyCell::AnyOther) => {
                one_more_exact = true;
                exact.clone()
            }
            (KeyCell::Band { .. }, KeyCell::Band { .. }) if bands_meet(left, right) => meeting(left, right),
            (left, right) if left == right => left.clone(),
            _ => return None,
        };
        both.push(cell);
    }
    (one_more_exact == other_more_exact).then_some(both)
}

/// A value in both of two bands that meet; the band itself where they are the same.
fn meeting(left: &KeyCell, right: &KeyCell) -> KeyCell {
    let (KeyCell::Band { lower: l1, upper: u1 }, KeyCell::Band { lower: l2, upper: u2 }) = (left, right) else {
        return left.clone();
    };
    let low = [l1, l2].into_iter().flatten().map(|edge| &edge.at).max();
    let high = [u1, u2].into_iter().flatten().map(|edge| &edge.at).min();
    match (low, high) {
        _ if left == right => left.clone(),
        (Some(low), Some(high)) if low == high => KeyCell::Exactly(Value::Number(low.clone())),
        (Some(low), Some(high)) => KeyCell::Exactly(Value::Number(between(low, high))),
        _ => left.clone(),
    }
}
