//! What a worker made of a stretch.

use super::verify::Rerated;
use crate::rated::Written;
use crate::source::{IgnoredNames, OpenError, Reject};
use florin_compiler::model::Symbol;
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
    pub(super) ignored: IgnoredNames,
    pub(super) payload: Payload,
    /// The file, and the line and id of each record, where they may be asked for in the end.
    pub(super) names: Option<Names>,
    /// When there were records, where it must be known.
    pub(super) moments: BTreeSet<i64>,
    /// The records of the sample with their rated records.
    pub(super) sample: Vec<Rerated>,
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
