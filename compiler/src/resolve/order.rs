//! The order in which declarations can be computed, and the circles in which none can.

use super::{Mentions, mentions};
use crate::diagnostic::Diagnostic;
use crate::hir::{self, Entity};
use crate::model::{Symbol, plural};
use crate::source::Span;
use crate::syntax::ast::{self, CalendarEntryKind, ChargeClause, Name, PriceKind};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const CIRCLE: &str = "florin::names::circle";

/// Puts meters, units and calendars behind what they are made of, ranks the charges, and reports circles.
pub(super) fn order(book: &mut hir::Book, diagnostics: &mut Vec<Diagnostic>) {
    order_defines(book, diagnostics);
    order_derived(book, diagnostics);
    order_meters(book, diagnostics);
    order_calendars(book, diagnostics);
    order_units(book, diagnostics);
    rank_charges(book, diagnostics);
}

/// A depth-first order over a graph given by each node's edges: `finished` has every node behind its edges.
struct Graph {
    edges: Vec<Vec<usize>>,
    state: Vec<Visit>,
    path: Vec<usize>,
    finished: Vec<usize>,
    circles: Vec<Vec<usize>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Visit {
    New,
    Open,
    Done,
}

/// What is still to be done of a walk.
enum Step {
    Enter(usize),
    Leave(usize),
}

impl Graph {
    fn sort(edges: Vec<Vec<usize>>) -> Graph {
        let count = edges.len();
        let mut graph = Graph {
            edges,
            state: vec![Visit::New; count],
            path: Vec::new(),
            finished: Vec::new(),
            circles: Vec::new(),
        };
        for node in 0..count {
            graph.visit(node);
        }
        graph
    }

    /// Goes down from a node with a stack of its own: a book may chain more declarations than calls can nest.
    fn visit(&mut self, node: usize) {
        let mut pending = vec![Step::Enter(node)];
        while let Some(step) = pending.pop() {
            match step {
                Step::Enter(node) => self.enter(node, &mut pending),
                Step::Leave(node) => {
                    self.path.pop();
                    self.set(node, Visit::Done);
                    self.finished.push(node);
                }
            }
        }
    }

    fn enter(&mut self, node: usize, pending: &mut Vec<Step>) {
        match self.state.get(node) {
            Some(Visit::New) => {
                self.set(node, Visit::Open);
                self.path.push(node);
                pending.push(Step::Leave(node));
                pending.extend(self.edges.get(node).into_iter().flatten().rev().map(|next| Step::Enter(*next)));
            }
            Some(Visit::Open) => {
                let start = self.path.iter().position(|open| *open == node).unwrap_or(0);
                self.circles.push(self.path.iter().skip(start).copied().collect());
            }
            Some(Visit::Done) | None => {}
        }
    }

