//! The state of some of the accounts of a run: each record's share in each line, and the sums that are billed.

mod pass;

use super::arrival::{Arrival, Origin};
use super::class::{Class, Classes, MOST_TERMS, ShortRecord};
use super::figure::Figure;
use super::keys::Keys;
use super::place::{Known, LineText, Lines, TOO_MANY, Windows};
use super::plan::Tap;
use super::prices::{self, ExactRecord, Prices, Share};
use super::rows::{Apart, RatedBlock, Row, Touched, merge};
use super::stream::{Place, StreamState};
use super::sums::{over, over_denominator};
use super::{Rater, groups};
use crate::bill::{Bill, Period, Rated, Standing};
use crate::columns::Block;
use crate::exact::{Differences, Rational};
use crate::ir::Stream;
use crate::jit::{Computed, Integers, Status, StreamColumns};
use crate::model::{Record, Step, Symbol, Value};
use crate::reference::{Rest, StreamEntry};
use jiff::Timestamp;
use pass::Run;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// What is wanted of the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// What each adds to its lines.
    Differences,
    /// Bills at the end.
    Bills,
}

/// The state of a shard.
#[derive(Debug)]
pub struct Shard<'r> {
    rater: &'r Rater<'r>,
    purpose: Purpose,
    accounts: Known,
    windows: Windows,
    keys: Keys<'r>,
    lines: Lines,
    prices: Vec<Result<Prices<'r>, Arc<str>>>,
    /// By prices: for which denominators they were made integers, and which ones that are.
    class_of: Vec<(u64, u32)>,
    classes: Classes,
    streams: Vec<Option<Box<StreamState<'r>>>>,
    /// What was written of lines whose differences may have no finite decimal.
    running: HashMap<(u32, Symbol, Timestamp), (Differences, Differences)>,
    /// The lines that have no price since some record, by account.
    withheld: HashMap<(u32, u32), Arc<str>>,
    /// The records that were rated on lines which may lose their price, by account, those lines, and their groups of
    /// which the definitions keep only folds.
    tentative: HashMap<(u32, Vec<u32>, Vec<u32>), Tentative>,
    rest: Option<Rest<'r>>,
    /// Whether charges or accounts follow the definitions.
    has_rest: bool,
    /// Whether records that have no price in the end are named by their numbers.
    keeps_numbers: bool,
    tracks_periods: bool,
    /// By account, the records that only what is made of them may take: how they stand is known in the end.
    fed: BTreeMap<u32, Vec<usize>>,
    /// The records without a price, by number, where the definitions may add others.
    unpriced: BTreeMap<usize, Arc<str>>,
    /// The records that cost nothing, by number, where an account that they are counted with may lack a price for them.
    free: BTreeSet<usize>,
    /// Whether records go through the state by column, and whether kinds may do so one after the other.
    by_column: Option<ByColumn>,
    run: Run,
    scratch: Scratch,
}

/// How records go through the state by column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ByColumn {
    /// In the order in which they come.
    InOrder,
    /// Those of each kind in their order: no kind's records matter to those of another one.
    ByKind,
}

#[derive(Debug, Default)]
struct Scratch {
    row: Vec<i64>,
    entries: Vec<Entry>,
    values: Vec<i128>,
    touched: Vec<Touched>,
    /// Whether a charge takes the record at hand, and not only what is made of it.
    is_taken: bool,
}

/// A group that a record belongs to.
#[derive(Clone, Debug)]
struct Entry {
    stream: usize,
    group: u32,
    values: Added,
}

/// What a record adds, by column of its stream.
#[derive(Clone, Debug)]
enum Added {
    /// Integers over the columns' denominators: from where on they stand in the scratch.
    Short(usize),
    /// Fractions.
    Exact(Vec<Rational>),
}

/// Records that were rated on the same lines.
#[derive(Debug, Default)]
struct Tentative {
    count: u64,
    /// Their numbers, where the definitions may name them too.
    numbers: Vec<usize>,
}

/// The records that were said to be rated, or free, when they came, and stand otherwise in the end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Late {
    /// Those that can be named, by their number in the run, with what is missing.
    pub named: BTreeMap<usize, String>,
    /// How many others.
    pub others: u64,
    /// Those that cost nothing in the end.
    pub free: BTreeSet<usize>,
    /// How many of those that can be named were said to be free.
    pub from_free: u64,
}

impl Late {
    /// How many records have no price after all.
    #[must_use]
    pub fn unpriced(&self) -> u64 {
        self.others + self.named.len() as u64
    }

    /// How many records are rated no more.
    #[must_use]
    pub fn from_rated(&self) -> u64 {
        self.unpriced() + self.free.len() as u64 - self.from_free
    }
}

/// A block that is rated.
#[derive(Clone, Copy)]
struct Here<'c, 'b> {
    block: &'b Block,
    /// By batch.
    computed: &'c [Computed],
    /// By batch, stream and column: what the kernels' integers are multiplied by.
    factors: &'c [Vec<Vec<Option<i128>>>],
    /// The number in the run of its first record.
    first: usize,
}

/// A record that has come.
#[derive(Clone, Copy)]
struct Arrived<'a> {
    arrival: Arrival<'a>,
    block: &'a Block,
    /// Its number in the run.
    number: usize,
    account: u32,
    nanoseconds: i128,
}

