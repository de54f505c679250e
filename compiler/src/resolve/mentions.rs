//! Which names an expression mentions, as written.

use crate::model::Symbol;
use crate::syntax::ast::{Argument, Expr, ExprKind, Over, RoundTo};
use std::collections::BTreeSet;

/// The names that an expression mentions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// The first names of paths, the names of calls, and of looked-up tables.
    pub names: BTreeSet<Symbol>,
    /// The arguments of `total(..)`.
    pub totals: BTreeSet<Symbol>,
}

/// Collects what `expr` mentions. Names that a `for .. in` binds are left out within its argument.
#[must_use]
pub fn mentions(expr: &Expr) -> Mentions {
    let mut found = Mentions::default();
    found.visit(expr);
    found
}

impl Mentions {
    fn visit(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::Hole | ExprKind::WindowValue { .. } => {}
            ExprKind::Path(path) => self.path(path),
            ExprKind::History { path, opening, .. } => {
                self.path(path);
                opening.iter().for_each(|opening| self.visit(opening));
            }
            ExprKind::Negative(value) | ExprKind::Not(value) | ExprKind::IsAbsent(value) | ExprKind::Each(value) => {
                self.visit(value);
            }
            ExprKind::InCalendar(value, _) | ExprKind::Rate { value, .. } => self.visit(value),
            ExprKind::Binary { left, right, .. } => self.both(left, right),
            ExprKind::AtTime { value, time } => self.both(value, time),
            ExprKind::If { condition, then, otherwise } => {
                self.visit(condition);
                self.both(then, otherwise);
            }
            ExprKind::Match { subject, arms } => {
                self.path(subject);
                arms.iter().for_each(|arm| self.visit(&arm.value));
            }
            ExprKind::Call { name, arguments } => self.call(&name.text, arguments),
            ExprKind::Round { value, to, .. } => self.round(value, to.as_ref()),
            ExprKind::Lookup { table, keys, .. } => {
                self.names.insert(Symbol::clone(&table.text));
                keys.iter().for_each(|key| self.visit(key));
            }
        }
    }

    fn both(&mut self, left: &Expr, right: &Expr) {
        self.visit(left);
        self.visit(right);
    }

    fn path(&mut self, path: &crate::syntax::ast::Path) {
        if let Some(first) = path.names.first() {
            self.names.insert(Symbol::clone(&first.text));
        }
    }

    fn round(&mut self, value: &Expr, to: Option<&RoundTo>) {
        self.visit(value);
        if let Some(RoundTo::Step(step)) = to {
            self.visit(step);
        }
    }

    fn call(&mut self, name: &Symbol, arguments: &[Argument]) {
        if &**name == "total" {
            let names = arguments.iter().filter_map(|argument| match &argument.value.kind {
                ExprKind::Path(path) => path.names.first().map(|first| Symbol::clone(&first.text)),
                _ => None,
            });
            self.totals.extend(names);
            return;
        }
        self.names.insert(Symbol::clone(name));
        arguments.iter().for_each(|argument| self.argument(argument));
    }

    fn argument(&mut self, argument: &Argument) {
        let mut inner = mentions(&argument.value);
        match &argument.over {
            Some(Over::List { item, list, condition }) => {
                if let Some(condition) = condition {
                    inner.visit(condition);
                }
                inner.names.remove(&item.text);
                inner.path(list);
            }
            Some(Over::Split { weight, key }) => {
                inner.visit(weight);
                inner.path(key);
            }
            Some(Over::Last(_) | Over::Months(..)) | None => {}
        }
        self.names.extend(inner.names);
        self.totals.extend(inner.totals);
    }
}
