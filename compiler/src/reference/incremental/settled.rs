//! Charges that grants cover, settled as the records come: all that is kept of an account stands as of its last event, and
//! a record that comes late goes back to before its time and on again. What it changes on lines is written once.

use super::Newest;
use super::kept::KnownLine;
use super::lines::{change, is_change};
use super::state::{Touched, Tracked};
use crate::bill::{Line, Rated};
use crate::exact::Rational;
use crate::ir::{Charge, Program};
use crate::model::{Interval, Symbol, Value};
use crate::reference::evaluation::Evaluation;
use crate::reference::groups::{Added, Entry, Usage};
use crate::reference::lines::KeyLines;
use crate::reference::period_of;
use crate::reference::rate::Change;
use crate::reference::scope::{Context, Group};
use crate::reference::settle::{self, Bought, Event, Lost, Now, PoolKey, Running};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The settlement of an account.
#[derive(Debug)]
pub(in crate::reference) struct Settling {
    /// Whose records make a difference to grants.
    streams: Vec<bool>,
    /// Of those, whose records make a difference to covered charges.
    covered: Vec<bool>,
    /// All records as of the last event.
    usage: Usage,
    events: BTreeMap<EventKey, Vec<Entry>>,
    pub(super) running: Running,
    /// The start of the first period when the first event was settled.
    opened: Option<Timestamp>,
    /// What was drawn for each line that has a price: by the charge, its keys and window.
    drawn: BTreeMap<(usize, Vec<Value>, Interval), BTreeMap<PoolKey, Rational>>,
    /// By the start of the period.
    balances: BTreeMap<Timestamp, BTreeMap<PoolKey, BalanceLines>>,
    /// The balances whose lines change with the record at hand.
    stale: BTreeSet<(Interval, PoolKey)>,
}

/// When an event happened, whether it makes a difference to covered charges, and its id: what is only given at an instant
/// is there before it is used.
type EventKey = (Timestamp, bool, Symbol);

/// What a balance comes to on a bill.
#[derive(Debug, Default)]
struct BalanceLines {
    drawn: Rational,
    packs: Rational,
    /// What the packs cost, and the grant itself.
    cost: Rational,
    lines: Vec<KnownLine>,
}

impl Settling {
    pub(super) fn new(program: &Program) -> Settling {
        let all = settle::covered_charges(program);
        let charges: Vec<bool> = (0..program.charges.len()).map(|at| all.contains(&at)).collect();
        Settling {
            streams: settle::streams_of_grants(program),
            covered: settle::streams_of(program, &charges),
            usage: Usage::default(),
            events: BTreeMap::new(),
            running: Running::new(program),
            opened: None,
            drawn: BTreeMap::new(),
            balances: BTreeMap::new(),
            stale: BTreeSet::new(),
        }
    }

    fn takes(flags: &[bool], entry: &Entry) -> bool {
        flags.get(entry.stream) == Some(&true)
    }

    /// Where an event stands among the others.
    fn key(&self, entries: &[Entry]) -> Result<EventKey, Lost> {
        let first = entries.first().ok_or(Lost)?;
        let is_used = entries.iter().any(|entry| Settling::takes(&self.covered, entry));
        let key = (first.member.time, is_used, Symbol::from(first.member.id()));
        let at_once = || self.events.range((key.0, false, Symbol::from(""))..).take_while(|(one, _)| one.0 == key.0);
        // What shares its time and id with another one is one event with it; and what is used as it is given comes
        // after what is used before, by its id, and before it, for what it gives.
        let is_both = |entries: &[Entry]| entries.iter().any(|entry| !Settling::takes(&self.covered, entry));
        let is_lost = |(one, others): (&EventKey, &Vec<Entry>)| {
            one.2 == key.2 || (is_used && is_both(entries)) || (one.1 && is_both(others))
        };
        if at_once().any(is_lost) { Err(Lost) } else { Ok(key) }
    }

    /// Takes note of what was drawn for a line.
    pub(super) fn count(
        &mut self,
        (at, charge): (usize, &Charge),
        (period, keys, interval): (Interval, &[Value], Interval),
        found: Option<&KeyLines>,
    ) {
        let key = (at, keys.to_vec(), interval);
        let mut now: BTreeMap<PoolKey, Rational> = BTreeMap::new();
        if let Some(found) = found.filter(|found| found.lines.is_ok()) {
            let settlement = &self.running.settlement;
            for (pool, drawn) in settle::drawn_of_line(settlement, (at, charge), (&found.group, &found.combinations)) {
                let sum = now.entry(pool.clone()).or_insert_with(Rational::zero);
                *sum = &*sum + drawn;
            }
        }
        let before = self.drawn.remove(&key).unwrap_or_default();
        let balances = self.balances.entry(period.start).or_default();
        let mut change = |pool: &PoolKey, by: &Rational, with: fn(&Rational, &Rational) -> Rational| {
            let known = balances.entry(pool.clone()).or_default();
            known.drawn = with(&known.drawn, by);
            self.stale.insert((period, pool.clone()));
        };
        before.iter().for_each(|(pool, drawn)| change(pool, drawn, |sum, by| sum - by));
        now.iter().for_each(|(pool, drawn)| change(pool, drawn, |sum, by| sum + by));
        if !now.is_empty() {
            self.drawn.insert(key, now);
        }
    }

