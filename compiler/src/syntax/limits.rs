//! What is too much for one book, found before the grammar sees the text.
//!
//! The parser and every later pass walk the tree by recursion, so what nests must be bounded, or a hostile book
//! would overflow the stack.

use super::codes;
use super::pieces::{Kind, Piece};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};

/// The largest book in bytes. The largest real one has 10 kB; long tables belong into CSV files.
pub const MAX_TEXT_BYTES: usize = 4 << 20;
/// How deep brackets may nest. No book we know goes beyond 6; a reader is lost long before 64.
pub const MAX_NESTING: usize = 64;
/// How many operators, `if`s and signs may lie above one another in one expression: each is a level of its tree.
/// A sum of 250 terms is a table that is written down wrongly.
pub const MAX_OPERATORS: usize = 250;

/// Whether a text is small enough.
pub(super) fn check_size(source: SourceId, text: &str) -> Result<(), Diagnostic> {
    if text.len() <= MAX_TEXT_BYTES {
        return Ok(());
    }
    let title = format!("this price book is too large: {} bytes", text.len());
    let help = "move long tables into CSV files (`table prices from \"prices.csv\"`), or split the book with `import`";
    let label = format!("a book has at most {MAX_TEXT_BYTES} bytes");
    Err(Diagnostic::error(codes::TOO_LARGE, title).label(Span::new(source, 0, 0), label).help(help))
}

/// Finds the first place of these pieces that nests too deep.
pub(super) fn too_deep(source: SourceId, pieces: &[Piece<'_>]) -> Option<Diagnostic> {
    let mut walk = Walk::default();
    for piece in pieces.iter().filter(|piece| piece.counts()) {
        walk.step(piece);
        if let Some((title, help)) = walk.excess() {
            let span = Span::new(source, piece.start, piece.end());
            return Some(Diagnostic::error(codes::TOO_DEEP, title).label(span, "here it is too much").help(help));
        }
    }
    None
}

/// The open brackets, each with what its tree has so far.
struct Walk {
    levels: Vec<Level>,
    line_goes_on: bool,
    line_ended: bool,
}

/// One open bracket.
#[derive(Clone, Copy, Default)]
struct Level {
    /// The operators of the clause that is being read.
    operators: usize,
    /// The highest tree among the closed brackets of this clause.
    inner: usize,
    /// The highest tree of the clauses before it.
    before: usize,
}

impl Default for Walk {
    fn default() -> Walk {
        Walk { levels: vec![Level::default()], line_goes_on: false, line_ended: false }
    }
}

impl Walk {
    fn step(&mut self, piece: &Piece<'_>) {
        if piece.kind == Kind::LineEnd {
            self.line_ended = true;
            return;
        }
        if self.line_ended && !self.line_goes_on && !goes_on(piece) {
            self.end_clause();
        }
        self.line_ended = false;
        self.line_goes_on = is_operator(piece) || matches!(piece.text, "=" | "(" | "[" | "{" | "," | ":");
        match piece.text {
            "(" | "[" | "{" if piece.kind == Kind::Sign => self.levels.push(Level::default()),
            ")" | "]" | "}" if piece.kind == Kind::Sign => self.close(),
            "," | ";" | "|" if piece.kind == Kind::Sign => self.end_clause(),
            _ if is_operator(piece) => self.count(),
            _ => {}
        }
    }

    fn count(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            level.operators += 1;
        }
    }

    fn end_clause(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            *level = Level { before: level.height(), ..Level::default() };
        }
    }

    fn close(&mut self) {
        if self.levels.len() < 2 {
            return;
        }
        let height = self.levels.pop().map_or(0, |level| level.height());
        if let Some(outer) = self.levels.last_mut() {
            outer.inner = outer.inner.max(height + 1);
        }
    }

    fn excess(&self) -> Option<(&'static str, &'static str)> {
        // The first level is outside all brackets.
        if self.levels.len() > MAX_NESTING + 1 {
            return Some((
                "too many brackets are open inside one another",
                "give the inner parts names of their own with `define` or `let`, and use those",
            ));
        }
        // What is open counts at every level: the parser stands in all of them at once.
        let open: usize = self.levels.iter().map(|level| level.operators).sum();
        let height = self.levels.last().map_or(0, |level| level.height()).max(open);
        (height > MAX_OPERATORS).then_some((
            "this formula is too long",
            "give its parts names of their own with `define` or `let`; many alternatives are better a `table`",
        ))
    }
}

impl Level {
    fn height(&self) -> usize {
        self.before.max(self.inner + self.operators)
    }
}

/// Whether a piece makes an expression's tree higher.
fn is_operator(piece: &Piece<'_>) -> bool {
    const SIGNS: [&str; 10] = ["+", "-", "*", "/", "==", "!=", "<", "<=", ">", ">="];
    const WORDS: [&str; 10] = ["and", "or", "not", "if", "then", "else", "above", "otherwise", "mod", "match"];
    match piece.kind {
        Kind::Sign => SIGNS.contains(&piece.text),
        Kind::Word => WORDS.contains(&piece.text),
        _ => false,
    }
}

/// Whether a line that begins so goes on with the one before.
pub(super) fn goes_on(piece: &Piece<'_>) -> bool {
    let first_word = matches!(piece.text, "if" | "not" | "match");
    let closes = matches!(piece.text, ")" | "]" | "}");
    closes || piece.is("where") || is_operator(piece) && !first_word
}
