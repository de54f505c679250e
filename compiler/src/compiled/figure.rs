//! Numbers as they are written: decimals in 128 bits, and fractions of any size where those do not suffice.

use crate::exact::Rational;

/// A number that was rated.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// A decimal: the mantissa over ten to the power of the scale.
    Short {
        /// The digits.
        mantissa: i128,
        /// The decimal places; at most [`MAX_PLACES`].
        scale: u8,
    },
    /// Any other.
    Long(Box<Rational>),
}

/// The most decimal places of a short figure: ten to that power fits 128 bits.
pub const MAX_PLACES: u8 = 38;

impl Figure {
    /// Zero.
    pub const ZERO: Figure = Figure::Short { mantissa: 0, scale: 0 };

    /// The number.
    #[must_use]
    pub fn number(&self) -> Rational {
        match self {
            Figure::Short { mantissa, scale } => {
                let power = Rational::power_of_ten(u32::from(*scale));
                Rational::from(*mantissa).checked_div(&power).unwrap_or_else(Rational::zero)
            }
            Figure::Long(number) => (**number).clone(),
        }
    }

    /// The sum.
    #[must_use]
    pub fn plus(&self, other: &Figure) -> Figure {
        match (self, other) {
            (Figure::Short { mantissa: a, scale: x }, Figure::Short { mantissa: b, scale: y }) => {
                let scale = *x.max(y);
                let (a, b) = (shifted(*a, scale - x), shifted(*b, scale - y));
                match a.zip(b).and_then(|(a, b)| a.checked_add(b)) {
                    Some(mantissa) => Figure::Short { mantissa, scale },
                    None => Figure::long(&self.number() + &other.number()),
                }
            }
            _ => Figure::long(&self.number() + &other.number()),
        }
    }

    /// A number of any size.
    #[must_use]
    pub fn long(number: Rational) -> Figure {
        Figure::Long(Box::new(number))
    }

    /// The mantissa at a scale; none where the number needs more places or does not fit 128 bits there. Nothing is
    /// rounded.
    #[must_use]
    pub fn at_scale(&self, scale: u8) -> Option<i128> {
        match self {
            Figure::Short { mantissa, scale: own } if *own <= scale => shifted(*mantissa, scale - own),
            Figure::Short { mantissa, scale: own } => {
                let power = 10i128.checked_pow(u32::from(own - scale))?;
                (mantissa % power == 0).then(|| mantissa / power)
            }
            Figure::Long(number) => (&**number * &Rational::power_of_ten(u32::from(scale))).to_i128(),
        }
    }

    /// Appends the shortest decimal, as [`Rational`] displays it.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Figure::Short { mantissa, scale } => write_short(*mantissa, *scale, out),
            Figure::Long(number) => out.extend_from_slice(number.to_string().as_bytes()),
        }
    }
}

impl std::fmt::Display for Figure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = Vec::new();
        self.write(&mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

fn shifted(mantissa: i128, places: u8) -> Option<i128> {
    10i128.checked_pow(u32::from(places)).and_then(|power| mantissa.checked_mul(power))
}

/// Digits from the last one up, into the end of a buffer.
fn write_short(mantissa: i128, scale: u8, out: &mut Vec<u8>) {
    const ROOM: usize = 44;
    let mut digits = Digits { buffer: [b'0'; ROOM], at: ROOM, written: 0, places: usize::from(scale) };
    let size = mantissa.unsigned_abs();
    // Most numbers fit 64 bits, where a division is much cheaper.
    match u64::try_from(size) {
        Ok(narrow) => digits.put_narrow(narrow),
        Err(_) => digits.put_wide(size),
    }
    if mantissa < 0 {
        digits.put(b'-');
    }
    out.extend_from_slice(digits.buffer.get(digits.at..).unwrap_or_default());
}

/// A number that is written from its end.
struct Digits {
    buffer: [u8; 44],
    at: usize,
    /// How many digits there are yet.
    written: usize,
    /// How many of them are behind the point.
    places: usize,
}

impl Digits {
    fn put_narrow(&mut self, mut left: u64) {
        while self.places > 0 && left.is_multiple_of(10) {
            left /= 10;
            self.places -= 1;
        }
        while left > 0 || self.written <= self.places {
            self.digit(left % 10);
            left /= 10;
        }
    }

    fn put_wide(&mut self, mut left: u128) {
        while self.places > 0 && left.is_multiple_of(10) {
            left /= 10;
            self.places -= 1;
        }
        while left > 0 || self.written <= self.places {
            self.digit(u64::try_from(left % 10).unwrap_or(0));
            left /= 10;
        }
    }

    /// The next digit, and the point behind it where it belongs.
    #[inline]
    fn digit(&mut self, digit: u64) {
        if self.written == self.places && self.places > 0 {
            self.put(b'.');
        }
        self.put(b'0' + u8::try_from(digit).unwrap_or(0));
        self.written += 1;
    }

    #[inline]
    fn put(&mut self, byte: u8) {
        self.at = self.at.saturating_sub(1);
        if let Some(place) = self.buffer.get_mut(self.at) {
            *place = byte;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_rationals_are() {
        let mantissas = [0, 1, -1, 10, 100, 105, -12_340, 999, i128::from(i64::MAX), i128::MAX, i128::MIN + 1];
        for mantissa in mantissas {
            for scale in [0, 1, 2, 3, 12, 18, MAX_PLACES] {
                let figure = Figure::Short { mantissa, scale };
                assert_eq!(figure.to_string(), figure.number().to_string(), "{mantissa} at {scale}");
            }
        }
    }

    #[test]
    fn nothing_is_rounded_at_a_scale() {
        let cases = [
            ((1, 0), 18, Some(1_000_000_000_000_000_000)),
            ((150, 2), 1, Some(15)),
            ((151, 2), 1, None),
            ((-10, 19), 18, Some(-1)),
            ((1, 19), 18, None),
            ((0, MAX_PLACES), 0, Some(0)),
            ((i128::MAX, 0), 1, None),
        ];
        for ((mantissa, scale), at, expected) in cases {
            let figure = Figure::Short { mantissa, scale };
            assert_eq!(figure.at_scale(at), expected, "{figure} at {at}");
            assert_eq!(Figure::long(figure.number()).at_scale(at), expected, "{figure} at {at}, as a fraction");
        }
        let third = Rational::fraction_of(1, 3).expect("three is not zero");
        assert_eq!(Figure::long(third).at_scale(18), None);
    }

    #[test]
    fn sums_are_exact_beyond_128_bits() {
        let most = Figure::Short { mantissa: i128::MAX, scale: 2 };
        let sum = most.plus(&Figure::Short { mantissa: 1, scale: 5 });
        assert_eq!(sum.number(), &most.number() + &Rational::parse("0.00001").expect("a number"));
    }
}
