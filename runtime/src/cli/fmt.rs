//! `florin fmt`

use super::args::FmtArgs;
use super::output::{self, WIDTH, say, standard, style};
use super::{Outcome, Stop, walk};
use crate::engine;
use crate::loader::{MAX_FILE_BYTES, load_words, read_text};
use crate::render::diagnostic::diagnostics_text;
use florin_compiler::source::Sources;
use std::fs::File;
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
    let failed = |error: std::io::Error| Stop(format!("standard input: {error}"));
    std::io::stdin().take(MAX_FILE_BYTES).read_to_string(&mut text).map_err(failed)?;
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
    let text = read_text(path).map_err(|error| Stop(format!("{name}: {}", load_words(&error))))?;
    let Some(formatted) = formatted(&name, &text) else { return Ok(Outcome::Wrong) };
    if formatted == text {
        return Ok(Outcome::Fine);
    }
    if check {
        say(format_args!("{name}: not in form"));
        return Ok(Outcome::Wrong);
    }
    replace(path, &formatted)?;
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

/// Puts the new text in place at once, so that a book is never half written.
fn replace(path: &Path, text: &str) -> Result<(), Stop> {
    let failed = |error: std::io::Error| Stop(format!("{}: can not be written: {error}", path.display()));
    let real = path.canonicalize().map_err(failed)?;
    let permissions = std::fs::metadata(&real).map_err(failed)?.permissions();
    if permissions.readonly() {
        return Err(Stop(format!("{}: is read-only, so it was left as it is", path.display())));
    }
    let beside = real.with_extension(format!("florin.{}.new", std::process::id()));
    let written = File::create_new(&beside)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::set_permissions(&beside, permissions))
        .and_then(|()| std::fs::rename(&beside, &real));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        failed(error)
    })
}
