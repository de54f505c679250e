//! Cliffs: one unit more, and the bill is lower.

use super::{Priced, Prices, constant};
use crate::diagnostic::Diagnostic;
use crate::exact::Rational;
use crate::ir::text::{money, quantity};
use crate::ir::{Price, Tier, Tiers};
use crate::model::Base;

pub(super) const CLIFF: &str = "florin::lints::cliff";

/// How small a step shows a cliff where no whole unit does, in decimal places: data and time are not counted in wholes.
const STEPS: u32 = 3;

/// Where one tier ends and the next one begins.
struct Edge<'p> {
    at: &'p Rational,
    inclusive: bool,
    before: &'p Tier,
    behind: &'p Tier,
}

/// Two quantities, of which the greater one costs less.
struct Cliff {
    less: Rational,
    dear: Rational,
    more: Rational,
    cheap: Rational,
}

/// The cliffs between the tiers of a price.
pub(super) fn find(prices: &Prices<'_>, one: Priced<'_>, price: &Price, tiers: &Tiers) -> Vec<Diagnostic> {
    let pairs = tiers.tiers.iter().zip(tiers.tiers.iter().skip(1));
    let edges = pairs.filter_map(|(before, behind)| {
        let upper = before.upper.as_ref()?;
        Some(Edge { at: constant(&upper.at)?, inclusive: upper.inclusive, before, behind })
    });
    edges.filter_map(|edge| Some(said(prices, one, price, &edge, &cliff(prices, one, price, &edge)?))).collect()
}

/// The quantities on both sides of an edge, as near as they are counted.
fn cliff(prices: &Prices<'_>, one: Priced<'_>, price: &Price, edge: &Edge<'_>) -> Option<Cliff> {
    let unit = one.body.quantity_unit.as_ref();
    let whole = unit.map_or_else(Rational::one, |unit| unit.factor.clone());
    let is_fine = unit.is_some_and(|unit| {
        unit.dimension.powers().iter().all(|(base, _)| matches!(base, Base::Data | Base::Time))
            && !unit.dimension.is_none()
    });
    let steps = if is_fine { 0..=STEPS } else { 0..=0 };
    let mut found = steps.filter_map(|places| {
        let step = whole.checked_div(&Rational::power_of_ten(places))?;
        let (less, more) = match edge.inclusive {
            true => (edge.at.clone(), edge.at + &step),
            false => (edge.at - &step, edge.at.clone()),
        };
        let end = edge.behind.upper.as_ref().and_then(|upper| constant(&upper.at));
        if less.is_negative() || end.is_some_and(|end| more > *end) {
            return None;
        }
        let (dear, cheap) = (prices.amount(one, price, &less)?, prices.amount(one, price, &more)?);
        (cheap < dear).then_some(Cliff { less, dear, more, cheap })
    });
    found.next()
}

fn said(prices: &Prices<'_>, one: Priced<'_>, price: &Price, edge: &Edge<'_>, cliff: &Cliff) -> Diagnostic {
    let currency = prices.currency(one.charge);
    let counted = |number: &Rational| quantity(currency, one.body.quantity_unit.as_ref(), number);
    let (less, more) = (counted(&cliff.less), counted(&cliff.more));
    let (dear, cheap) = (money(currency, &cliff.dear), money(currency, &cliff.cheap));
    let help = match price {
        Price::Volume(_) => {
            "`graduated` in the place of `volume` prices each unit in its own tier; if the lower price is meant for all \
             of them, leave it as it is"
        }
        _ => "lower what the tier before comes to, or leave it as it is if it is meant so",
    };
    Diagnostic::warning(CLIFF, format!("of `{}`, {more} cost less than {less}", one.charge.name))
        .label(edge.behind.span, format!("{more} cost {cheap}"))
        .label(edge.before.span, format!("{less} cost {dear}"))
        .help(help)
}
