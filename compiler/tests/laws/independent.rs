//! Charges that are sums of what each record costs, computed anew from the records: an evaluator for a tiny part of the
//! language that shares no line with the reference one, over the big fractions of another crate.

use crate::evaluated::{Evaluated, Subject};
use florin_compiler::bill::{Bill, Standing};
use florin_compiler::exact::Rational;
use florin_compiler::ir::{
    AggregateFunction, Arithmetic, Charge, Comparison, Expr, Function, Op, Over, Price, Rate, Stream,
};
use florin_compiler::model::{Record, Value};
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use std::collections::BTreeMap;

/// Law 2, for the charges that it can compute.
pub fn agrees(subject: &Subject<'_>, evaluated: &Evaluated) -> Result<(), String> {
    // A record whose one line has no price is unpriced, and is on its other lines all the same.
    let whole = |bill: &&Bill| !evaluated.withholds(&bill.account);
    for bill in evaluated.bills.values().filter(whole) {
        for (at, charge) in subject.program.charges.iter().enumerate() {
            if subject.is_covered(at) {
                continue;
            }
            if let Some(lines) = lines(subject, evaluated, bill, charge) {
                compare(bill, charge, &lines)?;
            }
        }
    }
    Ok(())
}

type Lines = BTreeMap<Vec<Value>, (BigRational, BigRational)>;

fn compare(bill: &Bill, charge: &Charge, lines: &Lines) -> Result<(), String> {
    let found = bill.lines.iter().filter(|line| line.charge == charge.name);
    let factor = charge.body.quantity_unit.as_ref().map_or_else(Rational::one, |unit| unit.factor.clone());
    let found: BTreeMap<Vec<Value>, (BigRational, BigRational)> = found
        .map(|line| {
            let quantity = line.quantity.as_ref().map_or_else(Rational::zero, |quantity| quantity * &factor);
            (line.keys.iter().map(|key| key.value.clone()).collect(), (big(&quantity), big(&line.exact)))
        })
        .collect();
    if found == *lines {
        return Ok(());
    }
    Err(format!("{} for {}: {found:?} where {lines:?} is right", charge.name, bill.period.name))
}

/// The quantity (zero where there is none) and the money of each combination of keys.
fn lines(subject: &Subject<'_>, evaluated: &Evaluated, bill: &Bill, charge: &Charge) -> Option<Lines> {
    let body = &charge.body;
    let simple = charge.per_period
        && charge.in_plan.is_none()
        && body.overrides.is_empty()
        && !charge.by_tier
        && !charge.unless_zero
        && body.limits.is_empty();
    let stream = subject.program.streams.get(charge.stream?)?;
    let [dated] = body.prices.as_slice() else { return None };
    let Price::Rate(Rate::PerUnit(rate)) = &dated.price else { return None };
    let quantity = body.quantity.as_ref()?;
    if !simple
        || !only_sums(subject, quantity)
        || dated.since.is_some()
        || stream.list.is_some()
        || subject.program.schema.kinds[stream.kind].is_derived()
        || stream.pieces.is_some()
        || !charge.for_each.is_empty()
    {
        return None;
    }
    let Value::Number(rate) = rate.constant()? else { return None };
    let mut lines = Lines::new();
    if charge.keys.is_empty() {
        lines.insert(Vec::new(), (BigRational::zero(), BigRational::zero()));
    }
    let inside = |record: &&Record| {
        record.kind == stream.kind
            && record.account == bill.account
            && bill.period.interval.start <= record.time
            && record.time < bill.period.interval.end
            && evaluated.standings.get(&record.id) == Some(&Standing::Rated)
    };
    for record in subject.case.records.iter().filter(inside) {
        if !admits(subject, record, stream)? {
            continue;
        }
        let keys: Option<Vec<Value>> =
            stream.keys.iter().map(|key| value(subject, record, key.source.as_ref()?)).collect();
        let amount = summed(subject, record, quantity)?;
        let line = lines.entry(keys?).or_default();
        *line = (&line.0 + &amount, &line.1 + &amount * big(rate));
    }
    Some(lines)
}

fn admits(subject: &Subject<'_>, record: &Record, stream: &Stream) -> Option<bool> {
    match &stream.condition {
        None => Some(true),
        Some(condition) => truth(subject, record, condition),
    }
}

