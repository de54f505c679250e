//! What is known of a number's denominator before any record is seen (ARCHITECTURE.md, "Exact numbers").

use crate::exact::Rational;
use crate::model::Value;
use crate::typed::{Denominator, Expr, ExprKind};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed};

/// A denominator of more bits than this is not followed further: products of products would double it each time.
const MAX_BITS: u64 = 2_048;

impl Denominator {
    /// Of whole numbers.
    #[must_use]
    pub fn one() -> Denominator {
        Denominator::Static(BigInt::one())
    }

    /// Of this number.
    #[must_use]
    pub fn of(value: &Rational) -> Denominator {
        Denominator::Static(value.fraction().1)
    }

    /// Of any of these numbers; in machine integers for as long as that fits.
    #[must_use]
    pub fn of_any<'v>(values: impl Iterator<Item = &'v Rational>) -> Denominator {
        let (mut values, mut known) = (values.peekable(), 1);
        while let Some(next) = values.peek().and_then(|value| common_multiple(known, value.denominator_i128()?)) {
            known = next;
            values.next();
        }
        values.fold(Denominator::Static(BigInt::from(known)), |known, value| known.sum(&Denominator::of(value)))
    }

    /// Of a sum, or of either of two values.
    #[must_use]
    pub fn sum(&self, other: &Denominator) -> Denominator {
        self.combine(other, |left, right| left.lcm(right))
    }

    /// Of a product.
    #[must_use]
    pub fn product(&self, other: &Denominator) -> Denominator {
        self.combine(other, |left, right| left * right)
    }

    /// Of a quotient: static only where the divisor is a constant.
    #[must_use]
    pub fn quotient(&self, divisor: &Expr) -> Denominator {
        match &divisor.kind {
            ExprKind::Constant(Value::Number(constant)) => {
                self.product(&Denominator::Static(constant.fraction().0.abs()))
            }
            _ => Denominator::Open,
        }
    }

    fn combine(&self, other: &Denominator, with: impl Fn(&BigInt, &BigInt) -> BigInt) -> Denominator {
        match (self, other) {
            (Denominator::Static(left), Denominator::Static(right)) if left.bits() + right.bits() <= MAX_BITS => {
                Denominator::Static(with(left, right))
            }
            _ => Denominator::Open,
        }
    }
}

/// The least common multiple of two numbers above zero, if it fits.
fn common_multiple(known: i128, other: i128) -> Option<i128> {
    if known.checked_rem(other)? == 0 {
        return Some(known);
    }
    known.checked_mul(other.checked_div(known.gcd(&other))?)
}
