//! How a window's rule cuts time.

use super::Zone;
use super::zone::{days_between, shift_days};
use crate::model::{Interval, Step, Window};
use jiff::Timestamp;
use jiff::civil::Date;

/// A window's rule with all that it needs to cut time: the zone, the account's anchor, the dates asked for.
///
/// A window that starts with the first use has no such rule; it is cut where its records are known.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'a> {
    /// The window.
    pub window: &'a Window,
    /// The book's time zone.
    pub zone: &'a Zone,
    /// The account's date on which the window is counted from, if it has an anchor.
    pub anchor: Option<Date>,
    /// The dates that the bill is asked for.
    pub given: Option<Interval>,
    /// The terms, or the phases, of the account's contracts, in order.
    pub stretches: &'a [Interval],
}

impl Rule<'_> {
    /// The stretch that holds an instant. None only where the dates asked for do not hold it, or none are.
    #[must_use]
    pub fn holding(&self, time: Timestamp) -> Option<Interval> {
        match self.window.step {
            Step::Second => Some(self.elapsed(time, 1)),
            Step::Minute => Some(self.elapsed(time, 60)),
            Step::Hour => Some(self.elapsed(time, 3_600)),
            Step::Day => Some(self.days(time, self.day_origin(), 1)),
            Step::Week => Some(self.days(time, self.week_origin(), 7)),
            Step::Month => Some(self.months(time)),
            Step::Given => self.given.filter(|given| given.start <= time && time < given.end),
            Step::Term(_) | Step::Phase(_) => {
                self.stretches.iter().copied().find(|one| one.start <= time && time < one.end)
            }
            Step::Forever => Some(Interval { start: Timestamp::MIN, end: Timestamp::MAX }),
            Step::Instant => Some(moment(time)),
        }
    }

    /// The stretch after this one.
    #[must_use]
    pub fn next(&self, interval: Interval) -> Option<Interval> {
        if let Step::Term(_) | Step::Phase(_) = self.window.step {
            return self.stretches.iter().copied().find(|one| one.start >= interval.end);
        }
        self.holding(interval.end).filter(|next| next.start >= interval.end && next.end > next.start)
    }

    /// The stretch before this one.
    #[must_use]
    pub fn previous(&self, interval: Interval) -> Option<Interval> {
        let before = interval.start.checked_sub(jiff::SignedDuration::from_nanos(1)).ok()?;
        self.holding(before).filter(|previous| previous.end <= interval.start)
    }

    /// All stretches that start inside an interval, in their order.
    pub fn starting_in(&self, outer: Interval) -> impl Iterator<Item = Interval> + '_ {
        let first = self.first_touching(outer);
        let first = match first {
            Some(interval) if interval.start < outer.start => self.next(interval),
            other => other,
        };
        std::iter::successors(first, |interval| self.next(*interval)).take_while(move |one| one.start < outer.end)
    }

    /// The first stretch that shares an instant with an interval.
    #[must_use]
    pub fn first_touching(&self, outer: Interval) -> Option<Interval> {
        match self.window.step {
            Step::Term(_) | Step::Phase(_) => {
                self.stretches.iter().copied().find(|one| one.start < outer.end && outer.start < one.end)
            }
            _ => self.holding(outer.start),
        }
    }

    /// How many stretches start inside an interval. Seconds, minutes and hours are counted by the day, for a year has
    /// too many to go through.
    #[must_use]
    pub fn count_starting_in(&self, outer: Interval) -> usize {
        let Some(length_ns) = self.elapsed_ns() else { return self.starting_in(outer).count() };
        let (mut count, mut day) = (0i128, self.day_of(outer.start));
        while day.start < outer.end {
            // Those of the day that start before an instant.
            let before = |time: Timestamp| {
                let past_ns = time.min(day.end).as_nanosecond() - day.start.as_nanosecond();
                past_ns.max(0).div_euclid(length_ns) + i128::from(past_ns.max(0).rem_euclid(length_ns) > 0)
            };
            count += before(outer.end) - before(outer.start);
            let next = self.day_of(day.end);
            if next.start < day.end || next.end <= next.start {
                break;
            }
            day = next;
        }
        usize::try_from(count).unwrap_or(usize::MAX)
    }

    /// The length of what is counted in elapsed time.
    fn elapsed_ns(&self) -> Option<i128> {
        let seconds = match self.window.step {
            Step::Second => 1,
            Step::Minute => 60,
            Step::Hour => 3_600,
            Step::Day | Step::Week | Step::Month | Step::Given => return None,
            Step::Term(_) | Step::Phase(_) | Step::Forever | Step::Instant => return None,
        };
        Some(i128::from(self.window.count.max(1)) * seconds * 1_000_000_000)
    }

    fn day_of(&self, time: Timestamp) -> Interval {
        self.day(self.zone.day_starting(self.window.at, time))
    }

    /// Elapsed time from the start of the day, whose end cuts the last stretch.
    fn elapsed(&self, time: Timestamp, unit_seconds: i128) -> Interval {
        let day = self.day(self.zone.day_starting(self.window.at, time));
        let length_ns = i128::from(self.window.count.max(1)) * unit_seconds * 1_000_000_000;
        let since_ns = time.as_nanosecond() - day.start.as_nanosecond();
        let start_ns = day.start.as_nanosecond() + since_ns.div_euclid(length_ns) * length_ns;
        let instant = |ns: i128| Timestamp::from_nanosecond(ns).unwrap_or(day.end).min(day.end);
        Interval { start: instant(start_ns), end: instant(start_ns + length_ns) }
    }

    fn day(&self, date: Date) -> Interval {
        Interval { start: self.start_of(date), end: self.start_of(shift_days(date, 1)) }
    }

    fn start_of(&self, date: Date) -> Timestamp {
        self.zone.instant(date, self.window.at)
    }

    /// The day from which days are counted: the anchor, or 1970-01-01.
    fn day_origin(&self) -> Date {
        self.anchor.unwrap_or_else(epoch)
    }

    /// The day from which weeks are counted: the anchor, or the first day of the week that holds 1970-01-05.
    fn week_origin(&self) -> Date {
        let back = (1 - i64::from(self.window.weekday)).rem_euclid(7);
        self.anchor.unwrap_or_else(|| shift_days(shift_days(epoch(), 4), -back))
    }

    fn days(&self, time: Timestamp, origin: Date, unit_days: i64) -> Interval {
        let length = i64::from(self.window.count.max(1)).saturating_mul(unit_days);
        let day = self.zone.day_starting(self.window.at, time);
        let past = days_between(origin, day).rem_euclid(length);
        let start = shift_days(day, -past);
        Interval { start: self.start_of(start), end: self.start_of(shift_days(start, length)) }
    }

    /// Months are counted from January of the year 0, or from the anchor. Each boundary is taken from the anchor
    /// itself, so that an anchor on the 31st does not drift to the 28th.
    fn months(&self, time: Timestamp) -> Interval {
        let day = self.zone.day_starting(self.window.at, time);
        let length = i64::from(self.window.count.max(1));
        let origin = self.anchor.unwrap_or_else(|| Date::constant(0, 1, 1));
        let boundary = |index: i64| shift_months(origin, index.saturating_mul(length));
        let guess = month_number(day).saturating_sub(month_number(origin)).div_euclid(length);
        let index = if day < boundary(guess) { guess - 1 } else { guess };
        Interval { start: self.start_of(boundary(index)), end: self.start_of(boundary(index + 1)) }
    }
}

