//! Rating a stream: each record as the difference that it makes (law 1).

use super::carry;
use super::derive::{self, Made};
use super::evaluation::Evaluation;
use super::groups::{self, Usage};
use super::incremental::{Incremental, KnownLine, Newest, Tracked};
use super::lines::{KeyLines, joined};
use super::reach::reach;
use super::scope::{Context, Group, Missing};
use super::settle::{self, Lost, Settlement};
use super::{
    Reference, counts_from_first_use, looks_back, period_of, periods_of_first_use, periods_of_windows, spans_periods,
};
use crate::bill::{Line, Period, Rated};
use crate::exact::Rational;
use crate::ir::{Charge, Expr, Op};
use crate::model::{Interval, Record, Symbol, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The rated records of a stream, in its order. See [`Reference::rate`].
pub(super) struct Rating<'r> {
    reference: &'r Reference<'r>,
    /// By account, and in a book whose period is given by each period that is asked for.
    accounts: BTreeMap<(Symbol, Option<Period>), AccountRating<'r>>,
    next: usize,
    ready: std::vec::IntoIter<Rated>,
}

/// What has been rated for an account.
#[derive(Debug)]
pub(super) struct AccountRating<'r> {
    pub(super) context: Context<'r>,
    pub(super) usage: Usage,
    /// The only period, in a book whose period is given.
    given: Option<Vec<Period>>,
    /// Which charges count; all if nobody says.
    charges: Option<Selection<'r>>,
    /// Each period that a record has touched, with its lines as they were rated last.
    periods: BTreeMap<Period, BTreeMap<String, Owned>>,
    /// The charges that are computed again only where a record touches them.
    tracked: Option<Tracked<'r>>,
}

/// Whose a line is: the charge and its keys and window.
type Owner = (usize, Group);

/// Some of the charges.
#[derive(Clone, Copy, Debug)]
pub(super) struct Selection<'r> {
    /// Those whose lines are wanted.
    pub(super) wanted: &'r [bool],
    /// Those, and all whose totals they take.
    pub(super) needed: &'r [bool],
}

impl Selection<'_> {
    fn wants(only: Option<Selection<'_>>, at: usize) -> bool {
        only.is_none_or(|only| only.wanted.get(at).copied().unwrap_or(false))
    }

    fn needs(only: Option<Selection<'_>>, at: usize) -> bool {
        only.is_none_or(|only| only.needed.get(at).copied().unwrap_or(false))
    }
}

/// A line and whose it is.
#[derive(Clone, Debug)]
struct Owned {
    owner: Owner,
    line: Line,
}

impl<'r> Rating<'r> {
    pub(super) fn new(reference: &'r Reference<'r>) -> Rating<'r> {
        Rating { reference, accounts: BTreeMap::new(), next: 0, ready: Vec::new().into_iter() }
    }
}

impl<'r> Rating<'r> {
    fn rate(&mut self, at: usize, record: &'r Record) -> Vec<Rated> {
        let reference = self.reference;
        let given = reference.given.as_ref();
        let periods = given.map_or(vec![None], |periods| periods.iter().cloned().map(Some).collect());
        let mut rated = Vec::new();
        for (home, period) in reference
            .homes_of(record)
            .into_iter()
            .flat_map(|home| periods.iter().map(move |period| (home.clone(), period.clone())))
        {
            let interval = period.as_ref().map(|period| period.interval);
            let only = period.clone().map(|period| vec![period]);
            let account = self.accounts.entry((home.clone(), period)).or_insert_with(|| AccountRating {
                context: reference.context(&home).given(interval),
                usage: Usage::default(),
                given: only,
                charges: None,
                periods: BTreeMap::new(),
                tracked: None,
            });
            rated.extend(account.rate(at, record, false).into_iter().map(|change| change.rated));
        }
        // What is due comes first, whatever the period.
        rated.sort_by_key(|one| one.record.is_some());
        rated
    }
}

impl Iterator for Rating<'_> {
    type Item = Rated;

    fn next(&mut self) -> Option<Rated> {
        loop {
            if let Some(rated) = self.ready.next() {
                return Some(rated);
            }
            let at = self.next;
            let record = self.reference.records.get(at)?;
            self.next += 1;
            self.ready = self.rate(at, record).into_iter();
        }
    }
}

