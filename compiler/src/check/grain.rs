//! Law 4: values of different grains do not mix, and the message names the aggregate that is missing.

use super::scope::{Certain, Grain, Group, Place, Scope};
use super::{Checker, literals, words};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::Name;
use crate::time::nests_in;
use crate::typed::{AggregateFunction, Expr, ExprKind, Meter, Over};

pub(super) const MISSING_AGGREGATE: &str = "florin::grain::missing_aggregate";
pub(super) const MIXED: &str = "florin::grain::mixed";
pub(super) const OUT_OF_PLACE: &str = "florin::grain::out_of_place";

impl Checker<'_> {
    /// A meter named alone: its value in this group.
    pub(super) fn meter_value(&mut self, meter: usize, name: &Name, scope: &Scope) -> Option<Expr> {
        let found = self.meters.get(meter)?.clone()?;
        let Grain::Group(group) = &scope.grain else {
            return self.meter_in_record(&found, name);
        };
        if super::instants::is_instant(&found.window) && !super::instants::is_instant(&group.window) {
            return self.level_in_window(&found, group, name.span);
        }
        let keys = self.meter_keys(&found, group, name.span)?;
        self.meter_window(&found, group, name.span)?;
        let certain = matches!(&group.certain, Certain::Meters(known) if known.contains(&meter));
        Some(Expr {
            kind: ExprKind::Meter { meter, keys },
            ty: found.value.ty.clone(),
            unit: found.value.unit.clone(),
            optional: !certain && self.absent_meters.contains(&meter),
            denominator: found.value.denominator.clone(),
            span: name.span,
        })
    }

    fn meter_in_record(&mut self, meter: &Meter, name: &Name) -> Option<Expr> {
        self.fail(
            Diagnostic::error(OUT_OF_PLACE, format!("a single record can not ask for the meter `{}`", name.text))
                .label(name.span, format!("this is one number per {}", meter.window.name))
                .label(meter.span, "declared here")
                .help("compute with the meter in another meter or in a charge"),
        )
    }

    /// For each of the meter's keys, the key of the group that it equals.
    fn meter_keys(&mut self, meter: &Meter, group: &Group, span: Span) -> Option<Vec<usize>> {
        let mut keys = Vec::new();
        for key in &meter.keys {
            match group.keys.iter().position(|known| known.name == key.name) {
                Some(index) => keys.push(index),
                None => return self.missing_aggregate(meter, group, span, &format!("for each `{}`", key.name)),
            }
        }
        let coarser = group
            .keys
            .iter()
            .find(|key| key.source.is_none() && !meter.keys.iter().any(|known| known.name == key.name));
        if let (Some(key), Place::Quantity) = (coarser, group.place) {
            return self.coarser(meter, group, &key.name, span);
        }
        Some(keys)
    }

    /// The meter's window is the group's, or holds it where only a price is decided.
    fn meter_window(&mut self, meter: &Meter, group: &Group, span: Span) -> Option<()> {
        let same = meter.window == group.window;
        if same || (group.place == Place::Price && nests_in(&group.window, &meter.window)) {
            return Some(());
        }
        if nests_in(&meter.window, &group.window) {
            return self.missing_aggregate(meter, group, span, &format!("for each {}", meter.window.name));
        }
        self.unrelated_windows(meter, group, span)
    }

    fn missing_aggregate<T>(&mut self, meter: &Meter, group: &Group, span: Span, many: &str) -> Option<T> {
        let name = &meter.name;
        let lacking = meter.keys.iter().find(|key| !group.keys.iter().any(|known| known.name == key.name));
        let or_key = match lacking {
            Some(key) => format!("; or give {} a value for each, with `by {}`", group.what, key.name),
            None => String::new(),
        };
        self.fail(
            Diagnostic::error(
                MISSING_AGGREGATE,
                format!("`{name}` has one value {many}, and one number is needed here"),
            )
            .label(span, "which of them?")
            .label(meter.span, format!("one value {many}"))
            .label(group.name, format!("{} has one value per {}", group.what, group.window.name))
            .help(format!("say how they become one: `sum({name})`, `max({name})` or `average({name})`{or_key}")),
        )
    }

    fn coarser<T>(&mut self, meter: &Meter, group: &Group, key: &str, span: Span) -> Option<T> {
        let name = &meter.name;
        self.fail(
            Diagnostic::error(
                MIXED,
                format!("`{name}` is not divided by `{key}`, so it would be counted several times"),
            )
            .label(span, format!("one value for all of `{key}`"))
            .label(meter.span, "declared here")
            .label(group.name, format!("{} has a value for each `{key}`", group.what))
            .help(format!(
                "give the meter the key too: `meter {name} by {key}`; or take `{key}` away from {}",
                group.what
            )),
        )
    }

    fn unrelated_windows<T>(&mut self, meter: &Meter, group: &Group, span: Span) -> Option<T> {
        self.fail(
            Diagnostic::error(
                MIXED,
                format!(
                    "{} is not made of whole {}",
                    words::a_window(&group.window.name),
                    words::windows(&meter.window.name)
                ),
            )
            .label(span, format!("one value per {}", meter.window.name))
            .label(meter.span, "declared here")
            .label(group.name, format!("{} is per {}", group.what, group.window.name))
            .help("choose windows of which one is made of the other, such as days and months"),
        )
    }

    /// Two meters under one aggregate have the same keys and window.
    pub(super) fn same_grain(&mut self, first: &Meter, other: &Meter, span: Span) -> Option<()> {
        let has_all =
            |one: &Meter, of: &Meter| of.keys.iter().all(|key| one.keys.iter().any(|known| known.name == key.name));
        if has_all(first, other) && has_all(other, first) && first.window == other.window {
            return Some(());
        }
        let words = |meter: &Meter| {
            let keys: Vec<&str> = meter.keys.iter().map(|key| &*key.name).collect();
            let by = if keys.is_empty() { String::new() } else { format!("by {} ", literals::words_list(&keys)) };
            format!("`{}` is {by}per {}", meter.name, meter.window.name)
        };
        self.fail(
            Diagnostic::error(MIXED, format!("`{}` and `{}` are not counted alike", first.name, other.name))
                .label(span, "both under one aggregate")
                .label(first.span, words(first))
                .label(other.span, words(other))
                .help("give both the same keys and the same window, or aggregate each by itself"),
        )
    }

    /// Which keys of the rows equal which keys of the group.
    pub(super) fn matching_keys(&mut self, meter: &Meter, group: &Group, span: Span) -> Option<Vec<(usize, usize)>> {
        self.matching_keys_but(meter, group, None, span)
    }

    /// The same where one of the group's keys is not the meter's.
    pub(super) fn matching_keys_but(
        &mut self,
        meter: &Meter,
        group: &Group,
        but: Option<usize>,
        span: Span,
    ) -> Option<Vec<(usize, usize)>> {
        let mut matches = Vec::new();
        for (outer, key) in group.keys.iter().enumerate().filter(|(outer, _)| Some(*outer) != but) {
            match meter.keys.iter().position(|known| known.name == key.name) {
                Some(row) => matches.push((row, outer)),
                None if key.source.is_some() || group.place == Place::Price => {}
                None => return self.coarser(meter, group, &key.name, span),
            }
        }
        Some(matches)
    }

    /// The rows' windows fill the group's.
    pub(super) fn window_leads(&mut self, meter: &Meter, group: &Group, span: Span) -> Option<()> {
        if nests_in(&meter.window, &group.window) {
            return Some(());
        }
        self.unrelated_windows(meter, group, span)
    }

    /// An average over windows that would also go over keys.
    pub(super) fn spread_over_keys<T>(&mut self, meter: &Meter, group: &Group, span: Span) -> Option<T> {
        let name = &meter.name;
        let kept: Vec<&str> = group.keys.iter().map(|key| &*key.name).collect();
        let by = if kept.is_empty() { String::new() } else { format!("by {} ", kept.join(", ")) };
        let window = &meter.window.name;
        self.fail(
            Diagnostic::error(
                MISSING_AGGREGATE,
                format!("`{name}` has several values per {window}, and an average needs one for each {window}"),
            )
            .label(span, "which of them is averaged?")
            .label(meter.span, "declared here")
            .help(format!("first add them up: `meter {name}_total {by}per {window} = sum({name})`, then average that")),
        )
    }

    /// An average over windows of which there is no last one.
    pub(super) fn average_of_all_time<T>(&mut self, meter: &Meter, span: Span) -> Option<T> {
        let windows = words::windows(&meter.window.name);
        self.fail(
            Diagnostic::error(
                MIXED,
                format!("all time has no last {}, so its {windows} have no average", meter.window.name),
            )
            .label(span, format!("this goes over the {windows} of all time"))
            .label(meter.span, "declared here")
            .help("say of how long: count per `year`, say, instead of `forever`"),
        )
    }

    /// A name that is a field of records, where one number for many records is needed.
    pub(super) fn field_out_of_place(&mut self, name: &Name, scope: &Scope) -> Option<Option<Expr>> {
        let group = scope.as_group()?.clone();
        let has = |kind: &usize| {
            let fields = self.schema.kinds.get(*kind).into_iter().flat_map(|kind| &kind.fields);
            fields.map(|field| &field.name).any(|field| *field == name.text)
                || self.let_names(*kind).any(|known| known.text == name.text)
        };
        let kinds: Vec<usize> = (0..self.schema.kinds.len()).filter(has).collect();
        let own = group.from.map(|(kind, _)| kind).filter(|kind| kinds.contains(kind));
        let kind = self.schema.kinds.get(own.or_else(|| kinds.first().copied())?)?;
        let mut diagnostic = Diagnostic::error(
            MISSING_AGGREGATE,
            format!("`{}` belongs to a single record, and one number for all of them is needed", name.text),
        )
        .label(name.span, "each record has its own")
        .label(group.name, format!("{} has one value per {}", group.what, group.window.name));
        let from = if own.is_some() { String::new() } else { format!(" from {}", kind.name) };
        diagnostic = match group.place {
            Place::Quantity if &*name.text == "count" => diagnostic.help(format!(
                "the number of records is `count(){from}`; the sum of their field `count` is `sum(count){from}`"
            )),
            Place::Quantity => diagnostic.help(format!("say how they become one: `sum({}){from}`", name.text)),
            Place::Price => diagnostic.help(format!(
                "price each value apart: add `for each {}` to the header, or make it a key with `by {}`",
                name.text, name.text
            )),
        };
        Some(self.fail(diagnostic))
    }

    /// Whether a value may be absent where its aggregates have nothing to go over.
    pub(super) fn absent_when_empty(&self, value: &Expr) -> bool {
        match &value.kind {
            ExprKind::Otherwise(_, right) => self.absent_when_empty(right),
            ExprKind::IsAbsent(_) => false,
            ExprKind::Meter { meter, .. } => self.absent_meters.contains(meter),
            ExprKind::Aggregate(aggregate) => {
                let every_window = match &aggregate.over {
                    Over::Rows(rows) => rows.every_window,
                    Over::Instants(_) => true,
                    Over::Records | Over::List { .. } => false,
                };
                let zero = matches!(
                    aggregate.function,
                    AggregateFunction::Sum
                        | AggregateFunction::Count
                        | AggregateFunction::Unique
                        | AggregateFunction::Any
                        | AggregateFunction::All
                );
                !zero && !every_window
            }
            _ => value.optional || value.children().into_iter().any(|child| self.absent_when_empty(child)),
        }
    }
}
