//! The workloads as a programmer would write them by hand for speed: fixed point in 64 bits, an overflow noted in a
//! flag, columns of codes and integers, the amount of each record into a column.

pub mod group_ids;
pub mod touched;
pub mod w1;
pub mod w2;
pub mod w3;

/// How many rows are computed at a time: what is computed stays in the nearest cache until it is added up.
pub const ROWS: usize = 4_096;
