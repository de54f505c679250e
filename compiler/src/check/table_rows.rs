//! The rows of a table: those that stand in the book, and those of a CSV file.

use super::tables::{Place, Shape, close_bands};
use super::{Checker, words};
use crate::diagnostic::Diagnostic;
use crate::exact::{NumberError, Rational};
use crate::model::{Cell, Edge, KeyCell, KeyColumn, Matching, Row, Symbol, Type, Unit, Value, ValueColumn};
use crate::resolve::load_diagnostic;
use crate::source::{SourceId, Span};
use crate::syntax::ast::{self, Bound, CellKind, Literal, LiteralKind, Name};
use crate::syntax::dates::written_otherwise;
use crate::typed::ExprKind;
use jiff::civil::Date;
use std::sync::Arc;

pub(super) const CELL: &str = "florin::tables::cell";
pub(super) const CSV: &str = "florin::tables::csv";

/// How a date is written.
const DATE: &str = "write year, month and day: `2026-01-31`";

/// The most wrong cells of one CSV file that are reported one by one.
const MAX_REPORTED: usize = 20;

impl Checker<'_> {
    /// The rows under the line that names the columns.
    pub(super) fn rows_here(&mut self, written: &ast::Table, shape: &Shape) -> Option<Vec<Row>> {
        let order = self.head(&written.head, written, shape)?;
        let rows: Vec<Option<Row>> =
            written.rows.iter().map(|row| self.row_here(row, &order, written, shape)).collect();
        let rows = rows.into_iter().collect::<Option<Vec<_>>>()?;
        Some(closed(rows, shape))
    }

    /// For each cell of a row, the declared column that it belongs to.
    fn head(&mut self, head: &[Name], written: &ast::Table, shape: &Shape) -> Option<Vec<usize>> {
        if head.is_empty() {
            return self.fail(
                Diagnostic::error(CELL, format!("`{}` has no rows", written.name.text))
                    .label(written.name.span, "declared here")
                    .help(
                        "write a line with the names of the columns, divided by `|`, and under it a line for each row",
                    ),
            );
        }
        let mut order = Vec::new();
        for name in head {
            let known = written.columns.iter().position(|column| column.name.text == name.text);
            match known {
                Some(index) if !order.contains(&index) => order.push(index),
                Some(_) => return self.twice(name),
                None => return self.no_column(name, written),
            }
        }
        let missing = (0..shape.places.len()).find(|index| !order.contains(index));
        if let Some(column) = missing.and_then(|index| written.columns.get(index)) {
            let first = head.first()?.span;
            return self.fail(
                Diagnostic::error(CELL, format!("the rows have no column `{}`", column.name.text))
                    .label(head.iter().fold(first, |all, name| all.to(name.span)), "the columns of the rows")
                    .label(column.span, "declared here")
                    .help(format!("add `| {}` to the line of names, and a cell to each row", column.name.text)),
            );
        }
        Some(order)
    }

    fn twice<T>(&mut self, name: &Name) -> Option<T> {
        self.fail(
            Diagnostic::error(CELL, format!("the column `{}` stands there twice", name.text))
                .label(name.span, "the second one")
                .help("leave one of them out"),
        )
    }

    fn no_column<T>(&mut self, name: &Name, written: &ast::Table) -> Option<T> {
        let known: Vec<&str> = written.columns.iter().map(|column| &*column.name.text).collect();
        let help = match words::nearest(&name.text, known.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("declare the column first, such as `{} : number`", name.text),
        };
        self.fail(
            Diagnostic::error(CELL, format!("`{}` has no column `{}`", written.name.text, name.text))
                .label(name.span, "not declared above")
                .help(help),
        )
    }

    fn row_here(&mut self, row: &ast::Row, order: &[usize], written: &ast::Table, shape: &Shape) -> Option<Row> {
        if row.cells.len() != order.len() {
            let first = written.head.first()?.span;
            return self.fail(
                Diagnostic::error(
                    CELL,
                    format!(
                        "this row has {}, and there are {}",
                        words::count(row.cells.len(), "cell"),
                        words::count(order.len(), "column")
                    ),
                )
                .label(row.span, "this row")
                .label(written.head.iter().fold(first, |all, name| all.to(name.span)), "the columns")
                .help("cells are divided by `|`; write `-` for any other key, `not sold` for what is not offered"),
            );
        }
        let mut building = Building::new(shape, row.span);
        for (cell, column) in row.cells.iter().zip(order) {
            let placed = match shape.places.get(*column)? {
                Place::Key(index) => {
                    let key = shape.table.keys.get(*index)?;
                    self.key_cell(cell, key).map(|value| building.key(*index, value))
                }
                Place::Since => self.since_cell(cell, shape.since_is_time).map(|time| building.since(time)),
                Place::Value(index) => {
                    let value = shape.table.values.get(*index)?;
                    self.value_cell(cell, value).map(|value| building.value(*index, value))
                }
            };
            building.complete &= placed.is_some();
        }
        building.finish()
    }

    fn key_cell(&mut self, cell: &ast::Cell, key: &KeyColumn) -> Option<KeyCell> {
        match (&cell.kind, key.matching) {
            (CellKind::AnyOther, Matching::Exact | Matching::Band) => Some(KeyCell::AnyOther),
            (CellKind::AnyOther, Matching::Prefix) => Some(KeyCell::Prefix("".into())),
            (CellKind::Band(bound, edge), Matching::Band) => {
                let Value::Number(at) = self.cell_literal(edge, &key.ty, key.unit.as_ref(), &key.name)? else {
                    return None;
                };
                Some(band(*bound, at))
            }
            (CellKind::Value(literal), Matching::Exact) => {
                Some(KeyCell::Exactly(self.cell_literal(literal, &key.ty, key.unit.as_ref(), &key.name)?))
            }
            (CellKind::Value(Literal { kind: LiteralKind::Text(text), .. }), Matching::Prefix) => {
                Some(KeyCell::Prefix(Symbol::clone(text)))
            }
            (_, matching) => {
                let wanted = match matching {
                    Matching::Exact => "a value, or `-` for any other",
                    Matching::Band => "a band, such as `up to 25` or `from 65`, or `-` for any other",
                    Matching::Prefix => "how the text begins, in quotes",
                };
                let written = self.sources.text(cell.span).to_owned();
                let help = match (&cell.kind, matching) {
                    (CellKind::Value(_), Matching::Prefix) => format!("write `\"{}\"`", written.trim_matches('"')),
                    (CellKind::Value(_), Matching::Band) => format!("write `up to {written}`"),
                    (CellKind::Band(..), Matching::Exact) => {
                        format!("write a plain value; or declare the column as bands: `key {} : band number`", key.name)
                    }
                    _ => format!("write {wanted}"),
                };
                self.fail(
                    Diagnostic::error(CELL, format!("a cell of `{}` is {wanted}", key.name))
                        .label(cell.span, "this is something else")
                        .help(help),
                )
            }
        }
    }

    fn since_cell(&mut self, cell: &ast::Cell, is_time: bool) -> Option<jiff::Timestamp> {
        match &cell.kind {
            CellKind::Value(Literal { kind: LiteralKind::Date(date), .. }) => self.start_of(*date),
            CellKind::Value(Literal { kind: LiteralKind::Instant(time), .. }) if is_time => Some(*time),
            CellKind::Value(Literal { kind: LiteralKind::Month(year, month), .. }) => {
                self.start_of(Date::new(*year, *month, 1).ok()?)
            }
            _ => self.fail(
                Diagnostic::error(CELL, "a cell of `from` says from when on the row holds")
                    .label(cell.span, "not a date")
                    .help(if is_time {
                        "write a time such as `2026-03-04T08:00:00Z`, or a date"
                    } else {
                        "write a date such as `2026-01-01`"
                    }),
            ),
        }
    }

    /// The first instant of a day in the book's time zone.
    pub(super) fn start_of(&self, date: Date) -> Option<jiff::Timestamp> {
        let zone = crate::time::Zone::named(&self.header.as_ref()?.timezone)?;
        Some(zone.instant(date, jiff::civil::Time::midnight()))
    }

    fn value_cell(&mut self, cell: &ast::Cell, column: &ValueColumn) -> Option<Cell> {
        match &cell.kind {
            CellKind::NotSold => Some(Cell::NotSold),
            CellKind::Value(literal) => {
                Some(Cell::Value(self.cell_literal(literal, &column.ty, column.unit.as_ref(), &column.name)?))
            }
            CellKind::AnyOther if column.optional => Some(Cell::Absent),
            CellKind::AnyOther | CellKind::Band(..) => self.fail(
                Diagnostic::error(CELL, format!("a cell of `{}` is a value", column.name))
                    .label(cell.span, "not a value")
                    .help("write a value, or `not sold` where it is not offered; where it may be absent, declare the column `optional`"),
            ),
        }
    }

    /// A value in a cell; a bare number is in the column's unit.
    fn cell_literal(&mut self, literal: &Literal, ty: &Type, unit: Option<&Unit>, column: &str) -> Option<Value> {
        let before = self.diagnostics.len();
        let value = self.literal(literal, Some(ty));
        let fits = value.as_ref().is_some_and(|value| value.ty == *ty);
        if let Some(unit) = unit.filter(|_| !fits)
            && let Some(amount) = self.amount_of(literal, unit)
        {
            self.diagnostics.truncate(before);
            let help = match literal.kind {
                LiteralKind::Money(..) => format!("write `{amount}`: the column already says `{}`", unit.name),
                _ => format!(
                    "write the amount alone, such as `{amount}`, for what the column already says: `{}`",
                    unit.name
                ),
            };
            return self.fail(
                Diagnostic::error(CELL, format!("this cell is not written in the unit of its column `{column}`"))
                    .label(literal.span, "not in the column's unit")
                    .help(help),
            );
        }
        let value = value?;
        let mend = self.unquoted(ty, &value.kind, "");
        let ExprKind::Constant(constant) = value.kind else { return None };
        match (&value.ty, ty, constant) {
            (one, other, constant) if one == other => Some(constant),
            (Type::Number(of), Type::Number(_), Value::Number(number)) if of.is_none() => {
                Some(Value::Number(match unit {
                    Some(unit) => &number * &unit.factor,
                    None => number,
                }))
            }
            (Type::Date, Type::Time, Value::Date(date)) => self.start_of(date).map(Value::Time),
            (is, ..) => {
                let is = self.type_words(is, value.unit.as_ref());
                let wanted = self.type_words(ty, unit);
                self.fail(
                    Diagnostic::error(CELL, format!("this cell does not fit its column `{column}`"))
                        .label(literal.span, format!("this is {is}"))
                        .help(mend.unwrap_or_else(|| format!("the column holds {wanted}"))),
                )
            }
        }
    }

    /// The bare amount of `$0.60` or `$0.60 per call`, where a column holds prices in the same currency.
    fn amount_of(&self, literal: &Literal, unit: &Unit) -> Option<String> {
        let money = match &literal.kind {
            LiteralKind::Rate(value, _) | LiteralKind::Each(value) => &value.kind,
            kind => kind,
        };
        let LiteralKind::Money(currency, number) = money else { return None };
        let code = &self.currency_written(&currency.text)?.code;
        let (of, _) = unit.name.split_once(" per ").or_else(|| unit.name.split_once(" each"))?;
        (of == &**code).then(|| self.sources.text(number.span).to_owned())
    }

    /// The rows of a CSV file, whose first line names the columns.
    pub(super) fn rows_of_csv(&mut self, path: &ast::Text, written: &ast::Table, shape: &Shape) -> Option<Vec<Row>> {
        let text: Arc<str> = match self.loader.load(&path.text) {
            Ok(text) => text.into(),
            Err(error) => return self.fail(load_diagnostic(path, &error)),
        };
        if !written.head.is_empty() {
            self.report(
                Diagnostic::error(CSV, format!("`{}` has rows both here and in a file", written.name.text))
                    .label(path.span, "rows come from here")
                    .label(written.head.first()?.span, "and from here")
                    .help("put all rows in one of the two"),
            );
        }
        let text = text.strip_prefix('\u{feff}').map_or_else(|| Arc::clone(&text), Arc::from);
        let source = self.sources.add(Symbol::clone(&path.text), Arc::clone(&text));
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(true)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let places = self.csv_columns(&mut reader, path, written, source)?;
        let rows = self.csv_rows(&mut reader, (path, source), &text, &places, shape)?;
        Some(closed(rows, shape))
    }

    /// For each declared column, where it stands in the file.
    fn csv_columns(
        &mut self,
        reader: &mut csv::Reader<&[u8]>,
        path: &ast::Text,
        written: &ast::Table,
        source: SourceId,
    ) -> Option<Vec<usize>> {
        let head = match reader.headers() {
            Ok(head) => head.clone(),
            Err(error) => return self.csv_broken(path, &error),
        };
        let (mut places, mut complete) = (Vec::new(), true);
        let twice = |index: usize| head.iter().skip(index + 1).any(|name| Some(name) == head.get(index));
        for column in &written.columns {
            let names: Vec<&str> = match column.wire.as_slice() {
                [] => vec![&*column.name.text],
                wire => wire.iter().map(|wire| &*wire.text).collect(),
            };
            match head.iter().position(|known| names.contains(&known)) {
                Some(index) if twice(index) => {
                    complete = false;
                    let name = head.get(index).unwrap_or("");
                    self.report(
                        Diagnostic::error(CSV, format!("`{}` has two columns `{name}`", path.text))
                            .label(column.span, "which of them?")
                            .help("give one of them another name in the first line of the file"),
                    );
                }
                Some(index) => places.push(index),
                None => {
                    let line = Span::new(
                        source,
                        0,
                        self.sources.get(source).map_or(0, |known| known.text.find('\n').unwrap_or(0)),
                    );
                    let help = match words::nearest(names.first()?, head.iter()) {
                        Some(nearest) => {
                            let declared = super::mismatch::brief(self.sources.text(column.span));
                            format!(
                                "did you mean `{nearest}`? Say what the file calls it: `{declared} from \"{nearest}\"`"
                            )
                        }
                        None => "the first line of the file names its columns".to_owned(),
                    };
                    complete = false;
                    self.report(
                        Diagnostic::error(CSV, format!("`{}` has no column `{}`", path.text, names.join("` or `")))
                            .label(column.span, "needed here")
                            .label(line, "the columns of the file")
                            .help(help),
                    );
                }
            }
        }
        complete.then_some(places)
    }

    fn csv_broken<T>(&mut self, path: &ast::Text, error: &csv::Error) -> Option<T> {
        self.fail(
            Diagnostic::error(CSV, format!("`{}` can not be read as CSV", path.text))
                .label(path.span, error.to_string())
                .help("cells are divided by commas, and a cell with a comma or a quote stands in quotes"),
        )
    }

    fn csv_rows(
        &mut self,
        reader: &mut csv::Reader<&[u8]>,
        (path, source): (&ast::Text, SourceId),
        text: &str,
        places: &[usize],
        shape: &Shape,
    ) -> Option<Vec<Row>> {
        let mut rows = Vec::new();
        let mut broken = 0;
        let mut record = csv::StringRecord::new();
        loop {
            match reader.read_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {}
                Err(error) => return self.csv_broken(path, &error),
            }
            let start = record.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(0);
            let end = usize::try_from(reader.position().byte()).unwrap_or(text.len());
            let written = text.get(start..end).unwrap_or("");
            let skipped = written.len() - written.trim_start().len();
            let span = Span::new(source, start + skipped, start + written.trim_end().len().max(skipped));
            let width = reader.headers().map_or(0, csv::StringRecord::len);
            match self.csv_row(&record, width, span, places, shape) {
                Some(row) => rows.push(row),
                None => broken += 1,
            }
            if broken >= MAX_REPORTED {
                break;
            }
        }
        (broken == 0).then_some(rows)
    }

    fn csv_row(
        &mut self,
        record: &csv::StringRecord,
        width: usize,
        span: Span,
        places: &[usize],
        shape: &Shape,
    ) -> Option<Row> {
        let surplus = record.iter().skip(width).any(|cell| !cell.is_empty());
        if record.len() < width || surplus {
            let title = format!(
                "this row has {}, and the file has {}",
                words::count(record.len(), "cell"),
                words::count(width, "column")
            );
            let help = match surplus {
                true => "a cell that holds a comma stands in quotes: `\"1,250\"`; numbers have none: `1250`",
                false => "write every cell, with commas between them; a cell may be blank",
            };
            return self.fail(Diagnostic::error(CELL, title).label(span, "this row").help(help));
        }
        let mut building = Building::new(shape, span);
        for (place, at) in shape.places.iter().zip(places) {
            let text = record.get(*at).unwrap_or("");
            let placed = match place {
                Place::Key(index) => {
                    let key = shape.table.keys.get(*index)?;
                    self.csv_key(text, key, span).map(|value| building.key(*index, value))
                }
                Place::Since => self.csv_since(text, shape.since_is_time, span).map(|time| building.since(time)),
                Place::Value(index) => {
                    let value = shape.table.values.get(*index)?;
                    self.csv_value(text, value, span).map(|value| building.value(*index, value))
                }
            };
            building.complete &= placed.is_some();
        }
        building.finish()
    }

    fn csv_key(&mut self, text: &str, key: &KeyColumn, row: Span) -> Option<KeyCell> {
        match key.matching {
            Matching::Prefix => Some(KeyCell::Prefix(text.into())),
            Matching::Exact | Matching::Band if text == "-" => Some(KeyCell::AnyOther),
            Matching::Exact if text.is_empty() => {
                self.csv_wrong(text, &key.name, "is blank, and a key never is", "write `-` for any other value", row)
            }
            Matching::Exact => {
                Some(KeyCell::Exactly(self.csv_cell(text, &key.ty, key.unit.as_ref(), &key.name, row)?))
            }
            Matching::Band => {
                let bounds = [
                    ("up to ", Bound::UpTo),
                    ("below ", Bound::Below),
                    ("from ", Bound::From),
                    ("above ", Bound::Above),
                ];
                let split = bounds.into_iter().find_map(|(word, bound)| Some((bound, text.strip_prefix(word)?.trim())));
                let Some((bound, edge)) = split else {
                    let mend = format!("write `up to {text}`, `below {text}`, `from {text}` or `above {text}`");
                    return self.csv_wrong(text, &key.name, "is not a band", &mend, row);
                };
                match self.csv_cell(edge, &key.ty, key.unit.as_ref(), &key.name, row)? {
                    Value::Number(at) => Some(band(bound, at)),
                    _ => None,
                }
            }
        }
    }

    fn csv_since(&mut self, text: &str, is_time: bool, row: Span) -> Option<jiff::Timestamp> {
        if let Ok(date) = text.parse::<Date>()
            && text.len() == 10
        {
            return self.start_of(date);
        }
        match text.parse::<jiff::Timestamp>() {
            Ok(time) if is_time => Some(time),
            _ => {
                let mend = written_otherwise(text).unwrap_or_else(|| DATE.to_owned());
                self.csv_wrong(text, "from", "is not a date", &mend, row)
            }
        }
    }

    fn csv_value(&mut self, text: &str, column: &ValueColumn, row: Span) -> Option<Cell> {
        match text {
            "not sold" => Some(Cell::NotSold),
            "" if column.optional => Some(Cell::Absent),
            "" => {
                let mend = format!(
                    "write a value or `not sold`; or declare that `{}` may be blank, with `optional` behind its type",
                    column.name
                );
                self.csv_wrong(text, &column.name, "is blank", &mend, row)
            }
            _ => Some(Cell::Value(self.csv_cell(text, &column.ty, column.unit.as_ref(), &column.name, row)?)),
        }
    }

    fn csv_cell(&mut self, text: &str, ty: &Type, unit: Option<&Unit>, column: &str, row: Span) -> Option<Value> {
        let value = match ty {
            Type::Number(_) => {
                let number = match Rational::parse(text) {
                    Ok(number) => number,
                    Err(NumberError::NotANumber) => {
                        let mend =
                            "write digits, with a point before the decimals and nothing between thousands: `1250.50`";
                        return self.csv_wrong(text, column, "is not a number", mend, row);
                    }
                    Err(NumberError::TooLarge) => {
                        return self.csv_wrong(text, column, "is too large a number", "write fewer digits", row);
                    }
                };
                Some(Value::Number(match unit {
                    Some(unit) => &number * &unit.factor,
                    None => number,
                }))
            }
            Type::Text => Some(Value::Text(Symbol::clone(self.texts.get_or_insert_with(text, |text| text.into())))),
            Type::Boolean => text.parse().ok().map(Value::Boolean),
            Type::Date => text.parse().ok().map(Value::Date),
            Type::Time => text.parse().ok().map(Value::Time),
            Type::Clock => text.parse().ok().map(Value::Clock),
            Type::Enum(index) => {
                let members = self.schema.enums.get(*index).map(|known| known.members.as_slice()).unwrap_or_default();
                let at = members.iter().position(|member| &*member.name == text || &*member.wire == text);
                at.and_then(|at| u32::try_from(at).ok()).map(Value::Member)
            }
            Type::List(_) => None,
        };
        match value {
            Some(value) => Some(value),
            None => {
                let wanted = self.type_words(ty, unit);
                let mend = self.csv_mend(text, ty);
                self.csv_wrong(text, column, &format!("is not {wanted}"), &mend, row)
            }
        }
    }

    fn csv_mend(&self, text: &str, ty: &Type) -> String {
        match ty {
            Type::Enum(index) => {
                let members = self.schema.enums.get(*index).map(|known| known.members.as_slice()).unwrap_or_default();
                let names: Vec<&str> = members.iter().map(|member| &*member.name).collect();
                match self.nearest_member(*index, text) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("write one of {}", super::literals::words_list(&names)),
                }
            }
            Type::Boolean => "write `true` or `false`".to_owned(),
            Type::Date => written_otherwise(text).unwrap_or_else(|| DATE.to_owned()),
            Type::Clock => "write hours and minutes: `04:30`".to_owned(),
            _ => "write a time with its zone: `2026-01-31T10:00:00Z`".to_owned(),
        }
    }

    /// Reports a cell of a file, underlining it where it can be found in its row.
    fn csv_wrong<T>(&mut self, text: &str, column: &str, why: &str, mend: &str, row: Span) -> Option<T> {
        let written = self.sources.text(row);
        let span = match written.find(text) {
            Some(at) if !text.is_empty() => Span {
                start: row.start + u32::try_from(at).unwrap_or(0),
                end: row.start + u32::try_from(at + text.len()).unwrap_or(0),
                ..row
            },
            _ => row,
        };
        let label = if text.is_empty() { "in this row" } else { "this cell" };
        self.fail(Diagnostic::error(CELL, format!("the cell of `{column}` {why}")).label(span, label).help(mend))
    }
}

