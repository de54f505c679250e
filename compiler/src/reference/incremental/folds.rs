//! Aggregates as folds: what is kept of values instead of themselves, so that the next one costs as little as the first.

use super::ranked::Ranked;
use crate::exact::{Rational, Rounding};
use crate::ir::{AggregateFunction, ops};
use crate::model::Value;
use crate::reference::scope::{Missing, Outcome, internal};
use num_traits::ToPrimitive;
use std::collections::BTreeMap;

/// What an aggregate keeps of values, each of which has a place in their order.
#[derive(Clone, Debug)]
pub(in crate::reference) enum Fold<K> {
    /// How many there are, which is counted beside it.
    Count,
    /// A sum; of an average too.
    Sum(Rational),
    /// The greatest, or the least, of what only grows.
    Extreme(Option<Value>),
    /// The k greatest, upward, of what only grows.
    Greatest(usize, Vec<Value>),
    /// The first, or the last, of what only grows.
    End(Option<(K, Value)>),
    /// All, by their order.
    Ordered(BTreeMap<K, Value>),
    /// All, by their value.
    Ranked(Ranked),
    /// What no fold is made of.
    Unknown,
}

impl<K: Ord + Clone> Fold<K> {
    /// Of a function without values; where they may go again, all that is needed then is kept.
    pub(in crate::reference) fn of(function: &AggregateFunction, may_shrink: bool) -> Fold<K> {
        match function {
            AggregateFunction::Count => Fold::Count,
            AggregateFunction::Sum | AggregateFunction::Average => Fold::Sum(Rational::zero()),
            AggregateFunction::Max | AggregateFunction::Min if !may_shrink => Fold::Extreme(None),
            AggregateFunction::Highest(k) if !may_shrink => Fold::Greatest(*k as usize, Vec::new()),
            AggregateFunction::First | AggregateFunction::Last if !may_shrink => Fold::End(None),
            AggregateFunction::First | AggregateFunction::Last => Fold::Ordered(BTreeMap::new()),
            AggregateFunction::Max | AggregateFunction::Min | AggregateFunction::Highest(_) => {
                Fold::Ranked(Ranked::default())
            }
            AggregateFunction::Unique | AggregateFunction::Percentile(_) => Fold::Ranked(Ranked::default()),
            AggregateFunction::Integral | AggregateFunction::Any | AggregateFunction::All => Fold::Unknown,
        }
    }

    /// One value more.
    pub(in crate::reference) fn add(&mut self, function: &AggregateFunction, order: &K, value: &Value) {
        match self {
            Fold::Count | Fold::Unknown => {}
            Fold::Sum(sum) => {
                if let Value::Number(number) = value {
                    *sum = &*sum + number;
                }
            }
            Fold::Extreme(known) => {
                let is_beyond = match (&*known, function) {
                    (None, _) => true,
                    (Some(known), AggregateFunction::Max) => value > known,
                    (Some(known), _) => value < known,
                };
                if is_beyond {
                    *known = Some(value.clone());
                }
            }
            Fold::Greatest(k, greatest) => {
                let at = greatest.partition_point(|one| one < value);
                greatest.insert(at, value.clone());
                if greatest.len() > *k {
                    greatest.remove(0);
                }
            }
            Fold::End(known) => {
                // Of those that share a place, the first to come is the first, the last to come the last.
                let is_beyond = match (&*known, function) {
                    (None, _) => true,
                    (Some((place, _)), AggregateFunction::First) => order < place,
                    (Some((place, _)), _) => order >= place,
                };
                if is_beyond {
                    *known = Some((order.clone(), value.clone()));
                }
            }
            Fold::Ordered(all) => drop(all.insert(order.clone(), value.clone())),
            Fold::Ranked(ranked) => ranked.add(value),
        }
    }

    /// One value less, of what may shrink.
    pub(in crate::reference) fn remove(&mut self, order: &K, value: &Value) {
        match self {
            Fold::Sum(sum) => {
                if let Value::Number(number) = value {
                    *sum = &*sum - number;
                }
            }
            Fold::Ordered(all) => drop(all.remove(order)),
            Fold::Ranked(ranked) => ranked.remove(value),
            Fold::Count | Fold::Extreme(_) | Fold::Greatest(..) | Fold::End(_) | Fold::Unknown => {}
        }
    }

    /// What the function makes of them; `count` is how many there are, `absent` how many of them have no value, `zeros`
    /// how many more are zero.
    pub(in crate::reference) fn value(
        &self,
        function: &AggregateFunction,
        (count, absent, zeros): (usize, usize, usize),
    ) -> Outcome<Value> {
        let length = |count: usize| Rational::from(count as u64);
        let present = || match absent {
            0 => Ok(()),
            _ => Err(Missing("one of the values that are needed is absent".to_owned())),
        };
        let found = |value: Option<&Value>| value.cloned().unwrap_or(Value::Absent);
        match (self, function) {
            (Fold::Count, _) => Ok(Value::Number(length(count))),
            (Fold::Sum(sum), function) => {
                if absent > 0 {
                    ops::number(&Value::Absent).map_err(Missing)?;
                }
                Ok(match function {
                    AggregateFunction::Sum => Value::Number(sum.clone()),
                    _ => sum.checked_div(&length(count + zeros)).map_or(Value::Absent, Value::Number),
                })
            }
            (Fold::Extreme(known), _) => present().map(|()| found(known.as_ref())),
            (Fold::Greatest(k, greatest), _) => {
                present().map(|()| found(greatest.first().filter(|_| greatest.len() == *k && *k > 0)))
            }
            (Fold::End(known), _) => Ok(found(known.as_ref().map(|(_, value)| value))),
            (Fold::Ordered(all), AggregateFunction::First) => Ok(found(all.values().next())),
            (Fold::Ordered(all), _) => Ok(found(all.values().next_back())),
            (Fold::Ranked(ranked), function) => {
                present()?;
                Ok(match function {
                    AggregateFunction::Max => found(ranked.greatest()),
                    AggregateFunction::Min => found(ranked.least()),
                    AggregateFunction::Unique => Value::Number(length(ranked.distinct())),
                    AggregateFunction::Highest(k) if *k > 0 => found(ranked.nth_greatest(*k as usize)),
                    AggregateFunction::Percentile(percent) => nearest_rank(percent, ranked, count, zeros),
                    _ => Value::Absent,
                })
            }
            (Fold::Unknown, _) => Err(internal("an aggregate that is no fold")),
        }
    }
}

/// The least value that at least so many percent of the values, and of so many zeros, do not exceed.
fn nearest_rank(percent: &Rational, ranked: &Ranked, count: usize, zeros: usize) -> Value {
    let zero = Value::Number(Rational::zero());
    let share = percent.checked_div(&Rational::from(100i64)).unwrap_or_else(Rational::zero);
    let all = count + zeros;
    let rank = Rounding::Ceil.to_integer(&(&share * &Rational::from(all as u64))).to_usize().unwrap_or(0).max(1) - 1;
    if all == 0 {
        return Value::Absent;
    }
    let below = if zeros > 0 { ranked.below(&zero) } else { 0 };
    let value = match rank {
        rank if zeros == 0 || rank < below => ranked.nth(rank),
        rank if rank < below + zeros => Some(zero),
        rank => ranked.nth(rank - zeros),
    };
    value.unwrap_or(Value::Absent)
}
