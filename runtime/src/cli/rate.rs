//! `florin rate`

use super::args::{RateArgs, RateFormat};
use super::{Outcome, Stop, input, output};
use crate::engine::Engine;
use crate::rated::{RatedFormat, RatedWriter};
use florin_compiler::bill::{Period, Rated};
use florin_compiler::model::{Accounts, Symbol};
use jiff::Timestamp;
use std::collections::BTreeMap;

pub fn run(args: &RateArgs) -> Result<Outcome, Stop> {
    let (_book, program) = input::open_usable(&args.run.book)?;
    let gathered = input::gather(&program, &args.run)?;
    let engine = Engine::new(&program, &gathered.accounts, &gathered.usage.records, args.period.as_ref());
    let format = match args.format {
        RateFormat::Ndjson => RatedFormat::Ndjson,
        RateFormat::Csv => RatedFormat::Csv,
    };
    let out = output::to(args.output.as_deref(), args.run.files())?;
    let mut writer = RatedWriter::new(&gathered.usage.records, format, out)?;
    let periods = Periods::new(&engine, &gathered.accounts);
    for rated in engine.rate() {
        writer.write(&rated, periods.start(&rated))?;
    }
    writer.finish()?;
    Ok(input::conclude(&engine, &gathered.usage, &args.run))
}

/// The periods of each account, in their order.
struct Periods(BTreeMap<Symbol, Vec<Period>>);

impl Periods {
    fn new(engine: &Engine<'_>, accounts: &Accounts) -> Periods {
        Periods(accounts.keys().map(|account| (account.clone(), engine.periods(account))).collect())
    }

    /// The start of the period that holds a rated record.
    fn start(&self, rated: &Rated) -> Option<Timestamp> {
        let periods = self.0.get(&rated.account)?;
        let after = periods.partition_point(|period| period.interval.start <= rated.time);
        Some(periods.get(after.checked_sub(1)?)?.interval.start)
    }
}
