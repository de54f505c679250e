//! Grants and discounts.

use super::{Builder, Pair, Parts};
use crate::syntax::ast::{Criterion, Declaration, DiscountClause, Giving, Grant, GrantClause, Path};
use florin_grammar::Rule;

impl Builder {
    pub(super) fn grant(&mut self, pair: Pair<'_>) -> Option<Grant> {
        let mut parts = Parts::of(pair);
        parts.take(Rule::k_grant);
        Some(Grant {
            label: self.take_label(&mut parts),
            keys: self.take_keys(&mut parts)?,
            name: self.take_name(&mut parts)?,
            clauses: self.each(parts.rest(), Builder::grant_clause)?,
        })
    }

    fn grant_clause(&mut self, pair: Pair<'_>) -> Option<GrantClause> {
        let (rule, span) = (pair.as_rule(), self.span(&pair));
        if rule == Rule::opening {
            let operand = Parts::of(pair).take(Rule::operand)?;
            return self.operand(operand).map(GrantClause::Opening);
        }
        let mut parts = Parts::of(pair);
        Some(match rule {
            Rule::gives => GrantClause::Gives { amount: self.take_expr(&mut parts)?, when: self.giving(&mut parts)? },
            Rule::costs => GrantClause::Costs {
                amount: self.take_expr(&mut parts)?,
                every: self.take_every(&mut parts),
                in_advance: parts.has(Rule::in_advance),
            },
            Rule::covers => self.covers(parts),
            Rule::order => GrantClause::Order(self.each(parts.all(Rule::criterion), Builder::criterion)?),
            Rule::priority => GrantClause::Priority(self.take_number(&mut parts)?),
            Rule::expires => self.expires(parts)?,
            Rule::rolls_over => self.rolls_over(parts, span)?,
            Rule::reload => self.reload(parts)?,
            Rule::off_the_bill => GrantClause::OffTheBill(span),
            _ => return None,
        })
    }

    fn giving(&mut self, parts: &mut Parts<'_>) -> Option<Giving> {
        if let Some(window) = self.take_every(parts) {
            return Some(Giving::Every(window));
        }
        if let Some(time) = self.take_clause(parts, Rule::once_at) {
            return Some(Giving::OnceAt(time));
        }
        let Some(each) = parts.take(Rule::gives_each) else { return Some(Giving::Plain) };
        let mut parts = Parts::of(each);
        Some(Giving::ForEach { path: self.take_path(&mut parts)?, condition: self.take_where(&mut parts) })
    }

    fn paths(&mut self, parts: &mut Parts<'_>) -> Vec<Path> {
        parts.all(Rule::path).into_iter().map(|path| self.path(path)).collect()
    }

    fn covers(&mut self, mut parts: Parts<'_>) -> GrantClause {
        GrantClause::Covers {
            charges: self.paths(&mut parts),
            at: self.take_clause(&mut parts, Rule::covers_at),
            condition: self.take_where(&mut parts),
        }
    }

    fn criterion(&mut self, pair: Pair<'_>) -> Option<Criterion> {
        let mut parts = Parts::of(pair);
        let highest = parts.first()?.as_rule() == Rule::k_highest;
        Some(Criterion { highest, of: self.name(&parts.first()?) })
    }

    fn expires(&mut self, mut parts: Parts<'_>) -> Option<GrantClause> {
        match self.take_window(&mut parts) {
            Some(window) => Some(GrantClause::ExpiresAfter(window)),
            None => self.take_expr(&mut parts).map(GrantClause::ExpiresAt),
        }
    }

    fn rolls_over(&mut self, mut parts: Parts<'_>, span: crate::source::Span) -> Option<GrantClause> {
        let up_to = self.take_clause(&mut parts, Rule::rolls_up_to);
        Some(GrantClause::RollsOver { up_to, when: self.take_clause(&mut parts, Rule::rolls_when), span })
    }

    fn reload(&mut self, mut parts: Parts<'_>) -> Option<GrantClause> {
        let price = self.take_clause(&mut parts, Rule::reload_price);
        Some(GrantClause::Reload { amount: self.take_expr(&mut parts)?, price, when: self.take_expr(&mut parts) })
    }

    pub(super) fn discount(&mut self, pair: Pair<'_>) -> Option<Declaration> {
        let mut parts = Parts::of(pair);
        parts.take(Rule::k_discount);
        let (name, label) = (self.take_name(&mut parts)?, self.take_label(&mut parts)?);
        let clauses = self.each(parts.rest(), |builder, clause| match clause.as_rule() {
            Rule::takes => builder.take_expr(&mut Parts::of(clause)).map(DiscountClause::Takes),
            _ => {
                let mut parts = Parts::of(clause);
                let charges = builder.paths(&mut parts);
                let at = builder.take_clause(&mut parts, Rule::covers_at);
                Some(DiscountClause::Covers { charges, at, condition: builder.take_where(&mut parts) })
            }
        })?;
        Some(Declaration::Discount { name, label, clauses })
    }
}
