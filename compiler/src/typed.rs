//! A price book that is known to be right: every name bound, every expression with its type, unit and grain.
//!
//! `check` makes it from the syntax tree and `lower` turns it into the program. What can still fail on a record
//! is only what the record brings: a look-up that finds no row, a fact that is not known.
//!
//! **Grain.** An expression is evaluated in one of two scopes, and never in a mix of them:
//! - *record scope*: one record (and, inside a list, one item of it). [`ExprKind::Field`], [`ExprKind::Let`],
//!   [`ExprKind::ItemField`] and the record's own parts live here.
//! - *group scope*: an account, the values of a declaration's keys, and a window. [`ExprKind::Key`],
//!   [`ExprKind::Meter`], [`ExprKind::Total`] and aggregates live here; an aggregate's argument is evaluated in the
//!   scope that its [`Over`] opens.
//!
//! Facts, constants, look-ups and window values are at home in both.

mod deals;
mod grants;
mod pooling;
mod test;

use crate::exact::{Rational, Rounding};
use crate::model::{Calendar, Currency, InPlan, Schema, Sharing, Symbol, Table, Type, Unit, Value, Window};
use crate::source::Span;
pub use crate::syntax::ast::BillPeriod;
pub use deals::{Case, Discount, Override, Takes};
pub use grants::{Costs, Cover, Criterion, Expires, Gives, Grant, Of, Reload, RollsOver, Threshold, UpTo};
use num_bigint::BigInt;
pub use pooling::{Pooling, TierSharing};
pub use test::{Expectation, Test, TestBill, TestInvoice, TestUsage};

/// A checked book.
#[derive(Clone, Debug)]
pub struct Book {
    /// Its name, currency, time zone and so on.
    pub header: Header,
    /// Kinds, enums and facts: all that is needed to read records.
    pub schema: Schema,
    /// Which accounts are billed together.
    pub sharing: Sharing,
    /// The computed fields of each kind, in record scope; one may name those before it.
    pub lets: Vec<Vec<Let>>,
    /// The kinds that are made from others, each behind those it is made of.
    pub derived: Vec<Derived>,
    /// For each kind, how long its records last, if they do.
    pub lasting: Vec<Option<Lasting>>,
    /// The tables.
    pub tables: Vec<Table>,
    /// The calendars.
    pub calendars: Vec<Calendar>,
    /// The meters, each behind those it is made of.
    pub meters: Vec<Meter>,
    /// The charges, in the order of the book. One takes only charges that have a smaller [`Charge::rank`].
    pub charges: Vec<Charge>,
    /// The plans.
    pub plans: Vec<Plan>,
    /// The grants, in the order of the book.
    pub grants: Vec<Grant>,
    /// What costs nothing.
    pub free: Vec<Free>,
    /// What follows from usage besides money.
    pub rules: Vec<Rule>,
    /// The tests.
    pub tests: Vec<Test>,
}

/// A plan; its terms stand in the schema.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its name.
    pub name: Symbol,
    /// What a bill calls it.
    pub label: Symbol,
    /// Who is on it by default: on facts of the account.
    pub condition: Option<Expr>,
    /// How long its phases are, one after the other from the contract's first day.
    pub phases: Vec<Window>,
    /// The currency of its prices; that of the book where it has none.
    pub currency: Option<Currency>,
}

/// What a book says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// Its name.
    pub name: Symbol,
    /// Its title.
    pub label: Option<Symbol>,
    /// The currency of its bills.
    pub currency: Currency,
    /// Its time zone, an IANA name that the bundled database knows.
    pub timezone: Symbol,
    /// How time is cut into bills.
    pub period: Window,
    /// How money is rounded where the book does not say otherwise.
    pub rounding: Rounding,
}

/// A computed field.
#[derive(Clone, Debug)]
pub struct Let {
    /// Its name.
    pub name: Symbol,
    /// Its value, in record scope. It is evaluated only where it is asked for.
    pub value: Expr,
}

