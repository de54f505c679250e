//! Rules for each event, and aggregates over events.

use super::Measure;
use super::draft::{Draft, list, some, text};
use super::quantities::PIECES;
use serde_json::Value;

/// A share of each payment and a fixed fee for it, perhaps with a floor and a ceiling for each, and perhaps after an
/// allowance that the first payments use up.
pub(super) fn percentage(draft: &mut Draft<'_>) {
    let share = text(draft.params, "rate_pct");
    draft.declare("usage event { value : USD }");
    let (events, value, which) = match allowance(draft) {
        true => ("allowance", "over", " where over > $0"),
        false => ("event", "value", ""),
    };
    let limits = (some(draft.params, "per_event_min"), some(draft.params, "per_event_max"));
    if let (Some(least), Some(most)) = limits {
        let fixed = some(draft.params, "fixed_per_event").map_or_else(String::new, |fee| format!(" + ${fee}"));
        draft.declare(&format!(
            "charge percentage \"Share\" from {events}{which} {{\n  quantity sum(min(max({share}% * {value}{fixed}, ${least}), ${most}))\n}}"
        ));
    } else {
        draft.declare(&format!("charge percentage \"Share\" from {events} {{\n  quantity {share}% * sum({value})\n}}"));
        if let Some(fee) = some(draft.params, "fixed_per_event") {
            draft.declare(&format!(
                "charge fixed \"Fixed\" from {events}{which} {{\n  quantity count()\n  price    ${fee} each\n}}"
            ));
        }
    }
    record_values(draft, "event");
    draft.expect_total();
    draft.expect("percentage_amount", Measure::Exact("percentage".to_owned()));
    draft.expect("fixed_amount", Measure::Exact("fixed".to_owned()));
}

/// What of each payment is left after an allowance of so many payments, or of so much; whether there is one.
fn allowance(draft: &mut Draft<'_>) -> bool {
    let (events, amount) = (some(draft.params, "free_events"), some(draft.params, "free_amount"));
    let left = amount.map_or("value".to_owned(), |amount| format!("${amount} above spent"));
    let free = match events {
        Some(events) => format!("if payments < {events} then {left} else $0"),
        None => left,
    };
    let any = events.is_some() || amount.is_some();
    if any {
        draft.declare(&format!(
            "// The first payments are free, until either is used up.\nfold allowance per month from event {{\n  \
             state payments : number = 0\n  state spent    : USD = $0\n  let free = min(value, {free})\n  \
             next payments = payments + 1\n  next spent    = spent + value\n  yield over : USD = value - free\n}}"
        ));
    }
    any
}

/// The case's events, or its quantity as one.
fn record_values(draft: &mut Draft<'_>, kind: &str) {
    let input = draft.input;
    if let Some(quantity) = input.get("quantity") {
        draft.record(kind, None, &[("value", quantity)]);
    }
    for event in list(input, "events") {
        draft.record(kind, event["timestamp"].as_str(), &[("value", &event["value"])]);
    }
}

/// How many events each group has.
pub(super) fn count(draft: &mut Draft<'_>) {
    let (key, rate) = (text(draft.params, "group_by"), text(draft.params, "rate"));
    draft.declare(&format!("usage event {{ {key} : text }}"));
    draft.declare(&format!(
        "charge events \"Events\" by {key} from event {{\n  quantity count()\n  price    ${rate} each\n}}"
    ));
    for event in list(draft.input, "events") {
        draft.record("event", None, &[(key, &event[key])]);
    }
    draft.expect_total();
    let stated = [("groups", Measure::Quantity as fn(String) -> Measure), ("amounts", Measure::Exact)];
    for (figures, of) in stated {
        for (group, figure) in draft.stated(figures).as_object().into_iter().flatten() {
            draft.expect_value(of(format!("events:{group}")), figure.as_str().unwrap_or_default());
        }
    }
}

/// The value of the period's last event.
pub(super) fn latest(draft: &mut Draft<'_>) {
    draft.period = "2024-03".to_owned();
    aggregate(draft, "last(value) otherwise 0 pieces");
}

/// The highest value of the period.
pub(super) fn max(draft: &mut Draft<'_>) {
    aggregate(draft, "max(value) otherwise 0 pieces");
}

fn aggregate(draft: &mut Draft<'_>, quantity: &str) {
    let rate = some(draft.params, "rate").unwrap_or("0");
    draft.declare(PIECES);
    draft.declare(&format!(
        "charge units \"Units\" from event {{\n  quantity {quantity}\n  price    ${rate} per piece\n}}"
    ));
    record_values(draft, "event");
    draft.expect_total();
    draft.expect("quantity", Measure::Quantity("units".to_owned()));
}

/// The sum of one unit's events in a period with dates of its own.
pub(super) fn sum(draft: &mut Draft<'_>) {
    let unit = draft.params["filter"]["unit"].as_str().unwrap_or_default();
    let params = draft.params;
    draft.bill_days(&params["period"]);
    draft.declare("unit piece \"pieces\"\n\nusage event {\n  what  : text\n  value : piece\n}");
    draft.declare(&format!("// Other units are another book's.\nfree event where what != \"{unit}\""));
    draft.declare(&format!(
        "charge units \"Units\" from event where what == \"{unit}\" {{\n  quantity sum(value)\n  price    $1 per piece\n}}"
    ));
    for event in list(draft.input, "events") {
        let time = format!("{}T00:00:00Z", text(event, "timestamp"));
        draft.record("event", Some(&time), &[("what", &event["unit"]), ("value", &event["value"])]);
    }
    draft.expect("quantity", Measure::Quantity("units".to_owned()));
    draft.expect("quantity", Measure::Exact("units".to_owned()));
}

/// How many things are there: those whose last event of the period adds them.
pub(super) fn unique_count(draft: &mut Draft<'_>) {
    draft.period = "2022-07".to_owned();
    if !list(draft.input, "carried").is_empty() {
        return unique_count_carried(draft);
    }
    draft.declare("enum Op { add, remove }\n\nusage event {\n  item : text\n  op   : Op\n}");
    draft.declare("meter there by item = last(if op == add then 1 else 0) from event");
    draft.declare("charge items \"Items\" {\n  quantity sum(there)\n  price    $1 each\n}");
    for event in list(draft.input, "events") {
        draft.record("event", event["timestamp"].as_str(), &[("item", &event["id"]), ("op", &event["op"])]);
    }
    draft.expect("quantity", Measure::Quantity("items".to_owned()));
    draft.expect("quantity", Measure::Exact("items".to_owned()));
}

/// What was there when the period began counts on until it is removed.
fn unique_count_carried(draft: &mut Draft<'_>) {
    draft.declare(
        "enum Op { add, remove }\n\nusage event lasts on {\n  item : text\n  op   : Op\n  let change = if op == add then 1 else -1\n}",
    );
    draft.declare("meter there per instant = sum(change) from event");
    draft.declare("charge items \"Items\" {\n  quantity last(there)\n  price    $1 each\n}");
    let add = Value::from("add");
    for item in list(draft.input, "carried") {
        draft.record("event", Some("2022-06-15T00:00:00Z"), &[("item", item), ("op", &add)]);
    }
    for event in list(draft.input, "events") {
        draft.record("event", event["timestamp"].as_str(), &[("item", &event["id"]), ("op", &event["op"])]);
    }
    draft.expect("quantity", Measure::Quantity("items".to_owned()));
    draft.expect("quantity", Measure::Exact("items".to_owned()));
}
