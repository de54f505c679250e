//! The files that a book names: only those below the book's own folder.
//!
//! Architecture invariant: no path leads out of the root, neither by its words nor through a symbolic link.

use florin_compiler::source::{LoadError, Loader};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

/// The largest file that a book, its imports or its CSV tables may be, in bytes: a million rows of a price list.
pub const MAX_FILE_BYTES: u64 = 64 << 20;

/// Loads files below one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderLoader {
    root: PathBuf,
}

impl FolderLoader {
    /// For the folder in which a book stands.
    ///
    /// # Errors
    /// The system's where there is no such folder.
    pub fn beside(book: &Path) -> std::io::Result<FolderLoader> {
        let folder = book.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(FolderLoader { root: folder.canonicalize()? })
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The real path of a file that a book names.
    ///
    /// # Errors
    /// Where there is none, or none below the root.
    pub fn resolve(&self, path: &str) -> Result<PathBuf, LoadError> {
        let is_below = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if path.is_empty() || !Path::new(path).components().all(is_below) {
            return Err(LoadError::Outside);
        }
        let real = self.root.join(path).canonicalize().map_err(|error| load_error(&error))?;
        if !real.starts_with(&self.root) {
            return Err(LoadError::Outside);
        }
        if real.is_file() { Ok(real) } else { Err(LoadError::Other("it is not a file".to_owned())) }
    }
}

impl Loader for FolderLoader {
    fn load(&self, path: &str) -> Result<String, LoadError> {
        read_text(&self.resolve(path)?)
    }
}

/// The text of a file of at most [`MAX_FILE_BYTES`].
///
/// # Errors
/// Where it can not be read, is larger, or no text.
pub fn read_text(path: &Path) -> Result<String, LoadError> {
    let file = File::open(path).map_err(|error| load_error(&error))?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|error| load_error(&error))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(LoadError::TooLarge(MAX_FILE_BYTES));
    }
    String::from_utf8(bytes).map_err(|error| LoadError::NotText(error.utf8_error().valid_up_to()))
}

/// A [`LoadError`] as a sentence about the file.
#[must_use]
pub fn load_words(error: &LoadError) -> String {
    match error {
        LoadError::Missing => "there is no such file".to_owned(),
        LoadError::Outside => "it is outside the folder of the book".to_owned(),
        LoadError::NotText(at) => format!("is not UTF-8 (byte {})", at + 1),
        LoadError::TooLarge(limit) => format!("is larger than {limit} bytes"),
        LoadError::Other(words) => words.clone(),
    }
}

fn load_error(error: &std::io::Error) -> LoadError {
    match error.kind() {
        ErrorKind::NotFound => LoadError::Missing,
        _ => LoadError::Other(crate::source::file_words(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `root/book.florin`, `root/in/a.csv`, `outside.csv`, and links in `root` to both.
    fn folder(name: &str) -> PathBuf {
        let base = std::env::temp_dir().join(format!("florin-loader-{name}-{}", std::process::id()));
        let root = base.join("root");
        std::fs::create_dir_all(root.join("in")).expect("a folder");
        std::fs::write(root.join("in/a.csv"), "a").expect("a file");
        std::fs::write(base.join("outside.csv"), "b").expect("a file");
        std::fs::write(root.join("latin.csv"), b"ab\xe4").expect("a file");
        root
    }

    #[test]
    fn only_files_below_the_root_are_loaded() {
        let root = folder("sandbox");
        let loader = FolderLoader::beside(&root.join("book.florin")).expect("a folder");
        assert_eq!(loader.load("in/a.csv"), Ok("a".to_owned()));
        assert_eq!(loader.load("./in/a.csv"), Ok("a".to_owned()));
        let absolute = root.join("in/a.csv").display().to_string();
        for path in
            ["../outside.csv", "../../etc/passwd", "in/../../outside.csv", "/etc/passwd", "", "in/..", &absolute]
        {
            assert_eq!(loader.load(path), Err(LoadError::Outside), "{path}");
        }
        assert_eq!(loader.load("in/b.csv"), Err(LoadError::Missing));
        assert_eq!(loader.load("in"), Err(LoadError::Other("it is not a file".to_owned())));
        assert_eq!(loader.load("latin.csv"), Err(LoadError::NotText(2)));
        assert!(matches!(loader.load("a\0b"), Err(LoadError::Other(_))));
    }

    #[cfg(unix)]
    #[test]
    fn links_do_not_lead_out() {
        let root = folder("links");
        let link = |to: &str, name: &str| {
            let _ = std::os::unix::fs::symlink(root.join(to), root.join(name));
        };
        link("in/a.csv", "inside.csv");
        link("../outside.csv", "leads_out.csv");
        let loader = FolderLoader::beside(&root.join("book.florin")).expect("a folder");
        assert_eq!(loader.load("inside.csv"), Ok("a".to_owned()));
        assert_eq!(loader.load("leads_out.csv"), Err(LoadError::Outside));
    }

    #[test]
    fn holds_the_limit() {
        let root = folder("limit");
        let sized = |name: &str, length: u64| {
            let file = File::create(root.join(name)).expect("a file");
            file.set_len(length).expect("space");
        };
        sized("most.csv", MAX_FILE_BYTES);
        sized("more.csv", MAX_FILE_BYTES + 1);
        let loader = FolderLoader::beside(&root.join("book.florin")).expect("a folder");
        assert_eq!(loader.load("most.csv").map(|text| text.len() as u64), Ok(MAX_FILE_BYTES));
        assert_eq!(loader.load("more.csv"), Err(LoadError::TooLarge(MAX_FILE_BYTES)));
    }
}
