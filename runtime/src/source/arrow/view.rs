//! A record batch as a book sees it: the columns of each kind's fields, ready to be read row by row without a text
//! or a number on the heap.

use super::column::{FieldView, Last, instant, known};
use super::fingerprint::Content;
use super::layout::{ENVELOPE, Layout};
use super::leaf::{Cells, Leaf};
use super::row::{self, Row};
use crate::source::IgnoredNames;
use crate::source::decode::{Decoder, is_first};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_buffer::NullBuffer;
use florin_compiler::columns::{Batch, Column, Dictionary};
use florin_compiler::model::{Kind, Schema};
use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

/// A batch.
pub(super) struct View<'v> {
    schema: &'v Schema,
    decoder: &'v Decoder<'v>,
    paths: Vec<(Arc<str>, ArrayRef, Leaf)>,
    /// Those at the top that are known: for the record as it came.
    tops: Vec<(Arc<str>, ArrayRef, Leaf)>,
    parts: Option<Parts>,
    kinds: Vec<KindView<'v>>,
    last_kind: RefCell<Last>,
}

/// Where the parts of a record's own stand among the paths.
struct Parts {
    id: usize,
    account: Vec<usize>,
    time: usize,
    kind: Vec<usize>,
    source: Option<usize>,
}

struct KindView<'v> {
    fields: Vec<FieldView<'v>>,
    /// Columns at the top that the book knows, but not of this kind.
    foreign: Vec<usize>,
}

/// A record's own parts.
pub(super) struct Own<'v> {
    pub(super) kind: usize,
    pub(super) id: Cow<'v, str>,
    pub(super) account: Cow<'v, str>,
    pub(super) time: i64,
    pub(super) source: Option<Cow<'v, str>>,
}

impl<'v> View<'v> {
    pub(super) fn of(schema: &'v Schema, decoder: &'v Decoder<'v>, layout: &Layout, batch: &RecordBatch) -> View<'v> {
        let along = |(path, steps): &(Arc<str>, Vec<usize>)| {
            let (array, outer) = array_at(batch.columns(), steps)?;
            let leaf = Leaf::of(&array, outer.as_ref());
            Some((Arc::clone(path), array, leaf))
        };
        let paths: Vec<_> = layout.paths.iter().filter_map(along).collect();
        let tops: Vec<_> = layout
            .known
            .iter()
            .filter_map(|(name, at)| batch.columns().get(*at).map(|array| (Arc::clone(name), Arc::clone(array))))
            .map(|(name, array)| (name, Arc::clone(&array), Leaf::of(&array, None)))
            .collect();
        let parts = if paths.len() == layout.paths.len() { Parts::of(schema, decoder, layout) } else { None };
        let names: Vec<&str> = tops.iter().map(|(name, ..)| &**name).collect();
        let kinds =
            schema.given_kinds().iter().map(|kind| KindView::of(schema, decoder, layout, kind, &names)).collect();
        View { schema, decoder, paths, tops, parts, kinds, last_kind: RefCell::default() }
    }

    /// A row as another reader would see it.
    pub(super) fn row(&self, row: usize) -> Row {
        let cells = self.paths.iter().filter(|(.., leaf)| !leaf.is_null(row)).filter_map(|(path, array, _)| {
            let cell = row::cell(array.as_ref(), row)?;
            Some((Arc::clone(path), cell))
        });
        let names = self.tops.iter().filter(|(.., leaf)| !leaf.is_blank(row)).map(|(name, ..)| Arc::clone(name));
        Row { cells: cells.collect(), names: names.collect() }
    }

    /// A row as JSON, as far as the book knows its columns.
    pub(super) fn json(&self, row: usize) -> String {
        row::object(self.tops.iter().map(|(name, array, _)| (&**name, array)), row)
    }

    /// A record's own parts; none where they are not plain.
    pub(super) fn own(&self, row: usize) -> Option<Own<'_>> {
        let kind = self.kind(row)?;
        let parts = self.parts.as_ref()?;
        let id = self.text(parts.id, row)?;
        let account = parts.account.iter().find_map(|at| self.filled(*at, row))?;
        let account = self.text(account, row)?;
        let time = self.instant(parts.time, row)?;
        let source = match parts.source.and_then(|at| self.filled(at, row)) {
            Some(at) => Some(self.text(at, row)?),
            None => None,
        };
        Some(Own { kind, id, account, time, source })
    }

    fn kind(&self, row: usize) -> Option<usize> {
        let parts = self.parts.as_ref()?;
        let Some(at) = parts.kind.iter().find_map(|at| self.filled(*at, row)) else {
            return (self.schema.given_kinds().len() == 1).then_some(0);
        };
        let name = match &self.leaf(at)?.cells {
            Cells::Texts(texts) => texts.get(row)?,
            _ => return None,
        };
        let called = || self.decoder.kind_called(name).and_then(|kind| u32::try_from(kind).ok());
        let kind = self.last_kind.borrow_mut().code(name, called)?;
        usize::try_from(kind).ok()
    }

