//! Parquet and Arrow IPC files as record batches, read one after the other.
//!
//! Nothing a file says of itself is trusted: whatever its bytes are, it is read, or a sentence says why not.

use super::guard::guarded;
use crate::source::Problem;
use arrow_array::RecordBatch;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, Schema as Columns};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::ChunkReader;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};

/// How many records are read at once: enough to forget the cost of a batch, few enough to stay in the cache.
pub const BATCH_ROWS: usize = 8_192;
/// As many bytes as tell the format.
pub const HEAD: usize = 8;

const PARQUET: &[u8] = b"PAR1";
const IPC: &[u8] = b"ARROW1";
/// A stream's first message begins so.
const MESSAGE: &[u8] = &[0xff; 4];

/// A format that holds typed columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columnar {
    /// Parquet.
    Parquet,
    /// Arrow IPC: files, which are also called Feather 2, and streams.
    Arrow,
}

impl Columnar {
    /// What the first bytes tell, at least [`HEAD`] where there are so many.
    #[must_use]
    pub fn of_bytes(head: &[u8]) -> Option<Columnar> {
        match head {
            _ if head.starts_with(PARQUET) => Some(Columnar::Parquet),
            _ if head.starts_with(IPC) || head.starts_with(MESSAGE) => Some(Columnar::Arrow),
            _ => None,
        }
    }

    /// What the name of a file tells by its ending.
    #[must_use]
    pub fn of_ending(ending: &str) -> Option<Columnar> {
        match ending {
            "parquet" => Some(Columnar::Parquet),
            "arrow" | "arrows" | "ipc" | "feather" => Some(Columnar::Arrow),
            _ => None,
        }
    }
}

/// Bytes that may be read in any order.
pub(crate) enum Bulk {
    File(std::fs::File),
    Memory(Bytes),
}

/// Which columns of a file to read, by their places; or why it can not be read at all.
pub(super) type Choice<'c> = &'c dyn Fn(&Columns) -> Result<Vec<usize>, Problem>;

/// A file that is open.
pub(super) struct Batches {
    batches: Option<Reader>,
    /// The columns that were left out, and in how many rows each has something.
    pub(super) left_out: Vec<(String, u64)>,
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, Problem>;

    /// After a problem nothing more comes.
    fn next(&mut self) -> Option<Self::Item> {
        let batches = self.batches.as_mut()?;
        let next = guarded(|| batches.next()).transpose()?.and_then(|batch| batch);
        if next.is_err() {
            self.batches = None;
        }
        Some(next)
    }
}

/// Opens a file.
///
/// # Errors
/// A [`Problem`] where it is no such file, or damaged, or `choice` refuses it.
pub(super) fn open(bulk: Bulk, format: Columnar, choice: Choice<'_>) -> Result<Batches, Problem> {
    let opened = guarded(move || match (format, bulk) {
        (Columnar::Parquet, Bulk::File(file)) => parquet(file, choice),
        (Columnar::Parquet, Bulk::Memory(bytes)) => parquet(bytes, choice),
        (Columnar::Arrow, Bulk::File(file)) => arrow(BufReader::new(file), choice),
        (Columnar::Arrow, Bulk::Memory(bytes)) => arrow(Cursor::new(bytes), choice),
    });
    opened.map_err(|problem| damaged(format, &problem)).and_then(|opened| opened)
}

fn parquet<T: ChunkReader + 'static>(bytes: T, choice: Choice<'_>) -> Result<Batches, Problem> {
    check_ends(&bytes)?;
    let failed = |error: parquet::errors::ParquetError| damaged(Columnar::Parquet, &error);
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(failed)?;
    let chosen = choice(builder.schema())?;
    let left_out = left_out(builder.metadata(), builder.schema(), &chosen);
    let mask = ProjectionMask::roots(builder.parquet_schema(), chosen);
    let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build().map_err(failed)?;
    begun(Columnar::Parquet, Box::new(reader.map(readable)), left_out)
}

/// The magic stands at both ends, so that a file whose end is missing is known.
fn check_ends<T: ChunkReader>(bytes: &T) -> Result<(), Problem> {
    let length = bytes.len();
    let ends = |start: u64| bytes.get_bytes(start, PARQUET.len()).is_ok_and(|found| *found == *PARQUET);
    match length.checked_sub(PARQUET.len() as u64) {
        None if length == 0 => Err(Problem::new("is empty; a Parquet file without records still names its columns")),
        Some(_) if !ends(0) => Err(Problem::new("is not a Parquet file: it does not begin with PAR1")),
        Some(last) if ends(last) => Ok(()),
        _ => Err(Problem::new("is cut off: a Parquet file ends with PAR1, behind what names its columns")),
    }
}

fn left_out(metadata: &ParquetMetaData, columns: &Columns, chosen: &[usize]) -> Vec<(String, u64)> {
    let others = columns.fields().iter().enumerate().filter(|(at, _)| !chosen.contains(at));
    others.map(|(at, column)| (column.name().clone(), filled(metadata, at))).collect()
}

