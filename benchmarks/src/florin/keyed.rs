//! W2 through Florin's keyed state: a group found once for each account, meter and month, and its running total.
//!
//! Florin has no way to be given group ids: finding them is part of rating, so there is no figure for that.

use super::ROWS;
use crate::harness::Outcome;
use crate::workload::tiers;
use florin_compiler::columns::{Batch, Block, Dictionary, Texts};
use florin_compiler::compiled::{Arrival, Figure, Purpose, Rater, Shard};
use florin_compiler::ir::Program;
use florin_compiler::model::Accounts;

/// The records of W2 as blocks, with their accounts' names.
#[must_use]
pub fn blocks(batches: &[Batch], accounts: &[u32]) -> Vec<Block> {
    let block = |(batch, accounts): (&Batch, &[u32])| {
        let mut names = Texts::default();
        accounts.iter().for_each(|account| names.push(&format!("acct-{account:06}")));
        let batch = Batch { accounts: names, ..batch.clone() };
        let len = u32::try_from(batch.len()).unwrap_or(0);
        Block { batches: vec![batch], odd: Vec::new(), len }
    };
    batches.iter().zip(accounts.chunks(ROWS)).map(block).collect()
}

/// The sum of what every record adds, accounts found by their names.
#[must_use]
pub fn run(program: &Program, dictionary: &Dictionary, blocks: &[Block]) -> Outcome {
    let nobody = Accounts::new();
    let rater = Rater::new(program, &nobody, dictionary, &[]);
    let mut shard = Shard::new(&rater, Purpose::Differences);
    let (mut total, mut first) = (0i128, 0usize);
    for block in blocks {
        let computed = rater.compute(block);
        let rated = shard.rate(block, &computed, first, Arrival::all(block).into_iter());
        first += block.len as usize;
        if !rated.unpriced.is_empty() {
            return Outcome::NotSettled;
        }
        for row in &rated.rows {
            let Some(amount) = counted(&row.amount) else { return Outcome::NotSettled };
            total += amount;
        }
    }
    Outcome::counted(Some(total), tiers::AMOUNT_PLACES)
}

/// An amount as a count of the last of the workload's places.
fn counted(amount: &Figure) -> Option<i128> {
    let Figure::Short { mantissa, scale } = amount else { return None };
    let places = tiers::AMOUNT_PLACES.checked_sub(u32::from(*scale))?;
    mantissa.checked_mul(10i128.checked_pow(places)?)
}
