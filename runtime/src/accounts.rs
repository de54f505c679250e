//! What is known of accounts: a JSON object by account, or NDJSON with the account's id in each line.
//!
//! A fact that changes is a list of values, each with the day or the time from which it holds; the first may do without:
//! `"plan": [{"value": "pro"}, {"from": "2026-04-13", "value": "team"}]`.

use crate::source::{self, Ignored, Input, Object, OpenError, Problem, WireRecord, WireValue};
use florin_compiler::ir::Program;
use florin_compiler::model::{Accounts, Facts, Field, Schema, Symbol, Type, Value};
use florin_compiler::time::Zone;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::io::Read;

/// The largest file of accounts, in bytes: a million accounts of a few hundred bytes each.
pub const MAX_ACCOUNTS_BYTES: u64 = 1 << 30;

/// Accounts and what was passed over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KnownAccounts {
    /// One value for each fact.
    pub accounts: Accounts,
    /// Facts that the book does not declare.
    pub ignored: Ignored,
}

/// What is wrong with a file of accounts; nothing is billed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountsError {
    /// The file can not be had.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A place in it is wrong.
    #[error("{file}:{line}: {problem}")]
    Fact {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        problem: Problem,
    },
}

/// Reads a file of accounts.
///
/// # Errors
/// [`AccountsError`] with the place.
pub fn read_accounts(program: &Program, input: &Input) -> Result<KnownAccounts, AccountsError> {
    let failed = |words: String| OpenError { name: input.name(), words };
    let mut bytes = Vec::new();
    let stream = input.open()?;
    stream.take(MAX_ACCOUNTS_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
    if bytes.len() as u64 > MAX_ACCOUNTS_BYTES {
        return Err(failed(format!("is larger than {MAX_ACCOUNTS_BYTES} bytes")).into());
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| failed(format!("is not UTF-8 (byte {})", error.utf8_error().valid_up_to() + 1)))?;
    let zone = Zone::named(&program.header.timezone).unwrap_or_else(Zone::utc);
    parse_accounts(&program.schema, &zone, &text).map_err(|(line, problem)| AccountsError::Fact {
        file: input.name(),
        line,
        problem,
    })
}

/// Reads accounts from text. Days begin in the book's time zone.
///
/// # Errors
/// What is wrong, with its line.
pub fn parse_accounts(schema: &Schema, zone: &Zone, text: &str) -> Result<KnownAccounts, (usize, Problem)> {
    let text = text.trim_start_matches('\u{feff}');
    let mut known = KnownAccounts::default();
    let reader = Reader { schema, zone };
    match by_account(text) {
        Some(object) => {
            for (id, raw) in object.entries() {
                let line = line_of(text, raw.get());
                let facts = source::object_of(raw).and_then(|facts| known.take(&reader, id, &facts, None));
                facts.map_err(|problem| (line, named(id, &problem)))?;
            }
        }
        None => {
            for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                known.take_line(&reader, line).map_err(|problem| (index + 1, problem))?;
            }
        }
    }
    Ok(known)
}

/// Adds accounts of which nothing is known.
pub fn add_unlisted<'a>(accounts: &mut Accounts, ids: impl IntoIterator<Item = &'a Symbol>) {
    for id in ids {
        if !accounts.contains_key(id) {
            accounts.insert(id.clone(), Facts::default());
        }
    }
}

impl KnownAccounts {
    fn take_line(&mut self, reader: &Reader<'_>, line: &str) -> Result<(), Problem> {
        let WireRecord::Json(object) = WireRecord::json(line)? else {
            return Err(Problem::new("an account should be a JSON object"));
        };
        let path = &reader.schema.wire.account;
        let missing =
            || Problem::new(format!("the account's id is missing: there is no {}", source::wire::quoted(path)));
        let id = object.find(path)?.ok_or_else(missing)?;
        let id = source::field::text(&id).ok_or_else(missing)?;
        self.take(reader, &id, &object, Some(path)).map_err(|problem| named(&id, &problem))
    }

    fn take(
        &mut self,
        reader: &Reader<'_>,
        id: &str,
        object: &Object<'_>,
        own: Option<&Symbol>,
    ) -> Result<(), Problem> {
        if self.accounts.insert(id.into(), reader.facts(object)?).is_some() {
            return Err(Problem::new("it is listed twice"));
        }
        let is_own = |name: &str| own.is_some_and(|path| path.split('.').next() == Some(name));
        let is_fact = |name: &str| {
            let names = reader.schema.facts.iter().flat_map(|fact| &fact.wire);
            names.into_iter().any(|path| **path == *name || path.split('.').next() == Some(name))
        };
        for (name, _) in object.entries().filter(|(name, _)| !is_own(name) && !is_fact(name)) {
            self.ignored.count(name);
        }
        Ok(())
    }
}

