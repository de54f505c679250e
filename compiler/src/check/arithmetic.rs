//! Arithmetic: what may be added, multiplied and divided, and what comes of it.

use super::literals::each_dimension;
use super::scope::{Place, Scope};
use super::{Checker, units, words};
use crate::diagnostic::Diagnostic;
use crate::model::{Dimension, Type, Value};
use crate::source::Span;
use crate::syntax::ast::{Expr as Written, Operator};
use crate::typed::{Arithmetic, Denominator, Expr, ExprKind};

pub(super) const DIVISION: &str = "florin::numbers::division";
pub(super) const BY_ZERO: &str = "florin::numbers::division_by_zero";

impl Checker<'_> {
    pub(super) fn arithmetic(
        &mut self,
        operator: (Operator, Span),
        left: &Written,
        right: &Written,
        scope: &Scope,
        span: Span,
    ) -> Option<Expr> {
        let written = (self.expr(left, scope, None), self.expr(right, scope, None));
        let (Some(left), Some(right)) = written else { return None };
        let (left, right) = (self.present(left), self.present(right));
        let (left, right) = (left?, right?);
        if left.ty == Type::Time || right.ty == Type::Time {
            return self.time_arithmetic(operator, left, right, span);
        }
        let (left, right) = (self.number(left), self.number(right));
        let ((left, of_left), (right, of_right)) = (left?, right?);
        match operator.0 {
            Operator::Multiply => {
                let product = product(left, right, &of_left, &of_right, span);
                Some(if counts_each(&of_left, &of_right) && !decides_a_price(scope) {
                    counted(product)
                } else {
                    product
                })
            }
            Operator::Divide => self.quotient(left, right, &of_left, &of_right, scope, span),
            other => {
                self.same_dimension(&left, &right, operator.1)?;
                let arithmetic = match other {
                    Operator::Add => Arithmetic::Add,
                    Operator::Subtract => Arithmetic::Subtract,
                    Operator::Modulo => Arithmetic::Modulo,
                    _ => Arithmetic::Above,
                };
                if arithmetic == Arithmetic::Modulo {
                    self.not_zero(&right)?;
                }
                Some(sum(arithmetic, left, right, span))
            }
        }
    }

    /// Reports two numbers that can not be added or compared.
    pub(super) fn same_dimension(&mut self, left: &Expr, right: &Expr, operator: Span) -> Option<()> {
        let (Type::Number(of_left), Type::Number(of_right)) = (&left.ty, &right.ty) else { return None };
        if of_left == of_right {
            return Some(());
        }
        let (in_left, in_right) =
            (words::measure(left.unit.as_ref(), of_left), words::measure(right.unit.as_ref(), of_right));
        let help = self.mend_dimension((left, of_left, &in_left), (right, of_right, &in_right));
        let mut diagnostic =
            Diagnostic::error(words::UNITS, self.mismatch_title(of_left, of_right, &in_left, &in_right))
                .label(left.span, measured(&in_left))
                .label(right.span, measured(&in_right));
        let _ = operator;
        if let Some(help) = help {
            diagnostic = diagnostic.help(help);
        }
        self.fail(diagnostic)
    }

    fn mismatch_title(&self, left: &Dimension, right: &Dimension, in_left: &str, in_right: &str) -> String {
        match (left.currency(), right.currency()) {
            (Some(one), Some(other)) => format!("{one} and {other} are different currencies"),
            _ => format!("{} and {} can not be put side by side", noun(in_left), noun(in_right)),
        }
    }

    /// The likely mend: a bare number wants a unit; two currencies want a rate; else the missing factor.
    fn mend_dimension(&self, left: (&Expr, &Dimension, &str), right: (&Expr, &Dimension, &str)) -> Option<String> {
        let bare = |(expr, of, _): (&Expr, &Dimension, &str)| {
            (of.is_none() && matches!(expr.kind, ExprKind::Constant(_)))
                .then(|| self.sources.text(expr.span).to_owned())
        };
        if let Some(number) = bare(right) {
            return Some(format!("say what is counted: `{}`", with_unit(&number, left.2)));
        }
        if let Some(number) = bare(left) {
            return Some(format!("say what is counted: `{}`", with_unit(&number, right.2)));
        }
        if let (Some(one), Some(other)) = (left.1.currency(), right.1.currency()) {
            return Some(format!("multiply one of them by an exchange rate, in `{one} per {other}`"));
        }
        let missing = left.1.over(right.1);
        Some(format!("to compare them, the second would need a factor in `{}`", words::dimension(&missing)))
    }

    fn quotient(
        &mut self,
        left: Expr,
        right: Expr,
        of_left: &Dimension,
        of_right: &Dimension,
        scope: &Scope,
        span: Span,
    ) -> Option<Expr> {
        self.not_zero(&right)?;
        if !scope.rounded && !stays_exact(&right) {
            let written = brief(self.sources.text(span));
            return self.fail(
                Diagnostic::error(DIVISION, "this division may never end, so it needs a rounding")
                    .label(right.span, "divided by something that is different on every record")
                    .help(format!(
                        "say where digits may be lost: `round({written} to 6 places)`, or `ceil({written})` for started \
                         ones, or `floor({written})` for whole ones"
                    )),
            );
        }
        let dimension = of_left.over(of_right);
        let unit = match (of_right.is_none(), &left.unit) {
            (true, unit) => unit.clone(),
            (false, _) => units::canonical(&dimension),
        };
        let denominator = left.denominator.quotient(&right);
        let kind = ExprKind::Arithmetic(Arithmetic::Divide, Box::new(left), Box::new(right));
        Some(Expr { kind, ty: Type::Number(dimension), unit, optional: false, denominator, span })
    }

    fn not_zero(&mut self, divisor: &Expr) -> Option<()> {
        match &divisor.kind {
            ExprKind::Constant(Value::Number(number)) if number.is_zero() => self
                .fail(Diagnostic::error(BY_ZERO, "nothing can be divided by zero").label(divisor.span, "this is zero")),
            _ => Some(()),
        }
    }

    /// Time minus time is elapsed time; time plus or minus elapsed time is a time.
    fn time_arithmetic(&mut self, operator: (Operator, Span), left: Expr, right: Expr, span: Span) -> Option<Expr> {
        let elapsed = Type::Number(Dimension::time());
        let (arithmetic, ty) = match (operator.0, left.ty == Type::Time, right.ty == Type::Time) {
            (Operator::Subtract, true, true) => (Arithmetic::Subtract, elapsed),
            (Operator::Subtract, true, false) if right.ty == elapsed => (Arithmetic::Subtract, Type::Time),
            (Operator::Add, true, false) if right.ty == elapsed => (Arithmetic::Add, Type::Time),
            (Operator::Add, false, true) if left.ty == elapsed => (Arithmetic::Add, Type::Time),
            _ => {
                let (left_is, right_is) = (self.expr_words(&left), self.expr_words(&right));
                return self.fail(
                    Diagnostic::error(words::TYPES, "this can not be computed with times")
                        .label(left.span, left_is)
                        .label(right.span, right_is)
                        .help("a time less a time is elapsed time; a time and elapsed time is a time"),
                );
            }
        };
        let unit = match &ty {
            Type::Number(of) => units::canonical(of),
            _ => None,
        };
        let kind = ExprKind::Arithmetic(arithmetic, Box::new(left), Box::new(right));
        Some(Expr { kind, ty, unit, optional: false, denominator: Denominator::of(&nanosecond()), span })
    }
}

