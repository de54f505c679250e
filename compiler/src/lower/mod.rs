//! From the checked book to the program: aggregates become nodes, constants are folded, tables are indexed.
//!
//! Architecture invariant: this can not fail; whatever could be wrong with a book, `check` has said.

mod derived;
mod expr;
mod grants;
mod uses;

use crate::ir::{self, IndexedTable, Program, Shape, Stream, TableIndex};
use crate::model::{Symbol, Type, Window};
use crate::typed;
use expr::Lowering;

/// The program of a book.
#[must_use]
pub fn lower(book: typed::Book) -> Program {
    let mut program = Program {
        header: book.header,
        schema: book.schema,
        sharing: book.sharing,
        lets: Vec::new(),
        derived: Vec::new(),
        lasting: Vec::new(),
        tables: book.tables.into_iter().map(indexed).collect(),
        calendars: book.calendars,
        streams: Vec::new(),
        aggregates: Vec::new(),
        meters: Vec::new(),
        charges: Vec::new(),
        order: Vec::new(),
        plans: Vec::new(),
        grants: Vec::new(),
        free: Vec::new(),
        rules: Vec::new(),
        carries: false,
        tests: book.tests,
    };
    program.lets =
        book.lets.into_iter().map(|lets| lets.into_iter().map(|one| computed(&mut program, one)).collect()).collect();
    program.derived = book.derived.into_iter().map(|one| derived::derived(&mut program, one)).collect();
    program.lasting = book.lasting.into_iter().map(|one| one.map(|one| lasting(&mut program, one))).collect();
    for one in book.meters {
        let lowered = meter(&mut program, one);
        program.meters.push(lowered);
    }
    program.order = order(&book.charges);
    for one in book.charges {
        let lowered = charge(&mut program, one);
        program.charges.push(lowered);
    }
    program.plans = book.plans.into_iter().map(|one| plan(&mut program, one)).collect();
    for one in book.grants {
        let lowered = grants::grant(&mut program, one);
        program.grants.push(lowered);
    }
    program.free = book.free.into_iter().map(|one| free(&mut program, one)).collect();
    program.rules = book.rules.into_iter().map(|one| rule(&mut program, one)).collect();
    number_bodies(&mut program);
    uses::mark(&mut program, false);
    program
}

/// Gives each body, those of parts too, a number of its own.
fn number_bodies(program: &mut Program) {
    let mut next = 0;
    let mut open: Vec<&mut ir::Body> = program.charges.iter_mut().map(|charge| &mut charge.body).collect();
    while let Some(body) = open.pop() {
        body.number = next;
        next += 1;
        open.extend(body.parts.iter_mut().map(|part| &mut part.body));
    }
}

impl Program {
    /// Whether a rule may hold records, so that all usage must be known before any of it is billed.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule.action, ir::Action::Hold | ir::Action::Block))
    }

    /// The program over which rules are watched: what only they look at counts too.
    #[must_use]
    pub fn watched(&self) -> Program {
        let mut program = self.clone();
        uses::mark(&mut program, true);
        program
    }
}

fn indexed(table: crate::model::Table) -> IndexedTable {
    IndexedTable { index: TableIndex::of(&table), table }
}

/// Those that others take come first; else the book's order.
fn order(charges: &[typed::Charge]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..charges.len()).collect();
    order.sort_by_key(|at| charges.get(*at).map(|charge| charge.rank));
    order
}

fn computed(program: &mut Program, one: typed::Let) -> ir::Let {
    ir::Let { name: one.name, value: Lowering::new(program, None).expr(one.value) }
}

fn lasting(program: &mut Program, one: typed::Lasting) -> ir::Lasting {
    let mut lowering = Lowering::new(program, None);
    match one {
        typed::Lasting::For(duration) => ir::Lasting::For(lowering.expr(duration)),
        typed::Lasting::FromTo(start, end) => ir::Lasting::FromTo(lowering.expr(start), lowering.expr(end)),
        typed::Lasting::On => ir::Lasting::On,
        typed::Lasting::Made(start, end) => ir::Lasting::Made(start, end),
    }
}

fn free(program: &mut Program, one: typed::Free) -> ir::Free {
    let condition = one.condition.map(|condition| Lowering::new(program, None).expr(condition));
    ir::Free { kind: one.kind, condition }
}

