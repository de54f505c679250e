//! What is kept of a group's records instead of themselves.

use super::folds::Fold;
use crate::exact::Rational;
use crate::ir::{AggregateFunction, Program, Stream};
use crate::model::{Interval, Symbol, Value};
use crate::reference::groups::Member;
use crate::reference::scope::{Outcome, internal};
use jiff::Timestamp;

/// Of which streams folds are kept, and what of time is kept apart in them.
#[derive(Clone, Debug, Default)]
pub(in crate::reference) struct Folding {
    /// By stream.
    pub(in crate::reference) streams: Vec<bool>,
    /// By stream, whether its records are kept too.
    pub(in crate::reference) lists: Vec<bool>,
    /// By stream, whether records may leave it again.
    pub(in crate::reference) may_shrink: Vec<bool>,
    /// The instants at which rates of the book may give way to others: what lies between two is kept apart.
    pub(in crate::reference) cuts: Vec<Timestamp>,
}

/// By time, then by id, then by the item of its list or the piece.
type Order = (Timestamp, Symbol, usize);

/// The folds of a group.
#[derive(Clone, Debug)]
pub(in crate::reference) struct Folded {
    /// Its number among all groups of the account whose records are not kept.
    pub(in crate::reference) number: Option<u32>,
    /// How many records it has.
    count: usize,
    /// One for each aggregate of the stream.
    columns: Vec<Fold<Order>>,
    /// What lies between two cuts, where there are any.
    eras: Vec<Era>,
}

/// What of a group lies between two cuts.
#[derive(Clone, Debug)]
struct Era {
    /// How many cuts lie before it.
    cuts: usize,
    /// When one of its records happened.
    time: Timestamp,
    count: usize,
    /// For each aggregate of the stream the sum, where it is one.
    sums: Vec<Rational>,
}

impl Folded {
    /// Of a stream's group without records.
    pub(in crate::reference) fn new(
        program: &Program,
        stream: (usize, &Stream),
        folding: &Folding,
        number: Option<u32>,
    ) -> Folded {
        let may_shrink = folding.may_shrink.get(stream.0).copied().unwrap_or(true);
        let fold = |at: &usize| match program.aggregates.get(*at).filter(|one| one.used) {
            Some(aggregate) => Fold::of(&aggregate.function, may_shrink),
            None => Fold::Count,
        };
        let columns = stream.1.aggregates.iter().map(fold).collect();
        Folded { number, count: 0, columns, eras: Vec::new() }
    }

    pub(in crate::reference) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// One record more.
    pub(in crate::reference) fn add(&mut self, program: &Program, stream: &Stream, folding: &Folding, member: &Member) {
        self.count += 1;
        let order = (member.time, Symbol::from(member.id()), member.item);
        for (column, (fold, at)) in self.columns.iter_mut().zip(&stream.aggregates).enumerate() {
            if let (Some(aggregate), Some(value)) = (program.aggregates.get(*at), member.value(column)) {
                fold.add(&aggregate.function, &order, value);
            }
        }
        if let Some(era) = self.era(stream, folding, member) {
            era.count += 1;
            era.change(member, |sum, number| sum + number);
        }
    }

    /// One record less.
    pub(in crate::reference) fn remove(&mut self, stream: &Stream, folding: &Folding, member: &Member) {
        self.count = self.count.saturating_sub(1);
        let order = (member.time, Symbol::from(member.id()), member.item);
        for (column, fold) in self.columns.iter_mut().enumerate() {
            member.value(column).into_iter().for_each(|value| fold.remove(&order, value));
        }
        if let Some(era) = self.era(stream, folding, member) {
            era.count = era.count.saturating_sub(1);
            era.change(member, |sum, number| sum - number);
        }
    }

    fn era(&mut self, stream: &Stream, folding: &Folding, member: &Member) -> Option<&mut Era> {
        if folding.cuts.is_empty() {
            return None;
        }
        let cuts = folding.cuts.partition_point(|cut| *cut <= member.time);
        let at = match self.eras.binary_search_by_key(&cuts, |era| era.cuts) {
            Ok(at) => at,
            Err(at) => {
                let sums = vec![Rational::zero(); stream.aggregates.len()];
                self.eras.insert(at, Era { cuts, time: member.time, count: 0, sums });
                at
            }
        };
        self.eras.get_mut(at)
    }

    fn within(&self, stretch: Interval) -> impl Iterator<Item = &Era> {
        self.eras.iter().filter(move |era| stretch.start <= era.time && era.time < stretch.end)
    }

    /// Whether there is a record in a stretch: where nothing gives way to anything, all of the window is one.
    pub(in crate::reference) fn any_within(&self, stretch: Option<Interval>) -> bool {
        match stretch.filter(|_| !self.eras.is_empty()) {
            Some(stretch) => self.within(stretch).any(|era| era.count > 0),
            None => self.count > 0,
        }
    }

    /// What an aggregate of the stream comes to.
    pub(in crate::reference) fn aggregate(
        &self,
        function: &AggregateFunction,
        column: usize,
        stretch: Option<Interval>,
    ) -> Outcome<Value> {
        let Some(stretch) = stretch.filter(|_| !self.eras.is_empty()) else {
            let fold = self.columns.get(column).ok_or_else(|| internal("no such aggregate"))?;
            return fold.value(function, (self.count, 0, 0));
        };
        match function {
            AggregateFunction::Sum => {
                let sums = self.within(stretch).filter_map(|era| era.sums.get(column));
                Ok(Value::Number(sums.fold(Rational::zero(), |total, sum| &total + sum)))
            }
            AggregateFunction::Count => {
                let count: usize = self.within(stretch).map(|era| era.count).sum();
                Ok(Value::Number(Rational::from(count as u64)))
            }
            _ => Err(internal("only sums are kept by stretches")),
        }
    }
}

impl Era {
    fn change(&mut self, member: &Member, with: impl Fn(&Rational, &Rational) -> Rational) {
        for (column, sum) in self.sums.iter_mut().enumerate() {
            if let Some(Value::Number(number)) = member.value(column) {
                *sum = with(sum, number);
            }
        }
    }
}
