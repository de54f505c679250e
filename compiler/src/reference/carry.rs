//! What goes on from one period to the next: records that last, and what looks back at earlier windows.

use super::groups::{Entry, Member, Usage};
use super::scope::{Context, Outcome};
use super::{period_of, period_of_interval, periods_of_windows};
use crate::bill::Period;
use crate::ir::Stream;
use std::collections::BTreeSet;

/// The most periods between two with usage that are billed for what goes on in them: ten years of days. It bounds what
/// two records can ask for that lie far apart.
const MOST_BETWEEN: usize = 4_000;

/// The periods in which records count that go on after their own: those in which they end, or their pieces begin.
pub(super) fn periods_of_lasting(context: &Context<'_>, usage: &Usage, given: &Option<Vec<Period>>) -> Vec<Period> {
    let streams = context.program.streams.iter().enumerate().filter(|(_, stream)| stream.used && stream.goes_on());
    let members = streams.flat_map(|(at, stream)| usage.lasting(at, &[]).map(move |member| (stream, member)));
    members.flat_map(|(stream, member)| periods_of(context, stream, member, given)).collect()
}

/// The same of what one record adds.
pub(super) fn periods_of_entries(
    context: &Context<'_>,
    entries: &Outcome<Vec<Entry>>,
    given: &Option<Vec<Period>>,
) -> Vec<Period> {
    let added = entries.iter().flatten().filter_map(|entry| Some((context.program.streams.get(entry.stream)?, entry)));
    added.flat_map(|(stream, entry)| periods_of(context, stream, &entry.member, given)).collect()
}

/// The first and the last period that something lasts in, as far as it is known to end; or all in which a piece of it
/// begins.
fn periods_of(context: &Context<'_>, stream: &Stream, member: &Member, given: &Option<Vec<Period>>) -> Vec<Period> {
    match &member.lasts {
        Some(lasts) => [Some(member.begins()), lasts.last_instant()]
            .into_iter()
            .flatten()
            .filter_map(|at| period_of(context, at, given))
            .collect(),
        None if stream.pieces.is_some() => {
            let ends = periods_of_windows(context, member.time, given);
            ends.into_iter().chain(period_of(context, member.time, given)).collect()
        }
        None => Vec::new(),
    }
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
