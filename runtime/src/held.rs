//! Records that rules hold: set aside from everything that is billed until a person releases or voids them.
//!
//! A decision is a line of a file, `{"record": "u017", "decision": "release"}` (or `"void"`), so that what is billed stays
//! a function of files. The last decision on a record counts.

use crate::engine::{Engine, Program};
use crate::source::Usage;
use crate::source::wire::quoted;
use florin_compiler::model::{Accounts, Record, Symbol};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// What a person has decided of a held record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is billed as if no rule held it.
    Release,
    /// It is billed never.
    Void,
}

/// The decisions on records, by their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions(BTreeMap<Symbol, Decision>);

/// A record that waits for a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldRecord {
    /// The record.
    pub record: Record,
    /// The name of the rule that holds it.
    pub rule: Symbol,
}

impl Decision {
    fn word(self) -> &'static str {
        match self {
            Decision::Release => "release",
            Decision::Void => "void",
        }
    }
}

impl Decisions {
    /// Reads decisions from text.
    ///
    /// # Errors
    /// A sentence with the line where one is wrong.
    pub fn parse(text: &str) -> Result<Decisions, String> {
        let mut found = BTreeMap::new();
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let (record, decision) = decision(line).map_err(|problem| format!("line {number}: {problem}"))?;
            found.insert(record, decision);
        }
        Ok(Decisions(found))
    }

    /// Reads a file of decisions; none where there is no such file yet.
    ///
    /// # Errors
    /// A sentence where it can not be read, or one is wrong.
    pub fn read(path: &Path) -> Result<Decisions, String> {
        let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        match std::fs::read_to_string(path) {
            Ok(text) => Decisions::parse(&text).map_err(|error| wrong(&error)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Decisions::default()),
            Err(error) => Err(wrong(&error)),
        }
    }

    /// Whether nothing was decided.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A decision as a line of the file.
#[must_use]
pub fn line(record: &str, decision: Decision) -> String {
    format!("{}\n", json!({ "record": record, "decision": decision.word() }))
}

fn decision(line: &str) -> Result<(Symbol, Decision), String> {
    let value: Value = serde_json::from_str(line).map_err(|error| format!("not JSON: {error}"))?;
    let record = value.get("record").and_then(Value::as_str).ok_or("no text \"record\"")?;
    let decision = match value.get("decision").and_then(Value::as_str) {
        Some("release") => Decision::Release,
        Some("void") => Decision::Void,
        Some(other) => return Err(format!("\"decision\" is {}, not \"release\" or \"void\"", quoted(other))),
        None => return Err("no text \"decision\"".to_owned()),
    };
    Ok((record.into(), decision))
}

/// Sets aside what rules hold: those records leave [`Usage::records`] for [`Usage::held`], voided ones for good.
pub fn set_aside(program: &Program, accounts: &Accounts, usage: &mut Usage, decisions: &Decisions) {
    if !program.holds() {
        return;
    }
    let engine = Engine::new(program, accounts, &usage.records, None);
    let held: BTreeMap<usize, usize> =
        engine.accounts().iter().flat_map(|account| engine.watch(account, &[]).held).collect();
    let records = std::mem::take(&mut usage.records).into_iter().zip(std::mem::take(&mut usage.places)).enumerate();
    for (at, (record, place)) in records {
        let rule = held.get(&at).and_then(|rule| program.rules.get(*rule));
        match (rule, decisions.0.get(&record.id)) {
            (None, _) | (Some(_), Some(Decision::Release)) => {
                usage.records.push(record);
                usage.places.push(place);
            }
            (Some(_), Some(Decision::Void)) => usage.voided += 1,
            (Some(rule), None) => usage.held.push(HeldRecord { record, rule: rule.name.clone() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::compile;
    use florin_compiler::source::NoFiles;
    use florin_compiler::typed::TestUsage;

    const BOOK: &str = "pricebook b\ncurrency USD\nperiod month\nunit call\nusage hit { calls : call }\n\
        charge calls from hit { quantity sum(calls); price USD 1 per call }\n\
        meter burst per hour = sum(calls) from hit\nrule burst { when burst > 10 calls then hold }\n\
        test \"t\" {\n  usage hit { id: \"u1\", time: 2026-03-01T10:00:00Z, calls: 10 calls }\n\
        usage hit { id: \"u2\", time: 2026-03-01T10:10:00Z, calls: 5 calls }\n\
        usage hit { id: \"u3\", time: 2026-03-01T10:20:00Z, calls: 7 calls }\n\
        usage hit { id: \"u4\", time: 2026-03-01T11:00:00Z, calls: 1 call }\n  bill for 2026-03\n  expect total = USD 11\n}\n";

    fn after(decisions: &str) -> (Vec<String>, Vec<String>, u64) {
        let program = compile("b", BOOK, &NoFiles).program.expect("a good book");
        let test = program.tests.first().expect("a test");
        let records: Vec<Record> = test
            .usage
            .iter()
            .filter_map(|one| match one {
                TestUsage::Record(record) => Some(record.clone()),
                TestUsage::File { .. } => None,
            })
            .collect();
        let places = records.iter().map(|_| crate::source::Place { file: "b".into(), line: 1 }).collect();
        let mut usage = Usage { records, places, ..Usage::default() };
        let mut accounts = Accounts::new();
        crate::accounts::add_unlisted(&mut accounts, usage.records.iter().map(|record| &record.account));
        set_aside(&program, &accounts, &mut usage, &Decisions::parse(decisions).expect("decisions"));
        let ids = |record: &Record| record.id.to_string();
        (
            usage.records.iter().map(ids).collect(),
            usage.held.iter().map(|held| format!("{} by {}", held.record.id, held.rule)).collect(),
            usage.voided,
        )
    }

    #[test]
    fn what_is_held_waits_for_a_decision() {
        let all = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(after(""), (all(&["u1", "u4"]), all(&["u2 by burst", "u3 by burst"]), 0));
        let decided = line("u2", Decision::Release) + &line("u3", Decision::Void);
        assert_eq!(after(&decided), (all(&["u1", "u2", "u4"]), Vec::new(), 1));
        let changed = decided + &line("u2", Decision::Void);
        assert_eq!(after(&changed), (all(&["u1", "u4"]), Vec::new(), 2), "the last decision counts");
    }

    #[test]
    fn wrong_decisions_are_said_with_their_line() {
        let said = |text: &str| Decisions::parse(text).expect_err("refused");
        assert_eq!(said("\n{\"record\": \"u1\"}"), "line 2: no text \"decision\"");
        assert_eq!(
            said("{\"record\": \"u1\", \"decision\": \"drop\"}"),
            "line 1: \"decision\" is \"drop\", not \"release\" or \"void\""
        );
        assert!(said("u1").starts_with("line 1: not JSON"));
    }
}
