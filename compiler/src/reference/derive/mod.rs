//! Records that are made from others: folds, spans, and what lasts until the next record.
//!
//! What is made depends on the set of an account's records alone, never on the order in which they came: each cell (a
//! declaration and the values of its keys) keeps its records by time, then by id, and makes its own from all of them.
//! A record that comes late changes what its cells have made, and what is made of that; nothing else.
//!
//! A record for which something is missing, wherever on the way, leaves no trace: it is taken out of everything, and
//! what it would have made is made without it (law 5).

mod cell;
mod fold;
mod next;
mod spans;

#[cfg(test)]
mod tests;

use super::groups::{Usage, entries};
use super::scope::{Context, Missing, Outcome, RecordHome, Scope};
use super::standing;
use crate::bill::{CutSpan, Standing};
use crate::ir::Derived;
use crate::model::{Record, Value};
use cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The records of which a record is made, by their numbers in the input, rising; a record from the wire is made of
/// itself.
pub(super) type Sources = Arc<[usize]>;

/// A record that was made, or that came and that others are made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Made {
    pub(super) record: Arc<Record>,
    pub(super) sources: Sources,
    /// Whether it is all there.
    pub(super) ending: Ending,
}

/// Whether a record that was made is all there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// It is.
    Whole,
    /// A span that went on for longer than it may, and was closed there.
    Cut,
    /// A span without an end yet: only what is in force at an instant counts it.
    Open,
}

impl Made {
    /// A record that came.
    pub(super) fn plain(at: usize, record: Arc<Record>) -> Made {
        Made { record, sources: Arc::from([at]), ending: Ending::Whole }
    }

    /// The newest of the records that it is made of.
    pub(super) fn latest(&self) -> usize {
        self.sources.last().copied().unwrap_or(0)
    }

    /// Whether sums and counts take it.
    pub(super) fn is_closed(&self) -> bool {
        self.ending != Ending::Open
    }

    /// By time, then by id; the rest only so that there is an order in any case.
    fn order(&self) -> (jiff::Timestamp, &str, &[Value], usize) {
        (self.record.time, &self.record.id, &self.record.values, self.latest())
    }
}

/// What was made for an account.
#[derive(Clone, Debug, Default)]
pub(super) struct Making {
    /// All records that came, where something is made of any.
    records: BTreeMap<usize, Arc<Record>>,
    /// By declaration and the values of its keys.
    cells: BTreeMap<(usize, Vec<Value>), Cell>,
    /// The records that leave no trace, with what is missing.
    failed: BTreeMap<usize, String>,
    /// Those that were found to be so in the step at hand.
    found: BTreeMap<usize, String>,
    /// By declaration of spans, when the records that it takes happened, with how many.
    times: BTreeMap<usize, BTreeMap<jiff::Timestamp, usize>>,
    /// By declaration of spans, the keys whose last span is open, by when it passes its limit.
    waiting: BTreeMap<usize, BTreeSet<(jiff::Timestamp, Vec<Value>)>>,
    /// Whether the step at hand has made everything anew.
    pub(super) is_anew: bool,
}

impl Making {
    /// When the last record happened that a declaration of spans takes, with the changes at hand; the cells of which that
    /// shows more than before are touched too.
    fn see(
        &mut self,
        at: usize,
        derived: &Derived,
        touched: &mut BTreeMap<Vec<Value>, Changes>,
    ) -> Option<jiff::Timestamp> {
        if !matches!(derived.making, crate::ir::Making::Spans(_)) {
            return None;
        }
        let times = self.times.entry(at).or_default();
        let before = times.keys().next_back().copied();
        for new in touched.values().flat_map(|changes| &changes.new) {
            *times.entry(new.record.time).or_default() += 1;
        }
        for gone in touched.values().flat_map(|changes| &changes.gone) {
            super::groups::once_less(times, gone.record.time);
        }
        let seen = times.keys().next_back().copied();
        if seen < before {
            for (_, keys) in self.cells.keys().filter(|(one, _)| *one == at) {
                touched.entry(keys.clone()).or_default();
            }
        } else if let (Some(seen), Some(waiting)) = (seen, self.waiting.get(&at)) {
            for (_, keys) in waiting.range(..(seen, Vec::new())) {
                touched.entry(keys.clone()).or_default();
            }
        }
        seen
    }

    /// Takes note of when a cell's open span passes its limit.
    fn wait(&mut self, at: usize, keys: Vec<Value>, before: Option<jiff::Timestamp>, after: Option<jiff::Timestamp>) {
        if before == after {
            return;
        }
        let waiting = self.waiting.entry(at).or_default();
        before.map(|before| waiting.remove(&(before, keys.clone())));
        after.map(|after| waiting.insert((after, keys)));
    }

