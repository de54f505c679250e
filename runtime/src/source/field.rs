//! A field's value from the wire, checked against its type.

use super::time::{self, TimeError};
use super::wire::{self, Object, WireRecord, WireValue, quoted};
use super::{Problem, suggest};
use florin_compiler::exact::{NumberError, Rational};
use florin_compiler::model::plural;
use florin_compiler::model::{Enumeration, Field, ListItem, Schema, Symbol, Type, Unit, Value};
use std::sync::Arc;

/// What fields are looked up in.
pub(crate) trait Fields<'a> {
    /// What stands at a path, if anything.
    fn find(&self, path: &str) -> Result<Option<WireValue<'a>>, Problem>;
}

impl<'a> Fields<'a> for WireRecord<'a> {
    fn find(&self, path: &str) -> Result<Option<WireValue<'a>>, Problem> {
        WireRecord::find(self, path)
    }
}

impl<'a> Fields<'a> for Object<'a> {
    fn find(&self, path: &str) -> Result<Option<WireValue<'a>>, Problem> {
        Object::find(self, path)
    }
}

/// The value of a field; its default, or nothing, where the wire leaves it out and the book allows that.
pub(crate) fn read<'a>(schema: &Schema, field: &Field, fields: &impl Fields<'a>) -> Result<Value, Problem> {
    if let Some(value) = read_given(schema, field, fields)? {
        return Ok(value);
    }
    match &field.default {
        Some(default) => Ok(default.clone()),
        None if field.optional => Ok(Value::Absent),
        None => Err(Problem::new(format!("{} is missing", called(field)))),
    }
}

/// The value of a field where the wire has one.
pub(crate) fn read_given<'a>(
    schema: &Schema,
    field: &Field,
    fields: &impl Fields<'a>,
) -> Result<Option<Value>, Problem> {
    for path in &field.wire {
        if let Some(wire) = fields.find(path)? {
            let value = value(schema, field, &wire)?;
            check_least(field, &value, &wire)?;
            return Ok(Some(value));
        }
    }
    Ok(None)
}

fn value(schema: &Schema, field: &Field, wire: &WireValue<'_>) -> Result<Value, Problem> {
    match &field.ty {
        Type::Number(_) => number(field, wire).map(Value::Number),
        Type::Text => text(wire).map(Value::Text).ok_or_else(|| mismatch(field, "a text", wire)),
        Type::Enum(index) => member(field, schema.enums.get(*index), wire),
        Type::Boolean => boolean(wire).map(Value::Boolean).ok_or_else(|| mismatch(field, "true or false", wire)),
        Type::Date => plain(wire)
            .and_then(time::date)
            .map(Value::Date)
            .ok_or_else(|| mismatch(field, "a day like 2026-03-01", wire)),
        Type::Clock => plain(wire)
            .and_then(time::clock)
            .map(Value::Clock)
            .ok_or_else(|| mismatch(field, "a time of day like 04:30", wire)),
        Type::Time => instant(&called(field), wire).map(Value::Time),
        Type::List(items) => list(schema, field, items, wire),
    }
}

fn number(field: &Field, wire: &WireValue<'_>) -> Result<Rational, Problem> {
    let Some(text) = plain(wire) else { return Err(mismatch(field, &a_number(field), wire)) };
    let bare = Rational::parse(text).map_err(|error| match error {
        NumberError::NotANumber => {
            let mend = mend(text).map_or(String::new(), |mend| format!("; {mend}"));
            Problem::new(format!("{} should be {}, but is {}{mend}", called(field), a_number(field), wire.shown()))
        }
        NumberError::TooLarge => Problem::new(format!("{} is {error}: {}", called(field), wire.shown())),
    })?;
    Ok(field.unit.as_ref().map_or(bare.clone(), |unit| &bare * &unit.factor))
}

