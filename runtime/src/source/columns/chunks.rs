//! The chunks of all inputs, read and decompressed by a thread of its own.

use super::super::{Input, OpenError};
use super::chunk::Chunk;
use super::cut::Cutter;
use florin_compiler::model::Schema;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// About how many bytes a chunk has: some thousand records, few enough to stay in a processor's cache.
pub const CHUNK_BYTES: usize = 1 << 20;
/// How many chunks may wait for a parser, so that memory stays flat where reading is faster.
const WAITING: usize = 4;

/// The chunks of inputs, in their order. After an error come the chunks of no other input.
pub struct Chunks {
    receiver: Receiver<Result<Chunk, OpenError>>,
    reader: Option<JoinHandle<()>>,
}

impl Chunks {
    /// Of these inputs, of usage that a book with this schema is for.
    #[must_use]
    pub fn of_inputs(schema: &Schema, inputs: Vec<Input>) -> Chunks {
        Chunks::of_size(schema, inputs, CHUNK_BYTES)
    }

    /// With chunks of about so many bytes.
    #[must_use]
    pub fn of_size(schema: &Schema, inputs: Vec<Input>, size: usize) -> Chunks {
        let id = schema.wire.id.clone();
        let (sender, receiver) = sync_channel(WAITING);
        let reader = std::thread::spawn(move || read_all(&id, &inputs, size, &sender));
        Chunks { receiver, reader: Some(reader) }
    }
}

impl Iterator for Chunks {
    type Item = Result<Chunk, OpenError>;

    fn next(&mut self) -> Option<Result<Chunk, OpenError>> {
        if let Ok(chunk) = self.receiver.recv() {
            return Some(chunk);
        }
        // Had the reader fallen over, the end would not be the inputs' end.
        if let Some(Err(panic)) = self.reader.take().map(JoinHandle::join) {
            std::panic::resume_unwind(panic);
        }
        None
    }
}

/// Sends chunks until the inputs end, one can not be read, or nobody wants more.
fn read_all(id: &str, inputs: &[Input], size: usize, sender: &SyncSender<Result<Chunk, OpenError>>) {
    for input in inputs {
        let cutter = match input.open() {
            Ok(stream) => Cutter::new(&input.name(), input.format(), id, stream, size),
            Err(error) => {
                let _ = sender.send(Err(error));
                return;
            }
        };
        for chunk in cutter {
            let is_error = chunk.is_err();
            if sender.send(chunk).is_err() || is_error {
                return;
            }
        }
    }
}
