//! What kernels compute of records that are priced one by one: W1 and W3.

use crate::harness::Outcome;
use crate::sum;
use florin_compiler::columns::Batch;
use florin_compiler::jit::{Computed, Integers, Kernels, Status, StreamColumns, Values};

/// The sum of what each record costs: the one value of the one stream.
#[must_use]
pub fn run(kernels: &Kernels<'_>, batches: &[Batch]) -> Outcome {
    let mut total = 0i128;
    let mut denominator = None;
    for batch in batches {
        let computed = kernels.run(batch);
        let Some(values) = settled_values(&computed) else { return Outcome::NotSettled };
        if *denominator.get_or_insert(values.denominator) != values.denominator {
            return Outcome::Missing("batches of several denominators");
        }
        let sum = match &values.integers {
            Integers::Narrow(integers) => Some(sum::narrow(integers)),
            Integers::Wide(integers) => sum::wide(integers),
        };
        let Some(next) = sum.and_then(|sum| total.checked_add(sum)) else { return Outcome::NotSettled };
        total = next;
    }
    Outcome::Total { integer: total, denominator: denominator.unwrap_or(1) }
}

/// The values of the one stream that has some, where it takes every row.
fn settled_values(computed: &Computed) -> Option<&Values> {
    let takes_all = |stream: &&StreamColumns| stream.status.iter().all(|status| *status == Status::TAKEN);
    computed.streams.iter().flatten().find(takes_all)?.values.iter().flatten().next()
}

/// Whether the kernels could tell of every record.
#[must_use]
pub fn is_settled(computed: &Computed) -> bool {
    settled_values(computed).is_some()
}
