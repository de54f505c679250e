//! `florin import genai-prices`: the price list of the project genai-prices (`prices/data.json`), as a price book.
//!
//! What the list means, by its own calculator: a price is for a million tokens, or a thousand requests. Of a model's
//! conditional prices the last one holds whose condition does, else the first. In a price with tiers, all tokens of
//! the request have the price of the highest tier that its whole input is above. A kind of tokens without a price is
//! priced as what it is part of. A provider that sells the models of another one has those, too, that it does not
//! list itself.

mod conditions;
mod model;

use super::Imported;
use super::book::{Draft, Fee};
use super::json::{Entries, Json};
use super::report::{Reason, Report};
use super::slot::Slot;
use super::text::quoted;
use conditions::Expanded;
use model::Model;
use std::collections::{BTreeMap, BTreeSet};

/// What a provider's entry may say beside its models, none of which is about prices.
const OF_PROVIDERS: [&str; 11] = [
    "id",
    "name",
    "description",
    "pricing_urls",
    "api_pattern",
    "price_comments",
    "model_match",
    "provider_match",
    "extractors",
    "fallback_model_providers",
    "models",
];

/// What usage calls the kinds of tokens: what the project extracts of an answer, under `usage`.
const WIRES: [(Slot, &str); 12] = [
    (Slot::Input, "usage.input_tokens"),
    (Slot::Cached, "usage.cache_read_tokens"),
    (Slot::Written, "usage.cache_write_tokens"),
    (Slot::WrittenHour, "usage.cache_write_1h_tokens"),
    (Slot::Audio, "usage.input_audio_tokens"),
    (Slot::CachedAudio, "usage.cache_audio_read_tokens"),
    (Slot::Image, "usage.input_image_tokens"),
    (Slot::CachedImage, "usage.cache_image_read_tokens"),
    (Slot::Output, "usage.output_tokens"),
    (Slot::Reasoning, "usage.output_reasoning_tokens"),
    (Slot::OutputAudio, "usage.output_audio_tokens"),
    (Slot::OutputImage, "usage.output_image_tokens"),
];

/// A provider with its models, in the order of the list.
#[derive(Debug, Default)]
struct Provider {
    id: String,
    fallbacks: Vec<String>,
    models: Vec<Model>,
}

/// Makes a book of the price lists. A model of a later list takes the place of the same one of an earlier list.
///
/// # Errors
/// Where a list has not the form of such a list at all.
pub fn import(lists: &[(String, Json)]) -> Result<Imported, String> {
    let mut report = Report::default();
    let mut providers: Vec<Provider> = Vec::new();
    for (name, list) in lists {
        let form = || format!("{name}: is no price list of genai-prices: a list of providers was expected");
        let list = list.list().filter(|list| !list.is_empty()).ok_or_else(form)?;
        let mut seen = BTreeSet::new();
        for entry in list {
            let entry = entry.object().filter(|entry| entry.get("models").is_some()).ok_or_else(form)?;
            let provider = provider(entry, &mut report).ok_or_else(form)?;
            if seen.insert(provider.id.clone()) {
                merge(&mut providers, provider);
            } else {
                let names = provider.models.iter().map(|model| format!("{}/{}", provider.id, model.id));
                let doubled = || {
                    Reason::Wrong(format!(
                        "the provider `{}` stands there twice; this is of its second entry",
                        provider.id
                    ))
                };
                names.for_each(|name| report.leave_out(name, doubled()));
            }
        }
    }
    let names = lists.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" and ");
    let book = book(&names, &providers, &mut report);
    Ok(Imported { book: book.text()?, report })
}

