//! What the records of one group cost: its prices by the definitions, found once, as integers.

use super::class::Integers;
use super::curve::{CurveShape, Prepared};
use super::figure::{Figure, MAX_PLACES};
use super::plan::{Native, Tap};
use crate::exact::Rational;
use crate::ir::{Arithmetic, Body, Charge, Price, Rate};
use crate::model::{Interval, Symbol, Value};
use crate::reference::Definitions;

/// Where prices hold: an account, the charge's keys (those of `for each` too) and window.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) definitions: &'a Definitions<'a>,
    pub(super) account: &'a Symbol,
    pub(super) keys: &'a [Value],
    pub(super) interval: Interval,
}

/// The prices of what a charge takes of a stream in one group.
#[derive(Debug)]
pub(super) struct Prices<'p> {
    /// By term of the tap: what one base unit of its sum costs, and how much of the shown quantity it is.
    terms: Vec<TermPrice>,
    curves: Vec<CurvePrice<'p>>,
    has_quantity: bool,
}

#[derive(Debug)]
struct TermPrice {
    /// Zero where a curve prices it.
    money: Rational,
    /// Zero where no quantity is shown, or a curve says it.
    quantity: Rational,
}

/// A price that is not in proportion to the quantity.
#[derive(Debug)]
struct CurvePrice<'p> {
    price: &'p Price,
    /// The terms of its total, each with its factor.
    weights: Vec<(usize, Rational)>,
    shape: CurveShape,
    /// One of the unit in which the quantity is shown.
    unit: Option<Rational>,
}

/// What a record adds to a line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Share {
    pub(super) quantity: Option<Figure>,
    pub(super) amount: Figure,
}

/// The sums of a group before a record, and what it adds to each term, as fractions.
pub(super) struct ExactRecord<'a> {
    pub(super) before: &'a [Rational],
    pub(super) added: &'a [Rational],
    /// Whether the group had no record before.
    pub(super) is_first: bool,
}

impl<'p> Prices<'p> {
    /// The prices that hold at a place.
    ///
    /// # Errors
    /// What is missing for them, in a reader's words.
    pub(super) fn find(
        place: Place<'_>,
        charge: &Charge,
        native: &Native<'p>,
        tap: &Tap<'p>,
    ) -> Result<Prices<'p>, String> {
        let mut rates = Vec::new();
        for piece in &native.pieces {
            rates.push(PiecePrice::find(place, piece.body, piece.is_curve)?);
        }
        // What other streams give is priced elsewhere, but a line has no price without theirs.
        for other in native.taps.iter().filter(|other| other.stream != tap.stream) {
            for term in &other.terms {
                factor(place, &term.factors, term.is_negative)?;
            }
        }
        let mut found = Prices { terms: Vec::new(), curves: Vec::new(), has_quantity: false };
        for (at, term) in tap.terms.iter().enumerate() {
            let weight = factor(place, &term.factors, term.is_negative)?;
            let (Some(piece), Some(rate)) = (native.pieces.get(term.piece), rates.get(term.piece)) else { continue };
            let unit = shown_unit(charge, piece.body);
            found.has_quantity |= unit.is_some();
            let zero = Rational::zero;
            let of_unit = |weight: &Rational| unit.and_then(|unit| weight.checked_div(unit)).unwrap_or_else(zero);
            found.terms.push(match rate {
                PiecePrice::Money => TermPrice { money: weight, quantity: zero() },
                PiecePrice::Rate(rate) => TermPrice { money: &weight * rate, quantity: of_unit(&weight) },
                PiecePrice::Curve(price, shape) => {
                    match found.curves.iter_mut().find(|curve| std::ptr::eq(curve.price, *price)) {
                        Some(curve) => curve.weights.push((at, weight)),
                        None => found.curves.push(CurvePrice {
                            price,
                            weights: vec![(at, weight)],
                            shape: shape.clone(),
                            unit: unit.cloned(),
                        }),
                    }
                    TermPrice { money: zero(), quantity: zero() }
                }
            });
        }
        Ok(found)
    }

    /// What a record adds, whatever its size.
    ///
    /// # Errors
    /// What is missing for a price.
    pub(super) fn exact(&self, place: Place<'_>, record: &ExactRecord<'_>) -> Result<Share, String> {
        let (mut amount, mut quantity) = (Rational::zero(), Rational::zero());
        for (added, price) in record.added.iter().zip(&self.terms) {
            amount = &amount + &(added * &price.money);
            quantity = &quantity + &(added * &price.quantity);
        }
        for curve in &self.curves {
            let total = |values: &[Rational]| {
                let terms = curve.weights.iter().filter_map(|(term, weight)| Some(values.get(*term)? * weight));
                terms.fold(Rational::zero(), |total, one| &total + &one)
            };
            let before = total(record.before);
            let after = &before + &total(record.added);
            let cost = |total: &Rational| {
                place.definitions.cost(place.account, place.keys, place.interval, curve.price, total)
            };
            let known = if record.is_first { Rational::zero() } else { cost(&before)? };
            amount = &amount + &(&cost(&after)? - &known);
            if let Some(unit) = &curve.unit {
                let billed = |total: &Rational| place.definitions.billed(curve.price, total);
                let known = if record.is_first { Rational::zero() } else { billed(&before) };
                let more = &billed(&after) - &known;
                quantity = &quantity + &more.checked_div(unit).unwrap_or_else(Rational::zero);
            }
        }
        let quantity = self.has_quantity.then(|| Figure::long(quantity));
        Ok(Share { quantity, amount: Figure::long(amount) })
    }

    /// The prices as integers, for sums over these denominators, one for each term.
    pub(super) fn as_integers(&self, denominators: &[i128]) -> Option<Integers> {
        let per = |number: &Rational, term: usize| {
            number.checked_div(&Rational::from(denominators.get(term).copied().unwrap_or(1)))
        };
        let all = |of: fn(&TermPrice) -> &Rational| {
            self.terms.iter().enumerate().map(|(at, term)| per(of(term), at)).collect::<Option<Vec<Rational>>>()
        };
        let (money, quantity) = (all(|term| &term.money)?, all(|term| &term.quantity)?);
        let mut totals = Vec::new();
        for curve in &self.curves {
            let weights = curve.weights.iter().map(|(term, weight)| Some((*term, per(weight, *term)?)));
            totals.push((curve, weights.collect::<Option<Vec<(usize, Rational)>>>()?));
        }
        let mut prepared = Vec::new();
        for (curve, weights) in totals {
            prepared.push(curve.shape.over(weights, curve.unit.as_ref())?);
        }
        let money_scale = most(prepared.iter().map(Prepared::money_places).chain(money.iter().map(places)))?;
        let quantity_scale = most(prepared.iter().map(Prepared::quantity_places).chain(quantity.iter().map(places)))?;
        let scaled = |numbers: &[Rational], scale: u8| {
            let power = Rational::power_of_ten(u32::from(scale));
            numbers.iter().map(|number| (number * &power).to_i128()).collect::<Option<Vec<i128>>>()
        };
        let curves = prepared.into_iter().map(|one| one.integers(money_scale, quantity_scale));
        Some(Integers {
            money: scaled(&money, money_scale)?,
            quantity: scaled(&quantity, quantity_scale)?,
            curves: curves.collect::<Option<Vec<_>>>()?,
            money_scale,
            quantity_scale,
            has_quantity: self.has_quantity,
        })
    }
}

