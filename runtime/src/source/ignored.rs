//! The names that a stretch of the input had and the book does not declare.

use super::Ignored;
use std::collections::HashMap;

/// Names and how often they came, in the order in which they came first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IgnoredNames {
    counts: Vec<(String, u64)>,
    places: HashMap<String, usize>,
}

impl IgnoredNames {
    /// The place of a name.
    pub(super) fn place(&mut self, name: &str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = self.counts.len();
        self.counts.push((name.to_owned(), 0));
        self.places.insert(name.to_owned(), place);
        place
    }

    /// Counts a name that came so often.
    pub(super) fn add(&mut self, name: &str, times: u64) {
        if times > 0 {
            let place = self.place(name);
            self.counts.get_mut(place).into_iter().for_each(|(_, known)| *known += times);
        }
    }

    /// Counts the name of a place.
    #[inline]
    pub(super) fn count(&mut self, place: usize) {
        self.counts.get_mut(place).into_iter().for_each(|(_, times)| *times += 1);
    }

    /// Adds them to those of the stretches before. That the first names keep their own counts and the others are
    /// counted together comes out as if all records had been read one by one.
    pub fn add_to(&self, ignored: &mut Ignored) {
        self.counts.iter().for_each(|(name, times)| ignored.count_times(name, *times));
    }
}
