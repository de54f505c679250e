//! `florin invoice`

use super::args::{InvoiceArgs, PageFormat};
use super::output::{say, standard};
use super::{Outcome, Stop, input};
use crate::engine::{Engine, Program};
use crate::invoicing::{Document, Folder, Issued, Order, issue};
use crate::render::invoice::{invoice_page, invoice_plain};
use crate::render::money;
use crate::source::wire::printable;
use florin_compiler::model::Symbol;
use std::io::Write;

pub fn run(args: &InvoiceArgs) -> Result<Outcome, Stop> {
    let (_book, program) = input::open_usable(&args.run.book)?;
    let as_of = as_of(&program, &args.as_of)?;
    let gathered = input::gather_until(&program, &args.run, Some(as_of))?;
    let program = &*gathered.program;
    let engine = Engine::new(program, &gathered.accounts, &gathered.usage.records, args.period.as_ref());
    let accounts: Vec<Symbol> = match &args.account {
        Some(account) => vec![account.as_str().into()],
        None => engine.accounts().into_iter().collect(),
    };
    let mut folder = Folder::open(&args.into).map_err(Stop::new)?;
    let order = Order { program, records: &gathered.usage.records, as_of, allow_unpriced: args.run.allow_unpriced };
    let issued = issue(&engine, &order, &accounts, &mut folder).map_err(Stop::new)?;
    pages(&folder, args.format)?;
    write(&issued)?;
    let outcome = input::conclude(&engine, &gathered.usage, &args.run, "what was invoiced is");
    Ok(if issued.withheld.is_empty() { outcome } else { Outcome::Wrong })
}

/// A day, from its start in the book's time zone, or an instant.
fn as_of(program: &Program, text: &str) -> Result<jiff::Timestamp, Stop> {
    let zone = florin_compiler::time::Zone::named(&program.header.timezone);
    let day = text.parse::<jiff::civil::Date>().ok().filter(|_| text.len() == 10);
    let start = day.zip(zone).map(|(day, zone)| zone.instant(day, florin_compiler::model::Clock::midnight()));
    start.or_else(|| text.parse().ok()).ok_or_else(|| {
        Stop::usage(format!("--as-of {text:?} is no moment: write 2026-04-01 (from its start) or 2026-04-01T12:00:00Z"))
    })
}

/// Writes the pages of all documents of the folder that have none.
fn pages(folder: &Folder, format: PageFormat) -> Result<(), Stop> {
    for document in folder.documents() {
        match format {
            PageFormat::Json => return Ok(()),
            PageFormat::Text => folder.page(document, "txt", &invoice_plain(document)),
            PageFormat::Html => folder.page(document, "html", &invoice_page(document)),
        }
        .map_err(Stop::new)?;
    }
    Ok(())
}

fn write(issued: &Issued) -> Result<(), Stop> {
    let mut out = standard();
    for document in &issued.documents {
        writeln!(out, "{}", line(document))?;
    }
    out.flush()?;
    if issued.documents.is_empty() {
        say("note: nothing is due that was not invoiced before");
    }
    issued.withheld.iter().for_each(|words| say(format_args!("warning: {}", printable(words))));
    Ok(())
}

/// `INV-000001  2026-04-01  A1  2026-03  final  $46.00`
fn line(document: &Document) -> String {
    let invoice = &document.invoice;
    let total = money::amount(&invoice.total, &invoice.currency);
    let (account, period) = (printable(&invoice.account), printable(&invoice.period.name));
    let day = document.day();
    format!("{}  {day}  {account}  {period}  {}  {total}", document.name(), document.reason.word())
}
