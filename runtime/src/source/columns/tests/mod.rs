//! The readers by column against the strict reader, which says what is right.

mod files;
mod json;
mod mutated;
mod rows;

use super::super::decode::{Decoded, Decoder};
use super::super::lines::Lines;
use super::super::{Format, Ignored, each_record};
use super::cut::Cutter;
use super::*;
use crate::source::Parsed;
use crate::source::check_account;
use crate::testing::{field, number, schema};
use florin_compiler::columns::{Dictionary, needed_fields};
use florin_compiler::ir::Program;
use florin_compiler::model::{Accounts, Dimension, Field, Record, Schema, Type, Value};
use florin_compiler::pipeline;
use florin_compiler::source::NoFiles;
use std::collections::HashMap;
use std::io::Read;
use std::sync::LazyLock;

/// A book that reads some fields of its first kind and has a second one; its schema is that of the readers' tests and
/// some fields more.
pub(super) fn program() -> &'static Program {
    static PROGRAM: LazyLock<Program> = LazyLock::new(compiled);
    &PROGRAM
}

fn compiled() -> Program {
    let fields: Vec<String> = (0..14).map(|at| format!("  n{at} : number\n")).collect();
    let read: Vec<String> = (0..14).filter(|at| *at != 10 && *at != 8).map(|at| format!("sum(n{at})")).collect();
    let book = format!(
        "pricebook b\ncurrency USD \"$\"\ntimezone \"UTC\"\nperiod month\n\
         usage call {{\n{}}}\nusage sms {{\n}}\nmeter total = {} from call\n\
         charge total {{\n  quantity total\n  price $1 per 1\n}}\n",
        fields.concat(),
        read.join(" + ")
    );
    let compiled = pipeline::compile("b.florin", &book, &NoFiles);
    let program = compiled.program.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics));
    Program { schema: more_fields(schema()), ..program }
}

fn more_fields(mut schema: Schema) -> Schema {
    let plain = || Type::Number(Dimension::none());
    let call = &mut schema.kinds[0].fields;
    call.push(Field { optional: true, ..field("note", Type::Text) });
    call.push(Field { optional: true, ..field("amount", plain()) });
    call.push(Field {
        least: Some(number("-1.5")),
        default: Some(Value::Number(number("2.50"))),
        wire: vec!["level".into(), "lvl".into()],
        ..field("level", plain())
    });
    call.push(Field { default: Some(Value::Text("none".into())), ..field("tariff", Type::Text) });
    schema
}

/// What became of a record, in the order of arrival.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    Taken { line: u64, record: Record, identity: u128, content: u64 },
    Refused { line: u64, reason: String, raw: String },
}

/// All that came of a stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outcomes {
    pub records: Vec<Outcome>,
    pub rejects: Vec<Outcome>,
    pub read: u64,
    pub ignored: Ignored,
    pub error: Option<String>,
}

/// What the strict reader makes of some bytes.
pub(super) fn strict(program: &Program, accounts: Option<&Accounts>, bytes: &[u8], format: Option<Format>) -> Outcomes {
    strict_of(program, accounts, bytes, format)
}

/// What the strict reader makes of a stream.
fn strict_of(program: &Program, accounts: Option<&Accounts>, stream: impl Read, format: Option<Format>) -> Outcomes {
    let decoder = Decoder::new(&program.schema);
    let needed = needed_fields(program);
    let keys = Keys::of_this_run();
    let mut all = Outcomes::default();
    let outcome = each_record(Lines::new(stream), format, &program.schema.wire.id, &mut |raw| {
        all.read += 1;
        let decoded = raw.wire.and_then(|wire| decoder.decode(&wire, &mut all.ignored));
        let decoded =
            decoded.and_then(|decoded| check_account(&program.schema, accounts, &decoded.record).map(|()| decoded));
        match decoded {
            Ok(Decoded { mut record, source }) => {
                let content = content::of_record(&keys, &program.schema, &record);
                for (at, value) in record.values.iter_mut().enumerate() {
                    if !needed[record.kind].contains(&at) {
                        *value = Value::Absent;
                    }
                }
                let identity = keys.identity(source.as_deref(), &record.id);
                all.records.push(Outcome::Taken { line: raw.line, record, identity, content });
            }
            Err(problem) => {
                let reject = super::super::Reject::new(&"u".into(), raw.line, &problem, raw.raw);
                all.rejects.push(Outcome::Refused { line: raw.line, reason: reject.reason, raw: reject.record });
            }
        }
    });
    all.error = outcome.err().map(|(line, problem)| format!("u:{line}: the header can not be read: {problem}"));
    all
}

