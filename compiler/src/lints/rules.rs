//! Rules that can never fire: nothing that is used changes what they look at.

use super::numbers::adds_up;
use super::{Prices, constant};
use crate::diagnostic::Diagnostic;
use crate::ir::text::quantity;
use crate::ir::{Action, Expr, Op, Rule, Trigger};
use crate::model::Value;

pub(super) const IDLE_RULE: &str = "florin::lints::idle_rule";

/// What is to be said of a rule.
pub(super) fn find(prices: &Prices<'_>, rule: &Rule) -> Vec<Diagnostic> {
    match &rule.trigger {
        Trigger::Becomes(condition) => always(rule, condition).into_iter().collect(),
        Trigger::Each { condition, .. } => condition.iter().filter_map(never).collect(),
        Trigger::Reaches { value, levels } => {
            levels.iter().filter_map(|level| reached_at_once(prices, value, level)).collect()
        }
    }
}

fn truth(condition: &Expr) -> Option<bool> {
    match &condition.op {
        Op::Constant(Value::Boolean(truth)) => Some(*truth),
        _ => None,
    }
}

/// `when KIND where false`
fn never(condition: &Expr) -> Option<Diagnostic> {
    (!truth(condition)?).then(|| {
        Diagnostic::warning(IDLE_RULE, "this rule can never fire")
            .label(condition.span, "no record makes this true")
            .help("compare something of the record with an amount, or leave the rule out")
    })
}

/// A condition that is constant does not become true. One that is true all the time still holds records, and invoices
/// amounts as often as there are any.
fn always(rule: &Rule, condition: &Expr) -> Option<Diagnostic> {
    let truth = truth(condition)?;
    let acts_while = matches!(rule.action, Action::Hold | Action::Invoice(Some(_)));
    if truth && acts_while {
        return None;
    }
    let says =
        if truth { "this is true before anything is used, and never becomes true" } else { "this is never true" };
    let found = Diagnostic::warning(IDLE_RULE, "this rule can never fire").label(condition.span, says).help(
        "compare something that usage changes, such as a meter or `total(..)`, with an amount; or leave the rule out",
    );
    Some(found)
}

/// A level of zero, or below, of something that starts at zero and goes up.
fn reached_at_once(prices: &Prices<'_>, value: &Expr, level: &Expr) -> Option<Diagnostic> {
    let at = constant(level)?;
    if at.is_positive() || !adds_up(prices.program, value) {
        return None;
    }
    let shown = quantity(&prices.program.header.currency, level.unit.as_ref().or(value.unit.as_ref()), at);
    let found = Diagnostic::warning(IDLE_RULE, "this level is reached before anything is used")
        .label(level.span, format!("a level of {shown}"))
        .label(value.span, "starts at zero, and usage adds to it")
        .help("name a level above zero; for the first usage of all, `when KIND then ..` looks at each record");
    Some(found)
}
