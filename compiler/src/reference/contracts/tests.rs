//! Plans and contracts, each on a book of a few lines; the expected amounts are worked out by hand.

use crate::bill::Standing;
use crate::exact::Rational;
use crate::pipeline::compile;
use crate::reference::Reference;
use crate::source::NoFiles;
use crate::typed::TestUsage;

const HEAD: &str = "pricebook b\ncurrency USD \"$\"\ntimezone \"UTC\"\nperiod month\nunit call \"calls\"\n\
    enum Country { DE, JP, US }\naccount {\n country : Country = US\n}\nusage hit { calls : call }\n";

/// The bill that the only test of a book asks for: `id exact` of each line, what has no price with its reason, the
/// currency; and the records without a price. The rated records add up to the lines.
fn billed(text: &str) -> (Vec<String>, Vec<String>) {
    let compiled = compile("book.florin", text, &NoFiles);
    let program = compiled.program.unwrap_or_else(|| panic!("{text}\n{:#?}", compiled.diagnostics));
    let test = program.tests.first().expect("a test").clone();
    let usage = test.usage.into_iter().map(|usage| match usage {
        TestUsage::Record(record) => record,
        TestUsage::File { .. } => panic!("no files"),
    });
    let records: Vec<_> = usage.collect();
    let reference = Reference::new(&program, &test.accounts, &records);
    let asked = test.bill.expect("a bill");
    let period = reference.period(&asked.account, &asked.period).expect("a period");
    let bill = reference.bill(&asked.account, &period);
    for line in &bill.lines {
        let ours = reference.rate().filter(|one| one.line == line.id && one.period_start == period.interval.start);
        let sum = ours.fold(Rational::zero(), |sum, one| &sum + &one.amount);
        assert!(sum == line.exact || records.is_empty(), "{}: {sum} and {}", line.id, line.exact);
    }
    let lines = bill.lines.iter().map(|line| format!("{} {} {}", line.id, bill.currency.code, line.exact));
    let lines = lines.chain(bill.withheld.iter().map(|one| format!("{}: {}", one.id, one.missing))).collect();
    let unpriced = reference.standings().into_iter().filter_map(|standing| match standing {
        Standing::Unpriced(reason) => Some(reason),
        Standing::Rated | Standing::Free => None,
    });
    (lines, unpriced.collect())
}

fn march(book: &str, contracts: &str, hits: &[(u8, u32)]) -> (Vec<String>, Vec<String>) {
    let hit = |(day, calls): &(u8, u32)| {
        format!(" usage hit {{ id: \"r{day}\", time: 2026-03-{day:02}T12:00:00Z, calls: {calls} calls }}\n")
    };
    let usage: String = hits.iter().map(hit).collect();
    billed(&format!(
        "{HEAD}{book}\ntest \"t\" {{\n{contracts}\n{usage} bill \"A\" for 2026-03\n expect total = $0\n}}\n"
    ))
}

const TERMS: &str = "plan deal \"Deal\" {\n terms {\n rate : USD per call\n minimum : USD = $0\n }\n \
    charge calls \"Calls\" from hit {\n quantity sum(calls)\n price terms.rate\n }\n \
    fee base \"Base\" {\n price terms.minimum every month\n prorated by day\n unless zero\n }\n}\n";

#[test]
fn terms_are_those_of_the_record_s_day() {
    let contracts = " contract \"A\" on deal from 2026-03-11 to 2026-03-20 { rate: $2 per call }\n \
                     contract \"A\" on deal from 2026-03-16 { rate: $3 per call }";
    let (lines, unpriced) = march(TERMS, contracts, &[(10, 1), (11, 10), (16, 100), (21, 1_000)]);
    assert_eq!(lines, ["calls USD 320"]);
    assert_eq!(unpriced.len(), 2);
}

#[test]
fn an_amendment_keeps_what_it_does_not_say() {
    let contracts = " contract \"A\" on deal from 2026-03-01 { rate: $2 per call, minimum: $31 }\n \
                     contract \"A\" on deal from 2026-03-11 { minimum: $62 }";
    let (lines, _) = march(TERMS, contracts, &[(20, 1)]);
    // Ten days at $31 a month, and 21 at $62.
    assert_eq!(lines, ["calls USD 2", "base USD 52"]);
}

#[test]
fn without_a_contract_a_plan_is_on_no_bill() {
    let (lines, unpriced) = march(TERMS, "", &[(20, 1)]);
    assert!(lines.is_empty(), "{lines:?}");
    assert_eq!(unpriced.len(), 1);
}

#[test]
fn a_bill_is_in_the_currency_of_its_plan() {
    let book = "table rate {\n key month : date\n yen : JPY per USD\n\n month | yen\n 2026-03-01 | 150.5\n}\n\
        plan japan \"Japan\" for account.country == JP {\n charge calls \"Calls\" from hit {\n \
        quantity sum(calls) * $0.11 per call * rate[start of period].yen\n }\n \
        charge tax \"Tax\" {\n quantity floor(10% * total(calls))\n }\n}\n\
        plan germany \"Germany\" for account.country == DE {\n charge calls \"Calls\" from hit {\n quantity sum(calls)\n \
        price EUR 2 per call\n }\n}\n";
    let (lines, _) = march(book, " account \"A\" { country: JP }", &[(2, 100)]);
    // 100 * 0.11 * 150.5 = 1655.5, which is 1656 yen.
    assert_eq!(lines, ["calls JPY 1655.5", "tax JPY 165"]);
    let (lines, _) = march(book, " account \"A\" { country: DE }", &[(2, 100)]);
    assert_eq!(lines, ["calls EUR 200"]);
    let (lines, unpriced) = march(book, " account \"A\" { country: US }", &[(2, 100)]);
    assert_eq!((lines.len(), unpriced.len()), (0, 1));
}

