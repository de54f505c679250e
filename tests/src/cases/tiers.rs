//! Tiers: graduated, volume, flat, in blocks, and one price for the tier that fits all.

use super::Measure;
use super::draft::{Draft, entries, list, some, text};
use super::quantities::PIECES;
use serde_json::Value;

/// Each unit at its own tier's rate. Where the case states tiers, each is a line of its own.
pub(super) fn graduated(draft: &mut Draft<'_>) {
    let by_tier = !draft.stated("tiers").is_null();
    let rates = tiers(draft.params, by_tier, |tier| format!("${} per piece", text(tier, "unit")));
    draft.declare(PIECES);
    draft.declare(&format!(
        "charge units \"Units\"{} from event {{\n  quantity sum(value)\n  price graduated {{\n{rates}  }}\n}}",
        if by_tier { " by tier" } else { "" },
    ));
    draft.record("event", None, &[("value", &draft.input["quantity"])]);
    draft.expect_total();
    for (number, tier) in (1..).zip(list_of(draft.stated("tiers"))) {
        let id = format!("units:tier{number}");
        draft.expect_value(Measure::Exact(id.clone()), text(tier, "amount"));
        if let Some(units) = tier["units"].as_str() {
            draft.expect_value(Measure::Quantity(id), units);
        }
    }
}

/// A share of the money that went through, in tiers.
pub(super) fn graduated_percentage(draft: &mut Draft<'_>) {
    let rates = tiers(draft.params, false, |tier| format!("{}% * $1 per piece", text(tier, "unit")));
    draft.declare("// A piece is a dollar that went through.\nunit piece \"pieces\"\n\nusage event { value : piece }");
    draft.declare(&format!(
        "charge units \"Units\" from event {{\n  quantity sum(value)\n  price graduated {{\n{rates}  }}\n}}"
    ));
    draft.record("event", None, &[("value", &draft.input["quantity"])]);
    draft.expect_total();
}

/// All units at the rate of the tier that their total lands in.
pub(super) fn volume(draft: &mut Draft<'_>) {
    if !draft.input["tier_quantity"].is_null() {
        return volume_of_another_quantity(draft);
    }
    let rates = tiers(draft.params, false, |tier| format!("${} per piece", text(tier, "unit")));
    draft.declare(PIECES);
    draft.declare(&format!(
        "charge units \"Units\" from event {{\n  quantity sum(value)\n  price volume {{\n{rates}  }}\n}}"
    ));
    draft.record("event", None, &[("value", &draft.input["quantity"])]);
    draft.expect_total();
}

/// The tier is chosen by one quantity, the money is that of another.
fn volume_of_another_quantity(draft: &mut Draft<'_>) {
    let rows: String = edges(draft.params)
        .map(|(edge, tier)| format!("  {edge} | {} | {}\n", text(tier, "unit"), text(tier, "flat")))
        .collect();
    draft.declare("unit piece \"pieces\"\n\nusage event {\n  value : piece\n  held  : piece\n}");
    draft.declare(&format!(
        "table tier_price {{\n  key held : band piece\n  rate     : USD per piece\n  flat     : USD\n\n  held | rate | flat\n{rows}}}"
    ));
    draft.declare("meter billed   = sum(value) from event\nmeter all_held = sum(held) from event");
    draft.declare(
        "charge units \"Units\" {\n  quantity billed * tier_price[all_held].rate + tier_price[all_held].flat\n}",
    );
    draft.record("event", None, &[("value", &draft.input["quantity"]), ("held", &draft.input["tier_quantity"])]);
    draft.expect_total();
}

/// One price for the tier that the total lands in.
pub(super) fn flat_tier(draft: &mut Draft<'_>) {
    let prices: String =
        edges(draft.params).map(|(edge, tier)| format!("    {edge} pieces : ${}\n", text(tier, "flat"))).collect();
    draft.declare(PIECES);
    draft.declare(&format!(
        "charge units \"Units\" from event {{\n  quantity sum(value)\n  price volume {{\n{prices}  }}\n}}"
    ));
    draft.record("event", None, &[("value", &draft.input["quantity"])]);
    draft.expect_total();
}

