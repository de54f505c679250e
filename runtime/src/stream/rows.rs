//! The rows that come with the usage of a stream, gathered in a pass of their own before anything is rated.

use super::seen::{Arrived, Seen};
use super::work::{Reader, read_all};
use crate::engine::Program;
use crate::rows::problems;
use crate::source::{Input, OpenError, Place, Problem};
use florin_compiler::columns::Dictionary;
use florin_compiler::model::{Accounts, Record};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

/// How many stretches may wait to be read.
const WAITING: usize = 2;

/// The rows that are refused, by their file and line.
#[derive(Clone, Debug, Default)]
pub struct Refused(HashMap<(Arc<str>, u64), Problem>);

impl Refused {
    /// Why the row that stands there is refused, if it is.
    pub(super) fn why(&self, file: &Arc<str>, line: u64) -> Option<&Problem> {
        if self.0.is_empty() { None } else { self.0.get(&(Arc::clone(file), line)) }
    }
}

/// Reads all inputs once, and fills the program's tables with the rows among them that stand: the first to arrive of
/// each identity, whatever its kind, as in the pass that rates.
///
/// # Errors
/// Where an input can not be read.
pub fn fill(program: &Program, accounts: Option<&Accounts>, inputs: &[Input]) -> Result<(Program, Refused), OpenError> {
    let (rows, places) = gather(program, accounts, inputs)?;
    let (filled, contradictions) = program.filled(&rows);
    let refused = problems(&contradictions, &rows, &places);
    let refused = refused.filter_map(|(at, problem)| {
        let Place { file, line } = places.get(at)?;
        Some(((Arc::clone(file), *line), problem))
    });
    Ok((filled, Refused(refused.collect())))
}

fn gather(
    program: &Program,
    accounts: Option<&Accounts>,
    inputs: &[Input],
) -> Result<(Vec<Record>, Vec<Place>), OpenError> {
    let dictionary = Dictionary::of(program);
    let mut reader = Reader::new(program, &dictionary, accounts);
    let mut seen = Seen::default();
    let (mut rows, mut places) = (Vec::new(), Vec::new());
    let (sender, stretches) = sync_channel(WAITING);
    std::thread::scope(|scope| {
        scope.spawn(move || read_all(&program.schema, inputs, &sender));
        // Whoever reads the inputs ends when nobody waits for more.
        for work in stretches {
            let parsed = reader.parse(&work)?;
            let identities = parsed.identities.iter().zip(&parsed.contents);
            let stands: Vec<bool> =
                identities.map(|(identity, content)| seen.arrive(*identity, *content, 0) == Arrived::New).collect();
            for (place, record) in parsed.records_of(program, &dictionary, |kind| program.schema.fills_table(kind)) {
                let at = place as usize;
                if let (Some(true), Some(line)) = (stands.get(at), parsed.lines.get(at)) {
                    rows.push(record);
                    places.push(Place { file: Arc::clone(&parsed.file), line: *line });
                }
            }
            reader.reuse(&work, parsed);
        }
        Ok((rows, places))
    })
}
