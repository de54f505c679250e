use super::*;
use crate::exact::Rational;
use crate::ir::Program;
use crate::model::{Record, Value};
use crate::pipeline;
use crate::source::NoFiles;

const BOOK: &str = "pricebook b\ncurrency USD \"$\"\ntimezone \"UTC\"\nperiod month\nunit call \"calls\"\n\
    enum size { small, large }\n\
    usage hit {\n  calls : call\n  tag : text optional\n  size : size\n  late : boolean = false\n  since : date\n  unread : number\n}\n\
    meter calls = sum(calls) from hit where (tag otherwise \"\") == \"x\" or size == large or late or since > 2026-01-01\n\
    charge calls { \n  quantity calls\n  price $1 per call\n}\n";

fn program() -> Program {
    let compiled = pipeline::compile("b.florin", BOOK, &NoFiles);
    compiled.program.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics))
}

fn record(id: &str, calls: &str, tag: Value) -> Record {
    Record {
        kind: 0,
        id: id.into(),
        account: "A".into(),
        time: "2026-03-01T00:00:00.000000001Z".parse().expect("a time"),
        values: vec![
            Value::Number(Rational::parse(calls).expect("a number")),
            tag,
            Value::Member(1),
            Value::Boolean(true),
            Value::Date(jiff::civil::date(2026, 2, 28)),
            Value::Absent,
        ],
    }
}

#[test]
fn records_come_back_as_they_were() {
    let program = program();
    let dictionary = Dictionary::of(&program);
    let records: Vec<Record> = ["1", "1.5", "-2.125", "0", "92233720368547758.07", "0.000001", "1e30"]
        .iter()
        .enumerate()
        .map(|(at, calls)| {
            record(&format!("r{at}"), calls, if at % 2 == 0 { Value::Absent } else { Value::Text("y".into()) })
        })
        .collect();
    let block = Block::of(&program, &dictionary, &records);
    let mut found: Vec<(u32, Record)> = block.odd.iter().map(|odd| (odd.place, odd.record.clone())).collect();
    for batch in &block.batches {
        let rows = batch.places.iter().enumerate();
        found.extend(rows.map(|(row, place)| (*place, batch.record(&program, &dictionary, row).expect("a row"))));
    }
    found.sort_by_key(|(place, _)| *place);
    assert_eq!(found.into_iter().map(|(_, record)| record).collect::<Vec<_>>(), records);
    assert_eq!(block.odd.len(), 2, "what does not fit in 64 bits stands beside");
    assert_eq!(block.batches.first().expect("a batch").columns.last(), Some(&Column::Unread));
}

#[test]
fn the_programs_texts_have_the_lowest_codes() {
    let program = program();
    let dictionary = Dictionary::of(&program);
    let known = dictionary.program_code("x").expect("it stands in the book");
    assert!((known as usize) < dictionary.program_texts());
    let other = dictionary.code("never seen").expect("room");
    assert!((other as usize) >= dictionary.program_texts());
    assert_eq!(dictionary.code("never seen"), Some(other));
    assert_eq!(dictionary.text(other).as_deref(), Some("never seen"));
    assert_eq!(dictionary.text(known).as_deref(), Some("x"));
}
