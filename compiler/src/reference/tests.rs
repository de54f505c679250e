//! The core of the meaning, each on a book of a few lines.

use super::{Reference, render};
use crate::bill::{Bill, Rated, Standing};
use crate::exact::Rational;
use crate::ir::Program;
use crate::model::{Accounts, Record, Symbol};
use crate::pipeline::compile;
use crate::source::{NoFiles, Sources};
use crate::typed::{BillPeriod, TestUsage};

const HEAD: &str = "pricebook b\ncurrency USD \"$\"\ntimezone \"UTC\"\nperiod month\n\
    unit call \"calls\"\nusage hit {\n calls : call\n tag : text = \"t\"\n}\n";

/// A book with its accounts and records, which stand in its only test.
struct Case {
    program: Program,
    sources: Sources,
    accounts: Accounts,
    records: Vec<Record>,
}

fn case(book: &str, usage: &[&str]) -> Case {
    let usage: String = usage.iter().map(|usage| format!("  usage hit {{ {usage} }}\n")).collect();
    let text = format!(
        "{HEAD}{book}\ntest \"t\" {{\n  account \"A\" {{ }}\n{usage}  bill for 2026-03\n  expect total = $0\n}}\n"
    );
    let compiled = compile("book.florin", &text, &NoFiles);
    let program = compiled.program.unwrap_or_else(|| panic!("{text}\n{:#?}", compiled.diagnostics));
    let test = program.tests.first().expect("a test").clone();
    let record = |usage: TestUsage| match usage {
        TestUsage::Record(record) => record,
        TestUsage::File { .. } => panic!("no files"),
    };
    let records = test.usage.into_iter().map(record).collect();
    Case { program, sources: compiled.sources, accounts: test.accounts, records }
}

impl Case {
    fn reference(&self) -> Reference<'_> {
        Reference::new(&self.program, &self.accounts, &self.records)
    }

    fn bill(&self, year: i16, month: i8) -> Bill {
        let account: Symbol = "A".into();
        let reference = self.reference();
        let period = reference.period(&account, &BillPeriod::Month(year, month)).expect("a period");
        reference.bill(&account, &period)
    }

    /// `id amount` of each line of March 2026, what has no price as `id: reason`.
    fn lines(&self) -> Vec<String> {
        let bill = self.bill(2026, 3);
        let priced = bill.lines.iter().map(|line| format!("{} {}", line.id, line.exact));
        priced.chain(bill.withheld.iter().map(|one| format!("{}: {}", one.id, one.missing))).collect()
    }

    fn rated(&self) -> Vec<String> {
        let show = |one: Rated| {
            let id = one.record.and_then(|at| self.records.get(at)).map_or("-", |record| &*record.id);
            format!("{id} {} {}", one.line, one.amount)
        };
        self.reference().rate().map(show).collect()
    }

    fn explained(&self, line: &str) -> String {
        let account: Symbol = "A".into();
        let reference = self.reference();
        let period = reference.period(&account, &BillPeriod::Month(2026, 3)).expect("a period");
        let explained = reference.explain_line(&account, &period, line).expect("a line");
        render(&explained, &self.sources)
    }
}

fn hit(calls: &str) -> String {
    format!("id: \"r\", time: 2026-03-02T00:00:00Z, calls: {calls} calls")
}

/// What a quantity costs at a price.
fn costs(price: &str, calls: &str) -> String {
    let book = format!("charge c from hit {{\n  quantity sum(calls)\n  price {price}\n}}");
    let usage = hit(calls);
    let records: &[&str] = if calls == "0" { &[] } else { &[&usage] };
    case(&book, records).lines().join(", ").replace("c ", "")
}

#[test]
fn graduated_tiers_hold_their_upper_edge() {
    let price = "graduated { up to 10 calls : $2 per call\n up to 20 calls : $1 per call plus $5\n above 20 calls : $0.50 per call plus $7 }";
    for (calls, expected) in [("0", "0"), ("10", "20"), ("11", "26"), ("20", "35"), ("22", "43"), ("-3", "-6")] {
        assert_eq!(costs(price, calls), expected, "{calls}");
    }
    let below = "graduated { below 10 calls : $2 per call\n from 10 calls : $1 per call plus $5 }";
    for (calls, expected) in [("9", "18"), ("10", "25"), ("11", "26")] {
        assert_eq!(costs(below, calls), expected, "{calls}");
    }
}

