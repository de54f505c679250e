//! What each record contributes to the quantities and to the amounts of covered charges, in event order.

use super::{Covering, Units, covered_charges, dues};
use crate::exact::Rational;
use crate::ir::{Charge, Expr, Instants, Op, Over, Pooling, Program};
use crate::model::{Interval, Value};
use crate::reference::eval::number;
use crate::reference::evaluation::Evaluation;
use crate::reference::groups::Added;
use crate::reference::limits;
use crate::reference::lines::{Step as Steps, lines_after};
use crate::reference::pooled::members;
use crate::reference::priced::charged;
use crate::reference::reach::reach;
use crate::reference::scope::{Group, Outcome, Scope};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The records that make a difference to grants, by time, then by id.
#[derive(Debug)]
pub(in crate::reference) struct Events<'u> {
    pub(super) list: Vec<Vec<Added<'u>>>,
}

impl<'u> Events<'u> {
    pub(in crate::reference) fn of(evaluation: &Evaluation<'u>, streams: &[bool]) -> Events<'u> {
        Events { list: evaluation.usage.in_order(streams) }
    }

    pub(super) fn time(&self, ordinal: usize) -> Option<Timestamp> {
        self.list.get(ordinal)?.first().map(|added| added.member.time)
    }

    /// When the first one happened.
    pub(super) fn first(&self) -> Option<Timestamp> {
        self.time(0)
    }

    /// Until when it matters what is given: the end of the bill's period, or the last record.
    pub(super) fn end(&self, evaluation: &Evaluation<'_>) -> Timestamp {
        let last = self.list.len().checked_sub(1).and_then(|last| self.time(last));
        last.map_or(evaluation.period.end, |last| last.max(evaluation.period.end))
    }
}

/// What has a quantity, or an amount, of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) charge: usize,
    /// Which of the charge's bodies; none for a whole line.
    pub(super) leaf: Option<usize>,
    pub(super) group: Group,
}

/// A contribution, as far as nothing has covered it yet.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// The place, by its number.
    pub(super) place: usize,
    /// Which record's, in event order.
    pub(super) ordinal: usize,
    pub(super) time: Timestamp,
    pub(super) amount: Rational,
}

/// Places by their numbers, and how much each has so far.
#[derive(Debug, Default)]
pub(super) struct Places {
    places: Vec<Place>,
    known: BTreeMap<Place, (usize, Rational)>,
    items: Vec<Item>,
}

impl Places {
    /// A place has come to a total: what it is more than before is the record's, from the record's time on, but in a later
    /// window, for which a record may last, not before the window begins.
    pub(super) fn reaches(&mut self, place: Place, total: Rational, ordinal: usize, time: Timestamp) {
        let time = time.max(place.group.interval.start);
        let next = self.known.len();
        let places = &mut self.places;
        let (number, before) = self.known.entry(place).or_insert_with_key(|place| {
            places.push(place.clone());
            (next, Rational::zero())
        });
        let amount = &total - before;
        if !amount.is_zero() {
            self.items.push(Item { place: *number, ordinal, time, amount });
        }
        *before = total;
    }

    /// All places, by their numbers.
    pub(super) fn all(&self) -> &[Place] {
        &self.places
    }

    /// What a place has come to.
    pub(super) fn total(&self, place: &Place) -> Option<&Rational> {
        self.known.get(place).map(|(_, total)| total)
    }

    /// The contributions since somebody asked.
    pub(super) fn take_items(&mut self) -> Vec<Item> {
        std::mem::take(&mut self.items)
    }

    /// A place has come to this again, or is none yet, the newest of all.
    pub(super) fn restore(&mut self, place: Place, before: Option<Rational>) {
        match (before, self.known.get_mut(&place)) {
            (Some(before), Some((_, total))) => *total = before,
            _ => {
                self.known.remove(&place);
                self.places.pop();
            }
        }
    }

    /// All contributions, in the order of time.
    fn in_order(mut self) -> (Vec<Place>, Vec<Item>) {
        self.items.sort_by_key(|item| (item.time, item.ordinal));
        (self.places, self.items)
    }
}

/// What each record adds to the quantities of covered charges.
pub(super) fn quantities(evaluation: &Evaluation<'_>, events: &Events<'_>) -> (Vec<Place>, Vec<Item>) {
    let mut running = Places::default();
    let program = evaluation.context.program;
    let charges: Vec<usize> =
        covered_charges(program).into_iter().filter(|charge| takes_units(program, *charge)).collect();
    each_step(evaluation, events, Covering::Nothing, &mut |step| {
        for at in &charges {
            let Some(charge) = program.charges.get(*at) else { continue };
            for group in step.reached(charge) {
                for (leaf, body) in charge.body.leaves().into_iter().enumerate() {
                    let scope = Scope::group(step.evaluation, &group);
                    // A quantity that can not be had yet counts with the record that makes it known.
                    let Some(Ok(total)) = body.quantity.as_ref().map(|quantity| number(&scope, quantity)) else {
                        continue;
                    };
                    let place = Place { charge: *at, leaf: Some(leaf), group: group.clone() };
                    running.reaches(place, total, step.ordinal, step.time);
                }
            }
        }
    });
    running.in_order()
}

