//! Where an expression stands: what it may name, and at which grain.

use crate::model::{Field, Symbol, Window};
use crate::source::Span;
use crate::syntax::ast::Per1;
use crate::typed::{Expr, Key};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The place of an expression.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// At which grain.
    pub grain: Grain,
    /// The items of the lists around it, innermost last.
    pub items: Vec<Item>,
    /// The parameters of the define around it.
    pub locals: Vec<Local>,
    /// Whether a rounding stands around it, so that a division need not be exact.
    pub rounded: bool,
    /// The fold around.
    pub fold: Option<FoldPlace>,
}

/// The fold around an expression: its states and lets are locals.
#[derive(Clone, Debug)]
pub(super) struct FoldPlace {
    /// Its window, as written.
    pub window: Option<Per1>,
}

/// A grain: of one record, of a group of them, or of none.
#[derive(Clone, Debug)]
pub(super) enum Grain {
    /// One record of a kind; of its lets, the first so many may be named.
    Record { kind: usize, lets: usize },
    /// An account, keys and a window.
    Group(Group),
}

/// The grain of an account, keys and a window.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// How messages call what is declared: ``the charge `compute` ``.
    pub what: String,
    /// The place of its name.
    pub name: Span,
    /// Its keys.
    pub keys: Vec<Key>,
    /// Its window.
    pub window: Window,
    /// Its records: the kind, and the list of it that is gone through.
    pub from: Option<(usize, Option<usize>)>,
    /// Whether the value is billed or counted, or only decides a price.
    pub place: Place,
    /// What certainly has a record in every group.
    pub certain: Certain,
}

/// What a value is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is counted: a meter of a coarser grain would count several times.
    Quantity,
    /// It decides a price: a meter of a coarser grain is as good.
    Price,
}

/// What certainly has a record in every group, so that a maximum, say, is never absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Certain {
    /// Nothing: the group is there in any case.
    Nothing,
    /// The declaration's own records.
    Records,
    /// These meters.
    Meters(BTreeSet<usize>),
}

/// An item of a list.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// `t` in `for t in tools`; none where the records themselves are items.
    pub name: Option<Symbol>,
    /// Its fields.
    pub fields: Arc<[Field]>,
}

/// A parameter with its argument.
#[derive(Clone, Debug)]
pub(super) struct Local {
    /// The parameter.
    pub name: Symbol,
    /// The argument; none if it was reported.
    pub value: Option<Expr>,
    /// How many lists stood around the argument.
    pub depth: usize,
    /// Whether the argument is of one record.
    pub of_record: bool,
}

impl Scope {
    /// A record of a kind, with the first so many of its lets.
    pub fn record(kind: usize, lets: usize) -> Scope {
        Scope { grain: Grain::Record { kind, lets }, items: Vec::new(), locals: Vec::new(), rounded: false, fold: None }
    }

    /// A group.
    pub fn group(group: Group) -> Scope {
        Scope { grain: Grain::Group(group), items: Vec::new(), locals: Vec::new(), rounded: false, fold: None }
    }

    /// The group, if it is one.
    pub fn as_group(&self) -> Option<&Group> {
        match &self.grain {
            Grain::Group(group) => Some(group),
            Grain::Record { .. } => None,
        }
    }

    /// Whether it is a record's.
    pub fn is_record(&self) -> bool {
        matches!(self.grain, Grain::Record { .. })
    }

    /// The same place within one list more.
    pub fn with_item(&self, item: Item) -> Scope {
        let mut inner = self.clone();
        inner.items.push(item);
        inner.rounded = false;
        inner
    }

    /// The same place within a rounding, or within none.
    pub fn with_rounding(&self, rounded: bool) -> Scope {
        Scope { rounded, ..self.clone() }
    }
}
