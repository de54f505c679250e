//! From text to [`ast::Book`].

pub mod ast;
mod build;

use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};
use build::Builder;
use florin_grammar::{FlorinParser, Rule};
use pest::Parser;

/// Reads a book. There always is a tree; what could not be read is [`ast::Declaration::Broken`] in it and is among
/// the errors, which are all the syntax errors of the text in their order.
#[must_use]
pub fn parse(source: SourceId, text: &str) -> (ast::Book, Vec<Diagnostic>) {
    match FlorinParser::parse(Rule::book, text) {
        Ok(pairs) => {
            let mut builder = Builder::new(source, 0);
            let items = builder.book(pairs);
            (ast::Book { items }, builder.faults)
        }
        Err(error) => {
            let at = match error.location {
                pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
            };
            let fault = Diagnostic::error("florin::syntax::unexpected", "this can not be read")
                .label(Span::new(source, at, at), error.variant.message().into_owned());
            (ast::Book { items: Vec::new() }, vec![fault])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_book() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/books");
        let mut count = 0;
        for entry in std::fs::read_dir(folder).expect("the folder of books") {
            let path = entry.expect("an entry").path();
            let text = std::fs::read_to_string(&path).expect("a book");
            let (book, faults) = parse(SourceId(0), &text);
            assert_eq!(faults, [], "{}", path.display());
            let broken = book.items.iter().filter(|item| matches!(item.declaration, ast::Declaration::Broken { .. }));
            assert_eq!(broken.count(), 0, "{}", path.display());
            count += 1;
        }
        assert_eq!(count, 45);
    }
}
