//! Kinds whose records are made from those of others: folds and spans.

use super::Checker;
use crate::hir::{self, Entity};
use crate::model::{Belongs, Field, Kind, Symbol, Type, Value};
use crate::source::Span;
use crate::typed::{Expr, ExprKind, Let};

impl Checker<'_> {
    /// The folds and spans, each behind those that it is made of. Their kinds come behind those from the wire, also
    /// where something of them was reported, so that indices stay what they are.
    pub(super) fn derived(&mut self) {
        let book = self.book;
        for written in &book.derived {
            let kind = self.schema.kinds.len();
            let made = match written {
                hir::Derived::Fold(fold) => self.fold(fold, kind),
                hir::Derived::Spans(spans) => self.spans(spans, kind),
                hir::Derived::UntilNext(next) => self.until_next(next, kind),
            };
            let name = written.name();
            let (derived, fields) = made.unzip();
            let source = derived.as_ref().map(|derived| derived.source);
            self.made_kind(Symbol::clone(&name.text), name.span, source, fields.unwrap_or_default());
            let lasting = derived.as_ref().and_then(|derived| self.lasting_made(derived));
            self.lasting.push(lasting);
            self.derived.push(derived);
        }
    }

    /// A kind with the fields and lets of its source, and fields of its own behind them.
    fn made_kind(&mut self, name: Symbol, span: Span, source: Option<usize>, own: Vec<Field>) {
        let kind = self.schema.kinds.len();
        let from = source.and_then(|source| self.schema.kinds.get(source));
        let (source_name, mut fields) = match from {
            Some(from) => (Symbol::clone(&from.name), from.fields.clone()),
            None => (Symbol::clone(&name), Vec::new()),
        };
        let numbers = own.iter().enumerate().filter(|(_, field)| matches!(field.ty, Type::Number(_)));
        self.open_fields.extend(numbers.map(|(at, _)| (kind, fields.len() + at)));
        let open: Vec<usize> = source
            .map(|source| self.open_fields.iter().filter(|(one, _)| *one == source).map(|(_, at)| *at).collect())
            .unwrap_or_default();
        self.open_fields.extend(open.into_iter().map(|at| (kind, at)));
        fields.extend(own);
        self.schema.kinds.push(Kind { name, wire: Vec::new(), fields, belongs: Belongs::ToAccount, span });
        let lets = source.and_then(|source| self.lets.get(source)).cloned().unwrap_or_default();
        self.lets.push(lets.into_iter().map(|one| of_source(one, &source_name)).collect());
        self.heights.made_of(source, kind);
    }

    /// The kind whose records a name stands for, if they can be used: where they last until the next one, what is made
    /// of those that come.
    pub(super) fn kind_index(&self, entity: Entity) -> Option<usize> {
        match entity {
            Entity::Kind(index) => {
                let is_made = |one: &hir::Derived| matches!(one, hir::Derived::UntilNext(next) if next.kind == index);
                match self.book.derived.iter().position(is_made) {
                    Some(made) => self.kind_index(Entity::Derived(made)),
                    None => Some(index),
                }
            }
            Entity::Derived(index) => {
                self.derived.get(index)?.as_ref()?;
                Some(self.book.kinds.len() + index)
            }
            _ => None,
        }
    }

    /// The kind as its records come, before it is known until when they last.
    pub(super) fn as_it_comes(&self, kind: usize) -> usize {
        let made = kind.checked_sub(self.book.kinds.len()).and_then(|at| self.book.derived.get(at));
        match made {
            Some(hir::Derived::UntilNext(next)) => next.kind,
            _ => kind,
        }
    }

    /// The kind from the wire that a kind's records are made of in the end.
    pub(super) fn wire_kind(&self, mut kind: usize) -> usize {
        while let Some(at) = kind.checked_sub(self.book.kinds.len()) {
            match self.derived.get(at).and_then(Option::as_ref) {
                Some(derived) if derived.source < kind => kind = derived.source,
                _ => return kind,
            }
        }
        kind
    }
}

/// A computed field of the source, as the kind that is made of it has it.
fn of_source(one: Let, source: &Symbol) -> Let {
    let mut value = one.value;
    say_kind(&mut value, source);
    Let { name: one.name, value }
}

/// `kind` stays the name of the kind that the expression was written in.
fn say_kind(expr: &mut Expr, source: &Symbol) {
    if let ExprKind::RecordKind = expr.kind {
        expr.kind = ExprKind::Constant(Value::Text(Symbol::clone(source)));
    }
    expr.children_mut().into_iter().for_each(|child| say_kind(child, source));
}
