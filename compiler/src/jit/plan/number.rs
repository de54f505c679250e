//! The nodes of arithmetic: which unit a result counts, so that run time needs only integers.

use super::{Beyond, Planned, Planner};
use crate::exact::{Rational, Rounding};
use crate::ir::{Arithmetic, Expr, Op, Shape};
use crate::jit::graph::{Form, Id, Node};
use crate::jit::unit::Unit;
use crate::model::Value;

impl Planner<'_> {
    /// A constant: once its own size, with its sign.
    pub(super) fn number(&mut self, number: &Rational) -> Result<Planned, Beyond> {
        if number.is_zero() {
            return Ok(self.plain(Node::Integer(0)));
        }
        let unit = Unit::size_of(number).ok_or(Beyond)?;
        let sign = if number.is_negative() { -1 } else { 1 };
        Ok(Planned { id: self.graph.add(Node::Integer(sign)), unit })
    }

    pub(super) fn times(&mut self, id: Id, by: i128) -> Id {
        if by == 1 || self.graph.facts(id).form != Form::Number {
            return id;
        }
        let by = self.graph.add(Node::Integer(by));
        self.graph.add(Node::Multiply(id, by))
    }

    /// The values as counts of one unit, if they are numbers; all must be of one form.
    pub(super) fn alike(&mut self, values: &[Planned]) -> Result<(Vec<Id>, Unit), Beyond> {
        let forms: Vec<Form> = values.iter().map(|value| self.graph.facts(value.id).form).collect();
        if forms.windows(2).any(|pair| pair.first() != pair.last()) {
            return Err(Beyond);
        }
        let mut unit: Option<Unit> = None;
        for value in values.iter().filter(|value| !self.is_of_any_unit(value.id)) {
            unit = Some(match unit {
                None => value.unit.clone(),
                Some(unit) => unit.common(&value.unit).ok_or(Beyond)?,
            });
        }
        let unit = unit.unwrap_or_else(Unit::one);
        let ids = values.iter().map(|value| self.counted(value, &unit)).collect::<Result<_, _>>()?;
        Ok((ids, unit))
    }

    /// Zero and what has no value count any unit.
    fn is_of_any_unit(&self, id: Id) -> bool {
        matches!(self.graph.node(id), Node::Integer(0) | Node::Absent(_) | Node::Fails(_))
    }

    /// A value as a count of a finer unit.
    fn counted(&mut self, value: &Planned, unit: &Unit) -> Result<Id, Beyond> {
        if self.is_of_any_unit(value.id) {
            return Ok(value.id);
        }
        match value.unit.over(unit).as_ref().and_then(Unit::parts) {
            Some((by, 1)) => Ok(self.times(value.id, by)),
            _ => Err(Beyond),
        }
    }

    pub(super) fn negative(&mut self, expr: &Expr) -> Result<Planned, Beyond> {
        let planned = self.expr(expr)?;
        let zero = self.graph.add(Node::Integer(0));
        Ok(Planned { id: self.graph.add(Node::Subtract(zero, planned.id)), unit: planned.unit })
    }

    pub(super) fn arithmetic(&mut self, operator: Arithmetic, a: &Expr, b: &Expr) -> Result<Planned, Beyond> {
        match (a.shape, b.shape) {
            (Shape::Number, Shape::Number) => {}
            (Shape::Time, Shape::Time) if operator == Arithmetic::Subtract => return self.seconds_between(a, b),
            _ => return Err(Beyond),
        }
        match operator {
            Arithmetic::Multiply => self.product(a, b),
            Arithmetic::Divide => self.quotient(a, b),
            Arithmetic::Add | Arithmetic::Subtract | Arithmetic::Modulo | Arithmetic::Above => {
                let sides = vec![self.expr(a)?, self.expr(b)?];
                let (ids, unit) = self.alike(&sides)?;
                let [a, b] = ids.as_slice() else { return Err(Beyond) };
                Ok(Planned { id: self.of_one_unit(operator, *a, *b)?, unit })
            }
        }
    }

    fn of_one_unit(&mut self, operator: Arithmetic, a: Id, b: Id) -> Result<Id, Beyond> {
        match operator {
            Arithmetic::Add => Ok(self.graph.add(Node::Add(a, b))),
            Arithmetic::Subtract => Ok(self.graph.add(Node::Subtract(a, b))),
            Arithmetic::Modulo => Ok(self.graph.add(Node::Modulo(a, b))),
            Arithmetic::Above => {
                let excess = self.graph.add(Node::Subtract(a, b));
                let zero = self.graph.add(Node::Integer(0));
                Ok(self.graph.add(Node::Greatest(excess, zero)))
            }
            Arithmetic::Multiply | Arithmetic::Divide => Err(Beyond),
        }
    }

    fn seconds_between(&mut self, a: &Expr, b: &Expr) -> Result<Planned, Beyond> {
        let (a, b) = (self.expr(a)?, self.expr(b)?);
        let (a, b) = (self.graph.add(Node::Count(a.id)), self.graph.add(Node::Count(b.id)));
        Ok(Planned { id: self.graph.add(Node::Subtract(a, b)), unit: Unit::decimal(9) })
    }

    fn product(&mut self, a: &Expr, b: &Expr) -> Result<Planned, Beyond> {
        let (a, b) = (self.expr(a)?, self.expr(b)?);
        let (a, b) = if self.graph.integer(a.id).is_some() { (b, a) } else { (a, b) };
        let unit = a.unit.times(&b.unit).ok_or(Beyond)?;
        Ok(Planned { id: self.graph.add(Node::Multiply(a.id, b.id)), unit })
    }

    /// A quotient counts a known unit only where the divisor is a constant.
    fn quotient(&mut self, a: &Expr, b: &Expr) -> Result<Planned, Beyond> {
        let (a, b) = (self.expr(a)?, self.expr(b)?);
        match self.graph.integer(b.id) {
            None | Some(0) => Err(Beyond),
            Some(count) => {
                let sign = if count < 0 { -1 } else { 1 };
                let size = Rational::from(count).abs();
                let divisor = Unit::size_of(&size).and_then(|size| size.times(&b.unit)).ok_or(Beyond)?;
                let unit = a.unit.over(&divisor).ok_or(Beyond)?;
                Ok(Planned { id: self.times(a.id, sign), unit })
            }
        }
    }

    /// To a multiple of a step: a whole number of steps. A quotient inside it needs no unit of its own.
    pub(super) fn round(&mut self, value: &Expr, rounding: Rounding, step: &Expr) -> Result<Planned, Beyond> {
        let step = match step.constant() {
            Some(Value::Number(step)) if step.is_positive() => Unit::size_of(step).ok_or(Beyond)?,
            _ => return Err(Beyond),
        };
        if let (Op::Arithmetic(Arithmetic::Divide, a, b), Shape::Number) = (&value.op, value.shape) {
            let (a, b) = (self.expr(a)?, self.expr(b)?);
            if self.graph.integer(b.id).is_none() {
                let divisor = Planned { unit: b.unit.times(&step).ok_or(Beyond)?, id: b.id };
                return self.steps(a, rounding, &divisor, step);
            }
        }
        let one = Planned { id: self.graph.add(Node::Integer(1)), unit: step.clone() };
        let value = self.expr(value)?;
        self.steps(value, rounding, &one, step)
    }

    fn steps(&mut self, value: Planned, rounding: Rounding, divisor: &Planned, step: Unit) -> Result<Planned, Beyond> {
        let (up, down) = value.unit.over(&divisor.unit).and_then(|ratio| ratio.parts()).ok_or(Beyond)?;
        let (value, divisor) = (self.times(value.id, up), self.times(divisor.id, down));
        let whole = self.graph.integer(divisor) == Some(1);
        let id = if whole { value } else { self.graph.add(Node::Quotient(rounding, value, divisor)) };
        Ok(Planned { id, unit: step })
    }
}
