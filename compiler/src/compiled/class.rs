//! Prices as integers, each of them once however many groups have it.

use super::curve::Curve;
use super::figure::Figure;
use super::prices::Share;
use super::tiers::Tiers;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// Prices as integers: money and quantities over powers of ten.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Integers {
    /// By term: what one of its integers costs.
    pub(super) money: Vec<i128>,
    /// By term: how much of the shown quantity it is.
    pub(super) quantity: Vec<i128>,
    /// Curves, each over a total of terms by their weights.
    pub(super) curves: Vec<(Vec<(usize, i128)>, Curve)>,
    pub(super) money_scale: u8,
    pub(super) quantity_scale: u8,
    pub(super) has_quantity: bool,
}

/// The sums of a group before a record, and what it adds to each term: integers over the terms' denominators.
pub(super) struct ShortRecord<'a> {
    pub(super) before: &'a [i128],
    pub(super) added: &'a [i128],
}

/// Integer prices, and what of them is known to fit 64 bits.
#[derive(Debug)]
pub(super) struct Class {
    integers: Integers,
    /// By term, money and quantity, if they are far enough from the ends of 64 bits.
    narrow: Option<Vec<(i64, i64)>>,
    /// Where all there is are tiers over the first term as it is: they, and the shown quantity of one of it.
    tiers: Option<(Tiers, i128)>,
}

/// So many terms of less than 2^62, each times less than this, do not leave 128 bits.
pub(super) const MOST_TERMS: usize = 8;
const MOST_FACTOR: u64 = 1 << 61;

impl Class {
    /// Of prices.
    pub(super) fn of(integers: Integers) -> Class {
        let near = |number: &i128| i64::try_from(*number).ok().filter(|near| near.unsigned_abs() < MOST_FACTOR);
        let both = |(money, quantity)| Some((near(money)?, near(quantity)?));
        let narrow = integers.money.iter().zip(&integers.quantity).map(both).collect::<Option<Vec<_>>>();
        let tiers = match (integers.money.as_slice(), integers.quantity.as_slice(), integers.curves.as_slice()) {
            ([0], [0], [(weights, curve)]) if *weights == [(0, 1)] => curve.tiers(integers.money_scale),
            _ => None,
        };
        Class { narrow: narrow.filter(|terms| terms.len() <= MOST_TERMS), tiers, integers }
    }

    /// What a record adds, if all of it fits 128 bits.
    pub(super) fn short(&self, record: &ShortRecord<'_>) -> Option<Share> {
        let integers = &self.integers;
        let (mut amount, mut quantity) = (0i128, 0i128);
        for ((added, money), counted) in record.added.iter().zip(&integers.money).zip(&integers.quantity) {
            amount = amount.checked_add(added.checked_mul(*money)?)?;
            quantity = quantity.checked_add(added.checked_mul(*counted)?)?;
        }
        for (weights, curve) in &integers.curves {
            let (mut before, mut added) = (0i128, 0i128);
            for (term, weight) in weights {
                before = before.checked_add(record.before.get(*term)?.checked_mul(*weight)?)?;
                added = added.checked_add(record.added.get(*term)?.checked_mul(*weight)?)?;
            }
            let (more, counted) = curve.difference(before, added)?;
            amount = amount.checked_add(more)?;
            quantity = quantity.checked_add(counted)?;
        }
        Some(self.share(amount, quantity))
    }

    /// The same of a record whose terms are all of less than 2^62 and have no curve; none where it takes more than a
    /// product for each term.
    #[inline]
    pub(super) fn linear(&self, added: &[i64]) -> Option<Share> {
        let terms = self.narrow.as_ref().filter(|_| self.integers.curves.is_empty())?;
        let (mut amount, mut counted) = (0i128, 0i128);
        for (added, (money, quantity)) in added.iter().zip(terms) {
            let added = i128::from(*added);
            amount = amount.wrapping_add(added.wrapping_mul(i128::from(*money)));
            counted = counted.wrapping_add(added.wrapping_mul(i128::from(*quantity)));
        }
        Some(self.share(amount, counted))
    }

    /// Where all there is are tiers over the first term: they, and the shown quantity of one of it.
    pub(super) fn tiers(&self) -> Option<(&Tiers, i128)> {
        self.tiers.as_ref().map(|(tiers, quantity)| (tiers, *quantity))
    }

    /// An amount and a quantity over the class's powers of ten.
    #[inline]
    pub(super) fn share(&self, amount: i128, quantity: i128) -> Share {
        let Integers { money_scale, quantity_scale, has_quantity, .. } = &self.integers;
        Share {
            quantity: has_quantity.then_some(Figure::Short { mantissa: quantity, scale: *quantity_scale }),
            amount: Figure::Short { mantissa: amount, scale: *money_scale },
        }
    }
}

/// All classes of a shard, by number.
#[derive(Debug, Default)]
pub(super) struct Classes {
    all: Vec<Class>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Classes {
    /// The number of prices, a new one if they are new. None where there are too many to count.
    pub(super) fn number(&mut self, integers: Integers) -> Option<u32> {
        let Classes { all, table, hasher } = self;
        let hash = hasher.hash_one(&integers);
        let is_same = |number: &u32| all.get(*number as usize).is_some_and(|class| class.integers == integers);
        if let Some(known) = table.find(hash, is_same) {
            return Some(*known);
        }
        let number = u32::try_from(all.len()).ok()?;
        all.push(Class::of(integers));
        let hash_of = |number: &u32| all.get(*number as usize).map_or(0, |class| hasher.hash_one(&class.integers));
        table.insert_unique(hash, number, hash_of);
        Some(number)
    }

    /// A class.
    #[inline]
    pub(super) fn get(&self, number: u32) -> Option<&Class> {
        self.all.get(number as usize)
    }
}
