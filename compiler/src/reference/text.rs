//! Values in a reader's words.

use super::scope::{Home, Scope};
use crate::exact::{Rational, Rounding};
use crate::ir::print::Names;
use crate::ir::{Expr, IndexedTable, Program};
use crate::model::{Currency, Table, Type, Unit, Value, key_text};
use jiff::Timestamp;

/// A text in quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// An expression as a reader of the book would write it.
pub(super) fn expression(scope: &Scope<'_>, expr: &Expr) -> String {
    let program = scope.context.program;
    let names = match scope.home {
        Home::Record(home) => Names::of_kind(program, home.record.kind),
        Home::Group(..) => Names::of_group(program, &[]),
    };
    names.expr(expr)
}

/// A quantity in the unit in which it is shown.
pub(super) fn counted(quantity: Option<&Rational>, unit: Option<&Unit>) -> Option<Rational> {
    match unit {
        Some(unit) => quantity?.checked_div(&unit.factor),
        None => None,
    }
}

/// A value of any kind, in a sentence.
pub(crate) fn value(program: &Program, ty: &Type, unit: Option<&Unit>, value: &Value) -> String {
    match value {
        Value::Absent => "nothing".to_owned(),
        Value::Number(number) => quantity(&program.header.currency, unit, number),
        Value::Text(text) => quoted(text),
        Value::List(items) => format!("{} items", items.len()),
        other => key_text(other, ty, unit, &program.schema),
    }
}

/// A number with its unit: `$3.00 per credit`, `1,800 second`, `0.25`.
pub(crate) fn quantity(currency: &Currency, unit: Option<&Unit>, number: &Rational) -> String {
    let Some(unit) = unit else { return grouped(number, 0) };
    let counted = number.checked_div(&unit.factor).unwrap_or_else(|| number.clone());
    let rest = unit.name.strip_prefix(&*currency.code);
    match rest {
        Some(rest) if rest.is_empty() || rest.starts_with(' ') => format!("{}{rest}", money(currency, &counted)),
        _ if unit.name.is_empty() => grouped(&counted, 0),
        _ => format!("{} {}", grouped(&counted, 0), unit.name),
    }
}

/// Money with at least the currency's places: `$1,234.50`.
pub(crate) fn money(currency: &Currency, amount: &Rational) -> String {
    let sign = if amount.is_negative() { "-" } else { "" };
    let digits = grouped(&amount.abs(), currency.places);
    match &currency.symbol {
        Some(symbol) => format!("{sign}{symbol}{digits}"),
        None => format!("{sign}{} {digits}", currency.code),
    }
}

/// How many places are shown of a number that has no end.
const SHOWN_PLACES: u32 = 12;

/// A number with thousands divided and at least so many places; one without end is cut, and said to be.
pub(crate) fn grouped(number: &Rational, places: u32) -> String {
    let exact = number.to_decimal_string();
    let about = if exact.is_some() { "" } else { "about " };
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

/// An instant without what is zero: `2026-03-01`, or `2026-03-01T04:30:00Z`.
pub(super) fn day_and_time(time: Timestamp) -> String {
    let text = time.to_string();
    text.strip_suffix("T00:00:00Z").map_or(text.clone(), ToOwned::to_owned)
}

/// `token_price` has no row for model "gpt-9"
pub(super) fn no_row(scope: &Scope<'_>, indexed: &IndexedTable, keys: &[Value], time: Timestamp) -> String {
    let table = &indexed.table;
    let combination = combination(scope.context.program, table, keys);
    let first = indexed.index.matching(table, keys).iter().filter_map(|row| row.since).min();
    match first {
        Some(first) => format!(
            "`{}` has no row for{combination} at {}: the first one holds from {}",
            table.name,
            day_and_time(time),
            day_and_time(first)
        ),
        None if table.keys.is_empty() => format!("`{}` has no row at {}", table.name, day_and_time(time)),
        None => format!("`{}` has no row for{combination}", table.name),
    }
}

/// `region_price` says `not sold` for region "mars"
pub(super) fn not_sold(scope: &Scope<'_>, table: &Table, keys: &[Value]) -> String {
    format!("`{}` says `not sold` for{}", table.name, combination(scope.context.program, table, keys))
}

/// The keys of a look-up: ` model "gpt-9", long true`.
pub(super) fn combination(program: &Program, table: &Table, keys: &[Value]) -> String {
    let named = table
        .keys
        .iter()
        .zip(keys)
        .map(|(column, key)| format!("{} {}", column.name, value(program, &column.ty, column.unit.as_ref(), key)));
    let named: Vec<String> = named.collect();
    if named.is_empty() { " it".to_owned() } else { format!(" {}", named.join(", ")) }
}