/// How the records of a kind are made from those of another one. Its first fields are those of its source, and its
/// lets are its source's.
#[derive(Clone, Debug)]
pub struct Derived {
    /// Its name.
    pub name: Symbol,
    /// The kind that it makes, by its index in the schema.
    pub kind: usize,
    /// The kind that it is made of.
    pub source: usize,
    /// Which of its records, in their record scope.
    pub condition: Option<Expr>,
    /// What is apart, in their record scope.
    pub keys: Vec<Key>,
    /// How.
    pub making: Making<Expr>,
    /// Where it is declared.
    pub span: Span,
}

/// How records are made from others; `E` are expressions, before or after lowering.
#[derive(Clone, Debug)]
pub enum Making<E> {
    /// One for each, by a state machine in the order of events.
    Fold(Fold<E>),
    /// One for those that belong together.
    Spans(Spans<E>),
    /// One for each, which lasts until the next one of its keys. It has the record's fields, then `start`, `end` and
    /// `duration`, then the next record's fields; what the next one says is absent while there is none.
    UntilNext,
}

/// Which records of a key belong together, in the order of events. A span has its first record's fields, then `start`,
/// `end`, `duration` and `count`, then its last record's fields.
#[derive(Clone, Debug)]
pub struct Spans<E> {
    /// Whether a record starts one, if none is open; every one does where nothing is said.
    pub starts: Option<E>,
    /// Whether it ends the one that is open, or that it starts.
    pub ends: Option<E>,
    /// The longest in seconds: one that goes on for longer is closed there.
    pub at_most: Option<Rational>,
    /// The longest pause in seconds: one is closed at the record before a longer one.
    pub gap: Option<Rational>,
}

/// A state machine over the records of a key, by time, then by id.
///
/// Its expressions are in the scope of the record, and of the states as they are before it.
#[derive(Clone, Debug)]
pub struct Fold<E> {
    /// When its states begin anew; none where only what is forgotten does.
    pub window: Option<Window>,
    /// After how long without a record its states are forgotten.
    pub forget: Option<Window>,
    /// The states.
    pub states: Vec<State<E>>,
    /// What several of the others use; one may name those before it.
    pub lets: Vec<(Symbol, E)>,
    /// What it adds to a record: fields behind those of the source.
    pub yields: Vec<(Symbol, E)>,
}

/// A state of a fold.
#[derive(Clone, Debug)]
pub struct State<E> {
    /// Its name.
    pub name: Symbol,
    /// What it begins with, as of the record that it begins with; absent where nothing is said.
    pub initial: Option<E>,
    /// What it is after a record.
    pub next: E,
}

/// How long the records of a kind last, in record scope.
#[allow(clippy::large_enum_variant)] // There is one for each kind at most.
#[derive(Clone, Debug)]
pub enum Lasting {
    /// So many seconds from its time on.
    For(Expr),
    /// From one time to another.
    FromTo(Expr, Expr),
    /// From its time on.
    On,
    /// What is made of records: between the times in two of its fields, on and on while the second is absent.
    Made(usize, usize),
}

/// What is asked of a record that lasts, or of a piece of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The names say it.
pub enum LastingPart {
    Start,
    End,
    Duration,
}

/// The records of an aggregate.
#[derive(Clone, Debug)]
pub struct From {
    /// The kind.
    pub kind: usize,
    /// A list of the kind, by its field: each item counts as a record; it is item depth 0.
    pub list: Option<usize>,
    /// Each record is cut into pieces of so many seconds, from its own start.
    pub pieces: Option<Rational>,
    /// Which of them, in record scope.
    pub condition: Option<Expr>,
    /// The clause.
    pub span: Span,
}

/// A key: what a declaration has a value, or a line, for each of.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its name.
    pub name: Symbol,
    /// Its type.
    pub ty: Type,
    /// For numbers: how it is shown.
    pub unit: Option<Unit>,
    /// What it is, in record scope if the declaration has a `from`; an account fact may stand without one. None
    /// where it is a key of the meters that the declaration is made of, by its name.
    pub source: Option<Expr>,
}

