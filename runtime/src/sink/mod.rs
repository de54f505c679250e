//! Rated records as text, and as files of typed columns: Parquet, Arrow IPC.
//!
//! Architecture invariant: nothing is rounded. What a column can not hold stops the run.

mod columns;
mod text;

pub use columns::{PRECISION, SCALE, schema};
pub use text::{TextFormat, TextWriter};

use crate::rated::RatedRow;
use arrow_array::RecordBatch;
use arrow_ipc::writer::FileWriter;
use arrow_schema::ArrowError;
use columns::Rows;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use std::io::Write;

/// How many rows are handed on at once.
pub const BATCH_ROWS: usize = 16_384;
/// The rows of a Parquet row group: the unit in which others read it, and all that is held until it is written.
pub const GROUP_ROWS: usize = 8 * BATCH_ROWS;

fn name(id: Option<&str>) -> String {
    id.map_or_else(|| "what is due without a record".to_owned(), |id| format!("record {id}"))
}

/// Why rated records can not be written.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// A number that no column holds.
    #[error(
        "{id}, line {line}: the {what} {number} has more than {SCALE} decimal places or {PRECISION} digits, which a \
         column of decimals can not hold; nothing is rounded, so write it with --format ndjson or csv"
    )]
    Number {
        /// `quantity` or `amount`.
        what: &'static str,
        /// As it is.
        number: String,
        /// The record.
        id: String,
        /// The line.
        line: String,
    },
    /// A time that no column holds.
    #[error(
        "{id}, line {line}: the time {time} is beyond the nanoseconds that a column of times can hold (until the year \
         2262); write it with --format ndjson or csv"
    )]
    Time {
        /// As it is.
        time: String,
        /// The record.
        id: String,
        /// The line.
        line: String,
    },
    /// The output failed.
    #[error("the output can not be written: {0}")]
    Output(String),
}

impl SinkError {
    /// A number that no column holds.
    #[must_use]
    pub fn number(what: &'static str, number: &str, id: Option<&str>, line: &str) -> SinkError {
        SinkError::Number { what, number: number.to_owned(), id: name(id), line: line.to_owned() }
    }
}

impl From<ArrowError> for SinkError {
    fn from(error: ArrowError) -> SinkError {
        SinkError::Output(error.to_string())
    }
}

impl From<ParquetError> for SinkError {
    fn from(error: ParquetError) -> SinkError {
        SinkError::Output(error.to_string())
    }
}

/// Where batches of rows go.
pub trait Batches: Sized {
    /// What they are written to.
    type Output;

    /// Writes some.
    ///
    /// # Errors
    /// The output's.
    fn put(&mut self, batch: &RecordBatch) -> Result<(), SinkError>;

    /// Writes the end.
    ///
    /// # Errors
    /// The output's.
    fn close(self) -> Result<Self::Output, SinkError>;
}

/// A Parquet file.
pub struct Parquet<W: Write + Send>(ArrowWriter<W>);

impl<W: Write + Send> Parquet<W> {
    /// Begins it.
    ///
    /// # Errors
    /// The output's.
    pub fn new(out: W) -> Result<Parquet<W>, SinkError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_created_by(concat!("florin version ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        Ok(Parquet(ArrowWriter::try_new(out, schema(), Some(properties))?))
    }
}

impl<W: Write + Send> Batches for Parquet<W> {
    type Output = W;

    fn put(&mut self, batch: &RecordBatch) -> Result<(), SinkError> {
        Ok(self.0.write(batch)?)
    }

    fn close(self) -> Result<W, SinkError> {
        Ok(self.0.into_inner()?)
    }
}

/// An Arrow IPC file.
pub struct Arrow<W: Write>(FileWriter<W>);

impl<W: Write> Arrow<W> {
    /// Begins it.
    ///
    /// # Errors
    /// The output's.
    pub fn new(out: W) -> Result<Arrow<W>, SinkError> {
        Ok(Arrow(FileWriter::try_new(out, &schema())?))
    }
}

impl<W: Write> Batches for Arrow<W> {
    type Output = W;

    fn put(&mut self, batch: &RecordBatch) -> Result<(), SinkError> {
        Ok(self.0.write(batch)?)
    }

    fn close(self) -> Result<W, SinkError> {
        Ok(self.0.into_inner()?)
    }
}

/// Writes rated records as typed columns. Holds no more than a row group.
pub struct ColumnWriter<S> {
    rows: Rows,
    sink: S,
}

impl<S: Batches> ColumnWriter<S> {
    /// Into a file that has begun.
    #[must_use]
    pub fn new(sink: S) -> ColumnWriter<S> {
        ColumnWriter { rows: Rows::new(), sink }
    }

    /// Writes a row.
    ///
    /// # Errors
    /// [`SinkError`] where a number or a time does not fit its column, which writes nothing of the row, or the output
    /// fails.
    pub fn write(&mut self, row: RatedRow<'_>) -> Result<(), SinkError> {
        self.rows.push(&row)?;
        if self.rows.count >= BATCH_ROWS { self.flush() } else { Ok(()) }
    }

    /// Writes what waits and the file's end.
    ///
    /// # Errors
    /// The output's.
    pub fn finish(mut self) -> Result<S::Output, SinkError> {
        self.flush()?;
        self.sink.close()
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        if self.rows.count == 0 {
            return Ok(());
        }
        let batch = self.rows.take()?;
        self.sink.put(&batch)
    }
}

#[cfg(test)]
mod tests;
