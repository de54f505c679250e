//! What a program reads of a record, by the slots of the names.

use super::fields::FieldReader;
use super::names::Names;
use super::row::Row;
use super::scan::{Shape, Token};
use crate::source::decode::{declared_names, is_first};
use florin_compiler::columns::needed_fields;
use florin_compiler::ir::Program;
use florin_compiler::model::{Kind, Schema};

/// How the kinds of a program are read.
pub struct Plan<'p> {
    schema: &'p Schema,
    kinds: Vec<KindPlan<'p>>,
    kind_names: Vec<(&'p str, usize)>,
    own: Own,
}

/// How a kind is read.
pub struct KindPlan<'p> {
    /// Its fields.
    pub fields: Vec<FieldReader<'p>>,
    /// Which of them anything reads.
    pub needed: Vec<bool>,
    /// Whether the name of a slot means something to this kind.
    known: Vec<bool>,
}

/// The slots of a record's own parts. Where two may stand for a part, the first that is there counts.
struct Own {
    id: usize,
    account: [usize; 2],
    time: usize,
    kind: [usize; 2],
    source: Option<usize>,
    /// What makes a record one that the strict parser reads.
    strict: Vec<usize>,
}

/// A record's own parts.
pub struct Parts<'r, 't> {
    /// The id.
    pub id: &'r Token<'t>,
    /// The account.
    pub account: &'r Token<'t>,
    /// The time.
    pub time: &'r Token<'t>,
    /// Who gave the id.
    pub source: Option<&'r Token<'t>>,
}

impl<'p> Plan<'p> {
    /// Of a program; the names that it knows get slots. None where there are too many.
    pub fn new(program: &'p Program, names: &mut Names) -> Option<Plan<'p>> {
        let schema = &program.schema;
        let own = Own::new(schema, names)?;
        let kinds = schema.given_kinds().iter().zip(needed_fields(program));
        let kinds: Option<Vec<KindPlan<'p>>> = kinds
            .map(|(kind, needed)| {
                let fields: Option<Vec<_>> =
                    kind.fields.iter().map(|field| FieldReader::new(schema, field, names)).collect();
                let needed = (0..kind.fields.len()).map(|at| needed.contains(&at)).collect();
                Some(KindPlan { fields: fields?, needed, known: Vec::new() })
            })
            .collect();
        let kind_names = schema.given_kinds().iter().enumerate();
        let kind_names = kind_names.flat_map(|(at, kind)| kind.wire.iter().map(move |name| (&**name, at))).collect();
        Some(Plan { schema, kinds: kinds?, kind_names, own })
    }

    /// How a kind is read.
    #[inline]
    pub fn kind_mut(&mut self, kind: usize) -> Option<&mut KindPlan<'p>> {
        self.kinds.get_mut(kind)
    }

    /// Which fields of a kind anything reads.
    pub fn needed(&self, kind: usize) -> &[bool] {
        self.kinds.get(kind).map_or(&[], |kind| &kind.needed)
    }

    /// Whether the kind of a record may stand in this slot.
    #[inline]
    pub fn tells_kind(&self, slot: usize) -> bool {
        self.own.kind.contains(&slot)
    }

    /// The kind that a token names.
    #[inline]
    pub fn kind_named(&self, token: &Token<'_>) -> Option<usize> {
        // Of a name that two kinds have, the last one's counts, as in a map that is filled in order.
        let named =
            |token: &Token<'_>| self.kind_names.iter().rfind(|(name, _)| *name == token.text).map(|(_, at)| *at);
        matches!(token.shape, Shape::Text | Shape::Cell).then_some(token).and_then(named)
    }

    /// The kind of a record. None where the strict parser should look for it, or say that there is none.
    #[inline]
    pub fn kind(&self, row: &Row<'_>) -> Option<usize> {
        if self.own.strict.iter().any(|slot| row.has(*slot)) {
            return None;
        }
        match first(row, self.own.kind) {
            Some(token) => self.kind_named(token),
            None => (self.kinds.len() == 1).then_some(0),
        }
    }

    /// The parts of a record, as far as they are there. None where one is missing.
    #[inline]
    pub fn parts<'r, 't>(&self, row: &'r Row<'t>) -> Option<Parts<'r, 't>> {
        Some(Parts {
            id: row.get(self.own.id)?,
            account: first(row, self.own.account)?,
            time: row.get(self.own.time)?,
            source: match self.own.source {
                Some(slot) if row.has(slot) => Some(row.get(slot)?),
                _ => None,
            },
        })
    }

    /// Which slots mean something to a kind, as far as that was looked into.
    #[inline]
    pub fn known(&self, kind: usize) -> &[bool] {
        self.kinds.get(kind).map_or(&[], |kind| &kind.known)
    }

    /// Looks into what the slots mean to a kind, up to this one.
    #[cold]
    pub fn learn(&mut self, kind: usize, slot: usize, names: &Names) {
        let Plan { schema, kinds, own, .. } = self;
        let Some(plan) = kinds.get_mut(kind) else { return };
        let more = plan.known.len()..=slot;
        plan.known.extend(more.map(|slot| is_known(schema, schema.kinds.get(kind), own, slot, names.name(slot))));
    }
}

impl Own {
    fn new(schema: &Schema, names: &mut Names) -> Option<Own> {
        let wire = &schema.wire;
        let [_, account_set, _, kind_set] = wire.set;
        let declared = declared_names(schema);
        let mut free = |name: &str| if declared.contains(name) { Some(None) } else { names.slot(name).map(Some) };
        let (source, subject, kind, data) = (free("source")?, free("subject")?, free("type")?, free("data")?);
        let strict = [names.slot("specversion"), data].into_iter().flatten().collect();
        let (id, account, time) = (names.slot(&wire.id)?, names.slot(&wire.account)?, names.slot(&wire.time)?);
        let own_kind = names.slot(&wire.kind)?;
        Some(Own {
            id,
            account: [account, subject.filter(|_| !account_set).unwrap_or(account)],
            time,
            kind: [own_kind, kind.filter(|_| !kind_set).unwrap_or(own_kind)],
            source,
            strict,
        })
    }
}

/// As the strict reader decides which names it counts as ignored.
fn is_known(schema: &Schema, kind: Option<&Kind>, own: &Own, slot: usize, name: &str) -> bool {
    let wire = &schema.wire;
    let mut fields = kind.iter().flat_map(|kind| &kind.fields);
    [&wire.id, &wire.account, &wire.time, &wire.kind].into_iter().any(|path| is_first(path, name))
        || fields.any(|field| field.wire.iter().any(|path| is_first(path, name)))
        || own.account.contains(&slot)
        || own.kind.contains(&slot)
        || own.source == Some(slot)
}

/// What stands in the first of two slots that has something.
#[inline]
fn first<'r, 't>(row: &'r Row<'t>, slots: [usize; 2]) -> Option<&'r Token<'t>> {
    slots.iter().find_map(|slot| row.get(*slot))
}
