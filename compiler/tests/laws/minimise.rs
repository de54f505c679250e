//! A failing case made small: declarations, clauses and records are taken away while the same law is broken.

use crate::generate::{Case, NoFiles};
use crate::laws::{Fault, broken};
use florin_compiler::pipeline::compile;
use std::time::{Duration, Instant};

/// How long a case is made smaller at most.
const MAX_TIME: Duration = Duration::from_secs(90);

/// The smallest case that was found to break a law, with what is wrong.
pub fn minimise(case: &Case, law: &str, fault: Fault) -> (Case, Fault) {
    let until = Instant::now() + MAX_TIME;
    let (mut case, mut fault) = (case.clone(), fault);
    loop {
        let breaks = |smaller: Case| {
            let (_, fault) = broken(&smaller).filter(|(name, _)| *name == law)?;
            Some((smaller, fault))
        };
        let step = smaller(&case).take_while(|_| Instant::now() < until).find_map(breaks);
        match step {
            Some(smaller) => (case, fault) = smaller,
            None => return (case, fault),
        }
    }
}

/// The case without one of its records, declarations or lines, as long as its books compile.
fn smaller(case: &Case) -> impl Iterator<Item = Case> + '_ {
    let halves = (case.records.len() > 3)
        .then(|| Case { records: case.records[case.records.len() / 2..].to_vec(), ..case.clone() });
    let other = (case.records.len() > 3)
        .then(|| Case { records: case.records[..case.records.len() / 2].to_vec(), ..case.clone() });
    let records = (0..case.records.len()).map(|at| {
        let mut records = case.records.clone();
        records.remove(at);
        Case { records, ..case.clone() }
    });
    let books = books(&case.book).into_iter().filter_map(|book| {
        let compiled = compile("generated.florin", &book, &NoFiles);
        compiled.program.is_some().then(|| Case { book, compiled, ..case.clone() })
    });
    halves.into_iter().chain(other).chain(records).chain(books)
}

/// The book without one of its declarations, or one of its lines. What gives records their shape stays.
fn books(book: &str) -> Vec<String> {
    let declarations: Vec<&str> = book.trim_end().split("\n\n").collect();
    let mut found = Vec::new();
    // A table has an empty line inside: its two halves go together.
    for at in 0..declarations.len() {
        for many in [2, 1] {
            let rest: Vec<&str> = declarations
                .iter()
                .enumerate()
                .filter(|(other, _)| *other < at || *other >= at + many)
                .map(|(_, one)| *one)
                .collect();
            found.push(rest.join("\n\n") + "\n");
        }
    }
    let lines: Vec<&str> = book.lines().collect();
    for at in 0..lines.len() {
        let rest: Vec<&str> =
            lines.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, line)| *line).collect();
        found.push(rest.join("\n") + "\n");
        if let Some((before, _)) = lines[at]
            .rsplit_once(" from ")
            .or_else(|| lines[at].rsplit_once(" where "))
            .or_else(|| lines[at].rsplit_once(" as "))
        {
            let mut lines: Vec<&str> = lines.clone();
            lines[at] = before;
            found.push(lines.join("\n") + "\n");
        }
    }
    found.retain(|smaller| shape(smaller) == shape(book));
    found
}

/// The lines that give records and accounts their shape.
fn shape(book: &str) -> Vec<&str> {
    let starts = ["usage ", "account {", "enum "];
    let mut inside = false;
    let mut found = Vec::new();
    for line in book.lines() {
        inside |= starts.iter().any(|start| line.starts_with(start));
        if inside && !line.trim_start().starts_with("let ") {
            found.push(line);
        }
        inside &= !line.ends_with('}') || line.starts_with(' ');
    }
    found
}
