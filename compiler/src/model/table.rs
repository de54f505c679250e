//! Tables: rows of prices, found by their keys.

use super::{Symbol, Type, Unit, Value};
use crate::exact::Rational;
use crate::source::Span;

/// A table with its rows, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its name.
    pub name: Symbol,
    /// The columns by which a row is found, without the date.
    pub keys: Vec<KeyColumn>,
    /// Whether each row holds from a date (or a time) on, until the next row of the same keys.
    pub dated: bool,
    /// The columns that are looked up.
    pub values: Vec<ValueColumn>,
    /// The rows, in the order in which they stand; none yet where they come as records.
    pub rows: Vec<Row>,
    /// How records become its rows, if they do.
    pub filling: Option<Filling>,
    /// Where it is declared.
    pub span: Span,
}

/// How the records of a kind become the rows of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Filling {
    /// The kind, by its index in [`super::Schema::kinds`].
    pub kind: usize,
    /// For each key, the field that holds it.
    pub keys: Vec<usize>,
    /// From when on a row holds.
    pub since: Since,
    /// For each value, the field that holds it.
    pub values: Vec<usize>,
}

/// From when on a row that comes as a record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// Always: the table has no dates.
    Always,
    /// From the record's own time on.
    Time,
    /// From the start of the day of the record's own time on.
    Day,
    /// From what a field says, a time or the start of a day.
    Field(usize),
}

/// A column by which a row is found.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyColumn {
    /// Its name.
    pub name: Symbol,
    /// Its type.
    pub ty: Type,
    /// For numbers: the unit of its cells.
    pub unit: Option<Unit>,
    /// How a cell is matched.
    pub matching: Matching,
}

/// How a key's cell is matched. In every way, a more exact cell beats [`KeyCell::AnyOther`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// The same value.
    Exact,
    /// The band that holds the value.
    Band,
    /// The longest cell with which the text begins, among the rows in force.
    Prefix,
}

/// A column that is looked up.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueColumn {
    /// Its name.
    pub name: Symbol,
    /// Its type.
    pub ty: Type,
    /// For numbers: the unit of its cells.
    pub unit: Option<Unit>,
    /// Whether a cell may be blank.
    pub optional: bool,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// One cell for each key.
    pub keys: Vec<KeyCell>,
    /// From when on it holds; none in a table without dates.
    pub since: Option<jiff::Timestamp>,
    /// One cell for each value.
    pub values: Vec<Cell>,
    /// Its place, in the book or in the CSV; that of the table, where it came as a record.
    pub span: Span,
    /// The id of the record that it came as, if it did.
    pub record: Option<Symbol>,
}

/// A cell of a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyCell {
    /// This value.
    Exactly(Value),
    /// The values between two edges; an edge that is none leaves that side open.
    Band {
        /// The lower edge.
        lower: Option<Edge>,
        /// The upper edge.
        upper: Option<Edge>,
    },
    /// Texts that begin so.
    Prefix(Symbol),
    /// `-`: what no more exact cell takes.
    AnyOther,
}

/// An edge of a band, in base units.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Edge {
    /// Where it is.
    pub at: Rational,
    /// Whether the edge itself belongs to the band.
    pub inclusive: bool,
}

/// A cell of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A value, numbers in base units.
    Value(Value),
    /// A blank cell of an optional column.
    Absent,
    /// `not sold`: the combination is not offered.
    NotSold,
}
