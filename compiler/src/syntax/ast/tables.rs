//! Tables and calendars.

#![allow(missing_docs)] // A variant's line says what its fields are.

use super::{Literal, Name, Text, TypeName};
use crate::model::Clock;
use crate::source::Span;

/// A table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its name.
    pub name: Name,
    /// Where its rows come from, if they do not stand here.
    pub source: Option<TableSource>,
    /// Its columns.
    pub columns: Vec<Column>,
    /// The line that names the columns over the rows.
    pub head: Vec<Name>,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// Where a table's rows come from.
#[derive(Clone, Debug, PartialEq)]
pub enum TableSource {
    /// `from "models.csv"`
    Csv(Text),
    /// `from records cpi_published`
    Records(Name),
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: Name,
    /// How it is matched, or that it is a value.
    pub role: ColumnRole,
    /// Its type; `prefix` has none.
    pub ty: Option<TypeName>,
    /// The name in the CSV's head or of a record's field, if it differs.
    pub wire: Vec<Text>,
    /// The whole column.
    pub span: Span,
}

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnRole {
    /// `key size : Size`
    Key,
    /// `key age : band number`
    Band,
    /// `key called : prefix`
    Prefix,
    /// `price : USD`, and also `from : date`, which the checker knows by its name.
    Value,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its cells.
    pub cells: Vec<Cell>,
    /// The whole row.
    pub span: Span,
}

/// A cell of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// What stands in it.
    pub kind: CellKind,
    /// Its place.
    pub span: Span,
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum CellKind {
    /// A value, or an enum's member.
    Value(Literal),
    /// `up to 25`, `below 25`, `from 65`, `above 65`
    Band(Bound, Literal),
    /// `-`
    AnyOther,
    /// `not sold`
    NotSold,
}

/// One side of a band or of a tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Everything not above, the bound among it.
    UpTo,
    /// Everything under, without the bound.
    Below,
    /// The bound and everything over it.
    From,
    /// Everything over, without the bound.
    Above,
}

/// An entry of a calendar.
#[derive(Clone, Debug, PartialEq)]
pub struct CalendarEntry {
    /// What it admits.
    pub kind: CalendarEntryKind,
    /// Its place.
    pub span: Span,
}

/// What an entry of a calendar admits; both ends of days are inclusive, times end before their end.
#[derive(Clone, Debug, PartialEq)]
pub enum CalendarEntryKind {
    /// `except holidays`
    Except(Name),
    /// `jun..sep`, 1 to 12
    Months(u8, u8),
    /// `mon..fri`, 1 (Monday) to 7
    Weekdays(u8, u8),
    /// `16:00..21:00`
    Times(Clock, Clock),
    /// `2026-12-24..2026-12-26`
    Dates(jiff::civil::Date, jiff::civil::Date),
}
