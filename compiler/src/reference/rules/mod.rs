//! Rules: the records of an account in the order of events, each looked at as it comes (law 1: an invoice at some moment
//! is what the records up to then come to, less what was invoiced before).

use super::eval::{eval, number, truth};
use super::evaluation::{ACCOUNT, Evaluation};
use super::groups::Usage;
use super::ledger::{Ledger, exactly, invoice};
use super::reach::reach;
use super::scope::{Context, Group, Outcome, RecordHome, Scope};
use super::{Reference, bill_of, period_of};
use crate::bill::{Firing, InvoiceLine, LineKey, Period};
use crate::exact::Rational;
use crate::ir::{Action, Expr, Program, Rule, Trigger};
use crate::model::{Interval, Record, Symbol, Value, key_text};
use crate::time::window_text;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

#[cfg(test)]
mod tests;

/// How often a rule may invoice the same amount at one record; more is a rule that says too little.
const MAX_INVOICES: usize = 10_000;

/// What the rules make of the records of an account.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    /// What they did, in the order of events; of one record in the order of the book.
    pub firings: Vec<Firing>,
    /// The records that wait for a person, by their index in the input, each with the rule that holds it.
    pub held: BTreeMap<usize, usize>,
}

/// An invoice of an earlier run, which stands as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Earlier {
    /// The period whose bill it took from.
    pub period: Period,
    /// As of when it was issued.
    pub issued: Timestamp,
    /// The rule that issued it, and the id of the record at which it did; none where no rule did.
    pub cause: Option<(Symbol, Symbol)>,
    /// Whether it took what is due in advance, at the start of the period.
    pub is_advance: bool,
    /// What it took.
    pub lines: Vec<InvoiceLine>,
}

impl Earlier {
    /// Its place among the records of the account, by time and id.
    fn moment(&self) -> (Timestamp, &str) {
        (self.issued, self.cause.as_ref().map_or("", |(_, record)| record))
    }
}

impl Reference<'_> {
    /// What the rules make of the records of an account, of which these invoices were issued before. Nothing is
    /// invoiced any more as of a moment before one of them.
    #[must_use]
    pub fn watch(&self, account: &Symbol, earlier: &[Earlier]) -> Watched {
        let program = self.program.watched();
        let context = Context::new(&program, &self.zone, (self.accounts, &self.homes), account);
        let mut order: Vec<(usize, &Record)> = self
            .by_account
            .get(account)
            .into_iter()
            .flatten()
            .filter_map(|at| Some((*at, self.records.get(*at)?)))
            .collect();
        order.sort_by_key(|(_, record)| (record.time, record.id.clone()));
        let mut watch = Watch {
            reference: self,
            context: &context,
            earlier: earlier.iter().map(|one| (one, false)).collect(),
            usage: Usage::default(),
            now: Timestamp::MIN,
            last: BTreeMap::new(),
            ledgers: BTreeMap::new(),
            opened: BTreeSet::new(),
            blocked: BTreeMap::new(),
            watched: Watched::default(),
        };
        for (place, (at, record)) in order.into_iter().enumerate() {
            watch.record(place, at, record);
        }
        watch.watched
    }
}

/// The records up to some moment.
struct Watch<'w> {
    reference: &'w Reference<'w>,
    context: &'w Context<'w>,
    /// The invoices of earlier runs, and whether the records have come to them.
    earlier: Vec<(&'w Earlier, bool)>,
    usage: Usage,
    /// When the newest record was.
    now: Timestamp,
    /// What each thing that a rule watches came to when it was looked at last.
    last: BTreeMap<(usize, Group), Value>,
    /// What of each period's bill is invoiced.
    ledgers: BTreeMap<Period, Ledger>,
    /// The periods that have begun.
    opened: BTreeSet<Period>,
    /// The rules that stopped accounts, by account.
    blocked: BTreeMap<Symbol, usize>,
    watched: Watched,
}

/// What a record did to one of the things that a rule watches.
struct Seen {
    group: Group,
    /// The level, of a rule with levels.
    level: Option<usize>,
    /// Whether it is so before and after the record.
    before: bool,
    after: bool,
    /// What is remembered of it: the truth of a condition, the value that has levels.
    value: Option<Value>,
}

