//! What the tests of several crates share: cases of other billing systems as price books, and how a book is billed.

#![allow(clippy::expect_used, reason = "a test may stop")]

pub mod cases;

use florin_compiler::bill::Bill;
use florin_compiler::columns::{Block, Dictionary};
use florin_compiler::compiled::{Arrival, Purpose, Rater, Shard};
use florin_compiler::model::{Accounts, Symbol};
use florin_compiler::reference::Definitions;
use florin_compiler::syntax::ast::BillPeriod;
use florin_compiler::time::Zone;
use florin_runtime::accounts::add_unlisted;
use florin_runtime::book::{self, OpenBook};
use florin_runtime::engine::{Engine, Program};
use florin_runtime::period::parse_period;
use florin_runtime::source::{Format, Input, Reject, Usage, UsageReader, read_usage};
use std::path::{Path, PathBuf};

/// A path below the repository's root.
#[must_use]
pub fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Opens a book that must be right.
///
/// # Panics
/// Where the book can not be read or has an error, with all its messages.
#[must_use]
pub fn good_book(path: &Path) -> (OpenBook, Program) {
    let mut book = book::open(path).expect("the book can be read");
    let program = book.compiled.program.take();
    let said: Vec<String> =
        book.compiled.diagnostics.iter().map(|found| format!("{}: {}", found.code, found.title)).collect();
    let program = program.unwrap_or_else(|| panic_with(&format!("{} has errors: {said:#?}", path.display())));
    (book, program)
}

#[allow(clippy::panic, reason = "a test may stop")]
fn panic_with(words: &str) -> ! {
    panic!("{words}")
}

/// Records and accounts, ready to be billed.
pub struct Billing {
    /// The book.
    pub program: Program,
    /// What is known of all accounts.
    pub accounts: Accounts,
    /// The records.
    pub usage: Usage,
    /// The records that were refused.
    pub rejects: Vec<Reject>,
}

impl Billing {
    /// A book over files of usage, with the contracts that stand beside it.
    ///
    /// # Panics
    /// Where something can not be read.
    #[must_use]
    pub fn of_files(book: &Path, usage: &[PathBuf], accounts: Option<&Path>) -> Billing {
        let (_, program) = good_book(book);
        let listed = accounts.map(|path| florin_runtime::accounts::read_accounts(&program, &Input::new(path)));
        let mut listed = listed.map(|listed| listed.expect("accounts").accounts).unwrap_or_default();
        let contracts = book.with_file_name("contracts.ndjson");
        if contracts.exists() {
            let contracts = Input::new(&contracts);
            florin_runtime::contracts::read_contracts(&program.schema, &contracts, &mut listed).expect("contracts");
        }
        let inputs: Vec<Input> = usage.iter().map(|path| Input::new(path)).collect();
        let mut rejects = Vec::new();
        let usage = read_usage(&program.schema, None, &inputs, &mut rejects).expect("usage");
        Billing::of(program, listed, usage, rejects)
    }

    /// A book given as text, over usage given as NDJSON.
    ///
    /// # Panics
    /// Where the book has an error.
    #[must_use]
    pub fn of_text(book: &str, usage: &str) -> Billing {
        Billing::of_texts(book, usage, "{}", "")
    }

    /// The same, with what is known of accounts as JSON and contracts as NDJSON.
    ///
    /// # Panics
    /// Where the book has an error, or the accounts or the contracts have one.
    #[must_use]
    pub fn of_texts(book: &str, usage: &str, accounts: &str, contracts: &str) -> Billing {
        let compiled = florin_runtime::engine::compile("book.florin", book, &florin_compiler::source::NoFiles);
        let said: Vec<String> = compiled.diagnostics.iter().map(|found| found.title.clone()).collect();
        let program = compiled.program.unwrap_or_else(|| panic_with(&format!("{said:#?}\n{book}")));
        let mut rejects = Vec::new();
        let mut reader = UsageReader::new(&program.schema, None, &mut rejects);
        reader.read("usage.ndjson", Some(Format::Ndjson), usage.as_bytes()).expect("usage");
        let usage = reader.finish();
        let known = florin_runtime::accounts::parse_accounts(&program.schema, &Zone::utc(), accounts);
        let mut known = known.expect("accounts").accounts;
        for (account, contract) in
            florin_runtime::contracts::parse_contracts(&program.schema, contracts.as_bytes(), None).expect("contracts")
        {
            known.entry(account).or_default().add_contract(contract);
        }
        Billing::of(program, known, usage, rejects)
    }

    fn of(program: Program, mut accounts: Accounts, mut usage: Usage, mut rejects: Vec<Reject>) -> Billing {
        let program = florin_runtime::rows::take_out(&program, &mut usage, &mut rejects).into_owned();
        add_unlisted(&mut accounts, usage.records.iter().map(|record| &record.account));
        Billing { program, accounts, usage, rejects }
    }

    /// The evaluator; a book whose period is given knows only the one that is asked for.
    #[must_use]
    pub fn engine(&self, asked: Option<&BillPeriod>) -> Engine<'_> {
        Engine::new(&self.program, &self.accounts, &self.usage.records, asked)
    }

    /// The bill of an account for a period, as the command line takes it.
    ///
    /// # Panics
    /// Where it is not one of the book's periods.
    #[must_use]
    pub fn bill(&self, account: &str, period: &str) -> Bill {
        let (account, asked) = (Symbol::from(account), parse_period(period).expect("a period"));
        let engine = self.engine(Some(&asked));
        let period = engine.period(&account, &asked).expect("a period of the book");
        engine.bill(&account, &period)
    }

    /// The same by the compiled evaluator, to which the records come in blocks of so many.
    ///
    /// # Panics
    /// Where it is not one of the book's periods.
    #[must_use]
    pub fn compiled_bill(&self, account: &str, period: &str, block: usize) -> Bill {
        let (account, asked) = (Symbol::from(account), parse_period(period).expect("a period"));
        let dictionary = Dictionary::of(&self.program);
        let definitions = Definitions::new(&self.program, &self.accounts, &[]);
        let periods: Vec<_> = definitions.asked(&Symbol::from(""), &asked).ok().into_iter().collect();
        let rater = Rater::new(&self.program, &self.accounts, &dictionary, &periods);
        let mut shard = Shard::new(&rater, Purpose::Bills);
        for (at, records) in self.usage.records.chunks(block).enumerate() {
            let records = Block::of(&self.program, &dictionary, records);
            shard.rate(&records, &rater.compute(&records), at * block, Arrival::all(&records).into_iter());
        }
        shard.close();
        let period = rater.definitions().asked(&account, &asked).expect("a period of the book");
        shard.bill(&account, &period).expect("a closed shard has bills")
    }
}
