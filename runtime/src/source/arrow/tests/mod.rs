//! What typed columns are read as, and that both ways of reading them agree.

mod chance;
mod damage;
mod refused;
mod speed;
mod types;

use super::*;
use crate::source::columns::{Chunk, ChunkParser};
use crate::source::{Format, Ignored};
use crate::testing::schema;
use arrow_array::{Array, ArrayRef, StringArray};
use florin_compiler::model::Value;
use florin_compiler::source::NoFiles;

/// A program over the schema that the other readers are tested with.
fn program() -> Program {
    let book = "pricebook b\ncurrency USD \"$\"\ntimezone \"UTC\"\nperiod month\nusage hit { n : number }\n\
        meter n = sum(n) from hit\ncharge n {\n  quantity n\n  price $1 per 1\n}\n";
    let compiled = florin_compiler::pipeline::compile("b.florin", book, &NoFiles);
    let program = compiled.program.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics));
    Program { schema: schema(), ..program }
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length")
}

/// So many calls that are good but for what is put beside them.
fn calls(rows: usize) -> Vec<(&'static str, ArrayRef)> {
    let ids: Vec<String> = (1..=rows).map(|row| format!("u{row}")).collect();
    let same = |text: &str| Arc::new(StringArray::from(vec![text; rows])) as ArrayRef;
    vec![
        ("id", Arc::new(StringArray::from(ids))),
        ("account", same("A1")),
        ("time", same("2026-03-01T00:00:00Z")),
        ("kind", same("call")),
    ]
}

/// Reads a batch by column and by row, and sees that both say the same.
fn read(batch: &RecordBatch) -> (Vec<Record>, Parsed) {
    let program = program();
    let dictionary = Dictionary::of(&program);
    let keys = Keys::random();
    let reader = || ArrowReader::new(&program, &dictionary, None).with_keys(keys).keeping_all();
    let parsed = reader().read(batch, &"u".into(), 1);
    let slow = reader().by_row().read(batch, &"u".into(), 1);
    let records: Vec<Record> = parsed.records(&program, &dictionary).collect();
    assert_eq!(records, slow.records(&program, &dictionary).collect::<Vec<_>>());
    assert_eq!(parsed.rejects, slow.rejects);
    assert_eq!(parsed.lines, slow.lines);
    assert_eq!(parsed.identities, slow.identities);
    assert_eq!(parsed.contents, slow.contents);
    assert_eq!(parsed.sources, slow.sources);
    assert_eq!(parsed.ignored, slow.ignored);
    assert_eq!(parsed.read, slow.read);
    assert_eq!(parsed.read as usize, records.len() + parsed.rejects.len());
    assert_eq!(parsed.block.len as usize, records.len());
    (records, parsed)
}

