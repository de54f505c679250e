//! W1 from an NDJSON file to rated NDJSON by `florin rate`, against the sum of floors written by hand, turn by turn.
//!
//! `cargo run --release -p florin-benchmarks --bin end-to-end [-- --records 4000000 --rounds 20 --florin FILE --only floors]`
//!
//! Build the program first: `cargo build --release -p florin-runtime`.

use florin_benchmarks::arguments::Arguments;
use florin_benchmarks::expected::Expected;
use florin_benchmarks::files::{self, Format};
use florin_benchmarks::floors::{self, Parsed};
use florin_benchmarks::hand::{self, ROWS};
use florin_benchmarks::harness::{ROUNDS, ratio};
use florin_benchmarks::prices::Matrix;
use florin_benchmarks::workload::w1::{AMOUNT_PLACES, W1};
use florin_benchmarks::{process, rated};
use std::path::{Path, PathBuf};
use std::time::Instant;

fn main() -> Result<(), String> {
    let arguments = Arguments::of_process();
    let records = arguments.number("--records", 4_000_000)?;
    let rounds = arguments.number("--rounds", ROUNDS)?;
    let bench = Bench::prepare(&arguments, records)?;
    let mut table = Table::default();
    bench.round(&mut Table::default())?; // To warm up.
    for _ in 0..rounds {
        bench.round(&mut table)?;
    }
    println!("W1, NDJSON to rated NDJSON: {records} records, {} bytes, {rounds} alternating runs", bench.bytes);
    table.print(records.into());
    Ok(())
}

