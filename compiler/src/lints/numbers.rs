//! What is known of a number before any record is seen.

use super::constant;
use crate::ir::{Arithmetic, Body, Expr, Op, Over, Price, Program, Rate, Tier};
use crate::model::Step;
use crate::typed::AggregateFunction;

/// Whether a number starts at zero and goes up: it counts, or adds up, what is not money, or is what charges come to
/// whose quantities do.
pub(super) fn adds_up(program: &Program, expr: &Expr) -> bool {
    match &expr.op {
        // A level also falls.
        Op::Meter { meter, .. } => program.meters.get(*meter).is_some_and(|meter| {
            meter.window.step != Step::Instant && meter.opening.is_none() && adds_up(program, &meter.value)
        }),
        Op::Arithmetic(Arithmetic::Add, left, right) => adds_up(program, left) && adds_up(program, right),
        Op::Aggregate(at) => program.aggregates.get(*at).is_some_and(|aggregate| {
            let argument = aggregate.argument.as_ref();
            match (&aggregate.function, &aggregate.over) {
                (_, Over::Instants(_)) => false,
                (AggregateFunction::Count | AggregateFunction::Unique, _) => true,
                (AggregateFunction::Sum | AggregateFunction::Max, Over::Stream(_)) => argument.is_some_and(is_amount),
                (AggregateFunction::Sum | AggregateFunction::Max, Over::Rows(_)) => {
                    argument.is_some_and(|argument| adds_up(program, argument))
                }
                _ => false,
            }
        }),
        Op::Total(charges) => charges.iter().all(|at| {
            let charge = program.charges.get(*at);
            charge.is_some_and(|charge| charge.fee.is_none() && is_above_zero(program, &charge.body))
        }),
        _ => false,
    }
}

fn is_above_zero(program: &Program, body: &Body) -> bool {
    body.limits.is_empty()
        && body.quantity.as_ref().is_none_or(|quantity| adds_up(program, quantity) && !body.prices.is_empty())
        && body.prices.iter().all(|dated| match &dated.price {
            Price::Rate(rate) => is_not_negative(rate),
            Price::Graduated(tiers) | Price::Volume(tiers) => tiers.at_zero.is_none() && tiers.tiers.iter().all(rises),
        })
        && body.parts.iter().all(|part| is_above_zero(program, &part.body))
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
