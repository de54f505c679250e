//! Books that were written to overflow the stack, to fill the memory, or never to end: each gets a message in time,
//! and what lies just within a limit still compiles.

#![allow(clippy::expect_used)] // A test may fail loudly.

use florin_compiler::pipeline::{Compiled, compile};
use florin_compiler::source::{LoadError, Loader, NoFiles};
use std::time::{Duration, Instant};

/// With room for a busy machine and a build without optimization.
const MAX_TIME: Duration = Duration::from_secs(60);
const HEAD: &str = "pricebook b \"B\"\ncurrency USD \"$\"\nperiod month\n";
const USAGE: &str = "usage u { x : number; k : text = \"k\"; j : text = \"j\" }\n";
const CHARGE: &str = "charge c \"C\" from u { quantity sum(x); price $1 each }\n";

/// Compiles on a thread like that of the command line.
fn compiled(text: String, loader: impl Loader + Send + 'static) -> Compiled {
    let started = Instant::now();
    let thread = std::thread::Builder::new().stack_size(64 << 20);
    let running = thread.spawn(move || compile("book.florin", &text, &loader)).expect("a thread");
    let compiled = running.join().expect("no panic");
    assert!(started.elapsed() < MAX_TIME, "{:?}", started.elapsed());
    compiled
}

fn codes(declarations: &str) -> Vec<&'static str> {
    let text = format!("{HEAD}{USAGE}{declarations}");
    compiled(text, NoFiles).diagnostics.iter().filter(|found| found.is_error()).map(|found| found.code).collect()
}

