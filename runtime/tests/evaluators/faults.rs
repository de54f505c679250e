//! A stream whose input or output fails, and streams that are next to nothing: they end, and say what the reference says.

use crate::harness::{Ran, alike, counts, ended, file, florin, path, root, run, same};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

const EVALUATORS: [&[&str]; 3] = [
    &["--evaluator", "reference"],
    &["--evaluator", "compiled", "--threads", "1"],
    &["--evaluator", "compiled", "--threads", "16"],
];

fn book() -> String {
    let text = "pricebook f \"F\"\ncurrency USD \"$\"\nperiod month\nusage ev { n : number }\n\
        charge c \"C\" from ev { quantity sum(n); price $2 each }\n";
    file(&format!("faults.{:?}.florin", std::thread::current().id()), text)
}

fn record(id: usize) -> String {
    format!(
        "{{\"id\":\"r{id}\",\"account\":\"A{}\",\"time\":\"2026-03-02T10:00:00Z\",\"kind\":\"ev\",\"n\":{}}}\n",
        id % 11,
        id % 7
    )
}

fn records(count: usize) -> String {
    (0..count).map(record).collect()
}

/// Several stretches of the stream.
const MANY: usize = 40_000;

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).expect("memory");
    writer.finish().expect("memory")
}

/// Reads one line and goes away.
fn head(args: &[&str]) -> (String, Ran) {
    let mut child = florin(args).spawn().expect("florin runs");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    (line, ended(child, &args.join(" ")))
}

#[test]
fn a_reader_may_go_away() {
    let (book, usage) = (book(), file("long.ndjson", records(MANY)));
    let mut lines = Vec::new();
    for evaluator in EVALUATORS {
        let (line, ran) = head(&[&["rate", &book, &usage], evaluator].concat());
        assert_eq!(ran.status, Some(0), "{}", ran.err);
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        lines.push(line);
    }
    lines.dedup();
    assert_eq!(lines.len(), 1, "{lines:?}");
}

#[test]
fn nobody_waits_for_a_reader_that_went_away() {
    let book = book();
    let mut child = florin(&["rate", &book, "-", "--threads", "2"]).stdin(Stdio::piped()).spawn().expect("florin runs");
    let mut input = child.stdin.take().expect("a pipe");
    // Without an end: who writes stops when florin has gone.
    let writing = std::thread::spawn(move || {
        for id in 0.. {
            if input.write_all(record(id).as_bytes()).is_err() {
                return id;
            }
        }
        0
    });
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let ran = ended(child, "an input without an end");
    assert!(writing.join().expect("a count") > 0);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    assert!(ran.err.starts_with("note: nobody reads the output any more"), "{}", ran.err);
    let (_, count) = counts(&ran).split_once(" = rated ").expect("counts");
    assert!(count.ends_with(" + free 0 + duplicate 0 + unpriced 0 + rejected 0"), "{count}");
}

