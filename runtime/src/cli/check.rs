//! `florin check`

use super::args::{CheckArgs, Emit, ReportFormat};
use super::output::{say, standard};
use super::{Outcome, Stop, input};
use crate::book::{self, OpenBook};
use crate::engine::{self, Program};
use crate::json::diagnostics_json;
use florin_compiler::check::{ChargeReport, Order};
use florin_compiler::compiled::ChargeReport as ChargeClass;
use serde_json::json;
use std::io::Write;

pub fn run(args: &CheckArgs) -> Result<Outcome, Stop> {
    let book = book::open(&args.book).map_err(Stop::new)?;
    let mut out = standard();
    match args.format {
        ReportFormat::Text => input::say_findings(&book),
        ReportFormat::Json => {
            let findings = diagnostics_json(&book.compiled.sources, &book.compiled.diagnostics);
            let document = match args.emit {
                Some(emit) => json!({ "findings": findings, name_of(emit): emitted_json(&book, emit) }),
                None => findings,
            };
            writeln!(out, "{document:#}")?;
        }
    }
    if args.format == ReportFormat::Text {
        match args.emit {
            None => write_reports(&mut out, &book)?,
            Some(emit) => {
                if let Some(text) = emitted_text(&book, emit) {
                    writeln!(out, "{text}")?;
                }
            }
        }
    }
    out.flush()?;
    summarize(&book);
    Ok(Outcome::fine_if(!book.compiled.diagnostics.iter().any(|finding| finding.is_error())))
}

fn name_of(emit: Emit) -> &'static str {
    match emit {
        Emit::Ir => "ir",
        Emit::Clif => "clif",
        Emit::Charges => "charges",
    }
}

/// What is asked for as text, if the book has become a program.
fn emitted_text(book: &OpenBook, emit: Emit) -> Option<String> {
    let program = book.compiled.program.as_ref()?;
    Some(match emit {
        Emit::Ir => engine::printed(program).trim_end().to_owned(),
        Emit::Clif => engine::clif(program).trim_end().to_owned(),
        Emit::Charges => charge_lines(program).join("\n"),
    })
}

fn emitted_json(book: &OpenBook, emit: Emit) -> Option<serde_json::Value> {
    if emit != Emit::Charges {
        return emitted_text(book, emit).map(Into::into);
    }
    let charge = |one: ChargeClass| json!({ "charge": &*one.charge, "class": one.class.to_string(), "numbers": one.rung.to_string() });
    Some(engine::charges(book.compiled.program.as_ref()?).into_iter().map(charge).collect())
}

/// `inference  stateless, 64-bit integers`
fn charge_lines(program: &Program) -> Vec<String> {
    let charges = engine::charges(program);
    let width = charges.iter().map(|one| one.charge.chars().count()).max().unwrap_or(0);
    charges.iter().map(|one| format!("{:<width$}  {}, {}", one.charge, one.class, one.rung)).collect()
}

/// Whether the order of records can change a bill, and what may leave records without a price: once for all charges
/// of which the same is to be said.
fn write_reports(out: &mut impl Write, book: &OpenBook) -> Result<(), Stop> {
    let reports = &book.compiled.reports;
    let ordered: Vec<&ChargeReport> = reports.iter().filter(|report| report.order == Order::Ordered).collect();
    if !reports.is_empty() && ordered.is_empty() {
        writeln!(out, "the order in which records arrive can not change a bill")?;
    }
    for report in ordered {
        writeln!(out, "{}: records count in the order of their times, not in that of their arrival", report.charge)?;
    }
    if let Some(program) = book.compiled.program.as_ref().filter(|program| !program.charges.is_empty()) {
        writeln!(out, "how a record is rated:")?;
        for line in charge_lines(program) {
            writeln!(out, "  {line}")?;
        }
    }
    let mut said: Vec<&[String]> = Vec::new();
    for report in reports.iter().filter(|report| !report.may_fail.is_empty()) {
        if said.contains(&report.may_fail.as_slice()) {
            continue;
        }
        said.push(&report.may_fail);
        let same = reports.iter().filter(|other| other.may_fail == report.may_fail);
        let names: Vec<&str> = same.map(|other| &*other.charge).collect();
        writeln!(out, "{}:", names.join(", "))?;
        for failure in &report.may_fail {
            writeln!(out, "  {failure}")?;
        }
    }
    Ok(())
}

fn summarize(book: &OpenBook) {
    let (errors, warnings): (Vec<_>, Vec<_>) = book.compiled.diagnostics.iter().partition(|finding| finding.is_error());
    let path = book.path.display();
    let verdict = match errors.len() {
        0 => "fine".to_owned(),
        count => counted(count, "error"),
    };
    let warned = if warnings.is_empty() { String::new() } else { format!(", {}", counted(warnings.len(), "warning")) };
    say(format_args!("{path}: {verdict}{warned}"));
}

/// `1 error`, `2 errors`
pub fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
