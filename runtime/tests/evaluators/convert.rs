//! The same records as NDJSON, CSV, Parquet and Arrow.

use arrow_array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use serde_json::{Map, Value};
use std::sync::Arc;

/// A record as it stands in a line of NDJSON.
pub type Line = Map<String, Value>;

/// The records of a text of NDJSON, whose lines are all objects.
pub fn lines(text: &str) -> Vec<Line> {
    text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect()
}

/// All names that any record has, in the order in which they come up.
fn names(lines: &[Line]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in lines.iter().flat_map(Map::keys) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

/// What stands in a cell: a text as it is, all else as JSON; none where there is nothing.
fn cell(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// One object a line.
pub fn ndjson(lines: &[Line]) -> String {
    lines.iter().map(|line| format!("{}\n", Value::Object(line.clone()))).collect()
}

/// A header and a row each.
pub fn csv(lines: &[Line]) -> Vec<u8> {
    let names = names(lines);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&names).expect("memory");
    for line in lines {
        writer.write_record(names.iter().map(|name| cell(line.get(*name)).unwrap_or_default())).expect("memory");
    }
    writer.into_inner().expect("memory")
}

/// Typed columns: integers and truths where a column has nothing else, texts otherwise.
fn batch(lines: &[Line]) -> RecordBatch {
    let names = names(lines);
    let columns = names.iter().map(|name| (*name, column(lines, name), true));
    RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length")
}

fn column(lines: &[Line], name: &str) -> ArrayRef {
    let values = || lines.iter().map(|line| line.get(name).filter(|value| !value.is_null()));
    if values().flatten().all(Value::is_i64) {
        return Arc::new(values().map(|value| value.and_then(Value::as_i64)).collect::<Int64Array>());
    }
    if values().flatten().all(Value::is_boolean) {
        return Arc::new(values().map(|value| value.and_then(Value::as_bool)).collect::<BooleanArray>());
    }
    Arc::new(values().map(cell).collect::<StringArray>())
}

/// A Parquet file in parts of a few rows.
pub fn parquet(lines: &[Line]) -> Vec<u8> {
    let batch = batch(lines);
    let properties =
        parquet::file::properties::WriterProperties::builder().set_max_row_group_row_count(Some(7)).build();
    let writer = parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties));
    let mut writer = writer.expect("a writer");
    writer.write(&batch).expect("memory");
    writer.into_inner().expect("memory")
}

/// An Arrow IPC file in batches of a few rows.
pub fn arrow(lines: &[Line]) -> Vec<u8> {
    let batch = batch(lines);
    let mut writer = arrow_ipc::writer::FileWriter::try_new(Vec::new(), &batch.schema()).expect("a writer");
    for first in (0..batch.num_rows()).step_by(5) {
        let rows = batch.slice(first, 5.min(batch.num_rows() - first));
        writer.write(&rows).expect("memory");
    }
    writer.into_inner().expect("memory")
}
