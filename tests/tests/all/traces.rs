//! Real traces of requests to language models, billed to the last digit.

use florin_compiler::exact::Rational;
use florin_tests::{Billing, root};
use serde_json::Value;
use std::io::Write;

fn expected(path: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(root(path)).expect("expected totals")).expect("JSON")
}

fn check(billing: &Billing, period: &str, models: &Value) {
    assert_eq!(billing.rejects, []);
    let models = models.as_object().expect("models");
    assert_eq!(models.len(), 5);
    for (model, figures) in models {
        let text = |name: &str| figures[name].as_str().expect("a text");
        let number = |name: &str| Rational::parse(text(name)).expect("a number");
        let bill = billing.bill(text("account"), period);
        let [line] = bill.lines.as_slice() else { panic!("{model}: {bill:#?}") };
        assert_eq!(line.id, text("line"));
        assert_eq!(line.exact, number("exact"), "{model}");
        assert_eq!(line.amount, number("amount"), "{model}");
        let account = &bill.account;
        let records = billing.usage.records.iter().filter(|record| record.account == *account).count();
        assert_eq!(Some(records as u64), figures["records"].as_u64());
    }
}

#[test]
fn the_azure_trace_costs_what_it_costs() {
    let usage = root("tests/data/azure_code_2023/usage.csv.gz");
    let billing = Billing::of_files(&root("pricebooks/tokens/book.florin"), &[usage], None);
    let figures = expected("tests/data/azure_code_2023/expected.json");
    check(&billing, "2023-11", &figures["models"]);
}

#[test]
fn the_mooncake_trace_costs_what_it_costs_with_a_cache() {
    let usage = root("tests/data/mooncake_conversation/usage.ndjson.gz");
    let billing = Billing::of_files(&root("pricebooks/tokens/book.florin"), &[usage], None);
    let figures = expected("tests/data/mooncake_conversation/expected.json");
    check(&billing, "1970-01", &figures["cached"]);
}

#[test]
fn the_mooncake_trace_costs_what_it_costs_without_a_cache() {
    let usage = root("tests/data/mooncake_conversation/usage.ndjson.gz");
    let input = florin_runtime::source::Input::new(&usage);
    let mut text = String::new();
    std::io::Read::read_to_string(&mut input.open().expect("a file"), &mut text).expect("a text");
    let plain = std::env::temp_dir().join(format!("florin-mooncake-{}.ndjson", std::process::id()));
    let mut file = std::fs::File::create(&plain).expect("a temporary file");
    for line in text.lines() {
        let mut record: Value = serde_json::from_str(line).expect("a record");
        record.as_object_mut().expect("an object").remove("cached");
        writeln!(file, "{record}").expect("written");
    }
    let billing = Billing::of_files(&root("pricebooks/tokens/book.florin"), std::slice::from_ref(&plain), None);
    std::fs::remove_file(&plain).expect("removed");
    let figures = expected("tests/data/mooncake_conversation/expected.json");
    check(&billing, "1970-01", &figures["no_cache"]);
}
