//! What is in force at each moment, and what leads from there to a window.
//!
//! A meter per instant changes only where a record begins or ends, where another row of a table holds, or where a
//! window begins that it asks for. Between two such moments it is computed once. Moments after the end of the period
//! that is billed do not count: what is still in force then has not been used yet.

use super::eval::{eval, number};
use super::evaluation::{ACCOUNT, Evaluation};
use super::groups::{Groups, Member};
use super::lasting::{instant, seconds};
use super::scope::{Group, Outcome, Scope, internal};
use crate::exact::{Rational, Rounding};
use crate::ir::{Aggregate, AggregateFunction, Expr, Instants, Layer, Making, Meter, Op, Over, Rows};
use crate::model::{Interval, Step, Value};
use std::collections::BTreeSet;

/// The most units that `layers` takes apart.
const MOST_LAYERS: i64 = 100_000;

/// When something is in force.
#[derive(Clone, Copy, Debug)]
pub(super) enum When<'w> {
    /// At some moment of a stretch.
    During(Interval),
    /// At a moment, in seconds from 1970.
    At(&'w Rational),
}

impl When<'_> {
    fn holds(self, member: &Member) -> bool {
        match self {
            When::During(stretch) => member.touches(stretch),
            When::At(moment) => member.lasts.as_ref().is_some_and(|lasts| lasts.holds(moment)),
        }
    }

    /// Whether it has begun by then.
    fn has_begun(self, member: &Member) -> bool {
        member.lasts.as_ref().is_some_and(|lasts| match self {
            When::During(stretch) => lasts.start < seconds(stretch.end),
            When::At(moment) => lasts.start <= *moment,
        })
    }
}

