//! Expressions: one line for each form, and where each is checked.

use super::Checker;
use super::scope::Scope;
use crate::model::{Type, Value};
use crate::syntax::ast::{Expr as Written, ExprKind as Form, Operator};
use crate::typed::{Denominator, Expr, ExprKind};

impl Checker<'_> {
    /// An expression with its type; none where something in it was reported. `expected` is what the place asks
    /// for, by which a bare word is known as an enum's member; the caller compares the types.
    pub(super) fn expr(&mut self, written: &Written, scope: &Scope, expected: Option<&Type>) -> Option<Expr> {
        self.has_room(1, 1, written.span)?;
        self.depth += 1;
        let checked = self.form(written, scope, expected);
        self.depth -= 1;
        checked
    }

    fn form(&mut self, written: &Written, scope: &Scope, expected: Option<&Type>) -> Option<Expr> {
        let span = written.span;
        match &written.kind {
            Form::Literal(literal) => self.literal(literal, expected),
            Form::Path(path) => self.path(path, scope, expected),
            Form::Negative(value) => self.negative(value, scope, span),
            Form::Not(value) => self.not(value, scope, span),
            Form::Binary { operator, operator_span, left, right } => match operator {
                Operator::And | Operator::Or => self.logic(*operator, left, right, scope, span),
                Operator::Otherwise => self.otherwise(left, right, scope, expected, span),
                Operator::Add
                | Operator::Subtract
                | Operator::Multiply
                | Operator::Divide
                | Operator::Modulo
                | Operator::Above => self.arithmetic((*operator, *operator_span), left, right, scope, span),
                Operator::Equal
                | Operator::NotEqual
                | Operator::Less
                | Operator::LessOrEqual
                | Operator::Greater
                | Operator::GreaterOrEqual => self.comparison((*operator, *operator_span), left, right, scope, span),
            },
            Form::IsAbsent(value) => self.is_absent(value, scope, span),
            Form::InCalendar(value, calendar) => self.in_calendar(value, calendar, scope, span),
            Form::If { condition, then, otherwise } => self.choice(condition, then, otherwise, scope, expected, span),
            Form::Match { subject, arms } => self.matching(subject, arms, scope, expected, span),
            Form::Rate { value, per } => {
                let value = self.expr(value, scope, None)?;
                self.rate(value, per, span)
            }
            Form::Each(value) => {
                let value = self.expr(value, scope, None)?;
                self.each(value, span)
            }
            Form::AtTime { value, time } => self.at_time(value, time, scope, span),
            Form::Call { name, arguments } => self.call(name, arguments, scope, span),
            Form::Round { function, value, to, mode } => self.round(*function, value, to.as_ref(), *mode, scope, span),
            Form::Lookup { table, keys, column } => self.lookup_written(table, keys, column.as_ref(), scope, span),
            Form::WindowValue { value, shift, window, calendar } => {
                self.window_value(*value, *shift, window, calendar.as_ref(), span)
            }
            Form::History { path, shift, window, window_span, opening } => {
                // Of a fold's states, in its own records; else of a meter.
                match scope.as_group() {
                    Some(_) => self.previous(path, (*shift, *window, *window_span), opening.as_deref(), scope, span),
                    None => self.state_before(path, (*shift, *window, *window_span), opening.as_deref(), scope, span),
                }
            }
            Form::Hole => None,
        }
    }

    fn negative(&mut self, value: &Written, scope: &Scope, span: crate::source::Span) -> Option<Expr> {
        let value = self.expr(value, scope, None)?;
        let (value, _) = self.number(value)?;
        let (ty, unit, denominator) = (value.ty.clone(), value.unit.clone(), value.denominator.clone());
        let kind = match value.kind {
            ExprKind::Constant(Value::Number(number)) => ExprKind::Constant(Value::Number(-&number)),
            kind => ExprKind::Negative(Box::new(Expr { kind, ..value })),
        };
        Some(Expr { kind, ty, unit, optional: false, denominator, span })
    }

    fn not(&mut self, value: &Written, scope: &Scope, span: crate::source::Span) -> Option<Expr> {
        let value = self.expr(value, scope, Some(&Type::Boolean))?;
        let value = self.boolean(value)?;
        Some(truth(ExprKind::Not(Box::new(value)), span))
    }
}

/// An expression that is true or false.
pub(super) fn truth(kind: ExprKind, span: crate::source::Span) -> Expr {
    Expr { kind, ty: Type::Boolean, unit: None, optional: false, denominator: Denominator::one(), span }
}
