//! The tests in price books: run them, and say readably how a bill differs from what was expected.

mod compare;
mod compiled;
mod run;
mod snapshot;
mod untested;

use crate::book::{self, OpenBook};
use crate::engine::{self, WrittenTest};
use crate::source::OpenError;
use florin_compiler::model::Symbol;
use florin_compiler::reference::Coverage;
use std::collections::BTreeSet;
use std::path::Path;

/// Whether snapshots are compared or written anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snapshots {
    /// A bill that differs from its snapshot fails the test.
    Compare,
    /// The snapshot becomes what the bill is.
    Update,
}

/// What rates the records of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evaluator {
    /// The definitions, which also tell what no test has priced.
    Reference,
    /// Native kernels over columns, which do not tell.
    Compiled,
}

/// How the tests of one book went.
pub struct BookResult {
    /// The book.
    pub book: OpenBook,
    /// Its tests, in their order.
    pub tests: Vec<TestResult>,
    /// Whether its errors are not what its tests expect, so that they should be shown.
    pub is_broken: bool,
    /// What no test of the book has priced, a phrase each; nothing where the evaluator does not tell.
    pub untested: Vec<String>,
}

/// How one test went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestResult {
    /// What it shows.
    pub label: Symbol,
    /// What is not as expected, a sentence each. A test without is passed.
    pub failures: Vec<String>,
    /// What a reader should know of it, passed or not.
    pub notes: Vec<String>,
    /// The bill as a table, where a failure is about what else stands on it.
    pub bill: Option<String>,
}

impl TestResult {
    /// Whether all was as expected.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        self.failures.is_empty()
    }

    fn failed(label: &Symbol, failure: impl Into<String>) -> TestResult {
        TestResult { label: label.clone(), failures: vec![failure.into()], notes: Vec::new(), bill: None }
    }
}

/// Runs the tests of a book.
///
/// # Errors
/// [`OpenError`] where the book can not be read.
pub fn run_book(path: &Path, snapshots: Snapshots, evaluator: Evaluator) -> Result<BookResult, OpenError> {
    let book = book::open(path)?;
    let written = engine::written_tests(&book.text);
    let codes: BTreeSet<&str> =
        book.compiled.diagnostics.iter().filter(|finding| finding.is_error()).map(|finding| finding.code).collect();
    let expected: BTreeSet<&str> = written.iter().flat_map(|test| &test.expected_errors).map(|code| &**code).collect();
    if let Some(program) = &book.compiled.program {
        let coverage = Coverage::default();
        let run = |test| run::run(&book, program, test, snapshots, (evaluator, &coverage));
        let tests: Vec<TestResult> = program.tests.iter().map(run).collect();
        let untested = match evaluator {
            Evaluator::Reference => untested::untested(&coverage, program, &book.compiled.sources),
            Evaluator::Compiled => Vec::new(),
        };
        return Ok(BookResult { tests, is_broken: false, untested, book });
    }
    let (expecting, others): (Vec<_>, Vec<_>) = written.iter().partition(|test| !test.expected_errors.is_empty());
    let errors = book.compiled.diagnostics.iter().filter(|finding| finding.is_error()).count();
    let tests = not_run(errors, others.len()).into_iter();
    let tests = tests.chain(expecting.into_iter().map(|test| of_broken(test, &codes, &expected))).collect();
    Ok(BookResult { tests, is_broken: codes != expected || !others.is_empty(), untested: Vec::new(), book })
}

/// One failure for all tests that need the book to be right.
fn not_run(errors: usize, tests: usize) -> Option<TestResult> {
    let errors = if errors == 1 { "an error".to_owned() } else { format!("{errors} errors") };
    let tests = match tests {
        0 => return None,
        1 => "its test was not run".to_owned(),
        _ => format!("none of its {tests} tests was run"),
    };
    Some(TestResult::failed(&"the book".into(), format!("it has {errors}, so {tests}")))
}

/// A test that expects errors, of a book that has some: passed if it expects some of them and none is left that no test expects.
fn of_broken(test: &WrittenTest, codes: &BTreeSet<&str>, expected: &BTreeSet<&str>) -> TestResult {
    let mut failures = Vec::new();
    for code in &test.expected_errors {
        if !codes.contains(&**code) {
            let got = if codes.is_empty() {
                "none".to_owned()
            } else {
                codes.iter().copied().collect::<Vec<&str>>().join(", ")
            };
            failures.push(format!("expected error {code}, got {got}"));
        }
    }
    for code in codes.difference(expected) {
        failures.push(format!("the book also has error {code}, which no test expects"));
    }
    TestResult { label: test.label.clone(), failures, notes: Vec::new(), bill: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(expects: &[&str], codes: &[&str]) -> Vec<String> {
        let expected_errors: Vec<Symbol> = expects.iter().map(|code| (*code).into()).collect();
        let test = WrittenTest { label: "t".into(), expected_errors };
        of_broken(&test, &codes.iter().copied().collect(), &expects.iter().copied().collect()).failures
    }

    #[test]
    fn errors_are_as_expected_or_said() {
        assert_eq!(result(&["a"], &["a"]), [""; 0]);
        assert_eq!(
            result(&["a"], &["b"]),
            ["expected error a, got b", "the book also has error b, which no test expects"]
        );
        assert_eq!(not_run(2, 0), None);
        let one = not_run(1, 3).map(|result| result.failures);
        assert_eq!(one, Some(vec!["it has an error, so none of its 3 tests was run".to_owned()]));
    }
}
