//! The lines of a charge.

use super::contracts::overlap;
use super::discounts;
use super::evaluation::{Evaluation, RowSet};
use super::fees;
use super::limits;
use super::longer;
use super::priced::{Priced, charged};
use super::scope::{Group, Missing, Outcome, internal};
use super::settle;
use super::text;
use crate::bill::{Line, LineKey, Withheld};
use crate::exact::Rational;
use crate::ir::{Body, Charge, Fee, Limit, LineName, Tier};
use crate::model::{Interval, Value, key_text, line_id, plural};
use crate::time;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// All lines of a charge, by their keys.
#[derive(Debug)]
pub(super) struct ChargeLines {
    pub(super) lines: Vec<KeyLines>,
}

/// The lines of a charge for one combination of its keys and window: one, or one for each tier, and what lifts or
/// lowers them.
#[derive(Debug)]
pub(super) struct KeyLines {
    /// Its keys and window.
    pub(super) group: Group,
    /// What is priced apart: all keys, those of `for each` too.
    pub(super) combinations: Vec<Group>,
    /// The lines, or why they have no price.
    pub(super) lines: Result<Vec<Line>, Withheld>,
}

impl ChargeLines {
    /// The lines that have a price; an error where one has none.
    pub(super) fn priced(&self) -> Outcome<Vec<&Line>> {
        let mut found = Vec::new();
        for lines in &self.lines {
            match &lines.lines {
                Ok(lines) => found.extend(lines),
                // Its own reason stands beside it on the bill, so it is not said again here.
                Err(withheld) => return Err(Missing(format!("it needs `{}`, which has no price", withheld.id))),
            }
        }
        Ok(found)
    }
}

impl Evaluation<'_> {
    /// The lines of a charge.
    pub(super) fn charge(&self, at: usize) -> Rc<ChargeLines> {
        if let Some(known) = self.charges.borrow().get(&at) {
            return known.clone();
        }
        let lines =
            self.context.program.charges.get(at).map(|charge| charge_lines(self, at, charge)).unwrap_or_default();
        let lines = Rc::new(ChargeLines { lines });
        self.charges.borrow_mut().insert(at, lines.clone());
        lines
    }
}

pub(super) fn charge_lines(evaluation: &Evaluation<'_>, at: usize, charge: &Charge) -> Vec<KeyLines> {
    match &*evaluation.places(at, charge) {
        Err(missing) => vec![withheld_whole(evaluation, charge, missing.clone())],
        Ok(places) => places.iter().map(|place| key_lines(evaluation, (at, charge), place.clone())).collect(),
    }
}

/// A line: its keys and window, and the combinations that are priced apart and added up on it.
pub(super) type Place = (Group, Vec<Group>);

/// The lines that a charge has on this bill.
pub(super) fn places(evaluation: &Evaluation<'_>, charge: &Charge) -> Outcome<Vec<Place>> {
    if let Some(fee) = &charge.fee {
        return fee_places(evaluation, charge, fee);
    }
    let rows = rows(evaluation, charge)?;
    let mut groups: BTreeMap<(Vec<Value>, Interval), BTreeSet<Vec<Value>>> = BTreeMap::new();
    if charge.keys.is_empty() && charge.per_period && evaluation.context.has_a_bill(evaluation.period) {
        groups.entry((Vec::new(), evaluation.period)).or_default();
    }
    for (interval, keys) in rows {
        let line_keys: Vec<Value> = keys.iter().take(charge.keys.len()).cloned().collect();
        groups.entry((line_keys, interval)).or_default().insert(keys);
    }
    for line in longer::last_lines(evaluation, charge)? {
        groups.entry(line).or_default();
    }
    let begins = starts(evaluation, charge)?;
    groups.retain(|(_, interval), _| begins.in_window(*interval).is_some());
    let place = |((keys, interval), mut combinations): ((Vec<Value>, Interval), BTreeSet<Vec<Value>>)| {
        let as_of = begins.in_window(interval).unwrap_or(interval.start);
        if charge.for_each.is_empty() {
            combinations.insert(keys.clone());
        }
        let combinations = combinations.into_iter().map(|keys| Group::new(keys, interval).as_of(as_of)).collect();
        (Group::new(keys, interval).as_of(as_of), combinations)
    };
    Ok(groups.into_iter().map(place).collect())
}