#[test]
fn volume_tiers_price_all_at_the_tier_of_the_total() {
    let price = "volume { up to 10 calls : $2 per call\n up to 20 calls : $1 per call plus $5\n above 20 calls : $30 }";
    for (calls, expected) in [("0", "0"), ("10", "20"), ("11", "16"), ("20", "25"), ("21", "30"), ("-3", "-6")] {
        assert_eq!(costs(price, calls), expected, "{calls}");
    }
}

#[test]
fn a_flat_part_at_zero_is_always_due() {
    let price = "graduated { from 0 : $10\n up to 10 calls : $2 per call\n above 10 calls : $1 per call plus $5 }";
    for (calls, expected) in [("0", "10"), ("1", "12"), ("11", "36")] {
        assert_eq!(costs(price, calls), expected, "{calls}");
    }
}

#[test]
fn started_blocks_count_whole_and_mirror() {
    for (calls, expected) in [("0", "0"), ("1", "3"), ("100", "3"), ("101", "6"), ("-101", "-6")] {
        assert_eq!(costs("$3 per started 100 calls", calls), expected, "{calls}");
    }
}

#[test]
fn limits_apply_in_order_and_may_be_lines() {
    let book = |limits: &str| format!("charge c from hit {{\n quantity sum(calls)\n price $1 per call\n {limits}\n}}");
    let lines = |limits: &str, calls: &str| case(&book(limits), &[&hit(calls)]).lines();
    assert_eq!(lines("at least $5", "2"), ["c 5"]);
    assert_eq!(lines("at most $5", "9"), ["c 5"]);
    assert_eq!(lines("at least $5 as low \"Minimum\"", "2"), ["c 2", "low 3"]);
    assert_eq!(lines("at least $5 as low \"Minimum\"", "5"), ["c 5"]);
    assert_eq!(lines("at most $5 as cap \"Cap\"", "9"), ["c 9", "cap -4"]);
}

/// Hits of so many calls at these times.
fn hits(times: &[(&str, &str)]) -> Vec<String> {
    let hit =
        |(at, (time, calls)): (usize, &(&str, &str))| format!("id: \"r{at}\", time: {time}, calls: {calls} calls");
    times.iter().enumerate().map(hit).collect()
}

#[test]
fn a_ceiling_of_a_longer_window_is_used_up_in_time_order() {
    let book = "charge c per day from hit {\n quantity sum(calls)\n price $1 per call\n at most $8\n at most $10 every week\n}";
    let usage = hits(&[
        ("2026-03-04T08:00:00Z", "5"),
        ("2026-03-02T08:00:00Z", "9"),
        ("2026-03-03T08:00:00Z", "-1"),
        ("2026-03-09T08:00:00Z", "9"),
    ]);
    let usage: Vec<&str> = usage.iter().map(String::as_str).collect();
    let case = case(book, &usage);
    assert_eq!(case.lines(), ["c:2026-03-02 8", "c:2026-03-03 -1", "c:2026-03-04 3", "c:2026-03-09 8"]);
    // The ninth dollar of Monday changes nothing; Monday takes off Wednesday what it uses up.
    assert_eq!(
        case.rated(),
        [
            "r0 c:2026-03-04 5",
            "r1 c:2026-03-02 8",
            "r1 c:2026-03-04 -3",
            "r2 c:2026-03-03 -1",
            "r2 c:2026-03-04 1",
            "r3 c:2026-03-09 8"
        ]
    );
    let explained = case.explained("c:2026-03-04");
    let step = "at most $10.00 every week, with $7.00 on the lines before it, so $2.00 is taken off it";
    assert!(explained.contains(step), "{explained}");
}

