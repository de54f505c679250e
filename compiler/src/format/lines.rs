//! The lines of a book, each with its words and its indentation.

use super::spacing::{Neighbours, gap};
use crate::syntax::pieces::{Kind, Piece};

/// How far each open bracket indents.
const STEP: usize = 2;

/// A line.
#[derive(Debug, Default)]
pub(super) struct Line<'t> {
    /// Its words, a comment among them; none in a blank line.
    pub(super) words: Vec<Word<'t>>,
    /// The column at which it begins.
    pub(super) indent: usize,
    /// The word of the line before under which it stands, if it goes on with that line and the author has put it so.
    pub(super) hangs_under: Option<usize>,
    /// The brackets in which it stands.
    pub(super) place: Place,
}

/// Where a line stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Place {
    /// Among fields, columns, tiers or choices, which have a colon between two blanks.
    #[default]
    Fields,
    /// Inside a test or `records`, where a name and its value stand closer.
    Values,
}

/// A word, a number, a sign, a text or a comment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'t> {
    /// What it is.
    pub(super) piece: Piece<'t>,
    /// Its letters' number.
    pub(super) width: usize,
    /// How many blanks the author has before it.
    pub(super) written_gap: usize,
    /// Where the author has it, counted from the line's first word.
    pub(super) written_at: usize,
    /// How many blanks belong before it at least.
    pub(super) gap: usize,
    /// Where it comes to stand, counted from the line's first word.
    pub(super) at: usize,
}

impl Word<'_> {
    /// The column behind it.
    pub(super) fn end(&self) -> usize {
        self.at + self.width
    }

    /// The digits of its whole part and all before them: what stands over one another in a column of numbers.
    pub(super) fn whole_width(&self) -> usize {
        let digits = self.piece.text.find(|letter: char| letter.is_ascii_digit()).unwrap_or(0);
        let behind = self.piece.text.get(digits..).unwrap_or("");
        let rest = behind.find(|letter: char| !letter.is_ascii_digit() && letter != '_').unwrap_or(behind.len());
        let whole = self.piece.text.get(..digits + rest).unwrap_or("");
        whole.chars().count()
    }
}

impl Line<'_> {
    /// Whether it has nothing but a comment.
    pub(super) fn is_comment(&self) -> bool {
        self.words.first().is_none_or(|word| matches!(word.piece.kind, Kind::Comment | Kind::Doc))
    }

    /// Puts each word behind the one before it.
    pub(super) fn settle(&mut self) {
        let mut free = 0;
        for (index, word) in self.words.iter_mut().enumerate() {
            word.at = if index == 0 { 0 } else { word.at.max(free + word.gap) };
            free = word.end();
        }
    }
}

impl std::fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut column = 0;
        for word in &self.words {
            let at = self.indent + word.at;
            write!(f, "{:blanks$}{}", "", word.piece.text.trim_end(), blanks = at.saturating_sub(column))?;
            column = at + word.width;
        }
        Ok(())
    }
}

/// Cuts pieces into lines, of several blank lines the first.
pub(super) fn lines<'t>(pieces: &[Piece<'t>]) -> Vec<Line<'t>> {
    let mut reader = Reader::default();
    for written in pieces.split(|piece| piece.kind == Kind::LineEnd) {
        reader.line(written);
    }
    reader.lines
}

/// A bracket that is open.
struct Open {
    /// The indentation of its line.
    indent: usize,
    is_brace: bool,
    /// Whether it belongs to a rule, whose `then` begins a line of its own.
    of_rule: bool,
}

#[derive(Default)]
struct Reader<'t> {
    lines: Vec<Line<'t>>,
    open: Vec<Open>,
    /// The word with which the declaration begins.
    declaration: &'t str,
    /// The last word of the line before, and the first of its clause.
    last: Option<Piece<'t>>,
    /// How far the author has indented the line before.
    margin: usize,
    clause: &'t str,
}