/// Times are exact to the nanosecond.
fn nanosecond() -> crate::exact::Rational {
    crate::exact::Rational::fraction_of(1, 1_000_000_000).unwrap_or_else(crate::exact::Rational::one)
}

fn sum(arithmetic: Arithmetic, left: Expr, right: Expr, span: Span) -> Expr {
    let (ty, unit) = (left.ty.clone(), left.unit.clone().or_else(|| right.unit.clone()));
    let denominator = left.denominator.sum(&right.denominator);
    let kind = ExprKind::Arithmetic(arithmetic, Box::new(left), Box::new(right));
    Expr { kind, ty, unit, optional: false, denominator, span }
}

fn product(left: Expr, right: Expr, of_left: &Dimension, of_right: &Dimension, span: Span) -> Expr {
    let dimension = of_left.times(of_right);
    let plain = |of: &Dimension, unit: &Option<crate::model::Unit>| match of.is_none() {
        true => None,
        false => unit.clone(),
    };
    let unit = match (plain(of_left, &left.unit), plain(of_right, &right.unit)) {
        (Some(one), None) if of_right.is_none() => Some(one),
        (None, Some(one)) if of_left.is_none() => Some(one),
        (one, other) => units::times(one.as_ref(), other.as_ref()),
    };
    let unit = unit.filter(|unit| unit.dimension == dimension).or_else(|| units::canonical(&dimension));
    let denominator = left.denominator.product(&right.denominator);
    let kind = ExprKind::Arithmetic(Arithmetic::Multiply, Box::new(left), Box::new(right));
    Expr { kind, ty: Type::Number(dimension), unit, optional: false, denominator, span }
}

/// Whether a plain number meets the price of each of a plain count.
fn counts_each(left: &Dimension, right: &Dimension) -> bool {
    let is_each = |of: &Dimension| of.over(&each_dimension().inverse()).currency().is_some() && of.currency().is_none();
    (left.is_none() && is_each(right)) || (right.is_none() && is_each(left))
}

fn decides_a_price(scope: &Scope) -> bool {
    scope.as_group().is_some_and(|group| group.place == Place::Price)
}

/// So many times the price of each is money.
fn counted(product: Expr) -> Expr {
    let Type::Number(of) = &product.ty else { return product };
    let dimension = of.times(&each_dimension());
    Expr { unit: units::canonical(&dimension), ty: Type::Number(dimension), ..product }
}

/// Whether dividing by it stays exact: constants, facts, and the length or days of a window.
fn stays_exact(divisor: &Expr) -> bool {
    match &divisor.kind {
        ExprKind::Constant(_) | ExprKind::Fact(_) | ExprKind::WindowValue { .. } => true,
        ExprKind::Arithmetic(..) | ExprKind::Negative(_) | ExprKind::Otherwise(..) => {
            divisor.children().into_iter().all(stays_exact)
        }
        _ => false,
    }
}

/// "this is in GB", "this is a plain number"
pub(super) fn measured(unit: &str) -> String {
    if unit == "a plain number" { "this is a plain number".to_owned() } else { format!("this is in {unit}") }
}

fn noun(unit: &str) -> String {
    if unit == "a plain number" { unit.to_owned() } else { format!("`{unit}`") }
}

fn with_unit(number: &str, unit: &str) -> String {
    match unit.len() == 3 && unit.chars().all(|letter| letter.is_ascii_uppercase()) {
        true => format!("{unit} {number}"),
        false => format!("{number} {}", units::plural(unit)),
    }
}

/// A stretch of the book, cut to one short line.
pub(super) fn brief(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 40 { line } else { "..".to_owned() }
}
