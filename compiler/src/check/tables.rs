//! Tables: their columns, and whether their rows leave a gap, overlap, or are never reached.

use super::{Checker, literals};
use crate::diagnostic::Diagnostic;
use crate::exact::Rational;
use crate::model::{Edge, KeyCell, KeyColumn, Matching, Row, Symbol, Table, Type, Value, ValueColumn};
use crate::resolve::rows::SINCE;
use crate::syntax::ast::{self, Column, ColumnRole};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) const SHAPE: &str = "florin::tables::shape";
pub(super) const OVERLAP: &str = "florin::tables::overlap";
pub(super) const GAP: &str = "florin::tables::gap";

/// The most combinations of closed keys (enums, booleans, bands) that are gone through for each open key.
const MAX_COMBINATIONS: usize = 20_000;
/// The most times that a row is held against such a combination. A larger table is not searched for gaps: what it
/// lacks makes a record unpriced.
const MAX_LOOKS: usize = 20_000_000;

/// What a column of the declaration is, by its index among the keys or the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Key(usize),
    Since,
    Value(usize),
}

/// A table without its rows, and the place of each declared column.
pub(super) struct Shape {
    pub table: Table,
    pub places: Vec<Place>,
    /// Whether `from` is a time and not a day.
    pub since_is_time: bool,
}

