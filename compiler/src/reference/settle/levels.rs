//! One priority: who takes how much of each contribution, and out of what.

use super::pools::{self, PoolKey};
use super::steps::{Item, Place};
use super::{Covered, Settlement, keys_at};
use crate::exact::Rational;
use crate::ir::{Cover, Gives, Of, Price, Rate};
use crate::model::Interval;
use crate::reference::eval::{number, truth};
use crate::reference::evaluation::Evaluation;
use crate::reference::price::price_at;
use crate::reference::scope::{Group, Missing, Outcome, Scope};
use jiff::Timestamp;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A priority.
pub(super) struct Level<'l> {
    evaluation: &'l Evaluation<'l>,
    grants: &'l [usize],
    places: &'l [Place],
    /// Whether it pays lines, or takes units off quantities.
    pays: bool,
    running: Running,
}

/// By place, how much it has come to, and what was taken of it.
pub(super) type Running = BTreeMap<usize, Taken>;

/// How much a place has come to, and what was taken of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Taken {
    due: Rational,
    taken: Rational,
    /// From which lots, the newest last.
    stack: Vec<Drawn>,
}

impl Taken {
    /// What is taken again from the same lot, at the same price, is one with what was taken there last.
    fn push(&mut self, drawn: Drawn) {
        self.taken = &self.taken + &drawn.amount;
        match self.stack.last_mut().filter(|last| last.is_alike(&drawn)) {
            Some(last) => last.amount = &last.amount + &drawn.amount,
            None => self.stack.push(drawn),
        }
    }
}

/// What was taken from a lot.
#[derive(Clone, Debug)]
struct Drawn {
    pool: PoolKey,
    lot: usize,
    /// In the unit of the place.
    amount: Rational,
    /// What one of the place's unit takes of the grant's.
    rate: Rational,
    /// What one of the place's unit costs at the grant's own price.
    worth: Rational,
}

impl Drawn {
    fn is_alike(&self, other: &Drawn) -> bool {
        (&self.pool, self.lot, &self.rate, &self.worth) == (&other.pool, other.lot, &other.rate, &other.worth)
    }
}

/// A grant that may cover a contribution.
struct Applied {
    pool: PoolKey,
    /// What one of the place's unit takes of the grant's.
    rate: Rational,
    /// What one of the place's unit costs at the grant's own price.
    worth: Rational,
}

