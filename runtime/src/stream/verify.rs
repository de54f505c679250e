//! A sample of accounts whose records are rated once more by the reference.

use super::worker::written;
use crate::rated::{Totals, Written};
use florin_compiler::bill::Period;
use florin_compiler::columns::Block;
use florin_compiler::compiled::{Arrival, Rater, Row};
use florin_compiler::ir::Program;
use florin_compiler::model::{Accounts, Record, Symbol};
use florin_compiler::reference::Reference;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};

/// How much of the usage is rated twice: so many accounts of a million.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share(u32);

impl Share {
    const WHOLE: u32 = 1_000_000;

    /// `1%`, `0.5%`, `100%`
    ///
    /// # Errors
    /// A sentence where it is no share.
    pub fn parse(text: &str) -> Result<Share, String> {
        let expected = || format!("{text} is no share of the accounts; write 1%");
        let number = text.strip_suffix('%').ok_or_else(expected)?;
        let percent = florin_compiler::exact::Rational::parse(number).map_err(|_| expected())?;
        let share = (&percent * &florin_compiler::exact::Rational::from(i128::from(Share::WHOLE / 100))).to_i128();
        let share =
            share.and_then(|share| u32::try_from(share).ok()).filter(|share| (1..=Share::WHOLE).contains(share));
        share.map(Share).ok_or_else(|| format!("{text} is no share of the accounts; it should be 0.0001% to 100%"))
    }
}

/// Which accounts are sampled.
pub struct Sample {
    share: Share,
    hasher: RandomState,
}

impl Sample {
    pub fn of(share: Share) -> Sample {
        Sample { share, hasher: RandomState::new() }
    }

    /// Accounts that are billed or counted together are taken together.
    fn takes(&self, rater: &Rater<'_>, account: &str) -> bool {
        let hash = match rater.definitions().cluster(account) {
            Some(cluster) => self.hasher.hash_one(cluster),
            None => self.hasher.hash_one(account),
        };
        hash % u64::from(Share::WHOLE) < u64::from(self.share.0)
    }

    /// The sampled records of a block that stand, with what was rated of them. What came before was not rated again.
    pub fn take(
        &self,
        rater: &Rater<'_>,
        block: &Block,
        (arrivals, stands): (&[Arrival<'_>], &[bool]),
        rows: &[Row],
    ) -> Vec<Rerated> {
        let mut by_place: HashMap<u32, Vec<Written>> = HashMap::new();
        let stands = |arrival: &Arrival<'_>| stands.get(arrival.place as usize) == Some(&true);
        let is_taken = |arrival: &&Arrival<'_>| stands(arrival) && self.takes(rater, arrival.account(block));
        let taken: Vec<&Arrival<'_>> = arrivals.iter().filter(is_taken).collect();
        if taken.is_empty() {
            return Vec::new();
        }
        for row in rows {
            let ours =
                arrivals.get(row.place as usize).is_some_and(|arrival| self.takes(rater, arrival.account(block)));
            let one = if ours { written(block, arrivals, row.clone()) } else { None };
            by_place.entry(row.place).or_default().extend(one);
        }
        let with_rows = |arrival: &Arrival<'_>| {
            let rows = by_place.remove(&arrival.place).unwrap_or_default();
            let account = arrival.account(block);
            let together = match rater.definitions().cluster(account) {
                Some(cluster) => Together::Cluster(cluster),
                None => Together::Account(account.into()),
            };
            arrival.record(rater, block).map(|record| Rerated { together, record, rows })
        };
        taken.into_iter().filter_map(with_rows).collect()
    }
}

/// A record that is rated once more.
#[derive(Debug)]
pub struct Rerated {
    /// With which others.
    together: Together,
    record: Record,
    /// What was rated of it.
    rows: Vec<Written>,
}

/// An account, or all that are billed or counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Together {
    Account(Symbol),
    Cluster(usize),
}

/// What the sample came to.
#[derive(Debug, Default)]
pub struct Sampled {
    accounts: BTreeMap<Together, Vec<Rerated>>,
}

/// So many records of an account are rated twice, its first ones: what comes later does not change them.
const MOST_RECORDS: usize = 20_000;

impl Sampled {
    pub fn add(&mut self, records: Vec<Rerated>) {
        for one in records {
            let together = self.accounts.entry(one.together.clone()).or_default();
            if together.len() < MOST_RECORDS {
                together.push(one);
            }
        }
    }

    /// Rates the sample by the reference and compares; how many records of how many accounts.
    ///
    /// # Errors
    /// The first difference.
    pub fn verify(&self, program: &Program, accounts: &Accounts, asked: &[Period]) -> Result<(usize, usize), String> {
        let mut count = 0;
        for sampled in self.accounts.values() {
            let records: Vec<Record> = sampled.iter().map(|one| one.record.clone()).collect();
            let reference = Reference::new(program, accounts, &records).with_periods(asked);
            let mut totals = Totals::default();
            let expected: Vec<String> = reference.rate().map(|rated| shown(&totals.next(&records, rated))).collect();
            let found: Vec<String> = sampled.iter().flat_map(|one| &one.rows).map(shown).collect();
            let different = expected.iter().zip(&found).find(|(expected, found)| expected != found);
            if let Some((expected, found)) = different {
                return Err(format!("the reference rates {expected}\nthe compiled evaluator  {found}"));
            }
            if expected.len() != found.len() {
                let only = expected.get(found.len()).or_else(|| found.get(expected.len()));
                let only = only.map_or("", String::as_str);
                return Err(format!("only one of the two evaluators rates {only}"));
            }
            count += records.len();
        }
        Ok((count, self.accounts.len()))
    }
}

/// A rated record in a reader's words.
fn shown(row: &Written) -> String {
    let quantity = row.quantity.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    let id = row.id.as_deref().unwrap_or("(no record)");
    let Written { account, time, line, amount, .. } = row;
    format!("{id} of {account} at {time}: {}, quantity {quantity}, amount {amount}", line.id)
}
