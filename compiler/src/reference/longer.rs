//! Floors and ceilings over windows longer than a line's.
//!
//! A window holds the lines of the same keys that begin in it, on whatever bill they stand. A ceiling is used up by them
//! in the order of time; a floor is made up on the last one. So the lines add up to what the window comes to within its
//! bound, and a bill changes when an earlier line of the window does.

use super::eval::number;
use super::evaluation::Evaluation;
use super::limits::Reach;
use super::lines::{Naming, Place, Step, first_start, lines_after, rows_within, starts};
use super::scope::{Group, Missing, Outcome, Scope};
use super::{last_instant, text};
use crate::bill::Line;
use crate::exact::Rational;
use crate::ir::{Charge, Limit, Side};
use crate::model::{Interval, Value, Window};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What stands before each line of a window: by the charge, how many steps are done, and the window.
pub(super) type Totals = BTreeMap<(usize, usize, Interval), Outcome<Rc<Running>>>;

/// By keys and the lines' windows what those before come to; none before the first.
type Running = BTreeMap<(Vec<Value>, Interval), Outcome<Option<Amounts>>>;

/// What lines come to, exactly and rounded.
type Amounts = (Rational, Rational);

/// What decides how far a limit moves the line of a group, after the steps before it.
pub(super) fn reach(
    evaluation: &Evaluation<'_>,
    (at, charge): (usize, &Charge),
    group: &Group,
    limit: &Limit,
    steps: &[Step<'_>],
) -> Outcome<Reach> {
    let Some(every) = &limit.every else {
        let bound = number(&Scope::group(evaluation, group), &limit.amount)?;
        return Ok(Reach { of: group.clone(), bound, before: None, is_last: evaluation.is_due(group.interval) });
    };
    let begins = starts(evaluation, charge)?;
    let window = holding(evaluation, every, group)?;
    let end = begins.end_in(window);
    let whole = Group::new(group.keys.clone(), window).as_of(begins.in_window(window).unwrap_or(window.start));
    let bound = number(&Scope::group(evaluation, &whole), &limit.amount)?;
    let running = running(evaluation, (at, charge), (every, window), steps)?;
    let before = running.get(&(group.keys.clone(), group.interval)).cloned().unwrap_or(Ok(None))?;
    let is_last = end <= group.interval.end && evaluation.is_due(Interval { end, ..window });
    Ok(Reach { of: whole, bound, before, is_last })
}

/// The window that holds a line.
fn holding(evaluation: &Evaluation<'_>, every: &Window, group: &Group) -> Outcome<Interval> {
    let context = evaluation.context;
    let held = context.holding(every, group.as_of)?;
    let day = || text::day_and_time(context.zone, group.as_of);
    let window = held.ok_or_else(|| Missing(format!("no {} is in force on {}", every.name, day())))?;
    match context.rule(every)?.next(window).filter(|next| next.start < group.interval.end) {
        Some(next) => {
            let next = text::day_and_time(context.zone, next.start);
            Err(Missing(format!("it goes on into another {}, which begins on {next}", every.name)))
        }
        None => Ok(window),
    }
}

/// The lines of a window on all bills up to this one, each with what comes before it.
fn running(
    evaluation: &Evaluation<'_>,
    (at, charge): (usize, &Charge),
    (every, window): (&Window, Interval),
    steps: &[Step<'_>],
) -> Outcome<Rc<Running>> {
    let key = (at, steps.len(), window);
    if let Some(known) = evaluation.totals.borrow().get(&key) {
        return known.clone();
    }
    let known = added_up(evaluation, (at, charge), (every, window), steps).map(Rc::new);
    evaluation.totals.borrow_mut().insert(key, known.clone());
    known
}

fn added_up(
    evaluation: &Evaluation<'_>,
    (at, charge): (usize, &Charge),
    (every, window): (&Window, Interval),
    steps: &[Step<'_>],
) -> Outcome<Running> {
    let mut found = Running::new();
    let mut totals: BTreeMap<Vec<Value>, Outcome<Option<Amounts>>> = BTreeMap::new();
    for bill in bills(evaluation, window)? {
        let earlier = (bill != evaluation.period).then(|| evaluation.earlier(bill));
        let evaluation = earlier.as_ref().unwrap_or(evaluation);
        let places = evaluation.places(at, charge);
        let mut here: Vec<&Place> = places.as_ref().as_ref().map_err(Clone::clone)?.iter().collect();
        here.sort_by_key(|(group, _)| group.interval);
        for (group, combinations) in here {
            if evaluation.context.holding(every, group.as_of)? != Some(window) {
                continue;
            }
            let total = totals.entry(group.keys.clone()).or_insert(Ok(None));
            found.insert((group.keys.clone(), group.interval), total.clone());
            let lines = lines_after(evaluation, (at, charge), (group, combinations), steps);
            match (&total, lines) {
                (Err(_), _) => {}
                (Ok(before), Ok(lines)) => *total = Ok(Some(with(before.clone(), &lines))),
                (Ok(_), Err(_)) => {
                    let id = Naming::new(evaluation, charge, group).id(&charge.name);
                    *total = Err(Missing(format!("it needs `{id}`, which has no price")));
                }
            }
        }
    }
    Ok(found)
}

fn with(total: Option<Amounts>, lines: &[Line]) -> Amounts {
    let total = total.unwrap_or_else(|| (Rational::zero(), Rational::zero()));
    lines.iter().fold(total, |(exact, rounded), line| (&exact + &line.exact, &rounded + &line.amount))
}

/// The bills on which lines of a window may stand, from the account's beginning up to this one, in order; up to the last
/// one, where grants are settled for several at once.
fn bills(evaluation: &Evaluation<'_>, window: Interval) -> Outcome<Vec<Interval>> {
    let period = evaluation.period;
    let rule = evaluation.context.rule(&evaluation.context.program.header.period)?;
    let from = |time| std::iter::successors(rule.holding(time), |one| rule.next(*one));
    let earlier = from(begin(evaluation)?.max(window.start)).take_while(|one| one.start < period.start);
    let mut found: Vec<Interval> = earlier.collect();
    match rule.holding(period.start).filter(|first| first.end < period.end) {
        Some(_) => found.extend(from(period.start).take_while(|one| one.start < period.end)),
        None => found.push(period),
    }
    Ok(found)
}

/// When an account begins: with its start, with its first record, or with this bill.
fn begin(evaluation: &Evaluation<'_>) -> Outcome<Timestamp> {
    let known = evaluation.context.start()?.into_iter().chain(evaluation.usage.first());
    Ok(known.min().unwrap_or(evaluation.period.start).min(evaluation.period.start))
}

/// The lines of this bill on which floors are made up, whether anything is used in them or not: the last ones of their
/// windows, for all keys with usage in those.
pub(super) fn last_lines(evaluation: &Evaluation<'_>, charge: &Charge) -> Outcome<Vec<(Vec<Value>, Interval)>> {
    let mut found = Vec::new();
    let always = charge.keys.is_empty() && charge.per_period;
    for (_, every) in charge.longer_limits().filter(|(limit, _)| limit.side == Side::AtLeast && !always) {
        let begins = starts(evaluation, charge)?;
        let rule = evaluation.context.rule(every)?;
        let period = evaluation.period;
        let first = rule.first_touching(Interval { start: first_start(evaluation, charge)?, ..period });
        let windows = std::iter::successors(first, |one| rule.next(*one)).take_while(|one| one.start < period.end);
        for window in windows {
            let Some(last) = last_instant(Interval { end: begins.end_in(window), ..window }) else { continue };
            let line = match charge.per_period {
                true => Some(period).filter(|period| period.start <= last && last < period.end),
                false => evaluation.context.holding(&charge.window, last)?.filter(|line| stands_in(*line, period)),
            };
            let Some(line) = line else { continue };
            let begin = begin(evaluation)?;
            let first = evaluation.context.holding(&charge.window, begin)?.map_or(begin, |held| held.start);
            let within = Interval { start: window.start.max(first), end: line.end };
            let keys = rows_within(evaluation, charge, within)?.into_iter();
            let keys: BTreeSet<Vec<Value>> =
                keys.map(|(_, keys)| keys.into_iter().take(charge.keys.len()).collect()).collect();
            found.extend(keys.into_iter().map(|keys| (keys, line)));
        }
    }
    Ok(found)
}

/// Whether a line stands on a bill: on the one in which its window ends.
fn stands_in(line: Interval, period: Interval) -> bool {
    period.start < line.end && line.end <= period.end
}
