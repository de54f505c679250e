//! Dense numbers for the groups of a stream: one for each account, window and keys, found once per record.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// The groups of a stream. A group is a row of integers: the account and the window, then the keys.
#[derive(Debug)]
pub(super) struct Groups {
    width: usize,
    rows: Vec<i64>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Groups {
    /// Without groups, of so many keys.
    pub(super) fn of_keys(keys: usize) -> Groups {
        Groups { width: keys + 1, rows: Vec::new(), table: HashTable::new(), hasher: DefaultHashBuilder::default() }
    }

    /// The number of a group. `row` has the account and window first: see [`place`].
    ///
    /// None where there are more groups than can be counted in 32 bits.
    pub(super) fn number(&mut self, row: &[i64]) -> Option<u32> {
        let Groups { width, rows, table, hasher } = self;
        let width = *width;
        let at = |number: u32| rows.get(number as usize * width..(number as usize + 1) * width);
        let hash = hasher.hash_one(row);
        if let Some(found) = table.find(hash, |number| at(*number) == Some(row)) {
            return Some(*found);
        }
        let number = u32::try_from(rows.len() / width).ok()?;
        table.insert_unique(hash, number, |number| {
            hasher.hash_one(rows.get(*number as usize * width..(*number as usize + 1) * width).unwrap_or_default())
        });
        rows.extend_from_slice(row);
        Some(number)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len() / self.width
    }

    /// The row of a group.
    pub(super) fn row(&self, number: usize) -> &[i64] {
        self.rows.get(number * self.width..(number + 1) * self.width).unwrap_or_default()
    }

    /// The bytes that are held.
    pub(super) fn bytes(&self) -> usize {
        self.rows.capacity() * size_of::<i64>() + self.table.allocation_size()
    }
}

/// An account and a window as one integer.
pub(super) fn place(account: u32, window: u32) -> i64 {
    (i64::from(account) << 32) | i64::from(window)
}

/// The account and the window of a group's row.
pub(super) fn account_and_window(row: &[i64]) -> (u32, u32) {
    let both = row.first().copied().unwrap_or(0);
    let half = |bits: i64| u32::try_from(bits & 0xffff_ffff).unwrap_or(0);
    (half(both >> 32), half(both))
}
