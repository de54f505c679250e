//! A broken book cut into declarations, so that a fault in one leaves the others readable.
//!
//! A declaration begins at a word at the start of a line, outside all brackets. Where a closing bracket is missing
//! there is no outside any more: then a line that is not indented and begins with a declaration's word ends it.

use super::limits::goes_on;
use super::pieces::{Kind, Piece};

/// The words with which declarations begin.
pub(super) const DECLARATIONS: [&str; 27] = [
    "pricebook",
    "currency",
    "timezone",
    "period",
    "rounding",
    "bill",
    "records",
    "import",
    "unit",
    "enum",
    "account",
    "usage",
    "spans",
    "fold",
    "table",
    "calendar",
    "define",
    "meter",
    "free",
    "charge",
    "fee",
    "grant",
    "rule",
    "plan",
    "override",
    "discount",
    "test",
];

/// The pieces of a declaration with its documentation, and what is wrong with its brackets.
#[derive(Debug)]
pub(super) struct Slice<'p, 't> {
    /// From the documentation or first word on, up to the next declaration.
    pub(super) pieces: &'p [Piece<'t>],
    /// An opening bracket that nothing closes, by its index in `pieces`.
    pub(super) unclosed: Option<usize>,
    /// How many braces are open at its end.
    pub(super) open_braces: usize,
}

/// Cuts a text. Comments and blank lines before the first declaration are part of its slice.
pub(super) fn slices<'p, 't>(pieces: &'p [Piece<'t>]) -> Vec<Slice<'p, 't>> {
    let mut cutter = Cutter {
        pieces,
        partners: partners(pieces),
        start: 0,
        open: Vec::new(),
        saw_flat_line: false,
        found: Vec::new(),
    };
    cutter.run();
    cutter.found
}

struct Cutter<'p, 't> {
    pieces: &'p [Piece<'t>],
    /// For each piece that is an opening bracket: the index of the one that closes it in the whole text.
    partners: Vec<Option<usize>>,
    /// Where the slice begins that is being read.
    start: usize,
    open: Vec<Open>,
    /// Whether a line inside the brackets of this slice is not indented, so that indentation says nothing.
    saw_flat_line: bool,
    found: Vec<Slice<'p, 't>>,
}

/// A bracket that is open.
#[derive(Clone, Copy)]
struct Open {
    index: usize,
    /// How far its line is indented.
    indent: usize,
    /// Whether a closing bracket on a line of its own stood at another indentation than its opening one, which it
    /// therefore probably does not belong to.
    suspect: Option<usize>,
    /// Whether what it holds is not indented and yet closed.
    is_flat: bool,
}

impl<'p, 't> Cutter<'p, 't> {
    fn run(&mut self) {
        let mut indent = 0;
        let mut line_start = true;
        let mut previous: Option<Piece<'t>> = None;
        for index in 0..self.pieces.len() {
            let Some(piece) = self.pieces.get(index).copied() else { break };
            match piece.kind {
                Kind::LineEnd => (line_start, indent) = (true, 0),
                Kind::Blank if line_start => indent = piece.text.len(),
                Kind::Blank | Kind::Comment => {}
                _ => {
                    if line_start && self.begins_here(&piece, indent, previous.as_ref()) {
                        self.cut(index);
                    } else {
                        self.saw_flat_line |=
                            line_start && indent == 0 && piece.kind == Kind::Word && !self.open.is_empty();
                    }
                    self.bracket(index, &piece, indent, line_start);
                    line_start = false;
                    previous = Some(piece);
                }
            }
        }
        self.cut(self.pieces.len());
    }

    /// Whether the piece, the first one on its line, begins a declaration.
    fn begins_here(&self, piece: &Piece<'t>, indent: usize, previous: Option<&Piece<'t>>) -> bool {
        let Some(previous) = previous else { return false };
        if previous.kind == Kind::Doc || !matches!(piece.kind, Kind::Word | Kind::Doc | Kind::OpenText) {
            return false;
        }
        let known = piece.kind == Kind::Doc || DECLARATIONS.contains(&piece.text);
        if let Some(outermost) = self.open.first() {
            return indent == 0 && known && !outermost.is_flat && !self.saw_flat_line;
        }
        let waits = matches!(previous.text, "=" | "," | "+" | "-" | "*" | "/" | "and" | "or" | "then" | "else" | "by");
        !waits && (known || indent == 0 && !goes_on(piece) && !matches!(piece.text, "from" | "opening"))
    }