pub(super) fn takes_units(program: &Program, charge: usize) -> bool {
    program.grants.iter().flat_map(|grant| grant.covers_of(charge)).any(|cover| !cover.pays)
}

/// Whether grants pay the lines of a charge.
pub(super) fn is_paid(program: &Program, charge: usize) -> bool {
    program.grants.iter().flat_map(|grant| grant.covers_of(charge)).any(|one| one.pays)
}

/// What each record adds to the amounts of lines that grants pay, after what grants take off their quantities.
pub(super) fn amounts(evaluation: &Evaluation<'_>, events: &Events<'_>, units: &Units) -> (Vec<Place>, Vec<Item>) {
    let mut running = Places::default();
    let program = evaluation.context.program;
    let charges: Vec<usize> = covered_charges(program).into_iter().filter(|charge| is_paid(program, *charge)).collect();
    dues::without_usage(evaluation, events, &charges, &mut running);
    let mut combinations: BTreeMap<(usize, Vec<Value>, Interval), BTreeSet<Vec<Value>>> = BTreeMap::new();
    each_step(evaluation, events, Covering::UpTo(units, 0), &mut |step| {
        for at in &charges {
            let Some(charge) = program.charges.get(*at) else { continue };
            let mut lines: BTreeSet<(Vec<Value>, Interval)> = BTreeSet::new();
            for group in step.changed(charge) {
                let line: Vec<Value> = group.keys.iter().take(charge.keys.len()).cloned().collect();
                combinations.entry((*at, line.clone(), group.interval)).or_default().insert(group.keys);
                lines.insert((line, group.interval));
            }
            for (keys, interval) in lines {
                let all = combinations.get(&(*at, keys.clone(), interval)).into_iter().flatten();
                let all: Vec<Group> = all.map(|keys| Group::new(keys.clone(), interval)).collect();
                let group = Group::new(keys, interval);
                let Ok(total) = amount(step.evaluation, (*at, charge), &group, &all) else { continue };
                running.reaches(Place { charge: *at, leaf: None, group }, total, step.ordinal, step.time);
            }
        }
    });
    running.in_order()
}

/// When each combination of a covered charge is first used, and each line of one.
pub(super) fn first_of_places(evaluation: &Evaluation<'_>, events: &Events<'_>) -> Vec<(Place, Timestamp)> {
    let mut found: BTreeMap<Place, Timestamp> = BTreeMap::new();
    let program = evaluation.context.program;
    each_step(evaluation, events, Covering::Nothing, &mut |step| {
        for at in covered_charges(program) {
            let Some(charge) = program.charges.get(at) else { continue };
            for group in step.reached(charge) {
                found.entry(Place { charge: at, leaf: None, group }).or_insert(step.time);
            }
        }
    });
    found.into_iter().collect()
}

/// What a line comes to before grants pay.
pub(super) fn amount(
    evaluation: &Evaluation<'_>,
    (at, charge): (usize, &Charge),
    line: &Group,
    combinations: &[Group],
) -> Outcome<Rational> {
    if charge.longer_limits().next().is_some() || !charge.body.discounts.is_empty() {
        let lines = lines_after(evaluation, (at, charge), (line, combinations), &Steps::before_grants(charge))?;
        return Ok(lines.iter().fold(Rational::zero(), |total, line| &total + &line.exact));
    }
    let amount = charged(evaluation, charge, combinations)?.amount;
    let own = charge.body.limits.iter().filter(|limit| limit.line.is_none());
    limits::clamp(&Scope::group(evaluation, line), limits::due(evaluation, line.interval, own), amount)
}

/// The state after a record.
pub(in crate::reference) struct Step<'s, 'u> {
    pub(in crate::reference) evaluation: &'s Evaluation<'s>,
    event: &'s [Added<'u>],
    ordinal: usize,
    time: Timestamp,
}

/// Goes through the records in event order; each step knows all up to one of them.
pub(in crate::reference) fn each_step(
    evaluation: &Evaluation<'_>,
    events: &Events<'_>,
    covering: Covering<'_>,
    visit: &mut dyn FnMut(&Step<'_, '_>),
) {
    let program = evaluation.context.program;
    let mut prefix = evaluation.usage.emptied();
    for (ordinal, event) in events.list.iter().enumerate() {
        let Some(time) = events.time(ordinal) else { continue };
        event.iter().for_each(|added| prefix.enter_again(program, added, ordinal));
        let covering = match covering {
            Covering::UpTo(units, _) => Covering::UpTo(units, ordinal),
            other => other,
        };
        let so_far = evaluation.part(&prefix, covering);
        visit(&Step { evaluation: &so_far, event, ordinal, time });
    }
}

