//! W1 by hand.

// The columns of a batch are cut to one length before the loop and the matrix is as large as its index can be, so
// that no access is out of bounds; this is how such a loop is written.
#![allow(clippy::indexing_slicing)]

use super::ROWS;
use crate::prices::Matrix;
use crate::sum;
use crate::workload::w1::Columns;

/// A power of two that holds the matrix.
const CELLS: usize = 256;

/// The prices by model and region: three of them, filled up to 32 bytes.
#[derive(Clone, Debug)]
pub struct Prices {
    cells: Box<[[i64; 4]; CELLS]>,
    regions: u32,
}

impl Prices {
    /// From the matrix.
    #[must_use]
    pub fn new(matrix: &Matrix) -> Prices {
        let mut cells = Box::new([[0; 4]; CELLS]);
        for (cell, [input, cached, output]) in cells.iter_mut().zip(&matrix.prices) {
            *cell = [*input, *cached, *output, 0];
        }
        Prices { cells, regions: u32::try_from(matrix.regions.len()).unwrap_or(0) }
    }
}

/// A stretch of the columns.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // The names say it.
pub struct Rows<'a> {
    pub models: &'a [u32],
    pub regions: &'a [u32],
    pub inputs: &'a [i64],
    pub cacheds: &'a [i64],
    pub outputs: &'a [i64],
}

/// The amount of each row, in units of 10^-10; false where one overflows.
#[inline(never)]
#[must_use]
pub fn amounts(prices: &Prices, rows: Rows<'_>, amounts: &mut [i64]) -> bool {
    let count = amounts.len();
    let (models, regions) = (&rows.models[..count], &rows.regions[..count]);
    let (inputs, cacheds, outputs) = (&rows.inputs[..count], &rows.cacheds[..count], &rows.outputs[..count]);
    let mut overflown = false;
    for row in 0..count {
        let cell = models[row].wrapping_mul(prices.regions).wrapping_add(regions[row]);
        let [input_price, cached_price, output_price, _] = prices.cells[cell as usize % CELLS];
        let (input, first) = inputs[row].overflowing_mul(input_price);
        let (cached, second) = cacheds[row].overflowing_mul(cached_price);
        let (output, third) = outputs[row].overflowing_mul(output_price);
        let (both, fourth) = input.overflowing_add(cached);
        let (amount, fifth) = both.overflowing_add(output);
        overflown |= first | second | third | fourth | fifth;
        amounts[row] = amount;
    }
    !overflown
}

/// The sum of the amounts of all records, in units of 10^-10; none where one overflows.
#[must_use]
pub fn run(prices: &Prices, columns: &Columns) -> Option<i128> {
    let mut buffer = [0; ROWS];
    let mut total = 0i128;
    for start in (0..columns.models.len()).step_by(ROWS) {
        let count = ROWS.min(columns.models.len() - start);
        let range = start..start + count;
        let rows = Rows {
            models: &columns.models[range.clone()],
            regions: &columns.regions[range.clone()],
            inputs: &columns.inputs[range.clone()],
            cacheds: &columns.cacheds[range.clone()],
            outputs: &columns.outputs[range],
        };
        if !amounts(prices, rows, &mut buffer[..count]) {
            return None;
        }
        total += sum::narrow(&buffer[..count]);
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_the_expected_one() {
        let (columns, expected) = Columns::generate(10_001);
        assert_eq!(run(&Prices::new(&Matrix::read()), &columns), Some(expected.amount));
    }

    #[test]
    fn an_overflow_is_seen() {
        let (mut columns, _) = Columns::generate(10);
        columns.outputs[3] = i64::MAX;
        assert_eq!(run(&Prices::new(&Matrix::read()), &columns), None);
    }
}
