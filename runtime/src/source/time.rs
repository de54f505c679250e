//! Instants and days from their text.

use florin_compiler::time::Zone;
use jiff::Timestamp;
use jiff::civil::{Date, Time};

/// The first year that a time may be in: epoch milliseconds below zero are more likely a mistake than a usage.
pub const FIRST_YEAR: i16 = 1970;
/// The last one: the windows of any later time could end where no calendar goes.
pub const LAST_YEAR: i16 = 9998;

/// Numbers that are more likely seconds since 1970, of the years from 1973 on, than milliseconds, which would all lie
/// before March 1973. Smaller ones are what clocks write that begin with a recording.
pub(super) const LIKELY_SECONDS: std::ops::Range<i64> = 100_000_000..100_000_000_000;

/// What an instant should be.
pub(super) const INSTANT: &str = "a time like 2026-03-01T00:00:00Z, or milliseconds since 1970";

/// Why a text is no instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeError {
    NotATime,
    NoZone,
    OutOfRange,
    /// A number that is likely one of seconds.
    Seconds,
}

/// RFC 3339 with any offset (a space may stand for the `T`), or milliseconds since 1970, in whole nanoseconds.
pub(super) fn instant(text: &str) -> Result<Timestamp, TimeError> {
    let looks_like_number = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
        && text.bytes().filter(|byte| *byte == b'-').count() < 2;
    let time = if looks_like_number { from_milliseconds(text)? } else { from_civil(text)? };
    let year = jiff::tz::TimeZone::UTC.to_datetime(time).year();
    if (FIRST_YEAR..=LAST_YEAR).contains(&year) { Ok(time) } else { Err(TimeError::OutOfRange) }
}

fn from_milliseconds(text: &str) -> Result<Timestamp, TimeError> {
    use florin_compiler::exact::{NumberError, Rational};
    let milliseconds = Rational::parse(text).map_err(|error| match error {
        NumberError::NotANumber => TimeError::NotATime,
        NumberError::TooLarge => TimeError::OutOfRange,
    })?;
    if (Rational::from(LIKELY_SECONDS.start)..Rational::from(LIKELY_SECONDS.end)).contains(&milliseconds) {
        return Err(TimeError::Seconds);
    }
    let nanoseconds = &milliseconds * &Rational::from(1_000_000i64);
    if !nanoseconds.is_integer() {
        return Err(TimeError::NotATime);
    }
    let whole = nanoseconds.to_i128().ok_or(TimeError::OutOfRange)?;
    Timestamp::from_nanosecond(whole).map_err(|_| TimeError::OutOfRange)
}

/// The parser reads more forms than RFC 3339, so the shape is checked first.
fn from_civil(text: &str) -> Result<Timestamp, TimeError> {
    let (day, rest) = text.split_at_checked(10).ok_or(TimeError::NotATime)?;
    date(day).ok_or(TimeError::NotATime)?;
    let clock = rest.strip_prefix(['T', 't', ' ']).ok_or(if rest.is_empty() {
        TimeError::NoZone
    } else {
        TimeError::NotATime
    })?;
    let shape = |byte: u8| byte.is_ascii_digit() || b":.+-Zz".contains(&byte);
    if clock.is_empty() || !clock.bytes().all(shape) {
        return Err(TimeError::NotATime);
    }
    if !clock.contains(['Z', 'z', '+', '-']) {
        return Err(TimeError::NoZone);
    }
    if offset_hours(clock).is_some_and(|hours| hours > "23") {
        return Err(TimeError::NotATime);
    }
    text.parse().map_err(|_| TimeError::NotATime)
}

/// The hours of `+02:00`; RFC 3339 knows no more than 23.
fn offset_hours(clock: &str) -> Option<&str> {
    clock.rsplit_once(['+', '-'])?.1.get(..2)
}

/// An instant, or the one at which a day begins in a time zone.
pub(crate) fn time_or_day(zone: &Zone, text: &str) -> Option<Timestamp> {
    match date(text) {
        Some(date) => Some(zone.instant(date, Time::midnight())),
        None => instant(text).ok(),
    }
}

/// `2026-03-01`
pub(super) fn date(text: &str) -> Option<Date> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if shape { text.parse().ok() } else { None }
}

/// `04:30`, `04:30:15`
pub(super) fn clock(text: &str) -> Option<Time> {
    let shape = matches!(text.len(), 5 | 8)
        && text.bytes().enumerate().all(|(at, byte)| match at {
            2 | 5 => byte == b':',
            _ => byte.is_ascii_digit(),
        });
    if shape { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_wire_writes() {
        for text in [
            "2026-03-01T00:00:00Z",
            "2026-03-01t00:00:00z",
            "2026-03-01 00:00:00Z",
            "2026-03-01T02:00:00+02:00",
            "2026-02-28T19:00:00.000-05:00",
            "1772323200000",
            "1772323200000.0",
            "1.7723232e12",
        ] {
            assert_eq!(instant(text).map(|time| time.to_string()), Ok("2026-03-01T00:00:00Z".to_owned()), "{text}");
        }
        assert_eq!(
            instant("1772323200000.25").map(|time| time.to_string()),
            Ok("2026-03-01T00:00:00.00025Z".to_owned())
        );
    }

    #[test]
    fn refuses_what_is_no_instant() {
        for (text, expected) in [
            ("", TimeError::NotATime),
            ("yesterday", TimeError::NotATime),
            ("2026-03-01", TimeError::NoZone),
            ("2026-03-01T00:00:00", TimeError::NoZone),
            ("2026-03-01 00:00", TimeError::NoZone),
            ("2026-02-30T00:00:00Z", TimeError::NotATime),
            ("2026-03-01T25:00:00Z", TimeError::NotATime),
            ("2026-03-01T00:00:00Z[UTC]", TimeError::NotATime),
            ("2026-03-01T00:00:00+24:00", TimeError::NotATime),
            ("20260301T000000Z", TimeError::NotATime),
            ("-1", TimeError::OutOfRange),
            ("1969-12-31T23:59:59Z", TimeError::OutOfRange),
            ("9999-01-01T00:00:00Z", TimeError::OutOfRange),
            ("99999999999999999999", TimeError::OutOfRange),
            ("1772323200000.0000001", TimeError::NotATime),
            ("100000000", TimeError::Seconds),
            ("1772323200", TimeError::Seconds),
            ("99999999999.5", TimeError::Seconds),
        ] {
            assert_eq!(instant(text), Err(expected), "{text}");
        }
        assert!(instant("0").is_ok() && instant("99999999").is_ok() && instant("100000000000").is_ok());
        assert!(instant("9998-12-31T23:59:59.999999999Z").is_ok());
    }

    #[test]
    fn days_and_clocks() {
        assert!(date("2024-02-29").is_some());
        assert!(clock("04:30").is_some() && clock("23:59:59").is_some());
        for text in ["2026-2-3", "20260203", "2026-02-30", "2026-02-03T00:00"] {
            assert_eq!(date(text), None, "{text}");
        }
        for text in ["24:00", "4:30", "0430", "04:30:15.5"] {
            assert_eq!(clock(text), None, "{text}");
        }
    }
}
