//! Prices that are not in proportion to the quantity: tiers and started blocks, in integers.
//!
//! The meaning is that of the reference's `price` module; nothing of its arithmetic is used.

use super::prices::places;
use super::sums::common;
use super::tiers::Tiers;
use crate::exact::Rational;
use crate::ir::{Expr, Price, Rate};

/// A price of tiers or blocks, its numbers found.
#[derive(Clone, Debug)]
pub(super) struct CurveShape {
    kind: Kind,
    tiers: Vec<TierShape>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    /// Each unit at the rate of its tier.
    Graduated,
    /// All units at the rate of the tier in which the total lies.
    Volume,
    /// Whole blocks.
    Blocks,
}

#[derive(Clone, Debug)]
struct TierShape {
    upper: Option<Rational>,
    upper_inclusive: bool,
    rate: RateShape,
    flat: Option<Rational>,
    at_most: Option<Rational>,
}

#[derive(Clone, Debug)]
enum RateShape {
    PerUnit(Rational),
    PerStarted { amount: Rational, block: Rational },
    Flat(Rational),
}

/// A curve over a total with a denominator, before the decimal places of money are known.
pub(super) struct Prepared<'c> {
    shape: &'c CurveShape,
    weights: Vec<(usize, Rational)>,
    /// What the total is divided by.
    denominator: i128,
    unit: Option<Rational>,
}

/// A curve over an integer total.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Curve {
    kind: Kind,
    tiers: Vec<Tier>,
    /// The shown quantity of one of the total, or of one block.
    quantity: i128,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Tier {
    lower: i128,
    lower_inclusive: bool,
    upper: Option<i128>,
    upper_inclusive: bool,
    rate: IntegerRate,
    flat: Option<i128>,
    at_most: Option<i128>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum IntegerRate {
    PerUnit(i128),
    PerStarted { amount: i128, block: i128 },
    Flat(i128),
}

impl CurveShape {
    /// Finds the numbers of a price.
    ///
    /// # Errors
    /// Those of `fixed`, and tiers that do not go upward.
    pub(super) fn of(price: &Price, fixed: &impl Fn(&Expr) -> Result<Rational, String>) -> Result<CurveShape, String> {
        let rate = |rate: &Rate| {
            Ok::<RateShape, String>(match rate {
                Rate::PerUnit(amount) => RateShape::PerUnit(fixed(amount)?),
                Rate::PerStarted { amount, block } => {
                    RateShape::PerStarted { amount: fixed(amount)?, block: block.clone() }
                }
                Rate::Flat(amount) => RateShape::Flat(fixed(amount)?),
            })
        };
        let (kind, tiers) = match price {
            Price::Rate(only) => {
                let tier =
                    TierShape { upper: None, upper_inclusive: false, rate: rate(only)?, flat: None, at_most: None };
                return Ok(CurveShape { kind: Kind::Blocks, tiers: vec![tier] });
            }
            Price::Graduated(tiers) => (Kind::Graduated, tiers),
            Price::Volume(tiers) => (Kind::Volume, tiers),
        };
        let mut found: Vec<TierShape> = Vec::new();
        for tier in &tiers.tiers {
            found.push(TierShape {
                upper: tier.upper.as_ref().map(|edge| fixed(&edge.at)).transpose()?,
                upper_inclusive: tier.upper.as_ref().is_some_and(|edge| edge.inclusive),
                rate: rate(&tier.rate)?,
                flat: tier.flat.as_ref().map(fixed).transpose()?,
                at_most: tier.at_most.as_ref().map(fixed).transpose()?,
            });
        }
        Ok(CurveShape { kind, tiers: found })
    }

    /// Whether each tier ends above the one before, and nothing costs nothing: what integers are for.
    fn is_regular(&self) -> bool {
        let zero = Rational::zero();
        let edges: Vec<&Rational> = self.tiers.iter().filter_map(|tier| tier.upper.as_ref()).collect();
        edges.first().is_none_or(|first| **first > zero)
            && edges.iter().zip(edges.iter().skip(1)).all(|(lower, upper)| lower < upper)
    }

    /// Over a total of terms, each an integer times its weight; `unit` is one of what is shown.
    pub(super) fn over(&self, weights: Vec<(usize, Rational)>, unit: Option<&Rational>) -> Option<Prepared<'_>> {
        if !self.is_regular() {
            return None;
        }
        let blocks = self.tiers.iter().filter_map(|tier| match &tier.rate {
            RateShape::PerStarted { block, .. } => Some(block),
            RateShape::PerUnit(_) | RateShape::Flat(_) => None,
        });
        let edges = self.tiers.iter().filter_map(|tier| tier.upper.as_ref());
        let numbers = weights.iter().map(|(_, weight)| weight).chain(edges).chain(blocks);
        let denominator = numbers.map(Rational::denominator_i128).try_fold(1, |all, one| common(all, one?))?;
        Some(Prepared { shape: self, weights, denominator, unit: unit.cloned() })
    }
}

