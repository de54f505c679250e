//! What a book says of itself: its name, currency, time zone, period, rounding, and the wire's names.

use super::{Checker, literals, rounding, words};
use crate::diagnostic::Diagnostic;
use crate::exact::Rounding;
use crate::model::{Clock, Enumeration, EnumerationMember, Step, Symbol, Window, WireNames};
use crate::source::{SourceId, Span};
use crate::syntax::ast::PeriodRule;
use crate::typed::Header;

pub(super) const MISSING: &str = "florin::book::missing";
pub(super) const VALUE: &str = "florin::book::value";

/// The record's own parts, in the order of [`WireNames::set`].
const PARTS: [&str; 4] = ["id", "account", "time", "kind"];

impl Checker<'_> {
    /// The header lines. Account facts are checked before, for an anchored period.
    pub(super) fn header(&mut self) {
        let book = self.book;
        let currency = match book.currencies.first() {
            Some(declared) => self.currency(&declared.code.text),
            None => self.missing("currency", "currency USD \"$\""),
        };
        let period = match &book.period {
            Some(PeriodRule::Given(_)) => Some(given()),
            Some(PeriodRule::Window(window)) => self.window_of_its_own(window),
            None => self.missing("period", "period month"),
        };
        let timezone = self.timezone();
        let (name, label) = match &book.pricebook {
            Some((name, label)) => (Symbol::clone(&name.text), label.as_ref().map(|label| Symbol::clone(&label.text))),
            None => (self.missing("pricebook", "pricebook cloud \"Cloud prices\"").unwrap_or_else(|| "".into()), None),
        };
        let rounding = book.rounding.map_or(Rounding::HalfAwayFromZero, rounding::named);
        let (Some(currency), Some(period), Some(timezone)) = (currency, period, timezone) else { return };
        self.header = Some(Header { name, label, currency, timezone, period, rounding });
    }

    fn missing<T>(&mut self, word: &str, example: &str) -> Option<T> {
        if self.is_broken(word) {
            return None;
        }
        let top = Span::new(SourceId(0), 0, self.first_line());
        self.fail(
            Diagnostic::error(MISSING, format!("the book does not say its `{word}`"))
                .label(top, "to be said at the top of the book")
                .help(format!("add a line such as `{example}`")),
        )
    }

    /// Whether what a word declares may be there, in a line that was reported.
    pub(super) fn is_broken(&self, word: &str) -> bool {
        let begins = |line: &str| {
            let first = line.split_whitespace().next().unwrap_or("");
            first == word || super::words::nearest(first, [word]).is_some()
        };
        self.book.broken.iter().any(|span| self.sources.text(*span).lines().any(begins))
    }

    fn first_line(&self) -> usize {
        self.sources.get(SourceId(0)).map_or(0, |source| source.text.find('\n').unwrap_or(source.text.len()))
    }

    /// The time zone; UTC where the book says none.
    fn timezone(&mut self) -> Option<Symbol> {
        let Some(zone) = &self.book.timezone else { return Some("UTC".into()) };
        if crate::time::Zone::named(&zone.text).is_some() {
            return Some(Symbol::clone(&zone.text));
        }
        let known: Vec<String> =
            jiff::tz::TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect();
        let by_offset = zone.text.contains(|letter: char| letter.is_ascii_digit() || letter == '+');
        let near = words::nearest(&zone.text, known.iter().map(String::as_str));
        let help = match near.filter(|_| !by_offset) {
            Some(nearest) => format!("did you mean `\"{nearest}\"`?"),
            None => "time zones are named by a place, such as `\"Europe/Berlin\"` or `\"America/New_York\"`".to_owned(),
        };
        self.fail(
            Diagnostic::error(VALUE, format!("`{}` is not a time zone", zone.text))
                .label(zone.span, "not known")
                .help(help),
        )
    }

    /// `records { account: "acct", time: "ts", kind: "meter" }`
    pub(super) fn records(&mut self) {
        let mut wire = WireNames::default();
        for entry in &self.book.records {
            let Some(index) = PARTS.iter().position(|part| *part == &*entry.part.text) else {
                let help = match words::nearest(&entry.part.text, PARTS) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => format!("a record's own parts are {}", literals::words_list(&PARTS)),
                };
                self.report(
                    Diagnostic::error(VALUE, format!("a record has no part `{}`", entry.part.text))
                        .label(entry.part.span, "not a part of every record")
                        .help(help),
                );
                continue;
            };
            let name = Symbol::clone(&entry.wire.text);
            match index {
                0 => wire.id = name,
                1 => wire.account = name,
                2 => wire.time = name,
                _ => wire.kind = name,
            }
            if let Some(set) = wire.set.get_mut(index) {
                *set = true;
            }
        }
        self.schema.wire = wire;
    }

    /// The enums.
    pub(super) fn enums(&mut self) {
        for declared in &self.book.enums {
            let members = declared.members.iter().map(|member| EnumerationMember {
                name: Symbol::clone(&member.name.text),
                wire: Symbol::clone(member.wire.as_ref().map_or(&member.name.text, |wire| &wire.text)),
            });
            let members: Vec<_> = members.collect();
            self.schema.enums.push(Enumeration {
                name: Symbol::clone(&declared.name.text),
                members,
                span: declared.name.span,
            });
        }
    }
}

fn given() -> Window {
    Window {
        step: Step::Given,
        count: 1,
        weekday: 1,
        at: Clock::midnight(),
        anchor: None,
        from_first_use: false,
        name: "period".into(),
    }
}
