//! One row of typed columns as the record on the wire that any other reader would see.
//!
//! It is how whatever is not read by column is read: with the same rules and the same messages as a row of a CSV.

use crate::source::Problem;
use crate::source::wire::WireValue;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, Int8Type, Int16Type,
    Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use serde_json::value::RawValue;
use std::sync::Arc;

/// A row: what stands at each path that the book may ask for.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// By path; what is null is left out.
    pub(super) cells: Vec<(Arc<str>, Cell)>,
    /// The columns at the top that have a value.
    pub(super) names: Vec<Arc<str>>,
}

/// What stands in a cell, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Boolean(bool),
    Number(String),
    Text(String),
    /// A list or an object.
    Json(String),
}

impl Row {
    /// What stands at a path; null and blank texts are nothing.
    pub(crate) fn find(&self, path: &str) -> Result<Option<WireValue<'_>>, Problem> {
        let cell = self.cells.iter().find(|(known, _)| **known == *path).map(|(_, cell)| cell);
        match cell.filter(|cell| !cell.is_blank()) {
            None => Ok(None),
            Some(Cell::Boolean(value)) => Ok(Some(WireValue::Boolean(*value))),
            Some(Cell::Number(text)) => Ok(Some(WireValue::Number(text))),
            Some(Cell::Text(text)) => Ok(Some(WireValue::Cell(text))),
            Some(Cell::Json(text)) => serde_json::from_str::<&RawValue>(text)
                .map_err(|error| Problem::new(format!("a list can not be read: {error}")))
                .and_then(WireValue::read),
        }
    }

    /// The names at the top of the record that have a value.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }
}

impl Cell {
    /// Whether it says nothing.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Cell::Text(text) if text.trim().is_empty())
    }

    fn write_json(&self, out: &mut String) {
        match self {
            Cell::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
            Cell::Number(text) | Cell::Json(text) => out.push_str(text),
            Cell::Text(text) => write_text(text, out),
        }
    }
}

/// The cell of a row; none where it is null, or of a type that is never read.
pub(super) fn cell(array: &dyn Array, row: usize) -> Option<Cell> {
    if array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Boolean => Some(Cell::Boolean(array.as_boolean().value(row))),
        DataType::Utf8 => Some(Cell::Text(array.as_string::<i32>().value(row).to_owned())),
        DataType::LargeUtf8 => Some(Cell::Text(array.as_string::<i64>().value(row).to_owned())),
        DataType::Utf8View => Some(Cell::Text(array.as_string_view().value(row).to_owned())),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let key = usize::try_from(super::leaf::integer(dictionary.keys(), row)?).ok()?;
            let values = dictionary.values();
            if key < values.len() { cell(values.as_ref(), key) } else { None }
        }
        DataType::Struct(_) | DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => {
            let mut out = String::new();
            write_nested(array, row, &mut out);
            Some(Cell::Json(out))
        }
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) | DataType::Time32(_) | DataType::Time64(_) => {
            super::moment::text(array, row).map(Cell::Text)
        }
        _ => number(array, row).map(Cell::Number),
    }
}

/// The digits of a number; none of a type that is none.
fn number(array: &dyn Array, row: usize) -> Option<String> {
    Some(match array.data_type() {
        DataType::Int8 => array.as_primitive::<Int8Type>().value(row).to_string(),
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).to_string(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::UInt8 => array.as_primitive::<UInt8Type>().value(row).to_string(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).to_string(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).to_string(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).to_string(),
        DataType::Decimal32(..) => array.as_primitive::<Decimal32Type>().value_as_string(row),
        DataType::Decimal64(..) => array.as_primitive::<Decimal64Type>().value_as_string(row),
        DataType::Decimal128(..) => array.as_primitive::<Decimal128Type>().value_as_string(row),
        DataType::Decimal256(..) => array.as_primitive::<Decimal256Type>().value_as_string(row),
        _ => return None,
    })
}

/// A row as a JSON object, for the list of what was refused.
pub(super) fn object<'a>(columns: impl Iterator<Item = (&'a str, &'a ArrayRef)>, row: usize) -> String {
    let mut out = String::from("{");
    for (name, array) in columns {
        let Some(cell) = cell(array.as_ref(), row) else { continue };
        if out.len() > 1 {
            out.push(',');
        }
        write_text(name, &mut out);
        out.push(':');
        cell.write_json(&mut out);
    }
    out.push('}');
    out
}

fn write_nested(array: &dyn Array, row: usize, out: &mut String) {
    let items = match array.data_type() {
        DataType::List(_) => array.as_list::<i32>().value(row),
        DataType::LargeList(_) => array.as_list::<i64>().value(row),
        DataType::FixedSizeList(..) => array.as_fixed_size_list().value(row),
        _ => {
            let parts = array.as_struct();
            let names = parts.fields().iter().map(|field| field.name().as_str());
            out.push_str(&object(names.zip(parts.columns()), row));
            return;
        }
    };
    out.push('[');
    for at in 0..items.len() {
        if at > 0 {
            out.push(',');
        }
        match cell(items.as_ref(), at) {
            Some(cell) => cell.write_json(out),
            None => out.push_str("null"),
        }
    }
    out.push(']');
}

fn write_text(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// Days and milliseconds of a date, as days; none where they are not whole.
pub(super) fn days(array: &dyn Array, row: usize) -> Option<i64> {
    const MILLISECONDS: i64 = 86_400_000;
    match array.data_type() {
        DataType::Date32 => Some(i64::from(array.as_primitive::<Date32Type>().value(row))),
        _ => {
            let milliseconds = array.as_primitive_opt::<Date64Type>()?.value(row);
            (milliseconds % MILLISECONDS == 0).then_some(milliseconds / MILLISECONDS)
        }
    }
}