fn rule(program: &mut Program, one: typed::Rule) -> ir::Rule {
    let keys = keys(program, one.keys);
    let mut lowering = Lowering::new(program, None);
    let trigger = match one.trigger {
        typed::Trigger::Becomes(condition) => ir::Trigger::Becomes(lowering.expr(condition)),
        typed::Trigger::Reaches { value, levels } => ir::Trigger::Reaches {
            value: lowering.expr(value),
            levels: levels.into_iter().map(|level| lowering.expr(level)).collect(),
        },
        typed::Trigger::Each(from) => {
            ir::Trigger::Each { kind: from.kind, condition: from.condition.map(|condition| lowering.expr(condition)) }
        }
    };
    let action = match one.action {
        typed::Action::Invoice(amount) => ir::Action::Invoice(amount.map(|amount| Box::new(lowering.expr(*amount)))),
        typed::Action::Notify(message) => ir::Action::Notify(message),
        typed::Action::Hold => ir::Action::Hold,
        typed::Action::Block => ir::Action::Block,
    };
    let per_period = one.window == program.header.period;
    ir::Rule { name: one.name, label: one.label, keys, window: one.window, per_period, trigger, action, span: one.span }
}

fn plan(program: &mut Program, one: typed::Plan) -> ir::Plan {
    let condition = one.condition.map(|condition| Lowering::new(program, None).expr(condition));
    ir::Plan { name: one.name, label: one.label, condition, phases: one.phases, currency: one.currency }
}

fn meter(program: &mut Program, one: typed::Meter) -> ir::Meter {
    let keys = keys(program, one.keys);
    let stream = one.from.map(|from| stream(program, &one.name, from, &keys, &one.window));
    if let Some(stream) = stream.and_then(|at| program.streams.get_mut(at)) {
        stream.shared = one.shared;
    }
    let mut lowering = Lowering::new(program, stream);
    let value = lowering.expr(one.value);
    let opening = one.opening.map(|opening| lowering.expr(opening));
    ir::Meter {
        name: one.name,
        keys,
        window: one.window,
        stream,
        value,
        opening,
        shared: one.shared,
        pools: one.pools,
        span: one.span,
    }
}

fn charge(program: &mut Program, one: typed::Charge) -> ir::Charge {
    let line_keys = keys(program, one.keys);
    let for_each = keys(program, one.for_each);
    let all: Vec<ir::Key> = line_keys.iter().chain(&for_each).cloned().collect();
    let stream = one.from.map(|from| stream(program, &one.name, from, &all, &one.window));
    if let Some(stream) = stream.and_then(|at| program.streams.get_mut(at)) {
        stream.in_plan = one.in_plan;
    }
    let body = Lowering::new(program, stream).body(one.body);
    ir::Charge {
        name: one.name,
        label: one.label,
        docs: one.docs,
        keys: line_keys,
        for_each,
        window: one.window,
        per_period: one.per_period,
        stream,
        by_tier: one.by_tier,
        credit: one.credit,
        body,
        unless_zero: one.unless_zero,
        in_plan: one.in_plan,
        fee: one.fee,
        span: one.span,
    }
}

fn keys(program: &mut Program, keys: Vec<typed::Key>) -> Vec<ir::Key> {
    let mut lowering = Lowering::new(program, None);
    let mut key = |one: typed::Key| ir::Key {
        name: one.name,
        ty: one.ty,
        unit: one.unit,
        source: one.source.map(|source| lowering.expr(source)),
    };
    keys.into_iter().map(&mut key).collect()
}

fn stream(program: &mut Program, name: &Symbol, from: typed::From, keys: &[ir::Key], window: &Window) -> usize {
    let condition = from.condition.map(|condition| Lowering::new(program, None).expr(condition));
    program.streams.push(Stream {
        name: name.clone(),
        kind: from.kind,
        list: from.list,
        pieces: from.pieces,
        condition,
        keys: keys.to_vec(),
        window: window.clone(),
        aggregates: Vec::new(),
        shared: false,
        in_plan: None,
        used: false,
        span: from.span,
    });
    program.streams.len() - 1
}

fn shape(ty: &Type) -> Shape {
    match ty {
        Type::Number(_) => Shape::Number,
        Type::Text => Shape::Text,
        Type::Enum(index) => Shape::Member(*index),
        Type::Boolean => Shape::Boolean,
        Type::Date => Shape::Date,
        Type::Time => Shape::Time,
        Type::Clock => Shape::Clock,
        Type::List(_) => Shape::List,
    }
}
