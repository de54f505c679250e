//! Kinds that last, levels per instant and what leads from them to windows, history.

use super::declarations::window;
use super::scope::{Field, Measure, Scope, Ty};
use super::{Book, Kind, Meter};
use crate::choices::Choices;
use florin_compiler::model::Step;
use florin_compiler::time::nests_in;

/// How long the records of a kind last.
#[derive(Clone, PartialEq, Eq)]
pub enum Lasts {
    /// They end.
    Ends,
    /// They end with a later record.
    Span,
    /// They end with the next record of these keys.
    Next(Vec<String>),
    /// They go on.
    On,
}

impl Kind {
    /// With what is known of a record while it lasts.
    fn while_it_lasts(&self) -> Kind {
        let is_late =
            |field: &Field| ["end", "duration", "count"].contains(&&*field.name) || field.name.starts_with("end.");
        Kind { fields: self.fields.iter().filter(|field| !is_late(field)).cloned().collect(), ..self.clone() }
    }

    /// With what is known of a record as it comes.
    pub(super) fn as_it_comes(&self) -> Kind {
        let mut kind = self.while_it_lasts();
        kind.fields.retain(|field| field.name != "start");
        if matches!(self.lasts, Some(Lasts::Next(_))) { kind } else { self.clone() }
    }
}

impl Book {
    /// Whether bills are so long that what goes on for years makes few of them.
    pub(super) fn has_long_periods(&self) -> bool {
        matches!(self.period.step, Step::Month | Step::Given)
    }

    /// ` lasts on`, with the lines that it needs.
    pub(super) fn lasts(&mut self, choices: &Choices, lines: &mut Vec<String>) -> (String, Option<Lasts>) {
        if !self.has_long_periods() || !choices.chance(18) {
            return (String::new(), None);
        }
        match choices.below(4) {
            0 => (" lasts on".to_owned(), Some(Lasts::On)),
            1 => {
                let (began, ended) = (self.name("began"), self.name("ended"));
                lines.push(format!("  {began} : time"));
                lines.push(format!("  {ended} : time"));
                (format!(" lasts from {began} to {ended}"), Some(Lasts::Ends))
            }
            at => {
                let (field, long) = (self.name("long"), self.name("lasting"));
                let least = if at == 2 { " at least 0" } else { "" };
                lines.push(format!("  {field} : hour{least}"));
                lines.push(format!("  let {long} = min({field}, 40 days)"));
                (format!(" lasts {long}"), Some(Lasts::Ends))
            }
        }
    }

    /// ` lasts until next by KEYS`, of a kind whose fields are there.
    pub(super) fn lasts_until_next(&mut self, choices: &Choices, kind: &mut Kind) -> String {
        if kind.lasts.is_some() || !self.has_long_periods() || !choices.chance(18) {
            return String::new();
        }
        let scope = self.record_scope(kind, None);
        let (keys, written) = self.keys(choices, &scope, 2);
        let numbers: Vec<Field> =
            kind.fields.iter().filter(|field| field.ty.is_quantity() && !field.optional).cloned().collect();
        let own = [("start", Ty::Time), ("end", Ty::Time), ("duration", Ty::Of(Measure::Time))];
        kind.fields.extend(own.map(|(name, ty)| Field::new(name, ty)));
        let given = numbers.first().filter(|field| field.name.starts_with("used"));
        kind.fields.extend(given.map(|field| Field { name: format!("end.{}", field.name), ..field.clone() }));
        kind.lasts = Some(Lasts::Next(keys.into_iter().map(|key| key.name).collect()));
        match written.is_empty() {
            true => " lasts until next".to_owned(),
            false => format!(" lasts until next by {}", written.join(", ")),
        }
    }

