//! Calls by their duration, and times of day.

use super::Measure;
use super::draft::{Draft, list, some, text};
use serde_json::Value;

/// A call's cost, either by the time since it began or by a schedule of the week.
pub(super) fn duration(draft: &mut Draft<'_>) {
    if draft.params.get("schedule").is_some() {
        scheduled(draft)
    } else {
        elapsed(draft)
    }
    draft.declare("charge calls \"Calls\" from call {\n  quantity sum(cost)\n}");
    draft.expect_total();
    draft.expect("amount", Measure::Exact("calls".to_owned()));
}

/// Started increments, at the rate of the elapsed second; each increment, and the whole, may be rounded.
fn elapsed(draft: &mut Draft<'_>) {
    let rates = list(draft.params, "rates");
    let mut lets = String::new();
    let mut costs = Vec::new();
    for (number, rate) in rates.iter().enumerate() {
        let from = text(rate, "from_s");
        let until = rates.get(number + 1).map(|next| text(next, "from_s"));
        let reached = until.map_or_else(|| "talked".to_owned(), |until| format!("min(talked, {until} seconds)"));
        let increment = text(rate, "increment_s");
        lets += &format!("  let part_{number} = ceil(({reached} above {from} seconds) to {increment} seconds)\n");
        costs.push(part_cost(draft.params, rate, number));
    }
    let mut cost = costs.join(" + ");
    if let Some(places) = draft.params["amount_round"]["round_dp"].as_u64() {
        cost = format!("round({cost} to {places} places)");
    }
    draft.declare(&format!("usage call {{\n  talked : second\n{lets}  let cost = {cost}\n}}"));
    draft.record("call", None, &[("talked", &draft.input["duration_s"])]);
}

/// What a part of a call costs: its time at the rate, or its increments times the rounded cost of one.
fn part_cost(params: &Value, rate: &Value, number: usize) -> String {
    let increment = text(rate, "increment_s");
    let money = format!("${} per {} seconds", text(rate, "rate"), text(rate, "unit_s"));
    match some(params, "increment_round_dp") {
        Some(places) => {
            format!("part_{number} / {increment} seconds * round({money} * {increment} seconds to {places} places)")
        }
        None => format!("part_{number} * {money}"),
    }
}

/// A rate for each part of the week: a call is cut where the part ends, at midnight at the latest. The connection fee
/// is that of the part in which the call begins.
fn scheduled(draft: &mut Draft<'_>) {
    let entries = list(draft.params, "schedule");
    let mut lets = String::new();
    let mut costs = Vec::new();
    let mut connection = String::new();
    for (number, entry) in entries.iter().enumerate() {
        let from = text(entry, "from");
        let next = entries.iter().filter(|other| other["weekdays"] == entry["weekdays"]);
        let until = next.map(|other| text(other, "from")).filter(|other| *other > from).min();
        declare_part_of_the_week(draft, number, entry, until.unwrap_or("00:00"));
        let (from, until) = (since_midnight(from), until.map_or_else(|| "24 hours".to_owned(), since_midnight));
        let rate = &entry["rates"][0];
        lets += &format!(
            "  let today_{number}    = if time in days_{number} then min(begun + talked, {until}) above max(begun, {from}) else 0 seconds\n  \
             let tomorrow_{number} = if time in eves_{number} then min(begun + talked - 24 hours, {until}) above ({from}) else 0 seconds\n  \
             let part_{number}     = ceil(today_{number} + tomorrow_{number} to {} seconds)\n",
            text(rate, "increment_s"),
        );
        costs.push(part_cost(draft.params, rate, number));
        connection += &format!("if time in starts_{number} then ${} else ", text(entry, "connect_fee"));
    }
    draft.declare(&format!(
        "usage call {{\n  ended     : time\n  continues : boolean = false      // the connection fee is already paid\n  \
         let talked = ended - time\n  let begun  = time - start of day\n{lets}  \
         let connection = if continues then $0 else {connection}$0\n  let cost = connection + {}\n}}",
        costs.join(" + "),
    ));
    let mut fields = vec![("ended", &draft.input["end"])];
    fields.extend(draft.input.get("continuation").map(|continues| ("continues", continues)));
    draft.period = "2012-02".to_owned();
    draft.record("call", draft.input["start"].as_str(), &fields);
}

/// The days of an entry, the days before them (for calls that go on after midnight), and when its part begins.
fn declare_part_of_the_week(draft: &mut Draft<'_>, number: usize, entry: &Value, until: &str) {
    let days = weekdays(list(entry, "weekdays"));
    let from = text(entry, "from");
    draft.declare(&format!(
        "calendar days_{number}   {{ {days} }}\ncalendar eves_{number}   {{ {} }}\ncalendar starts_{number} {{ {days}, {from}..{until} }}",
        eves(list(entry, "weekdays")),
    ));
}

/// `18:00` as a time since midnight.
fn since_midnight(clock: &str) -> String {
    let (hours, minutes) = clock.split_once(':').unwrap_or((clock, "00"));
    format!("{hours} hours + {minutes} minutes")
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// ISO weekdays, 1 to 7, as the entries of a calendar.
fn weekdays(numbers: &[Value]) -> String {
    names(numbers, |number| number - 1)
}

/// The days before those.
fn eves(numbers: &[Value]) -> String {
    names(numbers, |number| number + 5)
}

fn names(numbers: &[Value], shift: impl Fn(usize) -> usize) -> String {
    let numbers = numbers.iter().filter_map(Value::as_u64).filter_map(|number| usize::try_from(number).ok());
    let names: Vec<&str> = numbers.filter_map(|number| DAYS.iter().cycle().nth(shift(number)).copied()).collect();
    names.join(", ")
}

/// Whether a moment lies in one of several windows of the week.
pub(super) fn window(draft: &mut Draft<'_>) {
    let inside = declare_windows(draft);
    draft.declare(&format!("usage event {{\n  let inside = {inside}\n}}"));
    for (name, condition) in [("inside", "inside"), ("outside", "not inside")] {
        draft.declare(&format!(
            "charge {name} \"{name}\" from event where {condition} {{\n  quantity count()\n  price    $1 each\n}}"
        ));
    }
    let at = text(draft.input, "at");
    draft.period = month_of(at);
    draft.record("event", Some(at), &[]);
    let (inside, outside) = if draft.stated("inside") == &Value::Bool(true) { ("1", "0") } else { ("0", "1") };
    draft.expect_value(Measure::Quantity("inside".to_owned()), inside);
    draft.expect_value(Measure::Quantity("outside".to_owned()), outside);
}

/// A calendar for each window of the case; the condition that one of them holds.
pub(super) fn declare_windows(draft: &mut Draft<'_>) -> String {
    let mut conditions = Vec::new();
    for (number, window) in list(draft.params, "windows").iter().enumerate() {
        let hours = list(window, "hours").iter().filter_map(Value::as_str).map(|hours| hours.replace('-', ".."));
        let mut entries: Vec<String> = hours.collect();
        entries.extend(Some(weekdays(list(window, "weekdays"))).filter(|days| !days.is_empty()));
        draft.declare(&format!("calendar window_{number} {{ {} }}", entries.join(", ")));
        conditions.push(format!("time in window_{number}"));
    }
    conditions.join(" or ")
}

/// `2026-01-01T08:59:00Z` lies in `2026-01`.
pub(super) fn month_of(time: &str) -> String {
    time.chars().take("2026-01".len()).collect()
}
