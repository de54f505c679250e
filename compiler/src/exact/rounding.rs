//! Where digits may be lost, and in which direction.

use super::Rational;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Signed;

/// The direction of a rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// To the nearest; a half goes away from zero. The default for money.
    HalfAwayFromZero,
    /// To the nearest; a half goes to the even neighbour.
    HalfEven,
    /// Away from zero.
    Up,
    /// Toward zero.
    Down,
    /// Toward plus infinity.
    Ceil,
    /// Toward minus infinity.
    Floor,
}

impl Rounding {
    /// The integer that this rounding gives for a fraction.
    #[must_use]
    pub fn to_integer(self, value: &Rational) -> BigInt {
        let (numerator, denominator) = value.fraction();
        let (floor, rest) = numerator.div_mod_floor(&denominator);
        if rest == BigInt::ZERO {
            return floor;
        }
        let goes_up = match self {
            Rounding::Floor => false,
            Rounding::Ceil => true,
            Rounding::Up => !numerator.is_negative(),
            Rounding::Down => numerator.is_negative(),
            Rounding::HalfAwayFromZero => nearest_is_up(&rest, &denominator, !numerator.is_negative()),
            Rounding::HalfEven => nearest_is_up(&rest, &denominator, floor.is_odd()),
        };
        if goes_up { floor + 1 } else { floor }
    }

    /// The multiple of `step` that this rounding gives; `step` must not be zero.
    #[must_use]
    pub fn to_step(self, value: &Rational, step: &Rational) -> Option<Rational> {
        let steps = value.checked_div(step)?;
        Some(&Rational::from(self.to_integer(&steps)) * step)
    }

    /// Rounded to decimal places.
    #[must_use]
    pub fn to_places(self, value: &Rational, places: u32) -> Rational {
        let scale = Rational::power_of_ten(places);
        let scaled = Rational::from(self.to_integer(&(value * &scale)));
        scaled.checked_div(&scale).unwrap_or_else(Rational::zero)
    }
}

fn nearest_is_up(rest: &BigInt, denominator: &BigInt, half_goes_up: bool) -> bool {
    match (rest * 2u8).cmp(denominator) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => half_goes_up,
        std::cmp::Ordering::Greater => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(rounding: Rounding, text: &str) -> String {
        rounding.to_places(&Rational::parse(text).expect("a number"), 0).to_string()
    }

    #[test]
    fn each_direction_on_both_sides_of_zero() {
        let values = ["2.5", "-2.5", "3.5", "2.4", "-2.6", "2"];
        let table = [
            (Rounding::HalfAwayFromZero, ["3", "-3", "4", "2", "-3", "2"]),
            (Rounding::HalfEven, ["2", "-2", "4", "2", "-3", "2"]),
            (Rounding::Up, ["3", "-3", "4", "3", "-3", "2"]),
            (Rounding::Down, ["2", "-2", "3", "2", "-2", "2"]),
            (Rounding::Ceil, ["3", "-2", "4", "3", "-2", "2"]),
            (Rounding::Floor, ["2", "-3", "3", "2", "-3", "2"]),
        ];
        for (rounding, expected) in table {
            for (value, expected) in values.iter().zip(expected) {
                assert_eq!(rounded(rounding, value), expected, "{rounding:?} of {value}");
            }
        }
    }
}
