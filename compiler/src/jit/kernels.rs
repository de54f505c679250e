//! The kernels of a program: which there are, and on which rung each batch runs.

use super::code::{Code, Width, Written};
use super::compile::{self, Order};
use super::graph::{Form, Layout};
use super::lower::Absence;
use super::plan::{self, Output, Plan, StreamPlan, is_planned};
use super::{Computed, Integers, Rung, Status, StreamColumns, Values, range};
use crate::columns::{Batch, Column, Dictionary, needed_fields};
use crate::ir::Program;
use crate::model::Field;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// So many kernels at most, over all kinds and scales: scales only grow in a run, so that more would be usage made to
/// fill memory. Batches of yet other scales are left to the definitions.
const MAX_PLANS: usize = 500;

/// The kernels of a program. They are compiled when a batch first needs them, and kept; several threads may use them.
/// Their memory is freed with the last handle.
#[derive(Debug)]
pub struct Kernels<'p> {
    program: &'p Program,
    dictionary: &'p Dictionary,
    plans: Mutex<HashMap<PlanKey, Arc<Planned>>>,
}

/// A kind, and how its columns are held.
type PlanKey = (usize, Vec<Layout>);

/// What was compiled, by what is known of a batch; none where it could not be compiled, which is our fault, but no reason
/// to stop.
type Codes = HashMap<(Rung, Absence), Option<Arc<Code>>>;

/// A plan, and what was compiled of it.
#[derive(Debug)]
struct Planned {
    plan: Plan,
    codes: Mutex<Codes>,
}

impl<'p> Kernels<'p> {
    /// For a program; `dictionary` must be the one by which the batches were read.
    #[must_use]
    pub fn new(program: &'p Program, dictionary: &'p Dictionary) -> Kernels<'p> {
        Kernels { program, dictionary, plans: Mutex::default() }
    }

    /// Computes a batch.
    #[must_use]
    pub fn run(&self, batch: &Batch) -> Computed {
        self.run_at(batch, Rung::Narrow)
    }

    /// Computes a batch on a rung, or on the next one that is proven to hold its numbers. The results are the same.
    #[must_use]
    pub fn run_at(&self, batch: &Batch, least: Rung) -> Computed {
        let Some(planned) = self.planned(batch.kind, batch.columns.iter().map(layout_of).collect()) else {
            return self.unsettled(batch);
        };
        let rung = range::rung(&planned.plan, range::mantissas_of(batch)).max(least);
        let nothing = planned.plan.streams.is_empty() && matches!(planned.plan.free, plan::FreePlan::Beyond);
        if rung == Rung::Rational || nothing {
            return self.unsettled(batch);
        }
        let written =
            planned.code(rung, absence_of(batch)).and_then(|code| code.run(batch, &widths(&planned.plan, rung)));
        written.map_or_else(|| self.unsettled(batch), |written| self.computed(batch, &planned.plan, written, rung))
    }

    /// On which rung each stream is expected to run on ordinary data: whole numbers within a million millions. None
    /// where a stream is of another kind, is not used, or goes over a list.
    #[must_use]
    pub fn expected_rung(&self, kind: usize) -> Vec<Option<Rung>> {
        let plan = plan::plan(self.program, self.dictionary, kind, &self.ordinary_layouts(kind));
        let rung = range::rung(&plan, range::ordinary);
        let streams = self.program.streams.iter().enumerate();
        let expected = |(at, stream)| {
            let is_compiled = plan.streams.iter().any(|planned| planned.stream == at);
            is_planned(stream, kind).then_some(if is_compiled { rung } else { Rung::Rational })
        };
        streams.map(expected).collect()
    }

    /// The kernel of each kind in Cranelift's intermediate form, as it is written for ordinary data.
    #[must_use]
    pub fn clif(&self) -> String {
        let kinds = self.program.schema.kinds.iter().enumerate();
        kinds.map(|(at, kind)| format!("; {}\n{}", kind.name, self.clif_of(at))).collect::<Vec<_>>().join("\n")
    }

    fn clif_of(&self, kind: usize) -> String {
        let plan = plan::plan(self.program, self.dictionary, kind, &self.ordinary_layouts(kind));
        let rung = range::rung(&plan, range::ordinary);
        let order = Order::of(&plan);
        let mut module = match compile::module() {
            Ok(module) => module,
            Err(fault) => return format!("; {fault}\n"),
        };
        let written = compile::written(&mut module, &plan, &order, (rung, Absence::Excluded));
        written.map_or_else(|fault| format!("; {fault}\n"), |context| context.func.display().to_string())
    }

    fn planned(&self, kind: usize, layouts: Vec<Layout>) -> Option<Arc<Planned>> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (kind, layouts);
        if let Some(known) = plans.get(&key) {
            return Some(known.clone());
        }
        if plans.len() >= MAX_PLANS {
            return None;
        }
        let plan = plan::plan(self.program, self.dictionary, kind, &key.1);
        let planned = Arc::new(Planned { plan, codes: Mutex::default() });
        plans.insert(key, planned.clone());
        Some(planned)
    }

    fn ordinary_layouts(&self, kind: usize) -> Vec<Layout> {
        let fields = self.program.schema.kinds.get(kind).map_or(&[][..], |kind| &kind.fields);
        let needed = needed_fields(self.program);
        let is_needed = |at: usize| needed.get(kind).is_some_and(|needed| needed.contains(&at));
        let layout = |(at, field): (usize, &Field)| match is_needed(at) {
            true => layout_of(&Column::for_field(field, true, 0)),
            false => Layout::Other,
        };
        fields.iter().enumerate().map(layout).collect()
    }

    /// What is said of a batch where no kernel runs.
    fn unsettled(&self, batch: &Batch) -> Computed {
        let streams = self.program.streams.iter();
        let stream = |stream| is_planned(stream, batch.kind).then(|| uncompiled(batch));
        let free = vec![Status::UNSETTLED; batch.len()];
        Computed { streams: streams.map(stream).collect(), free, rung: Rung::Rational }
    }

    fn computed(&self, batch: &Batch, plan: &Plan, written: Vec<Written>, rung: Rung) -> Computed {
        let mut written = written.into_iter();
        let free = written.next().map_or_else(Vec::new, Written::bytes);
        let mut compiled = plan.streams.iter().peekable();
        let mut columns = |(at, stream)| {
            if !is_planned(stream, batch.kind) {
                return None;
            }
            match compiled.next_if(|planned| planned.stream == at) {
                Some(planned) => Some(stream_columns(planned, &mut written)),
                None => Some(uncompiled(batch)),
            }
        };
        let streams = self.program.streams.iter().enumerate().map(&mut columns).collect();
        Computed { streams, free, rung }
    }
}

