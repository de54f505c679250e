//! What a quantity costs: rates, started blocks, tiers.

use super::cases::overriding;
use super::eval::number;
use super::scope::{Missing, Outcome, Scope};
use super::text;
use crate::exact::{Rational, Rounding};
use crate::ir::{Body, Price, Rate, Tier, Tiers};

/// What a tier takes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TierCost {
    /// Which tier.
    pub(super) tier: usize,
    /// The part of the quantity that lies in it.
    pub(super) quantity: Rational,
    pub(super) amount: Rational,
}

/// The price of a body that holds at a scope's time.
pub(super) fn price_at<'b>(scope: &Scope<'_>, body: &'b Body) -> Outcome<&'b Price> {
    let time = scope.as_of();
    let prices = overriding(scope, body)?.map_or(&body.prices, |one| &one.prices);
    let held = prices.iter().filter(|dated| dated.since.is_none_or(|since| since <= time));
    let price = held.max_by_key(|dated| dated.since).map(|dated| &dated.price);
    price.ok_or_else(|| {
        let first = prices.iter().filter_map(|dated| dated.since).min();
        let first = text::day_and_time(scope.context.zone, first.unwrap_or(time));
        Missing(format!("no price holds before {first}"))
    })
}

/// What a quantity costs, with each tier that takes a part of it.
pub(super) fn cost(scope: &Scope<'_>, price: &Price, quantity: &Rational) -> Outcome<(Rational, Vec<TierCost>)> {
    match price {
        Price::Rate(rate) => Ok((rate_cost(scope, rate, quantity)?, Vec::new())),
        Price::Graduated(tiers) => graduated(scope, tiers, quantity),
        Price::Volume(tiers) => volume(scope, tiers, quantity),
    }
}

/// What a quantity costs at a rate.
pub(super) fn rate_cost(scope: &Scope<'_>, rate: &Rate, quantity: &Rational) -> Outcome<Rational> {
    match rate {
        Rate::PerUnit(rate) => Ok(&number(scope, rate)? * quantity),
        Rate::PerStarted { amount, block } => Ok(&number(scope, amount)? * &started(quantity, block)),
        Rate::Flat(amount) => number(scope, amount),
    }
}

/// The quantity that is billed: where blocks are priced, the last one counts whole.
pub(super) fn billed(price: &Price, quantity: &Rational) -> Rational {
    match price {
        Price::Rate(Rate::PerStarted { block, .. }) => &started(quantity, block) * block,
        Price::Rate(_) | Price::Graduated(_) | Price::Volume(_) => quantity.clone(),
    }
}

/// How many blocks are started; negative quantities mirror.
pub(super) fn started(quantity: &Rational, block: &Rational) -> Rational {
    let blocks = quantity.abs().checked_div(block).unwrap_or_else(Rational::zero);
    let blocks = Rational::from(Rounding::Ceil.to_integer(&blocks));
    if quantity.is_negative() { -&blocks } else { blocks }
}

/// Where a tier lies.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    pub(super) lower: Rational,
    /// Whether the lower edge itself belongs to the tier.
    lower_inclusive: bool,
    pub(super) upper: Option<Rational>,
    upper_inclusive: bool,
}

impl Bounds {
    /// Whether a total comes as far as this tier.
    pub(super) fn entered_by(&self, total: &Rational) -> bool {
        let empty = self.upper.as_ref() == Some(&self.lower);
        !empty && (*total > self.lower || (self.lower_inclusive && *total == self.lower))
    }

    /// The part of a total that lies here.
    pub(super) fn part_of(&self, total: &Rational) -> Rational {
        let end = self.upper.as_ref().map_or(total, |upper| upper.min(total));
        if *end > self.lower { end - &self.lower } else { Rational::zero() }
    }

    /// Whether a total does not go beyond it.
    pub(super) fn is_last_for(&self, total: &Rational) -> bool {
        self.upper.as_ref().is_none_or(|upper| total < upper || (self.upper_inclusive && total == upper))
    }
}

