//! What a calendar admits.

use super::Zone;
use super::zone::{days_between, shift_days};
use crate::model::{Calendar, CalendarEntry, Clock, Interval};
use jiff::Timestamp;
use jiff::civil::Date;

/// Whether the calendar with this index admits an instant, by the clock of a zone.
#[must_use]
pub fn admits(calendars: &[Calendar], index: usize, zone: &Zone, time: Timestamp) -> bool {
    let local = zone.local(time);
    holds(calendars, index, local.date(), Some(local.time()))
}

/// Whether it admits a day, times of day left aside.
#[must_use]
pub fn admits_day(calendars: &[Calendar], index: usize, date: Date) -> bool {
    holds(calendars, index, date, None)
}

/// How many days of an interval it admits, times of day left aside.
#[must_use]
pub fn days_admitted(calendars: &[Calendar], index: usize, zone: &Zone, interval: Interval) -> i64 {
    let first = zone.date(interval.start);
    let count = days_between(first, zone.date(interval.end));
    let admitted = (0..count).filter(|day| admits_day(calendars, index, shift_days(first, *day))).count();
    i64::try_from(admitted).unwrap_or(i64::MAX)
}

fn holds(calendars: &[Calendar], index: usize, date: Date, clock: Option<Clock>) -> bool {
    let Some(calendar) = calendars.get(index) else { return false };
    // Those left out stand before it, so this ends.
    let left_out = |except: &usize| *except < index && holds(calendars, *except, date, clock);
    every_sort_holds(&calendar.entries, date, clock) && !calendar.except.iter().any(left_out)
}

/// Entries of one sort are alternatives, entries of different sorts must all hold.
fn every_sort_holds(entries: &[CalendarEntry], date: Date, clock: Option<Clock>) -> bool {
    (0..SORTS).all(|sort| {
        let mut of_sort = entries.iter().filter(|entry| self::sort(entry) == sort).peekable();
        of_sort.peek().is_none() || of_sort.any(|entry| entry_holds(entry, date, clock))
    })
}

const SORTS: u8 = 4;

fn sort(entry: &CalendarEntry) -> u8 {
    match entry {
        CalendarEntry::Months(..) => 0,
        CalendarEntry::Weekdays(..) => 1,
        CalendarEntry::Times(..) => 2,
        CalendarEntry::Dates(..) => 3,
    }
}

fn entry_holds(entry: &CalendarEntry, date: Date, clock: Option<Clock>) -> bool {
    match entry {
        CalendarEntry::Months(from, to) => inclusive(*from, *to, date.month().unsigned_abs()),
        CalendarEntry::Weekdays(from, to) => {
            inclusive(*from, *to, date.weekday().to_monday_one_offset().unsigned_abs())
        }
        CalendarEntry::Times(from, to) => clock.is_none_or(|clock| without_end(*from, *to, clock)),
        CalendarEntry::Dates(from, to) => *from <= date && date <= *to,
    }
}

/// Both ends belong to it, and it may wrap around.
fn inclusive(from: u8, to: u8, value: u8) -> bool {
    if from <= to { from <= value && value <= to } else { from <= value || value <= to }
}

/// The end does not belong to it, it may wrap over midnight, and equal times are the whole day.
fn without_end(from: Clock, to: Clock, value: Clock) -> bool {
    if from < to { from <= value && value < to } else { from <= value || value < to }
}

#[cfg(test)]
mod tests {
    use super::super::tests_support::{date, instant};
    use super::*;
    use jiff::civil::time;

    fn calendar(entries: Vec<CalendarEntry>, except: Vec<usize>) -> Calendar {
        Calendar { name: "c".into(), entries, except }
    }

    #[test]
    fn sorts_must_all_hold_and_entries_of_one_sort_are_alternatives() {
        let peak = [calendar(
            vec![
                CalendarEntry::Weekdays(1, 5),
                CalendarEntry::Times(time(6, 30, 0, 0), time(9, 30, 0, 0)),
                CalendarEntry::Times(time(16, 0, 0, 0), time(19, 0, 0, 0)),
            ],
            vec![],
        )];
        let zone = Zone::named("Europe/London").expect("a zone");
        for (at, expected) in [
            ("2026-03-02T06:30:00Z", true),
            ("2026-03-02T09:30:00Z", false),
            ("2026-03-02T18:59:59Z", true),
            ("2026-03-07T18:00:00Z", false),
            ("2026-07-01T05:30:00Z", true),
        ] {
            assert_eq!(admits(&peak, 0, &zone, instant(at)), expected, "{at}");
        }
    }

    #[test]
    fn wraps_over_midnight_the_week_and_the_year() {
        let midnight = time(0, 0, 0, 0);
        let night = [calendar(vec![CalendarEntry::Times(time(22, 0, 0, 0), time(6, 0, 0, 0))], vec![])];
        let evening = [calendar(vec![CalendarEntry::Times(time(16, 0, 0, 0), midnight)], vec![])];
        let always = [calendar(vec![CalendarEntry::Times(midnight, midnight)], vec![])];
        let winter = [calendar(vec![CalendarEntry::Months(10, 5), CalendarEntry::Weekdays(6, 1)], vec![])];
        let zone = Zone::utc();
        for (calendar, at, expected) in [
            (&night, "2026-03-02T23:00:00Z", true),
            (&night, "2026-03-02T05:59:59Z", true),
            (&night, "2026-03-02T06:00:00Z", false),
            (&evening, "2026-03-02T23:59:59.999999999Z", true),
            (&evening, "2026-03-02T00:00:00Z", false),
            (&always, "2026-03-02T00:00:00Z", true),
            (&winter, "2026-01-04T00:00:00Z", true),
            (&winter, "2026-01-07T00:00:00Z", false),
            (&winter, "2026-06-01T00:00:00Z", false),
        ] {
            assert_eq!(admits(calendar, 0, &zone, instant(at)), expected, "{at}");
        }
    }

    #[test]
    fn leaves_out_other_calendars_and_counts_days() {
        let holidays = calendar(vec![CalendarEntry::Dates(date("2026-06-01"), date("2026-06-02"))], vec![]);
        let summer = calendar(vec![CalendarEntry::Months(6, 9)], vec![0]);
        let calendars = [holidays, summer];
        let zone = Zone::named("America/Los_Angeles").expect("a zone");
        let interval = Interval { start: instant("2026-05-15T07:00:00Z"), end: instant("2026-06-14T07:00:00Z") };
        assert_eq!(super::super::days(&zone, interval), 30);
        assert_eq!(days_admitted(&calendars, 1, &zone, interval), 11);
        assert_eq!(days_admitted(&calendars, 0, &zone, interval), 2);
    }
}