    /// The spans that were closed at their limit.
    pub(super) fn cut_spans(&self, context: &Context<'_>) -> Vec<CutSpan> {
        let cut = self.cells.values().flat_map(Cell::made).filter(|made| made.ending == Ending::Cut);
        let told = cut.filter_map(|Made { record, .. }| {
            let spans = context.program.schema.kinds.get(record.kind)?.name.clone();
            Some(CutSpan { account: record.account.clone(), spans, since: record.time, first: record.id.clone() })
        });
        told.collect()
    }

    /// The record with this number.
    pub(super) fn record(&self, at: usize) -> Option<&Record> {
        self.records.get(&at).map(|record| &**record)
    }
}

/// What changed of the records of a kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    pub(super) gone: Vec<Made>,
    pub(super) new: Vec<Made>,
}

/// The declarations that count: those that a stream which counts takes, if only through others.
fn counting(context: &Context<'_>) -> Vec<bool> {
    let program = context.program;
    let streams = program.streams.iter().enumerate().filter(|(at, stream)| stream.used && context.takes(*at));
    let mut kinds: BTreeSet<usize> = streams.map(|(_, stream)| stream.kind).collect();
    let mut counting = Vec::new();
    for one in program.derived.iter().rev() {
        let counts = one.used && kinds.contains(&one.kind);
        if counts {
            kinds.insert(one.source);
        }
        counting.push(counts);
    }
    counting.reverse();
    counting
}

/// The keys of a record where a declaration takes it.
fn input(context: &Context<'_>, derived: &Derived, record: &Record) -> Outcome<Option<Vec<Value>>> {
    let home = RecordHome::new(context.program, record);
    let scope = Scope::record(context, &home);
    if !derived.condition.as_ref().map_or(Ok(true), |condition| super::eval::truth(&scope, condition))? {
        return Ok(None);
    }
    let keys: Outcome<Vec<Value>> = derived.keys.iter().map(|key| super::groups::key_value(&scope, key)).collect();
    keys.map(Some)
}

/// Whether a record can be taken by all that is made of its kind.
pub(super) fn check(context: &Context<'_>, record: &Record) -> Outcome<()> {
    context.payer(&record.account, record.time)?;
    let derived = &context.program.derived;
    derived.iter().filter(|one| one.used && one.source == record.kind).try_for_each(|one| {
        input(context, one, record)?;
        Ok(())
    })
}

impl Usage {
    /// All records of an account at once.
    pub(super) fn of<'r>(context: &Context<'_>, records: impl Iterator<Item = (usize, &'r Record)>) -> Usage {
        let mut usage = Usage::default();
        if context.program.derived.is_empty() {
            records.for_each(|(at, record)| {
                usage.add_plain(context, at, record);
            });
            return usage;
        }
        usage.making.records = records.map(|(at, record)| (at, Arc::new(record.clone()))).collect();
        usage.anew(context)
    }

    /// Adds the record with this number; whether it may have changed anything.
    pub(super) fn add(&mut self, context: &Context<'_>, at: usize, record: &Record) -> bool {
        if context.program.derived.is_empty() {
            return self.add_plain(context, at, record);
        }
        let record = Arc::new(record.clone());
        self.making.is_anew = false;
        self.making.records.insert(at, Arc::clone(&record));
        if self.making.failed.is_empty() {
            let changed = self.take(context, &[(at, record)]);
            if self.making.found.is_empty() {
                return changed;
            }
        }
        *self = std::mem::take(self).anew(context);
        self.making.is_anew = true;
        true
    }

    /// All of it but one record, where something is made of records.
    pub(super) fn without(&self, context: &Context<'_>, at: usize) -> Usage {
        let mut usage = Usage::default().made_anew_of(self);
        usage.making.records = self.making.records.clone();
        usage.making.records.remove(&at);
        usage.anew(context)
    }

    /// From all records anew, those that leave no trace left out: as often as that lets others fail.
    fn anew(mut self, context: &Context<'_>) -> Usage {
        let records = std::mem::take(&mut self.making.records);
        let mut failed: BTreeMap<usize, String> = BTreeMap::new();
        loop {
            let mut usage = Usage::default();
            let kept: Vec<(usize, Arc<Record>)> = records
                .iter()
                .filter(|(at, _)| !failed.contains_key(at))
                .map(|(at, record)| (*at, Arc::clone(record)))
                .collect();
            usage.take(context, &kept);
            let found = std::mem::take(&mut usage.making.found);
            if found.is_empty() {
                usage.unpriced.extend(failed.iter().map(|(at, reason)| (*at, reason.clone())));
                usage.making.failed = failed;
                usage.making.records = records;
                return usage.made_anew_of(&self);
            }
            failed.extend(found);
        }
    }

