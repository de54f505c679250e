//! Odd and malformed lines of NDJSON, and streams of them.

use super::super::super::MAX_LINE;
use super::*;

/// A good call but for what is put in the place of its parts.
fn call(parts: &str) -> String {
    format!("{{\"id\":\"u1\",\"account\":\"A1\",\"time\":\"2026-03-01T00:00:00Z\",\"kind\":\"call\",{parts}}}")
}

fn sms(id: &str) -> String {
    format!("{{\"id\":\"{id}\",\"account\":\"A\",\"time\":\"2026-03-01T12:00:00.5+02:00\",\"kind\":\"sms\"}}")
}

/// Each alone, and between two good lines.
fn check_line(program: &Program, line: &[u8]) {
    check(program, line, Some(Format::Ndjson));
    let (before, behind) = (sms("before"), call("\"duration\":1,\"note\":\"behind\""));
    let stream = [before.as_bytes(), line, behind.as_bytes()].join(&b'\n');
    check(program, &stream, Some(Format::Ndjson));
}

#[test]
fn plain_lines_are_read_without_the_strict_parser() {
    let program = program();
    for line in [
        sms("a"),
        call("\"duration\":1"),
        call(
            "\"duration\":\"1.50\",\"size\":\"S\",\"video\":true,\"day\":\"2024-02-29\",\"at\":\"04:30\",\"answered\":1772323200000",
        ),
        call("\"duration\" : 1 , \"score\": -3.25, \"called\": \"x\", \"note\": \"y\""),
        call("\"duration\":1,\"extra\":null,\"more\":true,\"less\":-1.5,\"text\":\"\u{e4}\u{20ac}\""),
        call("\"duration\":1,\"size\":null,\"tags\":null,\"source\":\"s\""),
        "{\"id\":7,\"subject\":\"A\",\"time\":1772323200000,\"type\":\"phone_call\",\"duration\":0}".to_owned(),
    ] {
        assert!(is_plain(program, &line), "{line}");
        assert_eq!(check(program, line.as_bytes(), None).records.len(), 1, "{line}");
    }
}

#[test]
fn a_line_that_is_cut_off_anywhere_is_the_strict_readers() {
    let program = program();
    let line = call("\"duration\":-1.5e0,\"note\":\"\\u00e4 \u{e4}\",\"video\":true,\"size\":null,\"tags\":[\"a\"]");
    let plain = call("\"duration\":10.25,\"note\":\"\u{e4}\",\"video\":true,\"size\":null,\"x\":false");
    for line in [line, plain] {
        for end in 0..line.len() {
            check_line(program, &line.as_bytes()[..end]);
        }
    }
}

