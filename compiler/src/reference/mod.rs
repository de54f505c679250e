//! The reference evaluator: what a program means, from the definitions, over exact fractions.
//!
//! A bill is a pure function of the program, what is known of the account, and the set of its records. It is
//! computed here as it is defined, with no shortcut but two: values of groups are kept while one bill is computed,
//! and sums are kept as records come. Everything else that Florin computes is compared with this.
//!
//! Reading order: [`scope`], [`eval`], [`groups`] (records in groups), [`evaluation`] (meters and aggregates),
//! [`price`], [`priced`], [`lines`], [`limits`], [`longer`]; then what is made of it: bills here, [`standing`], [`rate`],
//! [`explain`]. What the compiled evaluator takes of it stands in [`definitions`], [`rest`] and [`incremental`].
//!
//! Architecture invariant: no arithmetic is shared with the other evaluators.

mod carry;
mod cases;
mod combine;
mod contracts;
mod coverage;
mod definitions;
mod derive;
mod discounts;
mod entries;
mod eval;
mod evaluation;
mod explain;
mod fees;
mod groups;
mod history;
mod idle;
mod incremental;
mod instants;
mod lasting;
mod ledger;
mod limits;
mod lines;
mod longer;
mod pooled;
mod price;
mod priced;
mod rate;
mod reach;
mod rest;
mod rules;
mod scope;
mod settle;
mod sharing;
mod split;
mod standing;
mod stretches;
pub(crate) mod text;

#[cfg(test)]
mod account_tests;
#[cfg(test)]
mod sharing_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod time_tests;

use crate::bill::{Bill, CutSpan, Line, Period, Rated, Standing, Withheld};
use crate::exact::Rational;
use crate::ir::{Charge, Derived, Making, Program, Side};
use crate::model::{Accounts, Interval, Record, Step, Symbol};
use crate::time::{PeriodError, Zone, period_holding};
use crate::typed::BillPeriod;
pub use coverage::{Coverage, Unused, Usable};
pub use definitions::{Definitions, StreamEntry, SummedGroup};
pub use entries::Entered;
use evaluation::Evaluation;
pub use explain::{Explanation, LISTED, render};
use groups::Usage;
pub use incremental::Incremental;
use jiff::Timestamp;
pub use ledger::{Ledger, exactly, invoice};
pub use rest::{Rest, RestRated, RestRecord};
pub use rules::{Earlier, Watched, in_advance};
use scope::Context;
use sharing::Homes;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The evaluator over one set of records.
#[derive(Debug)]
pub struct Reference<'a> {
    program: &'a Program,
    accounts: &'a Accounts,
    /// Which of them belong together.
    homes: Homes,
    records: &'a [Record],
    zone: Zone,
    /// The periods that are asked for, in a book whose period is given.
    given: Option<Vec<Period>>,
    /// Which records may change whose bills, in the order of their arrival.
    by_account: BTreeMap<Symbol, Vec<usize>>,
    /// The usage of each account, where it does not depend on the dates of the bill.
    usage: BTreeMap<Symbol, Usage>,
    coverage: Option<&'a Coverage>,
}

impl<'a> Reference<'a> {
    /// An evaluator over records without duplicates, in the order of their arrival, of any accounts. Accounts that
    /// are not listed have no facts.
    #[must_use]
    pub fn new(program: &'a Program, accounts: &'a Accounts, records: &'a [Record]) -> Reference<'a> {
        Reference::covering(program, accounts, records, None)
    }

    /// The same, taking note of what of the book is used.
    #[must_use]
    pub fn covering(
        program: &'a Program,
        accounts: &'a Accounts,
        records: &'a [Record],
        coverage: Option<&'a Coverage>,
    ) -> Reference<'a> {
        let zone = Zone::named(&program.header.timezone).unwrap_or_else(Zone::utc);
        let given = (program.header.period.step == Step::Given).then(Vec::new);
        let homes = Homes::of(program, accounts);
        let (usage, by_account) = (BTreeMap::new(), BTreeMap::new());
        let mut reference = Reference { program, accounts, homes, records, zone, given, by_account, usage, coverage };
        reference.by_account = reference.at_home();
        if reference.given.is_none() {
            let accounts: Vec<Symbol> = reference.by_account.keys().cloned().collect();
            reference.usage =
                accounts.into_iter().map(|account| (account.clone(), reference.gather(&account, None))).collect();
        }
        reference
    }

