//! A book that does not parse as a whole, read declaration by declaration.

use super::ast::{Declaration, Item, Name};
use super::build::Builder;
use super::codes;
use super::limits::too_deep;
use super::mistakes::{Scene, explain, faults_of_letters};
use super::pieces::{Kind, Piece};
use super::slices::{DECLARATIONS, Slice, slices};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};
use florin_grammar::{FlorinParser, Rule};
use pest::Parser;
use pest::error::{Error, ErrorVariant, InputLocation};
use std::sync::Arc;

/// The most faults that one declaration reports; more are most likely consequences.
const MAX_FAULTS_OF_A_DECLARATION: usize = 10;

/// Reads every declaration on its own: those that parse, and a hole for each that does not.
pub(super) fn read(source: SourceId, text: &str, pieces: &[Piece<'_>]) -> (Vec<Item>, Vec<Diagnostic>) {
    let mut reader = Reader { source, text, items: Vec::new(), faults: Vec::new() };
    for slice in slices(pieces) {
        reader.slice(&slice);
    }
    (reader.items, reader.faults)
}

struct Reader<'t> {
    source: SourceId,
    text: &'t str,
    items: Vec<Item>,
    faults: Vec<Diagnostic>,
}

impl<'t> Reader<'t> {
    fn slice(&mut self, slice: &Slice<'_, 't>) {
        let plain = self.plain_faults(slice);
        let (start, end) = bounds(slice.pieces);
        let Some(text) = self.text.get(start..end) else { return };
        if !plain.is_empty() {
            self.faults.extend(plain);
            return self.hole(slice);
        }
        if let Some(fault) = slice.unclosed.and_then(|index| self.unclosed(slice, index)) {
            self.faults.push(fault);
            self.explain_closed(slice, text);
            return self.hole(slice);
        }
        match FlorinParser::parse(Rule::book, text) {
            Ok(pairs) => {
                let mut builder = Builder::new(self.source, start);
                self.items.extend(builder.book(pairs));
                self.faults.append(&mut builder.faults);
            }
            Err(error) => {
                self.explain_all(slice, text, error);
                self.hole(slice);
            }
        }
    }

    /// What is wrong before the grammar is asked.
    fn plain_faults(&self, slice: &Slice<'_, 't>) -> Vec<Diagnostic> {
        let letters = faults_of_letters(self.source, slice.pieces);
        if !letters.is_empty() {
            return letters;
        }
        too_deep(self.source, slice.pieces).into_iter().collect()
    }

    /// A bracket that nothing closes. A parenthesis shows better where the grammar stops.
    fn unclosed(&self, slice: &Slice<'_, 't>, index: usize) -> Option<Diagnostic> {
        let opening = slice.pieces.get(index).filter(|piece| piece.is("{"))?;
        let fault = Diagnostic::error(codes::UNCLOSED_BRACE, "this `{` has no closing `}`");
        let fault = fault.label(Span::new(self.source, opening.start, opening.end()), "opened here");
        let end = slice.pieces.last().map_or(opening.end(), Piece::end);
        let next = self.text.get(end..).and_then(|rest| rest.split_whitespace().next());
        let fault = match next {
            Some(word) => fault.label(Span::new(self.source, end, end + word.len()), "still open where this begins"),
            None => fault,
        };
        Some(fault.help("write `}` on a line of its own where its last part ends"))
    }

    /// Other faults of a declaration whose braces were not closed, found by closing them at its end.
    fn explain_closed(&mut self, slice: &Slice<'_, 't>, text: &str) {
        let closed = format!("{text}{}", "\n}".repeat(slice.open_braces));
        if let Err(error) = FlorinParser::parse(Rule::book, &closed)
            && position(&error) < text.len()
        {
            let known = self.faults.len();
            self.explain_all(slice, &closed, error);
            // What stands inside the open brace by mistake is no fault of its own.
            let found = self.faults.split_off(known);
            let begins_declaration = |fault: &Diagnostic| {
                let span = fault.labels.first().map(|label| label.span.start as usize..label.span.end as usize);
                fault.code == codes::UNKNOWN_WORD
                    && span.and_then(|span| self.text.get(span)).is_some_and(|word| DECLARATIONS.contains(&word))
            };
            let kept: Vec<Diagnostic> = found.into_iter().filter(|fault| !begins_declaration(fault)).collect();
            self.faults.extend(kept);
        }
    }

