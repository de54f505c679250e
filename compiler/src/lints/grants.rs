//! Grants that can never be used, whatever the usage. What a grant says of its amounts and days is checked before.

use crate::diagnostic::Diagnostic;
use crate::ir::{Expr, Gives, Grant, Op, Program};
use crate::model::Value;

pub(super) const IDLE_GRANT: &str = "florin::lints::idle_grant";

/// What is to be said of a grant.
pub(super) fn find(program: &Program, grant: &Grant) -> Option<Diagnostic> {
    let (condition, says) = covers_nothing(grant)
        .map(|condition| (condition, "this is never true, so it covers nothing"))
        .or_else(|| Some((gives_nothing(program, grant)?, "no record makes this true, so it gives nothing")))?;
    let found = Diagnostic::warning(IDLE_GRANT, format!("the grant `{}` can never be used", grant.name))
        .label(condition.span, says)
        .help("write a condition that some usage fulfils, or leave the grant out");
    Some(found)
}

fn never(condition: &Expr) -> bool {
    matches!(condition.op, Op::Constant(Value::Boolean(false)))
}

/// The conditions of all that it covers are never true.
fn covers_nothing(grant: &Grant) -> Option<&Expr> {
    let conditions = grant.covers.iter().map(|cover| cover.condition.as_ref().filter(|condition| never(condition)));
    conditions.collect::<Option<Vec<_>>>()?.first().copied()
}

/// It is given with records, and there are none.
fn gives_nothing<'p>(program: &'p Program, grant: &Grant) -> Option<&'p Expr> {
    let conditions = grant.gives.iter().map(|gives| match gives {
        Gives::ForEach { stream } => {
            program.streams.get(*stream)?.condition.as_ref().filter(|condition| never(condition))
        }
        Gives::Every { .. } | Gives::Once { .. } | Gives::List { .. } => None,
    });
    let conditions = conditions.collect::<Option<Vec<_>>>().filter(|_| grant.reload.is_none())?;
    conditions.first().copied()
}
