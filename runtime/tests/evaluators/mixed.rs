//! Usage that is not all well, of several kinds, of accounts that are listed, of periods of all sorts: both evaluators
//! count the same, say the same and keep the order.

use crate::convert;
use crate::harness::{alike, counts, file, path, run, same};

/// Two kinds, one of them free, tables without some rows, a minimum, a fee in advance, and a line that is never zero.
const BOOK: &str = r#"pricebook mixed "Mixed"
currency USD "$"
PERIOD

account { start : date optional; plan : text optional }

usage call { minutes : minute at least 0; country : text }
usage item { n : number; colour : text optional }
usage ping { }
free ping

table rate {
  key country : text
  price : USD per minute

  country | price
  "DE"    | 0.10
  "FR"    | 1/3
}

charge calls "Calls" by country from call {
  quantity sum(minutes)
  price    rate[country]
}

charge items "Items" from item {
  quantity sum(n)
  price graduated {
    up to 10 : $1 per 1
    above 10 : $0.333 per 1
  }
  at least $25
}
"#;

fn book(name: &str, period: &str) -> String {
    file(&format!("{name}.florin"), BOOK.replace("PERIOD", period).replace("1/3", "0.3333"))
}

const ACCOUNTS: &str =
    "{\"A\":{\"start\":\"2026-01-31\"},\"B\":{\"start\":\"2026-01-15\"},\"idle\":{\"start\":\"2026-02-10\"}}";

fn record(id: usize, account: &str, day: usize, rest: &str) -> String {
    let (month, day) = (1 + day / 28, 1 + day % 28);
    let hour = id % 24;
    format!(
        "{{\"id\":\"r{id}\",\"account\":\"{account}\",\"time\":\"2026-{month:02}-{day:02}T{hour:02}:00:00Z\",{rest}}}\n"
    )
}

/// Good records of all kinds for two accounts, interleaved, over three months.
fn good(from: usize) -> String {
    let one = |id: usize| {
        let rest = match id % 5 {
            0 => format!("\"kind\":\"call\",\"minutes\":\"{}.{}\",\"country\":\"DE\"", id % 50, id % 10),
            1 => format!("\"kind\":\"item\",\"n\":{}", id % 9),
            2 => "\"kind\":\"ping\"".to_owned(),
            3 => format!("\"kind\":\"call\",\"minutes\":{},\"country\":\"FR\"", id % 7),
            _ => format!("\"kind\":\"item\",\"n\":\"-{}\",\"colour\":\"a, \\\"b\\\"\"", id % 3),
        };
        record(id, if id.is_multiple_of(3) { "A" } else { "B" }, id * 31 % 84, &rest)
    };
    (from..from + 90).map(one).collect()
}

/// Records without a price, records that came before, and one that came before and said something else.
fn odd() -> String {
    let call = |minutes: usize| format!("\"kind\":\"call\",\"minutes\":{minutes},\"country\":\"IT\"");
    let mut odd: String = (500..530).map(|id| record(id, "A", id % 84, &call(id))).collect();
    odd.extend(good(0).lines().take(12).map(|line| format!("{line}\n")));
    odd.push_str(&record(1, "B", 3, "\"kind\":\"item\",\"n\":77"));
    odd.push_str(&record(500, "A", 500 % 84, "\"kind\":\"call\",\"minutes\":500,\"country\":\"DE\""));
    odd
}

/// Lines that can not be taken, each for another reason.
fn malformed() -> Vec<Vec<u8>> {
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        text("not JSON"),
        text("{\"id\":\"m1\""),
        text("[]"),
        text("{}"),
        text("null"),
        text("{\"id\":\"m2\",\"account\":\"A\",\"time\":\"2026-01-01T00:00:00\",\"kind\":\"ping\"}"),
        text("{\"id\":\"m3\",\"account\":\"A\",\"time\":\"2026-13-01T00:00:00Z\",\"kind\":\"ping\"}"),
        text("{\"id\":\"m4\",\"account\":\"A\",\"time\":1772323200000,\"kind\":\"fax\"}"),
        text("{\"id\":\"m5\",\"account\":\"\",\"time\":1772323200000,\"kind\":\"ping\"}"),
        text(
            "{\"id\":\"m6\",\"account\":\"A\",\"time\":1772323200000,\"kind\":\"call\",\"minutes\":\"ten\",\"country\":\"DE\"}",
        ),
        text(
            "{\"id\":\"m7\",\"account\":\"A\",\"time\":1772323200000,\"kind\":\"call\",\"minutes\":-1,\"country\":\"DE\"}",
        ),
        text("{\"id\":\"m8\",\"account\":\"A\",\"time\":1772323200000,\"kind\":\"call\",\"country\":\"DE\"}"),
        text("{\"id\":\"m9\",\"id\":\"m9\",\"account\":\"A\",\"time\":1772323200000,\"kind\":\"ping\"}"),
        text("{\"id\":\"m10\",\"account\":\"A\",\"time\":1772323200000,\"kind\":\"item\",\"n\":1e400}"),
        text("{\"id\":\"m11\",\"account\":\"A\",\"time\":1772323200000,\"kind\":\"item\",\"n\":\"1,000\"} trailing"),
        text("   "),
        text(""),
        b"{\"id\":\"m12\xff\"}".to_vec(),
        b"{\"id\":\"m13\0\"}".to_vec(),
        text("{\"id\":\"m14\",\"account\":\"A\",\"time\":1772323200000,\"kind\":\"ping\",\"unheard\":1,\"colur\":2}"),
    ]
}

