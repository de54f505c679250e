//! Shares of a period: stubs of fees in advance, changes of plan, days.

use super::Measure;
use super::draft::{Draft, day_before, day_of, instant, list, number, text};
use serde_json::Value;

/// How many cycles are billed in advance by a day, with the stubs before the first and at the end.
pub(super) fn billing_cycles(draft: &mut Draft<'_>) {
    let (params, input) = (draft.params, draft.input);
    let (start, end) = (text(input, "start"), input["end"].as_str());
    draft.places = Some("9".to_owned());
    draft.book_period = "given";
    draft.period = format!("{start}..{}", text(input, "target"));
    draft
        .declare("account {\n  start      : date\n  bill_cycle : date      // any day of the months in which it is\n}");
    let months = number(&params["period_months"]);
    let window = if months == "1" { "month".to_owned() } else { format!("{months} months") };
    draft.declare(&format!(
        "plan subscription \"Subscription\" {{\n  fee cycles \"Cycles\" {{\n    \
         price $1 every {window} anchored account.bill_cycle in advance\n    prorated by day\n  }}\n}}"
    ));
    draft.fact("start", start);
    draft.fact("bill_cycle", &format!("2000-01-{:0>2}", number(&params["bill_cycle_day"])));
    draft.contract("subscription", start, end.map(day_before).as_deref());
    draft.expect("cycles", Measure::Amount("cycles".to_owned()));
}

/// The days between the dates of two times, as the times are written: in UTC.
pub(super) fn days(draft: &mut Draft<'_>) {
    let input = draft.input;
    draft.book_period = "given";
    draft.period = format!("{}..{}", day_of(text(input, "start")), day_of(text(input, "end")));
    draft.declare("usage moment {\n  let midnight = start of day - start of period\n}");
    draft.declare(
        "charge days \"Days\" from moment {\n  \
         quantity (last(midnight) otherwise 0 days) - (first(midnight) otherwise 0 days)\n  price    $1 per day\n}",
    );
    for key in ["start", "end"] {
        draft.record("moment", Some(text(input, key)), &[]);
    }
    draft.expect("days", Measure::Exact("days".to_owned()));
}

/// What is removed within a period is given back for the rest of it, what is added is charged for it: each a line that
/// is rounded by itself.
pub(super) fn change(draft: &mut Draft<'_>) {
    let (params, input) = (draft.params, draft.input);
    let period = &params["period"];
    draft.book_period = "given";
    let last = match text(params, "rule") {
        "inclusive_end_days" => text(period, "end").to_owned(),
        _ => day_before(text(period, "end")),
    };
    draft.period = format!("{}..{last}", text(period, "start"));
    let fields = "  number   : number\n  price    : USD\n  quantity : number = 1\n";
    draft.declare(&format!(
        "usage removed {{\n{fields}  let credit = price * quantity * (end of period - time) / length of period\n}}"
    ));
    draft.declare(&format!(
        "usage added {{\n{fields}  one_time        : boolean = false\n  own_period_days : day optional\n  \
         let rest   = price * quantity * (end of period - time)\n  \
         let cost = if one_time then price * quantity else round(rest / (own_period_days otherwise length of period) to 12 places)\n}}"
    ));
    draft.declare("charge credits \"Credit\" by number from removed {\n  quantity -sum(credit)\n}");
    draft.declare("charge charges \"Charge\" by number from added {\n  quantity sum(cost)\n}");
    let at = instant(text(input, "change_date"));
    for kind in ["removed", "added"] {
        for (place, item) in list(input, kind).iter().enumerate() {
            let place = Value::from(place);
            let mut fields = vec![("number", &place)];
            fields.extend(item.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value)));
            draft.record(kind, Some(&at), &fields);
        }
    }
    for stated in ["credits", "charges"] {
        for (place, amount) in draft.stated(stated).as_array().into_iter().flatten().enumerate() {
            draft.expect_value(Measure::Amount(format!("{stated}:{place}")), amount.as_str().unwrap_or_default());
        }
    }
    draft.expect_total();
}

/// The share of a period between two times in it, by the second, and what an amount comes to for it.
pub(super) fn coefficient(draft: &mut Draft<'_>) {
    let (params, input) = (draft.params, draft.input);
    let period = &params["period"];
    draft.bill_days(period);
    draft.places = params["amount_round"]["round_dp"].as_u64().map(|places| places.to_string());
    draft.declare(
        "usage part {\n  since  : time optional\n  until  : time optional\n  amount : USD = $1\n  \
         let share = clamp(((until otherwise end of period) - (since otherwise start of period)) / length of period, 0, 1)\n}",
    );
    draft.declare("charge part \"Part\" from part {\n  quantity sum(share * amount)\n}");
    let times = [("since", "at"), ("since", "from"), ("until", "to")];
    let times: Vec<(&str, Value)> = times
        .into_iter()
        .filter_map(|(field, key)| Some((field, Value::from(instant(input[key].as_str()?)))))
        .collect();
    let mut fields: Vec<(&str, &Value)> = times.iter().map(|(field, time)| (*field, time)).collect();
    fields.extend(input.get("amount").map(|amount| ("amount", amount)));
    draft.record("part", Some(&instant(text(period, "start"))), &fields);
    for stated in ["amount", "coefficient"] {
        draft.expect(stated, Measure::Amount("part".to_owned()));
    }
}
