//! Tiers that lines share: the quantities of all lines of a pool go through the tiers as one, and what of each tier is a
//! line's is told by the order of events or in proportion.
//!
//! What a pool's lines cost together is what its whole quantity costs, where all have the same rates.

use super::eval::number;
use super::evaluation::Evaluation;
use super::lines::rows_within;
use super::price::{Bounds, TierCost, bounds, rate_cost};
use super::scope::{Group, Outcome, Scope, internal};
use super::settle::{Covering, Events, each_step, streams_of};
use crate::exact::Rational;
use crate::ir::{Body, Charge, Pooling, Price, Rate, Tier, TierSharing, Tiers};
use std::collections::BTreeSet;
use std::rc::Rc;

/// The lines that share their tiers, and how much each has.
#[derive(Debug)]
pub(super) struct Pool {
    /// By their keys.
    members: Vec<Group>,
    quantities: Vec<Rational>,
    /// What was added to whose quantity, one after the other, where the order of events tells.
    steps: Vec<(usize, Rational)>,
}

/// What of a tier is a line's.
struct Share {
    quantity: Rational,
    /// Of what is due once for the tier.
    once: Rational,
}

impl Pool {
    /// The quantity of all of them.
    pub(super) fn total(&self) -> Rational {
        sum(&self.quantities)
    }

    /// Which one a line's combination of keys is.
    fn place(&self, group: &Group) -> Option<usize> {
        self.members.iter().position(|member| member.keys == group.keys)
    }
}

fn sum(numbers: &[Rational]) -> Rational {
    numbers.iter().fold(Rational::zero(), |total, one| &total + one)
}

/// What a line's part of tiers that are shared costs, with each tier of which it has a part.
pub(super) fn cost(
    evaluation: &Evaluation<'_>,
    body: &Body,
    group: &Group,
    tiers: (&Tiers, &Price),
) -> Outcome<(Rational, Vec<TierCost>)> {
    let scope = Scope::group(evaluation, group);
    let (tiers, price) = tiers;
    let pool = pool(evaluation, body, group)?;
    let own = pool.place(group).ok_or_else(|| internal("a line outside of its pool"))?;
    let bounds = bounds(&scope, tiers)?;
    let shares = match price {
        Price::Volume(_) => by_volume(&pool, own, &bounds),
        Price::Graduated(_) | Price::Rate(_) => graduated(&pool, own, &bounds),
    };
    let total = pool.total();
    let mut found = Vec::new();
    for (at, ((tier, share), bounds)) in tiers.tiers.iter().zip(shares).zip(&bounds).enumerate() {
        // Whether what is due once for the tier is due, whosever it is.
        let (is_there, is_due) = match price {
            Price::Volume(_) => (bounds.is_last_for(&total), bounds.is_last_for(&total) && total.is_positive()),
            Price::Graduated(_) | Price::Rate(_) => (true, bounds.entered_by(&total)),
        };
        let once = match &tiers.at_zero {
            Some(at_zero) if at == 0 && is_there => Some(at_zero),
            Some(_) if at == 0 => None,
            _ => tier.flat.as_ref().filter(|_| is_due),
        };
        let once = once.map(|once| number(&scope, once)).transpose()?.unwrap_or_else(Rational::zero);
        let amount = &tier_amount(&scope, tier, &share, is_due)? + &(&once * &share.once);
        if !share.quantity.is_zero() || !amount.is_zero() {
            scope.context.used(tier.span);
            found.push(TierCost { tier: at, quantity: share.quantity, amount });
        }
    }
    let amount = found.iter().fold(Rational::zero(), |total, one| &total + &one.amount);
    Ok((amount, found))
}

/// What a line's part of a tier costs without what is due once: a price for the whole tier is, too.
fn tier_amount(scope: &Scope<'_>, tier: &Tier, share: &Share, is_due: bool) -> Outcome<Rational> {
    match &tier.rate {
        Rate::Flat(amount) if is_due && !share.once.is_zero() => Ok(&number(scope, amount)? * &share.once),
        Rate::Flat(_) => Ok(Rational::zero()),
        Rate::PerUnit(_) | Rate::PerStarted { .. } if share.quantity.is_zero() => Ok(Rational::zero()),
        Rate::PerUnit(_) | Rate::PerStarted { .. } => rate_cost(scope, &tier.rate, &share.quantity),
    }
}

/// Each unit in its own tier.
fn graduated(pool: &Pool, own: usize, bounds: &[Bounds]) -> Vec<Share> {
    let total = pool.total();
    let part = |at: usize, bounds: &Bounds, total: &Rational| match at == 0 && total.is_negative() {
        true => total.clone(),
        false => bounds.part_of(total),
    };
    let shares = bounds.iter().enumerate().map(|(at, bounds)| match pool.by_order() {
        true => {
            let mut share = Share { quantity: Rational::zero(), once: Rational::zero() };
            let (mut before, mut enterer) = (Rational::zero(), None);
            for (whose, added) in &pool.steps {
                let after = &before + added;
                if *whose == own {
                    share.quantity = &share.quantity + &(&part(at, bounds, &after) - &part(at, bounds, &before));
                }
                if !bounds.entered_by(&before) || enterer.is_none() {
                    enterer = Some(*whose);
                }
                before = after;
            }
            share.once = whole(enterer.unwrap_or(0) == own);
            share
        }
        false => {
            let once = pool.proportion(own);
            let quantity = match total.is_positive() {
                true => &part(at, bounds, &total) * &once,
                // Below zero all is in the first tier, and what makes nothing together is there too.
                false if at == 0 => pool.quantities.get(own).cloned().unwrap_or_else(Rational::zero),
                false => Rational::zero(),
            };
            Share { quantity, once }
        }
    });
    shares.collect()
}

