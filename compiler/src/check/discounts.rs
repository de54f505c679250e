//! Discounts: how much they take off which lines, and that of those for one line one is the most specific.

use super::charges::{CLAUSE, NO_PRICE, Scopes, of_totals};
use super::scope::Scope;
use super::{Checker, literals, names, words};
use crate::diagnostic::Diagnostic;
use crate::exact::Rational;
use crate::hir;
use crate::model::{InPlan, Symbol, Type, Unit, Value};
use crate::source::Span;
use crate::syntax::ast::{self, DiscountClause, Name};
use crate::typed::{Case, Discount, Expr, ExprKind, LineName, Takes};

impl Checker<'_> {
    /// What holds for all discounts and overrides, whatever they are for: that it is there.
    pub(super) fn named_charges(&mut self) {
        let book = self.book;
        for discount in &book.discounts {
            let takes = discount.clauses.iter().any(|clause| matches!(clause, DiscountClause::Takes(_)));
            let paths = || {
                discount.clauses.iter().flat_map(|clause| match clause {
                    DiscountClause::Covers { charges, .. } => charges.as_slice(),
                    DiscountClause::Takes(_) => &[],
                })
            };
            for path in paths() {
                path.names.first().into_iter().for_each(|name| self.charge_is_there(name, discount.in_plan));
            }
            let missing = match (takes, paths().next()) {
                (false, _) => Some(("takes nothing", "say how much: `takes 10% off`")),
                (true, None) => Some(("covers nothing", "name the charges, such as `covers compute, storage`")),
                (true, Some(_)) => None,
            };
            if let Some((what, help)) = missing {
                self.report(
                    Diagnostic::error(NO_PRICE, format!("the discount `{}` {what}", discount.name.text))
                        .label(discount.name.span, "not complete")
                        .help(help),
                );
            }
        }
        for one in &book.overrides {
            self.charge_is_there(&one.charge, one.in_plan);
        }
    }

    fn charge_is_there(&mut self, name: &Name, in_plan: Option<InPlan>) {
        let plan = in_plan.map(|place| place.plan);
        if !self.book.charges_named(&name.text, plan).is_empty() || self.book.later_lines.contains(&name.text) {
            return;
        }
        let known: Vec<&str> = self.book.lines.keys().map(|name| &**name).collect();
        let help = match words::nearest(&name.text, known.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("the charges of this book are {}", literals::words_list(&known)),
        };
        self.report(
            Diagnostic::error(names::UNKNOWN, format!("there is no charge `{}` here", name.text))
                .label(name.span, "not a charge")
                .help(help),
        );
    }

    /// Whether a name stands for a charge, as seen from a plan.
    pub(super) fn stands_for(&self, name: &Name, in_plan: Option<InPlan>, written: &hir::Charge) -> bool {
        let own = self.book.charges.iter().position(|one| std::ptr::eq(one, written));
        let plan = in_plan.map(|place| place.plan);
        own.is_some_and(|own| self.book.charges_named(&name.text, plan).contains(&own))
    }

    /// The discounts of a charge.
    pub(super) fn discounts(
        &mut self,
        written: &hir::Charge,
        credit: Option<&Unit>,
        scopes: &Scopes,
    ) -> Option<Vec<Discount>> {
        let book = self.book;
        let (mut found, mut complete): (Vec<(Discount, Span)>, bool) = (Vec::new(), true);
        for discount in &book.discounts {
            for clause in &discount.clauses {
                let DiscountClause::Covers { charges, at, condition } = clause else { continue };
                let path = charges.iter().find(|path| {
                    path.names.first().is_some_and(|name| self.stands_for(name, discount.in_plan, written))
                });
                let Some(path) = path else { continue };
                if let Some(at) = at {
                    return self.fail(
                        Diagnostic::error(CLAUSE, "a discount takes something off the price, and has none of its own")
                            .label(at.span, "another price")
                            .help(format!(
                                "say it as a price: `override {} \"Label\" {{ price .. }}`",
                                written.charge.name.text
                            )),
                    );
                }
                if let Some(credit) = credit {
                    return self.fail(
                        Diagnostic::error(
                            CLAUSE,
                            format!("a discount takes money off, and this costs {}", credit.name),
                        )
                        .label(path.span, "priced in a unit that is not money")
                        .help("take it off what the grant costs, or lower the price"),
                    );
                }
                let checked = self.in_plan(discount.in_plan, |checker| {
                    checker.discount(discount, (path, condition.as_ref()), written, scopes)
                });
                complete &= checked.is_some();
                found.extend(checked.map(|one| (one, discount.name.span)));
            }
        }
        let cases = found.iter().map(|(one, span)| (&one.case, *span));
        self.no_tie(cases.collect(), "discounts", written)?;
        complete.then(|| found.into_iter().map(|(one, _)| one).collect())
    }

    fn discount(
        &mut self,
        discount: &hir::Discount,
        (path, condition): (&ast::Path, Option<&ast::Expr>),
        written: &hir::Charge,
        scopes: &Scopes,
    ) -> Option<Discount> {
        let case = self.case(discount.in_plan, condition, &scopes.limit)?;
        let amounts = discount.clauses.iter().filter_map(|clause| match clause {
            DiscountClause::Takes(amount) => Some(amount),
            DiscountClause::Covers { .. } => None,
        });
        let amounts: Vec<&ast::Expr> = amounts.collect();
        if let [first, second, ..] = amounts.as_slice() {
            return self.fail(
                Diagnostic::error(CLAUSE, "a discount takes one thing off")
                    .label(second.span, "the second one")
                    .label(first.span, "the first one")
                    .help("make two discounts of it, each with its own `where`"),
            );
        }
        let amount = *amounts.first()?;
        let value = self.expr(amount, &scopes.limit, None)?;
        self.of_one_line(&value)?;
        let (value, of) = self.number(value)?;
        let takes = if of.is_none() { self.share(value)? } else { Takes::Amount(self.money_amount(value)?) };
        if let Takes::Amount(amount) = &takes {
            self.of_a_single_line(discount, path, (amount.span, written), scopes)?;
        }
        let line = LineName { name: Symbol::clone(&discount.name.text), label: Symbol::clone(&discount.label.text) };
        Some(Discount { line, case, takes, span: amount.span })
    }

    /// From nothing to everything.
    fn share(&mut self, share: Expr) -> Option<Takes> {
        match &share.kind {
            ExprKind::Constant(Value::Number(number)) if number.is_negative() || *number > Rational::one() => self
                .fail(
                    Diagnostic::error(CLAUSE, "a discount takes off between nothing and everything")
                        .label(share.span, "outside of 0% to 100%")
                        .help("write a share of the price, such as `takes 10% off`"),
                ),
            _ => Some(Takes::Share(share)),
        }
    }

    /// An amount is taken off one line: of several it would be unclear how often.
    fn of_a_single_line(
        &mut self,
        discount: &hir::Discount,
        path: &ast::Path,
        (amount, written): (Span, &hir::Charge),
        scopes: &Scopes,
    ) -> Option<()> {
        let named: usize = discount
            .clauses
            .iter()
            .map(|clause| match clause {
                DiscountClause::Covers { charges, .. } => charges.len(),
                DiscountClause::Takes(_) => 0,
            })
            .sum();
        let line = scopes.limit.as_group()?;
        let period = &self.header.as_ref()?.period;
        if named == 1 && line.keys.is_empty() && line.window == *period {
            return Some(());
        }
        self.fail(
            Diagnostic::error(CLAUSE, "an amount is taken off a single line, and there may be several here")
                .label(amount, "taken off how often?")
                .label(path.span, format!("the lines of `{}`", written.charge.name.text))
                .help(
                    "take a share, such as `10%`; or give the amount: `grant NAME { gives $5 every month; covers .. }`",
                ),
        )
    }

    /// Where a discount or an override holds.
    pub(super) fn case(
        &mut self,
        in_plan: Option<InPlan>,
        condition: Option<&ast::Expr>,
        scope: &Scope,
    ) -> Option<Case> {
        let Some(written) = condition else { return Some(Case { in_plan, condition: None, conditions: 0 }) };
        let value = self.expr(written, scope, Some(&Type::Boolean)).and_then(|value| self.boolean(value))?;
        self.of_one_line(&value)?;
        let conditions = conditions(&value);
        Some(Case { in_plan, condition: Some(value), conditions })
    }

    /// What comes before floors, grants and charges on charges can not ask for those.
    pub(super) fn of_one_line(&mut self, value: &Expr) -> Option<()> {
        let Some(span) = of_totals(value) else { return Some(()) };
        self.fail(
            Diagnostic::error(
                super::grain::OUT_OF_PLACE,
                "a discount or an override can not ask for the total of charges",
            )
            .label(span, "what charges come to is known only after all discounts")
            .help("ask for a meter, a fact of the account or a term of the contract"),
        )
    }

    /// Two that hold everywhere tie: which one counts would be open.
    pub(super) fn no_tie(&mut self, cases: Vec<(&Case, Span)>, what: &str, written: &hir::Charge) -> Option<()> {
        for (at, (one, second)) in cases.iter().enumerate() {
            let same = |(other, _): &&(&Case, Span)| {
                one.condition.is_none() && other.condition.is_none() && one.in_plan == other.in_plan
            };
            if let Some((_, first)) = cases.iter().take(at).find(same) {
                let name = &written.charge.name.text;
                let title = format!("two {what} hold for `{name}`, and neither is more specific");
                return self.fail(
                    Diagnostic::error(CLAUSE, title)
                        .label(*second, "the second one")
                        .label(*first, "the first one")
                        .help("say where one of them holds: `where ..`, or put it into a plan"),
                );
            }
        }
        Some(())
    }

    /// Checks something in a plan of its own, and reports each fault once, however many charges it is checked for.
    pub(super) fn in_plan<T>(&mut self, place: Option<InPlan>, check: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.diagnostics.len();
        let outer = std::mem::replace(&mut self.place, place);
        let checked = check(self);
        self.place = outer;
        for found in self.diagnostics.split_off(before) {
            if !self.diagnostics.contains(&found) {
                self.diagnostics.push(found);
            }
        }
        checked
    }
}

/// How many conditions must hold together.
fn conditions(expr: &Expr) -> usize {
    match &expr.kind {
        ExprKind::And(left, right) => conditions(left) + conditions(right),
        _ => 1,
    }
}
