//! Kinds of records, their fields and types, spans and folds.

#![allow(missing_docs)] // A variant's line says what its fields are.
#![allow(clippy::large_enum_variant)] // One declaration a node: boxing the large ones would save nothing.

use super::{Expr, From, Key, Literal, Name, Number, Path, Per1, Text, Window};
use crate::source::Span;

/// A field, or a `let`.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// `stored : TB at least 0 from "gb" = 0 TB`
    Given { name: Name, ty: TypeName, least: Option<Literal>, wire: Vec<Text>, default: Option<Expr> },
    /// `let long = input > 200k tokens`
    Let { name: Name, value: Expr },
}

/// A type as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeName {
    /// What kind of type.
    pub kind: TypeKind,
    /// Whether `optional` follows.
    pub optional: bool,
    /// The whole type.
    pub span: Span,
}

/// The forms of a type.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// `text`, `Edition`, `USD`, `GB hour`, `USD per 1M tokens`: words, and what follows `per`.
    Unit { unit: UnitName, per: Option<Per> },
    /// `list of { type : text; n : number }`
    ListOfFields(Vec<Field>),
    /// `list of text`
    ListOf(Box<TypeName>),
}

/// Units side by side: `GiB hour`. One word or more.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitName {
    /// The words.
    pub words: Vec<Name>,
    /// All of them.
    pub span: Span,
}

/// What follows a value to make it a rate: `per hour`, `per 1M tokens`, `per started 100 kB`, `per started 10`.
#[derive(Clone, Debug, PartialEq)]
pub struct Per {
    /// Whether `started` stands there.
    pub started: bool,
    /// The number before the unit; one if there is none.
    pub count: Option<Number>,
    /// The unit; none where a plain number is counted.
    pub unit: Option<UnitName>,
    /// From `per` on.
    pub span: Span,
}

/// A kind of usage record.
#[derive(Clone, Debug, PartialEq)]
pub struct Usage {
    /// The kind.
    pub name: Name,
    /// What the wire calls it.
    pub wire: Vec<Text>,
    /// How long a record lasts, if it does.
    pub lasts: Option<Lasts>,
    /// Fields and lets.
    pub fields: Vec<Field>,
}

/// How long a record lasts.
#[derive(Clone, Debug, PartialEq)]
pub enum Lasts {
    /// `lasts duration`
    For(Name),
    /// `lasts from start to end`
    FromTo(Name, Name),
    /// `lasts on`
    On(Span),
    /// `lasts until next by meter_id`
    UntilNext(Vec<Key>, Span),
}

/// Spans made of records.
#[derive(Clone, Debug, PartialEq)]
pub struct Spans {
    /// Their name.
    pub name: Name,
    /// One open span for each.
    pub keys: Vec<Key>,
    /// The records.
    pub from: From,
    /// When a span starts.
    pub starts: Option<Expr>,
    /// When it ends.
    pub ends: Option<Expr>,
    /// How long it may be open.
    pub at_most: Option<Expr>,
    /// How long a pause may be.
    pub gap: Option<Expr>,
}

/// The ordered computation.
#[derive(Clone, Debug, PartialEq)]
pub struct Fold {
    /// Its name.
    pub name: Name,
    /// One state for each.
    pub keys: Vec<Key>,
    /// What it is pooled over.
    pub pooled: Option<Path>,
    /// When it starts anew.
    pub window: Option<Per1>,
    /// The records.
    pub from: From,
    /// Its clauses in their order.
    pub clauses: Vec<FoldClause>,
}

/// A clause of a fold.
#[derive(Clone, Debug, PartialEq)]
pub enum FoldClause {
    /// `state used : token = 0 tokens`
    State { name: Name, ty: TypeName, initial: Option<Expr> },
    /// `let fits = ..`
    Let { name: Name, value: Expr },
    /// `next used = ..`
    Next { name: Name, value: Expr },
    /// `yield overflow : token = ..`
    Yield { name: Name, ty: TypeName, value: Expr },
    /// `forget after 90 days`
    Forget(Window),
}

/// A member of an enum, with its name on the wire if that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The name in the book.
    pub name: Name,
    /// The name on the wire.
    pub wire: Option<Text>,
}

/// One entry of `records { .. }`: which of the record's own parts, and how the wire calls it.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordName {
    /// `id`, `account`, `time` or `kind`.
    pub part: Name,
    /// The wire's name.
    pub wire: Text,
}
