//! Folds and spans over the kinds that are there.

use super::declarations::window;
use super::scope::{Field, Measure, Scope, Ty};
use super::time::Lasts;
use super::{Book, Kind};
use crate::choices::Choices;
use florin_compiler::model::{Step, Window};

impl Book {
    pub(super) fn declare_derived(&mut self, choices: &Choices) {
        for _ in 0..if choices.chance(35) { choices.between(1, 2) } else { 0 } {
            let kind = choices.pick(&self.kinds).clone();
            match choices.chance(60) {
                true => self.declare_fold(choices, &kind),
                false => self.declare_spans(choices, &kind),
            }
        }
    }

    /// ` by KEYS`, `from KIND where ..`, and the scope of the records.
    fn source(&mut self, choices: &Choices, kind: &Kind) -> (String, String, Scope) {
        let scope = self.record_scope(kind, None);
        let (_, written) = self.keys(choices, &scope, 2);
        let by = if written.is_empty() { String::new() } else { format!(" by {}", written.join(", ")) };
        let condition = match choices.chance(25) {
            true => format!(" where {}", self.expr(choices, &scope, Ty::Truth, 2)),
            false => String::new(),
        };
        (by, format!(" from {}{condition}", kind.name), scope)
    }

    fn declare_fold(&mut self, choices: &Choices, kind: &Kind) {
        let (by, from, mut scope) = self.source(choices, kind);
        let windows = [
            window(Step::Day, 1, "day"),
            window(Step::Month, 1, "month"),
            window(Step::Hour, 1, "hour"),
            window(Step::Week, 1, "week"),
            self.period.clone(),
            Window { from_first_use: true, ..window(Step::Hour, 24, "24 hours from first use") },
        ];
        let own = choices.chance(55).then(|| choices.pick(&windows).clone());
        let per = own
            .as_ref()
            .map(|own| if *own == self.period { " per period".to_owned() } else { format!(" per {}", own.name) });
        let mut lines = Vec::new();
        let mut states = Vec::new();
        for _ in 0..choices.between(1, 2) {
            let numbers: Vec<Ty> = scope.names.iter().map(|name| name.ty).filter(|ty| ty.is_quantity()).collect();
            let ty = if numbers.is_empty() { Ty::Count } else { *choices.pick(&numbers) };
            let ty = if choices.chance(20) { Ty::Truth } else { ty };
            let name = self.name("state");
            lines.push(format!("state {name} : {} = {}", self.written_type(choices, ty), self.constant(choices, ty)));
            states.push(Field::new(name, ty));
        }
        scope.names.extend(states.iter().cloned());
        for _ in 0..choices.between(0, 2) {
            let ty = *choices.pick(&[Ty::Truth, states[0].ty]);
            let name = self.name("made");
            let value = self.step(choices, &scope, &states, ty);
            lines.push(format!("let {name} = {value}"));
            scope.names.push(Field::new(name, ty));
        }
        for state in &states {
            lines.push(format!("next {} = {}", state.name, self.step(choices, &scope, &states, state.ty)));
        }
        let mut fields = kind.fields.clone();
        for _ in 0..choices.between(1, 2) {
            let ty = *choices.pick(&[Ty::Truth, states[0].ty, states[0].ty]);
            let name = self.name("yield");
            let looks_back = own.as_ref().is_some_and(|own| ["day", "month", "week"].contains(&&*own.name));
            let before = states.iter().find(|state| state.ty == ty).filter(|_| looks_back && choices.chance(30));
            let value = match (before, &own) {
                (Some(state), Some(own)) => {
                    let word = if *own == self.period { "period" } else { &*own.name };
                    format!("{} of previous {word} opening {}", state.name, self.constant(choices, ty))
                }
                _ => self.step(choices, &scope, &states, ty),
            };
            lines.push(format!("yield {name} : {} = {value}", self.written_type(choices, ty)));
            fields.push(Field::new(name, ty));
        }
        if own.is_none() {
            let forget = choices.pick(&["24 hours", "3 days", "2 months", "forever"]);
            lines.push(format!("forget after {forget}"));
        }
        let name = self.name("fold");
        let per = per.unwrap_or_default();
        self.text.push(format!("fold {name}{by}{per}{from} {{\n  {}\n}}", lines.join("\n  ")));
        self.kinds.push(Kind { name, fields, lists: kind.lists.clone(), lasts: None });
    }

    /// A value that depends on a state more often than not.
    fn step(&self, choices: &Choices, scope: &Scope, states: &[Field], ty: Ty) -> String {
        let of_type: Vec<&Field> = states.iter().filter(|state| state.ty == ty).collect();
        let plain = self.expr(choices, scope, ty, 1);
        if of_type.is_empty() {
            return match (ty, states.iter().find(|state| state.ty.is_number())) {
                (Ty::Truth, Some(state)) => format!("{} > {}", state.name, self.constant(choices, state.ty)),
                _ => plain,
            };
        }
        let name = &choices.pick(&of_type).name;
        match (ty, choices.below(6)) {
            (Ty::Truth, 0 | 1) => format!("{name} or ({plain})"),
            (Ty::Truth, 2) => format!("not {name}"),
            (_, 0 | 1) if ty.is_number() => format!("{name} + {plain}"),
            (_, 2) if ty.is_number() => format!("max({name}, {plain})"),
            (_, 3) => format!("if {} then {name} else {plain}", self.expr(choices, scope, Ty::Truth, 1)),
            (_, 4) if ty.is_number() => format!("{name} above {}", self.constant(choices, ty)),
            _ => plain,
        }
    }

    fn declare_spans(&mut self, choices: &Choices, kind: &Kind) {
        let (by, from, scope) = self.source(choices, kind);
        let mut lines = Vec::new();
        let length = |choices: &Choices| *choices.pick(&["1 second", "15 minutes", "1 hour", "5 hours", "2 days"]);
        if choices.chance(35) {
            lines.push(format!("gap {}", length(choices)));
        } else {
            lines.push(format!("starts when {}", self.expr(choices, &scope, Ty::Truth, 2)));
            lines.push(format!("ends when {}", self.expr(choices, &scope, Ty::Truth, 2)));
            if choices.chance(20) {
                lines.push(format!("gap {}", length(choices)));
            }
        }
        if choices.chance(40) {
            lines.push(format!("at most {}", length(choices)));
        }
        let name = self.name("span");
        self.text.push(format!("spans {name}{by}{from} {{\n  {}\n}}", lines.join("\n  ")));
        let mut fields: Vec<Field> = kind.fields.clone();
        let own = [("start", Ty::Time), ("end", Ty::Time), ("duration", Ty::Of(Measure::Time)), ("count", Ty::Count)];
        fields.retain(|field| own.iter().all(|(name, _)| field.name != *name));
        fields.extend(own.map(|(name, ty)| Field::new(name, ty)));
        let lasts = self.has_long_periods().then_some(Lasts::Span);
        self.kinds.push(Kind { name, fields, lists: kind.lists.clone(), lasts });
    }
}