#[test]
fn a_contract_takes_the_place_of_the_plan_by_default() {
    let book = "plan list \"List\" for account.country == US {\n charge calls \"Calls\" from hit {\n quantity sum(calls)\n \
        price $10 per call\n }\n}\nplan deal \"Deal\" {\n charge calls \"Calls\" from hit {\n quantity sum(calls)\n \
        price $7 per call\n }\n}\n";
    let contract = " contract \"A\" on deal from 2026-03-15 to 2026-03-19";
    let (lines, unpriced) = march(book, contract, &[(14, 1), (15, 1), (19, 1), (20, 1)]);
    // Both plans have a line of this name, which is one on the bill.
    assert_eq!(lines, ["calls USD 34"]);
    assert!(unpriced.is_empty());
}

#[test]
fn phases_follow_each_other_from_the_contract_s_first_day() {
    let book = |asked: &str| {
        format!(
            "pricebook b\ncurrency USD \"$\"\ntimezone \"UTC\"\nperiod month\naccount {{ start : date optional }}\n\
             plan ramp \"Ramp\" {{\n phase 2 months {{ fee base \"Base\" {{ price $0 every month in advance }} }}\n \
             phase 1 month {{ fee base \"Base\" {{ price $10 every month in advance }} }}\n \
             phase 1 month {{ fee base \"Base\" {{ price $5 every phase in advance }} }}\n}}\n\
             test \"t\" {{\n account \"A\" {{ }}\n contract \"A\" on ramp from 2026-01-31\n bill \"A\" for {asked}\n \
             expect total = $0\n}}\n"
        )
    };
    // From January 31 to March 31: the month of January is due on its last day, when the phase begins.
    assert_eq!(billed(&book("2026-01")).0, ["base USD 0"]);
    // March ends in the first phase and April begins in the second, which began on March 31.
    assert_eq!(billed(&book("2026-03")).0, ["base USD 10"]);
    // The last phase begins on April 30; the month of April is due again in the phase before.
    assert_eq!(billed(&book("2026-04")).0, ["base USD 15"]);
    assert!(billed(&book("2026-05")).0.is_empty());
}

#[test]
fn a_term_is_a_window() {
    let book = |asked: &str| {
        format!(
            "{HEAD}plan deal \"Deal\" {{\n terms {{ commit : USD }}\n \
             fee commit \"Commitment\" {{ price terms.commit every term in advance }}\n \
             fee daily \"Share of each day\" {{ price terms.commit / days of term * 1 day every term }}\n}}\n\
             test \"t\" {{\n contract \"A\" on deal from 2026-01-15 to 2027-01-14 {{ commit: $365 }}\n \
             contract \"A\" on deal from 2027-01-15 to 2028-01-14 {{ commit: $730 }}\n bill \"A\" for {asked}\n \
             expect total = $0\n}}\n"
        )
    };
    assert_eq!(billed(&book("2026-01")).0, ["commit USD 365"]);
    assert!(billed(&book("2026-02")).0.is_empty());
    assert_eq!(billed(&book("2027-01")).0, ["commit USD 730", "daily USD 1"]);
}

const CALLS: &str = "charge calls \"Calls\" from hit { quantity sum(calls); price $1 per call }\n";

#[test]
fn a_grant_of_a_plan_gives_and_covers_while_the_account_is_on_it() {
    let book = format!(
        "{CALLS}plan deal \"Deal\" {{\n terms {{ n : call }}\n \
         grant included \"Included\" {{ gives terms.n every month; covers calls; off the bill }}\n}}\n"
    );
    let contract = " contract \"A\" on deal from 2026-03-11 to 2026-03-20 { n: 10 calls }";
    // The fifth comes too early and the 21st too late; of the 14 in between ten are included.
    let (lines, unpriced) = march(&book, contract, &[(5, 4), (12, 6), (20, 8), (21, 1)]);
    assert_eq!((lines, unpriced.len()), (vec!["calls USD 9".to_owned()], 0));
    let (lines, _) = march(&book, "account \"A\" { }", &[(5, 4)]);
    assert_eq!(lines, ["calls USD 4"]);
}

#[test]
fn what_is_left_of_a_term_rolls_over_into_one_that_commits_to_as_much() {
    let book = format!(
        "{CALLS}plan deal \"Deal\" {{\n terms {{ commit : USD }}\n grant g \"Commitment\" {{\n \
         gives terms.commit once at start of term\n covers calls\n expires end of term\n \
         rolls over when terms.commit of next term >= terms.commit\n }}\n}}\n"
    );
    let first = " contract \"A\" on deal from 2026-02-01 to 2026-03-10 { commit: $10 }\n";
    let lines = |next: &str| march(&book, &format!("{first}{next}"), &[(5, 2), (12, 15)]).0;
    let next = |commit: &str| format!(" contract \"A\" on deal from 2026-03-11 {{ commit: {commit} }}");
    assert_eq!(lines(&next("$10")), ["calls USD 17", "g:used USD -17"]);
    assert_eq!(lines(&next("$9")), ["calls USD 17", "g:used USD -11"]);
    assert_eq!(lines(""), ["calls USD 17", "g:used USD -2"]);
}
