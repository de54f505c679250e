//! How large numbers can get, from the ranges of a batch's columns: the proof by which arithmetic goes unchecked.

use super::Rung;
use super::graph::{Form, Id, Node};
use super::plan::Plan;
use crate::columns::{Batch, Column};

/// The least and the greatest that a number may be. None where 128 bits do not hold it.
type Range = Option<(i128, i128)>;

/// What a mantissa may be on ordinary data, on either side of zero.
const ORDINARY: i64 = 1_000_000_000_000;
/// On the wide rung numbers stay this far within 128 bits, so that no step of a division overflows.
const WIDE: i128 = 1 << 126;

/// The narrowest rung on which nothing of a plan overflows.
pub(super) fn rung(plan: &Plan, mantissas: impl Fn(usize) -> (i64, i64)) -> Rung {
    let mut ranges: Vec<Range> = vec![None; plan.graph.len()];
    let mut rung = Rung::Narrow;
    for (id, node) in plan.graph.nodes() {
        let range = match plan.graph.facts(id).form {
            Form::Number => Reach { plan, ranges: &ranges, mantissas: &mantissas }.number(node),
            Form::Code | Form::Truth => Some((0, 0)),
        };
        if plan.graph.facts(id).form == Form::Number {
            rung = rung.max(holding(range));
        }
        ranges.get_mut(id.0).into_iter().for_each(|place| *place = range);
    }
    rung
}

/// The mantissas of a batch's columns.
pub(super) fn mantissas_of(batch: &Batch) -> impl Fn(usize) -> (i64, i64) + '_ {
    |field| match batch.columns.get(field) {
        Some(Column::Numbers(numbers)) if numbers.least <= numbers.greatest => (numbers.least, numbers.greatest),
        _ => (0, 0),
    }
}

/// The mantissas of ordinary data.
pub(super) fn ordinary(_field: usize) -> (i64, i64) {
    (-ORDINARY, ORDINARY)
}

/// The narrowest rung that holds a range. The least integer of a width stands for an absent one.
fn holding(range: Range) -> Rung {
    match range {
        Some((least, greatest)) if least > i128::from(i64::MIN) && greatest <= i128::from(i64::MAX) => Rung::Narrow,
        Some((least, greatest)) if least >= -WIDE && greatest <= WIDE => Rung::Wide,
        _ => Rung::Checked,
    }
}

/// The ranges of nodes, in order.
struct Reach<'r, F> {
    plan: &'r Plan,
    /// Those of the nodes before.
    ranges: &'r [Range],
    mantissas: &'r F,
}

impl<F: Fn(usize) -> (i64, i64)> Reach<'_, F> {
    fn of(&self, id: Id) -> Range {
        self.ranges.get(id.0).copied().flatten()
    }

    /// The range of a node that is a number.
    fn number(&self, node: &Node) -> Range {
        match node {
            Node::Integer(integer) => Some((*integer, *integer)),
            Node::Column(source) => Some(widened((self.mantissas)(source.field))),
            Node::Count(_) => Some((i128::from(i64::MIN), i128::from(i64::MAX))),
            Node::Add(a, b) => self.corners(*a, *b, |a, b| Some((a.0.checked_add(b.0)?, a.1.checked_add(b.1)?))),
            Node::Subtract(a, b) => self.corners(*a, *b, |a, b| Some((a.0.checked_sub(b.1)?, a.1.checked_sub(b.0)?))),
            Node::Multiply(a, b) => self.corners(*a, *b, product),
            Node::Absolute(a) => {
                let (least, greatest) = self.of(*a)?;
                let most = least.checked_abs()?.max(greatest.checked_abs()?);
                Some((if least <= 0 && greatest >= 0 { 0 } else { least.abs().min(greatest.abs()) }, most))
            }
            Node::Least(a, b) => self.corners(*a, *b, |a, b| Some((a.0.min(b.0), a.1.min(b.1)))),
            Node::Greatest(a, b) => self.corners(*a, *b, |a, b| Some((a.0.max(b.0), a.1.max(b.1)))),
            Node::Modulo(_, divisor) => self.of(*divisor).map(|(least, greatest)| (least.min(0), greatest.max(0))),
            Node::Quotient(_, dividend, divisor) => self.corners(*dividend, *divisor, quotient),
            Node::Choose(cases, otherwise) => {
                cases.iter().map(|(_, value)| *value).chain([*otherwise]).map(|id| self.of(id)).reduce(either)?
            }
            Node::Otherwise(a, b) => either(self.of(*a), self.of(*b)),
            Node::Cell(search, column, _) => {
                let column = self.plan.searches.get(*search)?.columns.get(*column)?;
                Some(widened(column.range))
            }
            Node::Ask { most, .. } => Some((0, i128::from(*most))),
            Node::Absent(_) | Node::Fails(_) => Some((0, 0)),
            Node::Code(_) | Node::Truth(_) | Node::Time | Node::Compare(..) | Node::Not(_) => None,
            Node::And(..) | Node::Or(..) | Node::IsAbsent(_) | Node::Row(..) => None,
            Node::DayStart(_) | Node::Day(_) => None,
        }
    }

    fn corners(&self, a: Id, b: Id, with: impl Fn((i128, i128), (i128, i128)) -> Range) -> Range {
        with(self.of(a)?, self.of(b)?)
    }
}

fn widened((least, greatest): (i64, i64)) -> (i128, i128) {
    (i128::from(least), i128::from(greatest))
}

fn product(a: (i128, i128), b: (i128, i128)) -> Range {
    let corners = [a.0.checked_mul(b.0)?, a.0.checked_mul(b.1)?, a.1.checked_mul(b.0)?, a.1.checked_mul(b.1)?];
    Some((*corners.iter().min()?, *corners.iter().max()?))
}

/// A rounded quotient is at most one further from zero than the dividend over the least divisor.
fn quotient(dividend: (i128, i128), divisor: (i128, i128)) -> Range {
    let most = dividend.0.checked_abs()?.max(dividend.1.checked_abs()?);
    let most = match divisor.0.max(1) {
        least if divisor.0 >= 1 => (most / least).checked_add(1)?,
        _ => most,
    };
    let least = if dividend.0 >= 0 && divisor.0 >= 1 { 0 } else { most.checked_neg()? };
    Some((least, most))
}

fn either(a: Range, b: Range) -> Range {
    let (a, b) = (a?, b?);
    Some((a.0.min(b.0), a.1.max(b.1)))
}
