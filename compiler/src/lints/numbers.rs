//! What is known of a number before any record is seen.

use super::constant;
use crate::ir::{Aggregate, Arithmetic, Body, Expr, Op, Over, Price, Program, Rate, Tier};
use crate::model::Step;
use crate::typed::AggregateFunction;
use std::cell::Cell;

/// So many expressions are looked at for one answer: meters of meters may stand for very many.
const MAX_LOOKED_AT: usize = 10_000;

/// Whether a number starts at zero and goes up: it counts, or adds up, what is not money, or is what charges come to
/// whose quantities do. Where that is too much to look at, nothing is known.
pub(super) fn adds_up(program: &Program, expr: &Expr) -> bool {
    Look { program, left: Cell::new(MAX_LOOKED_AT) }.adds_up(expr)
}

/// A look at what a number is made of.
struct Look<'p> {
    program: &'p Program,
    /// How many expressions it may still see.
    left: Cell<usize>,
}

impl Look<'_> {
    fn adds_up(&self, expr: &Expr) -> bool {
        let Some(left) = self.left.get().checked_sub(1) else { return false };
        self.left.set(left);
        match &expr.op {
            // A level also falls.
            Op::Meter { meter, .. } => self.program.meters.get(*meter).is_some_and(|meter| {
                meter.window.step != Step::Instant && meter.opening.is_none() && self.adds_up(&meter.value)
            }),
            Op::Arithmetic(Arithmetic::Add, left, right) => self.adds_up(left) && self.adds_up(right),
            Op::Aggregate(at) => self.program.aggregates.get(*at).is_some_and(|one| self.adds_up_all(one)),
            Op::Total(charges) => charges.iter().all(|at| {
                let charge = self.program.charges.get(*at);
                charge.is_some_and(|charge| charge.fee.is_none() && self.is_never_negative(&charge.body))
            }),
            _ => false,
        }
    }

    fn adds_up_all(&self, aggregate: &Aggregate) -> bool {
        let argument = aggregate.argument.as_ref();
        match (&aggregate.function, &aggregate.over) {
            (_, Over::Instants(_)) => false,
            (AggregateFunction::Count | AggregateFunction::Unique, _) => true,
            (AggregateFunction::Sum | AggregateFunction::Max, Over::Stream(_)) => argument.is_some_and(is_amount),
            (AggregateFunction::Sum | AggregateFunction::Max, Over::Rows(_)) => {
                argument.is_some_and(|argument| self.adds_up(argument))
            }
            _ => false,
        }
    }

    fn is_never_negative(&self, body: &Body) -> bool {
        body.limits.is_empty()
            && body.quantity.as_ref().is_none_or(|quantity| self.adds_up(quantity) && !body.prices.is_empty())
            && body.prices.iter().all(|dated| match &dated.price {
                Price::Rate(rate) => is_not_negative(rate),
                Price::Graduated(tiers) | Price::Volume(tiers) => {
                    tiers.at_zero.is_none() && tiers.tiers.iter().all(rises)
                }
            })
            && body.parts.iter().all(|part| self.is_never_negative(&part.body))
    }
}

/// Whether more in a tier never costs less.
pub(super) fn rises(tier: &Tier) -> bool {
    is_not_negative(&tier.rate) && tier.flat.as_ref().is_none_or(is_none_or_more)
}

fn is_not_negative(rate: &Rate) -> bool {
    let (Rate::PerUnit(amount) | Rate::PerStarted { amount, .. } | Rate::Flat(amount)) = rate;
    is_none_or_more(amount)
}

fn is_none_or_more(amount: &Expr) -> bool {
    constant(amount).is_some_and(|amount| !amount.is_negative())
}

/// A field that counts something in a unit of its own, and is no money.
fn is_amount(expr: &Expr) -> bool {
    let counts = |unit: &crate::model::Unit| !unit.dimension.is_none() && unit.dimension.currency().is_none();
    matches!(expr.op, Op::Field(_) | Op::ItemField { .. }) && expr.unit.as_ref().is_some_and(counts)
}
