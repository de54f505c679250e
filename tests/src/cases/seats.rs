//! Seats that are added and removed: one counts on each day on which it is there, the day of its removal too.

use super::Measure;
use super::draft::{Draft, instant, list, number, text};
use super::levels::declare_tiers;

/// The seats' days, as a share of the days of a whole period.
pub(super) fn prorated_unique(draft: &mut Draft<'_>) {
    let params = draft.params;
    draft.bill_days(&params["period"]);
    declare_seats(draft);
    let whole = params["period_days"].as_str().map_or("days of period".to_owned(), |days| format!("({days} days)"));
    draft.declare(&format!(
        "charge seats \"Seats\" {{\n  quantity ceil(integral(held) / {whole} to {} places)\n  price    $1 each\n}}",
        number(&params["round"]["round_dp"]),
    ));
    record_changes(draft);
    draft.expect("quantity", Measure::Quantity("seats".to_owned()));
    draft.expect("quantity", Measure::Exact("seats".to_owned()));
}

/// The seats in tiers, each by its days.
pub(super) fn prorated_unique_graduated(draft: &mut Draft<'_>) {
    let params = draft.params;
    draft.bill_days(&params["period"]);
    declare_seats(draft);
    declare_tiers(draft, "held");
    record_changes(draft);
    draft.expect_total();
}

/// A seat is there from the day of an `add` to the day of a `remove`; the last of them holds.
fn declare_seats(draft: &mut Draft<'_>) {
    draft.declare("enum Op { add, remove }");
    draft.declare(
        "usage event lasts from holds to ever {\n  seat : text\n  op   : Op\n  \
         let holds = if op == add then start of day else end of day\n  let ever  = 9998-01-01T00:00:00Z\n  \
         let here  = if op == add then 1 else 0\n}",
    );
    draft.declare("meter seat_here by seat per instant = last(here) otherwise 0 from event");
    draft.declare("meter held per instant = sum(seat_here)");
}

fn record_changes(draft: &mut Draft<'_>) {
    let input = draft.input;
    for event in list(input, "events") {
        let fields = [("seat", &event["id"]), ("op", &event["op"])];
        draft.record("event", Some(&instant(text(event, "timestamp"))), &fields);
    }
}
