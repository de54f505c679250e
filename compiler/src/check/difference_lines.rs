//! The lines that floors and ceilings make of their differences: their names are those of no other line.

use super::Checker;
use crate::diagnostic::Diagnostic;
use crate::model::Symbol;
use crate::source::Span;
use crate::typed::Charge;
use std::collections::BTreeMap;

impl Checker<'_> {
    pub(super) fn difference_lines(&mut self, charges: &[Charge]) {
        let mut known: BTreeMap<Symbol, Span> =
            charges.iter().map(|charge| (Symbol::clone(&charge.name), charge.span)).collect();
        for limit in charges.iter().flat_map(|charge| &charge.body.limits) {
            let Some(line) = &limit.line else { continue };
            if let Some(first) = known.insert(Symbol::clone(&line.name), limit.span) {
                self.report(
                    Diagnostic::error(
                        "florin::names::duplicate",
                        format!("two lines of a bill are called `{}`", line.name),
                    )
                    .label(limit.span, "the difference stands on a line of this name")
                    .label(first, "and this makes a line of the same name")
                    .help("give the difference a name of its own: `.. as minimum \"Minimum\"`"),
                );
            }
        }
    }
}
