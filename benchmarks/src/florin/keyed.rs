//! W2 through Florin's keyed state: a group found once for each account, meter and month, and its running total.
//!
//! This is where the state plugs in. Both functions get batches whose meter and quantity are filled, and what the
//! generator knows of each record: `ids` for those that are given, accounts and months for those that are looked up.
//! They have to give the sum of what every record adds. Until then they say so, and the table shows no figure.

use crate::harness::Outcome;
use florin_compiler::columns::{Batch, Dictionary};
use florin_compiler::ir::Program;

/// What the state is made for.
#[derive(Clone, Copy, Debug)]
pub struct Readings<'a> {
    /// The book of W2.
    pub program: &'a Program,
    /// By which the batches were filled.
    pub dictionary: &'a Dictionary,
    /// The records, in batches of [`super::ROWS`].
    pub batches: &'a [Batch],
    /// The group of each record, by its number from 0.
    pub ids: &'a [u32],
    /// How many groups there are.
    pub groups: usize,
    /// The number of each record's account.
    pub accounts: &'a [u32],
    /// The month of each record, from 0.
    pub months: &'a [u32],
}

/// The groups are given.
#[must_use]
pub fn run_with_ids(_readings: Readings<'_>) -> Outcome {
    Outcome::Missing("keyed state")
}

/// The groups are looked up by account, meter and month.
#[must_use]
pub fn run_with_look_up(_readings: Readings<'_>) -> Outcome {
    Outcome::Missing("keyed state")
}
