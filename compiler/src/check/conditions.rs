//! Conditions and choices: comparison, `and`, `or`, `if`, `match`, `otherwise`, `is absent`, `in`.

use super::expressions::truth;
use super::mismatch::Joint;
use super::scope::Scope;
use super::{Checker, literals, names, words};
use crate::diagnostic::Diagnostic;
use crate::hir::Entity;
use crate::model::{Type, Value};
use crate::source::Span;
use crate::syntax::ast::{Arm, Expr as Written, ExprKind as Form, Name, Operator, Path};
use crate::typed::{Comparison, Denominator, Expr, ExprKind};

pub(super) const MISSING: &str = "florin::match::missing";

impl Checker<'_> {
    pub(super) fn comparison(
        &mut self,
        operator: (Operator, Span),
        left: &Written,
        right: &Written,
        scope: &Scope,
        span: Span,
    ) -> Option<Expr> {
        let (left, right) = self.pair(left, right, scope)?;
        let (left, right) = (self.present(left), self.present(right));
        let (left, right) = self.same_type(left?, right?, Joint::Compared)?;
        let comparison = match operator.0 {
            Operator::Equal => Comparison::Equal,
            Operator::NotEqual => Comparison::NotEqual,
            Operator::Less => Comparison::Less,
            Operator::LessOrEqual => Comparison::LessOrEqual,
            Operator::Greater => Comparison::Greater,
            _ => Comparison::GreaterOrEqual,
        };
        let ordered = matches!(left.ty, Type::Number(_) | Type::Date | Type::Time | Type::Clock);
        if !ordered && !matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            let is = self.expr_words(&left);
            return self.fail(
                Diagnostic::error(words::TYPES, "only numbers and times are larger or smaller than each other")
                    .label(left.span, format!("this is {is}"))
                    .help("compare it with `==` or `!=`"),
            );
        }
        Some(truth(ExprKind::Compare(comparison, Box::new(left), Box::new(right)), span))
    }

    /// Two sides of which one may be a bare word, known by the type of the other.
    fn pair(&mut self, left: &Written, right: &Written, scope: &Scope) -> Option<(Expr, Expr)> {
        let bare = |written: &Written| matches!(&written.kind, Form::Path(path) if path.names.len() == 1);
        if bare(left) && !bare(right) {
            let right = self.expr(right, scope, None);
            let left = self.expr(left, scope, right.as_ref().map(|right| &right.ty));
            return left.zip(right);
        }
        let left = self.expr(left, scope, None);
        let right = self.expr(right, scope, left.as_ref().map(|left| &left.ty));
        left.zip(right)
    }

    /// The two, a date made a time where the other is one.
    pub(super) fn same_type(&mut self, left: Expr, right: Expr, joint: Joint) -> Option<(Expr, Expr)> {
        match (&left.ty, &right.ty) {
            (Type::Number(_), Type::Number(_)) => {
                self.same_dimension(&left, &right, joint)?;
                Some((left, right))
            }
            (Type::Date, Type::Time) => Some((as_time(left), right)),
            (Type::Time, Type::Date) => Some((left, as_time(right))),
            (one, other) if one == other && !matches!(one, Type::List(_)) => Some((left, right)),
            _ => self.different_types(&left, &right, joint),
        }
    }

    pub(super) fn logic(
        &mut self,
        operator: Operator,
        left: &Written,
        right: &Written,
        scope: &Scope,
        span: Span,
    ) -> Option<Expr> {
        let left = self.expr(left, scope, Some(&Type::Boolean)).and_then(|left| self.boolean(left));
        let right = self.expr(right, scope, Some(&Type::Boolean)).and_then(|right| self.boolean(right));
        let (left, right) = (Box::new(left?), Box::new(right?));
        let kind = if operator == Operator::And { ExprKind::And(left, right) } else { ExprKind::Or(left, right) };
        Some(truth(kind, span))
    }

    pub(super) fn otherwise(
        &mut self,
        left: &Written,
        right: &Written,
        scope: &Scope,
        expected: Option<&Type>,
        span: Span,
    ) -> Option<Expr> {
        let left = self.expr(left, scope, expected);
        let right = self.expr(right, scope, left.as_ref().map(|left| &left.ty).or(expected));
        let (left, right) = (left?, right?);
        let (left, right) = self.same_type(left, right, Joint::Otherwise)?;
        let (ty, unit, optional) = (left.ty.clone(), left.unit.clone().or_else(|| right.unit.clone()), right.optional);
        let denominator = left.denominator.sum(&right.denominator);
        Some(Expr { kind: ExprKind::Otherwise(Box::new(left), Box::new(right)), ty, unit, optional, denominator, span })
    }

    pub(super) fn is_absent(&mut self, value: &Written, scope: &Scope, span: Span) -> Option<Expr> {
        let value = self.expr(value, scope, None)?;
        Some(truth(ExprKind::IsAbsent(Box::new(value)), span))
    }

    pub(super) fn in_calendar(&mut self, value: &Written, calendar: &Name, scope: &Scope, span: Span) -> Option<Expr> {
        let value = self.expr(value, scope, None)?;
        let value = self.present(value)?;
        let calendar_name = calendar;
        let calendar = self.calendar_named(calendar)?;
        let value = match value.ty {
            Type::Time => value,
            Type::Date => as_time(value),
            _ => {
                let is = self.expr_words(&value);
                let help = format!("write `time in {}`, with the time that is asked about first", calendar_name.text);
                return self.fail(
                    Diagnostic::error(words::TYPES, "only a time lies in a calendar or not")
                        .label(value.span, format!("this is {is}"))
                        .help(help),
                );
            }
        };
        Some(truth(ExprKind::InCalendar(Box::new(value), calendar), span))
    }

    /// A calendar by its name.
    pub(super) fn calendar_named(&mut self, name: &Name) -> Option<usize> {
        match self.book.names.get(&name.text).map(|bound| bound.entity) {
            Some(Entity::Calendar(index)) => Some(index),
            Some(Entity::Unusable) => None,
            _ => {
                let known: Vec<&str> = self.book.calendars.iter().map(|calendar| &*calendar.name.text).collect();
                let help = match words::nearest(&name.text, known.iter().copied()) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => format!("declare it: `calendar {} {{ mon..fri, 08:00..18:00 }}`", name.text),
                };
                self.fail(
                    Diagnostic::error(names::UNKNOWN, format!("there is no calendar `{}`", name.text))
                        .label(name.span, "not a calendar")
                        .help(help),
                )
            }
        }
    }

    pub(super) fn choice(
        &mut self,
        condition: &Written,
        then: &Written,
        otherwise: &Written,
        scope: &Scope,
        expected: Option<&Type>,
        span: Span,
    ) -> Option<Expr> {
        let condition = self.expr(condition, scope, Some(&Type::Boolean)).and_then(|value| self.boolean(value));
        let then = self.expr(then, scope, expected);
        let otherwise = self.expr(otherwise, scope, then.as_ref().map(|then| &then.ty).or(expected));
        let (condition, then, otherwise) = (condition?, then?, otherwise?);
        let (then, otherwise) = self.same_type(then, otherwise, Joint::Cases)?;
        let (ty, unit) = (then.ty.clone(), then.unit.clone().or_else(|| otherwise.unit.clone()));
        let optional = then.optional || otherwise.optional;
        let denominator = then.denominator.sum(&otherwise.denominator);
        let kind = ExprKind::If(Box::new(condition), Box::new(then), Box::new(otherwise));
        Some(Expr { kind, ty, unit, optional, denominator, span })
    }

    pub(super) fn matching(
        &mut self,
        subject: &Path,
        arms: &[Arm],
        scope: &Scope,
        expected: Option<&Type>,
        span: Span,
    ) -> Option<Expr> {
        let subject = self.path(subject, scope, None).and_then(|subject| self.present(subject));
        let mut checked = CheckedArms::default();
        let mut wanted: Option<Type> = expected.cloned();
        for arm in arms {
            let value = self.expr(&arm.value, scope, wanted.as_ref());
            wanted = wanted.or_else(|| value.as_ref().map(|value| value.ty.clone()));
            let pattern = match (&arm.pattern, &subject) {
                (None, _) => Some(None),
                (Some(pattern), Some(subject)) => self.pattern(pattern, subject, &checked).map(Some),
                (Some(_), None) => None,
            };
            checked.push(pattern, value, arm.span);
        }
        let subject = subject?;
        self.all_members(&subject, &checked, span);
        self.matched(subject, checked, span)
    }

    fn pattern(
        &mut self,
        pattern: &crate::syntax::ast::Literal,
        subject: &Expr,
        before: &CheckedArms,
    ) -> Option<(Value, Span)> {
        let value = self.literal(pattern, Some(&subject.ty))?;
        let (_, value) = self.same_type(subject.clone(), value, Joint::Compared)?;
        let ExprKind::Constant(value) = value.kind else { return None };
        if let Some((_, first)) = before.patterns.iter().find(|(known, _)| *known == value) {
            return self.fail(
                Diagnostic::error(MISSING, "this case stands there twice, and the second one is never reached")
                    .label(pattern.span, "never reached")
                    .label(*first, "the same case")
                    .help("remove one of them"),
            );
        }
        Some((value, pattern.span))
    }

    /// Every member of an enum has its arm, and everything else an `else`.
    fn all_members(&mut self, subject: &Expr, arms: &CheckedArms, span: Span) {
        if arms.otherwise.is_some() || arms.broken {
            return;
        }
        let has = |value: &Value| arms.patterns.iter().any(|(known, _)| known == value);
        let missing: Vec<String> = match &subject.ty {
            Type::Enum(index) => {
                let members = self.schema.enums.get(*index).map(|known| known.members.as_slice()).unwrap_or_default();
                let missing = members
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| !u32::try_from(*at).is_ok_and(|at| has(&Value::Member(at))));
                missing.map(|(_, member)| member.name.to_string()).collect()
            }
            Type::Boolean => [true, false]
                .into_iter()
                .filter(|truth| !has(&Value::Boolean(*truth)))
                .map(|truth| truth.to_string())
                .collect(),
            _ => vec!["else".to_owned()],
        };
        if missing.is_empty() {
            return;
        }
        let listed: Vec<&str> = missing.iter().map(String::as_str).collect();
        let (title, help) = what_is_missing(&listed);
        self.report(
            Diagnostic::error(MISSING, title)
                .label(span, "not every case is here")
                .label(subject.span, "what is looked at")
                .help(help),
        );
    }

    fn matched(&mut self, subject: Expr, checked: CheckedArms, span: Span) -> Option<Expr> {
        if checked.broken {
            return None;
        }
        let values = checked.values;
        let first = values.first()?.clone();
        let (mut denominator, mut optional, mut unit) = (Denominator::one(), false, first.unit.clone());
        for value in &values {
            self.same_type(first.clone(), value.clone(), Joint::Cases)?;
            denominator = denominator.sum(&value.denominator);
            optional |= value.optional;
            unit = unit.or_else(|| value.unit.clone());
        }
        let mut otherwise = None;
        let mut arms = Vec::new();
        let mut patterns = checked.patterns.into_iter();
        for (index, value) in values.into_iter().enumerate() {
            if checked.otherwise == Some(index) {
                otherwise = Some(Box::new(value));
            } else {
                arms.push((patterns.next()?.0, value));
            }
        }
        let kind = ExprKind::Match { subject: Box::new(subject), arms, otherwise };
        Some(Expr { kind, ty: first.ty, unit, optional, denominator, span })
    }
}

