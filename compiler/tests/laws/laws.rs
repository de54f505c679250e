//! The laws, each as what is wrong with a case.

use crate::compiled;
use crate::evaluated::{Asked, Evaluated, Subject};
use crate::generate::{Case, NoFiles};
use crate::independent;
use florin_compiler::bill::{Bill, Line, Standing};
use florin_compiler::exact::{Rational, Rounding};
use florin_compiler::format::format;
use florin_compiler::ir::{Charge, Expr, Op, Over};
use florin_compiler::model::{Record, Symbol, Window};
use florin_compiler::pipeline::{compile, parse};
use florin_compiler::syntax::without_places;
use florin_compiler::time::nests_in;
use num_integer::Integer;
use std::collections::{BTreeMap, BTreeSet};
use std::mem::discriminant;

/// What is wrong.
pub type Fault = String;

/// A law, which a subject keeps, or why it does not.
pub type Law = fn(&Subject<'_>, &Evaluated) -> Result<(), Fault>;

/// All of them, by what they say.
pub const LAWS: &[(&str, Law)] = &[
    ("nothing goes wrong inside", nothing_goes_wrong_inside),
    ("what is rated adds up to the bills", rated_adds_up),
    ("what is rated first does not depend on what comes later", rated_first),
    ("lines are rounded once, and the total is their sum", rounded_once),
    ("parts add up to their line", parts_add_up),
    ("simple charges agree with an independent computation", independent::agrees),
    ("the compiled evaluator agrees with the reference", compiled::agrees),
    ("a total is missing where a line is withheld, and only there", withheld_totals),
    ("records that have no price change nothing", unpriced_change_nothing),
    ("free records are on no line, rated ones on some", standings_agree_with_rating),
    ("the order of arrival changes nothing", order_changes_nothing),
    ("a grant is not drawn below nothing, and covers no more than there is", grants_cover_what_is_there),
    ("other accounts change nothing", accounts_stand_alone),
    ("other periods change nothing", periods_stand_alone),
    ("the layout changes nothing", layout_changes_nothing),
];

/// The first law that a case breaks, with what is wrong. A panic breaks them all.
pub fn broken(case: &Case) -> Option<(&'static str, Fault)> {
    let subject = Subject::of(case)?;
    let mut at = "evaluation does not panic";
    let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let evaluated = subject.evaluate(&case.records, &subject.asked());
        for (name, law) in LAWS {
            at = name;
            law(&subject, &evaluated)?;
        }
        Ok(())
    }));
    match run {
        Ok(Ok(())) => None,
        Ok(Err(fault)) => Some((at, fault)),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Some((at, format!("panic: {}", text.unwrap_or_default())))
        }
    }
}

fn holds(truth: bool, fault: impl FnOnce() -> Fault) -> Result<(), Fault> {
    if truth { Ok(()) } else { Err(fault()) }
}

fn nothing_goes_wrong_inside(_: &Subject<'_>, evaluated: &Evaluated) -> Result<(), Fault> {
    let missing = evaluated.bills.values().flat_map(|bill| &bill.withheld).map(|one| &one.missing);
    let unpriced = evaluated.standings.values().filter_map(|standing| match standing {
        Standing::Unpriced(reason) => Some(reason),
        Standing::Rated | Standing::Free => None,
    });
    let inside = missing.chain(unpriced).find(|reason| reason.contains("internal error"));
    inside.map_or(Ok(()), |reason| Err(reason.clone()))
}

/// Law 1: by account and line, over all periods (a line's id does not say its period). Lines of charges that have
/// no price somewhere are left out: they keep what was rated before it was missing.
fn rated_adds_up(subject: &Subject<'_>, evaluated: &Evaluated) -> Result<(), Fault> {
    adds_up(subject, evaluated, &subject.case.records)
}

