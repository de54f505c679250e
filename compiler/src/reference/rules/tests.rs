//! Each rule on a book of a few lines: at which record it fires, and what an invoice takes.

use super::Watched;
use crate::model::Record;
use crate::pipeline::compile;
use crate::reference::Reference;
use crate::source::NoFiles;
use crate::typed::TestUsage;

const HEAD: &str = "pricebook b\ncurrency USD \"$\"\ntimezone \"UTC\"\nperiod month\n\
    unit call \"calls\"\naccount { quota : call optional }\nusage hit {\n calls : call\n tag : text = \"t\"\n}\n\
    charge calls from hit { quantity sum(calls); price $1 per call }\n";

/// What the rules of a book do, as `rule@record key $invoice`.
fn fired(rules: &str, account: &str, usage: &[(&str, &str, &str)]) -> (Vec<String>, Vec<String>) {
    let record =
        |(id, time, rest): &(&str, &str, &str)| format!("  usage hit {{ id: \"{id}\", time: {time}, {rest} }}\n");
    let usage: String = usage.iter().map(record).collect();
    let text = format!(
        "{HEAD}{rules}\ntest \"t\" {{\n  account \"A\" {{ {account} }}\n{usage}  bill for 2026-03\n  expect total = $0\n}}\n"
    );
    let compiled = compile("book.florin", &text, &NoFiles);
    let program = compiled.program.unwrap_or_else(|| panic!("{text}\n{:#?}", compiled.diagnostics));
    let test = program.tests.first().expect("a test").clone();
    let record = |usage: TestUsage| match usage {
        TestUsage::Record(record) => record,
        TestUsage::File { .. } => panic!("no files"),
    };
    let records: Vec<Record> = test.usage.into_iter().map(record).collect();
    let reference = Reference::new(&program, &test.accounts, &records);
    let Watched { firings, held } = reference.watch(&"A".into(), &[]);
    let name = |rule: usize| program.rules.get(rule).map_or("?", |rule| &rule.name).to_owned();
    let id = |record: usize| records.get(record).map_or("?", |record| &record.id).to_owned();
    let shown = firings.iter().map(|firing| {
        let keys: String = firing.keys.iter().map(|key| format!(" {}", key.text)).collect();
        let invoice = firing.invoice.as_ref().map(|invoice| format!(" ${}", invoice.total)).unwrap_or_default();
        format!("{}@{}{keys}{invoice}", name(firing.rule), id(firing.record))
    });
    (shown.collect(), held.iter().map(|(record, rule)| format!("{} by {}", id(*record), name(*rule))).collect())
}

#[test]
fn what_is_unbilled_is_invoiced_at_the_record_that_makes_it_enough() {
    let rule = "rule progressive { when unbilled >= $20 then invoice }";
    let usage = [
        ("u1", "2026-03-01", "calls: 15 calls"),
        ("u2", "2026-03-02", "calls: 7 calls"),
        ("u3", "2026-03-03", "calls: 19 calls"),
        ("u4", "2026-03-04", "calls: 1 call"),
        ("u5", "2026-04-01", "calls: 19 calls"),
        ("u6", "2026-04-02", "calls: 40 calls"),
    ];
    let expected = ["progressive@u2 $22", "progressive@u4 $20", "progressive@u6 $59"];
    assert_eq!(fired(rule, "", &usage).0, expected);
    let mut shuffled = usage;
    shuffled.reverse();
    assert_eq!(fired(rule, "", &shuffled).0, expected, "by the order of events, never of arrival");
}

#[test]
fn exactly_so_much_is_invoiced_as_often_as_there_is_as_much() {
    let rule = "rule progressive { when unbilled >= $20 then invoice $20 }";
    let usage = [("u1", "2026-03-01", "calls: 15 calls"), ("u2", "2026-03-02", "calls: 50 calls")];
    assert_eq!(fired(rule, "", &usage).0, ["progressive@u2 $20", "progressive@u2 $20", "progressive@u2 $20"]);
}

