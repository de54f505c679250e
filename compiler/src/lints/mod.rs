//! What a book says and most likely does not mean: warnings, each with the usage that shows it, by the reference's own
//! prices. They are about programs, so about books that are right.

mod cliffs;
mod grants;
mod numbers;
mod rules;
mod tiers;

use crate::diagnostic::Diagnostic;
use crate::exact::Rational;
use crate::ir::{Body, Charge, Expr, Limit, Op, Price, Program, Rate, Tiers};
use crate::model::{Accounts, Base, Currency, Interval, Symbol, Unit, Value};
use crate::reference::Definitions;
use jiff::Timestamp;

/// The codes of this pass and what each means.
pub const CODES: &[(&str, &str)] = &[
    (cliffs::CLIFF, "more usage that costs less"),
    (tiers::IDLE_TIER, "a tier that changes nothing"),
    (grants::IDLE_GRANT, "a grant that can never be used"),
    (rules::IDLE_RULE, "a rule, or a level of it, that usage can not bring about"),
];

/// Longer prices are not looked at, nor more of them: each amount goes through all tiers.
const MAX_TIERS: usize = 200;
const MAX_PRICES: usize = 1_000;

/// What is to be said of a program, of its charges, then of its grants and of its rules.
#[must_use]
pub fn lint(program: &Program) -> Vec<Diagnostic> {
    let accounts = Accounts::default();
    let prices = Prices { program, definitions: Definitions::new(program, &accounts, &[]), account: "".into() };
    let tiered = program.charges.iter().flat_map(priced).flat_map(|one| {
        let prices = one.body.prices.iter().filter_map(|dated| Some((&dated.price, tiers(&dated.price)?)));
        prices.map(|(price, tiers)| (one, price, tiers)).collect::<Vec<_>>()
    });
    let looked_at = tiered.filter(|(_, _, tiers)| tiers.tiers.len() <= MAX_TIERS && are_money(tiers)).take(MAX_PRICES);
    let of_prices = looked_at.flat_map(|(one, price, tiers)| {
        let cliffs = cliffs::find(&prices, one, price, tiers);
        cliffs.into_iter().chain(tiers::find(&prices, one, price, tiers))
    });
    let mut found: Vec<Diagnostic> = of_prices.collect();
    found.extend(program.grants.iter().filter_map(|grant| grants::find(program, grant)));
    found.extend(program.rules.iter().flat_map(|rule| rules::find(&prices, rule)));
    found
}

/// A body that is priced, and its charge.
#[derive(Clone, Copy)]
struct Priced<'p> {
    charge: &'p Charge,
    body: &'p Body,
}

/// The bodies whose amounts stand on the bill as they are: a limit of the whole would change what its parts come to.
fn priced(charge: &Charge) -> Vec<Priced<'_>> {
    let mut found = vec![Priced { charge, body: &charge.body }];
    let mut at = 0;
    while let Some(one) = found.get(at).copied() {
        if one.body.limits.is_empty() {
            found.extend(one.body.parts.iter().map(|part| Priced { charge, body: &part.body }));
        }
        at += 1;
    }
    found
}

fn tiers(price: &Price) -> Option<&Tiers> {
    match price {
        Price::Graduated(tiers) | Price::Volume(tiers) => Some(tiers),
        Price::Rate(_) => None,
    }
}

/// The reference's prices, of an account of which nothing is known.
struct Prices<'p> {
    program: &'p Program,
    definitions: Definitions<'p>,
    account: Symbol,
}

impl Prices<'_> {
    /// What a quantity comes to, with floors and ceilings; none where that is not the same for everyone.
    fn amount(&self, one: Priced<'_>, price: &Price, quantity: &Rational) -> Option<Rational> {
        let limits = &one.body.limits;
        let is_constant = |limit: &Limit| limit.every.is_none() && constant(&limit.amount).is_some();
        let same = tiers(price).is_none_or(are_constant) && limits.iter().all(is_constant);
        if !same {
            return None;
        }
        let cost = self.definitions.cost(&self.account, &[], ANY, price, quantity).ok()?;
        self.definitions.limited(&self.account, ANY, limits, cost).ok()
    }

    /// The currency of a charge's bill.
    fn currency(&self, charge: &Charge) -> &Currency {
        let plan = charge.in_plan.and_then(|place| self.program.plans.get(place.plan));
        plan.and_then(|plan| plan.currency.as_ref()).unwrap_or(&self.program.header.currency)
    }
}

/// What is constant holds in any window.
const ANY: Interval = Interval { start: Timestamp::UNIX_EPOCH, end: Timestamp::MAX };

fn constant(expr: &Expr) -> Option<&Rational> {
    match &expr.op {
        Op::Constant(Value::Number(number)) => Some(number),
        _ => None,
    }
}

/// Whether tiers are priced in money, and not in credits that grants cover.
fn are_money(tiers: &Tiers) -> bool {
    let has_currency = |unit: &Unit| unit.dimension.powers().iter().any(|(base, _)| matches!(base, Base::Currency(_)));
    tiers.tiers.iter().all(|tier| match &tier.rate {
        Rate::PerUnit(amount) | Rate::PerStarted { amount, .. } | Rate::Flat(amount) => {
            amount.unit.as_ref().is_some_and(has_currency)
        }
    })
}

fn are_constant(tiers: &Tiers) -> bool {
    let rate = |rate: &Rate| match rate {
        Rate::PerUnit(amount) | Rate::PerStarted { amount, .. } | Rate::Flat(amount) => constant(amount).is_some(),
    };
    let all = |expr: &Option<Expr>| expr.as_ref().is_none_or(|expr| constant(expr).is_some());
    let tier = |tier: &crate::ir::Tier| {
        rate(&tier.rate)
            && all(&tier.flat)
            && all(&tier.at_most)
            && tier.upper.as_ref().is_none_or(|edge| constant(&edge.at).is_some())
    };
    all(&tiers.at_zero) && tiers.tiers.iter().all(tier)
}
