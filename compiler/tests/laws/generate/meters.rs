//! Meters over records and over meters.

use super::declarations::window;
use super::scope::{Field, Scope, Ty};
use super::{Book, Kind, Meter};
use crate::choices::Choices;
use florin_compiler::model::{Clock, Step, Window};
use florin_compiler::time::nests_in;

impl Book {
    /// A window for a meter or a charge.
    pub(super) fn window(&self, choices: &Choices) -> Window {
        let half_past_four = Clock::constant(4, 30, 0, 0);
        let mut windows = vec![
            self.period.clone(),
            self.period.clone(),
            window(Step::Day, 1, "day"),
            window(Step::Day, 1, "day"),
            window(Step::Hour, 1, "hour"),
            window(Step::Month, 1, "month"),
            window(Step::Minute, 15, "15 minutes"),
            window(Step::Hour, 6, "6 hours"),
            window(Step::Week, 1, "week"),
            window(Step::Month, 3, "quarter"),
            window(Step::Month, 12, "year"),
            window(Step::Forever, 1, "forever"),
            Window { at: half_past_four, ..window(Step::Day, 1, "day starting 04:30") },
            Window { weekday: 7, ..window(Step::Week, 1, "week starting sun") },
            window(Step::Day, 3, "3 days"),
            window(Step::Minute, 1, "minute"),
            Window { from_first_use: true, ..window(Step::Hour, 24, "24 hours from first use") },
        ];
        if self.facts.iter().any(|fact| fact.name == "start") {
            windows.push(Window { anchor: Some(0), ..window(Step::Month, 1, "month anchored account.start") });
        }
        choices.pick(&windows).clone()
    }

    /// ` per day`; nothing for the period.
    pub(super) fn written_window(&self, window: &Window) -> String {
        if *window == self.period { String::new() } else { format!(" per {}", window.name) }
    }

    pub(super) fn declare_meters(&mut self, choices: &Choices) {
        for _ in 0..choices.between(0, 3) {
            let kind = choices.pick(&self.kinds).clone();
            self.declare_meter_of_records(choices, &kind);
        }
        for _ in 0..choices.between(0, 2) {
            self.declare_meter_of_meters(choices);
        }
    }

    /// Keys from these names, with how they are written.
    pub(super) fn keys(&mut self, choices: &Choices, scope: &Scope, most: usize) -> (Vec<Field>, Vec<String>) {
        let fitting: Vec<Field> =
            scope.names.iter().filter(|name| name.ty.is_key() && !name.optional).cloned().collect();
        let mut keys = Vec::new();
        let mut written = Vec::new();
        for field in choices.some(&fitting, most) {
            if field.name.contains('.') || choices.chance(10) {
                let name = self.name("as");
                written.push(format!("{} as {name}", field.name));
                keys.push(Field { name, ..field });
            } else {
                written.push(field.name.clone());
                keys.push(field);
            }
        }
        (keys, written)
    }

    /// ` from run where ..`, and the scope of its records.
    pub(super) fn from(&self, choices: &Choices, kind: &Kind) -> (String, Scope) {
        let list = (!kind.lists.is_empty() && choices.chance(40)).then_some(0);
        let scope = self.record_scope(kind, list);
        let dot = list.and_then(|at| kind.lists.get(at)).filter(|list| !list.fields.iter().any(|f| f.name.is_empty()));
        let (path, scope) = match dot {
            Some(list) => (format!("{}.{}", kind.name, list.name), scope),
            None => (format!("{}{}", kind.name, self.pieces(choices, kind)), self.record_scope(kind, None)),
        };
        let condition = match choices.chance(35) {
            true => format!(" where {}", self.expr(choices, &scope, Ty::Truth, 2)),
            false => String::new(),
        };
        (format!(" from {path}{condition}"), scope)
    }

    fn declare_meter_of_records(&mut self, choices: &Choices, kind: &Kind) {
        let (from, scope) = self.from(choices, kind);
        let (keys, written) = self.keys(choices, &scope, 2);
        let window = self.window(choices);
        let (value, ty, optional) = self.aggregate(choices, &scope);
        let name = self.name("meter");
        let by = if written.is_empty() { String::new() } else { format!(" by {}", written.join(", ")) };
        let per = self.written_window(&window);
        self.text.push(format!("meter {name}{by}{per} = {value}{from}"));
        self.meters.push(Meter { name, keys, window, ty, optional });
    }

