//! W1 with `rust_decimal`.

use super::{count, sum};
use crate::hand::ROWS;
use crate::prices::{Matrix, PLACES};
use crate::workload::w1::{AMOUNT_PLACES, Columns};
use rust_decimal::Decimal;

/// The prices for one token, by model and region.
#[derive(Clone, Debug)]
pub struct Prices {
    cells: Vec<[Decimal; 3]>,
    regions: usize,
}

/// Decimal places of a million.
const MILLION_PLACES: u32 = 6;

impl Prices {
    /// From the matrix.
    #[must_use]
    pub fn new(matrix: &Matrix) -> Prices {
        let cells = matrix.prices.iter().map(|prices| prices.map(|price| Decimal::new(price, PLACES + MILLION_PLACES)));
        Prices { cells: cells.collect(), regions: matrix.regions.len() }
    }
}

/// The sum of the amounts of all records, in units of 10^-10; none where one overflows.
#[must_use]
pub fn run(prices: &Prices, columns: &Columns) -> Option<i128> {
    let mut total = Decimal::ZERO;
    let mut buffer = Vec::with_capacity(ROWS);
    let keys = columns.models.chunks(ROWS).zip(columns.regions.chunks(ROWS));
    let tokens = columns.inputs.chunks(ROWS).zip(columns.cacheds.chunks(ROWS)).zip(columns.outputs.chunks(ROWS));
    for ((models, regions), ((inputs, cacheds), outputs)) in keys.zip(tokens) {
        buffer.clear();
        let keys = models.iter().zip(regions);
        for ((model, region), ((input, cached), output)) in keys.zip(inputs.iter().zip(cacheds).zip(outputs)) {
            let [input_price, cached_price, output_price] =
                prices.cells.get(*model as usize * prices.regions + *region as usize)?;
            let input = Decimal::from(*input).checked_mul(*input_price)?;
            let cached = Decimal::from(*cached).checked_mul(*cached_price)?;
            let output = Decimal::from(*output).checked_mul(*output_price)?;
            buffer.push(input.checked_add(cached)?.checked_add(output)?);
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
        let (columns, expected) = Columns::generate(10_001);
        assert_eq!(run(&Prices::new(&Matrix::read()), &columns), Some(expected.amount));
    }
}
