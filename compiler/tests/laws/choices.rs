//! Where the generator's decisions come from: a row of bytes, so that a fuzzer can drive it as well as a seed.

use std::cell::Cell;

/// A source of decisions. Behind its last byte every decision is the first, which is always the simplest.
#[derive(Clone, Debug)]
pub struct Choices {
    bytes: Vec<u8>,
    at: Cell<usize>,
}

/// How many bytes a seed grows into: more than the largest case takes.
const SEEDED_BYTES: usize = 16_384;

impl Choices {
    /// Decisions by these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Choices {
        Choices { bytes: bytes.to_vec(), at: Cell::new(0) }
    }

    /// Decisions by a seed (SplitMix64).
    pub fn seeded(seed: u64) -> Choices {
        let mut state = seed;
        let mut bytes = Vec::with_capacity(SEEDED_BYTES);
        while bytes.len() < SEEDED_BYTES {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            bytes.extend((mixed ^ (mixed >> 31)).to_le_bytes());
        }
        Choices { bytes, at: Cell::new(0) }
    }

    /// A number below `count`, which is at most 256; 0 where the bytes have ended.
    pub fn below(&self, count: usize) -> usize {
        let byte = self.byte();
        usize::from(byte) * count / 256
    }

    /// A number from `least` to `most`.
    pub fn between(&self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }

    /// True in so many of a hundred cases.
    pub fn chance(&self, percent: usize) -> bool {
        let byte = self.byte();
        usize::from(byte) * 100 >= (100 - percent) * 256
    }

    fn byte(&self) -> u8 {
        let at = self.at.get();
        self.at.set(at + 1);
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// One of these.
    pub fn pick<'t, T>(&self, items: &'t [T]) -> &'t T {
        &items[self.below(items.len())]
    }

    /// So many of these at most, in their order.
    pub fn some<T: Clone>(&self, items: &[T], most: usize) -> Vec<T> {
        let mut left = self.between(0, most.min(items.len()));
        let mut found = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let must = items.len() - at <= left;
            if left > 0 && (must || self.chance(50)) {
                found.push(item.clone());
                left -= 1;
            }
        }
        found
    }
}

#[test]
fn without_bytes_all_is_simple() {
    let none = Choices::from_bytes(&[]);
    assert_eq!((none.below(7), none.chance(99), none.between(2, 9)), (0, false, 2));
    let all = Choices::from_bytes(&[255, 255, 255]);
    assert_eq!((all.below(7), all.chance(1), all.between(2, 9)), (6, true, 9));
}
