//! Fees: which of their windows are due on a bill, and what share of each.
//!
//! A window counts for the part of it in which the account is there, and on the plan. It is due when that part begins, if in advance,
//! else when it ends; on the bill of the period that holds this instant it stands.

use super::contracts::overlap;
use super::evaluation::Evaluation;
use super::last_instant;
use super::scope::{Context, Group, Missing, Outcome, internal};
use super::stretches::stretches;
use crate::exact::Rational;
use crate::ir::text::grouped;
use crate::ir::{Charge, Fee, Key, Op, Proration};
use crate::model::{Clock, Interval, Step, Symbol, Value, Window};
use crate::time::Rule;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The windows that are due on this bill, each as a group as of when it begins for the account. Of a prorated fee each
/// stretch with a price of its own is a group, with the stretch.
pub(super) fn due(evaluation: &Evaluation<'_>, charge: &Charge, fee: &Fee) -> Outcome<Vec<Group>> {
    Ok(due_at(evaluation, charge, fee)?.into_iter().map(|(_, group)| group).collect())
}

/// The same, each with when it is due.
pub(super) fn due_at(evaluation: &Evaluation<'_>, charge: &Charge, fee: &Fee) -> Outcome<Vec<(Timestamp, Group)>> {
    let context = evaluation.context;
    let period = evaluation.period;
    let mut found = Vec::new();
    let whose = whose(context, charge);
    for window in windows(context, fee, period)? {
        for (account, stretches) in &whose {
            for part in parts(context, charge, (account, stretches), window)? {
                let at = if fee.in_advance { Some(part.start) } else { last_instant(part) };
                let is_early = !fee.in_advance && !evaluation.is_due(part);
                let Some(at) = at.filter(|at| !is_early && period.start <= *at && *at < period.end) else { continue };
                for group in groups(evaluation, charge, fee, (account, window))? {
                    let pieces = pieces(evaluation, charge, fee, &group, part)?;
                    found.extend(pieces.into_iter().map(|piece| (at, piece)));
                }
            }
        }
    }
    Ok(found)
}

/// For which accounts a fee is due, and when: for all that are paid for where they are its key, else for the one that
/// pays, as long as it does so for itself.
fn whose(context: &Context<'_>, charge: &Charge) -> BTreeMap<Symbol, Vec<Interval>> {
    match account_key(charge) {
        Some(_) => context.paid_for(),
        None => BTreeMap::from([(context.account.clone(), context.pays_for_itself())]),
    }
}

/// The key that is the account itself, and not that of a meter.
fn account_key(charge: &Charge) -> Option<usize> {
    let is_account = |key: &Key| key.source.as_ref().is_some_and(|source| matches!(source.op, Op::Account));
    charge.keys.iter().position(is_account)
}

/// The windows that share an instant with a period.
fn windows(context: &Context<'_>, fee: &Fee, period: Interval) -> Outcome<Vec<Interval>> {
    let rule = context.rule(&fee.every)?;
    let first = rule.first_touching(period);
    let all = std::iter::successors(first, |window| rule.next(*window));
    Ok(all.take_while(|window| window.start < period.end).collect())
}

/// The parts of a window in which an account is there.
fn parts(
    context: &Context<'_>,
    charge: &Charge,
    (whose, stretches): (&Symbol, &[Interval]),
    window: Interval,
) -> Outcome<Vec<Interval>> {
    let everything = Interval { start: Timestamp::MIN, end: Timestamp::MAX };
    let account = context.begins_of(whose)?.map_or(everything, |start| Interval { start, ..everything });
    let plan = charge.in_plan.map_or_else(|| Ok(vec![everything]), |place| context.on_plan(place))?;
    let there = plan.into_iter().filter_map(|one| overlap(one, account)).filter_map(|one| overlap(one, window));
    Ok(there.flat_map(|one| stretches.iter().filter_map(move |pays| overlap(one, *pays))).collect())
}

/// The window for each combination of the fee's keys: one, without keys.
fn groups(
    evaluation: &Evaluation<'_>,
    charge: &Charge,
    fee: &Fee,
    (account, window): (&Symbol, Interval),
) -> Outcome<Vec<Group>> {
    if charge.keys.is_empty() {
        return Ok(vec![Group::new(Vec::new(), window)]);
    }
    if charge.keys.iter().all(|key| key.source.is_some()) {
        let keys = evaluation.fact_keys(&charge.keys, window)?.into_iter().collect::<Option<Vec<_>>>();
        let mut keys = keys.ok_or_else(|| internal("a key without a value"))?;
        if let Some(place) = account_key(charge).and_then(|at| keys.get_mut(at)) {
            *place = Value::Text(account.clone());
        }
        return Ok(vec![Group::new(keys, window)]);
    }
    let rows = evaluation.combinations(&charge.body.quantities(), &charge.keys, &fee.every, window)?;
    let here = rows.into_iter().filter(|(interval, _)| *interval == window);
    Ok(here.map(|(_, keys)| Group::new(keys, window)).collect())
}

