//! Fields of kinds, accounts and list items, their types, and the computed fields.

use super::scope::Scope;
use super::{Checker, words};
use crate::diagnostic::Diagnostic;
use crate::exact::Rational;
use crate::model::{Belongs, Field, Kind, Symbol, Type, Unit, Value};
use crate::syntax::ast::{self, Expr as Written, Name, TypeKind, TypeName};
use crate::typed::{ExprKind, Let};

pub(super) const DEFAULT: &str = "florin::fields::default";

/// A type as it is written, resolved.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    pub ty: Type,
    pub unit: Option<Unit>,
}

impl Checker<'_> {
    /// `account { .. }`
    pub(super) fn facts(&mut self) {
        let written = &self.book.account;
        let fields = self.fields(written);
        for field in written {
            if let ast::Field::Let { name, .. } = field {
                self.no_let(name, "an account has only what is known of it");
            }
        }
        self.schema.facts = fields;
    }

    pub(super) fn no_let(&mut self, name: &Name, why: &str) {
        self.report(
            Diagnostic::error(DEFAULT, format!("`let {}` can not stand here", name.text))
                .label(name.span, why)
                .help("use `define` for an expression that several places share"),
        );
    }

    /// The kinds with their given fields; the computed ones come after the tables.
    pub(super) fn kinds(&mut self) {
        for (index, usage) in self.book.kinds.iter().enumerate() {
            let fields = self.fields(&usage.fields);
            let wire: Vec<Symbol> = usage.wire.iter().map(|wire| Symbol::clone(&wire.text)).collect();
            let wire = if wire.is_empty() { vec![Symbol::clone(&usage.name.text)] } else { wire };
            let is_row = self.book.row_kinds.values().any(|kind| *kind == index);
            let belongs = if is_row { Belongs::ToTable } else { Belongs::ToAccount };
            let (name, span) = (Symbol::clone(&usage.name.text), usage.name.span);
            self.schema.kinds.push(Kind { name, wire, fields, belongs, span });
            self.lets.push(Vec::new());
        }
    }

    /// The given ones among some fields. One that was reported is there too, so that its name is known.
    pub(super) fn fields(&mut self, written: &[ast::Field]) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::new();
        for field in written {
            let (ast::Field::Given { name, .. } | ast::Field::Let { name, .. }) = field;
            let first = written.iter().find_map(|other| {
                let (ast::Field::Given { name: other, .. } | ast::Field::Let { name: other, .. }) = other;
                (other.text == name.text).then_some(other.span)
            });
            if let Some(first) = first.filter(|first| *first != name.span) {
                self.report(
                    Diagnostic::error("florin::names::duplicate", format!("`{}` is declared twice", name.text))
                        .label(name.span, "declared again here")
                        .label(first, "first declared here")
                        .help("remove one of them, or give one another name"),
                );
                continue;
            }
            if let ast::Field::Given { name, ty, least, wire, default } = field {
                fields.push(self.field(name, ty, least.as_ref(), wire, default.as_ref()));
            }
        }
        fields
    }

    fn field(
        &mut self,
        name: &Name,
        ty: &TypeName,
        least: Option<&ast::Literal>,
        wire: &[ast::Text],
        default: Option<&Written>,
    ) -> Field {
        let declared = self.type_name(ty);
        if declared.is_none() {
            self.unusable.insert(name.span);
        }
        let Declared { ty: resolved, unit } = declared.unwrap_or(Declared { ty: Type::Text, unit: None });
        let names: Vec<Symbol> = wire.iter().map(|wire| Symbol::clone(&wire.text)).collect();
        let mut field = Field {
            name: Symbol::clone(&name.text),
            wire: if names.is_empty() { vec![Symbol::clone(&name.text)] } else { names },
            ty: resolved,
            unit,
            optional: ty.optional,
            least: None,
            default: None,
            span: name.span,
        };
        if self.unusable.contains(&name.span) {
            return field;
        }
        field.least = least.and_then(|least| self.least(&field, least));
        field.default = default.and_then(|default| self.default(&field, default));
        if default.is_some() && field.default.is_none() {
            // A test need not give what would have a default if that were right; no book comes of it.
            field.default = Some(Value::Absent);
        }
        if let (Some(Value::Number(number)), Some(bound), Some(written)) = (&field.default, &field.least, default)
            && number < bound
        {
            self.report(
                Diagnostic::error(DEFAULT, format!("the default of `{}` is below its least value", field.name))
                    .label(written.span, "this is less")
                    .label(least.map_or(name.span, |least| least.span), "than this")
                    .help("raise the default, or lower what it must be `at least`"),
            );
        }
        field
    }

    /// `at least 0`: a bare number is in the field's unit.
    fn least(&mut self, field: &Field, least: &ast::Literal) -> Option<Rational> {
        let value = self.literal(least, Some(&field.ty))?;
        let ExprKind::Constant(Value::Number(number)) = &value.kind else {
            let is = self.expr_words(&value);
            return self.wrong_type(value.span, &is, "a number");
        };
        match (&value.ty, &field.ty) {
            (one, other) if one == other => Some(number.clone()),
            (Type::Number(of), Type::Number(_)) if of.is_none() => {
                Some(field.unit.as_ref().map_or_else(|| number.clone(), |unit| number * &unit.factor))
            }
            _ => self.misfit(field, &value, "the least value"),
        }
    }

    /// `= 0`: a bare number is in the field's unit, as on the wire.
    fn default(&mut self, field: &Field, default: &Written) -> Option<Value> {
        let scope = Scope::record(usize::MAX, 0);
        let value = self.expr(default, &scope, Some(&field.ty))?;
        let bare = matches!((&value.ty, &field.ty), (Type::Number(of), Type::Number(_)) if of.is_none());
        if value.ty != field.ty && !bare {
            return self.misfit(field, &value, "the default");
        }
        match value.kind {
            ExprKind::Constant(Value::Number(number)) => {
                let factor = field.unit.as_ref().filter(|_| value.ty != field.ty).map(|unit| &unit.factor);
                Some(Value::Number(factor.map_or_else(|| number.clone(), |factor| &number * factor)))
            }
            ExprKind::Constant(constant) => Some(constant),
            _ => self.fail(
                Diagnostic::error(DEFAULT, "a default is a plain value, with nothing to compute")
                    .label(value.span, "computed")
                    .help("use `let` for a computed field"),
            ),
        }
    }

    fn misfit<T>(&mut self, field: &Field, value: &crate::typed::Expr, what: &str) -> Option<T> {
        let is = self.expr_words(value);
        let wanted = self.type_words(&field.ty, field.unit.as_ref());
        let before = if what == "the default" { "= " } else { "" };
        let mend = self.unquoted(&field.ty, &value.kind, before);
        self.fail(
            Diagnostic::error(DEFAULT, format!("{what} of `{}` does not fit it", field.name))
                .label(value.span, format!("this is {is}"))
                .label(field.span, format!("this is {wanted}"))
                .help(mend.unwrap_or_else(|| format!("write {wanted} here, or nothing"))),
        )
    }

    /// A type as written.
    pub(super) fn type_name(&mut self, written: &TypeName) -> Option<Declared> {
        match &written.kind {
            TypeKind::Unit { unit, per: None } if unit.words.len() == 1 => {
                let word = unit.words.first()?;
                match self.named_type(&word.text) {
                    Some(ty) => Some(Declared { ty, unit: None }),
                    None => self.number_type(unit),
                }
            }
            TypeKind::Unit { unit, per: None } => self.number_type(unit),
            TypeKind::Unit { unit, per: Some(per) } => {
                self.odd_per(per, written.span)?;
                let (value, per) = (self.unit(unit), self.per(per));
                let rate = super::units::rate_of(&value?, &per?)?;
                Some(Declared { ty: Type::Number(rate.dimension.clone()), unit: Some(rate) })
            }
            TypeKind::ListOfFields(fields) => {
                let fields = self.fields(fields);
                Some(Declared { ty: Type::List(fields.into()), unit: None })
            }
            TypeKind::ListOf(item) => {
                let Declared { ty, unit } = self.type_name(item)?;
                let field = Field {
                    name: "".into(),
                    wire: vec!["".into()],
                    ty,
                    unit,
                    optional: false,
                    least: None,
                    default: None,
                    span: item.span,
                };
                Some(Declared { ty: Type::List(vec![field].into()), unit: None })
            }
        }
    }

    /// The same without a message, for what is only a hint.
    pub(super) fn type_name_quietly(&mut self, written: &TypeName) -> Option<Type> {
        let before = self.diagnostics.len();
        let declared = self.type_name(written);
        self.diagnostics.truncate(before);
        declared.map(|declared| declared.ty)
    }

    fn number_type(&mut self, unit: &ast::UnitName) -> Option<Declared> {
        let [word] = unit.words.as_slice() else {
            let unit = self.unit(unit)?;
            return Some(Declared { ty: Type::Number(unit.dimension.clone()), unit: Some(unit) });
        };
        let before = self.diagnostics.len();
        if let Some(unit) = self.unit(unit) {
            return Some(Declared { ty: Type::Number(unit.dimension.clone()), unit: Some(unit) });
        }
        self.diagnostics.truncate(before);
        if self.is_broken_unit(&word.text) {
            return None;
        }
        let enums: Vec<String> = self.schema.enums.iter().map(|known| known.name.to_string()).collect();
        let types = ["number", "text", "boolean", "date", "time"].map(str::to_owned);
        let units = self.book.units.iter().map(|unit| unit.name.text.to_string());
        let known: Vec<String> = enums.into_iter().chain(types).chain(units).chain(super::units::names()).collect();
        let near = words::nearest(&word.text, known.iter().map(String::as_str));
        let help = match super::units::common_name(&word.text).map(str::to_owned).or(near) {
            Some(_) if super::units::is_month(&word.text) => super::units::MONTH.to_owned(),
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "a type is `number`, `text`, `boolean`, `date`, `time`, an enum, a currency or a unit; a unit of your \
                 own is declared so: `{}`",
                super::units::declaration(&word.text)
            ),
        };
        self.fail(
            Diagnostic::error(
                super::units::UNKNOWN,
                format!("`{}` is not a type or a unit that this book knows", word.text),
            )
            .label(word.span, "not known")
            .help(help),
        )
    }

    fn named_type(&self, word: &str) -> Option<Type> {
        let enumeration = self.schema.enums.iter().position(|known| &*known.name == word);
        match word {
            "number" => Some(Type::Number(crate::model::Dimension::none())),
            "text" | "account" => Some(Type::Text),
            "boolean" => Some(Type::Boolean),
            "date" => Some(Type::Date),
            "time" => Some(Type::Time),
            _ => enumeration.map(Type::Enum),
        }
    }

    /// The computed fields, each with those above it in view.
    pub(super) fn lets(&mut self) {
        for (kind, usage) in self.book.kinds.iter().enumerate() {
            for field in &usage.fields {
                let ast::Field::Let { name, value } = field else { continue };
                let known = self.lets.get(kind).map_or(0, Vec::len);
                let checked = self.expr(value, &Scope::record(kind, known), None);
                match checked {
                    Some(value) if self.is_low_let(name, kind, &value) => {
                        if let Some(lets) = self.lets.get_mut(kind) {
                            lets.push(Let { name: Symbol::clone(&name.text), value });
                        }
                    }
                    Some(_) | None => {
                        self.unusable.insert(name.span);
                    }
                }
            }
        }
    }

    /// The names of a kind's computed fields, as written.
    pub(super) fn let_names(&self, kind: usize) -> impl Iterator<Item = &Name> {
        let fields = self.book.kinds.get(self.wire_kind(kind)).map(|usage| usage.fields.as_slice()).unwrap_or_default();
        fields.iter().filter_map(|field| match field {
            ast::Field::Let { name, .. } => Some(name),
            ast::Field::Given { .. } => None,
        })
    }
}
