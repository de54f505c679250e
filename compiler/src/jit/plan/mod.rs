//! From a kind's expressions to a graph of integer operations, for the scales of a batch's columns.

mod civil;
mod decide;
mod expr;
mod lookup;
mod number;

use super::Status;
use super::civil::{Civil, Question};
use super::graph::{Form, Graph, Id, Layout, Node};
use super::search::Search;
use super::unit::Unit;
use crate::columns::Dictionary;
use crate::ir::{Expr, Program, Stream};
use crate::time::Zone;
use std::collections::HashMap;
use std::sync::Arc;

/// Streams of a kind that would make more nodes are left to the definitions: compiling them would take seconds.
const MAX_NODES: usize = 20_000;

/// What kernels can not compute: the definitions do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beyond;

/// What a kernel computes of the records of a kind.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) graph: Graph,
    /// The streams that a kernel computes, in the program's order.
    pub(super) streams: Vec<StreamPlan>,
    /// Whether each record costs nothing.
    pub(super) free: FreePlan,
    /// The tables that are looked up.
    pub(super) searches: Vec<Arc<Search>>,
    /// What is asked of the calendar.
    pub(super) civil: Arc<Civil>,
}

/// What a kernel computes of a stream.
#[derive(Debug)]
pub(super) struct StreamPlan {
    /// The stream.
    pub(super) stream: usize,
    /// Which records it takes; all, where there is none.
    pub(super) condition: Option<Id>,
    /// Its keys.
    pub(super) keys: Vec<Output>,
    /// The arguments of its aggregates.
    pub(super) values: Vec<Option<Output>>,
}

/// Whether records cost nothing.
#[derive(Debug)]
pub(super) enum FreePlan {
    /// None of them.
    Never,
    /// All of them.
    Always,
    /// Those that fulfil a condition.
    Where(Id),
    /// A kernel can not tell.
    Beyond,
}

/// A value that a kernel gives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    pub(super) id: Id,
    /// What a number is divided by.
    pub(super) denominator: i128,
}

/// A node and what it counts; one, if it is no number.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) id: Id,
    pub(super) unit: Unit,
}

/// Plans the expressions of a kind.
struct Planner<'p> {
    program: &'p Program,
    dictionary: &'p Dictionary,
    kind: usize,
    layouts: &'p [Layout],
    graph: Graph,
    /// The computed fields that have been asked for.
    lets: HashMap<usize, Result<Planned, Beyond>>,
    searches: Vec<Arc<Search>>,
    questions: Vec<Question>,
    /// The search of a table for keys of some units.
    known_searches: HashMap<(usize, Vec<Unit>), Option<usize>>,
}

/// The plan of a kind for columns that are held so.
pub(super) fn plan(program: &Program, dictionary: &Dictionary, kind: usize, layouts: &[Layout]) -> Plan {
    let mut planner = Planner {
        program,
        dictionary,
        kind,
        layouts,
        graph: Graph::default(),
        lets: HashMap::new(),
        searches: Vec::new(),
        questions: Vec::new(),
        known_searches: HashMap::new(),
    };
    let ours = program.streams.iter().enumerate().filter(|(_, stream)| is_planned(stream, kind));
    let streams = ours.filter_map(|(at, stream)| planner.stream(at, stream).ok()).collect();
    let free = planner.free();
    let civil = Civil {
        zone: Zone::named(&program.header.timezone).unwrap_or_else(Zone::utc),
        calendars: program.calendars.clone(),
        questions: planner.questions,
    };
    let mut plan = Plan { graph: planner.graph, streams, free, searches: planner.searches, civil: Arc::new(civil) };
    plan.graph.keep(plan.roots());
    plan
}

impl Plan {
    /// The nodes that a kernel gives or asks.
    pub(super) fn roots(&self) -> Vec<Id> {
        let of_stream = |stream: &StreamPlan| {
            let outputs = stream.outputs().into_iter().map(|output| output.id);
            stream.condition.into_iter().chain(outputs).collect::<Vec<_>>()
        };
        let free = match self.free {
            FreePlan::Where(condition) => Some(condition),
            FreePlan::Never | FreePlan::Always | FreePlan::Beyond => None,
        };
        self.streams.iter().flat_map(of_stream).chain(free).collect()
    }
}

impl FreePlan {
    /// What a row is in this where nothing else is said of it.
    pub(super) fn usual_status(&self) -> u8 {
        match self {
            FreePlan::Never => Status::LEFT,
            FreePlan::Always => Status::TAKEN,
            FreePlan::Where(_) | FreePlan::Beyond => Status::UNSETTLED,
        }
    }
}

impl StreamPlan {
    /// What a kernel gives of it: the keys, then the values.
    pub(super) fn outputs(&self) -> Vec<Output> {
        self.keys.iter().chain(self.values.iter().flatten()).copied().collect()
    }
}

/// Whether kernels of a kind give columns for a stream.
pub(super) fn is_planned(stream: &Stream, kind: usize) -> bool {
    stream.used && stream.list.is_none() && stream.kind == kind
}

impl Planner<'_> {
    fn stream(&mut self, at: usize, stream: &Stream) -> Result<StreamPlan, Beyond> {
        if stream.in_plan.is_some() {
            // Who is on a plan, and when, the definitions know.
            return Err(Beyond);
        }
        let condition = stream.condition.as_ref().map(|condition| self.truth(condition)).transpose()?;
        let keys = stream.keys.iter().map(|key| self.output(key.source.as_ref().ok_or(Beyond)?));
        let keys = keys.collect::<Result<_, _>>()?;
        let values = stream.aggregates.iter().map(|at| self.argument(*at)).collect::<Result<_, _>>()?;
        if self.graph.len() > MAX_NODES {
            return Err(Beyond);
        }
        Ok(StreamPlan { stream: at, condition, keys, values })
    }

    fn argument(&mut self, aggregate: usize) -> Result<Option<Output>, Beyond> {
        let aggregate = self.program.aggregates.get(aggregate).ok_or(Beyond)?;
        let argument = aggregate.argument.as_ref().filter(|_| aggregate.used);
        argument.map(|argument| self.output(argument)).transpose()
    }

    fn free(&mut self) -> FreePlan {
        let clauses: Vec<_> = self.program.free.iter().filter(|free| free.kind == self.kind).collect();
        let mut any: Option<Id> = None;
        for clause in clauses {
            let condition = match clause.condition.as_ref().map(|condition| self.truth(condition)) {
                None if any.is_none() => return FreePlan::Always,
                None => self.graph.add(Node::Truth(true)),
                Some(Ok(condition)) => condition,
                Some(Err(Beyond)) => return FreePlan::Beyond,
            };
            any = Some(any.map_or(condition, |before| self.graph.add(Node::Or(before, condition))));
        }
        any.map_or(FreePlan::Never, FreePlan::Where)
    }

    fn truth(&mut self, expr: &Expr) -> Result<Id, Beyond> {
        let planned = self.expr(expr)?;
        (self.graph.facts(planned.id).form == Form::Truth).then_some(planned.id).ok_or(Beyond)
    }

    fn output(&mut self, expr: &Expr) -> Result<Output, Beyond> {
        let planned = self.expr(expr)?;
        let (numerator, denominator) = planned.unit.parts().ok_or(Beyond)?;
        Ok(Output { id: self.times(planned.id, numerator), denominator })
    }
}
