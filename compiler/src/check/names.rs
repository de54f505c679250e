//! What a path stands for, by where it stands.

use super::scope::{Grain, Item, Local, Scope};
use super::sharing::ACCOUNT;
use super::{Checker, heights, literals, words};
use crate::diagnostic::Diagnostic;
use crate::hir::Entity;
use crate::model::{Field, Symbol, Type};
use crate::source::Span;
use crate::syntax::ast::{Name, Path};
use crate::typed::{Denominator, Expr, ExprKind, Key, Whose};

pub(super) const UNKNOWN: &str = "florin::names::unknown";
pub(super) const NOT_A_VALUE: &str = "florin::names::not_a_value";
pub(super) const TOO_LARGE: &str = "florin::names::too_large";

/// How often defines may be used in a book, uses inside other defines counted each time: defines that name each other
/// twice would otherwise double their size at every step.
const MAX_EXPANSIONS: usize = 20_000;
/// How many defines may be made of one another; each nests several calls of the checker.
pub(super) const MAX_EXPANDING: usize = 100;

/// What was found for a name: nothing yet, or the answer, which may be that it was reported.
enum Found {
    No,
    Yes(Option<Box<Expr>>),
}

impl Checker<'_> {
    /// The value of a path. The nearest meaning wins: parameters, items of lists, fields of the record or keys of
    /// the group, its own parts, then what the book declares, then enum members.
    pub(super) fn path(&mut self, path: &Path, scope: &Scope, expected: Option<&Type>) -> Option<Expr> {
        let (first, rest) = path.names.split_first()?;
        if let ([], Some(Type::Enum(index))) = (rest, expected)
            && self.schema.enums.get(*index)?.members.iter().any(|member| member.name == first.text)
        {
            return self.member(*index, &first.text, path.span);
        }
        if &*first.text == "account" && !rest.is_empty() {
            return self.account_fact(path, rest, scope);
        }
        if self.is_of_payer(path) {
            return self.payer_fact(path);
        }
        if let ("terms", [name]) = (&*first.text, rest) {
            return self.term(path, name);
        }
        let near = [Self::local, Self::item_of_path, Self::record_name, Self::key];
        for look in near {
            if let Found::Yes(answer) = look(self, path, scope) {
                return answer.map(|answer| *answer);
            }
        }
        if let Some(reported) = self.list_by_dot(path, scope) {
            return reported;
        }
        if let Some(name) = rest.last().filter(|name| self.is_fact(&name.text)) {
            return self.bare_fact(name, path.span);
        }
        match rest.first() {
            None if self.in_rule && &*first.text == "unbilled" && !self.book.names.contains_key(&first.text) => {
                self.unbilled(path.span)
            }
            None => self.declared(first, scope, expected),
            Some(wanted) => self.fail(
                Diagnostic::error(UNKNOWN, format!("`{}` has nothing named `{}`", first.text, wanted.text))
                    .label(path.span, "not known here")
                    .help("a dot leads to a fact of the account (`account.edition`) or to a field of a list's item"),
            ),
        }
    }

    /// `tables.size` of a list: which of the items is meant?
    fn list_by_dot(&mut self, path: &Path, scope: &Scope) -> Option<Option<Expr>> {
        let [list, field] = path.names.as_slice() else { return None };
        let Grain::Record { kind, .. } = &scope.grain else { return None };
        let found = self.schema.kinds.get(*kind)?.fields.iter().find(|known| known.name == list.text)?;
        if !matches!(found.ty, Type::List(_)) {
            return None;
        }
        let diagnostic = Diagnostic::error(
            super::grain::MISSING_AGGREGATE,
            format!("`{}` is a list with several items, and one number is needed here", list.text),
        )
        .label(path.span, "of which item?")
        .label(found.span, "a list")
        .help(format!("say how they become one: `sum(item.{} for item in {})`", field.text, list.text));
        Some(self.fail(diagnostic))
    }

    fn local(&mut self, path: &Path, scope: &Scope) -> Found {
        let [name] = path.names.as_slice() else { return Found::No };
        let Some(local) = scope.locals.iter().rev().find(|local| local.name == name.text) else { return Found::No };
        Found::yes(self.local_value(local, scope, path.span))
    }

    fn local_value(&mut self, local: &Local, scope: &Scope, span: Span) -> Option<Expr> {
        let (height, count) = heights::measure(local.value.as_ref()?);
        self.has_room(height, count, span)?;
        let value = local.value.clone()?;
        if local.of_record != scope.is_record() && !is_everywhere(&value) {
            let (used, given) = match local.of_record {
                true => ("here one number for many records is needed", "this belongs to a single record"),
                false => ("here each record is looked at by itself", "this is one number for many records"),
            };
            return self.fail(
                Diagnostic::error(
                    super::grain::OUT_OF_PLACE,
                    format!("`{}` is given one sort of value and used as another", local.name),
                )
                .label(span, used)
                .label(value.span, given)
                .help("add up outside the define, and let the define only compute: `define double(x: minute) = 2 * x`"),
            );
        }
        let inward = scope.items.len().saturating_sub(local.depth);
        Some(deepened(value, inward))
    }

    fn item_of_path(&mut self, path: &Path, scope: &Scope) -> Found {
        let Some((first, rest)) = path.names.split_first() else { return Found::No };
        for (depth, item) in scope.items.iter().rev().enumerate() {
            if item.name.as_ref() == Some(&first.text) {
                return Found::yes(self.item_field(item, depth, rest, path.span));
            }
            if item.name.is_none()
                && rest.is_empty()
                && let Some(field) = item.fields.iter().position(|field| field.name == first.text)
            {
                return Found::yes(self.item_value(item, depth, field, path.span));
            }
        }
        Found::No
    }

    fn item_field(&mut self, item: &Item, depth: usize, rest: &[Name], span: Span) -> Option<Expr> {
        let wanted = rest.first().map_or("", |name| &name.text);
        if let Some(field) = item.fields.iter().position(|field| &*field.name == wanted) {
            return self.item_value(item, depth, field, span);
        }
        let names: Vec<&str> = item.fields.iter().map(|field| &*field.name).collect();
        let help = match words::nearest(wanted, names.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("an item of this list has {}", literals::words_list(&names)),
        };
        if let Some(name) = rest.first().filter(|name| self.is_fact(&name.text)) {
            return self.bare_fact(name, span);
        }
        let span = rest.first().map_or(span, |name| name.span);
        let title = match wanted {
            "" => "an item of a list is asked for by its fields".to_owned(),
            wanted => format!("an item of the list has no field `{wanted}`"),
        };
        self.fail(Diagnostic::error(UNKNOWN, title).label(span, "not a field of the items").help(help))
    }

    fn item_value(&mut self, item: &Item, depth: usize, field: usize, span: Span) -> Option<Expr> {
        let found = item.fields.get(field)?;
        self.usable(found.span)?;
        Some(field_expr(ExprKind::ItemField { depth, field }, found, span))
    }

    /// A field, a let or a part of the record, or the account's id in a group.
    fn record_name(&mut self, path: &Path, scope: &Scope) -> Found {
        if let ([end, field], Grain::Record { kind, .. }) = (path.names.as_slice(), &scope.grain)
            && &*end.text == "end"
        {
            return self.end_field(*kind, field, path.span);
        }
        let [name] = path.names.as_slice() else { return Found::No };
        let span = path.span;
        match &scope.grain {
            Grain::Record { kind, lets } => self.record_field(*kind, *lets, name, span),
            Grain::Group(group) if &*name.text == ACCOUNT => {
                self.account_in_group(path, group).map_or(Found::No, Found::yes)
            }
            Grain::Group(_) => Found::No,
        }
    }

    fn record_field(&mut self, kind: usize, lets: usize, name: &Name, span: Span) -> Found {
        if let Some(part) = self.in_pieces.then(|| self.lasting_part(kind, name)).flatten() {
            return Found::yes(part);
        }
        let fields = self.schema.kinds.get(kind).map(|kind| kind.fields.as_slice()).unwrap_or_default();
        // What spans add is nearer than what their first records have.
        if let Some(index) = fields.iter().rposition(|field| field.name == name.text)
            && let Some(field) = fields.get(index).cloned()
        {
            let usable = self.usable(field.span);
            let mut value = field_expr(ExprKind::Field(index), &field, span);
            if self.open_fields.contains(&(kind, index)) {
                value.denominator = Denominator::Open;
            }
            return Found::yes(usable.map(|()| value));
        }
        let known = self.lets.get(kind).map(Vec::as_slice).unwrap_or_default();
        if let Some(index) = known.iter().take(lets).position(|known| known.name == name.text) {
            let value = known.get(index).map(|known| Expr { kind: ExprKind::Let(index), span, ..known.value.clone() });
            return Found::yes(value);
        }
        if let Some(answer) = self.unready_let(kind, name) {
            return Found::yes(answer);
        }
        if let Some(part) = self.lasting_part(kind, name) {
            return Found::yes(part);
        }
        Found::of_part(&name.text, span)
    }

    /// `end.reading`: a field of a span's last record.
    fn end_field(&mut self, kind: usize, field: &Name, span: Span) -> Found {
        let name = format!("end.{}", field.text);
        let fields = self.schema.kinds.get(kind).map(|kind| kind.fields.as_slice()).unwrap_or_default();
        let index = fields.iter().rposition(|field| *field.name == *name);
        let Some((index, found)) = index.and_then(|index| Some((index, fields.get(index)?.clone()))) else {
            return Found::No;
        };
        let mut value = field_expr(ExprKind::Field(index), &found, span);
        if self.open_fields.contains(&(kind, index)) {
            value.denominator = Denominator::Open;
        }
        let usable = self.usable(found.span);
        Found::yes(usable.map(|()| value))
    }

    /// A let that was reported, or that stands further down.
    fn unready_let(&mut self, kind: usize, name: &Name) -> Option<Option<Expr>> {
        let declared = self.let_names(kind).find(|declared| declared.text == name.text)?.clone();
        if self.unusable.contains(&declared.span) {
            return Some(None);
        }
        self.report(
            Diagnostic::error(super::grain::OUT_OF_PLACE, format!("`{}` is computed further down", name.text))
                .label(name.span, "used here")
                .label(declared.span, "computed here")
                .help("a `let` may use only what stands above it; move it up"),
        );
        Some(None)
    }

    fn key(&mut self, path: &Path, scope: &Scope) -> Found {
        let (Grain::Group(group), [name]) = (&scope.grain, path.names.as_slice()) else { return Found::No };
        match group.keys.iter().position(|key| key.name == name.text) {
            Some(index) => Found::yes(group.keys.get(index).map(|key| key_expr(key, index, path.span))),
            None => Found::No,
        }
    }

    /// `account.edition`, `payer.edition`
    pub(super) fn fact(&mut self, path: &Path, rest: &[Name], whose: Whose) -> Option<Expr> {
        let [name] = rest else {
            let fact = rest.first().map_or("start", |name| &*name.text).to_owned();
            return self.fail(
                Diagnostic::error(UNKNOWN, "a fact of the account has no parts")
                    .label(path.span, "one dot too many")
                    .help(format!("write `account.{fact}`")),
            );
        };
        if let Some(index) = self.schema.facts.iter().position(|fact| fact.name == name.text) {
            let fact = self.schema.facts.get(index)?.clone();
            self.usable(fact.span)?;
            return Some(field_expr(ExprKind::Fact { fact: index, whose }, &fact, path.span));
        }
        if self.is_broken("account") {
            return None;
        }
        let names: Vec<&str> = self.schema.facts.iter().map(|fact| &*fact.name).collect();
        let help = match words::nearest(&name.text, names.iter().copied()) {
            Some(nearest) => format!("did you mean `account.{nearest}`?"),
            None => format!("say what is known of an account: `account {{ {} : text }}`", name.text),
        };
        self.fail(
            Diagnostic::error(UNKNOWN, format!("nothing says that an account has `{}`", name.text))
                .label(name.span, "not a fact of the account")
                .help(help),
        )
    }

    /// Whether a name is that of a fact of the account.
    pub(super) fn is_fact(&self, name: &str) -> bool {
        self.schema.facts.iter().any(|fact| &*fact.name == name)
    }

    /// `plan` where `account.plan` is meant.
    fn bare_fact<T>(&mut self, name: &Name, span: Span) -> Option<T> {
        let fact = self.schema.facts.iter().find(|fact| fact.name == name.text)?.span;
        self.fail(
            Diagnostic::error(UNKNOWN, format!("nothing here is called `{}`", self.sources.text(span)))
                .label(span, "a fact of the account has `account.` before it")
                .label(fact, "declared here")
                .help(format!("did you mean `account.{}`?", name.text)),
        )
    }

    /// A name of the book's own: a meter, a define, a table without keys; else an enum's member.
    fn declared(&mut self, name: &Name, scope: &Scope, expected: Option<&Type>) -> Option<Expr> {
        let Some(bound) = self.book.names.get(&name.text).copied() else {
            return self.member_anywhere(name, scope, expected);
        };
        match bound.entity {
            Entity::Unusable => None,
            Entity::Meter(meter) => self.meter_value(self.as_seen(meter), name, scope),
            Entity::Define(define) => self.expand(define, &[], name, scope),
            Entity::Table(table) => self.lookup(table, &[], None, None, name, name.span, scope),
            Entity::Derived(_) if self.kind_index(bound.entity).is_none() => None,
            Entity::Kind(_) | Entity::Derived(_) | Entity::Rows(_) | Entity::Calendar(_) => {
                if let Some(answer) = self.only_member(name) {
                    return answer;
                }
                let help = match bound.entity {
                    Entity::Calendar(_) => format!("ask whether a time lies in it: `time in {}`", name.text),
                    Entity::Kind(_) | Entity::Derived(_) => {
                        let kind = self.kind_index(bound.entity).unwrap_or(usize::MAX);
                        let fields = self.schema.kinds.get(kind).map(|kind| kind.fields.as_slice()).unwrap_or_default();
                        let number = fields.iter().find(|field| matches!(field.ty, Type::Number(_)));
                        let (field, kind) = (number.map_or("amount", |field| &*field.name), &name.text);
                        format!(
                            "count its records, `count() from {kind}`, or add up a field, `sum({field}) from {kind}`"
                        )
                    }
                    Entity::Rows(kind) => self.look_up_rows(kind),
                    _ => "write a value in its place".to_owned(),
                };
                self.fail(
                    Diagnostic::error(
                        NOT_A_VALUE,
                        format!("`{}` is {}, not a value", name.text, self.entity_word(bound.entity)),
                    )
                    .label(name.span, "a value is needed here")
                    .label(bound.span, "declared here")
                    .help(help),
                )
            }
        }
    }

    /// The one enum member of this name, if there is exactly one.
    fn only_member(&mut self, name: &Name) -> Option<Option<Expr>> {
        let having = |index: &usize| {
            self.schema
                .enums
                .get(*index)
                .is_some_and(|known| known.members.iter().any(|member| member.name == name.text))
        };
        let enums: Vec<usize> = (0..self.schema.enums.len()).filter(having).collect();
        match enums.as_slice() {
            [one] => Some(self.member(*one, &name.text, name.span)),
            _ => None,
        }
    }

    fn member_anywhere(&mut self, name: &Name, scope: &Scope, expected: Option<&Type>) -> Option<Expr> {
        let is_member =
            |word: &str| self.schema.enums.iter().flat_map(|known| &known.members).any(|member| &*member.name == word);
        if self.is_fact(&name.text) && !is_member(&name.text) {
            return self.bare_fact(name, name.span);
        }
        if let Some(Type::Enum(index)) = expected {
            if self.nearest_member(*index, &name.text).is_none()
                && let Some(answer) = self.field_out_of_place(name, scope)
            {
                return answer;
            }
            return self.member(*index, &name.text, name.span);
        }
        if let Some(answer) = self.only_member(name) {
            return answer;
        }
        if let Some(answer) = self.field_out_of_place(name, scope) {
            return answer;
        }
        self.unknown(name, scope)
    }

    fn unknown(&mut self, name: &Name, scope: &Scope) -> Option<Expr> {
        let known = self.names_in(scope);
        let mut diagnostic =
            Diagnostic::error(UNKNOWN, format!("nothing here is called `{}`", name.text)).label(name.span, "not known");
        let facts: Vec<String> = self.schema.facts.iter().map(|fact| fact.name.to_string()).collect();
        let near_fact = words::nearest(&name.text, facts.iter().map(String::as_str));
        diagnostic = match words::nearest(&name.text, known.iter().map(|name| &**name)) {
            Some(nearest) => diagnostic.help(format!("did you mean `{nearest}`?")),
            None if super::calls::FUNCTIONS.contains(&&*name.text) => {
                let value = if &*name.text == "count" { "" } else { ".." };
                diagnostic.help(format!("did you mean `{}({value})`?", name.text))
            }
            None if near_fact.is_some() => {
                diagnostic.help(format!("did you mean `account.{}`?", near_fact.unwrap_or_default()))
            }
            None if self.book.lines.contains_key(&name.text) => {
                diagnostic.help(format!("`{}` is a charge; the sum of its lines is `total({})`", name.text, name.text))
            }
            None if known.is_empty() => {
                diagnostic.help("nothing that could stand here is declared yet; see how it is spelled")
            }
            None => {
                let names: Vec<&str> = known.iter().map(|name| &**name).collect();
                diagnostic.help(format!(
                    "{} known here; if `{}` is a text, put it in quotes: `\"{}\"`",
                    match names.as_slice() {
                        [only] => format!("only `{only}` is"),
                        several => format!("{} are", literals::words_list(several)),
                    },
                    name.text,
                    name.text
                ))
            }
        };
        self.fail(diagnostic)
    }

    /// All names that could stand here, for suggestions.
    pub(super) fn names_in(&self, scope: &Scope) -> Vec<Symbol> {
        let mut names: Vec<Symbol> = scope.locals.iter().map(|local| Symbol::clone(&local.name)).collect();
        names.extend(scope.items.iter().filter_map(|item| item.name.clone()));
        let unnamed = scope.items.iter().filter(|item| item.name.is_none());
        names.extend(unnamed.flat_map(|item| item.fields.iter().map(|field| Symbol::clone(&field.name))));
        match &scope.grain {
            Grain::Record { kind, .. } => {
                let fields = self.schema.kinds.get(*kind).into_iter().flat_map(|kind| &kind.fields);
                names.extend(fields.map(|field| Symbol::clone(&field.name)));
                names.extend(self.let_names(*kind).map(|name| Symbol::clone(&name.text)));
            }
            Grain::Group(group) => {
                names.extend(group.keys.iter().map(|key| Symbol::clone(&key.name)));
                names.extend(self.book.meters.iter().map(|meter| Symbol::clone(&meter.name.text)));
            }
        }
        names.extend(self.book.defines.iter().map(|define| Symbol::clone(&define.name.text)));
        names
    }

    /// A define, its body taken in at this place.
    pub(super) fn expand(
        &mut self,
        define: usize,
        arguments: &[Option<Expr>],
        name: &Name,
        scope: &Scope,
    ) -> Option<Expr> {
        let declared = self.book.defines.get(define)?;
        if declared.parameters.len() != arguments.len() {
            let names: Vec<&str> = declared.parameters.iter().map(|(name, _)| &*name.text).collect();
            let form =
                if names.is_empty() { name.text.to_string() } else { format!("{}({})", name.text, names.join(", ")) };
            return self.fail(
                Diagnostic::error(
                    NOT_A_VALUE,
                    format!("`{}` takes {}, not {}", name.text, words::count(names.len(), "value"), arguments.len()),
                )
                .label(name.span, "used here")
                .label(declared.name.span, "declared here")
                .help(format!("write `{form}`")),
            );
        }
        let mut inner = scope.clone();
        inner.locals = Vec::new();
        for ((parameter, ty), argument) in declared.parameters.iter().zip(arguments) {
            let value = argument.clone().and_then(|value| self.argument_fits(value, (name, parameter), ty));
            let (depth, of_record) = (scope.items.len(), scope.is_record());
            inner.locals.push(Local { name: Symbol::clone(&parameter.text), value, depth, of_record });
        }
        if self.expanding.contains(&define) || self.expansions >= MAX_EXPANSIONS {
            return self.too_many_expansions(name);
        }
        if self.expanding.len() >= MAX_EXPANDING {
            let label = format!("more than {MAX_EXPANDING} defines, each made of the one before");
            return self.stands_for_too_much(name.span, &label);
        }
        self.expansions += 1;
        self.expanding.push(define);
        let value = self.expr(&declared.value, &inner, None);
        self.expanding.pop();
        value
    }

    /// Said once; silent for a circle, which was reported when the book was resolved.
    fn too_many_expansions(&mut self, name: &Name) -> Option<Expr> {
        if self.expansions != MAX_EXPANSIONS {
            return None;
        }
        self.expansions += 1;
        self.stands_for_too_much(name.span, "more than 20_000 uses, counting those inside other defines")
    }

    /// Says it at the outermost define that is being expanded, once for each.
    pub(super) fn stands_for_too_much<T>(&mut self, place: Span, label: &str) -> Option<T> {
        let outermost = self.expanding.first().and_then(|define| self.book.defines.get(*define));
        let place = outermost.map_or(place, |define| define.name.span);
        self.fail(
            Diagnostic::error(TOO_LARGE, "the defines of this book stand for too much")
                .label(place, label)
                .help("compute what is used often in a `let` of the record, or in a meter"),
        )
    }

    fn argument_fits(
        &mut self,
        value: Expr,
        (define, parameter): (&Name, &Name),
        ty: &crate::syntax::ast::TypeName,
    ) -> Option<Expr> {
        let declared = self.type_name(ty)?;
        if value.ty == declared.ty {
            return Some(value);
        }
        let is = self.expr_words(&value);
        let wanted = self.type_words(&declared.ty, declared.unit.as_ref());
        let mend = self.unquoted(&declared.ty, &value.kind, "");
        self.fail(
            Diagnostic::error(words::TYPES, format!("`{}` of `{}` is {wanted}", parameter.text, define.text))
                .label(value.span, format!("this is {is}"))
                .label(ty.span, "declared here")
                .help(mend.unwrap_or_else(|| {
                    format!("hand {wanted} to `{}`, or declare its `{}` otherwise", define.text, parameter.text)
                })),
        )
    }

    /// Whether something that an expression names was reported already.
    pub(super) fn mentions_unusable(&self, written: &crate::syntax::ast::Expr) -> bool {
        let unusable = |name: &Symbol| self.book.names.get(name).is_some_and(|bound| bound.entity == Entity::Unusable);
        crate::resolve::mentions(written).names.iter().any(unusable)
    }

    /// Whether a declaration can be used; none where it has been reported.
    pub(super) fn usable(&self, name: Span) -> Option<()> {
        (!self.unusable.contains(&name)).then_some(())
    }
}

