//! One account after the other by the definitions, record by record: the charges that the compiled evaluator does not
//! compute itself, and bills from groups of which only the sums are known.

use super::definitions::{Definitions, SummedGroup};
use super::evaluation::Evaluation;
use super::incremental::Incremental;
use super::rate::{AccountRating, Change, Selection};
use super::scope::Context;
use super::{carry, counts_from_first_use, looks_back, period_of, periods_of_first_use, periods_of_windows, standing};
use crate::bill::{Bill, CutSpan, Period, Rated, Standing};
use crate::model::{Record, Symbol};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The accounts of a run, as far as the definitions are followed: for all charges where facts of an account change, else
/// for some.
#[derive(Debug)]
pub struct Rest<'r> {
    definitions: &'r Definitions<'r>,
    charges: Selection<'r>,
    streams: &'r [bool],
    /// The charges that are computed again only where a record touches them.
    incremental: &'r Incremental,
    /// By account, and in a book whose period is given by each period that is asked for.
    accounts: BTreeMap<(Symbol, Option<Period>), AccountRating<'r>>,
    /// The periods that records touch, by the accounts whose bills they may change, where those may be of others.
    touched: BTreeMap<Symbol, BTreeSet<Period>>,
}

/// What a record comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RestRecord {
    /// What it adds to lines.
    pub rated: Vec<RestRated>,
    /// The numbers of its groups of which only folds are kept, in its account.
    pub groups: Vec<u32>,
}

/// What a record, or the passing of a period, adds to a line.
#[derive(Clone, Debug, PartialEq)]
pub struct RestRated {
    /// The charge; none for what is due without usage, and for lines that are no more.
    pub charge: Option<usize>,
    /// What it adds.
    pub rated: Rated,
}

