//! Tokens of language models: bands of context, cached and reasoning tokens, off-peak hours.

use super::Measure;
use super::draft::{Draft, entries, list, text};
use super::time::{declare_windows, month_of};
use serde_json::Value;

/// The kinds of token that are a part of the input or of the output and may have a rate of their own.
const PARTS_OF_INPUT: [&str; 2] = ["cache_read", "cache_write"];
const PARTS_OF_OUTPUT: [&str; 1] = ["output_reasoning"];

/// Tokens at rates that may depend on how many input tokens the request has: strictly more than a threshold moves
/// all of them. Other units have rates of their own.
pub(super) fn tokens(draft: &mut Draft<'_>) {
    draft.declare("unit token \"tokens\"");
    let rates = &draft.params["rates"];
    for (name, rate) in rates.as_object().into_iter().flatten() {
        declare_rate(draft, name, rate);
    }
    declare_usage(draft, "");
    declare_charge(draft, |name| match rates[name].is_object() {
        true => format!("{name}_rate[input]"),
        false => format!("{name}_rate"),
    });
    other_units(draft);
    record_tokens(draft, None);
    expect_tokens(draft);
}

/// Within some hours of the day the tokens have other rates; one that is not stated is that of the day.
pub(super) fn off_peak(draft: &mut Draft<'_>) {
    draft.declare("unit token \"tokens\"");
    let condition = declare_windows(draft);
    let (rates, off_peak) = (&draft.params["rates"], &draft.params["off_peak_rates"]);
    for (name, rate) in rates.as_object().into_iter().flatten() {
        declare_rate(draft, name, rate);
    }
    for (name, rate) in off_peak.as_object().into_iter().flatten() {
        declare_rate(draft, &format!("off_peak_{name}"), rate);
    }
    declare_usage(draft, &format!("  let off_peak = {condition}\n"));
    declare_charge(draft, |name| match off_peak[name].is_null() {
        true => format!("{name}_rate"),
        false => format!("(if off_peak then off_peak_{name}_rate else {name}_rate)"),
    });
    let at = text(draft.input, "at");
    draft.period = month_of(at);
    record_tokens(draft, Some(at));
    expect_tokens(draft);
}

/// One rate is a definition; one in bands of context is a table.
fn declare_rate(draft: &mut Draft<'_>, name: &str, rate: &Value) {
    let per = text(draft.params, "per");
    let Some(base) = rate["base"].as_str() else {
        let rate = rate.as_str().unwrap_or_default();
        return draft.declare(&format!("define {name}_rate = ${rate} per {per} tokens"));
    };
    let mut rows = String::new();
    let (mut below, mut current) = (None, base);
    for tier in list(rate, "tiers") {
        rows += &format!("  up to {} | {current}\n", text(tier, "above"));
        (below, current) = (Some(text(tier, "above")), text(tier, "rate"));
    }
    rows += &format!("  above {} | {current}\n", below.unwrap_or("0"));
    draft.declare(&format!(
        "table {name}_rate {{\n  key context : band token\n  rate : USD per {per} tokens\n\n  context | rate\n{rows}}}"
    ));
}

fn declare_usage(draft: &mut Draft<'_>, lets: &str) {
    draft.declare(&format!(
        "// Cached tokens are a part of the input, reasoning tokens of the output.\nusage inference {{\n  \
         input            : token = 0\n  cache_read       : token = 0\n  cache_write      : token = 0\n  \
         output           : token = 0\n  output_reasoning : token = 0\n{lets}}}"
    ));
}

/// A part of the charge for the input, one for the output: whatever has no rate of its own has the plain one.
fn declare_charge(draft: &mut Draft<'_>, rate: impl Fn(&str) -> String) {
    let rates = &draft.params["rates"];
    let mut parts = String::new();
    for (whole, within) in [("input", &PARTS_OF_INPUT[..]), ("output", &PARTS_OF_OUTPUT[..])] {
        if rates[whole].is_null() {
            continue;
        }
        let own: Vec<&str> = within.iter().copied().filter(|part| !rates[part].is_null()).collect();
        let plain: Vec<&str> = std::iter::once(whole).chain(own.iter().copied()).collect();
        let mut cost = format!("({}) * {}", plain.join(" - "), rate(whole));
        for part in own {
            cost += &format!(" + {part} * {}", rate(part));
        }
        parts += &format!("  part {whole} {{ quantity sum({cost}) }}\n");
    }
    if !parts.is_empty() {
        draft.declare(&format!("charge tokens \"Tokens\" from inference {{\n{parts}}}"));
    }
}

/// Seconds of audio, requests, and whatever else is sold beside tokens.
fn other_units(draft: &mut Draft<'_>) {
    for (number, other) in list(draft.input, "other").iter().enumerate() {
        let (rate, per) = (text(other, "rate"), text(other, "per"));
        draft.declare(&format!(
            "unit item_{number} \"items_{number}\"\n\nusage other_{number} {{ sold : item_{number} }}"
        ));
        draft.declare(&format!(
            "charge other_{number} \"Other\" from other_{number} {{\n  quantity sum(sold)\n  price    ${rate} per {per} items_{number}\n}}"
        ));
        draft.record(&format!("other_{number}"), None, &[("sold", &other["quantity"])]);
    }
}

fn record_tokens(draft: &mut Draft<'_>, at: Option<&str>) {
    let fields: Vec<(&str, &Value)> =
        entries(draft.input, "usage").map(|(name, value)| (name.as_str(), value)).collect();
    if !fields.is_empty() {
        draft.record("inference", at, &fields);
    }
}

fn expect_tokens(draft: &mut Draft<'_>) {
    draft.expect_total();
    for (key, part) in [("input_amount", "input"), ("output_amount", "output")] {
        draft.expect(key, Measure::Part { line: "tokens".to_owned(), part: part.to_owned() });
    }
}
