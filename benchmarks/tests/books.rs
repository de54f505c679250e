//! The price books say what the generator says: each total by the reference evaluator is the expected one.

#![allow(clippy::expect_used, clippy::indexing_slicing)] // A test may fail loudly.

use florin_benchmarks::expected::Expected;
use florin_benchmarks::florin::{self, books};
use florin_benchmarks::harness::Outcome;
use florin_benchmarks::workload::w2::Shape;
use florin_benchmarks::workload::{touched, w1, w2, w3};
use florin_compiler::columns::{Batch, Dictionary};
use florin_compiler::exact::Rational;
use florin_compiler::ir::Program;
use florin_compiler::model::{Accounts, Record};
use florin_compiler::reference::Reference;

const RECORDS: u64 = 2_000;
/// How many of them an account has where it does not matter which: the evaluator goes over a bill again for each.
const RECORDS_OF_ACCOUNT: usize = 4;

/// The records of batches, each with an id; the accounts are given where they matter.
fn records(program: &Program, dictionary: &Dictionary, batches: &[Batch], accounts: &[u32]) -> Vec<Record> {
    let rows = batches.iter().flat_map(|batch| (0..batch.len()).map(move |row| batch.record(program, dictionary, row)));
    let named = rows.enumerate().map(|(at, record)| {
        let account = accounts.get(at).map_or(at / RECORDS_OF_ACCOUNT, |account| *account as usize).to_string().into();
        Record { id: at.to_string().into(), account, ..record.expect("a row") }
    });
    named.collect()
}

#[track_caller]
fn check(program: &Program, records: &[Record], expected: &Expected) {
    let accounts = Accounts::default();
    let sum: Rational = Reference::new(program, &accounts, records).rate().map(|rated| rated.amount).sum();
    let amount = Rational::fraction_of(expected.amount, 10i128.pow(expected.amount_places)).expect("not zero");
    assert_eq!(sum, amount);
}

#[test]
fn both_forms_of_w1() {
    let (columns, expected) = w1::Columns::generate(RECORDS);
    for book in [books::W1, books::W1_RECORD] {
        let program = book.program().expect("the book is right");
        let dictionary = Dictionary::of(&program);
        let batches = florin::w1(&program, &dictionary, &columns);
        check(&program, &records(&program, &dictionary, &batches, &[]), &expected);
    }
}

#[test]
fn w2_crosses_its_tiers() {
    let (columns, expected) = w2::Columns::generate(Shape { accounts: 500, months: 2, ..Shape::measured(RECORDS) });
    let program = books::W2.program().expect("the book is right");
    let dictionary = Dictionary::of(&program);
    let batches = florin::w2(&program, &dictionary, &columns);
    check(&program, &records(&program, &dictionary, &batches, &columns.accounts), &expected);
}

#[test]
fn w4_w5_and_w6_within_a_month() {
    let shape = Shape { accounts: 200, months: 2, ..Shape::measured(RECORDS) };
    let (columns, _) = w2::Columns::generate(shape);
    for (book, expected) in [
        (books::W4, touched::within_bounds(&columns)),
        (books::W5, touched::beyond_quota(&columns)),
        (books::W6, touched::beyond_included(&columns)),
    ] {
        let program = book.program().expect("the book is right");
        let dictionary = Dictionary::of(&program);
        let blocks = florin::touched::blocks(&florin::w2(&program, &dictionary, &columns), &columns.accounts);
        let found = florin::touched::run(&program, &dictionary, &blocks);
        let Outcome::Total { integer, denominator } = found else { panic!("{}: {found:?}", book.name) };
        assert!(expected.is_amount(integer, denominator), "{}: {integer} of {}", book.name, expected.amount);
    }
}

#[test]
fn w3_applies_all_its_rules() {
    let (columns, expected) = w3::Columns::generate(RECORDS);
    let program = books::W3.program().expect("the book is right");
    let dictionary = Dictionary::of(&program);
    let batches = florin::w3(&program, &dictionary, &columns);
    check(&program, &records(&program, &dictionary, &batches, &[]), &expected);
}
