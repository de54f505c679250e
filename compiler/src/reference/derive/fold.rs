//! A fold: a state machine over the records of its keys, by time, then by id.

use super::{Ending, Made};
use crate::ir::{Expr, Op, StateMachine};
use crate::model::{Interval, Record, Value};
use crate::reference::eval::eval;
use crate::reference::scope::{Before, Context, FoldHome, Missing, Outcome, RecordHome, Scope};
use crate::time;
use jiff::Timestamp;
use std::sync::Arc;

/// What a fold does with a record.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    /// What it makes of it; nothing where something is missing, or where it lies in none of the fold's windows.
    pub(super) made: Option<Made>,
    /// The states after it; none before the first record that counts.
    pub(super) now: Option<Arc<Now>>,
    /// Those after the last record of the last window before that one.
    earlier: Option<Arc<Now>>,
}

impl Step {
    /// The states at the end of the last window that is another one.
    fn before(&self, window: Option<Interval>) -> Option<&Arc<Now>> {
        self.now.as_ref().filter(|now| now.window != window).or(self.earlier.as_ref())
    }
}

/// The states after a record.
#[derive(Debug, PartialEq)]
pub(super) struct Now {
    window: Option<Interval>,
    /// When the last record that counts happened.
    last: Timestamp,
    states: Vec<Value>,
}

/// A fold in an account.
pub(super) struct Machine<'m> {
    context: &'m Context<'m>,
    kind: usize,
    fold: &'m StateMachine,
    /// Whether it asks for states at the end of the window before.
    looks_back: bool,
}

impl<'m> Machine<'m> {
    pub(super) fn new(context: &'m Context<'m>, kind: usize, fold: &'m StateMachine) -> Machine<'m> {
        let mut looks_back = false;
        let named = fold.lets.iter().chain(&fold.yields).map(|(_, value)| value);
        for expr in named.chain(fold.states.iter().map(|state| &state.next)) {
            expr.walk(&mut |expr| looks_back |= matches!(expr.op, Op::StateBefore { .. }));
        }
        Machine { context, kind, fold, looks_back }
    }

    /// Whether it asks for states at the end of the window before.
    pub(super) fn looks_back(&self) -> bool {
        self.looks_back
    }

    /// What it does with a record after those before it; one that something is missing for changes no state.
    pub(super) fn step(&self, before: Option<&Step>, input: &Made) -> (Step, Option<Missing>) {
        let unchanged = || Step { made: None, ..before.cloned().unwrap_or_default() };
        match self.advance(before, &input.record) {
            Ok(None) => (unchanged(), None),
            Err(missing) => (unchanged(), Some(missing)),
            Ok(Some((yields, now))) => {
                let values = input.record.values.iter().cloned().chain(yields).collect();
                let record = Record { kind: self.kind, values, ..Record::clone(&input.record) };
                let sources = Arc::clone(&input.sources);
                let made = Made { record: Arc::new(record), sources, ending: Ending::Whole };
                let earlier = before.and_then(|step| step.before(now.window)).cloned();
                (Step { made: Some(made), now: Some(Arc::new(now)), earlier }, None)
            }
        }
    }

    fn advance(&self, before: Option<&Step>, record: &Record) -> Outcome<Option<(Vec<Value>, Now)>> {
        let now = before.and_then(|step| step.now.as_deref());
        let Some(window) = self.window(now, record)? else { return Ok(None) };
        let goes_on = |now: &&Now| now.window == window && !self.is_forgotten(now, record.time);
        let states = match now.filter(goes_on) {
            Some(now) => now.states.clone(),
            None => self.initial(record)?,
        };
        let fold = FoldHome::new(self.fold, &states, self.before(before, window)?);
        let home = RecordHome::in_fold(self.context.program, record, fold);
        let scope = Scope::record(self.context, &home);
        let value = |expr: &Expr| eval(&scope, expr);
        let yields: Outcome<Vec<Value>> = self.fold.yields.iter().map(|(_, expr)| value(expr)).collect();
        let next: Outcome<Vec<Value>> = self.fold.states.iter().map(|state| value(&state.next)).collect();
        Ok(Some((yields?, Now { window, last: record.time, states: next? })))
    }

    /// The window that holds a record, if the fold has windows; none where it lies in none of them.
    fn window(&self, now: Option<&Now>, record: &Record) -> Outcome<Option<Option<Interval>>> {
        match &self.fold.window {
            None => Ok(Some(None)),
            Some(window) if window.from_first_use => {
                let open = now.and_then(|now| now.window).filter(|open| record.time < open.end);
                let new = || time::from_first_use(window, self.context.zone, record.time);
                Ok(Some(Some(open.unwrap_or_else(new))))
            }
            Some(window) => Ok(self.context.holding(window, record.time)?.map(Some)),
        }
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
    fn before<'s>(&self, last: Option<&'s Step>, window: Option<Interval>) -> Outcome<Before<'s>> {
        let (Some(rule), Some(interval)) = (&self.fold.window, window) else { return Ok(Before::Nothing) };
        if rule.from_first_use || !self.looks_back {
            return Ok(Before::Nothing);
        }
        let Some(previous) = self.context.rule(rule)?.previous(interval) else { return Ok(Before::Opening) };
        Ok(match last.and_then(|step| step.before(window)) {
            Some(now) if now.window == Some(previous) => Before::Known(&now.states),
            Some(_) => Before::Nothing,
            None => Before::Opening,
        })
    }
}
