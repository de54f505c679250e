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
        let anyone = anyone.filter(|period| context.has_a_bill(period.interval));
        let all: BTreeSet<Period> = anyone.chain(self.periods(account)).collect();
        all.into_iter().collect()
    }

    /// The periods of an account that begin before a moment, from the first in which anyone has a record, in order.
    #[must_use]
    pub fn periods_until(&self, account: &Symbol, moment: jiff::Timestamp) -> Vec<Period> {
        let known = self.periods_of_all(account);
        if self.given.is_some() {
            return known.into_iter().filter(|period| period.interval.start < moment).collect();
        }
        let context = self.context(account);
        let mut found: Vec<Period> = Vec::new();
        let mut at = known.first().map(|period| period.interval.start);
        while let Some(period) = at.filter(|at| *at < moment).and_then(|at| period_of(&context, at, &self.given)) {
            at = Some(period.interval.end).filter(|end| *end > period.interval.start);
            if context.has_a_bill(period.interval) || known.contains(&period) {
                found.push(period);
            }
        }
        found
    }
}
