//! What the compiled evaluator says of the records of a test.

use super::run::Evaluated;
use crate::engine::{Program, asked_periods};
use florin_compiler::bill::Standing;
use florin_compiler::columns::{Block, Dictionary};
use florin_compiler::compiled::{Arrival, Purpose, Rater, Shard};
use florin_compiler::model::{Accounts, Record};
use florin_compiler::typed::Test;

/// Rates the records and makes the bill. Each record is a block of its own, so that it is known how it stands.
pub(super) fn evaluate(program: &Program, accounts: &Accounts, records: &[Record], test: &Test) -> Evaluated {
    let dictionary = Dictionary::of(program);
    let asked = asked_periods(program, test.bill.as_ref().map(|bill| &bill.period));
    let rater = Rater::new(program, accounts, &dictionary, &asked).naming_records();
    let mut shard = Shard::new(&rater, Purpose::Bills);
    let mut standings: Vec<Standing> =
        records.iter().enumerate().map(|record| rate(program, &dictionary, &rater, &mut shard, record)).collect();
    let late = shard.late();
    for (number, missing) in late.named {
        if let Some(standing) = standings.get_mut(number) {
            *standing = Standing::Unpriced(missing);
        }
    }
    for number in late.free {
        standings.get_mut(number).into_iter().for_each(|standing| *standing = Standing::Free);
    }
    shard.close();
    let bill = test.bill.as_ref().and_then(|asked| {
        let period = rater.definitions().asked(&asked.account, &asked.period).map_err(|error| error.to_string());
        period.map(|period| shard.bill(&asked.account, &period)).transpose()
    });
    Evaluated { standings, unnamed: late.others, bill }
}

fn rate(
    program: &Program,
    dictionary: &Dictionary,
    rater: &Rater<'_>,
    shard: &mut Shard<'_>,
    (number, record): (usize, &Record),
) -> Standing {
    let block = Block::of(program, dictionary, std::slice::from_ref(record));
    let rated = shard.rate(&block, &rater.compute(&block), number, Arrival::all(&block).into_iter());
    match rated.unpriced.first() {
        Some((_, missing)) => Standing::Unpriced(missing.to_string()),
        None if rated.free > 0 => Standing::Free,
        None => Standing::Rated,
    }
}
