//! W2 by hand.

// The columns of a batch are cut to one length before the loop; an id is looked up in an array that grows with them.
#![allow(clippy::indexing_slicing)]

use super::ROWS;
use super::group_ids::GroupIds;
use crate::sum;
use crate::workload::tiers::{EDGES, RATES, TIERS};
use crate::workload::w2::Columns;

/// The edges, the rates, and what all tiers below each one cost.
#[derive(Clone, Copy, Debug)]
pub struct Tiers {
    lower: [i64; 8],
    upper: [i64; 8],
    rates: [i64; 8],
    below: [i64; 8],
}

impl Default for Tiers {
    fn default() -> Tiers {
        let mut tiers = Tiers { lower: [0; 8], upper: [i64::MAX; 8], rates: [0; 8], below: [0; 8] };
        tiers.rates[..TIERS].copy_from_slice(&RATES);
        tiers.upper[..TIERS - 1].copy_from_slice(&EDGES);
        tiers.lower[1..TIERS].copy_from_slice(&EDGES);
        for tier in 1..TIERS {
            let width = tiers.upper[tier - 1] - tiers.lower[tier - 1];
            tiers.below[tier] = tiers.below[tier - 1] + width * tiers.rates[tier - 1];
        }
        tiers
    }
}

impl Tiers {
    /// In which tier the next unit lies. Adding comparisons up takes no branch.
    #[inline]
    fn tier(total: i64) -> usize {
        EDGES.iter().map(|edge| usize::from(total >= *edge)).sum()
    }

    /// What a total costs; the flag says that it overflows.
    #[cold]
    fn amount(&self, total: i64) -> (i64, bool) {
        let tier = Tiers::tier(total) % 8;
        let (part, first) = total.wrapping_sub(self.lower[tier]).overflowing_mul(self.rates[tier]);
        let (amount, second) = part.overflowing_add(self.below[tier]);
        (amount, first | second)
    }

    /// What a quantity adds to a running total, and the total with it; the flag says that something overflows.
    #[inline]
    fn step(&self, old: i64, quantity: i64) -> (i64, i64, bool) {
        let (new, first) = old.overflowing_add(quantity);
        let tier = Tiers::tier(old) % 8;
        if new <= self.upper[tier] {
            let (amount, second) = quantity.overflowing_mul(self.rates[tier]);
            return (new, amount, first | second);
        }
        let ((before, second), (after, third)) = (self.amount(old), self.amount(new));
        let (amount, fourth) = after.overflowing_sub(before);
        (new, amount, first | second | third | fourth)
    }
}

/// What each row adds, in units of 10^-7; false where something overflows. `running` has a total for each id.
#[inline(never)]
#[must_use]
pub fn amounts(tiers: &Tiers, ids: &[u32], quantities: &[i64], running: &mut [i64], amounts: &mut [i64]) -> bool {
    let count = amounts.len();
    let (ids, quantities) = (&ids[..count], &quantities[..count]);
    let mut overflown = false;
    for row in 0..count {
        let running = &mut running[ids[row] as usize];
        let (new, amount, flag) = tiers.step(*running, quantities[row]);
        *running = new;
        amounts[row] = amount;
        overflown |= flag;
    }
    !overflown
}

/// The sum of the amounts of all records, in units of 10^-7, the ids being given; none where something overflows.
#[must_use]
pub fn run(columns: &Columns, ids: &[u32], running: &mut [i64]) -> Option<i128> {
    running.fill(0);
    let tiers = Tiers::default();
    let mut buffer = [0; ROWS];
    let mut total = 0i128;
    for (ids, quantities) in ids.chunks(ROWS).zip(columns.quantities.chunks(ROWS)) {
        let buffer = &mut buffer[..ids.len()];
        if !amounts(&tiers, ids, quantities, running, buffer) {
            return None;
        }
        total += sum::narrow(buffer);
    }
    Some(total)
}

/// The same, the ids being looked up by account, meter and month.
#[must_use]
pub fn run_with_look_up(columns: &Columns) -> Option<i128> {
    let tiers = Tiers::default();
    let mut groups = GroupIds::default();
    let mut running: Vec<i64> = Vec::new();
    let (mut ids, mut buffer) = ([0u32; ROWS], [0; ROWS]);
    let mut total = 0i128;
    for start in (0..columns.accounts.len()).step_by(ROWS) {
        let count = ROWS.min(columns.accounts.len() - start);
        let range = start..start + count;
        let (accounts, meters) = (&columns.accounts[range.clone()], &columns.meters[range.clone()]);
        let months = &columns.months[range.clone()];
        for row in 0..count {
            ids[row] = groups.id(accounts[row], meters[row], months[row]);
        }
        running.resize(groups.count(), 0);
        if !amounts(&tiers, &ids[..count], &columns.quantities[range], &mut running, &mut buffer[..count]) {
            return None;
        }
        total += sum::narrow(&buffer[..count]);
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::w2::Shape;

    #[test]
    fn the_total_is_the_expected_one() {
        let (columns, expected) = Columns::generate(Shape::measured(50_001));
        let (ids, groups) = GroupIds::of(&columns);
        assert_eq!(groups as u64, expected.groups);
        assert_eq!(run(&columns, &ids, &mut vec![0; groups]), Some(expected.amount));
        assert_eq!(run_with_look_up(&columns), Some(expected.amount));
    }

    #[test]
    fn an_overflow_is_seen() {
        let (mut columns, _) = Columns::generate(Shape::measured(10));
        columns.quantities[3] = i64::MAX / 2;
        assert_eq!(run_with_look_up(&columns), None);
    }
}
