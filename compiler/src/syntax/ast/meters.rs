//! Meters: keys, windows, and the records that they are made of.

#![allow(missing_docs)] // A variant's line says what its fields are.

use super::{Expr, Name, Number, Path};
use crate::model::Clock;
use crate::source::Span;

/// A meter.
#[derive(Clone, Debug, PartialEq)]
pub struct Meter {
    /// Its name.
    pub name: Name,
    /// Its keys.
    pub keys: Vec<Key>,
    /// What it is pooled over.
    pub pooled: Option<Path>,
    /// Its window.
    pub window: Option<Per1>,
    /// What it measures.
    pub value: Expr,
    /// The records, if it is not a meter over meters.
    pub from: Option<From>,
    /// Its value from before the first record.
    pub opening: Option<Expr>,
}

/// A key in a header: a path, and another name for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// A field, a computed field, an account fact, a key of a meter.
    pub path: Path,
    /// `as tariff`
    pub rename: Option<Name>,
    /// The whole key.
    pub span: Span,
}

/// `from KIND pieces of 1 hour where ..`
#[derive(Clone, Debug, PartialEq)]
pub struct From {
    /// A kind, a span, a fold, or a list in a kind.
    pub path: Path,
    /// The length of the pieces.
    pub pieces: Option<Expr>,
    /// Which records.
    pub condition: Option<Expr>,
    /// The whole clause.
    pub span: Span,
}

/// What follows `per` in a header.
#[derive(Clone, Debug, PartialEq)]
pub enum Per1 {
    /// `per instant`
    Instant(Span),
    /// `per day`
    Window(Window),
}

/// A window as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// `5` in `5 minutes`.
    pub count: Option<Number>,
    /// Its unit.
    pub unit: WindowUnit,
    /// `starting mon 04:30`: the weekday (1 is Monday) and the time of day.
    pub starting: Option<(Option<u8>, Option<Clock>)>,
    /// `anchored account.start`
    pub anchored: Option<Path>,
    /// `from first use`
    pub from_first_use: bool,
    /// The whole window.
    pub span: Span,
}

/// The units in which windows count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WindowUnit {
    /// `second`
    Second,
    /// `minute`
    Minute,
    /// `hour`
    Hour,
    /// `day`
    Day,
    /// `week`
    Week,
    /// `month`
    Month,
    /// `quarter`
    Quarter,
    /// `year`
    Year,
    /// `period`: the book's own.
    Period,
    /// `term`: the contract's.
    Term,
    /// `phase`: the plan's.
    Phase,
    /// `forever`
    Forever,
}