    fn set(&mut self, node: usize, visit: Visit) {
        if let Some(state) = self.state.get_mut(node) {
            *state = visit;
        }
    }
}

fn report(circles: &[Vec<usize>], name: impl Fn(usize) -> Option<(Symbol, Span)>, diagnostics: &mut Vec<Diagnostic>) {
    for circle in circles {
        let names: Vec<(Symbol, Span)> = circle.iter().filter_map(|node| name(*node)).collect();
        let Some((first, _)) = names.first() else { continue };
        let chain = names.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(" needs ");
        let title = match names.len() {
            1 => format!("`{first}` is made of itself"),
            _ => {
                let others: Vec<String> = names.iter().skip(1).map(|(name, _)| format!("`{name}`")).collect();
                format!("`{first}` is made of itself, by way of {}", others.join(" and "))
            }
        };
        let mut diagnostic = Diagnostic::error(CIRCLE, title);
        for (index, (_, span)) in names.iter().enumerate() {
            let text = if index == 0 {
                format!("{chain} needs `{first}`")
            } else {
                format!("and this needs `{}`", names.get(index + 1).map_or(first, |(next, _)| next))
            };
            diagnostic = diagnostic.label(*span, text);
        }
        let help = match names.len() {
            1 => format!("say it without `{first}`"),
            _ => "break the circle: say one of them without the others".to_owned(),
        };
        diagnostics.push(diagnostic.help(help));
    }
}

fn order_defines(book: &mut hir::Book, diagnostics: &mut Vec<Diagnostic>) {
    let edges = book.defines.iter().map(|define| {
        let own: BTreeSet<&Symbol> = define.parameters.iter().map(|(name, _)| &name.text).collect();
        let mentioned = mentions(&define.value).names;
        let targets = mentioned.iter().filter(|name| !own.contains(name));
        targets.filter_map(|name| as_define(book, name)).collect()
    });
    let graph = Graph::sort(edges.collect());
    report(&graph.circles, |at| named(book.defines.get(at).map(|define| &define.name)), diagnostics);
    for name in graph.circles.iter().flatten().filter_map(|at| book.defines.get(*at)).map(|define| &define.name.text) {
        if let Some(bound) = book.names.get_mut(name) {
            bound.entity = Entity::Unusable;
        }
    }
}

fn named(name: Option<&Name>) -> Option<(Symbol, Span)> {
    name.map(|name| (Symbol::clone(&name.text), name.span))
}

fn as_define(book: &hir::Book, name: &Symbol) -> Option<usize> {
    match book.names.get(name)?.entity {
        Entity::Define(index) => Some(index),
        _ => None,
    }
}

fn order_meters(book: &mut hir::Book, diagnostics: &mut Vec<Diagnostic>) {
    let edges = book.meters.iter().map(|meter| {
        let shadows = meter.from.as_ref().map(|from| field_names(book, from)).unwrap_or_default();
        meters_in(book, &mentions(&meter.value), &shadows).into_iter().collect()
    });
    let graph = Graph::sort(edges.collect());
    report(&graph.circles, |at| named(book.meters.get(at).map(|meter| &meter.name)), diagnostics);
    let unusable: BTreeSet<usize> = graph.circles.iter().flatten().copied().collect();
    let mut taken: Vec<Option<ast::Meter>> = std::mem::take(&mut book.meters).into_iter().map(Some).collect();
    for index in graph.finished {
        let Some(meter) = taken.get_mut(index).and_then(Option::take) else { continue };
        let entity = if unusable.contains(&index) { Entity::Unusable } else { Entity::Meter(book.meters.len()) };
        let bound = book.names.get_mut(&meter.name.text).filter(|bound| bound.span == meter.name.span);
        if let Some(bound) = bound {
            bound.entity = entity;
        }
        if entity != Entity::Unusable {
            book.meters.push(meter);
        }
    }
}

/// Folds and spans behind those that they are made of.
fn order_derived(book: &mut hir::Book, diagnostics: &mut Vec<Diagnostic>) {
    let source = |derived: &hir::Derived| match derived.from().and_then(|from| entity_of(book, &from.path)) {
        Some(Entity::Derived(index)) => vec![index],
        _ => Vec::new(),
    };
    let graph = Graph::sort(book.derived.iter().map(source).collect());
    report(&graph.circles, |at| named(book.derived.get(at).map(hir::Derived::name)), diagnostics);
    let unusable: BTreeSet<usize> = graph.circles.iter().flatten().copied().collect();
    let mut taken: Vec<Option<hir::Derived>> = std::mem::take(&mut book.derived).into_iter().map(Some).collect();
    book.derived = book.kinds.iter().enumerate().filter_map(|(kind, usage)| until_next(kind, usage)).collect();
    for index in graph.finished {
        let Some(derived) = taken.get_mut(index).and_then(Option::take) else { continue };
        let entity = if unusable.contains(&index) { Entity::Unusable } else { Entity::Derived(book.derived.len()) };
        let name = derived.name();
        let bound = book.names.get_mut(&name.text).filter(|bound| bound.span == name.span);
        if let Some(bound) = bound {
            bound.entity = entity;
        }
        if entity != Entity::Unusable {
            book.derived.push(derived);
        }
    }
}

/// What is made of a kind whose records last until the next one.
fn until_next(kind: usize, usage: &ast::Usage) -> Option<hir::Derived> {
    let Some(ast::Lasts::UntilNext(keys, _)) = &usage.lasts else { return None };
    let next = hir::UntilNext { name: usage.name.clone(), kind, keys: keys.clone() };
    Some(hir::Derived::UntilNext(Box::new(next)))
}

fn entity_of(book: &hir::Book, path: &ast::Path) -> Option<Entity> {
    book.names.get(&path.names.first()?.text).map(|bound| bound.entity)
}

/// The names that the fields of a declaration's records take, before those of meters and defines.
fn field_names(book: &hir::Book, from: &ast::From) -> BTreeSet<Symbol> {
    let mut names = BTreeSet::new();
    let mut path = &from.path;
    while let Some(Entity::Derived(index)) = entity_of(book, path) {
        let Some(derived) = book.derived.get(index) else { break };
        names.extend(made_names(derived));
        let Some(from) = derived.from() else { break };
        path = &from.path;
    }
    let Some(Entity::Kind(index)) = entity_of(book, path) else { return names };
    let Some(kind) = book.kinds.get(index) else { return names };
    names.extend(until_next(index, kind).iter().flat_map(made_names));
    names.extend(kind.fields.iter().map(|field| Symbol::clone(&field_name(field).text)));
    if let Some(list) = from.path.names.get(1) {
        let items = kind.fields.iter().filter_map(|field| match field {
            ast::Field::Given { name, ty, .. } if name.text == list.text => match &ty.kind {
                ast::TypeKind::ListOfFields(fields) => Some(fields),
                _ => None,
            },
            _ => None,
        });
        names.extend(items.flatten().map(|field| Symbol::clone(&field_name(field).text)));
    }
    names
}

/// The fields that a fold or spans have beside those of their records.
fn made_names(derived: &hir::Derived) -> Vec<Symbol> {
    match derived {
        hir::Derived::Fold(fold) => {
            let yields = fold.clauses.iter().filter_map(|clause| match clause {
                ast::FoldClause::Yield { name, .. } => Some(Symbol::clone(&name.text)),
                _ => None,
            });
            yields.collect()
        }
        hir::Derived::Spans(_) => hir::SPAN_FIELDS.iter().map(|name| Symbol::from(*name)).collect(),
        hir::Derived::UntilNext(_) => hir::SPAN_FIELDS.iter().take(3).map(|name| Symbol::from(*name)).collect(),
    }
}

fn field_name(field: &ast::Field) -> &Name {
    match field {
        ast::Field::Given { name, .. } | ast::Field::Let { name, .. } => name,
    }
}

/// The meters that are mentioned, also by way of defines.
fn meters_in(book: &hir::Book, mentioned: &Mentions, shadows: &BTreeSet<Symbol>) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut names: Vec<Symbol> = mentioned.names.iter().filter(|name| !shadows.contains(*name)).cloned().collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = names.pop() {
        if !seen.insert(Symbol::clone(&name)) {
            continue;
        }
        match book.names.get(&name).map(|bound| bound.entity) {
            Some(Entity::Meter(index)) => {
                found.insert(index);
            }
            Some(Entity::Define(index)) => {
                let inner = book.defines.get(index).map(|define| mentions(&define.value).names).unwrap_or_default();
                names.extend(inner.into_iter().filter(|name| !shadows.contains(name)));
            }
            _ => {}
        }
    }
    found
}

