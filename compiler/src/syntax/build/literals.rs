//! Numbers, money, dates and the other values that need no computing.

use super::{Builder, Pair, Parts, unescape};
use crate::diagnostic::Diagnostic;
use crate::exact::Rational;
use crate::model::Clock;
use crate::source::Span;
use crate::syntax::ast::{CurrencyName, Literal, LiteralKind, Number};
use crate::syntax::codes;
use florin_grammar::Rule;
use std::sync::Arc;

impl Builder {
    pub(super) fn take_literal(&mut self, parts: &mut Parts<'_>) -> Option<Literal> {
        let pair = parts.take(Rule::literal)?;
        self.literal(pair)
    }

    /// A literal: a value, its sign before it and what makes it a rate behind it.
    pub(super) fn literal(&mut self, pair: Pair<'_>) -> Option<Literal> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let negative = parts.take(Rule::minus).is_some();
        let value = parts.first()?;
        let mut literal = self.value(value)?;
        if negative {
            literal.kind = negated(literal.kind)?;
            literal.span = Span { start: span.start, ..literal.span };
        }
        let kind = match parts.first() {
            Some(per) if per.as_rule() == Rule::rate_tail => LiteralKind::Rate(Box::new(literal), self.per(per)?),
            Some(_) => LiteralKind::Each(Box::new(literal)),
            None => literal.kind,
        };
        Some(Literal { kind, span })
    }

