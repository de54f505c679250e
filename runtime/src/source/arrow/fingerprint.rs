//! The hash of what a record says, as typed columns give it: the very one that [`crate::source::columns`] gives a line.

use crate::source::columns::{self, Keys};
use florin_compiler::model::{Field, Value};

/// The content of a record, value by value in the order of the kind's fields.
#[derive(Clone, Copy, Debug)]
pub struct Content {
    keys: Keys,
    hash: columns::Content,
}

impl Content {
    /// Begins the content of a record.
    #[must_use]
    pub fn begin(keys: &Keys, kind: usize, account: &str, time_ns: i64) -> Content {
        Content { keys: *keys, hash: columns::begin_content(keys, kind, keys.text(account), Some(time_ns)) }
    }

    /// A number in the unit of the wire. `mantissa` must not end in a zero unless `scale` is none, and have at most 18
    /// digits.
    pub fn number(&mut self, mantissa: i64, scale: u8) {
        self.hash.add_integer(mantissa, scale);
    }

    /// A text.
    pub fn text(&mut self, text: &str) {
        self.hash.add_hash(self.keys.text(text));
    }

    /// A member of an enum.
    pub fn member(&mut self, member: u32) {
        self.hash.add_integer(i64::from(member), 0);
    }

    /// A truth.
    pub fn truth(&mut self, truth: bool) {
        self.hash.add_integer(i64::from(truth), 0);
    }

    /// A time, in nanoseconds since 1970.
    pub fn time(&mut self, nanoseconds: i64) {
        self.hash.add_integer(nanoseconds, 0);
    }

    /// Any value, read otherwise.
    pub fn value(&mut self, field: &Field, value: &Value) {
        columns::add_content(&mut self.hash, &self.keys, value, field);
    }

    /// The hash.
    #[must_use]
    pub fn finish(self) -> u64 {
        self.hash.finish()
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
    // As long as the other readers' plain numbers, so that a number has one hash.
    const MOST: u64 = 1_000_000_000_000_000_000;
    if mantissa.unsigned_abs() >= MOST {
        return None;
    }
    let scale = u8::try_from(fraction.len()).ok().filter(|scale| *scale <= florin_compiler::columns::MAX_SCALE)?;
    Some((mantissa, scale))
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
            ("-999999999999999999", Some((-999_999_999_999_999_999, 0))),
            ("1000000000000000000", None),
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
}
