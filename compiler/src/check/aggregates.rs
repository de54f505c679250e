//! Aggregates: many values made one, and over what.

use super::scope::{Certain, Grain, Group, Item, Place, Scope};
use super::{Checker, grain, names, units, words};
use crate::diagnostic::Diagnostic;
use crate::exact::Rational;
use crate::hir::Entity;
use crate::model::{Dimension, Symbol, Type};
use crate::resolve::mentions;
use crate::source::Span;
use crate::syntax::ast::{Argument, Expr as Written, Name, Over as WrittenOver, Path};
use crate::typed::{Aggregate, AggregateFunction, Denominator, Expr, ExprKind, Over, Rows};
use std::collections::BTreeSet;

impl Checker<'_> {
    pub(super) fn aggregate(&mut self, name: &Name, arguments: &[Argument], scope: &Scope, span: Span) -> Option<Expr> {
        let (function, arguments) = self.aggregate_function(name, arguments, span)?;
        match arguments {
            [] if function == AggregateFunction::Count => self.over_group(function, None, scope, span),
            [argument] => match &argument.over {
                None => self.over_group(function, Some(&argument.value), scope, span),
                Some(WrittenOver::List { item, list, condition }) => {
                    self.over_list(function, argument, (item, list, condition.as_deref()), scope, span)
                }
                Some(over @ (WrittenOver::Last(_) | WrittenOver::Months(..))) => {
                    self.over_history(function, argument, over, scope, span)
                }
                Some(WrittenOver::Split { .. }) => self.no_split(argument.span),
            },
            _ => self.wrong_count(name, arguments, span),
        }
    }

    fn wrong_count(&mut self, name: &Name, arguments: &[Argument], span: Span) -> Option<Expr> {
        let title = match (&*name.text, arguments.len()) {
            ("count", _) => "`count()` counts records, and takes no value or one".to_owned(),
            (name, 0) => format!("`{name}` needs a value to go over"),
            (name, many) => format!("`{name}` goes over one value, not over {many}"),
        };
        let values: Vec<&str> = arguments.iter().map(|argument| self.sources.text(argument.span)).collect();
        let each: Vec<String> = values.iter().map(|value| format!("{}({value})", name.text)).collect();
        let each: Vec<&str> = each.iter().map(String::as_str).collect();
        let help = match each.as_slice() {
            [] => format!("say what: `{}(duration)`; `count()` alone takes no value", name.text),
            each => format!("go over each by itself: {}", super::literals::words_list(each)),
        };
        let label = words::count(arguments.len(), "value");
        let stand = if arguments.len() == 1 { "stands" } else { "stand" };
        self.fail(Diagnostic::error(names::NOT_A_VALUE, title).label(span, format!("{label} {stand} here")).help(help))
    }

    /// The function, its parameter taken off the arguments.
    fn aggregate_function<'w>(
        &mut self,
        name: &Name,
        arguments: &'w [Argument],
        span: Span,
    ) -> Option<(AggregateFunction, &'w [Argument])> {
        let function = match &*name.text {
            "sum" => AggregateFunction::Sum,
            "count" => AggregateFunction::Count,
            "max" => AggregateFunction::Max,
            "min" => AggregateFunction::Min,
            "first" => AggregateFunction::First,
            "last" => AggregateFunction::Last,
            "unique" => AggregateFunction::Unique,
            "average" => AggregateFunction::Average,
            "any" => AggregateFunction::Any,
            "all" => AggregateFunction::All,
            "integral" => AggregateFunction::Integral,
            _ => {
                let (parameter, rest) = arguments.split_first()?;
                let function = self.ranked(name, parameter, span)?;
                return Some((function, rest));
            }
        };
        Some((function, arguments))
    }

    /// `percentile(99, x)`, `highest(4, x)`
    fn ranked(&mut self, name: &Name, parameter: &Argument, span: Span) -> Option<AggregateFunction> {
        let number = match &parameter.value.kind {
            crate::syntax::ast::ExprKind::Literal(literal) => match &literal.kind {
                crate::syntax::ast::LiteralKind::Number(number) => Some(number.value.clone()),
                _ => None,
            },
            _ => None,
        };
        let hundred = Rational::from(100i64);
        let function = match (&*name.text, number) {
            ("percentile", Some(number)) if number.is_positive() && number <= hundred => {
                Some(AggregateFunction::Percentile(number))
            }
            ("highest", Some(number)) => {
                let rank = number.to_i128().and_then(|rank| u32::try_from(rank).ok()).filter(|rank| *rank > 0);
                rank.map(AggregateFunction::Highest)
            }
            _ => None,
        };
        if function.is_some() {
            return function;
        }
        let help = match &*name.text {
            "percentile" => "say first which percentile: `percentile(99, latency)`",
            _ => "say first which one counts: `highest(4, stored_daily)` is the fourth highest",
        };
        let title = match &*name.text {
            "percentile" => "`percentile` begins with a number above 0 and at most 100",
            _ => "`highest` begins with a whole number from 1",
        };
        self.fail(Diagnostic::error(names::NOT_A_VALUE, title).label(span, "which one is not said").help(help))
    }

    /// Over the records of the declaration, or over meters.
    fn over_group(
        &mut self,
        function: AggregateFunction,
        argument: Option<&Written>,
        scope: &Scope,
        span: Span,
    ) -> Option<Expr> {
        let Grain::Group(group) = &scope.grain else {
            return self.aggregate_in_record(argument, span);
        };
        let meters = argument.map(|argument| self.meters_named(argument, group)).unwrap_or_default();
        if meters.iter().any(|meter| self.meters.get(*meter).is_some_and(Option::is_none)) {
            return None;
        }
        let to_window = !super::instants::is_instant(&group.window);
        if let (Some(argument), true) = (argument, to_window && self.any_instant(&meters)) {
            return self.over_instants(function, argument, &meters, group, scope, span);
        }
        if let (Some(argument), AggregateFunction::Integral) = (argument, &function) {
            return self.integral_of_what(argument, &meters, span);
        }
        match (group.from, meters.is_empty()) {
            (Some(from), true) => self.over_records(function, argument, group, from, scope, span),
            (_, false) => self.over_rows(function, argument?, &meters, group, scope, span),
            (None, true) => self.over_nothing(argument, group, span),
        }
    }

    fn aggregate_in_record(&mut self, argument: Option<&Written>, span: Span) -> Option<Expr> {
        let written = argument.map_or("..", |argument| self.sources.text(argument.span)).to_owned();
        self.fail(
            Diagnostic::error(grain::OUT_OF_PLACE, "a single record has nothing to add up")
                .label(span, "this would go over many records")
                .help(format!(
                    "over a list of the record, say `for`: `sum(t.calls for t in tools)`; over records, give `{}` a meter \
                     of its own",
                    super::mismatch::brief(&written)
                )),
        )
    }

    fn over_nothing(&mut self, argument: Option<&Written>, group: &Group, span: Span) -> Option<Expr> {
        if argument.is_some_and(|argument| self.mentions_unusable(argument)) {
            return None;
        }
        let kind = match argument {
            Some(argument) => self.kind_with(argument),
            None => self.schema.kinds.first().map(|kind| Symbol::clone(&kind.name)),
        };
        if kind.is_none()
            && let Some(argument) = argument
        {
            let unknown = self.unknown_in(argument, group);
            if unknown.is_some() {
                return None;
            }
        }
        let kind = kind.unwrap_or_else(|| "KIND".into());
        let mend = match group.what.starts_with("the charge") {
            true => format!("add `from {kind}` to the first line of the charge, before `{{`"),
            false => format!("say it at the end: `{} from {kind}`", super::mismatch::brief(self.sources.text(span))),
        };
        self.fail(
            Diagnostic::error(grain::OUT_OF_PLACE, format!("{} does not say which records are meant", group.what))
                .label(span, "of which records?")
                .label(group.name, "nothing is said here with `from`")
                .help(mend),
        )
    }

    /// The first kind that has a field which an expression names, where nothing else has its name.
    fn kind_with(&self, written: &Written) -> Option<Symbol> {
        let mut named = mentions(written).names;
        named.retain(|name| !self.book.names.contains_key(name));
        let kinds = self.schema.kinds.iter().enumerate();
        let found = kinds.map(|(index, kind)| (kind, self.record_names(index, None)));
        found
            .into_iter()
            .find(|(_, fields)| named.iter().any(|name| fields.contains(name)))
            .map(|(kind, _)| Symbol::clone(&kind.name))
    }

    /// Reports names in an argument that nothing declares, or that are fields of some kind.
    fn unknown_in(&mut self, argument: &Written, group: &Group) -> Option<()> {
        let scope = Scope::group(Group { place: Place::Quantity, ..group.clone() });
        let before = self.diagnostics.len();
        let _ = self.expr(argument, &scope, None);
        (self.diagnostics.len() > before).then_some(())
    }

    fn over_records(
        &mut self,
        function: AggregateFunction,
        argument: Option<&Written>,
        group: &Group,
        from: (usize, Option<usize>),
        scope: &Scope,
        span: Span,
    ) -> Option<Expr> {
        let mut inner = self.scope_of_records(from)?;
        inner.locals.clone_from(&scope.locals);
        let argument = match argument {
            Some(argument) => Some(self.expr(argument, &inner, None)?),
            None => None,
        };
        let certain = group.certain == Certain::Records;
        self.aggregated(function, argument, Over::Records, certain, span)
    }

    /// The scope of a declaration's records.
    pub(super) fn scope_of_records(&self, (kind, list): (usize, Option<usize>)) -> Option<Scope> {
        let mut scope = Scope::record(kind, usize::MAX);
        if let Some(list) = list {
            let field = self.schema.kinds.get(kind)?.fields.get(list)?;
            let Type::List(fields) = &field.ty else { return None };
            scope.items.push(Item { name: None, fields: fields.clone() });
        }
        Some(scope)
    }

    fn over_list(
        &mut self,
        function: AggregateFunction,
        argument: &Argument,
        (item, list, condition): (&Name, &Path, Option<&Written>),
        scope: &Scope,
        span: Span,
    ) -> Option<Expr> {
        let list = self.path(list, scope, None)?;
        let list = self.present(list)?;
        let Type::List(fields) = &list.ty else {
            let is = self.expr_words(&list);
            return self.fail(
                Diagnostic::error(words::TYPES, "a list is needed here")
                    .label(list.span, format!("this is {is}"))
                    .help("go through a list of the record; it is declared so: `tools : list of { calls : number }`"),
            );
        };
        let inner = scope.with_item(Item { name: Some(Symbol::clone(&item.text)), fields: fields.clone() });
        let value = self.list_value(&argument.value, item, &inner);
        let condition = match condition {
            Some(condition) => {
                let condition =
                    self.expr(condition, &inner, Some(&Type::Boolean)).and_then(|value| self.boolean(value));
                Some(Box::new(condition?))
            }
            None => None,
        };
        self.aggregated(function, Some(value?), Over::List { list: Box::new(list), condition }, false, span)
    }

    /// The value of an item; an item of plain values goes by its own name.
    fn list_value(&mut self, value: &Written, item: &Name, inner: &Scope) -> Option<Expr> {
        let plain = inner
            .items
            .last()
            .is_some_and(|known| known.fields.len() == 1 && known.fields.iter().all(|field| field.name.is_empty()));
        match &value.kind {
            crate::syntax::ast::ExprKind::Path(path)
                if plain && path.names.len() == 1 && path.names.iter().all(|name| name.text == item.text) =>
            {
                let field = inner.items.last()?.fields.first()?.clone();
                Some(Expr {
                    kind: ExprKind::ItemField { depth: 0, field: 0 },
                    ty: field.ty,
                    unit: field.unit,
                    optional: field.optional,
                    denominator: Denominator::one(),
                    span: value.span,
                })
            }
            _ => self.expr(value, inner, None),
        }
    }

    fn over_rows(
        &mut self,
        function: AggregateFunction,
        argument: &Written,
        meters: &BTreeSet<usize>,
        group: &Group,
        scope: &Scope,
        span: Span,
    ) -> Option<Expr> {
        let rows = self.rows(&function, meters, group, span)?;
        let first = self.meters.get(*meters.first()?)?.clone()?;
        let inner_group = Group {
            keys: first.keys.iter().map(|key| crate::typed::Key { source: None, ..key.clone() }).collect(),
            window: rows.window.clone(),
            from: None,
            place: Place::Quantity,
            certain: if meters.len() == 1 { Certain::Meters(meters.clone()) } else { Certain::Nothing },
            ..group.clone()
        };
        let mut inner = Scope::group(inner_group);
        inner.locals.clone_from(&scope.locals);
        let argument = self.expr(argument, &inner, None)?;
        let certain = rows.every_window || matches!(&group.certain, Certain::Meters(known) if meters.is_subset(known));
        self.aggregated(function, Some(argument), Over::Rows(rows), certain, span)
    }

    /// The meters that an argument names, where no field or key of the place has the name.
    pub(super) fn meters_named(&self, argument: &Written, group: &Group) -> BTreeSet<usize> {
        let fields = group.from.map(|(kind, list)| self.record_names(kind, list)).unwrap_or_default();
        let mut pending: Vec<Symbol> =
            mentions(argument).names.into_iter().filter(|name| !fields.contains(name)).collect();
        let mut seen = BTreeSet::new();
        let mut found = BTreeSet::new();
        while let Some(name) = pending.pop() {
            if !seen.insert(Symbol::clone(&name)) || group.keys.iter().any(|key| key.name == name) {
                continue;
            }
            match self.book.names.get(&name).map(|bound| bound.entity) {
                Some(Entity::Meter(index)) => {
                    found.insert(self.as_seen(index));
                }
                Some(Entity::Define(index)) => {
                    let inner = self.book.defines.get(index).map(|define| mentions(&define.value).names);
                    pending.extend(inner.unwrap_or_default().into_iter().filter(|name| !fields.contains(name)));
                }
                _ => {}
            }
        }
        found
    }

    /// The names of a kind's fields and lets, and of a list's fields.
    fn record_names(&self, kind: usize, list: Option<usize>) -> BTreeSet<Symbol> {
        let fields = self.schema.kinds.get(kind).map(|kind| kind.fields.as_slice()).unwrap_or_default();
        let mut names: BTreeSet<Symbol> = fields.iter().map(|field| Symbol::clone(&field.name)).collect();
        names.extend(self.let_names(kind).map(|name| Symbol::clone(&name.text)));
        if let Some(Type::List(items)) = list.and_then(|list| fields.get(list)).map(|field| &field.ty) {
            names.extend(items.iter().map(|field| Symbol::clone(&field.name)));
        }
        names
    }

    /// The type of an aggregate, and whether it may be absent.
    fn aggregated(
        &mut self,
        function: AggregateFunction,
        argument: Option<Expr>,
        over: Over,
        certain: bool,
        span: Span,
    ) -> Option<Expr> {
        let plain = Type::Number(Dimension::none());
        let argument = match argument {
            Some(argument) if function != AggregateFunction::Count => Some(self.present(argument)?),
            other => other,
        };
        if let (AggregateFunction::Count, Some(Expr { ty: Type::Boolean, span: condition, .. })) =
            (&function, &argument)
        {
            return self.counts_a_condition(*condition, span);
        }
        let (ty, unit, denominator) = match (&function, &argument) {
            (AggregateFunction::Count | AggregateFunction::Unique, _) => (plain, None, Denominator::one()),
            (AggregateFunction::Any | AggregateFunction::All, Some(argument)) => {
                self.boolean(argument.clone())?;
                (Type::Boolean, None, Denominator::one())
            }
            (AggregateFunction::First | AggregateFunction::Last, Some(argument)) => {
                (argument.ty.clone(), argument.unit.clone(), argument.denominator.clone())
            }
            (_, Some(argument)) => {
                let (argument, of) = self.number(argument.clone())?;
                let open = function == AggregateFunction::Average;
                let denominator = if open { Denominator::Open } else { argument.denominator.clone() };
                let unit = argument.unit.or_else(|| units::canonical(&of));
                (Type::Number(of), unit, denominator)
            }
            (_, None) => {
                return self.fail(
                    Diagnostic::error(names::NOT_A_VALUE, "this needs a value to go over")
                        .label(span, "nothing stands between the brackets")
                        .help("only `count()` takes none"),
                );
            }
        };
        let never_absent = matches!(
            function,
            AggregateFunction::Sum
                | AggregateFunction::Count
                | AggregateFunction::Unique
                | AggregateFunction::Any
                | AggregateFunction::All
        );
        // There may be records, and yet fewer than the rank that is asked for.
        let ranked = matches!(function, AggregateFunction::Highest(rank) if rank > 1);
        let optional = !never_absent && (!certain || ranked);
        let aggregate = Aggregate { function, argument, over, span };
        Some(Expr { kind: ExprKind::Aggregate(Box::new(aggregate)), ty, unit, optional, denominator, span })
    }

    /// `count(x > 5)`, which would count every record, whatever it says.
    fn counts_a_condition(&mut self, condition: Span, span: Span) -> Option<Expr> {
        let written = super::mismatch::brief(self.sources.text(condition));
        self.fail(
            Diagnostic::error(names::NOT_A_VALUE, "`count` counts everything, not only where a condition holds")
                .label(condition, "a condition")
                .label(span, "counts all, true or false")
                .help(format!(
                    "of records, say `count()` and put `where {written}` behind `from`; of others, say \
                     `sum(if {written} then 1 else 0)`"
                )),
        )
    }

    /// The rows of some meters, seen from a group.
    fn rows(
        &mut self,
        function: &AggregateFunction,
        meters: &BTreeSet<usize>,
        group: &Group,
        span: Span,
    ) -> Option<Rows> {
        let known: Option<Vec<_>> = meters
            .iter()
            .map(|meter| self.meters.get(*meter).cloned().flatten().map(|found| (*meter, found)))
            .collect();
        let known = known?;
        let (_, first) = known.first()?;
        for (_, other) in &known {
            self.same_grain(first, other, span)?;
        }
        let matches = self.matching_keys(first, group, span)?;
        self.window_leads(first, group, span)?;
        let narrower = first.window != group.window;
        self.ends_with_the_pool(function, narrower, span)?;
        let spread = matches!(function, AggregateFunction::Average | AggregateFunction::Percentile(_));
        if spread && narrower && matches.len() < first.keys.len() {
            return self.spread_over_keys(first, group, span);
        }
        if spread && narrower && group.window.step == crate::model::Step::Forever {
            return self.average_of_all_time(first, span);
        }
        Some(Rows {
            meters: meters.iter().copied().collect(),
            keys: first.keys.iter().map(|key| Symbol::clone(&key.name)).collect(),
            matches,
            window: first.window.clone(),
            every_window: spread && narrower,
            own: !self.pooling,
        })
    }
}
