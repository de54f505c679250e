//! Folds and spans: their expressions, each in the scope of a record.

use super::expr::Lowering;
use super::keys;
use crate::ir::{self, Program};
use crate::typed::{self, Making, State};

pub(super) fn derived(program: &mut Program, one: typed::Derived) -> ir::Derived {
    let keys = keys(program, one.keys);
    let mut lowering = Lowering::new(program, None);
    ir::Derived {
        name: one.name,
        kind: one.kind,
        source: one.source,
        condition: one.condition.map(|condition| lowering.expr(condition)),
        keys,
        making: match one.making {
            Making::Fold(fold) => Making::Fold(machine(&mut lowering, fold)),
            Making::UntilNext => Making::UntilNext,
            Making::Spans(typed::Spans { starts, ends, at_most, gap }) => Making::Spans(typed::Spans {
                starts: starts.map(|starts| lowering.expr(starts)),
                ends: ends.map(|ends| lowering.expr(ends)),
                at_most,
                gap,
            }),
        },
        used: false,
        span: one.span,
    }
}

fn machine(lowering: &mut Lowering<'_>, fold: typed::Fold<typed::Expr>) -> ir::StateMachine {
    let state = |state: State<typed::Expr>, lowering: &mut Lowering<'_>| State {
        name: state.name,
        initial: state.initial.map(|initial| lowering.expr(initial)),
        next: lowering.expr(state.next),
    };
    typed::Fold {
        window: fold.window,
        forget: fold.forget,
        states: fold.states.into_iter().map(|one| state(one, lowering)).collect(),
        lets: fold.lets.into_iter().map(|(name, value)| (name, lowering.expr(value))).collect(),
        yields: fold.yields.into_iter().map(|(name, value)| (name, lowering.expr(value))).collect(),
    }
}
