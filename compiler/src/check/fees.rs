//! Fees: what is due without usage, once for each of their windows.

use super::charges::{CLAUSE, NO_PRICE, Scopes};
use super::scope::{Certain, Group, Place, Scope};
use super::{Checker, windows};
use crate::diagnostic::Diagnostic;
use crate::exact::Rational;
use crate::hir;
use crate::model::{Dimension, Step, Symbol, Type, Value, Window};
use crate::source::Span;
use crate::syntax::ast::{self, ChargeClause, PriceKind, WindowUnit};
use crate::typed::{Body, Charge, DatedPrice, Denominator, Expr, ExprKind, Fee, Key, Over, Price, Proration, Rate};
use num_bigint::BigInt;

impl Checker<'_> {
    pub(super) fn fee(&mut self, written: &hir::Charge, terms: &hir::Fee) -> Option<Charge> {
        let charge = &written.charge;
        let period = self.header.as_ref()?.period.clone();
        let (every, in_advance) = self.due(terms, charge.name.span)?;
        let proration = self.proration(terms, &every)?;
        let meters = self.counted_meters(charge, &every, None);
        self.in_fee = true;
        let keys = self.keys_of(&charge.keys, None, &meters);
        self.in_fee = false;
        let keys = keys?;
        let scopes = fee_scopes(charge, &keys, &every, &period);
        let clauses: Vec<ChargeClause> =
            charge.body.iter().map(|clause| self.level_of_fee(clause.clone(), in_advance)).collect();
        let mut body = self.fee_body(&clauses, &scopes, charge.name.span)?;
        let overridden = self.overrides(written, &mut body, &scopes);
        body.discounts = self.discounts(written, None, &scopes)?;
        overridden?;
        let label = charge.label.as_ref().map_or(&charge.name.text, |label| &label.text);
        Some(Charge {
            name: Symbol::clone(&charge.name.text),
            label: Symbol::clone(label),
            docs: written.docs.clone(),
            keys,
            for_each: Vec::new(),
            window: period,
            per_period: true,
            from: None,
            by_tier: false,
            credit: None,
            body,
            unless_zero: charge.body.iter().any(|clause| matches!(clause, ChargeClause::UnlessZero(_))),
            in_plan: written.in_plan,
            fee: Some(Fee { every, in_advance, proration }),
            rank: written.rank,
            span: charge.name.span,
        })
    }

    /// A level that stands alone in a fee's quantity counts as it is at the start of what is paid for in advance, else
    /// by its mean over it.
    fn level_of_fee(&self, clause: ChargeClause, in_advance: bool) -> ChargeClause {
        let ChargeClause::Quantity(written) = &clause else { return clause };
        let ast::ExprKind::Path(ast::Path { names, .. }) = &written.kind else { return clause };
        let [name] = names.as_slice() else { return clause };
        let Some(hir::Entity::Meter(meter)) = self.book.names.get(&name.text).map(|bound| bound.entity) else {
            return clause;
        };
        let is_level = |meter: &crate::typed::Meter| meter.window.step == Step::Instant;
        if !self.meters.get(meter).and_then(Option::as_ref).is_some_and(is_level) {
            return clause;
        }
        let function = if in_advance { "first" } else { "average" };
        let argument = ast::Argument { value: written.clone(), over: None, span: written.span };
        let name = ast::Name { text: function.into(), span: written.span };
        let kind = ast::ExprKind::Call { name, arguments: vec![argument] };
        ChargeClause::Quantity(ast::Expr { kind, span: written.span })
    }

    /// What one instalment is for and when it is due: the same in all of its prices.
    fn due(&mut self, terms: &hir::Fee, name: Span) -> Option<(Window, bool)> {
        let Some((every, in_advance, span)) = terms.dues.first() else {
            return self.fail(
                Diagnostic::error(NO_PRICE, "this fee does not say what it costs")
                    .label(name, "no `price`")
                    .help("add a line such as `price $10 every month`"),
            );
        };
        let window = self.every(every.as_ref())?;
        for (other, advance, second) in terms.dues.iter().skip(1) {
            if self.every(other.as_ref())? != window || advance != in_advance {
                return self.fail(
                    Diagnostic::error(CLAUSE, "the prices of a fee are due at different times")
                        .label(*second, "due like this")
                        .label(*span, "and like this before")
                        .help("say `every ..` and `in advance` alike in both, or make two fees of it"),
                );
            }
        }
        Some((window, *in_advance))
    }

    fn every(&mut self, written: Option<&ast::Window>) -> Option<Window> {
        let Some(written) = written else { return self.header.as_ref().map(|header| header.period.clone()) };
        let window = self.window(written)?;
        let window = self.counted_like_the_period(written, window);
        let why = match window.step {
            Step::Second | Step::Minute => "a fee is for an hour or longer",
            Step::Forever => "a fee is due once for each of its stretches of time, and this one never ends",
            _ if window.from_first_use => "a fee is due without any use",
            _ => return Some(window),
        };
        self.fail(
            Diagnostic::error(windows::WINDOW, why)
                .label(written.span, "due for each of these")
                .help("write one such as `every month` or `every year`"),
        )
    }

    /// Months, quarters and years count from where the book's period does, where they do not say otherwise.
    fn counted_like_the_period(&self, written: &ast::Window, window: Window) -> Window {
        let plain = written.anchored.is_none() && written.starting.is_none();
        match &self.header {
            Some(header) if plain && window.step == Step::Month && header.period.step == Step::Month => {
                Window { anchor: header.period.anchor, at: header.period.at, ..window }
            }
            _ => window,
        }
    }

    /// `prorated by day`
    fn proration(&mut self, terms: &hir::Fee, every: &Window) -> Option<Option<Proration>> {
        let Some((unit, span)) = terms.proration.first() else { return Some(None) };
        if let Some((_, second)) = terms.proration.get(1) {
            return self.fail(
                Diagnostic::error(CLAUSE, "a fee is prorated in one way")
                    .label(*second, "the second one")
                    .label(*span, "the first one")
                    .help("leave one of them out"),
            );
        }
        let proration = match unit {
            WindowUnit::Day => Proration::Days,
            WindowUnit::Hour => Proration::Seconds(3_600),
            WindowUnit::Minute => Proration::Seconds(60),
            WindowUnit::Second => Proration::Seconds(1),
            _ => {
                return self.fail(
                    Diagnostic::error(CLAUSE, "a fee can not be prorated by this")
                        .label(*span, "of no fixed place in the other windows")
                        .help("write `prorated by day`, or `prorated by second` for the exact time"),
                );
            }
        };
        let too_short = proration == Proration::Days && every.step == Step::Hour;
        if too_short {
            return self.fail(
                Diagnostic::error(
                    CLAUSE,
                    format!("the days of {} can not be counted", super::words::a_window(&every.name)),
                )
                .label(*span, "counted in days")
                .help("write `prorated by second`"),
            );
        }
        Some(Some(proration))
    }

    fn fee_body(&mut self, clauses: &[ChargeClause], scopes: &Scopes, name: Span) -> Option<Body> {
        let limits = self.limits(clauses, scopes);
        let has_quantity = clauses.iter().any(|clause| matches!(clause, ChargeClause::Quantity(_)));
        let (quantity, prices, unit) = if has_quantity {
            let Some(Some(quantity)) = self.quantity(clauses, scopes, name) else {
                self.prices_without_quantity(clauses, &scopes.price);
                return None;
            };
            let (prices, unit) = self.prices(clauses, &quantity, scopes)?;
            (quantity, prices, unit)
        } else {
            (one(name), self.amounts(clauses, scopes)?, None)
        };
        let prices_made_of = prices.iter().flat_map(|dated| match &dated.price {
            Price::Rate(Rate::PerUnit(rate) | Rate::PerStarted { amount: rate, .. } | Rate::Flat(rate)) => Some(rate),
            Price::Graduated(_) | Price::Volume(_) => None,
        });
        if let Some(span) = std::iter::once(&quantity).chain(prices_made_of).find_map(of_records) {
            return self.fail(
                Diagnostic::error(CLAUSE, "a fee is due without usage, and this counts usage")
                    .label(span, "counted from records, or from other lines")
                    .label(name, "the fee")
                    .help("write `charge` in place of `fee`, without `every`, `in advance` and `prorated by`"),
            );
        }
        Some(Body {
            pooling: None,
            quantity: Some(quantity),
            quantity_unit: unit,
            prices,
            by_record_time: false,
            parts: Vec::new(),
            overrides: Vec::new(),
            discounts: Vec::new(),
            limits: limits?,
        })
    }

    /// The prices of a fee without a quantity: amounts of money.
    pub(super) fn amounts(&mut self, clauses: &[ChargeClause], scopes: &Scopes) -> Option<Vec<DatedPrice>> {
        let mut found: Vec<DatedPrice> = Vec::new();
        for clause in clauses {
            let ChargeClause::Price(written) = clause else { continue };
            let PriceKind::Rate(amount) = &written.kind else { continue };
            let since = match &written.since {
                Some(since) => Some(self.since(since)?),
                None => None,
            };
            let amount = self.expr(amount, &scopes.price, None)?;
            let amount = self.fee_amount(amount)?;
            if let Some(same) = found.iter().find(|known| known.since == since) {
                let first = same.span;
                return self.two_prices(written.span, first);
            }
            let Type::Number(dimension) = &amount.ty else { return None };
            let currency = dimension.currency().cloned()?;
            let plan = self.place.map(|place| place.plan);
            self.charge_currencies.push((currency, written.span, plan));
            found.push(DatedPrice { since, price: Price::Rate(Rate::Flat(amount)), span: written.span });
        }
        found.sort_by_key(|price| price.since);
        Some(found)
    }

    /// An amount of money; a rate needs a quantity.
    fn fee_amount(&mut self, amount: Expr) -> Option<Expr> {
        let Type::Number(of) = &amount.ty else { return self.money_amount(amount) };
        let is_rate = of.powers().iter().any(|(_, power)| *power < 0);
        if !is_rate {
            return self.money_amount(amount);
        }
        let written = self.sources.text(amount.span).to_owned();
        self.fail(
            Diagnostic::error(NO_PRICE, "this fee has a price for each, and does not say of how many")
                .label(amount.span, format!("`{}` of what?", super::mismatch::brief(&written)))
                .help("add a line such as `quantity account.seats`; or let the price be an amount of money alone"),
        )
    }
}

