//! The compiled evaluator: records by column through native kernels into the state of dense groups, and out as rated
//! records, each with what it adds to its lines (law 1).
//!
//! A [`Rater`] holds what all threads share: the program's [`Plan`], its kernels, the definitions. A [`Shard`] holds
//! the state of some of the accounts; blocks must come to it in the order of their arrival, and then its output
//! depends on nothing else. Charges that have no faster way are rated by the definitions
//! ([`crate::reference::Rest`]), and so is any record that a kernel can not settle.
//!
//! Reading order: [`plan`], [`prices`], [`curve`], [`class`], [`tiers`], [`groups`], [`sums`], [`shard`].
//!
//! Architecture invariants: for every record the same result as the reference, to the last digit; no arithmetic is
//! shared with it where a record is computed here.

mod arrival;
mod class;
mod curve;
mod figure;
mod groups;
mod keys;
mod place;
mod plan;
mod prices;
mod rows;
mod settled;
mod shard;
mod stream;
mod sums;
mod tiers;
mod totals;
mod windowed;

use crate::bill::Period;
use crate::columns::{Block, Dictionary};
use crate::ir::Program;
use crate::jit::{Computed, Kernels, Rung};
use crate::model::{Accounts, Interval, Step, Symbol};
use crate::reference::{Definitions, Incremental};
use crate::time::nests_in;
pub use arrival::Arrival;
pub use figure::{Figure, MAX_PLACES};
use jiff::Timestamp;
pub use place::LineText;
pub use plan::{ChargePlan, Class, Plan};
pub use rows::{Apart, RatedBlock, Row};
pub use shard::{Late, Purpose, Shard};
pub use tiers::Tiers;
pub use totals::Totals;

/// How a charge is rated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeReport {
    /// Its name.
    pub charge: Symbol,
    /// What a record's share in it depends on.
    pub class: Class,
    /// How wide the numbers of its records are expected to be.
    pub rung: Rung,
}

/// Whether a record can stand on no other bill than that of its own period.
fn is_within_period(program: &Program, charge: &crate::ir::Charge) -> bool {
    let windows = charge.longer_limits().map(|(_, window)| window).chain([&charge.window]);
    windows.into_iter().all(|window| nests_in(window, &program.header.period))
}

/// What all shards of a run share.
#[derive(Debug)]
pub struct Rater<'p> {
    program: &'p Program,
    dictionary: &'p Dictionary,
    plan: Plan<'p>,
    kernels: Kernels<'p>,
    definitions: Definitions<'p>,
    /// Which charges follow the definitions over all records, and those whose totals they take.
    rest_charges: Vec<bool>,
    rest_needed: Vec<bool>,
    /// Those that follow the definitions only where a record touches them.
    incremental: Incremental,
    /// The streams of both.
    rest_streams: Vec<bool>,
    /// For each kind, whether one of its streams goes over the items of a list, or over more of time than a moment.
    has_lists: Vec<bool>,
    /// For each kind, whether others are made of its records.
    feeds: Vec<bool>,
    /// Whether all windows of charges lie in the period.
    is_nested: bool,
    /// Whether records that have no price in the end are to be named.
    names_records: bool,
    /// Whether accounts are listed, which are billed whether they have usage or not.
    is_listed: bool,
    /// Whether facts of some account change.
    is_dated: bool,
}

