//! Credits: on lines, on a timeline, and how much of a price may be credited at all.

use super::Measure;
use super::draft::{Draft, day_before, day_of, instant, list, some, text};
use jiff::civil::{Date, Weekday};
use serde_json::Value;

/// Money that pays lines, one after the other.
pub(super) fn apply_credits(draft: &mut Draft<'_>) {
    let input = draft.input;
    draft.declare("usage line {\n  number : number\n  amount : USD\n}");
    draft.declare("charge lines \"Lines\" by number from line {\n  quantity sum(amount)\n}");
    let credits = list(input, "credits");
    for (number, credit) in credits.iter().enumerate() {
        draft.declare(&format!(
            "grant credit_{number} \"Credit\" {{\n  gives  ${} once at 2026-01-01\n  covers lines\n}}",
            credit.as_str().unwrap_or_default(),
        ));
    }
    for (number, amount) in list(input, "lines").iter().enumerate() {
        let record = draft.record("line", None, &[("number", &Value::from(number)), ("amount", amount)]);
        if let Some(left) = draft.stated("remaining")[number].as_str() {
            draft.expect_value(Measure::Rated { record, line: None }, left);
        }
        let Some(applied) = draft.stated("applied")[number].as_array() else { continue };
        for credit in 0..credits.len() {
            let paid = Measure::Rated { record, line: Some(format!("credit_{credit}:used")) };
            let amount = applied.get(credit).and_then(Value::as_str).unwrap_or("0");
            draft.expect_value(Measure::Less(Box::new(paid)), amount);
        }
    }
}

/// A credit is at most what was paid and not credited yet, and never less than nothing.
pub(super) fn cap_credit(draft: &mut Draft<'_>) {
    let input = draft.input;
    draft.declare("usage change {\n  potential        : USD\n  paid             : USD\n  already_credited : USD\n}");
    draft.declare(
        "charge credit \"Credit\" from change {\n  quantity -sum(max(min(potential, paid - already_credited), $0))\n}",
    );
    let fields = ["potential", "paid", "already_credited"].map(|name| (name, &input[name]));
    draft.record("change", None, &fields);
    draft.expect("credit", Measure::Less(Box::new(Measure::Amount("credit".to_owned()))));
}

/// Credits on a timeline, which usage draws down. Where what was used beyond them is paid from what is given next, the
/// balance goes below zero, and is kept by a fold.
pub(super) fn credit_grants(draft: &mut Draft<'_>) {
    let (params, input) = (draft.params, draft.input);
    let until = text(input, "until");
    let last = if until.ends_with("T00:00:00Z") { day_before(until) } else { day_of(until).to_owned() };
    draft.book_period = "given";
    draft.period = format!("{}..{last}", day_of(text(input, "from")));
    let grants = list(params, "grants");
    match grants {
        [only] if some(only, "max_rollover").is_some() => reset(draft, only),
        [only] if !only["recurs_every_s"].is_null() => with_debt(draft, only),
        _ => drawn_down(draft, grants),
    }
}

/// The balances of grants are those of the bill; what no grant covers is on it.
fn drawn_down(draft: &mut Draft<'_>, grants: &[Value]) {
    draft.declare("unit piece \"pieces\"\n\nusage event { value : piece }");
    draft.declare("charge overage \"Overage\" from event {\n  quantity sum(value)\n  price    $1 per piece\n}");
    for grant in grants {
        declare_grant(draft, grant);
    }
    record_usage(draft);
    draft.expect("overage", Measure::Amount("overage".to_owned()));
    let balances = draft.stated("balances").as_object();
    for (id, left) in balances.into_iter().flatten() {
        let recurs = grants.iter().any(|grant| text(grant, "id") == id && !grant["recurs_every_s"].is_null());
        let ids = if recurs { vec![id.clone(), format!("{id}_again")] } else { vec![id.clone()] };
        draft.expect_value(Measure::Balances(ids), left.as_str().unwrap_or_default());
    }
}

