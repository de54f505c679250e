//! Finds the end of a text, eight bytes at a time.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// How many bytes there are before the next quotation mark; none where there is no further one, or a backslash first.
#[inline]
#[must_use]
pub fn before_quote(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    let (words, _) = bytes.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word);
        let found = zero_bytes(word ^ (ONES * b'"' as u64)) | zero_bytes(word ^ (ONES * b'\\' as u64));
        if found != 0 {
            at += found.trailing_zeros() as usize / 8;
            break;
        }
        at += 8;
    }
    let rest = bytes.get(at..)?.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    (bytes.get(at + rest) == Some(&b'"')).then_some(at + rest)
}

/// The high bit of each byte that is zero; only the lowest one is certain.
#[inline]
const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_mark_is_found() {
        assert_eq!(before_quote(b"\"abc"), Some(0));
        assert_eq!(before_quote(b"abcdefghijklm\"nopqrstuvw\""), Some(13));
        assert_eq!(before_quote(b"abcdefg\""), Some(7));
        assert_eq!(before_quote(b"abcdefghij"), None);
        assert_eq!(before_quote(b"ab\\\"cdefghijk"), None);
    }
}