#[test]
fn a_longer_window_goes_over_bills() {
    let book =
        "charge c from hit {\n quantity sum(calls)\n price $1 per call\n at most $10 every quarter as cap \"Cap\"\n}";
    let usage = hits(&[("2026-01-31T08:00:00Z", "7"), ("2026-02-01T08:00:00Z", "7"), ("2026-03-01T08:00:00Z", "7")]);
    let usage: Vec<&str> = usage.iter().map(String::as_str).collect();
    let capped = case(book, &usage);
    let of = |month| capped.bill(2026, month).lines.iter().map(|line| line.exact.to_string()).collect::<Vec<_>>();
    assert_eq!([of(1), of(2), of(3)], [vec!["7"], vec!["7", "-4"], vec!["7", "-7"]]);
    assert_eq!(capped.rated(), ["r0 c 7", "r1 c 7", "r1 cap -4", "r2 c 7", "r2 cap -7"]);
}

#[test]
fn a_floor_of_a_longer_window_is_made_up_on_its_last_line() {
    let book = "charge c by tag from hit {\n quantity sum(calls)\n price $1 per call\n at least $10 every quarter\n}";
    let usage = hits(&[("2026-01-31T08:00:00Z", "7")]);
    let usage: Vec<&str> = usage.iter().map(String::as_str).collect();
    let floor = case(book, &usage);
    assert_eq!(floor.lines(), ["c:t 3"]);
    let periods = floor.reference().periods(&"A".into());
    let periods: Vec<&str> = periods.iter().map(|period| period.name.as_str()).collect();
    assert_eq!(periods, ["2026-01", "2026-03"]);
    assert_eq!(floor.rated(), ["r0 c:t 7", "r0 c:t 3"]);
}

#[test]
fn a_line_without_a_price_leaves_those_after_it_without_one() {
    let book = "table t {\n key tag : text\n p : USD per call\n tag | p\n \"t\" | 1\n}\ncharge c per day from hit for each tag {\n quantity sum(calls)\n price t[tag]\n at most $10 every month\n}";
    let mut usage = hits(&[("2026-03-02T08:00:00Z", "7"), ("2026-03-04T08:00:00Z", "7")]);
    usage.push("id: \"x\", time: 2026-03-03T08:00:00Z, calls: 1 call, tag: \"new\"".to_owned());
    let usage: Vec<&str> = usage.iter().map(String::as_str).collect();
    let lines = case(book, &usage).lines();
    assert_eq!(
        lines,
        [
            "c:2026-03-02 7",
            "c:2026-03-03: `t` has no row for tag \"new\"",
            "c:2026-03-04: it needs `c:2026-03-03`, which has no price",
        ]
    );
}

#[test]
fn a_discount_stands_on_one_line_before_floors_and_totals() {
    let book = "charge c by tag from hit {\n quantity sum(calls)\n price $1 per call\n at least $1\n}\n\
        charge d from hit {\n quantity count()\n price $2 each\n}\n\
        charge tax {\n quantity 10% * total(c, d)\n}\n\
        discount off \"Off\" {\n takes 50% off\n covers c, d\n}\n\
        discount all \"All\" {\n takes 100% off\n covers c where tag == \"free\"\n}";
    let usage = [
        "id: \"x\", time: 2026-03-02T00:00:00Z, calls: 10 calls, tag: \"a\"",
        "id: \"y\", time: 2026-03-03T00:00:00Z, calls: 4 calls, tag: \"free\"",
    ];
    let case = case(book, &usage);
    // 4 of `free` are lifted to the floor of 1 once all of it is taken off.
    assert_eq!(case.lines(), ["c:a 10", "off -7", "c:free 5", "all -4", "d 4", "tax 0.8"]);
    assert_eq!(
        case.rated(),
        ["x c:a 10", "x off -6", "x d 2", "x tax 0.6", "y off -1", "y c:free 5", "y all -4", "y d 2", "y tax 0.2"]
    );
    let explained = case.explained("off");
    assert!(explained.contains("Off takes 50% off $10.00: $5.00, on a line of its own"), "{explained}");
}

#[test]
fn an_amount_is_taken_off_as_far_as_there_is_so_much() {
    let book = "charge c from hit {\n quantity sum(calls)\n price $1 per call\n}\n\
        discount off \"Off\" {\n takes $5 off\n covers c\n}";
    assert_eq!(case(book, &[&hit("9")]).lines(), ["c 9", "off -5"]);
    assert_eq!(case(book, &[&hit("2")]).lines(), ["c 2", "off -2"]);
    assert_eq!(case(book, &[]).lines(), ["c 0"]);
}

