//! A model of the list and its prices.

use crate::import::json::{Entries, Json};
use crate::import::price::{MAX_PER_REQUEST, MAX_PER_TOKEN, price, threshold};
use crate::import::report::Reason;
use crate::import::slot::Slot;
use florin_compiler::exact::Rational;
use jiff::civil::{Date, Time};
use std::collections::BTreeMap;

/// What a model's entry may say that is not about prices, and the two keys that are.
const KEYS: [&str; 8] =
    ["id", "match", "name", "description", "context_window", "price_comments", "deprecated", "prices"];

/// The prices that are understood, and of which kind of tokens they are.
const PRICES: [(&str, Slot); 12] = [
    ("input_mtok", Slot::Input),
    ("cache_read_mtok", Slot::Cached),
    ("cache_write_mtok", Slot::Written),
    ("cache_write_1h_mtok", Slot::WrittenHour),
    ("input_audio_mtok", Slot::Audio),
    ("cache_audio_read_mtok", Slot::CachedAudio),
    ("input_image_mtok", Slot::Image),
    ("cache_image_read_mtok", Slot::CachedImage),
    ("output_mtok", Slot::Output),
    ("output_reasoning_mtok", Slot::Reasoning),
    ("output_audio_mtok", Slot::OutputAudio),
    ("output_image_mtok", Slot::OutputImage),
];
const REQUESTS: &str = "requests_kcount";
const SEARCHES: &str = "web_searches_kcount";

/// The most conditions on the time of day that one model may have: each doubles its rows.
const MAX_HOURS: usize = 3;

/// A model.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its name.
    pub id: String,
    /// Its prices; of those whose condition holds the last counts, else the first.
    pub entries: Vec<Entry>,
    /// For a thousand requests.
    pub request: Option<Rational>,
    /// For a thousand searches of the web.
    pub search: Option<Rational>,
}

/// Prices under a condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When they hold.
    pub condition: Condition,
    /// The prices of the kinds of tokens.
    pub prices: BTreeMap<Slot, Tiered>,
}

/// When prices hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// At any time.
    Always,
    /// From a day on.
    From(Date),
    /// From one time of the day to another, which is not included; over midnight, if it is the earlier one.
    Hours(Time, Time),
}

/// A price that may be another one for long input.
#[derive(Clone, Debug, PartialEq)]
pub struct Tiered {
    base: Rational,
    /// Above so much input, this price; sorted.
    tiers: Vec<(Rational, Rational)>,
}

impl Tiered {
    /// The price for input that is longer than an edge, and not longer than the next edge of any price.
    pub fn above(&self, edge: &Rational) -> &Rational {
        let reached = self.tiers.iter().rev().find(|(start, _)| start <= edge);
        reached.map_or(&self.base, |(_, price)| price)
    }

    /// The edges of its tiers.
    pub fn edges(&self) -> impl Iterator<Item = &Rational> {
        self.tiers.iter().map(|(start, _)| start)
    }
}

/// Reads a model.
///
/// # Errors
/// Why it is not in the book.
pub fn read(entry: &Json) -> Result<Model, Reason> {
    let wrong = |words: &str| Reason::Wrong(words.to_owned());
    let entry = entry.object().ok_or_else(|| wrong("the entry of a model is no object"))?;
    let id = entry.get("id").and_then(Json::text).ok_or_else(|| wrong("the entry of a model has no `id`"))?;
    once(entry)?;
    if let Some(key) = entry.each().map(|(key, _)| key).find(|key| !KEYS.contains(key)) {
        return Err(Reason::Unknown(format!("the model says `{key}`, which may change its price")));
    }
    let mut model = Model { id: id.to_owned(), entries: Vec::new(), request: None, search: None };
    let fees = match entry.get("prices") {
        Some(Json::Object(prices)) => vec![model.add(Condition::Always, prices)?],
        Some(Json::List(listed)) => {
            let conditional = listed.iter().map(|one| model.conditional(one));
            conditional.collect::<Result<Vec<_>, _>>()?
        }
        _ => return Err(wrong("`prices` is neither prices nor a list of them")),
    };
    let Some((request, search)) = fees.first().cloned() else { return Err(unpriced()) };
    if fees.iter().any(|fee| fee.0 != request || fee.1 != search) {
        return Err(Reason::Unknown("a price for each request or search changes with the time".to_owned()));
    }
    (model.request, model.search) = (request, search);
    if model.entries.iter().all(|entry| entry.prices.is_empty()) && model.request.is_none() && model.search.is_none() {
        return Err(unpriced());
    }
    let hours = model.entries.iter().filter(|entry| matches!(entry.condition, Condition::Hours(..)));
    if hours.count() > MAX_HOURS {
        return Err(Reason::Unknown(format!("its price changes more than {MAX_HOURS} times a day")));
    }
    Ok(model)
}

