//! Charges: keys, quantity, price, parts, floors and ceilings.

use super::meters::sole;
use super::prices::Priced;
use super::scope::{Certain, Group, Place, Scope};
use super::{Checker, tiers, units};
use crate::diagnostic::Diagnostic;
use crate::exact::Rational;
use crate::hir;
use crate::model::{Dimension, Step, Symbol, Type, Unit, Value};
use crate::source::Span;
use crate::syntax::ast::{self, ChargeClause, Limit as WrittenLimit, PriceKind};
use crate::time::nests_in;
use crate::typed::{
    AggregateFunction, Arithmetic, Body, Charge, DatedPrice, Expr, ExprKind, From, Limit, Over, Part, Price, Rate, Side,
};
use std::collections::BTreeSet;

pub(super) const NO_PRICE: &str = "florin::charges::incomplete";
pub(super) const NOT_MONEY: &str = "florin::charges::not_money";
pub(super) const CURRENCIES: &str = "florin::charges::currencies";
pub(super) const CLAUSE: &str = "florin::charges::clause";
pub(super) const UNREACHED: &str = "florin::charges::unreached";

/// The places in which the expressions of a charge stand.
pub(super) struct Scopes {
    pub(super) quantity: Scope,
    pub(super) price: Scope,
    /// Without the keys of `for each`: a floor or a ceiling is of the whole line.
    pub(super) limit: Scope,
}

