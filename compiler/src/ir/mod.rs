//! The program: a checked book as a dataflow that evaluators run.
//!
//! What [`crate::typed`] says in nested expressions stands here as flat lists whose members name each other by index:
//!
//! - a [`Stream`] is the records of one declaration: a kind (or the items of its list), a condition, the keys and the
//!   window by which they are grouped;
//! - an [`Aggregate`] makes one value of a stream's group, or of the rows of meters;
//! - a [`Meter`] gives a value at each group, a [`Charge`] a line.
//!
//! Whatever comes later (instants, folds, grants) is more kinds of streams and nodes, not another shape.
//!
//! Types are erased to a [`Shape`], constants are folded and tables are indexed. Expressions keep their span, their
//! unit and their denominator: the first two for those who read what was computed, the last for the kernels.
//!
//! Architecture invariant: nothing here refers to the syntax; an index always names a member of its list.

mod filled;
mod grants;
pub mod index;
mod listing;
pub mod ops;
pub mod print;
pub mod text;

use crate::exact::{Rational, Rounding};
use crate::model::{Calendar, Currency, InPlan, Schema, Sharing, Symbol, Table, Type, Unit, Value, Window};
use crate::source::Span;
pub use crate::typed::{
    AggregateFunction, Arithmetic, Back, Comparison, Denominator, Fee, Function, Header, LastingPart, Layer, LineName,
    Pooling, Proration, Side, Test, TierSharing, Whose, WindowPart,
};
pub use filled::Contradiction;
pub use grants::{Costs, Cover, Criterion, Expires, Gives, Grant, Of, Reload, RollsOver, Threshold, UpTo};

/// How records are made from others.
pub type Making = crate::typed::Making<Expr>;
/// A state machine over records.
pub type StateMachine = crate::typed::Fold<Expr>;
/// Which records belong together.
pub type Spans = crate::typed::Spans<Expr>;
pub use index::TableIndex;

/// A program.
#[derive(Clone, Debug)]
pub struct Program {
    /// The book's name, currency, zone and period.
    pub header: Header,
    /// All that is needed to read records.
    pub schema: Schema,
    /// Which accounts are billed together.
    pub sharing: Sharing,
    /// The computed fields of each kind.
    pub lets: Vec<Vec<Let>>,
    /// How the records of the kinds behind those from the wire are made, each behind those it is made of.
    pub derived: Vec<Derived>,
    /// For each kind, how long its records last, if they do.
    pub lasting: Vec<Option<Lasting>>,
    /// The tables, indexed.
    pub tables: Vec<IndexedTable>,
    /// The calendars.
    pub calendars: Vec<Calendar>,
    /// The records of each declaration that has some.
    pub streams: Vec<Stream>,
    /// The aggregates over streams and over the rows of meters.
    pub aggregates: Vec<Aggregate>,
    /// The meters, each behind those it is made of.
    pub meters: Vec<Meter>,
    /// The charges in the book's order.
    pub charges: Vec<Charge>,
    /// The charges in the order in which they can be computed.
    pub order: Vec<usize>,
    /// The plans.
    pub plans: Vec<Plan>,
    /// The grants in the book's order.
    pub grants: Vec<Grant>,
    /// What costs nothing.
    pub free: Vec<Free>,
    /// What follows from usage besides money.
    pub rules: Vec<Rule>,
    /// Whether what a record says goes on in later periods: it counts while it lasts, or something looks back at it.
    pub carries: bool,
    /// The book's tests.
    pub tests: Vec<Test>,
}

/// A table and its index.
#[derive(Clone, Debug)]
pub struct IndexedTable {
    /// The table.
    pub table: Table,
    /// Where the rows of a key stand.
    pub index: TableIndex,
}

/// A computed field, evaluated where it is asked for.
#[derive(Clone, Debug)]
pub struct Let {
    /// Its name.
    pub name: Symbol,
    /// Its value, in record scope.
    pub value: Expr,
}

/// How the records of a kind are made from those of another one; see [`crate::typed::Derived`].
#[derive(Clone, Debug)]
pub struct Derived {
    /// Its name.
    pub name: Symbol,
    /// The kind that it makes.
    pub kind: usize,
    /// The kind that it is made of.
    pub source: usize,
    /// Which of its records.
    pub condition: Option<Expr>,
    /// What is apart.
    pub keys: Vec<Key>,
    /// How.
    pub making: Making,
    /// Whether a charge takes it, if only through others.
    pub used: bool,
    /// Where it is declared.
    pub span: Span,
}

