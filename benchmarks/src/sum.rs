//! The sum of a column of integers.

/// The exact sum. The halves of 32 bits are added apart, which needs no carry and vectorises; both sums hold for
/// 2^31 rows.
#[must_use]
pub fn narrow(integers: &[i64]) -> i128 {
    let mut high = 0i64;
    let mut low = 0i64;
    for integer in integers {
        high = high.wrapping_add(integer >> 32);
        low = low.wrapping_add(integer & 0xFFFF_FFFF);
    }
    (i128::from(high) << 32) + i128::from(low)
}

/// The exact sum of wide integers; none where it leaves 128 bits.
#[must_use]
pub fn wide(integers: &[i128]) -> Option<i128> {
    integers.iter().try_fold(0i128, |sum, integer| sum.checked_add(*integer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_add_up() {
        let integers = [i64::MIN, i64::MIN, i64::MAX, -1, 0, 1];
        assert_eq!(narrow(&integers), integers.iter().map(|integer| i128::from(*integer)).sum());
        assert_eq!(wide(&[i128::MAX, 1]), None);
    }
}
