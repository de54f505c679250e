//! Look-ups in tables.

use super::conditions::{as_date, as_time};
use super::scope::Scope;
use super::{Checker, literals, names, words};
use crate::diagnostic::Diagnostic;
use crate::hir::Entity;
use crate::model::{Cell, KeyColumn, Matching, Table, Type, Value};
use crate::source::Span;
use crate::syntax::ast::{Expr as Written, ExprKind as Form, Name};
use crate::typed::{Denominator, Expr, ExprKind};

pub(super) const TABLE: &str = "florin::tables::look_up";

impl Checker<'_> {
    /// `rate[size, cloud].fast`
    pub(super) fn lookup_written(
        &mut self,
        table: &Name,
        keys: &[Written],
        column: Option<&Name>,
        scope: &Scope,
        span: Span,
    ) -> Option<Expr> {
        let index = self.table_named(table)?;
        self.lookup(index, keys, column, None, table, span, scope)
    }

    fn table_named(&mut self, table: &Name) -> Option<usize> {
        match self.book.names.get(&table.text).map(|bound| bound.entity) {
            Some(Entity::Table(index)) => Some(index),
            Some(Entity::Unusable) => None,
            _ => {
                let known: Vec<&str> = self.book.tables.iter().map(|table| &*table.name.text).collect();
                let help = match words::nearest(&table.text, known.iter().copied()) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None if known.is_empty() => {
                        format!("declare it first: `table {}`, its columns, and its rows", table.text)
                    }
                    None => format!("the tables of this book are {}", literals::words_list(&known)),
                };
                self.fail(
                    Diagnostic::error(names::UNKNOWN, format!("there is no table `{}`", table.text))
                        .label(table.span, "not a table")
                        .help(help),
                )
            }
        }
    }

    /// A look-up, as of the place's own time or of another.
    #[allow(clippy::too_many_arguments)] // A look-up has this many parts, and all but one are its caller's own.
    pub(super) fn lookup(
        &mut self,
        index: usize,
        keys: &[Written],
        column: Option<&Name>,
        at: Option<&Written>,
        name: &Name,
        span: Span,
        scope: &Scope,
    ) -> Option<Expr> {
        let table = self.tables.get(index)?.clone()?;
        if keys.len() != table.keys.len() {
            return self.wrong_key_count(&table, keys.len(), column, span);
        }
        let inner = scope.with_rounding(false);
        let checked: Vec<_> =
            keys.iter().zip(&table.keys).map(|(key, wanted)| self.lookup_key(key, wanted, &table, &inner)).collect();
        let column = self.column(&table, column, name, span)?;
        let at = match at {
            Some(at) => Some(Box::new(self.lookup_time(&table, at, scope)?)),
            None => None,
        };
        let keys = checked.into_iter().collect::<Option<Vec<_>>>()?;
        let found = table.values.get(column)?;
        Some(Expr {
            kind: ExprKind::Lookup { table: index, keys, column, at },
            ty: found.ty.clone(),
            unit: found.unit.clone(),
            optional: found.optional,
            denominator: column_denominator(&table, column),
            span,
        })
    }

    fn wrong_key_count(&mut self, table: &Table, count: usize, column: Option<&Name>, span: Span) -> Option<Expr> {
        let names: Vec<&str> = table.keys.iter().map(|key| &*key.name).collect();
        let value = match (column, table.values.first()) {
            (Some(column), _) => format!(".{}", column.text),
            (None, Some(first)) if table.values.len() > 1 => format!(".{}", first.name),
            _ => String::new(),
        };
        let example = format!("{}[{}]{value}", table.name, names.join(", "));
        self.fail(
            Diagnostic::error(
                TABLE,
                format!("`{}` is looked up by {}, not by {count}", table.name, words::count(names.len(), "value")),
            )
            .label(span, "looked up here")
            .label(table.span, "declared here")
            .help(format!("write `{example}`")),
        )
    }

    fn lookup_key(&mut self, key: &Written, wanted: &KeyColumn, table: &Table, scope: &Scope) -> Option<Expr> {
        let value = self.expr(key, scope, Some(&wanted.ty))?;
        let value = self.present(value)?;
        let value = match (&value.ty, &wanted.ty) {
            (Type::Time, Type::Date) => as_date(value),
            (Type::Date, Type::Time) => as_time(value),
            _ => value,
        };
        if value.ty == wanted.ty {
            return Some(value);
        }
        let is = self.expr_words(&value);
        let mend = self.unquoted(&wanted.ty, &value.kind, "");
        let needed = match wanted.matching {
            Matching::Prefix => "a text".to_owned(),
            _ => self.type_words(&wanted.ty, wanted.unit.as_ref()),
        };
        self.fail(
            Diagnostic::error(
                words::TYPES,
                format!("`{}` is looked up by `{}`, which is {needed}", table.name, wanted.name),
            )
            .label(value.span, format!("this is {is}"))
            .label(table.span, "declared here")
            .help(mend.unwrap_or_else(|| format!("hand it a value that is {needed}"))),
        )
    }

    fn column(&mut self, table: &Table, column: Option<&Name>, name: &Name, span: Span) -> Option<usize> {
        let names: Vec<&str> = table.values.iter().map(|value| &*value.name).collect();
        match column {
            Some(column) => {
                let found = table.values.iter().position(|value| value.name == column.text);
                if found.is_some() {
                    return found;
                }
                let help = match words::nearest(&column.text, names.iter().copied()) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => format!("it has {}", literals::words_list(&names)),
                };
                self.fail(
                    Diagnostic::error(names::UNKNOWN, format!("`{}` has no column `{}`", table.name, column.text))
                        .label(column.span, "not a column of values")
                        .label(table.span, "declared here")
                        .help(help),
                )
            }
            None if names.len() == 1 => Some(0),
            None => {
                let first = names.first().copied().unwrap_or("price");
                let written = super::mismatch::brief(self.sources.text(span));
                self.fail(
                    Diagnostic::error(
                        TABLE,
                        format!("`{}` has several columns, and this does not say which", table.name),
                    )
                    .label(name.span, "which column?")
                    .label(table.span, "declared here")
                    .help(format!("it has {}; write `{written}.{first}`, for example", literals::words_list(&names))),
                )
            }
        }
    }

    fn lookup_time(&mut self, table: &Table, at: &Written, scope: &Scope) -> Option<Expr> {
        if !table.dated {
            return self.fail(
                Diagnostic::error(TABLE, format!("the rows of `{}` hold at all times", table.name))
                    .label(at.span, "so no time is needed")
                    .label(table.span, "it has no column `from : date`")
                    .help("leave `at` and the time out, or give the table a column `from : date`"),
            );
        }
        let time = self.expr(at, scope, Some(&Type::Time))?;
        let time = self.present(time)?;
        match time.ty {
            Type::Time => Some(time),
            Type::Date => Some(as_time(time)),
            _ => {
                let is = self.expr_words(&time);
                self.wrong_type(time.span, &is, "a time or a date")
            }
        }
    }

    fn is_table(&self, name: Option<&Name>) -> bool {
        let bound = name.and_then(|name| self.book.names.get(&name.text));
        bound.is_some_and(|bound| matches!(bound.entity, Entity::Table(_) | Entity::Unusable))
    }

    /// `TABLE[keys] at TIME`
    pub(super) fn at_time(&mut self, value: &Written, time: &Written, scope: &Scope, span: Span) -> Option<Expr> {
        match &value.kind {
            Form::Lookup { table, keys, column } => {
                let index = self.table_named(table)?;
                self.lookup(index, keys, column.as_ref(), Some(time), table, span, scope)
            }
            Form::Path(path) if path.names.len() == 1 && self.is_table(path.names.first()) => {
                let name = path.names.first()?;
                let index = self.table_named(name)?;
                self.lookup(index, &[], None, Some(time), name, span, scope)
            }
            _ => self.fail(
                Diagnostic::error(TABLE, "only a look-up in a table can be made as of another time")
                    .label(value.span, "not a look-up")
                    .help("write `TABLE[keys] at TIME`"),
            ),
        }
    }
}

/// The least common multiple over the column's cells.
fn column_denominator(table: &Table, column: usize) -> Denominator {
    if table.filling.is_some() {
        // They are known only when the records are.
        return Denominator::Open;
    }
    let cells = table.rows.iter().filter_map(|row| match row.values.get(column) {
        Some(Cell::Value(Value::Number(number))) => Some(number),
        _ => None,
    });
    Denominator::of_any(cells)
}
