//! Numeric cases of other billing systems, each said as a price book.
//!
//! A case gives a rule by its parameters, some input, and the figures that follow. [`book_for`] writes the rule as a
//! price book and the input as usage records. *Invariant:* a book holds only the case's own parameters, as they are
//! written there; whatever must be computed from them is left to the book (`up to 10 * 100 pieces`, `1.3%`), so that
//! a case can only come out right by the language.

#![allow(clippy::indexing_slicing, reason = "a JSON value gives null for what it does not have")]

mod credits;
mod discounts;
mod draft;
mod events;
mod levels;
mod proration;
mod quantities;
mod runs;
mod seats;
mod thresholds;
mod tiers;
mod time;
mod tokens;
mod wallets;

use draft::Draft;
use serde_json::Value;

/// The account of every generated record.
pub const ACCOUNT: &str = "a";

/// A case as a price book, its usage, and what the bill must say.
#[derive(Clone, Debug)]
pub struct GeneratedCase {
    /// The price book.
    pub book: String,
    /// The usage, a record a line (NDJSON), all of [`ACCOUNT`].
    pub usage: String,
    /// What is known of the account (JSON).
    pub accounts: String,
    /// Its contracts, a row each (NDJSON).
    pub contracts: String,
    /// The period to bill, as `bill for` takes it.
    pub period: String,
    /// How many of the records are refused: whoever sends them is told.
    pub rejected: usize,
    /// What must come out.
    pub expect: Vec<Expectation>,
}

/// A figure that a case states, and where the bill has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// Where to look.
    pub of: Measure,
    /// The figure: a decimal, to be compared by its value and not by its digits (`3.00` is `3`).
    pub value: String,
}

/// What is read off: a figure of the bill, of an invoice, of the rated records, or how often a rule fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The bill's total.
    Total,
    /// A line's amount, as rounded to the currency's places.
    Amount(String),
    /// A line before rounding.
    Exact(String),
    /// A line's quantity, in the line's own unit.
    Quantity(String),
    /// A part of a line, exact.
    Part {
        /** The line. */
        line: String,
        /** The part. */
        part: String,
    },
    /// The total of an invoice; zero where there was nothing to invoice.
    Invoice(Issued),
    /// What an invoice has on these lines.
    InvoiceLines(Issued, Vec<String>),
    /// What a record adds to a line of the bill, or to all of them.
    Rated {
        /** The record, by its number. */
        record: usize,
        /** The line; none for all. */
        line: Option<String>,
    },
    /// What is left of these grants together, at the end of the period.
    Balances(Vec<String>),
    /// How often a rule fired at a record.
    Firings {
        /** The rule. */
        rule: String,
        /** Which of its levels, where it has levels. */
        level: Option<usize>,
        /** The record, by its number. */
        record: usize,
    },
    /// The same with the other sign: what a line takes off.
    Less(Box<Measure>),
}

/// An invoice of the period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issued {
    /// The one that a rule issued at a record.
    At(usize),
    /// The one at the period's end, for what no rule has invoiced.
    Rest,
}

/// The case's price book; none for a model that is not known here.
#[must_use]
pub fn book_for(case: &Value) -> Option<GeneratedCase> {
    let write = writer(case["model"].as_str().unwrap_or_default())?;
    let mut draft = Draft::new(case);
    write(&mut draft);
    Some(draft.finish())
}

/// Who writes the cases of a model.
fn writer(model: &str) -> Option<fn(&mut Draft<'_>)> {
    Some(match model {
        "standard" => quantities::standard,
        "package" => quantities::package,
        "unit_config" => quantities::unit_config,
        "round" => quantities::round,
        "round_duration" => quantities::round_duration,
        "components" => quantities::components,
        "graduated" => tiers::graduated,
        "graduated_percentage" => tiers::graduated_percentage,
        "volume" => tiers::volume,
        "flat_tier" => tiers::flat_tier,
        "tier_blocks" => tiers::blocks,
        "capacity_tier" => tiers::capacity,
        "percentage" => events::percentage,
        "count" => events::count,
        "latest" => events::latest,
        "max" => events::max,
        "sum" => events::sum,
        "unique_count" => events::unique_count,
        "duration" => time::duration,
        "time_window" => time::window,
        "dynamic" => quantities::dynamic,
        "ratio" => quantities::ratio,
        "min_commitment" => quantities::min_commitment,
        "progressive" => runs::progressive,
        "split_line" => runs::split_line,
        "usage_discount" => runs::usage_discount,
        "thresholds" => thresholds::thresholds,
        "apply_credits" => credits::apply_credits,
        "cap_credit" => credits::cap_credit,
        "credit_grants" => credits::credit_grants,
        "wallets" => wallets::wallets,
        "discount" => discounts::discount,
        "discount_allocation" => discounts::allocation,
        "weighted_sum" => levels::weighted_sum,
        "prorated_sum" => levels::prorated_sum,
        "prorated_graduated" => levels::prorated_graduated,
        "prorated_unique" => seats::prorated_unique,
        "prorated_unique_graduated" => seats::prorated_unique_graduated,
        "billing_cycles" => proration::billing_cycles,
        "days" => proration::days,
        "proration_change" => proration::change,
        "proration_coefficient" => proration::coefficient,
        "tokens" => tokens::tokens,
        "tokens_off_peak" => tokens::off_peak,
        _ => return None,
    })
}
