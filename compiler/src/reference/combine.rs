//! Many values made one.

use super::scope::{Missing, Outcome};
use crate::exact::{Rational, Rounding};
use crate::ir::{AggregateFunction, ops};
use crate::model::Value;
use num_traits::ToPrimitive;
use std::collections::BTreeSet;

/// What a function makes of values, which stand in their order: records by time and id, rows by window and keys.
pub(super) fn combine(function: &AggregateFunction, values: &[Value]) -> Outcome<Value> {
    let nothing = |value: Option<&Value>| Ok(value.cloned().unwrap_or(Value::Absent));
    match function {
        AggregateFunction::Count => Ok(Value::Number(count(values.len()))),
        AggregateFunction::Sum => sum(values).map(Value::Number),
        AggregateFunction::Max => nothing(present(values)?.iter().max().copied()),
        AggregateFunction::Min => nothing(present(values)?.iter().min().copied()),
        AggregateFunction::First => nothing(values.first()),
        AggregateFunction::Last => nothing(values.last()),
        AggregateFunction::Unique => {
            Ok(Value::Number(count(present(values)?.into_iter().collect::<BTreeSet<_>>().len())))
        }
        AggregateFunction::Average => average(values),
        AggregateFunction::Percentile(percent) => nothing(nearest_rank(percent, present(values)?)),
        AggregateFunction::Highest(k) => nothing(highest(*k, present(values)?)),
        AggregateFunction::Integral => Err(super::scope::internal("an integral of separate values")),
        AggregateFunction::Any => Ok(Value::Boolean(values.contains(&Value::Boolean(true)))),
        AggregateFunction::All => Ok(Value::Boolean(!values.contains(&Value::Boolean(false)))),
    }
}

/// The same of these values and so many zeros, which are not written out: a year has millions of empty seconds.
pub(super) fn combine_with_zeros(function: &AggregateFunction, mut values: Vec<Value>, zeros: usize) -> Outcome<Value> {
    let zero = || Value::Number(Rational::zero());
    match function {
        _ if zeros == 0 => combine(function, &values),
        AggregateFunction::Average => {
            let all = &count(values.len()) + &count(zeros);
            Ok(sum(&values)?.checked_div(&all).map_or(Value::Absent, Value::Number))
        }
        AggregateFunction::Percentile(percent) => {
            present(&values)?;
            values.sort();
            let rank = rank(percent, values.len() + zeros).unwrap_or(0);
            let below = values.partition_point(|value| *value < zero());
            let value = match rank {
                rank if rank < below => values.get(rank).cloned(),
                rank if rank < below + zeros => Some(zero()),
                rank => values.get(rank - zeros).cloned(),
            };
            Ok(value.unwrap_or(Value::Absent))
        }
        _ => {
            values.extend(std::iter::repeat_n(zero(), zeros));
            combine(function, &values)
        }
    }
}

fn count(length: usize) -> Rational {
    Rational::from(length as u64)
}

/// The values, none of which is absent.
fn present(values: &[Value]) -> Outcome<Vec<&Value>> {
    match values.contains(&Value::Absent) {
        true => Err(Missing("one of the values that are needed is absent".to_owned())),
        false => Ok(values.iter().collect()),
    }
}

fn sum(values: &[Value]) -> Outcome<Rational> {
    values
        .iter()
        .try_fold(Rational::zero(), |total, value| ops::number(value).map(|number| &total + number).map_err(Missing))
}

fn average(values: &[Value]) -> Outcome<Value> {
    let mean = sum(values)?.checked_div(&count(values.len()));
    Ok(mean.map_or(Value::Absent, Value::Number))
}

/// The least value that at least so many percent of the values do not exceed.
fn nearest_rank<'v>(percent: &Rational, mut values: Vec<&'v Value>) -> Option<&'v Value> {
    values.sort();
    values.get(rank(percent, values.len())?).copied()
}

/// Where that value stands among so many sorted ones, from 0.
fn rank(percent: &Rational, length: usize) -> Option<usize> {
    let share = percent.checked_div(&Rational::from(100i64))?;
    let rank = Rounding::Ceil.to_integer(&(&share * &count(length))).to_usize()?;
    Some(rank.max(1) - 1)
}

fn highest(k: u32, mut values: Vec<&Value>) -> Option<&Value> {
    values.sort();
    values.into_iter().rev().nth((k as usize).checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(function: &AggregateFunction, numbers: &[i64]) -> String {
        let values: Vec<Value> = numbers.iter().map(|number| Value::Number(Rational::from(*number))).collect();
        match combine(function, &values) {
            Ok(Value::Number(number)) => number.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn zeros_count_as_if_they_were_written_out() {
        let numbers = [-2i64, 3, 0, -1, 7].map(|number| Value::Number(Rational::from(number))).to_vec();
        let percentile = |percent: i64| AggregateFunction::Percentile(Rational::from(percent));
        for function in [AggregateFunction::Average, AggregateFunction::Max, percentile(1), percentile(20)]
            .into_iter()
            .chain((2..=10).map(|tenth| percentile(tenth * 10)))
        {
            for zeros in [0, 1, 5, 100] {
                let mut all = numbers.clone();
                all.extend(std::iter::repeat_n(Value::Number(Rational::zero()), zeros));
                let expected = combine(&function, &all);
                assert_eq!(combine_with_zeros(&function, numbers.clone(), zeros), expected, "{function:?} {zeros}");
            }
        }
    }

    #[test]
    fn each_function() {
        let numbers = [3, 1, 4, 1, 5];
        for (function, expected, of_none) in [
            (AggregateFunction::Sum, "14", "0"),
            (AggregateFunction::Count, "5", "0"),
            (AggregateFunction::Max, "5", "Ok(Absent)"),
            (AggregateFunction::Min, "1", "Ok(Absent)"),
            (AggregateFunction::First, "3", "Ok(Absent)"),
            (AggregateFunction::Last, "5", "Ok(Absent)"),
            (AggregateFunction::Unique, "4", "0"),
            (AggregateFunction::Average, "2.8", "Ok(Absent)"),
            (AggregateFunction::Percentile(Rational::from(50i64)), "3", "Ok(Absent)"),
            (AggregateFunction::Percentile(Rational::from(100i64)), "5", "Ok(Absent)"),
            (AggregateFunction::Percentile(Rational::from(1i64)), "1", "Ok(Absent)"),
            (AggregateFunction::Highest(2), "4", "Ok(Absent)"),
            (AggregateFunction::Highest(6), "Ok(Absent)", "Ok(Absent)"),
        ] {
            assert_eq!(made(&function, &numbers), expected, "{function:?}");
            assert_eq!(made(&function, &[]), of_none, "{function:?} of nothing");
        }
    }
}
