//! Signs that are missing, or that other languages write.

use super::{Scene, vocabulary};
use crate::diagnostic::Diagnostic;
use crate::syntax::codes;
use crate::syntax::pieces::{Kind, Piece};

/// `# ..`, `/* .. */`
pub(super) fn comment_otherwise(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let found = scene.found().filter(|piece| matches!(piece.text, "#" | "/*" | "*/"))?;
    let fault = Diagnostic::error(codes::BAD_COMMENT, "a comment begins with `//`");
    Some(
        fault
            .label(scene.span_of(found), "not the language's sign for a comment")
            .help("write `//` before each line of the comment"),
    )
}

/// `///` where no declaration follows.
pub(super) fn documentation_inside(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let found = scene.found().filter(|piece| piece.kind == Kind::Doc)?;
    let span = scene.span(found.start, found.start + 3);
    let fault = Diagnostic::error(codes::BAD_COMMENT, "`///` documents the declaration that follows it");
    Some(fault.label(span, "no declaration follows here").help("write `//` for a comment"))
}

/// `=` for `==`, `&&` for `and`, and their like.
pub(super) fn operator_otherwise(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let found = scene.found().filter(|piece| piece.kind == Kind::Sign)?;
    let (title, mend) = match found.text {
        "=" if scene.hopes_for(":") && !scene.hopes_for_thing("an operator") => {
            ("here a colon stands between a name and its value", ":")
        }
        "=" => ("two values are compared with `==`", "=="),
        "==" if scene.hopes_for("=") => ("here one `=` stands", "="),
        "==" if scene.before(1).is_some_and(|before| before.is("=")) => ("two values are compared with `==`", "=="),
        ":" if scene.hopes_for("=") => ("here `=` stands between a name and its value", "="),
        "&&" | "&" => ("two conditions are joined with `and`", "and"),
        "||" => ("two conditions are joined with `or`", "or"),
        "!" => ("a condition is turned round with `not`", "not"),
        "<>" => ("that two values differ is written `!=`", "!="),
        "=<" => ("at most is written `<=`", "<="),
        "=>" => ("at least is written `>=`", ">="),
        "×" | "·" | "∗" => ("a product is written with `*`", "*"),
        "÷" => ("a quotient is written with `/`", "/"),
        "–" | "−" | "—" => ("minus is written `-`", "-"),
        "≤" => ("at most is written `<=`", "<="),
        "≥" => ("at least is written `>=`", ">="),
        "≠" => ("that two values differ is written `!=`", "!="),
        _ => return None,
    };
    let fault = Diagnostic::error(codes::BAD_OPERATOR, title);
    Some(fault.label(scene.span_of(found), "not understood here").help(format!("write `{mend}`")))
}

/// `USD/GB` in a type, `$0.20/GB` in a cell.
pub(super) fn slash_for_per(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    scene.found().filter(|piece| piece.is("/") && scene.hopes_for_word("per"))?;
    let before = scene.before(1).filter(|piece| matches!(piece.kind, Kind::Word | Kind::Number))?;
    let unit = scene.after(1).filter(|piece| piece.kind == Kind::Word)?;
    let fault = Diagnostic::error(codes::BAD_OPERATOR, "a rate is written with `per`");
    let fault = fault.label(scene.span(before.start, unit.end()), "not read as a rate");
    Some(fault.help(format!("write `{} per {}`", before.text, unit.text)))
}

/// `GB-month`, `GB-hour` behind `per`.
pub(super) fn units_with_hyphen(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    const TIMES: [&str; 10] =
        ["second", "seconds", "minute", "minutes", "hour", "hours", "day", "days", "week", "weeks"];
    const WINDOWS: [&str; 6] = ["month", "months", "quarter", "quarters", "year", "years"];
    let hyphen = scene.found().filter(|piece| piece.is("-"))?;
    let before = scene.before(1).filter(|piece| piece.kind == Kind::Word && piece.end() == hyphen.start)?;
    let after = scene.after(1).filter(|piece| piece.kind == Kind::Word)?;
    let line = scene.pieces.get(..scene.at)?.iter().rev().take_while(|piece| piece.kind != Kind::LineEnd);
    let span = scene.span(before.start, after.end());
    if TIMES.contains(&after.text) {
        let fault = Diagnostic::error(codes::BAD_NAME, "two units side by side are a product, with a blank between");
        let fault = fault.label(span, "not read as a unit");
        return Some(fault.help(format!("write `{} {}`", before.text, after.text)));
    }
    if !WINDOWS.contains(&after.text) || !line.into_iter().any(|piece| piece.is("per")) {
        return None;
    }
    let fault =
        Diagnostic::error(codes::BAD_NAME, format!("`{}` is no unit, since months differ in length", after.text));
    let fault = fault.label(span, "not read as a unit");
    Some(fault.help(format!(
        "a price for a month's average is simply per `{}`; the window stands in the header of the meter or the charge",
        before.text
    )))
}

/// `wh-run` as a name.
pub(super) fn name_with_hyphen(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let found = scene.found().filter(|piece| piece.is("-"))?;
    let (before, after) = (scene.before(1)?, scene.after(1)?);
    let touch = before.end() == found.start && found.end() == after.start;
    if !touch || before.kind != Kind::Word || !matches!(after.kind, Kind::Word | Kind::Number) {
        return None;
    }
    let fault = Diagnostic::error(codes::BAD_NAME, "a name has letters, digits and `_` only");
    let fault = fault.label(scene.span(before.start, after.end()), "this is not read as one name");
    Some(fault.help(format!("write `{}_{}`", before.text, after.text)))
}

