//! Words that are misspelled, stand in the wrong place, or can not be names.

use super::{Scene, charges, vocabulary};
use crate::diagnostic::Diagnostic;
use crate::syntax::codes;
use crate::syntax::expected::{Hope, nearest, one_of};
use crate::syntax::pieces::Kind;
use crate::syntax::slices::DECLARATIONS;

/// The only words that are never names.
const RESERVED: [&str; 14] =
    ["above", "and", "else", "false", "if", "in", "is", "match", "mod", "not", "or", "otherwise", "then", "true"];

/// A word of the language as a name.
pub(super) fn reserved(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let found = scene.found().filter(|piece| piece.kind == Kind::Word)?;
    if !found.text.is_ascii() {
        let fault = Diagnostic::error(codes::BAD_NAME, "a name has the letters a to z, digits and `_` only");
        return Some(
            fault
                .label(scene.span_of(found), "not only such letters")
                .help("write it without accents, and put the right spelling into a label: `charge groesse \"Größe\"`"),
        );
    }
    if !RESERVED.contains(&found.text) || !scene.hopes_for_thing("a name") || scene.hopes_for_thing("a value") {
        return None;
    }
    let title = format!("`{}` is a word of the language and can not be a name", found.text);
    let fault = Diagnostic::error(codes::RESERVED_WORD, title);
    Some(
        fault
            .label(scene.span_of(found), "a name is needed here")
            .help(format!("choose another name, such as `{}_`", found.text)),
    )
}

/// A line that begins no declaration.
pub(super) fn unknown_declaration(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let at_top = scene.pieces.get(..scene.at)?.iter().all(|piece| matches!(piece.kind, Kind::LineEnd | Kind::Doc));
    let found = scene.found()?;
    if found.is("}") && scene.open_braces() == 0 {
        let fault = Diagnostic::error(codes::EXTRA_BRACE, "this `}` closes nothing");
        return Some(
            fault
                .label(scene.span_of(found), "no `{` is open here")
                .help("leave it out, or look above for a `}` too many"),
        );
    }
    if !at_top || found.kind == Kind::LineEnd {
        return None;
    }
    let word = super::shortened(found.text);
    let fault = Diagnostic::error(codes::UNKNOWN_DECLARATION, format!("`{word}` begins no declaration"));
    let help = match nearest(found.text, &DECLARATIONS) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("a declaration begins with {}", one_of(&DECLARATIONS)),
    };
    Some(fault.label(scene.span_of(found), "not a word that can stand here").help(help))
}

/// `if a then b` without an `else`.
pub(super) fn else_missing(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let hoped = |word: &str| scene.hopes.iter().any(|hope| matches!(hope, Hope::Word(hoped) if hoped == word));
    let wanted = ["else", "then"].into_iter().find(|word| hoped(word))?;
    let near = scene.found().and_then(|found| nearest(found.text, &[wanted]));
    let before = scene.pieces.get(..scene.at)?;
    let opening = before.iter().rfind(|piece| piece.is("if")).filter(|_| near.is_none())?;
    let title = format!("this `if` has no `{wanted}`");
    let fault = Diagnostic::error(codes::MISSING_ELSE, title).label(scene.span_of(opening), "it begins here");
    Some(fault.help("write `if CONDITION then VALUE else VALUE`; for nothing write `else 0` with the unit"))
}

/// A clause that this declaration does not have, or two on one line.
pub(super) fn unknown_clause(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let found = scene.found().filter(|piece| piece.kind == Kind::Word)?;
    let frame = vocabulary::enclosing(scene.pieces, scene.at).filter(|frame| !frame.clauses.is_empty())?;
    if !scene.begins_clause() {
        return two_on_a_line(scene, frame);
    }
    let is_header = matches!(frame.word, "charge" | "part") && matches!(found.text, "from" | "where");
    if frame.clauses.contains(&found.text) || scene.hopes_for_thing("a name") || is_header {
        return None;
    }
    let title = format!("`{}` is no part of {}", found.text, frame.article_name);
    let words = frame.clause_words();
    let help = match (charges::clause_elsewhere(scene, frame), nearest(found.text, frame.clauses)) {
        (Some(help), _) => help,
        (None, Some(near)) => format!("did you mean `{near}`?"),
        (None, None) => format!("{} has {}", frame.article_name, one_of(&words)),
    };
    let fault = Diagnostic::error(codes::UNKNOWN_WORD, title);
    Some(fault.label(scene.span_of(found), "not a word that can stand here").help(help))
}

