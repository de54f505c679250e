//! A settlement that goes on, event by event, and back again: so that a record costs what it changes, and not what came
//! before it.
//!
//! Each event is settled as [`super::settle`] settles it among all of them: what it adds to quantities, one priority after
//! the other, then what it adds to amounts, one priority after the other. That is the same where no priority depends on
//! what a later one does, or on what comes later in time; of which books that is true is decided elsewhere. A late record
//! is settled by going back to before its time.

use super::levels::{self, Level, Taken};
use super::pools::{self, PoolKey, Purchase};
use super::steps::{self, Events, Item, Place, Places};
use super::{Covering, Noted, Settlement, keys_at, levels_of};
use crate::exact::Rational;
use crate::ir::{Gives, Program};
use crate::model::{Interval, Value};
use crate::reference::eval::number;
use crate::reference::evaluation::Evaluation;
use crate::reference::groups::{Added, Usage};
use crate::reference::incremental::Kept;
use crate::reference::scope::{Context, Group, Scope};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A settlement that goes on.
#[derive(Debug)]
pub(in crate::reference) struct Running {
    pub(in crate::reference) settlement: Arc<Settlement>,
    units: Side,
    money: Side,
    undos: Vec<Undo>,
}

/// What takes units off quantities, or pays amounts.
#[derive(Debug)]
struct Side {
    /// The grants of each priority.
    levels: Vec<Vec<usize>>,
    /// By priority, what was taken.
    running: Vec<levels::Running>,
    places: Places,
    pays: bool,
}

/// Something is missing, or a case that only the definition settles.
#[derive(Clone, Copy, Debug)]
pub(in crate::reference) struct Lost;

/// The state after an event.
pub(in crate::reference) struct Now<'n> {
    pub(in crate::reference) context: &'n Context<'n>,
    pub(in crate::reference) usage: &'n Usage,
    pub(in crate::reference) kept: &'n Kept,
    pub(in crate::reference) time: Timestamp,
    /// The start of the first period.
    pub(in crate::reference) opened: Timestamp,
}

/// An event, and what it reaches.
pub(in crate::reference) struct Event<'e> {
    pub(in crate::reference) added: &'e [Added<'e>],
    /// The combinations of covered charges that it reaches.
    pub(in crate::reference) reached: &'e BTreeSet<(usize, Group)>,
    /// The combinations that a line of a charge adds up.
    pub(in crate::reference) combinations: &'e dyn Fn(usize, &Group) -> Vec<Group>,
}

/// How an event is undone.
#[derive(Debug, Default)]
struct Undo {
    opened: Vec<PoolKey>,
    noted: Vec<Noted>,
    marks: Vec<(PoolKey, usize)>,
    /// By side, priority and place.
    taken: Vec<(bool, usize, usize, Option<Taken>)>,
    /// By side, the place with what it came to before.
    places: Vec<(bool, Place, Option<Rational>)>,
    bought: Vec<Bought>,
}

/// Packs that were bought for a balance.
#[derive(Clone, Debug)]
pub(in crate::reference) struct Bought {
    pub(in crate::reference) pool: PoolKey,
    pub(in crate::reference) time: Timestamp,
    pub(in crate::reference) packs: Rational,
    pub(in crate::reference) price: Rational,
}

impl<'n> Now<'n> {
    fn evaluation<'a>(&'a self, covering: Covering<'a>) -> Evaluation<'a> {
        let end = self.time.checked_add(jiff::SignedDuration::from_nanos(1)).unwrap_or(self.time);
        let period = Interval { start: self.time, end };
        Evaluation::new(self.context, self.usage, &[], period).keeping(self.kept).covering(covering)
    }
}

impl Side {
    fn new(program: &Program, pays: bool) -> Side {
        let levels = levels_of(program, |grant| grant.covers.iter().any(|cover| cover.pays == pays));
        let running = levels.iter().map(|_| levels::Running::new()).collect();
        Side { levels, running, places: Places::default(), pays }
    }

    fn reaches(&mut self, place: Place, total: Rational, time: Timestamp, undo: &mut Undo) {
        undo.places.push((self.pays, place.clone(), self.places.total(&place).cloned()));
        self.places.reaches(place, total, 0, time);
    }

    /// Covers what was reached, one priority after the other.
    fn cover(&mut self, plain: &Evaluation<'_>, settlement: &mut Settlement, undo: &mut Undo) {
        let mut items: Vec<Item> = self.places.take_items();
        for (at, grants) in self.levels.iter().enumerate() {
            let Some(running) = self.running.get_mut(at) else { continue };
            for item in &items {
                undo.taken.push((self.pays, at, item.place, running.get(&item.place).cloned()));
            }
            let level = Level::new(plain, grants, self.places.all(), self.pays).after(std::mem::take(running));
            let mut level = level;
            for item in &mut items {
                let taken = level.item(item, settlement);
                item.amount = &item.amount - &taken;
            }
            *running = level.running();
            items.retain(|item| !item.amount.is_zero());
        }
    }

    fn restore(&mut self, level: usize, place: usize, before: Option<Taken>) {
        let Some(running) = self.running.get_mut(level) else { return };
        match before {
            Some(before) => drop(running.insert(place, before)),
            None => drop(running.remove(&place)),
        }
    }
}

impl Running {
    pub(in crate::reference) fn new(program: &Program) -> Running {
        let (units, money) = (Side::new(program, false), Side::new(program, true));
        Running { settlement: Arc::default(), units, money, undos: Vec::new() }
    }