/// How to write a number that has a comma, or marks between its thousands: `write it without the comma: 30000`.
fn mend(text: &str) -> Option<String> {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    if digits.len() > MOST_MENDED || !digits.bytes().all(|byte| byte.is_ascii_digit() || b",.".contains(&byte)) {
        return None;
    }
    let (commas, points) = (digits.matches(',').count(), digits.matches('.').count());
    let (whole, fraction) = digits.rsplit_once([',', '.'])?;
    let (mark, plain) = match (commas, points) {
        (1.., 0) if in_thousands(digits, ',') => (plural_of("the comma", commas), digits.replace(',', "")),
        (1.., 1) if digits.rfind('.') > digits.rfind(',') && in_thousands(whole, ',') => {
            (plural_of("the comma", commas), digits.replace(',', ""))
        }
        (0, 2..) if in_thousands(digits, '.') => ("the points".to_owned(), digits.replace('.', "")),
        (1, _) if is_digits(fraction) && (is_digits(whole) || in_thousands(whole, '.')) => {
            return Some(format!("write it with a decimal point: {sign}{}.{fraction}", whole.replace('.', "")));
        }
        _ => return None,
    };
    Some(format!("write it without {mark}: {sign}{plain}"))
}

/// A longer number is hardly one that a person wrote.
const MOST_MENDED: usize = 40;

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `1,234,567`: one to three digits, then groups of three.
fn in_thousands(text: &str, mark: char) -> bool {
    let mut groups = text.split(mark);
    let first = groups.next().is_some_and(|first| is_digits(first) && first.len() <= 3);
    first && groups.all(|group| is_digits(group) && group.len() == 3)
}

fn plural_of(words: &str, count: usize) -> String {
    if count == 1 { words.to_owned() } else { format!("{words}s") }
}

fn member(field: &Field, enumeration: Option<&Enumeration>, wire: &WireValue<'_>) -> Result<Value, Problem> {
    let names: Vec<&str> = enumeration.iter().flat_map(|known| &known.members).map(|member| &*member.wire).collect();
    let Some(given) = text(wire) else { return Err(mismatch(field, &suggest::one_of(&names), wire)) };
    match names.iter().position(|name| **name == *given).map(u32::try_from) {
        Some(Ok(index)) => Ok(Value::Member(index)),
        _ => {
            let hint = suggest::hint(&given, names.iter().copied());
            Err(Problem::new(format!(
                "{} should be {}, but is {}{hint}",
                called(field),
                suggest::one_of(&names),
                wire.shown()
            )))
        }
    }
}

/// An instant, for a field or a record's own time.
pub(super) fn instant(called: &str, wire: &WireValue<'_>) -> Result<jiff::Timestamp, Problem> {
    let expected = || Problem::new(format!("{called} should be {}, but is {}", time::INSTANT, wire.shown()));
    let text = plain(wire).ok_or_else(expected)?;
    time::instant(text).map_err(|error| match error {
        TimeError::NotATime => expected(),
        TimeError::NoZone => Problem::new(format!(
            "{called} has no time zone: {}; write 2026-03-01T00:00:00Z, or an offset like +02:00",
            wire.shown()
        )),
        TimeError::Seconds => Problem::new(format!(
            "{called} is {}, which would lie in the years 1970 to 1973: a number is milliseconds since 1970; if these are \
             seconds, multiply them by 1000",
            wire.shown()
        )),
        TimeError::OutOfRange => Problem::new(format!(
            "{called} is out of range: {} is not in the years {} to {}",
            wire.shown(),
            time::FIRST_YEAR,
            time::LAST_YEAR
        )),
    })
}

fn list(schema: &Schema, field: &Field, items: &[Field], wire: &WireValue<'_>) -> Result<Value, Problem> {
    let raw = match wire {
        WireValue::List(raw) => raw.clone(),
        WireValue::Cell(text) if text.trim_start().starts_with('[') => wire::list(text)?,
        _ => return Err(mismatch(field, "a list", wire)),
    };
    let mut values: Vec<ListItem> = Vec::with_capacity(raw.len());
    for (index, raw) in raw.into_iter().enumerate() {
        let item = WireValue::read(raw)?;
        let item = item_values(schema, items, item)
            .map_err(|problem| Problem::new(format!("{}, item {}: {problem}", called(field), index + 1)))?;
        values.push(item);
    }
    Ok(Value::List(values.into()))
}

