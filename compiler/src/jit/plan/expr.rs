//! The nodes of expressions.

use super::{Beyond, Planned, Planner};
use crate::columns::integer_of;
use crate::ir::{Expr, Function, Op, Shape};
use crate::jit::graph::{Form, Id, Layout, Node, Source};
use crate::jit::unit::Unit;
use crate::model::Value;
use crate::typed::Comparison;

impl Planner<'_> {
    /// The node of an expression in record scope.
    pub(super) fn expr(&mut self, expr: &Expr) -> Result<Planned, Beyond> {
        match &expr.op {
            Op::Constant(value) => self.constant(value, expr.shape),
            Op::Field(field) => self.field(*field),
            Op::Let(at) => self.computed_field(*at),
            Op::RecordTime => Ok(self.plain(Node::Time)),
            Op::RecordKind => self.record_kind(),
            Op::Negative(a) => self.negative(a),
            Op::Not(a) => self.truth(a).map(|a| self.plain(Node::Not(a))),
            Op::Arithmetic(operator, a, b) => self.arithmetic(*operator, a, b),
            Op::Compare(comparison, a, b) => self.comparison(*comparison, a, b),
            Op::And(a, b) => self.both_truths(a, b).map(|(a, b)| self.plain(Node::And(a, b))),
            Op::Or(a, b) => self.both_truths(a, b).map(|(a, b)| self.plain(Node::Or(a, b))),
            Op::Otherwise(a, b) => self.otherwise(a, b),
            Op::IsAbsent(a) => self.expr(a).map(|a| self.plain(Node::IsAbsent(a.id))),
            Op::If(condition, yes, no) => self.choice(condition, yes, no),
            Op::Match { subject, arms, otherwise } => self.matched(subject, arms, otherwise.as_deref()),
            Op::Function(function, arguments) => self.function(*function, arguments),
            Op::Round { value, rounding, step } => self.round(value, *rounding, step),
            Op::Lookup { table, keys, column, at } => self.lookup(*table, keys, *column, at.as_deref()),
            Op::InCalendar(time, calendar) => self.in_calendar(time, *calendar),
            Op::WindowValue { part, shift, window, calendar } => self.window_value(*part, *shift, window, *calendar),
            Op::DateOf(time) => self.day_of(time),
            Op::TimeOf(date) => self.instant(date).map(|id| Planned { id, unit: Unit::one() }),
            Op::Lasting(_) | Op::History(_) | Op::Split(_) => Err(Beyond),
            Op::RecordId | Op::Account | Op::ItemField { .. } | Op::Fact { .. } | Op::Key(_) => Err(Beyond),
            Op::Meter { .. } | Op::Fold(_) | Op::Aggregate(_) | Op::Total(_) | Op::Unbilled => Err(Beyond),
            Op::State(_) | Op::FoldLet(_) | Op::StateBefore { .. } => Err(Beyond),
            Op::Term { .. } => Err(Beyond),
        }
    }

    /// A node that is no number.
    pub(super) fn plain(&mut self, node: Node) -> Planned {
        Planned { id: self.graph.add(node), unit: Unit::one() }
    }

    fn constant(&mut self, value: &Value, shape: Shape) -> Result<Planned, Beyond> {
        match value {
            Value::Number(number) => self.number(number),
            Value::Absent => form_of(shape).map(|form| self.plain(Node::Absent(form))),
            Value::Boolean(truth) => Ok(self.plain(Node::Truth(*truth))),
            other => integer_of(other, self.dictionary).map(|code| self.plain(Node::Code(code))).ok_or(Beyond),
        }
    }

    fn field(&mut self, at: usize) -> Result<Planned, Beyond> {
        let kind = self.program.schema.kinds.get(self.kind).ok_or(Beyond)?;
        let field = kind.fields.get(at).ok_or(Beyond)?;
        let layout = self.layouts.get(at).copied().ok_or(Beyond)?;
        let unit = match layout {
            Layout::Other => return Err(Beyond),
            Layout::Codes | Layout::Truths | Layout::Integers => Unit::one(),
            Layout::Numbers(scale) => {
                let factor = field.unit.as_ref().map_or(Some(Unit::one()), |unit| Unit::size_of(&unit.factor));
                factor.and_then(|factor| factor.times(&Unit::decimal(scale))).ok_or(Beyond)?
            }
        };
        let source = Source { field: at, layout, optional: field.optional };
        Ok(Planned { id: self.graph.add(Node::Column(source)), unit })
    }

    fn computed_field(&mut self, at: usize) -> Result<Planned, Beyond> {
        if let Some(known) = self.lets.get(&at) {
            return known.clone();
        }
        let program = self.program;
        let computed = program.lets.get(self.kind).and_then(|lets| lets.get(at)).ok_or(Beyond)?;
        let planned = self.expr(&computed.value);
        self.lets.insert(at, planned.clone());
        planned
    }

    fn record_kind(&mut self) -> Result<Planned, Beyond> {
        let kind = self.program.schema.kinds.get(self.kind).ok_or(Beyond)?;
        let code = self.dictionary.program_code(&kind.name).ok_or(Beyond)?;
        Ok(self.plain(Node::Code(i64::from(code))))
    }

    fn both_truths(&mut self, a: &Expr, b: &Expr) -> Result<(Id, Id), Beyond> {
        Ok((self.truth(a)?, self.truth(b)?))
    }

    fn comparison(&mut self, comparison: Comparison, a: &Expr, b: &Expr) -> Result<Planned, Beyond> {
        let only_equality = matches!(a.shape, Shape::Text | Shape::List);
        if only_equality && !matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            return Err(Beyond);
        }
        let sides = vec![self.expr(a)?, self.expr(b)?];
        let (ids, _) = self.alike(&sides)?;
        let [a, b] = ids.as_slice() else { return Err(Beyond) };
        Ok(self.plain(Node::Compare(comparison, *a, *b)))
    }

    fn otherwise(&mut self, a: &Expr, b: &Expr) -> Result<Planned, Beyond> {
        let sides = vec![self.expr(a)?, self.expr(b)?];
        let (ids, unit) = self.alike(&sides)?;
        let [a, b] = ids.as_slice() else { return Err(Beyond) };
        Ok(Planned { id: self.graph.add(Node::Otherwise(*a, *b)), unit })
    }

    /// A chain of conditions: what stands behind `else if` belongs to it.
    fn choice(&mut self, condition: &Expr, yes: &Expr, no: &Expr) -> Result<Planned, Beyond> {
        let mut conditions = vec![self.truth(condition)?];
        let mut values = vec![self.expr(yes)?];
        let mut last = no;
        while let Op::If(condition, yes, no) = &last.op {
            conditions.push(self.truth(condition)?);
            values.push(self.expr(yes)?);
            last = no;
        }
        values.push(self.expr(last)?);
        self.chosen(&conditions, &values)
    }

    /// The value of the first condition that is true, or the last value; one more than there are conditions.
    fn chosen(&mut self, conditions: &[Id], values: &[Planned]) -> Result<Planned, Beyond> {
        let (ids, unit) = self.alike(values)?;
        let (otherwise, values) = ids.split_last().ok_or(Beyond)?;
        let cases = conditions.iter().copied().zip(values.iter().copied()).collect();
        Ok(Planned { id: self.decided(cases, *otherwise), unit })
    }

    fn matched(&mut self, subject: &Expr, arms: &[(Value, Expr)], otherwise: Option<&Expr>) -> Result<Planned, Beyond> {
        let on = self.expr(subject)?;
        let (mut conditions, mut values) = (Vec::new(), Vec::new());
        if self.graph.facts(on.id).optional {
            return Err(Beyond);
        }
        for (value, arm) in arms {
            let constant = self.constant(value, subject.shape)?;
            let (ids, _) = self.alike(&[on.clone(), constant])?;
            let [on, constant] = ids.as_slice() else { return Err(Beyond) };
            conditions.push(self.graph.add(Node::Compare(Comparison::Equal, *on, *constant)));
            values.push(self.expr(arm)?);
        }
        let otherwise = match otherwise {
            Some(otherwise) => self.expr(otherwise)?,
            None => {
                let form = values.first().map_or(Form::Number, |value| self.graph.facts(value.id).form);
                self.plain(Node::Fails(form))
            }
        };
        values.push(otherwise);
        self.chosen(&conditions, &values)
    }

    fn function(&mut self, function: Function, arguments: &[Expr]) -> Result<Planned, Beyond> {
        if arguments.iter().any(|argument| matches!(argument.shape, Shape::Text | Shape::List)) {
            return Err(Beyond);
        }
        let planned: Vec<Planned> = arguments.iter().map(|argument| self.expr(argument)).collect::<Result<_, _>>()?;
        let (ids, unit) = self.alike(&planned)?;
        let is_truth = ids.iter().any(|id| self.graph.facts(*id).form == Form::Truth);
        let id = match (function, ids.as_slice()) {
            _ if is_truth => None,
            (Function::Min, ids) => self.reduced(ids, Node::Least),
            (Function::Max, ids) => self.reduced(ids, Node::Greatest),
            (Function::Abs, [id]) => Some(self.graph.add(Node::Absolute(*id))),
            (Function::Clamp, [value, least, most]) => {
                let raised = self.graph.add(Node::Greatest(*value, *least));
                Some(self.graph.add(Node::Least(raised, *most)))
            }
            (Function::Abs | Function::Clamp, _) => None,
        };
        id.map(|id| Planned { id, unit }).ok_or(Beyond)
    }

    fn reduced(&mut self, ids: &[Id], node: impl Fn(Id, Id) -> Node) -> Option<Id> {
        ids.iter().copied().reduce(|a, b| self.graph.add(node(a, b)))
    }
}

fn form_of(shape: Shape) -> Result<Form, Beyond> {
    match shape {
        Shape::Number => Ok(Form::Number),
        Shape::Boolean => Ok(Form::Truth),
        Shape::Text | Shape::Member(_) | Shape::Date | Shape::Time | Shape::Clock => Ok(Form::Code),
        Shape::List => Err(Beyond),
    }
}
