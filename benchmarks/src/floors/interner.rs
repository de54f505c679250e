//! Texts as codes, found while parsing.

// The slots are a power of two, and an index is cut to it.
#![allow(clippy::indexing_slicing)]

/// A power of two, far more than the texts that occur.
const SLOTS: usize = 1 << 14;

/// The texts that were met, in the order in which they were.
#[derive(Clone, Debug)]
pub struct Interner {
    slots: Vec<u32>,
    texts: Vec<Box<[u8]>>,
}

impl Default for Interner {
    fn default() -> Interner {
        Interner { slots: vec![u32::MAX; SLOTS], texts: Vec::new() }
    }
}

impl Interner {
    /// With texts that are known before, which have the first codes.
    #[must_use]
    pub fn knowing(texts: &[&str]) -> Interner {
        let mut interner = Interner::default();
        texts.iter().for_each(|text| {
            interner.code(text.as_bytes());
        });
        interner
    }

    /// The code of a text.
    #[inline]
    pub fn code(&mut self, text: &[u8]) -> u32 {
        let mut slot = hash(text);
        loop {
            let code = self.slots[slot % SLOTS];
            match self.texts.get(code as usize) {
                Some(known) if **known == *text => return code,
                Some(_) => slot += 1,
                None => return self.add(slot % SLOTS, text),
            }
        }
    }

    #[cold]
    fn add(&mut self, slot: usize, text: &[u8]) -> u32 {
        let code = u32::try_from(self.texts.len()).unwrap_or(0);
        self.slots[slot] = code;
        self.texts.push(text.into());
        code
    }

    /// The text of a code.
    #[must_use]
    pub fn text(&self, code: u32) -> &[u8] {
        self.texts.get(code as usize).map_or(b"", |text| text)
    }
}

/// Mixes the first and the last eight bytes and the length.
#[inline]
fn hash(text: &[u8]) -> usize {
    let (first, last) = match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => (text.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0),
    };
    let mixed = (first ^ last.rotate_left(23) ^ text.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    usize::try_from(mixed >> 40).unwrap_or(0)
}
