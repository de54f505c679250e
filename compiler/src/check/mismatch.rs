//! What is said of two values that do not go together: in the words of what they are put together for, with the
//! mend that is likeliest.

use super::{Checker, units, words};
use crate::diagnostic::Diagnostic;
use crate::model::{Base, Dimension, Type, Value};
use crate::syntax::dates::written_otherwise;
use crate::typed::{Expr, ExprKind};
use std::collections::BTreeMap;

/// What two values are put together for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    /// `a + b`
    Added,
    /// `a - b`
    Subtracted,
    /// `a mod b`
    Remainder,
    /// `a above b`
    Above,
    /// `a < b`, `max(a, b)`
    Compared,
    /// The cases of a choice.
    Cases,
    /// `a otherwise b`
    Otherwise,
    /// `round(a to b)`
    Rounded,
}

impl Joint {
    fn title(self, left: &str, right: &str) -> String {
        match self {
            Joint::Added => format!("{left} and {right} can not be added"),
            Joint::Subtracted => format!("{right} can not be subtracted from {left}"),
            Joint::Remainder => format!("{left} can not be divided into {right}"),
            Joint::Above => format!("{left} can not lie above {right}"),
            Joint::Compared => format!("{left} and {right} can not be compared"),
            Joint::Cases => format!("one case gives {left}, another gives {right}"),
            Joint::Otherwise => format!("the value and what holds otherwise differ: {left} and {right}"),
            Joint::Rounded => format!("{left} can not be rounded to {right}"),
        }
    }
}

