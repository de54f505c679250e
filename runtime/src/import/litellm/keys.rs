//! The keys of a model's entry: which are prices of tokens, which are about something else, and which are not known.

use crate::import::slot::Slot;
use florin_compiler::exact::Rational;

/// How a request is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// As usual.
    Standard,
    /// In a batch.
    Batch,
    /// When there is room.
    Flex,
    /// Between the two.
    Balanced,
    /// Before others.
    Priority,
    /// Before those.
    Ultrafast,
}

impl Service {
    /// All of them.
    pub const ALL: [Service; 6] =
        [Service::Standard, Service::Batch, Service::Flex, Service::Balanced, Service::Priority, Service::Ultrafast];

    /// Its name in a book.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Service::Standard => "standard",
            Service::Batch => "batch",
            Service::Flex => "flex",
            Service::Balanced => "balanced",
            Service::Priority => "priority",
            Service::Ultrafast => "ultrafast",
        }
    }

    /// What a key of it ends in.
    fn suffix(self) -> &'static str {
        match self {
            Service::Standard => "",
            Service::Batch => "_batches",
            Service::Flex => "_flex",
            Service::Balanced => "_balanced",
            Service::Priority => "_priority",
            Service::Ultrafast => "_ultrafast",
        }
    }
}

/// Which price a key states.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenKey {
    /// Of which tokens.
    pub slot: Slot,
    /// How served.
    pub service: Service,
    /// For input longer than this.
    pub above: Option<Rational>,
}

const TOKENS: [(&str, Slot); 12] = [
    ("input_cost_per_token", Slot::Input),
    ("cache_read_input_token_cost", Slot::Cached),
    ("cache_creation_input_token_cost", Slot::Written),
    ("cache_creation_input_token_cost_above_1hr", Slot::WrittenHour),
    ("input_cost_per_audio_token", Slot::Audio),
    ("cache_read_input_audio_token_cost", Slot::CachedAudio),
    ("input_cost_per_image_token", Slot::Image),
    ("cache_read_input_image_token_cost", Slot::CachedImage),
    ("output_cost_per_token", Slot::Output),
    ("output_cost_per_reasoning_token", Slot::Reasoning),
    ("output_cost_per_audio_token", Slot::OutputAudio),
    ("output_cost_per_image_token", Slot::OutputImage),
];

/// The tokens whose price may change with the length of the input.
const LONG: [Slot; 5] = [Slot::Input, Slot::Cached, Slot::Written, Slot::WrittenHour, Slot::Output];

/// What a key of tokens means; none of any other key.
#[must_use]
pub fn token_key(key: &str) -> Option<TokenKey> {
    let ends = |service: &&Service| key.ends_with(service.suffix());
    let service = Service::ALL.iter().rev().find(ends).copied().unwrap_or(Service::Standard);
    let rest = key.strip_suffix(service.suffix())?;
    let (name, above) = match rest.strip_suffix("k_tokens").and_then(|rest| rest.rsplit_once("_above_")) {
        Some((name, thousands)) => (name, Some(&Rational::parse(thousands).ok()? * &Rational::power_of_ten(3))),
        None => (rest, None),
    };
    let (_, slot) = TOKENS.iter().find(|(known, _)| *known == name)?;
    let may_be_long = above.as_ref().is_none_or(|above| above.is_positive() && LONG.contains(slot));
    may_be_long.then_some(TokenKey { slot: *slot, service, above })
}

const ABOUT: [&str; 8] =
    ["supports_", "supported_", "max_", "token_count_", "bedrock_", "gemini_", "vertex_ai_", "prompt_cache_min_"];
const OTHERS: [&str; 20] = [
    "litellm_provider",
    "mode",
    "source",
    "comment",
    "metadata",
    "deprecation_date",
    "rpm",
    "tpm",
    "output_vector_size",
    "default_reasoning_effort",
    "reasoning_effort_levels",
    "thinking_always_on",
    "use_openai_responses_path",
    "uses_embed_content",
    "web_search_billing_unit",
    "audio_transcription_config",
    // Read on their own.
    "search_context_cost_per_query",
    "tiered_pricing",
    "off_peak_pricing",
    "input_cost_per_token_cache_hit",
];

/// Whether a key is known that is no price of tokens and no fee: a model with another one is not understood.
#[must_use]
pub fn is_known(key: &str) -> bool {
    OTHERS.contains(&key) || (!key.contains("cost") && ABOUT.iter().any(|start| key.starts_with(start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_say_what_they_price() {
        let above = |thousands: i64| Some(Rational::from(thousands * 1_000));
        for (key, slot, service, above) in [
            ("input_cost_per_token", Slot::Input, Service::Standard, None),
            ("output_cost_per_token_above_200k_tokens", Slot::Output, Service::Standard, above(200)),
            ("cache_creation_input_token_cost_above_1hr", Slot::WrittenHour, Service::Standard, None),
            (
                "cache_creation_input_token_cost_above_1hr_above_200k_tokens",
                Slot::WrittenHour,
                Service::Standard,
                above(200),
            ),
            ("cache_read_input_token_cost_above_272k_tokens_priority", Slot::Cached, Service::Priority, above(272)),
            ("input_cost_per_token_batches", Slot::Input, Service::Batch, None),
            ("input_cost_per_token_ultrafast", Slot::Input, Service::Ultrafast, None),
        ] {
            assert_eq!(token_key(key), Some(TokenKey { slot, service, above }), "{key}");
        }
        for key in
            ["input_cost_per_second", "input_cost_per_token_above_0k_tokens", "input_cost_per_token_decisions", "mode"]
        {
            assert_eq!(token_key(key), None, "{key}");
        }
        assert!(is_known("supports_vision") && is_known("max_tokens") && !is_known("output_cost_per_image"));
        assert!(!is_known("supports_cost_of_something"));
    }
}
