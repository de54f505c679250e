//! The header, units, enums, calendars, facts, defines and kinds.

use super::scope::{Field, Scope, Ty};
use super::{Book, Define, Kind, List};
use crate::choices::Choices;
use florin_compiler::model::{Clock, Step, Window};

/// A window that counts so many of a step.
pub(super) fn window(step: Step, count: u32, name: &str) -> Window {
    Window { step, count, weekday: 1, at: Clock::midnight(), anchor: None, from_first_use: false, name: name.into() }
}

pub(super) fn header(choices: &Choices) -> Book {
    let (code, symbol, places) = *choices.pick(&[
        ("USD", Some("$"), ""),
        ("EUR", Some("€"), ""),
        ("JPY", Some("¥"), ""),
        ("USD", Some("$"), " to 4 places"),
        ("KWD", None, ""),
        ("USD", Some("$"), " to 0 places"),
    ]);
    let zone = *choices.pick(&["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]);
    let period = choices
        .pick(&[
            window(Step::Month, 1, "month"),
            window(Step::Month, 1, "month"),
            window(Step::Month, 1, "month"),
            window(Step::Week, 1, "week"),
            window(Step::Day, 1, "day"),
            window(Step::Month, 3, "quarter"),
            Window { at: Clock::constant(4, 30, 0, 0), ..window(Step::Month, 1, "month starting 04:30") },
            window(Step::Given, 1, "given"),
            Window { weekday: 7, ..window(Step::Week, 1, "week starting sun") },
            Window { anchor: Some(0), ..window(Step::Month, 1, "month anchored account.start") },
            window(Step::Month, 12, "year"),
        ])
        .clone();
    let mut lines = vec!["pricebook generated \"Generated\"".to_owned()];
    let sign = symbol.map(|symbol| format!(" \"{symbol}\"")).unwrap_or_default();
    lines.push(format!("currency {code}{sign}{places}"));
    if zone != "UTC" || choices.chance(30) {
        lines.push(format!("timezone \"{zone}\""));
    }
    lines.push(format!("period {}", period.name));
    if choices.chance(30) {
        lines.push(format!("rounding {}", choices.pick(&["half even", "up", "down"])));
    }
    Book {
        text: vec![lines.join("\n")],
        names: 0,
        code,
        symbol,
        period,
        enums: Vec::new(),
        units: Vec::new(),
        facts: Vec::new(),
        kinds: Vec::new(),
        tables: Vec::new(),
        defines: Vec::new(),
        calendars: Vec::new(),
        meters: Vec::new(),
        charges: Vec::new(),
        sold: Vec::new(),
    }
}

impl Book {
    pub(super) fn declare_units(&mut self, choices: &Choices) {
        let mut lines = Vec::new();
        for word in ["credit", "token", "page"].iter().take(choices.between(1, 3)) {
            let mut known = vec![(*word).to_owned()];
            match choices.chance(50) {
                true => {
                    lines.push(format!("unit {word} \"{word}s\""));
                    known.push(format!("{word}s"));
                }
                false => lines.push(format!("unit {word}")),
            }
            if choices.chance(40) {
                let many = format!("k{word}");
                lines.push(format!("unit {many} = {} {word}", choices.pick(&["1_000", "12", "0.5", "144"])));
                known.push(many);
            }
            self.units.push(known);
        }
        self.text.push(lines.join("\n"));
    }

    pub(super) fn declare_enums(&mut self, choices: &Choices) {
        for _ in 0..choices.between(0, 2) {
            let name = self.name("Size");
            let members = ["XS", "S", "M", "standard", "X2L"][..choices.between(1, 4)].to_vec();
            let written = members.iter().map(|member| match choices.chance(20) {
                true => format!("{member} \"{member} of {name}\""),
                false => (*member).to_owned(),
            });
            let written: Vec<String> = written.collect();
            self.text.push(format!("enum {name} {{ {} }}", written.join(", ")));
            self.enums.push((name, members));
        }
    }

    pub(super) fn declare_calendars(&mut self, choices: &Choices) {
        for _ in 0..choices.between(0, 2) {
            let name = self.name("hours");
            let mut entries = Vec::new();
            for _ in 0..choices.between(1, 3) {
                entries.push(
                    (*choices.pick(&[
                        "mon..fri",
                        "sat..sun",
                        "08:00..18:00",
                        "22:00..06:00",
                        "jan..mar",
                        "nov..feb",
                        "2026-03-29",
                        "2026-01-01..2026-02-15",
                        "02:30..03:30",
                        "sun",
                    ]))
                    .to_owned(),
                );
            }
            if let (Some(other), true) = (self.calendars.last(), choices.chance(50)) {
                entries.push(format!("except {other}"));
            }
            self.text.push(format!("calendar {name} {{ {} }}", entries.join(", ")));
            self.calendars.push(name);
        }
    }

    /// A type of a field.
    pub(super) fn field_type(&self, choices: &Choices) -> Ty {
        match choices.below(14) {
            0..=3 => Ty::Of(self.measure(choices)),
            4 | 5 => Ty::Count,
            6 | 7 => Ty::Text,
            8 | 9 if !self.enums.is_empty() => Ty::Enum(choices.below(self.enums.len())),
            8..=10 => Ty::Truth,
            11 => Ty::Money,
            12 => Ty::Date,
            _ => *choices.pick(&[Ty::Time, Ty::Rate(self.measure(choices))]),
        }
    }

    /// A type as a field or a column says it.
    pub(super) fn written_type(&self, choices: &Choices, ty: Ty) -> String {
        match ty {
            Ty::Count => "number".to_owned(),
            Ty::Of(of) => self.unit(choices, of),
            Ty::Money => self.code.to_owned(),
            Ty::Rate(of) => {
                let many = choices.pick(&["", "1k ", "100 "]);
                format!("{} per {many}{}", self.code, self.unit(choices, of))
            }
            Ty::Speed(of, per) => format!("{} per {}", self.unit(choices, of), self.unit(choices, per)),
            Ty::Text => "text".to_owned(),
            Ty::Enum(at) => self.enums[at].0.clone(),
            Ty::Truth => "boolean".to_owned(),
            Ty::Date => "date".to_owned(),
            Ty::Time => "time".to_owned(),
        }
    }

    /// `name : type`, perhaps optional, with a default or a least value.
    fn field(&mut self, choices: &Choices, word: &str, ty: Ty) -> (String, Field) {
        let name = self.name(word);
        let mut text = format!("{name} : {}", self.written_type(choices, ty));
        let optional = choices.chance(15);
        if optional {
            text += " optional";
        }
        if ty.is_number() && choices.chance(25) {
            text += " at least 0";
        }
        if choices.chance(10) {
            text += &format!(" from \"meta.{name}\", \"{name}\"");
        }
        if choices.chance(15) && !matches!(ty, Ty::Rate(_) | Ty::Speed(..)) {
            text += &format!(" = {}", self.constant(choices, ty));
        }
        (text, Field { name, ty, optional })
    }

    pub(super) fn declare_account(&mut self, choices: &Choices) {
        let mut lines = Vec::new();
        if self.period.anchor.is_some() || choices.chance(50) {
            let optional = choices.chance(30);
            lines.push(format!("  start : date{}", if optional { " optional" } else { "" }));
            self.facts.push(Field { name: "start".to_owned(), ty: Ty::Date, optional });
        }
        for _ in 0..choices.between(0, 3) {
            let ty = self.field_type(choices);
            let (line, field) = self.field(choices, "fact", ty);
            lines.push(format!("  {line}"));
            self.facts.push(field);
        }
        if !lines.is_empty() {
            self.text.push(format!("account {{\n{}\n}}", lines.join("\n")));
        }
    }

    pub(super) fn declare_defines(&mut self, choices: &Choices) {
        for _ in 0..choices.between(0, 2) {
            let mut parameters = Vec::new();
            for _ in 0..choices.between(0, 2) {
                let ty = self.field_type(choices);
                parameters.push(Field::new(self.name("p"), ty));
            }
            let ty = match parameters.first() {
                Some(first) if first.ty.is_number() => first.ty,
                _ => Ty::Count,
            };
            let scope = Scope { names: parameters.clone(), ..Scope::default() };
            let body = self.expr(choices, &scope, ty, 2);
            let name = self.name("made");
            let written: Vec<String> = parameters
                .iter()
                .map(|parameter| format!("{} : {}", parameter.name, self.written_type(choices, parameter.ty)))
                .collect();
            let brackets = if written.is_empty() { String::new() } else { format!("({})", written.join(", ")) };
            self.text.push(format!("define {name}{brackets} = {body}"));
            self.defines.push(Define { name, parameters: parameters.iter().map(|one| one.ty).collect(), ty });
        }
    }

    pub(super) fn declare_kinds(&mut self, choices: &Choices) {
        for _ in 0..choices.between(1, 3) {
            let name = self.name("run");
            let mut kind = Kind { name, fields: Vec::new(), lists: Vec::new(), lasts: None };
            let mut lines = Vec::new();
            let (lasts, of_kind) = self.lasts(choices, &mut lines);
            kind.lasts = of_kind;
            let first = Ty::Of(self.measure(choices));
            for at in 0..choices.between(1, 4) {
                let ty = if at == 0 { first } else { self.field_type(choices) };
                let (line, field) = self.field(choices, "used", ty);
                lines.push(format!("  {line}"));
                kind.fields.push(field);
            }
            if choices.chance(30) {
                let list = self.list(choices, &mut lines);
                kind.lists.push(list);
            }
            for _ in 0..choices.between(0, 2) {
                let ty = *choices.pick(&[Ty::Truth, Ty::Count, first, Ty::Money]);
                let scope = self.record_scope(&kind, None);
                let value = self.expr(choices, &scope, ty, 2);
                let name = self.name("made");
                lines.push(format!("  let {name} = {value}"));
                kind.fields.push(Field::new(name, ty));
            }
            let next = self.lasts_until_next(choices, &mut kind);
            self.text.push(format!("usage {}{lasts}{next} {{\n{}\n}}", kind.name, lines.join("\n")));
            self.kinds.push(kind);
        }
    }

    fn list(&mut self, choices: &Choices, lines: &mut Vec<String>) -> List {
        let name = self.name("items");
        let optional = choices.chance(20);
        let end = if optional { " optional" } else { "" };
        if choices.chance(25) {
            let ty = *choices.pick(&[Ty::Count, Ty::Text, Ty::Of(self.measure(choices))]);
            lines.push(format!("  {name} : list of {}{end}", self.written_type(choices, ty)));
            return List { name, optional, fields: vec![Field::new("", ty)] };
        }
        let mut fields = Vec::new();
        let mut written = Vec::new();
        for at in 0..choices.between(1, 3) {
            let ty = if at == 0 { Ty::Of(self.measure(choices)) } else { self.field_type(choices) };
            let field = Field::new(self.name("item"), ty);
            written.push(format!("{} : {}", field.name, self.written_type(choices, ty)));
            fields.push(field);
        }
        lines.push(format!("  {name} : list of {{ {} }}{end}", written.join("; ")));
        List { name, optional, fields }
    }

    pub(super) fn declare_free(&mut self, choices: &Choices) {
        for kind in self.kinds.clone() {
            if choices.chance(35) {
                let scope = self.record_scope(&kind.as_it_comes(), None);
                let condition = match choices.chance(60) {
                    true => format!(" where {}", self.expr(choices, &scope, Ty::Truth, 2)),
                    false => String::new(),
                };
                self.text.push(format!("free {}{condition}", kind.name));
            }
        }
    }
}
