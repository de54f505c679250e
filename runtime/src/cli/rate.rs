//! `florin rate`

use super::args::{RateArgs, RateFormat};
use super::input::Gathered;
use super::output::Output;
use super::{Outcome, Stop, input, output};
use crate::engine::Engine;
use crate::rated::{RatedColumns, RatedFormat, RatedWriter};
use crate::sink::{Arrow, Parquet, SinkError};
use florin_compiler::bill::Rated;
use std::io::IsTerminal;

pub fn run(args: &RateArgs) -> Result<Outcome, Stop> {
    check_output(args)?;
    let (_book, program) = input::open_usable(&args.run.book)?;
    let gathered = input::gather(&program, &args.run)?;
    let engine = Engine::new(&program, &gathered.accounts, &gathered.usage.records, args.period.as_ref());
    let out = output::to(args.output.as_deref(), args.run.files().chain(&args.run.rejects))?;
    write(args, &engine, &gathered, out)?.keep()?;
    Ok(input::conclude(&engine, &gathered.usage, &args.run, "these rated records are"))
}

fn check_output(args: &RateArgs) -> Result<(), Stop> {
    match (&args.output, args.format) {
        (Some(_), _) if args.output == args.run.rejects => {
            Err(Stop::usage("--output and --rejects should be two files"))
        }
        (None, RateFormat::Parquet) => Err(needs_file()),
        (None, RateFormat::Arrow) if std::io::stdout().is_terminal() => {
            Err(Stop::usage("--format arrow is not for a terminal; write it to a file: --output rated.arrow"))
        }
        _ => Ok(()),
    }
}

/// The end of a Parquet file says where its parts are, so nobody reads it from a pipe.
fn needs_file() -> Stop {
    Stop::usage("--format parquet needs a file: --output rated.parquet")
}

fn write(args: &RateArgs, engine: &Engine<'_>, gathered: &Gathered, out: Output) -> Result<Output, Stop> {
    let records = &gathered.usage.records;
    let text = |format, out| -> Result<Output, Stop> {
        let mut writer = RatedWriter::new(records, format, out)?;
        each_rated(args, engine, gathered, &mut |rated| Ok(writer.write(rated)?))?;
        Ok(writer.finish()?)
    };
    match (args.format, out) {
        (RateFormat::Ndjson, out) => text(RatedFormat::Ndjson, out),
        (RateFormat::Csv, out) => text(RatedFormat::Csv, out),
        (RateFormat::Parquet, Output::File(out)) => {
            let mut writer = RatedColumns::new(records, Parquet::new(out)?);
            each_rated(args, engine, gathered, &mut |rated| Ok(writer.write(rated)?))?;
            Ok(Output::File(writer.finish()?))
        }
        (RateFormat::Parquet, Output::Standard(_)) => Err(needs_file()),
        (RateFormat::Arrow, out) => {
            let mut writer = RatedColumns::new(records, Arrow::new(out)?);
            each_rated(args, engine, gathered, &mut |rated| Ok(writer.write(rated)?))?;
            Ok(writer.finish()?)
        }
    }
}

/// What each record adds, and of the accounts that are listed what is due without any.
fn each_rated(
    args: &RateArgs,
    engine: &Engine<'_>,
    gathered: &Gathered,
    write: &mut dyn FnMut(&Rated) -> Result<(), Stop>,
) -> Result<(), Stop> {
    for rated in engine.rate() {
        write(&rated)?;
    }
    if args.run.accounts.is_some() {
        for due in gathered.accounts.keys().flat_map(|account| engine.due_without_usage(account)) {
            write(&due)?;
        }
    }
    Ok(())
}

impl From<SinkError> for Stop {
    fn from(error: SinkError) -> Stop {
        Stop::new(error)
    }
}
