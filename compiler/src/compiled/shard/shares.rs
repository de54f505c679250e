//! Where a group is billed, and what a record adds there.

use super::{Added, Arrived, Entry, FRACTIONS, LACKS, NOWHERE, Purpose, Shard, internal, over};
use crate::compiled::class::{Class, MOST_TERMS, ShortRecord};
use crate::compiled::groups;
use crate::compiled::plan::Tap;
use crate::compiled::prices::{self, ExactRecord, Prices, Share};
use crate::compiled::rows::Touched;
use crate::compiled::stream::{Place, StreamState};
use crate::exact::Rational;
use crate::ir::Stream;
use crate::model::Value;
use std::sync::Arc;

impl<'r> Shard<'r> {
    /// What a record adds to the lines of the charges that take a stream.
    pub(super) fn share(
        &mut self,
        state: &mut StreamState<'r>,
        entry: &Entry,
        arrived: &Arrived<'_>,
        touched: &mut Vec<Touched>,
        missing: &mut Option<(usize, Arc<str>)>,
    ) {
        for at in 0..state.taps.len() {
            let known = state.taps.get(at).and_then(|tap| tap.place(entry.group));
            let place = match known {
                Some(place) => place,
                None => self.open(state, at, entry.group),
            };
            let is_first = state.taps.get_mut(at).is_some_and(|tap| tap.take_first(entry.group));
            let Some(tap) = state.taps.get(at) else { continue };
            let charge = tap.charge;
            let mut lacks = |reason: &Arc<str>| {
                if missing.as_ref().is_none_or(|(known, _)| charge < *known) {
                    *missing = Some((charge, reason.clone()));
                }
            };
            if let Some(reason) = self.withheld.get(&(arrived.account, place.line)) {
                lacks(reason);
                continue;
            }
            let share = match self.prices.get(place.prices() as usize) {
                Some(Err(reason)) => {
                    lacks(reason);
                    if place.line != Place::NONE {
                        self.withheld.insert((arrived.account, place.line), reason.clone());
                    }
                    continue;
                }
                Some(Ok(_)) if self.purpose == Purpose::Differences => {
                    let class = self.class(state, at, place.prices());
                    self.classes.get(class).and_then(|class| short_share(class, state, at, entry, &self.scratch.values))
                }
                _ => continue,
            };
            let share = match share {
                Some(share) => share,
                None => match self.exact_share(state, at, entry, arrived.account, (place, is_first)) {
                    Ok(share) => share,
                    Err(reason) => {
                        lacks(&reason.into());
                        continue;
                    }
                },
            };
            if place.line != Place::NONE {
                touched.push(Touched { charge, line: place.line, share });
            }
        }
    }

    pub(super) fn exact_share(
        &self,
        state: &StreamState<'r>,
        at: usize,
        entry: &Entry,
        account: u32,
        (place, is_first): (Place, bool),
    ) -> Result<Share, String> {
        let tap_state = state.taps.get(at).ok_or_else(internal)?;
        let tap: &Tap<'_> = tap_state.native.taps.get(tap_state.tap).ok_or_else(internal)?;
        let before = tap.terms.iter().map(|term| match term.column {
            Some(at) => {
                let sums = state.columns.get(at).and_then(|column| column.sums.as_ref());
                sums.map_or_else(Rational::zero, |sums| sums.exact(entry.group))
            }
            None => Rational::from(i128::from(state.count_of(entry.group))),
        });
        let before: Vec<Rational> = before.collect();
        let added = tap.terms.iter().map(|term| match (term.column, &entry.values) {
            (None, _) => Rational::one(),
            (Some(at), Added::Exact(values)) => values.get(at).cloned().unwrap_or_else(Rational::zero),
            (Some(at), Added::Short(start)) => {
                let denominator = state.columns.get(at).map_or(1, |column| column.denominator);
                over(self.scratch.values.get(start + at).copied().unwrap_or(0), denominator)
            }
        });
        let added: Vec<Rational> = added.collect();
        let record = ExactRecord { before: &before, added: &added, is_first };
        self.exactly(state, tap, (account, entry.group), place, &record)
    }

    /// What a record adds to a group, by fractions.
    pub(super) fn exactly(
        &self,
        state: &StreamState<'r>,
        tap: &Tap<'_>,
        (account, group): (u32, u32),
        place: Place,
        record: &ExactRecord<'_>,
    ) -> Result<Share, String> {
        let Some(Ok(prices)) = self.prices.get(place.prices() as usize) else { return Err(internal()) };
        let row = state.groups.row(group as usize);
        let (_, window) = groups::account_and_window(row);
        let (account, interval) = (self.account(account), self.windows.get(window).ok_or_else(internal)?);
        let keys = self.keys_of(state.stream, tap, row);
        let here = prices::Place { definitions: &self.rater.definitions, account: &account, keys: &keys, interval };
        prices.exact(here, record)
    }