/// When a charge begins to hold for the account in a window.
pub(super) struct Begins {
    /// When the account is on the charge's plan; none where it is in no plan.
    stretches: Option<Vec<Interval>>,
    /// When it is on other plans that have a charge of the same name. What is not made of records is billed by the first
    /// of them alone.
    others: Vec<(usize, Interval)>,
    own: usize,
}

impl Begins {
    /// From when on, in a window.
    pub(super) fn in_window(&self, window: Interval) -> Option<jiff::Timestamp> {
        let Some(stretches) = &self.stretches else { return Some(window.start) };
        let start = stretches.iter().find_map(|one| overlap(*one, window))?.start;
        let is_first = |(at, other): &(usize, Interval)| {
            overlap(*other, window).is_none_or(|other| (start, self.own) < (other.start, *at))
        };
        self.others.iter().all(is_first).then_some(start)
    }

    /// The end of a window, or the instant in it from which on the charge holds no more.
    pub(super) fn end_in(&self, window: Interval) -> jiff::Timestamp {
        let parts = self.stretches.iter().flatten().filter_map(|one| overlap(*one, window));
        parts.map(|part| part.end).max().unwrap_or(window.end)
    }
}

pub(super) fn starts(evaluation: &Evaluation<'_>, charge: &Charge) -> Outcome<Begins> {
    let context = evaluation.context;
    let Some(place) = charge.in_plan else { return Ok(Begins { stretches: None, others: Vec::new(), own: 0 }) };
    let charges = &context.program.charges;
    let own = charges.iter().position(|one| std::ptr::eq(one, charge)).unwrap_or(0);
    let mut others = Vec::new();
    for (at, other) in charges.iter().enumerate().filter(|(at, other)| *at != own && other.name == charge.name) {
        if let (Some(place), None) = (other.in_plan, charge.stream) {
            others.extend(context.on_plan(place)?.into_iter().map(|stretch| (at, stretch)));
        }
    }
    Ok(Begins { stretches: Some(context.on_plan(place)?), others, own })
}

/// Adds a line to those of a bill. Where one of its id stands there already, of another phase or plan, they are one.
pub(super) fn join(evaluation: &Evaluation<'_>, lines: &mut Vec<Line>, line: &Line) {
    match lines.iter_mut().find(|known| known.id == line.id) {
        Some(known) => *known = joined(evaluation, known, line),
        None => lines.push(line.clone()),
    }
}

/// Two lines of one id as one, rounded once.
pub(super) fn joined(evaluation: &Evaluation<'_>, one: &Line, other: &Line) -> Line {
    let quantity = match (&one.quantity, &other.quantity) {
        (Some(one), Some(other)) => Some(one + other),
        _ => None,
    };
    let parts = one.parts.iter().chain(&other.parts).cloned().collect();
    with_money(evaluation, Line { quantity, parts, ..one.clone() }, &one.exact + &other.exact)
}

/// All windows of a fee that are due on this bill, by its keys.
fn fee_places(evaluation: &Evaluation<'_>, charge: &Charge, fee: &Fee) -> Outcome<Vec<Place>> {
    let mut lines: BTreeMap<Vec<Value>, Vec<Group>> = BTreeMap::new();
    for group in fees::due(evaluation, charge, fee)? {
        lines.entry(group.keys.clone()).or_default().push(group);
    }
    Ok(lines.into_iter().map(|(keys, windows)| (Group::new(keys, evaluation.period), windows)).collect())
}

