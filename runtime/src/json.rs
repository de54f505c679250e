//! Bills and findings as JSON. Numbers of money and quantity are texts, so that no reader makes floats of them.

use crate::render::money;
use florin_compiler::bill::{Balance, Bill, Firing, Invoice, InvoiceLine, Line, LinePart, Withheld};
use florin_compiler::diagnostic::{Diagnostic, Label, Severity};
use florin_compiler::exact::Rational;
use florin_compiler::ir::{Action, Program};
use florin_compiler::model::{Currency, Record, Symbol};
use florin_compiler::source::Sources;
use serde_json::{Map, Value, json};

/// `{"account","period","currency","lines","total"}`; `withheld` only where a line has no price, and no total then;
/// `balances` only where the book has grants.
#[must_use]
pub fn bill_json(bill: &Bill) -> Value {
    let lines: Vec<Value> = bill.lines.iter().map(|line| line_json(line, &bill.currency)).collect();
    let mut object = Map::new();
    object.insert("account".into(), text(&bill.account));
    object.insert("period".into(), bill.period.name.clone().into());
    object.insert("currency".into(), text(&bill.currency.code));
    object.insert("lines".into(), lines.into());
    if !bill.withheld.is_empty() {
        object.insert("withheld".into(), bill.withheld.iter().map(withheld_json).collect());
    }
    let total = bill.total.as_ref().filter(|_| bill.withheld.is_empty());
    object.insert("total".into(), total.map(|total| money::plain(total, &bill.currency)).into());
    if !bill.balances.is_empty() {
        let balances: Vec<Value> = bill.balances.iter().map(balance_json).collect();
        object.insert("balances".into(), balances.into());
    }
    Value::Object(object)
}

fn balance_json(balance: &Balance) -> Value {
    json!({
        "balance": balance.id,
        "grant": &*balance.grant,
        "label": balance.label,
        "remaining": balance.remaining.to_string(),
        "unit": optional(balance.unit.as_ref()),
    })
}

fn line_json(line: &Line, currency: &Currency) -> Value {
    let keys: Map<String, Value> =
        line.keys.iter().map(|key| (key.name.to_string(), Value::from(key.text.clone()))).collect();
    json!({
        "line": line.id,
        "charge": &*line.charge,
        "keys": keys,
        "label": line.label,
        "quantity": number(line.quantity.as_ref()),
        "unit": optional(line.unit.as_ref()),
        "exact": line.exact.to_string(),
        "amount": money::plain(&line.amount, currency),
        "parts": line.parts.iter().map(part_json).collect::<Vec<Value>>(),
    })
}

fn part_json(part: &LinePart) -> Value {
    json!({
        "part": optional(part.name.as_ref()),
        "label": part.label,
        "since": part.since.map(|since| since.to_string()),
        "quantity": number(part.quantity.as_ref()),
        "unit": optional(part.unit.as_ref()),
        "exact": part.exact.to_string(),
    })
}

fn withheld_json(withheld: &Withheld) -> Value {
    json!({ "line": withheld.id, "label": withheld.label, "missing": withheld.missing })
}

/// `{"time","account","rule","label","keys","level","record","action","message","invoice"}`; `keys` are those of the meters
/// that the rule names, with their window where that is not the period; `level` counts from 1, in the order of the book.
#[must_use]
pub fn firing_json(program: &Program, records: &[Record], firing: &Firing) -> Value {
    let rule = program.rules.get(firing.rule);
    let keys: Map<String, Value> =
        firing.keys.iter().map(|key| (key.name.to_string(), Value::from(key.text.clone()))).collect();
    let (action, message) = match rule.map(|rule| &rule.action) {
        Some(Action::Invoice(_)) => ("invoice", None),
        Some(Action::Notify(message)) => ("notify", Some(message)),
        Some(Action::Hold) => ("hold", None),
        Some(Action::Block) | None => ("block", None),
    };
    json!({
        "time": firing.time.to_string(),
        "account": text(&firing.account),
        "rule": rule.map(|rule| rule.name.to_string()),
        "label": rule.map(|rule| rule.label.to_string()),
        "keys": keys,
        "level": firing.level.map(|level| level + 1),
        "record": records.get(firing.record).map(|record| record.id.to_string()),
        "action": action,
        "message": optional(message),
        "invoice": firing.invoice.as_ref().map(invoice_json),
    })
}

/// `{"account","period","currency","lines":[{"line","label","quantity","unit","amount"}],"total"}`
#[must_use]
pub fn invoice_json(invoice: &Invoice) -> Value {
    json!({
        "account": text(&invoice.account),
        "period": invoice.period.name,
        "currency": text(&invoice.currency.code),
        "lines": invoice.lines.iter().map(|line| invoice_line_json(line, &invoice.currency)).collect::<Vec<Value>>(),
        "total": money::plain(&invoice.total, &invoice.currency),
    })
}

fn invoice_line_json(line: &InvoiceLine, currency: &Currency) -> Value {
    json!({
        "line": line.id,
        "label": line.label,
        "quantity": number(line.quantity.as_ref()),
        "unit": optional(line.unit.as_ref()),
        "amount": money::plain(&line.amount, currency),
    })
}

/// `[{"code","severity","title","labels":[{"file","line","column","text","underlined"}],"help"}]`
#[must_use]
pub fn diagnostics_json(sources: &Sources, diagnostics: &[Diagnostic]) -> Value {
    diagnostics.iter().map(|diagnostic| diagnostic_json(sources, diagnostic)).collect()
}

fn diagnostic_json(sources: &Sources, diagnostic: &Diagnostic) -> Value {
    let severity = match diagnostic.severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let labels: Vec<Value> = diagnostic.labels.iter().map(|label| label_json(sources, label)).collect();
    json!({
        "code": diagnostic.code,
        "severity": severity,
        "title": diagnostic.title,
        "labels": labels,
        "help": diagnostic.help,
    })
}

fn label_json(sources: &Sources, label: &Label) -> Value {
    let (line, column) = sources.line_column(label.span);
    json!({
        "file": sources.get(label.span.source).map(|source| source.name.to_string()),
        "line": line,
        "column": column,
        "text": label.text,
        "underlined": sources.text(label.span),
    })
}

fn text(symbol: &Symbol) -> Value {
    Value::from(&**symbol)
}

fn optional(symbol: Option<&Symbol>) -> Value {
    symbol.map_or(Value::Null, text)
}

fn number(value: Option<&Rational>) -> Value {
    value.map(ToString::to_string).into()
}
