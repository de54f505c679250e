//! Arithmetic: what may be added, multiplied and divided, and what comes of it.

use super::literals::each_dimension;
use super::mismatch::{Joint, brief};
use super::scope::{Place, Scope};
use super::{Checker, units, words};
use crate::diagnostic::Diagnostic;
use crate::model::{Dimension, Type, Value};
use crate::source::Span;
use crate::syntax::ast::{Expr as Written, ExprKind as Form, Operator};
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
        self.rate_by_sign(operator.0, left, right, scope, span)?;
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
                let (arithmetic, joint) = match other {
                    Operator::Add => (Arithmetic::Add, Joint::Added),
                    Operator::Subtract => (Arithmetic::Subtract, Joint::Subtracted),
                    Operator::Modulo => (Arithmetic::Modulo, Joint::Remainder),
                    _ => (Arithmetic::Above, Joint::Above),
                };
                self.same_dimension(&left, &right, joint)?;
                if arithmetic == Arithmetic::Modulo {
                    self.not_zero(&right)?;
                }
                Some(sum(arithmetic, left, right, span))
            }
        }
    }

    /// `$0.20/GB` and `$0.20 per GB-month`: signs of arithmetic where the words of a rate are meant.
    fn rate_by_sign(
        &mut self,
        operator: Operator,
        left: &Written,
        right: &Written,
        scope: &Scope,
        span: Span,
    ) -> Option<()> {
        let Form::Path(path) = &right.kind else { return Some(()) };
        let [word] = path.names.as_slice() else { return Some(()) };
        let is_amount = matches!(left.kind, Form::Literal(_) | Form::Rate { .. });
        let stands_for_a_value = self.book.names.contains_key(&word.text) || self.names_in(scope).contains(&word.text);
        if !is_amount || stands_for_a_value {
            return Some(());
        }
        let (before, is_unit) = (self.sources.text(left.span).to_owned(), self.unit_by_word(&word.text).is_some());
        let help = match operator {
            Operator::Divide if is_unit => format!("write `{before} per {}`", word.text),
            Operator::Subtract if is_unit && before.contains(" per ") => format!("write `{before} {}`", word.text),
            Operator::Subtract if units::is_month(&word.text) && before.contains(" per ") => format!(
                "a price for a month's average is simply `{before}`; the window stands in the first line of the \
                 meter or the charge"
            ),
            _ => return Some(()),
        };
        let title = match operator {
            Operator::Divide => "a rate is written with `per`".to_owned(),
            _ if is_unit => "two units side by side are a product, with a blank between".to_owned(),
            _ => format!("`{}` is a window, not a unit", word.text),
        };
        self.fail(Diagnostic::error(units::UNKNOWN, title).label(span, "not read as a rate").help(help))
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
            return self.endless(&left, &right, &of_left.over(of_right), scope, span);
        }
        let dimension = of_left.over(of_right);
        let unit = match (of_right.is_none(), &left.unit) {
            (true, unit) => unit.clone(),
            (false, _) => units::canonical(&dimension).or_else(|| quotient_unit(&left, &right, &dimension)),
        };
        let denominator = left.denominator.quotient(&right);
        let kind = ExprKind::Arithmetic(Arithmetic::Divide, Box::new(left), Box::new(right));
        Some(Expr { kind, ty: Type::Number(dimension), unit, optional: false, denominator, span })
    }

    /// A quotient whose digits may go on for ever; the usual three mends are roundings.
    fn endless(&mut self, left: &Expr, right: &Expr, of: &Dimension, scope: &Scope, span: Span) -> Option<Expr> {
        if let Some(never) = self.never_priced(left, right, of, span) {
            return self.fail(never);
        }
        let written = brief(self.sources.text(span));
        let differs =
            if scope.is_record() { "this differs from record to record" } else { "this differs from bill to bill" };
        let mend = match (of.is_none(), of.currency()) {
            (true, _) => format!("`round({written} to 6 places)`, `ceil({written})` or `floor({written})`"),
            (false, Some(_)) => format!("`round({written} to 6 places)`, or `round({written})` as on a bill"),
            (false, None) => {
                let name = |expr: &Expr| expr.unit.as_ref().map_or_else(String::new, |unit| unit.name.to_string());
                let unit = self.factor_words(of, &[&name(left), &name(right)]);
                let many = units::plural(&unit);
                format!(
                    "`round({written} to 0.000001 {many})`, `ceil({written} to 1 {unit})` or `floor({written} to 1 {unit})`"
                )
            }
        };
        self.fail(
            Diagnostic::error(DIVISION, "this division may never end, so it needs a rounding")
                .label(right.span, differs)
                .help(format!("say where digits may be lost: {mend}")),
        )
    }

    /// A quotient that is the whole quantity, and in a unit that its price is not for: a rounding would not help.
    fn never_priced(&self, left: &Expr, right: &Expr, of: &Dimension, span: Span) -> Option<Diagnostic> {
        let (quantity, per, price) = self.priced.as_ref().filter(|(quantity, ..)| *quantity == span)?;
        let each = each_dimension();
        if of == per || (of.is_none() && *per == each) {
            return None;
        }
        let name = |expr: &Expr| expr.unit.as_ref().map_or_else(String::new, |unit| unit.name.to_string());
        let (one, other) = (name(left), name(right));
        let words = |of: &Dimension| self.factor_words(of, &[&one, &other]);
        let (comes, wanted) =
            (words(of), if *per == each { "each".to_owned() } else { format!("per `{}`", words(per)) });
        let comes = super::mismatch::noun(&comes);
        let top = brief(self.sources.text(left.span));
        Some(
            Diagnostic::error(words::UNITS, format!("this quantity is in {comes}, but the price is {wanted}"))
                .label(*quantity, format!("divided, it is in {}", comes.replace('`', "")))
                .label(*price, format!("a price {}", wanted.replace('`', "")))
                .help(format!(
                    "charge for what is counted: `quantity {top}`; a ratio can be a condition or the key of a table, \
                     but not what is priced"
                )),
        )
    }

    fn not_zero(&mut self, divisor: &Expr) -> Option<()> {
        match &divisor.kind {
            ExprKind::Constant(Value::Number(number)) if number.is_zero() => self.fail(
                Diagnostic::error(BY_ZERO, "nothing can be divided by zero")
                    .label(divisor.span, "this is zero")
                    .help("write the number that is meant, or leave the division out"),
            ),
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
                    Diagnostic::error(words::TYPES, "times can not be computed with in this way")
                        .label(left.span, format!("this is {left_is}"))
                        .label(right.span, format!("this is {right_is}"))
                        .help("a time less a time is elapsed time, as in `ended - time`; a time and elapsed time is a time, as in `time + 1 hour`"),
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

/// `GB per hour`, where both sides have plain units.
fn quotient_unit(left: &Expr, right: &Expr, dimension: &Dimension) -> Option<crate::model::Unit> {
    let (one, other) = (left.unit.as_ref()?, right.unit.as_ref()?);
    let plain = |unit: &crate::model::Unit| !unit.name.contains(" per ") && !unit.name.contains(" each");
    let fits = !dimension.is_none() && plain(one) && plain(other);
    units::rate_of(one, other).filter(|unit| fits && unit.dimension == *dimension)
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
        ExprKind::Constant(_) | ExprKind::Fact { .. } | ExprKind::Term { .. } | ExprKind::WindowValue { .. } => true,
        ExprKind::Arithmetic(..) | ExprKind::Negative(_) | ExprKind::Otherwise(..) => {
            divisor.children().into_iter().all(stays_exact)
        }
        _ => false,
    }
}
