//! The stretches of a window in which one dated rate holds.

use super::eval::eval;
use super::evaluation::Evaluation;
use super::scope::{Group, Outcome, Scope};
use crate::ir::{Body, Expr, Op};
use crate::model::{Interval, Value};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The stretches of a group's window, cut wherever one of the prices, of the rows that they look up, or of the account
/// facts that they ask for gives way to the next. One stretch where nothing changes.
pub(super) fn stretches(evaluation: &Evaluation<'_>, body: &Body, group: &Group) -> Outcome<Vec<Interval>> {
    let mut changes: BTreeSet<Timestamp> = body.all_prices().filter_map(|dated| dated.since).collect();
    let prices = body.all_prices().flat_map(|dated| dated.price.expressions());
    let cases = body.overrides.iter().filter_map(|one| one.case.condition.as_ref());
    let exprs: Vec<&Expr> = prices.chain(cases).chain(&body.quantity).collect();
    for place in body.overrides.iter().filter_map(|one| one.case.in_plan) {
        changes.extend(evaluation.context.on_plan(place)?.into_iter().flat_map(|held| [held.start, held.end]));
    }
    exprs.iter().for_each(|expr| fact_changes(evaluation, expr, group, &mut changes));
    // A fact may be a key: then other rows give way after it has changed.
    let facts: Vec<Timestamp> = inside(group.interval, &changes).collect();
    for expr in exprs {
        for as_of in std::iter::once(group.as_of).chain(facts.iter().copied()) {
            row_changes(evaluation, expr, &group.as_of(as_of), &mut changes);
        }
    }
    let Interval { start, end } = group.interval;
    let starts: Vec<Timestamp> = std::iter::once(start).chain(inside(group.interval, &changes)).collect();
    let ends = starts.iter().skip(1).copied().chain([end]);
    Ok(starts.iter().zip(ends).map(|(start, end)| Interval { start: *start, end }).collect())
}

fn inside(interval: Interval, times: &BTreeSet<Timestamp>) -> impl Iterator<Item = Timestamp> {
    times.iter().copied().filter(move |time| interval.start < *time && *time < interval.end)
}

/// When the account facts that an expression asks for change.
fn fact_changes(evaluation: &Evaluation<'_>, expr: &Expr, group: &Group, changes: &mut BTreeSet<Timestamp>) {
    expr.walk(&mut |expr| {
        if let Op::Fact { fact, whose } = &expr.op {
            changes.extend(evaluation.context.changes_of(group, *fact, *whose));
        }
        if let Op::Term { plan, .. } = &expr.op {
            changes.extend(evaluation.context.term_changes(*plan));
        }
    });
}

/// When the rows that an expression looks up give way to others. A look-up whose keys can not be had changes nothing:
/// it fails where it is evaluated.
fn row_changes(evaluation: &Evaluation<'_>, expr: &Expr, group: &Group, changes: &mut BTreeSet<Timestamp>) {
    let scope = Scope::group(evaluation, group);
    expr.walk(&mut |expr| {
        let Op::Lookup { table, keys, at: None, .. } = &expr.op else { return };
        let keys: Outcome<Vec<Value>> = keys.iter().map(|key| eval(&scope, key)).collect();
        if let (Ok(keys), Some(indexed)) = (keys, evaluation.context.program.tables.get(*table)) {
            let rows = indexed.index.matching(&indexed.table, &keys);
            changes.extend(rows.into_iter().filter_map(|row| row.since));
        }
    });
}