impl Derived {
    /// The expressions in it, all in record scope of its source.
    #[must_use]
    pub fn expressions(&self) -> Vec<&Expr> {
        let making = match &self.making {
            Making::Fold(fold) => {
                let states = fold.states.iter().flat_map(|state| state.initial.iter().chain([&state.next]));
                let named = fold.lets.iter().chain(&fold.yields).map(|(_, value)| value);
                states.chain(named).collect::<Vec<_>>()
            }
            Making::Spans(spans) => spans.starts.iter().chain(&spans.ends).collect(),
            Making::UntilNext => Vec::new(),
        };
        let keys = self.keys.iter().filter_map(|key| key.source.as_ref());
        self.condition.iter().chain(keys).chain(making).collect()
    }
}

/// How long the records of a kind last, in record scope; see [`crate::typed::Lasting`].
#[allow(clippy::large_enum_variant)] // There is one for each kind at most.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // The names say it.
pub enum Lasting {
    For(Expr),
    FromTo(Expr, Expr),
    On,
    Made(usize, usize),
}

/// The records of a declaration, in groups.
#[derive(Clone, Debug)]
pub struct Stream {
    /// The declaration's name.
    pub name: Symbol,
    /// The kind.
    pub kind: usize,
    /// A list of the kind whose items count as records.
    pub list: Option<usize>,
    /// Each record is cut into pieces of so many seconds, from its own start.
    pub pieces: Option<Rational>,
    /// Which of them.
    pub condition: Option<Expr>,
    /// What they are grouped by, each in record scope.
    pub keys: Vec<Key>,
    /// The window by which they are grouped; per instant, records count while they last.
    pub window: Window,
    /// The aggregates over it.
    pub aggregates: Vec<usize>,
    /// Whether it takes the records of all accounts that are pooled, where each has a bill of its own.
    pub shared: bool,
    /// The plan that an account is on when a record counts, if any.
    pub in_plan: Option<InPlan>,
    /// Whether a charge takes it, if only through meters.
    pub used: bool,
    /// Where it stands.
    pub span: Span,
}

/// A key of a group.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its name.
    pub name: Symbol,
    /// Its type.
    pub ty: Type,
    /// For numbers: how it is shown.
    pub unit: Option<Unit>,
    /// What it is; none where it comes from the meters that a declaration is made of.
    pub source: Option<Expr>,
}

/// An aggregate.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// How many values become one.
    pub function: AggregateFunction,
    /// Of what; none for `count()`.
    pub argument: Option<Expr>,
    /// Over what.
    pub over: Over,
    /// Whether a charge takes it.
    pub used: bool,
    /// The call.
    pub span: Span,
}

/// What an aggregate goes over.
#[derive(Clone, Debug)]
pub enum Over {
    /// The group of a stream.
    Stream(usize),
    /// Rows of meters.
    Rows(Rows),
    /// The moments of a window.
    Instants(Instants),
}

/// The moments of a window; see [`crate::typed::Instants`].
#[derive(Clone, Debug)]
pub struct Instants {
    /// The meters and their keys.
    pub rows: Rows,
    /// Where only the k-th unit in use counts.
    pub layer: Option<Layer>,
}

/// The rows of meters of one grain; see [`crate::typed::Rows`].
#[derive(Clone, Debug)]
pub struct Rows {
    /// The meters.
    pub meters: Vec<usize>,
    /// The names of the rows' keys.
    pub keys: Vec<Symbol>,
    /// Which row keys equal which keys of the scope outside.
    pub matches: Vec<(usize, usize)>,
    /// The rows' window.
    pub window: Window,
    /// Whether every window counts, those without a record as zero.
    pub every_window: bool,
    /// Whether of meters over pools only those rows count that the account which is billed has a part in.
    pub own: bool,
}

