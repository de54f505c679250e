//! What is known of accounts: a JSON object by account, or NDJSON with the account's id in each line.

use crate::source::{self, Ignored, Input, Object, OpenError, Problem, WireRecord};
use florin_compiler::model::{Accounts, Facts, Schema, Symbol, Value};
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
pub fn read_accounts(schema: &Schema, input: &Input) -> Result<KnownAccounts, AccountsError> {
    let failed = |words: String| OpenError { name: input.name(), words };
    let mut bytes = Vec::new();
    let stream = input.open()?;
    stream.take(MAX_ACCOUNTS_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
    if bytes.len() as u64 > MAX_ACCOUNTS_BYTES {
        return Err(failed(format!("is larger than {MAX_ACCOUNTS_BYTES} bytes")).into());
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| failed(format!("is not UTF-8 (byte {})", error.utf8_error().valid_up_to() + 1)))?;
    parse_accounts(schema, &text).map_err(|(line, problem)| AccountsError::Fact { file: input.name(), line, problem })
}

/// Reads accounts from text.
///
/// # Errors
/// What is wrong, with its line.
pub fn parse_accounts(schema: &Schema, text: &str) -> Result<KnownAccounts, (usize, Problem)> {
    let text = text.trim_start_matches('\u{feff}');
    let mut known = KnownAccounts::default();
    match by_account(text) {
        Some(object) => {
            for (id, raw) in object.entries() {
                let line = line_of(text, raw.get());
                let facts = source::object_of(raw).and_then(|facts| known.take(schema, id, &facts, None));
                facts.map_err(|problem| (line, named(id, &problem)))?;
            }
        }
        None => {
            for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                known.take_line(schema, line).map_err(|problem| (index + 1, problem))?;
            }
        }
    }
    Ok(known)
}

/// Adds accounts of which nothing is known: every fact is absent.
pub fn add_unlisted<'a>(accounts: &mut Accounts, schema: &Schema, ids: impl IntoIterator<Item = &'a Symbol>) {
    for id in ids {
        if !accounts.contains_key(id) {
            accounts.insert(id.clone(), vec![Value::Absent; schema.facts.len()]);
        }
    }
}

impl KnownAccounts {
    fn take_line(&mut self, schema: &Schema, line: &str) -> Result<(), Problem> {
        let WireRecord::Json(object) = WireRecord::json(line)? else {
            return Err(Problem::new("an account should be a JSON object"));
        };
        let path = &schema.wire.account;
        let missing =
            || Problem::new(format!("the account's id is missing: there is no {}", source::wire::quoted(path)));
        let id = object.find(path)?.ok_or_else(missing)?;
        let id = source::field::text(&id).ok_or_else(missing)?;
        self.take(schema, &id, &object, Some(path)).map_err(|problem| named(&id, &problem))
    }

    fn take(&mut self, schema: &Schema, id: &str, object: &Object<'_>, own: Option<&Symbol>) -> Result<(), Problem> {
        let facts: Result<Facts, Problem> = schema.facts.iter().map(|fact| self.fact(schema, fact, object)).collect();
        if self.accounts.insert(id.into(), facts?).is_some() {
            return Err(Problem::new("it is listed twice"));
        }
        let is_own = |name: &str| own.is_some_and(|path| path.split('.').next() == Some(name));
        let is_fact = |name: &str| {
            let names = schema.facts.iter().flat_map(|fact| &fact.wire);
            names.into_iter().any(|path| **path == *name || path.split('.').next() == Some(name))
        };
        for (name, _) in object.entries().filter(|(name, _)| !is_own(name) && !is_fact(name)) {
            self.ignored.count(name);
        }
        Ok(())
    }

    fn fact(
        &self,
        schema: &Schema,
        fact: &florin_compiler::model::Field,
        object: &Object<'_>,
    ) -> Result<Value, Problem> {
        let given = source::field::read_given(schema, fact, object)?;
        Ok(given.or_else(|| fact.default.clone()).unwrap_or(Value::Absent))
    }
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
        parse_accounts(&testing::schema(), text).map_err(|(line, problem)| format!("{line}: {problem}"))
    }

    #[test]
    fn both_forms_are_read() {
        let by_id = parse("{\"A1\": {\"plan\": \"pro\", \"seats\": 5}, \"A2\": {}}").expect("accounts");
        let by_line =
            parse("{\"account\":\"A1\",\"plan\":\"pro\",\"seats\":\"5\"}\n\n{\"account\":\"A2\"}\n").expect("accounts");
        assert_eq!(by_id, by_line);
        assert_eq!(by_id.accounts.get("A2").map(Vec::as_slice), Some(&[Value::Absent, Value::Absent][..]));
        let one_line = parse("{\"account\":\"A1\",\"plan\":\"pro\"}").expect("accounts");
        assert_eq!(one_line.accounts.keys().map(|id| &**id).collect::<Vec<_>>(), ["A1"]);
        assert_eq!(parse(""), Ok(KnownAccounts::default()));
        assert_eq!(parse("{}"), Ok(KnownAccounts::default()));
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
            ("[]", "1: a record should be a JSON object on a line of its own, but this is a list"),
            ("{\"A1\": {", "1: the JSON ends in the middle; is the file cut off?"),
        ] {
            assert_eq!(parse(text), Err(expected.to_owned()), "{text}");
        }
    }
}
