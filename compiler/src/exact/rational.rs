//! A fraction of two integers, always reduced, with a short path where both fit 128 bits.

use super::machine::{self, Fraction};
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive};
use std::cmp::Ordering;
use std::ops::{Add, Mul, Neg, Sub};

/// An exact number.
///
/// Reduced, with a positive denominator, and `Small` whenever numerator and denominator fit, so that equal numbers
/// are equal in every field.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Rational(Form);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Form {
    Small { numerator: i128, denominator: i128 },
    Big(Box<BigRational>),
}

impl Default for Rational {
    fn default() -> Rational {
        Rational::zero()
    }
}

impl Rational {
    /// Zero.
    #[must_use]
    pub fn zero() -> Rational {
        Rational::small(0, 1)
    }

    /// One.
    #[must_use]
    pub fn one() -> Rational {
        Rational::small(1, 1)
    }

    /// `numerator / denominator`, if the denominator is not zero.
    #[must_use]
    pub fn fraction_of(numerator: i128, denominator: i128) -> Option<Rational> {
        if denominator == 0 {
            return None;
        }
        let short = machine::fraction(numerator, denominator).map(Rational::of_reduced);
        Some(short.unwrap_or_else(|| Rational::from_fraction(BigInt::from(numerator), BigInt::from(denominator))))
    }

    /// `numerator / denominator`; the denominator must not be zero, which inside this crate it never is.
    pub(super) fn from_fraction(numerator: BigInt, denominator: BigInt) -> Rational {
        Rational::from(BigRational::new(numerator, denominator))
    }

    /// Ten to the power of `exponent`.
    #[must_use]
    pub fn power_of_ten(exponent: u32) -> Rational {
        Rational::from(BigInt::from(10u8).pow(exponent))
    }

    /// Numerator and denominator, reduced; the denominator is positive.
    #[must_use]
    pub fn fraction(&self) -> (BigInt, BigInt) {
        match &self.0 {
            Form::Small { numerator, denominator } => (BigInt::from(*numerator), BigInt::from(*denominator)),
            Form::Big(big) => (big.numer().clone(), big.denom().clone()),
        }
    }

    /// Whether it is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        matches!(self.0, Form::Small { numerator: 0, .. })
    }

    /// Whether it is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Form::Small { numerator, .. } => *numerator < 0,
            Form::Big(big) => big.is_negative(),
        }
    }

    /// Whether it is above zero.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        !self.is_zero() && !self.is_negative()
    }

    /// Whether it is a whole number.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Form::Small { denominator, .. } => *denominator == 1,
            Form::Big(big) => big.is_integer(),
        }
    }

    /// Without its sign.
    #[must_use]
    pub fn abs(&self) -> Rational {
        if self.is_negative() { -self } else { self.clone() }
    }

    /// The quotient, exact; none if `divisor` is zero.
    #[must_use]
    pub fn checked_div(&self, divisor: &Rational) -> Option<Rational> {
        if divisor.is_zero() {
            return None;
        }
        if let Some(short) = self.with_small(divisor, machine::quotient) {
            return Some(Rational::of_reduced(short));
        }
        let (numerator, denominator) = divisor.fraction();
        let sign = if numerator.is_negative() { -1 } else { 1 };
        Some(self * &Rational::from_fraction(denominator * sign, numerator * sign))
    }

    /// What is left of whole multiples of `divisor`, with the divisor's sign; none if `divisor` is zero.
    #[must_use]
    pub fn modulo(&self, divisor: &Rational) -> Option<Rational> {
        let quotient = self.checked_div(divisor)?;
        let whole = Rational::from(super::Rounding::Floor.to_integer(&quotient));
        Some(self - &(&whole * divisor))
    }

    /// How many times `unit` is in it, if that is whole and fits; none if `unit` is zero.
    #[must_use]
    pub fn count_of(&self, unit: &Rational) -> Option<i128> {
        match self.with_small(unit, machine::count) {
            Some(short) => short,
            None => self.checked_div(unit)?.to_i128(),
        }
    }

    /// The largest number of which both are whole multiples; none if one is zero.
    #[must_use]
    pub fn common_measure(&self, other: &Rational) -> Option<Rational> {
        if self.is_zero() || other.is_zero() {
            return None;
        }
        if let Some(short) = self.with_small(other, machine::measure) {
            return Some(Rational::of_reduced(short));
        }
        let (one, two) = (self.big(), other.big());
        Some(Rational::from_fraction(one.numer().gcd(two.numer()), one.denom().lcm(two.denom())))
    }

    /// How many bits numerator and denominator take together; at most 256 for what needs no big integer.
    #[must_use]
    pub fn bits(&self) -> u64 {
        match &self.0 {
            Form::Small { .. } => 256,
            Form::Big(big) => big.numer().bits() + big.denom().bits(),
        }
    }

    /// As a machine integer, if it is a whole number that fits.
    #[must_use]
    pub fn to_i128(&self) -> Option<i128> {
        match &self.0 {
            Form::Small { numerator, denominator: 1 } => Some(*numerator),
            _ => None,
        }
    }

    /// The denominator, if it fits.
    #[must_use]
    pub fn denominator_i128(&self) -> Option<i128> {
        match &self.0 {
            Form::Small { denominator, .. } => Some(*denominator),
            Form::Big(big) => big.denom().to_i128(),
        }
    }

    /// Of a fraction that is reduced.
    pub(super) fn of_reduced((numerator, denominator): Fraction) -> Rational {
        Rational::small(numerator, denominator)
    }

    fn small(numerator: i128, denominator: i128) -> Rational {
        Rational(Form::Small { numerator, denominator })
    }

    /// A step in machine integers; none where one of the two is large, or the step does not fit.
    fn with_small<T>(&self, other: &Rational, step: impl FnOnce(Fraction, Fraction) -> Option<T>) -> Option<T> {
        match (&self.0, &other.0) {
            (Form::Small { numerator: a, denominator: b }, Form::Small { numerator: c, denominator: d }) => {
                step((*a, *b), (*c, *d))
            }
            _ => None,
        }
    }

    fn big(&self) -> BigRational {
        match &self.0 {
            Form::Small { numerator, denominator } => {
                BigRational::new_raw(BigInt::from(*numerator), BigInt::from(*denominator))
            }
            Form::Big(big) => (**big).clone(),
        }
    }
}

