//! Why a quantity costs what it does.

use super::super::cases::overriding;
use super::super::eval::number;
use super::super::evaluation::Evaluation;
use super::super::pooled::{self, pool};
use super::super::price::{Bounds, TierCost, bounds, cost, price_at, started};
use super::super::scope::{Group, Missing, Scope};
use super::super::stretches::stretches;
use super::super::text;
use super::Explanation;
use super::line::quantity_step;
use super::value::{inner_steps, shown};
use crate::exact::Rational;
use crate::ir::text::{grouped, money, quantity};
use crate::ir::{Body, Expr, Price, Rate, Tier, Tiers};

/// The quantity and the price of a body in one group; by stretches, where the price changes on the way.
pub(super) fn steps(evaluation: &Evaluation<'_>, body: &Body, group: &Group) -> Vec<Explanation> {
    let parts = match body.by_record_time {
        true => stretches(evaluation, body, group).unwrap_or_default(),
        false => Vec::new(),
    };
    if parts.len() < 2 {
        return at_one_price(evaluation, body, group, group);
    }
    let step = |interval: &crate::model::Interval| {
        let records = group.within(*interval);
        let then = group.as_of(records.as_of);
        let from = text::day_and_time(evaluation.context.zone, interval.start);
        Explanation::new(format!("from {from} on")).of(at_one_price(evaluation, body, &records, &then))
    };
    parts.iter().map(step).collect()
}

fn at_one_price(evaluation: &Evaluation<'_>, body: &Body, records: &Group, priced: &Group) -> Vec<Explanation> {
    let scope = Scope::group(evaluation, records);
    let Some(expr) = &body.quantity else { return Vec::new() };
    // A fee for everything that there is has no quantity but one.
    let counts = body.quantity_unit.is_some() || body.prices.is_empty();
    let mut steps: Vec<Explanation> = counts.then(|| quantity_step(&scope, expr)).into_iter().collect();
    let covered = evaluation.covered(body, records);
    if !covered.is_zero() {
        steps.push(Explanation::new(format!("grants cover {} of it", counted(&scope, body, &covered))));
    }
    if let (false, Ok(total)) = (body.prices.is_empty(), number(&scope, expr).map(|total| &total - &covered)) {
        let scope = Scope::group(evaluation, priced);
        if let Ok(Some(one)) = overriding(&scope, body) {
            steps.push(Explanation::new(format!("in the place of the usual price: {}", one.label)));
        }
        match price_at(&scope, body) {
            Ok(price) => steps.extend(price_steps((&scope, evaluation, priced), body, price, &total)),
            Err(Missing(reason)) => steps.push(Explanation::new(reason)),
        }
    }
    steps
}

/// Where something is priced.
type At<'a> = (&'a Scope<'a>, &'a Evaluation<'a>, &'a Group);

fn price_steps(at: At<'_>, body: &Body, price: &Price, total: &Rational) -> Vec<Explanation> {
    let (scope, evaluation, group) = at;
    let together = match (&body.pooling, price) {
        (Some(_), Price::Graduated(_) | Price::Volume(_)) => {
            pool(evaluation, body, group).ok().map(|pool| pool.total())
        }
        _ => None,
    };
    let counted = |amount: &Rational| counted(scope, body, amount);
    let pooled = together.as_ref().map(|together| {
        let how = if body.shares_by_order() { "in the order in which they came" } else { "in proportion" };
        let words =
            format!("the lines that share these tiers come to {} together, and share them {how}", counted(together));
        Explanation::new(words)
    });
    let whole = match price {
        Price::Rate(rate) => return vec![rate_step(scope, body, rate, total)],
        Price::Graduated(_) => None,
        Price::Volume(_) => {
            let decides = counted(together.as_ref().unwrap_or(total));
            Some(Explanation::new(format!("the total, {decides}, decides the tier of all")))
        }
    };
    pooled.into_iter().chain(whole).chain(tier_steps(at, body, price, total)).collect()
}

