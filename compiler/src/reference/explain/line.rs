//! Why a line costs what it does.

use super::super::discounts;
use super::super::eval::number;
use super::super::evaluation::Evaluation;
use super::super::fees;
use super::super::lines::{KeyLines, Step, joined, lines_after};
use super::super::longer;
use super::super::priced::{charged, priced};
use super::super::scope::{Group, Scope};
use super::Explanation;
use super::price;
use super::value::{inner_steps, shown, value_step};
use crate::bill::{Line, Period};
use crate::exact::Rational;
use crate::ir::print::rounding_name;
use crate::ir::text::{grouped, money, value};
use crate::ir::{Body, Charge, Fee, Limit, Price, Side, Takes};
use crate::source::Span;
use crate::time::window_text;

pub(super) fn explain(evaluation: &Evaluation<'_>, period: &Period, id: &str) -> Option<Explanation> {
    if let Some(discount) = discount_line(evaluation, period, id) {
        return Some(discount);
    }
    let program = evaluation.context.program;
    for (at, charge) in program.charges.iter().enumerate() {
        for lines in &evaluation.charge(at).lines {
            match &lines.lines {
                Ok(some) => {
                    if let Some(line) = some.iter().find(|line| line.id == id) {
                        return Some(priced_line(evaluation, period, (at, charge), lines, line));
                    }
                }
                Err(withheld) if withheld.id == id => {
                    let title = format!("{} for {} has no price: {}", withheld.label, period.name, withheld.missing);
                    return Some(Explanation::new(title).at(charge.span).of(body_steps(
                        evaluation,
                        charge,
                        &charge.body,
                        &lines.combinations,
                    )));
                }
                Err(_) => {}
            }
        }
    }
    None
}

fn priced_line(
    evaluation: &Evaluation<'_>,
    period: &Period,
    (at, charge): (usize, &Charge),
    lines: &KeyLines,
    line: &Line,
) -> Explanation {
    let amount = money(evaluation.currency(), &line.amount);
    let title = format!("{} for {}: {amount}", line.label, period.name);
    if let Some(steps) = own_price_steps(evaluation, charge, lines, line) {
        return Explanation::new(title).at(charge.span).of(steps);
    }
    let is_difference = line.charge != charge.name;
    let mut steps = Vec::new();
    if is_difference {
        steps.push(Explanation::new(format!("the difference that a limit of `{}` makes", charge.name)));
    }
    steps.extend(body_steps(evaluation, charge, &charge.body, &lines.combinations));
    if charge.by_tier && !is_difference {
        let others = other_tiers(&charge.body, line);
        steps.retain(|step| step.span.is_none_or(|span| !others.contains(&span)));
    }
    steps.extend(limit_steps(evaluation, (at, charge), lines));
    if !is_difference {
        steps.extend(rounding_step(evaluation, line));
    }
    Explanation::new(title).at(charge.span).of(steps)
}

/// What stands on a line that a grant covers at a price of its own.
fn own_price_steps(
    evaluation: &Evaluation<'_>,
    charge: &Charge,
    lines: &KeyLines,
    line: &Line,
) -> Option<Vec<Explanation>> {
    let last = line.keys.last().filter(|last| &*last.name == "grant" && line.keys.len() > charge.keys.len())?;
    let program = evaluation.context.program;
    let grant = program.grants.iter().find(|grant| *grant.name == *last.text)?;
    let at = program.charges.iter().position(|one| std::ptr::eq(one, charge))?;
    let scope = Scope::group(evaluation, lines.combinations.first().unwrap_or(&lines.group));
    let unit = line.unit.as_ref().map(|unit| format!(" {}", crate::model::plural(unit))).unwrap_or_default();
    let quantity = line.quantity.as_ref().map(|quantity| format!("{}{unit}", grouped(quantity, 0)));
    let covered = format!("`{}` covers {} of it", grant.name, quantity.unwrap_or_else(|| "nothing".to_owned()));
    let prices = grant.covers_of(at).filter_map(|cover| cover.at.as_ref());
    let price = |rate| Explanation::new(format!("at {}", shown(&scope, rate))).of(inner_steps(&scope, rate, 1));
    let mut steps: Vec<Explanation> = std::iter::once(Explanation::new(covered)).chain(prices.map(price)).collect();
    steps.extend(rounding_step(evaluation, line));
    Some(steps)
}

