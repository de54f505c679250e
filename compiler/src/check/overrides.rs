//! Overrides: other prices for a charge, where a contract or a condition says so.

use super::Checker;
use super::charges::{CLAUSE, NO_PRICE, Scopes};
use crate::diagnostic::Diagnostic;
use crate::hir;
use crate::model::Symbol;
use crate::source::Span;
use crate::syntax::ast::{ChargeClause, PriceKind};
use crate::typed::{Body, Case, Override, Price, Rate};

impl Checker<'_> {
    /// Adds the overrides of a charge to its body.
    pub(super) fn overrides(&mut self, written: &hir::Charge, body: &mut Body, scopes: &Scopes) -> Option<()> {
        let book = self.book;
        let (mut cases, mut complete): (Vec<(Case, Span)>, bool) = (Vec::new(), true);
        for one in &book.overrides {
            if !self.stands_for(&one.charge, one.in_plan, written) {
                continue;
            }
            let case = self.in_plan(one.in_plan, |checker| {
                let case = checker.case(one.in_plan, one.condition.as_ref(), &scopes.price)?;
                checker.override_body(one, &one.body, &case, (written, body), scopes)?;
                Some(case)
            });
            complete &= case.is_some();
            cases.extend(case.map(|case| (case, one.label.span)));
        }
        let cases = cases.iter().map(|(case, span)| (case, *span)).collect();
        self.no_tie(cases, "overrides", written).filter(|()| complete)
    }

    fn override_body(
        &mut self,
        one: &hir::Override,
        clauses: &[ChargeClause],
        case: &Case,
        (written, body): (&hir::Charge, &mut Body),
        scopes: &Scopes,
    ) -> Option<()> {
        for clause in clauses {
            match clause {
                ChargeClause::Price(_) => {}
                ChargeClause::Part { name, body: inner, .. } => {
                    let Some(part) = body.parts.iter_mut().find(|part| part.name == name.text) else {
                        return self.fail(
                            Diagnostic::error(super::names::UNKNOWN, format!("there is no part `{}`", name.text))
                                .label(name.span, "not a part of the charge")
                                .label(written.charge.name.span, "the charge")
                                .help("name one of its parts"),
                        );
                    };
                    self.override_body(one, inner, case, (written, &mut part.body), scopes)?;
                }
                other => return self.only_prices(one, other),
            }
        }
        if !clauses.iter().any(|clause| matches!(clause, ChargeClause::Price(_))) {
            let has_parts = clauses.iter().any(|clause| matches!(clause, ChargeClause::Part { .. }));
            return if has_parts { Some(()) } else { self.no_other_price(one) };
        }
        let Some(quantity) = body.quantity.clone().filter(|_| !body.prices.is_empty()) else {
            return self.fail(
                Diagnostic::error(
                    CLAUSE,
                    format!("`{}` has no price of its own that could be another", one.charge.text),
                )
                .label(one.charge.span, "priced elsewhere")
                .label(written.charge.name.span, "its parts are priced, or its quantity is money")
                .help("name the part in the override: `part NAME { price .. }`"),
            );
        };
        if written.charge.keys.iter().any(|key| key.path.names.last().is_some_and(|name| &*name.text == "tier")) {
            return self.fail(
                Diagnostic::error(CLAUSE, "a charge with a line for each tier keeps its tiers")
                    .label(one.charge.span, "other prices")
                    .label(written.charge.name.span, "a line for each tier")
                    .help("let the rates of the tiers depend on the contract or the account"),
            );
        }
        let is_amount = written.fee.is_some() && body.quantity_unit.is_none();
        let prices = match is_amount {
            true => self.amounts(clauses, scopes)?,
            false => self.prices(clauses, &quantity, scopes)?.0,
        };
        if let Some(pooling) = &body.pooling {
            self.may_be_shared_out(&prices, pooling, &scopes.price)?;
        }
        let is_rate = |price: &Price| matches!(price, Price::Rate(Rate::PerUnit(_)));
        body.by_record_time &= prices.iter().all(|dated| is_rate(&dated.price));
        if prices.is_empty() {
            return self.no_other_price(one);
        }
        body.overrides.push(Override { label: Symbol::clone(&one.label.text), case: case.clone(), prices });
        Some(())
    }

    fn no_other_price<T>(&mut self, one: &hir::Override) -> Option<T> {
        self.fail(
            Diagnostic::error(NO_PRICE, "this override does not say what is charged instead")
                .label(one.label.span, "no `price`")
                .help("add a line such as `price $2 per hour`"),
        )
    }

    fn only_prices<T>(&mut self, one: &hir::Override, clause: &ChargeClause) -> Option<T> {
        let span = match clause {
            ChargeClause::Quantity(quantity) => quantity.span,
            ChargeClause::AtLeast(limit) | ChargeClause::AtMost(limit) => limit.span,
            ChargeClause::TiersPooled { span, .. } | ChargeClause::UnlessZero(span) => *span,
            ChargeClause::Part { name, .. } => name.span,
            ChargeClause::Price(price) => match &price.kind {
                PriceKind::Rate(_) | PriceKind::Graduated(_) | PriceKind::Volume(_) => price.span,
            },
        };
        self.fail(
            Diagnostic::error(CLAUSE, "an override changes prices, and nothing else")
                .label(span, "not a price")
                .label(one.charge.span, "the charge says this")
                .help("leave it out; what else is different needs a charge of its own, in the plan"),
        )
    }
}
