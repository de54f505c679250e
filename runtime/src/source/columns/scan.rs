//! The tokens of a line in its plain form: of NDJSON an object of plain values, of CSV cells without quotes. Whatever
//! is otherwise, be it right or wrong, is no token here, and the line is left to the strict parser.

use super::decimal::Decimal;

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
    /// Of a number, what it is. It stands beside the shape, not in it, so that no part depends on another.
    pub number: Decimal,
}

impl<'t> Token<'t> {
    /// One that is no number.
    #[inline]
    pub fn new(shape: Shape, text: &'t str) -> Token<'t> {
        Token { shape, text, number: Decimal::default() }
    }
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
        while let Some(b' ' | b'\t') = self.byte() {
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

    /// A value.
    #[inline]
    pub fn value(&mut self) -> Option<Token<'t>> {
        match self.byte()? {
            b'"' => self.text().map(|text| Token::new(Shape::Text, text)),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word("true", Shape::True),
            b'f' => self.word("false", Shape::False),
            b'n' => self.word("null", Shape::Null),
            _ => None,
        }
    }

    fn word(&mut self, word: &'static str, shape: Shape) -> Option<Token<'t>> {
        self.rest().starts_with(word.as_bytes()).then(|| {
            self.at += word.len();
            Token::new(shape, word)
        })
    }

    /// A text without escapes, between its quotes.
    #[inline]
    pub fn text(&mut self) -> Option<&'t str> {
        self.take(b'"')?;
        let length = plain_length(self.rest())?;
        let text = self.text.get(self.at..self.at + length)?;
        self.at += length + 1;
        Some(text)
    }

    /// A cell of CSV, up to the comma behind it or the end of the line. None where a quote or a control character
    /// stands in it.
    #[inline]
    pub fn cell(&mut self) -> Option<&'t str> {
        let length = cell_length(self.rest())?;
        let text = self.text.get(self.at..self.at + length)?;
        self.at += length;
        Some(text)
    }

    #[inline]
    fn number(&mut self) -> Option<Token<'t>> {
        let (number, length) = Decimal::read(self.rest())?;
        let text = self.text.get(self.at..self.at + length)?;
        self.at += length;
        Some(Token { shape: Shape::Number, text, number })
    }
}

const ONES: u64 = u64::MAX / 255;
const HIGHS: u64 = ONES << 7;

/// The bytes of a word that are zero, each by its highest bit; those above the first one may be wrong.
#[inline]
pub fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGHS
}

/// The bytes of a word that are this one, as [`zeros`].
#[inline]
pub fn equal(word: u64, byte: u8) -> u64 {
    zeros(word ^ ONES.wrapping_mul(u64::from(byte)))
}

/// The bytes of a word that are control characters, as [`zeros`].
#[inline]
pub fn controls(word: u64) -> u64 {
    word.wrapping_sub(ONES.wrapping_mul(0x20)) & !word & HIGHS
}

/// How many bytes there are up to a quote; none where an escape or a control character stands before it.
#[inline]
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
#[inline]
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
