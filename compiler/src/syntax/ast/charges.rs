//! Charges and fees: quantities, prices, tiers, floors and ceilings.

#![allow(missing_docs)] // A variant's line says what its fields are.

use super::{Bound, Expr, From, Key, Literal, Name, Path, Per1, Text, Window, WindowUnit};
use crate::source::Span;

/// A charge.
#[derive(Clone, Debug, PartialEq)]
pub struct Charge {
    /// Its name, which starts its lines' ids.
    pub name: Name,
    /// What the bill calls it.
    pub label: Option<Text>,
    /// A line for each.
    pub keys: Vec<Key>,
    /// A line for each.
    pub window: Option<Per1>,
    /// The records, where it measures them itself.
    pub from: Option<From>,
    /// Priced apart, on one line.
    pub for_each: Vec<Key>,
    /// Its clauses in their order.
    pub body: Vec<ChargeClause>,
}

/// A clause of a charge or of a part.
#[derive(Clone, Debug, PartialEq)]
pub enum ChargeClause {
    /// `quantity sum(used)`
    Quantity(Expr),
    /// `price $2 per credit from 2026-01-01`
    Price(Price),
    /// `part input { .. }`
    Part { name: Name, label: Option<Text>, body: Vec<ChargeClause>, span: Span },
    /// `at least $5 every month as minimum "Minimum"`
    AtLeast(Limit),
    /// `at most ..`
    AtMost(Limit),
    /// `tiers pooled over region in proportion`
    TiersPooled { over: Path, in_proportion: bool, span: Span },
    /// `unless zero`
    UnlessZero(Span),
}

/// A price clause.
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    /// A rate or tiers.
    pub kind: PriceKind,
    /// From when on it holds.
    pub since: Option<Literal>,
    /// The whole clause.
    pub span: Span,
}

/// A price is a rate or a list of tiers.
#[derive(Clone, Debug, PartialEq)]
pub enum PriceKind {
    /// `$2 per credit`
    Rate(Expr),
    /// `graduated { .. }`
    Graduated(Vec<Tier>),
    /// `volume { .. }`
    Volume(Vec<Tier>),
}

/// A tier of a price.
#[derive(Clone, Debug, PartialEq)]
pub struct Tier {
    /// On which side of the edge it lies.
    pub bound: Bound,
    /// Its edge.
    pub edge: Expr,
    /// Its rate, or its price.
    pub price: Expr,
    /// `plus $10`
    pub flat: Option<Expr>,
    /// `at most $100`
    pub at_most: Option<Limit>,
    /// `as tier1 "Tier 1"`
    pub line: Option<AsLine>,
    /// The whole tier.
    pub span: Span,
}

/// A floor or a ceiling.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The amount.
    pub amount: Expr,
    /// `every quarter`
    pub every: Option<Window>,
    /// `as minimum "Minimum"`
    pub line: Option<AsLine>,
    /// The whole clause.
    pub span: Span,
}

/// A line of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct AsLine {
    /// Its name.
    pub name: Name,
    /// Its label.
    pub label: Option<Text>,
}

/// A fee.
#[derive(Clone, Debug, PartialEq)]
pub struct Fee {
    /// Its name.
    pub name: Name,
    /// Its label.
    pub label: Option<Text>,
    /// A line for each.
    pub keys: Vec<Key>,
    /// Its clauses.
    pub clauses: Vec<FeeClause>,
}

/// A clause of a fee.
#[derive(Clone, Debug, PartialEq)]
pub enum FeeClause {
    /// `quantity held`
    Quantity(Expr),
    /// `price $30 per seat every month in advance from 2026-01-01`
    Price { price: Expr, every: Option<Window>, in_advance: bool, since: Option<Literal>, span: Span },
    /// `prorated by day`
    Prorated(WindowUnit, Span),
    /// `at least ..`
    AtLeast(Limit),
    /// `at most ..`
    AtMost(Limit),
    /// `unless zero`
    UnlessZero(Span),
}
