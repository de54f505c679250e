//! Florin's runtime: price books applied to streams of usage records, and the command line over it.

pub mod accounts;
pub mod book;
pub mod cli;
pub mod contracts;
pub mod counts;
pub mod engine;
pub mod held;
pub mod import;
pub mod invoicing;
pub mod json;
pub mod loader;
pub mod period;
pub mod rated;
pub mod render;
pub mod rows;
pub mod sink;
pub mod source;
pub mod stream;
pub mod suite;
mod words;

pub use json::bill_json;

#[cfg(test)]
mod testing;
