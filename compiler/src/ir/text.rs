//! Values in a reader's words.

use super::{Program, Shape};
use crate::exact::{Rational, Rounding};
use crate::model::{Currency, Type, Unit, Value, key_text, plural};

/// A text in quotes.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// A value of any kind, in a sentence.
#[must_use]
pub fn value(program: &Program, ty: &Type, unit: Option<&Unit>, value: &Value) -> String {
    match value {
        Value::Absent => "nothing".to_owned(),
        Value::Number(number) => quantity(&program.header.currency, unit, number),
        Value::Text(text) => quoted(text),
        Value::List(items) => format!("{} items", items.len()),
        other => key_text(other, ty, unit, &program.schema),
    }
}

/// A value of a shape, in a sentence.
#[must_use]
pub fn shaped(program: &Program, shape: Shape, unit: Option<&Unit>, shown: &Value) -> String {
    let ty = match shape {
        Shape::Member(at) => Type::Enum(at),
        // Of the others the value itself says how it is written.
        _ => Type::Text,
    };
    value(program, &ty, unit, shown)
}

/// A number with its unit: `$3.00 per credit`, `1,800 seconds`, `0.25`.
#[must_use]
pub fn quantity(currency: &Currency, unit: Option<&Unit>, number: &Rational) -> String {
    let Some(unit) = unit else { return grouped(number, 0) };
    let counted = number.checked_div(&unit.factor).unwrap_or_else(|| number.clone());
    let rest = unit.name.strip_prefix(&*currency.code);
    match rest {
        Some(rest) if rest.is_empty() || rest.starts_with(' ') => format!("{}{rest}", money(currency, &counted)),
        _ if unit.name.is_empty() => grouped(&counted, 0),
        _ if counted.abs() == Rational::one() => format!("{} {}", grouped(&counted, 0), unit.name),
        _ => format!("{} {}", grouped(&counted, 0), plural(&unit.name)),
    }
}

/// Money with at least the currency's places: `$1,234.50`.
#[must_use]
pub fn money(currency: &Currency, amount: &Rational) -> String {
    let sign = if amount.is_negative() { "-" } else { "" };
    let digits = grouped(&amount.abs(), currency.places);
    let (about, digits) = digits.strip_prefix(ABOUT).map_or(("", digits.as_str()), |digits| (ABOUT, digits));
    match &currency.symbol {
        Some(symbol) => format!("{about}{sign}{symbol}{digits}"),
        None => format!("{about}{sign}{} {digits}", currency.code),
    }
}

/// Stands before a number that is cut.
const ABOUT: &str = "about ";

/// How many places are shown of a number that has no end.
const SHOWN_PLACES: u32 = 12;

/// A number with thousands divided and at least so many places; one without end is cut, and said to be.
#[must_use]
pub fn grouped(number: &Rational, places: u32) -> String {
    let exact = number.to_decimal_string();
    let about = if exact.is_some() { "" } else { ABOUT };
    let digits = exact.unwrap_or_else(|| Rounding::HalfAwayFromZero.to_places(number, SHOWN_PLACES).to_string());
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = format!("{fraction:0<width$}", width = places as usize);
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{about}{sign}{}{point}{fraction}", thousands(whole))
}

fn thousands(whole: &str) -> String {
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
