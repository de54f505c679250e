//! What a test knows of an account, and from when on.

use super::Checker;
use super::tests::TEST;
use crate::diagnostic::Diagnostic;
use crate::model::{Facts, Value};
use crate::source::Span;
use crate::syntax::ast::Entry;
use jiff::Timestamp;
use std::collections::BTreeMap;

impl Checker<'_> {
    /// `plan: pro, plan: team from 2026-04-13`
    pub(super) fn dated_facts(&mut self, entries: &[Entry]) -> Option<Facts> {
        let fields = self.schema.facts.clone();
        let mut known: BTreeMap<(usize, Option<Timestamp>), (Value, Span)> = BTreeMap::new();
        let mut complete = true;
        for entry in entries {
            complete &= self.dated_fact(entry, &fields, &mut known).is_some();
        }
        let first = fields.iter().enumerate().map(|(at, field)| {
            let given = known.remove(&(at, None)).map(|(value, _)| value);
            given.or_else(|| field.default.clone()).unwrap_or(Value::Absent)
        });
        let mut facts: Facts = first.collect();
        for ((at, since), (value, _)) in known {
            if let Some(since) = since {
                facts.set_from(at, since, value);
            }
        }
        complete.then_some(facts)
    }

    fn dated_fact(
        &mut self,
        entry: &Entry,
        fields: &[crate::model::Field],
        known: &mut BTreeMap<(usize, Option<Timestamp>), (Value, Span)>,
    ) -> Option<()> {
        let since = match &entry.since {
            Some(since) => Some(self.since(since)?),
            None => None,
        };
        let (index, value) = self.undated_entry(entry, fields, "an account")?;
        let place = entry.since.as_ref().map_or(entry.name.span, |since| since.span);
        if let Some((_, first)) = known.insert((index, since), (value, place)) {
            let name = &entry.name.text;
            let (title, label, help) = match since {
                None => (
                    format!("`{name}` stands there twice"),
                    "the second one",
                    format!(
                        "leave one of them out, or say from when on the later one holds: `{name}: .. from 2026-04-01`"
                    ),
                ),
                Some(_) => (
                    format!("`{name}` has two values from the same time on"),
                    "the second one",
                    "leave one of them out, or let it begin at another time".to_owned(),
                ),
            };
            return self
                .fail(Diagnostic::error(TEST, title).label(place, label).label(first, "the first one").help(help));
        }
        Some(())
    }
}
