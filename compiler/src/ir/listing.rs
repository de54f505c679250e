//! The whole program as text, for `florin check --emit ir`.

use super::print::{Names, aggregate_name, of_stream, rounding_name};
use super::text::{grouped, quoted};
use super::{
    Action, Aggregate, AggregateFunction, Body, Case, Charge, Cover, Denominator, Expires, Expr, Gives, Grant,
    IndexedTable, Instants, Key, Limit, Making, Meter, Over, Price, Program, Rate, Rows, Side, StateMachine, Stream,
    Tiers, Trigger, UpTo,
};
use crate::model::{Matching, Symbol, Window};
use std::fmt::{self, Display, Formatter};

impl Display for Program {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        header(self, f)?;
        tables(self, f)?;
        lets(self, f)?;
        derived(self, f)?;
        aggregates(self, f)?;
        meters(self, f)?;
        charges(self, f)?;
        self.grants.iter().try_for_each(|one| grant(self, one, f))?;
        free(self, f)?;
        rules(self, f)
    }
}

fn header(program: &Program, f: &mut Formatter<'_>) -> fmt::Result {
    let header = &program.header;
    let label = header.label.as_ref().map(|label| format!(" {}", quoted(label))).unwrap_or_default();
    writeln!(f, "program {}{label}", header.name)?;
    let (currency, rounding) = (&header.currency, rounding_name(header.rounding));
    writeln!(f, "  {} to {} places, rounded {rounding}", currency.code, currency.places)?;
    writeln!(f, "  a bill per {}, time zone {}", header.period.name, header.timezone)
}

fn tables(program: &Program, f: &mut Formatter<'_>) -> fmt::Result {
    for IndexedTable { table, .. } in &program.tables {
        let key = |key: &crate::model::KeyColumn| match key.matching {
            Matching::Exact => key.name.to_string(),
            Matching::Band => format!("{} in a band", key.name),
            Matching::Prefix => format!("{} by its longest prefix", key.name),
        };
        let dated = table.dated.then(|| "the date".to_owned());
        let keys: Vec<String> = table.keys.iter().map(key).chain(dated).collect();
        let values: Vec<&str> = table.values.iter().map(|value| &*value.name).collect();
        let kind = table.filling.as_ref().and_then(|filling| program.schema.kinds.get(filling.kind));
        let rows = match kind {
            Some(kind) => format!("the records {} as rows", kind.name),
            None => format!("{} rows", grouped(&crate::exact::Rational::from(table.rows.len() as u64), 0)),
        };
        let found = if keys.is_empty() { String::new() } else { format!(", found by {}", keys.join(", ")) };
        writeln!(f, "\ntable {}: {rows} of {}{found}", table.name, values.join(", "))?;
    }
    Ok(())
}

fn lets(program: &Program, f: &mut Formatter<'_>) -> fmt::Result {
    for (at, (kind, lets)) in program.schema.kinds.iter().zip(&program.lets).enumerate() {
        if !lets.is_empty() {
            writeln!(f, "\nin {}", kind.name)?;
        }
        for one in lets {
            let value = Names::of_kind(program, at).expr(&one.value);
            writeln!(f, "  {} = {value}{}", one.name, denominator(&one.value))?;
        }
    }
    Ok(())
}

