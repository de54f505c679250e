//! Thresholds of what an account has cost in all: which of them a step passes.

use super::Measure;
use super::draft::{Draft, list, some};
use serde_json::Value;

/// Fixed thresholds, and one that comes again and again above the highest of them. What was billed within the period
/// is a part of the step's amount.
pub(super) fn thresholds(draft: &mut Draft<'_>) {
    let (params, input) = (draft.params, draft.input);
    let fixed: Vec<&str> = list(params, "fixed").iter().filter_map(Value::as_str).collect();
    draft.declare("usage step {\n  amount : USD\n  billed : USD = $0      // a part of the amount that stands in a record before\n}");
    draft.declare("charge steps \"Steps\" from step {\n  quantity sum(amount - billed)\n}");
    declare_fixed(draft, &fixed);
    let recurring = some(params, "recurring");
    if let Some(step) = recurring {
        declare_recurring(draft, step, fixed.last().copied().unwrap_or("0"));
    }
    for before in ["historical", "invoiced", "progressively_billed"] {
        if some(input, before).is_some() {
            draft.record("step", None, &[("amount", &input[before])]);
        }
    }
    let mut fields = vec![("amount", &input["current"])];
    fields.extend(input.get("progressively_billed").map(|billed| ("billed", billed)));
    let record = draft.record("step", None, &fields);
    let passed: Vec<&str> = draft.stated("passed").as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (level, threshold) in fixed.iter().enumerate() {
        let of = Measure::Firings { rule: "fixed".to_owned(), level: Some(level), record };
        draft.expect_value(of, if passed.contains(threshold) { "1" } else { "0" });
    }
    if let Some(step) = recurring {
        let of = Measure::Firings { rule: "recurring".to_owned(), level: None, record };
        draft.expect_value(of, if passed.contains(&step) { "1" } else { "0" });
    }
}

fn declare_fixed(draft: &mut Draft<'_>, fixed: &[&str]) {
    let levels: Vec<String> = fixed.iter().map(|level| format!("${level}")).collect();
    if !levels.is_empty() {
        draft.declare("meter cost per forever = sum(amount - billed) from step");
        draft.declare(&format!(
            "rule fixed {{ when cost reaches {} then notify \"A threshold is passed\" }}",
            levels.join(", "),
        ));
    }
}

/// Each record by itself: whether it passes the next step, or several at once.
fn declare_recurring(draft: &mut Draft<'_>, step: &str, highest: &str) {
    draft.declare(&format!(
        "fold costs from step {{\n  state before : USD = $0\n  let after = before + amount - billed\n  next before = after\n  \
         yield passed : number = floor((after above ${highest}) / ${step}) - floor((before above ${highest}) / ${step})\n  \
         forget after forever\n}}"
    ));
    draft.declare("meter steps_passed by id = sum(passed) from costs");
    draft.declare("rule recurring { when steps_passed > 0 then notify \"The next step is passed\" }");
}