/// The windows and keys with usage that belong on this bill. A window that is not the period belongs on the bill in
/// which it ends.
fn rows(evaluation: &Evaluation<'_>, charge: &Charge) -> Outcome<RowSet> {
    let period = evaluation.period;
    let within = Interval { start: first_start(evaluation, charge)?, ..period };
    let mut rows = rows_within(evaluation, charge, within)?;
    rows.retain(|(interval, _)| match charge.per_period {
        true => *interval == period,
        false => period.start < interval.end && interval.end <= period.end,
    });
    Ok(rows)
}

/// The windows and keys with usage that start in a stretch.
pub(super) fn rows_within(evaluation: &Evaluation<'_>, charge: &Charge, within: Interval) -> Outcome<RowSet> {
    let keys: Vec<_> = charge.keys.iter().chain(&charge.for_each).cloned().collect();
    match charge.stream {
        Some(stream) => Ok(evaluation.stream_rows(stream, within)),
        None => evaluation.combinations(&charge.body.quantities(), &keys, &charge.window, within),
    }
}

/// The first instant at which a window starts that may end in the period.
pub(super) fn first_start(evaluation: &Evaluation<'_>, charge: &Charge) -> Outcome<jiff::Timestamp> {
    let period = evaluation.period.start;
    match (charge.per_period, charge.window.from_first_use) {
        (true, _) => Ok(period),
        (false, true) => Ok(jiff::Timestamp::MIN),
        (false, false) => {
            Ok(evaluation.context.holding(&charge.window, period)?.map_or(period, |held| held.start.min(period)))
        }
    }
}

pub(super) fn withheld_whole(evaluation: &Evaluation<'_>, charge: &Charge, missing: Missing) -> KeyLines {
    let withheld = Withheld { id: charge.name.to_string(), label: charge.label.to_string(), missing: missing.0 };
    KeyLines { group: Group::new(Vec::new(), evaluation.period), combinations: Vec::new(), lines: Err(withheld) }
}

pub(super) fn key_lines(
    evaluation: &Evaluation<'_>,
    (at, charge): (usize, &Charge),
    (group, combinations): Place,
) -> KeyLines {
    let naming = Naming::new(evaluation, charge, &group);
    let lines = lines(evaluation, (at, charge), &naming, &group, &combinations);
    let lines = lines.map_err(|missing| Withheld {
        id: naming.id(&charge.name),
        label: naming.label(&charge.label),
        missing: missing.0,
    });
    KeyLines { group, combinations, lines }
}

fn lines(
    evaluation: &Evaluation<'_>,
    (at, charge): (usize, &Charge),
    naming: &Naming,
    group: &Group,
    combinations: &[Group],
) -> Outcome<Vec<Line>> {
    let settlement = evaluation.settlement();
    if let Some(settlement) = &settlement {
        let groups: Vec<&Group> = std::iter::once(group).chain(combinations).collect();
        settlement.missing(evaluation.context.program, at, &groups).map_or(Ok(()), Err)?;
    }
    let place = charge.in_plan.and_then(|place| evaluation.context.program.plans.get(place.plan));
    if let Some(currency) = place.and_then(|plan| plan.currency.as_ref()).filter(|own| *own != evaluation.currency()) {
        let bill = &evaluation.currency().code;
        return Err(Missing(format!("it is in {}, and the bill is in {bill}", currency.code)));
    }
    if let (Some(settlement), Some(credit)) = (&settlement, &charge.credit) {
        let paid = settle::paid(evaluation, settlement, at, group).0;
        let uncovered = &charged(evaluation, charge, combinations)?.amount - &paid;
        return if uncovered.is_zero() { Ok(Vec::new()) } else { Err(not_covered(credit, &uncovered)) };
    }
    let steps = Step::of(charge, evaluation.context.program.is_covered(at));
    let mut lines = lines_after(evaluation, (at, charge), (group, combinations), &steps)?;
    lines.retain(|line| !charge.unless_zero || !line.amount.is_zero());
    if let Some(settlement) = &settlement {
        lines.extend(settle::own_price_lines(evaluation, settlement, at, charge, naming, combinations));
    }
    Ok(lines)
}

