//! Folds and spans from their definition, on books of a few lines, with numbers worked out by hand.

use crate::bill::Standing;
use crate::exact::Rational;
use crate::ir::Program;
use crate::model::{Accounts, Record, Symbol, Value};
use crate::pipeline::compile;
use crate::reference::Reference;
use crate::source::NoFiles;
use crate::typed::TestUsage;
use std::collections::BTreeMap;

const HEAD: &str = "pricebook b\ncurrency USD \"$\"\ntimezone \"UTC\"\nperiod month\nunit call \"calls\"\n\
    account { most : call = 10 calls }\n\
    usage hit {\n calls : call\n tag : text = \"t\"\n state : number = 0\n let double = 2 * calls\n}\n";

struct Case {
    program: Program,
    accounts: Accounts,
    records: Vec<Record>,
}

/// A book with the records of account A: `id time calls`, and what else of them.
fn case(book: &str, usage: &[&str]) -> Case {
    let record = |line: &&str| {
        let (head, rest) =
            line.split_once(',').map_or((*line, String::new()), |(head, rest)| (head, format!(",{rest}")));
        let parts: Vec<&str> = head.split_whitespace().collect();
        format!(
            "  usage hit {{ id: \"{}\", time: 2026-{}:00Z, calls: {} calls{rest} }}\n",
            parts[0], parts[1], parts[2]
        )
    };
    let usage: String = usage.iter().map(record).collect();
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
    Case { program, accounts: test.accounts, records }
}

impl Case {
    fn reference<'a>(&'a self, records: &'a [Record]) -> Reference<'a> {
        Reference::new(&self.program, &self.accounts, records)
    }

    /// All lines of all periods, by period and id.
    fn bills(&self, records: &[Record]) -> BTreeMap<(String, String), Rational> {
        let account: Symbol = "A".into();
        let reference = self.reference(records);
        let mut lines = BTreeMap::new();
        for period in reference.periods(&account) {
            for line in reference.bill(&account, &period).lines {
                lines.insert((period.name.clone(), line.id), line.exact);
            }
        }
        lines
    }

    /// `2026-03 fee 12` of each line that is not zero; in whatever order the records come, and what is rated of them
    /// adds up to it.
    fn lines(&self) -> Vec<String> {
        let expected = self.bills(&self.records);
        let mut orders = vec![self.records.clone(), self.records.iter().rev().cloned().collect()];
        for at in 1..self.records.len() {
            let mut turned = self.records.clone();
            turned.rotate_left(at);
            orders.push(turned);
            let mut swapped = self.records.clone();
            swapped.swap(0, at);
            orders.push(swapped);
        }
        for records in orders {
            let ids: Vec<&str> = records.iter().map(|record| &*record.id).collect();
            assert_eq!(self.bills(&records), expected, "{ids:?}");
            let mut sums: BTreeMap<String, Rational> = BTreeMap::new();
            for rated in self.reference(&records).rate() {
                let sum = sums.entry(rated.line).or_insert_with(Rational::zero);
                *sum = &*sum + &rated.amount;
            }
            for ((_, line), exact) in &expected {
                let sum = sums.entry(line.clone()).or_insert_with(Rational::zero);
                *sum = &*sum - exact;
            }
            assert!(sums.values().all(Rational::is_zero), "{ids:?}: {sums:?}");
        }
        let line = |((period, id), exact): ((String, String), Rational)| format!("{period} {id} {exact}");
        expected.into_iter().filter(|(_, exact)| !exact.is_zero()).map(line).collect()
    }

    /// `r1 rated`
    fn standings(&self) -> Vec<String> {
        let stands = |(record, standing): (&Record, Standing)| match standing {
            Standing::Rated => format!("{} rated", record.id),
            Standing::Free => format!("{} free", record.id),
            Standing::Unpriced(reason) => format!("{}: {reason}", record.id),
        };
        self.records.iter().zip(self.reference(&self.records).standings()).map(stands).collect()
    }
}

const QUOTA: &str = "fold quota per day from hit {\n state used : call = 0 calls\n let fits = used + calls <= account.most\n\
    next used = if fits then used + calls else used\n yield over : call = if fits then 0 calls else calls\n}\n\
    charge over from quota { quantity sum(over); price $1 per call }\n";

#[test]
fn a_fold_follows_the_order_of_events() {
    // 6 fit, 5 do not, 4 do; the next day begins anew.
    let usage = ["a 03-02T01:00 6", "b 03-02T02:00 5", "c 03-02T03:00 4", "d 03-03T00:00 9"];
    let case = case(QUOTA, &usage);
    assert_eq!(case.lines(), ["2026-03 over 5"]);
    assert_eq!(case.standings(), ["a rated", "b rated", "c rated", "d rated"]);
}

