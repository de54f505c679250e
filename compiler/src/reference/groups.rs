//! The records of an account in the groups of the streams that charges take.

use super::combine::combine;
use super::definitions::{StreamEntry, SummedGroup};
use super::derive::{Ending, Made, Making, Sources};
use super::eval::{eval, truth};
use super::incremental::{Folded, Folding};
use super::lasting::{self, Lasts};
use super::scope::{Context, Missing, Outcome, RecordHome, Scope, internal};
use crate::exact::Rational;
use crate::ir::{AggregateFunction, Over, Program, Stream};
use crate::model::{Interval, Record, Step, Symbol, Value};
use crate::time;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// All that is known of an account's usage.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage {
    /// For each stream, its groups.
    streams: Vec<Groups>,
    /// The records that have no price, each with what is missing. They are in no group.
    pub(super) unpriced: BTreeMap<usize, String>,
    /// The records that a stream takes, with how often.
    taken: BTreeMap<usize, usize>,
    /// By account, when records happened that a charge takes, with how many: no others change a bill.
    times: BTreeMap<Symbol, BTreeMap<Timestamp, usize>>,
    /// The earliest of those that are not kept themselves.
    earliest: Option<Timestamp>,
    /// How many groups are kept as folds alone.
    folded: u32,
    /// What has entered and left the streams of which folds are kept, until somebody asks.
    journal: Vec<Moved>,
    /// What is made of them.
    pub(super) making: Making,
}

/// A record has entered a group, or has left it.
#[derive(Clone, Debug)]
pub(super) struct Moved {
    pub(super) stream: usize,
    pub(super) keys: Vec<Value>,
    pub(super) interval: Interval,
    /// The record; none where it has left.
    pub(super) entered: Option<usize>,
}

/// The groups of a stream, by keys and window.
pub(super) type Groups = BTreeMap<Vec<Value>, BTreeMap<Interval, Members>>;

/// The records of a group.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    /// In the order in which they came.
    list: Vec<Member>,
    /// For each aggregate of the stream the sum so far, where it is a sum: the commonest aggregate by far, and what
    /// makes rating a long stream bearable.
    sums: Vec<Rational>,
    /// The indexes of its records that are made of others, each with how often it is there.
    made: BTreeMap<usize, usize>,
    /// The greatest index of a record, where there is one.
    pub(super) latest: Option<usize>,
    /// How many records only the sums know of.
    summed: usize,
    /// What is kept of its records, where they are not.
    folded: Option<Box<Folded>>,
}

/// A record in a group, or an item of its list.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Its index in the input; of one that is made of others, the newest of theirs.
    pub(super) record: usize,
    /// The records that it is made of.
    sources: Sources,
    /// What was made of them; none where it is a record that came.
    pub(super) made: Option<Arc<Record>>,
    /// Whether it is all there.
    pub(super) ending: Ending,
    pub(super) time: Timestamp,
    id: Symbol,
    /// Which item of the list, or which piece of the record.
    pub(super) item: usize,
    /// How long it counts, where it counts while it lasts.
    pub(super) lasts: Option<Lasts>,
    /// For each aggregate of the stream the value of its argument.
    values: Vec<Value>,
}

impl Member {
    /// By time, then by id.
    pub(super) fn order(&self) -> (Timestamp, &str, usize) {
        (self.time, &self.id, self.item)
    }

    /// Whether it counts while it lasts, and some of that lies in a stretch.
    pub(super) fn touches(&self, stretch: Interval) -> bool {
        self.lasts.as_ref().is_some_and(|lasts| lasts.touches(stretch))
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// The records that it is made of: itself, or those that a fold or a span took.
    pub(super) fn sources(&self) -> impl Iterator<Item = usize> {
        self.sources.iter().copied()
    }

    fn is(&self, other: &Member) -> bool {
        self.order() == other.order() && self.sources == other.sources
    }
}

/// What a record adds to a stream.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) stream: usize,
    account: Symbol,
    pub(super) keys: Vec<Value>,
    /// None where the window starts with the first use.
    pub(super) interval: Option<Interval>,
    pub(super) member: Member,
}

