//! The one place where the runtime meets the compiler's passes and the evaluator.

use crate::source::suggest;
use crate::source::wire::quoted;
use florin_compiler::bill::{Bill, CutSpan, Period, Rated, Standing};
use florin_compiler::columns::Dictionary;
use florin_compiler::compiled;
use florin_compiler::diagnostic::Diagnostic;
pub use florin_compiler::ir::Program;
use florin_compiler::model::{Accounts, Record, Symbol};
pub use florin_compiler::pipeline::Compiled;
use florin_compiler::reference::{self, Coverage, Definitions, Earlier, Reference, Watched};
use florin_compiler::source::{Loader, SourceId, Sources, Span};
use florin_compiler::syntax::ast::{self, BillPeriod, Declaration, TestClause};
use std::collections::BTreeSet;

/// What the sum of a bill is called where a line could be named.
const TOTAL: &str = "total";

/// Compiles a book.
#[must_use]
pub fn compile(name: &str, text: &str, loader: &dyn Loader) -> Compiled {
    florin_compiler::pipeline::compile(name, text, loader)
}

/// The program as a reader follows it.
#[must_use]
pub fn printed(program: &Program) -> String {
    program.to_string()
}

/// How each charge is rated as records come.
#[must_use]
pub fn charges(program: &Program) -> Vec<compiled::ChargeReport> {
    with_rater(program, |rater| rater.reports())
}

/// The kernels of a program, in Cranelift's intermediate form.
#[must_use]
pub fn clif(program: &Program) -> String {
    with_rater(program, |rater| rater.clif())
}

