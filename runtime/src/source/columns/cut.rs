//! A stream in chunks of whole records.

use super::super::records::{header, is_open, next_row, no_id};
use super::super::{Format, Line, OpenError, Problem};
use super::chunk::{Chunk, Unusable};
use super::pieces::{Piece, Pieces};
use super::slice::SliceLines;
use std::io::Read;
use std::sync::Arc;

/// About how many bytes a chunk has: some thousand records, few enough to stay in a processor's cache.
pub const CHUNK_BYTES: usize = 1 << 20;

/// Cuts one stream.
pub struct Cutter<R> {
    file: Arc<str>,
    /// What the book calls a record's id: the header of a CSV must have it.
    id: Box<str>,
    pieces: Pieces<R>,
    format: Option<Format>,
    header: Option<Arc<[String]>>,
}

impl<R: Read> Cutter<R> {
    /// Of a file; without a format its first line tells it. A chunk has about `size` bytes.
    pub fn new(file: &str, format: Option<Format>, id: &str, stream: R, size: usize) -> Cutter<R> {
        Cutter { file: file.into(), id: id.into(), pieces: Pieces::new(stream, size), format, header: None }
    }

    fn next_chunk(&mut self) -> Result<Option<Chunk>, OpenError> {
        while let Some(piece) = self.pieces.next() {
            let chunk = match self.format.or_else(|| format_of(&piece)) {
                None => None,
                Some(Format::Ndjson) => {
                    self.format = Some(Format::Ndjson);
                    Some(self.chunk(piece, Format::Ndjson))
                }
                Some(Format::Csv) => {
                    self.format = Some(Format::Csv);
                    self.rows(piece)?
                }
            };
            if chunk.is_some() {
                return Ok(chunk);
            }
        }
        Ok(None)
    }

    fn chunk(&self, piece: Piece, format: Format) -> Chunk {
        let unusable = piece.fault.into_iter().map(|line| {
            let problem = line.text().err().unwrap_or_else(|| Problem::new("the line can not be used"));
            Unusable { line, problem }
        });
        let header = self.header.clone().unwrap_or_default();
        let Piece { first_line, bytes, .. } = piece;
        Chunk { file: Arc::clone(&self.file), first_line, bytes, format, header, unusable: unusable.collect() }
    }

    /// The rows of a piece that are sure to be whole; none where more must be read.
    fn rows(&mut self, mut piece: Piece) -> Result<Option<Chunk>, OpenError> {
        let is_end = piece.is_last || piece.fault.is_some();
        if !is_end && memchr::memchr(b'"', &piece.bytes).is_some() {
            let (whole, lines) = whole_rows(&piece);
            if whole < piece.bytes.len() {
                let rest = piece.bytes.split_off(whole);
                self.pieces.put_back(piece.first_line + lines, rest);
            }
        }
        if piece.bytes.is_empty() && piece.fault.is_none() {
            return Ok(None);
        }
        if self.header.is_none() {
            return self.under_header(piece);
        }
        Ok(Some(self.chunk(piece, Format::Csv)))
    }

    /// The rows of the first piece that has a row: that is the header.
    fn under_header(&mut self, mut piece: Piece) -> Result<Option<Chunk>, OpenError> {
        let mut lines = SliceLines::new(&piece.bytes, piece.first_line);
        let (row, at, number) = match next_row(&mut lines) {
            Some(row) => (row, lines.at.min(piece.bytes.len()), lines.number),
            None => match piece.fault.take() {
                Some(line) => (line, piece.bytes.len(), piece.first_line),
                None => return Ok(None),
            },
        };
        let header: Arc<[String]> = header(&row).map_err(|problem| self.no_header(&row, &problem))?.into();
        let names_id = header.iter().any(|name| **name == *self.id);
        self.header = Some(header);
        piece.bytes.drain(..at);
        piece.first_line = number;
        let mut chunk = self.chunk(piece, Format::Csv);
        if !names_id {
            let problem = no_id(&self.id);
            chunk.unusable.insert(0, Unusable { line: row, problem });
        }
        Ok(Some(chunk))
    }

    fn no_header(&self, row: &Line, problem: &Problem) -> OpenError {
        OpenError {
            name: format!("{}:{}", self.file, row.number),
            words: format!("the header can not be read: {problem}"),
        }
    }
}

impl<R: Read> Iterator for Cutter<R> {
    type Item = Result<Chunk, OpenError>;

    fn next(&mut self) -> Option<Result<Chunk, OpenError>> {
        let chunk = self.next_chunk();
        if chunk.is_err() {
            self.pieces.stop();
        }
        chunk.transpose()
    }
}

/// What the first line that is not blank says of the format; none where there is none.
fn format_of(piece: &Piece) -> Option<Format> {
    let of = |line: &[u8]| match line.trim_ascii_start().first() {
        Some(b'{' | b'[') => Format::Ndjson,
        _ => Format::Csv,
    };
    let mut lines = SliceLines::new(&piece.bytes, piece.first_line);
    let first = lines.find(|line| !line.is_blank());
    first.as_ref().or(piece.fault.as_ref()).map(|line| of(&line.bytes))
}

/// How many bytes and lines at the beginning of a piece are whole rows, whatever follows.
fn whole_rows(piece: &Piece) -> (usize, u64) {
    let mut lines = SliceLines::new(&piece.bytes, piece.first_line);
    loop {
        lines.forget();
        let (at, number) = (lines.at, lines.number);
        match next_row(&mut lines) {
            Some(row) if lines.ran_out && is_open(&row.bytes) => return (at, number - piece.first_line),
            Some(_) => {}
            None => return (piece.bytes.len(), lines.number - piece.first_line),
        }
    }
}
