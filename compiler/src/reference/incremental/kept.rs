//! What is known of an account's rows and lines: the aggregates over rows of meters, and the lines as they were last.

use super::folds::Fold;
use crate::bill::Line;
use crate::exact::Rational;
use crate::ir::{Aggregate, Rows};
use crate::model::{Interval, Symbol, Value};
use crate::reference::evaluation::{Evaluation, RowSet};
use crate::reference::scope::{Group, Missing, Outcome};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// A window and keys.
pub(super) type Place = (Interval, Vec<Value>);

/// All that an evaluation need not compute anew.
#[derive(Debug)]
pub(in crate::reference) struct Kept {
    pub(super) cells: HashMap<CellKey, Cell>,
    /// By charge, by the start of the period.
    pub(super) lines: Vec<BTreeMap<Timestamp, PeriodLines>>,
}

/// An aggregate over rows, the window of its owner, and those of its owner's keys that rows must have.
pub(super) type CellKey = (usize, Interval, Vec<Value>);

/// The rows that an aggregate goes over in one window.
#[derive(Debug)]
pub(super) struct Cell {
    rows: BTreeMap<Place, Row>,
    fold: Fold<Place>,
    /// How many rows have no value, though nothing is missing.
    absent: usize,
    /// The rows of which something is missing.
    missing: BTreeMap<Place, Missing>,
    /// How many rows there are of each combination of keys; only where empty windows count.
    combinations: Option<BTreeMap<Vec<Value>, usize>>,
}

#[derive(Debug)]
struct Row {
    /// How many of the meters have a value there.
    meters: usize,
    value: Option<Outcome<Value>>,
}

impl Cell {
    pub(super) fn new(aggregate: &Aggregate, rows: &Rows) -> Cell {
        Cell {
            rows: BTreeMap::new(),
            fold: Fold::of(&aggregate.function, true),
            absent: 0,
            missing: BTreeMap::new(),
            combinations: rows.every_window.then(BTreeMap::new),
        }
    }

    /// One more of the meters has a value at a row.
    pub(super) fn enter(&mut self, place: &Place) {
        let known = self.rows.len();
        let row = self.rows.entry(place.clone()).or_insert(Row { meters: 0, value: None });
        row.meters += 1;
        if let (Some(all), true) = (&mut self.combinations, self.rows.len() > known) {
            *all.entry(place.1.clone()).or_default() += 1;
        }
    }

    /// One of the meters has no value there any more.
    pub(super) fn leave(&mut self, place: &Place) {
        let Some(row) = self.rows.get_mut(place) else { return };
        row.meters = row.meters.saturating_sub(1);
        if row.meters > 0 {
            return;
        }
        self.take_out(place);
        self.rows.remove(place);
        let Some(all) = &mut self.combinations else { return };
        match all.get_mut(&place.1) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(all.remove(&place.1)),
        }
    }

    /// Whether there is such a row.
    pub(super) fn has(&self, place: &Place) -> bool {
        self.rows.contains_key(place)
    }

    /// A row has another value.
    pub(super) fn set(&mut self, aggregate: &Aggregate, place: &Place, value: Outcome<Value>) {
        self.take_out(place);
        match &value {
            Ok(value) => {
                self.absent += usize::from(*value == Value::Absent);
                self.fold.add(&aggregate.function, place, value);
            }
            Err(missing) => drop(self.missing.insert(place.clone(), missing.clone())),
        }
        self.rows.get_mut(place).into_iter().for_each(|row| row.value = Some(value.clone()));
    }

    fn take_out(&mut self, place: &Place) {
        match self.rows.get_mut(place).and_then(|row| row.value.take()) {
            Some(Ok(value)) => {
                self.absent -= usize::from(value == Value::Absent);
                self.fold.remove(place, &value);
            }
            Some(Err(_)) => drop(self.missing.remove(place)),
            None => {}
        }
    }
}

impl Kept {
    pub(super) fn of_charges(count: usize) -> Kept {
        Kept { cells: HashMap::new(), lines: (0..count).map(|_| BTreeMap::new()).collect() }
    }

    fn cell(&self, at: usize, rows: &Rows, group: &Group) -> Option<&Cell> {
        let keys: Option<Vec<Value>> = rows.matches.iter().map(|(_, outer)| group.keys.get(*outer).cloned()).collect();
        self.cells.get(&(at, group.interval, keys?))
    }

    /// The rows of an aggregate in a group.
    pub(in crate::reference) fn rows(&self, at: usize, rows: &Rows, group: &Group) -> RowSet {
        self.cell(at, rows, group).into_iter().flat_map(|cell| cell.rows.keys().cloned()).collect()
    }

