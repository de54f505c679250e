//! Rules: what is watched, for whom, and what happens when it comes about.

use super::mismatch::Joint;
use super::scope::{Certain, Group, Place, Scope};
use super::{Checker, literals, names, units, words};
use crate::diagnostic::Diagnostic;
use crate::hir::Entity;
use crate::model::{Dimension, Symbol, Type, Window};
use crate::source::Span;
use crate::syntax::ast::{self, Argument, ExprKind as Form, Name, Operator};
use crate::time::nests_in;
use crate::typed::{Action, Denominator, Expr, ExprKind, Key, Rule, Trigger};
use std::collections::BTreeSet;

pub(super) const RULE: &str = "florin::rules::rule";

impl Checker<'_> {
    pub(super) fn rule(&mut self, written: &ast::Rule) -> Option<Rule> {
        self.in_rule = true;
        let checked = self.rule_of(written);
        self.in_rule = false;
        checked
    }

    fn rule_of(&mut self, written: &ast::Rule) -> Option<Rule> {
        let (group, trigger) = match self.kind_that_fires(written) {
            Some(_) => (self.watched(written, &BTreeSet::new())?, self.at_each(written)?),
            None => {
                let meters = self.watched_meters(&written.when, written);
                let group = self.watched(written, &meters)?;
                let trigger = self.when(written, &Scope::group(group.clone()))?;
                (group, trigger)
            }
        };
        let action = self.action(written, &group)?;
        let label = written.label.as_ref().map_or(&written.name.text, |label| &label.text);
        Some(Rule {
            name: Symbol::clone(&written.name.text),
            label: Symbol::clone(label),
            keys: group.keys,
            window: group.window,
            trigger,
            action,
            span: written.name.span,
        })
    }

    /// The kind of `when KIND [where ..]`.
    fn kind_that_fires(&self, written: &ast::Rule) -> Option<usize> {
        let Form::Path(path) = &written.when.kind else { return None };
        match self.book.names.get(&path.names.first()?.text)?.entity {
            Entity::Kind(kind) => Some(kind),
            _ => None,
        }
    }

    fn at_each(&mut self, written: &ast::Rule) -> Option<Trigger> {
        let Form::Path(path) = &written.when.kind else { return None };
        if let Some((levels, _)) = &written.reaches {
            return self.fail(
                Diagnostic::error(RULE, "a record reaches no level")
                    .label(written.when.span, "each of these records is looked at by itself")
                    .label(levels.first().map_or(written.when.span, |level| level.span), "a level")
                    .help("add the records up in a meter, and name the meter in the rule"),
            );
        }
        let from = ast::From {
            path: path.clone(),
            pieces: None,
            condition: written.condition.clone(),
            span: written.when.span,
        };
        let kind = self.kind_of(path)?;
        self.records_of_kind(self.as_it_comes(kind), &from).map(Trigger::Each)
    }

    /// What is watched: the keys of the meters that stand there, and the narrowest of their windows.
    fn watched(&mut self, written: &ast::Rule, meters: &BTreeSet<usize>) -> Option<Group> {
        let found: Option<Vec<_>> = meters.iter().map(|meter| self.meters.get(*meter)?.clone()).collect();
        let mut keys: Vec<Key> = Vec::new();
        let mut window: Window = self.header.as_ref()?.period.clone();
        for (number, meter) in found?.into_iter().enumerate() {
            for key in meter.keys {
                if keys.iter().all(|known| known.name != key.name) {
                    keys.push(Key { source: None, ..key });
                }
            }
            if super::instants::is_instant(&meter.window) {
                self.not_yet("a rule over a meter `per instant`", meter.span);
                return None;
            }
            if number == 0 || nests_in(&meter.window, &window) {
                window = meter.window;
            }
        }
        Some(Group {
            what: format!("the rule `{}`", written.name.text),
            name: written.name.span,
            keys,
            window,
            from: None,
            place: Place::Price,
            certain: Certain::Nothing,
        })
    }

    /// The meters that a rule names by themselves, and not under an aggregate.
    fn watched_meters(&self, when: &ast::Expr, written: &ast::Rule) -> BTreeSet<usize> {
        let Some(header) = self.header.as_ref() else { return BTreeSet::new() };
        let group = Group {
            what: String::new(),
            name: written.name.span,
            keys: Vec::new(),
            window: header.period.clone(),
            from: None,
            place: Place::Price,
            certain: Certain::Nothing,
        };
        let mut aggregated = Vec::new();
        arguments_of_aggregates(when, &mut aggregated);
        let all = self.meters_named(when, &group);
        let inside: BTreeSet<usize> =
            aggregated.iter().flat_map(|argument| self.meters_named(argument, &group)).collect();
        all.difference(&inside).copied().collect()
    }

    fn when(&mut self, written: &ast::Rule, scope: &Scope) -> Option<Trigger> {
        if let Some(condition) = &written.condition {
            return self.fail(
                Diagnostic::error(RULE, "`where` chooses among records, and this rule does not look at single ones")
                    .label(condition.span, "chooses records")
                    .label(written.when.span, "not a kind of usage")
                    .help("put the condition into the meter: `.. from KIND where ..`; or join the two by `and`"),
            );
        }
        if let (Some((levels, _)), ast::Action::Hold(span) | ast::Action::Block(span)) =
            (&written.reaches, &written.action)
        {
            let first = levels.first().map_or(written.when.span, |level| level.span);
            return self.fail(
                Diagnostic::error(RULE, "records are held while something is so, and a level is only passed once")
                    .label(*span, "from which record to which?")
                    .label(first, "a level")
                    .help("write a condition: `when used > 1_000 GB then hold`"),
            );
        }
        let Some((levels, of)) = &written.reaches else {
            let condition = self.expr(&written.when, scope, Some(&Type::Boolean))?;
            if matches!(condition.ty, Type::Number(_)) {
                let is = self.expr_words(&condition);
                return self.fail(
                    Diagnostic::error(RULE, "a rule needs to know how much is too much")
                        .label(condition.span, format!("this is {is}, and never true or false"))
                        .help("compare it, `when used >= 1_000 GB`, or name levels, `when used reaches 50%, 100% of 1_000 GB`"),
                );
            }
            return self.boolean(condition).map(Trigger::Becomes);
        };
        let value = self.expr(&written.when, scope, None).and_then(|value| self.number(value));
        let levels: Vec<Option<Expr>> = levels.iter().map(|level| self.level(level, of.as_ref(), scope)).collect();
        let ((value, _), levels) = (value?, levels.into_iter().collect::<Option<Vec<_>>>()?);
        for level in &levels {
            self.same_type(value.clone(), level.clone(), Joint::Compared)?;
        }
        Some(Trigger::Reaches { value, levels })
    }

    /// A level; of what `of` says, if it says so.
    fn level(&mut self, level: &ast::Expr, of: Option<&ast::Expr>, scope: &Scope) -> Option<Expr> {
        let Some(of) = of else { return self.expr(level, scope, None).and_then(|level| Some(self.number(level)?.0)) };
        self.arithmetic((Operator::Multiply, level.span), level, of, scope, level.span)
    }

    fn action(&mut self, written: &ast::Rule, group: &Group) -> Option<Action> {
        Some(match &written.action {
            ast::Action::Notify(text) => Action::Notify(Symbol::clone(&text.text)),
            ast::Action::Hold(_) => Action::Hold,
            ast::Action::Block(_) => Action::Block,
            ast::Action::Invoice(None) => Action::Invoice(None),
            ast::Action::Invoice(Some(amount)) => {
                let (amount, of) =
                    self.expr(amount, &Scope::group(group.clone()), None).and_then(|amount| self.number(amount))?;
                if of.currency().is_none() {
                    let is = self.expr_words(&amount);
                    return self.wrong_type(amount.span, &is, "an amount of money");
                }
                Action::Invoice(Some(Box::new(amount)))
            }
        })
    }

    /// `unbilled`: money of the bill's currency.
    pub(super) fn unbilled(&mut self, span: Span) -> Option<Expr> {
        let currency = &self.header.as_ref()?.currency;
        let (code, places) = (currency.code.clone(), currency.places);
        Some(Expr {
            kind: ExprKind::Unbilled,
            ty: Type::Number(Dimension::money(code.clone())),
            unit: Some(units::money_unit(&code)),
            optional: false,
            denominator: Denominator::Static(num_bigint::BigInt::from(10u8).pow(places)),
            span,
        })
    }

    /// A rule that a test names.
    pub(super) fn rule_named(&mut self, name: &Name) -> Option<Symbol> {
        let known: Vec<&str> = self.book.rules.iter().map(|rule| &*rule.name.text).collect();
        if known.contains(&&*name.text) {
            return Some(Symbol::clone(&name.text));
        }
        let help = match words::nearest(&name.text, known.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None if known.is_empty() => "this book has no rules".to_owned(),
            None => format!("the rules of this book are {}", literals::words_list(&known)),
        };
        self.fail(
            Diagnostic::error(names::UNKNOWN, format!("there is no rule `{}`", name.text))
                .label(name.span, "not a rule")
                .help(help),
        )
    }
}

