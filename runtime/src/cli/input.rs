//! What `bill`, `rate` and `explain` begin with: the book, the accounts, the usage; and what they end with: the counts.

use super::args::RunArgs;
use super::listen::{RunListener, SAID};
use super::output::{WIDTH, say, style};
use super::{Outcome, Stop};
use crate::accounts::{add_unlisted, read_accounts};
use crate::book::{self, OpenBook};
use crate::contracts::read_contracts;
use crate::counts::Counts;
use crate::engine::{self, Engine, Program};
use crate::held::{self, Decisions};
use crate::render::diagnostic::diagnostics_text;
use crate::render::money::grouped;
use crate::rows;
use crate::source::wire::{printable, quoted};
use crate::source::{Ignored, Input, Usage, read_inputs, suggest};
use florin_compiler::bill::{CutSpan, Standing};
use florin_compiler::model::{Accounts, Field, Schema};
use jiff::Timestamp;
use std::borrow::Cow;
use std::collections::BTreeSet;
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
        None => Err(Stop::new(why_unusable(&book))),
    }
}

fn why_unusable(book: &OpenBook) -> String {
    let path = book.path.display();
    match engine::tests_at_fault(&book.compiled, &book.text) {
        None => format!("{path} has errors, so nothing was rated"),
        Some(titles) => {
            let titles: Vec<&str> = titles.iter().map(|title| &**title).collect();
            let tests = if titles.len() == 1 { "test" } else { "tests" };
            format!(
                "nothing was rated: {path} has errors in its {tests} {}, though none in its prices; \
                 a book is used when all of it is right",
                suggest::some(&titles)
            )
        }
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
pub struct Gathered<'p> {
    /// The program, with the rows that came with the usage.
    pub program: Cow<'p, Program>,
    /// What is known of every account that is listed or has a record.
    pub accounts: Accounts,
    /// The records that stand.
    pub usage: Usage,
}

/// Reads accounts and usage.
///
/// # Errors
/// Where a file can not be read, or the accounts are wrong.
pub fn gather<'p>(program: &'p Program, args: &RunArgs) -> Result<Gathered<'p>, Stop> {
    gather_until(program, args, None)
}

/// Reads accounts and the usage before a moment, if there is one: what came later is not known yet.
///
/// # Errors
/// Where a file can not be read, or the accounts are wrong.
pub fn gather_until<'p>(program: &'p Program, args: &RunArgs, until: Option<Timestamp>) -> Result<Gathered<'p>, Stop> {
    let schema = &program.schema;
    let listed = args.accounts.as_deref().map(|path| read_accounts(program, &Input::new(path)));
    let listed = listed.transpose().map_err(Stop::new)?;
    let inputs: Vec<Input> = args.usage.iter().map(|path| Input::new(path)).collect();
    let mut listener = RunListener::new(args)?;
    let known = listed.as_ref().map(|listed| &listed.accounts);
    let usage = read_inputs(program, known, &inputs, &mut listener).map_err(Stop::new);
    let taken = usage.map(|mut usage| {
        let later = until.map_or(0, |until| usage.forget_from(until));
        (rows::take_out(program, &mut usage, &mut listener), usage, later)
    });
    listener.finish()?;
    let (program, mut usage, later) = taken?;
    say_later(later);
    say_ignored_fields(schema, &usage.ignored);
    let listed = listed.unwrap_or_default();
    say_ignored_facts(schema, &listed.ignored);
    let mut accounts = listed.accounts;
    if let Some(path) = &args.contracts {
        read_contracts(schema, &Input::new(path), &mut accounts).map_err(Stop::new)?;
    }
    add_unlisted(&mut accounts, usage.records.iter().map(|record| &record.account));
    set_aside(&program, &accounts, &mut usage, args)?;
    Ok(Gathered { program, accounts, usage })
}

fn say_later(later: u64) {
    match later {
        0 => {}
        1 => say("note: 1 record is later, and was not looked at"),
        later => say(format_args!("note: {} records are later, and were not looked at", grouped(&later.to_string()))),
    }
}

/// Sets aside the records that rules hold.
fn set_aside(program: &Program, accounts: &Accounts, usage: &mut Usage, args: &RunArgs) -> Result<(), Stop> {
    let decisions = args.decisions.as_deref().map(Decisions::read).transpose().map_err(Stop::new)?.unwrap_or_default();
    if !decisions.is_empty() && !program.holds() {
        say("note: no rule of this book holds records, so the decisions are not needed");
    }
    held::set_aside(program, accounts, usage, &decisions);
    Ok(())
}

/// Says what usage has and the book does not declare.
pub fn say_ignored_fields(schema: &Schema, ignored: &Ignored) {
    say_ignored("fields of usage", ignored, &declared_fields(schema));
}

/// Says what accounts have and the book does not declare.
pub fn say_ignored_facts(schema: &Schema, ignored: &Ignored) {
    say_ignored("facts of accounts", ignored, &schema.facts.iter().flat_map(names).collect::<Vec<_>>());
}

/// What the book calls the fields of its usage, in the file.
fn declared_fields(schema: &Schema) -> Vec<&str> {
    let wire = &schema.wire;
    let own = [&wire.id, &wire.account, &wire.time, &wire.kind].into_iter().map(|path| &**path);
    own.chain(schema.given_kinds().iter().flat_map(|kind| &kind.fields).flat_map(names)).collect()
}

