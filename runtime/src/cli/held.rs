//! `florin held`

use super::args::{BillFormat, HeldArgs};
use super::output::{say, standard};
use super::{Outcome, Stop, input};
use crate::held::{Decision, HeldRecord, line};
use crate::source::suggest;
use crate::source::wire::{printable, quoted};
use serde_json::json;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

pub fn run(args: &HeldArgs) -> Result<Outcome, Stop> {
    let decided: Vec<(&String, Decision)> = args
        .release
        .iter()
        .map(|id| (id, Decision::Release))
        .chain(args.void.iter().map(|id| (id, Decision::Void)))
        .collect();
    let path = match (&args.run.decisions, decided.is_empty()) {
        (None, false) => return Err(Stop::usage("--release and --void write to the file that --decisions names")),
        (path, _) => path.as_deref(),
    };
    let (_book, program) = input::open_usable(&args.run.book)?;
    let mut held = input::gather(&program, &args.run)?.usage.held;
    if !decided.is_empty() {
        decide(&mut held, &decided, path.unwrap_or(Path::new("")))?;
    }
    write(&held, args.format)?;
    if held.is_empty() {
        say("no record is held");
    }
    Ok(Outcome::Fine)
}

/// Adds decisions to their file; none of them if one is of a record that is not held.
fn decide(held: &mut Vec<HeldRecord>, decided: &[(&String, Decision)], path: &Path) -> Result<(), Stop> {
    let mut lines = String::new();
    for (id, decision) in decided {
        if !held.iter().any(|one| *one.record.id == ***id) {
            let hint = suggest::hint(id, held.iter().map(|one| &*one.record.id));
            return Err(Stop::new(format!("record {} is not held{hint}; nothing was decided", quoted(id))));
        }
        lines.push_str(&line(id, *decision));
    }
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map_err(|error| Stop::new(format!("{}: {error}", path.display())))?;
    file.write_all(lines.as_bytes()).and_then(|()| file.sync_all())?;
    held.retain(|one| decided.iter().all(|(id, _)| *one.record.id != ***id));
    Ok(())
}

fn write(held: &[HeldRecord], format: BillFormat) -> Result<(), Stop> {
    let mut out = standard();
    let value = |one: &HeldRecord| {
        json!({
            "record": &*one.record.id,
            "account": &*one.record.account,
            "time": one.record.time.to_string(),
            "rule": &*one.rule,
        })
    };
    match format {
        BillFormat::Text => {
            for one in held {
                let (id, account) = (printable(&one.record.id), printable(&one.record.account));
                writeln!(out, "{}  {account}  \"{id}\" held by {}", one.record.time, one.rule)?;
            }
        }
        BillFormat::Json => {
            let list: serde_json::Value = held.iter().map(value).collect();
            writeln!(out, "{list:#}")?;
        }
        BillFormat::Ndjson => {
            for one in held {
                writeln!(out, "{}", value(one))?;
            }
        }
    }
    Ok(out.flush()?)
}
