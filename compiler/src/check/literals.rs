//! Values that need no computing.

use super::{Checker, units, words};
use crate::diagnostic::Diagnostic;
use crate::exact::Rational;
use crate::model::{Base, Dimension, Symbol, Type, Unit, Value};
use crate::source::Span;
use crate::syntax::ast::{CurrencyName, Literal, LiteralKind, Number, Per};
use crate::typed::{Denominator, Expr, ExprKind};

impl Checker<'_> {
    /// A literal, of the expected type where it is a word.
    pub(super) fn literal(&mut self, literal: &Literal, expected: Option<&Type>) -> Option<Expr> {
        let span = literal.span;
        match &literal.kind {
            LiteralKind::Number(number) => Some(self.plain(&number.value, span)),
            LiteralKind::Quantity(number, unit) => {
                let unit = self.unit(unit)?;
                Some(quantity(&number.value, unit, span))
            }
            LiteralKind::Money(currency, number) => self.money(currency, number, span),
            LiteralKind::Rate(value, per) => {
                let value = self.literal(value, None)?;
                self.rate(value, per, span)
            }
            LiteralKind::Each(value) => {
                let value = self.literal(value, None)?;
                self.each(value, span)
            }
            LiteralKind::Instant(time) => Some(constant(Value::Time(*time), Type::Time, span)),
            LiteralKind::Date(date) => Some(constant(Value::Date(*date), Type::Date, span)),
            LiteralKind::Month(year, month) => self.month(*year, *month, span),
            LiteralKind::Clock(clock) => Some(constant(Value::Clock(*clock), Type::Clock, span)),
            LiteralKind::Text(text) => Some(constant(Value::Text(Symbol::clone(text)), Type::Text, span)),
            LiteralKind::Boolean(truth) => Some(constant(Value::Boolean(*truth), Type::Boolean, span)),
            LiteralKind::Word(word) => self.word(word, expected, span),
        }
    }

    fn plain(&self, value: &Rational, span: Span) -> Expr {
        let mut expr = constant(Value::Number(value.clone()), Type::Number(Dimension::none()), span);
        expr.denominator = Denominator::of(value);
        expr
    }

    fn money(&mut self, currency: &CurrencyName, number: &Number, span: Span) -> Option<Expr> {
        let Some(known) = self.currency_written(&currency.text) else {
            if self.is_broken("currency") {
                return None;
            }
            let code = match &*currency.text {
                "€" => "EUR",
                "£" => "GBP",
                "¥" => "JPY",
                "$" => "USD",
                _ => "EUR",
            };
            let help = match self.book.currencies.first() {
                Some(declared) => {
                    let written = declared.symbol.as_ref().map_or(&declared.code.text, |symbol| &symbol.text);
                    format!(
                        "this book's currency is written `{written}`; another one is declared at the top: `currency {code} \"{}\"`",
                        currency.text
                    )
                }
                None => {
                    format!("say at the top of the book which currency it is: `currency USD \"{}\"`", currency.text)
                }
            };
            return self.fail(
                Diagnostic::error(words::UNITS, format!("`{}` is not a currency that this book knows", currency.text))
                    .label(currency.span, "no currency is written so")
                    .help(help),
            );
        };
        Some(quantity(&number.value, units::money_unit(&known.code), span))
    }

    /// A month alone is its first day.
    fn month(&mut self, year: i16, month: i8, span: Span) -> Option<Expr> {
        let date = jiff::civil::Date::new(year, month, 1).ok()?;
        Some(constant(Value::Date(date), Type::Date, span))
    }

    /// A word where a value stands is an enum's member.
    fn word(&mut self, word: &Symbol, expected: Option<&Type>, span: Span) -> Option<Expr> {
        let Some(Type::Enum(index)) = expected else {
            return self.fail(
                Diagnostic::error(words::TYPES, format!("`{word}` is not a value here"))
                    .label(span, "a word without quotes")
                    .help(format!("if it is a text, write it in quotes: `\"{word}\"`")),
            );
        };
        self.member(*index, word, span)
    }

    /// A member of an enum by its name.
    pub(super) fn member(&mut self, index: usize, word: &str, span: Span) -> Option<Expr> {
        let enumeration = self.schema.enums.get(index)?;
        let position = enumeration.members.iter().position(|member| &*member.name == word);
        if let Some(position) = position {
            return Some(constant(Value::Member(u32::try_from(position).ok()?), Type::Enum(index), span));
        }
        let names: Vec<&str> = enumeration.members.iter().map(|member| &*member.name).collect();
        let help = match self.nearest_member(index, word) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("`{}` has {}", enumeration.name, words_list(&names)),
        };
        let diagnostic = Diagnostic::error(super::names::UNKNOWN, format!("`{}` has no `{word}`", enumeration.name))
            .label(span, "not one of its members")
            .label(enumeration.span, "declared here")
            .help(help);
        self.fail(diagnostic)
    }

    /// `x per 1M tokens`
    pub(super) fn rate(&mut self, value: Expr, per: &Per, span: Span) -> Option<Expr> {
        let (value, _) = self.number(value)?;
        self.odd_per(per, span)?;
        let per_unit = self.per(per)?;
        if per.started {
            return self.fail(
                Diagnostic::error(
                    super::names::NOT_A_VALUE,
                    "`per started` counts whole blocks, and stands only in a price",
                )
                .label(per.span, "not a price of its own here")
                .help(format!("write it as the whole price: `price {}`", self.sources.text(span))),
            );
        }
        if per.unit.is_none() {
            let each = Unit { name: per_unit.name, dimension: each_dimension(), factor: per_unit.factor };
            return Some(divided(value, &each, span));
        }
        Some(divided(value, &per_unit, span))
    }

    /// `x each`
    pub(super) fn each(&mut self, value: Expr, span: Span) -> Option<Expr> {
        let (value, _) = self.number(value)?;
        let each = Unit { name: "".into(), dimension: each_dimension(), factor: Rational::one() };
        Some(divided(value, &each, span))
    }
}

