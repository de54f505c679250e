//! The value of an expression.

use super::combine::combine;
use super::scope::{Before, FoldHome, Home, Missing, Outcome, Scope, internal};
use super::{lasting, text};
use crate::exact::Rational;
use crate::ir::{Expr, Fold, Op, Whose, ops};
use crate::model::{Cell, Clock, Interval, Row, Step, Symbol, Table, Value, Window};
use crate::time;
use crate::typed::WindowPart;
use jiff::Timestamp;

/// The value of an expression in a scope.
pub(super) fn eval(scope: &Scope<'_>, expr: &Expr) -> Outcome<Value> {
    let fault = |result: Result<Value, ops::Fault>| result.map_err(|fault| in_words(scope, expr, &fault));
    match &expr.op {
        Op::Constant(value) => Ok(value.clone()),
        Op::Field(field) => record_field(scope, *field),
        Op::Let(at) => computed_field(scope, *at),
        Op::RecordId => record(scope).map(|record| Value::Text(record.id.clone())),
        Op::Account => Ok(Value::Text(own_account(scope).clone())),
        Op::RecordTime => record(scope).map(|record| Value::Time(record.time)),
        Op::RecordKind => record_kind(scope),
        Op::Lasting(part) => lasting::part(scope, *part),
        Op::ItemField { depth, field } => item_field(scope, *depth, *field),
        Op::Fact { fact, whose } => scope.context.fact_of(&account_of(scope, *whose)?, *fact, scope.as_of()),
        Op::Term { shift: 0, plan, term } => scope.context.term(*plan, *term, scope.as_of()),
        Op::Term { plan, term, .. } => scope.context.next_term(*plan, *term, scope.as_of()),
        Op::Key(key) => group_key(scope, *key),
        Op::Meter { meter, keys } => meter_value(scope, *meter, keys),
        Op::Negative(a) => fault(ops::negative(&eval(scope, a)?)),
        Op::Not(a) => Ok(Value::Boolean(!truth(scope, a)?)),
        Op::Arithmetic(operator, a, b) => fault(ops::arithmetic(*operator, &eval(scope, a)?, &eval(scope, b)?)),
        Op::Compare(comparison, a, b) => {
            fault(ops::compare(*comparison, &eval(scope, a)?, &eval(scope, b)?).map(Value::Boolean))
        }
        Op::And(a, b) => Ok(Value::Boolean(truth(scope, a)? && truth(scope, b)?)),
        Op::Or(a, b) => Ok(Value::Boolean(truth(scope, a)? || truth(scope, b)?)),
        Op::Otherwise(a, b) => present(eval(scope, a)?).map_or_else(|| eval(scope, b), Ok),
        Op::IsAbsent(a) => Ok(Value::Boolean(eval(scope, a)? == Value::Absent)),
        Op::InCalendar(time, calendar) => in_calendar(scope, time, *calendar),
        Op::If(condition, yes, no) => branch(scope, if truth(scope, condition)? { yes } else { no }),
        Op::Match { subject, arms, otherwise } => matched(scope, subject, arms, otherwise.as_deref()),
        Op::Function(function, arguments) => fault(ops::function(*function, &all(scope, arguments)?)),
        Op::Round { value, rounding, step } => fault(ops::round(*rounding, &eval(scope, value)?, &eval(scope, step)?)),
        Op::Lookup { table, keys, column, at } => lookup(scope, *table, keys, *column, at.as_deref()),
        Op::WindowValue { part, shift, window, calendar } => window_value(scope, *part, *shift, window, *calendar),
        Op::DateOf(time) => instant(scope, time).map(|time| Value::Date(scope.context.zone.date(time))),
        Op::TimeOf(date) => first_instant(scope, date),
        Op::Fold(fold) => fold_list(scope, fold),
        Op::Aggregate(aggregate) => group(scope).and_then(|(group, rows)| rows.aggregate(*aggregate, group)),
        Op::State(state) => fold_state(scope, *state),
        Op::FoldLet(at) => fold_let(scope, *at),
        Op::StateBefore { state, opening } => state_before(scope, *state, opening.as_deref()),
        Op::History(history) => group(scope).and_then(|(group, rows)| rows.history(history, group)),
        Op::Split(split) => group(scope).and_then(|(group, rows)| rows.split(split, group)),
        Op::Total(charges) => group(scope).and_then(|(_, evaluation)| evaluation.total(charges)),
        Op::Unbilled => group(scope).map(|(_, evaluation)| Value::Number(evaluation.unbilled())),
    }
}

