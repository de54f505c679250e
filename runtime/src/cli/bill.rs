//! `florin bill`

use super::args::{BillArgs, BillFormat};
use super::output::{say, standard};
use super::{Outcome, Stop, input};
use crate::accounts::add_unlisted;
use crate::engine::{Engine, Program};
use crate::json::bill_json;
use crate::render::bill::bill_text;
use florin_compiler::bill::{Bill, Period};
use florin_compiler::model::Symbol;
use input::Gathered;
use std::io::Write;

pub fn run(args: &BillArgs) -> Result<Outcome, Stop> {
    let (_book, program) = input::open_usable(&args.run.book)?;
    let mut gathered = input::gather(&program, &args.run)?;
    let accounts = wanted(&program, args, &mut gathered)?;
    let engine = Engine::new(&program, &gathered.accounts, &gathered.usage.records, args.period.as_ref());
    let mut bills = Vec::new();
    for account in &accounts {
        for period in periods(&engine, account, args)? {
            bills.push(engine.bill(account, &period));
        }
    }
    if bills.is_empty() {
        say("note: there is no usage, so there is no bill; --account and --period ask for one without usage");
    }
    write(&program, &bills, args.format)?;
    let made = if bills.len() == 1 { "this bill is" } else { "these bills are" };
    Ok(input::conclude(&engine, &gathered.usage, &args.run, made))
}

/// Whom to bill. An account that is asked for and unknown is billed for no usage, unless accounts are listed.
fn wanted(program: &Program, args: &BillArgs, gathered: &mut Gathered) -> Result<Vec<Symbol>, Stop> {
    let Some(asked) = &args.account else { return Ok(gathered.accounts.keys().cloned().collect()) };
    let asked = Symbol::from(asked.as_str());
    if !gathered.accounts.contains_key(&asked) {
        let names = gathered.accounts.keys().map(|name| &**name);
        let hint = crate::source::suggest::hint(&asked, names);
        if args.run.accounts.is_some() {
            return Err(Stop::new(format!("account \"{asked}\" is not among the accounts{hint}")));
        }
        say(format_args!("note: account \"{asked}\" has no usage{hint}"));
        add_unlisted(&mut gathered.accounts, &program.schema, [&asked]);
    }
    Ok(vec![asked])
}

/// An account that is listed or asked for is billed for every period of the run: what is due without usage, such as a
/// minimum, must not be forgotten.
fn periods(engine: &Engine<'_>, account: &Symbol, args: &BillArgs) -> Result<Vec<Period>, Stop> {
    let always = args.run.accounts.is_some() || args.account.is_some();
    match &args.period {
        Some(asked) => Ok(vec![engine.period(account, asked).map_err(Stop::new)?]),
        None if always => Ok(engine.periods_of_all(account)),
        None => Ok(engine.periods(account)),
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
