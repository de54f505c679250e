//! A bill in each of its forms.

use super::bill_text;
use crate::json::bill_json;
use florin_compiler::bill::{Bill, Line, LineKey, LinePart, Period, Withheld};
use florin_compiler::exact::Rational;
use florin_compiler::model::{Currency, Interval, Value};

fn number(text: &str) -> Rational {
    Rational::parse(text).expect("a number")
}

fn line(id: &str, label: &str, quantity: Option<&str>, unit: Option<&str>, amount: &str) -> Line {
    Line {
        id: id.to_owned(),
        charge: id.split(':').next().unwrap_or(id).into(),
        keys: Vec::new(),
        label: label.to_owned(),
        quantity: quantity.map(number),
        unit: unit.map(Into::into),
        exact: number(amount),
        amount: number(amount),
        parts: Vec::new(),
    }
}

fn part(name: &str, quantity: &str, exact: Rational) -> LinePart {
    let (name, label) = (Some(name.into()), name.to_owned());
    LinePart { name, label, since: None, quantity: Some(number(quantity)), unit: Some("token".into()), exact }
}

fn bill() -> Bill {
    let day = |text: &str| text.parse().expect("a time");
    let interval = Interval { start: day("2026-11-01T00:00:00Z"), end: day("2026-12-01T00:00:00Z") };
    let mut compute = line("compute:XL", "Compute XL", Some("1600"), Some("credit"), "4800");
    compute.keys.push(LineKey { name: "size".into(), value: Value::Member(0), text: "XL".to_owned() });
    let mut tokens = line("tokens", "Tokens", None, None, "0.01");
    tokens.exact = Rational::fraction_of(1, 96).expect("not zero");
    tokens.parts = vec![
        part("input", "1", number("0.0025")),
        part("output", "500", Rational::fraction_of(19, 2400).expect("not zero")),
    ];
    let lines = vec![compute, tokens, line("storage", "Storage", Some("0.5"), Some("TB"), "-11.5")];
    Bill {
        balances: Vec::new(),
        account: "ORG1".into(),
        period: Period { interval, name: "2026-11".to_owned() },
        currency: Currency { code: "USD".into(), symbol: Some("$".into()), places: 2 },
        lines,
        withheld: Vec::new(),
        total: Some(number("4788.51")),
    }
}

fn withheld() -> Bill {
    let missing = "`rate` has no row for size = \"XXL\"".to_owned();
    let withheld = vec![Withheld { id: "compute:XXL".to_owned(), label: "Compute XXL".to_owned(), missing }];
    Bill { withheld, total: None, lines: bill().lines.into_iter().take(1).collect(), ..bill() }
}

#[test]
fn a_bill_is_an_aligned_table() {
    let expected = "\
Warehouse, list prices
ORG1 · 2026-11 · USD

Compute XL  1,600  credits                    $4,800.00
Tokens                                            $0.01
  input         1  token     $0.0025
  output      500  tokens   ~$0.007916666667
Storage       0.5  TB                           -$11.50
───────────────────────────────────────────────────────
Total                                         $4,788.51
";
    assert_eq!(bill_text("Warehouse, list prices", &bill()), expected);
}

#[test]
fn what_is_missing_is_said() {
    let expected = "\
Warehouse
ORG1 · 2026-11 · USD

Compute XL   1,600  credits  $4,800.00
Compute XXL                   withheld
──────────────────────────────────────
Total                         withheld

compute:XXL has no price: `rate` has no row for size = \"XXL\"
";
    assert_eq!(bill_text("Warehouse", &withheld()), expected);
}

#[test]
fn json_has_the_shape_that_was_promised() {
    let json = bill_json(&bill()).to_string();
    let expected = concat!(
        "{\"account\":\"ORG1\",\"period\":\"2026-11\",\"currency\":\"USD\",\"lines\":[",
        "{\"line\":\"compute:XL\",\"charge\":\"compute\",\"keys\":{\"size\":\"XL\"},\"label\":\"Compute XL\",",
        "\"quantity\":\"1600\",\"unit\":\"credit\",\"exact\":\"4800\",\"amount\":\"4800.00\",\"parts\":[]},",
        "{\"line\":\"tokens\",\"charge\":\"tokens\",\"keys\":{},\"label\":\"Tokens\",",
        "\"quantity\":null,\"unit\":null,\"exact\":\"1/96\",\"amount\":\"0.01\",\"parts\":[",
        "{\"part\":\"input\",\"label\":\"input\",\"since\":null,\"quantity\":\"1\",\"unit\":\"token\",\"exact\":\"0.0025\"},",
        "{\"part\":\"output\",\"label\":\"output\",\"since\":null,\"quantity\":\"500\",\"unit\":\"token\",\"exact\":\"19/2400\"}]},",
        "{\"line\":\"storage\",\"charge\":\"storage\",\"keys\":{},\"label\":\"Storage\",",
        "\"quantity\":\"0.5\",\"unit\":\"TB\",\"exact\":\"-11.5\",\"amount\":\"-11.50\",\"parts\":[]}],",
        "\"total\":\"4788.51\"}"
    );
    assert_eq!(json, expected);
}

#[test]
fn withheld_lines_leave_no_total() {
    let json = bill_json(&withheld());
    assert_eq!(json["total"], serde_json::Value::Null);
    assert_eq!(json["withheld"][0]["line"], "compute:XXL");
}

#[test]
fn no_control_character_reaches_a_terminal() {
    let mut bill = bill();
    bill.lines[0].label = "a\u{1b}[31mb".to_owned();
    assert!(!bill_text("t", &bill).contains('\u{1b}'));
}
