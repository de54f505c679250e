//! Days, instants and times of day in their usual shapes, by arithmetic.

use super::decimal::Decimal;
use crate::source::time::LIKELY_SECONDS;

const NANOSECONDS_PER_MILLISECOND: i64 = 1_000_000;
const NANOSECONDS_PER_SECOND: i64 = 1_000_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
/// Inside these years no offset leads out of the years that a record may be in, nor out of 64 bits of nanoseconds.
const SURE_YEARS: std::ops::RangeInclusive<i64> = 1971..=2261;

/// Reads instants; most of a file are of one day.
#[derive(Debug, Default)]
pub struct Instants {
    day: [u8; 10],
    days: i64,
}

impl Instants {
    /// Nanoseconds since 1970 of `2026-03-01T00:00:00Z`, or of milliseconds since 1970. None where the text is
    /// otherwise.
    #[inline]
    pub fn read(&mut self, text: &str) -> Option<i64> {
        let bytes = text.as_bytes();
        let Some((day, clock)) = bytes.split_first_chunk::<10>() else { return from_milliseconds(Decimal::of(text)?) };
        match clock.split_first() {
            Some((b'T' | b' ' | b't', clock)) => {
                let seconds = self.days(day)? * SECONDS_PER_DAY;
                let (within, rest) = seconds_of(clock)?;
                let (fraction, rest) = fraction(rest)?;
                let offset = offset(rest)?;
                Some((seconds + within - offset) * NANOSECONDS_PER_SECOND + fraction)
            }
            _ => from_milliseconds(Decimal::of(text)?),
        }
    }

    fn days(&mut self, day: &[u8; 10]) -> Option<i64> {
        if self.day != *day {
            let days = days(day, SURE_YEARS)?;
            (self.day, self.days) = (*day, days);
        }
        Some(self.days)
    }
}

/// Nanoseconds since 1970, where it is a whole number of milliseconds that can not be seconds.
pub fn from_milliseconds(number: Decimal) -> Option<i64> {
    if number.scale > 0 || number.mantissa < 0 || LIKELY_SECONDS.contains(&number.mantissa) {
        return None;
    }
    number.mantissa.checked_mul(NANOSECONDS_PER_MILLISECOND)
}

/// Days since 1970-01-01 of `2026-03-01`.
pub fn date(text: &str) -> Option<i64> {
    days(text.as_bytes().try_into().ok()?, 1..=9999)
}

/// Nanoseconds since midnight of `04:30` or `04:30:15`.
pub fn clock(text: &str) -> Option<i64> {
    let seconds = match text.as_bytes() {
        [hours @ .., b':', a, b] if hours.len() == 2 => seconds_of(&[hours, b":", &[*a, *b], b":00"].concat())?.0,
        all if all.len() == 8 => seconds_of(all)?.0,
        _ => return None,
    };
    Some(seconds * NANOSECONDS_PER_SECOND)
}

fn days(day: &[u8; 10], years: std::ops::RangeInclusive<i64>) -> Option<i64> {
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = day else { return None };
    let year = two(*y0, *y1)? * 100 + two(*y2, *y3)?;
    let (month, day) = (two(*m0, *m1)?, two(*d0, *d1)?);
    let is_there = years.contains(&year) && (1..=12).contains(&month) && day >= 1 && day <= length(year, month);
    is_there.then(|| since_1970(year, month, day))
}

/// How many days a month has.
fn length(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 of the Gregorian calendar, for years from 1 on. Years are counted from March, so that the
/// day that comes and goes is the last one (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468
}

/// The seconds of `04:30:15`, and what follows.
fn seconds_of(clock: &[u8]) -> Option<(i64, &[u8])> {
    let ([h0, h1, b':', m0, m1, b':', s0, s1], rest) = clock.split_first_chunk::<8>()? else { return None };
    let (hours, minutes, seconds) = (two(*h0, *h1)?, two(*m0, *m1)?, two(*s0, *s1)?);
    (hours < 24 && minutes < 60 && seconds < 60).then_some((hours * 3_600 + minutes * 60 + seconds, rest))
}

