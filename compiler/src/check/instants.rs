//! What leads from what is in force at each moment to a window: `integral`, `max`, `min`, `average`, and `layers`.

use super::scope::{Certain, Group, Place, Scope};
use super::{Checker, units};
use crate::diagnostic::Diagnostic;
use crate::exact::Rational;
use crate::model::{Dimension, Step, Symbol, Type, Unit, Window};
use crate::resolve::mentions;
use crate::source::Span;
use crate::syntax::ast::{Expr as Written, ExprKind as Form, Meter as WrittenMeter};
use crate::typed::{
    Aggregate, AggregateFunction, Denominator, Expr, ExprKind, Instants, Key, Lasting, Layer, Making, Meter, Over, Rows,
};
use std::collections::BTreeSet;

pub(super) const INSTANT: &str = "florin::time::instant";

/// The key that `layers` gives.
const LAYER: &str = "layer";

/// Each moment by itself.
pub(super) fn instant_window() -> Window {
    Window {
        step: Step::Instant,
        count: 1,
        weekday: 1,
        at: crate::model::Clock::midnight(),
        anchor: None,
        from_first_use: false,
        name: "instant".into(),
    }
}

/// Whether a window is each moment by itself.
pub(super) fn is_instant(window: &Window) -> bool {
    window.step == Step::Instant
}

