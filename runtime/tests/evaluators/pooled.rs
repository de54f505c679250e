//! Tiers that lines share: what they cost together is what one line would cost, whoever came first, and whenever it
//! arrived.

use crate::harness::{both_say, file, run};
use serde_json::Value;

const TIERS: &str = "price graduated { up to 100 GB : $1.00 per GB plus $5; up to 250 GB : $0.70 per GB; \
    above 250 GB : $0.50 per GB plus $7 }";

fn book(name: &str) -> String {
    let charge = |name: &str, by: &str, each: &str, pooled: &str| {
        format!("charge {name}{by} from sent{each} {{ quantity sum(n); {TIERS}; {pooled} }}\n")
    };
    let text = format!(
        "pricebook p \"P\"\ncurrency USD \"$\"\nperiod month\n\
         usage sent {{ region : text; site : text; n : GB }}\n{}{}{}{}\
         grant credit {{ gives $60 every month; covers ordered }}\n",
        charge("ordered", " by region", "", "tiers pooled over region"),
        charge("shared", " by region", "", "tiers pooled over region in proportion"),
        charge("sites", " by region", " for each site", "tiers pooled over site"),
        charge("whole", "", "", ""),
    );
    file(name, text)
}

/// Records of two accounts in four regions over two months, some of them corrections downward.
fn records() -> Vec<String> {
    let record = |at: usize| {
        let (account, region, site) = (at % 2, at * 7 % 4, at * 5 % 3);
        let (month, day, hour) = (3 + at / 40, 1 + at * 11 % 28, at * 13 % 24);
        let n = if at % 9 == 8 { -3 } else { i64::try_from(at * 37 % 61).unwrap_or(0) };
        format!(
            "{{\"id\":\"r{at}\",\"account\":\"A{account}\",\"time\":\"2026-0{month}-{day:02}T{hour:02}:00:00Z\",\
             \"kind\":\"sent\",\"region\":\"g{region}\",\"site\":\"s{site}\",\"n\":{n}}}\n"
        )
    };
    (0..80).map(record).collect()
}

/// The exact amounts of a charge's lines, in millionths, added up.
fn sum(bill: &Value, charge: &str) -> i64 {
    let lines = bill["lines"].as_array().expect("lines").iter();
    let own = lines.filter(|line| line["line"].as_str().is_some_and(|id| id.split(':').next() == Some(charge)));
    let own = own.filter(|line| !line["line"].as_str().is_some_and(|id| id.ends_with(":used")));
    own.map(|line| cents(line["amount"].as_str().expect("an amount"))).sum()
}

fn cents(amount: &str) -> i64 {
    amount.replace('.', "").parse().expect("two places")
}

#[test]
fn the_lines_of_a_pool_cost_together_what_one_line_costs() {
    let (book, mut lines) = (book("pooled.florin"), records());
    let usage = file("pooled.ndjson", lines.concat());
    let bills = both_say(&["bill", &book, &usage, "--format", "json"]);
    assert_eq!(bills.status, Some(0), "{}", bills.err);
    let all: Value = serde_json::from_str(&bills.out).expect("JSON");
    let all = all.as_array().expect("bills");
    assert_eq!(all.len(), 4);
    for bill in all {
        let whole = sum(bill, "whole");
        assert!(whole > 25_000, "all tiers are entered: {whole}");
        // Each of four lines is rounded by itself.
        for charge in ["ordered", "shared"] {
            assert!((sum(bill, charge) - whole).abs() <= 2, "{charge}: {} and {whole}", sum(bill, charge));
        }
        assert_eq!(cents(bill["balances"][0]["remaining"].as_str().unwrap_or("0.00")), 0, "{bill:#}");
    }
    lines.reverse();
    let late = run(&["bill", &book, &file("pooled.reversed.ndjson", lines.concat()), "--format", "json"]);
    assert_eq!(late.out, bills.out);
}

#[test]
fn a_record_changes_the_lines_of_others() {
    let (book, lines) = (book("pooled.rated.florin"), records());
    let usage = file("pooled.rated.ndjson", lines.concat());
    let rated = both_say(&["rate", &book, &usage]);
    let line = |row: &str| serde_json::from_str::<Value>(row).expect("JSON");
    let of = |id: &str, charge: &str| {
        let rows = rated.out.lines().map(line).filter(|row| row["id"] == *id);
        rows.filter(|row| row["line"].as_str().is_some_and(|line| line.starts_with(charge))).count()
    };
    assert!(of("r40", "shared:") >= 1);
    assert!(of("r38", "shared:") > 1, "each line has another share now");
}
