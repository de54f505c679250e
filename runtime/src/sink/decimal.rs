//! A finite decimal in 128 bits.

use florin_compiler::exact::Rational;

/// `mantissa` over ten to the power of `scale`: 1.50 is 150 at scale 2, or 15 at scale 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// The digits.
    pub mantissa: i128,
    /// How many of them stand behind the point.
    pub scale: u8,
}

impl Decimal {
    /// The same number with as few decimal places as it needs.
    #[must_use]
    pub fn shortest(self) -> Decimal {
        let Decimal { mut mantissa, mut scale } = self;
        while scale > 0 && mantissa % 10 == 0 {
            (mantissa, scale) = (mantissa / 10, scale - 1);
        }
        Decimal { mantissa, scale }
    }

    /// The mantissa at a scale; none where the number needs more places or does not fit 128 bits there. Nothing is
    /// rounded.
    #[must_use]
    pub fn at_scale(self, scale: u8) -> Option<i128> {
        let Decimal { mantissa, scale: own } = self.shortest();
        let by = scale.checked_sub(own)?;
        10i128.checked_pow(u32::from(by))?.checked_mul(mantissa)
    }

    /// Of an exact number; none where it has no finite decimal, or none in 128 bits.
    #[must_use]
    pub fn of(number: &Rational) -> Option<Decimal> {
        let text = number.to_decimal_string()?;
        let scale = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let digits: String = text.chars().filter(|letter| *letter != '.').collect();
        Some(Decimal { mantissa: digits.parse().ok()?, scale: scale.try_into().ok()? })
    }
}

/// Without zeros at the end of the fraction: `1.5`, `-0.001`, `200`.
impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Decimal { mantissa, scale } = self.shortest();
        let width = usize::from(scale) + 1;
        let digits = format!("{:0>width$}", mantissa.unsigned_abs());
        let sign = if mantissa < 0 { "-" } else { "" };
        match digits.split_at_checked(digits.len() - usize::from(scale)) {
            Some((whole, fraction)) if scale > 0 => write!(f, "{sign}{whole}.{fraction}"),
            _ => write!(f, "{sign}{digits}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_shown_in_its_shortest_form() {
        for (mantissa, scale, expected) in [
            (0, 0, "0"),
            (0, 5, "0"),
            (150, 2, "1.5"),
            (-1, 3, "-0.001"),
            (200, 0, "200"),
            (200, 2, "2"),
            (-1_234_500, 4, "-123.45"),
            (1, 255, &format!("0.{}1", "0".repeat(254))),
            (i128::MIN, 0, "-170141183460469231731687303715884105728"),
            (i128::MAX, 39, "0.170141183460469231731687303715884105727"),
        ] {
            assert_eq!(Decimal { mantissa, scale }.to_string(), expected);
        }
    }

    #[test]
    fn scales_without_rounding() {
        assert_eq!(Decimal { mantissa: 15, scale: 1 }.at_scale(3), Some(1_500));
        assert_eq!(Decimal { mantissa: 1_500, scale: 3 }.at_scale(1), Some(15));
        assert_eq!(Decimal { mantissa: 15, scale: 2 }.at_scale(1), None);
        assert_eq!(Decimal { mantissa: i128::MAX, scale: 0 }.at_scale(1), None);
    }

    #[test]
    fn comes_from_exact_numbers_that_end() {
        let of = |text: &str| Decimal::of(&Rational::parse(text).expect("a number")).map(|one| one.to_string());
        assert_eq!(of("-12.50").as_deref(), Some("-12.5"));
        assert_eq!(of("1e-40").as_deref(), Some("0.0000000000000000000000000000000000000001"));
        assert_eq!(of("1e40"), None);
        assert_eq!(Decimal::of(&Rational::fraction_of(1, 3).expect("three is not zero")), None);
    }
}
