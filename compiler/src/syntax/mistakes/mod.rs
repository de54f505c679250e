//! From the place where the grammar stopped to a message that an author can use.
//!
//! Most faults are one of a few dozen that everybody makes. Each has a detective of its own, which looks at the
//! scene and either knows it or passes; the first that knows speaks.

mod charges;
mod letters;
mod numbers;
mod signs;
mod vocabulary;
mod words;

pub(super) use letters::faults_of_letters;

use super::codes;
use super::expected::{Hope, hopes, one_of};
use super::pieces::{Kind, Piece};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};
use florin_grammar::Rule;

/// The scene of a fault.
pub(super) struct Scene<'p, 't> {
    pub(super) source: SourceId,
    /// The declaration's pieces that say something, its line ends among them.
    pub(super) pieces: &'p [Piece<'t>],
    /// Which of them the grammar did not take; past the end if it wanted more.
    pub(super) at: usize,
    /// What it would have taken.
    pub(super) hopes: Vec<Hope>,
    /// The byte at which the declaration ends.
    pub(super) end: usize,
}

/// Whoever knows a mistake.
type Detective = fn(&Scene<'_, '_>) -> Option<Diagnostic>;

const DETECTIVES: [Detective; 28] = [
    numbers::date_otherwise,
    numbers::date_in_words,
    numbers::thousands,
    numbers::money_behind,
    numbers::percent_apart,
    numbers::odd_number,
    signs::comment_otherwise,
    signs::documentation_inside,
    signs::operator_otherwise,
    signs::slash_for_per,
    signs::units_with_hyphen,
    signs::name_with_hyphen,
    signs::bracket_open,
    signs::brace_missing,
    signs::colon_missing,
    signs::bar_missing,
    signs::comma_at_the_end,
    words::reserved,
    words::unknown_declaration,
    words::else_missing,
    words::unknown_clause,
    words::header_out_of_order,
    words::list_behind_in,
    words::chained_comparison,
    words::condition_of_a_charge,
    words::misspelled,
    words::quotes_missing,
    words::documentation_of_nothing,
];

/// Says what is wrong at a scene.
pub(super) fn explain(scene: &Scene<'_, '_>) -> Diagnostic {
    DETECTIVES.iter().find_map(|detective| detective(scene)).unwrap_or_else(|| scene.plain())
}