fn only_sums(subject: &Subject<'_>, quantity: &Expr) -> bool {
    match &quantity.op {
        Op::Aggregate(at) => {
            subject.program.aggregates.get(*at).is_some_and(|aggregate| {
                matches!(aggregate.function, AggregateFunction::Count | AggregateFunction::Sum)
            })
        }
        Op::Arithmetic(Arithmetic::Add | Arithmetic::Subtract, a, b) => only_sums(subject, a) && only_sums(subject, b),
        _ => false,
    }
}

/// What a record adds to a quantity that is made of sums alone.
fn summed(subject: &Subject<'_>, record: &Record, quantity: &Expr) -> Option<BigRational> {
    match &quantity.op {
        Op::Aggregate(at) => {
            let aggregate = subject.program.aggregates.get(*at)?;
            match (&aggregate.function, &aggregate.over) {
                (AggregateFunction::Count, Over::Stream(_)) => Some(big(&Rational::one())),
                (AggregateFunction::Sum, Over::Stream(_)) => number(subject, record, aggregate.argument.as_ref()?),
                _ => None,
            }
        }
        Op::Arithmetic(Arithmetic::Add, a, b) => Some(summed(subject, record, a)? + summed(subject, record, b)?),
        Op::Arithmetic(Arithmetic::Subtract, a, b) => Some(summed(subject, record, a)? - summed(subject, record, b)?),
        _ => None,
    }
}

fn value(subject: &Subject<'_>, record: &Record, expr: &Expr) -> Option<Value> {
    match &expr.op {
        Op::Constant(value) => Some(value.clone()),
        Op::Field(at) => record.values.get(*at).filter(|value| **value != Value::Absent).cloned(),
        Op::Let(at) => value(subject, record, &subject.program.lets.get(record.kind)?.get(*at)?.value),
        Op::Account => Some(Value::Text(record.account.clone())),
        Op::If(condition, yes, no) => value(subject, record, if truth(subject, record, condition)? { yes } else { no }),
        _ => None,
    }
}

fn number(subject: &Subject<'_>, record: &Record, expr: &Expr) -> Option<BigRational> {
    let of = |expr: &Expr| number(subject, record, expr);
    match &expr.op {
        Op::Arithmetic(operator, a, b) => {
            let (a, b) = (of(a)?, of(b)?);
            match operator {
                Arithmetic::Add => Some(a + b),
                Arithmetic::Subtract => Some(a - b),
                Arithmetic::Multiply => Some(a * b),
                Arithmetic::Divide => (!b.is_zero()).then(|| a / b),
                Arithmetic::Modulo => (!b.is_zero()).then(|| &a - (&a / &b).floor() * &b),
                Arithmetic::Above => Some(if a > b { a - b } else { BigRational::zero() }),
            }
        }
        Op::Negative(a) => of(a).map(|a| -a),
        Op::If(condition, yes, no) => of(if truth(subject, record, condition)? { yes } else { no }),
        Op::Function(function, arguments) => {
            let values: Option<Vec<BigRational>> = arguments.iter().map(of).collect();
            let values = values?;
            match function {
                Function::Min => values.into_iter().min(),
                Function::Max => values.into_iter().max(),
                Function::Abs => values.first().map(Signed::abs),
                Function::Clamp => None,
            }
        }
        _ => match value(subject, record, expr)? {
            Value::Number(number) => Some(big(&number)),
            _ => None,
        },
    }
}

fn truth(subject: &Subject<'_>, record: &Record, expr: &Expr) -> Option<bool> {
    match &expr.op {
        Op::Not(a) => truth(subject, record, a).map(|a| !a),
        Op::And(a, b) => Some(truth(subject, record, a)? && truth(subject, record, b)?),
        Op::Or(a, b) => Some(truth(subject, record, a)? || truth(subject, record, b)?),
        Op::Compare(comparison, a, b) => {
            let ordering = match (number(subject, record, a), number(subject, record, b)) {
                (Some(a), Some(b)) => a.cmp(&b),
                _ => value(subject, record, a)?.cmp(&value(subject, record, b)?),
            };
            Some(match comparison {
                Comparison::Equal => ordering.is_eq(),
                Comparison::NotEqual => ordering.is_ne(),
                Comparison::Less => ordering.is_lt(),
                Comparison::LessOrEqual => ordering.is_le(),
                Comparison::Greater => ordering.is_gt(),
                Comparison::GreaterOrEqual => ordering.is_ge(),
            })
        }
        _ => match value(subject, record, expr)? {
            Value::Boolean(truth) => Some(truth),
            _ => None,
        },
    }
}

fn big(number: &Rational) -> BigRational {
    let (numerator, denominator) = number.fraction();
    BigRational::new(numerator, denominator)
}
