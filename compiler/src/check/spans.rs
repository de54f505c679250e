//! Spans: what lies between two records of a key, or records that follow each other without a long pause.

use super::fields::Declared;
use super::folds::made_field;
use super::scope::Scope;
use super::{Checker, words};
use crate::diagnostic::Diagnostic;
use crate::exact::Rational;
use crate::hir::{SPAN_FIELDS, UntilNext};
use crate::model::{Dimension, Field, Symbol, Type, Unit, Value};
use crate::source::Span;
use crate::syntax::ast;
use crate::typed::{Derived, Expr, ExprKind, From, Lasting, Making, Spans};

pub(super) const ENDS: &str = "florin::spans::ends";

impl Checker<'_> {
    /// Spans as they are declared, and the fields that they have beside those of their first records.
    pub(super) fn spans(&mut self, spans: &ast::Spans, kind: usize) -> Option<(Derived, Vec<Field>)> {
        let from = self.from(&spans.from)?;
        if from.list.is_some() {
            return self.fail(
                Diagnostic::error(super::grain::OUT_OF_PLACE, "spans are made of records, not of a list")
                    .label(spans.from.path.span, "a list of each record")
                    .help("make them of the records: `from KIND`"),
            );
        }
        let written_keys = self.with_account(&spans.keys, spans.name.span);
        let keys = self.record_keys(&written_keys, &from);
        let bounded = self.bounded(spans);
        let scope = Scope::record(from.kind, usize::MAX);
        let starts = self.moment(spans.starts.as_ref(), &scope);
        let ends = self.moment(spans.ends.as_ref(), &scope);
        let at_most = self.length(spans.at_most.as_ref());
        let gap = self.length(spans.gap.as_ref());
        let fields = self.span_fields(from.kind, SPAN_FIELDS.as_slice(), spans.name.span);
        bounded?;
        let making = Making::Spans(Spans { starts: starts?, ends: ends?, at_most: at_most?, gap: gap? });
        let derived = Derived {
            name: Symbol::clone(&spans.name.text),
            kind,
            source: from.kind,
            condition: from.condition,
            keys: keys?,
            making,
            span: spans.name.span,
        };
        Some((derived, fields))
    }

    /// What is made of the records of a kind that last until the next one, and the fields that it has beside theirs.
    pub(super) fn until_next(&mut self, next: &UntilNext, kind: usize) -> Option<(Derived, Vec<Field>)> {
        let span = next.name.span;
        let from = From { kind: next.kind, list: None, pieces: None, condition: None, span };
        let written_keys = self.with_account(&next.keys, span);
        let keys = self.record_keys(&written_keys, &from)?;
        let (name, own) = (Symbol::clone(&next.name.text), SPAN_FIELDS.get(..3).unwrap_or_default());
        let fields = self.span_fields(next.kind, own, span);
        let making = Making::UntilNext;
        Some((Derived { name, kind, source: next.kind, condition: None, keys, making, span }, fields))
    }

    /// How long what is made of records lasts, if it does.
    pub(super) fn lasting_made(&self, derived: &Derived) -> Option<Lasting> {
        if let Making::Fold(_) = derived.making {
            return None;
        }
        let [start, end, ..] = SPAN_FIELDS;
        let fields = &self.schema.kinds.get(derived.kind)?.fields;
        let field = |name: &str| fields.iter().rposition(|field| &*field.name == name);
        Some(Lasting::Made(field(start)?, field(end)?))
    }

    /// Whether it is said where spans begin and where they end.
    fn bounded(&mut self, spans: &ast::Spans) -> Option<()> {
        let name = &spans.name;
        match (&spans.starts, &spans.ends, &spans.gap, &spans.at_most) {
            (None, None, None, at_most) => {
                let mut diagnostic = Diagnostic::error(ENDS, format!("`{}` does not say what a span is", name.text))
                    .label(name.span, "from when until when?");
                if let Some(at_most) = at_most {
                    diagnostic = diagnostic.label(at_most.span, "this only ends one that goes on for too long");
                }
                self.fail(diagnostic.help(
                    "say when one starts and when it ends: `starts when way == entry` and `ends when way == exit`; or \
                     after which pause a new one begins: `gap 20 minutes`",
                ))
            }
            (Some(starts), None, None, None) => self.fail(
                Diagnostic::error(ENDS, format!("`{}` says when a span starts, and not when it ends", name.text))
                    .label(starts.span, "it starts here")
                    .help("add `ends when ..`, or `gap 20 minutes`, or `at most 4 hours`"),
            ),
            (None, Some(ends), None, _) => self.fail(
                Diagnostic::error(ENDS, format!("`{}` says when a span ends, and not when it starts", name.text))
                    .label(ends.span, "it ends here")
                    .help("add `starts when ..`"),
            ),
            _ => Some(()),
        }
    }

    fn moment(&mut self, condition: Option<&ast::Expr>, scope: &Scope) -> Option<Option<Expr>> {
        let Some(condition) = condition else { return Some(None) };
        let value = self.expr(condition, scope, Some(&Type::Boolean)).and_then(|value| self.boolean(value));
        value.map(Some)
    }

    /// `4 hours`: how many seconds.
    fn length(&mut self, written: Option<&ast::Expr>) -> Option<Option<Rational>> {
        let Some(written) = written else { return Some(None) };
        let value = self.expr(written, &Scope::record(usize::MAX, 0), None)?;
        match (&value.kind, &value.ty) {
            (ExprKind::Constant(Value::Number(seconds)), Type::Number(of))
                if *of == Dimension::time() && seconds.is_positive() =>
            {
                Some(Some(seconds.clone()))
            }
            _ => {
                let is = self.expr_words(&value);
                self.fail(
                    Diagnostic::error(words::TYPES, "a length of time is needed here")
                        .label(value.span, format!("this is {is}"))
                        .help("write one such as `20 minutes` or `4 hours`, above zero"),
                )
            }
        }
    }

    /// Some of its start, end, length and number of records, and its last record's fields.
    fn span_fields(&self, source: usize, own: &[&str], span: Span) -> Vec<Field> {
        let plain = |ty: Type| Declared { ty, unit: None };
        let second = Unit { name: "second".into(), dimension: Dimension::time(), factor: Rational::one() };
        let declared = |name: &str| match name {
            "duration" => Declared { ty: Type::Number(Dimension::time()), unit: Some(second.clone()) },
            "count" => plain(Type::Number(Dimension::none())),
            _ => plain(Type::Time),
        };
        let own = own.iter().map(|name| made_field(Symbol::from(*name), declared(name), false, span));
        let mut fields: Vec<Field> = own.collect();
        let of_source = self.schema.kinds.get(source).map(|kind| kind.fields.as_slice()).unwrap_or_default();
        fields.extend(of_source.iter().map(|field| {
            let declared = Declared { ty: field.ty.clone(), unit: field.unit.clone() };
            made_field(format!("end.{}", field.name).into(), declared, field.optional, field.span)
        }));
        fields
    }
}