fn two_on_a_line(scene: &Scene<'_, '_>, frame: &vocabulary::Frame) -> Option<Diagnostic> {
    let found = scene.found()?;
    if !frame.clauses.contains(&found.text) || !scene.hopes_for_thing("a new line") {
        return None;
    }
    let fault = Diagnostic::error(codes::MISSING_SEPARATOR, format!("`{}` begins a new line", found.text));
    let fault = fault.label(scene.span_of(found), "the part before it is complete");
    Some(fault.help(format!("put `{}` on a line of its own, or write `;` before it", found.text)))
}

/// A word near to one that could stand here.
pub(super) fn misspelled(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let found = scene.found().filter(|piece| piece.kind == Kind::Word)?;
    let words: Vec<&str> = scene
        .hopes
        .iter()
        .filter_map(|hope| match hope {
            Hope::Word(word) => Some(word.as_str()),
            Hope::Sign(_) | Hope::Thing(_) => None,
        })
        .collect();
    let things = scene.hopes.iter().filter_map(|hope| match hope {
        Hope::Thing(thing) => Some(words_of(thing)),
        Hope::Sign(_) | Hope::Word(_) => None,
    });
    let words: Vec<&str> = things.flatten().copied().chain(words).collect();
    let near = nearest(found.text, &words)?;
    let fault = Diagnostic::error(codes::UNKNOWN_WORD, format!("`{}` is not known here", found.text));
    Some(fault.label(scene.span_of(found), "not a word that can stand here").help(format!("did you mean `{near}`?")))
}

/// The words that a thing may be.
fn words_of(thing: &str) -> &'static [&'static str] {
    const WINDOWS: &[&str] =
        &["second", "minute", "hour", "day", "week", "month", "quarter", "year", "period", "term", "phase", "forever"];
    match thing {
        "a stretch of time, such as `month`" => WINDOWS,
        "`invoice`, `notify`, `hold` or `block`" => &["invoice", "notify", "hold", "block"],
        "`half even`, `up` or `down`" => &["half", "up", "down"],
        "`highest saving` or `lowest rate`" => &["highest", "lowest"],
        _ => &[],
    }
}

/// `where` behind a quantity, where SQL has it.
pub(super) fn condition_of_a_charge(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let found = scene.found().filter(|piece| piece.is("where") || piece.is("from"))?;
    vocabulary::enclosing(scene.pieces, scene.at).filter(|frame| matches!(frame.word, "charge" | "part" | "fee"))?;
    let title = format!("`{}` stands in the first line of a charge, before its brace", found.text);
    let fault = Diagnostic::error(codes::UNEXPECTED, title).label(scene.span_of(found), "too late here");
    if charges::header_has(scene, found.text) {
        return Some(fault.help(format!("the first line has its `{}` already: leave this one out", found.text)));
    }
    let own = charges::header_with(scene, found.text).unwrap_or_else(|| {
        "charge calls \"Calls\" from call where region == \"eu\" { quantity count(); price $1 each }".to_owned()
    });
    Some(fault.help(format!("write `{own}`")))
}

/// A text without quotes.
pub(super) fn quotes_missing(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let found =
        scene.found().filter(|piece| piece.kind == Kind::Word && scene.hopes_for_thing("a text in \"quotes\""))?;
    if scene.hopes_for_thing("a value") {
        return None;
    }
    let rest = scene.pieces.get(scene.at..)?.iter();
    let run: Vec<_> =
        rest.take_while(|piece| matches!(piece.kind, Kind::Word | Kind::Number) || piece.is("/")).collect();
    let end = run.last().map_or(found.end(), |last| last.end());
    let said = run.iter().fold(String::new(), |said, piece| {
        let touches = said.is_empty() || piece.is("/") || said.ends_with('/');
        said + if touches { "" } else { " " } + piece.text
    });
    let fault = Diagnostic::error(codes::BAD_QUOTES, "a text stands in quotes");
    Some(fault.label(scene.span(found.start, end), "without quotes").help(format!("write \"{said}\"")))
}

