//! Records that were said to be rated, or free, when they came, and stand otherwise in the end.

use super::{Arrived, Entry, Shard};
use crate::bill::Standing;
use crate::compiled::rows::RatedBlock;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The records that were said to be rated, or free, when they came, and stand otherwise in the end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Late {
    /// Those that can be named, by their number in the run, with what is missing.
    pub named: BTreeMap<usize, String>,
    /// How many others.
    pub others: u64,
    /// Those that cost nothing in the end.
    pub free: BTreeSet<usize>,
    /// How many of those that can be named were said to be free.
    pub from_free: u64,
}

impl Late {
    /// How many records have no price after all.
    #[must_use]
    pub fn unpriced(&self) -> u64 {
        self.others + self.named.len() as u64
    }

    /// How many records are rated no more.
    #[must_use]
    pub fn from_rated(&self) -> u64 {
        self.unpriced() + self.free.len() as u64 - self.from_free
    }
}

/// Records that were rated on the same lines.
#[derive(Debug, Default)]
pub(super) struct Tentative {
    pub(super) count: u64,
    /// Their numbers, where the definitions may name them too.
    pub(super) numbers: Vec<usize>,
}

impl Shard<'_> {
    /// Takes note of a record that is rated on lines which may lose their price by a later one.
    pub(super) fn note_tentative(&mut self, arrived: &Arrived<'_>, entries: &[Entry], mut groups: Vec<u32>) {
        let mut lines: Vec<u32> = Vec::new();
        for entry in entries {
            let Some(Some(state)) = self.streams.get(entry.stream) else { continue };
            for tap in state.taps.iter().filter(|tap| tap.native.may_lose_price) {
                lines.extend(tap.lines.get(entry.group as usize).map(|place| place.line));
            }
        }
        if lines.is_empty() && groups.is_empty() {
            return;
        }
        lines.sort_unstable();
        lines.dedup();
        groups.sort_unstable();
        groups.dedup();
        let tentative = self.tentative.entry((arrived.account, lines, groups)).or_default();
        tentative.count += 1;
        if self.keeps_numbers {
            tentative.numbers.push(arrived.number);
        }
    }

    pub(super) fn note_unpriced(&mut self, arrived: &Arrived<'_>, reason: Arc<str>, out: &mut RatedBlock) {
        if self.keeps_numbers {
            self.unpriced.insert(arrived.number, reason.clone());
        }
        out.unpriced.push((arrived.arrival.place, reason));
    }

    pub(super) fn note_free(&mut self, arrived: &Arrived<'_>, out: &mut RatedBlock) {
        if self.keeps_numbers && self.rater.definitions.is_shared() {
            self.free.insert(arrived.number);
        }
        out.free += 1;
    }

    /// The records that were said to be rated when they came and have no price after all, for a line of theirs has none
    /// in the end.
    #[must_use]
    pub fn late(&self) -> Late {
        let mut late = Late::default();
        for account in self.accounts().filter(|_| self.keeps_numbers) {
            let withheld = self.rest.as_ref().map(|rest| rest.withheld(account, &self.periods(account)));
            late.named.extend(withheld.unwrap_or_default());
        }
        for (account, numbers) in &self.fed {
            let left = self.rest.as_ref().map(|rest| rest.left(&self.account(*account), numbers)).unwrap_or_default();
            for (number, standing) in left {
                match standing {
                    Standing::Rated => {}
                    Standing::Unpriced(reason) => drop(late.named.entry(number).or_insert(reason)),
                    Standing::Free if late.named.contains_key(&number) => {}
                    Standing::Free => drop(late.free.insert(number)),
                }
            }
        }
        late.named.retain(|number, _| !self.unpriced.contains_key(number));
        late.free.retain(|number| !self.unpriced.contains_key(number) && !late.named.contains_key(number));
        let folded = self.withheld_groups();
        let missing = |account: u32, groups: &[u32]| {
            let folded = folded.get(&account)?;
            groups.iter().find_map(|group| folded.get(group)).map(|missing| Arc::from(missing.as_str()))
        };
        for ((account, lines, groups), tentative) in &self.tentative {
            let known = lines.iter().find_map(|line| self.withheld.get(&(*account, *line)));
            let Some(reason) = known.cloned().or_else(|| missing(*account, groups)) else { continue };
            if self.keeps_numbers {
                late.named.extend(tentative.numbers.iter().map(|number| (*number, reason.to_string())));
            } else {
                late.others += tentative.count;
            }
        }
        late.from_free = late.named.keys().filter(|number| self.free.contains(number)).count() as u64;
        late
    }

    /// By account, the groups of which the definitions keep only folds and whose records reach a line without a price,
    /// with what is missing.
    pub(super) fn withheld_groups(&self) -> HashMap<u32, BTreeMap<u32, String>> {
        let Some(rest) = self.rest.as_ref().filter(|_| self.rater.incremental.is_any()) else { return HashMap::new() };
        let withheld = self
            .accounts
            .all()
            .zip(0u32..)
            .map(|(account, number)| (number, rest.withheld_groups(&account.name, &self.periods(&account.name))));
        withheld.filter(|(_, groups)| !groups.is_empty()).collect()
    }
}
