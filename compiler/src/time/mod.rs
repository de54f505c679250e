//! Time by the calendar: how windows cut it, what a calendar admits, which dates a bill covers.
//!
//! Architecture invariants: no clock is read, and the zone database is the bundled one, so that no result depends on
//! the machine. Nothing here fails on a time that a record can have: at the ends of the representable range (the
//! years -9999 and 9999) windows are cut off.

mod calendar;
mod nest;
mod period;
mod rule;
mod text;
mod zone;

pub use calendar::{admits, admits_day, days_admitted};
pub use nest::nests_in;
pub use period::{PeriodError, period, period_holding};
pub use rule::{Rule, from_first_use};
pub use text::{day_text, window_text};
pub use zone::{Zone, days};

#[cfg(test)]
mod tests_support {
    use crate::model::{Clock, Interval, Step, Window};

    pub fn window(step: Step, count: u32) -> Window {
        let at = Clock::midnight();
        Window { step, count, weekday: 1, at, anchor: None, from_first_use: false, name: format!("{step:?}").into() }
    }

    pub fn instant(text: &str) -> jiff::Timestamp {
        text.parse().expect("an instant")
    }

    pub fn date(text: &str) -> jiff::civil::Date {
        text.parse().expect("a date")
    }

    pub fn show(interval: Interval) -> String {
        format!("{}..{}", interval.start, interval.end)
    }
}
