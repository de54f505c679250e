//! A record as it comes over the wire, before anyone knows what it means: a JSON object or a CSV row.
//!
//! JSON is looked into only as far as a book asks: what it does not declare is checked to be JSON and passed over,
//! so that no depth of nesting costs more than its bytes.

use super::Problem;
use super::arrow::Row;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

/// A value on the wire.
#[derive(Clone, Debug)]
pub enum WireValue<'a> {
    /// `true`, `false`
    Boolean(bool),
    /// A JSON number, as its text.
    Number(&'a str),
    /// A JSON text.
    Text(String),
    /// A CSV cell, which may be a number or anything else.
    Cell(&'a str),
    /// A JSON list.
    List(Vec<&'a RawValue>),
    /// A JSON object.
    Object(Object<'a>),
}

impl<'a> WireValue<'a> {
    /// From JSON; none for `null`.
    ///
    /// # Errors
    /// Where a text has a broken escape.
    pub fn read(raw: &'a RawValue) -> Result<Option<WireValue<'a>>, Problem> {
        let text = raw.get();
        let value = match text.as_bytes().first() {
            Some(b'n') | None => return Ok(None),
            Some(b't') => WireValue::Boolean(true),
            Some(b'f') => WireValue::Boolean(false),
            Some(b'"') => WireValue::Text(serde_json::from_str(text).map_err(|_| broken_escape(text))?),
            Some(b'[') => WireValue::List(list(text)?),
            Some(b'{') => WireValue::Object(Object::read(text)?),
            Some(_) => WireValue::Number(text),
        };
        Ok(Some(value))
    }

    /// As a message shows it.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            WireValue::Boolean(value) => value.to_string(),
            WireValue::Number(text) => shortened(text),
            WireValue::Text(text) => quoted(text),
            WireValue::Cell(text) => quoted(text),
            WireValue::List(_) => "a list".to_owned(),
            WireValue::Object(_) => "an object".to_owned(),
        }
    }
}

/// A JSON object: its keys, in their order, may repeat.
#[derive(Clone, Debug, Default)]
pub struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Object<'a> {
    /// From the text of an object.
    ///
    /// # Errors
    /// Where the text is not JSON, or not an object.
    pub fn read(text: &'a str) -> Result<Object<'a>, Problem> {
        let mut parser = serde_json::Deserializer::from_str(text);
        let object = parser.deserialize_map(ObjectVisitor).map_err(|error| not_json(text, &error))?;
        parser.end().map_err(|error| not_json(text, &error))?;
        Ok(object)
    }

    /// The keys and what they stand for.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(key, value)| (key.as_str(), *value))
    }

    /// What stands at a path: under the whole name, else through objects along its dots.
    ///
    /// # Errors
    /// Where a name on the way stands twice.
    pub fn find(&self, path: &str) -> Result<Option<WireValue<'a>>, Problem> {
        if let Some(raw) = self.only(path)? {
            return WireValue::read(raw);
        }
        let Some((first, rest)) = path.split_once('.') else { return Ok(None) };
        match self.only(first)?.map(WireValue::read).transpose()?.flatten() {
            Some(WireValue::Object(object)) => object.find(rest),
            _ => Ok(None),
        }
    }

    fn only(&self, key: &str) -> Result<Option<&'a RawValue>, Problem> {
        let mut same = self.entries().filter(|(known, _)| *known == key);
        let found = same.next().map(|(_, value)| value);
        match same.next() {
            Some(_) => Err(Problem::new(format!("{} stands twice in one object; which one counts?", quoted(key)))),
            None => Ok(found),
        }
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Object(entries))
    }
}

struct ListVisitor;

impl<'de> Visitor<'de> for ListVisitor {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<&'de RawValue>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(list)
    }
}

/// The items of a JSON list.
///
/// # Errors
/// Where the text is not JSON, or not a list.
pub fn list(text: &str) -> Result<Vec<&RawValue>, Problem> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let items = parser.deserialize_seq(ListVisitor).map_err(|error| not_json(text, &error))?;
    parser.end().map_err(|error| not_json(text, &error))?;
    Ok(items)
}

fn broken_escape(text: &str) -> Problem {
    Problem::new(format!("a text has a broken escape: {}", shortened(text)))
}

