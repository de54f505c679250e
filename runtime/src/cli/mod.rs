//! The command line: data to standard output, talk to standard error.
//!
//! Exit status: 0 fine, 1 a book or data is wrong, 2 the command line is wrong.

mod args;
mod behind;
mod bill;
mod check;
mod explain;
mod fmt;
mod held;
mod import;
mod input;
mod invoice;
mod listen;
mod output;
mod rate;
mod replace;
mod rules;
mod streamed;
mod suite;
mod walk;

use args::{Cli, Command};
use clap::Parser;
use output::say;
use std::process::ExitCode;

/// Whether all was well with what the command was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Fine,
    Wrong,
}

impl Outcome {
    fn fine_if(is_fine: bool) -> Outcome {
        if is_fine { Outcome::Fine } else { Outcome::Wrong }
    }
}

/// Why a command could not go on: a sentence, already with its place.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
struct Stop {
    words: String,
    /// Whether the command line is wrong, and not what it names.
    is_usage: bool,
}

impl Stop {
    fn new(error: impl std::fmt::Display) -> Stop {
        Stop { words: error.to_string(), is_usage: false }
    }

    fn usage(error: impl std::fmt::Display) -> Stop {
        Stop { words: error.to_string(), is_usage: true }
    }

    fn exit_code(&self) -> ExitCode {
        if self.is_usage { ExitCode::from(2) } else { ExitCode::FAILURE }
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Stop {
        Stop::new(format!("the output can not be written: {error}"))
    }
}

/// Runs the command that the process was started with.
#[must_use]
pub fn run() -> ExitCode {
    match dispatch(Cli::parse().command) {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Wrong) => ExitCode::FAILURE,
        Err(stop) => {
            say(format_args!("error: {stop}"));
            stop.exit_code()
        }
    }
}

fn dispatch(command: Command) -> Result<Outcome, Stop> {
    match command {
        Command::Check(args) => check::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Bill(args) => bill::run(&args),
        Command::Rate(args) => rate::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Held(args) => held::run(&args),
        Command::Invoice(args) => invoice::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Test(args) => suite::run(&args),
        Command::Import(args) => import::run(&args),
    }
}
