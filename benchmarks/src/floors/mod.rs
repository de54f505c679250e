//! The least that rating W1 from NDJSON to NDJSON can take, written by hand for this one file: parse into columns,
//! compute, write. What a general reader does beyond that (any order of keys, escapes, other kinds, duplicates) is left
//! out on purpose.

pub mod interner;
pub mod parse;
pub mod quote;
pub mod write;

pub use parse::{Parsed, parse};
pub use write::write;
