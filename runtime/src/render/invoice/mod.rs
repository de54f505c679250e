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
        Reason::Rule { .. } => {
            Some("Issued before the period ends; what is on this invoice is on no other one.".to_owned())
        }
        Reason::Correction => Some(format!(
            "This corrects what was invoiced for {period}: records that came later changed the amounts by these."
        )),
    }
}

/// The period by its name and its days.
fn days(document: &Document) -> String {
    let name = &document.invoice.period.name;
    match document.days() {
        Some((first, last)) => format!("{name} ({first} to {last})"),
        None => name.clone(),
    }
}