impl Entry {
    /// As it stands in its stream, where its window does not start with the first use.
    pub(super) fn added(&self) -> Option<Added<'_>> {
        Some(Added { stream: self.stream, keys: &self.keys, interval: self.interval?, member: &self.member })
    }

    /// As others see it.
    pub(super) fn public(self) -> StreamEntry {
        StreamEntry { stream: self.stream, keys: self.keys, interval: self.interval, values: self.member.values }
    }
}

impl Usage {
    /// Adds the record with this index to the streams that take it by itself; whether one does.
    pub(super) fn add_plain(&mut self, context: &Context<'_>, at: usize, record: &Record) -> bool {
        let made = Made::plain(at, Arc::new(record.clone()));
        let taken = super::derive::check(context, record).and_then(|()| entries(context, &made));
        match taken {
            Err(Missing(reason)) => {
                self.unpriced.insert(at, reason);
                false
            }
            Ok(taken) => {
                let any = !taken.is_empty();
                taken.into_iter().for_each(|entry| self.enter(context, entry));
                any
            }
        }
    }

    /// When the first record happened that a charge takes.
    pub(super) fn first(&self) -> Option<Timestamp> {
        let all = self.times.values().filter_map(|times| times.keys().next().copied());
        all.chain(self.earliest).min()
    }

    /// When the first record of an account happened that a charge takes.
    pub(super) fn first_of(&self, account: &Symbol) -> Option<Timestamp> {
        let first = self.times.get(account).and_then(|times| times.keys().next().copied());
        first.into_iter().chain(self.earliest).min()
    }

    /// A record of the one account that is evaluated happened that a charge takes, whether it is kept here or not.
    pub(super) fn happened(&mut self, time: Timestamp) {
        self.earliest = Some(self.earliest.map_or(time, |earliest| earliest.min(time)));
    }

    /// Whether a stream takes a record, itself or what is made of it.
    pub(super) fn is_taken(&self, at: usize) -> bool {
        self.taken.contains_key(&at)
    }

    /// The records that a stream takes.
    pub(super) fn taken(&self) -> impl Iterator<Item = usize> {
        self.taken.keys().copied()
    }

    /// Adds what a record adds to a stream.
    pub(super) fn enter(&mut self, context: &Context<'_>, entry: Entry) {
        self.streams.resize_with(context.program.streams.len(), Groups::default);
        let Some(folding) = context.folding(entry.stream) else { return self.keep(context, entry) };
        self.fold(context.program, folding, &entry);
        match folding.lists.get(entry.stream) {
            Some(true) => self.keep(context, entry),
            _ => self.happened(entry.member.time),
        }
    }

    fn keep(&mut self, context: &Context<'_>, entry: Entry) {
        for source in entry.member.sources() {
            *self.taken.entry(source).or_default() += 1;
        }
        *self.times.entry(entry.account).or_default().entry(entry.member.time).or_default() += 1;
        let stream = context.program.streams.get(entry.stream);
        let (Some(stream), Some(groups)) = (stream, self.streams.get_mut(entry.stream)) else { return };
        let windows = groups.entry(entry.keys).or_default();
        match entry.interval {
            Some(interval) => windows.entry(interval).or_default().push(context.program, stream, entry.member),
            None => {
                let known = std::mem::take(windows).into_values().flat_map(|members| members.list);
                let all = known.chain([entry.member]).collect();
                cut_from_first_use(context, stream, windows, all);
            }
        }
    }

