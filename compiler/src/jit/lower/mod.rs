//! From the nodes of a plan to Cranelift's instructions.
//!
//! Code is written for one row, in one walk. A value that may be absent, or may not exist, leaves by a jump: see
//! [`Exits`]. So whatever is written behind it knows that it is there, and what was computed on the way to a place is
//! known there and not computed again.

mod branch;
mod civil;
mod number;
mod row;
mod stream;

use super::Rung;
use super::graph::{Form, Id, Layout, Node, Source};
use super::plan::Plan;
use super::share::Head;
use crate::columns::{ABSENT_CODE, ABSENT_INTEGER, ABSENT_TRUTH};
use crate::typed::Comparison;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, FuncRef, InstBuilder, MemFlagsData, StackSlot, Type, Value, types};
use cranelift_frontend::FunctionBuilder;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What a value is at the head of a row: there, absent, or without a value.
const PRESENT: i64 = 0;
const ABSENT: i64 = 1;
const FAILED: i64 = 2;

/// Where to go on without a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exits {
    /// Where it is absent.
    pub(super) absent: Block,
    /// Where it has none.
    pub(super) fail: Block,
}

/// A value that was computed on the way here.
#[derive(Clone, Copy, Debug)]
struct Known {
    value: Value,
    /// Whether it is there at all, where that was not looked at yet.
    state: Option<Value>,
}

/// What of a kernel's surroundings was made ready before the first row.
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// Where each column begins, by its field.
    pub(super) columns: BTreeMap<usize, Value>,
    /// Where the times begin.
    pub(super) times: Option<Value>,
    /// Where each array of a table begins.
    pub(super) arrays: BTreeMap<Array, Value>,
    /// Where each output begins.
    pub(super) outputs: Vec<Value>,
}

/// Whether numbers of a batch's columns may be absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Absence {
    /// Some may.
    Possible,
    /// None is.
    Excluded,
}

/// An array of a table, or whatever else a kernel is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Array {
    /// The cells of a search.
    Cells(usize),
    /// Which row stands at each place of a search.
    Rows(usize),
    /// The classes or thresholds of a search's key.
    Class(usize, usize),
    /// What answers questions of the calendar.
    Civil,
}

/// The helpers, as the function that is written calls them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Helpers {
    pub(super) multiply: FuncRef,
    pub(super) modulo: FuncRef,
    pub(super) quotient: FuncRef,
    pub(super) count_at_most: FuncRef,
    pub(super) answer: FuncRef,
    /// Where they put what they find.
    pub(super) slot: StackSlot,
}

/// Writes the code of a row.
pub(super) struct Lowering<'l, 'b> {
    pub(super) builder: FunctionBuilder<'b>,
    pub(super) plan: &'l Plan,
    pub(super) head: &'l Head,
    pub(super) rung: Rung,
    pub(super) absence: Absence,
    pub(super) frame: Frame,
    pub(super) helpers: Helpers,
    /// The index of the row.
    pub(super) row: Value,
    /// What is known, by the branches around.
    known: Vec<HashMap<Id, Known>>,
    /// Rows of tables that are known to exist, by the same branches.
    existing: Vec<HashSet<Id>>,
    /// The blocks that something leaves for.
    left_for: HashSet<Block>,
}

impl<'l, 'b> Lowering<'l, 'b> {
    pub(super) fn new(
        builder: FunctionBuilder<'b>,
        (plan, head): (&'l Plan, &'l Head),
        (rung, absence): (Rung, Absence),
        (frame, helpers): (Frame, Helpers),
        row: Value,
    ) -> Lowering<'l, 'b> {
        let (known, existing, left_for) = (vec![HashMap::new()], vec![HashSet::new()], HashSet::new());
        Lowering { builder, plan, head, rung, absence, frame, helpers, row, known, existing, left_for }
    }

    /// The value of a node; where it has none, the code goes on at an exit.
    fn value(&mut self, id: Id, exits: Exits) -> Value {
        if let Some(known) = self.known_value(id) {
            return self.looked_at(id, known, exits);
        }
        let value = self.computed(id, exits);
        self.know(id, Known { value, state: None });
        value
    }

