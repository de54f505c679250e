//! Values of groups: meters, their rows, aggregates over both, and totals of charges.

use super::combine::combine_with_zeros;
use super::contracts::overlap;
use super::eval::eval;
use super::groups::{self, Usage};
use super::incremental::Kept;
use super::instants::When;
use super::lines::{ChargeLines, Place, join};
use super::longer;
use super::pooled::Pool;
use super::scope::{Context, Group, Missing, Outcome, Scope, internal};
use super::settle::{Covering, Settlement, settle};
use crate::exact::Rational;
use crate::ir::{Aggregate, Charge, Expr, History, Instants, Key, Layer, Meter, Op, Over, Rows};
use crate::model::{Currency, InPlan, Interval, Record, Step, Value, Window};
use jiff::Timestamp;
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// The key that says whose usage it is.
pub(super) const ACCOUNT: &str = "account";

/// The windows and keys at which a meter has a value, in their order.
pub(super) type RowSet = BTreeSet<(Interval, Vec<Value>)>;

/// The rows of meters, of the windows that start in a stretch.
type KnownRows = BTreeMap<(usize, Interval), Outcome<Rc<RowSet>>>;

/// The lines that share their tiers, by the body and what they have in common.
type Pools = BTreeMap<(usize, Group), Outcome<Rc<Pool>>>;

