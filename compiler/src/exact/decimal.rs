//! Numbers as text: the only way in and out, so that no digit passes through a float.

use super::{Rational, machine};
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};
use std::str::FromStr;

/// The most digits that a number from outside may have. Sums and products grow far beyond without loss.
pub const MAX_DIGITS: usize = 60;
/// The largest power of ten, up or down, that a number from outside may have.
pub const MAX_EXPONENT: i64 = 60;

/// Why a text is not a number that can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// It is written otherwise.
    #[error("not a number")]
    NotANumber,
    /// More digits or a larger exponent than the limits.
    #[error("a number too large to hold (at most {MAX_DIGITS} digits, and a power of ten of at most {MAX_EXPONENT})")]
    TooLarge,
}

impl Rational {
    /// Reads `12`, `-0.5`, `1.5e-3`: digits, a point, a power of ten; as JSON writes numbers, but a leading zero
    /// or plus is let through. No blanks, no thousands.
    ///
    /// # Errors
    /// [`NumberError`] where the text is no number, or one beyond [`MAX_DIGITS`] or [`MAX_EXPONENT`].
    pub fn parse(text: &str) -> Result<Rational, NumberError> {
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, text.get(1..).unwrap_or("")),
            Some(b'+') => (false, text.get(1..).unwrap_or("")),
            _ => (false, text),
        };
        let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
            Some(at) => (unsigned.get(..at).unwrap_or(""), parse_exponent(unsigned.get(at + 1..).unwrap_or(""))?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(whole) || !all_digits(fraction) {
            return Err(NumberError::NotANumber);
        }
        let fraction = fraction.trim_end_matches('0');
        let whole = whole.trim_start_matches('0');
        if whole.len() + fraction.len() > MAX_DIGITS || exponent.abs() > MAX_EXPONENT {
            return Err(NumberError::TooLarge);
        }
        let places = i64::try_from(fraction.len()).map_err(|_| NumberError::TooLarge)? - exponent;
        let magnitude = match machine::decimal(whole, fraction, places) {
            Some(short) => Rational::of_reduced(short),
            None => long(whole, fraction, places)?,
        };
        Ok(if negative { -&magnitude } else { magnitude })
    }

    /// The number as a decimal, if it has finitely many digits.
    #[must_use]
    pub fn to_decimal_string(&self) -> Option<String> {
        let (_, denominator) = self.fraction();
        let places = decimal_places(denominator)?;
        Some(self.to_fixed(places))
    }

    /// How many decimal places it has, if finitely many.
    #[must_use]
    pub fn decimal_places(&self) -> Option<u32> {
        decimal_places(self.fraction().1)
    }

    /// The number with exactly so many places; digits beyond are cut off, so round before.
    #[must_use]
    pub fn to_fixed(&self, places: u32) -> String {
        let (numerator, denominator) = self.fraction();
        let scaled = numerator * BigInt::from(10u8).pow(places) / denominator;
        let digits = scaled.abs().to_string();
        let width = places as usize + 1;
        let padded = format!("{digits:0>width$}");
        let (whole, fraction) = padded.split_at(padded.len() - places as usize);
        let sign = if scaled.is_negative() { "-" } else { "" };
        let point = if places == 0 { "" } else { "." };
        format!("{sign}{whole}{point}{fraction}")
    }

    /// As the Rust world's decimal, if it has a finite expansion that fits its 96 bits without loss.
    #[must_use]
    pub fn to_decimal(&self) -> Option<rust_decimal::Decimal> {
        rust_decimal::Decimal::from_str_exact(&self.to_decimal_string()?).ok()
    }
}

impl From<rust_decimal::Decimal> for Rational {
    fn from(decimal: rust_decimal::Decimal) -> Rational {
        shift(BigInt::from(decimal.mantissa()), i64::from(decimal.scale()))
    }
}

/// A decimal where there is a finite one, else a fraction `n/d`.
impl std::fmt::Display for Rational {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.to_decimal_string() {
            Some(decimal) => f.write_str(&decimal),
            None => {
                let (numerator, denominator) = self.fraction();
                write!(f, "{numerator}/{denominator}")
            }
        }
    }
}