fn item_values(schema: &Schema, fields: &[Field], item: Option<WireValue<'_>>) -> Result<ListItem, Problem> {
    if let [only] = fields
        && only.name.is_empty()
    {
        let wire = item.ok_or_else(|| Problem::new("it is null"))?;
        let value = value(schema, only, &wire)?;
        check_least(only, &value, &wire)?;
        return Ok(Arc::new([value]));
    }
    match item {
        Some(WireValue::Object(object)) => fields.iter().map(|field| read(schema, field, &object)).collect(),
        Some(other) => Err(Problem::new(format!("should be an object, but is {}", other.shown()))),
        None => Err(Problem::new("should be an object, but is null")),
    }
}

/// Where `least` is not kept: the field's unit is that of the wire, so both numbers are shown in it.
fn check_least(field: &Field, value: &Value, wire: &WireValue<'_>) -> Result<(), Problem> {
    let (Some(least), Value::Number(number)) = (&field.least, value) else { return Ok(()) };
    if number >= least {
        return Ok(());
    }
    let shown = field.unit.as_ref().and_then(|unit| least.checked_div(&unit.factor)).unwrap_or_else(|| least.clone());
    let unit = field.unit.as_ref().map_or(String::new(), |unit| format!(" {}", plural(&unit.name)));
    Err(Problem::new(format!("{} should be at least {shown}{unit}, but is {}", called(field), wire.shown())))
}

fn boolean(wire: &WireValue<'_>) -> Option<bool> {
    match wire {
        WireValue::Boolean(value) => Some(*value),
        WireValue::Text(text) => text.parse().ok(),
        WireValue::Cell(text) => text.trim().to_ascii_lowercase().parse().ok(),
        WireValue::Number(_) | WireValue::List(_) | WireValue::Object(_) => None,
    }
}

/// A text, or a number's text: ids are often written as numbers.
pub(crate) fn text(wire: &WireValue<'_>) -> Option<Symbol> {
    match wire {
        WireValue::Text(text) => Some(text.as_str().into()),
        WireValue::Cell(text) | WireValue::Number(text) => Some((*text).into()),
        WireValue::Boolean(_) | WireValue::List(_) | WireValue::Object(_) => None,
    }
}

/// The characters of what is a number or a text; blanks around a cell do not count.
fn plain<'w>(wire: &'w WireValue<'_>) -> Option<&'w str> {
    match wire {
        WireValue::Text(text) => Some(text),
        WireValue::Number(text) => Some(text),
        WireValue::Cell(text) => Some(text.trim()),
        WireValue::Boolean(_) | WireValue::List(_) | WireValue::Object(_) => None,
    }
}

fn mismatch(field: &Field, expected: &str, wire: &WireValue<'_>) -> Problem {
    Problem::new(format!("{} should be {expected}, but is {}", called(field), wire.shown()))
}

/// `field "used" (on the wire "credits_used")`
fn called(field: &Field) -> String {
    match field.wire.as_slice() {
        _ if field.name.is_empty() => "it".to_owned(),
        [only] if only == &field.name => format!("field {}", quoted(&field.name)),
        wires => {
            let names: Vec<String> = wires.iter().map(|name| quoted(name)).collect();
            format!("field {} (on the wire {})", quoted(&field.name), names.join(" or "))
        }
    }
}

fn a_number(field: &Field) -> String {
    match &field.unit {
        Some(unit) if unit.dimension.currency().is_some() => format!("an amount in {}", unit.name),
        Some(unit) => in_words(unit),
        None => "a number".to_owned(),
    }
}

fn in_words(unit: &Unit) -> String {
    let words = plural(&unit.name);
    if *words == *unit.name && unit.name.contains(' ') {
        format!("a number in {words}")
    } else {
        format!("a number of {words}")
    }
}
