//! The kind of the records that fill a table: each of its columns is a field.

use crate::source::Span;
use crate::syntax::ast::{Column, ColumnRole, Field, Name, TypeKind, TypeName, UnitName, Usage};

/// The column that says from when on a row holds.
pub(crate) const SINCE: &str = "from";

/// The kind as if the book had written `usage KIND { .. }`.
pub(super) fn kind(name: &Name, columns: &[Column]) -> Usage {
    let fields = columns.iter().filter(|column| !is_own_time(column)).map(field);
    Usage { name: name.clone(), wire: Vec::new(), lasts: None, fields: fields.collect() }
}

/// Whether a column is the record's own time: `from`, where it does not say what the record calls it.
pub(crate) fn is_own_time(column: &Column) -> bool {
    column.role == ColumnRole::Value && &*column.name.text == SINCE && column.wire.is_empty()
}

fn field(column: &Column) -> Field {
    let mut ty = column.ty.clone().unwrap_or_else(|| text(column.span));
    // A row is found by all of its keys, and holds from a day that is known.
    ty.optional &= column.role == ColumnRole::Value && &*column.name.text != SINCE;
    Field::Given { name: column.name.clone(), ty, least: None, wire: column.wire.clone(), default: None }
}

/// What a `prefix` is.
fn text(span: Span) -> TypeName {
    let words = vec![Name { text: "text".into(), span }];
    TypeName { kind: TypeKind::Unit { unit: UnitName { words, span }, per: None }, optional: false, span }
}