/// What a record, or the passing of a period, adds to a line, and whose the line is.
pub(super) struct Change {
    /// The charge; none for a line that is gone, or due without usage.
    pub(super) charge: Option<usize>,
    pub(super) rated: Rated,
}

/// What a record adds.
pub(super) struct RatedRecord {
    pub(super) changes: Vec<Change>,
    /// The numbers of its groups of which only folds are kept.
    pub(super) groups: Vec<u32>,
}

impl<'r> AccountRating<'r> {
    /// Of an account without records, for some of the charges, or for all.
    pub(super) fn of_charges(
        context: Context<'r>,
        charges: Option<Selection<'r>>,
        given: Option<Vec<Period>>,
    ) -> AccountRating<'r> {
        let (usage, periods) = (Usage::default(), BTreeMap::new());
        AccountRating { context, usage, given, charges, periods, tracked: None }
    }

    /// With charges beside them that are computed again only where a record touches them.
    pub(super) fn tracking(self, incremental: &'r Incremental) -> AccountRating<'r> {
        let tracked = Tracked::new(self.context.program, incremental);
        AccountRating { tracked: Some(tracked), ..self }
    }

    /// Rates a record of a book whose periods are known and in which nothing goes on from one to the next: the lines that
    /// are computed again only where it touches them, and the others of the periods that it touches.
    fn track(&mut self, at: usize, record: &Record, is_taken: bool) -> RatedRecord {
        let touched = self.touched(record);
        let mut changes = self.open_all(touched.clone());
        let first = self.usage.first();
        if is_taken {
            self.usage.happened(record.time);
        }
        let is_changed = self.usage.add(&self.context, at, record);
        let moved = self.usage.moved();
        let groups = self.usage.numbers(&moved);
        if let Some(tracked) = &mut self.tracked {
            changes.extend(tracked.take(&self.context, &self.usage, moved, (Newest { at, record }, first)));
        }
        if !is_changed && self.usage.first() == first {
            return RatedRecord { changes, groups };
        }
        let has_others = self.charges.is_none_or(|charges| charges.wanted.contains(&true));
        if has_others || !self.context.program.grants.is_empty() {
            let periods: Vec<Period> = match spans_periods(self.context.program) {
                true => self.periods.keys().cloned().collect(),
                false => touched,
            };
            let settlement = self.settlement(&periods);
            for period in periods {
                changes.extend(self.difference(at, record, &period, settlement.as_ref()));
            }
        }
        RatedRecord { changes, groups }
    }

    /// Rates a record where all that grants cover is settled as records come.
    fn settle_record(&mut self, at: usize, record: &Record, is_taken: bool) -> Vec<Change> {
        let mut changes = self.open_all(self.touched(record));
        if !self.settles() {
            // What is due of the period was lost.
            changes.extend(self.rate(at, record, is_taken));
            return changes;
        }
        let made = Made::plain(at, Arc::new(record.clone()));
        let entries = derive::check(&self.context, record).and_then(|()| groups::entries(&self.context, &made));
        if is_taken {
            self.usage.happened(record.time);
        }
        let entries = match entries {
            Ok(entries) => entries,
            Err(Missing(reason)) => {
                self.usage.unpriced.insert(at, reason);
                return changes;
            }
        };
        if entries.is_empty() {
            return changes;
        }
        entries.iter().for_each(|entry| self.usage.enter(&self.context, entry.clone()));
        let newest = Newest { at, record };
        let found = self.tracked.as_mut().map(|tracked| tracked.take_settled(&self.context, entries, newest));
        match found {
            Some(Ok(found)) => changes.extend(found),
            Some(Err(Lost)) | None => {
                self.lose();
                changes.extend(self.differences(at, record));
            }
        }
        changes
    }

    /// Whether all that grants cover is settled as records come.
    fn settles(&self) -> bool {
        self.tracked.as_ref().is_some_and(|tracked| tracked.incremental.settles)
    }

    /// From now on all follows the definitions: what was rated until now is taken over.
    fn lose(&mut self) {
        let Some(tracked) = self.tracked.take() else { return };
        let wanted = &tracked.incremental.wanted;
        self.charges = Some(Selection { wanted, needed: &tracked.incremental.needed });
        let mut periods: BTreeMap<jiff::Timestamp, (Interval, &mut BTreeMap<String, Owned>)> =
            self.periods.iter_mut().map(|(period, lines)| (period.interval.start, (period.interval, lines))).collect();
        let mut note = |start: jiff::Timestamp, owner: (usize, Vec<Value>, Option<Interval>), lines: &[KnownLine]| {
            let Some((period, known)) = periods.get_mut(&start) else { return };
            let owner = (owner.0, Group::new(owner.1, owner.2.unwrap_or(*period)));
            known.extend(lines.iter().map(|line| (line.id.clone(), Owned { owner: owner.clone(), line: bare(line) })));
        };
        for (at, start, (keys, interval), lines) in tracked.kept.written() {
            if wanted.get(at) == Some(&true) {
                note(start, (at, keys.clone(), Some(*interval)), lines);
            }
        }
        let count = self.context.program.charges.len();
        for (start, (at, keys), lines) in tracked.settling.iter().flat_map(|settling| settling.written()) {
            note(start, (count + at, keys.clone(), None), lines);
        }
    }

    /// What a record changes on the lines of all periods that it may change.
    fn differences(&mut self, at: usize, record: &Record) -> Vec<Change> {
        let periods: Vec<Period> = self.periods.keys().cloned().collect();
        let settlement = self.settlement(&periods);
        periods.iter().flat_map(|period| self.difference(at, record, period, settlement.as_ref())).collect()
    }

    /// Takes a record without rating it; the numbers of its groups of which only folds are kept.
    pub(super) fn add(&mut self, at: usize, record: &Record) -> Vec<u32> {
        self.usage.add(&self.context, at, record);
        let moved = self.usage.moved();
        self.usage.numbers(&moved)
    }

    /// Rates a record; `is_taken` says whether a charge takes it, if only one that is computed elsewhere.
    pub(super) fn rate_taken(&mut self, at: usize, record: &Record, is_taken: bool) -> RatedRecord {
        if self.settles() {
            return RatedRecord { changes: self.settle_record(at, record, is_taken), groups: Vec::new() };
        }
        if self.tracked.is_some() {
            return self.track(at, record, is_taken);
        }
        RatedRecord { changes: self.rate(at, record, is_taken), groups: Vec::new() }
    }

    /// Rates a record; the lines of all charges of the periods that it may change. `is_taken` says whether a charge takes it
    /// that is computed elsewhere.
    pub(super) fn rate(&mut self, at: usize, record: &Record, is_taken: bool) -> Vec<Change> {
        let mut earliest = record.time;
        let mut touched = self.touched(record);
        if self.context.program.carries {
            let made = Made::plain(at, Arc::new(record.clone()));
            let entries = derive::check(&self.context, record).and_then(|()| groups::entries(&self.context, &made));
            touched.extend(carry::periods_of_entries(&self.context, &entries, &self.given));
            for entry in entries.iter().flatten() {
                earliest = earliest.min(entry.member.begins());
            }
        }
        let mut rated = self.open_all(touched);
        let first = self.usage.first();
        if is_taken && !self.context.program.sharing.is_any() {
            self.usage.happened(record.time);
        }
        if !self.usage.add(&self.context, at, record) && self.usage.first() == first {
            return rated;
        }
        rated.extend(self.open_made(at));
        if counts_from_first_use(self.context.program) {
            rated.extend(self.open_all(periods_of_first_use(&self.context, &self.usage, &self.given)));
        }
        let periods: Vec<Period> = match spans_periods(self.context.program) {
            true => self.periods.keys().cloned().collect(),
            // What begins changes nothing before it.
            false if self.context.program.carries => {
                self.periods.keys().filter(|period| period.interval.end > earliest).cloned().collect()
            }
            false => self.touched(record),
        };
        let settlement = self.settlement(&periods);
        for period in periods {
            rated.extend(self.difference(at, record, &period, settlement.as_ref()));
        }
        rated
    }

    /// What is due in a period that no record has touched, of what goes on in it.
    pub(super) fn due(&self, period: &Period) -> Vec<Rated> {
        let evaluation = Evaluation::new(&self.context, &self.usage, &[], period.interval);
        let lines = lines(&evaluation, None, self.charges).lines;
        due(&self.context.account, period, lines.values().map(|owned| &owned.line))
    }

    /// What is due in the periods that a record touches first, whether it has a price or not.
    pub(super) fn opened(&mut self, record: &Record) -> Vec<Change> {
        self.open_all(self.touched(record))
    }

    /// The period that holds the record, and those in which a window that holds it ends.
    fn touched(&self, record: &Record) -> Vec<Period> {
        let mut periods: BTreeSet<Period> = period_of(&self.context, record.time, &self.given).into_iter().collect();
        periods.extend(periods_of_windows(&self.context, record.time, &self.given));
        periods.into_iter().collect()
    }

    /// What is due without any usage in those periods that no record has touched before.
    fn open_all(&mut self, periods: Vec<Period>) -> Vec<Change> {
        let mut due = Vec::new();
        let periods = match self.context.program.carries {
            true => {
                let all = self.periods.keys().cloned().chain(periods).collect();
                carry::without_gaps(&self.context, all, &self.given).into_iter().collect()
            }
            false => periods,
        };
        for period in periods {
            if !self.periods.contains_key(&period) {
                due.extend(self.open(&period).into_iter().map(|rated| Change { charge: None, rated }));
            }
        }
        due
    }

    /// The same in those periods in which ends what is made of records since this one came: as it was without it.
    fn open_made(&mut self, newest: usize) -> Vec<Change> {
        let program = self.context.program;
        let makes = program.carries && program.derived.iter().any(|derived| derived.used);
        let lasting = |rating: &Self| carry::periods_of_lasting(&rating.context, &rating.usage, &rating.given);
        let new: Vec<Period> = if makes {
            lasting(self).into_iter().filter(|one| !self.periods.contains_key(one)).collect()
        } else {
            Vec::new()
        };
        if new.is_empty() {
            return Vec::new();
        }
        let before = self.usage.without(&self.context, newest);
        let after = std::mem::replace(&mut self.usage, before);
        let due = self.open_all(new);
        self.usage = after;
        due
    }

    /// The same of those lines that are computed again only where a record touches them.
    fn open_tracked(&mut self, period: &Period) -> Result<Vec<Rated>, Lost> {
        let AccountRating { tracked, context, usage, .. } = self;
        tracked.as_mut().map_or(Ok(Vec::new()), |tracked| tracked.open(context, usage, period))
    }

    /// What is due in a period without any usage of its own: of what goes on in it, too.
    fn open(&mut self, period: &Period) -> Vec<Rated> {
        if self.settles() {
            self.periods.insert(period.clone(), BTreeMap::new());
            match self.open_tracked(period) {
                Ok(due) => return due,
                Err(Lost) => {
                    self.periods.remove(period);
                    self.lose();
                }
            }
        }
        // What grants have given and cost depends on the records before, whenever a period is opened.
        let program = self.context.program;
        let is_plain = program.grants.is_empty() && !looks_back(program);
        let lines = match is_plain {
            true => without_usage(&self.context, period, self.charges),
            false => {
                let evaluation = Evaluation::new(&self.context, &self.usage, &[], period.interval);
                lines(&evaluation, None, self.charges).lines
            }
        };
        let mut due = due(&self.context.account, period, lines.values().map(|owned| &owned.line));
        self.periods.insert(period.clone(), lines);
        let tracked = self.open_tracked(period).unwrap_or_default();
        if !tracked.is_empty() {
            due.extend(tracked);
            due.sort_by(|a, b| a.line.cmp(&b.line));
        }
        due
    }

    /// The settlement of grants, which is one for all these periods: as of a period from the start of the first to the
    /// end of the last, since what lapses is given from the start of the period on.
    pub(super) fn settlement(&self, periods: &[Period]) -> Option<Arc<Settlement>> {
        let start = periods.iter().map(|period| period.interval.start).min()?;
        let end = periods.iter().map(|period| period.interval.end).max()?;
        let settlement = Evaluation::new(&self.context, &self.usage, &[], Interval { start, end }).settlement()?;
        settlement.is_of_all().then_some(settlement)
    }

    /// What the record changes on the lines of a period.
    fn difference(
        &mut self,
        at: usize,
        record: &Record,
        period: &Period,
        settlement: Option<&Arc<Settlement>>,
    ) -> Vec<Change> {
        let evaluation = Evaluation::new(&self.context, &self.usage, &[], period.interval).settled(settlement);
        let after = lines(&evaluation, Some(at), self.charges);
        let before = self.periods.entry(period.clone()).or_default();
        let mut rated = Vec::new();
        let ids: BTreeSet<&String> = after.order.iter().collect();
        let gone = before.iter().filter(|(id, owned)| !ids.contains(id) && !after.is_withheld(&owned.owner));
        let gone: Vec<String> = gone.map(|(id, _)| id.clone()).collect();
        for id in after.order.iter().chain(&gone) {
            let change = change(before.get(id).map(|owned| &owned.line), after.lines.get(id).map(|owned| &owned.line));
            if after.touched.contains(id) || is_change(&change) {
                let (account, time) = (self.context.account.clone(), record.time);
                let period_start = period.interval.start;
                let charge = after.lines.get(id).map(|owned| owned.owner.0);
                let rated_now = Rated { record: Some(at), account, time, period_start, line: id.clone(), ..change };
                rated.push(Change { charge, rated: rated_now });
            }
        }
        for id in gone {
            before.remove(&id);
        }
        before.extend(after.lines);
        rated
    }
}