#[test]
fn odd_lines_are_the_strict_readers() {
    let program = program();
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let duration = |value: &str| call(&format!("\"duration\":{value}"));
    let with = |field: &str| call(&format!("\"duration\":1,{field}"));
    let time = |value: &str| format!("{{\"id\":1,\"account\":\"A\",\"time\":{value},\"kind\":\"sms\"}}");
    let mut lines: Vec<String> = Vec::new();
    lines.extend(
        [
            "",
            " ",
            "\t",
            "\r",
            "\u{c}",
            "{",
            "}",
            "{}",
            "{} {}",
            "{},",
            "[]",
            "[1]",
            "42",
            "null",
            "true",
            "\"x\"",
            "not json",
            "{\"a\":1,}",
            "{,}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\" 1}",
            "{\"a\"::1}",
            "{1:1}",
            "{'id':1}",
            "{id:1}",
            "{\"a\":[1,]}",
            "{\"a\":NaN}",
            "{\"a\":Infinity}",
            "{\"a\":-}",
            "{\"a\":nul}",
            "{\"a\":nulll}",
            "{\"a\":True}",
            "{\"a\":tru}",
            "{\"\":1}",
            "// comment",
            "{\"a\":1}//",
            "{/**/}",
            "\u{feff}{}",
            "{\"a\":\"\u{7f}\"}",
        ]
        .map(str::to_owned),
    );
    for text in ["1", "\"x\"", "null", "true", "{\"a\":1}", "[1]", "[]", "{}", "\"\"", "\" \"", "-0", "1e400"] {
        for name in ["id", "account", "time", "kind", "source", "subject", "type", "data", "specversion", "unknown"] {
            lines.push(format!("{{\"{name}\":{text},\"id\":1,\"account\":2,\"time\":1772323200000,\"kind\":\"sms\"}}"));
            lines.push(format!("{{\"{name}\":{text},\"id\":1,\"subject\":2,\"time\":1772323200000,\"type\":\"sms\"}}"));
            lines.push(format!("{{\"id\":1,\"account\":2,\"time\":1772323200000,\"kind\":\"sms\",\"{name}\":{text}}}"));
        }
        for name in [
            "duration",
            "size",
            "video",
            "score",
            "meta",
            "meta.score",
            "day",
            "at",
            "answered",
            "called",
            "tags",
            "legs",
            "note",
            "amount",
            "level",
            "lvl",
            "tariff",
            "x",
        ] {
            lines.push(call(&format!("\"{name}\":{text}")));
            lines.push(with(&format!("\"{name}\":{text}")));
            lines.push(with(&format!("\"note\":\"n\",\"{name}\":{text},\"x\":1,\"{name}\":{text}")));
        }
    }
    for number in [
        "0",
        "-0",
        "00",
        "01",
        "-01",
        "+1",
        "1.",
        ".5",
        "1.5",
        "-1",
        "-1.5",
        "-1.50",
        "-1.51",
        "1e3",
        "1E+3",
        "1e-3",
        "1e",
        "1e61",
        "0x10",
        "1_000",
        "1,000",
        "999999999999999999",
        "1000000000000000000",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "0.123456789012345678",
        "0.1234567890123456789",
        "1.0000000000000000000000",
        "--1",
        "1-",
        "1 2",
        "0.0000000000000000000000000000000000000001",
        "123456789012345678901234567890.5",
        "\"1\"",
        "\"01\"",
        "\"+1\"",
        "\"1e3\"",
        "\" 1\"",
        "\"1,5\"",
        "\"30,000\"",
        "\"\\u0031\"",
        "\"-1.5\"",
        "\"-2\"",
        "\"\"",
    ] {
        lines.extend([duration(number), with(&format!("\"amount\":{number}")), with(&format!("\"level\":{number}"))]);
        lines.extend([time(number), with(&format!("\"answered\":{number}")), with(&format!("\"note\":{number}"))]);
        lines.push(format!("{{\"id\":{number},\"account\":{number},\"time\":1772323200000,\"kind\":\"sms\"}}"));
    }
    lines.push(duration(&"9".repeat(60)));
    lines.push(duration(&"9".repeat(61)));
    for text in [
        "\\n",
        "\\u0041",
        "\\ud83d\\ude00",
        "\\ud800",
        "\\udc00",
        "\\ud800\\u0041",
        "\\x",
        "\\u12",
        "\\",
        "\\\\",
        "\\\"",
        "\\/",
        "\u{1}",
        "\u{1f}",
        "\u{0}",
        "\u{7f}",
        "\u{85}",
        "\u{a0}",
        "\u{3000}",
        "\u{feff}",
        "\u{fffd}",
        "\u{10ffff}",
        "e\u{301}",
        "2XL",
        "XXL",
        "2xl",
        "yes",
        "TRUE",
        "false",
    ] {
        lines.extend(
            ["note", "called", "size", "video", "x", "id", "tariff"]
                .map(|name| with(&format!("\"{name}\":\"{text}\""))),
        );
        lines.push(with(&format!("\"{text}\":1")));
        lines.push(format!(
            "{{\"id\":\"{text}\",\"account\":\"{text}\",\"time\":1772323200000,\"kind\":\"sms\",\"source\":\"{text}\"}}"
        ));
        lines.push(format!("{{\"id\":1,\"account\":2,\"time\":1772323200000,\"kind\":\"{text}\"}}"));
    }
    for text in [
        "2026-03-01T00:00:00Z",
        "2026-03-01t00:00:00z",
        "2026-03-01 00:00:00Z",
        "2026-03-01T00:00:00",
        "2026-03-01",
        "2026-02-29T00:00:00Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T23:59:60Z",
        "2026-03-01T00:00:00.Z",
        "2026-03-01T00:00:00.1234567891Z",
        "2026-03-01T00:00:00+24:00",
        "2026-03-01T00:00:00-00:00",
        "2026-03-01T00:00:00+0200",
        "2026-03-01T00:00Z",
        "2026-3-1T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "9999-01-01T00:00:00Z",
        "1970-01-01T00:00:00+00:01",
        "2262-04-12T00:00:00Z",
        "9998-12-31T23:59:59.999999999Z",
        "2026-03-01T00:00:00Z[UTC]",
        "20260301T000000Z",
        "now",
        "04:30",
        "24:00",
        "4:30",
        "04:30:15",
        "04:30:15.5",
        "04:60",
        "2024-02-29",
        "2100-02-29",
        "0000-01-01",
        "0001-01-01",
        "1969-12-31",
        "9999-12-31",
    ] {
        lines.push(time(&format!("\"{text}\"")));
        lines.extend(["day", "at", "answered"].map(|name| with(&format!("\"{name}\":\"{text}\""))));
    }
    for (name, value) in
        [("called", "\"a\""), ("id", "\"u1\""), ("kind", "\"call\""), ("time", "0"), ("account", "\"A1\""), ("x", "1")]
    {
        lines.push(with(&format!("\"{name}\":{value},\"{name}\":{value}")));
        lines.push(with(&format!("\"{name}\":null,\"{name}\":{value}")));
        lines.push(with(&format!("\"{name}\":{value},\"{name}\":null")));
    }
    lines.extend([
        format!("{{\"x\":{deep}}}"), with(&format!("\"x\":{deep}")), with("\"x\":[1,{\"y\":[]}]"), with("\"x\":{\"y\":{}}"), with("\"tags\":[\"a\",1]"),
        with("\"tags\":[\"a\",null]"), with("\"legs\":[{\"country\":\"DE\",\"cost\":0.10}]"), with("\"legs\":[{\"country\":\"DE\"}]"), with("\"meta\":{\"score\":7}"),
        with("\"meta\":{\"score\":\"x\"}"), with("\"meta.score\":7"), with("\"meta.score\":null,\"score\":8"), with("\"score\":8,\"meta\":{\"score\":7}"),
        with("\"level\":null,\"lvl\":3"), with("\"lvl\":\"x\",\"level\":3"), with("\"level\":\"x\",\"lvl\":3"), with("\"size\":\"X2L\""),
        "{\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"/gw\",\"type\":\"call\",\"subject\":\"A1\",\"time\":1772323200000,\"data\":{\"duration\":1,\"more\":2}}".to_owned(),
        "{\"id\":\"e1\",\"source\":\"/gw\",\"type\":\"call\",\"subject\":\"A1\",\"time\":1772323200000,\"data\":{\"duration\":1,\"more\":2}}".to_owned(),
        "{\"id\":\"e1\",\"source\":\"/gw\",\"type\":\"call\",\"subject\":\"A1\",\"time\":1772323200000,\"duration\":1}".to_owned(),
        "{\"id\":\"e1\",\"kind\":null,\"type\":\"call\",\"account\":null,\"subject\":\"A1\",\"time\":1772323200000,\"duration\":1}".to_owned(),
        "{\"id\":\"e1\",\"kind\":\"sms\",\"type\":\"call\",\"account\":\"A\",\"subject\":\"A1\",\"time\":1772323200000,\"duration\":1}".to_owned(),
        format!("  {}", sms("a")), format!("{}  ", sms("a")), format!("{}\t\r", sms("a")), format!("{}\r", sms("a")), format!("{}\r\r", sms("a")),
        format!("\r{}", sms("a")), format!("\u{c}{}\u{c}", sms("a")), format!("{}\u{b}", sms("a")), format!("{}x", sms("a")), format!("{}{}", sms("a"), sms("b")),
        format!("{},", sms("a")), format!("{}\u{0}", sms("a")), format!("\u{feff}{}", sms("a")), format!("\u{feff}\u{feff}{}", sms("a")),
        sms("a").replace(':', " : ").replace(',', " , "), sms("a").replace(',', ",\r"), sms("a").replace(':', ":\u{c}"), sms("a").replace('{', "{\t"),
        "{\"time\":1772323200000,\"kind\":\"sms\",\"account\":\"A\",\"id\":\"b\"}".to_owned(), "{\"duration\":1,\"kind\":\"call\",\"time\":1772323200000,\"account\":\"A\",\"id\":\"b\"}".to_owned(),
    ]);
    assert!(lines.len() >= 70);
    for line in &lines {
        check_line(program, line.as_bytes());
    }
    let together = lines.join("\n");
    let outcomes = check(program, together.as_bytes(), Some(Format::Ndjson));
    assert!(outcomes.records.len() > 300 && outcomes.rejects.len() > 500);
    check(program, together.replace('\n', "\r\n").as_bytes(), None);
}

