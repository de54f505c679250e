//! What a rule did, as one line.

use super::money;
use crate::source::wire::printable;
use florin_compiler::bill::Firing;
use florin_compiler::ir::{Action, Program, Trigger};
use florin_compiler::model::Record;

/// `2026-03-05T12:00:00Z  A1  progressive at "u020": an invoice of $20.00`, of the keys it is watched for, and
/// of several levels which one.
#[must_use]
pub fn firing_text(program: &Program, records: &[Record], firing: &Firing) -> String {
    let rule = program.rules.get(firing.rule);
    let name = rule.map_or("?", |rule| &rule.name);
    let record = records.get(firing.record).map_or("?", |record| &record.id);
    let keys: Vec<&str> = firing.keys.iter().map(|key| key.text.as_str()).collect();
    let of = if keys.is_empty() { String::new() } else { format!(" of {}", printable(&keys.join(", "))) };
    let level = match (firing.level, rule.map(|rule| &rule.trigger)) {
        (Some(at), Some(Trigger::Reaches { levels, .. })) if levels.len() > 1 => {
            format!(", level {} of {}", at + 1, levels.len())
        }
        _ => String::new(),
    };
    let done = match (&firing.invoice, rule.map(|rule| &rule.action)) {
        (Some(invoice), _) => format!("an invoice of {}", money::amount(&invoice.total, &invoice.currency)),
        (None, Some(Action::Notify(message))) => printable(message),
        (None, Some(Action::Hold)) => "the record is held until it is released or voided".to_owned(),
        (None, Some(Action::Block)) => "the account is blocked: its records are held from here on".to_owned(),
        (None, Some(Action::Invoice(_)) | None) => String::new(),
    };
    format!("{}  {}  {name}{of}{level} at \"{}\": {done}", firing.time, printable(&firing.account), printable(record))
}
