//! What the charges of a book owe each other: one currency for a bill, a name for each line, a charge for each kind.

use super::Checker;
use super::charges::{CURRENCIES, UNREACHED};
use crate::diagnostic::Diagnostic;
use crate::hir;
use crate::model::{InPlan, Kind, Symbol};
use crate::source::Span;
use crate::typed::{Body, Charge, Expr, ExprKind, Free, From, Gives, Grant, Meter, Over, Plan};
use std::collections::{BTreeMap, BTreeSet};

impl Checker<'_> {
    /// Floors and ceilings make lines of their differences: their names are those of no other line.
    pub(super) fn difference_lines(&mut self, charges: &[Charge], grants: &[Grant]) {
        let mut known: BTreeMap<(Option<InPlan>, Symbol), Span> =
            charges.iter().map(|charge| ((charge.in_plan, Symbol::clone(&charge.name)), charge.span)).collect();
        known.extend(grants.iter().map(|grant| ((None, Symbol::clone(&grant.name)), grant.span)));
        known.extend(
            self.book.discounts.iter().map(|one| ((one.in_plan, Symbol::clone(&one.name.text)), one.name.span)),
        );
        let limits = charges.iter().flat_map(|charge| charge.body.limits.iter().map(move |limit| (charge, limit)));
        for (charge, limit) in limits {
            let Some(line) = &limit.line else { continue };
            if let Some(first) = known.insert((charge.in_plan, Symbol::clone(&line.name)), limit.span) {
                self.report(
                    Diagnostic::error(
                        "florin::names::duplicate",
                        format!("two lines of a bill are called `{}`", line.name),
                    )
                    .label(limit.span, "the difference stands on a line of this name")
                    .label(first, "and this makes a line of the same name")
                    .help("give the difference a name of its own: `.. as minimum \"Minimum\"`"),
                );
            }
        }
    }

    /// Warns of a kind that no charge reaches and nothing calls free: all of its records would be unpriced (law 5).
    pub(super) fn unreached_kinds<'f>(
        &mut self,
        charges: &[Charge],
        grants: &[Grant],
        free: impl Iterator<Item = &'f Free>,
    ) {
        let unchecked = charges.len() < self.book.charges.len() || !self.book.later.is_empty();
        // What counts a kind may be among what was reported.
        let unusable = self.book.names.values().any(|bound| bound.entity == hir::Entity::Unusable);
        if unchecked || unusable || !self.book.broken.is_empty() || self.meters.iter().any(Option::is_none) {
            return;
        }
        let mut reached = Reached { kinds: free.map(|free| free.kind).collect(), meters: BTreeSet::new() };
        let given = grants.iter().flat_map(|grant| &grant.gives).filter_map(|gives| match gives {
            Gives::ForEach { from, .. } => Some(from.kind),
            _ => None,
        });
        reached.kinds.extend(given);
        for charge in charges {
            for quantity in all_quantities(&charge.body) {
                kinds_of(quantity, charge.from.as_ref(), &self.meters, &mut reached);
            }
        }
        for derived in self.derived.iter().flatten().rev() {
            if reached.kinds.contains(&derived.kind) {
                reached.kinds.insert(derived.source);
            }
        }
        let is_bound = |kind: &Kind| self.book.names.get(&kind.name).is_some_and(|bound| bound.span == kind.span);
        let kinds = self.schema.kinds.iter().enumerate();
        let missed =
            kinds.filter(|(index, kind)| !kind.fills_table() && is_bound(kind) && !reached.kinds.contains(index));
        let missed: Vec<Kind> = missed.map(|(_, kind)| kind.clone()).collect();
        for kind in missed {
            self.report(
                Diagnostic::warning(
                    UNREACHED,
                    format!("no charge counts `{}`, so its records have no price", kind.name),
                )
                .label(kind.span, "not counted anywhere")
                .help(format!("charge for it, or say that it costs nothing: `free {}`", kind.name)),
            );
        }
    }

    /// All charges of a bill are in one currency, which is the bill's: what stands in no plan is on every bill, so with
    /// it all plans have its currency; else each plan has its own.
    pub(super) fn one_currency(&mut self, plans: &mut [Plan]) {
        let all = self.charge_currencies.clone();
        let of = |plan: Option<usize>| all.iter().filter(move |(_, _, in_plan)| *in_plan == plan);
        let general = of(None).next().cloned();
        self.alike(general.as_ref(), of(None));
        for (at, plan) in plans.iter_mut().enumerate() {
            let first = general.as_ref().or_else(|| of(Some(at)).next()).cloned();
            self.alike(first.as_ref(), of(Some(at)));
            plan.currency = first.and_then(|(code, _, _)| self.currency(&code));
        }
        let currency = general.and_then(|(code, _, _)| self.currency(&code));
        if let (Some(currency), Some(header)) = (currency, &mut self.header) {
            header.currency = currency;
        }
    }

    fn alike<'c>(
        &mut self,
        first: Option<&(Symbol, Span, Option<usize>)>,
        mut all: impl Iterator<Item = &'c (Symbol, Span, Option<usize>)>,
    ) {
        let Some((first, first_span, _)) = first else { return };
        if let Some((other, span, _)) = all.find(|(code, _, _)| code != first) {
            self.report(
                Diagnostic::error(CURRENCIES, format!("one bill can not be in {first} and in {other}"))
                    .label(*span, format!("comes to {other}"))
                    .label(*first_span, format!("comes to {first}"))
                    .help(format!("multiply by an exchange rate, in `{first} per {other}`")),
            );
        }
    }
}

/// The kinds that charges count, and the meters that were gone through.
struct Reached {
    kinds: BTreeSet<usize>,
    meters: BTreeSet<usize>,
}

/// The kinds whose records a value goes over, also by way of meters.
fn kinds_of(expr: &Expr, from: Option<&From>, meters: &[Option<Meter>], found: &mut Reached) {
    let mut named: Vec<usize> = Vec::new();
    match &expr.kind {
        ExprKind::Meter { meter, .. } => named.push(*meter),
        ExprKind::Aggregate(aggregate) => match &aggregate.over {
            Over::Records => found.kinds.extend(from.map(|from| from.kind)),
            Over::Rows(rows) | Over::Instants(crate::typed::Instants { rows, .. }) => named.extend(&rows.meters),
            Over::List { .. } => {}
        },
        _ => {}
    }
    named.retain(|meter| found.meters.insert(*meter));
    for meter in named.into_iter().filter_map(|meter| meters.get(meter).and_then(Option::as_ref)) {
        kinds_of(&meter.value, meter.from.as_ref(), meters, found);
    }
    expr.children().into_iter().for_each(|child| kinds_of(child, from, meters, found));
}

/// The quantities of a charge and of its parts.
fn all_quantities(body: &Body) -> Vec<&Expr> {
    body.quantity.iter().chain(body.parts.iter().flat_map(|part| all_quantities(&part.body))).collect()
}
