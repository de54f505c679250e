//! A price book with its declarations sorted by what they declare, imports taken in, and every declared name bound.
//!
//! Expressions are still as written: which names they may use depends on where they stand, and that is `check`'s.

use crate::model::{InPlan, Symbol};
use crate::source::Span;
use crate::syntax::ast::{self, Name, Text};
use std::collections::{BTreeMap, BTreeSet};

/// A resolved book.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// `pricebook`: the name and the title.
    pub pricebook: Option<(Name, Option<Text>)>,
    /// The currencies; the first is that of the bills.
    pub currencies: Vec<Currency>,
    /// `timezone`
    pub timezone: Option<Text>,
    /// `period`
    pub period: Option<ast::PeriodRule>,
    /// `rounding`
    pub rounding: Option<ast::RoundingMode>,
    /// `records { .. }`
    pub records: Vec<ast::RecordName>,
    /// The units, each behind those that it is made of.
    pub units: Vec<Unit>,
    /// The enums.
    pub enums: Vec<Enumeration>,
    /// `bill to account.parent`
    pub bill_to: Option<ast::Path>,
    /// The fields of `account { .. }`.
    pub account: Vec<ast::Field>,
    /// The kinds of usage, those of the records that fill tables among them.
    pub kinds: Vec<ast::Usage>,
    /// The kinds whose records are the rows of a table, by their index in `kinds`.
    pub row_kinds: BTreeMap<Symbol, usize>,
    /// What is made of records: of those of kinds that last until the next one, then folds and spans, each behind those
    /// that it is made of.
    pub derived: Vec<Derived>,
    /// The tables.
    pub tables: Vec<ast::Table>,
    /// The calendars, each behind those that it leaves out.
    pub calendars: Vec<Calendar>,
    /// The defines.
    pub defines: Vec<Define>,
    /// The meters, each behind those that it is made of.
    pub meters: Vec<ast::Meter>,
    /// What is free.
    pub free: Vec<Free>,
    /// The charges in the order of the book.
    pub charges: Vec<Charge>,
    /// The rules in the order of the book.
    pub rules: Vec<ast::Rule>,
    /// The plans.
    pub plans: Vec<Plan>,
    /// The grants in the order of the book.
    pub grants: Vec<Grant>,
    /// The tests of the book itself, not those of its imports.
    pub tests: Vec<ast::Test>,
    /// The one set of names of kinds, spans, folds, meters, tables, defines and calendars.
    pub names: BTreeMap<Symbol, Bound>,
    /// Declarations with errors of syntax, of which nothing else is known.
    pub broken: Vec<Span>,
    /// The charges of each name, by their index: one, or one in each of several plans and phases.
    pub lines: BTreeMap<Symbol, Vec<usize>>,
    /// The discounts.
    pub discounts: Vec<Discount>,
    /// The overrides.
    pub overrides: Vec<Override>,
    /// The names of the grants, by their index.
    pub grant_lines: BTreeMap<Symbol, usize>,
    /// What the language has and this compiler does not take yet.
    pub later: Vec<Later>,
    /// The lines that it would make, and the names of broken declarations: what names one is not reported again.
    pub later_lines: BTreeSet<Symbol>,
}

impl Book {
    /// Whether accounts that have bills of their own count as one somewhere.
    #[must_use]
    pub fn pools(&self) -> bool {
        let folds = self.derived.iter().any(|derived| match derived {
            Derived::Fold(fold) => fold.pooled.is_some(),
            Derived::Spans(_) | Derived::UntilNext(_) => false,
        });
        self.bill_to.is_none() && (folds || self.meters.iter().any(|meter| meter.pooled.is_some()))
    }

    /// The charges that a name means in a plan, or outside of all: those of the plan itself, else those outside, else
    /// those of all plans.
    #[must_use]
    pub fn charges_named(&self, name: &Symbol, plan: Option<usize>) -> Vec<usize> {
        let all = self.lines.get(name).map(Vec::as_slice).unwrap_or_default();
        let plan_of = |at: &usize| self.charges.get(*at).and_then(|charge| charge.in_plan).map(|place| place.plan);
        let of = |plan: Option<usize>| all.iter().copied().filter(|at| plan_of(at) == plan).collect::<Vec<_>>();
        let own = of(plan);
        let own = if own.is_empty() { of(None) } else { own };
        if own.is_empty() && plan.is_none() { all.to_vec() } else { own }
    }
}

/// A name and what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// What it stands for.
    pub entity: Entity,
    /// Where it is declared.
    pub span: Span,
}

/// What a name may stand for, by its index in [`Book`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    /// A kind of usage.
    Kind(usize),
    /// A fold or spans.
    Derived(usize),
    /// A table.
    Table(usize),
    /// The records that fill a table, by their kind.
    Rows(usize),
    /// A calendar.
    Calendar(usize),
    /// A define.
    Define(usize),
    /// A meter.
    Meter(usize),
    /// Something that was reported already: a broken declaration, a circle, or a construct of a later version.
    Unusable,
}

impl Entity {
    /// How messages call it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Entity::Kind(_) => "a kind of usage",
            Entity::Derived(_) => "a fold or spans",
            Entity::Table(_) => "a table",
            Entity::Rows(_) => "the kind of records that fill a table",
            Entity::Calendar(_) => "a calendar",
            Entity::Define(_) => "a define",
            Entity::Meter(_) => "a meter",
            Entity::Unusable => "a declaration with an error",
        }
    }
}

