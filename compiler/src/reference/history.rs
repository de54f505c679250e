//! What was in the windows before.

use super::combine::combine;
use super::eval::eval;
use super::evaluation::{ACCOUNT, Evaluation};
use super::scope::{Group, Outcome, Scope};
use crate::exact::Rational;
use crate::ir::{AggregateFunction, Back, History, Op};
use crate::model::{Interval, Value};

/// A window that was before, and whether the account was there.
pub(super) struct Before {
    pub(super) interval: Interval,
    pub(super) is_known: bool,
}

impl Evaluation<'_> {
    /// What the windows before a group's come to; absent where there was none.
    pub(super) fn history(&self, history: &History, group: &Group) -> Outcome<Value> {
        let mut values = Vec::new();
        let before = self.windows_before(history, group)?;
        for one in &before {
            let there = Group::new(group.keys.clone(), one.interval);
            let value = match one.is_known {
                true => Some(eval(&Scope::group(self, &there), &history.argument)?),
                false => self.before_the_first(history, &there)?,
            };
            values.extend(value);
        }
        match (&history.function, values.is_empty(), &history.opening) {
            (_, true, Some(opening)) => eval(&Scope::group(self, group), opening),
            (_, true, None) => Ok(Value::Absent),
            (None, ..) => Ok(values.pop().unwrap_or(Value::Absent)),
            (Some(function), ..) => combine(function, &counted(function, values)),
        }
    }

    /// What a meter was before the account's first window.
    fn before_the_first(&self, history: &History, group: &Group) -> Outcome<Option<Value>> {
        let Op::Meter { meter, keys } = &history.argument.op else { return Ok(None) };
        let Some(opening) = &self.meter(*meter)?.opening else { return Ok(None) };
        let keys = keys.iter().filter_map(|key| group.keys.get(*key).cloned()).collect();
        let there = self.meter_group(*meter, keys, group)?;
        eval(&Scope::group(self, &there), opening).map(Some)
    }

    /// The account whose windows these are, where it is a key of what is looked back at.
    fn account_of<'g>(&self, history: &History, group: &'g Group) -> Option<&'g Value> {
        let mut found = None;
        history.argument.walk(&mut |expr| {
            if let Op::Meter { meter, keys } = &expr.op
                && let Ok(meter) = self.meter(*meter)
                && let Some(at) = meter.keys.iter().position(|key| *key.name == *ACCOUNT)
            {
                found = found.or(keys.get(at).and_then(|key| group.keys.get(*key)));
            }
        });
        found
    }

    /// The windows before the one that holds the start of a group's, the earliest first.
    pub(super) fn windows_before(&self, history: &History, group: &Group) -> Outcome<Vec<Before>> {
        let rule = self.context.rule(&history.window)?;
        let first = self.beginning(self.account_of(history, group))?.and_then(|first| rule.holding(first));
        let earlier = std::iter::successors(rule.holding(group.interval.start), |one| rule.previous(*one)).skip(1);
        let mut found: Vec<Interval> = match history.back {
            Back::Last(count) => earlier.take(count as usize).collect(),
            Back::Months(first, last) => {
                let month = |one: &Interval| u8::try_from(self.context.zone.date(one.start).month()).unwrap_or(0);
                let count = (i16::from(last) - i16::from(first)).rem_euclid(12) + 1;
                let latest = earlier.skip_while(|one| month(one) != last);
                latest.take(usize::try_from(count).unwrap_or(1)).collect()
            }
        };
        found.reverse();
        let is_known = |one: &Interval| first.is_some_and(|first| first.start <= one.start);
        Ok(found.into_iter().map(|interval| Before { interval, is_known: is_known(&interval) }).collect())
    }
}

/// The values that a function goes over: a window without a value is zero in a mean, and nothing elsewhere.
fn counted(function: &AggregateFunction, values: Vec<Value>) -> Vec<Value> {
    let is_mean = matches!(function, AggregateFunction::Average | AggregateFunction::Percentile(_));
    let value = |value: Value| match value {
        Value::Absent => is_mean.then(|| Value::Number(Rational::zero())),
        value => Some(value),
    };
    values.into_iter().filter_map(value).collect()
}
