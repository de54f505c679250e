//! Expressions of a type.

use super::Book;
use super::scope::{Field, Measure, Scope, Ty};
use crate::choices::Choices;

const NUMBERS: &[&str] =
    &["1", "0", "2", "3", "10", "0.5", "0.25", "1_000", "2k", "1.5M", "10%", "100", "0.333333333333", "7", "30"];
const DIVISORS: &[&str] = &["2", "3", "7", "10", "0.3", "1_000", "1.5"];
pub(super) const TEXTS: &[&str] = &["owl", "swift", "owl-2", "eu", "", "a:b", "ö", "a", "b"];
const DATES: &[&str] = &["2026-02-01", "2026-03-29", "2026-01-15", "2025-12-31", "2026-03"];
const TIMES: &[&str] = &["2026-02-01T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-08T07:00:00+02:00"];

impl Book {
    /// A value that stands for itself.
    pub(super) fn constant(&self, choices: &Choices, ty: Ty) -> String {
        match ty {
            Ty::Count => (*choices.pick(NUMBERS)).to_owned(),
            Ty::Of(of) => {
                let unit = self.unit(choices, of);
                format!("{} {unit}", choices.pick(NUMBERS))
            }
            Ty::Money => self.money(choices),
            Ty::Rate(of) => {
                let many = choices.pick(&["", "", "1k ", "1M ", "10 "]);
                let (money, unit) = (self.money(choices), self.unit(choices, of));
                format!("{money} per {many}{unit}")
            }
            Ty::Speed(of, per) => {
                let (of, per) = (self.unit(choices, of), self.unit(choices, per));
                format!("{} {of} per {per}", choices.pick(NUMBERS))
            }
            Ty::Text => format!("\"{}\"", choices.pick(TEXTS)),
            Ty::Enum(at) => (*choices.pick(&self.enums[at].1)).to_owned(),
            Ty::Truth => (*choices.pick(&["true", "false"])).to_owned(),
            Ty::Date => (*choices.pick(DATES)).to_owned(),
            Ty::Time => (*choices.pick(TIMES)).to_owned(),
        }
    }

    pub(super) fn money(&self, choices: &Choices) -> String {
        self.money_of(choices, &["1", "0.02", "3.50", "0", "10", "0.000125", "19.99", "1_000", "0.005", "2k"])
    }

    /// One of these amounts.
    pub(super) fn money_of(&self, choices: &Choices, amounts: &[&str]) -> String {
        let amount = choices.pick(amounts);
        match self.symbol {
            Some(symbol) if choices.chance(80) => format!("{symbol}{amount}"),
            _ => format!("{} {amount}", self.code),
        }
    }

    /// An expression of a type, `depth` levels deep at most.
    pub(super) fn expr(&self, choices: &Choices, scope: &Scope, ty: Ty, depth: usize) -> String {
        if depth == 0 || choices.chance(35) {
            return self.leaf(choices, scope, ty);
        }
        match ty {
            Ty::Truth => self.condition(choices, scope, depth - 1),
            _ if ty.is_number() => self.number(choices, scope, ty, depth - 1),
            _ => self.choice(choices, scope, ty, depth - 1),
        }
    }

    /// A name, a look-up or a constant.
    pub(super) fn leaf(&self, choices: &Choices, scope: &Scope, ty: Ty) -> String {
        let names: Vec<&Field> = scope.names.iter().filter(|name| name.ty == ty).collect();
        if !names.is_empty() && choices.chance(65) {
            let field = *choices.pick(&names);
            return self.named(choices, field);
        }
        if scope.is_open && choices.chance(40) {
            let looked_up = self.look_up(choices, scope, ty);
            if let Some(found) = looked_up.or_else(|| self.made(choices, scope, ty)) {
                return found;
            }
        }
        match (ty, scope.is_record) {
            (Ty::Time, true) if choices.chance(70) => "time".to_owned(),
            (Ty::Time, _) if scope.is_open && choices.chance(40) => {
                let part = choices.pick(&["start", "end"]);
                format!(
                    "({part} of {})",
                    choices.pick(&["month", "day", "hour", "period", "next month", "previous day"])
                )
            }
            _ => self.constant(choices, ty),
        }
    }

