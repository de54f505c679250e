//! The program as text: names instead of numbers.

use super::{Expr, Program};

/// What numbers in an expression are called.
#[derive(Clone, Debug)]
pub struct Names<'p> {
    #[allow(dead_code)]
    program: &'p Program,
}

impl<'p> Names<'p> {
    /// In the records of a kind.
    #[must_use]
    pub fn of_kind(program: &'p Program, _kind: usize) -> Names<'p> {
        Names { program }
    }

    /// In a group with these keys.
    #[must_use]
    pub fn of_group(program: &'p Program, _keys: &[crate::model::Symbol]) -> Names<'p> {
        Names { program }
    }

    /// An expression.
    #[must_use]
    pub fn expr(&self, expr: &Expr) -> String {
        format!("{:?}", expr.op)
    }
}
