//! A number for each account, meter and month that occurs.

use crate::random::scatter;
use crate::workload::w2::Columns;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};

/// Hashes one number of 64 bits, as fast as may be.
#[derive(Clone, Copy, Debug, Default)]
pub struct OneNumber;

/// The hash so far.
#[derive(Clone, Copy, Debug)]
pub struct OneNumberHasher(u64);

impl BuildHasher for OneNumber {
    type Hasher = OneNumberHasher;

    fn build_hasher(&self) -> OneNumberHasher {
        OneNumberHasher(0)
    }
}

impl Hasher for OneNumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = scatter(self.0 ^ number);
    }
}

/// The groups that were met.
#[derive(Clone, Debug, Default)]
pub struct GroupIds {
    ids: HashMap<u64, u32, OneNumber>,
}

impl GroupIds {
    /// The id of a group: the next one, from 0 on, where it is met for the first time.
    #[inline]
    pub fn id(&mut self, account: u32, meter: u32, month: u32) -> u32 {
        let key = u64::from(account) << 32 | u64::from(meter) << 16 | u64::from(month);
        let next = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        *self.ids.entry(key).or_insert(next)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.ids.len()
    }

    /// The ids of all records, and how many groups there are.
    #[must_use]
    pub fn of(columns: &Columns) -> (Vec<u32>, usize) {
        let mut groups = GroupIds::default();
        let keys = columns.accounts.iter().zip(&columns.meters).zip(&columns.months);
        let ids = keys.map(|((account, meter), month)| groups.id(*account, *meter, *month)).collect();
        (ids, groups.count())
    }
}
