//! What a charge, or a part of it, comes to.

use super::eval::number;
use super::evaluation::Evaluation;
use super::fees;
use super::limits;
use super::pooled;
use super::price::{TierCost, billed, cost, price_at};
use super::reach::reach;
use super::scope::{Group, Outcome, Scope, internal};
use super::stretches::stretches;
use super::text;
use crate::bill::LinePart;
use crate::exact::Rational;
use crate::ir::{Body, Charge, Part, Price};
use crate::model::Symbol;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A quantity, what it costs, and what that is made of; before floors and ceilings.
#[derive(Clone, Debug)]
pub(super) struct Priced {
    /// In base units; none for money.
    pub(super) quantity: Option<Rational>,
    pub(super) amount: Rational,
    pub(super) parts: Vec<LinePart>,
    /// What each tier takes, in their order.
    pub(super) tiers: Vec<TierCost>,
}

impl Priced {
    fn nothing() -> Priced {
        Priced { quantity: None, amount: Rational::zero(), parts: Vec::new(), tiers: Vec::new() }
    }
}

/// What a charge comes to in the combinations that one line adds up.
pub(super) fn charged(evaluation: &Evaluation<'_>, charge: &Charge, combinations: &[Group]) -> Outcome<Priced> {
    let Some(fee) = &charge.fee else { return priced(evaluation, &charge.body, combinations) };
    let windows = combinations.iter().map(|group| {
        let window = combination(evaluation, &charge.body, group)?;
        Ok(window.times(&fees::share(evaluation, fee, group)?))
    });
    added(evaluation, &charge.body, alike(windows.collect::<Outcome<Vec<_>>>()?))
}

/// Windows that follow each other and cost the same are one stretch of the line.
fn alike(windows: Vec<Combination>) -> Vec<Combination> {
    let mut found: Vec<Combination> = Vec::new();
    let mut last: Option<(Rational, Rational)> = None;
    for mut window in windows {
        let cost = window.stretches.first().map(|one| (one.quantity.clone(), one.amount.clone()));
        let since = found.last().and_then(|before| before.stretches.first()).map(|one| one.since);
        if let (true, Some(since), Some(stretch)) = (cost == last, since, window.stretches.first_mut()) {
            stretch.since = since;
        }
        last = cost;
        found.push(window);
    }
    found
}

/// What a body comes to in the combinations that one line adds up.
pub(super) fn priced(evaluation: &Evaluation<'_>, body: &Body, combinations: &[Group]) -> Outcome<Priced> {
    if body.parts.is_empty() {
        let prices = combinations.iter().map(|group| combination(evaluation, body, group));
        return added(evaluation, body, prices.collect::<Outcome<Vec<_>>>()?);
    }
    let mut whole = Priced::nothing();
    for part in &body.parts {
        let priced = part_priced(evaluation, part, combinations)?;
        whole.amount = &whole.amount + &priced.amount;
        whole.parts.extend(priced.parts);
    }
    Ok(whole)
}

/// A part with its own limits, as sub-lines: one, or one for each stretch of dated rates.
fn part_priced(evaluation: &Evaluation<'_>, part: &Part, combinations: &[Group]) -> Outcome<Priced> {
    let mut priced = priced(evaluation, &part.body, combinations)?;
    if let Some(group) = combinations.first() {
        let limits = limits::due(evaluation, group.interval, &part.body.limits);
        priced.amount = limits::clamp(&Scope::group(evaluation, group), limits, priced.amount)?;
    }
    let divided = !priced.parts.is_empty() && part.body.parts.is_empty();
    priced.parts = if divided {
        let named = |one: LinePart| LinePart {
            name: Some(part.name.clone()),
            label: format!("{}, {}", part.label, one.label),
            ..one
        };
        priced.parts.into_iter().map(named).collect()
    } else {
        vec![sub_line(&part.body, Some(&part.name), &part.label, None, &priced.quantity, &priced.amount)]
    };
    Ok(priced)
}

/// A body in one combination, each stretch of dated rates apart.
struct Combination {
    quantity: Option<Rational>,
    stretches: Vec<Stretch>,
    tiers: Vec<TierCost>,
}

impl Combination {
    /// A share of it.
    fn times(self, share: &Rational) -> Combination {
        let stretches = self.stretches.into_iter().map(|one| Stretch {
            since: one.since,
            quantity: &one.quantity * share,
            amount: &one.amount * share,
        });
        let quantity = self.quantity.map(|quantity| &quantity * share);
        Combination { quantity, stretches: stretches.collect(), tiers: Vec::new() }
    }
}

/// What is priced at one rate.
struct Stretch {
    since: Timestamp,
    quantity: Rational,
    amount: Rational,
}

