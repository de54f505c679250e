//! Plans and contracts, as far as data goes.

use super::{Field, Symbol, Value};
use crate::source::Span;

/// What a contract on a plan says.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanTerms {
    /// The plan's name.
    pub name: Symbol,
    /// Its terms.
    pub terms: Vec<Field>,
    /// Where it is declared.
    pub span: Span,
}

/// An account's signed instance of a plan, or an amendment of one: a row whose first day lies within the contract that
/// is in force changes its terms from then on, and its end where it says one.
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    /// The plan, by its index.
    pub plan: usize,
    /// Its first day.
    pub from: jiff::civil::Date,
    /// Its last day; none where it has no end.
    pub to: Option<jiff::civil::Date>,
    /// One value for each term of the plan, [`Value::Absent`] where the row does not say it.
    pub terms: Vec<Value>,
}

/// Where something stands: in a plan, perhaps in one of its phases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InPlan {
    /// The plan, by its index.
    pub plan: usize,
    /// The phase, by its place in the plan.
    pub phase: Option<usize>,
}
