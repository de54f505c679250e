//! What grants put on a bill: the lines that they cover at their own price, what they cost, what was drawn from them,
//! and their balances.

use super::pools::PoolKey;
use super::pools::{Pool, at_time};
use super::{Covered, Settlement, Sums, plain};
use crate::bill::{Balance, Line, LineKey, Withheld};
use crate::exact::Rational;
use crate::ir::{Charge, Gives, Grant};
use crate::model::{Interval, Value, Window, key_text, line_id};
use crate::reference::contracts::overlap;
use crate::reference::eval::number;
use crate::reference::evaluation::Evaluation;
use crate::reference::lines::{KeyLines, Naming, unit_name, with_money};
use crate::reference::scope::{Group, Outcome, Scope};
use crate::reference::text;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What the last part of a drawdown's id is.
const USED: &str = "used";

/// The lines on which stands what grants cover at a price of their own.
pub(in crate::reference) fn own_price_lines(
    evaluation: &Evaluation<'_>,
    settlement: &Settlement,
    charge_at: usize,
    charge: &Charge,
    naming: &Naming,
    combinations: &[Group],
) -> Vec<Line> {
    let mut found = Vec::new();
    for (at, grant) in evaluation.context.program.grants.iter().enumerate() {
        if !is_on_bill(evaluation, grant) {
            continue;
        }
        let has_price = grant.covers_of(charge_at).any(|cover| cover.at.is_some());
        let is_money = grant.unit.dimension.currency().is_some();
        if !has_price || (grant.off_the_bill && !gives_units(charge, grant)) {
            continue;
        }
        let all = unit_sums(settlement, charge, combinations).filter(|(pool, _)| pool.0 == at);
        let (units, worth) =
            all.map(|(_, one)| one).fold(nothing(), |(units, worth), one| (&units + &one.amount, &worth + &one.worth));
        let always = charge.keys.is_empty() && charge.per_period;
        if units.is_zero() && !always {
            continue;
        }
        let unit = charge.body.leaves().first().and_then(|leaf| leaf.quantity_unit.as_ref());
        let line = Line {
            quantity: text::counted(Some(&units), unit),
            unit: charge.body.leaves().first().and_then(|leaf| unit_name(leaf)),
            ..naming.own_price_line(charge, grant)
        };
        // Credits are no money: what they cover stands there with its quantity.
        let money = if is_money || gives_units(charge, grant) { worth } else { Rational::zero() };
        found.push(with_money(evaluation, line, money));
    }
    found
}

/// Whether a grant is counted as a charge's quantity is, so that its price is due in money.
fn gives_units(charge: &Charge, grant: &Grant) -> bool {
    let mut leaves = charge.body.leaves().into_iter().filter_map(|leaf| leaf.quantity_unit.as_ref());
    leaves.any(|unit| unit.dimension == grant.unit.dimension)
}

/// All that grants take off the quantities of a line.
fn covered_units<'s>(
    settlement: &'s Settlement,
    charge: &'s Charge,
    combinations: &'s [Group],
) -> impl Iterator<Item = &'s Covered> {
    let leaves = charge.body.leaves().into_iter();
    let all = leaves
        .flat_map(move |leaf| combinations.iter().filter_map(move |group| settlement.units.all(leaf.number, group)));
    all.flat_map(|one| &one.each)
}

/// The same by balance.
fn unit_sums<'s>(
    settlement: &'s Settlement,
    charge: &'s Charge,
    combinations: &'s [Group],
) -> impl Iterator<Item = (&'s PoolKey, &'s Sums)> {
    let leaves = charge.body.leaves().into_iter();
    let all = leaves
        .flat_map(move |leaf| combinations.iter().filter_map(move |group| settlement.units.all(leaf.number, group)));
    all.flat_map(|one| &one.sums)
}