/// The part of an amount that falls to one value of a key; see [`crate::typed::Split`].
#[derive(Clone, Debug)]
pub struct Split {
    /// The money.
    pub amount: Expr,
    /// By what it is shared out, in the scope of the rows.
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

/// A plan; see [`crate::typed::Plan`].
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its name.
    pub name: Symbol,
    /// What a bill calls it.
    pub label: Symbol,
    /// Who is on it by default.
    pub condition: Option<Expr>,
    /// How long its phases are.
    pub phases: Vec<Window>,
    /// The currency of its prices, where it is not the book's.
    pub currency: Option<Currency>,
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
    /// Its stream; none for a meter over meters.
    pub stream: Option<usize>,
    /// What it measures, in group scope.
    pub value: Expr,
    /// What it is before the first record.
    pub opening: Option<Expr>,
    /// Whether it counts the records of all accounts that are pooled, where each has a bill of its own.
    pub shared: bool,
    /// Which of its keys are facts by which accounts are pooled: (key, fact).
    pub pools: Vec<(usize, usize)>,
    /// Where it is declared.
    pub span: Span,
}

/// What costs nothing.
#[derive(Clone, Debug)]
pub struct Free {
    /// The kind.
    pub kind: usize,
    /// Which records.
    pub condition: Option<Expr>,
}

/// A rule; see [`crate::typed::Rule`].
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name.
    pub name: Symbol,
    /// What a reader sees.
    pub label: Symbol,
    /// What it is watched for each of.
    pub keys: Vec<Key>,
    /// In which windows.
    pub window: Window,
    /// Whether the window is the period.
    pub per_period: bool,
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
    /// At the record by which a value comes to a level, or beyond it; in group scope.
    Reaches {
        /// The value.
        value: Expr,
        /// The levels.
        levels: Vec<Expr>,
    },
    /// At each of these records.
    Each {
        /// The kind.
        kind: usize,
        /// Which of them, in record scope.
        condition: Option<Expr>,
    },
}

/// What a rule does; see [`crate::typed::Action`].
#[derive(Clone, Debug)]
pub enum Action {
    /// An invoice: of everything unbilled, or of this much as often as there is as much.
    Invoice(Option<Box<Expr>>),
    /// A message.
    Notify(Symbol),
    /// The records that make or keep the condition true wait for a person.
    Hold,
    /// All records of the account from this one on wait for a person.
    Block,
}

/// A charge; see [`crate::typed::Charge`].
#[derive(Clone, Debug)]
pub struct Charge {
    /// Its name.
    pub name: Symbol,
    /// What the bill calls it.
    pub label: Symbol,
    /// What a reader should know of it.
    pub docs: Vec<Symbol>,
    /// A line for each.
    pub keys: Vec<Key>,
    /// Priced apart and added up on one line; in group scope they follow the keys.
    pub for_each: Vec<Key>,
    /// Its window.
    pub window: Window,
    /// Whether its window is the period.
    pub per_period: bool,
    /// Its stream; none where it is made of meters.
    pub stream: Option<usize>,
    /// Whether each named tier is a line.
    pub by_tier: bool,
    /// The declared unit in which it is priced, where that is not money: it has no line then.
    pub credit: Option<Unit>,
    /// What it computes.
    pub body: Body,
    /// Whether a line of zero is left out.
    pub unless_zero: bool,
    /// The plan in which it stands.
    pub in_plan: Option<InPlan>,
    /// What makes it a fee; see [`crate::typed::Fee`].
    pub fee: Option<Fee>,
    /// Where it is declared.
    pub span: Span,
}

/// What a charge or a part computes; see [`crate::typed::Body`].
#[derive(Clone, Debug)]
pub struct Body {
    /// Its number among all of the program.
    pub number: usize,
    /// The quantity; money where there is no price.
    pub quantity: Option<Expr>,
    /// In which unit it is shown.
    pub quantity_unit: Option<Unit>,
    /// The prices by the time from which they hold.
    pub prices: Vec<DatedPrice>,
    /// Whether each record has the rate of its own time.
    pub by_record_time: bool,
    /// Which lines go through the tiers together.
    pub pooling: Option<Pooling>,
    /// Sub-lines.
    pub parts: Vec<Part>,
    /// Prices that hold in the place of these.
    pub overrides: Vec<Override>,
    /// What is taken off the whole line, before floors and ceilings.
    pub discounts: Vec<Discount>,
    /// Floors and ceilings, in order.
    pub limits: Vec<Limit>,
}

/// Where something holds; see [`crate::typed::Case`].
pub type Case = crate::typed::Case<Expr>;
/// How much a discount takes off.
pub type Takes = crate::typed::Takes<Expr>;

/// Prices in the place of those of a charge.
pub type Override = crate::typed::Override<Expr, DatedPrice>;
/// What is taken off a line.
pub type Discount = crate::typed::Discount<Expr>;

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

