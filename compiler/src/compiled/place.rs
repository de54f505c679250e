//! Accounts, windows and lines of a shard, each by a small number.

use crate::bill::Period;
use crate::ir::{Charge, Program};
use crate::model::{Interval, Symbol, Value, Window};
use crate::reference::Definitions;
use hashbrown::{DefaultHashBuilder, HashTable};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher;
use std::sync::Arc;

/// A line of bills, without the account.
#[derive(Clone, Debug, PartialEq)]
pub struct LineText {
    /// The charge; none for what the definitions gave.
    pub charge: usize,
    /// Its id.
    pub id: String,
    /// The unit of its quantity.
    pub unit: Option<Symbol>,
    /// When the period of its bill starts.
    pub period_start: Timestamp,
    /// The values of its keys and its window, by which the lines of a charge are sorted.
    pub order: (Vec<Value>, Interval),
}

impl LineText {
    /// Of a line that the definitions gave.
    #[must_use]
    pub fn plain(id: String, unit: Option<Symbol>, period_start: Timestamp) -> LineText {
        let order = (Vec::new(), Interval { start: Timestamp::MIN, end: Timestamp::MIN });
        LineText { charge: usize::MAX, id, unit, period_start, order }
    }
}

/// Whatever is counted from zero as it comes.
#[derive(Debug)]
pub(super) struct Numbered<T> {
    numbers: HashMap<T, u32>,
    all: Vec<T>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Numbered<T> {
        Numbered { numbers: HashMap::new(), all: Vec::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Numbered<T> {
    /// Its number, a new one if it is new; none where there are too many.
    pub(super) fn number(&mut self, one: &T) -> Option<u32> {
        if let Some(number) = self.numbers.get(one) {
            return Some(*number);
        }
        let number = u32::try_from(self.all.len()).ok()?;
        self.numbers.insert(one.clone(), number);
        self.all.push(one.clone());
        Some(number)
    }

    pub(super) fn get(&self, number: u32) -> Option<&T> {
        self.all.get(number as usize)
    }
}

/// The accounts of a shard.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Their numbers, and where in `names` their names begin.
    table: HashTable<(u32, u32)>,
    /// Each name behind its length in four bytes: one place to look at instead of two.
    names: Vec<u8>,
    hasher: DefaultHashBuilder,
    all: Vec<Account>,
    periods: Numbered<Period>,
}

/// An account of a shard.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) name: Symbol,
    /// Whether its facts change, so that all of it follows the definitions.
    pub(super) is_dated: bool,
    /// The numbers of the periods in which it has records, or in which windows end that hold them.
    periods: Vec<u32>,
}

impl Known {
    /// The number of an account.
    pub(super) fn number(&mut self, definitions: &Definitions<'_>, name: &str) -> Option<u32> {
        if let Some(number) = self.find(name) {
            return Some(number);
        }
        let number = u32::try_from(self.all.len()).ok()?;
        let (start, length) = (u32::try_from(self.names.len()).ok()?, u32::try_from(name.len()).ok()?);
        self.names.extend_from_slice(&length.to_le_bytes());
        self.names.extend_from_slice(name.as_bytes());
        let name = Symbol::from(name);
        self.all.push(Account { is_dated: definitions.is_dated(&name), name: name.clone(), periods: Vec::new() });
        let Known { table, hasher, all, .. } = self;
        let name_of = |number: u32| all.get(number as usize).map_or("", |account| &*account.name);
        let hash = |(number, _): &(u32, u32)| hasher.hash_one(name_of(*number));
        table.insert_unique(hasher.hash_one(&*name), (number, start), hash);
        Some(number)
    }

    /// The number of an account that is known.
    #[inline]
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        let is_named = |(_, start): &(u32, u32)| {
            let held = self.names.get(*start as usize..).and_then(|held| held.split_first_chunk::<4>());
            held.is_some_and(|(length, held)| {
                u32::from_le_bytes(*length) as usize == name.len() && held.get(..name.len()) == Some(name.as_bytes())
            })
        };
        self.table.find(self.hasher.hash_one(name), is_named).map(|(number, _)| *number)
    }