/// What it has at the beginning, or gives when it takes effect; then again and again, each in the place of the one
/// before.
fn declare_grant(draft: &mut Draft<'_>, grant: &Value) {
    let (id, amount, priority) = (text(grant, "id"), text(grant, "amount"), &grant["priority"]);
    let (from, expires) = (text(grant, "effective_at"), text(grant, "expires_at"));
    let (gives, at) = match draft.input["start_balances"][id].as_str() {
        Some(left) => (left, text(draft.input, "from")),
        None => (amount, from),
    };
    let again = (!grant["recurs_every_s"].is_null()).then(|| text(grant, "anchor"));
    draft.declare(&format!(
        "grant {id} \"{id}\" {{\n  gives    {gives} pieces once at {at}\n  covers   overage\n  priority {priority}\n  expires  {}\n  off the bill\n}}",
        again.unwrap_or(expires),
    ));
    if let Some(anchor) = again {
        draft.declare(&format!(
            "grant {id}_again \"{id}\" {{\n  \
             gives    if start of day < {anchor} or start of day >= {expires} then 0 pieces else {amount} pieces every {}\n  \
             covers   overage\n  priority {priority}\n  off the bill\n}}",
            window(&grant["recurs_every_s"], anchor),
        ));
    }
}

/// The window that a grant recurs in.
fn window(seconds: &Value, anchor: &str) -> String {
    if seconds == 86_400 {
        return "day".to_owned();
    }
    let day = day_of(anchor).parse().map_or(Weekday::Monday, Date::weekday);
    let name = format!("{day:?}").chars().take(3).collect::<String>().to_lowercase();
    format!("week starting {name}")
}

/// A grant that comes anew each day, less what was used beyond the one before.
fn with_debt(draft: &mut Draft<'_>, grant: &Value) {
    let amount = text(grant, "amount");
    draft.declare("unit piece \"pieces\"\n\nusage event { value : piece = 0 pieces }");
    draft.declare(&format!(
        "fold credit per {} from event {{\n  state begun : boolean = false\n  state left  : piece = {amount} pieces\n  \
         let had   = if begun then left else {amount} pieces + min(left of previous day opening {amount} pieces, 0 pieces)\n  \
         let after = had - value\n  next begun = true\n  next left  = after\n  yield balance : piece = after\n}}",
        window(&grant["recurs_every_s"], text(grant, "anchor")),
    ));
    record_usage(draft);
    draft.record("event", Some(text(draft.input, "until")), &[]);
    expect_balance(draft, text(grant, "id"));
}

/// A grant of which a part stays when it is reset.
fn reset(draft: &mut Draft<'_>, grant: &Value) {
    let (least, most) = (some(grant, "min_rollover").unwrap_or("0"), text(grant, "max_rollover"));
    let debt = if draft.params["preserve_overage"] == true { " + min(left, 0 pieces)" } else { "" };
    draft
        .declare("unit piece \"pieces\"\n\n// One without a value is a reset.\nusage event { value : piece optional }");
    draft.declare(&format!(
        "fold credit from event {{\n  state left : piece = {} pieces\n  \
         let kept  = clamp(left, {least} pieces, {most} pieces){debt}\n  \
         let after = if value is absent then kept else left - (value otherwise 0 pieces)\n  \
         next left = after\n  yield balance : piece = after\n  forget after forever\n}}",
        draft.input["start_balances"][text(grant, "id")].as_str().unwrap_or(text(grant, "amount")),
    ));
    record_usage(draft);
    for reset in list(draft.input, "resets") {
        draft.record("event", reset.as_str(), &[]);
    }
    expect_balance(draft, text(grant, "id"));
}

/// What is left of the one grant, and what was used beyond it.
fn expect_balance(draft: &mut Draft<'_>, grant: &str) {
    draft.declare(
        "charge left \"Left\" from credit {\n  quantity max(last(balance) otherwise 0 pieces, 0 pieces)\n  price    $1 per piece\n}",
    );
    draft.declare(
        "charge overage \"Overage\" from credit {\n  quantity max(-(last(balance) otherwise 0 pieces), 0 pieces)\n  price    $1 per piece\n}",
    );
    if let Some(left) = draft.stated("balances")[grant].as_str() {
        draft.expect_value(Measure::Quantity("left".to_owned()), left);
    }
    draft.expect("overage", Measure::Quantity("overage".to_owned()));
}

fn record_usage(draft: &mut Draft<'_>) {
    let input = draft.input;
    for event in list(input, "usage") {
        draft.record("event", Some(&instant(text(event, "timestamp"))), &[("value", &event["value"])]);
    }
}
