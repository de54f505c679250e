//! What must stay absent from the code (the architecture invariants), as far as its text can show it.

use florin_tests::root;
use std::path::{Path, PathBuf};

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    gather(&root(folder), &mut found);
    assert!(found.len() > 5, "{folder}");
    found
}

fn gather(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            gather(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&entry).expect("a source");
            found.push((entry, text));
        }
    }
}

/// No file of a folder has any of these words in a line of code.
fn absent(folder: &str, words: &[&str], except: &[&str]) {
    for (path, text) in sources(folder) {
        let place = path.display().to_string();
        if except.iter().any(|part| place.contains(part)) {
            continue;
        }
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for word in words {
                assert!(!has_word(line, word), "{place}:{}: {word}", number + 1);
            }
        }
    }
}

fn has_word(line: &str, word: &str) -> bool {
    let is_letter = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    line.match_indices(word)
        .any(|(at, _)| !is_letter(line[..at].chars().next_back()) && !is_letter(line[at + word.len()..].chars().next()))
}

#[test]
fn there_is_no_floating_point() {
    for folder in ["compiler/src", "runtime/src"] {
        absent(folder, &["f32", "f64"], &[]);
    }
}

#[test]
fn the_compiler_does_no_io_and_reads_no_clock() {
    let words =
        ["std::fs", "std::io", "std::env", "std::net", "SystemTime", "Instant::now", "Timestamp::now", "println!"];
    absent("compiler/src", &words, &[]);
}

#[test]
fn the_parser_generator_stays_in_the_syntax_pass() {
    absent("compiler/src", &["pest", "florin_grammar"], &["/syntax/"]);
    absent("runtime/src", &["pest", "florin_grammar"], &[]);
}

#[test]
fn nothing_in_the_runtime_knows_the_syntax() {
    // What a test expects of a broken book, and the dates that a bill is asked for, are read from the tree.
    absent("runtime/src", &["Declaration", "ExprKind", "ast::Expr"], &["/engine.rs"]);
}