impl<'r> Rest<'r> {
    /// Of the `wanted` charges; `needed` are those and all whose totals they take, `streams` what those and the
    /// incremental ones take.
    #[must_use]
    pub fn new(
        definitions: &'r Definitions<'r>,
        (wanted, needed): (&'r [bool], &'r [bool]),
        streams: &'r [bool],
        incremental: &'r Incremental,
    ) -> Rest<'r> {
        let charges = Selection { wanted, needed };
        Rest { definitions, charges, streams, incremental, accounts: BTreeMap::new(), touched: BTreeMap::new() }
    }

    fn account(&mut self, account: &Symbol, period: Option<Period>) -> &mut AccountRating<'r> {
        let (definitions, charges, streams, incremental) =
            (self.definitions, self.charges, self.streams, self.incremental);
        let given = period.clone().map(|period| vec![period]);
        let interval = period.as_ref().map(|period| period.interval);
        let rating = || {
            let context = definitions.context(account).given(interval);
            match definitions.is_dated(account) {
                true => AccountRating::of_charges(context, None, given),
                false if incremental.settles => {
                    AccountRating::of_charges(context.of_streams(streams), Some(charges), given).tracking(incremental)
                }
                false if incremental.is_any() => {
                    let context = context.of_streams(streams).with_folds(&incremental.folding);
                    AccountRating::of_charges(context, Some(charges), given).tracking(incremental)
                }
                false => AccountRating::of_charges(context.of_streams(streams), Some(charges), given),
            }
        };
        self.accounts.entry((account.clone(), period)).or_insert_with(rating)
    }

    fn each_apart(
        &mut self,
        record: &Record,
        mut rate: impl FnMut(&mut AccountRating<'r>) -> Vec<Change>,
    ) -> Vec<RestRated> {
        let mut rated = Vec::new();
        for home in self.definitions.homes_of(record) {
            if self.definitions.is_shared() {
                let periods = self.definitions.periods(&home, record.time);
                self.touched.entry(home.clone()).or_default().extend(periods);
            }
            for period in self.definitions.apart() {
                let changes = rate(self.account(&home, period));
                rated.extend(changes.into_iter().map(|one| RestRated { charge: one.charge, rated: one.rated }));
            }
        }
        rated
    }

    /// The accounts whose bills records may change, with the periods that they touch, where those may be of others.
    pub fn touched(&self) -> impl Iterator<Item = (&Symbol, &BTreeSet<Period>)> {
        self.touched.iter()
    }

    /// Rates a record; `at` is its number in the run, rising. `is_taken` says whether a charge takes it, if only one that
    /// is computed elsewhere.
    pub fn rate(&mut self, at: usize, record: &Record, is_taken: bool) -> RestRecord {
        let mut groups = Vec::new();
        let rated = self.each_apart(record, |account| {
            let rated = account.rate_taken(at, record, is_taken);
            groups.extend(rated.groups);
            rated.changes
        });
        RestRecord { rated, groups }
    }

    /// A record that has no price: its period has begun all the same.
    pub fn open(&mut self, record: &Record) -> Vec<RestRated> {
        self.each_apart(record, |account| account.opened(record))
    }

    /// Takes a record without rating it; the numbers of its groups of which only folds are kept.
    pub fn add(&mut self, at: usize, record: &Record) -> Vec<u32> {
        let mut groups = Vec::new();
        self.each_apart(record, |account| {
            groups.extend(account.add(at, record));
            Vec::new()
        });
        groups
    }

    /// The numbers of an account's groups whose records reach a line without a price in one of these periods; of those
    /// groups of which only folds are kept, with what is missing.
    #[must_use]
    pub fn withheld_groups(&self, account: &Symbol, periods: &BTreeSet<Period>) -> BTreeMap<u32, String> {
        let keeps_folds = self.incremental.is_any() && !self.incremental.settles;
        let Some(known) = self.accounts.get(&(account.clone(), None)).filter(|_| keeps_folds) else {
            return BTreeMap::new();
        };
        let evaluation = |period: &Period| Evaluation::new(&known.context, &known.usage, &[], period.interval);
        periods.iter().flat_map(|period| standing::withheld_groups(&evaluation(period))).collect()
    }

    /// Takes a group of which only the sums are known.
    pub fn add_sums(&mut self, account: &Symbol, group: SummedGroup) {
        let account = self.account(account, None);
        account.usage.add_sums(&account.context, group);
    }

    /// The key under which a bill's period is evaluated.
    fn apart(&self, account: &Symbol, period: &Period) -> (Symbol, Option<Period>) {
        (account.clone(), self.definitions.given.as_ref().map(|_| period.clone()))
    }

    /// The records that reach a line without a price in one of these periods, with what is missing.
    #[must_use]
    pub fn withheld(&self, account: &Symbol, periods: &BTreeSet<Period>) -> BTreeMap<usize, String> {
        let mut found = BTreeMap::new();
        // What grants cover is one for all periods, where the book knows them.
        let all: Vec<Period> = periods.iter().cloned().collect();
        let known = self.accounts.get(&(account.clone(), None));
        let settlement = known.filter(|_| self.definitions.given.is_none()).and_then(|known| known.settlement(&all));
        for period in periods {
            let Some(account) = self.accounts.get(&self.apart(account, period)) else { continue };
            let evaluation = Evaluation::new(&account.context, &account.usage, &[], period.interval);
            let evaluation = evaluation.settled(settlement.as_ref());
            found.extend(standing::withheld(&evaluation));
            found.extend(account.usage.unpriced.clone());
        }
        found
    }

    /// How records stand of an account that no stream takes by themselves.
    #[must_use]
    pub fn left(&self, account: &Symbol, numbers: &[usize]) -> BTreeMap<usize, Standing> {
        let apart = self.definitions.apart().into_iter();
        let known: Vec<_> = match self.definitions.is_shared() {
            // It may stand on bills of others.
            true => self.accounts.values().collect(),
            false => apart.filter_map(|period| self.accounts.get(&(account.clone(), period))).collect(),
        };
        let made: BTreeMap<usize, Standing> =
            known.iter().flat_map(|known| known.usage.made_standings(&known.context)).collect();
        let stands = |number: usize| {
            if known.iter().any(|known| known.usage.is_taken(number)) {
                return Some((number, Standing::Rated));
            }
            let (known, record) = known.iter().find_map(|known| Some((known, known.usage.making.record(number)?)))?;
            let standing = standing::left(made.get(&number), || standing::untaken(&known.context, record));
            Some((number, standing))
        };
        numbers.iter().filter_map(|number| stands(*number)).collect()
    }

    /// The spans that were closed at their limit.
    #[must_use]
    pub fn cut_spans(&self) -> BTreeSet<CutSpan> {
        self.accounts.values().flat_map(|known| known.usage.making.cut_spans(&known.context)).collect()
    }

    /// The periods in which windows of an account end that begin with a record.
    fn periods_of_first_use(&self, account: &Symbol) -> BTreeSet<Period> {
        let mut found = BTreeSet::new();
        for period in self.definitions.apart().into_iter().filter(|_| counts_from_first_use(self.definitions.program)) {
            if let Some(known) = self.accounts.get(&(account.clone(), period)) {
                found.extend(periods_of_first_use(&known.context, &known.usage, &self.definitions.given));
            }
        }
        found
    }

    /// The periods of an account: these, those in which something lasts, and where things go on those between.
    #[must_use]
    pub fn periods(&self, account: &Symbol, mut periods: BTreeSet<Period>) -> BTreeSet<Period> {
        if self.definitions.is_shared() {
            periods = self.touched.get(account).cloned().unwrap_or_default();
        }
        periods.extend(self.periods_of_first_use(account));
        if !self.definitions.program.carries {
            return periods;
        }
        let given = &self.definitions.given;
        for period in self.definitions.apart() {
            if let Some(known) = self.accounts.get(&(account.clone(), period)) {
                periods.extend(carry::periods_of_lasting(&known.context, &known.usage, given));
            }
        }
        carry::without_gaps(&self.definitions.context(account), periods, given)
    }

    /// What is due of an account in a period without any usage of its own.
    #[must_use]
    pub fn due(&self, account: &Symbol, period: &Period) -> Vec<Rated> {
        match self.accounts.get(&self.apart(account, period)).filter(|_| looks_back(self.definitions.program)) {
            Some(known) => known.due(period),
            None => self.definitions.due(account, period),
        }
    }

    /// The bill of an account, with all charges.
    #[must_use]
    pub fn bill(&self, account: &Symbol, period: &Period) -> Bill {
        let key = self.apart(account, period);
        let nothing;
        let known = match self.accounts.get(&key) {
            Some(known) => known,
            None => {
                let context = self.definitions.context(account).given(key.1.map(|period| period.interval));
                nothing = AccountRating::of_charges(context, Some(self.charges), None);
                &nothing
            }
        };
        super::bill_of(&Evaluation::new(&known.context, &known.usage, &[], period.interval), period)
    }
}

impl Definitions<'_> {
    /// The periods on whose bills a record may stand: its own, and those in which a window ends that holds it.
    #[must_use]
    pub fn periods(&self, account: &Symbol, time: Timestamp) -> BTreeSet<Period> {
        let context: Context<'_> = self.context(account);
        let own = period_of(&context, time, &self.given);
        own.into_iter().chain(periods_of_windows(&context, time, &self.given)).collect()
    }
}
