//! Contracts as data: NDJSON, one row a contract or an amendment of one.
//!
//! `{"account": "A1", "plan": "capacity", "from": "2026-01-01", "to": "2026-12-31", "commit": 25000}`: the first and the
//! last day, both of which belong to it, and the plan's terms by what the book calls them on the wire. A row that begins
//! while another one of its account and plan is in force amends it: what it does not say stays as it is.

use crate::source::suggest;
use crate::source::{self, Input, Object, OpenError, Problem, WireRecord};
use florin_compiler::model::{Accounts, Contract, Schema, Symbol, Value};
use std::io::Read;

/// The largest file of contracts, in bytes.
pub const MAX_CONTRACTS_BYTES: u64 = 1 << 30;

/// What is wrong with a file of contracts; nothing is billed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContractsError {
    /// The file can not be had.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A row of it is wrong.
    #[error("{file}:{line}: {problem}")]
    Row {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        problem: Problem,
    },
}

/// Reads a file of contracts into what is known of the accounts.
///
/// # Errors
/// [`ContractsError`] with the place.
pub fn read_contracts(schema: &Schema, input: &Input, accounts: &mut Accounts) -> Result<(), ContractsError> {
    let failed = |words: String| OpenError { name: input.name(), words };
    let mut bytes = Vec::new();
    let stream = input.open()?;
    stream.take(MAX_CONTRACTS_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
    if bytes.len() as u64 > MAX_CONTRACTS_BYTES {
        return Err(failed(format!("is larger than {MAX_CONTRACTS_BYTES} bytes")).into());
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| failed(format!("is not UTF-8 (byte {})", error.utf8_error().valid_up_to() + 1)))?;
    let rows = parse_contracts(schema, &text);
    let rows = rows.map_err(|(line, problem)| ContractsError::Row { file: input.name(), line, problem })?;
    for (account, contract) in rows {
        accounts.entry(account).or_default().add_contract(contract);
    }
    Ok(())
}

/// Reads contracts from text.
///
/// # Errors
/// What is wrong, with its line.
pub fn parse_contracts(schema: &Schema, text: &str) -> Result<Vec<(Symbol, Contract)>, (usize, Problem)> {
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(at, line)| row(schema, line).map_err(|problem| (at + 1, problem))).collect()
}

fn row(schema: &Schema, line: &str) -> Result<(Symbol, Contract), Problem> {
    let WireRecord::Json(object) = WireRecord::json(line)? else {
        return Err(Problem::new("a contract should be a JSON object"));
    };
    let account = text(&object, "account")?;
    let named = text(&object, "plan")?;
    let Some(plan) = schema.plans.iter().position(|plan| *plan.name == *named) else {
        let hint = suggest::hint(&named, schema.plans.iter().map(|plan| &*plan.name));
        return Err(Problem::new(format!(
            "field \"plan\": the book has no plan {}{hint}",
            source::wire::quoted(&named)
        )));
    };
    let from = day(&object, "from")?.ok_or_else(|| missing("from"))?;
    let to = day(&object, "to")?;
    if to.is_some_and(|to| to < from) {
        return Err(Problem::new("field \"to\": the last day is before the first one, \"from\""));
    }
    let fields = schema.plans.get(plan).map(|plan| plan.terms.as_slice()).unwrap_or_default();
    let mut terms = Vec::new();
    for field in fields {
        terms.push(source::field::read_given(schema, field, &object)?.unwrap_or(Value::Absent));
    }
    let own = ["account", "plan", "from", "to"];
    let known = || own.into_iter().chain(fields.iter().flat_map(|field| &field.wire).map(|path| &**path));
    let is_known = |name: &str| known().any(|path| path == name || path.split('.').next() == Some(name));
    if let Some((name, _)) = object.entries().find(|(name, _)| !is_known(name)) {
        let hint = suggest::hint(name, known());
        let name = source::wire::quoted(name);
        return Err(Problem::new(format!(
            "field {name} is no term of the plan {}{hint}",
            source::wire::quoted(&named)
        )));
    }
    Ok((account.as_str().into(), Contract { plan, from, to, terms }))
}

fn missing(name: &str) -> Problem {
    Problem::new(format!("a contract needs the field \"{name}\""))
}

fn text(object: &Object<'_>, name: &str) -> Result<String, Problem> {
    let value = object.find(name)?.ok_or_else(|| missing(name))?;
    let text = source::field::text(&value).map(|text| text.to_string());
    text.ok_or_else(|| Problem::new(format!("field \"{name}\" should be a text, but is {}", value.shown())))
}

fn day(object: &Object<'_>, name: &str) -> Result<Option<jiff::civil::Date>, Problem> {
    let Some(value) = object.find(name)? else { return Ok(None) };
    let day = source::field::text(&value).and_then(|text| text.parse().ok());
    let wrong = || format!("field \"{name}\" should be a day like 2026-04-01, but is {}", value.shown());
    day.map(Some).ok_or_else(|| Problem::new(wrong()))
}