#[test]
fn the_most_specific_override_counts_and_ties_are_no_price() {
    let book = |more: &str| {
        format!(
            "charge c by tag from hit {{\n quantity sum(calls)\n price $1 per call\n}}\n\
             override c \"Contract\" {{ price $0.50 per call }}\n\
             override c \"One\" where tag == \"a\" {{ price $0.20 per call from 2026-03-01\n price $0.30 per call from 2026-03-16 }}\n{more}"
        )
    };
    let usage = [
        "id: \"x\", time: 2026-03-02T00:00:00Z, calls: 10 calls, tag: \"a\"",
        "id: \"y\", time: 2026-03-20T00:00:00Z, calls: 10 calls, tag: \"a\"",
        "id: \"z\", time: 2026-03-03T00:00:00Z, calls: 4 calls, tag: \"b\"",
    ];
    assert_eq!(case(&book(""), &usage).lines(), ["c:a 5", "c:b 2"]);
    let tie = case(&book("override c \"Two\" where tag != \"b\" { price $0 per call }"), &usage).lines();
    assert_eq!(tie, ["c:b 2", "c:a: \"One\" and \"Two\" both hold, and neither is more specific"]);
    let more = "override c \"Two\" where tag != \"b\" and tag != \"c\" { price $0 per call }";
    assert_eq!(case(&book(more), &usage).lines(), ["c:a 0", "c:b 2"]);
}

#[test]
fn a_line_for_each_key_in_their_order_and_none_without_usage() {
    let book = "charge c by tag from hit {\n quantity sum(calls)\n price $1 per call\n}";
    let usage = [
        "time: 2026-03-02T00:00:00Z, calls: 1 call, tag: \"z\"",
        "time: 2026-03-03T00:00:00Z, calls: 2 calls, tag: \"a\"",
    ];
    assert_eq!(case(book, &usage).lines(), ["c:a 2", "c:z 1"]);
    assert_eq!(case(book, &[]).lines(), Vec::<String>::new());
}

#[test]
fn a_window_has_its_line_on_the_bill_in_which_it_ends() {
    let book = "charge c per quarter from hit {\n quantity sum(calls)\n price $1 per call\n}";
    let usage = [
        "id: \"y\", time: 2026-04-30T00:00:00Z, calls: 1 call",
        "id: \"x\", time: 2026-01-03T00:00:00Z, calls: 2 calls",
    ];
    let case = case(book, &usage);
    assert_eq!(case.lines(), ["c:2026-01 2"]);
    assert_eq!(case.bill(2026, 1).lines.len(), 0);
    let periods = case.reference().periods(&"A".into());
    let periods: Vec<&str> = periods.iter().map(|period| period.name.as_str()).collect();
    assert_eq!(periods, ["2026-01", "2026-03", "2026-04", "2026-06"]);
    assert_eq!(case.rated(), ["y c:2026-04 1", "x c:2026-01 2"]);
}

#[test]
fn first_and_last_go_by_time_then_id_and_not_by_arrival() {
    let book = "charge c from hit {\n quantity last(calls) otherwise 0 calls\n price $1 per call\n}";
    let usage = [
        "id: \"b\", time: 2026-03-03T00:00:00Z, calls: 7 calls",
        "id: \"c\", time: 2026-03-02T00:00:00Z, calls: 9 calls",
        "id: \"a\", time: 2026-03-03T00:00:00Z, calls: 8 calls",
    ];
    assert_eq!(case(book, &usage).lines(), ["c 7"]);
}

#[test]
fn a_record_without_a_price_counts_nowhere() {
    let book = "table rate {\n key tag : text\n price : USD per call\n\n tag | price\n \"a\" | 2\n}\n\
        charge count from hit {\n quantity sum(calls)\n price $1 per call\n}\n\
        charge c from hit {\n quantity sum(calls * rate[tag])\n}";
    let usage = [
        "time: 2026-03-02T00:00:00Z, calls: 1 call, tag: \"a\"",
        "time: 2026-03-03T00:00:00Z, calls: 2 calls, tag: \"b\"",
    ];
    let case = case(book, &usage);
    assert_eq!(case.lines(), ["count 1", "c 2"]);
    let reason = "`rate` has no row for tag \"b\"".to_owned();
    assert_eq!(case.reference().standings(), [Standing::Rated, Standing::Unpriced(reason)]);
}

