//! What a text becomes: how operators bind, and the values of numbers, money and dates.
#![allow(clippy::expect_used, clippy::panic)] // A test may fail loudly.

use florin_compiler::source::SourceId;
use florin_compiler::syntax::ast::{Declaration, Expr, ExprKind, Literal, LiteralKind};
use florin_compiler::syntax::parse;

fn value(text: &str) -> Expr {
    let (book, faults) = parse(SourceId(0), &format!("define x = {text}"));
    assert_eq!(faults, [], "{text}");
    match book.items.into_iter().next().map(|item| item.declaration) {
        Some(Declaration::Define { value, .. }) => value,
        other => panic!("{other:?}"),
    }
}

/// An expression with a bracket around every operation.
fn bracketed(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Literal(literal) => plain(literal),
        ExprKind::Path(path) => path.names.iter().map(|name| &*name.text).collect::<Vec<_>>().join("."),
        ExprKind::Negative(inner) => format!("(- {})", bracketed(inner)),
        ExprKind::Not(inner) => format!("(not {})", bracketed(inner)),
        ExprKind::IsAbsent(inner) => format!("({} is absent)", bracketed(inner)),
        ExprKind::Binary { operator, left, right, .. } => {
            format!("({} {operator:?} {})", bracketed(left), bracketed(right))
        }
        ExprKind::If { condition, then, otherwise } => {
            format!("(if {} {} {})", bracketed(condition), bracketed(then), bracketed(otherwise))
        }
        ExprKind::Rate { value, per } => {
            let count = per.count.as_ref().map_or(String::new(), |count| format!("{} ", count.value));
            let unit =
                per.unit.iter().flat_map(|unit| &unit.words).map(|word| &*word.text).collect::<Vec<_>>().join(" ");
            format!("({} per {}{count}{unit})", bracketed(value), if per.started { "started " } else { "" })
        }
        other => panic!("{other:?}"),
    }
}

fn plain(literal: &Literal) -> String {
    match &literal.kind {
        LiteralKind::Number(number) => number.value.to_string(),
        LiteralKind::Quantity(number, unit) => {
            let words: Vec<&str> = unit.words.iter().map(|word| &*word.text).collect();
            format!("{} {}", number.value, words.join(" "))
        }
        LiteralKind::Money(currency, number) => format!("{} {}", currency.text, number.value),
        other => format!("{other:?}"),
    }
}

#[test]
fn operators_bind_as_the_language_says() {
    for (text, tree) in [
        ("a + b * c - d", "((a Add (b Multiply c)) Subtract d)"),
        ("-a * b mod c", "(((- a) Multiply b) Modulo c)"),
        ("a above b + c otherwise d", "((a Above (b Add c)) Otherwise d)"),
        ("not a == b and c or d", "(((not (a Equal b)) And c) Or d)"),
        ("a or b and not c < d + e", "(a Or (b And (not (c Less (d Add e)))))"),
        ("if a then b else c + 1", "(if a b (c Add 1))"),
        ("a * $2 per 1M GB hour", "(a Multiply ($ 2 per 1000000 GB hour))"),
        ("a - b is absent", "((a Subtract b) is absent)"),
        ("(a + b)\n  * c", "((a Add b) Multiply c)"),
        ("$1 per started 20 + $3 per 1_000", "(($ 1 per started 20 ) Add ($ 3 per 1000 ))"),
    ] {
        assert_eq!(bracketed(&value(text)), tree, "{text}");
    }
}

#[test]
fn numbers_are_exact() {
    for (text, number) in [
        ("1_000", "1000"),
        ("0.25", "0.25"),
        ("200k", "200000"),
        ("1.5M", "1500000"),
        ("10%", "0.1"),
        ("50 TB", "50 TB"),
        ("3 GB hour", "3 GB hour"),
        ("$3.00", "$ 3"),
        ("R$5", "R$ 5"),
        ("USD 3.10", "USD 3.1"),
    ] {
        assert_eq!(bracketed(&value(text)), number, "{text}");
    }
}

#[test]
fn money_with_its_currency_behind_is_not_a_quantity() {
    let text = "currency USD \"$\"\ndefine x = 3 USD";
    let (_, faults) = parse(SourceId(0), text);
    let fault = faults.first().expect("a fault");
    assert_eq!((fault.code, fault.help.as_deref()), ("florin::syntax::bad_money", Some("write `USD 3`")));
}

#[test]
fn documentation_and_texts_lose_their_marks() {
    let (book, _) = parse(SourceId(0), "/// One.\n///Two.  \npricebook p \"a \\\"b\\\" \\\\ c\"");
    let item = book.items.first().expect("an item");
    assert_eq!(item.docs.iter().map(|line| &**line).collect::<Vec<_>>(), ["One.", "Two."]);
    let Declaration::Pricebook { label: Some(label), .. } = &item.declaration else { panic!("{item:?}") };
    assert_eq!(&*label.text, "a \"b\" \\ c");
}
