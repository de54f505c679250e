//! Runs of records of one kind through the state by column: first the accounts of all of them, then windows, keys,
//! groups, then totals and prices, then what is written. So waits for memory overlap, and what is the same for all
//! records of a run is asked once.
//!
//! A record that needs more than that (one that a kernel did not settle, a line without a price, a number beyond 64
//! bits) cuts the run: it is rated by itself, between those before and those behind it.

use super::{Arrived, ByColumn, Here, LACKS, NOWHERE, Purpose, Shard, Status, integer, internal, over};
use crate::columns::Batch;
use crate::compiled::arrival::{Arrival, Origin};
use crate::compiled::class::{MOST_TERMS, ShortRecord};
use crate::compiled::groups;
use crate::compiled::place::Windows;
use crate::compiled::prices::{ExactRecord, Share};
use crate::compiled::rows::{RatedBlock, Row, Touched};
use crate::compiled::stream::{Place, StreamState};
use crate::compiled::totals::MOST_TOTAL;
use crate::compiled::{Rater, plan};
use crate::exact::Rational;
use crate::jit::{Computed, Integers, StreamColumns};
use crate::model::{Step, Type};
use std::ops::Range;
use std::sync::Arc;

/// So many records at once: what is known of them stays in the nearest caches.
const RUN: usize = 1_024;

/// How records may go through the state by column, if they may.
pub(super) fn by_column(rater: &Rater<'_>) -> Option<ByColumn> {
    let program = rater.program;
    let used = || program.streams.iter().filter(|stream| stream.used);
    // Windows must be the same for all accounts, and every line must have a price or none from the beginning.
    let is_common = |window: &crate::model::Window| window.anchor.is_none() && window.step != Step::Given;
    let natives = || rater.plan.charges.iter().filter_map(|charge| charge.native.as_ref());
    if rater.is_dated
        || !is_common(&program.header.period)
        || !used().all(|stream| is_common(&stream.window))
        || natives().any(|native| native.may_lose_price)
        // What the definitions rate record by record takes longer than all else.
        || rater.incremental.is_any()
    {
        return None;
    }
    let kind = |tap: &plan::Tap<'_>| program.streams.get(tap.stream).map(|stream| stream.kind);
    let is_of_one_kind = |native: &plan::Native<'_>| {
        let first = native.taps.first().and_then(kind);
        native.is_finite && native.taps.iter().all(|tap| kind(tap) == first)
    };
    let by_kind = !rater.keeps_records() && natives().all(is_of_one_kind);
    Some(if by_kind { ByColumn::ByKind } else { ByColumn::InOrder })
}

/// The records of a run, by column.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// Their places in the block, and their rows in the batch.
    rows: Vec<(u32, u32)>,
    accounts: Vec<u32>,
    /// Whether each is to be rated by itself.
    is_apart: Vec<bool>,
    /// Whether a stream takes it.
    is_taken: Vec<bool>,
    /// By stream.
    streams: Vec<StreamRun>,
    /// What some records lack for a price: the record, the charge, and the words.
    missing: Vec<(u32, usize, Arc<str>)>,
}

/// What a stream takes of a run. All columns have one entry for each record that it takes.
#[derive(Debug, Default)]
struct StreamRun {
    /// Which records of the run, rising.
    taken: Vec<u32>,
    groups: Vec<u32>,
    /// By column of the stream: what each adds, over the column's denominator.
    added: Vec<Vec<i64>>,
    /// By column of the stream that is summed up: how far from zero the sums may be in the end.
    within: Vec<u64>,
    taps: Vec<TapRun>,
    /// By column of the stream that is summed up: the sums before, of the records that are being priced.
    before: Vec<Vec<i64>>,
    /// How many records came before, of the records that are being priced.
    counts: Vec<i64>,
    amounts: Vec<i64>,
    /// Scratch: windows, and the rows of groups one behind the other.
    windows: Vec<u32>,
    atoms: Vec<i64>,
}

/// What a charge takes of a stream.
#[derive(Debug, Default)]
struct TapRun {
    lines: Vec<u32>,
    classes: Vec<u32>,
    /// Whether the record is the first one of its group, unless another one of this run is.
    is_fresh: Vec<bool>,
    /// What each record adds, by record of the run.
    shares: Vec<(u32, Touched)>,
}

