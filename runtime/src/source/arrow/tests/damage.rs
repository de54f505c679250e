//! Files that are cut off or damaged: a sentence, never a panic.

use super::*;
use crate::source::{Input, Listener, Usage, read_inputs};
use arrow_array::{Decimal128Array, Int64Array};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::path::PathBuf;

fn sample(rows: usize) -> RecordBatch {
    let mut columns = calls(rows);
    let values: Vec<i128> = (0..rows).map(|row| row as i128).collect();
    let durations = Decimal128Array::from(values).with_precision_and_scale(38, 9).expect("a scale");
    columns.push(("duration", Arc::new(durations)));
    columns.push(("called", Arc::new(StringArray::from(vec![Some("x"); rows]))));
    columns.push(("extra", Arc::new(Int64Array::from(vec![Some(1); rows]))));
    batch(columns)
}

pub(super) fn parquet_bytes(batch: &RecordBatch, compression: Compression, group: usize) -> Vec<u8> {
    let properties =
        WriterProperties::builder().set_compression(compression).set_max_row_group_row_count(Some(group)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).expect("a writer");
    writer.write(batch).expect("memory");
    writer.into_inner().expect("memory")
}

fn ipc_bytes(batch: &RecordBatch, compression: Option<CompressionType>) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(compression).expect("a compression");
    let mut writer = FileWriter::try_new_with_options(Vec::new(), batch.schema_ref(), options).expect("a writer");
    writer.write(batch).expect("memory");
    writer.write(batch).expect("memory");
    writer.into_inner().expect("memory")
}

fn stream_bytes(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), batch.schema_ref()).expect("a writer");
    writer.write(batch).expect("memory");
    writer.write(batch).expect("memory");
    writer.into_inner().expect("memory")
}

/// Every form of a batch, with a name for it.
fn forms(batch: &RecordBatch) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("u.parquet", parquet_bytes(batch, Compression::UNCOMPRESSED, 50)),
        ("snappy.parquet", parquet_bytes(batch, Compression::SNAPPY, 50)),
        ("zstd.parquet", parquet_bytes(batch, Compression::ZSTD(ZstdLevel::default()), 50)),
        ("gzip.parquet", parquet_bytes(batch, Compression::GZIP(parquet::basic::GzipLevel::default()), 50)),
        ("lz4.parquet", parquet_bytes(batch, Compression::LZ4_RAW, 50)),
        ("u.arrow", ipc_bytes(batch, None)),
        ("zstd.feather", ipc_bytes(batch, Some(CompressionType::ZSTD))),
        ("u.arrows", stream_bytes(batch)),
    ]
}

fn path(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("florin-arrow-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder.join(name)
}

fn read_from(name: &str, bytes: &[u8]) -> (Result<Usage, String>, Vec<String>) {
    // Tests run at the same time, and each file is one's own.
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let path = path(&format!("{number}-{name}"));
    std::fs::write(&path, bytes).expect("a file");
    let mut rejects: Vec<Reject> = Vec::new();
    let listener: &mut dyn Listener = &mut rejects;
    let usage = read_inputs(&program(), None, &[Input::new(&path)], listener).map_err(|error| error.words);
    (usage, rejects.iter().map(|reject| format!("{}: {}", reject.line, reject.reason)).collect())
}

/// A reader of bytes in memory; nothing of it may panic.
fn read_bytes(program: &Program, bytes: &[u8], format: Columnar) -> Result<u64, String> {
    let dictionary = Dictionary::of(program);
    let mut read = 0;
    ArrowReader::new(program, &dictionary, None)
        .read_file(Bulk::Memory(bytes.to_vec().into()), format, &"u".into(), &mut |parsed| read += parsed.read)
        .map(|()| read)
        .map_err(|problem| problem.to_string())
}

#[test]
fn every_form_is_read_whatever_its_name() {
    let batch = sample(120);
    for (name, bytes) in forms(&batch) {
        for name in [name, "without_ending"] {
            let (usage, rejects) = read_from(name, &bytes);
            let usage = usage.expect(name);
            let twice = if name.contains("parquet") || bytes.starts_with(b"PAR1") { 0 } else { 120 };
            assert_eq!((usage.records.len(), usage.duplicates, rejects.len()), (120, twice, 0), "{name}");
            let ignored: Vec<(&str, u64)> =
                usage.ignored.names().iter().map(|(name, times)| (name.as_str(), *times)).collect();
            assert_eq!(ignored, [("extra", 120 + twice)], "{name}");
            assert_eq!(usage.places[119].line, 120);
        }
    }
}

#[test]
fn gzip_around_is_no_hindrance() {
    use std::io::Write;
    for (name, bytes) in forms(&sample(3)) {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&bytes).expect("memory");
        let (usage, _) = read_from(&format!("{name}.gz"), &encoder.finish().expect("memory"));
        assert_eq!(usage.expect(name).records.len(), 3, "{name}");
    }
}

