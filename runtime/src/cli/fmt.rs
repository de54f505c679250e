//! `florin fmt`

use super::args::FmtArgs;
use super::output::{self, WIDTH, say, standard, style};
use super::replace::NewFile;
use super::{Outcome, Stop, walk};
use crate::engine;
use crate::loader::{MAX_FILE_BYTES, load_words, read_text};
use crate::render::diagnostic::diagnostics_text;
use florin_compiler::source::Sources;
use std::io::{Read, Write};
use std::path::Path;

pub fn run(args: &FmtArgs) -> Result<Outcome, Stop> {
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        return from_standard_input(args.check);
    }
    let mut is_fine = true;
    for path in walk::books(&args.paths)? {
        is_fine &= format_file(&path, args.check).unwrap_or_else(output::said) == Outcome::Fine;
    }
    Ok(Outcome::fine_if(is_fine))
}

fn from_standard_input(check: bool) -> Result<Outcome, Stop> {
    let mut text = String::new();
    let failed = |error: std::io::Error| Stop::new(format!("standard input: {error}"));
    std::io::stdin().take(MAX_FILE_BYTES + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(Stop::new(format!("standard input: is larger than {MAX_FILE_BYTES} bytes")));
    }
    let Some(formatted) = formatted("standard input", &text) else { return Ok(Outcome::Wrong) };
    if check && formatted != text {
        say("standard input: not in form");
        return Ok(Outcome::Wrong);
    }
    if check {
        return Ok(Outcome::Fine);
    }
    let mut out = standard();
    out.write_all(formatted.as_bytes())?;
    out.flush()?;
    Ok(Outcome::Fine)
}

fn format_file(path: &Path, check: bool) -> Result<Outcome, Stop> {
    let name = path.display().to_string();
    let text = read_text(path).map_err(|error| Stop::new(format!("{name}: {}", load_words(&error))))?;
    let Some(formatted) = formatted(&name, &text) else { return Ok(Outcome::Wrong) };
    if formatted == text {
        return Ok(Outcome::Fine);
    }
    if check {
        say(format_args!("{name}: not in form"));
        return Ok(Outcome::Wrong);
    }
    replace(path, &text, &formatted)?;
    say(format_args!("{name}: formatted"));
    Ok(Outcome::Fine)
}

/// The text in form; none where it has errors, which are said.
fn formatted(name: &str, text: &str) -> Option<String> {
    match engine::format(text) {
        Ok(formatted) => Some(formatted),
        Err(diagnostics) => {
            let mut sources = Sources::default();
            sources.add(name, text);
            say(diagnostics_text(&sources, &diagnostics, style(), WIDTH).trim_end());
            None
        }
    }
}

/// Puts the new text in place at once, so that a book is never half written; not over what someone wrote meanwhile.
fn replace(path: &Path, old: &str, new: &str) -> Result<(), Stop> {
    let failed = |error: std::io::Error| Stop::new(format!("{}: can not be written: {error}", path.display()));
    let mut file = NewFile::beside(path).map_err(failed)?;
    file.write_all(new.as_bytes()).map_err(failed)?;
    if read_text(path).as_deref() != Ok(old) {
        return Err(Stop::new(format!("{}: was changed while it was formatted; nothing was written", path.display())));
    }
    file.keep().map_err(failed)
}
