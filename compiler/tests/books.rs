//! Every book of the survey, and the two that try the grammar's corners, through the parser.
#![allow(clippy::expect_used)] // A test may fail loudly.

use florin_compiler::format::format;
use florin_compiler::source::SourceId;
use florin_compiler::syntax::{ast, parse, without_places};

/// The books by their file's name.
fn books() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/books");
    let files = std::fs::read_dir(folder).expect("the folder of books").map(|entry| entry.expect("an entry").path());
    let read = |path: std::path::PathBuf| (path.display().to_string(), std::fs::read_to_string(&path).expect("a book"));
    let books: Vec<_> = files.map(read).collect();
    assert_eq!(books.len(), 45);
    books
}

#[test]
fn every_book_is_read() {
    for (path, text) in books() {
        let (book, faults) = parse(SourceId(0), &text);
        assert_eq!(faults, [], "{path}");
        let holes = book.items.iter().filter(|item| matches!(item.declaration, ast::Declaration::Broken { .. }));
        assert_eq!(holes.count(), 0, "{path}");
    }
}

#[test]
fn laying_out_keeps_the_tree_and_settles_at_once() {
    for (path, text) in books() {
        let once = format(&text).expect("a book that parses");
        let tree = |text: &str| without_places(&parse(SourceId(0), text).0);
        assert_eq!(tree(&once), tree(&text), "{path}");
        assert_eq!(format(&once).as_ref(), Ok(&once), "{path}");
    }
}

#[test]
fn books_in_the_house_style_stay_nearly_as_they_are() {
    let (mut changed, mut all) = (0, 0);
    for (_, text) in books() {
        let laid_out = format(&text).expect("a book that parses");
        all += text.lines().count();
        changed += text.lines().zip(laid_out.lines()).filter(|(before, after)| before != after).count();
        assert_eq!(text.lines().count(), laid_out.lines().count());
    }
    assert!(changed * 100 < all * 3, "{changed} of {all} lines");
}
