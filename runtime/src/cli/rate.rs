//! `florin rate`

use super::args::{Evaluator, RateArgs, RateFormat};
use super::input::Gathered;
use super::output::Output;
use super::replace::NewFile;
use super::streamed::{Prepared, Streamed};
use super::{Outcome, Stop, input, output};
use crate::engine::{Engine, Program};
use crate::rated::{COLUMNS, RatedColumns, RatedFormat, RatedWriter};
use crate::sink::{Arrow, Batches, ColumnWriter, Decimal, Parquet, RatedRow, SinkError};
use crate::stream::{Payload, RatedText, Sink, TextFormat, Wanted, Written};
use florin_compiler::bill::Rated;
use florin_compiler::compiled::{Figure, LineText};
use florin_compiler::exact::Differences;
use std::io::{IsTerminal, Write};

pub fn run(args: &RateArgs) -> Result<Outcome, Stop> {
    check_output(args)?;
    let (_book, program) = input::open_usable(&args.run.book)?;
    match args.evaluator.evaluator {
        Evaluator::Reference => run_reference(&program, args),
        Evaluator::Compiled => run_compiled(&program, args),
    }
}

fn run_reference(program: &Program, args: &RateArgs) -> Result<Outcome, Stop> {
    let gathered = input::gather(program, &args.run)?;
    let engine = Engine::new(program, &gathered.accounts, &gathered.usage.records, args.period.as_ref());
    let out = output::to(args.output.as_deref(), args.run.files().chain(&args.run.rejects))?;
    write(args, &engine, &gathered, out)?.keep()?;
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
        for due in prepared.accounts.keys().flat_map(|account| streamed.due_without_usage(account)) {
            writer.due(due)?;
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
    fn begin(format: RateFormat, mut out: Output) -> Result<Writer, Stop> {
        Ok(match (format, out) {
            (RateFormat::Ndjson, out) => Writer::Text(TextFormat::Ndjson, out),
            (RateFormat::Csv, begun) => {
                out = begun;
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
            (Payload::Rows(rows), Writer::Parquet(out)) => rows.iter().try_for_each(|row| put(out, row)),
            (Payload::Rows(rows), Writer::Arrow(out)) => rows.iter().try_for_each(|row| put(out, row)),
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

    /// What is due of an account in a period without usage; nothing else stands on its lines then.
    fn due(&mut self, due: Rated) -> Result<(), Stop> {
        let (mut quantity, mut amount) = (Differences::default(), Differences::default());
        let written = Written {
            id: None,
            account: due.account,
            time: due.time,
            quantity: due.quantity.map(|one| Figure::long(quantity.next(&one))),
            amount: Figure::long(amount.next(&due.amount)),
            line: LineText::plain(due.line, due.unit, due.period_start).into(),
        };
        match self {
            Writer::Text(format, out) => {
                let mut text = Vec::new();
                format.write(
                    &RatedText {
                        id: None,
                        account: &written.account,
                        nanoseconds: written.time.as_nanosecond(),
                        line: &written.line.id,
                        quantity: written.quantity.as_ref(),
                        unit: written.unit(),
                        amount: &written.amount,
                    },
                    &mut text,
                );
                Ok(out.write_all(&text)?)
            }
            Writer::Parquet(out) => put(out, &written),
            Writer::Arrow(out) => put(out, &written),
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

fn put<S: Batches>(out: &mut ColumnWriter<S>, row: &Written) -> Result<(), Stop> {
    let decimal = |what, figure: &Figure| {
        let number = figure.number();
        let unfit = || SinkError::number(what, &number.to_string(), row.id.as_deref(), &row.line.id);
        Decimal::of(&number).ok_or_else(unfit)
    };
    Ok(out.write(RatedRow {
        id: row.id.as_deref(),
        account: &row.account,
        time: row.time,
        line: &row.line.id,
        quantity: row.quantity.as_ref().map(|quantity| decimal("quantity", quantity)).transpose()?,
        unit: row.unit(),
        amount: decimal("amount", &row.amount)?,
    })?)
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
