//! Worked examples of the FOCUS specification: what is consumed and bought, billed equal to their stated bills.

use florin_compiler::exact::Rational;
use florin_tests::{Billing, root};
use serde_json::Value;

const FOLDER: &str = "tests/data/focus_saas_examples";

#[test]
fn the_examples_are_billed_equal() {
    let file = |name: &str| root(FOLDER).join(name);
    let of = |book: &str, usage: &[&str], accounts: Option<&str>| {
        let usage: Vec<_> = usage.iter().map(|name| file(name)).collect();
        Billing::of_files(&file(book), &usage, accounts.map(file).as_deref())
    };
    let tokens = of("tokens.florin", &["tokens.ndjson"], Some("tokens-accounts.json"));
    let spend = of("spend.florin", &["spend.ndjson"], None);
    let monthly = of("monthly.florin", &["monthly.ndjson"], None);
    let terms = of("terms/terms.florin", &[], None);
    let expected: Value = serde_json::from_str(&std::fs::read_to_string(file("expected.json")).unwrap()).unwrap();
    let number = |value: &Value| Rational::parse(value.as_str().expect("a text")).expect("a number");
    for one in expected.as_array().expect("a list") {
        let (account, period) = (one["account"].as_str().expect("a text"), one["period"].as_str().expect("a text"));
        let billing = match account {
            "spend" => &spend,
            "monthly" => &monthly,
            "simple_a1" | "simple_a2" | "simple_b" => &terms,
            _ => &tokens,
        };
        let bill = billing.bill(account, period);
        assert_eq!(billing.compiled_bill(account, period, 2), bill, "{one}");
        if one["billed"].is_string() {
            assert_eq!(bill.total, Some(number(&one["billed"])), "{one}: {bill:#?}");
        }
        // What was drawn, at what it cost.
        if one["drawn"].is_string() {
            let bought = Rational::from(100_000i64);
            let left = &bill.balances.first().expect("a balance").remaining;
            assert_eq!(&(&bought - left) * &Rational::from(2i64), number(&one["drawn"]));
        }
    }
}
