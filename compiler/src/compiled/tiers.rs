//! Running totals of groups through graduated tiers, by column, in 64 bits.
//!
//! What a total costs is a straight line inside each tier: the total times the tier's rate, and an offset. Two such
//! lines give what an addition costs, whatever edges it crosses, and no branch is taken on the way.

use super::totals::{MOST_TOTAL, Totals};

/// The most edges that are compared one by one; a price of more is computed otherwise.
const MOST_EDGES: usize = 15;

/// A graduated price over integer totals: each unit at the rate of the tier in which it lies, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tiers {
    /// Where the second tier begins, the third, and so on; rising, above zero.
    edges: Vec<i64>,
    /// By tier: what one costs, and what makes the line meet the one before it (modulo 2^64).
    lines: Vec<(i64, i64)>,
    /// Within these totals, up and down, no amount leaves 64 bits.
    within: u64,
    /// Amounts are over ten to this power.
    places: u8,
}

impl Tiers {
    /// From the edges and the rates of the tiers, of which there is one more, with amounts over a power of ten. None
    /// where there are too many, or they do not rise.
    pub(super) fn of(edges: &[i64], rates: &[i64], places: u8) -> Option<Tiers> {
        let is_rising = edges.first().is_none_or(|first| *first > 0) && edges.is_sorted_by(|a, b| a < b);
        if !is_rising || edges.len() > MOST_EDGES || rates.len() != edges.len() + 1 {
            return None;
        }
        let mut lines = Vec::new();
        let (mut offset, mut before) = (0i64, *rates.first()?);
        for (at, rate) in rates.iter().enumerate() {
            let edge = at.checked_sub(1).and_then(|at| edges.get(at)).copied().unwrap_or(0);
            offset = offset.wrapping_add(before.wrapping_sub(*rate).wrapping_mul(edge));
            lines.push((*rate, offset));
            before = *rate;
        }
        // No total costs more than if each unit had the greatest rate.
        let greatest = rates.iter().map(|rate| rate.unsigned_abs()).max().unwrap_or(0).max(1);
        let within = MOST_TOTAL / 2 / greatest;
        Some(Tiers { edges: edges.to_vec(), lines, within, places })
    }

    /// How many decimal places amounts have.
    #[must_use]
    pub fn places(&self) -> u8 {
        self.places
    }

    /// Adds to the totals of groups, one row after the other; what each addition costs more goes into `amounts`. False,
    /// and nothing is added, where a total or an amount could leave 64 bits.
    ///
    /// # Panics
    /// Where there is no total for a group, or the columns are of different lengths.
    #[must_use]
    pub fn add(&self, groups: &[u32], added: &[i64], totals: &mut Totals, amounts: &mut [i64]) -> bool {
        let more = added.iter().fold(0u64, |more, added| more.saturating_add(added.unsigned_abs()));
        match totals.reserved(0, more) {
            Some((totals, within)) if within <= self.within => {
                self.add_reserved(groups, added, totals, amounts);
                true
            }
            _ => false,
        }
    }

    /// Amounts are right as long as no total is farther from zero.
    pub(super) fn within(&self) -> u64 {
        self.within
    }

    /// The same, where it is known that no total will leave [`Tiers::within`].
    pub(super) fn add_reserved(&self, groups: &[u32], added: &[i64], totals: &mut [i64], amounts: &mut [i64]) {
        match self.edges.len() {
            0..=4 => self.add_in::<4>(groups, added, totals, amounts),
            5..=8 => self.add_in::<8>(groups, added, totals, amounts),
            _ => self.add_in::<MOST_EDGES>(groups, added, totals, amounts),
        }
    }

    // The columns are cut to one length before the loop, a tier's index is below sixteen, and a group without a total
    // is the caller's fault.
    #[allow(clippy::indexing_slicing)]
    #[inline(never)]
    fn add_in<const EDGES: usize>(&self, groups: &[u32], added: &[i64], totals: &mut [i64], amounts: &mut [i64]) {
        let mut edges = [i64::MAX; EDGES];
        edges.iter_mut().zip(&self.edges).for_each(|(edge, known)| *edge = *known);
        let mut lines = [(0i64, 0i64); MOST_EDGES + 1];
        lines.iter_mut().zip(&self.lines).for_each(|(line, known)| *line = *known);
        // Adding comparisons up takes no branch.
        let cost = |total: i64| {
            let tier: usize = edges.iter().fold(0, |tier, edge| tier + usize::from(total >= *edge));
            let (rate, offset) = lines[tier % (MOST_EDGES + 1)];
            total.wrapping_mul(rate).wrapping_add(offset)
        };
        let count = groups.len();
        let (added, amounts) = (&added[..count], &mut amounts[..count]);
        for row in 0..count {
            let total = &mut totals[groups[row] as usize];
            let before = *total;
            let after = before.wrapping_add(added[row]);
            *total = after;
            amounts[row] = cost(after).wrapping_sub(cost(before));
        }
    }
}
