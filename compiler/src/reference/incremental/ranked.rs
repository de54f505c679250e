//! Values with how often each is there, of which the n-th is found by going on from the one that was asked for last.

use crate::model::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Bound;

/// Values in their order, the same one as often as it came.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranked {
    counts: BTreeMap<Value, usize>,
    /// A value that is there, and how many stand before it.
    last: RefCell<Option<(Value, usize)>>,
}

impl Ranked {
    pub(super) fn add(&mut self, value: &Value) {
        match self.counts.get_mut(value) {
            Some(count) => *count += 1,
            None => drop(self.counts.insert(value.clone(), 1)),
        }
        if let Some((last, before)) = self.last.get_mut()
            && value < last
        {
            *before += 1;
        }
    }

    pub(super) fn remove(&mut self, value: &Value) {
        let Some(count) = self.counts.get_mut(value) else { return };
        *count -= 1;
        let is_gone = *count == 0;
        if is_gone {
            self.counts.remove(value);
        }
        match self.last.get_mut() {
            Some((last, before)) if value < last => *before -= 1,
            Some((last, _)) if value == last && is_gone => {
                let next = self.counts.range((Bound::Excluded(value), Bound::Unbounded)).next();
                match next {
                    Some((next, _)) => *last = next.clone(),
                    None => *self.last.get_mut() = None,
                }
            }
            _ => {}
        }
    }

    /// How many different ones there are.
    pub(super) fn distinct(&self) -> usize {
        self.counts.len()
    }

    pub(super) fn least(&self) -> Option<&Value> {
        self.counts.keys().next()
    }

    pub(super) fn greatest(&self) -> Option<&Value> {
        self.counts.keys().next_back()
    }

    /// The one with so many before it.
    pub(super) fn nth(&self, rank: usize) -> Option<Value> {
        let mut place = self.last.borrow_mut();
        let (mut at, mut before) = match place.take() {
            Some(last) => last,
            None => (self.least()?.clone(), 0),
        };
        loop {
            let count = self.counts.get(&at).copied()?;
            let next = if rank < before {
                let (next, count) = self.counts.range(..&at).next_back()?;
                before -= count;
                next.clone()
            } else if rank >= before + count {
                let Some((next, _)) = self.counts.range((Bound::Excluded(&at), Bound::Unbounded)).next() else {
                    *place = Some((at, before));
                    return None;
                };
                before += count;
                next.clone()
            } else {
                *place = Some((at.clone(), before));
                return Some(at);
            };
            at = next;
        }
    }

    /// The k-th from the end, the last one being the first.
    pub(super) fn nth_greatest(&self, k: usize) -> Option<&Value> {
        let mut left = k;
        for (value, count) in self.counts.iter().rev() {
            if left <= *count {
                return Some(value);
            }
            left -= count;
        }
        None
    }

    /// How many are less than a value, where few are.
    pub(super) fn below(&self, value: &Value) -> usize {
        self.counts.range(..value).map(|(_, count)| count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::Rational;

    #[test]
    fn the_nth_is_that_of_a_sorted_list() {
        let number = |number: i64| Value::Number(Rational::from(number));
        let (mut ranked, mut list) = (Ranked::default(), Vec::new());
        for step in 0..400i64 {
            let value = number(step * 7919 % 23);
            match step % 5 {
                4 => {
                    let gone: Value = list.remove(usize::try_from(step).expect("small") * 31 % list.len());
                    ranked.remove(&gone);
                }
                _ => {
                    ranked.add(&value);
                    list.push(value);
                }
            }
            list.sort();
            let rank = usize::try_from(step * 101).expect("small") % (list.len() + 1);
            assert_eq!(ranked.nth(rank).as_ref(), list.get(rank), "step {step}");
            assert_eq!(ranked.nth_greatest(1), list.last());
            assert_eq!(ranked.below(&number(7)), list.iter().filter(|one| **one < number(7)).count());
        }
    }
}
