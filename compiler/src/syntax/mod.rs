//! From text to [`ast::Book`].
//!
//! | file | idea |
//! | --- | --- |
//! | `pieces` | the text cut into words and signs, whatever it says |
//! | `limits` | what is too large or nests too deep |
//! | `build` | from pest's pairs to the tree |
//! | `slices`, `recover` | a broken book read declaration by declaration |
//! | `expected`, `mistakes` | from the place of a fault to a message |
//! | `dates` | dates in other notations |
//! | `codes` | the codes of the messages |
//!
//! Architecture invariant: pest's types do not leave this module.

pub mod ast;
mod build;
mod codes;
pub(crate) mod dates;
mod expected;
pub mod limits;
mod mistakes;
pub(crate) mod pieces;
mod recover;
mod slices;

pub use codes::CODES;

use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};
use build::Builder;
use florin_grammar::{FlorinParser, Rule};
use pest::Parser;

/// Reads a book. There always is a tree; what could not be read is [`ast::Declaration::Broken`] in it and is among
/// the errors, which are all the syntax errors of the text in their order.
///
/// A byte order mark at the start and any sort of line ends are taken.
#[must_use]
pub fn parse(source: SourceId, text: &str) -> (ast::Book, Vec<Diagnostic>) {
    if let Err(fault) = limits::check_size(source, text).and_then(|()| check_letters(source, text)) {
        let declaration = ast::Declaration::Broken { name: None };
        let whole = ast::Item { docs: Vec::new(), declaration, span: Span::new(source, 0, text.len()) };
        return (ast::Book { items: vec![whole] }, vec![fault]);
    }
    let pieces = pieces::pieces(text);
    let start = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
    if limits::too_deep(source, &pieces).is_none()
        && let Ok(pairs) = FlorinParser::parse(Rule::book, text.get(start..).unwrap_or(text))
    {
        let mut builder = Builder::new(source, start);
        let items = builder.book(pairs);
        return (ast::Book { items }, builder.faults);
    }
    let pieces: Vec<_> = pieces.into_iter().filter(|piece| piece.text != "\u{feff}").collect();
    let (items, mut faults) = recover::read(source, text, &pieces);
    faults.sort_by_key(|fault| fault.labels.first().map_or(0, |label| label.span.start));
    (ast::Book { items }, faults)
}

/// What some editors put before a text; it says nothing.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A NUL byte tells a file that is no text, or one in another encoding.
fn check_letters(source: SourceId, text: &str) -> Result<(), Diagnostic> {
    let Some(at) = text.find('\0') else { return Ok(()) };
    let fault = Diagnostic::error(codes::NOT_TEXT, "this file is not a plain text");
    let fault = fault.label(Span::new(source, at, at + 1), "a letter that no text has");
    Err(fault.help("save the price book as plain text in the encoding UTF-8"))
}

/// The tree as a text without its places: two texts that say the same have the same.
#[must_use]
pub fn without_places(book: &ast::Book) -> String {
    let tree = format!("{book:?}");
    let mut kept = String::with_capacity(tree.len());
    // A place is written `source:start..end`, as one run of digits, colons and points.
    for run in tree.split_inclusive(|letter: char| !(letter.is_ascii_digit() || matches!(letter, ':' | '.'))) {
        let digits = run.trim_end_matches(|letter: char| !(letter.is_ascii_digit() || matches!(letter, ':' | '.')));
        let is_place = digits.contains(':') && digits.contains("..");
        kept.push_str(if is_place { run.get(digits.len()..).unwrap_or("") } else { run });
    }
    kept
}