fn names(field: &Field) -> impl Iterator<Item = &str> {
    field.wire.iter().map(|path| &**path)
}

fn say_ignored(what: &str, ignored: &Ignored, declared: &[&str]) {
    const MOST: usize = 10;
    let mut said: Vec<(String, String)> = ignored
        .names()
        .iter()
        .map(|(name, times)| {
            let hint = suggest::hint(name, declared.iter().copied());
            let times = grouped(&times.to_string());
            (format!("{} ({times}{hint})", printable(name)), hint)
        })
        .collect();
    if said.is_empty() {
        return;
    }
    // What may be a slip of the pen stands first, so that it is never among those that are left out.
    said.sort_by_key(|(_, hint)| hint.is_empty());
    let shown: Vec<&str> = said.iter().take(MOST).map(|(text, _)| text.as_str()).collect();
    let more = if said.len() > MOST { ", ..." } else { "" };
    say(format_args!("ignored {what} that the book does not declare: {}{more}", shown.join(", ")));
}

/// Says what has no price, the counts, and whether what was `made` of the records lacks some; whether all was well.
pub fn conclude(engine: &Engine<'_>, usage: &Usage, args: &RunArgs, made: &str) -> Outcome {
    let standings = engine.standings();
    say_unpriced(usage, &standings);
    say_cut_spans(&engine.cut_spans());
    conclude_counts(Counts::of(usage, &standings), args, made)
}

/// Says the counts, and whether what was `made` of the records lacks some; whether all was well.
pub fn conclude_counts(counts: Counts, args: &RunArgs, made: &str) -> Outcome {
    say(counts);
    if !counts.add_up() {
        say("error: these counts do not add up, which is a fault of florin; please report it");
    }
    let is_priced = counts.unpriced == 0 || args.allow_unpriced;
    let unpriced = if is_priced { 0 } else { counts.unpriced };
    say_incomplete(&Counts { unpriced, ..counts }, args, made);
    Outcome::fine_if(counts.add_up() && counts.rejected == 0 && is_priced)
}

/// `11 of 15 records were rejected, so these bills are not complete; --rejects FILE keeps them with their reasons`
fn say_incomplete(counts: &Counts, args: &RunArgs, made: &str) {
    let was = |count: u64| if count == 1 { "was" } else { "were" };
    let has = |count: u64| if count == 1 { "has" } else { "have" };
    let (rejected, unpriced) = (grouped(&counts.rejected.to_string()), grouped(&counts.unpriced.to_string()));
    let read = grouped(&counts.read.to_string());
    let records = if counts.read == 1 { "record" } else { "records" };
    let what = match (counts.rejected, counts.unpriced) {
        (0, 0) => return,
        (0, none) => format!("{unpriced} of {read} {records} {} no price", has(none)),
        (out, 0) => format!("{rejected} of {read} {records} {} rejected", was(out)),
        (out, none) => {
            format!("{rejected} of {read} {records} {} rejected and {unpriced} {} no price", was(out), has(none))
        }
    };
    let kept = match (counts.rejected, &args.rejects) {
        (0, _) => String::new(),
        (_, None) => "; --rejects FILE keeps what was rejected, with the reasons".to_owned(),
        (_, Some(path)) => format!("; {} has what was rejected, with the reasons", path.display()),
    };
    say(format_args!("{what}, so {made} not complete{kept}"));
}

fn say_unpriced(usage: &Usage, standings: &[Standing]) {
    if let Some(first) = usage.held.first() {
        let (count, records) = (usage.held.len(), if usage.held.len() == 1 { "record is" } else { "records are" });
        let first = format!("{} by `{}`", quoted(&first.record.id), first.rule);
        say(format_args!(
            "{count} {records} held (the first is {first}); `florin held` lists, releases and voids them"
        ));
    }
    let mut unpriced = 0u64;
    for ((record, place), standing) in usage.records.iter().zip(&usage.places).zip(standings) {
        let Standing::Unpriced(missing) = standing else { continue };
        unpriced += 1;
        if unpriced <= SAID {
            say_unpriced_record(&place.to_string(), &record.id, missing);
        }
    }
    say_more_unpriced(unpriced.saturating_sub(SAID));
}

/// How many spans that were closed at their limit are named.
const SPANS_SAID: usize = 20;

/// Says which spans went on for longer than they may.
pub fn say_cut_spans(cut: &BTreeSet<CutSpan>) {
    for CutSpan { account, spans, since, first } in cut.iter().take(SPANS_SAID) {
        say(format_args!(
            "warning: a `{spans}` of account {} went on for longer than the book allows and was closed at its limit; it \
             began at {since} with record {}",
            quoted(account),
            quoted(first)
        ));
    }
    let others = cut.len().saturating_sub(SPANS_SAID);
    if others > 0 {
        say(format_args!("... and {} more were closed at their limit", grouped(&others.to_string())));
    }
}

/// Says that a record has no price, and why.
pub fn say_unpriced_record(place: &str, id: &str, missing: &str) {
    say(format_args!("unpriced: {place}: record {}: {}", quoted(id), printable(missing)));
}

/// Says how many records have no price besides those that were named.
pub fn say_more_unpriced(others: u64) {
    if others > 0 {
        say(format_args!("... and {} more records without a price", grouped(&others.to_string())));
    }
}
