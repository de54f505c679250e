//! The price books with their usage: one outcome by both evaluators and from all formats.

use crate::convert::{self, Line};
use crate::harness::{Ran, alike, counts, file, root, run, same, same_text};
use serde_json::Value;
use std::io::Read;
use std::path::Path;

/// A book with usage, as the command line takes them.
struct Subject {
    name: String,
    book: String,
    lines: Vec<Line>,
    /// Accounts, contracts and period.
    more: Vec<String>,
}

/// What is written of usage, and how.
const WRITTEN: [[&str; 3]; 4] = [
    ["rate", "--format", "ndjson"],
    ["rate", "--format", "csv"],
    ["bill", "--format", "text"],
    ["bill", "--format", "json"],
];

impl Subject {
    fn args<'s>(&'s self, [command, option, format]: [&'s str; 3], usage: &'s str) -> Vec<&'s str> {
        let mut args = vec![command, &self.book, usage, option, format];
        args.extend(self.more.iter().map(String::as_str));
        args
    }

    /// Both evaluators agree on NDJSON, and all other formats give the same.
    fn check(&self) {
        let named = |ending: &str, bytes: &[u8]| file(&format!("{}.{ending}", self.name), bytes);
        let ndjson = named("ndjson", convert::ndjson(&self.lines).as_bytes());
        let others = [
            named("csv", &convert::csv(&self.lines)),
            named("parquet", &convert::parquet(&self.lines)),
            named("arrow", &convert::arrow(&self.lines)),
        ];
        for written in WRITTEN {
            let expected = same(&self.args(written, &ndjson));
            assert_eq!(expected.status, Some(0), "{}: {}", self.name, expected.err);
            for (at, usage) in others.iter().enumerate() {
                let mut args = self.args(written, usage);
                let found = if at == 0 && written[0] == "rate" {
                    same(&args)
                } else {
                    args.extend(["--threads", "2"]);
                    run(&args)
                };
                from_elsewhere(&expected, &found, &args.join(" "));
            }
        }
    }
}

/// Data and counts are the same; the talk names another file.
fn from_elsewhere(expected: &Ran, found: &Ran, what: &str) {
    assert_eq!((expected.status, counts(expected)), (found.status, counts(found)), "{what}: {}", found.err);
    same_text(&expected.out, &found.out, what);
}

/// How many records of a scheme are taken.
const MOST: usize = 100;

fn scheme(folder: &Path) -> Subject {
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file of a scheme");
    let shown = |name: &str| folder.join(name).display().to_string();
    let mut more = Vec::new();
    let usage = text("usage.ndjson");
    if folder.join("accounts.json").exists() {
        more.extend(["--accounts".to_owned(), shown("accounts.json")]);
    }
    if folder.join("contracts.ndjson").exists() {
        more.extend(["--contracts".to_owned(), shown("contracts.ndjson")]);
    }
    if text("book.florin").lines().any(|line| line.split_whitespace().eq(["period", "given"])) {
        more.extend(["--period".to_owned(), period(&text("expected.json"))]);
    }
    let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
    let lines = convert::lines(&usage);
    // A percentile over many hours follows the definitions, which without optimization take their time.
    let step = lines.len() / MOST + 1;
    Subject { name, book: shown("book.florin"), lines: lines.into_iter().step_by(step).collect(), more }
}

/// The first period that is expected: `2026-05-15/2026-06-14`, whose end is exclusive.
fn period(expected: &str) -> String {
    let expected: Value = serde_json::from_str(expected).expect("JSON");
    let (first, end) = expected[0]["period"].as_str().and_then(|text| text.split_once('/')).expect("two dates");
    let end: jiff::civil::Date = end.parse().expect("a date");
    format!("{first}..{}", end.yesterday().expect("a day before"))
}

