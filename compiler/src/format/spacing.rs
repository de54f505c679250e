//! How many blanks stand between two words of a line, where no column asks for more.

use super::lines::Place;
use crate::syntax::pieces::{Kind, Piece};

/// The fewest blanks before a comment at a line's end.
const BEFORE_COMMENT: usize = 2;

/// A word and what stands before it.
pub(super) struct Neighbours<'w, 't> {
    /// The last but one before it.
    pub(super) second: Option<&'w Piece<'t>>,
    /// The last one before it.
    pub(super) first: Option<&'w Piece<'t>>,
    /// The word.
    pub(super) piece: &'w Piece<'t>,
    /// How many blanks the author has before it.
    pub(super) written: usize,
    pub(super) place: Place,
    pub(super) in_line_id: bool,
    /// How many words stand before it in its line.
    pub(super) all_before: usize,
}

/// The blanks before a word.
pub(super) fn gap(words: &Neighbours<'_, '_>) -> usize {
    let Some(before) = words.first else { return 0 };
    if words.piece.kind == Kind::Comment {
        return words.written.max(BEFORE_COMMENT);
    }
    let (left, right) = (sign(before), sign(words.piece));
    match (left, right) {
        (_, "," | ";" | ")" | "]" | "." | ".." | "::") | ("(" | "[" | "." | ".." | "::", _) => 0,
        (_, ":") | (":", _) if words.in_line_id => 0,
        (_, ":") if words.place == Place::Values => 0,
        (_, "[") => usize::from(!is_value(before)),
        (_, "(") => before_parenthesis(before, words.written),
        ("-", _) => usize::from(!is_sign_of_number(words)),
        _ => 1,
    }
}

fn sign<'t>(piece: &Piece<'t>) -> &'t str {
    if piece.kind == Kind::Sign { piece.text } else { "" }
}

/// Whether a value may end with this piece.
fn is_value(piece: &Piece<'_>) -> bool {
    match piece.kind {
        Kind::Word => !is_operator_word(piece.text),
        Kind::Number | Kind::Text => true,
        _ => matches!(piece.text, ")" | "]"),
    }
}

fn is_operator_word(word: &str) -> bool {
    matches!(
        word,
        "and" | "or" | "not" | "if" | "then" | "else" | "above" | "otherwise" | "mod" | "in" | "is" | "match"
    )
}

/// None behind the name of a function. Which words are names the grammar knows; here the author decides.
fn before_parenthesis(before: &Piece<'_>, written: usize) -> usize {
    match before.kind {
        Kind::Word if !is_operator_word(before.text) => written.min(1),
        _ => 1,
    }
}

/// Whether the `-` before a word is its sign and not a difference.
fn is_sign_of_number(words: &Neighbours<'_, '_>) -> bool {
    if sign(words.piece) == "|" {
        return false;
    }
    match words.second {
        Some(second) if second.kind == Kind::Word && !is_operator_word(second.text) => words.written == 0,
        Some(second) => !is_value(second),
        None => words.all_before > 1 || words.written == 0,
    }
}
