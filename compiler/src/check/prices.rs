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

fn is_money(rate: &Expr) -> bool {
    matches!(&rate.ty, crate::model::Type::Number(of) if of.currency().is_some())
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
    pub(super) fn since(&mut self, literal: &ast::Literal) -> Option<jiff::Timestamp> {
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
        if let Some(credit) = self.credit(&of.times(&quantity)) {
            let unit = rate.unit.as_ref().and_then(|unit| self.per_part(unit)).or_else(|| priced.unit.clone());
            return Some(CheckedRate { unit, currency: credit, rate: Rate::PerUnit(rate) });
        }
        if self.credit(&of).is_some() && priced.dimension.is_none() && flat == Flat::Refused {
            return self.only_money(&rate, priced);
        }
        match of.currency() {
            Some(_) if priced.dimension.currency().is_some() && flat == Flat::Refused => {
                self.priced_twice(&rate, priced)
            }
            Some(code) if flat == Flat::Allowed => {
                Some(CheckedRate { unit: priced.unit.clone(), currency: Symbol::clone(code), rate: Rate::Flat(rate) })
            }
            Some(_) => self.only_money(&rate, priced),
            None => self.price_mismatch(&rate, &of, priced),
        }
    }

    /// A declared unit in which a charge may be priced that grants cover.
    pub(super) fn credit(&self, of: &Dimension) -> Option<Symbol> {
        match of.powers() {
            [(crate::model::Base::Declared(name), 1)] if self.crediting => Some(Symbol::clone(name)),
            _ => None,
        }
    }

    fn per_started(&mut self, value: &ast::Expr, per: &Per, priced: &Priced, scope: &Scope) -> Option<CheckedRate> {
        let amount = self.expr(value, scope, None)?;
        let (amount, of) = self.number(amount)?;
        self.odd_per(per, per.span)?;
        let block = self.per(per)?;
        let Some(currency) = of.currency().cloned().or_else(|| self.credit(&of)) else {
            let is = self.expr_words(&amount);
            return self.wrong_type(amount.span, &is, "an amount of money for each block");
        };
        if block.dimension != priced.dimension {
            let counted = words::measure(priced.unit.as_ref(), &priced.dimension);
            return self.fail(
                Diagnostic::error(
                    words::UNITS,
                    format!("the price is for blocks of `{}`, but the quantity is {}", block.name, in_words(&counted)),
                )
                .label(per.span, "blocks of this")
                .label(priced.span, super::mismatch::measured(&counted))
                .help(self.mend_block(&block, priced, &counted)),
            );
        }
        let unit = match &per.unit {
            Some(unit) => self.unit(unit),
            None => None,
        };
        Some(CheckedRate { rate: Rate::PerStarted { amount, block: block.factor }, unit, currency })
    }

    fn mend_block(&self, block: &Unit, priced: &Priced, counted: &str) -> String {
        let bare = block.name.chars().all(|letter| letter.is_ascii_digit() || letter == '_');
        match (priced.dimension.is_none(), bare) {
            (true, _) => {
                "count in blocks of a plain number, such as `per started 100`, or add up what the blocks are made \
                          of"
                .to_owned()
            }
            (false, true) => format!("say of what: `per started {}`", self.with_unit(&block.name, counted)),
            (false, false) => {
                format!("say how many {0} a block has, such as `per started 100 {0}`", units::plural(counted))
            }
        }
    }

    /// A price for what is money already.
    fn priced_twice(&mut self, rate: &Expr, priced: &Priced) -> Option<CheckedRate> {
        let counted = words::measure(priced.unit.as_ref(), &priced.dimension);
        self.fail(
            Diagnostic::error(words::UNITS, "the quantity is money already, and needs no price")
                .label(rate.span, "a second price")
                .label(priced.span, super::mismatch::measured(&counted))
                .help("leave the price out; or make the quantity a count, such as `count()`"),
        )
    }

    /// Money alone, where a rate is needed.
    fn only_money(&mut self, rate: &Expr, priced: &Priced) -> Option<CheckedRate> {
        let written = super::mismatch::brief(self.sources.text(rate.span));
        let counted = words::measure(priced.unit.as_ref(), &priced.dimension);
        let mend = match priced.dimension.is_none() {
            true => format!("`{written} each`"),
            false => format!("`{written} per {counted}`"),
        };
        self.fail(
            Diagnostic::error(words::UNITS, "the price does not say for how much it is")
                .label(
                    rate.span,
                    if self.crediting && !is_money(rate) { "an amount alone" } else { "an amount of money alone" },
                )
                .label(priced.span, super::mismatch::measured(&counted))
                .help(format!("say what it is for: {mend}")),
        )
    }

    fn price_mismatch(&mut self, rate: &Expr, of: &Dimension, priced: &Priced) -> Option<CheckedRate> {
        let product = of.times(&priced.dimension);
        let counted = words::measure(priced.unit.as_ref(), &priced.dimension);
        let price = words::measure(rate.unit.as_ref(), of);
        if priced.dimension.currency().is_some() {
            return self.priced_twice(rate, priced);
        }
        let written = super::mismatch::brief(self.sources.text(rate.span));
        if let Some(each) = self.each_for_unit(of, priced, &written) {
            return self.fail(each.label(rate.span, "a price for each of a plain count"));
        }
        let money_in_rate = of.powers().iter().find_map(|(base, power)| match base {
            crate::model::Base::Currency(code) if *power == 1 => Some(Symbol::clone(code)),
            _ => None,
        });
        let Some(code) = money_in_rate else { return self.not_money(rate, of, priced) };
        let money = Dimension::money(code);
        let help = self.mend_price(rate, priced, &money.over(&product), (&price, &counted));
        self.fail(
            Diagnostic::error(
                words::UNITS,
                format!("the price is {}, but the quantity is {}", in_words(&price), in_words(&counted)),
            )
            .label(rate.span, super::mismatch::measured(&price))
            .label(priced.span, super::mismatch::measured(&counted))
            .help(help),
        )
    }

    /// A price in which no money is.
    fn not_money(&mut self, rate: &Expr, of: &Dimension, priced: &Priced) -> Option<CheckedRate> {
        let product = of.times(&priced.dimension);
        let counted = words::measure(priced.unit.as_ref(), &priced.dimension);
        let price = words::measure(rate.unit.as_ref(), of);
        let is_money = product.is_none();
        let product = self.factor_words(&product, &[&price, &counted]);
        let (product, price) = match *of == each_dimension().inverse() && priced.dimension.is_none() {
            true => (words::PLAIN.to_owned(), words::PLAIN.to_owned()),
            false => (product, price),
        };
        let price = match &rate.unit {
            Some(_) => price,
            None if of.over(&each_dimension().inverse()).is_none() => price,
            None => self.factor_words(of, &[&counted]),
        };
        let code = self.header.as_ref().map_or_else(|| "USD".into(), |header| Symbol::clone(&header.currency.code));
        let written = super::mismatch::brief(self.sources.text(rate.span));
        let bare = of.is_none() && matches!(rate.kind, crate::typed::ExprKind::Constant(_)) && !written.ends_with('%');
        let help = match (bare, priced.dimension.is_none()) {
            (true, true) => format!("write it as money: `{} each`", self.with_unit(&written, &code)),
            (true, false) => format!("write it as money: `{} per {counted}`", self.with_unit(&written, &code)),
            (false, _) if *of == each_dimension().inverse() && priced.dimension.is_none() => {
                let amount = written.strip_suffix("each").unwrap_or(&written).trim_end();
                match amount.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_')) {
                    true => format!("add the currency: `{} each`", self.with_unit(amount, &code)),
                    false => format!("multiply by what one costs, a price in `{code} each`"),
                }
            }
            (false, _) if is_money => match written.split_once(' ').filter(|(amount, rest)| {
                amount.starts_with(|letter: char| letter.is_ascii_digit()) && rest.starts_with("per ")
            }) {
                Some((amount, rest)) => format!("add the currency: `{} {rest}`", self.with_unit(amount, &code)),
                None => format!("multiply by what one costs, an amount in `{code}`"),
            },
            (false, _) => format!("multiply by what one costs, a price in `{code} per {product}`"),
        };
        self.fail(
            Diagnostic::error(
                charges::NOT_MONEY,
                format!("this comes to {}, not to money", super::mismatch::noun(&product)),
            )
            .label(rate.span, super::mismatch::measured(&price))
            .label(priced.span, super::mismatch::measured(&counted))
            .help(help),
        )
    }

    /// Either the price is for the quantity's own unit, or a factor is missing.
    fn mend_price(&self, rate: &Expr, priced: &Priced, missing: &Dimension, (price, counted): (&str, &str)) -> String {
        let written = self.sources.text(rate.span);
        let amount =
            written.split_once(" per ").map(|(amount, _)| amount).filter(|amount| !amount.contains(['\n', '(']));
        let own = match (priced.dimension.is_none(), amount) {
            (true, Some(amount)) => format!("{amount} each"),
            (true, None) => "$0.01 each".to_owned(),
            (false, Some(amount)) => format!("{amount} per {counted}"),
            (false, None) => format!("$0.01 per {counted}"),
        };
        let factor = match missing.powers().iter().all(|(_, power)| *power < 0) {
            true => format!(
                "divide it by a value in `{}`",
                units::plural(&self.factor_words(&missing.inverse(), &[price, counted]))
            ),
            false => {
                format!("multiply it by a value in `{}`", units::plural(&self.factor_words(missing, &[price, counted])))
            }
        };
        match counted.contains(" per ") {
            true => format!("the quantity itself is a rate; {factor}"),
            false => format!("price the quantity as it is counted, such as `{own}`; or {factor}"),
        }
    }

    /// `$5 each` for a quantity that has a unit.
    fn each_for_unit(&self, of: &Dimension, priced: &Priced, written: &str) -> Option<Diagnostic> {
        let money = of.times(&each_dimension());
        money.currency()?;
        let counted = words::measure(priced.unit.as_ref(), &priced.dimension);
        if written.contains(" per ")
            && written.ends_with(|last: char| last.is_ascii_digit() || matches!(last, 'k' | 'M'))
        {
            let title = format!("the price does not say of what, and the quantity is {}", in_words(&counted));
            return Some(
                Diagnostic::error(words::UNITS, title)
                    .label(priced.span, super::mismatch::measured(&counted))
                    .help(format!("write `{written} {}`", units::plural(&counted))),
            );
        }
        Some(
            Diagnostic::error(
                words::UNITS,
                format!("`each` prices a plain count, but the quantity is {}", in_words(&counted)),
            )
            .label(priced.span, super::mismatch::measured(&counted))
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

/// "in `tokens`", "a plain number"
fn in_words(unit: &str) -> String {
    if unit == words::PLAIN { unit.to_owned() } else { format!("in {}", super::mismatch::noun(unit)) }
}
