//! The workloads: records, one after the other, and what a rater has to find in them.

pub mod rules;
pub mod tiers;
pub mod touched;
pub mod w1;
pub mod w2;
pub mod w3;

use crate::expected::Expected;
use crate::random::scatter;

/// A text of a field, by its number among those that occur.
pub type Code = u32;

/// Records that come one by one, so that any number of them needs no memory.
pub trait Workload {
    /// A record.
    type Record;
    /// The kind of usage, as the book calls it.
    const KIND: &'static str;
    /// The names of the fields, as the book calls them.
    const FIELDS: &'static [&'static str];

    /// The next record, which from then on counts in what is expected.
    fn next(&mut self) -> Option<Self::Record>;
    /// What each record has.
    fn head(record: &Self::Record) -> Head;
    /// Writes the value of a field, without quotation marks.
    fn write_field(&self, record: &Self::Record, field: usize, out: &mut Vec<u8>);
    /// Whether a field is a text.
    fn is_text(field: usize) -> bool;
    /// What is to be found in the records so far.
    fn expected(&self) -> Expected;
}

/// What each record has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number, from 0.
    pub number: u64,
    /// The number of its account.
    pub account: u32,
    /// Seconds since 2026 began.
    pub second: u64,
}

/// Writes an id in the form of a UUID: 36 characters, of which the last 12 count.
pub fn write_id(out: &mut Vec<u8>, number: u64) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let scattered = scatter(number);
    for place in 0..32u32 {
        if matches!(place, 8 | 12 | 16 | 20) {
            out.push(b'-');
        }
        let nibble = match 31 - place {
            back @ 0..12 => number >> (4 * back),
            back => scattered >> (4 * (back % 16)),
        };
        out.extend(HEX.get(usize::try_from(nibble & 15).unwrap_or(0)));
    }
}

/// The instant of a record among so many, spread evenly over a stretch.
#[must_use]
pub fn spread(number: u64, records: u64, start: u64, length: u64) -> u64 {
    let into = u128::from(number) * u128::from(length) / u128::from(records.max(1));
    start + u64::try_from(into).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_have_a_width() {
        let id = |number| {
            let mut out = Vec::new();
            write_id(&mut out, number);
            String::from_utf8(out).expect("a text")
        };
        assert_eq!(id(0x0012_3456_789a).len(), 36);
        assert!(id(0x0012_3456_789a).ends_with("-00123456789a"));
        assert_ne!(id(1), id(2));
    }
}
