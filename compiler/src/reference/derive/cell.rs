//! The records of one declaration and one combination of its keys, and what is made of them.

use super::fold::{Machine, Step};
use super::{Changes, Made};
use crate::ir::{Derived, Making, StateMachine};
use crate::reference::scope::{Context, Missing};
use jiff::Timestamp;

/// A declaration's records of the same keys.
#[derive(Clone, Debug, Default)]
pub(in crate::reference) struct Cell {
    /// By time, then by id.
    inputs: Vec<Made>,
    /// What a fold does with each of them.
    steps: Vec<Step>,
    /// The spans that they make, in the order of their start; or how long each of them lasts.
    spans: Vec<Made>,
    /// When the last of the spans passes its limit, if it is open.
    pub(super) waits: Option<Timestamp>,
    /// For each span its first record, by its place among the inputs.
    starts: Vec<usize>,
}

/// What something is missing for, with what that is.
pub(super) type Failed = Vec<(Made, Missing)>;

impl Cell {
    /// What is made.
    pub(super) fn made(&self) -> impl Iterator<Item = &Made> {
        self.spans.iter().chain(self.steps.iter().filter_map(|step| step.made.as_ref()))
    }

    /// Some records are no more and others are new; what that changes of what is made. `seen` is when the last record
    /// happened that the declaration takes.
    pub(super) fn change(
        &mut self,
        context: &Context<'_>,
        derived: &Derived,
        (changes, seen): (Changes, Option<Timestamp>),
        failed: &mut Failed,
    ) -> Changes {
        match &derived.making {
            Making::Fold(fold) => self.change_fold(context, (derived.kind, fold), changes, failed),
            Making::Spans(spans) => {
                // A span that began before the first change may go on, and so may the last one; all before it stay as they are.
                let (first, _) = self.change_inputs(changes);
                let known = self.starts.partition_point(|start| *start < first).saturating_sub(1);
                let start = self.starts.get(known).copied().filter(|start| *start < first).unwrap_or(0);
                let known = if start == 0 { 0 } else { known };
                let rest = self.inputs.get(start..).unwrap_or_default();
                let found = super::spans::run(context, (derived.kind, spans), (rest, seen), failed);
                self.waits = found.waits;
                let before = self.spans.split_off(known);
                self.starts.truncate(known);
                self.starts.extend(found.starts.into_iter().map(|at| start + at));
                self.spans.extend(found.made);
                difference(before, self.spans.get(known..).unwrap_or_default())
            }
            Making::UntilNext => {
                let untouched = self.change_inputs(changes);
                self.change_next(derived.kind, untouched)
            }
        }
    }

    /// How many of the records before those that are new or no more, and how many behind them, are what they were.
    fn change_inputs(&mut self, changes: Changes) -> (usize, usize) {
        let (mut before, mut behind) = (usize::MAX, usize::MAX);
        for gone in &changes.gone {
            let Some(at) = self.inputs.iter().rposition(|one| one == gone) else { continue };
            self.inputs.remove(at);
            (before, behind) = (before.min(at), behind.min(self.inputs.len() - at));
        }
        for new in changes.new {
            let at = self.place(&new);
            (before, behind) = (before.min(at), behind.min(self.inputs.len() - at));
            self.inputs.insert(at, new);
        }
        (before, behind)
    }

    /// What lasts until the next record is made anew from the one before the first that is new or no more.
    fn change_next(&mut self, kind: usize, (before, behind): (usize, usize)) -> Changes {
        let first = before.saturating_sub(1);
        let (Some(last), Some(last_made)) =
            (self.inputs.len().checked_sub(behind), self.spans.len().checked_sub(behind))
        else {
            return Changes::default();
        };
        let made =
            (first..last).filter_map(|at| Some(super::next::made(kind, self.inputs.get(at)?, self.inputs.get(at + 1))));
        let made: Vec<Made> = made.collect();
        let gone: Vec<Made> = self.spans.splice(first..last_made, made).collect();
        difference(gone, self.spans.get(first..last).unwrap_or_default())
    }

    /// A fold goes on from the first record that is new or no more, to where its states are what they were.
    fn change_fold(
        &mut self,
        context: &Context<'_>,
        (kind, fold): (usize, &StateMachine),
        changes: Changes,
        failed: &mut Failed,
    ) -> Changes {
        let (mut first, mut last) = (self.inputs.len() + changes.new.len(), 0);
        let mut changed = Changes::default();
        for gone in &changes.gone {
            let Some(at) = self.inputs.iter().rposition(|one| one == gone) else { continue };
            self.inputs.remove(at);
            changed.gone.extend(self.steps.remove(at).made);
            (first, last) = (first.min(at), last.max(at));
        }
        if self.inputs.is_empty() {
            self.inputs = changes.new;
            self.inputs.sort_by(|a, b| a.order().cmp(&b.order()));
            self.steps = vec![Step::default(); self.inputs.len()];
            (first, last) = (0, self.inputs.len());
        } else {
            for new in changes.new {
                let at = self.place(&new);
                self.inputs.insert(at, new);
                self.steps.insert(at, Step::default());
                (first, last) = (first.min(at), (last + 1).max(at + 1));
            }
        }
        let machine = Machine::new(context, kind, fold);
        let may_stop = !machine.looks_back();
        for at in first..self.inputs.len() {
            let (Some(input), Some((before, _))) = (self.inputs.get(at), self.steps.split_at_checked(at)) else {
                break;
            };
            let (step, missing) = machine.step(before.last(), input);
            failed.extend(missing.map(|missing| (input.clone(), missing)));
            let Some(place) = self.steps.get_mut(at) else { break };
            let known = std::mem::replace(place, step);
            if known.made != place.made {
                changed.gone.extend(known.made);
                changed.new.extend(place.made.clone());
            }
            if at >= last && may_stop && known.now == place.now {
                break;
            }
        }
        changed
    }

    /// Where a record stands, by time, then by id.
    fn place(&self, new: &Made) -> usize {
        self.inputs.partition_point(|one| one.order() < new.order())
    }
}

/// What differs between two lists in the order of time.
fn difference(mut before: Vec<Made>, after: &[Made]) -> Changes {
    let same = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let rest = (before.len() - same, after.len() - same);
    let ends = before.iter().rev().zip(after.iter().rev()).take(rest.0.min(rest.1));
    let same_at_end = ends.take_while(|(a, b)| a == b).count();
    let new = after.get(same..after.len() - same_at_end).unwrap_or_default().to_vec();
    before.truncate(before.len() - same_at_end);
    Changes { gone: before.split_off(same), new }
}
