//! Records that last, what is in force at each moment, and history: small books with numbers computed by hand.

use super::Reference;
use crate::bill::{Period, Standing};
use crate::exact::Rational;
use crate::ir::Program;
use crate::model::{Accounts, Record, Symbol};
use crate::pipeline::compile;
use crate::source::NoFiles;
use crate::typed::{BillPeriod, TestUsage};
use std::collections::BTreeMap;

const UNITS: &str = "unit vcpu \"vCPUs\"\nunit seat \"seats\"\n";

struct Case {
    program: Program,
    accounts: Accounts,
    records: Vec<Record>,
}

/// A book in a zone, with the clauses of a test that bring an account and usage.
fn case(zone: &str, book: &str, usage: &str) -> Case {
    let text = format!(
        "pricebook b\ncurrency USD \"$\"\ntimezone \"{zone}\"\nperiod month\n{UNITS}{book}\n\
         test \"t\" {{\n{usage}\n  bill \"A\" for 2026-03\n  expect total = $0\n}}\n"
    );
    let compiled = compile("book.florin", &text, &NoFiles);
    let program = compiled.program.unwrap_or_else(|| panic!("{text}\n{:#?}", compiled.diagnostics));
    let test = program.tests.first().expect("a test").clone();
    let record = |usage: TestUsage| match usage {
        TestUsage::Record(record) => record,
        TestUsage::File { .. } => panic!("no files"),
    };
    Case { records: test.usage.into_iter().map(record).collect(), accounts: test.accounts, program }
}

impl Case {
    fn bill(&self, year: i16, month: i8) -> Vec<String> {
        let account: Symbol = "A".into();
        let reference = Reference::new(&self.program, &self.accounts, &self.records);
        let period = reference.period(&account, &BillPeriod::Month(year, month)).expect("a period");
        let bill = reference.bill(&account, &period);
        let priced = bill.lines.iter().map(|line| format!("{} {}", line.id, line.exact));
        priced.chain(bill.withheld.iter().map(|one| format!("{}: {}", one.id, one.missing))).collect()
    }

    /// What the stream rates adds up to the bills of all periods, in this order of arrival and in the other one.
    fn adds_up(&self) {
        let mut reversed = self.records.clone();
        reversed.reverse();
        for records in [&self.records, &reversed] {
            let reference = Reference::new(&self.program, &self.accounts, records);
            let mut sums: BTreeMap<(jiff::Timestamp, String), Rational> = BTreeMap::new();
            for rated in reference.rate() {
                let sum = sums.entry((rated.period_start, rated.line)).or_insert_with(Rational::zero);
                *sum = &*sum + &rated.amount;
            }
            for period in reference.periods(&"A".into()) {
                for line in reference.bill(&"A".into(), &period).lines {
                    let rated = sums.remove(&(period.interval.start, line.id.clone())).unwrap_or_else(Rational::zero);
                    assert_eq!(rated, line.exact, "{} of {}", line.id, period.name);
                }
            }
            assert!(sums.values().all(Rational::is_zero), "{sums:?}");
        }
    }

    fn periods(&self) -> String {
        let reference = Reference::new(&self.program, &self.accounts, &self.records);
        let names: Vec<String> = reference.periods(&"A".into()).into_iter().map(|period: Period| period.name).collect();
        names.join(" ")
    }
}

const RUNS: &str = "usage vm lasts duration { vcpus : vcpu; duration : hour; region : text = \"r\" }\n\
    meter running by region per instant = sum(vcpus) from vm\n";

fn run(time: &str, vcpus: &str, hours: &str) -> String {
    format!("  usage vm {{ time: {time}, vcpus: {vcpus} vcpus, duration: {hours} hours }}\n")
}

#[test]
fn what_lasts_is_cut_where_the_period_ends() {
    let book = format!("{RUNS}charge c {{ quantity integral(running); price $1 per vcpu hour }}");
    let usage = run("2026-03-31T20:00:00Z", "4", "8") + &run("2026-03-31T23:00:00Z", "2", "0.5");
    let case = case("UTC", &book, &usage);
    assert_eq!(case.bill(2026, 3), ["c 17"]); // 4 * 4 + 2 * 0.5
    assert_eq!(case.bill(2026, 4), ["c 16"]); // 4 * 4
    assert_eq!(case.periods(), "2026-03 2026-04");
    case.adds_up();
}