/// What was taken from each balance for a line.
pub(in crate::reference) fn drawn_of_line<'s>(
    settlement: &'s Settlement,
    (at, charge): (usize, &'s Charge),
    (line, combinations): (&Group, &'s [Group]),
) -> impl Iterator<Item = (&'s PoolKey, &'s Rational)> {
    let paid = settlement.paid.get(&(at, plain(line))).into_iter().flat_map(|one| &one.sums);
    unit_sums(settlement, charge, combinations).chain(paid).map(|(pool, sums)| (pool, &sums.drawn))
}

/// What grants pay of a line: all of it, and what stands net on the line itself.
pub(in crate::reference) fn paid(
    evaluation: &Evaluation<'_>,
    settlement: &Settlement,
    charge: usize,
    line: &Group,
) -> (Rational, Rational) {
    let is_net = |pool: &PoolKey| evaluation.context.program.grants.get(pool.0).is_some_and(|grant| grant.off_the_bill);
    let all = settlement.paid.get(&(charge, plain(line))).into_iter().flat_map(|one| &one.sums);
    all.fold(nothing(), |(total, net), (pool, one)| {
        let net = if is_net(pool) { &net + &one.amount } else { net };
        (&total + &one.amount, net)
    })
}

/// What a grant costs, and what was drawn from it, for each of its balances.
pub(in crate::reference) fn grant_lines(evaluation: &Evaluation<'_>, at: usize) -> Vec<KeyLines> {
    let (Some(grant), Some(settlement)) = (evaluation.context.program.grants.get(at), evaluation.settlement()) else {
        return Vec::new();
    };
    if !is_on_bill(evaluation, grant) {
        return Vec::new();
    }
    let used = if grant.off_the_bill { BTreeMap::new() } else { used(evaluation, &settlement, at, grant) };
    let failed = settlement.failed.get(&at).cloned();
    if let Some(missing) = failed.filter(|_| grant.has_cost() || !grant.off_the_bill) {
        let withheld = Withheld { id: grant.name.to_string(), label: grant.label.to_string(), missing: missing.0 };
        let group = Group::new(Vec::new(), evaluation.period);
        return vec![KeyLines { group, combinations: Vec::new(), lines: Err(withheld) }];
    }
    let pools = settlement.pools.iter().filter(|((grant, _), _)| *grant == at);
    let lines = pools.map(|((_, keys), pool)| {
        let names = GrantNames::new(evaluation, grant, keys);
        let lines = lines(evaluation, grant, pool, &names, used.get(keys));
        let lines =
            lines.map_err(|missing| Withheld { id: names.id(None), label: names.label.clone(), missing: missing.0 });
        KeyLines { group: Group::new(keys.clone(), evaluation.period), combinations: Vec::new(), lines }
    });
    lines.collect()
}

/// Whether a grant has to do with the bill: one of a plan only where the account is on it in the period.
fn is_on_bill(evaluation: &Evaluation<'_>, grant: &Grant) -> bool {
    let Some(place) = grant.in_plan else { return true };
    let on_plan = evaluation.context.on_plan(place);
    // What is missing for it is said where it is asked for.
    on_plan.map_or(true, |all| all.into_iter().any(|one| overlap(one, evaluation.period).is_some()))
}

fn lines(
    evaluation: &Evaluation<'_>,
    grant: &Grant,
    pool: &Pool,
    names: &GrantNames,
    used: Option<&(Rational, Rational)>,
) -> Outcome<Vec<Line>> {
    let mut found = Vec::new();
    if grant.has_cost() {
        let (cost, packs) = cost(evaluation, grant, pool)?;
        found.push(cost_line(evaluation, grant, names, cost, packs));
    }
    if !grant.off_the_bill {
        let (drawn, worth) = used.cloned().unwrap_or_else(nothing);
        found.push(drawdown_line(evaluation, grant, names, &drawn, &worth));
    }
    Ok(found)
}

/// The lines of a grant's balance in a period, of what it costs and of what was drawn from it.
pub(in crate::reference) fn balance_lines(
    evaluation: &Evaluation<'_>,
    grant: &Grant,
    keys: &[Value],
    (cost, packs): (Rational, Rational),
    drawn: &Rational,
) -> Vec<Line> {
    if !is_on_bill(evaluation, grant) {
        return Vec::new();
    }
    let names = GrantNames::new(evaluation, grant, keys);
    let is_money = grant.unit.dimension.currency().is_some();
    let worth = if is_money { drawn.clone() } else { Rational::zero() };
    let cost = grant.has_cost().then(|| cost_line(evaluation, grant, &names, cost, packs));
    let drawdown = (!grant.off_the_bill).then(|| drawdown_line(evaluation, grant, &names, drawn, &worth));
    cost.into_iter().chain(drawdown).collect()
}

fn cost_line(evaluation: &Evaluation<'_>, grant: &Grant, names: &GrantNames, cost: Rational, packs: Rational) -> Line {
    let counts = grant.costs.is_none();
    let line = Line { quantity: counts.then_some(packs), ..names.line(None, grant) };
    with_money(evaluation, line, cost)
}

fn drawdown_line(
    evaluation: &Evaluation<'_>,
    grant: &Grant,
    names: &GrantNames,
    drawn: &Rational,
    worth: &Rational,
) -> Line {
    let is_money = grant.unit.dimension.currency().is_some();
    let quantity = if is_money { None } else { text::counted(Some(&-drawn), Some(&grant.unit)) };
    let unit = (!is_money && !grant.unit.dimension.is_none()).then(|| grant.unit.name.clone());
    let line = Line { quantity, unit, ..names.line(Some(USED), grant) };
    with_money(evaluation, line, -worth)
}

fn nothing() -> (Rational, Rational) {
    (Rational::zero(), Rational::zero())
}

/// What was drawn on this bill's lines: from each balance, in its unit and in money.
fn used(
    evaluation: &Evaluation<'_>,
    settlement: &Settlement,
    at: usize,
    grant: &Grant,
) -> BTreeMap<Vec<Value>, (Rational, Rational)> {
    let mut found: BTreeMap<Vec<Value>, (Rational, Rational)> = BTreeMap::new();
    let is_money = grant.unit.dimension.currency().is_some();
    for charge_at in grant.charges() {
        let Some(charge) = evaluation.context.program.charges.get(charge_at) else { continue };
        for lines in evaluation.charge(charge_at).lines.iter().filter(|lines| lines.lines.is_ok()) {
            let all = drawn_of_line(settlement, (charge_at, charge), (&lines.group, &lines.combinations));
            for (pool, drawn) in all.filter(|(pool, _)| pool.0 == at) {
                let sums = found.entry(pool.1.clone()).or_insert_with(nothing);
                let worth = if is_money { drawn.clone() } else { Rational::zero() };
                *sums = (&sums.0 + drawn, &sums.1 + &worth);
            }
        }
    }
    found
}

/// What a grant costs in the bill's period, and how many packs were bought.
fn cost(evaluation: &Evaluation<'_>, grant: &Grant, pool: &Pool) -> Outcome<(Rational, Rational)> {
    let costs = costs(evaluation, grant, pool)?;
    let packs = costs.iter().filter_map(|one| one.packs.as_ref());
    let packs = packs.fold(Rational::zero(), |total, packs| &total + packs);
    Ok((costs.iter().fold(Rational::zero(), |total, one| &total + &one.price), packs))
}

/// What a grant costs in the bill's period whatever happens, where it has one balance.
pub(in crate::reference) fn fixed_cost(evaluation: &Evaluation<'_>, grant: &Grant) -> Outcome<Rational> {
    let dues = dues(evaluation, grant, &Pool::default())?;
    Ok(dues.iter().fold(Rational::zero(), |total, one| &total + &one.price))
}

/// Something that a grant costs.
pub(in crate::reference) struct Cost {
    pub(in crate::reference) time: Timestamp,
    pub(in crate::reference) price: Rational,
    /// How many packs were bought, where it is not what the grant itself costs.
    pub(in crate::reference) packs: Option<Rational>,
}

fn costs(evaluation: &Evaluation<'_>, grant: &Grant, pool: &Pool) -> Outcome<Vec<Cost>> {
    let Interval { start, end } = evaluation.period;
    let bought = pool.bought.iter().filter(|bought| start <= bought.time && bought.time < end);
    let cost = |one: &super::pools::Purchase| Cost {
        time: one.time,
        price: one.price.clone(),
        packs: Some(one.packs.clone()),
    };
    let mut found: Vec<Cost> = bought.map(cost).collect();
    found.extend(dues(evaluation, grant, pool)?);
    Ok(found)
}

/// What a grant itself costs in the bill's period.
fn dues(evaluation: &Evaluation<'_>, grant: &Grant, pool: &Pool) -> Outcome<Vec<Cost>> {
    let mut found = Vec::new();
    let Some(costs) = &grant.costs else { return Ok(found) };
    let mut dues: Vec<Interval> = Vec::new();
    match &costs.every {
        Some(window) => dues.extend(windows(evaluation, grant, pool, window, costs.in_advance)?),
        None => {
            for gives in &grant.gives {
                match gives {
                    Gives::Every { window, .. } if !window.from_first_use => {
                        dues.extend(windows(evaluation, grant, pool, window, true)?);
                    }
                    _ => {}
                }
            }
            let is_recurring = |gives: &Gives| matches!(gives, Gives::Every { window, .. } if !window.from_first_use);
            if !grant.gives.iter().any(is_recurring) {
                dues.extend(pool.given_in(evaluation.period));
            }
        }
    }
    for interval in dues {
        let then = at_time(interval);
        let price = number(&Scope::group(evaluation, &then), &costs.amount)?;
        found.push(Cost { time: interval.start, price, packs: None });
    }
    Ok(found)
}

/// A balance of a grant as it came about: what was given, what it costs, and what was drawn on this bill's lines.
pub(in crate::reference) struct Story {
    pub(in crate::reference) given: Vec<Given>,
    pub(in crate::reference) costs: Outcome<Vec<Cost>>,
    pub(in crate::reference) drawn: Vec<Draws>,
}

/// What was given at one time.
pub(in crate::reference) struct Given {
    pub(in crate::reference) from: Timestamp,
    pub(in crate::reference) expires: Option<Timestamp>,
    pub(in crate::reference) amount: Rational,
    /// What of it was left at the end of the bill's period.
    pub(in crate::reference) left: Rational,
}

/// What was drawn for the lines of one combination of a charge's keys: when, and how much in the grant's unit.
pub(in crate::reference) struct Draws {
    pub(in crate::reference) line: String,
    pub(in crate::reference) each: Vec<(Timestamp, Rational)>,
}

/// How a balance of a grant came about.
pub(in crate::reference) fn story(evaluation: &Evaluation<'_>, at: usize, keys: &[Value]) -> Option<Story> {
    let (grant, settlement) = (evaluation.context.program.grants.get(at)?, evaluation.settlement()?);
    let pool = settlement.pools.get(&(at, keys.to_vec()))?;
    let end = evaluation.period.end;
    let given = pool.lots.iter().filter(|lot| lot.from < end).map(|lot| Given {
        from: lot.from,
        expires: lot.expires,
        amount: lot.amount.clone(),
        left: lot.left_before(end),
    });
    let mut drawn = Vec::new();
    for charge_at in grant.charges() {
        let Some(charge) = evaluation.context.program.charges.get(charge_at) else { continue };
        for lines in evaluation.charge(charge_at).lines.iter().filter(|lines| lines.lines.is_ok()) {
            let units = covered_units(&settlement, charge, &lines.combinations);
            let paid = settlement.paid.get(&(charge_at, plain(&lines.group))).into_iter().flat_map(|one| &one.each);
            let own = units.chain(paid).filter(|one| one.pool.0 == at && one.pool.1 == keys);
            let each: Vec<(Timestamp, Rational)> = own.map(|one| (one.time, one.drawn.clone())).collect();
            if !each.is_empty() {
                drawn.push(Draws { line: Naming::new(evaluation, charge, &lines.group).id(&charge.name), each });
            }
        }
    }
    Some(Story { given: given.collect(), costs: costs(evaluation, grant, pool), drawn })
}

/// Whether a line says what was drawn from a grant, and not what it costs.
pub(in crate::reference) fn is_drawdown(evaluation: &Evaluation<'_>, grant: &Grant, keys: &[Value], id: &str) -> bool {
    GrantNames::new(evaluation, grant, keys).id(Some(USED)) == id
}

/// The windows that are paid on this bill: in advance those that start in its period, else those that end in it.
fn windows(
    evaluation: &Evaluation<'_>,
    grant: &Grant,
    pool: &Pool,
    window: &Window,
    in_advance: bool,
) -> Outcome<Vec<Interval>> {
    let rule = evaluation.context.rule(window)?;
    let Interval { start, end } = evaluation.period;
    let begin = match grant.keys.is_empty() {
        true => evaluation.context.start()?,
        false => pool.lots.iter().map(|lot| lot.given).min(),
    };
    let all = std::iter::successors(rule.holding(start), |one| rule.next(*one)).take_while(|one| one.start < end);
    let is_due = |one: &Interval| {
        let here = match in_advance {
            true => start <= one.start,
            false => start < one.end && one.end <= end && evaluation.is_due(*one),
        };
        here && begin.is_none_or(|begin| begin < one.end)
    };
    let Some(place) = grant.in_plan else { return Ok(all.filter(is_due).collect()) };
    let stretches = evaluation.context.on_plan(place)?;
    let on_plan = |one: Interval| stretches.iter().find_map(|stretch| overlap(*stretch, one));
    // A plan may begin within a window, which then is due as it begins.
    let due = all.filter_map(|one| Some((one, Interval { end: one.end, ..on_plan(one)? })));
    let is_due = |(window, own): &(Interval, Interval)| match in_advance {
        true => start <= own.start && own.start < end,
        false => start < window.end && window.end <= end && evaluation.is_due(*window),
    };
    Ok(due.filter(is_due).map(|(_, own)| own).collect())
}

/// What is left of each balance at the end of the bill's period.
pub(in crate::reference) fn balances(evaluation: &Evaluation<'_>) -> Vec<Balance> {
    let Some(settlement) = evaluation.settlement() else { return Vec::new() };
    let mut found = Vec::new();
    for ((at, keys), pool) in &settlement.pools {
        let known = evaluation.context.program.grants.get(*at).filter(|_| !settlement.failed.contains_key(at));
        let Some(grant) = known else { continue };
        if !is_on_bill(evaluation, grant) {
            continue;
        }
        let names = GrantNames::new(evaluation, grant, keys);
        let remaining = pool.balance_before(evaluation.period.end);
        found.push(Balance {
            id: names.id(None),
            grant: grant.name.clone(),
            label: names.label.clone(),
            remaining: remaining.checked_div(&grant.unit.factor).unwrap_or(remaining),
            unit: (!grant.unit.dimension.is_none()).then(|| grant.unit.name.clone()),
            is_money: grant.unit.dimension.currency().is_some(),
        });
    }
    found
}

impl Pool {
    /// The moments at which something was given in a period, without being bought.
    fn given_in(&self, period: Interval) -> Vec<Interval> {
        let bought: Vec<Timestamp> = self.bought.iter().map(|one| one.time).collect();
        let own = self.lots.iter().filter(|lot| lot.from == lot.given && !bought.contains(&lot.given));
        let given = own.map(|lot| lot.given).filter(|given| period.start <= *given && *given < period.end);
        given.map(|given| Interval { start: given, end: given }).collect()
    }
}

/// How the lines of one balance are called.
struct GrantNames {
    keys: Vec<LineKey>,
    name: String,
    label: String,
}

impl GrantNames {
    fn new(evaluation: &Evaluation<'_>, grant: &Grant, keys: &[Value]) -> GrantNames {
        let schema = &evaluation.context.program.schema;
        let key = |(key, value): (&crate::ir::Key, &Value)| LineKey {
            name: key.name.clone(),
            value: value.clone(),
            text: key_text(value, &key.ty, key.unit.as_ref(), schema),
        };
        let keys: Vec<LineKey> = grant.keys.iter().zip(keys).map(key).collect();
        let texts = keys.iter().map(|key| key.text.as_str());
        let label = std::iter::once(&*grant.label).chain(texts).collect::<Vec<_>>().join(", ");
        GrantNames { keys, name: grant.name.to_string(), label }
    }

    fn id(&self, last: Option<&str>) -> String {
        line_id(&self.name, self.keys.iter().map(|key| key.text.as_str()).chain(last))
    }

    fn line(&self, last: Option<&str>, grant: &Grant) -> Line {
        let label = match last {
            Some(last) => format!("{}, {last}", self.label),
            None => self.label.clone(),
        };
        Line {
            id: self.id(last),
            charge: grant.name.clone(),
            keys: self.keys.clone(),
            label,
            quantity: None,
            unit: None,
            exact: Rational::zero(),
            amount: Rational::zero(),
            parts: Vec::new(),
        }
    }
}
