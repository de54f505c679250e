//! How each charge is rated as records come: what it is of the records that it takes decides how little of it must be
//! computed anew.

use crate::ir::{
    Aggregate, AggregateFunction, Arithmetic, Body, Charge, Denominator, Expr, Instants, Op, Over, Price, Program,
    Rate, Shape,
};
use crate::model::{Step, Window};
use crate::time::nests_in;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Zero};

/// What a record's share in a charge depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// On the record alone: its quantity times a rate that holds for all records of its keys and window.
    Stateless,
    /// On the running total of its keys and window too: tiers, started blocks.
    Running,
    /// On more of the window than a running total: floors and ceilings, meters over meters, the charges before it.
    Windowed,
    /// On the order of events: folds, spans, what grants have left.
    Ordered,
}

impl std::fmt::Display for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Class::Stateless => "stateless",
            Class::Running => "running",
            Class::Windowed => "windowed",
            Class::Ordered => "ordered",
        })
    }
}

/// How a program's charges are rated.
#[derive(Debug)]
pub struct Plan<'p> {
    /// One for each charge.
    pub charges: Vec<ChargePlan<'p>>,
    /// Whether what grants cover is settled as the records come.
    settles: bool,
}

/// How a charge is rated.
#[derive(Debug)]
pub struct ChargePlan<'p> {
    /// What it depends on.
    pub class: Class,
    /// What is computed of each record; none where the definitions are followed.
    pub(super) native: Option<Native<'p>>,
    /// Whether the definitions are followed only where a record touches the charge.
    pub(super) is_incremental: bool,
}

/// A charge as sums of what streams give it, each priced apart.
#[derive(Debug)]
pub(super) struct Native<'p> {
    /// What it takes of which streams, by stream.
    pub(super) taps: Vec<Tap<'p>>,
    /// What is priced apart: its parts, or itself.
    pub(super) pieces: Vec<Piece<'p>>,
    /// Whether every difference that it can ever have is a finite decimal, in money and in its unit.
    pub(super) is_finite: bool,
    /// Whether its prices are the same for all accounts.
    pub(super) is_common: bool,
    /// Whether a line may lose its price by a later record, of other `for each` keys.
    pub(super) may_lose_price: bool,
}

/// What a charge takes of a stream.
#[derive(Debug)]
pub(super) struct Tap<'p> {
    /// The stream.
    pub(super) stream: usize,
    /// For each key of the charge, those of `for each` too, the stream's key that it is.
    pub(super) keys: Vec<usize>,
    /// The terms.
    pub(super) terms: Vec<Term<'p>>,
}

/// A sum of records, times what is the same for all of a group.
#[derive(Debug)]
pub(super) struct Term<'p> {
    /// Which piece it is part of.
    pub(super) piece: usize,
    /// Which aggregate of the stream is summed up; none counts records.
    pub(super) column: Option<usize>,
    /// What it is multiplied by or divided by, in group scope.
    pub(super) factors: Vec<(Arithmetic, &'p Expr)>,
    /// Whether it is taken away.
    pub(super) is_negative: bool,
}

/// What is priced apart.
#[derive(Debug)]
pub(super) struct Piece<'p> {
    /// Its prices.
    pub(super) body: &'p Body,
    /// Whether what a total costs is not in proportion to it.
    pub(super) is_curve: bool,
}

impl ChargePlan<'_> {
    /// The streams of which it is computed natively.
    pub(super) fn streams(&self) -> impl Iterator<Item = usize> {
        self.native.iter().flat_map(|native| native.taps.iter().map(|tap| tap.stream))
    }

    /// Whether every difference that the charge can ever have is a finite decimal.
    pub(super) fn is_finite(&self) -> bool {
        self.native.as_ref().is_some_and(|native| native.is_finite)
    }
}