#[test]
fn durations_finer_than_a_clock_stay_exact() {
    let book = format!("{RUNS}charge c {{ quantity integral(running); price $1 per vcpu hour }}");
    let case = case("UTC", &book, &run("2026-03-31T20:00:00Z", "3", "0.1234567890123456789"));
    assert_eq!(case.bill(2026, 3), ["c 0.3703703670370370367"]);
}

#[test]
fn greatest_least_and_mean_of_a_level() {
    let book = format!(
        "{RUNS}charge most {{ quantity max(running); price $1 per vcpu }}\n\
         meter total per instant = sum(running)\n\
         charge together {{ quantity max(total); price $1 per vcpu }}\n\
         charge least {{ quantity min(total); price $1 per vcpu }}\n\
         charge mean {{ quantity average(total); price $1 per vcpu }}"
    );
    let in_region = "  usage vm { time: 2026-03-10T00:00:00Z, vcpus: 5 vcpus, duration: 24 hours, region: \"s\" }\n";
    let usage = run("2026-03-01T00:00:00Z", "4", "744") + in_region;
    let case = case("UTC", &book, &usage);
    // 31 days of 4, and one of them with 5 more: the mean is 4 + 5/31.
    assert_eq!(case.bill(2026, 3), ["most 5", "together 9", "least 4", "mean 129/31"]);
    assert_eq!(case.bill(2026, 4), ["most 0", "together 0", "least 0", "mean 0"]);
    case.adds_up();
}

#[test]
fn layers_take_apart_what_is_in_use() {
    let book = format!(
        "{RUNS}meter hours by region, layer = integral(layers(running))\n\
         charge c by layer {{ quantity sum(hours); price $1 per vcpu hour }}"
    );
    let usage = run("2026-03-01T00:00:00Z", "2", "10") + &run("2026-03-01T05:00:00Z", "1.5", "10");
    let case = case("UTC", &book, &usage);
    // Two units for 5 hours, 3.5 for 5 hours, 1.5 for 5 hours.
    assert_eq!(case.bill(2026, 3), ["c:1 15", "c:2 12.5", "c:3 5", "c:4 2.5"]);
    case.adds_up();
}

const SEATS: &str = "account { seats : seat = 0 seats }\nusage change lasts on { by : seat }\n\
    meter held per instant = sum(by) from change opening account.seats\n";

fn change(time: &str, by: &str) -> String {
    format!("  usage change {{ time: {time}, by: {by} seats }}\n")
}

#[test]
fn a_level_goes_on_into_periods_without_records() {
    let book = format!(
        "{SEATS}charge mean {{ quantity average(held); price $31 per seat }}\n\
         charge most {{ quantity max(held); price $1 per seat }}"
    );
    let account = "  account \"A\" { seats: 10 seats }\n";
    let usage = format!("{account}{}{}", change("2026-01-17T00:00:00Z", "3"), change("2026-04-21T12:00:00Z", "-2"));
    let case = case("UTC", &book, &usage);
    assert_eq!(case.bill(2025, 12), ["mean 310", "most 10"]);
    assert_eq!(case.bill(2026, 1), ["mean 355", "most 13"]); // 10 + 3 * 15/31
    assert_eq!(case.bill(2026, 3), ["mean 403", "most 13"]);
    assert_eq!(case.bill(2026, 4), ["mean 11501/30", "most 13"]); // 13 for 20.5 days, 11 for 9.5
    assert_eq!(case.periods(), "2026-01 2026-02 2026-03 2026-04");
    case.adds_up();
}