    /// A value by its rule; none if the rule is no value's.
    pub(super) fn value(&mut self, pair: Pair<'_>) -> Option<Literal> {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::number => LiteralKind::Number(self.number(&pair)),
            Rule::quantity => self.quantity(pair)?,
            Rule::money => self.money(&pair),
            Rule::instant => LiteralKind::Instant(self.instant(&pair)),
            Rule::date => LiteralKind::Date(self.date(&pair)),
            Rule::month => self.month(&pair),
            Rule::clock => LiteralKind::Clock(self.clock(&pair)),
            Rule::text => LiteralKind::Text(Arc::from(unescape(pair.as_str()))),
            Rule::boolean => LiteralKind::Boolean(pair.as_str() == "true"),
            Rule::name => LiteralKind::Word(Arc::from(pair.as_str())),
            _ => return None,
        };
        Some(Literal { kind, span })
    }

    pub(super) fn take_number(&mut self, parts: &mut Parts<'_>) -> Option<Number> {
        parts.take(Rule::number).map(|pair| self.number(&pair))
    }

    pub(super) fn number(&mut self, pair: &Pair<'_>) -> Number {
        let span = self.span(pair);
        Number { value: self.amount(pair.as_str(), span), span }
    }

    fn amount(&mut self, text: &str, span: Span) -> Rational {
        read_number(text).unwrap_or_else(|| {
            let fault = Diagnostic::error(codes::BAD_NUMBER, "this number has too many digits");
            self.faults.push(fault.label(span, "at most 60 digits are kept").help("write it with fewer digits"));
            Rational::zero()
        })
    }

    fn quantity(&mut self, pair: Pair<'_>) -> Option<LiteralKind> {
        let (text, span) = (pair.as_str(), self.span(&pair));
        if let Some((amount, code)) = text.split_once([' ', '\t'])
            && self.currencies.iter().any(|known| known == code.trim())
        {
            let fault = Diagnostic::error(codes::BAD_MONEY, "a currency stands before its amount");
            let fault = fault.label(span, "this is not read as an amount of money");
            self.faults.push(fault.help(format!("write `{} {amount}`", code.trim())));
        }
        let mut parts = Parts::of(pair);
        let number = self.take_number(&mut parts)?;
        Some(match self.take_unit(&mut parts) {
            Some(unit) => LiteralKind::Quantity(number, unit),
            None => LiteralKind::Number(number),
        })
    }

    /// `$3.00`, `USD 3.00`: the currency is all before the first digit.
    fn money(&mut self, pair: &Pair<'_>) -> LiteralKind {
        let (text, whole) = (pair.as_str(), self.span(pair));
        let digits_at = text.find(|letter: char| letter.is_ascii_digit()).unwrap_or(text.len());
        let (before, amount) = text.split_at(digits_at);
        let currency = before.trim_end();
        let start = whole.start as usize;
        let name =
            CurrencyName { text: Arc::from(currency), span: Span::new(whole.source, start, start + currency.len()) };
        let span = Span::new(whole.source, start + digits_at, start + text.len());
        LiteralKind::Money(name, Number { value: self.amount(amount, span), span })
    }

    fn instant(&mut self, pair: &Pair<'_>) -> jiff::Timestamp {
        let read = pair.as_str().parse().ok();
        read.unwrap_or_else(|| self.bad_date(pair, "this time is in no calendar", jiff::Timestamp::UNIX_EPOCH))
    }

    pub(super) fn date(&mut self, pair: &Pair<'_>) -> jiff::civil::Date {
        let mut parts = pair.as_str().splitn(3, '-');
        let read = read_date(parts.next(), parts.next(), parts.next());
        read.unwrap_or_else(|| self.bad_date(pair, "this day is in no calendar", jiff::civil::Date::ZERO))
    }

    fn month(&mut self, pair: &Pair<'_>) -> LiteralKind {
        let (year, month) = self.year_month(pair);
        LiteralKind::Month(year, month)
    }

    pub(super) fn year_month(&mut self, pair: &Pair<'_>) -> (i16, i8) {
        let mut parts = pair.as_str().splitn(2, '-');
        let read = read_date(parts.next(), parts.next(), Some("1"));
        let date = read.unwrap_or_else(|| self.bad_date(pair, "there is no such month", jiff::civil::Date::ZERO));
        (date.year(), date.month())
    }

    pub(super) fn clock(&mut self, pair: &Pair<'_>) -> Clock {
        let mut parts = pair.as_str().splitn(2, ':').map(|part| part.parse().ok());
        let hour_minute = parts.next().flatten().zip(parts.next().flatten());
        let read = hour_minute.and_then(|(hour, minute)| Clock::new(hour, minute, 0, 0).ok());
        read.unwrap_or_else(|| self.bad_date(pair, "there is no such time of day", Clock::MIN))
    }

    /// Reports a date or a time that does not exist; `instead` is never seen, since the declaration becomes a hole.
    pub(super) fn bad_date<T>(&mut self, pair: &Pair<'_>, title: &str, instead: T) -> T {
        let fault = Diagnostic::error(codes::BAD_DATE, title)
            .label(self.span(pair), "no calendar or clock has it")
            .help(crate::syntax::dates::written_otherwise(pair.as_str()).unwrap_or_else(|| {
                "dates are written year-month-day, such as `2026-11-03`, and times of day `00:00` to `23:59`".to_owned()
            }));
        self.faults.push(fault);
        instead
    }
}

fn read_date(year: Option<&str>, month: Option<&str>, day: Option<&str>) -> Option<jiff::civil::Date> {
    jiff::civil::Date::new(year?.parse().ok()?, month?.parse().ok()?, day?.parse().ok()?).ok()
}

/// `1_000`, `0.25`, `200k`, `1M`, `10%`; none where there are more digits than can be held.
fn read_number(text: &str) -> Option<Rational> {
    let (text, percent) = text.strip_suffix('%').map_or((text, 0), |rest| (rest, 2));
    let (digits, scale) = match text.strip_suffix('k') {
        Some(rest) => (rest, 3),
        None => text.strip_suffix('M').map_or((text, 0), |rest| (rest, 6)),
    };
    let value = Rational::parse(&digits.replace('_', "")).ok()?;
    (&value * &Rational::power_of_ten(scale)).checked_div(&Rational::power_of_ten(percent))
}

fn negated(kind: LiteralKind) -> Option<LiteralKind> {
    let minus = |number: Number| Number { value: -&number.value, ..number };
    Some(match kind {
        LiteralKind::Number(number) => LiteralKind::Number(minus(number)),
        LiteralKind::Quantity(number, unit) => LiteralKind::Quantity(minus(number), unit),
        LiteralKind::Money(currency, number) => LiteralKind::Money(currency, minus(number)),
        _ => return None,
    })
}