impl Checker<'_> {
    pub(super) fn tables(&mut self) {
        for written in &self.book.tables {
            let table = self.table(written);
            self.tables.push(table.map(Arc::new));
        }
    }

    fn table(&mut self, written: &ast::Table) -> Option<Table> {
        let mut shape = self.shape(written)?;
        let rows = match &written.source {
            None => self.rows_here(written, &shape),
            Some(ast::TableSource::Csv(path)) => self.rows_of_csv(path, written, &shape),
            Some(ast::TableSource::Records(kind)) => {
                shape.table.filling = Some(self.filling(kind, written, &shape)?);
                return Some(shape.table);
            }
        };
        shape.table.rows = rows?;
        self.overlaps(&shape.table)?;
        self.gaps(&shape.table)?;
        Some(shape.table)
    }

    fn shape(&mut self, written: &ast::Table) -> Option<Shape> {
        let table = Table {
            name: Symbol::clone(&written.name.text),
            keys: Vec::new(),
            dated: false,
            values: Vec::new(),
            rows: Vec::new(),
            filling: None,
            span: written.name.span,
        };
        let mut shape = Shape { table, places: Vec::new(), since_is_time: false };
        let mut complete = true;
        for (index, column) in written.columns.iter().enumerate() {
            if let Some(first) = written.columns.iter().take(index).find(|first| first.name.text == column.name.text) {
                self.report(
                    Diagnostic::error(
                        "florin::names::duplicate",
                        format!("two columns are called `{}`", column.name.text),
                    )
                    .label(column.name.span, "declared again here")
                    .label(first.name.span, "first declared here")
                    .help("give each column a name of its own"),
                );
                complete = false;
            }
            complete &= self.column_shape(column, &mut shape).is_some();
        }
        if complete && shape.table.values.is_empty() {
            return self.fail(
                Diagnostic::error(SHAPE, format!("`{}` has nothing to look up", written.name.text))
                    .label(written.name.span, "only keys, no column of values")
                    .help("add a column such as `price : USD`"),
            );
        }
        complete.then_some(shape)
    }

    fn column_shape(&mut self, column: &Column, shape: &mut Shape) -> Option<()> {
        let name = Symbol::clone(&column.name.text);
        let declared = match &column.ty {
            Some(ty) => Some(self.type_name(ty)?),
            None => None,
        };
        let (ty, unit) = match declared {
            Some(declared) => (declared.ty, declared.unit),
            None => (Type::Text, None),
        };
        let table = &mut shape.table;
        let matching = match column.role {
            ColumnRole::Key => Matching::Exact,
            ColumnRole::Band => Matching::Band,
            ColumnRole::Prefix => Matching::Prefix,
            ColumnRole::Value if &*name == SINCE && matches!(ty, Type::Date | Type::Time) => {
                shape.places.push(Place::Since);
                table.dated = true;
                shape.since_is_time = ty == Type::Time;
                return Some(());
            }
            ColumnRole::Value => {
                shape.places.push(Place::Value(table.values.len()));
                let optional = column.ty.as_ref().is_some_and(|ty| ty.optional);
                table.values.push(ValueColumn { name, ty, unit, optional });
                return Some(());
            }
        };
        if matching == Matching::Band && !matches!(ty, Type::Number(_)) {
            let is = self.type_words(&ty, None);
            return self.fail(
                Diagnostic::error(super::words::TYPES, "a band goes over numbers")
                    .label(column.span, format!("this is {is}"))
                    .help(format!("write `key {name} : band number`, or a unit in place of `number`")),
            );
        }
        shape.places.push(Place::Key(table.keys.len()));
        table.keys.push(KeyColumn { name, ty, unit, matching });
        Some(())
    }

    pub(super) fn overlap(&mut self, table: &Table, first: &Row, second: &Row, both: &[KeyCell]) {
        let mut keys = self.keys_in_words(table, both);
        if let Some(since) = first.since.filter(|_| table.dated) {
            keys = format!("{keys} from {}", self.day_words(since));
        }
        let band = table.keys.iter().any(|key| key.matching == Matching::Band);
        let help = match first.keys == second.keys {
            true if table.dated => "remove one of them, or let one begin at a later date".to_owned(),
            true => "remove one of them, or correct the key that is wrong".to_owned(),
            false if band => "change an edge, so that the bands do not meet".to_owned(),
            false => format!("say which price holds there: add a row `{}`", self.row_words(table, both)),
        };
        let (first, second) = if first.span <= second.span { (first, second) } else { (second, first) };
        self.report(
            Diagnostic::error(OVERLAP, format!("two rows of `{}` hold for {keys}", table.name))
                .label(second.span, "this row")
                .label(first.span, "and this one")
                .help(help),
        );
    }

    /// A day or a time as the book would write it.
    fn day_words(&self, time: jiff::Timestamp) -> String {
        let zone = self.header.as_ref().and_then(|header| crate::time::Zone::named(&header.timezone));
        match zone.map(|zone| zone.local(time)) {
            Some(local) if local.time() == jiff::civil::Time::midnight() => local.date().to_string(),
            _ => time.to_string(),
        }
    }

    /// A row as it would be written, with the columns' names in capitals for their values.
    fn row_words(&self, table: &Table, cells: &[KeyCell]) -> String {
        let keys = table.keys.iter().zip(cells).map(|(key, cell)| self.cell_words(key, cell));
        let since = table.dated.then(|| "DATE".to_owned());
        let values = table.values.iter().map(|value| value.name.to_uppercase());
        keys.chain(since).chain(values).collect::<Vec<_>>().join(" | ")
    }

    /// Every combination of enum members, booleans and bands has a row, for each of the open keys that have one.
    fn gaps(&mut self, table: &Table) -> Option<()> {
        let closed: Vec<Vec<KeyValue>> =
            table.keys.iter().enumerate().map(|(at, key)| self.closed_values(table, at, key)).collect();
        let combinations = closed.iter().fold(1usize, |count, values| count.saturating_mul(values.len().max(1)));
        let takes_all = |row: &Row| row.keys.iter().all(|cell| *cell == KeyCell::AnyOther);
        let nothing_is_closed = closed.iter().all(Vec::is_empty);
        if table.rows.is_empty() || nothing_is_closed {
            return Some(());
        }
        let groups = if combinations > MAX_COMBINATIONS { None } else { by_open_keys(table, &closed) };
        let looks = |groups: &Groups| combinations * groups.iter().map(|(_, rows)| rows.len()).sum::<usize>();
        let Some(groups) = groups.filter(|groups| looks(groups) <= MAX_LOOKS) else {
            if !table.rows.iter().any(takes_all) {
                self.too_large_for_gaps(table, combinations);
            }
            return Some(());
        };
        let mut reached = BTreeSet::new();
        let mut missing = Vec::new();
        for (open, rows) in groups {
            each_combination(&closed, &mut |combination| {
                let winner = rows
                    .iter()
                    .copied()
                    .filter(|row| holds(table, *row, &open, combination))
                    .max_by(|one, other| exactness(table, *one, *other));
                match winner {
                    Some(row) => {
                        reached.insert(row);
                    }
                    None => missing.push((open.clone(), combination.to_vec())),
                }
            });
        }
        self.unreached(table, &reached, &closed);
        if missing.is_empty() {
            return Some(());
        }
        self.gap(table, &missing)
    }

    fn too_large_for_gaps(&mut self, table: &Table, combinations: usize) {
        let words = match combinations > MAX_COMBINATIONS {
            true => format!(
                "more than {MAX_COMBINATIONS} combinations of its keys ({combinations}) would have to be gone through"
            ),
            false => format!("its rows would have to be looked at more than {MAX_LOOKS} times"),
        };
        self.report(
            Diagnostic::warning(GAP, format!("`{}` is too large to look for missing rows", table.name))
                .label(table.span, words)
                .help("a record for which there is no row is unpriced; divide the table to have it looked at"),
        );
    }

    fn gap(&mut self, table: &Table, missing: &[(Vec<Option<KeyCell>>, Vec<KeyValue>)]) -> Option<()> {
        const SHOWN: usize = 3;
        let words = |(open, closed): &(Vec<Option<KeyCell>>, Vec<KeyValue>)| {
            let cells: Vec<KeyCell> = open
                .iter()
                .zip(closed)
                .map(|(open, closed)| match (open, closed) {
                    (Some(cell), _) => cell.clone(),
                    (None, KeyValue::Exactly(value)) => KeyCell::Exactly(value.clone()),
                    (None, KeyValue::Open) => KeyCell::AnyOther,
                })
                .collect();
            self.keys_in_words(table, &cells)
        };
        let shown: Vec<String> = missing.iter().take(SHOWN).map(words).collect();
        let more = match missing.len() - shown.len() {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let first = shown.first().cloned().unwrap_or_default();
        let label = match shown.get(1..) {
            Some(others) if !others.is_empty() => format!("nor for {}{more}", others.join("; ")),
            _ => "nothing is said for it".to_owned(),
        };
        let example = self.example_row(table, missing.first());
        let diagnostic = Diagnostic::error(GAP, format!("`{}` has no row for {first}", table.name))
            .label(table.span, label)
            .help(format!("add a row `{example}`, with `not sold` for its value if it is not offered"));
        self.fail(diagnostic)
    }

    fn example_row(&self, table: &Table, missing: Option<&(Vec<Option<KeyCell>>, Vec<KeyValue>)>) -> String {
        let Some((open, closed)) = missing else { return String::new() };
        let cell = |at: usize, open: &Option<KeyCell>, closed: &KeyValue| match (open, closed) {
            (Some(cell), _) => cell.clone(),
            (None, KeyValue::Exactly(Value::Number(point)))
                if table.keys.get(at).is_some_and(|key| key.matching == Matching::Band) =>
            {
                missing_band(table, at, point)
            }
            (None, KeyValue::Exactly(value)) => KeyCell::Exactly(value.clone()),
            (None, KeyValue::Open) => KeyCell::AnyOther,
        };
        let cells = open.iter().zip(closed).enumerate().map(|(at, (open, closed))| cell(at, open, closed));
        self.row_words(table, &cells.collect::<Vec<_>>())
    }

    /// Rows that a more exact one always beats.
    fn unreached(&mut self, table: &Table, reached: &BTreeSet<usize>, closed: &[Vec<KeyValue>]) {
        let undated = |row: &&(usize, &Row)| !table.dated || row.1.since.is_none();
        let rows: Vec<(usize, &Row)> = table.rows.iter().enumerate().collect();
        for (index, row) in rows.iter().filter(undated) {
            let any_other =
                row.keys.iter().zip(closed).any(|(cell, closed)| *cell == KeyCell::AnyOther && !closed.is_empty());
            if any_other && !reached.contains(index) {
                self.report(
                    Diagnostic::warning(OVERLAP, format!("this row of `{}` is never reached", table.name))
                        .label(row.span, "every value that `-` could take has a more exact row")
                        .help("remove the row"),
                );
            }
        }
    }

    /// The values of a key that can be gone through; none of an open one.
    fn closed_values(&self, table: &Table, at: usize, key: &KeyColumn) -> Vec<KeyValue> {
        match (&key.ty, key.matching) {
            (_, Matching::Band) => band_points(table, at),
            (Type::Enum(index), _) => {
                let count = self.schema.enums.get(*index).map_or(0, |known| known.members.len());
                (0..count)
                    .filter_map(|at| u32::try_from(at).ok())
                    .map(|at| KeyValue::Exactly(Value::Member(at)))
                    .collect()
            }
            (Type::Boolean, _) if !has_open_key(table) => {
                [false, true].map(|truth| KeyValue::Exactly(Value::Boolean(truth))).to_vec()
            }
            _ => Vec::new(),
        }
    }

    /// Keys in a reader's words: `size XS and cloud azure`.
    fn keys_in_words(&self, table: &Table, cells: &[KeyCell]) -> String {
        let words: Vec<String> = table
            .keys
            .iter()
            .zip(cells)
            .map(|(key, cell)| match cell {
                KeyCell::AnyOther => format!("any other {}", key.name),
                cell => format!("{} {}", key.name, self.cell_words(key, cell)),
            })
            .collect();
        match words.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            Some((only, _)) => only.clone(),
            None => "all keys".to_owned(),
        }
    }

    fn cell_words(&self, key: &KeyColumn, cell: &KeyCell) -> String {
        match cell {
            KeyCell::Exactly(value) => self.value_words(&key.ty, key.unit.as_ref(), value),
            KeyCell::Prefix(text) => format!("\"{text}\""),
            KeyCell::AnyOther => "-".to_owned(),
            KeyCell::Band { lower, upper } => {
                let edge = |edge: &Edge| self.value_words(&key.ty, key.unit.as_ref(), &Value::Number(edge.at.clone()));
                match (lower, upper) {
                    (_, Some(upper)) if upper.inclusive => format!("up to {}", edge(upper)),
                    (_, Some(upper)) => format!("below {}", edge(upper)),
                    (Some(lower), None) if lower.inclusive => format!("from {}", edge(lower)),
                    (Some(lower), None) => format!("above {}", edge(lower)),
                    (None, None) => "any".to_owned(),
                }
            }
        }
    }

    /// A value as an author would write it.
    pub(super) fn value_words(&self, ty: &Type, unit: Option<&crate::model::Unit>, value: &Value) -> String {
        match (value, ty) {
            (Value::Member(at), Type::Enum(index)) => {
                let member = self.schema.enums.get(*index).and_then(|known| known.members.get(*at as usize));
                member.map_or_else(|| "?".to_owned(), |member| member.name.to_string())
            }
            (Value::Text(text), _) => format!("\"{text}\""),
            (Value::Boolean(truth), _) => truth.to_string(),
            (Value::Number(number), _) => {
                let shown = unit.and_then(|unit| number.checked_div(&unit.factor)).unwrap_or_else(|| number.clone());
                let digits = grouped(&shown.to_string());
                match (unit, ty) {
                    (Some(unit), Type::Number(of)) if !of.is_none() => self.with_unit(&digits, &unit.name),
                    _ => digits,
                }
            }
            (Value::Date(date), _) => date.to_string(),
            (Value::Time(time), _) => time.to_string(),
            (Value::Clock(clock), _) => clock.strftime("%H:%M").to_string(),
            (Value::Absent | Value::List(_) | Value::Member(_), _) => literals::words_list(&[]),
        }
    }
}