fn derived(program: &Program, f: &mut Formatter<'_>) -> fmt::Result {
    for one in &program.derived {
        let names = Names::of_kind(program, one.source);
        let source = program.schema.kinds.get(one.source).map_or("?", |kind| &kind.name);
        let condition = one.condition.as_ref().map(|condition| format!(" where {}", names.expr(condition)));
        let keys: Vec<String> =
            one.keys.iter().filter_map(|key| key.source.as_ref()).map(|key| names.expr(key)).collect();
        let keys = if keys.is_empty() { String::new() } else { format!(" by {}", keys.join(", ")) };
        let unused = if one.used { "" } else { "  (no charge takes it)" };
        match &one.making {
            Making::Fold(fold) => {
                let window = fold.window.as_ref().map(|window| format!(" per {}", window.name)).unwrap_or_default();
                let condition = condition.unwrap_or_default();
                writeln!(f, "\nfold {}{keys}{window} of {source}{condition}{unused}", one.name)?;
                machine(fold, &names.in_fold(fold), f)?;
            }
            Making::UntilNext => writeln!(f, "\nuntil next{keys} of {source}{unused}")?,
            Making::Spans(spans) => {
                writeln!(f, "\nspans {}{keys} of {source}{}{unused}", one.name, condition.unwrap_or_default())?;
                let when = |word: &str, condition: &Option<Expr>| {
                    condition.as_ref().map(|condition| format!("  {word} when {}\n", names.expr(condition)))
                };
                let most = |word: &str, seconds: &Option<crate::exact::Rational>| {
                    seconds.as_ref().map(|seconds| format!("  {word} {} seconds\n", grouped(seconds, 0)))
                };
                let lines = [when("starts", &spans.starts), when("ends", &spans.ends)];
                let lengths = [most("at most", &spans.at_most), most("gap", &spans.gap)];
                lines.into_iter().chain(lengths).flatten().try_for_each(|line| write!(f, "{line}"))?;
            }
        }
    }
    Ok(())
}

fn machine(fold: &StateMachine, names: &Names<'_>, f: &mut Formatter<'_>) -> fmt::Result {
    for state in &fold.states {
        let initial = state.initial.as_ref().map_or_else(|| "absent".to_owned(), |initial| names.expr(initial));
        writeln!(f, "  {} begins as {initial}, then {}", state.name, names.expr(&state.next))?;
    }
    for (name, value) in &fold.lets {
        writeln!(f, "  {name} = {}", names.expr(value))?;
    }
    for (name, value) in &fold.yields {
        writeln!(f, "  yields {name} = {}", names.expr(value))?;
    }
    match &fold.forget {
        Some(forget) => writeln!(f, "  forgotten after {}", forget.name),
        None => Ok(()),
    }
}

fn aggregates(program: &Program, f: &mut Formatter<'_>) -> fmt::Result {
    if !program.aggregates.is_empty() {
        writeln!(f)?;
    }
    for (at, node) in program.aggregates.iter().enumerate() {
        let of = Names::of_group(program, &[]).argument(at).map(|argument| format!(" of {argument}"));
        let exact = node.argument.as_ref().map(denominator).unwrap_or_default();
        let unused = if node.used { "" } else { "  (no charge takes it)" };
        let (what, over) = (function(&node.function), over(program, node));
        writeln!(f, "%{at} = {what}{} over {over}{exact}{unused}", of.unwrap_or_default())?;
    }
    Ok(())
}

fn function(function: &AggregateFunction) -> String {
    match function {
        AggregateFunction::Percentile(rank) => format!("percentile {rank}"),
        AggregateFunction::Highest(k) => format!("highest number {k}"),
        other => aggregate_name(other).to_owned(),
    }
}

fn over(program: &Program, node: &Aggregate) -> String {
    match &node.over {
        Over::Stream(at) => program.streams.get(*at).map_or("?".to_owned(), |stream| records(program, *at, stream)),
        Over::Rows(rows) => rows_of(program, rows),
        Over::Instants(Instants { rows, layer }) => {
            let layer = if layer.is_some() { "the k-th unit at " } else { "" };
            format!("{layer}each moment of {}", rows_of(program, rows))
        }
    }
}