    /// Explains the fault, takes its clause out and looks for the next one.
    fn explain_all(&mut self, slice: &Slice<'_, 't>, text: &str, first: Error<Rule>) {
        let start = bounds(slice.pieces).0;
        let said: Vec<Piece<'_>> = slice.pieces.iter().filter(|piece| piece.counts()).copied().collect();
        let mut text = text.to_owned();
        let mut error = first;
        let mut furthest = 0;
        for _ in 0..MAX_FAULTS_OF_A_DECLARATION {
            let at = position(&error);
            let scene = Scene::new(self.source, &said, start + at, expected(&error));
            let fault = explain(&scene);
            let same = |known: &Diagnostic| known.title == fault.title && known.labels == fault.labels;
            if self.faults.iter().any(same) {
                return;
            }
            self.faults.push(fault);
            furthest = furthest.max(at);
            let Some(clause) = clause_around(&said, scene.at) else { return };
            let is_tier = scene.found_word().is_some_and(|word| matches!(word, "up" | "below" | "above"));
            if is_column(&said, clause) || is_tier && scene.begins_clause() {
                // Without a column the rows below have another meaning, and where a tier has no place none has.
                return;
            }
            text = without(&text, clause.0 - start, clause.1 - start);
            match FlorinParser::parse(Rule::book, &text) {
                Err(next) if position(&next) > furthest && !ends_there(&said, start + position(&next)) => error = next,
                Ok(_) | Err(_) => return,
            }
        }
    }

    fn hole(&mut self, slice: &Slice<'_, 't>) {
        let (start, end) = bounds(slice.pieces);
        let span = Span::new(self.source, start, end);
        let name = declared_name(self.source, slice.pieces);
        self.items.push(Item { docs: Vec::new(), declaration: Declaration::Broken { name }, span });
    }
}

/// The name behind a declaration's word, so that nobody calls it unknown.
fn declared_name(source: SourceId, pieces: &[Piece<'_>]) -> Option<Name> {
    const NAMELESS: [&str; 9] =
        ["currency", "timezone", "period", "rounding", "bill", "records", "import", "account", "test"];
    let mut words = pieces.iter().filter(|piece| piece.counts() && !matches!(piece.kind, Kind::LineEnd | Kind::Doc));
    let word = words.next()?;
    let name = words.next().filter(|name| name.kind == Kind::Word && name.text.is_ascii())?;
    let may_name = word.kind == Kind::Word && !NAMELESS.contains(&word.text);
    let span = Span::new(source, name.start, name.end());
    (may_name && !matches!(name.text, "by" | "from" | "per")).then(|| Name { text: Arc::from(name.text), span })
}

/// From its first to its last byte that says something.
fn bounds(pieces: &[Piece<'_>]) -> (usize, usize) {
    let says = |piece: &&Piece<'_>| piece.counts() && piece.kind != Kind::LineEnd;
    let start = pieces.iter().find(says).map_or(0, |piece| piece.start);
    (start, pieces.iter().rfind(says).map_or(start, Piece::end))
}

fn position(error: &Error<Rule>) -> usize {
    match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    }
}

fn expected(error: &Error<Rule>) -> &[Rule] {
    match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives,
        ErrorVariant::CustomError { .. } => &[],
    }
}

/// The bytes of the clause or entry that holds a piece; none outside all braces, where the header is at fault.
fn clause_around(pieces: &[Piece<'_>], at: usize) -> Option<(usize, usize)> {
    let is_edge = |piece: &Piece<'_>| piece.kind == Kind::LineEnd || matches!(piece.text, ";" | "{" | "}");
    let at = at.min(pieces.len());
    let first = pieces.get(..at)?.iter().rposition(is_edge).map(|edge| edge + 1)?;
    let inside = pieces.get(..first)?.iter().filter(|piece| piece.kind == Kind::Sign);
    let depth: i32 = inside.map(|piece| i32::from(piece.text == "{") - i32::from(piece.text == "}")).sum();
    let length = pieces.get(first..)?.iter().position(is_edge)?;
    let clause = pieces.get(first..first + length)?;
    // The sign that divides it from the next clause goes with it: two of them in a row are a fault of their own.
    let divided = pieces.get(first + length).filter(|edge| edge.is(";"));
    let bounds = (clause.first()?.start, divided.or(clause.last())?.end());
    // Only a clause without braces of its own: with them, taking it out would unbalance the rest.
    let opens = pieces.get(first + length).is_some_and(|edge| edge.is("{"));
    (depth > 0 && !opens).then_some(bounds)
}

/// Whether a clause, by its bytes, stands in a table before the first `|` of its rows.
fn is_column(pieces: &[Piece<'_>], clause: (usize, usize)) -> bool {
    let is_table = pieces.iter().find(|piece| piece.kind == Kind::Word).is_some_and(|word| word.is("table"));
    let bar = pieces.iter().find(|piece| piece.is("|"));
    is_table && bar.is_none_or(|bar| bar.start >= clause.1)
}

/// Whether a byte is at a closing brace: then only what was taken out is missing.
fn ends_there(pieces: &[Piece<'_>], byte: usize) -> bool {
    pieces.iter().find(|piece| piece.end() > byte && piece.kind != Kind::LineEnd).is_none_or(|piece| piece.is("}"))
}

/// The text with blanks from `start` to `end`, so that all other places stay.
fn without(text: &str, start: usize, end: usize) -> String {
    let (before, after) = (text.get(..start).unwrap_or(text), text.get(end..).unwrap_or(""));
    format!("{before}{}{after}", " ".repeat(end.saturating_sub(start)))
}
