//! Price lists of others as books: all of a list, rated answer by answer, and what is said of lists that are wrong.

use florin_compiler::bill::Bill;
use florin_compiler::columns::{Block, Dictionary};
use florin_compiler::compiled::{Arrival, Purpose, Rater, Shard};
use florin_compiler::exact::Rational;
use florin_compiler::model::Symbol;
use florin_runtime::import::json::Json;
use florin_runtime::import::{Imported, genai, litellm};
use florin_runtime::period::parse_period;
use florin_runtime::source::Input;
use florin_tests::{Billing, root};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read;

/// The answers have no time. As of this one all expectations hold: `tests/data/genai_prices/README.md` says why.
const TIME: &str = "2026-08-01T12:00:00Z";
const PERIOD: &str = "2026-08";

fn text(path: &str) -> String {
    let mut text = String::new();
    Input::new(&root(path)).open().expect("a file").read_to_string(&mut text).expect("a text");
    text
}

fn lists(texts: &[(&str, &str)]) -> Vec<(String, Json)> {
    texts.iter().map(|(name, text)| ((*name).to_owned(), Json::read(text).expect("JSON"))).collect()
}

fn genai_prices() -> Imported {
    let texts = ["prices.json.gz", "later.json"].map(|name| (name, text(&format!("tests/data/genai_prices/{name}"))));
    genai::import(&lists(&texts.each_ref().map(|(name, text)| (*name, text.as_str())))).expect("a price list")
}

/// What lines, or sums of lines, cost by the name of their charge.
type Costs = BTreeMap<String, Rational>;

fn add(costs: &mut Costs, line: &str, amount: &Rational) {
    let charge = line.split(':').next().expect("a charge").to_owned();
    let cost = costs.entry(charge).or_insert_with(Rational::zero);
    *cost = &*cost + amount;
}

/// What each record costs by the definitions.
fn by_definitions(billing: &Billing) -> Vec<Costs> {
    let engine = billing.engine(None);
    let mut costs = vec![Costs::new(); billing.usage.records.len()];
    engine.rate().for_each(|rated| add(&mut costs[rated.record.expect("a record")], &rated.line, &rated.amount));
    costs
}

/// The same by the compiled evaluator: each record is in an account of its own, so its bill is what it costs.
fn compiled(billing: &Billing) -> Vec<Costs> {
    let dictionary = Dictionary::of(&billing.program);
    let rater = Rater::new(&billing.program, &billing.accounts, &dictionary, &[]);
    let mut shard = Shard::new(&rater, Purpose::Bills);
    let block = Block::of(&billing.program, &dictionary, &billing.usage.records);
    shard.rate(&block, &rater.compute(&block), 0, Arrival::all(&block).into_iter());
    shard.close();
    let asked = parse_period(PERIOD).expect("a period");
    let bill = |account: &Symbol| -> Option<Bill> {
        shard.bill(account, &rater.definitions().asked(account, &asked).expect("a period of the book"))
    };
    let costs = |account: &Symbol| {
        let (bill, mut costs) = (bill(account).expect("a bill"), Costs::new());
        bill.lines.iter().for_each(|line| add(&mut costs, &line.id, &line.exact));
        costs
    };
    billing.usage.records.iter().map(|record| costs(&record.account)).collect()
}

#[test]
fn all_answers_cost_what_they_are_stated_to_cost() {
    let imported = genai_prices();
    assert_eq!((imported.report.taken, imported.report.left_out(), imported.report.is_wrong()), (1286, 157, false));
    let answers: Vec<Value> = text("tests/data/genai_prices/usage_priced.ndjson.gz")
        .lines()
        .map(|line| serde_json::from_str(line).expect("an answer"))
        .collect();
    assert_eq!(answers.len(), 1811);
    let record = |answer: &Value| {
        json!({
            "id": answer["id"], "account": answer["id"], "time": TIME, "kind": "inference",
            "provider": answer["provider"], "model": answer["matched_model"], "usage": answer["usage"],
        })
        .to_string()
    };
    let usage: Vec<String> = answers.iter().map(record).collect();
    let billing = Billing::of_text(&imported.book, &usage.join("\n"));
    assert_eq!(billing.rejects, []);
    for costs in [by_definitions(&billing), compiled(&billing)] {
        assert_eq!(costs.len(), answers.len());
        for (answer, costs) in answers.iter().zip(&costs) {
            let expected =
                |name: &str| Rational::parse(answer["expected"][name].as_str().expect("a text")).expect("a number");
            let cost = |charge: &str| costs.get(charge).cloned().unwrap_or_else(Rational::zero);
            let total = costs.values().fold(Rational::zero(), |sum, cost| &sum + cost);
            let found = (cost("input"), cost("output"), total);
            assert_eq!(found, (expected("input_usd"), expected("output_usd"), expected("total_usd")), "{answer}");
        }
    }
}

#[test]
fn what_the_list_states_no_price_for_is_unpriced() {
    let prices = text("tests/data/genai_prices/prices.json.gz");
    let imported = genai::import(&lists(&[("prices.json.gz", &prices)])).expect("a price list");
    let record = |id: &str, model: &str, usage: Value| {
        json!({ "id": id, "account": "a", "time": TIME, "kind": "inference", "provider": "anthropic", "model": model,
            "usage": usage })
        .to_string()
    };
    let usage = [
        record("search", "claude-sonnet-4-5", json!({ "input_tokens": 10, "output_tokens": 1, "web_searches": 1 })),
        record("unknown", "claude-sonnet-99", json!({ "input_tokens": 10, "output_tokens": 1 })),
        record("nothing", "claude-sonnet-4-5", json!({ "input_tokens": 0, "output_tokens": 0 })),
    ];
    let billing = Billing::of_text(&imported.book, &usage.join("\n"));
    let standings: Vec<String> =
        billing.engine(None).standings().iter().map(|standing| format!("{standing:?}")).collect();
    let words: Vec<&str> = standings.iter().map(|words| words.split(['(', ' ']).next().expect("a word")).collect();
    assert_eq!(words, ["Unpriced", "Unpriced", "Free"], "{standings:#?}");
}

