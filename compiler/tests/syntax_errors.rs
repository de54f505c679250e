//! The messages about texts that are no price books: code, title, the text underlined, and the mend.
#![allow(clippy::expect_used, clippy::indexing_slicing)] // A test may fail loudly.

use florin_compiler::source::SourceId;
use florin_compiler::syntax::ast::{Book, Declaration};
use florin_compiler::syntax::{CODES, limits, parse};
use std::time::{Duration, Instant};

/// Every fault as `code | underlined | title | help`.
fn faults(text: &str) -> Vec<String> {
    let (_, faults) = parse(SourceId(0), text);
    let lines = faults.iter().map(|fault| {
        assert!(CODES.iter().any(|(code, _)| *code == fault.code), "{} is not listed", fault.code);
        let span = fault.labels.first().expect("a place").span;
        let underlined = text.get(span.start as usize..span.end as usize).expect("a place in the text");
        let code = fault.code.strip_prefix("florin::syntax::").expect("a code of this pass");
        format!("{code} | {underlined} | {} | {}", fault.title, fault.help.as_deref().unwrap_or("-"))
    });
    lines.collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(faults(text), expected, "{text}");
}

fn names_of_holes(book: &Book) -> Vec<String> {
    let holes = book.items.iter().filter_map(|item| match &item.declaration {
        Declaration::Broken { name } => Some(name.as_ref().map_or("-".to_owned(), |name| name.text.to_string())),
        _ => None,
    });
    holes.collect()
}