    /// Adds a record to the folds of its group.
    pub(super) fn fold(&mut self, program: &Program, folding: &Folding, entry: &Entry) {
        let at = entry.stream;
        self.streams.resize_with(program.streams.len(), Groups::default);
        let Some(interval) = entry.interval else { return };
        let (Some(stream), Some(groups)) = (program.streams.get(at), self.streams.get_mut(at)) else { return };
        let windows = match groups.get_mut(&entry.keys) {
            Some(windows) => windows,
            None => groups.entry(entry.keys.clone()).or_default(),
        };
        let members = windows.entry(interval).or_default();
        let folded = members.folded.get_or_insert_with(|| {
            let number = (folding.lists.get(at) != Some(&true)).then_some(self.folded);
            self.folded += 1;
            Box::new(Folded::new(program, (at, stream), folding, number))
        });
        folded.add(program, stream, folding, &entry.member);
        self.note(entry, interval, Some(entry.member.record));
    }

    /// Takes a record out of the folds of its group, of which nothing else is kept.
    pub(super) fn unfold(&mut self, program: &Program, folding: &Folding, entry: &Entry) {
        let at = entry.stream;
        let (Some(stream), Some(groups), Some(interval)) =
            (program.streams.get(at), self.streams.get_mut(at), entry.interval)
        else {
            return;
        };
        let Some(windows) = groups.get_mut(&entry.keys) else { return };
        if let Some(members) = windows.get_mut(&interval) {
            members.folded.iter_mut().for_each(|folded| folded.remove(stream, folding, &entry.member));
            if members.is_empty() {
                windows.remove(&interval);
            }
        }
        if windows.is_empty() {
            groups.remove(&entry.keys);
        }
        self.note(entry, interval, None);
    }

    fn note(&mut self, entry: &Entry, interval: Interval, entered: Option<usize>) {
        self.journal.push(Moved { stream: entry.stream, keys: entry.keys.clone(), interval, entered });
    }

    /// What has entered and left the streams of which folds are kept, since somebody asked last.
    pub(super) fn moved(&mut self) -> Vec<Moved> {
        std::mem::take(&mut self.journal)
    }

    /// The numbers of the groups that records have entered, of those of which only folds are kept.
    pub(super) fn numbers(&self, moved: &[Moved]) -> Vec<u32> {
        let number = |one: &Moved| self.groups(one.stream)?.get(&one.keys)?.get(&one.interval)?.number();
        moved.iter().filter(|one| one.entered.is_some()).filter_map(number).collect()
    }

    /// The same usage, made anew: what is not kept of the records stays.
    pub(super) fn made_anew_of(self, before: &Usage) -> Usage {
        Usage { earliest: before.earliest, ..self }
    }

    /// Takes out what was entered.
    pub(super) fn leave(&mut self, context: &Context<'_>, entry: Entry) {
        for source in entry.member.sources() {
            once_less(&mut self.taken, source);
        }
        self.times.get_mut(&entry.account).into_iter().for_each(|times| once_less(times, entry.member.time));
        let (program, at) = (context.program, entry.stream);
        let (Some(stream), Some(groups)) = (program.streams.get(at), self.streams.get_mut(at)) else { return };
        let Some(windows) = groups.get_mut(&entry.keys) else { return };
        match entry.interval {
            Some(interval) => {
                let Some(members) = windows.get_mut(&interval) else { return };
                members.remove(program, stream, &entry.member);
                if let (Some(folded), Some(folding)) = (&mut members.folded, context.folding(at)) {
                    folded.remove(stream, folding, &entry.member);
                }
                if members.is_empty() {
                    windows.remove(&interval);
                }
            }
            None => {
                let all = std::mem::take(windows).into_values().flat_map(|members| members.list);
                let mut kept: Vec<Member> = all.collect();
                if let Some(at) = kept.iter().position(|one| one.is(&entry.member)) {
                    kept.remove(at);
                }
                cut_from_first_use(context, stream, windows, kept);
            }
        }
        if windows.is_empty() {
            groups.remove(&entry.keys);
        }
        if let (Some(interval), Some(_)) = (entry.interval, context.folding(at)) {
            self.note(&entry, interval, None);
        }
    }