impl<'r> Shard<'r> {
    /// Rates records by column.
    pub(super) fn rate_by_column<'b>(
        &mut self,
        here: &Here<'_, 'b>,
        by_column: ByColumn,
        arrivals: impl Iterator<Item = Arrival<'b>>,
        out: &mut RatedBlock,
    ) {
        let is_mixed = here.block.batches.len() > 1 || !here.block.odd.is_empty();
        if by_column == ByColumn::InOrder || !is_mixed {
            return self.rate_in_order(here, arrivals, out);
        }
        let mut kinds: Vec<Vec<Arrival<'b>>> = vec![Vec::new(); self.rater.program.schema.kinds.len() + 1];
        for arrival in arrivals {
            let kind = match arrival.origin {
                Origin::Batch(at, _) => here.block.batches.get(at).map(|batch| batch.kind),
                Origin::Odd(record) => Some(record.kind),
            };
            let last = kinds.len() - 1;
            kinds.get_mut(kind.unwrap_or(last).min(last)).into_iter().for_each(|kind| kind.push(arrival));
        }
        for kind in kinds {
            self.rate_in_order(here, kind.into_iter(), out);
        }
        out.rows.sort_by_key(|row| row.place);
        out.unpriced.sort_by_key(|(place, _)| *place);
    }

    fn rate_in_order<'b>(
        &mut self,
        here: &Here<'_, 'b>,
        arrivals: impl Iterator<Item = Arrival<'b>>,
        out: &mut RatedBlock,
    ) {
        let is_plain = |at: usize| !self.has_list(here.block, at) && !self.feeds(here.block, at);
        let is_plain: Vec<bool> = (0..here.block.batches.len()).map(is_plain).collect();
        let mut run = std::mem::take(&mut self.run);
        let mut batch = usize::MAX;
        run.rows.clear();
        for arrival in arrivals {
            match arrival.origin {
                Origin::Batch(at, row) if is_plain.get(at) == Some(&true) => {
                    if at != batch || run.rows.len() >= RUN {
                        self.rate_run(&mut run, batch, here, out);
                        batch = at;
                    }
                    run.rows.push((arrival.place, u32::try_from(row).unwrap_or(u32::MAX)));
                }
                Origin::Batch(..) | Origin::Odd(_) => {
                    self.rate_run(&mut run, batch, here, out);
                    self.rate_one(here, arrival, out);
                }
            }
        }
        self.rate_run(&mut run, batch, here, out);
        self.run = run;
    }

    /// Rates the records of a run, and empties it.
    fn rate_run(&mut self, run: &mut Run, at: usize, here: &Here<'_, '_>, out: &mut RatedBlock) {
        let (Some(batch), Some(computed)) = (here.block.batches.get(at), here.computed.get(at)) else {
            return run.rows.clear();
        };
        let factors = here.factors.get(at).map_or(&[][..], Vec::as_slice);
        self.resolve(run, batch, computed, factors);
        let mut start = 0;
        while start < run.rows.len() {
            let rest = run.is_apart.get(start..).unwrap_or_default();
            let end = rest.iter().position(|is_apart| *is_apart).map_or(run.rows.len(), |length| start + length);
            self.settle(run, start..end, at, here, out);
            if let Some((place, row)) = run.rows.get(end) {
                let withheld = self.withheld.len();
                self.rate_one(here, Arrival { place: *place, origin: Origin::Batch(at, *row as usize) }, out);
                if self.withheld.len() != withheld {
                    self.set_withheld_apart(run);
                }
            }
            start = end + 1;
        }
        run.rows.clear();
    }

    /// Finds all that can be found of a run's records before anything is added up.
    fn resolve(&mut self, run: &mut Run, batch: &Batch, computed: &Computed, factors: &[Vec<Option<i128>>]) {
        let count = run.rows.len();
        run.is_apart.clear();
        run.is_apart.resize(count, false);
        run.is_taken.clear();
        run.is_taken.resize(count, false);
        self.find_accounts(run, batch);
        run.streams.resize_with(computed.streams.len().max(run.streams.len()), StreamRun::default);
        let mut streams = std::mem::take(&mut run.streams);
        for (at, (ours, columns)) in streams.iter_mut().zip(&computed.streams).enumerate() {
            ours.taken.clear();
            let Some(columns) = columns else { continue };
            take_rows(run, ours, columns);
            let Some(mut state) = self.streams.get_mut(at).and_then(Option::take) else { continue };
            let factors = factors.get(at).map_or(&[][..], Vec::as_slice);
            self.find_groups(&mut state, run, ours, batch, columns);
            find_added(&mut state, run, ours, columns, factors);
            self.find_places(&mut state, run, ours);
            self.put_back(at, state);
        }
        run.streams = streams;
        if !self.withheld.is_empty() {
            self.set_withheld_apart(run);
        }
        run.is_apart.iter_mut().zip(&run.is_taken).for_each(|(is_apart, is_taken)| *is_apart |= !is_taken);
    }

    fn put_back(&mut self, at: usize, state: Box<StreamState<'r>>) {
        if let Some(place) = self.streams.get_mut(at) {
            *place = Some(state);
        }
    }

    fn find_accounts(&mut self, run: &mut Run, batch: &Batch) {
        let Run { rows, accounts, is_apart, .. } = run;
        accounts.clear();
        let definitions = &self.rater.definitions;
        for ((_, row), is_apart) in rows.iter().zip(is_apart) {
            let name = batch.accounts.get(*row as usize).unwrap_or("");
            let number = self.accounts.number(definitions, name);
            *is_apart |= number.is_none();
            accounts.push(number.unwrap_or(0));
        }
        if self.tracks_periods {
            for ((_, row), account) in rows.iter().zip(accounts) {
                let time = batch.times.get(*row as usize).copied().unwrap_or(0);
                self.accounts.touch(definitions, self.rater.is_nested, *account, i128::from(time));
            }
        }
    }

    fn find_groups(
        &mut self,
        state: &mut StreamState<'r>,
        run: &mut Run,
        ours: &mut StreamRun,
        batch: &Batch,
        columns: &StreamColumns,
    ) {
        let StreamRun { taken, groups, windows, atoms, .. } = ours;
        let row_of = |at: &u32| run.rows.get(*at as usize).map_or(0, |(_, row)| *row as usize);
        let times = taken.iter().map(|at| batch.times.get(row_of(at)).copied().unwrap_or(0));
        windows.clear();
        self.windows.all_holding(&self.rater.definitions, state.rule, times, windows);
        let width = state.stream.keys.len() + 1;
        atoms.clear();
        atoms.resize(taken.len() * width, 0);
        for ((at, window), place) in taken.iter().zip(&*windows).zip(atoms.iter_mut().step_by(width)) {
            let account = run.accounts.get(*at as usize).copied().unwrap_or(0);
            *place = groups::place(if state.is_common { 0 } else { account }, *window);
            if *window == Windows::NONE {
                run.is_apart.get_mut(*at as usize).into_iter().for_each(|is_apart| *is_apart = true);
            }
        }
        for (key, (one, values)) in state.stream.keys.iter().zip(&columns.keys).enumerate() {
            let places = atoms.iter_mut().skip(key + 1).step_by(width);
            match (&one.ty, &values.integers) {
                (Type::Number(_), _) | (_, Integers::Wide(_)) => {
                    for (at, place) in taken.iter().zip(places) {
                        let integer = integer(&values.integers, row_of(at));
                        match self.keys.atom_of(&one.ty, integer, values.denominator) {
                            Some(atom) => *place = atom,
                            None => run.is_apart.get_mut(*at as usize).into_iter().for_each(|is| *is = true),
                        }
                    }
                }
                (_, Integers::Narrow(narrow)) => {
                    for (at, place) in taken.iter().zip(places) {
                        *place = narrow.get(row_of(at)).copied().unwrap_or(i64::MIN);
                    }
                }
            }
        }
        groups.clear();
        for (at, row) in taken.iter().zip(atoms.chunks(width)) {
            let number = state.groups.number(row);
            if number.is_none() {
                run.is_apart.get_mut(*at as usize).into_iter().for_each(|is_apart| *is_apart = true);
            }
            groups.push(number.unwrap_or(0));
        }
    }

    /// Finds the lines and the prices of a stream's groups.
    fn find_places(&mut self, state: &mut StreamState<'r>, run: &mut Run, ours: &mut StreamRun) {
        ours.taps.resize_with(state.taps.len(), TapRun::default);
        for at in 0..state.taps.len() {
            let Some(tap) = ours.taps.get_mut(at) else { continue };
            tap.lines.clear();
            tap.classes.clear();
            tap.is_fresh.clear();
            for (taken, group) in ours.taken.iter().zip(&ours.groups) {
                let known = state.taps.get(at).and_then(|tap| tap.place(*group));
                let place = match known {
                    Some(place) => place,
                    None => self.open(state, at, *group),
                };
                let class = self.class(state, at, place.prices());
                tap.lines.push(place.line);
                tap.classes.push(class);
                tap.is_fresh.push(place.is_fresh());
                if class == LACKS {
                    run.is_apart.get_mut(*taken as usize).into_iter().for_each(|is_apart| *is_apart = true);
                }
            }
        }
    }

    /// Records of lines that have no price are rated by themselves, which says why.
    fn set_withheld_apart(&self, run: &mut Run) {
        let Run { accounts, is_apart, streams, .. } = run;
        for ours in streams {
            for lines in ours.taps.iter().map(|tap| &tap.lines) {
                for (at, line) in ours.taken.iter().zip(lines) {
                    let account = accounts.get(*at as usize).copied().unwrap_or(0);
                    if self.withheld.contains_key(&(account, *line)) {
                        is_apart.get_mut(*at as usize).into_iter().for_each(|is_apart| *is_apart = true);
                    }
                }
            }
        }
    }

    /// Adds up records none of which is apart, and writes what they add to their lines.
    fn settle(
        &mut self,
        run: &mut Run,
        records: Range<usize>,
        batch: usize,
        here: &Here<'_, '_>,
        out: &mut RatedBlock,
    ) {
        if records.is_empty() {
            return;
        }
        let mut streams = std::mem::take(&mut run.streams);
        let is_narrow = |state: &mut StreamState<'_>| {
            let groups = state.groups.len();
            state
                .columns
                .iter_mut()
                .filter_map(|column| column.sums.as_mut())
                .all(|sums| sums.narrow(groups, 0).is_some())
        };
        let mut touched = streams.iter().zip(&mut self.streams).filter(|(ours, _)| !ours.taken.is_empty());
        // A record that was rated by itself may have made the sums wider.
        if !touched.all(|(_, state)| state.as_mut().is_none_or(|state| is_narrow(state))) {
            for (place, row) in run.rows.get(records).unwrap_or_default() {
                self.rate_one(here, Arrival { place: *place, origin: Origin::Batch(batch, *row as usize) }, out);
            }
            run.streams = streams;
            return;
        }
        run.missing.clear();
        for (at, ours) in streams.iter_mut().enumerate() {
            let bound = |at: usize| ours.taken.partition_point(|taken| (*taken as usize) < at);
            let taken = bound(records.start)..bound(records.end);
            ours.taps.iter_mut().for_each(|tap| tap.shares.clear());
            if taken.is_empty() {
                continue;
            }
            let Some(mut state) = self.streams.get_mut(at).and_then(Option::take) else { continue };
            self.add_up(&mut state, ours, run, taken, here, batch);
            self.put_back(at, state);
        }
        self.write_run(&mut streams, run, records, batch, here, out);
        run.streams = streams;
    }

    /// Adds records to the sums of a stream, and prices what they add.
    fn add_up(
        &mut self,
        state: &mut StreamState<'r>,
        ours: &mut StreamRun,
        run: &mut Run,
        taken: Range<usize>,
        here: &Here<'_, '_>,
        batch: usize,
    ) {
        ours.counts.clear();
        if state.counts_records {
            let times = here.block.batches.get(batch).map_or(&[][..], |batch| &batch.times);
            let groups = ours.groups.get(taken.clone()).unwrap_or_default();
            for (at, group) in ours.taken.get(taken.clone()).unwrap_or_default().iter().zip(groups) {
                ours.counts.push(i64::from(state.count_of(*group)));
                let row = run.rows.get(*at as usize).map_or(0, |(_, row)| *row as usize);
                state.count(*group, times.get(row).copied().unwrap_or(0));
            }
        }
        let is_priced = self.purpose == Purpose::Differences;
        if is_priced && self.add_through_tiers(state, ours, taken.clone()) {
            return;
        }
        let groups = state.groups.len();
        ours.before.resize_with(state.columns.len(), Vec::new);
        for ((column, before), added) in state.columns.iter_mut().zip(&mut ours.before).zip(&ours.added) {
            before.clear();
            let Some((totals, _)) = column.sums.as_mut().and_then(|sums| sums.narrow(groups, 0)) else { continue };
            let ids = ours.groups.get(taken.clone()).unwrap_or_default();
            for (group, added) in ids.iter().zip(added.get(taken.clone()).unwrap_or_default()) {
                let Some(total) = totals.get_mut(*group as usize) else { continue };
                before.push(*total);
                *total = total.wrapping_add(*added);
            }
        }
        for at in 0..state.taps.len() {
            self.price(state, ours, run, at, taken.clone(), is_priced);
        }
    }

    /// Where all that happens is that a total grows through the same tiers: both at once. False where it is otherwise,
    /// and nothing was done.
    fn add_through_tiers(&mut self, state: &mut StreamState<'r>, ours: &mut StreamRun, taken: Range<usize>) -> bool {
        let StreamRun { groups: ids, added, within, taps, amounts, taken: records, .. } = ours;
        let (groups, [tap_state], [tap]) = (state.groups.len(), state.taps.as_mut_slice(), taps.as_mut_slice()) else {
            return false;
        };
        let terms = tap_state.native.taps.get(tap_state.tap).map_or(&[][..], |tap| &tap.terms);
        let [plan::Term { column: Some(column), .. }] = terms else { return false };
        let mut summed = state.columns.iter().enumerate().filter(|(_, one)| one.sums.is_some());
        if summed.next().is_none_or(|(at, _)| at != *column) || summed.next().is_some() {
            return false;
        }
        let classes = tap.classes.get(taken.clone()).unwrap_or_default();
        let Some(first) = classes.first() else { return false };
        let Some(class) = self.classes.get(*first).filter(|_| classes.iter().all(|class| class == first)) else {
            return false;
        };
        let sums = state.columns.get_mut(*column).and_then(|column| column.sums.as_mut());
        let Some((totals, _)) = sums.and_then(|sums| sums.narrow(groups, 0)) else { return false };
        let is_within = |bound: u64| within.get(*column).is_some_and(|within| *within <= bound);
        let Some((tiers, quantity)) = class.tiers().filter(|(tiers, _)| is_within(tiers.within())) else {
            return false;
        };
        let ids = ids.get(taken.clone()).unwrap_or_default();
        let added = added.get(*column).and_then(|added| added.get(taken.clone())).unwrap_or_default();
        amounts.clear();
        amounts.resize(ids.len(), 0);
        tiers.add_reserved(ids, added, totals, amounts);
        let lines = tap.lines.get(taken.clone()).unwrap_or_default();
        let fresh = tap.is_fresh.get(taken.clone()).unwrap_or_default();
        for (group, _) in ids.iter().zip(fresh).filter(|(_, is_fresh)| **is_fresh) {
            tap_state.take_first(*group);
        }
        let records = records.get(taken).unwrap_or_default();
        let charge = tap_state.charge;
        let rows = records.iter().zip(lines).zip(added).zip(&*amounts);
        tap.shares.extend(rows.filter(|(((_, line), _), _)| **line != Place::NONE).map(
            |(((record, line), added), amount)| {
                let quantity = i128::from(*added).wrapping_mul(quantity);
                (*record, Touched { charge, line: *line, share: class.share(i128::from(*amount), quantity) })
            },
        ));
        true
    }

    /// Prices what records add, whose sums before are known.
    fn price(
        &mut self,
        state: &mut StreamState<'r>,
        ours: &mut StreamRun,
        run: &mut Run,
        at: usize,
        taken: Range<usize>,
        is_priced: bool,
    ) {
        let StreamRun { taken: records, groups, added, before, counts, taps, .. } = ours;
        let Some(tap) = taps.get_mut(at) else { return };
        let Some(tap_state) = state.taps.get_mut(at) else { return };
        let (charge, native) = (tap_state.charge, tap_state.native.taps.get(tap_state.tap));
        let Some(native) = native else { return };
        let count = native.terms.len();
        for (offset, row) in taken.enumerate() {
            let (Some(class), Some(line), Some(group)) = (tap.classes.get(row), tap.lines.get(row), groups.get(row))
            else {
                continue;
            };
            let is_fresh = tap.is_fresh.get(row) == Some(&true);
            let is_first = is_fresh && state.taps.get_mut(at).is_some_and(|tap_state| tap_state.take_first(*group));
            if !is_priced || *class == NOWHERE {
                continue;
            }
            let term_added = |term: &plan::Term<'_>| match term.column {
                Some(column) => added.get(column).and_then(|column| column.get(row)).copied().unwrap_or(0),
                None => 1,
            };
            let term_before = |term: &plan::Term<'_>| match term.column {
                Some(column) => before.get(column).and_then(|column| column.get(offset)).copied().unwrap_or(0),
                None => counts.get(offset).copied().unwrap_or(0),
            };
            let class = self.classes.get(*class).filter(|_| count <= MOST_TERMS);
            let short = class.and_then(|class| {
                let mut more = [0i64; MOST_TERMS];
                native.terms.iter().zip(&mut more).for_each(|(term, more)| *more = term_added(term));
                class.linear(more.get(..count)?).or_else(|| {
                    let mut known = [0i128; MOST_TERMS];
                    native.terms.iter().zip(&mut known).for_each(|(term, known)| *known = term_before(term).into());
                    let (known, more) = (known.get(..count)?, more.map(i128::from));
                    class.short(&ShortRecord { before: known, added: more.get(..count)? })
                })
            });
            let share = match short {
                Some(share) => Ok(share),
                None => {
                    let over = |term: &plan::Term<'_>, integer: i64| {
                        let column = term.column.and_then(|column| state.columns.get(column));
                        over(integer.into(), column.map_or(1, |column| column.denominator))
                    };
                    let known: Vec<Rational> = native.terms.iter().map(|term| over(term, term_before(term))).collect();
                    let more: Vec<Rational> = native.terms.iter().map(|term| over(term, term_added(term))).collect();
                    let record = ExactRecord { before: &known, added: &more, is_first };
                    let account = records.get(row).and_then(|at| run.accounts.get(*at as usize)).copied();
                    let place = state.taps.get(at).and_then(|tap| tap.place(*group));
                    match place {
                        Some(place) => self.exactly(state, native, (account.unwrap_or(0), *group), place, &record),
                        None => Err(internal()),
                    }
                }
            };
            let Some(record) = records.get(row) else { continue };
            match share {
                Ok(share) if *line != Place::NONE => tap.shares.push((*record, Touched { charge, line: *line, share })),
                Ok(_) => {}
                Err(reason) => run.missing.push((*record, charge, reason.into())),
            }
        }
    }

    /// Writes what records add, record by record.
    fn write_run(
        &mut self,
        streams: &mut [StreamRun],
        run: &mut Run,
        records: Range<usize>,
        batch: usize,
        here: &Here<'_, '_>,
        out: &mut RatedBlock,
    ) {
        out.rated += records.len() as u64;
        let mut lists: Vec<_> = streams.iter_mut().flat_map(|ours| &mut ours.taps).map(|tap| &mut tap.shares).collect();
        lists.retain(|shares| !shares.is_empty());
        let is_plain = run.missing.is_empty() && !self.rater.rest_charges.contains(&true);
        match lists.as_mut_slice() {
            [] if is_plain => {}
            [only] if is_plain => self.write_column(only, run, out),
            _ => {
                let mut lists: Vec<_> = lists.into_iter().map(|shares| shares.drain(..).peekable()).collect();
                let mut touched = std::mem::take(&mut self.scratch.touched);
                for at in records {
                    touched.clear();
                    for shares in &mut lists {
                        while let Some((_, share)) = shares.next_if(|(record, _)| *record as usize == at) {
                            touched.push(share);
                        }
                    }
                    let Some(arrived) = self.arrived(run, at, batch, here) else { continue };
                    let missing = run.missing.iter().filter(|(record, ..)| *record as usize == at);
                    if let Some((_, _, reason)) = missing.min_by_key(|(_, charge, _)| *charge) {
                        self.note_unpriced(&arrived, reason.clone(), out);
                        out.rated -= 1;
                    }
                    self.write(&arrived, &mut touched, out);
                }
                self.scratch.touched = touched;
            }
        }
    }

    /// Writes records that have one line each.
    fn write_column(&mut self, shares: &mut Vec<(u32, Touched)>, run: &Run, out: &mut RatedBlock) {
        out.rows.reserve(shares.len());
        for (at, one) in shares.drain(..) {
            let Some((place, _)) = run.rows.get(at as usize) else { continue };
            let Some(line) = self.lines.get(one.line).cloned() else { continue };
            let is_finite = self.rater.plan.charges.get(one.charge).is_some_and(|plan| plan.is_finite());
            let account = run.accounts.get(at as usize).copied().unwrap_or(0);
            let Share { quantity, amount } =
                if is_finite { one.share } else { self.in_decimals(account, &line, one.share) };
            out.rows.push(Row { place: *place, apart: None, line, quantity, amount });
        }
    }

    fn arrived<'b>(&self, run: &Run, at: usize, batch: usize, here: &Here<'_, 'b>) -> Option<Arrived<'b>> {
        let (place, row) = *run.rows.get(at)?;
        let time = here.block.batches.get(batch)?.times.get(row as usize).copied()?;
        Some(Arrived {
            arrival: Arrival { place, origin: Origin::Batch(batch, row as usize) },
            block: here.block,
            number: here.first + place as usize,
            account: *run.accounts.get(at)?,
            nanoseconds: i128::from(time),
        })
    }
}