/// The number that an expression yields.
pub(super) fn number(scope: &Scope<'_>, expr: &Expr) -> Outcome<Rational> {
    let value = eval(scope, expr)?;
    ops::number(&value).cloned().map_err(|fault| in_words(scope, expr, &fault))
}

/// The truth that a condition yields.
pub(super) fn truth(scope: &Scope<'_>, expr: &Expr) -> Outcome<bool> {
    let value = eval(scope, expr)?;
    ops::truth(&value).map_err(|fault| in_words(scope, expr, &fault))
}

fn all(scope: &Scope<'_>, exprs: &[Expr]) -> Outcome<Vec<Value>> {
    exprs.iter().map(|expr| eval(scope, expr)).collect()
}

fn present(value: Value) -> Option<Value> {
    (value != Value::Absent).then_some(value)
}

fn in_words(scope: &Scope<'_>, expr: &Expr, fault: &str) -> Missing {
    Missing(format!("{fault} in `{}`", text::expression(scope, expr)))
}

fn record<'s>(scope: &Scope<'s>) -> Outcome<&'s crate::model::Record> {
    match scope.home {
        Home::Record(home) => Ok(home.record),
        Home::Group(..) => Err(internal("a group has no record")),
    }
}

fn group<'s>(scope: &Scope<'s>) -> Outcome<(&'s super::scope::Group, &'s super::evaluation::Evaluation<'s>)> {
    match scope.home {
        Home::Group(group, evaluation) => Ok((group, evaluation)),
        Home::Record(_) => Err(internal("a record is not a group")),
    }
}

/// The record's account; in a group the one that is billed.
fn own_account<'s>(scope: &Scope<'s>) -> &'s Symbol {
    match scope.home {
        Home::Record(home) => &home.record.account,
        Home::Group(..) => &scope.context.account,
    }
}

/// The account whose fact is asked for.
fn account_of(scope: &Scope<'_>, whose: Whose) -> Outcome<Symbol> {
    match whose {
        Whose::Own => Ok(own_account(scope).clone()),
        Whose::Payer => Ok(scope.context.account.clone()),
        Whose::Key(key) => match group_key(scope, key)? {
            Value::Text(account) => Ok(account),
            _ => Err(internal("an account is no text")),
        },
    }
}

fn record_field(scope: &Scope<'_>, at: usize) -> Outcome<Value> {
    let record = record(scope)?;
    let field = scope.context.program.schema.kinds.get(record.kind).and_then(|kind| kind.fields.get(at));
    let field = field.ok_or_else(|| internal("no such field"))?;
    match record.values.get(at) {
        None | Some(Value::Absent) if !field.optional => Err(Missing(format!("the record has no `{}`", field.name))),
        value => Ok(value.cloned().unwrap_or(Value::Absent)),
    }
}

fn computed_field(scope: &Scope<'_>, at: usize) -> Outcome<Value> {
    let Home::Record(home) = scope.home else { return Err(internal("a group has no computed fields")) };
    if let Some(known) = home.lets.borrow().get(at).cloned().flatten() {
        return known;
    }
    let computed = scope.context.program.lets.get(home.record.kind).and_then(|lets| lets.get(at));
    let value = eval(&scope.outside_lists(), &computed.ok_or_else(|| internal("no such computed field"))?.value);
    if let Some(place) = home.lets.borrow_mut().get_mut(at) {
        *place = Some(value.clone());
    }
    value
}