#[test]
fn frequent_mistakes_have_messages_of_their_own() {
    check(
        r#"charge a "A" {
  quantity sum(x)
  price $1,000 per seat

charge b "B" {
  quantity y
  price $2
}"#,
        &[
            "unclosed_brace | { | this `{` has no closing `}` | write `}` on a line of its own where its last part ends",
            "bad_number | $1,000 | thousands are set apart with `_` | write `$1_000`",
        ],
    );
    check(
        r#"charge a {
  price graduated {
    up to 50 TB : $1
    up to 60 TB $2
}
charge b {
  quantity y
}"#,
        &[
            "unclosed_brace | { | this `{` has no closing `}` | write `}` on a line of its own where its last part ends",
            "missing_colon | TB $2 | a tier has a colon between its edge and its price | write `up to 60 TB : $2`",
        ],
    );
    check(
        r#"charge a {
  price graduated {
    up to 50 TB : $1
    up to 60 TB $2 per TB
  }
}"#,
        &[
            "missing_colon | TB $2 | a tier has a colon between its edge and its price | write `up to 60 TB : $2 per TB`",
        ],
    );
    check(
        r#"pricebook x "X
currency USD "$""#,
        &[
            r#"unclosed_text | " | this text has no closing quote | put a `"` where the text ends; a text does not go on in the next line"#,
        ],
    );
    check(
        r#"chrage compute "C" {
  quantity x
}
meter y = sum(z) from k"#,
        &["unknown_declaration | chrage | `chrage` begins no declaration | did you mean `charge`?"],
    );
    check(
        r#"charge compute "C" {
  quantity x
  prize $2
  at leest $5
  unless zero
}"#,
        &[
            "unknown_word | prize | `prize` is no part of a charge | did you mean `price`?",
            "unknown_word | leest | `leest` is not known here | did you mean `least`?",
        ],
    );
    check(
        r#"charge compute {
  quantity x where y = 5
  price $3.00$
}"#,
        &[
            r#"unexpected | where | `where` stands in the first line of a charge, before its brace | write `charge compute from KIND where y = 5 {`"#,
            "bad_money | $3.00$ | the sign of a currency stands right before the amount | write `$3.00`",
        ],
    );
    check("define a = if x = 5 then 1 else 2", &["bad_operator | = | two values are compared with `==` | write `==`"]);
    check(
        "define a = if x == 5 then 1",
        &[
            "missing_else | if | this `if` has no `else` | write `if CONDITION then VALUE else VALUE`; for nothing write `else 0` with the unit",
        ],
    );
    check(
        r#"define a = 3.00$ * 5
define b = $ 3
define c = 10 %
define d = 5GB
define e = 200K
define f = 1.000.000
define g = 0,25
define h = x && y"#,
        &[
            "bad_money | 3.00$ | the sign of a currency stands right before the amount | write `$3.00`",
            "bad_money | $ 3 | the sign of a currency stands right before the amount | write `$3`",
            "bad_number | 10 % | `%` stands right behind a number | write `10%`",
            "bad_number | 5GB | `5GB` is not a number | write `5 GB`, with a blank before the unit",
            "bad_number | 200K | `200K` is not a number | write `200k` for thousands",
            "bad_number | 1.000.000 | thousands are set apart with `_` | write `1_000_000`",
            "bad_number | 0,25 | decimals stand behind a point | write `0.25`",
            "bad_operator | && | two conditions are joined with `and` | write `and`",
        ],
    );
    check(
        r#"usage run {
  size Size
  n : number,
  m = 5
}"#,
        &[
            "missing_colon | size Size | a colon is missing behind the name | write `size : Size`",
            "bad_separator | , | no `,` stands here | leave it out; on one line `;` divides the parts of a declaration",
            "bad_operator | = | here a colon stands between a name and its value | write `:`",
        ],
    );
    check(
        r#"table t {
  key size : Size
  rate : USD
  size | rate
  XS | 1
  S
  M : 2
}"#,
        &[
            "missing_bar | S | the cells of a row are divided by `|` | write every row like the line of the column names, with a `|` between its cells",
            "missing_bar | M : | the cells of a row are divided by `|` | write every row like the line of the column names, with a `|` between its cells",
        ],
    );
    check(
        r#"define x = 'hello'
pricebook y “Hello world”"#,
        &[
            r#"bad_quotes | 'hello' | a text stands in straight double quotes | write "hello""#,
            r#"bad_quotes | “Hello world” | a text stands in straight double quotes | write "Hello world""#,
        ],
    );
    check(
        r#"test "x" {
  bill for 2026/03/01
  account { start: 2026-13-45, b: 01.03.2026 }
  usage x { time: 2026-03-01T10:00:00, n: 1 }
}"#,
        &[
            "bad_date | 2026/03/01 | a date is written year, month, day | write `2026-03-01`",
            "bad_date | 01.03.2026 | a date is written year, month, day | write `2026-03-01` for March 1, or `2026-01-03` for January 3",
            "bad_date | 2026-03-01T10:00:00 | this instant is not complete | write `2026-11-03T10:00:00Z`, or `+01:00` in place of `Z`",
        ],
    );
    check(
        "meter in = sum(x) from y",
        &[
            "reserved_word | in | `in` is a word of the language and can not be a name | choose another name, such as `in_`",
        ],
    );
    check(
        "charge in { quantity x }",
        &[
            "reserved_word | in | `in` is a word of the language and can not be a name | choose another name, such as `in_`",
        ],
    );
    check(
        "meter größe = sum(x)",
        &[
            r#"bad_name | größe | a name has the letters a to z, digits and `_` only | write it without accents, and put the right spelling into a label: `charge groesse "Größe"`"#,
        ],
    );
    check(
        "meter wh-run = sum(x) from y",
        &["bad_name | wh-run | a name has letters, digits and `_` only | write `wh_run`"],
    );
    check(
        r#"# hello
pricebook x"#,
        &["bad_comment | # | a comment begins with `//` | write `//` before each line of the comment"],
    );
    check(
        "charge a { quantity x price y }",
        &[
            "missing_separator | price | `price` begins a new line | put `price` on a line of its own, or write `;` before it",
        ],
    );
    check(
        r#"charge a {
  quantity max(a, b
  price y
}"#,
        &["unclosed_brace | ( | this `(` has no closing `)` | write `)` where it ends"],
    );
    check(
        r#"charge a {
  quantity
  price y
}"#,
        &[
            r#"incomplete | quantity | something is missing at the end of this line | a charge is written like this: `charge a from upload { quantity sum(size); price $23 per TB }`"#,
        ],
    );
    check(
        r#"}
charge a { quantity x }"#,
        &["extra_brace | } | this `}` closes nothing | leave it out, or look above for a `}` too many"],
    );
    check(
        "/// doc only",
        &["bad_comment | /// | `///` documents the declaration that follows it | write `//` for a comment"],
    );
    check(
        "fee x { pirce $3 evry month }",
        &["unknown_word | pirce | `pirce` is no part of a fee | did you mean `price`?"],
    );
    check(r#"test "x" { expect total == 5 }"#, &["bad_operator | == | here one `=` stands | write `=`"]);
    check(
        r#"fee x "X" { price $3 every mnth in advance }"#,
        &["unknown_word | mnth | `mnth` is not known here | did you mean `month`?"],
    );
    check(
        "grant g { gives 5 every month; cover x }",
        &["unknown_word | cover | `cover` is no part of a grant | did you mean `covers`?"],
    );
    check(
        "free",
        &[
            "incomplete | free | something is missing at the end of this line | what is free is written like this: `free s3_requests where op == DELETE`",
        ],
    );
    check(
        r#"charge a {
  price $5 per
}"#,
        &[
            r#"incomplete | per | something is missing at the end of this line | a charge is written like this: `charge a from upload { quantity sum(size); price $23 per TB }`"#,
        ],
    );
    check(
        r#"charge a
  quantity x
  price y"#,
        &[
            r#"incomplete | a | the parts of a charge stand in braces | write it like this: `charge storage "Storage" from upload { quantity sum(size); price $23 per TB }`"#,
        ],
    );
    check(
        r#"charge a "A" by size per dya {
  quantity x
}"#,
        &["unknown_word | dya | `dya` is not known here | did you mean `day`?"],
    );
    check(
        "rule r { when x > 5 then invioce }",
        &["unknown_word | invioce | `invioce` is not known here | did you mean `invoice`?"],
    );
    check(
        r#"currency "USD""#,
        &[r#"unexpected | "USD" | `"USD"` does not fit here | a currency is written like this: `currency USD "$"`"#],
    );
    check("pricebook my book", &[r#"bad_quotes | book | a text stands in quotes | write "book""#]);
    check(
        r#"usage x {
  a : number
  /// doc
  b : number
}"#,
        &["bad_comment | /// | `///` documents the declaration that follows it | write `//` for a comment"],
    );
    check(
        r#"define a = .5 * x
define b = x <> y"#,
        &[
            "bad_number | .5 | a number begins with a digit | write `0.5`",
            "bad_operator | <> | that two values differ is written `!=` | write `!=`",
        ],
    );
    check(
        r#"period monthly
timezone Europe/Berlin"#,
        &[
            "unknown_word | monthly | `monthly` is not known here | did you mean `month`?",
            r#"bad_quotes | Europe/Berlin | a text stands in quotes | write "Europe/Berlin""#,
        ],
    );
    check(
        "charge a { quantity x; price 5 $; at least 5€ }",
        &[
            "bad_money | 5 $ | the sign of a currency stands right before the amount | write `$5`",
            "bad_money | 5€ | the sign of a currency stands right before the amount | write `€5`",
        ],
    );
    check(
        r#"test "x" {
  bill for 2026-13
  account { start: 2026-13-45, b: 2026-02-30 }
}"#,
        &[
            "bad_date | 2026-13 | there is no such month | dates are written year-month-day, such as `2026-11-03`, and times of day `00:00` to `23:59`",
            "bad_date | 2026-13-45 | this day is in no calendar | dates are written year-month-day, such as `2026-11-03`, and times of day `00:00` to `23:59`",
            "bad_date | 2026-02-30 | this day is in no calendar | dates are written year-month-day, such as `2026-11-03`, and times of day `00:00` to `23:59`",
        ],
    );
    check(
        r#"charge compute Compute lines {
  quantity x
}"#,
        &[r#"bad_quotes | Compute lines | a text stands in quotes | write "Compute lines""#],
    );
    check(
        r#"plan p "P" {
  charge a "A" {
    quantity x
    price 1,000
  fee b "B" { price $1 }
}"#,
        &[
            "unclosed_brace | { | this `{` has no closing `}` | write `}` on a line of its own where its last part ends",
            "bad_number | 1,000 | thousands are set apart with `_` | write `1_000`",
        ],
    );
}

