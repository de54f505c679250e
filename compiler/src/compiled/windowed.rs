//! Which charges are computed again only where a record touches them: those whose lines depend on nothing but aggregates
//! of their own window, of which folds can be kept.
//!
//! What is not known here is refused: a construct that comes later follows the definitions until it is looked at.

use super::plan::{changes_in_time, same_window, with_those_they_total};
use crate::ir::{
    Aggregate, AggregateFunction, Body, Charge, Expr, Fold, Instants, Key, Limit, Making, Meter, Op, Over, Part,
    Program, Rows, Stream, Whose,
};
use crate::model::{InPlan, Sharing, Step, Window};
use crate::time::nests_in;

/// Of the charges that no kernel rates, those that may be computed again only where a record touches them.
pub(super) fn may_be_incremental(program: &Program, is_native: &[bool]) -> Vec<bool> {
    let fits_charge = |charge: &Charge| fits_alone(program, charge, Credit::None) || fits_fee(program, charge);
    let fits: Vec<bool> = program.charges.iter().map(fits_charge).collect();
    let may = |at: usize| {
        let only: Vec<bool> = (0..program.charges.len()).map(|other| other == at).collect();
        let needed = with_those_they_total(program, only);
        needed
            .iter()
            .enumerate()
            .all(|(one, needed)| !needed || (fits.get(one) == Some(&true) && !program.is_covered(one)))
    };
    let fits_all = fits_program(program);
    (0..program.charges.len()).map(|at| fits_all && is_native.get(at) != Some(&true) && may(at)).collect()
}

/// Whether a charge depends on nothing but what its own window holds, and grants; in a book whose periods follow each
/// other.
pub(super) fn fits_covered(program: &Program, charge: &Charge) -> bool {
    fits_program(program) && (fits_alone(program, charge, Credit::Covered) || fits_fee(program, charge))
}

/// Whether what is priced in credits is settled too.
#[derive(Clone, Copy, PartialEq)]
enum Credit {
    None,
    Covered,
}

/// Whether periods follow each other and nothing goes on from one to the next.
fn fits_program(program: &Program) -> bool {
    let Program {
        header,
        schema: _,
        sharing,
        lets: _,
        derived,
        lasting: _,
        tables: _,
        calendars: _,
        streams: _,
        aggregates: _,
        meters: _,
        charges,
        order: _,
        plans,
        grants: _,
        free: _,
        rules: _,
        carries,
        tests: _,
    } = program;
    let Sharing { bill_to, pools } = sharing;
    header.period.step != Step::Given
        && bill_to.is_none()
        && pools.is_empty()
        && !carries
        && derived.iter().all(|one| match one.making {
            Making::Fold(_) | Making::Spans(_) | Making::UntilNext => true,
        })
        && charges.iter().all(|charge| charge.longer_limits().next().is_none())
        && plans.iter().all(|plan| plan.currency.as_ref().is_none_or(|own| *own == header.currency))
        && charges.iter().all(|charge| !charge.window.from_first_use)
}

/// Whether a charge depends on nothing but what its own window holds.
fn fits_alone(program: &Program, charge: &Charge, credits: Credit) -> bool {
    let Charge {
        name: _,
        label: _,
        docs: _,
        keys,
        for_each,
        window,
        per_period,
        stream,
        by_tier,
        credit,
        body,
        unless_zero,
        in_plan,
        fee,
        span: _,
    } = charge;
    let is_plain =
        fee.is_none() && is_alone_of_its_name(program, charge) && (credit.is_none() || credits == Credit::Covered);
    let is_cut = is_cut(window) && (*per_period || window.anchor.is_none());
    // A line that is gone stays while another one of the same charge has no price, if that can not be told apart.
    let may_be_gone = *by_tier || *unless_zero || has_named_limit(body) || program.derived.iter().any(|one| one.used);
    let is_told_apart = !keys.is_empty() || *per_period || !may_be_gone;
    let owner = Owner { keys: keys.len() + for_each.len(), window, stream: *stream, in_plan: *in_plan };
    is_plain
        && is_cut
        && is_told_apart
        && owner.fits_stream(program)
        && (stream.is_some() || keys.iter().chain(for_each).all(is_of_meters))
        && fits_body(program, &owner, body)
        && (for_each.is_empty() || body.limits.iter().all(|limit| !has_records(&limit.amount)))
}