impl Prepared<'_> {
    /// The decimal places that money needs.
    pub(super) fn money_places(&self) -> Option<u8> {
        let tier = |tier: &TierShape| {
            let rate = match &tier.rate {
                RateShape::PerUnit(rate) => rate.checked_div(&Rational::from(self.denominator))?,
                RateShape::PerStarted { amount, .. } | RateShape::Flat(amount) => amount.clone(),
            };
            let others = tier.flat.iter().chain(&tier.at_most).map(places);
            others.chain([places(&rate)]).try_fold(0, |most: u8, one| Some(one?.max(most)))
        };
        self.shape.tiers.iter().map(tier).try_fold(0, |most, one| Some(one?.max(most)))
    }

    /// The decimal places that the shown quantity needs.
    pub(super) fn quantity_places(&self) -> Option<u8> {
        self.unit_quantity().map_or(Some(0), |quantity| places(&quantity))
    }

    /// How much is shown of one of the total, or of one block; none where nothing is.
    fn unit_quantity(&self) -> Option<Rational> {
        let unit = self.unit.as_ref()?;
        let block = match self.shape.tiers.first().map(|tier| &tier.rate) {
            Some(RateShape::PerStarted { block, .. }) if self.shape.kind == Kind::Blocks => Some(block),
            _ => None,
        };
        match block {
            Some(block) => block.checked_div(unit),
            None => Rational::one().checked_div(&Rational::from(self.denominator))?.checked_div(unit),
        }
    }

    /// The weights of the terms, and the curve over their total, money and quantity over powers of ten.
    pub(super) fn integers(self, money_scale: u8, quantity_scale: u8) -> Option<(Vec<(usize, i128)>, Curve)> {
        let denominator = Rational::from(self.denominator);
        let money = Rational::power_of_ten(u32::from(money_scale));
        let whole = |number: &Rational, by: &Rational| (number * by).to_i128();
        let per_unit = money.checked_div(&denominator)?;
        let mut tiers: Vec<Tier> = Vec::new();
        for tier in &self.shape.tiers {
            let rate = match &tier.rate {
                RateShape::PerUnit(rate) => IntegerRate::PerUnit(whole(rate, &per_unit)?),
                RateShape::PerStarted { amount, block } => IntegerRate::PerStarted {
                    amount: whole(amount, &money)?,
                    block: whole(block, &denominator).filter(|block| *block > 0)?,
                },
                RateShape::Flat(amount) => IntegerRate::Flat(whole(amount, &money)?),
            };
            let optional = |number: &Option<Rational>| match number {
                Some(number) => whole(number, &money).map(Some),
                None => Some(None),
            };
            let before = tiers.last();
            tiers.push(Tier {
                lower: before.and_then(|before| before.upper).unwrap_or(0),
                lower_inclusive: before.is_some_and(|before| !before.upper_inclusive),
                upper: match &tier.upper {
                    Some(upper) => Some(whole(upper, &denominator)?),
                    None => None,
                },
                upper_inclusive: tier.upper_inclusive,
                rate,
                flat: optional(&tier.flat)?,
                at_most: optional(&tier.at_most)?,
            });
        }
        let quantity = match self.unit_quantity() {
            Some(quantity) => whole(&quantity, &Rational::power_of_ten(u32::from(quantity_scale)))?,
            None => 0,
        };
        let weights = self.weights.iter().map(|(term, weight)| Some((*term, whole(weight, &denominator)?)));
        let weights = weights.collect::<Option<Vec<(usize, i128)>>>()?;
        Some((weights, Curve { kind: self.shape.kind, tiers, quantity }))
    }
}