impl From<BigRational> for Rational {
    fn from(big: BigRational) -> Rational {
        match (big.numer().to_i128(), big.denom().to_i128()) {
            (Some(numerator), Some(denominator)) => Rational::small(numerator, denominator),
            _ => Rational(Form::Big(Box::new(big))),
        }
    }
}

impl From<BigInt> for Rational {
    fn from(integer: BigInt) -> Rational {
        match integer.to_i128() {
            Some(small) => Rational::small(small, 1),
            None => Rational(Form::Big(Box::new(BigRational::new_raw(integer, BigInt::one())))),
        }
    }
}

impl From<i128> for Rational {
    fn from(integer: i128) -> Rational {
        Rational::small(integer, 1)
    }
}

impl From<i64> for Rational {
    fn from(integer: i64) -> Rational {
        Rational::small(i128::from(integer), 1)
    }
}

impl From<u64> for Rational {
    fn from(integer: u64) -> Rational {
        Rational::small(i128::from(integer), 1)
    }
}

impl Add for &Rational {
    type Output = Rational;

    fn add(self, other: &Rational) -> Rational {
        let short = self.with_small(other, machine::sum).map(Rational::of_reduced);
        short.unwrap_or_else(|| Rational::from(self.big() + other.big()))
    }
}

impl Sub for &Rational {
    type Output = Rational;

    fn sub(self, other: &Rational) -> Rational {
        self + &-other
    }
}

impl Mul for &Rational {
    type Output = Rational;

    fn mul(self, other: &Rational) -> Rational {
        let short = self.with_small(other, machine::product).map(Rational::of_reduced);
        short.unwrap_or_else(|| Rational::from(self.big() * other.big()))
    }
}

impl Neg for &Rational {
    type Output = Rational;

    fn neg(self) -> Rational {
        match &self.0 {
            Form::Small { numerator, denominator } if *numerator != i128::MIN => {
                Rational::small(-numerator, *denominator)
            }
            _ => Rational::from(-self.big()),
        }
    }
}

impl PartialOrd for Rational {
    fn partial_cmp(&self, other: &Rational) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rational {
    fn cmp(&self, other: &Rational) -> Ordering {
        if let (Form::Small { numerator: a, denominator: b }, Form::Small { numerator: c, denominator: d }) =
            (&self.0, &other.0)
        {
            if b == d {
                return a.cmp(c);
            }
            if let (Some(left), Some(right)) = (a.checked_mul(*d), c.checked_mul(*b)) {
                return left.cmp(&right);
            }
        }
        self.big().cmp(&other.big())
    }
}

impl std::iter::Sum for Rational {
    fn sum<I: Iterator<Item = Rational>>(values: I) -> Rational {
        values.fold(Rational::zero(), |total, value| &total + &value)
    }
}

impl std::fmt::Debug for Rational {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rational() -> impl Strategy<Value = Rational> {
        let extremes = prop_oneof![any::<i128>(), Just(i128::MIN), Just(i128::MAX), -1_000i128..1_000];
        (extremes.clone(), extremes).prop_filter_map("a denominator", |(n, d)| Rational::fraction_of(n, d))
    }

    proptest! {
        #[test]
        fn agrees_with_big_rationals(a in rational(), b in rational()) {
            prop_assert_eq!((&a + &b).big(), a.big() + b.big());
            prop_assert_eq!((&a - &b).big(), a.big() - b.big());
            prop_assert_eq!((&a * &b).big(), a.big() * b.big());
            prop_assert_eq!(a.cmp(&b), a.big().cmp(&b.big()));
            if !b.is_zero() {
                let quotient = a.checked_div(&b).expect("not zero");
                prop_assert_eq!(quotient.big(), a.big() / b.big());
                prop_assert_eq!(a.count_of(&b), quotient.to_i128());
                let rest = a.modulo(&b).expect("not zero");
                prop_assert!(rest.is_zero() || rest.is_negative() == b.is_negative());
                prop_assert!(rest.abs() < b.abs());
            }
        }

        #[test]
        fn both_are_multiples_of_their_common_measure(a in rational(), b in rational()) {
            match a.common_measure(&b) {
                None => prop_assert!(a.is_zero() || b.is_zero()),
                Some(measure) => {
                    let (one, two) = (a.big() / measure.big(), b.big() / measure.big());
                    prop_assert!(one.is_integer() && two.is_integer());
                    prop_assert!(one.numer().gcd(two.numer()).is_one());
                }
            }
        }

        #[test]
        fn equal_numbers_have_one_form(a in rational(), b in rational()) {
            prop_assert_eq!(&(&a + &b) - &b, a);
        }

        #[test]
        fn what_is_printed_reads_back(n in any::<i64>(), places in 0u32..20) {
            let scale = Rational::power_of_ten(places);
            let value = Rational::from(n).checked_div(&scale).expect("not zero");
            prop_assert_eq!(Rational::parse(&value.to_string()), Ok(value));
        }
    }
}