/// A meter.
#[derive(Clone, Debug)]
pub struct Meter {
    /// Its name.
    pub name: Symbol,
    /// Its keys.
    pub keys: Vec<Key>,
    /// Its window.
    pub window: Window,
    /// Its records; none for a meter over meters, which has a value wherever one of its meters has a record.
    pub from: Option<From>,
    /// What it measures, in group scope. Per instant: what is in force at one moment.
    pub value: Expr,
    /// What it is before the first record, in group scope.
    pub opening: Option<Expr>,
    /// Whether it counts the records of all accounts that are pooled, where each has a bill of its own.
    pub shared: bool,
    /// Which of its keys are facts by which accounts are pooled: (key, fact).
    pub pools: Vec<(usize, usize)>,
    /// Where it is declared.
    pub span: Span,
}

/// A rule: what happens at the very record that makes something so.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name.
    pub name: Symbol,
    /// What a reader sees; its name if the book does not say.
    pub label: Symbol,
    /// What it is watched for each of, by the keys of the meters that it names.
    pub keys: Vec<Key>,
    /// The window of those meters, else the period.
    pub window: Window,
    /// When it fires.
    pub trigger: Trigger,
    /// What it does.
    pub action: Action,
    /// Where it is declared.
    pub span: Span,
}

/// When a rule fires.
#[derive(Clone, Debug)]
pub enum Trigger {
    /// At the record that makes a condition true; in group scope.
    Becomes(Expr),
    /// At the record by which a value comes to a level or beyond, from whichever side; once for each. In group scope.
    Reaches {
        /// The value.
        value: Expr,
        /// The levels, of the same dimension.
        levels: Vec<Expr>,
    },
    /// At each of these records.
    Each(From),
}

/// What a rule does.
#[derive(Clone, Debug)]
pub enum Action {
    /// It issues an invoice: of everything unbilled, or of exactly this much as often as there is as much; in group
    /// scope.
    Invoice(Option<Box<Expr>>),
    /// It tells someone this.
    Notify(Symbol),
    /// It keeps records unbilled until a person decides.
    Hold,
    /// It keeps all records of the account from here on unbilled until a person decides.
    Block,
}

/// `free KIND where ..`
#[derive(Clone, Debug)]
pub struct Free {
    /// The kind.
    pub kind: usize,
    /// Which records, in record scope.
    pub condition: Option<Expr>,
}

/// A charge.
#[derive(Clone, Debug)]
pub struct Charge {
    /// Its name.
    pub name: Symbol,
    /// What the bill calls it; its name if the book does not say.
    pub label: Symbol,
    /// The `///` lines above it.
    pub docs: Vec<Symbol>,
    /// A line for each. `by tier` is not among them: see [`Charge::by_tier`].
    pub keys: Vec<Key>,
    /// Priced apart and added up on one line. In group scope they follow the keys.
    pub for_each: Vec<Key>,
    /// Its window. Where it is not the book's period, each window is a line.
    pub window: Window,
    /// Whether the window is the book's period, so that it is not shown in the line's id.
    pub per_period: bool,
    /// Its records; none where it is made of meters.
    pub from: Option<From>,
    /// Whether every named tier is a line of its own, its name the last key of the id.
    pub by_tier: bool,
    /// The declared unit in which it is priced, where that is not money: then grants cover it, and it has no line.
    pub credit: Option<Unit>,
    /// Quantity, price, parts, floors and ceilings.
    pub body: Body,
    /// Whether a line of zero is left out.
    pub unless_zero: bool,
    /// The plan in which it stands.
    pub in_plan: Option<InPlan>,
    /// What makes it a fee: its window is then the period.
    pub fee: Option<Fee>,
    /// How many charges must be computed before it: 0 where it takes none.
    pub rank: usize,
    /// Where it is declared.
    pub span: Span,
}

/// What makes a charge a fee: it is due without usage, once for each of its windows.
#[derive(Clone, Debug, PartialEq)]
pub struct Fee {
    /// What is paid for at a time. All windows that are due on a bill add up on one line.
    pub every: Window,
    /// Whether it is due when the window begins, or else when it ends.
    pub in_advance: bool,
    /// How a window is shared out of which the account is there for a part only; none where it pays for all of it.
    pub proration: Option<Proration>,
}