    /// Whether the bracket has a partner and most lines between them are not indented: then the author just does
    /// not indent.
    fn holds_flat_lines(&self, open: usize) -> bool {
        let Some(close) = self.partners.get(open).copied().flatten() else { return false };
        let inside = self.pieces.get(open + 1..close).unwrap_or(&[]);
        let unindented = |window: &&[Piece<'t>]| matches!(window, [end, word] if end.kind == Kind::LineEnd && word.kind == Kind::Word);
        let lines = inside.windows(2).filter(|window| unindented(window)).count();
        let ends = inside.iter().filter(|piece| piece.kind == Kind::LineEnd).count();
        lines > 0 && lines * 2 >= ends
    }

    fn bracket(&mut self, index: usize, piece: &Piece<'t>, indent: usize, line_start: bool) {
        if piece.kind == Kind::OpenText {
            // What its author has not closed has swallowed the braces behind it.
            for letter in piece.text.chars() {
                match letter {
                    '{' => self.open.push(Open { index, indent, suspect: None, is_flat: false }),
                    '}' => self.close(indent, false),
                    _ => {}
                }
            }
        } else if piece.is("{") || piece.is("(") || piece.is("[") {
            let is_flat = self.open.is_empty() && self.holds_flat_lines(index);
            self.open.push(Open { index, indent, suspect: None, is_flat });
        } else if piece.is("}") {
            self.close(indent, line_start);
        } else if let Some(open) = self.open.last()
            && (piece.is(")") || piece.is("]"))
            && self.pieces.get(open.index).is_some_and(|piece| !piece.is("{"))
        {
            self.open.pop();
        }
    }

    /// A brace closes what is open inside it: a parenthesis never goes beyond its declaration's line.
    fn close(&mut self, indent: usize, line_start: bool) {
        let is_brace = |open: &Open| self.pieces.get(open.index).is_some_and(opens_brace);
        if let Some(at) = self.open.iter().rposition(is_brace) {
            self.close_brace(at, indent, line_start);
        }
    }

    fn close_brace(&mut self, at: usize, indent: usize, line_start: bool) {
        let Some(closed) = self.open.get(at).copied() else { return };
        let suspect = closed.suspect.or((line_start && indent < closed.indent).then_some(closed.index));
        self.open.truncate(at);
        if let Some(outer) = self.open.last_mut() {
            outer.suspect = outer.suspect.or(suspect);
        }
    }

    /// Ends the slice before `index`.
    fn cut(&mut self, index: usize) {
        let pieces = self.pieces.get(self.start..index).unwrap_or(&[]);
        let says_something = pieces.iter().any(|piece| piece.counts() && piece.kind != Kind::LineEnd);
        if says_something {
            let outermost_brace = self.open.iter().rev().find_map(|open| open.suspect);
            let unclosed = outermost_brace.or(self.open.last().map(|open| open.index));
            let is_brace = |open: &&Open| self.pieces.get(open.index).is_some_and(opens_brace);
            let open_braces = self.open.iter().filter(is_brace).count();
            self.found.push(Slice { pieces, open_braces, unclosed: unclosed.map(|at| at.saturating_sub(self.start)) });
        }
        self.start = index;
        self.open.clear();
        self.saw_flat_line = false;
    }
}

fn opens_brace(piece: &Piece<'_>) -> bool {
    piece.is("{") || piece.kind == Kind::OpenText
}

/// For each opening bracket the index of its closing one.
fn partners(pieces: &[Piece<'_>]) -> Vec<Option<usize>> {
    let mut partners = vec![None; pieces.len()];
    let mut open = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        if piece.is("{") {
            open.push(index);
        } else if piece.is("}")
            && let Some(partner) = open.pop().and_then(|at: usize| partners.get_mut(at))
        {
            *partner = Some(index);
        }
    }
    partners
}
