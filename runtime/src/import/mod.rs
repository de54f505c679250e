//! Price lists of others as price books: `florin import`.
//!
//! A list is read with every digit that it has, each of its models is understood as a whole or left out with the
//! reason, and what comes out is a book like any other, to be read, checked and changed by people.
//!
//! Architecture invariant: no number passes through binary floating point, and no line depends on a hash's order.

pub mod book;
pub mod genai;
pub mod json;
pub mod litellm;
pub mod price;
pub mod report;
pub mod slot;
pub mod text;

use report::Report;

/// A book that was made of price lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Its text, laid out.
    pub book: String,
    /// What is not in it, and why.
    pub report: Report,
}
