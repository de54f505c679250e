//! The state of one stream in a shard: its groups, their sums, and what each charge makes of them.

use super::groups::{Groups, account_and_window};
use super::place::{Known, Windows};
use super::plan::{Native, Plan};
use super::sums::{Sums, common};
use crate::exact::Rational;
use crate::ir::{AggregateFunction, Program, Stream};
use crate::model::Value;
use crate::reference::SummedGroup;
use jiff::Timestamp;

/// A stream's state.
#[derive(Debug)]
pub(super) struct StreamState<'p> {
    pub(super) stream: &'p Stream,
    /// The number of its window's rule.
    pub(super) rule: usize,
    pub(super) groups: Groups,
    /// By group, how many records it has, and when the first one happened; only where bills are wanted.
    counts: Vec<(u32, i64)>,
    pub(super) columns: Vec<ColumnState>,
    /// Changes whenever a denominator does.
    pub(super) epoch: u64,
    /// Whether groups are of all accounts: nothing is kept of them, and neither prices nor lines depend on the account.
    pub(super) is_common: bool,
    pub(super) counts_records: bool,
    pub(super) taps: Vec<TapState<'p>>,
}

/// An aggregate of a stream.
#[derive(Debug)]
pub(super) struct ColumnState {
    /// What a record's value is divided by.
    pub(super) denominator: i128,
    /// The running sums, where something needs them.
    pub(super) sums: Option<Sums>,
    /// Whether it is a sum of numbers at all.
    pub(super) is_sum: bool,
}

/// What a charge takes of the stream.
#[derive(Debug)]
pub(super) struct TapState<'p> {
    pub(super) charge: usize,
    pub(super) native: &'p Native<'p>,
    pub(super) tap: usize,
    /// By group.
    pub(super) lines: Vec<Place>,
    /// Where neither the prices nor the line depend on the account: the places by window and keys, found once.
    pub(super) shared: Option<Shared>,
}

/// Places that all accounts share.
#[derive(Debug)]
pub(super) struct Shared {
    numbers: Groups,
    places: Vec<Place>,
}

impl Shared {
    /// The place of a group's row, if one of any account was seen.
    pub(super) fn find(&mut self, row: &[i64]) -> Option<Place> {
        let number = self.number(row)?;
        self.places.get(number).copied().filter(|place| !place.is_new())
    }

    /// Takes note of a place.
    pub(super) fn add(&mut self, row: &[i64], place: Place) {
        let Some(number) = self.number(row) else { return };
        if number >= self.places.len() {
            self.places.resize(number + 1, Place::NEW);
        }
        self.places.get_mut(number).into_iter().for_each(|known| *known = place);
    }

    fn number(&mut self, row: &[i64]) -> Option<usize> {
        let (_, window) = account_and_window(row);
        let mut shared = row.to_vec();
        shared.first_mut().into_iter().for_each(|first| *first = super::groups::place(0, window));
        self.numbers.number(&shared).map(|number| number as usize)
    }
}

/// Where a group's records are billed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The line; [`Place::NONE`] where it stands on no bill.
    pub(super) line: u32,
    /// The prices, by their number in the shard; [`Place::NOWHERE`] where there are none.
    prices: u32,
}

impl Place {
    /// No line.
    pub(super) const NONE: u32 = u32::MAX;
    /// No prices.
    pub(super) const NOWHERE: u32 = Place::FRESH - 1;
    /// Set as long as the group had no record.
    const FRESH: u32 = 1 << 31;
    /// Of a group that was not looked for yet.
    const NEW: Place = Place { line: Place::NONE, prices: u32::MAX };

    /// Of a group that had no record yet.
    pub(super) fn of(line: u32, prices: u32) -> Place {
        Place { line, prices: prices.min(Place::NOWHERE) | Place::FRESH }
    }

    /// The number of the prices.
    #[inline]
    pub(super) fn prices(self) -> u32 {
        self.prices & !Place::FRESH
    }

    /// Whether it was not looked for yet.
    #[inline]
    pub(super) fn is_new(self) -> bool {
        self.prices == Place::NEW.prices
    }

    /// Whether its group had no record yet.
    #[inline]
    pub(super) fn is_fresh(self) -> bool {
        self.prices & Place::FRESH != 0
    }
}