/// What a value is, in a word.
fn shown(value: &Value) -> String {
    match value {
        Value::Absent => "absent".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => format!("'{text}'"),
        Value::Member(member) => format!("member {member}"),
        Value::Boolean(truth) => truth.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Time(time) => time.to_string(),
        Value::Clock(clock) => clock.to_string(),
        Value::List(items) => {
            let items = items.iter().map(|item| item.iter().map(shown).collect::<Vec<_>>().join(" "));
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
    }
}

/// What is made of each row of a field's column.
fn outcomes(field: &str, column: &str, array: ArrayRef) -> Vec<String> {
    let rows = array.len();
    let mut columns = calls(rows);
    if field != "duration" {
        columns.push(("duration", Arc::new(arrow_array::Int64Array::from(vec![1; rows]))));
    }
    columns.push((column, array));
    let (records, parsed) = read(&batch(columns));
    let at = program().schema.kinds[0].fields.iter().position(|known| *known.name == *field).expect("a field");
    let taken = parsed.lines.iter().zip(&records).map(|(line, record)| (*line, shown(&record.values[at])));
    let refused = parsed.rejects.iter().map(|reject| (reject.line, reject.reason.clone()));
    let mut all: Vec<(u64, String)> = taken.chain(refused).collect();
    all.sort();
    all.into_iter().map(|(_, outcome)| outcome).collect()
}

#[test]
fn own_parts_go_by_their_names() {
    let ids: ArrayRef = Arc::new(arrow_array::Int64Array::from(vec![Some(7), None, Some(9), Some(10)]));
    let accounts: ArrayRef = Arc::new(StringArray::from(vec!["A", "A", " ", "B"]));
    let sources: ArrayRef = Arc::new(StringArray::from(vec![Some("gw"), None, None, None]));
    let kinds: ArrayRef = Arc::new(StringArray::from(vec!["sms", "sms", "sms", "fax"]));
    let times: ArrayRef =
        Arc::new(arrow_array::TimestampMillisecondArray::from(vec![1_772_323_200_000; 4]).with_timezone("+02:00"));
    let columns = vec![("id", ids), ("subject", accounts), ("source", sources), ("type", kinds), ("time", times)];
    let (records, parsed) = read(&batch(columns));
    let [only] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((&*only.id, &*only.account, only.kind), ("gw/7", "A", 1));
    assert_eq!(only.time.to_string(), "2026-03-01T00:00:00Z");
    let reasons: Vec<String> = parsed.rejects.iter().map(ToString::to_string).collect();
    assert_eq!(
        reasons,
        [
            "u:2: the id is missing: there is no \"id\"",
            "u:3: the account is missing: there is no \"account\"",
            "u:4: unknown kind \"fax\"; the book knows one of \"call\", \"phone_call\", \"sms\"",
        ]
    );
    assert_eq!(
        parsed.rejects[2].record,
        "{\"id\":10,\"subject\":\"B\",\"source\":null,\"type\":\"fax\",\"time\":\"2026-03-01T00:00:00Z\"}"
            .replace("\"source\":null,", "")
    );
}

#[test]
fn what_is_usual_is_read_by_column() {
    let mut columns = calls(2);
    let decimals = arrow_array::Decimal128Array::from(vec![1, 1_500_000_000]);
    columns.push(("duration", Arc::new(decimals.with_precision_and_scale(38, 9).expect("a scale"))));
    columns.push(("size", Arc::new(StringArray::from(vec![Some("S"), None]))));
    columns.push(("day", Arc::new(arrow_array::Date32Array::from(vec![0, 20_513]))));
    columns.push(("called", Arc::new(StringArray::from(vec!["x", " "]))));
    let program = program();
    let dictionary = Dictionary::of(&program);
    let mut reader = ArrowReader::new(&program, &dictionary, None);
    let parsed = reader.read(&batch(columns), &"u".into(), 1);
    assert_eq!((parsed.lines.len(), reader.unusual()), (2, 0));
}

#[test]
fn what_is_not_declared_is_counted() {
    let mut columns = calls(2);
    columns[3].1 = Arc::new(StringArray::from(vec!["call", "sms"]));
    columns.push(("duration", Arc::new(arrow_array::Int32Array::from(vec![1, 2]))));
    columns.push(("extra", Arc::new(arrow_array::Float64Array::from(vec![Some(0.5), None]))));
    let (records, parsed) = read(&batch(columns));
    assert_eq!(records.len(), 2);
    let mut ignored = Ignored::default();
    parsed.ignored.add_to(&mut ignored);
    let names: Vec<(&str, u64)> = ignored.names().iter().map(|(name, times)| (name.as_str(), *times)).collect();
    assert_eq!(names, [("duration", 1), ("extra", 1)]);
}

#[test]
fn a_record_has_one_identity_and_content_however_it_is_written() {
    let text = |texts: [&str; 2]| Arc::new(StringArray::from(texts.to_vec())) as ArrayRef;
    let columns = vec![
        ("id", text(["7", "b/1"])),
        ("account", text(["A1", "A2"])),
        ("source", Arc::new(StringArray::from(vec![Some("gw"), None])) as ArrayRef),
        ("time", text(["2026-03-01T00:00:00Z", "2026-03-01T02:00:00.5+02:00"])),
        ("kind", text(["call", "call"])),
        ("duration", text(["1.50", "0.000000000000000001"])),
    ];
    let lines = concat!(
        "{\"id\":7,\"account\":\"A1\",\"source\":\"gw\",\"time\":1772323200000,\"kind\":\"call\",\"duration\":1.5}\n",
        "{\"id\":\"b/1\",\"account\":\"A2\",\"time\":\"2026-03-01T00:00:00.5Z\",\"kind\":\"call\",\"duration\":1e-18}\n",
    );
    let program = program();
    let dictionary = Dictionary::of(&program);
    let chunk = Chunk {
        file: "u".into(),
        first_line: 1,
        bytes: lines.as_bytes().to_vec(),
        format: Format::Ndjson,
        header: Vec::new().into(),
        unusable: Vec::new(),
    };
    let written = ChunkParser::new(&program, &dictionary, None).parse(&chunk);
    assert_eq!((written.identities.len(), written.rejects.as_slice()), (2, &[][..]));
    let batch = batch(columns);
    for reader in
        [ArrowReader::new(&program, &dictionary, None), ArrowReader::new(&program, &dictionary, None).by_row()]
    {
        let mut reader = reader;
        let parsed = reader.read(&batch, &"u".into(), 1);
        assert_eq!((&parsed.identities, &parsed.contents), (&written.identities, &written.contents));
    }
}

#[test]
fn accounts_that_are_not_listed_are_refused() {
    let program = program();
    let dictionary = Dictionary::of(&program);
    let accounts: Accounts = [("A2".into(), florin_compiler::model::Facts::default())].into();
    let mut columns = calls(1);
    columns.push(("duration", Arc::new(arrow_array::Int32Array::from(vec![1]))));
    let parsed = ArrowReader::new(&program, &dictionary, Some(&accounts)).read(&batch(columns), &"u".into(), 5);
    assert_eq!(parsed.rejects[0].to_string(), "u:5: account \"A1\" is not among the accounts");
}

#[test]
fn a_cloud_event_is_known_in_columns() {
    let data = arrow_array::StructArray::from(vec![(
        Arc::new(arrow_schema::Field::new("duration", arrow_schema::DataType::Int64, true)),
        Arc::new(arrow_array::Int64Array::from(vec![2])) as ArrayRef,
    )]);
    let mut columns = calls(1);
    columns.push(("specversion", Arc::new(StringArray::from(vec!["1.0"]))));
    columns.push(("data", Arc::new(data)));
    let (records, _) = read(&batch(columns));
    assert_eq!(shown(&records[0].values[0]), "120");
}
