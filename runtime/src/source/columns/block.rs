//! What is filled while a chunk is parsed.

use super::ignored::IgnoredNames;
use super::parser::Parsed;
use florin_compiler::columns::{Batch, Block, Dictionary, Odd};
use florin_compiler::ir::Program;
use florin_compiler::model::Record;
use std::sync::Arc;

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
    /// Nothing yet, of a program with so many kinds.
    pub fn new(file: Arc<str>, kinds: usize) -> Filling {
        let parsed = Parsed {
            block: Block::default(),
            file,
            lines: Vec::new(),
            identities: Vec::new(),
            contents: Vec::new(),
            rejects: Vec::new(),
            read: 0,
            ignored: IgnoredNames::default(),
        };
        Filling { batches: (0..kinds).map(|_| None).collect(), parsed }
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