impl Curve {
    /// The curve as tiers in 64 bits, and the shown quantity of one of the total. None where a tier is more than a rate,
    /// or a number does not fit.
    pub(super) fn tiers(&self, money_scale: u8) -> Option<(Tiers, i128)> {
        let is_plain = |tier: &Tier| tier.flat.is_none() && tier.at_most.is_none();
        let (last, others) = self.tiers.split_last()?;
        if self.kind != Kind::Graduated || last.upper.is_some() || !self.tiers.iter().all(is_plain) {
            return None;
        }
        let edge = |tier: &Tier| i64::try_from(tier.upper?).ok();
        let rate = |tier: &Tier| match tier.rate {
            IntegerRate::PerUnit(rate) => i64::try_from(rate).ok(),
            IntegerRate::PerStarted { .. } | IntegerRate::Flat(_) => None,
        };
        let edges: Vec<i64> = others.iter().map(edge).collect::<Option<_>>()?;
        let rates: Vec<i64> = self.tiers.iter().map(rate).collect::<Option<_>>()?;
        Some((Tiers::of(&edges, &rates, money_scale)?, self.quantity))
    }

    /// What it costs more, and how much more is shown, when a total grows; none where it does not fit 128 bits, or the
    /// tiers end too early.
    pub(super) fn difference(&self, before: i128, added: i128) -> Option<(i128, i128)> {
        let after = before.checked_add(added)?;
        let counted = match self.kind {
            Kind::Graduated | Kind::Volume => added,
            Kind::Blocks => self.blocks(after)?.checked_sub(self.blocks(before)?)?,
        };
        let quantity = counted.checked_mul(self.quantity)?;
        if let Some(amount) = self.within_a_tier(before, after, added) {
            return Some((amount?, quantity));
        }
        Some((self.cost(after)?.checked_sub(self.cost(before)?)?, quantity))
    }

    /// The commonest case by far: both totals lie inside one graduated tier.
    fn within_a_tier(&self, before: i128, after: i128, added: i128) -> Option<Option<i128>> {
        if self.kind != Kind::Graduated || added < 0 || before < 0 {
            return None;
        }
        let tier = self.tiers.iter().find(|tier| tier.upper.is_none_or(|upper| before <= upper))?;
        let is_inside = (before > tier.lower || (before == 0 && tier.flat.is_none() && tier.lower == 0))
            && tier.upper.is_none_or(|upper| after < upper || (after == upper && tier.upper_inclusive));
        match tier.rate {
            IntegerRate::PerUnit(rate) if is_inside && tier.at_most.is_none() => Some(added.checked_mul(rate)),
            _ => None,
        }
    }

    fn blocks(&self, total: i128) -> Option<i128> {
        match self.tiers.first()?.rate {
            IntegerRate::PerStarted { block, .. } => started(total, block),
            _ => None,
        }
    }

    fn cost(&self, total: i128) -> Option<i128> {
        match self.kind {
            Kind::Graduated => self.graduated(total),
            Kind::Volume => self.volume(total),
            Kind::Blocks => self.tiers.first()?.rate.of(total),
        }
    }