impl<'r> Shard<'r> {
    /// Without any record yet.
    #[must_use]
    pub fn new(rater: &'r Rater<'r>, purpose: Purpose) -> Shard<'r> {
        let mut windows = Windows::new();
        let totals = purpose == Purpose::Bills;
        let stream = |at: usize| StreamState::new(rater.program, &rater.plan, at, &mut windows, totals).map(Box::new);
        let streams = (0..rater.program.streams.len()).map(stream).collect();
        let needs_rest = totals || rater.follows_definitions();
        let charges = (rater.rest_charges.as_slice(), rater.rest_needed.as_slice());
        let rest = || Rest::new(&rater.definitions, charges, &rater.rest_streams, &rater.incremental);
        Shard {
            rater,
            purpose,
            accounts: Known::default(),
            windows,
            keys: Keys::new(rater.dictionary),
            lines: Lines::default(),
            prices: Vec::new(),
            class_of: Vec::new(),
            classes: Classes::default(),
            by_column: pass::by_column(rater),
            run: Run::default(),
            streams,
            running: HashMap::new(),
            withheld: HashMap::new(),
            tentative: HashMap::new(),
            rest: needs_rest.then(rest),
            has_rest: rater.follows_definitions(),
            keeps_numbers: rater.keeps_records() || rater.names_records,
            tracks_periods: needs_rest || rater.is_listed,
            fed: BTreeMap::new(),
            unpriced: BTreeMap::new(),
            free: BTreeSet::new(),
            scratch: Scratch::default(),
        }
    }

    /// Rates records of a block, in the order of their arrival. `first` is the number in the run of the block's first
    /// record.
    pub fn rate<'b>(
        &mut self,
        block: &'b Block,
        computed: &[Computed],
        first: usize,
        arrivals: impl Iterator<Item = Arrival<'b>>,
    ) -> RatedBlock {
        let mut out = RatedBlock::default();
        let factors: Vec<Vec<Vec<Option<i128>>>> = computed.iter().map(|one| self.prepare(one)).collect();
        let here = Here { block, computed, factors: &factors, first };
        match self.by_column {
            Some(by_column) => self.rate_by_column(&here, by_column, arrivals, &mut out),
            None => arrivals.for_each(|arrival| self.rate_one(&here, arrival, &mut out)),
        }
        out
    }

    /// Rates a record by itself.
    fn rate_one<'b>(&mut self, here: &Here<'_, 'b>, arrival: Arrival<'b>, out: &mut RatedBlock) {
        let (block, place) = (here.block, arrival.place);
        let Some(account) = self.accounts.number(&self.rater.definitions, arrival.account(block)) else {
            return out.unpriced.push((place, TOO_MANY.into()));
        };
        let (number, nanoseconds) = (here.first + place as usize, arrival.nanoseconds(block));
        let arrived = Arrived { arrival, block, number, account, nanoseconds };
        match arrival.origin {
            Origin::Batch(at, row) if !self.has_list(block, at) && !self.feeds(block, at) => {
                if let (Some(computed), Some(factors)) = (here.computed.get(at), here.factors.get(at)) {
                    self.take_row(&arrived, row, computed, factors, out);
                }
            }
            Origin::Batch(..) | Origin::Odd(_) => self.take_slowly(&arrived, out),
        }
    }

    /// Whether a stream of a batch's kind goes over the items of a list, which no kernel does.
    fn has_list(&self, block: &Block, batch: usize) -> bool {
        let kind = block.batches.get(batch).map(|batch| batch.kind);
        kind.and_then(|kind| self.rater.has_lists.get(kind)).copied().unwrap_or(false)
    }

    /// Whether others are made of the records of a batch.
    fn feeds(&self, block: &Block, batch: usize) -> bool {
        let kind = block.batches.get(batch).map(|batch| batch.kind);
        kind.and_then(|kind| self.rater.feeds.get(kind)).copied().unwrap_or(false)
    }

    /// Makes the denominators of all sums multiples of a batch's; what its integers are multiplied by, none where they
    /// must be taken as fractions.
    fn prepare(&mut self, computed: &Computed) -> Vec<Vec<Option<i128>>> {
        let mut all = Vec::new();
        for (state, columns) in self.streams.iter_mut().zip(&computed.streams) {
            let (Some(state), Some(columns)) = (state.as_mut(), columns) else {
                all.push(Vec::new());
                continue;
            };
            let widened = columns.values.iter().enumerate().map(|(at, values)| match values {
                Some(values) if state.columns.get(at).is_some_and(|column| column.is_sum) => {
                    state.widen(at, values.denominator)
                }
                _ => false,
            });
            let widened: Vec<bool> = widened.collect();
            let factor = |(at, values): (usize, &Option<crate::jit::Values>)| {
                let column = state.columns.get(at)?;
                let is_widened = widened.get(at) == Some(&true);
                values.as_ref().filter(|_| is_widened).map(|values| column.denominator / values.denominator)
            };
            all.push(columns.values.iter().enumerate().map(factor).collect());
        }
        all
    }

    fn take_row(
        &mut self,
        arrived: &Arrived<'_>,
        row: usize,
        computed: &Computed,
        factors: &[Vec<Option<i128>>],
        out: &mut RatedBlock,
    ) {
        let is_settled = |columns: &Option<StreamColumns>| {
            columns.as_ref().is_none_or(|columns| columns.status.get(row) != Some(&Status::UNSETTLED))
        };
        if self.is_apart(arrived) || !computed.streams.iter().all(is_settled) {
            return self.take_slowly(arrived, out);
        }
        self.touch(arrived);
        let mut entries = std::mem::take(&mut self.scratch.entries);
        entries.clear();
        self.scratch.values.clear();
        let mut any = false;
        for (at, columns) in computed.streams.iter().enumerate() {
            let Some(columns) = columns.as_ref().filter(|columns| columns.status.get(row) == Some(&Status::TAKEN))
            else {
                continue;
            };
            let window = self.window(at, arrived);
            let window = match window {
                Ok(Some(window)) => window,
                Ok(None) => continue,
                Err(reason) => return self.without_price(arrived, reason, out),
            };
            any = true;
            match self.entry(at, columns, row, window, arrived, factors.get(at).map_or(&[], Vec::as_slice)) {
                Ok(Some(entry)) => entries.push(entry),
                Ok(None) => {}
                Err(reason) => return self.without_price(arrived, reason.into(), out),
            }
        }
        if !any {
            return self.untaken(arrived, computed.free.get(row).copied().unwrap_or(Status::UNSETTLED), out);
        }
        self.apply(arrived, &mut entries, out);
        self.scratch.entries = entries;
    }

    /// A record that no kernel settles, by the definitions.
    fn take_slowly(&mut self, arrived: &Arrived<'_>, out: &mut RatedBlock) {
        self.touch(arrived);
        let Some(record) = self.record(arrived) else { return };
        if self.is_apart(arrived) {
            return self.take_apart(arrived, &record, out);
        }
        let found = match self.rater.definitions.entries(&record) {
            Ok(found) => found,
            Err(reason) => return self.without_price(arrived, reason.into(), out),
        };
        if found.is_empty() && !self.is_fed(arrived, &record) {
            return self.untaken(arrived, Status::UNSETTLED, out);
        }
        self.scratch.values.clear();
        let mut entries = Vec::new();
        for one in found {
            match self.entry_of(&one, arrived) {
                Ok(entry) => entries.extend(entry),
                Err(reason) => return self.without_price(arrived, reason.into(), out),
            }
        }
        self.apply(arrived, &mut entries, out);
    }

    /// A record that the definitions alone rate. In a book whose period is given it stands as its own period says, and
    /// may have a part in others that are asked for.
    fn take_apart(&mut self, arrived: &Arrived<'_>, record: &Record, out: &mut RatedBlock) {
        match self.rater.definitions.entries(record) {
            Err(reason) => self.note_unpriced(arrived, reason.into(), out),
            Ok(found) if found.is_empty() && self.is_fed(arrived, record) => out.rated += 1,
            Ok(found) if found.is_empty() => match self.rater.definitions.untaken(record) {
                Standing::Unpriced(reason) => self.note_unpriced(arrived, reason.into(), out),
                Standing::Free | Standing::Rated => self.note_free(arrived, out),
            },
            Ok(_) => match self.outside(arrived) {
                Some(reason) => self.note_unpriced(arrived, reason, out),
                None => out.rated += 1,
            },
        }
        self.write(arrived, &mut Vec::new(), out);
    }

    /// Whether others are made of a record that nothing takes by itself: it counts as rated for the present.
    fn is_fed(&mut self, arrived: &Arrived<'_>, record: &Record) -> bool {
        let feeds = self.rater.feeds.get(record.kind) == Some(&true);
        if !feeds || self.outside(arrived).is_some() {
            return false;
        }
        self.fed.entry(arrived.account).or_default().push(arrived.number);
        true
    }

    fn touch(&mut self, arrived: &Arrived<'_>) {
        if self.tracks_periods {
            let (definitions, nested) = (&self.rater.definitions, self.rater.is_nested);
            self.accounts.touch(definitions, nested, arrived.account, arrived.nanoseconds);
        }
    }

    fn record(&self, arrived: &Arrived<'_>) -> Option<Record> {
        arrived.arrival.record(self.rater, arrived.block)
    }

    fn account(&self, number: u32) -> Symbol {
        self.accounts.get(number).map_or_else(|| Symbol::from(""), |account| account.name.clone())
    }

    /// The number of a stream's window that holds a record.
    fn window(&mut self, stream: usize, arrived: &Arrived<'_>) -> Result<Option<u32>, Arc<str>> {
        let rule = match self.streams.get(stream) {
            Some(Some(state)) => state.rule,
            // The definitions find their own windows; but a record that lies in none of them has no price either.
            _ => match self.rater.program.streams.get(stream) {
                Some(stream) if !stream.window.from_first_use => self.windows.rule(&stream.window),
                _ => return Ok(Some(0)),
            },
        };
        let Some(account) = self.accounts.get(arrived.account) else { return Ok(None) };
        let account = (arrived.account, &account.name);
        let held = self.windows.holding(&self.rater.definitions, rule, account, arrived.nanoseconds);
        held.map_err(Into::into)
    }

    /// A record's group in a stream, from what a kernel computed.
    fn entry(
        &mut self,
        at: usize,
        columns: &StreamColumns,
        row: usize,
        window: u32,
        arrived: &Arrived<'_>,
        factors: &[Option<i128>],
    ) -> Result<Option<Entry>, &'static str> {
        let Some(Some(state)) = self.streams.get_mut(at) else { return Ok(None) };
        let scratch = &mut self.scratch.row;
        scratch.clear();
        scratch.push(groups::place(if state.is_common { 0 } else { arrived.account }, window));
        for (key, values) in state.stream.keys.iter().zip(&columns.keys) {
            let integer = integer(&values.integers, row);
            let atom = self.keys.atom_of(&key.ty, integer, values.denominator).ok_or(TOO_MANY)?;
            scratch.push(atom);
        }
        let group = state.groups.number(scratch).ok_or(TOO_MANY)?;
        let start = self.scratch.values.len();
        let mut fits = true;
        for (column, known) in state.columns.iter().enumerate() {
            let short = match columns.values.get(column) {
                Some(Some(values)) if known.is_sum => {
                    let factor = factors.get(column).copied().flatten();
                    factor.and_then(|factor| integer(&values.integers, row).checked_mul(factor))
                }
                _ => Some(0),
            };
            fits &= short.is_some();
            self.scratch.values.push(short.unwrap_or(0));
        }
        let values = if fits {
            Added::Short(start)
        } else {
            let exact = |values: &Option<crate::jit::Values>| match values {
                Some(values) => over(integer(&values.integers, row), values.denominator),
                None => Rational::zero(),
            };
            Added::Exact(columns.values.iter().map(exact).collect())
        };
        Ok(Some(Entry { stream: at, group, values }))
    }

    /// A record's group in a stream, from what the definitions say; none where nothing is computed of the stream.
    fn entry_of(&mut self, entry: &StreamEntry, arrived: &Arrived<'_>) -> Result<Option<Entry>, &'static str> {
        let Some(Some(state)) = self.streams.get_mut(entry.stream) else { return Ok(None) };
        let Some(interval) = entry.interval else { return Ok(None) };
        let window = self.windows.number(&interval).ok_or(TOO_MANY)?;
        let mut row = vec![groups::place(if state.is_common { 0 } else { arrived.account }, window)];
        for value in &entry.keys {
            row.push(self.keys.atom(value).ok_or(TOO_MANY)?);
        }
        let group = state.groups.number(&row).ok_or(TOO_MANY)?;
        let number = |value: &Value| match value {
            Value::Number(number) => number.clone(),
            _ => Rational::zero(),
        };
        let exact: Vec<Rational> = entry.values.iter().map(number).collect();
        let short =
            exact.iter().zip(&state.columns).map(|(number, column)| over_denominator(number, column.denominator));
        let values = match short.collect::<Option<Vec<i128>>>() {
            Some(short) => {
                let start = self.scratch.values.len();
                self.scratch.values.extend(short);
                Added::Short(start)
            }
            None => Added::Exact(exact),
        };
        Ok(Some(Entry { stream: entry.stream, group, values }))
    }

    /// Adds a record to its groups, and what it adds to their lines to the output.
    fn apply(&mut self, arrived: &Arrived<'_>, entries: &mut [Entry], out: &mut RatedBlock) {
        let mut touched = std::mem::take(&mut self.scratch.touched);
        touched.clear();
        let mut missing: Option<(usize, Arc<str>)> = None;
        for entry in entries.iter() {
            let Some(Some(mut state)) = self.streams.get_mut(entry.stream).map(Option::take) else { continue };
            self.share(&mut state, entry, arrived, &mut touched, &mut missing);
            if state.counts_records {
                state.count(entry.group, i64::try_from(arrived.nanoseconds).unwrap_or(i64::MAX));
            }
            for (at, column) in state.columns.iter_mut().enumerate() {
                let Some(sums) = &mut column.sums else { continue };
                match &entry.values {
                    Added::Short(start) => {
                        sums.add(entry.group, self.scratch.values.get(start + at).copied().unwrap_or(0));
                    }
                    Added::Exact(values) => {
                        values.get(at).into_iter().for_each(|value| sums.add_exact(entry.group, value))
                    }
                }
            }
            if let Some(place) = self.streams.get_mut(entry.stream) {
                *place = Some(state);
            }
        }
        let missing = missing.map(|(_, reason)| reason).or_else(|| self.outside(arrived));
        self.scratch.is_taken = true;
        let groups = self.write(arrived, &mut touched, out);
        self.scratch.is_taken = false;
        match missing {
            Some(reason) => self.note_unpriced(arrived, reason, out),
            None => {
                out.rated += 1;
                self.note_tentative(arrived, entries, groups);
            }
        }
        self.scratch.touched = touched;
    }

    /// Whether the book's period is given: then each period that is asked for is evaluated apart.
    fn is_given(&self) -> bool {
        self.rater.program.header.period.step == Step::Given
    }

    /// Whether a record is rated by the definitions alone: each given period apart, or an account whose facts change.
    fn is_apart(&self, arrived: &Arrived<'_>) -> bool {
        self.is_given() || self.is_dated(arrived)
    }

    fn is_dated(&self, arrived: &Arrived<'_>) -> bool {
        self.rater.is_dated && self.accounts.get(arrived.account).is_some_and(|account| account.is_dated)
    }

    /// Whether the definitions are followed for a record, if only for some charges.
    fn follows_definitions(&self, arrived: &Arrived<'_>) -> bool {
        let (rest, incremental) = (&self.rater.rest_charges, &self.rater.incremental);
        self.has_rest && (rest.contains(&true) || incremental.is_any() || self.is_dated(arrived))
    }

    fn outside(&self, arrived: &Arrived<'_>) -> Option<Arc<str>> {
        if !self.is_given() && self.rater.program.header.period.anchor.is_none() {
            return None;
        }
        let time = Timestamp::from_nanosecond(arrived.nanoseconds).ok()?;
        self.rater.definitions.outside(&self.account(arrived.account), time).map(Into::into)
    }

    /// Takes note of a record that is rated on lines which may lose their price by a later one.
    fn note_tentative(&mut self, arrived: &Arrived<'_>, entries: &[Entry], mut groups: Vec<u32>) {
        let mut lines: Vec<u32> = Vec::new();
        for entry in entries {
            let Some(Some(state)) = self.streams.get(entry.stream) else { continue };
            for tap in state.taps.iter().filter(|tap| tap.native.may_lose_price) {
                lines.extend(tap.lines.get(entry.group as usize).map(|place| place.line));
            }
        }
        if lines.is_empty() && groups.is_empty() {
            return;
        }
        lines.sort_unstable();
        lines.dedup();
        groups.sort_unstable();
        groups.dedup();
        let tentative = self.tentative.entry((arrived.account, lines, groups)).or_default();
        tentative.count += 1;
        if self.keeps_numbers {
            tentative.numbers.push(arrived.number);
        }
    }

    /// What a record adds to the lines of the charges that take a stream.
    fn share(
        &mut self,
        state: &mut StreamState<'r>,
        entry: &Entry,
        arrived: &Arrived<'_>,
        touched: &mut Vec<Touched>,
        missing: &mut Option<(usize, Arc<str>)>,
    ) {
        for at in 0..state.taps.len() {
            let known = state.taps.get(at).and_then(|tap| tap.place(entry.group));
            let place = match known {
                Some(place) => place,
                None => self.open(state, at, entry.group),
            };
            let is_first = state.taps.get_mut(at).is_some_and(|tap| tap.take_first(entry.group));
            let Some(tap) = state.taps.get(at) else { continue };
            let charge = tap.charge;
            let mut lacks = |reason: &Arc<str>| {
                if missing.as_ref().is_none_or(|(known, _)| charge < *known) {
                    *missing = Some((charge, reason.clone()));
                }
            };
            if let Some(reason) = self.withheld.get(&(arrived.account, place.line)) {
                lacks(reason);
                continue;
            }
            let share = match self.prices.get(place.prices() as usize) {
                Some(Err(reason)) => {
                    lacks(reason);
                    if place.line != Place::NONE {
                        self.withheld.insert((arrived.account, place.line), reason.clone());
                    }
                    continue;
                }
                Some(Ok(_)) if self.purpose == Purpose::Differences => {
                    let class = self.class(state, at, place.prices());
                    self.classes.get(class).and_then(|class| short_share(class, state, at, entry, &self.scratch.values))
                }
                _ => continue,
            };
            let share = match share {
                Some(share) => share,
                None => match self.exact_share(state, at, entry, arrived.account, (place, is_first)) {
                    Ok(share) => share,
                    Err(reason) => {
                        lacks(&reason.into());
                        continue;
                    }
                },
            };
            if place.line != Place::NONE {
                touched.push(Touched { charge, line: place.line, share });
            }
        }
    }

    fn exact_share(
        &self,
        state: &StreamState<'r>,
        at: usize,
        entry: &Entry,
        account: u32,
        (place, is_first): (Place, bool),
    ) -> Result<Share, String> {
        let tap_state = state.taps.get(at).ok_or_else(internal)?;
        let tap: &Tap<'_> = tap_state.native.taps.get(tap_state.tap).ok_or_else(internal)?;
        let before = tap.terms.iter().map(|term| match term.column {
            Some(at) => {
                let sums = state.columns.get(at).and_then(|column| column.sums.as_ref());
                sums.map_or_else(Rational::zero, |sums| sums.exact(entry.group))
            }
            None => Rational::from(i128::from(state.count_of(entry.group))),
        });
        let before: Vec<Rational> = before.collect();
        let added = tap.terms.iter().map(|term| match (term.column, &entry.values) {
            (None, _) => Rational::one(),
            (Some(at), Added::Exact(values)) => values.get(at).cloned().unwrap_or_else(Rational::zero),
            (Some(at), Added::Short(start)) => {
                let denominator = state.columns.get(at).map_or(1, |column| column.denominator);
                over(self.scratch.values.get(start + at).copied().unwrap_or(0), denominator)
            }
        });
        let added: Vec<Rational> = added.collect();
        let record = ExactRecord { before: &before, added: &added, is_first };
        self.exactly(state, tap, (account, entry.group), place, &record)
    }

    /// What a record adds to a group, by fractions.
    fn exactly(
        &self,
        state: &StreamState<'r>,
        tap: &Tap<'_>,
        (account, group): (u32, u32),
        place: Place,
        record: &ExactRecord<'_>,
    ) -> Result<Share, String> {
        let Some(Ok(prices)) = self.prices.get(place.prices() as usize) else { return Err(internal()) };
        let row = state.groups.row(group as usize);
        let (_, window) = groups::account_and_window(row);
        let (account, interval) = (self.account(account), self.windows.get(window).ok_or_else(internal)?);
        let keys = self.keys_of(state.stream, tap, row);
        let here = prices::Place { definitions: &self.rater.definitions, account: &account, keys: &keys, interval };
        prices.exact(here, record)
    }

    /// The class of prices over the denominators of a stream: its number, or [`LACKS`], [`FRACTIONS`], [`NOWHERE`].
    #[inline]
    fn class(&mut self, state: &StreamState<'r>, at: usize, prices: u32) -> u32 {
        match self.class_of.get(prices as usize) {
            Some((epoch, class)) if *epoch == state.epoch => *class,
            _ => self.find_class(state, at, prices),
        }
    }

    #[cold]
    fn find_class(&mut self, state: &StreamState<'r>, at: usize, prices: u32) -> u32 {
        let found = match self.prices.get(prices as usize) {
            None => return NOWHERE,
            Some(Err(_)) => LACKS,
            Some(Ok(prices)) => {
                let tap = state.taps.get(at).and_then(|tap| tap.native.taps.get(tap.tap));
                let terms = tap.map(|tap| tap.terms.as_slice()).filter(|terms| terms.len() <= MOST_TERMS);
                let column = |term: &super::plan::Term<'_>| term.column.and_then(|at| state.columns.get(at));
                let denominator = |term| column(term).map_or(1, |column| column.denominator);
                let denominators = terms.map(|terms| terms.iter().map(denominator).collect::<Vec<i128>>());
                let integers = denominators.and_then(|denominators| prices.as_integers(&denominators));
                integers.and_then(|integers| self.classes.number(integers)).unwrap_or(FRACTIONS)
            }
        };
        let at = prices as usize;
        if at >= self.class_of.len() {
            self.class_of.resize(at + 1, (u64::MAX, FRACTIONS));
        }
        self.class_of.get_mut(at).into_iter().for_each(|known| *known = (state.epoch, found));
        found
    }

    /// The values of a charge's keys, those of `for each` too, from a group's row.
    fn keys_of(&self, stream: &Stream, tap: &Tap<'_>, row: &[i64]) -> Vec<Value> {
        let all = self.keys.values(stream, row.get(1..).unwrap_or_default());
        tap.keys.iter().filter_map(|at| all.get(*at).cloned()).collect()
    }

    /// The line and the prices of a group, for its first record.
    fn open(&mut self, state: &mut StreamState<'r>, at: usize, group: u32) -> Place {
        let nowhere = Place::of(Place::NONE, Place::NOWHERE);
        let StreamState { groups, taps, .. } = state;
        let row = groups.row(group as usize);
        let shared = taps.get_mut(at).and_then(|tap| tap.shared.as_mut());
        let found = match shared.and_then(|shared| shared.find(row)) {
            Some(found) => found,
            None => {
                let found = self.place(state, at, group as usize).unwrap_or(nowhere);
                let row = state.groups.row(group as usize);
                let shared = state.taps.get_mut(at).and_then(|tap| tap.shared.as_mut());
                shared.into_iter().for_each(|shared| shared.add(row, found));
                found
            }
        };
        state.taps.get_mut(at).into_iter().for_each(|tap| tap.open(group, found));
        found
    }

    fn place(&mut self, state: &StreamState<'r>, at: usize, group: usize) -> Option<Place> {
        let tap_state = state.taps.get(at)?;
        let tap = tap_state.native.taps.get(tap_state.tap)?;
        let row = state.groups.row(group);
        let (account, window) = groups::account_and_window(row);
        let account = &self.account(account);
        let interval = self.windows.get(window)?;
        let keys = self.keys_of(state.stream, tap, row);
        let rater = self.rater;
        let (program, definitions) = (rater.program, &rater.definitions);
        let line = self.lines.number(program, definitions, tap_state.charge, account, (&keys, interval));
        let line = line.unwrap_or(Place::NONE);
        let here = prices::Place { definitions, account, keys: &keys, interval };
        let charge = program.charges.get(tap_state.charge)?;
        let prices = u32::try_from(self.prices.len()).ok().filter(|number| *number < Place::NOWHERE)?;
        self.prices.push(Prices::find(here, charge, tap_state.native, tap).map_err(Into::into));
        Some(Place::of(line, prices))
    }

    /// Writes what a record adds, in the order of the bill; the numbers of its groups of which the definitions keep only
    /// folds.
    fn write(&mut self, arrived: &Arrived<'_>, touched: &mut Vec<Touched>, out: &mut RatedBlock) -> Vec<u32> {
        let start = out.rows.len();
        if touched.len() > 1 {
            merge(touched);
        }
        for one in touched.drain(..) {
            let Some(line) = self.lines.get(one.line).cloned() else { continue };
            let is_finite = self.rater.plan.charges.get(one.charge).is_some_and(|plan| plan.is_finite());
            let share = if is_finite { one.share } else { self.in_decimals(arrived.account, &line, one.share) };
            let row =
                Row { place: arrived.arrival.place, apart: None, line, quantity: share.quantity, amount: share.amount };
            out.rows.push(row);
        }
        let mut groups = Vec::new();
        if let Some(record) = self.follows_definitions(arrived).then(|| self.record(arrived)).flatten() {
            groups = self.rate_by_definition(arrived, &record, out);
        }
        let own = out.rows.get_mut(start..).unwrap_or_default();
        if own.len() > 1 {
            own.sort_by(|a, b| a.order().cmp(&b.order()));
        }
        groups
    }

    /// What the definitions make of a record; the numbers of its groups of which they keep only folds.
    fn rate_by_definition(&mut self, arrived: &Arrived<'_>, record: &Record, out: &mut RatedBlock) -> Vec<u32> {
        let Some(rest) = &mut self.rest else { return Vec::new() };
        match self.purpose {
            Purpose::Differences => {
                // What is made of others may fail on the way: the definitions say themselves whether it is taken then.
                let is_taken = self.scratch.is_taken && self.rater.feeds.get(record.kind) != Some(&true);
                let found = rest.rate(arrived.number, record, is_taken);
                let rows = self.rest_rows(arrived, found.rated);
                out.rows.extend(rows);
                found.groups
            }
            Purpose::Bills => rest.add(arrived.number, record),
        }
    }

    fn rest_rows(&mut self, arrived: &Arrived<'_>, rated: Vec<crate::reference::RestRated>) -> Vec<Row> {
        let is_shared = self.rater.definitions.is_shared();
        let row = |one: crate::reference::RestRated| {
            let plain = LineText::plain(one.rated.line, one.rated.unit, one.rated.period_start);
            // Lines that are no more come last, by their ids.
            let order = match one.charge {
                None if one.rated.record.is_some() => (vec![Value::Text(plain.id.as_str().into())], plain.order.1),
                _ => plain.order.clone(),
            };
            let line = Arc::new(LineText { charge: one.charge.unwrap_or(usize::MAX), order, ..plain });
            let quantity = one.rated.quantity.map(Figure::long);
            let share = Share { quantity, amount: Figure::long(one.rated.amount) };
            let account = self.accounts.number(&self.rater.definitions, &one.rated.account);
            let share = self.in_decimals(account.unwrap_or(arrived.account), &line, share);
            let due = one.rated.record.is_none().then_some(one.rated.time);
            let is_apart = due.is_some() || is_shared;
            let apart = is_apart.then(|| Box::new(Apart { account: one.rated.account, due }));
            Row { place: arrived.arrival.place, apart, line, quantity: share.quantity, amount: share.amount }
        };
        rated.into_iter().map(row).collect()
    }

    /// A share as finite decimals that add up to the line.
    fn in_decimals(&mut self, account: u32, line: &LineText, share: Share) -> Share {
        let key = (account, Symbol::from(line.id.as_str()), line.period_start);
        let (quantity, amount) = self.running.entry(key).or_default();
        Share {
            quantity: share.quantity.map(|one| Figure::long(quantity.next(&one.number()))),
            amount: Figure::long(amount.next(&share.amount.number())),
        }
    }

    fn untaken(&mut self, arrived: &Arrived<'_>, free: u8, out: &mut RatedBlock) {
        let standing = match free {
            Status::TAKEN if self.outside(arrived).is_none() => Standing::Free,
            Status::LEFT if self.outside(arrived).is_none() => {
                Standing::Unpriced(self.rater.definitions.unreached().to_owned())
            }
            _ => match self.record(arrived) {
                Some(record) => self.rater.definitions.untaken(&record),
                None => Standing::Free,
            },
        };
        match standing {
            Standing::Unpriced(reason) => self.note_unpriced(arrived, reason.into(), out),
            Standing::Free | Standing::Rated => self.note_free(arrived, out),
        }
        self.open_rest(arrived, out);
    }

    fn without_price(&mut self, arrived: &Arrived<'_>, reason: Arc<str>, out: &mut RatedBlock) {
        self.note_unpriced(arrived, reason, out);
        self.open_rest(arrived, out);
    }

    /// The period of a record has begun, whether it has a price or not.
    fn open_rest(&mut self, arrived: &Arrived<'_>, out: &mut RatedBlock) {
        if self.purpose == Purpose::Bills || !self.follows_definitions(arrived) {
            return;
        }
        let Some(record) = self.record(arrived) else { return };
        let rated = self.rest.as_mut().map(|rest| rest.open(&record)).unwrap_or_default();
        let rows = self.rest_rows(arrived, rated);
        out.rows.extend(rows);
    }

    fn note_unpriced(&mut self, arrived: &Arrived<'_>, reason: Arc<str>, out: &mut RatedBlock) {
        if self.keeps_numbers {
            self.unpriced.insert(arrived.number, reason.clone());
        }
        out.unpriced.push((arrived.arrival.place, reason));
    }

    fn note_free(&mut self, arrived: &Arrived<'_>, out: &mut RatedBlock) {
        if self.keeps_numbers && self.rater.definitions.is_shared() {
            self.free.insert(arrived.number);
        }
        out.free += 1;
    }

    /// The records that were said to be rated when they came and have no price after all, for a line of theirs has none
    /// in the end.
    #[must_use]
    pub fn late(&self) -> Late {
        let mut late = Late::default();
        for account in self.accounts().filter(|_| self.keeps_numbers) {
            let withheld = self.rest.as_ref().map(|rest| rest.withheld(account, &self.periods(account)));
            late.named.extend(withheld.unwrap_or_default());
        }
        for (account, numbers) in &self.fed {
            let left = self.rest.as_ref().map(|rest| rest.left(&self.account(*account), numbers)).unwrap_or_default();
            for (number, standing) in left {
                match standing {
                    Standing::Rated => {}
                    Standing::Unpriced(reason) => drop(late.named.entry(number).or_insert(reason)),
                    Standing::Free if late.named.contains_key(&number) => {}
                    Standing::Free => drop(late.free.insert(number)),
                }
            }
        }
        late.named.retain(|number, _| !self.unpriced.contains_key(number));
        late.free.retain(|number| !self.unpriced.contains_key(number) && !late.named.contains_key(number));
        let folded = self.withheld_groups();
        let missing = |account: u32, groups: &[u32]| {
            let folded = folded.get(&account)?;
            groups.iter().find_map(|group| folded.get(group)).map(|missing| Arc::from(missing.as_str()))
        };
        for ((account, lines, groups), tentative) in &self.tentative {
            let known = lines.iter().find_map(|line| self.withheld.get(&(*account, *line)));
            let Some(reason) = known.cloned().or_else(|| missing(*account, groups)) else { continue };
            if self.keeps_numbers {
                late.named.extend(tentative.numbers.iter().map(|number| (*number, reason.to_string())));
            } else {
                late.others += tentative.count;
            }
        }
        late.from_free = late.named.keys().filter(|number| self.free.contains(number)).count() as u64;
        late
    }

    /// By account, the groups of which the definitions keep only folds and whose records reach a line without a price,
    /// with what is missing.
    fn withheld_groups(&self) -> HashMap<u32, BTreeMap<u32, String>> {
        let Some(rest) = self.rest.as_ref().filter(|_| self.rater.incremental.is_any()) else { return HashMap::new() };
        let withheld = self
            .accounts
            .all()
            .zip(0u32..)
            .map(|(account, number)| (number, rest.withheld_groups(&account.name, &self.periods(&account.name))));
        withheld.filter(|(_, groups)| !groups.is_empty()).collect()
    }

    /// The accounts of the shard that have bills, in the order in which they came.
    pub fn accounts(&self) -> impl Iterator<Item = &Symbol> {
        let is_shared = self.rater.definitions.is_shared();
        let own = self.accounts.all().filter(move |_| !is_shared).map(|account| &account.name);
        own.chain(self.rest.iter().flat_map(|rest| rest.touched().map(|(account, _)| account)))
    }

    /// The periods in which an account has something.
    #[must_use]
    pub fn periods(&self, account: &Symbol) -> BTreeSet<Period> {
        let own = self.accounts.find(account).map(|number| self.accounts.periods(number)).unwrap_or_default();
        match &self.rest {
            Some(rest) => rest.periods(account, own),
            None => own,
        }
    }

    /// What is due of an account in a period without any usage of its own.
    #[must_use]
    pub fn due(&self, account: &Symbol, period: &Period) -> Vec<Rated> {
        match &self.rest {
            Some(rest) => rest.due(account, period),
            None => self.rater.definitions.due(account, period),
        }
    }

    /// Hands all sums to the definitions, which make bills of them.
    pub fn close(&mut self) {
        let Some(mut rest) = self.rest.take() else { return };
        for (at, state) in self.streams.iter().enumerate() {
            let Some(state) = state else { continue };
            if self.rater.rest_streams.get(at) == Some(&true) {
                continue;
            }
            let keys = |stream: &Stream, atoms: &[i64]| self.keys.values(stream, atoms);
            for (account, group) in state.summed(at, &self.accounts, &self.windows, keys) {
                rest.add_sums(&account, group);
            }
        }
        self.rest = Some(rest);
    }

    /// The bill of an account, once the shard is closed.
    #[must_use]
    pub fn bill(&self, account: &Symbol, period: &Period) -> Option<Bill> {
        self.rest.as_ref().map(|rest| rest.bill(account, period))
    }

    /// How many groups live in the shard, and the bytes of their state.
    #[must_use]
    pub fn live(&self) -> (usize, usize) {
        let states = self.streams.iter().flatten();
        states.fold((0, self.accounts.bytes()), |(groups, bytes), state| {
            (groups + state.groups.len(), bytes + state.bytes())
        })
    }
}

