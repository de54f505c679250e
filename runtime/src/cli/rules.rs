//! `florin rules`

use super::args::{BillFormat, RulesArgs};
use super::output::{say, standard};
use super::{Outcome, Stop, input};
use crate::engine::{Engine, Program};
use crate::json::firing_json;
use crate::render::firing::firing_text;
use florin_compiler::bill::Firing;
use florin_compiler::model::Record;
use std::io::Write;

pub fn run(args: &RulesArgs) -> Result<Outcome, Stop> {
    let (_book, program) = input::open_usable(&args.run.book)?;
    let gathered = input::gather(&program, &args.run)?;
    let (program, records) = (&*gathered.program, &gathered.usage.records);
    let engine = Engine::new(program, &gathered.accounts, records, args.period.as_ref());
    let accounts = engine.accounts();
    let firings: Vec<Firing> = accounts.iter().flat_map(|account| engine.watch(account, &[]).firings).collect();
    if program.rules.is_empty() {
        say("note: this book has no rules");
    }
    write(program, records, &firings, args.format)?;
    Ok(input::conclude(&engine, &gathered.usage, &args.run, "what the rules did is"))
}

fn write(program: &Program, records: &[Record], firings: &[Firing], format: BillFormat) -> Result<(), Stop> {
    let mut out = standard();
    match format {
        BillFormat::Text => {
            for firing in firings {
                writeln!(out, "{}", firing_text(program, records, firing))?;
            }
        }
        BillFormat::Json => {
            let list: serde_json::Value = firings.iter().map(|one| firing_json(program, records, one)).collect();
            writeln!(out, "{list:#}")?;
        }
        BillFormat::Ndjson => {
            for firing in firings {
                writeln!(out, "{}", firing_json(program, records, firing))?;
            }
        }
    }
    Ok(out.flush()?)
}