    /// Adds a group of which only the sums are known.
    pub(super) fn add_sums(&mut self, context: &Context<'_>, group: SummedGroup) {
        self.streams.resize_with(context.program.streams.len(), Groups::default);
        *self.times.entry(context.account.clone()).or_default().entry(group.first).or_default() += 1;
        let windows = self.streams.get_mut(group.stream).map(|groups| groups.entry(group.keys).or_default());
        if let Some(windows) = windows {
            windows.insert(group.interval, Members::of_sums(group.sums, group.count));
        }
    }

    /// The groups of a stream.
    pub(super) fn groups(&self, stream: usize) -> Option<&Groups> {
        self.streams.get(stream)
    }

    /// The records of a stream that count while they last, of the groups whose keys begin with these.
    pub(super) fn lasting(&self, stream: usize, keys: &[Value]) -> impl Iterator<Item = &Member> {
        let groups = self.streams.get(stream).into_iter();
        let found = groups.flat_map(|groups| groups.range(keys.to_vec()..));
        let keys = keys.to_vec();
        let found = found.take_while(move |(group, _)| group.starts_with(&keys));
        found.flat_map(|(_, windows)| windows.values()).flat_map(|members| &members.list)
    }

    /// The groups of a stream in one window whose keys begin with these: one group, where all keys are named.
    pub(super) fn members(&self, stream: usize, keys: &[Value], interval: Interval) -> Vec<&Members> {
        let Some(groups) = self.streams.get(stream) else { return Vec::new() };
        let found = groups.range(keys.to_vec()..).take_while(|(group, _)| group.starts_with(keys));
        found.filter_map(|(_, windows)| windows.get(&interval)).collect()
    }
}

/// What a record has added to a stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Added<'u> {
    pub(super) stream: usize,
    pub(super) keys: &'u [Value],
    pub(super) interval: Interval,
    pub(super) member: &'u Member,
}

impl Usage {
    /// What some of the streams have, record by record, by time, then by id.
    pub(super) fn in_order(&self, streams: &[bool]) -> Vec<Vec<Added<'_>>> {
        let mut found: Vec<Added<'_>> = Vec::new();
        for (stream, groups) in self.streams.iter().enumerate().filter(|(at, _)| streams.get(*at) == Some(&true)) {
            for (keys, windows) in groups {
                for (interval, members) in windows {
                    let added = |member| Added { stream, keys, interval: *interval, member };
                    found.extend(members.list.iter().map(added));
                }
            }
        }
        found.sort_by(|a, b| (a.place(), a.stream, a.member.item).cmp(&(b.place(), b.stream, b.member.item)));
        let mut records: Vec<Vec<Added<'_>>> = Vec::new();
        for added in found {
            match records.last_mut() {
                Some(last) if last.first().is_some_and(|first| first.place() == added.place()) => last.push(added),
                _ => records.push(vec![added]),
            }
        }
        records
    }

    /// Without any record, but with the same first ones.
    pub(super) fn emptied(&self) -> Usage {
        let first =
            |times: &BTreeMap<Timestamp, usize>| times.keys().next().map(|first| (*first, 1)).into_iter().collect();
        let times = self.times.iter().map(|(account, times)| (account.clone(), first(times)));
        Usage { times: times.collect(), ..Usage::default() }
    }

    /// Adds again what a record has added to another usage, as the record with this index.
    pub(super) fn enter_again(&mut self, program: &Program, added: &Added<'_>, at: usize) {
        self.streams.resize_with(program.streams.len(), Groups::default);
        let stream = program.streams.get(added.stream);
        let (Some(stream), Some(groups)) = (stream, self.streams.get_mut(added.stream)) else { return };
        let members = groups.entry(added.keys.to_vec()).or_default().entry(added.interval).or_default();
        members.push(program, stream, Member { record: at, ..added.member.clone() });
    }
}

