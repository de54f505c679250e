//! What the readers take and what they refuse, with the sentence that says why.

use super::*;
use crate::testing::{number, schema};
use florin_compiler::model::{Value, WireNames};
use std::io::Write;

fn read_bytes(schema: &Schema, bytes: &[u8], format: Option<Format>) -> (Usage, Vec<String>) {
    let mut rejects: Vec<Reject> = Vec::new();
    let mut reader = UsageReader::new(schema, None, &mut rejects);
    let outcome = reader.read("u", format, bytes);
    let usage = reader.finish();
    let mut sentences: Vec<String> = rejects.iter().map(ToString::to_string).collect();
    sentences.extend(outcome.err().map(|error| error.to_string()));
    assert_eq!(usage.read, usage.records.len() as u64 + usage.duplicates + usage.rejected);
    (usage, sentences)
}

fn ndjson(text: &str) -> (Usage, Vec<String>) {
    read_bytes(&schema(), text.as_bytes(), Some(Format::Ndjson))
}

fn csv(text: &str) -> (Usage, Vec<String>) {
    read_bytes(&schema(), text.as_bytes(), Some(Format::Csv))
}

/// A good call but for what is put in the place of its parts.
fn call(parts: &str) -> String {
    format!("{{\"id\":\"u1\",\"account\":\"A1\",\"time\":\"2026-03-01T00:00:00Z\",\"kind\":\"call\",{parts}}}")
}

fn only(text: &str) -> Record {
    let (usage, rejects) = ndjson(text);
    assert_eq!(rejects, [""; 0], "{text}");
    usage.records.into_iter().next().expect("a record")
}

#[test]
fn a_field_of_each_type_is_read() {
    let record = only(&call(concat!(
        "\"duration\":\"1.5e0\",\"size\":\"2XL\",\"video\":\"true\",\"meta\":{\"score\":7},\"day\":\"2026-03-01\",",
        "\"at\":\"04:30\",\"answered\":1772323200000,\"called\":4930,\"tags\":[\"a\",1],",
        "\"legs\":[{\"country\":\"DE\",\"cost\":0.10}]"
    )));
    let expected = [
        Value::Number(number("90")),
        Value::Member(1),
        Value::Boolean(true),
        Value::Number(number("7")),
        Value::Date(jiff::civil::date(2026, 3, 1)),
        Value::Clock(jiff::civil::time(4, 30, 0, 0)),
        Value::Time("2026-03-01T00:00:00Z".parse().expect("a time")),
        Value::Text("4930".into()),
        Value::List([[Value::Text("a".into())].into(), [Value::Text("1".into())].into()].into()),
        Value::List([[Value::Text("DE".into()), Value::Number(number("0.1"))].into()].into()),
    ];
    assert_eq!(record.values, expected);
}

#[test]
fn what_is_left_out_or_null_is_absent_or_default() {
    let record = only(&call("\"duration\":0,\"size\":null,\"score\":3"));
    assert_eq!(record.values[1..4], [Value::Absent, Value::Boolean(false), Value::Number(number("3"))]);
}

#[test]
fn no_digit_of_a_number_is_lost() {
    let record = only(&call("\"duration\":0.1234567890123456789012345678901234567890"));
    assert_eq!(record.values[0], Value::Number(&number("0.123456789012345678901234567890123456789") * &number("60")));
    let record = only(&call("\"duration\":12345678901234567890.25E+3"));
    assert_eq!(record.values[0], Value::Number(&number("12345678901234567890250") * &number("60")));
}

