//! The folder that invoices are issued into: one JSON file each, numbered without gaps, never changed once it is there.

use super::document::{Document, name};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// An open folder, which no other run issues into meanwhile.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    documents: Vec<Document>,
    /// Held as long as the folder is open.
    _lock: File,
}

/// The file by which runs keep out of each other's way.
const LOCK: &str = ".issuing";

impl Folder {
    /// Opens a folder, which is made if it is not there, and reads what was issued into it.
    ///
    /// # Errors
    /// A sentence where it can not be used, is in use, or what is in it is damaged or incomplete.
    pub fn open(path: &Path) -> Result<Folder, String> {
        let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        std::fs::create_dir_all(path).map_err(|error| wrong(&error))?;
        let mut options = OpenOptions::new();
        let lock =
            options.create(true).truncate(false).write(true).open(path.join(LOCK)).map_err(|error| wrong(&error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(wrong(&"another run is issuing invoices into it")),
            Err(TryLockError::Error(error)) => return Err(wrong(&error)),
        }
        let numbers = numbers(path).map_err(|error| wrong(&error))?;
        let mut documents = Vec::new();
        for (expected, number) in (1u64..).zip(numbers) {
            if number != expected {
                return Err(wrong(&format!(
                    "{}.json is missing, though {}.json is there: nothing is issued beside a gap",
                    name(expected),
                    name(number)
                )));
            }
            documents.push(read(path, number)?);
        }
        Ok(Folder { path: path.to_owned(), documents, _lock: lock })
    }

    /// What was issued, by number.
    #[must_use]
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// The number that the next document has.
    #[must_use]
    pub fn next_number(&self) -> u64 {
        self.documents.len() as u64 + 1
    }

    /// Issues a document: when this returns it is on the disk, whole, under its number.
    ///
    /// # Errors
    /// A sentence where it can not be written; then it is not issued.
    pub fn issue(&mut self, document: Document) -> Result<&Document, String> {
        let path = self.path.join(format!("{}.json", document.name()));
        let waiting = self.path.join(format!(".{}.json", document.name()));
        let text = format!("{:#}\n", document.json());
        write_new(&waiting, &path, text.as_bytes()).map_err(|error| format!("{}: {error}", path.display()))?;
        self.documents.push(document);
        self.documents.last().ok_or_else(|| "nothing was issued".to_owned())
    }

    /// Writes a page of a document beside it, unless it is there.
    ///
    /// # Errors
    /// A sentence where it can not be written.
    pub fn page(&self, document: &Document, extension: &str, text: &str) -> Result<(), String> {
        let path = self.path.join(format!("{}.{extension}", document.name()));
        if path.exists() {
            return Ok(());
        }
        let waiting = self.path.join(format!(".{}.{extension}", document.name()));
        write_new(&waiting, &path, text.as_bytes()).map_err(|error| format!("{}: {error}", path.display()))
    }
}

/// The numbers of the documents in a folder, upward.
fn numbers(path: &Path) -> std::io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let file = entry?.file_name();
        let number: Option<u64> =
            file.to_str().and_then(|file| file.strip_prefix("INV-")?.strip_suffix(".json")?.parse().ok());
        numbers.extend(number);
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn read(folder: &Path, number: u64) -> Result<Document, String> {
    let path = folder.join(format!("{}.json", name(number)));
    let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(&path).map_err(|error| wrong(&error))?;
    let document = Document::parse(&text).map_err(|error| wrong(&error))?;
    match document.number == number {
        true => Ok(document),
        false => Err(wrong(&format!("it says that it is {}", document.name()))),
    }
}

/// Writes a file that is not there yet: whole on the disk first, then under its name, which no other file takes from it.
fn write_new(waiting: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    match std::fs::remove_file(waiting) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().create_new(true).write(true).open(waiting)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::hard_link(waiting, path)?;
    std::fs::remove_file(waiting)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