impl Added<'_> {
    /// By time, then by id; what shares both counts as one.
    fn place(&self) -> (Timestamp, &str) {
        (self.member.time, &self.member.id)
    }
}

impl Member {
    /// From when on it counts.
    pub(super) fn begins(&self) -> Timestamp {
        self.lasts.as_ref().map_or(self.time, |lasts| lasting::instant(&lasts.start))
    }

    /// The value of the argument of one of the stream's aggregates.
    pub(super) fn value(&self, column: usize) -> Option<&Value> {
        self.values.get(column)
    }
}

impl Members {
    /// A group of which only the sums are known.
    pub(super) fn of_sums(sums: Vec<Rational>, count: usize) -> Members {
        Members { sums, summed: count, ..Members::default() }
    }

    fn push(&mut self, program: &Program, stream: &Stream, member: Member) {
        self.sums.resize_with(stream.aggregates.len(), Rational::zero);
        for ((sum, value), at) in self.sums.iter_mut().zip(&member.values).zip(&stream.aggregates) {
            let is_sum = program.aggregates.get(*at).is_some_and(|one| one.function == AggregateFunction::Sum);
            if let (true, Value::Number(number)) = (is_sum, value) {
                *sum = &*sum + number;
            }
        }
        self.latest = self.latest.max(Some(member.record));
        if program.schema.kinds.get(stream.kind).is_some_and(crate::model::Kind::is_derived) {
            *self.made.entry(member.record).or_default() += 1;
        }
        self.list.push(member);
    }

    /// Takes out a record that is made of others; mostly one that came of late.
    fn remove(&mut self, program: &Program, stream: &Stream, member: &Member) {
        let Some(at) = self.list.iter().rposition(|one| one.is(member)) else { return };
        let member = self.list.remove(at);
        for ((sum, value), at) in self.sums.iter_mut().zip(&member.values).zip(&stream.aggregates) {
            let is_sum = program.aggregates.get(*at).is_some_and(|one| one.function == AggregateFunction::Sum);
            if let (true, Value::Number(number)) = (is_sum, value) {
                *sum = &*sum - number;
            }
        }
        once_less(&mut self.made, member.record);
        self.latest = self.made.last_key_value().map(|(record, _)| *record);
    }

    fn is_empty(&self) -> bool {
        self.list.is_empty() && self.summed == 0 && self.folded.as_ref().is_none_or(|folded| folded.is_empty())
    }

    /// Its number among the account's groups of which only folds are kept.
    pub(super) fn number(&self) -> Option<u32> {
        self.folded.as_ref().and_then(|folded| folded.number)
    }

    /// Some of the records of groups.
    pub(super) fn of(members: impl Iterator<Item = Member>) -> Members {
        let list: Vec<Member> = members.collect();
        let latest = list.iter().map(|member| member.record).max();
        Members { latest, list, ..Members::default() }
    }

    /// All of them.
    pub(super) fn all(&self) -> &[Member] {
        &self.list
    }

    /// Whether there is a record in a stretch. Where only sums are known nothing changes inside the window, and all of it
    /// is one stretch.
    pub(super) fn any_within(&self, stretch: Option<Interval>) -> bool {
        let folded = self.folded.as_ref().is_some_and(|folded| folded.any_within(stretch));
        folded || self.summed > 0 || self.within(stretch).next().is_some()
    }

    /// Those in a stretch, in the order in which they came.
    pub(super) fn within(&self, stretch: Option<Interval>) -> impl Iterator<Item = &Member> {
        let holds = move |time: Timestamp| stretch.is_none_or(|one| one.start <= time && time < one.end);
        self.list.iter().filter(move |member| holds(member.time))
    }
}