    /// Packs are bought, or are no more.
    fn buy(&mut self, context: &Context<'_>, all: Vec<Bought>, with: fn(&Rational, &Rational) -> Rational) {
        for one in all {
            let Some(period) = period_of(context, one.time, &None).map(|period| period.interval) else { continue };
            let known = self.balances.entry(period.start).or_default().entry(one.pool.clone()).or_default();
            known.packs = with(&known.packs, &one.packs);
            known.cost = with(&known.cost, &one.price);
            self.stale.insert((period, one.pool));
        }
    }

    /// The lines of the balances that have changed: by grant, in each period, before and after.
    fn rewrite(&mut self, context: &Context<'_>) -> Vec<Rewritten> {
        let mut found = Vec::new();
        for (period, pool) in std::mem::take(&mut self.stale) {
            let Some(grant) = context.program.grants.get(pool.0) else { continue };
            let Some(known) = self.balances.get_mut(&period.start).and_then(|all| all.get_mut(&pool)) else { continue };
            let evaluation = Evaluation::new(context, &self.usage, &[], period);
            let cost = (known.cost.clone(), known.packs.clone());
            let after = settle::balance_lines(&evaluation, grant, &pool.1, cost, &known.drawn);
            let lines = after.iter().map(KnownLine::of).collect();
            let before = std::mem::replace(&mut known.lines, lines);
            found.push(Rewritten { grant: pool.0, period, before, after });
        }
        found
    }

    /// The lines of grants as they were written last, by the grant, the keys of the balance and the period's start.
    pub(in crate::reference) fn written(&self) -> impl Iterator<Item = (Timestamp, &PoolKey, &[KnownLine])> {
        let of = |(start, all): (&Timestamp, _)| (*start, all);
        let periods = self.balances.iter().map(of);
        periods.flat_map(|(start, all): (Timestamp, &BTreeMap<PoolKey, BalanceLines>)| {
            all.iter().map(move |(pool, known)| (start, pool, known.lines.as_slice()))
        })
    }
}

/// The lines of a balance on a bill, before and after.
struct Rewritten {
    grant: usize,
    period: Interval,
    before: Vec<KnownLine>,
    after: Vec<Line>,
}

