//! What the definitions make of records, beside what is computed here.

use super::{Arrived, Purpose, Shard};
use crate::bill::Standing;
use crate::compiled::figure::Figure;
use crate::compiled::place::LineText;
use crate::compiled::prices::Share;
use crate::compiled::rows::{Apart, RatedBlock, Row};
use crate::model::{Record, Step, Symbol, Value};
use crate::reference::RestRated;
use std::sync::Arc;

impl Shard<'_> {
    /// A record that the definitions alone rate. In a book whose period is given it stands as its own period says, and
    /// may have a part in others that are asked for.
    pub(super) fn take_apart(&mut self, arrived: &Arrived<'_>, record: &Record, out: &mut RatedBlock) {
        match self.rater.definitions.entries(record) {
            Err(reason) => self.note_unpriced(arrived, reason.into(), out),
            Ok(found) if found.is_empty() && self.is_fed(arrived, record) => out.rated += 1,
            Ok(found) if found.is_empty() => match self.rater.definitions.untaken(record) {
                Standing::Unpriced(reason) => self.note_unpriced(arrived, reason.into(), out),
                Standing::Free | Standing::Rated => self.note_free(arrived, out),
            },
            Ok(_) => match self.outside(arrived) {
                Some(reason) => self.note_unpriced(arrived, reason, out),
                None => out.rated += 1,
            },
        }
        self.write(arrived, &mut Vec::new(), out);
    }

    /// Whether others are made of a record that nothing takes by itself: it counts as rated for the present.
    pub(super) fn is_fed(&mut self, arrived: &Arrived<'_>, record: &Record) -> bool {
        let feeds = self.rater.feeds.get(record.kind) == Some(&true);
        if !feeds || self.outside(arrived).is_some() {
            return false;
        }
        self.fed.entry(arrived.account).or_default().push(arrived.number);
        true
    }

    /// Whether the book's period is given: then each period that is asked for is evaluated apart.
    pub(super) fn is_given(&self) -> bool {
        self.rater.program.header.period.step == Step::Given
    }

    /// Whether a record is rated by the definitions alone: each given period apart, or an account whose facts change.
    pub(super) fn is_apart(&self, arrived: &Arrived<'_>) -> bool {
        self.is_given() || self.is_dated(arrived)
    }

    pub(super) fn is_dated(&self, arrived: &Arrived<'_>) -> bool {
        self.rater.is_dated && self.accounts.get(arrived.account).is_some_and(|account| account.is_dated)
    }

    /// Whether the definitions are followed for a record, if only for some charges.
    pub(super) fn follows_definitions(&self, arrived: &Arrived<'_>) -> bool {
        let (rest, incremental) = (&self.rater.rest_charges, &self.rater.incremental);
        self.has_rest && (rest.contains(&true) || incremental.is_any() || self.is_dated(arrived))
    }

    /// What the definitions make of a record; the numbers of its groups of which they keep only folds.
    pub(super) fn rate_by_definition(
        &mut self,
        arrived: &Arrived<'_>,
        record: &Record,
        out: &mut RatedBlock,
    ) -> Vec<u32> {
        let Some(rest) = &mut self.rest else { return Vec::new() };
        match self.purpose {
            Purpose::Differences => {
                // What is made of others may fail on the way: the definitions say themselves whether it is taken then.
                let is_taken = self.scratch.is_taken && self.rater.feeds.get(record.kind) != Some(&true);
                let found = rest.rate(arrived.number, record, is_taken);
                let rows = self.rest_rows(arrived, found.rated);
                out.rows.extend(rows);
                found.groups
            }
            Purpose::Bills => rest.add(arrived.number, record),
        }
    }

    pub(super) fn rest_rows(&mut self, arrived: &Arrived<'_>, rated: Vec<RestRated>) -> Vec<Row> {
        let is_shared = self.rater.definitions.is_shared();
        let row = |one: RestRated| {
            let plain = LineText::plain(one.rated.line, one.rated.unit, one.rated.period_start);
            // Lines that are no more come last, by their ids.
            let order = match one.charge {
                None if one.rated.record.is_some() => (vec![Value::Text(plain.id.as_str().into())], plain.order.1),
                _ => plain.order.clone(),
            };
            let line = Arc::new(LineText { charge: one.charge.unwrap_or(usize::MAX), order, ..plain });
            let quantity = one.rated.quantity.map(Figure::long);
            let share = Share { quantity, amount: Figure::long(one.rated.amount) };
            let account = self.accounts.number(&self.rater.definitions, &one.rated.account);
            let share = self.in_decimals(account.unwrap_or(arrived.account), &line, share);
            let due = one.rated.record.is_none().then_some(one.rated.time);
            let is_apart = due.is_some() || is_shared;
            let apart = is_apart.then(|| Box::new(Apart { account: one.rated.account, due }));
            Row { place: arrived.arrival.place, apart, line, quantity: share.quantity, amount: share.amount }
        };
        rated.into_iter().map(row).collect()
    }

    /// A share as finite decimals that add up to the line.
    pub(super) fn in_decimals(&mut self, account: u32, line: &LineText, share: Share) -> Share {
        let key = (account, Symbol::from(line.id.as_str()), line.period_start);
        let (quantity, amount) = self.running.entry(key).or_default();
        Share {
            quantity: share.quantity.map(|one| Figure::long(quantity.next(&one.number()))),
            amount: Figure::long(amount.next(&share.amount.number())),
        }
    }

    /// The period of a record has begun, whether it has a price or not.
    pub(super) fn open_rest(&mut self, arrived: &Arrived<'_>, out: &mut RatedBlock) {
        if self.purpose == Purpose::Bills || !self.follows_definitions(arrived) {
            return;
        }
        let Some(record) = self.record(arrived) else { return };
        let rated = self.rest.as_mut().map(|rest| rest.open(&record)).unwrap_or_default();
        let rows = self.rest_rows(arrived, rated);
        out.rows.extend(rows);
    }
}