/// `10_000`, as an author writes it; `1000` stays.
fn grouped(digits: &str) -> String {
    let (sign, unsigned) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let (whole, rest) =
        unsigned.split_at(unsigned.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(unsigned.len()));
    if whole.len() < 5 {
        return digits.to_owned();
    }
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            text.push('_');
        }
        text.push(digit);
    }
    format!("{sign}{text}{rest}")
}

/// The band that would close a gap at a point: from the nearest edge on, or up to the next one.
fn missing_band(table: &Table, at: usize, point: &Rational) -> KeyCell {
    let mut edges: BTreeSet<Rational> = BTreeSet::new();
    for row in &table.rows {
        if let Some(KeyCell::Band { lower, upper }) = row.keys.get(at) {
            edges.extend([lower, upper].into_iter().flatten().map(|edge| edge.at.clone()));
        }
    }
    let band = |lower: Option<Edge>, upper: Option<Edge>| KeyCell::Band { lower, upper };
    let open_above = table.rows.iter().any(|row| matches!(row.keys.get(at), Some(KeyCell::Band { upper: None, .. })));
    let next = edges.iter().find(|edge| *edge >= point);
    match (next, edges.last()) {
        (Some(next), last) if next == point && (open_above || last != Some(next)) => {
            band(None, Some(Edge { at: next.clone(), inclusive: true }))
        }
        (Some(next), _) if next == point => band(Some(Edge { at: next.clone(), inclusive: true }), None),
        (Some(next), _) => band(None, Some(Edge { at: next.clone(), inclusive: false })),
        (None, Some(last)) => band(Some(Edge { at: last.clone(), inclusive: false }), None),
        (None, None) => KeyCell::AnyOther,
    }
}

