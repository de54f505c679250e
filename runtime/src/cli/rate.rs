//! `florin rate`

use super::args::{Evaluator, RateArgs, RateFormat};
use super::output::Output;
use super::replace::NewFile;
use super::streamed::{Prepared, Streamed};
use super::{Outcome, Stop, input, output};
use crate::engine::{Engine, Program};
use crate::rated::{COLUMNS, Totals, Written};
use crate::sink::{Arrow, ColumnWriter, Parquet, SinkError, TextFormat};
use crate::stream::{Payload, Sink, Wanted};
use std::io::{IsTerminal, Write};

pub fn run(args: &RateArgs) -> Result<Outcome, Stop> {
    check_output(args)?;
    let (_book, program) = input::open_usable(&args.run.book)?;
    match args.evaluator.evaluator {
        // What a rule holds is known only when all usage is, so it is gathered first.
        Evaluator::Compiled if program.holds() => run_reference(&program, args),
        Evaluator::Reference => run_reference(&program, args),
        Evaluator::Compiled => run_compiled(&program, args),
    }
}

fn run_reference(program: &Program, args: &RateArgs) -> Result<Outcome, Stop> {
    let gathered = input::gather(program, &args.run)?;
    let engine = Engine::new(&gathered.program, &gathered.accounts, &gathered.usage.records, args.period.as_ref());
    let out = output::to(args.output.as_deref(), args.run.files().chain(&args.run.rejects))?;
    let mut writer = Writer::begin(args.format, out)?;
    let mut totals = Totals::default();
    let records = &gathered.usage.records;
    for rated in engine.rate() {
        writer.row(&totals.next(records, rated))?;
    }
    if args.run.accounts.is_some() {
        for due in gathered.accounts.keys().flat_map(|account| engine.due_without_usage(account)) {
            writer.row(&totals.next(records, due))?;
        }
    }
    writer.finish()?.keep()?;
    Ok(input::conclude(&engine, &gathered.usage, &args.run, "these rated records are"))
}

fn run_compiled(program: &Program, args: &RateArgs) -> Result<Outcome, Stop> {
    let prepared = Prepared::new(program, &args.run, args.period.as_ref())?;
    let rater = prepared.rater();
    let sink = match args.format {
        RateFormat::Ndjson => Sink::Text(TextFormat::Ndjson),
        RateFormat::Csv => Sink::Text(TextFormat::Csv),
        RateFormat::Parquet | RateFormat::Arrow => Sink::Rows,
    };
    let options = args.evaluator.options(sink, args.verify, args.run.accounts.is_some());
    let out = output::to(args.output.as_deref(), args.run.files().chain(&args.run.rejects))?;
    let mut writer = Writer::begin(args.format, out)?;
    // Where something else is asked of all usage, it is read to its end, whoever reads the output.
    let is_only_output = args.run.rejects.is_none() && args.verify.is_none();
    let streamed = Streamed::run(&prepared, &rater, &options, &args.run, &mut |payload| {
        writer.take(payload)?;
        Ok(if is_only_output && writer.is_unread() { Wanted::NoMore } else { Wanted::More })
    })?;
    if args.run.accounts.is_some() && streamed.is_whole() {
        // Nothing else stands on the lines of a period without usage.
        let mut totals = Totals::default();
        for due in prepared.accounts.keys().flat_map(|account| streamed.due_without_usage(account)) {
            writer.row(&totals.next(&[], due))?;
        }
    }
    let out = writer.finish()?;
    if streamed.is_sound() {
        out.keep()?;
    }
    Ok(streamed.conclude(&args.run, &args.evaluator, "these rated records are"))
}

/// Writes what a run rates, as it comes.
enum Writer {
    Text(TextFormat, Output),
    Parquet(ColumnWriter<Parquet<NewFile>>),
    Arrow(ColumnWriter<Arrow<Output>>),
}

impl Writer {
    fn begin(format: RateFormat, out: Output) -> Result<Writer, Stop> {
        Ok(match (format, out) {
            (RateFormat::Ndjson, out) => Writer::Text(TextFormat::Ndjson, out),
            (RateFormat::Csv, mut out) => {
                writeln!(out, "{}", COLUMNS.join(","))?;
                Writer::Text(TextFormat::Csv, out)
            }
            (RateFormat::Parquet, Output::File(file)) => Writer::Parquet(ColumnWriter::new(Parquet::new(file)?)),
            (RateFormat::Parquet, Output::Standard(_)) => return Err(needs_file()),
            (RateFormat::Arrow, out) => Writer::Arrow(ColumnWriter::new(Arrow::new(out)?)),
        })
    }

    fn take(&mut self, payload: Payload) -> Result<(), Stop> {
        match (payload, self) {
            (Payload::Text(text), Writer::Text(_, out)) => Ok(out.write_all(&text)?),
            (Payload::Rows(rows), writer) => rows.iter().try_for_each(|row| writer.row(row)),
            _ => Ok(()),
        }
    }

    /// Whether nobody reads what is written.
    fn is_unread(&self) -> bool {
        match self {
            Writer::Text(_, out) => out.is_unread(),
            Writer::Parquet(_) | Writer::Arrow(_) => false,
        }
    }

    fn row(&mut self, row: &Written) -> Result<(), Stop> {
        match self {
            Writer::Text(format, out) => {
                let mut text = Vec::new();
                format.write(&row.row(), &mut text);
                Ok(out.write_all(&text)?)
            }
            Writer::Parquet(out) => Ok(out.write(row.row())?),
            Writer::Arrow(out) => Ok(out.write(row.row())?),
        }
    }

    fn finish(self) -> Result<Output, Stop> {
        Ok(match self {
            Writer::Text(_, mut out) => {
                out.flush()?;
                out
            }
            Writer::Parquet(out) => Output::File(out.finish()?),
            Writer::Arrow(out) => out.finish()?,
        })
    }
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

impl From<SinkError> for Stop {
    fn from(error: SinkError) -> Stop {
        Stop::new(error)
    }
}
