//! Lines computed again, and what they are more than before.

use super::Newest;
use super::kept::KnownLine;
use super::state::{Touched, Tracked};
use super::uses::Owner;
use crate::bill::{Period, Rated};
use crate::exact::Rational;
use crate::ir::Charge;
use crate::model::{Interval, Value};
use crate::reference::evaluation::Evaluation;
use crate::reference::groups::Usage;
use crate::reference::lines::{KeyLines, key_lines};
use crate::reference::rate::Change;
use crate::reference::scope::{Context, Group};
use crate::reference::settle::Settlement;
use crate::reference::{last_instant, period_of};
use std::collections::BTreeMap;
use std::rc::Rc;

impl Tracked<'_> {
    /// Begins a period: what is due in it without any usage, by the line's id.
    pub(in crate::reference) fn open(&mut self, context: &Context<'_>, usage: &Usage, period: &Period) -> Vec<Rated> {
        let start = period.interval.start;
        if self.periods.contains_key(&start) {
            return Vec::new();
        }
        self.periods.insert(start, period.clone());
        let program = context.program;
        let mut due = Vec::new();
        for at in program.order.iter().copied().filter(|at| self.incremental.needs(*at)) {
            let always = program.charges.get(at).filter(|charge| charge.keys.is_empty() && charge.per_period);
            let Some(charge) = always else { continue };
            let group = (Vec::new(), period.interval);
            let found = self.evaluate(context, usage, (at, charge), &group, period.interval);
            let Some(known) = self.kept.period_mut(at, start) else { continue };
            let lines = match &found.lines {
                Ok(lines) => lines,
                Err(withheld) => {
                    known.withhold(group, withheld.id.clone());
                    continue;
                }
            };
            known.replace(group, lines);
            if self.incremental.wants(at) {
                due.extend(crate::reference::rate::due(&context.account, period, lines.iter()));
            }
        }
        due.sort_by(|a, b| a.line.cmp(&b.line));
        due
    }

    /// Computes the touched lines of a charge again; what that changes is written if the charge is wanted.
    pub(super) fn rate_lines(
        &mut self,
        context: &Context<'_>,
        usage: &Usage,
        at: usize,
        touched: &mut Touched,
        (newest, changes): (Newest<'_>, &mut Vec<Change>),
    ) {
        let Some(charge) = context.program.charges.get(at) else { return };
        let lines = touched.lines.get_mut(at).map(std::mem::take).unwrap_or_default();
        let mut reached: BTreeMap<Interval, bool> = BTreeMap::new();
        for (group, is_reached) in lines {
            let Some(period) = billed_in(context, charge, group.1) else { continue };
            *reached.entry(period).or_default() |= is_reached;
            self.rate_line(context, usage, (at, charge), (group, period, is_reached), (newest, changes));
        }
        for (period, is_reached) in reached {
            let takers = self.incremental.of_totals.get(at).map_or(&[][..], Vec::as_slice);
            for taker in takers {
                let known = self.kept.period(*taker, period.start).into_iter().flat_map(|known| known.lines.keys());
                known.for_each(|line| touched.line(*taker, line.clone(), is_reached));
            }
        }
    }

    fn rate_line(
        &mut self,
        context: &Context<'_>,
        usage: &Usage,
        (at, charge): (usize, &Charge),
        (group, period, is_reached): ((Vec<Value>, Interval), Interval, bool),
        (newest, changes): (Newest<'_>, &mut Vec<Change>),
    ) {
        let is_always = charge.keys.is_empty() && charge.per_period;
        let is_there = is_always || !self.line_combinations(context, at, &group).is_empty();
        let found = is_there.then(|| self.evaluate(context, usage, (at, charge), &group, period));
        let Some(known) = self.kept.period_mut(at, period.start) else { return };
        let (before, after) = match found.map(|found| found.lines) {
            None => (known.remove(&group), Vec::new()),
            Some(Err(withheld)) => return known.withhold(group, withheld.id),
            Some(Ok(lines)) => {
                let before = known.replace(group, &lines);
                (before, lines)
            }
        };
        if !self.incremental.wants(at) {
            return;
        }
        let line = |line: &crate::bill::Line| KnownLine {
            id: line.id.clone(),
            quantity: line.quantity.clone(),
            unit: line.unit.clone(),
            exact: line.exact.clone(),
        };
        let after: Vec<KnownLine> = after.iter().map(line).collect();
        let with_id = |lines: &'_ [KnownLine], id: &str| lines.iter().find(|line| line.id == id).cloned();
        for one in &after {
            let change = change(with_id(&before, &one.id).as_ref(), Some(one));
            if is_reached || is_change(&change) {
                changes.push(newest.change(Some(at), period, one, change));
            }
        }
        for one in before.iter().filter(|one| with_id(&after, &one.id).is_none()) {
            let change = change(Some(one), None);
            if is_change(&change) {
                changes.push(newest.change(None, period, one, change));
            }
        }
    }

    fn line_combinations(
        &self,
        context: &Context<'_>,
        at: usize,
        (keys, interval): &(Vec<Value>, Interval),
    ) -> Vec<Vec<Value>> {
        self.combinations(Owner::Charge(at).at(context.program), keys, *interval)
    }

    fn evaluate(
        &self,
        context: &Context<'_>,
        usage: &Usage,
        (at, charge): (usize, &Charge),
        group: &(Vec<Value>, Interval),
        period: Interval,
    ) -> KeyLines {
        // No grant covers these charges; but in a book that has some, limits come in another order.
        let settlement = (!context.program.grants.is_empty()).then(|| Rc::new(Settlement::default()));
        let evaluation = Evaluation::new(context, usage, &[], period).settled(settlement.as_ref()).keeping(&self.kept);
        let mut combinations = self.line_combinations(context, at, group);
        if combinations.is_empty() && charge.for_each.is_empty() {
            combinations.push(group.0.clone());
        }
        let combinations = combinations.into_iter().map(|keys| Group::new(keys, group.1)).collect();
        key_lines(&evaluation, (at, charge), (Group::new(group.0.clone(), group.1), combinations))
    }
}

/// The period on whose bill a window's line stands.
fn billed_in(context: &Context<'_>, charge: &Charge, interval: Interval) -> Option<Interval> {
    match charge.per_period {
        true => Some(interval),
        false => period_of(context, last_instant(interval)?, &None).map(|period| period.interval),
    }
}

/// What a line has more than before: its quantity, and its exact amount.
type More = (Option<Rational>, Rational);

fn change(before: Option<&KnownLine>, after: Option<&KnownLine>) -> More {
    let zero = Rational::zero();
    let amount = |line: Option<&KnownLine>| line.map_or(zero.clone(), |line| line.exact.clone());
    let quantity = |line: Option<&KnownLine>| line.and_then(|line| line.quantity.clone());
    let counted = quantity(after).or_else(|| quantity(before)).is_some();
    let difference = &quantity(after).unwrap_or(zero.clone()) - &quantity(before).unwrap_or(zero.clone());
    (counted.then_some(difference), &amount(after) - &amount(before))
}

fn is_change((quantity, amount): &More) -> bool {
    !amount.is_zero() || quantity.as_ref().is_some_and(|quantity| !quantity.is_zero())
}

impl Newest<'_> {
    fn change(self, charge: Option<usize>, period: Interval, line: &KnownLine, (quantity, amount): More) -> Change {
        let rated = Rated {
            record: Some(self.at),
            account: self.record.account.clone(),
            time: self.record.time,
            period_start: period.start,
            line: line.id.clone(),
            quantity,
            unit: line.unit.clone(),
            amount,
        };
        Change { charge, rated }
    }
}