    pub(super) fn get(&self, number: u32) -> Option<&Account> {
        self.all.get(number as usize)
    }

    /// The accounts in the order in which they came.
    pub(super) fn all(&self) -> impl Iterator<Item = &Account> {
        self.all.iter()
    }

    /// The periods in which an account has records, or in which windows end that hold them.
    pub(super) fn periods(&self, number: u32) -> BTreeSet<Period> {
        let numbers = self.get(number).map_or(&[][..], |account| &account.periods);
        numbers.iter().filter_map(|number| self.periods.get(*number).cloned()).collect()
    }

    /// Takes note of the periods that a record touches. Where all windows lie in a period, only its own.
    pub(super) fn touch(&mut self, definitions: &Definitions<'_>, nested: bool, number: u32, nanoseconds: i128) {
        let Known { all, periods, .. } = self;
        let Some(account) = all.get_mut(number as usize) else { return };
        let last = account.periods.last().and_then(|last| periods.get(*last)).map(|last| bounds(last.interval));
        if nested && last.is_some_and(|(start, end)| start <= nanoseconds && nanoseconds < end) {
            return;
        }
        let Ok(time) = Timestamp::from_nanosecond(nanoseconds) else { return };
        let touched: Vec<Period> = match nested {
            true => definitions.period(&account.name, time).into_iter().collect(),
            false => definitions.periods(&account.name, time).into_iter().collect(),
        };
        for period in touched {
            let Some(number) = periods.number(&period) else { continue };
            account.periods.retain(|known| *known != number);
            account.periods.push(number);
        }
    }

    /// The bytes that are held.
    pub(super) fn bytes(&self) -> usize {
        let names: usize = self.all.iter().map(|account| account.name.len() + 2 * size_of::<usize>()).sum();
        let periods: usize = self.all.iter().map(|account| account.periods.capacity() * size_of::<u32>()).sum();
        names
            + periods
            + self.names.capacity()
            + self.all.capacity() * size_of::<Account>()
            + self.table.allocation_size()
    }
}

fn bounds(interval: Interval) -> (i128, i128) {
    (interval.start.as_nanosecond(), interval.end.as_nanosecond())
}

/// The stretches of windows, each found once by the definitions.
#[derive(Debug)]
pub(super) struct Windows {
    rules: Vec<Rule>,
    intervals: Numbered<Interval>,
}

/// The stretches of a rule that are known: by account only where they are counted from a date of the account.
#[derive(Debug)]
struct Rule {
    window: Window,
    /// Those of all accounts; none where the rule counts from a date of the account.
    common: Option<Stretches>,
    /// By account.
    known: HashMap<u32, Stretches>,
}

#[derive(Debug, Default)]
struct Stretches {
    /// By their start.
    sorted: Vec<(i128, i128, u32)>,
    last: usize,
}

impl Windows {
    /// No stretch.
    pub(super) const NONE: u32 = u32::MAX;

    pub(super) fn new() -> Windows {
        Windows { rules: Vec::new(), intervals: Numbered::default() }
    }

    /// The number of a rule.
    pub(super) fn rule(&mut self, window: &Window) -> usize {
        let known = self.rules.iter().position(|rule| rule.window == *window);
        known.unwrap_or_else(|| {
            let common = window.anchor.is_none().then(Stretches::default);
            self.rules.push(Rule { window: window.clone(), common, known: HashMap::new() });
            self.rules.len() - 1
        })
    }

    /// The number of the stretch of a rule that holds an instant; none where none is asked for.
    ///
    /// # Errors
    /// What the account lacks for it.
    pub(super) fn holding(
        &mut self,
        definitions: &Definitions<'_>,
        rule: usize,
        (number, account): (u32, &Symbol),
        nanoseconds: i128,
    ) -> Result<Option<u32>, String> {
        let Some(rule) = self.rules.get_mut(rule) else { return Ok(None) };
        let stretches = match &mut rule.common {
            Some(common) => common,
            None => rule.known.entry(number).or_default(),
        };
        if let Some(found) = stretches.find(nanoseconds) {
            return Ok(Some(found));
        }
        let time = Timestamp::from_nanosecond(nanoseconds).map_err(|error| error.to_string())?;
        let Some(interval) = definitions.holding(account, &rule.window, time)? else { return Ok(None) };
        let number = self.intervals.number(&interval).ok_or(TOO_MANY)?;
        stretches.insert(interval, number);
        Ok(Some(number))
    }

