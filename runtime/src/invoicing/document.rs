//! What one invoice says, and its form as JSON.

use florin_compiler::bill::{Invoice, InvoiceLine, Period};
use florin_compiler::exact::Rational;
use florin_compiler::model::{Currency, Interval, Symbol};
use florin_compiler::time::Zone;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

/// An invoice or a credit note, once it has a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its place in the folder's one series, from 1.
    pub number: u64,
    /// Whether money is asked for or given back.
    pub sort: Sort,
    /// Why it was issued.
    pub reason: Reason,
    /// As of when: records up to then are on it.
    pub issued: jiff::Timestamp,
    /// The book's title.
    pub title: Symbol,
    /// The name of the time zone in which its days are meant.
    pub timezone: Symbol,
    /// The account, the bill's period, the lines.
    pub invoice: Invoice,
}

/// Whether money is asked for or given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Its total is not below zero.
    Invoice,
    /// Its total is below zero.
    CreditNote,
}

/// Why a document was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// What is due in advance, at the start of a period.
    Advance,
    /// A rule asked for it at a record.
    Rule {
        /// The rule.
        rule: Symbol,
        /// The record's id.
        record: Symbol,
    },
    /// The period has ended.
    Final,
    /// A bill that was invoiced to its end has changed, by records that came late.
    Correction,
}

impl Sort {
    /// Of a total.
    #[must_use]
    pub fn of(total: &Rational) -> Sort {
        if total.is_negative() { Sort::CreditNote } else { Sort::Invoice }
    }

    /// As a heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Sort::Invoice => "Invoice",
            Sort::CreditNote => "Credit note",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Sort::Invoice => "invoice",
            Sort::CreditNote => "credit_note",
        }
    }
}

impl Reason {
    /// As data has it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Reason::Advance => "advance",
            Reason::Rule { .. } => "rule",
            Reason::Final => "final",
            Reason::Correction => "correction",
        }
    }
}

/// The name of a document, and of its files: `INV-000017`.
#[must_use]
pub fn name(number: u64) -> String {
    format!("INV-{number:06}")
}

impl Document {
    /// Its name: `INV-000017`.
    #[must_use]
    pub fn name(&self) -> String {
        name(self.number)
    }

    /// The day on which it was issued.
    #[must_use]
    pub fn day(&self) -> Date {
        self.zone().date(self.issued)
    }

    /// The first and the last day of the period, where it is made of whole days.
    #[must_use]
    pub fn days(&self) -> Option<(Date, Date)> {
        let (zone, interval) = (self.zone(), self.invoice.period.interval);
        let is_whole = |time| zone.local(time).time() == jiff::civil::Time::midnight();
        (is_whole(interval.start) && is_whole(interval.end)).then(|| zone.dates(interval))
    }

    fn zone(&self) -> Zone {
        Zone::named(&self.timezone).unwrap_or_else(Zone::utc)
    }

    /// The document as JSON; numbers of money and quantity are texts.
    #[must_use]
    pub fn json(&self) -> Value {
        let invoice = &self.invoice;
        let (rule, record) = match &self.reason {
            Reason::Rule { rule, record } => (Some(rule.to_string()), Some(record.to_string())),
            Reason::Advance | Reason::Final | Reason::Correction => (None, None),
        };
        json!({
            "number": self.name(),
            "type": self.sort.word(),
            "reason": self.reason.word(),
            "rule": rule,
            "record": record,
            "issued": self.issued.to_string(),
            "title": &*self.title,
            "timezone": &*self.timezone,
            "account": &*invoice.account,
            "period": invoice.period.name,
            "period_start": invoice.period.interval.start.to_string(),
            "period_end": invoice.period.interval.end.to_string(),
            "currency": &*invoice.currency.code,
            "currency_symbol": invoice.currency.symbol.as_deref(),
            "currency_places": invoice.currency.places,
            "lines": invoice.lines.iter().map(|line| line_json(line, invoice)).collect::<Vec<Value>>(),
            "total": crate::render::money::plain(&invoice.total, &invoice.currency),
        })
    }

