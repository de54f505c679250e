//! What a grant has given, lot by lot: from when on, until when, how much of it is left, and what it cost.

use super::steps::Events;
use super::{Settlement, keys_at};
use crate::exact::{Rational, Rounding};
use crate::ir::{Expires, Expr, Gives, Grant, Op, RollsOver, UpTo};
use crate::model::{Clock, InPlan, Interval, Value, Window};
use crate::reference::eval::{eval, number, truth};
use crate::reference::evaluation::Evaluation;
use crate::reference::scope::{Group, Missing, Outcome, Scope, internal};
use crate::time;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A grant and the keys of one of its balances.
pub(in crate::reference) type PoolKey = (usize, Vec<Value>);

/// What has been given at one time.
#[derive(Clone, Debug)]
pub(super) struct Lot {
    /// When it was first given: what rolls over keeps its age.
    pub(super) given: Timestamp,
    /// From when on it may be used.
    pub(super) from: Timestamp,
    /// From when on not any more.
    pub(super) expires: Option<Timestamp>,
    /// How much.
    pub(super) amount: Rational,
    pub(super) left: Rational,
    /// What one of the grant's unit cost.
    pub(super) cost: Rational,
    /// What has changed, and when.
    log: Vec<(Timestamp, Rational)>,
    /// Whether it comes from an earlier lot.
    is_rolled: bool,
    /// Whether it has lapsed, and what was left has rolled over.
    has_lapsed: bool,
}

/// Packs that were bought at one time.
#[derive(Clone, Debug)]
pub(super) struct Purchase {
    pub(super) time: Timestamp,
    pub(super) packs: Rational,
    pub(super) price: Rational,
}

/// All that one balance has had.
#[derive(Clone, Debug, Default)]
pub(super) struct Pool {
    pub(super) lots: Vec<Lot>,
    pub(super) bought: Vec<Purchase>,
    /// The lots of which something is left, in the order in which they are used.
    open: BTreeMap<Expiry, BTreeSet<Claim>>,
    /// When those expire that have not lapsed.
    lapsing: BTreeSet<(Timestamp, usize)>,
    /// Where it is followed event by event: which windows it has been given.
    windows: Option<Windows>,
    /// What was done to it, so that it can be undone.
    done: Vec<Done>,
}

/// When a lot expires; those that never do come last.
type Expiry = (bool, Option<Timestamp>);

/// What it cost, when it was given, and its number: what decides among lots that expire together.
pub(super) type Claim = (Rational, Timestamp, usize);

/// Which windows a balance has been given.
#[derive(Clone, Debug)]
struct Windows {
    /// Those that share an instant with one of these; of a grant of a plan only the part that lies there.
    within: Arc<[Interval]>,
    /// All that start before.
    until: Timestamp,
    /// Until then there are no others.
    next: Option<Timestamp>,
}

/// Something that was done to a balance.
#[derive(Clone, Debug)]
enum Done {
    Given,
    Bought,
    Lapsed(usize),
    Changed(usize, Rational),
    Windows(Option<Windows>),
}

impl Lot {
    /// Whether it may be used at a time.
    pub(super) fn is_live(&self, time: Timestamp) -> bool {
        self.from <= time && self.expires.is_none_or(|end| time < end)
    }

    /// What of it was left at the last instant before a time, whether it might be used then or not.
    pub(super) fn left_before(&self, end: Timestamp) -> Rational {
        let until = self.log.iter().filter(|(time, _)| *time < end);
        until.fold(self.amount.clone(), |total, (_, by)| &total + by)
    }

    fn change(&mut self, time: Timestamp, by: &Rational) {
        self.left = &self.left + by;
        self.log.push((time, by.clone()));
    }
}

impl Pool {
    /// Takes from a lot, or gives back what was taken.
    pub(super) fn change(&mut self, lot: usize, time: Timestamp, by: &Rational) {
        self.lots.get_mut(lot).into_iter().for_each(|lot| lot.change(time, by));
        self.list(lot);
        self.done.push(Done::Changed(lot, by.clone()));
    }

    fn give(&mut self, lot: Lot) {
        let number = self.lots.len();
        self.lapsing.extend(lot.expires.map(|end| (end, number)));
        self.lots.push(lot);
        self.list(number);
        self.done.push(Done::Given);
    }

