//! Which nodes a kernel computes at the head of a row: those that several ways through it ask for.
//!
//! Code is written in one walk, and a value is known wherever the place that computed it has been passed. A node that
//! the walk meets again elsewhere would be computed, and written, a second time; chains of computed fields would
//! double it at each step. So a dry walk finds these nodes first.

use super::graph::{Graph, Id, Layout, Node};
use super::plan::{FreePlan, Output, Plan};
use std::collections::{BTreeSet, HashSet};

/// What weighs no more than this is rather computed twice.
const LIGHT: u32 = 6;
/// So many dry walks at most: each finds what the ones before have moved.
const MAX_WALKS: usize = 16;

/// What stands at the head of a row.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    /// The nodes, each behind what it is made of.
    pub(super) nodes: BTreeSet<Id>,
    /// Columns that no record may lack: a row that does is unsettled as a whole.
    pub(super) present: BTreeSet<Id>,
}

/// What the kernel of a plan computes at the head of a row.
pub(super) fn head(plan: &Plan) -> Head {
    let mut nodes = BTreeSet::new();
    for _ in 0..MAX_WALKS {
        let before = nodes.len();
        Walk { graph: &plan.graph, head: &mut nodes, met: HashSet::new(), known: vec![HashSet::new()] }.plan(plan);
        if nodes.len() == before {
            break;
        }
    }
    Head { present: present(plan), nodes }
}

struct Walk<'w> {
    graph: &'w Graph,
    head: &'w mut BTreeSet<Id>,
    /// What code was written for.
    met: HashSet<Id>,
    /// What is known here, by the branches around.
    known: Vec<HashSet<Id>>,
}

impl Walk<'_> {
    fn plan(&mut self, plan: &Plan) {
        for id in self.head.clone() {
            self.apart(|walk| walk.parts(id));
            self.know(id);
        }
        for stream in &plan.streams {
            self.apart(|walk| {
                stream.condition.iter().for_each(|id| walk.visit(*id));
                stream.outputs().iter().for_each(|output| walk.output(output));
            });
        }
        if let FreePlan::Where(condition) = plan.free {
            self.apart(|walk| walk.visit(condition));
        }
    }

    /// What may be absent is asked for on a way of its own.
    fn output(&mut self, output: &Output) {
        match self.graph.facts(output.id).optional {
            true => self.apart(|walk| walk.visit(output.id)),
            false => self.visit(output.id),
        }
    }

    fn visit(&mut self, id: Id) {
        if self.known.iter().any(|scope| scope.contains(&id)) {
            return;
        }
        let is_heavy =
            self.graph.facts(id).weight > LIGHT || matches!(self.graph.node(id), Node::Row(..) | Node::Ask { .. });
        if !self.met.insert(id) && is_heavy {
            self.head.insert(id);
        } else {
            self.parts(id);
        }
        self.know(id);
    }

    fn parts(&mut self, id: Id) {
        let parts = self.graph.node(id).parts();
        parts.always.iter().for_each(|part| self.visit(*part));
        // The conditions of a choice are computed one after the other, each value on a way of its own.
        if let Node::Choose(cases, otherwise) = self.graph.node(id) {
            let (cases, otherwise) = (cases.clone(), *otherwise);
            return self.apart(|walk| {
                for (condition, value) in cases {
                    walk.visit(condition);
                    walk.apart(|walk| walk.visit(value));
                }
                walk.visit(otherwise);
            });
        }
        for part in parts.sometimes {
            self.apart(|walk| walk.visit(part));
        }
    }

    fn know(&mut self, id: Id) {
        if let Some(scope) = self.known.last_mut() {
            scope.insert(id);
        }
    }

    fn apart(&mut self, inside: impl FnOnce(&mut Self)) {
        self.known.push(HashSet::new());
        inside(self);
        self.known.pop();
    }
}

/// The columns without which a row is unsettled. Codes that only choose a row of a table need no look: the bounds of
/// the table's array turn away what is absent.
fn present(plan: &Plan) -> BTreeSet<Id> {
    let required = |id: Id| match plan.graph.node(id) {
        Node::Column(source) => !source.optional,
        _ => false,
    };
    let mut present: BTreeSet<Id> = plan.roots().into_iter().filter(|id| required(*id)).collect();
    for (_, node) in plan.graph.nodes() {
        let parts = node.parts();
        for (at, part) in parts.always.iter().chain(&parts.sometimes).enumerate() {
            if required(*part) && !turns_away(plan, node, at, *part) {
                present.insert(*part);
            }
        }
    }
    present
}

fn turns_away(plan: &Plan, node: &Node, key: usize, part: Id) -> bool {
    let is_code = matches!(plan.graph.node(part), Node::Column(source) if source.layout == Layout::Codes);
    match node {
        Node::Row(search, _) if is_code => {
            let classes = plan.searches.get(*search).map(|search| &search.classes);
            classes.and_then(|classes| classes.get(key)).is_some_and(|class| class.tells_absent())
        }
        _ => false,
    }
}