/// A quantity in the unit in which the line shows it.
fn counted(scope: &Scope<'_>, body: &Body, amount: &Rational) -> String {
    quantity(scope.currency(), body.quantity_unit.as_ref(), amount)
}

/// `200 GB * $0.05 per GB = $10.00`
fn rate_step(scope: &Scope<'_>, body: &Body, rate: &Rate, part: &Rational) -> Explanation {
    let currency = scope.currency();
    let (expr, amount) = (rate.expression(), number(scope, rate.expression()));
    let result = |factor: &Rational| match &amount {
        Ok(amount) => money(currency, &(amount * factor)),
        Err(Missing(reason)) => format!("not known: {reason}"),
    };
    let price = shown(scope, expr);
    let title = match rate {
        Rate::PerUnit(_) => format!("{} * {price} = {}", counted(scope, body, part), result(part)),
        Rate::PerStarted { block, .. } => {
            let blocks = started(part, block);
            let (size, blocks_text) = (counted(scope, body, block), grouped(&blocks, 0));
            format!(
                "{} in blocks of {size}: {blocks_text} started * {price} = {}",
                counted(scope, body, part),
                result(&blocks)
            )
        }
        Rate::Flat(_) if body.quantity_unit.is_none() => format!("price: {price}"),
        Rate::Flat(_) => format!("{price} for the whole tier"),
    };
    Explanation::new(title).at(expr.span).of(inner_steps(scope, expr, 1))
}

fn tier_steps((scope, evaluation, group): At<'_>, body: &Body, price: &Price, total: &Rational) -> Vec<Explanation> {
    let (Price::Graduated(tiers) | Price::Volume(tiers)) = price else { return Vec::new() };
    let costs = match &body.pooling {
        Some(_) => pooled::cost(evaluation, body, group, (tiers, price)),
        None => cost(scope, price, total),
    };
    let (bounds, costs) = match (bounds(scope, tiers), costs) {
        (Ok(bounds), Ok((_, costs))) => (bounds, costs),
        (Err(Missing(reason)), _) | (_, Err(Missing(reason))) => return vec![Explanation::new(reason)],
    };
    if costs.is_empty() {
        return vec![Explanation::new("no tier is entered")];
    }
    let step = |cost: &TierCost| {
        let (tier, bounds) = (tiers.tiers.get(cost.tier)?, bounds.get(cost.tier)?);
        Some(tier_step(scope, body, (tiers, tier), bounds, cost))
    };
    costs.iter().filter_map(step).collect()
}

fn tier_step(
    scope: &Scope<'_>,
    body: &Body,
    (tiers, tier): (&Tiers, &Tier),
    bounds: &Bounds,
    cost: &TierCost,
) -> Explanation {
    let currency = scope.currency();
    let range = match &bounds.upper {
        Some(upper) => format!("{} to {}", counted(scope, body, &bounds.lower), counted(scope, body, upper)),
        None => format!("above {}", counted(scope, body, &bounds.lower)),
    };
    let name = tier.line.as_ref().map(|line| format!("{}, ", line.label)).unwrap_or_default();
    let title = format!(
        "tier {} ({name}{range}): {} of it, {}",
        cost.tier + 1,
        counted(scope, body, &cost.quantity),
        money(currency, &cost.amount)
    );
    let flat = tiers.at_zero.as_ref().filter(|_| cost.tier == 0).or(tier.flat.as_ref());
    let rated = (!cost.quantity.is_zero()).then(|| rate_step(scope, body, &tier.rate, &cost.quantity));
    let extra = |label: &str, expr: &Expr| {
        Explanation::new(format!("{label} {}", shown(scope, expr))).at(expr.span).of(inner_steps(scope, expr, 1))
    };
    let plus = if body.pooling.is_some() { "plus its share of" } else { "plus" };
    let flat = flat.map(|flat| extra(plus, flat));
    let most = tier.at_most.as_ref().map(|most| extra("at most", most));
    Explanation::new(title).at(tier.span).of(rated.into_iter().chain(flat).chain(most).collect())
}