#[test]
fn equal_times_go_by_id() {
    assert_eq!(case(QUOTA, &["b 03-02T01:00 6", "a 03-02T01:00 5"]).lines(), ["2026-03 over 6"]);
}

#[test]
fn keys_have_states_of_their_own_and_source_fields_and_lets_stay() {
    let book = "fold first by tag from hit where calls > 1 calls {\n state seen : boolean = false\n next seen = true\n\
        yield new : boolean = not seen\n forget after forever\n}\n\
        charge fee by tag as label from first where new { quantity sum(double + calls); price $1 per call }\n\
        free hit where calls <= 1 calls\n";
    let usage = ["a 03-02T01:00 2", "b 03-02T02:00 3, tag: \"u\"", "c 03-02T03:00 4", "d 03-02T00:00 1"];
    let case = case(book, &usage);
    assert_eq!(case.lines(), ["2026-03 fee:t 6", "2026-03 fee:u 9"]);
    // A fold that a charge takes reaches what it does not charge.
    assert_eq!(case.standings(), ["a rated", "b rated", "c rated", "d free"]);
}

#[test]
fn what_is_forgotten_begins_anew() {
    let book = "fold sum from hit {\n state held : call = 0 calls\n next held = held + calls\n\
        yield before : call = held\n forget after 24 hours\n}\n\
        charge fee from sum { quantity sum(before); price $1 per call }\n";
    // 0, then 1; a whole day after the last one it is forgotten.
    assert_eq!(case(book, &["a 03-02T00:00 1", "b 03-02T23:59 2", "c 03-03T23:59 4"]).lines(), ["2026-03 fee 1"]);
    assert_eq!(case(book, &["a 03-02T00:00 1", "b 03-02T23:59 2", "c 03-03T23:58 4"]).lines(), ["2026-03 fee 4"]);
}

#[test]
fn the_window_before() {
    let book = "fold sum per day from hit {\n state held : call = 1 call\n next held = held + calls\n\
        yield before : call = held of previous day opening account.most\n}\n\
        charge fee by id from sum { quantity sum(before); price $1 per call }\n";
    // Before the first record the opening; then what it ended with; after a day without records what it begins with.
    let usage = ["a 03-02T00:00 1", "b 03-02T01:00 2", "c 03-03T01:00 5", "d 03-05T00:00 1"];
    let lines = ["2026-03 fee:a 10", "2026-03 fee:b 10", "2026-03 fee:c 4", "2026-03 fee:d 1"];
    assert_eq!(case(book, &usage).lines(), lines);
}

#[test]
fn what_lacks_something_leaves_no_trace() {
    let book = "table t {\n key tag : text\n factor : number\n tag | factor\n \"t\" | 1\n}\n\
        fold sum from hit {\n state held : call = 0 calls\n next held = held + calls * t[tag]\n\
        yield before : call = held\n forget after forever\n}\n\
        charge fee from sum { quantity sum(before); price $1 per call }\n\
        charge all from hit { quantity sum(calls); price $1 per call }\n";
    let case = case(book, &["a 03-02T00:00 1", "b 03-02T01:00 2, tag: \"x\"", "c 03-02T02:00 4"]);
    assert_eq!(case.lines(), ["2026-03 all 5", "2026-03 fee 1"]);
    assert_eq!(case.standings(), ["a rated", "b: `t` has no row for tag \"x\"", "c rated"]);
}

#[test]
fn what_a_fold_comes_to_may_be_free() {
    let book = "fold quota per day from hit {\n state used : call = 0 calls\n next used = used + calls\n\
        yield over : boolean = used + calls > 10 calls\n}\nfree quota where not over\n\
        charge fee from quota where over { quantity sum(calls); price $1 per call }\n";
    let case = case(book, &["a 03-02T00:00 8", "b 03-02T01:00 3", "c 03-03T01:00 3"]);
    assert_eq!(case.lines(), ["2026-03 fee 3"]);
    assert_eq!(case.standings(), ["a free", "b rated", "c free"]);
}

#[test]
fn a_fold_of_a_fold_and_a_key_that_it_yields() {
    let book = "fold one from hit {\n state held : call = 0 calls\n next held = max(held, calls)\n\
        yield high : call = max(held, calls)\n forget after forever\n}\n\
        fold two by high from one where calls == high {\n state times : number = 0\n next times = times + 1\n\
        yield nth : number = times + 1\n forget after forever\n}\n\
        meter highs by high as level = max(nth) from two\n\
        charge fee by level { quantity highs * 1 call; price $1 per call }\n";
    let usage = ["a 03-02T00:00 2", "b 03-02T01:00 3", "c 03-02T02:00 2", "d 03-02T03:00 3"];
    assert_eq!(case(book, &usage).lines(), ["2026-03 fee:2 1", "2026-03 fee:3 2"]);
}