#[test]
fn five_broken_declarations_give_their_messages_and_leave_the_rest() {
    let text = "pricebook p \"P\"\nchrage a { quantity x }\nmeter m = sum(x from k\ncharge b {\n  prize $1\n}\n\
                fee good \"G\" { price $1 }\nfee c {\n  price 1,000\n\ngrant g { gives }\nmeter n = count() from k\n";
    let (book, faults) = parse(SourceId(0), text);
    let codes: Vec<&str> = faults.iter().filter_map(|fault| fault.code.rsplit("::").next()).collect();
    let expected =
        ["unknown_declaration", "unclosed_brace", "unknown_word", "unclosed_brace", "bad_number", "incomplete"];
    assert_eq!(codes, expected);
    assert_eq!(names_of_holes(&book), ["a", "m", "b", "c", "g"]);
    assert_eq!(book.items.len(), 8);
}

/// The codes of a text's faults, which must be found at once: in 100 ms, and some more for a debug build. What else a busy
/// machine does in between is not counted, by the quickest of some attempts.
#[track_caller]
fn quickly(text: &str) -> Vec<String> {
    const ATTEMPTS: usize = 5;
    let mut found = Vec::new();
    let is_quick = (0..ATTEMPTS).any(|_| {
        let start = Instant::now();
        found = faults(text);
        start.elapsed() < Duration::from_millis(300)
    });
    assert!(is_quick, "{text:.40}");
    found.iter().map(|fault| fault.split(" | ").next().unwrap_or("").to_owned()).collect()
}