impl<'p> Plan<'p> {
    /// Of a program.
    #[must_use]
    pub fn of(program: &'p Program) -> Plan<'p> {
        let charges = program.charges.iter().enumerate();
        let mut charges: Vec<ChargePlan<'p>> = charges.map(|(at, charge)| charge_plan(program, at, charge)).collect();
        let is_native: Vec<bool> = charges.iter().map(|charge| charge.native.is_some()).collect();
        let settles = super::settled::settles(program, &is_native);
        let incremental = match settles {
            true => is_native.iter().map(|is_native| !is_native).collect(),
            false => super::windowed::may_be_incremental(program, &is_native),
        };
        charges.iter_mut().zip(incremental).for_each(|(charge, may)| charge.is_incremental = may);
        Plan { charges, settles }
    }

    /// Whether all charges are computed of each record.
    #[must_use]
    pub fn is_native(&self) -> bool {
        self.charges.iter().all(|charge| charge.native.is_some())
    }

    /// Whether what grants cover is settled as the records come, and not from the first one on for each of them.
    #[must_use]
    pub fn settles(&self) -> bool {
        self.settles
    }

    /// Which charges follow the definitions over all records.
    #[must_use]
    pub fn by_definition(&self) -> Vec<bool> {
        self.charges.iter().map(|charge| charge.native.is_none() && !charge.is_incremental).collect()
    }

    /// Which charges follow the definitions only where a record touches them.
    #[must_use]
    pub fn incremental(&self) -> Vec<bool> {
        self.charges.iter().map(|charge| charge.is_incremental).collect()
    }
}

fn charge_plan<'p>(program: &'p Program, at: usize, charge: &'p Charge) -> ChargePlan<'p> {
    if program.is_covered(at) {
        return ChargePlan { class: Class::Ordered, native: None, is_incremental: false };
    }
    match native(program, charge) {
        Some(native) => {
            let is_running = native.pieces.iter().any(|piece| piece.is_curve);
            let class = if is_running { Class::Running } else { Class::Stateless };
            ChargePlan { class, native: Some(native), is_incremental: false }
        }
        None => {
            let is_ordered = is_ordered(program, charge) || charge.body.leaves().into_iter().any(Body::shares_by_order);
            let class = if is_ordered { Class::Ordered } else { Class::Windowed };
            ChargePlan { class, native: None, is_incremental: false }
        }
    }
}

/// Whether a charge takes what is made of records in the order of events, or records of which that is made: what fails
/// there is in no charge at all.
fn is_ordered(program: &Program, charge: &Charge) -> bool {
    let only: Vec<bool> = program.charges.iter().map(|one| std::ptr::eq(one, charge)).collect();
    let streams = streams_of(program, &only);
    let is_ordered = |kind: usize| is_made(program, kind) || is_source(program, kind);
    program.streams.iter().zip(streams).any(|(stream, counts)| counts && is_ordered(stream.kind))
}

/// Whether others are made of the records of a kind.
pub(super) fn is_source(program: &Program, kind: usize) -> bool {
    program.derived.iter().any(|one| one.used && one.source == kind)
}

/// Whether records of a kind are made from others.
fn is_made(program: &Program, kind: usize) -> bool {
    program.schema.kinds.get(kind).is_some_and(crate::model::Kind::is_derived)
}

fn native<'p>(program: &'p Program, charge: &'p Charge) -> Option<Native<'p>> {
    let is_plain = charge.fee.is_none()
        && charge.in_plan.is_none()
        && !charge.by_tier
        && !charge.unless_zero
        && charge.body.discounts.is_empty()
        && charge.body.limits.is_empty();
    let is_cut = |window: &Window| !window.from_first_use && window.step != Step::Given;
    let is_known = is_cut(&charge.window) && is_cut(&program.header.period);
    if !is_plain || !is_known || program.header.period.step == Step::Given {
        return None;
    }
    if charge.keys.is_empty() && charge.per_period && charge.body.quantities().is_empty() {
        return None;
    }
    let bodies: Vec<&Body> = match charge.body.parts.as_slice() {
        [] => vec![&charge.body],
        parts => parts.iter().map(|part| &part.body).collect(),
    };
    let mut native =
        Native { taps: Vec::new(), pieces: Vec::new(), is_finite: true, is_common: true, may_lose_price: false };
    for (piece, body) in bodies.into_iter().enumerate() {
        native.add(program, charge, piece, body)?;
    }
    let is_running = native.pieces.iter().any(|piece| piece.is_curve);
    (native.taps.len() == 1 || (!is_running && !native.taps.is_empty())).then_some(native)
}

impl<'p> Native<'p> {
    fn add(&mut self, program: &'p Program, charge: &'p Charge, piece: usize, body: &'p Body) -> Option<()> {
        if !body.parts.is_empty() || !body.limits.is_empty() || !body.overrides.is_empty() || body.pooling.is_some() {
            return None;
        }
        let mut found = Vec::new();
        linear(program, body.quantity.as_ref()?, &Chain::default(), &mut found)?;
        let is_curve = match body.prices.as_slice() {
            [] => false,
            prices => prices.iter().map(|dated| curve(&dated.price)).collect::<Option<Vec<bool>>>()?.contains(&true),
        };
        if is_curve && !body.prices.iter().all(|dated| is_certain(&dated.price, charge)) {
            return None;
        }
        let prices = body.prices.iter().flat_map(|dated| dated.price.expressions());
        let fixed: Vec<&Expr> =
            prices.chain(found.iter().flat_map(|one| one.factors.iter().map(|(_, factor)| *factor))).collect();
        if !fixed.iter().all(|expr| is_fixed(expr)) || (body.by_record_time && changes_in_time(program, body)) {
            return None;
        }
        self.is_common &= fixed.iter().all(|expr| is_common(expr)) && charge.window.anchor.is_none();
        self.is_finite &= is_finite(program, body, &found);
        self.may_lose_price |= !charge.for_each.is_empty() && !fixed.iter().all(|expr| is_certain_value(expr));
        for one in found {
            let keys = one.keys_of(program, charge)?;
            let term = Term { piece, column: one.column, factors: one.factors, is_negative: one.is_negative };
            match self.taps.iter_mut().find(|tap| tap.stream == one.stream && tap.keys == keys) {
                Some(tap) => tap.terms.push(term),
                None => self.taps.push(Tap { stream: one.stream, keys, terms: vec![term] }),
            }
        }
        self.pieces.push(Piece { body, is_curve });
        Some(())
    }
}

/// Whether a price is not in proportion to the quantity; none where a difference can not be had from a total alone.
fn curve(price: &Price) -> Option<bool> {
    match price {
        Price::Rate(Rate::PerUnit(_)) => Some(false),
        Price::Rate(Rate::PerStarted { .. }) => Some(true),
        // A flat price is due with the line, even of a total of zero.
        Price::Rate(Rate::Flat(_)) => None,
        Price::Graduated(tiers) | Price::Volume(tiers) => tiers.at_zero.is_none().then_some(true),
    }
}

/// Whether tiers have their prices whatever the total, and a line that is always there begins with nothing.
fn is_certain(price: &Price, charge: &Charge) -> bool {
    let begins_with_nothing = match price {
        Price::Rate(_) => true,
        Price::Graduated(tiers) | Price::Volume(tiers) => {
            let first = tiers.tiers.first().and_then(|tier| tier.upper.as_ref());
            first.is_none_or(
                |edge| matches!(edge.at.constant(), Some(crate::model::Value::Number(at)) if at.is_positive()),
            )
        }
    };
    price.expressions().into_iter().all(is_certain_value) && (begins_with_nothing || !charge.keys.is_empty())
}

/// Whether an expression has a value whatever its keys are.
fn is_certain_value(expr: &Expr) -> bool {
    let mut certain = !expr.optional;
    expr.walk(&mut |expr| {
        certain &= match &expr.op {
            Op::Constant(_) | Op::Key(_) | Op::Negative(_) | Op::Not(_) | Op::If(..) | Op::And(..) => true,
            Op::Or(..) | Op::Compare(..) | Op::Function(..) => true,
            Op::Arithmetic(operator, _, _) => !matches!(operator, Arithmetic::Divide | Arithmetic::Modulo),
            _ => false,
        };
    });
    certain
}

/// The way to an aggregate in an expression.
#[derive(Clone, Debug, Default)]
struct Chain<'p> {
    factors: Vec<(Arithmetic, &'p Expr)>,
    is_negative: bool,
    /// For each key of the meter that it stands in, the key in scope.
    meter: Option<(usize, &'p [usize])>,
}

/// A sum that an expression adds.
#[derive(Debug)]
struct Found<'p> {
    stream: usize,
    column: Option<usize>,
    aggregate: usize,
    factors: Vec<(Arithmetic, &'p Expr)>,
    is_negative: bool,
    meter: Option<(usize, &'p [usize])>,
}

/// Collects the sums that an expression adds up; none where it is anything but that.
fn linear<'p>(program: &'p Program, expr: &'p Expr, chain: &Chain<'p>, found: &mut Vec<Found<'p>>) -> Option<()> {
    let multiplied = |operator: Arithmetic, by: &'p Expr| {
        let mut chain = chain.clone();
        chain.factors.push((operator, by));
        chain
    };
    match &expr.op {
        Op::Aggregate(at) => found.push(summed(program, *at, chain)?),
        Op::Meter { meter, keys } if chain.meter.is_none() && !is_level(program, *meter) => {
            let value = &program.meters.get(*meter)?.value;
            linear(program, value, &Chain { meter: Some((*meter, keys)), ..chain.clone() }, found)?;
        }
        Op::Negative(a) => linear(program, a, &Chain { is_negative: !chain.is_negative, ..chain.clone() }, found)?,
        Op::Arithmetic(Arithmetic::Add, a, b) => {
            linear(program, a, chain, found)?;
            linear(program, b, chain, found)?;
        }
        Op::Arithmetic(Arithmetic::Subtract, a, b) => {
            linear(program, a, chain, found)?;
            linear(program, b, &Chain { is_negative: !chain.is_negative, ..chain.clone() }, found)?;
        }
        Op::Arithmetic(Arithmetic::Multiply, a, b) if is_fixed(b) && chain.may_multiply(b) => {
            linear(program, a, &multiplied(Arithmetic::Multiply, b), found)?;
        }
        Op::Arithmetic(Arithmetic::Multiply, a, b) if is_fixed(a) && chain.may_multiply(a) => {
            linear(program, b, &multiplied(Arithmetic::Multiply, a), found)?;
        }
        Op::Arithmetic(Arithmetic::Divide, a, b) if is_fixed(b) && chain.may_multiply(b) => {
            linear(program, a, &multiplied(Arithmetic::Divide, b), found)?;
        }
        _ => return None,
    }
    Some(())
}

/// Whether a meter says what is in force at a moment.
fn is_level(program: &Program, meter: usize) -> bool {
    program.meters.get(meter).is_some_and(|meter| meter.window.step == Step::Instant)
}

impl Chain<'_> {
    /// A factor inside a meter means the meter's keys: only one that names none may be taken out of it.
    fn may_multiply(&self, factor: &Expr) -> bool {
        let mut names_keys = false;
        factor.walk(&mut |expr| names_keys |= matches!(expr.op, Op::Key(_)));
        self.meter.is_none() || !names_keys
    }
}