#[test]
fn days_are_as_long_as_the_clocks_make_them() {
    let book = "usage disk lasts on { by : GB }\nmeter held per instant = sum(by) from disk\n\
        charge hours per day { quantity integral(held); price $1 per GB hour }\n\
        charge peaks per hour { quantity max(held); price $1 per GB }";
    let record = |time: &str| format!("  usage disk {{ time: {time}, by: 1 GB }}\n");
    let lines = |zone: &str, from: &str, year: i16, month: i8, day: &str| {
        let case = case(zone, book, &record(from));
        let bill = case.bill(year, month);
        let hours = bill.iter().find(|line| line.starts_with(&format!("hours:{day} "))).cloned().unwrap_or_default();
        let peaks = bill.iter().filter(|line| line.starts_with("peaks:")).count();
        format!("{hours}, {peaks} hours")
    };
    // Clocks go forward on 29 March and back on 25 October in Berlin, on 8 March and 1 November in New York.
    let berlin = "Europe/Berlin";
    assert_eq!(lines(berlin, "2026-03-27T23:00:00Z", 2026, 3, "2026-03-29"), "hours:2026-03-29 23, 95 hours");
    assert_eq!(lines(berlin, "2026-10-24T22:00:00Z", 2026, 10, "2026-10-25"), "hours:2026-10-25 25, 169 hours");
    let new_york = "America/New_York";
    assert_eq!(lines(new_york, "2026-03-31T02:00:00Z", 2026, 3, "2026-03-31"), "hours:2026-03-31 24, 26 hours");
    assert_eq!(lines(new_york, "2026-03-08T05:00:00Z", 2026, 3, "2026-03-08"), "hours:2026-03-08 23, 575 hours");
    assert_eq!(lines(new_york, "2026-11-30T05:00:00Z", 2026, 11, "2026-11-30"), "hours:2026-11-30 24, 24 hours");
    // In the middle of the hour that is skipped, and of the one that comes twice.
    assert_eq!(lines(berlin, "2026-03-29T00:30:00Z", 2026, 3, "2026-03-29"), "hours:2026-03-29 21.5, 70 hours");
    assert_eq!(lines(new_york, "2026-11-01T05:30:00Z", 2026, 11, "2026-11-01"), "hours:2026-11-01 23.5, 720 hours");
}

#[test]
fn months_and_leap_days_have_their_own_length() {
    let book = "usage disk lasts on { by : GB }\nmeter held per instant = sum(by) from disk\n\
        charge c { quantity integral(held); price $1 per GB hour }";
    let case = case("UTC", book, "  usage disk { time: 2028-01-31T12:00:00Z, by: 2 GB }\n");
    let bills: Vec<String> = (1..=4).flat_map(|month| case.bill(2028, month)).collect();
    assert_eq!(bills, ["c 24", "c 1392", "c 1488", "c 1440"]); // 12 hours; 29, 31 and 30 days; of 2 GB
}

#[test]
fn pieces_have_the_price_of_their_own_start() {
    let book = "usage vm lasts seconds { seconds : second }\n\
        table price { from : time; price : USD per hour\n from | price\n 2026-03-01T00:00:00Z | 1\n 2026-03-04T10:00:00Z | 10\n }\n\
        charge c from vm pieces of 1 hour { quantity sum(duration * price) }";
    let case = case("UTC", book, "  usage vm { time: 2026-03-04T08:30:00Z, seconds: 9_000 seconds }\n");
    assert_eq!(case.bill(2026, 3), ["c 7"]); // 08:30 and 09:30 an hour at $1 each, 10:30 half an hour at $10
    case.adds_up();
}

#[test]
fn pieces_are_billed_in_the_periods_in_which_they_begin() {
    let book =
        "usage vm lasts took { took : hour }\ncharge c from vm pieces of 7 days { quantity count(); price $1 each }";
    let vm = "  usage vm { time: 2026-01-20T00:00:00Z, took: 1_000 hours }\n";
    let case = case("UTC", book, vm);
    let bills: Vec<String> = (1..=3).flat_map(|month| case.bill(2026, month)).collect();
    assert_eq!(bills, ["c 2", "c 4", "c 0"]); // 20 and 27 January; 3, 10, 17 and 24 February
    assert_eq!(case.periods(), "2026-01 2026-02");
    case.adds_up();
}

const PEAKS: &str = "usage draw { size : vcpu }\nmeter peak = max(size) from draw\nmeter used = sum(size) from draw\n";

fn draw(time: &str, size: &str) -> String {
    format!("  usage draw {{ time: {time}, size: {size} vcpus }}\n")
}

