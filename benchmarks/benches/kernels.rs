//! W1, W2 and W3 in memory: Florin, loops written by hand and `rust_decimal`, taking turns in one process.
//!
//! `cargo bench -p florin-benchmarks [-- --records 4000000 --rounds 21]`

use florin_benchmarks::arguments::Arguments;
use florin_benchmarks::florin::{self, books, keyed, stateless};
use florin_benchmarks::hand::{self, group_ids::GroupIds};
use florin_benchmarks::harness::{Contender, Outcome, ROUNDS, alternate, print};
use florin_benchmarks::prices::Matrix;
use florin_benchmarks::with_rust_decimal as decimal;
use florin_benchmarks::workload::w2::Shape;
use florin_benchmarks::workload::{rules, tiers, w1, w2, w3};
use florin_compiler::columns::Dictionary;
use florin_compiler::compiled::Totals;
use florin_compiler::jit::Kernels;
use rust_decimal::Decimal;

/// How long a table is.
struct Length {
    records: u64,
    rounds: u64,
}

fn main() -> Result<(), String> {
    let arguments = Arguments::of_process();
    let length = Length {
        records: arguments.number("--records", 4_000_000)?,
        rounds: arguments.number("--rounds", ROUNDS + 1)?,
    };
    println!("{} records, {} alternating runs", length.records, length.rounds);
    matrix(&length)?;
    running_tiers(&length)?;
    twenty_rules(&length)
}

fn florin<'a>(run: impl FnMut() -> Outcome + 'a) -> Contender<'a> {
    Contender { name: "Florin", goal: "", run: Box::new(run) }
}

fn by_hand<'a>(goal: &'static str, run: impl FnMut() -> Outcome + 'a) -> Contender<'a> {
    Contender { name: "by hand, i64 with an overflow flag", goal, run: Box::new(run) }
}

fn rust_decimal<'a>(goal: &'static str, run: impl FnMut() -> Outcome + 'a) -> Contender<'a> {
    Contender { name: "by hand, rust_decimal", goal, run: Box::new(run) }
}

fn matrix(length: &Length) -> Result<(), String> {
    let program = books::W1_RECORD.program()?;
    let dictionary = Dictionary::of(&program);
    let kernels = Kernels::new(&program, &dictionary);
    let (columns, expected) = w1::Columns::generate(length.records);
    let batches = florin::w1(&program, &dictionary, &columns);
    let (prices, decimals) = (hand::w1::Prices::new(&Matrix::read()), decimal::w1::Prices::new(&Matrix::read()));
    let contenders = vec![
        florin(|| stateless::run(&kernels, &batches)),
        by_hand("at most 1.1", || Outcome::counted(hand::w1::run(&prices, &columns), w1::AMOUNT_PLACES)),
        Contender {
            name: "by hand, i64, token counts bounded",
            goal: "",
            run: Box::new(|| Outcome::counted(hand::w1::run_bounded(&prices, &columns), w1::AMOUNT_PLACES)),
        },
        rust_decimal("at most 0.067", || Outcome::counted(decimal::w1::run(&decimals, &columns), w1::AMOUNT_PLACES)),
    ];
    print("W1, matrix", &alternate(contenders, length.rounds, &expected), length.records);
    Ok(())
}

fn running_tiers(length: &Length) -> Result<(), String> {
    let program = books::W2.program()?;
    let dictionary = Dictionary::of(&program);
    let (columns, expected) = w2::Columns::generate(Shape::measured(length.records));
    let batches = florin::w2(&program, &dictionary, &columns);
    let (ids, groups) = GroupIds::of(&columns);
    let blocks = keyed::blocks(&batches, &columns.accounts);
    let (mut running, mut decimals) = (vec![0; groups], vec![Decimal::ZERO; groups]);
    let (compiled, mut totals) = (keyed::tiers(&program, &dictionary)?, Totals::of_groups(groups));
    let counted = |amount| Outcome::counted(amount, tiers::AMOUNT_PLACES);
    let given = vec![
        florin(|| keyed::run_with_ids(&compiled, &columns, &ids, &mut totals)),
        by_hand("at most 1.1", || counted(hand::w2::run(&columns, &ids, &mut running))),
        rust_decimal("at most 0.125", || counted(decimal::w2::run(&columns, &ids, &mut decimals))),
    ];
    let title = format!("W2, running tiers of {groups} groups, group ids given");
    print(&title, &alternate(given, length.rounds, &expected), length.records);
    let looked_up = vec![
        florin(|| keyed::run(&program, &dictionary, &blocks)),
        by_hand("", || counted(hand::w2::run_with_look_up(&columns))),
    ];
    let title = format!("W2, running tiers of {groups} groups, key look-up included");
    print(&title, &alternate(looked_up, length.rounds, &expected), length.records);
    Ok(())
}

fn twenty_rules(length: &Length) -> Result<(), String> {
    let program = books::W3.program()?;
    let dictionary = Dictionary::of(&program);
    let kernels = Kernels::new(&program, &dictionary);
    let (columns, expected) = w3::Columns::generate(length.records);
    let batches = florin::w3(&program, &dictionary, &columns);
    let counted = |amount| Outcome::counted(amount, rules::AMOUNT_PLACES);
    let contenders = vec![
        florin(|| stateless::run(&kernels, &batches)),
        by_hand("at most 1.05", || counted(hand::w3::run(&columns))),
        rust_decimal("at most 0.2", || counted(decimal::w3::run(&columns))),
    ];
    print("W3, rules", &alternate(contenders, length.rounds, &expected), length.records);
    Ok(())
}