fn adds_up(subject: &Subject<'_>, evaluated: &Evaluated, records: &[Record]) -> Result<(), Fault> {
    let zero = || (Rational::zero(), Rational::zero());
    let mut sums: BTreeMap<(Symbol, String), (Rational, Rational)> = BTreeMap::new();
    for bill in evaluated.bills.values() {
        for line in &bill.lines {
            let sum = sums.entry((bill.account.clone(), line.id.clone())).or_insert_with(zero);
            let quantity = line.quantity.clone().unwrap_or_else(Rational::zero);
            *sum = (&sum.0 + &line.exact, &sum.1 + &quantity);
        }
    }
    let withheld = withheld_names(subject, evaluated);
    for rated in subject.rate(records) {
        let sum = sums.entry((rated.account.clone(), rated.line.clone())).or_insert_with(zero);
        let quantity = rated.quantity.unwrap_or_else(Rational::zero);
        *sum = (&sum.0 - &rated.amount, &sum.1 - &quantity);
    }
    for ((account, line), (amount, quantity)) in sums {
        let name = line.split(':').next().unwrap_or_default();
        if withheld.iter().any(|(whose, known)| *whose == account && &**known == name) {
            continue;
        }
        holds(amount.is_zero(), || {
            format!("line {line} of {account}: rated amounts are short of its exact by {amount}")
        })?;
        holds(quantity.is_zero(), || format!("line {line} of {account}: rated quantities are short by {quantity}"))?;
    }
    Ok(())
}

/// The names of the lines of charges that have a line without a price, by account.
fn withheld_names(subject: &Subject<'_>, evaluated: &Evaluated) -> BTreeSet<(Symbol, Symbol)> {
    let withheld = evaluated.bills.values().flat_map(|bill| {
        bill.withheld.iter().map(|one| (bill.account.clone(), one.id.split(':').next().unwrap_or_default().to_owned()))
    });
    let names = |(account, name): (Symbol, String)| {
        if subject.is_grant(&name) {
            return vec![(account, Symbol::from(name))];
        }
        let names = subject.line_names(subject.charge_of(&name));
        names.into_iter().map(move |name| (account.clone(), name)).collect::<Vec<_>>()
    };
    withheld.flat_map(names).collect()
}

/// Rating is a stream: a prefix of the records yields a prefix of what is rated, and adds up to its own bills.
fn rated_first(subject: &Subject<'_>, _: &Evaluated) -> Result<(), Fault> {
    let records = &subject.case.records;
    let prefix = &records[..records.len() / 2];
    let (all, first) = (subject.rate(records), subject.rate(prefix));
    holds(all.starts_with(&first), || {
        "what is rated of the first half is not the first half of what is rated".to_owned()
    })?;
    let asked = subject.asked();
    adds_up(subject, &subject.evaluate(prefix, &asked), prefix).or_else(|fault| {
        // A period that only the other half touches is due only then.
        let opened: BTreeSet<Asked> = asked
            .into_iter()
            .filter(|(account, period)| subject.reference(prefix).periods(account).contains(period))
            .collect();
        adds_up(subject, &subject.evaluate(prefix, &opened), prefix).map_err(|_| format!("of the first half: {fault}"))
    })
}

/// Law 2.
fn rounded_once(subject: &Subject<'_>, evaluated: &Evaluated) -> Result<(), Fault> {
    let header = &subject.program.header;
    for bill in evaluated.bills.values() {
        for line in &bill.lines {
            let expected = rounded(&line.exact, header.rounding, header.currency.places);
            holds(line.amount == expected, || {
                format!("{}: {} is {} and not {expected}", line.id, line.exact, line.amount)
            })?;
        }
        let sum = bill.lines.iter().fold(Rational::zero(), |sum, line| &sum + &line.amount);
        let total_fits = bill.total.as_ref().is_none_or(|total| *total == sum);
        holds(total_fits, || format!("the total is {:?} and not {sum}", bill.total))?;
    }
    Ok(())
}

/// Rounding from its definition: the nearest of the two neighbours, or the one that the mode says.
fn rounded(exact: &Rational, rounding: Rounding, places: u32) -> Rational {
    let scale = Rational::power_of_ten(places);
    let (numerator, denominator) = (exact * &scale).fraction();
    let below = numerator.div_floor(&denominator);
    let low = Rational::from(below.clone()).checked_div(&scale).expect("not zero");
    let high = Rational::from(below.clone() + 1).checked_div(&scale).expect("not zero");
    if *exact == low {
        return low;
    }
    let (to_low, to_high) = (exact - &low, &high - exact);
    let half = to_low == to_high;
    let (toward_zero, away) =
        if exact.is_negative() { (high.clone(), low.clone()) } else { (low.clone(), high.clone()) };
    match rounding {
        Rounding::HalfAwayFromZero if half => away,
        Rounding::HalfEven if half => {
            if below.is_even() {
                low
            } else {
                high
            }
        }
        Rounding::HalfAwayFromZero | Rounding::HalfEven => {
            if to_low < to_high {
                low
            } else {
                high
            }
        }
        Rounding::Up => away,
        Rounding::Down => toward_zero,
        Rounding::Ceil => high,
        Rounding::Floor => low,
    }
}

