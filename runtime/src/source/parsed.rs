//! What a reader makes of one stretch of its input.

use super::{IgnoredNames, Reject};
use florin_compiler::columns::{Block, Dictionary};
use florin_compiler::ir::Program;
use florin_compiler::model::{Record, Symbol};
use std::sync::Arc;

/// Records by column, with what must be known of them to tell duplicates, and what was refused.
///
/// `lines`, `identities` and `contents` have one entry for each record of the block, by its place.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The records that can be taken.
    pub block: Block,
    /// The file as the caller named it.
    pub file: Arc<str>,
    /// The line on which each record begins, or its row in a file of columns, from 1.
    pub lines: Vec<u64>,
    /// A keyed hash of the whole identity of each record, the source (if it says one) and the id. Equal for one record
    /// however it was written.
    pub identities: Vec<u128>,
    /// A keyed hash of all that each record says besides: kind, account, time and every field, also those that nothing
    /// reads. Records that say the same have the same hash.
    pub contents: Vec<u64>,
    /// Who gave each record its id; empty where no record of the stretch says so, and from text, where nobody asks.
    pub sources: Vec<Option<Symbol>>,
    /// The records that were refused, in the order of their rows.
    pub rejects: Vec<Reject>,
    /// How many records there were, of any sort.
    pub read: u64,
    /// What the input had and the book does not declare.
    pub ignored: IgnoredNames,
}

impl Parsed {
    /// The records in the order of their rows; fields that were not kept are absent.
    pub fn records(&self, program: &Program, dictionary: &Dictionary) -> impl Iterator<Item = Record> {
        self.records_of(program, dictionary, |_| true).into_iter().map(|(_, record)| record)
    }

    /// The records of some kinds with their places, in the order of their rows.
    pub fn records_of(
        &self,
        program: &Program,
        dictionary: &Dictionary,
        is_wanted: impl Fn(usize) -> bool,
    ) -> Vec<(u32, Record)> {
        let odd = self.block.odd.iter().filter(|odd| is_wanted(odd.record.kind));
        let mut records: Vec<(u32, Record)> = odd.map(|odd| (odd.place, odd.record.clone())).collect();
        for batch in self.block.batches.iter().filter(|batch| is_wanted(batch.kind)) {
            let rows = batch.places.iter().enumerate();
            records.extend(rows.filter_map(|(row, place)| Some((*place, batch.record(program, dictionary, row)?))));
        }
        records.sort_unstable_by_key(|(place, _)| *place);
        records
    }

    /// The source of each record.
    pub fn sources(&self) -> impl Iterator<Item = Option<Symbol>> {
        (0..self.lines.len()).map(|at| self.sources.get(at).cloned().flatten())
    }
}
