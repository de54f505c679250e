//! How a value came about.

use super::super::derive::Ending;
use super::super::eval::{self, find_row, truth};
use super::super::evaluation::Evaluation;
use super::super::groups::{Member, Members};
use super::super::history::Before;
use super::super::lasting::{instant, pieces};
use super::super::scope::{Group, Home, Missing, Outcome, RecordHome, Scope};
use super::super::text;
use super::{DEPTH, Explanation, listed};
use crate::ir::text::{quoted, shaped};
use crate::ir::{Aggregate, Expr, Fold, History, Instants, Op, Over, Rows};
use crate::model::Value;
use crate::time::window_text;

/// An expression and its value, with the steps that led to it.
pub(super) fn value_step(scope: &Scope<'_>, expr: &Expr, depth: usize) -> Explanation {
    Explanation::new(equation(scope, expr)).of(inner_steps(scope, expr, depth))
}

/// `expression = value`
fn equation(scope: &Scope<'_>, expr: &Expr) -> String {
    let (left, right) = (text::expression(scope, expr), shown(scope, expr));
    if left == right { left } else { format!("{left} = {right}") }
}

/// The value of an expression in words, or why there is none.
pub(super) fn shown(scope: &Scope<'_>, expr: &Expr) -> String {
    match eval::eval(scope, expr) {
        Ok(value) => shaped(scope.context.program, expr.shape, expr.unit.as_ref(), &value),
        Err(Missing(reason)) => format!("not known: {reason}"),
    }
}

/// The steps that led to an expression's value: of what stands inside it, whatever is more than a name or a number,
/// and only what was evaluated.
pub(super) fn inner_steps(scope: &Scope<'_>, expr: &Expr, depth: usize) -> Vec<Explanation> {
    if depth >= DEPTH {
        return vec![Explanation::new("and so on")];
    }
    match &expr.op {
        Op::Let(at) => computed(scope, *at, depth),
        Op::Meter { meter, keys } => meter_steps(scope, *meter, keys, depth),
        Op::Aggregate(at) => aggregate_steps(scope, *at, depth),
        Op::History(history) => history_steps(scope, history, depth),
        Op::Lookup { table, keys, at, .. } => lookup_steps(scope, *table, keys, at.as_deref(), depth),
        Op::Fold(fold) => fold_steps(scope, fold, depth),
        _ => evaluated(scope, expr).into_iter().filter_map(|child| part_step(scope, child, depth)).collect(),
    }
}

/// A part of an expression as a step of its own; a constant needs none.
fn part_step(scope: &Scope<'_>, expr: &Expr, depth: usize) -> Option<Explanation> {
    match &expr.op {
        Op::Constant(_) => None,
        // In a group a key stands as its value already.
        Op::Key(_) => None,
        _ => Some(value_step(scope, expr, depth + 1)),
    }
}

/// The parts of an expression that its value needed.
fn evaluated<'e>(scope: &Scope<'_>, expr: &'e Expr) -> Vec<&'e Expr> {
    match &expr.op {
        Op::If(condition, yes, no) => {
            let taken = truth(scope, condition).map(|truth| if truth { yes } else { no });
            std::iter::once(&**condition).chain(taken.ok().map(|taken| &**taken)).collect()
        }
        Op::And(a, b) => first_decides(scope, a, b, false),
        Op::Or(a, b) => first_decides(scope, a, b, true),
        Op::Otherwise(a, b) => match eval::eval(scope, a) {
            Ok(Value::Absent) => vec![a, b],
            _ => vec![a],
        },
        Op::Match { subject, arms, otherwise } => {
            let value = eval::eval(scope, subject).ok();
            let arm = arms.iter().find(|(arm, _)| Some(arm) == value.as_ref()).map(|(_, arm)| arm);
            std::iter::once(&**subject).chain(arm.or(otherwise.as_deref())).collect()
        }
        _ => expr.children(),
    }
}

fn first_decides<'e>(scope: &Scope<'_>, a: &'e Expr, b: &'e Expr, decides: bool) -> Vec<&'e Expr> {
    if truth(scope, a) == Ok(decides) { vec![a] } else { vec![a, b] }
}

fn computed(scope: &Scope<'_>, at: usize, depth: usize) -> Vec<Explanation> {
    let Home::Record(home) = scope.home else { return Vec::new() };
    let one = scope.context.program.lets.get(home.record.kind).and_then(|lets| lets.get(at));
    one.map(|one| vec![value_step(&scope.outside_lists(), &one.value, depth + 1)]).unwrap_or_default()
}

