//! How long it takes from a book's text to kernels that have run once: a table of 10,000 rows of three keys and three
//! prices, some 600 kB of CSV.
//!
//! `cargo run --release -p florin-benchmarks --bin compile-time [-- --rounds 21] [--pass all|check]`

use florin_benchmarks::arguments::Arguments;
use florin_benchmarks::harness::{ROUNDS, ratio};
use florin_benchmarks::large_book::{LargeBook, TEXT};
use florin_compiler::columns::{Batch, Block, Dictionary};
use florin_compiler::ir::Program;
use florin_compiler::jit::Kernels;
use florin_compiler::{check, lower, pipeline};
use std::hint::black_box;
use std::time::Instant;

const NAME: &str = "large.florin";

fn main() -> Result<(), String> {
    let arguments = Arguments::of_process();
    let rounds = arguments.number("--rounds", ROUNDS + 1)?;
    let book = LargeBook::generate();
    println!("{} rows, {} bytes of CSV, {rounds} runs; goal: 20 ms in all", book.rows, book.csv.len());
    println!("| pass | ms, median | least |");
    println!("| --- | ---: | ---: |");
    let mut passes = Passes::default();
    for _ in 0..rounds {
        passes.run(&book)?;
    }
    passes.0.iter_mut().for_each(|(name, nanoseconds)| print(name, nanoseconds));
    Ok(())
}

fn print(name: &str, nanoseconds: &mut [u128]) {
    nanoseconds.sort_unstable();
    let milliseconds = |at: usize| nanoseconds.get(at).map_or("-".to_owned(), |one| ratio(*one, 1_000_000));
    println!("| {name} | {} | {} |", milliseconds(nanoseconds.len() / 2), milliseconds(0));
}

/// What each pass took, in each run.
#[derive(Default)]
struct Passes(Vec<(&'static str, Vec<u128>)>);

impl Passes {
    fn time<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = black_box(work());
        let took = start.elapsed().as_nanos();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, all)) => all.push(took),
            None => self.0.push((name, vec![took])),
        }
        result
    }

    fn run(&mut self, book: &LargeBook) -> Result<(), String> {
        let all = |passes: &mut Passes| passes.time("source to ready kernels, first run included", || ready(book));
        let settled = all(self)?;
        let parsed = self.time("- syntax", || pipeline::parse(NAME, TEXT));
        let resolved = self.time("- resolve", || pipeline::resolve(parsed, book));
        let checked = self.time("- check, the CSV with it", || pipeline::check(resolved, book));
        let typed = checked.book.ok_or("the book is wrong")?;
        self.time("- report", || check::report(&typed));
        let program = self.time("- lower", || lower::lower(typed));
        let dictionary = self.time("- dictionary", || Dictionary::of(&program));
        let batches = book.batches(&program, &dictionary);
        let kernels = self.time("- kernels, and their first run", || first_run(&program, &dictionary, &batches));
        if !(settled && kernels) {
            self.time("(the kernels settled nothing: they are not there yet)", || ());
        }
        Ok(())
    }
}

/// From the text to the first batch; says whether the kernels settled it.
fn ready(book: &LargeBook) -> Result<bool, String> {
    let program = pipeline::compile(NAME, TEXT, book).program.ok_or("the book is wrong")?;
    let dictionary = Dictionary::of(&program);
    let batches = book.batches(&program, &dictionary);
    Ok(first_run(&program, &dictionary, &batches))
}

fn first_run(program: &Program, dictionary: &Dictionary, batches: &Block) -> bool {
    let kernels = Kernels::new(program, dictionary);
    let is_settled = |batch: &Batch| florin_benchmarks::florin::stateless::is_settled(&kernels.run(batch));
    batches.batches.iter().all(is_settled)
}
