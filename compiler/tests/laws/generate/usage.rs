//! Accounts and usage for a program: extremes, edges of windows, keys that no table has.

use super::expressions::TEXTS;
use crate::choices::Choices;
use florin_compiler::bill::Period;
use florin_compiler::exact::Rational;
use florin_compiler::ir::Program;
use florin_compiler::model::{Accounts, Cell, Field, KeyCell, Record, Step, Symbol, Type, Value};
use florin_compiler::reference::Reference;
use florin_compiler::typed::BillPeriod;
use jiff::{SignedDuration, Timestamp};

/// Around these, usage happens: edges of months and days in several zones, the days on which clocks change.
const INSTANTS: &[&str] = &[
    "2026-03-10T12:00:00Z",
    "2026-03-01T00:00:00Z",
    "2026-03-29T01:00:00Z",
    "2026-02-28T23:00:00Z",
    "2026-03-31T22:00:00Z",
    "2026-03-08T07:00:00Z",
    "2026-01-01T00:00:00Z",
    "2025-12-31T18:15:00Z",
    "2026-02-15T04:30:00Z",
    "2026-10-25T01:00:00Z",
];
const OFFSETS_SECONDS: &[i64] = &[0, 0, 1, -1, 60, -60, 900, 3_600, -3_600, 14_400, 86_400, -86_400, 259_200, 604_800];
const NUMBERS: &[&str] = &[
    "1",
    "0",
    "2",
    "5",
    "10",
    "100",
    "0.5",
    "-1",
    "1000",
    "1000.5",
    "2500",
    "0.000000001",
    "123456.789",
    "-0.25",
    "1000000",
    "99999999999999999999999999999999999999",
    "1e40",
    "1e-30",
    "3",
    "7",
];

/// Accounts, records and, of a book whose period is given, the periods that are asked for.
pub(super) fn usage(choices: &Choices, program: &Program) -> (Accounts, Vec<Record>, Vec<Period>) {
    let members = program.schema.enums.iter().map(|one| one.members.len()).collect();
    let known = Known { texts: texts(program), members };
    let mut accounts = Accounts::new();
    for name in ["A", "B"] {
        let facts = program.schema.facts.iter().map(|fact| match choices.chance(12) {
            true => Value::Absent,
            false => value(choices, fact, &known),
        });
        accounts.insert(Symbol::from(name), facts.collect());
    }
    let around: Vec<Timestamp> = (0..choices.between(1, 3)).map(|_| instant(choices.pick::<&str>(INSTANTS))).collect();
    for facts in accounts.values_mut().filter(|_| choices.chance(25)) {
        let count = program.schema.facts.len();
        for _ in 0..if count == 0 { 0 } else { choices.between(1, 3) } {
            let at = choices.below(count);
            facts.set_from(at, moment(choices, &around), value(choices, &program.schema.facts[at], &known));
        }
    }
    let mut records: Vec<Record> = Vec::new();
    for at in 0..choices.between(1, 14) {
        let copied = records.last().filter(|_| choices.chance(15)).cloned();
        let mut record = copied.unwrap_or_else(|| record(choices, program, &known, &around));
        record.id = format!("r{:02}", (at * 7) % 16).into();
        records.push(record);
    }
    (accounts, records, given(program))
}

/// What values are taken from.
struct Known {
    texts: Vec<Symbol>,
    /// How many members each enum has.
    members: Vec<usize>,
}

fn record(choices: &Choices, program: &Program, known: &Known, around: &[Timestamp]) -> Record {
    let kind = choices.below(program.schema.given_kinds().len());
    let time = moment(choices, around);
    let values = program.schema.kinds[kind].fields.iter().map(|field| value(choices, field, known)).collect();
    let account = Symbol::from(*choices.pick(&["A", "A", "A", "B", "C"]));
    Record { kind, id: "".into(), account, time, values }
}

fn moment(choices: &Choices, around: &[Timestamp]) -> Timestamp {
    let offset = SignedDuration::from_secs(*choices.pick(OFFSETS_SECONDS));
    let finer = SignedDuration::from_nanos(*choices.pick(&[0, 0, 0, 1, -1]));
    choices.pick(around).checked_add(offset).and_then(|time| time.checked_add(finer)).expect("in range")
}

/// A value as it would come from the wire.
fn value(choices: &Choices, field: &Field, known: &Known) -> Value {
    if let (Some(default), true) = (&field.default, choices.chance(40)) {
        return default.clone();
    }
    if field.optional && choices.chance(30) {
        return Value::Absent;
    }
    match &field.ty {
        Type::Number(_) => Value::Number(number(choices, field)),
        Type::Text => Value::Text(choices.pick(&known.texts).clone()),
        Type::Enum(at) => Value::Member(u32::try_from(choices.below(known.members[*at])).expect("few")),
        Type::Boolean => Value::Boolean(choices.chance(50)),
        Type::Date => Value::Date(
            jiff::civil::Date::constant(2026, 1, 1)
                .saturating_add(jiff::Span::new().days(i64::try_from(choices.below(120)).expect("small") - 30)),
        ),
        Type::Time => Value::Time(instant(choices.pick::<&str>(INSTANTS))),
        Type::Clock => Value::Clock(jiff::civil::Time::midnight()),
        Type::List(fields) => {
            let items =
                (0..choices.between(0, 3)).map(|_| fields.iter().map(|one| value(choices, one, known)).collect());
            Value::List(items.collect())
        }
    }
}

fn number(choices: &Choices, field: &Field) -> Rational {
    // Small numbers are the common ones; every now and then an extreme.
    let most = if choices.chance(25) { NUMBERS.len() } else { 12 };
    let number = Rational::parse(NUMBERS[choices.below(most)]).expect("a number");
    let number = field.unit.as_ref().map_or_else(|| number.clone(), |unit| &number * &unit.factor);
    match &field.least {
        Some(least) if number < *least => least.clone(),
        _ => number,
    }
}

/// The texts that the tables know, and others.
fn texts(program: &Program) -> Vec<Symbol> {
    let mut texts: Vec<Symbol> = vec!["owl".into()];
    for row in program.tables.iter().flat_map(|table| &table.table.rows) {
        for cell in &row.keys {
            match cell {
                KeyCell::Exactly(Value::Text(text)) => texts.push(text.clone()),
                KeyCell::Prefix(text) => texts.push(format!("{text}-x").into()),
                _ => {}
            }
        }
        for cell in &row.values {
            if let Cell::Value(Value::Text(text)) = cell {
                texts.push(text.clone());
            }
        }
    }
    texts.extend(TEXTS.iter().map(|text| Symbol::from(*text)));
    texts.push("unheard of".into());
    texts.sort();
    texts.dedup();
    texts
}

fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn given(program: &Program) -> Vec<Period> {
    if program.header.period.step != Step::Given {
        return Vec::new();
    }
    let (accounts, records) = (Accounts::new(), Vec::new());
    let reference = Reference::new(program, &accounts, &records);
    let days = |first: (i8, i8), last: (i8, i8)| {
        let date = |(month, day)| jiff::civil::Date::constant(2026, month, day);
        reference.period(&"A".into(), &BillPeriod::Days(date(first), date(last))).expect("a period")
    };
    vec![days((2, 15), (3, 14)), days((3, 15), (4, 2))]
}
