//! What kernels call where the machine has no instruction: 128 bits, and long searches.
//!
//! All are total: whatever they are given, they return, and say by a status whether there is a result. Integers of
//! 128 bits come and go in two halves, which every calling convention knows.

use crate::exact::Rounding;

/// A helper found a result.
const DONE: i64 = 0;
/// It found none.
const NONE: i64 = 1;

/// Two halves of 64 bits.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Halves {
    low: u64,
    high: i64,
}

impl Halves {
    fn whole(low: u64, high: i64) -> i128 {
        (i128::from(high) << 64) | i128::from(low)
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // The halves are meant.
    fn of(whole: i128) -> Halves {
        Halves { low: whole as u64, high: (whole >> 64) as i64 }
    }
}

/// The product, if 128 bits hold it.
pub(super) extern "C" fn multiply(low: u64, high: i64, by_low: u64, by_high: i64, out: &mut Halves) -> i64 {
    given(Halves::whole(low, high).checked_mul(Halves::whole(by_low, by_high)), out)
}

/// What is left of whole multiples, with the divisor's sign.
pub(super) extern "C" fn modulo(low: u64, high: i64, by_low: u64, by_high: i64, out: &mut Halves) -> i64 {
    given(floor_modulo(Halves::whole(low, high), Halves::whole(by_low, by_high)), out)
}

/// A quotient, rounded to a whole number by the direction of this code.
pub(super) extern "C" fn quotient(
    low: u64,
    high: i64,
    by_low: u64,
    by_high: i64,
    direction: i64,
    out: &mut Halves,
) -> i64 {
    let rounded = |rounding| rounded(rounding, Halves::whole(low, high), Halves::whole(by_low, by_high));
    given(direction_of(direction).and_then(rounded), out)
}

/// How many of the numbers, in rising order, are at most this one.
///
/// The numbers are those of a table, which lives as long as the kernel that calls.
pub(super) extern "C" fn count_at_most(numbers: &Thresholds, low: u64, high: i64) -> i64 {
    let value = Halves::whole(low, high);
    let count = numbers.at.partition_point(|threshold| i128::from(*threshold) <= value);
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Numbers in rising order, at a place that does not move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Thresholds {
    pub(super) at: Vec<i64>,
}

/// The code of a direction.
pub(super) fn code_of(rounding: Rounding) -> i64 {
    match rounding {
        Rounding::HalfAwayFromZero => 0,
        Rounding::HalfEven => 1,
        Rounding::Up => 2,
        Rounding::Down => 3,
        Rounding::Ceil => 4,
        Rounding::Floor => 5,
    }
}

fn direction_of(code: i64) -> Option<Rounding> {
    let all = [Rounding::HalfAwayFromZero, Rounding::HalfEven, Rounding::Up, Rounding::Down, Rounding::Ceil];
    all.into_iter().chain([Rounding::Floor]).find(|rounding| code_of(*rounding) == code)
}

fn given(result: Option<i128>, out: &mut Halves) -> i64 {
    match result {
        Some(result) => {
            *out = Halves::of(result);
            DONE
        }
        None => NONE,
    }
}

fn floor_modulo(dividend: i128, divisor: i128) -> Option<i128> {
    if divisor == -1 {
        return Some(0);
    }
    let rest = dividend.checked_rem(divisor)?;
    if rest != 0 && (rest < 0) != (divisor < 0) { rest.checked_add(divisor) } else { Some(rest) }
}

fn rounded(rounding: Rounding, dividend: i128, divisor: i128) -> Option<i128> {
    let toward_zero = dividend.checked_div(divisor)?;
    let rest = dividend.checked_rem(divisor)?;
    if rest == 0 {
        return Some(toward_zero);
    }
    let is_negative = (rest < 0) != (divisor < 0);
    let (part, left) = (rest.unsigned_abs(), divisor.unsigned_abs() - rest.unsigned_abs());
    let goes_away = match rounding {
        Rounding::Up => true,
        Rounding::Down => false,
        Rounding::Ceil => !is_negative,
        Rounding::Floor => is_negative,
        Rounding::HalfAwayFromZero => part >= left,
        Rounding::HalfEven => part > left || (part == left && toward_zero % 2 != 0),
    };
    let step = if is_negative { -1 } else { 1 };
    if goes_away { toward_zero.checked_add(step) } else { Some(toward_zero) }
}
