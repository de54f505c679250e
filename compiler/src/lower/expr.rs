//! Expressions, bottom up: what is inside first, so that constants can be folded on the way.

use super::shape;
use crate::ir::{self, Expr, Fold, Op, Program, ops};
use crate::model::{Type, Unit, Value};
use crate::typed::{self, ExprKind};

/// Lowers the expressions of one declaration.
pub(super) struct Lowering<'p> {
    program: &'p mut Program,
    /// The records of its aggregates.
    stream: Option<usize>,
}

impl<'p> Lowering<'p> {
    pub(super) fn new(program: &'p mut Program, stream: Option<usize>) -> Lowering<'p> {
        Lowering { program, stream }
    }

    pub(super) fn body(&mut self, body: typed::Body) -> ir::Body {
        ir::Body {
            number: 0,
            quantity: body.quantity.map(|quantity| self.expr(quantity)),
            quantity_unit: body.quantity_unit,
            prices: body.prices.into_iter().map(|dated| self.dated(dated)).collect(),
            by_record_time: body.by_record_time,
            pooling: body.pooling,
            overrides: body.overrides.into_iter().map(|one| self.overriding(one)).collect(),
            discounts: body.discounts.into_iter().map(|one| self.discount(one)).collect(),
            parts: body.parts.into_iter().map(|part| self.part(part)).collect(),
            limits: body.limits.into_iter().map(|limit| self.limit(limit)).collect(),
        }
    }

    fn case(&mut self, case: typed::Case) -> ir::Case {
        ir::Case { in_plan: case.in_plan, condition: self.option(case.condition), conditions: case.conditions }
    }

    fn overriding(&mut self, one: typed::Override) -> ir::Override {
        let prices = one.prices.into_iter().map(|dated| self.dated(dated)).collect();
        ir::Override { label: one.label, case: self.case(one.case), prices }
    }

    fn discount(&mut self, one: typed::Discount) -> ir::Discount {
        let takes = match one.takes {
            typed::Takes::Share(share) => ir::Takes::Share(self.expr(share)),
            typed::Takes::Amount(amount) => ir::Takes::Amount(self.expr(amount)),
        };
        ir::Discount { line: one.line, case: self.case(one.case), takes, span: one.span }
    }

    fn part(&mut self, part: typed::Part) -> ir::Part {
        ir::Part { name: part.name, label: part.label, body: self.body(part.body) }
    }

    fn limit(&mut self, limit: typed::Limit) -> ir::Limit {
        let typed::Limit { side, amount, every, line, span } = limit;
        ir::Limit { side, amount: self.expr(amount), every, line, span }
    }

    fn dated(&mut self, dated: typed::DatedPrice) -> ir::DatedPrice {
        let price = match dated.price {
            typed::Price::Rate(rate) => ir::Price::Rate(self.rate(rate)),
            typed::Price::Graduated(tiers) => ir::Price::Graduated(self.tiers(tiers)),
            typed::Price::Volume(tiers) => ir::Price::Volume(self.tiers(tiers)),
        };
        ir::DatedPrice { since: dated.since, price, span: dated.span }
    }

    fn rate(&mut self, rate: typed::Rate) -> ir::Rate {
        match rate {
            typed::Rate::PerUnit(amount) => ir::Rate::PerUnit(self.expr(amount)),
            typed::Rate::PerStarted { amount, block } => ir::Rate::PerStarted { amount: self.expr(amount), block },
            typed::Rate::Flat(amount) => ir::Rate::Flat(self.expr(amount)),
        }
    }

    fn tiers(&mut self, tiers: typed::Tiers) -> ir::Tiers {
        ir::Tiers {
            at_zero: self.option(tiers.at_zero),
            tiers: tiers.tiers.into_iter().map(|tier| self.tier(tier)).collect(),
        }
    }

    fn tier(&mut self, tier: typed::Tier) -> ir::Tier {
        ir::Tier {
            upper: tier.upper.map(|(at, inclusive)| ir::UpperEdge { at: self.expr(at), inclusive }),
            rate: self.rate(tier.rate),
            flat: self.option(tier.flat),
            at_most: self.option(tier.at_most),
            line: tier.line,
            span: tier.span,
        }
    }

    fn option(&mut self, expr: Option<typed::Expr>) -> Option<Expr> {
        expr.map(|expr| self.expr(expr))
    }

    fn boxed(&mut self, expr: typed::Expr) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    fn all(&mut self, exprs: Vec<typed::Expr>) -> Vec<Expr> {
        exprs.into_iter().map(|expr| self.expr(expr)).collect()
    }

    pub(super) fn expr(&mut self, expr: typed::Expr) -> Expr {
        let unit = expr.unit.or_else(|| money(&expr.ty));
        let op = fold(self.op(expr.kind));
        Expr {
            op,
            shape: shape(&expr.ty),
            unit,
            optional: expr.optional,
            denominator: expr.denominator,
            span: expr.span,
        }
    }

    fn op(&mut self, kind: ExprKind) -> Op {
        match kind {
            ExprKind::Constant(value) => Op::Constant(value),
            ExprKind::Field(field) => Op::Field(field),
            ExprKind::Let(at) => Op::Let(at),
            ExprKind::RecordId => Op::RecordId,
            ExprKind::Account => Op::Account,
            ExprKind::RecordTime => Op::RecordTime,
            ExprKind::RecordKind => Op::RecordKind,
            ExprKind::Lasting(part) => Op::Lasting(part),
            ExprKind::ItemField { depth, field } => Op::ItemField { depth, field },
            ExprKind::Fact { fact, whose } => Op::Fact { fact, whose },
            ExprKind::Term { shift, plan, term } => Op::Term { shift, plan, term },
            ExprKind::Key(key) => Op::Key(key),
            ExprKind::Meter { meter, keys } => Op::Meter { meter, keys },
            ExprKind::Negative(a) => Op::Negative(self.boxed(*a)),
            ExprKind::Not(a) => Op::Not(self.boxed(*a)),
            ExprKind::Arithmetic(operator, a, b) => Op::Arithmetic(operator, self.boxed(*a), self.boxed(*b)),
            ExprKind::Compare(comparison, a, b) => Op::Compare(comparison, self.boxed(*a), self.boxed(*b)),
            ExprKind::And(a, b) => Op::And(self.boxed(*a), self.boxed(*b)),
            ExprKind::Or(a, b) => Op::Or(self.boxed(*a), self.boxed(*b)),
            ExprKind::Otherwise(a, b) => Op::Otherwise(self.boxed(*a), self.boxed(*b)),
            ExprKind::IsAbsent(a) => Op::IsAbsent(self.boxed(*a)),
            ExprKind::InCalendar(a, calendar) => Op::InCalendar(self.boxed(*a), calendar),
            ExprKind::If(a, b, c) => Op::If(self.boxed(*a), self.boxed(*b), self.boxed(*c)),
            ExprKind::Match { subject, arms, otherwise } => Op::Match {
                subject: self.boxed(*subject),
                arms: arms.into_iter().map(|(value, arm)| (value, self.expr(arm))).collect(),
                otherwise: otherwise.map(|arm| self.boxed(*arm)),
            },
            ExprKind::Function(function, arguments) => Op::Function(function, self.all(arguments)),
            ExprKind::Round { value, rounding, step } => {
                Op::Round { value: self.boxed(*value), rounding, step: self.boxed(*step) }
            }
            ExprKind::Lookup { table, keys, column, at } => {
                Op::Lookup { table, keys: self.all(keys), column, at: at.map(|at| self.boxed(*at)) }
            }
            ExprKind::WindowValue { part, shift, window, calendar } => {
                Op::WindowValue { part, shift, window, calendar }
            }
            ExprKind::DateOf(a) => Op::DateOf(self.boxed(*a)),
            ExprKind::TimeOf(a) => Op::TimeOf(self.boxed(*a)),
            ExprKind::Aggregate(aggregate) => self.aggregate(*aggregate),
            ExprKind::History(history) => Op::History(Box::new(self.history(*history))),
            ExprKind::Split(split) => Op::Split(Box::new(self.split(*split))),
            ExprKind::Total(charges) => Op::Total(charges),
            ExprKind::Unbilled => Op::Unbilled,
            ExprKind::State(state) => Op::State(state),
            ExprKind::FoldLet(at) => Op::FoldLet(at),
            ExprKind::StateBefore { state, opening } => {
                Op::StateBefore { state, opening: opening.map(|opening| self.boxed(*opening)) }
            }
        }
    }

    fn split(&mut self, split: typed::Split) -> ir::Split {
        ir::Split {
            amount: self.expr(split.amount),
            weight: self.expr(split.weight),
            rows: lowered(split.rows),
            key: split.key,
            of: split.of,
            places: split.places,
        }
    }

    fn history(&mut self, history: typed::History) -> ir::History {
        ir::History {
            function: history.function,
            argument: self.expr(history.argument),
            window: history.window,
            back: history.back,
            opening: self.option(history.opening),
        }
    }

    fn aggregate(&mut self, aggregate: typed::Aggregate) -> Op {
        let argument = self.option(aggregate.argument);
        let over = match aggregate.over {
            typed::Over::List { list, condition } => {
                let list = self.expr(*list);
                let condition = condition.map(|condition| self.expr(*condition));
                return Op::Fold(Box::new(Fold { function: aggregate.function, argument, list, condition }));
            }
            // The checker lets `sum(..)` over records stand only where there is a `from`.
            typed::Over::Records => ir::Over::Stream(self.stream.unwrap_or(usize::MAX)),
            typed::Over::Rows(rows) => ir::Over::Rows(lowered(rows)),
            typed::Over::Instants(instants) => {
                ir::Over::Instants(ir::Instants { rows: lowered(instants.rows), layer: instants.layer })
            }
        };
        self.node(ir::Aggregate { function: aggregate.function, argument, over, used: false, span: aggregate.span })
    }

    pub(super) fn node(&mut self, aggregate: ir::Aggregate) -> Op {
        let at = self.program.aggregates.len();
        if let ir::Over::Stream(stream) = aggregate.over
            && let Some(stream) = self.program.streams.get_mut(stream)
        {
            stream.aggregates.push(at);
        }
        self.program.aggregates.push(aggregate);
        Op::Aggregate(at)
    }
}

fn lowered(rows: typed::Rows) -> ir::Rows {
    ir::Rows {
        meters: rows.meters,
        keys: rows.keys,
        matches: rows.matches,
        window: rows.window,
        every_window: rows.every_window,
        own: rows.own,
    }
}

/// Plain money is counted in its currency.
fn money(ty: &Type) -> Option<Unit> {
    match ty {
        Type::Number(dimension) => dimension.currency().map(|code| Unit {
            name: code.clone(),
            dimension: dimension.clone(),
            factor: crate::exact::Rational::one(),
        }),
        _ => None,
    }
}

/// An operator on constants becomes its result. One that fails stays, and fails where it is evaluated.
fn fold(op: Op) -> Op {
    let folded = match &op {
        Op::Negative(a) => a.constant().and_then(|a| ops::negative(a).ok()),
        Op::Not(a) => a.constant().and_then(|a| ops::truth(a).ok()).map(|truth| Value::Boolean(!truth)),
        Op::Arithmetic(operator, a, b) => both(a, b).and_then(|(a, b)| ops::arithmetic(*operator, a, b).ok()),
        Op::Compare(comparison, a, b) => {
            both(a, b).and_then(|(a, b)| ops::compare(*comparison, a, b).ok()).map(Value::Boolean)
        }
        Op::Function(function, arguments) => {
            let values: Option<Vec<Value>> = arguments.iter().map(|argument| argument.constant().cloned()).collect();
            values.and_then(|values| ops::function(*function, &values).ok())
        }
        Op::Round { value, rounding, step } => {
            both(value, step).and_then(|(value, step)| ops::round(*rounding, value, step).ok())
        }
        _ => None,
    };
    folded.map_or(op, Op::Constant)
}

fn both<'e>(a: &'e Expr, b: &'e Expr) -> Option<(&'e Value, &'e Value)> {
    a.constant().zip(b.constant())
}