/// In what a part of a window is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proration {
    /// Days of the calendar: the first one counts whole, and so does the last.
    Days,
    /// Elapsed time in whole units of so many seconds: a second, a minute, an hour.
    Seconds(u32),
}

/// What a charge, or a part of it, computes.
#[derive(Clone, Debug)]
pub struct Body {
    /// The quantity, in group scope, in base units; money where there is no price. None where there are parts.
    pub quantity: Option<Expr>,
    /// In which unit the quantity is shown: the price's, else its own; that of a plain count has no dimension and no
    /// name. None for money.
    pub quantity_unit: Option<Unit>,
    /// The prices, by the time from which each holds (the first may hold from ever). None where the quantity is
    /// money or there are parts.
    pub prices: Vec<DatedPrice>,
    /// Whether only sums lie between the records and the quantity and the price is a rate: then each record has the
    /// rate of its own time. Otherwise the rate at the start of the window holds for all of it.
    pub by_record_time: bool,
    /// Which lines go through the tiers together.
    pub pooling: Option<Pooling>,
    /// Sub-lines, added up.
    pub parts: Vec<Part>,
    /// Prices that hold in the place of these; of a part, in the place of its own.
    pub overrides: Vec<Override>,
    /// What is taken off the whole line, before floors and ceilings.
    pub discounts: Vec<Discount>,
    /// Floors and ceilings, to be applied in this order.
    pub limits: Vec<Limit>,
}

/// A sub-line.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its name.
    pub name: Symbol,
    /// Its label.
    pub label: Symbol,
    /// What it computes.
    pub body: Body,
}

/// A price and from when on it holds.
#[derive(Clone, Debug)]
pub struct DatedPrice {
    /// None: from ever.
    pub since: Option<jiff::Timestamp>,
    /// The price.
    pub price: Price,
    /// Its clause.
    pub span: Span,
}

/// A price.
#[derive(Clone, Debug)]
pub enum Price {
    /// The quantity times a rate.
    Rate(Rate),
    /// Each unit at the rate of the tier in which it lies.
    Graduated(Tiers),
    /// All units at the rate of the tier in which their total lies.
    Volume(Tiers),
}

/// What a unit, a block, or a whole tier costs; in group scope.
#[derive(Clone, Debug)]
pub enum Rate {
    /// Money per base unit of the quantity.
    PerUnit(Expr),
    /// Money for each block of so many base units, the last one started counts; negative quantities mirror.
    PerStarted {
        /// What a block costs.
        amount: Expr,
        /// Its size, above zero.
        block: Rational,
    },
    /// Money for the whole tier, whatever the quantity (volume tiers only).
    Flat(Expr),
}

/// Tiers without gap or overlap from zero up.
#[derive(Clone, Debug)]
pub struct Tiers {
    /// `from 0 : $10`: due also without usage, in the place of the first tier's flat part.
    pub at_zero: Option<Expr>,
    /// The tiers, upward; only the last one has no upper edge.
    pub tiers: Vec<Tier>,
}

/// A tier.
#[derive(Clone, Debug)]
pub struct Tier {
    /// Its upper edge in base units and whether the edge itself belongs to it. Edges that are not constant may turn
    /// out not to go upward: then the line can not be priced.
    pub upper: Option<(Expr, bool)>,
    /// Its rate.
    pub rate: Rate,
    /// Its flat part, due once the quantity enters it.
    pub flat: Option<Expr>,
    /// The most that it costs.
    pub at_most: Option<Expr>,
    /// Its name and label, if it has one.
    pub line: Option<LineName>,
    /// The whole tier.
    pub span: Span,
}

/// The name and the label of a line.
#[derive(Clone, Debug, PartialEq)]
pub struct LineName {
    /// Its name, which is its id.
    pub name: Symbol,
    /// What the bill calls it.
    pub label: Symbol,
}

