//! Expressions as text: names instead of numbers, as a reader of the book would write them.

use super::text::shaped;
use super::{
    AggregateFunction, Back, Expr, Fold, Function, History, Instants, LastingPart, Op, Over, Program, Rows,
    StateMachine,
};
use crate::exact::{Rational, Rounding};
use crate::model::{Field, Symbol, Type, Value};
use crate::typed::{Arithmetic, Comparison, Whose, WindowPart};
use std::sync::Arc;

/// What the numbers in an expression are called.
#[derive(Clone, Debug)]
pub struct Names<'p> {
    program: &'p Program,
    /// The kind, in record scope.
    kind: Option<usize>,
    /// The fold around.
    machine: Option<&'p StateMachine>,
    keys: Keys<'p>,
    /// The fields of the lists around, the innermost last.
    lists: Vec<Arc<[Field]>>,
    aggregates: Aggregates,
}

/// How keys are written.
#[derive(Clone, Copy, Debug)]
enum Keys<'p> {
    Names(&'p [Symbol]),
    Values(&'p [Value]),
}

/// How aggregates are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aggregates {
    /// As a book writes them: `sum(billed)`.
    InPlace,
    /// As nodes: `%3`.
    Numbered,
}

/// How tightly an operator binds, loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Choice,
    Or,
    And,
    Not,
    Comparison,
    Above,
    Sum,
    Product,
    Sign,
    Atom,
}

impl<'p> Names<'p> {
    /// In the records of a kind.
    #[must_use]
    pub fn of_kind(program: &'p Program, kind: usize) -> Names<'p> {
        Names { kind: Some(kind), ..Names::of_group(program, &[]) }
    }

    /// In a fold.
    #[must_use]
    pub fn in_fold(self, machine: &'p StateMachine) -> Names<'p> {
        Names { machine: Some(machine), ..self }
    }

    /// In groups with these keys.
    #[must_use]
    pub fn of_group(program: &'p Program, keys: &'p [Symbol]) -> Names<'p> {
        let keys = Keys::Names(keys);
        Names { program, kind: None, machine: None, keys, lists: Vec::new(), aggregates: Aggregates::InPlace }
    }

    /// In one group: its keys stand as their values.
    #[must_use]
    pub fn of_values(program: &'p Program, keys: &'p [Value]) -> Names<'p> {
        Names { keys: Keys::Values(keys), ..Names::of_group(program, &[]) }
    }

