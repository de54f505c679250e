//! Faults that are plain from the letters alone: quotes that never close or are of the wrong sort.

use super::shortened;
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};
use crate::syntax::codes;
use crate::syntax::pieces::{Kind, Piece};

/// The quotes of word processors and of other languages, which open a text.
const OTHER_QUOTES: &str = "“”„‟«»‘’‚'`´";

/// All such faults of a declaration.
pub(crate) fn faults_of_letters(source: SourceId, pieces: &[Piece<'_>]) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let mut quiet_until = 0;
    for piece in pieces.iter().filter(|piece| piece.counts()) {
        if piece.start < quiet_until {
            continue;
        }
        let fault = match piece.kind {
            Kind::OpenText => Some(unclosed_text(source, piece)),
            Kind::Text => bad_escape(source, piece),
            Kind::Sign if piece.text.starts_with(|letter| OTHER_QUOTES.contains(letter)) => {
                let (end, fault) = other_quotes(source, piece, pieces);
                quiet_until = end;
                Some(fault)
            }
            _ => None,
        };
        faults.extend(fault);
    }
    faults
}

fn unclosed_text(source: SourceId, piece: &Piece<'_>) -> Diagnostic {
    let opening = Span::new(source, piece.start, piece.start + 1);
    let help = "put a `\"` where the text ends; a text does not go on in the next line";
    let fault = Diagnostic::error(codes::UNCLOSED_TEXT, "this text has no closing quote");
    fault.label(opening, "it opens here and its line ends").help(help)
}

fn bad_escape(source: SourceId, piece: &Piece<'_>) -> Option<Diagnostic> {
    let mut letters = piece.text.char_indices();
    while let Some((at, letter)) = letters.next() {
        if letter != '\\' {
            continue;
        }
        let (_, escaped) = letters.next()?;
        if !matches!(escaped, '"' | '\\' | 'n' | 't') {
            let start = piece.start + at;
            let span = Span::new(source, start, start + 1 + escaped.len_utf8());
            let fault = Diagnostic::error(codes::BAD_ESCAPE, format!("`\\{escaped}` means nothing in a text"));
            return Some(
                fault
                    .label(span, "a backslash stands before `\"`, `\\`, `n` or `t`")
                    .help("for a plain backslash write `\\\\`"),
            );
        }
    }
    None
}

/// The fault, and the end of the text that is quoted so.
fn other_quotes(source: SourceId, piece: &Piece<'_>, pieces: &[Piece<'_>]) -> (usize, Diagnostic) {
    let is_quote = |other: &&Piece<'_>| other.text.starts_with(|letter| OTHER_QUOTES.contains(letter));
    let behind = pieces.iter().filter(|other| other.start > piece.start);
    let line = behind.take_while(|other| other.kind != Kind::LineEnd);
    let line: Vec<&Piece<'_>> = line.collect();
    let close = line.iter().copied().find(is_quote);
    let end = close.map_or(piece.end(), Piece::end);
    let said: String = line.iter().filter(|other| other.end() < end).map(|other| other.text).collect();
    let help = match close {
        Some(_) => format!("write \"{}\"", shortened(said.trim())),
        None => "write \" at both ends of a text".to_owned(),
    };
    let fault = Diagnostic::error(codes::BAD_QUOTES, "a text stands in straight double quotes");
    (end, fault.label(Span::new(source, piece.start, end), "other quotes").help(help))
}
