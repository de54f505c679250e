//! What of a book has been used: which tiers, which rows of tables, which branches. `florin test` says what no test has
//! priced.

use crate::ir::{Body, Expr, Op, Price, Program, Tier};
use crate::model::Symbol;
use crate::source::Span;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The places that an evaluation came by.
#[derive(Debug, Default)]
pub struct Coverage(Mutex<BTreeSet<Span>>);

impl Coverage {
    /// Takes note of a place.
    pub(super) fn mark(&self, span: Span) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(span);
    }

    /// What of a program was not used, in the order of the book.
    #[must_use]
    pub fn unused(&self, program: &Program) -> Vec<Unused> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut unused: Vec<Unused> = all(program).into_iter().filter(|one| !seen.contains(&one.span)).collect();
        unused.sort_by_key(|one| one.span);
        unused.dedup();
        unused
    }
}

/// A place that no evaluation came by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unused {
    /// What stands there.
    pub what: Usable,
    /// Where it stands.
    pub span: Span,
}

/// What may be used or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Usable {
    /// A tier of this charge.
    Tier(Symbol),
    /// A row of this table.
    Row(Symbol),
    /// One side of an `if`, or an arm of a `match`.
    Branch,
}

/// Everything of a program that can be used.
fn all(program: &Program) -> Vec<Unused> {
    let mut found = Vec::new();
    // What comes as records is not the book's to be tested.
    for table in program.tables.iter().map(|one| &one.table).filter(|table| table.filling.is_none()) {
        found.extend(table.rows.iter().map(|row| Unused { what: Usable::Row(table.name.clone()), span: row.span }));
    }
    for charge in &program.charges {
        let tier = |tier: &Tier| Unused { what: Usable::Tier(charge.name.clone()), span: tier.span };
        found.extend(tiers(&charge.body).into_iter().map(tier));
    }
    for expr in expressions(program) {
        expr.walk(&mut |expr| found.extend(branches(expr)));
    }
    found
}

fn tiers(body: &Body) -> Vec<&Tier> {
    let own = body.all_prices().flat_map(|dated| match &dated.price {
        Price::Graduated(tiers) | Price::Volume(tiers) => tiers.tiers.as_slice(),
        Price::Rate(_) => &[],
    });
    own.chain(body.parts.iter().flat_map(|part| tiers(&part.body))).collect()
}

fn branches(expr: &Expr) -> Vec<Unused> {
    let branch = |value: &Expr| Unused { what: Usable::Branch, span: value.span };
    match &expr.op {
        Op::If(_, yes, no) => vec![branch(yes), branch(no)],
        Op::Match { arms, otherwise, .. } => {
            arms.iter().map(|(_, value)| branch(value)).chain(otherwise.as_deref().map(branch)).collect()
        }
        _ => Vec::new(),
    }
}

fn expressions(program: &Program) -> Vec<&Expr> {
    let lets = program.lets.iter().flatten().map(|one| &one.value);
    let streams = program
        .streams
        .iter()
        .flat_map(|stream| stream.condition.iter().chain(stream.keys.iter().filter_map(|key| key.source.as_ref())));
    let arguments = program.aggregates.iter().filter_map(|aggregate| aggregate.argument.as_ref());
    let meters = program.meters.iter().map(|meter| &meter.value);
    let charges = program.charges.iter().flat_map(|charge| charge.body.expressions());
    let free = program.free.iter().filter_map(|free| free.condition.as_ref());
    let derived = program.derived.iter().flat_map(|one| one.expressions());
    lets.chain(derived).chain(streams).chain(arguments).chain(meters).chain(charges).chain(free).collect()
}
