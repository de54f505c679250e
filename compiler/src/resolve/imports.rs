//! Imports: each file once, in the order in which they are first named, those of a file before the file itself.

use crate::diagnostic::Diagnostic;
use crate::source::{LoadError, Loader, SourceId, Sources};
use crate::syntax::{self, ast};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) const NOT_FOUND: &str = "florin::imports::not_found";
pub(super) const OUTSIDE: &str = "florin::imports::outside";
pub(super) const CIRCLE: &str = "florin::imports::circle";

/// The most files that a book may import: each is opened and read while another one waits for it.
pub(super) const MAX_FILES: usize = 1_000;

/// A file's tree and whether it is the book itself.
pub(super) struct File {
    pub book: ast::Book,
    pub is_root: bool,
}

/// All files of a book.
pub(super) fn gather(
    root: SourceId,
    book: ast::Book,
    sources: &mut Sources,
    loader: &dyn Loader,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<File> {
    let name = sources.get(root).map_or_else(|| Arc::from(""), |source| Arc::clone(&source.name));
    let own_path: Arc<str> = name.rsplit(['/', '\\']).next().unwrap_or("").into();
    let mut gathering = Gathering {
        sources,
        loader,
        diagnostics,
        states: BTreeMap::from([(own_path, State::Open)]),
        files: Vec::new(),
    };
    gathering.enter(book, true);
    gathering.files
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Open,
    Done,
}

struct Gathering<'a> {
    sources: &'a mut Sources,
    loader: &'a dyn Loader,
    diagnostics: &'a mut Vec<Diagnostic>,
    states: BTreeMap<Arc<str>, State>,
    files: Vec<File>,
}

impl Gathering<'_> {
    fn enter(&mut self, book: ast::Book, is_root: bool) {
        for item in &book.items {
            if let ast::Declaration::Import(path) = &item.declaration {
                self.import(path);
            }
        }
        self.files.push(File { book, is_root });
    }

    fn load(&self, path: &str) -> Result<String, LoadError> {
        // The book itself is among the states.
        if self.states.len() > MAX_FILES + 1 {
            return Err(LoadError::Other(format!("a book imports at most {MAX_FILES} files")));
        }
        self.loader.load(path)
    }

    fn import(&mut self, path: &ast::Text) {
        match self.states.get(&path.text) {
            Some(State::Done) => return,
            Some(State::Open) => {
                let circle = Diagnostic::error(CIRCLE, format!("`{}` is imported in a circle", path.text))
                    .label(path.span, "this file is still being read")
                    .help("move what both files need into a third file, and import that one from both");
                self.diagnostics.push(circle);
                return;
            }
            None => {}
        }
        self.states.insert(Arc::clone(&path.text), State::Open);
        match self.load(&path.text) {
            Ok(text) => {
                let text: Arc<str> = text.into();
                let source = self.sources.add(Arc::clone(&path.text), Arc::clone(&text));
                let (book, found) = syntax::parse(source, &text);
                self.diagnostics.extend(found);
                self.enter(book, false);
            }
            Err(error) => self.diagnostics.push(load_diagnostic(path, &error)),
        }
        self.states.insert(Arc::clone(&path.text), State::Done);
    }
}

/// What to say of a file that can not be had.
pub(crate) fn load_diagnostic(path: &ast::Text, error: &LoadError) -> Diagnostic {
    let file = &path.text;
    match error {
        LoadError::Missing => Diagnostic::error(NOT_FOUND, format!("there is no file `{file}`"))
            .label(path.span, "named here")
            .help("the path is relative to the folder in which the price book stands"),
        LoadError::Outside => Diagnostic::error(OUTSIDE, format!("`{file}` lies outside the price book's folder"))
            .label(path.span, "named here")
            .help("copy the file into the folder of the price book, or a folder below it, and name it by its path from there"),
        LoadError::NotText(at) => Diagnostic::error(NOT_FOUND, format!("`{file}` is not a text in UTF-8"))
            .label(path.span, format!("byte {at} of the file can not be read"))
            .help("save the file as UTF-8; most programs offer that under `Save as`"),
        LoadError::TooLarge(bytes) => Diagnostic::error(NOT_FOUND, format!("`{file}` is too large to be read"))
            .label(path.span, format!("the file has {bytes} bytes"))
            .help("divide the file into smaller ones"),
        LoadError::Other(words) => Diagnostic::error(NOT_FOUND, format!("`{file}` can not be read"))
            .label(path.span, words.clone())
            .help("see whether the file may be opened by whoever runs this"),
    }
}