/// What facts are read by.
struct Reader<'r> {
    schema: &'r Schema,
    zone: &'r Zone,
}

impl Reader<'_> {
    /// One value for each fact, and what takes its place later.
    fn facts(&self, object: &Object<'_>) -> Result<Facts, Problem> {
        let (mut first, mut later) = (Vec::new(), Vec::new());
        for (at, fact) in self.schema.facts.iter().enumerate() {
            let (undated, changes) = match dated(fact, object)? {
                Some(entries) => self.changes(fact, &entries)?,
                None => (source::field::read_given(self.schema, fact, object)?, Vec::new()),
            };
            first.push(undated.or_else(|| fact.default.clone()).unwrap_or(Value::Absent));
            later.extend(changes.into_iter().map(|(since, value)| (at, since, value)));
        }
        let mut facts = Facts::from(first);
        for (at, since, value) in later {
            facts.set_from(at, since, value);
        }
        Ok(facts)
    }

    /// The values of a fact that changes: before all changes, and from each on.
    fn changes(&self, fact: &Field, entries: &[Object<'_>]) -> Result<(Option<Value>, Changes), Problem> {
        let name = source::wire::quoted(fact.wire.first().unwrap_or(&fact.name));
        let (mut undated, mut changes) = (None, Vec::new());
        let mut known: BTreeSet<Timestamp> = BTreeSet::new();
        for entry in entries {
            let as_value = Field { wire: vec![VALUE.into()], ..fact.clone() };
            let value = source::field::read_given(self.schema, &as_value, entry);
            let value = value.map_err(|problem| Problem::new(format!("fact {name}: {problem}")))?;
            match entry.find(FROM)? {
                None if undated.is_some() => {
                    let words =
                        "has two values without a day from which they hold; add `\"from\": \"2026-04-01\"` to one";
                    return Err(Problem::new(format!("fact {name} {words}")));
                }
                None => undated = Some(value.unwrap_or(Value::Absent)),
                Some(from) => {
                    let since = self.since(&name, &from)?;
                    if !known.insert(since) {
                        let from = from.shown();
                        return Err(Problem::new(format!(
                            "fact {name} has two values from {from} on; which one counts?"
                        )));
                    }
                    changes.push((since, value.unwrap_or(Value::Absent)));
                }
            }
        }
        Ok((undated, changes))
    }

    fn since(&self, name: &str, from: &WireValue<'_>) -> Result<Timestamp, Problem> {
        let since = source::field::text(from).and_then(|text| source::time_or_day(self.zone, &text));
        since.ok_or_else(|| {
            let shown = from.shown();
            Problem::new(format!(
                "fact {name}: \"from\" should be a day like 2026-04-01 or a time like 2026-04-01T00:00:00Z, but is {shown}"
            ))
        })
    }
}

/// What takes a value's place, and from when on.
type Changes = Vec<(Timestamp, Value)>;

const VALUE: &str = "value";
const FROM: &str = "from";

/// The entries of a fact that changes: objects with a value and mostly a date; none where it is a plain value.
fn dated<'a>(fact: &Field, object: &Object<'a>) -> Result<Option<Vec<Object<'a>>>, Problem> {
    let mut found = None;
    for path in &fact.wire {
        found = found.or(object.find(path)?);
    }
    let Some(WireValue::List(items)) = found else { return Ok(None) };
    let is_list = matches!(fact.ty, Type::List(_));
    let mut entries = Vec::new();
    for item in items {
        match WireValue::read(item)? {
            Some(WireValue::Object(entry)) if is_entry(&entry, is_list) => entries.push(entry),
            _ if is_list => return Ok(None),
            _ => {
                let name = source::wire::quoted(fact.wire.first().unwrap_or(&fact.name));
                let form = "[{\"value\": ..}, {\"from\": \"2026-04-01\", \"value\": ..}]";
                return Err(Problem::new(format!("fact {name} that changes should be {form}")));
            }
        }
    }
    Ok((!entries.is_empty()).then_some(entries))
}

/// Whether an object says a value, and maybe from when on it holds. Those of a list must be lists, so that items are
/// not taken for them.
fn is_entry(entry: &Object<'_>, is_list: bool) -> bool {
    let named = entry.entries().all(|(name, _)| name == VALUE || name == FROM);
    let value = entry.entries().find(|(name, _)| *name == VALUE).map(|(_, raw)| raw.get());
    named && value.is_some_and(|value| !is_list || value.starts_with('['))
}

/// The object, if the whole text is one whose values are all objects: an account of NDJSON has its id in it.
fn by_account(text: &str) -> Option<Object<'_>> {
    let object = Object::read(text).ok()?;
    let all_objects = object.entries().all(|(_, raw)| raw.get().starts_with('{'));
    all_objects.then_some(object)
}

