//! The records of one declaration and one combination of its keys, and what is made of them.

use super::{Changes, Made};
use crate::ir::{Derived, Making};
use crate::reference::scope::{Context, Missing};

/// A declaration's records of the same keys.
#[derive(Clone, Debug, Default)]
pub(in crate::reference) struct Cell {
    /// By time, then by id.
    inputs: Vec<Made>,
    /// What is made of them, in the order of its time.
    pub(super) made: Vec<Made>,
    /// The records that something is missing for, so that nothing is made of them.
    pub(super) failed: Vec<(Made, Missing)>,
}

impl Cell {
    /// Some records are no more and others are new; what that changes of what is made.
    pub(super) fn change(&mut self, context: &Context<'_>, derived: &Derived, changes: Changes) -> Changes {
        for gone in &changes.gone {
            self.inputs.retain(|one| one != gone);
        }
        self.inputs.extend(changes.new);
        self.inputs.sort_by(|a, b| a.order().cmp(&b.order()));
        self.failed.clear();
        let made = match &derived.making {
            Making::Fold(fold) => super::fold::run(context, (derived.kind, fold), &self.inputs, &mut self.failed),
        };
        difference(std::mem::replace(&mut self.made, made), &self.made)
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