/// A line of which nothing is known but what it came to.
fn bare(line: &KnownLine) -> Line {
    Line {
        id: line.id.clone(),
        charge: "".into(),
        keys: Vec::new(),
        label: String::new(),
        quantity: line.quantity.clone(),
        unit: line.unit.clone(),
        exact: line.exact.clone(),
        amount: Rational::zero(),
        parts: Vec::new(),
    }
}

/// Whether there is something on a line without any usage.
fn is_due(line: &Line) -> bool {
    !line.exact.is_zero() || line.quantity.as_ref().is_some_and(|quantity| !quantity.is_zero())
}

/// Whether a line has changed.
fn is_change(change: &Rated) -> bool {
    !change.amount.is_zero() || change.quantity.as_ref().is_some_and(|quantity| !quantity.is_zero())
}

impl Reference<'_> {
    /// What is due of an account in a period without any usage of its own.
    #[must_use]
    pub fn due(&self, account: &Symbol, period: &Period) -> Vec<Rated> {
        if looks_back(self.program) {
            return self.evaluate(account, period, |evaluation| {
                due(account, period, lines(evaluation, None, None).lines.values().map(|owned| &owned.line))
            });
        }
        due_without_usage(&self.context(account).given(self.given.as_ref().map(|_| period.interval)), period)
    }
}