    fn graduated(&self, total: i128) -> Option<i128> {
        let mut cost = 0i128;
        for (at, tier) in self.tiers.iter().enumerate() {
            let part = match at {
                0 if total < 0 => total,
                _ => tier.upper.map_or(total, |upper| upper.min(total)).checked_sub(tier.lower)?.max(0),
            };
            let is_entered = total > tier.lower || (tier.lower_inclusive && total == tier.lower);
            let flat = tier.flat.filter(|_| is_entered);
            if part != 0 || flat.is_some() {
                cost = cost.checked_add(tier.cost(flat, part)?)?;
            }
        }
        Some(cost)
    }

    fn volume(&self, total: i128) -> Option<i128> {
        let holds =
            |tier: &&Tier| tier.upper.is_none_or(|upper| total < upper || (tier.upper_inclusive && total == upper));
        let tier = self.tiers.iter().find(holds)?;
        let flat = tier.flat.filter(|_| total > 0);
        if total == 0 && flat.is_none() { Some(0) } else { tier.cost(flat, total) }
    }
}

impl Tier {
    fn cost(&self, flat: Option<i128>, part: i128) -> Option<i128> {
        let is_due = match self.rate {
            IntegerRate::Flat(_) => part > 0,
            IntegerRate::PerUnit(_) | IntegerRate::PerStarted { .. } => part != 0,
        };
        let rated = if is_due { self.rate.of(part)? } else { 0 };
        let amount = rated.checked_add(flat.unwrap_or(0))?;
        Some(self.at_most.map_or(amount, |most| amount.min(most)))
    }
}

impl IntegerRate {
    fn of(&self, part: i128) -> Option<i128> {
        match self {
            IntegerRate::PerUnit(rate) => part.checked_mul(*rate),
            IntegerRate::PerStarted { amount, block } => started(part, *block)?.checked_mul(*amount),
            IntegerRate::Flat(amount) => Some(*amount),
        }
    }
}

/// How many blocks are started; negative totals mirror.
fn started(total: i128, block: i128) -> Option<i128> {
    let size = total.checked_abs()?;
    let blocks = size / block + i128::from(size % block != 0);
    Some(if total < 0 { -blocks } else { blocks })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rational(text: &str) -> Rational {
        Rational::parse(text).expect("a number")
    }

    /// Of so many edges, the numbers of which have three places.
    fn graduated(edges: usize) -> Curve {
        let tier = |at: usize| TierShape {
            upper: (at < edges).then(|| rational(&format!("{}.125", 10 * (at + 1)))),
            upper_inclusive: at.is_multiple_of(2),
            rate: RateShape::PerUnit(rational(["0.1", "0.0475", "-0.02", "3"][at % 4])),
            flat: None,
            at_most: None,
        };
        let shape = CurveShape { kind: Kind::Graduated, tiers: (0..=edges).map(tier).collect() };
        let prepared = shape.over(vec![(0, rational("0.001"))], None).expect("regular");
        let places = prepared.money_places().expect("few");
        prepared.integers(places, 0).expect("they fit").1
    }

    #[test]
    fn tiers_cost_what_the_curve_says() {
        for edges in [0, 1, 3, 4, 5, 8, 9, 15] {
            let curve = graduated(edges);
            let (tiers, _) = curve.tiers(7).expect("plain");
            let totals = [-20_000, -1, 0, 1, 5_000, 10_124, 10_125, 10_126, 20_125, 45_000, 160_000, 1 << 40];
            for (before, added) in totals.iter().flat_map(|before| totals.map(|added| (*before, added))) {
                let (mut total, mut amount) = ([before], [0]);
                tiers.add_reserved(&[0], &[added], &mut total, &mut amount);
                let expected = curve.difference(before.into(), added.into()).expect("it fits").0;
                assert_eq!(
                    (i128::from(amount[0]), total[0]),
                    (expected, before + added),
                    "{edges}: {before} + {added}"
                );
            }
        }
        assert_eq!(graduated(16).tiers(7), None);
    }
}
