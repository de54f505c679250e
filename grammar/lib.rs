//! The parser that pest derives from `florin.pest`, the single source of Florin's syntax.
//!
//! It is a crate of its own because it takes long to compile and changes seldom. Only the compiler's `syntax`
//! pass uses it: what it yields is turned into `ast::Book` there, and no pest type goes further.
#![allow(missing_docs)] // The derived items document themselves by the grammar's own comments.

/// The derived parser; its rules are the members of [`Rule`].
#[derive(pest_derive::Parser)]
#[grammar = "florin.pest"]
pub struct FlorinParser;
