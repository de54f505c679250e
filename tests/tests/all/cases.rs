//! Every numeric case of another billing system is billed equal by both evaluators, or stands in the list of those that
//! wait.

use florin_compiler::bill::{Bill, Line};
use florin_compiler::exact::Rational;
use florin_tests::Billing;
use florin_tests::cases::{ACCOUNT, DEFERRED, Expectation, Measure, book_for};
use serde_json::Value;
use std::collections::BTreeSet;

fn cases() -> Vec<Value> {
    let text = include_str!("../../cases/cases.jsonl");
    text.lines().map(|line| serde_json::from_str(line).expect("a case is JSON")).collect()
}

#[test]
fn every_case_is_billed_equal() {
    let mut waiting = BTreeSet::new();
    let mut wrong = Vec::new();
    for case in cases() {
        let id = case["id"].as_str().expect("a case has an id").to_owned();
        let Ok(generated) = book_for(&case) else {
            waiting.insert(id);
            continue;
        };
        let billing = Billing::of_text(&generated.book, &generated.usage);
        assert_eq!(billing.rejects, [], "{id}");
        let bill = billing.bill(ACCOUNT, &generated.period);
        for block in [1, 3, 1_000] {
            let compiled = billing.compiled_bill(ACCOUNT, &generated.period, block);
            assert_eq!(bill, compiled, "{id} by the compiled evaluator in blocks of {block}\n{}", generated.book);
        }
        assert!(!generated.expect.is_empty(), "{id} expects nothing");
        for expected in &generated.expect {
            let got = measured(&bill, &expected.of);
            if got.as_ref() != Some(&number(&expected.value)) {
                wrong.push(format!(
                    "{id}: {} but {got:?}\n{}\n{}\n{bill:#?}",
                    words(expected),
                    generated.book,
                    generated.usage
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n\n"));
    assert_eq!(waiting, DEFERRED.iter().map(|(id, _)| (*id).to_owned()).collect());
}

fn number(text: &str) -> Rational {
    Rational::parse(text).expect("a number")
}

fn words(expected: &Expectation) -> String {
    format!("expected {:?} = {}", expected.of, expected.value)
}

fn line<'b>(bill: &'b Bill, id: &str) -> Option<&'b Line> {
    bill.lines.iter().find(|line| line.id == id)
}

fn measured(bill: &Bill, of: &Measure) -> Option<Rational> {
    match of {
        Measure::Total => bill.total.clone(),
        Measure::Amount(id) => line(bill, id).map(|line| line.amount.clone()),
        Measure::Exact(id) => line(bill, id).map(|line| line.exact.clone()),
        Measure::Quantity(id) => line(bill, id).and_then(|line| line.quantity.clone()),
        Measure::Part { line: id, part } => {
            let parts = &line(bill, id)?.parts;
            parts.iter().find(|known| known.name.as_deref() == Some(part)).map(|part| part.exact.clone())
        }
    }
}