/// Whether a key can have values that no one lists. Beside such a key, a missing `true` or `false` is no gap: a model
/// without a long context, say, has no row for it, and a record that asks for one is unpriced.
fn has_open_key(table: &Table) -> bool {
    let open = |key: &KeyColumn| key.matching != Matching::Band && !matches!(key.ty, Type::Enum(_) | Type::Boolean);
    table.keys.iter().any(open)
}

/// A value of a closed key, or that the key is open.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum KeyValue {
    Exactly(Value),
    Open,
}

pub(super) fn bands_meet(left: &KeyCell, right: &KeyCell) -> bool {
    let (KeyCell::Band { lower: l1, upper: u1 }, KeyCell::Band { lower: l2, upper: u2 }) = (left, right) else {
        return false;
    };
    let below = |upper: &Option<Edge>, lower: &Option<Edge>| match (upper, lower) {
        (Some(upper), Some(lower)) => {
            upper.at < lower.at || (upper.at == lower.at && !(upper.inclusive && lower.inclusive))
        }
        _ => false,
    };
    !below(u1, l2) && !below(u2, l1)
}

/// The rows for each combination of the cells of open keys.
type Groups = Vec<(Vec<Option<KeyCell>>, Vec<usize>)>;

/// The rows for each combination of the open keys, and those for any other one; none where they are too many.
fn by_open_keys(table: &Table, closed: &[Vec<KeyValue>]) -> Option<Groups> {
    let open_cells = |row: &Row| -> Vec<Option<KeyCell>> {
        row.keys.iter().zip(closed).map(|(cell, closed)| closed.is_empty().then(|| cell.clone())).collect()
    };
    let mut groups: BTreeMap<String, (Vec<Option<KeyCell>>, Vec<usize>)> = BTreeMap::new();
    let mut general = Vec::new();
    for (index, row) in table.rows.iter().enumerate() {
        let open = open_cells(row);
        if open.contains(&Some(KeyCell::AnyOther)) {
            general.push((index, open.clone()));
        }
        groups.entry(format!("{open:?}")).or_insert_with(|| (open, Vec::new())).1.push(index);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    if groups.len().saturating_mul(general.len()) > MAX_LOOKS {
        return None;
    }
    for (open, rows) in &mut groups {
        let own = rows.len();
        for (index, cells) in &general {
            let takes = cells
                .iter()
                .zip(&*open)
                .all(|(general, exact)| general == exact || *general == Some(KeyCell::AnyOther));
            if takes && rows.get(..own).is_none_or(|own| own.binary_search(index).is_err()) {
                rows.push(*index);
            }
        }
    }
    Some(groups)
}

fn each_combination(closed: &[Vec<KeyValue>], visit: &mut impl FnMut(&[KeyValue])) {
    fn go(closed: &[Vec<KeyValue>], chosen: &mut Vec<KeyValue>, visit: &mut impl FnMut(&[KeyValue])) {
        match closed.get(chosen.len()) {
            None => visit(chosen),
            Some(values) if values.is_empty() => {
                chosen.push(KeyValue::Open);
                go(closed, chosen, visit);
                chosen.pop();
            }
            Some(values) => {
                for value in values {
                    chosen.push(value.clone());
                    go(closed, chosen, visit);
                    chosen.pop();
                }
            }
        }
    }
    go(closed, &mut Vec::new(), visit);
}

fn holds(table: &Table, row: usize, open: &[Option<KeyCell>], combination: &[KeyValue]) -> bool {
    let Some(row) = table.rows.get(row) else { return false };
    row.keys.iter().zip(open.iter().zip(combination)).all(|(cell, (open, value))| match (cell, open, value) {
        (KeyCell::AnyOther, ..) => true,
        (cell, Some(open), _) => cell == open,
        (KeyCell::Exactly(known), None, KeyValue::Exactly(value)) => known == value,
        (KeyCell::Band { lower, upper }, None, KeyValue::Exactly(Value::Number(number))) => {
            let above =
                lower.as_ref().is_none_or(|edge| if edge.inclusive { *number >= edge.at } else { *number > edge.at });
            let below =
                upper.as_ref().is_none_or(|edge| if edge.inclusive { *number <= edge.at } else { *number < edge.at });
            above && below
        }
        _ => false,
    })
}

fn exactness(table: &Table, one: usize, other: usize) -> std::cmp::Ordering {
    let exact = |row: usize| {
        table.rows.get(row).map_or(0, |row| row.keys.iter().filter(|cell| **cell != KeyCell::AnyOther).count())
    };
    exact(one).cmp(&exact(other)).then(other.cmp(&one))
}

/// Values on, between and beyond all edges of a band's column: what holds for them holds for all.
fn band_points(table: &Table, at: usize) -> Vec<KeyValue> {
    let mut edges: BTreeSet<Rational> = BTreeSet::new();
    for row in &table.rows {
        if let Some(KeyCell::Band { lower, upper }) = row.keys.get(at) {
            edges.extend([lower, upper].into_iter().flatten().map(|edge| edge.at.clone()));
        }
    }
    let edges: Vec<Rational> = edges.into_iter().collect();
    let unit = table.keys.get(at).and_then(|key| key.unit.as_ref());
    let one = unit.map_or_else(Rational::one, |unit| unit.factor.clone());
    let mut points: Vec<Rational> = edges.iter().take(1).map(|edge| edge - &one).collect();
    for (index, edge) in edges.iter().enumerate() {
        points.push(edge.clone());
        let next = edges.get(index + 1).map_or_else(|| edge + &one, |next| between(edge, next));
        points.push(next);
    }
    points.into_iter().map(|point| KeyValue::Exactly(Value::Number(point))).collect()
}

/// A number between two edges, a whole one where there is one.
pub(super) fn between(low: &Rational, high: &Rational) -> Rational {
    let whole = &Rational::from(crate::exact::Rounding::Floor.to_integer(low)) + &Rational::one();
    if whole < *high {
        return whole;
    }
    let half = Rational::fraction_of(1, 2).unwrap_or_else(Rational::one);
    &(low + high) * &half
}

/// Gives each band of a column its other edge: that of the next row of the same other keys and date.
pub(super) fn close_bands(rows: &mut [Row], at: usize) {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        let others: Vec<&KeyCell> =
            row.keys.iter().enumerate().filter(|(key, _)| *key != at).map(|(_, cell)| cell).collect();
        groups.entry(format!("{others:?} {:?}", row.since)).or_default().push(index);
    }
    for group in groups.into_values() {
        close_group(rows, at, &group);
    }
}