fn chain(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

const TOO_MUCH: &str = "florin::names::too_large";

#[test]
fn a_chain_of_defines_has_an_end() {
    let defines = |count: usize| {
        let chain = chain(count - 1, |at| format!("define d{at}(a: number) = d{}(a) + 1\n", at + 1));
        let last = format!("define d{}(a: number) = a\n", count - 1);
        format!("{chain}{last}charge c \"C\" from u {{ quantity sum(d0(x)); price $1 each }}\n")
    };
    assert_eq!(codes(&defines(100)), [""; 0]);
    assert_eq!(codes(&defines(101)), [TOO_MUCH]);
    assert_eq!(codes(&defines(20_000)), [TOO_MUCH]);
}

#[test]
fn arguments_that_double_are_not_written_out() {
    let defines = |count: usize| {
        let chain = chain(count, |at| format!("define d{at}(a: number) = d{}(a + a)\n", at + 1));
        let last = format!("define d{count}(a: number) = a\n");
        format!("{chain}{last}charge c \"C\" from u {{ quantity sum(d0(x)); price $1 each }}\n")
    };
    assert_eq!(codes(&defines(10)), [""; 0]);
    assert_eq!(codes(&defines(60)), [TOO_MUCH]);
}

#[test]
fn meters_and_lets_stand_only_so_high() {
    let meters = |count: usize| {
        let chain = chain(count, |at| format!("meter m{} = m{at} + 1\n", at + 1));
        format!("meter m0 = sum(x) from u\n{chain}charge c \"C\" {{ quantity m{count}; price $1 each }}\n")
    };
    // Each is a sum above the meter before.
    assert_eq!(codes(&meters(249)), [""; 0]);
    assert_eq!(codes(&meters(250)), [TOO_MUCH]);
    assert!(codes(&meters(5_000)).contains(&TOO_MUCH));
    let lets = chain(2_000, |at| format!("let l{} = l{at} + 1\n", at + 1));
    assert!(codes(&format!("usage v {{ y : number\nlet l0 = y\n{lets}}}\n{CHARGE}free v\n")).contains(&TOO_MUCH));
}

#[test]
fn meters_that_name_others_twice_are_checked_once() {
    let chain = chain(100, |at| format!("meter m{} = m{at} + m{at}\n", at + 1));
    let book =
        format!("meter m0 = max(x) from u\n{chain}charge c \"C\" {{ quantity m100 otherwise 0; price $1 each }}\n");
    assert_eq!(codes(&book), [""; 0]);
}

#[test]
fn units_are_of_a_size() {
    let units = |count: usize| {
        chain(count, |at| format!("unit u{} = 1_000_000_000_000 u{at}\n", at + 1)) + "unit u0\n" + CHARGE
    };
    assert_eq!(codes(&units(12)), [""; 0]);
    assert_eq!(codes(&units(13)).first(), Some(&"florin::units::mismatch"));
    assert_eq!(codes(&units(5_000)).first(), Some(&"florin::units::mismatch"));
    assert_eq!(codes(&format!("unit piece\nunit box = 0 piece\n{CHARGE}")), ["florin::units::mismatch"]);
}

fn table(columns: &str, header: &str, rows: &str, keys: &str) -> String {
    format!(
        "table t {{ {columns}\n v : number\n {header} | v\n{rows}}}\n\
         charge c \"C\" from u {{ quantity sum(x * t[{keys}]); price $1 each }}\n"
    )
}

#[test]
fn large_tables_are_checked_in_time() {
    let two = "key k : text\n key j : text";
    let open = chain(5_000, |at| format!("\"m{at}\" | - | 1\n"));
    assert_eq!(codes(&table(two, "k | j", &open, "k, j")), [""; 0]);
    let crossed = chain(2_500, |at| format!("\"m{at}\" | - | 1\n- | \"n{at}\" | 1\n"));
    assert_eq!(codes(&table(two, "k | j", &crossed, "k, j")), ["florin::tables::overlap"; 20]);
    let bands = chain(5_000, |at| format!("up to {} | 1\n", at + 1)) + "above 5000 | 1\n";
    assert_eq!(codes(&table("key b : band number", "b", &bands, "x")), [""; 0]);
    let same = "\"m\" | 1\n".repeat(5_000);
    assert_eq!(codes(&table("key k : text", "k", &same, "k")), ["florin::tables::overlap"; 20]);
}

#[test]
fn more_combinations_than_a_number_holds_are_no_overflow() {
    let names: Vec<String> = (0..40).map(|at| format!("k{at}")).collect();
    let member = format!("enum E {{ {} }}\n", chain(10, |at| format!("m{at},")).trim_end_matches(','));
    let fields: String = names.iter().map(|name| format!("{name} : E\n")).collect();
    let keys: String = names.iter().map(|name| format!("key {name} : E\n")).collect();
    let row = format!("{} | 1\n", vec!["-"; 40].join(" | "));
    let book = format!(
        "{member}usage w {{ y : number\n{fields}}}\ntable t {{ {keys} v : number\n {} | v\n{row}}}\n\
         charge d \"D\" from w {{ quantity sum(y * t[{}]); price $1 each }}\n{CHARGE}",
        names.join(" | "),
        names.join(", ")
    );
    assert_eq!(codes(&book), [""; 0]);
}

#[test]
fn all_time_has_no_average() {
    let of = |window: &str| format!("meter m per day = sum(x) from u\nmeter f per {window} = average(m)\n{CHARGE}");
    assert_eq!(codes(&of("month")), [""; 0]);
    assert_eq!(codes(&of("forever")), ["florin::grain::mixed"]);
}

#[test]
fn names_of_any_length_and_number_are_compared_in_time() {
    let long = "a".repeat(200_000);
    assert_eq!(codes(&format!("define {long} = 1\ndefine b = {long}b\n{CHARGE}")), [""; 0]);
    let members = format!("enum E {{ {} }}\n{CHARGE}", vec!["m"; 5_000].join(", "));
    assert_eq!(codes(&members).len(), 4_999);
}

/// Each file imports the next one.
struct Chain(usize);

impl Loader for Chain {
    fn load(&self, path: &str) -> Result<String, LoadError> {
        let at: usize = path.parse().map_err(|_| LoadError::Missing)?;
        Ok(if at < self.0 { format!("import \"{}\"\n", at + 1) } else { String::new() })
    }
}

#[test]
fn a_book_imports_only_so_many_files() {
    let imports = |files: usize| {
        let book = compiled(format!("{HEAD}import \"1\"\n{USAGE}{CHARGE}"), Chain(files));
        book.diagnostics.iter().map(|found| found.code).collect::<Vec<_>>()
    };
    assert_eq!(imports(1_000), [""; 0]);
    assert_eq!(imports(1_001), ["florin::imports::not_found"]);
    assert_eq!(imports(100_000), ["florin::imports::not_found"]);
}

/// One CSV.
struct Csv(&'static str);

impl Loader for Csv {
    fn load(&self, _path: &str) -> Result<String, LoadError> {
        Ok(self.0.to_owned())
    }
}

#[test]
fn a_row_of_a_csv_has_no_cell_too_many() {
    let table = "table t from \"t.csv\" { key k : text\n v : number }\n\
                 charge c \"C\" from u { quantity sum(x * t[k]); price $1 each }\n";
    let codes = |csv: &'static str| {
        let book = compiled(format!("{HEAD}{USAGE}{table}"), Csv(csv));
        book.diagnostics.iter().map(|found| found.code).collect::<Vec<_>>()
    };
    assert_eq!(codes("k,v\na,1250.50\n"), [""; 0]);
    assert_eq!(codes("k,v\na,1250.50,,\n"), [""; 0]);
    assert_eq!(codes("k,v\na,1,250.50\n"), ["florin::tables::cell"]);
    assert_eq!(codes("k,v,v\na,1,2\n"), ["florin::tables::csv"]);
}
