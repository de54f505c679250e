//! W3 with `rust_decimal`: the rules as they are by hand, with decimals for rates and edges.

use super::{count, sum};
use crate::hand::ROWS;
use crate::workload::rules::{AMOUNT_PLACES, CEILING, FLOOR, QUANTITY_PLACES};
use crate::workload::w3::Columns;
use rust_decimal::{Decimal, RoundingStrategy};

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

/// Decimal places before rounding.
const EXACT_PLACES: u32 = 9;

const fn micros(rate: i64) -> Decimal {
    Decimal::from_parts(rate as u32, 0, 0, false, AMOUNT_PLACES)
}

const fn whole(quantity: u32) -> Decimal {
    Decimal::from_parts(quantity, 0, 0, false, 0)
}

#[inline]
fn rate(country: u32, plan: u32, service: u32, quantity: Decimal) -> Decimal {
    match service {
        VOICE => voice(country, plan, quantity),
        SMS => sms(country, quantity),
        DATA if plan == FREE => const { micros(12_500) },
        DATA if plan == PRO && quantity >= const { whole(500) } => const { micros(8_125) },
        DATA if country == JP => const { micros(10_625) },
        DATA => const { micros(9_375) },
        _ if plan == ENTERPRISE => const { micros(875) },
        _ if country == US || quantity >= const { whole(1_000) } => const { micros(1_125) },
        _ => const { micros(1_375) },
    }
}

#[inline]
fn voice(country: u32, plan: u32, quantity: Decimal) -> Decimal {
    match country {
        US if plan == ENTERPRISE => const { micros(4_125) },
        US if quantity >= const { whole(100) } => const { micros(5_375) },
        US => const { micros(6_250) },
        CA => const { micros(7_125) },
        GB if quantity >= const { whole(50) } => const { micros(8_333) },
        GB => const { micros(9_167) },
        _ if plan == ENTERPRISE => const { micros(11_250) },
        _ => const { micros(14_875) },
    }
}

#[inline]
fn sms(country: u32, quantity: Decimal) -> Decimal {
    match country {
        IN => const { micros(2_145) },
        BR if quantity < const { whole(10) } => const { micros(3_715) },
        DE | FR => const { micros(75_125) },
        _ if quantity >= const { whole(20) } && quantity < const { whole(200) } => const { micros(41_250) },
        _ => const { micros(47_375) },
    }
}

/// The sum of the amounts of all records, in units of 10^-6; none where one overflows.
#[must_use]
pub fn run(columns: &Columns) -> Option<i128> {
    let (floor, ceiling) = (Decimal::new(FLOOR, EXACT_PLACES), Decimal::new(CEILING, EXACT_PLACES));
    let mut total = Decimal::ZERO;
    let mut buffer = Vec::with_capacity(ROWS);
    let keys = columns.countries.chunks(ROWS).zip(columns.plans.chunks(ROWS)).zip(columns.services.chunks(ROWS));
    for (((countries, plans), services), quantities) in keys.zip(columns.quantities.chunks(ROWS)) {
        buffer.clear();
        let keys = countries.iter().zip(plans).zip(services);
        for (((country, plan), service), quantity) in keys.zip(quantities) {
            let quantity = Decimal::new(*quantity, QUANTITY_PLACES);
            let exact = quantity.checked_mul(rate(*country, *plan, *service, quantity))?.clamp(floor, ceiling);
            buffer.push(exact.round_dp_with_strategy(AMOUNT_PLACES, RoundingStrategy::MidpointNearestEven));
        }
        total = total.checked_add(sum(&buffer)?)?;
    }
    count(total, AMOUNT_PLACES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_the_expected_one() {
        let (columns, expected) = Columns::generate(50_001);
        assert_eq!(run(&columns), Some(expected.amount));
    }
}
