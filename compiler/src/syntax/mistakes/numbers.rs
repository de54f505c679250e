//! Numbers, money and dates as people write them elsewhere.

use super::Scene;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::pieces::{Kind, Piece, is_currency};
use crate::syntax::{codes, dates};

/// `1,000`, `0,25`, `1.000.000`
pub(super) fn thousands(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let run = scene.touching(|piece| piece.kind == Kind::Number || matches!(piece.text, "," | "."))?;
    let text = run.text.as_str();
    let separators: Vec<char> = text.chars().filter(|letter| matches!(letter, ',' | '.')).collect();
    let comma = separators.contains(&',');
    if separators.len() + usize::from(comma) < 2
        || !text.ends_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '%')
    {
        return None;
    }
    let groups: Vec<&str> = text.split([',', '.']).collect();
    let digits = |group: &&str| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
    let in_threes = groups.iter().skip(1).all(digits);
    let (title, mend) = if in_threes {
        ("thousands are set apart with `_`", groups.join("_"))
    } else if separators.len() == 1 {
        ("decimals stand behind a point", text.replace(',', "."))
    } else {
        let (last, whole) = groups.split_last()?;
        ("thousands are set apart with `_`, decimals with a point", format!("{}.{last}", whole.join("_")))
    };
    let fault = Diagnostic::error(codes::BAD_NUMBER, title);
    Some(fault.label(run.span, "this is not read as one number").help(format!("write `{mend}`")))
}

/// `2026/03/01`, `01.03.2026`, `2026-3-1`, `2026-11-03 10:00`
pub(super) fn date_otherwise(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let run = scene.touching(|piece| piece.kind == Kind::Number || matches!(piece.text, "/" | "-" | "." | ":"))?;
    let text = run.text.as_str();
    if text.contains('T') && text.contains(':') {
        let fault = Diagnostic::error(codes::BAD_DATE, "this instant is not complete");
        return Some(
            fault
                .label(run.span, "an instant says its time zone")
                .help("write `2026-11-03T10:00:00Z`, or `+01:00` in place of `Z`"),
        );
    }
    Some(bad_date(run.span, dates::written_otherwise(text)?))
}

/// `Mar 16 2026`, `16 March 2026`, `March 2026`
pub(super) fn date_in_words(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let is_month = |piece: &Piece<'_>| piece.kind == Kind::Word && dates::month_number(piece.text).is_some();
    let near = [scene.at.checked_sub(2), scene.at.checked_sub(1), Some(scene.at), scene.at.checked_add(1)];
    let month = near.into_iter().flatten().find(|at| scene.pieces.get(*at).is_some_and(is_month))?;
    // From the day before the month, or from the month, up to a year behind it.
    [month.checked_sub(1), Some(month)].into_iter().flatten().find_map(|first| {
        (month + 1..month + 4).rev().find_map(|last| {
            let run = scene.pieces.get(first..=last)?;
            let text: Vec<&str> = run.iter().map(|piece| piece.text).collect();
            let help = dates::written_otherwise(&text.join(" "))?;
            Some(bad_date(scene.span(run.first()?.start, run.last()?.end()), help))
        })
    })
}

fn bad_date(span: Span, help: String) -> Diagnostic {
    let fault = Diagnostic::error(codes::BAD_DATE, "a date is written year, month, day");
    fault.label(span, "this is not read as a date").help(help)
}

/// `3.00$`, `$ 3.00`
pub(super) fn money_behind(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let sign = scene.found().filter(|piece| piece.text.chars().all(is_currency))?;
    let amount = [scene.before(1), scene.after(1)].into_iter().flatten().find(|piece| piece.kind == Kind::Number)?;
    let (start, end) = (sign.start.min(amount.start), sign.end().max(amount.end()));
    let fault = Diagnostic::error(codes::BAD_MONEY, "the sign of a currency stands right before the amount");
    let fault = fault.label(scene.span(start, end), "this is not read as an amount of money");
    let bare = amount.text.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    Some(fault.help(format!("write `{}{bare}`", sign.text)))
}

/// `10 %`, `%10`
pub(super) fn percent_apart(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let sign = scene.found().filter(|piece| piece.is("%"))?;
    let number = [scene.before(1), scene.after(1)].into_iter().flatten().find(|piece| piece.kind == Kind::Number);
    let fault = Diagnostic::error(codes::BAD_NUMBER, "`%` stands right behind a number");
    Some(match number {
        Some(number) => {
            let span = scene.span(sign.start.min(number.start), sign.end().max(number.end()));
            fault.label(span, "this is not read as one number").help(format!("write `{}%`", number.text))
        }
        None => fault
            .label(scene.span_of(sign), "no number before it")
            .help("write `10%`; a value that is a share needs no `%`, and the rest of a division is `mod`"),
    })
}

/// `5GB`, `200K`, `1e6`, `.5`
pub(super) fn odd_number(scene: &Scene<'_, '_>) -> Option<Diagnostic> {
    let found = scene.found()?;
    if found.is(".") {
        let number = scene.after(1).filter(|piece| piece.kind == Kind::Number && piece.start == found.end())?;
        let fault = Diagnostic::error(codes::BAD_NUMBER, "a number begins with a digit");
        let span = scene.span(found.start, number.end());
        return Some(
            fault.label(span, "a digit is missing before the point").help(format!("write `0.{}`", number.text)),
        );
    }
    let letters_at =
        (found.kind == Kind::Number).then(|| found.text.rfind(|letter: char| letter.is_ascii_digit()))??;
    let (digits, letters) = found.text.split_at(letters_at + 1);
    if letters.is_empty() || letters == "%" || found.text.contains(['-', ':']) {
        return None;
    }
    Some(glued(scene, found, digits, letters))
}

fn glued(scene: &Scene<'_, '_>, found: &Piece<'_>, digits: &str, letters: &str) -> Diagnostic {
    let help = match letters {
        "K" => format!("write `{digits}k` for thousands"),
        "m" | "mio" | "Mio" => format!("write `{digits}M` for millions"),
        "b" | "B" | "bn" | "G" => format!("write `{digits}_000M` for billions"),
        "_" | "%%" => format!("write `{digits}`"),
        unit => format!("write `{digits} {unit}`, with a blank before the unit"),
    };
    let fault = Diagnostic::error(codes::BAD_NUMBER, format!("`{}` is not a number", found.text));
    fault.label(scene.span_of(found), "letters behind the digits: only `k` and `M` may stand there").help(help)
}

/// Pieces without a blank between them.
pub(super) struct Run {
    text: String,
    span: Span,
}

impl Scene<'_, '_> {
    /// The longest run of pieces of one sort that touch one another, around what was found or right before it.
    fn touching(&self, belongs: impl Fn(&Piece<'_>) -> bool) -> Option<Run> {
        let fits = |index: usize| self.pieces.get(index).is_some_and(&belongs);
        let mut first = if fits(self.at) { self.at } else { self.at.checked_sub(1).filter(|before| fits(*before))? };
        let touches =
            |left: usize| self.pieces.get(left).zip(self.pieces.get(left + 1)).is_some_and(|(a, b)| a.end() == b.start);
        let mut last = first;
        while first > 0 && fits(first - 1) && touches(first - 1) {
            first -= 1;
        }
        while fits(last + 1) && touches(last) {
            last += 1;
        }
        let run = self.pieces.get(first..=last)?;
        let span = self.span(run.first()?.start, run.last()?.end());
        Some(Run { text: run.iter().map(|piece| piece.text).collect(), span })
    }
}