/// What the reader by column makes of it, in chunks of about so many bytes.
pub(super) fn by_column(
    program: &Program,
    accounts: Option<&Accounts>,
    bytes: &[u8],
    format: Option<Format>,
    size: usize,
) -> Outcomes {
    let dictionary = Dictionary::of(program);
    let mut parser = ChunkParser::new(program, &dictionary, accounts);
    let mut all = Outcomes::default();
    for chunk in Cutter::new("u", format, &program.schema.wire.id, bytes, size) {
        let chunk = match chunk {
            Ok(chunk) => chunk,
            Err(error) => {
                all.error = Some(error.to_string());
                continue;
            }
        };
        let parsed = parser.parse(&chunk);
        add(&mut all, program, &dictionary, parsed.clone());
        // Every other time, so that both ways are gone.
        if parsed.lines.len().is_multiple_of(2) {
            parser.reuse(parsed);
        }
    }
    all
}

fn add(all: &mut Outcomes, program: &Program, dictionary: &Dictionary, parsed: Parsed) {
    let needed = needed_fields(program);
    let Parsed { block, lines, identities, contents, rejects, read, ignored, .. } = parsed;
    let mut records: HashMap<u32, Record> = HashMap::new();
    for batch in &block.batches {
        assert!(batch.columns.iter().all(|column| is_full(column, batch.len())), "{batch:#?}");
        assert!(batch.places.is_sorted());
        assert_eq!((batch.ids.len(), batch.accounts.len(), batch.times.len()), (batch.len(), batch.len(), batch.len()));
        for (row, place) in batch.places.iter().enumerate() {
            let record = batch.record(program, dictionary, row).expect("a row");
            assert!(records.insert(*place, record).is_none());
        }
    }
    for odd in block.odd {
        let mut record = odd.record;
        for (at, value) in record.values.iter_mut().enumerate() {
            if !needed[record.kind].contains(&at) {
                *value = Value::Absent;
            }
        }
        assert!(records.insert(odd.place, record).is_none());
    }
    let len = block.len as usize;
    assert_eq!((records.len(), lines.len(), identities.len(), contents.len()), (len, len, len, len));
    assert_eq!(read, (len + rejects.len()) as u64);
    for place in 0..block.len {
        let at = place as usize;
        let record = records.remove(&place).expect("a record");
        all.records.push(Outcome::Taken { line: lines[at], record, identity: identities[at], content: contents[at] });
    }
    all.rejects.extend(rejects.into_iter().map(|reject| Outcome::Refused {
        line: reject.line,
        reason: reject.reason,
        raw: reject.record,
    }));
    all.read += read;
    ignored.add_to(&mut all.ignored);
}

fn is_full(column: &florin_compiler::columns::Column, rows: usize) -> bool {
    use florin_compiler::columns::Column;
    match column {
        Column::Unread => true,
        Column::Numbers(numbers) => {
            let present = numbers.mantissas.iter().filter(|mantissa| **mantissa != i64::MIN);
            numbers.mantissas.len() == rows
                && present.into_iter().all(|mantissa| (numbers.least..=numbers.greatest).contains(mantissa))
        }
        Column::Texts(codes) | Column::Members(codes) => codes.len() == rows,
        Column::Truths(truths) => truths.len() == rows,
        Column::Dates(integers) | Column::Times(integers) | Column::Clocks(integers) => integers.len() == rows,
        Column::Lists(lists) => lists.len() == rows,
    }
}

/// Both readers must say the same of a stream, however it is cut.
pub(super) fn check(program: &Program, bytes: &[u8], format: Option<Format>) -> Outcomes {
    let expected = strict(program, None, bytes, format);
    for size in [1 << 20, 1, 64] {
        if size < 64 && bytes.len() > 20_000 {
            continue;
        }
        let found = by_column(program, None, bytes, format, size);
        assert_eq!(found, expected, "in pieces of {size} bytes: {}", String::from_utf8_lossy(bytes));
    }
    expected
}

/// Whether a line is in plain form and right, so that the strict parser is not asked.
pub(super) fn is_plain(program: &Program, line: &str) -> bool {
    let dictionary = Dictionary::of(program);
    ChunkParser::new(program, &dictionary, None).takes_plain(line)
}

