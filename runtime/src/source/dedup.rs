//! One record for each identity: the first to arrive stands.

use super::Problem;
use super::decode::Decoded;
use florin_compiler::model::{Record, Schema, Symbol};
use std::collections::HashMap;
use std::sync::Arc;

/// Where a record stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as the caller named it.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u64,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What became of a record that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It is the first of its identity.
    New,
    /// It came before, with the same content.
    Duplicate,
    /// It came before with another content; the first one stands.
    Conflict(Problem),
}

/// The records that stand.
#[derive(Debug, Default)]
pub struct Dedup {
    known: HashMap<(Option<Symbol>, Symbol), usize>,
    records: Vec<Record>,
    places: Vec<Place>,
}

impl Dedup {
    /// Takes a record if its identity is new.
    pub fn arrive(&mut self, schema: &Schema, decoded: Decoded, place: Place) -> Arrival {
        let identity = (decoded.source, Arc::clone(&decoded.record.id));
        if let Some(index) = self.known.get(&identity) {
            return match (self.records.get(*index), self.places.get(*index)) {
                (Some(first), Some(place)) => compare(schema, first, place, &decoded.record),
                _ => Arrival::Duplicate,
            };
        }
        self.known.insert(identity, self.records.len());
        self.records.push(decoded.record);
        self.places.push(place);
        Arrival::New
    }

    /// The records in the order in which they arrived, and where each stood.
    #[must_use]
    pub fn into_records(self) -> (Vec<Record>, Vec<Place>) {
        (self.records, self.places)
    }
}

fn compare(schema: &Schema, first: &Record, place: &Place, second: &Record) -> Arrival {
    match difference(schema, first, second) {
        None => Arrival::Duplicate,
        Some(part) => Arrival::Conflict(Problem::new(format!(
            "id {} came before with another {part} ({place}); the first stands",
            super::wire::quoted(&second.id)
        ))),
    }
}

/// The first part in which two records differ.
fn difference(schema: &Schema, first: &Record, second: &Record) -> Option<String> {
    if first.kind != second.kind {
        return Some("kind".to_owned());
    }
    if first.account != second.account {
        return Some("account".to_owned());
    }
    if first.time != second.time {
        return Some("time".to_owned());
    }
    let at = first.values.iter().zip(&second.values).position(|(one, other)| one != other)?;
    let field = schema.kinds.get(first.kind).and_then(|kind| kind.fields.get(at));
    Some(field.map_or("content".to_owned(), |field| super::wire::quoted(&field.name)))
}