impl Checker<'_> {
    /// Reports two numbers that are not of one dimension.
    pub(super) fn same_dimension(&mut self, left: &Expr, right: &Expr, joint: Joint) -> Option<()> {
        let (Type::Number(of_left), Type::Number(of_right)) = (&left.ty, &right.ty) else { return None };
        if of_left == of_right {
            return Some(());
        }
        let (in_left, in_right) =
            (words::measure(left.unit.as_ref(), of_left), words::measure(right.unit.as_ref(), of_right));
        let title = match (of_left.currency(), of_right.currency()) {
            (Some(one), Some(other)) => format!("{one} and {other} are different currencies"),
            _ => joint.title(&noun(&in_left), &noun(&in_right)),
        };
        let help = match joint {
            Joint::Rounded => format!("round in the unit of the value, such as `to {}`", self.with_unit("1", &in_left)),
            _ => self.mend((left, of_left, &in_left), (right, of_right, &in_right)),
        };
        self.fail(
            Diagnostic::error(words::UNITS, title)
                .label(left.span, measured(&in_left))
                .label(right.span, measured(&in_right))
                .help(help),
        )
    }

    /// The likely mend: a bare number wants a unit; two currencies want a rate; else the missing factor.
    fn mend(&self, left: (&Expr, &Dimension, &str), right: (&Expr, &Dimension, &str)) -> String {
        let bare = |(expr, of, _): (&Expr, &Dimension, &str)| {
            (of.is_none() && matches!(expr.kind, ExprKind::Constant(_)))
                .then(|| self.sources.text(expr.span).to_owned())
        };
        if let Some(number) = bare(right) {
            return format!("say what is counted: `{}`", self.with_unit(&number, left.2));
        }
        if let Some(number) = bare(left) {
            return format!("say what is counted: `{}`", self.with_unit(&number, right.2));
        }
        if let (Some(one), Some(other)) = (left.1.currency(), right.1.currency()) {
            return format!("multiply one of them by an exchange rate, in `{one} per {other}`");
        }
        let missing = left.1.over(right.1);
        let factor = self.factor_words(&missing, &[left.2, right.2]);
        match missing.powers().iter().all(|(_, power)| *power < 0) {
            true => format!(
                "only values of one unit go together; multiply the first by a value in `{}`",
                units::plural(&self.factor_words(&missing.inverse(), &[left.2, right.2]))
            ),
            false => format!(
                "only values of one unit go together; multiply the second by a value in `{}`",
                units::plural(&factor)
            ),
        }
    }

    /// A number with a unit as an author would write it: `5 GB`, `$5`.
    pub(super) fn with_unit(&self, number: &str, unit: &str) -> String {
        if let Some((amount, per)) = unit.split_once(" per ") {
            return format!("{} per {per}", self.with_unit(number, amount));
        }
        let declared = self.book.currencies.iter().find(|currency| &*currency.code.text == unit);
        match declared.and_then(|currency| currency.symbol.as_ref()) {
            Some(symbol) => format!("{}{number}", symbol.text),
            None if self.currency(unit).is_some() => format!("{unit} {number}"),
            None if number == "1" => format!("1 {unit}"),
            None => format!("{number} {}", units::plural(unit)),
        }
    }

    /// A dimension in the units that the author has used, else in common ones: `GB per hour`, not `byte per second`.
    pub(super) fn factor_words(&self, dimension: &Dimension, used: &[&str]) -> String {
        let mut names: BTreeMap<Base, String> =
            BTreeMap::from([(Base::Data, "GB".to_owned()), (Base::Time, "hour".to_owned())]);
        for word in used.iter().flat_map(|name| name.split(' ')) {
            let Some(unit) = self.unit_by_word(word) else { continue };
            if let [(base, 1)] = unit.dimension.powers() {
                names.insert(base.clone(), unit.name.to_string());
            }
        }
        words::dimension_by(dimension, |base| names.get(base).map_or_else(|| words::base(base), String::as_str))
    }

    /// Reports two values of different types.
    pub(super) fn different_types<T>(&mut self, left: &Expr, right: &Expr, joint: Joint) -> Option<T> {
        let (left_is, right_is) = (self.expr_words(left), self.expr_words(right));
        let mut diagnostic = Diagnostic::error(words::TYPES, joint.title(&left_is, &right_is))
            .label(left.span, format!("this is {left_is}"))
            .label(right.span, format!("this is {right_is}"));
        let help = self.mend_type(left, right).or_else(|| self.mend_type(right, left));
        diagnostic = diagnostic.help(help.unwrap_or_else(|| {
            "values of one sort go together: two numbers, two texts, two dates, or two of one enum".to_owned()
        }));
        self.fail(diagnostic)
    }

    /// What to write in place of the second, where it is plain.
    fn mend_type(&self, left: &Expr, right: &Expr) -> Option<String> {
        match (&left.ty, &right.kind) {
            (Type::Enum(_), kind @ ExprKind::Constant(Value::Text(_))) => self.unquoted(&left.ty, kind, ""),
            (Type::Text, ExprKind::Constant(Value::Number(_))) => {
                Some(format!("a text stands in quotes: `\"{}\"`", self.sources.text(right.span)))
            }
            (Type::Number(_), ExprKind::Constant(Value::Text(text)))
                if text.starts_with(|letter: char| letter.is_ascii_digit()) =>
            {
                Some(format!("a number has no quotes: `{text}`"))
            }
            (Type::Date, ExprKind::Constant(Value::Text(text))) => Some(match text.parse::<jiff::civil::Date>() {
                Ok(date) => format!("a date has no quotes: `{date}`"),
                Err(_) => match written_otherwise(text) {
                    Some(mend) => format!("a date is written year, month, day, without quotes: {mend}"),
                    None => "a date is written year, month, day, without quotes: `2026-01-31`".to_owned(),
                },
            }),
            (Type::Date | Type::Time, ExprKind::Constant(Value::Number(_)) | ExprKind::Arithmetic(..)) => {
                let mend = written_otherwise(self.sources.text(right.span));
                mend.map(|mend| format!("a date is written year, month, day: {mend}")).or_else(|| {
                    let bare = matches!(right.kind, ExprKind::Constant(_));
                    bare.then(|| "a date is written year, month, day: `2026-01-31`".to_owned())
                })
            }
            (Type::Time, ExprKind::Constant(Value::Clock(clock))) => Some(format!(
                "for times of day declare a calendar, such as `calendar late {{ {}..06:00 }}`, and ask `time in late`",
                clock.strftime("%H:%M")
            )),
            _ => None,
        }
    }
}

/// "this is in GB", "this is a plain number"
pub(super) fn measured(unit: &str) -> String {
    match unit.strip_prefix("1 per ") {
        Some(per) => format!("this is a plain number per {per}"),
        None if unit == words::PLAIN => format!("this is {unit}"),
        None => format!("this is in {}", units::plural(unit)),
    }
}

/// "`GB`", "`tokens`", "a plain number"
pub(super) fn noun(unit: &str) -> String {
    match unit.strip_prefix("1 per ") {
        Some(per) => format!("a plain number per `{per}`"),
        None if unit == words::PLAIN => unit.to_owned(),
        None => format!("`{}`", units::plural(unit)),
    }
}

/// A stretch of the book, cut to one short line.
pub(super) fn brief(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 40 { balanced(line) } else { "VALUE".to_owned() }
}

/// The line with the parentheses that its stretch has cut off at either end.
fn balanced(line: String) -> String {
    let (mut open, mut lacking) = (0_usize, 0_usize);
    for letter in line.chars() {
        match letter {
            '(' => open += 1,
            ')' if open == 0 => lacking += 1,
            ')' => open -= 1,
            _ => {}
        }
    }
    format!("{}{line}{}", "(".repeat(lacking), ")".repeat(open))
}