#[test]
fn what_is_asked_of_all_usage_is_done_whoever_reads_the_output() {
    let (book, usage) = (book(), file("rejected.ndjson", records(MANY) + "wrong\n"));
    let rejects = path("rejected.rejects");
    let (_, ran) = head(&["rate", &book, &usage, "--rejects", &rejects, "--threads", "2"]);
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(&rejects).expect("the rejects").lines().count(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_at_once() {
    let (book, usage) = (book(), file("full.ndjson", records(MANY)));
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
    for (command, evaluator) in EVALUATORS.iter().flat_map(|one| [("rate", one), ("bill", one)]) {
        let args = [&[command, &book, &usage], *evaluator].concat();
        let child = florin(&args).stdout(Stdio::from(full())).spawn().expect("florin runs");
        let ran = ended(child, &args.join(" "));
        assert_eq!(ran.status, Some(1), "{args:?}");
        assert!(ran.err.contains("the output can not be written: No space left"), "{args:?}: {}", ran.err);
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
    }
    for format in ["ndjson", "csv", "arrow", "parquet"] {
        same(&["rate", &book, &usage, "--format", format, "--output", "/dev/full"]);
    }
    same(&["rate", &book, &usage, "--rejects", "/dev/full", "--format", "csv"]);
}

#[test]
fn an_output_that_can_not_be_made_is_said() {
    let (book, usage) = (book(), file("unmade.ndjson", records(10)));
    let ran = same(&["rate", &book, &usage, "--output", &path("nowhere/rated.ndjson")]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(1), ""));
    assert!(ran.err.contains("can not be written"), "{}", ran.err);
}

#[test]
fn an_input_that_breaks_off_keeps_what_came_before() {
    let book = book();
    let whole = zipped(records(MANY).as_bytes());
    let cut = file("cut.ndjson.gz", &whole[..whole.len() / 2]);
    let csv =
        format!("id,account,time,kind,n\n{}", (0..MANY).map(|id| format!("r{id},A,0,ev,{id}\n")).collect::<String>());
    let whole = zipped(csv.as_bytes());
    let cut_csv = file("cut.csv.gz", &whole[..whole.len() / 2]);
    let mut damaged = zipped(records(MANY).as_bytes());
    let middle = damaged.len() / 2;
    damaged[middle..middle + 64].fill(0x55);
    let damaged = file("damaged.ndjson.gz", damaged);
    let after = file("after.ndjson", (MANY..MANY + 10).map(record).collect::<String>());
    for usage in [&cut, &cut_csv, &damaged] {
        for command in ["rate", "bill"] {
            let ran = same(&[command, &book, usage, &after]);
            assert_eq!(ran.status, Some(1), "{}", ran.err);
            assert!(ran.err.contains("rejected: ") && !ran.out.is_empty(), "{}", ran.err);
            // A damaged file goes on with rubbish, whose many rejects are said before its end.
            assert!(usage == &damaged || ran.err.contains("can not be read on"), "{}", ran.err);
        }
    }
}

#[test]
fn an_input_that_is_not_there_stops_the_run() {
    let (book, usage) = (book(), file("there.ndjson", records(MANY)));
    let columns = file("columns.parquet", b"PAR1 and nothing of it is true PAR1");
    let folder = root("pricebooks").display().to_string();
    for missing in ["nowhere.ndjson", &columns, &folder] {
        for command in ["rate", "bill"] {
            let with = |evaluator: &[&str]| run(&[&[command, &book, &usage, missing], evaluator].concat());
            let expected = with(EVALUATORS[0]);
            assert_eq!(expected.status, Some(1), "{}", expected.err);
            for evaluator in &EVALUATORS[1..] {
                let found = with(evaluator);
                // The stream has handed over what came before, where it writes to standard output.
                alike(&expected, &Ran { out: expected.out.clone(), ..found }, missing);
            }
        }
    }
}

#[test]
fn a_run_that_stops_leaves_no_output_behind() {
    let (book, usage) = (book(), file("stops.ndjson", records(MANY)));
    let output = file("stops.rated", "old");
    let ran = run(&["rate", &book, &usage, "nowhere.ndjson", "--output", &output]);
    assert_eq!(ran.status, Some(1));
    assert_eq!(std::fs::read_to_string(&output).ok().as_deref(), Some("old"));
}

#[test]
fn many_threads_share_next_to_nothing() {
    let book = book();
    for (name, text) in
        [("empty", String::new()), ("blank", "\n \n\n".to_owned()), ("one", records(1)), ("two", records(2))]
    {
        let usage = file(&format!("{name}.tiny"), text);
        for command in [&["rate"][..], &["rate", "--format", "csv"], &["bill"], &["bill", "--format", "json"]] {
            let args = [&command[..1], &[book.as_str(), &usage], &command[1..]].concat();
            let expected = same(&args);
            assert_eq!(expected.status, Some(0), "{}", expected.err);
            for threads in ["16", "200"] {
                let found = run(&[&args[..], &["--threads", threads]].concat());
                alike(&expected, &found, &format!("{args:?} --threads {threads}"));
            }
        }
    }
    let gzip = file("empty.gz", zipped(b""));
    same(&["bill", &book, &gzip]);
}

/// One input for each record is one stretch for each record.
#[test]
fn a_record_may_be_a_stretch_of_its_own() {
    let book = book();
    let usage: Vec<String> = (0..60).map(|id| file(&format!("single.{id}"), record(id % 50))).collect();
    let usage: Vec<&str> = usage.iter().map(String::as_str).collect();
    for command in ["rate", "bill"] {
        let ran = same(&[&[command, &book], usage.as_slice()].concat());
        assert_eq!(counts(&ran), "read 60 = rated 50 + free 0 + duplicate 10 + unpriced 0 + rejected 0");
    }
}

#[test]
fn input_that_comes_slowly_is_waited_for() {
    let book = book();
    let mut child = florin(&["rate", &book, "-", "--threads", "3"]).stdin(Stdio::piped()).spawn().expect("florin runs");
    let mut input = child.stdin.take().expect("a pipe");
    let begun = Instant::now();
    for id in 0..20 {
        input.write_all(record(id).as_bytes()).expect("written");
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(input);
    let ran = ended(child, "a slow input");
    assert!(begun.elapsed() >= Duration::from_millis(100));
    assert_eq!((ran.status, ran.out.lines().count()), (Some(0), 20), "{}", ran.err);
}
