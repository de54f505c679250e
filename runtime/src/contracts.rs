//! Contracts as data: NDJSON or CSV, one row a contract or an amendment of one.
//!
//! `{"account": "A1", "plan": "capacity", "from": "2026-01-01", "to": "2026-12-31", "commit": 25000}`: the first and the
//! last day, both of which belong to it, and the plan's terms by what the book calls them on the wire. A row that begins
//! while another one of its account and plan is in force amends it: what it does not say stays as it is. So a blank cell of
//! a CSV says nothing, and a column may be a term of some plans only.

use crate::source::suggest;
use crate::source::{self, Format, Input, Lines, OpenError, Problem, WireRecord, each_record};
use florin_compiler::model::{Accounts, Contract, Schema, Symbol, Value};
use std::io::Read;

/// The largest file of contracts, in bytes.
pub const MAX_CONTRACTS_BYTES: u64 = 1 << 30;

/// The column, or the field, that says whose a contract is.
const ACCOUNT: &str = "account";

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
        line: u64,
        /// What is wrong.
        problem: Problem,
    },
}

/// Reads a file of contracts into what is known of the accounts.
///
/// # Errors
/// [`ContractsError`] with the place.
pub fn read_contracts(schema: &Schema, input: &Input, accounts: &mut Accounts) -> Result<(), ContractsError> {
    let mut stream = input.open()?.take(MAX_CONTRACTS_BYTES + 1);
    let rows = parse_contracts(schema, &mut stream, input.format());
    if stream.limit() == 0 {
        let words = format!("is larger than {MAX_CONTRACTS_BYTES} bytes");
        return Err(OpenError { name: input.name(), words }.into());
    }
    let rows = rows.map_err(|(line, problem)| ContractsError::Row { file: input.name(), line, problem })?;
    for (account, contract) in rows {
        accounts.entry(account).or_default().add_contract(contract);
    }
    Ok(())
}

/// Reads contracts from a stream; without a format its first line tells it.
///
/// # Errors
/// The first thing that is wrong, with its line.
pub fn parse_contracts(
    schema: &Schema,
    stream: impl Read,
    format: Option<Format>,
) -> Result<Vec<(Symbol, Contract)>, (u64, Problem)> {
    let mut rows = Vec::new();
    let mut wrong = None;
    each_record(Lines::new(stream), format, ACCOUNT, &mut |raw| {
        if wrong.is_none() {
            match raw.wire.and_then(|wire| row(schema, &wire)) {
                Ok(read) => rows.push(read),
                Err(problem) => wrong = Some((raw.line, problem)),
            }
        }
    })?;
    wrong.map_or(Ok(rows), Err)
}

fn row(schema: &Schema, contract: &WireRecord<'_>) -> Result<(Symbol, Contract), Problem> {
    let account = text(contract, ACCOUNT)?;
    let named = text(contract, "plan")?;
    let Some(plan) = schema.plans.iter().position(|plan| *plan.name == *named) else {
        let hint = suggest::hint(&named, schema.plans.iter().map(|plan| &*plan.name));
        return Err(Problem::new(format!(
            "field \"plan\": the book has no plan {}{hint}",
            source::wire::quoted(&named)
        )));
    };
    let from = day(contract, "from")?.ok_or_else(|| missing("from"))?;
    let to = day(contract, "to")?;
    if to.is_some_and(|to| to < from) {
        return Err(Problem::new("field \"to\": the last day is before the first one, \"from\""));
    }
    let fields = schema.plans.get(plan).map(|plan| plan.terms.as_slice()).unwrap_or_default();
    let mut terms = Vec::new();
    for field in fields {
        terms.push(source::field::read_given(schema, field, contract)?.unwrap_or(Value::Absent));
    }
    let own = [ACCOUNT, "plan", "from", "to"];
    let known = || own.into_iter().chain(fields.iter().flat_map(|field| &field.wire).map(|path| &**path));
    let is_known = |name: &str| known().any(|path| path == name || path.split('.').next() == Some(name));
    if let Some(name) = contract.names().into_iter().find(|name| !is_known(name)) {
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

fn text(contract: &WireRecord<'_>, name: &str) -> Result<String, Problem> {
    let value = contract.find(name)?.ok_or_else(|| missing(name))?;
    let text = source::field::text(&value).map(|text| text.to_string());
    text.ok_or_else(|| Problem::new(format!("field \"{name}\" should be a text, but is {}", value.shown())))
}

fn day(contract: &WireRecord<'_>, name: &str) -> Result<Option<jiff::civil::Date>, Problem> {
    let Some(value) = contract.find(name)? else { return Ok(None) };
    let day = source::field::text(&value).and_then(|text| text.parse().ok());
    let wrong = || format!("field \"{name}\" should be a day like 2026-04-01, but is {}", value.shown());
    day.map(Some).ok_or_else(|| Problem::new(wrong()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::compile;
    use florin_compiler::source::NoFiles;

    const BOOK: &str = "pricebook p \"P\"\ncurrency USD \"$\"\nperiod month\nunit seat \"seats\"\n\
        plan team {\nterms { seats : seat }\nfee base { quantity terms.seats; price $5 per seat every month }\n}\n\
        plan flat {\nterms { rate : USD }\nfee rate { price terms.rate every month }\n}\n";

    fn read(text: &str) -> Result<Vec<(Symbol, Contract)>, (u64, String)> {
        let program = compile("book.florin", BOOK, &NoFiles);
        let program = program.program.unwrap_or_else(|| panic!("{:#?}", program.diagnostics));
        let rows = parse_contracts(&program.schema, text.as_bytes(), None);
        rows.map_err(|(line, problem)| (line, problem.to_string()))
    }

    #[test]
    fn rows_of_csv_are_what_lines_of_ndjson_are() {
        let json = "{\"account\": \"A\", \"plan\": \"team\", \"from\": \"2026-01-01\", \"seats\": 4}\n\
            {\"account\": \"A\", \"plan\": \"team\", \"from\": \"2026-02-01\", \"to\": \"2026-12-31\"}\n\
            {\"account\": \"B\", \"plan\": \"flat\", \"from\": \"2026-01-01\", \"rate\": \"0.10\"}\n";
        let csv = "account,plan,from,to,seats,rate\nA,team,2026-01-01,,4,\nA,team,2026-02-01,2026-12-31,,\n\
            B,flat,2026-01-01,,,0.10\n";
        let rows = read(json);
        assert_eq!(rows.as_ref().map(Vec::len), Ok(3));
        assert_eq!(rows, read(csv));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let wrong = |text: &str| read(text).expect_err("a fault");
        assert_eq!(
            wrong("account,plan,from,rate\nB,flat,2026-01-01,1\n\nA,team,2026-01-01,1\n"),
            (4, "field \"rate\" is no term of the plan \"team\"".to_owned())
        );
        assert_eq!(
            wrong("customer,plan,from\nB,flat,2026-01-01\n"),
            (1, "this line should name the columns, but has no \"account\"".to_owned())
        );
        assert_eq!(
            wrong("account,plan,from\nB,flat,1/2/2026\n"),
            (2, "field \"from\" should be a day like 2026-04-01, but is \"1/2/2026\"".to_owned())
        );
    }
}