impl Planned {
    fn code(&self, rung: Rung, absence: Absence) -> Option<Arc<Code>> {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || Code::of(&self.plan, rung, absence).ok().map(Arc::new);
        codes.entry((rung, absence)).or_insert_with(make).clone()
    }
}

impl Written {
    fn bytes(self) -> Vec<u8> {
        match self {
            Written::Bytes(bytes) => bytes,
            Written::Narrow(_) | Written::Wide(_) => Vec::new(),
        }
    }

    fn values(self, denominator: i128) -> Values {
        let integers = match self {
            Written::Narrow(integers) => Integers::Narrow(integers),
            Written::Wide(integers) => Integers::Wide(integers),
            Written::Bytes(_) => Integers::Narrow(Vec::new()),
        };
        Values { integers, denominator }
    }
}

fn uncompiled(batch: &Batch) -> StreamColumns {
    StreamColumns { status: vec![Status::UNSETTLED; batch.len()], keys: Vec::new(), values: Vec::new() }
}

fn stream_columns(planned: &StreamPlan, written: &mut impl Iterator<Item = Written>) -> StreamColumns {
    let status = written.next().map_or_else(Vec::new, Written::bytes);
    let mut values = |output: &Output| {
        let written = written.next().unwrap_or(Written::Narrow(Vec::new()));
        written.values(output.denominator)
    };
    let keys = planned.keys.iter().map(&mut values).collect();
    let values = planned.values.iter().map(|output| output.as_ref().map(&mut values)).collect();
    StreamColumns { status, keys, values }
}

/// The widths of a kernel's outputs, in their order.
fn widths(plan: &Plan, rung: Rung) -> Vec<Width> {
    let width = |output: &Output| match (plan.graph.facts(output.id).form, rung) {
        (Form::Number, Rung::Wide | Rung::Checked) => Width::Wide,
        _ => Width::Narrow,
    };
    let of_stream = |stream: &StreamPlan| {
        std::iter::once(Width::Byte(Status::TAKEN)).chain(stream.outputs().iter().map(width)).collect::<Vec<_>>()
    };
    std::iter::once(Width::Byte(plan.free.usual_status())).chain(plan.streams.iter().flat_map(of_stream)).collect()
}

/// Whether numbers of a batch may be absent.
fn absence_of(batch: &Batch) -> Absence {
    let may_be = |column: &Column| matches!(column, Column::Numbers(numbers) if numbers.has_absent);
    if batch.columns.iter().any(may_be) { Absence::Possible } else { Absence::Excluded }
}

fn layout_of(column: &Column) -> Layout {
    match column {
        Column::Numbers(numbers) => Layout::Numbers(numbers.scale),
        Column::Texts(_) | Column::Members(_) => Layout::Codes,
        Column::Truths(_) => Layout::Truths,
        Column::Dates(_) | Column::Times(_) | Column::Clocks(_) => Layout::Integers,
        Column::Unread | Column::Lists(_) => Layout::Other,
    }
}
