//! Tests that stand in a book.

use super::BillPeriod;
use crate::exact::Rational;
use crate::model::{Accounts, Contract, Record, Symbol};
use crate::source::Span;

/// A test.
#[derive(Clone, Debug)]
pub struct Test {
    /// What it shows.
    pub label: Symbol,
    /// The accounts and what is known of them.
    pub accounts: Accounts,
    /// The records, in the order in which they stand.
    pub usage: Vec<TestUsage>,
    /// What is billed: whom (the only account if none is named) and when.
    pub bill: Option<TestBill>,
    /// Instead: the one invoice that a rule issues.
    pub invoice: Option<TestInvoice>,
    /// What is expected.
    pub expectations: Vec<Expectation>,
    /// The contracts as they are read, before they stand with the accounts.
    pub contracts: Vec<(Symbol, Contract)>,
    /// Whether the whole bill is kept as a snapshot.
    pub snapshot: bool,
    /// Where it stands.
    pub span: Span,
}

/// Records of a test.
#[derive(Clone, Debug)]
pub enum TestUsage {
    /// One that stands in the book.
    Record(Record),
    /// A file beside the book.
    File {
        /// Its path.
        path: Symbol,
        /// Where it is named.
        span: Span,
    },
}

/// What a test bills.
#[derive(Clone, Debug)]
pub struct TestBill {
    /// The account.
    pub account: Symbol,
    /// The period.
    pub period: BillPeriod,
    /// The clause.
    pub span: Span,
}

/// The invoice that a test looks at.
#[derive(Clone, Debug)]
pub struct TestInvoice {
    /// The rule that issues it.
    pub rule: Symbol,
    /// The id of the record at which it does.
    pub record: Symbol,
    /// The clause.
    pub span: Span,
}

/// What a test expects.
#[derive(Clone, Debug)]
pub enum Expectation {
    /// A line's rounded amount.
    Line {
        /// The line's id, as a bill writes it.
        line: Symbol,
        /// The amount.
        amount: Rational,
        /// Its currency.
        currency: Symbol,
        /// The clause.
        span: Span,
    },
    /// The bill's total.
    Total {
        /// The amount.
        amount: Rational,
        /// Its currency.
        currency: Symbol,
        /// The clause.
        span: Span,
    },
    /// What a grant's balance is at the end of the period, all of its keys together.
    Balance {
        /// The grant.
        grant: Symbol,
        /// The balance, in the grant's unit.
        remaining: Rational,
        /// The clause.
        span: Span,
    },
    /// A record that has no price.
    Unpriced {
        /// Its id.
        record: Symbol,
        /// The clause.
        span: Span,
    },
    /// A rule that fires at a record.
    Rule {
        /// The rule.
        rule: Symbol,
        /// The record's id.
        record: Symbol,
        /// The clause.
        span: Span,
    },
    /// The book itself has this error.
    Error {
        /// Its code.
        code: Symbol,
        /// The clause.
        span: Span,
    },
}
