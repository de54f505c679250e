//! The outputs of a row: what each stream takes of it.

use super::{ABSENT, Exits, FAILED, Known, Lowering, PRESENT};
use crate::jit::graph::{Form, Node};
use crate::jit::plan::{FreePlan, Output, StreamPlan};
use crate::jit::{Rung, Status};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, MemFlagsData, Value, types};

/// Where the outputs of a stream stand: its status, then its keys, then its values.
struct Slots {
    first: usize,
    outputs: Vec<Output>,
    /// How many of them are keys, which may be absent.
    keys: usize,
}

impl Lowering<'_, '_> {
    /// The code of a row, from its columns to its outputs.
    pub(in crate::jit) fn row(&mut self) {
        let (unsettled, next) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(unsettled);
        self.look_at_columns(unsettled);
        self.compute_head();
        let plan = self.plan;
        self.apart(|lowering| lowering.free());
        let mut first = 1;
        for stream in &plan.streams {
            let slots = Slots::of(stream, first);
            first += 1 + slots.outputs.len();
            self.apart(|lowering| lowering.stream(stream, &slots));
        }
        self.jump(next, &[]);
        self.builder.switch_to_block(unsettled);
        self.leave_all(next);
        self.builder.switch_to_block(next);
    }

    /// A row that lacks what no record may lack is unsettled.
    fn look_at_columns(&mut self, unsettled: Block) {
        let plan = self.plan;
        for id in self.head.present.clone() {
            let Node::Column(source) = *plan.graph.node(id) else { continue };
            let raw = self.raw(source);
            if self.may_be_absent(source) {
                let absent = self.is_absent_raw(source, raw);
                self.leave_if(absent, unsettled);
            }
            let value = self.widened(source, raw);
            self.know(id, Known { value, state: None });
        }
    }

    /// Computes what several ways ask for; those that ask look whether it is there.
    fn compute_head(&mut self) {
        for id in self.head.nodes.clone() {
            let exits = Exits { absent: self.builder.create_block(), fail: self.builder.create_block() };
            let (joint, value) = self.joint(self.plan.graph.facts(id).form);
            let state = self.builder.append_block_param(joint, types::I8);
            let computed = self.apart(|lowering| lowering.computed(id, exits));
            let present = self.builder.ins().iconst(types::I8, PRESENT);
            self.jump(joint, &[computed, present]);
            for (block, state) in [(exits.absent, ABSENT), (exits.fail, FAILED)] {
                self.builder.switch_to_block(block);
                let zero = self.zero(self.plan.graph.facts(id).form);
                let state = self.builder.ins().iconst(types::I8, state);
                self.jump(joint, &[zero, state]);
            }
            self.builder.switch_to_block(joint);
            let may_leave = self.left_for.contains(&exits.absent) || self.left_for.contains(&exits.fail);
            self.know(id, Known { value, state: may_leave.then_some(state) });
        }
    }

    fn free(&mut self) {
        let FreePlan::Where(condition) = self.plan.free else { return };
        let blocks =
            [Status::TAKEN, Status::LEFT, Status::UNSETTLED].map(|status| (self.builder.create_block(), status));
        let [(yes, _), (no, _), (fail, _)] = blocks;
        let done = self.builder.create_block();
        self.condition(condition, yes, no, Exits { absent: fail, fail });
        for (block, status) in blocks {
            self.builder.switch_to_block(block);
            self.set_status(0, status);
            self.jump(done, &[]);
        }
        self.builder.switch_to_block(done);
    }

    fn stream(&mut self, stream: &StreamPlan, slots: &Slots) {
        let [left, fail, done] = [(); 3].map(|()| self.builder.create_block());
        self.builder.set_cold_block(fail);
        let exits = Exits { absent: fail, fail };
        if let Some(condition) = stream.condition {
            let taken = self.builder.create_block();
            self.condition(condition, taken, left, exits);
            self.builder.switch_to_block(taken);
        }
        let values: Vec<Value> =
            slots.outputs.iter().enumerate().map(|(at, output)| self.output(output, at < slots.keys, exits)).collect();
        for (at, value) in values.into_iter().enumerate() {
            self.store(slots.first + 1 + at, value);
        }
        // What holds for all rows stands there already.
        if stream.condition.is_some() {
            self.set_status(slots.first, Status::TAKEN);
        }
        self.jump(done, &[]);
        for (block, status) in [(left, Status::LEFT), (fail, Status::UNSETTLED)] {
            self.builder.switch_to_block(block);
            self.leave_stream(slots, status);
            self.jump(done, &[]);
        }
        self.builder.switch_to_block(done);
    }

