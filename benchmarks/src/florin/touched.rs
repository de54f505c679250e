//! W4, W5 and W6 through Florin: what each reading adds to the lines that it touches.

use super::{ROWS, keyed};
use crate::harness::Outcome;
use crate::workload::touched::AMOUNT_PLACES;
use florin_compiler::columns::{Batch, Block, Dictionary, Texts};
use florin_compiler::compiled::{Arrival, Purpose, Rater, Shard};
use florin_compiler::exact::Rational;
use florin_compiler::ir::Program;
use florin_compiler::model::Accounts;

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
    let nobody = Accounts::new();
    let rater = Rater::new(program, &nobody, dictionary, &[]);
    let mut shard = Shard::new(&rater, Purpose::Differences);
    let (mut total, mut first) = (Rational::zero(), 0usize);
    for block in blocks {
        let computed = rater.compute(block);
        let rated = shard.rate(block, &computed, first, Arrival::all(block).into_iter());
        first += block.len as usize;
        if !rated.unpriced.is_empty() {
            return Outcome::NotSettled;
        }
        total = rated.rows.iter().fold(total, |total, row| &total + &row.amount.number());
    }
    let counted = (&total * &Rational::power_of_ten(AMOUNT_PLACES)).count_of(&Rational::one());
    Outcome::counted(counted, AMOUNT_PLACES)
}
