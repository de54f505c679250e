//! Rates, packages, converted and rounded quantities.

use super::Measure;
use super::draft::{Draft, list, some, text};

/// A kind of record with a value in pieces.
pub(super) const PIECES: &str = "unit piece \"pieces\"\n\nusage event { value : piece }";

const NUMBERS: &str = "usage event { value : number }";

/// A rate for each unit, the first units free.
pub(super) fn standard(draft: &mut Draft<'_>) {
    let (rate, free) = (text(draft.params, "rate"), free_units(draft));
    draft.declare(PIECES);
    draft.declare(&format!(
        "charge units \"Units\" from event {{\n  quantity sum(value){free}\n  price    ${rate} per piece\n}}"
    ));
    draft.record("event", None, &[("value", &draft.input["quantity"])]);
    draft.expect_total();
    draft.expect("amount", Measure::Exact("units".to_owned()));
}

/// ` above 200 pieces`, where some are free.
fn free_units(draft: &Draft<'_>) -> String {
    some(draft.params, "free_units").map_or_else(String::new, |free| format!(" above {free} pieces"))
}

/// Whole packages, the last one started counts. The packages themselves are counted on a line without a price.
pub(super) fn package(draft: &mut Draft<'_>) {
    let (size, price) = (text(draft.params, "package_size"), text(draft.params, "price"));
    let billed = some(draft.params, "minimum_packages").map_or_else(
        || format!("counted{}", free_units(draft)),
        |least| format!("max(counted, {least} * {size} pieces)"),
    );
    draft.declare(PIECES);
    draft.declare(&format!("meter counted = sum(value) from event\nmeter billed  = {billed}"));
    draft.declare(&format!(
        "charge units \"Units\" {{\n  quantity billed\n  price    ${price} per started {size} pieces\n}}"
    ));
    draft.declare(&format!(
        "charge packages \"Packages\" {{\n  quantity ceil(billed / {size} pieces)\n  price    $0 each\n}}"
    ));
    draft.record("event", None, &[("value", &draft.input["quantity"])]);
    draft.expect_total();
    draft.expect("packages", Measure::Quantity("packages".to_owned()));
}

/// A quantity is converted to the unit that is billed, rounded, and only then are free units taken off.
pub(super) fn unit_config(draft: &mut Draft<'_>) {
    let factor = text(draft.params, "factor");
    let converted = match text(draft.params, "op") {
        "multiply" => format!("sum(value) * {factor}"),
        _ => format!("sum(value) / {factor}"),
    };
    let rounded = match text(draft.params, "rounding") {
        "floor" => format!("floor({converted})"),
        "half_up" => format!("round({converted} to 0 places)"),
        "ceiling" => format!("ceil({converted})"),
        _ => converted,
    };
    let free = some(draft.params, "usage_discount").map_or_else(String::new, |free| format!(" above {free}"));
    let rate = draft.params["price"]["rate"].as_str().unwrap_or("0");
    draft.declare(NUMBERS);
    draft.declare(&format!(
        "charge units \"Units\" from event {{\n  quantity {rounded}{free}\n  price    ${rate} each\n}}"
    ));
    draft.record("event", None, &[("value", &draft.input["quantity"])]);
    draft.expect_total();
    draft.expect("quantity", Measure::Quantity("units".to_owned()));
}

/// A number rounded to so many places; places below zero round to hundreds and so on.
pub(super) fn round(draft: &mut Draft<'_>) {
    let places = text(draft.params, "dp");
    let (function, direction) = match text(draft.params, "mode") {
        "up" => ("round", ", up"),
        "down" => ("round", ", down"),
        "half_up" => ("round", ""),
        other => (other, ""),
    };
    let step = match places.strip_prefix('-') {
        Some(zeros) => format!("1{}", "0".repeat(zeros.parse().unwrap_or_default())),
        None => format!("{places} places"),
    };
    draft.declare(NUMBERS);
    draft.declare(&format!(
        "charge rounded \"Rounded\" from event {{\n  quantity sum({function}(value to {step}{direction}))\n  price    $1 each\n}}"
    ));
    draft.record("event", None, &[("value", &draft.input["value"])]);
    draft.expect("value", Measure::Quantity("rounded".to_owned()));
    draft.expect("value", Measure::Exact("rounded".to_owned()));
}

