//! Every numeric case of another billing system is billed equal by both evaluators.

use florin_compiler::bill::{Bill, Firing, Line};
use florin_compiler::exact::Rational;
use florin_compiler::model::Symbol;
use florin_runtime::engine::Engine;
use florin_runtime::period::parse_period;
use florin_tests::Billing;
use florin_tests::cases::{ACCOUNT, Expectation, GeneratedCase, Issued, Measure, book_for};
use serde_json::Value;

fn cases() -> Vec<Value> {
    let text = include_str!("../../cases/cases.jsonl");
    text.lines().map(|line| serde_json::from_str(line).expect("a case")).collect()
}

#[test]
fn every_case_is_billed_equal() {
    let wrong: Vec<String> = cases().iter().flat_map(wrongs).collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n\n"));
}

/// What does not come out of a case.
fn wrongs(case: &Value) -> Vec<String> {
    let id = case["id"].as_str().expect("a case has an id");
    let generated = book_for(case).unwrap_or_else(|| panic!("{id}: no book is written for its model"));
    let GeneratedCase { book, usage, accounts, contracts, period, .. } = &generated;
    let billing = Billing::of_texts(book, usage, accounts, contracts);
    assert_eq!(billing.rejects.len(), generated.rejected, "{id}: {:#?}", billing.rejects);
    let bill = billing.bill(ACCOUNT, period);
    assert!(bill.withheld.is_empty(), "{id} has no price: {:#?}", bill.withheld);
    for block in [1, billing.usage.records.len().max(1)] {
        assert_eq!(billing.compiled_bill(ACCOUNT, period, block), bill, "{id}, blocks of {block}");
    }
    assert!(!generated.expect.is_empty(), "{id} expects nothing");
    let asked = parse_period(period).expect("a period");
    let engine = billing.engine(Some(&asked));
    let seen = Seen { billing: &billing, bill: &bill, firings: &firings(&engine), engine: &engine };
    let wrong = generated.expect.iter().filter_map(|expected| {
        let got = seen.measured(&expected.of);
        (got.as_ref() != Some(&number(&expected.value)))
            .then(|| format!("{id}: {} but {got:?}\n{book}\n{usage}\n{bill:#?}", shown(expected)))
    });
    wrong.collect()
}

fn firings(engine: &Engine<'_>) -> Vec<Firing> {
    engine.watch(&Symbol::from(ACCOUNT), &[]).firings
}

fn number(text: &str) -> Rational {
    Rational::parse(text).expect("a decimal")
}

fn shown(expected: &Expectation) -> String {
    format!("{:?} should be {}", expected.of, expected.value)
}

/// A case's bill, and what the rules did on the way to it.
struct Seen<'s> {
    billing: &'s Billing,
    bill: &'s Bill,
    firings: &'s [Firing],
    engine: &'s Engine<'s>,
}

impl Seen<'_> {
    fn measured(&self, of: &Measure) -> Option<Rational> {
        Some(match of {
            Measure::Total => self.bill.total.clone()?,
            Measure::Amount(id) => self.line(id)?.amount.clone(),
            Measure::Exact(id) => self.line(id)?.exact.clone(),
            Measure::Quantity(id) => self.line(id)?.quantity.clone()?,
            Measure::Part { line, part } => {
                let part = self.line(line)?.parts.iter().find(|found| found.name.as_deref() == Some(part.as_str()));
                part?.exact.clone()
            }
            Measure::Invoice(Issued::At(record)) => self.invoiced(Some(*record), &|_| true),
            Measure::Invoice(Issued::Rest) => self.bill.total.as_ref()? - &self.invoiced(None, &|_| true),
            Measure::InvoiceLines(Issued::At(record), lines) => {
                self.invoiced(Some(*record), &|id| lines.iter().any(|line| line == id))
            }
            Measure::InvoiceLines(Issued::Rest, lines) => {
                let is_one = |id: &str| lines.iter().any(|line| line == id);
                let billed = self.bill.lines.iter().filter(|line| is_one(&line.id)).map(|line| &line.amount);
                &sum(billed) - &self.invoiced(None, &is_one)
            }
            Measure::Rated { record, line } => self.rated(*record, line.as_deref()),
            Measure::Balances(grants) => {
                let left = |grant: &String| self.bill.balances.iter().find(|balance| balance.id == *grant);
                let left: Option<Vec<_>> = grants.iter().map(left).collect();
                sum(left?.into_iter().map(|balance| &balance.remaining))
            }
            Measure::Firings { rule, level, record } => {
                let rules = &self.billing.program.rules;
                let fired = self.firings.iter().filter(|firing| {
                    firing.record == *record
                        && firing.level == *level
                        && rules.get(firing.rule).is_some_and(|found| *found.name == **rule)
                });
                number(&fired.count().to_string())
            }
            Measure::Less(other) => -&self.measured(other)?,
        })
    }

    fn line(&self, id: &str) -> Option<&Line> {
        self.bill.lines.iter().find(|line| line.id == id)
    }

    /// What rules have invoiced at a record, or at all of them, on some lines.
    fn invoiced(&self, at: Option<usize>, is_wanted: &dyn Fn(&str) -> bool) -> Rational {
        let issued = self.firings.iter().filter(|firing| at.is_none_or(|at| firing.record == at));
        let lines = issued.filter_map(|firing| firing.invoice.as_ref()).flat_map(|invoice| &invoice.lines);
        sum(lines.filter(|line| is_wanted(&line.id)).map(|line| &line.amount))
    }

    fn rated(&self, record: usize, line: Option<&str>) -> Rational {
        let rated = self
            .engine
            .rate()
            .filter(|rated| rated.record == Some(record) && line.is_none_or(|line| rated.line == line));
        sum(rated.map(|rated| rated.amount).collect::<Vec<_>>().iter())
    }
}

fn sum<'a>(numbers: impl Iterator<Item = &'a Rational>) -> Rational {
    numbers.fold(Rational::zero(), |sum, number| &sum + number)
}