/// `///` at the end of a book.
pub(super) fn documentation_of_nothing(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let rest = scene.pieces.get(scene.at..)?;
    let doc = scene.pieces.iter().rfind(|piece| piece.kind != Kind::LineEnd).filter(|piece| piece.kind == Kind::Doc)?;
    if rest.iter().any(|piece| piece.kind != Kind::LineEnd) {
        return None;
    }
    let fault = Diagnostic::error(codes::BAD_COMMENT, "`///` documents the declaration that follows it");
    let span = scene.span(doc.start, doc.start + 3);
    Some(fault.label(span, "no declaration follows here").help("write `//` for a comment"))
}

/// `charge calls from call by region`: the parts of a header in another order than theirs.
pub(super) fn header_out_of_order(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    const ORDER: [&str; 6] = ["by", "pooled", "per", "from", "where", "for"];
    let rank = |text: &str| ORDER.iter().position(|word| *word == text);
    let found = scene.found().filter(|piece| piece.kind == Kind::Word)?;
    let own = rank(found.text).filter(|_| scene.open_braces() == 0)?;
    let first = scene.pieces.iter().find(|piece| piece.kind == Kind::Word)?;
    let frame = ["charge", "meter", "fold", "spans"].into_iter().find(|word| *word == first.text)?;
    let before = scene.pieces.get(..scene.at)?.iter().filter(|piece| piece.kind == Kind::Word);
    let later =
        before.filter(|piece| rank(piece.text).is_some_and(|rank| rank > own)).min_by_key(|piece| piece.start)?;
    // A meter's keys and window stand before its `=`.
    let equals = scene.pieces.get(..scene.at)?.iter().find(|piece| piece.is("=") && rank("from") > Some(own));
    let later = equals.unwrap_or(later);
    let title = format!("`{}` stands before `{}` in the first line of a {frame}", found.text, later.text);
    let fault = Diagnostic::error(codes::UNEXPECTED, title);
    let fault =
        fault.label(scene.span_of(found), "too late here").label(scene.span_of(later), "it belongs before this");
    let example = match frame {
        "charge" => {
            "`charge calls \"Calls\" by region per day from call where region != \"eu\" for each network { quantity count(); price $1 each }`"
        }
        "meter" => "`meter calls by region per day = count() from call where region != \"eu\"`",
        _ => "`fold admission by project per minute from call { state used : number = 0; next used = used + 1 }`",
    };
    Some(fault.help(format!("keep this order, leaving out what you do not need: {example}")))
}

/// `region in ("eu", "us")`: only a calendar stands behind `in`.
pub(super) fn list_behind_in(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let found = scene.found().filter(|piece| piece.is("(") || piece.is("[") || piece.kind == Kind::Text)?;
    let before = scene.before(1).filter(|piece| piece.is("in"))?;
    let subject = scene.before(2).map_or("NAME", |piece| piece.text);
    let fault = Diagnostic::error(codes::UNEXPECTED, "behind `in` stands the name of a calendar, not a list");
    let fault = fault.label(scene.span(before.start, found.end()), "several values");
    Some(fault.help(format!(
        "compare with each: `({subject} == \"eu\" or {subject} == \"us\")`; for many, look it up in a table"
    )))
}

/// `1 < size < 5`
pub(super) fn chained_comparison(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let compares = |text: &str| matches!(text, "<" | "<=" | ">" | ">=" | "==" | "!=");
    let found = scene.found().filter(|piece| piece.kind == Kind::Sign && compares(piece.text))?;
    let middle = scene.before(1).filter(|piece| matches!(piece.kind, Kind::Word | Kind::Number))?;
    let first = scene.pieces.get(..scene.at)?.iter().rfind(|piece| piece.kind == Kind::Sign)?;
    if !compares(first.text) {
        return None;
    }
    let fault = Diagnostic::error(codes::UNEXPECTED, "comparisons do not chain");
    let fault = fault.label(scene.span_of(found), "a second comparison").label(scene.span_of(first), "the first one");
    Some(fault.help(format!(
        "join two comparisons with `and`: `LEAST {0} {1} and {1} {2} MOST`",
        first.text, middle.text, found.text
    )))
}
