//! What the documents show is true: the blocks of a page are one price book, which is right and passes its tests.

use florin_runtime::suite::{self, Evaluator, Snapshots};
use florin_tests::root;
use std::path::PathBuf;

/// The books that the `florin` blocks of a page are, each line at its own line number. Where a block begins with
/// `pricebook`, another book does.
fn books_of(page: &str) -> Vec<String> {
    let mut inside = false;
    let mut blank = String::new();
    let mut books: Vec<String> = Vec::new();
    for line in page.lines() {
        let fence = line.starts_with("```");
        if inside && !fence {
            if line.starts_with("pricebook ") || books.is_empty() {
                books.push(blank.clone());
            }
            books.last_mut().expect("a book").push_str(line);
        }
        blank.push('\n');
        books.last_mut().into_iter().for_each(|book| book.push('\n'));
        inside = if fence { line == "```florin" } else { inside };
    }
    books
}

fn check(page: &str) {
    let text = std::fs::read_to_string(root(page)).expect("the page");
    let folder = std::env::temp_dir().join(format!("florin-page-{}-{}", page.replace('/', "-"), std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let path: PathBuf = folder.join("page.florin");
    let run = |evaluator| suite::run_book(&path, Snapshots::Compare, evaluator).expect("the book can be read");
    let mut results = Vec::new();
    for book in books_of(&text) {
        std::fs::write(&path, book).expect("written");
        results.extend([run(Evaluator::Reference), run(Evaluator::Compiled)]);
    }
    std::fs::remove_dir_all(&folder).expect("removed");
    for result in &results {
        assert!(!result.tests.is_empty(), "{page} has no test");
        for test in &result.tests {
            assert!(test.is_passed(), "{page} {}: {:#?}\n{:?}", test.label, test.failures, test.bill);
        }
    }
}

#[test]
fn the_readme_is_true() {
    check("README.md");
}

#[test]
fn the_language_reference_is_true() {
    check("grammar/README.md");
}

#[test]
fn the_cookbook_is_true() {
    check("grammar/COOKBOOK.md");
}
