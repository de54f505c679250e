//! Records by column: what readers fill, what kernels read.
//!
//! A [`Batch`] holds records of one kind. A field is one [`Column`] of plain integers: numbers as mantissas of one
//! decimal scale, texts as codes of a [`Dictionary`]. What does not fit (a number beyond 64 bits, a time beyond
//! nanoseconds of 64 bits) comes beside the batch, as a [`Record`] of its own: see [`Block`].
//!
//! Architecture invariant: a batch says the same as its records; [`Batch::record`] gives each of them back.

mod batch;
mod column;
mod dictionary;
mod needs;

pub use batch::{Batch, Block, Odd, Texts};
pub use column::{
    ABSENT_CODE, ABSENT_INTEGER, ABSENT_TRUTH, Column, MAX_SCALE, Numbers, clock_of, date_of, days_of, integer_of,
    nanoseconds_of,
};
pub use dictionary::Dictionary;
pub use needs::needed_fields;

#[cfg(test)]
mod tests;