#[test]
fn a_missing_price_withholds_the_line_and_what_is_made_of_it() {
    let book = "table rate {\n key tag : text\n price : USD per call\n\n tag | price\n \"a\" | 2\n}\n\
        charge c by tag from hit {\n quantity sum(calls)\n price rate[tag]\n}\n\
        charge tax { quantity 10% * total(c) }";
    let usage = [
        "time: 2026-03-02T00:00:00Z, calls: 1 call, tag: \"a\"",
        "time: 2026-03-03T00:00:00Z, calls: 2 calls, tag: \"b\"",
    ];
    let case = case(book, &usage);
    let reason = "`rate` has no row for tag \"b\"";
    let expected = ["c:a 2".to_owned(), format!("c:b: {reason}"), "tax: it needs `c:b`, which has no price".to_owned()];
    assert_eq!(case.lines(), expected);
    assert_eq!(case.bill(2026, 3).total, None);
    assert_eq!(case.reference().standings(), [Standing::Rated, Standing::Unpriced(reason.to_owned())]);
    assert_eq!(
        case.rated(),
        ["1 c:a 2", "1 tax 0.2"].map(|text| text.replace("1 ", &format!("{} ", case.records[0].id)))
    );
}

#[test]
fn what_no_charge_takes_is_unpriced_or_free() {
    let charge = "charge c from hit where tag == \"a\" {\n quantity sum(calls)\n price $1 per call\n}";
    let unpriced = case(charge, &[&hit("1")]).reference().standings();
    assert_eq!(unpriced, [Standing::Unpriced(super::standing::UNREACHED.to_owned())]);
    let free = format!("{charge}\nfree hit where tag == \"t\"");
    assert_eq!(case(&free, &[&hit("1")]).reference().standings(), [Standing::Free]);
}

#[test]
fn each_record_has_the_rate_of_its_own_time() {
    let book = "table rate {\n from : date\n price : USD per call\n\n from | price\n 2026-01-01 | 1\n 2026-03-15 | 3\n}\n\
        charge c from hit {\n quantity sum(calls)\n price rate\n}";
    let usage = [
        "id: \"x\", time: 2026-03-14T23:59:59Z, calls: 1 call",
        "id: \"y\", time: 2026-03-15T00:00:00Z, calls: 2 calls",
    ];
    let case = case(book, &usage);
    let bill = case.bill(2026, 3);
    assert_eq!(bill.lines[0].exact, Rational::from(7i64));
    let parts: Vec<String> = bill.lines[0].parts.iter().map(|part| format!("{} {}", part.label, part.exact)).collect();
    assert_eq!(parts, ["from 2026-03-01 1", "from 2026-03-15 6"]);
    assert_eq!(case.rated(), ["x c 1", "y c 6"]);
}

#[test]
fn rating_in_any_order_adds_up_and_what_is_due_without_usage_stands_alone() {
    let price = "graduated { from 0 : $10\n up to 10 calls : $2 per call\n above 10 calls : $1 per call }";
    let book = format!("charge c from hit {{\n quantity sum(calls)\n price {price}\n}}");
    let usage = [
        "id: \"x\", time: 2026-03-14T00:00:00Z, calls: 8 calls",
        "id: \"y\", time: 2026-03-02T00:00:00Z, calls: 4 calls",
    ];
    let case = case(&book, &usage);
    assert_eq!(case.rated(), ["- c 10", "x c 16", "y c 6"]);
    assert_eq!(case.lines(), ["c 32"]);
}

#[test]
fn averages_count_every_window_from_the_first_record_on() {
    let book = "meter daily per day = sum(calls) from hit\ncharge c {\n quantity average(daily)\n price $1 per call\n}";
    let usage = ["time: 2026-03-22T05:00:00Z, calls: 20 calls", "time: 2026-03-31T00:00:00Z, calls: 10 calls"];
    assert_eq!(case(book, &usage).lines(), ["c 3"]);
    assert_eq!(case(book, &[]).lines(), ["c 0"]);
}

