//! An invoice as text.

use super::{days, note};
use crate::invoicing::Document;
use crate::render::bill::lines_text;
use crate::source::wire::printable;

/// The invoice as text, without colour.
#[must_use]
pub fn invoice_plain(document: &Document) -> String {
    let invoice = &document.invoice;
    let heading = format!(
        "{}\n{} {}\n\nDate      {}\nCustomer  {}\nPeriod    {}\n",
        printable(&document.title),
        document.sort.title(),
        document.name(),
        document.day(),
        printable(&invoice.account),
        printable(&days(document)),
    );
    let note = note(document).map(|note| format!("\n{}\n", printable(&note))).unwrap_or_default();
    format!("{heading}\n{}{note}", lines_text(&invoice.as_bill()))
}
