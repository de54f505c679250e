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

const BROKEN: &str = "pricebook p \"P\"\ncurrency USD \"$\"\nperiod month\nthis is wrong\n";

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
        assert!(err.contains("broken.florin:4:") && !err.contains('\u{1b}'), "{err}");
    }
}

#[test]
fn findings_are_json_on_standard_output() {
    let book = file("broken_json.florin", BROKEN);
    let (status, out, _) = run(&["check", &book, "--format", "json"]);
    assert_eq!(status, Some(1));
    let findings: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(findings[0]["severity"], "error");
    assert_eq!(findings[0]["labels"][0]["line"], 4);
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

const BOOK: &str = r#"pricebook calls "Calls"
currency USD "$"
period month

usage call { minutes : minute; country : text }

table rate {
  key country : text
  price : USD per minute

  country | price
  "DE"    | 0.10
  "FR"    | 0.20
}

charge calls "Calls" by country from call {
  quantity sum(minutes)
  price    rate[country]
}

test "one call" {
  account "A" { }
  usage call { id: "u1", time: 2026-03-01T00:00:00Z, minutes: 10 minutes, country: "DE" }
  bill for 2026-03
  expect calls:DE = $1.00
  expect total    = $1.00
  snapshot
}
"#;

fn call(id: &str, minutes: &str, country: &str) -> String {
    format!(
        "{{\"id\":\"{id}\",\"account\":\"A\",\"time\":\"2026-03-01T00:00:00Z\",\"minutes\":{minutes},\"country\":\"{country}\"}}\n"
    )
}

#[test]
fn usage_is_billed_and_every_record_counted() {
    let book = file("calls.florin", BOOK);
    let good = [call("1", "10", "DE"), call("2", "\"2.5\"", "FR"), call("1", "1e1", "DE")].concat();
    let usage = file("calls.ndjson", &good);
    let (status, out, err) = run(&["bill", &book, &usage, "--format", "ndjson"]);
    assert_eq!(
        (status, err.as_str()),
        (Some(0), "read 3 = rated 2 + free 0 + duplicate 1 + unpriced 0 + rejected 0\n")
    );
    let bill: serde_json::Value = serde_json::from_str(&out).expect("one bill");
    assert_eq!((bill["account"].as_str(), bill["period"].as_str()), (Some("A"), Some("2026-03")));
    assert_eq!(
        (bill["lines"][0]["line"].as_str(), bill["lines"][0]["amount"].as_str()),
        (Some("calls:DE"), Some("1.00"))
    );
    assert_eq!(bill["total"], "1.50");
}

#[test]
fn rejects_are_kept_and_make_the_status_1() {
    let book = file("rejects.florin", BOOK);
    let usage =
        file("rejects.ndjson", &[call("1", "10", "DE"), call("2", "\"ten\"", "DE"), call("1", "11", "DE")].concat());
    let rejects = file("rejected.ndjson", "");
    let (status, out, err) = run(&["rate", &book, &usage, "--rejects", &rejects]);
    assert_eq!(status, Some(1));
    assert_eq!(out.lines().count(), 1);
    assert!(err.ends_with("read 3 = rated 1 + free 0 + duplicate 0 + unpriced 0 + rejected 2\n"), "{err}");
    assert!(err.contains("rejects.ndjson:2: field \"minutes\" should be a number of minutes, but is \"ten\""), "{err}");
    assert!(err.contains("rejects.ndjson:3: id \"1\" came before with another \"minutes\""), "{err}");
    let kept = std::fs::read_to_string(&rejects).expect("the rejects");
    let first: serde_json::Value = serde_json::from_str(kept.lines().next().expect("a reject")).expect("JSON");
    assert_eq!(
        (first["line"].as_u64(), first["record"].as_str()),
        (Some(2), Some(call("2", "\"ten\"", "DE").trim_end()))
    );
}

#[test]
fn what_has_no_price_is_listed_and_may_be_allowed() {
    let book = file("unpriced.florin", BOOK);
    let usage = file("unpriced.ndjson", &[call("1", "10", "DE"), call("2", "1", "IT")].concat());
    let (status, out, err) = run(&["bill", &book, &usage]);
    assert_eq!(status, Some(1));
    assert!(err.contains("record \"2\"") && err.contains("unpriced 1"), "{err}");
    assert!(out.contains("Calls"), "{out}");
    assert_eq!(run(&["bill", &book, &usage, "--allow-unpriced"]).0, Some(0));
}

#[test]
fn accounts_that_are_not_listed_are_refused() {
    let book = file("listed.florin", BOOK);
    let usage = file("listed.ndjson", &call("1", "10", "DE"));
    let accounts = file("accounts.json", "{\"B\": {}}");
    let (status, _, err) = run(&["bill", &book, &usage, "--accounts", &accounts]);
    assert_eq!(status, Some(1));
    assert!(err.contains("account \"A\" is not among the accounts"), "{err}");
    let (status, _, err) = run(&["bill", &book, &usage, "--accounts", &accounts, "--account", "C"]);
    assert_eq!(status, Some(1));
    assert!(err.contains("account \"C\" is not among the accounts"), "{err}");
    let (_, out, _) = run(&["bill", &book, &usage, "--account", "Z", "--period", "2026-04", "--format", "ndjson"]);
    assert!(out.contains("\"account\":\"Z\",\"period\":\"2026-04\""), "{out}");
}

#[test]
fn what_is_read_is_never_overwritten() {
    let book = file("kept.florin", BOOK);
    let usage = file("kept.ndjson", &call("1", "10", "DE"));
    for option in ["--rejects", "--output"] {
        let (status, _, err) = run(&["rate", &book, &usage, option, &usage]);
        assert_eq!(status, Some(1), "{option}");
        assert!(err.contains("is already used in this run"), "{err}");
    }
    let twice = file("twice.txt", "");
    let (status, _, err) = run(&["rate", &book, &usage, "--rejects", &twice, "--output", &twice]);
    assert_eq!(status, Some(1));
    assert!(err.contains("is already used in this run"), "{err}");
    assert_eq!(std::fs::read_to_string(&usage).ok(), Some(call("1", "10", "DE")));
}

#[cfg(unix)]
#[test]
fn another_name_of_what_is_read_is_not_overwritten() {
    let book = file("linked.florin", BOOK);
    let usage = file("linked.ndjson", &call("1", "10", "DE"));
    let other = format!("{usage}.other");
    let _ = std::fs::remove_file(&other);
    std::fs::hard_link(&usage, &other).expect("a link");
    let (status, _, err) = run(&["rate", &book, &usage, "--output", &other]);
    assert_eq!(status, Some(1));
    assert!(err.contains("is already used in this run"), "{err}");
    assert_eq!(std::fs::read_to_string(&usage).ok(), Some(call("1", "10", "DE")));
}

#[test]
fn a_book_that_can_not_be_read_does_not_stop_the_others() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cli/unreadable");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("a.florin"), b"\xff").expect("a file");
    std::fs::write(folder.join("b.florin"), format!("{BOOK}\nunit   far\n")).expect("a file");
    let folder = folder.display().to_string();
    let (status, out, err) = run(&["test", &folder, "--format", "json"]);
    let results: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((status, &results["tests"][0]["passed"]), (Some(1), &serde_json::json!(false)), "{err}");
    assert!(results["tests"].as_array().is_some_and(|tests| tests.len() > 1), "{out}");
    let (status, _, err) = run(&["fmt", &folder]);
    assert_eq!(status, Some(1));
    assert!(err.contains("a.florin: is not UTF-8") && err.contains("b.florin: formatted"), "{err}");
}

