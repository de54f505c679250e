//! From paths to price books: files as they are, folders with all books below them.

use super::Stop;
use std::path::{Path, PathBuf};

/// How deep folders are walked; a deeper tree is more likely a link in a circle.
const MAX_DEPTH: usize = 64;

/// The books at and below some paths, each once, sorted.
///
/// # Errors
/// Where a path is nothing, or no book, or a folder without books, or one that can not be read.
pub fn books(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Stop> {
    let mut found = Vec::new();
    for path in paths {
        let shown = path.display();
        if path.is_dir() {
            let before = found.len();
            walk(path, MAX_DEPTH, &mut found)?;
            if found.len() == before {
                return Err(Stop::usage(format!("{shown}: no price books here (files that end in .florin)")));
            }
        } else if !path.exists() {
            return Err(Stop::usage(format!("{shown}: there is no such file")));
        } else if is_book(path) {
            found.push(path.clone());
        } else {
            return Err(Stop::usage(format!("{shown}: no price books here: it does not end in .florin")));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn is_book(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "florin")
}

fn walk(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), Stop> {
    let failed = |error: std::io::Error| Stop::new(format!("{}: {error}", folder.display()));
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if kind.is_dir() && !is_hidden && depth > 0 {
            walk(&path, depth - 1, found)?;
        } else if is_book(&path) && path.is_file() {
            found.push(path.strip_prefix(".").map(Path::to_owned).unwrap_or(path));
        }
    }
    Ok(())
}