/// Of each thing that litellm's list may state, a request, and what it costs by hand.
#[test]
fn litellm_models_cost_what_their_list_says() {
    let prices = text("tests/data/litellm/model_prices.json.gz");
    let imported = litellm::import(&lists(&[("model_prices.json.gz", &prices)])).expect("a price list");
    assert_eq!((imported.report.taken, imported.report.left_out(), imported.report.is_wrong()), (3211, 1031, false));
    let request = |model: &str, service: &str, time: &str, usage: Value| {
        json!({ "id": format!("{model} {service} {time} {usage}"), "time": time, "kind": "inference", "model": model,
            "service": service, "usage": usage })
    };
    let tokens = |input: u64, cached: u64, output: u64| {
        json!({ "prompt_tokens": input, "prompt_tokens_details": { "cached_tokens": cached },
            "completion_tokens": output })
    };
    let long = "anthropic.claude-sonnet-4-5-20250929-v1:0";
    let hour = json!({ "prompt_tokens": 300_000, "completion_tokens": 0, "prompt_tokens_details": {
        "cache_creation_tokens": 100_000,
        "cache_creation_token_details": { "ephemeral_1h_input_tokens": 100_000 } } });
    let search = json!({ "prompt_tokens": 0, "completion_tokens": 0,
        "server_tool_use": { "web_search_requests": 3 } });
    let thought = json!({ "prompt_tokens": 300_000, "completion_tokens": 1_000,
        "completion_tokens_details": { "reasoning_tokens": 600 } });
    let cases = [
        // 3, 0.3 and 15 dollars for a million, up to 200,000 tokens; beyond 6, 0.6 and 22.5 for all of them.
        (request(long, "standard", TIME, tokens(200_000, 100_000, 1_000)), "0.345"),
        (request(long, "standard", TIME, tokens(200_001, 100_001, 1_000)), "0.6825006"),
        (request(long, "batch", TIME, tokens(100_000, 0, 1_000)), "0.1575"),
        // 200,000 at 6, and 100,000 written for an hour at 12.
        (request(long, "standard", TIME, hour), "2.4"),
        // A search costs a cent.
        (request(long, "standard", TIME, search), "0.03"),
        // On a Saturday 0.15, 0.003 and 0.6; on a Monday at noon too, but at two in the morning twice that.
        (request("deepseek-v4-flash", "standard", "2026-08-01T02:00:00Z", tokens(1_000_000, 500_000, 0)), "0.0765"),
        (request("deepseek-v4-flash", "standard", "2026-08-03T12:00:00Z", tokens(1_000_000, 500_000, 0)), "0.0765"),
        (request("deepseek-v4-flash", "standard", "2026-08-03T02:00:00Z", tokens(1_000_000, 500_000, 0)), "0.153"),
        // Above 256,000 tokens 1.2, 3.6, and 12 for reasoning.
        (request("dashscope/qwen-plus-2025-07-28", "standard", TIME, thought), "0.36864"),
        // 0.8 and 3.2, with priority 1.4 and 5.6.
        (request("amazon.nova-pro-v1:0", "priority", TIME, tokens(1_000_000, 0, 1_000_000)), "7"),
        // Half a cent for a request, and 2.8 for a million tokens out.
        (request("perplexity/pplx-70b-online", "standard", TIME, tokens(1_000, 0, 1_000_000)), "2.805"),
    ];
    let with_account = |at: usize, record: &Value| {
        let mut record = record.clone();
        record["account"] = at.to_string().into();
        record.to_string()
    };
    let usage: Vec<String> = cases.iter().enumerate().map(|(at, (record, _))| with_account(at, record)).collect();
    let billing = Billing::of_text(&imported.book, &usage.join("\n"));
    assert_eq!(billing.rejects, []);
    for costs in [by_definitions(&billing), compiled(&billing)] {
        for ((record, expected), costs) in cases.iter().zip(costs) {
            let total = costs.values().fold(Rational::zero(), |sum, cost| &sum + cost);
            assert_eq!(total, Rational::parse(expected).expect("a number"), "{record}");
        }
    }
}

#[test]
fn one_list_always_makes_one_book() {
    let one = genai_prices();
    assert_eq!(one, genai_prices());
    assert_eq!(florin_runtime::engine::format(&one.book).as_deref(), Ok(one.book.as_str()));
}

/// A small list of each form with all that is understood, and all that is wrong: the book, and what is said.
#[test]
fn small_lists() {
    for entry in std::fs::read_dir(root("tests/imports")).expect("the lists").map(|entry| entry.expect("an entry")) {
        let path = entry.path();
        let Some((form, name)) = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.split_once('-'))
        else {
            continue;
        };
        let Some(name) = name.strip_suffix(".json") else { continue };
        let text = std::fs::read_to_string(&path).expect("a text");
        let imported = match Json::read(&text) {
            Err(error) => Err(format!("is not JSON: {error}")),
            Ok(json) => {
                let lists = [(format!("{name}.json"), json)];
                if form == "genai" { genai::import(&lists) } else { litellm::import(&lists) }
            }
        };
        let said = match imported {
            Err(words) => format!("error: {words}\n"),
            Ok(Imported { book, report }) => format!("{}\n\n{book}", report.lines().join("\n")),
        };
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(root("tests/imports/snapshots"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(format!("{form}-{name}"), said));
    }
}
