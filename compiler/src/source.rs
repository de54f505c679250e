//! Where text stands: the files of a price book, and places in them.
//!
//! Architecture invariant: the compiler opens no file. Whoever calls it hands over a [`Loader`], which finds the
//! text of an imported book or of a table's CSV rows below the book's own root.

use std::sync::Arc;

/// One file of a price book, by its number in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u32);

/// A stretch of bytes in one source, half-open.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// From `start` up to, and without, `end`.
    #[must_use]
    pub fn new(source: SourceId, start: usize, end: usize) -> Span {
        let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span { source, start: narrow(start), end: narrow(end) }
    }

    /// From the start of `self` to the end of `other`, which stands behind it in the same file.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { end: other.end.max(self.end), ..self }
    }

    /// How many bytes it covers.
    #[must_use]
    pub fn len(self) -> usize {
        (self.end.saturating_sub(self.start)) as usize
    }

    /// Whether it covers nothing.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl std::fmt::Debug for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}..{}", self.source.0, self.start, self.end)
    }
}

/// A named text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// How messages call it: the path as the caller gave it, or relative to the book's root.
    pub name: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
}

/// All texts that one compilation has read, the book itself first.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
    /// Of each file, where its lines begin: thousands of findings ask for theirs.
    lines: Vec<Vec<usize>>,
}

impl Sources {
    /// Adds a text and gives it its number.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> SourceId {
        let id = SourceId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        let source = Source { name: name.into(), text: text.into() };
        let ends = source.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        self.lines.push(std::iter::once(0).chain(ends).collect());
        self.files.push(source);
        id
    }

    /// The source with this number, if there is one.
    #[must_use]
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    /// The text that a span covers; empty where the span fits no source.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.get(span.source).and_then(|source| source.text.get(span.start as usize..span.end as usize)).unwrap_or("")
    }

    /// Line and column of a span's start, both from 1; the column counts characters.
    #[must_use]
    pub fn line_column(&self, span: Span) -> (usize, usize) {
        let Some((source, lines)) = self.get(span.source).zip(self.lines.get(span.source.0 as usize)) else {
            return (1, 1);
        };
        let at = (span.start as usize).min(source.text.len());
        let line = lines.partition_point(|start| *start <= at);
        let start = lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let column = source.text.get(start..at).map_or(0, |before| before.chars().count());
        (line, column + 1)
    }

    /// `file:line` of a span's start, as explanations name a place.
    #[must_use]
    pub fn place(&self, span: Span) -> String {
        let name = self.get(span.source).map_or("?", |source| &source.name);
        format!("{name}:{}", self.line_column(span).0)
    }
}

/// Why a file that a book names could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// There is no such file.
    Missing,
    /// The path leads out of the folder in which the book stands.
    Outside,
    /// It is not UTF-8; the byte offset of the first wrong byte.
    NotText(usize),
    /// It is larger than the limit, in bytes.
    TooLarge(u64),
    /// The system's own words.
    Other(String),
}

/// Finds the files that a book names. `path` is as the book writes it, relative to the book's root.
pub trait Loader {
    /// The file's text.
    ///
    /// # Errors
    /// A [`LoadError`] where the file is missing, outside the root, no text, or too large.
    fn load(&self, path: &str) -> Result<String, LoadError>;
}

/// Knows no files at all: for books that stand alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl Loader for NoFiles {
    fn load(&self, _path: &str) -> Result<String, LoadError> {
        Err(LoadError::Missing)
    }
}