/// One evaluation over an account's usage, for one bill.
///
/// What it has computed it keeps, so that no book makes it compute the same thing over and over.
#[derive(Debug)]
pub(super) struct Evaluation<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) usage: &'a Usage,
    /// All records, to be named in explanations.
    pub(super) records: &'a [Record],
    pub(super) period: Interval,
    meters: RefCell<BTreeMap<(usize, Group), Outcome<Value>>>,
    rows: RefCell<KnownRows>,
    pub(super) charges: RefCell<BTreeMap<usize, Rc<ChargeLines>>>,
    /// What of this period's bill stands on invoices already.
    invoiced: Rational,
    /// Until when it is looked at in mid-period; none where all of the bill counts.
    due_by: Option<Timestamp>,
    /// The plan whose currency the bill is in.
    billed_plan: OnceCell<Option<usize>>,
    /// What grants take off the quantities.
    covering: Covering<'a>,
    settled: OnceCell<Arc<Settlement>>,
    /// The lines that charges have on this bill, before they are priced.
    places: RefCell<BTreeMap<usize, Rc<Outcome<Vec<Place>>>>>,
    /// What the lines of longer windows come to.
    pub(super) totals: RefCell<longer::Totals>,
    /// The lines that share their tiers, by the body and the keys and window that they have in common.
    pub(super) pools: RefCell<Pools>,
    /// What need not be computed anew.
    pub(super) kept: Option<&'a Kept>,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(
        context: &'a Context<'a>,
        usage: &'a Usage,
        records: &'a [Record],
        period: Interval,
    ) -> Evaluation<'a> {
        let covering = if context.program.grants.is_empty() { Covering::Nothing } else { Covering::Whole };
        let (meters, rows, charges, settled, billed_plan) = Default::default();
        let (invoiced, places, totals) = (Rational::zero(), Default::default(), Default::default());
        Evaluation {
            context,
            usage,
            records,
            period,
            meters,
            rows,
            charges,
            invoiced,
            due_by: None,
            billed_plan,
            covering,
            settled,
            places,
            totals,
            pools: RefCell::default(),
            kept: None,
        }
    }

    /// The lines that a charge has on this bill.
    pub(super) fn places(&self, at: usize, charge: &Charge) -> Rc<Outcome<Vec<Place>>> {
        if let Some(known) = self.places.borrow().get(&at) {
            return known.clone();
        }
        let places = Rc::new(super::lines::places(self, charge));
        self.places.borrow_mut().insert(at, places.clone());
        places
    }

    /// The same usage for an earlier bill.
    pub(super) fn earlier(&self, period: Interval) -> Evaluation<'a> {
        let (covering, due_by) = (self.covering, self.due_by);
        Evaluation { covering, due_by, ..Evaluation::new(self.context, self.usage, &[], period) }
    }

    /// The same in mid-period, at this time, with so much of the bill on invoices already.
    pub(super) fn in_mid_period(self, time: Timestamp, invoiced: Rational) -> Evaluation<'a> {
        Evaluation { invoiced, due_by: Some(time), ..self }
    }

    /// Whether what is due when a window ends, such as a floor or a fee in arrears, is due yet.
    pub(super) fn is_due(&self, window: Interval) -> bool {
        self.due_by.is_none_or(|time| window.end <= time)
    }

    /// What is on the bill and on no invoice yet; lines without a price are not on it.
    pub(super) fn unbilled(&self) -> Rational {
        let add = |due: Rational, lines: &[super::lines::KeyLines]| {
            lines.iter().flat_map(|one| one.lines.iter().flatten()).fold(due, |due, line| &due + &line.amount)
        };
        let charges = (0..self.context.program.charges.len()).map(|at| self.charge(at));
        let due = charges.fold(Rational::zero(), |due, charge| add(due, &charge.lines));
        let grants = (0..self.context.program.grants.len()).map(|at| super::settle::grant_lines(self, at));
        let due = grants.fold(due, |due, lines| add(due, &lines));
        &due - &self.invoiced
    }

    /// The currency of the bill: that of the plan that the account is on, the first one in the period.
    pub(super) fn currency(&self) -> &'a Currency {
        let program = self.context.program;
        let plan = self.billed_plan.get_or_init(|| {
            let start = |at: usize| {
                let stretches = self.context.on_plan(InPlan { plan: at, phase: None }).ok()?;
                stretches.into_iter().find_map(|one| overlap(one, self.period)).map(|one| one.start)
            };
            let has_currency = |at: &usize| program.plans.get(*at).is_some_and(|plan| plan.currency.is_some());
            let plans = (0..program.plans.len()).filter(has_currency);
            plans.filter_map(|at| Some((start(at)?, at))).min().map(|(_, at)| at)
        });
        let plan = plan.and_then(|at| program.plans.get(at));
        plan.and_then(|plan| plan.currency.as_ref()).unwrap_or(&program.header.currency)
    }

    /// Over some of the usage, where it is known what grants cover of it.
    pub(super) fn part(&self, usage: &'a Usage, covering: Covering<'a>) -> Evaluation<'a> {
        let whole = Evaluation::new(self.context, usage, &[], self.period);
        Evaluation { covering, due_by: self.due_by, ..whole }
    }

    /// Where it is known what grants cover.
    pub(super) fn covering(self, covering: Covering<'a>) -> Evaluation<'a> {
        Evaluation { covering, ..self }
    }

    /// With what is kept of the rows and lines of the account.
    pub(super) fn keeping(self, kept: &'a Kept) -> Evaluation<'a> {
        Evaluation { kept: Some(kept), ..self }
    }

    /// With a settlement that holds for this bill too.
    pub(super) fn settled(self, settlement: Option<&Arc<Settlement>>) -> Evaluation<'a> {
        settlement.into_iter().for_each(|one| drop(self.settled.set(Arc::clone(one))));
        self
    }

    /// What grants give, cover and have left; none in a book without grants, and while that is being found.
    pub(super) fn settlement(&self) -> Option<Arc<Settlement>> {
        match self.covering {
            Covering::Whole => Some(self.settled.get_or_init(|| Arc::new(settle(self))).clone()),
            Covering::Nothing | Covering::UpTo(..) => None,
        }
    }

    /// How much of the quantity of a body grants take off before the price.
    pub(super) fn covered(&self, body: &crate::ir::Body, group: &Group) -> Rational {
        match (self.covering, self.settlement()) {
            (Covering::UpTo(units, ordinal), _) => units.of(body.number, group, ordinal),
            (_, Some(settlement)) => settlement.units.of(body.number, group, usize::MAX),
            _ => Rational::zero(),
        }
    }

    /// The value of a meter at these keys, in its window that holds the start of another group's.
    pub(super) fn meter_in(&self, at: usize, keys: Vec<Value>, outer: &Group) -> Outcome<Value> {
        let group = self.meter_group(at, keys, outer)?;
        if let Some(known) = self.meters.borrow().get(&(at, group.clone())) {
            return known.clone();
        }
        let meter = self.meter(at)?;
        let mut value = eval(&Scope::group(self, &group), &meter.value);
        if group.moment.is_some() {
            value = value.and_then(|value| self.with_opening(meter, &group, value));
        }
        self.meters.borrow_mut().insert((at, group), value.clone());
        value
    }

    /// The group of a meter as seen from another one.
    pub(super) fn meter_group(&self, at: usize, keys: Vec<Value>, outer: &Group) -> Outcome<Group> {
        let window = &self.meter(at)?.window;
        let interval = match window.from_first_use {
            true => outer.interval,
            false if window.step == Step::Instant => outer.interval,
            false => self.holding(window, outer.interval)?,
        };
        Ok(outer.other(keys, interval))
    }

    /// From when on windows count: from the account's start, else its first record. Of the account that is billed, if no
    /// other is named.
    pub(super) fn beginning(&self, account: Option<&Value>) -> Outcome<Option<jiff::Timestamp>> {
        match account {
            Some(Value::Text(account)) => Ok(self.context.start_of(account)?.or_else(|| self.usage.first_of(account))),
            _ => Ok(self.context.start()?.or(self.usage.first())),
        }
    }

    pub(super) fn meter(&self, at: usize) -> Outcome<&'a Meter> {
        self.context.program.meters.get(at).ok_or_else(|| internal("no such meter"))
    }

    pub(super) fn node(&self, at: usize) -> Outcome<&'a Aggregate> {
        self.context.program.aggregates.get(at).ok_or_else(|| internal("no such aggregate"))
    }

    /// The stretch of a window that holds the start of an interval.
    fn holding(&self, window: &Window, interval: Interval) -> Outcome<Interval> {
        let held = self.context.holding(window, interval.start)?;
        held.ok_or_else(|| Missing(format!("no {} is asked for at {}", window.name, interval.start)))
    }

    /// The value of an aggregate in a group.
    pub(super) fn aggregate(&self, at: usize, group: &Group) -> Outcome<Value> {
        let node = self.node(at)?;
        match &node.over {
            Over::Stream(_) => {
                let (stream, column) =
                    groups::column(self.context.program, at).ok_or_else(|| internal("no such stream"))?;
                if let Some(moment) = &group.moment {
                    let found = self.in_force(stream, &group.keys, moment);
                    return groups::of_members(&node.function, column, found);
                }
                let found = self.usage.members(stream, &group.keys, group.interval);
                groups::aggregate(&node.function, column, &found, group.stretch)
            }
            Over::Rows(rows) => {
                if let (Some(kept), None) = (self.kept, group.stretch) {
                    return kept.aggregate(self, (at, node, rows), group);
                }
                let (values, zeros) = self.row_values(at, node, rows, group)?;
                combine_with_zeros(&node.function, values, zeros)
            }
            Over::Instants(instants) => self.instants(node, instants, group),
        }
    }

    /// The values of the rows, and how many windows without a row count as zero.
    fn row_values(&self, at: usize, node: &Aggregate, rows: &Rows, group: &Group) -> Outcome<(Vec<Value>, usize)> {
        let found = self.rows_of(at, rows, group)?;
        let mut values = Vec::new();
        for row in &found {
            values.push(self.row_value(node, row, group)?);
        }
        let zeros = if rows.every_window { self.empty_windows(rows, group, &found)? } else { 0 };
        Ok((values, zeros))
    }

    /// The value of an aggregate's argument in a row.
    pub(super) fn row_value(
        &self,
        node: &Aggregate,
        (interval, keys): &(Interval, Vec<Value>),
        group: &Group,
    ) -> Outcome<Value> {
        let row = group.other(keys.clone(), *interval);
        node.argument.as_ref().map_or(Ok(Value::Absent), |argument| eval(&Scope::group(self, &row), argument))
    }

    /// The rows of an aggregate in a group.
    pub(super) fn rows_of(&self, at: usize, rows: &Rows, group: &Group) -> Outcome<RowSet> {
        match self.kept {
            Some(kept) => Ok(kept.rows(at, rows, group)),
            None => self.rows_in(rows, group),
        }
    }

    /// The rows that start in a group's window, or are in force at its moment, and have its keys.
    pub(super) fn rows_in(&self, rows: &Rows, group: &Group) -> Outcome<RowSet> {
        let mut found = RowSet::new();
        for meter in &rows.meters {
            let some = match &group.moment {
                None => self.rows(*meter, group.interval)?,
                Some(moment) => {
                    let keys = self.keys_in_force(*meter, When::At(moment))?;
                    Rc::new(keys.into_iter().map(|keys| (group.interval, keys)).collect())
                }
            };
            for (interval, keys) in some.iter().filter(|row| !rows.own || self.has_part(*meter, row)) {
                found.extend(self.in_order(rows, *meter, keys).map(|keys| (*interval, keys)));
            }
        }
        found.retain(|(_, keys)| rows.matches.iter().all(|(row, outer)| keys.get(*row) == group.keys.get(*outer)));
        Ok(found)
    }

    /// The keys of a meter in the order in which the rows name them.
    fn in_order(&self, rows: &Rows, meter: usize, keys: &[Value]) -> Option<Vec<Value>> {
        let names = &self.context.program.meters.get(meter)?.keys;
        let place = |name: &crate::model::Symbol| names.iter().position(|key| key.name == *name);
        rows.keys.iter().map(|name| keys.get(place(name)?).cloned()).collect()
    }

    /// How many windows without a row count as zero: those from the account's start, or its first record, to the end
    /// of the group's window, once for each combination of keys that has a row.
    pub(super) fn empty_windows(&self, rows: &Rows, group: &Group, found: &RowSet) -> Outcome<usize> {
        let combinations: BTreeSet<&Vec<Value>> = found.iter().map(|(_, keys)| keys).collect();
        self.windows_without_rows(rows, group, combinations.len(), found.len())
    }

    /// The same where so many rows are found, of so many combinations of keys.
    pub(super) fn windows_without_rows(
        &self,
        rows: &Rows,
        group: &Group,
        combinations: usize,
        found: usize,
    ) -> Outcome<usize> {
        let rule = self.context.rule(&rows.window)?;
        let first = self.beginning(account_of_rows(rows, group))?.and_then(|first| rule.holding(first));
        let Interval { start, end } = group.interval;
        let late = first.map_or(start, |first| first.start.clamp(start, end));
        let windows = match rule.count_starting_in(Interval { start: late, end }) {
            // An account that begins only after this window has nothing in it: the mean of nothing, zero, is due.
            0 => rule.count_starting_in(group.interval),
            windows => windows,
        };
        Ok((windows * combinations.max(1)).saturating_sub(found))
    }

    /// The windows and keys at which a meter has a value, of the windows that start in a stretch. Per instant: the
    /// keys at which something is in force in it.
    pub(super) fn rows(&self, at: usize, within: Interval) -> Outcome<Rc<RowSet>> {
        if let Some(known) = self.rows.borrow().get(&(at, within)) {
            return known.clone();
        }
        let meter = self.meter(at)?;
        let rows = match meter.stream {
            _ if self.is_level(at) => {
                let keys = self.keys_in_force(at, When::During(self.so_far(within)));
                keys.map(|keys| keys.into_iter().map(|keys| (within, keys)).collect())
            }
            Some(stream) => Ok(self.stream_rows(stream, within)),
            None => {
                let seen = if meter.shared { Seen::Whole } else { Seen::Own };
                self.combinations_of(&[&meter.value], &meter.keys, (&meter.window, within), seen)
            }
        };
        let rows = rows.map(Rc::new);
        self.rows.borrow_mut().insert((at, within), rows.clone());
        rows
    }

    /// The windows and keys of a stream's groups, of the windows that start in a stretch.
    pub(super) fn stream_rows(&self, stream: usize, within: Interval) -> RowSet {
        let groups = self.usage.groups(stream).into_iter().flatten();
        let first = Interval { start: within.start, end: jiff::Timestamp::MIN };
        let inside = |(keys, windows): (&Vec<Value>, &BTreeMap<Interval, groups::Members>)| {
            let windows = windows.range(first..).map(|(interval, _)| *interval);
            let windows = windows.take_while(|interval| interval.start < within.end);
            windows.map(|interval| (interval, keys.clone())).collect::<Vec<_>>()
        };
        groups.flat_map(inside).collect()
    }

    /// The windows and keys at which one of the meters that the expressions are made of has a record, of the windows
    /// that start in a stretch. Only a meter that names all keys says which combinations there are.
    pub(super) fn combinations(
        &self,
        exprs: &[&Expr],
        keys: &[Key],
        window: &Window,
        within: Interval,
    ) -> Outcome<RowSet> {
        self.combinations_of(exprs, keys, (window, within), Seen::Own)
    }

    fn combinations_of(
        &self,
        exprs: &[&Expr],
        keys: &[Key],
        (window, within): (&Window, Interval),
        seen: Seen,
    ) -> Outcome<RowSet> {
        let mut found = RowSet::new();
        for expr in exprs {
            for source in sources(expr, |at| self.node(at)) {
                for (interval, bound) in self.source_rows(&source, keys, (window, within), seen)? {
                    let inside = within.start <= interval.start && interval.start < within.end;
                    let bound = bound.into_iter().collect::<Option<Vec<Value>>>();
                    found.extend(bound.filter(|_| inside).map(|keys| (interval, keys)));
                }
            }
        }
        Ok(found)
    }

    /// The windows of a declaration at which one of its sources has a record, with the keys that the source names.
    fn source_rows(
        &self,
        source: &Source<'_>,
        keys: &[Key],
        (window, within): (&Window, Interval),
        seen: Seen,
    ) -> Outcome<Vec<(Interval, Vec<Option<Value>>)>> {
        let mut found = Vec::new();
        let meter = match source.of {
            Of::Meter(meter) => meter,
            Of::History(history) => {
                for outer in self.context.rule(window)?.starting_in(within) {
                    for before in self.windows_before(history, &Group::new(Vec::new(), outer))? {
                        let there = Interval { end: after(before.interval.start), ..before.interval };
                        let rows = self.combinations_of(&[&history.argument], keys, (&history.window, there), seen)?;
                        let facts = self.fact_keys(keys, outer)?;
                        let with_facts = |row: Vec<Value>| {
                            facts.iter().zip(row).map(|(fact, value)| Some(fact.clone().unwrap_or(value))).collect()
                        };
                        found.extend(rows.into_iter().map(|(_, row)| (outer, with_facts(row))));
                    }
                }
                return Ok(found);
            }
        };
        if self.is_level(meter) {
            for outer in self.context.rule(window)?.starting_in(within) {
                for row in self.keys_in_force(meter, When::During(self.so_far(outer)))? {
                    if seen == Seen::Own && !self.has_part(meter, &(outer, row.clone())) {
                        continue;
                    }
                    found.extend(self.layered(source, keys, &row, outer)?.into_iter().map(|bound| (outer, bound)));
                }
            }
            return Ok(found);
        }
        for known in self.rows(meter, self.whole_windows(window, within)?)?.iter() {
            let (interval, row) = known;
            if (seen == Seen::Own && !self.has_part(meter, known)) || !self.is_own(source, row) {
                continue;
            }
            let outer = match window.from_first_use {
                true => Some(*interval),
                // What lies in none of the periods that are asked for is on none of their lines.
                false => self.context.holding(window, interval.start)?,
            };
            if let Some(outer) = outer {
                found.push((outer, self.bound(source, keys, outer, row)?));
            }
        }
        Ok(found)
    }

    /// Whether the account that is billed has a part in a row of a meter: it shares, at some time of the window, the facts
    /// by which the meter pools accounts.
    fn has_part(&self, meter: usize, (interval, keys): &(Interval, Vec<Value>)) -> bool {
        let pools = self.meter(meter).map(|meter| meter.pools.as_slice()).unwrap_or_default();
        pools.iter().all(|(key, fact)| {
            let changes = self.context.fact_changes(*fact).filter(|at| interval.start < *at && *at < interval.end);
            let mut times = std::iter::once(interval.start).chain(changes);
            let value = keys.get(*key);
            times.any(|time| self.context.fact(*fact, time).ok().as_ref() == value)
        })
    }

    /// Whether a row is of the account that is billed, where the source asks for its part.
    fn is_own(&self, source: &Source<'_>, row: &[Value]) -> bool {
        source
            .own
            .is_none_or(|key| matches!(row.get(key), Some(Value::Text(account)) if *account == self.context.account))
    }

    /// A stretch, to the end of the last window that starts in it.
    fn whole_windows(&self, window: &Window, within: Interval) -> Outcome<Interval> {
        let last = super::last_instant(within).filter(|_| !window.from_first_use);
        let held = last.map(|last| self.context.holding(window, last)).transpose()?.flatten();
        Ok(Interval { end: held.map_or(within.end, |held| held.end.max(within.end)), ..within })
    }

    /// The keys of a declaration that a source's row names.
    fn bound(&self, source: &Source<'_>, keys: &[Key], window: Interval, row: &[Value]) -> Outcome<Vec<Option<Value>>> {
        let mut bound = self.fact_keys(keys, window)?;
        for (at, value) in source.keys.iter().zip(self.row_keys(source, row)) {
            at.and_then(|at| bound.get_mut(at)).into_iter().for_each(|place| *place = value.clone());
        }
        Ok(bound)
    }

    /// The same, once for each layer that is in use in a window where layers are a key.
    fn layered(
        &self,
        source: &Source<'_>,
        keys: &[Key],
        row: &[Value],
        window: Interval,
    ) -> Outcome<Vec<Vec<Option<Value>>>> {
        let bound = self.bound(source, keys, window, row)?;
        let Some((argument, layer)) = source.layer else { return Ok(vec![bound]) };
        let Some(keys) = self.row_keys(source, row).into_iter().collect() else { return Ok(Vec::new()) };
        let layers = self.layers_in(argument, layer, keys, window)?;
        let with = |k: Value| {
            let mut bound = bound.clone();
            bound.get_mut(layer.key).into_iter().for_each(|place| *place = Some(k.clone()));
            bound
        };
        Ok(layers.into_iter().map(with).collect())
    }

    /// The keys of a meter per instant that is made of others, at which one of them is in force.
    pub(super) fn keys_of_sources(&self, meter: &Meter, when: When<'_>) -> Outcome<BTreeSet<Vec<Value>>> {
        let mut found = BTreeSet::new();
        for source in sources(&meter.value, |at| self.node(at)) {
            let Of::Meter(inner) = source.of else { continue };
            for keys in self.keys_in_force(inner, when)? {
                let bound = self.bound(&source, &meter.keys, self.period, &keys)?;
                found.extend(bound.into_iter().collect::<Option<Vec<Value>>>());
            }
        }
        Ok(found)
    }

    fn row_keys(&self, source: &Source<'_>, keys: &[Value]) -> Vec<Option<Value>> {
        match (source.rows, &source.of) {
            (Some(rows), Of::Meter(meter)) => {
                self.in_order(rows, *meter, keys).unwrap_or_default().into_iter().map(Some).collect()
            }
            _ => keys.iter().cloned().map(Some).collect(),
        }
    }

    /// The keys that are account facts, as of the start of a window.
    pub(super) fn fact_keys(&self, keys: &[Key], window: Interval) -> Outcome<Vec<Option<Value>>> {
        let nowhere = Group::new(Vec::new(), window);
        let scope = Scope::group(self, &nowhere);
        keys.iter().map(|key| key.source.as_ref().map(|source| eval(&scope, source)).transpose()).collect()
    }

    /// The sum of the rounded lines of charges.
    pub(super) fn total(&self, charges: &[usize]) -> Outcome<Value> {
        if let Some(kept) = self.kept {
            return kept.total(charges, self.period.start);
        }
        let mut lines = Vec::new();
        for charge in charges {
            self.charge(*charge).priced()?.into_iter().for_each(|line| join(self, &mut lines, line));
        }
        let total = lines.iter().fold(Rational::zero(), |total, line| &total + &line.amount);
        Ok(Value::Number(total))
    }
}