const RUNS: &str = "spans run by tag from hit {\n starts when state == 1\n ends when state == 0\n at most 4 hours\n}\n\
    charge time by tag from run { quantity sum(duration); price $60 per hour }\n\
    charge size by tag from run { quantity sum(end.calls - calls); price $1 per call }\n";

#[test]
fn a_span_goes_from_its_start_to_its_end() {
    // A start while it is open belongs to it; the last one is open.
    let usage = [
        "a 03-31T23:00 1, state: 1",
        "b 03-31T23:30 2, state: 1",
        "c 04-01T00:30 6, state: 0",
        "d 04-30T22:00 1, state: 1",
        "e 04-30T22:00 1, tag: \"u\", state: 0",
    ];
    let case = case(RUNS, &usage);
    assert_eq!(case.lines(), ["2026-03 size:t 5", "2026-03 time:t 90"]);
    assert_eq!(
        case.standings(),
        [
            "a rated",
            "b rated",
            "c rated",
            "d: its `run` since 2026-04-30T22:00:00Z has not ended yet",
            "e: no charge takes this record, and no `free` clause says that it costs nothing",
        ]
    );
}

#[test]
fn a_span_that_goes_on_for_too_long_is_closed() {
    // The end comes after five hours, and ends nothing; the next start is a span of its own.
    let usage = [
        "a 03-02T00:00 1, state: 1",
        "b 03-02T05:00 2, state: 0",
        "c 03-02T06:00 1, state: 1",
        "d 03-02T10:00 3, state: 0",
    ];
    assert_eq!(case(RUNS, &usage).lines(), ["2026-03 size:t 2", "2026-03 time:t 480"]);
}

#[test]
fn a_limit_that_has_passed_closes_a_span() {
    // By the end of the period no record can end it within four hours.
    assert_eq!(case(RUNS, &["a 03-02T00:00 1, state: 1"]).lines(), ["2026-03 time:t 240"]);
    let open = "a 03-31T22:00 1, state: 1";
    assert_eq!(case(RUNS, &[open]).lines(), Vec::<String>::new());
    // A record of another key shows how late it is.
    let other = |time: &str| case(RUNS, &[open, &format!("b {time} 1, tag: \"u\", state: 0")]).lines();
    assert_eq!(other("04-01T02:00"), Vec::<String>::new());
    assert_eq!(other("04-01T02:01"), ["2026-03 time:t 240"]);
}

#[test]
fn a_level_of_spans_ends_at_their_limit() {
    let book = "spans run by tag from hit {\n starts when state == 1\n ends when state == 0\n at most 4 hours\n}\n\
        meter runs per instant = count() from run\n\
        charge c { quantity integral(runs); price $1 per hour }";
    let case = case(book, &["a 03-31T22:00 1, state: 1"]);
    assert_eq!(case.lines(), ["2026-03 c 2", "2026-04 c 2"]);
}

#[test]
fn a_pause_ends_a_session() {
    let book = "spans session by tag from hit { gap 20 minutes }\n\
        charge times from session { quantity count(); price $100 each }\n\
        charge records from session { quantity sum(count); price $1 each }\n\
        charge length from session { quantity sum(duration); price $60 per hour }\n";
    // 20 minutes are no longer pause: 00:00 to 00:20, and 00:41 alone.
    let usage = ["a 03-02T00:00 1", "b 03-02T00:20 1", "c 03-02T00:41 1"];
    assert_eq!(case(book, &usage).lines(), ["2026-03 length 20", "2026-03 records 3", "2026-03 times 200"]);
}

#[test]
fn a_fold_over_spans_waits_for_their_ends() {
    let book = format!(
        "{RUNS}fold order from run {{\n state before : number = 0\n next before = before + 1\n\
        yield nth : number = before + 1\n forget after forever\n}}\n\
        charge nth by id from order {{ quantity sum(nth); price $1 each }}\n"
    );
    let usage = [
        "a 03-02T00:00 1, state: 1",
        "b 03-02T01:00 1, state: 1, tag: \"u\"",
        "c 03-02T02:00 1, state: 0, tag: \"u\"",
        "d 03-02T03:00 1, state: 0",
    ];
    let lines = case(&book, &usage).lines();
    // By the time of their starts, though the second one ended first.
    assert_eq!(
        lines.iter().filter(|line| line.contains("nth")).collect::<Vec<_>>(),
        ["2026-03 nth:a 1", "2026-03 nth:b 2"]
    );
}