    fn lapse(&mut self, at: usize) {
        let Some(lot) = self.lots.get_mut(at) else { return };
        lot.has_lapsed = true;
        if let Some(end) = lot.expires {
            self.lapsing.remove(&(end, at));
        }
        self.done.push(Done::Lapsed(at));
    }

    /// Lists a lot among those of which something is left, or no longer.
    fn list(&mut self, at: usize) {
        let Some(lot) = self.lots.get(at) else { return };
        let (expiry, claim) = ((lot.expires.is_none(), lot.expires), (lot.cost.clone(), lot.given, at));
        if lot.left.is_positive() {
            self.open.entry(expiry).or_default().insert(claim);
        } else if let Some(claims) = self.open.get_mut(&expiry) {
            claims.remove(&claim);
            if claims.is_empty() {
                self.open.remove(&expiry);
            }
        }
    }

    /// The lot that is used first at a time: what expires first, cost least, is oldest.
    pub(super) fn first_live(&self, time: Timestamp) -> Option<(Expiry, &Claim)> {
        let is_live = |claim: &&Claim| self.lots.get(claim.2).is_some_and(|lot| lot.is_live(time));
        let unexpired = self.open.range((false, Some(time))..);
        unexpired.filter_map(|(expiry, claims)| Some((*expiry, claims.iter().find(is_live)?))).next()
    }

    /// How much was done to it.
    pub(super) fn mark(&self) -> usize {
        self.done.len()
    }

    /// Undoes what was done to it since.
    pub(super) fn undo(&mut self, mark: usize) {
        while self.done.len() > mark {
            match self.done.pop() {
                Some(Done::Given) => {
                    let number = self.lots.len().saturating_sub(1);
                    self.lots.get_mut(number).into_iter().for_each(|lot| lot.left = Rational::zero());
                    self.list(number);
                    let lot = self.lots.pop();
                    if let Some(end) = lot.and_then(|lot| lot.expires) {
                        self.lapsing.remove(&(end, number));
                    }
                }
                Some(Done::Bought) => drop(self.bought.pop()),
                Some(Done::Lapsed(at)) => {
                    let Some(lot) = self.lots.get_mut(at) else { continue };
                    lot.has_lapsed = false;
                    self.lapsing.extend(lot.expires.map(|end| (end, at)));
                }
                Some(Done::Changed(at, by)) => {
                    if let Some(lot) = self.lots.get_mut(at) {
                        lot.left = &lot.left - &by;
                        lot.log.pop();
                    }
                    self.list(at);
                }
                Some(Done::Windows(windows)) => self.windows = windows,
                None => {}
            }
        }
    }

    /// The packs that were bought since, and what they cost.
    pub(super) fn bought_since(&self, mark: usize) -> impl Iterator<Item = &Purchase> {
        let count = self.done.iter().skip(mark).filter(|done| matches!(done, Done::Bought)).count();
        self.bought.iter().skip(self.bought.len().saturating_sub(count))
    }

    /// What is left at a time.
    pub(super) fn left(&self, time: Timestamp) -> Rational {
        let live = self.lots.iter().filter(|lot| lot.is_live(time));
        live.fold(Rational::zero(), |total, lot| &total + &lot.left)
    }

    /// What was left at the last instant before a time.
    pub(super) fn balance_before(&self, end: Timestamp) -> Rational {
        let live = self.lots.iter().filter(|lot| lot.from < end && lot.expires.is_none_or(|expires| end <= expires));
        live.fold(Rational::zero(), |total, lot| &total + &lot.left_before(end))
    }
}

/// A moment of a grant: its windows and facts as of a time.
pub(super) fn at_time(interval: Interval) -> Group {
    Group::new(Vec::new(), interval)
}

fn instant(time: Timestamp) -> Interval {
    Interval { start: time, end: time }
}