impl Checker<'_> {
    /// Whether some of these meters are per instant.
    pub(super) fn any_instant(&self, meters: &BTreeSet<usize>) -> bool {
        let known = meters.iter().filter_map(|meter| self.meters.get(*meter).and_then(Option::as_ref));
        known.into_iter().any(|meter| is_instant(&meter.window))
    }

    /// The moments of a group's window.
    pub(super) fn over_instants(
        &mut self,
        function: AggregateFunction,
        argument: &Written,
        meters: &BTreeSet<usize>,
        group: &Group,
        scope: &Scope,
        span: Span,
    ) -> Option<Expr> {
        let known: Option<Vec<Meter>> = meters.iter().map(|meter| self.meters.get(*meter).cloned().flatten()).collect();
        let known = known?;
        let first = known.iter().find(|meter| is_instant(&meter.window))?.clone();
        for other in &known {
            self.same_grain(&first, other, span)?;
        }
        self.leads_to_a_window(&function, &first, group, span)?;
        let (argument, layer) = self.layer(argument, &first, group)?;
        let rows = Rows {
            meters: meters.iter().copied().collect(),
            keys: first.keys.iter().map(|key| Symbol::clone(&key.name)).collect(),
            matches: self.instant_matches(&first, group, layer, span)?,
            window: instant_window(),
            every_window: false,
            own: !self.pooling,
        };
        let of_one =
            matches!(function, AggregateFunction::Average | AggregateFunction::First | AggregateFunction::Last);
        if of_one && rows.matches.len() < first.keys.len() {
            return self.spread_over_keys(&first, group, span);
        }
        let inner = Group {
            keys: first.keys.iter().map(|key| Key { source: None, ..key.clone() }).collect(),
            window: instant_window(),
            from: None,
            place: Place::Quantity,
            certain: Certain::Nothing,
            ..group.clone()
        };
        let mut inner = Scope::group(inner);
        inner.locals.clone_from(&scope.locals);
        let value = self.expr(argument, &inner, None)?;
        let (value, of) = self.number(value)?;
        let layer = layer.map(|key| Layer { key, unit: factor(&value) });
        Some(instants_expr(function, value, &of, Instants { rows, layer }, span))
    }

    fn leads_to_a_window(
        &mut self,
        function: &AggregateFunction,
        meter: &Meter,
        group: &Group,
        span: Span,
    ) -> Option<()> {
        use AggregateFunction::{Average, First, Integral, Last, Max, Min};
        if !matches!(function, Integral | Max | Min | Average | First | Last) {
            return self.not_from_instants(meter, span);
        }
        let endless = group.window.step == Step::Forever
            && (*function == Average || (matches!(function, Integral | First) && self.has_opening(meter)));
        if endless || group.window.from_first_use {
            let why = match endless {
                true => "all time has no length",
                false => "a window that begins with a use has no moments before one",
            };
            return self.fail(
                Diagnostic::error(INSTANT, format!("{why}, so `{}` has nothing to go over here", meter.name))
                    .label(span, "over the moments of this window")
                    .label(group.name, format!("{} has one value per {}", group.what, group.window.name))
                    .help("choose a window with a start and an end by the calendar, such as `per month`"),
            );
        }
        Some(())
    }

    /// Whether a meter, or one that it is made of, has a level before the first record.
    fn has_opening(&self, meter: &Meter) -> bool {
        fn named(expr: &Expr, found: &mut Vec<usize>) {
            match &expr.kind {
                ExprKind::Meter { meter, .. } => found.push(*meter),
                ExprKind::Aggregate(aggregate) => {
                    if let Over::Rows(rows) = &aggregate.over {
                        found.extend(&rows.meters);
                    }
                }
                _ => {}
            }
            expr.children().into_iter().for_each(|child| named(child, found));
        }
        let mut inner = Vec::new();
        named(&meter.value, &mut inner);
        let known = inner.into_iter().filter_map(|meter| self.meters.get(meter).and_then(Option::as_ref));
        meter.opening.is_some() || known.into_iter().any(|meter| self.has_opening(meter))
    }

    /// `sum(running)`: a level has no sum over time.
    fn not_from_instants<T>(&mut self, meter: &Meter, span: Span) -> Option<T> {
        let name = &meter.name;
        self.fail(
            Diagnostic::error(
                INSTANT,
                format!("`{name}` is a level at each moment, which can not be added up or counted"),
            )
            .label(span, "there are endlessly many moments")
            .label(meter.span, "per instant")
            .help(format!(
                "say what becomes of it: `integral({name})` adds it up over time, and there are `max({name})`, \
                     `min({name})`, `average({name})`, `first({name})` and `last({name})`"
            )),
        )
    }

    /// A level in the place of one number for a window.
    pub(super) fn level_in_window<T>(&mut self, meter: &Meter, group: &Group, span: Span) -> Option<T> {
        let name = &meter.name;
        self.fail(
            Diagnostic::error(
                super::grain::MISSING_AGGREGATE,
                format!("`{name}` is a level at each moment, and one number per {} is needed here", group.window.name),
            )
            .label(span, "at which moment?")
            .label(meter.span, "per instant")
            .label(group.name, format!("{} has one value per {}", group.what, group.window.name))
            .help(format!("say how it becomes one: `integral({name})`, `max({name})` or `average({name})`")),
        )
    }

    /// `integral` of what is not per instant.
    pub(super) fn integral_of_what<T>(
        &mut self,
        argument: &Written,
        meters: &BTreeSet<usize>,
        span: Span,
    ) -> Option<T> {
        if self.mentions_unusable(argument) {
            return None;
        }
        let written = super::mismatch::brief(self.sources.text(argument.span));
        let mut diagnostic =
            Diagnostic::error(INSTANT, format!("`{written}` is not in force at each moment, so it has no integral"))
                .label(span, "added up over time");
        let meter = meters.iter().find_map(|meter| self.meters.get(*meter).and_then(Option::as_ref));
        diagnostic = match meter {
            Some(meter) => diagnostic
                .label(meter.span, format!("one value per {}", meter.window.name))
                .help(format!("write `meter {} .. per instant = ..`; or add its values up with `sum({written})`", meter.name)),
            None => diagnostic.help(
                "give what lasts a meter of its own, `meter held per instant = sum(size) from KIND`, and write `integral(held)`",
            ),
        };
        self.fail(diagnostic)
    }

    /// `layers(x)`: its argument, and which key of the group is the layer.
    fn layer<'w>(
        &mut self,
        argument: &'w Written,
        meter: &Meter,
        group: &Group,
    ) -> Option<(&'w Written, Option<usize>)> {
        let Form::Call { name, arguments } = &argument.kind else { return Some((argument, None)) };
        if &*name.text != "layers" {
            return Some((argument, None));
        }
        let [inner] = arguments.as_slice() else {
            return self.layers_wrong(argument.span, "`layers` takes one value", "write `integral(layers(running))`");
        };
        let is_own = |key: &Key| &*key.name == LAYER && !meter.keys.iter().any(|known| known.name == key.name);
        match group.keys.iter().position(is_own) {
            Some(key) => Some((&inner.value, Some(key))),
            None => self.layers_wrong(
                argument.span,
                "`layers` takes apart what is in use by the key `layer`, which is not there",
                "add it to the keys of the declaration: `by layer`",
            ),
        }
    }

    fn layers_wrong<T>(&mut self, span: Span, title: &str, help: &str) -> Option<T> {
        self.fail(
            Diagnostic::error(INSTANT, title).label(span, "the first unit in use, the second, and so on").help(help),
        )
    }

    /// `layers(..)` outside of an `integral`, or its like.
    pub(super) fn layers_alone(&mut self, span: Span) -> Option<Expr> {
        self.layers_wrong(
            span,
            "`layers` stands inside of an `integral`, `max` or `average`",
            "write `meter layer_hours by layer = integral(layers(running))`, with a meter `running` that is per instant",
        )
    }

    /// Whether `by layer` is a key that `layers` gives.
    pub(super) fn names_layers(&self, values: &[&Written]) -> bool {
        values.iter().any(|value| mentions(value).names.contains("layers"))
    }

    /// `by layer`
    pub(super) fn layer_key(&self, name: &str) -> Option<Key> {
        let ty = Type::Number(Dimension::none());
        (self.has_layers && name == LAYER).then(|| Key { name: LAYER.into(), ty, unit: None, source: None })
    }

    /// Which keys of the level equal which keys of the group.
    fn instant_matches(
        &mut self,
        meter: &Meter,
        group: &Group,
        layer: Option<usize>,
        span: Span,
    ) -> Option<Vec<(usize, usize)>> {
        let matches = self.matching_keys_but(meter, group, layer, span)?;
        let lacking = meter.keys.iter().enumerate().find(|(at, _)| !matches.iter().any(|(row, _)| row == at));
        match (layer, lacking) {
            (Some(_), Some((_, key))) => {
                let help = format!("add it to the keys: `by {}, layer`", key.name);
                self.layers_wrong(
                    span,
                    &format!("layers of `{}` are counted for each `{}`", meter.name, key.name),
                    &help,
                )
            }
            _ => Some(matches),
        }
    }

    /// A level of levels that would be counted by an account fact, which may change at any moment.
    pub(super) fn fact_key_of_level<T>(&mut self, written: &WrittenMeter, key: &str) -> Option<T> {
        self.fail(
            Diagnostic::error(INSTANT, format!("a level that is made of levels has their keys, and none is `{key}`"))
                .label(written.name.span, "counted by a fact of the account")
                .help("make the fact a key of the level over records, or of the meter per window that this leads to"),
        )
    }

    /// What is wrong with a meter per instant itself: levels are always there, of what the moment has.
    pub(super) fn instant_value(&mut self, value: Expr) -> Option<Expr> {
        let (value, _) = self.number(value)?;
        let mut short: Option<(Span, Symbol)> = None;
        walk(&value, &mut |expr| {
            if let ExprKind::WindowValue { window, .. } = &expr.kind
                && matches!(window.step, Step::Second | Step::Minute | Step::Hour)
            {
                short = Some((expr.span, Symbol::clone(&window.name)));
            }
        });
        match short {
            Some((span, name)) => self.fail(
                Diagnostic::error(INSTANT, format!("what is in force can not change with each {name}"))
                    .label(span, "another value at every one of them")
                    .help("ask for windows of a day or more, or say it in the meter per window that this leads to"),
            ),
            None => Some(value),
        }
    }

    /// The keys of a kind whose records last until the next one, and where it is declared.
    fn until_next_keys(&self, kind: usize) -> Option<(Vec<Key>, Span)> {
        let derived = kind.checked_sub(self.book.kinds.len()).and_then(|at| self.derived.get(at))?.as_ref()?;
        matches!(derived.making, Making::UntilNext).then(|| (derived.keys.clone(), derived.span))
    }

    /// Each record takes the place of the one before of its keys, and the first that of the opening level: so these keys
    /// must be those of the meter.
    fn opens_each(&mut self, written: &WrittenMeter, group: &Group, keys: &[Key], declared: Span) -> Option<()> {
        let Some(lacking) = keys.iter().find(|key| group.keys.iter().all(|own| own.name != key.name)) else {
            return Some(());
        };
        let (opening, key) = (written.opening.as_ref()?.span, lacking.name.clone());
        self.fail(
            Diagnostic::error(INSTANT, format!("the level before the first record is needed of each `{key}`"))
                .label(opening, format!("one for all `{key}`s together"))
                .label(declared, format!("each `{key}` has a first record of its own"))
                .help(format!("count the level `by {key}`, with its opening, and add these up in a meter over it")),
        )
    }

    /// `opening EXPR` of a meter.
    pub(super) fn opening(&mut self, written: &WrittenMeter, group: &Group, value: &Expr) -> Option<Option<Expr>> {
        let Some(opening) = &written.opening else { return Some(None) };
        if is_instant(&group.window) {
            let kind = group.from.map(|(kind, _)| kind);
            let lasting = kind.and_then(|kind| self.lasting.get(kind)).and_then(Option::as_ref);
            let lasts_on = matches!(lasting, Some(Lasting::On));
            let until_next = kind.and_then(|kind| self.until_next_keys(kind));
            if let Some((keys, declared)) = &until_next {
                self.opens_each(written, group, keys, *declared)?;
            }
            if !lasts_on && until_next.is_none() {
                return self.fail(
                    Diagnostic::error(
                        INSTANT,
                        "only what lasts on, or until the next record, begins from an opening level",
                    )
                    .label(opening.span, "what it was before the first record")
                    .label(written.name.span, "these records do not last so")
                    .help("give the level to a meter over records of a kind that `lasts on`, or `lasts until next`"),
                );
            }
        }
        let inner = Group { from: None, certain: Certain::Nothing, place: Place::Price, ..group.clone() };
        let checked = self.expr(opening, &Scope::group(inner), None)?;
        let (checked, _) = self.number(checked)?;
        self.same_dimension(value, &checked, super::mismatch::Joint::Added)?;
        Some(Some(checked))
    }
}