/// A row that is being filled.
struct Building {
    keys: Vec<Option<KeyCell>>,
    since: Option<jiff::Timestamp>,
    values: Vec<Option<Cell>>,
    complete: bool,
    span: Span,
}

impl Building {
    fn new(shape: &Shape, span: Span) -> Building {
        let (keys, values) = (vec![None; shape.table.keys.len()], vec![None; shape.table.values.len()]);
        Building { keys, since: None, values, complete: true, span }
    }

    fn key(&mut self, index: usize, cell: KeyCell) {
        if let Some(slot) = self.keys.get_mut(index) {
            *slot = Some(cell);
        }
    }

    fn since(&mut self, time: jiff::Timestamp) {
        self.since = Some(time);
    }

    fn value(&mut self, index: usize, cell: Cell) {
        if let Some(slot) = self.values.get_mut(index) {
            *slot = Some(cell);
        }
    }

    fn finish(self) -> Option<Row> {
        if !self.complete {
            return None;
        }
        Some(Row {
            keys: self.keys.into_iter().collect::<Option<Vec<_>>>()?,
            since: self.since,
            values: self.values.into_iter().collect::<Option<Vec<_>>>()?,
            span: self.span,
            record: None,
        })
    }
}

/// A band with the edge that its cell names; the other one comes from the next row.
fn band(bound: Bound, at: Rational) -> KeyCell {
    let inclusive = matches!(bound, Bound::UpTo | Bound::From);
    let edge = Some(Edge { at, inclusive });
    match bound {
        Bound::UpTo | Bound::Below => KeyCell::Band { lower: None, upper: edge },
        Bound::From | Bound::Above => KeyCell::Band { lower: edge, upper: None },
    }
}

fn closed(mut rows: Vec<Row>, shape: &Shape) -> Vec<Row> {
    for (index, key) in shape.table.keys.iter().enumerate() {
        if key.matching == Matching::Band {
            close_bands(&mut rows, index);
        }
    }
    rows
}
