//! How windows are written in the ids of lines and on bills.

use super::Zone;
use crate::model::{Interval, Step, Window};
use jiff::civil::Date;

/// A window as the last key of a line's id: `2026`, `2026-03`, the date of its first day, or for less than a day
/// the instant at which it starts.
#[must_use]
pub fn window_text(window: &Window, zone: &Zone, interval: Interval) -> String {
    let date = zone.date(interval.start);
    match window.step {
        Step::Second | Step::Minute | Step::Hour | Step::Instant => interval.start.to_string(),
        Step::Month if window.anchor.is_none() && window.count == 12 => format!("{:04}", date.year()),
        Step::Month if window.anchor.is_none() => format!("{:04}-{:02}", date.year(), date.month()),
        Step::Day | Step::Week | Step::Month | Step::Given | Step::Term(_) | Step::Phase(_) => day_text(date),
        Step::Forever => "forever".to_owned(),
    }
}

/// A day: `2026-03-02`.
#[must_use]
pub fn day_text(date: Date) -> String {
    date.to_string()
}
