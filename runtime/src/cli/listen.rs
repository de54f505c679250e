//! What a run says while it reads: the first rejects in full, all of them into `--rejects`, and how far it is.

use super::Stop;
use super::args::RunArgs;
use super::output::{create, say};
use super::replace::NewFile;
use crate::render::money::grouped;
use crate::source::{Listener, Reject};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How many rejects, or records without a price, are said in full; the others are counted.
pub const SAID: u64 = 20;

/// Listens to a reader.
pub struct RunListener {
    file: Option<NewFile>,
    failure: Option<std::io::Error>,
    rejected: u64,
    progress: Progress,
}

impl RunListener {
    /// Rejects go to the file, if there is one.
    ///
    /// # Errors
    /// Where the file can not be made.
    pub fn new(args: &RunArgs) -> Result<RunListener, Stop> {
        let create = |path: &PathBuf| create(path, args.files());
        let file = args.rejects.as_ref().map(create).transpose()?;
        Ok(RunListener { file, failure: None, rejected: 0, progress: Progress::new() })
    }

    /// Says what is left to say.
    ///
    /// # Errors
    /// Where the rejects could not be written.
    pub fn finish(mut self) -> Result<(), Stop> {
        self.progress.clear();
        if self.rejected > SAID {
            let hint = if self.file.is_some() { "; the file of rejects has all" } else { "; --rejects FILE keeps all" };
            say(format_args!("... and {} more records rejected{hint}", grouped(&(self.rejected - SAID).to_string())));
        }
        if let Some(file) = self.file {
            file.keep()?;
        }
        self.failure.map_or(Ok(()), |error| Err(error.into()))
    }
}

impl Listener for RunListener {
    fn rejected(&mut self, reject: &Reject) {
        self.rejected += 1;
        if self.rejected <= SAID {
            self.progress.clear();
            say(format_args!("rejected: {reject}"));
        }
        if let Some(file) = &mut self.file
            && let Err(error) = writeln!(file, "{}", reject.json())
        {
            self.failure = Some(error);
        }
    }

    fn progressed(&mut self, read: u64) {
        self.progress.show(read);
    }
}

/// One line on a terminal that says how far a long run is.
struct Progress {
    is_shown: bool,
    is_terminal: bool,
    begun: Instant,
    next: Instant,
    /// How many records were read when the clock was read last.
    last: u64,
}

/// A shorter run says nothing.
const PATIENCE: Duration = Duration::from_secs(1);
const EVERY: Duration = Duration::from_millis(200);
/// The clock is read once in so many records.
const STRIDE: u64 = 1_024;

impl Progress {
    fn new() -> Progress {
        let begun = Instant::now();
        let is_terminal = std::io::stderr().is_terminal();
        Progress { is_shown: false, is_terminal, begun, next: begun + PATIENCE, last: 0 }
    }

    fn show(&mut self, read: u64) {
        if !self.is_terminal || read.abs_diff(self.last) < STRIDE {
            return;
        }
        self.last = read;
        let now = Instant::now();
        if now < self.next {
            return;
        }
        self.next = now + EVERY;
        self.is_shown = true;
        let milliseconds = now.duration_since(self.begun).as_millis().max(1);
        let speed = u128::from(read) * 1_000 / milliseconds;
        let (read, speed) = (grouped(&read.to_string()), grouped(&speed.to_string()));
        let _ = write!(std::io::stderr(), "\rread {read} records, {speed} a second\u{1b}[K");
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.is_shown) {
            let _ = write!(std::io::stderr(), "\r\u{1b}[K");
        }
    }
}