/// Notes which records of a run a stream takes.
fn take_rows(run: &mut Run, ours: &mut StreamRun, columns: &StreamColumns) {
    let records = (0u32..).zip(&run.rows).zip(run.is_taken.iter_mut().zip(&mut run.is_apart));
    for ((at, (_, row)), (is_taken, is_apart)) in records {
        match columns.status.get(*row as usize) {
            Some(&Status::TAKEN) => {
                *is_taken = true;
                ours.taken.push(at);
            }
            Some(&Status::UNSETTLED) => *is_apart = true,
            _ => {}
        }
    }
}

/// Finds what each record adds to each column of a stream, and makes room for it in the sums.
fn find_added(
    state: &mut StreamState<'_>,
    run: &mut Run,
    ours: &mut StreamRun,
    columns: &StreamColumns,
    factors: &[Option<i128>],
) {
    let Run { rows, is_apart, .. } = run;
    let StreamRun { taken, added, within, .. } = ours;
    let groups = state.groups.len();
    added.resize_with(state.columns.len(), Vec::new);
    within.clear();
    for (at, (column, added)) in state.columns.iter_mut().zip(added).enumerate() {
        added.clear();
        let mut more = 0u64;
        match columns.values.get(at) {
            Some(Some(values)) if column.is_sum => {
                let factor = factors.get(at).copied().flatten();
                let narrow_factor = factor.and_then(|factor| i64::try_from(factor).ok());
                for one in &*taken {
                    let row = rows.get(*one as usize).map_or(0, |(_, row)| *row as usize);
                    let value = match (&values.integers, narrow_factor) {
                        (Integers::Narrow(narrow), Some(factor)) => {
                            narrow.get(row).and_then(|one| one.checked_mul(factor))
                        }
                        (integers, _) => {
                            let wide = factor.and_then(|factor| integer(integers, row).checked_mul(factor));
                            wide.and_then(|wide| i64::try_from(wide).ok())
                        }
                    };
                    let value = value.filter(|value| value.unsigned_abs() < MOST_TOTAL);
                    if value.is_none() {
                        is_apart.get_mut(*one as usize).into_iter().for_each(|is_apart| *is_apart = true);
                    }
                    let value = value.unwrap_or(0);
                    more = more.saturating_add(value.unsigned_abs());
                    added.push(value);
                }
            }
            _ => added.resize(taken.len(), 0),
        }
        let Some(sums) = &mut column.sums else {
            within.push(0);
            continue;
        };
        match sums.narrow(groups, more) {
            Some((_, bound)) => within.push(bound),
            None => {
                within.push(u64::MAX);
                for one in &*taken {
                    is_apart.get_mut(*one as usize).into_iter().for_each(|is_apart| *is_apart = true);
                }
            }
        }
    }
}
