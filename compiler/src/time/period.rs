//! The dates that a bill is asked for, and the period that they mean.

use super::zone::shift_days;
use super::{Rule, Zone, day_text};
use crate::bill::Period;
use crate::model::{Clock, Interval, Step, Window};
use crate::syntax::ast::BillPeriod;
use jiff::Timestamp;
use jiff::civil::Date;

/// Why dates are no period of a book.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// There is no such month, or the year is out of range.
    #[error("`{0}` is not a date in the calendar")]
    NoSuchDate(String),
    /// The last day stands before the first.
    #[error("`{0}` ends before it starts")]
    Backwards(String),
    /// The book cuts time otherwise.
    #[error("this book bills per {period}, and `{asked}` is not exactly one; {}", nearest(.fits))]
    NotOne {
        /// What was asked for.
        asked: String,
        /// The book's period in its words.
        period: String,
        /// The periods that the dates touch, as they can be asked for.
        fits: Vec<String>,
    },
    /// The period counts from a date of the account, which is not known.
    #[error("this book bills per {0}, and the account has no such date")]
    NoAnchor(String),
}

fn nearest(fits: &[String]) -> String {
    match fits {
        [] => "ask for a day in the period".to_owned(),
        [one] => format!("the nearest is `{one}`"),
        [first, .., last] => format!("those nearby are `{first}` to `{last}`"),
    }
}

/// The period that the dates of a bill mean in a book with this rule for its periods.
///
/// # Errors
/// A [`PeriodError`] where they are no dates, or not exactly one of the book's periods.
pub fn period(rule: &Rule<'_>, asked: &BillPeriod) -> Result<Period, PeriodError> {
    let (first, last) = day_range(asked)?;
    let end_day = shift_days(last, 1);
    if rule.window.step == Step::Given {
        let interval = between(rule.zone, Clock::midnight(), first, end_day);
        return Ok(Period { interval, name: range_text(first, last) });
    }
    if rule.window.anchor.is_some() && rule.anchor.is_none() {
        return Err(PeriodError::NoAnchor(rule.window.name.to_string()));
    }
    let interval = between(rule.zone, rule.window.at, first, end_day);
    let not_one = || not_one(rule, asked, interval);
    let held = period_holding(rule, interval.start).ok_or_else(not_one)?;
    let by_day = matches!(asked, BillPeriod::Day(_)) || rule.window.step == Step::Forever;
    if by_day || held.interval == interval { Ok(held) } else { Err(not_one()) }
}

/// The period that holds an instant. None only where the book's periods are given and do not hold it.
#[must_use]
pub fn period_holding(rule: &Rule<'_>, time: Timestamp) -> Option<Period> {
    let interval = rule.holding(time)?;
    Some(Period { interval, name: period_name(rule, interval) })
}

fn not_one(rule: &Rule<'_>, asked: &BillPeriod, interval: Interval) -> PeriodError {
    let touched = [interval.start, interval.end.checked_sub(NANOSECOND).unwrap_or(interval.end)];
    let mut fits: Vec<String> =
        touched.iter().filter_map(|time| period_holding(rule, *time)).map(|period| period.name).collect();
    fits.dedup();
    PeriodError::NotOne { asked: asked_text(asked), period: rule.window.name.to_string(), fits }
}

const NANOSECOND: jiff::SignedDuration = jiff::SignedDuration::from_nanos(1);

/// The first and the last day.
fn day_range(asked: &BillPeriod) -> Result<(Date, Date), PeriodError> {
    let wrong = || PeriodError::NoSuchDate(asked_text(asked));
    match *asked {
        BillPeriod::Day(day) => Ok((day, day)),
        BillPeriod::Days(first, last) if first > last => Err(PeriodError::Backwards(asked_text(asked))),
        BillPeriod::Days(first, last) => Ok((first, last)),
        BillPeriod::Month(year, month) => {
            let first = Date::new(year, month, 1).map_err(|_| wrong())?;
            Ok((first, first.last_of_month()))
        }
        BillPeriod::Year(year) => {
            let first = Date::new(year, 1, 1).map_err(|_| wrong())?;
            Ok((first, first.last_of_year()))
        }
    }
}

fn between(zone: &Zone, at: Clock, first: Date, end_day: Date) -> Interval {
    Interval { start: zone.instant(first, at), end: zone.instant(end_day, at) }
}

/// A period as it can be asked for.
fn period_name(rule: &Rule<'_>, interval: Interval) -> String {
    let window: &Window = rule.window;
    let first = rule.zone.day_starting(window.at, interval.start);
    match window.step {
        Step::Forever => "forever".to_owned(),
        Step::Second | Step::Minute | Step::Hour | Step::Instant => interval.start.to_string(),
        Step::Day | Step::Week if window.count == 1 && window.anchor.is_none() => day_text(first),
        Step::Day | Step::Week | Step::Month | Step::Given | Step::Term(_) | Step::Phase(_) => {
            range_text(first, shift_days(rule.zone.day_starting(window.at, interval.end), -1))
        }
    }
}

