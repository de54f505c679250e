//! Plans and rules.

use super::{Builder, Pair, Parts};
use crate::syntax::ast::{Action, Expr, ExprKind, Plan, PlanItem, Rule as RuleNode};
use florin_grammar::Rule;

impl Builder {
    pub(super) fn plan(&mut self, pair: Pair<'_>) -> Option<Plan> {
        let mut parts = Parts::of(pair);
        Some(Plan {
            label: self.take_label(&mut parts),
            condition: self.take_expr(&mut parts),
            items: self.each(parts.all(Rule::plan_item), Builder::plan_item)?,
            name: self.take_name(&mut parts)?,
        })
    }

    fn plan_item(&mut self, pair: Pair<'_>) -> Option<PlanItem> {
        let inner = pair.clone().into_inner().find(|inner| inner.as_rule() != Rule::docs)?;
        match inner.as_rule() {
            Rule::terms => self.fields_of(&mut Parts::of(inner)).map(PlanItem::Terms),
            Rule::phase => {
                let mut parts = Parts::of(inner);
                let items = self.each(parts.all(Rule::plan_item), Builder::plan_item)?;
                Some(PlanItem::Phase { window: self.take_window(&mut parts)?, items })
            }
            _ => Some(PlanItem::Item(Box::new(self.item(pair)))),
        }
    }

    pub(super) fn rule(&mut self, pair: Pair<'_>) -> Option<RuleNode> {
        let mut parts = Parts::of(pair);
        let mut trigger = Parts::of(parts.take(Rule::trigger)?);
        let reaches = match trigger.take(Rule::reaches) {
            Some(reaches) => Some(self.reaches(reaches)?),
            None => None,
        };
        Some(RuleNode {
            label: self.take_label(&mut parts),
            when: self.take_expr(&mut trigger)?,
            reaches,
            condition: self.take_where(&mut trigger),
            action: parts.take(Rule::action).and_then(|action| self.action(action))?,
            name: self.take_name(&mut parts)?,
        })
    }

    fn reaches(&mut self, pair: Pair<'_>) -> Option<(Vec<Expr>, Option<Expr>)> {
        let mut parts = Parts::of(pair);
        let marks = self.each(parts.all(Rule::sum), Builder::sum)?;
        Some((marks, self.take_expr(&mut parts)))
    }

    fn action(&mut self, pair: Pair<'_>) -> Option<Action> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        if let Some(text) = self.take_text(&mut parts) {
            return Some(Action::Notify(text));
        }
        if parts.has(Rule::k_hold) {
            return Some(Action::Hold(span));
        }
        if parts.has(Rule::k_block) {
            return Some(Action::Block(span));
        }
        let amount = parts.take(Rule::money).and_then(|money| self.value(money));
        Some(Action::Invoice(amount.map(|literal| Expr { span: literal.span, kind: ExprKind::Literal(literal) })))
    }
}
