//! The passes in their order: the compiler's table of contents.

use crate::check;
use crate::diagnostic::Diagnostic;
use crate::hir;
use crate::ir;
use crate::lints;
use crate::lower;
use crate::resolve;
use crate::source::{Loader, SourceId, Sources};
use crate::syntax::{self, ast};
use crate::typed;

/// A book's text has become a tree.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The files read so far: the book.
    pub sources: Sources,
    /// The book's own number among them.
    pub root: SourceId,
    /// Its tree, with holes where the text is broken.
    pub tree: ast::Book,
    /// What was found so far.
    pub diagnostics: Vec<Diagnostic>,
}

/// Its imports are taken in and its names bound.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The files read so far: the book and its imports.
    pub sources: Sources,
    /// The declarations.
    pub book: hir::Book,
    /// What was found so far.
    pub diagnostics: Vec<Diagnostic>,
}

/// It is known to be right, or it is known what is wrong.
#[derive(Clone, Debug)]
pub struct Checked {
    /// All files that were read, CSV rows among them.
    pub sources: Sources,
    /// The checked book; none where there is an error.
    pub book: Option<typed::Book>,
    /// Everything that was found, errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// The error codes that the book's own tests expect.
    pub expected_errors: Vec<std::sync::Arc<str>>,
}

/// Text to tree.
#[must_use]
pub fn parse(name: &str, text: &str) -> Parsed {
    let mut sources = Sources::default();
    let root = sources.add(name, text);
    let (tree, diagnostics) = syntax::parse(root, text);
    Parsed { sources, root, tree, diagnostics }
}

/// Tree to declarations.
#[must_use]
pub fn resolve(parsed: Parsed, loader: &dyn Loader) -> Resolved {
    let Parsed { mut sources, root, tree, mut diagnostics } = parsed;
    let (book, found) = resolve::resolve(root, tree, &mut sources, loader);
    diagnostics.extend(found);
    Resolved { sources, book, diagnostics }
}

/// Declarations to a checked book.
#[must_use]
pub fn check(resolved: Resolved, loader: &dyn Loader) -> Checked {
    let Resolved { mut sources, book, mut diagnostics } = resolved;
    let (typed, found) = check::check(&book, &mut sources, loader);
    diagnostics.extend(found);
    in_order(&mut diagnostics);
    let typed = typed.filter(|_| !diagnostics.iter().any(Diagnostic::is_error));
    Checked { sources, book: typed, diagnostics, expected_errors: expected_errors(&book) }
}

/// By their places.
fn in_order(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by_key(|found| found.labels.first().map(|label| label.span));
}

fn expected_errors(book: &hir::Book) -> Vec<std::sync::Arc<str>> {
    let clauses = book.tests.iter().flat_map(|test| &test.clauses);
    let codes = clauses.filter_map(|clause| match clause {
        ast::TestClause::ExpectError { code, .. } => Some(std::sync::Arc::clone(code)),
        _ => None,
    });
    codes.collect()
}

/// A book as its users get it: a program, or what is wrong.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// All files that were read.
    pub sources: Sources,
    /// Everything that was found, in the order of its places.
    pub diagnostics: Vec<Diagnostic>,
    /// What `florin check` says of each charge; empty where there is an error.
    pub reports: Vec<check::ChargeReport>,
    /// The program; none where there is an error.
    pub program: Option<ir::Program>,
    /// The error codes that the book's own tests expect.
    pub expected_errors: Vec<std::sync::Arc<str>>,
}

/// All passes. `name` is how messages call the book.
#[must_use]
pub fn compile(name: &str, text: &str, loader: &dyn Loader) -> Compiled {
    let checked = check(resolve(parse(name, text), loader), loader);
    let reports = checked.book.as_ref().map(check::report).unwrap_or_default();
    let program = checked.book.map(lower::lower);
    let mut diagnostics = checked.diagnostics;
    diagnostics.extend(program.iter().flat_map(lints::lint));
    in_order(&mut diagnostics);
    Compiled { sources: checked.sources, diagnostics, reports, program, expected_errors: checked.expected_errors }
}