fn combination(evaluation: &Evaluation<'_>, body: &Body, group: &Group) -> Outcome<Combination> {
    let scope = Scope::group(evaluation, group);
    let quantity = body.quantity.as_ref().ok_or_else(|| internal("a charge without a quantity"))?;
    let total = &number(&scope, quantity)? - &evaluation.covered(body, group);
    let since = group.as_of;
    if body.prices.is_empty() {
        let stretches = vec![Stretch { since, quantity: Rational::zero(), amount: total }];
        return Ok(Combination { quantity: None, stretches, tiers: Vec::new() });
    }
    if body.by_record_time {
        let stretches = by_record_time(evaluation, body, group, &total)?;
        return Ok(Combination { quantity: Some(total), stretches, tiers: Vec::new() });
    }
    let price = price_at(&scope, body)?;
    let (amount, tiers) = match (price, &body.pooling) {
        (Price::Graduated(tiers) | Price::Volume(tiers), Some(_)) => {
            pooled::cost(evaluation, body, group, (tiers, price))?
        }
        _ => cost(&scope, price, &total)?,
    };
    let billed = billed(price, &total);
    let stretches = vec![Stretch { since, quantity: billed.clone(), amount }];
    Ok(Combination { quantity: Some(billed), stretches, tiers })
}

/// Each stretch that has records at its own rate. Where none has any, nothing needs a price.
fn by_record_time(evaluation: &Evaluation<'_>, body: &Body, group: &Group, total: &Rational) -> Outcome<Vec<Stretch>> {
    let found = stretches(evaluation, body, group)?;
    let mut priced = Vec::new();
    for interval in &found {
        let records = group.within(*interval);
        if !has_records(evaluation, body, &records) {
            continue;
        }
        let part = match &body.quantity {
            Some(quantity) if found.len() > 1 => {
                &number(&Scope::group(evaluation, &records), quantity)? - &evaluation.covered(body, &records)
            }
            _ => total.clone(),
        };
        let then = group.as_of(records.as_of);
        let scope = Scope::group(evaluation, &then);
        let (amount, _) = cost(&scope, price_at(&scope, body)?, &part)?;
        priced.push(Stretch { since: records.as_of, quantity: part, amount });
    }
    Ok(priced)
}

fn has_records(evaluation: &Evaluation<'_>, body: &Body, group: &Group) -> bool {
    let mut any = false;
    let stretch = group.stretch;
    reach(evaluation, &body.quantities(), group, &mut |members| any |= members.any_within(stretch));
    any
}

/// Combinations added up, stretch by stretch and tier by tier.
fn added(evaluation: &Evaluation<'_>, body: &Body, combinations: Vec<Combination>) -> Outcome<Priced> {
    let mut whole = Priced { quantity: body.quantity_unit.as_ref().map(|_| Rational::zero()), ..Priced::nothing() };
    let mut stretches: BTreeMap<Timestamp, (Rational, Rational)> = BTreeMap::new();
    let mut tiers: BTreeMap<usize, TierCost> = BTreeMap::new();
    for one in combinations {
        whole.quantity = whole.quantity.zip(one.quantity).map(|(a, b)| &a + &b);
        for stretch in one.stretches {
            whole.amount = &whole.amount + &stretch.amount;
            let sums = stretches.entry(stretch.since).or_insert_with(|| (Rational::zero(), Rational::zero()));
            *sums = (&sums.0 + &stretch.quantity, &sums.1 + &stretch.amount);
        }
        for tier in one.tiers {
            add_tier(&mut tiers, tier);
        }
    }
    whole.tiers = tiers.into_values().collect();
    if stretches.len() > 1 {
        let part = |(since, (quantity, amount))| {
            let label = format!("from {}", text::day_and_time(evaluation.context.zone, since));
            sub_line(body, None, &label, Some(since), &Some(quantity), &amount)
        };
        whole.parts = stretches.into_iter().map(part).collect();
    }
    Ok(whole)
}

fn add_tier(tiers: &mut BTreeMap<usize, TierCost>, tier: TierCost) {
    match tiers.get_mut(&tier.tier) {
        Some(known) => {
            known.quantity = &known.quantity + &tier.quantity;
            known.amount = &known.amount + &tier.amount;
        }
        None => {
            tiers.insert(tier.tier, tier);
        }
    }
}

fn sub_line(
    body: &Body,
    name: Option<&Symbol>,
    label: &str,
    since: Option<Timestamp>,
    quantity: &Option<Rational>,
    amount: &Rational,
) -> LinePart {
    let unit = body.quantity_unit.as_ref();
    LinePart {
        name: name.cloned(),
        label: label.to_owned(),
        since,
        quantity: text::counted(quantity.as_ref(), unit),
        unit: unit.filter(|unit| !unit.dimension.is_none()).map(|unit| unit.name.clone()),
        exact: amount.clone(),
    }
}