    fn computed(&mut self, id: Id, exits: Exits) -> Value {
        let plan = self.plan;
        match plan.graph.node(id) {
            Node::Integer(integer) => self.integer(*integer),
            Node::Code(code) => self.code(*code),
            Node::Truth(truth) => self.builder.ins().iconst(types::I8, i64::from(*truth)),
            Node::Absent(form) => self.never(exits.absent, *form),
            Node::Fails(form) => self.never(exits.fail, *form),
            Node::Column(source) => self.column(*source, exits),
            Node::Time => self.time(),
            Node::Count(a) => self.count(*a, exits),
            Node::Add(..) | Node::Subtract(..) | Node::Multiply(..) => self.arithmetic(id, exits),
            Node::Absolute(a) => self.absolute(*a, exits),
            Node::Least(a, b) => self.extreme(IntCC::SignedLessThan, *a, *b, exits),
            Node::Greatest(a, b) => self.extreme(IntCC::SignedGreaterThan, *a, *b, exits),
            Node::Modulo(a, b) => self.modulo(*a, *b, exits),
            Node::Quotient(rounding, a, b) => self.quotient(*rounding, *a, *b, exits),
            Node::Compare(comparison, a, b) => self.comparison(*comparison, *a, *b, exits),
            Node::Not(a) => self.not(*a, exits),
            Node::And(..) | Node::Or(..) => self.junction(id, exits),
            Node::Choose(cases, otherwise) => self.choice(cases, *otherwise, exits),
            Node::Otherwise(a, b) => self.otherwise(*a, *b, exits),
            Node::IsAbsent(a) => self.is_absent(*a, exits),
            Node::Row(search, keys) => self.place(*search, keys, exits),
            Node::Cell(search, column, row) => self.cell(*search, *column, *row, exits),
            Node::Ask { question, form, most, about } => self.answer(*question, *form, *most, *about, exits),
            Node::DayStart(a) => self.day_start(*a, exits),
            Node::Day(a) => self.day(*a, exits),
        }
    }

    /// The values of both sides. Absence of the left one is the result's only where the right one surely has a value:
    /// the definitions evaluate both first.
    fn both(&mut self, a: Id, b: Id, exits: Exits) -> (Value, Value) {
        let absent = if self.plan.graph.facts(b).fails { exits.fail } else { exits.absent };
        let left = self.value(a, Exits { absent, ..exits });
        (left, self.value(b, exits))
    }

    fn comparison(&mut self, comparison: Comparison, a: Id, b: Id, exits: Exits) -> Value {
        let exits = Exits { absent: exits.fail, ..exits };
        let (a, b) = self.both(a, b, exits);
        self.builder.ins().icmp(condition_code(comparison), a, b)
    }

    fn not(&mut self, a: Id, exits: Exits) -> Value {
        let a = self.value(a, Exits { absent: exits.fail, ..exits });
        self.builder.ins().icmp_imm_s(IntCC::Equal, a, 0)
    }

    /// A value of a column. A required one was looked at before, at the head of the row.
    fn column(&mut self, source: Source, exits: Exits) -> Value {
        let raw = self.raw(source);
        if source.optional && self.may_be_absent(source) {
            let absent = self.is_absent_raw(source, raw);
            self.leave_if(absent, exits.absent);
        }
        self.widened(source, raw)
    }

    /// Whether a row of a column may be without a value, for all that is known of the batch.
    fn may_be_absent(&self, source: Source) -> bool {
        self.absence == Absence::Possible || !matches!(source.layout, Layout::Numbers(_))
    }

    /// What a column holds, in 64 or 8 bits, be it a value or what stands for none.
    fn raw(&mut self, source: Source) -> Value {
        let Some(base) = self.frame.columns.get(&source.field).copied() else { return self.code(ABSENT_INTEGER) };
        match source.layout {
            Layout::Codes => {
                let address = self.element(base, self.row, 2);
                self.builder.ins().uload32(reading(), address, 0)
            }
            Layout::Truths => {
                let address = self.builder.ins().iadd(base, self.row);
                self.builder.ins().load(types::I8, reading(), address, 0)
            }
            Layout::Numbers(_) | Layout::Integers | Layout::Other => {
                let address = self.element(base, self.row, 3);
                self.builder.ins().load(types::I64, reading(), address, 0)
            }
        }
    }

    fn is_absent_raw(&mut self, source: Source, raw: Value) -> Value {
        let absent = match source.layout {
            Layout::Codes => i64::from(ABSENT_CODE),
            // Whatever is neither false nor true.
            Layout::Truths => {
                let two = i64::from(ABSENT_TRUTH);
                return self.builder.ins().icmp_imm_s(IntCC::UnsignedGreaterThanOrEqual, raw, two);
            }
            Layout::Numbers(_) | Layout::Integers | Layout::Other => ABSENT_INTEGER,
        };
        self.builder.ins().icmp_imm_s(IntCC::Equal, raw, absent)
    }