    /// ` pieces of 7 days`
    pub(super) fn pieces(&self, choices: &Choices, kind: &Kind) -> &'static str {
        let ends = matches!(kind.lasts, Some(Lasts::Ends | Lasts::Span | Lasts::Next(_)));
        match ends && choices.chance(25) {
            true => choices.pick::<&str>(&[" pieces of 7 days", " pieces of 36 hours", " pieces of 1_000_000 seconds"]),
            false => "",
        }
    }

    pub(super) fn declare_levels(&mut self, choices: &Choices) {
        let kinds: Vec<Kind> = self.kinds.iter().filter(|kind| kind.lasts.is_some()).cloned().collect();
        for kind in kinds {
            if choices.chance(80) {
                let mut level = self.declare_level(choices, &kind);
                if choices.chance(30) {
                    level = self.declare_level_over(choices, &level);
                }
                for _ in 0..choices.between(1, 2) {
                    self.declare_meter_of_level(choices, &level);
                }
            }
        }
    }

    fn declare_level(&mut self, choices: &Choices, kind: &Kind) -> Meter {
        let scope = self.record_scope(&kind.while_it_lasts(), None);
        let (keys, written) = self.keys(choices, &scope, 2);
        let types: Vec<Ty> = scope.names.iter().map(|name| name.ty).filter(|ty| ty.is_quantity()).collect();
        let ty = if types.is_empty() { Ty::Count } else { *choices.pick(&types) };
        let value = self.expr(choices, &scope, ty, 1);
        let constant = self.constant(choices, ty);
        let (value, ty) = match choices.below(6) {
            0..=2 => (format!("sum({value})"), ty),
            3 => ("count()".to_owned(), Ty::Count),
            4 => (format!("(max({value}) otherwise {constant})"), ty),
            _ => (format!("sum({value}) above {constant}"), ty),
        };
        let condition = match choices.chance(25) {
            true => format!(" where {}", self.expr(choices, &scope, Ty::Truth, 2)),
            false => String::new(),
        };
        let opens = match &kind.lasts {
            Some(Lasts::On) => true,
            Some(Lasts::Next(own)) => own.iter().all(|name| keys.iter().any(|key| key.name == *name)),
            _ => false,
        };
        let opening = match opens && choices.chance(40) {
            true => format!(" opening {}", self.constant(choices, ty)),
            false => String::new(),
        };
        let name = self.name("level");
        let by = if written.is_empty() { String::new() } else { format!(" by {}", written.join(", ")) };
        self.text.push(format!("meter {name}{by} per instant = {value} from {}{condition}{opening}", kind.name));
        Meter { name, keys, window: window(Step::Instant, 1, "instant"), ty, optional: false }
    }

    /// Of another one, at the same keys or added up over some.
    fn declare_level_over(&mut self, choices: &Choices, level: &Meter) -> Meter {
        let keys = choices.some(&level.keys, 2);
        let value = match keys.len() == level.keys.len() {
            true => format!("{} above {}", level.name, self.constant(choices, level.ty)),
            false => format!("sum({})", level.name),
        };
        let name = self.name("level");
        self.text.push(format!("meter {name}{} per instant = {value}", by(&keys)));
        Meter { name, keys, ..level.clone() }
    }

    /// `integral(level) / 1 hour`, `max(level)`, the layers of a level.
    fn declare_meter_of_level(&mut self, choices: &Choices, level: &Meter) {
        let windows = [
            self.period.clone(),
            self.period.clone(),
            window(Step::Month, 1, "month"),
            window(Step::Day, 1, "day"),
            window(Step::Month, 3, "quarter"),
            window(Step::Week, 1, "week"),
        ];
        let window = choices.pick(&windows).clone();
        let keys = choices.some(&level.keys, 2);
        let whole = keys.len() == level.keys.len();
        let name = self.name("meter");
        let layer = whole && level.ty == Ty::Count && choices.chance(40);
        let mut keys = keys;
        let inner = match layer {
            true => {
                keys.push(Field::new("layer", Ty::Count));
                format!("layers(min({}, 20))", level.name)
            }
            false => level.name.clone(),
        };
        let value = match choices.below(5) {
            0 => format!("max({inner})"),
            1 => format!("min({inner})"),
            2 if whole => format!("average({inner})"),
            3 => format!("integral({inner}) / 1 hour above 0 * max({inner})"),
            _ => format!("integral({inner}) / 1 day"),
        };
        let per = self.written_window(&window);
        self.text.push(format!("meter {name}{}{per} = {value}", by(&keys)));
        self.meters.push(Meter { name, keys, window, ty: level.ty, optional: false });
    }

    pub(super) fn declare_history(&mut self, choices: &Choices) {
        let has_past = |meter: &Meter| {
            let window = &meter.window;
            let plain = ["day", "week", "month", "quarter"].contains(&&*window.name);
            plain && !window.from_first_use && nests_in(window, &self.period)
        };
        let known: Vec<Meter> = self.meters.iter().filter(|meter| has_past(meter)).cloned().collect();
        if known.is_empty() || !self.has_long_periods() || !choices.chance(45) {
            return;
        }
        let of = choices.pick(&known).clone();
        let (name, window) = (&of.name, &of.window.name);
        let constant = self.constant(choices, of.ty);
        let (value, ty) = match choices.below(7) {
            0 | 1 => (format!("({name} of previous {window} otherwise {constant})"), of.ty),
            2 => (format!("({name} of previous {window} opening {constant} otherwise {constant})"), of.ty),
            3 => (format!("(average({name} over last 3 {window}s) otherwise {constant})"), of.ty),
            4 => (format!("(count({name} over last 2 {window}s) otherwise 0)"), Ty::Count),
            5 if **window == *"month" => (format!("(average({name} over dec..feb) otherwise {constant})"), of.ty),
            _ => (format!("(max({name} over last 2 {window}s) otherwise {constant})"), of.ty),
        };
        let scope: Scope = self.group_scope(&of.keys);
        let value =
            if choices.chance(40) { format!("{value} * {}", self.leaf(choices, &scope, Ty::Count)) } else { value };
        let name = self.name("before");
        let per = self.written_window(&of.window);
        self.text.push(format!("meter {name}{}{per} = {value}", by(&of.keys)));
        self.meters.push(Meter { name, ty, optional: true, ..of });
    }
}

fn by(keys: &[Field]) -> String {
    let names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
    if names.is_empty() { String::new() } else { format!(" by {}", names.join(", ")) }
}
