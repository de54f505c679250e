//! The workloads' price books.

use florin_compiler::ir::Program;
use florin_compiler::pipeline;
use florin_compiler::source::{LoadError, Loader};

/// A price book that is part of this program.
#[derive(Clone, Copy, Debug)]
pub struct Book {
    /// What it is called.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// W1 as it stands on a bill.
pub const W1: Book = Book { name: "w1.florin", text: include_str!("../../books/w1.florin") };
/// W1 with the amount of each record as one expression.
pub const W1_RECORD: Book = Book { name: "w1_record.florin", text: include_str!("../../books/w1_record.florin") };
/// W2.
pub const W2: Book = Book { name: "w2.florin", text: include_str!("../../books/w2.florin") };
/// W3.
pub const W3: Book = Book { name: "w3.florin", text: include_str!("../../books/w3.florin") };

/// W4.
pub const W4: Book = Book { name: "w4.florin", text: include_str!("../../books/w4.florin") };
/// W5.
pub const W5: Book = Book { name: "w5.florin", text: include_str!("../../books/w5.florin") };
/// W6.
pub const W6: Book = Book { name: "w6.florin", text: include_str!("../../books/w6.florin") };

/// The one file that the books name.
struct PriceFile;

impl Loader for PriceFile {
    fn load(&self, path: &str) -> Result<String, LoadError> {
        match path {
            "w1_prices.csv" => Ok(include_str!("../../books/w1_prices.csv").to_owned()),
            _ => Err(LoadError::Missing),
        }
    }
}

impl Book {
    /// Its program.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn program(self) -> Result<Program, String> {
        let compiled = pipeline::compile(self.name, self.text, &PriceFile);
        compiled.program.ok_or_else(|| format!("{}: {:?}", self.name, compiled.diagnostics))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_books_are_right() {
        for book in [W1, W1_RECORD, W2, W3, W4, W5, W6] {
            assert!(book.program().is_ok(), "{:?}", book.program().err());
        }
    }
}
