//! Every book of the survey, and the two that try the grammar's corners, through the parser.
#![allow(clippy::expect_used)] // A test may fail loudly.

use florin_compiler::source::SourceId;
use florin_compiler::syntax::{ast, parse};

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
