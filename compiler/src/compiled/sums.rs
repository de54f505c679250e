//! Running sums of groups: in 64 bits or 128, and as fractions of any size where those do not suffice.

use super::totals::Totals;
use crate::exact::Rational;
use std::collections::HashMap;

/// Stands for a sum that is held elsewhere.
const ELSEWHERE: i128 = i128::MIN;

/// The sums of one aggregate, by group, all over one denominator.
#[derive(Debug)]
pub(super) struct Sums {
    denominator: i128,
    /// All of them, as long as 64 bits suffice.
    narrow: Option<Totals>,
    /// Those that fit 128 bits; [`ELSEWHERE`] stands for the others.
    wide: Vec<i128>,
    long: HashMap<u32, Rational>,
}

impl Default for Sums {
    fn default() -> Sums {
        Sums { denominator: 1, narrow: Some(Totals::default()), wide: Vec::new(), long: HashMap::new() }
    }
}

impl Sums {
    /// Gives all sums a denominator that is a multiple of the one they have.
    pub(super) fn rescale(&mut self, denominator: i128) {
        let by = denominator / self.denominator;
        if !self.narrow.as_mut().is_some_and(|narrow| narrow.rescale(by)) {
            self.rescale_wide(by);
        }
        self.denominator = denominator;
    }

    fn rescale_wide(&mut self, by: i128) {
        let denominator = self.denominator;
        self.widen();
        let Sums { wide, long, .. } = self;
        for (group, sum) in (0u32..).zip(wide) {
            if *sum == ELSEWHERE {
                continue;
            }
            match sum.checked_mul(by).filter(|sum| *sum != ELSEWHERE) {
                Some(scaled) => *sum = scaled,
                None => {
                    long.insert(group, over(*sum, denominator));
                    *sum = ELSEWHERE;
                }
            }
        }
    }

    /// From now on in 128 bits.
    fn widen(&mut self) -> &mut Vec<i128> {
        if let Some(narrow) = self.narrow.take() {
            self.wide = narrow.all().iter().copied().map(i128::from).collect();
        }
        &mut self.wide
    }

    /// The sums of the first groups, if they are held in 64 bits and will be when so much is added in all, up or
    /// down; and how far from zero they may then be. Whoever adds to them here adds no more than that.
    pub(super) fn narrow(&mut self, groups: usize, more: u64) -> Option<(&mut [i64], u64)> {
        if !self.narrow.as_mut().is_some_and(|narrow| narrow.has_room(more)) {
            self.widen();
        }
        self.narrow.as_mut()?.reserved(groups, more)
    }

    /// The sum of a group over the denominator, if it is held in 128 bits; zero before the group's first record.
    pub(super) fn short(&self, group: u32) -> Option<i128> {
        let at = group as usize;
        match &self.narrow {
            Some(narrow) => Some(narrow.all().get(at).copied().map_or(0, i128::from)),
            None => Some(self.wide.get(at).copied().unwrap_or(0)).filter(|sum| *sum != ELSEWHERE),
        }
    }

    /// The sum of a group.
    pub(super) fn exact(&self, group: u32) -> Rational {
        match self.short(group) {
            Some(sum) => over(sum, self.denominator),
            None => self.long.get(&group).cloned().unwrap_or_else(Rational::zero),
        }
    }

    /// Adds to the sum of a group, over the denominator.
    pub(super) fn add(&mut self, group: u32, value: i128) {
        if let Ok(narrow) = i64::try_from(value)
            && let Some((totals, _)) = self.narrow(group as usize + 1, narrow.unsigned_abs())
            && let Some(total) = totals.get_mut(group as usize)
        {
            *total = total.wrapping_add(narrow);
            return;
        }
        let denominator = self.denominator;
        let place = self.wide(group);
        match place.checked_add(value).filter(|sum| *place != ELSEWHERE && *sum != ELSEWHERE) {
            Some(sum) => *place = sum,
            None => self.add_exact(group, &over(value, denominator)),
        }
    }

    /// Adds any number to the sum of a group.
    pub(super) fn add_exact(&mut self, group: u32, value: &Rational) {
        let sum = &self.exact(group) + value;
        let short = over_denominator(&sum, self.denominator);
        *self.wide(group) = short.unwrap_or(ELSEWHERE);
        match short {
            Some(_) => self.long.remove(&group),
            None => self.long.insert(group, sum),
        };
    }

    fn wide(&mut self, group: u32) -> &mut i128 {
        let at = group as usize;
        let totals = self.widen();
        if at >= totals.len() {
            totals.resize(at + 1, 0);
        }
        // It was just made long enough.
        #[allow(clippy::indexing_slicing)]
        &mut totals[at]
    }

    /// The bytes that are held.
    pub(super) fn bytes(&self) -> usize {
        let narrow = self.narrow.as_ref().map_or(0, Totals::bytes);
        narrow + self.wide.capacity() * size_of::<i128>() + self.long.capacity() * size_of::<(u32, Rational)>()
    }
}

/// An integer over a denominator.
pub(super) fn over(value: i128, denominator: i128) -> Rational {
    Rational::fraction_of(value, denominator).unwrap_or_else(Rational::zero)
}

/// A number as an integer over a denominator, if it is one that fits.
pub(super) fn over_denominator(number: &Rational, denominator: i128) -> Option<i128> {
    (number * &Rational::from(denominator)).to_i128().filter(|integer| *integer != ELSEWHERE)
}

/// The least common multiple, if it fits.
pub(super) fn common(a: i128, b: i128) -> Option<i128> {
    (a / num_integer::gcd(a, b)).checked_mul(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_go_on_beyond_128_bits() {
        let mut sums = Sums::default();
        sums.add(3, i128::MAX);
        sums.add(3, 5);
        sums.add(0, -7);
        sums.rescale(1_000);
        let expected = &Rational::from(i128::MAX) + &Rational::from(5i64);
        assert_eq!(sums.exact(3), expected);
        assert_eq!(sums.short(0), Some(-7_000));
        sums.add_exact(3, &-&expected);
        assert_eq!((sums.short(3), sums.short(1), sums.short(9)), (Some(0), Some(0), Some(0)));
        sums.add_exact(0, &Rational::parse("0.0005").expect("a number"));
        assert_eq!(sums.exact(0).to_string(), "-6.9995");
    }
}
