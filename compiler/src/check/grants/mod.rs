//! Grants: what is given, what it covers, and how long it lasts.

mod covers;
mod gives;

use super::scope::{Certain, Group, Place, Scope};
use super::{Checker, literals, units, words};
use crate::diagnostic::Diagnostic;
use crate::hir;
use crate::model::{Dimension, Symbol, Type, Unit, Value, Window};
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind as Form, GrantClause, Operator};
use crate::typed::{
    Charge, Costs, Criterion, Expires, Expr, ExprKind, Gives, Grant, Key, Of, Reload, RollsOver, Threshold, UpTo,
};

pub(super) const INCOMPLETE: &str = "florin::grants::incomplete";
pub(super) const UNIT: &str = "florin::grants::unit";
pub(super) const CLAUSE: &str = "florin::grants::clause";

/// In what a grant is counted, and where that is said.
#[derive(Clone)]
pub(super) struct Counted {
    dimension: Dimension,
    unit: Unit,
    span: Span,
}

impl Checker<'_> {
    /// The grants of the book, whose charges are checked.
    pub(super) fn grants(&mut self, charges: &[Charge]) -> Vec<Grant> {
        let book = self.book;
        let mut checked: Vec<Option<Grant>> = Vec::new();
        for grant in &book.grants {
            self.place = grant.in_plan;
            checked.push(self.grant(grant, charges));
        }
        self.place = None;
        let grants = checked;
        let grants: Vec<Grant> = grants.into_iter().flatten().collect();
        self.orders_alone(&grants);
        grants
    }

    fn grant(&mut self, written: &hir::Grant, charges: &[Charge]) -> Option<Grant> {
        let grant = &written.grant;
        self.each_once(grant)?;
        let (gives, counted) = self.gives(grant)?;
        let (covers, keys) = self.covers(grant, charges, &counted)?;
        let order = self.criteria(grant, charges)?;
        let (costs, expires) = (self.costs(grant), self.expires(grant, &gives));
        let (rolls_over, reload) = (self.rolls_over(grant, &gives, &counted), self.reload(grant, &counted));
        let label = grant.label.as_ref().map_or(&grant.name.text, |label| &label.text);
        let priority = grant.clauses.iter().find_map(|clause| match clause {
            GrantClause::Priority(number) => Some(number.value.clone()),
            _ => None,
        });
        Some(Grant {
            name: Symbol::clone(&grant.name.text),
            label: Symbol::clone(label),
            docs: written.docs.clone(),
            keys,
            unit: counted.unit,
            gives,
            costs: costs?,
            covers,
            order,
            priority,
            expires: expires?,
            rolls_over: rolls_over?,
            reload: reload?,
            in_plan: written.in_plan,
            off_the_bill: grant.clauses.iter().any(|clause| matches!(clause, GrantClause::OffTheBill(_))),
            span: grant.name.span,
        })
    }

    /// The place of what belongs to a grant as a whole: facts and windows may be named, keys and usage not.
    fn grant_scope(&self, grant: &ast::Grant, window: Option<&Window>) -> Option<Scope> {
        let period = &self.header.as_ref()?.period;
        Some(Scope::group(Group {
            what: format!("the grant `{}`", grant.name.text),
            name: grant.name.span,
            keys: Vec::<Key>::new(),
            window: window.unwrap_or(period).clone(),
            from: None,
            place: Place::Price,
            certain: Certain::Nothing,
        }))
    }

    /// Most clauses stand only once.
    fn each_once(&mut self, grant: &ast::Grant) -> Option<()> {
        let word = |clause: &GrantClause| match clause {
            GrantClause::Gives { .. } | GrantClause::Covers { .. } | GrantClause::Opening(_) => None,
            GrantClause::Costs { amount, .. } => Some(("costs", amount.span)),
            GrantClause::Order(criteria) => criteria.first().map(|one| ("order", one.of.span)),
            GrantClause::Priority(number) => Some(("priority", number.span)),
            GrantClause::ExpiresAt(at) => Some(("expires", at.span)),
            GrantClause::ExpiresAfter(window) => Some(("expires", window.span)),
            GrantClause::RollsOver { span, .. } => Some(("rolls over", *span)),
            GrantClause::Reload { amount, .. } => Some(("reload", amount.span)),
            GrantClause::OffTheBill(_) => None,
        };
        let mut seen: Vec<(&str, Span)> = Vec::new();
        for (word, span) in grant.clauses.iter().filter_map(word) {
            if let Some((_, first)) = seen.iter().find(|(known, _)| *known == word) {
                let first = *first;
                return self.fail(
                    Diagnostic::error(CLAUSE, format!("`{word}` stands twice in one grant"))
                        .label(span, "the second one")
                        .label(first, "the first one")
                        .help("leave one of them out, or make two grants"),
                );
            }
            seen.push((word, span));
        }
        Some(())
    }

    /// A moment: a time, or the start of a day.
    fn given_moment(&mut self, written: &ast::Expr, scope: &Scope) -> Option<Expr> {
        let value = self.expr(written, scope, Some(&Type::Date))?;
        let value = self.present(value)?;
        match value.ty {
            Type::Time => Some(value),
            Type::Date => {
                let (span, denominator) = (value.span, value.denominator.clone());
                let kind = ExprKind::TimeOf(Box::new(value));
                Some(Expr { kind, ty: Type::Time, unit: None, optional: false, denominator, span })
            }
            _ => {
                let is = self.expr_words(&value);
                self.wrong_type(value.span, &is, "a date or a time")
            }
        }
    }

    fn money_of_bill(&mut self, written: &ast::Expr, scope: &Scope) -> Option<Expr> {
        let amount = self.expr(written, scope, None)?;
        let amount = self.money_amount(amount)?;
        self.no_totals(&amount)?;
        if let Type::Number(of) = &amount.ty
            && let Some(code) = of.currency()
        {
            let plan = self.place.map(|place| place.plan);
            self.charge_currencies.push((Symbol::clone(code), amount.span, plan));
        }
        Some(amount)
    }

    /// A grant decides what lines come to, so it can not be made of lines.
    fn no_totals(&mut self, expr: &Expr) -> Option<()> {
        if let Some(span) = total_in(expr) {
            return self.fail(
                Diagnostic::error(super::grain::OUT_OF_PLACE, "a grant can not ask for the total of charges")
                    .label(span, "what charges come to is known only after all grants")
                    .help("give a fixed amount, or one that the account or a table says"),
            );
        }
        Some(())
    }

    fn costs(&mut self, grant: &ast::Grant) -> Option<Option<Costs>> {
        let found = grant.clauses.iter().find_map(|clause| match clause {
            GrantClause::Costs { amount, every, in_advance } => Some((amount, every, *in_advance)),
            _ => None,
        });
        let Some((amount, every, in_advance)) = found else { return Some(None) };
        let every = match every {
            Some(window) => Some(self.window(window)?),
            None => None,
        };
        let scope = self.grant_scope(grant, every.as_ref())?;
        let amount = self.money_of_bill(amount, &scope)?;
        Some(Some(Costs { amount, every, in_advance }))
    }

    fn expires(&mut self, grant: &ast::Grant, gives: &[Gives]) -> Option<Expires> {
        for clause in &grant.clauses {
            match clause {
                GrantClause::ExpiresAfter(window) => return Some(Expires::After(self.window(window)?)),
                GrantClause::ExpiresAt(at) => {
                    let scope = self.grant_scope(grant, None)?;
                    let at = self.given_moment(at, &scope)?;
                    self.given_before(&at, gives)?;
                    return Some(Expires::At(Box::new(at)));
                }
                _ => {}
            }
        }
        Some(Expires::WithWindow)
    }

    /// What is given on one known day expires on a later one.
    fn given_before(&mut self, expires: &Expr, gives: &[Gives]) -> Option<()> {
        let Some(end) = constant_time(expires) else { return Some(()) };
        let given = gives.iter().find_map(|gives| match gives {
            Gives::Once { at: Some(at), .. } => constant_time(at).filter(|given| *given >= end).map(|_| at.span),
            _ => None,
        });
        let Some(given) = given else { return Some(()) };
        self.fail(
            Diagnostic::error(CLAUSE, "this expires before it is given")
                .label(expires.span, "nothing is left from here on")
                .label(given, "and it is given only here")
                .help("let it expire on a later day, or for so long after it is given: `expires after 12 months`"),
        )
    }

    fn rolls_over(&mut self, grant: &ast::Grant, gives: &[Gives], counted: &Counted) -> Option<Option<RollsOver>> {
        let found = grant.clauses.iter().find_map(|clause| match clause {
            GrantClause::RollsOver { up_to, when, span } => Some((up_to, when, *span)),
            _ => None,
        });
        let Some((up_to, when, span)) = found else { return Some(None) };
        let lapses = grant.clauses.iter().any(|clause| {
            matches!(
                clause,
                GrantClause::ExpiresAt(_)
                    | GrantClause::ExpiresAfter(_)
                    | GrantClause::Gives { when: ast::Giving::Every(_), .. }
            )
        });
        if !lapses {
            return self.fail(
                Diagnostic::error(CLAUSE, "what never lapses has nothing to roll over")
                    .label(span, "rolls over at which moment?")
                    .label(grant.name.span, "this grant lasts forever")
                    .help("give it for each window, such as `gives 10 GB every month`, or say when it `expires`"),
            );
        }
        let from_first_use =
            gives.iter().any(|one| matches!(one, Gives::Every { window, .. } if window.from_first_use));
        if from_first_use {
            return self.fail(
                Diagnostic::error(CLAUSE, "a window that begins with its first use has no next one to roll over into")
                    .label(span, "rolls over into what?")
                    .help("give it for a window of the calendar, such as `day` or `month`"),
            );
        }
        let scope = self.grant_scope(grant, None)?;
        let up_to = match up_to {
            Some(up_to) => Some(self.up_to(up_to, &scope, counted)?),
            None => None,
        };
        let when = match when {
            Some(when) => {
                self.in_rollover = true;
                let value = self.expr(when, &scope, Some(&Type::Boolean)).and_then(|value| self.boolean(value));
                self.in_rollover = false;
                let value = value?;
                self.no_totals(&value)?;
                Some(value)
            }
            None => None,
        };
        Some(Some(RollsOver { up_to, when }))
    }

    fn up_to(&mut self, written: &ast::Expr, scope: &Scope, counted: &Counted) -> Option<UpTo> {
        let value = self.expr(written, scope, None)?;
        let (value, of) = self.number(value)?;
        self.no_totals(&value)?;
        if of.is_none() {
            return Some(UpTo::Share(value));
        }
        self.counted_as(&value, &of, counted)?;
        Some(UpTo::Amount(value))
    }

    fn reload(&mut self, grant: &ast::Grant, counted: &Counted) -> Option<Option<Reload>> {
        let found = grant.clauses.iter().find_map(|clause| match clause {
            GrantClause::Reload { amount, price, when } => Some((amount, price, when)),
            _ => None,
        });
        let Some((amount, price, when)) = found else { return Some(None) };
        let scope = self.grant_scope(grant, None)?;
        let amount = self.amount(amount, &scope)?;
        let Type::Number(of) = &amount.ty else { return None };
        self.counted_as(&amount, &of.clone(), counted)?;
        self.gives_something(&amount)?;
        let price = match price {
            Some(price) => Some(self.money_of_bill(price, &scope)?),
            None => None,
        };
        let when = match when {
            None => None,
            Some(when) if is_word(when, "short") => None,
            Some(when) => Some(self.threshold(when, &scope, counted)?),
        };
        Some(Some(Reload { amount, price, when }))
    }

    /// `remaining < $5`
    fn threshold(&mut self, written: &ast::Expr, scope: &Scope, counted: &Counted) -> Option<Threshold> {
        if let Form::Binary { operator, left, right, .. } = &written.kind
            && let Operator::Less | Operator::LessOrEqual = operator
            && is_word(left, "remaining")
        {
            let balance = self.amount(right, scope)?;
            let Type::Number(of) = &balance.ty else { return None };
            self.counted_as(&balance, &of.clone(), counted)?;
            return Some(Threshold { balance, inclusive: *operator == Operator::LessOrEqual });
        }
        let below = self.with_unit("5", &counted.unit.name);
        self.fail(
            Diagnostic::error(CLAUSE, "this does not say when more is bought")
                .label(written.span, "neither `short` nor a least balance")
                .help(format!("write `when short`, or `when remaining < {below}`")),
        )
    }

    /// An amount that is there and does not depend on lines.
    fn amount(&mut self, written: &ast::Expr, scope: &Scope) -> Option<Expr> {
        let value = self.expr(written, scope, None)?;
        let (value, _) = self.number(value)?;
        self.no_totals(&value)?;
        Some(value)
    }

    fn gives_something(&mut self, amount: &Expr) -> Option<()> {
        match &amount.kind {
            ExprKind::Constant(Value::Number(number)) if !number.is_positive() => self.fail(
                Diagnostic::error(INCOMPLETE, "this gives nothing")
                    .label(amount.span, "not above zero")
                    .help("say how much is given, such as `gives 500 requests every month`"),
            ),
            _ => Some(()),
        }
    }

    /// Whether a number is counted as the grant is.
    fn counted_as(&mut self, value: &Expr, of: &Dimension, counted: &Counted) -> Option<()> {
        if *of == counted.dimension {
            return Some(());
        }
        let (is, wanted) =
            (words::measure(value.unit.as_ref(), of), words::measure(Some(&counted.unit), &counted.dimension));
        self.fail(
            Diagnostic::error(UNIT, format!("this grant is counted in {}", super::mismatch::noun(&wanted)))
                .label(value.span, super::mismatch::measured(&is))
                .label(counted.span, super::mismatch::measured(&wanted))
                .help("one grant has one balance, in one unit; make a grant of its own for the other unit"),
        )
    }

    fn criteria(&mut self, grant: &ast::Grant, charges: &[Charge]) -> Option<Vec<Criterion>> {
        let written = grant.clauses.iter().find_map(|clause| match clause {
            GrantClause::Order(criteria) => Some(criteria),
            _ => None,
        });
        let Some(written) = written else { return Some(Vec::new()) };
        let mut found = Vec::new();
        for one in written {
            let of = match &*one.of.text {
                "saving" => Of::Saving,
                "rate" => Of::Rate,
                "price" => Of::Price,
                other => {
                    let near = words::nearest(other, ["saving", "rate", "price"]);
                    return self.fail(
                        Diagnostic::error(CLAUSE, format!("usage has no order by `{other}`"))
                            .label(one.of.span, "not known")
                            .help(match near {
                                Some(near) => format!("did you mean `{near}`?"),
                                None => format!(
                                    "a grant may {}",
                                    literals::words_list(&["highest saving", "lowest rate", "highest price"])
                                ),
                            }),
                    );
                }
            };
            found.push(Criterion { highest: one.highest, of });
        }
        let span = written.first()?.of.span;
        self.can_be_ordered(grant, charges, &found, span)?;
        Some(found)
    }

    fn can_be_ordered(
        &mut self,
        grant: &ast::Grant,
        charges: &[Charge],
        criteria: &[Criterion],
        span: Span,
    ) -> Option<()> {
        let windows = grant.clauses.iter().filter(|clause| match clause {
            GrantClause::Gives { when: ast::Giving::Every(window), .. } => !window.from_first_use,
            _ => false,
        });
        if windows.count() != 1 {
            return self.fail(
                Diagnostic::error(CLAUSE, "an order is one inside the window that a grant is given for")
                    .label(span, "in which window?")
                    .label(grant.name.span, "this grant is not given for one window after the other")
                    .help("give it anew for each window, such as `gives $6 every hour`, or leave the order out"),
            );
        }
        let own_price = grant.clauses.iter().all(|clause| !matches!(clause, GrantClause::Covers { at: None, .. }));
        if !own_price && criteria.iter().any(|one| one.of != Of::Price) {
            return self.fail(
                Diagnostic::error(CLAUSE, "this grant has no price of its own, so nothing is saved")
                    .label(span, "saved against what?")
                    .help("say at which price it covers: `covers compute at $2 per hour`, or order by `highest price`"),
            );
        }
        let names = covered_names(grant);
        for charge in charges.iter().filter(|charge| names.contains(&&charge.name)) {
            let prices = charge.body.leaves().into_iter().flat_map(|leaf| &leaf.prices);
            let plain = |price: &crate::typed::DatedPrice| {
                matches!(price.price, crate::typed::Price::Rate(crate::typed::Rate::PerUnit(_)))
            };
            if let Some(tiers) = prices.into_iter().find(|price| !plain(price)) {
                let place = tiers.span;
                return self.fail(
                    Diagnostic::error(CLAUSE, "usage is ordered by its price, which tiers do not tell beforehand")
                        .label(span, "ordered here")
                        .label(place, "this is not one price for each unit")
                        .help("leave the order out: then usage is covered as it happens"),
                );
            }
        }
        Some(())
    }

    /// Where usage is sorted for one grant, no other one can take it at the same time.
    fn orders_alone(&mut self, grants: &[Grant]) {
        for (at, one) in grants.iter().enumerate().filter(|(_, grant)| !grant.order.is_empty()) {
            let shares = |other: &Grant| {
                other.priority == one.priority
                    && other.covers.iter().any(|cover| one.covers.iter().any(|known| known.charge == cover.charge))
            };
            let other = grants.iter().enumerate().find(|(known, other)| *known != at && shares(other));
            if let Some((_, other)) = other {
                self.report(
                    Diagnostic::error(CLAUSE, "two grants cover the same usage at the same time, and one sorts it")
                        .label(one.span, "this one has an `order`")
                        .label(other.span, "and this one covers it too")
                        .help("say which goes first: `priority 1` in one of them, `priority 2` in the other"),
                );
                return;
            }
        }
    }
}

