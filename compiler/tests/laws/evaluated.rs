//! All that a case comes to.

use crate::generate::Case;
use florin_compiler::bill::{Bill, Period, Rated, Standing};
use florin_compiler::ir::Program;
use florin_compiler::model::{Record, Symbol};
use florin_compiler::reference::Reference;
use std::collections::{BTreeMap, BTreeSet};

/// Whose bill for when.
pub type Asked = (Symbol, Period);

/// A case with its program: what laws are about.
#[derive(Clone, Copy)]
pub struct Subject<'c> {
    pub program: &'c Program,
    pub case: &'c Case,
}

/// What some records come to.
pub struct Evaluated {
    pub bills: BTreeMap<Asked, Bill>,
    /// By the record's id.
    pub standings: BTreeMap<Symbol, Standing>,
}

impl<'c> Subject<'c> {
    /// The case, if its book compiles.
    pub fn of(case: &'c Case) -> Option<Subject<'c>> {
        Some(Subject { program: case.program()?, case })
    }

    pub fn reference<'r>(&'r self, records: &'r [Record]) -> Reference<'r> {
        Reference::new(self.program, &self.case.accounts, records).with_periods(&self.case.given)
    }

    /// The bills that the case's records have a part in.
    pub fn asked(&self) -> BTreeSet<Asked> {
        let reference = self.reference(&self.case.records);
        let accounts: BTreeSet<&Symbol> = self.case.records.iter().map(|record| &record.account).collect();
        let periods = |account: &Symbol| {
            reference.periods(account).into_iter().map(|period| (account.clone(), period)).collect::<Vec<_>>()
        };
        accounts.into_iter().flat_map(periods).collect()
    }

    /// The bills and standings of some records.
    pub fn evaluate(&self, records: &[Record], asked: &BTreeSet<Asked>) -> Evaluated {
        let reference = self.reference(records);
        let bills = asked.iter().map(|one| (one.clone(), reference.bill(&one.0, &one.1))).collect();
        let standings = records.iter().map(|record| record.id.clone()).zip(reference.standings()).collect();
        Evaluated { bills, standings }
    }

    /// The records, rated in the order in which they stand.
    pub fn rate(&self, records: &[Record]) -> Vec<Rated> {
        self.reference(records).rate().collect()
    }

    /// The names of a charge's lines: its own, and those of its floors and ceilings.
    pub fn line_names(&self, charge: usize) -> BTreeSet<Symbol> {
        let charge = &self.program.charges[charge];
        let limits = charge.body.limits.iter().filter_map(|limit| limit.line.as_ref()).map(|line| line.name.clone());
        limits.chain([charge.name.clone()]).collect()
    }

    /// The charge whose line has this name.
    pub fn charge_of(&self, line_name: &str) -> usize {
        let has = |at: &usize| self.line_names(*at).iter().any(|name| &**name == line_name);
        (0..self.program.charges.len()).find(has).expect("a charge")
    }

    /// Whether a line is a grant's.
    pub fn is_grant(&self, line_name: &str) -> bool {
        self.program.grants.iter().any(|grant| &*grant.name == line_name)
    }

    /// Whether a grant covers a charge.
    pub fn is_covered(&self, charge: usize) -> bool {
        self.program.grants.iter().any(|grant| grant.covers.iter().any(|cover| cover.charge == charge))
    }
}

impl Evaluated {
    /// Whether a line of an account has no price.
    pub fn withholds(&self, account: &Symbol) -> bool {
        self.bills.iter().any(|((whose, _), bill)| whose == account && !bill.withheld.is_empty())
    }
}
