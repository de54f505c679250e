//! Values that need no computing.

#![allow(missing_docs)] // A variant's line says what its fields are.

use super::{Per, UnitName};
use crate::exact::Rational;
use crate::model::Clock;
use crate::source::Span;
use std::sync::Arc;

/// A number as it is written; `10%` is 1/10, `200k` is 200,000.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// Its exact value.
    pub value: Rational,
    /// Its place.
    pub span: Span,
}

/// A value that needs no computing.
#[derive(Clone, Debug, PartialEq)]
pub struct Literal {
    /// Its form.
    pub kind: LiteralKind,
    /// Its place, a minus included.
    pub span: Span,
}

/// The forms of a literal. A minus is part of the number.
#[derive(Clone, Debug, PartialEq)]
pub enum LiteralKind {
    /// `2.5`, `10%`
    Number(Number),
    /// `50 TB`
    Quantity(Number, UnitName),
    /// `$3.00`, `USD 3.00`: how the currency is written, and how much.
    Money(CurrencyName, Number),
    /// A literal with `per ..` behind it.
    Rate(Box<Literal>, Per),
    /// `$0.03 each`
    Each(Box<Literal>),
    /// `2026-11-03T10:00:00Z`
    Instant(jiff::Timestamp),
    /// `2026-11-03`
    Date(jiff::civil::Date),
    /// `2026-11`: the year and the month.
    Month(i16, i8),
    /// `04:30`
    Clock(Clock),
    /// `"gpt-4o"`
    Text(Arc<str>),
    /// `true`
    Boolean(bool),
    /// `standard`: an enum's member, or a plain word.
    Word(Arc<str>),
}

/// A currency as it stands before an amount.
#[derive(Clone, Debug, PartialEq)]
pub struct CurrencyName {
    /// `$`, `R$`, `USD`
    pub text: Arc<str>,
    /// Its place.
    pub span: Span,
}
