//! Why a line of a grant says what it does: what was given, what it costs, what was drawn from it.

use super::super::evaluation::Evaluation;
use super::super::scope::Missing;
use super::super::settle::{self, Given, Story};
use super::super::text::day_and_time;
use super::line::rounding_step;
use super::{Explanation, listed};
use crate::bill::{Line, Period};
use crate::exact::Rational;
use crate::ir::Grant;
use crate::ir::text::{grouped, money, quantity};
use crate::model::Value;
use jiff::Timestamp;

pub(super) fn explain(evaluation: &Evaluation<'_>, period: &Period, id: &str) -> Option<Explanation> {
    for (at, grant) in evaluation.context.program.grants.iter().enumerate() {
        for lines in settle::grant_lines(evaluation, at) {
            match &lines.lines {
                Ok(some) => {
                    if let Some(line) = some.iter().find(|line| line.id == id) {
                        return Some(grant_line(evaluation, period, (at, grant), &lines.group.keys, line));
                    }
                }
                Err(withheld) if withheld.id == id => {
                    let title = format!("{} for {} has no price: {}", withheld.label, period.name, withheld.missing);
                    return Some(Explanation::new(title).at(grant.span));
                }
                Err(_) => {}
            }
        }
    }
    None
}

fn grant_line(
    evaluation: &Evaluation<'_>,
    period: &Period,
    (at, grant): (usize, &Grant),
    keys: &[Value],
    line: &Line,
) -> Explanation {
    let title = format!("{} for {}: {}", line.label, period.name, money(evaluation.currency(), &line.amount));
    let story = settle::story(evaluation, at, keys);
    let mut steps = match &story {
        Some(story) if settle::is_drawdown(evaluation, grant, keys, &line.id) => drawn_steps(evaluation, grant, story),
        Some(story) => cost_steps(evaluation, story),
        None => Vec::new(),
    };
    steps.extend(rounding_step(evaluation, line));
    Explanation::new(title).at(grant.span).of(steps)
}

/// What was drawn for each line, and out of what.
fn drawn_steps(evaluation: &Evaluation<'_>, grant: &Grant, story: &Story) -> Vec<Explanation> {
    let draws = story.drawn.iter().map(|draws| {
        let total = draws.each.iter().fold(Rational::zero(), |total, (_, amount)| &total + amount);
        let each = draws.each.iter().map(|(time, amount)| {
            let (time, amount) = (day(evaluation, *time), counted(evaluation, grant, amount));
            Explanation::new(format!("{amount} by a record at {time}"))
        });
        let title = format!("`{}` has used {} of it", draws.line, counted(evaluation, grant, &total));
        Explanation::new(title).of(listed(each, draws.each.len(), "time"))
    });
    let given = story.given.iter().map(|given| given_step(evaluation, grant, given));
    let steps: Vec<Explanation> = draws.chain(listed(given, story.given.len(), "giving")).collect();
    match story.drawn.is_empty() {
        true => std::iter::once(Explanation::new("nothing on this bill has used it")).chain(steps).collect(),
        false => steps,
    }
}

/// `given $20.00 on 2026-01-01 00:00, until 2027-01-01 00:00: $4.00 left`
fn given_step(evaluation: &Evaluation<'_>, grant: &Grant, given: &Given) -> Explanation {
    let until = given.expires.map(|end| format!(", until {}", day(evaluation, end))).unwrap_or_default();
    let [amount, left] = [&given.amount, &given.left].map(|amount| counted(evaluation, grant, amount));
    let from = day(evaluation, given.from);
    Explanation::new(format!("{amount} given on {from}{until}: {left} of it left at the end of the bill's period"))
}

fn cost_steps(evaluation: &Evaluation<'_>, story: &Story) -> Vec<Explanation> {
    let costs = match &story.costs {
        Ok(costs) => costs,
        Err(Missing(reason)) => return vec![Explanation::new(format!("not known: {reason}"))],
    };
    if costs.is_empty() {
        return vec![Explanation::new("nothing of it is due on this bill")];
    }
    let step = |cost: &settle::Cost| {
        let (time, price) = (day(evaluation, cost.time), money(evaluation.currency(), &cost.price));
        Explanation::new(match &cost.packs {
            Some(packs) => format!("{} bought on {time}: {price}", grouped(packs, 0)),
            None => format!("due of {time}: {price}"),
        })
    };
    listed(costs.iter().map(step), costs.len(), "payment")
}

fn counted(evaluation: &Evaluation<'_>, grant: &Grant, amount: &Rational) -> String {
    quantity(evaluation.currency(), Some(&grant.unit), amount)
}

fn day(evaluation: &Evaluation<'_>, time: Timestamp) -> String {
    day_and_time(evaluation.context.zone, time)
}
