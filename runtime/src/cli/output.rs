//! Standard output for data, standard error for talk. A reader that went away is no error of ours.

use std::io::{BufWriter, ErrorKind, IsTerminal, StdoutLock, Write};
use std::path::{Path, PathBuf};

use super::replace::NewFile;
use super::{Outcome, Stop};
use crate::render::diagnostic::Style;

/// Says a line on standard error.
pub fn say(line: impl std::fmt::Display) {
    // There is nobody left to tell if standard error is closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Says why one of several files could not be taken, so that the others still are.
pub fn said(stop: Stop) -> Outcome {
    say(format_args!("error: {stop}"));
    Outcome::Wrong
}

/// Writes until the reader goes away; what comes after is dropped.
pub struct Patient<W> {
    inner: W,
    is_gone: bool,
}

impl<W: Write> Patient<W> {
    /// Over an output that may be a pipe.
    pub fn new(inner: W) -> Patient<W> {
        Patient { inner, is_gone: false }
    }

    fn unless_gone<T>(&mut self, gone: T, write: impl FnOnce(&mut W) -> std::io::Result<T>) -> std::io::Result<T> {
        if self.is_gone {
            return Ok(gone);
        }
        match write(&mut self.inner) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.is_gone = true;
                Ok(gone)
            }
            other => other,
        }
    }
}

impl<W: Write> Write for Patient<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.unless_gone(bytes.len(), |inner| inner.write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.unless_gone((), Write::flush)
    }
}

/// Standard output.
pub fn standard() -> BufWriter<Patient<StdoutLock<'static>>> {
    BufWriter::new(Patient::new(std::io::stdout().lock()))
}

/// Where data goes.
pub enum Output {
    /// Standard output.
    Standard(BufWriter<Patient<StdoutLock<'static>>>),
    /// A file, which appears when it is whole.
    File(NewFile),
}

impl Output {
    /// Whether whoever read it is known to have gone away.
    pub fn is_unread(&self) -> bool {
        match self {
            Output::Standard(out) => out.get_ref().is_gone,
            Output::File(_) => false,
        }
    }

    /// Says that all is written.
    ///
    /// # Errors
    /// The output's.
    pub fn keep(self) -> Result<(), Stop> {
        match self {
            Output::Standard(mut out) => Ok(out.flush()?),
            Output::File(file) => Ok(file.keep()?),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Output::Standard(out) => out.write(bytes),
            Output::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Output::Standard(out) => out.flush(),
            Output::File(file) => file.flush(),
        }
    }
}

/// A file, or standard output where there is none.
///
/// # Errors
/// Where the file can not be made.
pub fn to<'p>(path: Option<&Path>, inputs: impl IntoIterator<Item = &'p PathBuf>) -> Result<Output, Stop> {
    match path {
        Some(path) => Ok(Output::File(create(path, inputs)?)),
        None => Ok(Output::Standard(standard())),
    }
}

/// A new file that takes the place of any old one when it is whole, but never of one that the same run reads, or
/// writes otherwise.
///
/// # Errors
/// Where it can not be made, with its name.
pub fn create<'p>(path: &Path, inputs: impl IntoIterator<Item = &'p PathBuf>) -> Result<NewFile, Stop> {
    if path.is_file() && inputs.into_iter().any(|input| is_same_file(path, input)) {
        return Err(Stop::new(format!(
            "{}: is already used in this run, so it can not be written too",
            path.display()
        )));
    }
    NewFile::create(path).map_err(|error| Stop::new(format!("{}: can not be written: {error}", path.display())))
}

/// Whether two paths lead to one file, by whatever links.
fn is_same_file(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let identity = |path: &Path| path.metadata().map(|known| (known.dev(), known.ino()));
        identity(one).is_ok_and(|one| identity(other).is_ok_and(|other| one == other))
    }
    #[cfg(not(unix))]
    one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// How findings are drawn where standard error leads.
pub fn style() -> Style {
    let may_colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    match (std::io::stderr().is_terminal(), may_colour) {
        (true, true) => Style::Coloured,
        (true, false) => Style::Plain,
        (false, _) => Style::Ascii,
    }
}

/// How wide findings are drawn.
pub const WIDTH: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _bytes: &[u8]) -> std::io::Result<usize> {
            Err(ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Err(ErrorKind::BrokenPipe.into())
        }
    }

    #[test]
    fn a_reader_may_go_away() {
        let mut output = Patient::new(Closed);
        assert!(output.write_all(b"bill").is_ok() && output.flush().is_ok());
    }
}
