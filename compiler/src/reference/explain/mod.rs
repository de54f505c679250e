//! Why a line, or a record, costs what it does: every step, in the words of whoever wrote the book.

mod grant;
mod line;
mod price;
mod record;
mod total;
mod value;

use super::{Reference, period_of};
use crate::bill::{Period, Standing};
use crate::model::Symbol;
use crate::source::{Sources, Span};

/// A step, and the steps that led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What holds.
    pub title: String,
    /// Where the book, or its table, says so.
    pub span: Option<Span>,
    /// What led to it.
    pub children: Vec<Explanation>,
}

/// How many records, rows or windows are listed before the rest is only counted.
pub const LISTED: usize = 20;

/// How deep an explanation goes; more than any reader follows.
const DEPTH: usize = 24;

impl Explanation {
    fn new(title: impl Into<String>) -> Explanation {
        Explanation { title: title.into(), span: None, children: Vec::new() }
    }

    fn at(self, span: Span) -> Explanation {
        Explanation { span: Some(span), ..self }
    }

    fn of(self, children: Vec<Explanation>) -> Explanation {
        Explanation { children, ..self }
    }
}

/// An explanation as text: a step a line, what led to it indented below it, places in brackets.
#[must_use]
pub fn render(explanation: &Explanation, sources: &Sources) -> String {
    let mut text = String::new();
    write(explanation, sources, 0, &mut text);
    text
}

fn write(step: &Explanation, sources: &Sources, depth: usize, text: &mut String) {
    text.push_str(&"  ".repeat(depth));
    text.push_str(&step.title);
    if let Some(span) = step.span {
        text.push_str(&format!("  ({})", sources.place(span)));
    }
    text.push('\n');
    step.children.iter().for_each(|child| write(child, sources, depth + 1, text));
}

/// The first of many steps, and how many more there are.
fn listed(steps: impl Iterator<Item = Explanation>, count: usize, what: &str) -> Vec<Explanation> {
    let mut listed: Vec<Explanation> = steps.take(LISTED).collect();
    if count > LISTED {
        let more = crate::ir::text::grouped(&crate::exact::Rational::from((count - LISTED) as u64), 0);
        listed.push(Explanation::new(format!("and {more} more {what}s")));
    }
    listed
}

impl Reference<'_> {
    /// Every step of the line with this id, or why it has no price. None where the bill has no such line.
    #[must_use]
    pub fn explain_line(&self, account: &Symbol, period: &Period, line: &str) -> Option<Explanation> {
        self.evaluate(account, period, |evaluation| {
            line::explain(evaluation, period, line).or_else(|| grant::explain(evaluation, period, line))
        })
    }

    /// The total of a bill, as the sum of its rounded lines.
    #[must_use]
    pub fn explain_total(&self, account: &Symbol, period: &Period) -> Explanation {
        total::explain(&self.bill(account, period))
    }

    /// How the first record with this id stands, and what it adds to which lines. None where there is no such record.
    #[must_use]
    pub fn explain_record(&self, id: &str) -> Option<Explanation> {
        let at = self.records.iter().position(|record| &*record.id == id)?;
        let record = self.records.get(at)?;
        let homes = self.homes_of(record);
        let stands = |home: &Symbol| self.account_standings(home).into_iter().find(|(one, _)| *one == at);
        let standings: Vec<Standing> = homes.iter().filter_map(stands).map(|(_, standing)| standing).collect();
        let unpriced = standings.iter().find(|standing| matches!(standing, Standing::Unpriced(_)));
        let standing = unpriced.or(standings.first()).cloned().unwrap_or(Standing::Rated);
        let rated: Vec<_> = self.rate().filter(|rated| rated.record == Some(at)).collect();
        let payer = self.payer(record);
        let period = period_of(&self.context(&payer), record.time, &self.given);
        let context = self.context(&payer).given(period.map(|period| period.interval));
        Some(record::explain(&context, record, &standing, &rated))
    }
}