    /// A name; what may be absent gets a value for that.
    fn named(&self, choices: &Choices, field: &Field) -> String {
        match field.optional {
            true => format!("({} otherwise {})", field.name, self.constant(choices, field.ty)),
            false => field.name.clone(),
        }
    }

    /// A cell of a table.
    fn look_up(&self, choices: &Choices, scope: &Scope, ty: Ty) -> Option<String> {
        let fitting: Vec<_> = self
            .tables
            .iter()
            .flat_map(|table| table.columns.iter().map(move |column| (table, column)))
            .filter(|(_, column)| column.ty == ty)
            .collect();
        if fitting.is_empty() {
            return None;
        }
        let (table, column) = *choices.pick(&fitting);
        let keys: Vec<String> = table.keys.iter().map(|key| self.leaf_without_tables(choices, scope, *key)).collect();
        let brackets = if keys.is_empty() { String::new() } else { format!("[{}]", keys.join(", ")) };
        let dot = match table.columns.len() > 1 || (!keys.is_empty() && choices.chance(30)) {
            true => format!(".{}", column.name),
            false => String::new(),
        };
        let at = match table.dated && choices.chance(20) {
            true => format!(" at {}", choices.pick(DATES)),
            false => String::new(),
        };
        let found = format!("{}{brackets}{dot}{at}", table.name);
        Some(match column.optional {
            true => format!("({found} otherwise {})", self.constant(choices, ty)),
            false if at.is_empty() => found,
            false => format!("({found})"),
        })
    }

    fn leaf_without_tables(&self, choices: &Choices, scope: &Scope, ty: Ty) -> String {
        let scope = Scope { is_open: false, lists: Vec::new(), ..scope.clone() };
        self.leaf(choices, &scope, ty)
    }

    /// A define, called.
    fn made(&self, choices: &Choices, scope: &Scope, ty: Ty) -> Option<String> {
        let fitting: Vec<_> = self.defines.iter().filter(|define| define.ty == ty).collect();
        if fitting.is_empty() {
            return None;
        }
        let define = *choices.pick(&fitting);
        let scope = Scope { is_open: false, ..scope.clone() };
        let values: Vec<String> = define.parameters.iter().map(|ty| self.expr(choices, &scope, *ty, 1)).collect();
        let brackets = if values.is_empty() { String::new() } else { format!("({})", values.join(", ")) };
        Some(format!("{}{brackets}", define.name))
    }

    fn number(&self, choices: &Choices, scope: &Scope, ty: Ty, depth: usize) -> String {
        let one = |choices: &Choices| self.expr(choices, scope, ty, depth);
        let count = |choices: &Choices| self.expr(choices, scope, Ty::Count, depth);
        match choices.below(18) {
            0 => format!("({} + {})", one(choices), one(choices)),
            1 => format!("({} - {})", one(choices), one(choices)),
            2 => format!("({} * {})", count(choices), one(choices)),
            3 => {
                // Without brackets a product binds tighter than a sum, on both sides.
                let [a, b, c, d] = [ty, Ty::Count, ty, ty].map(|ty| self.leaf(choices, scope, ty));
                format!("({d} + {a} * {b} - {c})")
            }
            4 => format!("({} / {})", one(choices), choices.pick(DIVISORS)),
            5 => format!("({} above {})", one(choices), one(choices)),
            6 => format!("({} mod {})", one(choices), self.positive(choices, ty)),
            7 => format!("min({}, {})", one(choices), one(choices)),
            8 => format!("max({}, {}, {})", one(choices), one(choices), self.constant(choices, ty)),
            9 => format!("abs({})", one(choices)),
            10 => format!("clamp({}, {}, {})", one(choices), self.constant(choices, ty), one(choices)),
            11 => format!("(-{})", self.leaf(choices, scope, ty)),
            12 | 13 => self.rounded(choices, scope, ty, depth),
            14 => self.product(choices, scope, ty, depth).unwrap_or_else(|| one(choices)),
            15 => self.fold(choices, scope, ty).unwrap_or_else(|| one(choices)),
            16 => self.quotient(choices, scope, ty, depth).unwrap_or_else(|| one(choices)),
            _ => self.choice(choices, scope, ty, depth),
        }
    }

