//! The lines of charges, each again only where a record touches it: what the compiled evaluator rates by the definitions'
//! own evaluation, as the records come.
//!
//! Of a stream's group only folds are kept ([`folds`], [`members`]). A record changes the folds of its groups; from there
//! the meters that are made of them are touched at their places, the aggregates over their rows ([`kept`]), and in the
//! end lines, which are evaluated again with what the folds say ([`state`], [`lines`]). What takes what is known from
//! the program alone ([`uses`]). Memory is bounded by the groups, not by the records, but where records are made from
//! others: those that come late change what was made of others, so they are kept. What grants cover is settled event by
//! event ([`settled`]), and its records are kept for those that come late.
//!
//! Architecture invariant: a line is what [`super::lines`] says of it; nothing here has a price of its own.

mod folds;
mod kept;
mod lines;
mod members;
mod ranked;
mod settled;
mod state;
mod uses;

pub(super) use kept::{Kept, KnownLine};
pub(super) use members::{Folded, Folding};
pub(super) use state::Tracked;
pub use uses::Incremental;

use crate::model::Record;

/// The record at hand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Newest<'r> {
    /// Its number in the run.
    pub(super) at: usize,
    pub(super) record: &'r Record,
}
