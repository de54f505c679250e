//! What follows from a contract: grants, rules, plans, discounts.

#![allow(missing_docs)] // A variant's line says what its fields are.

use super::{Expr, Field, Item, Key, Name, Number, Path, Text, Window};
use crate::source::Span;

/// A grant.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// Its name.
    pub name: Name,
    /// Its label.
    pub label: Option<Text>,
    /// A balance for each.
    pub keys: Vec<Key>,
    /// Its clauses.
    pub clauses: Vec<GrantClause>,
}

/// A clause of a grant.
#[derive(Clone, Debug, PartialEq)]
pub enum GrantClause {
    /// `gives 500 requests every month`
    Gives { amount: Expr, when: Giving },
    /// `opening account.credits`
    Opening(Expr),
    /// `costs $40 every month in advance`
    Costs { amount: Expr, every: Option<Window>, in_advance: bool },
    /// `covers compute, storage at contract_rate where ..`
    Covers { charges: Vec<Path>, at: Option<Expr>, condition: Option<Expr> },
    /// `order highest saving, then lowest rate`
    Order(Vec<Criterion>),
    /// `priority 10`
    Priority(Number),
    /// `expires end of term`
    ExpiresAt(Expr),
    /// `expires after 12 months`
    ExpiresAfter(Window),
    /// `rolls over up to 100% when ..`
    RollsOver { up_to: Option<Expr>, when: Option<Expr>, span: Span },
    /// `reload 1_000 credits for $40 when short`; without a condition it is `short`.
    Reload { amount: Expr, price: Option<Expr>, when: Option<Expr> },
    /// `off the bill`
    OffTheBill(Span),
}

/// When a grant gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Giving {
    /// As the amount itself says.
    Plain,
    /// `every month`
    Every(Window),
    /// `once at start of term`
    OnceAt(Expr),
    /// `for each topup where ..`
    ForEach { path: Path, condition: Option<Expr> },
}

/// `highest saving`, `lowest rate`
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// `highest` or `lowest`.
    pub highest: bool,
    /// `saving`, `rate` or `price`.
    pub of: Name,
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name.
    pub name: Name,
    /// Its label.
    pub label: Option<Text>,
    /// `when ..`
    pub when: Expr,
    /// `reaches 20%, 10% of terms.commit`
    pub reaches: Option<(Vec<Expr>, Option<Expr>)>,
    /// `where ..`, after a kind.
    pub condition: Option<Expr>,
    /// What it does.
    pub action: Action,
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// `invoice`, `invoice $20`
    Invoice(Option<Expr>),
    /// `notify ".."`
    Notify(Text),
    /// `hold`
    Hold(Span),
    /// `block`
    Block(Span),
}

/// A plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Its name.
    pub name: Name,
    /// Its label.
    pub label: Option<Text>,
    /// Who is on it by default.
    pub condition: Option<Expr>,
    /// What it groups.
    pub items: Vec<PlanItem>,
}

/// What stands in a plan.
#[derive(Clone, Debug, PartialEq)]
pub enum PlanItem {
    /// `terms { commit : USD }`
    Terms(Vec<Field>),
    /// `phase 3 months { .. }`
    Phase { window: Window, items: Vec<PlanItem> },
    /// A charge, fee, grant, rule, meter, define, override or discount.
    Item(Box<Item>),
}

/// A clause of a discount.
#[derive(Clone, Debug, PartialEq)]
pub enum DiscountClause {
    /// `takes 10% off`
    Takes(Expr),
    /// `covers compute where ..`; a price of its own (`at $2 per GB`) means nothing here.
    Covers { charges: Vec<Path>, at: Option<Expr>, condition: Option<Expr> },
}
