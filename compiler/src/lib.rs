//! The compiler of Florin, a small declarative language for prices.
//!
//! Text in, checked program out, and the reference evaluator that says what a program means. The passes, in order:
//!
//! | pass | from | to | may report |
//! | --- | --- | --- | --- |
//! | [`syntax`] | source text | [`syntax::ast::Book`], with holes where the text is broken | syntax errors |
//! | [`resolve`] | the tree | [`hir::Book`]: imports taken in, declarations sorted, names bound | files, duplicates, circles |
//! | [`check`] | `hir` | [`typed::Book`]: type, unit, currency and grain on each expression | everything else |
//! | [`lower`] | `typed` | [`ir::Program`]: streams, aggregates, meters and charges | nothing |
//! | [`lints`] | `ir` | warnings, each with the usage that shows it | what is most likely not meant |
//! | [`reference`] | `ir`, accounts and records | [`bill`]s, standings, rated records: it defines what they are | nothing |
//! | [`jit`] | `ir`, records by [`columns`] | keys, values and conditions of whole batches, natively | what it can not settle |
//! | [`compiled`] | `ir`, accounts, batches | rated records and bills, the same as [`reference`]'s, as a stream | nothing |
//!
//! [`pipeline`] runs them. Architecture invariants: no IO, no clock, no environment; pest types stay in [`syntax`]; no
//! floating point; no result depends on the order of a hash map; after [`check`] no author's error exists.

pub mod bill;
pub mod check;
pub mod codes;
pub mod columns;
pub mod compiled;
pub mod diagnostic;
pub mod exact;
pub mod format;
pub mod hir;
pub mod ir;
pub mod jit;
pub mod lints;
pub mod lower;
pub mod model;
pub mod pipeline;
pub mod reference;
pub mod resolve;
pub mod source;
pub mod syntax;
pub mod time;
pub mod typed;
