//! Windows: how time is cut into stretches, each of which has a meter's value or a bill's line.

use super::{Clock, Symbol};

/// A stretch of time, half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Interval {
    /// Its first instant.
    pub start: jiff::Timestamp,
    /// The instant after its last.
    pub end: jiff::Timestamp,
}

/// A rule that gives every instant the one stretch which holds it, in the book's time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The unit in which it counts.
    pub step: Step,
    /// How many of them; at least one.
    pub count: u32,
    /// The weekday on which weeks start, 1 (Monday) to 7.
    pub weekday: u8,
    /// The time of day at which days, and all that is made of days, start.
    pub at: Clock,
    /// The account's date on which weeks, months and so on are counted from, by its index in the schema's facts.
    pub anchor: Option<usize>,
    /// Whether a stretch begins with the first record that no stretch of the same keys holds yet.
    pub from_first_use: bool,
    /// As the book writes it: `day starting 04:30`.
    pub name: Symbol,
}

/// The unit in which a window counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Elapsed seconds. Seconds, minutes and hours are counted from the start of the day, whose end cuts the last.
    Second,
    /// Elapsed minutes.
    Minute,
    /// Elapsed hours.
    Hour,
    /// Days of the calendar, 23 to 25 hours long.
    Day,
    /// Weeks.
    Week,
    /// Months. A quarter is three, a year twelve.
    Month,
    /// The dates that the bill is asked for.
    Given,
    /// The contract's, from its first to its last day; of the plan with this index.
    Term(usize),
    /// The phases of the plan with this index.
    Phase(usize),
    /// All time.
    Forever,
    /// Each moment by itself: what is in force then.
    Instant,
}