impl Watch<'_> {
    fn record(&mut self, place: usize, at: usize, record: &Record) {
        let Some(period) = period_of(self.context, record.time, &self.reference.given) else { return };
        self.now = record.time;
        self.open(&period);
        self.pass((record.time, &record.id), false);
        // The records are numbered in the order of events, so that the newest is known among those of a group.
        self.usage.add(self.context, place, record);
        let is_own = self.context.is_billed(record);
        for (index, rule) in self.context.program.rules.iter().enumerate() {
            let seen = self.seen((index, rule), place, record, &period);
            if matches!(rule.action, Action::Hold) && is_own && seen.iter().any(|one| one.after) {
                self.watched.held.entry(at).or_insert(index);
            }
            for one in seen {
                if one.after {
                    self.fire((index, rule), (at, record), &period, &one);
                }
                self.remember((index, rule), &period, one);
            }
        }
        if let Some(rule) = self.blocked.get(&record.account).filter(|_| is_own) {
            self.watched.held.entry(at).or_insert(*rule);
        }
        self.pass((record.time, &record.id), true);
    }

    /// Begins the ledger of a period with what is due in advance: an invoice of it goes out when the period starts.
    fn open(&mut self, period: &Period) {
        if !self.opened.insert(period.clone()) {
            return;
        }
        let bill = bill_of(&self.evaluation(&self.usage, period), period);
        let lines = in_advance(self.context.program, Ledger::default().due(&bill));
        self.ledgers.entry(period.clone()).or_default().add(&lines);
    }

    /// Takes note of the earlier invoices up to a moment, and of those at it where `with` says so.
    fn pass(&mut self, moment: (Timestamp, &str), with: bool) {
        for (earlier, is_passed) in &mut self.earlier {
            let is_behind = earlier.moment() < moment || (with && earlier.moment() == moment);
            if is_behind && !std::mem::replace(is_passed, true) && !earlier.is_advance {
                self.ledgers.entry(earlier.period.clone()).or_default().add(&earlier.lines);
            }
        }
    }

    /// The lines of an invoice that a rule has issued at a record before, once.
    fn known(&mut self, rule: &Rule, record: &Record) -> Option<Vec<InvoiceLine>> {
        let is_it = |one: &Earlier| one.cause.as_ref().is_some_and(|(by, at)| *by == rule.name && *at == record.id);
        let found = self.earlier.iter_mut().find(|(one, is_passed)| !is_passed && is_it(one))?;
        found.1 = true;
        Some(found.0.lines.clone())
    }

    /// Whether an invoice as of this record would come before one that is out already.
    fn is_too_late(&self, record: &Record, period: &Period) -> bool {
        let moment = (record.time, &*record.id);
        self.earlier.iter().any(|(one, _)| one.period == *period && !one.is_advance && moment <= one.moment())
    }

    fn evaluation<'e>(&'e self, usage: &'e Usage, period: &Period) -> Evaluation<'e> {
        let invoiced = self.ledgers.get(period).map_or_else(Rational::zero, Ledger::total);
        Evaluation::new(self.context, usage, &[], period.interval).in_mid_period(self.now, invoiced)
    }

    /// What a record did to the things that a rule watches.
    fn seen(&self, rule: (usize, &Rule), place: usize, record: &Record, period: &Period) -> Vec<Seen> {
        let (index, rule) = rule;
        let is = self.evaluation(&self.usage, period);
        match &rule.trigger {
            Trigger::Each { kind, condition } => {
                let is_it = *kind == record.kind && self.context.is_billed(record);
                let after = is_it && takes(self.context, record, condition.as_ref()).unwrap_or(false);
                let group = Group::new(Vec::new(), period.interval);
                vec![Seen { group, level: None, before: false, after, value: None }]
            }
            Trigger::Becomes(condition) => {
                let look = |group: Group| {
                    let before = self.before((index, &group), period, condition);
                    let after = truth(&Scope::group(&is, &group), condition).unwrap_or(false);
                    let value = Some(Value::Boolean(after));
                    Seen { group, level: None, before: before == Some(Value::Boolean(true)), after, value }
                };
                touched(&is, rule, &[condition], place, record, period).into_iter().map(look).collect()
            }
            Trigger::Reaches { value, levels } => {
                let exprs: Vec<&Expr> = std::iter::once(value).chain(levels).collect();
                let groups = touched(&is, rule, &exprs, place, record, period);
                let look = |group: Group| {
                    let before = self.before((index, &group), period, value);
                    reached(before, &is, value, levels, &group)
                };
                groups.into_iter().flat_map(look).collect()
            }
        }
    }

    /// What an expression came to before the newest record; in a group that it was not looked at in, without any usage.
    fn before(&self, (rule, group): (usize, &Group), period: &Period, expr: &Expr) -> Option<Value> {
        if let Some(known) = self.last.get(&(rule, group.clone())) {
            return Some(known.clone());
        }
        let none = Usage::default();
        eval(&Scope::group(&self.evaluation(&none, period), group), expr).ok()
    }

    /// Keeps what a thing has come to; an invoice may have changed it.
    fn remember(&mut self, (index, rule): (usize, &Rule), period: &Period, seen: Seen) {
        let now = match (&rule.trigger, &rule.action) {
            (Trigger::Becomes(condition), Action::Invoice(_)) => {
                let is = self.evaluation(&self.usage, period);
                Some(Value::Boolean(truth(&Scope::group(&is, &seen.group), condition).unwrap_or(false)))
            }
            _ => seen.value,
        };
        self.last.extend(now.map(|now| ((index, seen.group), now)));
    }

    fn fire(&mut self, rule: (usize, &Rule), record: (usize, &Record), period: &Period, seen: &Seen) {
        let crossed = !seen.before;
        match &rule.1.action {
            Action::Invoice(Some(amount)) => self.invoice_amounts(rule, record, period, seen, amount),
            Action::Invoice(None) if crossed => self.invoice_all(rule, record, period, seen),
            Action::Block if crossed => {
                self.blocked.entry(record.1.account.clone()).or_insert(rule.0);
                self.fired(rule, record, seen, None);
            }
            Action::Notify(_) | Action::Hold if crossed => self.fired(rule, record, seen, None),
            Action::Invoice(None) | Action::Block | Action::Notify(_) | Action::Hold => {}
        }
    }

    /// Everything that is due by now and on no invoice. Floors and fees in arrears are due when their window ends: F of the
    /// records up to now has them already, but who is billed early by an amount should not pay early what comes with time.
    fn invoice_all(&mut self, rule: (usize, &Rule), record: (usize, &Record), period: &Period, seen: &Seen) {
        let lines = match self.known(rule.1, record.1) {
            Some(lines) => lines,
            None if self.is_too_late(record.1, period) => return,
            None => self.due(period),
        };
        if !lines.is_empty() {
            self.issue(rule, record, period, seen, lines);
        }
    }

    /// So much: as often as there is as much while a condition holds, once at a record and for a level.
    fn invoice_amounts(
        &mut self,
        rule: (usize, &Rule),
        record: (usize, &Record),
        period: &Period,
        seen: &Seen,
        amount: &Expr,
    ) {
        let most = match &rule.1.trigger {
            Trigger::Becomes(_) => MAX_INVOICES,
            Trigger::Reaches { .. } | Trigger::Each { .. } => 1,
        };
        for _ in 0..most {
            let lines = match self.known(rule.1, record.1) {
                Some(lines) => Some(lines),
                None if self.is_too_late(record.1, period) => None,
                None => self.lines_of(rule.1, period, seen, amount),
            };
            match lines {
                Some(lines) => self.issue(rule, record, period, seen, lines),
                None => return,
            }
        }
    }

    /// The lines of an invoice of a certain amount, while the rule's condition is true.
    fn lines_of(&self, rule: &Rule, period: &Period, seen: &Seen, amount: &Expr) -> Option<Vec<InvoiceLine>> {
        let evaluation = self.evaluation(&self.usage, period);
        let scope = Scope::group(&evaluation, &seen.group);
        let still = match &rule.trigger {
            Trigger::Becomes(condition) => truth(&scope, condition).unwrap_or(false),
            Trigger::Reaches { .. } | Trigger::Each { .. } => !seen.before,
        };
        let amount = number(&scope, amount).ok().filter(Rational::is_positive)?;
        if still { exactly(self.due(period), &amount) } else { None }
    }

    fn due(&self, period: &Period) -> Vec<InvoiceLine> {
        let bill = bill_of(&self.evaluation(&self.usage, period), period);
        self.ledgers.get(period).cloned().unwrap_or_default().due(&bill)
    }

    fn issue(
        &mut self,
        rule: (usize, &Rule),
        record: (usize, &Record),
        period: &Period,
        seen: &Seen,
        lines: Vec<InvoiceLine>,
    ) {
        self.ledgers.entry(period.clone()).or_default().add(&lines);
        let bill = bill_of(&self.evaluation(&self.usage, period), period);
        self.fired(rule, record, seen, Some(invoice(&bill, lines)));
    }

    fn fired(
        &mut self,
        rule: (usize, &Rule),
        record: (usize, &Record),
        seen: &Seen,
        invoice: Option<crate::bill::Invoice>,
    ) {
        self.watched.firings.push(Firing {
            account: watched_account(rule.1, &seen.group).unwrap_or_else(|| self.context.account.clone()),
            rule: rule.0,
            record: record.0,
            time: record.1.time,
            keys: named(self.context, rule.1, &seen.group),
            level: seen.level,
            invoice,
        });
    }
}

