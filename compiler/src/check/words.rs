//! How messages name things: types, units, and the nearest name to a misspelt one.

use super::Checker;
use crate::diagnostic::Diagnostic;
use crate::exact::Rational;
use crate::model::{Base, Dimension, Type, Unit, Value};
use crate::source::Span;
use crate::typed::{Denominator, Expr, ExprKind};

pub(super) const TYPES: &str = "florin::types::mismatch";
pub(super) const ABSENT: &str = "florin::types::may_be_absent";
pub(super) const UNITS: &str = "florin::units::mismatch";

/// The price of one of a plain count is money per this: it keeps `$0.03` apart from `$0.03 each`.
pub(super) const EACH: &str = "each";

/// Among so many names the nearest is looked for: to compare two costs the product of their lengths, and a book of
/// thousands of names may have thousands of misspelt ones.
const MAX_COMPARED: usize = 1_000;
/// The longest name, in bytes, that is compared with others.
const MAX_COMPARED_BYTES: usize = 100;

/// The nearest of some names to a misspelt one, if one is near.
pub(super) fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let names = names.into_iter().take(MAX_COMPARED);
    let names = names.filter(|name| name.len() <= MAX_COMPARED_BYTES && word.len() <= MAX_COMPARED_BYTES);
    let lower = word.to_lowercase();
    let measured = names.into_iter().map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name));
    let limit = match word.chars().count() {
        0..=2 => 0,
        length => (length / 3).max(1),
    };
    measured.filter(|(distance, _)| *distance <= limit).min().map(|(_, name)| name.to_owned())
}

/// A number as it is written, for use in a unit's name: `1_000`, `1M`.
pub(super) fn written_number(text: &str) -> String {
    text.to_owned()
}

/// "one value", "2 values"
pub(super) fn count(count: usize, thing: &str) -> String {
    match count {
        0 => format!("no {thing}s"),
        1 => format!("one {thing}"),
        count => format!("{count} {thing}s"),
    }
}

/// More than one window: "weeks", "windows of `5 minutes`".
pub(super) fn windows(name: &str) -> String {
    if name.contains(' ') || name == "forever" { format!("windows of `{name}`") } else { format!("{name}s") }
}