    /// The numbers of the stretches of a rule that hold instants, for a rule that is the same for all accounts;
    /// [`Windows::NONE`] where there is none, or the definitions have something to say.
    pub(super) fn all_holding(
        &mut self,
        definitions: &Definitions<'_>,
        rule: usize,
        times: impl Iterator<Item = i64>,
        out: &mut Vec<u32>,
    ) {
        let anybody = Symbol::from("");
        for time in times {
            let time = i128::from(time);
            let stretches = self.rules.get_mut(rule).and_then(|rule| rule.common.as_mut());
            let found = stretches
                .and_then(|stretches| stretches.find(time))
                .or_else(|| self.holding(definitions, rule, (0, &anybody), time).ok().flatten());
            out.push(found.unwrap_or(Windows::NONE));
        }
    }

    /// The number of a stretch.
    pub(super) fn number(&mut self, interval: &Interval) -> Option<u32> {
        self.intervals.number(interval)
    }

    pub(super) fn get(&self, number: u32) -> Option<Interval> {
        self.intervals.get(number).copied()
    }
}

impl Stretches {
    #[inline]
    fn find(&mut self, nanoseconds: i128) -> Option<u32> {
        let holds = |(start, end, _): &(i128, i128, u32)| *start <= nanoseconds && nanoseconds < *end;
        if let Some(last) = self.sorted.get(self.last).filter(|last| holds(last)) {
            return Some(last.2);
        }
        let after = self.sorted.partition_point(|(start, _, _)| *start <= nanoseconds);
        let at = after.checked_sub(1)?;
        let found = self.sorted.get(at).filter(|found| holds(found))?;
        self.last = at;
        Some(found.2)
    }

    fn insert(&mut self, interval: Interval, number: u32) {
        let (start, end) = bounds(interval);
        let at = self.sorted.partition_point(|(other, _, _)| *other < start);
        self.sorted.insert(at, (start, end, number));
        self.last = at;
    }
}

/// Why a record can not be counted.
pub(super) const TOO_MANY: &str = "there are more accounts, keys or windows than this run can count";

/// The lines of a shard.
#[derive(Debug, Default)]
pub(super) struct Lines {
    numbers: HashMap<LineKey, u32>,
    all: Vec<Arc<LineText>>,
}

/// A charge, the keys of a line, its window, and the start of its bill's period.
type LineKey = (usize, Vec<Value>, Interval, Timestamp);

impl Lines {
    /// The number of a line; none where it stands on no bill.
    pub(super) fn number(
        &mut self,
        program: &Program,
        definitions: &Definitions<'_>,
        at: usize,
        account: &Symbol,
        (keys, interval): (&[Value], Interval),
    ) -> Option<u32> {
        let charge: &Charge = program.charges.get(at)?;
        let period_start = definitions.billed_in(account, charge, interval)?.interval.start;
        let keys = keys.get(..charge.keys.len())?.to_vec();
        let key = (at, keys.clone(), interval, period_start);
        if let Some(number) = self.numbers.get(&key) {
            return Some(*number);
        }
        let number = u32::try_from(self.all.len()).ok()?;
        let unit = charge.body.quantity_unit.as_ref().filter(|unit| !unit.dimension.is_none());
        self.all.push(Arc::new(LineText {
            charge: at,
            id: definitions.line_id(charge, &keys, interval),
            unit: unit.map(|unit| unit.name.clone()),
            period_start,
            order: (keys, interval),
        }));
        self.numbers.insert(key, number);
        Some(number)
    }

    pub(super) fn get(&self, number: u32) -> Option<&Arc<LineText>> {
        self.all.get(number as usize)
    }
}