    /// With aggregates as the numbers of their nodes.
    #[must_use]
    pub fn numbered(self) -> Names<'p> {
        Names { aggregates: Aggregates::Numbered, ..self }
    }

    /// With the items of a list of the kind.
    #[must_use]
    pub fn with_list(mut self, list: usize) -> Names<'p> {
        let kind = self.kind.and_then(|kind| self.program.schema.kinds.get(kind));
        self.lists.extend(kind.and_then(|kind| kind.fields.get(list)).and_then(item_fields));
        self
    }

    /// An expression.
    #[must_use]
    pub fn expr(&self, expr: &Expr) -> String {
        self.bound(expr, Binding::Choice)
    }

    /// An expression, in brackets where it binds less than what stands around it.
    fn bound(&self, expr: &Expr, around: Binding) -> String {
        let (binding, text) = self.operation(expr);
        if binding < around { format!("({text})") } else { text }
    }

    fn operation(&self, expr: &Expr) -> (Binding, String) {
        match &expr.op {
            Op::Negative(a) => (Binding::Sign, format!("-{}", self.bound(a, Binding::Sign))),
            Op::Not(a) => (Binding::Not, format!("not {}", self.bound(a, Binding::Not))),
            Op::Arithmetic(operator, a, b) => self.arithmetic(*operator, a, b),
            Op::Compare(comparison, a, b) => self.infix(Binding::Comparison, comparison_sign(*comparison), a, b),
            Op::And(a, b) => self.infix(Binding::And, "and", a, b),
            Op::Or(a, b) => self.infix(Binding::Or, "or", a, b),
            Op::Otherwise(a, b) => self.infix(Binding::Above, "otherwise", a, b),
            Op::IsAbsent(a) => (Binding::Comparison, format!("{} is absent", self.bound(a, Binding::Above))),
            Op::InCalendar(a, calendar) => {
                let calendar = self.program.calendars.get(*calendar).map_or("?", |calendar| &calendar.name);
                (Binding::Comparison, format!("{} in {calendar}", self.bound(a, Binding::Above)))
            }
            Op::If(condition, yes, no) => {
                let [condition, yes, no] = [condition, yes, no].map(|part| self.expr(part));
                (Binding::Choice, format!("if {condition} then {yes} else {no}"))
            }
            Op::Match { subject, arms, otherwise } => (Binding::Choice, self.matching(subject, arms, otherwise)),
            _ => (Binding::Atom, self.atom(expr)),
        }
    }

    fn arithmetic(&self, operator: Arithmetic, a: &Expr, b: &Expr) -> (Binding, String) {
        match operator {
            Arithmetic::Add => self.infix(Binding::Sum, "+", a, b),
            Arithmetic::Subtract => self.infix(Binding::Sum, "-", a, b),
            Arithmetic::Multiply => self.infix(Binding::Product, "*", a, b),
            Arithmetic::Divide => self.infix(Binding::Product, "/", a, b),
            Arithmetic::Modulo => self.infix(Binding::Product, "mod", a, b),
            Arithmetic::Above => self.infix(Binding::Above, "above", a, b),
        }
    }

    /// The right side in brackets where it binds no tighter, as all operators group from the left.
    fn infix(&self, binding: Binding, sign: &str, a: &Expr, b: &Expr) -> (Binding, String) {
        let (right, text) = self.operation(b);
        let right = if right <= binding { format!("({text})") } else { text };
        (binding, format!("{} {sign} {right}", self.bound(a, binding)))
    }

    fn matching(&self, subject: &Expr, arms: &[(Value, Expr)], otherwise: &Option<Box<Expr>>) -> String {
        let arm = |(value, arm): &(Value, Expr)| {
            format!("{}: {}", shaped(self.program, subject.shape, subject.unit.as_ref(), value), self.expr(arm))
        };
        let rest = otherwise.iter().map(|arm| format!("else: {}", self.expr(arm)));
        let arms: Vec<String> = arms.iter().map(arm).chain(rest).collect();
        format!("match {} {{ {} }}", self.expr(subject), arms.join(", "))
    }

    /// What needs no brackets.
    fn atom(&self, expr: &Expr) -> String {
        match &expr.op {
            Op::Constant(value) => shaped(self.program, expr.shape, expr.unit.as_ref(), value),
            Op::Field(field) => self.field(*field),
            Op::Let(at) => self.computed(*at),
            Op::RecordId => "id".to_owned(),
            Op::Account => "account".to_owned(),
            Op::RecordTime => "time".to_owned(),
            Op::RecordKind => "kind".to_owned(),
            Op::Lasting(part) => lasting_part_name(*part).to_owned(),
            Op::ItemField { depth, field } => self.item_field(*depth, *field),
            Op::Fact { fact, whose } => {
                let of = if *whose == Whose::Payer { "payer" } else { "account" };
                self.program.schema.facts.get(*fact).map_or("?".to_owned(), |fact| format!("{of}.{}", fact.name))
            }
            Op::Term { shift, plan, term } => {
                let next = if *shift == 0 { "" } else { " of next term" };
                let terms = self.program.schema.plans.get(*plan).map(|plan| plan.terms.as_slice()).unwrap_or_default();
                format!("terms.{}{next}", terms.get(*term).map_or("?", |term| &*term.name))
            }
            Op::Key(key) => self.key(expr, *key),
            Op::Meter { meter, .. } => self.meter(*meter),
            Op::Function(function, arguments) => format!("{}({})", function_name(*function), self.list(arguments)),
            Op::Round { value, rounding, step } => self.rounding(value, *rounding, step),
            Op::Lookup { table, keys, column, at } => self.lookup(*table, keys, *column, at.as_deref()),
            Op::WindowValue { part, shift, window, calendar } => self.window(*part, *shift, &window.name, *calendar),
            Op::DateOf(a) => format!("date of {}", self.bound(a, Binding::Atom)),
            Op::TimeOf(a) => format!("start of {}", self.bound(a, Binding::Atom)),
            Op::Fold(fold) => self.fold(fold),
            Op::Aggregate(at) => self.aggregate(*at),
            Op::Unbilled => "unbilled".to_owned(),
            Op::History(history) => self.history(history),
            Op::Split(split) => {
                let weight = of_rows(self.program, &split.rows).expr(&split.weight);
                let key = split.rows.keys.get(split.key).map_or("?", |key| &**key);
                format!("split({} by {weight} over {key})", self.expr(&split.amount))
            }
            Op::Total(charges) => {
                let names =
                    charges.iter().filter_map(|at| self.program.charges.get(*at)).map(|one| one.name.to_string());
                format!("total({})", names.collect::<Vec<_>>().join(", "))
            }
            Op::State(at) => self.state(*at),
            Op::FoldLet(at) => named(self.machine.and_then(|machine| machine.lets.get(*at)).map(|(name, _)| name)),
            Op::StateBefore { state, opening } => self.state_before(*state, opening.as_deref()),
            _ => format!("({})", self.operation(expr).1),
        }
    }

    fn state(&self, at: usize) -> String {
        named(self.machine.and_then(|machine| machine.states.get(at)).map(|state| &state.name))
    }

    fn state_before(&self, at: usize, opening: Option<&Expr>) -> String {
        let window = self.machine.and_then(|machine| machine.window.as_ref()).map_or("window", |window| &window.name);
        let opening = opening.map(|opening| format!(" opening {}", self.bound(opening, Binding::Atom)));
        format!("{} of previous {window}{}", self.state(at), opening.unwrap_or_default())
    }

    fn list(&self, exprs: &[Expr]) -> String {
        exprs.iter().map(|expr| self.expr(expr)).collect::<Vec<_>>().join(", ")
    }

    fn field(&self, at: usize) -> String {
        let kind = self.kind.and_then(|kind| self.program.schema.kinds.get(kind));
        named(kind.and_then(|kind| kind.fields.get(at)).map(|field| &field.name))
    }

    fn computed(&self, at: usize) -> String {
        let lets = self.kind.and_then(|kind| self.program.lets.get(kind));
        named(lets.and_then(|lets| lets.get(at)).map(|one| &one.name))
    }

    fn item_field(&self, depth: usize, field: usize) -> String {
        let item = self.lists.iter().rev().nth(depth).and_then(|fields| fields.get(field));
        match item.map(|field| &*field.name) {
            Some("") => "item".to_owned(),
            Some(name) => name.to_owned(),
            None => "?".to_owned(),
        }
    }

    fn key(&self, expr: &Expr, at: usize) -> String {
        match self.keys {
            Keys::Names(names) => named(names.get(at)),
            Keys::Values(values) => values
                .get(at)
                .map_or("?".to_owned(), |value| shaped(self.program, expr.shape, expr.unit.as_ref(), value)),
        }
    }

    /// What a key is called.
    pub(super) fn key_name(&self, at: usize) -> String {
        match self.keys {
            Keys::Names(names) => named(names.get(at)),
            Keys::Values(_) => "?".to_owned(),
        }
    }

    fn meter(&self, at: usize) -> String {
        named(self.program.meters.get(at).map(|meter| &meter.name))
    }

    fn rounding(&self, value: &Expr, rounding: Rounding, step: &Expr) -> String {
        let whole = step.unit.is_none() && step.constant() == Some(&Value::Number(Rational::one()));
        let to = if whole { String::new() } else { format!(" to {}", self.expr(step)) };
        let value = self.expr(value);
        match rounding {
            Rounding::Ceil => format!("ceil({value}{to})"),
            Rounding::Floor => format!("floor({value}{to})"),
            Rounding::HalfAwayFromZero => format!("round({value}{to})"),
            other => format!("round({value}{to}, {})", rounding_name(other)),
        }
    }

    fn lookup(&self, table: usize, keys: &[Expr], column: usize, at: Option<&Expr>) -> String {
        let Some(table) = self.program.tables.get(table).map(|indexed| &indexed.table) else { return "?".to_owned() };
        let column = match table.values.get(column).filter(|_| table.values.len() > 1) {
            Some(column) => format!(".{}", column.name),
            None => String::new(),
        };
        let at = at.map(|at| format!(" at {}", self.bound(at, Binding::Atom))).unwrap_or_default();
        format!("{}[{}]{column}{at}", table.name, self.list(keys))
    }

    fn window(&self, part: WindowPart, shift: i8, window: &str, calendar: Option<usize>) -> String {
        let part = match part {
            WindowPart::Start => "start",
            WindowPart::End => "end",
            WindowPart::Length => "length",
            WindowPart::Days => "days",
        };
        let shift = match shift {
            0 => "",
            1.. => "next ",
            _ => "previous ",
        };
        let calendar = calendar.and_then(|at| self.program.calendars.get(at));
        let calendar = calendar.map(|calendar| format!(" in {}", calendar.name)).unwrap_or_default();
        format!("{part} of {shift}{window}{calendar}")
    }

    fn fold(&self, fold: &Fold) -> String {
        let mut inner = self.clone();
        inner.lists.extend(self.fields_of(&fold.list));
        let argument = fold.argument.as_ref().map(|argument| format!("{} ", inner.expr(argument)));
        let condition = fold.condition.as_ref().map(|condition| format!(" where {}", inner.expr(condition)));
        format!(
            "{}({}for each of {}{})",
            aggregate_name(&fold.function),
            argument.unwrap_or_default(),
            self.expr(&fold.list),
            condition.unwrap_or_default()
        )
    }

    /// What the items of a list are made of.
    fn fields_of(&self, list: &Expr) -> Option<Arc<[Field]>> {
        match &list.op {
            Op::Field(at) => {
                let kind = self.kind.and_then(|kind| self.program.schema.kinds.get(kind));
                kind.and_then(|kind| kind.fields.get(*at)).and_then(item_fields)
            }
            Op::Fact { fact: at, .. } => self.program.schema.facts.get(*at).and_then(item_fields),
            Op::ItemField { depth, field } => {
                self.lists.iter().rev().nth(*depth).and_then(|fields| fields.get(*field)).and_then(item_fields)
            }
            _ => None,
        }
    }

    /// An aggregate as its place wants it: its node, or as the book writes it.
    fn aggregate(&self, at: usize) -> String {
        if self.aggregates == Aggregates::Numbered {
            return format!("%{at}");
        }
        let Some(node) = self.program.aggregates.get(at) else { return "?".to_owned() };
        let argument = self.argument(at).unwrap_or_default();
        match &node.function {
            AggregateFunction::Percentile(rank) => format!("percentile({rank}, {argument})"),
            AggregateFunction::Highest(k) => format!("highest({k}, {argument})"),
            other => format!("{}({argument})", aggregate_name(other)),
        }
    }

    /// `max(peak over last 11 months)`, `used of previous month`
    fn history(&self, history: &History) -> String {
        let (argument, window) = (self.expr(&history.argument), &history.window.name);
        let opening =
            history.opening.as_ref().map(|opening| format!(" opening {}", self.bound(opening, Binding::Atom)));
        let opening = opening.unwrap_or_default();
        let over = match history.back {
            Back::Last(count) => format!("last {count} {window}s"),
            Back::Months(first, last) => format!("{}..{}", month_name(first), month_name(last)),
        };
        match &history.function {
            None => format!("{argument} of previous {window}{opening}"),
            Some(AggregateFunction::Percentile(rank)) => format!("percentile({rank}, {argument} over {over})"),
            Some(AggregateFunction::Highest(k)) => format!("highest({k}, {argument} over {over})"),
            Some(other) => format!("{}({argument} over {over})", aggregate_name(other)),
        }
    }

    /// The argument of an aggregate, in the scope that it opens.
    #[must_use]
    pub fn argument(&self, at: usize) -> Option<String> {
        let node = self.program.aggregates.get(at)?;
        let argument = node.argument.as_ref()?;
        Some(match &node.over {
            Over::Stream(stream) => of_stream(self.program, *stream).expr(argument),
            Over::Rows(rows) => of_rows(self.program, rows).expr(argument),
            Over::Instants(Instants { rows, layer }) => {
                let inner = of_rows(self.program, rows).expr(argument);
                if layer.is_some() { format!("layers({inner})") } else { inner }
            }
        })
    }
}

