//! Where an expression is evaluated: in a record, or in a group.

use super::contracts::{Agreement, agreements};
use super::coverage::Coverage;
use super::evaluation::Evaluation;
use super::incremental::Folding;
use super::lasting::Lasts;
use super::sharing::Homes;
use super::text;
use crate::exact::Rational;
use crate::ir::{Program, StateMachine, Whose};
use crate::model::{Accounts, Currency, Facts, Interval, ListItem, Record, Step, Symbol, Value, Window};
use crate::source::Span;
use crate::time::{Rule, Zone};
use jiff::Timestamp;
use std::cell::RefCell;

/// What is missing for a value, in a reader's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Missing(pub(super) String);

/// A value, or what is missing for it.
pub(super) type Outcome<T> = Result<T, Missing>;

/// A fault of this crate, not of the book nor of the usage.
pub(super) fn internal(what: &str) -> Missing {
    Missing(format!("internal error: {what}"))
}

/// What all evaluation for one account shares.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) program: &'a Program,
    pub(super) zone: &'a Zone,
    pub(super) account: Symbol,
    /// What is known of it; nothing where it is not listed.
    facts: Option<&'a Facts>,
    /// What is known of all accounts.
    accounts: &'a Accounts,
    /// Which of them belong together.
    pub(super) homes: &'a Homes,
    /// Its contracts.
    pub(super) agreements: Vec<Agreement>,
    /// By plan, the terms and the phases of its contracts.
    terms: Vec<Vec<Interval>>,
    phases: Vec<Outcome<Vec<Interval>>>,
    /// The dates of the bill where the book's period is given.
    pub(super) given: Option<Interval>,
    /// Takes note of what of the book is used, if anyone asks.
    coverage: Option<&'a Coverage>,
    /// Which streams count; all if nobody says.
    streams: Option<&'a [bool]>,
    /// Of which streams only folds are kept.
    folding: Option<&'a Folding>,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        program: &'a Program,
        zone: &'a Zone,
        (accounts, homes): (&'a Accounts, &'a Homes),
        account: &Symbol,
    ) -> Context<'a> {
        let facts = accounts.get(account);
        let agreements = agreements(program, zone, facts);
        let (terms, phases) = (Vec::new(), Vec::new());
        let bare = Context {
            program,
            zone,
            account: account.clone(),
            facts,
            accounts,
            homes,
            agreements,
            terms,
            phases,
            given: None,
            coverage: None,
            streams: None,
            folding: None,
        };
        let plans = 0..program.plans.len();
        let terms = plans.clone().map(|plan| bare.terms_of(plan)).collect();
        let phases = plans.map(|plan| bare.all_phases(plan)).collect();
        Context { terms, phases, ..bare }
    }

    pub(super) fn covered_by(self, coverage: Option<&'a Coverage>) -> Context<'a> {
        Context { coverage, ..self }
    }

    /// With some of the streams only.
    pub(super) fn of_streams(self, streams: &'a [bool]) -> Context<'a> {
        Context { streams: Some(streams), ..self }
    }

    /// Keeping only folds of some of the streams.
    pub(super) fn with_folds(self, folding: &'a Folding) -> Context<'a> {
        Context { folding: Some(folding), ..self }
    }

    /// How a stream is kept of which there are only folds.
    pub(super) fn folding(&self, stream: usize) -> Option<&'a Folding> {
        self.folding.filter(|folding| folding.streams.get(stream) == Some(&true))
    }

    /// Whether a stream counts.
    pub(super) fn takes(&self, stream: usize) -> bool {
        self.streams.is_none_or(|streams| streams.get(stream).copied().unwrap_or(false))
    }

    /// A tier, a row or a branch is used.
    pub(super) fn used(&self, span: Span) {
        if let Some(coverage) = self.coverage {
            coverage.mark(span);
        }
    }

    pub(super) fn given(self, given: Option<Interval>) -> Context<'a> {
        Context { given, ..self }
    }

    /// A fact of the account that is billed as of a time; absent only where it may be.
    pub(super) fn fact(&self, at: usize, time: Timestamp) -> Outcome<Value> {
        self.fact_of(&self.account, at, time)
    }

    /// A fact of an account as of a time; absent only where it may be.
    pub(super) fn fact_of(&self, account: &Symbol, at: usize, time: Timestamp) -> Outcome<Value> {
        let field = self.program.schema.facts.get(at).ok_or_else(|| internal("no such fact"))?;
        let facts = self.facts_of(account);
        match known(self.program, facts, at, time) {
            None if field.optional => Ok(Value::Absent),
            None => Err(Missing(match facts.and_then(|facts| facts.changes(at).next()) {
                Some(first) => {
                    let (account, first) = (text::quoted(account), text::day_and_time(self.zone, first));
                    format!("account {account} has no `{}` before {first}", field.name)
                }
                None => format!("account {} has no `{}`", text::quoted(account), field.name),
            })),
            Some(value) => Ok(value.clone()),
        }
    }

    /// What is known of an account.
    pub(super) fn facts_of(&self, account: &Symbol) -> Option<&'a Facts> {
        if *account == self.account { self.facts } else { self.accounts.get(account) }
    }

    /// When a fact of the account that is billed changes.
    pub(super) fn fact_changes(&self, at: usize) -> impl Iterator<Item = Timestamp> {
        self.facts.into_iter().flat_map(move |facts| facts.changes(at))
    }

    /// When a fact that is asked for in a group changes.
    pub(super) fn changes_of(&self, group: &Group, at: usize, whose: Whose) -> Vec<Timestamp> {
        let named = match whose {
            Whose::Own | Whose::Payer => None,
            Whose::Key(key) => group.keys.get(key),
        };
        match named {
            Some(Value::Text(account)) => {
                self.facts_of(account).map(|facts| facts.changes(at).collect()).unwrap_or_default()
            }
            _ => self.fact_changes(at).collect(),
        }
    }

    /// A fact from which time is counted: it may not change.
    fn fixed_fact(&self, account: &Symbol, at: usize) -> Outcome<Option<&Value>> {
        let facts = self.facts_of(account);
        match facts.and_then(|facts| facts.changes(at).next()) {
            None => Ok(known(self.program, facts, at, Timestamp::MIN)),
            Some(change) => {
                let name = self.program.schema.facts.get(at).map_or("", |fact| &*fact.name);
                let (account, change) = (text::quoted(account), text::day_and_time(self.zone, change));
                Err(Missing(format!(
                    "time is counted from `account.{name}`, which may not change, and that of account {account} changes \
                     on {change}"
                )))
            }
        }
    }

    /// From when on the account that is billed exists, if a fact `start` says so.
    pub(super) fn start(&self) -> Outcome<Option<Timestamp>> {
        self.start_of(&self.account)
    }

    /// From when on an account exists, if a fact `start` says so.
    pub(super) fn start_of(&self, account: &Symbol) -> Outcome<Option<Timestamp>> {
        let Some(at) = self.program.schema.facts.iter().position(|fact| &*fact.name == "start") else {
            return Ok(None);
        };
        Ok(match self.fixed_fact(account, at)? {
            Some(Value::Date(date)) => Some(self.zone.instant(*date, crate::model::Clock::midnight())),
            Some(Value::Time(time)) => Some(*time),
            _ => None,
        })
    }

    /// The same for what is due from then on: an account that must have a start has none without it.
    pub(super) fn begins(&self) -> Outcome<Option<Timestamp>> {
        self.begins_of(&self.account)
    }

    /// The same for any account.
    pub(super) fn begins_of(&self, account: &Symbol) -> Outcome<Option<Timestamp>> {
        match self.program.schema.facts.iter().position(|fact| &*fact.name == "start") {
            Some(at) if self.start_of(account)?.is_none() => self.fact_of(account, at, Timestamp::MIN).map(|_| None),
            Some(_) => self.start_of(account),
            None => Ok(None),
        }
    }

    /// How a window cuts time for this account.
    pub(super) fn rule<'w>(&'w self, window: &'w Window) -> Outcome<Rule<'w>> {
        let stretches: &[Interval] = match window.step {
            Step::Term(plan) => self.terms.get(plan).map(Vec::as_slice).unwrap_or_default(),
            Step::Phase(plan) => match self.phases.get(plan) {
                Some(Ok(phases)) => phases,
                Some(Err(missing)) => return Err(missing.clone()),
                None => &[],
            },
            _ => &[],
        };
        let anchor = match window.anchor {
            None => None,
            Some(fact) => match self.fixed_fact(&self.account, fact)? {
                Some(Value::Date(date)) => Some(*date),
                Some(Value::Time(time)) => Some(self.zone.date(*time)),
                _ => {
                    self.fact(fact, Timestamp::MIN)?;
                    None
                }
            },
        };
        Ok(Rule { window, zone: self.zone, anchor, given: self.given, stretches })
    }

    /// The stretch of a window that holds an instant; none outside the dates that are asked for.
    pub(super) fn holding(&self, window: &Window, time: Timestamp) -> Outcome<Option<Interval>> {
        Ok(self.rule(window)?.holding(time))
    }
}