fn summed<'p>(program: &'p Program, at: usize, chain: &Chain<'p>) -> Option<Found<'p>> {
    let Aggregate { function, over: Over::Stream(stream), .. } = program.aggregates.get(at)? else { return None };
    let columns = &program.streams.get(*stream).filter(|stream| stream.pieces.is_none())?;
    let column = match function {
        AggregateFunction::Sum => Some(columns.aggregates.iter().position(|one| *one == at)?),
        AggregateFunction::Count => None,
        _ => return None,
    };
    let Chain { factors, is_negative, meter } = chain.clone();
    Some(Found { stream: *stream, column, aggregate: at, factors, is_negative, meter })
}

impl Found<'_> {
    /// For each key of a charge the stream's key that it is; none where the groups of the two are not the same.
    fn keys_of(&self, program: &Program, charge: &Charge) -> Option<Vec<usize>> {
        let is_plain = |kind: usize| !is_made(program, kind) && !is_source(program, kind);
        let stream = program
            .streams
            .get(self.stream)
            .filter(|stream| stream.list.is_none() && stream.used && is_plain(stream.kind))?;
        let count = charge.keys.len() + charge.for_each.len();
        let keys: Vec<usize> = match self.meter {
            None => (charge.stream == Some(self.stream)).then(|| (0..count).collect())?,
            Some((meter, scope)) => {
                let meter = program.meters.get(meter).filter(|meter| meter.stream == Some(self.stream))?;
                let place = |key: usize| scope.iter().position(|one| *one == key);
                (charge.stream.is_none() && same_window(&meter.window, &charge.window)).then_some(())?;
                (0..count).map(place).collect::<Option<Vec<usize>>>()?
            }
        };
        let is_whole = stream.keys.len() == count && same_window(&stream.window, &charge.window);
        (is_whole && !stream.window.from_first_use).then_some(keys)
    }
}

