//! Times of the week at which a model has other prices.

use crate::import::json::{Entries, Json};
use crate::import::price::{MAX_PER_TOKEN, price};
use crate::import::report::Reason;
use crate::import::slot::Slot;
use florin_compiler::exact::Rational;
use std::collections::BTreeMap;

const PRICES: [(&str, Slot); 5] = [
    ("input_cost_per_token", Slot::Input),
    ("output_cost_per_token", Slot::Output),
    ("cache_read_input_token_cost", Slot::Cached),
    ("cache_creation_input_token_cost", Slot::Written),
    ("output_cost_per_reasoning_token", Slot::Reasoning),
];
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Times and the prices in them.
#[derive(Clone, Debug, PartialEq)]
pub struct OffPeak {
    /// The rules of calendars, of which any may hold.
    pub rules: Vec<String>,
    /// What replaces the prices of other times.
    pub prices: BTreeMap<Slot, Rational>,
}

impl OffPeak {
    /// Reads `off_peak_pricing`.
    ///
    /// # Errors
    /// Where it is not understood.
    pub fn read(value: &Json) -> Result<OffPeak, Reason> {
        let stated = value.object().ok_or_else(form)?;
        let mut off_peak = OffPeak { rules: Vec::new(), prices: BTreeMap::new() };
        for (key, value) in stated.each() {
            match (PRICES.iter().find(|(known, _)| *known == key), key) {
                (Some((_, slot)), _) => {
                    drop(off_peak.prices.insert(*slot, price(key, value, 6, MAX_PER_TOKEN * 1_000_000)?))
                }
                (None, "hours_utc") => off_peak.rules.push(hours(value)?.ok_or_else(form)?),
                (None, "windows") => off_peak.windows(value)?,
                (None, "weekday_timezone") if value.text() == Some("UTC") => {}
                (None, "weekday_timezone") => {
                    return Err(Reason::Unknown(
                        "its cheaper hours go by the weekdays of another time zone than UTC".to_owned(),
                    ));
                }
                (None, _) => return Err(form()),
            }
        }
        if off_peak.rules.is_empty() { Err(form()) } else { Ok(off_peak) }
    }

    fn windows(&mut self, value: &Json) -> Result<(), Reason> {
        for window in value.list().ok_or_else(form)? {
            let window: &Entries = window.object().ok_or_else(form)?;
            if window.each().any(|(key, _)| !["hours_utc", "weekdays"].contains(&key)) {
                return Err(form());
            }
            let days = window.get("weekdays").map(days).transpose()?;
            let hours = hours(window.get("hours_utc").ok_or_else(form)?)?;
            let rule: Vec<String> = days.into_iter().chain(hours).collect();
            if rule.is_empty() {
                return Err(form());
            }
            self.rules.push(rule.join(", "));
        }
        Ok(())
    }
}

fn form() -> Reason {
    Reason::Unknown("its `off_peak_pricing` has another form than the known one".to_owned())
}

/// `mon..fri`, or `mon, wed`.
fn days(value: &Json) -> Result<String, Reason> {
    let day = |item: &Json| match item {
        Json::Number(digits) => {
            digits.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).filter(|at| *at < 7)
        }
        Json::Text(name) => DAYS.iter().position(|day| name.to_lowercase().starts_with(day)),
        Json::Null | Json::Truth(_) | Json::List(_) | Json::Object(_) => None,
    };
    let mut days: Vec<usize> =
        value.list().ok_or_else(form)?.iter().map(day).collect::<Option<_>>().ok_or_else(form)?;
    days.sort_unstable();
    days.dedup();
    let name = |at: &usize| DAYS.get(*at).copied().unwrap_or_default();
    match (days.first(), days.last()) {
        (Some(first), Some(last)) if days.len() > 2 && last - first + 1 == days.len() => {
            Ok(format!("{}..{}", name(first), name(last)))
        }
        (Some(_), _) => Ok(days.iter().map(name).collect::<Vec<_>>().join(", ")),
        (None, _) => Err(form()),
    }
}

/// `00:00..01:00, 10:00..00:00`; none where the whole day is meant, whose end is its start.
fn hours(value: &Json) -> Result<Option<String>, Reason> {
    let items: Vec<&Json> = value.list().map_or_else(|| vec![value], |items| items.iter().collect());
    let mut hours = Vec::new();
    for item in items {
        let (start, end) = item.text().and_then(|text| text.split_once('-')).ok_or_else(form)?;
        let time = |text: &str| {
            let time = text.trim().parse::<jiff::civil::Time>().ok().filter(|_| text.trim().len() == "00:00".len());
            time.map(|time| time.strftime("%H:%M").to_string()).ok_or_else(form)
        };
        match (time(start)?, time(end)?) {
            (start, end) if start == end => return Ok(None),
            (start, end) => hours.push(format!("{start}..{end}")),
        }
    }
    if hours.is_empty() { Err(form()) } else { Ok(Some(hours.join(", "))) }
}