fn lookup_steps(scope: &Scope<'_>, table: usize, keys: &[Expr], at: Option<&Expr>, depth: usize) -> Vec<Explanation> {
    let values: Outcome<Vec<Value>> = keys.iter().map(|key| eval::eval(scope, key)).collect();
    let time = match at.map(|at| eval::eval(scope, at)) {
        Some(Ok(Value::Time(time))) => time,
        _ => scope.as_of(),
    };
    let row = values.as_ref().ok().and_then(|values| find_row(scope, table, values, time).ok());
    let row = row.zip(values.as_ref().ok()).map(|((table, row), values)| {
        let since = row
            .since
            .map(|since| format!(", the row from {}", text::day_and_time(scope.context.zone, since)))
            .unwrap_or_default();
        let keys = text::combination(scope.context.program, table, values);
        let record = row.record.as_ref().map(|id| format!(", as record {} says", quoted(id))).unwrap_or_default();
        Explanation::new(format!("row of `{}` for{keys}{since}{record}", table.name)).at(row.span)
    });
    let keys = keys.iter().chain(at).filter_map(|key| part_step(scope, key, depth));
    row.into_iter().chain(keys).collect()
}

fn fold_steps(scope: &Scope<'_>, fold: &Fold, depth: usize) -> Vec<Explanation> {
    let Ok(Value::List(items)) = eval::eval(scope, &fold.list) else {
        return vec![value_step(scope, &fold.list, depth + 1)];
    };
    let step = |(at, item): (usize, &crate::model::ListItem)| {
        let inner = scope.with_item(item);
        let left_out = fold.condition.as_ref().is_some_and(|condition| truth(&inner, condition) == Ok(false));
        let title = match &fold.argument {
            _ if left_out => format!("item {}: left out", at + 1),
            Some(argument) => format!("item {}: {}", at + 1, shown(&inner, argument)),
            None => format!("item {}: counted", at + 1),
        };
        let steps = fold.argument.as_ref().filter(|_| !left_out);
        Explanation::new(title).of(steps.map(|one| inner_steps(&inner, one, depth + 1)).unwrap_or_default())
    };
    listed(items.iter().enumerate().map(step), items.len(), "item")
}

fn meter_steps(scope: &Scope<'_>, at: usize, keys: &[usize], depth: usize) -> Vec<Explanation> {
    let Home::Group(group, evaluation) = scope.home else { return Vec::new() };
    let keys: Option<Vec<Value>> = keys.iter().map(|key| group.keys.get(*key).cloned()).collect();
    let inner = keys.and_then(|keys| evaluation.meter_group(at, keys, group).ok());
    let (Some(inner), Ok(meter)) = (inner, evaluation.meter(at)) else { return Vec::new() };
    let scope = Scope { home: Home::Group(&inner, evaluation), ..scope.outside_lists() };
    vec![value_step(&scope, &meter.value, depth + 1).at(meter.span)]
}

fn aggregate_steps(scope: &Scope<'_>, at: usize, depth: usize) -> Vec<Explanation> {
    let Home::Group(group, evaluation) = scope.home else { return Vec::new() };
    let Ok(node) = evaluation.node(at) else { return Vec::new() };
    match &node.over {
        Over::Stream(stream) => record_steps(evaluation, group, *stream, node, depth),
        Over::Rows(rows) => row_steps(evaluation, group, rows, node, depth),
        Over::Instants(instants) => moment_steps(evaluation, group, instants, node, depth),
    }
}

/// The records that an aggregate takes.
fn record_steps(
    evaluation: &Evaluation<'_>,
    group: &Group,
    stream: usize,
    node: &Aggregate,
    depth: usize,
) -> Vec<Explanation> {
    let found = evaluation.usage.members(stream, &group.keys, group.interval);
    let mut members: Vec<&Member> = match &group.moment {
        Some(moment) => evaluation.in_force(stream, &group.keys, moment),
        None => found.iter().flat_map(|one| Members::within(one, group.stretch)).collect(),
    };
    members.sort_by(|a, b| a.order().cmp(&b.order()));
    let step = |member: &&Member| member_step(evaluation, stream, node, member, depth);
    if members.is_empty() {
        return vec![Explanation::new("no record")];
    }
    listed(members.iter().map(step), members.len(), "record")
}

/// A record, with its part in an aggregate.
fn member_step(
    evaluation: &Evaluation<'_>,
    stream: usize,
    node: &Aggregate,
    member: &Member,
    depth: usize,
) -> Explanation {
    let (program, context) = (evaluation.context.program, evaluation.context);
    let ending = match member.ending {
        Ending::Whole => "",
        Ending::Cut => ", closed at its limit",
        Ending::Open => ", still open",
    };
    let name = format!("record {} at {}{ending}", quoted(member.id()), member.time);
    let record = member.made.as_deref().or_else(|| evaluation.records.get(member.record));
    let (Some(record), Some(argument)) = (record, &node.argument) else { return Explanation::new(name) };
    let whole = RecordHome::new(program, record);
    let length = program.streams.get(stream).and_then(|stream| stream.pieces.as_ref());
    let pieces = length.and_then(|length| pieces(&Scope::record(context, &whole), record, length).ok());
    let piece = pieces.and_then(|pieces| pieces.into_iter().nth(member.item));
    let home = match &piece {
        Some((piece, lasts)) => RecordHome::piece(program, piece, lasts.clone()),
        None => whole,
    };
    let mut scope = Scope::record(context, &home);
    let list = program.streams.get(stream).and_then(|stream| stream.list).and_then(|list| record.values.get(list));
    if let Some(Value::List(items)) = list {
        scope.items.extend(items.get(member.item).cloned());
    }
    let steps = inner_steps(&scope, argument, depth + 1);
    Explanation::new(format!("{name}: {}", equation(&scope, argument))).of(steps)
}

