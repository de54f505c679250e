//! Numbers as JSON writes them, without a power of ten and not too long: an integer and its decimal places.

use std::cmp::Ordering;

/// The most digits that are read here, which always fit 64 bits.
pub const MAX_DIGITS: usize = 18;

/// A number: the mantissa over ten to the power of the scale, the scale the least that does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decimal {
    /// The digits, with their sign.
    pub mantissa: i64,
    /// How many of them stand behind the point.
    pub scale: u64,
}

impl Decimal {
    /// The number at the beginning of these bytes, and its length. None where there is none, where it has a power of
    /// ten or too many digits, and where JSON does not write it so (`01`, `1.`, `.5`, `+1`).
    #[inline]
    pub fn read(bytes: &[u8]) -> Option<(Decimal, usize)> {
        let negative = bytes.first() == Some(&b'-');
        let start = usize::from(negative);
        let (mut digits, mut at) = digits(bytes, start, 0)?;
        let whole = at - start;
        if whole == 0 || (whole > 1 && bytes.get(start) == Some(&b'0')) {
            return None;
        }
        let mut scale = 0;
        if bytes.get(at) == Some(&b'.') {
            let (all, end) = self::digits(bytes, at + 1, digits)?;
            let places = end - at - 1;
            if places == 0 || whole + places > MAX_DIGITS {
                return None;
            }
            (digits, scale, at) = (all, places as u64, end);
        }
        if matches!(bytes.get(at), Some(b'e' | b'E')) {
            return None;
        }
        let mantissa = if negative { digits.wrapping_neg() } else { digits };
        Some((Decimal { mantissa, scale }.shortest(), at))
    }

    /// A whole text that is a number.
    pub fn of(text: &str) -> Option<Decimal> {
        let (decimal, length) = Decimal::read(text.as_bytes())?;
        (length == text.len()).then_some(decimal)
    }

    /// Without zeros at the end of its places: 1.50 is 1.5.
    #[inline]
    fn shortest(mut self) -> Decimal {
        while self.scale > 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.scale -= 1;
        }
        self
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    #[inline]
    fn cmp(&self, other: &Decimal) -> Ordering {
        if self.scale == other.scale || other.mantissa == 0 {
            return self.mantissa.cmp(&other.mantissa);
        }
        // 18 digits, and at most as many more, fit 128 bits.
        let power = |scale: u64| (0..scale).fold(1i128, |power, _| power * 10);
        let raised = |one: &Decimal, by: u64| i128::from(one.mantissa) * power(by);
        raised(self, other.scale).cmp(&raised(other, self.scale))
    }
}

/// Reads digits behind a number; none where there are too many.
#[inline]
fn digits(bytes: &[u8], start: usize, before: i64) -> Option<(i64, usize)> {
    let mut number = before;
    let mut at = start;
    while let Some(digit) = bytes.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        if at - start >= MAX_DIGITS {
            return None;
        }
        // Two runs of 18 digits would not fit; the caller refuses them, so a wrong number in between does no harm.
        number = number.wrapping_mul(10).wrapping_add(i64::from(digit));
        at += 1;
    }
    Some((number, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_json_writes() {
        for (text, mantissa, scale) in [
            ("0", 0, 0),
            ("-0", 0, 0),
            ("-0.0", 0, 0),
            ("7", 7, 0),
            ("-12.50", -125, 1),
            ("0.000001", 1, 6),
            ("100", 100, 0),
            ("999999999999999999", 999_999_999_999_999_999, 0),
            ("0.12345678901234567", 12_345_678_901_234_567, 17),
            ("1.000000000000000", 1, 0),
        ] {
            assert_eq!(Decimal::of(text), Some(Decimal { mantissa, scale }), "{text}");
        }
    }

    #[test]
    fn numbers_are_in_their_order() {
        let ordered = [
            "-999999999999999999",
            "-1.5",
            "-0.00000000000000001",
            "0",
            "0.00000000000000001",
            "0.9",
            "1",
            "1.01",
            "10",
            "999999999999999999",
        ];
        let ordered: Vec<Decimal> = ordered.iter().filter_map(|text| Decimal::of(text)).collect();
        assert_eq!(ordered.len(), 10);
        for (at, one) in ordered.iter().enumerate() {
            for (other_at, other) in ordered.iter().enumerate() {
                assert_eq!(one.cmp(other), at.cmp(&other_at), "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn leaves_the_rest_to_others() {
        for text in [
            "",
            "-",
            ".",
            "1.",
            ".5",
            "01",
            "00",
            "-01",
            "+1",
            "1e3",
            "1E3",
            "1.5e3",
            "--1",
            "1,5",
            " 1",
            "1 ",
            "0x1",
            "1000000000000000000",
            "0.123456789012345678",
            "123456789012345678.9",
            "999999999999999999.999999999999999999",
        ] {
            assert_eq!(Decimal::of(text), None, "{text}");
        }
        assert_eq!(Decimal::read(b"1.5,"), Some((Decimal { mantissa: 15, scale: 1 }, 3)));
    }
}