fn records(program: &Program, at: usize, stream: &Stream) -> String {
    let names = of_stream(program, at);
    let kind = program.schema.kinds.get(stream.kind);
    let list = stream.list.and_then(|list| kind?.fields.get(list)).map(|list| format!(".{}", list.name));
    let condition = stream.condition.as_ref().map(|condition| format!(" where {}", names.expr(condition)));
    let kind = kind.map_or("?", |kind| &kind.name);
    let keys = grain(&stream.keys, &stream.window, &names);
    let list = list.unwrap_or_default();
    let pieces = stream.pieces.as_ref().map(|seconds| format!(" in pieces of {} seconds", grouped(seconds, 0)));
    format!("{kind}{list}{}{}{keys}", pieces.unwrap_or_default(), condition.unwrap_or_default())
}

fn rows_of(program: &Program, rows: &Rows) -> String {
    let meters: Vec<&str> =
        rows.meters.iter().filter_map(|meter| program.meters.get(*meter)).map(|meter| &*meter.name).collect();
    let every = if rows.every_window { "every " } else { "" };
    let kept: Vec<&str> = rows.matches.iter().filter_map(|(row, _)| rows.keys.get(*row)).map(|name| &**name).collect();
    let kept = if kept.is_empty() { String::new() } else { format!(" with the same {}", kept.join(", ")) };
    format!("{every}{} of {}{kept}", rows.window.name, meters.join(" and "))
}

/// ` by size, region = account.region per day`
fn grain(keys: &[Key], window: &Window, names: &Names<'_>) -> String {
    let key = |key: &Key| {
        let source = key.source.as_ref().map(|source| names.expr(source)).filter(|source| *source != *key.name);
        source.map_or(key.name.to_string(), |source| format!("{} = {source}", key.name))
    };
    let texts: Vec<String> = keys.iter().map(key).collect();
    let by = if texts.is_empty() { String::new() } else { format!(" by {}", texts.join(", ")) };
    format!("{by} per {}", window.name)
}

fn key_names(keys: &[Key]) -> Vec<Symbol> {
    keys.iter().map(|key| key.name.clone()).collect()
}

fn meters(program: &Program, f: &mut Formatter<'_>) -> fmt::Result {
    for Meter { name, keys, window, value, opening, .. } in &program.meters {
        let names = key_names(keys);
        let names = Names::of_group(program, &names).numbered();
        let by = if keys.is_empty() { String::new() } else { format!(" by {}", joined(&key_names(keys))) };
        let value_text = names.expr(value);
        let opening = opening.as_ref().map(|opening| format!(", before the first record {}", names.expr(opening)));
        let opening = opening.unwrap_or_default();
        writeln!(f, "\nmeter {name}{by} per {} = {value_text}{opening}{}", window.name, denominator(value))?;
    }
    Ok(())
}

fn joined(names: &[Symbol]) -> String {
    names.iter().map(|name| &**name).collect::<Vec<_>>().join(", ")
}

fn charges(program: &Program, f: &mut Formatter<'_>) -> fmt::Result {
    for charge in &program.charges {
        let Charge { name, label, keys, for_each, window, fee, .. } = charge;
        let by = if keys.is_empty() { String::new() } else { format!(" by {}", joined(&key_names(keys))) };
        let each =
            if for_each.is_empty() { String::new() } else { format!(" for each {}", joined(&key_names(for_each))) };
        match fee {
            Some(fee) => writeln!(f, "\nfee {name} {}{by} {}", quoted(label), fee_terms(fee))?,
            None => writeln!(f, "\ncharge {name} {}{by} per {}{each}", quoted(label), window.name)?,
        }
        let names: Vec<Symbol> = key_names(keys).into_iter().chain(key_names(for_each)).collect();
        body(&Names::of_group(program, &names).numbered(), &charge.body, "  ", f)?;
        let tiers = charge.by_tier.then_some("a line for each tier");
        let zero = charge.unless_zero.then_some("no line where it is zero");
        for clause in tiers.into_iter().chain(zero) {
            writeln!(f, "  {clause}")?;
        }
    }
    Ok(())
}

