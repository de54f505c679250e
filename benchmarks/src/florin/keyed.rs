//! W2 through Florin's keyed state: a group found once for each account, meter and month, and its running total.
//!
//! Where the ids of groups are given, what is measured is the part of the state's pass that comes behind finding them:
//! the same function, called from outside.

use super::ROWS;
use crate::harness::Outcome;
use crate::sum;
use crate::workload::tiers;
use crate::workload::w2::Columns;
use florin_compiler::columns::{Batch, Block, Dictionary, Texts};
use florin_compiler::compiled::{Arrival, Figure, Purpose, Rater, Row, Shard, Tiers, Totals};
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
    let mut total = 0i128;
    let all = each_row(program, dictionary, blocks, |row| {
        total += counted(&row.amount)?;
        Some(())
    });
    all.map_or(Outcome::NotSettled, |()| Outcome::counted(Some(total), tiers::AMOUNT_PLACES))
}

/// Hands over what every record adds to lines, in their order; none where a record has no price or one is not taken.
pub(super) fn each_row(
    program: &Program,
    dictionary: &Dictionary,
    blocks: &[Block],
    mut take: impl FnMut(&Row) -> Option<()>,
) -> Option<()> {
    let nobody = Accounts::new();
    let rater = Rater::new(program, &nobody, dictionary, &[]);
    let mut shard = Shard::new(&rater, Purpose::Differences);
    let mut first = 0usize;
    for block in blocks {
        let computed = rater.compute(block);
        let rated = shard.rate(block, &computed, first, Arrival::all(block).into_iter());
        first += block.len as usize;
        if !rated.unpriced.is_empty() {
            return None;
        }
        rated.rows.iter().try_for_each(&mut take)?;
    }
    Some(())
}

/// The tiers of the book's charge over quantities as the generator has them.
///
/// # Errors
/// Where Florin would not compute them by that function.
pub fn tiers(program: &Program, dictionary: &Dictionary) -> Result<Tiers, String> {
    let nobody = Accounts::new();
    let places = u8::try_from(tiers::QUANTITY_PLACES).map_err(|error| error.to_string())?;
    let found = Rater::new(program, &nobody, dictionary, &[]).tiers("metered", places);
    found.ok_or_else(|| "the charge is no running total through plain tiers".to_owned())
}

/// The sum of what every record adds, group ids being given.
#[must_use]
pub fn run_with_ids(tiers: &Tiers, columns: &Columns, ids: &[u32], totals: &mut Totals) -> Outcome {
    totals.clear();
    let mut buffer = [0; ROWS];
    let mut total = 0i128;
    for (ids, quantities) in ids.chunks(ROWS).zip(columns.quantities.chunks(ROWS)) {
        let Some(amounts) = buffer.get_mut(..ids.len()) else { return Outcome::NotSettled };
        if !tiers.add(ids, quantities, totals, amounts) {
            return Outcome::NotSettled;
        }
        total += sum::narrow(amounts);
    }
    Outcome::Total { integer: total, denominator: 10i128.pow(tiers.places().into()) }
}

/// An amount as a count of the last of the workload's places.
fn counted(amount: &Figure) -> Option<i128> {
    let Figure::Short { mantissa, scale } = amount else { return None };
    let places = tiers::AMOUNT_PLACES.checked_sub(u32::from(*scale))?;
    mantissa.checked_mul(10i128.checked_pow(places)?)
}
