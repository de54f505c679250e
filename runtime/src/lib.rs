//! Florin's runtime: price books applied to streams of usage records, and the command line over it.

pub mod accounts;
pub mod source;

#[cfg(test)]
mod testing;