/// Where the tiers lie: upward, without gap or overlap.
pub(super) fn bounds(scope: &Scope<'_>, tiers: &Tiers) -> Outcome<Vec<Bounds>> {
    let (mut lower, mut lower_inclusive) = (Rational::zero(), false);
    let mut found = Vec::new();
    for tier in &tiers.tiers {
        let upper = tier.upper.as_ref().map(|edge| number(scope, &edge.at)).transpose()?;
        let upper_inclusive = tier.upper.as_ref().is_some_and(|edge| edge.inclusive);
        if let Some(upper) = &upper {
            goes_up(found.is_empty(), &lower, upper)?;
        }
        let next = upper.clone().unwrap_or_else(Rational::zero);
        found.push(Bounds { lower, lower_inclusive, upper, upper_inclusive });
        (lower, lower_inclusive) = (next, !upper_inclusive);
    }
    Ok(found)
}

/// The first tier may hold nothing but zero; every other one must begin above the one before it.
fn goes_up(first: bool, lower: &Rational, upper: &Rational) -> Outcome<()> {
    if upper > lower || (first && upper == lower) {
        return Ok(());
    }
    Err(Missing(format!("its tiers do not go upward: one ends at {upper}, where {lower} was reached before")))
}

fn graduated(scope: &Scope<'_>, tiers: &Tiers, quantity: &Rational) -> Outcome<(Rational, Vec<TierCost>)> {
    let mut found = Vec::new();
    for (at, (tier, bounds)) in tiers.tiers.iter().zip(bounds(scope, tiers)?).enumerate() {
        let first = at == 0;
        let part = if first && quantity.is_negative() { quantity.clone() } else { bounds.part_of(quantity) };
        let flat = match (&tiers.at_zero, &tier.flat) {
            (Some(at_zero), _) if first => Some(at_zero),
            (_, Some(flat)) if bounds.entered_by(quantity) => Some(flat),
            _ => None,
        };
        if !part.is_zero() || flat.is_some() {
            scope.context.used(tier.span);
            let amount = tier_cost(scope, tier, flat, &part)?;
            found.push(TierCost { tier: at, quantity: part, amount });
        }
    }
    let amount = found.iter().fold(Rational::zero(), |total, one| &total + &one.amount);
    Ok((amount, found))
}

fn volume(scope: &Scope<'_>, tiers: &Tiers, quantity: &Rational) -> Outcome<(Rational, Vec<TierCost>)> {
    let bounds = bounds(scope, tiers)?;
    let landed = tiers.tiers.iter().zip(&bounds).enumerate().find(|(_, (_, bounds))| bounds.is_last_for(quantity));
    let Some((at, (tier, _))) = landed else { return Err(Missing("its tiers end too early".to_owned())) };
    let flat = match (&tiers.at_zero, &tier.flat) {
        (Some(at_zero), _) if at == 0 => Some(at_zero),
        (_, flat) if quantity.is_positive() => flat.as_ref(),
        _ => None,
    };
    if quantity.is_zero() && flat.is_none() {
        return Ok((Rational::zero(), Vec::new()));
    }
    scope.context.used(tier.span);
    let amount = tier_cost(scope, tier, flat, quantity)?;
    Ok((amount.clone(), vec![TierCost { tier: at, quantity: quantity.clone(), amount }]))
}

/// What a part of a quantity costs in a tier. Its price for the whole tier is not due without usage, nor for less.
fn tier_cost(scope: &Scope<'_>, tier: &Tier, flat: Option<&crate::ir::Expr>, quantity: &Rational) -> Outcome<Rational> {
    let whole = matches!(tier.rate, Rate::Flat(_));
    let due = if whole { quantity.is_positive() } else { !quantity.is_zero() };
    let rated = if due { rate_cost(scope, &tier.rate, quantity)? } else { Rational::zero() };
    let amount = match flat {
        Some(flat) => &rated + &number(scope, flat)?,
        None => rated,
    };
    match &tier.at_most {
        Some(most) => Ok(amount.min(number(scope, most)?)),
        None => Ok(amount),
    }
}
