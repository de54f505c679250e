//! Every scheme's bill is equal to the one that the scheme itself states: lines, exact amounts, quantities, totals.

use florin_compiler::bill::{Bill, Line};
use florin_compiler::exact::Rational;
use florin_runtime::suite::{self, Evaluator, Snapshots};
use florin_tests::{Billing, root};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The schemes that the issue of the language names; more may stand beside them.
const AT_LEAST: [&str; 12] = [
    "databricks-dbu",
    "twilio-sms",
    "voice-wholesale",
    "snow-serverless",
    "snow-warehouse",
    "snow-storage",
    "gcp-bigquery-ondemand",
    "confluent-standard",
    "elec-baseline",
    "algolia-grow",
    "aws-lambda",
    "datadog-hosts",
];

fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root("pricebooks/schemes"))
        .expect("the schemes")
        .map(|entry| entry.expect("a folder").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

#[test]
fn the_named_schemes_are_there() {
    let names: Vec<String> =
        folders().iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    for scheme in AT_LEAST {
        assert!(names.iter().any(|name| name == scheme), "{scheme}");
    }
}

#[test]
fn every_scheme_is_billed_equal() {
    for folder in folders() {
        let expected: Value =
            serde_json::from_str(&std::fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
        let accounts = folder.join("accounts.json");
        let accounts = accounts.exists().then_some(accounts);
        let billing =
            Billing::of_files(&folder.join("book.florin"), &[folder.join("usage.ndjson")], accounts.as_deref());
        assert_eq!(billing.rejects, [], "{}", folder.display());
        for bill in expected.as_array().expect("a list of bills") {
            check(&folder, &billing, bill);
        }
    }
}

fn check(folder: &Path, billing: &Billing, expected: &Value) {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let bill = billing.bill(&text(&expected["account"]), &period(&text(&expected["period"])));
    let what = format!("{} {}", folder.display(), expected["title"]);
    assert_eq!(&*bill.currency.code, expected["currency"], "{what}");
    assert_eq!(bill.total, Some(number(&expected["total"])), "{what}: {bill:#?}");
    let lines = expected["lines"].as_array().expect("lines");
    assert_eq!(bill.lines.len(), lines.len(), "{what}: {bill:#?}");
    for line in lines {
        check_line(&what, &bill, line);
    }
    for (grant, left) in expected["balances"].as_object().into_iter().flatten() {
        let own = bill.balances.iter().filter(|balance| *balance.grant == **grant);
        let sum = own.fold(Rational::zero(), |sum, balance| &sum + &balance.remaining);
        assert_eq!(sum, number(left), "{what}: balance of {grant}");
    }
    assert_eq!(billing.compiled_bill(&bill.account, &bill.period.name, 3), bill, "{what}");
}

fn check_line(what: &str, bill: &Bill, expected: &Value) {
    let id = expected["book_line"].as_str().or(expected["line"].as_str()).expect("a line has an id");
    let found = bill.lines.iter().find(|line| line.id == id);
    let line: &Line = found.unwrap_or_else(|| panic!("{what}: no line {id} in {bill:#?}"));
    assert_eq!(line.amount, number(&expected["amount"]), "{what} {id}");
    if expected["exact"].is_string() {
        assert_eq!(line.exact, number(&expected["exact"]), "{what} {id}");
    }
    let quantity = expected["book_quantity"].as_str().or(expected["qty"].as_str());
    if let Some(quantity) = quantity {
        assert_eq!(line.quantity, Some(number(&Value::from(quantity))), "{what} {id}");
    }
    if let Some(unit) = expected["book_unit"].as_str() {
        assert_eq!(line.unit.as_deref().unwrap_or(""), unit, "{what} {id}");
    }
}

/// A decimal, or a fraction `n/d`.
fn number(value: &Value) -> Rational {
    let text = value.as_str().expect("a number is a text");
    let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
    let parse = |text: &str| Rational::parse(text).expect("a number");
    parse(numerator).checked_div(&parse(denominator)).expect("not by zero")
}

/// `2026-05-15/2026-06-14`, whose end is exclusive, is `2026-05-15..2026-06-13` here.
fn period(text: &str) -> String {
    let Some((first, end)) = text.split_once('/') else { return text.to_owned() };
    let end: jiff::civil::Date = end.parse().expect("a date");
    format!("{first}..{}", end.yesterday().expect("a day before"))
}

#[test]
fn the_books_own_tests_pass() {
    let mut count = 0;
    for entry in walk(&root("pricebooks")) {
        for evaluator in [Evaluator::Reference, Evaluator::Compiled] {
            let result = suite::run_book(&entry, Snapshots::Compare, evaluator).expect("the book can be read");
            for test in &result.tests {
                assert!(test.is_passed(), "{} {} {evaluator:?}: {:#?}", entry.display(), test.label, test.failures);
                count += 1;
            }
        }
    }
    assert!(count >= 2 * 20, "only {count} tests");
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            found.extend(walk(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "florin") {
            found.push(entry);
        }
    }
    found.sort();
    found
}