/// Tiers of so many blocks of so many units; a started block is a whole one. One charge for each unit.
pub(super) fn blocks(draft: &mut Draft<'_>) {
    let all = draft.params;
    draft.declare("unit piece \"pieces\"\n\nusage event {\n  what  : text\n  value : piece\n}");
    let mut units: Vec<(&str, &Value, &Value)> =
        entries(all, "units").map(|(unit, of)| (unit.as_str(), of, &draft.input["quantities"][unit])).collect();
    if units.is_empty() {
        units.push(("units", all, &draft.input["quantity"]));
    }
    for (unit, of, quantity) in units {
        let name = unit.to_lowercase();
        let by_tier = !draft.stated("lines").is_null();
        draft.declare(&format!(
            "charge {name} \"{unit}\"{} from event where what == \"{unit}\" {{\n  quantity sum(value)\n  price {} {{\n{}  }}\n}}",
            if by_tier { " by tier" } else { "" },
            if text(all, "policy") == "all_tiers" { "graduated" } else { "volume" },
            block_tiers(list(of, "tiers"), by_tier),
        ));
        draft.record("event", None, &[("what", &Value::from(unit)), ("value", quantity)]);
    }
    draft.expect_unbilled();
    for (number, amount) in (1..).zip(list_of(draft.stated("lines"))) {
        draft.expect_value(Measure::Exact(format!("units:tier{number}")), amount.as_str().unwrap_or_default());
    }
}

/// The bounds add up blocks times their size; above the last tier its price goes on.
fn block_tiers(tiers: &[Value], named: bool) -> String {
    let mut lines = String::new();
    let mut bound = String::new();
    for (number, tier) in (1..).zip(tiers) {
        let (size, price) = (text(tier, "block_size"), text(tier, "price"));
        let below = if bound.is_empty() { "0 pieces".to_owned() } else { bound.clone() };
        let plus = if bound.is_empty() { "" } else { " + " };
        bound = format!("{bound}{plus}{} * {size} pieces", text(tier, "max_blocks"));
        let edge = if number == tiers.len() { format!("above {below}") } else { format!("up to {bound}") };
        lines += &format!("    {edge} : ${price} per started {size} pieces{}\n", tier_name(number, named));
    }
    lines
}

/// One price: that of the lowest tier whose limits hold for the peak of every unit.
pub(super) fn capacity(draft: &mut Draft<'_>) {
    let tiers = list(draft.params, "tiers");
    draft.declare("unit piece \"pieces\"\n\nusage event {\n  what  : text\n  value : piece\n}");
    for (unit, _) in tiers.iter().take(1).flat_map(|tier| entries(tier, "max")) {
        let name = unit.to_lowercase();
        draft.declare(&format!("meter peak_{name} = max(value) from event where what == \"{unit}\""));
    }
    let mut price = String::new();
    for tier in tiers.iter().take(tiers.len().saturating_sub(1)) {
        let fits: Vec<String> = entries(tier, "max")
            .map(|(unit, most)| {
                let most = most.as_str().unwrap_or_default();
                format!("(peak_{} otherwise 0 pieces) <= {most} pieces", unit.to_lowercase())
            })
            .collect();
        price += &format!("if {} then ${}\n           else ", fits.join(" and "), text(tier, "price"));
    }
    let last = tiers.last().map_or("", |tier| text(tier, "price"));
    draft.declare(&format!("charge capacity \"Capacity\" {{\n  quantity {price}${last}\n}}"));
    for (unit, quantity) in entries(draft.input, "quantities") {
        draft.record("event", None, &[("what", &Value::from(unit.as_str())), ("value", quantity)]);
    }
    draft.expect_unbilled();
}

/// The tiers as they stand in a price. A first flat part that is due without usage too says so.
pub(super) fn tiers(of: &Value, named: bool, rate: impl Fn(&Value) -> String) -> String {
    let due_at_zero = text(of, "zero_usage") == "first_flat";
    let mut lines = String::new();
    for (number, (edge, tier)) in (1..).zip(edges(of)) {
        let mut flat = some(tier, "flat").map_or_else(String::new, |flat| format!(" plus ${flat}"));
        if number == 1 && due_at_zero && !flat.is_empty() {
            lines += &format!("    from 0 : ${}\n", text(tier, "flat"));
            flat.clear();
        }
        lines += &format!("    {edge} pieces : {}{flat}{}\n", rate(tier), tier_name(number, named));
    }
    lines
}

fn tier_name(number: usize, named: bool) -> String {
    if named { format!(" as tier{number} \"Tier {number}\"") } else { String::new() }
}

/// Each tier with its edge: up to its own bound, or above the one before.
pub(super) fn edges(of: &Value) -> impl Iterator<Item = (String, &Value)> {
    let mut below = "0";
    list(of, "tiers").iter().map(move |tier| match tier["up_to"].as_str() {
        Some(bound) => {
            below = bound;
            (format!("up to {bound}"), tier)
        }
        None => (format!("above {below}"), tier),
    })
}

fn list_of(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
