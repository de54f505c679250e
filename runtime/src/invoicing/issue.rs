//! Which invoices are due: in advance at a period's start, by rules at their records, at a period's end, and where a bill
//! that was invoiced to its end has changed since.

use super::document::{Document, Reason, Sort};
use super::folder::Folder;
use crate::engine::{Engine, Program};
use florin_compiler::bill::{Bill, Firing, InvoiceLine, Period};
use florin_compiler::model::{Record, Symbol};
use florin_compiler::reference::{Earlier, Ledger, in_advance, invoice};

/// What is asked for.
#[derive(Debug)]
pub struct Order<'o> {
    /// The book.
    pub program: &'o Program,
    /// The records up to then.
    pub records: &'o [Record],
    /// As of when.
    pub as_of: jiff::Timestamp,
    /// Whether a bill is invoiced although one of its lines has no price.
    pub allow_unpriced: bool,
}

/// What was issued, and what was not.
#[derive(Debug, Default)]
pub struct Issued {
    /// The new documents.
    pub documents: Vec<Document>,
    /// Why bills were not invoiced, in sentences.
    pub withheld: Vec<String>,
}

/// Issues what is due of some accounts into a folder, in the order of the moments at which it is.
///
/// # Errors
/// A sentence where a document can not be written; those before it are issued.
pub fn issue(
    engine: &Engine<'_>,
    order: &Order<'_>,
    accounts: &[Symbol],
    folder: &mut Folder,
) -> Result<Issued, String> {
    let mut issued = Issued::default();
    let mut due: Vec<Due> = Vec::new();
    for account in accounts {
        due.extend(of_account(engine, order, account, folder.documents(), &mut issued.withheld));
    }
    // Of one account they stand in their order already, which the sort keeps.
    due.sort_by(|a, b| (a.issued, &a.account).cmp(&(b.issued, &b.account)));
    for one in due {
        let number = folder.next_number();
        let invoice = invoice(&one.bill, one.lines);
        let title = order.program.header.label.clone().unwrap_or_else(|| order.program.header.name.clone());
        let sort = Sort::of(&invoice.total);
        let timezone = order.program.header.timezone.clone();
        let document = Document { number, sort, reason: one.reason, issued: one.issued, title, timezone, invoice };
        issued.documents.push(folder.issue(document)?.clone());
    }
    Ok(issued)
}

/// A document before it has its number.
struct Due {
    account: Symbol,
    issued: jiff::Timestamp,
    reason: Reason,
    bill: Bill,
    lines: Vec<InvoiceLine>,
}

fn of_account(
    engine: &Engine<'_>,
    order: &Order<'_>,
    account: &Symbol,
    before: &[Document],
    withheld: &mut Vec<String>,
) -> Vec<Due> {
    let before: Vec<&Document> = before.iter().filter(|known| known.invoice.account == *account).collect();
    let earlier: Vec<Earlier> = before.iter().map(|known| earlier(known)).collect();
    let firings = engine.watch(account, &earlier).firings;
    let mut due = Vec::new();
    for period in engine.periods_until(account, order.as_of) {
        let of_period: Vec<&Document> =
            before.iter().filter(|known| known.invoice.period.interval == period.interval).copied().collect();
        let mut ledger = Ledger::default();
        of_period.iter().for_each(|known| ledger.add(&known.invoice.lines));
        let is_closed = of_period.iter().any(|known| known.reason == Reason::Final);
        let bill = engine.bill(account, &period);
        let mut issue = |issued, reason, lines: Vec<InvoiceLine>, ledger: &mut Ledger| {
            if !lines.is_empty() {
                ledger.add(&lines);
                due.push(Due { account: account.clone(), issued, reason, bill: bill.clone(), lines });
            }
        };
        if !is_closed {
            if of_period.is_empty() {
                let lines = in_advance(order.program, Ledger::default().due(&bill));
                issue(period.interval.start, Reason::Advance, lines, &mut ledger);
            }
            for (reason, firing) in by_rules(order, &firings, &period, &of_period) {
                let lines = firing.invoice.as_ref().map(|invoice| invoice.lines.clone()).unwrap_or_default();
                issue(firing.time, reason, lines, &mut ledger);
            }
        }
        if period.interval.end > order.as_of {
            continue;
        }
        if !bill.withheld.is_empty() && !order.allow_unpriced {
            let lines: Vec<&str> = bill.withheld.iter().map(|line| line.id.as_str()).collect();
            withheld.push(format!(
                "{account}, {}: not invoiced to its end, for {} has no price",
                period.name,
                lines.join(", ")
            ));
            continue;
        }
        let lines = ledger.due(&bill);
        match is_closed {
            false => issue(period.interval.end, Reason::Final, lines, &mut ledger),
            true => issue(order.as_of, Reason::Correction, lines, &mut ledger),
        }
    }
    due
}

/// The invoices of rules in a period that are not in the folder.
fn by_rules<'f>(
    order: &Order<'_>,
    firings: &'f [Firing],
    period: &Period,
    before: &[&Document],
) -> Vec<(Reason, &'f Firing)> {
    let mut known: Vec<&Reason> = before.iter().map(|known| &known.reason).collect();
    let mut new = Vec::new();
    for firing in firings.iter().filter(|firing| firing.invoice.as_ref().is_some_and(|one| one.period == *period)) {
        let (rule, record) = (order.program.rules.get(firing.rule), order.records.get(firing.record));
        let Some((rule, record)) = rule.zip(record) else { continue };
        let reason = Reason::Rule { rule: rule.name.clone(), record: record.id.clone() };
        match known.iter().position(|one| **one == reason) {
            Some(at) => drop(known.swap_remove(at)),
            None => new.push((reason, firing)),
        }
    }
    new
}

fn earlier(document: &Document) -> Earlier {
    let cause = match &document.reason {
        Reason::Rule { rule, record } => Some((rule.clone(), record.clone())),
        Reason::Advance | Reason::Final | Reason::Correction => None,
    };
    Earlier {
        period: document.invoice.period.clone(),
        issued: document.issued,
        cause,
        is_advance: document.reason == Reason::Advance,
        lines: document.invoice.lines.clone(),
    }
}
