//! What became of every record that was read.

use crate::render::money::grouped;
use crate::source::Usage;
use florin_compiler::bill::Standing;

/// How many records went where; together they are all that were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub read: u64,
    /// A charge reaches them.
    pub rated: u64,
    /// The book says that they cost nothing, they are rows of a table, or a person has voided them.
    pub free: u64,
    /// They came before.
    pub duplicate: u64,
    /// They have no price, or a rule holds them.
    pub unpriced: u64,
    /// They could not be taken.
    pub rejected: u64,
}

impl Counts {
    /// Of a run.
    #[must_use]
    pub fn of(usage: &Usage, standings: &[Standing]) -> Counts {
        let mut counts =
            Counts { read: usage.read, duplicate: usage.duplicates, rejected: usage.rejected, ..Counts::default() };
        counts.unpriced += usage.held.len() as u64;
        counts.free += usage.voided + usage.rows;
        for standing in standings {
            match standing {
                Standing::Rated => counts.rated += 1,
                Standing::Free => counts.free += 1,
                Standing::Unpriced(_) => counts.unpriced += 1,
            }
        }
        counts
    }

    /// Whether no record was lost.
    #[must_use]
    pub fn add_up(&self) -> bool {
        self.read == self.rated + self.free + self.duplicate + self.unpriced + self.rejected
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [read, rated, free, duplicate, unpriced, rejected] =
            [self.read, self.rated, self.free, self.duplicate, self.unpriced, self.rejected]
                .map(|count| grouped(&count.to_string()));
        write!(
            f,
            "read {read} = rated {rated} + free {free} + duplicate {duplicate} + unpriced {unpriced} + rejected {rejected}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_is_counted_once() {
        let usage = Usage { read: 1_006, duplicates: 1, rejected: 1_000, ..Usage::default() };
        let standings =
            [Standing::Rated, Standing::Rated, Standing::Free, Standing::Unpriced("a row".to_owned()), Standing::Rated];
        let counts = Counts::of(&usage, &standings);
        assert!(counts.add_up());
        let line = "read 1,006 = rated 3 + free 1 + duplicate 1 + unpriced 1 + rejected 1,000";
        assert_eq!(counts.to_string(), line);
        assert!(!Counts { read: 1, ..Counts::default() }.add_up());
    }
}