/// All units in the tier in which their total lands.
fn by_volume(pool: &Pool, own: usize, bounds: &[Bounds]) -> Vec<Share> {
    let total = pool.total();
    let landed = bounds.iter().position(|bounds| bounds.is_last_for(&total));
    let once = match pool.by_order() {
        true => whole(pool.steps.first().map_or(0, |(whose, _)| *whose) == own),
        false => pool.proportion(own),
    };
    let share = |at: usize| match Some(at) == landed {
        true => {
            Share { quantity: pool.quantities.get(own).cloned().unwrap_or_else(Rational::zero), once: once.clone() }
        }
        false => Share { quantity: Rational::zero(), once: Rational::zero() },
    };
    (0..bounds.len()).map(share).collect()
}

fn whole(is_own: bool) -> Rational {
    if is_own { Rational::one() } else { Rational::zero() }
}

impl Pool {
    fn by_order(&self) -> bool {
        !self.steps.is_empty()
    }

    /// A line's share of the whole quantity; where there is none, the first line has all that is due once.
    fn proportion(&self, own: usize) -> Rational {
        let total = self.total();
        let part = self.quantities.get(own).and_then(|part| part.checked_div(&total));
        part.unwrap_or_else(|| whole(own == 0))
    }
}

/// The pool of a line's combination of keys; one for all of its members.
pub(super) fn pool(evaluation: &Evaluation<'_>, body: &Body, group: &Group) -> Outcome<Rc<Pool>> {
    let pooling = body.pooling.as_ref().ok_or_else(|| internal("tiers that are not pooled"))?;
    let known = (body.number, without(group, pooling));
    if let Some(pool) = evaluation.pools.borrow().get(&known) {
        return pool.clone();
    }
    let pool = gathered(evaluation, body, pooling, group).map(Rc::new);
    evaluation.pools.borrow_mut().insert(known, pool.clone());
    pool
}

/// A group but for the key in which the members of its pool differ.
fn without(group: &Group, pooling: &Pooling) -> Group {
    let keys = group.keys.iter().enumerate().filter(|(at, _)| *at != pooling.key).map(|(_, key)| key.clone());
    Group::new(keys.collect(), group.interval)
}

/// The combinations of a charge's keys that share their tiers with one of them, it among them, by their keys.
pub(super) fn members(
    evaluation: &Evaluation<'_>,
    charge: &Charge,
    pooling: &Pooling,
    group: &Group,
) -> Outcome<BTreeSet<Group>> {
    let rows = rows_within(evaluation, charge, group.interval)?;
    let rows = rows.into_iter().filter(|(interval, _)| *interval == group.interval);
    let ours = without(group, pooling);
    let all = rows.map(|(interval, keys)| Group::new(keys, interval)).filter(|one| without(one, pooling) == ours);
    Ok(all.chain([Group::new(group.keys.clone(), group.interval)]).collect())
}

fn gathered(evaluation: &Evaluation<'_>, body: &Body, pooling: &Pooling, group: &Group) -> Outcome<Pool> {
    let charges = &evaluation.context.program.charges;
    let has_body = |charge: &Charge| charge.body.leaves().iter().any(|leaf| leaf.number == body.number);
    let charge = charges.iter().position(has_body).ok_or_else(|| internal("a body without a charge"))?;
    let (at, charge) = (charge, charges.get(charge).ok_or_else(|| internal("no such charge"))?);
    let members: Vec<Group> = members(evaluation, charge, pooling, group)?.into_iter().collect();
    let members: Vec<Group> = members.into_iter().map(|one| one.as_of(group.as_of)).collect();
    let quantity = body.quantity.as_ref().ok_or_else(|| internal("a charge without a quantity"))?;
    let of_member =
        |one: &Group| Ok(&number(&Scope::group(evaluation, one), quantity)? - &evaluation.covered(body, one));
    let quantities = members.iter().map(of_member).collect::<Outcome<Vec<Rational>>>()?;
    let mut pool = Pool { members, quantities, steps: Vec::new() };
    if pooling.sharing == TierSharing::ByOrder {
        pool.steps = in_order(evaluation, (at, charge), body, &pool);
    }
    Ok(pool)
}

/// What each record adds to whose quantity, by time, then by id; what no record has added stands behind, by the keys.
fn in_order(
    evaluation: &Evaluation<'_>,
    (at, charge): (usize, &Charge),
    body: &Body,
    pool: &Pool,
) -> Vec<(usize, Rational)> {
    let program = evaluation.context.program;
    let only: Vec<bool> = (0..program.charges.len()).map(|one| one == at).collect();
    let events = Events::of(evaluation, &streams_of(program, &only));
    let mut known = vec![Rational::zero(); pool.members.len()];
    let mut steps = Vec::new();
    each_step(evaluation, &events, Covering::Nothing, &mut |step| {
        for group in step
            .reached(charge)
            .into_iter()
            .filter(|one| pool.members.first().is_some_and(|member| member.interval == one.interval))
        {
            let (Some(whose), Some(quantity)) = (pool.place(&group), &body.quantity) else { continue };
            // A quantity that can not be had yet counts with the record that makes it known.
            let Ok(total) = number(&Scope::group(step.evaluation, &group), quantity) else { continue };
            reach(&mut known, &mut steps, whose, total);
        }
    });
    for (whose, total) in pool.quantities.iter().enumerate() {
        reach(&mut known, &mut steps, whose, total.clone());
    }
    steps
}

/// Takes note of what a quantity has come to.
fn reach(known: &mut [Rational], steps: &mut Vec<(usize, Rational)>, whose: usize, total: Rational) {
    let Some(before) = known.get_mut(whose) else { return };
    let added = &total - before;
    if !added.is_zero() {
        steps.push((whose, added));
    }
    *before = total;
}
