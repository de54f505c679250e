//! Each operation that kernels know, at the level of optimisation that ships, on each rung, where values have edges.

use crate::generate::{Case, NoFiles};
use crate::native::{Settled, compared};
use florin_compiler::columns::{Batch, Block, Dictionary};
use florin_compiler::exact::Rational;
use florin_compiler::jit::{Kernels, Rung, Status};
use florin_compiler::model::{Accounts, Record, Value};
use florin_compiler::pipeline::compile;

const HEAD: &str = "pricebook b\ncurrency USD \"$\"\ntimezone \"UTC\"\nperiod month\nunit call \"calls\"\nenum Size { small, large, huge }\n";

const TABLES: &str = "
table price {
  key t : text
  key size : Size
  one : number
  two : number optional
  name : text

  t   | size  | one | two | name
  \"x\" | small | 1.5 | -  | \"x\"
  \"x\" | large | 2   | 0.25 | \"y\"
  \"y\" | -     | not sold | 3 | \"z\"
  \"z\" | -     | -7  | 4  | \"x\"
  -   | -     | 6   | -  | \"y\"
}
table banded {
  key n : band number
  rate : number

  n        | rate
  below 0  | 1
  up to 10 | 2
  below 11 | 3
  from 11  | 4
}
table dated {
  key t : text
  from : date
  rate : number

  t   | from       | rate
  \"x\" | 2026-01-01 | 1
  \"x\" | 2026-03-10 | 2
  -   | 2026-03-01 | 3
}
";

