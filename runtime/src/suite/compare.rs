//! What was expected and what came, as sentences.

use crate::engine::Program;
use crate::render::money;
use crate::source::{Usage, suggest};
use florin_compiler::bill::{Bill, Standing};
use florin_compiler::exact::Rational;
use florin_compiler::model::Currency;
use florin_compiler::typed::{Expectation, Test};

pub(super) fn expectations(
    program: &Program,
    test: &Test,
    usage: &Usage,
    standings: &[Standing],
    bill: Option<&Bill>,
    failures: &mut Vec<String>,
) {
    let currency = &program.header.currency;
    for expectation in &test.expectations {
        let failure = match (expectation, bill) {
            (Expectation::Line { line, amount, .. }, Some(bill)) => expect_line(bill, line, amount, currency),
            (Expectation::Total { amount, .. }, Some(bill)) => expect_total(bill, amount, currency),
            (Expectation::Unpriced { record, .. }, _) => expect_unpriced(record, usage, standings),
            (Expectation::Error { code, .. }, _) => Some(format!("expected error {code}, but the book has no error")),
            (Expectation::Line { .. } | Expectation::Total { .. }, None) => None,
        };
        failures.extend(failure);
    }
    failures.extend(unexpected(test, usage, standings));
}

fn expect_line(bill: &Bill, id: &str, expected: &Rational, currency: &Currency) -> Option<String> {
    if let Some(line) = bill.lines.iter().find(|line| line.id == id) {
        let detail = format!(" (exactly {})", money::exact(&line.exact, currency));
        return difference(id, expected, &line.amount, &detail, currency);
    }
    let expected = money::amount(expected, currency);
    if let Some(withheld) = bill.withheld.iter().find(|withheld| withheld.id == id) {
        return Some(format!("{id}: expected {expected}, but it has no price: {}", withheld.missing));
    }
    let ids = bill.lines.iter().map(|line| line.id.as_str()).chain(bill.withheld.iter().map(|line| line.id.as_str()));
    let hint = suggest::hint(id, ids);
    Some(format!("{id}: expected {expected}, but the bill has no such line{hint}"))
}

fn expect_total(bill: &Bill, expected: &Rational, currency: &Currency) -> Option<String> {
    match &bill.total {
        Some(total) => difference("total", expected, total, "", currency),
        None => {
            let withheld: Vec<&str> = bill.withheld.iter().map(|line| line.id.as_str()).collect();
            let expected = money::amount(expected, currency);
            Some(format!("total: expected {expected}, but it is withheld: {} has no price", withheld.join(", ")))
        }
    }
}

fn difference(what: &str, expected: &Rational, got: &Rational, detail: &str, currency: &Currency) -> Option<String> {
    if expected == got {
        return None;
    }
    let shown = |value: &Rational| money::amount(value, currency);
    let (more, by) = if got > expected { ("more", got - expected) } else { ("less", expected - got) };
    Some(format!("{what}: expected {}, got {}{detail}, {} {more}", shown(expected), shown(got), shown(&by)))
}

fn expect_unpriced(record: &str, usage: &Usage, standings: &[Standing]) -> Option<String> {
    let Some(index) = usage.records.iter().position(|known| &*known.id == record) else {
        let hint = suggest::hint(record, usage.records.iter().map(|known| &*known.id));
        return Some(format!("expected record \"{record}\" to be unpriced, but there is no such record{hint}"));
    };
    match standings.get(index) {
        Some(Standing::Unpriced(_)) => None,
        Some(Standing::Free) => Some(format!("expected record \"{record}\" to be unpriced, but it is free")),
        Some(Standing::Rated) | None => {
            Some(format!("expected record \"{record}\" to be unpriced, but it has a price"))
        }
    }
}

/// Records without a price of which the test says nothing.
fn unexpected(test: &Test, usage: &Usage, standings: &[Standing]) -> Vec<String> {
    let is_expected = |id: &str| {
        let mut expected = test.expectations.iter();
        expected.any(|expectation| matches!(expectation, Expectation::Unpriced { record, .. } if **record == *id))
    };
    let unpriced = usage.records.iter().zip(standings).filter_map(|(record, standing)| match standing {
        Standing::Unpriced(missing) if !is_expected(&record.id) => Some((&record.id, missing)),
        Standing::Unpriced(_) | Standing::Free | Standing::Rated => None,
    });
    unpriced
        .map(|(id, missing)| {
            format!("record \"{id}\" has no price: {missing} (if that is meant: expect unpriced \"{id}\")")
        })
        .collect()
}
