//! A stretch of an input.

use super::super::lines::Line;
use super::super::{Format, Problem};
use std::sync::Arc;

/// A stretch of a file that ends at the end of a record.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// The file as the caller named it.
    pub file: Arc<str>,
    /// The line on which it begins, from 1.
    pub first_line: u64,
    /// Its bytes; those of the first line may begin with a byte order mark.
    pub bytes: Vec<u8>,
    /// How its records are written.
    pub format: Format,
    /// Of CSV: the names of the columns.
    pub header: Arc<[String]>,
    /// What can not be used before its first line or behind its bytes, in the order of the lines.
    pub unusable: Vec<Unusable>,
}

/// A line that can not be used, whatever it says.
#[derive(Clone, Debug)]
pub struct Unusable {
    /// The line, as far as it is kept.
    pub line: Line,
    /// Why.
    pub problem: Problem,
}