impl Step<'_, '_> {
    /// The combinations of a charge that the record reaches.
    pub(in crate::reference) fn reached(&self, charge: &Charge) -> Vec<Group> {
        let quantities = charge.body.quantities();
        if let (Some(stream), true) = (charge.stream, quantities.iter().all(|one| is_of_records(self.evaluation, one)))
        {
            let own = self.event.iter().filter(|added| added.stream == stream);
            let groups: BTreeSet<Group> = own.map(|added| Group::new(added.keys.to_vec(), added.interval)).collect();
            return groups.into_iter().collect();
        }
        // What ends before the first record, and what begins after the bill and after this record, can not be on it.
        let first = self.evaluation.usage.first().map_or(self.time, |first| first.min(self.time));
        let held = self.evaluation.context.holding(&charge.window, first).ok().flatten();
        let start = held.filter(|_| !charge.window.from_first_use).map_or(first, |held| held.start.min(first));
        let end = self
            .evaluation
            .period
            .end
            .max(self.time.checked_add(jiff::SignedDuration::from_nanos(1)).unwrap_or(self.time));
        let within = Interval { start, end };
        let rows = match charge.stream {
            Some(stream) => self.evaluation.stream_rows(stream, within),
            None => {
                let keys: Vec<_> = charge.keys.iter().chain(&charge.for_each).cloned().collect();
                self.evaluation.combinations(&quantities, &keys, &charge.window, within).unwrap_or_default()
            }
        };
        let mut groups: BTreeSet<Group> = rows.into_iter().map(|(interval, keys)| Group::new(keys, interval)).collect();
        if charge.keys.is_empty() && charge.for_each.is_empty() && charge.per_period {
            let held = self.evaluation.context.holding(&charge.window, self.time);
            groups.extend(held.ok().flatten().map(|interval| Group::new(Vec::new(), interval)));
        }
        let is_reached = |group: &Group| {
            let mut any = false;
            reach(self.evaluation, &quantities, group, &mut |members| any |= members.latest == Some(self.ordinal));
            any
        };
        groups.into_iter().filter(is_reached).collect()
    }
}

impl Step<'_, '_> {
    /// The combinations whose amount the record may change: those that it reaches, and those that share tiers with them.
    fn changed(&self, charge: &Charge) -> BTreeSet<Group> {
        if charge.fee.is_some() {
            // Its windows are due at their own time.
            return BTreeSet::new();
        }
        let reached = self.reached(charge);
        let leaves = charge.body.leaves();
        let poolings: Vec<&Pooling> = leaves.iter().filter_map(|leaf| leaf.pooling.as_ref()).collect();
        let mut found: BTreeSet<Group> = reached.iter().cloned().collect();
        for (group, pooling) in reached.iter().flat_map(|group| poolings.iter().map(move |one| (group, one))) {
            found.extend(members(self.evaluation, charge, pooling, group).unwrap_or_default());
        }
        found
    }
}

/// Whether an expression takes records itself, and not through meters.
fn is_of_records(evaluation: &Evaluation<'_>, expr: &Expr) -> bool {
    let mut plain = true;
    expr.walk(&mut |expr| {
        plain &= match &expr.op {
            Op::Meter { .. } | Op::Split(_) => false,
            Op::Aggregate(at) => evaluation.node(*at).is_ok_and(|node| matches!(node.over, Over::Stream(_))),
            _ => true,
        };
    });
    plain
}

/// The streams that charges take, those of their meters too.
pub(in crate::reference) fn streams_of(program: &Program, charges: &[bool]) -> Vec<bool> {
    let mut taken = vec![false; program.streams.len()];
    let mut meters: BTreeSet<usize> = BTreeSet::new();
    let mut open: Vec<&Expr> = Vec::new();
    for (charge, _) in program.charges.iter().zip(charges).filter(|(_, counts)| **counts) {
        charge.stream.and_then(|stream| taken.get_mut(stream)).into_iter().for_each(|flag| *flag = true);
        open.extend(charge.body.expressions());
    }
    while let Some(expr) = open.pop() {
        let mut found: Vec<usize> = Vec::new();
        expr.walk(&mut |expr| match &expr.op {
            Op::Meter { meter, .. } => found.push(*meter),
            Op::Split(split) => {
                found.extend(&split.rows.meters);
                open.push(&split.weight);
            }
            Op::Aggregate(at) => match program.aggregates.get(*at).map(|one| (&one.over, &one.argument)) {
                Some((Over::Stream(stream), _)) => {
                    taken.get_mut(*stream).into_iter().for_each(|flag| *flag = true);
                }
                Some((Over::Rows(rows) | Over::Instants(Instants { rows, .. }), argument)) => {
                    found.extend(&rows.meters);
                    open.extend(argument);
                }
                None => {}
            },
            _ => {}
        });
        for meter in found.into_iter().filter(|meter| meters.insert(*meter)).filter_map(|at| program.meters.get(at)) {
            meter.stream.and_then(|stream| taken.get_mut(stream)).into_iter().for_each(|flag| *flag = true);
            open.push(&meter.value);
        }
    }
    taken
}
