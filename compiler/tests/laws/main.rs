//! The laws of the language (LANGUAGE.md, section 1), on generated books and generated usage.
//!
//! Without more, a few cases are tried, always the same ones. `FLORIN_CASES=10000 cargo test -p florin-compiler --test
//! laws` tries that many, and `FLORIN_SEED=7` begins elsewhere. A case that breaks a law is printed as the smallest
//! book that breaks it: put it into `kept/`, with a `test` that holds its usage, and mend what is wrong. The seeds that
//! failed stand in `regressions.txt` and are tried first.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test may fail loudly.

mod choices;
mod compiled;
mod evaluated;
mod generate;
mod independent;
mod kept;
mod laws;
mod minimise;
mod native;
mod operations;
mod settled;
mod together;

use choices::Choices;
use florin_compiler::compiled::Plan;
use generate::{Case, generate};
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestRunner};
use std::cell::{Cell, RefCell};

/// How many cases are tried where nothing else is said: some seconds.
const DEFAULT_CASES: u32 = 150;
/// Of a hundred generated books, so many compile at least.
const LEAST_COMPILED_PERCENT: u32 = 97;
/// Of a hundred generated programs, so many have a charge that is computed again only where a record touches it.
const LEAST_INCREMENTAL_PERCENT: u32 = 20;
/// Of a hundred generated programs with grants, so many settle them as records come.
const LEAST_SETTLING_PERCENT: u32 = 8;
/// Of a hundred rows of generated streams, kernels settle so many at least: extremes are common among them.
const LEAST_SETTLED_PERCENT: usize = 30;

#[test]
fn generated_cases_keep_the_laws() {
    let (tried, compiled) = (Cell::new(0), Cell::new(0));
    let refused = RefCell::new(Vec::new());
    let outcome = TestRunner::new(config()).run(&any::<u64>().no_shrink(), |seed| {
        let case = generate(&Choices::seeded(seed));
        tried.set(tried.get() + 1);
        match case.program() {
            Some(_) => compiled.set(compiled.get() + 1),
            None => refused.borrow_mut().push((seed, first_error(&case))),
        }
        keeps_the_laws(&case)
    });
    let (tried, compiled) = (tried.get(), compiled.get());
    println!("{compiled} of {tried} generated books compile");
    for (seed, error) in refused.borrow().iter().take(20) {
        println!("seed {seed}: {error}");
    }
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(compiled * 100 >= tried * LEAST_COMPILED_PERCENT, "only {compiled} of {tried} generated books compile");
}

#[test]
fn any_bytes_make_a_case() {
    let bytes = prop::collection::vec(any::<u8>(), 0..600);
    let config = Config { cases: config().cases / 10, failure_persistence: None, ..config() };
    let outcome = TestRunner::new(config).run(&bytes, |bytes| keeps_the_laws(&generate(&Choices::from_bytes(&bytes))));
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn kernels_say_what_the_definitions_say() {
    let total = Cell::new(native::Settled::default());
    let outcome = TestRunner::new(config()).run(&any::<u64>().no_shrink(), |seed| {
        let case = generate(&Choices::seeded(seed));
        let found =
            native::compared(&case).map_err(|fault| TestCaseError::fail(format!("{fault}\n\n{}", case.book)))?;
        let before = total.get();
        let (settled, rows) = (before.settled + found.settled, before.rows + found.rows);
        total.set(native::Settled { settled, rows, definite: before.definite + found.definite });
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    let native::Settled { settled, rows, definite } = total.get();
    println!("kernels settle {settled} of {rows} rows of streams, the definitions {definite}");
    assert!(settled * 100 >= rows * LEAST_SETTLED_PERCENT, "kernels settle only {settled} of {rows} rows");
}

/// The two evaluators alone, each case cut in one way: cheap enough for very many (`FLORIN_CASES=10000 cargo test
/// --release -p florin-compiler --test laws evaluators`).
#[test]
fn the_evaluators_agree() {
    let (compared, incremental) = (Cell::new(0u32), Cell::new(0u32));
    let (granted, settling) = (Cell::new(0u32), Cell::new(0u32));
    let outcome = TestRunner::new(config()).run(&any::<u64>().no_shrink(), |seed| {
        let choices = Choices::seeded(seed);
        let cut = compiled::Cut::any(&choices);
        let with_bills = choices.chance(25);
        let case = generate(&choices);
        let Some(subject) = evaluated::Subject::of(&case) else { return Ok(()) };
        compared.set(compared.get() + 1);
        let plan = Plan::of(subject.program);
        incremental.set(incremental.get() + u32::from(plan.incremental().contains(&true)));
        granted.set(granted.get() + u32::from(!subject.program.grants.is_empty()));
        settling.set(settling.get() + u32::from(plan.settles()));
        compiled::agrees_cut(&subject, &cut, with_bills).map_err(|fault| {
            let records: Vec<String> = case.records.iter().map(|record| format!("{record:?}")).collect();
            TestCaseError::fail(format!("{fault}\n\n{}\n{:?}\n{}", case.book, case.accounts, records.join("\n")))
        })
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    let (compared, incremental) = (compared.get(), incremental.get());
    println!("{incremental} of {compared} programs have a charge that is incremental");
    assert!(incremental * 100 >= compared * LEAST_INCREMENTAL_PERCENT, "only {incremental} of {compared} programs");
    let (granted, settling) = (granted.get(), settling.get());
    println!("{settling} of {granted} programs with grants settle them as records come");
    assert!(settling * 100 >= granted * LEAST_SETTLING_PERCENT, "only {settling} of {granted} programs with grants");
}

/// The same where accounts are billed or counted together, and what is rated adds up to the bills of whoever pays.
#[test]
fn the_evaluators_agree_on_accounts_that_belong_together() {
    let outcome = TestRunner::new(config()).run(&any::<u64>().no_shrink(), |seed| {
        let choices = Choices::seeded(seed);
        let cut = compiled::Cut::any(&choices);
        let mut case = generate(&choices);
        if !together::join(&mut case, &choices) {
            return Ok(());
        }
        together::agrees(&case, &cut).map_err(|fault| {
            let records: Vec<String> = case.records.iter().map(|record| format!("{record:?}")).collect();
            TestCaseError::fail(format!("{fault}\n\n{}\n{:?}\n{}", case.book, case.accounts, records.join("\n")))
        })
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

fn config() -> Config {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse().expect("a number"));
    Config {
        cases: number("FLORIN_CASES").map_or(DEFAULT_CASES, |cases| u32::try_from(cases).expect("fewer cases")),
        rng_seed: RngSeed::Fixed(number("FLORIN_SEED").unwrap_or(0)),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/laws/regressions.txt"))),
        ..Config::default()
    }
}

fn keeps_the_laws(case: &Case) -> Result<(), TestCaseError> {
    let Some((law, fault)) = laws::broken(case) else { return Ok(()) };
    let (small, fault) = minimise::minimise(case, law, fault);
    let records: Vec<String> = small.records.iter().map(|record| format!("{record:?}")).collect();
    let (book, accounts, records) = (&small.book, &small.accounts, records.join("\n"));
    Err(TestCaseError::fail(format!("not so: {law}\n{fault}\n\n{book}\n{accounts:?}\n{records}")))
}

fn first_error(case: &Case) -> String {
    let Some(error) = case.compiled.diagnostics.iter().find(|found| found.is_error()) else { return String::new() };
    let sources = &case.compiled.sources;
    let places = error.labels.iter().map(|label| format!("{} `{}`", label.text, sources.text(label.span)));
    format!("{} {}: {}", error.code, error.title, places.collect::<Vec<_>>().join("; "))
}
