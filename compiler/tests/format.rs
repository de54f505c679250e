//! What the layout does to a book that was written in haste.
#![allow(clippy::expect_used)] // A test may fail loudly.

use florin_compiler::format::format;

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(format(text).expect("a book that parses"), expected);
}

#[test]
fn fields_tables_and_comments_get_their_columns() {
    check(
        "\u{feff}pricebook  p \"P\"\r\n\r\n\r\nusage run{\r\nsize:Size // how large\r\n  duration : second   // how long\r\n}\r\n\
         table rate {\n key size:Size\n price:USD\n\n size|price\n XS|1.00\n X2L|12.00\n}\n\n\n",
        "pricebook p \"P\"\n\nusage run {\n  size     : Size     // how large\n  duration : second   // how long\n}\n\
         table rate {\n  key size : Size\n  price    : USD\n\n  size | price\n  XS   |  1.00\n  X2L  | 12.00\n}\n",
    );
}

#[test]
fn signs_stand_as_in_a_sentence() {
    check(
        "define x=-1*( a+b )-max( c,-d )\ndefine y = t[ a,b ].c per 1M x\nmeter m=\nsum(a)\nfrom run\nwhere b>5\n",
        "define x = -1 * (a + b) - max(c, -d)\ndefine y = t[a, b].c per 1M x\nmeter m =\n  sum(a)\n  from run\n  where b > 5\n",
    );
}

#[test]
fn expectations_and_begun_columns_are_kept_in_line() {
    check(
        "test \"t\" {\nusage run {a : 1,b:[ {c:2} ]}\n  bill   for 2026-11\n  expect a:\"x\":y=$1\n  expect total = $10\n}\n",
        "test \"t\" {\n  usage run { a: 1, b: [{ c: 2 }] }\n  bill   for 2026-11\n  expect a:\"x\":y = $1\n  expect total   = $10\n}\n",
    );
    check(
        "charge c {\n  quantity a\n  price    b\n  price graduated { up to 5 : 1;above 5 : 2 }\n}\n",
        "charge c {\n  quantity a\n  price    b\n  price graduated { up to 5 : 1; above 5 : 2 }\n}\n",
    );
}

#[test]
fn a_book_that_does_not_parse_is_left_alone() {
    let faults = format("chrage a { quantity b }").expect_err("a fault");
    assert_eq!(faults.len(), 1);
}
