//! What one record has under each name.

use super::scan::{Shape, Token};

/// The tokens of one record after the other, by slot.
#[derive(Debug, Default)]
pub struct Row<'t> {
    tokens: Vec<Stamped<'t>>,
    stamp: u64,
    seen: Vec<usize>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Stamped<'t> {
    /// Of which record it is.
    stamp: u64,
    token: Token<'t>,
}

impl<'t> Row<'t> {
    /// Begins a record.
    #[inline]
    pub fn begin(&mut self) {
        self.stamp += 1;
        self.seen.clear();
    }

    /// A name came with this token; none if it came before.
    #[inline]
    pub fn put(&mut self, slot: usize, token: Token<'t>) -> Option<()> {
        if slot >= self.tokens.len() {
            self.tokens.resize(slot + 1, Stamped::default());
        }
        let place = self.tokens.get_mut(slot)?;
        if place.stamp == self.stamp {
            return None;
        }
        *place = Stamped { stamp: self.stamp, token };
        self.seen.push(slot);
        Some(())
    }

    /// Whether the name came at all.
    #[inline]
    pub fn has(&self, slot: usize) -> bool {
        self.tokens.get(slot).is_some_and(|place| place.stamp == self.stamp)
    }

    /// What the name stands for, if anything.
    #[inline]
    pub fn get(&self, slot: usize) -> Option<&Token<'t>> {
        let place = self.tokens.get(slot).filter(|place| place.stamp == self.stamp)?;
        (place.token.shape != Shape::Null).then_some(&place.token)
    }

    /// The names that came, in their order.
    pub fn seen(&self) -> &[usize] {
        &self.seen
    }
}