/// Makes all balances, with what is given to them without being bought.
pub(super) fn open_all(evaluation: &Evaluation<'_>, events: &Events<'_>, settlement: &mut Settlement) {
    let program = evaluation.context.program;
    for (at, grant) in program.grants.iter().enumerate() {
        for (keys, first) in balances_of(evaluation, events, grant) {
            match open(evaluation, events, grant, &keys, first) {
                Ok(pool) => drop(settlement.pools.insert((at, keys), pool)),
                Err(missing) => drop(settlement.failed.entry(at).or_insert(missing)),
            }
        }
    }
}

/// The keys of a grant's balances, each with its first record.
fn balances_of(
    evaluation: &Evaluation<'_>,
    events: &Events<'_>,
    grant: &Grant,
) -> BTreeMap<Vec<Value>, Option<Timestamp>> {
    if grant.keys.is_empty() {
        return BTreeMap::from([(Vec::new(), events.first())]);
    }
    let mut found: BTreeMap<Vec<Value>, Option<Timestamp>> = BTreeMap::new();
    let mut note = |keys: Vec<Value>, time: Timestamp| {
        let first = found.entry(keys).or_insert(Some(time));
        *first = first.map(|first| first.min(time));
    };
    for gives in &grant.gives {
        let Gives::ForEach { stream } = gives else { continue };
        for event in &events.list {
            let own = event.iter().filter(|added| added.stream == *stream);
            own.for_each(|added| note(added.keys.to_vec(), added.member.time));
        }
    }
    for (place, time) in super::steps::first_of_places(evaluation, events) {
        for cover in grant.covers_of(place.charge) {
            keys_at(cover, &place).into_iter().for_each(|keys| note(keys, time));
        }
    }
    found
}

fn open(
    evaluation: &Evaluation<'_>,
    events: &Events<'_>,
    grant: &Grant,
    keys: &[Value],
    first: Option<Timestamp>,
) -> Outcome<Pool> {
    let mut pool = Pool::default();
    if let Some(place) = grant.in_plan {
        open_in_plan(evaluation, events, (grant, place), keys, &mut pool)?;
        return Ok(pool);
    }
    let period = evaluation.period;
    let start = evaluation.context.start()?.filter(|_| grant.keys.is_empty());
    let begin = start.or(first).unwrap_or(period.start);
    let end = events.end(evaluation);
    for gives in &grant.gives {
        match gives {
            Gives::Every { amount, window } if !window.from_first_use => {
                // What lapses unused makes no difference to what comes later.
                let lapses = grant.rolls_over.is_none() && matches!(grant.expires, Expires::WithWindow);
                let from = match lapses {
                    true if grant.keys.is_empty() => {
                        first.unwrap_or(period.start).min(period.start).max(start.unwrap_or(Timestamp::MIN))
                    }
                    true => begin,
                    false => begin,
                };
                every_window(evaluation, grant, amount, window, Interval { start: from, end }, &mut pool)?;
            }
            _ => gives_besides(evaluation, events, (grant, gives), keys, begin, &mut pool)?,
        }
    }
    Ok(pool)
}

/// What is given besides windows.
fn gives_besides(
    evaluation: &Evaluation<'_>,
    events: &Events<'_>,
    (grant, gives): (&Grant, &Gives),
    keys: &[Value],
    begin: Timestamp,
    pool: &mut Pool,
) -> Outcome<()> {
    match gives {
        // Windows that begin with their first use open as it is used.
        Gives::Every { .. } => Ok(()),
        Gives::Once { amount, at } => {
            let scope_at = at_time(instant(begin));
            let scope = Scope::group(evaluation, &scope_at);
            let given = match at {
                Some(at) => moment(&scope, at)?,
                None => begin,
            };
            let then = at_time(instant(given));
            let amount = number(&Scope::group(evaluation, &then), amount)?;
            give(evaluation, grant, instant(given), amount, None, pool)
        }
        Gives::ForEach { stream } => with_records(evaluation, events, grant, (*stream, keys), None, pool),
        Gives::List { .. } => each_item(evaluation, grant, gives, begin, pool),
    }
}

