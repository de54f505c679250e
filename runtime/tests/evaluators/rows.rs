//! Tables whose rows come with the usage: all of them count, whenever they arrive, and those that contradict each other
//! do not.

use crate::harness::{Ran, both_say, counts, ended, file, florin, run};
use std::io::Write;
use std::process::Stdio;

const BOOK: &str = "pricebook spot \"Spot\"\ncurrency USD \"$\"\nperiod month\nunit kWh\n\
    usage use { zone : text; used : kWh }\n\
    table spot from records spot_published {\n  key zone : text\n  from : time\n  price : USD per kWh from \"usd\"\n}\n\
    charge energy \"Energy\" by zone from use { quantity sum(used); price spot[zone] }\n";

/// Tests run side by side, so each has a book of its own.
fn book(name: &str) -> String {
    file(&format!("{name}.florin"), BOOK)
}

/// A day's record of 10 kWh.
fn used(id: &str, zone: &str, day: u8) -> String {
    format!(
        "{{\"id\":\"{id}\",\"account\":\"A1\",\"time\":\"2026-03-0{day}T10:00:00Z\",\"kind\":\"use\",\
         \"zone\":\"{zone}\",\"used\":10}}\n"
    )
}

/// A price that is published at the start of a day, by nobody's account.
fn published(id: &str, zone: &str, day: u8, usd: &str) -> String {
    format!(
        "{{\"id\":\"{id}\",\"time\":\"2026-03-0{day}T00:00:00Z\",\"kind\":\"spot_published\",\
         \"zone\":\"{zone}\",\"usd\":{usd}}}\n"
    )
}

/// Usage before the rows that price it, a price that is sent twice and one that is published twice.
fn records() -> Vec<String> {
    vec![
        used("u1", "no", 2),
        used("u2", "no", 3),
        used("u3", "dk", 2),
        published("p2", "no", 3, "0.123"),
        published("p1", "no", 2, "0.10"),
        published("p1", "no", 2, "0.10"),
        published("p3", "no", 2, "0.1"),
    ]
}

/// What becomes of these records by both evaluators.
fn both(command: &str, name: &str, lines: &[String], more: &[&str]) -> Ran {
    let (book, usage) = (book(name), file(name, lines.concat()));
    both_say(&[&[command, &book, &usage, "--allow-unpriced"], more].concat())
}

#[test]
fn rows_count_whenever_they_arrive() {
    let mut lines = records();
    let accounts = file("rows.accounts.json", "{\"A1\": {}}");
    let first = both("bill", "rows.listed.ndjson", &lines, &["--accounts", &accounts]);
    assert_eq!(first.status, Some(0), "{}", first.err);
    // 10 kWh at $0.10, and 10 at $0.123; nobody has published a price for dk.
    assert!(first.out.contains("Energy, no") && first.out.contains("$2.23"), "{}", first.out);
    assert!(first.err.contains("record \"u3\": `spot` has no row for zone \"dk\""), "{}", first.err);
    assert_eq!(counts(&first), "read 7 = rated 2 + free 3 + duplicate 1 + unpriced 1 + rejected 0");
    lines.reverse();
    let last = both("bill", "rows.reversed.ndjson", &lines, &["--accounts", &accounts]);
    assert_eq!((last.status, &last.out, counts(&last)), (first.status, &first.out, counts(&first)));
    let stream = both("rate", "rows.rated.ndjson", &records(), &[]);
    assert_eq!(stream.out.lines().count(), 2, "{}", stream.out);
    let (book, usage) = (book("rows.verified"), file("rows.verified.ndjson", records().concat()));
    let verified = run(&["rate", &book, &usage, "--allow-unpriced", "--verify", "100%"]);
    assert!(verified.err.contains("verified 3 records of 1 accounts: no difference"), "{}", verified.err);
}

#[test]
fn rows_that_contradict_each_other_are_all_refused() {
    let mut lines = records();
    lines.push(published("p4", "no", 2, "0.11"));
    let ran = both("bill", "rows.contradicted.ndjson", &lines, &[]);
    // u1 has no price now, and with it the line of its zone.
    assert!(!ran.out.contains("$1.23"), "{}{}", ran.out, ran.err);
    assert_eq!(counts(&ran), "read 8 = rated 0 + free 1 + duplicate 1 + unpriced 3 + rejected 3");
    assert_eq!(ran.status, Some(1));
    both("rate", "rows.contradicted.ndjson", &lines, &[]);
    let words = "row \"p4\" of `spot` says something else for zone no, from 2026-03-02 than row \"p1\"";
    assert!(
        ran.err.contains(words) && ran.err.contains("rows.contradicted.ndjson:5), so `spot` has neither"),
        "{}",
        ran.err
    );
}

#[test]
fn a_row_that_does_not_fit_is_refused_with_its_reason() {
    let mut lines = records();
    lines.push(published("p4", "dk", 2, "\"cheap\""));
    let ran = both("rate", "rows.wrong.ndjson", &lines, &[]);
    assert!(
        ran.err.contains("rows.wrong.ndjson:8: field \"price\" (on the wire \"usd\") should be a number"),
        "{}",
        ran.err
    );
    assert_eq!(counts(&ran), "read 8 = rated 2 + free 3 + duplicate 1 + unpriced 1 + rejected 1");
}

#[test]
fn what_can_be_read_only_once_is_kept_or_refused() {
    let book = book("rows.piped");
    let from_pipe = |evaluator: &str| {
        let args = ["bill", &book, "-", "--allow-unpriced", "--evaluator", evaluator];
        let mut child = florin(&args).stdin(Stdio::piped()).spawn().expect("florin runs");
        // One that refuses may end before it has read.
        let _ = child.stdin.take().expect("a pipe").write_all(records().concat().as_bytes());
        ended(child, &args.join(" "))
    };
    let kept = from_pipe("reference");
    assert!(kept.status == Some(0) && kept.out.contains("$2.23"), "{}{}", kept.out, kept.err);
    let refused = from_pipe("compiled");
    assert_eq!((refused.status, refused.out.as_str()), (Some(2), ""));
    assert!(refused.err.contains("so it is read twice, and standard input can be read only once"), "{}", refused.err);
}

#[test]
fn an_invoice_knows_the_rows_of_its_time() {
    let (book, usage) = (book("rows.invoiced"), file("rows.invoiced.ndjson", records().concat()));
    let folder = crate::harness::path("rows.invoices");
    let _ = std::fs::remove_dir_all(&folder);
    let issued =
        |as_of: &str| run(&["invoice", &book, &usage, "--as-of", as_of, "--into", &folder, "--allow-unpriced"]);
    let early = issued("2026-03-02");
    assert!(early.err.contains("note: 6 records are later, and were not looked at"), "{}", early.err);
    assert_eq!(counts(&early), "read 1 = rated 0 + free 0 + duplicate 1 + unpriced 0 + rejected 0");
    let late = issued("2026-04-01");
    assert!(late.out.contains("$2.23"), "{}{}", late.out, late.err);
}
