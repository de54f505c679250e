//! The units that numbers count: exact fractions above zero, known when a kernel is compiled.

use crate::exact::{Rational, Rounding};
use num_traits::ToPrimitive;

/// A unit of more bits than this is not followed: what counts it would not fit 128 bits anyway.
const MAX_BITS: u64 = 512;

/// How much one count is, above zero.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Unit(Rational);

impl Unit {
    /// One.
    pub(super) fn one() -> Unit {
        Unit(Rational::one())
    }

    /// One over ten to the power of some places.
    pub(super) fn decimal(places: u8) -> Unit {
        // No power of ten is zero.
        let part = Rational::one().checked_div(&Rational::power_of_ten(u32::from(places)));
        Unit(part.unwrap_or_else(Rational::one))
    }

    /// The size of a number; none for zero.
    pub(super) fn size_of(number: &Rational) -> Option<Unit> {
        (!number.is_zero()).then(|| Unit(number.abs())).and_then(Unit::kept)
    }

    /// The product; none where it is too fine or too coarse to follow.
    pub(super) fn times(&self, other: &Unit) -> Option<Unit> {
        Unit(&self.0 * &other.0).kept()
    }

    /// The quotient; none where it is too fine or too coarse to follow.
    pub(super) fn over(&self, other: &Unit) -> Option<Unit> {
        self.0.checked_div(&other.0).map(Unit).and_then(Unit::kept)
    }

    /// The largest unit of which both are whole multiples.
    pub(super) fn common(&self, other: &Unit) -> Option<Unit> {
        self.0.common_measure(&other.0).map(Unit).and_then(Unit::kept)
    }

    /// Numerator and denominator, if they fit.
    pub(super) fn parts(&self) -> Option<(i128, i128)> {
        let (numerator, denominator) = self.0.fraction();
        numerator.to_i128().zip(denominator.to_i128())
    }

    /// How many of it a number is, if that is whole and fits.
    pub(super) fn count(&self, number: &Rational) -> Option<i128> {
        number.count_of(&self.0)
    }

    /// The least whole count that is at least a number.
    pub(super) fn count_from(&self, number: &Rational) -> Option<i128> {
        self.counted(number, Rounding::Ceil)
    }

    /// The least whole count that is above a number.
    pub(super) fn count_above(&self, number: &Rational) -> Option<i128> {
        self.counted(number, Rounding::Floor)?.checked_add(1)
    }

    fn counted(&self, number: &Rational, rounding: Rounding) -> Option<i128> {
        rounding.to_integer(&number.checked_div(&self.0)?).to_i128()
    }

    fn kept(self) -> Option<Unit> {
        if self.0.bits() <= MAX_BITS {
            return Some(self);
        }
        let (numerator, denominator) = self.0.fraction();
        (numerator.bits() <= MAX_BITS && denominator.bits() <= MAX_BITS).then_some(self)
    }
}
