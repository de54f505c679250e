//! Hashes by which records are told apart. They are keyed at random, so that nobody can make two records collide.
//!
//! Architecture invariant: a value has one hash, whatever it was read from: 1.50 is 1.5, a decimal or a text.

use florin_compiler::model::{Field, Symbol, Value};
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};

/// The keys of a run: all its readers must hash with the same ones.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    high: RandomState,
    low: RandomState,
}

impl Keys {
    /// The identity of a record.
    #[must_use]
    pub fn identity(&self, source: Option<&str>, id: &str) -> u128 {
        let half = |state: &RandomState| u128::from(state.hash_one((source, id)));
        (half(&self.high) << 64) | half(&self.low)
    }

    /// Begins the content of a record.
    #[must_use]
    pub fn content(&self, kind: usize, account: &str, time_ns: i128) -> Content {
        let mut hasher = self.high.build_hasher();
        (kind, account, time_ns).hash(&mut hasher);
        Content(hasher)
    }
}

/// The content of a record, value by value in the order of the kind's fields.
#[derive(Clone, Debug)]
pub struct Content(DefaultHasher);

impl Content {
    /// A number in the unit of the wire. `mantissa` must not end in a zero unless `scale` is none.
    pub fn number(&mut self, mantissa: i64, scale: u8) {
        self.integer(1, mantissa);
        self.0.write_u8(scale);
    }

    /// A text.
    pub fn text(&mut self, text: &str) {
        self.0.write_u8(2);
        self.0.write(text.as_bytes());
        self.0.write_usize(text.len());
    }

    /// A member of an enum.
    pub fn member(&mut self, member: u32) {
        self.integer(3, i64::from(member));
    }

    /// A truth.
    pub fn truth(&mut self, truth: bool) {
        self.integer(4, i64::from(truth));
    }

    /// A time, in nanoseconds since 1970.
    pub fn time(&mut self, nanoseconds: i64) {
        self.integer(5, nanoseconds);
    }

    /// Any value, read otherwise.
    pub fn value(&mut self, field: &Field, value: &Value) {
        match value {
            Value::Number(_) => match plain_number(field, value) {
                Some((mantissa, scale)) => self.number(mantissa, scale),
                None => self.other(value),
            },
            Value::Text(text) => self.text(text),
            Value::Member(member) => self.member(*member),
            Value::Boolean(truth) => self.truth(*truth),
            Value::Time(time) => match i64::try_from(time.as_nanosecond()) {
                Ok(nanoseconds) => self.time(nanoseconds),
                Err(_) => self.other(value),
            },
            Value::Absent | Value::Date(_) | Value::Clock(_) | Value::List(_) => self.other(value),
        }
    }

    /// The hash.
    #[must_use]
    pub fn finish(self) -> u64 {
        self.0.finish()
    }

    fn other(&mut self, value: &Value) {
        self.0.write_u8(6);
        value.hash(&mut self.0);
    }

    fn integer(&mut self, tag: u8, integer: i64) {
        self.0.write_u8(tag);
        self.0.write_i64(integer);
    }
}

/// A number as the wire had it: its mantissa without zeros at the end, and its decimal places; none where it has no
/// such form in 64 bits.
pub(super) fn plain_number(field: &Field, value: &Value) -> Option<(i64, u8)> {
    let Value::Number(number) = value else { return None };
    let bare = match &field.unit {
        Some(unit) => number.checked_div(&unit.factor)?,
        None => number.clone(),
    };
    decimal_of(&bare.to_decimal_string()?)
}

/// A decimal's text as its mantissa and places; none where it is longer than 64 bits, or no plain decimal.
pub(super) fn decimal_of(text: &str) -> Option<(i64, u8)> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    if whole.is_empty() || fraction.is_empty() {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let mut mantissa = 0i64;
    for byte in whole.bytes().chain(fraction.bytes()) {
        let digit = i64::from(byte.checked_sub(b'0').filter(|digit| *digit < 10)?);
        mantissa = mantissa.checked_mul(10)?.checked_sub(digit)?;
    }
    let mantissa = if negative { mantissa } else { mantissa.checked_neg()? };
    let scale = u8::try_from(fraction.len()).ok().filter(|scale| *scale <= florin_compiler::columns::MAX_SCALE)?;
    Some((mantissa, scale))
}

/// Who gave a record its id, where its id is written with the source before it.
pub(super) fn without_source<'i>(source: Option<&Symbol>, id: &'i str) -> &'i str {
    source.and_then(|source| id.strip_prefix(&**source)?.strip_prefix('/')).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_lose_their_last_zeros() {
        for (text, expected) in [
            ("1.50", Some((15, 1))),
            ("-0.000001", Some((-1, 6))),
            ("007", Some((7, 0))),
            ("100", Some((100, 0))),
            ("-9223372036854775808", Some((i64::MIN, 0))),
            ("9223372036854775808", None),
            ("0.0000000000000000001", None),
            ("", None),
            ("-", None),
            ("1.", None),
            (".5", None),
            ("1e3", None),
            ("+1", None),
        ] {
            assert_eq!(decimal_of(text), expected, "{text}");
        }
    }

    #[test]
    fn a_source_makes_another_identity() {
        let keys = Keys::default();
        assert_eq!(keys.identity(Some("a"), "b"), keys.clone().identity(Some("a"), "b"));
        assert_ne!(keys.identity(Some("a"), "b/1"), keys.identity(Some("a/b"), "1"));
        assert_ne!(keys.identity(None, "1"), Keys::default().identity(None, "1"));
        assert_eq!(without_source(Some(&"a".into()), "a/b/1"), "b/1");
    }
}