#[test]
fn files_without_records_are_fine_and_files_without_bytes_are_not() {
    for (name, bytes) in forms(&sample(0)) {
        let (usage, rejects) = read_from(name, &bytes);
        assert_eq!((usage.expect(name).read, rejects.len()), (0, 0), "{name}");
        let (usage, _) = read_from(name, b"");
        let words = usage.expect_err(name);
        assert!(words.starts_with("is empty; "), "{words}");
    }
    let (usage, _) = read_from("not.parquet", b"id,account\n1,2\n");
    assert_eq!(usage.expect_err("no"), "is not a Parquet file: it does not begin with PAR1");
    let (usage, _) = read_from("old.feather", b"FEA1....");
    assert!(usage.expect_err("no").starts_with("is Feather of version 1"));
}

#[test]
fn a_file_that_is_cut_off_is_said_so() {
    for (name, bytes) in forms(&sample(120)) {
        let (usage, rejects) = read_from(name, &bytes[..bytes.len() / 2]);
        let words = match usage {
            Err(words) => words,
            Ok(_) => rejects.join("; "),
        };
        let is_said = words.contains("cut off") || words.contains("the file can not be read on; is it damaged? (");
        assert!(is_said, "{name}: {words}");
    }
    let bytes = parquet_bytes(&sample(120), Compression::SNAPPY, 50);
    let (usage, _) = read_from("cut.parquet", &bytes[..bytes.len() - 3]);
    assert_eq!(usage.expect_err("no"), "is cut off: a Parquet file ends with PAR1, behind what names its columns");
}

#[test]
fn a_stream_that_is_cut_off_between_two_batches_is_said_so() {
    let batch = sample(3);
    let bytes = stream_bytes(&batch);
    let (usage, rejects) = read_from("whole.arrows", &bytes);
    assert_eq!((usage.expect("a file").read, rejects.len()), (6, 0));
    let (usage, rejects) = read_from("unmarked.arrows", &bytes[..bytes.len() - 8]);
    assert_eq!(usage.expect("a file").read, 7);
    assert_eq!(
        rejects,
        [
            "7: the file can not be read on; is it damaged? (the stream has no mark at its end, as it has where it is whole)"
        ]
    );
}

/// The library is built without the LZ4 of Arrow files, so the test makes one of another: one byte says how a batch is
/// compressed.
#[test]
fn lz4_is_refused_with_its_mend() {
    let program = program();
    let bytes = ipc_bytes(&sample(3), Some(CompressionType::ZSTD));
    let ones = bytes.iter().enumerate().filter(|(_, byte)| **byte == 1).map(|(at, _)| at);
    let refusals = ones.filter_map(|at| {
        let mut changed = bytes.clone();
        changed[at] = 0;
        read_bytes(&program, &changed, Columnar::Arrow).err()
    });
    let expected = "is compressed by LZ4, which is read in Parquet files only; write it as Parquet, or with compression \
        zstd or none: write_feather(.., compression=\"zstd\")";
    assert!(refusals.collect::<Vec<_>>().contains(&expected.to_owned()));
}

#[test]
fn no_cut_stops_the_program() {
    let program = program();
    for (name, bytes) in forms(&sample(20)) {
        let format = if name.ends_with("parquet") { Columnar::Parquet } else { Columnar::Arrow };
        for length in (0..bytes.len()).step_by(3).chain(bytes.len() - 20..bytes.len()) {
            let _ = read_bytes(&program, &bytes[..length], format);
        }
    }
}

#[test]
fn no_mangled_byte_stops_the_program() {
    let program = program();
    let mut state = 5u64;
    let mut chance = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % bound
    };
    for (name, bytes) in forms(&sample(20)) {
        let format = if name.ends_with("parquet") { Columnar::Parquet } else { Columnar::Arrow };
        for _ in 0..500 {
            let mut mangled = bytes.clone();
            for _ in 0..=chance(3) {
                let at = chance(mangled.len());
                mangled[at] = [0, 0xff, 0x7f, 0x80, 1, u8::try_from(chance(256)).unwrap_or(0)][chance(6)];
            }
            let _ = read_bytes(&program, &mangled, format);
        }
    }
}
