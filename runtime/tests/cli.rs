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
    for args in [&["check", "nowhere.florin"][..], &["bill", "nowhere.florin", "u"]] {
        let (status, out, err) = run(args);
        assert_eq!((status, out.as_str()), (Some(1), ""), "{args:?}");
        assert!(err.contains("nowhere.florin: there is no such file"), "{err}");
    }
}

#[test]
fn paths_without_books_are_2() {
    let usage = file("no_book.csv", "id\n");
    let folder = PathBuf::from(&usage).with_file_name("no_books");
    std::fs::create_dir_all(&folder).expect("a folder");
    let folder = folder.display().to_string();
    for command in ["test", "fmt"] {
        for (path, reason) in [
            ("nowhere.florin", "there is no such file"),
            (usage.as_str(), "no price books here"),
            (folder.as_str(), "no price books here"),
        ] {
            let (status, out, err) = run(&[command, path]);
            assert_eq!((status, out.as_str()), (Some(2), ""), "{command} {path}");
            assert!(err.contains(&format!("{path}: {reason}")), "{err}");
        }
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
    let counts = "read 3 = rated 1 + free 0 + duplicate 0 + unpriced 0 + rejected 2\n";
    let end = format!(
        "{counts}2 of 3 records were rejected, so these rated records are not complete; {rejects} has what was rejected, with the reasons\n"
    );
    assert!(err.ends_with(&end), "{err}");
    assert!(err.contains("rejects.ndjson:2: field \"minutes\" should be a number of minutes, but is \"ten\""), "{err}");
    assert!(err.contains("rejects.ndjson:3: id \"1\" came before with other content"), "{err}");
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
    assert!(err.ends_with("1 of 2 records has no price, so this bill is not complete\n"), "{err}");
    let (status, _, err) = run(&["bill", &book, &usage, "--allow-unpriced"]);
    assert_eq!(status, Some(0));
    assert!(!err.contains("not complete"), "{err}");
    let mixed = file("mixed.ndjson", &[call("1", "ten", "DE"), call("2", "1", "IT")].concat());
    let (status, out, err) = run(&["bill", &book, &mixed, "--format", "json"]);
    assert_eq!(status, Some(1));
    assert!(
        err.contains("1 of 2 records was rejected and 1 has no price, so this bill is not complete; --rejects"),
        "{err}"
    );
    let bills: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (bills[0]["total"].clone(), &bills[0]["withheld"][0]["line"]),
        (serde_json::Value::Null, &"calls:IT".into())
    );
}