    /// The periods that are asked for, of a book whose period is given: only they are rated, and a record that none
    /// of them holds has no price. Other books know their periods.
    #[must_use]
    pub fn with_periods(mut self, periods: &[Period]) -> Reference<'a> {
        self.ask(periods);
        self
    }

    /// The same, for an evaluator that is already in use.
    pub fn ask(&mut self, periods: &[Period]) {
        if self.given.is_some() {
            self.given = Some(periods.to_vec());
        }
    }

    /// The period that dates mean for an account.
    ///
    /// # Errors
    /// A [`PeriodError`] where they are not exactly one of the book's periods.
    pub fn period(&self, account: &Symbol, asked: &BillPeriod) -> Result<Period, PeriodError> {
        asked_period(&self.context(account), asked)
    }

    /// The bill of an account for a period. A record that has no price is left out of it.
    #[must_use]
    pub fn bill(&self, account: &Symbol, period: &Period) -> Bill {
        self.evaluate(account, period, |evaluation| bill_of(evaluation, period))
    }

    /// The periods in which an account has a record, or a line of a longer or shorter window that a record is in, by
    /// their start. Of a book whose period is given: those that are asked for.
    #[must_use]
    pub fn periods(&self, account: &Symbol) -> Vec<Period> {
        let context = self.context(account);
        let mut periods = BTreeSet::new();
        for record in self.records_of(account) {
            periods.extend(period_of(&context, record.time, &self.given));
            periods.extend(periods_of_windows(&context, record.time, &self.given));
        }
        if counts_from_first_use(self.program) {
            let gathered = self.usage.get(account).cloned().unwrap_or_else(|| self.gather(account, None));
            periods.extend(periods_of_first_use(&context, &gathered, &self.given));
        }
        if self.program.carries {
            for gathered in self.gathered(account) {
                periods.extend(carry::periods_of_lasting(&context, &gathered, &self.given));
            }
            periods = carry::without_gaps(&context, periods, &self.given);
        }
        periods.into_iter().collect()
    }

    /// The accounts that have bills: those with records, unless another account pays for them, and of those that are
    /// known whoever pays for itself at some time.
    #[must_use]
    pub fn accounts(&self) -> BTreeSet<Symbol> {
        let pays = |account: &&Symbol| !self.context(account).pays_for_itself().is_empty();
        self.accounts.keys().filter(pays).chain(self.by_account.keys()).cloned().collect()
    }

    /// The account on whose bill a record stands.
    #[must_use]
    pub fn payer(&self, record: &Record) -> Symbol {
        let context = self.context(&record.account);
        context.payer(&record.account, record.time).unwrap_or_else(|_| record.account.clone())
    }

    /// What is known of an account. What lies in a period that is given is known only as of that period.
    fn gathered(&self, account: &Symbol) -> impl Iterator<Item = Cow<'_, Usage>> {
        let as_of = |period: &Period| Some(period.interval);
        let given = self.given.as_ref().map_or(vec![None], |periods| periods.iter().map(as_of).collect());
        given.into_iter().map(move |given| match self.usage.get(account) {
            Some(known) => Cow::Borrowed(known),
            None => Cow::Owned(self.gather(account, given)),
        })
    }

    /// The spans that went on for longer than they may, and were closed at their limit.
    #[must_use]
    pub fn cut_spans(&self) -> BTreeSet<CutSpan> {
        let is_limited = |derived: &Derived| matches!(&derived.making, Making::Spans(spans) if spans.at_most.is_some());
        if !self.program.derived.iter().any(is_limited) {
            return BTreeSet::new();
        }
        let cut = |account| {
            let context = self.context(account);
            self.gathered(account).flat_map(|usage| usage.making.cut_spans(&context)).collect::<Vec<_>>()
        };
        self.by_account.keys().flat_map(cut).collect()
    }

    /// How each record stands, over all periods.
    #[must_use]
    pub fn standings(&self) -> Vec<Standing> {
        let mut standings = vec![Standing::Rated; self.records.len()];
        for account in self.by_account.keys() {
            for (at, standing) in self.account_standings(account) {
                // Where several bills look at a record, one that lacks its price is enough.
                let place = standings.get_mut(at).filter(|place| !matches!(place, Standing::Unpriced(_)));
                place.into_iter().for_each(|place| *place = standing.clone());
            }
        }
        standings
    }

    /// The stream, rated: for each record in the order of arrival, and each line that it reaches, the difference
    /// that it makes to the line's exact amount and its quantity. What is due in a period without any usage stands
    /// before the first record of that period, without a record. A line keeps what was rated while it has no price.
    pub fn rate(&self) -> impl Iterator<Item = Rated> + '_ {
        rate::Rating::new(self)
    }

    fn account_standings(&self, account: &Symbol) -> Vec<(usize, Standing)> {
        let context = self.context(account);
        let (mut reasons, mut taken, mut made) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        for period in self.periods(account) {
            self.evaluate(account, &period, |evaluation| {
                reasons.extend(standing::withheld(evaluation));
                reasons.extend(evaluation.usage.unpriced.clone());
                taken.extend(evaluation.usage.taken());
                made.extend(evaluation.usage.made_standings(evaluation.context));
            });
        }
        let stands = |at: &usize| {
            let record = self.records.get(*at)?;
            if !context.is_billed(record) && !reasons.contains_key(at) {
                return None;
            }
            let standing = match (reasons.get(at), outside(&context, record.time, &self.given)) {
                (Some(reason), _) => Standing::Unpriced(reason.clone()),
                (None, Some(reason)) => Standing::Unpriced(reason),
                (None, None) if taken.contains(at) => Standing::Rated,
                (None, None) => standing::left(made.get(at), || standing::untaken(&context, record)),
            };
            Some((*at, standing))
        };
        self.by_account.get(account).into_iter().flatten().filter_map(stands).collect()
    }

    /// Evaluates an account's usage for one period.
    fn evaluate<T>(&self, account: &Symbol, period: &Period, then: impl FnOnce(&Evaluation<'_>) -> T) -> T {
        let given = self.given.as_ref().map(|_| period.interval);
        let context = self.context(account).given(given);
        match self.usage.get(account) {
            Some(usage) => then(&Evaluation::new(&context, usage, self.records, period.interval)),
            None => {
                let usage = self.gather(account, given);
                then(&Evaluation::new(&context, &usage, self.records, period.interval))
            }
        }
    }

    /// The usage of an account.
    fn gather(&self, account: &Symbol, given: Option<Interval>) -> Usage {
        let context = self.context(account).given(given);
        let ours = self.by_account.get(account).into_iter().flatten();
        Usage::of(&context, ours.filter_map(|at| Some((*at, self.records.get(*at)?))))
    }

    fn context(&self, account: &Symbol) -> Context<'_> {
        Context::new(self.program, &self.zone, (self.accounts, &self.homes), account).covered_by(self.coverage)
    }

    /// The records by the accounts whose bills they may change.
    fn at_home(&self) -> BTreeMap<Symbol, Vec<usize>> {
        let mut found: BTreeMap<Symbol, Vec<usize>> = BTreeMap::new();
        for (at, record) in self.records.iter().enumerate() {
            self.homes_of(record).into_iter().for_each(|home| found.entry(home).or_default().push(at));
        }
        found
    }

    /// The accounts whose bills a record may change.
    fn homes_of(&self, record: &Record) -> Vec<Symbol> {
        match self.program.sharing.is_any() {
            true => self.context(&record.account).homes_of(record),
            false => vec![record.account.clone()],
        }
    }

    fn records_of(&self, account: &Symbol) -> impl Iterator<Item = &Record> {
        self.by_account.get(account).into_iter().flatten().filter_map(|at| self.records.get(*at))
    }
}

