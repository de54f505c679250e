//! What Florin's speed and memory are measured by: three workloads, generated; the same work written by hand; and a
//! harness that lets all take turns in one process.
//!
//! Architecture invariants: the data depends on nothing but the numbers that are asked for; what is expected of it is
//! computed here in integers, apart from Florin; every run that is timed has its total compared with that.

pub mod arguments;
pub mod calendar;
pub mod digits;
pub mod distribution;
pub mod expected;
pub mod files;
pub mod floors;
pub mod florin;
pub mod hand;
pub mod harness;
pub mod large_book;
pub mod prices;
pub mod process;
pub mod random;
pub mod rated;
pub mod sum;
pub mod with_rust_decimal;
pub mod workload;