/// Where a value counts records, or lines that do. Lists of facts and levels are there without usage.
fn of_records(expr: &Expr) -> Option<Span> {
    let here = match &expr.kind {
        ExprKind::Aggregate(aggregate) => match aggregate.over {
            Over::Instants(_) => return None,
            Over::List { .. } => false,
            Over::Records | Over::Rows(_) => true,
        },
        ExprKind::Meter { .. } | ExprKind::Total(_) => true,
        _ => false,
    };
    if here { Some(expr.span) } else { expr.children().into_iter().find_map(of_records) }
}

/// The quantity of a fee that has none.
fn one(span: Span) -> Expr {
    Expr {
        kind: ExprKind::Constant(Value::Number(Rational::from(1i128))),
        ty: Type::Number(Dimension::none()),
        unit: None,
        optional: false,
        denominator: Denominator::Static(BigInt::from(1u8)),
        span,
    }
}

/// Quantity and price are of one window; a floor or a ceiling is of the whole line.
fn fee_scopes(charge: &ast::Charge, keys: &[Key], every: &Window, period: &Window) -> Scopes {
    let group = |place: Place, window: &Window| {
        Scope::group(Group {
            what: format!("the fee `{}`", charge.name.text),
            name: charge.name.span,
            keys: keys.to_vec(),
            window: window.clone(),
            from: None,
            place,
            certain: Certain::Nothing,
        })
    };
    Scopes {
        quantity: group(Place::Quantity, every),
        price: group(Place::Price, every),
        limit: group(Place::Price, period),
    }
}