impl<'p> StreamState<'p> {
    /// Of a stream that charges take natively; `totals` keeps the sums of all aggregates.
    pub(super) fn new(
        program: &'p Program,
        plan: &'p Plan<'p>,
        at: usize,
        windows: &mut Windows,
        totals: bool,
    ) -> Option<StreamState<'p>> {
        let stream = program.streams.get(at)?;
        let is_anchored = stream.window.anchor.is_some() || program.header.period.anchor.is_some();
        let mut taps = Vec::new();
        for (charge, native) in plan.charges.iter().enumerate().filter_map(|(at, one)| Some((at, one.native.as_ref()?)))
        {
            let ours = native.taps.iter().enumerate().filter(|(_, tap)| tap.stream == at);
            let shared = || Shared { numbers: Groups::of_keys(stream.keys.len()), places: Vec::new() };
            let shared = || (native.is_common && !is_anchored).then(shared);
            taps.extend(ours.map(|(tap, _)| TapState { charge, native, tap, lines: Vec::new(), shared: shared() }));
        }
        if taps.is_empty() {
            return None;
        }
        let running = |column: usize| taps.iter().any(|tap| tap.runs_over(Some(column)));
        let columns = stream.aggregates.iter().enumerate().map(|(column, one)| {
            let aggregate = program.aggregates.get(*one);
            let is_sum = aggregate.is_some_and(|one| one.function == AggregateFunction::Sum && one.used);
            let sums = (is_sum && (totals || running(column))).then(Sums::default);
            ColumnState { denominator: 1, sums, is_sum }
        });
        let columns: Vec<ColumnState> = columns.collect();
        let counts_records = totals || taps.iter().any(|tap| tap.runs_over(None));
        let keeps_nothing = !counts_records && columns.iter().all(|column| column.sums.is_none());
        let is_common = keeps_nothing && !is_anchored && taps.iter().all(|tap| tap.native.is_common);
        Some(StreamState {
            is_common,
            counts_records,
            stream,
            rule: windows.rule(&stream.window),
            groups: Groups::of_keys(stream.keys.len()),
            counts: Vec::new(),
            columns,
            epoch: 0,
            taps,
        })
    }

    /// Makes all denominators multiples of those of a batch; false where that leaves 128 bits.
    pub(super) fn widen(&mut self, column: usize, denominator: i128) -> bool {
        let Some(state) = self.columns.get_mut(column) else { return false };
        if state.denominator % denominator == 0 {
            return true;
        }
        // Beyond it the products with prices would leave 128 bits anyway.
        const MOST: i128 = 1 << 96;
        let Some(wider) = common(state.denominator, denominator).filter(|wider| *wider <= MOST) else { return false };
        state.denominator = wider;
        state.sums.iter_mut().for_each(|sums| sums.rescale(wider));
        self.epoch += 1;
        true
    }

    /// Counts a record of a group.
    pub(super) fn count(&mut self, group: u32, nanoseconds: i64) {
        let at = group as usize;
        if at >= self.counts.len() {
            self.counts.resize(at + 1, (0, i64::MAX));
        }
        if let Some((count, first)) = self.counts.get_mut(at) {
            *count = count.saturating_add(1);
            *first = nanoseconds.min(*first);
        }
    }

    /// How many records a group has.
    pub(super) fn count_of(&self, group: u32) -> u32 {
        self.counts.get(group as usize).map_or(0, |(count, _)| *count)
    }

    /// All groups with their sums, by account.
    pub(super) fn summed<'s>(
        &'s self,
        at: usize,
        accounts: &'s Known,
        windows: &'s Windows,
        keys: impl Fn(&Stream, &[i64]) -> Vec<Value> + 's,
    ) -> impl Iterator<Item = (crate::model::Symbol, SummedGroup)> + 's {
        (0..self.groups.len()).filter_map(move |number| {
            let row = self.groups.row(number);
            let (account, window) = account_and_window(row);
            let group = u32::try_from(number).ok()?;
            let (count, first) = self.counts.get(number).copied().filter(|(count, _)| *count > 0)?;
            let sum = |column: &ColumnState| column.sums.as_ref().map_or_else(Rational::zero, |sums| sums.exact(group));
            let summed = SummedGroup {
                stream: at,
                keys: keys(self.stream, row.get(1..)?),
                interval: windows.get(window)?,
                sums: self.columns.iter().map(sum).collect(),
                count: count as usize,
                first: Timestamp::from_nanosecond(i128::from(first)).ok()?,
            };
            Some((accounts.get(account)?.name.clone(), summed))
        })
    }

    /// The bytes that are held.
    pub(super) fn bytes(&self) -> usize {
        let sums: usize = self.columns.iter().filter_map(|column| column.sums.as_ref()).map(Sums::bytes).sum();
        let lines: usize = self.taps.iter().map(|tap| tap.lines.capacity() * size_of::<Place>()).sum();
        self.groups.bytes() + sums + lines + self.counts.capacity() * size_of::<(u32, i64)>()
    }
}

impl TapState<'_> {
    /// Says where a group is billed.
    pub(super) fn open(&mut self, group: u32, place: Place) {
        let at = group as usize;
        if at >= self.lines.len() {
            self.lines.resize(at + 1, Place::NEW);
        }
        self.lines.get_mut(at).into_iter().for_each(|known| *known = place);
    }

    /// Where a group is billed, if that was looked for.
    #[inline]
    pub(super) fn place(&self, group: u32) -> Option<Place> {
        self.lines.get(group as usize).copied().filter(|place| !place.is_new())
    }

    /// A record of a group is taken; whether it is the group's first one.
    pub(super) fn take_first(&mut self, group: u32) -> bool {
        let Some(place) = self.lines.get_mut(group as usize) else { return false };
        let was_fresh = place.is_fresh() && !place.is_new();
        if was_fresh {
            place.prices = place.prices();
        }
        was_fresh
    }

    /// Whether a curve of the charge needs the running sum of a column, or the running count.
    fn runs_over(&self, column: Option<usize>) -> bool {
        let Some(tap) = self.native.taps.get(self.tap) else { return false };
        let is_curve = |piece: usize| self.native.pieces.get(piece).is_some_and(|piece| piece.is_curve);
        tap.terms.iter().any(|term| term.column == column && is_curve(term.piece))
    }
}