/// The groups that a rule watches and the newest record reaches, in the windows that hold it; where the rule looks at the
/// bill itself, the period.
fn touched(
    evaluation: &Evaluation<'_>,
    rule: &Rule,
    exprs: &[&Expr],
    place: usize,
    record: &Record,
    period: &Period,
) -> Vec<Group> {
    if rule.keys.is_empty() && rule.per_period {
        return vec![Group::new(Vec::new(), period.interval)];
    }
    let within = match rule.window.from_first_use {
        true => Some(Interval { start: Timestamp::MIN, end: Timestamp::MAX }),
        false => evaluation.context.holding(&rule.window, record.time).ok().flatten(),
    };
    let Some(within) = within else { return Vec::new() };
    let rows = evaluation.combinations(exprs, &rule.keys, &rule.window, within).unwrap_or_default();
    let held = rows.into_iter().filter(|(interval, _)| interval.start <= record.time && record.time < interval.end);
    let groups = held.map(|(interval, keys)| Group::new(keys, interval));
    groups.filter(|group| reaches(evaluation, exprs, group, place)).collect()
}

fn reaches(evaluation: &Evaluation<'_>, exprs: &[&Expr], group: &Group, newest: usize) -> bool {
    let mut any = false;
    reach(evaluation, exprs, group, &mut |members| any |= members.latest == Some(newest));
    any
}