/// The shortest stretch that holds an instant.
fn moment(time: Timestamp) -> Interval {
    Interval { start: time, end: time.checked_add(jiff::SignedDuration::from_nanos(1)).unwrap_or(time) }
}

/// The stretch of a window that starts with its first use: elapsed time, or days, weeks and months by the calendar.
#[must_use]
pub fn from_first_use(window: &Window, zone: &Zone, start: Timestamp) -> Interval {
    let count = i64::from(window.count.max(1));
    let elapsed = |unit_seconds: i64| {
        let length = jiff::SignedDuration::from_secs(unit_seconds.saturating_mul(count));
        start.checked_add(length).unwrap_or(Timestamp::MAX)
    };
    let local = zone.local(start);
    let end = match window.step {
        Step::Second => elapsed(1),
        Step::Minute => elapsed(60),
        Step::Hour => elapsed(3_600),
        Step::Day | Step::Given => zone.instant(shift_days(local.date(), count), local.time()),
        Step::Week => zone.instant(shift_days(local.date(), count.saturating_mul(7)), local.time()),
        Step::Month => zone.instant(shift_months(local.date(), count), local.time()),
        Step::Term(_) | Step::Phase(_) | Step::Forever => Timestamp::MAX,
        Step::Instant => moment(start).end,
    };
    Interval { start, end }
}

