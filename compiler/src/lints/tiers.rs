//! Tiers that change nothing: no quantity comes so far, or a ceiling is reached before.

use super::numbers::rises;
use super::{Priced, Prices, constant};
use crate::diagnostic::Diagnostic;
use crate::exact::Rational;
use crate::ir::text::{money, quantity};
use crate::ir::{Expr, Function, Op, Price, Side, Tier, Tiers};

pub(super) const IDLE_TIER: &str = "florin::lints::idle_tier";

/// The first tier that changes nothing; those behind it do not either.
pub(super) fn find(prices: &Prices<'_>, one: Priced<'_>, price: &Price, tiers: &Tiers) -> Option<Diagnostic> {
    out_of_reach(prices, one, tiers).or_else(|| above_the_ceiling(prices, one, price, tiers))
}

/// Where each tier but the first begins, and whether the edge itself belongs to the one before.
fn begun(tiers: &Tiers) -> impl Iterator<Item = (&Tier, &Rational, bool)> {
    let pairs = tiers.tiers.iter().zip(tiers.tiers.iter().skip(1));
    pairs.filter_map(|(before, tier)| {
        let edge = before.upper.as_ref()?;
        Some((tier, constant(&edge.at)?, edge.inclusive))
    })
}

/// A tier that begins where the quantity can not come.
fn out_of_reach(prices: &Prices<'_>, one: Priced<'_>, tiers: &Tiers) -> Option<Diagnostic> {
    let written = one.body.quantity.as_ref()?;
    let most = greatest(written)?;
    let is_beyond = |from: &Rational, above: bool| from > most || (above && from == most);
    let (tier, from, above) = begun(tiers).find(|(_, from, above)| is_beyond(from, *above))?;
    let counted = |number: &Rational| quantity(prices.currency(one.charge), one.body.quantity_unit.as_ref(), number);
    let found = Diagnostic::warning(IDLE_TIER, "no usage comes as far as this tier")
        .label(tier.span, format!("begins {} {}", if above { "above" } else { "at" }, counted(from)))
        .label(written.span, format!("is never more than {}", counted(most)))
        .help("leave the tier out, or raise what the quantity can be at most");
    Some(found)
}

/// What an expression never exceeds, where it is clear at a glance.
fn greatest(expr: &Expr) -> Option<&Rational> {
    match &expr.op {
        Op::Function(Function::Min, arguments) => arguments.iter().filter_map(greatest).min(),
        Op::Function(Function::Clamp, arguments) => constant(arguments.get(2)?),
        _ => constant(expr),
    }
}

/// A tier that begins where a ceiling is reached already. Where a tier is a line of its own, it is seen.
fn above_the_ceiling(prices: &Prices<'_>, one: Priced<'_>, price: &Price, tiers: &Tiers) -> Option<Diagnostic> {
    let Price::Graduated(_) = price else { return None };
    let ceilings = one.body.limits.iter().filter(|limit| limit.side == Side::AtMost);
    let limit = ceilings.min_by_key(|limit| constant(&limit.amount).cloned())?;
    let most = constant(&limit.amount)?;
    if one.charge.by_tier || !tiers.tiers.iter().all(rises) {
        return None;
    }
    let (tier, from, _) = begun(tiers).find(|(_, from, _)| {
        // Where the edge itself costs as much as the ceiling, more does not cost more.
        prices.amount(one, price, from).is_some_and(|amount| amount == *most)
    })?;
    let currency = prices.currency(one.charge);
    let from = quantity(currency, one.body.quantity_unit.as_ref(), from);
    let most = money(currency, most);
    let found = Diagnostic::warning(IDLE_TIER, "this tier changes nothing on a bill")
        .label(tier.span, format!("begins at {from}, which cost {most} already"))
        .label(limit.span, format!("and nothing costs more than {most}"))
        .help("leave the tier out, or raise the ceiling");
    Some(found)
}
