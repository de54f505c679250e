//! Roundings: in what they count, and in which direction.

use super::scope::Scope;
use super::{Checker, units, words};
use crate::diagnostic::Diagnostic;
use crate::exact::{Rational, Rounding};
use crate::model::{Dimension, Type, Value};
use crate::source::Span;
use crate::syntax::ast::{Expr as Written, Number, RoundFunction, RoundTo, RoundingMode};
use crate::typed::{Denominator, Expr, ExprKind};

pub(super) const UNIT: &str = "florin::numbers::rounding_unit";

/// The most places that a rounding may name.
const MAX_PLACES: i128 = 30;

impl Checker<'_> {
    pub(super) fn round(
        &mut self,
        function: RoundFunction,
        value: &Written,
        to: Option<&RoundTo>,
        mode: Option<(RoundingMode, Span)>,
        scope: &Scope,
        span: Span,
    ) -> Option<Expr> {
        let value = self.expr(value, &scope.with_rounding(true), None);
        let step = match to {
            Some(RoundTo::Step(step)) => Some(self.expr(step, scope, None)),
            _ => None,
        };
        let (value, of) = self.number(value?)?;
        let step = match (to, step) {
            (Some(RoundTo::Places(places)), _) => self.places_step(places, &value, &of, span)?,
            (_, Some(step)) => self.step(step?, &value)?,
            (_, None) => self.natural_step(&value, &of, span)?,
        };
        let rounding = self.direction(function, mode)?;
        let (ty, unit) = (Type::Number(of), value.unit.clone().or_else(|| step.unit.clone()));
        let denominator = match &step.kind {
            ExprKind::Constant(Value::Number(number)) => Denominator::of(number),
            _ => Denominator::Open,
        };
        let kind = ExprKind::Round { value: Box::new(value), rounding, step: Box::new(step) };
        Some(Expr { kind, ty, unit, optional: false, denominator, span })
    }

    fn direction(&mut self, function: RoundFunction, mode: Option<(RoundingMode, Span)>) -> Option<Rounding> {
        match (function, mode) {
            (RoundFunction::Round, Some((mode, _))) => Some(named(mode)),
            (RoundFunction::Round, None) => self.header.as_ref().map(|header| header.rounding),
            (RoundFunction::Ceil, None) => Some(Rounding::Ceil),
            (RoundFunction::Floor, None) => Some(Rounding::Floor),
            (RoundFunction::Ceil | RoundFunction::Floor, Some((_, span))) => self.fail(
                Diagnostic::error(UNIT, "`ceil` and `floor` say their direction themselves")
                    .label(span, "a second direction")
                    .help("`ceil` goes up, `floor` goes down; for another direction write `round(.., half even)`"),
            ),
        }
    }

    /// `to 2 places`: of a plain number or of money.
    fn places_step(&mut self, places: &Number, value: &Expr, of: &Dimension, span: Span) -> Option<Expr> {
        let count = places.value.to_i128().filter(|count| (0..=MAX_PLACES).contains(count));
        let Some(count) = count.and_then(|count| u32::try_from(count).ok()) else {
            return self.fail(
                Diagnostic::error(UNIT, format!("a rounding is to a number of places from 0 to {MAX_PLACES}"))
                    .label(places.span, "not a number of places"),
            );
        };
        if !of.is_none() && of.currency().is_none() {
            return self.unit_missing(value, of, span);
        }
        let step = Rational::one().checked_div(&Rational::power_of_ten(count))?;
        Some(step_of(step, of, places.span))
    }

    /// `to 6 seconds`
    fn step(&mut self, step: Expr, value: &Expr) -> Option<Expr> {
        let (step, _) = self.number(step)?;
        self.same_dimension(value, &step, step.span)?;
        match &step.kind {
            ExprKind::Constant(Value::Number(number)) if !number.is_positive() => self.fail(
                Diagnostic::error(UNIT, "a rounding counts in steps above zero")
                    .label(step.span, "this is not above zero"),
            ),
            _ => Some(step),
        }
    }

    /// Plain numbers count in ones, money in its currency's precision; a quantity must say it.
    fn natural_step(&mut self, value: &Expr, of: &Dimension, span: Span) -> Option<Expr> {
        if of.is_none() {
            return Some(step_of(Rational::one(), of, span));
        }
        match of.currency().and_then(|code| self.currency(code)) {
            Some(currency) => {
                let step = Rational::one().checked_div(&Rational::power_of_ten(currency.places))?;
                Some(step_of(step, of, span))
            }
            None => self.unit_missing(value, of, span),
        }
    }

    fn unit_missing(&mut self, value: &Expr, of: &Dimension, span: Span) -> Option<Expr> {
        let unit = words::measure(value.unit.as_ref(), of);
        self.fail(
            Diagnostic::error(UNIT, "this rounding does not say in what it counts")
                .label(value.span, super::arithmetic::measured(&unit))
                .label(span, "rounded here")
                .help(format!(
                    "name the step: `round(.. to 1 {unit})`, `ceil(.. to 1 {unit})`, or `to 0.01 {}`",
                    units::plural(&unit)
                )),
        )
    }
}

/// A mode that the book names.
pub(super) fn named(mode: RoundingMode) -> Rounding {
    match mode {
        RoundingMode::HalfEven => Rounding::HalfEven,
        RoundingMode::Up => Rounding::Up,
        RoundingMode::Down => Rounding::Down,
    }
}

fn step_of(step: Rational, of: &Dimension, span: Span) -> Expr {
    Expr {
        denominator: Denominator::of(&step),
        kind: ExprKind::Constant(Value::Number(step)),
        ty: Type::Number(of.clone()),
        unit: units::canonical(of),
        optional: false,
        span,
    }
}