/// An aggregate of a stream over the groups that are found.
pub(super) fn aggregate(
    function: &AggregateFunction,
    column: usize,
    found: &[&Members],
    stretch: Option<Interval>,
) -> Outcome<Value> {
    if let [Members { folded: Some(folded), .. }] = found {
        return folded.aggregate(function, column, stretch);
    }
    if found.iter().any(|members| members.folded.is_some()) {
        return Err(internal("an aggregate of several groups of which only folds are kept"));
    }
    if let (AggregateFunction::Sum, None) = (function, stretch) {
        let sums = found.iter().filter_map(|members| members.sums.get(column));
        return Ok(Value::Number(sums.fold(Rational::zero(), |total, sum| &total + sum)));
    }
    let summed: usize = found.iter().map(|members| members.summed).sum();
    if let (AggregateFunction::Count, true) = (function, summed > 0) {
        return Ok(Value::Number(Rational::from(summed as i128)));
    }
    of_members(function, column, found.iter().flat_map(|members| members.within(stretch)).collect())
}

/// An aggregate of a stream over these records.
pub(super) fn of_members(function: &AggregateFunction, column: usize, mut members: Vec<&Member>) -> Outcome<Value> {
    members.sort_by(|a, b| a.order().cmp(&b.order()));
    let values: Option<Vec<Value>> = members.iter().map(|member| member.values.get(column).cloned()).collect();
    combine(function, &values.ok_or_else(|| internal("no such aggregate"))?)
}

/// What a record adds to all streams that charges take; an error where it has no price.
pub(super) fn entries(context: &Context<'_>, made: &Made) -> Outcome<Vec<Entry>> {
    let home = RecordHome::new(context.program, &made.record);
    let scope = Scope::record(context, &home);
    let mut found = Vec::new();
    for (stream_at, stream) in context.program.streams.iter().enumerate() {
        let is_ours = stream.shared || context.is_billed(&made.record);
        if !stream.used || stream.kind != made.record.kind || !context.takes(stream_at) || !is_ours {
            continue;
        }
        // What has not ended yet is in force, and no more than that.
        if !made.is_closed() && stream.window.step != Step::Instant {
            continue;
        }
        if let Some(place) = stream.in_plan
            && !context.is_on_plan(place, made.record.time)?
        {
            continue;
        }
        for (item, scope) in items(&scope, stream)?.iter().enumerate() {
            match &stream.pieces {
                None => found.extend(entry(scope, (stream_at, stream), made, (&made.record, item))?),
                Some(length) => {
                    let pieces = lasting::pieces(scope, &made.record, length)?;
                    for (item, (piece, lasts)) in pieces.into_iter().enumerate() {
                        let home = RecordHome::piece(context.program, &piece, lasts);
                        let scope = Scope::record(context, &home);
                        found.extend(entry(&scope, (stream_at, stream), made, (&piece, item))?);
                    }
                }
            }
        }
    }
    Ok(found)
}

/// What a record from the wire adds to the streams that take it by itself.
///
/// # Errors
/// What is missing for it, also where only what is made of it needs that.
pub(super) fn plain_entries(context: &Context<'_>, record: &Record) -> Outcome<Vec<Entry>> {
    super::derive::check(context, record)?;
    entries(context, &Made::plain(0, Arc::new(record.clone())))
}

/// The record itself, or each item of its list.
pub(super) fn items<'s>(scope: &Scope<'s>, stream: &Stream) -> Outcome<Vec<Scope<'s>>> {
    let Some(list) = stream.list else { return Ok(vec![scope.clone()]) };
    let super::scope::Home::Record(home) = scope.home else { return Err(internal("a group has no list")) };
    match home.record.values.get(list) {
        Some(Value::List(items)) => Ok(items.iter().map(|item| scope.with_item(item)).collect()),
        Some(Value::Absent) => Ok(Vec::new()),
        _ => Err(internal("a list is none")),
    }
}

/// What counts while it lasts is kept in one stretch.
const ALWAYS: Interval = Interval { start: Timestamp::MIN, end: Timestamp::MAX };