/// A rate.
#[derive(Clone, Debug)]
pub enum Rate {
    /// Money per base unit.
    PerUnit(Expr),
    /// Money for each block, the last one started counts.
    PerStarted {
        /// What a block costs.
        amount: Expr,
        /// Its size in base units, above zero.
        block: Rational,
    },
    /// Money for the whole tier.
    Flat(Expr),
}

/// Tiers from zero up.
#[derive(Clone, Debug)]
pub struct Tiers {
    /// Due also without usage, in the place of the first tier's flat part.
    pub at_zero: Option<Expr>,
    /// The tiers, upward.
    pub tiers: Vec<Tier>,
}

/// A tier.
#[derive(Clone, Debug)]
pub struct Tier {
    /// Its upper edge; none for the last.
    pub upper: Option<UpperEdge>,
    /// Its rate.
    pub rate: Rate,
    /// Its flat part.
    pub flat: Option<Expr>,
    /// The most that it costs.
    pub at_most: Option<Expr>,
    /// Its line's name.
    pub line: Option<LineName>,
    /// The whole tier.
    pub span: Span,
}

/// The upper edge of a tier.
#[derive(Clone, Debug)]
pub struct UpperEdge {
    /// Where it is, in base units.
    pub at: Expr,
    /// Whether the edge itself belongs to the tier.
    pub inclusive: bool,
}

/// A floor or a ceiling.
#[derive(Clone, Debug)]
pub struct Limit {
    /// Which of the two.
    pub side: Side,
    /// The money.
    pub amount: Expr,
    /// Over which windows, where those are longer than the line's.
    pub every: Option<Window>,
    /// Where the difference is a line.
    pub line: Option<LineName>,
    /// The clause.
    pub span: Span,
}

/// How a value is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The names say it.
pub enum Shape {
    Number,
    Text,
    /// A member of the enum with this index.
    Member(usize),
    Boolean,
    Date,
    Time,
    Clock,
    List,
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it does.
    pub op: Op,
    /// How its value is held.
    pub shape: Shape,
    /// For numbers: how a reader counts it.
    pub unit: Option<Unit>,
    /// Whether its value may be absent.
    pub optional: bool,
    /// For numbers: what is known of its denominator.
    pub denominator: Denominator,
    /// Where it stands.
    pub span: Span,
}