/// What follows the price, in its order.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'c> {
    /// What a discount takes off.
    Discount,
    /// A floor or a ceiling.
    Limit(&'c Limit),
    /// What grants pay that stand off the bill.
    Net,
}

impl<'c> Step<'c> {
    /// Where grants cover the charge: what is due without them, what they pay, and only then differences that are lines
    /// of their own.
    pub(super) fn of(charge: &'c Charge, is_covered: bool) -> Vec<Step<'c>> {
        let limits = charge.body.limits.iter();
        if !is_covered {
            return Step::discount(charge).chain(limits.map(Step::Limit)).collect();
        }
        let (named, own): (Vec<_>, Vec<_>) = limits.partition(|limit| limit.line.is_some());
        let own = Step::discount(charge).chain(own.into_iter().map(Step::Limit));
        own.chain([Step::Net]).chain(named.into_iter().map(Step::Limit)).collect()
    }

    /// What comes before grants pay.
    pub(super) fn before_grants(charge: &'c Charge) -> Vec<Step<'c>> {
        let own = charge.body.limits.iter().filter(|limit| limit.line.is_none());
        Step::discount(charge).chain(own.map(Step::Limit)).collect()
    }

    fn discount(charge: &Charge) -> impl Iterator<Item = Step<'c>> {
        (!charge.body.discounts.is_empty()).then_some(Step::Discount).into_iter()
    }
}

/// The lines of one combination of keys after some of the steps.
pub(super) fn lines_after(
    evaluation: &Evaluation<'_>,
    (at, charge): (usize, &Charge),
    (group, combinations): (&Group, &[Group]),
    steps: &[Step<'_>],
) -> Outcome<Vec<Line>> {
    let naming = Naming::new(evaluation, charge, group);
    let priced = charged(evaluation, charge, combinations)?;
    let mut lines = match charge.by_tier {
        true => tier_lines(evaluation, charge, &naming, &priced)?,
        false => vec![whole_line(evaluation, charge, &naming, &priced)],
    };
    let own = lines.len();
    for (done, step) in steps.iter().enumerate() {
        match step {
            Step::Discount => discounts::apply(evaluation, &charge.body, group, &mut lines)?,
            Step::Limit(limit) => {
                let before = steps.get(..done).unwrap_or_default();
                let reach = longer::reach(evaluation, (at, charge), group, limit, before)?;
                limits::apply(evaluation, limit, &reach, &naming, (&mut lines, own));
            }
            Step::Net => {
                let net = evaluation.settlement().map(|one| settle::paid(evaluation, &one, at, group).1);
                net.into_iter().for_each(|net| limits::spread(evaluation, &mut lines, &-&net));
            }
        }
    }
    Ok(lines)
}

/// What is priced in a unit that is not money must be covered.
fn not_covered(credit: &crate::model::Unit, uncovered: &Rational) -> Missing {
    Missing(format!("{uncovered} {} are not covered by any grant", plural(&credit.name)))
}

fn whole_line(evaluation: &Evaluation<'_>, charge: &Charge, naming: &Naming, priced: &Priced) -> Line {
    let line = naming.line(&LineName { name: charge.name.clone(), label: charge.label.clone() });
    Line {
        quantity: text::counted(priced.quantity.as_ref(), charge.body.quantity_unit.as_ref()),
        unit: unit_name(&charge.body),
        parts: priced.parts.clone(),
        ..with_money(evaluation, line, priced.amount.clone())
    }
}

/// A line for each tier that is entered.
fn tier_lines(evaluation: &Evaluation<'_>, charge: &Charge, naming: &Naming, priced: &Priced) -> Outcome<Vec<Line>> {
    let entered = priced.tiers.iter().filter(|tier| !tier.quantity.is_zero() || !tier.amount.is_zero());
    let line = |cost: &super::price::TierCost| {
        let tier = tier(&charge.body, cost.tier).ok_or_else(|| internal("no such tier"))?;
        let line = naming.tier_line(charge, tier);
        Ok(Line {
            quantity: text::counted(Some(&cost.quantity), charge.body.quantity_unit.as_ref()),
            unit: unit_name(&charge.body),
            ..with_money(evaluation, line, cost.amount.clone())
        })
    };
    entered.map(line).collect()
}

/// A tier by its place; the tiers of all dated prices have the same names.
fn tier(body: &Body, at: usize) -> Option<&Tier> {
    body.prices.iter().rev().find_map(|dated| match &dated.price {
        crate::ir::Price::Rate(_) => None,
        crate::ir::Price::Graduated(tiers) | crate::ir::Price::Volume(tiers) => tiers.tiers.get(at),
    })
}

pub(super) fn unit_name(body: &Body) -> Option<crate::model::Symbol> {
    body.quantity_unit.as_ref().filter(|unit| !unit.dimension.is_none()).map(|unit| unit.name.clone())
}

/// A line with its exact money, rounded once.
pub(super) fn with_money(evaluation: &Evaluation<'_>, line: Line, exact: Rational) -> Line {
    Line { amount: rounded(evaluation, &exact), exact, ..line }
}

/// Money as a bill shows it.
pub(super) fn rounded(evaluation: &Evaluation<'_>, exact: &Rational) -> Rational {
    evaluation.context.program.header.rounding.to_places(exact, evaluation.currency().places)
}

/// How the lines of one combination of keys are called.
#[derive(Debug)]
pub(super) struct Naming {
    keys: Vec<LineKey>,
}

impl Naming {
    pub(super) fn new(evaluation: &Evaluation<'_>, charge: &Charge, group: &Group) -> Naming {
        let program = evaluation.context.program;
        let named = charge.keys.iter().zip(&group.keys).map(|(key, value)| LineKey {
            name: key.name.clone(),
            value: value.clone(),
            text: key_text(value, &key.ty, key.unit.as_ref(), &program.schema),
        });
        let mut keys: Vec<LineKey> = named.collect();
        if !charge.per_period {
            let zone = evaluation.context.zone;
            keys.push(LineKey {
                name: charge.window.name.clone(),
                value: Value::Time(group.interval.start),
                text: time::window_text(&charge.window, zone, group.interval),
            });
        }
        Naming { keys }
    }

    pub(super) fn id(&self, name: &str) -> String {
        line_id(name, self.keys.iter().map(|key| key.text.as_str()))
    }

    pub(super) fn label(&self, label: &str) -> String {
        let texts = self.keys.iter().map(|key| key.text.as_str());
        std::iter::once(label).chain(texts).collect::<Vec<_>>().join(", ")
    }

    /// A line without quantity and money.
    pub(super) fn line(&self, name: &LineName) -> Line {
        Line {
            id: self.id(&name.name),
            charge: name.name.clone(),
            keys: self.keys.clone(),
            label: self.label(&name.label),
            quantity: None,
            unit: None,
            exact: Rational::zero(),
            amount: Rational::zero(),
            parts: Vec::new(),
        }
    }

    /// The line on which stands what a grant covers at its own price.
    pub(super) fn own_price_line(&self, charge: &Charge, grant: &crate::ir::Grant) -> Line {
        let line = self.line(&LineName { name: charge.name.clone(), label: charge.label.clone() });
        let text = grant.name.to_string();
        let key = LineKey { name: "grant".into(), value: Value::Text(grant.name.clone()), text };
        Line {
            id: format!("{}:{}", line.id, grant.name),
            label: format!("{}, {}", line.label, grant.label),
            keys: line.keys.into_iter().chain([key]).collect(),
            ..line
        }
    }

    fn tier_line(&self, charge: &Charge, tier: &Tier) -> Line {
        let line = self.line(&LineName { name: charge.name.clone(), label: charge.label.clone() });
        let Some(name) = &tier.line else { return line };
        let key = LineKey { name: "tier".into(), value: Value::Text(name.name.clone()), text: name.name.to_string() };
        Line {
            id: format!("{}:{}", line.id, name.name),
            label: format!("{}, {}", line.label, name.label),
            keys: line.keys.into_iter().chain([key]).collect(),
            ..line
        }
    }
}