fn fold<'s>(scope: &Scope<'s>) -> Outcome<&'s FoldHome<'s>> {
    match scope.home {
        Home::Record(home) => home.fold.as_ref().ok_or_else(|| internal("there is no fold")),
        Home::Group(..) => Err(internal("a group has no fold")),
    }
}

fn fold_state(scope: &Scope<'_>, at: usize) -> Outcome<Value> {
    fold(scope)?.states.get(at).cloned().ok_or_else(|| internal("no such state"))
}

fn fold_let(scope: &Scope<'_>, at: usize) -> Outcome<Value> {
    let fold = fold(scope)?;
    if let Some(known) = fold.lets.borrow().get(at).cloned().flatten() {
        return known;
    }
    let (_, value) = fold.machine.lets.get(at).ok_or_else(|| internal("no such computed field"))?;
    let value = eval(&scope.outside_lists(), value);
    if let Some(place) = fold.lets.borrow_mut().get_mut(at) {
        *place = Some(value.clone());
    }
    value
}

fn state_before(scope: &Scope<'_>, at: usize, opening: Option<&Expr>) -> Outcome<Value> {
    let fold = fold(scope)?;
    let begins = || match fold.machine.states.get(at).map(|state| &state.initial) {
        Some(Some(initial)) => eval(scope, initial),
        Some(None) => Ok(Value::Absent),
        None => Err(internal("no such state")),
    };
    match (fold.before, opening) {
        (Before::Known(states), _) => states.get(at).cloned().ok_or_else(|| internal("no such state")),
        (Before::Opening, Some(opening)) => eval(scope, opening),
        (Before::Opening | Before::Nothing, _) => begins(),
    }
}

fn record_kind(scope: &Scope<'_>) -> Outcome<Value> {
    let kind = record(scope)?.kind;
    let kind = scope.context.program.schema.kinds.get(kind).ok_or_else(|| internal("no such kind"))?;
    Ok(Value::Text(kind.name.clone()))
}

fn item_field(scope: &Scope<'_>, depth: usize, field: usize) -> Outcome<Value> {
    let item = scope.items.iter().rev().nth(depth).and_then(|item| item.get(field)).cloned();
    item.ok_or_else(|| internal("no such item"))
}

fn group_key(scope: &Scope<'_>, at: usize) -> Outcome<Value> {
    let (group, _) = group(scope)?;
    group.keys.get(at).cloned().ok_or_else(|| internal("no such key"))
}

fn meter_value(scope: &Scope<'_>, meter: usize, keys: &[usize]) -> Outcome<Value> {
    let (group, evaluation) = group(scope)?;
    let keys: Outcome<Vec<Value>> = keys.iter().map(|key| group_key(scope, *key)).collect();
    evaluation.meter_in(meter, keys?, group)
}

fn in_calendar(scope: &Scope<'_>, time: &Expr, calendar: usize) -> Outcome<Value> {
    let (calendars, zone) = (&scope.context.program.calendars, scope.context.zone);
    Ok(Value::Boolean(match eval(scope, time)? {
        Value::Date(date) => time::admits_day(calendars, calendar, date),
        Value::Time(time) => time::admits(calendars, calendar, zone, time),
        _ => return Err(in_words(scope, time, "a time that is needed is absent")),
    }))
}

fn matched(scope: &Scope<'_>, subject: &Expr, arms: &[(Value, Expr)], otherwise: Option<&Expr>) -> Outcome<Value> {
    let value = eval(scope, subject)?;
    let arm = arms.iter().find(|(arm, _)| *arm == value).map(|(_, arm)| arm).or(otherwise);
    let arm = arm.ok_or_else(|| in_words(scope, subject, "no case fits what is found"))?;
    branch(scope, arm)
}

/// The branch that is taken.
fn branch(scope: &Scope<'_>, expr: &Expr) -> Outcome<Value> {
    scope.context.used(expr.span);
    eval(scope, expr)
}