/// Hits that last until the next one of their tag.
const UNTIL: &str = "usage reading lasts until next by tag { n : call; tag : text }\n";

/// The same records as readings of another kind.
fn readings(book: &str, usage: &[&str]) -> Case {
    let mut case = case(&format!("{UNTIL}{book}\nfree hit"), &[]);
    let time = |text: &str| format!("2026-{text}:00Z").parse().expect("a time");
    case.records = usage
        .iter()
        .map(|line| {
            let parts: Vec<&str> = line.split_whitespace().collect();
            let tag = parts.get(3).copied().unwrap_or("t");
            Record {
                kind: 1,
                id: parts[0].into(),
                account: "A".into(),
                time: time(parts[1]),
                values: vec![Value::Number(Rational::parse(parts[2]).expect("a number")), Value::Text(tag.into())],
            }
        })
        .collect();
    case
}

#[test]
fn what_lasts_until_the_next_record_counts_where_it_starts() {
    let book = "meter used by tag = sum((end.n - n) mod 100 calls) from reading\n\
        meter lasted by tag = sum(duration) from reading\n\
        charge use by tag { quantity used; price $1 per call }\n\
        charge time by tag { quantity lasted; price $1 per hour }";
    let usage =
        ["r1 03-01T00:00 90", "r2 03-01T10:00 4", "r3 04-02T00:00 10", "s1 03-01T01:00 7 s", "s2 03-01T03:00 8 s"];
    let case = readings(book, &usage);
    let lines = case.lines();
    // From 90 over 100 to 4 is 14; from 4 to 10, up to the 2nd of April, is 6 more.
    let expected = ["2026-03 time:s 2", "2026-03 time:t 768", "2026-03 use:s 1", "2026-03 use:t 20"];
    assert_eq!(lines, expected);
    assert!(case.standings().iter().all(|stands| stands.ends_with("rated")));
}

#[test]
fn a_reading_without_a_next_one_waits() {
    let book = "meter used = sum(end.n - n) from reading\ncharge use { quantity used; price $1 per call }";
    let case = readings(book, &["r1 03-01T00:00 90"]);
    let waits = "r1: its `reading` since 2026-03-01 has not ended yet";
    assert_eq!(case.standings(), [waits]);
    assert_eq!(case.lines(), Vec::<String>::new());
}

#[test]
fn a_level_holds_until_the_next_record_of_its_key() {
    let book = "meter level per instant = sum(n) from reading\n\
        charge c { quantity integral(level); price $1 per call hour }\n\
        charge m { quantity max(level); price $1 per call }";
    let usage = ["r1 03-31T20:00 3", "r2 04-30T22:00 0", "s1 03-31T23:00 2 s"];
    let case = readings(book, &usage);
    // March: 3 for 4 hours and 2 for 1; April: 3 for 718 hours, 2 for all 720.
    assert_eq!(case.lines(), ["2026-03 c 14", "2026-03 m 5", "2026-04 c 3594", "2026-04 m 5"]);
    assert!(case.standings().iter().all(|stands| stands.ends_with("rated")));
}

#[test]
fn the_opening_level_holds_until_the_first_record_of_its_key() {
    let book = "meter level by tag per instant = sum(n) from reading opening 10 calls\n\
        charge c by tag { quantity integral(level); price $1 per call hour }";
    let case = readings(book, &["r1 03-01T01:00 3", "r2 03-01T03:00 0", "s1 03-01T02:00 0 s"]);
    // 10 for the first hour, 3 for two; 10 for the first two hours.
    assert_eq!(case.lines(), ["2026-03 c:s 20", "2026-03 c:t 16"]);
}

#[test]
fn a_level_of_spans_counts_the_open_ones_too() {
    let book = "spans down by tag from hit { starts when state == 1; ends when state == 2 }\n\
        meter downs by tag per instant = count() from down\n\
        meter hours by tag = integral(downs)\n\
        charge c by tag { quantity hours; price $1 per hour }";
    let down = |line: &str, state: u8| format!("{line}, state: {state}");
    let usage = [down("r1 03-31T20:00 1", 1), down("r2 04-01T01:00 1", 2), down("r3 04-30T23:00 1", 1)];
    let case = case(book, &usage.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(case.lines(), ["2026-03 c:t 4", "2026-04 c:t 2"]);
    assert!(case.standings().iter().all(|stands| stands.ends_with("rated")));
}
