//! Keyed hashes of identities and of contents.
//!
//! A polynomial over the integers modulo the prime 2^61 - 1, evaluated at a secret point (Carter and Wegman, 1979): two
//! different messages of `n` words have the same hash for at most `n` of 2^61 keys, whoever chose them. So nobody who
//! does not know the key can make a record pass for another one; the hashes must not be shown to anyone.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

const PRIME: u64 = (1 << 61) - 1;
/// How many bytes of a text go into a word, which must stay below the prime.
const STEP: usize = 7;
const STEP_MASK: u64 = (1 << 56) - 1;

/// The secret of a run: all readers of the run share it.
#[derive(Clone, Copy, Debug)]
pub struct Keys {
    identity: [u64; 2],
    content: u64,
    text: u64,
}

impl Keys {
    /// Keys at random.
    #[must_use]
    pub fn random() -> Keys {
        let random = RandomState::new();
        let point = |at: u64| random.hash_one(at) % PRIME;
        Keys { identity: [point(0), point(1)], content: point(2), text: point(3) }
    }

    /// Those of this process, drawn at random when they are first asked for.
    #[must_use]
    pub fn of_this_run() -> Keys {
        static KEYS: OnceLock<Keys> = OnceLock::new();
        *KEYS.get_or_init(Keys::random)
    }

    /// The hash of a whole identity: who gave the id, if that is said, and the id.
    #[must_use]
    pub fn identity(&self, source: Option<&str>, id: &str) -> u128 {
        let [first, second] = self.identity;
        let mut both = [Polynomial::new(first), Polynomial::new(second)];
        if let Some(source) = source {
            each_word(source, &mut |word| both.iter_mut().for_each(|hash| hash.add(word)));
        }
        each_word(id, &mut |word| both.iter_mut().for_each(|hash| hash.add(word)));
        let [low, high] = both;
        (u128::from(high.finish()) << 64) | u128::from(low.finish())
    }

    /// The hash of a text, as a part of a content.
    #[must_use]
    pub fn text(&self, text: &str) -> u64 {
        let mut hash = Polynomial::new(self.text);
        each_word(text, &mut |word| hash.add(word));
        hash.reduced()
    }

    /// Begins the hash of a content.
    #[must_use]
    pub fn content(&self) -> Content {
        Content(Polynomial::new(self.content))
    }
}

/// The words of a text: its length, then its bytes.
fn each_word(text: &str, take: &mut impl FnMut(u64)) {
    let bytes = text.as_bytes();
    take(TEXT | bytes.len() as u64);
    let mut rest = bytes;
    while let Some(word) = rest.first_chunk::<8>() {
        take(u64::from_le_bytes(*word) & STEP_MASK);
        rest = rest.get(STEP..).unwrap_or(&[]);
    }
    // At most seven bytes are left, and the length has said how many.
    if !rest.is_empty() {
        take(rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }
}

// What a word begins with says what it is and how many words follow it, so that different contents have different words.
const ABSENT: u64 = 1 << 57;
const SMALL: u64 = 2 << 57;
const LARGE: u64 = 3 << 57;
const TEXT: u64 = 4 << 57;
const LIST: u64 = 5 << 57;
/// Bits of an integer in a small word; above them stand five for a scale.
const SMALL_BITS: u32 = 52;

/// The hash of what a record says, part by part.
#[derive(Clone, Copy, Debug)]
pub struct Content(Polynomial);

impl Content {
    /// Nothing stands here.
    pub fn add_absent(&mut self) {
        self.0.add(ABSENT);
    }

    /// An integer, or a number as a mantissa and its decimal places, of which there are at most 31.
    pub fn add_integer(&mut self, mantissa: i64, scale: u8) {
        let zigzag = (mantissa.cast_unsigned() << 1) ^ (mantissa >> 63).cast_unsigned();
        let scale = u64::from(scale) << SMALL_BITS;
        if zigzag >> SMALL_BITS == 0 {
            self.0.add(SMALL | scale | zigzag);
        } else {
            self.0.add(LARGE | scale | zigzag >> 32);
            self.0.add(zigzag & 0xffff_ffff);
        }
    }

    /// A text, word by word.
    pub fn add_text(&mut self, text: &str) {
        each_word(text, &mut |word| self.0.add(word));
    }

    /// A text, by its [`Keys::text`].
    pub fn add_hash(&mut self, hash: u64) {
        self.0.add(hash);
    }

    /// So many parts follow.
    pub fn add_list(&mut self, parts: usize) {
        self.0.add(LIST | parts as u64);
    }

    /// The hash.
    #[must_use]
    pub fn finish(self) -> u64 {
        self.0.finish()
    }
}

#[derive(Clone, Copy, Debug)]
struct Polynomial {
    point: u64,
    value: u64,
}

impl Polynomial {
    fn new(point: u64) -> Polynomial {
        // A leading one tells apart what begins with zeros.
        Polynomial { point, value: 1 }
    }

    /// Takes in a word below 2^61. The value stays below 2^61 + 4, so no sum here overflows.
    #[inline]
    fn add(&mut self, word: u64) {
        let product = u128::from(self.value.wrapping_add(word)) * u128::from(self.point);
        #[expect(clippy::cast_possible_truncation, reason = "the low and the high bits, each of less than 63")]
        let sum = (product as u64 & PRIME).wrapping_add((product >> 61) as u64);
        self.value = (sum & PRIME).wrapping_add(sum >> 61);
    }

    /// The value, below the prime.
    fn reduced(self) -> u64 {
        if self.value >= PRIME { self.value.wrapping_sub(PRIME) } else { self.value }
    }

    /// The value, its bits mixed (a bijection), so that a table may take any of them.
    fn finish(self) -> u64 {
        let reduced = self.reduced();
        let mixed = (reduced ^ reduced >> 32).wrapping_mul(0x9fb2_1c65_1e98_df25);
        mixed ^ mixed >> 29
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn different_identities_have_different_hashes() {
        let keys = Keys::random();
        let mut seen = HashSet::new();
        for text in ["", "\0", "\0\0", "a", "ab", "1234567", "12345678", "123456789", "1234567\0", "12345678901234"] {
            for source in [None, Some(""), Some("a"), Some("1234567")] {
                assert!(seen.insert(keys.identity(source, text)), "{source:?} {text:?}");
            }
        }
        let numbered = (0..100_000).map(|at| keys.identity(None, &format!("evt-{at:09}")));
        assert_eq!(numbered.collect::<HashSet<_>>().len(), 100_000);
        assert_ne!(keys.identity(None, "a"), Keys::random().identity(None, "a"));
        assert_eq!(keys.identity(Some("a"), "b"), keys.identity(Some("a"), "b"));
    }

    #[test]
    fn numbers_of_different_size_and_scale_differ() {
        let keys = Keys::random();
        let hash = |mantissa, scale| {
            let mut content = keys.content();
            content.add_integer(mantissa, scale);
            content.finish()
        };
        let mantissas = [0, 1, -1, 1 << 50, 1 << 51, 1 << 52, i64::MAX, i64::MIN, i64::MIN + 1];
        let hashes: HashSet<u64> = mantissas.iter().flat_map(|one| [hash(*one, 0), hash(*one, 18)]).collect();
        assert_eq!(hashes.len(), 2 * mantissas.len());
    }
}