/// The charges that a grant names.
pub(super) fn covered_names(grant: &ast::Grant) -> Vec<&Symbol> {
    let paths = grant.clauses.iter().filter_map(|clause| match clause {
        GrantClause::Covers { charges, .. } => Some(charges),
        _ => None,
    });
    paths.flatten().filter_map(|path| path.names.first()).map(|name| &name.text).collect()
}

fn is_word(expr: &ast::Expr, word: &str) -> bool {
    matches!(&expr.kind, Form::Path(path) if matches!(path.names.as_slice(), [name] if &*name.text == word))
}

fn total_in(expr: &Expr) -> Option<Span> {
    if let ExprKind::Total(_) = expr.kind {
        return Some(expr.span);
    }
    expr.children().into_iter().find_map(total_in)
}

fn constant_time(expr: &Expr) -> Option<Value> {
    match &expr.kind {
        ExprKind::Constant(value @ (Value::Date(_) | Value::Time(_))) => Some(value.clone()),
        ExprKind::TimeOf(inner) => constant_time(inner),
        _ => None,
    }
}

/// In which unit a balance is shown.
fn unit_of(value: &Expr, of: &Dimension) -> Unit {
    match of.currency() {
        Some(code) => units::money_unit(code),
        None => value.unit.clone().filter(|unit| unit.dimension == *of).unwrap_or_else(|| units::base_unit(of)),
    }
}
