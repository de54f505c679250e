//! The hash of what a record says, where it was read by the strict parser.

use super::keys::{Content, Keys};
use super::plain::Plain;
use florin_compiler::model::{Field, Kind, Record, Schema, Type, Value};

/// The hash of a record's kind, account, time and values. Equal records have equal hashes, however they were written.
pub fn of_record(keys: &Keys, schema: &Schema, record: &Record) -> u64 {
    let mut content = begin(keys, record.kind, keys.text(&record.account), time_of(record));
    if time_of(record).is_none() {
        content.add_text(&record.time.to_string());
    }
    let fields = schema.kinds.get(record.kind).map_or(&[][..], |kind: &Kind| &kind.fields);
    for (value, field) in record.values.iter().zip(fields) {
        add(&mut content, keys, value, field);
    }
    content.finish()
}

/// What all contents begin with; `account` is the hash of its text, the time in nanoseconds if they fit.
#[inline]
pub fn begin(keys: &Keys, kind: usize, account: u64, time: Option<i64>) -> Content {
    let mut content = keys.content();
    content.add_integer(i64::try_from(kind).unwrap_or(i64::MAX), 0);
    content.add_hash(account);
    match time {
        Some(time) => content.add_integer(time, 0),
        None => content.add_absent(),
    }
    content
}

fn time_of(record: &Record) -> Option<i64> {
    i64::try_from(record.time.as_nanosecond()).ok()
}

/// Adds a value.
pub fn add(content: &mut Content, keys: &Keys, value: &Value, field: &Field) {
    match (Plain::of(value, field), value, &field.ty) {
        (Some(plain), ..) => {
            let hash = if let Plain::Text(text) = plain { keys.text(text) } else { 0 };
            plain.hash(content, hash);
        }
        (None, Value::List(items), Type::List(fields)) => {
            content.add_list(items.len());
            for (value, field) in items.iter().flat_map(|item| item.iter().zip(fields.iter())) {
                add(content, keys, value, field);
            }
        }
        (None, Value::Number(number), _) => content.add_text(&number.to_string()),
        (None, other, _) => content.add_text(&format!("{other:?}")),
    }
}