/// The nanoseconds of `.25`, if there is a point, and what follows.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.', digits)) = text.split_first() else { return Some((0, text)) };
    let length = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at_checked(length)?;
    let missing = 9usize.checked_sub(length).filter(|missing| *missing < 9)?;
    let given = digits.iter().fold(0, |all, digit| all * 10 + i64::from(digit.wrapping_sub(b'0')));
    Some((given * 10i64.pow(u32::try_from(missing).ok()?), rest))
}

/// The seconds of `Z` or `+02:00`, which must be all.
fn offset(text: &[u8]) -> Option<i64> {
    match text {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h0, h1, b':', m0, m1] => {
            let (hours, minutes) = (two(*h0, *h1)?, two(*m0, *m1)?);
            let seconds = hours * 3_600 + minutes * 60;
            (hours < 24 && minutes < 60).then_some(if *sign == b'+' { seconds } else { -seconds })
        }
        _ => None,
    }
}

/// A number of two digits.
#[inline]
fn two(tens: u8, ones: u8) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens) * 10 + i64::from(ones))
}

#[cfg(test)]
mod tests {
    use super::super::super::time;
    use super::*;

    #[test]
    fn every_day_is_the_calendars() {
        let epoch = jiff::civil::date(1970, 1, 1);
        let mut date = jiff::civil::date(1, 1, 1);
        while let Ok(next) = date.tomorrow() {
            assert_eq!(super::date(&date.to_string()), Some(date.duration_since(epoch).as_hours() / 24), "{date}");
            date = next;
        }
        for text in ["2026-02-29", "2100-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "2026-04-31", "2026-1-011"] {
            assert_eq!(super::date(text), None, "{text}");
        }
    }

    #[test]
    fn instants_are_those_of_the_careful_reader() {
        let days = ["2026-03-01", "2024-02-29", "1970-01-01", "1971-01-01", "2261-12-31", "2262-12-31", "0000-01-01"];
        let clocks =
            ["T00:00:00", "t23:59:59", " 12:34:56", "T24:00:00", "T12:60:00", "T12:00:60", "T1:00:00", "x00:00:00"];
        let fractions = ["", ".", ".5", ".25", ".123456789", ".1234567890", ".000", ",5"];
        let offsets = ["Z", "z", "", "+02:00", "-05:30", "+23:59", "+24:00", "-00:00", "+0200", "+02", "+02:60", "Z "];
        let mut instants = Instants::default();
        let mut taken = 0;
        let starts: Vec<String> = days.iter().flat_map(|day| clocks.map(|clock| format!("{day}{clock}"))).collect();
        let ends: Vec<String> = fractions.iter().flat_map(|part| offsets.map(|zone| format!("{part}{zone}"))).collect();
        for text in starts.iter().flat_map(|start| ends.iter().map(move |end| format!("{start}{end}"))) {
            if let Some(found) = instants.read(&text) {
                taken += 1;
                let expected = time::instant(&text).map(|time| time.as_nanosecond());
                assert_eq!(expected, Ok(i128::from(found)), "{text}");
            }
        }
        assert!(taken > 300, "{taken}");
        for text in ["0", "1772323200000", "9223372036854", "1772323200", "-0"] {
            let expected = time::instant(text).map(|time| time.as_nanosecond());
            assert_eq!(instants.read(text).map(i128::from).ok_or(()), expected.map_err(|_| ()), "{text}");
        }
        for text in ["", "-1", "1.5", "9223372036855", "1e12", "01", "20260301T000000Z", "2026-03-01"] {
            assert_eq!(instants.read(text), None, "{text}");
        }
    }

    #[test]
    fn times_of_day() {
        assert_eq!(clock("04:30"), Some(16_200 * NANOSECONDS_PER_SECOND));
        assert_eq!(clock("23:59:59"), Some(86_399 * NANOSECONDS_PER_SECOND));
        for text in ["24:00", "4:30", "0430", "04:30:15.5", "04:60", "04:30:60", "", ":::::", "04-30"] {
            assert_eq!(clock(text), None, "{text}");
        }
    }
}
