//! Contracts: when an account is on a plan, in which of its phases, and on what terms.

use super::eval::truth;
use super::evaluation::Evaluation;
use super::groups::Usage;
use super::scope::{Context, Group, Missing, Outcome, Scope, internal};
use super::text;
use crate::ir::{Expr, Op, Program};
use crate::model::{Clock, Contract, Facts, InPlan, Interval, Value, Window};
use crate::time::{Zone, from_first_use};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// A contract with its amendments.
#[derive(Clone, Debug)]
pub(super) struct Agreement {
    plan: usize,
    /// From its first day to the end of its last one.
    interval: Interval,
    /// The terms, and from when on they hold.
    versions: Vec<(Timestamp, Vec<Value>)>,
}

/// The contracts of an account, by their start.
pub(super) fn agreements(program: &Program, zone: &Zone, facts: Option<&Facts>) -> Vec<Agreement> {
    let mut found: Vec<Agreement> = Vec::new();
    for row in facts.map(Facts::contracts).unwrap_or_default() {
        let start = zone.instant(row.from, Clock::midnight());
        let end = row.to.map(|last| zone.instant(last.tomorrow().unwrap_or(last), Clock::midnight()));
        let holds = |one: &&mut Agreement| one.plan == row.plan && start < one.interval.end;
        match found.iter_mut().rev().find(holds) {
            Some(known) => known.amend(row, start, end),
            None => found.push(Agreement::begin(program, row, start, end)),
        }
    }
    found
}

impl Agreement {
    fn begin(program: &Program, row: &Contract, start: Timestamp, end: Option<Timestamp>) -> Agreement {
        let fields = program.schema.plans.get(row.plan).map(|plan| plan.terms.as_slice()).unwrap_or_default();
        let stated = |(at, field): (usize, &crate::model::Field)| {
            let value = row.terms.get(at).filter(|value| **value != Value::Absent);
            value.or(field.default.as_ref()).cloned().unwrap_or(Value::Absent)
        };
        let terms = fields.iter().enumerate().map(stated).collect();
        let interval = Interval { start, end: end.unwrap_or(Timestamp::MAX) };
        Agreement { plan: row.plan, interval, versions: vec![(start, terms)] }
    }

    /// What an amendment does not say stays as it is.
    fn amend(&mut self, row: &Contract, start: Timestamp, end: Option<Timestamp>) {
        let mut terms = self.versions.last().map(|(_, terms)| terms.clone()).unwrap_or_default();
        for (place, value) in terms.iter_mut().zip(&row.terms).filter(|(_, value)| **value != Value::Absent) {
            *place = value.clone();
        }
        self.versions.push((start, terms));
        self.interval.end = end.unwrap_or(self.interval.end);
    }
}

