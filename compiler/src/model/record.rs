//! Kinds of records, records, and what is known of accounts.

use super::{PlanTerms, Symbol, Type, Unit, Value};
use crate::exact::Rational;
use crate::source::Span;

/// All that is needed to read records and accounts from the wire.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// What the wire calls a record's own parts.
    pub wire: WireNames,
    /// The enums.
    pub enums: Vec<Enumeration>,
    /// What is known of an account: the fields of `account { .. }`.
    pub facts: Vec<Field>,
    /// The kinds of usage, and behind them those that the book makes of others.
    pub kinds: Vec<Kind>,
    /// What contracts on each plan say.
    pub plans: Vec<PlanTerms>,
}

impl Schema {
    /// The kinds that come from the wire.
    #[must_use]
    pub fn given_kinds(&self) -> &[Kind] {
        let given = self.kinds.iter().position(Kind::is_derived).unwrap_or(self.kinds.len());
        self.kinds.get(..given).unwrap_or_default()
    }

    /// Whether the records of a kind are rows of a table, by its index in [`Schema::kinds`].
    #[must_use]
    pub fn fills_table(&self, kind: usize) -> bool {
        self.kinds.get(kind).is_some_and(Kind::fills_table)
    }

    /// Whether any table's rows come as records.
    #[must_use]
    pub fn has_rows(&self) -> bool {
        self.kinds.iter().any(Kind::fills_table)
    }
}

impl Kind {
    /// Whether its records are made from others: a fold, or spans.
    #[must_use]
    pub fn is_derived(&self) -> bool {
        self.wire.is_empty()
    }

    /// Whether its records are rows of a table.
    #[must_use]
    pub fn fills_table(&self) -> bool {
        self.belongs == Belongs::ToTable
    }
}

/// What the wire calls a record's own parts; `records { .. }` sets them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireNames {
    /// The id; `id` if the book does not say.
    pub id: Symbol,
    /// The account; `account`, or CloudEvents' `subject`.
    pub account: Symbol,
    /// The time; `time`.
    pub time: Symbol,
    /// The kind; `kind`, or CloudEvents' `type`.
    pub kind: Symbol,
    /// Which of the four the book sets itself, in this order; the others may also go by their CloudEvents names.
    pub set: [bool; 4],
}

impl Default for WireNames {
    fn default() -> WireNames {
        WireNames {
            id: "id".into(),
            account: "account".into(),
            time: "time".into(),
            kind: "kind".into(),
            set: [false; 4],
        }
    }
}

/// An enum.
#[derive(Clone, Debug, PartialEq)]
pub struct Enumeration {
    /// Its name.
    pub name: Symbol,
    /// Its members in their order.
    pub members: Vec<EnumerationMember>,
    /// Where it is declared.
    pub span: Span,
}

/// A member of an enum.
#[derive(Clone, Debug, PartialEq)]
pub struct EnumerationMember {
    /// Its name in the book.
    pub name: Symbol,
    /// Its name on the wire.
    pub wire: Symbol,
}

/// A field of a kind, of an account, or of a list's items.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name in the book.
    pub name: Symbol,
    /// Where it may stand on the wire, dots leading into objects; the first that is there counts. Never empty.
    pub wire: Vec<Symbol>,
    /// Its type.
    pub ty: Type,
    /// For numbers: the unit in which a bare number on the wire is, and in which the field is shown.
    pub unit: Option<Unit>,
    /// Whether it may be absent.
    pub optional: bool,
    /// The least value, in base units.
    pub least: Option<Rational>,
    /// What it is where the wire leaves it out.
    pub default: Option<Value>,
    /// Where it is declared.
    pub span: Span,
}

/// A kind of usage record.
#[derive(Clone, Debug, PartialEq)]
pub struct Kind {
    /// Its name in the book.
    pub name: Symbol,
    /// What the wire calls it, one name or more; its own name if the book does not say. None where its records are
    /// made from others.
    pub wire: Vec<Symbol>,
    /// Its fields. Computed ones are the program's.
    pub fields: Vec<Field>,
    /// Whose its records are.
    pub belongs: Belongs,
    /// Where it is declared.
    pub span: Span,
}

/// Whose the records of a kind are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belongs {
    /// Each is the usage of an account.
    ToAccount,
    /// Each is a row of a table, and of no account: what the wire says of one is not looked at.
    ToTable,
}

/// A record of usage, read and checked against its kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The kind, by its index in [`Schema::kinds`].
    pub kind: usize,
    /// Its identity.
    pub id: Symbol,
    /// Whose usage it is.
    pub account: Symbol,
    /// When it happened.
    pub time: jiff::Timestamp,
    /// One value for each field of the kind.
    pub values: Vec<Value>,
}