/// One window: "a week", "an hour", "a window of `5 minutes`".
pub(super) fn a_window(name: &str) -> String {
    match name {
        "hour" | "instant" => format!("an {name}"),
        _ if name.contains(' ') || name == "forever" => format!("a window of `{name}`"),
        _ => format!("a {name}"),
    }
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

/// How a number without a unit is called.
pub(super) const PLAIN: &str = "a plain number";

/// A dimension in words: `USD per GB`, `credit second`, `a plain number`.
pub(super) fn dimension(dimension: &Dimension) -> String {
    dimension_by(dimension, base)
}

/// The same, with a name for each base.
pub(super) fn dimension_by<'n>(dimension: &'n Dimension, name: impl Fn(&'n Base) -> &'n str) -> String {
    if dimension.is_none() {
        return PLAIN.to_owned();
    }
    let (above, below): (Vec<_>, Vec<_>) = dimension.powers().iter().partition(|(_, power)| *power > 0);
    let list = |side: &[&'n (Base, i32)]| {
        let words =
            side.iter().flat_map(|(base, power)| std::iter::repeat_n(name(base), power.unsigned_abs() as usize));
        words.collect::<Vec<_>>().join(" ")
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
            Type::Number(of) if of.is_none() => PLAIN.to_owned(),
            Type::Number(of) => match of.currency() {
                Some(code) => format!("an amount in {code}"),
                None => format!("a number of `{}`", super::units::plural(&measure(unit, of))),
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
        self.fail(
            Diagnostic::error(TYPES, format!("{wanted} is needed here"))
                .label(span, format!("this is {is}"))
                .help(format!("write {wanted} in its place")),
        )
    }

    /// The expression, if it is sure to have a value.
    pub(super) fn present(&mut self, expr: Expr) -> Option<Expr> {
        if !expr.optional || self.in_rule {
            return Some(expr);
        }
        let may_be_zero = matches!(expr.kind, ExprKind::Aggregate(_) | ExprKind::History(_));
        if self.empty_is_zero && may_be_zero && matches!(expr.ty, Type::Number(_)) {
            return Some(or_zero(expr));
        }
        let written = self.sources.text(expr.span).to_owned();
        let (title, label) = match &expr.kind {
            ExprKind::Aggregate(_) | ExprKind::Meter { .. } => (
                "this has no value where there are no records, and nothing says what holds then",
                "no value without records",
            ),
            ExprKind::History(_) => (
                "this has no value where there is no earlier window, and nothing says what holds then",
                "no value at first",
            ),
            ExprKind::Field(_) | ExprKind::ItemField { .. } | ExprKind::Fact { .. } => {
                ("this may be absent, and nothing says what holds then", "declared as `optional`")
            }
            _ => ("this may be absent, and nothing says what holds then", "may have no value"),
        };
        let brief = super::mismatch::brief(&written);
        let help = match self.stand_in(&expr) {
            Some(instead) => format!("say it with `otherwise`: `({brief} otherwise {instead})`"),
            None => format!("say which price holds then: `({brief} otherwise PRICE)`"),
        };
        self.fail(Diagnostic::error(ABSENT, title).label(expr.span, label).help(help))
    }

    /// What may stand for a value that is absent; none for a price, which is never zero by a suggestion of ours.
    fn stand_in(&self, expr: &Expr) -> Option<String> {
        let is_price = |of: &Dimension| {
            of.currency().is_none()
                && of.powers().iter().any(|(base, power)| matches!(base, Base::Currency(_)) && *power > 0)
        };
        Some(match &expr.ty {
            Type::Number(of) if of.is_none() => "0".to_owned(),
            Type::Number(of) if is_price(of) => return None,
            Type::Number(of) => self.with_unit("0", &measure(expr.unit.as_ref(), of)),
            Type::Text => "\"\"".to_owned(),
            Type::Boolean => "false".to_owned(),
            Type::Date => "2026-01-01".to_owned(),
            Type::Time => "2026-01-01T00:00:00Z".to_owned(),
            Type::Enum(index) => {
                let first = self.schema.enums.get(*index).and_then(|known| known.members.first());
                first.map_or_else(String::new, |member| member.name.to_string())
            }
            Type::Clock | Type::List(_) => "VALUE".to_owned(),
        })
    }

    /// The expression, if it is a number that is sure to be there.
    pub(super) fn number(&mut self, expr: Expr) -> Option<(Expr, Dimension)> {
        let expr = self.present(expr)?;
        match &expr.ty {
            Type::Number(of) => {
                let of = of.clone();
                Some((expr, of))
            }
            _ => self.not_a_number(&expr),
        }
    }

    fn not_a_number<T>(&mut self, expr: &Expr) -> Option<T> {
        let (is, written) = (self.expr_words(expr), super::mismatch::brief(self.sources.text(expr.span)));
        let help = match (&expr.kind, &expr.ty) {
            (ExprKind::Field(_) | ExprKind::Fact { .. } | ExprKind::ItemField { .. }, Type::Text) => {
                format!(
                    "if it is a number, declare it as one: `{} : number`",
                    written.rsplit('.').next().unwrap_or(&written)
                )
            }
            (_, Type::Boolean) => format!("say which number stands for each: `(if {written} then 1 else 0)`"),
            _ => "write a number in its place".to_owned(),
        };
        self.fail(
            Diagnostic::error(TYPES, "a number is needed here").label(expr.span, format!("this is {is}")).help(help),
        )
    }

    /// What to say where a text stands for an enum's member. `before` is what stands before the value there: `plan: `.
    pub(super) fn unquoted(&self, wanted: &Type, value: &ExprKind, before: &str) -> Option<String> {
        let (Type::Enum(index), ExprKind::Constant(Value::Text(text))) = (wanted, value) else { return None };
        let enumeration = self.schema.enums.get(*index)?;
        let rule = format!("a member of `{}` has no quotes", enumeration.name);
        let members = &enumeration.members;
        if let Some(same) = members.iter().find(|member| member.name == *text || member.wire == *text) {
            return Some(format!("{rule}: write `{before}{}`", same.name));
        }
        Some(match self.nearest_member(*index, text) {
            Some(near) => format!("{rule}; did you mean `{before}{near}`?"),
            None => {
                let names: Vec<&str> = members.iter().map(|member| &*member.name).collect();
                format!(
                    "{rule}, and none is called `{text}`: `{}` has {}",
                    enumeration.name,
                    super::literals::words_list(&names)
                )
            }
        })
    }

    /// The member whose name in the book or on the wire is nearest to a word.
    pub(super) fn nearest_member(&self, index: usize, word: &str) -> Option<String> {
        let members = &self.schema.enums.get(index)?.members;
        let near = nearest(word, members.iter().flat_map(|member| [&*member.name, &*member.wire]))?;
        let named = members.iter().find(|member| *member.name == near || *member.wire == near)?;
        Some(named.name.to_string())
    }

    /// How a value of a type is written, for an example.
    pub(super) fn example(&self, ty: &Type, unit: Option<&Unit>) -> String {
        match ty {
            Type::Number(of) if of.is_none() => "5".to_owned(),
            Type::Number(of) => self.with_unit("5", &measure(unit, of)),
            Type::Text => "\"eu\"".to_owned(),
            Type::Boolean => "true".to_owned(),
            Type::Date => "2026-03-01".to_owned(),
            Type::Time => "2026-03-01T10:00:00Z".to_owned(),
            Type::Clock => "04:30".to_owned(),
            Type::List(_) => "[]".to_owned(),
            Type::Enum(index) => {
                let first = self.schema.enums.get(*index).and_then(|known| known.members.first());
                first.map_or_else(String::new, |member| member.name.to_string())
            }
        }
    }

    /// The expression, if it is true or false.
    pub(super) fn boolean(&mut self, expr: Expr) -> Option<Expr> {
        let expr = self.present(expr)?;
        if expr.ty == Type::Boolean {
            return Some(expr);
        }
        let (is, written) = (self.expr_words(&expr), super::mismatch::brief(self.sources.text(expr.span)));
        let help = match &expr.ty {
            Type::Number(of) => {
                let zero =
                    if of.is_none() { "0".to_owned() } else { self.with_unit("0", &measure(expr.unit.as_ref(), of)) };
                format!("compare it with something, such as `{written} > {zero}`")
            }
            Type::Text if matches!(expr.kind, ExprKind::Constant(_)) => {
                format!("say at each side of `and` and `or` what is compared: `NAME == {written}`")
            }
            Type::Text => format!("compare it with something, such as `{written} == \"eu\"`"),
            _ => format!("compare it with something, such as `{written} == VALUE`"),
        };
        self.fail(
            Diagnostic::error(TYPES, "a condition is needed here").label(expr.span, format!("this is {is}")).help(help),
        )
    }
}

/// The number, or zero where it is absent.
fn or_zero(number: Expr) -> Expr {
    let (ty, unit, span) = (number.ty.clone(), number.unit.clone(), number.span);
    let zero = Expr {
        kind: ExprKind::Constant(Value::Number(Rational::zero())),
        optional: false,
        denominator: Denominator::one(),
        ..number.clone()
    };
    let denominator = number.denominator.clone();
    Expr { kind: ExprKind::Otherwise(Box::new(number), Box::new(zero)), ty, unit, optional: false, denominator, span }
}
