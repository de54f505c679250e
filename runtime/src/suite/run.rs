//! One test: its accounts and records, its bill, what was expected of them.

use super::compare::Fired;
use super::{Evaluator, Snapshots, TestResult, compare, compiled, snapshot};
use crate::accounts::add_unlisted;
use crate::book::OpenBook;
use crate::engine::{Engine, Program};
use crate::held::{self, Decisions};
use crate::loader::load_words;
use crate::render::bill::bill_text;
use crate::rows;
use crate::source::{Arrival, Input, Place, Reject, Usage, UsageReader};
use florin_compiler::bill::{Bill, Firing, Standing};
use florin_compiler::model::{Accounts, Record, Symbol, Window};
use florin_compiler::reference::Coverage;
use florin_compiler::time::nests_in;
use florin_compiler::typed::{Expectation, Test, TestInvoice, TestUsage};
use std::borrow::Cow;
use std::path::Path;

/// What an evaluator says of a test.
pub(super) struct Evaluated {
    /// How each record stands.
    pub standings: Vec<Standing>,
    /// How many records lost their price in the end that the evaluator does not name.
    pub unnamed: u64,
    /// The bill that the test asks for, or why there is none.
    pub bill: Option<Result<Bill, String>>,
}

pub(super) fn run(
    book: &OpenBook,
    program: &Program,
    test: &Test,
    snapshots: Snapshots,
    (evaluator, coverage): (Evaluator, &Coverage),
) -> TestResult {
    let mut failures = Vec::new();
    let (program, mut usage) = gather(book, program, test, &mut failures);
    let program = &*program;
    let mut accounts = test.accounts.clone();
    let billed = test.bill.as_ref().map(|bill| &bill.account);
    add_unlisted(&mut accounts, usage.records.iter().map(|record| &record.account).chain(billed));
    // Rules look at all records, those that they hold too.
    let watched = usage.records.clone();
    let firings = firings(program, &accounts, &watched, test);
    held::set_aside(program, &accounts, &mut usage, &Decisions::default());
    let evaluated = match evaluator {
        Evaluator::Reference => by_reference(program, &accounts, &usage.records, test, coverage),
        Evaluator::Compiled => compiled::evaluate(program, &accounts, &usage.records, test),
    };
    let Evaluated { standings, unnamed, bill } = evaluated;
    if unnamed > 0 {
        failures.push(format!("{unnamed} records have no price in the end; --evaluator reference says which"));
    }
    let bill = match &test.invoice {
        Some(asked) => Some(issued(program, &watched, &firings, asked)),
        None => bill,
    };
    let bill = bill.and_then(|bill| bill.map_err(|words| failures.push(words)).ok());
    let notes = bill.iter().filter_map(|bill| outside(program, test, &usage, bill)).collect();
    let currency = bill.as_ref().map_or(&program.header.currency, |bill| &bill.currency);
    let engine = Engine::new(program, &accounts, &usage.records, None);
    let payer = &|record: &Record| engine.payer(record);
    let fired = Fired { program, records: &watched, firings: &firings, payer };
    let is_shown = compare::expectations(currency, test, &usage, &standings, bill.as_ref(), &fired, &mut failures);
    let title = program.header.label.as_ref().unwrap_or(&program.header.name);
    let text = bill.as_ref().map(|bill| bill_text(title, bill));
    if let (true, Some(text)) = (test.snapshot, &text) {
        failures.extend(snapshot::check(&book.path, &test.label, text, snapshots));
    }
    TestResult { label: test.label.clone(), failures, notes, bill: text.filter(|_| is_shown) }
}