/// Good, odd and malformed lines, taken in turn.
fn mixed() -> Vec<u8> {
    let (good, odd, malformed) = (good(0) + &good(90), odd(), malformed());
    let mut bytes = Vec::new();
    let mut others = odd.lines().map(|line| line.as_bytes().to_vec()).zip(malformed.iter().cycle().cloned());
    for (at, line) in good.lines().enumerate() {
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
        if let Some((odd, malformed)) = others.next_if(at >= 30) {
            bytes.extend_from_slice(&[odd, b"\n".to_vec()].concat());
            if at.is_multiple_of(2) {
                bytes.extend_from_slice(&[malformed, b"\r\n".to_vec()].concat());
            }
        }
    }
    bytes
}

/// Asks for the next only under a condition.
trait NextIf: Iterator {
    fn next_if(&mut self, may: bool) -> Option<Self::Item> {
        if may { self.next() } else { None }
    }
}

impl<I: Iterator> NextIf for I {}

#[test]
fn every_sort_of_record_is_counted_and_said_the_same() {
    let book = book("mixed", "period month");
    let usage = file("mixed.ndjson", mixed());
    for command in [
        &["rate"][..],
        &["rate", "--format", "csv"],
        &["bill"],
        &["bill", "--format", "json"],
        &["bill", "--account", "A"],
        &["bill", "--period", "2026-02"],
        &["bill", "--allow-unpriced", "--format", "ndjson"],
    ] {
        let ran = same(&[&command[..1], &[book.as_str(), &usage], &command[1..]].concat());
        assert_eq!(ran.status, Some(1), "{}", ran.err);
        for (what, none) in [("rated", 0), ("free", 0), ("duplicate", 0), ("unpriced", 0), ("rejected", 0)] {
            assert!(!counts(&ran).contains(&format!("{what} {none}")), "{}", ran.err);
        }
    }
}

#[test]
fn what_was_rejected_is_kept_the_same() {
    let book = book("rejects", "period month");
    let usage = file("rejects.ndjson", mixed());
    let kept = |evaluator: &str, threads: &str| {
        let rejects = path(&format!("rejects.{evaluator}.{threads}"));
        let mut args = vec!["rate", &book, &usage, "--rejects", &rejects, "--evaluator", evaluator];
        args.extend(["--threads", threads]);
        assert_eq!(run(&args).status, Some(1));
        crate::harness::plain(
            &std::fs::read_to_string(&rejects).expect("the rejects").replace("\",\"record", "\n\",\"record"),
        )
    };
    let expected = kept("reference", "1");
    assert!(expected.lines().count() > 15, "{expected}");
    for threads in ["1", "3"] {
        assert_eq!(expected, kept("compiled", threads));
    }
}

#[test]
fn malformed_rows_of_a_table_are_said_the_same() {
    let book = book("rows", "period month");
    let lines = convert::lines(&(good(0) + &odd()));
    let mut text = String::from_utf8(convert::csv(&lines)).expect("text");
    text.push_str("too,few\n\n\"open,quote\nover lines\"\nr1,B,2026-01-01T00:00:00Z,ping,,,,,,,more\n");
    text.push_str("q1,A,yesterday,ping,,,,\n,A,2026-01-01T00:00:00Z,ping,,,,\n\"q2\"x,A,0,ping,,,,\n");
    let usage = file("rows.csv", text);
    for command in ["rate", "bill"] {
        assert_eq!(same(&[command, &book, &usage]).status, Some(1));
    }
}