/// Instead of a class: the prices are not known.
const LACKS: u32 = u32::MAX;
/// Instead of a class: the prices do not fit in integers.
const FRACTIONS: u32 = u32::MAX - 1;
/// Instead of a class: there are no prices.
const NOWHERE: u32 = u32::MAX - 2;

fn internal() -> String {
    "internal error: no such group".to_owned()
}

/// What a record adds, if all of it fits 128 bits.
fn short_share(class: &Class, state: &StreamState<'_>, at: usize, entry: &Entry, scratch: &[i128]) -> Option<Share> {
    let Added::Short(start) = &entry.values else { return None };
    let values = scratch.get(*start..)?;
    let tap_state = state.taps.get(at)?;
    let tap = tap_state.native.taps.get(tap_state.tap)?;
    let (mut before, mut added) = ([0i128; MOST_TERMS], [0i128; MOST_TERMS]);
    for (term, (before, added)) in tap.terms.iter().zip(before.iter_mut().zip(&mut added)) {
        (*before, *added) = match term.column {
            Some(column) => {
                let sums = state.columns.get(column)?.sums.as_ref();
                (sums.map_or(Some(0), |sums| sums.short(entry.group))?, *values.get(column)?)
            }
            None => (i128::from(state.count_of(entry.group)), 1),
        };
    }
    let count = tap.terms.len();
    class.short(&ShortRecord { before: before.get(..count)?, added: added.get(..count)? })
}

/// The integer of a row.
fn integer(integers: &Integers, row: usize) -> i128 {
    match integers {
        Integers::Narrow(narrow) => narrow.get(row).copied().map_or(i128::MIN, i128::from),
        Integers::Wide(wide) => wide.get(row).copied().unwrap_or(i128::MIN),
    }
}
