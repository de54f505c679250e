//! Tables as arrays: each key is sorted into one of a few classes, and the classes together give the place of a row.
//!
//! A class is a text, a member, or a stretch of integers in which no row's cell begins or ends. What matches which
//! row is settled when the arrays are made, so that a kernel only adds up places. Dates are one key more: the time,
//! in stretches that begin where rows begin to hold.

use super::graph::Form;
use super::helpers::Thresholds;
use super::unit::Unit;
use crate::columns::{Dictionary, integer_of};
use crate::exact::Rational;
use crate::model::{Cell, Edge, KeyCell, Matching, Row, Table, Type, Value};

/// The most places of a table: a few megabytes.
const MAX_PLACES: usize = 1 << 20;
/// The most work that making an array may take, in rows times the places that they take.
const MAX_WRITES: usize = 1 << 23;
/// Up to so many integers, cells stand right at each place; beyond, an array says which row stands there.
const MAX_SPREAD: usize = 1 << 15;
/// Up to so many codes, a class is the code itself.
const MAX_DIRECT: usize = 1 << 12;

/// A cell without a value: there is no row, or it is not sold.
pub(super) const NO_CELL: i64 = i64::MIN;
/// A cell that is absent.
pub(super) const ABSENT_CELL: i64 = i64::MIN + 1;

/// A table in arrays.
#[derive(Clone, Debug)]
pub(super) struct Search {
    /// One for each key; then one for the time, if the table is dated.
    pub(super) classes: Vec<Class>,
    /// Which row stands at each place, from 1 on; 0 is no row. None where the cells themselves stand there.
    pub(super) rows: Option<Vec<i32>>,
    /// The cells of each row, or of each place, one behind the other.
    pub(super) cells: Vec<i64>,
    /// The columns.
    pub(super) columns: Vec<CellColumn>,
}

/// How a key is sorted into classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// The code itself, below a bound; beyond it, the bound, if any row takes other codes, else there is no row.
    Direct {
        /** The bound. */
        bound: usize,
        /** Whether a row takes other codes. */
        other: bool,
    },
    /// The class of each code; codes beyond are of class 0.
    Listed {
        /** By code. The last one, for codes beyond, is 0. */
        classes: Vec<i32>,
        /** How many classes there are. */
        count: usize,
        /** Whether a row takes other codes. */
        other: bool,
    },
    /// How many of these numbers, in rising order, are at most the key.
    Thresholds(Thresholds),
}

/// A column of cells.
#[derive(Clone, Debug)]
pub(super) struct CellColumn {
    pub(super) form: Form,
    /// What its numbers count.
    pub(super) unit: Unit,
    /// Whether a cell is absent.
    pub(super) optional: bool,
    /// Whether each row has a cell: then none of them lacks one where another such column has one.
    pub(super) complete: bool,
    /// The least and the greatest integer, 0 among them.
    pub(super) range: (i64, i64),
}

/// The integers that a cell of a key takes: from the first on, before the second. All, where there is none.
type Stretch = (Option<i128>, Option<i128>);

impl Class {
    /// How many classes there are.
    pub(super) fn count(&self) -> usize {
        match self {
            Class::Direct { bound, other } => bound + usize::from(*other),
            Class::Listed { count, .. } => *count,
            Class::Thresholds(thresholds) => thresholds.at.len() + 1,
        }
    }

    /// Whether an absent code can not be mistaken for another.
    pub(super) fn tells_absent(&self) -> bool {
        matches!(self, Class::Direct { other: false, .. } | Class::Listed { other: false, .. })
    }

    /// The classes that a stretch covers.
    fn covered(&self, (from, to): Stretch) -> std::ops::Range<usize> {
        match self {
            Class::Direct { .. } | Class::Listed { .. } => {
                let Some(class) = from.and_then(|code| usize::try_from(code).ok()).and_then(|code| self.of_code(code))
                else {
                    return 0..self.count();
                };
                class..class + 1
            }
            Class::Thresholds(Thresholds { at }) => {
                let class = |edge: i128| at.partition_point(|threshold| i128::from(*threshold) <= edge);
                from.map_or(0, class)..to.map_or(at.len() + 1, class)
            }
        }
    }

    fn of_code(&self, code: usize) -> Option<usize> {
        match self {
            Class::Direct { .. } => Some(code),
            Class::Listed { classes, .. } => classes.get(code).and_then(|class| usize::try_from(*class).ok()),
            Class::Thresholds(_) => None,
        }
    }
}

