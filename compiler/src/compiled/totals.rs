//! Running totals of groups in 64 bits, as long as it is proven that none overflows.

/// No total is farther from zero than this, so that one more can be added without an overflow.
pub(super) const MOST_TOTAL: u64 = 1 << 62;

/// Running totals by group, and how far from zero they can be at most.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    all: Vec<i64>,
    /// None is farther from zero; at most [`MOST_TOTAL`].
    within: u64,
}

impl Totals {
    /// Of so many groups, all zero.
    #[must_use]
    pub fn of_groups(groups: usize) -> Totals {
        Totals { all: vec![0; groups], within: 0 }
    }

    /// By group.
    #[must_use]
    pub fn all(&self) -> &[i64] {
        &self.all
    }

    /// Makes all of them zero.
    pub fn clear(&mut self) {
        self.all.fill(0);
        self.within = 0;
    }

    /// Multiplies all of them; false, and nothing is done, where they might be too far from zero then.
    pub(super) fn rescale(&mut self, by: i128) -> bool {
        let wider = u64::try_from(by).ok().and_then(|by| self.within.checked_mul(by));
        let (Some(wider), Ok(by)) = (wider.filter(|wider| *wider <= MOST_TOTAL), i64::try_from(by)) else {
            return false;
        };
        self.all.iter_mut().for_each(|total| *total = total.wrapping_mul(by));
        self.within = wider;
        true
    }

    /// Whether so much can be added in all, up or down.
    pub(super) fn has_room(&mut self, more: u64) -> bool {
        let fits = |within: u64| within.checked_add(more).is_some_and(|within| within <= MOST_TOTAL);
        if fits(self.within) {
            return true;
        }
        // What was added went to many groups. Half of the room must be left, lest they are all looked at too often.
        self.within = self.all.iter().map(|total| total.unsigned_abs()).max().unwrap_or(0);
        self.within <= MOST_TOTAL / 2 && fits(self.within)
    }

    /// The totals of at least so many groups, for whoever adds no more than that in all, up or down; and how far from
    /// zero they may then be. None where that is too far.
    pub(super) fn reserved(&mut self, groups: usize, more: u64) -> Option<(&mut [i64], u64)> {
        if !self.has_room(more) {
            return None;
        }
        if groups > self.all.len() {
            self.all.resize(groups, 0);
        }
        self.within += more;
        Some((&mut self.all, self.within))
    }

    /// The bytes that are held.
    pub(super) fn bytes(&self) -> usize {
        self.all.capacity() * size_of::<i64>()
    }
}
