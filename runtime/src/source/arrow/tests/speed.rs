//! How long reading takes; run in release, by name:
//! `cargo test --release -p florin-runtime --lib reading_speed -- --ignored --nocapture`.

use super::*;
use arrow_array::{Decimal128Array, TimestampMicrosecondArray};
use std::time::Instant;

const RECORDS: usize = 1_000_000;

/// Calls with a key of a few texts, a number and a day, as a warehouse would hold them.
fn usage() -> RecordBatch {
    let rows = || 0..RECORDS;
    let texts =
        |of: &dyn Fn(usize) -> String| Arc::new(rows().map(|row| Some(of(row))).collect::<StringArray>()) as ArrayRef;
    let times = rows().map(|row| 1_772_323_200_000_000 + 1_000 * i64::try_from(row).unwrap_or(0));
    let durations =
        Decimal128Array::from_iter_values(rows().map(|row| 500_000_000 * i128::try_from(row % 97).unwrap_or(0)));
    batch(vec![
        ("id", texts(&|row| format!("00000000-{row:012}"))),
        ("account", texts(&|row| format!("A{}", row % 1_000))),
        ("time", Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC"))),
        ("kind", texts(&|_| "call".to_owned())),
        ("duration", Arc::new(durations.with_precision_and_scale(38, 9).expect("a scale"))),
        ("size", texts(&|row| ["S", "2XL"][row % 2].to_owned())),
        ("called", texts(&|row| format!("+49{}", row % 200))),
    ])
}

#[test]
#[ignore = "a measurement, not a check"]
fn reading_speed() {
    let program = program();
    let bytes = damage::parquet_bytes(&usage(), parquet::basic::Compression::SNAPPY, 131_072);
    for is_kept in [true, false] {
        let dictionary = Dictionary::of(&program);
        let reader = ArrowReader::new(&program, &dictionary, None);
        let mut reader = if is_kept { reader.keeping_all() } else { reader };
        let (started, mut read) = (Instant::now(), 0);
        let bulk = Bulk::Memory(bytes.clone().into());
        let taken = reader.read_file(bulk, Columnar::Parquet, &"u".into(), &mut |parsed| read += parsed.lines.len());
        assert_eq!((taken, read, reader.unusual()), (Ok(()), RECORDS, 0));
        let each = started.elapsed().as_nanos() / RECORDS as u128;
        println!("{each} ns a record, all fields kept: {is_kept}; {} bytes a record", bytes.len() / RECORDS);
    }
    let (started, mut batches) = (Instant::now(), 0);
    let all = |columns: &arrow_schema::Schema| Ok((0..columns.fields().len()).collect());
    for batch in file::open(Bulk::Memory(bytes.into()), Columnar::Parquet, &all).expect("a file") {
        batches += usize::from(batch.is_ok());
    }
    println!("{} ns of them in the library, {batches} batches", started.elapsed().as_nanos() / RECORDS as u128);
}
