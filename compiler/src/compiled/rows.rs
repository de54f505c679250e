//! What comes out of a shard: rated records, and in which order those of one record stand.

use super::figure::Figure;
use super::place::LineText;
use super::prices::Share;
use crate::model::{Interval, Symbol, Value};
use jiff::Timestamp;
use std::sync::Arc;

/// A rated record, or what is due without usage.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The record's place in its block.
    pub place: u32,
    /// Whose it is, where that may be another account than the record's.
    pub apart: Option<Box<Apart>>,
    /// The line.
    pub line: Arc<LineText>,
    /// What it adds to the line's quantity.
    pub quantity: Option<Figure>,
    /// What it adds to the line's exact amount.
    pub amount: Figure,
}

/// A row that is not of the record at its place, or not on the bill of the record's own account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apart {
    /// On whose bill the line stands.
    pub account: Symbol,
    /// Since when it is due, where it is due without usage: before the record at its place.
    pub due: Option<Timestamp>,
}

/// What became of the records of a block that belong to a shard.
#[derive(Clone, Debug, Default)]
pub struct RatedBlock {
    /// The rated records, by place; those of one record in the order of the bill.
    pub rows: Vec<Row>,
    /// How many records a charge takes.
    pub rated: u64,
    /// How many cost nothing.
    pub free: u64,
    /// The places of those without a price, with what is missing.
    pub unpriced: Vec<(u32, Arc<str>)>,
}

impl Row {
    /// What is due comes first; then account by account, bill by bill, charge by charge, and last what is no more.
    pub(super) fn order(&self) -> (bool, Option<&Symbol>, Timestamp, usize, &(Vec<Value>, Interval)) {
        if self.due().is_some() {
            return (false, None, Timestamp::MIN, 0, &self.line.order);
        }
        let account = self.apart.as_ref().map(|apart| &apart.account);
        (true, account, self.line.period_start, self.line.charge, &self.line.order)
    }

    /// Since when it is due, where it is due without usage.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        self.apart.as_ref().and_then(|apart| apart.due)
    }
}

/// What a record adds to a line.
#[derive(Debug)]
pub(super) struct Touched {
    pub(super) charge: usize,
    pub(super) line: u32,
    pub(super) share: Share,
}

/// One entry for each line.
pub(super) fn merge(touched: &mut Vec<Touched>) {
    touched.sort_by_key(|one| (one.charge, one.line));
    touched.dedup_by(|later, first| {
        let same = later.charge == first.charge && later.line == first.line;
        if same {
            first.share.amount = first.share.amount.plus(&later.share.amount);
            first.share.quantity = match (first.share.quantity.take(), &later.share.quantity) {
                (Some(a), Some(b)) => Some(a.plus(b)),
                (a, b) => a.or_else(|| b.clone()),
            };
        }
        same
    });
}
