//! Accounts without usage: what is due all the same, such as a minimum, in every period of a run.

use super::{Reference, period_of};
use crate::bill::Period;
use crate::model::Symbol;
use std::collections::BTreeSet;

impl Reference<'_> {
    /// The periods of an account that is billed whether it has usage or not: those in which anyone has a record.
    #[must_use]
    pub fn periods_of_all(&self, account: &Symbol) -> Vec<Period> {
        let context = self.context(account);
        let anyone = self.records.iter().filter_map(|record| period_of(&context, record.time, &self.given));
        let all: BTreeSet<Period> = anyone.chain(self.periods(account)).collect();
        all.into_iter().collect()
    }
}