/// A balance that is followed event by event, with what its first event gives; the windows come as time goes on.
/// `opened` is the start of the first period.
pub(super) fn begin(
    evaluation: &Evaluation<'_>,
    event: &Events<'_>,
    grant: &Grant,
    keys: &[Value],
    (first, opened): (Timestamp, Timestamp),
) -> Outcome<Pool> {
    let start = evaluation.context.start()?;
    let mut pool = Pool::default();
    let within = match grant.in_plan {
        Some(place) => {
            let known = start.unwrap_or(first).min(opened);
            let begin = |one: Interval| if one.start == Timestamp::MIN { known } else { one.start };
            let stretches = evaluation.context.on_plan(place)?.into_iter();
            stretches.map(|one| Interval { start: begin(one), ..one }).collect()
        }
        None => {
            let begin = start.filter(|_| grant.keys.is_empty()).unwrap_or(first);
            for gives in &grant.gives {
                gives_besides(evaluation, event, (grant, gives), keys, begin, &mut pool)?;
            }
            let lapses = grant.rolls_over.is_none() && matches!(grant.expires, Expires::WithWindow);
            let from = if lapses && grant.keys.is_empty() { first.max(begin) } else { begin };
            Arc::from([Interval { start: from, end: Timestamp::MAX }])
        }
    };
    pool.windows = Some(Windows { within, until: Timestamp::MIN, next: None });
    if grant.in_plan.is_some() {
        go_on(evaluation, event, grant, keys, &mut pool)?;
    }
    Ok(pool)
}

/// What one more event gives to a balance that is followed.
pub(super) fn go_on(
    evaluation: &Evaluation<'_>,
    event: &Events<'_>,
    grant: &Grant,
    keys: &[Value],
    pool: &mut Pool,
) -> Outcome<()> {
    for gives in &grant.gives {
        let Gives::ForEach { stream } = gives else { continue };
        match grant.in_plan {
            None => with_records(evaluation, event, grant, (*stream, keys), None, pool)?,
            Some(place) => {
                for stretch in evaluation.context.on_plan(place)? {
                    with_records(evaluation, event, grant, (*stream, keys), Some(stretch), pool)?;
                }
            }
        }
    }
    Ok(())
}

/// Gives the windows that have begun until a time, to a balance that is followed.
pub(super) fn begun(evaluation: &Evaluation<'_>, grant: &Grant, pool: &mut Pool, time: Timestamp) -> Outcome<()> {
    let Some(Windows { within, until, next }) = pool.windows.clone() else { return Ok(()) };
    if until > Timestamp::MIN && next.is_none_or(|next| time < next) {
        return Ok(());
    }
    let end = time.checked_add(jiff::SignedDuration::from_nanos(1)).unwrap_or(time);
    let mut following: Option<Timestamp> = None;
    for gives in &grant.gives {
        let Gives::Every { amount, window } = gives else { continue };
        if window.from_first_use {
            continue;
        }
        let rule = evaluation.context.rule(window)?;
        for stretch in within.iter().filter(|stretch| until < stretch.end) {
            let first = rule.holding(stretch.start.max(until));
            for interval in std::iter::successors(first, |one| rule.next(*one)) {
                // A plan may begin within a window.
                let start = if grant.in_plan.is_some() { interval.start.max(stretch.start) } else { interval.start };
                if start >= end && interval.start < stretch.end {
                    following = Some(following.map_or(start, |known| known.min(start)));
                }
                if start >= end || interval.start >= stretch.end {
                    break;
                }
                if start >= until {
                    let interval = Interval { start, ..interval };
                    let then = at_time(interval);
                    let amount = number(&Scope::group(evaluation, &then), amount)?;
                    give(evaluation, grant, interval, amount, None, pool)?;
                }
            }
        }
    }
    pool.done.push(Done::Windows(pool.windows.take()));
    pool.windows = Some(Windows { within, until: end.max(until), next: following });
    Ok(())
}