impl Checker<'_> {
    pub(super) fn charge(&mut self, written: &hir::Charge) -> Option<Charge> {
        self.place = written.in_plan;
        let checked = match &written.fee {
            Some(terms) => self.fee(written, terms),
            None => self.charge_of_usage(written),
        };
        self.place = None;
        checked
    }

    fn charge_of_usage(&mut self, written: &hir::Charge) -> Option<Charge> {
        let charge = &written.charge;
        self.in_pieces = false;
        let window = self.header_window(charge.window.as_ref())?;
        let period = self.header.as_ref()?.period.clone();
        self.fits_period(charge, &window)?;
        let from = match &charge.from {
            Some(from) => Some(self.from(from).or_else(|| self.quantities_without_from(charge, from, &window))?),
            None => None,
        };
        let meters = self.counted_meters(charge, &window, from.as_ref());
        let (line_keys, by_tier) = self.tier_key(charge);
        let mut header_keys = line_keys.clone();
        header_keys.extend(charge.for_each.iter().cloned());
        self.silent_keys = quantities(&charge.body).into_iter().any(|quantity| self.mentions_unusable(quantity));
        self.has_layers = self.names_layers(&quantities(&charge.body));
        let Some(all) = self.keys_of(&header_keys, from.as_ref(), &meters) else {
            self.quantities_without_keys(charge, &window, from.as_ref().map(|from| (from.kind, from.list)));
            return None;
        };
        let per_period = window == period;
        let scopes = self.charge_scopes(charge, &all, line_keys.len(), &window, from.as_ref(), &meters, per_period);
        self.crediting = self.is_covered(&charge.name.text);
        self.credits.clear();
        let in_money = self.charge_currencies.len();
        let mut body = self.body(&charge.body, &scopes, charge.name.span)?;
        let overridden = self.overrides(written, &mut body, &scopes);
        let credit = self.credit_of(charge, in_money)?;
        body.discounts = self.discounts(written, credit.as_ref(), &scopes)?;
        overridden?;
        self.tier_lines(charge, by_tier, &body)?;
        let (keys, for_each) = all.split_at_checked(line_keys.len())?;
        let unless_zero = charge.body.iter().any(|clause| matches!(clause, ChargeClause::UnlessZero(_)));
        let label = charge.label.as_ref().map_or(&charge.name.text, |label| &label.text);
        Some(Charge {
            name: Symbol::clone(&charge.name.text),
            label: Symbol::clone(label),
            docs: written.docs.clone(),
            keys: keys.to_vec(),
            for_each: for_each.to_vec(),
            window,
            per_period,
            from,
            by_tier,
            credit,
            body,
            unless_zero,
            in_plan: written.in_plan,
            fee: None,
            rank: written.rank,
            span: charge.name.span,
        })
    }

    /// The declared unit in which a charge is priced, if that is not money: one for all of it.
    fn credit_of(&mut self, charge: &ast::Charge, in_money: usize) -> Option<Option<Unit>> {
        self.crediting = false;
        let Some(first) = self.credits.first().cloned() else { return Some(None) };
        if self.credits.iter().all(|other| *other == first) && self.charge_currencies.len() == in_money {
            let dimension = Dimension::of(crate::model::Base::Declared(Symbol::clone(&first)));
            return Some(Some(Unit { name: first, dimension, factor: crate::exact::Rational::one() }));
        }
        self.fail(
            Diagnostic::error(CURRENCIES, format!("one charge can not be priced in `{first}` and in something else"))
                .label(charge.name.span, "its prices come to different things")
                .help("make a charge of its own for each"),
        )
    }

    fn charge_per_instant<T>(&mut self, charge: &ast::Charge) -> Option<T> {
        let span = match &charge.window {
            Some(ast::Per1::Instant(span)) => *span,
            _ => charge.name.span,
        };
        self.fail(
            Diagnostic::error(super::instants::INSTANT, "a bill has no line for each moment")
                .label(span, "endlessly many lines")
                .help("let a meter be per instant, and charge its integral: `quantity integral(held)`"),
        )
    }

    fn fits_period(&mut self, charge: &ast::Charge, window: &crate::model::Window) -> Option<()> {
        let period = self.header.as_ref()?.period.clone();
        if super::instants::is_instant(window) {
            return self.charge_per_instant(charge);
        }
        let never_ends = window.step == Step::Forever && *window != period;
        if !never_ends && (nests_in(window, &period) || nests_in(&period, window)) {
            return Some(());
        }
        let span = match &charge.window {
            Some(ast::Per1::Window(window)) => window.span,
            _ => charge.name.span,
        };
        if never_ends {
            return self.fail(
                Diagnostic::error(super::windows::WINDOW, "a line stands on the bill in which its window ends")
                    .label(span, "this never ends, so it would never be billed")
                    .help("leave it out, or let the charge be per period; a meter may be `per forever`"),
            );
        }
        self.fail(
            Diagnostic::error(
                super::windows::WINDOW,
                format!(
                    "{} is not made of whole {}",
                    super::words::a_window(&period.name),
                    super::words::windows(&window.name)
                ),
            )
            .label(span, "a line for each of these")
            .help(format!(
                "bills are per {}; choose a window that fits into it, such as `per day`, or leave it out",
                period.name
            )),
        )
    }

    /// The meters that the quantity, and those of the parts, are made of.
    pub(super) fn counted_meters(
        &self,
        charge: &ast::Charge,
        window: &crate::model::Window,
        from: Option<&From>,
    ) -> BTreeSet<usize> {
        let group = Group {
            what: String::new(),
            name: charge.name.span,
            keys: Vec::new(),
            window: window.clone(),
            from: from.map(|from| (from.kind, from.list)),
            place: Place::Quantity,
            certain: Certain::Nothing,
        };
        quantities(&charge.body).into_iter().flat_map(|quantity| self.meters_named(quantity, &group)).collect()
    }

    /// The same where the records' condition was reported.
    fn quantities_without_from(
        &mut self,
        charge: &ast::Charge,
        from: &ast::From,
        window: &crate::model::Window,
    ) -> Option<From> {
        let records = self.records_named(from)?;
        self.quantities_without_keys(charge, window, Some(records));
        None
    }

    /// What can be wrong in quantities of records whatever the keys are, so that it is not reported one run later.
    fn quantities_without_keys(
        &mut self,
        charge: &ast::Charge,
        window: &crate::model::Window,
        from: Option<(usize, Option<usize>)>,
    ) {
        if from.is_none() {
            return;
        }
        let group = Group {
            what: format!("the charge `{}`", charge.name.text),
            name: charge.name.span,
            keys: Vec::new(),
            window: window.clone(),
            from,
            place: Place::Quantity,
            certain: Certain::Records,
        };
        for quantity in quantities(&charge.body) {
            let _ = self.expr(quantity, &Scope::group(group.clone()), None);
        }
    }

    /// The prices of a body whose quantity was reported, each by itself, for what is wrong in them in any case.
    pub(super) fn prices_without_quantity(&mut self, clauses: &[ChargeClause], scope: &Scope) {
        let tiers = |kind: &PriceKind| match kind {
            PriceKind::Rate(rate) => vec![rate.clone()],
            PriceKind::Graduated(tiers) | PriceKind::Volume(tiers) => {
                tiers.iter().map(|tier| tier.price.clone()).collect()
            }
        };
        for clause in clauses {
            let ChargeClause::Price(price) = clause else { continue };
            for rate in tiers(&price.kind).into_iter().filter(|rate| !is_per_started(rate)) {
                let _ = self.expr(&rate, scope, None);
            }
        }
    }

    /// `by tier` is no key of records: it makes each named tier a line.
    fn tier_key(&self, charge: &ast::Charge) -> (Vec<ast::Key>, bool) {
        let has_tiers = charge.body.iter().any(|clause| {
            matches!(
                clause,
                ChargeClause::Price(ast::Price { kind: PriceKind::Graduated(_) | PriceKind::Volume(_), .. })
            )
        });
        let is_tier =
            |key: &ast::Key| has_tiers && matches!(key.path.names.as_slice(), [name] if &*name.text == "tier");
        let keys = charge.keys.iter().filter(|key| !is_tier(key)).cloned().collect();
        (keys, charge.keys.iter().any(is_tier))
    }

    #[allow(clippy::too_many_arguments)] // Everything that the header of a charge says.
    fn charge_scopes(
        &self,
        charge: &ast::Charge,
        all: &[crate::typed::Key],
        line_keys: usize,
        window: &crate::model::Window,
        from: Option<&From>,
        meters: &BTreeSet<usize>,
        per_period: bool,
    ) -> Scopes {
        let always_there = all.is_empty() && per_period;
        let certain = match (always_there, from) {
            (true, _) => Certain::Nothing,
            (false, Some(_)) => Certain::Records,
            (false, None) => sole(meters),
        };
        let group = |place: Place, keys: &[crate::typed::Key]| Group {
            what: format!("the charge `{}`", charge.name.text),
            name: charge.name.span,
            keys: keys.to_vec(),
            window: window.clone(),
            from: from.map(|from| (from.kind, from.list)),
            place,
            certain: certain.clone(),
        };
        Scopes {
            quantity: Scope::group(group(Place::Quantity, all)),
            price: Scope::group(group(Place::Price, all)),
            limit: Scope::group(group(Place::Price, all.get(..line_keys).unwrap_or(all))),
        }
    }

    /// The clauses of a charge or of a part.
    fn body(&mut self, clauses: &[ChargeClause], scopes: &Scopes, name: Span) -> Option<Body> {
        let parts = self.parts(clauses, scopes);
        let limits = self.limits(clauses, scopes);
        let quantity = self.quantity(clauses, scopes, name);
        if quantity.is_none() {
            self.prices_without_quantity(clauses, &scopes.price);
        }
        let (parts, quantity) = (parts?, quantity?);
        let Some(quantity) = quantity else {
            if parts.is_empty() {
                return self.no_quantity(clauses, name);
            }
            self.no_tiers_beside_parts(clauses)?;
            return Some(Body {
                quantity: None,
                quantity_unit: None,
                prices: Vec::new(),
                by_record_time: false,
                pooling: None,
                parts,
                overrides: Vec::new(),
                discounts: Vec::new(),
                limits: limits?,
            });
        };
        if !parts.is_empty() {
            return self.fail(
                Diagnostic::error(CLAUSE, "a charge with parts has its quantities in the parts")
                    .label(quantity.span, "a quantity beside the parts")
                    .help("move it into a `part` of its own"),
            );
        }
        let (prices, unit) = self.prices(clauses, &quantity, scopes)?;
        let rates_only = prices.iter().all(|price| matches!(price.price, Price::Rate(Rate::PerUnit(_))));
        let by_record_time = !prices.is_empty() && rates_only && self.only_sums(&quantity);
        let pooling = self.pooling(clauses, &prices, &scopes.price)?;
        Some(Body {
            quantity: Some(quantity),
            quantity_unit: unit,
            prices,
            by_record_time,
            pooling,
            parts,
            overrides: Vec::new(),
            discounts: Vec::new(),
            limits: limits?,
        })
    }

    pub(super) fn quantity(&mut self, clauses: &[ChargeClause], scopes: &Scopes, _name: Span) -> Option<Option<Expr>> {
        let mut found: Option<Expr> = None;
        for clause in clauses {
            let ChargeClause::Quantity(written) = clause else { continue };
            if let Some(first) = &found {
                let first = first.span;
                return self.fail(
                    Diagnostic::error(CLAUSE, "two quantities stand in one charge")
                        .label(written.span, "the second one")
                        .label(first, "the first one")
                        .help("add them, or make each a `part`"),
                );
            }
            self.empty_is_zero = true;
            self.priced = self.price_is_for(clauses, scopes).map(|(of, price)| (written.span, of, price));
            let value = self.expr(written, &scopes.quantity, None).and_then(|value| self.number(value));
            self.empty_is_zero = false;
            self.priced = None;
            found = Some(value?.0);
        }
        Some(found)
    }

    /// What the price of a body is for, from its first rate; nothing is reported.
    fn price_is_for(&mut self, clauses: &[ChargeClause], scopes: &Scopes) -> Option<(Dimension, Span)> {
        let rate = clauses.iter().find_map(|clause| match clause {
            ChargeClause::Price(price) => match &price.kind {
                PriceKind::Rate(rate) => Some(rate),
                PriceKind::Graduated(tiers) | PriceKind::Volume(tiers) => tiers.first().map(|tier| &tier.price),
            },
            _ => None,
        })?;
        if is_per_started(rate) {
            return None;
        }
        let (before, expansions) = (self.diagnostics.len(), self.expansions);
        let value = self.expr(rate, &scopes.price, None);
        self.diagnostics.truncate(before);
        self.expansions = expansions;
        let Type::Number(of) = value?.ty else { return None };
        let currency = of.powers().iter().find_map(|(base, power)| match base {
            crate::model::Base::Currency(code) if *power == 1 => Some(Symbol::clone(code)),
            _ => None,
        })?;
        let per = Dimension::money(currency).over(&of);
        (!per.is_none()).then_some((per, rate.span))
    }

    fn no_quantity(&mut self, clauses: &[ChargeClause], name: Span) -> Option<Body> {
        let price = clauses.iter().find_map(|clause| match clause {
            ChargeClause::Price(price) => Some(price.span),
            _ => None,
        });
        let mut diagnostic =
            Diagnostic::error(NO_PRICE, "this charge does not say how much is charged").label(name, "no `quantity`");
        if let Some(span) = price {
            diagnostic = diagnostic.label(span, "the price of what?");
        }
        self.fail(diagnostic.help("add a line such as `quantity sum(used)`, or `quantity count()`"))
    }

    /// The prices by their dates, and the unit of the quantity on the bill.
    pub(super) fn prices(
        &mut self,
        clauses: &[ChargeClause],
        quantity: &Expr,
        scopes: &Scopes,
    ) -> Option<(Vec<DatedPrice>, Option<Unit>)> {
        let Type::Number(dimension) = &quantity.ty else { return None };
        let priced = Priced { dimension: dimension.clone(), unit: quantity.unit.clone(), span: quantity.span };
        let mut prices: Vec<DatedPrice> = Vec::new();
        let (mut unit, mut currency): (Option<Unit>, Option<Symbol>) = (None, None);
        for clause in clauses {
            let ChargeClause::Price(written) = clause else { continue };
            let (price, in_unit, in_currency) = self.price(written, &priced, &scopes.price)?;
            if let Some(same) = prices.iter().find(|known| known.since == price.since) {
                let first = same.span;
                return self.two_prices(written.span, first);
            }
            unit = unit.or(in_unit);
            currency = currency.or(Some(in_currency));
            prices.push(price);
        }
        prices.sort_by_key(|price| price.since);
        let currency = match (currency, dimension.currency()) {
            (Some(currency), _) => currency,
            (None, Some(code)) => Symbol::clone(code),
            (None, None) if let Some(credit) = self.credit(dimension) => {
                self.credits.push(credit);
                return Some((prices, None));
            }
            (None, None) => return self.no_price(quantity),
        };
        let place = prices.first().map_or(quantity.span, |price| price.span);
        let plan = self.place.map(|place| place.plan);
        let priced_in = |price: &DatedPrice| price_dimension(&price.price, dimension);
        if let Some(credit) = prices.first().and_then(|price| self.credit(&priced_in(price))) {
            self.credits.push(credit);
        } else {
            self.charge_currencies.push((currency, place, plan));
        }
        let shown = match dimension.currency() {
            Some(_) => None,
            None => Some(unit.or_else(|| quantity.unit.clone()).unwrap_or_else(|| units::base_unit(dimension))),
        };
        Some((prices, shown))
    }

    pub(super) fn two_prices<T>(&mut self, second: Span, first: Span) -> Option<T> {
        self.fail(
            Diagnostic::error(CLAUSE, "two prices hold at the same time")
                .label(second, "the second one")
                .label(first, "the first one")
                .help("let the later one begin at its date: `price $2 per GB from 2026-01-01`"),
        )
    }

    fn no_price<T>(&mut self, quantity: &Expr) -> Option<T> {
        let is = self.expr_words(quantity);
        let example = match &quantity.ty {
            Type::Number(of) if of.is_none() => "price $0.10 each".to_owned(),
            Type::Number(of) => format!("price $0.10 per {}", super::words::measure(quantity.unit.as_ref(), of)),
            _ => "price $0.10 each".to_owned(),
        };
        self.fail(
            Diagnostic::error(NO_PRICE, "this charge has no price")
                .label(quantity.span, format!("{is}, and not money"))
                .help(format!("add a line such as `{example}`")),
        )
    }

    fn parts(&mut self, clauses: &[ChargeClause], scopes: &Scopes) -> Option<Vec<Part>> {
        let mut parts: Vec<(Part, Span)> = Vec::new();
        for clause in clauses {
            let ChargeClause::Part { name, label, body, .. } = clause else { continue };
            if let Some((_, first)) = parts.iter().find(|(known, _)| known.name == name.text) {
                let first = *first;
                return self.fail(
                    Diagnostic::error("florin::names::duplicate", format!("two parts are called `{}`", name.text))
                        .label(name.span, "the second one")
                        .label(first, "the first one")
                        .help("give each part a name of its own"),
                );
            }
            let body = self.body(body, scopes, name.span)?;
            if let Some(limit) = body.limits.iter().find(|limit| limit.every.is_some()) {
                let span = limit.span;
                return self.fail(
                    Diagnostic::error(CLAUSE, "a floor or ceiling over more than the line is one of whole lines")
                        .label(span, "over a longer stretch of time")
                        .label(name.span, "only a part of the line")
                        .help("move it out of the `part`, or make a charge of the part"),
                );
            }
            let label = Symbol::clone(label.as_ref().map_or(&name.text, |label| &label.text));
            parts.push((Part { name: Symbol::clone(&name.text), label, body }, name.span));
        }
        Some(parts.into_iter().map(|(part, _)| part).collect())
    }

    pub(super) fn limits(&mut self, clauses: &[ChargeClause], scopes: &Scopes) -> Option<Vec<Limit>> {
        let mut limits = Vec::new();
        for clause in clauses {
            match clause {
                ChargeClause::AtLeast(limit) => limits.push(self.limit(Side::AtLeast, limit, scopes)),
                ChargeClause::AtMost(limit) => limits.push(self.limit(Side::AtMost, limit, scopes)),
                ChargeClause::TiersPooled { .. }
                | ChargeClause::Quantity(_)
                | ChargeClause::Price(_)
                | ChargeClause::Part { .. }
                | ChargeClause::UnlessZero(_) => {}
            }
        }
        let limits = limits.into_iter().collect::<Option<Vec<Limit>>>()?;
        self.floor_below_ceiling(&limits)?;
        Some(limits)
    }

    /// Where both are plain amounts, the floor is not above the ceiling: nothing would lie between them.
    fn floor_below_ceiling(&mut self, limits: &[Limit]) -> Option<()> {
        let constant = |limit: &Limit| match &limit.amount.kind {
            ExprKind::Constant(Value::Number(number)) => Some((number.clone(), limit.amount.span)),
            _ => None,
        };
        let of = |side: Side, every: Option<&crate::model::Window>| {
            let every = every.cloned();
            limits.iter().filter(move |limit| limit.side == side && limit.every == every).filter_map(constant)
        };
        let all = limits.iter().map(|limit| limit.every.as_ref());
        all.map(|every| self.in_the_right_order((of(Side::AtLeast, every), of(Side::AtMost, every)))).collect()
    }

    fn in_the_right_order(
        &mut self,
        (floors, ceilings): (impl Iterator<Item = (Rational, Span)>, impl Iterator<Item = (Rational, Span)>),
    ) -> Option<()> {
        let floor = floors.max_by(|one, other| one.0.cmp(&other.0));
        let ceiling = ceilings.min_by(|one, other| one.0.cmp(&other.0));
        let (Some((floor, low)), Some((ceiling, high))) = (floor, ceiling) else { return Some(()) };
        if floor <= ceiling {
            return Some(());
        }
        let (least, most) = (self.sources.text(low).to_owned(), self.sources.text(high).to_owned());
        self.fail(
            Diagnostic::error(CLAUSE, "the least amount is above the most")
                .label(low, format!("at least {least}"))
                .label(high, format!("at most {most}, which is less"))
                .help("change one of them, so that an amount can be both"),
        )
    }

    fn limit(&mut self, side: Side, written: &WrittenLimit, scopes: &Scopes) -> Option<Limit> {
        let (every, scope) = self.every_window(side, written, scopes)?;
        let amount = self.expr(&written.amount, &scope, None)?;
        let amount = self.money_amount(amount)?;
        if every.is_some()
            && let Some(span) = of_totals(&amount)
        {
            return self.fail(
                Diagnostic::error(CLAUSE, "a bound of many lines can not depend on one bill")
                    .label(span, "the lines of one bill")
                    .label(written.span, "holds for more than one")
                    .help("make it of meters and facts of the account, or leave `every ..` out"),
            );
        }
        Some(Limit { side, amount, every, line: written.line.as_ref().map(tiers::line_name), span: written.span })
    }

    /// `by tier` needs names, and floors and ceilings that are lines of their own.
    fn tier_lines(&mut self, charge: &ast::Charge, by_tier: bool, body: &Body) -> Option<()> {
        if !by_tier {
            return Some(());
        }
        let tiers = body.prices.iter().flat_map(|price| match &price.price {
            Price::Graduated(tiers) | Price::Volume(tiers) => tiers.tiers.as_slice(),
            Price::Rate(_) => &[],
        });
        if let Some(unnamed) = tiers.into_iter().find(|tier| tier.line.is_none()) {
            let span = unnamed.span;
            return self.fail(
                Diagnostic::error(CLAUSE, "a line for each tier needs a name for each tier")
                    .label(span, "this tier has none")
                    .label(charge.name.span, "`by tier` makes each a line")
                    .help("name it at its end: `up to 10 hours : $2 per hour as low \"Low use\"`"),
            );
        }
        if let Some(limit) = body.limits.iter().find(|limit| limit.line.is_none()) {
            let span = limit.span;
            return self.fail(
                Diagnostic::error(CLAUSE, "with a line for each tier, a floor or ceiling is a line of its own")
                    .label(span, "on which line would the difference stand?")
                    .help("name it: `at least $5 as minimum \"Minimum\"`"),
            );
        }
        Some(())
    }

    /// Whether a quantity is a sum over records, times what does not depend on them: then each record can have the
    /// rate of its own time.
    pub(super) fn only_sums(&self, quantity: &Expr) -> bool {
        match &quantity.kind {
            ExprKind::Aggregate(aggregate) => match (&aggregate.function, &aggregate.over) {
                (AggregateFunction::Sum | AggregateFunction::Count, Over::Records) => true,
                (AggregateFunction::Sum, Over::Rows(_)) => {
                    aggregate.argument.as_ref().is_some_and(|value| self.only_sums(value))
                }
                _ => false,
            },
            ExprKind::Meter { meter, .. } => self.summing_meters.contains(meter),
            ExprKind::Negative(value) => self.only_sums(value),
            ExprKind::Arithmetic(Arithmetic::Add | Arithmetic::Subtract, left, right) => {
                self.only_sums(left) && self.only_sums(right)
            }
            ExprKind::Arithmetic(Arithmetic::Multiply, left, right) => {
                (self.only_sums(left) && !counts(right)) || (self.only_sums(right) && !counts(left))
            }
            ExprKind::Arithmetic(Arithmetic::Divide, left, right) => self.only_sums(left) && !counts(right),
            _ => false,
        }
    }
}

