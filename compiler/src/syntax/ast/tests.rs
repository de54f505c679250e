//! Tests in a book.

#![allow(missing_docs)] // A variant's line says what its fields are.

use super::{Literal, Name, Text};
use crate::source::Span;
use std::sync::Arc;

/// A test.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// What it shows.
    pub label: Text,
    /// Its clauses in their order.
    pub clauses: Vec<TestClause>,
}

/// A clause of a test.
#[derive(Clone, Debug, PartialEq)]
pub enum TestClause {
    /// `account "ORG1" { .. }`
    Account { id: Option<Text>, values: Vec<Entry>, span: Span },
    /// `contract "ORG1" on plan from .. to .. { .. }`
    Contract { id: Option<Text>, plan: Name, from: Literal, to: Option<Literal>, values: Vec<Entry>, span: Span },
    /// `usage from "july.ndjson"`
    UsageFile(Text),
    /// `usage KIND { .. }`
    Usage { kind: Name, values: Vec<Entry>, span: Span },
    /// `bill "ORG1" for 2026-07`
    Bill { id: Option<Text>, period: BillPeriod, span: Span },
    /// `invoice RULE at "u001"`
    Invoice { rule: Name, record: Text, span: Span },
    /// `expect compute:XL = $48.00`
    ExpectLine { line: LineId, value: Literal, span: Span },
    /// `expect balance capacity = $0.00`
    ExpectBalance { name: Name, value: Literal, span: Span },
    /// `expect rule NAME at "u020"`
    ExpectRule { name: Name, record: Text, span: Span },
    /// `expect error florin::units::mismatch`
    ExpectError { code: Arc<str>, span: Span },
    /// `expect unpriced "u007"`
    ExpectUnpriced { record: Text, span: Span },
    /// `snapshot`
    Snapshot(Span),
}

/// The dates that a bill is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillPeriod {
    /// `2026-03-02`: the period that holds this day.
    Day(jiff::civil::Date),
    /// `2026-05-15..2026-06-13`, both days inclusive.
    Days(jiff::civil::Date, jiff::civil::Date),
    /// `2026-03`: the year and the month.
    Month(i16, i8),
    /// `2026`
    Year(i16),
}

/// `tokens:"gpt-4o":standard`
#[derive(Clone, Debug, PartialEq)]
pub struct LineId {
    /// The charge.
    pub name: Name,
    /// The values of its keys.
    pub keys: Vec<Literal>,
    /// The whole id.
    pub span: Span,
}

/// `name: value` in a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The field.
    pub name: Name,
    /// Its value.
    pub value: EntryValue,
    /// From when on it holds.
    pub since: Option<Literal>,
}

/// A value in a test.
#[derive(Clone, Debug, PartialEq)]
pub enum EntryValue {
    /// One value.
    Literal(Literal),
    /// `[ .. ]`
    List(Vec<EntryValue>, Span),
    /// `{ .. }`
    Fields(Vec<Entry>, Span),
}
