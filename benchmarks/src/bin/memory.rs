//! What running tiers over a million accounts cost in memory.
//!
//! `cargo run --release -p florin-benchmarks --bin memory [-- --records 10000000 --florin FILE]`
//!
//! The accounts' records are in turn, so that after the first million every group lives. A file of half the length shows
//! what every further record costs (its id in the window of duplicates, where one is kept); the rest is the groups'.

use florin_benchmarks::arguments::Arguments;
use florin_benchmarks::expected::Expected;
use florin_benchmarks::files::{self, Format};
use florin_benchmarks::harness::ratio;
use florin_benchmarks::workload::tiers::AMOUNT_PLACES;
use florin_benchmarks::workload::w2::{Shape, W2};
use florin_benchmarks::{process, rated};
use std::path::{Path, PathBuf};

fn main() -> Result<(), String> {
    let arguments = Arguments::of_process();
    let records = arguments.number("--records", 10_000_000)?;
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = here.join("../target");
    let florin = process::florin(&arguments)?;
    let folder = target.join("memory");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let bench = Bench { florin, book: here.join("books/w2.florin"), folder };
    println!("| records | groups | peak memory, bytes | seconds |");
    println!("| ---: | ---: | ---: | ---: |");
    let start = bench.measure(1)?;
    let half = bench.measure(records / 2)?;
    let whole = bench.measure(records)?;
    let groups = i128::from(whole.groups.max(1));
    let grown = |to: &Measured, from: &Measured| i128::from(to.peak_bytes) - i128::from(from.peak_bytes);
    println!("bytes per group, all of the growth: {} (goal: 250)", grown(&whole, &start) / groups);
    if half.groups == whole.groups {
        let further = i128::from(whole.records - half.records);
        println!("bytes per further record: {}", grown(&whole, &half) / further);
        let of_groups = grown(&half, &start) - grown(&whole, &half) * i128::from(half.records) / further;
        println!("bytes per group, without what each record costs: {}", of_groups / groups);
    }
    Ok(())
}

struct Bench {
    florin: PathBuf,
    book: PathBuf,
    folder: PathBuf,
}

struct Measured {
    records: u64,
    groups: u64,
    peak_bytes: u64,
}

impl Bench {
    fn measure(&self, records: u64) -> Result<Measured, String> {
        let (usage, out) = (self.folder.join("usage.ndjson"), self.folder.join("rated.ndjson"));
        let workload = W2::new(Shape::million_accounts(records));
        let expected = files::write(workload, Format::Ndjson, &usage).map_err(|error| error.to_string())?;
        let text = |path: &Path| path.display().to_string();
        let (book, usage, output) = (text(&self.book), text(&usage), text(&out));
        let run = process::run(&self.florin, &["rate", &book, &usage, "--output", &output])?;
        check(&expected, &out)?;
        let seconds = ratio(run.nanoseconds, 1_000_000_000);
        println!("| {records} | {} | {} | {seconds} |", expected.groups, run.peak_bytes);
        Ok(Measured { records, groups: expected.groups, peak_bytes: run.peak_bytes })
    }
}

fn check(expected: &Expected, out: &Path) -> Result<(), String> {
    let found = rated::of_ndjson(out, AMOUNT_PLACES)?;
    let wanted = rated::Rated { rows: expected.records, amount: expected.amount };
    if found == wanted { Ok(()) } else { Err(format!("WRONG TOTAL: {found:?} instead of {wanted:?}")) }
}
