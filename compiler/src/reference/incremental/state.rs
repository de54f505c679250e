//! What a record changes of an account, from its groups up to its lines.

use super::Newest;
use super::kept::{Cell, CellKey, Kept, Place};
use super::settled::Settling;
use super::uses::{How, Incremental, Owner, Taker};
use crate::bill::Period;
use crate::ir::{Over, Program};
use crate::model::{Interval, Value};
use crate::reference::eval::eval;
use crate::reference::evaluation::Evaluation;
use crate::reference::groups::{Moved, Usage};
use crate::reference::rate::Change;
use crate::reference::scope::{Context, Group, Outcome, Scope};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The state of an account.
#[derive(Debug)]
pub(in crate::reference) struct Tracked<'p> {
    pub(in crate::reference) incremental: &'p Incremental,
    /// By owner, its windows and keys, with how many of its sources have a value there.
    groups: Vec<BTreeMap<Interval, BTreeMap<Vec<Value>, usize>>>,
    pub(in crate::reference) kept: Kept,
    /// By owner, the stretch of its window that was found last.
    held: Vec<Option<Interval>>,
    /// The periods that have begun, by their start.
    pub(super) periods: BTreeMap<Timestamp, Period>,
    /// What grants cover, where that is settled as records come.
    pub(in crate::reference) settling: Option<Box<Settling>>,
}

/// What a record does to a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    /// Whether it was there before.
    existed: bool,
    /// Whether the record is part of it; else something else about it has changed.
    pub(super) is_reached: bool,
}

/// All that a record touches, by owner.
#[derive(Debug)]
pub(super) struct Touched {
    groups: Vec<BTreeMap<Place, Mark>>,
    rows: Vec<BTreeSet<(CellKey, Place)>>,
    /// By charge, the lines, by keys and then by window, and whether the record is part of them.
    pub(super) lines: Vec<BTreeMap<(Vec<Value>, Interval), bool>>,
    /// The combinations of charges that something has entered.
    pub(super) reached: BTreeSet<(usize, Place)>,
    /// Whether what enters is the record at hand.
    pub(super) is_newest: bool,
}

