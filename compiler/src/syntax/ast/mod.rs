//! The tree of a price book as it is written, with a hole where the text is broken.
//!
//! Every construct of the language has its node here, whether or not a later pass takes it yet. Nothing is
//! resolved: a name is a text and a place.

#![allow(missing_docs)] // A variant's line says what its fields are.
#![allow(clippy::large_enum_variant)] // One declaration a node: boxing the large ones would save nothing.

mod charges;
mod contracts;
mod expressions;
mod literals;
mod meters;
mod records;
mod tables;
mod tests;

pub use charges::{AsLine, Charge, ChargeClause, Fee, FeeClause, Limit, Price, PriceKind, Tier};
pub use contracts::{Action, Criterion, DiscountClause, Giving, Grant, GrantClause, Plan, PlanItem, Rule};
pub use expressions::{
    Argument, Arm, Expr, ExprKind, Operator, Over, RoundFunction, RoundTo, RoundingMode, Shift, WindowPart,
};
pub use literals::{CurrencyName, Literal, LiteralKind, Number};
pub use meters::{From, Key, Meter, Per1, Window, WindowUnit};
pub use records::{
    Field, Fold, FoldClause, Lasts, Member, Per, RecordName, Spans, TypeKind, TypeName, UnitName, Usage,
};
pub use tables::{
    Bound, CalendarEntry, CalendarEntryKind, Cell, CellKind, Column, ColumnRole, Row, Table, TableSource,
};
pub use tests::{BillPeriod, Entry, EntryValue, LineId, Test, TestClause};

use crate::source::Span;
use std::sync::Arc;

/// A whole file.
#[derive(Clone, Debug, PartialEq)]
pub struct Book {
    /// The declarations in their order.
    pub items: Vec<Item>,
}

/// A declaration with the `///` lines above it.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The documentation, one line each, without `///`.
    pub docs: Vec<Arc<str>>,
    /// What is declared.
    pub declaration: Declaration,
    /// The whole declaration.
    pub span: Span,
}

/// A name where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// Its letters.
    pub text: Arc<str>,
    /// Its place.
    pub span: Span,
}

/// A quoted text, its escapes resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// What it says.
    pub text: Arc<str>,
    /// Its place, with the quotes.
    pub span: Span,
}

/// `account.edition`, `provider_price`, `r.ptus`: at least one name.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The names between the dots.
    pub names: Vec<Name>,
    /// The whole path.
    pub span: Span,
}

/// Everything that stands at the top of a book.
#[derive(Clone, Debug, PartialEq)]
pub enum Declaration {
    /// `pricebook warehouse "Warehouse, list prices"`
    Pricebook { name: Name, label: Option<Text> },
    /// `currency USD "$" to 4 places`
    Currency { code: Name, symbol: Option<Text>, places: Option<Number> },
    /// `timezone "Europe/Berlin"`
    Timezone(Text),
    /// `period month`, `period given`
    Period(PeriodRule),
    /// `rounding half even`
    Rounding(RoundingMode, Span),
    /// `bill to account.parent`
    BillTo(Path),
    /// `records { account: "acct", time: "ts", kind: "meter" }`
    Records(Vec<RecordName>),
    /// `import "common/units.florin"`
    Import(Text),
    /// `unit kilometre "kilometres" = 1_000 metre`
    Unit { name: Name, label: Option<Text>, relation: Option<(Number, UnitName)> },
    /// `enum Size { XS, X2L "2XL" }`
    Enum { name: Name, members: Vec<Member> },
    /// `account { edition : Edition }`
    Account(Vec<Field>),
    /// `usage run from "wh_run" lasts duration { .. }`
    Usage(Usage),
    /// `spans journey by card from tap { .. }`
    Spans(Spans),
    /// `fold admission by project per minute from inference { .. }`
    Fold(Fold),
    /// `table rate { .. }`
    Table(Table),
    /// `calendar peak { mon..fri, 16:00..21:00 }`
    Calendar { name: Name, entries: Vec<CalendarEntry> },
    /// `define cost(x : token) = ..`
    Define { name: Name, parameters: Vec<(Name, TypeName)>, value: Expr },
    /// `meter used by size per day = sum(..) from run where ..`
    Meter(Meter),
    /// `free s3_requests where op == DELETE`
    Free { path: Path, condition: Option<Expr> },
    /// `charge compute "Compute" by size { .. }`
    Charge(Charge),
    /// `fee seats "Seats" { .. }`
    Fee(Fee),
    /// `grant commit "Commitment" { .. }`
    Grant(Grant),
    /// `rule low { when .. then notify ".." }`
    Rule(Rule),
    /// `plan germany "Germany" for account.country == DE { .. }`
    Plan(Plan),
    /// `override compute "Contract price" where .. { .. }`
    Override { name: Name, label: Text, condition: Option<Expr>, body: Vec<ChargeClause> },
    /// `discount launch "Launch" { takes 10% off; covers compute }`
    Discount { name: Name, label: Text, clauses: Vec<DiscountClause> },
    /// `test ".." { .. }`
    Test(Test),
    /// A declaration that could not be read: it has been reported, and what names it is not reported again.
    Broken { name: Option<Name> },
}

/// What `period` says.
#[derive(Clone, Debug, PartialEq)]
pub enum PeriodRule {
    /// Its dates come with the request.
    Given(Span),
    /// A window of the calendar.
    Window(Window),
}