pub(super) fn same_window(a: &Window, b: &Window) -> bool {
    nests_in(a, b) && nests_in(b, a) && a.anchor == b.anchor
}

/// Whether an expression is the same for all records of a group.
fn is_fixed(expr: &Expr) -> bool {
    let mut fixed = true;
    expr.walk(&mut |expr| {
        fixed &= !matches!(expr.op, Op::Aggregate(_) | Op::Meter { .. } | Op::Total(_) | Op::Fold(_));
        fixed &= !matches!(expr.op, Op::History(_) | Op::Split(_));
    });
    fixed
}

/// Whether an expression is the same for all accounts.
fn is_common(expr: &Expr) -> bool {
    let mut common = true;
    expr.walk(&mut |expr| {
        common &= match &expr.op {
            Op::Fact { .. } | Op::Account => false,
            Op::WindowValue { window, .. } => window.anchor.is_none(),
            _ => true,
        };
    });
    common
}

/// Whether a body's rates may give way to others inside a window.
pub(super) fn changes_in_time(program: &Program, body: &Body) -> bool {
    let mut changes = body.prices.iter().any(|dated| dated.since.is_some());
    for expr in body.prices.iter().flat_map(|dated| dated.price.expressions()).chain(&body.quantity) {
        expr.walk(&mut |expr| {
            if let Op::Lookup { table, at: None, .. } = expr.op {
                changes |= program.tables.get(table).is_none_or(|table| table.table.dated);
            }
        });
    }
    changes
}

