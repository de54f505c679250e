//! From a path to a stream of plain bytes, with its format.

use super::arrow::{Bulk, Columnar, HEAD};
use std::fs::File;
use std::io::{Cursor, Read, Seek};
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

    /// The typed columns that a file's name promises, if it does.
    fn columnar(&self) -> Option<Columnar> {
        let Input::File(path) = self else { return None };
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        Columnar::of_ending(name.strip_suffix(".gz").unwrap_or(&name).rsplit_once('.')?.1)
    }

    /// As [`Input::open`], but what holds typed columns comes as bytes that may be read in any order: a file as it
    /// is, anything else from memory.
    ///
    /// # Errors
    /// [`OpenError`] where there is no such file, or none that can be read.
    pub(crate) fn open_any(&self) -> Result<Opened, OpenError> {
        let failed = |words: String| OpenError { name: self.name(), words };
        let mut plain = self.open()?;
        let mut head = Vec::new();
        let read = plain.by_ref().take(HEAD as u64).read_to_end(&mut head);
        let Some(format) = self.columnar().or_else(|| Columnar::of_bytes(&head)) else {
            // What could not be read is said of the line on which it stands.
            let rest: Box<dyn Read> = match read {
                Ok(_) => Box::new(Cursor::new(head).chain(plain)),
                Err(error) => Box::new(Cursor::new(head).chain(Broken(Some(error)))),
            };
            return Ok(Opened::Text(rest));
        };
        if let Input::File(path) = self
            && path.is_file()
            && let Ok(file) = File::open(path)
            && starts_with(&file, &head)
        {
            return Ok(Opened::Columns(format, Bulk::File(file)));
        }
        let mut bytes = head;
        let read = plain.take(MAX_IN_MEMORY).read_to_end(&mut bytes);
        read.map_err(|error| failed(format!("can not be read: {error}")))?;
        if bytes.len() as u64 >= MAX_IN_MEMORY {
            return Err(failed(format!(
                "is larger than {MAX_IN_MEMORY} bytes, which are held in memory at once; save it as a plain file"
            )));
        }
        Ok(Opened::Columns(format, Bulk::Memory(bytes.into())))
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

/// Typed columns that come through a pipe are read from memory, for their description stands at their end.
const MAX_IN_MEMORY: u64 = 2 << 30;

/// An input that is open.
pub(crate) enum Opened {
    /// Lines or rows of text.
    Text(Box<dyn Read>),
    /// Typed columns.
    Columns(Columnar, Bulk),
}

/// A stream that fails once and then is at its end.
struct Broken(Option<std::io::Error>);

impl Read for Broken {
    fn read(&mut self, _bytes: &mut [u8]) -> std::io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Whether a file has these bytes as they are, and not compressed. It is read from its start again.
fn starts_with(mut file: &File, head: &[u8]) -> bool {
    let mut found = Vec::new();
    let read = file.take(head.len() as u64).read_to_end(&mut found);
    read.is_ok() && found == head && file.rewind().is_ok()
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
