//! Texts that come again and again, in front of what all threads share.

/// How many texts are remembered at once; a power of two.
const PLACES: usize = 1 << 10;
/// A longer text hardly comes again.
const MAX_REMEMBERED: usize = 128;

/// What was found for a text the last time; another text may have taken its place since.
#[derive(Debug)]
pub struct Recent<T> {
    places: Vec<Option<(Box<str>, T)>>,
}

impl<T: Copy> Default for Recent<T> {
    fn default() -> Recent<T> {
        Recent { places: Vec::new() }
    }
}

impl<T: Copy> Recent<T> {
    /// What belongs to a text: as remembered, or else found.
    #[inline]
    pub fn get(&mut self, text: &str, find: impl FnOnce() -> Option<T>) -> Option<T> {
        let at = place_of(text);
        match self.places.get(at) {
            Some(Some((known, found))) if **known == *text => Some(*found),
            _ => self.find(at, text, find),
        }
    }

    #[cold]
    fn find(&mut self, at: usize, text: &str, find: impl FnOnce() -> Option<T>) -> Option<T> {
        let found = find()?;
        if text.len() <= MAX_REMEMBERED {
            if self.places.is_empty() {
                self.places.resize_with(PLACES, || None);
            }
            self.places.get_mut(at).into_iter().for_each(|place| *place = Some((text.into(), found)));
        }
        Some(found)
    }
}

/// From the first and last bytes and the length: texts that share them only share a place.
#[inline]
fn place_of(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (first, last) = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => (bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0),
    };
    let mixed = (first ^ last.rotate_left(23) ^ bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 54).unwrap_or(0) % PLACES
}
