//! From pest's pairs to the tree. The grammar has already said what stands where, so a missing part is never an
//! author's error; every function gives none then, and the declaration becomes a hole.
//!
//! Architecture invariant: only [`super`] sees these types of pest.

mod charges;
mod declarations;
mod expressions;
mod fields;
mod grants;
mod literals;
mod meters;
mod parts;
mod plans;
mod tables;
mod tests;
mod windows;

use super::ast::{Declaration, Item, Name, Path, Text};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};
use florin_grammar::Rule;
use parts::{Pair, Pairs, Parts};
use std::sync::Arc;

/// Turns the pairs of one text, or of a slice of it, into the tree.
pub(super) struct Builder {
    place: Place,
    /// What is wrong with values that are well written: a date that is in no calendar.
    pub(super) faults: Vec<Diagnostic>,
    /// The codes of the currencies that the text declares.
    currencies: Vec<String>,
}

/// Where a parsed slice stands in its source.
#[derive(Clone, Copy)]
struct Place {
    source: SourceId,
    offset: usize,
}

impl Place {
    fn span(self, pair: &Pair<'_>) -> Span {
        let span = pair.as_span();
        // A rule that ends in something optional takes the blanks before it in.
        let end = span.start() + span.as_str().trim_end().len();
        Span::new(self.source, self.offset + span.start(), self.offset + end)
    }
}

impl Builder {
    /// For a slice that starts at the byte `offset` of its source.
    pub(super) fn new(source: SourceId, offset: usize) -> Builder {
        Builder { place: Place { source, offset }, faults: Vec::new(), currencies: Vec::new() }
    }

    /// The declarations of a book.
    pub(super) fn book(&mut self, pairs: Pairs<'_>) -> Vec<Item> {
        let items: Vec<Pair<'_>> = pairs.flat_map(|book| Parts::of(book).all(Rule::item)).collect();
        self.currencies = items.iter().filter_map(currency_code).collect();
        items.into_iter().map(|pair| self.item(pair)).collect()
    }

    /// A declaration with its documentation; a hole if one of its values is wrong, so that later passes do not
    /// trip over the same place.
    fn item(&mut self, pair: Pair<'_>) -> Item {
        let mut parts = Parts::of(pair);
        let docs = parts.take(Rule::docs).map(docs).unwrap_or_default();
        let Some(pair) = parts.first() else {
            let span = Span::new(self.place.source, self.place.offset, self.place.offset);
            return Item { docs, declaration: Declaration::Broken { name: None }, span };
        };
        let span = self.span(&pair);
        let name = self.declared_name(&pair);
        let faults_before = self.faults.len();
        let declaration = self.declaration(pair).filter(|_| self.faults.len() == faults_before);
        Item { docs, declaration: declaration.unwrap_or(Declaration::Broken { name }), span }
    }

    fn declared_name(&self, pair: &Pair<'_>) -> Option<Name> {
        let found = pair.clone().into_inner().find(|inner| inner.as_rule() == Rule::name);
        found.map(|inner| self.name(&inner))
    }

    fn span(&self, pair: &Pair<'_>) -> Span {
        self.place.span(pair)
    }

    fn name(&self, pair: &Pair<'_>) -> Name {
        Name { text: Arc::from(pair.as_str()), span: self.span(pair) }
    }

    fn path(&self, pair: Pair<'_>) -> Path {
        let span = self.span(&pair);
        let names = pair.into_inner().filter(|inner| inner.as_rule() == Rule::name);
        Path { names: names.map(|inner| self.name(&inner)).collect(), span }
    }

    /// A quoted text or a label.
    fn text(&self, pair: &Pair<'_>) -> Text {
        Text { text: Arc::from(unescape(pair.as_str())), span: self.span(pair) }
    }

    fn take_name(&self, parts: &mut Parts<'_>) -> Option<Name> {
        parts.take(Rule::name).map(|pair| self.name(&pair))
    }

    fn take_path(&self, parts: &mut Parts<'_>) -> Option<Path> {
        parts.take(Rule::path).map(|pair| self.path(pair))
    }

    fn take_text(&self, parts: &mut Parts<'_>) -> Option<Text> {
        parts.take(Rule::text).map(|pair| self.text(&pair))
    }

    fn take_label(&self, parts: &mut Parts<'_>) -> Option<Text> {
        parts.take(Rule::label).map(|pair| self.text(&pair))
    }

    /// Builds every pair, or nothing: a piece that is missing makes the whole a hole.
    fn each<'i, T>(
        &mut self,
        pairs: Vec<Pair<'i>>,
        build: impl Fn(&mut Self, Pair<'i>) -> Option<T>,
    ) -> Option<Vec<T>> {
        pairs.into_iter().map(|pair| build(self, pair)).collect()
    }
}

/// The code, if the item declares a currency.
fn currency_code(item: &Pair<'_>) -> Option<String> {
    let currency = item.clone().into_inner().find(|inner| inner.as_rule() == Rule::currency)?;
    let code = currency.into_inner().find(|inner| inner.as_rule() == Rule::name)?;
    Some(code.as_str().to_owned())
}

fn docs(pair: Pair<'_>) -> Vec<Arc<str>> {
    let lines = pair.into_inner().filter(|inner| inner.as_rule() == Rule::doc_line);
    let bare = |line: &str| {
        let text = line.strip_prefix("///").unwrap_or(line);
        Arc::from(text.strip_prefix(' ').unwrap_or(text).trim_end())
    };
    lines.map(|line| bare(line.as_str())).collect()
}

/// What a quoted text says: without its quotes, and `\"`, `\\`, `\n`, `\t` resolved.
fn unescape(quoted: &str) -> String {
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(quoted);
    let mut said = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        let resolved = match letter {
            '\\' => letters.next().map(|escaped| match escaped {
                'n' => '\n',
                't' => '\t',
                other => other,
            }),
            other => Some(other),
        };
        said.extend(resolved);
    }
    said
}