fn order_calendars(book: &mut hir::Book, diagnostics: &mut Vec<Diagnostic>) {
    let index_of = |name: &Symbol| book.calendars.iter().position(|calendar| calendar.name.text == *name);
    let edges = book.calendars.iter().map(|calendar| {
        let excepted = calendar.entries.iter().filter_map(|entry| match &entry.kind {
            CalendarEntryKind::Except(name) => index_of(&name.text),
            _ => None,
        });
        excepted.collect()
    });
    let graph = Graph::sort(edges.collect());
    report(&graph.circles, |at| named(book.calendars.get(at).map(|calendar| &calendar.name)), diagnostics);
    let mut taken: Vec<Option<hir::Calendar>> = std::mem::take(&mut book.calendars).into_iter().map(Some).collect();
    for index in graph.finished {
        let Some(calendar) = taken.get_mut(index).and_then(Option::take) else { continue };
        let bound = book.names.get_mut(&calendar.name.text).filter(|bound| bound.span == calendar.name.span);
        if let Some(bound) = bound {
            bound.entity = Entity::Calendar(book.calendars.len());
        }
        book.calendars.push(calendar);
    }
}

fn order_units(book: &mut hir::Book, diagnostics: &mut Vec<Diagnostic>) {
    let mut by_word: BTreeMap<Symbol, usize> = BTreeMap::new();
    for (index, unit) in book.units.iter().enumerate() {
        by_word.entry(Symbol::clone(&unit.name.text)).or_insert(index);
    }
    for (index, unit) in book.units.iter().enumerate() {
        by_word.entry(plural(&unit.name.text).into()).or_insert(index);
    }
    let index_of = |word: &Name| by_word.get(&word.text).copied();
    let edges = book.units.iter().map(|unit| {
        let words = unit.relation.iter().flat_map(|(_, name)| &name.words);
        words.filter_map(index_of).collect()
    });
    let graph = Graph::sort(edges.collect());
    report(&graph.circles, |at| named(book.units.get(at).map(|unit| &unit.name)), diagnostics);
    let mut taken: Vec<Option<hir::Unit>> = std::mem::take(&mut book.units).into_iter().map(Some).collect();
    book.units = graph.finished.iter().filter_map(|index| taken.get_mut(*index).and_then(Option::take)).collect();
}

