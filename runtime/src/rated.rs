//! Rated records as rows: what each record adds to each line (law 1).
//!
//! Where a difference has no finite decimal, the differences of the running total, rounded to
//! [`florin_compiler::exact::PLACES`], are written, so that the rows still add up to the line.

use florin_compiler::bill::Rated;
use florin_compiler::compiled::{Figure, LineText};
use florin_compiler::exact::Differences;
use florin_compiler::model::{Record, Symbol};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;

/// The names of what is written of a rated record.
pub const COLUMNS: [&str; 7] = ["id", "account", "time", "line", "quantity", "unit", "amount"];

/// What is written of a rated record.
#[derive(Clone, Copy, Debug)]
pub struct RatedRow<'a> {
    /// The record; none of what is due without one.
    pub id: Option<&'a str>,
    /// Whose bill it is on.
    pub account: &'a str,
    /// When it happened, in nanoseconds since 1970.
    pub nanoseconds: i128,
    /// The line's id.
    pub line: &'a str,
    /// How much more the line has of its unit, if it counts.
    pub quantity: Option<&'a Figure>,
    /// The unit.
    pub unit: Option<&'a str>,
    /// How much more is due, in the book's currency.
    pub amount: &'a Figure,
}

/// A rated record on its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The record; none of what is due without one.
    pub id: Option<Symbol>,
    /// Whose bill it is on.
    pub account: Symbol,
    /// When it happened.
    pub time: Timestamp,
    /// The line.
    pub line: Arc<LineText>,
    /// How much more the line has of its unit, if it counts.
    pub quantity: Option<Figure>,
    /// How much more is due, in the book's currency.
    pub amount: Figure,
}

impl Written {
    /// What is written of it.
    #[must_use]
    pub fn row(&self) -> RatedRow<'_> {
        RatedRow {
            id: self.id.as_deref(),
            account: &self.account,
            nanoseconds: self.time.as_nanosecond(),
            line: &self.line.id,
            quantity: self.quantity.as_ref(),
            unit: self.line.unit.as_deref(),
            amount: &self.amount,
        }
    }
}

/// The running totals of all lines, by account, start of the bill's period, and line.
#[derive(Debug, Default)]
pub struct Totals(HashMap<(Symbol, Timestamp, String), Running>);

#[derive(Debug, Default)]
struct Running {
    quantity: Differences,
    amount: Differences,
}

impl Totals {
    /// What is written of a rated record, the next of its line; `records` are those that were rated.
    pub fn next(&mut self, records: &[Record], rated: Rated) -> Written {
        let line = (rated.account.clone(), rated.period_start, rated.line.clone());
        let running = self.0.entry(line).or_default();
        Written {
            id: rated.record.and_then(|at| records.get(at)).map(|record| record.id.clone()),
            account: rated.account,
            time: rated.time,
            quantity: rated.quantity.map(|quantity| Figure::long(running.quantity.next(&quantity))),
            amount: Figure::long(running.amount.next(&rated.amount)),
            line: LineText::plain(rated.line, rated.unit, rated.period_start).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::TextFormat;
    use florin_compiler::exact::Rational;

    fn third() -> Rational {
        Rational::fraction_of(1, 3).expect("three is not zero")
    }

    fn rated(record: Option<usize>, amount: Rational) -> Rated {
        let time = "2026-03-01T00:00:00Z".parse().expect("a time");
        let (account, unit) = ("A,1".into(), Some("GB".into()));
        Rated {
            record,
            account,
            time,
            period_start: time,
            line: "storage".to_owned(),
            quantity: Some(third()),
            unit,
            amount,
        }
    }

    fn all(format: TextFormat) -> String {
        let time = "2026-03-01T00:00:00Z".parse().expect("a time");
        let records = [Record { kind: 0, id: "u1".into(), account: "A,1".into(), time, values: Vec::new() }];
        let (mut totals, mut out) = (Totals::default(), Vec::new());
        for rated in [rated(None, Rational::from(5i64)), rated(Some(0), third())] {
            format.write(&totals.next(&records, rated).row(), &mut out);
        }
        String::from_utf8(out).expect("a text")
    }

    #[test]
    fn rows_have_their_shape() {
        let expected = concat!(
            "{\"id\":null,\"account\":\"A,1\",\"time\":\"2026-03-01T00:00:00Z\",\"line\":\"storage\",",
            "\"quantity\":\"0.333333333333\",\"unit\":\"GB\",\"amount\":\"5\"}\n",
            "{\"id\":\"u1\",\"account\":\"A,1\",\"time\":\"2026-03-01T00:00:00Z\",\"line\":\"storage\",",
            "\"quantity\":\"0.333333333334\",\"unit\":\"GB\",\"amount\":\"0.333333333333\"}\n",
        );
        assert_eq!(all(TextFormat::Ndjson), expected);
        let expected = concat!(
            ",\"A,1\",2026-03-01T00:00:00Z,storage,0.333333333333,GB,5\n",
            "u1,\"A,1\",2026-03-01T00:00:00Z,storage,0.333333333334,GB,0.333333333333\n",
        );
        assert_eq!(all(TextFormat::Csv), expected);
    }
}
