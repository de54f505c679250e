//! What is filled while a chunk is parsed.

use super::super::{IgnoredNames, Parsed};
use florin_compiler::columns::{Batch, Dictionary, Odd};
use florin_compiler::ir::Program;
use florin_compiler::model::Record;

/// The batches of a chunk while they grow, and all that is told of its records.
pub struct Filling {
    /// By kind.
    pub batches: Vec<Option<Batch>>,
    /// The rest; its block gets the batches at last.
    pub parsed: Parsed,
}

/// What is told of a record by its place.
#[derive(Clone, Copy)]
pub struct Told {
    /// Its line.
    pub line: u64,
    /// The hash of its identity.
    pub identity: u128,
    /// The hash of its content.
    pub content: u64,
}

impl Filling {
    /// Nothing yet, of a program with so many kinds and with room for so many records.
    pub fn new(kinds: usize, records: usize) -> Filling {
        let parsed = Parsed {
            lines: Vec::with_capacity(records),
            identities: Vec::with_capacity(records),
            contents: Vec::with_capacity(records),
            ..Parsed::default()
        };
        Filling { batches: (0..kinds).map(|_| None).collect(), parsed }
    }

    /// What was filled before and nobody needs any more: its memory is used again.
    pub fn again(kinds: usize, mut parsed: Parsed) -> Filling {
        let mut batches: Vec<Option<Batch>> = (0..kinds).map(|_| None).collect();
        for mut batch in parsed.block.batches.drain(..) {
            batch.clear();
            if let Some(place) = batches.get_mut(batch.kind) {
                *place = Some(batch);
            }
        }
        parsed.block.odd.clear();
        parsed.block.len = 0;
        parsed.lines.clear();
        parsed.identities.clear();
        parsed.contents.clear();
        parsed.rejects.clear();
        Filling { batches, parsed: Parsed { read: 0, ignored: IgnoredNames::default(), ..parsed } }
    }

    /// The place of the next record.
    #[inline]
    pub fn place(&self) -> u32 {
        self.parsed.block.len
    }

    /// A record stands at the next place.
    #[inline]
    pub fn tell(&mut self, told: Told) {
        self.parsed.lines.push(told.line);
        self.parsed.identities.push(told.identity);
        self.parsed.contents.push(told.content);
        self.parsed.block.len += 1;
    }

    /// Takes a record that was read by the strict parser; the batch of its kind is made where there is none.
    pub fn push(
        &mut self,
        program: &Program,
        dictionary: &Dictionary,
        record: Record,
        told: Told,
        make: impl FnOnce() -> Batch,
    ) {
        let place = self.place();
        let batch = self.batches.get_mut(record.kind).map(|batch| batch.get_or_insert_with(make));
        if !batch.is_some_and(|batch| batch.push(program, dictionary, place, &record)) {
            self.parsed.block.odd.push(Odd { place, record });
        }
        self.tell(told);
    }

    /// What was filled.
    pub fn finish(mut self) -> Parsed {
        self.parsed.block.batches = self.batches.into_iter().flatten().filter(|batch| !batch.is_empty()).collect();
        self.parsed
    }
}