/// The moments at which what is in force changes.
fn moment_steps(
    evaluation: &Evaluation<'_>,
    group: &Group,
    instants: &Instants,
    node: &Aggregate,
    depth: usize,
) -> Vec<Explanation> {
    let (Some(argument), Ok(all)) = (&node.argument, evaluation.instant_keys(&instants.rows, group)) else {
        return Vec::new();
    };
    let window = evaluation.so_far(group.interval);
    let mut steps = Vec::new();
    for keys in all {
        let texts = key_texts(evaluation, &instants.rows, &keys);
        let mut start = crate::reference::lasting::seconds(window.start);
        for (length, _) in evaluation.levels(argument, keys.clone(), window).unwrap_or_default() {
            let moment = Group::at_moment(keys.clone(), &start);
            let scope = Scope::group(evaluation, &moment);
            let from = std::iter::once(format!("from {}", instant(&start))).chain(texts.iter().cloned());
            let name = from.collect::<Vec<_>>().join(", ");
            let long = crate::ir::text::grouped(&length, 0);
            let title = format!("{name}, for {long} seconds: {}", equation(&scope, argument));
            steps.push(Explanation::new(title).of(inner_steps(&scope, argument, depth + 1)));
            start = &start + &length;
        }
    }
    let count = steps.len();
    listed(steps.into_iter(), count, "moment")
}

/// The windows that are looked back at.
fn history_steps(scope: &Scope<'_>, history: &History, depth: usize) -> Vec<Explanation> {
    let Home::Group(group, evaluation) = scope.home else { return Vec::new() };
    let before = evaluation.windows_before(history, group).unwrap_or_default();
    let count = before.len();
    let step = |one: Before| {
        let there = Group::new(group.keys.clone(), one.interval);
        let scope = Scope::group(evaluation, &there);
        let window = window_text(&history.window, evaluation.context.zone, one.interval);
        if !one.is_known {
            return Explanation::new(format!("{window}: before the account's first record"));
        }
        let title = format!("{window}: {}", equation(&scope, &history.argument));
        Explanation::new(title).of(inner_steps(&scope, &history.argument, depth + 1))
    };
    listed(before.into_iter().map(step), count, &history.window.name)
}

/// The rows that an aggregate takes.
fn row_steps(
    evaluation: &Evaluation<'_>,
    group: &Group,
    rows: &Rows,
    node: &Aggregate,
    depth: usize,
) -> Vec<Explanation> {
    let found = evaluation.rows_in(rows, group).unwrap_or_default();
    let step = |(interval, keys): &(crate::model::Interval, Vec<Value>)| {
        let row = group.other(keys.clone(), *interval);
        let scope = Scope::group(evaluation, &row);
        let window = window_text(&rows.window, evaluation.context.zone, *interval);
        let name = std::iter::once(window).chain(key_texts(evaluation, rows, keys)).collect::<Vec<_>>().join(", ");
        match &node.argument {
            Some(argument) => Explanation::new(format!("{name}: {}", equation(&scope, argument))).of(inner_steps(
                &scope,
                argument,
                depth + 1,
            )),
            None => Explanation::new(name),
        }
    };
    let empty = if rows.every_window { evaluation.empty_windows(rows, group, &found).unwrap_or(0) } else { 0 };
    let mut steps = listed(found.iter().map(step), found.len(), &rows.window.name);
    if empty > 0 {
        let empty_text = crate::ir::text::grouped(&crate::exact::Rational::from(empty as u64), 0);
        steps.push(Explanation::new(format!("{empty_text} more without any record, each of them zero")));
    }
    if steps.is_empty() { vec![Explanation::new("no record")] } else { steps }
}

fn key_texts(evaluation: &Evaluation<'_>, rows: &Rows, values: &[Value]) -> Vec<String> {
    let program = evaluation.context.program;
    let keys = rows.meters.first().and_then(|meter| program.meters.get(*meter)).map(|meter| &meter.keys);
    let text = |(key, value): (&crate::ir::Key, &Value)| {
        format!("{} {}", key.name, crate::ir::text::value(program, &key.ty, key.unit.as_ref(), value))
    };
    keys.into_iter().flatten().zip(values).map(text).collect()
}
