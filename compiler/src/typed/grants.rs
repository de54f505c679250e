//! What is given, and which charges it covers.

use super::{Expr, From, Key};
use crate::exact::Rational;
use crate::model::{InPlan, Symbol, Unit, Window};
use crate::source::Span;

/// A grant.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Its name.
    pub name: Symbol,
    /// What the bill calls it.
    pub label: Symbol,
    /// The `///` lines above it.
    pub docs: Vec<Symbol>,
    /// A balance for each: keys of all charges that it covers.
    pub keys: Vec<Key>,
    /// In which unit its balance is counted; that of a plain count has no dimension and no name.
    pub unit: Unit,
    /// What it gives, and when.
    pub gives: Vec<Gives>,
    /// What it costs.
    pub costs: Option<Costs>,
    /// What it covers.
    pub covers: Vec<Cover>,
    /// Which usage it covers first inside the window for which it is given; by time where it does not say.
    pub order: Vec<Criterion>,
    /// The lowest goes first, those without one last.
    pub priority: Option<Rational>,
    /// How long what is given lasts.
    pub expires: Expires,
    /// What is left over is given again.
    pub rolls_over: Option<RollsOver>,
    /// More is bought when it runs out.
    pub reload: Option<Reload>,
    /// Whether covered lines are shown net, without a drawdown.
    pub off_the_bill: bool,
    /// The plan in which it stands: it gives and covers only while the account is on it.
    pub in_plan: Option<InPlan>,
    /// Where it is declared.
    pub span: Span,
}

/// What a grant gives. Amounts and times are in group scope, without keys, of the window that is given for.
#[derive(Clone, Debug)]
pub enum Gives {
    /// Anew for each window.
    Every {
        /** How much. */
        amount: Expr,
        /** For each of these. */
        window: Window,
    },
    /// Once; from the account's first moment on where no time is said.
    Once {
        /** How much. */
        amount: Expr,
        /** When. */
        at: Option<Expr>,
    },
    /// With each record of a kind, at its time.
    ForEach {
        /** The records. */
        from: From,
        /** How much, in record scope. */
        amount: Expr,
        /** The grant's keys in the record. */
        keys: Vec<Key>,
    },
    /// Each item of a list of the account.
    List {
        /** The list. */
        list: Expr,
        /** Its field that says how much. */
        amount: usize,
        /** Its field that says from when on. */
        from: Option<usize>,
        /** Its field that says when it expires. */
        expires: Option<usize>,
    },
}

/// What a grant costs.
#[derive(Clone, Debug)]
pub struct Costs {
    /// The money.
    pub amount: Expr,
    /// For each of these windows; with each giving where it does not say.
    pub every: Option<Window>,
    /// Whether it is due at the window's start.
    pub in_advance: bool,
}

/// A charge that a grant covers. Expressions are in the charge's group scope.
#[derive(Clone, Debug)]
pub struct Cover {
    /// The charge.
    pub charge: usize,
    /// For each of the grant's keys, which of the charge's keys it is.
    pub keys: Vec<usize>,
    /// Of which of the charge's quantities it takes units, its own or those of its parts.
    pub units: Vec<bool>,
    /// Whether it pays what was priced.
    pub pays: bool,
    /// At which price, if not at that of the charge.
    pub at: Option<Expr>,
    /// Which of its lines.
    pub condition: Option<Expr>,
    /// The clause.
    pub span: Span,
}

/// `highest saving`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Criterion {
    /// Whether the highest goes first.
    pub highest: bool,
    /// Of what.
    pub of: Of,
}

/// By what usage is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// What the grant's price saves against the charge's, as a share of it.
    Saving,
    /// The grant's price.
    Rate,
    /// The charge's price.
    Price,
}

/// How long what is given lasts.
#[derive(Clone, Debug)]
pub enum Expires {
    /// As long as the window that it is given for; what is not given for a window lasts forever.
    WithWindow,
    /// Until a time.
    At(Box<Expr>),
    /// For so long.
    After(Window),
}

/// `rolls over up to 100% when ..`
#[derive(Clone, Debug)]
pub struct RollsOver {
    /// At most so much: a share of what was given, or an amount.
    pub up_to: Option<UpTo>,
    /// Only if this holds in the window that ends.
    pub when: Option<Expr>,
}

/// The most that rolls over.
#[derive(Clone, Debug)]
pub enum UpTo {
    /// A share of what was given.
    Share(Expr),
    /// An amount.
    Amount(Expr),
}

/// `reload $20 for $19 when remaining < $5`
#[derive(Clone, Debug)]
pub struct Reload {
    /// How much is bought at a time.
    pub amount: Expr,
    /// What it costs; nothing where it does not say.
    pub price: Option<Expr>,
    /// When; as soon as it does not suffice where it does not say.
    pub when: Option<Threshold>,
}

/// `remaining < $5`
#[derive(Clone, Debug)]
pub struct Threshold {
    /// The balance.
    pub balance: Expr,
    /// Whether the balance itself counts.
    pub inclusive: bool,
}
