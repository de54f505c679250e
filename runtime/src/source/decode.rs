//! From a record on the wire to a record of the book's: kind, id, account, time, one value for each field.
//!
//! CloudEvents names are known where the book does not say its own: `subject` is the account, `type` the kind, the
//! fields may stand under `data`. An envelope is sure by its `specversion`; without one, `type`, `subject`, `source`
//! and `data` are read as CloudEvents' only if no field of the book is called so.

use super::field::{self, Fields};
use super::wire::{WireRecord, WireValue, quoted};
use super::{Problem, suggest};
use florin_compiler::model::{Belongs, Field, Kind, Record, Schema, Symbol, Value};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, HashMap, HashSet};

/// How many different undeclared names are told apart; others are counted together.
pub const MAX_IGNORED_NAMES: usize = 100;
const ENVELOPE: [&str; 9] =
    ["specversion", "id", "source", "subject", "type", "time", "datacontenttype", "dataschema", "data"];

/// A record with its whole identity.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The record.
    pub record: Record,
    /// Who gave it its id, if it says so.
    pub source: Option<Symbol>,
}

/// What was on the wire, but not in the book: how often each name came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignored(BTreeMap<String, u64>);

impl Ignored {
    /// The names and how often they came.
    #[must_use]
    pub fn names(&self) -> &BTreeMap<String, u64> {
        &self.0
    }

    pub(crate) fn count(&mut self, name: &str) {
        self.count_times(name, 1);
    }

    pub(crate) fn count_times(&mut self, name: &str, so_many: u64) {
        if let Some(times) = self.0.get_mut(name) {
            *times += so_many;
        } else {
            let name = if self.0.len() < MAX_IGNORED_NAMES { name } else { "(others)" };
            *self.0.entry(name.to_owned()).or_default() += so_many;
        }
    }
}

/// Decodes records of one book.
pub struct Decoder<'s> {
    schema: &'s Schema,
    kinds: HashMap<&'s str, usize>,
    /// The first names of all paths that the book declares.
    declared: HashSet<&'s str>,
}

impl<'s> Decoder<'s> {
    /// For a book's schema.
    #[must_use]
    pub fn new(schema: &'s Schema) -> Decoder<'s> {
        let names =
            schema.kinds.iter().enumerate().flat_map(|(at, kind)| kind.wire.iter().map(move |name| (&**name, at)));
        Decoder { schema, kinds: names.collect(), declared: declared_names(schema) }
    }

    /// The record, or what is wrong with it.
    ///
    /// # Errors
    /// A [`Problem`] that names the field.
    pub fn decode(&self, wire: &WireRecord<'_>, ignored: &mut Ignored) -> Result<Decoded, Problem> {
        self.decode_telling(wire, &mut |name| ignored.count(name))
    }

    /// The record, or what is wrong with it; `ignored` is told each name that the book does not declare.
    ///
    /// # Errors
    /// A [`Problem`] that names the field.
    pub(super) fn decode_telling(
        &self,
        wire: &WireRecord<'_>,
        ignored: &mut dyn FnMut(&str),
    ) -> Result<Decoded, Problem> {
        let envelope = Envelope::of(self, wire)?;
        let (kind_index, kind) = self.kind(wire, &envelope)?;
        let id = self.own_text(wire, &self.schema.wire.id, None, "id")?;
        let fallback = envelope.subject.then_some("subject");
        let account = match kind.belongs {
            Belongs::ToAccount => self.own_text(wire, &self.schema.wire.account, fallback, "account")?,
            Belongs::ToTable => Symbol::from(""),
        };
        let time = self.time(wire)?;
        let values: Result<Vec<Value>, Problem> = kind
            .fields
            .iter()
            .map(|field| field::read(self.schema, field, &EnvelopeFields { wire, envelope: &envelope }))
            .collect();
        let values = values?;
        self.count_ignored(wire, &envelope, kind, ignored);
        let identity = envelope.source.as_ref().map_or(id.clone(), |source| format!("{source}/{id}").into());
        let record = Record { kind: kind_index, id: identity, account, time, values };
        Ok(Decoded { record, source: envelope.source })
    }

    /// The kind that the wire calls so.
    pub(crate) fn kind_called(&self, name: &str) -> Option<usize> {
        self.kinds.get(name).copied()
    }

    /// Whether a field of the book stands under a name, so that it is not CloudEvents'.
    pub(crate) fn is_declared(&self, name: &str) -> bool {
        self.declared.contains(name)
    }

    fn kind(&self, wire: &WireRecord<'_>, envelope: &Envelope<'_>) -> Result<(usize, &'s Kind), Problem> {
        let mut given = wire.find(&self.schema.wire.kind)?;
        if given.is_none() && envelope.kind {
            given = wire.find("type")?;
        }
        let Some(given) = given else { return self.only_kind() };
        let name = field::text(&given).ok_or_else(|| self.bad_kind(&given))?;
        let index = *self.kinds.get(&*name).ok_or_else(|| self.bad_kind(&given))?;
        let kind = self.schema.kinds.get(index).ok_or_else(|| self.bad_kind(&given))?;
        Ok((index, kind))
    }

    fn only_kind(&self) -> Result<(usize, &'s Kind), Problem> {
        match self.schema.given_kinds() {
            [only] => Ok((0, only)),
            _ => Err(Problem::new(format!(
                "the kind is missing: {} should be {}",
                quoted(&self.schema.wire.kind),
                suggest::one_of(&self.kind_names())
            ))),
        }
    }

    fn bad_kind(&self, given: &WireValue<'_>) -> Problem {
        let names = self.kind_names();
        let hint = field::text(given).map_or(String::new(), |name| suggest::hint(&name, names.iter().copied()));
        let known = if hint.is_empty() { format!("; the book knows {}", suggest::one_of(&names)) } else { hint };
        Problem::new(format!("unknown kind {}{known}", given.shown()))
    }

    fn kind_names(&self) -> Vec<&'s str> {
        self.schema.kinds.iter().flat_map(|kind| &kind.wire).map(|name| &**name).collect()
    }

