//! The binary from outside: exit status, what goes to which stream, closed pipes.

#![allow(clippy::expect_used, clippy::indexing_slicing)] // In a test a broken expectation should stop it, with its line.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn florin(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_florin"));
    command.args(args).env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> (Option<i32>, String, String) {
    texts(florin(args).output().expect("florin runs"))
}

fn texts(output: Output) -> (Option<i32>, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn file(name: &str, text: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cli");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a file");
    path.display().to_string()
}

const BROKEN: &str = "pricebook p \"P\"\ncurrency USD \"$\"\nthis is wrong\n";

#[test]
fn wrong_usage_is_2() {
    for args in [&["frobnicate"][..], &["bill", "b.florin"], &["bill", "b.florin", "u", "--period", "march"]] {
        let (status, out, err) = run(args);
        assert_eq!((status, out.as_str()), (Some(2), ""), "{args:?}");
        assert!(err.contains("error:"), "{err}");
    }
}

#[test]
fn missing_files_are_1_and_named() {
    for args in [&["check", "nowhere.florin"][..], &["bill", "nowhere.florin", "u"], &["test", "nowhere.florin"]] {
        let (status, out, err) = run(args);
        assert_eq!((status, out.as_str()), (Some(1), ""), "{args:?}");
        assert!(err.contains("nowhere.florin: there is no such file"), "{err}");
    }
}

#[test]
fn a_broken_book_is_said_and_nothing_is_rated() {
    let book = file("broken.florin", BROKEN);
    let usage = file("usage.ndjson", "");
    for args in [&["check", &book][..], &["bill", &book, &usage], &["rate", &book, &usage], &["fmt", &book]] {
        let (status, out, err) = run(args);
        assert_eq!((status, out.as_str()), (Some(1), ""), "{args:?}");
        assert!(err.contains("broken.florin:3:") && !err.contains('\u{1b}'), "{err}");
    }
}

#[test]
fn findings_are_json_on_standard_output() {
    let book = file("broken_json.florin", BROKEN);
    let (status, out, _) = run(&["check", &book, "--format", "json"]);
    assert_eq!(status, Some(1));
    let findings: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(findings[0]["severity"], "error");
    assert_eq!(findings[0]["labels"][0]["line"], 3);
    assert_eq!(findings[0]["labels"][0]["file"], book.as_str());
}

#[test]
fn standard_input_is_formatted_to_standard_output() {
    let mut child = florin(&["fmt", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("florin runs");
    child.stdin.take().expect("a pipe").write_all(b"pricebook p \"P\"\ncurrency USD \"$\"\n").expect("written");
    let (status, out, err) = texts(child.wait_with_output().expect("florin ends"));
    assert_eq!((status, err.as_str()), (Some(0), ""));
    assert!(out.starts_with("pricebook p \"P\"\n"), "{out}");
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let book = file("closed.florin", &format!("{BROKEN}{}", "also wrong\n".repeat(5_000)));
    let mut child = florin(&["check", &book, "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("florin runs");
    drop(child.stdout.take());
    let (status, _, err) = texts(child.wait_with_output().expect("florin ends"));
    assert_eq!(status, Some(1));
    assert!(!err.contains("panicked"), "{err}");
}
