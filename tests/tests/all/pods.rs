//! Pods of a GPU cluster: list price, graduated tiers, and a prepaid commitment, to the last digit.
//!
//! The trace has no licence, so it is not here; see `tests/data/compute_pods_alibaba2023/README.md`.

use florin_compiler::bill::Bill;
use florin_compiler::exact::Rational;
use florin_tests::{Billing, root};
use serde_json::Value;
use std::path::PathBuf;

const FOLDER: &str = "tests/data/compute_pods_alibaba2023";

#[test]
fn pods_are_billed_equal_where_the_trace_is_at_hand() {
    let Some(usage) = std::env::var_os("FLORIN_PODS").map(PathBuf::from) else { return };
    let billing = Billing::of_files(&root(FOLDER).join("book.florin"), &[usage], None);
    let expected = std::fs::read_to_string(root(FOLDER).join("expected.json")).expect("the figures");
    let expected: Value = serde_json::from_str(&expected).expect("JSON");
    let engine = billing.engine(None);
    let mut credits = Rational::zero();
    for (account, months) in expected["accounts"].as_object().expect("accounts") {
        for period in engine.periods(&account.as_str().into()) {
            let month = period.interval.start.as_second() / 2_592_000;
            let bill = engine.bill(&account.as_str().into(), &period);
            check(&bill, &months[month.to_string().as_str()]);
            let line = bill.lines.iter().find(|line| line.id == "list").expect("a line");
            credits = &credits + line.quantity.as_ref().expect("a quantity");
        }
    }
    let total = Rational::from(17_167_428_419i64).checked_div(&Rational::from(360_000i64)).expect("not zero");
    assert_eq!(credits, total);
}

/// The figures have twelve places.
fn check(bill: &Bill, figures: &Value) {
    let of = |line: &str| bill.lines.iter().find(|known| known.id == line).expect("a line").exact.clone();
    let left = bill.balances.first().expect("a balance").remaining.clone();
    for (name, exact) in [
        ("list_usd", of("list")),
        ("graduated_usd", of("graduated")),
        ("commit_drawn_usd", of("committed:commit")),
        ("overage_usd", of("committed")),
        ("commit_left_usd", left),
    ] {
        let figure = Rational::parse(figures[name].as_str().expect("a text")).expect("a number");
        let off = (&exact - &figure).abs();
        assert!(off <= Rational::parse("0.000000000001").expect("a number"), "{name}: {exact}, not {figure}");
    }
}
