//! What a grant gives, and when.

use super::{Counted, INCOMPLETE, unit_of};
use crate::check::{Checker, words};
use crate::diagnostic::Diagnostic;
use crate::model::{Field, Type};
use crate::syntax::ast::{self, Giving, GrantClause};
use crate::typed::{Expr, Gives};

impl Checker<'_> {
    /// All that it gives, and in what it is counted.
    pub(super) fn gives(&mut self, grant: &ast::Grant) -> Option<(Vec<Gives>, Counted)> {
        let (mut found, mut counted): (Vec<Gives>, Option<Counted>) = (Vec::new(), None);
        let mut complete = true;
        for clause in &grant.clauses {
            let gives = match clause {
                GrantClause::Gives { amount, when } => self.one_giving(grant, amount, when, &mut counted),
                GrantClause::Opening(amount) => self.one_giving(grant, amount, &Giving::Plain, &mut counted),
                _ => continue,
            };
            complete &= gives.is_some();
            found.extend(gives);
        }
        if !complete {
            return None;
        }
        let reload = grant.clauses.iter().find_map(|clause| match clause {
            GrantClause::Reload { amount, .. } => Some(amount),
            _ => None,
        });
        if let (true, Some(reload)) = (counted.is_none(), reload) {
            let scope = self.grant_scope(grant, None)?;
            let amount = self.amount(reload, &scope)?;
            self.count(&amount, &mut counted)?;
        }
        match counted {
            Some(counted) => Some((found, counted)),
            None => self.fail(
                Diagnostic::error(INCOMPLETE, "this grant gives nothing").label(grant.name.span, "no `gives`").help(
                    "say how much and when, such as `gives 500 requests every month`, or `opening account.credits`",
                ),
            ),
        }
    }

    fn one_giving(
        &mut self,
        grant: &ast::Grant,
        amount: &ast::Expr,
        when: &Giving,
        counted: &mut Option<Counted>,
    ) -> Option<Gives> {
        match when {
            Giving::Every(window) => {
                let window = self.window(window)?;
                let scope = self.grant_scope(grant, Some(&window))?;
                let amount = self.amount(amount, &scope)?;
                self.count(&amount, counted)?;
                self.gives_something(&amount)?;
                Some(Gives::Every { amount, window })
            }
            Giving::OnceAt(at) => {
                let scope = self.grant_scope(grant, None)?;
                let at = self.given_moment(at, &scope);
                let amount = self.amount(amount, &scope)?;
                self.count(&amount, counted)?;
                self.gives_something(&amount)?;
                Some(Gives::Once { amount, at: Some(at?) })
            }
            Giving::ForEach { path, condition } => {
                let from =
                    ast::From { path: path.clone(), pieces: None, condition: condition.clone(), span: path.span };
                let from = self.from(&from)?;
                let keys = self.record_keys(&grant.keys, &from)?;
                let scope = self.scope_of_records((from.kind, from.list))?;
                let amount = self.amount(amount, &scope)?;
                self.count(&amount, counted)?;
                self.gives_something(&amount)?;
                Some(Gives::ForEach { from, amount, keys })
            }
            Giving::Plain => self.at_the_start(grant, amount, counted),
        }
    }

    /// `gives account.blocks`, `opening account.credits`
    fn at_the_start(
        &mut self,
        grant: &ast::Grant,
        written: &ast::Expr,
        counted: &mut Option<Counted>,
    ) -> Option<Gives> {
        let scope = self.grant_scope(grant, None)?;
        let value = self.expr(written, &scope, None)?;
        let value = self.present(value)?;
        let Type::List(fields) = &value.ty else {
            let (amount, _) = self.number(value)?;
            self.no_totals(&amount)?;
            self.count(&amount, counted)?;
            self.gives_something(&amount)?;
            return Some(Gives::Once { amount, at: None });
        };
        let fields = fields.clone();
        let is_number = |field: &Field| matches!(field.ty, Type::Number(_));
        let numbers: Vec<usize> = (0..fields.len()).filter(|at| fields.get(*at).is_some_and(is_number)).collect();
        let named = |names: &[&str]| fields.iter().position(|field| names.contains(&&*field.name));
        let amount = match (numbers.as_slice(), named(&["amount"]).filter(|at| numbers.contains(at))) {
            (_, Some(amount)) => amount,
            ([only], None) => *only,
            _ => {
                return self.fail(
                    Diagnostic::error(INCOMPLETE, "the items of this list do not say how much is given")
                        .label(value.span, "no field `amount`")
                        .help("give the items a field `amount`, and one `expires : date` if they expire"),
                );
            }
        };
        let is_moment = |at: &usize| fields.get(*at).is_some_and(|field| matches!(field.ty, Type::Date | Type::Time));
        let from = named(&["from", "starts", "start", "given"]).filter(is_moment);
        let expires = named(&["expires", "until", "to", "end", "ends"]).filter(is_moment);
        let field = fields.get(amount)?;
        let item = Expr { ty: field.ty.clone(), unit: field.unit.clone(), ..value.clone() };
        self.count(&item, counted)?;
        Some(Gives::List { list: value, amount, from, expires })
    }

    /// Takes note of the unit of the first amount; the others are of the same.
    fn count(&mut self, amount: &Expr, counted: &mut Option<Counted>) -> Option<()> {
        let Type::Number(of) = &amount.ty else { return None };
        let of = of.clone();
        match counted {
            Some(known) => {
                let known = known.clone();
                self.counted_as(amount, &of, &known)
            }
            None if of.powers().iter().any(|(_, power)| *power < 0) => {
                let is = words::measure(amount.unit.as_ref(), &of);
                self.fail(
                    Diagnostic::error(super::UNIT, "a grant gives an amount, and this is a rate")
                        .label(amount.span, crate::check::mismatch::measured(&is))
                        .help("say for which window after the amount: `gives 500 requests every month`"),
                )
            }
            None => {
                let unit = unit_of(amount, &of);
                *counted = Some(Counted { unit, dimension: of, span: amount.span });
                Some(())
            }
        }
    }
}
