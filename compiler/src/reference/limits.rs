//! Floors and ceilings.

use super::eval::number;
use super::evaluation::Evaluation;
use super::lines::{Naming, rounded, with_money};
use super::scope::{Group, Outcome, Scope};
use crate::bill::Line;
use crate::exact::Rational;
use crate::ir::{Limit, Side};
use crate::model::Interval;

/// What decides how far a limit moves a line.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    /// The keys and the window that the bound is of.
    pub(super) of: Group,
    pub(super) bound: Rational,
    /// What the lines before it in its window come to, exactly and rounded; none where the limit is of one line alone,
    /// and on the first line.
    pub(super) before: Option<(Rational, Rational)>,
    /// Whether a floor is made up here: on the last line of its window, when that ends.
    pub(super) is_last: bool,
}

/// Applies a limit to the lines of one combination of keys. Where the difference is a line of its own, it is taken from
/// rounded amounts; else the exact amounts of the charge's `own` first lines give way.
pub(super) fn apply(
    evaluation: &Evaluation<'_>,
    limit: &Limit,
    reach: &Reach,
    naming: &Naming,
    (lines, own): (&mut Vec<Line>, usize),
) {
    let difference = reach.difference(evaluation, limit, lines);
    match &limit.line {
        Some(name) if !difference.is_zero() => lines.push(with_money(evaluation, naming.line(name), difference)),
        Some(_) => {}
        None => spread(evaluation, lines.get_mut(..own).unwrap_or_default(), &difference),
    }
}

impl Reach {
    /// How far the limit moves lines: by what its window is moved with them, less what it is moved without them. So the
    /// lines of a window add up to the window's total within its bound.
    pub(super) fn difference(&self, evaluation: &Evaluation<'_>, limit: &Limit, lines: &[Line]) -> Rational {
        let (amount, bound) = match &limit.line {
            Some(_) => (sum(lines.iter().map(|line| &line.amount)), rounded(evaluation, &self.bound)),
            None => (sum(lines.iter().map(|line| &line.exact)), self.bound.clone()),
        };
        match (limit.side, self.earlier(limit)) {
            (Side::AtLeast, _) if !self.is_last => Rational::zero(),
            (side, None) => shift(side, &amount, &bound),
            (Side::AtLeast, Some(before)) => shift(Side::AtLeast, &(before + &amount), &bound),
            (Side::AtMost, Some(before)) => {
                &shift(Side::AtMost, &(before + &amount), &bound) - &shift(Side::AtMost, before, &bound)
            }
        }
    }

    /// What the lines before it come to, as the limit takes it.
    pub(super) fn earlier(&self, limit: &Limit) -> Option<&Rational> {
        let (exact, rounded) = self.before.as_ref()?;
        Some(if limit.line.is_some() { rounded } else { exact })
    }
}

/// Those of the limits of a window that hold yet: floors when it ends.
pub(super) fn due<'l>(
    evaluation: &Evaluation<'_>,
    window: Interval,
    limits: impl IntoIterator<Item = &'l Limit>,
) -> impl Iterator<Item = &'l Limit> {
    let is_due = evaluation.is_due(window);
    limits.into_iter().filter(move |limit| is_due || limit.side == Side::AtMost)
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