/// What an expression does; see [`crate::typed::ExprKind`] for what each means.
#[derive(Clone, Debug)]
pub enum Op {
    /// A value.
    Constant(Value),
    /// A field of the record.
    Field(usize),
    /// A computed field of the record.
    Let(usize),
    /// The record's id.
    RecordId,
    /// The account.
    Account,
    /// The record's time.
    RecordTime,
    /// The name of the record's kind.
    RecordKind,
    /// Start, end or duration of the record, or of the piece of it.
    Lasting(LastingPart),
    /// A field of a list's item.
    ItemField {
        /** How many lists further out. */
        depth: usize,
        /** The field. */
        field: usize,
    },
    /// A fact of an account.
    Fact {
        /** The fact. */
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
    /// A key of the group.
    Key(usize),
    /// A meter's value in this group.
    Meter {
        /** The meter. */
        meter: usize,
        /** For each of its keys the key in scope. */
        keys: Vec<usize>,
    },
    /// Minus.
    Negative(Box<Expr>),
    /// Not.
    Not(Box<Expr>),
    /// Arithmetic.
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    /// A comparison.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// The right side only if the left one is true.
    And(Box<Expr>, Box<Expr>),
    /// The right side only if the left one is false.
    Or(Box<Expr>, Box<Expr>),
    /// The right side only if the left one is absent.
    Otherwise(Box<Expr>, Box<Expr>),
    /// Whether it is absent.
    IsAbsent(Box<Expr>),
    /// Whether a time lies in a calendar.
    InCalendar(Box<Expr>, usize),
    /// Only the branch taken.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// The first arm that is equal.
    Match {
        /** What is looked at. */
        subject: Box<Expr>,
        /** The arms. */
        arms: Vec<(Value, Expr)>,
        /** `else` */
        otherwise: Option<Box<Expr>>,
    },
    /// A function.
    Function(Function, Vec<Expr>),
    /// To a multiple of a step.
    Round {
        /** The value. */
        value: Box<Expr>,
        /** The direction. */
        rounding: Rounding,
        /** The step in base units. */
        step: Box<Expr>,
    },
    /// A cell of a table.
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
    /// A value of a window.
    WindowValue {
        /** What is asked. */
        part: WindowPart,
        /** The window before (-1) or after (1). */
        shift: i8,
        /** The window. */
        window: Window,
        /** Only the days in it. */
        calendar: Option<usize>,
    },
    /// The day that holds a time.
    DateOf(Box<Expr>),
    /// The first instant of a day.
    TimeOf(Box<Expr>),
    /// The items of a list made one value.
    Fold(Box<Fold>),
    /// An aggregate of this group.
    Aggregate(usize),
    /// What was in the windows before.
    History(Box<History>),
    /// A part of an amount.
    Split(Box<Split>),
    /// The sum of the rounded lines of charges.
    Total(Vec<usize>),
    /// What is on the period's bill and on no invoice yet; in rules.
    Unbilled,
    /// A state of the fold around, before the record.
    State(usize),
    /// A `let` of the fold around.
    FoldLet(usize),
    /// A state at the end of the window before.
    StateBefore {
        /** The state. */
        state: usize,
        /** What holds before the first record's window. */
        opening: Option<Box<Expr>>,
    },
}

/// What was in the windows before; see [`crate::typed::History`].
#[derive(Clone, Debug)]
pub struct History {
    /// How.
    pub function: Option<AggregateFunction>,
    /// Of what, in group scope with the same keys and another window.
    pub argument: Expr,
    /// The window.
    pub window: Window,
    /// Which of them.
    pub back: Back,
    /// What it is where there was none.
    pub opening: Option<Expr>,
}

/// The items of a list made one value, in place.
#[derive(Clone, Debug)]
pub struct Fold {
    /// How.
    pub function: AggregateFunction,
    /// Of what, with one item more in scope.
    pub argument: Option<Expr>,
    /// The list.
    pub list: Expr,
    /// Which of its items.
    pub condition: Option<Expr>,
}

impl Expr {
    /// Its value, if it is a constant.
    #[must_use]
    pub fn constant(&self) -> Option<&Value> {
        match &self.op {
            Op::Constant(value) => Some(value),
            _ => None,
        }
    }

    /// The expressions right inside it, in the order in which they stand. Arguments of aggregates and of history are
    /// not inside.
    #[must_use]
    pub fn children(&self) -> Vec<&Expr> {
        match &self.op {
            Op::Constant(_) | Op::Field(_) | Op::Let(_) | Op::RecordId | Op::Account | Op::RecordTime => Vec::new(),
            Op::RecordKind | Op::ItemField { .. } | Op::Fact { .. } | Op::Key(_) | Op::Meter { .. } => Vec::new(),
            Op::WindowValue { .. } | Op::Aggregate(_) | Op::Total(_) | Op::Unbilled => Vec::new(),
            Op::State(_) | Op::FoldLet(_) => Vec::new(),
            Op::StateBefore { opening, .. } => opening.as_deref().into_iter().collect(),
            Op::Term { .. } => Vec::new(),
            Op::Lasting(_) => Vec::new(),
            Op::Split(split) => vec![&split.amount],
            Op::History(history) => history.opening.iter().collect(),
            Op::Negative(a) | Op::Not(a) | Op::IsAbsent(a) | Op::InCalendar(a, _) | Op::DateOf(a) | Op::TimeOf(a) => {
                vec![a]
            }
            Op::Arithmetic(_, a, b) | Op::Compare(_, a, b) => vec![a, b],
            Op::And(a, b) | Op::Or(a, b) | Op::Otherwise(a, b) => vec![a, b],
            Op::If(a, b, c) => vec![a, b, c],
            Op::Match { subject, arms, otherwise } => std::iter::once(&**subject)
                .chain(arms.iter().map(|(_, value)| value))
                .chain(otherwise.as_deref())
                .collect(),
            Op::Function(_, arguments) => arguments.iter().collect(),
            Op::Round { value, step, .. } => vec![value, step],
            Op::Lookup { keys, at, .. } => keys.iter().chain(at.as_deref()).collect(),
            Op::Fold(fold) => std::iter::once(&fold.list).chain(&fold.argument).chain(&fold.condition).collect(),
        }
    }

    /// Calls `visit` for the expression and for all that stand inside it, outermost first.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Expr)) {
        visit(self);
        for child in self.children() {
            child.walk(visit);
        }
    }
}

