//! What no test has priced: tiers, rows of tables, branches.

use crate::engine::Program;
use florin_compiler::model::Symbol;
use florin_compiler::reference::{Coverage, Unused, Usable};
use florin_compiler::source::{SourceId, Sources, Span};
use std::collections::BTreeMap;

/// How many places of one table are listed before the rest is only counted.
const LISTED: usize = 5;

/// How many characters of the book are quoted.
const QUOTED: usize = 60;

/// What no test has priced, a phrase each, in the order of the book; the rows of a table in one phrase.
pub(super) fn untested(coverage: &Coverage, program: &Program, sources: &Sources) -> Vec<String> {
    let unused = coverage.unused(program);
    let mut rows: BTreeMap<Symbol, Vec<Span>> = BTreeMap::new();
    for one in &unused {
        if let Usable::Row(table) = &one.what {
            rows.entry(table.clone()).or_default().push(one.span);
        }
    }
    unused.iter().filter_map(|one| phrase(one, &mut rows, program, sources)).collect()
}

fn phrase(
    one: &Unused,
    rows: &mut BTreeMap<Symbol, Vec<Span>>,
    program: &Program,
    sources: &Sources,
) -> Option<String> {
    let what = match &one.what {
        Usable::Tier(charge) => format!("a tier of `{charge}`: {}", quoted(sources.text(one.span))),
        Usable::Branch => format!("a branch: {}", quoted(sources.text(one.span))),
        Usable::Row(table) => return rows.remove(table).map(|spans| rows_phrase(table, &spans, program, sources)),
    };
    Some(format!("{what} ({})", places(&[one.span], sources)))
}

fn rows_phrase(table: &Symbol, spans: &[Span], program: &Program, sources: &Sources) -> String {
    let all = program.tables.iter().find(|known| known.table.name == *table).map_or(0, |known| known.table.rows.len());
    format!("{} of {all} rows of `{table}` ({})", spans.len(), places(spans, sources))
}

/// Lines of one file: `line 12, 13`, or `prices.csv, line 2, 3 and 40 more`. The book itself is named above.
fn places(spans: &[Span], sources: &Sources) -> String {
    let lines: Vec<String> = spans.iter().take(LISTED).map(|span| sources.line_column(*span).0.to_string()).collect();
    let more = match spans.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let source = spans.first().map(|span| span.source);
    let file = source.filter(|source| *source != SourceId(0)).and_then(|source| sources.get(source));
    let file = file.map(|file| format!("{}, ", file.name)).unwrap_or_default();
    format!("{file}line {}{more}", lines.join(", "))
}

fn quoted(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= QUOTED {
        return format!("`{line}`");
    }
    let cut: String = line.chars().take(QUOTED).collect();
    format!("`{cut}..`")
}
