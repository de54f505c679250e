//! An invoice as a person reads it: as text, and as a page that prints well.

mod page;
mod plain;

pub use page::invoice_page;
pub use plain::invoice_plain;

use crate::invoicing::{Document, Reason};

/// Why it was issued, where that is no matter of course.
fn note(document: &Document) -> Option<String> {
    let period = &document.invoice.period.name;
    match &document.reason {
        Reason::Final => None,
        Reason::Advance => Some("Due in advance for the period.".to_owned()),
        Reason::Rule { rule, record } => {
            Some(format!("Issued within the period by the rule \"{rule}\", at the record \"{record}\"."))
        }
        Reason::Correction => Some(format!(
            "This corrects what was invoiced for {period}: records that came later changed the amounts by these."
        )),
    }
}

/// The first and the last day of the period, in UTC days where it begins at midnight there; else its name alone.
fn days(document: &Document) -> String {
    let interval = document.invoice.period.interval;
    let whole = |time: jiff::Timestamp| time.as_second().rem_euclid(86_400) == 0;
    let name = &document.invoice.period.name;
    let last = interval.end.checked_sub(jiff::SignedDuration::from_hours(24));
    match (whole(interval.start) && whole(interval.end), last) {
        (true, Ok(last)) => {
            let day = |time: jiff::Timestamp| time.strftime("%Y-%m-%d").to_string();
            format!("{name} ({} to {})", day(interval.start), day(last))
        }
        _ => name.clone(),
    }
}

/// The day on which it was issued.
fn date(document: &Document) -> String {
    document.issued.strftime("%Y-%m-%d").to_string()
}
