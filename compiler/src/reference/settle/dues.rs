//! What is due without usage, and may be paid by grants: lines that are always there, and fees.

use super::steps::{Events, Place, Places, amount};
use crate::ir::{Charge, Fee};
use crate::model::{Interval, Value};
use crate::reference::evaluation::Evaluation;
use crate::reference::fees::due_at;
use crate::reference::scope::Group;
use crate::reference::settle::Covering;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Takes note of all that is due without usage.
pub(super) fn without_usage(evaluation: &Evaluation<'_>, events: &Events<'_>, charges: &[usize], running: &mut Places) {
    for at in charges {
        let Some(charge) = evaluation.context.program.charges.get(*at) else { continue };
        match &charge.fee {
            Some(fee) => of_fee(evaluation, events, (*at, charge), fee, running),
            None => always_there(evaluation, events, (*at, charge), running),
        }
    }
}

/// The periods of the account from a moment on, until it makes no more difference.
fn periods(evaluation: &Evaluation<'_>, events: &Events<'_>, begin: Timestamp) -> Vec<Interval> {
    let Ok(rule) = evaluation.context.rule(&evaluation.context.program.header.period) else { return Vec::new() };
    let end = events.end(evaluation);
    let all = std::iter::successors(rule.holding(begin), |one| rule.next(*one));
    all.take_while(|one| one.start < end).collect()
}

/// What lines that are always there come to without any usage is due from the start of their window on, in the first of
/// them from the account's start or its first record: what is given lies then, whichever period is billed.
fn always_there(
    evaluation: &Evaluation<'_>,
    events: &Events<'_>,
    (at, charge): (usize, &Charge),
    running: &mut Places,
) {
    if !charge.keys.is_empty() || !charge.per_period || !charge.body.may_be_due() {
        return;
    }
    let nothing = evaluation.usage.emptied();
    let without = evaluation.part(&nothing, Covering::Nothing);
    let start = evaluation.context.start().ok().flatten();
    let begin = start.or(events.first()).unwrap_or(evaluation.period.start);
    for interval in periods(evaluation, events, begin) {
        let group = Group::new(Vec::new(), interval);
        let all = if charge.for_each.is_empty() { vec![group.clone()] } else { Vec::new() };
        let Ok(total) = amount(&without, (at, charge), &group, &all) else { continue };
        running.reaches(Place { charge: at, leaf: None, group }, total, 0, begin);
    }
}

/// Each window of a fee is due at its own time, on the line of the period that holds it.
fn of_fee(
    evaluation: &Evaluation<'_>,
    events: &Events<'_>,
    (at, charge): (usize, &Charge),
    fee: &Fee,
    running: &mut Places,
) {
    let Some(begin) = beginning(evaluation, charge) else { return };
    let whole = evaluation.part(evaluation.usage, Covering::Nothing);
    for interval in periods(evaluation, events, begin) {
        let bill = whole.earlier(interval);
        // What can not be had is said where the fee's line is made.
        let Ok(mut due) = due_at(&bill, charge, fee) else { continue };
        due.sort();
        let mut lines: BTreeMap<Vec<Value>, Vec<Group>> = BTreeMap::new();
        for (time, window) in due {
            let group = Group::new(window.keys.clone(), interval);
            let windows = lines.entry(window.keys.clone()).or_default();
            windows.push(window);
            let Ok(total) = amount(&bill, (at, charge), &group, windows) else { continue };
            running.reaches(Place { charge: at, leaf: None, group }, total, 0, time);
        }
    }
}

/// From when on the account has the fee: from its contract on, else from its start.
fn beginning(evaluation: &Evaluation<'_>, charge: &Charge) -> Option<Timestamp> {
    let start = evaluation.context.start().ok().flatten();
    let Some(place) = charge.in_plan else { return start };
    let stretches = evaluation.context.on_plan(place).ok()?;
    let first = stretches.into_iter().map(|one| one.start).min()?;
    Some(start.map_or(first, |start| start.max(first)))
}
