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
use crate::reference::lines::{KeyLines, charge_lines, key_lines, starts, withheld_whole};
use crate::reference::rate::Change;
use crate::reference::scope::{Context, Group};
use crate::reference::settle::{Lost, Settlement};
use crate::reference::{last_instant, period_of};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Tracked<'_> {
    /// Begins a period: what is due in it without any usage, by the line's id.
    pub(in crate::reference) fn open(
        &mut self,
        context: &Context<'_>,
        usage: &Usage,
        period: &Period,
    ) -> Result<Vec<Rated>, Lost> {
        let start = period.interval.start;
        if self.periods.contains_key(&start) {
            return Ok(Vec::new());
        }
        self.periods.insert(start, period.clone());
        let program = context.program;
        let mut due = Vec::new();
        for at in program.order.iter().copied().filter(|at| self.incremental.needs(*at)) {
            let Some(charge) = program.charges.get(at) else { continue };
            for found in self.without_usage(context, usage, (at, charge), period.interval) {
                let group = (found.group.keys.clone(), found.group.interval);
                self.count_line(context, (at, charge), (period.interval, &group), Some(&found));
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
        }
        due.extend(self.open_grants(context, period.interval)?);
        due.sort_by(|a, b| a.line.cmp(&b.line));
        Ok(due)
    }

    /// The lines of a charge that are there whatever is used: fees, the line without keys, and that a plan is not known.
    fn without_usage(
        &self,
        context: &Context<'_>,
        usage: &Usage,
        (at, charge): (usize, &Charge),
        period: Interval,
    ) -> Vec<KeyLines> {
        let evaluation = self.evaluation(context, usage, period);
        if charge.fee.is_some() {
            return charge_lines(&evaluation, at, charge);
        }
        if let Err(missing) = starts(&evaluation, charge) {
            return vec![withheld_whole(&evaluation, charge, missing)];
        }
        let always = charge.keys.is_empty() && charge.per_period;
        let line = || self.evaluate(context, usage, (at, charge), &(Vec::new(), period), period);
        always.then(line).flatten().into_iter().collect()
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
        let found = is_there.then(|| self.evaluate(context, usage, (at, charge), &group, period)).flatten();
        self.count_line(context, (at, charge), (period, &group), found.as_ref());
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
        let after: Vec<KnownLine> = after.iter().map(KnownLine::of).collect();
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

    /// The combinations that a line adds up.
    pub(super) fn line_groups(&self, context: &Context<'_>, at: usize, group: &(Vec<Value>, Interval)) -> Vec<Group> {
        let mut combinations = self.line_combinations(context, at, group);
        let is_single = context.program.charges.get(at).is_some_and(|charge| charge.for_each.is_empty());
        if combinations.is_empty() && is_single {
            combinations.push(group.0.clone());
        }
        combinations.into_iter().map(|keys| Group::new(keys, group.1)).collect()
    }

    /// The lines of one combination of keys and window; none where the charge does not hold then.
    fn evaluate(
        &self,
        context: &Context<'_>,
        usage: &Usage,
        (at, charge): (usize, &Charge),
        group: &(Vec<Value>, Interval),
        period: Interval,
    ) -> Option<KeyLines> {
        let evaluation = self.evaluation(context, usage, period);
        let as_of = match starts(&evaluation, charge) {
            Ok(begins) => begins.in_window(group.1)?,
            Err(missing) => return Some(withheld_whole(&evaluation, charge, missing)),
        };
        let combinations = self.line_groups(context, at, group).into_iter().map(|one| one.as_of(as_of)).collect();
        let line = Group::new(group.0.clone(), group.1).as_of(as_of);
        Some(key_lines(&evaluation, (at, charge), (line, combinations)))
    }

    fn evaluation<'e>(&'e self, context: &'e Context<'e>, usage: &'e Usage, period: Interval) -> Evaluation<'e> {
        // Where no grant covers these charges, limits come in another order all the same in a book that has some.
        let none = || (!context.program.grants.is_empty()).then(|| Arc::new(Settlement::default()));
        let settlement = self.settlement().or_else(none);
        Evaluation::new(context, usage, &[], period).settled(settlement.as_ref()).keeping(&self.kept)
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
pub(super) type More = (Option<Rational>, Rational);

pub(super) fn change(before: Option<&KnownLine>, after: Option<&KnownLine>) -> More {
    let zero = Rational::zero();
    let amount = |line: Option<&KnownLine>| line.map_or(zero.clone(), |line| line.exact.clone());
    let quantity = |line: Option<&KnownLine>| line.and_then(|line| line.quantity.clone());
    let counted = quantity(after).or_else(|| quantity(before)).is_some();
    let difference = &quantity(after).unwrap_or(zero.clone()) - &quantity(before).unwrap_or(zero.clone());
    (counted.then_some(difference), &amount(after) - &amount(before))
}

pub(super) fn is_change((quantity, amount): &More) -> bool {
    !amount.is_zero() || quantity.as_ref().is_some_and(|quantity| !quantity.is_zero())
}

impl Newest<'_> {
    pub(super) fn change(
        self,
        charge: Option<usize>,
        period: Interval,
        line: &KnownLine,
        (quantity, amount): More,
    ) -> Change {
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
