//! A period that is invoiced in several runs: each takes what is due by then less what earlier ones took.

use super::draft::{Draft, list, some, text};
use super::tiers::tiers;
use super::{Issued, Measure};
use serde_json::Value;

/// Whatever holds at the end of the period only.
const AT_THE_END: &str = "at_the_end";

/// The quantity is read again for each run, and may have gone down. The last run of a period, where the case names it,
/// is the invoice at the period's end.
pub(super) fn progressive(draft: &mut Draft<'_>) {
    let (params, input) = (draft.params, draft.input);
    let price = &params["price"];
    draft.declare(&format!(
        "unit piece \"pieces\"\n\nusage reading {{\n  value     : {}\n  {AT_THE_END} : boolean = false\n}}",
        counted_in(price),
    ));
    draft.declare("meter counted = last(value) from reading");
    let least = if is_money(price) { "$0" } else { "0 pieces" };
    declare_price(draft, &format!("(counted otherwise {least})"));
    declare_limits(draft, "reading");
    draft.declare(&format!("rule run {{ when reading where not {AT_THE_END} then invoice }}"));
    let totals = draft.stated("phase_totals").as_array().map_or(&[][..], Vec::as_slice);
    for (phase, total) in list(input, "phases").iter().zip(totals) {
        let last = &phase["final"];
        let mut fields = vec![("value", &phase["cumulative_quantity"])];
        fields.extend((!last.is_null()).then_some((AT_THE_END, last)));
        let run = draft.record("reading", None, &fields);
        let issued = if last.is_null() { Issued::At(run) } else { Issued::Rest };
        draft.expect_value(Measure::Invoice(issued), total.as_str().unwrap_or_default());
    }
}

/// One line of a period that is split in several: what was used before, and what the line adds. A line in the middle of
/// the period is invoiced by a rule, the last one by the invoice at the period's end.
pub(super) fn split_line(draft: &mut Draft<'_>) {
    let (params, input) = (draft.params, draft.input);
    let price = &params["price"];
    let is_last = ["last", "single"].contains(&text(params, "position"));
    draft.declare(&format!(
        "unit piece \"pieces\"\n\nusage line {{\n  value     : {}\n  {AT_THE_END} : boolean = false\n}}",
        counted_in(price),
    ));
    draft.declare("meter counted = sum(value) from line");
    declare_price(draft, "counted");
    declare_limits(draft, "line");
    // Volume tiers are known at the end of the period only: nothing invoices them before.
    if text(price, "model") != "volume" {
        draft.declare(&format!("rule split {{ when line where not {AT_THE_END} then invoice }}"));
    }
    if let Some(before) = input.get("pre_quantity") {
        let first = draft.record("line", None, &[("value", before)]);
        expect_previously(draft, first);
    }
    let line = draft.record("line", None, &[("value", &input["quantity"]), (AT_THE_END, &Value::from(is_last))]);
    let issued = if is_last { Issued::Rest } else { Issued::At(line) };
    let lines =
        |names: &[&str]| Measure::InvoiceLines(issued.clone(), names.iter().map(|name| (*name).to_owned()).collect());
    draft.expect("gross", lines(&["units"]));
    draft.expect("discount", Measure::Less(Box::new(lines(&["discount", "maximum"]))));
    draft.expect("min_spend_line", lines(&["minimum"]));
    draft.expect("amount", Measure::Invoice(issued));
}

/// What the case says that the lines before have billed.
fn expect_previously(draft: &mut Draft<'_>, first: usize) {
    if let Some(billed) = draft.input["previously_billed"].as_str() {
        draft.expect_value(Measure::Invoice(Issued::At(first)), billed);
    }
}

/// The first units of the period are free; the invoices of the period use them up.
pub(super) fn usage_discount(draft: &mut Draft<'_>) {
    let input = draft.input;
    draft.declare("unit piece \"pieces\"\n\nusage event { value : piece }");
    draft.declare(&format!(
        "charge units \"Units\" from event {{\n  quantity sum(value) above {} pieces\n  price    $1 per piece\n}}",
        text(draft.params, "usage_discount"),
    ));
    draft.declare("rule run { when event then invoice }");
    let billed = draft.stated("billed_quantities").as_array().map_or(&[][..], Vec::as_slice);
    for (quantity, billed) in list(input, "quantities").iter().zip(billed) {
        let run = draft.record("event", None, &[("value", quantity)]);
        draft.expect_value(Measure::Invoice(Issued::At(run)), billed.as_str().unwrap_or_default());
    }
}

/// Whether the price is a multiple of money that the records carry.
fn is_money(price: &Value) -> bool {
    text(price, "model") == "dynamic"
}

fn counted_in(price: &Value) -> &'static str {
    if is_money(price) { "USD" } else { "piece" }
}

/// The charge for what is counted, after the units that are free.
fn declare_price(draft: &mut Draft<'_>, counted: &str) {
    let price = &draft.params["price"];
    let free = some(draft.params, "usage_discount").map_or_else(String::new, |free| format!(" above {free} pieces"));
    let quantity = format!("{counted}{free}");
    let priced = match text(price, "model") {
        "dynamic" => format!("quantity {} * {quantity}", text(price, "multiplier")),
        "unit" => format!("quantity {quantity}\n  price    ${} per piece", text(price, "rate")),
        "package" => format!(
            "quantity {quantity}\n  price    ${} per started {} pieces",
            text(price, "price"),
            text(price, "package_size"),
        ),
        "flat" => return declare_flat(draft, price),
        "graduated_percentage" => {
            let rates = tiers(price, false, |tier| format!("{}% * $1 per piece", text(tier, "unit")));
            format!("quantity {quantity}\n  price graduated {{\n{rates}  }}")
        }
        model => {
            let rates = tiers(price, false, |tier| format!("${} per piece", text(tier, "unit")));
            format!("quantity {quantity}\n  price {model} {{\n{rates}  }}")
        }
    };
    let most = some(draft.params, "max_spend").filter(|_| draft.params["percent_discount"].is_null());
    let most = most.map_or_else(String::new, |most| format!("\n  at most ${most} as maximum \"Maximum\""));
    draft.declare(&format!("charge units \"Units\" {{\n  {priced}{most}\n}}"));
}

/// A fee for the period: in advance it is out before the first line, else it is due at the end.
fn declare_flat(draft: &mut Draft<'_>, price: &Value) {
    let amount = text(price, "amount");
    draft.declare("free line");
    if text(price, "term") == "advance" {
        draft.declare(&format!("fee flat \"Flat\" {{ price ${amount} in advance }}"));
    } else {
        draft.declare(&format!(
            "meter ended = count() from line where {AT_THE_END}\n\ncharge flat \"Flat\" {{\n  quantity if ended > 0 then ${amount} else $0\n}}"
        ));
    }
}

/// A discount, then the most that a period costs; the least that it costs counts at its end only.
fn declare_limits(draft: &mut Draft<'_>, kind: &str) {
    let params = draft.params;
    if let Some(share) = some(params, "percent_discount") {
        draft.declare(&format!("charge discount \"Discount\" {{\n  quantity -{share}% * total(units)\n}}"));
        if let Some(most) = some(params, "max_spend") {
            draft.declare(&format!(
                "charge maximum \"Maximum\" {{\n  quantity -(total(units, discount) above ${most})\n}}"
            ));
        }
    }
    if let Some(least) = some(params, "min_spend") {
        draft.declare(&format!("meter ended = count() from {kind} where {AT_THE_END}"));
        draft.declare(&format!(
            "charge minimum \"Minimum\" {{\n  quantity if ended > 0 then ${least} above total(units) else $0\n}}"
        ));
    }
}