/// A fact as of a time, or its default, where it has one.
pub(super) fn known<'k>(
    program: &'k Program,
    facts: Option<&'k Facts>,
    at: usize,
    time: Timestamp,
) -> Option<&'k Value> {
    let present = |value: &&Value| **value != Value::Absent;
    let known = facts.and_then(|facts| facts.at(at, time)).filter(present);
    known.or(program.schema.facts.get(at)?.default.as_ref()).filter(present)
}

/// A record with what has been computed of it.
#[derive(Debug)]
pub(super) struct RecordHome<'a> {
    pub(super) record: &'a Record,
    /// The computed fields that have been asked for; kept, so that long chains of them stay linear.
    pub(super) lets: RefCell<Vec<Option<Outcome<Value>>>>,
    /// The fold that it is in.
    pub(super) fold: Option<FoldHome<'a>>,
    /// Where it is only a piece of the record.
    pub(super) piece: Option<Lasts>,
}

/// A fold at a record.
#[derive(Debug)]
pub(super) struct FoldHome<'a> {
    pub(super) machine: &'a StateMachine,
    /// Its states before the record.
    pub(super) states: &'a [Value],
    /// Its states at the end of the window before.
    pub(super) before: Before<'a>,
    /// Its lets that have been asked for.
    pub(super) lets: RefCell<Vec<Option<Outcome<Value>>>>,
}

