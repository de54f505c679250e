//! Tables whose rows come with the usage: their records are taken out of it, and the tables filled, before any record
//! is rated, wherever usage comes in.

use crate::engine::Program;
use crate::source::wire::quoted;
use crate::source::{Listener, Place, Problem, Reject, Usage};
use florin_compiler::ir::Contradiction;
use florin_compiler::model::{Record, Schema};
use std::borrow::Cow;

/// The program with all rows that the usage brings, which leave it. Those that contradict each other are refused.
#[must_use]
pub fn take_out<'p>(program: &'p Program, usage: &mut Usage, listener: &mut dyn Listener) -> Cow<'p, Program> {
    if !program.has_rows() {
        return Cow::Borrowed(program);
    }
    let (rows, places) = split(&program.schema, usage);
    let (filled, contradictions) = program.filled(&rows);
    usage.rows += (rows.len() - contradictions.len()) as u64;
    usage.rejected += contradictions.len() as u64;
    for (at, problem) in problems(&contradictions, &rows, &places) {
        if let Some(place) = places.get(at) {
            listener.rejected(&Reject::new(&place.file, place.line, &problem, b""));
        }
    }
    Cow::Owned(filled)
}

/// Takes the rows, and where they stood, out of usage.
fn split(schema: &Schema, usage: &mut Usage) -> (Vec<Record>, Vec<Place>) {
    let records = std::mem::take(&mut usage.records).into_iter().zip(std::mem::take(&mut usage.places));
    let (rows, others): (Vec<_>, Vec<_>) = records.partition(|(record, _)| schema.fills_table(record.kind));
    (usage.records, usage.places) = others.into_iter().unzip();
    rows.into_iter().unzip()
}

/// Why each contradicted record is refused, by its index.
pub(crate) fn problems(
    contradictions: &[Contradiction],
    rows: &[Record],
    places: &[Place],
) -> impl Iterator<Item = (usize, Problem)> {
    contradictions.iter().filter_map(|one| {
        let (record, other) = (rows.get(one.record)?, rows.get(one.other)?);
        let of = if one.of.is_empty() { String::new() } else { format!(" for {}", one.of) };
        let table = &one.table;
        let (id, other, place) = (quoted(&record.id), quoted(&other.id), places.get(one.other)?);
        Some((
            one.record,
            Problem::new(format!(
                "row {id} of `{table}` says something else{of} than row {other} ({place}), so `{table}` has neither; \
             correct or remove one of them"
            )),
        ))
    })
}
