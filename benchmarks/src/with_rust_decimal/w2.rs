//! W2 with `rust_decimal`.

use super::{count, sum};
use crate::hand::ROWS;
use crate::workload::tiers::{AMOUNT_PLACES, EDGES, QUANTITY_PLACES, RATES};
use crate::workload::w2::Columns;
use rust_decimal::Decimal;

const RATE_PLACES: u32 = AMOUNT_PLACES - QUANTITY_PLACES;

struct Tier {
    lower: Decimal,
    upper: Decimal,
    rate: Decimal,
    /// What all tiers below cost.
    below: Decimal,
}

fn tiers() -> Option<Vec<Tier>> {
    let edges = || EDGES.iter().map(|edge| Decimal::new(*edge, QUANTITY_PLACES));
    let lower = std::iter::once(Decimal::ZERO).chain(edges());
    let upper = edges().chain([Decimal::MAX]);
    let mut below = Decimal::ZERO;
    let mut tiers = Vec::new();
    for ((lower, upper), rate) in lower.zip(upper).zip(RATES) {
        let tier = Tier { lower, upper, rate: Decimal::new(rate, RATE_PLACES), below };
        if upper != Decimal::MAX {
            below = below.checked_add(upper.checked_sub(lower)?.checked_mul(tier.rate)?)?;
        }
        tiers.push(tier);
    }
    Some(tiers)
}

/// The first tier that goes beyond a total, so that the next unit lies in it.
#[inline]
fn tier_of(tiers: &[Tier], total: Decimal) -> Option<&Tier> {
    tiers.iter().find(|tier| total < tier.upper)
}

/// What a quantity adds to a running total.
#[inline]
fn step(tiers: &[Tier], running: &mut Decimal, quantity: Decimal) -> Option<Decimal> {
    let old = *running;
    let new = old.checked_add(quantity)?;
    *running = new;
    let tier = tier_of(tiers, old)?;
    if new <= tier.upper {
        return quantity.checked_mul(tier.rate);
    }
    let cost =
        |tier: &Tier, total: Decimal| total.checked_sub(tier.lower)?.checked_mul(tier.rate)?.checked_add(tier.below);
    cost(tier_of(tiers, new)?, new)?.checked_sub(cost(tier, old)?)
}

/// The sum of the amounts of all records, in units of 10^-7, the ids being given; none where one overflows.
#[must_use]
pub fn run(columns: &Columns, ids: &[u32], running: &mut [Decimal]) -> Option<i128> {
    running.fill(Decimal::ZERO);
    let tiers = tiers()?;
    let mut total = Decimal::ZERO;
    let mut buffer = Vec::with_capacity(ROWS);
    for (ids, quantities) in ids.chunks(ROWS).zip(columns.quantities.chunks(ROWS)) {
        buffer.clear();
        for (id, quantity) in ids.iter().zip(quantities) {
            let running = running.get_mut(*id as usize)?;
            buffer.push(step(&tiers, running, Decimal::new(*quantity, QUANTITY_PLACES))?);
        }
        total = total.checked_add(sum(&buffer)?)?;
    }
    count(total, AMOUNT_PLACES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand::group_ids::GroupIds;
    use crate::workload::w2::Shape;

    #[test]
    fn the_total_is_the_expected_one() {
        let (columns, expected) = Columns::generate(Shape::measured(50_001));
        let (ids, groups) = GroupIds::of(&columns);
        assert_eq!(run(&columns, &ids, &mut vec![Decimal::ZERO; groups]), Some(expected.amount));
    }
}