fn instant(scope: &Scope<'_>, expr: &Expr) -> Outcome<Timestamp> {
    match eval(scope, expr)? {
        Value::Time(time) => Ok(time),
        Value::Date(date) => Ok(scope.context.zone.instant(date, Clock::midnight())),
        _ => Err(in_words(scope, expr, "a time that is needed is absent")),
    }
}

fn first_instant(scope: &Scope<'_>, date: &Expr) -> Outcome<Value> {
    instant(scope, date).map(Value::Time)
}

fn lookup(scope: &Scope<'_>, table: usize, keys: &[Expr], column: usize, at: Option<&Expr>) -> Outcome<Value> {
    let keys = all(scope, keys)?;
    let time = at.map_or(Ok(scope.as_of()), |at| instant(scope, at))?;
    let (table, row) = find_row(scope, table, &keys, time)?;
    scope.context.used(row.span);
    match row.values.get(column) {
        Some(Cell::Value(value)) => Ok(value.clone()),
        Some(Cell::Absent) => Ok(Value::Absent),
        Some(Cell::NotSold) => Err(Missing(text::not_sold(scope, table, &keys))),
        None => Err(internal("no such column")),
    }
}

/// The row of a table that holds for these keys at a time.
pub(super) fn find_row<'s>(
    scope: &Scope<'s>,
    table: usize,
    keys: &[Value],
    time: Timestamp,
) -> Outcome<(&'s Table, &'s Row)> {
    let indexed = scope.context.program.tables.get(table).ok_or_else(|| internal("no such table"))?;
    let row = indexed.index.find(&indexed.table, keys, time);
    row.map(|row| (&indexed.table, row)).ok_or_else(|| Missing(text::no_row(scope, indexed, keys)))
}

fn window_value(
    scope: &Scope<'_>,
    part: WindowPart,
    shift: i8,
    window: &Window,
    calendar: Option<usize>,
) -> Outcome<Value> {
    let interval = window_of(scope, shift, window)?;
    let zone = scope.context.zone;
    let days = || match calendar {
        Some(calendar) => time::days_admitted(&scope.context.program.calendars, calendar, zone, interval),
        None => time::days(zone, interval),
    };
    Ok(match part {
        WindowPart::Start => Value::Time(interval.start),
        WindowPart::End => Value::Time(interval.end),
        WindowPart::Length => Value::Number(ops::seconds_between(interval.start, interval.end)),
        WindowPart::Days => Value::Number(Rational::from(days().saturating_mul(86_400))),
    })
}

fn window_of(scope: &Scope<'_>, shift: i8, window: &Window) -> Outcome<Interval> {
    if let (true, Home::Group(group, _)) = (window.from_first_use, scope.home) {
        return Ok(group.interval);
    }
    let rule = scope.context.rule(window)?;
    // A contract may begin within the window at hand.
    let is_contract = matches!(window.step, Step::Term(_) | Step::Phase(_));
    let held = rule.holding(if is_contract { scope.as_of() } else { scope.moment() });
    let shifted = match shift {
        0 => held,
        1.. => held.and_then(|held| rule.next(held)),
        _ => held.and_then(|held| rule.previous(held)),
    };
    shifted.ok_or_else(|| Missing(format!("no {} is known there", window.name)))
}

/// The items of a list made one value.
fn fold_list(scope: &Scope<'_>, fold: &Fold) -> Outcome<Value> {
    let Value::List(items) = eval(scope, &fold.list)? else {
        return Err(in_words(scope, &fold.list, "a list that is needed is absent"));
    };
    let mut values = Vec::new();
    for item in items.iter() {
        let inner = scope.with_item(item);
        if fold.condition.as_ref().map_or(Ok(true), |condition| truth(&inner, condition))? {
            values.push(fold.argument.as_ref().map_or(Ok(Value::Absent), |argument| eval(&inner, argument))?);
        }
    }
    combine(&fold.function, &values)
}