#[test]
fn a_read_only_book_is_left_as_it_is() {
    let text = "pricebook p \"P\"\ncurrency   USD \"$\"\nperiod month\n";
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cli/read-only.florin");
    let _ = std::fs::remove_file(&folder);
    let book = file("read-only.florin", text);
    let mut permissions = std::fs::metadata(&book).expect("a file").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&book, permissions).expect("a file of ours");
    let (status, _, err) = run(&["fmt", &book]);
    assert_eq!(status, Some(1));
    assert!(err.contains("is read-only"), "{err}");
    assert_eq!(std::fs::read_to_string(&book).ok().as_deref(), Some(text));
}

#[test]
fn findings_and_program_are_one_document() {
    let book = file("document.florin", BOOK);
    let (_, out, _) = run(&["check", &book, "--format", "json", "--emit", "ir"]);
    let document: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert!(
        document["findings"].is_array() && document["ir"].as_str().is_some_and(|ir| ir.contains("program")),
        "{out}"
    );
}

#[test]
fn tests_in_books_pass_fail_and_keep_snapshots() {
    let book = file("tested.florin", BOOK);
    let snapshot = PathBuf::from(&book).with_file_name("snapshots").join("tested__one-call.txt");
    let _ = std::fs::remove_file(&snapshot);
    assert_eq!(run(&["test", &book]).0, Some(1));
    assert_eq!(run(&["test", &book, "--update"]).0, Some(0));
    let (status, out, err) = run(&["test", &book]);
    assert_eq!((status, err.as_str()), (Some(0), "1 passed, 0 failed\n"));
    assert!(out.contains("  ok      one call"), "{out}");
    let wrong = file("wrong.florin", &BOOK.replace("calls:DE = $1.00", "calls:FR = $1.00").replace("  snapshot\n", ""));
    let (status, out, _) = run(&["test", &wrong]);
    assert_eq!(status, Some(1));
    let failure = "calls:FR: expected $1.00, but the bill has no such line; did you mean \"calls:DE\"?";
    assert!(out.contains(failure) && out.contains("Total"), "{out}");
}

#[test]
fn a_book_that_should_be_wrong_passes_by_its_codes() {
    let code = "florin::syntax::unknown_declaration";
    let test = |code: &str| format!("test \"it is wrong\" {{\n  expect error {code}\n}}\n");
    let book =
        file("should_be_wrong.florin", &format!("{}{}", BROKEN.replace("this is wrong", "pricetag"), test(code)));
    let (status, out, err) = run(&["test", &book]);
    assert_eq!(status, Some(0), "{out}{err}");
    let other = file("wrong_otherwise.florin", &format!("{BROKEN}{}", test("florin::units::mismatch")));
    let (status, out, _) = run(&["test", &other]);
    assert_eq!(status, Some(1));
    assert!(out.contains("expected error florin::units::mismatch, got"), "{out}");
}