impl<'p> Tracked<'p> {
    pub(in crate::reference) fn new(program: &Program, incremental: &'p Incremental) -> Tracked<'p> {
        let owners = program.meters.len() + program.charges.len();
        Tracked {
            incremental,
            groups: vec![BTreeMap::new(); owners],
            kept: Kept::of_charges(program.charges.len()),
            held: vec![None; owners],
            periods: BTreeMap::new(),
            settling: incremental.settles.then(|| Box::new(Settling::new(program))),
        }
    }

    /// What lines change by what has entered streams and left them with a record; `first` is the account's first instant
    /// before it.
    pub(in crate::reference) fn take(
        &mut self,
        context: &Context<'_>,
        usage: &Usage,
        moved: Vec<Moved>,
        (newest, first): (Newest<'_>, Option<Timestamp>),
    ) -> Vec<Change> {
        let program = context.program;
        let mut touched = Touched::new(program);
        if usage.making.is_anew {
            self.all_of_streams(program, &mut touched);
        }
        for one in &moved {
            let place = (one.interval, one.keys.clone());
            let is_reached = one.entered == Some(newest.at);
            let owners = self.incremental.of_streams.get(one.stream).map_or(&[][..], Vec::as_slice);
            owners.iter().for_each(|owner| self.mark(owner.at(program), &place, is_reached, &mut touched));
        }
        self.settle_groups(program, usage, &touched);
        if first.is_some() && usage.first() != first {
            self.all_from_first(program, &mut touched);
        }
        for at in 0..program.meters.len() {
            self.pass(context, usage, Owner::Meter(at), &mut touched);
        }
        let mut changes = Vec::new();
        for at in program.order.iter().copied().filter(|at| self.incremental.needs(*at)) {
            self.pass(context, usage, Owner::Charge(at), &mut touched);
            self.rate_lines(context, usage, at, &mut touched, (newest, &mut changes));
        }
        changes
    }

    /// What has entered streams and left them since somebody asked is followed up to the charges.
    pub(super) fn follow(&mut self, context: &Context<'_>, usage: &mut Usage, touched: &mut Touched) {
        let program = context.program;
        for one in usage.moved() {
            let place = (one.interval, one.keys.clone());
            let owners = self.incremental.of_streams.get(one.stream).map_or(&[][..], Vec::as_slice);
            owners.iter().for_each(|owner| self.mark(owner.at(program), &place, one.entered.is_some(), touched));
        }
        self.settle_groups(program, usage, touched);
        for at in 0..program.meters.len() {
            self.pass(context, usage, Owner::Meter(at), touched);
        }
        for at in program.order.iter().copied().filter(|at| self.incremental.needs(*at)) {
            self.pass(context, usage, Owner::Charge(at), touched);
        }
    }

    /// Everything was made anew.
    fn all_of_streams(&self, program: &Program, touched: &mut Touched) {
        for owner in self.incremental.of_streams.iter().flatten().map(|owner| owner.at(program)) {
            for (interval, all) in self.groups.get(owner).into_iter().flatten() {
                all.keys().for_each(|keys| self.mark(owner, &(*interval, keys.clone()), false, touched));
            }
        }
    }

    /// Which of the touched groups of streams are there.
    fn settle_groups(&mut self, program: &Program, usage: &Usage, touched: &Touched) {
        for (stream, owners) in self.incremental.of_streams.iter().enumerate() {
            for owner in owners.iter().map(|owner| owner.at(program)) {
                let places = touched.groups.get(owner).into_iter().flat_map(BTreeMap::keys);
                for (interval, keys) in places {
                    let members = usage.groups(stream).and_then(|groups| groups.get(keys)?.get(interval));
                    let Some(all) = self.groups.get_mut(owner) else { continue };
                    match members {
                        Some(_) => drop(all.entry(*interval).or_default().insert(keys.clone(), 1)),
                        None => {
                            let Some(known) = all.get_mut(interval) else { continue };
                            known.remove(keys);
                            if known.is_empty() {
                                all.remove(interval);
                            }
                        }
                    }
                }
            }
        }
    }

    fn exists(&self, owner: usize, place: &Place) -> bool {
        let all = self.groups.get(owner).and_then(|all| all.get(&place.0));
        all.is_some_and(|keys| keys.contains_key(&place.1))
    }

    fn mark(&self, owner: usize, place: &Place, is_reached: bool, touched: &mut Touched) {
        let Some(groups) = touched.groups.get_mut(owner) else { return };
        match groups.get_mut(place) {
            Some(mark) => mark.is_reached |= is_reached,
            None => {
                let existed = self.exists(owner, place);
                groups.insert(place.clone(), Mark { existed, is_reached });
            }
        }
    }

    /// The account's first record is another one: means that count from there on are others.
    fn all_from_first(&self, program: &Program, touched: &mut Touched) {
        for owner in &self.incremental.from_first {
            let at = owner.at(program);
            for (interval, all) in self.groups.get(at).into_iter().flatten() {
                all.keys().for_each(|keys| self.mark(at, &(*interval, keys.clone()), false, touched));
            }
            if let Owner::Charge(charge) = owner {
                let known = self.kept.lines.get(*charge).into_iter().flat_map(BTreeMap::values);
                let lines = known.flat_map(|period| period.lines.keys());
                lines.for_each(|line| touched.line(*charge, line.clone(), false));
            }
        }
    }

    /// Computes the rows that an owner's aggregates go over where they are touched, and hands on what is touched of it.
    fn pass(&mut self, context: &Context<'_>, usage: &Usage, owner: Owner, touched: &mut Touched) {
        let at = owner.at(context.program);
        let rows = touched.rows.get_mut(at).map(std::mem::take).unwrap_or_default();
        self.compute_rows(context, usage, rows);
        let groups = touched.groups.get_mut(at).map(std::mem::take).unwrap_or_default();
        for (place, mark) in groups {
            match owner {
                Owner::Meter(meter) => {
                    let takers = self.incremental.of_meters.get(meter).map_or(&[][..], Vec::as_slice);
                    for taker in takers {
                        self.hand_on(context, (meter, &place, mark, self.exists(at, &place)), taker, touched);
                    }
                }
                Owner::Charge(charge) => {
                    let count = context.program.charges.get(charge).map_or(0, |charge| charge.keys.len());
                    if mark.is_reached && self.exists(at, &place) {
                        touched.reached.insert((charge, place.clone()));
                    }
                    let keys = place.1.get(..count).unwrap_or_default().to_vec();
                    touched.line(charge, (keys, place.0), mark.is_reached);
                }
            }
        }
    }

    fn compute_rows(&mut self, context: &Context<'_>, usage: &Usage, rows: BTreeSet<(CellKey, Place)>) {
        if rows.is_empty() {
            return;
        }
        let program = context.program;
        let mut values: Vec<(CellKey, Place, Outcome<Value>)> = Vec::new();
        {
            let period = Interval { start: Timestamp::MIN, end: Timestamp::MAX };
            let evaluation = Evaluation::new(context, usage, &[], period).keeping(&self.kept);
            for (cell, place) in rows {
                if !self.kept.cells.get(&cell).is_some_and(|cell| cell.has(&place)) {
                    continue;
                }
                let argument = program.aggregates.get(cell.0).and_then(|aggregate| aggregate.argument.as_ref());
                let group = Group::new(place.1.clone(), place.0);
                let scope = Scope::group(&evaluation, &group);
                let value = argument.map_or(Ok(Value::Absent), |argument| eval(&scope, argument));
                values.push((cell, place, value));
            }
        }
        for (key, place, value) in values {
            let aggregate = program.aggregates.get(key.0);
            if let (Some(aggregate), Some(cell)) = (aggregate, self.kept.cells.get_mut(&key)) {
                cell.set(aggregate, &place, value);
            }
        }
    }

    /// A meter is touched at a place: so is what takes it there.
    fn hand_on(
        &mut self,
        context: &Context<'_>,
        (meter, place, mark, exists): (usize, &Place, Mark, bool),
        taker: &Taker,
        touched: &mut Touched,
    ) {
        let program = context.program;
        let at = taker.owner.at(program);
        let Some(interval) = self.holding(context, taker.owner, place.0.start) else { return };
        let mut bound: Vec<Option<Value>> = vec![None; taker.owner.key_count(program)];
        let bind = |bound: &mut Vec<Option<Value>>, at: usize, value: Option<&Value>| {
            bound.get_mut(at).into_iter().for_each(|place| *place = value.cloned());
        };
        match &taker.how {
            How::Direct(keys) => {
                keys.iter().zip(&place.1).for_each(|(outer, value)| bind(&mut bound, *outer, Some(value)));
            }
            How::Rows(aggregate) => {
                let Some(node) = program.aggregates.get(*aggregate) else { return };
                let Over::Rows(rows) = &node.over else { return };
                let Some(keys) = in_order(program, rows, meter, &place.1) else { return };
                rows.matches.iter().for_each(|(row, outer)| bind(&mut bound, *outer, keys.get(*row)));
                let matched = rows.matches.iter().filter_map(|(row, _)| keys.get(*row).cloned()).collect();
                let (key, row) = ((*aggregate, interval, matched), (place.0, keys));
                let cell = self.kept.cells.entry(key.clone()).or_insert_with(|| Cell::new(node, rows));
                match (mark.existed, exists) {
                    (false, true) => cell.enter(&row),
                    (true, false) => cell.leave(&row),
                    (true, true) | (false, false) => {}
                }
                touched.rows.get_mut(at).into_iter().for_each(|all| all.extend([(key.clone(), row.clone())]));
            }
        }
        if let Owner::Charge(charge) = taker.owner {
            let is_always = program.charges.get(charge).is_some_and(|one| one.keys.is_empty() && one.per_period);
            if is_always && bound.iter().all(Option::is_none) {
                if mark.is_reached && bound.is_empty() {
                    touched.reached.insert((charge, (interval, Vec::new())));
                }
                touched.line(charge, (Vec::new(), interval), mark.is_reached);
            }
        }
        match bound.iter().cloned().collect::<Option<Vec<Value>>>() {
            Some(keys) => {
                let group = (interval, keys);
                self.mark(at, &group, mark.is_reached, touched);
                if taker.counts {
                    self.count(at, &group, (mark.existed, exists));
                }
                let is_there = self.exists(at, &group);
                touched.forget_unless(at, &group, is_there);
            }
            None => {
                let known = self.groups.get(at).and_then(|all| all.get(&interval)).into_iter().flatten();
                let fits = |keys: &&Vec<Value>| {
                    keys.iter().zip(&bound).all(|(key, bound)| bound.as_ref().is_none_or(|bound| bound == key))
                };
                let found: Vec<Vec<Value>> = known.map(|(keys, _)| keys).filter(fits).cloned().collect();
                found.into_iter().for_each(|keys| self.mark(at, &(interval, keys), mark.is_reached, touched));
            }
        }
    }

    /// One of the sources of a group has a value there, or has none any more.
    fn count(&mut self, owner: usize, (interval, keys): &Place, (existed, exists): (bool, bool)) {
        let Some(all) = self.groups.get_mut(owner) else { return };
        match (existed, exists) {
            (false, true) => *all.entry(*interval).or_default().entry(keys.clone()).or_default() += 1,
            (true, false) => {
                let Some(known) = all.get_mut(interval) else { return };
                match known.get_mut(keys) {
                    Some(count) if *count > 1 => *count -= 1,
                    _ => drop(known.remove(keys)),
                }
                if known.is_empty() {
                    all.remove(interval);
                }
            }
            (true, true) | (false, false) => {}
        }
    }

    /// The stretch of an owner's window that holds an instant.
    fn holding(&mut self, context: &Context<'_>, owner: Owner, time: Timestamp) -> Option<Interval> {
        let held = self.held.get_mut(owner.at(context.program))?;
        if let Some(held) = held.filter(|held| held.start <= time && time < held.end) {
            return Some(held);
        }
        *held = context.holding(owner.window(context.program)?, time).ok()?;
        *held
    }

    /// All that one line of a charge adds up: all keys, those of `for each` too.
    pub(super) fn combinations(&self, owner: usize, keys: &[Value], interval: Interval) -> Vec<Vec<Value>> {
        let known = self.groups.get(owner).and_then(|all| all.get(&interval));
        let from = known.into_iter().flat_map(|known| known.range(keys.to_vec()..));
        from.map(|(all, _)| all).take_while(|all| all.starts_with(keys)).cloned().collect()
    }
}

/// The keys of a meter in the order in which rows name them.
fn in_order(program: &Program, rows: &crate::ir::Rows, meter: usize, keys: &[Value]) -> Option<Vec<Value>> {
    let names = &program.meters.get(meter)?.keys;
    let place = |name: &crate::model::Symbol| names.iter().position(|key| key.name == *name);
    rows.keys.iter().map(|name| keys.get(place(name)?).cloned()).collect()
}

impl Touched {
    pub(super) fn new(program: &Program) -> Touched {
        let owners = program.meters.len() + program.charges.len();
        Touched {
            groups: vec![BTreeMap::new(); owners],
            rows: vec![BTreeSet::new(); owners],
            lines: vec![BTreeMap::new(); program.charges.len()],
            reached: BTreeSet::new(),
            is_newest: true,
        }
    }

    /// A line is touched.
    pub(super) fn line(&mut self, charge: usize, line: (Vec<Value>, Interval), is_reached: bool) {
        if let Some(lines) = self.lines.get_mut(charge) {
            *lines.entry(line).or_default() |= is_reached && self.is_newest;
        }
    }

    /// What neither was there nor is is not touched.
    fn forget_unless(&mut self, owner: usize, place: &Place, is_there: bool) {
        let Some(groups) = self.groups.get_mut(owner) else { return };
        if !is_there && groups.get(place).is_some_and(|mark| !mark.existed) {
            groups.remove(place);
        }
    }
}
