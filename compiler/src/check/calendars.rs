//! Calendars.

use super::Checker;
use crate::diagnostic::Diagnostic;
use crate::hir::Entity;
use crate::model::{Calendar, CalendarEntry, Symbol};
use crate::syntax::ast::CalendarEntryKind;

pub(super) const EMPTY: &str = "florin::time::calendar";

impl Checker<'_> {
    pub(super) fn calendars(&mut self) {
        for written in &self.book.calendars {
            let mut calendar =
                Calendar { name: Symbol::clone(&written.name.text), entries: Vec::new(), except: Vec::new() };
            for entry in &written.entries {
                match &entry.kind {
                    CalendarEntryKind::Except(name) => {
                        if let Some(index) = self.calendar_named(name) {
                            calendar.except.push(index);
                        }
                    }
                    CalendarEntryKind::Months(first, last) => {
                        calendar.entries.push(CalendarEntry::Months(*first, *last))
                    }
                    CalendarEntryKind::Weekdays(first, last) => {
                        calendar.entries.push(CalendarEntry::Weekdays(*first, *last));
                    }
                    CalendarEntryKind::Times(start, end) => calendar.entries.push(CalendarEntry::Times(*start, *end)),
                    CalendarEntryKind::Dates(first, last) if first <= last => {
                        calendar.entries.push(CalendarEntry::Dates(*first, *last));
                    }
                    CalendarEntryKind::Dates(..) => self.report(
                        Diagnostic::error(EMPTY, "these days end before they begin")
                            .label(entry.span, "the later day comes first")
                            .help("write the earlier day first; a single day stands alone"),
                    ),
                }
            }
            self.calendars.push(calendar);
        }
        debug_assert!(self.book.names.values().all(|bound| match bound.entity {
            Entity::Calendar(index) => index < self.calendars.len(),
            _ => true,
        }));
    }
}
