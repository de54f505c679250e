//! One record for each identity, by the hashes of what came before: the first to arrive stands.

use hashbrown::HashTable;

/// The identities of all records so far, with what they said and where they stood.
///
/// Many small tables rather than a large one: when a table grows all that it holds moves, and everybody waits for that.
#[derive(Debug)]
pub struct Seen {
    tables: Vec<HashTable<Known>>,
}

/// How many bits of an identity choose its table.
const TABLE_BITS: u32 = 10;

/// 32 bytes, of which a table is seven eighths full at most and some half at least.
#[derive(Clone, Copy, Debug)]
struct Known {
    identity: u128,
    content: u64,
    /// The file and the line.
    place: u64,
}

/// What became of a record that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrived {
    /// It is the first of its identity.
    New,
    /// It came before, with the same content.
    Duplicate,
    /// It came before with another content, at this place; the first one stands.
    Conflict(u64),
}

impl Default for Seen {
    fn default() -> Seen {
        Seen { tables: (0..1 << TABLE_BITS).map(|_| HashTable::new()).collect() }
    }
}

impl Seen {
    /// Takes note of a record.
    pub fn arrive(&mut self, identity: u128, content: u64, place: u64) -> Arrived {
        // The hashes are keyed and even, so their bits are as good as any other hash of them.
        #[expect(clippy::cast_possible_truncation, reason = "each bit is as good as any other")]
        let hash = |known: &Known| known.identity as u64;
        let new = Known { identity, content, place };
        #[expect(clippy::indexing_slicing, reason = "there are as many tables as so many bits can name")]
        let table = &mut self.tables[(identity >> (u128::BITS - TABLE_BITS)) as usize];
        match table.entry(hash(&new), |known| known.identity == identity, hash) {
            hashbrown::hash_table::Entry::Occupied(known) if known.get().content == content => Arrived::Duplicate,
            hashbrown::hash_table::Entry::Occupied(known) => Arrived::Conflict(known.get().place),
            hashbrown::hash_table::Entry::Vacant(place) => {
                place.insert(new);
                Arrived::New
            }
        }
    }

    /// How many identities there are, and the bytes that they take.
    pub fn size(&self) -> (usize, usize) {
        let size =
            |sum: (usize, usize), table: &HashTable<Known>| (sum.0 + table.len(), sum.1 + table.allocation_size());
        self.tables.iter().fold((0, 0), size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_an_identity_stands() {
        let mut seen = Seen::default();
        assert_eq!(seen.arrive(1, 10, 7), Arrived::New);
        assert_eq!(seen.arrive(1 << 64, 10, 8), Arrived::New);
        assert_eq!(seen.arrive(1, 10, 9), Arrived::Duplicate);
        assert_eq!(seen.arrive(1, 11, 9), Arrived::Conflict(7));
        assert_eq!(seen.size().0, 2);
    }
}
