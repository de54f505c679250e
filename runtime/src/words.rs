//! Eight bytes at once, as one number.

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

/// Whether no byte of a text ends it or must be escaped in JSON: a quote, a backslash, a control character.
#[must_use]
pub fn is_plain(text: &[u8]) -> bool {
    let special = |word: u64| equal(word, b'"') | equal(word, b'\\') | controls(word);
    let (words, rest) = text.as_chunks::<8>();
    let found = words.iter().fold(0, |found, word| found | special(u64::from_le_bytes(*word)));
    found == 0 && !rest.iter().any(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))
}