/// The tiers that are lines of their own beside this one.
fn other_tiers(body: &Body, line: &Line) -> Vec<Span> {
    let own = line.keys.last().map(|key| key.text.as_str());
    let tiers = body.prices.iter().flat_map(|dated| match &dated.price {
        Price::Rate(_) => &[],
        Price::Graduated(tiers) | Price::Volume(tiers) => tiers.tiers.as_slice(),
    });
    let other = tiers.filter(|tier| tier.line.as_ref().is_some_and(|name| Some(&*name.name) != own));
    other.map(|tier| tier.span).collect()
}

/// The quantity and the price, in each combination that the line adds up.
fn body_steps(evaluation: &Evaluation<'_>, charge: &Charge, body: &Body, combinations: &[Group]) -> Vec<Explanation> {
    if !body.parts.is_empty() {
        let part = |part: &crate::ir::Part| {
            let steps = body_steps(evaluation, charge, &part.body, combinations);
            Explanation::new(format!("{}: {}", part.label, comes_to(evaluation, &part.body, combinations))).of(steps)
        };
        return body.parts.iter().map(part).collect();
    }
    if let Some(fee) = &charge.fee {
        return combinations.iter().map(|group| window_step(evaluation, charge, fee, group)).collect();
    }
    if charge.for_each.is_empty() {
        return combinations.iter().flat_map(|group| price::steps(evaluation, body, group)).collect();
    }
    let each = |group: &Group| {
        let one = std::slice::from_ref(group);
        let title = format!("for {}: {}", combination(evaluation, charge, group), comes_to(evaluation, body, one));
        Explanation::new(title).of(price::steps(evaluation, body, group))
    };
    combinations.iter().map(each).collect()
}

/// One window of a fee, or a part of one.
fn window_step(evaluation: &Evaluation<'_>, charge: &Charge, fee: &Fee, group: &Group) -> Explanation {
    let zone = evaluation.context.zone;
    let window = window_text(&fee.every, zone, group.interval);
    let amount = match charged(evaluation, charge, std::slice::from_ref(group)) {
        Ok(priced) => money(evaluation.currency(), &priced.amount),
        Err(missing) => format!("not known: {}", missing.0),
    };
    let share = fees::shown(evaluation, fee, group).map(Explanation::new);
    let steps = price::steps(evaluation, &charge.body, group).into_iter().chain(share).collect();
    Explanation::new(format!("for {window}: {amount}")).of(steps)
}

fn comes_to(evaluation: &Evaluation<'_>, body: &Body, combinations: &[Group]) -> String {
    match priced(evaluation, body, combinations) {
        Ok(priced) => money(evaluation.currency(), &priced.amount),
        Err(missing) => format!("not known: {}", missing.0),
    }
}

/// `long false, share 1`
fn combination(evaluation: &Evaluation<'_>, charge: &Charge, group: &Group) -> String {
    let values = group.keys.iter().skip(charge.keys.len());
    let text = |(key, one): (&crate::ir::Key, _)| {
        format!("{} {}", key.name, value(evaluation.context.program, &key.ty, key.unit.as_ref(), one))
    };
    charge.for_each.iter().zip(values).map(text).collect::<Vec<_>>().join(", ")
}

/// Each floor and ceiling, and whether it changes anything.
fn limit_steps(evaluation: &Evaluation<'_>, (at, charge): (usize, &Charge), lines: &KeyLines) -> Vec<Explanation> {
    let steps = Step::of(charge, evaluation.context.program.is_covered(at));
    let explained = steps.iter().enumerate().filter_map(|(done, step)| match step {
        Step::Limit(limit) => {
            let before = steps.get(..done).unwrap_or_default();
            Some(limit_step(evaluation, (at, charge), lines, limit, before))
        }
        Step::Discount => discount_step(evaluation, charge, lines),
        Step::Net => None,
    });
    explained.collect()
}

/// `10% off $30.00: $3.00, on the line "Launch"`
fn discount_step(evaluation: &Evaluation<'_>, charge: &Charge, lines: &KeyLines) -> Option<Explanation> {
    let amount = charged(evaluation, charge, &lines.combinations).ok()?.amount;
    let (discount, taken) = discounts::taken(evaluation, &charge.body, &lines.group, &amount).ok()??;
    let scope = Scope::group(evaluation, &lines.group);
    let currency = evaluation.currency();
    let value = match (&discount.takes, number(&scope, discount.takes.value())) {
        (Takes::Share(_), Ok(share)) => format!("{}%", &share * &Rational::from(100i64)),
        (takes, _) => shown(&scope, takes.value()),
    };
    let title = format!(
        "{} takes {value} off {}: {}, on a line of its own",
        discount.line.label,
        money(currency, &amount),
        money(currency, &taken)
    );
    Some(Explanation::new(title).at(discount.span).of(inner_steps(&scope, discount.takes.value(), 1)))
}

