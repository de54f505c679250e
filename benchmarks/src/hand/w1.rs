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
/// As many as the matrix has; the tests would see another number.
const REGIONS: u32 = 5;
/// Tokens below 2^32 at prices below 2^29 can not overflow, nor can the sum of three.
const TOKEN_BITS: u32 = 32;
const PRICE_BITS: u32 = 29;

/// The prices by model and region: three of them, filled up to 32 bytes.
#[derive(Clone, Debug)]
pub struct Prices {
    cells: Box<[[i64; 4]; CELLS]>,
    are_bounded: bool,
}

impl Prices {
    /// From the matrix.
    #[must_use]
    pub fn new(matrix: &Matrix) -> Prices {
        let mut cells = Box::new([[0; 4]; CELLS]);
        for (cell, [input, cached, output]) in cells.iter_mut().zip(&matrix.prices) {
            *cell = [*input, *cached, *output, 0];
        }
        let are_bounded = matrix.prices.iter().flatten().all(|price| (0..1 << PRICE_BITS).contains(price));
        Prices { cells, are_bounded }
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
        let cell = models[row].wrapping_mul(REGIONS).wrapping_add(regions[row]);
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

/// The same without looking at each operation: only whether some token count is too large for that, once for all rows.
/// False where one is, so that the batch has to be computed another way.
#[inline(never)]
#[must_use]
pub fn bounded_amounts(prices: &Prices, rows: Rows<'_>, amounts: &mut [i64]) -> bool {
    let count = amounts.len();
    let (models, regions) = (&rows.models[..count], &rows.regions[..count]);
    let (inputs, cacheds, outputs) = (&rows.inputs[..count], &rows.cacheds[..count], &rows.outputs[..count]);
    let mut seen = 0;
    for row in 0..count {
        let cell = models[row].wrapping_mul(REGIONS).wrapping_add(regions[row]);
        let [input_price, cached_price, output_price, _] = prices.cells[cell as usize % CELLS];
        let (input, cached, output) = (inputs[row], cacheds[row], outputs[row]);
        seen |= input | cached | output;
        let both = input.wrapping_mul(input_price).wrapping_add(cached.wrapping_mul(cached_price));
        amounts[row] = both.wrapping_add(output.wrapping_mul(output_price));
    }
    prices.are_bounded && seen >> TOKEN_BITS == 0
}

/// How the amounts of a batch are computed.
type Kernel = fn(&Prices, Rows<'_>, &mut [i64]) -> bool;

/// The sum of the amounts of all records, in units of 10^-10; none where one overflows.
#[must_use]
pub fn run(prices: &Prices, columns: &Columns) -> Option<i128> {
    run_with(amounts, prices, columns)
}

/// The same, the token counts being bounded; none where one is too large.
#[must_use]
pub fn run_bounded(prices: &Prices, columns: &Columns) -> Option<i128> {
    run_with(bounded_amounts, prices, columns)
}

fn run_with(kernel: Kernel, prices: &Prices, columns: &Columns) -> Option<i128> {
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
        if !kernel(prices, rows, &mut buffer[..count]) {
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
        assert_eq!(run_bounded(&Prices::new(&Matrix::read()), &columns), Some(expected.amount));
    }

    #[test]
    fn an_overflow_is_seen() {
        let (mut columns, _) = Columns::generate(10);
        columns.outputs[3] = i64::MAX;
        assert_eq!(run(&Prices::new(&Matrix::read()), &columns), None);
        assert_eq!(run_bounded(&Prices::new(&Matrix::read()), &columns), None);
    }
}
