//! What evaluation yields: bills, the standing of each record, rated records.

use crate::exact::Rational;
use crate::model::{Currency, Interval, Symbol, Value};

/// The bill of an account for a period.
#[derive(Clone, Debug, PartialEq)]
pub struct Bill {
    /// Whose.
    pub account: Symbol,
    /// For when.
    pub period: Period,
    /// Of all its amounts.
    pub currency: Currency,
    /// The lines: charges in the book's order, their lines by their keys.
    pub lines: Vec<Line>,
    /// The lines that have no price. Where there is one, there is no total.
    pub withheld: Vec<Withheld>,
    /// The sum of the rounded lines.
    pub total: Option<Rational>,
    /// What is left of each grant at the end of the period.
    pub balances: Vec<Balance>,
}

/// The period of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Period {
    /// Its stretch of time.
    pub interval: Interval,
    /// As `--period` takes it: `2026-03`, `2026`, `2026-03-02`, `2026-05-15..2026-06-13`.
    pub name: String,
}

/// A line of a bill.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The charge's name and the values of its keys, joined by `:`.
    pub id: String,
    /// The charge (of a difference line: the name that the book gives it).
    pub charge: Symbol,
    /// The keys and their values.
    pub keys: Vec<LineKey>,
    /// What a reader sees: the charge's label and the values of the keys.
    pub label: String,
    /// How much is billed, in `unit` (of started blocks, whole ones); none where the line is made of money.
    pub quantity: Option<Rational>,
    /// The unit of the quantity; none for a plain count.
    pub unit: Option<Symbol>,
    /// The money before rounding.
    pub exact: Rational,
    /// The money, rounded to the currency's precision.
    pub amount: Rational,
    /// What the line is made of, exact.
    pub parts: Vec<LinePart>,
}

/// A key of a line.
#[derive(Clone, Debug, PartialEq)]
pub struct LineKey {
    /// Its name.
    pub name: Symbol,
    /// Its value.
    pub value: Value,
    /// Its value as ids and readers see it.
    pub text: String,
}

/// A part of a line: a `part` of the charge, or the stretch of time in which one of several dated rates holds.
#[derive(Clone, Debug, PartialEq)]
pub struct LinePart {
    /// The part's name; none where the line is only divided by rates.
    pub name: Option<Symbol>,
    /// What a reader sees.
    pub label: String,
    /// From when on its rate holds, where it is divided by dated rates.
    pub since: Option<jiff::Timestamp>,
    /// How much, in `unit`.
    pub quantity: Option<Rational>,
    /// The unit of the quantity.
    pub unit: Option<Symbol>,
    /// The money, not rounded.
    pub exact: Rational,
}

/// What is left of a grant at the last instant of a bill's period.
#[derive(Clone, Debug, PartialEq)]
pub struct Balance {
    /// The grant's name and the values of its keys, joined by `:`.
    pub id: String,
    /// The grant.
    pub grant: Symbol,
    /// What a reader sees.
    pub label: String,
    /// How much, in `unit`.
    pub remaining: Rational,
    /// The unit, or the currency; none for a plain count.
    pub unit: Option<Symbol>,
    /// Whether the unit is a currency.
    pub is_money: bool,
}

/// A line that has no price, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Withheld {
    /// The line's id.
    pub id: String,
    /// What a reader sees.
    pub label: String,
    /// What is missing, in a reader's words.
    pub missing: String,
}

/// How a record stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A charge reaches it.
    Rated,
    /// No charge reaches it, and the book says that it costs nothing.
    Free,
    /// It has no price; what is missing, in a reader's words.
    Unpriced(String),
}

/// A span that went on for longer than it may, and was closed at its limit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CutSpan {
    /// Whose.
    pub account: Symbol,
    /// What the book calls the spans.
    pub spans: Symbol,
    /// When it began.
    pub since: jiff::Timestamp,
    /// The id of the record with which it began.
    pub first: Symbol,
}

/// What a record, or the mere passing of a period, adds to a line (law 1).
#[derive(Clone, Debug, PartialEq)]
pub struct Rated {
    /// The record's index in the input; none for what is due without usage.
    pub record: Option<usize>,
    /// Whose.
    pub account: Symbol,
    /// The record's time; the period's start for what is due without usage.
    pub time: jiff::Timestamp,
    /// The start of the period on whose bill the line stands: the record's, or a later one in which its window ends.
    pub period_start: jiff::Timestamp,
    /// The line's id.
    pub line: String,
    /// What it adds to the line's quantity, in `unit`.
    pub quantity: Option<Rational>,
    /// The unit of the quantity.
    pub unit: Option<Symbol>,
    /// What it adds to the line's exact amount.
    pub amount: Rational,
}

/// What a rule did at a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Firing {
    /// Whose record it was.
    pub account: Symbol,
    /// The rule, by its index in the program.
    pub rule: usize,
    /// The record that caused it, by its index in the input.
    pub record: usize,
    /// The record's time.
    pub time: jiff::Timestamp,
    /// For which keys, and in which window where that is not the period.
    pub keys: Vec<LineKey>,
    /// Which of the rule's levels was reached, where it has levels.
    pub level: Option<usize>,
    /// The invoice that it issued.
    pub invoice: Option<Invoice>,
}

/// What is due of a bill at some moment and stands on no earlier invoice.
#[derive(Clone, Debug, PartialEq)]
pub struct Invoice {
    /// Whose.
    pub account: Symbol,
    /// Of which bill.
    pub period: Period,
    /// The amounts' currency.
    pub currency: Currency,
    /// What each line adds; lines that add nothing are left out.
    pub lines: Vec<InvoiceLine>,
    /// The sum of the lines.
    pub total: Rational,
}

/// What an invoice takes of a line of a bill.
#[derive(Clone, Debug, PartialEq)]
pub struct InvoiceLine {
    /// The line's id.
    pub id: String,
    /// What a reader sees.
    pub label: String,
    /// How much, in `unit`.
    pub quantity: Option<Rational>,
    /// The unit of the quantity.
    pub unit: Option<Symbol>,
    /// The money: of the line's rounded amount what earlier invoices have not billed.
    pub amount: Rational,
}

impl Invoice {
    /// Its lines as those of a bill.
    #[must_use]
    pub fn as_bill(&self) -> Bill {
        let line = |line: &InvoiceLine| Line {
            id: line.id.clone(),
            charge: line.id.split(':').next().unwrap_or_default().into(),
            keys: Vec::new(),
            label: line.label.clone(),
            quantity: line.quantity.clone(),
            unit: line.unit.clone(),
            exact: line.amount.clone(),
            amount: line.amount.clone(),
            parts: Vec::new(),
        };
        Bill {
            account: self.account.clone(),
            period: self.period.clone(),
            currency: self.currency.clone(),
            lines: self.lines.iter().map(line).collect(),
            withheld: Vec::new(),
            total: Some(self.total.clone()),
            balances: Vec::new(),
        }
    }
}