/// Where no floor or ceiling moves the line.
fn parts_add_up(subject: &Subject<'_>, evaluated: &Evaluated) -> Result<(), Fault> {
    let lines = evaluated.bills.values().flat_map(|bill| &bill.lines).filter(|line| !line.parts.is_empty());
    for line in lines {
        let at = subject.charge_of(&line.charge);
        if subject.is_covered(at) {
            continue;
        }
        let charge = &subject.program.charges[at];
        if !charge.body.limits.is_empty() || charge.body.parts.iter().any(|part| !part.body.limits.is_empty()) {
            continue;
        }
        let sum = line.parts.iter().fold(Rational::zero(), |sum, part| &sum + &part.exact);
        holds(sum == line.exact, || format!("{}: parts add up to {sum} and not to {}", line.id, line.exact))?;
    }
    Ok(())
}

fn withheld_totals(_: &Subject<'_>, evaluated: &Evaluated) -> Result<(), Fault> {
    let wrong = evaluated.bills.values().find(|bill| bill.total.is_none() == bill.withheld.is_empty());
    wrong.map_or(Ok(()), |bill| Err(format!("{:?} with {:?}", bill.total, bill.withheld)))
}

/// Law 5. A record that is unpriced for itself, and not because its line has no price, is on no bill.
fn unpriced_change_nothing(subject: &Subject<'_>, evaluated: &Evaluated) -> Result<(), Fault> {
    let missing: BTreeSet<&String> =
        evaluated.bills.values().flat_map(|bill| &bill.withheld).map(|one| &one.missing).collect();
    let makes = subject.program.derived.iter().any(|derived| derived.used);
    let priced = |record: &&Record| match &evaluated.standings[&record.id] {
        // What lies outside of the bills that are asked for may still be what a price counts from.
        Standing::Unpriced(reason) => {
            // What belongs to nothing may still be what ends something, or shows that it went on for too long.
            let waits = reason.contains("has not ended yet") || makes && reason.contains("no charge takes");
            missing.contains(reason) || reason.contains("periods that are asked for") || waits
        }
        Standing::Rated | Standing::Free => true,
    };
    let kept: Vec<Record> = subject.case.records.iter().filter(priced).cloned().collect();
    let asked: BTreeSet<Asked> = evaluated.bills.keys().cloned().collect();
    let without = subject.evaluate(&kept, &asked);
    same_bills(&evaluated.bills, &without.bills).map_err(|fault| format!("without unpriced records: {fault}"))?;
    let changed = without
        .standings
        .iter()
        .find(|(id, standing)| discriminant(&evaluated.standings[*id]) != discriminant(standing));
    changed.map_or(Ok(()), |(id, standing)| Err(format!("{id} stands {standing:?} without unpriced records")))
}

fn standings_agree_with_rating(subject: &Subject<'_>, evaluated: &Evaluated) -> Result<(), Fault> {
    let rated: BTreeSet<usize> = subject.rate(&subject.case.records).iter().filter_map(|one| one.record).collect();
    let charges = &subject.program.charges;
    // A line that is left out where it is zero names no record; a record that only decides a price may be on none.
    let decides = |expr: &&Expr| any(expr, |op| matches!(op, Op::Meter { .. } | Op::Aggregate(_)));
    let in_price = |charge: &Charge| {
        let quantities = charge.body.quantities();
        charge
            .body
            .expressions()
            .iter()
            .any(|expr| !quantities.iter().any(|one| one.span == expr.span) && decides(expr))
    };
    // What a fold takes it reaches, whether what it comes to is charged or not; what gives is on no line.
    let makes = subject.program.derived.iter().any(|derived| derived.used);
    let gives = subject.program.grants.iter().flat_map(|grant| &grant.gives);
    let is_given = gives.into_iter().any(|gives| matches!(gives, florin_compiler::ir::Gives::ForEach { .. }));
    let may_be_left_out =
        makes || is_given || charges.iter().any(|charge| charge.unless_zero || charge.by_tier || in_price(charge));
    for (at, record) in subject.case.records.iter().enumerate() {
        let standing = &evaluated.standings[&record.id];
        let fits = match standing {
            // A record that came while its line had no price is rated with the one that gave it one.
            Standing::Rated => rated.contains(&at) || may_be_left_out || withheld_at(subject, at),
            // What is made of others may change with a record that is no part of it.
            Standing::Free => !rated.contains(&at) || makes,
            Standing::Unpriced(_) => !rated.contains(&at) || makes || evaluated.withholds(&record.account),
        };
        holds(fits, || {
            format!(
                "{} stands {standing:?}, and it is {} rated",
                record.id,
                if rated.contains(&at) { "" } else { "not" }
            )
        })?;
    }
    Ok(())
}