    /// Takes records into streams and cells, and makes anew what they change.
    fn take(&mut self, context: &Context<'_>, records: &[(usize, Arc<Record>)]) -> bool {
        let counting = counting(context);
        let mut changes: BTreeMap<usize, Changes> = BTreeMap::new();
        let mut changed = false;
        for (at, record) in records {
            let fed = context.program.derived.iter().zip(&counting);
            let is_fed = fed.into_iter().any(|(one, counts)| *counts && one.source == record.kind);
            // That includes whether all that is made of it can take it.
            changed |= self.add_plain(context, *at, record);
            if is_fed && !self.unpriced.contains_key(at) {
                let made = Made::plain(*at, Arc::clone(record));
                changes.entry(record.kind).or_default().new.push(made);
            }
        }
        for (at, derived) in
            context.program.derived.iter().enumerate().filter(|(at, _)| counting.get(*at) == Some(&true))
        {
            let Some(of_source) = changes.get(&derived.source) else { continue };
            let made = self.make(context, (at, derived), of_source.clone());
            changed |= !made.gone.is_empty() || !made.new.is_empty();
            self.enter_made(context, &made);
            let place = changes.entry(derived.kind).or_default();
            place.gone.extend(made.gone);
            place.new.extend(made.new);
        }
        changed
    }

    /// What a declaration makes of the changed records of its source.
    fn make(&mut self, context: &Context<'_>, (at, derived): (usize, &Derived), of_source: Changes) -> Changes {
        let mut touched: BTreeMap<Vec<Value>, Changes> = BTreeMap::new();
        for made in of_source.gone.into_iter().filter(Made::is_closed) {
            if let Ok(Some(keys)) = input(context, derived, &made.record) {
                touched.entry(keys).or_default().gone.push(made);
            }
        }
        for made in of_source.new.into_iter().filter(Made::is_closed) {
            match input(context, derived, &made.record) {
                Ok(Some(keys)) => touched.entry(keys).or_default().new.push(made),
                Ok(None) => {}
                Err(missing) => self.fail(&made, missing),
            }
        }
        let seen = self.making.see(at, derived, &mut touched);
        let mut all = Changes::default();
        for (keys, changes) in touched {
            let cell = self.making.cells.entry((at, keys.clone())).or_default();
            let mut failed = Vec::new();
            let waited = cell.waits;
            let made = cell.change(context, derived, (changes, seen), &mut failed);
            let waits = cell.waits;
            self.making.wait(at, keys, waited, waits);
            all.gone.extend(made.gone);
            all.new.extend(made.new);
            failed.into_iter().for_each(|(made, missing)| self.fail(&made, missing));
        }
        all
    }

    /// All records that something is made of leave no trace.
    fn fail(&mut self, made: &Made, Missing(reason): Missing) {
        for source in made.sources.iter() {
            self.making.found.entry(*source).or_insert_with(|| reason.clone());
        }
    }

    /// What was made enters its streams, and what is no more leaves them.
    fn enter_made(&mut self, context: &Context<'_>, changes: &Changes) {
        for made in &changes.gone {
            entries(context, made).into_iter().flatten().for_each(|entry| self.leave(context, entry));
        }
        for made in &changes.new {
            match entries(context, made) {
                Ok(entries) => entries.into_iter().for_each(|entry| self.enter(context, entry)),
                Err(missing) => self.fail(made, missing),
            }
        }
    }

    /// How the records stand that something is made of and that no line takes by themselves.
    pub(super) fn made_standings(&self, context: &Context<'_>) -> BTreeMap<usize, Standing> {
        let mut standings: BTreeMap<usize, Standing> = BTreeMap::new();
        for ((at, _), cell) in &self.making.cells {
            let Some(derived) = context.program.derived.get(*at) else { continue };
            for made in cell.made() {
                let Some(standing) = made_standing(context, derived, made) else { continue };
                for source in made.sources.iter() {
                    let known = standings.entry(*source).or_insert_with(|| standing.clone());
                    if rank(&standing) > rank(known) {
                        *known = standing.clone();
                    }
                }
            }
        }
        standings
    }
}

/// How the records stand that something is made of: a fold that a charge takes reaches them, unless it is said that
/// what they come to is free; those of an open span wait.
fn made_standing(context: &Context<'_>, derived: &Derived, made: &Made) -> Option<Standing> {
    if made.ending == Ending::Open {
        let since = super::text::day_and_time(context.zone, made.record.time);
        return Some(Standing::Unpriced(format!("its `{}` since {since} has not ended yet", derived.name)));
    }
    match (standing::is_free(context, &made.record), &derived.making) {
        (Ok(true), _) => Some(Standing::Free),
        (Ok(false), crate::ir::Making::Fold(_)) => Some(Standing::Rated),
        (Ok(false), crate::ir::Making::Spans(_) | crate::ir::Making::UntilNext) => None,
        (Err(Missing(reason)), _) => Some(Standing::Unpriced(reason)),
    }
}

/// What reaches a record by one way is not free by another.
fn rank(standing: &Standing) -> u8 {
    match standing {
        Standing::Free => 0,
        Standing::Unpriced(_) => 1,
        Standing::Rated => 2,
    }
}
