//! The workloads as Florin computes them, from their price books.

mod batches;
pub mod books;
pub mod keyed;
pub mod stateless;
pub mod touched;

pub use batches::{w1, w2, w3};

/// How many rows a batch has, as a reader would fill it.
pub const ROWS: usize = 4_096;
