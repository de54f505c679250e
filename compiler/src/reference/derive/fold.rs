//! A fold: a state machine over the records of its keys, by time, then by id.

use super::Made;
use crate::ir::{Expr, StateMachine};
use crate::model::{Interval, Record, Value};
use crate::reference::eval::eval;
use crate::reference::scope::{Before, Context, FoldHome, Missing, Outcome, RecordHome, Scope};
use crate::time;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a fold makes of the records of its keys, one for each; those that something is missing for change no state.
pub(super) fn run(
    context: &Context<'_>,
    (kind, fold): (usize, &StateMachine),
    records: &[Made],
    failed: &mut Vec<(Made, Missing)>,
) -> Vec<Made> {
    let mut run = Run { context, fold, now: None, ends: BTreeMap::new(), first: None };
    let mut made = Vec::new();
    for one in records {
        match run.step(&one.record) {
            Ok(Some(yields)) => {
                let values = one.record.values.iter().cloned().chain(yields).collect();
                let record = Record { kind, values, ..Record::clone(&one.record) };
                made.push(Made { record: Arc::new(record), sources: Arc::clone(&one.sources) });
            }
            Ok(None) => {}
            Err(missing) => failed.push((one.clone(), missing)),
        }
    }
    made
}

/// A fold on its way.
struct Run<'r> {
    context: &'r Context<'r>,
    fold: &'r StateMachine,
    now: Option<Now>,
    /// The states at the end of each window that had a record.
    ends: BTreeMap<Interval, Vec<Value>>,
    /// The window of the first record.
    first: Option<Interval>,
}

/// The states after a record.
struct Now {
    window: Option<Interval>,
    last: Timestamp,
    states: Vec<Value>,
}

impl Run<'_> {
    /// What a record yields; none where it lies in none of the fold's windows.
    fn step(&mut self, record: &Record) -> Outcome<Option<Vec<Value>>> {
        let window = match &self.fold.window {
            None => None,
            Some(window) if window.from_first_use => {
                let open = self.now.as_ref().and_then(|now| now.window).filter(|open| record.time < open.end);
                Some(open.unwrap_or_else(|| time::from_first_use(window, self.context.zone, record.time)))
            }
            Some(window) => match self.context.holding(window, record.time)? {
                Some(held) => Some(held),
                None => return Ok(None),
            },
        };
        let states = match self.now.as_ref().filter(|now| now.window == window && !self.is_forgotten(now, record.time))
        {
            Some(now) => now.states.clone(),
            None => self.initial(record)?,
        };
        let home =
            RecordHome::in_fold(self.context.program, record, FoldHome::new(self.fold, &states, self.before(window)?));
        let scope = Scope::record(self.context, &home);
        let value = |expr: &Expr| eval(&scope, expr);
        let yields: Outcome<Vec<Value>> = self.fold.yields.iter().map(|(_, expr)| value(expr)).collect();
        let next: Outcome<Vec<Value>> = self.fold.states.iter().map(|state| value(&state.next)).collect();
        let (yields, next) = (yields?, next?);
        self.first = self.first.or(window);
        self.ends.extend(window.map(|window| (window, next.clone())));
        self.now = Some(Now { window, last: record.time, states: next });
        Ok(Some(yields))
    }

    fn is_forgotten(&self, now: &Now, time: Timestamp) -> bool {
        let forget = self.fold.forget.as_ref();
        forget.is_some_and(|forget| time::from_first_use(forget, self.context.zone, now.last).end <= time)
    }

    /// What the states begin with, as of the record that they begin with.
    fn initial(&self, record: &Record) -> Outcome<Vec<Value>> {
        let home = RecordHome::new(self.context.program, record);
        let scope = Scope::record(self.context, &home);
        let initial = |initial: &Option<Expr>| initial.as_ref().map_or(Ok(Value::Absent), |expr| eval(&scope, expr));
        self.fold.states.iter().map(|state| initial(&state.initial)).collect()
    }

    /// What is known of the window before.
    fn before(&self, window: Option<Interval>) -> Outcome<Before<'_>> {
        let (Some(rule), Some(interval)) = (&self.fold.window, window) else { return Ok(Before::Nothing) };
        if rule.from_first_use {
            return Ok(Before::Nothing);
        }
        let Some(previous) = self.context.rule(rule)?.previous(interval) else { return Ok(Before::Opening) };
        Ok(match self.ends.get(&previous) {
            Some(states) => Before::Known(states),
            None if self.first.is_none_or(|first| previous.start < first.start) => Before::Opening,
            None => Before::Nothing,
        })
    }
}