/// What a grant of a plan gives while the account is on it.
fn open_in_plan(
    evaluation: &Evaluation<'_>,
    events: &Events<'_>,
    (grant, place): (&Grant, InPlan),
    keys: &[Value],
    pool: &mut Pool,
) -> Outcome<()> {
    let end = events.end(evaluation);
    for stretch in evaluation.context.on_plan(place)?.into_iter().filter(|stretch| stretch.start < end) {
        // By default an account may always have been on it: then what is given begins with its usage.
        let known = evaluation.context.start()?.or(events.first()).unwrap_or(evaluation.period.start);
        let begin = if stretch.start == Timestamp::MIN { known.min(evaluation.period.start) } else { stretch.start };
        let within = Interval { start: begin, end: stretch.end.min(end) };
        for gives in &grant.gives {
            match gives {
                Gives::Every { amount, window } if !window.from_first_use => {
                    every_window(evaluation, grant, amount, window, within, pool)?;
                }
                Gives::Every { .. } => {}
                Gives::Once { amount, at } => {
                    let then = at_time(instant(begin));
                    let scope = Scope::group(evaluation, &then);
                    let given = at.as_ref().map_or(Ok(begin), |at| moment(&scope, at))?;
                    if begin <= given && given < stretch.end {
                        let then = at_time(instant(given));
                        let amount = number(&Scope::group(evaluation, &then), amount)?;
                        give(evaluation, grant, instant(given), amount, None, pool)?;
                    }
                }
                Gives::ForEach { stream } => {
                    with_records(evaluation, events, grant, (*stream, keys), Some(stretch), pool)?;
                }
                Gives::List { .. } => each_item(evaluation, grant, gives, begin, pool)?,
            }
        }
    }
    Ok(())
}

/// What is given with each record of a stream, of all of them or of those in a stretch.
fn with_records(
    evaluation: &Evaluation<'_>,
    events: &Events<'_>,
    grant: &Grant,
    (stream, keys): (usize, &[Value]),
    stretch: Option<Interval>,
    pool: &mut Pool,
) -> Outcome<()> {
    let own = events.list.iter().flatten().filter(|added| added.stream == stream && added.keys == keys);
    for added in own {
        let time = added.member.time;
        let Some(Value::Number(amount)) = added.member.value(0) else { continue };
        if stretch.is_none_or(|one| one.start <= time && time < one.end) {
            give(evaluation, grant, instant(time), amount.clone(), None, pool)?;
        }
    }
    Ok(())
}

/// What is given with each item of a list of the account.
fn each_item(
    evaluation: &Evaluation<'_>,
    grant: &Grant,
    gives: &Gives,
    begin: Timestamp,
    pool: &mut Pool,
) -> Outcome<()> {
    let Gives::List { list, amount, from, expires } = gives else { return Ok(()) };
    let then = at_time(instant(begin));
    let items = match eval(&Scope::group(evaluation, &then), list)? {
        Value::List(items) => items,
        _ => return Err(internal("a list is none")),
    };
    for item in items.iter() {
        let Some(Value::Number(amount)) = item.get(*amount) else {
            return Err(Missing(format!("an item that `{}` gives has no amount", grant.name)));
        };
        let moment = |at: &Option<usize>| at.and_then(|at| item.get(at)).and_then(|value| time_of(evaluation, value));
        let given = moment(from).unwrap_or(begin);
        give(evaluation, grant, instant(given), amount.clone(), moment(expires), pool)?;
    }
    Ok(())
}

fn every_window(
    evaluation: &Evaluation<'_>,
    grant: &Grant,
    amount: &Expr,
    window: &Window,
    within: Interval,
    pool: &mut Pool,
) -> Outcome<()> {
    let rule = evaluation.context.rule(window)?;
    let windows = std::iter::successors(rule.holding(within.start), |one| rule.next(*one));
    for interval in windows.take_while(|one| one.start < within.end) {
        // A plan may begin within a window.
        let start = if grant.in_plan.is_some() { interval.start.max(within.start) } else { interval.start };
        let interval = Interval { start, ..interval };
        let then = at_time(interval);
        let amount = number(&Scope::group(evaluation, &then), amount)?;
        give(evaluation, grant, interval, amount, None, pool)?;
    }
    Ok(())
}

/// Opens a window that begins with its first use, if none is open.
pub(super) fn use_at(evaluation: &Evaluation<'_>, grant: &Grant, pool: &mut Pool, time: Timestamp) -> Outcome<()> {
    for gives in &grant.gives {
        let Gives::Every { amount, window } = gives else { continue };
        let is_open =
            pool.lots.iter().rev().any(|lot| lot.given <= time && time < given_until(evaluation, window, lot.given));
        if window.from_first_use && !is_open {
            let interval = time::from_first_use(window, evaluation.context.zone, time);
            let then = at_time(interval);
            let amount = number(&Scope::group(evaluation, &then), amount)?;
            give(evaluation, grant, interval, amount, None, pool)?;
        }
    }
    Ok(())
}

