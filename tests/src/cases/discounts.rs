//! Discounts: one after the other, and one shared out over lines.

use super::Measure;
use super::draft::{Draft, list, text};
use serde_json::Value;

/// Each discount takes its part of what those before it have left.
pub(super) fn discount(draft: &mut Draft<'_>) {
    let (params, input) = (draft.params, draft.input);
    let mut discounts: Vec<&Value> = list(params, "discounts").iter().collect();
    if text(params, "order") == "percent_first" {
        discounts.sort_by_key(|discount| text(discount, "type") != "percent");
    }
    draft.declare("usage fee { amount : USD }");
    draft.declare("meter left_0 = sum(amount) from fee");
    for (number, discount) in (1..).zip(&discounts) {
        let (value, before) = (text(discount, "value"), number - 1);
        let off = match text(discount, "type") {
            "percent" => format!("{value}% * left_{before}"),
            _ => format!("min(${value}, left_{before})"),
        };
        draft.declare(&format!("meter off_{number} = {off}\nmeter left_{number} = left_{before} - off_{number}"));
    }
    let off: Vec<String> = (1..=discounts.len()).map(|number| format!("off_{number}")).collect();
    draft.declare("charge fees \"Fees\" {\n  quantity left_0\n}");
    draft.declare(&format!("charge discount \"Discount\" {{\n  quantity -({})\n}}", off.join(" + ")));
    draft.record("fee", None, &[("amount", &input["amount"])]);
    draft.expect("discount", Measure::Less(Box::new(Measure::Amount("discount".to_owned()))));
}

/// A discount over all lines in proportion to them, in whole numbers; the last line takes what is left.
pub(super) fn allocation(draft: &mut Draft<'_>) {
    let input = draft.input;
    let discount = text(draft.params, "discount");
    let amounts = list(input, "amounts");
    let last = amounts.len().saturating_sub(1);
    draft.declare("usage line {\n  number : number\n  amount : USD\n}");
    draft.declare("meter all = sum(amount) from line");
    for (number, amount) in amounts.iter().enumerate() {
        let shared: String = (0..number).map(|before| format!(" - share_{before}")).collect();
        let share = if number == last {
            format!("${discount}{shared}")
        } else {
            format!("round(${discount} * line_{number} / all to 0 places)")
        };
        draft.declare(&format!(
            "meter line_{number}  = sum(amount) from line where number == {number}\nmeter share_{number} = {share}"
        ));
        draft.declare(&format!(
            "charge net_{number} \"Line {number}\" {{\n  quantity line_{number} - share_{number}\n}}"
        ));
        draft.record("line", None, &[("number", &Value::from(number)), ("amount", amount)]);
    }
    for (number, net) in draft.stated("net").as_array().into_iter().flatten().enumerate() {
        draft.expect_value(Measure::Amount(format!("net_{number}")), net.as_str().unwrap_or_default());
    }
}