impl Context<'_> {
    /// When the account is on a plan, and in the phase, in order: as its contracts say, else by default where it has
    /// no contract at all.
    pub(super) fn on_plan(&self, place: InPlan) -> Outcome<Vec<Interval>> {
        let starts = self.plan_stretches(place.plan)?;
        let Some(phase) = place.phase else { return Ok(starts) };
        let mut found = Vec::new();
        for stretch in starts {
            found.extend(self.phases_of(place.plan, stretch)?.get(phase).copied());
        }
        found.retain(|one| one.start < one.end);
        Ok(found)
    }

    /// Whether it is at an instant.
    pub(super) fn is_on_plan(&self, place: InPlan, time: Timestamp) -> Outcome<bool> {
        Ok(self.on_plan(place)?.iter().any(|one| one.start <= time && time < one.end))
    }

    fn plan_stretches(&self, plan: usize) -> Outcome<Vec<Interval>> {
        let mut found: Vec<Interval> =
            self.agreements.iter().filter(|one| one.plan == plan).map(|one| one.interval).collect();
        found.extend(self.by_default(plan)?);
        found.sort();
        Ok(found)
    }

    /// When the plan's condition holds and no contract is in force.
    fn by_default(&self, plan: usize) -> Outcome<Vec<Interval>> {
        let condition = self.program.plans.get(plan).and_then(|plan| plan.condition.as_ref());
        let Some(condition) = condition else { return Ok(Vec::new()) };
        let mut changes = BTreeSet::from([Timestamp::MIN, Timestamp::MAX]);
        condition.walk(&mut |expr| {
            if let Op::Fact { fact, .. } = &expr.op {
                changes.extend(self.fact_changes(*fact));
            }
        });
        changes.extend(self.agreements.iter().flat_map(|one| [one.interval.start, one.interval.end]));
        let changes: Vec<Timestamp> = changes.into_iter().collect();
        let mut found: Vec<Interval> = Vec::new();
        for (start, end) in changes.iter().zip(changes.iter().skip(1)) {
            let has_contract = |one: &Agreement| one.interval.start <= *start && *start < one.interval.end;
            if self.agreements.iter().any(has_contract) || !self.holds(condition, *start)? {
                continue;
            }
            match found.last_mut().filter(|last| last.end == *start) {
                Some(last) => last.end = *end,
                None => found.push(Interval { start: *start, end: *end }),
            }
        }
        Ok(found)
    }

    /// Whether a condition on facts holds at an instant.
    fn holds(&self, condition: &Expr, time: Timestamp) -> Outcome<bool> {
        let nothing = Usage::default();
        let interval = Interval { start: time, end: Timestamp::MAX };
        let evaluation = Evaluation::new(self, &nothing, &[], interval);
        truth(&Scope::group(&evaluation, &Group::new(Vec::new(), interval)), condition)
    }

    /// The phases of a plan, one after the other from a contract's first day, or from the account's start.
    fn phases_of(&self, plan: usize, stretch: Interval) -> Outcome<Vec<Interval>> {
        let phases = self.program.plans.get(plan).map(|plan| plan.phases.as_slice()).unwrap_or_default();
        let first = match stretch.start > Timestamp::MIN {
            false => self.begins()?.ok_or_else(|| {
                Missing(format!(
                    "the phases of a plan count from a contract or from `account.start`, and account {} has \
                                 neither",
                    text::quoted(&self.account)
                ))
            })?,
            true => stretch.start,
        };
        let (mut found, mut passed) = (Vec::new(), 0u32);
        let mut start = first;
        for phase in phases {
            // From the first day each time, so that a contract from the 31st does not drift.
            let alike = phases.iter().all(|other| other.step == phase.step);
            passed = passed.saturating_add(phase.count);
            let end = match alike {
                true => from_first_use(&Window { count: passed, ..phase.clone() }, self.zone, first).end,
                false => from_first_use(phase, self.zone, start).end,
            };
            found.push(Interval { start: start.clamp(stretch.start, stretch.end), end: end.min(stretch.end) });
            start = end;
        }
        Ok(found)
    }

    /// The terms of the contracts on a plan.
    pub(super) fn terms_of(&self, plan: usize) -> Vec<Interval> {
        self.agreements.iter().filter(|one| one.plan == plan).map(|one| one.interval).collect()
    }

    /// All phases of a plan.
    pub(super) fn all_phases(&self, plan: usize) -> Outcome<Vec<Interval>> {
        if self.program.plans.get(plan).is_none_or(|plan| plan.phases.is_empty()) {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for stretch in self.plan_stretches(plan)? {
            found.extend(self.phases_of(plan, stretch)?);
        }
        found.retain(|one| one.start < one.end);
        Ok(found)
    }

    /// A term of the contract that is in force at a time.
    pub(super) fn term(&self, plan: usize, term: usize, time: Timestamp) -> Outcome<Value> {
        let terms = self.program.schema.plans.get(plan).ok_or_else(|| internal("no such plan"))?;
        let field = terms.terms.get(term).ok_or_else(|| internal("no such term"))?;
        let in_force = |one: &&Agreement| one.plan == plan && one.interval.start <= time && time < one.interval.end;
        let agreement = self.agreements.iter().find(in_force).ok_or_else(|| {
            let (account, day) = (text::quoted(&self.account), text::day_and_time(self.zone, time));
            Missing(format!("account {account} has no contract on `{}` on {day}", terms.name))
        })?;
        let version = agreement.versions.iter().rev().find(|(since, _)| *since <= time);
        match version.and_then(|(_, terms)| terms.get(term)) {
            None | Some(Value::Absent) if !field.optional => {
                let account = text::quoted(&self.account);
                Err(Missing(format!("the contract of account {account} on `{}` says no `{}`", terms.name, field.name)))
            }
            value => Ok(value.cloned().unwrap_or(Value::Absent)),
        }
    }

    /// When the contract on a plan begins that follows the one in force at a time.
    pub(super) fn next_contract(&self, plan: usize, time: Timestamp) -> Option<Timestamp> {
        let ours = || self.agreements.iter().filter(|one| one.plan == plan).map(|one| one.interval);
        let now = ours().find(|one| one.start <= time && time < one.end)?;
        ours().map(|one| one.start).filter(|start| *start >= now.end).min()
    }

    /// A term of the contract that follows the one in force at a time, as it begins.
    pub(super) fn next_term(&self, plan: usize, term: usize, time: Timestamp) -> Outcome<Value> {
        match self.next_contract(plan, time) {
            Some(start) => self.term(plan, term, start),
            None => {
                let (account, day) = (text::quoted(&self.account), text::day_and_time(self.zone, time));
                let name = self.program.schema.plans.get(plan).map_or("", |plan| &*plan.name);
                Err(Missing(format!("no contract of account {account} on `{name}` follows the one of {day}")))
            }
        }
    }

    /// When the terms of a plan change.
    pub(super) fn term_changes(&self, plan: usize) -> impl Iterator<Item = Timestamp> {
        let ours = self.agreements.iter().filter(move |one| one.plan == plan);
        ours.flat_map(|one| one.versions.iter().map(|(since, _)| *since).chain([one.interval.end]))
    }
}

/// Whether two stretches share an instant.
pub(super) fn overlap(one: Interval, other: Interval) -> Option<Interval> {
    let (start, end) = (one.start.max(other.start), one.end.min(other.end));
    (start < end).then_some(Interval { start, end })
}

#[cfg(test)]
mod tests;
