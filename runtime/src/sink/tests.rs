use super::*;
use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, TimestampNanosecondType};
use arrow_array::{Array, RecordBatch};
use florin_compiler::compiled::Figure;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// 2026-03-01 and a nanosecond.
const TIME: i128 = 1_772_323_200_000_000_001;

fn row<'a>(id: Option<&'static str>, amount: &'a Figure) -> RatedRow<'a> {
    let quantity = id.map(|_| &QUANTITY);
    RatedRow { id, account: "A", nanoseconds: TIME, line: "storage", quantity, unit: id.map(|_| "GB"), amount }
}

const CENT: Figure = Figure::Short { mantissa: 1, scale: 2 };
const QUANTITY: Figure = Figure::Short { mantissa: 15, scale: 1 };

fn parquet_of(rows: &[RatedRow<'_>]) -> bytes::Bytes {
    let mut writer = ColumnWriter::new(Parquet::new(Vec::new()).expect("memory"));
    rows.iter().for_each(|row| writer.write(*row).expect("memory"));
    writer.finish().expect("memory").into()
}

fn check_rows(batches: &[RecordBatch], expected: usize) {
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), expected);
    let Some(batch) = batches.first() else { return };
    assert_eq!(batch.schema(), schema());
    assert_eq!(batch.column(0).as_string::<i32>().value(0), "u1");
    assert!(batch.column(0).is_null(1) && batch.column(4).is_null(1) && batch.column(5).is_null(1));
    let time = batch.column(2).as_primitive::<TimestampNanosecondType>().value(0);
    assert_eq!(i128::from(time), TIME);
    assert_eq!(batch.column(4).as_primitive::<Decimal128Type>().value_as_string(0), "1.500000000000000000");
    assert_eq!(batch.column(6).as_primitive::<Decimal128Type>().value_as_string(1), "0.010000000000000000");
}

#[test]
fn both_formats_come_back() {
    let rows = [row(Some("u1"), &CENT), row(None, &CENT)];
    let reader = ParquetRecordBatchReaderBuilder::try_new(parquet_of(&rows)).expect("a file");
    let batches: Vec<RecordBatch> = reader.build().expect("a file").map(|batch| batch.expect("a batch")).collect();
    check_rows(&batches, 2);
    let mut writer = ColumnWriter::new(Arrow::new(Vec::new()).expect("memory"));
    rows.iter().for_each(|row| writer.write(*row).expect("memory"));
    let bytes = std::io::Cursor::new(writer.finish().expect("memory"));
    let reader = arrow_ipc::reader::FileReader::try_new(bytes, None).expect("a file");
    check_rows(&reader.map(|batch| batch.expect("a batch")).collect::<Vec<_>>(), 2);
}

#[test]
fn no_rows_are_a_file_too() {
    let reader = ParquetRecordBatchReaderBuilder::try_new(parquet_of(&[])).expect("a file");
    assert_eq!(reader.schema().fields(), schema().fields());
}

#[test]
fn groups_have_their_size() {
    let mut writer = ColumnWriter::new(Parquet::new(Vec::new()).expect("memory"));
    for _ in 0..=GROUP_ROWS {
        writer.write(row(Some("u1"), &CENT)).expect("memory");
    }
    let bytes: bytes::Bytes = writer.finish().expect("memory").into();
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).expect("a file");
    let sizes: Vec<i64> = reader.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
    assert_eq!(sizes, [GROUP_ROWS as i64, 1]);
}

#[test]
fn what_a_column_can_not_hold_stops_the_run() {
    let mut writer = ColumnWriter::new(Arrow::new(Vec::new()).expect("memory"));
    let widest = 10i128.pow(38) - 1;
    for amount in [
        Figure::Short { mantissa: widest, scale: 18 },
        Figure::Short { mantissa: -widest, scale: 18 },
        Figure::Short { mantissa: 10, scale: 19 },
    ] {
        writer.write(row(None, &amount)).expect("it fits");
    }
    for amount in [
        Figure::Short { mantissa: 1, scale: 19 },
        Figure::Short { mantissa: widest + 1, scale: 18 },
        Figure::Short { mantissa: 10i128.pow(20), scale: 0 },
    ] {
        let refused = writer.write(row(Some("u1"), &amount)).map_err(|error| error.to_string());
        let expected = format!(
            "record u1, line storage: the amount {amount} has more than 18 decimal places or 38 digits, which a column \
             of decimals can not hold; nothing is rounded, so write it with --format ndjson or csv"
        );
        assert_eq!(refused, Err(expected));
    }
    let late = RatedRow { nanoseconds: 32_503_680_000_000_000_000, ..row(None, &CENT) };
    let refused = writer.write(late).map_err(|error| error.to_string());
    let expected = "what is due without a record, line storage: the time 3000-01-01T00:00:00Z is beyond the \
        nanoseconds that a column of times can hold (until the year 2262); write it with --format ndjson or csv";
    assert_eq!(refused, Err(expected.to_owned()));
}
