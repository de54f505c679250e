//! What the operators do to values; constants are folded by the same functions that evaluate them.
//!
//! A value may be absent only where a group has no record; then what is computed from it is absent too, until an
//! `otherwise` says what holds.

use super::{Arithmetic, Comparison, Function};
use crate::exact::{Rational, Rounding};
use crate::model::Value;
use std::cmp::Ordering;

/// Why an operator has no result, in a reader's words.
pub type Fault = String;

/// The most bits that a number may take, numerator and denominator together (some 4,900 digits): far beyond any bill,
/// and a bound for a book that squares again and again.
pub const MAX_BITS: u64 = 16_384;

/// Arithmetic on numbers; time minus time in seconds; time plus or minus seconds.
///
/// # Errors
/// Division by zero, a time out of range, a number too large to hold.
pub fn arithmetic(operator: Arithmetic, left: &Value, right: &Value) -> Result<Value, Fault> {
    match (left, right) {
        (Value::Absent, _) | (_, Value::Absent) => Ok(Value::Absent),
        (Value::Number(a), Value::Number(b)) => numbers(operator, a, b).map(Value::Number),
        (Value::Time(a), Value::Time(b)) => Ok(Value::Number(seconds_between(*b, *a))),
        (Value::Time(time), Value::Number(seconds)) if operator == Arithmetic::Subtract => {
            shifted(*time, &-seconds).map(Value::Time)
        }
        (Value::Time(time), Value::Number(seconds)) | (Value::Number(seconds), Value::Time(time)) => {
            shifted(*time, seconds).map(Value::Time)
        }
        _ => Err(unfit(&[left, right])),
    }
}

fn numbers(operator: Arithmetic, a: &Rational, b: &Rational) -> Result<Rational, Fault> {
    let result = match operator {
        Arithmetic::Add => Some(a + b),
        Arithmetic::Subtract => Some(a - b),
        Arithmetic::Multiply => Some(a * b),
        Arithmetic::Divide => a.checked_div(b),
        Arithmetic::Modulo => a.modulo(b),
        Arithmetic::Above => Some(if a > b { a - b } else { Rational::zero() }),
    };
    let result = result.ok_or_else(|| "it would divide by zero".to_owned())?;
    if result.bits() > MAX_BITS { Err("a number would be too large to hold".to_owned()) } else { Ok(result) }
}

/// The seconds from one instant to another, exact.
#[must_use]
pub fn seconds_between(from: jiff::Timestamp, to: jiff::Timestamp) -> Rational {
    let nanoseconds = Rational::from(to.as_nanosecond() - from.as_nanosecond());
    nanoseconds.checked_div(&Rational::power_of_ten(9)).unwrap_or_else(Rational::zero)
}

/// An instant so many seconds later; a time has nanoseconds, what is finer is cut off.
fn shifted(time: jiff::Timestamp, seconds: &Rational) -> Result<jiff::Timestamp, Fault> {
    let nanoseconds = Rounding::Floor.to_step(&(seconds * &Rational::power_of_ten(9)), &Rational::one());
    nanoseconds
        .and_then(|nanoseconds| nanoseconds.to_i128())
        .and_then(|nanoseconds| time.as_nanosecond().checked_add(nanoseconds))
        .and_then(|nanoseconds| jiff::Timestamp::from_nanosecond(nanoseconds).ok())
        .ok_or_else(|| "a time would be out of range".to_owned())
}

/// A comparison of two values of one type.
///
/// # Errors
/// A value that is absent.
pub fn compare(comparison: Comparison, left: &Value, right: &Value) -> Result<bool, Fault> {
    if *left == Value::Absent || *right == Value::Absent {
        return Err(unfit(&[left, right]));
    }
    let order = left.cmp(right);
    Ok(match comparison {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::NotEqual => order != Ordering::Equal,
        Comparison::Less => order == Ordering::Less,
        Comparison::LessOrEqual => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::GreaterOrEqual => order != Ordering::Less,
    })
}

/// Minus.
///
/// # Errors
/// A value of a wrong type, which is our fault.
pub fn negative(value: &Value) -> Result<Value, Fault> {
    if *value == Value::Absent {
        return Ok(Value::Absent);
    }
    number(value).map(|number| Value::Number(-number))
}

/// `min`, `max`, `abs`, `clamp`. `min` and `max` also take texts and times.
///
/// # Errors
/// No argument, or a value of a wrong type, which is our fault.
pub fn function(function: Function, arguments: &[Value]) -> Result<Value, Fault> {
    if arguments.contains(&Value::Absent) {
        return Ok(Value::Absent);
    }
    let none = || "a function has nothing to work on".to_owned();
    match (function, arguments) {
        (Function::Min, values) => values.iter().min().cloned().ok_or_else(none),
        (Function::Max, values) => values.iter().max().cloned().ok_or_else(none),
        (Function::Abs, [value]) => number(value).map(|number| Value::Number(number.abs())),
        (Function::Clamp, [value, least, most]) => Ok(value.max(least).min(most).clone()),
        (Function::Abs | Function::Clamp, _) => Err(none()),
    }
}

/// To a multiple of a step.
///
/// # Errors
/// A step of zero.
pub fn round(rounding: Rounding, value: &Value, step: &Value) -> Result<Value, Fault> {
    if *value == Value::Absent || *step == Value::Absent {
        return Ok(Value::Absent);
    }
    let rounded = rounding.to_step(number(value)?, number(step)?);
    rounded.map(Value::Number).ok_or_else(|| "it would round to a multiple of zero".to_owned())
}

/// A number.
///
/// # Errors
/// A value that is absent.
pub fn number(value: &Value) -> Result<&Rational, Fault> {
    match value {
        Value::Number(number) => Ok(number),
        other => Err(unfit(&[other])),
    }
}

/// A truth.
///
/// # Errors
/// A value that is absent.
pub fn truth(value: &Value) -> Result<bool, Fault> {
    match value {
        Value::Boolean(truth) => Ok(*truth),
        other => Err(unfit(&[other])),
    }
}

/// The checker lets only absent values come this far.
fn unfit(values: &[&Value]) -> Fault {
    if values.iter().any(|value| **value == Value::Absent) {
        "a value that is needed is absent".to_owned()
    } else {
        "internal error: a value is not of its type".to_owned()
    }
}