/// The period that dates mean for an account.
fn asked_period(context: &Context<'_>, asked: &BillPeriod) -> Result<Period, PeriodError> {
    let window = &context.program.header.period;
    match context.rule(window) {
        Ok(rule) => crate::time::period(&rule, asked),
        Err(_) => Err(PeriodError::NoAnchor(window.name.to_string())),
    }
}

/// The bill that an evaluation comes to.
fn bill_of(evaluation: &Evaluation<'_>, period: &Period) -> Bill {
    let context = evaluation.context;
    let (mut lines, mut withheld): (Vec<Line>, Vec<Withheld>) = (Vec::new(), Vec::new());
    for charge in (0..context.program.charges.len()).map(|at| evaluation.charge(at)) {
        for one in &charge.lines {
            match &one.lines {
                Ok(some) => some.iter().for_each(|line| lines::join(evaluation, &mut lines, line)),
                Err(one) => withheld.push(one.clone()),
            }
        }
    }
    for at in 0..context.program.grants.len() {
        for one in settle::grant_lines(evaluation, at) {
            match one.lines {
                Ok(some) => lines.extend(some),
                Err(one) => withheld.push(one),
            }
        }
    }
    let total = lines.iter().fold(Rational::zero(), |total, line| &total + &line.amount);
    Bill {
        account: context.account.clone(),
        period: period.clone(),
        currency: evaluation.currency().clone(),
        total: withheld.is_empty().then_some(total),
        lines,
        withheld,
        balances: settle::balances(evaluation),
    }
}