    /// A constant above zero.
    fn positive(&self, choices: &Choices, ty: Ty) -> String {
        let number = choices.pick(DIVISORS);
        match ty {
            Ty::Of(of) => format!("{number} {}", self.unit(choices, of)),
            Ty::Money => format!("{} {number}", self.code),
            Ty::Rate(of) => format!("{} {number} per {}", self.code, self.unit(choices, of)),
            Ty::Speed(of, per) => format!("{number} {} per {}", self.unit(choices, of), self.unit(choices, per)),
            _ => (*number).to_owned(),
        }
    }

    fn rounded(&self, choices: &Choices, scope: &Scope, ty: Ty, depth: usize) -> String {
        let inner = self.expr(choices, scope, ty, depth);
        let function = choices.pick(&["round", "ceil", "floor"]);
        let mode = match *function == "round" && choices.chance(30) {
            true => *choices.pick(&[", half even", ", up", ", down"]),
            false => "",
        };
        match ty {
            Ty::Count | Ty::Money if choices.chance(60) => {
                format!("{function}({inner} to {} places{mode})", choices.pick(&["2", "0", "6"]))
            }
            Ty::Count | Ty::Money if choices.chance(50) => format!("{function}({inner}{mode})"),
            _ => format!("{function}({inner} to {}{mode})", self.positive(choices, ty)),
        }
    }

    /// Money of a rate and a quantity, a quantity of a speed and a quantity.
    fn product(&self, choices: &Choices, scope: &Scope, ty: Ty, depth: usize) -> Option<String> {
        let per = self.measure(choices);
        let factor = match ty {
            Ty::Money => Ty::Rate(per),
            Ty::Of(of) => Ty::Speed(of, per),
            _ => return None,
        };
        let (left, right) = (self.leaf(choices, scope, factor), self.expr(choices, scope, Ty::Of(per), depth));
        Some(match choices.chance(50) {
            true => format!("({left} * {right})"),
            false => format!("({right} * {left})"),
        })
    }

    /// A division by what is no constant: within a rounding, or by a fact or the days of a window.
    fn quotient(&self, choices: &Choices, scope: &Scope, ty: Ty, depth: usize) -> Option<String> {
        match ty {
            Ty::Count => {
                let of = Ty::Of(self.measure(choices));
                let (left, right) = (self.expr(choices, scope, of, depth), self.expr(choices, scope, of, depth));
                let divided = match choices.chance(80) {
                    true => format!("{left} / max({right}, {})", self.positive(choices, of)),
                    false => format!("{left} / {}", self.leaf(choices, scope, of)),
                };
                Some(format!("{}({divided} to 3 places)", choices.pick(&["round", "ceil"])))
            }
            _ if scope.is_open && choices.chance(60) => {
                let days = choices.pick(&["days of month", "length of day", "days of period"]);
                let one = self.leaf(choices, scope, ty);
                Some(format!("({one} * ({} / ({days})))", self.constant(choices, Ty::Of(Measure::Time))))
            }
            _ => None,
        }
    }

    /// The items of a list made one number.
    fn fold(&self, choices: &Choices, scope: &Scope, ty: Ty) -> Option<String> {
        let list = scope.lists.first()?;
        let path = match list.optional {
            true => return None,
            false => &list.name,
        };
        let inner = |field: &Field| match field.name.is_empty() {
            true => "i".to_owned(),
            false => format!("i.{}", field.name),
        };
        let fits: Vec<&Field> = list.fields.iter().filter(|field| field.ty == ty).collect();
        if ty == Ty::Count && (fits.is_empty() || choices.chance(50)) {
            let first = list.fields.first()?;
            let function = choices.pick(&["count", "unique"]);
            let names = list.fields.iter().map(|field| Field { name: inner(field), ..field.clone() }).collect();
            let items = Scope { names, ..Scope::default() };
            let condition = match choices.chance(50) {
                true => format!(" where {}", self.expr(choices, &items, Ty::Truth, 1)),
                false => String::new(),
            };
            return Some(format!("{function}({} for i in {path}{condition})", inner(first)));
        }
        if fits.is_empty() {
            return None;
        }
        let value = inner(fits[choices.below(fits.len())]);
        Some(match choices.below(3) {
            0 => format!("sum({value} for i in {path})"),
            1 => format!("(max({value} for i in {path}) otherwise {})", self.constant(choices, ty)),
            _ => format!("(min({value} for i in {path}) otherwise {})", self.constant(choices, ty)),
        })
    }

