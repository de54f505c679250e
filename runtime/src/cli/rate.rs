//! `florin rate`

use super::args::{RateArgs, RateFormat};
use super::{Outcome, Stop, input, output};
use crate::engine::Engine;
use crate::rated::{RatedFormat, RatedWriter};

pub fn run(args: &RateArgs) -> Result<Outcome, Stop> {
    if args.output.is_some() && args.output == args.run.rejects {
        return Err(Stop::usage("--output and --rejects should be two files"));
    }
    let (_book, program) = input::open_usable(&args.run.book)?;
    let gathered = input::gather(&program, &args.run)?;
    let engine = Engine::new(&program, &gathered.accounts, &gathered.usage.records, args.period.as_ref());
    let format = match args.format {
        RateFormat::Ndjson => RatedFormat::Ndjson,
        RateFormat::Csv => RatedFormat::Csv,
    };
    let out = output::to(args.output.as_deref(), args.run.files().chain(&args.run.rejects))?;
    let mut writer = RatedWriter::new(&gathered.usage.records, format, out)?;
    for rated in engine.rate() {
        writer.write(&rated)?;
    }
    if args.run.accounts.is_some() {
        for due in gathered.accounts.keys().flat_map(|account| engine.due_without_usage(account)) {
            writer.write(&due)?;
        }
    }
    writer.finish()?.keep()?;
    Ok(input::conclude(&engine, &gathered.usage, &args.run, "these rated records are"))
}
