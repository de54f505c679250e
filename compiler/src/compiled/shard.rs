//! The state of some of the accounts of a run: each record's share in each line, and the sums that are billed.

mod definitions;
mod late;
mod pass;
mod shares;

use super::arrival::{Arrival, Origin};
use super::class::Classes;
use super::keys::Keys;
use super::place::{Known, Lines, TOO_MANY, Windows};
use super::prices::Prices;
use super::rows::{RatedBlock, Row, Touched, merge};
use super::stream::StreamState;
use super::sums::{over, over_denominator};
use super::{Rater, groups};
use crate::bill::{Bill, CutSpan, Period, Rated, Standing};
use crate::columns::Block;
use crate::exact::{Differences, Rational};
use crate::ir::Stream;
use crate::jit::{Computed, Integers, Status, StreamColumns};
use crate::model::{Record, Symbol, Value};
use crate::reference::{Rest, StreamEntry};
use jiff::Timestamp;
pub use late::Late;
use late::Tentative;
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

    fn outside(&self, arrived: &Arrived<'_>) -> Option<Arc<str>> {
        if !self.is_given() && self.rater.program.header.period.anchor.is_none() {
            return None;
        }
        let time = Timestamp::from_nanosecond(arrived.nanoseconds).ok()?;
        self.rater.definitions.outside(&self.account(arrived.account), time).map(Into::into)
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

    /// The spans that were closed at their limit.
    #[must_use]
    pub fn cut_spans(&self) -> BTreeSet<CutSpan> {
        self.rest.as_ref().map(Rest::cut_spans).unwrap_or_default()
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

/// The integer of a row.
fn integer(integers: &Integers, row: usize) -> i128 {
    match integers {
        Integers::Narrow(narrow) => narrow.get(row).copied().map_or(i128::MIN, i128::from),
        Integers::Wide(wide) => wide.get(row).copied().unwrap_or(i128::MIN),
    }
}
