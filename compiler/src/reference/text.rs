//! Values in a reader's words.

use super::scope::{Home, Scope};
use crate::exact::Rational;
use crate::ir::print::Names;
pub(super) use crate::ir::text::quoted;
use crate::ir::text::value;
use crate::ir::{Expr, IndexedTable, Program};
use crate::model::{Table, Unit, Value};
use crate::time::{Zone, day_text};
use jiff::Timestamp;

/// An expression as a reader of the book would write it.
pub(super) fn expression(scope: &Scope<'_>, expr: &Expr) -> String {
    let program = scope.context.program;
    let names = match scope.home {
        Home::Record(home) => match &home.fold {
            Some(fold) => Names::of_kind(program, home.record.kind).in_fold(fold.machine),
            None => Names::of_kind(program, home.record.kind),
        },
        Home::Group(group, _) => Names::of_values(program, &group.keys),
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

/// The day that begins at an instant, `2026-03-01`, or the instant itself, `2026-03-01T04:30:00Z`.
pub(super) fn day_and_time(zone: &Zone, time: Timestamp) -> String {
    let local = zone.local(time);
    if local.time() == jiff::civil::Time::midnight() { day_text(local.date()) } else { time.to_string() }
}

/// `token_price` has no row for model "gpt-9", or no row of `token_price` holds before 2025-01-01 for model "owl".
pub(super) fn no_row(scope: &Scope<'_>, indexed: &IndexedTable, keys: &[Value]) -> String {
    let table = &indexed.table;
    let combination = combination(scope.context.program, table, keys);
    let first = indexed.index.matching(table, keys).iter().filter_map(|row| row.since).min();
    match first.map(|first| day_and_time(scope.context.zone, first)) {
        Some(first) if table.keys.is_empty() => format!("no row of `{}` holds before {first}", table.name),
        Some(first) => format!("no row of `{}` holds before {first} for{combination}", table.name),
        None if table.keys.is_empty() => format!("`{}` has no row", table.name),
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
