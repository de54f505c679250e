//! W4, W5 and W6: the readings of W2 within bounds, in order, and with some of them included. What is to be found in them,
//! from all of them at once.

use super::w2::Columns;
use crate::calendar::DAY;
use crate::expected::Expected;
use std::collections::BTreeMap;

/// Decimal places of an amount: three of a quantity, four of a rate.
pub const AMOUNT_PLACES: u32 = 7;
/// W4: what one costs, in units of 10^-4.
pub const RATE: i64 = 250;
/// W4: the least and the most that a month costs.
pub const BOUNDS: (i64, i64) = (50_000_000, 2_000_000_000);
/// W4: what one of a day's highest reading costs, in units of 10^-4.
pub const PEAK_RATE: i64 = 100;
/// W5: how many a day are in the quota, in thousandths.
pub const QUOTA: i64 = 20_000;
/// W5: what one beyond it costs, in units of 10^-4.
pub const OVER_RATE: i64 = 400;
/// W6: how many a month are included, in thousandths.
pub const INCLUDED: i64 = 100_000;

/// The readings' day, from 0.
#[must_use]
pub fn day(second: u64) -> u32 {
    u32::try_from(second / DAY).unwrap_or(0)
}

/// All readings, by a key.
fn grouped<K: Ord>(columns: &Columns, key: impl Fn(usize) -> K) -> BTreeMap<K, Vec<i64>> {
    let mut groups: BTreeMap<K, Vec<i64>> = BTreeMap::new();
    for (at, quantity) in columns.quantities.iter().enumerate() {
        groups.entry(key(at)).or_default().push(*quantity);
    }
    groups
}

fn found(columns: &Columns, amount: i128) -> Expected {
    Expected { records: columns.quantities.len() as u64, amount_places: AMOUNT_PLACES, amount, ..Expected::default() }
}

fn at<T: Copy + Default>(column: &[T], row: usize) -> T {
    column.get(row).copied().unwrap_or_default()
}

/// W4: each month's total within its bounds, and each day's highest reading.
#[must_use]
pub fn within_bounds(columns: &Columns) -> Expected {
    let account = |row: usize| (at(&columns.accounts, row), at(&columns.meters, row));
    let months = grouped(columns, |row| (account(row), at(&columns.months, row)));
    let days = grouped(columns, |row| (account(row), day(at(&columns.seconds, row))));
    let month = |all: &Vec<i64>| (all.iter().sum::<i64>() * RATE).clamp(BOUNDS.0, BOUNDS.1);
    let months: i128 = months.values().map(|all| i128::from(month(all))).sum();
    let days = days.values().map(|all| i128::from(all.iter().max().copied().unwrap_or(0) * PEAK_RATE));
    found(columns, months + days.sum::<i128>())
}

/// W5: what each day has beyond its quota.
#[must_use]
pub fn beyond_quota(columns: &Columns) -> Expected {
    let day_of = |row: usize| (at(&columns.accounts, row), at(&columns.meters, row), day(at(&columns.seconds, row)));
    let days = grouped(columns, day_of);
    let over = |all: &Vec<i64>| i128::from((all.iter().sum::<i64>() - QUOTA).max(0) * OVER_RATE);
    found(columns, days.values().map(over).sum())
}

/// W6: what each month has beyond what is included.
#[must_use]
pub fn beyond_included(columns: &Columns) -> Expected {
    let months = grouped(columns, |row| (at(&columns.accounts, row), at(&columns.months, row)));
    let over = |all: &Vec<i64>| i128::from((all.iter().sum::<i64>() - INCLUDED).max(0) * RATE);
    found(columns, months.values().map(over).sum())
}
