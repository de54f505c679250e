//! What is known of accounts, and what they share, each on a book of a few lines.

use super::Reference;
use crate::bill::{Rated, Standing};
use crate::ir::Program;
use crate::model::{Accounts, Record, Symbol};
use crate::pipeline::compile;
use crate::source::NoFiles;
use crate::typed::{BillPeriod, TestUsage};

const HEAD: &str = "pricebook b\ncurrency USD \"$\"\ntimezone \"UTC\"\nperiod month\nunit call \"calls\"\n\
    enum Plan { pro, team }\nusage hit {\n calls : call\n tag : text = \"t\"\n}\n";

/// A book with the accounts and records that stand in its only test.
pub(super) struct Case {
    pub(super) program: Program,
    pub(super) accounts: Accounts,
    pub(super) records: Vec<Record>,
}

/// Usage is `account day calls`, or `account day calls tag`, of March 2026.
pub(super) fn case(book: &str, accounts: &str, usage: &[&str]) -> Case {
    let record = |(at, text): (usize, &&str)| {
        let parts: Vec<&str> = text.split(' ').collect();
        let tag = parts.get(3).map_or("t", |tag| tag);
        format!(
            "  usage hit {{ id: \"r{at}\", account: \"{}\", time: 2026-03-{}T12:00:00Z, calls: {} calls, tag: \"{tag}\" }}\n",
            parts[0], parts[1], parts[2]
        )
    };
    let usage: String = usage.iter().enumerate().map(record).collect();
    let text =
        format!("{HEAD}{book}\ntest \"t\" {{\n{accounts}\n{usage}  bill \"A\" for 2026-03\n  expect total = $0\n}}\n");
    Case::of(&text)
}

impl Case {
    fn of(text: &str) -> Case {
        let compiled = compile("book.florin", text, &NoFiles);
        let program = compiled.program.unwrap_or_else(|| panic!("{text}\n{:#?}", compiled.diagnostics));
        let test = program.tests.first().expect("a test").clone();
        let record = |usage: TestUsage| match usage {
            TestUsage::Record(record) => record,
            TestUsage::File { .. } => panic!("no files"),
        };
        let records = test.usage.into_iter().map(record).collect();
        Case { program, accounts: test.accounts, records }
    }

    pub(super) fn reference(&self) -> Reference<'_> {
        Reference::new(&self.program, &self.accounts, &self.records)
    }

    /// `id amount` of each line of March 2026, what has no price as `id: reason`.
    pub(super) fn lines(&self, account: &str) -> Vec<String> {
        let (account, reference) = (Symbol::from(account), self.reference());
        let period = reference.period(&account, &BillPeriod::Month(2026, 3)).expect("a period");
        let bill = reference.bill(&account, &period);
        let parts = |line: &crate::bill::Line| -> String {
            line.parts.iter().map(|part| format!(" [{} {}]", part.label, part.exact)).collect()
        };
        let priced = bill.lines.iter().map(|line| format!("{} {}{}", line.id, line.exact, parts(line)));
        priced.chain(bill.withheld.iter().map(|one| format!("{}: {}", one.id, one.missing))).collect()
    }

    pub(super) fn rated(&self) -> Vec<String> {
        let show = |one: Rated| {
            let id = one.record.and_then(|at| self.records.get(at)).map_or("-", |record| &*record.id);
            format!("{id} {} {} {}", one.account, one.line, one.amount)
        };
        self.reference().rate().map(show).collect()
    }

    pub(super) fn unpriced(&self) -> Vec<String> {
        let reason = |standing| match standing {
            Standing::Unpriced(reason) => Some(reason),
            Standing::Rated | Standing::Free => None,
        };
        self.reference().standings().into_iter().filter_map(reason).collect()
    }
}

const PLANS: &str = "account {\n plan : Plan\n}\ntable rate {\n key plan : Plan\n from : date\n price : USD per call\n\n\
    plan | from | price\n pro | 2026-01-01 | 3\n team | 2026-01-01 | 2\n team | 2026-03-21 | 1\n}\n";

#[test]
fn a_rate_follows_a_fact_that_changes() {
    let book = format!("{PLANS}charge c from hit {{\n quantity sum(calls)\n price rate[account.plan]\n}}");
    let accounts = "  account \"A\" { plan: pro, plan: team from 2026-03-11 }";
    let case = case(&book, accounts, &["A 10 1", "A 11 10", "A 25 100"]);
    let lines = "c 123 [from 2026-03-01 3] [from 2026-03-11 20] [from 2026-03-21 100]";
    assert_eq!(case.lines("A"), [lines]);
    assert_eq!(case.rated(), ["r0 A c 3", "r1 A c 20", "r2 A c 100"]);
}

#[test]
fn tiers_and_windows_take_the_fact_of_their_start() {
    let book = format!(
        "{PLANS}charge d per day from hit {{\n quantity sum(calls)\n price volume {{ up to 5 calls : rate[account.plan]\n \
         above 5 calls : $1 per call }}\n}}"
    );
    let accounts = "  account \"A\" { plan: pro, plan: team from 2026-03-11T06:00:00Z }";
    let case = case(&book, accounts, &["A 10 1", "A 11 1", "A 12 1"]);
    assert_eq!(case.lines("A"), ["d:2026-03-10 3", "d:2026-03-11 3", "d:2026-03-12 2"]);
}

#[test]
fn records_see_the_facts_of_their_time() {
    let book = format!("{PLANS}charge c by account.plan from hit {{\n quantity sum(calls)\n price $1 per call\n}}");
    let case = case(&book, "  account \"A\" { plan: team from 2026-03-11 }", &["A 10 1", "A 11 10"]);
    assert_eq!(case.lines("A"), ["c:team 10"]);
    assert_eq!(case.unpriced(), ["account \"A\" has no `plan` before 2026-03-11"]);
}

#[test]
fn time_is_not_counted_from_what_changes() {
    let head = HEAD.replace("period month\n", "period month anchored account.start\n");
    let text = format!(
        "{head}account {{\n start : date\n}}\ncharge c from hit {{\n quantity sum(calls)\n price $1 per call\n}}\n\
         test \"t\" {{\n account \"A\" {{ start: 2026-01-05, start: 2026-01-09 from 2026-02-01 }}\n usage hit \
         {{ time: 2026-03-02T00:00:00Z, calls: 1 calls }}\n bill for 2026-03\n expect total = $0\n}}\n"
    );
    let case = Case::of(&text);
    let reason = "time is counted from `account.start`, which may not change, and that of account \"A\" changes on \
        2026-02-01";
    assert_eq!(case.unpriced(), [reason]);
}