impl Found {
    fn yes(answer: Option<Expr>) -> Found {
        Found::Yes(answer.map(Box::new))
    }

    /// The parts that every record has.
    fn of_part(name: &str, span: Span) -> Found {
        match name {
            "id" => Found::yes(Some(part(ExprKind::RecordId, Type::Text, span))),
            "account" => Found::yes(Some(part(ExprKind::Account, Type::Text, span))),
            "time" => Found::yes(Some(part(ExprKind::RecordTime, Type::Time, span))),
            "kind" => Found::yes(Some(part(ExprKind::RecordKind, Type::Text, span))),
            _ => Found::No,
        }
    }
}

pub(super) fn part(kind: ExprKind, ty: Type, span: Span) -> Expr {
    Expr { kind, ty, unit: None, optional: false, denominator: Denominator::one(), span }
}

/// A field, a fact or a field of an item.
pub(super) fn field_expr(kind: ExprKind, field: &Field, span: Span) -> Expr {
    let factor = field.unit.as_ref().map(|unit| &unit.factor);
    Expr {
        kind,
        ty: field.ty.clone(),
        unit: field.unit.clone(),
        optional: field.optional,
        denominator: factor.map_or_else(Denominator::one, Denominator::of),
        span,
    }
}

/// The value of a key.
pub(super) fn key_expr(key: &Key, index: usize, span: Span) -> Expr {
    let factor = key.unit.as_ref().map(|unit| &unit.factor);
    Expr {
        kind: ExprKind::Key(index),
        ty: key.ty.clone(),
        unit: key.unit.clone(),
        optional: false,
        denominator: factor.map_or_else(Denominator::one, Denominator::of),
        span,
    }
}

