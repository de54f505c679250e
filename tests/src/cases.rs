//! Numeric cases of other billing systems, each said as a price book.
//!
//! A case gives a rule by its parameters, some input, and the figures that follow. [`book_for`] writes the rule as a
//! price book and the input as usage records. *Invariant:* a book holds only the case's own parameters, as they are
//! written there; whatever must be computed from them is left to the book (`up to 10 * 100 pieces`, `1.3%`), so that
//! a case can only come out right by the language.

#![allow(clippy::indexing_slicing, reason = "a JSON value gives null for what it does not have")]

mod draft;
mod events;
mod quantities;
mod tiers;
mod time;
mod tokens;

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
    /// The period to bill, as `bill for` takes it.
    pub period: String,
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

/// A place on a bill.
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
}

/// Why a case can not be said yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deferred {
    /// The construct of the language that it waits for.
    pub waits_for: &'static str,
}

const BILLED_BEFORE: &str = "invoices: an amount that an earlier invoice of the period has billed";

/// The cases that the language can not say yet, and what each waits for.
pub const DEFERRED: [(&str, &str); 3] = [
    ("killbill-capacity-tier-009", BILLED_BEFORE),
    ("killbill-tier-blocks-012", BILLED_BEFORE),
    ("killbill-tier-blocks-019", BILLED_BEFORE),
];

/// The case's price book, or why there is none yet.
///
/// # Errors
/// [`Deferred`] for the cases of [`DEFERRED`], and for a model that is not known here.
pub fn book_for(case: &Value) -> Result<GeneratedCase, Deferred> {
    let id = case["id"].as_str().unwrap_or_default();
    if let Some((_, waits_for)) = DEFERRED.iter().find(|(deferred, _)| *deferred == id) {
        return Err(Deferred { waits_for });
    }
    let write = writer(case["model"].as_str().unwrap_or_default())?;
    let mut draft = Draft::new(case);
    write(&mut draft);
    Ok(draft.finish())
}

/// Who writes the cases of a model.
fn writer(model: &str) -> Result<fn(&mut Draft<'_>), Deferred> {
    Ok(match model {
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
        "tokens" => tokens::tokens,
        "tokens_off_peak" => tokens::off_peak,
        _ => return Err(Deferred { waits_for: "a later issue: no book is written for this model yet" }),
    })
}