/// The parser's words without its "line 1", which is not the file's.
fn not_json(text: &str, error: &serde_json::Error) -> Problem {
    if error.classify() == Category::Eof {
        return Problem::new("the JSON ends in the middle; is the file cut off?");
    }
    let words = error.to_string();
    let words = words.rsplit_once(" at line ").map_or(words.as_str(), |(before, _)| before);
    let mend = trailing_comma(text, error.column())
        .map_or(String::new(), |close| format!("; remove the comma before `{}`", char::from(close)));
    Problem::new(format!("not JSON at column {}: {words}{mend}", error.column()))
}

/// The bracket at a column that closes after a comma.
fn trailing_comma(text: &str, column: usize) -> Option<u8> {
    let (before, rest) = text.as_bytes().split_at_checked(column.checked_sub(1)?)?;
    let close = rest.first().filter(|byte| b"}]".contains(byte))?;
    before.trim_ascii_end().ends_with(b",").then_some(*close)
}

/// A record as it comes.
#[derive(Clone, Debug)]
pub enum WireRecord<'a> {
    /// A line of NDJSON.
    Json(Object<'a>),
    /// A row of CSV: the header's names and the row's cells, equally many.
    Csv(&'a [String], &'a csv::StringRecord),
    /// A row of columns that have types of their own.
    Row(&'a Row),
}

impl<'a> WireRecord<'a> {
    /// From a line of NDJSON.
    ///
    /// # Errors
    /// Where it is not a JSON object.
    pub fn json(line: &'a str) -> Result<WireRecord<'a>, Problem> {
        let line = line.trim_ascii();
        match line.as_bytes().first() {
            Some(b'[') => {
                Err(Problem::new("a record should be a JSON object on a line of its own, but this is a list"))
            }
            Some(b'{') | None => Object::read(line).map(WireRecord::Json),
            Some(_) => Err(match serde_json::from_str::<&RawValue>(line) {
                Ok(raw) => {
                    Problem::new(format!("a record should be a JSON object, but this is {}", shortened(raw.get())))
                }
                Err(error) => not_json(line, &error),
            }),
        }
    }

    /// What stands at a path; null and blank cells are nothing.
    ///
    /// # Errors
    /// Where the name stands twice.
    pub fn find(&self, path: &str) -> Result<Option<WireValue<'a>>, Problem> {
        match self {
            WireRecord::Json(object) => object.find(path),
            WireRecord::Csv(header, cells) => find_cell(header, cells, path),
            WireRecord::Row(row) => row.find(path),
        }
    }

    /// The names at the top of the record that have a value.
    pub fn names(&self) -> Vec<&str> {
        match self {
            WireRecord::Json(object) => object.entries().map(|(name, _)| name).collect(),
            WireRecord::Csv(header, cells) => {
                let filled = header.iter().zip(*cells).filter(|(_, cell)| !cell.trim().is_empty());
                filled.map(|(name, _)| name.as_str()).collect()
            }
            WireRecord::Row(row) => row.names().collect(),
        }
    }
}

fn find_cell<'a>(
    header: &[String],
    cells: &'a csv::StringRecord,
    path: &str,
) -> Result<Option<WireValue<'a>>, Problem> {
    let mut columns = header.iter().zip(cells).filter(|(name, _)| *name == path);
    let found = columns.next().map(|(_, cell)| cell);
    if columns.next().is_some() {
        return Err(Problem::new(format!("the header has two columns {}; which one counts?", quoted(path))));
    }
    Ok(found.filter(|cell| !cell.trim().is_empty()).map(WireValue::Cell))
}

/// In quotes, without control characters, and cut where it is long.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", shortened(text))
}

fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    let mut short: String = text.chars().take(MOST).flat_map(escaped).collect();
    if text.chars().nth(MOST).is_some() {
        short.push('…');
    }
    short
}

/// A text without control characters, which could disturb a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().flat_map(escaped).collect()
}

fn escaped(letter: char) -> impl Iterator<Item = char> {
    let (plain, code) = if letter.is_control() { (None, Some(letter.escape_default())) } else { (Some(letter), None) };
    plain.into_iter().chain(code.into_iter().flatten())
}