/// A floor or a ceiling of a charge's lines; with `by tier`, of all of its tiers together.
#[derive(Clone, Debug)]
pub struct Limit {
    /// Which of the two.
    pub side: Side,
    /// The amount of money, in group scope.
    pub amount: Expr,
    /// Over which windows, where those are longer than the line's: each holds all lines that begin in it.
    pub every: Option<Window>,
    /// Where the difference is a line of its own.
    pub line: Option<LineName>,
    /// The clause.
    pub span: Span,
}

/// On which side a limit holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A floor.
    AtLeast,
    /// A ceiling.
    AtMost,
}

/// An expression with all that is known of its value.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Its form.
    pub kind: ExprKind,
    /// Its type.
    pub ty: Type,
    /// For numbers: how a reader of the book would count it, where that is clear.
    pub unit: Option<Unit>,
    /// Whether its value may be [`Value::Absent`].
    pub optional: bool,
    /// For numbers: what is known of its denominator.
    pub denominator: Denominator,
    /// Where it stands.
    pub span: Span,
}

impl Expr {
    /// The expressions that it is made of, in the order in which they stand.
    #[must_use]
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Constant(_)
            | ExprKind::Field(_)
            | ExprKind::Let(_)
            | ExprKind::RecordId
            | ExprKind::Account
            | ExprKind::RecordTime
            | ExprKind::RecordKind
            | ExprKind::ItemField { .. }
            | ExprKind::Fact { .. }
            | ExprKind::Term { .. }
            | ExprKind::Key(_)
            | ExprKind::Meter { .. }
            | ExprKind::Lasting(_)
            | ExprKind::WindowValue { .. }
            | ExprKind::Unbilled
            | ExprKind::State(_)
            | ExprKind::FoldLet(_)
            | ExprKind::Total(_) => Vec::new(),
            ExprKind::Split(split) => vec![&split.amount, &split.weight],
            ExprKind::History(history) => std::iter::once(&history.argument).chain(&history.opening).collect(),
            ExprKind::Negative(one)
            | ExprKind::Not(one)
            | ExprKind::IsAbsent(one)
            | ExprKind::InCalendar(one, _)
            | ExprKind::DateOf(one)
            | ExprKind::TimeOf(one) => vec![one],
            ExprKind::Arithmetic(_, left, right)
            | ExprKind::Compare(_, left, right)
            | ExprKind::And(left, right)
            | ExprKind::Or(left, right)
            | ExprKind::Otherwise(left, right) => vec![left, right],
            ExprKind::If(condition, then, otherwise) => vec![condition, then, otherwise],
            ExprKind::Match { subject, arms, otherwise } => {
                let arms = arms.iter().map(|(_, value)| value);
                std::iter::once(&**subject).chain(arms).chain(otherwise.as_deref()).collect()
            }
            ExprKind::Function(_, arguments) => arguments.iter().collect(),
            ExprKind::Round { value, step, .. } => vec![value, step],
            ExprKind::Lookup { keys, at, .. } => keys.iter().chain(at.as_deref()).collect(),
            ExprKind::StateBefore { opening, .. } => opening.as_deref().into_iter().collect(),
            ExprKind::Aggregate(aggregate) => aggregate.children(),
        }
    }

    /// The same, to be changed.
    pub fn children_mut(&mut self) -> Vec<&mut Expr> {
        match &mut self.kind {
            ExprKind::Constant(_)
            | ExprKind::Field(_)
            | ExprKind::Let(_)
            | ExprKind::RecordId
            | ExprKind::Account
            | ExprKind::RecordTime
            | ExprKind::RecordKind
            | ExprKind::ItemField { .. }
            | ExprKind::Fact { .. }
            | ExprKind::Term { .. }
            | ExprKind::Key(_)
            | ExprKind::Meter { .. }
            | ExprKind::Lasting(_)
            | ExprKind::WindowValue { .. }
            | ExprKind::Unbilled
            | ExprKind::State(_)
            | ExprKind::FoldLet(_)
            | ExprKind::Total(_) => Vec::new(),
            ExprKind::Split(split) => {
                let Split { amount, weight, .. } = &mut **split;
                vec![amount, weight]
            }
            ExprKind::History(history) => {
                let History { argument, opening, .. } = &mut **history;
                std::iter::once(argument).chain(opening.as_mut()).collect()
            }
            ExprKind::Negative(one)
            | ExprKind::Not(one)
            | ExprKind::IsAbsent(one)
            | ExprKind::InCalendar(one, _)
            | ExprKind::DateOf(one)
            | ExprKind::TimeOf(one) => vec![one],
            ExprKind::Arithmetic(_, left, right)
            | ExprKind::Compare(_, left, right)
            | ExprKind::And(left, right)
            | ExprKind::Or(left, right)
            | ExprKind::Otherwise(left, right) => vec![left, right],
            ExprKind::If(condition, then, otherwise) => vec![condition, then, otherwise],
            ExprKind::Match { subject, arms, otherwise } => {
                let arms = arms.iter_mut().map(|(_, value)| value);
                std::iter::once(&mut **subject).chain(arms).chain(otherwise.as_deref_mut()).collect()
            }
            ExprKind::Function(_, arguments) => arguments.iter_mut().collect(),
            ExprKind::Round { value, step, .. } => vec![value, step],
            ExprKind::Lookup { keys, at, .. } => keys.iter_mut().chain(at.as_deref_mut()).collect(),
            ExprKind::StateBefore { opening, .. } => opening.as_deref_mut().into_iter().collect(),
            ExprKind::Aggregate(aggregate) => aggregate.children_mut(),
        }
    }
}

