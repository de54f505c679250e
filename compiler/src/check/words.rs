//! How messages name things: types, units, and the nearest name to a misspelt one.

use super::Checker;
use crate::diagnostic::Diagnostic;
use crate::model::{Base, Dimension, Type, Unit};
use crate::source::Span;
use crate::typed::Expr;

pub(super) const TYPES: &str = "florin::types::mismatch";
pub(super) const ABSENT: &str = "florin::types::may_be_absent";
pub(super) const UNITS: &str = "florin::units::mismatch";

/// The price of one of a plain count is money per this: it keeps `$0.03` apart from `$0.03 each`.
pub(super) const EACH: &str = "each";

/// The nearest of some names to a misspelt one, if one is near.
pub(super) fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let lower = word.to_lowercase();
    let measured = names.into_iter().map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name));
    let limit = (word.chars().count() / 3).max(1);
    measured.filter(|(distance, _)| *distance <= limit).min().map(|(_, name)| name.to_owned())
}

/// A number as it is written, for use in a unit's name: `1_000`, `1M`.
pub(super) fn written_number(text: &str) -> String {
    text.to_owned()
}

/// A base unit's name.
pub(super) fn base(base: &Base) -> &str {
    match base {
        Base::Currency(code) => code,
        Base::Data => "B",
        Base::Time => "second",
        Base::Declared(name) => name,
    }
}

/// A dimension in words: `USD per GB`, `credit second`, `a plain number`.
pub(super) fn dimension(dimension: &Dimension) -> String {
    if dimension.is_none() {
        return "a plain number".to_owned();
    }
    let (above, below): (Vec<_>, Vec<_>) = dimension.powers().iter().partition(|(_, power)| *power > 0);
    let list = |side: &[&(Base, i32)]| {
        let words =
            side.iter().flat_map(|(name, power)| std::iter::repeat_n(base(name), power.unsigned_abs() as usize));
        words.map(|word| if word == "B" { "byte" } else { word }).collect::<Vec<_>>().join(" ")
    };
    match (above.is_empty(), below.is_empty()) {
        (_, true) => list(&above),
        (true, false) => format!("1 per {}", list(&below)),
        (false, false) if list(&below) == EACH => format!("{} each", list(&above)),
        (false, false) => format!("{} per {}", list(&above), list(&below)),
    }
}

/// A number's unit as the book writes it, else its dimension.
pub(super) fn measure(unit: Option<&Unit>, of: &Dimension) -> String {
    match unit {
        Some(unit) if !of.is_none() && unit.dimension == *of => unit.name.to_string(),
        _ => dimension(of),
    }
}

impl Checker<'_> {
    /// A type in words, with its article: `a text`, `an amount of USD`, `a Size`.
    pub(super) fn type_words(&self, ty: &Type, unit: Option<&Unit>) -> String {
        match ty {
            Type::Number(of) if of.is_none() => "a plain number".to_owned(),
            Type::Number(of) => match of.currency() {
                Some(code) => format!("an amount in {code}"),
                None => format!("a number of `{}`", measure(unit, of)),
            },
            Type::Text => "a text".to_owned(),
            Type::Enum(index) => {
                let name = self.schema.enums.get(*index).map_or("?", |enumeration| &enumeration.name);
                format!("one of `{name}`")
            }
            Type::Boolean => "true or false".to_owned(),
            Type::Date => "a date".to_owned(),
            Type::Time => "a time".to_owned(),
            Type::Clock => "a time of day".to_owned(),
            Type::List(_) => "a list".to_owned(),
        }
    }

    /// What an expression is, in words.
    pub(super) fn expr_words(&self, expr: &Expr) -> String {
        self.type_words(&expr.ty, expr.unit.as_ref())
    }

    /// Reports a value of a wrong type.
    pub(super) fn wrong_type<T>(&mut self, span: Span, is: &str, wanted: &str) -> Option<T> {
        self.fail(Diagnostic::error(TYPES, format!("{wanted} is needed here")).label(span, format!("this is {is}")))
    }

    /// The expression, if it is sure to have a value.
    pub(super) fn present(&mut self, expr: Expr) -> Option<Expr> {
        if !expr.optional {
            return Some(expr);
        }
        let written = self.sources.text(expr.span).to_owned();
        let instead = match &expr.ty {
            Type::Number(of) if of.is_none() => "0".to_owned(),
            Type::Number(of) => format!("0 {}", super::units::plural(&measure(expr.unit.as_ref(), of))),
            Type::Text => "\"\"".to_owned(),
            Type::Boolean => "false".to_owned(),
            _ => "..".to_owned(),
        };
        let brief = if written.len() <= 40 && !written.contains('\n') { written } else { "..".to_owned() };
        self.fail(
            Diagnostic::error(ABSENT, "this may be absent, and nothing says what holds then")
                .label(expr.span, "may have no value")
                .help(format!("say it with `otherwise`: `({brief} otherwise {instead})`")),
        )
    }

    /// The expression, if it is a number that is sure to be there.
    pub(super) fn number(&mut self, expr: Expr) -> Option<(Expr, Dimension)> {
        let expr = self.present(expr)?;
        match &expr.ty {
            Type::Number(of) => {
                let of = of.clone();
                Some((expr, of))
            }
            _ => {
                let is = self.expr_words(&expr);
                self.wrong_type(expr.span, &is, "a number")
            }
        }
    }

    /// The expression, if it is true or false.
    pub(super) fn boolean(&mut self, expr: Expr) -> Option<Expr> {
        let expr = self.present(expr)?;
        if expr.ty == Type::Boolean {
            return Some(expr);
        }
        let is = self.expr_words(&expr);
        self.fail(
            Diagnostic::error(TYPES, "a condition is needed here")
                .label(expr.span, format!("this is {is}"))
                .help("compare it with something, such as `x > 5` or `x == \"y\"`"),
        )
    }
}