/// The value, and each level that it has come to, or beyond, from the side that it was on before.
fn reached(before: Option<Value>, is: &Evaluation<'_>, value: &Expr, levels: &[Expr], group: &Group) -> Vec<Seen> {
    let scope = Scope::group(is, group);
    let Ok(after) = number(&scope, value) else { return Vec::new() };
    let seen = |level, after_level| Seen {
        group: group.clone(),
        level,
        before: false,
        after: after_level,
        value: Some(Value::Number(after.clone())),
    };
    let is_passed = |level: &Expr| match (&before, number(&scope, level)) {
        (Some(Value::Number(before)), Ok(edge)) => {
            (*before < edge && edge <= after) || (after <= edge && edge < *before)
        }
        _ => false,
    };
    let passed = levels.iter().enumerate().filter(|(_, level)| is_passed(level));
    let passed = passed.map(|(at, _)| seen(Some(at), true));
    passed.chain([seen(None, false)]).collect()
}

/// The lines of charges that are due in advance.
pub fn in_advance(program: &Program, mut lines: Vec<InvoiceLine>) -> Vec<InvoiceLine> {
    lines.retain(|line| {
        let name = line.id.split(':').next().unwrap_or_default();
        program.charges.iter().any(|charge| &*charge.name == name && charge.is_in_advance())
    });
    lines
}

fn takes(context: &Context<'_>, record: &Record, condition: Option<&Expr>) -> Outcome<bool> {
    let home = RecordHome::new(context.program, record);
    condition.map_or(Ok(true), |condition| truth(&Scope::record(context, &home), condition))
}

/// The account that a rule watches, where it watches each by itself.
fn watched_account(rule: &Rule, group: &Group) -> Option<Symbol> {
    let at = rule.keys.iter().position(|key| *key.name == *ACCOUNT)?;
    match group.keys.get(at) {
        Some(Value::Text(account)) => Some(account.clone()),
        _ => None,
    }
}

fn named(context: &Context<'_>, rule: &Rule, group: &Group) -> Vec<LineKey> {
    let keys = rule.keys.iter().zip(&group.keys).filter(|(key, _)| *key.name != *ACCOUNT);
    let keys = keys.map(|(key, value)| LineKey {
        name: key.name.clone(),
        value: value.clone(),
        text: key_text(value, &key.ty, key.unit.as_ref(), &context.program.schema),
    });
    let window = (!rule.per_period).then(|| LineKey {
        name: rule.window.name.clone(),
        value: Value::Time(group.interval.start),
        text: window_text(&rule.window, context.zone, group.interval),
    });
    keys.chain(window).collect()
}