/// What is due in a period without any usage.
pub(super) fn due_without_usage(context: &Context<'_>, period: &Period) -> Vec<Rated> {
    let lines = without_usage(context, period, None);
    due(&context.account, period, lines.values().map(|owned| &owned.line))
}

/// The lines of a period in which nothing is used.
fn without_usage(context: &Context<'_>, period: &Period, only: Option<Selection<'_>>) -> BTreeMap<String, Owned> {
    let none = Usage::default();
    lines(&Evaluation::new(context, &none, &[], period.interval), None, only).lines
}

pub(super) fn due<'l>(account: &Symbol, period: &Period, lines: impl Iterator<Item = &'l Line>) -> Vec<Rated> {
    let rated = lines.filter(|line| is_due(line)).map(|line| Rated {
        record: None,
        account: account.clone(),
        time: period.interval.start,
        period_start: period.interval.start,
        line: line.id.clone(),
        quantity: line.quantity.clone(),
        unit: line.unit.clone(),
        amount: line.exact.clone(),
    });
    rated.collect()
}

/// From one state of a line to the next; a line that is not there is nothing.
fn change(before: Option<&Line>, after: Option<&Line>) -> Rated {
    let zero = Rational::zero();
    let amount = |line: Option<&Line>| line.map_or(zero.clone(), |line| line.exact.clone());
    let quantity = |line: Option<&Line>| line.and_then(|line| line.quantity.clone());
    let counted = quantity(after).or_else(|| quantity(before)).is_some();
    let difference = &quantity(after).unwrap_or(zero.clone()) - &quantity(before).unwrap_or(zero.clone());
    Rated {
        record: None,
        account: "".into(),
        time: jiff::Timestamp::UNIX_EPOCH,
        period_start: jiff::Timestamp::UNIX_EPOCH,
        line: String::new(),
        quantity: counted.then_some(difference),
        unit: after.or(before).and_then(|line| line.unit.clone()),
        amount: &amount(after) - &amount(before),
    }
}