/// How many records of whom is billed lie outside the period, where they can not count in it.
fn outside(program: &Program, test: &Test, usage: &Usage, bill: &Bill) -> Option<String> {
    let is_within = |window: &Window| nests_in(window, &program.header.period) && !window.from_first_use;
    let meters_within = program.meters.iter().all(|meter| is_within(&meter.window));
    if !meters_within || !program.charges.iter().all(|charge| is_within(&charge.window)) {
        return None;
    }
    let interval = bill.period.interval;
    let is_expected = |id: &Symbol| {
        let unpriced = |one: &Expectation| matches!(one, Expectation::Unpriced { record, .. } if record == id);
        test.expectations.iter().any(unpriced)
    };
    let outside = usage.records.iter().filter(|record| record.account == bill.account && !is_expected(&record.id));
    match outside.filter(|record| record.time < interval.start || interval.end <= record.time).count() {
        0 => None,
        1 => Some(format!("1 record of this test lies outside {}", bill.period.name)),
        count => Some(format!("{count} records of this test lie outside {}", bill.period.name)),
    }
}

/// The records that stand in the test and in its files, and the program with the rows among them; what is wrong with them fails the test.
fn gather<'p>(
    book: &OpenBook,
    program: &'p Program,
    test: &Test,
    failures: &mut Vec<String>,
) -> (Cow<'p, Program>, Usage) {
    let mut rejects: Vec<Reject> = Vec::new();
    let mut reader = UsageReader::new(&program.schema, None, &mut rejects);
    for usage in &test.usage {
        match usage {
            TestUsage::Record(record) => {
                let (line, _) = book.compiled.sources.line_column(test.span);
                let place = Place { file: book.path.display().to_string().into(), line: line as u64 };
                if let Arrival::Conflict(problem) = reader.take_record(record.clone(), place) {
                    failures.push(problem.to_string());
                }
            }
            TestUsage::File { path, .. } => failures.extend(read_file(book, program, path, &mut reader).err()),
        }
    }
    let mut usage = reader.finish();
    let program = rows::take_out(program, &mut usage, &mut rejects);
    failures.extend(rejects.iter().map(ToString::to_string));
    (program, usage)
}

fn read_file(book: &OpenBook, program: &Program, path: &str, reader: &mut UsageReader<'_>) -> Result<(), String> {
    book.loader.resolve(path).map_err(|error| format!("{path}: {}", load_words(&error)))?;
    let input = Input::new(&book.path.parent().unwrap_or(Path::new("")).join(path));
    reader.read_input(program, &input).map_err(|error| error.to_string())
}

fn by_reference(
    program: &Program,
    accounts: &Accounts,
    records: &[Record],
    test: &Test,
    coverage: &Coverage,
) -> Evaluated {
    let asked = test.bill.as_ref().map(|bill| &bill.period);
    let engine = Engine::covering(program, accounts, records, asked, Some(coverage));
    let bill = test.bill.as_ref().map(|asked| {
        let period = engine.period(&asked.account, &asked.period)?;
        Ok(engine.bill(&asked.account, &period))
    });
    Evaluated { standings: engine.standings(), unnamed: 0, bill }
}

/// What the rules did, where the test looks at any.
fn firings(program: &Program, accounts: &Accounts, records: &[Record], test: &Test) -> Vec<Firing> {
    let expects = test.expectations.iter().any(|one| matches!(one, Expectation::Rule { .. }));
    if !expects && test.invoice.is_none() {
        return Vec::new();
    }
    let asked = test.bill.as_ref().map(|bill| &bill.period);
    let engine = Engine::new(program, accounts, records, asked);
    engine.accounts().iter().flat_map(|account| engine.watch(account, &[]).firings).collect()
}

/// The invoice that a rule issued at a record, as the bill that it is.
fn issued(program: &Program, records: &[Record], firings: &[Firing], asked: &TestInvoice) -> Result<Bill, String> {
    let at = |firing: &&Firing| {
        let rule = program.rules.get(firing.rule).is_some_and(|rule| rule.name == asked.rule);
        rule && records.get(firing.record).is_some_and(|record| record.id == asked.record)
    };
    let found = firings.iter().filter(at).find_map(|firing| firing.invoice.as_ref());
    let invoice = found.ok_or_else(|| format!("{} issues no invoice at \"{}\"", asked.rule, asked.record))?;
    Ok(invoice.as_bill())
}
