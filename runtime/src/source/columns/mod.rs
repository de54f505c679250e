//! Usage by column: from files to blocks of records that are ready for kernels, by many threads at once.
//!
//! [`Cutter`] cuts the inputs into stretches of whole records, one after the other; [`ChunkParser`]s, one for each
//! thread, read a stretch each. A record in plain form (an object of plain values or a row without quotes, numbers of
//! at most 18 digits, texts without escapes) goes straight from bytes to columns. Any other line, right or wrong, is read by the strict parser
//! of [`super::Decoder`].
//!
//! Architecture invariant: what comes out is what the strict parser alone would give: the same records, rejects, lines
//! and ignored names, wherever the chunks are cut.

mod block;
mod chunk;
mod content;
mod cut;
mod decimal;
mod fields;
mod instant;
mod keys;
mod names;
mod parser;
mod pieces;
mod plain;
mod plan;
mod row;
mod scan;
mod slice;
mod texts;

pub use chunk::{Chunk, Unusable};
pub(crate) use content::{add as add_content, begin as begin_content, of_record};
pub use cut::{CHUNK_BYTES, Cutter};
pub use keys::{Content, Keys};
pub use parser::ChunkParser;

#[cfg(test)]
mod tests;