/// The dimension by which the price of a plain count is told from a price for everything.
pub(super) fn each_dimension() -> Dimension {
    Dimension::of(Base::Declared(words::EACH.into()))
}

/// A value for each of a unit.
fn divided(value: Expr, per: &Unit, span: Span) -> Expr {
    let unit = value.unit.as_ref().and_then(|unit| units::rate_of(unit, per));
    let dimension = match &value.ty {
        Type::Number(of) => of.over(&per.dimension),
        _ => Dimension::none(),
    };
    let factor = Rational::one().checked_div(&per.factor).unwrap_or_else(Rational::one);
    let denominator = value.denominator.product(&Denominator::of(&factor));
    let kind = match value.kind {
        ExprKind::Constant(Value::Number(number)) => ExprKind::Constant(Value::Number(&number * &factor)),
        kind if factor == Rational::one() => kind,
        kind => {
            let mut scale = constant(Value::Number(factor.clone()), Type::Number(Dimension::none()), span);
            scale.denominator = Denominator::of(&factor);
            let inner = Expr { kind, ..value };
            ExprKind::Arithmetic(crate::typed::Arithmetic::Multiply, Box::new(inner), Box::new(scale))
        }
    };
    Expr { kind, ty: Type::Number(dimension), unit, optional: false, denominator, span }
}

/// A constant.
pub(super) fn constant(value: Value, ty: Type, span: Span) -> Expr {
    Expr { kind: ExprKind::Constant(value), ty, unit: None, optional: false, denominator: Denominator::one(), span }
}

/// So many of a unit.
pub(super) fn quantity(count: &Rational, unit: Unit, span: Span) -> Expr {
    let value = count * &unit.factor;
    Expr {
        denominator: Denominator::of(&value),
        kind: ExprKind::Constant(Value::Number(value)),
        ty: Type::Number(unit.dimension.clone()),
        unit: Some(unit),
        optional: false,
        span,
    }
}

/// `a`, `b` and `c`, each in backticks; long lists are cut.
pub(super) fn words_list(names: &[&str]) -> String {
    const MOST: usize = 12;
    let mut quoted: Vec<String> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    if names.len() > MOST {
        quoted.push(format!("{} more", names.len() - MOST));
    }
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