#[test]
fn several_inputs_of_several_formats_are_one_run() {
    let book = book("several", "period month");
    let lines = |text: &str| convert::lines(text);
    let inputs = [
        file("several.1.ndjson", good(0)),
        file("several.2.csv", convert::csv(&lines(&good(60)))),
        file("several.3.parquet", convert::parquet(&lines(&(good(120) + &odd())))),
        file("several.4.arrow", convert::arrow(&lines(&good(180)))),
        file("several.5.ndjson", mixed()),
    ];
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    for command in ["rate", "bill"] {
        let ran = same(&[&[command, &book], inputs.as_slice()].concat());
        assert_eq!(ran.status, Some(1), "{}", ran.err);
    }
}

/// The periods that a book may have, with the one that is asked for where it is given.
const PERIODS: [(&str, &[&str]); 8] = [
    ("period month", &[]),
    ("period year", &[]),
    ("timezone \"America/New_York\"\nperiod day", &[]),
    ("timezone \"Asia/Kolkata\"\nperiod week starting mon 04:30", &[]),
    ("period month anchored account.start", &[]),
    ("period quarter anchored account.start", &[]),
    ("period given", &["--period", "2026-01-10..2026-02-09"]),
    ("timezone \"Europe/Berlin\"\nperiod given", &["--period", "2026-02"]),
];

#[test]
fn accounts_that_are_listed_come_to_the_same_in_periods_of_all_sorts() {
    let accounts = file("periods.accounts.json", ACCOUNTS);
    let usage = file("periods.ndjson", good(0));
    for (at, (period, asked)) in PERIODS.iter().enumerate() {
        let book = book(&format!("period{at}"), period);
        for command in [&["rate"][..], &["rate", "--format", "csv"], &["bill"], &["bill", "--account", "idle"]] {
            let args =
                [&command[..1], &[book.as_str(), &usage, "--accounts", &accounts], &command[1..], asked].concat();
            let ran = same(&args);
            assert!(ran.out.contains("idle"), "{args:?}: {} {}", ran.out, ran.err);
        }
    }
}

#[test]
fn accounts_that_are_not_listed_come_to_the_same_in_periods_of_all_sorts() {
    let usage = file("unlisted.ndjson", good(0) + &odd());
    for (at, (period, asked)) in PERIODS.iter().enumerate() {
        let book = book(&format!("unlisted{at}"), period);
        for command in [&["rate"][..], &["bill", "--format", "json"], &["bill", "--account", "Z"]] {
            same(&[&command[..1], &[book.as_str(), &usage], &command[1..], asked].concat());
        }
    }
}

#[test]
fn an_account_without_usage_is_billed_the_same() {
    let book = book("without", "period month");
    let (usage, accounts) = (file("without.ndjson", good(0)), file("without.accounts.json", ACCOUNTS));
    for more in [
        &["--account", "nobody"][..],
        &["--account", "nobody", "--period", "2025-07"],
        &["--account", "idle", "--accounts", &accounts],
        &["--account", "idle", "--accounts", &accounts, "--period", "2027-01"],
        &["--account", "nobody", "--accounts", &accounts],
        &["--account", "A", "--period", "2030-01"],
        &["--period", "2026-01..2026-02"],
        &["--period", "2026-01-03..2026-01-04"],
    ] {
        same(&[&["bill", &book, &usage], more].concat());
    }
}

#[test]
fn records_of_accounts_that_are_not_listed_are_refused_the_same() {
    let book = book("refused", "period month");
    let (usage, accounts) = (file("refused.ndjson", good(0)), file("refused.accounts.json", "{\"A\":{},\"C\":{}}"));
    for command in ["rate", "bill"] {
        let ran = same(&[command, &book, &usage, "--accounts", &accounts]);
        assert!(ran.err.contains("account \"B\" is not among the accounts"), "{}", ran.err);
    }
}

#[test]
fn a_share_that_is_verified_changes_nothing() {
    let book = book("verified", "period month");
    let usage = file("verified.ndjson", mixed());
    let plain = run(&["rate", &book, &usage]);
    let mut verified = run(&["rate", &book, &usage, "--verify", "100%", "--stats", "--threads", "3"]);
    let is_said = |start: &str, talk: &str| talk.lines().any(|line| line.starts_with(start));
    assert!(is_said("verified ", &verified.err) && is_said("state: ", &verified.err), "{}", verified.err);
    let usual = |line: &&str| !line.starts_with("verified ") && !line.starts_with("state: ");
    verified.err = verified.err.lines().filter(usual).map(|line| format!("{line}\n")).collect();
    alike(&plain, &verified, "--verify");
}
