//! `florin test`

use super::args::{Evaluator, ReportFormat, TestArgs};
use super::input::CODE_PAGES;
use super::output::{WIDTH, say, standard, style};
use super::{Outcome, Stop, walk};
use crate::render::diagnostic::diagnostics_text;
use crate::source::OpenError;
use crate::suite::{self, BookResult, Snapshots, TestResult, run_book};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;

pub fn run(args: &TestArgs) -> Result<Outcome, Stop> {
    let snapshots = if args.update { Snapshots::Update } else { Snapshots::Compare };
    let evaluator = match args.evaluator {
        Evaluator::Reference => suite::Evaluator::Reference,
        Evaluator::Compiled => suite::Evaluator::Compiled,
    };
    let mut out = standard();
    let (mut passed, mut failed) = (0u64, 0u64);
    let mut results: Vec<Value> = Vec::new();
    let mut untested: Vec<Value> = Vec::new();
    for path in walk::books(&args.paths)? {
        let result = match run_book(&path, snapshots, evaluator) {
            Ok(result) => result,
            Err(error) => {
                failed += 1;
                results.push(unread_json(&path, &error));
                say(format_args!("error: {error}"));
                continue;
            }
        };
        passed += result.tests.iter().filter(|test| test.is_passed()).count() as u64;
        failed += result.tests.iter().filter(|test| !test.is_passed()).count() as u64;
        match args.format {
            ReportFormat::Text => write_text(&mut out, &result)?,
            ReportFormat::Json => {
                results.extend(result.tests.iter().map(|test| test_json(&result, test)));
                untested.extend(result.untested.iter().map(|what| untested_json(&result, what)));
            }
        }
    }
    if args.format == ReportFormat::Json {
        writeln!(out, "{:#}", json!({ "tests": results, "untested": untested }))?;
    }
    out.flush()?;
    say(format_args!("{passed} passed, {failed} failed"));
    Ok(Outcome::fine_if(failed == 0))
}

fn write_text(out: &mut impl Write, result: &BookResult) -> Result<(), Stop> {
    if result.tests.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", result.book.path.display())?;
    for test in &result.tests {
        write_test(out, test)?;
    }
    for phrase in &result.untested {
        writeln!(out, "  untested  {phrase}")?;
    }
    out.flush()?;
    if result.is_broken {
        let compiled = &result.book.compiled;
        say(diagnostics_text(&compiled.sources, &compiled.diagnostics, style(), WIDTH).trim_end());
        say(format_args!("\n{CODE_PAGES}"));
    }
    Ok(())
}

fn write_test(out: &mut impl Write, test: &TestResult) -> Result<(), Stop> {
    let mark = if test.is_passed() { "ok" } else { "FAILED" };
    writeln!(out, "  {mark:<6}  {}", test.label)?;
    for failure in &test.failures {
        write_indented(out, failure)?;
    }
    for note in &test.notes {
        write_indented(out, &format!("note: {note}"))?;
    }
    match &test.bill {
        Some(bill) if !test.is_passed() => write_indented(out, &format!("\n{bill}\n")),
        _ => Ok(()),
    }
}

fn write_indented(out: &mut impl Write, block: &str) -> Result<(), Stop> {
    for line in block.trim_end_matches('\n').split('\n') {
        writeln!(out, "{}", format!("          {line}").trim_end())?;
    }
    Ok(())
}

fn untested_json(result: &BookResult, what: &str) -> Value {
    json!({ "book": result.book.path.display().to_string(), "what": what })
}

/// A book that could not be read is a test that failed.
fn unread_json(path: &Path, error: &OpenError) -> Value {
    json!({ "book": path.display().to_string(), "test": null, "passed": false, "failures": [error.words] })
}

fn test_json(result: &BookResult, test: &TestResult) -> Value {
    json!({
        "book": result.book.path.display().to_string(),
        "test": &*test.label,
        "passed": test.is_passed(),
        "failures": test.failures,
        "notes": test.notes,
    })
}