    /// The class of prices over the denominators of a stream: its number, or [`LACKS`], [`FRACTIONS`], [`NOWHERE`].
    #[inline]
    pub(super) fn class(&mut self, state: &StreamState<'r>, at: usize, prices: u32) -> u32 {
        match self.class_of.get(prices as usize) {
            Some((epoch, class)) if *epoch == state.epoch => *class,
            _ => self.find_class(state, at, prices),
        }
    }

    #[cold]
    pub(super) fn find_class(&mut self, state: &StreamState<'r>, at: usize, prices: u32) -> u32 {
        let found = match self.prices.get(prices as usize) {
            None => return NOWHERE,
            Some(Err(_)) => LACKS,
            Some(Ok(prices)) => {
                let tap = state.taps.get(at).and_then(|tap| tap.native.taps.get(tap.tap));
                let terms = tap.map(|tap| tap.terms.as_slice()).filter(|terms| terms.len() <= MOST_TERMS);
                let column = |term: &crate::compiled::plan::Term<'_>| term.column.and_then(|at| state.columns.get(at));
                let denominator = |term| column(term).map_or(1, |column| column.denominator);
                let denominators = terms.map(|terms| terms.iter().map(denominator).collect::<Vec<i128>>());
                let integers = denominators.and_then(|denominators| prices.as_integers(&denominators));
                integers.and_then(|integers| self.classes.number(integers)).unwrap_or(FRACTIONS)
            }
        };
        let at = prices as usize;
        if at >= self.class_of.len() {
            self.class_of.resize(at + 1, (u64::MAX, FRACTIONS));
        }
        self.class_of.get_mut(at).into_iter().for_each(|known| *known = (state.epoch, found));
        found
    }

    /// The values of a charge's keys, those of `for each` too, from a group's row.
    pub(super) fn keys_of(&self, stream: &Stream, tap: &Tap<'_>, row: &[i64]) -> Vec<Value> {
        let all = self.keys.values(stream, row.get(1..).unwrap_or_default());
        tap.keys.iter().filter_map(|at| all.get(*at).cloned()).collect()
    }

    /// The line and the prices of a group, for its first record.
    pub(super) fn open(&mut self, state: &mut StreamState<'r>, at: usize, group: u32) -> Place {
        let nowhere = Place::of(Place::NONE, Place::NOWHERE);
        let StreamState { groups, taps, .. } = state;
        let row = groups.row(group as usize);
        let shared = taps.get_mut(at).and_then(|tap| tap.shared.as_mut());
        let found = match shared.and_then(|shared| shared.find(row)) {
            Some(found) => found,
            None => {
                let found = self.place(state, at, group as usize).unwrap_or(nowhere);
                let row = state.groups.row(group as usize);
                let shared = state.taps.get_mut(at).and_then(|tap| tap.shared.as_mut());
                shared.into_iter().for_each(|shared| shared.add(row, found));
                found
            }
        };
        state.taps.get_mut(at).into_iter().for_each(|tap| tap.open(group, found));
        found
    }

    pub(super) fn place(&mut self, state: &StreamState<'r>, at: usize, group: usize) -> Option<Place> {
        let tap_state = state.taps.get(at)?;
        let tap = tap_state.native.taps.get(tap_state.tap)?;
        let row = state.groups.row(group);
        let (account, window) = groups::account_and_window(row);
        let account = &self.account(account);
        let interval = self.windows.get(window)?;
        let keys = self.keys_of(state.stream, tap, row);
        let rater = self.rater;
        let (program, definitions) = (rater.program, &rater.definitions);
        let line = self.lines.number(program, definitions, tap_state.charge, account, (&keys, interval));
        let line = line.unwrap_or(Place::NONE);
        let here = prices::Place { definitions, account, keys: &keys, interval };
        let charge = program.charges.get(tap_state.charge)?;
        let prices = u32::try_from(self.prices.len()).ok().filter(|number| *number < Place::NOWHERE)?;
        self.prices.push(Prices::find(here, charge, tap_state.native, tap).map_err(Into::into));
        Some(Place::of(line, prices))
    }
}

/// What a record adds, if all of it fits 128 bits.
fn short_share(class: &Class, state: &StreamState<'_>, at: usize, entry: &Entry, scratch: &[i128]) -> Option<Share> {
    let Added::Short(start) = &entry.values else { return None };
    let values = scratch.get(*start..)?;
    let tap_state = state.taps.get(at)?;
    let tap = tap_state.native.taps.get(tap_state.tap)?;
    let (mut before, mut added) = ([0i128; MOST_TERMS], [0i128; MOST_TERMS]);
    for (term, (before, added)) in tap.terms.iter().zip(before.iter_mut().zip(&mut added)) {
        (*before, *added) = match term.column {
            Some(column) => {
                let sums = state.columns.get(column)?.sums.as_ref();
                (sums.map_or(Some(0), |sums| sums.short(entry.group))?, *values.get(column)?)
            }
            None => (i128::from(state.count_of(entry.group)), 1),
        };
    }
    let count = tap.terms.len();
    class.short(&ShortRecord { before: before.get(..count)?, added: added.get(..count)? })
}