const USAGE: &str = "
usage r {
  n : number
  m : number
  o : number optional
  q : call
  t : text
  u : text optional
  s : Size
  p : Size optional
  b : boolean
  c : boolean optional
  d : date
  w : time
  v : time optional
";

/// Numbers that kernels give.
const NUMBERS: &[&str] = &[
    "n",
    "-n",
    "n + m",
    "n - m",
    "n * m",
    "n / 3",
    "n / -0.7",
    "n mod 3",
    "n mod -2.5",
    "n mod m",
    "n above m",
    "n + 1.125",
    "n * n * m - m * n",
    "min(n, m)",
    "max(n, m, 1)",
    "abs(n)",
    "abs(n - m)",
    "clamp(n, -1, 2.5)",
    "if t == \"only here\" then n else m",
    "if t == \"x\" and s == small and n > 1 then 1 else if n < m then 2 else if s == large and t == \"y\" then 3 \
     else if t == \"x\" and b then 4 else if t == \"x\" then 5 else if s == huge and t == \"z\" then 6 else 7",
    "o otherwise n",
    "(o otherwise 1) * 2 + n",
    "round(n to 0 places)",
    "round(n to 1 places)",
    "round(n to 0 places, half even)",
    "floor(n)",
    "ceil(n)",
    "round(n to 0 places, up)",
    "round(n to 0 places, down)",
    "floor(n to 0.3)",
    "round(n * m / 7 to 2 places, half even)",
    "ceil(n / m)",
    "floor(n / m)",
    "round(n / m to 0 places, half even)",
    "round(n / m to 1 places)",
    "round(n / m to 0 places, up)",
    "round(n / m to 0 places, down)",
    "if n > m then n else m",
    "if b then n else if n == m then 1 else m * m",
    "match s { small: n; large: m; huge: n + m }",
    "match t { \"x\": n; \"y\": m; else: 0 }",
    "price[t, s].one",
    "price[t, s].two otherwise n",
    "price[t, s].one * n + (price[t, s].two otherwise 1) * m",
    "banded[n].rate",
    "banded[n - m].rate + banded[m].rate",
    "dated[t].rate",
    "dated[t].rate at w",
    "dated[t].rate at d",
    "(w - time) / 1 second",
    "n * (w - w) / 1 second",
    "(if n > 0 then price[t, s].one else m) + (if m > 0 then price[t, s].one else n)",
    "y3 + y3 * y2",
    "q / 1 call * n",
];

/// Truths that kernels give.
const TRUTHS: &[&str] = &[
    "n == m",
    "n != m",
    "n < m",
    "n <= m",
    "n > m",
    "n >= m",
    "n >= 0.5",
    "b",
    "not b",
    "c otherwise b",
    "t == \"x\"",
    "t != \"x\"",
    "t == u otherwise t",
    "(u otherwise \"x\") == t",
    "u is absent",
    "o is absent or n == 0",
    "s == large",
    "s != small and b",
    "b and n > 1 or m < 0",
    "not (b or n > 1) and m < 2",
    "p is absent",
    "(p otherwise small) == s",
    "d >= 2026-03-01",
    "w > time",
    "w == time or v is absent",
    "kind == \"r\"",
    "b == (n > m)",
    "1 / 1 == n",
    "price[t, s].two is absent",
    "price[t, s].name == t",
    "max(w, time) == w",
    "min(d, 2026-03-01) == d",
    "n > 0 and price[t, s].one > 1",
    "n > 100000000000000000000",
    "w == d",
    "d >= w",
    "w > d or d < time",
];

/// Keys that kernels give.
const KEYS: &[&str] = &["t", "s", "b", "d", "w", "n", "n * m", "price[t, s].name", "n > m"];

fn case(body: &str, records: &[Record]) -> Case {
    let book = format!("{HEAD}{TABLES}{USAGE}{body}");
    let compiled = compile("operations.florin", &book, &NoFiles);
    let case = Case { book, compiled, accounts: Accounts::new(), records: records.to_vec(), given: Vec::new() };
    assert!(case.program().is_some(), "{body}\n{}", crate::first_error(&case));
    case
}

const LETS: &str =
    "  let y1 = if n > m then n else m\n  let y2 = if b then y1 else y1 + 1\n  let y3 = if n > 0 then y2 else y2 * 2\n";

fn books() -> Vec<String> {
    let numbers = NUMBERS
        .iter()
        .map(|expr| format!("{LETS}  let x = {expr}\n}}\ncharge c from r {{\n  quantity sum(x * $1)\n}}\n"));
    let truths = TRUTHS
        .iter()
        .map(|expr| format!("}}\ncharge c from r where {expr} {{\n  quantity sum(n * $1)\n}}\nfree r where {expr}\n"));
    let keys =
        KEYS.iter().map(|expr| format!("  let x = {expr}\n}}\ncharge c by x from r {{\n  quantity sum(n * $1)\n}}\n"));
    numbers.chain(truths).chain(keys).collect()
}

fn number(text: &str) -> Value {
    Value::Number(Rational::parse(text).expect("a number"))
}

/// Records of all pairs of these numbers; the other fields take their values in turn.
fn records(numbers: &[&str]) -> Vec<Record> {
    let pairs = numbers.iter().flat_map(|n| numbers.iter().map(move |m| (*n, *m)));
    pairs.enumerate().map(|(at, (n, m))| record(at, n, m)).collect()
}

fn record(at: usize, n: &str, m: &str) -> Record {
    fn turn<T: Clone>(at: usize, values: &[T]) -> T {
        values[at % values.len()].clone()
    }
    let text = |text: &str| Value::Text(text.into());
    let time = |text: &str| Value::Time(text.parse().expect("a time"));
    let times =
        ["2026-03-10T00:00:00Z", "2026-03-09T23:59:59.999999999Z", "1969-12-31T23:59:59Z", "2026-02-01T12:00:00Z"];
    Record {
        kind: 0,
        id: format!("r{at}").into(),
        account: "A".into(),
        time: times[at / 3 % 4].parse().expect("a time"),
        values: vec![
            number(n),
            number(m),
            turn(at, &[Value::Absent, number("0"), number("2")]),
            turn(at, &[number("0"), number("3")]),
            turn(at, &[text("x"), text("y"), text("z"), text("never heard of"), text("x")]),
            turn(at, &[text("x"), Value::Absent, text("y")]),
            turn(at, &[Value::Member(0), Value::Member(1), Value::Member(2), Value::Member(0)]),
            turn(at, &[Value::Member(0), Value::Absent]),
            turn(at, &[Value::Boolean(true), Value::Boolean(false)]),
            turn(at, &[Value::Boolean(true), Value::Absent, Value::Boolean(false)]),
            turn(at, &[Value::Date(jiff::civil::date(2026, 3, 1)), Value::Date(jiff::civil::date(2026, 3, 10))]),
            time(times[at % 4]),
            turn(at, &[Value::Absent, time(times[0])]),
        ],
    }
}

#[test]
fn each_operation_gives_what_the_definitions_give() {
    let small = ["0", "1", "-1", "0.5", "-0.5", "1.5", "-1.5", "2.5", "-2.5", "2.49", "3", "-3", "10", "11", "1000"];
    let records = records(&small);
    for body in books() {
        let case = case(&body, &records);
        let Settled { settled, definite, .. } = compared(&case).unwrap_or_else(|fault| panic!("{body}\n{fault}"));
        assert!(settled >= definite, "kernels settle only {settled} of {definite} rows\n{body}");
        assert!(settled > 0, "{body}");
    }
}

#[test]
fn what_is_too_large_is_unsettled_and_never_wrong() {
    let edges =
        ["9223372036854775807", "-9223372036854775807", "4611686018427387904", "0", "1", "-1", "2", "3037000500"];
    let records = records(&edges);
    for body in books() {
        let case = case(&body, &records);
        compared(&case).unwrap_or_else(|fault| panic!("{body}\n{fault}"));
    }
}

fn batch_of(case: &Case, dictionary: &Dictionary) -> Batch {
    Block::of(case.program().expect("a program"), dictionary, &case.records).batches.remove(0)
}

#[test]
fn a_row_that_overflows_is_unsettled_and_the_others_are_not() {
    let body = "  let x = n * n * n * n * m\n}\ncharge c from r {\n  quantity sum(x * $1)\n}\n";
    let records = [record(0, "9223372036854775807", "2"), record(1, "3", "-2"), record(2, "-9223372036854775807", "1")];
    let case = case(body, &records);
    let dictionary = Dictionary::of(case.program().expect("a program"));
    let computed = Kernels::new(case.program().expect("a program"), &dictionary).run(&batch_of(&case, &dictionary));
    assert_eq!(computed.rung, Rung::Checked);
    let stream = computed.streams.iter().flatten().next().expect("a stream");
    assert_eq!(stream.status, [Status::UNSETTLED, Status::TAKEN, Status::UNSETTLED]);
    compared(&case).unwrap();
}

#[test]
fn the_ranges_of_a_batch_choose_its_rung() {
    let body = "  let x = n * m\n}\ncharge c from r {\n  quantity sum(x * $1)\n}\n";
    let rung = |n: &str, m: &str| {
        let case = case(body, &[record(0, n, m)]);
        let dictionary = Dictionary::of(case.program().expect("a program"));
        Kernels::new(case.program().expect("a program"), &dictionary).run(&batch_of(&case, &dictionary)).rung
    };
    assert_eq!(rung("3037000499", "3037000499"), Rung::Narrow);
    assert_eq!(rung("4294967296", "2147483648"), Rung::Wide, "one more than 64 bits hold");
    assert_eq!(rung("-4294967296", "2147483648"), Rung::Wide, "it would stand for an absent number");
    assert_eq!(rung("9223372036854775807", "9223372036854775807"), Rung::Wide);
}

#[test]
fn batches_may_be_empty_or_of_one_row() {
    for body in books() {
        let one = case(&body, &[record(0, "1", "2")]);
        compared(&one).unwrap_or_else(|fault| panic!("{body}\n{fault}"));
        let program = one.program().expect("a program");
        let dictionary = Dictionary::of(program);
        let empty = Batch::new(program, 0, &[true; 13], &[]);
        for rung in [Rung::Narrow, Rung::Wide, Rung::Checked, Rung::Rational] {
            let computed = Kernels::new(program, &dictionary).run_at(&empty, rung);
            assert!(computed.free.is_empty());
        }
    }
}

#[test]
fn the_intermediate_form_is_the_same_each_time() {
    let body = books().remove(0);
    let case = case(&body, &[]);
    let program = case.program().expect("a program");
    let clif = || Kernels::new(program, &Dictionary::of(program)).clif();
    assert!(clif().contains("function"), "{}", clif());
    assert_eq!(clif(), clif());
    let dictionary = Dictionary::of(program);
    assert_eq!(Kernels::new(program, &dictionary).expected_rung(0), [Some(Rung::Narrow)]);
}

#[test]
fn chains_of_computed_fields_stay_small() {
    let links = (1..100).map(|at| {
        let before = at - 1;
        format!("  let z{at} = if n > {at} then z{before} + m else z{before} * 2 - z{before}\n")
    });
    let links: String = links.collect();
    let body = format!("  let z0 = n\n{links}}}\ncharge c from r {{\n  quantity sum(z99 * $1)\n}}\n");
    let case = case(&body, &[record(0, "1", "2"), record(1, "50", "0.5")]);
    let program = case.program().expect("a program");
    let clif = Kernels::new(program, &Dictionary::of(program)).clif();
    assert!(clif.lines().count() < 20_000, "{} lines for a hundred fields", clif.lines().count());
    assert_eq!(compared(&case).unwrap().settled, 6);
}