/// A provider's entry; none if it does not even say who it is.
fn provider(entry: &Entries, report: &mut Report) -> Option<Provider> {
    let id = entry.get("id")?.text()?.to_owned();
    let listed = entry.get("models")?.list()?;
    let name = |model: &Json| {
        let known = model.object().and_then(|model| model.get("id")?.text());
        format!("{id}/{}", known.unwrap_or("(a model without an id)"))
    };
    if let Some(key) = entry.each().map(|(key, _)| key).find(|key| !OF_PROVIDERS.contains(key)) {
        let reason = Reason::Unknown(format!("their provider says `{key}`, which may change prices"));
        listed.iter().for_each(|model| report.leave_out(name(model), reason.clone()));
        return Some(Provider { id, ..Provider::default() });
    }
    let texts = |key: &str| -> Vec<String> {
        let items = entry.get(key).and_then(Json::list).unwrap_or_default();
        items.iter().filter_map(|item| item.text().map(str::to_owned)).collect()
    };
    let fallbacks = texts("fallback_model_providers");
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    listed.iter().for_each(|model| *times.entry(name(model)).or_default() += 1);
    let mut models = Vec::new();
    for entry in listed {
        let name = name(entry);
        let read = match times.get(&name) {
            Some(1) => model::read(entry),
            _ if entry.object().is_none_or(|entry| entry.get("id").is_none()) => model::read(entry),
            _ => Err(Reason::Wrong("the model stands there more than once".to_owned())),
        };
        match read {
            Ok(model) => models.push(model),
            Err(reason) => report.leave_out(name, reason),
        }
    }
    Some(Provider { id, fallbacks, models })
}

/// Adds a provider, or its models to those of the provider that is known already.
fn merge(providers: &mut Vec<Provider>, new: Provider) {
    let Some(known) = providers.iter_mut().find(|known| known.id == new.id) else {
        providers.push(new);
        return;
    };
    for model in new.models {
        match known.models.iter_mut().find(|old| old.id == model.id) {
            Some(old) => *old = model,
            None => known.models.push(model),
        }
    }
}

fn book(names: &str, providers: &[Provider], report: &mut Report) -> Draft {
    let mut draft = Draft {
        name: "genai_prices",
        label: "Language models",
        names: &["provider", "model"],
        wires: WIRES.into_iter().collect(),
        search_wire: "usage.web_searches",
        words: vec![
            "Prices of language models, as the project genai-prices lists them.".to_owned(),
            format!("Made by `florin import genai-prices` from {names}."),
            String::new(),
            "A record of usage is a request: its provider, its model by the name that stands here, and what the"
                .to_owned(),
            "answer says that was used. What has no price here is unpriced, never free.".to_owned(),
        ],
        ..Draft::default()
    };
    let mut expanded = Expanded::of(providers.iter().flat_map(|provider| &provider.models));
    draft.calendars = expanded.calendars();
    for provider in providers {
        for model in sold(provider, providers) {
            match quoted(&provider.id).zip(quoted(&model.id)) {
                Some((provider, id)) => {
                    add(&mut draft, vec![provider, id], model, &mut expanded);
                }
                None => report.leave_out(
                    format!("{}/{}", provider.id, model.id),
                    Reason::Wrong("the name has letters that can not be written".to_owned()),
                ),
            }
        }
    }
    report.taken = providers.iter().map(|provider| provider.models.len()).sum();
    for provider in providers.iter().filter(|provider| !provider.fallbacks.is_empty()) {
        let from = provider.fallbacks.join(" and ");
        report.note(format!(
            "{} also sells what {from} lists, at the same prices: those models are there for both",
            provider.id
        ));
    }
    report.note(
        "usage names a model by its id in the list; the list's rules for other names (`match`) are not in the book",
    );
    draft
}

/// What a provider sells: its own models, and those of others that it does not list itself.
fn sold<'p>(provider: &'p Provider, providers: &'p [Provider]) -> Vec<&'p Model> {
    let mut sold: Vec<&Model> = provider.models.iter().collect();
    let others = provider.fallbacks.iter().filter_map(|id| providers.iter().find(|other| other.id == *id));
    for model in others.flat_map(|other| &other.models) {
        if sold.iter().all(|known| known.id != model.id) {
            sold.push(model);
        }
    }
    sold
}

fn add(draft: &mut Draft, names: Vec<String>, model: &Model, expanded: &mut Expanded) {
    draft.contexts.extend(expanded.context(&names, model));
    draft.rows.extend(expanded.rows(&names, model));
    let fee = |price: &florin_compiler::exact::Rational| Fee { names: names.clone(), size: "-", price: price.clone() };
    draft.requests.extend(model.request.as_ref().map(fee));
    draft.searches.extend(model.search.as_ref().map(fee));
}
