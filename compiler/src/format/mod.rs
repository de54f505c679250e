//! Lays a price book out anew: `florin fmt`.
//!
//! The author's lines and comments stay. What changes is the indentation (by open brackets, two blanks each), the
//! blanks between words, and columns: the cells of a table, the colons of neighbouring fields, comments at the ends
//! of neighbouring lines, and every column that the author has begun, which is one where blanks beyond the usual
//! bring a word to the place of one in the line above or below.
//!
//! Architecture invariant: the tree of the text does not change, nor does laying out twice.

mod columns;
mod lines;
mod spacing;

use crate::diagnostic::Diagnostic;
use crate::source::SourceId;
use crate::syntax;
use crate::syntax::pieces::pieces;

/// The text in the usual layout.
///
/// # Errors
/// The syntax errors of a text that does not parse; it is better left as it is.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    let (_, faults) = syntax::parse(SourceId(0), text);
    if faults.iter().any(Diagnostic::is_error) {
        return Err(faults);
    }
    // A column that comes to stand may meet another one that the author has begun; they settle together.
    let mut settled = lay_out(text);
    for _ in 0..MAX_PASSES {
        let next = lay_out(&settled);
        if next == settled {
            break;
        }
        settled = next;
    }
    Ok(settled)
}

/// After so many passes a layout is taken as it is; one suffices nearly always, and three have always sufficed.
const MAX_PASSES: usize = 8;

fn lay_out(text: &str) -> String {
    let pieces = pieces(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut lines = lines::lines(&pieces);
    columns::align(&mut lines);
    let mut text: String = lines.iter().map(|line| line.to_string() + "\n").collect();
    while text.ends_with("\n\n") {
        text.pop();
    }
    text
}