fn rank_charges(book: &mut hir::Book, diagnostics: &mut Vec<Diagnostic>) {
    let edges: Vec<Vec<usize>> = book
        .charges
        .iter()
        .map(|charge| {
            let totals = charge_mentions(book, &charge.charge.body).totals;
            let plan = charge.in_plan.map(|place| place.plan);
            totals.iter().flat_map(|name| book.charges_named(name, plan)).collect()
        })
        .collect();
    let graph = Graph::sort(edges.clone());
    report(&graph.circles, |at| named(book.charges.get(at).map(|charge| &charge.charge.name)), diagnostics);
    let mut ranks = vec![0usize; edges.len()];
    for node in graph.finished {
        let below = edges.get(node).into_iter().flatten().filter_map(|next| ranks.get(*next)).max();
        let rank = below.map_or(0, |rank| rank + 1);
        if let (Some(slot), Some(charge)) = (ranks.get_mut(node), book.charges.get_mut(node)) {
            *slot = rank;
            charge.rank = rank;
        }
    }
}

/// What the expressions of a charge mention, also by way of defines.
fn charge_mentions(book: &hir::Book, body: &[ChargeClause]) -> Mentions {
    let mut all = Mentions::default();
    for expr in expressions(body) {
        let found = mentions(expr);
        all.names.extend(found.names);
        all.totals.extend(found.totals);
    }
    let mut pending: Vec<usize> = all.names.iter().filter_map(|name| as_define(book, name)).collect();
    let mut seen = BTreeSet::new();
    while let Some(index) = pending.pop() {
        if !seen.insert(index) {
            continue;
        }
        let Some(define) = book.defines.get(index) else { continue };
        let found = mentions(&define.value);
        pending.extend(found.names.iter().filter_map(|name| as_define(book, name)));
        all.totals.extend(found.totals);
    }
    all
}

fn expressions(body: &[ChargeClause]) -> Vec<&ast::Expr> {
    body.iter().flat_map(clause_expressions).collect()
}

fn clause_expressions(clause: &ChargeClause) -> Vec<&ast::Expr> {
    match clause {
        ChargeClause::Quantity(expr) => vec![expr],
        ChargeClause::Price(price) => match &price.kind {
            PriceKind::Rate(rate) => vec![rate],
            PriceKind::Graduated(tiers) | PriceKind::Volume(tiers) => {
                tiers.iter().flat_map(|tier| [&tier.edge, &tier.price].into_iter().chain(&tier.flat)).collect()
            }
        },
        ChargeClause::Part { body, .. } => expressions(body),
        ChargeClause::AtLeast(limit) | ChargeClause::AtMost(limit) => vec![&limit.amount],
        ChargeClause::TiersPooled { .. } | ChargeClause::UnlessZero(_) => Vec::new(),
    }
}