/// `every month in advance, prorated by day`
fn fee_terms(fee: &super::Fee) -> String {
    let advance = if fee.in_advance { " in advance" } else { "" };
    let share = match fee.proration {
        None => String::new(),
        Some(super::Proration::Days) => ", prorated by day".to_owned(),
        Some(super::Proration::Seconds(seconds)) => format!(", prorated by {seconds} seconds"),
    };
    format!("every {}{advance}{share}", fee.every.name)
}

fn grant(program: &Program, grant: &Grant, f: &mut Formatter<'_>) -> fmt::Result {
    let names = Names::of_group(program, &[]).numbered();
    let by = if grant.keys.is_empty() { String::new() } else { format!(" by {}", joined(&key_names(&grant.keys))) };
    let unit = if grant.unit.name.is_empty() { String::new() } else { format!(" in {}", grant.unit.name) };
    writeln!(f, "\ngrant {} {}{by}{unit}", grant.name, quoted(&grant.label))?;
    for gives in &grant.gives {
        match gives {
            Gives::Every { amount, window } => writeln!(f, "  gives {} every {}", names.expr(amount), window.name)?,
            Gives::Once { amount, at } => {
                let at = at.as_ref().map_or("the account's first moment".to_owned(), |at| names.expr(at));
                writeln!(f, "  gives {} once at {at}", names.expr(amount))?;
            }
            Gives::ForEach { stream } => {
                let records = program.streams.get(*stream).map(|one| records(program, *stream, one));
                let amount = program.streams.get(*stream).and_then(|one| one.aggregates.first());
                let amount = amount.map(|at| format!("%{at}"));
                writeln!(f, "  gives {} for each {}", amount.unwrap_or_default(), records.unwrap_or_default())?;
            }
            Gives::List { list, .. } => writeln!(f, "  gives each of {}", names.expr(list))?,
        }
    }
    if let Some(costs) = &grant.costs {
        let every = costs.every.as_ref().map(|every| format!(" every {}", every.name)).unwrap_or_default();
        let advance = if costs.in_advance { " in advance" } else { "" };
        writeln!(f, "  costs {}{every}{advance}", names.expr(&costs.amount))?;
    }
    grant.covers.iter().try_for_each(|one| cover(program, one, f))?;
    for one in &grant.order {
        writeln!(f, "  {} {:?} first", if one.highest { "highest" } else { "lowest" }, one.of)?;
    }
    if let Some(priority) = &grant.priority {
        writeln!(f, "  priority {priority}")?;
    }
    match &grant.expires {
        Expires::WithWindow => {}
        Expires::At(at) => writeln!(f, "  expires {}", names.expr(at))?,
        Expires::After(window) => writeln!(f, "  expires after {}", window.name)?,
    }
    if let Some(rolls) = &grant.rolls_over {
        let up_to = rolls.up_to.as_ref().map(|up_to| match up_to {
            UpTo::Share(one) | UpTo::Amount(one) => format!(" up to {}", names.expr(one)),
        });
        let when = rolls.when.as_ref().map(|when| format!(" when {}", names.expr(when)));
        writeln!(f, "  rolls over{}{}", up_to.unwrap_or_default(), when.unwrap_or_default())?;
    }
    if let Some(reload) = &grant.reload {
        let price = reload.price.as_ref().map(|price| format!(" for {}", names.expr(price)));
        let when = reload.when.as_ref().map_or("short".to_owned(), |when| {
            let sign = if when.inclusive { "<=" } else { "<" };
            format!("remaining {sign} {}", names.expr(&when.balance))
        });
        writeln!(f, "  reload {}{} when {when}", names.expr(&reload.amount), price.unwrap_or_default())?;
    }
    if grant.off_the_bill { writeln!(f, "  off the bill") } else { Ok(()) }
}

