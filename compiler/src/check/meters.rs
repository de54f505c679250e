//! Meters, each behind those it is made of; and what is free.

use super::scope::{Certain, Group, Place, Scope};
use super::sharing::ACCOUNT;
use super::{Checker, words};
use crate::diagnostic::Diagnostic;
use crate::hir;
use crate::model::{Symbol, Type};
use crate::syntax::ast;
use crate::typed::{Free, From, Key, Meter};
use std::collections::BTreeSet;

impl Checker<'_> {
    pub(super) fn meters(&mut self) {
        let book = self.book;
        self.meters = vec![None; book.meters.len()];
        for (at, meter) in book.meters.iter().enumerate() {
            let checked = match &meter.pooled {
                Some(over) => self.pooled_meter(meter, over),
                None => self.meter(meter),
            };
            self.know_meter(at, checked);
        }
    }

    /// Takes note of a meter, and of what others may make of it.
    pub(super) fn know_meter(&mut self, at: usize, checked: Option<Meter>) {
        let checked = checked.filter(|checked| self.is_low_meter(at, checked));
        if checked.as_ref().is_some_and(|checked| self.absent_when_empty(&checked.value)) {
            self.absent_meters.insert(at);
        }
        let is_window = |checked: &Meter| !super::instants::is_instant(&checked.window);
        if checked.as_ref().is_some_and(|checked| is_window(checked) && self.only_sums(&checked.value)) {
            self.summing_meters.insert(at);
        }
        if let Some(place) = self.meters.get_mut(at) {
            *place = checked;
        }
    }

    pub(super) fn meter(&mut self, written: &ast::Meter) -> Option<Meter> {
        self.in_pieces = false;
        let window = self.header_window(written.window.as_ref());
        let from = match &written.from {
            Some(from) => Some(self.from(from).or_else(|| self.value_without_from(written, from))?),
            None => None,
        };
        let is_instant = window.as_ref().is_some_and(super::instants::is_instant);
        if let (Some(from), true) = (&from, is_instant) {
            self.lasts_for_instants(from, written.name.span)?;
        }
        let what = format!("the meter `{}`", written.name.text);
        let empty = Group {
            what,
            name: written.name.span,
            keys: Vec::new(),
            window: window?,
            from: from.as_ref().map(|from| (from.kind, from.list)),
            place: Place::Quantity,
            certain: Certain::Nothing,
        };
        let meters = self.meters_named(&written.value, &empty);
        self.silent_keys = self.mentions_unusable(&written.value);
        self.has_layers = self.names_layers(&[&written.value]);
        let header_keys = self.keys_of_meter(written, from.is_some(), &meters);
        let keys = self.keys_of(&header_keys, from.as_ref(), &meters)?;
        let certain = match (from.is_some(), is_instant) {
            // At most moments nothing is in force.
            (_, true) => Certain::Nothing,
            (true, false) => Certain::Records,
            (false, false) => sole(&meters),
        };
        let group = Group { keys, certain, ..empty };
        let value = self.expr(&written.value, &Scope::group(group.clone()), None)?;
        if !matches!(value.ty, Type::Number(_)) {
            let is = self.expr_words(&value);
            return self.fail(
                Diagnostic::error(words::TYPES, "a meter measures a number")
                    .label(value.span, format!("this is {is}"))
                    .label(written.name.span, "declared here")
                    .help(
                        "count something, such as `count()`, `unique(NAME)` or `sum(NAME)`, with the name of a field",
                    ),
            );
        }
        if let (true, None, Some(key)) = (is_instant, &group.from, group.keys.iter().find(|key| key.source.is_some())) {
            return self.fact_key_of_level(written, &key.name.clone());
        }
        let value = if is_instant { self.instant_value(value)? } else { value };
        let opening = self.opening(written, &group, &value)?;
        let meter = Meter {
            name: Symbol::clone(&written.name.text),
            keys: group.keys,
            window: group.window,
            from,
            value,
            opening,
            shared: self.pooling,
            pools: Vec::new(),
            span: written.name.span,
        };
        self.known_while_it_lasts(&meter)?;
        Some(meter)
    }

    /// The keys of a meter: where accounts are billed together, each of them has its own value, as long as what it is
    /// made of says whose it is.
    fn keys_of_meter(&self, written: &ast::Meter, of_records: bool, meters: &BTreeSet<usize>) -> Vec<ast::Key> {
        let says_whose = |meter: &usize| {
            let meter = self.meters.get(*meter).and_then(Option::as_ref);
            meter.is_some_and(|meter| meter.keys.iter().any(|key| *key.name == *ACCOUNT))
        };
        match written.pooled.is_none() && (of_records || meters.iter().any(says_whose)) {
            true if self.has_several() => self.with_account(&written.keys, written.name.span),
            true => written.keys.clone(),
            false => written.keys.clone(),
        }
    }

    /// What is wrong in the value of a meter whose condition was reported, so that it is not reported one run later.
    fn value_without_from(&mut self, written: &ast::Meter, from: &ast::From) -> Option<From> {
        let records = self.records_named(from)?;
        let group = Group {
            what: format!("the meter `{}`", written.name.text),
            name: written.name.span,
            keys: Vec::new(),
            window: self.header.as_ref()?.period.clone(),
            from: Some(records),
            place: Place::Quantity,
            certain: Certain::Records,
        };
        let _ = self.expr(&written.value, &Scope::group(group), None);
        None
    }

    /// The keys of a header, of records or of meters.
    pub(super) fn keys_of(
        &mut self,
        written: &[ast::Key],
        from: Option<&From>,
        meters: &BTreeSet<usize>,
    ) -> Option<Vec<Key>> {
        match from {
            Some(from) => self.record_keys(written, from),
            None => self.meter_keys_of(written, meters),
        }
    }

    /// `free KIND where ..`
    pub(super) fn free(&mut self, written: &hir::Free) -> Option<Free> {
        let kind = self.kind_of(&written.path)?;
        let kind = self.as_it_comes(kind);
        let condition = match &written.condition {
            Some(condition) => {
                let scope = Scope::record(kind, usize::MAX);
                let condition =
                    self.expr(condition, &scope, Some(&Type::Boolean)).and_then(|value| self.boolean(value));
                Some(condition?)
            }
            None => None,
        };
        Some(Free { kind, condition })
    }
}

/// Where a declaration is made of one meter alone, each of its groups has a record of it.
pub(super) fn sole(meters: &BTreeSet<usize>) -> Certain {
    if meters.len() == 1 { Certain::Meters(meters.clone()) } else { Certain::Nothing }
}
