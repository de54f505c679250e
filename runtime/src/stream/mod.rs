//! A run as a stream: inputs in blocks through readers, kernels and shards, and out again, by several threads at once.
//!
//! One thread reads the inputs in order and cuts them into stretches. Workers parse a stretch each, compute what does
//! not depend on others, and then take turns, in the order of the stretches: first to tell duplicates, then at each
//! shard, which holds the state of some of the accounts. So while one worker is at the second shard, the next may be
//! at the first. What a worker made of its stretch goes to the caller's thread, which puts the stretches in order.
//!
//! Architecture invariants: the output is the same, byte by byte, for any number of threads; the memory grows with the
//! live groups and the ids that were seen, never with the length of the input (but for charges that follow the
//! definitions, which keep what they have seen).

mod done;
mod rows;
mod run;
mod seen;
mod turn;
mod verify;
mod work;
mod worker;

pub use done::{Payload, Unpriced};
pub use rows::{Refused, fill};
pub use run::{Finished, Options, Sink, Stopped, Subject, Wanted, run};
pub use verify::Share;