fn cover(program: &Program, cover: &Cover, f: &mut Formatter<'_>) -> fmt::Result {
    let Some(charge) = program.charges.get(cover.charge) else { return Ok(()) };
    let keys: Vec<Symbol> = key_names(&charge.keys).into_iter().chain(key_names(&charge.for_each)).collect();
    let names = Names::of_group(program, &keys).numbered();
    let how = if cover.pays { "pays" } else { "takes units of" };
    let at = cover.at.as_ref().map(|at| format!(" at {}", names.expr(at)));
    let condition = cover.condition.as_ref().map(|condition| format!(" where {}", names.expr(condition)));
    writeln!(f, "  {how} {}{}{}", charge.name, at.unwrap_or_default(), condition.unwrap_or_default())
}

fn body(names: &Names<'_>, body_: &Body, indent: &str, f: &mut Formatter<'_>) -> fmt::Result {
    if let Some(quantity) = &body_.quantity {
        let unit = body_.quantity_unit.as_ref().filter(|unit| !unit.name.is_empty());
        let unit = unit.map(|unit| format!(", shown in {}", unit.name)).unwrap_or_default();
        writeln!(f, "{indent}quantity {}{unit}{}", names.expr(quantity), denominator(quantity))?;
    }
    for dated in &body_.prices {
        let since = dated.since.map(|since| format!(" from {since}")).unwrap_or_default();
        let as_of = if body_.by_record_time { " as of each record" } else { "" };
        price(names, &dated.price, &format!("{indent}price{since}{as_of}"), indent, f)?;
    }
    if let Some(pooling) = &body_.pooling {
        let how = if body_.shares_by_order() { "in the order of events" } else { "in proportion" };
        writeln!(f, "{indent}tiers pooled over {}, {how}", names.key_name(pooling.key))?;
    }
    for one in &body_.overrides {
        writeln!(f, "{indent}override {}{}", quoted(&one.label), case(names, &one.case))?;
        for dated in &one.prices {
            let since = dated.since.map(|since| format!(" from {since}")).unwrap_or_default();
            price(names, &dated.price, &format!("{indent}  price{since}"), &format!("{indent}  "), f)?;
        }
    }
    for one in &body_.discounts {
        let (taken, name) = (names.expr(one.takes.value()), &one.line.name);
        writeln!(f, "{indent}discount {name} {} takes {taken} off{}", quoted(&one.line.label), case(names, &one.case))?;
    }
    for part in &body_.parts {
        writeln!(f, "{indent}part {} {}", part.name, quoted(&part.label))?;
        body(names, &part.body, &format!("{indent}  "), f)?;
    }
    body_.limits.iter().try_for_each(|one| limit(names, one, indent, f))
}

/// Where a discount or an override holds.
fn case(names: &Names<'_>, case: &Case) -> String {
    let place = case.in_plan.map(|place| match place.phase {
        None => format!(" in plan {}", place.plan),
        Some(phase) => format!(" in phase {phase} of plan {}", place.plan),
    });
    let condition = case.condition.as_ref().map(|condition| format!(" where {}", names.expr(condition)));
    format!("{}{}", place.unwrap_or_default(), condition.unwrap_or_default())
}

fn limit(names: &Names<'_>, limit: &Limit, indent: &str, f: &mut Formatter<'_>) -> fmt::Result {
    let side = match limit.side {
        Side::AtLeast => "at least",
        Side::AtMost => "at most",
    };
    let every = limit.every.as_ref().map(|window| format!(" every {}", window.name));
    let line = limit.line.as_ref().map(|line| format!(" as {} {}", line.name, quoted(&line.label)));
    writeln!(f, "{indent}{side} {}{}{}", names.expr(&limit.amount), every.unwrap_or_default(), line.unwrap_or_default())
}

fn price(names: &Names<'_>, price: &Price, head: &str, indent: &str, f: &mut Formatter<'_>) -> fmt::Result {
    match price {
        Price::Rate(one) => writeln!(f, "{head} {}{}", rate(names, one), denominator(one.expression())),
        Price::Graduated(some) => tiers(names, some, &format!("{head} graduated"), indent, f),
        Price::Volume(some) => tiers(names, some, &format!("{head} by volume"), indent, f),
    }
}

