//! Grants: their expressions lowered, and a stream for what is given with each record.

use super::expr::Lowering;
use crate::ir::{self, Program};
use crate::model::{Clock, Step, Window};
use crate::typed;

pub(super) fn grant(program: &mut Program, one: typed::Grant) -> ir::Grant {
    let keys = super::keys(program, one.keys);
    let gives = one.gives.into_iter().map(|gives| self::gives(program, &one.name, gives)).collect();
    let mut lowering = Lowering::new(program, None);
    ir::Grant {
        name: one.name,
        label: one.label,
        docs: one.docs,
        keys,
        unit: one.unit,
        gives,
        costs: one.costs.map(|costs| ir::Costs {
            amount: lowering.expr(costs.amount),
            every: costs.every,
            in_advance: costs.in_advance,
        }),
        covers: one
            .covers
            .into_iter()
            .map(|cover| ir::Cover {
                charge: cover.charge,
                keys: cover.keys,
                units: cover.units,
                pays: cover.pays,
                at: cover.at.map(|at| lowering.expr(at)),
                condition: cover.condition.map(|condition| lowering.expr(condition)),
            })
            .collect(),
        order: one.order,
        priority: one.priority,
        expires: match one.expires {
            typed::Expires::WithWindow => ir::Expires::WithWindow,
            typed::Expires::At(at) => ir::Expires::At(lowering.expr(*at)),
            typed::Expires::After(window) => ir::Expires::After(window),
        },
        rolls_over: one.rolls_over.map(|rolls| ir::RollsOver {
            up_to: rolls.up_to.map(|up_to| match up_to {
                typed::UpTo::Share(share) => ir::UpTo::Share(lowering.expr(share)),
                typed::UpTo::Amount(amount) => ir::UpTo::Amount(lowering.expr(amount)),
            }),
            when: rolls.when.map(|when| lowering.expr(when)),
        }),
        reload: one.reload.map(|reload| ir::Reload {
            amount: lowering.expr(reload.amount),
            price: reload.price.map(|price| lowering.expr(price)),
            when: reload
                .when
                .map(|when| ir::Threshold { balance: lowering.expr(when.balance), inclusive: when.inclusive }),
        }),
        off_the_bill: one.off_the_bill,
        in_plan: one.in_plan,
        span: one.span,
    }
}

fn gives(program: &mut Program, name: &crate::model::Symbol, gives: typed::Gives) -> ir::Gives {
    match gives {
        typed::Gives::Every { amount, window } => {
            ir::Gives::Every { amount: Lowering::new(program, None).expr(amount), window }
        }
        typed::Gives::Once { amount, at } => {
            let mut lowering = Lowering::new(program, None);
            ir::Gives::Once { amount: lowering.expr(amount), at: at.map(|at| lowering.expr(at)) }
        }
        typed::Gives::ForEach { from, amount, keys } => {
            let (span, keys) = (amount.span, super::keys(program, keys));
            let stream = super::stream(program, name, from, &keys, &forever());
            let amount = Lowering::new(program, None).expr(amount);
            Lowering::new(program, Some(stream)).node(ir::Aggregate {
                function: ir::AggregateFunction::Sum,
                argument: Some(amount),
                over: ir::Over::Stream(stream),
                used: true,
                span,
            });
            ir::Gives::ForEach { stream }
        }
        typed::Gives::List { list, amount, from, expires } => {
            ir::Gives::List { list: Lowering::new(program, None).expr(list), amount, from, expires }
        }
    }
}

fn forever() -> Window {
    Window {
        step: Step::Forever,
        count: 1,
        weekday: 1,
        at: Clock::midnight(),
        anchor: None,
        from_first_use: false,
        name: "forever".into(),
    }
}
