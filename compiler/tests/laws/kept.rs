//! Cases that once broke a law, made small: books with tests, which must come out as they say and keep all laws.

use crate::generate::{Case, NoFiles};
use crate::laws;
use florin_compiler::bill::Standing;
use florin_compiler::exact::Rational;
use florin_compiler::pipeline::compile;
use florin_compiler::reference::Reference;
use florin_compiler::typed::{Expectation, Test, TestUsage};

#[test]
fn kept_cases_keep_the_laws() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/laws/kept");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let book = std::fs::read_to_string(&path).unwrap();
        let compiled = compile(&name, &book, &NoFiles);
        let Some(program) = compiled.program.clone() else { panic!("{name}: {:#?}", compiled.diagnostics) };
        assert!(!program.tests.is_empty(), "{name} has no test");
        for test in &program.tests {
            let case = case(&book, &compiled, test);
            if let Some((law, fault)) = laws::broken(&case) {
                panic!("{name}, {}: not so: {law}\n{fault}", test.label);
            }
            comes_out(&name, &case, test);
        }
    }
}

fn case(book: &str, compiled: &florin_compiler::pipeline::Compiled, test: &Test) -> Case {
    let records = test.usage.iter().map(|usage| match usage {
        TestUsage::Record(record) => record.clone(),
        TestUsage::File { .. } => panic!("kept cases hold their usage"),
    });
    let records: Vec<_> = records.collect();
    let program = compiled.program.as_ref().expect("a program");
    let asked = test.bill.as_ref().expect("what is billed");
    let period = Reference::new(program, &test.accounts, &records).period(&asked.account, &asked.period).unwrap();
    Case {
        book: book.to_owned(),
        compiled: compiled.clone(),
        accounts: test.accounts.clone(),
        records,
        given: vec![period],
    }
}

/// The expected lines and totals.
fn comes_out(name: &str, case: &Case, test: &Test) {
    let reference = Reference::new(case.program().unwrap(), &case.accounts, &case.records);
    let asked = test.bill.as_ref().expect("what is billed");
    let period = reference.period(&asked.account, &asked.period).expect("a period");
    let reference = reference.with_periods(&case.given);
    let standings = reference.standings();
    let bill = reference.bill(&asked.account, &period);
    for expectation in &test.expectations {
        match expectation {
            Expectation::Line { line, amount, .. } => {
                let found = bill.lines.iter().find(|one| one.id == **line).map(|line| &line.amount);
                assert_eq!(found, Some(amount), "{name}, {}: {line}: {bill:#?}", test.label);
            }
            Expectation::Total { amount, .. } => {
                assert_eq!(bill.total.as_ref(), Some(amount), "{name}, {}", test.label)
            }
            Expectation::Balance { grant, remaining, .. } => {
                let own = bill.balances.iter().filter(|balance| balance.grant == *grant);
                let sum = own.fold(Rational::zero(), |sum, balance| &sum + &balance.remaining);
                assert_eq!(sum, *remaining, "{name}, {}: {grant}", test.label);
            }
            Expectation::Unpriced { record, .. } => {
                let at = case.records.iter().position(|one| one.id == *record).expect("a record");
                assert!(matches!(standings[at], Standing::Unpriced(_)), "{name}, {}: {record}", test.label);
            }
            Expectation::Rule { .. } | Expectation::Error { .. } => {}
        }
    }
}
