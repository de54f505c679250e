//! Fees, each on a book of a few lines; the expected amounts are worked out by hand.

use crate::bill::{Bill, Rated};
use crate::model::Symbol;
use crate::pipeline::compile;
use crate::reference::{Reference, render};
use crate::source::NoFiles;
use crate::typed::{BillPeriod, TestUsage};

const HEAD: &str = "pricebook b\ncurrency USD \"$\"\ntimezone \"UTC\"\nunit seat \"seats\"\n\
    account {\n start : date optional\n seats : seat = 10 seats\n}\nusage hit { n : number }\n\
    charge hits from hit {\n quantity sum(n)\n price $1 each\n}\n";

/// `id quantity exact` of each line of a bill, and what is rated of one record in March.
fn billed(period: &str, fees: &str, start: &str, asked: &BillPeriod) -> (Vec<String>, Vec<String>, Bill) {
    let text = format!(
        "{HEAD}period {period}\n{fees}\ntest \"t\" {{\n account \"A\" {{ {start} }}\n \
         usage hit {{ time: 2026-03-05T00:00:00Z, n: 1 }}\n bill for 2026-03\n expect total = $0\n}}\n"
    );
    let compiled = compile("book.florin", &text, &NoFiles);
    let program = compiled.program.unwrap_or_else(|| panic!("{text}\n{:#?}", compiled.diagnostics));
    let test = program.tests.first().expect("a test").clone();
    let usage = test.usage.into_iter().map(|usage| match usage {
        TestUsage::Record(record) => record,
        TestUsage::File { .. } => panic!("no files"),
    });
    let records: Vec<_> = usage.collect();
    let reference = Reference::new(&program, &test.accounts, &records);
    let account: Symbol = "A".into();
    let period = reference.period(&account, asked).expect("a period");
    let bill = reference.bill(&account, &period);
    let line = |line: &crate::bill::Line| match &line.quantity {
        Some(quantity) => format!("{} {quantity} {}", line.id, line.exact),
        None => format!("{} {}", line.id, line.exact),
    };
    let lines = bill.lines.iter().filter(|one| one.id != "hits").map(line).collect();
    let rated = |one: Rated| format!("{} {}", one.line, one.amount);
    (lines, reference.rate().map(rated).collect(), bill)
}

fn lines(fees: &str, start: &str, asked: BillPeriod) -> Vec<String> {
    billed("month", fees, start, &asked).0
}

const JANUARY: BillPeriod = BillPeriod::Month(2026, 1);

#[test]
fn a_fee_is_due_without_a_record() {
    let fee = "fee plan \"Plan\" { price $30 every month }";
    assert_eq!(lines(fee, "", JANUARY), ["plan 30"]);
    assert_eq!(billed("month", fee, "", &JANUARY).1, ["plan 30", "hits 1"]);
}

#[test]
fn a_quantity_is_priced() {
    let fee = "fee seats {\n quantity account.seats\n price $12 per seat\n}";
    assert_eq!(lines(fee, "", JANUARY), ["seats 10 120"]);
}

#[test]
fn the_first_day_counts_whole() {
    let fee = "fee plan { price $31 every month in advance; prorated by day }";
    assert_eq!(lines(fee, "start: 2026-01-11", JANUARY), ["plan 21"]);
    assert_eq!(lines(fee, "start: 2026-02-01", JANUARY), [""; 0]);
    let whole = "fee plan { price $31 every month }";
    assert_eq!(lines(whole, "start: 2026-01-11", JANUARY), ["plan 31"]);
}

#[test]
fn a_new_price_holds_for_its_share() {
    let fee = "fee seats {\n quantity account.seats\n price $12 per seat every month\n \
               price $24 per seat every month from 2026-01-21\n prorated by day\n}";
    // Ten days at $12 and eleven at $24.
    assert_eq!(lines(fee, "start: 2026-01-11", JANUARY), ["seats 210/31 3840/31"]);
}

#[test]
fn a_long_window_is_billed_where_it_ends_or_in_advance_where_it_begins() {
    let after = "fee yearly { price $365 every year; prorated by second }";
    let december = BillPeriod::Month(2026, 12);
    assert_eq!(lines(after, "start: 2026-01-11", JANUARY), [""; 0]);
    assert_eq!(lines(after, "start: 2026-01-11", december), ["yearly 355"]);
    let before = "fee yearly { price $365 every year in advance }";
    assert_eq!(lines(before, "start: 2026-01-11", JANUARY), ["yearly 365"]);
    assert_eq!(lines(before, "start: 2026-01-11", december), [""; 0]);
}

#[test]
fn short_windows_add_up_and_a_floor_is_of_the_line() {
    // Weeks that end in January: on the 12th (the account starts in it), the 19th and the 26th.
    let fee = "fee weekly { price $7 every week; at least $30 as minimum }";
    assert_eq!(lines(fee, "start: 2026-01-11", JANUARY), ["weekly 21", "minimum 9"]);
    let quarter = BillPeriod::Days(jiff::civil::date(2026, 1, 1), jiff::civil::date(2026, 3, 31));
    let fee = "fee monthly { price $5 every month; price $7 every month from 2026-02-01 }";
    let (found, _, bill) = billed("quarter", fee, "", &quarter);
    assert_eq!(found, ["monthly 19"]);
    let parts: Vec<String> =
        bill.lines.iter().flat_map(|line| &line.parts).map(|part| format!("{} {}", part.label, part.exact)).collect();
    assert_eq!(parts, ["from 2026-01-01 5", "from 2026-02-01 14"]);
}

#[test]
fn it_is_explained() {
    let text = format!(
        "{HEAD}period month\nfee plan \"Plan\" {{ price $31 every month; prorated by day }}\ntest \"t\" {{\n \
         account \"A\" {{ start: 2026-01-11 }}\n bill for 2026-01\n expect total = $0\n}}\n"
    );
    let compiled = compile("book.florin", &text, &NoFiles);
    let program = compiled.program.expect("a program");
    let accounts = program.tests.first().expect("a test").accounts.clone();
    let reference = Reference::new(&program, &accounts, &[]);
    let period = reference.period(&"A".into(), &JANUARY).expect("a period");
    let explained = reference.explain_line(&"A".into(), &period, "plan").expect("a line");
    let text = render(&explained, &compiled.sources);
    assert!(text.contains("for 2026-01: $21.00"), "{text}");
    assert!(text.contains("prorated: 21 days of 31 days"), "{text}");
}
