//! The units that numbers count: exact fractions above zero, known when a kernel is compiled.

use crate::exact::Rational;
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// A unit of more bits than this is not followed: what counts it would not fit 128 bits anyway.
const MAX_BITS: u64 = 512;

/// How much one count is, above zero.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Unit(BigRational);

impl Unit {
    /// One.
    pub(super) fn one() -> Unit {
        Unit(BigRational::one())
    }

    /// One over ten to the power of some places.
    pub(super) fn decimal(places: u8) -> Unit {
        Unit(BigRational::new_raw(BigInt::one(), BigInt::from(10u8).pow(u32::from(places))))
    }

    /// The size of a number; none for zero.
    pub(super) fn size_of(number: &Rational) -> Option<Unit> {
        let (numerator, denominator) = number.fraction();
        let above_zero = !numerator.is_zero();
        above_zero.then(|| Unit(BigRational::new_raw(numerator.abs(), denominator))).and_then(Unit::kept)
    }

    /// The product; none where it is too fine or too coarse to follow.
    pub(super) fn times(&self, other: &Unit) -> Option<Unit> {
        Unit(&self.0 * &other.0).kept()
    }

    /// The quotient; none where it is too fine or too coarse to follow.
    pub(super) fn over(&self, other: &Unit) -> Option<Unit> {
        Unit(&self.0 / &other.0).kept()
    }

    /// The largest unit of which both are whole multiples.
    pub(super) fn common(&self, other: &Unit) -> Option<Unit> {
        let numerator = self.0.numer().gcd(other.0.numer());
        Unit(BigRational::new(numerator, self.0.denom().lcm(other.0.denom()))).kept()
    }

    /// Numerator and denominator, if they fit.
    pub(super) fn parts(&self) -> Option<(i128, i128)> {
        self.0.numer().to_i128().zip(self.0.denom().to_i128())
    }

    /// How many of it a number is, if that is whole and fits.
    pub(super) fn count(&self, number: &Rational) -> Option<i128> {
        let counted = self.counted(number);
        counted.is_integer().then(|| counted.to_integer().to_i128()).flatten()
    }

    /// The least whole count that is at least a number.
    pub(super) fn count_from(&self, number: &Rational) -> Option<i128> {
        self.counted(number).ceil().to_integer().to_i128()
    }

    /// The least whole count that is above a number.
    pub(super) fn count_above(&self, number: &Rational) -> Option<i128> {
        self.counted(number).floor().to_integer().to_i128()?.checked_add(1)
    }

    fn counted(&self, number: &Rational) -> BigRational {
        let (numerator, denominator) = number.fraction();
        BigRational::new_raw(numerator, denominator) / &self.0
    }

    fn kept(self) -> Option<Unit> {
        (self.0.numer().bits() <= MAX_BITS && self.0.denom().bits() <= MAX_BITS).then_some(self)
    }
}