    /// A document from its JSON.
    ///
    /// # Errors
    /// A sentence where it is none, or where its lines do not come to its total.
    pub fn parse(text: &str) -> Result<Document, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
        let object = value.as_object().ok_or("it is not a JSON object")?;
        let document = read(object)?;
        let sum = document.invoice.lines.iter().fold(Rational::zero(), |sum, line| &sum + &line.amount);
        match sum == document.invoice.total {
            true => Ok(document),
            false => Err(format!("its lines come to {sum}, and its total is {}", document.invoice.total)),
        }
    }
}

fn line_json(line: &InvoiceLine, invoice: &Invoice) -> Value {
    json!({
        "line": line.id,
        "label": line.label,
        "period": invoice.period.name,
        "quantity": line.quantity.as_ref().map(ToString::to_string),
        "unit": line.unit.as_deref(),
        "amount": crate::render::money::plain(&line.amount, &invoice.currency),
    })
}

fn read(object: &Map<String, Value>) -> Result<Document, String> {
    let number = text(object, "number")?;
    let number = number.strip_prefix("INV-").and_then(|digits| digits.parse().ok());
    let reason = match text(object, "reason")? {
        "advance" => Reason::Advance,
        "final" => Reason::Final,
        "correction" => Reason::Correction,
        "rule" => Reason::Rule { rule: text(object, "rule")?.into(), record: text(object, "record")?.into() },
        other => return Err(format!("`reason` is {other:?}")),
    };
    let currency = Currency {
        code: text(object, "currency")?.into(),
        symbol: object.get("currency_symbol").and_then(Value::as_str).map(Symbol::from),
        places: object
            .get("currency_places")
            .and_then(Value::as_u64)
            .and_then(|places| u32::try_from(places).ok())
            .ok_or("`currency_places` is no number of places")?,
    };
    let interval = Interval { start: time(object, "period_start")?, end: time(object, "period_end")? };
    let lines = object.get("lines").and_then(Value::as_array).ok_or("`lines` is no list")?;
    let total = amount(object, "total")?;
    Ok(Document {
        number: number.ok_or("`number` is none such as INV-000017")?,
        sort: Sort::of(&total),
        reason,
        issued: time(object, "issued")?,
        title: text(object, "title")?.into(),
        // Universal time in documents of earlier versions, whose days were in it.
        timezone: object.get("timezone").and_then(Value::as_str).unwrap_or("UTC").into(),
        invoice: Invoice {
            account: text(object, "account")?.into(),
            period: Period { interval, name: text(object, "period")?.to_owned() },
            currency,
            lines: lines.iter().map(line).collect::<Result<_, _>>()?,
            total,
        },
    })
}

fn line(value: &Value) -> Result<InvoiceLine, String> {
    let object = value.as_object().ok_or("a line is no object")?;
    let quantity = match object.get("quantity") {
        None | Some(Value::Null) => None,
        Some(_) => Some(amount(object, "quantity")?),
    };
    Ok(InvoiceLine {
        id: text(object, "line")?.to_owned(),
        label: text(object, "label")?.to_owned(),
        quantity,
        unit: object.get("unit").and_then(Value::as_str).map(Symbol::from),
        amount: amount(object, "amount")?,
    })
}

fn text<'o>(object: &'o Map<String, Value>, name: &str) -> Result<&'o str, String> {
    object.get(name).and_then(Value::as_str).ok_or_else(|| format!("`{name}` is no text"))
}

fn time(object: &Map<String, Value>, name: &str) -> Result<jiff::Timestamp, String> {
    text(object, name)?.parse().map_err(|_| format!("`{name}` is no time"))
}

fn amount(object: &Map<String, Value>, name: &str) -> Result<Rational, String> {
    let text = text(object, name)?;
    let (over, under) = text.split_once('/').map_or((text, None), |(over, under)| (over, Some(under)));
    let wrong = || format!("`{name}` is no number");
    let over = Rational::parse(over).map_err(|_| wrong())?;
    match under {
        None => Ok(over),
        Some(under) => Rational::parse(under).ok().and_then(|under| over.checked_div(&under)).ok_or_else(wrong),
    }
}
