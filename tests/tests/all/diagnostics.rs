//! Every message that an author may get, as it prints: each bad book under `diagnostics/` beside what is said of it.
//!
//! The first line of a book names the code that it is about (`// florin::units::mismatch`), then what is wrong. To
//! add a case, add a book; read its snapshot before you accept it.

use florin_compiler::codes;
use florin_compiler::diagnostic::Diagnostic;
use florin_compiler::pipeline::{Compiled, compile};
use florin_compiler::source::{NoFiles, Sources};
use florin_compiler::syntax::limits::MAX_TEXT_BYTES;
use florin_runtime::loader::FolderLoader;
use florin_runtime::render::diagnostic::{Style, diagnostics_text};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How wide the terminal is.
const WIDTH: usize = 100;

/// The marker of a companion that is imported by a book, and no book of its own.
const COMPANION: &str = "// companion";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("diagnostics")
}

/// The bad books with their texts, sorted.
fn books() -> Vec<(PathBuf, String)> {
    let areas = std::fs::read_dir(folder()).expect("the folder").map(|area| area.expect("an entry").path());
    let files = areas.filter(|area| area.is_dir()).flat_map(|area| std::fs::read_dir(area).expect("an area"));
    let paths = files.map(|file| file.expect("an entry").path());
    let mut books: Vec<(PathBuf, String)> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "florin"))
        .map(|path| (path.clone(), std::fs::read_to_string(path).expect("a text")))
        .filter(|(_, text)| !text.starts_with(COMPANION))
        .collect();
    books.sort();
    books
}

fn compiled(path: &Path, text: &str) -> Compiled {
    let loader = FolderLoader::beside(path).expect("the book's folder");
    let name = path.file_name().expect("a name").to_string_lossy();
    compile(&name, text, &loader)
}

/// The code that a book's first line names.
fn said_code(path: &Path, text: &str) -> String {
    let first = text.lines().next().and_then(|line| line.strip_prefix("// "));
    let first = first.unwrap_or_else(|| panic!("{} begins with its code", path.display()));
    first.split_once(": ").map_or(first, |(code, _)| code).to_owned()
}

/// The underlined text of each label, so that a label which is a letter off is seen.
fn underlined(sources: &Sources, found: &Diagnostic) -> String {
    let line = |span| sources.text(span).split_whitespace().collect::<Vec<_>>().join(" ");
    found.labels.iter().map(|label| format!("  [{}] {}\n", line(label.span), label.text)).collect()
}

fn report(text: &str, compiled: &Compiled) -> String {
    let places: String = compiled
        .diagnostics
        .iter()
        .map(|found| format!("{}\n{}", found.code, underlined(&compiled.sources, found)))
        .collect();
    let messages = diagnostics_text(&compiled.sources, &compiled.diagnostics, Style::Ascii, WIDTH);
    let messages: String = messages.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    let text = text.replace('\0', "\\0");
    let messages = messages.replace('\0', "\\0");
    format!("{text}\n----- says -----\n\n{messages}\n----- underlines -----\n\n{places}")
}

#[test]
fn messages_read_well() {
    insta::glob!("../../diagnostics", "*/*.florin", |path| {
        let text = std::fs::read_to_string(path).expect("a text");
        if text.starts_with(COMPANION) {
            return;
        }
        let area = path.parent().and_then(Path::file_name).expect("an area").to_string_lossy();
        let name = path.file_stem().expect("a name").to_string_lossy();
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(format!("../../diagnostics/{area}/snapshots"));
        settings.set_snapshot_suffix("");
        settings.set_omit_expression(true);
        settings.set_prepend_module_to_snapshot(false);
        settings.remove_input_file();
        settings.bind(|| insta::assert_snapshot!(&*name, report(&text, &compiled(path, &text))));
    });
}

#[test]
fn each_book_provokes_the_code_that_it_names() {
    let known: Vec<&str> = codes::all().into_iter().map(|(code, _)| code).collect();
    for (path, text) in books() {
        let code = said_code(&path, &text);
        assert!(known.contains(&&*code), "{}: `{code}` is no code", path.display());
        let found: Vec<&str> = compiled(&path, &text).diagnostics.iter().map(|found| found.code).collect();
        assert!(found.contains(&&*code), "{}: {found:?}", path.display());
    }
}

#[test]
fn each_code_is_provoked_by_a_book() {
    let provoked: BTreeSet<String> = books().iter().map(|(path, text)| said_code(path, text)).collect();
    let silent: Vec<&str> =
        codes::all().into_iter().map(|(code, _)| code).filter(|code| !provoked.contains(*code)).collect();
    // A book that is too large is made, not kept.
    assert_eq!(silent, ["florin::syntax::too_large"]);
    let large = format!("period month\ncurrency USD\npricebook large\n// {}\n", "long ".repeat(MAX_TEXT_BYTES / 5 + 1));
    let found = compile("large.florin", &large, &NoFiles).diagnostics;
    assert_eq!(found.iter().map(|found| found.code).collect::<Vec<_>>(), silent);
}

#[test]
fn every_message_has_a_place_and_no_full_stop() {
    for (path, text) in books() {
        let compiled = compiled(&path, &text);
        for found in &compiled.diagnostics {
            let at = format!("{}: {}", path.display(), found.title);
            assert!(!found.title.ends_with('.'), "{at}");
            assert!(found.help.is_some(), "{at} offers no mend");
            assert!(!found.labels.is_empty(), "{at}");
            for label in &found.labels {
                assert!(compiled.sources.get(label.span.source).is_some() && !label.text.is_empty(), "{at}");
            }
        }
    }
}
