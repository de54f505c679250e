//! Which fields of records a program reads.

use crate::ir::{Expr, Lasting, Op, Program};
use std::collections::BTreeSet;

/// For each kind, the fields that anything billed is made of, computed fields followed. A reader checks the others
/// and need not keep them.
#[must_use]
pub fn needed_fields(program: &Program) -> Vec<BTreeSet<usize>> {
    let mut needed = vec![BTreeSet::new(); program.schema.kinds.len()];
    let mut lets: BTreeSet<(usize, usize)> = BTreeSet::new();
    let mut open: Vec<(usize, &Expr)> = Vec::new();
    record_expressions(program, &mut |kind, expr| open.push((kind, expr)));
    for stream in &program.streams {
        if let (Some(list), Some(fields)) = (stream.list, needed.get_mut(stream.kind)) {
            fields.insert(list);
        }
    }
    for one in program.derived.iter().filter(|one| one.used) {
        // What is made of a record may be asked for any of its fields.
        let fields = program.schema.kinds.get(one.source).map_or(0, |kind| kind.fields.len());
        needed.get_mut(one.source).into_iter().for_each(|needed| needed.extend(0..fields));
    }
    for (kind, needed) in program.schema.kinds.iter().zip(&mut needed).filter(|(kind, _)| kind.fills_table()) {
        needed.extend(0..kind.fields.len());
    }
    while let Some((kind, expr)) = open.pop() {
        expr.walk(&mut |expr| match expr.op {
            Op::Field(field) => {
                needed.get_mut(kind).into_iter().for_each(|fields| {
                    fields.insert(field);
                });
            }
            Op::Let(at) if lets.insert((kind, at)) => {
                let computed = program.lets.get(kind).and_then(|lets| lets.get(at));
                open.extend(computed.map(|computed| (kind, &computed.value)));
            }
            _ => {}
        });
    }
    needed
}

/// Calls `visit` for each expression in record scope that a run asks for, with its kind. Computed fields
/// are not followed.
pub(super) fn record_expressions<'p>(program: &'p Program, visit: &mut dyn FnMut(usize, &'p Expr)) {
    for stream in program.streams.iter().filter(|stream| stream.used) {
        let arguments = stream.aggregates.iter().filter_map(|at| program.aggregates.get(*at));
        let arguments = arguments.filter(|one| one.used).filter_map(|one| one.argument.as_ref());
        let keys = stream.keys.iter().filter_map(|key| key.source.as_ref());
        stream.condition.iter().chain(keys).chain(arguments).for_each(|expr| visit(stream.kind, expr));
    }
    for (kind, lasting) in program.lasting.iter().enumerate() {
        lasting.iter().flat_map(Lasting::expressions).for_each(|expr| visit(kind, expr));
    }
    for free in &program.free {
        free.condition.iter().for_each(|expr| visit(free.kind, expr));
    }
}