#[test]
fn every_scheme_comes_to_the_same() {
    let folders = std::fs::read_dir(root("pricebooks/schemes")).expect("the schemes");
    let mut folders: Vec<_> =
        folders.map(|entry| entry.expect("a folder").path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    assert!(folders.len() >= 12);
    for folder in folders {
        scheme(&folder).check();
    }
}

/// Some of every kind for three accounts, interleaved, over three months.
fn warehouse_usage() -> String {
    const SIZES: [&str; 8] = ["XS", "S", "M", "L", "XL", "2XL", "3XL", "4XL"];
    let record = |at: usize| {
        let kind = [
            format!(
                "\"kind\":\"warehouse_run\",\"warehouse\":\"w{}\",\"size\":\"{}\",\"ran\":{}.25",
                at % 3,
                SIZES[at % 8],
                at * 37 % 7_200
            ),
            format!("\"kind\":\"cloud_services\",\"used\":\"{}.{:03}\"", at % 4, at * 7 % 1_000),
            format!("\"kind\":\"storage_sample\",\"stored\":{}", at * 3 % 11),
            format!("\"kind\":\"serverless_run\",\"feature\":\"auto_clustering\",\"ran\":{}", at * 101 % 9_000),
            format!("\"kind\":\"pipe_load\",\"loaded\":\"{}.5\"", at % 90),
        ];
        let (account, month, day, hour) = (at % 3, 1 + at * 3 / 240, 1 + at % 28, at % 24);
        format!(
            "{{\"id\":\"r{at}\",\"account\":\"A{account}\",\"time\":\"2026-{month:02}-{day:02}T{hour:02}:30:00Z\",{}}}\n",
            kind[at * 7 % 5]
        )
    };
    (0..240).map(record).collect()
}

#[test]
fn the_warehouse_comes_to_the_same() {
    let accounts = "{\"A0\":{\"edition\":\"standard\",\"region\":\"aws-us-east-1\"},\
        \"A1\":{\"edition\":\"enterprise\",\"region\":\"aws-us-east-1\",\"support\":\"premium\"},\
        \"A2\":{\"edition\":\"business_critical\",\"region\":\"aws-us-east-1\"},\
        \"idle\":{\"edition\":\"standard\",\"region\":\"aws-us-east-1\"}}";
    let subject = Subject {
        name: "warehouse".to_owned(),
        book: root("pricebooks/warehouse/book.florin").display().to_string(),
        lines: convert::lines(&warehouse_usage()),
        more: vec!["--accounts".to_owned(), file("warehouse.accounts.json", accounts)],
    };
    subject.check();
}

/// A trace goes through many stretches of the stream. The reference takes its time, so that it sees every eighth record;
/// the sums of the whole are compared elsewhere, with figures from outside.
fn trace(usage: &str) {
    const STEP: usize = 8;
    let book = root("pricebooks/tokens/book.florin").display().to_string();
    let whole = root(usage).display().to_string();
    let mut text = String::new();
    let packed = std::fs::File::open(&whole).expect("a trace");
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).expect("text");
    let is_csv = usage.ends_with(".csv.gz");
    let some = text.lines().enumerate().filter(|(at, _)| at % STEP == 1 || is_csv && *at == 0);
    let some: String = some.map(|(_, line)| format!("{line}\n")).collect();
    let some = file(&usage.replace('/', "-").replace(".gz", ""), some);
    for [command, option, format] in [WRITTEN[0], WRITTEN[3]] {
        let ran = same(&[command, &book, &some, option, format]);
        assert_eq!(ran.status, Some(0), "{}", ran.err);
        let with = |threads| run(&[command, &book, &whole, option, format, "--threads", threads]);
        let one = with("1");
        assert!(one.out.len() >= ran.out.len() && one.status == Some(0), "{}", one.err);
        for threads in ["2", "3"] {
            alike(&one, &with(threads), threads);
        }
    }
}

#[test]
fn the_azure_trace_comes_to_the_same() {
    trace("tests/data/azure_code_2023/usage.csv.gz");
}

#[test]
fn the_mooncake_trace_comes_to_the_same() {
    trace("tests/data/mooncake_conversation/usage.ndjson.gz");
}