fn named(id: &str, problem: &Problem) -> Problem {
    Problem::new(format!("account {}: {problem}", source::wire::quoted(id)))
}

/// The line of a piece of a text.
fn line_of(text: &str, piece: &str) -> usize {
    let at = (piece.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn parse(text: &str) -> Result<KnownAccounts, String> {
        parse_accounts(&testing::schema(), &Zone::utc(), text).map_err(|(line, problem)| format!("{line}: {problem}"))
    }

    #[test]
    fn both_forms_are_read() {
        let by_id = parse("{\"A1\": {\"plan\": \"pro\", \"seats\": 5}, \"A2\": {}}").expect("accounts");
        let by_line =
            parse("{\"account\":\"A1\",\"plan\":\"pro\",\"seats\":\"5\"}\n\n{\"account\":\"A2\"}\n").expect("accounts");
        assert_eq!(by_id, by_line);
        assert_eq!(by_id.accounts.get("A2"), Some(&vec![Value::Absent, Value::Absent].into()));
        let one_line = parse("{\"account\":\"A1\",\"plan\":\"pro\"}").expect("accounts");
        assert_eq!(one_line.accounts.keys().map(|id| &**id).collect::<Vec<_>>(), ["A1"]);
        assert_eq!(parse(""), Ok(KnownAccounts::default()));
        assert_eq!(parse("{}"), Ok(KnownAccounts::default()));
    }

    #[test]
    fn facts_change() {
        let known = parse(
            "{\"A1\": {\"plan\": [{\"value\": \"free\"}, {\"from\": \"2026-04-13\", \"value\": \"pro\"}], \"seats\": \
             [{\"from\": \"2026-04-13T12:00:00+02:00\", \"value\": 7}]}}",
        )
        .expect("accounts");
        let facts = known.accounts.get("A1").expect("listed");
        let at = |fact: usize, time: &str| facts.at(fact, time.parse().expect("a time")).cloned();
        assert_eq!(at(0, "2026-04-12T23:59:59Z"), Some(Value::Member(0)));
        assert_eq!(at(0, "2026-04-13T00:00:00Z"), Some(Value::Member(1)));
        assert_eq!(at(1, "2026-04-13T09:59:59Z"), Some(Value::Absent));
        assert_eq!(at(1, "2026-04-13T10:00:00Z"), Some(Value::Number(7i64.into())));
    }

    #[test]
    fn unknown_facts_are_counted() {
        let known = parse("{\"A1\": {\"colour\": 1}, \"A2\": {\"colour\": 2}}").expect("accounts");
        assert_eq!(known.ignored.names().get("colour"), Some(&2));
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        for (text, expected) in [
            (
                "{\"A1\": {\"seats\": 1},\n \"A2\": {\"seats\": \"x\"}}",
                "2: account \"A2\": field \"seats\" should be a number, but is \"x\"",
            ),
            ("{\"account\":\"A1\"}\n{\"account\":\"A1\"}", "2: account \"A1\": it is listed twice"),
            ("{\"A1\": {},\n\"A1\": {}}", "2: account \"A1\": it is listed twice"),
            ("{\"plan\":\"pro\"}", "1: the account's id is missing: there is no \"account\""),
            (
                "{\"A1\": {\"plan\": \"gold\"}}",
                "1: account \"A1\": field \"plan\" should be one of \"free\", \"pro\", but is \"gold\"",
            ),
            (
                "{\"A1\": {\"plan\": [\"free\", \"pro\"]}}",
                "1: account \"A1\": fact \"plan\" that changes should be [{\"value\": ..}, {\"from\": \"2026-04-01\", \
                 \"value\": ..}]",
            ),
            (
                "{\"A1\": {\"plan\": [{\"value\": \"free\"}, {\"value\": \"pro\"}]}}",
                "1: account \"A1\": fact \"plan\" has two values without a day from which they hold; add `\"from\": \
                 \"2026-04-01\"` to one",
            ),
            (
                "{\"A1\": {\"plan\": [{\"from\": \"2026-04-01\", \"value\": \"free\"}, {\"from\": \"2026-04-01\", \
                 \"value\": \"pro\"}]}}",
                "1: account \"A1\": fact \"plan\" has two values from \"2026-04-01\" on; which one counts?",
            ),
            (
                "{\"A1\": {\"plan\": [{\"from\": \"April\", \"value\": \"free\"}]}}",
                "1: account \"A1\": fact \"plan\": \"from\" should be a day like 2026-04-01 or a time like \
                 2026-04-01T00:00:00Z, but is \"April\"",
            ),
            ("[]", "1: a record should be a JSON object on a line of its own, but this is a list"),
            ("{\"A1\": {", "1: the JSON ends in the middle; is the file cut off?"),
        ] {
            assert_eq!(parse(text), Err(expected.to_owned()), "{text}");
        }
    }
}
