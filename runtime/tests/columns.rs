//! Usage in typed columns from outside: the same bills as from text, and rated records that come back.

#![allow(clippy::expect_used, clippy::indexing_slicing)] // In a test a broken expectation should stop it, with its line.

use arrow_array::builder::{BooleanBuilder, Decimal128Builder, Int64Builder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int32Type, TimestampNanosecondType};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, Float64Array, ListArray, RecordBatch, StructArray, TimestampMicrosecondArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::{DataType, Field};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

/// Its lines look at all hosts of a period, so that rating each record by the reference takes half a minute.
const SLOW_TO_RATE: &str = "datadog-hosts";

fn schemes() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pricebooks/schemes");
    let entries = std::fs::read_dir(folder).expect("schemes");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn path(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("columns");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder.join(name)
}

fn florin(args: &[&Path]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_florin")).args(args).stdin(Stdio::null()).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// The records of a file of NDJSON by column.
fn batch_of(records: &[Value]) -> RecordBatch {
    RecordBatch::from(objects(records))
}

fn objects(records: &[Value]) -> StructArray {
    let mut names: Vec<&String> = Vec::new();
    for name in records.iter().filter_map(Value::as_object).flat_map(serde_json::Map::keys) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let parts = names.into_iter().map(|name| {
        let values: Vec<Value> = records.iter().map(|record| record.get(name).cloned().unwrap_or_default()).collect();
        let array = column(&values);
        (Arc::new(Field::new(name, array.data_type().clone(), true)), array)
    });
    StructArray::from(parts.collect::<Vec<_>>())
}

/// Values of one sort as an array of the type that a warehouse would choose.
fn column(values: &[Value]) -> ArrayRef {
    let given = || values.iter().filter(|value| !value.is_null());
    let time = |value: &Value| value.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    if given().all(Value::is_i64) {
        let mut builder = Int64Builder::new();
        values.iter().for_each(|value| builder.append_option(value.as_i64()));
        Arc::new(builder.finish())
    } else if given().all(Value::is_number) {
        let mut builder = Decimal128Builder::new().with_data_type(DataType::Decimal128(38, 12));
        values.iter().for_each(|value| builder.append_option(decimal(value)));
        Arc::new(builder.finish())
    } else if given().all(Value::is_boolean) {
        let mut builder = BooleanBuilder::new();
        values.iter().for_each(|value| builder.append_option(value.as_bool()));
        Arc::new(builder.finish())
    } else if given().all(|value| time(value).is_some()) {
        let times: Vec<Option<i64>> =
            values.iter().map(|value| time(value).map(jiff::Timestamp::as_microsecond)).collect();
        Arc::new(TimestampMicrosecondArray::from(times).with_timezone("UTC"))
    } else if given().all(Value::is_array) {
        let items: Vec<Value> = values.iter().filter_map(Value::as_array).flatten().cloned().collect();
        let array = column(&items);
        let lengths = values.iter().map(|value| value.as_array().map_or(0, Vec::len));
        let nulls = NullBuffer::from(values.iter().map(Value::is_array).collect::<Vec<bool>>());
        let item = Arc::new(Field::new("item", array.data_type().clone(), true));
        Arc::new(ListArray::new(item, OffsetBuffer::from_lengths(lengths), array, Some(nulls)))
    } else if given().all(Value::is_object) {
        Arc::new(objects(values))
    } else if values.len().is_multiple_of(2) {
        let texts: DictionaryArray<Int32Type> =
            values.iter().map(text).collect::<Vec<_>>().iter().map(Option::as_deref).collect();
        Arc::new(texts)
    } else {
        let mut builder = StringBuilder::new();
        values.iter().for_each(|value| builder.append_option(text(value)));
        Arc::new(builder.finish())
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn decimal(value: &Value) -> Option<i128> {
    let text = value.as_number()?.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    Some(format!("{whole}{fraction:0<12}").parse().expect("a decimal of at most 12 places"))
}

fn write_parquet(name: &str, batch: &RecordBatch) -> PathBuf {
    let path = path(name);
    let mut writer =
        ArrowWriter::try_new(File::create(&path).expect("a file"), batch.schema(), None).expect("a writer");
    writer.write(batch).expect("space");
    writer.close().expect("space");
    path
}

fn write_arrow(name: &str, batch: &RecordBatch) -> [PathBuf; 2] {
    let (file, stream) = (path(&format!("{name}.arrow")), path(&format!("{name}.arrows")));
    let mut writer = FileWriter::try_new(File::create(&file).expect("a file"), batch.schema_ref()).expect("a writer");
    writer.write(batch).expect("space");
    writer.finish().expect("space");
    let out = File::create(&stream).expect("a file");
    let mut writer = StreamWriter::try_new(out, batch.schema_ref()).expect("a writer");
    writer.write(batch).expect("space");
    writer.finish().expect("space");
    [file, stream]
}

fn write_csv(name: &str, records: &[Value]) -> PathBuf {
    let path = path(name);
    let mut names: Vec<&String> = records.iter().filter_map(Value::as_object).flat_map(serde_json::Map::keys).collect();
    names.sort();
    names.dedup();
    let mut writer = csv::Writer::from_path(&path).expect("a file");
    writer.write_record(&names).expect("space");
    for record in records {
        writer.write_record(names.iter().map(|name| text(&record[name.as_str()]).unwrap_or_default())).expect("space");
    }
    writer.flush().expect("space");
    path
}

fn records_of(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("usage");
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn every_real_book_bills_the_same_from_any_format() {
    let schemes = schemes();
    let mut compared = 0;
    for scheme in schemes {
        let name = scheme.file_name().expect("a name").to_string_lossy().into_owned();
        let (book, usage, accounts) =
            (scheme.join("book.florin"), scheme.join("usage.ndjson"), scheme.join("accounts.json"));
        let records = records_of(&usage);
        let batch = batch_of(&records);
        let mut files =
            vec![write_csv(&format!("{name}.csv"), &records), write_parquet(&format!("{name}.parquet"), &batch)];
        files.extend(write_arrow(&name, &batch));
        for command in ["bill", "rate"].into_iter().filter(|command| *command == "bill" || name != SLOW_TO_RATE) {
            let of = |usage: &Path| {
                let mut args = vec![Path::new(command), &book, usage, Path::new("--format"), Path::new("ndjson")];
                if accounts.exists() {
                    args.extend([Path::new("--accounts"), &accounts]);
                }
                let (status, out, err) = florin(&args);
                (status, out, err.replace(&usage.display().to_string(), "USAGE"))
            };
            let expected = of(&usage);
            compared += usize::from(!expected.1.is_empty());
            for file in &files {
                let found = of(file);
                assert_eq!((found.0, &found.1), (expected.0, &expected.1), "{}", file.display());
                // The lines of a CSV begin below its header, so that what is said of them names other places.
                let is_csv = file.extension().is_some_and(|ending| ending == "csv");
                assert!(is_csv || found.2 == expected.2, "{}: {}{}", file.display(), found.2, expected.2);
            }
        }
    }
    assert!(compared > 20, "{compared} of the books made something of their usage");
}

const BOOK: &str = "pricebook b\ncurrency USD \"$\"\ntimezone \"UTC\"\nperiod month\nunit call \"calls\"\n\
    usage hit {\n  quantity : call at least 0\n  tag : text optional\n}\n\
    meter hits = sum(quantity) from hit\ncharge hits {\n  quantity hits\n  price $0.10 per call\n}\n";

fn book() -> PathBuf {
    let path = path("b.florin");
    std::fs::write(&path, BOOK).expect("a file");
    path
}

/// Three records, of which the second is wrong.
fn hits() -> Vec<Value> {
    let hit = |id: &str, quantity: &str| {
        let number: serde_json::Number = quantity.parse().expect("a number");
        serde_json::json!({"id": id, "account": "A", "time": "2026-03-01T00:00:00Z", "kind": "hit", "quantity": number})
    };
    vec![hit("u1", "1.5"), hit("u2", "-1"), hit("u3", "2")]
}

#[test]
fn a_wrong_row_is_rejected_while_the_others_go_on() {
    let (book, rejects) = (book(), path("rejects.ndjson"));
    let usage = write_parquet("wrong_row.parquet", &batch_of(&hits()));
    let (status, out, err) = florin(&[Path::new("bill"), &book, &usage, Path::new("--rejects"), &rejects]);
    assert_eq!(status, Some(1));
    assert!(out.contains("$0.35"), "{out}");
    let reason = "field \"quantity\" should be at least 0 calls, but is -1.000000000000";
    assert!(err.contains(&format!("rejected: {}:2: {reason}\n", usage.display())), "{err}");
    let kept: Value = serde_json::from_str(std::fs::read_to_string(&rejects).expect("rejects").trim()).expect("JSON");
    assert_eq!((&kept["line"], &kept["reason"]), (&2.into(), &reason.into()));
    let record = "{\"id\":\"u2\",\"account\":\"A\",\"time\":\"2026-03-01T00:00:00Z\",\"kind\":\"hit\",\
        \"quantity\":-1.000000000000}";
    assert_eq!(kept["record"], record);
}

#[test]
fn doubles_are_refused_before_any_record() {
    let book = book();
    let batch = batch_of(&hits());
    let mut columns: Vec<(&str, ArrayRef)> = batch
        .schema_ref()
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .zip(batch.columns().iter().cloned())
        .collect();
    columns[4].1 = Arc::new(Float64Array::from(vec![1.5, -1.0, 2.0]));
    let usage = write_parquet("doubles.parquet", &RecordBatch::try_from_iter(columns.clone()).expect("columns"));
    let (status, out, err) = florin(&[Path::new("bill"), &book, &usage]);
    assert_eq!((status, out.as_str()), (Some(1), ""));
    let expected = format!(
        "error: {}: column \"quantity\" is DOUBLE, a binary floating-point number: it can not hold most prices and \
         quantities exactly (0.1 is not 0.1 in it), and digits may be lost already; write the column as DECIMAL, as an \
         integer or as text: CAST(quantity AS DECIMAL(38, 9))\n",
        usage.display()
    );
    assert_eq!(err, expected);
}

#[test]
fn standard_input_may_be_any_format() {
    let book = book();
    let batch = batch_of(&hits()[..1]);
    let mut files = vec![write_parquet("stdin.parquet", &batch)];
    files.extend(write_arrow("stdin", &batch));
    for file in files {
        let mut command = Command::new(env!("CARGO_BIN_EXE_florin"));
        command.args([Path::new("bill"), &book, Path::new("-")]).stdin(File::open(&file).expect("a file"));
        let output = command.output().expect("florin runs");
        assert_eq!(output.status.code(), Some(0), "{}: {}", file.display(), String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains("$0.15"), "{}", file.display());
    }
}

/// The rows of rated records as NDJSON has them.
fn rows(batch: &RecordBatch) -> Vec<Value> {
    let text = |column: usize, row: usize| {
        let texts = batch.column(column).as_string::<i32>();
        if texts.is_null(row) { Value::Null } else { texts.value(row).into() }
    };
    let number = |column: usize, row: usize| {
        let numbers = batch.column(column).as_primitive::<Decimal128Type>();
        if numbers.is_null(row) {
            return Value::Null;
        }
        numbers.value_as_string(row).trim_end_matches('0').trim_end_matches('.').into()
    };
    let time = |row: usize| {
        let nanoseconds = batch.column(2).as_primitive::<TimestampNanosecondType>().value(row);
        jiff::Timestamp::from_nanosecond(nanoseconds.into()).expect("a time").to_string()
    };
    let row = |row: usize| {
        serde_json::json!({
            "id": text(0, row), "account": text(1, row), "time": time(row), "line": text(3, row),
            "quantity": number(4, row), "unit": text(5, row), "amount": number(6, row),
        })
    };
    (0..batch.num_rows()).map(row).collect()
}

#[test]
fn rated_records_come_back_from_typed_columns() {
    let (mut same, mut too_fine) = (0, 0);
    for scheme in schemes().into_iter().filter(|scheme| !scheme.ends_with(SLOW_TO_RATE)) {
        let (book, usage) = (scheme.join("book.florin"), scheme.join("usage.ndjson"));
        let name = scheme.file_name().expect("a name").to_string_lossy().into_owned();
        let (_, expected, _) = florin(&[Path::new("rate"), &book, &usage]);
        let expected: Vec<Value> = expected.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        for format in ["parquet", "arrow"] {
            let file = path(&format!("rated-{name}.{format}"));
            let _ = std::fs::remove_file(&file);
            let (_, _, err) = florin(&[
                Path::new("rate"),
                &book,
                &usage,
                Path::new("--format"),
                Path::new(format),
                Path::new("--output"),
                &file,
            ]);
            if !file.exists() {
                assert!(err.contains("has more than 18 decimal places or 38 digits"), "{err}");
                too_fine += 1;
                continue;
            }
            let opened = File::open(&file).expect("a file");
            let batches: Vec<RecordBatch> = if format == "parquet" {
                let reader = ParquetRecordBatchReaderBuilder::try_new(opened).expect("a file").build().expect("a file");
                reader.map(|batch| batch.expect("a batch")).collect()
            } else {
                let reader = arrow_ipc::reader::FileReader::try_new(opened, None).expect("a file");
                reader.map(|batch| batch.expect("a batch")).collect()
            };
            let found: Vec<Value> = batches.iter().flat_map(rows).collect();
            assert_eq!(found, expected, "{}", file.display());
            same += 1;
        }
    }
    assert!(same >= 20, "{same} came back, {too_fine} have numbers that are too fine");
}

#[test]
fn parquet_needs_a_file() {
    let (book, usage) = (book(), write_parquet("to_stdout.parquet", &batch_of(&hits())));
    let (status, out, err) = florin(&[Path::new("rate"), &book, &usage, Path::new("--format"), Path::new("parquet")]);
    assert_eq!((status, out.as_str()), (Some(2), ""));
    assert_eq!(err, "error: --format parquet needs a file: --output rated.parquet\n");
}