/// The account that the rows of a group are of, where it is one of their keys.
fn account_of_rows<'g>(rows: &Rows, group: &'g Group) -> Option<&'g Value> {
    let row = rows.keys.iter().position(|key| **key == *ACCOUNT)?;
    let (_, outer) = rows.matches.iter().find(|(one, _)| *one == row)?;
    group.keys.get(*outer)
}

/// The instant after this one.
fn after(time: jiff::Timestamp) -> jiff::Timestamp {
    time.checked_add(jiff::SignedDuration::from_nanos(1)).unwrap_or(time)
}

/// What an expression is made of, and which of its keys are which in scope.
struct Source<'p> {
    of: Of<'p>,
    /// For each key of a row, the key in scope that it equals.
    keys: Vec<Option<usize>>,
    /// Where it stands under an aggregate.
    rows: Option<&'p Rows>,
    /// Where the layers of an expression per instant are a key.
    layer: Option<(&'p Expr, &'p Layer)>,
    /// Which of its keys must be the account that is billed.
    own: Option<usize>,
}

/// Which rows of pools count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// All: what is pooled is made of them.
    Whole,
    /// Those in which the account that is billed has a part.
    Own,
}

enum Of<'p> {
    Meter(usize),
    History(&'p History),
}

fn sources<'p>(expr: &'p Expr, node: impl Fn(usize) -> Outcome<&'p Aggregate>) -> Vec<Source<'p>> {
    let mut found = Vec::new();
    expr.walk(&mut |expr| match &expr.op {
        Op::Meter { meter, keys } => {
            let keys = keys.iter().copied().map(Some).collect();
            found.push(Source { of: Of::Meter(*meter), keys, rows: None, layer: None, own: None });
        }
        Op::History(history) => {
            found.push(Source { of: Of::History(history), keys: Vec::new(), rows: None, layer: None, own: None });
        }
        Op::Split(split) => {
            let rows = &split.rows;
            let outer = |row| rows.matches.iter().find(|(one, _)| *one == row).map(|(_, outer)| *outer);
            let key = |row| if row == split.key { split.of } else { outer(row) };
            let keys: Vec<Option<usize>> = (0..rows.keys.len()).map(key).collect();
            let own = split.of.is_none().then_some(split.key);
            let of = |meter: &usize| Source {
                of: Of::Meter(*meter),
                keys: keys.clone(),
                rows: Some(rows),
                layer: None,
                own,
            };
            found.extend(rows.meters.iter().map(of));
        }
        Op::Aggregate(at) => {
            let Ok(node) = node(*at) else { return };
            let (rows, layer) = match &node.over {
                Over::Rows(rows) => (rows, None),
                Over::Instants(Instants { rows, layer }) => (rows, node.argument.as_ref().zip(layer.as_ref())),
                Over::Stream(_) => return,
            };
            let outer = |row| rows.matches.iter().find(|(one, _)| *one == row).map(|(_, outer)| *outer);
            let keys: Vec<Option<usize>> = (0..rows.keys.len()).map(outer).collect();
            let of = |meter: &usize| Source {
                of: Of::Meter(*meter),
                keys: keys.clone(),
                rows: Some(rows),
                layer,
                own: None,
            };
            found.extend(rows.meters.iter().map(of));
        }
        _ => {}
    });
    found
}
