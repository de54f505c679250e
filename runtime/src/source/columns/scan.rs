//! The tokens of a line in its plain form: of NDJSON an object of plain values, of CSV cells without quotes. Whatever
//! is otherwise, be it right or wrong, is no token here, and the line is left to the strict parser.

use super::decimal::Decimal;
use crate::words::{controls, equal};

/// What a value is. A whole word wide, for a token without gaps is moved by whole words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u64)]
pub enum Shape {
    /// Nothing: `null`, a blank cell.
    #[default]
    Null,
    /// `true`.
    True,
    /// `false`.
    False,
    /// A number, of at most [`super::decimal::MAX_DIGITS`] digits.
    Number,
    /// A text without escapes.
    Text,
    /// A cell of CSV, which may be anything.
    Cell,
}

/// A value and what stands for it: of a text, what is between its quotes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Token<'t> {
    /// What it is.
    pub shape: Shape,
    /// Its characters.
    pub text: &'t str,
    /// Of a number, what it is.
    pub number: Decimal,
}

/// A place in a text.
#[derive(Clone, Copy)]
pub struct Cursor<'t> {
    text: &'t str,
    /// The offset.
    pub at: usize,
}

impl<'t> Cursor<'t> {
    /// At an offset.
    pub fn new(text: &'t str, at: usize) -> Cursor<'t> {
        Cursor { text, at }
    }

    /// The byte here.
    #[inline]
    pub fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// What lies ahead.
    #[inline]
    pub fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or(&[])
    }

    /// Passes over a byte, if it is this one.
    #[inline]
    pub fn take(&mut self, byte: u8) -> Option<()> {
        (self.byte()? == byte).then(|| self.at += 1)
    }

    /// Passes over the blanks of JSON that do not end a line.
    #[inline]
    pub fn skip_blanks(&mut self) {
        // Nearly always there is none, which one comparison tells.
        while let Some(byte) = self.byte().filter(|byte| *byte <= b' ')
            && matches!(byte, b' ' | b'\t')
        {
            self.at += 1;
        }
    }

    /// Passes over the end of a line, or stands at the text's.
    #[inline]
    pub fn take_line_end(&mut self) -> Option<()> {
        match (self.byte(), self.rest().get(1)) {
            (None, _) => Some(()),
            (Some(b'\n'), _) => self.pass(1),
            (Some(b'\r'), Some(b'\n')) => self.pass(2),
            (Some(b'\r'), None) => self.pass(1),
            _ => None,
        }
    }

    #[inline]
    fn pass(&mut self, bytes: usize) -> Option<()> {
        self.at += bytes;
        Some(())
    }

    /// A value, into its place: a token that is returned would be copied, which costs more than to read it.
    #[inline(always)]
    pub fn value(&mut self, place: &mut Token<'t>) -> Option<()> {
        let byte = self.byte()?;
        if byte == b'"' {
            (place.shape, place.text) = (Shape::Text, self.text()?);
        } else if byte.is_ascii_digit() || byte == b'-' {
            let (number, length) = Decimal::read(self.rest())?;
            place.shape = Shape::Number;
            place.text = self.text.get(self.at..self.at + length)?;
            place.number = number;
            self.at += length;
        } else {
            (place.shape, place.text) = self.word(byte)?;
        }
        Some(())
    }

    fn word(&mut self, byte: u8) -> Option<(Shape, &'static str)> {
        let (word, shape) = match byte {
            b't' => ("true", Shape::True),
            b'f' => ("false", Shape::False),
            b'n' => ("null", Shape::Null),
            _ => return None,
        };
        self.rest().starts_with(word.as_bytes()).then(|| {
            self.at += word.len();
            (shape, word)
        })
    }

    /// A text without escapes, between its quotes.
    #[inline(always)]
    pub fn text(&mut self) -> Option<&'t str> {
        self.take(b'"')?;
        let length = plain_length(self.rest())?;
        let text = self.text.get(self.at..self.at + length)?;
        self.at += length + 1;
        Some(text)
    }

    /// A cell of CSV, up to the comma behind it or the end of the line. None where a quote or a control character
    /// stands in it.
    #[inline(always)]
    pub fn cell(&mut self) -> Option<&'t str> {
        let length = cell_length(self.rest())?;
        let text = self.text.get(self.at..self.at + length)?;
        self.at += length;
        Some(text)
    }
}

/// How many bytes there are up to a quote; none where an escape or a control character stands before it.
#[inline(always)]
fn plain_length(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    let mut length = 0;
    while let Some((word, more)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*word);
        let ends = equal(word, b'"') | equal(word, b'\\') | controls(word);
        if ends != 0 {
            let at = ends.trailing_zeros() as usize / 8;
            return (rest.get(at) == Some(&b'"')).then_some(length + at);
        }
        length += 8;
        rest = more;
    }
    let at = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
    (rest.get(at) == Some(&b'"')).then_some(length + at)
}

/// How many bytes there are up to a comma or the end of the line.
#[inline(always)]
fn cell_length(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    let mut length = 0;
    while let Some((word, more)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*word);
        let ends = equal(word, b',') | equal(word, b'"') | controls(word);
        if ends != 0 {
            let at = ends.trailing_zeros() as usize / 8;
            return matches!(rest.get(at), Some(b',' | b'\r' | b'\n')).then_some(length + at);
        }
        length += 8;
        rest = more;
    }
    match rest.iter().position(|byte| matches!(byte, b',' | b'"' | 0..0x20)) {
        Some(at) => matches!(rest.get(at), Some(b',' | b'\r' | b'\n')).then_some(length + at),
        None => Some(length + rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_end_at_their_quote() {
        let whole = "abcdefghijklmnopqrstuvwxyzäöü€😀";
        for (end, _) in whole.char_indices() {
            for tail in ["", ",", ",\"more\":1}\n"] {
                let json = format!("\"{}\"{tail}", &whole[..end]);
                let mut cursor = Cursor::new(&json, 0);
                assert_eq!(cursor.text(), Some(&whole[..end]));
                assert_eq!(cursor.rest(), tail.as_bytes());
            }
            for bad in ["\\", "\n", "\u{1f}", "\0"] {
                let json = format!("\"{}{bad}\"          ", &whole[..end]);
                assert_eq!(Cursor::new(&json, 0).text(), None, "{json:?}");
            }
            assert_eq!(Cursor::new(&format!("\"{}", &whole[..end]), 0).text(), None);
        }
        assert_eq!(Cursor::new("\"a\u{7f} b\"", 0).text(), Some("a\u{7f} b"));
    }
}
