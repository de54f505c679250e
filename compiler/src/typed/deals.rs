//! What is agreed on beside a charge: prices in the place of its own, and what is taken off its lines.

use super::{DatedPrice, Expr, LineName};
use crate::model::{InPlan, Symbol};
use crate::source::Span;

/// Where something holds that is said for some of a charge's lines: the most specific of several counts.
#[derive(Clone, Debug)]
pub struct Case<E = Expr> {
    /// On which plan.
    pub in_plan: Option<InPlan>,
    /// Where else, in group scope.
    pub condition: Option<E>,
    /// How many conditions it names.
    pub conditions: usize,
}

impl<E> Case<E> {
    /// How specific it is: in a phase more than in a plan, in a plan more than in none; then by its conditions.
    #[must_use]
    pub fn rank(&self) -> (u8, usize) {
        let place = match self.in_plan {
            None => 0,
            Some(InPlan { phase: None, .. }) => 1,
            Some(InPlan { phase: Some(_), .. }) => 2,
        };
        (place, self.conditions)
    }
}

/// Prices in the place of those of a charge.
#[derive(Clone, Debug)]
pub struct Override<E = Expr, P = DatedPrice> {
    /// What a reader calls it.
    pub label: Symbol,
    /// Where it holds.
    pub case: Case<E>,
    /// The prices by the time from which they hold.
    pub prices: Vec<P>,
}

/// What is taken off a line.
#[derive(Clone, Debug)]
pub struct Discount<E = Expr> {
    /// The line on which it stands.
    pub line: LineName,
    /// Where it holds.
    pub case: Case<E>,
    /// How much.
    pub takes: Takes<E>,
    /// The clause that says so.
    pub span: Span,
}

/// How much a discount takes off.
#[derive(Clone, Debug)]
pub enum Takes<E = Expr> {
    /// A share of the line.
    Share(E),
    /// An amount of money, as far as the line has so much.
    Amount(E),
}

impl<E> Takes<E> {
    /// The value in it.
    pub fn value(&self) -> &E {
        match self {
            Takes::Share(value) | Takes::Amount(value) => value,
        }
    }
}
