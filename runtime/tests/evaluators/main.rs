//! Both evaluators give the same bytes, whatever the threads, the commands and the formats, and a run as a stream ends
//! well where its input or its output does not. The binary is looked at from outside.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a broken expectation should stop it, with its line"
)]

mod books;
mod convert;
mod faults;
mod fees;
mod harness;
mod mixed;
mod pooled;
mod rows;
