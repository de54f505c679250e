//! What grants give, what they cover, and what is left: the settlement of an account, from its first record on.
//!
//! 1. Each record's contribution to the quantities of covered charges, in event order ([`steps`]).
//! 2. Grants in the charge's own unit, and grants with a price of their own, take units, one priority after the other
//!    ([`levels`]), out of what they have at that time ([`pools`]).
//! 3. What is left is priced, again in event order, and grants of money and of credits pay it, one priority after the
//!    other.
//!
//! A contribution is what a record adds to a quantity, or to an amount: that over all records up to it, less that over
//! all records before it. What is taken never exceeds what is there: where a later record lowers a quantity or an
//! amount, what was taken too much goes back to where it was taken from, the newest first.
//!
//! Architecture invariant: a settlement depends on the set of records alone, never on their arrival.

mod dues;
mod levels;
mod lines;
mod pools;
mod running;
mod steps;
#[cfg(test)]
mod tests;

pub(super) use lines::{
    Cost, Given, Story, balance_lines, balances, drawn_of_line, fixed_cost, grant_lines, is_drawdown, own_price_lines,
    paid, story,
};
pub(super) use pools::PoolKey;
pub(super) use running::{Bought, Event, Lost, Now, Running};
pub(super) use steps::{Events, each_step, streams_of};

use super::evaluation::Evaluation;
use super::scope::{Group, Missing};
use crate::exact::Rational;
use crate::ir::{Gives, Grant, Program};
use crate::model::Value;
use jiff::Timestamp;
use levels::Level;
use pools::Pool;
use std::collections::{BTreeMap, BTreeSet};
use steps::Place;

/// What grants take off quantities, for an evaluation.
#[derive(Clone, Copy, Debug)]
pub(super) enum Covering<'a> {
    /// Nothing.
    Nothing,
    /// What they take off the records up to one of them.
    UpTo(&'a Units, usize),
    /// What the settlement says.
    Whole,
}

/// What a grant covers of a record's contribution.
#[derive(Clone, Debug)]
pub(super) struct Covered {
    /// The grant and the keys of its balance.
    pub(super) pool: PoolKey,
    /// Which record's, in event order.
    ordinal: usize,
    time: Timestamp,
    /// In the unit of the quantity, or in the money or credits that were paid.
    pub(super) amount: Rational,
    /// What was taken from the balance, in the grant's unit.
    pub(super) drawn: Rational,
    /// What it costs at the grant's own price.
    pub(super) worth: Rational,
}

/// All that grants cover of one place.
#[derive(Clone, Debug, Default)]
pub(super) struct Coverings {
    each: Vec<Covered>,
    /// Of all of them.
    total: Rational,
    /// By balance.
    sums: BTreeMap<PoolKey, Sums>,
}

/// What one balance has covered of a place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sums {
    /// In the unit of the quantity, or in the money or credits that were paid.
    pub(super) amount: Rational,
    /// What was taken from the balance, in the grant's unit.
    pub(super) drawn: Rational,
    /// What it costs at the grant's own price.
    pub(super) worth: Rational,
}

impl Coverings {
    fn push(&mut self, one: Covered) {
        self.add(&one, |sum, by| sum + by);
        self.each.push(one);
    }

    /// Takes back what was noted last.
    fn pop(&mut self) {
        if let Some(one) = self.each.pop() {
            self.add(&one, |sum, by| sum - by);
        }
    }

    fn add(&mut self, one: &Covered, with: impl Fn(&Rational, &Rational) -> Rational) {
        let nothing = || Sums { amount: Rational::zero(), drawn: Rational::zero(), worth: Rational::zero() };
        let sums = self.sums.entry(one.pool.clone()).or_insert_with(nothing);
        sums.amount = with(&sums.amount, &one.amount);
        sums.drawn = with(&sums.drawn, &one.drawn);
        sums.worth = with(&sums.worth, &one.worth);
        self.total = with(&self.total, &one.amount);
    }
}

/// What grants take off each quantity, by the body and the combination of keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Units {
    covered: BTreeMap<(usize, Group), Coverings>,
}

impl Units {
    /// What is taken off a body's quantity in a group, of the records up to one of them.
    pub(super) fn of(&self, body: usize, group: &Group, ordinal: usize) -> Rational {
        let Some(all) = self.all(body, group) else { return Rational::zero() };
        if ordinal == usize::MAX && group.stretch.is_none() {
            return all.total.clone();
        }
        let within = |time: Timestamp| group.stretch.is_none_or(|one| one.start <= time && time < one.end);
        let found = all.each.iter().filter(|one| one.ordinal <= ordinal && within(one.time));
        found.fold(Rational::zero(), |total, one| &total + &one.amount)
    }

    /// All that is taken off a body's quantity in a group.
    fn all(&self, body: usize, group: &Group) -> Option<&Coverings> {
        self.covered.get(&(body, plain(group)))
    }
}

/// A group by which something is covered: all of its window, since whenever its charge holds.
fn plain(group: &Group) -> Group {
    Group::new(group.keys.clone(), group.interval)
}

/// A place of which something was covered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Noted {
    Units((usize, Group)),
    Paid((usize, Group)),
}