impl Evaluation<'_> {
    /// A stretch without what lies after the period.
    pub(super) fn so_far(&self, stretch: Interval) -> Interval {
        Interval { end: stretch.end.min(self.period.end).max(stretch.start), ..stretch }
    }

    /// Whether a meter says what is in force at a moment.
    pub(super) fn is_level(&self, meter: usize) -> bool {
        self.meter(meter).is_ok_and(|meter| meter.window.step == Step::Instant)
    }

    /// The records of a stream that are in force at a moment.
    pub(super) fn in_force(&self, stream: usize, keys: &[Value], moment: &Rational) -> Vec<&Member> {
        let all = self.usage.lasting(stream, keys);
        all.filter(|member| When::At(moment).holds(member)).collect()
    }

    /// The keys at which something of a meter per instant is in force.
    pub(super) fn keys_in_force(&self, at: usize, when: When<'_>) -> Outcome<BTreeSet<Vec<Value>>> {
        let meter = self.meter(at)?;
        match meter.stream {
            Some(stream) => Ok(self.stream_keys(meter, self.usage.groups(stream), when)),
            None => self.keys_of_sources(meter, when),
        }
    }

    fn stream_keys(&self, meter: &Meter, groups: Option<&Groups>, when: When<'_>) -> BTreeSet<Vec<Value>> {
        let is_there = |member: &Member| match &meter.opening {
            Some(_) => when.has_begun(member),
            None => when.holds(member),
        };
        let groups = groups.into_iter().flatten();
        let found = groups.filter(|(_, windows)| windows.values().any(|members| members.all().iter().any(is_there)));
        let found = found.map(|(keys, _)| keys.clone());
        match (&meter.opening, meter.keys.as_slice()) {
            (Some(_), []) => found.chain([Vec::new()]).collect(),
            // Each account that is paid for begins with its own.
            (Some(_), [key]) if *key.name == *ACCOUNT => {
                let accounts = self.context.paid_for().into_keys().map(|account| vec![Value::Text(account)]);
                found.chain(accounts).collect()
            }
            _ => found.collect(),
        }
    }

    /// The moments of a window made one value.
    pub(super) fn instants(&self, node: &Aggregate, instants: &Instants, group: &Group) -> Outcome<Value> {
        let argument = node.argument.as_ref().ok_or_else(|| internal("no argument"))?;
        let window = self.so_far(group.interval);
        let mut levels: Vec<(Rational, Rational)> = Vec::new();
        for keys in self.instant_keys(&instants.rows, group)? {
            let layer = instants.layer.as_ref().map(|layer| (layer, group.keys.get(layer.key)));
            for (length, level) in self.levels(argument, keys, window)? {
                levels.push((length, layer.map_or(Ok(level.clone()), |(layer, k)| in_layer(layer, k, &level))?));
            }
        }
        let integral = || levels.iter().fold(Rational::zero(), |sum, (length, level)| &sum + &(length * level));
        let found = match &node.function {
            AggregateFunction::Integral => Some(integral()),
            AggregateFunction::Average => {
                integral().checked_div(&(&seconds(group.interval.end) - &seconds(group.interval.start)))
            }
            AggregateFunction::Max => levels.iter().map(|(_, level)| level).max().cloned(),
            AggregateFunction::Min => levels.iter().map(|(_, level)| level).min().cloned(),
            AggregateFunction::First => levels.first().map(|(_, level)| level).cloned(),
            AggregateFunction::Last => levels.last().map(|(_, level)| level).cloned(),
            _ => return Err(internal("no aggregate of instants")),
        };
        // Where nothing is in force at all, the level is zero.
        Ok(Value::Number(found.unwrap_or_else(Rational::zero)))
    }

    /// The combinations of keys over which the moments of a group's window are taken. Where the group names them all,
    /// it is that one, whether anything is in force or not.
    pub(super) fn instant_keys(&self, rows: &Rows, group: &Group) -> Outcome<BTreeSet<Vec<Value>>> {
        let of_group = |row: usize| {
            let outer = rows.matches.iter().find(|(one, _)| *one == row).map(|(_, outer)| *outer);
            outer.and_then(|outer| group.keys.get(outer)).cloned()
        };
        if let Some(keys) = (0..rows.keys.len()).map(of_group).collect::<Option<Vec<Value>>>() {
            return Ok(BTreeSet::from([keys]));
        }
        let inside = Group { interval: self.so_far(group.interval), ..group.clone() };
        Ok(self.rows_in(rows, &inside)?.into_iter().map(|(_, keys)| keys).collect())
    }

    /// What an expression per instant is in a stretch: how long it has each value, one after the other.
    pub(super) fn levels(
        &self,
        argument: &Expr,
        keys: Vec<Value>,
        stretch: Interval,
    ) -> Outcome<Vec<(Rational, Rational)>> {
        let mut levels = Vec::new();
        let group = Group::new(keys, stretch);
        for (start, end) in self.constant_stretches(argument, &group)? {
            let value = self.level_at(argument, group.keys.clone(), &start)?;
            levels.push((&end - &start, value));
        }
        Ok(levels)
    }

    /// What an expression per instant is at a moment.
    pub(super) fn level_at(&self, argument: &Expr, keys: Vec<Value>, moment: &Rational) -> Outcome<Rational> {
        number(&Scope::group(self, &Group::at_moment(keys, moment)), argument)
    }

    /// A group's window, cut wherever an expression may change.
    fn constant_stretches(&self, argument: &Expr, group: &Group) -> Outcome<Vec<(Rational, Rational)>> {
        let mut changes = BTreeSet::new();
        self.changes(argument, group, &mut changes)?;
        let (start, end) = (seconds(group.interval.start), seconds(group.interval.end));
        if end <= start {
            return Ok(Vec::new());
        }
        let inside = changes.into_iter().filter(|change| start < *change && *change < end);
        let starts: Vec<Rational> = std::iter::once(start.clone()).chain(inside).collect();
        let ends = starts.iter().skip(1).cloned().chain([end.clone()]).collect::<Vec<_>>();
        Ok(starts.into_iter().zip(ends).collect())
    }

    /// The moments at which an expression may change within a group's window.
    fn changes(&self, expr: &Expr, group: &Group, found: &mut BTreeSet<Rational>) -> Outcome<()> {
        match &expr.op {
            Op::Meter { meter, keys } => {
                let keys: Option<Vec<Value>> = keys.iter().map(|key| group.keys.get(*key).cloned()).collect();
                let inner = group.other(keys.ok_or_else(|| internal("no such key"))?, group.interval);
                self.meter_changes(*meter, &inner, found)?;
            }
            Op::Aggregate(at) => self.aggregate_changes(*at, group, found)?,
            Op::Lookup { table, at: None, .. } => {
                let rows = self.context.program.tables.get(*table).into_iter().flat_map(|one| &one.table.rows);
                found.extend(rows.filter_map(|row| row.since).map(seconds));
            }
            Op::Fact { fact, whose } => {
                found.extend(self.context.changes_of(group, *fact, *whose).into_iter().map(seconds));
            }
            Op::WindowValue { window, .. } => {
                let rule = self.context.rule(window)?;
                found.extend(rule.starting_in(group.interval).map(|one| seconds(one.start)));
            }
            _ => {}
        }
        expr.children().into_iter().try_for_each(|child| self.changes(child, group, found))
    }

    fn meter_changes(&self, at: usize, group: &Group, found: &mut BTreeSet<Rational>) -> Outcome<()> {
        let meter = self.meter(at)?;
        self.changes(&meter.value, group, found)?;
        meter.opening.iter().try_for_each(|opening| self.changes(opening, group, found))
    }

    fn aggregate_changes(&self, at: usize, group: &Group, found: &mut BTreeSet<Rational>) -> Outcome<()> {
        let node = self.node(at)?;
        match &node.over {
            Over::Stream(stream) => {
                let all = self.usage.lasting(*stream, &group.keys).filter(|member| member.touches(group.interval));
                for lasts in all.filter_map(|member| member.lasts.as_ref()) {
                    found.insert(lasts.start.clone());
                    found.extend(lasts.end.clone());
                }
                Ok(())
            }
            Over::Rows(rows) => {
                for (_, keys) in self.rows_in(rows, group)? {
                    let row = group.other(keys, group.interval);
                    node.argument.iter().try_for_each(|argument| self.changes(argument, &row, found))?;
                }
                Ok(())
            }
            Over::Instants(_) => Err(internal("a window inside of an instant")),
        }
    }

    /// What a meter per instant is, with what it was before the first record.
    pub(super) fn with_opening(&self, meter: &Meter, group: &Group, value: Value) -> Outcome<Value> {
        let Some(opening) = &meter.opening else { return Ok(value) };
        if self.replaces(meter) && self.has_begun(meter, group) {
            return Ok(value);
        }
        let opening = eval(&Scope::group(self, group), opening)?;
        match (&value, &opening) {
            (Value::Number(changes), Value::Number(opening)) => Ok(Value::Number(opening + changes)),
            _ => Err(internal("a level is no number")),
        }
    }

    /// Whether each record of a level takes the place of the one before, and the first that of the opening level.
    fn replaces(&self, meter: &Meter) -> bool {
        let program = self.context.program;
        let kind = meter.stream.and_then(|stream| program.streams.get(stream)).map(|stream| stream.kind);
        program.derived.iter().any(|one| Some(one.kind) == kind && matches!(one.making, Making::UntilNext))
    }

    /// Whether a record of a level has begun by the moment of a group.
    fn has_begun(&self, meter: &Meter, group: &Group) -> bool {
        let (Some(stream), Some(moment)) = (meter.stream, &group.moment) else { return false };
        self.usage.lasting(stream, &group.keys).any(|member| When::At(moment).has_begun(member))
    }

    /// The layers that are in use at some moment of a window: 1, 2, and so on.
    pub(super) fn layers_in(
        &self,
        argument: &Expr,
        layer: &Layer,
        keys: Vec<Value>,
        window: Interval,
    ) -> Outcome<Vec<Value>> {
        let levels = self.levels(argument, keys, self.so_far(window))?;
        let most = levels.into_iter().map(|(_, level)| level).max().unwrap_or_else(Rational::zero);
        let count = most.checked_div(&layer.unit).map(|count| Rounding::Ceil.to_integer(&count));
        let count = count.and_then(|count| i64::try_from(count).ok()).filter(|count| *count <= MOST_LAYERS);
        let count = count.ok_or_else(|| {
            super::scope::Missing(format!("more than {MOST_LAYERS} units are in use, too many to be taken apart"))
        })?;
        Ok((1..=count).map(|k| Value::Number(Rational::from(k))).collect())
    }
}

impl Group {
    /// What is in force at a moment, in seconds from 1970.
    pub(super) fn at_moment(keys: Vec<Value>, moment: &Rational) -> Group {
        let start = instant(moment);
        let end = start.checked_add(jiff::SignedDuration::from_nanos(1)).unwrap_or(start);
        Group { moment: Some(moment.clone()), ..Group::new(keys, Interval { start, end }) }
    }
}

/// What of a level lies in the k-th unit.
fn in_layer(layer: &Layer, k: Option<&Value>, level: &Rational) -> Outcome<Rational> {
    let Some(Value::Number(k)) = k else { return Err(internal("a layer is no number")) };
    let below = &(k - &Rational::one()) * &layer.unit;
    Ok((level - &below).max(Rational::zero()).min(layer.unit.clone()))
}