impl<'p> Rater<'p> {
    /// For a program, what is known of its accounts, and the dictionary by which its records are read. `asked` are the
    /// periods of a book whose period is given.
    #[must_use]
    pub fn new(
        program: &'p Program,
        accounts: &'p Accounts,
        dictionary: &'p Dictionary,
        asked: &[Period],
    ) -> Rater<'p> {
        let plan = Plan::of(program);
        let rest_charges = plan.by_definition();
        let rest_needed = plan::with_those_they_total(program, rest_charges.clone());
        let kept = plan::streams_of(program, &rest_needed);
        let incremental = plan.incremental();
        let needed = plan::with_those_they_total(program, incremental.clone());
        // What grants give with each record is theirs alone.
        let streams = match incremental.contains(&true) {
            true => plan::streams_of(program, &needed),
            false => vec![false; program.streams.len()],
        };
        let rest_streams = kept.iter().zip(&streams).map(|(kept, streams)| *kept || *streams).collect();
        let incremental = Incremental::new(program, incremental, needed, streams, &kept, plan.settles());
        let definitions = Definitions::new(program, accounts, asked);
        // Items of lists, pieces, and records that count while they last.
        let slow =
            |one: &crate::ir::Stream| one.list.is_some() || one.pieces.is_some() || one.window.step == Step::Instant;
        let lists = |kind: usize| program.streams.iter().any(|one| one.used && one.kind == kind && slow(one));
        Rater {
            program,
            dictionary,
            kernels: Kernels::new(program, dictionary),
            is_dated: definitions.is_any_dated(),
            definitions,
            has_lists: (0..program.schema.kinds.len()).map(lists).collect(),
            feeds: (0..program.schema.kinds.len()).map(|kind| plan::is_source(program, kind)).collect(),
            is_nested: program.header.period.step != Step::Given
                && program.charges.iter().all(|charge| is_within_period(program, charge)),
            names_records: false,
            is_listed: false,
            plan,
            rest_charges,
            rest_needed,
            incremental,
            rest_streams,
        }
    }

    /// Accounts are listed, and billed whether they have usage or not: shards take note of all their periods.
    #[must_use]
    pub fn of_listed_accounts(self) -> Rater<'p> {
        Rater { is_listed: true, ..self }
    }

    /// Records that have no price in the end are named, and their numbers kept for that.
    #[must_use]
    pub fn naming_records(self) -> Rater<'p> {
        Rater { names_records: true, ..self }
    }

    /// The definitions.
    #[must_use]
    pub fn definitions(&self) -> &Definitions<'p> {
        &self.definitions
    }

    /// Whether some charge or account follows the definitions over all records, or others are made of records for a
    /// charge that follows them: then records are kept.
    #[must_use]
    pub fn keeps_records(&self) -> bool {
        let makes = self.incremental.is_any() && self.feeds.contains(&true);
        self.is_dated || self.rest_charges.contains(&true) || makes || self.plan.settles()
    }

    /// Whether some charge or account follows the definitions.
    fn follows_definitions(&self) -> bool {
        self.keeps_records() || self.incremental.is_any()
    }

    /// How its charges are rated.
    #[must_use]
    pub fn plan(&self) -> &Plan<'p> {
        &self.plan
    }

    /// How each charge is rated, and how wide the numbers are expected to be for ordinary data.
    #[must_use]
    pub fn reports(&self) -> Vec<ChargeReport> {
        let kinds = 0..self.program.schema.kinds.len();
        let expected: Vec<Vec<Option<Rung>>> = kinds.map(|kind| self.kernels.expected_rung(kind)).collect();
        let rung = |stream: usize| expected.iter().find_map(|kind| kind.get(stream).copied().flatten());
        let report = |(charge, plan): (&crate::ir::Charge, &ChargePlan<'_>)| {
            let widest = plan.streams().map(|stream| rung(stream).unwrap_or(Rung::Rational)).max();
            ChargeReport { charge: charge.name.clone(), class: plan.class, rung: widest.unwrap_or(Rung::Rational) }
        };
        self.program.charges.iter().zip(&self.plan.charges).map(report).collect()
    }

    /// The tiers of a charge over running totals in units of ten to the minus `places`, for a caller that numbers the
    /// groups itself. None where it is not one total through graduated tiers of plain rates, written as constants.
    #[must_use]
    pub fn tiers(&self, charge: &str, places: u8) -> Option<Tiers> {
        let at = self.program.charges.iter().position(|one| *one.name == *charge)?;
        let (charge, native) = (self.program.charges.get(at)?, self.plan.charges.get(at)?.native.as_ref()?);
        let ([piece], [tap]) = (native.pieces.as_slice(), native.taps.as_slice()) else { return None };
        let [price] = piece.body.prices.as_slice() else { return None };
        let is_constant = |expr: &crate::ir::Expr| matches!(expr.op, crate::ir::Op::Constant(_));
        if !price.price.expressions().into_iter().all(is_constant)
            || tap.terms.iter().any(|term| !term.factors.is_empty())
        {
            return None;
        }
        let interval = Interval { start: Timestamp::MIN, end: Timestamp::MIN };
        let anybody = Symbol::from("");
        let here = prices::Place { definitions: &self.definitions, account: &anybody, keys: &[], interval };
        let prices = prices::Prices::find(here, charge, native, tap).ok()?;
        let integers = prices.as_integers(&[10i128.checked_pow(u32::from(places))?])?;
        class::Class::of(integers).tiers().map(|(tiers, _)| tiers.clone())
    }

    /// The kernel of each kind in Cranelift's intermediate form, for ordinary data.
    #[must_use]
    pub fn clif(&self) -> String {
        self.kernels.clif()
    }

    /// What kernels can say of a block's records, before any state: one for each batch. Blocks may be computed in any
    /// order and at the same time.
    #[must_use]
    pub fn compute(&self, block: &Block) -> Vec<Computed> {
        block.batches.iter().map(|batch| self.kernels.run(batch)).collect()
    }

    /// The same on a rung no faster than this one.
    #[must_use]
    pub fn compute_at(&self, block: &Block, rung: Rung) -> Vec<Computed> {
        block.batches.iter().map(|batch| self.kernels.run_at(batch, rung)).collect()
    }
}
