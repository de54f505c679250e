//! Lines of a stream, each of bounded length, numbered from 1.
//!
//! Architecture invariant: no more than [`MAX_LINE`] bytes of a line are ever held.

use super::Problem;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, ErrorKind, Read};

/// The longest line, in bytes: a thousand times a usual record, and little enough to hold any number of.
pub const MAX_LINE: usize = 1 << 20;

/// A line without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number in the file, from 1.
    pub number: u64,
    /// Its bytes; of a line that is too long, the first [`MAX_LINE`].
    pub bytes: Vec<u8>,
    /// Why it can not be used, if so.
    pub fault: Option<LineFault>,
}

/// What can be wrong with a line before anyone looks into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineFault {
    /// It has so many bytes.
    TooLong(u64),
    /// The stream broke here, in the system's words.
    Broken(String),
}

impl Line {
    /// Whether it holds nothing but blanks.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.fault.is_none() && self.bytes.iter().all(u8::is_ascii_whitespace)
    }

    /// Its text.
    ///
    /// # Errors
    /// A [`Problem`] where it is too long, cut off, no UTF-8, or holds a NUL byte.
    pub fn text(&self) -> Result<&str, Problem> {
        match &self.fault {
            Some(LineFault::TooLong(length)) => {
                return Err(Problem::new(format!("the line is {length} bytes long; the limit is {MAX_LINE}")));
            }
            Some(LineFault::Broken(words)) => {
                return Err(Problem::new(format!("the file can not be read on: {words}")));
            }
            None => {}
        }
        let text = std::str::from_utf8(&self.bytes).map_err(|error| not_utf8(&self.bytes, error.valid_up_to()))?;
        match text.find('\0') {
            Some(at) => Err(Problem::new(format!("the line has a NUL byte (byte {}); is this a text file?", at + 1))),
            None => Ok(text),
        }
    }
}

fn not_utf8(bytes: &[u8], valid: usize) -> Problem {
    let utf_16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let hint = if utf_16 { "; the file looks like UTF-16" } else { "" };
    Problem::new(format!("the line is not UTF-8 (byte {}){hint}", valid + 1))
}

/// The lines of a stream.
pub struct Lines<R> {
    reader: BufReader<R>,
    number: u64,
    ended: bool,
    pushed_back: VecDeque<Line>,
}

impl<R: Read> Lines<R> {
    /// From the stream's first byte; a byte order mark there is skipped.
    pub fn new(reader: R) -> Lines<R> {
        Lines {
            reader: BufReader::with_capacity(1 << 16, reader),
            number: 0,
            ended: false,
            pushed_back: VecDeque::new(),
        }
    }

    fn read_line(&mut self) -> Option<Line> {
        let mut bytes = Vec::new();
        let mut length = 0u64;
        let end = self.gather(&mut bytes, &mut length);
        if length == 0 && matches!(end, End::OfStream) {
            return None;
        }
        self.number += 1;
        let fault = match end {
            End::Broken(words) => Some(LineFault::Broken(words)),
            End::OfLine | End::OfStream if length > MAX_LINE as u64 => Some(LineFault::TooLong(length)),
            End::OfLine | End::OfStream => None,
        };
        trim(&mut bytes, self.number == 1);
        Some(Line { number: self.number, bytes, fault })
    }

    /// Takes bytes up to the line's end; beyond the limit they are only counted.
    fn gather(&mut self, bytes: &mut Vec<u8>, length: &mut u64) -> End {
        loop {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.ended = true;
                    return End::Broken(words(&error));
                }
            };
            if chunk.is_empty() {
                self.ended = true;
                return End::OfStream;
            }
            let newline = chunk.iter().position(|byte| *byte == b'\n');
            let piece = chunk.get(..newline.unwrap_or(chunk.len())).unwrap_or(chunk);
            let room = MAX_LINE.saturating_sub(bytes.len()).min(piece.len());
            bytes.extend_from_slice(piece.get(..room).unwrap_or(piece));
            *length += piece.len() as u64;
            let taken = piece.len() + usize::from(newline.is_some());
            self.reader.consume(taken);
            if newline.is_some() {
                return End::OfLine;
            }
        }
    }
}

/// Lines that may be read again.
pub(super) trait Rewind: Iterator<Item = Line> {
    /// Puts the last lines back, to be read again in their order.
    fn push_back(&mut self, lines: Vec<Line>);
}

impl<R: Read> Rewind for Lines<R> {
    fn push_back(&mut self, lines: Vec<Line>) {
        for line in lines.into_iter().rev() {
            self.pushed_back.push_front(line);
        }
    }
}

impl<R: Read> Iterator for Lines<R> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        if let Some(line) = self.pushed_back.pop_front() {
            return Some(line);
        }
        if self.ended { None } else { self.read_line() }
    }
}

enum End {
    OfLine,
    OfStream,
    Broken(String),
}

/// Takes off what does not belong to a line: a byte order mark before the first one, the CR of its end.
pub(super) fn trim(bytes: &mut Vec<u8>, is_first: bool) {
    if is_first && bytes.starts_with("\u{feff}".as_bytes()) {
        bytes.drain(..3);
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
}

/// Why a stream broke.
pub(super) fn words(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::UnexpectedEof => "its compressed data is cut off here".to_owned(),
        ErrorKind::InvalidInput | ErrorKind::InvalidData => format!("its compressed data is damaged ({error})"),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<(u64, Result<String, String>)> {
        Lines::new(bytes)
            .map(|line| (line.number, line.text().map(str::to_owned).map_err(|problem| problem.to_string())))
            .collect()
    }

    #[test]
    fn ends_and_marks_are_taken_off() {
        let read = lines("\u{feff}a\r\n\nb".as_bytes());
        assert_eq!(read, [(1, Ok("a".into())), (2, Ok(String::new())), (3, Ok("b".into()))]);
    }

    #[test]
    fn holds_the_limit_and_goes_on() {
        let longest = "x".repeat(MAX_LINE);
        assert_eq!(lines(longest.as_bytes()), [(1, Ok(longest.clone()))]);
        let read = lines(format!("{longest}y\nnext").as_bytes());
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].1, Err("the line is 1048577 bytes long; the limit is 1048576".into()));
        assert_eq!(read[1], (2, Ok("next".into())));
    }

    #[test]
    fn a_hundred_megabytes_in_one_line_are_not_held() {
        let stream = std::io::repeat(b'x').take(100 << 20).chain(&b"\nnext\n"[..]);
        let read: Vec<Line> = Lines::new(stream).collect();
        assert_eq!(read[0].fault, Some(LineFault::TooLong(100 << 20)));
        assert!(read[0].bytes.capacity() <= 2 * MAX_LINE);
        assert_eq!(read[1].bytes, b"next");
    }

    #[test]
    fn what_was_pushed_back_comes_again() {
        let mut lines = Lines::new(&b"a\nb\nc"[..]);
        let first: Vec<Line> = lines.by_ref().take(2).collect();
        lines.push_back(first);
        assert_eq!(lines.map(|line| line.number).collect::<Vec<_>>(), [1, 2, 3]);
    }
}
