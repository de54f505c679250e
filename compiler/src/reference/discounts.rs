//! What discounts take off lines.

use super::cases::discounting;
use super::eval::number;
use super::evaluation::Evaluation;
use super::lines::with_money;
use super::scope::{Group, Missing, Outcome, Scope};
use crate::bill::Line;
use crate::exact::Rational;
use crate::ir::{Body, Discount, LineName, Takes};

/// Adds what a discount takes off the lines of one combination of keys, as a line of its own. All that it takes off a
/// bill adds up on one line.
pub(super) fn apply(evaluation: &Evaluation<'_>, body: &Body, group: &Group, lines: &mut Vec<Line>) -> Outcome<()> {
    let exact = lines.iter().fold(Rational::zero(), |total, line| &total + &line.exact);
    if let Some((discount, taken)) = taken(evaluation, body, group, &exact)?
        && !taken.is_zero()
    {
        lines.push(with_money(evaluation, line(&discount.line), -&taken));
    }
    Ok(())
}

/// The discount that holds for a line, and how much it takes off an amount.
pub(super) fn taken<'b>(
    evaluation: &Evaluation<'_>,
    body: &'b Body,
    group: &Group,
    amount: &Rational,
) -> Outcome<Option<(&'b Discount, Rational)>> {
    let scope = Scope::group(evaluation, group);
    let Some(discount) = discounting(&scope, body)? else { return Ok(None) };
    let value = number(&scope, discount.takes.value())?;
    let taken = match &discount.takes {
        Takes::Share(_) if value.is_negative() || value > Rational::one() => {
            return Err(Missing(format!("\"{}\" takes {value} of it off, which is no share", discount.line.label)));
        }
        Takes::Amount(_) if value.is_negative() => {
            return Err(Missing(format!("\"{}\" takes {value} off, which is less than nothing", discount.line.label)));
        }
        Takes::Share(_) => amount * &value,
        Takes::Amount(_) => value.min(amount.clone()).max(Rational::zero()),
    };
    Ok(Some((discount, taken)))
}

fn line(name: &LineName) -> Line {
    Line {
        id: name.name.to_string(),
        charge: name.name.clone(),
        keys: Vec::new(),
        label: name.label.to_string(),
        quantity: None,
        unit: None,
        exact: Rational::zero(),
        amount: Rational::zero(),
        parts: Vec::new(),
    }
}
