//! Accounts that are billed or counted together: the generated books again, with accounts that pay for others, or that
//! are pooled in some of what is counted.

use crate::choices::Choices;
use crate::compiled::{self, Cut};
use crate::evaluated::Subject;
use crate::generate::Case;
use florin_compiler::exact::Rational;
use florin_compiler::model::{Field, Symbol, Type, Value};
use florin_compiler::reference::Reference;
use florin_compiler::source::{SourceId, Span};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The case with one fact more, by which some of its accounts belong together; whether it can be so.
pub fn join(case: &mut Case, choices: &Choices) -> bool {
    let Some(program) = case.compiled.program.as_mut() else { return false };
    let fact = program.schema.facts.len();
    let name: Symbol = "together".into();
    program.schema.facts.push(Field {
        wire: vec![name.clone()],
        name,
        ty: Type::Text,
        unit: None,
        optional: true,
        least: None,
        default: None,
        span: Span::new(SourceId(0), 0, 0),
    });
    let names: BTreeSet<Symbol> = case.records.iter().map(|record| record.account.clone()).collect();
    let Some(first) = names.first().cloned() else { return false };
    let times: Vec<Timestamp> = case.records.iter().map(|record| record.time).collect();
    let is_paid = choices.chance(60);
    if is_paid {
        program.sharing.bill_to = Some(fact);
    } else {
        program.sharing.pools.insert(fact);
        program.streams.iter_mut().for_each(|stream| stream.shared = choices.chance(50));
    }
    for name in names.iter().filter(|name| !is_paid || **name != first) {
        let facts = case.accounts.entry(name.clone()).or_default();
        if choices.chance(70) {
            let since = if choices.chance(60) { Timestamp::MIN } else { *choices.pick(&times) };
            facts.set_from(fact, since, Value::Text(first.clone()));
        }
        if choices.chance(20) {
            facts.set_from(fact, *choices.pick(&times), Value::Absent);
        }
    }
    true
}

/// The evaluators agree, and what is rated adds up to the bills of whoever pays.
pub fn agrees(case: &Case, cut: &Cut) -> Result<(), String> {
    let Some(subject) = Subject::of(case) else { return Ok(()) };
    compiled::agrees_cut(&subject, cut, false)?;
    adds_up(&subject)
}

fn adds_up(subject: &Subject<'_>) -> Result<(), String> {
    let case = subject.case;
    let reference = Reference::new(subject.program, &case.accounts, &case.records).with_periods(&case.given);
    let mut rated: BTreeMap<(Symbol, Timestamp, String), Rational> = BTreeMap::new();
    for one in reference.rate() {
        let sum = rated.entry((one.account, one.period_start, one.line)).or_insert_with(Rational::zero);
        *sum = &*sum + &one.amount;
    }
    for account in reference.accounts() {
        let periods = reference.periods(&account);
        let bills: Vec<_> = periods.iter().map(|period| reference.bill(&account, period)).collect();
        // A line keeps what was rated while it has no price.
        if bills.iter().any(|bill| !bill.withheld.is_empty()) {
            continue;
        }
        for bill in bills {
            for line in &bill.lines {
                let key = (account.clone(), bill.period.interval.start, line.id.clone());
                let sum = rated.get(&key).cloned().unwrap_or_else(Rational::zero);
                if sum != line.exact {
                    return Err(format!("{} of {account}: {sum} was rated, and {} is billed", line.id, line.exact));
                }
            }
        }
    }
    Ok(())
}
