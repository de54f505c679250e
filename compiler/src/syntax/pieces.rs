//! A text cut into words, numbers, signs and blanks, without any loss and whatever it says.
//!
//! The grammar decides what a book is. This coarse view serves where the grammar can not go: to look for limits
//! before it runs, to find the next declaration behind a broken one, to name what stands where it stopped, and to
//! lay a book out anew.

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Blanks and tabs.
    Blank,
    /// One line's end.
    LineEnd,
    /// `// ..` to the line's end.
    Comment,
    /// `/// ..` to the line's end.
    Doc,
    /// Letters, digits and `_`, with a letter first.
    Word,
    /// What begins with a digit: a number, an amount of money with its sign, a date, a time of day.
    Number,
    /// A quoted text.
    Text,
    /// A quoted text that its line ends.
    OpenText,
    /// Punctuation, operators, and every letter that the language does not know.
    Sign,
}

/// A stretch of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece<'t> {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its letters.
    pub(crate) text: &'t str,
    /// The byte at which it starts.
    pub(crate) start: usize,
}

impl Piece<'_> {
    /// The byte behind it.
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is this word or sign.
    pub(crate) fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Sign) && self.text == text
    }

    /// Whether it says something: no blank and no comment.
    pub(crate) fn counts(&self) -> bool {
        !matches!(self.kind, Kind::Blank | Kind::Comment)
    }
}

/// Cuts a text into its pieces; together they are the text.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
        let (kind, length) = first_piece(rest);
        let length = length.clamp(1, rest.len());
        let piece = rest.get(..length).unwrap_or(rest);
        found.push(Piece { kind, text: piece, start });
        start += piece.len();
    }
    found
}

fn first_piece(rest: &str) -> (Kind, usize) {
    let first = rest.chars().next().unwrap_or(' ');
    match first {
        ' ' | '\t' => (Kind::Blank, run(rest, |letter| letter == ' ' || letter == '\t')),
        '\n' => (Kind::LineEnd, 1),
        '\r' => (Kind::LineEnd, if rest.starts_with("\r\n") { 2 } else { 1 }),
        '"' => quoted(rest),
        '/' if rest.starts_with("////") => (Kind::Comment, to_line_end(rest)),
        '/' if rest.starts_with("///") => (Kind::Doc, to_line_end(rest)),
        '/' if rest.starts_with("//") => (Kind::Comment, to_line_end(rest)),
        _ => money(rest).or_else(|| date(rest)).map_or_else(|| word_or_sign(rest, first), |n| (Kind::Number, n)),
    }
}

fn word_or_sign(rest: &str, first: char) -> (Kind, usize) {
    if first.is_ascii_digit() {
        return (Kind::Number, number(rest));
    }
    if first.is_alphabetic() || first == '_' {
        return (Kind::Word, run(rest, is_name_letter));
    }
    const LONG_SIGNS: [&str; 14] = ["==", "!=", "<=", ">=", "..", "::", "&&", "||", "<>", "=<", "=>", "**", "/*", "*/"];
    let long = LONG_SIGNS.iter().find(|sign| rest.starts_with(**sign));
    (Kind::Sign, long.map_or(first.len_utf8(), |sign| sign.len()))
}

fn is_name_letter(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|letter| !belongs(letter)).unwrap_or(text.len())
}

fn to_line_end(text: &str) -> usize {
    text.find(['\n', '\r']).unwrap_or(text.len())
}

/// A text up to its closing quote, or to the line's end.
fn quoted(rest: &str) -> (Kind, usize) {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            '\n' | '\r' => return (Kind::OpenText, at),
            '"' if !escaped => return (Kind::Text, at + 1),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    (Kind::OpenText, rest.len())
}

/// `1_000`, `0.25`, `200k`, `10%`, and what is nearly a number: `5GB`.
fn number(rest: &str) -> usize {
    let mut length = run(rest, is_name_letter);
    let behind = |length: usize| rest.get(length..).unwrap_or("");
    let digit_first = |text: &str| text.starts_with(|letter: char| letter.is_ascii_digit());
    if behind(length).strip_prefix('.').is_some_and(digit_first) {
        length += 1 + run(behind(length + 1), is_name_letter);
    }
    length + usize::from(behind(length).starts_with('%'))
}

/// `$3.00`, `R$5`: a sign of money, up to two letters before it, and an amount.
fn money(rest: &str) -> Option<usize> {
    let letters = run(rest, |letter| letter.is_ascii_alphabetic());
    let sign = rest.get(letters..)?.chars().next().filter(|sign| is_currency(*sign))?;
    let amount = rest.get(letters + sign.len_utf8()..)?;
    let follows = amount.starts_with(|letter: char| letter.is_ascii_digit());
    (letters <= 2 && follows).then(|| letters + sign.len_utf8() + number(amount))
}

/// Whether a letter is a currency's sign.
pub(crate) fn is_currency(letter: char) -> bool {
    matches!(letter, '$' | '¢'..='¥' | '֏' | '؋' | '৲' | '৳' | '฿' | '₠'..='\u{20cf}')
}

/// A date, an instant, a month or a time of day.
fn date(rest: &str) -> Option<usize> {
    let fits = |pattern: &str| {
        let mut letters = rest.chars();
        let fits_one = |wanted: char| {
            letters.next().is_some_and(|letter| if wanted == '0' { letter.is_ascii_digit() } else { letter == wanted })
        };
        pattern.chars().all(fits_one)
    };
    let instant_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, ':' | '+' | '-' | '.');
    if fits("0000-00-00T00:00") {
        return Some(without_range(rest, run(rest, instant_letter)));
    }
    let length = ["0000-00-00", "0000-00", "00:00"].into_iter().find(|pattern| fits(pattern))?.len();
    let ends = !rest.get(length..)?.starts_with(|letter: char| is_name_letter(letter) || letter == '-');
    ends.then_some(length)
}

/// Cuts a length at `..`, which begins a range's other end.
fn without_range(rest: &str, length: usize) -> usize {
    rest.get(..length).and_then(|text| text.find("..")).unwrap_or(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> String {
        let all = pieces(text);
        assert_eq!(all.iter().map(|piece| piece.text).collect::<String>(), text);
        all.iter().filter(|piece| piece.kind != Kind::Blank).map(|piece| piece.text).collect::<Vec<_>>().join("·")
    }

    #[test]
    fn cuts_words_numbers_and_signs() {
        assert_eq!(cut("price $2.50 per 1M x // y"), "price·$2.50·per·1M·x·// y");
        assert_eq!(cut("a.b-5 <= R$3 .. \"x\\\"y\" z"), "a·.·b·-·5·<=·R$3·..·\"x\\\"y\"·z");
        assert_eq!(cut("2026-05-15..2026-06-13,16:00..21:00"), "2026-05-15·..·2026-06-13·,·16:00·..·21:00");
        assert_eq!(
            cut("2026-11-03T10:00:00Z, 2026-11 10% 3.00$ \"open"),
            "2026-11-03T10:00:00Z·,·2026-11·10%·3.00·$·\"open"
        );
    }
}
