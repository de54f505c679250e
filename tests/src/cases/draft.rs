//! A price book, its usage and its expectations while they are being written.

use super::{ACCOUNT, Expectation, GeneratedCase, Measure};
use serde_json::{Map, Value, json};

/// Enough places for every case that states an unrounded amount.
const ALL_PLACES: &str = "12";

/// A case that is being said as a price book.
pub(super) struct Draft<'case> {
    /// The case's parameters.
    pub params: &'case Value,
    /// The case's input.
    pub input: &'case Value,
    expect: &'case Value,
    title: &'case str,
    /// The book's period, `month` or `given`.
    pub book_period: &'static str,
    /// The period to bill.
    pub period: String,
    declarations: String,
    records: Vec<Value>,
    expectations: Vec<Expectation>,
}

impl<'case> Draft<'case> {
    /// A book without declarations, billed for January 2026.
    pub fn new(case: &'case Value) -> Self {
        Self {
            params: &case["params"],
            input: &case["input"],
            expect: &case["expect"],
            title: text(case, "id"),
            book_period: "month",
            period: "2026-01".to_owned(),
            declarations: String::new(),
            records: Vec::new(),
            expectations: Vec::new(),
        }
    }

    /// Adds declarations to the book.
    pub fn declare(&mut self, text: &str) {
        self.declarations.push('\n');
        self.declarations.push_str(text);
        self.declarations.push('\n');
    }

    /// Adds a record at the given time, or at a time of its own within the period, in the order of the calls.
    pub fn record(&mut self, kind: &str, time: Option<&str>, fields: &[(&str, &Value)]) {
        let number = self.records.len();
        let time = time.map_or_else(|| format!("2026-01-02T00:{number:02}:00Z"), str::to_owned);
        let mut record = Map::new();
        record.insert("id".to_owned(), json!(format!("{kind}-{number:03}")));
        record.insert("account".to_owned(), json!(ACCOUNT));
        record.insert("time".to_owned(), json!(time));
        record.insert("kind".to_owned(), json!(kind));
        for (name, value) in fields {
            record.insert((*name).to_owned(), (*value).clone());
        }
        self.records.push(Value::Object(record));
    }

    /// The bill must have the figure that the case states under this key, if it states one.
    pub fn expect(&mut self, key: &str, of: Measure) {
        if let Some(value) = self.expect[key].as_str() {
            self.expect_value(of, value);
        }
    }

    /// The bill must have this figure there.
    pub fn expect_value(&mut self, of: Measure, value: &str) {
        self.expectations.push(Expectation { of, value: value.to_owned() });
    }

    /// What the case states under this key, for figures that stand in lists and maps.
    pub fn stated(&self, key: &str) -> &'case Value {
        &self.expect[key]
    }

    /// The total, which a case states as an amount or in the currency's smallest unit.
    pub fn expect_total(&mut self) {
        self.expect("amount", Measure::Total);
        if let Some(minor) = self.expect["amount_minor"].as_str() {
            let major = shift_point(minor, count(self.params, "minor_units"));
            self.expect_value(Measure::Total, &major);
        }
    }

    /// The finished case.
    pub fn finish(self) -> GeneratedCase {
        let header = format!(
            "// {}\npricebook generated \"Generated\"\ncurrency  USD \"$\" to {} places\ntimezone  \"UTC\"\nperiod    {}\n",
            self.title,
            self.places(),
            self.book_period,
        );
        GeneratedCase {
            book: header + &self.declarations,
            usage: self.records.iter().map(|record| format!("{record}\n")).collect(),
            period: self.period,
            expect: self.expectations,
        }
    }

    /// The currency's places: those to which the case rounds, or more than it needs.
    fn places(&self) -> String {
        let rounded = [
            &self.params["minor_units"],
            &self.expect["compare_after_rounding"]["dp"],
            &self.params["components"][0]["round"]["round_dp"],
        ];
        rounded.into_iter().find(|places| !places.is_null()).map_or_else(|| ALL_PLACES.to_owned(), number)
    }
}

/// A parameter that is written as a text.
pub(super) fn text<'a>(of: &'a Value, key: &str) -> &'a str {
    of[key].as_str().unwrap_or_default()
}

/// A parameter that is written as a text, if it is there and is not zero.
pub(super) fn some<'a>(of: &'a Value, key: &str) -> Option<&'a str> {
    of[key].as_str().filter(|figure| *figure != "0")
}

/// A parameter that is a list.
pub(super) fn list<'a>(of: &'a Value, key: &str) -> &'a [Value] {
    of[key].as_array().map_or(&[], Vec::as_slice)
}

/// A parameter that is a map.
pub(super) fn entries<'a>(of: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    of[key].as_object().into_iter().flatten()
}

/// A parameter that counts something.
fn count(of: &Value, key: &str) -> usize {
    number(&of[key]).parse().unwrap_or_default()
}

/// A number, whether it is written as one or as a text.
fn number(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `13000` in cents is `130.00`: the same digits with a point.
fn shift_point(minor: &str, places: usize) -> String {
    let digits = format!("{minor:0>width$}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    format!("{whole}.{fraction}")
}