fn unpriced() -> Reason {
    Reason::Nothing("no price is stated, not even that it is free".to_owned())
}

fn once(entries: &Entries) -> Result<(), Reason> {
    match entries.doubled() {
        Some(key) => Err(Reason::Wrong(format!("`{key}` stands there twice"))),
        None => Ok(()),
    }
}

/// Prices for a thousand requests and searches.
type Fees = (Option<Rational>, Option<Rational>);

impl Model {
    fn conditional(&mut self, entry: &Json) -> Result<Fees, Reason> {
        let form = || Reason::Wrong("an entry of `prices` has no `prices` of its own".to_owned());
        let entry = entry.object().ok_or_else(form)?;
        once(entry)?;
        if let Some(key) = entry.each().map(|(key, _)| key).find(|key| !["prices", "constraint"].contains(key)) {
            return Err(Reason::Unknown(format!("a conditional price says `{key}`")));
        }
        let condition = entry.get("constraint").map_or(Ok(Condition::Always), condition)?;
        self.add(condition, entry.get("prices").and_then(Json::object).ok_or_else(form)?)
    }

    fn add(&mut self, condition: Condition, stated: &Entries) -> Result<Fees, Reason> {
        once(stated)?;
        let mut prices = BTreeMap::new();
        let mut fees = (None, None);
        for (key, value) in stated.each().filter(|(_, value)| **value != Json::Null) {
            let slot = PRICES.iter().find(|(known, _)| *known == key).map(|(_, slot)| *slot);
            match (slot, key) {
                (Some(slot), _) => drop(prices.insert(slot, tiered(key, value)?)),
                (None, REQUESTS) => fees.0 = Some(price(key, value, 0, MAX_PER_REQUEST * 1_000)?),
                (None, SEARCHES) => fees.1 = Some(price(key, value, 0, MAX_PER_REQUEST * 1_000)?),
                (None, _) => return Err(Reason::Unknown(format!("it has a price `{key}`"))),
            }
        }
        self.entries.push(Entry { condition, prices });
        Ok(fees)
    }
}

fn tiered(key: &str, value: &Json) -> Result<Tiered, Reason> {
    let million = |value: &Json| price(key, value, 0, MAX_PER_TOKEN * 1_000_000);
    let Json::Object(stated) = value else { return Ok(Tiered { base: million(value)?, tiers: Vec::new() }) };
    let form = || Reason::Wrong(format!("the price `{key}` has not the form of a price with tiers"));
    if stated.each().any(|(known, _)| !["base", "tiers"].contains(&known)) {
        return Err(form());
    }
    let base = million(stated.get("base").ok_or_else(form)?)?;
    let mut tiers = Vec::new();
    for tier in stated.get("tiers").and_then(Json::list).ok_or_else(form)? {
        let tier = tier.object().ok_or_else(form)?;
        let start = threshold(key, tier.get("start").ok_or_else(form)?)?;
        tiers.push((start, million(tier.get("price").ok_or_else(form)?)?));
    }
    tiers.sort_by(|one, other| one.0.cmp(&other.0));
    match tiers.windows(2).any(|pair| matches!(pair, [one, other] if one.0 == other.0)) {
        true => Err(Reason::Wrong(format!("two tiers of `{key}` begin at the same number of tokens"))),
        false => Ok(Tiered { base, tiers }),
    }
}

fn condition(value: &Json) -> Result<Condition, Reason> {
    let form = || Reason::Unknown("the condition of a price is neither a day nor a time of the day".to_owned());
    let stated = value.object().ok_or_else(form)?;
    let text = |key: &str| stated.get(key).and_then(Json::text);
    let is_only = |keys: &[&str]| stated.each().all(|(key, _)| keys.contains(&key));
    if let Some(date) = text("start_date").filter(|_| is_only(&["start_date"])) {
        let words = || Reason::Wrong(format!("`start_date` is no date: {date}"));
        return date.parse().map(Condition::From).map_err(|_| words());
    }
    let (Some(start), Some(end)) = (text("start_time"), text("end_time")) else { return Err(form()) };
    if !is_only(&["start_time", "end_time"]) {
        return Err(form());
    }
    let time = |text: &str| {
        let plain = text.strip_suffix('Z').or_else(|| text.strip_suffix("+00:00")).unwrap_or(text);
        let time = plain.parse::<Time>().ok().filter(|time| time.second() == 0 && time.subsec_nanosecond() == 0);
        time.ok_or_else(|| Reason::Unknown(format!("a time of the day is not in whole minutes of UTC: {text}")))
    };
    match (time(start)?, time(end)?) {
        (start, end) if start == end => Err(Reason::Wrong(format!("the time from {start} to {end} is empty"))),
        (start, end) => Ok(Condition::Hours(start, end)),
    }
}
