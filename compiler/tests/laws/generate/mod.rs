//! Mostly well-typed price books as text, and usage for them.
//!
//! The generator knows the types and the units of what it writes, so that nearly every book compiles; where one does
//! not, either it or the checker is wrong. It writes text and not trees, so that all passes are tested.

mod charges;
mod declarations;
mod derived;
mod discounts;
mod expressions;
mod fees;
mod grants;
mod meters;
mod scope;
mod tables;
mod time;
mod usage;

use super::choices::Choices;
use florin_compiler::bill::Period;
use florin_compiler::ir::Program;
use florin_compiler::model::{Accounts, Record, Window};
use florin_compiler::pipeline::{Compiled, compile};
use florin_compiler::source::{LoadError, Loader};
use scope::{Field, Measure, Ty};

/// A book with usage to bill.
#[derive(Clone, Debug)]
pub struct Case {
    /// The book's text.
    pub book: String,
    /// What the compiler says of it.
    pub compiled: Compiled,
    /// What is known of the accounts.
    pub accounts: Accounts,
    /// The usage, in the order of its arrival.
    pub records: Vec<Record>,
    /// The periods that are asked for, of a book whose period is given.
    pub given: Vec<Period>,
}

impl Case {
    /// The program, if the book compiles.
    pub fn program(&self) -> Option<&Program> {
        self.compiled.program.as_ref()
    }
}

/// Generated books stand alone.
pub struct NoFiles;

impl Loader for NoFiles {
    fn load(&self, _: &str) -> Result<String, LoadError> {
        Err(LoadError::Missing)
    }
}

/// A case of these decisions; without usage where the book does not compile.
pub fn generate(choices: &Choices) -> Case {
    let book = book(choices);
    let compiled = compile("generated.florin", &book, &NoFiles);
    let mut case = Case { book, compiled, accounts: Accounts::new(), records: Vec::new(), given: Vec::new() };
    if let Some(program) = case.compiled.program.clone() {
        (case.accounts, case.records, case.given) = usage::usage(choices, &program);
    }
    case
}

/// What has been declared so far.
struct Book {
    text: Vec<String>,
    names: usize,
    code: &'static str,
    symbol: Option<&'static str>,
    period: Window,
    enums: Vec<(String, Vec<&'static str>)>,
    /// Each declared measure: its unit, and those that are made of it.
    units: Vec<Vec<String>>,
    facts: Vec<Field>,
    kinds: Vec<Kind>,
    tables: Vec<Table>,
    defines: Vec<Define>,
    calendars: Vec<String>,
    meters: Vec<Meter>,
    charges: Vec<String>,
    sold: Vec<Sold>,
}

/// A charge that grants may cover.
#[derive(Clone)]
struct Sold {
    name: String,
    /// What it counts; none where it has parts.
    ty: Option<Ty>,
    keys: Vec<Field>,
    line_keys: usize,
    /// Whether its price is one rate.
    is_plain: bool,
}

/// A kind of usage.
#[derive(Clone)]
struct Kind {
    name: String,
    /// Given and computed ones.
    fields: Vec<Field>,
    lists: Vec<List>,
    lasts: Option<time::Lasts>,
}

#[derive(Clone)]
struct List {
    name: String,
    optional: bool,
    /// Without a name: a list of plain values.
    fields: Vec<Field>,
}

#[derive(Clone)]
struct Table {
    name: String,
    keys: Vec<Ty>,
    dated: bool,
    columns: Vec<Field>,
}

#[derive(Clone)]
struct Define {
    name: String,
    parameters: Vec<Ty>,
    ty: Ty,
}

#[derive(Clone)]
struct Meter {
    name: String,
    keys: Vec<Field>,
    window: Window,
    ty: Ty,
    /// Whether it has no value where there is no record.
    optional: bool,
}

fn book(choices: &Choices) -> String {
    let mut book = declarations::header(choices);
    book.declare_units(choices);
    book.declare_enums(choices);
    book.declare_calendars(choices);
    book.declare_account(choices);
    book.declare_tables(choices);
    book.declare_defines(choices);
    book.declare_kinds(choices);
    book.declare_derived(choices);
    book.declare_meters(choices);
    book.declare_levels(choices);
    book.declare_history(choices);
    book.declare_charges(choices);
    book.declare_discounts(choices);
    book.declare_free(choices);
    book.declare_grants(choices);
    book.text.join("\n\n") + "\n"
}

impl Book {
    /// A name that nothing has yet.
    fn name(&mut self, word: &str) -> String {
        self.names += 1;
        format!("{word}{}", self.names)
    }

    /// All measures of quantities.
    fn measures(&self) -> Vec<Measure> {
        [Measure::Data, Measure::Time].into_iter().chain((0..self.units.len()).map(Measure::Named)).collect()
    }

    fn measure(&self, choices: &Choices) -> Measure {
        *choices.pick(&self.measures())
    }

    /// A unit of a measure.
    fn unit(&self, choices: &Choices, of: Measure) -> String {
        match of {
            Measure::Data => (*choices.pick(&["GB", "B", "MB", "TB", "GiB", "kB", "bit"])).to_owned(),
            Measure::Time => (*choices.pick(&["hour", "second", "minute", "hours", "days", "milliseconds"])).to_owned(),
            Measure::Named(at) => choices.pick(&self.units[at]).clone(),
        }
    }
}
