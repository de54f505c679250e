//! Calendars: named sets of days and times of day.

use super::{Clock, Symbol};

/// A calendar: entries of one sort are alternatives, entries of different sorts must all hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Its name.
    pub name: Symbol,
    /// What it admits.
    pub entries: Vec<CalendarEntry>,
    /// The calendars whose instants it leaves out, by their index in the program; they stand before it.
    pub except: Vec<usize>,
}

/// What an entry admits. Days are inclusive and may wrap over a year's or week's end; times are without their end
/// and may wrap over midnight; equal times are the whole day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarEntry {
    /// Months, 1 to 12.
    Months(u8, u8),
    /// Weekdays, 1 (Monday) to 7.
    Weekdays(u8, u8),
    /// Times of day.
    Times(Clock, Clock),
    /// Days.
    Dates(jiff::civil::Date, jiff::civil::Date),
}