/// What a record, an item of its list or a piece of it, adds to a stream.
fn entry(
    scope: &Scope<'_>,
    (stream_at, stream): (usize, &Stream),
    made: &Made,
    (record, item): (&Record, usize),
) -> Outcome<Option<Entry>> {
    let Some((keys, values)) = taken(scope, stream)? else { return Ok(None) };
    let lasts = match stream.window.step {
        Step::Instant => Some(lasting::lasts(scope)?),
        _ => None,
    };
    let interval = match stream.window.from_first_use {
        true => None,
        false if lasts.is_some() => Some(ALWAYS),
        false => match scope.context.holding(&stream.window, record.time)? {
            Some(interval) => Some(interval),
            None => return Ok(None),
        },
    };
    let sources = Arc::clone(&made.sources);
    let (time, id) = (record.time, record.id.clone());
    let is_made = scope.context.program.schema.kinds.get(made.record.kind).is_some_and(crate::model::Kind::is_derived);
    let of_others = is_made.then(|| Arc::clone(&made.record));
    let member =
        Member { record: made.latest(), sources, made: of_others, ending: made.ending, time, id, item, lasts, values };
    Ok(Some(Entry { stream: stream_at, account: record.account.clone(), keys, interval, member }))
}

pub(super) fn once_less<K: Ord + Copy>(counts: &mut BTreeMap<K, usize>, key: K) {
    match counts.get_mut(&key) {
        Some(count) if *count > 1 => *count -= 1,
        _ => drop(counts.remove(&key)),
    }
}

/// The keys of a record, or of an item, and for each aggregate the value of its argument; none where the stream does
/// not take it.
pub(super) fn taken(scope: &Scope<'_>, stream: &Stream) -> Outcome<Option<(Vec<Value>, Vec<Value>)>> {
    if !stream.condition.as_ref().map_or(Ok(true), |condition| truth(scope, condition))? {
        return Ok(None);
    }
    let keys: Outcome<Vec<Value>> = stream.keys.iter().map(|key| key_value(scope, key)).collect();
    let values: Outcome<Vec<Value>> = stream.aggregates.iter().map(|one| argument(scope, *one)).collect();
    Ok(Some((keys?, values?)))
}

pub(super) fn key_value(scope: &Scope<'_>, key: &crate::ir::Key) -> Outcome<Value> {
    eval(scope, key.source.as_ref().ok_or_else(|| internal("a key of records has no source"))?)
}

/// The value of an aggregate's argument, where a charge takes the aggregate.
fn argument(scope: &Scope<'_>, at: usize) -> Outcome<Value> {
    let aggregate = scope.context.program.aggregates.get(at).ok_or_else(|| internal("no such aggregate"))?;
    let Some(argument) = aggregate.argument.as_ref().filter(|_| aggregate.used) else { return Ok(Value::Absent) };
    match eval(scope, argument)? {
        Value::Absent => Err(Missing(format!("`{}` is absent", super::text::expression(scope, argument)))),
        value => Ok(value),
    }
}

/// Windows that start with the first record that none of them holds yet: cut anew from all records of the keys, for
/// a record that comes late may begin another.
fn cut_from_first_use(
    context: &Context<'_>,
    stream: &Stream,
    windows: &mut BTreeMap<Interval, Members>,
    mut all: Vec<Member>,
) {
    all.sort_by(|a, b| a.order().cmp(&b.order()));
    let mut current: Option<Interval> = None;
    for member in all {
        let open = current.filter(|one| member.time < one.end);
        let interval = open.unwrap_or_else(|| time::from_first_use(&stream.window, context.zone, member.time));
        current = Some(interval);
        windows.entry(interval).or_default().push(context.program, stream, member);
    }
}

/// The column of an aggregate in its stream, and the stream.
pub(super) fn column(program: &Program, aggregate: usize) -> Option<(usize, usize)> {
    let Over::Stream(stream) = program.aggregates.get(aggregate)?.over else { return None };
    let column = program.streams.get(stream)?.aggregates.iter().position(|one| *one == aggregate)?;
    Some((stream, column))
}
