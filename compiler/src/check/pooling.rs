//! `tiers pooled over KEY`: whether there are tiers, the key is one of the lines, and a tier can be shared out.

use super::charges::CLAUSE;
use super::scope::{Grain, Scope};
use super::{Checker, names, words};
use crate::diagnostic::Diagnostic;
use crate::model::Symbol;
use crate::syntax::ast::{self, ChargeClause};
use crate::typed::{DatedPrice, Expr, ExprKind, Pooling, Price, Rate, Tier, TierSharing};

impl Checker<'_> {
    /// Over what the tiers of a body are pooled; none inside where it does not say.
    pub(super) fn pooling(
        &mut self,
        clauses: &[ChargeClause],
        prices: &[DatedPrice],
        scope: &Scope,
    ) -> Option<Option<Pooling>> {
        let mut found = None;
        for clause in clauses {
            let ChargeClause::TiersPooled { over, in_proportion, span } = clause else { continue };
            if let Some(Pooling { span: first, .. }) = found {
                return self.fail(
                    Diagnostic::error(CLAUSE, "the tiers are pooled twice")
                        .label(*span, "again here")
                        .label(first, "first here")
                        .help("leave one of them out"),
                );
            }
            let key = self.pooled_key(over, scope)?;
            let sharing = if *in_proportion { TierSharing::InProportion } else { TierSharing::ByOrder };
            let pooling = Pooling { key, sharing, span: *span };
            self.has_tiers(clauses, prices, &pooling)?;
            self.may_be_shared_out(prices, &pooling, scope)?;
            found = Some(pooling);
        }
        Some(found)
    }

    /// Parts have the tiers, each its own.
    pub(super) fn no_tiers_beside_parts(&mut self, clauses: &[ChargeClause]) -> Option<()> {
        let span = clauses.iter().find_map(|clause| match clause {
            ChargeClause::TiersPooled { span, .. } => Some(*span),
            _ => None,
        });
        let Some(span) = span else { return Some(()) };
        self.fail(
            Diagnostic::error(CLAUSE, "a charge with parts has its tiers in the parts")
                .label(span, "beside the parts")
                .help("move it into each `part` whose tiers are pooled"),
        )
    }

    fn pooled_key(&mut self, over: &ast::Path, scope: &Scope) -> Option<usize> {
        let name = over.names.last()?;
        let Grain::Group(group) = &scope.grain else { return None };
        if let Some(at) = group.keys.iter().position(|key| key.name == name.text) {
            return Some(at);
        }
        let known: Vec<&str> = group.keys.iter().map(|key| &*key.name).collect();
        let help = match words::nearest(&name.text, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("make a line for each, with `by {0}`, or price each apart, with `for each {0}`", name.text),
        };
        self.fail(
            Diagnostic::error(names::UNKNOWN, format!("{} is not divided by `{}`", group.what, name.text))
                .label(over.span, "which lines share their tiers?")
                .label(group.name, format!("it has no lines for each `{}`", name.text))
                .help(help),
        )
    }

    fn has_tiers(&mut self, clauses: &[ChargeClause], prices: &[DatedPrice], pooling: &Pooling) -> Option<()> {
        let same = prices.iter().find(|dated| matches!(dated.price, Price::Rate(_))).map(|dated| dated.span);
        let quantity = clauses.iter().find_map(|clause| match clause {
            ChargeClause::Quantity(quantity) => Some(quantity.span),
            _ => None,
        });
        let (place, label) = match (same, quantity) {
            (Some(price), _) => (price, "this price is the same for each unit"),
            (None, Some(quantity)) if prices.is_empty() => (quantity, "what is money already has no price"),
            _ => return Some(()),
        };
        self.fail(
            Diagnostic::error(CLAUSE, "there are no tiers that could be pooled")
                .label(place, label)
                .label(pooling.span, "pooled here")
                .help("leave it out: the lines cost the same together as each by itself"),
        )
    }

    /// Tiers of rates, whose edges are the same for all that share them; those of an override, too.
    pub(super) fn may_be_shared_out(&mut self, prices: &[DatedPrice], pooling: &Pooling, scope: &Scope) -> Option<()> {
        let Grain::Group(group) = &scope.grain else { return None };
        let name = Symbol::clone(&group.keys.get(pooling.key)?.name);
        let tiers = prices.iter().flat_map(|dated| match &dated.price {
            Price::Graduated(tiers) | Price::Volume(tiers) => tiers.tiers.as_slice(),
            Price::Rate(_) => &[],
        });
        let shared: Vec<_> = tiers.map(|tier| self.tier_may_be_shared_out(tier, pooling, &name)).collect();
        shared.into_iter().collect()
    }

    fn tier_may_be_shared_out(&mut self, tier: &Tier, pooling: &Pooling, name: &Symbol) -> Option<()> {
        let (key, span) = (pooling.key, pooling.span);
        if let Some((edge, _)) = tier.upper.as_ref().filter(|(edge, _)| depends_on(edge, key)) {
            return self.fail(
                Diagnostic::error(CLAUSE, "lines that share their tiers have the same edges")
                    .label(edge.span, format!("this edge depends on `{name}`"))
                    .label(span, "pooled here")
                    .help(format!("say the edge without `{name}`; the rates may depend on it")),
            );
        }
        let indivisible = match (&tier.rate, &tier.at_most) {
            (Rate::PerStarted { amount, .. }, _) => Some((amount.span, "started blocks")),
            (_, Some(most)) => Some((most.span, "a ceiling of the tier")),
            _ => None,
        };
        match indivisible {
            None => Some(()),
            Some((place, what)) => self.fail(
                Diagnostic::error(CLAUSE, format!("{what} can not be shared out among lines"))
                    .label(place, "one for all that share the tier")
                    .label(span, "pooled here")
                    .help("write a rate, such as `$0.05 per GB`; a floor or a ceiling may stand on each line"),
            ),
        }
    }
}

/// Whether a value may differ by a key.
fn depends_on(expr: &Expr, key: usize) -> bool {
    let own = match &expr.kind {
        ExprKind::Key(at) => *at == key,
        ExprKind::Meter { keys, .. } => keys.contains(&key),
        ExprKind::Aggregate(_) => true,
        _ => false,
    };
    own || expr.children().into_iter().any(|child| depends_on(child, key))
}