    fn own_text(
        &self,
        wire: &WireRecord<'_>,
        path: &str,
        fallback: Option<&str>,
        part: &str,
    ) -> Result<Symbol, Problem> {
        let mut given = wire.find(path)?;
        if given.is_none()
            && let Some(fallback) = fallback
        {
            given = wire.find(fallback)?;
        }
        let Some(given) = given else {
            return Err(Problem::new(format!("the {part} is missing: there is no {}", quoted(path))));
        };
        let expected =
            || Problem::new(format!("the {part} ({}) should be a text, but is {}", quoted(path), given.shown()));
        let text = field::text(&given).ok_or_else(expected)?;
        if text.trim().is_empty() {
            Err(Problem::new(format!("the {part} ({}) is empty", quoted(path))))
        } else {
            Ok(text)
        }
    }

    fn time(&self, wire: &WireRecord<'_>) -> Result<jiff::Timestamp, Problem> {
        let path = &self.schema.wire.time;
        let given = wire
            .find(path)?
            .ok_or_else(|| Problem::new(format!("the time is missing: there is no {}", quoted(path))))?;
        field::instant(&format!("the time ({})", quoted(path)), &given)
    }

    fn count_ignored(
        &self,
        wire: &WireRecord<'_>,
        envelope: &Envelope<'_>,
        kind: &Kind,
        ignored: &mut dyn FnMut(&str),
    ) {
        let own = &self.schema.wire;
        let is_known = |name: &str| {
            let is_own = [&own.id, &own.account, &own.time, &own.kind].into_iter().any(|path| is_first(path, name));
            is_own || kind.fields.iter().any(|field| field.wire.iter().any(|path| is_first(path, name)))
        };
        for name in wire.names() {
            if !is_known(name) && !envelope.uses(name) {
                ignored(name);
            }
        }
        for (name, _) in envelope.data.iter().flat_map(|data| data.entries()) {
            if !is_known(name) {
                ignored(name);
            }
        }
    }
}

/// The first names of all paths that a book declares for its fields, and the whole paths.
pub(super) fn declared_names(schema: &Schema) -> HashSet<&str> {
    schema.given_kinds().iter().flat_map(|kind| &kind.fields).flat_map(paths).collect()
}

/// The whole path, and its first name, under which it may also stand.
fn paths(field: &Field) -> impl Iterator<Item = &str> {
    field.wire.iter().flat_map(|path| [Some(&**path), path.split_once('.').map(|(first, _)| first)]).flatten()
}

/// Whether a path is a name, or leads on from it.
pub(super) fn is_first(path: &str, name: &str) -> bool {
    path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// What of CloudEvents a record has.
struct Envelope<'a> {
    /// Whether it says that it is one.
    sure: bool,
    kind: bool,
    subject: bool,
    source: Option<Symbol>,
    data: Option<super::wire::Object<'a>>,
}

impl<'a> Envelope<'a> {
    fn of(decoder: &Decoder<'_>, wire: &WireRecord<'a>) -> Result<Envelope<'a>, Problem> {
        let sure = wire.find("specversion").is_ok_and(|found| found.is_some());
        let may = |name: &str| sure || !decoder.declared.contains(name);
        let [_, account_set, _, kind_set] = decoder.schema.wire.set;
        let source = if may("source") { wire.find("source")?.and_then(|source| field::text(&source)) } else { None };
        let data = match if may("data") { wire.find("data")? } else { None } {
            Some(WireValue::Object(object)) => Some(object),
            _ => None,
        };
        Ok(Envelope { sure, kind: !kind_set && may("type"), subject: !account_set && may("subject"), source, data })
    }

    fn uses(&self, name: &str) -> bool {
        match name {
            "source" => self.source.is_some(),
            "subject" => self.subject,
            "type" => self.kind,
            "data" => self.data.is_some(),
            _ => self.sure && ENVELOPE.contains(&name),
        }
    }
}

/// A kind's fields: of a sure envelope those under `data` go before its own attributes, else behind.
struct EnvelopeFields<'e, 'a> {
    wire: &'e WireRecord<'a>,
    envelope: &'e Envelope<'a>,
}

impl<'a> Fields<'a> for EnvelopeFields<'_, 'a> {
    fn find(&self, path: &str) -> Result<Option<WireValue<'a>>, Problem> {
        let Some(data) = &self.envelope.data else { return self.wire.find(path) };
        let first = if self.envelope.sure { data.find(path)? } else { self.wire.find(path)? };
        match first {
            Some(found) => Ok(Some(found)),
            None if self.envelope.sure => self.wire.find(path),
            None => data.find(path),
        }
    }
}

/// An object under a key that every account's or record's name may be.
pub(crate) fn object_of<'a>(raw: &'a RawValue) -> Result<super::wire::Object<'a>, Problem> {
    match WireValue::read(raw)? {
        Some(WireValue::Object(object)) => Ok(object),
        Some(other) => Err(Problem::new(format!("should be an object, but is {}", other.shown()))),
        None => Err(Problem::new("should be an object, but is null")),
    }
}
