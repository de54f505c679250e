//! What lasts until the next record of its keys.

use super::{Ending, Made};
use crate::ir::ops;
use crate::model::{Record, Value};
use std::sync::Arc;

/// A record with the one that follows it, by time, then by id; it goes on while there is none.
pub(super) fn made(kind: usize, one: &Made, next: Option<&Made>) -> Made {
    let start = one.record.time;
    let (end, duration) = match next {
        Some(next) => (Value::Time(next.record.time), Value::Number(ops::seconds_between(start, next.record.time))),
        None => (Value::Absent, Value::Absent),
    };
    let at_end = |at: usize| next.and_then(|next| next.record.values.get(at)).cloned().unwrap_or(Value::Absent);
    let own = one.record.values.iter().cloned();
    let values = own.chain([Value::Time(start), end, duration]).chain((0..one.record.values.len()).map(at_end));
    let record = Record { kind, values: values.collect(), ..Record::clone(&one.record) };
    let mut sources: Vec<usize> =
        [Some(one), next].into_iter().flatten().flat_map(|one| one.sources.to_vec()).collect();
    sources.sort_unstable();
    let ending = if next.is_some() { Ending::Whole } else { Ending::Open };
    Made { record: Arc::new(record), sources: sources.into(), ending }
}
