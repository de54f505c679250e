//! Which records reach a value: those in the groups that it is made of, whatever branch is taken.

use super::evaluation::Evaluation;
use super::groups::Members;
use super::scope::Group;
use crate::ir::{Expr, Op, Over};
use crate::model::Step;
use std::collections::BTreeSet;

/// Calls `visit` for each group of records that the expressions are made of in a group, with the stretch that counts.
pub(super) fn reach(evaluation: &Evaluation<'_>, exprs: &[&Expr], group: &Group, visit: &mut dyn FnMut(&Members)) {
    let mut walk = Walk { evaluation, seen: BTreeSet::new(), visit };
    exprs.iter().for_each(|expr| walk.expr(expr, group));
}

struct Walk<'w> {
    evaluation: &'w Evaluation<'w>,
    /// The meters and groups that have been walked.
    seen: BTreeSet<(usize, Group)>,
    visit: &'w mut dyn FnMut(&Members),
}

impl Walk<'_> {
    fn expr(&mut self, expr: &Expr, group: &Group) {
        match &expr.op {
            Op::Aggregate(at) => self.aggregate(*at, group),
            Op::Meter { meter, keys } => {
                let keys: Option<Vec<_>> = keys.iter().map(|key| group.keys.get(*key).cloned()).collect();
                let inner = keys.and_then(|keys| self.evaluation.meter_group(*meter, keys, group).ok());
                inner.into_iter().for_each(|inner| self.meter(*meter, &inner));
            }
            Op::Split(split) => {
                self.expr(&split.amount, group);
                for (interval, keys) in self.evaluation.rows_in(&split.rows, group).unwrap_or_default() {
                    self.expr(&split.weight, &group.other(keys, interval));
                }
            }
            Op::History(history) => {
                for before in self.evaluation.windows_before(history, group).unwrap_or_default() {
                    self.expr(&history.argument, &Group::new(group.keys.clone(), before.interval));
                }
                history.opening.iter().for_each(|opening| self.expr(opening, group));
            }
            _ => expr.children().into_iter().for_each(|child| self.expr(child, group)),
        }
    }

    fn meter(&mut self, at: usize, group: &Group) {
        if let (true, Ok(meter)) = (self.seen.insert((at, group.clone())), self.evaluation.meter(at)) {
            self.expr(&meter.value, group);
            meter.opening.iter().for_each(|opening| self.expr(opening, group));
        }
    }

    /// Whether the records of a stream count while they last.
    fn is_level(&self, stream: usize) -> bool {
        let streams = &self.evaluation.context.program.streams;
        streams.get(stream).is_some_and(|stream| stream.window.step == Step::Instant)
    }

    fn aggregate(&mut self, at: usize, group: &Group) {
        let Ok(node) = self.evaluation.node(at) else { return };
        match &node.over {
            Over::Stream(stream) => {
                if self.is_level(*stream) {
                    let lasting = self.evaluation.usage.lasting(*stream, &group.keys);
                    let touching = lasting.filter(|member| member.touches(group.interval)).cloned();
                    return (self.visit)(&Members::of(touching));
                }
                let found = self.evaluation.usage.members(*stream, &group.keys, group.interval);
                found.into_iter().for_each(|members| (self.visit)(members));
            }
            Over::Rows(rows) => {
                let found = self.evaluation.rows_of(at, rows, group).unwrap_or_default();
                for (interval, keys) in found {
                    let row = group.other(keys, interval);
                    node.argument.iter().for_each(|argument| self.expr(argument, &row));
                }
            }
            Over::Instants(instants) => {
                let window = self.evaluation.so_far(group.interval);
                for keys in self.evaluation.instant_keys(&instants.rows, group).unwrap_or_default() {
                    let inside = Group::new(keys, window);
                    node.argument.iter().for_each(|argument| self.expr(argument, &inside));
                }
            }
        }
    }
}
