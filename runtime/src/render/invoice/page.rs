//! An invoice as a page of HTML, with everything that it needs in itself; it prints on A4 and on Letter.

use super::{days, note};
use crate::invoicing::Document;
use crate::render::money;
use florin_compiler::bill::InvoiceLine;
use florin_compiler::exact::Rational;
use florin_compiler::model::plural;

/// How it looks. The page has no size of its own, so that the printer's paper decides.
const STYLE: &str = include_str!("page.css");

/// The invoice as a page.
#[must_use]
pub fn invoice_page(document: &Document) -> String {
    let invoice = &document.invoice;
    let rows: String = invoice.lines.iter().map(|line| row(line, document)).collect();
    let note = note(document).map(|note| format!("<p class=\"note\">{}</p>\n", escaped(&note))).unwrap_or_default();
    let (title, name) = (escaped(&document.title), document.name());
    let (sort, total) = (document.sort.title(), escaped(&money::amount(&invoice.total, &invoice.currency)));
    let (date, account, days) = (document.day(), escaped(&invoice.account), escaped(&days(document)));
    let code = escaped(&invoice.currency.code);
    format!(
        "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<title>{sort} {name}</title>
<style>
{STYLE}</style>
</head>
<body>
<main>
<header>
<p class=\"from\">{title}</p>
<h1>{sort} <span class=\"number\">{name}</span></h1>
</header>
<dl>
<div><dt>Date</dt><dd>{date}</dd></div>
<div><dt>Customer</dt><dd>{account}</dd></div>
<div><dt>Period</dt><dd>{days}</dd></div>
<div><dt>Currency</dt><dd>{code}</dd></div>
</dl>
<table>
<thead><tr><th scope=\"col\">Description</th><th scope=\"col\" class=\"figure\">Quantity</th><th scope=\"col\" class=\"figure\">Amount</th></tr></thead>
<tbody>
{rows}</tbody>
<tfoot><tr><th scope=\"row\" colspan=\"2\">Total</th><td class=\"figure\">{total}</td></tr></tfoot>
</table>
{note}</main>
</body>
</html>
"
    )
}

fn row(line: &InvoiceLine, document: &Document) -> String {
    let amount = money::amount(&line.amount, &document.invoice.currency);
    format!(
        "<tr><td>{}</td><td class=\"figure\">{}</td><td class=\"figure\">{}</td></tr>\n",
        escaped(&line.label),
        escaped(&quantity(line)),
        escaped(&amount)
    )
}

fn quantity(line: &InvoiceLine) -> String {
    let Some(quantity) = &line.quantity else { return String::new() };
    let number = money::number(quantity);
    match &line.unit {
        None => number,
        Some(unit) if *quantity == Rational::one() => format!("{number} {unit}"),
        Some(unit) => format!("{number} {}", plural(unit)),
    }
}

/// Text as HTML: nothing that a record brings becomes markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other if other.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_becomes_markup() {
        assert_eq!(escaped("<b onclick='x'>\"A&B\"\u{1b}"), "&lt;b onclick=&#39;x&#39;&gt;&quot;A&amp;B&quot;\u{fffd}");
    }
}
