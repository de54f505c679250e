//! Generated columns as Florin's batches, which a reader would fill.
//!
//! Ids and accounts are empty: no kernel of these books reads them, and what finds a group is measured by its number.

use super::ROWS;
use crate::calendar;
use crate::prices::Matrix;
use crate::workload::{rules, tiers, w1 as matrix, w2 as readings, w3 as events};
use florin_compiler::columns::{Batch, Column, Dictionary, Numbers, needed_fields};
use florin_compiler::ir::Program;

/// A column, as the generator has it.
enum Source<'a> {
    /// Codes of the generator, and the texts that they stand for.
    Texts(&'a [u32], Vec<u32>),
    /// Integers, and how many of their digits are decimal places.
    Numbers(&'a [i64], u32),
}

/// W1.
#[must_use]
pub fn w1(program: &Program, dictionary: &Dictionary, columns: &matrix::Columns) -> Vec<Batch> {
    let texts = Matrix::read();
    let sources = [
        Source::Texts(&columns.models, codes(dictionary, &texts.models)),
        Source::Texts(&columns.regions, codes(dictionary, &texts.regions)),
        Source::Numbers(&columns.inputs, 0),
        Source::Numbers(&columns.cacheds, 0),
        Source::Numbers(&columns.outputs, 0),
    ];
    batches(program, &sources, &columns.seconds)
}

/// W2.
#[must_use]
pub fn w2(program: &Program, dictionary: &Dictionary, columns: &readings::Columns) -> Vec<Batch> {
    let sources = [
        Source::Texts(&columns.meters, codes(dictionary, &readings::METERS)),
        Source::Numbers(&columns.quantities, tiers::QUANTITY_PLACES),
    ];
    batches(program, &sources, &columns.seconds)
}

/// W3.
#[must_use]
pub fn w3(program: &Program, dictionary: &Dictionary, columns: &events::Columns) -> Vec<Batch> {
    let sources = [
        Source::Texts(&columns.countries, codes(dictionary, &rules::COUNTRIES)),
        Source::Texts(&columns.plans, codes(dictionary, &rules::PLANS)),
        Source::Texts(&columns.services, codes(dictionary, &rules::SERVICES)),
        Source::Numbers(&columns.quantities, rules::QUANTITY_PLACES),
    ];
    batches(program, &sources, &columns.seconds)
}

fn codes(dictionary: &Dictionary, texts: &[&'static str]) -> Vec<u32> {
    texts.iter().filter_map(|text| dictionary.code(text)).collect()
}

fn batches(program: &Program, sources: &[Source<'_>], seconds: &[u64]) -> Vec<Batch> {
    let needed = needed_fields(program);
    let needed: Vec<bool> =
        (0..sources.len()).map(|field| needed.first().is_some_and(|fields| fields.contains(&field))).collect();
    let starts = (0..seconds.len()).step_by(ROWS);
    starts.map(|start| batch(program, &needed, sources, seconds, start)).collect()
}

fn batch(program: &Program, needed: &[bool], sources: &[Source<'_>], seconds: &[u64], start: usize) -> Batch {
    let times = seconds.iter().skip(start).take(ROWS);
    let mut batch = Batch::new(program, 0, needed, &[]);
    for (place, second) in (0u32..).zip(times) {
        batch.places.push(place);
        batch.times.push(calendar::nanoseconds(*second));
        batch.ids.push("");
        batch.accounts.push("");
    }
    for (column, source) in batch.columns.iter_mut().zip(sources) {
        fill(column, source, start);
    }
    batch
}

fn fill(column: &mut Column, source: &Source<'_>, start: usize) {
    match (column, source) {
        (Column::Texts(ours), Source::Texts(theirs, codes)) => {
            ours.extend(theirs.iter().skip(start).take(ROWS).filter_map(|code| codes.get(*code as usize)));
        }
        (Column::Numbers(ours), Source::Numbers(theirs, places)) => {
            let scale = u8::try_from(*places).unwrap_or(0);
            *ours = Numbers::of_scale(scale);
            theirs.iter().skip(start).take(ROWS).for_each(|number| {
                ours.push(*number, scale);
            });
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::florin::books;

    #[test]
    fn a_batch_says_what_the_generator_says() {
        let program = books::W3.program().expect("the book is right");
        let dictionary = Dictionary::of(&program);
        let (columns, _) = events::Columns::generate(5_000);
        let batches = w3(&program, &dictionary, &columns);
        assert_eq!(batches.iter().map(Batch::len).sum::<usize>(), 5_000);
        let record = batches[1].record(&program, &dictionary, 5_000 - ROWS - 1).expect("a row");
        let service = florin_compiler::model::Value::Text(rules::SERVICES[columns.services[4_999] as usize].into());
        assert_eq!(record.values[2], service);
    }
}