/// A time rounded up to a whole increment.
pub(super) fn round_duration(draft: &mut Draft<'_>) {
    let increment = text(draft.params, "increment_s");
    draft.declare("usage event { value : second }");
    draft.declare(&format!(
        "charge rounded \"Rounded\" from event {{\n  quantity sum(ceil(value to {increment} seconds))\n  price    $1 per second\n}}"
    ));
    draft.record("event", None, &[("value", &draft.input["value_s"])]);
    draft.expect("value", Measure::Quantity("rounded".to_owned()));
    draft.expect("value", Measure::Exact("rounded".to_owned()));
}

/// Lines of their own, each a product of factors or a quantity, less a free part, at a rate.
pub(super) fn components(draft: &mut Draft<'_>) {
    draft.declare("unit piece \"pieces\"");
    let all = draft.params;
    for component in list(all, "components") {
        let name = text(component, "name");
        let factors = match list(component, "product") {
            [] => std::slice::from_ref(&component["quantity"]),
            product => product,
        };
        let names: Vec<String> = (1..=factors.len()).map(|number| format!("factor_{number}")).collect();
        let fields: String = names.iter().map(|field| format!("  {field} : number\n")).collect();
        let divided: String =
            list(component, "divide").iter().filter_map(|by| by.as_str()).map(|by| format!(" / {by}")).collect();
        let (free, rate) = (text(component, "free"), text(component, "rate"));
        let per = some(component, "per").map_or_else(String::new, |per| format!("{per} "));
        let product = names.join(" * ");
        draft.declare(&format!("usage {name} {{\n{fields}}}"));
        draft.declare(&format!(
            "charge {name} \"{name}\" from {name} {{\n  quantity sum({product}{divided} * 1 piece) above {free} pieces\n  price    ${rate} per {per}{piece}\n}}",
            piece = if per.is_empty() { "piece" } else { "pieces" },
        ));
        let values: Vec<_> = names.iter().map(String::as_str).zip(factors).collect();
        draft.record(name, None, &values);
        if let Some(amount) = draft.stated("components")[name].as_str() {
            draft.expect_value(Measure::Amount(name.to_owned()), amount);
        }
    }
    draft.expect_total();
}

/// Money that the events carry, added up and rounded once.
pub(super) fn dynamic(draft: &mut Draft<'_>) {
    draft.declare("usage event { amount : USD }\n\ncharge events \"Events\" from event {\n  quantity sum(amount)\n}");
    for event in list(draft.input, "events") {
        draft.record("event", None, &[("amount", &event["amount"])]);
    }
    draft.expect_total();
}

/// A product, divided by several numbers.
pub(super) fn ratio(draft: &mut Draft<'_>) {
    let input = draft.input;
    let factors = list(input, "product");
    let names: Vec<String> = (1..=factors.len()).map(|number| format!("factor_{number}")).collect();
    let fields: String = names.iter().map(|name| format!("  {name} : number\n")).collect();
    let divided: String =
        list(input, "divide").iter().filter_map(|by| by.as_str()).map(|by| format!(" / {by}")).collect();
    draft.declare(&format!("usage event {{\n{fields}}}"));
    draft.declare(&format!(
        "charge units \"Units\" from event {{\n  quantity sum({}{divided})\n  price    $1 each\n}}",
        names.join(" * "),
    ));
    let values: Vec<_> = names.iter().map(String::as_str).zip(factors).collect();
    draft.record("event", None, &values);
    draft.expect("quantity", Measure::Quantity("units".to_owned()));
    draft.expect("quantity", Measure::Exact("units".to_owned()));
}

/// What lacks to a commitment, of which only a share is owed for a part of its period.
pub(super) fn min_commitment(draft: &mut Draft<'_>) {
    let (params, input) = (draft.params, draft.input);
    let share = match list(params, "prorata") {
        [days, of] => format!(" * {} / {}", days.as_str().unwrap_or_default(), of.as_str().unwrap_or_default()),
        _ => String::new(),
    };
    if let Some(places) = params["amount_round"]["round_dp"].as_u64() {
        draft.places = Some(places.to_string());
    }
    draft.declare(&format!(
        "usage fee {{ amount : USD }}\n\ncharge fees \"Fees\" from fee {{\n  quantity sum(amount)\n  at least ${}{share} as true_up \"True-up\"\n}}",
        text(params, "commitment"),
    ));
    for amount in list(input, "fees") {
        draft.record("fee", None, &[("amount", amount)]);
    }
    draft.expect("true_up", Measure::Amount("true_up".to_owned()));
}