fn epoch() -> Date {
    Date::constant(1970, 1, 1)
}

fn month_number(date: Date) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month())
}

/// A date so many months later, its day clamped to the month's length.
fn shift_months(date: Date, months: i64) -> Date {
    date.saturating_add(jiff::Span::new().try_months(months).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::tests_support::*;
    use super::*;

    fn held(window: &Window, zone: &str, anchor: Option<&str>, time: &str) -> String {
        let zone = Zone::named(zone).expect("a zone");
        let rule = Rule { window, zone: &zone, anchor: anchor.map(date), given: None, stretches: &[] };
        show(rule.holding(instant(time)).expect("a window"))
    }

    #[test]
    fn days_have_23_to_25_hours() {
        let day = window(Step::Day, 1);
        let cases = [
            ("2026-03-29T10:00:00Z", "2026-03-28T23:00:00Z..2026-03-29T22:00:00Z"),
            ("2026-10-25T10:00:00Z", "2026-10-24T22:00:00Z..2026-10-25T23:00:00Z"),
            ("2026-10-25T22:30:00Z", "2026-10-24T22:00:00Z..2026-10-25T23:00:00Z"),
        ];
        for (time, expected) in cases {
            assert_eq!(held(&day, "Europe/Berlin", None, time), expected);
        }
    }

    #[test]
    fn a_day_whose_start_is_skipped_starts_after_the_gap() {
        // In Sao Paulo clocks went from 24:00 to 01:00 on 2018-11-04.
        let day = window(Step::Day, 1);
        let expected = "2018-11-04T03:00:00Z..2018-11-05T02:00:00Z";
        assert_eq!(held(&day, "America/Sao_Paulo", None, "2018-11-04T03:00:00Z"), expected);
        assert_eq!(
            held(&day, "America/Sao_Paulo", None, "2018-11-04T02:59:59Z"),
            "2018-11-03T03:00:00Z..2018-11-04T03:00:00Z"
        );
    }

    #[test]
    fn service_days_start_at_half_past_four() {
        let day = Window { at: jiff::civil::time(4, 30, 0, 0), ..window(Step::Day, 1) };
        let expected = "2026-03-07T04:30:00Z..2026-03-08T04:30:00Z";
        assert_eq!(held(&day, "Europe/London", None, "2026-03-08T00:40:00Z"), expected);
        assert_eq!(held(&day, "Europe/London", None, "2026-03-07T04:30:00Z"), expected);
    }

    #[test]
    fn months_and_years_know_the_calendar() {
        let month = window(Step::Month, 1);
        let quarter = window(Step::Month, 3);
        let year = window(Step::Month, 12);
        for (window, time, expected) in [
            (&month, "2024-02-29T23:59:59Z", "2024-02-01T00:00:00Z..2024-03-01T00:00:00Z"),
            (&month, "2026-02-28T00:00:00Z", "2026-02-01T00:00:00Z..2026-03-01T00:00:00Z"),
            (&quarter, "2026-05-01T00:00:00Z", "2026-04-01T00:00:00Z..2026-07-01T00:00:00Z"),
            (&year, "2026-05-01T00:00:00Z", "2026-01-01T00:00:00Z..2027-01-01T00:00:00Z"),
        ] {
            assert_eq!(held(window, "UTC", None, time), expected);
        }
    }

    #[test]
    fn an_anchor_on_the_31st_does_not_drift() {
        let month = Window { anchor: Some(0), ..window(Step::Month, 1) };
        for (time, expected) in [
            ("2026-02-10T00:00:00Z", "2026-01-31T00:00:00Z..2026-02-28T00:00:00Z"),
            ("2026-02-28T00:00:00Z", "2026-02-28T00:00:00Z..2026-03-31T00:00:00Z"),
            ("2026-03-30T00:00:00Z", "2026-02-28T00:00:00Z..2026-03-31T00:00:00Z"),
            ("2026-04-30T00:00:00Z", "2026-04-30T00:00:00Z..2026-05-31T00:00:00Z"),
            ("2025-11-15T00:00:00Z", "2025-10-31T00:00:00Z..2025-11-30T00:00:00Z"),
        ] {
            assert_eq!(held(&month, "UTC", Some("2026-01-31"), time), expected, "{time}");
        }
    }

    #[test]
    fn weeks_start_on_their_weekday() {
        let monday = window(Step::Week, 1);
        let sunday = Window { weekday: 7, ..window(Step::Week, 1) };
        let expected = "2026-03-02T00:00:00Z..2026-03-09T00:00:00Z";
        assert_eq!(held(&monday, "UTC", None, "2026-03-08T23:00:00Z"), expected);
        assert_eq!(held(&sunday, "UTC", None, "2026-03-07T23:00:00Z"), "2026-03-01T00:00:00Z..2026-03-08T00:00:00Z");
        assert_eq!(held(&monday, "UTC", None, "1969-12-31T00:00:00Z"), "1969-12-29T00:00:00Z..1970-01-05T00:00:00Z");
    }

    #[test]
    fn hours_are_counted_from_the_day_whose_end_cuts_the_last() {
        let seven = window(Step::Hour, 7);
        assert_eq!(held(&seven, "UTC", None, "2026-03-02T22:00:00Z"), "2026-03-02T21:00:00Z..2026-03-03T00:00:00Z");
        // The day of 25 hours: the hour that clocks show twice is two hours.
        let hour = window(Step::Hour, 1);
        assert_eq!(
            held(&hour, "Europe/Berlin", None, "2026-10-25T01:30:00Z"),
            "2026-10-25T01:00:00Z..2026-10-25T02:00:00Z"
        );
    }

    #[test]
    fn goes_on_and_back_without_gap() {
        let zone = Zone::named("Europe/Berlin").expect("a zone");
        let window = window(Step::Hour, 7);
        let rule = Rule { window: &window, zone: &zone, anchor: None, given: None, stretches: &[] };
        let mut at = rule.holding(instant("2026-03-27T00:00:00Z")).expect("a window");
        for _ in 0..20 {
            let next = rule.next(at).expect("a window");
            assert_eq!(next.start, at.end);
            assert_eq!(rule.previous(next), Some(at));
            at = next;
        }
    }

    #[test]
    fn counting_is_as_good_as_going_through() {
        for zone in ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"] {
            let zone = Zone::named(zone).expect("a zone");
            for window in [window(Step::Minute, 7), window(Step::Hour, 1), window(Step::Hour, 7), window(Step::Day, 1)]
            {
                let rule = Rule { window: &window, zone: &zone, anchor: None, given: None, stretches: &[] };
                for (start, end) in [
                    ("2011-12-25T03:04:05Z", "2012-01-03T00:00:00Z"),
                    ("2026-03-28T23:00:00Z", "2026-04-06T22:59:59Z"),
                    ("2026-10-24T22:00:00.5Z", "2026-10-25T23:00:00Z"),
                    ("2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"),
                ] {
                    let outer = Interval { start: instant(start), end: instant(end) };
                    assert_eq!(rule.count_starting_in(outer), rule.starting_in(outer).count(), "{window:?} {start}");
                }
            }
        }
    }

    #[test]
    fn a_year_of_seconds_is_counted_at_once() {
        let (second, zone) = (window(Step::Second, 1), Zone::utc());
        let rule = Rule { window: &second, zone: &zone, anchor: None, given: None, stretches: &[] };
        let year = Interval { start: instant("2026-01-01T00:00:00Z"), end: instant("2027-01-01T00:00:00Z") };
        assert_eq!(rule.count_starting_in(year), 365 * 86_400);
        let end = Interval { start: instant("9999-12-29T00:00:00Z"), end: Timestamp::MAX };
        assert!(rule.count_starting_in(end) > 86_400);
    }

    #[test]
    fn the_ends_of_time_are_no_trap() {
        for step in [Step::Second, Step::Hour, Step::Day, Step::Week, Step::Month, Step::Forever] {
            let window = window(step, 5);
            let zone = Zone::named("Pacific/Kiritimati").expect("a zone");
            let rule = Rule { window: &window, zone: &zone, anchor: None, given: None, stretches: &[] };
            for time in [Timestamp::MIN, Timestamp::MAX] {
                assert!(rule.holding(time).is_some());
            }
            assert_eq!(rule.starting_in(Interval { start: Timestamp::MAX, end: Timestamp::MAX }).count(), 0);
        }
    }
}