#[test]
fn bytes_that_are_no_text_cost_one_line() {
    let program = program();
    for bad in [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82"] {
        check_line(program, bad);
        let line = call("\"duration\":1,\"note\":\"@\",\"x@\":\"@\"");
        let line: Vec<u8> =
            line.bytes().flat_map(|byte| if byte == b'@' { bad.to_vec() } else { vec![byte] }).collect();
        check_line(program, &line);
    }
    check(program, b"\xff\xfe{\0", None);
}

#[test]
fn lines_at_the_limit_are_the_strict_readers() {
    let program = program();
    for extra in [0usize, 1, 2, 3, 4, 5, 100, MAX_LINE, 3 * MAX_LINE] {
        for (mark, end) in [("", "\n"), ("\u{feff}", "\n"), ("", "\r\n"), ("\u{feff}", "\r\n"), ("", "")] {
            let empty = call("\"duration\":1,\"note\":\"\"");
            let note = "x".repeat((MAX_LINE + extra).saturating_sub(empty.len() + 2));
            let long = call(&format!("\"duration\":1,\"note\":\"{note}\""));
            let behind = if end.is_empty() { String::new() } else { sms("behind") };
            let stream = format!("{mark}{long}{end}{behind}");
            let expected = strict(program, None, stream.as_bytes(), None);
            for size in [1 << 20, 1 << 16, 3_000_000] {
                let found = by_column(program, None, stream.as_bytes(), None, size);
                assert!(found == expected, "{extra} {mark:?} {end:?} {size}");
            }
        }
    }
    let blank = format!("{}\n{}\n{}", " ".repeat(MAX_LINE + 5), sms("a"), " ".repeat(MAX_LINE));
    let expected = strict(program, None, blank.as_bytes(), None);
    assert!(by_column(program, None, blank.as_bytes(), None, 1 << 20) == expected);
}

#[test]
fn kinds_that_take_turns_are_told_apart() {
    let program = program();
    let line = |at: usize| match at % 3 {
        0 => sms(&format!("s{at}")),
        1 => call(&format!("\"duration\":{at},\"note\":\"n{}\"", at % 7)),
        _ => format!(
            "{{\"time\":1772323{at:06},\"kind\":\"phone_call\",\"id\":{at},\"account\":\"B\",\"duration\":{at}.5,\"size\":\"S\"}}"
        ),
    };
    let text: Vec<String> = (0..10_000).map(line).collect();
    let expected = check(program, text.join("\n").as_bytes(), None);
    assert_eq!(expected.records.len(), 10_000);
}
