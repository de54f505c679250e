//! Grants that are settled as the records come, over longer streams than generated books have, of which many records come
//! late: for each record what the definitions give, which settle all of them anew.

use crate::choices::Choices;
use crate::compiled::{Cut, agrees_cut};
use crate::evaluated::Subject;
use crate::generate::{Case, NoFiles};
use florin_compiler::compiled::Plan;
use florin_compiler::exact::Rational;
use florin_compiler::model::{Accounts, Record, Symbol, Value};
use florin_compiler::pipeline::compile;
use jiff::Timestamp;

const HEAD: &str = "pricebook b\ncurrency USD \"$\"\ntimezone \"UTC\"\nperiod month\n\
    unit call \"calls\"\nunit credit \"credits\"\naccount { tier : text = \"pro\"; opening : credit = 900 credits }\n\
    usage hit {\n calls : call\n tag : text\n}\nusage topup { paid : USD }\n";

/// What is settled, each with the clauses that decide what comes out of which balance.
const BOOKS: &[&str] = &[
    // What is included comes off before the price, for all tags together.
    "charge c by tag from hit { quantity sum(calls); price graduated { up to 100 calls : $2 per call; above 100 calls : $1 per call } }\n\
     grant g { gives 40 calls every month; covers c; off the bill; rolls over up to 50% }",
    // Money, one priority after the other, with what it costs.
    "charge c by tag from hit { quantity sum(calls); price $1 per call }\n\
     grant bonus { gives $30 every month; costs $4 every month in advance; covers c; priority 1 }\n\
     grant wallet { gives paid for each topup; covers c; expires after 20 days; priority 2 }\n\
     grant late { gives $25 once at 2026-02-03; covers c }",
    // Packs are bought as they are needed.
    "charge c from hit for each tag { quantity sum(calls); price 5 credits per call }\n\
     grant g { opening account.opening; covers c; reload 100 credits for $7 when remaining < 20 credits }",
    // A price of its own, a balance for each tag, windows from their first use.
    "charge c from hit for each tag { quantity sum(calls); price $3 per call; unless zero }\n\
     grant g by tag { gives 9 calls every 3 days from first use; covers c at $1 per call }\n\
     grant h { gives $20 every week; covers c at $2 per call }",
    // Units first, then money, through meters and beside a charge that takes the total.
    "meter m by tag = sum(calls) from hit\n\
     charge c by tag { quantity m; price $1 per call }\n\
     charge d from hit where tag == \"t1\" { quantity max(calls); price $2 per call }\n\
     charge vat { quantity 19% * total(c, d) }\n\
     grant g { gives 10 calls every day; covers c; off the bill }\n\
     grant w { gives paid for each topup; covers c; covers d }",
    // A plan with a fee and what it includes.
    "plan pro \"Pro\" for account.tier == \"pro\" {\n\
     fee base { price $20 every month in advance }\n\
     charge c by tag from hit { quantity sum(calls); price $1 per call }\n\
     grant g { gives 50 calls every month; covers c; off the bill }\n\
     grant w { gives paid for each topup; covers c }\n}",
];

#[test]
fn what_comes_late_is_settled_in_its_place() {
    for (number, book) in BOOKS.iter().enumerate() {
        let text = format!("{HEAD}{book}\n");
        let compiled = compile("book.florin", &text, &NoFiles);
        let program = compiled.program.clone().unwrap_or_else(|| panic!("{text}\n{:#?}", compiled.diagnostics));
        assert!(Plan::of(&program).settles(), "{book}");
        for seed in 0..3 {
            let choices = Choices::seeded(number as u64 * 100 + seed);
            let (accounts, given) = (Accounts::new(), Vec::new());
            let case =
                Case { book: text.clone(), compiled: compiled.clone(), accounts, records: stream(&choices), given };
            let subject = Subject::of(&case).expect("a program");
            if let Err(fault) = agrees_cut(&subject, &Cut::any(&choices), true) {
                let records: Vec<String> = case.records.iter().map(|record| format!("{record:?}")).collect();
                panic!("{fault}\n{text}\n{}", records.join("\n"));
            }
        }
    }
}

/// Hits and top-ups of one account over four months, some at the same instant, of which every fourth comes late.
fn stream(choices: &Choices) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    let mut time = "2026-01-05T00:00:00Z".parse::<Timestamp>().expect("a time").as_second();
    for at in 0..45 {
        time += if choices.chance(20) { 0 } else { choices.between(1, 400_000) as i64 };
        let late = if choices.chance(25) { choices.between(1, 900_000) as i64 } else { 0 };
        let number = |number: usize| Value::Number(Rational::from(number as u64));
        let (kind, values) = match choices.chance(15) {
            true => (1, vec![number(choices.between(5, 60))]),
            // What is taken back, too.
            false if choices.chance(10) => (0, vec![Value::Number(Rational::from(-3i128)), tag(choices)]),
            false => (0, vec![number(choices.between(1, 40)), tag(choices)]),
        };
        let time = Timestamp::from_second(time - late).expect("a time");
        let id = Symbol::from(format!("r{at:02}").as_str());
        records.push(Record { kind, id, account: "A".into(), time, values });
    }
    records
}

fn tag(choices: &Choices) -> Value {
    Value::Text((*choices.pick(&["t1", "t2", "t3"])).into())
}
