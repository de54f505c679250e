//! A price book, its usage and its expectations while they are being written.

use super::{ACCOUNT, Expectation, GeneratedCase, Issued, Measure};
use jiff::civil::Date;
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
    /// The places of the currency, where the case says them in a way of its own.
    pub places: Option<String>,
    /// Which way a line is rounded; none for halves away from zero.
    pub rounding: Option<&'static str>,
    /// How many records are refused.
    pub rejected: usize,
    facts: Map<String, Value>,
    contracts: String,
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
            places: None,
            rounding: None,
            rejected: 0,
            facts: Map::new(),
            contracts: String::new(),
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

    /// What is known of the account.
    pub fn fact(&mut self, name: &str, value: &str) {
        self.facts.insert(name.to_owned(), json!(value));
    }

    /// Puts the account on a plan, from its first to its last day.
    pub fn contract(&mut self, plan: &str, from: &str, to: Option<&str>) {
        let mut row = json!({ "account": ACCOUNT, "plan": plan, "from": from });
        if let Some(to) = to {
            row["to"] = json!(to);
        }
        self.contracts = format!("{row}\n");
    }

    /// Bills a period of these days; the last one does not belong to it.
    pub fn bill_days(&mut self, period: &Value) {
        self.book_period = "given";
        self.period = format!("{}..{}", day_of(text(period, "start")), day_before(text(period, "end")));
    }

    /// Adds a record at the given time, or at a time of its own within the period, in the order of the calls. Its
    /// number among the records.
    pub fn record(&mut self, kind: &str, time: Option<&str>, fields: &[(&str, &Value)]) -> usize {
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
        number
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

    /// The total, or where the case says what was billed before, what is left after an invoice of exactly that much.
    pub fn expect_unbilled(&mut self) {
        let Some(billed) = some(self.input, "already_billed") else { return self.expect_total() };
        self.declare(&format!("usage billing {{}}\n\nrule before {{ when billing then invoice ${billed} }}"));
        self.declare("free billing");
        self.record("billing", None, &[]);
        self.expect("amount", Measure::Invoice(Issued::Rest));
    }

    /// The finished case.
    pub fn finish(self) -> GeneratedCase {
        let header = format!(
            "// {}\npricebook generated \"Generated\"\ncurrency  {} to {} places\ntimezone  \"UTC\"\nperiod    {}\n{}",
            self.title,
            self.currency(),
            self.places(),
            self.book_period,
            self.rounding.map_or_else(String::new, |way| format!("rounding  {way}\n")),
        );
        GeneratedCase {
            book: header + &self.declarations,
            usage: self.records.iter().map(|record| format!("{record}\n")).collect(),
            accounts: json!({ ACCOUNT: self.facts }).to_string(),
            contracts: self.contracts,
            period: self.period,
            rejected: self.rejected,
            expect: self.expectations,
        }
    }

    /// The currency of the bill, with its sign.
    fn currency(&self) -> &'static str {
        match text(self.input, "currency") {
            "EUR" => "EUR \"€\"",
            _ => "USD \"$\"",
        }
    }

    /// An amount of the bill's currency, as the book writes it.
    pub fn money(&self, amount: &str) -> String {
        let sign = self.currency().rsplit('"').nth(1).unwrap_or_default();
        format!("{sign}{amount}")
    }

    /// The currency's places: those to which the case rounds, or more than it needs.
    fn places(&self) -> String {
        if let Some(places) = &self.places {
            return places.clone();
        }
        let rounded = [
            &self.params["minor_units"],
            &self.params["price"]["line_round"]["round_dp"],
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

/// The day of a time, or of a day.
pub(super) fn day_of(time: &str) -> &str {
    time.get(.."2026-01-01".len()).unwrap_or(time)
}

/// The start of a day, or a time as it is.
pub(super) fn instant(of: &str) -> String {
    if of.contains('T') { of.to_owned() } else { format!("{of}T00:00:00Z") }
}

/// The day before that of a time.
pub(super) fn day_before(time: &str) -> String {
    let before = day_of(time).parse::<Date>().and_then(|date| date.yesterday());
    before.map_or_else(|_| String::new(), |day| day.to_string())
}

/// A number, whether it is written as one or as a text.
pub(super) fn number(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `13000` in cents is `130.00`: the same digits with a point.
fn shift_point(minor: &str, places: usize) -> String {
    let digits = format!("{minor:0>width$}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    format!("{whole}.{fraction}")
}
