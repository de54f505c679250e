//! What is made of what: which meters and charges take a stream, a meter, or the total of a charge.

use super::members::Folding;
use crate::ir::{Body, Charge, Expr, Op, Over, Price, Program};
use crate::model::Window;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The charges that are computed again only where a record touches them, and all that they are made of.
#[derive(Clone, Debug)]
pub struct Incremental {
    /// The charges that are wanted.
    pub(in crate::reference) wanted: Vec<bool>,
    /// Those, and all whose totals they take.
    pub(in crate::reference) needed: Vec<bool>,
    /// The streams that those take.
    pub streams: Vec<bool>,
    /// How the streams are kept.
    pub(in crate::reference) folding: Folding,
    /// By stream, who takes it.
    pub(super) of_streams: Vec<Vec<Owner>>,
    /// By meter, who takes it.
    pub(super) of_meters: Vec<Vec<Taker>>,
    /// By charge, the charges that take its total.
    pub(super) of_totals: Vec<Vec<usize>>,
    /// Whether grants cover some of them, which are settled as records come.
    pub settles: bool,
    /// Who has means over windows that count from the account's first record on.
    pub(super) from_first: Vec<Owner>,
}

/// A meter or a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    Meter(usize),
    Charge(usize),
}

/// Who takes a meter, and how.
#[derive(Clone, Debug)]
pub(super) struct Taker {
    pub(super) owner: Owner,
    pub(super) how: How,
    /// Whether it is there where the meter has a value.
    pub(super) counts: bool,
}

/// How a meter is taken.
#[derive(Clone, Debug)]
pub(super) enum How {
    /// As it stands: for each of its keys the key of its taker.
    Direct(Vec<usize>),
    /// Its rows, by an aggregate.
    Rows(usize),
}

impl Owner {
    /// A place for it in lists of meters, then charges.
    pub(super) fn at(self, program: &Program) -> usize {
        match self {
            Owner::Meter(at) => at,
            Owner::Charge(at) => program.meters.len() + at,
        }
    }

    pub(super) fn window(self, program: &Program) -> Option<&Window> {
        match self {
            Owner::Meter(at) => program.meters.get(at).map(|meter| &meter.window),
            Owner::Charge(at) => program.charges.get(at).map(|charge| &charge.window),
        }
    }

    /// How many keys it has, those of `for each` too.
    pub(super) fn key_count(self, program: &Program) -> usize {
        match self {
            Owner::Meter(at) => program.meters.get(at).map_or(0, |meter| meter.keys.len()),
            Owner::Charge(at) => program.charges.get(at).map_or(0, |charge| charge.keys.len() + charge.for_each.len()),
        }
    }
}

impl Incremental {
    /// Of the `wanted` charges; `needed` are those and all whose totals they take, `streams` what those take, `kept` the
    /// streams whose records are kept whatever they are; whether all `settles` what grants cover.
    #[must_use]
    pub fn new(
        program: &Program,
        wanted: Vec<bool>,
        needed: Vec<bool>,
        streams: Vec<bool>,
        kept: &[bool],
        settles: bool,
    ) -> Incremental {
        // What is made of others may be made again; and with it all may be made anew.
        let makes = program.derived.iter().any(|one| one.used);
        let is_made = |kind: usize| program.schema.kinds.get(kind).is_some_and(crate::model::Kind::is_derived);
        let folding = Folding {
            streams: streams.clone(),
            lists: kept.iter().map(|kept| *kept || makes || settles).collect(),
            may_shrink: program.streams.iter().map(|stream| settles || is_made(stream.kind)).collect(),
            cuts: cuts(program),
        };
        let mut found = Incremental {
            folding,
            of_streams: vec![Vec::new(); program.streams.len()],
            of_meters: vec![Vec::new(); program.meters.len()],
            of_totals: vec![Vec::new(); program.charges.len()],
            settles,
            from_first: Vec::new(),
            wanted,
            needed: needed.clone(),
            streams,
        };
        for (at, charge) in program.charges.iter().enumerate().filter(|(at, _)| needed.get(*at) == Some(&true)) {
            found.charge(program, at, charge);
        }
        found
    }

    /// Whether any charge is wanted.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.wanted.contains(&true)
    }

    pub(super) fn wants(&self, charge: usize) -> bool {
        self.wanted.get(charge) == Some(&true)
    }

    pub(super) fn needs(&self, charge: usize) -> bool {
        self.needed.get(charge) == Some(&true)
    }

    fn charge(&mut self, program: &Program, at: usize, charge: &Charge) {
        let owner = Owner::Charge(at);
        self.of_stream(charge.stream, owner);
        let quantities = charge.body.quantities();
        for expr in charge.body.expressions() {
            let counts = charge.stream.is_none() && quantities.iter().any(|one| std::ptr::eq(*one, expr));
            self.expression(program, owner, expr, counts);
            expr.walk(&mut |expr| {
                if let Op::Total(taken) = &expr.op {
                    for one in taken {
                        let takers = self.of_totals.get_mut(*one);
                        takers.into_iter().filter(|takers| !takers.contains(&at)).for_each(|takers| takers.push(at));
                    }
                }
            });
        }
    }

    fn of_stream(&mut self, stream: Option<usize>, owner: Owner) {
        let owners = stream.and_then(|stream| self.of_streams.get_mut(stream));
        owners.into_iter().filter(|owners| !owners.contains(&owner)).for_each(|owners| owners.push(owner));
    }

    /// Takes note of all that an expression takes.
    fn expression(&mut self, program: &Program, owner: Owner, expr: &Expr, counts: bool) {
        let mut found: Vec<(usize, How)> = Vec::new();
        expr.walk(&mut |expr| match &expr.op {
            Op::Meter { meter, keys } => found.push((*meter, How::Direct(keys.clone()))),
            Op::Aggregate(at) => {
                if let Some(Over::Rows(rows)) = program.aggregates.get(*at).map(|one| &one.over) {
                    found.extend(rows.meters.iter().map(|meter| (*meter, How::Rows(*at))));
                    if rows.every_window && !self.from_first.contains(&owner) {
                        self.from_first.push(owner);
                    }
                }
            }
            _ => {}
        });
        for (meter, how) in found {
            let Some(takers) = self.of_meters.get_mut(meter) else { continue };
            takers.push(Taker { owner, how, counts });
            self.meter(program, meter);
        }
    }

    /// A meter that is taken; once.
    fn meter(&mut self, program: &Program, at: usize) {
        let owner = Owner::Meter(at);
        let Some(meter) = program.meters.get(at) else { return };
        if self.of_meters.get(at).is_none_or(|takers| takers.len() > 1) {
            return;
        }
        self.of_stream(meter.stream, owner);
        self.expression(program, owner, &meter.value, meter.stream.is_none());
    }
}

/// The instants at which a rate of the book may give way to another one.
fn cuts(program: &Program) -> Vec<Timestamp> {
    let mut cuts: BTreeSet<Timestamp> = BTreeSet::new();
    let rows = program.tables.iter().flat_map(|one| &one.table.rows);
    cuts.extend(rows.filter_map(|row| row.since));
    program.charges.iter().for_each(|charge| of_body(&charge.body, &mut cuts));
    cuts.into_iter().collect()
}

fn of_body(body: &Body, cuts: &mut BTreeSet<Timestamp>) {
    cuts.extend(body.prices.iter().filter_map(|dated| {
        let (Price::Rate(_) | Price::Graduated(_) | Price::Volume(_)) = &dated.price;
        dated.since
    }));
    body.parts.iter().for_each(|part| of_body(&part.body, cuts));
}
