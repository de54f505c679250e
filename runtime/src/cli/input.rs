//! What `bill`, `rate` and `explain` begin with: the book, the accounts, the usage; and what they end with: the counts.

use super::args::RunArgs;
use super::listen::{RunListener, SAID};
use super::output::{WIDTH, say, style};
use super::{Outcome, Stop};
use crate::accounts::{add_unlisted, read_accounts};
use crate::book::{self, OpenBook};
use crate::counts::Counts;
use crate::engine::{Engine, Program};
use crate::render::diagnostic::diagnostics_text;
use crate::render::money::grouped;
use crate::source::wire::{printable, quoted};
use crate::source::{Ignored, Input, Usage, read_usage};
use florin_compiler::bill::Standing;
use florin_compiler::model::Accounts;
use std::path::Path;

/// Opens a book and says its findings.
///
/// # Errors
/// Where the file can not be read.
pub fn open(path: &Path) -> Result<OpenBook, Stop> {
    let book = book::open(path).map_err(Stop::new)?;
    say_findings(&book);
    Ok(book)
}

/// Opens a book that is to be used.
///
/// # Errors
/// Where the file can not be read, or the book has errors, which were said.
pub fn open_usable(path: &Path) -> Result<(OpenBook, Program), Stop> {
    let mut book = open(path)?;
    match book.compiled.program.take() {
        Some(program) => Ok((book, program)),
        None => Err(Stop(format!("{} has errors, so nothing was rated", path.display()))),
    }
}

/// Says the findings of a book on standard error.
pub fn say_findings(book: &OpenBook) {
    let compiled = &book.compiled;
    if !compiled.diagnostics.is_empty() {
        let text = diagnostics_text(&compiled.sources, &compiled.diagnostics, style(), WIDTH);
        say(text.trim_end());
        if compiled.diagnostics.iter().any(|found| found.is_error()) {
            say(format_args!("\n{CODE_PAGES}"));
        }
    }
}

/// Where the codes of messages are explained; a path in the project's repository.
pub const CODE_PAGES: &str = "each code has a page in grammar/errors, which says more of it";

/// The accounts and the usage of a run.
pub struct Gathered {
    /// What is known of every account that is listed or has a record.
    pub accounts: Accounts,
    /// The records that stand.
    pub usage: Usage,
}

/// Reads accounts and usage.
///
/// # Errors
/// Where a file can not be read, or the accounts are wrong.
pub fn gather(program: &Program, args: &RunArgs) -> Result<Gathered, Stop> {
    let schema = &program.schema;
    let listed = args.accounts.as_deref().map(|path| read_accounts(schema, &Input::new(path)));
    let listed = listed.transpose().map_err(Stop::new)?;
    let inputs: Vec<Input> = args.usage.iter().map(|path| Input::new(path)).collect();
    let mut listener = RunListener::new(args)?;
    let known = listed.as_ref().map(|listed| &listed.accounts);
    let usage = read_usage(schema, known, &inputs, &mut listener).map_err(Stop::new);
    listener.finish()?;
    let usage = usage?;
    say_ignored("fields of usage", &usage.ignored);
    let listed = listed.unwrap_or_default();
    say_ignored("facts of accounts", &listed.ignored);
    let mut accounts = listed.accounts;
    add_unlisted(&mut accounts, schema, usage.records.iter().map(|record| &record.account));
    Ok(Gathered { accounts, usage })
}

fn say_ignored(what: &str, ignored: &Ignored) {
    const MOST: usize = 10;
    let names: Vec<String> = ignored
        .names()
        .iter()
        .take(MOST)
        .map(|(name, times)| format!("{} ({})", printable(name), grouped(&times.to_string())))
        .collect();
    if names.is_empty() {
        return;
    }
    let more = if ignored.names().len() > MOST { ", ..." } else { "" };
    say(format_args!("ignored {what} that the book does not declare: {}{more}", names.join(", ")));
}

/// Says what has no price and the counts; whether all was well.
pub fn conclude(engine: &Engine<'_>, usage: &Usage, args: &RunArgs) -> Outcome {
    let standings = engine.standings();
    say_unpriced(usage, &standings);
    let counts = Counts::of(usage, &standings);
    say(counts);
    if !counts.add_up() {
        say("error: these counts do not add up, which is a fault of florin; please report it");
    }
    let is_priced = counts.unpriced == 0 || args.allow_unpriced;
    Outcome::fine_if(counts.add_up() && counts.rejected == 0 && is_priced)
}

fn say_unpriced(usage: &Usage, standings: &[Standing]) {
    let mut unpriced = 0u64;
    for ((record, place), standing) in usage.records.iter().zip(&usage.places).zip(standings) {
        let Standing::Unpriced(missing) = standing else { continue };
        unpriced += 1;
        if unpriced <= SAID {
            say(format_args!("unpriced: {place}: record {}: {}", quoted(&record.id), printable(missing)));
        }
    }
    if unpriced > SAID {
        say(format_args!("... and {} more records without a price", grouped(&(unpriced - SAID).to_string())));
    }
}