fn parse_exponent(text: &str) -> Result<i64, NumberError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NumberError::NotANumber);
    }
    text.parse().map_err(|_| NumberError::TooLarge)
}

/// The number that digits before and behind the point make, however many there are.
fn long(whole: &str, fraction: &str, places: i64) -> Result<Rational, NumberError> {
    Ok(shift(parse_digits(whole, fraction)?, places))
}

fn parse_digits(whole: &str, fraction: &str) -> Result<BigInt, NumberError> {
    let digits = [whole, fraction].concat();
    if digits.is_empty() {
        return Ok(BigInt::zero());
    }
    match digits.parse::<i128>() {
        Ok(small) => Ok(BigInt::from(small)),
        Err(_) => BigInt::from_str(&digits).map_err(|_| NumberError::NotANumber),
    }
}

fn shift(digits: BigInt, places: i64) -> Rational {
    let power = BigInt::from(10u8).pow(u32::try_from(places.unsigned_abs()).unwrap_or(u32::MAX));
    if places >= 0 { Rational::from_fraction(digits, power) } else { Rational::from(digits * power) }
}

/// How many decimal places a fraction with this (reduced) denominator has, if finitely many.
fn decimal_places(mut denominator: BigInt) -> Option<u32> {
    let mut count = |prime: u8| {
        let mut times = 0u32;
        while (&denominator % prime).is_zero() {
            denominator /= prime;
            times += 1;
        }
        times
    };
    let places = count(2).max(count(5));
    denominator.is_one().then_some(places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_short_path_reads_what_the_long_one_does(
            whole in prop_oneof!["[0-9]{0,20}", "[0-9]{0,2}0{0,18}"],
            fraction in prop_oneof!["[0-9]{0,20}", "0{0,18}[0-9]", "[05]{0,18}", "[0248]{0,18}"],
            moved in prop_oneof![Just(0i64), -40i64..40],
        ) {
            let places = moved + i64::try_from(fraction.len()).expect("few");
            if let Some(short) = machine::decimal(&whole, &fraction, places) {
                prop_assert_eq!(Ok(Rational::of_reduced(short)), long(&whole, &fraction, places));
            }
        }
    }

    #[test]
    fn the_short_path_takes_eighteen_digits_and_places() {
        let digits = "9".repeat(18);
        assert!(machine::decimal("", &digits, 18).is_some());
        assert!(machine::decimal(&digits, "", -18).is_some());
        assert!(machine::decimal("9", &digits, 18).is_none());
        assert!(machine::decimal("9", "", 19).is_none());
        assert!(machine::decimal("9", "", -19).is_none());
    }

    #[test]
    fn reads_what_json_writes() {
        for (text, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("12.50", "12.5"),
            ("1e3", "1000"),
            ("1.5E-3", "0.0015"),
            ("-2.5e+1", "-25"),
            ("007", "7"),
            ("0.1", "0.1"),
            ("123456789012345678901234567890.5", "123456789012345678901234567890.5"),
        ] {
            assert_eq!(Rational::parse(text).map(|value| value.to_string()), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in ["", "-", ".", "1.", ".5", "1e", "1e+", "0x10", "1_000", " 1", "NaN", "1,5", "--1", "∞"] {
            assert_eq!(Rational::parse(text), Err(NumberError::NotANumber), "{text}");
        }
    }

    #[test]
    fn holds_the_limits() {
        let longest = "9".repeat(MAX_DIGITS);
        assert!(Rational::parse(&longest).is_ok());
        assert_eq!(Rational::parse(&format!("{longest}9")), Err(NumberError::TooLarge));
        assert!(Rational::parse(&format!("1e{MAX_EXPONENT}")).is_ok());
        assert_eq!(Rational::parse(&format!("1e{}", MAX_EXPONENT + 1)), Err(NumberError::TooLarge));
        assert_eq!(Rational::parse("1e-99999999999999999999"), Err(NumberError::TooLarge));
    }
}
