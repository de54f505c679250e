//! Invoices: what is due of bills at some moment, less what earlier invoices have billed (law 1). So invoices issued at
//! any moments add up to the bills, and a second run over the same usage issues nothing.
//!
//! Reading order: [`document`] is what one invoice says, [`folder`] where they are kept, [`issue`] which are due.

pub mod document;
pub mod folder;
pub mod issue;

#[cfg(test)]
mod tests;

pub use document::{Document, Reason, Sort};
pub use folder::Folder;
pub use issue::{Issued, Order, issue};
