//! The keys of a header, and its `from` clause.

use super::scope::{Item, Scope};
use super::{Checker, literals, names, words};
use crate::diagnostic::Diagnostic;
use crate::hir::Entity;
use crate::model::{Symbol, Type};
use crate::syntax::ast;
use crate::typed::{ExprKind, From, Key};
use std::collections::BTreeSet;

impl Checker<'_> {
    /// `from KIND where ..`, or `from KIND.list where ..`
    pub(super) fn from(&mut self, written: &ast::From) -> Option<From> {
        let kind = self.kind_of(&written.path)?;
        self.records_of_kind(kind, written)
    }

    /// The same of a kind's records.
    pub(super) fn records_of_kind(&mut self, kind: usize, written: &ast::From) -> Option<From> {
        let list = match written.path.names.get(1) {
            Some(name) => Some(self.list_of(kind, name)?),
            None => None,
        };
        let pieces = match &written.pieces {
            Some(pieces) => Some(self.pieces(kind, written, pieces)?),
            None => None,
        };
        self.in_pieces = pieces.is_some();
        let condition = match &written.condition {
            Some(condition) => {
                let scope = self.scope_of_records((kind, list))?;
                let condition =
                    self.expr(condition, &scope, Some(&Type::Boolean)).and_then(|value| self.boolean(value));
                Some(condition?)
            }
            None => None,
        };
        Some(From { kind, list, pieces, condition, span: written.span })
    }

    /// The records that a `from` names, as far as they are known; nothing is reported.
    pub(super) fn records_named(&self, written: &ast::From) -> Option<(usize, Option<usize>)> {
        let name = written.path.names.first()?;
        let kind = self.kind_index(self.book.names.get(&name.text)?.entity)?;
        let Some(list) = written.path.names.get(1) else { return Some((kind, None)) };
        let fields = &self.schema.kinds.get(kind)?.fields;
        let list = fields.iter().position(|field| field.name == list.text && matches!(field.ty, Type::List(_)))?;
        Some((kind, Some(list)))
    }

    /// The kind that a path begins with.
    pub(super) fn kind_of(&mut self, path: &ast::Path) -> Option<usize> {
        let name = path.names.first()?;
        match self.book.names.get(&name.text).copied() {
            Some(bound) => match bound.entity {
                Entity::Kind(_) | Entity::Derived(_) => self.kind_index(bound.entity),
                Entity::Unusable => None,
                other => self.fail(
                    Diagnostic::error(
                        names::NOT_A_VALUE,
                        format!("`{}` is {}, not a kind of usage", name.text, self.entity_word(other)),
                    )
                    .label(name.span, "records are needed here")
                    .label(bound.span, "declared here")
                    .help(match other {
                        Entity::Meter(_) => {
                            format!("a meter over meters has no `from`; leave `from {}` out", name.text)
                        }
                        Entity::Rows(kind) => self.look_up_rows(kind),
                        _ => "name a kind of usage, such as `from call`".to_owned(),
                    }),
                ),
            },
            None => {
                let known: Vec<&str> = self.book.kinds.iter().map(|kind| &*kind.name.text).collect();
                let help = match words::nearest(&name.text, known.iter().copied()) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None if known.is_empty() => format!("declare it: `usage {} {{ amount : number }}`", name.text),
                    None => format!("this book declares {}", literals::words_list(&known)),
                };
                self.fail(
                    Diagnostic::error(names::UNKNOWN, format!("there is no kind of usage `{}`", name.text))
                        .label(name.span, "not a kind of usage")
                        .help(help),
                )
            }
        }
    }

    fn list_of(&mut self, kind: usize, name: &ast::Name) -> Option<usize> {
        let found = self.schema.kinds.get(kind)?;
        let position = found.fields.iter().position(|field| field.name == name.text);
        let field = position.and_then(|index| found.fields.get(index));
        match (position, field.map(|field| &field.ty)) {
            (Some(index), Some(Type::List(_))) => Some(index),
            _ => {
                let lists = found.fields.iter().filter(|field| matches!(field.ty, Type::List(_)));
                let lists: Vec<&str> = lists.map(|field| &*field.name).collect();
                let help = match (words::nearest(&name.text, lists.iter().copied()), lists.as_slice()) {
                    (Some(near), _) => format!("did you mean `{near}`?"),
                    (None, []) => format!("`{}` has no list at all; leave `.{}` out", found.name, name.text),
                    (None, lists) => format!("it has {}", literals::words_list(lists)),
                };
                let diagnostic =
                    Diagnostic::error(names::UNKNOWN, format!("`{}` has no list `{}`", found.name, name.text))
                        .label(name.span, "not a list of this kind")
                        .label(found.span, "declared here")
                        .help(help);
                self.fail(diagnostic)
            }
        }
    }

    /// The keys of a declaration made of records: fields, computed fields, account facts, parts of the record.
    pub(super) fn record_keys(&mut self, written: &[ast::Key], from: &From) -> Option<Vec<Key>> {
        let scope = self.scope_of_records((from.kind, from.list))?;
        let keys: Vec<_> = written.iter().map(|key| self.record_key(key, &scope)).collect();
        self.distinct(written, keys)
    }

    fn record_key(&mut self, written: &ast::Key, scope: &Scope) -> Option<Key> {
        let value = self.path(&written.path, scope, None)?;
        let value = self.present(value)?;
        if let Type::List(_) = value.ty {
            return self.fail(
                Diagnostic::error(words::TYPES, "a key is one value, and this is a list")
                    .label(value.span, "several values")
                    .help("go through the list as the records, with `from KIND.LIST`, and take a field of its items as the key"),
            );
        }
        Some(Key { name: key_name(written)?, ty: value.ty.clone(), unit: value.unit.clone(), source: Some(value) })
    }

    /// The keys of a declaration made of meters: their keys, and account facts.
    pub(super) fn meter_keys_of(&mut self, written: &[ast::Key], meters: &BTreeSet<usize>) -> Option<Vec<Key>> {
        let keys: Vec<_> = written.iter().map(|key| self.meter_key(key, meters)).collect();
        self.distinct(written, keys)
    }

    fn meter_key(&mut self, written: &ast::Key, meters: &BTreeSet<usize>) -> Option<Key> {
        let last = written.path.names.last()?;
        let found = meters.iter().filter_map(|meter| self.meters.get(*meter).and_then(Option::as_ref));
        let found = found.flat_map(|meter| &meter.keys).find(|key| key.name == last.text);
        if let Some(key) = found {
            return Some(Key { name: key_name(written)?, source: None, ..key.clone() });
        }
        if let Some(key) = self.layer_key(&last.text).filter(|_| written.path.names.len() == 1) {
            return Some(Key { name: key_name(written)?, ..key });
        }
        let is_fact = written.path.names.first().is_some_and(|first| &*first.text == "account");
        if is_fact || self.is_of_payer(&written.path) {
            let scope = Scope { items: Vec::<Item>::new(), ..Scope::record(usize::MAX, 0) };
            let value = self.path(&written.path, &scope, None).and_then(|value| self.present(value))?;
            let at_home = matches!(value.kind, ExprKind::Fact { .. } | ExprKind::Account);
            if self.is_of_several(&value) && !self.silent_keys {
                return self.fact_of_several(written, &value);
            }
            if at_home {
                return Some(Key {
                    name: key_name(written)?,
                    ty: value.ty.clone(),
                    unit: value.unit.clone(),
                    source: Some(value),
                });
            }
        }
        self.no_such_key(last, meters)
    }

    fn no_such_key(&mut self, name: &ast::Name, meters: &BTreeSet<usize>) -> Option<Key> {
        if meters.iter().any(|meter| self.meters.get(*meter).is_some_and(Option::is_none)) || self.silent_keys {
            return None;
        }
        let found = meters.iter().filter_map(|meter| self.meters.get(*meter).and_then(Option::as_ref));
        let (first, known): (Vec<_>, Vec<_>) = found
            .map(|meter| {
                (
                    (meter.name.to_string(), meter.span),
                    meter.keys.iter().map(|key| key.name.to_string()).collect::<Vec<_>>(),
                )
            })
            .unzip();
        let known: BTreeSet<String> = known.into_iter().flatten().collect();
        let mut diagnostic = Diagnostic::error(names::UNKNOWN, format!("nothing here is counted by `{}`", name.text))
            .label(name.span, "not a key of the meter");
        for (meter, span) in first.iter().take(2) {
            diagnostic = diagnostic.label(*span, format!("`{meter}` is not counted by `{}`", name.text));
        }
        diagnostic = match (words::nearest(&name.text, known.iter().map(String::as_str)), first.first()) {
            _ if self.is_fact(&name.text) => diagnostic.help(format!("did you mean `account.{}`?", name.text)),
            (Some(nearest), _) => diagnostic.help(format!("did you mean `{nearest}`?")),
            (None, Some((meter, _))) => {
                diagnostic.help(format!("give the meter the key: `meter {meter} by {}`", name.text))
            }
            (None, None) => diagnostic.help("say which records are counted: `from KIND`"),
        };
        self.fail(diagnostic)
    }

    fn distinct(&mut self, written: &[ast::Key], keys: Vec<Option<Key>>) -> Option<Vec<Key>> {
        let keys = keys.into_iter().collect::<Option<Vec<_>>>()?;
        for (index, key) in keys.iter().enumerate() {
            if keys.iter().take(index).any(|earlier| earlier.name == key.name) {
                let span = written.get(index)?.span;
                return self.fail(
                    Diagnostic::error("florin::names::duplicate", format!("two keys are called `{}`", key.name))
                        .label(span, "the second one")
                        .help(format!(
                            "give it another name: `{} as other`",
                            self.sources.text(written.get(index)?.path.span)
                        )),
                );
            }
        }
        Some(keys)
    }
}

fn key_name(written: &ast::Key) -> Option<Symbol> {
    let name = written.rename.as_ref().or_else(|| written.path.names.last())?;
    Some(Symbol::clone(&name.text))
}