/// In the records of a stream.
#[must_use]
pub fn of_stream(program: &Program, stream: usize) -> Names<'_> {
    match program.streams.get(stream) {
        Some(stream) => {
            let names = Names::of_kind(program, stream.kind);
            stream.list.map_or(names.clone(), |list| names.with_list(list))
        }
        None => Names::of_group(program, &[]),
    }
}

/// In the rows of meters.
#[must_use]
pub fn of_rows<'p>(program: &'p Program, rows: &'p Rows) -> Names<'p> {
    Names::of_group(program, &rows.keys)
}

fn item_fields(field: &Field) -> Option<Arc<[Field]>> {
    match &field.ty {
        Type::List(fields) => Some(fields.clone()),
        _ => None,
    }
}

fn named(name: Option<&Symbol>) -> String {
    name.map_or("?".to_owned(), ToString::to_string)
}

/// A month as a book writes it.
fn month_name(month: u8) -> &'static str {
    const NAMES: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    NAMES.get(usize::from(month).wrapping_sub(1)).copied().unwrap_or("?")
}

/// A part of what lasts, as a book writes it.
fn lasting_part_name(part: LastingPart) -> &'static str {
    match part {
        LastingPart::Start => "start",
        LastingPart::End => "end",
        LastingPart::Duration => "duration",
    }
}

