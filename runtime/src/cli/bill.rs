//! `florin bill`

use super::args::{BillArgs, BillFormat, Evaluator};
use super::output::{say, standard};
use super::streamed::{Prepared, Streamed};
use super::{Outcome, Stop, input};
use crate::engine::{Engine, Program};
use crate::json::bill_json;
use crate::render::bill::bill_text;
use crate::stream::{Sink, Wanted};
use florin_compiler::bill::{Bill, Period};
use florin_compiler::model::Symbol;
use florin_compiler::syntax::ast::BillPeriod;
use std::collections::BTreeSet;
use std::io::Write;

/// What bills are made by.
pub trait Billing {
    /// The period that dates mean for an account.
    ///
    /// # Errors
    /// A sentence where they are not one of the book's periods.
    fn period(&self, account: &Symbol, asked: &BillPeriod) -> Result<Period, String>;
    /// The periods in which an account has records, in order.
    fn periods(&self, account: &Symbol) -> Vec<Period>;
    /// The periods in which anyone has records, in order.
    fn periods_of_all(&self, account: &Symbol) -> Vec<Period>;
    /// The bill of an account for a period.
    fn bill(&self, account: &Symbol, period: &Period) -> Option<Bill>;
}

impl Billing for Engine<'_> {
    fn period(&self, account: &Symbol, asked: &BillPeriod) -> Result<Period, String> {
        Engine::period(self, account, asked)
    }

    fn periods(&self, account: &Symbol) -> Vec<Period> {
        Engine::periods(self, account)
    }

    fn periods_of_all(&self, account: &Symbol) -> Vec<Period> {
        Engine::periods_of_all(self, account)
    }

    fn bill(&self, account: &Symbol, period: &Period) -> Option<Bill> {
        Some(Engine::bill(self, account, period))
    }
}

pub fn run(args: &BillArgs) -> Result<Outcome, Stop> {
    let (_book, program) = input::open_usable(&args.run.book)?;
    match args.evaluator.evaluator {
        // What a rule holds is known only when all usage is, so it is gathered first.
        Evaluator::Compiled if program.holds() => run_reference(&program, args),
        Evaluator::Reference => run_reference(&program, args),
        Evaluator::Compiled => run_compiled(&program, args),
    }
}

fn run_reference(program: &Program, args: &BillArgs) -> Result<Outcome, Stop> {
    let gathered = input::gather(program, &args.run)?;
    let engine = Engine::new(&gathered.program, &gathered.accounts, &gathered.usage.records, args.period.as_ref());
    let accounts = wanted(args, engine.accounts())?;
    let made = bills(program, &engine, &accounts, args)?;
    Ok(input::conclude(&engine, &gathered.usage, &args.run, made))
}

fn run_compiled(program: &Program, args: &BillArgs) -> Result<Outcome, Stop> {
    let prepared = Prepared::new(program, &args.run, args.period.as_ref())?;
    let rater = prepared.rater();
    let keep_moments = args.run.accounts.is_some() || args.account.is_some();
    let options = args.evaluator.options(Sink::Bills, None, keep_moments);
    let mut streamed = Streamed::run(&prepared, &rater, &options, &args.run, &mut |_| Ok(Wanted::More))?;
    let accounts = wanted(args, streamed.accounts(&prepared.accounts))?;
    streamed.close();
    let made = bills(program, &streamed, &accounts, args)?;
    Ok(streamed.conclude(&args.run, &args.evaluator, made))
}

/// Makes and writes the bills; what was made.
fn bills(program: &Program, billing: &dyn Billing, accounts: &[Symbol], args: &BillArgs) -> Result<&'static str, Stop> {
    let mut bills = Vec::new();
    for account in accounts {
        for period in periods(billing, account, args)? {
            bills.extend(billing.bill(account, &period));
        }
    }
    if bills.is_empty() {
        say("note: there is no usage, so there is no bill; --account and --period ask for one without usage");
    }
    write(program, &bills, args.format)?;
    Ok(if bills.len() == 1 { "this bill is" } else { "these bills are" })
}

/// Whom to bill. An account that is asked for and unknown is billed for no usage, unless accounts are listed.
fn wanted(args: &BillArgs, known: BTreeSet<Symbol>) -> Result<Vec<Symbol>, Stop> {
    let Some(asked) = &args.account else { return Ok(known.into_iter().collect()) };
    let asked = Symbol::from(asked.as_str());
    if !known.contains(&asked) {
        let names = known.iter().map(|name| &**name);
        let hint = crate::source::suggest::hint(&asked, names);
        if args.run.accounts.is_some() {
            return Err(Stop::new(format!("account \"{asked}\" is not among the accounts{hint}")));
        }
        say(format_args!("note: account \"{asked}\" has no usage{hint}"));
    }
    Ok(vec![asked])
}

/// An account that is listed or asked for is billed for every period of the run: what is due without usage, such as a
/// minimum, must not be forgotten.
fn periods(billing: &dyn Billing, account: &Symbol, args: &BillArgs) -> Result<Vec<Period>, Stop> {
    let always = args.run.accounts.is_some() || args.account.is_some();
    match &args.period {
        Some(asked) => Ok(vec![billing.period(account, asked).map_err(Stop::new)?]),
        None if always => Ok(billing.periods_of_all(account)),
        None => Ok(billing.periods(account)),
    }
}

fn write(program: &Program, bills: &[Bill], format: BillFormat) -> Result<(), Stop> {
    let mut out = standard();
    match format {
        BillFormat::Text => {
            let title = program.header.label.as_ref().unwrap_or(&program.header.name);
            let texts: Vec<String> = bills.iter().map(|bill| bill_text(title, bill)).collect();
            write!(out, "{}", texts.join("\n"))?;
        }
        BillFormat::Json => {
            let list: serde_json::Value = bills.iter().map(bill_json).collect();
            writeln!(out, "{list:#}")?;
        }
        BillFormat::Ndjson => {
            for bill in bills {
                writeln!(out, "{}", bill_json(bill))?;
            }
        }
    }
    Ok(out.flush()?)
}