#[test]
fn brackets_nest_to_a_limit() {
    let nested = |count: usize| format!("define x = {}1{}", "(".repeat(count), ")".repeat(count));
    assert!(quickly(&nested(limits::MAX_NESTING)).is_empty());
    assert_eq!(quickly(&nested(limits::MAX_NESTING + 1)), ["too_deep"]);
    assert_eq!(quickly(&nested(200)), ["too_deep"]);
    assert_eq!(quickly(&nested(10_000)), ["too_deep"]);
    assert_eq!(quickly(&format!("define x = {}", "match a { b : ".repeat(10_000))), ["too_deep"]);
    assert_eq!(quickly(&"plan p { ".repeat(10_000)), ["too_deep"]);
    assert_eq!(quickly(&format!("define x = {}", "if (".repeat(10_000))), ["too_deep"]);
}

#[test]
fn operators_pile_up_to_a_limit() {
    let nots = |count: usize| format!("define x = {}1", "not ".repeat(count));
    assert!(quickly(&nots(limits::MAX_OPERATORS)).is_empty());
    assert_eq!(quickly(&nots(limits::MAX_OPERATORS + 1)), ["too_deep"]);
    assert_eq!(quickly(&format!("define x = {}1", "- ".repeat(10_000))), ["too_deep"]);
    assert_eq!(quickly(&format!("define x = 1{}", " + 1".repeat(10_000))), ["too_deep"]);
    let ifs = |count: usize| format!("define x = {}c", "if a then b else ".repeat(count));
    assert!(quickly(&ifs(limits::MAX_OPERATORS / 3)).is_empty());
    assert_eq!(quickly(&ifs(limits::MAX_OPERATORS / 3 + 1)), ["too_deep"]);
}

#[test]
fn open_brackets_are_found_at_once() {
    assert_eq!(quickly(&format!("define x = {}", "(".repeat(60))), ["incomplete"]);
    assert_eq!(quickly(&format!("define x = {}", "a + (b * ".repeat(60))), ["incomplete"]);
    assert_eq!(quickly(&format!("define x = {}1", "round(a + max(".repeat(30))), ["unclosed_brace"]);
    assert_eq!(quickly(&format!("define x = {}1", "t[round(".repeat(30))), ["unclosed_brace"]);
    assert_eq!(quickly(&format!("define x = {}", "if a then ".repeat(80))), ["incomplete"]);
}

#[test]
fn a_book_has_a_largest_size() {
    let limit = limits::MAX_TEXT_BYTES;
    assert_eq!(faults(&" ".repeat(limit + 1)).len(), 1);
    check(
        &" ".repeat(limit + 1),
        &[
            "too_large |  | this price book is too large: 4194305 bytes | move long tables into CSV files (`table prices from \"prices.csv\"`), or split the book with `import`",
        ],
    );
    let (book, faults) = parse(SourceId(0), &format!("period month{}", " ".repeat(limit - 12)));
    assert_eq!((book.items.len(), faults.len()), (1, 0));
}

#[test]
fn line_ends_and_byte_order_marks_are_taken() {
    for line_end in ["\n", "\r\n", "\r"] {
        let text = format!("\u{feff}// x{line_end}period month{line_end}timezone \"UTC\"{line_end}");
        let (book, found) = parse(SourceId(0), &text);
        assert_eq!((book.items.len(), found.len()), (2, 0), "{line_end:?}");
        let span = book.items[0].span;
        assert_eq!(&text[span.start as usize..span.end as usize], "period month");
        let broken = format!("\u{feff}// x{line_end}period mnth{line_end}timezone \"UTC\"{line_end}");
        check(&broken, &["unknown_word | mnth | `mnth` is not known here | did you mean `month`?"]);
    }
    check(
        "period \0month",
        &["not_text | \0 | this file is not a plain text | save the price book as plain text in the encoding UTF-8"],
    );
}

#[test]
fn many_broken_declarations_are_read_in_time() {
    let text = "charge a {\n  prize $1\n".repeat(2_000);
    let start = Instant::now();
    assert_eq!(faults(&text).len(), 4_000);
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}