fn with_rater<T>(program: &Program, then: impl FnOnce(&compiled::Rater<'_>) -> T) -> T {
    let (nobody, dictionary) = (Accounts::new(), Dictionary::of(program));
    then(&compiled::Rater::new(program, &nobody, &dictionary, &[]))
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
    let (book, _) = florin_compiler::syntax::parse(SourceId(0), text);
    let tests = book.items.iter().filter_map(|item| match &item.declaration {
        Declaration::Test(test) => Some(test),
        _ => None,
    });
    tests.map(written_test).collect()
}

/// The titles of the tests in which all errors of a book stand; none where one stands elsewhere.
#[must_use]
pub fn tests_at_fault(compiled: &Compiled, text: &str) -> Option<Vec<Symbol>> {
    let (book, _) = florin_compiler::syntax::parse(SourceId(0), text);
    let holding = |span: Span| {
        book.items.iter().find_map(|item| match &item.declaration {
            Declaration::Test(test)
                if item.span.source == span.source && item.span.start <= span.start && span.end <= item.span.end =>
            {
                Some(test.label.text.clone())
            }
            _ => None,
        })
    };
    let errors = compiled.diagnostics.iter().filter(|finding| finding.is_error());
    let mut titles = errors.map(|error| holding(error.labels.first()?.span)).collect::<Option<Vec<Symbol>>>()?;
    titles.dedup();
    Some(titles).filter(|titles| !titles.is_empty())
}

/// The period of a book whose period is given: the same for all accounts, as far as it is one at all.
#[must_use]
pub fn asked_periods(program: &Program, asked: Option<&BillPeriod>) -> Vec<Period> {
    let (anyone, nobody) = (Symbol::from(""), Accounts::new());
    let definitions = Definitions::new(program, &nobody, &[]);
    asked.and_then(|asked| definitions.asked(&anyone, asked).ok()).into_iter().collect()
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
    reference: Reference<'p>,
}

impl<'p> Engine<'p> {
    /// Over a set of records, in the order of their arrival. A book whose period is given knows only the one that is
    /// asked for.
    #[must_use]
    pub fn new(
        program: &'p Program,
        accounts: &'p Accounts,
        records: &'p [Record],
        asked: Option<&BillPeriod>,
    ) -> Engine<'p> {
        Engine::covering(program, accounts, records, asked, None)
    }

    /// The same, taking note of what of the book is used.
    #[must_use]
    pub fn covering(
        program: &'p Program,
        accounts: &'p Accounts,
        records: &'p [Record],
        asked: Option<&BillPeriod>,
        coverage: Option<&'p Coverage>,
    ) -> Engine<'p> {
        let reference = Reference::covering(program, accounts, records, coverage);
        let asked = asked_periods(program, asked);
        Engine { reference: reference.with_periods(&asked) }
    }

    /// The period that dates mean for an account.
    ///
    /// # Errors
    /// A sentence where they are not one of the book's periods.
    pub fn period(&self, account: &Symbol, asked: &BillPeriod) -> Result<Period, String> {
        self.reference.period(account, asked).map_err(|error| error.to_string())
    }

    /// The accounts that have bills: those with records, unless another account pays for them, and of those that are
    /// listed whoever pays for itself at some time.
    #[must_use]
    pub fn accounts(&self) -> BTreeSet<Symbol> {
        self.reference.accounts()
    }

    /// The account on whose bill a record stands.
    #[must_use]
    pub fn payer(&self, record: &Record) -> Symbol {
        self.reference.payer(record)
    }

    /// The periods in which an account has records, in order.
    #[must_use]
    pub fn periods(&self, account: &Symbol) -> Vec<Period> {
        self.reference.periods(account)
    }

    /// The periods in which anyone has records, in order: those of an account that is billed without usage too.
    #[must_use]
    pub fn periods_of_all(&self, account: &Symbol) -> Vec<Period> {
        self.reference.periods_of_all(account)
    }

    /// The periods of an account that begin before a moment, from the first in which anyone has a record, in order.
    #[must_use]
    pub fn periods_until(&self, account: &Symbol, moment: jiff::Timestamp) -> Vec<Period> {
        self.reference.periods_until(account, moment)
    }

    /// The bill of an account for a period.
    #[must_use]
    pub fn bill(&self, account: &Symbol, period: &Period) -> Bill {
        self.reference.bill(account, period)
    }

    /// What the rules make of the records of an account, of which these invoices were issued before.
    #[must_use]
    pub fn watch(&self, account: &Symbol, earlier: &[Earlier]) -> Watched {
        self.reference.watch(account, earlier)
    }

    /// How each record stands, in the order of the records.
    #[must_use]
    pub fn standings(&self) -> Vec<Standing> {
        self.reference.standings()
    }

    /// The spans that went on for longer than they may, and were closed at their limit.
    #[must_use]
    pub fn cut_spans(&self) -> BTreeSet<CutSpan> {
        self.reference.cut_spans()
    }

    /// What each record adds to each line, in the order of arrival.
    pub fn rate(&self) -> impl Iterator<Item = Rated> + '_ {
        self.reference.rate()
    }

    /// What is due of an account without any usage, in those periods of the run in which it has none.
    #[must_use]
    pub fn due_without_usage(&self, account: &Symbol) -> Vec<Rated> {
        let used = self.periods(account);
        let idle = self.periods_of_all(account).into_iter().filter(|period| !used.contains(period));
        idle.flat_map(|period| self.reference.due(account, &period)).collect()
    }

    /// Every step of a line, or of the total, in a reader's words.
    ///
    /// # Errors
    /// A sentence where there is no such line.
    pub fn explain_line(
        &self,
        account: &Symbol,
        period: &Period,
        line: &str,
        sources: &Sources,
    ) -> Result<String, String> {
        match self.reference.explain_line(account, period, line) {
            Some(explanation) => Ok(reference::render(&explanation, sources)),
            None if line == TOTAL => Ok(reference::render(&self.reference.explain_total(account, period), sources)),
            None => Err(self.no_such_line(account, period, line)),
        }
    }

    fn no_such_line(&self, account: &Symbol, period: &Period, line: &str) -> String {
        let bill = self.bill(account, period);
        let lines = bill.lines.iter().map(|line| line.id.as_str());
        let ids: Vec<&str> = lines.chain(bill.withheld.iter().map(|line| line.id.as_str())).collect();
        let has = if ids.is_empty() { "it has no lines".to_owned() } else { format!("it has {}", suggest::some(&ids)) };
        let hint = suggest::hint(line, ids.into_iter().chain([TOTAL]));
        format!("the bill of {account} for {} has no line {}{hint}; {has}", period.name, quoted(line))
    }

    /// What a record adds to which lines, in a reader's words.
    ///
    /// # Errors
    /// A sentence where there is no such record.
    pub fn explain_record(&self, record: &str, sources: &Sources) -> Result<String, String> {
        match self.reference.explain_record(record) {
            Some(explanation) => Ok(reference::render(&explanation, sources)),
            None => Err(format!("no record has the id `{record}`")),
        }
    }
}
