//! A time zone: days to instants and back.

use crate::model::{Clock, Interval};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// A time zone of the bundled database.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone with this IANA name, if there is one.
    #[must_use]
    pub fn named(name: &str) -> Option<Zone> {
        if name == "UTC" {
            return Some(Zone::utc());
        }
        TimeZoneDatabase::bundled().get(name).ok().map(Zone)
    }

    /// Universal time.
    #[must_use]
    pub fn utc() -> Zone {
        Zone(TimeZone::UTC)
    }

    /// What a clock on the wall shows.
    #[must_use]
    pub fn local(&self, time: Timestamp) -> DateTime {
        self.0.to_datetime(time)
    }

    /// The day that holds an instant.
    #[must_use]
    pub fn date(&self, time: Timestamp) -> Date {
        self.local(time).date()
    }

    /// The instant at which a clock shows this time on this day. Where clocks jump over it, the time as far after
    /// the jump as it would have been; where they show it twice, the first.
    #[must_use]
    pub fn instant(&self, date: Date, clock: Clock) -> Timestamp {
        let edge = if date.year() < 0 { Timestamp::MIN } else { Timestamp::MAX };
        self.0.to_timestamp(date.to_datetime(clock)).unwrap_or(edge)
    }

    /// The day that holds an instant where days start at this time of day; a day goes by the date of its start.
    #[must_use]
    pub fn day_starting(&self, clock: Clock, time: Timestamp) -> Date {
        let date = self.date(time);
        if time < self.instant(date, clock) {
            return shift_days(date, -1);
        }
        // Where clocks jump back over midnight, the day's start may come a second time.
        let next = shift_days(date, 1);
        if next > date && time >= self.instant(next, clock) { next } else { date }
    }

    /// The first and the last date, inclusive, that an interval touches.
    #[must_use]
    pub fn dates(&self, interval: Interval) -> (Date, Date) {
        let last = interval.end.checked_sub(jiff::SignedDuration::from_nanos(1)).unwrap_or(interval.end);
        (self.date(interval.start), self.date(last.max(interval.start)))
    }
}

/// A date so many days later, or the calendar's end.
pub(super) fn shift_days(date: Date, days: i64) -> Date {
    date.saturating_add(jiff::Span::new().try_days(days).unwrap_or_default())
}

/// How many days of the calendar an interval has: 31 for a March, also where clocks change.
#[must_use]
pub fn days(zone: &Zone, interval: Interval) -> i64 {
    days_between(zone.date(interval.start), zone.date(interval.end))
}

/// How many days lie between two dates.
pub(super) fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}