fn given_until(evaluation: &Evaluation<'_>, window: &Window, given: Timestamp) -> Timestamp {
    time::from_first_use(window, evaluation.context.zone, given).end
}

/// Adds a lot for a window, or for a moment.
fn give(
    evaluation: &Evaluation<'_>,
    grant: &Grant,
    interval: Interval,
    amount: Rational,
    expires: Option<Timestamp>,
    pool: &mut Pool,
) -> Outcome<()> {
    if amount.is_negative() {
        return Err(Missing(format!("`{}` gives less than nothing at {}", grant.name, interval.start)));
    }
    let cost = match &grant.costs {
        Some(costs) if costs.every.is_none() && !amount.is_zero() => {
            let then = at_time(interval);
            let cost = number(&Scope::group(evaluation, &then), &costs.amount)?;
            cost.checked_div(&amount).unwrap_or_else(Rational::zero)
        }
        _ => Rational::zero(),
    };
    let expires = match expires {
        Some(expires) => Some(expires),
        None => expiry(evaluation, grant, interval)?,
    };
    pool.give(lot(interval.start, interval.start, expires, amount, cost));
    Ok(())
}

fn lot(given: Timestamp, from: Timestamp, expires: Option<Timestamp>, amount: Rational, cost: Rational) -> Lot {
    Lot {
        given,
        from,
        expires,
        left: amount.clone(),
        amount,
        cost,
        log: Vec::new(),
        is_rolled: false,
        has_lapsed: false,
    }
}

/// When what is given for a window, or at a moment, expires.
fn expiry(evaluation: &Evaluation<'_>, grant: &Grant, interval: Interval) -> Outcome<Option<Timestamp>> {
    match &grant.expires {
        Expires::WithWindow => Ok((interval.end > interval.start).then_some(interval.end)),
        Expires::After(window) => Ok(Some(time::from_first_use(window, evaluation.context.zone, interval.start).end)),
        Expires::At(at) => {
            let then = at_time(interval);
            moment(&Scope::group(evaluation, &then), at).map(Some)
        }
    }
}

fn moment(scope: &Scope<'_>, expr: &Expr) -> Outcome<Timestamp> {
    match eval(scope, expr)? {
        Value::Time(time) => Ok(time),
        Value::Date(date) => Ok(scope.context.zone.instant(date, Clock::midnight())),
        _ => Err(Missing("a time that is needed is absent".to_owned())),
    }
}

fn time_of(evaluation: &Evaluation<'_>, value: &Value) -> Option<Timestamp> {
    match value {
        Value::Time(time) => Some(*time),
        Value::Date(date) => Some(evaluation.context.zone.instant(*date, Clock::midnight())),
        _ => None,
    }
}

/// Buys as many packs as are needed at a time: for so much that is missing, and for the least balance.
pub(super) fn buy(
    evaluation: &Evaluation<'_>,
    grant: &Grant,
    pool: &mut Pool,
    time: Timestamp,
    short: &Rational,
) -> Outcome<()> {
    let Some(reload) = &grant.reload else { return Ok(()) };
    let then = at_time(instant(time));
    let scope = Scope::group(evaluation, &then);
    let pack = number(&scope, &reload.amount)?;
    if !pack.is_positive() {
        return Err(Missing(format!("`{}` reloads nothing", grant.name)));
    }
    let (needed, inclusive) = match &reload.when {
        Some(when) => (&(short + &number(&scope, &when.balance)?) - &pool.left(time), when.inclusive),
        None => (short.clone(), false),
    };
    let Some(packs) = needed.checked_div(&pack) else { return Ok(()) };
    let whole = Rational::from(Rounding::Ceil.to_integer(&packs));
    let packs = if inclusive && whole == packs { &whole + &Rational::one() } else { whole };
    if !packs.is_positive() {
        return Ok(());
    }
    let price = match &reload.price {
        Some(price) => number(&scope, price)?,
        None => Rational::zero(),
    };
    let cost = price.checked_div(&pack).unwrap_or_else(Rational::zero);
    let expires = expiry(evaluation, grant, instant(time))?;
    pool.give(lot(time, time, expires, &packs * &pack, cost));
    pool.done.push(Done::Bought);
    pool.bought.push(Purchase { time, price: &packs * &price, packs });
    Ok(())
}

