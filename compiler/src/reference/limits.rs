//! Floors and ceilings.

use super::eval::number;
use super::evaluation::Evaluation;
use super::lines::{Naming, rounded, with_money};
use super::scope::{Group, Outcome, Scope};
use crate::bill::Line;
use crate::exact::Rational;
use crate::ir::{Limit, Side};

/// Applies limits to the lines of one combination of keys, in order. Where the difference is a line of its own, it is
/// taken from rounded amounts; else the exact amounts give way.
pub(super) fn apply(
    evaluation: &Evaluation<'_>,
    limits: &[&Limit],
    naming: &Naming,
    group: &Group,
    lines: &mut Vec<Line>,
) -> Outcome<()> {
    let own = lines.len();
    for limit in limits {
        let bound = number(&Scope::group(evaluation, group), &limit.amount)?;
        match &limit.line {
            Some(name) => {
                let total = sum(lines.iter().map(|line| &line.amount));
                let difference = shift(limit.side, &total, &rounded(evaluation, &bound));
                if !difference.is_zero() {
                    lines.push(with_money(evaluation, naming.line(name), difference));
                }
            }
            None => {
                let total = sum(lines.iter().map(|line| &line.exact));
                let own = lines.get_mut(..own).unwrap_or_default();
                spread(evaluation, own, &shift(limit.side, &total, &bound));
            }
        }
    }
    Ok(())
}

/// An amount within its limits.
pub(super) fn clamp<'l>(
    scope: &Scope<'_>,
    limits: impl IntoIterator<Item = &'l Limit>,
    amount: Rational,
) -> Outcome<Rational> {
    limits.into_iter().try_fold(amount, |amount, limit| {
        let bound = number(scope, &limit.amount)?;
        Ok(&amount + &shift(limit.side, &amount, &bound))
    })
}

/// How far a limit moves an amount.
pub(super) fn violation(scope: &Scope<'_>, limit: &Limit, amount: &Rational) -> Outcome<Rational> {
    Ok(shift(limit.side, amount, &number(scope, &limit.amount)?))
}

/// How far an amount must be moved to keep a bound.
fn shift(side: Side, amount: &Rational, bound: &Rational) -> Rational {
    let broken = match side {
        Side::AtLeast => amount < bound,
        Side::AtMost => amount > bound,
    };
    if broken { bound - amount } else { Rational::zero() }
}

/// Moves lines: a floor lifts the first one, a ceiling cuts from the last one down.
pub(super) fn spread(evaluation: &Evaluation<'_>, lines: &mut [Line], difference: &Rational) {
    let mut left = difference.clone();
    let count = lines.len();
    let order: Vec<usize> = if left.is_negative() { (0..count).rev().collect() } else { (0..count).collect() };
    for (done, at) in order.into_iter().enumerate() {
        let Some(line) = lines.get_mut(at).filter(|_| !left.is_zero()) else { continue };
        let takes_all = left.is_positive() || done + 1 == count;
        let part = if takes_all { left.clone() } else { left.clone().max(-&line.exact).min(Rational::zero()) };
        left = &left - &part;
        let exact = &line.exact + &part;
        line.amount = rounded(evaluation, &exact);
        line.exact = exact;
    }
}

fn sum<'r>(amounts: impl Iterator<Item = &'r Rational>) -> Rational {
    amounts.fold(Rational::zero(), |total, amount| &total + amount)
}
