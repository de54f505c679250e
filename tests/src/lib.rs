//! Florin's tests that go through several crates.

pub mod cases;