/// How a piece is priced.
enum PiecePrice<'p> {
    /// It is money.
    Money,
    Rate(Rational),
    Curve(&'p Price, CurveShape),
}

impl<'p> PiecePrice<'p> {
    fn find(place: Place<'_>, body: &'p Body, is_curve: bool) -> Result<PiecePrice<'p>, String> {
        if body.prices.is_empty() {
            return Ok(PiecePrice::Money);
        }
        let price = place.definitions.price(place.account, place.interval, body)?;
        let fixed = |expr: &crate::ir::Expr| place.definitions.fixed(place.account, place.keys, place.interval, expr);
        match price {
            Price::Rate(Rate::PerUnit(rate)) if !is_curve => Ok(PiecePrice::Rate(fixed(rate)?)),
            price => Ok(PiecePrice::Curve(price, CurveShape::of(price, &fixed)?)),
        }
    }
}

/// The unit in which a line shows how much is billed.
fn shown_unit<'b>(charge: &Charge, body: &'b Body) -> Option<&'b Rational> {
    let is_shown = charge.body.parts.is_empty() && !body.prices.is_empty();
    body.quantity_unit.as_ref().filter(|_| is_shown).map(|unit| &unit.factor)
}

/// What a sum is multiplied by.
fn factor(place: Place<'_>, factors: &[(Arithmetic, &crate::ir::Expr)], is_negative: bool) -> Result<Rational, String> {
    let mut product = if is_negative { -&Rational::one() } else { Rational::one() };
    for (operator, factor) in factors {
        let number = place.definitions.fixed(place.account, place.keys, place.interval, factor)?;
        product = match operator {
            Arithmetic::Divide => product.checked_div(&number).ok_or("it would divide by zero")?,
            _ => &product * &number,
        };
    }
    Ok(product)
}

/// The decimal places of a number, if they are few enough.
pub(super) fn places(number: &Rational) -> Option<u8> {
    number.decimal_places().and_then(|places| u8::try_from(places).ok()).filter(|places| *places <= MAX_PLACES)
}

/// The most places of all; none where one has too many.
fn most(places: impl Iterator<Item = Option<u8>>) -> Option<u8> {
    places.into_iter().try_fold(0, |most, one| Some(one?.max(most)))
}
