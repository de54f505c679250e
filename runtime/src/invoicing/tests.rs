//! Invoices of any sequence of moments add up to the bills; nothing is issued twice; numbers have no gap.

use super::{Document, Folder, Issued, Order, Reason, Sort, issue};
use crate::accounts::add_unlisted;
use crate::engine::{Engine, compile};
use florin_compiler::exact::Rational;
use florin_compiler::ir::Program;
use florin_compiler::model::{Accounts, Record, Symbol, Value};
use florin_compiler::source::NoFiles;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

const BOOK: &str = "pricebook calls \"Calls\"\ncurrency USD \"$\"\nperiod month\nunit call \"calls\"\n\
    usage hit { calls : call; tag : text }\n\
    charge calls \"Calls\" by tag from hit { quantity sum(calls); price $0.005 per call }\n\
    charge base \"Base\" { quantity $3; unless zero }\n\
    charge tax \"Tax\" { quantity 20% * total(calls, base) }\n";

/// A folder that goes away with the test.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Temporary {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Temporary(std::env::temp_dir().join(format!("florin-invoices-{}-{number}", std::process::id())))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn program(rules: &str) -> Program {
    compile("book.florin", &format!("{BOOK}{rules}"), &NoFiles).program.expect("a good book")
}

/// A record of an hour of March or April.
fn hit(id: usize, hour: u32, calls: i64, tag: &str) -> Record {
    let start: jiff::Timestamp = "2026-03-01T00:00:00Z".parse().expect("a time");
    Record {
        kind: 0,
        id: format!("u{id:03}").into(),
        account: "A".into(),
        time: start + jiff::SignedDuration::from_hours(i64::from(hour)),
        values: vec![Value::Number(Rational::from(i128::from(calls))), Value::Text(tag.into())],
    }
}

fn run(program: &Program, records: &[Record], as_of: &str, folder: &Temporary) -> Issued {
    let as_of: jiff::Timestamp = as_of.parse().expect("a time");
    let records: Vec<Record> = records.iter().filter(|record| record.time < as_of).cloned().collect();
    let mut accounts = Accounts::new();
    let account: Symbol = "A".into();
    add_unlisted(&mut accounts, [&account]);
    let engine = Engine::new(program, &accounts, &records, None);
    let order = Order { program, records: &records, as_of, allow_unpriced: false };
    let mut folder = Folder::open(&folder.0).expect("a folder");
    issue(&engine, &order, &[account], &mut folder).expect("issued")
}

fn shown(documents: &[Document]) -> Vec<String> {
    let show = |one: &Document| {
        let why = match &one.reason {
            Reason::Rule { record, .. } => format!("rule at {record}"),
            other => other.word().to_owned(),
        };
        format!("{} {} {why} {}", one.name(), one.invoice.period.name, one.invoice.total)
    };
    documents.iter().map(show).collect()
}

/// What all documents of a folder come to, by period and line.
fn invoiced(folder: &Temporary) -> BTreeMap<(String, String), Rational> {
    let folder = Folder::open(&folder.0).expect("a folder");
    let mut sums = BTreeMap::new();
    for document in folder.documents() {
        for line in &document.invoice.lines {
            let sum =
                sums.entry((document.invoice.period.name.clone(), line.id.clone())).or_insert_with(Rational::zero);
            *sum = &*sum + &line.amount;
        }
    }
    sums.retain(|_, sum| !sum.is_zero());
    sums
}

#[test]
fn its_days_are_those_of_the_book() {
    let text = BOOK.replace("period month", "timezone \"Asia/Tokyo\"\nperiod month");
    let program = compile("book.florin", &text, &NoFiles).program.expect("a good book");
    let folder = Temporary::new();
    let issued = run(&program, &[hit(1, 1, 1_000, "a")], "2026-03-31T15:00:00Z", &folder);
    let document = issued.documents.first().expect("an invoice");
    let day = |text: &str| text.parse::<jiff::civil::Date>().expect("a day");
    assert_eq!(document.day(), day("2026-04-01"));
    assert_eq!(document.days(), Some((day("2026-03-01"), day("2026-03-31"))));
    assert_eq!(Document::parse(&document.json().to_string()).as_ref(), Ok(document));
}

#[test]
fn a_rule_the_end_and_a_late_record_each_make_an_invoice() {
    let program = program("rule progressive { when unbilled >= $10 then invoice }");
    let folder = Temporary::new();
    let mut records = vec![hit(1, 1, 1_000, "a"), hit(2, 30, 1_000, "b"), hit(3, 60, 100, "a")];
    let first = run(&program, &records, "2026-03-20T00:00:00Z", &folder);
    assert_eq!(shown(&first.documents), ["INV-000001 2026-03 rule at u002 15.6"]);
    let second = run(&program, &records, "2026-04-01T00:00:00Z", &folder);
    assert_eq!(shown(&second.documents), ["INV-000002 2026-03 final 0.6"]);
    let again = run(&program, &records, "2026-04-01T00:00:00Z", &folder);
    assert_eq!(shown(&again.documents), [""; 0]);
    records.push(hit(4, 90, 200, "a"));
    let late = run(&program, &records, "2026-04-10T00:00:00Z", &folder);
    assert_eq!(shown(&late.documents), ["INV-000003 2026-03 correction 1.2"]);
    records.remove(0);
    let taken_back = run(&program, &records, "2026-04-11T00:00:00Z", &folder);
    assert_eq!(shown(&taken_back.documents), ["INV-000004 2026-03 correction -6"]);
    assert_eq!(taken_back.documents.first().map(|one| one.sort), Some(Sort::CreditNote));
}