    /// `if` or `match`
    fn choice(&self, choices: &Choices, scope: &Scope, ty: Ty, depth: usize) -> String {
        let subjects: Vec<&Field> =
            scope.names.iter().filter(|name| !name.optional && matches!(name.ty, Ty::Enum(_) | Ty::Truth)).collect();
        if !subjects.is_empty() && choices.chance(50) {
            let subject = *choices.pick(&subjects);
            return self.matched(choices, scope, subject, ty, depth);
        }
        let condition = self.expr(choices, scope, Ty::Truth, depth);
        let (then, other) = (self.expr(choices, scope, ty, depth), self.expr(choices, scope, ty, depth));
        format!("(if {condition} then {then} else {other})")
    }

    fn matched(&self, choices: &Choices, scope: &Scope, subject: &Field, ty: Ty, depth: usize) -> String {
        let members: &[&str] = match subject.ty {
            Ty::Enum(at) => &self.enums[at].1,
            _ => &["true", "false"],
        };
        let has_else = members.len() > 1 && choices.chance(50);
        let listed = if has_else { &members[..members.len() - 1] } else { members };
        let mut arms = Vec::new();
        for member in listed {
            arms.push(format!("{member}: {}", self.expr(choices, scope, ty, depth.min(1))));
        }
        if has_else {
            arms.push(format!("else: {}", self.leaf(choices, scope, ty)));
        }
        format!("(match {} {{ {} }})", subject.name, arms.join("; "))
    }

    pub(super) fn condition(&self, choices: &Choices, scope: &Scope, depth: usize) -> String {
        match choices.below(10) {
            0..=3 => self.comparison(choices, scope, depth),
            4 => format!("(not {})", self.expr(choices, scope, Ty::Truth, depth)),
            5 | 6 => {
                let (left, right) =
                    (self.expr(choices, scope, Ty::Truth, depth), self.expr(choices, scope, Ty::Truth, depth));
                format!("({left} {} {right})", choices.pick(&["and", "or"]))
            }
            7 if !self.calendars.is_empty() && scope.is_open => {
                let ty = *choices.pick(&[Ty::Time, Ty::Date]);
                let time = self.leaf(choices, scope, ty);
                format!("({time} in {})", choices.pick(&self.calendars))
            }
            8 => match scope.names.iter().find(|name| name.optional) {
                Some(name) => format!("({} is absent)", name.name),
                None => self.comparison(choices, scope, depth),
            },
            _ => self.comparison(choices, scope, depth),
        }
    }

    fn comparison(&self, choices: &Choices, scope: &Scope, depth: usize) -> String {
        let numbers: Vec<Ty> = scope.names.iter().map(|name| name.ty).filter(|ty| *ty != Ty::Truth).collect();
        let ty = match numbers.is_empty() {
            true => Ty::Count,
            false => *choices.pick(&numbers),
        };
        let ordered = ty.is_number() || matches!(ty, Ty::Date | Ty::Time);
        let sign = match ordered {
            true => choices.pick(&[">", "<=", "==", "<", ">=", "!="]),
            false => choices.pick(&["==", "!="]),
        };
        let names: Vec<&Field> = scope.names.iter().filter(|name| name.ty == ty).collect();
        let left = match names.is_empty() {
            true => self.leaf(choices, scope, ty),
            false => {
                let field = *choices.pick(&names);
                self.named(choices, field)
            }
        };
        let right = match ordered {
            true => self.expr(choices, scope, ty, depth.min(1)),
            false => self.constant(choices, ty),
        };
        format!("({left} {sign} {right})")
    }
}
