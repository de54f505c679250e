//! A model of the list, and the rows of its prices.

use super::keys::{Service, TokenKey, is_known, token_key};
use super::off_peak::OffPeak;
use crate::import::book::Row;
use crate::import::json::{Entries, Json};
use crate::import::price::{MAX_PER_REQUEST, MAX_PER_TOKEN, price};
use crate::import::report::Reason;
use crate::import::slot::Slot;
use florin_compiler::exact::Rational;
use std::collections::{BTreeMap, BTreeSet};

/// Providers that count input of exactly a threshold as beyond it, as the list's calculator knows.
const INCLUSIVE: [&str; 1] = ["xai"];
/// Providers that take half of the price of input for what is read from the cache, where the list states nothing else.
const HALF_FROM_CACHE: [&str; 1] = ["fireworks_ai"];
const PER_REQUEST: &str = "input_cost_per_request";
const PER_QUERY: &str = "input_cost_per_query";
const CACHE_HIT: &str = "input_cost_per_token_cache_hit";
const SIZES: [(&str, &str); 3] = [
    ("search_context_size_low", "low"),
    ("search_context_size_medium", "medium"),
    ("search_context_size_high", "high"),
];

/// A model.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its name.
    pub id: String,
    /// Whether input of exactly a threshold is beyond it.
    pub is_inclusive: bool,
    /// For a thousand requests.
    pub request: Option<Rational>,
    /// For a thousand queries.
    pub query: Option<Rational>,
    /// For a thousand searches, by how much is read of what they find.
    pub searches: Vec<(&'static str, Rational)>,
    prices: BTreeMap<TokenKey, Rational>,
    off_peak: Option<OffPeak>,
}

/// Reads a model.
///
/// # Errors
/// Why it is not in the book.
pub fn read(id: &str, entry: &Json) -> Result<Model, Reason> {
    let wrong = |words: String| Err(Reason::Wrong(words));
    let Some(entry) = entry.object() else { return wrong("the entry of a model is no object".to_owned()) };
    if let Some(key) = entry.doubled() {
        return wrong(format!("`{key}` stands there twice"));
    }
    let provider = entry.get("litellm_provider").and_then(Json::text);
    let mut model = Model {
        id: id.to_owned(),
        is_inclusive: provider.is_some_and(|provider| INCLUSIVE.contains(&provider)),
        request: None,
        query: None,
        searches: Vec::new(),
        prices: BTreeMap::new(),
        off_peak: None,
    };
    for (key, value) in entry.each().filter(|(_, value)| **value != Json::Null) {
        model.add(key, value)?;
    }
    model.settle(entry)
}

impl Model {
    fn add(&mut self, key: &str, value: &Json) -> Result<(), Reason> {
        let each = || price(key, value, 3, MAX_PER_REQUEST * 1_000);
        match (token_key(key), key) {
            (Some(known), _) => drop(self.prices.insert(known, per_million(key, value)?)),
            (None, PER_REQUEST) => self.request = Some(each()?),
            (None, PER_QUERY) => self.query = Some(each()?),
            (None, "search_context_cost_per_query") => self.searches = searches(key, value)?,
            (None, "off_peak_pricing") => self.off_peak = Some(OffPeak::read(value)?),
            (None, _) if is_known(key) => {}
            (None, _) => return Err(Reason::Unknown(format!("it says `{key}`"))),
        }
        Ok(())
    }

    /// What depends on several keys.
    fn settle(mut self, entry: &Entries) -> Result<Model, Reason> {
        let flat = |slot| TokenKey { slot, service: Service::Standard, above: None };
        if let Some(value) = entry.get(CACHE_HIT) {
            let hit = per_million(CACHE_HIT, value)?;
            if *self.prices.entry(flat(Slot::Cached)).or_insert_with(|| hit.clone()) != hit {
                return Err(Reason::Wrong(format!("`{CACHE_HIT}` and `cache_read_input_token_cost` differ")));
            }
        }
        let provider = entry.get("litellm_provider").and_then(Json::text);
        if provider.is_some_and(|provider| HALF_FROM_CACHE.contains(&provider))
            && let Some(half) =
                self.prices.get(&flat(Slot::Input)).and_then(|price| price.checked_div(&Rational::from(2i64)))
        {
            self.prices.entry(flat(Slot::Cached)).or_insert(half);
        }
        if let Some(tiers) = entry.get("tiered_pricing") {
            self.tiers(tiers)?;
        }
        // A model whose whole output is images counts any output as such.
        for service in Service::ALL {
            let key = |slot| TokenKey { slot, service, above: None };
            if let Some(image) = self.prices.get(&key(Slot::OutputImage)).cloned()
                && !self.prices.contains_key(&flat(Slot::Output))
            {
                self.prices.entry(key(Slot::Output)).or_insert(image);
            }
        }
        if self.prices.is_empty() && self.request.is_none() && self.query.is_none() {
            return Err(Reason::Nothing("no price is stated, not even that it is free".to_owned()));
        }
        Ok(self)
    }

