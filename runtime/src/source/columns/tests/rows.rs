//! Rows of CSV, odd and malformed ones, and streams of them.

use super::super::super::{MAX_LINE, MAX_ROW_LINES};
use super::*;

const HEADER: &str = "id,account,time,kind,duration,size,video,meta.score,note,x";

/// Each row alone, and between two good ones.
fn check_row(program: &Program, row: &[u8]) {
    let good = b"u0,A,1772323200000,call,1,S,true,2,n,x".as_slice();
    check(program, &[HEADER.as_bytes(), row].join(&b'\n'), Some(Format::Csv));
    check(program, &[HEADER.as_bytes(), good, row, good, b"u1,A,1772323200000,sms,,,,,,"].join(&b'\n'), None);
    check(program, &[HEADER.as_bytes(), good, row, good].join(&b"\r\n"[..]), None);
}

#[test]
fn plain_rows_are_read_without_the_strict_parser() {
    let program = program();
    let dictionary = Dictionary::of(program);
    let mut parser = ChunkParser::new(program, &dictionary, None);
    let header: Vec<String> = HEADER.split(',').map(str::to_owned).collect();
    for row in [
        "u1,A1,2026-03-01T00:00:00Z,call,1.5,S,TRUE,5,n,",
        "u1,A1,1772323200000,sms,,,,,,",
        "u1,A1,1772323200000,call, 2 ,2XL,false,-0.50,\u{e4} \u{e4},\u{a0}",
    ] {
        for end in ["", "\n", "\r\n", "\r"] {
            assert!(parser.takes_plain_row(&header, &format!("{row}{end}")), "{row}{end:?}");
        }
        assert_eq!(check(program, format!("{HEADER}\n{row}").as_bytes(), None).records.len(), 1, "{row}");
    }
}

#[test]
fn odd_rows_are_the_strict_readers() {
    let program = program();
    let mut rows: Vec<String> = [
        "",
        " ",
        ",",
        "\t",
        "\"",
        "\"\"",
        "u1",
        "u1,A",
        "u1,A,1772323200000,call,1,S,true,2,n",
        "u1,A,1772323200000,call,1,S,true,2,n,x,",
        "u1,A,1772323200000,call,1,S,true,2,n,x,y",
        ",,,,,,,,,",
        " , , , , , , , , , ",
        "\u{a0},,,,,,,,,",
        "\u{feff}u1,A,1772323200000,sms,,,,,,",
        "u1,\u{feff}A,1772323200000,sms,,,,,,",
        "u1,A,1772323200000,sms,,,,,,\r",
        "\ru1,A,1772323200000,sms,,,,,,",
        "u1,A,1772323200000,sms,,\r,,,,",
        "u1,A\rB,1772323200000,sms,,,,,,",
        "{\"id\":1}",
        "[1]",
        "u1;A;0;sms",
        "id,account,time,kind,duration,size,video,meta.score,note,x",
    ]
    .map(str::to_owned)
    .to_vec();
    let cell = |at: usize, text: &str| {
        let mut cells = ["u1", "A", "1772323200000", "call", "1", "S", "true", "2", "n", "x"];
        cells[at] = text;
        cells.join(",")
    };
    for text in [
        "",
        " ",
        "  x  ",
        "x",
        "1",
        "01",
        "1.5",
        "1.50",
        " 1.5 ",
        "-1",
        "-0",
        "+1",
        "1e3",
        ".5",
        "1.",
        "1000000000000000000",
        "0.1234567890123456789",
        "\"x\"",
        "\"x,y\"",
        "\"x\"\"y\"",
        "\"x\ny\"",
        "\"x",
        "x\"",
        "x\"y",
        "x\"\"y",
        "\"x\"y",
        " \"x\"",
        "\"\"",
        "\" \"",
        "\"\n\"",
        "\t",
        "\tx",
        "\u{b}",
        "\u{1}",
        "\u{0}",
        "\u{7f}",
        "\u{85}",
        "\u{a0}",
        "\u{a0}1",
        "\u{3000}",
        "\u{e4}",
        "\u{1f600}",
        "2XL",
        "XXL",
        " S",
        "TRUE",
        "True",
        " false ",
        "yes",
        "sms",
        " sms",
        "fax",
        "2026-03-01T00:00:00Z",
        " 2026-03-01T00:00:00Z ",
        "2026-03-01 00:00:00+01:00",
        "2026-03-01",
        "1772323200000",
        "-1",
        "[1]",
        "{}",
        "null",
    ] {
        rows.extend((0..10).map(|at| cell(at, text)));
    }
    assert!(rows.len() >= 70);
    for row in &rows {
        check_row(program, row.as_bytes());
    }
    for bad in [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80"] {
        check_row(program, &[b"u1,A,1772323200000,call,1,S,true,2,", bad, b",x"].concat());
    }
    let together = format!("{HEADER}\n{}", rows.join("\n"));
    let outcomes = check(program, together.as_bytes(), None);
    assert!(outcomes.records.len() > 100 && outcomes.rejects.len() > 100, "{outcomes:#?}");
    // Without those that open a quote and do not close it, which take others along.
    let calm: Vec<&str> = rows.iter().map(String::as_str).filter(|row| row.matches('"').count() % 2 == 0).collect();
    check(program, format!("{HEADER}\r\n{}", calm.join("\r\n")).as_bytes(), None);
}

