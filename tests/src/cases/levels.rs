//! Levels: what is in force at each moment, over a period.

use super::Measure;
use super::draft::{Draft, instant, list, number, some, text};
use super::tiers::edges;
use serde_json::Value;

/// A level that the events change, from their instants on.
const LEVEL: &str = "usage event lasts on { value : number }";

/// The mean of a level over the period.
pub(super) fn weighted_sum(draft: &mut Draft<'_>) {
    let params = draft.params;
    draft.bill_days(&params["period"]);
    declare_level(draft, "initial");
    draft.declare(&format!(
        "charge units \"Units\" {{\n  quantity average(level)\n  price    ${} each\n}}",
        some(params, "rate").unwrap_or("1"),
    ));
    record_changes(draft);
    draft.expect_total();
    draft.expect("quantity", Measure::Amount("units".to_owned()));
}

/// The mean of a level that changes with days, rounded up.
pub(super) fn prorated_sum(draft: &mut Draft<'_>) {
    let params = draft.params;
    draft.bill_days(&params["period"]);
    declare_level(draft, "carried");
    draft.declare(&format!(
        "charge units \"Units\" {{\n  quantity ceil(average(level) to {} places)\n  price    $1 each\n}}",
        number(&params["round"]["round_dp"]),
    ));
    record_changes(draft);
    draft.expect("quantity", Measure::Quantity("units".to_owned()));
    draft.expect("quantity", Measure::Exact("units".to_owned()));
}

fn declare_level(draft: &mut Draft<'_>, before: &str) {
    let opening = some(draft.input, before).map_or_else(String::new, |units| format!(" opening {units}"));
    draft.declare(LEVEL);
    draft.declare(&format!("meter level per instant = sum(value) from event{opening}"));
}

/// The events by their times; one whose value is no number is refused.
fn record_changes(draft: &mut Draft<'_>) {
    let input = draft.input;
    for event in list(input, "events") {
        draft.record("event", Some(&instant(text(event, "timestamp"))), &[("value", &event["value"])]);
        let is_number = text(event, "value").bytes().all(|byte| b"+-.0123456789".contains(&byte));
        draft.rejected += usize::from(!is_number);
    }
}

/// Units in tiers, each for the share of the period in which it is there; the tiers' flat parts by the most that there
/// ever was. The shares follow from the times of the events, or stand in them.
pub(super) fn prorated_graduated(draft: &mut Draft<'_>) {
    if draft.params["period"].is_null() {
        return prorated_units(draft);
    }
    let params = draft.params;
    draft.bill_days(&params["period"]);
    declare_level(draft, "carried");
    declare_tiers(draft, "level");
    record_changes(draft);
    draft.expect_total();
}

/// What a level costs at each moment, on average; and the flat parts of the tiers that its peak has reached.
pub(super) fn declare_tiers(draft: &mut Draft<'_>, level: &str) {
    draft.declare(&format!("meter worth per instant = {}", worth(draft.params, level)));
    draft.declare("charge units \"Units\" {\n  quantity average(worth)\n}");
    declare_flats(draft, "", &format!("max({level})"));
}

/// What so many units cost in their tiers.
fn worth(params: &Value, units: &str) -> String {
    let mut below = "0";
    let mut parts = Vec::new();
    for tier in list(params, "tiers") {
        let reached = match tier["up_to"].as_str() {
            Some(bound) => format!("min({units}, {bound})"),
            None => units.to_owned(),
        };
        parts.push(format!("({reached} above {below}) * ${}", text(tier, "unit")));
        below = tier["up_to"].as_str().unwrap_or(below);
    }
    parts.join(" + ")
}

/// The first tier's flat part is due in any case.
fn declare_flats(draft: &mut Draft<'_>, from: &str, peak: &str) {
    let mut tiers = String::new();
    for (number, (edge, tier)) in edges(draft.params).enumerate() {
        let flat = some(tier, "flat");
        if let (0, Some(flat)) = (number, flat) {
            tiers += &format!("    from 0 : ${flat}\n");
        }
        let flat = flat.filter(|_| number > 0).map_or_else(String::new, |flat| format!(" plus ${flat}"));
        tiers += &format!("    {edge} : $0 each{flat}\n");
    }
    if list(draft.params, "tiers").iter().any(|tier| some(tier, "flat").is_some()) {
        draft.declare(&format!(
            "charge flat \"Flat\"{from} {{\n  quantity {peak}\n  price graduated {{\n{tiers}  }}\n}}"
        ));
    }
}

/// Each event comes with its units and with what they are worth of the period. Its units lie in the tiers that they are
/// in when they come, or that they leave.
fn prorated_units(draft: &mut Draft<'_>) {
    let input = draft.input;
    draft.rounding = (draft.stated("compare_after_rounding")["mode"] == "ceil").then_some("up");
    let worth = worth(draft.params, "units");
    draft.declare("usage event {\n  value    : number\n  prorated : number\n}");
    draft.declare(&format!("define worth(units : number) = {worth}"));
    draft.declare(
        "fold stack per month from event {\n  state held    : number = 0\n  state highest : number = 0\n  \
         let now = held + value\n  next held    = now\n  next highest = max(highest, now)\n  \
         yield cost : USD = round((worth(now) - worth(held)) * prorated / value to 20 places)\n  \
         yield peak : number = max(highest, now)\n}",
    );
    draft.declare("charge units \"Units\" from stack {\n  quantity max(sum(cost), $0)\n}");
    declare_flats(draft, " from stack", "max(peak) otherwise 0");
    for event in list(input, "events") {
        draft.record("event", None, &[("value", &event["value"]), ("prorated", &event["prorated"])]);
    }
    draft.expect_total();
}
