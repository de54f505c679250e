//! The lines of a stretch that is in memory.

use super::super::lines::{Line, LineFault, MAX_LINE, Rewind, trim};

/// As [`super::super::lines::Lines`], but over bytes in memory, so that one knows where in them one stands.
pub struct SliceLines<'c> {
    bytes: &'c [u8],
    /// The offset of the next line.
    pub at: usize,
    /// The number of the next line, from 1.
    pub number: u64,
    /// Where the lines begin that were read since [`SliceLines::forget`].
    starts: Vec<usize>,
    /// Whether a line was asked for and there was none, since then.
    pub ran_out: bool,
}

impl<'c> SliceLines<'c> {
    /// From the bytes of a stretch that begins with the line of this number.
    pub fn new(bytes: &'c [u8], number: u64) -> SliceLines<'c> {
        SliceLines { bytes, at: 0, number, starts: Vec::new(), ran_out: false }
    }

    /// Whether all lines were read.
    pub fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// The bytes of the next line without its end.
    pub fn peek(&self) -> &'c [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len())).unwrap_or(rest)
    }

    /// Goes on: what was read before will not be put back.
    pub fn forget(&mut self) {
        self.starts.clear();
        self.ran_out = false;
    }

    /// Passes over bytes that were one line.
    #[inline]
    pub fn pass(&mut self, end: usize) {
        self.at = end;
        self.number += 1;
    }
}

impl Iterator for SliceLines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        if self.is_at_end() {
            self.ran_out = true;
            return None;
        }
        let raw = self.peek();
        let fault = (raw.len() > MAX_LINE).then_some(LineFault::TooLong(raw.len() as u64));
        let mut bytes = raw.get(..MAX_LINE).unwrap_or(raw).to_vec();
        trim(&mut bytes, self.number == 1);
        let line = Line { number: self.number, bytes, fault };
        self.starts.push(self.at);
        self.pass(self.at + raw.len() + 1);
        Some(line)
    }
}

impl Rewind for SliceLines<'_> {
    fn push_back(&mut self, lines: Vec<Line>) {
        if let Some(first) = self.starts.len().checked_sub(lines.len())
            && let Some(at) = self.starts.get(first)
        {
            self.at = *at;
            self.number -= lines.len() as u64;
            self.starts.truncate(first);
        }
    }
}