/// The functions that make one value of many whatever stands in them.
const AGGREGATES: [&str; 8] = ["sum", "count", "average", "unique", "percentile", "highest", "first", "last"];

/// The arguments of the aggregates in an expression; `min` and `max` are some where they have one argument.
fn arguments_of_aggregates<'e>(expr: &'e ast::Expr, found: &mut Vec<&'e ast::Expr>) {
    match &expr.kind {
        Form::Call { name, arguments } => {
            let values: Vec<&ast::Expr> = arguments.iter().map(|argument: &Argument| &argument.value).collect();
            let one_of_many = ["min", "max"].contains(&&*name.text) && values.len() == 1;
            match AGGREGATES.contains(&&*name.text) || one_of_many {
                true => found.extend(values),
                false => values.into_iter().for_each(|value| arguments_of_aggregates(value, found)),
            }
        }
        Form::Negative(one) | Form::Not(one) | Form::IsAbsent(one) | Form::Each(one) | Form::InCalendar(one, _) => {
            arguments_of_aggregates(one, found);
        }
        Form::Rate { value, .. } | Form::Round { value, .. } => arguments_of_aggregates(value, found),
        Form::Binary { left, right, .. } | Form::AtTime { value: left, time: right } => {
            arguments_of_aggregates(left, found);
            arguments_of_aggregates(right, found);
        }
        Form::If { condition, then, otherwise } => {
            [condition, then, otherwise].into_iter().for_each(|one| arguments_of_aggregates(one, found));
        }
        Form::Match { arms, .. } => arms.iter().for_each(|arm| arguments_of_aggregates(&arm.value, found)),
        Form::Lookup { keys, .. } => keys.iter().for_each(|key| arguments_of_aggregates(key, found)),
        Form::Literal(_) | Form::Path(_) | Form::WindowValue { .. } | Form::History { .. } | Form::Hole => {}
    }
}