impl Search {
    /// The arrays of a table for keys that count these units. None where it is too large, or has keys or cells of
    /// kinds that no array finds.
    pub(super) fn of(table: &Table, units: &[Unit], dictionary: &Dictionary) -> Option<Search> {
        let stretches: Vec<Vec<Stretch>> =
            table.rows.iter().map(|row| stretches(table, row, units, dictionary)).collect::<Option<_>>()?;
        let keys = table.keys.len() + usize::from(table.dated);
        let classes: Vec<Class> = (0..keys)
            .map(|key| class(table.keys.get(key).map(|key| &key.ty), &stretches, key))
            .collect::<Option<_>>()?;
        let places = classes.iter().try_fold(1usize, |places, class| places.checked_mul(class.count()))?;
        let placed = placed(table, &classes, &stretches, places)?;
        let columns: Vec<CellColumn> =
            (0..table.values.len()).map(|column| cell_column(table, column)).collect::<Option<_>>()?;
        let cells = |row: Option<&Row>| cells_of(row, &columns, dictionary);
        let of_rows: Vec<Vec<i64>> =
            std::iter::once(None).chain(table.rows.iter().map(Some)).map(cells).collect::<Option<_>>()?;
        let columns = columns.into_iter().enumerate().map(|(at, column)| ranged(column, at, &of_rows)).collect();
        if places.saturating_mul(table.values.len()) > MAX_SPREAD {
            return Some(Search { classes, rows: Some(placed), cells: of_rows.concat(), columns });
        }
        let of_place = |row: &i32| usize::try_from(*row).ok().and_then(|row| of_rows.get(row)).cloned();
        let spread: Option<Vec<Vec<i64>>> = placed.iter().map(of_place).collect();
        Some(Search { classes, rows: None, cells: spread?.concat(), columns })
    }
}

/// What each key of a row takes.
fn stretches(table: &Table, row: &Row, units: &[Unit], dictionary: &Dictionary) -> Option<Vec<Stretch>> {
    let keys = table.keys.iter().zip(&row.keys).zip(units);
    let mut found: Vec<Stretch> = keys
        .map(|((key, cell), unit)| {
            (key.matching != Matching::Prefix).then(|| stretch(cell, unit, dictionary)).flatten()
        })
        .collect::<Option<_>>()?;
    if table.dated {
        let since = row.since.map(|since| i64::try_from(since.as_nanosecond())).transpose().ok()?;
        found.push((since.map(i128::from), None));
    }
    (found.len() == table.keys.len() + usize::from(table.dated)).then_some(found)
}

fn stretch(cell: &KeyCell, unit: &Unit, dictionary: &Dictionary) -> Option<Stretch> {
    match cell {
        KeyCell::AnyOther => Some((None, None)),
        KeyCell::Prefix(_) => None,
        KeyCell::Exactly(Value::Number(number)) => {
            Some((Some(unit.count_from(number)?), Some(unit.count_above(number)?)))
        }
        KeyCell::Exactly(value) => {
            let code = i128::from(integer_of(value, dictionary)?);
            Some((Some(code), Some(code + 1)))
        }
        KeyCell::Band { lower, upper } => {
            let count = |at: &Rational, from: bool| if from { unit.count_from(at) } else { unit.count_above(at) };
            let edge = |edge: &Option<Edge>, is_lower: bool| match edge {
                None => Some(None),
                Some(edge) => count(&edge.at, edge.inclusive == is_lower).map(Some),
            };
            Some((edge(lower, true)?, edge(upper, false)?))
        }
    }
}

/// The classes of a key, or of the time where it is of no key.
fn class(ty: Option<&Type>, stretches: &[Vec<Stretch>], key: usize) -> Option<Class> {
    let of_key = || stretches.iter().filter_map(|row| row.get(key));
    match ty {
        Some(Type::Text | Type::Enum(_) | Type::Boolean) => {
            let codes: Option<Vec<usize>> =
                of_key().filter_map(|(from, _)| *from).map(|code| usize::try_from(code).ok()).collect();
            let other = of_key().any(|(from, _)| from.is_none());
            Some(class_of_codes(codes?, other))
        }
        Some(Type::Number(_) | Type::Date | Type::Time | Type::Clock) | None => {
            let edges = of_key().flat_map(|(from, to)| [*from, *to]).flatten();
            let mut at: Vec<i64> = edges.map(|edge| i64::try_from(edge).ok()).collect::<Option<_>>()?;
            at.sort_unstable();
            at.dedup();
            Some(Class::Thresholds(Thresholds { at }))
        }
        Some(Type::List(_)) => None,
    }
}

