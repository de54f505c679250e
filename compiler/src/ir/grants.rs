//! What is given, and which charges it covers; see [`crate::typed::Grant`] for what each part means.

use super::{Expr, Key, Program};
use crate::exact::Rational;
use crate::model::{InPlan, Symbol, Unit, Window};
use crate::source::Span;
pub use crate::typed::{Criterion, Of};
use std::collections::BTreeSet;

/// A grant.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Its name.
    pub name: Symbol,
    /// What the bill calls it.
    pub label: Symbol,
    /// What a reader should know of it.
    pub docs: Vec<Symbol>,
    /// A balance for each.
    pub keys: Vec<Key>,
    /// In which unit its balance is counted.
    pub unit: Unit,
    /// What it gives.
    pub gives: Vec<Gives>,
    /// What it costs.
    pub costs: Option<Costs>,
    /// What it covers.
    pub covers: Vec<Cover>,
    /// Which usage it covers first inside its window.
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
    /// The plan in which it stands.
    pub in_plan: Option<InPlan>,
    /// Where it is declared.
    pub span: Span,
}

/// What a grant gives.
#[derive(Clone, Debug)]
pub enum Gives {
    /// Anew for each window.
    Every {
        /** How much. */
        amount: Expr,
        /** For each of these. */
        window: Window,
    },
    /// Once.
    Once {
        /** How much. */
        amount: Expr,
        /** When; none: from the account's first moment on. */
        at: Option<Expr>,
    },
    /// With each record of a stream, whose only aggregate is the amount and whose keys are the grant's.
    ForEach {
        /** The stream. */
        stream: usize,
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
    /// For each of these windows; with each giving where there is none.
    pub every: Option<Window>,
    /// Whether it is due at the window's start.
    pub in_advance: bool,
}

/// A charge that a grant covers.
#[derive(Clone, Debug)]
pub struct Cover {
    /// The charge.
    pub charge: usize,
    /// For each of the grant's keys, which of the charge's keys it is.
    pub keys: Vec<usize>,
    /// Of which of the charge's quantities it takes units, in the order of [`super::Body::leaves`].
    pub units: Vec<bool>,
    /// Whether it pays what was priced.
    pub pays: bool,
    /// At which price, if not at that of the charge.
    pub at: Option<Expr>,
    /// Which of its lines.
    pub condition: Option<Expr>,
}

/// How long what is given lasts.
#[derive(Clone, Debug)]
pub enum Expires {
    /// As long as its window.
    WithWindow,
    /// Until a time.
    At(Expr),
    /// For so long.
    After(Window),
}

/// What is left over is given again.
#[derive(Clone, Debug)]
pub struct RollsOver {
    /// At most so much.
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

/// More is bought when it runs out.
#[derive(Clone, Debug)]
pub struct Reload {
    /// How much is bought at a time.
    pub amount: Expr,
    /// What it costs.
    pub price: Option<Expr>,
    /// When; as soon as it does not suffice where there is none.
    pub when: Option<Threshold>,
}

/// The balance below which more is bought.
#[derive(Clone, Debug)]
pub struct Threshold {
    /// The balance.
    pub balance: Expr,
    /// Whether the balance itself counts.
    pub inclusive: bool,
}

impl Program {
    /// Whether a grant covers a charge, or some of it.
    #[must_use]
    pub fn is_covered(&self, charge: usize) -> bool {
        self.grants.iter().any(|grant| grant.covers_of(charge).next().is_some())
    }
}

impl Grant {
    /// Whether it has money to be paid for it, so that it has a line of its own.
    #[must_use]
    pub fn has_cost(&self) -> bool {
        self.costs.is_some() || self.reload.as_ref().is_some_and(|reload| reload.price.is_some())
    }

    /// How it covers a charge, if it does; each clause by itself.
    pub fn covers_of(&self, charge: usize) -> impl Iterator<Item = &Cover> {
        self.covers.iter().filter(move |cover| cover.charge == charge)
    }

    /// The charges that it covers, each once.
    pub fn charges(&self) -> impl Iterator<Item = usize> {
        let charges: BTreeSet<usize> = self.covers.iter().map(|cover| cover.charge).collect();
        charges.into_iter()
    }

    /// All of its expressions that do not belong to records.
    #[must_use]
    pub fn expressions(&self) -> Vec<&Expr> {
        let mut found: Vec<&Expr> = Vec::new();
        for gives in &self.gives {
            match gives {
                Gives::Every { amount, .. } => found.push(amount),
                Gives::Once { amount, at } => found.extend(std::iter::once(amount).chain(at)),
                Gives::ForEach { .. } => {}
                Gives::List { list, .. } => found.push(list),
            }
        }
        found.extend(self.costs.iter().map(|costs| &costs.amount));
        found.extend(self.covers.iter().flat_map(|cover| cover.at.iter().chain(&cover.condition)));
        if let Expires::At(at) = &self.expires {
            found.push(at);
        }
        if let Some(rolls) = &self.rolls_over {
            found.extend(rolls.up_to.iter().map(|up_to| match up_to {
                UpTo::Share(expr) | UpTo::Amount(expr) => expr,
            }));
            found.extend(&rolls.when);
        }
        if let Some(reload) = &self.reload {
            found.extend(std::iter::once(&reload.amount).chain(&reload.price));
            found.extend(reload.when.iter().map(|when| &when.balance));
        }
        found
    }
}
