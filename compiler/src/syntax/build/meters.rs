//! Meters, folds, spans, definitions, and the headers that they share with charges.

use super::{Builder, Pair, Parts};
use crate::syntax::ast::{Declaration, Expr, Fold, FoldClause, From, Key, Meter, Path, Spans};
use florin_grammar::Rule;

impl Builder {
    pub(super) fn meter(&mut self, pair: Pair<'_>) -> Option<Meter> {
        let mut parts = Parts::of(pair);
        Some(Meter {
            keys: self.take_keys(&mut parts)?,
            pooled: self.take_pooled(&mut parts),
            window: self.take_per_window(&mut parts),
            value: self.take_expr(&mut parts)?,
            from: self.take_from(&mut parts),
            opening: self.take_opening(&mut parts),
            name: self.take_name(&mut parts)?,
        })
    }

    /// `by KEYS`; no keys where there is none.
    pub(super) fn take_keys(&mut self, parts: &mut Parts<'_>) -> Option<Vec<Key>> {
        let keys = parts.take(Rule::by_keys).map(|by| Parts::of(by).all(Rule::key)).unwrap_or_default();
        self.each(keys, Builder::key)
    }

    pub(super) fn key(&mut self, pair: Pair<'_>) -> Option<Key> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        Some(Key { path: self.take_path(&mut parts)?, rename: self.take_name(&mut parts), span })
    }

    pub(super) fn take_pooled(&mut self, parts: &mut Parts<'_>) -> Option<Path> {
        let pair = parts.take(Rule::pooled)?;
        self.take_path(&mut Parts::of(pair))
    }

    pub(super) fn take_from(&mut self, parts: &mut Parts<'_>) -> Option<From> {
        let pair = parts.take(Rule::from_kind)?;
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let pieces = parts.take(Rule::pieces).and_then(|pieces| {
            let quantity = Parts::of(pieces).take(Rule::quantity)?;
            self.primary(quantity)
        });
        Some(From { path: self.take_path(&mut parts)?, pieces, condition: self.take_where(&mut parts), span })
    }

    /// `where CONDITION`
    pub(super) fn take_where(&mut self, parts: &mut Parts<'_>) -> Option<Expr> {
        let pair = parts.take(Rule::where_part)?;
        self.take_expr(&mut Parts::of(pair))
    }

    /// `opening EXPR`
    pub(super) fn take_opening(&mut self, parts: &mut Parts<'_>) -> Option<Expr> {
        let pair = parts.take(Rule::opening)?;
        let operand = Parts::of(pair).take(Rule::operand)?;
        self.operand(operand)
    }

    pub(super) fn free(&mut self, pair: Pair<'_>) -> Option<Declaration> {
        let mut parts = Parts::of(pair);
        Some(Declaration::Free { path: self.take_path(&mut parts)?, condition: self.take_where(&mut parts) })
    }

    pub(super) fn define(&mut self, pair: Pair<'_>) -> Option<Declaration> {
        let mut parts = Parts::of(pair);
        let list = parts.take(Rule::parameters).map(|list| Parts::of(list).all(Rule::parameter)).unwrap_or_default();
        let parameters = self.each(list, |builder, parameter| {
            let mut parts = Parts::of(parameter);
            Some((builder.take_name(&mut parts)?, builder.take_type(&mut parts)?))
        })?;
        let value = self.take_expr(&mut parts)?;
        Some(Declaration::Define { name: self.take_name(&mut parts)?, parameters, value })
    }

    pub(super) fn spans(&mut self, pair: Pair<'_>) -> Option<Spans> {
        let mut parts = Parts::of(pair);
        Some(Spans {
            keys: self.take_keys(&mut parts)?,
            from: self.take_from(&mut parts)?,
            starts: self.take_clause(&mut parts, Rule::span_starts),
            ends: self.take_clause(&mut parts, Rule::span_ends),
            at_most: self.take_clause(&mut parts, Rule::span_most),
            gap: self.take_clause(&mut parts, Rule::span_gap),
            name: self.take_name(&mut parts)?,
        })
    }

    /// The expression of a clause that is nothing but a word or two and an expression.
    pub(super) fn take_clause(&mut self, parts: &mut Parts<'_>, rule: Rule) -> Option<Expr> {
        let pair = parts.take(rule)?;
        self.take_expr(&mut Parts::of(pair))
    }

    pub(super) fn fold(&mut self, pair: Pair<'_>) -> Option<Fold> {
        let mut parts = Parts::of(pair);
        let head = Fold {
            keys: self.take_keys(&mut parts)?,
            pooled: self.take_pooled(&mut parts),
            window: self.take_per_window(&mut parts),
            from: self.take_from(&mut parts)?,
            name: self.take_name(&mut parts)?,
            clauses: Vec::new(),
        };
        parts.take(Rule::k_fold);
        Some(Fold { clauses: self.each(parts.rest(), Builder::fold_clause)?, ..head })
    }

    fn fold_clause(&mut self, pair: Pair<'_>) -> Option<FoldClause> {
        let rule = pair.as_rule();
        let mut parts = Parts::of(pair);
        if rule == Rule::fold_forget {
            return self.take_window(&mut parts).map(FoldClause::Forget);
        }
        let initial = self.take_clause(&mut parts, Rule::default);
        let name = self.take_name(&mut parts)?;
        Some(match rule {
            Rule::fold_state => FoldClause::State { name, ty: self.take_type(&mut parts)?, initial },
            Rule::let_field => FoldClause::Let { name, value: self.take_expr(&mut parts)? },
            Rule::fold_next => FoldClause::Next { name, value: self.take_expr(&mut parts)? },
            _ => FoldClause::Yield { name, ty: self.take_type(&mut parts)?, value: self.take_expr(&mut parts)? },
        })
    }
}
