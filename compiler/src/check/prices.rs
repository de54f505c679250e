//! Prices: a rate that fits its quantity, so that their product is money.

use super::literals::each_dimension;
use super::scope::Scope;
use super::{Checker, charges, units, words};
use crate::diagnostic::Diagnostic;
use crate::model::{Dimension, Symbol, Unit};
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind as Form, Per, PriceKind};
use crate::typed::{DatedPrice, Expr, Price, Rate};

/// The quantity that a price is for.
#[derive(Clone, Debug)]
pub(super) struct Priced {
    /// Its dimension.
    pub dimension: Dimension,
    /// How the book counts it.
    pub unit: Option<Unit>,
    /// Where it stands.
    pub span: Span,
}

/// Whether a plain amount of money may be the price of everything that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flat {
    Allowed,
    Refused,
}

/// What is known of a price once it is checked.
pub(super) struct CheckedRate {
    pub rate: Rate,
    /// The unit that the quantity is priced in.
    pub unit: Option<Unit>,
    /// The currency of the product.
    pub currency: Symbol,
}

impl Checker<'_> {
    pub(super) fn price(
        &mut self,
        written: &ast::Price,
        priced: &Priced,
        scope: &Scope,
    ) -> Option<(DatedPrice, Option<Unit>, Symbol)> {
        let since = match &written.since {
            Some(since) => Some(self.since(since)?),
            None => None,
        };
        let (price, unit, currency) = match &written.kind {
            PriceKind::Rate(rate) => {
                let checked = self.rate_for(rate, priced, scope, Flat::Refused)?;
                (Price::Rate(checked.rate), checked.unit, checked.currency)
            }
            PriceKind::Graduated(tiers) => {
                let (tiers, unit, currency) = self.tiers(tiers, priced, scope, Flat::Refused, written.span)?;
                (Price::Graduated(tiers), unit, currency)
            }
            PriceKind::Volume(tiers) => {
                let (tiers, unit, currency) = self.tiers(tiers, priced, scope, Flat::Allowed, written.span)?;
                (Price::Volume(tiers), unit, currency)
            }
        };
        Some((DatedPrice { since, price, span: written.span }, unit, currency))
    }

    /// `from 2026-01-01`
    fn since(&mut self, literal: &ast::Literal) -> Option<jiff::Timestamp> {
        match &literal.kind {
            ast::LiteralKind::Date(date) => self.start_of(*date),
            ast::LiteralKind::Instant(time) => Some(*time),
            _ => self.wrong_type(literal.span, "something else", "a date"),
        }
    }

    /// A rate that makes money of the quantity.
    pub(super) fn rate_for(
        &mut self,
        written: &ast::Expr,
        priced: &Priced,
        scope: &Scope,
        flat: Flat,
    ) -> Option<CheckedRate> {
        if let Form::Rate { value, per } = &written.kind
            && per.started
        {
            return self.per_started(value, per, priced, scope);
        }
        if let Form::Literal(ast::Literal { kind: ast::LiteralKind::Rate(value, per), span }) = &written.kind
            && per.started
        {
            let value = ast::Expr { kind: Form::Literal((**value).clone()), span: *span };
            return self.per_started(&value, per, priced, scope);
        }
        let rate = self.expr(written, scope, None)?;
        let (rate, of) = self.number(rate)?;
        let quantity = if priced.dimension.is_none() { each_dimension() } else { priced.dimension.clone() };
        if let Some(code) = of.times(&quantity).currency() {
            let unit = rate.unit.as_ref().and_then(|unit| self.per_part(unit)).or_else(|| priced.unit.clone());
            return Some(CheckedRate { unit, currency: Symbol::clone(code), rate: Rate::PerUnit(rate) });
        }
        match of.currency() {
            Some(code) if flat == Flat::Allowed => {
                Some(CheckedRate { unit: priced.unit.clone(), currency: Symbol::clone(code), rate: Rate::Flat(rate) })
            }
            Some(_) => self.only_money(&rate, priced),
            None => self.price_mismatch(&rate, &of, priced),
        }
    }

    fn per_started(&mut self, value: &ast::Expr, per: &Per, priced: &Priced, scope: &Scope) -> Option<CheckedRate> {
        let amount = self.expr(value, scope, None)?;
        let (amount, of) = self.number(amount)?;
        let block = self.per(per)?;
        let Some(currency) = of.currency().cloned() else {
            let is = self.expr_words(&amount);
            return self.wrong_type(amount.span, &is, "an amount of money for each block");
        };
        if block.dimension != priced.dimension {
            let counted = words::measure(priced.unit.as_ref(), &priced.dimension);
            return self.fail(
                Diagnostic::error(
                    words::UNITS,
                    format!("the price is per `{}`, but the quantity is counted otherwise", block.name),
                )
                .label(per.span, "counted here")
                .label(priced.span, super::arithmetic::measured(&counted))
                .help(format!("count both in the same unit, such as `per started 100 {}`", units::plural(&counted))),
            );
        }
        let unit = match &per.unit {
            Some(unit) => self.unit(unit),
            None => None,
        };
        Some(CheckedRate { rate: Rate::PerStarted { amount, block: block.factor }, unit, currency })
    }

    /// Money alone, where a rate is needed.
    fn only_money(&mut self, rate: &Expr, priced: &Priced) -> Option<CheckedRate> {
        let written = super::arithmetic::brief(self.sources.text(rate.span));
        let counted = words::measure(priced.unit.as_ref(), &priced.dimension);
        let mend = match priced.dimension.is_none() {
            true => format!("`{written} each`"),
            false => format!("`{written} per {counted}`"),
        };
        self.fail(
            Diagnostic::error(words::UNITS, "the price does not say for how much it is")
                .label(rate.span, "an amount of money alone")
                .label(priced.span, super::arithmetic::measured(&counted))
                .help(format!("say what it is for: {mend}")),
        )
    }

    fn price_mismatch(&mut self, rate: &Expr, of: &Dimension, priced: &Priced) -> Option<CheckedRate> {
        let product = of.times(&priced.dimension);
        let counted = words::measure(priced.unit.as_ref(), &priced.dimension);
        let price = words::measure(rate.unit.as_ref(), of);
        if let Some(each) = self.each_for_unit(of, priced) {
            return self.fail(each.label(rate.span, "a price for each of a plain count"));
        }
        let currency = self.header.as_ref().map(|header| Symbol::clone(&header.currency.code));
        let money_in_rate = of.powers().iter().find_map(|(base, power)| match base {
            crate::model::Base::Currency(code) if *power == 1 => Some(Symbol::clone(code)),
            _ => None,
        });
        if money_in_rate.is_none() {
            return self.fail(
                Diagnostic::error(
                    charges::NOT_MONEY,
                    format!("this comes to {}, not to money", words::dimension(&product)),
                )
                .label(rate.span, super::arithmetic::measured(&price))
                .label(priced.span, super::arithmetic::measured(&counted))
                .help(format!(
                    "multiply by what one costs, a price in `{} per {}`",
                    currency.as_deref().unwrap_or("USD"),
                    words::dimension(&product)
                )),
            );
        }
        let money = Dimension::money(money_in_rate?);
        let missing = money.over(&product);
        self.fail(
            Diagnostic::error(words::UNITS, format!("the price is in `{price}`, but the quantity is in `{counted}`"))
                .label(rate.span, super::arithmetic::measured(&price))
                .label(priced.span, super::arithmetic::measured(&counted))
                .help(format!("the quantity would need a factor in `{}` to fit the price", words::dimension(&missing))),
        )
    }

    /// `$5 each` for a quantity that has a unit.
    fn each_for_unit(&self, of: &Dimension, priced: &Priced) -> Option<Diagnostic> {
        let money = of.times(&each_dimension());
        money.currency()?;
        let counted = words::measure(priced.unit.as_ref(), &priced.dimension);
        Some(
            Diagnostic::error(words::UNITS, format!("`each` prices a plain count, but the quantity is in `{counted}`"))
                .label(priced.span, super::arithmetic::measured(&counted))
                .help(format!("write `per {counted}` in place of `each`")),
        )
    }

    /// The unit after `per` in a rate's words, without its count.
    fn per_part(&self, rate: &Unit) -> Option<Unit> {
        let (_, per) = rate.name.rsplit_once(" per ")?;
        let words = per.split(' ').filter(|word| !word.starts_with(|letter: char| letter.is_ascii_digit()));
        let mut product: Option<Unit> = None;
        for word in words {
            let unit = self.unit_by_word(word)?;
            product = Some(match product {
                None => unit,
                Some(left) => units::product_of(&left, &unit),
            });
        }
        product
    }
}
