//! The inputs of a run as stretches, read and decompressed by a thread of its own.

use crate::source::arrow::{self, ArrowReader, Stretch};
use crate::source::columns::{CHUNK_BYTES, Chunk, ChunkParser, Cutter};
use crate::source::{Input, OpenError, Opened, Parsed};
use florin_compiler::columns::Dictionary;
use florin_compiler::ir::Program;
use florin_compiler::model::{Accounts, Schema};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

/// A stretch of the input, or why there are no more.
pub enum Work {
    /// Lines of text.
    Text(Chunk),
    /// Typed columns of a file.
    Columns(Arc<str>, Stretch),
    /// An input can not be read.
    Failed(OpenError),
}

/// Sends the stretches of all inputs in their order, until one can not be read or nobody wants more.
pub fn read_all(schema: &Schema, inputs: &[Input], sender: &SyncSender<Work>) {
    for input in inputs {
        let name: Arc<str> = input.name().into();
        let failed = |words: String| Work::Failed(OpenError { name: name.to_string(), words });
        let is_sent = match input.open_any() {
            Err(error) => send_all([Work::Failed(error)].into_iter(), sender),
            Ok(Opened::Text(stream)) => {
                let cutter = Cutter::new(&name, input.format(), &schema.wire.id, stream, CHUNK_BYTES);
                send_all(cutter.map(|chunk| chunk.map_or_else(Work::Failed, Work::Text)), sender)
            }
            Ok(Opened::Columns(format, bulk)) => match arrow::stretches(schema, bulk, format) {
                Ok(stretches) => send_all(stretches.map(|stretch| Work::Columns(Arc::clone(&name), stretch)), sender),
                Err(problem) => send_all([failed(problem.to_string())].into_iter(), sender),
            },
        };
        if !is_sent {
            return;
        }
    }
}

/// Whether all were sent, and none was a failure.
fn send_all(work: impl Iterator<Item = Work>, sender: &SyncSender<Work>) -> bool {
    for work in work {
        let is_failure = matches!(work, Work::Failed(_));
        if sender.send(work).is_err() || is_failure {
            return false;
        }
    }
    true
}

/// Reads stretches of any kind; one for each worker.
pub struct Reader<'p> {
    text: ChunkParser<'p>,
    columns: ArrowReader<'p>,
}

impl<'p> Reader<'p> {
    pub fn new(program: &'p Program, dictionary: &'p Dictionary, accounts: Option<&'p Accounts>) -> Reader<'p> {
        Reader {
            text: ChunkParser::new(program, dictionary, accounts),
            columns: ArrowReader::new(program, dictionary, accounts),
        }
    }

    /// What a stretch holds.
    ///
    /// # Errors
    /// Why an input can not be read.
    pub fn parse(&mut self, work: &Work) -> Result<Parsed, OpenError> {
        match work {
            Work::Text(chunk) => Ok(self.text.parse(chunk)),
            Work::Columns(file, stretch) => Ok(self.columns.take(stretch, file)),
            Work::Failed(error) => Err(error.clone()),
        }
    }
}

impl Reader<'_> {
    /// Takes back what a stretch was read into, so that its memory serves again.
    pub fn reuse(&mut self, work: &Work, parsed: Parsed) {
        if let Work::Text(_) = work {
            self.text.reuse(parsed);
        }
    }
}

/// A record as it came, if it came as a line.
pub fn raw(work: &Work, line: u64) -> &[u8] {
    let Work::Text(chunk) = work else { return &[] };
    let at = line.checked_sub(chunk.first_line).and_then(|at| usize::try_from(at).ok());
    at.and_then(|at| chunk.bytes.split(|byte| *byte == b'\n').nth(at)).map_or(&[], |raw| raw.trim_ascii_end())
}