/// Whether a line of its account had no price when a record came.
fn withheld_at(subject: &Subject<'_>, at: usize) -> bool {
    let records = &subject.case.records[..=at];
    subject.evaluate(records, &subject.asked()).withholds(&records[at].account)
}

fn order_changes_nothing(subject: &Subject<'_>, evaluated: &Evaluated) -> Result<(), Fault> {
    let asked: BTreeSet<Asked> = evaluated.bills.keys().cloned().collect();
    let mut reversed = subject.case.records.clone();
    reversed.reverse();
    let mut dealt: Vec<Record> = Vec::new();
    for start in 0..3 {
        dealt.extend(subject.case.records.iter().skip(start).step_by(3).cloned());
    }
    for records in [reversed, dealt] {
        let other = subject.evaluate(&records, &asked);
        same_bills(&evaluated.bills, &other.bills)?;
        let changed = other.standings.iter().find(|(id, standing)| evaluated.standings[*id] != **standing);
        if let Some((id, standing)) = changed {
            return Err(format!("{id} stands {standing:?} and not {:?}", evaluated.standings[id]));
        }
    }
    Ok(())
}

/// Balances are never below zero; what stands net on a line and what was drawn is what the line is without grants.
fn grants_cover_what_is_there(subject: &Subject<'_>, evaluated: &Evaluated) -> Result<(), Fault> {
    if subject.program.grants.is_empty() {
        return Ok(());
    }
    for bill in evaluated.bills.values() {
        for balance in &bill.balances {
            holds(!balance.remaining.is_negative(), || format!("{} has {}", balance.id, balance.remaining))?;
        }
    }
    let mut without = subject.program.clone();
    without.grants.clear();
    let plain = Subject { program: &without, ..*subject };
    let asked = evaluated.bills.keys().cloned().collect();
    let gross = plain.evaluate(&subject.case.records, &asked);
    for (at, charge) in subject.program.charges.iter().enumerate() {
        let own: Vec<_> = subject.program.grants.iter().filter(|grant| grant.covers_of(at).next().is_some()).collect();
        let pays = own.iter().all(|grant| !grant.off_the_bill && grant.covers.iter().all(|cover| cover.pays));
        if !pays || charge.body.expressions().iter().any(|expr| any(expr, |op| matches!(op, Op::Total(_)))) {
            continue;
        }
        for (asked, bill) in &evaluated.bills {
            let same = |bill: &Bill| -> Vec<Line> {
                bill.lines.iter().filter(|line| line.charge == charge.name).cloned().collect()
            };
            if bill.withheld.is_empty() {
                let (found, expected) = (same(bill), same(&gross.bills[asked]));
                holds(found == expected, || {
                    format!("{} is {found:?} with what pays it, {expected:?} without", charge.name)
                })?;
            }
        }
    }
    Ok(())
}

