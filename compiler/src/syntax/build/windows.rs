//! Windows, months, weekdays and calendars.

use super::{Builder, Pair, Parts};
use crate::syntax::ast::{CalendarEntry, CalendarEntryKind, Declaration, Per1, Window, WindowUnit};
use florin_grammar::Rule;

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

impl Builder {
    pub(super) fn take_window(&mut self, parts: &mut Parts<'_>) -> Option<Window> {
        let pair = parts.take(Rule::window)?;
        self.window(pair)
    }

    pub(super) fn window(&mut self, pair: Pair<'_>) -> Option<Window> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let starting = parts.take(Rule::window_start).map(|start| self.window_start(start));
        let anchored = parts.take(Rule::window_anchor).and_then(|anchor| self.take_path(&mut Parts::of(anchor)));
        let from_first_use = parts.has(Rule::from_first);
        let window = match parts.take(Rule::window_count) {
            Some(counted) => self.window_count(counted)?,
            None => Window::plain(window_unit(&parts.take(Rule::window_name)?)?, span),
        };
        Some(Window { starting, anchored, from_first_use, span, ..window })
    }

    /// `11 months`
    pub(super) fn window_count(&mut self, pair: Pair<'_>) -> Option<Window> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let count = Some(self.take_number(&mut parts)?);
        Some(Window { count, ..Window::plain(window_unit(&parts.take(Rule::window_name)?)?, span) })
    }

    fn window_start(&mut self, pair: Pair<'_>) -> (Option<u8>, Option<crate::model::Clock>) {
        let mut parts = Parts::of(pair);
        let day = parts.take(Rule::weekday).and_then(|day| weekday(&day));
        (day, parts.take(Rule::clock).map(|clock| self.clock(&clock)))
    }

    /// What follows `per` in a header.
    pub(super) fn take_per_window(&mut self, parts: &mut Parts<'_>) -> Option<Per1> {
        let pair = parts.take(Rule::per_window)?;
        let mut parts = Parts::of(pair);
        match parts.take(Rule::k_instant) {
            Some(instant) => Some(Per1::Instant(self.span(&instant))),
            None => self.take_window(&mut parts).map(Per1::Window),
        }
    }

    pub(super) fn calendar(&mut self, pair: Pair<'_>) -> Option<Declaration> {
        let mut parts = Parts::of(pair);
        let entries = self.each(parts.all(Rule::calendar_entry), Builder::calendar_entry)?;
        Some(Declaration::Calendar { name: self.take_name(&mut parts)?, entries })
    }

    fn calendar_entry(&mut self, pair: Pair<'_>) -> Option<CalendarEntry> {
        let span = self.span(&pair);
        let entry = Parts::of(pair).first()?;
        let rule = entry.as_rule();
        let mut parts = Parts::of(entry);
        let kind = match rule {
            Rule::calendar_except => CalendarEntryKind::Except(self.take_name(&mut parts)?),
            Rule::calendar_months => {
                let (from, to) = ends(parts, |pair| month(&pair))?;
                CalendarEntryKind::Months(from, to)
            }
            Rule::calendar_weekdays => {
                let (from, to) = ends(parts, |pair| weekday(&pair))?;
                CalendarEntryKind::Weekdays(from, to)
            }
            Rule::calendar_times => {
                let (from, to) = ends(parts, |pair| Some(self.clock(&pair)))?;
                CalendarEntryKind::Times(from, to)
            }
            _ => {
                let (from, to) = ends(parts, |pair| Some(self.date(&pair)))?;
                CalendarEntryKind::Dates(from, to)
            }
        };
        Some(CalendarEntry { kind, span })
    }
}

impl Window {
    fn plain(unit: WindowUnit, span: crate::source::Span) -> Window {
        Window { count: None, unit, starting: None, anchored: None, from_first_use: false, span }
    }
}

/// Both ends of a range; one that has but one is its own end.
fn ends<'i, T: Copy>(mut parts: Parts<'i>, mut read: impl FnMut(Pair<'i>) -> Option<T>) -> Option<(T, T)> {
    let first = read(parts.first()?)?;
    match parts.first() {
        Some(last) => Some((first, read(last)?)),
        None => Some((first, first)),
    }
}

/// 1 for January.
pub(super) fn month(pair: &Pair<'_>) -> Option<u8> {
    number_of(pair, &MONTHS)
}

/// 1 for Monday.
fn weekday(pair: &Pair<'_>) -> Option<u8> {
    number_of(pair, &WEEKDAYS)
}

fn number_of(pair: &Pair<'_>, names: &[&str]) -> Option<u8> {
    let index = names.iter().position(|name| *name == pair.as_str())?;
    u8::try_from(index + 1).ok()
}

/// A window's unit by its name, in the singular or the plural.
pub(super) fn window_unit(pair: &Pair<'_>) -> Option<WindowUnit> {
    Some(match pair.as_str().trim_end_matches('s') {
        "second" => WindowUnit::Second,
        "minute" => WindowUnit::Minute,
        "hour" => WindowUnit::Hour,
        "day" => WindowUnit::Day,
        "week" => WindowUnit::Week,
        "month" => WindowUnit::Month,
        "quarter" => WindowUnit::Quarter,
        "year" => WindowUnit::Year,
        "period" => WindowUnit::Period,
        "term" => WindowUnit::Term,
        "phase" => WindowUnit::Phase,
        "forever" => WindowUnit::Forever,
        _ => return None,
    })
}
