//! Tiers: in order, without gap or overlap, and without an end.

use super::prices::{Flat, Priced};
use super::scope::Scope;
use super::{Checker, units, words};
use crate::diagnostic::Diagnostic;
use crate::exact::Rational;
use crate::model::{Symbol, Type, Unit, Value};
use crate::source::Span;
use crate::syntax::ast::{self, Bound};
use crate::typed::{Expr, ExprKind, LineName, Tier, Tiers};

pub(super) const ORDER: &str = "florin::tiers::order";

/// A tier's edge as written and as checked.
struct CheckedEdge {
    bound: Bound,
    value: Expr,
}

impl Checker<'_> {
    /// The tiers of a price, the unit and the currency of the first.
    pub(super) fn tiers(
        &mut self,
        written: &[ast::Tier],
        priced: &Priced,
        scope: &Scope,
        flat: Flat,
        span: Span,
    ) -> Option<(Tiers, Option<Unit>, Symbol)> {
        let (at_zero, rest) = match written.split_first() {
            Some((first, rest)) if is_from_zero(first) => (Some(self.at_zero(first, scope)), rest),
            _ => (None, written),
        };
        let mut edges = Vec::new();
        let mut tiers = Vec::new();
        let mut priced_in = None;
        for tier in rest {
            let edge = self.edge(tier, priced, scope);
            let checked = self.tier(tier, priced, scope, flat);
            if let (Some(edge), Some((tier, unit, currency))) = (edge, checked) {
                priced_in.get_or_insert((unit, currency));
                edges.push(edge);
                tiers.push(tier);
            }
        }
        let at_zero = match at_zero {
            Some(checked) => Some(checked?),
            None => None,
        };
        if tiers.len() != rest.len() {
            return None;
        }
        self.in_order(rest, &edges, priced, span)?;
        let (unit, currency) = priced_in?;
        for (tier, edge) in tiers.iter_mut().zip(edges) {
            if matches!(edge.bound, Bound::UpTo | Bound::Below) {
                tier.upper = Some((edge.value, edge.bound == Bound::UpTo));
            }
        }
        Some((Tiers { at_zero, tiers }, unit, currency))
    }

    /// `from 0 : $10`
    fn at_zero(&mut self, tier: &ast::Tier, scope: &Scope) -> Option<Expr> {
        if let Some(flat) = &tier.flat {
            return self.fail(
                Diagnostic::error(super::charges::CLAUSE, "`from 0` is itself the flat part")
                    .label(flat.span, "a second one")
                    .help("write its whole amount after the colon"),
            );
        }
        let amount = self.expr(&tier.price, scope, None)?;
        self.money_amount(amount)
    }

    /// The expression, if it is an amount of money.
    pub(super) fn money_amount(&mut self, amount: Expr) -> Option<Expr> {
        let (amount, of) = self.number(amount)?;
        if of.currency().is_some() {
            return Some(amount);
        }
        let is = self.expr_words(&amount);
        let written = super::mismatch::brief(self.sources.text(amount.span));
        let code = self.header.as_ref().map_or_else(|| "USD".into(), |header| Symbol::clone(&header.currency.code));
        let help = match (of.is_none(), &amount.kind) {
            (true, ExprKind::Constant(_)) if !written.ends_with('%') => {
                format!("write `{}`", self.with_unit(&written, &code))
            }
            _ => format!("write an amount such as `{}`", self.with_unit("5", &code)),
        };
        self.fail(
            Diagnostic::error(words::TYPES, "an amount of money is needed here")
                .label(amount.span, format!("this is {is}"))
                .help(help),
        )
    }

    fn edge(&mut self, tier: &ast::Tier, priced: &Priced, scope: &Scope) -> Option<CheckedEdge> {
        let value = self.expr(&tier.edge, scope, None)?;
        let (value, of) = self.number(value)?;
        let zero = matches!(&value.kind, ExprKind::Constant(Value::Number(number)) if number.is_zero());
        if of != priced.dimension && !zero {
            let counted = words::measure(priced.unit.as_ref(), &priced.dimension);
            let is = words::measure(value.unit.as_ref(), &of);
            let text = self.sources.text(value.span).to_owned();
            let help = match of.is_none() {
                true => format!("say what it counts: `{text} {}`", units::plural(&counted)),
                false => format!("write the edge in `{}`", units::plural(&counted)),
            };
            return self.fail(
                Diagnostic::error(words::UNITS, "the edge of this tier does not fit the quantity")
                    .label(value.span, super::mismatch::measured(&is))
                    .label(priced.span, super::mismatch::measured(&counted))
                    .help(help),
            );
        }
        Some(CheckedEdge { bound: tier.bound, value })
    }

    fn tier(
        &mut self,
        tier: &ast::Tier,
        priced: &Priced,
        scope: &Scope,
        flat: Flat,
    ) -> Option<(Tier, Option<Unit>, Symbol)> {
        let checked = self.rate_for(&tier.price, priced, scope, flat)?;
        let flat = match &tier.flat {
            Some(flat) => {
                let amount = self.expr(flat, scope, None)?;
                Some(self.money_amount(amount)?)
            }
            None => None,
        };
        let at_most = match &tier.at_most {
            Some(limit) => {
                if let Some(window) = &limit.every {
                    self.not_yet("a tier's ceiling `every ..`", window.span);
                    return None;
                }
                let amount = self.expr(&limit.amount, scope, None)?;
                Some(self.money_amount(amount)?)
            }
            None => None,
        };
        let line = tier.line.as_ref().map(line_name);
        let tier = Tier { upper: None, rate: checked.rate, flat, at_most, line, span: tier.span };
        Some((tier, checked.unit, checked.currency))
    }

    /// Each edge above the one before, and the last tier open, from the edge before it.
    fn in_order(&mut self, written: &[ast::Tier], edges: &[CheckedEdge], priced: &Priced, span: Span) -> Option<()> {
        let Some((last, before)) = edges.split_last() else {
            return self.fail(
                Diagnostic::error(ORDER, "there is no tier for what is used")
                    .label(span, "only what is due without usage")
                    .help("add a tier for all usage: `above 0 : $2 per GB`, with the unit of the quantity"),
            );
        };
        let open = before.iter().position(|edge| !matches!(edge.bound, Bound::UpTo | Bound::Below));
        if let Some(index) = open {
            return self.open_in_the_middle(written, index);
        }
        for (index, edge) in before.iter().enumerate() {
            if let Some(next) = before.get(index + 1) {
                self.upward(edge, next, priced)?;
            } else if index == 0 {
                self.above_zero(edge)?;
            }
        }
        if before.len() > 1 {
            self.above_zero(before.first()?)?;
        }
        match (last.bound, before.last()) {
            (Bound::UpTo | Bound::Below, _) => self.no_end(last),
            (_, Some(before)) => self.joined(before, last, priced),
            (_, None) => self.alone(last),
        }
    }

    fn open_in_the_middle(&mut self, written: &[ast::Tier], index: usize) -> Option<()> {
        let (open, next) = (written.get(index)?.span, written.get(index + 1)?.span);
        self.fail(
            Diagnostic::error(ORDER, "a tier without an end stands before another one")
                .label(open, "this tier takes everything above its edge")
                .label(next, "so nothing is left for this one")
                .help("write the tiers upward, each with `up to`, and only the last one with `above`"),
        )
    }

    fn above_zero(&mut self, first: &CheckedEdge) -> Option<()> {
        match constant(&first.value) {
            Some(edge) if edge.is_negative() => self.fail(
                Diagnostic::error(ORDER, "tiers begin at zero")
                    .label(first.value.span, "this edge lies below zero")
                    .help("leave this tier out: what is below zero is priced by the first tier"),
            ),
            _ => Some(()),
        }
    }

    fn upward(&mut self, edge: &CheckedEdge, next: &CheckedEdge, priced: &Priced) -> Option<()> {
        let (Some(low), Some(high)) = (constant(&edge.value), constant(&next.value)) else { return Some(()) };
        let inclusive = |edge: &CheckedEdge| edge.bound == Bound::UpTo;
        if (low, inclusive(edge)) < (high, inclusive(next)) {
            return Some(());
        }
        let (low, high) = (self.shown(low, priced), self.shown(high, priced));
        self.fail(
            Diagnostic::error(ORDER, "the tiers do not go upward")
                .label(next.value.span, format!("{high} is not above {low}, so nothing falls into this tier"))
                .label(edge.value.span, "the tier before ends here")
                .help("put the tiers in the order of their edges, the lowest first"),
        )
    }

    fn no_end(&mut self, last: &CheckedEdge) -> Option<()> {
        let edge = self.sources.text(last.value.span).to_owned();
        let (counter, mend) = match last.bound {
            Bound::UpTo => (format!("more than {edge} has no price"), format!("above {edge} : PRICE")),
            _ => (format!("{edge} and more has no price"), format!("from {edge} : PRICE")),
        };
        self.fail(
            Diagnostic::error(ORDER, "the tiers end, and nothing is said above them")
                .label(last.value.span, counter)
                .help(format!("add a last tier: `{mend}`")),
        )
    }

    /// The last tier begins where the one before ends.
    fn joined(&mut self, before: &CheckedEdge, last: &CheckedEdge, priced: &Priced) -> Option<()> {
        let wanted = if before.bound == Bound::UpTo { Bound::Above } else { Bound::From };
        let word = if wanted == Bound::Above { "above" } else { "from" };
        let edge = self.sources.text(before.value.span).to_owned();
        let mend = format!("write `{word} {edge}`");
        let order = match (constant(&before.value), constant(&last.value)) {
            (Some(low), Some(high)) => Some(low.cmp(high)),
            _ => self.same_words(&before.value, &last.value).then_some(std::cmp::Ordering::Equal),
        };
        let problem = match order {
            Some(std::cmp::Ordering::Equal) if last.bound == wanted => return Some(()),
            Some(std::cmp::Ordering::Equal) if wanted == Bound::Above => {
                Some(("two tiers overlap", format!("{edge} itself is in both tiers")))
            }
            Some(std::cmp::Ordering::Equal) => {
                Some(("there is a gap between two tiers", format!("{edge} itself is in no tier")))
            }
            Some(std::cmp::Ordering::Less) => {
                let (low, high) = (constant(&before.value)?.clone(), constant(&last.value)?.clone());
                let (low, high) = (self.shown(&low, priced), self.shown(&high, priced));
                Some(("there is a gap between two tiers", format!("what lies between {low} and {high} is in no tier")))
            }
            Some(std::cmp::Ordering::Greater) => {
                let (low, high) = (constant(&last.value)?.clone(), constant(&before.value)?.clone());
                let (low, high) = (self.shown(&low, priced), self.shown(&high, priced));
                Some(("two tiers overlap", format!("what lies between {low} and {high} is in both tiers")))
            }
            None => {
                Some(("nothing says that the last tier begins where the one before ends", "another value".to_owned()))
            }
        };
        let (title, counter) = problem?;
        self.fail(
            Diagnostic::error(ORDER, title)
                .label(last.value.span, counter)
                .label(before.value.span, "the tier before ends here")
                .help(mend),
        )
    }

    /// A single tier takes everything from zero.
    fn alone(&mut self, last: &CheckedEdge) -> Option<()> {
        match constant(&last.value) {
            Some(edge) if edge.is_zero() => Some(()),
            _ => {
                let edge = self.sources.text(last.value.span).to_owned();
                self.fail(
                    Diagnostic::error(ORDER, "the first tier does not begin at zero")
                        .label(last.value.span, format!("what lies below {edge} has no price"))
                        .help(format!("add a tier before it: `up to {edge} : PRICE`")),
                )
            }
        }
    }

    fn same_words(&self, one: &Expr, other: &Expr) -> bool {
        let words = |expr: &Expr| self.sources.text(expr.span).split_whitespace().collect::<Vec<_>>().concat();
        words(one) == words(other)
    }

    fn shown(&self, edge: &Rational, priced: &Priced) -> String {
        let ty = Type::Number(priced.dimension.clone());
        self.value_words(&ty, priced.unit.as_ref(), &Value::Number(edge.clone()))
    }
}

/// A line of its own.
pub(super) fn line_name(written: &ast::AsLine) -> LineName {
    let label = written.label.as_ref().map_or(&written.name.text, |label| &label.text);
    LineName { name: Symbol::clone(&written.name.text), label: Symbol::clone(label) }
}

fn is_from_zero(tier: &ast::Tier) -> bool {
    let number = match &tier.edge.kind {
        ast::ExprKind::Literal(literal) => match &literal.kind {
            ast::LiteralKind::Number(number) | ast::LiteralKind::Quantity(number, _) => Some(&number.value),
            _ => None,
        },
        _ => None,
    };
    tier.bound == Bound::From && number.is_some_and(Rational::is_zero)
}

fn constant(edge: &Expr) -> Option<&Rational> {
    match &edge.kind {
        ExprKind::Constant(Value::Number(number)) => Some(number),
        _ => None,
    }
}