fn class_of_codes(mut codes: Vec<usize>, other: bool) -> Class {
    codes.sort_unstable();
    codes.dedup();
    let bound = codes.last().map_or(0, |last| last + 1);
    if bound <= MAX_DIRECT && bound <= 2 * codes.len() + 64 {
        return Class::Direct { bound, other };
    }
    let mut classes = vec![0; bound + 1];
    for (class, code) in (1i32..).zip(&codes) {
        if let Some(place) = classes.get_mut(*code) {
            *place = class;
        }
    }
    Class::Listed { classes, count: codes.len() + 1, other }
}

/// Which row stands at each place, from 1 on; 0 where none does.
fn placed(table: &Table, classes: &[Class], stretches: &[Vec<Stretch>], places: usize) -> Option<Vec<i32>> {
    if places > MAX_PLACES {
        return None;
    }
    let mut order: Vec<usize> = (0..table.rows.len()).collect();
    // What is written later wins: the more exact row, and of equal ones the one that began later.
    order.sort_by_cached_key(|at| table.rows.get(*at).map(|row| (exactness(row), row.since)));
    let mut placed = vec![0i32; places];
    let mut writes = 0usize;
    for at in order {
        let number = i32::try_from(at).ok()?.checked_add(1)?;
        let covered: Vec<std::ops::Range<usize>> =
            classes.iter().zip(stretches.get(at)?).map(|(class, stretch)| class.covered(*stretch)).collect();
        writes = writes.saturating_add(covered.iter().map(std::iter::ExactSizeIterator::len).product());
        if writes > MAX_WRITES {
            return None;
        }
        fill(&mut placed, classes, &covered, 0, number);
    }
    Some(placed)
}

/// Writes a row at all places that its keys cover.
fn fill(placed: &mut [i32], classes: &[Class], covered: &[std::ops::Range<usize>], place: usize, row: i32) {
    match (classes.split_first(), covered.split_first()) {
        (Some((class, classes)), Some((range, covered))) => {
            for at in range.clone() {
                fill(placed, classes, covered, place * class.count() + at, row);
            }
        }
        _ => placed.get_mut(place).into_iter().for_each(|found| *found = row),
    }
}

/// From left to right, whether a key's cell takes only some values.
fn exactness(row: &Row) -> Vec<bool> {
    row.keys.iter().map(|cell| !matches!(cell, KeyCell::AnyOther)).collect()
}

fn cell_column(table: &Table, column: usize) -> Option<CellColumn> {
    let form = match table.values.get(column)?.ty {
        Type::Number(_) => Form::Number,
        Type::Boolean => Form::Truth,
        Type::Text | Type::Enum(_) | Type::Date | Type::Time | Type::Clock => Form::Code,
        Type::List(_) => return None,
    };
    let (mut optional, mut unit) = (false, None);
    for cell in table.rows.iter().filter_map(|row| row.values.get(column)) {
        match cell {
            Cell::Absent | Cell::Value(Value::Absent) => optional = true,
            Cell::Value(Value::Number(number)) => unit = measured(unit, number)?,
            Cell::Value(_) | Cell::NotSold => {}
        }
    }
    Some(CellColumn { form, unit: unit.unwrap_or_else(Unit::one), optional, complete: true, range: (0, 0) })
}

/// The largest unit that counts what the known one does, and a number..
fn measured(known: Option<Unit>, number: &Rational) -> Option<Option<Unit>> {
    match (known, Unit::size_of(number)) {
        (Some(known), Some(size)) => known.common(&size).map(Some),
        (known, size) => Some(known.or(size)),
    }
}

/// The cells of a row as integers; none where one does not fit.
fn cells_of(row: Option<&Row>, columns: &[CellColumn], dictionary: &Dictionary) -> Option<Vec<i64>> {
    let Some(row) = row else { return Some(vec![NO_CELL; columns.len()]) };
    let cells = columns.iter().enumerate().map(|(at, column)| match row.values.get(at) {
        None | Some(Cell::NotSold) => Some(NO_CELL),
        Some(Cell::Absent | Cell::Value(Value::Absent)) => Some(ABSENT_CELL),
        Some(Cell::Value(Value::Number(number))) => i64::try_from(column.unit.count(number)?).ok().filter(is_value),
        Some(Cell::Value(value)) => integer_of(value, dictionary).filter(is_value),
    });
    cells.collect()
}

fn is_value(integer: &i64) -> bool {
    *integer > ABSENT_CELL
}

fn ranged(column: CellColumn, at: usize, rows: &[Vec<i64>]) -> CellColumn {
    let values = || rows.iter().filter_map(|row| row.get(at)).copied().filter(is_value).chain([0]);
    let range = (values().min().unwrap_or(0), values().max().unwrap_or(0));
    // The first one stands for no row.
    let complete = rows.iter().skip(1).all(|row| row.get(at).is_some_and(|cell| *cell != NO_CELL));
    CellColumn { range, complete, ..column }
}
