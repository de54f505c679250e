//! The compiler of Florin, a small declarative language for prices.
//!
//! Text in, checked program out, and the reference evaluator that says what a program means. The passes, in order:
//!
//! | pass | from | to | may report |
//! | --- | --- | --- | --- |
//! | [`syntax`] | source text | [`syntax::ast::Book`], with holes where the text is broken | syntax errors |
//!
//! Architecture invariants: no IO, no clock, no environment; pest types stay in [`syntax`]; no floating point; no
//! result depends on the order of a hash map.

pub mod bill;
pub mod diagnostic;
pub mod exact;
pub mod ir;
pub mod lower;
pub mod model;
pub mod reference;
pub mod source;
pub mod syntax;
pub mod time;
pub mod typed;