impl Stream {
    /// Whether its records may count in periods after their own: while they last, or piece by piece.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.window.step == crate::model::Step::Instant || self.pieces.is_some()
    }
}

impl Charge {
    /// The floors and ceilings over windows longer than the line's.
    pub fn longer_limits(&self) -> impl Iterator<Item = (&Limit, &Window)> {
        self.body.limits.iter().filter_map(|limit| Some((limit, limit.every.as_ref()?)))
    }

    /// Whether it is due when what it pays for begins: then an invoice of it goes out at the start of the period.
    #[must_use]
    pub fn is_in_advance(&self) -> bool {
        self.fee.as_ref().is_some_and(|fee| fee.in_advance)
    }
}

impl Lasting {
    /// The expressions in it.
    #[must_use]
    pub fn expressions(&self) -> Vec<&Expr> {
        match self {
            Lasting::For(duration) => vec![duration],
            Lasting::FromTo(start, end) => vec![start, end],
            Lasting::On | Lasting::Made(..) => Vec::new(),
        }
    }
}

impl Body {
    /// Whether its tiers are shared among lines by the order of events.
    #[must_use]
    pub fn shares_by_order(&self) -> bool {
        self.pooling.is_some_and(|pooling| pooling.sharing == TierSharing::ByOrder)
    }

    /// Whether something of it may be due without usage.
    #[must_use]
    pub fn may_be_due(&self) -> bool {
        let at_zero = |price: &Price| match price {
            Price::Rate(rate) => matches!(rate, Rate::Flat(_)),
            Price::Graduated(tiers) | Price::Volume(tiers) => tiers.at_zero.is_some(),
        };
        !self.limits.is_empty()
            || self.prices.iter().any(|dated| at_zero(&dated.price))
            || self.parts.iter().any(|part| part.body.may_be_due())
    }

    /// The quantities, its own and those of its parts.
    #[must_use]
    pub fn quantities(&self) -> Vec<&Expr> {
        let parts = self.parts.iter().flat_map(|part| part.body.quantities());
        self.quantity.iter().chain(parts).collect()
    }

    /// Itself, or the parts that it is made of, those of parts too.
    #[must_use]
    pub fn leaves(&self) -> Vec<&Body> {
        match self.parts.as_slice() {
            [] => vec![self],
            parts => parts.iter().flat_map(|part| part.body.leaves()).collect(),
        }
    }

    /// All prices, those of overrides too.
    pub fn all_prices(&self) -> impl Iterator<Item = &DatedPrice> {
        self.prices.iter().chain(self.overrides.iter().flat_map(|one| &one.prices))
    }

    /// All expressions: quantities, prices, tiers, discounts and limits, those of its parts too.
    #[must_use]
    pub fn expressions(&self) -> Vec<&Expr> {
        let prices = self.all_prices().flat_map(|dated| dated.price.expressions());
        let cases = self.overrides.iter().map(|one| &one.case).chain(self.discounts.iter().map(|one| &one.case));
        let cases = cases.filter_map(|case| case.condition.as_ref());
        let taken = self.discounts.iter().map(|one| one.takes.value());
        let limits = self.limits.iter().map(|limit| &limit.amount);
        let parts = self.parts.iter().flat_map(|part| part.body.expressions());
        self.quantity.iter().chain(prices).chain(cases).chain(taken).chain(limits).chain(parts).collect()
    }
}

impl Price {
    /// The expressions in it.
    #[must_use]
    pub fn expressions(&self) -> Vec<&Expr> {
        match self {
            Price::Rate(rate) => vec![rate.expression()],
            Price::Graduated(tiers) | Price::Volume(tiers) => {
                tiers.at_zero.iter().chain(tiers.tiers.iter().flat_map(Tier::expressions)).collect()
            }
        }
    }
}

impl Rate {
    /// The money in it.
    #[must_use]
    pub fn expression(&self) -> &Expr {
        match self {
            Rate::PerUnit(amount) | Rate::PerStarted { amount, .. } | Rate::Flat(amount) => amount,
        }
    }
}

impl Tier {
    fn expressions(&self) -> Vec<&Expr> {
        let edge = self.upper.iter().map(|edge| &edge.at);
        edge.chain([self.rate.expression()]).chain(&self.flat).chain(&self.at_most).collect()
    }
}
