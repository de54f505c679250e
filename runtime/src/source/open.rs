//! From a path to a stream of plain bytes, with its format.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

/// Where usage comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file, plain or gzip.
    File(PathBuf),
    /// Standard input.
    Standard,
}

impl Input {
    /// As the command line names it: a path, or `-`.
    #[must_use]
    pub fn new(path: &Path) -> Input {
        if path.as_os_str() == "-" { Input::Standard } else { Input::File(path.to_owned()) }
    }

    /// How messages call it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Input::File(path) => path.display().to_string(),
            Input::Standard => "standard input".to_owned(),
        }
    }

    /// What its name says of its format, if anything.
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        let Input::File(path) = self else { return None };
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let stem = name.strip_suffix(".gz").unwrap_or(&name);
        match stem.rsplit_once('.')?.1 {
            "csv" => Some(Format::Csv),
            "ndjson" | "jsonl" | "json" => Some(Format::Ndjson),
            _ => None,
        }
    }

    /// The bytes, decompressed where they are gzip, whatever the name says.
    ///
    /// # Errors
    /// [`OpenError`] where there is no such file, or none that can be read.
    pub fn open(&self) -> Result<Box<dyn Read>, OpenError> {
        let failed = |words: String| OpenError { name: self.name(), words };
        let plain: Box<dyn Read> = match self {
            Input::Standard => Box::new(std::io::stdin()),
            Input::File(path) => {
                let file = File::open(path).map_err(|error| failed(file_words(&error)))?;
                if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
                    return Err(failed("is a folder, not a file".to_owned()));
                }
                Box::new(file)
            }
        };
        decompressed(plain).map_err(|error| failed(error.to_string()))
    }
}

/// A file that can not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {words}")]
pub struct OpenError {
    /// The file.
    pub name: String,
    /// Why.
    pub words: String,
}

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object per line.
    Ndjson,
    /// Lines of cells under a header.
    Csv,
}

/// The system's words for a file that can not be had, as a reader would say them.
pub(crate) fn file_words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::IsADirectory => "is a folder, not a file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "may not be read (permission denied)".to_owned(),
        _ => error.to_string(),
    }
}

/// Looks at the first two bytes, for a pipe may hand over one at a time.
fn decompressed(mut plain: Box<dyn Read>) -> std::io::Result<Box<dyn Read>> {
    const GZIP: [u8; 2] = [0x1f, 0x8b];
    let mut head = Vec::new();
    plain.by_ref().take(GZIP.len() as u64).read_to_end(&mut head)?;
    let is_gzip = head == GZIP;
    let whole = Cursor::new(head).chain(plain);
    if is_gzip { Ok(Box::new(flate2::read::MultiGzDecoder::new(whole))) } else { Ok(Box::new(whole)) }
}
