//! The dates of a bill as the command line takes them.

use florin_compiler::syntax::ast::BillPeriod;
use jiff::civil::Date;

/// Reads `2026-03`, `2026`, `2026-03-02`, `2026-05-15..2026-06-13`.
///
/// # Errors
/// A sentence with the forms where it is none of them.
pub fn parse_period(text: &str) -> Result<BillPeriod, String> {
    let wrong = || format!("{text:?} is no period: write 2026-03, 2026, 2026-03-02 or 2026-05-15..2026-06-13");
    let period = match text.split_once("..") {
        Some((first, last)) => date(first).zip(date(last)).map(|(first, last)| BillPeriod::Days(first, last)),
        None => one(text),
    };
    match period {
        Some(BillPeriod::Days(first, last)) if last < first => Err(format!("{text} ends before it begins")),
        Some(period) => Ok(period),
        None => Err(wrong()),
    }
}

fn one(text: &str) -> Option<BillPeriod> {
    match text.len() {
        4 => digits(text).map(BillPeriod::Year),
        7 => {
            let (year, month) = text.split_once('-')?;
            let month = digits(month).filter(|month| (1..=12).contains(month))?;
            Some(BillPeriod::Month(digits(year)?, i8::try_from(month).ok()?))
        }
        10 => date(text).map(BillPeriod::Day),
        _ => None,
    }
}

fn date(text: &str) -> Option<Date> {
    let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if is_plain { text.parse().ok() } else { None }
}

fn digits(text: &str) -> Option<i16> {
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if all { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_each_form() {
        let day = |day| jiff::civil::date(2026, 5, day);
        assert_eq!(parse_period("2026"), Ok(BillPeriod::Year(2026)));
        assert_eq!(parse_period("2026-03"), Ok(BillPeriod::Month(2026, 3)));
        assert_eq!(parse_period("2026-05-02"), Ok(BillPeriod::Day(day(2))));
        assert_eq!(parse_period("2026-05-02..2026-05-13"), Ok(BillPeriod::Days(day(2), day(13))));
    }

    #[test]
    fn refuses_others() {
        for text in ["", "26", "2026-13", "2026-3", "2026-02-30", "2026-05-13..2026-05-02", "..", "+026", "2026-0+"] {
            assert!(parse_period(text).is_err(), "{text}");
        }
    }
}