/// What all runs need.
struct Bench {
    florin: PathBuf,
    /// How many threads the program can be told to use.
    threads: Threads,
    book: PathBuf,
    usage: PathBuf,
    rated: PathBuf,
    expected: Expected,
    bytes: u64,
    matrix: Matrix,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Threads {
    Chosen,
    OneOnly,
    /// Only the floors are measured.
    NotAtAll,
}

/// What was measured, by name.
#[derive(Default)]
struct Table(Vec<(&'static str, Vec<u128>, u64)>);

const ONE: &str = "florin rate, one thread";
const TWO: &str = "florin rate, two threads";
const PARSE: &str = "floor: parse into columns";
const KERNEL: &str = "floor: kernel";
const WRITE: &str = "floor: write";
const FLOORS: &str = "floors, sum";

impl Bench {
    fn prepare(arguments: &Arguments, records: u64) -> Result<Bench, String> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let target = here.join("../target");
        let is_wanted = arguments.text("--only") != Some("floors");
        let florin = if is_wanted { process::florin(arguments)? } else { PathBuf::new() };
        let folder = target.join("end-to-end");
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let usage = folder.join("w1.ndjson");
        let expected = files::write(W1::new(records), Format::Ndjson, &usage).map_err(|error| error.to_string())?;
        let bytes = std::fs::metadata(&usage).map_err(|error| error.to_string())?.len();
        let threads = match arguments.text("--only") {
            Some("floors") => Threads::NotAtAll,
            _ if process::help(&florin, &["rate"])?.contains("--threads") => Threads::Chosen,
            _ => Threads::OneOnly,
        };
        Ok(Bench {
            florin,
            threads,
            book: here.join("books/w1_record.florin"),
            rated: folder.join("rated.ndjson"),
            usage,
            expected,
            bytes,
            matrix: Matrix::read(),
        })
    }

    fn round(&self, table: &mut Table) -> Result<(), String> {
        match self.threads {
            Threads::Chosen => {
                self.rate(table, ONE, &["--threads", "1"])?;
                self.rate(table, TWO, &["--threads", "2"])?;
            }
            Threads::OneOnly => self.rate(table, ONE, &[])?,
            Threads::NotAtAll => {}
        }
        self.floors(table)
    }

    fn rate(&self, table: &mut Table, name: &'static str, more: &[&str]) -> Result<(), String> {
        let text = |path: &Path| path.display().to_string();
        let (book, usage, rated) = (text(&self.book), text(&self.usage), text(&self.rated));
        let mut arguments = vec!["rate", &book, &usage, "--output", &rated];
        arguments.extend(more);
        let run = process::run(&self.florin, &arguments)?;
        table.add(name, run.nanoseconds, run.peak_bytes);
        self.check()
    }

    fn floors(&self, table: &mut Table) -> Result<(), String> {
        let prices = hand::w1::Prices::new(&self.matrix);
        let (parsing, parsed) = timed(|| floors::parse(&self.usage, &self.matrix));
        let parsed = parsed.map_err(|error| error.to_string())?.ok_or("a line is not as it was generated")?;
        let (computing, amounts) = timed(|| amounts(&prices, &parsed));
        let amounts = amounts.ok_or("an amount overflows")?;
        let (writing, written) = timed(|| floors::write(&self.rated, &parsed, &amounts));
        written.map_err(|error| error.to_string())?;
        table.add(PARSE, parsing, 0);
        table.add(KERNEL, computing, 0);
        table.add(WRITE, writing, 0);
        table.add(FLOORS, parsing + computing + writing, 0);
        self.check()
    }

    fn check(&self) -> Result<(), String> {
        let found = rated::of_ndjson(&self.rated, AMOUNT_PLACES)?;
        let expected = rated::Rated { rows: self.expected.records, amount: self.expected.amount };
        if found == expected { Ok(()) } else { Err(format!("WRONG TOTAL: {found:?} instead of {expected:?}")) }
    }
}

fn amounts(prices: &hand::w1::Prices, parsed: &Parsed) -> Option<Vec<i64>> {
    let columns = &parsed.columns;
    let mut amounts = vec![0; columns.models.len()];
    for (batch, out) in amounts.chunks_mut(ROWS).enumerate() {
        let range = batch * ROWS..batch * ROWS + out.len();
        let rows = hand::w1::Rows {
            models: columns.models.get(range.clone())?,
            regions: columns.regions.get(range.clone())?,
            inputs: columns.inputs.get(range.clone())?,
            cacheds: columns.cacheds.get(range.clone())?,
            outputs: columns.outputs.get(range)?,
        };
        if !hand::w1::amounts(prices, rows, out) {
            return None;
        }
    }
    Some(amounts)
}

fn timed<T>(work: impl FnOnce() -> T) -> (u128, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed().as_nanos(), result)
}

impl Table {
    fn add(&mut self, name: &'static str, nanoseconds: u128, peak_bytes: u64) {
        match self.0.iter_mut().find(|(known, ..)| *known == name) {
            Some((_, all, peak)) => {
                all.push(nanoseconds);
                *peak = (*peak).max(peak_bytes);
            }
            None => self.0.push((name, vec![nanoseconds], peak_bytes)),
        }
    }

    fn median(&self, name: &str) -> Option<u128> {
        let (_, all, _) = self.0.iter().find(|(known, ..)| *known == name)?;
        all.get(all.len() / 2).copied()
    }

    fn print(mut self, records: u128) {
        self.0.iter_mut().for_each(|(_, all, _)| all.sort_unstable());
        println!("| what | ns per record, median | least | records a second | peak memory, MB |");
        println!("| --- | ---: | ---: | ---: | ---: |");
        for (name, all, peak) in &self.0 {
            let median = all.get(all.len() / 2).copied().unwrap_or(0);
            let least = all.first().copied().unwrap_or(0);
            let rate = records * 1_000_000_000 / median.max(1);
            let peak = if *peak == 0 { "-".to_owned() } else { ratio((*peak).into(), 1_000_000) };
            println!("| {name} | {} | {} | {rate} | {peak} |", ratio(median, records), ratio(least, records));
        }
        let print = |what: &str, of: &str, by: &str| match (self.median(of), self.median(by)) {
            (Some(of), Some(by)) => println!("{what}: {}", ratio(of, by)),
            _ => println!("{what}: not measured (does `florin rate` know --threads?)"),
        };
        print("one thread against the sum of the floors (goal: at most 1.3)", ONE, FLOORS);
        print("two threads are faster by (goal: 1.8)", ONE, TWO);
    }
}