    fn leaf(&self, at: usize) -> Option<&Leaf> {
        self.paths.get(at).map(|(.., leaf)| leaf)
    }

    /// The place itself where a row has something there.
    fn filled(&self, at: usize, row: usize) -> Option<usize> {
        self.leaf(at).is_some_and(|leaf| !leaf.is_blank(row)).then_some(at)
    }

    fn text(&self, at: usize, row: usize) -> Option<Cow<'_, str>> {
        let leaf = self.leaf(at).filter(|leaf| !leaf.is_blank(row))?;
        match &leaf.cells {
            Cells::Texts(texts) => texts.get(row).map(Cow::Borrowed),
            Cells::Integers(integers) => known(*integers.get(row)?).map(|integer| Cow::Owned(integer.to_string())),
            _ => None,
        }
    }

    fn instant(&self, at: usize, row: usize) -> Option<i64> {
        let leaf = self.leaf(at).filter(|leaf| !leaf.is_blank(row))?;
        instant(&leaf.cells, row)
    }

    /// Adds the values of a row to its batch; none, and nothing is added, where one is not plain.
    pub(super) fn push_fields(
        &self,
        dictionary: &Dictionary,
        kind: usize,
        row: usize,
        batch: &mut Batch,
        content: &mut Content,
    ) -> Option<()> {
        let kind = self.kinds.get(kind)?;
        for (at, (view, column)) in kind.fields.iter().zip(&mut batch.columns).enumerate() {
            let filled = view.places.iter().find_map(|place| self.filled(*place, row)).and_then(|at| self.leaf(at));
            let added = match filled {
                Some(leaf) => view.push(dictionary, &leaf.cells, row, column, content),
                None => view.push_nothing(dictionary, column, content),
            };
            if added.is_none() {
                batch.columns.iter_mut().take(at).for_each(Column::pop);
                return None;
            }
        }
        Some(())
    }

    /// Counts the columns that a row fills and that its kind does not know.
    pub(super) fn count_foreign(&self, kind: usize, row: usize, ignored: &mut IgnoredNames) {
        for at in self.kinds.get(kind).iter().flat_map(|kind| &kind.foreign) {
            if let Some((name, _, leaf)) = self.tops.get(*at)
                && !leaf.is_blank(row)
            {
                ignored.add(name, 1);
            }
        }
    }
}

/// The array at the end of some steps, and where the objects on the way are null.
fn array_at(columns: &[ArrayRef], steps: &[usize]) -> Option<(ArrayRef, Option<NullBuffer>)> {
    let (first, rest) = steps.split_first()?;
    let mut found = Arc::clone(columns.get(*first)?);
    let mut outer = None;
    for step in rest {
        let parts = found.as_any().downcast_ref::<arrow_array::StructArray>()?;
        outer = NullBuffer::union(outer.as_ref(), parts.nulls());
        let next = Arc::clone(parts.columns().get(*step)?);
        found = next;
    }
    Some((found, outer))
}

impl Parts {
    /// None where a row could be an envelope that says of itself how it is read, or a part is missing.
    fn of(schema: &Schema, decoder: &Decoder<'_>, layout: &Layout) -> Option<Parts> {
        let own = &schema.wire;
        if layout.at("specversion").is_some() || (layout.at("data").is_some() && !decoder.is_declared("data")) {
            return None;
        }
        let [_, account_set, _, kind_set] = own.set;
        let may = |name: &str| if decoder.is_declared(name) { None } else { layout.at(name) };
        let fallback = |is_set: bool, name: &str| if is_set { None } else { may(name) };
        let either = |path: &str, other: Option<usize>| layout.at(path).into_iter().chain(other).collect();
        Some(Parts {
            id: layout.at(&own.id)?,
            account: either(&own.account, fallback(account_set, "subject")),
            time: layout.at(&own.time)?,
            kind: either(&own.kind, fallback(kind_set, "type")),
            source: may("source"),
        })
    }
}

impl<'v> KindView<'v> {
    fn of(schema: &'v Schema, decoder: &Decoder<'_>, layout: &Layout, kind: &'v Kind, tops: &[&str]) -> KindView<'v> {
        let own = &schema.wire;
        let own_parts = [&own.id, &own.account, &own.time, &own.kind];
        let [_, account_set, _, kind_set] = own.set;
        let is_part = |name: &str| match name {
            "source" => !decoder.is_declared(name),
            "subject" => !account_set && !decoder.is_declared(name),
            "type" => !kind_set && !decoder.is_declared(name),
            _ => false,
        };
        let is_known = |name: &str| {
            own_parts.into_iter().any(|path| is_first(path, name))
                || kind.fields.iter().flat_map(|field| &field.wire).any(|path| is_first(path, name))
                || (ENVELOPE.contains(&name) && is_part(name))
        };
        let foreign = (0..).zip(tops).filter(|(_, name)| !is_known(name)).map(|(at, _)| at).collect();
        KindView { fields: kind.fields.iter().map(|field| FieldView::of(schema, layout, field)).collect(), foreign }
    }
}
