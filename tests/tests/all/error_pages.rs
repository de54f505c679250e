//! Every error code has a page in `grammar/errors`, whose example provokes it; the index lists them all.
//!
//! A page shows one whole book in a fence `florin`; files that it names stand in fences with their path, such as
//! `csv rates.csv`. To write the index anew, run with `FLORIN_WRITE_INDEX=1`.

use florin_compiler::codes;
use florin_compiler::pipeline::compile;
use florin_compiler::source::{LoadError, Loader};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What no page can show: bytes that are no text, and a book of megabytes.
const WITHOUT_EXAMPLE: [&str; 2] = ["florin::syntax::not_text", "florin::syntax::too_large"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../grammar/errors")
}

/// `units-mismatch.md` for `florin::units::mismatch`.
fn file_name(code: &str) -> String {
    format!("{}.md", code.trim_start_matches("florin::").replace("::", "-").replace('_', "-"))
}

fn page(code: &str) -> String {
    let path = folder().join(file_name(code));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The example of a page, and the files beside it.
#[derive(Default)]
struct Example {
    book: Option<String>,
    files: BTreeMap<String, String>,
}

impl Loader for Example {
    fn load(&self, path: &str) -> Result<String, LoadError> {
        if path.starts_with(['.', '/']) {
            return Err(LoadError::Outside);
        }
        self.files.get(path).cloned().ok_or(LoadError::Missing)
    }
}

fn example(page: &str) -> Example {
    let mut example = Example::default();
    // Every second part is inside a fence.
    for fence in page.split("```").skip(1).step_by(2) {
        let (info, text) = fence.split_once('\n').expect("a fence has lines");
        match info.split_once(' ') {
            Some((_, path)) => drop(example.files.insert(path.to_owned(), text.to_owned())),
            None => example.book = Some(text.to_owned()),
        }
    }
    example
}

#[test]
fn each_page_names_its_code_and_provokes_it() {
    for (code, _) in codes::all() {
        let page = page(code);
        assert!(page.starts_with("# ") && page.contains(&format!("`{code}`")), "{code}");
        assert!(page.contains("## What to do"), "{code}");
        if WITHOUT_EXAMPLE.contains(&code) {
            continue;
        }
        let example = example(&page);
        let book = example.book.clone().unwrap_or_else(|| panic!("{code} has no example"));
        let found = compile("book.florin", &book, &example).diagnostics;
        assert!(found.iter().any(|found| found.code == code), "{code}: {found:#?}");
        // What is not finished for the sake of brevity may be warned of.
        assert!(found.iter().all(|found| found.code == code || !found.is_error()), "{code}: {found:#?}");
    }
}

#[test]
fn no_page_is_left_over() {
    let mut files: Vec<String> = std::fs::read_dir(folder())
        .expect("the folder of pages")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name != "README.md")
        .collect();
    files.sort();
    let mut expected: Vec<String> = codes::all().into_iter().map(|(code, _)| file_name(code)).collect();
    expected.sort();
    assert_eq!(files, expected);
}

/// The index: each code with the title of its page.
fn index() -> String {
    let mut text = String::from(
        "# Error codes\n\nEach message of the compiler has a code. It is stable: what stands here of a code today holds \
         for every later version.\n\n| code | what it is about |\n| --- | --- |\n",
    );
    for (code, _) in codes::all() {
        let page = page(code);
        let title = page.lines().next().and_then(|line| line.strip_prefix("# ")).expect("a title");
        let title = title.replace('|', "\\|");
        text.push_str(&format!("| [`{code}`]({}) | {title} |\n", file_name(code)));
    }
    text
}

#[test]
fn the_index_lists_every_page() {
    let path = folder().join("README.md");
    let expected = index();
    if std::env::var_os("FLORIN_WRITE_INDEX").is_some() {
        std::fs::write(&path, &expected).expect("the index is written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, expected, "write it anew with FLORIN_WRITE_INDEX=1");
}
