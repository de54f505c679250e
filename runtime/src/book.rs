//! From a path to a compiled book.

use crate::engine::{self, Compiled};
use crate::loader::{self, FolderLoader};
use crate::source::OpenError;
use std::path::{Path, PathBuf};

/// A book that was read and compiled, with or without errors.
pub struct OpenBook {
    /// Its path as the caller named it.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// Finds what it names.
    pub loader: FolderLoader,
    /// What came of it.
    pub compiled: Compiled,
}

/// Opens and compiles a book. Its errors are among its findings.
///
/// # Errors
/// [`OpenError`] where the file can not be read.
pub fn open(path: &Path) -> Result<OpenBook, OpenError> {
    let name = path.display().to_string();
    let failed = |words: String| OpenError { name: name.clone(), words };
    let text = loader::read_text(path).map_err(|error| failed(loader::load_words(&error)))?;
    let loader = FolderLoader::beside(path).map_err(|error| failed(error.to_string()))?;
    let compiled = engine::compile(&name, &text, &loader);
    Ok(OpenBook { path: path.to_owned(), text, loader, compiled })
}