    /// One number of a scope's records, its type, and whether it is absent without any.
    pub(super) fn aggregate(&self, choices: &Choices, scope: &Scope) -> (String, Ty, bool) {
        let types: Vec<Ty> = scope.names.iter().map(|name| name.ty).filter(|ty| ty.is_quantity()).collect();
        let ty = if types.is_empty() { Ty::Count } else { *choices.pick(&types) };
        let value = |choices: &Choices, depth| self.expr(choices, scope, ty, depth);
        let constant = self.constant(choices, ty);
        match choices.below(16) {
            0..=4 => (format!("sum({})", value(choices, 1)), ty, false),
            5 => ("count()".to_owned(), Ty::Count, false),
            6 => {
                let of = choices.pick(&scope.names).clone();
                (format!("unique({})", if of.optional { "account" } else { &of.name }), Ty::Count, false)
            }
            7 => (format!("max({})", value(choices, 1)), ty, true),
            8 => (format!("min({})", value(choices, 1)), ty, true),
            9 => (format!("{}({})", choices.pick(&["first", "last"]), value(choices, 1)), ty, true),
            10 => (format!("average({})", value(choices, 0)), ty, true),
            11 => {
                let rank = choices.pick(&["99", "50", "0.1", "100"]);
                (format!("percentile({rank}, {})", value(choices, 0)), ty, true)
            }
            12 => (format!("(highest(2, {}) otherwise {constant})", value(choices, 0)), ty, false),
            13 => (format!("sum({}) - sum({})", value(choices, 0), value(choices, 0)), ty, false),
            14 => (format!("max(sum({}), {constant})", value(choices, 0)), ty, false),
            _ => (format!("sum({}) above {constant}", value(choices, 1)), ty, false),
        }
    }

    /// One value of a meter in a group with these keys and this window, and its type.
    pub(super) fn meter_value(
        &self,
        choices: &Choices,
        meter: &Meter,
        keys: &[Field],
        window: &Window,
    ) -> (String, Ty) {
        let all_keys = keys.len() == meter.keys.len();
        let otherwise = |text: String, optional: bool, choices: &Choices| match optional {
            true => format!("({text} otherwise {})", self.constant(choices, meter.ty)),
            false => text,
        };
        let name = &meter.name;
        let same = meter.window == *window;
        if same && all_keys && choices.chance(60) {
            return (otherwise(name.clone(), meter.optional, choices), meter.ty);
        }
        let spreads = (all_keys || same) && !many_windows(&meter.window, window);
        // What an aggregate goes over is there, but not where a meter has no record in the row of another one.
        match choices.below(10) {
            0..=3 => (format!("sum({name})"), meter.ty),
            4 => (otherwise(format!("max({name})"), true, choices), meter.ty),
            5 => (otherwise(format!("{}({name})", choices.pick(&["last", "first", "min"])), true, choices), meter.ty),
            6 if spreads => (otherwise(format!("average({name})"), true, choices), meter.ty),
            7 if spreads => (otherwise(format!("percentile(95, {name})"), true, choices), meter.ty),
            8 => (otherwise(format!("highest(2, {name})"), true, choices), meter.ty),
            9 => (format!("{}({name})", choices.pick(&["count", "unique"])), Ty::Count),
            _ => (format!("sum({name} * {})", self.constant(choices, Ty::Count)), meter.ty),
        }
    }

    /// A quantity made of a meter, and perhaps of another one, in a group with these keys and this window.
    pub(super) fn value_of_meters(
        &self,
        choices: &Choices,
        first: &Meter,
        keys: &[Field],
        window: &Window,
    ) -> (String, Ty) {
        let (value, ty) = self.meter_value(choices, first, keys, window);
        let has_keys = |meter: &Meter| keys.iter().all(|key| meter.keys.iter().any(|k| k.name == key.name));
        let others: Vec<&Meter> =
            self.meters.iter().filter(|meter| nests_in(&meter.window, window) && has_keys(meter)).collect();
        if !others.is_empty() && choices.chance(30) {
            let other = *choices.pick(&others);
            let (second, of_second) = self.meter_value(choices, other, keys, window);
            if of_second == ty {
                let text = match choices.below(4) {
                    0 => format!("{value} + {second}"),
                    1 => format!("{value} above 10% * {second}"),
                    2 => format!("{value} - {second}"),
                    _ => format!("max({value}, {second})"),
                };
                return (text, ty);
            }
        }
        let scope = self.group_scope(keys);
        let text = match choices.below(8) {
            0 => format!("{value} above {}", self.constant(choices, ty)),
            1 => format!("{value} * {}", self.leaf(choices, &scope, Ty::Count)),
            2 => format!("max({value}, {})", self.leaf(choices, &scope, ty)),
            3 => format!("{value} / {}", choices.pick(&["2", "3", "7"])),
            _ => value,
        };
        (text, ty)
    }

    fn declare_meter_of_meters(&mut self, choices: &Choices) {
        if self.meters.is_empty() {
            return;
        }
        let first = choices.pick(&self.meters).clone();
        let window = self.window(choices);
        if !nests_in(&first.window, &window) {
            return;
        }
        let keys = choices.some(&first.keys, 2);
        let (value, ty) = self.value_of_meters(choices, &first, &keys, &window);
        let name = self.name("meter");
        let names: Vec<String> = keys.iter().map(|key| key.name.clone()).collect();
        let by = if names.is_empty() { String::new() } else { format!(" by {}", names.join(", ")) };
        let per = self.written_window(&window);
        self.text.push(format!("meter {name}{by}{per} = {value}"));
        self.meters.push(Meter { name, keys, window, ty, optional: true });
    }
}

/// Whether there are so many windows that a mean over them takes long.
pub(super) fn many_windows(inner: &Window, outer: &Window) -> bool {
    let short = matches!(inner.step, Step::Second | Step::Minute | Step::Hour);
    let long = matches!(outer.step, Step::Month | Step::Forever | Step::Given);
    (short && long) || outer.step == Step::Forever
}