    /// The value of an output in the width in which it is stored. A key may be absent.
    fn output(&mut self, output: &Output, is_key: bool, exits: Exits) -> Value {
        let facts = self.plan.graph.facts(output.id);
        let may_be_absent = is_key && facts.optional;
        if !may_be_absent {
            let value = self.value(output.id, exits);
            return self.stored(value, facts.form, is_key, exits);
        }
        let absent = self.builder.create_block();
        let form = if facts.form == Form::Truth { Form::Code } else { facts.form };
        let (joint, joined) = self.joint(form);
        let present = self.apart(|lowering| {
            let value = lowering.value(output.id, Exits { absent, ..exits });
            lowering.stored(value, facts.form, is_key, exits)
        });
        self.jump(joint, &[present]);
        self.builder.switch_to_block(absent);
        let absent = match self.ty(form) {
            types::I128 => self.integer(i128::MIN),
            _ => self.code(i64::MIN),
        };
        self.jump(joint, &[absent]);
        self.builder.switch_to_block(joint);
        joined
    }

    fn stored(&mut self, value: Value, form: Form, is_key: bool, exits: Exits) -> Value {
        match form {
            Form::Truth => self.builder.ins().uextend(types::I64, value),
            Form::Number if is_key && self.rung == Rung::Checked => {
                // So close to the least integer that it might be taken for an absent key.
                let (_, high) = self.builder.ins().isplit(value);
                let is_least = self.builder.ins().icmp_imm_s(IntCC::Equal, high, i64::MIN);
                self.leave_if(is_least, exits.fail);
                value
            }
            Form::Number | Form::Code => value,
        }
    }

    /// Stores what a row is that a stream does not take: zeros.
    fn leave_stream(&mut self, slots: &Slots, status: u8) {
        for (at, output) in slots.outputs.iter().enumerate() {
            let form = self.plan.graph.facts(output.id).form;
            let zero = self.zero(if form == Form::Truth { Form::Code } else { form });
            self.store(slots.first + 1 + at, zero);
        }
        self.set_status(slots.first, status);
    }

    /// Everything about the row is unsettled.
    fn leave_all(&mut self, next: Block) {
        let plan = self.plan;
        self.set_status(0, Status::UNSETTLED);
        let mut first = 1;
        for stream in &plan.streams {
            let slots = Slots::of(stream, first);
            first += 1 + slots.outputs.len();
            self.leave_stream(&slots, Status::UNSETTLED);
        }
        self.jump(next, &[]);
    }

    fn set_status(&mut self, output: usize, status: u8) {
        let Some(base) = self.frame.outputs.get(output).copied() else { return };
        let address = self.builder.ins().iadd(base, self.row);
        let status = self.builder.ins().iconst(types::I8, i64::from(status));
        self.builder.ins().store(MemFlagsData::trusted(), status, address, 0);
    }

    fn store(&mut self, output: usize, value: Value) {
        let Some(base) = self.frame.outputs.get(output).copied() else { return };
        match self.builder.func.dfg.value_type(value) {
            types::I128 => {
                let address = self.element(base, self.row, 4);
                let (low, high) = self.builder.ins().isplit(value);
                self.builder.ins().store(MemFlagsData::trusted(), low, address, 0);
                self.builder.ins().store(MemFlagsData::trusted(), high, address, 8);
            }
            _ => {
                let address = self.element(base, self.row, 3);
                self.builder.ins().store(MemFlagsData::trusted(), value, address, 0);
            }
        }
    }
}

impl Slots {
    fn of(stream: &StreamPlan, first: usize) -> Slots {
        Slots { first, outputs: stream.outputs(), keys: stream.keys.len() }
    }
}