impl Body {
    /// Whether its tiers are shared among lines by the order of events.
    #[must_use]
    pub fn shares_by_order(&self) -> bool {
        self.pooling.is_some_and(|pooling| pooling.sharing == TierSharing::ByOrder)
    }

    /// Itself, or the parts that it is made of, those of parts too.
    #[must_use]
    pub fn leaves(&self) -> Vec<&Body> {
        match self.parts.as_slice() {
            [] => vec![self],
            parts => parts.iter().flat_map(|part| part.body.leaves()).collect(),
        }
    }
}

impl Aggregate {
    fn children(&self) -> Vec<&Expr> {
        let list = match &self.over {
            Over::List { list, condition } => Some(&**list).into_iter().chain(condition.as_deref()).collect(),
            Over::Records | Over::Rows(_) | Over::Instants(_) => Vec::new(),
        };
        self.argument.iter().chain(list).collect()
    }

    fn children_mut(&mut self) -> Vec<&mut Expr> {
        let list: Vec<&mut Expr> = match &mut self.over {
            Over::List { list, condition } => Some(&mut **list).into_iter().chain(condition.as_deref_mut()).collect(),
            Over::Records | Over::Rows(_) | Over::Instants(_) => Vec::new(),
        };
        self.argument.iter_mut().chain(list).collect()
    }
}

/// What is known of a number's denominator before any record is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denominator {
    /// It divides this number, times the denominators (powers of ten) that the record's own numbers bring.
    Static(BigInt),
    /// Known only when it is computed: after a division by a fact or by the days of a window, or where it is larger
    /// than anyone could use.
    Open,
}

/// Whose fact is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// That of the account which is at hand: the record's own, in group scope the one that is billed.
    Own,
    /// That of the account which is billed: the payer of all others.
    Payer,
    /// That of the account which a key of the group names.
    Key(usize),
}

