//! Exact numbers: fractions of integers of any size, and the roundings that a book may name.
//!
//! Architecture invariant: there is no floating point here, nor anywhere that imports this.

mod decimal;
mod differences;
mod machine;
mod rational;
mod rounding;

pub use decimal::{MAX_DIGITS, MAX_EXPONENT, NumberError};
pub use differences::{Differences, PLACES};
pub use rational::Rational;
pub use rounding::Rounding;