#[test]
fn each_malformed_record_has_its_reason() {
    let deep = format!("{}{}", "[".repeat(300_000), "]".repeat(300_000));
    let duration = |value: &str| call(&format!("\"duration\":{value}"));
    let minutes = |shown: &str| format!("field \"duration\" should be a number of minutes, but is {shown}");
    let with = |field: &str| call(&format!("\"duration\":1,{field}"));
    let table: Vec<(String, String)> = vec![
        ("not json".into(), "not JSON at column 2: expected ident".into()),
        ("{\"id\":1".into(), "the JSON ends in the middle; is the file cut off?".into()),
        ("{\"id\":\"u".into(), "the JSON ends in the middle; is the file cut off?".into()),
        ("{} {}".into(), "not JSON at column 4: trailing characters".into()),
        ("{'id':1}".into(), "not JSON at column 2: key must be a string".into()),
        ("{\"a\":01}".into(), "not JSON at column 7: invalid number".into()),
        ("{\"a\":NaN}".into(), "not JSON at column 6: expected value".into()),
        ("{\"a\":1,}".into(), "not JSON at column 8: trailing comma; remove the comma before `}`".into()),
        ("{\"a\":[1,]}".into(), "not JSON at column 9: expected value; remove the comma before `]`".into()),
        ("[1]".into(), "a record should be a JSON object on a line of its own, but this is a list".into()),
        ("42".into(), "a record should be a JSON object, but this is 42".into()),
        ("null".into(), "a record should be a JSON object, but this is null".into()),
        (deep.clone(), "a record should be a JSON object on a line of its own, but this is a list".into()),
        ("{\"a\":\"\u{0}\"}".into(), "the line has a NUL byte (byte 7); is this a text file?".into()),
        ("{}".into(), "the kind is missing: \"kind\" should be one of \"call\", \"phone_call\", \"sms\"".into()),
        ("{\"kind\":\"smss\"}".into(), "unknown kind \"smss\"; did you mean \"sms\"?".into()),
        ("{\"kind\":\"fax\"}".into(), "unknown kind \"fax\"; the book knows one of \"call\", \"phone_call\", \"sms\"".into()),
        ("{\"kind\":[]}".into(), "unknown kind a list; the book knows one of \"call\", \"phone_call\", \"sms\"".into()),
        ("{\"kind\":\"sms\"}".into(), "the id is missing: there is no \"id\"".into()),
        ("{\"kind\":\"sms\",\"id\":null}".into(), "the id is missing: there is no \"id\"".into()),
        ("{\"kind\":\"sms\",\"id\":\" \"}".into(), "the id (\"id\") is empty".into()),
        ("{\"kind\":\"sms\",\"id\":{}}".into(), "the id (\"id\") should be a text, but is an object".into()),
        ("{\"kind\":\"sms\",\"id\":1}".into(), "the account is missing: there is no \"account\"".into()),
        ("{\"kind\":\"sms\",\"id\":1,\"account\":true}".into(), "the account (\"account\") should be a text, but is true".into()),
        ("{\"kind\":\"sms\",\"id\":1,\"account\":2}".into(), "the time is missing: there is no \"time\"".into()),
        (
            "{\"kind\":\"sms\",\"id\":1,\"account\":2,\"time\":\"noon\"}".into(),
            "the time (\"time\") should be a time like 2026-03-01T00:00:00Z, or milliseconds since 1970, but is \"noon\"".into(),
        ),
        (
            "{\"kind\":\"sms\",\"id\":1,\"account\":2,\"time\":\"2026-03-01T00:00:00\"}".into(),
            "the time (\"time\") has no time zone: \"2026-03-01T00:00:00\"; write 2026-03-01T00:00:00Z, or an offset like +02:00".into(),
        ),
        (
            "{\"kind\":\"sms\",\"id\":1,\"account\":2,\"time\":-1}".into(),
            "the time (\"time\") is out of range: -1 is not in the years 1970 to 9998".into(),
        ),
        (
            "{\"kind\":\"sms\",\"id\":1,\"id\":1}".into(),
            "\"id\" stands twice in one object; which one counts?".into(),
        ),
        (call("\"x\":1"), "field \"duration\" is missing".into()),
        (duration("\"ten\""), minutes("\"ten\"")),
        (duration("\"\""), minutes("\"\"")),
        (duration("\" 1\""), minutes("\" 1\"")),
        (duration("\"1,5\""), minutes("\"1,5\"; write it with a decimal point: 1.5")),
        (duration("\"1.234,5\""), minutes("\"1.234,5\"; write it with a decimal point: 1234.5")),
        (duration("\"30,000\""), minutes("\"30,000\"; write it without the comma: 30000")),
        (duration("\"-1,234,567.5\""), minutes("\"-1,234,567.5\"; write it without the commas: -1234567.5")),
        (duration("\"1.234.567\""), minutes("\"1.234.567\"; write it without the points: 1234567")),
        (duration("\"1,2,3\""), minutes("\"1,2,3\"")),
        (duration("\",\""), minutes("\",\"")),
        (duration("\"0x10\""), minutes("\"0x10\"")),
        (duration("\"\\u001b[31m\""), minutes("\"\\u{1b}[31m\"")),
        (duration("true"), minutes("true")),
        (duration("[1]"), minutes("a list")),
        (duration("{\"a\":1}"), minutes("an object")),
        (duration("1,\"duration\":2"), "\"duration\" stands twice in one object; which one counts?".into()),
        (duration("-1"), "field \"duration\" should be at least 0 minutes, but is -1".into()),
        (
            duration("1e61"),
            "field \"duration\" is a number too large to hold (at most 60 digits, and a power of ten of at most 60): 1e61".into(),
        ),
        (
            duration(&"9".repeat(61)),
            format!("field \"duration\" is a number too large to hold (at most 60 digits, and a power of ten of at most 60): {}…", "9".repeat(60)),
        ),
        (with("\"size\":\"XXL\""), "field \"size\" should be one of \"S\", \"2XL\", but is \"XXL\"; did you mean \"2XL\"?".into()),
        (with("\"size\":\"X2L\""), "field \"size\" should be one of \"S\", \"2XL\", but is \"X2L\"; did you mean \"2XL\"?".into()),
        (with("\"size\":[]"), "field \"size\" should be one of \"S\", \"2XL\", but is a list".into()),
        (with("\"video\":\"yes\""), "field \"video\" should be true or false, but is \"yes\"".into()),
        (with("\"video\":1"), "field \"video\" should be true or false, but is 1".into()),
        (
            with("\"meta\":{\"score\":\"x\"}"),
            "field \"rating\" (on the wire \"meta.score\" or \"score\") should be a number, but is \"x\"".into(),
        ),
        (with("\"day\":\"2026-02-30\""), "field \"day\" should be a day like 2026-03-01, but is \"2026-02-30\"".into()),
        (with("\"at\":\"24:00\""), "field \"at\" should be a time of day like 04:30, but is \"24:00\"".into()),
        (
            with("\"answered\":\"2026-03-01\""),
            "field \"answered\" has no time zone: \"2026-03-01\"; write 2026-03-01T00:00:00Z, or an offset like +02:00".into(),
        ),
        (with("\"called\":false"), "field \"called\" should be a text, but is false".into()),
        (with("\"called\":\"\\ud800\""), "a text has a broken escape: \"\\ud800\"".into()),
        (with("\"tags\":\"a\""), "field \"tags\" should be a list, but is \"a\"".into()),
        (with("\"tags\":[\"a\",null]"), "field \"tags\", item 2: it is null".into()),
        (with("\"tags\":[{}]"), "field \"tags\", item 1: it should be a text, but is an object".into()),
        (with("\"legs\":[1]"), "field \"legs\", item 1: should be an object, but is 1".into()),
        (with("\"legs\":[{\"country\":\"DE\"}]"), "field \"legs\", item 1: field \"cost\" is missing".into()),
        (
            with("\"legs\":[{\"country\":\"DE\",\"cost\":1,\"cost\":1}]"),
            "field \"legs\", item 1: \"cost\" stands twice in one object; which one counts?".into(),
        ),
    ];
    assert!(table.len() >= 40);
    let mut wrong = Vec::new();
    for (text, expected) in table {
        let (usage, rejects) = ndjson(&text);
        assert_eq!((usage.read, usage.rejected), (1, 1), "{expected}");
        if rejects != [format!("u:1: {expected}")] {
            wrong.push((rejects, expected));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn undeclared_fields_are_passed_over_and_counted() {
    let deep = format!("{}{}", "[".repeat(300_000), "]".repeat(300_000));
    let text = call(&format!("\"duration\":1,\"extra\":{deep},\"twice\":1,\"twice\":2"));
    let (usage, rejects) = ndjson(&text);
    assert_eq!(rejects, [""; 0]);
    let names: Vec<(&str, u64)> = usage.ignored.names().iter().map(|(name, times)| (name.as_str(), *times)).collect();
    assert_eq!(names, [("extra", 1), ("twice", 2)]);
}

#[test]
fn bytes_that_are_no_text_cost_one_line() {
    let sms = |id: &str| format!("{{\"id\":\"{id}\",\"account\":\"A\",\"time\":1772323200000,\"kind\":\"sms\"}}");
    let bytes = [sms("a").as_bytes(), b"\n{\"id\":\"\xff\"}\n\n", sms("b").as_bytes()].concat();
    let (usage, rejects) = read_bytes(&schema(), &bytes, Some(Format::Ndjson));
    assert_eq!(rejects, ["u:2: the line is not UTF-8 (byte 8)"]);
    assert_eq!(usage.places.iter().map(|place| place.line).collect::<Vec<_>>(), [1, 4]);
    let utf_16 = b"\xff\xfe{\0";
    assert_eq!(
        read_bytes(&schema(), utf_16, Some(Format::Ndjson)).1,
        ["u:1: the line is not UTF-8 (byte 1); the file looks like UTF-16"]
    );
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}

fn many(from: usize, to: usize) -> String {
    (from..to)
        .map(|id| format!("{{\"id\":\"{id}\",\"account\":\"A\",\"time\":1772323{id:06},\"kind\":\"sms\"}}\n"))
        .collect()
}

fn in_a_file(name: &str, bytes: &[u8]) -> (Usage, Vec<String>) {
    let folder = std::env::temp_dir().join(format!("florin-readers-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("a file");
    let mut rejects: Vec<Reject> = Vec::new();
    let usage = read_usage(&schema(), None, &[Input::new(&path)], &mut rejects).expect("a file");
    (usage, rejects.iter().map(|reject| format!("{}: {}", reject.line, reject.reason)).collect())
}

#[test]
fn gzip_of_several_members_is_one_file() {
    let bytes = [gzip(&many(0, 10)), gzip(&many(10, 20))].concat();
    let (usage, rejects) = in_a_file("members", &bytes);
    assert_eq!((usage.records.len(), rejects), (20, Vec::new()));
}

#[test]
fn what_came_before_a_cut_stands() {
    let whole = gzip(&many(0, 10_000));
    let (usage, rejects) = in_a_file("cut.ndjson.gz", whole.get(..whole.len() / 2).expect("half"));
    assert!(usage.records.len() > 1_000);
    let line = usage.records.len() + 1;
    assert_eq!(rejects, [format!("{line}: the file can not be read on: its compressed data is cut off here")]);
    let (usage, rejects) = in_a_file("trailer.ndjson.gz", whole.get(..whole.len() - 4).expect("most"));
    assert_eq!(usage.records.len(), 10_000);
    assert_eq!(rejects, ["10001: the file can not be read on: its compressed data is cut off here"]);
}

#[test]
fn files_that_are_none_are_named() {
    let open = |path: &str| {
        read_usage(&schema(), None, &[Input::new(path.as_ref())], &mut ()).err().map(|error| error.to_string())
    };
    assert_eq!(open("/nowhere/u.csv").as_deref(), Some("/nowhere/u.csv: there is no such file"));
    assert_eq!(open("/").as_deref(), Some("/: is a folder, not a file"));
}

#[test]
fn rows_are_read_by_their_header() {
    let (usage, rejects) = csv(concat!(
        "\u{feff}id, account,time,kind,duration,meta.score,tags,video,extra\r\n",
        "u1,A1,2026-03-01T00:00:00Z,call, 2 ,5,\"[\"\"a\"\"]\",TRUE,x\r\n",
        "\r\n",
        "u2,A1,1772323200000,call,3,,,,\r\n",
        "u3,\"A\n1\",1772323200000,sms,,,,,"
    ));
    assert_eq!(rejects, [""; 0]);
    let [first, second, third] = usage.records.as_slice() else { panic!("three records") };
    assert_eq!(first.values[0], Value::Number(number("120")));
    assert_eq!(first.values[2], Value::Boolean(true));
    assert_eq!(first.values[3], Value::Number(number("5")));
    assert_eq!(first.values[8], Value::List([[Value::Text("a".into())].into()].into()));
    assert_eq!((&second.values[3], &second.values[2]), (&Value::Absent, &Value::Boolean(false)));
    assert_eq!(&*third.account, "A\n1");
    assert_eq!(usage.ignored.names().keys().collect::<Vec<_>>(), ["extra"]);
}

#[test]
fn each_malformed_row_has_its_reason() {
    let header = "id,account,time,kind,duration\n";
    for (rows, expected) in [
        ("u1,A1,1772323200000,call\n", "u:2: the row has 4 cells, but the header has 5 names"),
        ("u1,A1,1772323200000,call,1,2\n", "u:2: the row has 6 cells, but the header has 5 names"),
        ("u1,A1,1772323200000,call,\n", "u:2: field \"duration\" is missing"),
        ("u1,A1,1772323200000,call,ten\n", "u:2: field \"duration\" should be a number of minutes, but is \"ten\""),
        ("u1,A1,1772323200000,call,\"1\n", "u:2: a quote opens in this row and does not close within 200 lines"),
        (
            "u1,A1,1772323200000,call,1\ru2,A1,1772323200000,call,2\n",
            "u:2: a carriage return stands in the middle of this row; save the file with line feeds (LF or CRLF)",
        ),
        ("u1,,0,call,1\n", "u:2: the account is missing: there is no \"account\""),
    ] {
        let (usage, rejects) = csv(&format!("{header}{rows}u9,A1,1772323200000,sms,\n"));
        assert_eq!(rejects, [expected], "{rows}");
        assert_eq!(usage.records.len(), 1, "{rows}");
    }
    assert_eq!(
        csv("id,id,account,time,kind\n1,2,A,1772323200000,sms\n").1,
        ["u:2: the header has two columns \"id\"; which one counts?"]
    );
    assert_eq!(csv(",,\n1,2,3\n").1, ["u:1: the header can not be read: the header has no names"]);
    for (header, mark) in [("id;account;time", "`;`"), ("id\taccount\ttime", "tabs"), ("id|account|time", "`|`")] {
        let expected =
            format!("u:1: the header can not be read: the columns seem to be divided by {mark}, not by commas");
        assert_eq!(csv(&format!("{header}\n1;2;3\n")).1, [expected]);
    }
}

#[test]
fn nothing_in_the_place_of_a_header_gets_lost() {
    let (usage, rejects) = csv("u1,A1,1772323200000,sms\nu2,A1,1772323200000,sms\n");
    assert_eq!((usage.read, usage.rejected), (2, 2));
    assert_eq!(rejects[0], "u:1: this line should name the columns, but has no \"id\"");
    let words = "a carriage return stands in the middle of this row; save the file with line feeds (LF or CRLF)";
    let lines = "id,account,time,kind\ru1,A1,1772323200000,sms\ru2,A1,1772323200000,sms\r";
    assert_eq!(csv(lines).1, [format!("u:1: the header can not be read: {words}")]);
}

#[test]
fn a_row_has_at_most_so_many_lines() {
    let row = |lines: usize| {
        format!("id,account,time,kind\nu1,\"A{}\",1772323200000,sms\nu2,A1,1772323200000,sms\n", "\n".repeat(lines - 1))
    };
    let (usage, rejects) = csv(&row(MAX_ROW_LINES));
    assert_eq!((usage.records.len(), rejects.len()), (2, 0));
    let (usage, rejects) = csv(&row(MAX_ROW_LINES + 1));
    assert_eq!(usage.records.len(), 1);
    assert_eq!(rejects[0], "u:2: a quote opens in this row and does not close within 200 lines");
}

#[test]
fn quotes_that_never_close_do_not_cost_more_than_their_rows() {
    let started = std::time::Instant::now();
    let rows = 10_000;
    let (usage, _) = csv(&format!("id,account,time,kind\n{}", "x\",\"y\n".repeat(rows)));
    assert_eq!((usage.read, usage.rejected), (rows as u64, rows as u64));
    assert!(started.elapsed() < std::time::Duration::from_secs(10), "{:?}", started.elapsed());
}

#[test]
fn the_first_line_tells_the_format() {
    let read = |text: &str| read_bytes(&schema(), text.as_bytes(), None).0.records.len();
    assert_eq!(read("\n{\"id\":1,\"account\":\"A\",\"time\":1772323200000,\"kind\":\"sms\"}\n"), 1);
    assert_eq!(read("id,account,time,kind\n1,A,1772323200000,sms\n"), 1);
    assert_eq!(read(""), 0);
    assert_eq!(Input::new("a/b.CSV.gz".as_ref()).format(), Some(Format::Csv));
    assert_eq!(Input::new("-".as_ref()), Input::Standard);
}

#[test]
fn cloud_events_are_known() {
    let event = concat!(
        "{\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"/gw\",\"type\":\"call\",\"subject\":\"A1\",\"time\":1772323200000,",
        "\"data\":{\"duration\":1,\"more\":2}}"
    );
    let (usage, rejects) = ndjson(event);
    assert_eq!(rejects, [""; 0]);
    let record = usage.records.first().expect("a record");
    assert_eq!((&*record.id, &*record.account, record.kind), ("/gw/e1", "A1", 0));
    assert_eq!(usage.ignored.names().keys().collect::<Vec<_>>(), ["more"]);
}

#[test]
fn a_book_may_name_the_parts_itself() {
    let wire = WireNames {
        id: "uid".into(),
        account: "who.acct".into(),
        time: "ts".into(),
        kind: "meter".into(),
        set: [true; 4],
    };
    let schema = Schema { wire, ..schema() };
    let text = "{\"uid\":7,\"who\":{\"acct\":\"A\"},\"ts\":\"1772323200000\",\"meter\":\"sms\",\"type\":\"x\"}";
    let (usage, rejects) = read_bytes(&schema, text.as_bytes(), None);
    assert_eq!((usage.records.len(), rejects.len()), (1, 0));
    assert_eq!(&*usage.records[0].id, "7");
    let alone = Schema { kinds: schema.kinds[1..].to_vec(), ..schema };
    let text = "{\"uid\":7,\"who\":{\"acct\":\"A\"},\"ts\":\"1772323200000\"}";
    assert_eq!(read_bytes(&alone, text.as_bytes(), None).0.records.len(), 1);
}

#[test]
fn the_first_of_an_id_stands() {
    let first = call("\"duration\":1");
    let again = call("\"duration\":\"1.0\",\"unknown\":5");
    let other = call("\"duration\":2");
    let (usage, rejects) = ndjson(&[first, again, other].join("\n"));
    assert_eq!((usage.records.len(), usage.duplicates, usage.rejected), (1, 1, 1));
    assert_eq!(rejects, ["u:3: id \"u1\" came before with another \"duration\" (u:1); the first stands"]);
    assert_eq!(usage.records[0].values[0], Value::Number(number("60")));
}

#[test]
fn ids_of_different_sources_are_different() {
    let from = |source: &str, id: &str| {
        format!(
            "{{\"id\":\"{id}\",\"source\":\"{source}\",\"account\":\"A\",\"time\":1772323200000,\"kind\":\"sms\"}}\n"
        )
    };
    let (usage, _) =
        ndjson(&[from("a", "1"), from("b", "1"), from("a", "b/1"), from("a/b", "1"), from("a", "1")].concat());
    assert_eq!((usage.records.len(), usage.duplicates), (4, 1));
}

#[test]
fn accounts_that_are_not_listed_are_refused() {
    let schema = schema();
    let accounts: Accounts = [("acne".into(), florin_compiler::model::Facts::default())].into();
    let mut rejects: Vec<Reject> = Vec::new();
    let mut reader = UsageReader::new(&schema, Some(&accounts), &mut rejects);
    let text = "{\"id\":1,\"account\":\"acme\",\"time\":1772323200000,\"kind\":\"sms\"}";
    reader.read("u", None, text.as_bytes()).expect("readable");
    assert_eq!(reader.finish().rejected, 1);
    assert_eq!(rejects[0].reason, "account \"acme\" is not among the accounts; did you mean \"acne\"?");
    assert_eq!(rejects[0].record, text);
}

#[test]
fn rejects_keep_a_bounded_piece() {
    let long = "x".repeat(MAX_KEPT + 1);
    let reject = Reject::new(&"u".into(), 1, &Problem::new("too bad"), long.as_bytes());
    assert_eq!(reject.record.chars().count(), MAX_KEPT + 1);
    assert!(reject.record.ends_with('…'));
    assert_eq!(reject.json()["reason"], "too bad");
}

/// A small generator, so that a failure comes again.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound.max(1)
    }
}

#[test]
fn no_mangled_stream_stops_the_reader() {
    let json = format!("{}\n{}\n{}", call("\"duration\":\"1.5\",\"tags\":[\"a\"]"), many(0, 2), call("\"duration\":2"));
    let rows = "id,account,time,kind,duration\nu1,\"A\n1\",1772323200000,call,1\nu2,A,1772323200000,sms,\n";
    let mut chance = Chance(7);
    for text in [json.as_str(), rows] {
        for _ in 0..3_000 {
            let mut bytes = text.as_bytes().to_vec();
            for _ in 0..=chance.below(3) {
                let at = chance.below(bytes.len());
                let piece = [&b"\""[..], b"{", b"[", b"\0", b"\xff", b"\n", b",", b"9", b"e", b"-", b"\\u", b""]
                    [chance.below(12)];
                bytes.splice(at..(at + chance.below(3)).min(bytes.len()), piece.iter().copied());
            }
            // The counts are checked inside.
            read_bytes(&schema(), &bytes, None);
        }
    }
}