impl Tracked<'_> {
    /// What lines change by what a record adds to streams.
    pub(in crate::reference) fn take_settled(
        &mut self,
        context: &Context<'_>,
        entries: Vec<Entry>,
        newest: Newest<'_>,
    ) -> Result<Vec<Change>, Lost> {
        let Some(mut settling) = self.settling.take() else { return Err(Lost) };
        let mut touched = Touched::new(context.program);
        let gone = self.go_through(context, &mut settling, entries, &mut touched);
        let usage = std::mem::take(&mut settling.usage);
        // What was written stays known, whether it is lost how it came about or not.
        self.settling = Some(settling);
        gone?;
        touched.is_newest = true;
        let mut changes = Vec::new();
        for at in context.program.order.iter().copied().filter(|at| self.incremental.needs(*at)) {
            self.rate_lines(context, &usage, at, &mut touched, (newest, &mut changes));
        }
        let settling = self.settling.as_mut().ok_or(Lost)?;
        settling.usage = usage;
        let count = context.program.charges.len();
        for one in settling.rewrite(context) {
            let Rewritten { grant, period, before, after } = one;
            for line in &after {
                let line = KnownLine::of(line);
                let more = change(before.iter().find(|known| known.id == line.id), Some(&line));
                if is_change(&more) {
                    changes.push(newest.change(Some(count + grant), period, &line, more));
                }
            }
        }
        Ok(changes)
    }

    /// Goes back to before a record, takes it, and goes on with all events after it.
    fn go_through(
        &mut self,
        context: &Context<'_>,
        settling: &mut Settling,
        entries: Vec<Entry>,
        touched: &mut Touched,
    ) -> Result<(), Lost> {
        let (program, folding) = (context.program, &self.incremental.folding);
        let (ours, others): (Vec<Entry>, Vec<Entry>) =
            entries.into_iter().partition(|entry| Settling::takes(&settling.streams, entry));
        others.iter().for_each(|entry| settling.usage.fold(program, folding, entry));
        touched.is_newest = true;
        self.follow(context, &mut settling.usage, touched);
        if ours.is_empty() {
            return Ok(());
        }
        let key = settling.key(&ours)?;
        let later: Vec<EventKey> = settling.events.range(key.clone()..).map(|(key, _)| key.clone()).collect();
        for one in later.iter().rev() {
            let undone = settling.running.undo()?;
            settling.buy(context, undone, |sum, by| sum - by);
            let entries = settling.events.get(one).into_iter().flatten();
            entries.for_each(|entry| settling.usage.unfold(program, folding, entry));
        }
        if !later.is_empty() {
            touched.is_newest = false;
            self.follow(context, &mut settling.usage, touched);
        }
        // What a plan gives from its first period on depends on which one that is.
        let opened = self.periods.keys().next().copied();
        if later.len() == settling.events.len() {
            settling.opened = opened;
        } else if settling.opened != opened && program.grants.iter().any(|grant| grant.in_plan.is_some()) {
            return Err(Lost);
        }
        settling.events.insert(key.clone(), ours);
        for one in std::iter::once(&key).chain(&later) {
            let Some(entries) = settling.events.get(one) else { continue };
            entries.iter().for_each(|entry| settling.usage.fold(program, folding, entry));
            touched.is_newest = *one == key;
            self.follow(context, &mut settling.usage, touched);
            let bought = self.settle(context, settling, one, touched)?;
            settling.buy(context, bought, |sum, by| sum + by);
        }
        Ok(())
    }

    /// Settles an event.
    fn settle(
        &mut self,
        context: &Context<'_>,
        settling: &mut Settling,
        key: &EventKey,
        touched: &mut Touched,
    ) -> Result<Vec<Bought>, Lost> {
        let program = context.program;
        let covered = settle::covered_charges(program);
        let reached = std::mem::take(&mut touched.reached).into_iter().filter(|(charge, _)| covered.contains(charge));
        let reached = reached.map(|(charge, (interval, keys))| (charge, Group::new(keys, interval))).collect();
        let entries = settling.events.get(key).map_or(&[][..], Vec::as_slice);
        let mut added: Vec<Added<'_>> = entries.iter().filter_map(Entry::added).collect();
        added.sort_by_key(|one| (one.stream, one.member.item));
        let combinations =
            |charge: usize, line: &Group| self.line_groups(context, charge, &(line.keys.clone(), line.interval));
        let event = Event { added: &added, reached: &reached, combinations: &combinations };
        let opened = self.periods.keys().next().copied().unwrap_or(key.0);
        let now = Now { context, usage: &settling.usage, kept: &self.kept, time: key.0, opened };
        settling.running.take(&now, &event)
    }

    /// What grants cost in a period that begins, by the line's id.
    pub(super) fn open_grants(&mut self, context: &Context<'_>, period: Interval) -> Result<Vec<Rated>, Lost> {
        let Some(settling) = self.settling.as_mut() else { return Ok(Vec::new()) };
        for (at, grant) in context.program.grants.iter().enumerate().filter(|(_, grant)| grant.keys.is_empty()) {
            let evaluation = Evaluation::new(context, &settling.usage, &[], period);
            let cost = settle::fixed_cost(&evaluation, grant).map_err(|_| Lost)?;
            let pool = (at, Vec::new());
            let known = settling.balances.entry(period.start).or_default().entry(pool.clone()).or_default();
            known.cost = &known.cost + &cost;
            settling.stale.insert((period, pool));
        }
        let lines = settling.rewrite(context).into_iter().flat_map(|one| one.after).collect::<Vec<Line>>();
        let Some(period) = self.periods.get(&period.start) else { return Err(Lost) };
        Ok(crate::reference::rate::due(&context.account, period, lines.iter()))
    }

    /// Whether what was settled is all that a grant needs to be told of a covered charge's line.
    pub(super) fn count_line(
        &mut self,
        context: &Context<'_>,
        (at, charge): (usize, &Charge),
        (period, group): (Interval, &(Vec<Value>, Interval)),
        found: Option<&KeyLines>,
    ) {
        let is_covered = context.program.is_covered(at);
        let settling = self.settling.as_mut().filter(|_| is_covered);
        settling.into_iter().for_each(|one| one.count((at, charge), (period, &group.0, group.1), found));
    }

    /// The settlement as of the last event.
    pub(super) fn settlement(&self) -> Option<Arc<settle::Settlement>> {
        self.settling.as_ref().map(|settling| Arc::clone(&settling.running.settlement))
    }
}