#[test]
fn exactly_so_much_is_invoiced_once_at_a_record_and_once_for_a_level() {
    let usage = [("u1", "2026-03-01", "calls: 15 calls"), ("u2", "2026-03-02", "calls: 50 calls")];
    let each = "rule each { when hit then invoice $10 }";
    assert_eq!(fired(each, "", &usage).0, ["each@u1 $10", "each@u2 $10"]);
    let levels = "rule levels { when total(calls) reaches $20, $40 then invoice $10 }";
    assert_eq!(fired(levels, "", &usage).0, ["levels@u2 $10", "levels@u2 $10"]);
}

#[test]
fn levels_are_reached_once_each() {
    let rule = "meter used by tag = sum(calls) from hit\n\
        rule high { when used reaches 50%, 100% of account.quota then notify \"high\" }\n\
        rule all { when total(calls) >= $10 then notify \"all\" }";
    let usage = [
        ("u1", "2026-03-01", "calls: 4 calls"),
        ("u2", "2026-03-02", "calls: 1 call"),
        ("u3", "2026-03-03", "calls: 4 calls, tag: \"x\""),
        ("u4", "2026-03-04", "calls: 20 calls"),
        ("u5", "2026-03-05", "calls: 20 calls"),
    ];
    let expected = ["high@u2 t", "high@u4 t", "all@u4"];
    assert_eq!(fired(rule, "quota: 10 calls", &usage).0, expected);
    assert_eq!(fired(rule, "", &usage).0, ["all@u4"], "without a quota there is no level");
}

#[test]
fn records_are_held_while_it_is_so() {
    let rule = "meter burst by tag per 5 minutes = sum(calls) from hit\n\
        rule burst { when burst > 10 calls then hold }";
    let usage = [
        ("u1", "2026-03-01T10:00:00Z", "calls: 10 calls"),
        ("u2", "2026-03-01T10:01:00Z", "calls: 1 call"),
        ("u3", "2026-03-01T10:02:00Z", "calls: 1 call"),
        ("u4", "2026-03-01T10:02:00Z", "calls: 9 calls, tag: \"x\""),
        ("u5", "2026-03-01T10:06:00Z", "calls: 1 call"),
    ];
    let (firings, held) = fired(rule, "", &usage);
    assert_eq!(firings, ["burst@u2 t 2026-03-01T10:00:00Z"]);
    assert_eq!(held, ["u2 by burst", "u3 by burst"]);
}

#[test]
fn a_block_holds_everything_from_its_record_on() {
    let rule = "rule fraud { when hit where tag == \"stolen\" then block }";
    let usage = [
        ("u1", "2026-03-01", "calls: 1 call"),
        ("u2", "2026-03-02", "calls: 1 call, tag: \"stolen\""),
        ("u3", "2026-03-03", "calls: 1 call"),
        ("u4", "2026-03-04", "calls: 1 call, tag: \"stolen\""),
    ];
    let (firings, held) = fired(rule, "", &usage);
    assert_eq!(firings, ["fraud@u2", "fraud@u4"]);
    assert_eq!(held, ["u2 by fraud", "u3 by fraud", "u4 by fraud"]);
}

#[test]
fn what_is_due_when_a_window_ends_is_on_no_invoice_before() {
    let book = "charge month from hit { quantity sum(calls); price $0 per call; at least $500 }\n\
        charge daily per day from hit { quantity sum(calls); price $0 per call; at least $10 }\n\
        fee support { price $300 every month }\n\
        fee seat { price $7 every month in advance }\n\
        rule progressive { when unbilled >= $20 then invoice }\n\
        rule spent { when total(month) reaches $1, $500 then notify \"x\" }\n";
    let usage = [
        ("u1", "2026-03-03", "calls: 15 calls"), // The fee in advance is on an invoice of its own.
        ("u2", "2026-03-04", "calls: 7 calls"),  // The calls, and the floor of the third.
        ("u3", "2026-03-10", "calls: 12 calls"), // The calls, and the floor of the fourth.
    ];
    let expected = ["progressive@u2 $32", "progressive@u3 $22"];
    assert_eq!(fired(book, "", &usage).0, expected);
}
