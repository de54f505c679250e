//! What a worker made of a stretch.

use crate::source::{Ignored, OpenError, Reject};
use florin_compiler::compiled::{Figure, LineText};
use florin_compiler::model::{Record, Symbol};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What became of a stretch of the input.
#[derive(Debug, Default)]
pub struct Done {
    pub(super) stretch: u64,
    /// Why no more can be read, if so.
    pub(super) failed: Option<OpenError>,
    /// What was refused, by line.
    pub(super) rejects: Vec<Reject>,
    pub(super) read: u64,
    pub(super) duplicates: u64,
    pub(super) rated: u64,
    pub(super) free: u64,
    pub(super) unpriced: u64,
    /// The first of those without a price.
    pub(super) some_unpriced: Vec<Unpriced>,
    pub(super) ignored: Ignored,
    pub(super) payload: Payload,
    /// The file, and the line and id of each record, where they may be asked for in the end.
    pub(super) names: Option<Names>,
    /// When there were records, where it must be known.
    pub(super) moments: BTreeSet<i64>,
    /// The records of the sample with their rated records.
    pub(super) sample: Vec<(Record, Vec<Written>)>,
}

/// A file, and the line and id of each record of a stretch of it.
pub(super) type Names = (Arc<str>, Vec<(u64, Symbol)>);

/// A record without a price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpriced {
    /// Its file and line.
    pub place: String,
    /// Its id.
    pub id: String,
    /// What is missing.
    pub missing: String,
}

/// The rated records of a stretch.
#[derive(Debug, Default)]
pub enum Payload {
    /// None are wanted.
    #[default]
    None,
    /// As text.
    Text(Vec<u8>),
    /// One by one.
    Rows(Vec<Written>),
}

/// A rated record, with all that is written of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The record; none of what is due without one.
    pub id: Option<Symbol>,
    /// Whose.
    pub account: Symbol,
    /// When it happened.
    pub time: Timestamp,
    /// The line.
    pub line: Arc<LineText>,
    /// What it adds to the line's quantity.
    pub quantity: Option<Figure>,
    /// What it adds to the line's exact amount.
    pub amount: Figure,
}