/// What is known of the window before.
#[derive(Clone, Copy, Debug)]
pub(super) enum Before<'a> {
    /// The states at its end.
    Known(&'a [Value]),
    /// It had no record: the states are what they begin with.
    Nothing,
    /// It lies before the first record.
    Opening,
}

impl<'a> FoldHome<'a> {
    pub(super) fn new(machine: &'a StateMachine, states: &'a [Value], before: Before<'a>) -> FoldHome<'a> {
        FoldHome { machine, states, before, lets: RefCell::new(vec![None; machine.lets.len()]) }
    }
}

impl<'a> RecordHome<'a> {
    pub(super) fn new(program: &Program, record: &'a Record) -> RecordHome<'a> {
        let lets = program.lets.get(record.kind).map_or(0, Vec::len);
        RecordHome { record, lets: RefCell::new(vec![None; lets]), fold: None, piece: None }
    }

    /// The same within a fold.
    pub(super) fn in_fold(program: &Program, record: &'a Record, fold: FoldHome<'a>) -> RecordHome<'a> {
        RecordHome { fold: Some(fold), ..RecordHome::new(program, record) }
    }
}

/// An account's keys and window, and which of its records count.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Group {
    pub(super) keys: Vec<Value>,
    pub(super) interval: Interval,
    /// Only records of this stretch count; all if there is none.
    pub(super) stretch: Option<Interval>,
    /// As of when dated things are looked up.
    pub(super) as_of: Timestamp,
    /// The moment, in seconds from 1970, where only what is in force then counts.
    pub(super) moment: Option<Rational>,
}

impl Group {
    pub(super) fn new(keys: Vec<Value>, interval: Interval) -> Group {
        Group { keys, interval, stretch: None, as_of: interval.start, moment: None }
    }

    /// The same group as of another time, with all its records.
    pub(super) fn as_of(&self, time: Timestamp) -> Group {
        Group { as_of: time, ..self.clone() }
    }

    /// Only its records of a stretch, with dated things as of its start.
    pub(super) fn within(&self, stretch: Interval) -> Group {
        Group { stretch: Some(stretch), as_of: stretch.start.max(self.interval.start), ..self.clone() }
    }

    /// Another group of which the same stretch, or the same moment, counts.
    pub(super) fn other(&self, keys: Vec<Value>, interval: Interval) -> Group {
        let group = Group { moment: self.moment.clone(), ..Group::new(keys, interval) };
        match self.stretch {
            Some(stretch) => group.within(stretch),
            None => group,
        }
    }
}

/// Whether names of the record or those of the group mean something.
#[derive(Clone, Copy, Debug)]
pub(super) enum Home<'s> {
    Record(&'s RecordHome<'s>),
    Group(&'s Group, &'s Evaluation<'s>),
}

/// A scope.
#[derive(Clone, Debug)]
pub(super) struct Scope<'s> {
    pub(super) context: &'s Context<'s>,
    pub(super) home: Home<'s>,
    /// The items of the lists around, the innermost last.
    pub(super) items: Vec<ListItem>,
}

impl<'s> Scope<'s> {
    pub(super) fn record(context: &'s Context<'s>, record: &'s RecordHome<'s>) -> Scope<'s> {
        Scope { context, home: Home::Record(record), items: Vec::new() }
    }

    pub(super) fn group(evaluation: &'s Evaluation<'s>, group: &'s Group) -> Scope<'s> {
        Scope { context: evaluation.context, home: Home::Group(group, evaluation), items: Vec::new() }
    }

    /// With one item more.
    pub(super) fn with_item(&self, item: &ListItem) -> Scope<'s> {
        let mut scope = self.clone();
        scope.items.push(item.clone());
        scope
    }

    /// Without the items of lists.
    pub(super) fn outside_lists(&self) -> Scope<'s> {
        Scope { items: Vec::new(), ..*self }
    }

    /// The currency of the bill.
    pub(super) fn currency(&self) -> &'s Currency {
        match self.home {
            Home::Record(_) => &self.context.program.header.currency,
            Home::Group(_, evaluation) => evaluation.currency(),
        }
    }

    /// As of when dated things are looked up.
    pub(super) fn as_of(&self) -> Timestamp {
        match self.home {
            Home::Record(home) => home.record.time,
            Home::Group(group, _) => group.as_of,
        }
    }

    /// The instant by which windows are named: the record's time, the start of the group's window.
    pub(super) fn moment(&self) -> Timestamp {
        match self.home {
            Home::Record(home) => home.record.time,
            Home::Group(group, _) => group.interval.start,
        }
    }
}
