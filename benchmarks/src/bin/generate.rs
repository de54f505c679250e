//! Writes the data of a workload, and beside it what is to be found there.
//!
//! `generate WORKLOAD --records N --format ndjson|csv --output FILE`

use florin_benchmarks::arguments::Arguments;
use florin_benchmarks::expected::Expected;
use florin_benchmarks::files::{self, Format};
use florin_benchmarks::workload::w1::W1;
use florin_benchmarks::workload::w2::{Shape, W2};
use florin_benchmarks::workload::w3::W3;
use std::error::Error;
use std::path::{Path, PathBuf};

const USAGE: &str = "usage: generate w1|w2|w2-million|w3 [--records 4000000] [--format ndjson|csv] --output FILE";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::of_process();
    let records = arguments.number("--records", 4_000_000)?;
    let format = match arguments.text("--format").unwrap_or("ndjson") {
        "ndjson" => Format::Ndjson,
        "csv" => Format::Csv,
        _ => return Err(USAGE.into()),
    };
    let path = PathBuf::from(arguments.text("--output").ok_or(USAGE)?);
    let expected = write(arguments.first().ok_or(USAGE)?, records, format, &path)?;
    let beside = format!("{}.expected.json", path.display());
    std::fs::write(&beside, expected.to_json())?;
    eprintln!("{} records in {}, their totals in {beside}", expected.records, path.display());
    Ok(())
}

fn write(workload: &str, records: u64, format: Format, path: &Path) -> Result<Expected, Box<dyn Error>> {
    Ok(match workload {
        "w1" => files::write(W1::new(records), format, path)?,
        "w2" => files::write(W2::new(Shape::measured(records)), format, path)?,
        "w2-million" => files::write(W2::new(Shape::million_accounts(records)), format, path)?,
        "w3" => files::write(W3::new(records), format, path)?,
        _ => return Err(USAGE.into()),
    })
}