/// The title and the mend for the cases that a `match` leaves out; `else` where they can not be listed.
fn what_is_missing(cases: &[&str]) -> (String, String) {
    if cases == ["else"] {
        let title = "this `match` does not say what holds for other values";
        return (title.to_owned(), "add a line `else : VALUE` for all the rest".to_owned());
    }
    let lines: Vec<String> = cases.iter().map(|case| format!("{case} : VALUE")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    (
        format!("this `match` leaves out {}", literals::words_list(cases)),
        format!("add {}, or `else : VALUE` for all the rest", literals::words_list(&lines)),
    )
}

/// The arms of a `match`, as far as they are checked.
#[derive(Default)]
struct CheckedArms {
    patterns: Vec<(Value, Span)>,
    values: Vec<Expr>,
    /// Which of the values is that of `else`.
    otherwise: Option<usize>,
    /// Whether something was reported.
    broken: bool,
}

impl CheckedArms {
    fn push(&mut self, pattern: Option<Option<(Value, Span)>>, value: Option<Expr>, _span: Span) {
        let (Some(pattern), Some(value)) = (pattern, value) else {
            self.broken = true;
            return;
        };
        match pattern {
            Some(pattern) => self.patterns.push(pattern),
            None => self.otherwise = Some(self.values.len()),
        }
        self.values.push(value);
    }
}

/// The first instant of a day.
pub(super) fn as_time(date: Expr) -> Expr {
    let span = date.span;
    let optional = date.optional;
    Expr {
        kind: ExprKind::TimeOf(Box::new(date)),
        ty: Type::Time,
        unit: None,
        optional,
        denominator: Denominator::one(),
        span,
    }
}

/// The day that holds a time.
pub(super) fn as_date(time: Expr) -> Expr {
    let span = time.span;
    let optional = time.optional;
    Expr {
        kind: ExprKind::DateOf(Box::new(time)),
        ty: Type::Date,
        unit: None,
        optional,
        denominator: Denominator::one(),
        span,
    }
}
