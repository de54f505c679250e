//! The tiers of W2's book, in integers.

/// Decimal places of a quantity, as the data has it.
pub const QUANTITY_PLACES: u32 = 3;
/// Decimal places of an amount: three of a quantity, four of a rate.
pub const AMOUNT_PLACES: u32 = 7;
/// How many tiers there are.
pub const TIERS: usize = 5;
/// Up to where each tier goes, its edge included, in thousandths; the last has no edge.
pub const EDGES: [i64; TIERS - 1] = [10_000, 100_000, 1_000_000, 10_000_000];
/// The rate of each tier, in units of 10^-4.
pub const RATES: [i64; TIERS] = [1_000, 850, 725, 600, 475];

/// What a whole quantity costs, in units of 10^-7: each unit at the rate of its own tier.
#[must_use]
pub fn amount(quantity: i128) -> i128 {
    let lower = std::iter::once(0).chain(EDGES);
    let upper = EDGES.iter().map(|edge| i128::from(*edge)).chain([i128::MAX]);
    let tiers = lower.zip(upper).zip(RATES);
    tiers.map(|((lower, upper), rate)| (quantity.min(upper) - i128::from(lower)).max(0) * i128::from(rate)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_tests_of_the_book_say() {
        assert_eq!(amount(200_000), 159_000_000);
        assert_eq!(amount(11_000_000), 6_614_000_000);
    }
}
