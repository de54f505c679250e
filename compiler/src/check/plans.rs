//! Plans: who is on them, their terms, and how long their phases are.

use super::scope::{Item, Scope};
use super::{Checker, names, windows, words};
use crate::diagnostic::Diagnostic;
use crate::hir;
use crate::model::{PlanTerms, Step, Symbol, Type, Window};
use crate::source::Span;
use crate::syntax::ast::{self, Name, Path};
use crate::typed::{self, Expr, ExprKind};

impl Checker<'_> {
    /// The terms of all plans, which fields of contracts are.
    pub(super) fn plan_terms(&mut self) {
        let book = self.book;
        for plan in &book.plans {
            let terms = self.fields(&plan.terms);
            for field in &plan.terms {
                if let ast::Field::Let { name, .. } = field {
                    self.no_let(name, "a contract has only what was agreed");
                }
            }
            self.schema.plans.push(PlanTerms { name: Symbol::clone(&plan.name.text), terms, span: plan.name.span });
        }
    }

    /// The plans, once the currencies of their charges are known.
    pub(super) fn plans(&mut self) -> Option<Vec<typed::Plan>> {
        let book = self.book;
        let plans: Vec<_> = book.plans.iter().map(|plan| self.plan(plan)).collect();
        plans.into_iter().collect()
    }

    fn plan(&mut self, written: &hir::Plan) -> Option<typed::Plan> {
        let condition = match &written.condition {
            Some(condition) => Some(self.plan_condition(condition)?),
            None => None,
        };
        let phases: Vec<_> = written.phases.iter().map(|window| self.phase(window)).collect();
        Some(typed::Plan {
            name: Symbol::clone(&written.name.text),
            label: Symbol::clone(written.label.as_ref().map_or(&written.name.text, |label| &label.text)),
            condition,
            phases: phases.into_iter().collect::<Option<_>>()?,
            currency: None,
        })
    }

    /// `for account.country == DE`
    fn plan_condition(&mut self, condition: &ast::Expr) -> Option<Expr> {
        let scope = Scope { items: Vec::<Item>::new(), ..Scope::record(usize::MAX, 0) };
        let value = self.expr(condition, &scope, Some(&Type::Boolean)).and_then(|value| self.boolean(value))?;
        match not_of_account(&value) {
            None => Some(value),
            Some(span) => self.fail(
                Diagnostic::error(
                    super::grain::OUT_OF_PLACE,
                    "who is on a plan depends on what is known of the account",
                )
                .label(span, "not a fact of the account")
                .help("ask for a fact, such as `for account.country == \"DE\"`"),
            ),
        }
    }

    /// `phase 3 months`
    fn phase(&mut self, written: &ast::Window) -> Option<Window> {
        let window = self.window_of_its_own(written)?;
        let counts = matches!(window.step, Step::Day | Step::Week | Step::Month);
        if counts && window.anchor.is_none() && !window.from_first_use && written.starting.is_none() {
            return Some(window);
        }
        self.fail(
            Diagnostic::error(windows::WINDOW, "a phase is so many days, weeks, months or years long")
                .label(written.span, "not such a length")
                .help("write it so: `phase 3 months { .. }`; it begins where the one before it ends"),
        )
    }

    /// `terms.commit`
    pub(super) fn term(&mut self, path: &Path, name: &Name) -> Option<Expr> {
        self.term_of(path, name, 0)
    }

    /// `terms.commit of next term`
    pub(super) fn term_of(&mut self, path: &Path, name: &Name, shift: i8) -> Option<Expr> {
        let Some(place) = self.place else {
            return self.fail(
                Diagnostic::error(super::grain::OUT_OF_PLACE, "the terms of a contract mean something only in a plan")
                    .label(path.span, "in no plan")
                    .help("move it into `plan NAME { terms { .. } .. }`"),
            );
        };
        let plan = self.schema.plans.get(place.plan)?.clone();
        if let Some(term) = plan.terms.iter().position(|term| term.name == name.text) {
            let field = plan.terms.get(term)?;
            self.usable(field.span)?;
            return Some(names::field_expr(ExprKind::Term { shift, plan: place.plan, term }, field, path.span));
        }
        let known: Vec<&str> = plan.terms.iter().map(|term| &*term.name).collect();
        let help = match words::nearest(&name.text, known.iter().copied()) {
            Some(nearest) => format!("did you mean `terms.{nearest}`?"),
            None => format!("say what its contracts agree on: `terms {{ {} : USD }}`", name.text),
        };
        self.fail(
            Diagnostic::error(names::UNKNOWN, format!("a contract on `{}` says no `{}`", plan.name, name.text))
                .label(name.span, "not one of its terms")
                .label(plan.span, "the plan")
                .help(help),
        )
    }

    /// `term` and `phase` mean something in a plan.
    pub(super) fn contract_window(&mut self, written: &ast::Window) -> Option<Window> {
        let is_term = written.unit == ast::WindowUnit::Term;
        let word = if is_term { "term" } else { "phase" };
        let Some(place) = self.place else {
            self.not_yet(&format!("the window `{word}`"), written.span);
            return None;
        };
        if written.count.is_some() || written.starting.is_some() || written.anchored.is_some() || written.from_first_use
        {
            return self.fail(
                Diagnostic::error(windows::WINDOW, format!("a {word} begins and ends as the contract says"))
                    .label(written.span, "more than that")
                    .help(format!("write `{word}` alone")),
            );
        }
        let step = if is_term { Step::Term(place.plan) } else { Step::Phase(place.plan) };
        let plain = Window { count: 1, weekday: 1, ..self.header.as_ref()?.period.clone() };
        let at = crate::model::Clock::midnight();
        Some(Window { step, at, anchor: None, from_first_use: false, name: word.into(), ..plain })
    }
}

/// Where a condition asks for more than facts.
fn not_of_account(expr: &Expr) -> Option<Span> {
    let outside = matches!(
        expr.kind,
        ExprKind::Field(_)
            | ExprKind::Let(_)
            | ExprKind::RecordId
            | ExprKind::RecordTime
            | ExprKind::RecordKind
            | ExprKind::ItemField { .. }
            | ExprKind::Term { .. }
            | ExprKind::WindowValue { .. }
    );
    if outside { Some(expr.span) } else { expr.children().into_iter().find_map(not_of_account) }
}