/// A kind whose records are made from those of another.
#[derive(Clone, Debug)]
pub enum Derived {
    /// `fold admission ..`
    Fold(Box<ast::Fold>),
    /// `spans journey ..`
    Spans(Box<ast::Spans>),
    /// `usage register lasts until next by meter_id ..`
    UntilNext(Box<UntilNext>),
}

/// The records of a kind, each with when the next one of its keys came.
#[derive(Clone, Debug)]
pub struct UntilNext {
    /// The kind's name.
    pub name: Name,
    /// The kind, by its index in [`Book::kinds`].
    pub kind: usize,
    /// The keys.
    pub keys: Vec<ast::Key>,
}

impl Derived {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &Name {
        match self {
            Derived::Fold(fold) => &fold.name,
            Derived::Spans(spans) => &spans.name,
            Derived::UntilNext(next) => &next.name,
        }
    }

    /// The records that it is made of, where the book names them.
    #[must_use]
    pub fn from(&self) -> Option<&ast::From> {
        match self {
            Derived::Fold(fold) => Some(&fold.from),
            Derived::Spans(spans) => Some(&spans.from),
            Derived::UntilNext(_) => None,
        }
    }
}

/// What a span has beside its first record's fields; what lasts until the next record has all but the last.
pub const SPAN_FIELDS: [&str; 4] = ["start", "end", "duration", "count"];

/// `currency USD "$" to 4 places`
#[derive(Clone, Debug)]
pub struct Currency {
    /// Its code.
    pub code: Name,
    /// Its symbol.
    pub symbol: Option<Text>,
    /// Its precision.
    pub places: Option<ast::Number>,
}

/// `unit kilometre "kilometres" = 1_000 metre`
#[derive(Clone, Debug)]
pub struct Unit {
    /// Its name.
    pub name: Name,
    /// Its plural.
    pub label: Option<Text>,
    /// What it is made of.
    pub relation: Option<(ast::Number, ast::UnitName)>,
}

/// `enum Size { XS, S }`
#[derive(Clone, Debug)]
pub struct Enumeration {
    /// Its name.
    pub name: Name,
    /// Its members.
    pub members: Vec<ast::Member>,
}

/// `calendar peak { .. }`
#[derive(Clone, Debug)]
pub struct Calendar {
    /// Its name.
    pub name: Name,
    /// Its entries.
    pub entries: Vec<ast::CalendarEntry>,
}

/// `define cost(x : token) = ..`
#[derive(Clone, Debug)]
pub struct Define {
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub parameters: Vec<(Name, ast::TypeName)>,
    /// Its value.
    pub value: ast::Expr,
}

/// `free KIND where ..`
#[derive(Clone, Debug)]
pub struct Free {
    /// The kind.
    pub path: ast::Path,
    /// Which records.
    pub condition: Option<ast::Expr>,
}

/// A charge with its documentation.
#[derive(Clone, Debug)]
pub struct Charge {
    /// The `///` lines above it.
    pub docs: Vec<Symbol>,
    /// The charge.
    pub charge: ast::Charge,
    /// What makes it a fee, if it is one.
    pub fee: Option<Fee>,
    /// The plan in which it stands.
    pub in_plan: Option<InPlan>,
    /// How many charges must be computed before it.
    pub rank: usize,
    /// The whole declaration.
    pub span: Span,
}

/// `plan germany "Germany" for account.country == DE { .. }`, without what it groups.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its name.
    pub name: Name,
    /// Its label.
    pub label: Option<Text>,
    /// Who is on it by default.
    pub condition: Option<ast::Expr>,
    /// What a contract on it says.
    pub terms: Vec<ast::Field>,
    /// How long each of its phases is.
    pub phases: Vec<ast::Window>,
}

/// What a fee says beside its price.
#[derive(Clone, Debug)]
pub struct Fee {
    /// For each price clause: `every month`, `in advance`, and the clause.
    pub dues: Vec<(Option<ast::Window>, bool, Span)>,
    /// `prorated by day`
    pub proration: Vec<(ast::WindowUnit, Span)>,
}

/// A grant with its documentation.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The `///` lines above it.
    pub docs: Vec<Symbol>,
    /// The grant.
    pub grant: ast::Grant,
    /// The plan in which it stands.
    pub in_plan: Option<InPlan>,
    /// The whole declaration.
    pub span: Span,
}

/// `discount launch "Launch" { takes 10% off; covers compute }`
#[derive(Clone, Debug)]
pub struct Discount {
    /// Its name.
    pub name: Name,
    /// What a bill calls it.
    pub label: Text,
    /// Its clauses.
    pub clauses: Vec<ast::DiscountClause>,
    /// The plan in which it stands.
    pub in_plan: Option<InPlan>,
}

/// `override compute "Contract price" where .. { price $2 per credit }`
#[derive(Clone, Debug)]
pub struct Override {
    /// The charge.
    pub charge: Name,
    /// What a reader calls it.
    pub label: Text,
    /// Where it holds.
    pub condition: Option<ast::Expr>,
    /// The prices.
    pub body: Vec<ast::ChargeClause>,
    /// The plan in which it stands.
    pub in_plan: Option<InPlan>,
}

/// A construct that this compiler does not take yet.
#[derive(Clone, Debug)]
pub struct Later {
    /// How the language calls it.
    pub what: &'static str,
    /// Where it stands.
    pub span: Span,
}
