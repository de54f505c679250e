//! Grants, each clause on a book of a few lines, with numbers worked out by hand.

use crate::exact::Rational;
use crate::ir::Program;
use crate::model::{Accounts, Record, Symbol};
use crate::pipeline::compile;
use crate::reference::Reference;
use crate::source::NoFiles;
use crate::typed::{BillPeriod, TestUsage};
use std::collections::BTreeMap;

const HEAD: &str = "pricebook b\ncurrency USD \"$\"\ntimezone \"UTC\"\nperiod month\n\
    unit call \"calls\"\nunit credit \"credits\"\naccount { opening : credit = 0 credits }\n\
    usage hit {\n calls : call\n tag : text = \"t\"\n}\nusage topup { paid : USD }\n";

const CALLS: &str = "charge c from hit { quantity sum(calls); price $1 per call }\n";

struct Case {
    program: Program,
    accounts: Accounts,
    records: Vec<Record>,
}

/// Records as `02 5` (5 calls on the second of March), `02-10 5`, `02 5 x` (of tag `x`), `02 $5` (a top-up).
fn case(book: &str, usage: &[&str]) -> Case {
    let line = |(at, one): (usize, &&str)| {
        let words: Vec<&str> = one.split(' ').collect();
        let day = if words[0].contains('-') { words[0].to_owned() } else { format!("03-{}", words[0]) };
        let tag = words.get(2).map_or("t", |tag| tag);
        let time = format!("id: \"{at}\", time: 2026-{day}T00:00:00Z");
        match words[1].starts_with('$') {
            true => format!("  usage topup {{ {time}, paid: {} }}\n", words[1]),
            false => format!("  usage hit {{ {time}, calls: {} calls, tag: \"{tag}\" }}\n", words[1]),
        }
    };
    let usage: String = usage.iter().enumerate().map(line).collect();
    let text = format!(
        "{HEAD}{book}\ntest \"t\" {{\n  account \"A\" {{ opening: 8 credits }}\n{usage}  bill for 2026-03\n  expect total = $0\n}}\n"
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
    /// The lines of a month with their exact amounts, what has no price, and the balances.
    fn bill(&self, month: i8) -> String {
        let account: Symbol = "A".into();
        let reference = Reference::new(&self.program, &self.accounts, &self.records);
        let period = reference.period(&account, &BillPeriod::Month(2026, month)).expect("a period");
        let bill = reference.bill(&account, &period);
        let lines = bill.lines.iter().map(|line| format!("{} {}", line.id, line.exact));
        let withheld = bill.withheld.iter().map(|one| format!("{}: {}", one.id, one.missing));
        let balances = bill.balances.iter().map(|one| format!("[{} {}]", one.id, one.remaining));
        lines.chain(withheld).chain(balances).collect::<Vec<_>>().join(", ")
    }

    /// What is rated adds up to the bills, whatever the order of arrival.
    fn adds_up(mut self) -> Case {
        let expected = self.sums();
        for turn in 0..self.records.len() {
            self.records.rotate_left(1);
            if turn % 2 == 1 {
                self.records.reverse();
            }
            let reference = Reference::new(&self.program, &self.accounts, &self.records);
            let mut sums: BTreeMap<String, Rational> = BTreeMap::new();
            for rated in reference.rate() {
                let sum = sums.entry(rated.line).or_insert_with(Rational::zero);
                *sum = &*sum + &rated.amount;
            }
            sums.retain(|_, sum| !sum.is_zero());
            assert_eq!(sums, expected);
        }
        self.records.sort_by(|a, b| a.id.cmp(&b.id));
        self
    }

    fn sums(&self) -> BTreeMap<String, Rational> {
        let account: Symbol = "A".into();
        let reference = Reference::new(&self.program, &self.accounts, &self.records);
        let mut sums: BTreeMap<String, Rational> = BTreeMap::new();
        for period in reference.periods(&account) {
            for line in reference.bill(&account, &period).lines {
                let sum = sums.entry(line.id).or_insert_with(Rational::zero);
                *sum = &*sum + &line.exact;
            }
        }
        sums.retain(|_, sum| !sum.is_zero());
        sums
    }
}

#[test]
fn what_is_included_comes_off_before_the_price() {
    let book = "charge c by tag from hit { quantity sum(calls); price graduated { up to 10 calls : $2 per call; above 10 calls : $1 per call } }\n\
        grant g { gives 4 calls every month; covers c; off the bill }";
    // Of the first record 3 are covered, of the second the last one that is left: 11 and 5 remain.
    let case = case(book, &["02 3 x", "03 12 y", "04 5 x"]).adds_up();
    assert_eq!(case.bill(3), "c:x 10, c:y 21, [g 0]");
}

#[test]
fn money_pays_what_was_priced_to_the_last_digit() {
    let book = format!("{CALLS}grant g {{ gives $5 once at 2026-03-01; gives paid for each topup; covers c }}");
    let case = case(&book, &["02 3", "03 4", "05 $1.50", "04 1", "06 1"]).adds_up();
    // $5 pay 3 and 2 of 4; the top-up pays the last call and leaves $0.50.
    assert_eq!(case.bill(3), "c 9, g:used -6, [g 0.5]");
    assert_eq!(case.bill(2), "c 0, g:used 0, [g 0]");
}

#[test]
fn a_grant_with_a_price_of_its_own_takes_units() {
    let book = "charge c from hit { quantity sum(calls); price $3 per call; unless zero }\n\
        grant g { gives $25 once at 2026-03-01; covers c at $2.40 per call }";
    let case = case(book, &["02 9", "03 6"]).adds_up();
    // $25 are 125/12 calls; the other 55/12 cost the list price.
    assert_eq!(case.bill(3), "c 13.75, c:g 25, g:used -25, [g 0]");
}

#[test]
fn priorities_go_first_then_what_expires_first() {
    let book = format!(
        "{CALLS}grant late {{ gives 5 calls once at 2026-03-01; covers c; expires 2026-06-01 }}\n\
         grant soon {{ gives 5 calls once at 2026-03-01; covers c; expires 2026-05-01 }}\n\
         grant first {{ gives 5 calls once at 2026-03-01; covers c; priority 1 }}"
    );
    let case = case(&book, &["02 7", "03 4"]).adds_up();
    assert_eq!(case.bill(3), "c 0, late:used 0, soon:used 0, first:used 0, [late 4], [soon 0], [first 0]");
}

#[test]
fn what_is_left_lapses_or_rolls_over() {
    let book =
        |clause: &str| format!("{CALLS}grant g {{ gives 10 calls every month; covers c; off the bill; {clause} }}");
    let usage = ["01-05 4", "02-05 12", "05 11"];
    let lapses = case(&book("priority 1"), &usage).adds_up();
    assert_eq!([lapses.bill(1), lapses.bill(2), lapses.bill(3)], ["c 0, [g 6]", "c 2, [g 0]", "c 1, [g 0]"]);
    let rolls = case(&book("rolls over up to 30%"), &usage).adds_up();
    // 3 of 6 roll over, so that February has 13 and leaves 1.
    assert_eq!([rolls.bill(1), rolls.bill(2), rolls.bill(3)], ["c 0, [g 6]", "c 0, [g 1]", "c 0, [g 0]"]);
    let next = case(&book("expires end of next month"), &usage).adds_up();
    assert_eq!([next.bill(1), next.bill(2), next.bill(3)], ["c 0, [g 6]", "c 0, [g 4]", "c 0, [g 3]"]);
}

#[test]
fn packs_are_bought_when_they_are_needed() {
    let book = "charge c from hit { quantity sum(calls); price 5 credits per call }\n\
        grant g { opening account.opening; covers c; reload 10 credits for $4 when short; off the bill }";
    // 15 credits: 8 are there, 1 pack is bought; then 25: 3 are there, 3 packs.
    let case = case(book, &["02 3", "03 5"]).adds_up();
    assert_eq!(case.bill(3), "g 16, [g 8]");
}

#[test]
fn a_wallet_is_filled_before_it_runs_dry() {
    let book =
        format!("{CALLS}grant g {{ opening $6; covers c; reload $20 for $19 when remaining < $5; off the bill }}");
    let case = case(&book, &["02 1", "03 1", "04 30"]).adds_up();
    // $5 are left: nothing is bought; $4: one; of the 30 then $24 are there, and one more leaves $14.
    assert_eq!(case.bill(3), "c 0, g 38, [g 14]");
}

#[test]
fn what_no_grant_covers_of_credits_has_no_price() {
    let book = "charge c from hit { quantity sum(calls); price 5 credits per call }\n\
        grant g { opening account.opening; covers c; off the bill }";
    assert_eq!(case(book, &["02 1"]).bill(3), "[g 3]");
    assert_eq!(case(book, &["02 3"]).bill(3), "c: 7 credits are not covered by any grant, [g 0]");
}

#[test]
fn a_late_record_changes_who_is_covered() {
    let book = "charge c by tag from hit { quantity sum(calls); price $1 per call }\n\
        grant g { gives 5 calls every month; covers c; off the bill }";
    let case = case(book, &["10 5 x", "02 5 y"]).adds_up();
    assert_eq!(case.bill(3), "c:x 5, c:y 0, [g 0]");
}

#[test]
fn what_was_taken_too_much_goes_back() {
    let book = format!("{CALLS}grant g {{ gives 5 calls every month; covers c; off the bill }}");
    // 8 and then 6 fewer: 2 are due, all of them covered, and 3 are left again.
    let case = case(&book, &["02 8", "03 -6"]).adds_up();
    assert_eq!(case.bill(3), "c 0, [g 3]");
}

#[test]
fn windows_may_begin_with_their_first_use() {
    let book = "charge c from hit for each tag { quantity sum(calls); price $1 per call }\n\
        grant g by tag { gives 3 calls every 5 days from first use; covers c; off the bill }";
    // x: 3 of 4 from the 2nd to the 7th, 1 of 1 from the 7th on; y has its own.
    let case = case(book, &["02 2 x", "06 2 x", "07 1 x", "06 1 y"]).adds_up();
    assert_eq!(case.bill(3), "c 1, [g:x 0], [g:y 0]");
}

#[test]
fn usage_is_covered_where_most_is_saved() {
    let book = "table t { key tag : text; list : USD per call; own : USD per call\n\
         tag | list | own\n \"x\" | 4 | 3\n \"y\" | 4 | 1\n \"z\" | 2 | 1\n }\n\
        charge c by tag from hit { quantity sum(calls); price t[tag].list; unless zero }\n\
        grant g { gives $6 every day; costs $6; covers c at t[tag].own; order highest saving, then lowest rate; off the bill }";
    // y saves 75%, z 50%, x 25%: $2 for y, $3 for z, and $1 for a third of a call of x.
    let case = case(book, &["02 2 x", "02 2 y", "02 3 z"]).adds_up();
    assert_eq!(case.bill(3), format!("c:x {}, g 186, [g 6]", "20/3"));
}

#[test]
fn floors_come_before_what_pays() {
    let book = "charge c from hit { quantity sum(calls); price $1 per call; at least $4 }\n\
        grant g { gives $3 every month; covers c }";
    let case = case(book, &["02 1", "03 2"]).adds_up();
    assert_eq!(case.bill(3), "c 4, g:used -3, [g 0]");
}

#[test]
fn the_lines_of_a_grant_are_explained() {
    let book = "charge c from hit { quantity sum(calls); price $1 per call }\n\
        grant g \"Credit\" { gives $5 every month; costs $3 every month in advance; covers c }";
    let case = case(book, &["02 4", "03 4"]);
    let account: Symbol = "A".into();
    let reference = Reference::new(&case.program, &case.accounts, &case.records);
    let period = reference.period(&account, &BillPeriod::Month(2026, 3)).expect("a period");
    let explained = |line: &str| reference.explain_line(&account, &period, line).expect("such a line");
    let titles = |line: &str| {
        let explained = explained(line);
        let steps: Vec<String> = explained.children.into_iter().map(|step| step.title).collect();
        (explained.title, steps)
    };
    let given = "$5.00 given on 2026-03-01, until 2026-04-01: $0.00 of it left at the end of the bill's period";
    let used = vec!["`c` has used $5.00 of it".to_owned(), given.to_owned()];
    assert_eq!(titles("g:used"), ("Credit, used for 2026-03: -$5.00".to_owned(), used));
    assert_eq!(explained("g:used").children[0].children.len(), 2);
    assert_eq!(titles("g"), ("Credit for 2026-03: $3.00".to_owned(), vec!["due of 2026-03-01: $3.00".to_owned()]));
    assert_eq!(reference.explain_line(&account, &period, "h:used"), None);
}
