//! W4, W5 and W6 by hand: what each reading adds, from what is known of its groups.

use super::group_ids::GroupIds;
use crate::workload::touched::{BOUNDS, INCLUDED, OVER_RATE, PEAK_RATE, QUOTA, RATE, day};
use crate::workload::w2::Columns;

/// A running number for each group, found by its keys.
#[derive(Debug, Default)]
struct Running {
    groups: GroupIds,
    values: Vec<i64>,
}

impl Running {
    #[inline]
    fn of(&mut self, account: u32, meter: u32, window: u32) -> Option<&mut i64> {
        let id = self.groups.id(account, meter, window) as usize;
        if id >= self.values.len() {
            self.values.resize(id + 1, 0);
        }
        self.values.get_mut(id)
    }
}

/// The sum of what all readings add; none where something overflows.
fn sum(columns: &Columns, mut step: impl FnMut(u32, u32, usize) -> Option<i64>) -> Option<i128> {
    let mut total = 0i128;
    for (row, (account, meter)) in columns.accounts.iter().zip(&columns.meters).enumerate() {
        total += i128::from(step(*account, *meter, row)?);
    }
    Some(total)
}

/// W4. Readings are above zero, so that a total of zero is that of a group which had none.
#[must_use]
pub fn within_bounds(columns: &Columns) -> Option<i128> {
    let (mut months, mut days) = (Running::default(), Running::default());
    let bounded = |total: i64| match total {
        0 => Some(0),
        total => Some(total.checked_mul(RATE)?.clamp(BOUNDS.0, BOUNDS.1)),
    };
    sum(columns, |account, meter, row| {
        let quantity = columns.quantities.get(row).copied()?;
        let total = months.of(account, meter, columns.months.get(row).copied()?)?;
        let before = bounded(*total)?;
        *total = total.checked_add(quantity)?;
        let month = bounded(*total)?.checked_sub(before)?;
        let peak = days.of(account, meter, day(columns.seconds.get(row).copied()?))?;
        let more = quantity.checked_sub(*peak)?.max(0);
        *peak = peak.checked_add(more)?;
        month.checked_add(more.checked_mul(PEAK_RATE)?)
    })
}

/// W5.
#[must_use]
pub fn beyond_quota(columns: &Columns) -> Option<i128> {
    let mut days = Running::default();
    sum(columns, |account, meter, row| {
        let used = days.of(account, meter, day(columns.seconds.get(row).copied()?))?;
        beyond(used, columns.quantities.get(row).copied()?, QUOTA)?.checked_mul(OVER_RATE)
    })
}

/// W6.
#[must_use]
pub fn beyond_included(columns: &Columns) -> Option<i128> {
    let mut months = Running::default();
    sum(columns, |account, _, row| {
        let used = months.of(account, 0, columns.months.get(row).copied()?)?;
        beyond(used, columns.quantities.get(row).copied()?, INCLUDED)?.checked_mul(RATE)
    })
}

/// What of a quantity goes beyond a limit, and the limit's use with it.
#[inline]
fn beyond(used: &mut i64, quantity: i64, limit: i64) -> Option<i64> {
    let room = limit.checked_sub(*used)?.max(0);
    *used = used.checked_add(quantity)?;
    Some(quantity.checked_sub(room)?.max(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::touched;
    use crate::workload::w2::Shape;

    #[test]
    fn the_totals_are_the_expected_ones() {
        let (columns, _) = Columns::generate(Shape { accounts: 500, ..Shape::measured(50_001) });
        assert_eq!(within_bounds(&columns), Some(touched::within_bounds(&columns).amount));
        assert_eq!(beyond_quota(&columns), Some(touched::beyond_quota(&columns).amount));
        assert_eq!(beyond_included(&columns), Some(touched::beyond_included(&columns).amount));
    }
}