#[test]
fn equal_contents_have_equal_hashes_and_others_not() {
    let program = program();
    let call =
        |parts: &str| format!("{{\"id\":\"u\",\"account\":\"A\",\"time\":1772323200000,\"kind\":\"call\",{parts}}}\n");
    // Each row says the same; the first of each is in plain form, the last one is not.
    let same = [
        ["\"duration\":1.5", "\"duration\":\"1.50\"", "\"duration\":15e-1"],
        ["\"duration\":0,\"note\":\"ab\"", "\"note\":\"ab\",\"duration\":-0.0", "\"note\":\"a\\u0062\",\"duration\":0"],
        ["\"duration\":0,\"note\":\"7\"", "\"duration\":0,\"note\":7", "\"duration\":0,\"note\":\"\\u0037\""],
        [
            "\"duration\":0,\"day\":\"1969-12-31\"",
            "\"day\":\"1969-12-31\",\"duration\":0",
            "\"duration\":0,\"day\":\"1969-12-3\\u0031\"",
        ],
        [
            "\"duration\":0,\"at\":\"04:30\"",
            "\"duration\":0,\"at\":\"04:30:00\"",
            "\"duration\":0,\"at\":\"04:30:0\\u0030\"",
        ],
        [
            "\"duration\":0,\"answered\":1772323200000",
            "\"duration\":0,\"answered\":\"2026-03-01T02:00:00.000+02:00\"",
            "\"duration\":0,\"answered\":17723232e5",
        ],
        [
            "\"duration\":0,\"video\":true",
            "\"duration\":0,\"video\":\"true\"",
            "\"duration\":0,\"video\":\"tru\\u0065\"",
        ],
        [
            "\"duration\":0,\"amount\":2.5,\"level\":3",
            "\"duration\":0,\"amount\":2.5,\"lvl\":3",
            "\"duration\":0,\"amount\":25e-1,\"level\":3",
        ],
        [
            "\"duration\":0",
            "\"duration\":0,\"level\":2.5,\"tariff\":\"none\",\"other\":1",
            "\"duration\":0e0,\"video\":false",
        ],
        [
            "\"duration\":0,\"size\":\"2XL\"",
            "\"size\":\"2XL\",\"duration\":\"0\"",
            "\"duration\":0,\"size\":\"2X\\u004c\"",
        ],
    ];
    let text: String = same.iter().flatten().map(|parts| call(parts)).collect();
    let contents: Vec<u64> = check(program, text.as_bytes(), None)
        .records
        .iter()
        .map(|outcome| match outcome {
            Outcome::Taken { content, .. } => *content,
            Outcome::Refused { .. } => 0,
        })
        .collect();
    assert_eq!(contents.len(), 3 * same.len());
    for (at, one) in contents.iter().enumerate() {
        for (other_at, other) in contents.iter().enumerate() {
            assert_eq!(
                one == other,
                at / 3 == other_at / 3,
                "{} {}",
                same[at / 3][at % 3],
                same[other_at / 3][other_at % 3]
            );
        }
    }
    for [first, second, third] in &same {
        assert!(is_plain(program, &call(first)), "{first}");
        assert!(is_plain(program, &call(second)), "{second}");
        assert!(!is_plain(program, &call(third)) || third.contains("false"), "{third}");
    }
}

#[test]
fn accounts_that_are_not_listed_are_refused() {
    let program = program();
    let accounts: Accounts = [
        ("A".into(), florin_compiler::model::Facts::default()),
        ("acne".into(), florin_compiler::model::Facts::default()),
    ]
    .into();
    let text: String = ["A", "acme", "acne", "A", "Ä", " A", "\\u0041"]
        .iter()
        .map(|account| {
            format!("{{\"id\":1,\"account\":\"{account}\",\"time\":1772323200000,\"kind\":\"sms\",\"x\":0}}\n")
        })
        .collect();
    let expected = strict(program, Some(&accounts), text.as_bytes(), None);
    assert_eq!((expected.records.len(), expected.rejects.len()), (4, 3));
    assert_eq!(by_column(program, Some(&accounts), text.as_bytes(), None, 100), expected);
}

#[test]
fn names_that_are_ignored_are_counted_as_one_by_one() {
    let program = program();
    let line = |names: &mut dyn Iterator<Item = usize>| {
        let names: String = names.map(|at| format!(",\"x{at}\":{at}")).collect();
        format!("{{\"id\":1,\"account\":\"A\",\"time\":1772323200000,\"kind\":\"sms\"{names}}}\n")
    };
    let text = [line(&mut (0..60)), line(&mut (150..400).rev()), line(&mut (0..400)), line(&mut (50..100))].concat();
    let expected = check(program, text.as_bytes(), None);
    assert_eq!(expected.ignored.names().len(), 101);
}

#[test]
fn long_and_precise_numbers_stand_beside_the_columns() {
    let program = program();
    let numbers =
        ["1", "0.000000000000000001", "123456789012345678", "1e30", "12345678901234567890", "5", "-0.5", "1e-40"];
    let text: String = numbers
        .iter()
        .map(|number| {
            format!("{{\"id\":1,\"account\":\"A\",\"time\":1772323200000,\"kind\":\"call\",\"duration\":1,\"amount\":{number}}}\n")
        })
        .collect();
    assert_eq!(check(program, text.as_bytes(), None).records.len(), numbers.len());
    let dictionary = Dictionary::of(program);
    let mut parser = ChunkParser::new(program, &dictionary, None);
    let chunks = Cutter::new("u", None, "id", text.as_bytes(), 1 << 20);
    let odd: usize = chunks.map(|chunk| parser.parse(&chunk.expect("a chunk")).block.odd.len()).sum();
    assert!(odd >= 4, "{odd}");
}