    /// What an aggregate over rows comes to in a group.
    pub(in crate::reference) fn aggregate(
        &self,
        evaluation: &Evaluation<'_>,
        (at, aggregate, rows): (usize, &Aggregate, &Rows),
        group: &Group,
    ) -> Outcome<Value> {
        let cell = self.cell(at, rows, group);
        if let Some((_, missing)) = cell.and_then(|cell| cell.missing.first_key_value()) {
            return Err(missing.clone());
        }
        let count = cell.map_or(0, |cell| cell.rows.len());
        let zeros = match rows.every_window {
            true => {
                let all = cell.and_then(|cell| cell.combinations.as_ref());
                evaluation.windows_without_rows(rows, group, all.map_or(0, BTreeMap::len), count)?
            }
            false => 0,
        };
        match cell {
            Some(cell) => cell.fold.value(&aggregate.function, (count, cell.absent, zeros)),
            None => Fold::<Place>::of(&aggregate.function, true).value(&aggregate.function, (0, 0, zeros)),
        }
    }

    /// All lines as they were rated last: the charge, the period's start, and the line's keys and window.
    pub(in crate::reference) fn written(
        &self,
    ) -> impl Iterator<Item = (usize, Timestamp, &(Vec<Value>, Interval), &[KnownLine])> {
        let charges = self.lines.iter().enumerate();
        charges.flat_map(|(at, periods)| {
            periods.iter().flat_map(move |(start, known)| {
                known.lines.iter().map(move |(group, known)| (at, *start, group, known.lines.as_slice()))
            })
        })
    }

    /// The lines of a charge in the period that starts then.
    pub(super) fn period(&self, charge: usize, start: Timestamp) -> Option<&PeriodLines> {
        self.lines.get(charge)?.get(&start)
    }

    /// The same, to be changed.
    pub(super) fn period_mut(&mut self, charge: usize, start: Timestamp) -> Option<&mut PeriodLines> {
        Some(self.lines.get_mut(charge)?.entry(start).or_default())
    }

    /// The sum of the rounded lines of charges in the period that starts then.
    pub(in crate::reference) fn total(&self, charges: &[usize], start: Timestamp) -> Outcome<Value> {
        let mut total = Rational::zero();
        for lines in charges.iter().filter_map(|charge| self.period(*charge, start)) {
            if let Some(id) = lines.withheld.values().next() {
                return Err(Missing(format!("it needs `{id}`, which has no price")));
            }
            total = &total + &lines.total;
        }
        Ok(Value::Number(total))
    }
}

/// The lines of a charge on the bill of a period.
#[derive(Debug, Default)]
pub(super) struct PeriodLines {
    /// By keys, then by window.
    pub(super) lines: BTreeMap<(Vec<Value>, Interval), KnownLines>,
    /// The sum of the rounded lines that have a price.
    total: Rational,
    /// The ids of those that have none.
    withheld: BTreeMap<(Vec<Value>, Interval), String>,
}

/// The lines of one combination of keys and window as they were rated last.
#[derive(Debug)]
pub(super) struct KnownLines {
    pub(super) lines: Vec<KnownLine>,
    /// The sum of the rounded ones, while they have a price.
    amount: Rational,
}

/// A line as it was rated last.
#[derive(Clone, Debug)]
pub(in crate::reference) struct KnownLine {
    pub(in crate::reference) id: String,
    pub(in crate::reference) quantity: Option<Rational>,
    pub(in crate::reference) unit: Option<Symbol>,
    pub(in crate::reference) exact: Rational,
}

impl KnownLine {
    pub(super) fn of(line: &Line) -> KnownLine {
        KnownLine {
            id: line.id.clone(),
            quantity: line.quantity.clone(),
            unit: line.unit.clone(),
            exact: line.exact.clone(),
        }
    }
}

impl PeriodLines {
    /// Lines have no price: they keep what was rated.
    pub(super) fn withhold(&mut self, group: (Vec<Value>, Interval), id: String) {
        let nothing = KnownLines { lines: Vec::new(), amount: Rational::zero() };
        let known = self.lines.entry(group.clone()).or_insert(nothing);
        self.total = &self.total - &known.amount;
        known.amount = Rational::zero();
        self.withheld.insert(group, id);
    }

    /// Lines are others now; what they were before.
    pub(super) fn replace(&mut self, group: (Vec<Value>, Interval), lines: &[Line]) -> Vec<KnownLine> {
        self.withheld.remove(&group);
        let amount = lines.iter().fold(Rational::zero(), |sum, line| &sum + &line.amount);
        let known = lines.iter().map(KnownLine::of);
        self.total = &self.total + &amount;
        let before = self.lines.insert(group, KnownLines { lines: known.collect(), amount });
        let Some(before) = before else { return Vec::new() };
        self.total = &self.total - &before.amount;
        before.lines
    }

    /// There are no such lines any more; what they were.
    pub(super) fn remove(&mut self, group: &(Vec<Value>, Interval)) -> Vec<KnownLine> {
        self.withheld.remove(group);
        let Some(before) = self.lines.remove(group) else { return Vec::new() };
        self.total = &self.total - &before.amount;
        before.lines
    }
}