fn close_group(rows: &mut [Row], at: usize, group: &[usize]) {
    let edge_of = |rows: &[Row], index: usize, upper_side: bool| match rows.get(index).and_then(|row| row.keys.get(at))
    {
        Some(KeyCell::Band { lower: None, upper: Some(edge) }) if upper_side => Some(edge.clone()),
        Some(KeyCell::Band { lower: Some(edge), upper: None }) if !upper_side => Some(edge.clone()),
        _ => None,
    };
    for upper_side in [true, false] {
        let mut edges: Vec<(Edge, usize)> =
            group.iter().filter_map(|index| Some((edge_of(rows, *index, upper_side)?, *index))).collect();
        edges.sort_by(|(one, _), (other, _)| (&one.at, one.inclusive).cmp(&(&other.at, other.inclusive)));
        if !upper_side {
            edges.reverse();
        }
        for pair in edges.windows(2) {
            let [(before, twin), (edge, index)] = pair else { continue };
            // The same band twice has the same other edge, so that both rows are seen to overlap.
            let of_twin = match rows.get(*twin).and_then(|row| row.keys.get(at)) {
                Some(KeyCell::Band { lower, upper }) => {
                    if upper_side {
                        lower.clone()
                    } else {
                        upper.clone()
                    }
                }
                _ => None,
            };
            let other = match before == edge {
                true => of_twin,
                false => Some(Edge { at: before.at.clone(), inclusive: !before.inclusive }),
            };
            if let Some(KeyCell::Band { lower, upper }) = rows.get_mut(*index).and_then(|row| row.keys.get_mut(at)) {
                *(if upper_side { lower } else { upper }) = other;
            }
        }
    }
}
