//! The workloads as a programmer would write them with `rust_decimal`: prices as decimals, checked arithmetic, the
//! amount of each record into a column.

pub mod w1;
pub mod w2;
pub mod w3;

use rust_decimal::Decimal;

/// The sum of a column of amounts; none where it overflows.
fn sum(amounts: &[Decimal]) -> Option<Decimal> {
    amounts.iter().try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(*amount))
}

/// A decimal as a count of the last of so many places; none where it has more of them.
#[must_use]
pub fn count(decimal: Decimal, places: u32) -> Option<i128> {
    let missing = places.checked_sub(decimal.normalize().scale())?;
    decimal.normalize().mantissa().checked_mul(10i128.checked_pow(missing)?)
}
