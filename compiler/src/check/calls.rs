//! Calls: functions of values, aggregates, `total`, and defines.

use super::mismatch::Joint;
use super::scope::Scope;
use super::{Checker, literals, names, units, words};
use crate::diagnostic::Diagnostic;
use crate::hir::Entity;
use crate::model::{Dimension, Symbol, Type};
use crate::source::Span;
use crate::syntax::ast::{Argument, ExprKind as Form, Name};
use crate::typed::{Denominator, Expr, ExprKind, Function};

/// What may be called, beside defines.
pub(super) const FUNCTIONS: &[&str] = &[
    "sum",
    "count",
    "max",
    "min",
    "first",
    "last",
    "unique",
    "average",
    "percentile",
    "highest",
    "any",
    "all",
    "integral",
    "layers",
    "abs",
    "clamp",
    "round",
    "ceil",
    "floor",
    "total",
    "split",
];
/// What the language has and this version does not.
const LATER: &[&str] = &["remaining"];

impl Checker<'_> {
    pub(super) fn call(&mut self, name: &Name, arguments: &[Argument], scope: &Scope, span: Span) -> Option<Expr> {
        match &*name.text {
            "min" | "max" if arguments.len() > 1 => {
                let function = if &*name.text == "min" { Function::Min } else { Function::Max };
                self.extreme(function, arguments, scope, span)
            }
            "abs" => self.absolute(name, arguments, scope, span),
            "clamp" => self.clamp(name, arguments, scope, span),
            "total" => self.total(arguments, scope, span),
            "split" => self.split(arguments, scope, span),
            "sum" | "count" | "max" | "min" | "first" | "last" | "unique" | "average" | "percentile" | "highest"
            | "any" | "all" | "integral" => self.aggregate(name, arguments, scope, span),
            "layers" => self.layers_alone(span),
            later if LATER.contains(&later) => {
                self.not_yet(&format!("`{later}`"), name.span);
                None
            }
            _ => self.call_define(name, arguments, scope),
        }
    }

    fn call_define(&mut self, name: &Name, arguments: &[Argument], scope: &Scope) -> Option<Expr> {
        match self.book.names.get(&name.text).map(|bound| bound.entity) {
            Some(Entity::Define(define)) => {
                let parameters = self.book.defines.get(define).map(|define| define.parameters.as_slice());
                let mut values = Vec::new();
                for (index, argument) in arguments.iter().enumerate() {
                    let ty = parameters.and_then(|parameters| parameters.get(index)).map(|(_, ty)| ty.clone());
                    let expected = ty.and_then(|ty| self.type_name_quietly(&ty));
                    values.push(self.expr(&argument.value, scope, expected.as_ref()));
                }
                self.expand(define, &values, name, scope)
            }
            Some(Entity::Unusable) => None,
            _ => {
                let known = self.book.defines.iter().map(|define| &*define.name.text);
                let nearest = words::nearest(&name.text, known.chain(FUNCTIONS.iter().copied()));
                let help = match common_name(&name.text).map(str::to_owned).or(nearest) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => format!("there are {}, and what the book defines", literals::words_list(FUNCTIONS)),
                };
                self.fail(
                    Diagnostic::error(names::UNKNOWN, format!("there is no function `{}`", name.text))
                        .label(name.span, "not known")
                        .help(help),
                )
            }
        }
    }

    /// Arguments that are plain values, without `for` or `over`.
    fn plain_arguments(&mut self, arguments: &[Argument], scope: &Scope) -> Option<Vec<Expr>> {
        let mut values = Vec::new();
        for argument in arguments {
            if argument.over.is_some() {
                return self.fail(
                    Diagnostic::error(
                        names::NOT_A_VALUE,
                        "only `sum`, `count`, `max` and their like go through a list",
                    )
                    .label(argument.span, "a plain value is needed here")
                    .help("compute with each item inside them: `sum(abs(t.calls) for t in tools)`"),
                );
            }
            values.push(self.expr(&argument.value, scope, None));
        }
        values.into_iter().collect()
    }

    /// `min(a, b)`, `max(a, b)`: of numbers of one dimension, of times, or of dates.
    fn extreme(&mut self, function: Function, arguments: &[Argument], scope: &Scope, span: Span) -> Option<Expr> {
        let values = self.plain_arguments(arguments, scope)?;
        let mut present: Vec<Expr> = Vec::new();
        for value in values {
            let value = self.present(value)?;
            if !matches!(value.ty, Type::Number(_) | Type::Date | Type::Time) {
                let is = self.expr_words(&value);
                return self.wrong_type(value.span, &is, "a number or a time");
            }
            if let Some(first) = present.first() {
                self.same_type(first.clone(), value.clone(), Joint::Compared)?;
            }
            present.push(value);
        }
        Some(of_values(function, present, span))
    }

    fn absolute(&mut self, name: &Name, arguments: &[Argument], scope: &Scope, span: Span) -> Option<Expr> {
        let values = self.exactly(1, name, arguments, scope)?;
        let mut numbers = Vec::new();
        for value in values {
            numbers.push(self.number(value)?.0);
        }
        Some(of_values(Function::Abs, numbers, span))
    }

    fn clamp(&mut self, name: &Name, arguments: &[Argument], scope: &Scope, span: Span) -> Option<Expr> {
        let values = self.exactly(3, name, arguments, scope)?;
        let mut numbers: Vec<Expr> = Vec::new();
        for value in values {
            let (value, _) = self.number(value)?;
            if let Some(first) = numbers.first() {
                let first = first.clone();
                self.same_dimension(&first, &value, Joint::Compared)?;
            }
            numbers.push(value);
        }
        Some(of_values(Function::Clamp, numbers, span))
    }

    fn exactly(&mut self, count: usize, name: &Name, arguments: &[Argument], scope: &Scope) -> Option<Vec<Expr>> {
        if arguments.len() != count {
            let (values, example) = match count {
                1 => ("one value", "abs(change)"),
                _ => ("a value, the least and the most", "clamp(duration, 1 minute, 60 minutes)"),
            };
            return self.fail(
                Diagnostic::error(names::NOT_A_VALUE, format!("`{}` takes {values}", name.text))
                    .label(name.span, format!("{} are handed to it", words::count(arguments.len(), "value")))
                    .help(format!("write it like this: `{example}`")),
            );
        }
        self.plain_arguments(arguments, scope)
    }

    /// `total(compute, storage)`: the sum of the charges' rounded lines.
    fn total(&mut self, arguments: &[Argument], scope: &Scope, span: Span) -> Option<Expr> {
        let Some(group) = scope.as_group() else {
            return self.fail(
                Diagnostic::error(super::grain::OUT_OF_PLACE, "a single record has no total of charges")
                    .label(span, "a total belongs to a bill")
                    .help("use `total(..)` in the quantity of a charge"),
            );
        };
        let in_charge = group.what.starts_with("the charge") || self.in_rule;
        if !in_charge || arguments.is_empty() {
            return self.fail(
                Diagnostic::error(super::grain::OUT_OF_PLACE, "a total of charges stands in a charge, and names them")
                    .label(span, if arguments.is_empty() { "of which charges?" } else { "not in a charge" })
                    .help("write it so: `charge tax \"Tax\" { quantity 19% * total(compute, storage) }`"),
            );
        }
        let charges: Vec<_> = arguments.iter().map(|argument| self.charge_named(argument)).collect();
        let charges: Vec<usize> = charges.into_iter().collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
        let code = self.currency_of(&charges)?;
        let currency = self.currency(&code)?;
        let denominator = Denominator::Static(num_bigint::BigInt::from(10u8).pow(currency.places));
        let currency = currency.code;
        let unit = Some(units::money_unit(&currency));
        let ty = Type::Number(Dimension::money(currency));
        Some(Expr { kind: ExprKind::Total(charges), ty, unit, optional: false, denominator, span })
    }

    /// The currency in which charges are that stand before the one at hand: their plan's, or the book's.
    fn currency_of(&mut self, charges: &[usize]) -> Option<Symbol> {
        let plan = charges.first().and_then(|at| self.book.charges.get(*at)).and_then(|charge| charge.in_plan);
        let of = |plan: Option<usize>| self.charge_currencies.iter().find(move |(_, _, of)| *of == plan);
        let found = plan.and_then(|place| of(Some(place.plan))).or_else(|| of(None)).map(|(code, _, _)| code.clone());
        found.or_else(|| self.header.as_ref().map(|header| header.currency.code.clone()))
    }

    fn charge_named(&mut self, argument: &Argument) -> Option<Vec<usize>> {
        let name = match &argument.value.kind {
            Form::Path(path) => path.names.first()?.clone(),
            _ => {
                let known: Vec<&str> = self.book.lines.keys().map(|name| &**name).collect();
                let help = format!("this book has {}", literals::words_list(&known));
                return self.fail(
                    Diagnostic::error(names::NOT_A_VALUE, "a total is of charges, by their names")
                        .label(argument.span, "not a charge's name")
                        .help(help),
                );
            }
        };
        let found = self.book.charges_named(&name.text, self.place.map(|place| place.plan));
        if !found.is_empty() {
            return Some(found);
        }
        if self.book.later_lines.contains(&name.text) {
            return None;
        }
        let known: Vec<&str> = self.book.lines.keys().map(|name| &**name).collect();
        let help = match words::nearest(&name.text, known.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("the charges of this book are {}", literals::words_list(&known)),
        };
        self.fail(
            Diagnostic::error(names::UNKNOWN, format!("there is no charge `{}`", name.text))
                .label(name.span, "not a charge")
                .help(help),
        )
    }
}

/// How the language calls what is often called otherwise.
fn common_name(word: &str) -> Option<&'static str> {
    Some(match word.to_lowercase().as_str() {
        "avg" | "mean" => "average",
        "median" => "percentile(50, ..)",
        "distinct" | "count_distinct" | "uniq" => "unique",
        "ceiling" | "roundup" | "round_up" => "ceil",
        "rounddown" | "round_down" | "int" | "trunc" => "floor",
        "maximum" | "greatest" => "max",
        "minimum" | "least" => "min",
        "total_of" | "add" => "sum",
        _ => return None,
    })
}

fn of_values(function: Function, values: Vec<Expr>, span: Span) -> Expr {
    let denominator = values.iter().fold(Denominator::one(), |known, value| known.sum(&value.denominator));
    let unit = values.iter().find_map(|value| value.unit.clone());
    let ty = values.first().map_or(Type::Number(Dimension::none()), |value| value.ty.clone());
    Expr { kind: ExprKind::Function(function, values), ty, unit, optional: false, denominator, span }
}
