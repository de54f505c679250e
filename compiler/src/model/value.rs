//! Values and their types.

use super::{Clock, Dimension, Field, Symbol};
use crate::exact::Rational;
use std::sync::Arc;

/// A type. `optional` is not part of it: it stands where the value stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// A number, a quantity, money or a rate, by its dimension; a plain number has none.
    Number(Dimension),
    /// A text.
    Text,
    /// One of an enum's members, by the enum's index in [`super::Schema::enums`].
    Enum(usize),
    /// `true` or `false`.
    Boolean,
    /// A day.
    Date,
    /// An instant.
    Time,
    /// A time of day.
    Clock,
    /// A list of items with these fields; a list of plain values has one field without a name.
    List(Arc<[Field]>),
}

/// The values of one item of a list, one for each of its fields.
pub type ListItem = Arc<[Value]>;

/// A value.
///
/// Numbers are held in the base units of their dimension: bytes, seconds, one of a declared unit, one of a currency.
/// So `5 GB` is 5,000,000,000 and `USD 2.50 per 1M tokens` is 0.0000025, and arithmetic needs no conversion.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// What an `optional` value may be.
    Absent,
    /// A number of base units.
    Number(Rational),
    /// A text.
    Text(Symbol),
    /// A member of an enum, by its index.
    Member(u32),
    /// A truth.
    Boolean(bool),
    /// A day.
    Date(jiff::civil::Date),
    /// An instant.
    Time(jiff::Timestamp),
    /// A time of day.
    Clock(Clock),
    /// A list.
    List(Arc<[ListItem]>),
}

/// A key's value as the ids of lines and readers see it: texts and enum members as they are, numbers in their unit.
#[must_use]
pub fn key_text(value: &Value, ty: &Type, unit: Option<&super::Unit>, schema: &super::Schema) -> String {
    match (value, ty) {
        (Value::Member(at), Type::Enum(index)) => {
            let member = schema.enums.get(*index).and_then(|known| known.members.get(*at as usize));
            member.map_or_else(|| at.to_string(), |member| member.name.to_string())
        }
        (Value::Member(at), _) => at.to_string(),
        (Value::Text(text), _) => text.to_string(),
        (Value::Boolean(truth), _) => truth.to_string(),
        (Value::Number(number), _) => {
            let counted = unit.and_then(|unit| number.checked_div(&unit.factor));
            counted.unwrap_or_else(|| number.clone()).to_string()
        }
        (Value::Date(date), _) => date.to_string(),
        (Value::Time(time), _) => time.to_string(),
        (Value::Clock(clock), _) => clock.strftime("%H:%M").to_string(),
        (Value::Absent | Value::List(_), _) => "-".to_owned(),
    }
}

/// The id of a line: its name and the texts of its keys, joined by colons. A text with a colon or a quote of its own
/// stands in quotes, so that no two lines have one id.
#[must_use]
pub fn line_id<'t>(name: &str, texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut id = name.to_owned();
    for text in texts {
        id.push(':');
        if text.contains([':', '"', '\\']) {
            id.push_str(&format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")));
        } else {
            id.push_str(text);
        }
    }
    id
}
