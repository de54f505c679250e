//! Which streams and aggregates a charge or a grant takes, if only through meters: records that reach none of them have
//! no price. What only rules look at makes no price, so rules are watched over a program of their own.

use crate::ir::{Expr, Op, Over, Program, Trigger};
use std::collections::BTreeSet;

/// Marks what charges take, and where `watched` what rules look at.
pub(super) fn mark(program: &mut Program, watched: bool) {
    let mut seen = Seen::default();
    for rule in program.rules.iter().filter(|_| watched) {
        match &rule.trigger {
            Trigger::Becomes(condition) => visit(program, condition, &mut seen),
            Trigger::Reaches { value, levels } => {
                std::iter::once(value).chain(levels).for_each(|expr| visit(program, expr, &mut seen));
            }
            Trigger::Each { .. } => {}
        }
    }
    for charge in &program.charges {
        for expr in charge.body.expressions() {
            visit(program, expr, &mut seen);
        }
    }
    for grant in &program.grants {
        for expr in grant.expressions() {
            visit(program, expr, &mut seen);
        }
        for gives in &grant.gives {
            if let crate::ir::Gives::ForEach { stream } = gives {
                let aggregates = program.streams.get(*stream).map(|stream| stream.aggregates.as_slice());
                seen.aggregates.extend(aggregates.unwrap_or_default());
            }
        }
    }
    for (at, aggregate) in program.aggregates.iter_mut().enumerate() {
        aggregate.used = seen.aggregates.contains(&at);
        if let (true, Over::Stream(stream)) = (aggregate.used, &aggregate.over)
            && let Some(stream) = program.streams.get_mut(*stream)
        {
            stream.used = true;
        }
    }
    program.carries = seen.looks_back || program.streams.iter().any(|stream| stream.used && stream.goes_on());
    mark_derived(program);
}

/// What is made of others is used where a stream takes it, and so is all that it is made of.
fn mark_derived(program: &mut Program) {
    let streams = program.streams.iter().filter(|stream| stream.used).map(|stream| stream.kind);
    let mut kinds: BTreeSet<usize> = streams.collect();
    for one in program.derived.iter_mut().rev() {
        one.used = kinds.contains(&one.kind);
        if one.used {
            kinds.insert(one.source);
        }
    }
}

#[derive(Default)]
struct Seen {
    looks_back: bool,
    aggregates: BTreeSet<usize>,
    meters: BTreeSet<usize>,
}

fn visit(program: &Program, expr: &Expr, seen: &mut Seen) {
    let (mut inside, mut histories, mut splits) = (Vec::new(), Vec::new(), Vec::new());
    expr.walk(&mut |expr| match &expr.op {
        Op::Aggregate(at) => inside.push((Some(*at), None)),
        Op::Meter { meter, .. } => inside.push((None, Some(*meter))),
        Op::Split(split) => splits.push(split),
        Op::History(history) => {
            seen.looks_back = true;
            histories.push(&history.argument);
        }
        _ => {}
    });
    histories.into_iter().for_each(|argument| visit(program, argument, seen));
    for split in splits {
        split.rows.meters.iter().for_each(|meter| visit_meter(program, *meter, seen));
        visit(program, &split.weight, seen);
    }
    for (aggregate, meter) in inside {
        aggregate.into_iter().for_each(|at| visit_aggregate(program, at, seen));
        meter.into_iter().for_each(|at| visit_meter(program, at, seen));
    }
}

fn visit_aggregate(program: &Program, at: usize, seen: &mut Seen) {
    let Some(aggregate) = program.aggregates.get(at).filter(|_| seen.aggregates.insert(at)) else { return };
    if let Over::Rows(rows) | Over::Instants(crate::ir::Instants { rows, .. }) = &aggregate.over {
        rows.meters.iter().for_each(|meter| visit_meter(program, *meter, seen));
        aggregate.argument.iter().for_each(|argument| visit(program, argument, seen));
    }
}

fn visit_meter(program: &Program, at: usize, seen: &mut Seen) {
    if let Some(meter) = program.meters.get(at).filter(|_| seen.meters.insert(at)) {
        visit(program, &meter.value, seen);
        meter.opening.iter().for_each(|opening| visit(program, opening, seen));
    }
}
