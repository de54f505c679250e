//! What is computed only on some way.

use super::{Exits, Lowering};
use crate::jit::Rung;
use crate::jit::graph::{Form, Id, Node};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};

/// Conditions of no more weight than this are computed without a branch: a wrong guess of the processor costs more.
const BRANCHLESS: u32 = 8;

impl Lowering<'_, '_> {
    /// Goes on at one block or the other.
    pub(super) fn condition(&mut self, id: Id, yes: Block, no: Block, exits: Exits) {
        let plan = self.plan;
        match plan.graph.node(id) {
            _ if self.known_value(id).is_some() || self.is_plain(id) => self.branch(id, yes, no, exits),
            Node::Not(a) => self.condition(*a, no, yes, exits),
            Node::And(a, b) => {
                let both = self.builder.create_block();
                self.condition(*a, both, no, exits);
                self.builder.switch_to_block(both);
                self.apart(|lowering| lowering.condition(*b, yes, no, exits));
            }
            Node::Or(a, b) => {
                let neither = self.builder.create_block();
                self.condition(*a, yes, neither, exits);
                self.builder.switch_to_block(neither);
                self.apart(|lowering| lowering.condition(*b, yes, no, exits));
            }
            _ => self.branch(id, yes, no, exits),
        }
    }

    fn branch(&mut self, id: Id, yes: Block, no: Block, exits: Exits) {
        let truth = self.value(id, Exits { absent: exits.fail, ..exits });
        self.builder.ins().brif(truth, yes, &[], no, &[]);
    }

    /// The truth of both, or of either.
    pub(super) fn junction(&mut self, id: Id, exits: Exits) -> Value {
        if self.is_plain(id) {
            return self.plain_junction(id, exits);
        }
        let (yes, no) = (self.builder.create_block(), self.builder.create_block());
        let (joint, truth) = self.joint(Form::Truth);
        match self.plan.graph.node(id) {
            // Not by the node itself: that would come back here.
            Node::And(a, b) => self.in_turn(*a, *b, yes, no, exits, true),
            Node::Or(a, b) => self.in_turn(*a, *b, yes, no, exits, false),
            _ => self.branch(id, yes, no, exits),
        }
        for (block, truth) in [(yes, 1), (no, 0)] {
            self.builder.switch_to_block(block);
            let truth = self.builder.ins().iconst(types::I8, truth);
            self.jump(joint, &[truth]);
        }
        self.builder.switch_to_block(joint);
        truth
    }

    /// The right side only if the left one is `goes_on`.
    fn in_turn(&mut self, a: Id, b: Id, yes: Block, no: Block, exits: Exits, goes_on: bool) {
        let next = self.builder.create_block();
        let (on_true, on_false) = if goes_on { (next, no) } else { (yes, next) };
        self.condition(a, on_true, on_false, exits);
        self.builder.switch_to_block(next);
        self.apart(|lowering| lowering.condition(b, yes, no, exits));
    }

    fn plain_junction(&mut self, id: Id, exits: Exits) -> Value {
        match self.plan.graph.node(id) {
            Node::And(a, b) => {
                let (a, b) = self.both(*a, *b, exits);
                self.builder.ins().band(a, b)
            }
            Node::Or(a, b) => {
                let (a, b) = self.both(*a, *b, exits);
                self.builder.ins().bor(a, b)
            }
            _ => self.zero(Form::Truth),
        }
    }

    /// Whether a truth is made of comparisons that always have a result, and are cheap.
    fn is_plain(&self, id: Id) -> bool {
        let facts = self.plan.graph.facts(id);
        let is_total = !facts.fails && !facts.optional && facts.weight <= BRANCHLESS;
        is_total && facts.form == Form::Truth && self.is_total(id)
    }

    fn is_total(&self, id: Id) -> bool {
        let plan = self.plan;
        match plan.graph.node(id) {
            Node::Integer(_) | Node::Code(_) | Node::Truth(_) | Node::Column(_) | Node::Time => true,
            Node::Compare(_, a, b) | Node::And(a, b) | Node::Or(a, b) => self.is_total(*a) && self.is_total(*b),
            Node::Not(a) => self.is_total(*a),
            Node::Multiply(a, b) if self.rung == Rung::Narrow => self.is_total(*a) && self.is_total(*b),
            _ => false,
        }
    }

    /// The value of the first condition that is true.
    pub(super) fn choice(&mut self, cases: &[(Id, Id)], otherwise: Id, exits: Exits) -> Value {
        let (joint, chosen) = self.joint(self.plan.graph.facts(otherwise).form);
        self.apart(|lowering| {
            for (condition, value) in cases {
                let (yes, no) = (lowering.builder.create_block(), lowering.builder.create_block());
                lowering.condition(*condition, yes, no, exits);
                lowering.builder.switch_to_block(yes);
                let value = lowering.apart(|lowering| lowering.value(*value, exits));
                lowering.jump(joint, &[value]);
                lowering.builder.switch_to_block(no);
            }
            let value = lowering.value(otherwise, exits);
            lowering.jump(joint, &[value]);
        });
        self.builder.switch_to_block(joint);
        chosen
    }

    pub(super) fn otherwise(&mut self, a: Id, b: Id, exits: Exits) -> Value {
        let absent = self.builder.create_block();
        let (joint, value) = self.joint(self.plan.graph.facts(a).form);
        let left = self.apart(|lowering| lowering.value(a, Exits { absent, ..exits }));
        self.jump(joint, &[left]);
        self.builder.switch_to_block(absent);
        let right = self.apart(|lowering| lowering.value(b, exits));
        self.jump(joint, &[right]);
        self.builder.switch_to_block(joint);
        value
    }

    pub(super) fn is_absent(&mut self, a: Id, exits: Exits) -> Value {
        let absent = self.builder.create_block();
        let (joint, truth) = self.joint(Form::Truth);
        self.apart(|lowering| lowering.value(a, Exits { absent, ..exits }));
        let no = self.builder.ins().iconst(types::I8, 0);
        self.jump(joint, &[no]);
        self.builder.switch_to_block(absent);
        let yes = self.builder.ins().iconst(types::I8, 1);
        self.jump(joint, &[yes]);
        self.builder.switch_to_block(joint);
        truth
    }

    /// The lesser or the greater of two.
    pub(super) fn extreme(&mut self, keeps_left: IntCC, a: Id, b: Id, exits: Exits) -> Value {
        let form = self.plan.graph.facts(a).form;
        let (a, b) = self.both(a, b, exits);
        if form == Form::Number && self.is_wide() {
            let keeps = self.builder.ins().icmp(keeps_left, a, b);
            return self.either(keeps, a, b);
        }
        match keeps_left {
            IntCC::SignedLessThan => self.builder.ins().smin(a, b),
            _ => self.builder.ins().smax(a, b),
        }
    }

    /// One of two numbers by a branch: 128 bits can not be selected.
    pub(super) fn either(&mut self, condition: Value, yes: Value, no: Value) -> Value {
        let (joint, value) = self.joint(Form::Number);
        let (yes, no) = ([yes.into()], [no.into()]);
        self.builder.ins().brif(condition, joint, &yes, joint, &no);
        self.builder.switch_to_block(joint);
        value
    }
}
