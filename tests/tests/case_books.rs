//! Every case has a price book that can be read, or stands in the list of those that wait.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test may stop")]

use florin_compiler::source::SourceId;
use florin_compiler::syntax::parse;
use florin_tests::cases::{DEFERRED, book_for};
use serde_json::Value;
use std::collections::BTreeSet;

fn cases() -> Vec<Value> {
    let text = include_str!("../cases/cases.jsonl");
    text.lines().map(|line| serde_json::from_str(line).expect("a case is JSON")).collect()
}

#[test]
fn every_book_can_be_read() {
    let mut waiting = BTreeSet::new();
    for case in cases() {
        let id = case["id"].as_str().expect("a case has an id");
        let Ok(generated) = book_for(&case) else {
            waiting.insert(id.to_owned());
            continue;
        };
        let (_, faults) = parse(SourceId(0), &generated.book);
        assert_eq!(faults, [], "{id}\n{}", generated.book);
        assert!(!generated.expect.is_empty(), "{id} says nothing of the bill\n{}", generated.book);
        for line in generated.usage.lines() {
            serde_json::from_str::<Value>(line).expect("a record is JSON");
        }
    }
    assert_eq!(waiting, DEFERRED.iter().map(|(id, _)| (*id).to_owned()).collect());
}
