//! Which accounts are billed or counted together.

use std::collections::BTreeSet;

/// What a book says of accounts that belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sharing {
    /// The fact that names who pays for an account: `bill to account.parent`.
    pub bill_to: Option<usize>,
    /// The facts by which accounts count as one where each has a bill of its own: `by account.group pooled over
    /// account`. None where somebody pays for them.
    pub pools: BTreeSet<usize>,
}

impl Sharing {
    /// Whether the usage of one account may change the bill of another.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.bill_to.is_some() || !self.pools.is_empty()
    }
}
