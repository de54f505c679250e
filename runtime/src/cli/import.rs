//! `florin import`

use super::args::{ImportArgs, ListFormat};
use super::output::{self, say};
use super::{Outcome, Stop};
use crate::import::json::Json;
use crate::import::{Imported, genai, litellm};
use crate::loader::MAX_FILE_BYTES;
use crate::source::Input;
use florin_compiler::source::NoFiles;
use std::io::{Read, Write};
use std::path::Path;

/// The largest book that can be used.
const MAX_BOOK_BYTES: usize = florin_compiler::syntax::limits::MAX_TEXT_BYTES;

pub fn run(args: &ImportArgs) -> Result<Outcome, Stop> {
    let lists = args.files.iter().map(|path| read(path)).collect::<Result<Vec<_>, Stop>>()?;
    let imported = match args.format {
        ListFormat::GenaiPrices => genai::import(&lists),
        ListFormat::Litellm => litellm::import(&lists),
    };
    let Imported { book, report } = imported.map_err(Stop::new)?;
    report.lines().iter().for_each(say);
    if report.taken == 0 {
        return Err(Stop::new("none of the models was understood, so there is no book"));
    }
    check(&book)?;
    let mut out = output::to(args.output.as_deref(), &args.files)?;
    out.write_all(book.as_bytes())?;
    out.keep()?;
    Ok(Outcome::fine_if(!report.is_wrong()))
}

/// A list and how messages call it: its file's name, which is the same wherever the file stands.
fn read(path: &Path) -> Result<(String, Json), Stop> {
    let input = Input::new(path);
    let name = input.name();
    let mut text = String::new();
    let read = input.open().map_err(Stop::new)?.take(MAX_FILE_BYTES + 1).read_to_string(&mut text);
    read.map_err(|error| Stop::new(format!("{name}: {error}")))?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(Stop::new(format!("{name}: is larger than {MAX_FILE_BYTES} bytes")));
    }
    let json = Json::read(&text).map_err(|error| Stop::new(format!("{name}: is not JSON: {error}")))?;
    let short = path.file_name().map_or(name, |name| name.to_string_lossy().into_owned());
    Ok((short, json))
}

/// A book that is written is one that can be used.
fn check(book: &str) -> Result<(), Stop> {
    if book.len() > MAX_BOOK_BYTES {
        return Err(Stop::new(format!("the book would be larger than a book may be ({MAX_BOOK_BYTES} bytes)")));
    }
    let compiled = crate::engine::compile("the book", book, &NoFiles);
    match compiled.diagnostics.iter().find(|found| found.is_error()) {
        Some(found) => Err(Stop::new(format!("the book has errors, so it was not written: {}", found.title))),
        None => Ok(()),
    }
}