/// The line of a discount: what it takes off each line that it covers.
fn discount_line(evaluation: &Evaluation<'_>, period: &Period, id: &str) -> Option<Explanation> {
    let (mut found, mut steps): (Option<Line>, Vec<Explanation>) = (None, Vec::new());
    for (at, charge) in evaluation.context.program.charges.iter().enumerate() {
        if !charge.body.discounts.iter().any(|discount| &*discount.line.name == id) {
            continue;
        }
        for lines in &evaluation.charge(at).lines {
            let Some(line) = lines.lines.iter().flatten().find(|line| line.id == id) else { continue };
            found = Some(match &found {
                Some(known) => joined(evaluation, known, line),
                None => line.clone(),
            });
            let own = lines.lines.iter().flatten().next().map_or("", |line| line.label.as_str());
            let step = discount_step(evaluation, charge, lines).into_iter().collect();
            let amount = money(evaluation.currency(), &line.exact);
            steps.push(Explanation::new(format!("{own}: {amount}")).of(step));
        }
    }
    let line = found?;
    let amount = money(evaluation.currency(), &line.amount);
    steps.extend(rounding_step(evaluation, &line));
    Some(Explanation::new(format!("{} for {}: {amount}", line.label, period.name)).of(steps))
}

fn limit_step(
    evaluation: &Evaluation<'_>,
    (at, charge): (usize, &Charge),
    lines: &KeyLines,
    limit: &Limit,
    before: &[Step<'_>],
) -> Explanation {
    let side = match limit.side {
        Side::AtLeast => "at least",
        Side::AtMost => "at most",
    };
    let every = limit.every.as_ref().map(|every| format!(" every {}", every.name)).unwrap_or_default();
    let reach = longer::reach(evaluation, (at, charge), &lines.group, limit, before);
    let amount = lines_after(evaluation, (at, charge), (&lines.group, &lines.combinations), before);
    let currency = evaluation.currency();
    let effect = match (&reach, amount) {
        (Ok(reach), Ok(some)) => {
            let earlier = match reach.earlier(limit) {
                Some(amount) => format!(", with {} on the lines before it", money(currency, amount)),
                None => String::new(),
            };
            let shift = reach.difference(evaluation, limit, &some);
            match (shift.is_zero(), shift.is_negative()) {
                (true, _) => format!("{earlier}, which it is"),
                (false, true) => format!("{earlier}, so {} is taken off it", moved(evaluation, &shift)),
                (false, false) => format!("{earlier}, so {} is added to it", moved(evaluation, &shift)),
            }
        }
        (Err(missing), _) if limit.every.is_some() => format!(", which is not known: {}", missing.0),
        _ => String::new(),
    };
    let group = match (&limit.every, &reach) {
        (Some(_), Ok(reach)) => &reach.of,
        _ => &lines.group,
    };
    let scope = Scope::group(evaluation, group);
    let bound = shown(&scope, &limit.amount);
    Explanation::new(format!("{side} {bound}{every}{effect}")).at(limit.span).of(inner_steps(&scope, &limit.amount, 1))
}

fn moved(evaluation: &Evaluation<'_>, shift: &Rational) -> String {
    money(evaluation.currency(), &shift.abs())
}

pub(super) fn rounding_step(evaluation: &Evaluation<'_>, line: &Line) -> Option<Explanation> {
    let header = &evaluation.context.program.header;
    let [exact, amount] = [&line.exact, &line.amount].map(|one| money(evaluation.currency(), one));
    let rounding = rounding_name(header.rounding);
    let places = evaluation.currency().places;
    (line.exact != line.amount)
        .then(|| Explanation::new(format!("{exact} rounded to {places} places, {rounding} = {amount}")))
}

/// The quantity with the steps that led to it.
pub(super) fn quantity_step(scope: &Scope<'_>, quantity: &crate::ir::Expr) -> Explanation {
    let step = value_step(scope, quantity, 1);
    Explanation { title: format!("quantity: {}", step.title), ..step }
}