    /// Reads `tiered_pricing`: other prices for longer input, which replace those of the model.
    fn tiers(&mut self, value: &Json) -> Result<(), Reason> {
        let form = || Reason::Unknown("its `tiered_pricing` has another form than the known one".to_owned());
        let flat = self.prices.keys().all(|key| key.service == Service::Standard && key.above.is_none());
        let tiers = value.list().filter(|tiers| flat && !tiers.is_empty()).ok_or_else(form)?;
        let output = TokenKey { slot: Slot::Output, service: Service::Standard, above: None };
        self.prices.retain(|key, _| *key == output);
        let mut end: Option<Rational> = None;
        for tier in tiers {
            let tier = tier.object().filter(|tier| tier.doubled().is_none()).ok_or_else(form)?;
            let Some([Json::Number(from), Json::Number(to)]) = tier.get("range").and_then(Json::list) else {
                return Err(form());
            };
            let (from, to) = (Rational::parse(from).map_err(|_| form())?, Rational::parse(to).map_err(|_| form())?);
            if from != end.unwrap_or_else(Rational::zero) || to <= from || !from.is_integer() {
                return Err(Reason::Wrong(
                    "the tiers of `tiered_pricing` do not follow each other from zero on".to_owned(),
                ));
            }
            let above = from.is_positive().then_some(from);
            for (key, value) in tier.each().filter(|(key, _)| *key != "range") {
                let known = token_key(key).filter(|known| known.above.is_none() && known.service == Service::Standard);
                let slot = known.ok_or_else(form)?.slot;
                let key_of = TokenKey { slot, service: Service::Standard, above: above.clone() };
                self.prices.insert(key_of, per_million(key, value)?);
            }
            end = Some(to);
        }
        Ok(())
    }

    /// How its requests may be served.
    pub fn services(&self) -> impl Iterator<Item = Service> {
        let of = |service: Service| {
            move |key: &TokenKey| key.service == service && matches!(key.slot, Slot::Input | Slot::Output)
        };
        Service::ALL.into_iter().filter(move |service| self.prices.keys().any(of(*service)))
    }

    /// The thresholds of its input.
    pub fn edges(&self) -> Vec<Rational> {
        let edges: BTreeSet<Rational> = self.prices.keys().filter_map(|key| key.above.clone()).collect();
        edges.into_iter().collect()
    }

    /// The times at which it has other prices.
    pub fn off_peak_rules(&self) -> Option<&Vec<String>> {
        self.off_peak.as_ref().map(|off_peak| &off_peak.rules)
    }

    /// The rows of its prices.
    pub fn rows(&self, names: &[String], calendars: &[&Vec<String>]) -> Vec<Row> {
        let mut contexts = vec![Rational::zero()];
        contexts.extend(self.edges());
        let times: &[Option<bool>] = if self.off_peak.is_some() { &[Some(true), Some(false)] } else { &[None] };
        let mut rows = Vec::new();
        for service in self.services() {
            for longer_than in &contexts {
                for is_off_peak in times {
                    let mine = |rules: &&Vec<String>| is_off_peak.filter(|_| self.off_peak_rules() == Some(*rules));
                    rows.push(Row {
                        names: names.to_vec(),
                        longer_than: longer_than.clone(),
                        hours: calendars.iter().map(mine).collect(),
                        service: service.name(),
                        from: None,
                        prices: self.in_force(service, longer_than, *is_off_peak == Some(true)),
                    });
                }
            }
        }
        rows
    }

    fn in_force(&self, service: Service, longer_than: &Rational, is_off_peak: bool) -> BTreeMap<Slot, Rational> {
        let mut prices = BTreeMap::new();
        for slot in Slot::ALL {
            let off_peak = self.off_peak.as_ref().filter(|_| is_off_peak).and_then(|known| known.prices.get(&slot));
            if let Some(price) = off_peak.or_else(|| self.price(slot, service, longer_than)) {
                prices.insert(slot, price.clone());
            }
        }
        prices
    }

    /// The price of the highest threshold that states one, else that without a threshold. A service has the standard
    /// prices where it states none; a batch only those of sound, images and reasoning, so that nothing else is dearer
    /// than its input, and they are not cheaper than stated.
    fn price(&self, slot: Slot, service: Service, longer_than: &Rational) -> Option<&Rational> {
        let stated = |service: Service, above: Option<&Rational>| {
            self.prices.get(&TokenKey { slot, service, above: above.cloned() })
        };
        let any = |above: Option<&Rational>| match service {
            Service::Standard => stated(service, above),
            Service::Batch if !slot.is_media() => stated(service, above),
            _ => stated(service, above).or_else(|| stated(Service::Standard, above)),
        };
        // Reasoning is output, so it goes with the output of its service, unless that states another price for it.
        let output = TokenKey { slot: Slot::Output, service, above: None };
        if slot == Slot::Reasoning && service != Service::Standard && self.prices.contains_key(&output) {
            return stated(service, None);
        }
        let edges = self.edges();
        let reached = edges.iter().rev().filter(|edge| *edge <= longer_than);
        reached.map(Some).chain([None]).find_map(any)
    }
}

fn per_million(key: &str, value: &Json) -> Result<Rational, Reason> {
    price(key, value, 6, MAX_PER_TOKEN * 1_000_000)
}

fn searches(key: &str, value: &Json) -> Result<Vec<(&'static str, Rational)>, Reason> {
    let form = || Reason::Unknown(format!("`{key}` has another form than the known one"));
    let stated = value.object().ok_or_else(form)?;
    let mut prices = Vec::new();
    for (known, value) in stated.each() {
        let (_, size) = SIZES.iter().find(|(name, _)| *name == known).ok_or_else(form)?;
        prices.push((*size, price(known, value, 3, MAX_PER_REQUEST * 1_000)?));
    }
    prices.sort_by_key(|(size, _)| SIZES.iter().position(|(_, known)| known == size));
    let alike =
        prices.len() == SIZES.len() && prices.windows(2).all(|pair| matches!(pair, [one, other] if one.1 == other.1));
    Ok(if alike { prices.into_iter().take(1).map(|(_, price)| ("-", price)).collect() } else { prices })
}