impl<'l> Level<'l> {
    pub(super) fn new(
        evaluation: &'l Evaluation<'l>,
        grants: &'l [usize],
        places: &'l [Place],
        pays: bool,
    ) -> Level<'l> {
        Level { evaluation, grants, places, pays, running: Running::new() }
    }

    /// With what was taken before.
    pub(super) fn after(self, running: Running) -> Level<'l> {
        Level { running, ..self }
    }

    /// What was taken until now.
    pub(super) fn running(self) -> Running {
        self.running
    }

    /// Covers what can be covered; what is left, in the same order.
    pub(super) fn pass(mut self, items: Vec<Item>, settlement: &mut Settlement) -> Vec<Item> {
        let mut left = items.clone();
        for at in self.in_order(&items, settlement) {
            let Some(item) = items.get(at) else { continue };
            let taken = self.item(item, settlement);
            left.get_mut(at).into_iter().for_each(|item| item.amount = &item.amount - &taken);
        }
        left.retain(|item| !item.amount.is_zero());
        left
    }

    /// The order in which contributions are covered: that of time, but for a grant that sorts those of its window.
    fn in_order(&self, items: &[Item], settlement: &mut Settlement) -> Vec<usize> {
        let mut order: Vec<usize> = (0..items.len()).collect();
        let sorting = self.grants.iter().find(|at| self.grant(**at).is_some_and(|grant| !grant.order.is_empty()));
        let Some((at, grant)) = sorting.and_then(|at| self.grant(*at).map(|grant| (*at, grant))) else { return order };
        let window = grant.gives.iter().find_map(|gives| match gives {
            Gives::Every { window, .. } => Some(window),
            _ => None,
        });
        let mut keys: Vec<(Option<Interval>, Vec<Rational>)> = Vec::new();
        for item in items {
            let interval = window.and_then(|window| self.evaluation.context.holding(window, item.time).ok()?);
            let values = match self.criteria(at, item) {
                Ok(values) => values,
                Err(missing) => {
                    self.break_place(item, missing, settlement);
                    Vec::new()
                }
            };
            keys.push((interval, values));
        }
        let directions: Vec<bool> = grant.order.iter().map(|one| one.highest).collect();
        let compare = |a: &usize, b: &usize| {
            let (Some((window, one)), Some((other_window, other))) = (keys.get(*a), keys.get(*b)) else {
                return Ordering::Equal;
            };
            let by_window = window.map(|one| one.start).cmp(&other_window.map(|one| one.start));
            let by_values = one.iter().zip(other).zip(&directions).map(|((one, other), highest)| match highest {
                true => other.cmp(one),
                false => one.cmp(other),
            });
            by_values.fold(by_window, Ordering::then)
        };
        // Stable: what is equal stays in the order of time.
        order.sort_by(compare);
        order
    }

    /// By what a contribution is sorted; nothing where the grant does not cover it.
    fn criteria(&self, at: usize, item: &Item) -> Outcome<Vec<Rational>> {
        let (Some(grant), Some(place)) = (self.grant(at), self.places.get(item.place)) else { return Ok(Vec::new()) };
        let applied = self.applied(place, item.time)?;
        let Some(applied) = applied.into_iter().find(|one| one.pool.0 == at) else { return Ok(Vec::new()) };
        let price = self.list_price(place, item.time)?;
        let value = |of: Of| match of {
            Of::Price => price.clone(),
            Of::Rate => applied.worth.clone(),
            Of::Saving => (&price - &applied.worth).checked_div(&price).unwrap_or_else(Rational::zero),
        };
        Ok(grant.order.iter().map(|one| value(one.of)).collect())
    }

    /// What one of a place's unit costs by the charge's own price.
    fn list_price(&self, place: &Place, time: Timestamp) -> Outcome<Rational> {
        let charge = self.evaluation.context.program.charges.get(place.charge);
        let leaf = charge.and_then(|charge| charge.body.leaves().get(place.leaf.unwrap_or(0)).copied());
        let Some(body) = leaf else { return Ok(Rational::zero()) };
        let then = place.group.as_of(time);
        let scope = Scope::group(self.evaluation, &then);
        match price_at(&scope, body)? {
            Price::Rate(Rate::PerUnit(rate)) => number(&scope, rate),
            _ => Ok(Rational::zero()),
        }
    }

    fn grant(&self, at: usize) -> Option<&'l crate::ir::Grant> {
        self.evaluation.context.program.grants.get(at)
    }

    /// The grants that may cover a place at a time.
    fn applied(&self, place: &Place, time: Timestamp) -> Outcome<Vec<Applied>> {
        let mut found = Vec::new();
        let then = place.group.as_of(time);
        for at in self.grants {
            let Some(grant) = self.grant(*at) else { continue };
            if let Some(place) = grant.in_plan
                && !self.evaluation.context.is_on_plan(place, time)?
            {
                continue;
            }
            for cover in grant.covers_of(place.charge).filter(|cover| self.takes(cover, place)) {
                let scope = Scope::group(self.evaluation, &then);
                if !cover.condition.as_ref().map_or(Ok(true), |condition| truth(&scope, condition))? {
                    continue;
                }
                let Some(keys) = keys_at(cover, place) else { continue };
                let worth = cover.at.as_ref().map(|rate| number(&scope, rate)).transpose()?;
                // A grant in the unit of the quantity gives units, whatever they cost.
                let rate = match &worth {
                    Some(rate) if !self.in_units(grant, place) => rate.clone(),
                    _ => Rational::one(),
                };
                found.push(Applied { pool: (*at, keys), rate, worth: worth.unwrap_or_else(Rational::zero) });
            }
        }
        Ok(found)
    }

    fn takes(&self, cover: &Cover, place: &Place) -> bool {
        match place.leaf {
            None => self.pays && cover.pays,
            Some(leaf) => !self.pays && cover.units.get(leaf) == Some(&true),
        }
    }

    /// Whether a grant is counted as the quantity of a place is.
    fn in_units(&self, grant: &crate::ir::Grant, place: &Place) -> bool {
        let charge = self.evaluation.context.program.charges.get(place.charge);
        let leaf = charge.and_then(|charge| charge.body.leaves().get(place.leaf?).copied());
        let unit = leaf.and_then(|leaf| leaf.quantity_unit.as_ref());
        unit.is_some_and(|unit| unit.dimension == grant.unit.dimension)
    }

    fn break_place(&self, item: &Item, missing: Missing, settlement: &mut Settlement) {
        if let Some(place) = self.places.get(item.place) {
            settlement.broken.entry((place.charge, place.group.clone())).or_insert(missing);
        }
    }

    /// Covers a contribution; how much of it. What is less than nothing goes back to where it was taken from.
    pub(super) fn item(&mut self, item: &Item, settlement: &mut Settlement) -> Rational {
        let Some(place) = self.places.get(item.place) else { return Rational::zero() };
        let mut known = self.running.remove(&item.place).unwrap_or_default();
        known.due = &known.due + &item.amount;
        let before = known.taken.clone();
        let open = &known.due - &known.taken;
        if item.amount.is_positive() {
            let want = item.amount.clone().min(open);
            let drawn = if want.is_positive() { self.draw(place, item, want, settlement) } else { Ok(Vec::new()) };
            match drawn {
                Ok(drawn) => drawn.into_iter().for_each(|one| known.push(one)),
                Err(missing) => self.break_place(item, missing, settlement),
            }
        } else {
            let too_much = (-&open).min(known.taken.clone());
            self.give_back(place, item, too_much, &mut known, settlement);
        }
        let changed = &known.taken - &before;
        self.running.insert(item.place, known);
        changed
    }

    fn draw(&self, place: &Place, item: &Item, want: Rational, settlement: &mut Settlement) -> Outcome<Vec<Drawn>> {
        let applied = self.applied(place, item.time)?;
        let applied: Vec<Applied> =
            applied.into_iter().filter(|one| settlement.pools.contains_key(&one.pool)).collect();
        for one in &applied {
            let Some(grant) = self.grant(one.pool.0) else { continue };
            if let Some(pool) = settlement.pool_mut(&one.pool) {
                pools::begun(self.evaluation, grant, pool, item.time)?;
                pools::advance(self.evaluation, grant, pool, item.time)?;
                pools::use_at(self.evaluation, grant, pool, item.time)?;
            }
        }
        let (mut drawn, mut rest) = (Vec::new(), want);
        self.take_from_lots(place, item, &applied, &mut rest, &mut drawn, settlement);
        for one in &applied {
            let Some(grant) = self.grant(one.pool.0) else { continue };
            let Some(pool) = settlement.pool_mut(&one.pool) else { continue };
            pools::buy(self.evaluation, grant, pool, item.time, &(&rest * &one.rate))?;
            self.take_from_lots(place, item, &applied, &mut rest, &mut drawn, settlement);
        }
        Ok(drawn)
    }

    /// Takes from what is there: what expires first, cost least, is oldest.
    fn take_from_lots(
        &self,
        place: &Place,
        item: &Item,
        applied: &[Applied],
        rest: &mut Rational,
        drawn: &mut Vec<Drawn>,
        settlement: &mut Settlement,
    ) {
        while rest.is_positive() {
            let first = |(number, one): (usize, &Applied)| {
                let (expiry, (cost, given, lot)) = settlement.pools.get(&one.pool)?.first_live(item.time)?;
                Some(((expiry, cost.clone(), *given), one.pool.0, *lot, number))
            };
            let Some((_, _, lot, number)) = applied.iter().enumerate().filter_map(first).min() else { return };
            let Some(one) = applied.get(number) else { return };
            let Some(pool) = settlement.pool_mut(&one.pool) else { return };
            let Some(left) = pool.lots.get(lot).map(|lot| lot.left.clone()) else { return };
            // At a price of nothing, anything is covered.
            let most = left.checked_div(&one.rate).unwrap_or_else(|| rest.clone());
            let amount = if one.rate.is_positive() { rest.clone().min(most) } else { rest.clone() };
            let from_balance = &amount * &one.rate;
            pool.change(lot, item.time, &-&from_balance);
            *rest = &*rest - &amount;
            let one = Drawn { pool: one.pool.clone(), lot, amount, rate: one.rate.clone(), worth: one.worth.clone() };
            self.note(place, item, &one, &one.amount, settlement);
            drawn.push(one);
        }
    }

    fn give_back(
        &self,
        place: &Place,
        item: &Item,
        too_much: Rational,
        known: &mut Taken,
        settlement: &mut Settlement,
    ) {
        let mut rest = too_much;
        while rest.is_positive() {
            let Some(mut last) = known.stack.pop() else { return };
            let amount = last.amount.clone().min(rest.clone());
            if let Some(pool) = settlement.pool_mut(&last.pool) {
                pool.change(last.lot, item.time, &(&amount * &last.rate));
            }
            self.note(place, item, &last, &-&amount, settlement);
            rest = &rest - &amount;
            known.taken = &known.taken - &amount;
            last.amount = &last.amount - &amount;
            if last.amount.is_positive() {
                known.stack.push(last);
            }
        }
    }

    /// Takes note of what is covered.
    fn note(&self, place: &Place, item: &Item, drawn: &Drawn, amount: &Rational, settlement: &mut Settlement) {
        let covered = Covered {
            pool: drawn.pool.clone(),
            ordinal: item.ordinal,
            time: item.time,
            amount: amount.clone(),
            drawn: amount * &drawn.rate,
            worth: amount * &drawn.worth,
        };
        let group: Group = place.group.clone();
        match place.leaf {
            None => settlement.note_paid((place.charge, group), covered),
            Some(leaf) => {
                let charge = self.evaluation.context.program.charges.get(place.charge);
                let number = charge.and_then(|charge| charge.body.leaves().get(leaf).map(|body| body.number));
                let Some(number) = number else { return };
                settlement.note_units((number, group), covered);
            }
        }
    }
}