/// The forms of an expression.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A value.
    Constant(Value),
    /// A field of the record, by its index in the kind.
    Field(usize),
    /// A computed field of the record, by its index in the kind's lets.
    Let(usize),
    /// The record's id, a text.
    RecordId,
    /// The record's account, a text; in group scope the one that is billed.
    Account,
    /// The record's time.
    RecordTime,
    /// The name of the record's kind, a text.
    RecordKind,
    /// Start or end (a time), or duration, of the record or of the piece of it.
    Lasting(LastingPart),
    /// A field of a list's item; depth 0 is the innermost list.
    ItemField {
        /** How many lists further out. */
        depth: usize,
        /** The field. */
        field: usize,
    },
    /// A fact of an account.
    Fact {
        /** Its index in the schema. */
        fact: usize,
        /** Of which account. */
        whose: Whose,
    },
    /// A term of the account's contract on a plan.
    Term {
        /** 0: of the contract in force; 1: of the one that follows it. */
        shift: i8,
        /** The plan. */
        plan: usize,
        /** The term. */
        term: usize,
    },
    /// The value of a key, by its index among the keys in scope.
    Key(usize),
    /// The value of a meter in this group: for each of its keys the index of the key in scope that it equals. Its
    /// window is the scope's, or (in prices) a wider one that holds it.
    Meter {
        /** The meter. */
        meter: usize,
        /** Its keys. */
        keys: Vec<usize>,
    },
    /// Minus.
    Negative(Box<Expr>),
    /// Not.
    Not(Box<Expr>),
    /// Arithmetic on numbers; also time minus time (seconds), and time plus or minus seconds.
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    /// A comparison of two values of one type.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// The right side only if the left one is true.
    And(Box<Expr>, Box<Expr>),
    /// The right side only if the left one is false.
    Or(Box<Expr>, Box<Expr>),
    /// The left side, or where it is absent the right one.
    Otherwise(Box<Expr>, Box<Expr>),
    /// Whether it is absent.
    IsAbsent(Box<Expr>),
    /// Whether a time lies in a calendar.
    InCalendar(Box<Expr>, usize),
    /// Only the branch that is taken is evaluated.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// The first arm whose value is equal; the last one is `else`. Without an `else` all members are there.
    Match {
        /** What is looked at. */
        subject: Box<Expr>,
        /** The arms. */
        arms: Vec<(Value, Expr)>,
        /** `else` */
        otherwise: Option<Box<Expr>>,
    },
    /// `min`, `max` (of one value or more), `abs`, `clamp`.
    Function(Function, Vec<Expr>),
    /// To a multiple of `step`, which is in base units.
    Round {
        /** The value. */
        value: Box<Expr>,
        /** The direction. */
        rounding: Rounding,
        /** The step. */
        step: Box<Expr>,
    },
    /// A column of the row that the keys find.
    Lookup {
        /** The table. */
        table: usize,
        /** One value for each key. */
        keys: Vec<Expr>,
        /** The column. */
        column: usize,
        /** As of another time. */
        at: Option<Box<Expr>>,
    },
    /// Start or end (a time), length or days (a quantity of time) of the window that holds the record's time, or in
    /// group scope the start of the group's window.
    WindowValue {
        /** What is asked. */
        part: WindowPart,
        /** The window before (-1) or after (1) it. */
        shift: i8,
        /** The window. */
        window: Window,
        /** Only the days in it. */
        calendar: Option<usize>,
    },
    /// The day that holds a time, in the book's time zone.
    DateOf(Box<Expr>),
    /// The first instant of a day, in the book's time zone.
    TimeOf(Box<Expr>),
    /// An aggregate.
    Aggregate(Box<Aggregate>),
    /// What was in the windows before this one.
    History(Box<History>),
    /// A part of an amount, to the last unit of its currency; all parts add up to it.
    Split(Box<Split>),
    /// The sum of the rounded lines of charges.
    Total(Vec<usize>),
    /// What is on the bill of the period and on no invoice yet; in rules.
    Unbilled,
    /// A state of the fold around, as it is before the record.
    State(usize),
    /// A `let` of the fold around.
    FoldLet(usize),
    /// A state of the fold around as it was at the end of the window before.
    StateBefore {
        /** The state. */
        state: usize,
        /** What holds before the window of the first record; what the state begins with, if nothing is said. */
        opening: Option<Box<Expr>>,
    },
}

/// What is asked of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The names say it.
pub enum WindowPart {
    Start,
    End,
    Length,
    Days,
}

/// Arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`; dividing by zero makes the record, or the line, unpriced.
    Divide,
    /// `mod`, with the sign of the right side.
    Modulo,
    /// What exceeds the right side, else zero.
    Above,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The names say it.
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Functions of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// The least of its arguments.
    Min,
    /// The greatest of its arguments.
    Max,
    /// Without the sign.
    Abs,
    /// The first argument, kept between the second and the third.
    Clamp,
}