/// What a price comes to, times the quantity.
fn price_dimension(price: &Price, quantity: &Dimension) -> Dimension {
    let rate = match price {
        Price::Rate(rate) => Some(rate),
        Price::Graduated(tiers) | Price::Volume(tiers) => tiers.tiers.first().map(|tier| &tier.rate),
    };
    let of = |expr: &Expr| match &expr.ty {
        Type::Number(of) => of.clone(),
        _ => Dimension::none(),
    };
    match rate {
        Some(Rate::PerUnit(rate)) if quantity.is_none() => of(rate).times(&super::literals::each_dimension()),
        Some(Rate::PerUnit(rate)) => of(rate).times(quantity),
        Some(Rate::PerStarted { amount, .. } | Rate::Flat(amount)) => of(amount),
        None => Dimension::none(),
    }
}

/// Where a value takes the lines of a bill.
pub(super) fn of_totals(expr: &Expr) -> Option<Span> {
    match &expr.kind {
        ExprKind::Total(_) => Some(expr.span),
        _ => expr.children().into_iter().find_map(of_totals),
    }
}

/// Whether a price is for blocks, which is no value by itself.
fn is_per_started(rate: &ast::Expr) -> bool {
    match &rate.kind {
        ast::ExprKind::Rate { per, .. } => per.started,
        ast::ExprKind::Literal(ast::Literal { kind: ast::LiteralKind::Rate(_, per), .. }) => per.started,
        _ => false,
    }
}

/// Whether a value depends on records.
fn counts(expr: &Expr) -> bool {
    let here = matches!(expr.kind, ExprKind::Aggregate(_) | ExprKind::Meter { .. } | ExprKind::Total(_));
    here || expr.children().into_iter().any(counts)
}

fn quantities(clauses: &[ChargeClause]) -> Vec<&ast::Expr> {
    let mut found = Vec::new();
    for clause in clauses {
        match clause {
            ChargeClause::Quantity(quantity) => found.push(quantity),
            ChargeClause::Part { body, .. } => found.extend(quantities(body)),
            _ => {}
        }
    }
    found
}
