//! Spans: records of a key that belong together, from one that starts a span to one that ends it, or without a long
//! pause between them.

use super::{Ending, Made};
use crate::exact::Rational;
use crate::ir::{self, Expr, ops};
use crate::model::{Record, Value};
use crate::reference::eval::truth;
use crate::reference::scope::{Context, Missing, Outcome, RecordHome, Scope};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Spans, and when the last one passes its limit if it is still open.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) made: Vec<Made>,
    /// Where the first record of each stands.
    pub(super) starts: Vec<usize>,
    pub(super) waits: Option<Timestamp>,
}

/// The spans that records of one key make, in the order of their start; records that something is missing for are in
/// none. `seen` is the time of the last record that the declaration takes, of any key.
pub(super) fn run(
    context: &Context<'_>,
    (kind, spans): (usize, &ir::Spans),
    (records, seen): (&[Made], Option<Timestamp>),
    failed: &mut Vec<(Made, Missing)>,
) -> Found {
    let mut run = Run { context, kind, spans, open: Vec::new(), starts: Vec::new(), made: Vec::new() };
    for (at, record) in records.iter().enumerate() {
        if let Err(missing) = run.step(at, record) {
            failed.push((record.clone(), missing));
        }
    }
    let waits = run.finish(seen);
    Found { made: run.made, starts: run.starts, waits }
}

/// Spans on their way.
struct Run<'r> {
    context: &'r Context<'r>,
    kind: usize,
    spans: &'r ir::Spans,
    /// The records of the open span.
    open: Vec<&'r Made>,
    /// Where the first records stand of those that are made, and of the open one.
    starts: Vec<usize>,
    made: Vec<Made>,
}

impl<'r> Run<'r> {
    fn step(&mut self, at: usize, record: &'r Made) -> Outcome<()> {
        // What is asked of the record comes first: one that something is missing for changes nothing.
        let goes_on = self.goes_on(record.record.time);
        let belongs = goes_on || self.holds(&self.spans.starts, record, true)?;
        let ends = belongs && self.holds(&self.spans.ends, record, false)?;
        if !goes_on {
            self.pass(record.record.time);
        }
        if belongs {
            if self.open.is_empty() {
                self.starts.push(at);
            }
            self.open.push(record);
        }
        if ends {
            self.close(record.record.time, Ending::Whole);
        }
        Ok(())
    }

    fn holds(&self, condition: &Option<Expr>, record: &Made, otherwise: bool) -> Outcome<bool> {
        let home = RecordHome::new(self.context.program, &record.record);
        let scope = Scope::record(self.context, &home);
        condition.as_ref().map_or(Ok(otherwise), |condition| truth(&scope, condition))
    }

    /// Whether the open span is still open at a time.
    fn goes_on(&self, time: Timestamp) -> bool {
        let (Some(first), Some(last)) = (self.open.first(), self.open.last()) else { return false };
        let within = |since: Timestamp, most: &Option<Rational>| {
            most.as_ref().is_none_or(|most| ops::seconds_between(since, time) <= *most)
        };
        within(first.record.time, &self.spans.at_most) && within(last.record.time, &self.spans.gap)
    }

    /// An open span is closed, since a time has come at which it is open no more.
    fn pass(&mut self, time: Timestamp) {
        let (Some(first), Some(last)) = (self.open.first(), self.open.last()) else { return };
        let is_pause = self.spans.gap.as_ref().is_some_and(|gap| ops::seconds_between(last.record.time, time) > *gap);
        match &self.spans.at_most {
            Some(most) if !is_pause => {
                let end = after(first.record.time, most);
                self.close(end, Ending::Cut);
            }
            _ => {
                let end = last.record.time;
                self.close(end, Ending::Whole);
            }
        }
    }

    /// After the last record: a span that only a pause ends has its end, others are open until their limit has passed.
    /// That it has is shown by a later record, of another key too, and by the end of the period in which it starts.
    fn finish(&mut self, seen: Option<Timestamp>) -> Option<Timestamp> {
        let (first, last) = (self.open.first()?.record.time, self.open.last()?.record.time);
        if self.spans.gap.is_some() && self.spans.ends.is_none() {
            self.close(last, Ending::Whole);
            return None;
        }
        let period = self.context.holding(&self.context.program.header.period, first).ok().flatten();
        let passed = period.and_then(|period| period.end.checked_sub(SignedDuration::from_nanos(1)).ok());
        if let Some(time) = passed.into_iter().chain(seen).max().filter(|time| !self.goes_on(*time)) {
            self.pass(time);
            return None;
        }
        let limits = [(first, &self.spans.at_most), (last, &self.spans.gap)];
        let waits = limits.into_iter().filter_map(|(since, most)| Some(after(since, most.as_ref()?))).min();
        self.close(waits.unwrap_or(last), Ending::Open);
        waits
    }

    fn close(&mut self, end: Timestamp, ending: Ending) {
        let open = std::mem::take(&mut self.open);
        let (Some(first), Some(last)) = (open.first(), open.last()) else { return };
        let mut sources: Vec<usize> = open.iter().flat_map(|one| one.sources.iter().copied()).collect();
        sources.sort_unstable();
        let start = first.record.time;
        // What is open goes on up to its limit, as far as is known.
        let is_bounded = self.spans.at_most.is_some() || self.spans.gap.is_some();
        let (end, duration) = match ending {
            Ending::Open if !is_bounded => (Value::Absent, Value::Absent),
            _ => (Value::Time(end), Value::Number(ops::seconds_between(start, end))),
        };
        let count = Value::Number(Rational::from(open.len() as u64));
        let own = [Value::Time(start), end, duration, count];
        let values = first.record.values.iter().cloned().chain(own).chain(last.record.values.iter().cloned());
        let record = Record { kind: self.kind, values: values.collect(), ..Record::clone(&first.record) };
        self.made.push(Made { record: Arc::new(record), sources: sources.into(), ending });
    }
}

/// So many seconds later.
fn after(time: Timestamp, seconds: &Rational) -> Timestamp {
    let nanoseconds = (seconds * &Rational::from(1_000_000_000i64)).fraction();
    let whole = i64::try_from(nanoseconds.0 / nanoseconds.1).unwrap_or(i64::MAX);
    time.checked_add(SignedDuration::from_nanos(whole)).unwrap_or(Timestamp::MAX)
}
