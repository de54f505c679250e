//! Tests that go through several crates, in one binary.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test may stop"
)]

mod cases;
mod diagnostics;
mod documents;
mod error_pages;
mod focus;
mod imports;
mod invariants;
mod pods;
mod schemes;
mod traces;