#[test]
fn spans_that_go_on_for_too_long_are_told() {
    let book = file(
        "trips.florin",
        "pricebook t \"Trips\"\ncurrency EUR \"€\"\nperiod month\nenum Way { entry, exit }\n\
         usage tap { card : text; way : Way }\n\
         spans trip by card from tap { starts when way == entry; ends when way == exit; at most 4 hours }\n\
         charge trips \"Trips\" from trip { quantity count(); price €2 each }\n",
    );
    let tap = |id: &str, time: &str, way: &str| {
        format!(
            "{{\"id\":\"{id}\",\"account\":\"A\",\"time\":\"{time}\",\"kind\":\"tap\",\"card\":\"c\",\"way\":\"{way}\"}}\n"
        )
    };
    let taps = [("t1", "02T08", "entry"), ("t2", "02T09", "exit"), ("t3", "02T10", "entry"), ("t4", "03T10", "entry")];
    let taps = taps.map(|(id, hour, way)| tap(id, &format!("2026-03-{hour}:00:00Z"), way)).concat();
    let usage = file("trips.ndjson", &taps);
    for command in ["bill", "rate"] {
        for evaluator in ["reference", "compiled"] {
            let (status, _, err) = run(&[command, &book, &usage, "--evaluator", evaluator]);
            assert_eq!(status, Some(0), "{err}");
            let told: Vec<&str> = err.lines().filter(|line| line.starts_with("warning: a `trip` of account")).collect();
            assert!(
                told.len() == 2 && told[0].ends_with("it began at 2026-03-02T10:00:00Z with record \"t3\""),
                "{err}"
            );
        }
    }
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
fn twenty_rejects_are_said_and_the_rest_counted() {
    let book = file("many.florin", BOOK);
    let bad: String = (0..22).map(|id| call(&id.to_string(), "\"30,000\"", "DE")).collect();
    let usage = file("many.ndjson", &bad);
    let (status, out, err) = run(&["bill", &book, &usage, "--format", "json"]);
    assert_eq!((status, out.as_str()), (Some(1), "[]\n"));
    assert_eq!(err.matches("write it without the comma: 30000").count(), 20, "{err}");
    assert!(err.contains("... and 2 more records rejected; --rejects FILE keeps all"), "{err}");
}

#[test]
fn names_that_are_nearly_declared_are_pointed_out() {
    let book = file("near.florin", &BOOK.replacen("usage call", "account { plan : text optional }\nusage call", 1));
    let usage = file("near.ndjson", &call("1", "10", "DE").replace('}', ",\"minuts\":1,\"colour\":2}"));
    let accounts = file("near.json", "{\"A\": {\"Plan\": \"pro\"}}");
    let (status, _, err) = run(&["bill", &book, &usage, "--accounts", &accounts]);
    assert_eq!(status, Some(0), "{err}");
    assert!(err.contains("declare: minuts (1; did you mean \"minutes\"?), colour (1)\n"), "{err}");
    assert!(err.contains("declare: Plan (1; did you mean \"plan\"?)\n"), "{err}");
}

#[test]
fn a_total_is_explained_and_a_line_that_is_not_there_is_guessed() {
    let book = file("explained.florin", BOOK);
    let usage = file("explained.ndjson", &[call("1", "10", "DE"), call("2", "2", "FR")].concat());
    let explain =
        |line: &str| run(&["explain", &book, &usage, "--account", "A", "--period", "2026-03", "--line", line]);
    let expected = "Total for 2026-03: $1.40, the sum of its rounded lines\n  Calls, DE (calls:DE): $1.00\n  Calls, FR (calls:FR): $0.40\n";
    assert_eq!(explain("total"), (Some(0), expected.to_owned(), String::new()));
    let (status, _, err) = explain("call:DE");
    assert_eq!(status, Some(1));
    let hint = "has no line \"call:DE\"; did you mean \"calls:DE\"?; it has \"calls:DE\", \"calls:FR\"";
    assert!(err.contains(hint), "{err}");
}

#[test]
fn a_book_whose_errors_are_in_its_tests_is_said_so() {
    let book = file("wrong_test.florin", &BOOK.replace("minutes: 10 minutes", "minutes: 10 GB"));
    let usage = file("wrong_test.ndjson", &call("1", "10", "DE"));
    let (status, out, err) = run(&["bill", &book, &usage]);
    assert_eq!((status, out.as_str()), (Some(1), ""));
    assert!(err.contains("has errors in its test \"one call\", though none in its prices"), "{err}");
    let (status, out, err) = run(&["test", &book]);
    assert_eq!(status, Some(1));
    assert!(out.contains("  FAILED  the book\n          it has an error, so its test was not run\n"), "{out}");
    assert!(err.contains("wrong_test.florin:") && err.ends_with("0 passed, 1 failed\n"), "{err}");
}

#[test]
fn a_failed_test_shows_the_bill_only_where_others_of_its_lines_differ() {
    let book = |name: &str, from: &str, to: &str| file(name, &BOOK.replace("  snapshot\n", "").replace(from, to));
    let tested = |book: String| run(&["test", &book]);
    let wrong = "calls:DE = $2.00\n  expect total    = $2.00";
    let (status, out, _) = tested(book("differs.florin", "calls:DE = $1.00\n  expect total    = $1.00", wrong));
    assert_eq!(status, Some(1));
    assert!(out.contains("calls:DE: expected $2.00, got $1.00, $1.00 less") && !out.contains("Total"), "{out}");
    let (_, out, _) = tested(book("others_differ.florin", "total    = $1.00", "total = $2.00"));
    assert!(out.contains("total: expected $2.00, got $1.00, $1.00 less") && out.contains("Total"), "{out}");
}

#[test]
fn records_of_a_test_outside_its_period_are_noted() {
    let record = "  usage call { id: \"u2\", time: 2026-04-01T00:00:00Z, minutes: 10 minutes, country: \"DE\" }\n";
    let text = BOOK.replace("  snapshot\n", "").replace("  bill for", &format!("{record}  bill for"));
    let (status, out, _) = run(&["test", &file("outside.florin", &text)]);
    assert_eq!(status, Some(0));
    assert!(out.contains("  ok      one call\n          note: 1 record of this test lies outside 2026-03\n"), "{out}");
}

#[test]
fn a_right_book_has_no_findings_as_json() {
    let book = file("fine.florin", BOOK);
    let (status, out, _) = run(&["check", &book, "--format", "json"]);
    assert_eq!((status, out.as_str()), (Some(0), "[]\n"));
}

#[cfg(unix)]
#[test]
fn formatting_keeps_links_and_permissions_and_output_may_be_a_device() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let book = file("in_form.florin", &BOOK.replace("  quantity", "      quantity"));
    std::fs::set_permissions(&book, PermissionsExt::from_mode(0o600)).expect("permissions");
    let link = PathBuf::from(&book).with_file_name("link.florin");
    let _ = std::fs::remove_file(&link);
    symlink("in_form.florin", &link).expect("a link");
    assert_eq!(run(&["fmt", &link.display().to_string()]).0, Some(0));
    assert!(link.is_symlink());
    assert_eq!(run(&["fmt", "--check", &book]).0, Some(0));
    assert_eq!(std::fs::metadata(&book).expect("a book").permissions().mode() & 0o777, 0o600);
    let usage = file("in_form.ndjson", &call("1", "10", "DE"));
    let (status, out, _) = run(&["rate", &book, &usage, "--output", "/dev/stdout"]);
    assert_eq!((status, out.lines().count()), (Some(0), 1));
    let rated = file("in_form.rated", "old");
    assert_eq!(run(&["rate", &book, &usage, "--output", &rated, "--rejects", &rated]).0, Some(2));
    assert_eq!(run(&["rate", &book, &usage, "--output", &rated]).0, Some(0));
    assert_eq!(std::fs::read_to_string(&rated).expect("what was rated"), out);
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
    let other = twice.replace("twice.txt", "../cli/twice.txt");
    let (status, _, err) = run(&["rate", &book, &usage, "--rejects", &twice, "--output", &other]);
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

/// A book with a minimum, one account with usage in two months and one with none.
fn minimum() -> [String; 3] {
    let book = "pricebook m \"M\"\ncurrency USD \"$\"\nperiod month\nusage ev { n : number }\n\
        charge c \"C\" from ev { quantity sum(n); price $1 each; at least $25 }\n";
    let record = |id: &str, month: &str, n: &str| {
        format!(
            "{{\"id\":\"{id}\",\"account\":\"A\",\"time\":\"2026-{month}-02T10:00:00Z\",\"kind\":\"ev\",\"n\":{n}}}\n"
        )
    };
    let usage = record("1", "03", "30") + &record("2", "04", "1");
    [file("minimum.florin", book), file("minimum.ndjson", &usage), file("minimum.json", "{\"A\":{},\"idle\":{}}")]
}

#[test]
fn a_listed_account_pays_its_minimum_without_usage() {
    let [book, usage, accounts] = minimum();
    let (status, out, _) = run(&["bill", &book, &usage, "--accounts", &accounts, "--format", "ndjson"]);
    assert_eq!(status, Some(0));
    let total = |line: &str| {
        let bill: serde_json::Value = serde_json::from_str(line).expect("a bill");
        format!("{} {} {}", bill["account"], bill["period"], bill["total"]).replace('"', "")
    };
    let totals: Vec<String> = out.lines().map(total).collect();
    assert_eq!(totals, ["A 2026-03 30.00", "A 2026-04 25.00", "idle 2026-03 25.00", "idle 2026-04 25.00"]);
}

#[test]
fn who_has_no_contract_is_billed_beside_those_who_have_one() {
    let book = file(
        "contracts.florin",
        "pricebook p \"P\"\ncurrency USD \"$\"\nperiod month\nusage hit { n : number }\n\
         charge hits \"Hits\" from hit { quantity sum(n); price $2 each }\n\
         plan care \"Care\" {\n terms { rate : USD }\n fee care \"Care\" { price terms.rate every month }\n}\n",
    );
    let contracts = file("contracts.csv", "account,plan,from,rate\nA,care,2026-03-01,30\n");
    let usage = file(
        "contracts_usage.csv",
        "id,account,time,kind,n\na,A,2026-03-02T00:00:00Z,hit,1\nb,B,2026-03-02T00:00:00Z,hit,4\n",
    );
    let bills = ["reference", "compiled"].map(|evaluator| {
        let (status, out, err) = run(&["bill", &book, &usage, "--contracts", &contracts, "--evaluator", evaluator]);
        assert_eq!(status, Some(0), "{err}");
        out
    });
    assert!(bills[0].contains("$32.00") && bills[0].contains("$8.00"), "{}", bills[0]);
    assert_eq!(bills[0], bills[1]);
}

#[test]
fn what_is_rated_of_a_listed_account_adds_up_to_its_bills() {
    let [book, usage, accounts] = minimum();
    let (status, out, _) = run(&["rate", &book, &usage, "--accounts", &accounts]);
    assert_eq!(status, Some(0));
    let rated = |line: &str| {
        let rated: serde_json::Value = serde_json::from_str(line).expect("a rated record");
        format!("{} {} {} {}", rated["id"], rated["account"], rated["time"], rated["amount"]).replace('"', "")
    };
    let rated: Vec<String> = out.lines().map(rated).collect();
    let expected = [
        "null A 2026-03-01T00:00:00Z 25",
        "1 A 2026-03-02T10:00:00Z 5",
        "null A 2026-04-01T00:00:00Z 25",
        "2 A 2026-04-02T10:00:00Z 0",
        "null idle 2026-03-01T00:00:00Z 25",
        "null idle 2026-04-01T00:00:00Z 25",
    ];
    assert_eq!(rated, expected);
}

#[test]
fn a_price_list_becomes_a_book_that_is_right() {
    let list = file(
        "list.json",
        r#"[{"id": "n", "models": [
        {"id": "swift", "prices": {"input_mtok": 0.50, "output_mtok": 2}}, {"id": "free", "prices": {}}]}]"#,
    );
    let (status, book, said) = run(&["import", "genai-prices", &list]);
    assert_eq!(status, Some(0), "{said}");
    assert!(book.contains("\"n\"") && book.contains("\"swift\"") && !book.contains("free\""), "{book}");
    assert!(said.ends_with("  n/free\n1 model in the book, 1 not\n"), "{said}");
    let path = PathBuf::from(&list).with_file_name("imported.florin").display().to_string();
    let (status, out, _) = run(&["import", "genai-prices", &list, "--output", &path]);
    assert_eq!((status, out.as_str()), (Some(0), ""));
    assert_eq!(std::fs::read_to_string(&path).expect("a book"), book);
    for command in [&["check"][..], &["fmt", "--check"]] {
        let (status, _, said) = run(&[command, &[path.as_str()]].concat());
        assert_eq!(status, Some(0), "{said}");
    }
    let usage = file(
        "list.ndjson",
        r#"{"id": "1", "account": "a", "time": "2026-03-01T00:00:00Z", "kind": "inference", "provider": "n", "model": "swift", "usage": {"input_tokens": 3, "output_tokens": 1}}"#,
    );
    let (status, out, said) = run(&["rate", &path, &usage, "--format", "csv"]);
    assert_eq!(status, Some(0), "{said}");
    assert!(out.contains(",0.0000015") && out.contains(",0.000002"), "{out}");
}

#[test]
fn a_wrong_price_list_is_1_and_what_is_right_in_it_is_written() {
    let list = file("wrong.json", r#"{"good": {"input_cost_per_token": 1e-06}, "bad": {"input_cost_per_token": -1}}"#);
    let (status, book, said) = run(&["import", "litellm", &list]);
    assert_eq!(status, Some(1), "{said}");
    assert!(book.contains("\"good\"") && !book.contains("\"bad\""), "{book}");
    assert!(said.contains("wrong: the price `input_cost_per_token` is negative: -1 (1 model)\n  bad\n"), "{said}");
    let none = file("none.json", r#"{"bad": {"input_cost_per_token": -1}}"#);
    let prose = file("prose.json", "pricebook p");
    for (list, words) in [
        (none.as_str(), "none of the models was understood, so there is no book"),
        (prose.as_str(), "is not JSON"),
        ("nowhere.json", "there is no such file"),
    ] {
        let (status, out, said) = run(&["import", "litellm", list]);
        assert_eq!((status, out.as_str()), (Some(1), ""), "{list}");
        assert!(said.contains(words), "{said}");
    }
    let (status, _, said) = run(&["import", "litellm"]);
    assert_eq!(status, Some(2), "{said}");
}