/// In how many rows a column has something, as far as the file says so; a list or an object has something in all.
fn filled(metadata: &ParquetMetaData, column: usize) -> u64 {
    let schema = metadata.file_metadata().schema_descr();
    let leaves: Vec<usize> =
        (0..schema.num_columns()).filter(|leaf| schema.get_column_root_idx(*leaf) == column).collect();
    let nulls = |group: &parquet::file::metadata::RowGroupMetaData| match leaves.as_slice() {
        [only] => group.columns().get(*only)?.statistics()?.null_count_opt(),
        _ => None,
    };
    let rows = |group| u64::try_from(parquet::file::metadata::RowGroupMetaData::num_rows(group)).unwrap_or(0);
    metadata.row_groups().iter().map(|group| rows(group).saturating_sub(nulls(group).unwrap_or(0))).sum()
}

/// All columns are read: a file in memory's own layout costs nothing to read, and only so tells what is null in it.
fn arrow<R: Read + Seek + 'static>(mut bytes: R, choice: Choice<'_>) -> Result<Batches, Problem> {
    let failed = |error: ArrowError| damaged(Columnar::Arrow, &error);
    let mut head = Vec::new();
    bytes.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(|error| failed(error.into()))?;
    bytes.seek(SeekFrom::Start(0)).map_err(|error| failed(error.into()))?;
    match head.as_slice() {
        [] => return Err(Problem::new("is empty; an Arrow file without records still names its columns")),
        _ if head.starts_with(b"FEA1") => {
            return Err(Problem::new("is Feather of version 1, which is long past; write it as version 2 or Parquet"));
        }
        _ => {}
    }
    let batches: Reader = if head.starts_with(IPC) {
        let reader = FileReader::try_new(bytes, None).map_err(failed)?;
        choice(&reader.schema())?;
        Box::new(reader.map(readable))
    } else {
        let reader = StreamReader::try_new(Tail::new(bytes), None).map_err(failed)?;
        choice(&reader.schema())?;
        Box::new(Stream { reader, is_ended: false })
    };
    begun(Columnar::Arrow, batches, Vec::new())
}

type Reader = Box<dyn Iterator<Item = Result<RecordBatch, Problem>>>;

/// What can not be read from its first record on is refused with the file.
fn begun(format: Columnar, mut batches: Reader, left_out: Vec<(String, u64)>) -> Result<Batches, Problem> {
    match batches.next().transpose() {
        Ok(first) => Ok(Batches { batches: Some(Box::new(first.map(Ok).into_iter().chain(batches))), left_out }),
        Err(problem) if problem.to_string().contains(NO_LZ4) => Err(Problem::new(
            "is compressed by LZ4, which is read in Parquet files only; write it as Parquet, or with compression zstd or \
             none: write_feather(.., compression=\"zstd\")",
        )),
        Err(problem) => Err(damaged(format, &problem)),
    }
}

/// What the library's words for a compression that it is built without begin with.
const NO_LZ4: &str = "lz4 IPC decompression";

/// A stream of batches that must end with its mark: without one, a file that was cut off between two batches would
/// look whole, and its records be missing on a bill.
struct Stream<R> {
    reader: StreamReader<Tail<R>>,
    is_ended: bool,
}

impl<R: Read> Iterator for Stream<R> {
    type Item = Result<RecordBatch, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_ended {
            return None;
        }
        if let Some(batch) = self.reader.next() {
            return Some(readable(batch));
        }
        self.is_ended = true;
        let words = "the stream has no mark at its end, as it has where it is whole";
        if self.reader.get_ref().is_marked() { None } else { Some(Err(Problem::new(words))) }
    }
}

/// Remembers the last bytes that were read.
struct Tail<R> {
    inner: R,
    last: Vec<u8>,
}

impl<R> Tail<R> {
    fn new(inner: R) -> Tail<R> {
        Tail { inner, last: Vec::new() }
    }

    /// Whether they are the mark that ends a stream: a message without a length.
    fn is_marked(&self) -> bool {
        self.last == [MESSAGE, &[0; 4]].concat()
    }
}

impl<R: Read> Read for Tail<R> {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        const MARK: usize = 8;
        let count = self.inner.read(bytes)?;
        let read = bytes.get(..count).unwrap_or(bytes);
        self.last.extend_from_slice(read.get(read.len().saturating_sub(MARK)..).unwrap_or(read));
        let surplus = self.last.len().saturating_sub(MARK);
        self.last.drain(..surplus);
        Ok(count)
    }
}

fn readable(batch: Result<RecordBatch, ArrowError>) -> Result<RecordBatch, Problem> {
    batch.map_err(|error| Problem::new(words(&error)))
}

fn damaged(format: Columnar, error: &dyn std::fmt::Display) -> Problem {
    let sort = match format {
        Columnar::Parquet => "a Parquet file",
        Columnar::Arrow => "an Arrow file",
    };
    Problem::new(format!("can not be read as {sort}; is it cut off or damaged? ({})", words(error)))
}

/// A library's words, in one line.
fn words(error: &dyn std::fmt::Display) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
