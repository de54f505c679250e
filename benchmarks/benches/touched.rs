//! W4, W5 and W6 in memory: windowed charges, a fold and a grant, Florin and loops written by hand taking turns in one
//! process.
//!
//! `cargo bench -p florin-benchmarks --bench touched [-- --records 200000 --rounds 21]`

use florin_benchmarks::arguments::Arguments;
use florin_benchmarks::expected::Expected;
use florin_benchmarks::florin::{self, books, touched};
use florin_benchmarks::hand::touched as by_hand;
use florin_benchmarks::harness::{Contender, Outcome, ROUNDS, alternate, print};
use florin_benchmarks::workload::touched::{self as workload, AMOUNT_PLACES};
use florin_benchmarks::workload::w2::{Columns, Shape, Spread};
use florin_compiler::columns::Dictionary;

/// A workload.
struct Subject {
    title: &'static str,
    book: books::Book,
    shape: Shape,
    expected: fn(&Columns) -> Expected,
    by_hand: fn(&Columns) -> Option<i128>,
}

fn main() -> Result<(), String> {
    let arguments = Arguments::of_process();
    let records = arguments.number("--records", 200_000)?;
    let rounds = arguments.number("--rounds", ROUNDS + 1)?;
    println!("{records} records, {rounds} alternating runs");
    let measured = Shape { accounts: 10_000, ..Shape::measured(records) };
    // Grants are settled anew for each record of an account: ten of each.
    let few = Shape { accounts: records / 100, spread: Spread::Even, months: 2, ..Shape::measured(records / 10) };
    let subjects = [
        Subject {
            title: "W4, windowed: a floor, a ceiling, and daily maxima",
            book: books::W4,
            shape: measured,
            expected: workload::within_bounds,
            by_hand: by_hand::within_bounds,
        },
        Subject {
            title: "W5, ordered: a fold",
            book: books::W5,
            shape: measured,
            expected: workload::beyond_quota,
            by_hand: by_hand::beyond_quota,
        },
        Subject {
            title: "W6, ordered: a grant, a tenth of the records, ten of each account",
            book: books::W6,
            shape: few,
            expected: workload::beyond_included,
            by_hand: by_hand::beyond_included,
        },
    ];
    subjects.iter().try_for_each(|subject| compare(subject, rounds))
}

fn compare(subject: &Subject, rounds: u64) -> Result<(), String> {
    let program = subject.book.program()?;
    let dictionary = Dictionary::of(&program);
    let (columns, _) = Columns::generate(subject.shape);
    let expected = (subject.expected)(&columns);
    let blocks = touched::blocks(&florin::w2(&program, &dictionary, &columns), &columns.accounts);
    let contenders = vec![
        Contender { name: "Florin", goal: "", run: Box::new(|| touched::run(&program, &dictionary, &blocks)) },
        Contender {
            name: "by hand, i64 with an overflow flag",
            goal: "",
            run: Box::new(|| Outcome::counted((subject.by_hand)(&columns), AMOUNT_PLACES)),
        },
    ];
    print(subject.title, &alternate(contenders, rounds, &expected), subject.shape.records);
    Ok(())
}