/// A window as of when its part begins; prorated: each stretch of the part in which one price holds.
fn pieces(
    evaluation: &Evaluation<'_>,
    charge: &Charge,
    fee: &Fee,
    group: &Group,
    part: Interval,
) -> Outcome<Vec<Group>> {
    if fee.proration.is_none() {
        return Ok(vec![group.as_of(part.start)]);
    }
    let whole = stretches(evaluation, &charge.body, group)?;
    let inside = whole.into_iter().filter_map(|one| {
        let (start, end) = (one.start.max(part.start), one.end.min(part.end));
        (start < end).then_some(Interval { start, end })
    });
    let piece = |one: Interval| if one == group.interval { group.clone() } else { group.within(one) };
    Ok(inside.map(piece).collect())
}

/// What share of its window a group counts for.
pub(super) fn share(evaluation: &Evaluation<'_>, fee: &Fee, group: &Group) -> Outcome<Rational> {
    let (Some(proration), Some(part)) = (fee.proration, group.stretch) else { return Ok(Rational::from(1i128)) };
    let unit = Unit::of(evaluation.context, fee, proration);
    let (counted, whole) = (unit.count(whole_units(&unit, part, group.interval)), unit.count(group.interval));
    counted.checked_div(&whole).ok_or_else(|| Missing("its window has no length".to_owned()))
}

/// `20 of 31 days`, for a window that counts for a part only.
pub(super) fn shown(evaluation: &Evaluation<'_>, fee: &Fee, group: &Group) -> Option<String> {
    let (proration, part) = (fee.proration?, group.stretch?);
    let unit = Unit::of(evaluation.context, fee, proration);
    let [counted, whole] = [whole_units(&unit, part, group.interval), group.interval].map(|one| unit.in_words(one));
    Some(format!("prorated: {counted} of {whole}"))
}

/// A part from the start of the unit in which it begins; the last unit counts whole where it ends the window's part,
/// and what follows begins with the next.
fn whole_units(unit: &Unit<'_>, part: Interval, window: Interval) -> Interval {
    let start = if part.start == window.start { part.start } else { unit.floor(part.start) };
    let end = if part.end == window.end { part.end } else { unit.floor(part.end) };
    Interval { start, end: end.max(start) }
}

/// A unit in which parts of a window are counted.
struct Unit<'c> {
    context: &'c Context<'c>,
    proration: Proration,
    days: Window,
}

impl<'c> Unit<'c> {
    fn of(context: &'c Context<'c>, fee: &Fee, proration: Proration) -> Unit<'c> {
        let at: Clock = fee.every.at;
        let days = Window { step: Step::Day, count: 1, at, anchor: None, from_first_use: false, ..fee.every.clone() };
        Unit { context, proration, days }
    }

    fn rule(&self) -> Rule<'_> {
        Rule { window: &self.days, zone: self.context.zone, anchor: None, given: None, stretches: &[] }
    }

    /// The start of the unit that holds an instant.
    fn floor(&self, time: Timestamp) -> Timestamp {
        match self.proration {
            Proration::Days => self.rule().holding(time).map_or(time, |day| day.start),
            Proration::Seconds(seconds) => {
                let unit_ns = i128::from(seconds.max(1)) * 1_000_000_000;
                let floored = time.as_nanosecond().div_euclid(unit_ns) * unit_ns;
                Timestamp::from_nanosecond(floored).unwrap_or(time)
            }
        }
    }

    fn in_words(&self, interval: Interval) -> String {
        let count = self.count(interval);
        match self.proration {
            Proration::Days => format!("{} days", grouped(&count, 0)),
            Proration::Seconds(seconds) => {
                let unit_ns = Rational::from(i128::from(seconds.max(1)) * 1_000_000_000);
                let name = match seconds {
                    3_600 => "hours",
                    60 => "minutes",
                    _ => "seconds",
                };
                let units = count.checked_div(&unit_ns).unwrap_or_else(Rational::zero);
                format!("{units} {name}")
            }
        }
    }

    /// How many units an interval has.
    fn count(&self, interval: Interval) -> Rational {
        match self.proration {
            Proration::Days => Rational::from(self.rule().count_starting_in(interval) as i128),
            Proration::Seconds(_) => Rational::from(interval.end.as_nanosecond() - interval.start.as_nanosecond()),
        }
    }
}

#[cfg(test)]
mod tests;
