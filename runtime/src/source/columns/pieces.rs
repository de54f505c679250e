//! A stream in pieces of whole lines.
//!
//! Architecture invariant: of a line that is too long no more than about twice [`MAX_LINE`] bytes are ever held.

use super::super::lines::{Line, LineFault, MAX_LINE, trim, words};
use std::io::{BufRead, BufReader, ErrorKind, Read};

/// As much is asked of the stream at once. It is what the strict reader asks for, since where damaged compressed data
/// breaks depends on it.
const READ_BYTES: usize = 1 << 16;

/// Some whole lines.
#[derive(Debug, Default)]
pub struct Piece {
    /// The number of the first one, from 1.
    pub first_line: u64,
    /// Their bytes, with their ends; the last line of a stream may have none.
    pub bytes: Vec<u8>,
    /// The line behind them, if it can not be used.
    pub fault: Option<Line>,
    /// Whether the stream ends here.
    pub is_last: bool,
}

/// The pieces of a stream.
pub struct Pieces<R> {
    stream: BufReader<R>,
    /// About so many bytes make a piece.
    size: usize,
    held: Vec<u8>,
    line: u64,
    ended: bool,
}

enum End {
    None,
    OfStream,
    Broken(String),
}

impl<R: Read> Pieces<R> {
    /// From a stream's first byte.
    pub fn new(stream: R, size: usize) -> Pieces<R> {
        Pieces { stream: BufReader::with_capacity(READ_BYTES, stream), size, held: Vec::new(), line: 1, ended: false }
    }

    /// Puts back the end of the last piece, from the line of this number, to be the beginning of the next one. Not to
    /// be done where the piece was the last one, or ended at a line that can not be used.
    pub fn put_back(&mut self, first_line: u64, mut bytes: Vec<u8>) {
        bytes.append(&mut self.held);
        (self.held, self.line) = (bytes, first_line);
    }

    /// Leaves the rest of the stream alone.
    pub fn stop(&mut self) {
        self.ended = true;
    }

    fn next_piece(&mut self) -> Piece {
        let mut size = self.held.len() + self.size;
        loop {
            let end = self.fill(size);
            let whole = memchr::memrchr(b'\n', &self.held).map_or(0, |at| at + 1);
            match end {
                End::OfStream => return self.cut(self.held.len(), true),
                End::Broken(words) => {
                    let mut piece = self.cut(whole, true);
                    let bytes = std::mem::take(&mut self.held);
                    piece.fault = Some(self.fault(bytes, LineFault::Broken(words)));
                    return piece;
                }
                End::None if whole > 0 => return self.cut(whole, false),
                End::None if self.held.len() > MAX_LINE => return self.too_long(),
                End::None => size = self.held.len() + self.size,
            }
        }
    }

    /// Reads until so many bytes are held.
    fn fill(&mut self, size: usize) -> End {
        while self.held.len() < size {
            match self.stream.fill_buf() {
                Ok([]) => return End::OfStream,
                Ok(more) => {
                    let more = more.get(..size - self.held.len()).unwrap_or(more);
                    self.held.extend_from_slice(more);
                    let taken = more.len();
                    self.stream.consume(taken);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return End::Broken(words(&error)),
            }
        }
        End::None
    }

    fn cut(&mut self, at: usize, is_last: bool) -> Piece {
        let mut next = Vec::with_capacity(if is_last { 0 } else { self.size });
        next.extend_from_slice(self.held.get(at..).unwrap_or(&[]));
        self.held.truncate(at);
        let bytes = std::mem::replace(&mut self.held, next);
        let first_line = self.line;
        self.line += memchr::memchr_iter(b'\n', &bytes).count() as u64;
        self.ended = is_last;
        Piece { first_line, bytes, fault: None, is_last }
    }

    /// Passes over a line that is held in part, and only counts its bytes.
    fn too_long(&mut self) -> Piece {
        let mut bytes = std::mem::take(&mut self.held);
        let mut length = bytes.len() as u64;
        bytes.truncate(MAX_LINE);
        let first_line = self.line;
        let fault = loop {
            match self.stream.fill_buf() {
                Ok([]) => {
                    self.ended = true;
                    break LineFault::TooLong(length);
                }
                Ok(more) => {
                    let newline = memchr::memchr(b'\n', more);
                    let piece = newline.unwrap_or(more.len());
                    length += piece as u64;
                    self.stream.consume(piece + usize::from(newline.is_some()));
                    if newline.is_some() {
                        break LineFault::TooLong(length);
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    break LineFault::Broken(words(&error));
                }
            }
        };
        Piece { first_line, bytes: Vec::new(), fault: Some(self.fault(bytes, fault)), is_last: self.ended }
    }

    fn fault(&mut self, mut bytes: Vec<u8>, fault: LineFault) -> Line {
        let number = self.line;
        self.line += 1;
        bytes.truncate(MAX_LINE);
        trim(&mut bytes, number == 1);
        Line { number, bytes, fault: Some(fault) }
    }
}

impl<R: Read> Iterator for Pieces<R> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        (!self.ended).then(|| self.next_piece())
    }
}
