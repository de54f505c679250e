//! What was expected and what came, as sentences.

use crate::engine::Program;
use crate::render::money;
use crate::source::{Usage, suggest};
use florin_compiler::bill::{Balance, Bill, Firing, Standing};
use florin_compiler::exact::Rational;
use florin_compiler::model::{Currency, Record, Symbol, plural};
use florin_compiler::typed::{Expectation, Test};
use std::collections::BTreeSet;

/// What the rules did.
pub(super) struct Fired<'f> {
    pub program: &'f Program,
    /// The records that the rules looked at.
    pub records: &'f [Record],
    pub firings: &'f [Firing],
    /// On whose bill a record stands.
    pub payer: &'f dyn Fn(&Record) -> Symbol,
}

impl Fired<'_> {
    fn expect(&self, rule: &Symbol, record: &Symbol) -> Option<String> {
        let id = |firing: &Firing| self.records.get(firing.record).map(|record| record.id.clone());
        let of_rule = |firing: &&Firing| self.program.rules.get(firing.rule).is_some_and(|known| known.name == *rule);
        let fired: BTreeSet<Symbol> = self.firings.iter().filter(of_rule).filter_map(id).collect();
        if fired.contains(record) {
            return None;
        }
        let at: Vec<String> = fired.iter().map(|id| format!("\"{id}\"")).collect();
        let where_else = match at.as_slice() {
            [] => "it does not fire at all".to_owned(),
            [only] => format!("it fires at {only}"),
            several => format!("it fires at {}", several.join(", ")),
        };
        Some(format!("rule {rule}: expected at \"{record}\", but {where_else}"))
    }
}

/// Adds what is not as expected; whether the whole bill helps to see why.
pub(super) fn expectations(
    currency: &Currency,
    test: &Test,
    usage: &Usage,
    standings: &[Standing],
    bill: Option<&Bill>,
    fired: &Fired<'_>,
    failures: &mut Vec<String>,
) -> bool {
    for expectation in &test.expectations {
        let failure = match (expectation, bill) {
            (Expectation::Line { currency: other, .. } | Expectation::Total { currency: other, .. }, Some(bill))
                if *other != bill.currency.code =>
            {
                Some(format!("expected an amount in {other}, and the bill is in {}", bill.currency.code))
            }
            (Expectation::Line { line, amount, .. }, Some(bill)) => expect_line(bill, line, amount, currency),
            (Expectation::Total { amount, .. }, Some(bill)) => expect_total(bill, amount, currency),
            (Expectation::Unpriced { record, .. }, _) => expect_unpriced(record, usage, standings),
            (Expectation::Rule { rule, record, .. }, _) => fired.expect(rule, record),
            (Expectation::Error { code, .. }, _) => Some(format!("expected error {code}, but the book has no error")),
            (Expectation::Balance { grant, remaining, .. }, Some(bill)) => expect_balance(bill, grant, remaining),
            (Expectation::Line { .. } | Expectation::Total { .. } | Expectation::Balance { .. }, None) => None,
        };
        failures.extend(failure);
    }
    failures.extend(unexpected(test, usage, standings, fired.payer));
    bill.is_some_and(|bill| is_about_others(test, bill))
}

/// Whether an expected line is missing, or the total differs by something else than the lines that are expected.
fn is_about_others(test: &Test, bill: &Bill) -> bool {
    let (mut is_missing, mut said, mut total) = (false, Rational::zero(), None);
    for expectation in &test.expectations {
        match expectation {
            Expectation::Line { line, amount, .. } => match bill.lines.iter().find(|one| *one.id == **line) {
                Some(line) => said = &said + &(&line.amount - amount),
                None => is_missing |= bill.withheld.iter().all(|one| *one.id != **line),
            },
            Expectation::Total { amount, .. } => total = bill.total.as_ref().map(|total| total - amount),
            Expectation::Unpriced { .. } | Expectation::Rule { .. } => {}
            Expectation::Error { .. } | Expectation::Balance { .. } => {}
        }
    }
    is_missing || total.is_some_and(|difference| !difference.is_zero() && difference != said)
}

fn expect_line(bill: &Bill, id: &str, expected: &Rational, currency: &Currency) -> Option<String> {
    if let Some(line) = bill.lines.iter().find(|line| line.id == id) {
        let exact = format!(" (exactly {})", money::exact(&line.exact, currency));
        let detail = if line.exact == line.amount { String::new() } else { exact };
        return difference(id, expected, &line.amount, &detail, currency);
    }
    let expected = money::amount(expected, currency);
    if let Some(withheld) = bill.withheld.iter().find(|withheld| withheld.id == id) {
        return Some(format!("{id}: expected {expected}, but it has no price: {}", withheld.missing));
    }
    let ids = bill.lines.iter().map(|line| line.id.as_str()).chain(bill.withheld.iter().map(|line| line.id.as_str()));
    let hint = suggest::hint(id, ids);
    Some(format!("{id}: expected {expected}, but the bill has no such line{hint}"))
}

