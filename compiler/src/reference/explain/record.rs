//! What a record adds to which lines.

use super::super::eval::truth;
use super::super::scope::{Context, RecordHome, Scope};
use super::Explanation;
use super::value::value_step;
use crate::bill::{Rated, Standing};
use crate::ir::text::{grouped, money, quoted};
use crate::ir::{Over, Stream};
use crate::model::{Record, Value};

pub(super) fn explain(context: &Context<'_>, record: &Record, standing: &Standing, rated: &[Rated]) -> Explanation {
    let kind = context.program.schema.kinds.get(record.kind).map_or("?", |kind| &kind.name);
    let (id, account) = (quoted(&record.id), quoted(&record.account));
    let name = format!("record {id}, {kind} of account {account} at {}", record.time);
    let verdict = match standing {
        Standing::Rated => "is rated".to_owned(),
        Standing::Free => "costs nothing, as the book says".to_owned(),
        Standing::Unpriced(reason) => format!("has no price: {reason}"),
    };
    let lines = rated.iter().map(|one| rated_step(context, one));
    let steps = lines.chain(measured(context, record)).collect();
    Explanation::new(format!("{name} {verdict}")).of(steps)
}

fn rated_step(context: &Context<'_>, rated: &Rated) -> Explanation {
    let unit = rated.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
    let quantity = rated.quantity.as_ref().map(|quantity| format!("{}{unit} and ", grouped(quantity, 0)));
    let amount = money(&context.program.header.currency, &rated.amount);
    Explanation::new(format!("line `{}` takes {}{amount} of it", rated.line, quantity.unwrap_or_default()))
}

/// What the streams that take the record measure of it.
fn measured(context: &Context<'_>, record: &Record) -> Vec<Explanation> {
    let streams = context.program.streams.iter().filter(|stream| stream.used && stream.kind == record.kind);
    streams.flat_map(|stream| stream_steps(context, record, stream)).collect()
}

fn stream_steps(context: &Context<'_>, record: &Record, stream: &Stream) -> Vec<Explanation> {
    let home = RecordHome::new(context.program, record);
    let scope = Scope::record(context, &home);
    let items = match stream.list.and_then(|list| record.values.get(list)) {
        Some(Value::List(items)) => items.iter().map(|item| scope.with_item(item)).collect(),
        _ => vec![scope],
    };
    let mut steps = Vec::new();
    for scope in items.iter().take(super::LISTED) {
        if stream.condition.as_ref().is_some_and(|condition| truth(scope, condition) == Ok(false)) {
            continue;
        }
        let nodes = stream.aggregates.iter().filter_map(|at| context.program.aggregates.get(*at));
        let used = nodes.filter(|node| node.used && matches!(node.over, Over::Stream(_)));
        let values = used.filter_map(|node| node.argument.as_ref());
        let parts: Vec<Explanation> = values.map(|argument| value_step(scope, argument, 1)).collect();
        let keys = stream.keys.iter().filter_map(|key| key.source.as_ref()).map(|key| value_step(scope, key, 1));
        steps.push(
            Explanation::new(format!("measured by `{}`", stream.name)).at(stream.span).of(keys.chain(parts).collect()),
        );
    }
    steps
}