fn accounts_stand_alone(subject: &Subject<'_>, evaluated: &Evaluated) -> Result<(), Fault> {
    let accounts: BTreeSet<Symbol> = subject.case.records.iter().map(|record| record.account.clone()).collect();
    for account in accounts {
        let own: Vec<Record> =
            subject.case.records.iter().filter(|record| record.account == account).cloned().collect();
        let asked = evaluated.bills.keys().filter(|(whose, _)| *whose == account).cloned().collect();
        let alone = subject.evaluate(&own, &asked);
        let bills = evaluated.bills.iter().filter(|((whose, _), _)| *whose == account);
        same_bills(&bills.map(|(asked, bill)| (asked.clone(), bill.clone())).collect(), &alone.bills)?;
        let changed = alone.standings.iter().find(|(id, standing)| evaluated.standings[*id] != **standing);
        changed.map_or(Ok(()), |(id, standing)| Err(format!("{id} stands {standing:?} alone")))?;
    }
    Ok(())
}

/// Where nothing reaches across periods.
fn periods_stand_alone(subject: &Subject<'_>, evaluated: &Evaluated) -> Result<(), Fault> {
    if reaches_across(subject) {
        return Ok(());
    }
    for (asked, bill) in &evaluated.bills {
        let inside =
            |record: &&Record| bill.period.interval.start <= record.time && record.time < bill.period.interval.end;
        let own: Vec<Record> = subject.case.records.iter().filter(inside).cloned().collect();
        let alone = subject.evaluate(&own, &BTreeSet::from([asked.clone()]));
        same_bill(bill, &alone.bills[asked])?;
    }
    Ok(())
}

/// Whether a window is longer than the period or begins with its first use, or a mean begins with the first record.
fn reaches_across(subject: &Subject<'_>) -> bool {
    let program = subject.program;
    if program.carries {
        return true;
    }
    let wide = |window: &Window| window.from_first_use || !nests_in(window, &program.header.period);
    let spread = |over: &Over| matches!(over, Over::Rows(rows) if rows.every_window);
    !program.grants.is_empty()
        || program.derived.iter().any(|derived| derived.used)
        || program.meters.iter().any(|meter| wide(&meter.window))
        || program.charges.iter().any(|charge| wide(&charge.window))
        || program.charges.iter().flat_map(Charge::longer_limits).any(|(_, window)| wide(window))
        || program.aggregates.iter().any(|aggregate| spread(&aggregate.over))
}

/// Laid out anew, a book parses to the same tree, is laid out the same again, and bills the same.
fn layout_changes_nothing(subject: &Subject<'_>, evaluated: &Evaluated) -> Result<(), Fault> {
    let book = &subject.case.book;
    let laid_out = format(book).map_err(|faults| format!("{faults:?}"))?;
    let (before, after) = (parse("a", book), parse("a", &laid_out));
    holds(without_places(&before.tree) == without_places(&after.tree), || format!("another tree:\n{laid_out}"))?;
    let again = format(&laid_out).map_err(|faults| format!("{faults:?}"))?;
    holds(again == laid_out, || format!("laid out once\n{laid_out}\nand twice\n{again}"))?;
    let compiled = compile("generated.florin", &laid_out, &NoFiles);
    let Some(program) = &compiled.program else {
        return Err(format!("it does not compile any more: {:?}", compiled.diagnostics));
    };
    let other = Subject { program, ..*subject };
    let asked = evaluated.bills.keys().cloned().collect();
    same_bills(&evaluated.bills, &other.evaluate(&subject.case.records, &asked).bills)
}

fn same_bills(expected: &BTreeMap<Asked, Bill>, found: &BTreeMap<Asked, Bill>) -> Result<(), Fault> {
    holds(expected.len() == found.len(), || "other bills".to_owned())?;
    expected.iter().try_for_each(|(asked, bill)| same_bill(bill, &found[asked]))
}

fn same_bill(expected: &Bill, found: &Bill) -> Result<(), Fault> {
    if expected == found {
        return Ok(());
    }
    let of = format!("the bill of {} for {}", expected.account, expected.period.name);
    let differs = |line: &&Line| !found.lines.contains(line);
    let lost = expected.lines.iter().find(differs);
    let new = found.lines.iter().find(|line| !expected.lines.contains(line));
    Err(format!(
        "{of} has {lost:?}, withheld {:?}\nand then it has {new:?}, withheld {:?}",
        expected.withheld, found.withheld
    ))
}

/// Whether an expression has this form somewhere inside.
fn any(expr: &Expr, mut is: impl FnMut(&Op) -> bool) -> bool {
    let mut found = false;
    expr.walk(&mut |expr| found |= is(&expr.op));
    found
}