/// A function as a book writes it.
#[must_use]
pub fn function_name(function: Function) -> &'static str {
    match function {
        Function::Min => "min",
        Function::Max => "max",
        Function::Abs => "abs",
        Function::Clamp => "clamp",
    }
}

/// An aggregate as a book writes it.
#[must_use]
pub fn aggregate_name(function: &AggregateFunction) -> &'static str {
    match function {
        AggregateFunction::Sum => "sum",
        AggregateFunction::Count => "count",
        AggregateFunction::Max => "max",
        AggregateFunction::Min => "min",
        AggregateFunction::First => "first",
        AggregateFunction::Last => "last",
        AggregateFunction::Unique => "unique",
        AggregateFunction::Average => "average",
        AggregateFunction::Percentile(_) => "percentile",
        AggregateFunction::Highest(_) => "highest",
        AggregateFunction::Any => "any",
        AggregateFunction::All => "all",
        AggregateFunction::Integral => "integral",
    }
}

/// A rounding in words.
#[must_use]
pub fn rounding_name(rounding: Rounding) -> &'static str {
    match rounding {
        Rounding::HalfAwayFromZero => "half away from zero",
        Rounding::HalfEven => "half even",
        Rounding::Up => "up",
        Rounding::Down => "down",
        Rounding::Ceil => "up to plus infinity",
        Rounding::Floor => "down to minus infinity",
    }
}

fn comparison_sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "==",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}