fn tiers(names: &Names<'_>, tiers: &Tiers, head: &str, indent: &str, f: &mut Formatter<'_>) -> fmt::Result {
    writeln!(f, "{head}")?;
    if let Some(at_zero) = &tiers.at_zero {
        writeln!(f, "{indent}  from zero: {}", names.expr(at_zero))?;
    }
    for tier in &tiers.tiers {
        let edge = match &tier.upper {
            Some(edge) if edge.inclusive => format!("up to {}", names.expr(&edge.at)),
            Some(edge) => format!("below {}", names.expr(&edge.at)),
            None => "beyond".to_owned(),
        };
        let flat = tier.flat.as_ref().map(|flat| format!(" plus {}", names.expr(flat))).unwrap_or_default();
        let most = tier.at_most.as_ref().map(|most| format!(", at most {}", names.expr(most))).unwrap_or_default();
        let line = tier.line.as_ref().map(|line| format!(" as {}", line.name)).unwrap_or_default();
        writeln!(f, "{indent}  {edge}: {}{flat}{most}{line}", rate(names, &tier.rate))?;
    }
    Ok(())
}

fn rate(names: &Names<'_>, rate: &Rate) -> String {
    match rate {
        Rate::PerUnit(amount) => names.expr(amount),
        Rate::PerStarted { amount, block } => {
            format!("{} per started {}", names.expr(amount), grouped(block, 0))
        }
        Rate::Flat(amount) => format!("{} in all", names.expr(amount)),
    }
}

fn free(program: &Program, f: &mut Formatter<'_>) -> fmt::Result {
    for free in &program.free {
        let kind = program.schema.kinds.get(free.kind).map_or("?", |kind| &kind.name);
        let names = Names::of_kind(program, free.kind);
        let condition = free.condition.as_ref().map(|condition| format!(" where {}", names.expr(condition)));
        writeln!(f, "\nfree {kind}{}", condition.unwrap_or_default())?;
    }
    Ok(())
}

/// What is known of how finely a number is divided, where it is not whole.
fn denominator(expr: &Expr) -> String {
    match &expr.denominator {
        Denominator::Static(one) if *one == num_bigint::BigInt::from(1) => String::new(),
        Denominator::Static(parts) => format!("  (in 1/{parts})"),
        Denominator::Open => "  (divided when computed)".to_owned(),
    }
}

fn rules(program: &Program, f: &mut Formatter<'_>) -> fmt::Result {
    if !program.rules.is_empty() {
        writeln!(f)?;
    }
    for rule in &program.rules {
        let keys: Vec<Symbol> = rule.keys.iter().map(|key| key.name.clone()).collect();
        let names = Names::of_group(program, &keys);
        let when = match &rule.trigger {
            Trigger::Becomes(condition) => names.expr(condition),
            Trigger::Reaches { value, levels } => {
                let levels: Vec<String> = levels.iter().map(|level| names.expr(level)).collect();
                format!("{} reaches {}", names.expr(value), levels.join(", "))
            }
            Trigger::Each { kind, condition } => {
                let known = program.schema.kinds.get(*kind).map_or("?", |kind| &kind.name);
                let of_kind = Names::of_kind(program, *kind);
                let which = condition.as_ref().map(|condition| format!(" where {}", of_kind.expr(condition)));
                format!("{known}{}", which.unwrap_or_default())
            }
        };
        let then = match &rule.action {
            Action::Invoice(None) => "invoice".to_owned(),
            Action::Invoice(Some(amount)) => format!("invoice {}", names.expr(amount)),
            Action::Notify(message) => format!("notify {}", quoted(message)),
            Action::Hold => "hold".to_owned(),
            Action::Block => "block".to_owned(),
        };
        let grain = grain(&rule.keys, &rule.window, &names);
        writeln!(f, "rule {}{grain} when {when} then {then}", rule.name)?;
    }
    Ok(())
}