/// An aggregate: many values made one.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// How.
    pub function: AggregateFunction,
    /// Of what, in the scope that `over` opens; none for `count()`.
    pub argument: Option<Expr>,
    /// Over what.
    pub over: Over,
    /// The call.
    pub span: Span,
}

/// How many values become one. Without any value: `Sum`, `Count` and `Unique` are zero, `Any` false, `All` true,
/// the others absent.
#[derive(Clone, Debug, PartialEq)]
pub enum AggregateFunction {
    /// The sum.
    Sum,
    /// How many.
    Count,
    /// The greatest.
    Max,
    /// The least.
    Min,
    /// Of the first by time, then by id (of records), or of the earliest window.
    First,
    /// Of the last by time, then by id, or of the latest window.
    Last,
    /// How many different values.
    Unique,
    /// The mean.
    Average,
    /// By nearest rank, above 0 and at most 100.
    Percentile(Rational),
    /// The k-th highest, from 1; absent where there are fewer.
    Highest(u32),
    /// Whether one is true.
    Any,
    /// Whether all are true.
    All,
    /// The sum over time, of what is in force at each moment; by the second.
    Integral,
}

/// What an aggregate goes over.
#[derive(Clone, Debug)]
pub enum Over {
    /// The records of the declaration's `from` that have this group's keys and lie in its window; record scope.
    Records,
    /// Rows of meters; group scope with the rows' keys and window.
    Rows(Rows),
    /// The moments of the group's window, for each combination of the rows' keys; group scope per instant. The
    /// window is cut where the period that is billed ends.
    Instants(Instants),
    /// The items of a list; record scope with one item more.
    List {
        /// The list.
        list: Box<Expr>,
        /// Which of its items.
        condition: Option<Box<Expr>>,
    },
}

/// The moments of a window.
#[derive(Clone, Debug)]
pub struct Instants {
    /// The meters per instant and their keys.
    pub rows: Rows,
    /// Where only the k-th unit in use counts.
    pub layer: Option<Layer>,
}

/// `layers(x)`: the k-th unit in use is a key.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Which key of the scope outside is k, from 1.
    pub key: usize,
    /// The unit, in base units.
    pub unit: Rational,
}

/// What was in the windows before the one that holds the start of the group's.
#[derive(Clone, Debug)]
pub struct History {
    /// How many values become one; none where only one window is asked for.
    pub function: Option<AggregateFunction>,
    /// What is asked of each, in group scope with the same keys and this window.
    pub argument: Expr,
    /// The window.
    pub window: Window,
    /// Which of them.
    pub back: Back,
    /// What it is where there was no such window.
    pub opening: Option<Expr>,
}

/// How far history goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Back {
    /// So many windows right before.
    Last(u32),
    /// The latest months from the first to the second, 1 to 12, that had ended before.
    Months(u8, u8),
}

/// The rows of one or several meters of the same grain, those of one account.
#[derive(Clone, Debug)]
pub struct Rows {
    /// The meters; there is a row wherever one of them has a record.
    pub meters: Vec<usize>,
    /// The names of the rows' keys, in the order of the first meter's.
    pub keys: Vec<Symbol>,
    /// Which row keys must equal which keys of the scope outside: (row key, outer key). The others are dropped.
    pub matches: Vec<(usize, usize)>,
    /// The rows' window; those that start in the outer window count.
    pub window: Window,
    /// Whether every window from the account's first on counts, empty ones as zero (`average`, `percentile`).
    pub every_window: bool,
    /// Whether of meters over pools only those rows count that the account which is billed has a part in.
    pub own: bool,
}

/// The part of an amount that falls to one value of a key: `split(AMOUNT by WEIGHT over KEY)`.
#[derive(Clone, Debug)]
pub struct Split {
    /// The money that is shared out, in group scope.
    pub amount: Expr,
    /// By what, in the scope of the rows.
    pub weight: Expr,
    /// The rows of all that share in it.
    pub rows: Rows,
    /// Which key of the rows says whose part it is.
    pub key: usize,
    /// Whose part is asked for, by a key in scope; none: that of the account which is billed.
    pub of: Option<usize>,
    /// The places to which parts are rounded.
    pub places: u32,
}