/// The shortest way to write a stretch of days.
fn range_text(first: Date, last: Date) -> String {
    if first == last {
        day_text(first)
    } else if first == first.first_of_year() && last == first.last_of_year() {
        format!("{:04}", first.year())
    } else if first == first.first_of_month() && last == first.last_of_month() {
        format!("{:04}-{:02}", first.year(), first.month())
    } else {
        format!("{}..{}", day_text(first), day_text(last))
    }
}

fn asked_text(asked: &BillPeriod) -> String {
    match asked {
        BillPeriod::Day(day) => day_text(*day),
        BillPeriod::Days(first, last) => format!("{}..{}", day_text(*first), day_text(*last)),
        BillPeriod::Month(year, month) => format!("{year:04}-{month:02}"),
        BillPeriod::Year(year) => format!("{year:04}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests_support::*;
    use super::*;

    fn ask(window: &Window, zone: &str, anchor: Option<&str>, asked: BillPeriod) -> Result<String, String> {
        let zone = Zone::named(zone).expect("a zone");
        let rule = Rule { window, zone: &zone, anchor: anchor.map(date), given: None, stretches: &[] };
        let period = period(&rule, &asked).map_err(|error| error.to_string())?;
        Ok(format!("{} = {}", period.name, show(period.interval)))
    }

    #[test]
    fn months_years_weeks_and_ranges() {
        let month = window(Step::Month, 1);
        let march = "2026-03 = 2026-03-01T00:00:00Z..2026-04-01T00:00:00Z".to_owned();
        let days = BillPeriod::Days(date("2026-03-01"), date("2026-03-31"));
        for asked in [BillPeriod::Month(2026, 3), BillPeriod::Day(date("2026-03-17")), days] {
            assert_eq!(ask(&month, "UTC", None, asked), Ok(march.clone()));
        }
        let year = window(Step::Month, 12);
        let expected = "2024 = 2024-01-01T00:00:00Z..2025-01-01T00:00:00Z".to_owned();
        assert_eq!(ask(&year, "UTC", None, BillPeriod::Year(2024)), Ok(expected));
        let early = Window { at: jiff::civil::time(4, 30, 0, 0), ..window(Step::Week, 1) };
        let expected = "2026-03-02 = 2026-03-02T04:30:00Z..2026-03-09T04:30:00Z".to_owned();
        assert_eq!(ask(&early, "Europe/London", None, BillPeriod::Day(date("2026-03-08"))), Ok(expected));
    }

    #[test]
    fn says_which_periods_fit() {
        let month = window(Step::Month, 1);
        let error = ask(&month, "UTC", None, BillPeriod::Year(2026)).expect_err("a year is not a month");
        assert!(error.contains("`2026` is not exactly one; those nearby are `2026-01` to `2026-12`"), "{error}");
        let error = ask(&window(Step::Week, 1), "UTC", None, BillPeriod::Month(2026, 3)).expect_err("no week");
        assert!(error.contains("those nearby are `2026-02-23` to `2026-03-30`"), "{error}");
        let error = ask(&month, "UTC", None, BillPeriod::Month(2026, 13)).expect_err("no month");
        assert_eq!(error, "`2026-13` is not a date in the calendar");
        let backwards = BillPeriod::Days(date("2026-03-02"), date("2026-03-01"));
        assert!(ask(&month, "UTC", None, backwards).is_err());
        let anchored = Window { anchor: Some(0), ..month };
        assert!(ask(&anchored, "UTC", None, BillPeriod::Day(date("2026-03-01"))).is_err());
    }

    #[test]
    fn given_takes_any_days() {
        let given = window(Step::Given, 1);
        let days = BillPeriod::Days(date("2026-05-15"), date("2026-06-13"));
        let expected = "2026-05-15..2026-06-13 = 2026-05-15T07:00:00Z..2026-06-14T07:00:00Z".to_owned();
        assert_eq!(ask(&given, "America/Los_Angeles", None, days), Ok(expected));
    }

    #[test]
    fn an_anchored_period_goes_by_its_days() {
        let month = Window { anchor: Some(0), ..window(Step::Month, 1) };
        let expected = "2026-01-31..2026-02-27 = 2026-01-31T00:00:00Z..2026-02-28T00:00:00Z".to_owned();
        assert_eq!(ask(&month, "UTC", Some("2025-10-31"), BillPeriod::Day(date("2026-02-01"))), Ok(expected));
    }
}