#[test]
fn history_looks_at_the_windows_before() {
    let book = format!(
        "{PEAKS}charge ratchet {{ quantity max((peak otherwise 0 vcpus), 80% * (max(peak over last 2 months) otherwise 0 vcpus)); price $1 per vcpu }}\n\
         charge before {{ quantity used of previous period; price $1 per vcpu }}\n\
         charge winter {{ quantity (average(used over dec..feb) otherwise 1_000 vcpus); price $1 per vcpu }}"
    );
    let usage =
        draw("2025-12-05T00:00:00Z", "100") + &draw("2026-02-05T00:00:00Z", "30") + &draw("2026-04-05T00:00:00Z", "7");
    let case = case("UTC", &book, &usage);
    assert_eq!(case.bill(2025, 12), ["ratchet 100", "before 0", "winter 1000"]);
    assert_eq!(case.bill(2026, 1), ["ratchet 80", "before 100", "winter 1000"]);
    assert_eq!(case.bill(2026, 2), ["ratchet 80", "before 0", "winter 1000"]);
    assert_eq!(case.bill(2026, 3), ["ratchet 24", "before 30", "winter 130/3"]);
    assert_eq!(case.bill(2026, 5), ["ratchet 5.6", "before 7", "winter 130/3"]);
    assert_eq!(case.periods(), "2025-12 2026-01 2026-02 2026-03 2026-04");
    case.adds_up();
}

#[test]
fn history_begins_with_what_it_opens_with() {
    let book = "account { before : vcpu }\nusage draw { size : vcpu }\n\
        meter used = sum(size) from draw opening account.before\n\
        charge one { quantity used of previous period; price $1 per vcpu }\n\
        charge three { quantity sum(used over last 3 months); price $1 per vcpu }\n\
        meter plain = sum(size) from draw\n\
        charge other { quantity (plain of previous period opening 5 vcpus); price $1 per vcpu }";
    let usage = format!("  account \"A\" {{ before: 40 vcpus }}\n{}", draw("2026-02-05T00:00:00Z", "30"));
    let case = case("UTC", book, &usage);
    assert_eq!(case.bill(2026, 2), ["one 40", "three 120", "other 5"]);
    assert_eq!(case.bill(2026, 3), ["one 30", "three 110", "other 30"]);
    case.adds_up();
}

#[test]
fn a_line_by_key_looks_back_at_its_own_key() {
    let book = "usage draw { size : vcpu }\nmeter cost by id = sum(size * $1 per vcpu) from draw\n\
        charge later by id { quantity cost of previous period }";
    let usage = "  usage draw { id: \"x\", time: 2026-02-05T00:00:00Z, size: 3 vcpus }\n  usage draw { id: \"y\", time: 2026-03-05T00:00:00Z, size: 4 vcpus }\n";
    let case = case("UTC", book, usage);
    assert_eq!(case.bill(2026, 2), [""; 0]);
    assert_eq!(case.bill(2026, 3), ["later:x 3"]);
    assert_eq!(case.bill(2026, 4), ["later:y 4"]);
    case.adds_up();
}

#[test]
fn a_record_does_not_reach_a_level_that_is_not_there() {
    let book = "usage vm lasts took { took : hour }\nusage hit { calls : number }\n\
        meter running per instant = count() from vm\n\
        charge time { quantity integral(running); price $1 per hour }\n\
        charge hits from hit { quantity sum(calls); price $1 each }";
    let case = case("UTC", book, "  usage hit { time: 2026-03-05T00:00:00Z, calls: 3 }\n");
    let reference = Reference::new(&case.program, &case.accounts, &case.records);
    let rated: Vec<String> = reference.rate().map(|rated| rated.line).collect();
    assert_eq!(rated, ["hits"]);
}

#[test]
fn what_ends_before_it_starts_has_no_price() {
    let book = "usage vm lasts from began to ended { began : time; ended : time }\nmeter running per instant = count() from vm\n\
        charge c { quantity integral(running); price $1 per hour }";
    let usage = "  usage vm { time: 2026-03-05T00:00:00Z, began: 2026-03-04T01:00:00Z, ended: 2026-03-04T03:00:00Z }\n\
        \x20 usage vm { time: 2026-03-05T00:00:00Z, began: 2026-03-04T03:00:00Z, ended: 2026-03-04T01:00:00Z }\n";
    let case = case("UTC", book, usage);
    assert_eq!(case.bill(2026, 3), ["c 2"]);
    let standings = Reference::new(&case.program, &case.accounts, &case.records).standings();
    let reason = "it would end before it starts".to_owned();
    assert_eq!(standings, [Standing::Rated, Standing::Unpriced(reason)]);
    case.adds_up();
}