fn expect_total(bill: &Bill, expected: &Rational, currency: &Currency) -> Option<String> {
    match &bill.total {
        Some(total) => difference("total", expected, total, "", currency),
        None => {
            let withheld: Vec<&str> = bill.withheld.iter().map(|line| line.id.as_str()).collect();
            let expected = money::amount(expected, currency);
            Some(format!("total: expected {expected}, but it is withheld: {} has no price", withheld.join(", ")))
        }
    }
}

/// All balances of a grant together.
fn expect_balance(bill: &Bill, grant: &str, expected: &Rational) -> Option<String> {
    let own: Vec<&Balance> = bill.balances.iter().filter(|balance| &*balance.grant == grant).collect();
    let sum = own.iter().fold(Rational::zero(), |total, one| &total + &one.remaining);
    let shown = |number: &Rational| match own.first() {
        Some(one) if one.is_money => money::exact(number, &bill.currency),
        Some(Balance { unit: Some(unit), .. }) => format!("{} {}", money::number(number), plural(unit)),
        _ => money::number(number),
    };
    match own.is_empty() {
        true => Some(format!("balance {grant}: expected {}, but it is not known", money::number(expected))),
        false if sum == *expected => None,
        false => Some(format!("balance {grant}: expected {}, got {}", shown(expected), shown(&sum))),
    }
}

fn difference(what: &str, expected: &Rational, got: &Rational, detail: &str, currency: &Currency) -> Option<String> {
    if expected == got {
        return None;
    }
    let shown = |value: &Rational| money::amount(value, currency);
    let (more, by) = if got > expected { ("more", got - expected) } else { ("less", expected - got) };
    Some(format!("{what}: expected {}, got {}{detail}, {} {more}", shown(expected), shown(got), shown(&by)))
}

fn expect_unpriced(record: &str, usage: &Usage, standings: &[Standing]) -> Option<String> {
    if usage.held.iter().any(|held| &*held.record.id == record) {
        return None;
    }
    let Some(index) = usage.records.iter().position(|known| &*known.id == record) else {
        let hint = suggest::hint(record, usage.records.iter().map(|known| &*known.id));
        return Some(format!("expected record \"{record}\" to be unpriced, but there is no such record{hint}"));
    };
    match standings.get(index) {
        Some(Standing::Unpriced(_)) => None,
        Some(Standing::Free) => Some(format!("expected record \"{record}\" to be unpriced, but it is free")),
        Some(Standing::Rated) | None => {
            Some(format!("expected record \"{record}\" to be unpriced, but it has a price"))
        }
    }
}

/// Records without a price of which the test says nothing; those of other accounts are not what it bills.
fn unexpected(test: &Test, usage: &Usage, standings: &[Standing], payer: &dyn Fn(&Record) -> Symbol) -> Vec<String> {
    let is_expected = |id: &str| {
        let mut expected = test.expectations.iter();
        expected.any(|expectation| matches!(expectation, Expectation::Unpriced { record, .. } if **record == *id))
    };
    let is_billed = |record: &Record| test.bill.as_ref().is_none_or(|bill| bill.account == payer(record));
    let unpriced = usage.records.iter().zip(standings).filter_map(|(record, standing)| match standing {
        Standing::Unpriced(missing) if is_billed(record) && !is_expected(&record.id) => Some(format!(
            "record \"{0}\" has no price: {missing} (if that is meant: expect unpriced \"{0}\")",
            record.id
        )),
        Standing::Unpriced(_) | Standing::Free | Standing::Rated => None,
    });
    let held = usage.held.iter().filter(|held| is_billed(&held.record) && !is_expected(&held.record.id));
    let held = held.map(|held| {
        let (id, rule) = (&held.record.id, &held.rule);
        format!("record \"{id}\" is held by the rule {rule} (if that is meant: expect unpriced \"{id}\")")
    });
    let mut said: Vec<String> = held.chain(unpriced).collect();
    let more = said.len().saturating_sub(MOST_SAID);
    if more > 0 {
        said.truncate(MOST_SAID);
        said.push(format!("... and {more} more records without a price"));
    }
    said
}