/// Whether a value is at home in every scope.
fn is_everywhere(expr: &Expr) -> bool {
    let here = matches!(
        expr.kind,
        ExprKind::Field(_)
            | ExprKind::Let(_)
            | ExprKind::RecordId
            | ExprKind::RecordTime
            | ExprKind::RecordKind
            | ExprKind::ItemField { .. }
            | ExprKind::Key(_)
            | ExprKind::Meter { .. }
            | ExprKind::Aggregate(_)
            | ExprKind::Split(_)
            | ExprKind::Unbilled
            | ExprKind::Total(_)
            | ExprKind::State(_)
            | ExprKind::FoldLet(_)
            | ExprKind::StateBefore { .. }
    );
    !here && expr.children().into_iter().all(is_everywhere)
}

/// The same value seen from within so many lists more.
fn deepened(mut expr: Expr, by: usize) -> Expr {
    if by > 0 {
        shift(&mut expr, by, 0);
    }
    expr
}

/// `within` lists of the expression's own are not shifted.
fn shift(expr: &mut Expr, by: usize, within: usize) {
    if let ExprKind::ItemField { depth, .. } = &mut expr.kind
        && *depth >= within
    {
        *depth += by;
    }
    let inner = matches!(&expr.kind, ExprKind::Aggregate(aggregate) if matches!(aggregate.over, crate::typed::Over::List { .. }));
    for child in expr.children_mut() {
        shift(child, by, within + usize::from(inner));
    }
}