/// Lets all that lapses until a time roll over.
pub(super) fn advance_all(evaluation: &Evaluation<'_>, time: Timestamp, settlement: &mut Settlement) {
    for ((at, _), pool) in &mut settlement.pools {
        let Some(grant) = evaluation.context.program.grants.get(*at) else { continue };
        if let Err(missing) = advance(evaluation, grant, pool, time) {
            settlement.failed.entry(*at).or_insert(missing);
        }
    }
}

/// What has lapsed until a time rolls over, if the grant says so: it is given again from then on.
pub(super) fn advance(evaluation: &Evaluation<'_>, grant: &Grant, pool: &mut Pool, time: Timestamp) -> Outcome<()> {
    let Some(rolls) = &grant.rolls_over else { return Ok(()) };
    loop {
        let first = pool.lapsing.first().map(|(end, _)| *end);
        let Some(end) = first.filter(|end| *end <= time) else { return Ok(()) };
        let lapsed: Vec<usize> =
            pool.lapsing.iter().take_while(|(expires, _)| *expires == end).map(|(_, at)| *at).collect();
        lapsed.iter().for_each(|at| pool.lapse(*at));
        let last = end.checked_sub(jiff::SignedDuration::from_nanos(1)).unwrap_or(end);
        let then = at_time(Interval { start: last, end });
        let scope = Scope::group(evaluation, &then);
        if !rolls_on(evaluation, grant, rolls, last, end)?
            || !rolls.when.as_ref().map_or(Ok(true), |when| truth(&scope, when))?
        {
            continue;
        }
        let own = lapsed.iter().filter_map(|at| pool.lots.get(*at)).filter(|lot| !lot.is_rolled);
        let given = own.fold(Rational::zero(), |total, lot| &total + &lot.amount);
        let mut most = match &rolls.up_to {
            None => None,
            Some(UpTo::Amount(amount)) => Some(number(&scope, amount)?),
            Some(UpTo::Share(share)) => Some(&number(&scope, share)? * &given),
        };
        let next = next_expiry(evaluation, grant, end)?;
        // What is youngest has the best claim to what may roll over.
        for at in lapsed.iter().rev() {
            let Some(old) = pool.lots.get(*at) else { continue };
            let rest = match &most {
                Some(most) => old.left.clone().min(most.clone()),
                None => old.left.clone(),
            };
            if !rest.is_positive() {
                continue;
            }
            most = most.map(|most| &most - &rest);
            let rolled = Lot { is_rolled: true, ..lot(old.given, end, next, rest, old.cost.clone()) };
            pool.give(rolled);
        }
    }
}

/// Whether there is something to roll over into: the account is still on the plan, and where the next contract is asked
/// for, there is one.
fn rolls_on(
    evaluation: &Evaluation<'_>,
    grant: &Grant,
    rolls: &RollsOver,
    last: Timestamp,
    end: Timestamp,
) -> Outcome<bool> {
    let Some(place) = grant.in_plan else { return Ok(true) };
    let mut asks = false;
    rolls.when.iter().for_each(|when| when.walk(&mut |expr| asks |= matches!(expr.op, Op::Term { shift: 1, .. })));
    let follows = !asks || evaluation.context.next_contract(place.plan, last).is_some();
    Ok(follows && evaluation.context.is_on_plan(place, end)?)
}

/// When what rolls over at a time expires: with what is given then.
fn next_expiry(evaluation: &Evaluation<'_>, grant: &Grant, at: Timestamp) -> Outcome<Option<Timestamp>> {
    let window = grant.gives.iter().find_map(|gives| match gives {
        Gives::Every { window, .. } => Some(window),
        _ => None,
    });
    let interval = match window {
        Some(window) => evaluation.context.holding(window, at)?.unwrap_or(instant(at)),
        None => instant(at),
    };
    expiry(evaluation, grant, interval)
}