/// Whether a fee is known as soon as its period begins: no usage changes it.
fn fits_fee(program: &Program, charge: &Charge) -> bool {
    let Charge { keys, for_each, credit, body, fee, .. } = charge;
    let no_usage = |body: &Body| body.overrides.is_empty() && body.discounts.is_empty();
    let is_of_facts = |key: &Key| key.source.as_ref().is_some_and(is_still);
    fee.is_some()
        && credit.is_none()
        && is_alone_of_its_name(program, charge)
        && keys.iter().all(is_of_facts)
        && for_each.is_empty()
        && no_usage(body)
        && body.parts.iter().all(|part| part.body.parts.is_empty() && no_usage(&part.body))
        && body.expressions().into_iter().all(is_still)
}

/// Whether no other charge, of another plan, has the same lines.
fn is_alone_of_its_name(program: &Program, charge: &Charge) -> bool {
    program.charges.iter().filter(|one| one.name == charge.name).count() == 1
}

/// Whether a window is cut by a rule that holds for all time.
pub(super) fn is_cut(window: &Window) -> bool {
    let Window { step, count: _, weekday: _, at: _, anchor: _, from_first_use, name: _ } = window;
    !from_first_use
        && match step {
            Step::Second | Step::Minute | Step::Hour | Step::Day | Step::Week | Step::Month | Step::Forever => true,
            Step::Given | Step::Term(_) | Step::Phase(_) | Step::Instant => false,
        }
}

fn has_named_limit(body: &Body) -> bool {
    body.limits.iter().any(|limit| limit.line.is_some())
}

/// Whether a key comes from the meters that a declaration is made of.
fn is_of_meters(key: &Key) -> bool {
    let Key { name: _, ty: _, unit: _, source } = key;
    source.is_none()
}

/// Whether an expression takes records itself.
fn has_records(expr: &Expr) -> bool {
    let mut any = false;
    expr.walk(&mut |expr| any |= matches!(expr.op, Op::Aggregate(_)));
    any
}

/// A meter or a charge.
struct Owner<'p> {
    keys: usize,
    window: &'p Window,
    stream: Option<usize>,
    in_plan: Option<InPlan>,
}

