//! Fractions of machine integers: the short paths of [`Rational`](super::Rational). None wherever a step does not fit,
//! and then the same is done with large integers.

use num_integer::Integer;

/// The most digits, and the most places either way, of a decimal that is read in 64 bits.
const MAX_DIGITS: usize = 18;

/// Numerator and denominator; the denominator is above zero.
pub(super) type Fraction = (i128, i128);

/// The fraction without common divisors.
pub(super) fn reduced((numerator, denominator): Fraction) -> Fraction {
    if denominator == 1 {
        return (numerator, 1);
    }
    if let (Ok(numerator), Ok(denominator)) = (i64::try_from(numerator), i64::try_from(denominator)) {
        return reduced_narrow(numerator, denominator);
    }
    // It divides the denominator, so that it fits.
    match i128::try_from(gcd(numerator.unsigned_abs(), denominator.unsigned_abs())) {
        Ok(1) | Err(_) => (numerator, denominator),
        Ok(divisor) => (numerator / divisor, denominator / divisor),
    }
}

/// The same in 64 bits, where most fractions stay: dividing 128 bits takes several times as long.
fn reduced_narrow(numerator: i64, denominator: i64) -> Fraction {
    match i64::try_from(narrow_gcd(numerator.unsigned_abs(), denominator.unsigned_abs())) {
        Ok(1) | Err(_) => (numerator.into(), denominator.into()),
        Ok(divisor) => ((numerator / divisor).into(), (denominator / divisor).into()),
    }
}

/// `numerator / denominator`; none for a denominator of zero too.
pub(super) fn fraction(numerator: i128, denominator: i128) -> Option<Fraction> {
    match denominator {
        0 => None,
        1.. => Some(reduced((numerator, denominator))),
        _ => Some(reduced((numerator.checked_neg()?, denominator.checked_neg()?))),
    }
}

pub(super) fn sum((a, b): Fraction, (c, d): Fraction) -> Option<Fraction> {
    if b == d {
        return Some(reduced((a.checked_add(c)?, b)));
    }
    let numerator = a.checked_mul(d)?.checked_add(c.checked_mul(b)?)?;
    Some(reduced((numerator, b.checked_mul(d)?)))
}

pub(super) fn product((a, b): Fraction, (c, d): Fraction) -> Option<Fraction> {
    Some(reduced((a.checked_mul(c)?, b.checked_mul(d)?)))
}

/// The quotient; none for a divisor of zero too.
pub(super) fn quotient((a, b): Fraction, (c, d): Fraction) -> Option<Fraction> {
    fraction(a.checked_mul(d)?, b.checked_mul(c)?)
}

/// How many times the second is in the first, or none within if that is not whole.
pub(super) fn count((a, b): Fraction, (c, d): Fraction) -> Option<Option<i128>> {
    let (all, one) = (a.checked_mul(d)?, b.checked_mul(c)?);
    Some(if all.checked_rem(one)? == 0 { Some(all.checked_div(one)?) } else { None })
}

/// The largest number of which both, reduced and not zero, are whole multiples.
pub(super) fn measure((a, b): Fraction, (c, d): Fraction) -> Option<Fraction> {
    let numerator = i128::try_from(gcd(a.unsigned_abs(), c.unsigned_abs())).ok()?;
    let divisor = i128::try_from(gcd(b.unsigned_abs(), d.unsigned_abs())).ok()?;
    Some((numerator, (b / divisor).checked_mul(d)?))
}

/// The number that digits before and behind the point make, the point moved so many places to the left.
pub(super) fn decimal(whole: &str, fraction: &str, places: i64) -> Option<Fraction> {
    let short = usize::try_from(places.unsigned_abs()).is_ok_and(|places| places <= MAX_DIGITS);
    if !short || whole.len() + fraction.len() > MAX_DIGITS {
        return None;
    }
    let digits = whole.bytes().chain(fraction.bytes());
    let digits = digits.fold(0u64, |number, digit| number * 10 + u64::from(digit - b'0'));
    match u32::try_from(places) {
        Ok(places) => Some(over_power_of_ten(digits, places)),
        Err(_) => Some((i128::from(digits) * 10i128.pow(u32::try_from(-places).ok()?), 1)),
    }
}

/// A whole number over a power of ten of at most [`MAX_DIGITS`] places: only twos and fives can be common.
fn over_power_of_ten(mut digits: u64, places: u32) -> Fraction {
    let twos = places.min(digits.trailing_zeros());
    digits >>= twos;
    let mut fives = places;
    while fives > 0 && digits.is_multiple_of(5) {
        digits /= 5;
        fives -= 1;
    }
    (i128::from(digits), i128::from(5u64.pow(fives) << (places - twos)))
}

/// The greatest common divisor; in 64 bits where the smaller one fits.
fn gcd(one: u128, other: u128) -> u128 {
    let (small, large) = (one.min(other), one.max(other));
    match large.checked_rem(small) {
        None => large,
        Some(rest) => match (u64::try_from(small), u64::try_from(rest)) {
            (Ok(small), Ok(rest)) => narrow_gcd(small, rest).into(),
            _ => small.gcd(&rest),
        },
    }
}

/// The greatest common divisor; a division first, since the two often are of very different size.
fn narrow_gcd(one: u64, other: u64) -> u64 {
    let (small, large) = (one.min(other), one.max(other));
    match large.checked_rem(small) {
        None => large,
        Some(0) => small,
        Some(rest) => small.gcd(&rest),
    }
}