/// Whether what a record adds has finitely many digits, whatever its numbers, in money and in the unit that is shown.
fn is_finite(program: &Program, body: &Body, found: &[Found<'_>]) -> bool {
    let sums = found.iter().all(|one| {
        let argument = program.aggregates.get(one.aggregate).and_then(|aggregate| aggregate.argument.as_ref());
        argument.is_none_or(|argument| is_decimal(&argument.denominator)) && one.factors.iter().all(is_finite_factor)
    });
    let prices = body.prices.iter().flat_map(|dated| dated.price.expressions());
    let unit = body.quantity_unit.as_ref().is_none_or(|unit| is_decimal_number(&unit.factor.fraction().0));
    sums && unit && prices.into_iter().all(is_decimal_value)
}

fn is_finite_factor((operator, factor): &(Arithmetic, &Expr)) -> bool {
    match operator {
        Arithmetic::Multiply => is_decimal_value(factor),
        _ => match factor.constant() {
            Some(crate::model::Value::Number(number)) => is_decimal_number(&number.fraction().0),
            _ => false,
        },
    }
}

/// Whether a number in group scope has finitely many digits. A key may be any number: ten thirds, say.
fn is_decimal_value(expr: &Expr) -> bool {
    let mut decimal = is_decimal(&expr.denominator);
    expr.walk(&mut |expr| decimal &= !(matches!(expr.op, Op::Key(_)) && expr.shape == Shape::Number));
    decimal
}

fn is_decimal(denominator: &Denominator) -> bool {
    matches!(denominator, Denominator::Static(number) if is_decimal_number(number))
}

/// Whether one over it has finitely many digits.
fn is_decimal_number(number: &BigInt) -> bool {
    let mut rest = number.clone();
    if rest.is_zero() {
        return false;
    }
    for prime in [2u8, 5] {
        let prime = BigInt::from(prime);
        while (&rest % &prime).is_zero() {
            rest = rest.div_floor(&prime);
        }
    }
    rest.is_one() || rest == -BigInt::one()
}

/// These charges and those whose totals they take, however far away.
pub(super) fn with_those_they_total(program: &Program, mut charges: Vec<bool>) -> Vec<bool> {
    for at in program.order.iter().rev() {
        let Some(charge) = program.charges.get(*at).filter(|_| charges.get(*at) == Some(&true)) else { continue };
        for expr in charge.body.expressions() {
            expr.walk(&mut |expr| {
                if let Op::Total(taken) = &expr.op {
                    taken.iter().filter_map(|one| charges.get_mut(*one).map(|flag| *flag = true)).for_each(drop);
                }
            });
        }
    }
    charges
}

/// The streams that charges take, those of their meters too.
pub(super) fn streams_of(program: &Program, charges: &[bool]) -> Vec<bool> {
    let mut taken = vec![false; program.streams.len()];
    let mut meters = vec![false; program.meters.len()];
    let mut open: Vec<&Expr> = Vec::new();
    for (charge, _) in program.charges.iter().zip(charges).filter(|(_, counts)| **counts) {
        charge.stream.and_then(|stream| taken.get_mut(stream)).into_iter().for_each(|flag| *flag = true);
        open.extend(charge.body.expressions());
    }
    // Grants, and what is given with each record, follow the definitions.
    for gives in program.grants.iter().flat_map(|grant| &grant.gives) {
        if let crate::ir::Gives::ForEach { stream } = gives {
            taken.get_mut(*stream).into_iter().for_each(|flag| *flag = true);
        }
    }
    let mut found: Vec<usize> = Vec::new();
    while let Some(expr) = open.pop() {
        expr.walk(&mut |expr| match &expr.op {
            Op::Meter { meter, .. } => found.push(*meter),
            Op::History(history) => open.push(&history.argument),
            Op::Split(split) => {
                found.extend(&split.rows.meters);
                open.push(&split.weight);
            }
            Op::Aggregate(at) => match program.aggregates.get(*at).map(|one| (&one.over, &one.argument)) {
                Some((Over::Stream(stream), _)) => {
                    taken.get_mut(*stream).into_iter().for_each(|flag| *flag = true);
                }
                Some((Over::Rows(rows) | Over::Instants(Instants { rows, .. }), argument)) => {
                    found.extend(&rows.meters);
                    open.extend(argument);
                }
                None => {}
            },
            _ => {}
        });
        for at in std::mem::take(&mut found) {
            let (Some(meter), Some(seen)) = (program.meters.get(at), meters.get_mut(at)) else { continue };
            if !std::mem::replace(seen, true) {
                meter.stream.and_then(|stream| taken.get_mut(stream)).into_iter().for_each(|flag| *flag = true);
                open.push(&meter.value);
                open.extend(&meter.opening);
            }
        }
    }
    taken
}
