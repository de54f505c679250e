//! From syntax trees to [`hir::Book`]: imports taken in, declarations sorted, names bound, circles found.
//!
//! Reports unknown files, names declared twice, and circles. Goes on after each.

mod collect;
mod imports;
mod mentions;
mod order;
pub(crate) mod rows;

pub use mentions::{Mentions, mentions};

use crate::diagnostic::Diagnostic;
use crate::hir;
use crate::source::{Loader, SourceId, Sources};
use crate::syntax::ast;

/// The codes of this pass and what each means.
pub const CODES: &[(&str, &str)] = &[
    (imports::NOT_FOUND, "a file that the book names can not be read"),
    (imports::OUTSIDE, "a file that the book names lies outside the book's folder"),
    (imports::CIRCLE, "files import each other in a circle"),
    (collect::DUPLICATE, "a name is declared twice"),
    (order::CIRCLE, "declarations are made of each other in a circle"),
];

/// Resolves the book whose text is `root` and whose tree is `book`, with all that it imports.
pub fn resolve(
    root: SourceId,
    book: ast::Book,
    sources: &mut Sources,
    loader: &dyn Loader,
) -> (hir::Book, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let files = imports::gather(root, book, sources, loader, &mut diagnostics);
    let mut resolved = collect::collect(files, &mut diagnostics);
    order::order(&mut resolved, &mut diagnostics);
    (resolved, diagnostics)
}

pub(crate) use imports::load_diagnostic;