impl<'t> Reader<'t> {
    fn line(&mut self, written: &[Piece<'t>]) {
        let place = self.place(written);
        let words = self.words(written, place);
        let is_blank = words.is_empty();
        if is_blank && self.lines.last().is_none_or(|line| line.words.is_empty()) {
            return;
        }
        let mut line = Line { words, indent: 0, hangs_under: None, place };
        line.settle();
        if !is_blank {
            line.indent = self.indent(&line);
            line.hangs_under = self.hangs_under(&line);
            self.margin = line.words.first().map_or(0, |word| word.written_gap);
            self.follow(&line);
        }
        self.lines.push(line);
    }

    fn place(&mut self, written: &[Piece<'t>]) -> Place {
        let first = written.iter().find(|piece| piece.counts());
        if let Some(first) = first.filter(|first| self.open.is_empty() && first.kind == Kind::Word) {
            self.declaration = first.text;
        }
        if matches!(self.declaration, "test" | "records") { Place::Values } else { Place::Fields }
    }

    fn words(&self, written: &[Piece<'t>], place: Place) -> Vec<Word<'t>> {
        let mut words: Vec<Word<'t>> = Vec::new();
        let mut pending = 0;
        let mut column = 0;
        for piece in written {
            let width = piece.text.trim_end().chars().count();
            if piece.kind == Kind::Blank {
                pending = piece.text.chars().count();
            } else {
                let before: Vec<Piece<'t>> = words.iter().rev().take(2).map(|word| word.piece).collect();
                let neighbours = Neighbours {
                    second: before.get(1),
                    first: before.first(),
                    piece,
                    written: pending,
                    place,
                    in_line_id: in_line_id(&words),
                    all_before: words.len(),
                };
                let start = if words.is_empty() { 0 } else { column + pending };
                let gap = gap(&neighbours);
                words.push(Word { piece: *piece, width, written_gap: pending, written_at: start, gap, at: 0 });
                column = start + width;
                pending = 0;
            }
        }
        words
    }

    fn indent(&self, line: &Line<'t>) -> usize {
        let closers = line.words.iter().take_while(|word| matches!(word.piece.text, "}" | ")" | "]")).count();
        if closers > 0 {
            let opened = self.open.len().saturating_sub(closers);
            return self.open.get(opened).map_or(0, |open| open.indent);
        }
        let base = self.open.last().map_or(0, |open| open.indent + STEP);
        let in_brackets = self.open.last().is_some_and(|open| !open.is_brace);
        if self.goes_on(line) && !in_brackets { base + STEP } else { base }
    }

    fn hangs_under(&self, line: &Line<'t>) -> Option<usize> {
        let margin = line.words.first()?.written_gap;
        let above = self.lines.last().filter(|above| self.goes_on(line) && !above.is_comment())?;
        above.words.iter().skip(1).position(|word| self.margin + word.written_at == margin).map(|index| index + 1)
    }

    /// Whether the line goes on with the clause of the one before.
    fn goes_on(&self, line: &Line<'t>) -> bool {
        let Some(last) = self.last else { return false };
        let Some(first) = line.words.first().map(|word| word.piece) else { return false };
        if line.is_comment() || line.words.iter().any(|word| word.piece.is("|")) {
            return false;
        }
        let inner = self.open.last();
        let in_brackets = inner.is_some_and(|open| !open.is_brace);
        let waits = match last.text {
            "," => !in_brackets && (inner.is_none() || matches!(self.clause, "covers" | "order")),
            "=" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/" => true,
            "and" | "or" | "then" | "else" | "otherwise" | "above" | "mod" | "if" | "not" => true,
            _ => false,
        };
        let is_choice = first.is("else") && line.words.get(1).is_some_and(|word| word.piece.is(":"));
        let of_rule = first.is("then") && inner.is_some_and(|open| open.of_rule);
        let begins = matches!(
            first.text,
            "+" | "-"
                | "*"
                | "/"
                | "=="
                | "!="
                | "<"
                | "<="
                | ">"
                | ">="
                | "and"
                | "or"
                | "otherwise"
                | "then"
                | "else"
                | "where"
        );
        let reads_from = first.is("from") && inner.is_none();
        waits || begins && !is_choice && !of_rule || reads_from
    }

    /// Notes what the line opens and closes, and how it ends.
    fn follow(&mut self, line: &Line<'t>) {
        if !self.goes_on(line) && !line.is_comment() {
            self.clause = line.words.first().map_or("", |word| word.piece.text);
        }
        for word in &line.words {
            let piece = word.piece;
            match piece.text {
                "{" | "(" | "[" if piece.kind == Kind::Sign => {
                    let is_brace = piece.text == "{";
                    let of_rule = is_brace && (self.clause == "rule");
                    self.open.push(Open { indent: line.indent, is_brace, of_rule });
                }
                "}" | ")" | "]" if piece.kind == Kind::Sign => {
                    self.open.pop();
                }
                _ => {}
            }
            if piece.kind != Kind::Comment {
                self.last = Some(piece);
            }
        }
    }
}

/// Whether the next word belongs to the name of a line on a bill: `expect tokens:"gpt-4o"`, before its `=`.
fn in_line_id(words: &[Word<'_>]) -> bool {
    let clause = words.iter().rev().take_while(|word| !matches!(word.piece.text, ";" | "{" | "}"));
    let mut clause: Vec<&str> = clause.map(|word| word.piece.text).collect();
    clause.reverse();
    clause.first() == Some(&"expect") && !clause.contains(&"=")
}