/// A settlement.
#[derive(Debug, Default)]
pub(super) struct Settlement {
    /// What grants take off quantities.
    pub(super) units: Units,
    /// What grants pay of lines, by the charge and the line's keys and window.
    paid: BTreeMap<(usize, Group), Coverings>,
    pools: BTreeMap<PoolKey, Pool>,
    /// The grants of which it is not known what they give.
    failed: BTreeMap<usize, Missing>,
    /// Whether there are records, so that it is the same for all bills up to the period for which it was made.
    has_records: bool,
    /// The lines of which it is not known what covers them, by the charge and the place's keys and window.
    broken: BTreeMap<(usize, Group), Missing>,
    /// Of which places something was covered since somebody asked, one after the other.
    noted: Vec<Noted>,
    /// Which balances were touched since then, each with how much was done to it before.
    marks: BTreeMap<PoolKey, usize>,
}

impl Settlement {
    /// Whether it holds for all bills of the account up to the period for which it was made.
    pub(super) fn is_of_all(&self) -> bool {
        self.has_records
    }

    /// A balance, to be changed.
    fn pool_mut(&mut self, key: &PoolKey) -> Option<&mut Pool> {
        let pool = self.pools.get_mut(key)?;
        if !self.marks.contains_key(key) {
            self.marks.insert(key.clone(), pool.mark());
        }
        Some(pool)
    }

    fn note_units(&mut self, place: (usize, Group), covered: Covered) {
        self.noted.push(Noted::Units(place.clone()));
        self.units.covered.entry(place).or_default().push(covered);
    }

    fn note_paid(&mut self, place: (usize, Group), covered: Covered) {
        self.noted.push(Noted::Paid(place.clone()));
        self.paid.entry(place).or_default().push(covered);
    }

    /// Takes back what was noted last of a place.
    fn take_back(&mut self, noted: &Noted) {
        let all = match noted {
            Noted::Units(place) => self.units.covered.get_mut(place),
            Noted::Paid(place) => self.paid.get_mut(place),
        };
        all.into_iter().for_each(Coverings::pop);
    }

    /// Why it is not known what a line comes to, if so: itself, or one of the combinations that it adds up.
    pub(super) fn missing(&self, program: &Program, charge: usize, groups: &[&Group]) -> Option<Missing> {
        let covers =
            |grant: &&usize| program.grants.get(**grant).is_some_and(|one| one.covers_of(charge).next().is_some());
        let failed = self.failed.keys().find(covers).and_then(|grant| self.failed.get(grant));
        failed.or_else(|| groups.iter().find_map(|group| self.broken.get(&(charge, plain(group))))).cloned()
    }
}

/// The settlement of an evaluation's account.
pub(super) fn settle(evaluation: &Evaluation<'_>) -> Settlement {
    let program = evaluation.context.program;
    let streams = streams_of_grants(program);
    let events = Events::of(evaluation, &streams);
    let plain = evaluation.part(evaluation.usage, Covering::Nothing);
    let mut settlement = Settlement { has_records: events.first().is_some(), ..Settlement::default() };
    pools::open_all(&plain, &events, &mut settlement);
    let (mut places, mut items) = steps::quantities(&plain, &events);
    for level in levels_of(program, |grant| grant.covers.iter().any(|cover| !cover.pays)) {
        items = Level::new(&plain, &level, &places, false).pass(items, &mut settlement);
    }
    if program.grants.iter().any(|grant| grant.covers.iter().any(|cover| cover.pays)) {
        (places, items) = steps::amounts(&plain, &events, &settlement.units);
        for level in levels_of(program, |grant| grant.covers.iter().any(|cover| cover.pays)) {
            items = Level::new(&plain, &level, &places, true).pass(items, &mut settlement);
        }
    }
    let end = events.end(evaluation);
    pools::advance_all(&plain, end, &mut settlement);
    settlement
}

/// The grants, those of one priority together, the lowest first, those without one last.
fn levels_of(program: &Program, takes_part: impl Fn(&Grant) -> bool) -> Vec<Vec<usize>> {
    let mut levels: BTreeMap<(bool, Option<&Rational>), Vec<usize>> = BTreeMap::new();
    for (at, grant) in program.grants.iter().enumerate().filter(|(_, grant)| takes_part(grant)) {
        levels.entry((grant.priority.is_none(), grant.priority.as_ref())).or_default().push(at);
    }
    levels.into_values().collect()
}

/// The charges that grants cover.
pub(super) fn covered_charges(program: &Program) -> BTreeSet<usize> {
    program.grants.iter().flat_map(|grant| &grant.covers).map(|cover| cover.charge).collect()
}

/// The streams whose records make a difference to grants.
pub(super) fn streams_of_grants(program: &Program) -> Vec<bool> {
    let covered = covered_charges(program);
    let charges: Vec<bool> = (0..program.charges.len()).map(|at| covered.contains(&at)).collect();
    let mut streams = steps::streams_of(program, &charges);
    for gives in program.grants.iter().flat_map(|grant| &grant.gives) {
        if let Gives::ForEach { stream } = gives {
            streams.get_mut(*stream).into_iter().for_each(|flag| *flag = true);
        }
    }
    streams
}

/// The keys of a grant's balance at a place.
fn keys_at(cover: &crate::ir::Cover, place: &Place) -> Option<Vec<Value>> {
    cover.keys.iter().map(|at| place.group.keys.get(*at).cloned()).collect()
}
