//! Dates as people write them elsewhere, and how this language would write them.

use jiff::civil::Date;

/// What to write in place of a date in another notation: the one reading that is a day or a month, or both where
/// day and month could change places. None where the text is no such date.
#[must_use]
pub fn written_otherwise(text: &str) -> Option<String> {
    let readings = readings(text)?;
    Some(match readings.as_slice() {
        [only] => format!("write `{}`", only.written),
        [one, other] => format!("write `{}` for {}, or `{}` for {}", one.written, one.said, other.written, other.said),
        _ => return None,
    })
}

/// A way to read a date.
struct Reading {
    /// As the language writes it.
    written: String,
    /// As a person says it: `March 16`.
    said: String,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn readings(text: &str) -> Option<Vec<Reading>> {
    let groups: Vec<&str> = text.split(['/', '-', '.', ' ', ',', '\t']).filter(|group| !group.is_empty()).collect();
    let named = groups.iter().position(|group| month_number(group).is_some());
    match (groups.as_slice(), named) {
        ([month, year], Some(0)) => Some(vec![month_reading(year, month_number(month)?)?]),
        ([month, day, year], Some(0)) | ([day, month, year], Some(1)) => {
            Some(vec![day_reading(year, month_number(month)?, number(day)?)?])
        }
        ([year, month, day], None) if year.len() == 4 => {
            let (month, day) = (number(month)?, number(day)?);
            let reading = day_reading(year, month, day).or_else(|| day_reading(year, day, month));
            Some(vec![reading?])
        }
        ([one, other, year], None) => {
            let (one, other) = (number(one)?, number(other)?);
            let (american, european) = (day_reading(year, one, other), day_reading(year, other, one));
            let dotted = text.contains('.');
            let order = if dotted { [european, american] } else { [american, european] };
            let mut both: Vec<Reading> = order.into_iter().flatten().collect();
            both.dedup_by(|one, other| one.written == other.written);
            (!both.is_empty()).then_some(both)
        }
        ([year, month], None) if year.len() == 4 && text.contains('/') => {
            Some(vec![month_reading(year, number(month)?)?])
        }
        ([month, year], None) if text.contains(['/', '.']) => Some(vec![month_reading(year, number(month)?)?]),
        _ => None,
    }
}

/// `16`, `16th`, `03`
fn number(text: &str) -> Option<i8> {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|ending| text.strip_suffix(ending)).unwrap_or(text);
    let plain = (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}

fn year_of(text: &str) -> Option<i16> {
    text.parse().ok().filter(|_| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The month that a word names: `Mar`, `march`, `Sept`.
pub(super) fn month_number(word: &str) -> Option<i8> {
    let word = word.to_lowercase();
    let at = MONTHS.iter().position(|month| month.to_lowercase().starts_with(&word)).filter(|_| word.len() >= 3)?;
    i8::try_from(at + 1).ok()
}

fn day_reading(year: &str, month: i8, day: i8) -> Option<Reading> {
    let date = Date::new(year_of(year)?, month, day).ok()?;
    let name = usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at))?;
    Some(Reading { written: date.to_string(), said: format!("{name} {day}") })
}

fn month_reading(year: &str, month: i8) -> Option<Reading> {
    let date = Date::new(year_of(year)?, month, 1).ok()?;
    let name = usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at))?;
    Some(Reading { written: format!("{:04}-{:02}", date.year(), date.month()), said: (*name).to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_reading_or_both() {
        let says = |text: &str, help: &str| assert_eq!(written_otherwise(text).as_deref(), Some(help), "{text}");
        says("03/16/2026", "write `2026-03-16`");
        says("16/03/2026", "write `2026-03-16`");
        says("16.03.2026", "write `2026-03-16`");
        says("2026/03/16", "write `2026-03-16`");
        says("2026-16-03", "write `2026-03-16`");
        says("3/3/2026", "write `2026-03-03`");
        says("03/04/2026", "write `2026-03-04` for March 4, or `2026-04-03` for April 3");
        says("03.04.2026", "write `2026-04-03` for April 3, or `2026-03-04` for March 4");
        says("Mar 16 2026", "write `2026-03-16`");
        says("16th March, 2026", "write `2026-03-16`");
        says("March 2026", "write `2026-03`");
        says("03/2026", "write `2026-03`");
        for none in ["31/31/2026", "2026", "1/2", "16.03", "may be 2026", "ma 2026", ""] {
            assert_eq!(written_otherwise(none), None, "{none}");
        }
    }
}