/// Whether what is due in a period without usage depends on usage before it.
fn looks_back(program: &Program) -> bool {
    program.carries || program.charges.iter().any(|charge| charge.longer_limits().next().is_some())
}

/// Whether a record may change bills of other periods than its own.
fn spans_periods(program: &Program) -> bool {
    let wide = |window: &crate::model::Window| !crate::time::nests_in(window, &program.header.period);
    !program.grants.is_empty()
        || program.meters.iter().any(|meter| wide(&meter.window) || meter.window.from_first_use)
        || program.charges.iter().any(|charge| !charge.per_period)
        || program.charges.iter().flat_map(Charge::longer_limits).any(|(_, window)| wide(window))
        || program.aggregates.iter().any(|aggregate| from_first_record(&aggregate.over))
        || program.derived.iter().any(|derived| derived.used)
}

/// The period that holds an instant. None where an account lacks the date that its periods are counted from, or
/// where none of those asked for holds it.
fn period_of(context: &Context<'_>, time: Timestamp, given: &Option<Vec<Period>>) -> Option<Period> {
    match given {
        Some(periods) => periods.iter().find(|one| one.interval.start <= time && time < one.interval.end).cloned(),
        None => period_holding(&context.rule(&context.program.header.period).ok()?, time),
    }
}

/// The period of a book that knows its periods, by its stretch.
fn period_of_interval(context: &Context<'_>, interval: Interval) -> Option<Period> {
    period_of(context, interval.start, &None)
}

/// Why no bill can hold an instant, if so: none of the periods that are asked for does, or the account lacks the date
/// that its periods are counted from.
fn outside(context: &Context<'_>, time: Timestamp, given: &Option<Vec<Period>>) -> Option<String> {
    match given {
        Some(_) => period_of(context, time, given).is_none().then(|| standing::OUTSIDE.to_owned()),
        None => context.rule(&context.program.header.period).err().map(|missing| missing.0),
    }
}

/// Whether a charge has a line for each window that begins with a record.
fn counts_from_first_use(program: &Program) -> bool {
    program.charges.iter().any(|charge| charge.window.from_first_use)
}

/// The periods in which windows end that begin with a record: where they lie, only the usage tells.
fn periods_of_first_use(context: &Context<'_>, usage: &Usage, given: &Option<Vec<Period>>) -> Vec<Period> {
    let streams = context.program.streams.iter().enumerate().filter(|(_, stream)| stream.window.from_first_use);
    let groups = streams.filter_map(|(at, _)| usage.groups(at)).flat_map(std::collections::BTreeMap::values);
    let ends = groups.flat_map(std::collections::BTreeMap::keys).filter_map(|interval| last_instant(*interval));
    ends.filter_map(|end| period_of(context, end, given)).collect()
}

fn last_instant(interval: Interval) -> Option<Timestamp> {
    interval.end.checked_sub(jiff::SignedDuration::from_nanos(1)).ok()
}

/// The periods in which the windows end that hold an instant, of charges whose window is not the period and of floors over
/// longer ones.
fn periods_of_windows(context: &Context<'_>, time: Timestamp, given: &Option<Vec<Period>>) -> Vec<Period> {
    let by_rule = |charge: &&crate::ir::Charge| !charge.per_period && !charge.window.from_first_use;
    let charges = context.program.charges.iter().filter(by_rule);
    let floors = context.program.charges.iter().flat_map(Charge::longer_limits);
    let floors = floors.filter(|(limit, _)| limit.side == Side::AtLeast).map(|(_, window)| window);
    let windows = charges.map(|charge| &charge.window).chain(floors);
    let ends = windows.filter_map(|window| last_instant(context.holding(window, time).ok()??));
    ends.filter_map(|end| period_of(context, end, given)).collect()
}

/// Whether windows count from the account's first record, which may come late.
fn from_first_record(over: &crate::ir::Over) -> bool {
    matches!(over, crate::ir::Over::Rows(rows) if rows.every_window)
}