#[test]
fn what_is_due_in_advance_is_invoiced_at_the_start_of_its_period() {
    let program = program("fee plan \"Plan\" { price $20 every month in advance }");
    let folder = Temporary::new();
    let records = [hit(1, 1, 1_000, "a"), hit(2, 800, 1_000, "b")];
    let first = run(&program, &records, "2026-03-20T00:00:00Z", &folder);
    assert_eq!(shown(&first.documents), ["INV-000001 2026-03 advance 20"]);
    let second = run(&program, &records, "2026-04-20T00:00:00Z", &folder);
    assert_eq!(shown(&second.documents), ["INV-000002 2026-03 final 9.6", "INV-000003 2026-04 advance 20"]);
}

#[test]
fn a_folder_with_a_gap_or_a_changed_invoice_is_refused() {
    let program = program("");
    let folder = Temporary::new();
    let records = [hit(1, 1, 1_000, "a"), hit(2, 800, 1_000, "b")];
    run(&program, &records, "2026-05-01T00:00:00Z", &folder);
    let first = folder.0.join("INV-000001.json");
    let text = std::fs::read_to_string(&first).expect("the first invoice");
    std::fs::write(&first, text.replace("\"total\": \"9.60\"", "\"total\": \"9.61\"")).expect("written");
    let refused = Folder::open(&folder.0).map(|_| ()).expect_err("refused");
    assert!(refused.ends_with("INV-000001.json: its lines come to 9.6, and its total is 9.61"), "{refused}");
    std::fs::remove_file(&first).expect("removed");
    let refused = Folder::open(&folder.0).map(|_| ()).expect_err("refused");
    assert!(refused.contains("INV-000001.json is missing, though INV-000002.json is there"), "{refused}");
}

#[test]
fn two_runs_do_not_issue_into_one_folder_at_once() {
    let folder = Temporary::new();
    let open = Folder::open(&folder.0).expect("a folder");
    let refused = Folder::open(&folder.0).map(|_| ()).expect_err("refused");
    assert!(refused.ends_with("another run is issuing invoices into it"), "{refused}");
    drop(open);
    assert!(Folder::open(&folder.0).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn invoices_of_any_moments_add_up_to_the_bills(
        hits in prop::collection::vec((0u32..1_400, 1i64..4_000, 0usize..2, 0u32..5), 1..24),
        moments in prop::collection::btree_set(0u32..1_500, 1..5),
        rule in 0usize..3,
    ) {
        let rule = ["", "rule p { when unbilled >= $7 then invoice }", "rule p { when unbilled >= $7 then invoice $5 }"][rule];
        let program = program(rule);
        let folder = Temporary::new();
        let start: jiff::Timestamp = "2026-03-01T00:00:00Z".parse().expect("a time");
        let all: Vec<(usize, Record)> = hits.iter().enumerate().map(|(id, (hour, calls, tag, late))| {
            (*late as usize, hit(id, *hour, *calls, ["a", "b"][*tag]))
        }).collect();
        for (run_number, hour) in moments.iter().enumerate() {
            // Some records arrive only in a later run than that in whose time they happened.
            let known: Vec<Record> =
                all.iter().filter(|(late, _)| *late <= run_number).map(|(_, record)| record.clone()).collect();
            let moment = start + jiff::SignedDuration::from_hours(i64::from(*hour));
            run(&program, &known, &moment.to_string(), &folder);
        }
        let records: Vec<Record> = all.into_iter().map(|(_, record)| record).collect();
        run(&program, &records, "2026-05-01T00:00:00Z", &folder);
        let mut accounts = Accounts::new();
        let account: Symbol = "A".into();
        add_unlisted(&mut accounts, [&account]);
        let engine = Engine::new(&program, &accounts, &records, None);
        let mut billed = BTreeMap::new();
        for period in engine.periods_until(&account, "2026-05-01T00:00:00Z".parse().expect("a time")) {
            for line in engine.bill(&account, &period).lines {
                billed.insert((period.name.clone(), line.id), line.amount);
            }
        }
        billed.retain(|_, amount| !amount.is_zero());
        prop_assert_eq!(invoiced(&folder), billed);
        let again = run(&program, &records, "2026-05-01T00:00:00Z", &folder);
        prop_assert!(again.documents.is_empty());
    }
}
