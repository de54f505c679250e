//! The floors do the whole work: what they write has the expected total.

#![allow(clippy::expect_used, clippy::indexing_slicing)] // A test may fail loudly.

use florin_benchmarks::files::{self, Format};
use florin_benchmarks::prices::Matrix;
use florin_benchmarks::workload::w1::{AMOUNT_PLACES, Columns, W1};
use florin_benchmarks::{floors, hand, rated};

#[test]
fn parse_compute_and_write() {
    // Enough for several blocks.
    const RECORDS: u64 = 20_000;
    let folder = std::env::temp_dir().join(format!("florin-floors-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (usage, out) = (folder.join("usage.ndjson"), folder.join("rated.ndjson"));
    let expected = files::write(W1::new(RECORDS), Format::Ndjson, &usage).expect("a file");
    let matrix = Matrix::read();
    let parsed = floors::parse(&usage, &matrix).expect("a file").expect("lines as they were written");
    let (columns, _) = Columns::generate(RECORDS);
    assert_eq!(parsed.columns.models, columns.models);
    assert_eq!(parsed.columns.seconds, columns.seconds);
    assert_eq!(parsed.columns.outputs, columns.outputs);
    let rows = hand::w1::Rows {
        models: &parsed.columns.models,
        regions: &parsed.columns.regions,
        inputs: &parsed.columns.inputs,
        cacheds: &parsed.columns.cacheds,
        outputs: &parsed.columns.outputs,
    };
    let mut amounts = vec![0; columns.models.len()];
    assert!(hand::w1::amounts(&hand::w1::Prices::new(&matrix), rows, &mut amounts));
    floors::write(&out, &parsed, &amounts).expect("a file");
    let found = rated::of_ndjson(&out, AMOUNT_PLACES).expect("rated records");
    std::fs::remove_dir_all(&folder).expect("our own folder");
    assert_eq!(found, rated::Rated { rows: RECORDS, amount: expected.amount });
}