pub(super) fn walk(expr: &Expr, visit: &mut impl FnMut(&Expr)) {
    visit(expr);
    expr.children().into_iter().for_each(|child| walk(child, visit));
}

/// The unit in which a value is counted.
fn factor(value: &Expr) -> Rational {
    value.unit.as_ref().map_or_else(Rational::one, |unit| unit.factor.clone())
}

fn instants_expr(function: AggregateFunction, value: Expr, of: &Dimension, over: Instants, span: Span) -> Expr {
    let (dimension, unit) = match function {
        AggregateFunction::Integral => {
            let dimension = of.times(&Dimension::time());
            let unit = value.unit.as_ref().filter(|unit| !unit.dimension.is_none());
            let unit = units::times(unit, Some(&hour()));
            (
                dimension.clone(),
                unit.filter(|unit| unit.dimension == dimension).or_else(|| units::canonical(&dimension)),
            )
        }
        _ => (of.clone(), value.unit.clone()),
    };
    let aggregate = Aggregate { function, argument: Some(value), over: Over::Instants(over), span };
    Expr {
        kind: ExprKind::Aggregate(Box::new(aggregate)),
        ty: Type::Number(dimension),
        unit,
        optional: false,
        denominator: Denominator::Open,
        span,
    }
}

fn hour() -> Unit {
    Unit { name: "hour".into(), dimension: Dimension::time(), factor: Rational::from(3_600i64) }
}
