//! The values of keys as integers: equal integers, equal values.

use super::place::Numbered;
use super::sums::over;
use crate::columns::{ABSENT_INTEGER, Dictionary, clock_of, date_of, integer_of};
use crate::exact::Rational;
use crate::ir::{Key, Stream};
use crate::model::{Type, Value};
use jiff::Timestamp;

/// How the values of keys are told apart in a shard: texts by their codes, numbers by the order in which they came, all
/// others as columns hold them.
#[derive(Debug)]
pub(super) struct Keys<'r> {
    dictionary: &'r Dictionary,
    numbers: Numbered<Rational>,
}

impl<'r> Keys<'r> {
    pub(super) fn new(dictionary: &'r Dictionary) -> Keys<'r> {
        Keys { dictionary, numbers: Numbered::default() }
    }

    /// The integer of a value; none where there are too many to count.
    pub(super) fn atom(&mut self, value: &Value) -> Option<i64> {
        match value {
            Value::Absent | Value::List(_) => Some(ABSENT_INTEGER),
            Value::Number(number) => self.numbers.number(number).map(i64::from),
            Value::Text(text) => self.dictionary.code(text).map(i64::from),
            other => integer_of(other, self.dictionary),
        }
    }

    /// The integer of what a kernel gives: of a number, over its denominator.
    pub(super) fn atom_of(&mut self, ty: &Type, integer: i128, denominator: i128) -> Option<i64> {
        let is_absent = integer == i128::MIN || integer == i128::from(ABSENT_INTEGER);
        match ty {
            Type::Number(_) if !is_absent => self.numbers.number(&over(integer, denominator)).map(i64::from),
            _ => Some(i64::try_from(integer).unwrap_or(ABSENT_INTEGER)),
        }
    }

    /// The values of a stream's keys.
    pub(super) fn values(&self, stream: &Stream, atoms: &[i64]) -> Vec<Value> {
        let value = |(key, atom): (&Key, &i64)| self.value(&key.ty, *atom).unwrap_or(Value::Absent);
        stream.keys.iter().zip(atoms).map(value).collect()
    }

    fn value(&self, ty: &Type, atom: i64) -> Option<Value> {
        if atom == ABSENT_INTEGER {
            return None;
        }
        match ty {
            Type::Number(_) => self.numbers.get(u32::try_from(atom).ok()?).cloned().map(Value::Number),
            Type::Text => self.dictionary.text(u32::try_from(atom).ok()?).map(Value::Text),
            Type::Enum(_) => u32::try_from(atom).ok().map(Value::Member),
            Type::Boolean => Some(Value::Boolean(atom == 1)),
            Type::Date => date_of(atom).map(Value::Date),
            Type::Time => Timestamp::from_nanosecond(i128::from(atom)).ok().map(Value::Time),
            Type::Clock => clock_of(atom).map(Value::Clock),
            Type::List(_) => None,
        }
    }
}
