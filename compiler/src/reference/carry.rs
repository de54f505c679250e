//! What goes on from one period to the next: records that last, and what looks back at earlier windows.

use super::groups::{Entry, Usage};
use super::lasting::Lasts;
use super::scope::{Context, Outcome};
use super::{period_of, period_of_interval};
use crate::bill::Period;
use crate::model::Step;
use std::collections::BTreeSet;

/// The most periods between two with usage that are billed for what goes on in them: ten years of days. It bounds what
/// two records can ask for that lie far apart.
const MOST_BETWEEN: usize = 4_000;

/// The periods in which records end that count while they last.
pub(super) fn periods_of_lasting(context: &Context<'_>, usage: &Usage, given: &Option<Vec<Period>>) -> Vec<Period> {
    let streams = context.program.streams.iter().enumerate();
    let streams = streams.filter(|(_, stream)| stream.used && stream.window.step == Step::Instant);
    let members = streams.flat_map(|(at, _)| usage.lasting(at, &[]));
    let periods = members.filter_map(|member| member.lasts.as_ref());
    periods.flat_map(|lasts| periods_of(context, lasts, given)).collect()
}

/// The same of what one record adds.
pub(super) fn periods_of_entries(
    context: &Context<'_>,
    entries: &Outcome<Vec<Entry>>,
    given: &Option<Vec<Period>>,
) -> Vec<Period> {
    let lasting = entries.iter().flatten().filter_map(Entry::lasts);
    lasting.flat_map(|lasts| periods_of(context, lasts, given)).collect()
}

/// The first and the last period that something lasts in, as far as it is known to end.
fn periods_of(context: &Context<'_>, lasts: &Lasts, given: &Option<Vec<Period>>) -> Vec<Period> {
    let first = super::lasting::instant(&lasts.start);
    [Some(first), lasts.last_instant()].into_iter().flatten().filter_map(|at| period_of(context, at, given)).collect()
}

/// With the periods that lie between: what goes on in them is billed there.
pub(super) fn without_gaps(
    context: &Context<'_>,
    periods: BTreeSet<Period>,
    given: &Option<Vec<Period>>,
) -> BTreeSet<Period> {
    let (None, Ok(rule)) = (given, context.rule(&context.program.header.period)) else { return periods };
    let mut all = periods.clone();
    for (one, next) in periods.iter().zip(periods.iter().skip(1)) {
        let following = std::iter::successors(rule.next(one.interval), |interval| rule.next(*interval));
        let between: Vec<_> =
            following.take_while(|interval| interval.start < next.interval.start).take(MOST_BETWEEN + 1).collect();
        if between.len() <= MOST_BETWEEN {
            all.extend(between.into_iter().filter_map(|interval| period_of_interval(context, interval)));
        }
    }
    all
}
