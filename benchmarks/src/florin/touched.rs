//! W4, W5 and W6 through Florin: what each reading adds to the lines that it touches.

use super::{ROWS, keyed};
use crate::harness::Outcome;
use crate::workload::touched::AMOUNT_PLACES;
use florin_compiler::columns::{Batch, Block, Dictionary, Texts};
use florin_compiler::exact::Rational;
use florin_compiler::ir::Program;

/// The records of W2 as blocks, with their accounts' names and with ids that rise.
#[must_use]
pub fn blocks(batches: &[Batch], accounts: &[u32]) -> Vec<Block> {
    let mut blocks = keyed::blocks(batches, accounts);
    for (at, block) in blocks.iter_mut().enumerate() {
        for batch in &mut block.batches {
            let mut ids = Texts::default();
            (0..batch.len()).for_each(|row| ids.push(&format!("{:09}", at * ROWS + row)));
            batch.ids = ids;
        }
    }
    blocks
}

/// The sum of what every record adds.
#[must_use]
pub fn run(program: &Program, dictionary: &Dictionary, blocks: &[Block]) -> Outcome {
    let mut total = Rational::zero();
    let all = keyed::each_row(program, dictionary, blocks, |row| {
        total = &total + &row.amount.number();
        Some(())
    });
    if all.is_none() {
        return Outcome::NotSettled;
    }
    let counted = (&total * &Rational::power_of_ten(AMOUNT_PLACES)).count_of(&Rational::one());
    Outcome::counted(counted, AMOUNT_PLACES)
}
