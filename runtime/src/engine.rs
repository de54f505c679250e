//! The one place where the runtime meets the compiler's passes and the evaluator.

use florin_compiler::bill::{Bill, Period, Rated, Standing};
use florin_compiler::diagnostic::Diagnostic;
use florin_compiler::model::{Accounts, Record, Schema, Symbol};
use florin_compiler::source::{Loader, Sources};
use florin_compiler::syntax::ast::{self, BillPeriod, Declaration, TestClause};
use florin_compiler::typed::{Header, Test};

/// A compilation: its texts, its findings, and the program if there is no error among them.
pub struct Compiled {
    /// The texts, the book itself first.
    pub sources: Sources,
    /// All findings.
    pub diagnostics: Vec<Diagnostic>,
    /// The program; none if there is an error.
    pub program: Option<Program>,
}

/// A compiled book.
#[derive(Clone, Debug)]
pub struct Program {
    /// What the book says of itself.
    pub header: Header,
    /// What records and accounts look like.
    pub schema: Schema,
    /// Its tests.
    pub tests: Vec<Test>,
}

impl std::fmt::Display for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "program {}", self.header.name)
    }
}

/// Compiles a book.
#[must_use]
pub fn compile(name: &str, text: &str, _loader: &dyn Loader) -> Compiled {
    let mut sources = Sources::default();
    let id = sources.add(name, text);
    let (_, diagnostics) = florin_compiler::syntax::parse(id, text);
    Compiled { sources, diagnostics, program: None }
}

/// The book as the formatter writes it.
///
/// # Errors
/// The book's syntax errors.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    florin_compiler::format::format(text)
}

/// What a test says of itself before the book is compiled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrittenTest {
    /// What it shows.
    pub label: Symbol,
    /// The codes of the errors that it expects of the book.
    pub expected_errors: Vec<Symbol>,
}

/// The tests of a book, which may be broken.
#[must_use]
pub fn written_tests(text: &str) -> Vec<WrittenTest> {
    let (book, _) = florin_compiler::syntax::parse(florin_compiler::source::SourceId(0), text);
    let tests = book.items.iter().filter_map(|item| match &item.declaration {
        Declaration::Test(test) => Some(test),
        _ => None,
    });
    tests.map(written_test).collect()
}

fn written_test(test: &ast::Test) -> WrittenTest {
    let errors = test.clauses.iter().filter_map(|clause| match clause {
        TestClause::ExpectError { code, .. } => Some(Symbol::clone(code)),
        _ => None,
    });
    WrittenTest { label: test.label.text.clone(), expected_errors: errors.collect() }
}

/// The evaluator over one book, its accounts and its usage.
pub struct Engine<'p> {
    _program: &'p Program,
}

impl<'p> Engine<'p> {
    /// Over a set of records, in any order.
    #[must_use]
    pub fn new(program: &'p Program, _accounts: &'p Accounts, _records: &'p [Record]) -> Engine<'p> {
        Engine { _program: program }
    }

    /// The period that dates mean for an account.
    ///
    /// # Errors
    /// A sentence where they are not one of the book's periods.
    pub fn period(&self, _account: &Symbol, _asked: &BillPeriod) -> Result<Period, String> {
        Err("this build has no evaluator yet".to_owned())
    }

    /// The periods in which an account has records, in order.
    #[must_use]
    pub fn periods(&self, _account: &Symbol) -> Vec<Period> {
        Vec::new()
    }

    /// The bill of an account for a period.
    #[must_use]
    pub fn bill(&self, account: &Symbol, period: &Period) -> Bill {
        let currency = self._program.header.currency.clone();
        Bill {
            account: account.clone(),
            period: period.clone(),
            currency,
            lines: Vec::new(),
            withheld: Vec::new(),
            total: None,
        }
    }

    /// How each record stands, in the order of the records.
    #[must_use]
    pub fn standings(&self) -> Vec<Standing> {
        Vec::new()
    }

    /// What each record adds to each line of an account's period.
    pub fn rate(&self, _account: &Symbol, _period: &Period) -> impl Iterator<Item = Rated> + use<'_, 'p> {
        std::iter::empty()
    }

    /// Every step of a line, in a reader's words.
    ///
    /// # Errors
    /// A sentence where there is no such line.
    pub fn explain_line(
        &self,
        _account: &Symbol,
        _period: &Period,
        line: &str,
        _s: &Sources,
    ) -> Result<String, String> {
        Err(format!("there is no line `{line}`"))
    }

    /// What a record adds to which lines, in a reader's words.
    ///
    /// # Errors
    /// A sentence where there is no such record.
    pub fn explain_record(&self, record: &str, _sources: &Sources) -> Result<String, String> {
        Err(format!("there is no record `{record}`"))
    }
}