impl Owner<'_> {
    /// Whether its stream, if it has one, is grouped as it is.
    fn fits_stream(&self, program: &Program) -> bool {
        let Some(stream) = self.stream else { return true };
        let Some(stream) = program.streams.get(stream) else { return false };
        let Stream {
            name: _,
            kind: _,
            list: _,
            pieces,
            condition: _,
            keys,
            window,
            aggregates: _,
            in_plan,
            used: _,
            span: _,
            shared,
        } = stream;
        // A piece lies in windows that its record does not touch.
        let is_plain = (in_plan.is_none() || *in_plan == self.in_plan) && pieces.is_none() && !shared;
        is_plain && keys.len() == self.keys && is_cut(window) && same_window(window, self.window)
    }

    /// Whether an aggregate goes over its own records, or over rows within its window.
    fn fits_aggregate(&self, program: &Program, at: usize) -> bool {
        let Some(aggregate) = program.aggregates.get(at) else { return false };
        let Aggregate { function, argument, over, used: _, span: _ } = aggregate;
        if !is_fold(function) {
            return false;
        }
        match over {
            Over::Stream(stream) => self.stream == Some(*stream),
            Over::Instants(Instants { rows: _, layer: _ }) => false,
            Over::Rows(rows) => {
                // Without pools all rows are the account's own.
                let Rows { meters, keys, matches, window, every_window, own: _ } = rows;
                let is_mean = matches!(function, AggregateFunction::Average | AggregateFunction::Percentile(_));
                is_cut(window)
                    && nests_in(window, self.window)
                    && (window.anchor.is_none() || same_window(window, self.window))
                    && (!every_window || is_mean)
                    && is_distinct(matches.iter().map(|(row, _)| *row))
                    && is_distinct(matches.iter().map(|(_, outer)| *outer))
                    && meters.iter().all(|meter| {
                        program.meters.get(*meter).is_some_and(|one| {
                            same_window(&one.window, window) && one.keys.len() == keys.len() && fits_meter(program, one)
                        })
                    })
                    && argument.as_ref().is_none_or(|argument| fits_row(program, argument, rows))
            }
        }
    }

    /// Whether an expression in its scope depends on nothing else.
    fn fits(&self, program: &Program, expr: &Expr) -> bool {
        let is_own = match &expr.op {
            Op::Aggregate(at) => self.fits_aggregate(program, *at),
            Op::Meter { meter, keys } => program.meters.get(*meter).is_some_and(|meter| {
                same_window(&meter.window, self.window)
                    && is_distinct(keys.iter().copied())
                    && fits_meter(program, meter)
            }),
            Op::Total(_) => true,
            Op::Constant(_) | Op::Account | Op::Key(_) | Op::ItemField { .. } => true,
            Op::Fact { fact: _, whose } => match whose {
                Whose::Own => true,
                Whose::Payer | Whose::Key(_) => false,
            },
            Op::Negative(_) | Op::Not(_) | Op::Arithmetic(..) | Op::Compare(..) | Op::And(..) | Op::Or(..) => true,
            Op::Otherwise(..) | Op::IsAbsent(_) | Op::InCalendar(..) | Op::If(..) | Op::Match { .. } => true,
            Op::Function(..) | Op::Round { .. } | Op::Lookup { .. } | Op::DateOf(_) | Op::TimeOf(_) => true,
            Op::WindowValue { part: _, shift: _, window, calendar: _ } => is_cut(window),
            Op::Fold(fold) => {
                let Fold { function: _, argument: _, list: _, condition: _ } = &**fold;
                true
            }
            Op::Field(_) | Op::Let(_) | Op::RecordId | Op::RecordTime | Op::RecordKind | Op::Lasting(_) => false,
            Op::Term { .. } | Op::History(_) | Op::Unbilled | Op::Split(_) => false,
            Op::State(_) | Op::FoldLet(_) | Op::StateBefore { .. } => false,
        };
        is_own && expr.children().into_iter().all(|child| self.fits(program, child))
    }
}

/// Whether no number stands twice.
fn is_distinct(numbers: impl Iterator<Item = usize>) -> bool {
    let all: Vec<usize> = numbers.collect();
    all.iter().enumerate().all(|(at, one)| !all.iter().take(at).any(|other| other == one))
}

/// Whether something can be kept of values from which the function follows.
fn is_fold(function: &AggregateFunction) -> bool {
    match function {
        AggregateFunction::Count | AggregateFunction::Sum | AggregateFunction::Max | AggregateFunction::Min => true,
        AggregateFunction::First | AggregateFunction::Last | AggregateFunction::Unique => true,
        AggregateFunction::Average | AggregateFunction::Percentile(_) | AggregateFunction::Highest(_) => true,
        AggregateFunction::Integral | AggregateFunction::Any | AggregateFunction::All => false,
    }
}

/// Whether what stands in a row takes nothing but the meters of the row.
fn fits_row(program: &Program, argument: &Expr, rows: &Rows) -> bool {
    let mut fits = true;
    let owner = Owner { keys: rows.keys.len(), window: &rows.window, stream: None, in_plan: None };
    argument.walk(&mut |expr| {
        fits &= match &expr.op {
            Op::Meter { meter, keys } => rows.meters.contains(meter) && keys.len() == rows.keys.len(),
            Op::Aggregate(_) | Op::Total(_) => false,
            _ => true,
        };
    });
    fits && owner.fits(program, argument)
}

