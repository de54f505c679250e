//! How much may stand above one another, written out and by way of meters and lets: checker, lowering and evaluator
//! go down by calls, and what a define stands for is written out wherever it is used.

use super::Checker;
use super::names::TOO_LARGE;
use super::scope::{Grain, Scope};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::Name;
use crate::typed::{Expr, ExprKind, Meter, Over};

/// The most expressions that may lie above one another, counting what the defines, lets and meters in them stand for.
/// A written expression alone has at most some 300; books that we know stay below 30.
pub(super) const MAX_HEIGHT: usize = 500;
/// The most expressions that the defines of a book may stand for, all their uses together.
pub(super) const MAX_WRITTEN_OUT: usize = 1_000_000;

/// The heights of what has been checked.
#[derive(Debug, Default)]
pub(super) struct Heights {
    meters: Vec<usize>,
    /// By kind, in the order of their declaration.
    lets: Vec<Vec<usize>>,
    /// Those of the fold at hand.
    fold: Vec<usize>,
}

/// The height of an expression's tree, and how many expressions it has.
pub(super) fn measure(expr: &Expr) -> (usize, usize) {
    expr.children()
        .into_iter()
        .map(measure)
        .fold((1, 1), |(height, count), (inner, inside)| (height.max(inner + 1), count + inside))
}

impl Heights {
    /// The height of an expression with what it names; its lets are those of a kind.
    fn of(&self, expr: &Expr, kind: Option<usize>) -> usize {
        let meter = |at: &usize| self.meters.get(*at).copied().unwrap_or(0);
        let named = match &expr.kind {
            ExprKind::Meter { meter: at, .. } => meter(at),
            ExprKind::FoldLet(at) => self.fold.get(*at).copied().unwrap_or(0),
            ExprKind::Let(at) => kind.and_then(|kind| self.lets.get(kind)?.get(*at)).copied().unwrap_or(0),
            ExprKind::Aggregate(aggregate) => match &aggregate.over {
                Over::Rows(rows) | Over::Instants(crate::typed::Instants { rows, .. }) => {
                    rows.meters.iter().map(meter).max().unwrap_or(0)
                }
                Over::Records | Over::List { .. } => 0,
            },
            _ => 0,
        };
        let inside = expr.children().into_iter().map(|child| self.of(child, kind)).max().unwrap_or(0);
        named.max(inside) + 1
    }
}

impl Heights {
    /// A kind has the lets of another one.
    pub(super) fn made_of(&mut self, source: Option<usize>, kind: usize) {
        let lets = source.and_then(|source| self.lets.get(source)).cloned().unwrap_or_default();
        if self.lets.len() <= kind {
            self.lets.resize(kind + 1, Vec::new());
        }
        self.lets.get_mut(kind).into_iter().for_each(|place| place.clone_from(&lets));
    }

    /// A fold begins.
    pub(super) fn begin_fold(&mut self) {
        self.fold.clear();
    }
}

impl Checker<'_> {
    /// Whether so high an expression of so many still fits here; else it is reported.
    pub(super) fn has_room(&mut self, height: usize, count: usize, span: Span) -> Option<()> {
        if self.depth + height > MAX_HEIGHT {
            let label = format!("more than {MAX_HEIGHT} expressions above one another");
            return self.stands_for_too_much(span, &label);
        }
        if self.expanding.is_empty() {
            return Some(());
        }
        self.written_out = self.written_out.saturating_add(count);
        match self.written_out > MAX_WRITTEN_OUT {
            true => self.stands_for_too_much(span, "more than 1_000_000 expressions, each use counted"),
            false => Some(()),
        }
    }

    /// Whether a meter stands low enough above others; else it is reported.
    pub(super) fn is_low_meter(&mut self, at: usize, meter: &Meter) -> bool {
        let height = self.heights.of(&meter.value, meter.from.as_ref().map(|from| from.kind));
        if self.heights.meters.len() <= at {
            self.heights.meters.resize(at + 1, 0);
        }
        self.heights.meters.get_mut(at).into_iter().for_each(|place| *place = height);
        height <= MAX_HEIGHT || self.too_high(&meter.name, "meters", meter.span)
    }

    /// The same of a computed field.
    pub(super) fn is_low_let(&mut self, name: &Name, kind: usize, value: &Expr) -> bool {
        let height = self.heights.of(value, Some(kind));
        if self.heights.lets.len() <= kind {
            self.heights.lets.resize(kind + 1, Vec::new());
        }
        self.heights.lets.get_mut(kind).into_iter().for_each(|lets| lets.push(height));
        height <= MAX_HEIGHT || self.too_high(&name.text, "`let`s", name.span)
    }

    /// The same of a fold's own.
    pub(super) fn is_low_fold_let(&mut self, name: &Name, scope: &Scope, value: &Expr) -> bool {
        let kind = match &scope.grain {
            Grain::Record { kind, .. } => Some(*kind),
            Grain::Group(_) => None,
        };
        let height = self.heights.of(value, kind);
        self.heights.fold.push(height);
        height <= MAX_HEIGHT || self.too_high(&name.text, "`let`s", name.span)
    }

    fn too_high(&mut self, name: &str, what: &str, span: Span) -> bool {
        let title = format!("`{name}` stands above too many other {what}");
        let diagnostic = Diagnostic::error(TOO_LARGE, title)
            .label(span, format!("more than {MAX_HEIGHT} expressions above one another"))
            .help(format!("make it of {what} nearer to the records, not each of the one before"));
        self.fail::<()>(diagnostic).is_some()
    }
}