/// How many records without a price a test names.
const MOST_SAID: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use florin_compiler::bill::{Line, Period, Withheld};
    use florin_compiler::model::Interval;
    use florin_compiler::source::{NoFiles, SourceId, Span};

    fn number(text: &str) -> Rational {
        Rational::parse(text).expect("a number")
    }

    fn span() -> Span {
        Span::new(SourceId(0), 0, 0)
    }

    fn line(id: &str, exact: &str, amount: &str) -> Line {
        Line {
            id: id.to_owned(),
            charge: id.into(),
            keys: Vec::new(),
            label: id.to_owned(),
            quantity: None,
            unit: None,
            exact: number(exact),
            amount: number(amount),
            parts: Vec::new(),
        }
    }

    fn bill(withheld: &[&str]) -> Bill {
        let interval = Interval { start: jiff::Timestamp::UNIX_EPOCH, end: jiff::Timestamp::UNIX_EPOCH };
        let missing = |id: &&str| Withheld { id: (*id).to_owned(), label: String::new(), missing: "no row".to_owned() };
        Bill {
            balances: Vec::new(),
            account: "A".into(),
            period: Period { interval, name: "2026-03".to_owned() },
            currency: Currency { code: "USD".into(), symbol: Some("$".into()), places: 2 },
            lines: vec![line("compute:XL", "47.001", "47"), line("storage", "1", "1")],
            total: withheld.is_empty().then(|| number("48")),
            withheld: withheld.iter().map(missing).collect(),
        }
    }

    fn expect_line(id: &str, amount: &str) -> Expectation {
        Expectation::Line { line: id.into(), amount: number(amount), currency: "USD".into(), span: span() }
    }

    fn failures(bill: &Bill, expectations: Vec<Expectation>, standings: &[Standing]) -> Vec<String> {
        let test = Test {
            label: "t".into(),
            accounts: [].into(),
            usage: Vec::new(),
            bill: None,
            invoice: None,
            expectations,
            contracts: Vec::new(),
            snapshot: false,
            span: span(),
        };
        let (time, account) = (jiff::Timestamp::UNIX_EPOCH, "A".into());
        let records = vec![Record { kind: 0, id: "u001".into(), account, time, values: Vec::new() }];
        let usage = Usage { records, ..Usage::default() };
        let mut failures = Vec::new();
        let program =
            crate::engine::compile("b", "pricebook b\ncurrency USD\nperiod month\n", &NoFiles).program.expect("a book");
        let payer = &|record: &Record| record.account.clone();
        let fired = Fired { program: &program, records: &usage.records, firings: &[], payer };
        super::expectations(&bill.currency, &test, &usage, standings, Some(bill), &fired, &mut failures);
        failures
    }

    #[test]
    fn lines_and_totals_that_differ_show_by_how_much() {
        let total = |amount: &str| Expectation::Total { amount: number(amount), currency: "USD".into(), span: span() };
        let right = vec![expect_line("compute:XL", "47"), total("48")];
        assert_eq!(failures(&bill(&[]), right, &[Standing::Rated]), [""; 0]);
        let wrong = vec![expect_line("compute:XL", "48"), expect_line("compute:XXL", "1"), total("47.5")];
        assert_eq!(
            failures(&bill(&[]), wrong, &[Standing::Free]),
            [
                "compute:XL: expected $48.00, got $47.00 (exactly $47.001), $1.00 less",
                "compute:XXL: expected $1.00, but the bill has no such line; did you mean \"compute:XL\"?",
                "total: expected $47.50, got $48.00, $0.50 more",
            ]
        );
        let withheld = vec![expect_line("egress", "1"), total("1")];
        assert_eq!(
            failures(&bill(&["egress"]), withheld, &[Standing::Rated]),
            [
                "egress: expected $1.00, but it has no price: no row",
                "total: expected $1.00, but it is withheld: egress has no price"
            ]
        );
    }

    #[test]
    fn records_without_a_price_are_expected_or_said() {
        let expected = |id: &str| vec![Expectation::Unpriced { record: id.into(), span: span() }];
        let missing = [Standing::Unpriced("no row".to_owned())];
        assert_eq!(failures(&bill(&[]), expected("u001"), &missing), [""; 0]);
        assert_eq!(
            failures(&bill(&[]), Vec::new(), &missing),
            ["record \"u001\" has no price: no row (if that is meant: expect unpriced \"u001\")"]
        );
        assert_eq!(
            failures(&bill(&[]), expected("u001"), &[Standing::Free]),
            ["expected record \"u001\" to be unpriced, but it is free"]
        );
        assert_eq!(
            failures(&bill(&[]), expected("u002"), &[Standing::Rated]),
            ["expected record \"u002\" to be unpriced, but there is no such record; did you mean \"u001\"?"]
        );
    }
}
