//! Charges and fees, their prices and tiers.

use super::tables::bound;
use super::windows::window_unit;
use super::{Builder, Pair, Parts};
use crate::syntax::ast::{
    AsLine, Charge, ChargeClause, Declaration, Fee, FeeClause, Limit, Literal, Price, PriceKind, Tier, Window,
};
use florin_grammar::Rule;

impl Builder {
    pub(super) fn charge(&mut self, pair: Pair<'_>) -> Option<Charge> {
        let mut parts = Parts::of(pair);
        let for_each = parts.take(Rule::for_each).map(|each| Parts::of(each).all(Rule::key)).unwrap_or_default();
        Some(Charge {
            label: self.take_label(&mut parts),
            keys: self.take_keys(&mut parts)?,
            window: self.take_per_window(&mut parts),
            from: self.take_from(&mut parts),
            for_each: self.each(for_each, Builder::key)?,
            body: self.take_charge_body(&mut parts)?,
            name: self.take_name(&mut parts)?,
        })
    }

    fn take_charge_body(&mut self, parts: &mut Parts<'_>) -> Option<Vec<ChargeClause>> {
        let clauses = Parts::of(parts.take(Rule::charge_body)?).rest();
        self.each(clauses, Builder::charge_clause)
    }

    fn charge_clause(&mut self, pair: Pair<'_>) -> Option<ChargeClause> {
        let span = self.span(&pair);
        Some(match pair.as_rule() {
            Rule::quantity_clause => ChargeClause::Quantity(self.take_expr(&mut Parts::of(pair))?),
            Rule::price_clause => ChargeClause::Price(self.price(pair)?),
            Rule::part => self.part(pair)?,
            Rule::at_least => ChargeClause::AtLeast(self.limit(pair)?),
            Rule::at_most => ChargeClause::AtMost(self.limit(pair)?),
            Rule::tiers_pooled => self.tiers_pooled(pair)?,
            Rule::unless_zero => ChargeClause::UnlessZero(span),
            _ => return None,
        })
    }

    fn part(&mut self, pair: Pair<'_>) -> Option<ChargeClause> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let body = self.take_charge_body(&mut parts)?;
        Some(ChargeClause::Part { name: self.take_name(&mut parts)?, label: self.take_label(&mut parts), body, span })
    }

    fn tiers_pooled(&mut self, pair: Pair<'_>) -> Option<ChargeClause> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let in_proportion = parts.has(Rule::k_proportion);
        Some(ChargeClause::TiersPooled { over: self.take_pooled(&mut parts)?, in_proportion, span })
    }

    fn price(&mut self, pair: Pair<'_>) -> Option<Price> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let since = self.take_since(&mut parts);
        let kind = match parts.take(Rule::tiers) {
            Some(tiers) => self.tiers(tiers)?,
            None => PriceKind::Rate(self.take_expr(&mut parts)?),
        };
        Some(Price { kind, since, span })
    }

    fn tiers(&mut self, pair: Pair<'_>) -> Option<PriceKind> {
        let mut parts = Parts::of(pair);
        let tiers = self.each(parts.all(Rule::tier), Builder::tier)?;
        Some(if parts.has(Rule::k_volume) { PriceKind::Volume(tiers) } else { PriceKind::Graduated(tiers) })
    }

    fn tier(&mut self, pair: Pair<'_>) -> Option<Tier> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        Some(Tier {
            bound: bound(parts.take(Rule::bound)?)?,
            edge: self.take_expr(&mut parts)?,
            price: self.take_expr(&mut parts)?,
            flat: self.take_clause(&mut parts, Rule::flat_part),
            at_most: match parts.take(Rule::tier_most) {
                Some(limit) => Some(self.limit(limit)?),
                None => None,
            },
            line: self.take_as_line(&mut parts),
            span,
        })
    }

    /// A floor or a ceiling.
    fn limit(&mut self, pair: Pair<'_>) -> Option<Limit> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let every = self.take_every(&mut parts);
        Some(Limit { amount: self.take_expr(&mut parts)?, every, line: self.take_as_line(&mut parts), span })
    }

    fn take_as_line(&mut self, parts: &mut Parts<'_>) -> Option<AsLine> {
        let mut parts = Parts::of(parts.take(Rule::as_line)?);
        Some(AsLine { name: self.take_name(&mut parts)?, label: self.take_label(&mut parts) })
    }

    /// `every WINDOW`
    pub(super) fn take_every(&mut self, parts: &mut Parts<'_>) -> Option<Window> {
        let pair = parts.take(Rule::every)?;
        self.take_window(&mut Parts::of(pair))
    }

    /// `from DATE`
    pub(super) fn take_since(&mut self, parts: &mut Parts<'_>) -> Option<Literal> {
        let mut parts = Parts::of(parts.take(Rule::from_date)?);
        let time = parts.take(Rule::instant).or_else(|| parts.take(Rule::date))?;
        self.value(time)
    }

    pub(super) fn override_declaration(&mut self, pair: Pair<'_>) -> Option<Declaration> {
        let mut parts = Parts::of(pair);
        Some(Declaration::Override {
            label: self.take_label(&mut parts)?,
            condition: self.take_where(&mut parts),
            body: self.take_charge_body(&mut parts)?,
            name: self.take_name(&mut parts)?,
        })
    }

    pub(super) fn fee(&mut self, pair: Pair<'_>) -> Option<Fee> {
        let mut parts = Parts::of(pair);
        parts.take(Rule::k_fee);
        Some(Fee {
            label: self.take_label(&mut parts),
            keys: self.take_keys(&mut parts)?,
            name: self.take_name(&mut parts)?,
            clauses: self.each(parts.rest(), Builder::fee_clause)?,
        })
    }

    fn fee_clause(&mut self, pair: Pair<'_>) -> Option<FeeClause> {
        let span = self.span(&pair);
        Some(match pair.as_rule() {
            Rule::quantity_clause => FeeClause::Quantity(self.take_expr(&mut Parts::of(pair))?),
            Rule::fee_price => self.fee_price(pair)?,
            Rule::prorated => FeeClause::Prorated(window_unit(&Parts::of(pair).take(Rule::window_name)?)?, span),
            Rule::at_least => FeeClause::AtLeast(self.limit(pair)?),
            Rule::at_most => FeeClause::AtMost(self.limit(pair)?),
            Rule::unless_zero => FeeClause::UnlessZero(span),
            _ => return None,
        })
    }

    fn fee_price(&mut self, pair: Pair<'_>) -> Option<FeeClause> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        Some(FeeClause::Price {
            price: self.take_expr(&mut parts)?,
            every: self.take_every(&mut parts),
            in_advance: parts.has(Rule::in_advance),
            since: self.take_since(&mut parts),
            span,
        })
    }
}
