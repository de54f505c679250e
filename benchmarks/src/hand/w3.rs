//! W3 by hand: the rules as branches over codes, sorted by service so that few are tried.

// The columns of a batch are cut to one length before the loop.
#![allow(clippy::indexing_slicing)]

use super::ROWS;
use crate::sum;
use crate::workload::rules::{CEILING, FLOOR, ROUNDED_AWAY};
use crate::workload::w3::Columns;

const US: u32 = 0;
const CA: u32 = 1;
const GB: u32 = 2;
const IN: u32 = 3;
const BR: u32 = 4;
const DE: u32 = 5;
const FR: u32 = 6;
const JP: u32 = 7;

const FREE: u32 = 0;
const PRO: u32 = 2;
const ENTERPRISE: u32 = 3;

const VOICE: u32 = 0;
const SMS: u32 = 1;
const DATA: u32 = 2;

/// The rate in units of 10^-6; the quantity is in thousandths.
#[inline]
fn rate(country: u32, plan: u32, service: u32, quantity: i64) -> i64 {
    match service {
        VOICE => voice(country, plan, quantity),
        SMS => sms(country, quantity),
        DATA if plan == FREE => 12_500,
        DATA if plan == PRO && quantity >= 500_000 => 8_125,
        DATA if country == JP => 10_625,
        DATA => 9_375,
        _ if plan == ENTERPRISE => 875,
        _ if country == US || quantity >= 1_000_000 => 1_125,
        _ => 1_375,
    }
}

#[inline]
fn voice(country: u32, plan: u32, quantity: i64) -> i64 {
    match country {
        US if plan == ENTERPRISE => 4_125,
        US if quantity >= 100_000 => 5_375,
        US => 6_250,
        CA => 7_125,
        GB if quantity >= 50_000 => 8_333,
        GB => 9_167,
        _ if plan == ENTERPRISE => 11_250,
        _ => 14_875,
    }
}

#[inline]
fn sms(country: u32, quantity: i64) -> i64 {
    match country {
        IN => 2_145,
        BR if quantity < 10_000 => 3_715,
        DE | FR => 75_125,
        _ if (20_000..200_000).contains(&quantity) => 41_250,
        _ => 47_375,
    }
}

/// Units of 10^-9 as units of 10^-6, halves to the even neighbour; nothing is below zero, thanks to the floor.
#[inline]
fn rounded(amount: i64) -> i64 {
    let (whole, rest) = (amount / ROUNDED_AWAY, amount % ROUNDED_AWAY);
    whole.wrapping_add(i64::from(rest.wrapping_mul(2).wrapping_add(whole & 1) > ROUNDED_AWAY))
}

/// A stretch of the columns.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // The names say it.
pub struct Rows<'a> {
    pub countries: &'a [u32],
    pub plans: &'a [u32],
    pub services: &'a [u32],
    pub quantities: &'a [i64],
}

/// The amount of each row, in units of 10^-6; false where one overflows.
#[inline(never)]
#[must_use]
pub fn amounts(rows: Rows<'_>, amounts: &mut [i64]) -> bool {
    let count = amounts.len();
    let (countries, plans) = (&rows.countries[..count], &rows.plans[..count]);
    let (services, quantities) = (&rows.services[..count], &rows.quantities[..count]);
    let mut overflown = false;
    for row in 0..count {
        let quantity = quantities[row];
        let rate = rate(countries[row], plans[row], services[row], quantity);
        let (exact, flag) = quantity.overflowing_mul(rate);
        amounts[row] = rounded(exact.clamp(FLOOR, CEILING));
        overflown |= flag;
    }
    !overflown
}

/// The sum of the amounts of all records, in units of 10^-6; none where one overflows.
#[must_use]
pub fn run(columns: &Columns) -> Option<i128> {
    let mut buffer = [0; ROWS];
    let mut total = 0i128;
    for start in (0..columns.countries.len()).step_by(ROWS) {
        let count = ROWS.min(columns.countries.len() - start);
        let range = start..start + count;
        let rows = Rows {
            countries: &columns.countries[range.clone()],
            plans: &columns.plans[range.clone()],
            services: &columns.services[range.clone()],
            quantities: &columns.quantities[range],
        };
        if !amounts(rows, &mut buffer[..count]) {
            return None;
        }
        total += sum::narrow(&buffer[..count]);
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::rules;

    #[test]
    fn the_total_is_the_expected_one() {
        let (columns, expected) = Columns::generate(50_001);
        assert_eq!(run(&columns), Some(expected.amount));
    }

    #[test]
    fn each_amount_is_the_expected_one() {
        for amount in (FLOOR..FLOOR + 5_000).chain([CEILING - 500, CEILING]) {
            assert_eq!(i128::from(rounded(amount)), rules::amount(1, amount));
        }
    }
}