#[test]
fn odd_headers_are_the_strict_readers() {
    let program = program();
    let row = "u1,A,1772323200000,sms,1,x,x\n";
    for header in [
        "id,account,time,kind",
        "id,account,time,kind,duration,x,x",
        "id,id,account,time,kind,a,b",
        "id,account,time,kind,source,a,b",
        "id,account,time,kind,a,a,b",
        "id,account,time,kind,specversion,a,b",
        "id,account,time,kind,data,a,b",
        "id,subject,time,type,a,b,c",
        "id,subject,time,type,account,kind,a",
        ",,",
        "",
        "\n\n",
        "id;account;time",
        "id\taccount",
        "id|account",
        "id",
        "x",
        "a,b,c,d,e,f,g",
        "\"id\",\"account\",\"time\",\"kind\",duration,\"a,b\",\"a\nb\"",
        "\"id,account",
        " id , account , time , kind ,,,",
        "\u{feff}id,account,time,kind,a,b,c",
        "\u{feff}\u{feff}id,account,time,kind,a,b,c",
        "id,account,time,kind\r",
        "id\raccount",
        "id,account,time,kind,\u{0},b,c",
        "u1,A,1772323200000,sms,1,x,x",
        "{\"id\":1}",
        "id,account,time,kind,meta,meta.score,score",
        "id,account,time,kind,,,",
    ] {
        for stream in [format!("{header}\n{row}{row}"), format!("\n \n{header}\r\n{row}"), header.to_owned()] {
            check(program, stream.as_bytes(), Some(Format::Csv));
            check(program, stream.as_bytes(), None);
        }
    }
    let long = format!("id,account,time,kind,{}\n{row}", "x".repeat(MAX_LINE));
    assert!(
        by_column(program, None, long.as_bytes(), Some(Format::Csv), 1 << 20)
            == strict(program, None, long.as_bytes(), Some(Format::Csv))
    );
}

#[test]
fn quoted_rows_are_never_cut() {
    let program = program();
    let header = "id,account,time,kind,duration,note";
    for lines in [1, 2, 3, MAX_ROW_LINES - 1, MAX_ROW_LINES, MAX_ROW_LINES + 1] {
        let row = format!("u1,A,1772323200000,call,1,\"{}\"", "a \"\"b\"\",\n".repeat(lines - 1));
        let open = format!("u1,A,1772323200000,call,1,\"{}", "a,\n".repeat(lines - 1));
        let plain = "u2,A,1772323200000,call,2,n";
        for rows in [
            [plain, &row, plain, &row],
            [&row, &row, &open, plain],
            [&open, plain, &row, &open],
            [&open, &open, plain, plain],
        ] {
            check(program, format!("{header}\n{}", rows.join("\n")).as_bytes(), None);
            check(program, format!("{header}\n{}\n", rows.join("\r\n")).as_bytes(), Some(Format::Csv));
        }
    }
    let never = format!("{header}\n{}", "x\",\"y\n".repeat(1_000));
    let expected = strict(program, None, never.as_bytes(), None);
    assert_eq!(by_column(program, None, never.as_bytes(), None, 1_000), expected);
}

#[test]
fn rows_at_the_limit_are_the_strict_readers() {
    let program = program();
    let header = "id,account,time,kind,duration,note";
    for extra in [0usize, 1, 2, 3, 100, MAX_LINE] {
        for (quote, end) in [("", "\n"), ("", "\r\n"), ("\"", "\n"), ("\"", ""), ("\"\n", "\n")] {
            let start = format!("u1,A,1772323200000,call,1,{quote}");
            let note = "x".repeat((MAX_LINE + extra).saturating_sub(start.len() + 1));
            let stream = format!("{header}\n{start}{note}{quote}{end}u2,A,1772323200000,call,1,n\n");
            let expected = strict(program, None, stream.as_bytes(), None);
            for size in [1 << 20, 100_000] {
                assert!(
                    by_column(program, None, stream.as_bytes(), None, size) == expected,
                    "{extra} {quote:?} {end:?}"
                );
            }
        }
    }
}