    /// Settles the next event; what was bought with it.
    pub(in crate::reference) fn take(&mut self, now: &Now<'_>, event: &Event<'_>) -> Result<Vec<Bought>, Lost> {
        let Running { settlement, units, money, undos } = self;
        let settlement = Arc::get_mut(settlement).ok_or(Lost)?;
        let mut undo = Undo::default();
        settlement.has_records = true;
        let plain = now.evaluation(Covering::Nothing);
        open(&plain, (event, now.opened), settlement, &mut undo)?;
        let program = now.context.program;
        for (at, group) in event.reached {
            let Some(charge) = program.charges.get(*at).filter(|_| steps::takes_units(program, *at)) else { continue };
            for (leaf, body) in charge.body.leaves().into_iter().enumerate() {
                let scope = Scope::group(&plain, group);
                let Some(Ok(total)) = body.quantity.as_ref().map(|quantity| number(&scope, quantity)) else { continue };
                let place = Place { charge: *at, leaf: Some(leaf), group: group.clone() };
                units.reaches(place, total, now.time, &mut undo);
            }
        }
        units.cover(&plain, settlement, &mut undo);
        {
            let covered = now.evaluation(Covering::UpTo(&settlement.units, usize::MAX));
            for (at, line) in paid_lines(program, event.reached) {
                let Some(charge) = program.charges.get(at) else { continue };
                let combinations = (event.combinations)(at, &line);
                if let Ok(total) = steps::amount(&covered, (at, charge), &line, &combinations) {
                    money.reaches(Place { charge: at, leaf: None, group: line }, total, now.time, &mut undo);
                }
            }
        }
        money.cover(&plain, settlement, &mut undo);
        undo.noted = std::mem::take(&mut settlement.noted);
        undo.marks = std::mem::take(&mut settlement.marks).into_iter().collect();
        for (pool, mark) in &undo.marks {
            let of = |one: &Purchase| Bought {
                pool: pool.clone(),
                time: one.time,
                packs: one.packs.clone(),
                price: one.price.clone(),
            };
            undo.bought
                .extend(settlement.pools.get(pool).into_iter().flat_map(|known| known.bought_since(*mark)).map(of));
        }
        if !settlement.failed.is_empty() || !settlement.broken.is_empty() {
            return Err(Lost);
        }
        let bought = undo.bought.clone();
        undos.push(undo);
        Ok(bought)
    }

    /// Goes back to before the last event; what is not bought any more.
    pub(in crate::reference) fn undo(&mut self) -> Result<Vec<Bought>, Lost> {
        let settlement = Arc::get_mut(&mut self.settlement).ok_or(Lost)?;
        let undo = self.undos.pop().ok_or(Lost)?;
        for noted in undo.noted.iter().rev() {
            settlement.take_back(noted);
        }
        for (pool, mark) in undo.marks {
            settlement.pools.get_mut(&pool).into_iter().for_each(|pool| pool.undo(mark));
        }
        for pool in undo.opened {
            settlement.pools.remove(&pool);
        }
        for (pays, level, place, before) in undo.taken.into_iter().rev() {
            let side = if pays { &mut self.money } else { &mut self.units };
            side.restore(level, place, before);
        }
        for (pays, place, before) in undo.places.into_iter().rev() {
            let side = if pays { &mut self.money } else { &mut self.units };
            side.places.restore(place, before);
        }
        Ok(undo.bought)
    }
}

/// The lines that grants pay and an event reaches.
fn paid_lines(program: &Program, reached: &BTreeSet<(usize, Group)>) -> BTreeSet<(usize, Group)> {
    let paid = reached.iter().filter(|(at, _)| steps::is_paid(program, *at));
    let line = |(at, group): &(usize, Group)| {
        let count = program.charges.get(*at).map_or(0, |charge| charge.keys.len());
        (*at, Group::new(group.keys.iter().take(count).cloned().collect(), group.interval))
    };
    paid.map(line).collect()
}

/// Gives what is given with an event, to balances that there are and to those that begin with it.
fn open(
    plain: &Evaluation<'_>,
    (event, opened): (&Event<'_>, Timestamp),
    settlement: &mut Settlement,
    undo: &mut Undo,
) -> Result<(), Lost> {
    let events = Events { list: vec![event.added.to_vec()] };
    let time = events.first().ok_or(Lost)?;
    for (at, grant) in plain.context.program.grants.iter().enumerate() {
        for keys in keys_of(grant, event) {
            let pool = (at, keys);
            match settlement.pool_mut(&pool) {
                Some(known) => pools::go_on(plain, &events, grant, &pool.1, known).map_err(|_| Lost)?,
                None => {
                    let new = pools::begin(plain, &events, grant, &pool.1, (time, opened)).map_err(|_| Lost)?;
                    settlement.pools.insert(pool.clone(), new);
                    undo.opened.push(pool);
                }
            }
        }
    }
    Ok(())
}

/// The keys of a grant's balances that an event has to do with.
fn keys_of(grant: &crate::ir::Grant, event: &Event<'_>) -> BTreeSet<Vec<Value>> {
    if grant.keys.is_empty() {
        return BTreeSet::from([Vec::new()]);
    }
    let mut found = BTreeSet::new();
    for gives in &grant.gives {
        if let Gives::ForEach { stream } = gives {
            found.extend(event.added.iter().filter(|one| one.stream == *stream).map(|one| one.keys.to_vec()));
        }
    }
    for (charge, group) in event.reached {
        let place = Place { charge: *charge, leaf: None, group: group.clone() };
        found.extend(grant.covers_of(*charge).filter_map(|cover| keys_at(cover, &place)));
    }
    found
}
