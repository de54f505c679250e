//! Native kernels: what a program computes of each record, compiled by Cranelift, over whole batches of columns.
//!
//! For each kind there is one pass over a batch that evaluates, for every used stream of the kind, the condition, the
//! keys and the arguments of its aggregates. Common subexpressions (computed fields above all) are computed once. A
//! kernel says of each row and stream whether the record is taken. Of what it can not settle (an absent value that is
//! needed, a key without a row, a division by zero, an overflow) it says [`Status::UNSETTLED`], and the caller
//! evaluates that record by the definitions, which also word what is missing. So a kernel never words an error and
//! never guesses.
//!
//! Numbers are integers over a denominator that is known when the kernel is compiled, for the scales of the batch's
//! columns. See [`Rung`] for how wide they are.
//!
//! Reading order: [`plan`] (expressions become a [`graph`] of integer operations, tables arrays: [`search`]), [`range`]
//! (which rung), [`share`] (what is computed once), [`lower`] (instructions), [`compile`], [`code`] (memory and calls),
//! [`kernels`].
//!
//! Left to the definitions, each with its whole stream: lists and what goes over them, account facts, the record's id
//! and account, texts by their order, prefixes, windows that hang on the account or on the bill, arithmetic of a time
//! and a duration, a quotient by what is no constant outside a rounding, roundings to a step that is no constant, and
//! tables of more than a million places.
//!
//! Architecture invariants: Cranelift's types stay in this module; a kernel has no trap that data can reach; no
//! arithmetic is shared with the reference evaluator.

mod civil;
mod code;
mod compile;
mod graph;
mod helpers;
mod kernels;
mod lower;
mod plan;
mod range;
mod search;
mod share;
mod unit;

pub use kernels::Kernels;

/// How wide the integers of a kernel are, from the fastest on. The results are the same on every rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rung {
    /// 64 bits, unchecked: the ranges of the columns prove that nothing overflows.
    Narrow,
    /// 128 bits, unchecked, by the same proof.
    Wide,
    /// 128 bits, checked: a row that overflows is [`Status::UNSETTLED`].
    Checked,
    /// Not compiled: every record is evaluated by the definitions, over rationals of any size.
    Rational,
}

impl std::fmt::Display for Rung {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Rung::Narrow => "64-bit integers",
            Rung::Wide => "128-bit integers",
            Rung::Checked => "128-bit integers, checked",
            Rung::Rational => "fractions of any size",
        })
    }
}

/// What a kernel says of a row in a stream.
#[derive(Clone, Copy, Debug)]
pub struct Status;

impl Status {
    /// The stream does not take the record.
    pub const LEFT: u8 = 0;
    /// It takes it: keys and values hold.
    pub const TAKEN: u8 = 1;
    /// The kernel can not tell: the record is to be evaluated by the definitions.
    pub const UNSETTLED: u8 = 2;
}

/// What a kernel computed of a batch.
#[derive(Clone, Debug)]
pub struct Computed {
    /// For each stream of the program; none where it is of another kind, is not used, or goes over a list.
    pub streams: Vec<Option<StreamColumns>>,
    /// By row, whether a `free` clause takes the record.
    pub free: Vec<u8>,
    /// On which rung it ran.
    pub rung: Rung,
}

/// A stream's keys and values, by row. Where the status is not [`Status::TAKEN`] they mean nothing.
#[derive(Clone, Debug)]
pub struct StreamColumns {
    /// A [`Status`] for each row.
    pub status: Vec<u8>,
    /// For each key of the stream.
    pub keys: Vec<Values>,
    /// For each aggregate of the stream; none where it has no argument or nothing uses it.
    pub values: Vec<Option<Values>>,
}

/// Values by row: numbers in base units as integers over a denominator; all others as plain integers over 1, as
/// [`crate::columns::Column`] holds them (codes of the dictionary, members, 0 or 1, days, nanoseconds).
#[derive(Clone, Debug)]
pub struct Values {
    /// The integers.
    pub integers: Integers,
    /// What numbers are divided by; above zero.
    pub denominator: i128,
}

/// Integers of one width. [`i64::MIN`] and [`i128::MIN`] stand for an absent key.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // The names say it.
pub enum Integers {
    Narrow(Vec<i64>),
    Wide(Vec<i128>),
}