impl<'p, 't> Scene<'p, 't> {
    /// The scene at a byte of the source.
    pub(super) fn new(source: SourceId, pieces: &'p [Piece<'t>], byte: usize, expected: &[Rule]) -> Scene<'p, 't> {
        let at = pieces.iter().position(|piece| piece.end() > byte).unwrap_or(pieces.len());
        let end = pieces.iter().rfind(|piece| piece.kind != Kind::LineEnd).map_or(byte, Piece::end);
        Scene { source, pieces, at, hopes: hopes(expected), end }
    }

    /// What the grammar did not take.
    fn found(&self) -> Option<&'p Piece<'t>> {
        self.pieces.get(self.at)
    }

    /// The same, if it is a word.
    pub(super) fn found_word(&self) -> Option<&'t str> {
        self.found().filter(|piece| piece.kind == Kind::Word).map(|piece| piece.text)
    }

    /// The piece `back` before the found one.
    fn before(&self, back: usize) -> Option<&'p Piece<'t>> {
        self.at.checked_sub(back).and_then(|at| self.pieces.get(at))
    }

    /// The piece `on` behind the found one.
    fn after(&self, on: usize) -> Option<&'p Piece<'t>> {
        self.pieces.get(self.at + on)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, start, end)
    }

    fn span_of(&self, piece: &Piece<'_>) -> Span {
        self.span(piece.start, piece.end())
    }

    fn hopes_for(&self, sign: &str) -> bool {
        self.hopes.iter().any(|hope| matches!(hope, Hope::Sign(hoped) if *hoped == sign))
    }

    fn hopes_for_word(&self, word: &str) -> bool {
        self.hopes.iter().any(|hope| matches!(hope, Hope::Word(hoped) if hoped == word))
    }

    fn hopes_for_thing(&self, thing: &str) -> bool {
        self.hopes.iter().any(|hope| matches!(hope, Hope::Thing(hoped) if *hoped == thing))
    }

    /// The pieces from `at` to the end of the clause.
    fn clause_from(&self, at: usize) -> &'p [Piece<'t>] {
        let rest = self.pieces.get(at..).unwrap_or(&[]);
        let ends = |piece: &Piece<'_>| piece.kind == Kind::LineEnd || matches!(piece.text, ";" | "{" | "}");
        rest.get(..rest.iter().position(ends).unwrap_or(rest.len())).unwrap_or(&[])
    }

    /// What stands behind the word of a clause, in the declaration.
    fn clause_of(&self, word: &str) -> Option<String> {
        let begins = |at: &usize| {
            let before = at.checked_sub(1).and_then(|before| self.pieces.get(before));
            self.pieces.get(*at).is_some_and(|piece| piece.is(word))
                && before.is_some_and(|piece| piece.kind == Kind::LineEnd || matches!(piece.text, ";" | "{"))
        };
        let at = (0..self.pieces.len()).find(begins)?;
        let line = self.pieces.get(at + 1..)?;
        let ends = |piece: &Piece<'_>| piece.kind == Kind::LineEnd || piece.is(";") || piece.is("}");
        Some(written(line.get(..line.iter().position(ends).unwrap_or(line.len()))?))
    }

    /// How many braces are open before the found piece.
    fn open_braces(&self) -> i32 {
        let before = self.pieces.get(..self.at).unwrap_or(&[]).iter().filter(|piece| piece.kind == Kind::Sign);
        before.map(|piece| i32::from(piece.text == "{") - i32::from(piece.text == "}")).sum()
    }

    /// Whether the found piece is the first of a clause.
    pub(super) fn begins_clause(&self) -> bool {
        self.before(1).is_none_or(|piece| piece.kind == Kind::LineEnd || piece.is(";") || piece.is("{"))
    }

    /// When nobody knows better.
    fn plain(&self) -> Diagnostic {
        let ends = |piece: &Piece<'_>| {
            piece.kind == Kind::LineEnd
                || matches!(piece.text, "}" | ")" | "]" | ";" | ",") && self.hopes_for_thing("a value")
        };
        match self.found().filter(|piece| !ends(piece)) {
            Some(piece) => self.unexpected(piece),
            None => self.incomplete(),
        }
    }

    fn unexpected(&self, piece: &Piece<'_>) -> Diagnostic {
        let fault = Diagnostic::error(codes::UNEXPECTED, format!("`{}` does not fit here", shortened(piece.text)));
        fault.label(self.span_of(piece), self.wanted()).help(self.advice())
    }

    /// A line, or the whole declaration, that ends too early.
    fn incomplete(&self) -> Diagnostic {
        let last = self.pieces.get(..self.at).unwrap_or(&[]).iter().rfind(|piece| piece.kind != Kind::LineEnd);
        let span = last.map_or(self.span(self.end, self.end), |piece| self.span_of(piece));
        let fault = Diagnostic::error(codes::INCOMPLETE, "something is missing at the end of this line");
        fault.label(span, format!("behind this: {}", self.wanted())).help(self.advice())
    }

    /// The few likeliest of what was hoped for.
    fn wanted(&self) -> String {
        let wanted: Vec<&Hope> = self.likely();
        if wanted.is_empty() { "this is not understood".to_owned() } else { format!("expected {}", one_of(&wanted)) }
    }

    fn likely(&self) -> Vec<&Hope> {
        /// More choices than this help nobody.
        const MOST: usize = 6;
        let is_thing = |hope: &&Hope| !matches!(hope, Hope::Word(_));
        if self.hopes.len() <= MOST {
            return self.hopes.iter().collect();
        }
        self.hopes.iter().filter(is_thing).take(MOST).collect()
    }

    fn advice(&self) -> String {
        match vocabulary::enclosing(self.pieces, self.at) {
            Some(frame) => format!("{} is written like this: {}", frame.article_name, self.own_example(frame)),
            None => "compare it with a line that works, or begin again from an example of the language".to_owned(),
        }
    }
}

impl Scene<'_, '_> {
    /// The example of a frame with the name and the label of the author's own declaration.
    fn own_example(&self, frame: &vocabulary::Frame) -> String {
        let example = frame.example.to_owned();
        let mut words = self.pieces.iter().filter(|piece| !matches!(piece.kind, Kind::LineEnd | Kind::Doc));
        let own = words.next().filter(|word| word.text == frame.word);
        let name = own.and_then(|_| words.next()).filter(|name| name.kind == Kind::Word && name.text.is_ascii());
        let Some(name) = name else { return example };
        let start = format!("`{} ", frame.word);
        let Some((old, rest)) = example.strip_prefix(&start).and_then(|rest| rest.split_once(' ')) else {
            return example;
        };
        if !old.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') || matches!(name.text, "from" | "by") {
            return example;
        }
        let label = words.next().filter(|label| label.kind == Kind::Text);
        let behind = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')).map(|(_, behind)| behind);
        let rest = match (label, behind) {
            (Some(label), Some(behind)) => format!("{}{behind}", label.text),
            (None, Some(behind)) => behind.trim_start().to_owned(),
            (_, None) => rest.to_owned(),
        };
        format!("{start}{} {rest}", name.text)
    }
}

/// Some pieces as they are written, each run of blanks as one.
fn written(pieces: &[Piece<'_>]) -> String {
    let mut text = String::new();
    let mut end = pieces.first().map_or(0, |first| first.start);
    for piece in pieces {
        if piece.start > end {
            text.push(' ');
        }
        text.push_str(piece.text);
        end = piece.end();
    }
    text
}

/// The beginning of what could be long.
fn shortened(text: &str) -> String {
    /// Enough to recognise it.
    const MOST: usize = 30;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    format!("{}..", text.chars().take(MOST).collect::<String>())
}
