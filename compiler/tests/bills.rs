//! Bills of books that bring their usage along: every test of every price book whose records stand in the book.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test may fail loudly.

use florin_compiler::bill::{Bill, Standing};
use florin_compiler::exact::Rational;
use florin_compiler::ir::Program;
use florin_compiler::model::Record;
use florin_compiler::pipeline::compile;
use florin_compiler::reference::Reference;
use florin_compiler::source::{LoadError, Loader};
use florin_compiler::typed::{Expectation, Test, TestUsage};
use std::path::{Path, PathBuf};

struct Folder(PathBuf);

impl Loader for Folder {
    fn load(&self, path: &str) -> Result<String, LoadError> {
        std::fs::read_to_string(self.0.join(path)).map_err(|_| LoadError::Missing)
    }
}

fn books(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            books(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "florin") {
            found.push(path);
        }
    }
}

#[test]
fn price_books_bill_as_their_tests_say() {
    let mut paths = Vec::new();
    books(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../pricebooks"), &mut paths);
    let mut run = 0;
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a book");
        let loader = Folder(path.parent().expect("a folder").to_owned());
        let compiled = compile(&path.display().to_string(), &text, &loader);
        let program = compiled.program.unwrap_or_else(|| panic!("{}: {:#?}", path.display(), compiled.diagnostics));
        for test in &program.tests {
            run += usize::from(holds(&program, test, &path));
        }
    }
    assert!(run >= 15, "only {run} tests were run");
}

/// Whether it was run: its records must stand in the book.
fn holds(program: &Program, test: &Test, path: &Path) -> bool {
    let records: Option<Vec<Record>> = test.usage.iter().map(inline).collect();
    let (Some(records), Some(asked)) = (records, &test.bill) else { return false };
    let (program, contradictions) = program.filled(&records);
    assert!(contradictions.is_empty(), "{contradictions:?}");
    let (program, mut records) = (&program, records);
    records.retain(|record| !program.schema.fills_table(record.kind));
    let reference = Reference::new(program, &test.accounts, &records);
    let period = reference.period(&asked.account, &asked.period).expect("a period");
    let reference = reference.with_periods(std::slice::from_ref(&period));
    let bill = reference.bill(&asked.account, &period);
    let standings = reference.standings();
    for expectation in &test.expectations {
        let context = || format!("{} {:?}: {bill:#?} {standings:?}", path.display(), test.label);
        match expectation {
            Expectation::Line { line, amount, .. } => {
                let found =
                    bill.lines.iter().find(|one| one.id == **line).unwrap_or_else(|| panic!("{line} {}", context()));
                assert_eq!(found.amount, *amount, "{line} {}", context());
            }
            Expectation::Total { amount, .. } => assert_eq!(bill.total.as_ref(), Some(amount), "{}", context()),
            Expectation::Unpriced { record, .. } => {
                let at = records.iter().position(|one| one.id == *record).expect("a record");
                assert!(matches!(standings[at], Standing::Unpriced(_)), "{record} {}", context());
            }
            Expectation::Balance { grant, remaining, .. } => {
                let own = bill.balances.iter().filter(|balance| balance.grant == *grant);
                let sum = own.fold(Rational::zero(), |sum, balance| &sum + &balance.remaining);
                assert_eq!(sum, *remaining, "{grant} {}", context());
            }
            Expectation::Rule { .. } | Expectation::Error { .. } => {}
        }
    }
    adds_up(&reference, &bill);
    true
}

/// Law 1: what is rated adds up to the lines of all periods with usage. A bill may be asked for another period too, in
/// which there is nothing to rate and a fee may be due.
fn adds_up(reference: &Reference<'_>, asked: &Bill) {
    let of_usage = reference.periods(&asked.account);
    let bills: Vec<Bill> = of_usage.iter().map(|period| reference.bill(&asked.account, period)).collect();
    for line in bills.iter().flat_map(|bill| &bill.lines) {
        let same_line = bills.iter().flat_map(|bill| &bill.lines).filter(|other| other.id == line.id);
        let billed = same_line.fold(Rational::zero(), |sum, line| &sum + &line.exact);
        let rated = reference.rate().filter(|rated| rated.account == asked.account && rated.line == line.id);
        assert_eq!(rated.fold(Rational::zero(), |sum, rated| &sum + &rated.amount), billed, "{}", line.id);
    }
}

fn inline(usage: &TestUsage) -> Option<Record> {
    match usage {
        TestUsage::Record(record) => Some(record.clone()),
        TestUsage::File { .. } => None,
    }
}
