//! Good streams with bytes changed at random: both readers say the same, however the stream is cut.

use super::*;
use proptest::prelude::*;

const LINES: [&str; 6] = [
    "{\"id\":\"evt-1\",\"account\":\"A1\",\"time\":\"2026-03-01T00:00:00Z\",\"kind\":\"call\",\"duration\":1.5,\"note\":\"n\"}",
    "{\"id\":\"evt-1\",\"account\":\"A1\",\"time\":\"2026-03-01T00:00:00Z\",\"kind\":\"call\",\"duration\":1.50,\"note\":\"n\"}",
    "{\"id\":2,\"account\":\"A1\",\"time\":1772323200000,\"kind\":\"sms\",\"x\":null,\"y\":[1,{\"z\":\"\\u00e4\"}]}",
    "{\"id\": \"3\", \"account\": \"\u{e4}\u{20ac}\", \"time\": \"2026-03-01 01:00:00.25+01:00\", \"kind\": \"phone_call\", \"duration\": \"2\"}",
    "{\"id\":\"4\",\"source\":\"s\",\"subject\":\"A\",\"type\":\"call\",\"time\":1772323200000,\"duration\":10,\"size\":\"2XL\",\"video\":true,\"day\":\"2026-03-01\",\"at\":\"04:30\",\"answered\":0,\"amount\":-7,\"level\":0.25}",
    "{\"id\":\"5\",\"account\":\"A1\",\"time\":\"2026-03-01T00:00:00Z\",\"kind\":\"call\",\"duration\":1,\"tags\":[\"a\"],\"meta\":{\"score\":1}}",
];
const ROWS: [&str; 6] = [
    "id,account,time,kind,duration,note,meta.score,x",
    "u1,A1,2026-03-01T00:00:00Z,call,1.5,n,,1",
    "u2,A1,1772323200000,sms,,,,",
    "u3,\"A\n1\",1772323200000,call,2,\"a \"\"b\"\", c\",3,",
    "u4, A ,0,phone_call, 7 ,\u{e4},1.50,\u{a0}",
    "u5,\"A,1\",2026-03-01 01:00:00.25+01:00,call,10,5\" disk,,x",
];
const PIECES: [&[u8]; 32] = [
    b"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\\",
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b" ",
    b"\t",
    b"0",
    b"9",
    b"-",
    b".",
    b"e",
    b"+",
    b"\xff",
    b"\xc3\xa4",
    b"\xef\xbb\xbf",
    b"null",
    b"true",
    b"\\u0041",
    b"\\ud800",
    b"T",
    b"Z",
    b"\"\"",
    b"\",\"",
    b"",
];

/// Where bytes are taken out, how many, and what comes in their place.
type Change = (prop::sample::Index, usize, usize);

fn changed(text: &str, changes: &[Change]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for (at, removed, piece) in changes {
        let at = at.index(bytes.len() + 1);
        let end = (at + removed).min(bytes.len());
        bytes.splice(at..end, PIECES[*piece].iter().copied());
    }
    bytes
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec((any::<prop::sample::Index>(), 0..3usize, 0..PIECES.len()), 0..4)
}

fn check_changed(lines: &[&str], order: &[prop::sample::Index], changes: &[Change], size: usize, format: Format) {
    let program = program();
    let mut chosen: Vec<&str> = order.iter().map(|at| lines[at.index(lines.len())]).collect();
    if format == Format::Csv {
        chosen.insert(0, ROWS[0]);
    }
    let bytes = changed(&chosen.join("\n"), changes);
    for format in [Some(format), None] {
        let expected = strict(program, None, &bytes, format);
        for size in [size, 1 << 20] {
            let found = by_column(program, None, &bytes, format, size);
            assert_eq!(found, expected, "{size} {:?}", String::from_utf8_lossy(&bytes));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lines_of_json(order in prop::collection::vec(any::<prop::sample::Index>(), 1..6), changes in changes(), size in 1..300usize) {
        check_changed(&LINES, &order, &changes, size, Format::Ndjson);
    }

    #[test]
    fn rows_of_csv(order in prop::collection::vec(any::<prop::sample::Index>(), 1..6), changes in changes(), size in 1..200usize) {
        check_changed(&ROWS, &order, &changes, size, Format::Csv);
    }
}

/// Each byte of each line replaced by each of some others.
#[test]
fn each_byte_replaced() {
    let program = program();
    for line in LINES {
        for at in 0..line.len() {
            let replaced: Vec<Vec<u8>> = PIECES
                .iter()
                .map(|piece| [&line.as_bytes()[..at], piece, &line.as_bytes()[at + 1..]].concat())
                .collect();
            let stream = replaced.join(&b'\n');
            let expected = strict(program, None, &stream, Some(Format::Ndjson));
            assert_eq!(by_column(program, None, &stream, Some(Format::Ndjson), 1 << 20), expected, "{at} {line}");
        }
    }
}