/// `max(a, b` at a line's end.
pub(super) fn bracket_open(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let close = [")", "]"].into_iter().find(|close| scene.hopes_for(close))?;
    let ends =
        scene.found().is_none_or(|found| found.kind == Kind::LineEnd || matches!(found.text, "}" | ";" | "{" | "from"));
    let open = if close == ")" { "(" } else { "[" };
    let opening = innermost_open(scene, open, close).filter(|_| ends || scene.begins_clause())?;
    let fault = Diagnostic::error(codes::UNCLOSED_BRACE, format!("this `{open}` has no closing `{close}`"));
    Some(fault.label(scene.span_of(opening), "opened here").help(format!("write `{close}` where it ends")))
}

fn innermost_open<'p, 't>(scene: &Scene<'p, 't>, open: &str, close: &str) -> Option<&'p Piece<'t>> {
    let mut closed = 0_usize;
    for piece in scene.pieces.get(..scene.at)?.iter().rev() {
        if piece.is(close) {
            closed += 1;
        } else if piece.is(open) {
            if closed == 0 {
                return Some(piece);
            }
            closed -= 1;
        }
    }
    None
}

/// `charge a` without its braces.
pub(super) fn brace_missing(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let ends = scene.found().is_none_or(|found| found.kind == Kind::LineEnd);
    let before = scene.before(1).filter(|_| ends && scene.hopes_for("{") && !scene.hopes_for_thing("a value"))?;
    let frame = vocabulary::enclosing(scene.pieces, scene.at)?;
    let fault = Diagnostic::error(codes::INCOMPLETE, format!("the parts of {} stand in braces", frame.article_name));
    let fault = fault.label(scene.span_of(before), "`{` is missing behind this");
    Some(fault.help(format!("write it like this: {}", frame.example)))
}

/// `edition Edition`, `up to 50 TB $23 per TB`
pub(super) fn colon_missing(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let found = scene.found().filter(|_| scene.hopes_for(":"))?;
    let before = scene.before(1)?;
    let span = scene.span(before.start, if found.kind == Kind::LineEnd { before.end() } else { found.end() });
    let frame = vocabulary::enclosing(scene.pieces, scene.at);
    if frame.is_some_and(|frame| frame.word == "table") && heads_rows(scene) {
        let names = super::written(scene.clause_from(scene.at - 1)).replace(' ', " | ");
        let fault = Diagnostic::error(codes::MISSING_BAR, "the names of the columns are divided by `|`");
        return Some(fault.label(span, "no `|` between two names").help(format!("write `{names}`")));
    }
    let is_tier = frame.is_some_and(|frame| matches!(frame.word, "graduated" | "volume"));
    let (title, help) = if is_tier {
        let start = (0..scene.at).rev().find(|at| {
            let ends = |piece: &Piece<'_>| piece.kind == Kind::LineEnd || matches!(piece.text, ";" | "{");
            at.checked_sub(1).and_then(|before| scene.pieces.get(before)).is_none_or(ends)
        });
        // A name before a bracket is no unit any more.
        let split = if found.is("[") || found.is("(") || found.is(".") { scene.at - 1 } else { scene.at };
        let edge = super::written(scene.pieces.get(start.unwrap_or(0)..split).unwrap_or(&[]));
        let price = super::written(scene.clause_from(split));
        let price = if price.is_empty() { "$23 per TB".to_owned() } else { price };
        ("a tier has a colon between its edge and its price", format!("write `{edge} : {price}`"))
    } else {
        let title = "a colon is missing behind the name";
        let help = if found.kind == Kind::LineEnd {
            format!("write `{} : ` and what it is", before.text)
        } else {
            format!("write `{} : {}`", before.text, found.text)
        };
        (title, help)
    };
    Some(Diagnostic::error(codes::MISSING_COLON, title).label(span, "`:` is missing here").help(help))
}

/// Whether the line at hand is nothing but words, and the next one is a row.
fn heads_rows(scene: &Scene<'_, '_>) -> bool {
    let line = scene.clause_from(scene.at);
    let next = scene.pieces.get(scene.at + line.len()..).unwrap_or(&[]);
    let next =
        next.iter().skip_while(|piece| piece.kind == Kind::LineEnd).take_while(|piece| piece.kind != Kind::LineEnd);
    let begins = scene.before(2).is_some_and(|piece| piece.kind == Kind::LineEnd);
    begins && line.iter().all(|piece| piece.kind == Kind::Word) && next.into_iter().any(|piece| piece.is("|"))
}

/// A row of a table with one cell only.
pub(super) fn bar_missing(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let found = scene.found().filter(|_| scene.hopes_for("|"))?;
    let before = scene.before(1)?;
    let span = if found.kind == Kind::LineEnd { scene.span_of(before) } else { scene.span(before.start, found.end()) };
    let fault = Diagnostic::error(codes::MISSING_BAR, "the cells of a row are divided by `|`");
    Some(
        fault
            .label(span, "no `|` between two cells")
            .help("write every row like the line of the column names, with a `|` between its cells"),
    )
}

/// `edition : Edition,` where a line's end suffices.
pub(super) fn comma_at_the_end(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let found = scene.found().filter(|piece| piece.is(",") || piece.is("."))?;
    if !scene.hopes_for_thing("a new line") {
        return None;
    }
    let fault = Diagnostic::error(codes::BAD_SEPARATOR, format!("no `{}` stands here", found.text));
    Some(
        fault
            .label(scene.span_of(found), "not needed")
            .help("leave it out; on one line `;` divides the parts of a declaration"),
    )
}
