//! `florin import litellm`: the price list of the project litellm (`model_prices_and_context_window.json`), as a book.
//!
//! What the list means, by its own calculator: a price is for one token, request or query. A key may end in how the
//! request is served (`_batches`, `_priority`), and have a threshold before that (`_above_200k_tokens`): a request
//! whose whole input is longer has these prices for all of its tokens; what is not stated for a service or above a
//! threshold costs what it costs without. Tokens of the cache without a price of their own are priced as input. In
//! the times of `off_peak_pricing` its prices hold in place of all others.

mod keys;
mod model;
mod off_peak;

use super::Imported;
use super::book::{Calendar, Context, Draft, Fee};
use super::json::Json;
use super::report::{Reason, Report};
use super::slot::Slot;
use super::text::quoted;
use keys::Service;
use model::Model;
use std::collections::{BTreeMap, BTreeSet};

/// The entry that shows what an entry looks like.
const SAMPLE: &str = "sample_spec";

/// What usage calls the kinds of tokens: as the project's own answers do.
const WIRES: [(Slot, &str); 12] = [
    (Slot::Input, "usage.prompt_tokens"),
    (Slot::Cached, "usage.prompt_tokens_details.cached_tokens"),
    (Slot::Written, "usage.prompt_tokens_details.cache_creation_tokens"),
    (Slot::WrittenHour, "usage.prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens"),
    (Slot::Audio, "usage.prompt_tokens_details.audio_tokens"),
    (Slot::CachedAudio, "usage.prompt_tokens_details.cached_tokens_details.audio_tokens"),
    (Slot::Image, "usage.prompt_tokens_details.image_tokens"),
    (Slot::CachedImage, "usage.prompt_tokens_details.cached_tokens_details.image_tokens"),
    (Slot::Output, "usage.completion_tokens"),
    (Slot::Reasoning, "usage.completion_tokens_details.reasoning_tokens"),
    (Slot::OutputAudio, "usage.completion_tokens_details.audio_tokens"),
    (Slot::OutputImage, "usage.completion_tokens_details.image_tokens"),
];

/// Makes a book of the price lists. A model of a later list takes the place of the same one of an earlier list.
///
/// # Errors
/// Where a list has not the form of such a list at all.
pub fn import(lists: &[(String, Json)]) -> Result<Imported, String> {
    let mut report = Report::default();
    let mut models: Vec<Model> = Vec::new();
    for (name, list) in lists {
        let form = || format!("{name}: is no price list of litellm: an object of models was expected");
        let entries = list.object().filter(|entries| entries.each().next().is_some()).ok_or_else(form)?;
        if entries.each().all(|(_, entry)| entry.object().is_none()) {
            return Err(form());
        }
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        entries.each().for_each(|(id, _)| *times.entry(id).or_default() += 1);
        for (id, entry) in entries.each() {
            let read = match times.get(id) {
                _ if id == SAMPLE => Err(Reason::Nothing("an example of the list's form, no model".to_owned())),
                Some(1) => model::read(id, entry),
                _ => Err(Reason::Wrong("the model stands there more than once".to_owned())),
            };
            match (read, models.iter_mut().find(|old| old.id == id)) {
                (Err(reason), _) => report.leave_out(id, reason),
                (Ok(model), Some(old)) => *old = model,
                (Ok(model), None) => models.push(model),
            }
        }
    }
    let names = lists.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" and ");
    let book = book(&names, &models, &mut report);
    Ok(Imported { book: book.text()?, report })
}

fn book(names: &str, models: &[Model], report: &mut Report) -> Draft {
    let mut draft = Draft {
        name: "litellm",
        label: "Language models",
        names: &["model"],
        wires: WIRES.into_iter().collect(),
        search_wire: "usage.server_tool_use.web_search_requests",
        words: vec![
            "Prices of language models, as the project litellm lists them.".to_owned(),
            format!("Made by `florin import litellm` from {names}."),
            String::new(),
            "A record of usage is a request: its model by the name that stands here, how it was served, and what"
                .to_owned(),
            "the answer says that was used. What has no price here is unpriced, never free.".to_owned(),
        ],
        ..Draft::default()
    };
    let calendars: BTreeSet<&Vec<String>> = models.iter().filter_map(|model| model.off_peak_rules()).collect();
    let calendars: Vec<&Vec<String>> = calendars.into_iter().collect();
    draft.calendars = named(&calendars);
    if models.iter().any(|model| model.services().count() > 1) {
        let served = |service: &&Service| models.iter().any(|model| model.services().any(|known| known == **service));
        draft.services = Service::ALL.iter().filter(served).map(|service| service.name()).collect();
    }
    for model in models {
        let Some(name) = quoted(&model.id) else {
            report.leave_out(&model.id, Reason::Wrong("the name has letters that can not be written".to_owned()));
            continue;
        };
        add(&mut draft, vec![name], model, &calendars);
        report.taken += 1;
    }
    draft
}

/// Times when models are cheaper: `off_peak`, or `off_peak_a` and `off_peak_b`.
fn named(calendars: &[&Vec<String>]) -> Vec<Calendar> {
    let name = |at: usize| match calendars.len() {
        1 => "off_peak".to_owned(),
        _ => format!("off_peak_{}", letters(at)),
    };
    calendars.iter().enumerate().map(|(at, rules)| Calendar { name: name(at), rules: (*rules).clone() }).collect()
}

/// `a`, `b`, .. `z`, `ba`: the digits of a number of base 26.
fn letters(at: usize) -> String {
    let digit = char::from(b'a' + u8::try_from(at % 26).unwrap_or(0));
    if at < 26 { digit.to_string() } else { letters(at / 26) + &digit.to_string() }
}

fn add(draft: &mut Draft, names: Vec<String>, model: &Model, calendars: &[&Vec<String>]) {
    let edges = model.edges();
    if !edges.is_empty() {
        draft.contexts.push(Context { names: names.clone(), edges, inclusive: model.is_inclusive });
    }
    draft.rows.extend(model.rows(&names, calendars));
    let fee = |size: &'static str, price: &florin_compiler::exact::Rational| Fee {
        names: names.clone(),
        size,
        price: price.clone(),
    };
    draft.requests.extend(model.request.iter().map(|price| fee("-", price)));
    draft.queries.extend(model.query.iter().map(|price| fee("-", price)));
    draft.searches.extend(model.searches.iter().map(|(size, price)| fee(size, price)));
}