    /// A number of a column as wide as the rung.
    fn widened(&mut self, source: Source, raw: Value) -> Value {
        match source.layout {
            Layout::Numbers(_) => self.wide(raw),
            Layout::Codes | Layout::Truths | Layout::Integers | Layout::Other => raw,
        }
    }

    fn time(&mut self) -> Value {
        let Some(base) = self.frame.times else { return self.code(ABSENT_INTEGER) };
        let address = self.element(base, self.row, 3);
        self.builder.ins().load(types::I64, reading(), address, 0)
    }

    /// The address of an element of two to the power of `shift` bytes.
    fn element(&mut self, base: Value, at: Value, shift: i64) -> Value {
        let offset = self.builder.ins().ishl_imm_s(at, shift);
        self.builder.ins().iadd(base, offset)
    }

    fn code(&mut self, code: i64) -> Value {
        self.builder.ins().iconst(types::I64, code)
    }

    /// The type of values of a form.
    fn ty(&self, form: Form) -> Type {
        match (form, self.rung) {
            (Form::Truth, _) => types::I8,
            (Form::Number, Rung::Wide | Rung::Checked) => types::I128,
            (Form::Number | Form::Code, _) => types::I64,
        }
    }

    fn is_wide(&self) -> bool {
        self.ty(Form::Number) == types::I128
    }

    fn zero(&mut self, form: Form) -> Value {
        match form {
            Form::Number => self.integer(0),
            Form::Code | Form::Truth => {
                let ty = self.ty(form);
                self.builder.ins().iconst(ty, 0)
            }
        }
    }

    fn known_value(&self, id: Id) -> Option<Known> {
        self.known.iter().rev().find_map(|scope| scope.get(&id)).copied()
    }

    fn know(&mut self, id: Id, known: Known) {
        if let Some(scope) = self.known.last_mut() {
            scope.insert(id, known);
        }
    }

    /// A known value, once it is sure that it is there.
    fn looked_at(&mut self, id: Id, known: Known, exits: Exits) -> Value {
        if let Some(state) = known.state {
            if self.plan.graph.facts(id).optional {
                let absent = self.builder.ins().icmp_imm_s(IntCC::Equal, state, ABSENT);
                self.leave_if(absent, exits.absent);
            }
            self.leave_if(state, exits.fail);
            self.know(id, Known { state: None, ..known });
        }
        known.value
    }

    /// Writes code whose values are known only inside it.
    fn apart<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.known.push(HashMap::new());
        self.existing.push(HashSet::new());
        let result = inside(self);
        self.existing.pop();
        self.known.pop();
        result
    }

    /// Goes on at an exit if a condition is not zero.
    fn leave_if(&mut self, condition: Value, exit: Block) {
        self.left_for.insert(exit);
        let next = self.builder.create_block();
        self.builder.ins().brif(condition, exit, &[], next, &[]);
        self.builder.switch_to_block(next);
    }

    /// Goes on at an exit; a value of the form, for code that is never reached.
    fn never(&mut self, exit: Block, form: Form) -> Value {
        self.left_for.insert(exit);
        self.builder.ins().jump(exit, &[]);
        let unreached = self.builder.create_block();
        self.builder.switch_to_block(unreached);
        self.zero(form)
    }

    fn jump(&mut self, to: Block, values: &[Value]) {
        let arguments: Vec<BlockArg> = values.iter().map(|value| BlockArg::from(*value)).collect();
        self.builder.ins().jump(to, &arguments);
    }

    /// A block that is given a value of a form.
    fn joint(&mut self, form: Form) -> (Block, Value) {
        let block = self.builder.create_block();
        let ty = self.ty(form);
        (block, self.builder.append_block_param(block, ty))
    }
}

/// Memory that is there, and does not change while a kernel runs.
fn reading() -> MemFlagsData {
    MemFlagsData::trusted().with_readonly()
}

fn condition_code(comparison: Comparison) -> IntCC {
    match comparison {
        Comparison::Equal => IntCC::Equal,
        Comparison::NotEqual => IntCC::NotEqual,
        Comparison::Less => IntCC::SignedLessThan,
        Comparison::LessOrEqual => IntCC::SignedLessThanOrEqual,
        Comparison::Greater => IntCC::SignedGreaterThan,
        Comparison::GreaterOrEqual => IntCC::SignedGreaterThanOrEqual,
    }
}
