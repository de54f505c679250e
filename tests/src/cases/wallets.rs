//! Wallets that pay the fees of an invoice.

use super::Measure;
use super::draft::{Draft, list, text};
use serde_json::Value;

/// By their priority, then the older first; each pays the kinds of fees, or the fees of the meters, that it is for. A
/// wallet of another currency has nothing to give to this invoice.
pub(super) fn wallets(draft: &mut Draft<'_>) {
    let (params, input) = (draft.params, draft.input);
    let currency = if text(input, "currency").is_empty() { "USD" } else { text(input, "currency") };
    if params["integer_minor_units"] == true {
        draft.places = Some("0".to_owned());
    }
    draft.declare(&format!(
        "usage fee {{\n  name   : text\n  sort   : text\n  metric : text = \"\"\n  amount : {currency}\n}}"
    ));
    draft.declare("charge fees \"Fees\" by name, sort, metric from fee {\n  quantity sum(amount)\n}");
    let wallets = list(params, "wallets");
    let any_currency = wallets.iter().any(|wallet| !wallet["currency"].is_null());
    if any_currency {
        draft.declare("usage topup {\n  wallet   : text\n  currency : text\n  amount   : number\n}");
        draft.declare(&format!("// A wallet is of one currency.\nfree topup where currency != \"{currency}\""));
    }
    for wallet in wallets {
        declare_wallet(draft, wallet, currency);
    }
    for fee in list(input, "fees") {
        let mut fields = vec![("name", &fee["id"]), ("sort", &fee["type"]), ("amount", &fee["amount"])];
        fields.extend(fee.get("metric").map(|metric| ("metric", metric)));
        draft.record("fee", None, &fields);
    }
    for (wallet, drawn) in draft.stated("drawn").as_object().into_iter().flatten() {
        let used = Measure::Amount(format!("wallet_{wallet}:used"));
        draft.expect_value(Measure::Less(Box::new(used)), drawn.as_str().unwrap_or_default());
    }
    draft.expect("remaining", Measure::Total);
}

fn declare_wallet(draft: &mut Draft<'_>, wallet: &Value, currency: &str) {
    let id = text(wallet, "id");
    let either = |key: &str, field: &str| {
        let named = list(wallet, key).iter().filter_map(Value::as_str);
        named.map(|name| format!("{field} == \"{name}\"")).collect::<Vec<_>>()
    };
    let covered = [either("fee_types", "sort"), either("metrics", "metric")].concat();
    let which = if covered.is_empty() { String::new() } else { format!(" where {}", covered.join(" or ")) };
    let gives = if wallet["currency"].is_null() {
        let order = wallet["order"].as_u64().unwrap_or_default();
        let balance = draft.money(text(wallet, "balance"));
        format!("{balance} once at 2026-01-01T00:00:{order:02}Z")
    } else {
        let fields = [("wallet", &wallet["id"]), ("currency", &wallet["currency"]), ("amount", &wallet["balance"])];
        draft.record("topup", None, &fields);
        let one = draft.money("1");
        format!("{one} * amount for each topup where wallet == \"{id}\" and currency == \"{currency}\"")
    };
    draft.declare(&format!(
        "grant wallet_{id} \"Wallet {id}\" {{\n  gives    {gives}\n  covers   fees{which}\n  priority {}\n}}",
        wallet["priority"],
    ));
}
