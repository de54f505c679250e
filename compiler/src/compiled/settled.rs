//! Whether what grants cover is settled as the records come, instead of from the first record on for each of them.
//!
//! It is where each event can be settled by what came before it alone, one priority after the other: where no grant sorts
//! what it covers, none takes units and pays as well, and nothing that a grant says depends on usage. What is not known
//! here is refused, as in [`super::windowed`].

use super::plan::changes_in_time;
use super::windowed::{fits_covered, is_cut, is_still};
use crate::ir::{Body, Charge, Cover, Expires, Gives, Grant, Op, Over, Program, RollsOver, UpTo};

/// Whether all that grants of a program cover is settled as the records come; `is_native` are the charges that are
/// computed of each record.
pub(super) fn settles(program: &Program, is_native: &[bool]) -> bool {
    let rest = || (0..program.charges.len()).filter(|at| is_native.get(*at) != Some(&true));
    let fits = |at: usize| {
        program.charges.get(at).is_some_and(|charge| {
            fits_covered(program, charge) && (!program.is_covered(at) || fits_settlement(program, at, charge))
        })
    };
    !program.grants.is_empty()
        && rest().next().is_some()
        && rest().all(fits)
        && !program.derived.iter().any(|one| one.used)
        && !program.aggregates.iter().any(|one| matches!(&one.over, Over::Rows(rows) if rows.every_window))
        && program.grants.iter().all(|grant| fits_grant(program, grant))
}

/// Whether a covered charge depends on no other, and nothing of it is due before its first record.
fn fits_settlement(program: &Program, at: usize, charge: &Charge) -> bool {
    let covers = || program.grants.iter().flat_map(|grant| grant.covers_of(at));
    let is_always = charge.keys.is_empty() && charge.per_period;
    let mut totals = false;
    for expr in charge.body.expressions() {
        expr.walk(&mut |expr| totals |= matches!(expr.op, Op::Total(_)));
    }
    let by_time = |body: &&Body| body.by_record_time && changes_in_time(program, body);
    !totals
        && charge.fee.is_none()
        && (!charge.keys.is_empty() || charge.per_period)
        && !(is_always && covers().any(|cover| cover.pays) && charge.body.may_be_due())
        && !charge.body.leaves().iter().any(by_time)
}

fn fits_grant(program: &Program, grant: &Grant) -> bool {
    let Grant {
        name: _,
        label: _,
        docs: _,
        keys,
        unit: _,
        gives,
        costs,
        covers,
        order,
        priority: _,
        expires,
        rolls_over,
        reload: _,
        off_the_bill: _,
        in_plan,
        span: _,
    } = grant;
    let fits_gives = |gives: &Gives| match gives {
        Gives::Every { amount: _, window } => window.from_first_use || is_cut(window),
        Gives::Once { .. } | Gives::List { .. } => in_plan.is_none(),
        Gives::ForEach { stream } => program.streams.get(*stream).is_some_and(|stream| {
            (stream.in_plan.is_none() || stream.in_plan == *in_plan)
                && stream.pieces.is_none()
                && is_cut(&stream.window)
        }),
    };
    let pays = |cover: &Cover| cover.pays;
    let is_recurring = |gives: &Gives| matches!(gives, Gives::Every { window, .. } if !window.from_first_use);
    (in_plan.is_none() || keys.is_empty())
        && order.is_empty()
        && gives.iter().all(fits_gives)
        && (covers.iter().all(pays) || !covers.iter().any(pays))
        && costs.as_ref().is_none_or(|costs| {
            keys.is_empty() && (costs.every.as_ref().is_some_and(is_cut) || gives.iter().any(is_recurring))
        })
        && rolls_over.as_ref().is_none_or(|rolls| fits_rolling(rolls) && matches!(expires, Expires::WithWindow))
        && grant.expressions().into_iter().all(is_still)
}

fn fits_rolling(rolls: &RollsOver) -> bool {
    let RollsOver { up_to, when } = rolls;
    let is_constant = |up_to: &UpTo| match up_to {
        UpTo::Share(expr) | UpTo::Amount(expr) => expr.constant().is_some(),
    };
    when.is_none() && up_to.as_ref().is_none_or(is_constant)
}
