//! Values as plain integers and texts: what goes into a column, and into the hash of a record's content.

use super::decimal::Decimal;
use super::keys::Content;
use florin_compiler::columns::{ABSENT_CODE, ABSENT_INTEGER, ABSENT_TRUTH, Column};
use florin_compiler::model::{Field, Value};
use jiff::civil;

/// A value that is no list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plain<'t> {
    /// Nothing.
    Absent,
    /// A number, in the unit of the wire.
    Number(Decimal),
    /// A text.
    Text(&'t str),
    /// A member of an enum, by its index.
    Member(u32),
    /// A truth.
    Truth(bool),
    /// Days or nanoseconds: a date, a time, or a time of day.
    Integer(i64),
}

impl<'t> Plain<'t> {
    /// A value that was read otherwise. None where it has no such form: a list, a long number, a far time.
    pub fn of(value: &'t Value, field: &Field) -> Option<Plain<'t>> {
        match value {
            Value::Absent => Some(Plain::Absent),
            Value::Number(number) => {
                let bare = match &field.unit {
                    Some(unit) => number.checked_div(&unit.factor)?,
                    None => number.clone(),
                };
                Decimal::of(&bare.to_decimal_string()?).map(Plain::Number)
            }
            Value::Text(text) => Some(Plain::Text(text)),
            Value::Member(member) => Some(Plain::Member(*member)),
            Value::Boolean(truth) => Some(Plain::Truth(*truth)),
            Value::Date(date) => {
                let hours = date.duration_since(civil::Date::constant(1970, 1, 1)).as_hours();
                Some(Plain::Integer(hours / 24))
            }
            Value::Time(time) => i64::try_from(time.as_nanosecond()).ok().map(Plain::Integer),
            Value::Clock(clock) => {
                let since = clock.duration_since(civil::Time::midnight()).as_nanos();
                i64::try_from(since).ok().map(Plain::Integer)
            }
            Value::List(_) => None,
        }
    }

    /// Adds it to a column; `code` is that of a text. False where it does not fit, and then it is not added.
    #[inline]
    pub fn push(&self, column: &mut Column, code: u32) -> bool {
        match (column, *self) {
            (Column::Unread, _) => {}
            (Column::Numbers(numbers), Plain::Number(number)) => {
                return numbers.push(number.mantissa, scale(number));
            }
            (Column::Texts(codes), Plain::Text(_)) => codes.push(code),
            (Column::Members(members), Plain::Member(member)) => members.push(member),
            (Column::Truths(truths), Plain::Truth(truth)) => truths.push(u8::from(truth)),
            (Column::Dates(integers) | Column::Times(integers) | Column::Clocks(integers), Plain::Integer(integer)) => {
                integers.push(integer);
            }
            (column, Plain::Absent) => push_absent(column),
            _ => return false,
        }
        true
    }

    /// Adds it to a hash; `hash` is that of a text.
    #[inline]
    pub fn hash(&self, content: &mut Content, hash: u64) {
        match *self {
            Plain::Absent => content.add_absent(),
            Plain::Number(number) => content.add_integer(number.mantissa, scale(number)),
            Plain::Text(_) => content.add_hash(hash),
            Plain::Member(member) => content.add_integer(i64::from(member), 0),
            Plain::Truth(truth) => content.add_integer(i64::from(truth), 0),
            Plain::Integer(integer) => content.add_integer(integer, 0),
        }
    }
}

/// At most [`super::decimal::MAX_DIGITS`].
#[inline]
fn scale(number: Decimal) -> u8 {
    u8::try_from(number.scale).unwrap_or(u8::MAX)
}

fn push_absent(column: &mut Column) {
    match column {
        Column::Unread => {}
        Column::Numbers(numbers) => numbers.push_absent(),
        Column::Texts(codes) | Column::Members(codes) => codes.push(ABSENT_CODE),
        Column::Truths(truths) => truths.push(ABSENT_TRUTH),
        Column::Dates(integers) | Column::Times(integers) | Column::Clocks(integers) => integers.push(ABSENT_INTEGER),
        Column::Lists(lists) => lists.push(Value::Absent),
    }
}
