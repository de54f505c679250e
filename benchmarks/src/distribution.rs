//! How often each value comes.

use crate::random::Random;

/// Values between quantiles of something that was observed, each stretch as likely as the other.
#[derive(Clone, Copy, Debug)]
pub struct Quantiles(pub &'static [u64]);

/// Tokens that went into a model: the 32nds of the trace in `tests/data/azure_code_2023`.
pub const INPUT_TOKENS: Quantiles = Quantiles(&[
    3, 51, 90, 137, 185, 245, 348, 462, 578, 700, 825, 915, 1_014, 1_093, 1_196, 1_342, 1_469, 1_605, 1_734, 1_884,
    2_048, 2_194, 2_371, 2_539, 2_744, 2_982, 3_330, 3_775, 4_434, 5_510, 6_498, 7_435, 7_437,
]);
/// Tokens that came out, from the same trace: few of them, with a long tail.
pub const OUTPUT_TOKENS: Quantiles = Quantiles(&[
    6, 6, 6, 7, 7, 8, 8, 9, 9, 9, 10, 10, 11, 11, 12, 12, 13, 14, 15, 15, 16, 18, 19, 21, 24, 27, 31, 37, 46, 58, 77,
    126, 1_899,
]);
/// Thousandths of a unit in a reading: mostly little, now and then very much.
pub const READINGS: Quantiles = Quantiles(&[
    1, 40, 125, 250, 500, 750, 1_000, 1_500, 2_250, 3_500, 5_000, 8_000, 12_500, 20_000, 40_000, 100_000, 1_500_000,
]);

impl Quantiles {
    /// A value.
    pub fn draw(self, random: &mut Random) -> u64 {
        let at = random.index(self.0.len().saturating_sub(1));
        match self.0.get(at..at + 2) {
            Some(&[low, high]) => low + random.below(high - low + 1),
            _ => 0,
        }
    }
}

/// The n-th of so many, where the n-th comes as often as n^-1.1 says.
#[derive(Clone, Debug)]
pub struct Zipf {
    /// For each, the weights up to it and with it.
    cumulative: Vec<u64>,
}

/// The root 1.1 stands for n * n^(1/10); so many binary places of the tenth root are kept.
const ROOT_BITS: u32 = 10;
/// A weight is 2^40 over n^1.1.
const WEIGHT_BITS: u32 = 40;

impl Zipf {
    /// Over numbers below `count`, at most 2^20.
    #[must_use]
    pub fn new(count: u64) -> Zipf {
        let mut sum = 0u64;
        let weight = |rank: u64| (1u64 << (WEIGHT_BITS + ROOT_BITS)) / (rank * tenth_root(rank));
        let cumulative = (1..=count).map(|rank| {
            sum += weight(rank);
            sum
        });
        Zipf { cumulative: cumulative.collect() }
    }

    /// One of them, from 0 on.
    pub fn draw(&self, random: &mut Random) -> u32 {
        let at = random.below(self.cumulative.last().copied().unwrap_or(0));
        u32::try_from(self.cumulative.partition_point(|upper| *upper <= at)).unwrap_or(u32::MAX)
    }
}

/// The tenth root in units of 2^-10, rounded down.
fn tenth_root(of: u64) -> u64 {
    let target = u128::from(of) << (10 * ROOT_BITS);
    let fits = |root: u64| u128::from(root).checked_pow(10).is_some_and(|power| power <= target);
    (0..=12).rev().fold(0, |root, bit| if fits(root | 1 << bit) { root | 1 << bit } else { root })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_rounded_down() {
        assert_eq!(tenth_root(1), 1 << 10);
        assert_eq!(tenth_root(1 << 10), 2 << 10);
        assert_eq!(tenth_root((1 << 10) - 1), (2 << 10) - 1);
    }

    #[test]
    fn the_first_of_a_hundred_thousand_comes_once_in_seven_to_eight_times() {
        let zipf = Zipf::new(100_000);
        let mut random = Random::new(1);
        let firsts = (0..100_000).filter(|_| zipf.draw(&mut random) == 0).count();
        assert!((12_500..14_500).contains(&firsts), "{firsts}");
    }

    #[test]
    fn tokens_stay_within_the_trace() {
        let mut random = Random::new(1);
        let drawn: Vec<u64> = (0..10_000).map(|_| INPUT_TOKENS.draw(&mut random)).collect();
        assert!(drawn.iter().all(|tokens| (3..=7_437).contains(tokens)));
        let mean = drawn.iter().sum::<u64>() / 10_000;
        assert!((1_950..2_150).contains(&mean), "the trace's mean is 2,048, here it is {mean}");
    }
}