/// The lines of a period.
#[derive(Default)]
struct Lines {
    lines: BTreeMap<String, Owned>,
    /// In the order of the bill, those that have no price left out.
    order: Vec<String>,
    /// Those that the newest record reaches.
    touched: BTreeSet<String>,
    /// Those whose price is missing now: their lines keep what was rated.
    withheld: BTreeSet<Owner>,
}

impl Lines {
    fn take(&mut self, evaluation: &Evaluation<'_>, charge: usize, lines: &KeyLines) {
        let owner = (charge, lines.group.clone());
        let Ok(lines) = &lines.lines else {
            self.withheld.insert(owner);
            return;
        };
        for line in lines {
            if let Some(known) = self.lines.get_mut(&line.id) {
                known.line = joined(evaluation, &known.line, line);
                continue;
            }
            self.order.push(line.id.clone());
            self.lines.insert(line.id.clone(), Owned { owner: owner.clone(), line: line.clone() });
        }
    }

    /// Without keys, all lines of the charge have no price.
    fn is_withheld(&self, owner: &Owner) -> bool {
        self.withheld.iter().any(|(charge, group)| *charge == owner.0 && (group.keys.is_empty() || *group == owner.1))
    }
}

fn lines(evaluation: &Evaluation<'_>, newest: Option<usize>, only: Option<Selection<'_>>) -> Lines {
    let mut found = Lines::default();
    let mut charges = BTreeSet::new();
    for at in evaluation.context.program.order.iter().filter(|at| Selection::needs(only, **at)) {
        for lines in &evaluation.charge(*at).lines {
            if newest.is_some_and(|newest| is_reached(evaluation, *at, lines, newest, &charges)) {
                charges.insert(*at);
                if !Selection::wants(only, *at) {
                    continue;
                }
                found.touched.extend(lines.lines.iter().flatten().map(|line| line.id.clone()));
            }
        }
    }
    for at in (0..evaluation.context.program.charges.len()).filter(|at| Selection::wants(only, *at)) {
        evaluation.charge(at).lines.iter().for_each(|lines| found.take(evaluation, at, lines));
    }
    let count = evaluation.context.program.charges.len();
    for at in 0..evaluation.context.program.grants.len() {
        settle::grant_lines(evaluation, at).iter().for_each(|lines| found.take(evaluation, count + at, lines));
    }
    found
}

/// Whether the newest record reaches lines, itself or through the total of other charges.
fn is_reached(
    evaluation: &Evaluation<'_>,
    at: usize,
    lines: &KeyLines,
    newest: usize,
    charges: &BTreeSet<usize>,
) -> bool {
    let Some(charge) = evaluation.context.program.charges.get(at) else { return false };
    let mut groups = std::iter::once(&lines.group).chain(&lines.combinations);
    groups.any(|group| reaches(evaluation, charge, group, newest)) || takes_reached(charge, charges)
}

fn reaches(evaluation: &Evaluation<'_>, charge: &Charge, group: &Group, newest: usize) -> bool {
    let mut any = false;
    reach(evaluation, &charge.body.expressions(), group, &mut |members| any |= members.latest == Some(newest));
    any
}

/// Whether a charge takes the total of one that the newest record reaches.
fn takes_reached(charge: &Charge, reached: &BTreeSet<usize>) -> bool {
    let takes = |expr: &&Expr| {
        let mut any = false;
        expr.walk(&mut |expr| {
            if let Op::Total(charges) = &expr.op {
                any |= charges.iter().any(|charge| reached.contains(charge));
            }
        });
        any
    };
    charge.body.expressions().iter().any(takes)
}
