//! Grants that pay fees: each window when it is due, whichever bill is asked for first.

use crate::harness::{both_say, file, run};
use serde_json::Value;

const BOOK: &str = "pricebook p \"P\"\ncurrency USD \"$\"\nperiod month\naccount { start : date }\n\
    usage hit { n : number }\n\
    charge hits from hit { quantity sum(n); price $1 each }\n\
    fee base { price $31 every month in advance; prorated by day }\n\
    fee tail { price $5 every month }\n\
    grant credit { gives $100 once at 2026-01-10; covers base, tail, hits }\n";

/// The account is there for 16 of 31 days of January.
const TESTS: [(&str, [&str; 5]); 4] = [
    ("2026-01", ["base = $16.00", "tail = $5.00", "credit:used = -$21.00", "total = $0.00", "balance credit = $79.00"]),
    (
        "2026-02",
        ["base = $31.00", "hits = $10.00", "credit:used = -$46.00", "total = $0.00", "balance credit = $33.00"],
    ),
    // In March the fee goes before the usage, and nothing is left for what is due at its end.
    (
        "2026-03",
        ["base = $31.00", "hits = $20.00", "credit:used = -$33.00", "total = $23.00", "balance credit = $0.00"],
    ),
    ("2026-04", ["base = $31.00", "tail = $5.00", "credit:used = $0.00", "total = $36.00", "balance credit = $0.00"]),
];

#[test]
fn windows_of_fees_are_paid_as_they_are_due() {
    let mut text = BOOK.to_owned();
    for (month, expected) in TESTS {
        text += &format!(
            "test \"{month}\" {{\n  account \"A\" {{ start: 2026-01-16 }}\n\
             usage hit {{ time: 2026-03-05T10:00:00Z, account: \"A\", n: 20 }}\n\
             usage hit {{ time: 2026-02-10T10:00:00Z, account: \"A\", n: 10 }}\n  bill \"A\" for {month}\n"
        );
        text += &expected.map(|one| format!("  expect {one}\n")).concat();
        text += "}\n";
    }
    // Without any usage there are the fees alone.
    text += "test \"idle\" {\n  account \"A\" { start: 2026-01-16 }\n  bill \"A\" for 2026-04\n\
        expect credit:used = -$7.00\n  expect total = $29.00\n}\n";
    let book = file("fees.florin", text);
    for evaluator in ["reference", "compiled"] {
        let ran = run(&["test", "--evaluator", evaluator, &book]);
        assert_eq!(ran.status, Some(0), "{}{}", ran.out, ran.err);
    }
}

#[test]
fn what_is_rated_adds_up_to_the_bills() {
    let hit = |id: usize, month: u8, n: u8| {
        format!(
            "{{\"id\":\"h{id}\",\"account\":\"A\",\"time\":\"2026-0{month}-05T10:00:00Z\",\"kind\":\"hit\",\"n\":{n}}}\n"
        )
    };
    let lines = [hit(1, 3, 20), hit(2, 1, 7), hit(3, 2, 10), hit(4, 4, 1), hit(5, 1, 3)];
    let (book, usage) = (file("fees.rated.florin", BOOK), file("fees.ndjson", lines.concat()));
    let accounts = file("fees.accounts.json", "{\"A\": {\"start\": \"2026-01-01\"}}");
    let rated = both_say(&["rate", &book, &usage, "--accounts", &accounts]);
    let bills = both_say(&["bill", &book, &usage, "--accounts", &accounts, "--format", "json"]);
    let whole = |text: &str| text.split('.').next().and_then(|whole| whole.parse::<i64>().ok()).expect("a number");
    let rows = rated.out.lines().map(|row| serde_json::from_str::<Value>(row).expect("JSON"));
    let rated: i64 = rows.map(|row| whole(row["amount"].as_str().expect("an amount"))).sum();
    let bills: Value = serde_json::from_str(&bills.out).expect("JSON");
    let bills = bills.as_array().expect("bills");
    let billed: i64 = bills.iter().map(|bill| whole(bill["total"].as_str().expect("a total"))).sum();
    // Four months of $36, and 41 hits, less the credit.
    assert_eq!((bills.len(), billed, rated), (4, 85, 85));
}