#[test]
fn a_window_may_start_with_the_first_use() {
    let book = "meter session by tag per 24 hours from first use = max(calls) from hit\n\
        charge c {\n quantity sum(session)\n price $1 per call\n}";
    let usage = [
        "time: 2026-03-03T10:00:00Z, calls: 5 calls",
        "time: 2026-03-02T11:00:00Z, calls: 2 calls",
        "time: 2026-03-03T12:00:00Z, calls: 3 calls",
    ];
    assert_eq!(case(book, &usage).lines(), ["c 8"]);
}

#[test]
fn a_price_that_is_not_yet_known_says_from_when_on_it_is() {
    let table = "table rate {\n key tag : text\n from : date\n price : USD per call\n\n tag | from | price\n \"t\" | 2026-03-10 | 1\n}\n";
    let looked_up = format!("{table}charge c by tag from hit {{\n quantity sum(calls)\n price rate[tag]\n}}");
    let usage = ["time: 2026-03-05T00:00:00Z, calls: 1 call, tag: \"t\""];
    assert_eq!(case(&looked_up, &usage).lines(), ["c:t: no row of `rate` holds before 2026-03-10 for tag \"t\""]);
    let dated = "charge c from hit {\n quantity sum(calls)\n price $1 per call from 2026-03-10\n}";
    assert_eq!(case(dated, &usage).lines(), ["c: no price holds before 2026-03-10"]);
}

#[test]
fn explains_a_total_by_its_lines() {
    let book = "table rate {\n key tag : text\n price : USD per call\n\n tag | price\n \"a\" | 2.004\n}\n\
        charge c \"Calls\" by tag from hit {\n quantity sum(calls)\n price rate[tag]\n}\n\
        charge fee \"Fee\" { quantity $5 }";
    let explained = |usage: &[&str]| {
        let case = case(book, usage);
        let (account, reference) = ("A".into(), case.reference());
        let period = reference.period(&account, &BillPeriod::Month(2026, 3)).expect("a period");
        render(&reference.explain_total(&account, &period), &case.sources)
    };
    let usage = |tag: &str| format!("time: 2026-03-02T00:00:00Z, calls: 1 call, tag: \"{tag}\"");
    let expected = "\
Total for 2026-03: $7.00, the sum of its rounded lines
  Calls, a (c:a): $2.00
  Fee (fee): $5.00
";
    assert_eq!(explained(&[&usage("a")]), expected);
    let expected = "\
Total for 2026-03: withheld, for not every line has a price
  Fee (fee): $5.00
  Calls, b (c:b) has no price: `rate` has no row for tag \"b\"
";
    assert_eq!(explained(&[&usage("b")]), expected);
}

#[test]
fn explains_a_line_step_by_step() {
    let book = "table rate {\n key tag : text\n price : USD per call\n\n tag | price\n \"t\" | 2\n}\n\
        charge c \"Calls\" by tag from hit {\n quantity sum(calls)\n price graduated {\n  up to 1_000 calls : rate[tag]\n  above 1_000 calls : $1.004 per call\n }\n at least $5\n}";
    let explained = case(book, &[&hit("1_001")]).explained("c:t");
    let expected = "\
Calls, t for 2026-03: $2,001.00  (book.florin:17)
  quantity: sum(calls) = 1,001 calls
    record \"r\" at 2026-03-02T00:00:00Z: calls = 1,001 calls
  tier 1 (0 calls to 1,000 calls): 1,000 calls of it, $2,000.00  (book.florin:20)
    1,000 calls * $2.00 per call = $2,000.00  (book.florin:20)
      row of `rate` for tag \"t\"  (book.florin:15)
  tier 2 (above 1,000 calls): 1 call of it, $1.004  (book.florin:21)
    1 call * $1.004 per call = $1.004  (book.florin:21)
  at least $5.00, which it is  (book.florin:23)
  $2,001.004 rounded to 2 places, half away from zero = $2,001.00
";
    assert_eq!(explained, expected);
}
