//! Real books with lines and letters deleted, doubled and swapped: nothing panics, nothing takes long, and what
//! still parses is laid out without a change of meaning.
#![allow(clippy::expect_used, clippy::panic)] // A test may fail loudly.

use florin_compiler::format::format;
use florin_compiler::source::SourceId;
use florin_compiler::syntax::{parse, without_places};
use proptest::prelude::*;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// The longest that a book of this size may take, with room for a busy machine.
const MAX_TIME: Duration = Duration::from_secs(2);

static BOOKS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/books");
    let files = std::fs::read_dir(folder).expect("the folder of books").map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<_> = files.collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).expect("a book")).collect()
});

/// What is done to a book; numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Change {
    DeleteLine(usize),
    DoubleLine(usize),
    SwapLines(usize, usize),
    DeleteLetter(usize),
    DoubleLetter(usize),
    Insert(usize, &'static str),
}

fn change() -> impl Strategy<Value = Change> {
    let soup = prop::sample::select(vec![
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "\"",
        "|",
        ",",
        ";",
        ":",
        "=",
        "-",
        "if ",
        " then ",
        "else ",
        "not ",
        "per ",
        "1",
        "$",
        "%",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "  ",
        "//",
        "///",
        "é",
        "\u{feff}",
        "\\",
        ".",
        "..",
        "each ",
        " of previous month",
        "match a {",
    ]);
    prop_oneof![
        any::<usize>().prop_map(Change::DeleteLine),
        any::<usize>().prop_map(Change::DoubleLine),
        any::<(usize, usize)>().prop_map(|(a, b)| Change::SwapLines(a, b)),
        any::<usize>().prop_map(Change::DeleteLetter),
        any::<usize>().prop_map(Change::DoubleLetter),
        (any::<usize>(), soup).prop_map(|(at, text)| Change::Insert(at, text)),
    ]
}

fn changed(text: &str, change: &Change) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let mut letters: Vec<char> = text.chars().collect();
    let (line, letter) = (|at: usize| at % lines.len(), |at: usize| at % letters.len().max(1));
    match *change {
        Change::DeleteLine(at) => drop(lines.remove(line(at))),
        Change::DoubleLine(at) => lines.insert(line(at), text.split('\n').nth(line(at)).unwrap_or("")),
        Change::SwapLines(a, b) => lines.swap(a % text.split('\n').count(), b % text.split('\n').count()),
        Change::DeleteLetter(at) if !letters.is_empty() => {
            letters.remove(letter(at));
            return letters.iter().collect();
        }
        Change::DoubleLetter(at) if !letters.is_empty() => {
            let at = letter(at);
            letters.insert(at, text.chars().nth(at).unwrap_or(' '));
            return letters.iter().collect();
        }
        Change::DeleteLetter(_) | Change::DoubleLetter(_) => {}
        Change::Insert(at, soup) => {
            letters.splice(letter(at)..letter(at), soup.chars());
            return letters.iter().collect();
        }
    }
    lines.join("\n")
}

fn tree(text: &str) -> String {
    without_places(&parse(SourceId(0), text).0)
}

fn judge(text: &str) -> Result<(), TestCaseError> {
    let start = Instant::now();
    let (book, faults) = parse(SourceId(0), text);
    prop_assert!(start.elapsed() < MAX_TIME, "{:?}", start.elapsed());
    for fault in &faults {
        prop_assert!(!fault.labels.is_empty() && !fault.title.is_empty());
        let span = fault.labels.first().expect("a place").span;
        prop_assert!(text.get(span.start as usize..span.end as usize).is_some(), "{fault:?}");
    }
    match format(text) {
        Err(found) => prop_assert_eq!(found, faults),
        Ok(once) => {
            prop_assert_eq!(tree(&once), without_places(&book), "{}", once);
            prop_assert_eq!(format(&once), Ok(once));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_book_is_read_and_laid_out(book in any::<prop::sample::Index>(), changes in prop::collection::vec(change(), 1..6)) {
        let text = changes.iter().fold(book.get(&BOOKS).clone(), |text, change| changed(&text, change));
        judge(&text)?;
    }

    #[test]
    fn other_blanks_change_nothing_for_good(book in any::<prop::sample::Index>(), widths in prop::collection::vec(0usize..4, 64)) {
        let mut widths = widths.iter().cycle();
        let text = book.get(&BOOKS);
        let mut blanks = |letter: char| if letter == ' ' { " ".repeat(1 + widths.next().unwrap_or(&0)) } else { letter.to_string() };
        // Not inside texts and documentation, where a blank is a letter.
        let mut spaced = String::new();
        for line in text.split_inclusive('\n') {
            for (index, part) in line.split_inclusive('"').enumerate() {
                let is_text = index % 2 == 1 || line.starts_with("///");
                spaced.extend(part.chars().map(|letter| if is_text { letter.to_string() } else { blanks(letter) }));
            }
        }
        prop_assert_eq!(tree(&spaced), tree(text));
        judge(&spaced)?;
    }
}