fn fits_meter(program: &Program, meter: &Meter) -> bool {
    let Meter { name: _, keys, window, stream, value, opening, span: _, shared, pools } = meter;
    let owner = Owner { keys: keys.len(), window, stream: *stream, in_plan: None };
    let is_alone = !shared && pools.is_empty();
    is_alone
        && opening.is_none()
        && is_cut(window)
        && owner.fits_stream(program)
        && (stream.is_some() || keys.iter().all(is_of_meters))
        && owner.fits(program, value)
}

/// Whether a body's expressions depend on nothing else, and its rates do not give way to others inside a window where
/// more than sums lies between.
fn fits_body(program: &Program, owner: &Owner<'_>, body: &Body) -> bool {
    let Body {
        number: _,
        quantity,
        quantity_unit: _,
        prices,
        by_record_time,
        pooling,
        parts,
        limits,
        overrides,
        discounts,
    } = body;
    // What a discount takes off several charges stands on one line, and what is pooled changes other lines.
    if !overrides.is_empty() || !discounts.is_empty() || pooling.is_some() {
        return false;
    }
    let expressions = prices.iter().flat_map(|dated| dated.price.expressions());
    let limit_amounts = limits.iter().map(|limit| {
        let Limit { side: _, amount, every, line: _, span: _ } = limit;
        (amount, every)
    });
    let by_stretches = *by_record_time && changes_in_time(program, body);
    let is_of_own = |expr: &Expr| {
        let mut own = true;
        expr.walk(&mut |expr| {
            own &= match &expr.op {
                Op::Meter { meter, .. } => program.meters.get(*meter).is_some_and(|meter| meter.stream.is_some()),
                Op::Aggregate(at) => program.aggregates.get(*at).is_some_and(|one| {
                    let is_sum = matches!(one.function, AggregateFunction::Sum | AggregateFunction::Count);
                    is_sum && matches!(one.over, Over::Stream(_))
                }),
                _ => true,
            };
        });
        own
    };
    quantity.iter().chain(expressions).all(|expr| owner.fits(program, expr))
        && limit_amounts.into_iter().all(|(amount, every)| every.is_none() && owner.fits(program, amount))
        && (!by_stretches || quantity.as_ref().is_none_or(is_of_own))
        && parts.iter().all(|part| {
            let Part { name: _, label: _, body } = part;
            fits_body(program, owner, body)
        })
}

/// Whether an expression says the same whatever is used.
pub(super) fn is_still(expr: &Expr) -> bool {
    let mut still = true;
    expr.walk(&mut |expr| {
        still &= match &expr.op {
            Op::Constant(_) | Op::Account | Op::Key(_) | Op::ItemField { .. } => true,
            Op::Fact { fact: _, whose } => matches!(whose, Whose::Own),
            Op::Negative(_) | Op::Not(_) | Op::Arithmetic(..) | Op::Compare(..) | Op::And(..) | Op::Or(..) => true,
            Op::Otherwise(..) | Op::IsAbsent(_) | Op::InCalendar(..) | Op::If(..) | Op::Match { .. } => true,
            Op::Function(..) | Op::Round { .. } | Op::Lookup { .. } | Op::DateOf(_) | Op::TimeOf(_) => true,
            Op::WindowValue { part: _, shift: _, window, calendar: _ } => {
                matches!(window.step, Step::Second | Step::Minute | Step::Hour | Step::Day | Step::Week | Step::Month)
            }
            Op::Aggregate(_) | Op::Meter { .. } | Op::Total(_) | Op::Fold(_) | Op::Field(_) | Op::Let(_) => false,
            Op::RecordId | Op::RecordTime | Op::RecordKind | Op::Lasting(_) | Op::Term { .. } => false,
            Op::History(_) | Op::Unbilled | Op::Split(_) => false,
            Op::State(_) | Op::FoldLet(_) | Op::StateBefore { .. } => false,
        };
    });
    still
}
