//! What of a bill stands on invoices: an invoice is what is due now less what was invoiced before (law 1).

use crate::bill::{Bill, Invoice, InvoiceLine, Line};
use crate::exact::Rational;
use std::collections::BTreeMap;

/// The lines of one bill that earlier invoices have billed.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// By the line's id.
    lines: BTreeMap<String, Taken>,
}

/// What was invoiced of a line.
#[derive(Clone, Debug)]
struct Taken {
    label: String,
    quantity: Option<Rational>,
    unit: Option<crate::model::Symbol>,
    amount: Rational,
}

impl Ledger {
    /// Takes note of an invoice of this bill.
    pub fn add<'l>(&mut self, lines: impl IntoIterator<Item = &'l InvoiceLine>) {
        for line in lines {
            let known = self.lines.entry(line.id.clone()).or_insert_with(|| Taken {
                label: line.label.clone(),
                quantity: None,
                unit: line.unit.clone(),
                amount: Rational::zero(),
            });
            known.amount = &known.amount + &line.amount;
            known.quantity = match (&known.quantity, &line.quantity) {
                (Some(one), Some(other)) => Some(one + other),
                (one, other) => one.clone().or_else(|| other.clone()),
            };
        }
    }

    /// How much money was invoiced.
    #[must_use]
    pub fn total(&self) -> Rational {
        self.lines.values().fold(Rational::zero(), |total, taken| &total + &taken.amount)
    }

    /// What is due of a bill and not invoiced: a difference for each line, also of lines that are no more. A line that
    /// has no price now stays as it was invoiced.
    #[must_use]
    pub fn due(&self, bill: &Bill) -> Vec<InvoiceLine> {
        let of_bill = bill.lines.iter().map(|line| self.difference(line));
        let gone = self.lines.iter().filter(|(id, _)| {
            bill.lines.iter().all(|line| line.id != **id) && bill.withheld.iter().all(|line| line.id != **id)
        });
        let taken_back = gone.map(|(id, taken)| InvoiceLine {
            id: id.clone(),
            label: taken.label.clone(),
            quantity: taken.quantity.as_ref().map(|quantity| -quantity),
            unit: taken.unit.clone(),
            amount: -&taken.amount,
        });
        of_bill.chain(taken_back).filter(|line| !line.amount.is_zero()).collect()
    }

    fn difference(&self, line: &Line) -> InvoiceLine {
        let taken = self.lines.get(&line.id);
        let amount = taken.map_or_else(|| line.amount.clone(), |taken| &line.amount - &taken.amount);
        let before = taken.and_then(|taken| taken.quantity.as_ref());
        let quantity =
            line.quantity.as_ref().map(|quantity| before.map_or(quantity.clone(), |before| quantity - before));
        InvoiceLine { id: line.id.clone(), label: line.label.clone(), quantity, unit: line.unit.clone(), amount }
    }
}

/// The part of what is due that comes to exactly so much money: what is given back first, then line after line; of the
/// last one only as much as is needed, without a quantity. None where not as much is due.
#[must_use]
pub fn exactly(due: Vec<InvoiceLine>, amount: &Rational) -> Option<Vec<InvoiceLine>> {
    let (back, more): (Vec<_>, Vec<_>) = due.into_iter().partition(|line| line.amount.is_negative());
    let mut left = back.iter().fold(amount.clone(), |left, line| &left - &line.amount);
    let mut taken = back;
    for line in more {
        if left.is_zero() {
            break;
        }
        if line.amount <= left {
            left = &left - &line.amount;
            taken.push(line);
        } else {
            taken.push(InvoiceLine { amount: left, quantity: None, unit: None, ..line });
            left = Rational::zero();
        }
    }
    left.is_zero().then_some(taken)
}

/// An invoice of a bill.
#[must_use]
pub fn invoice(bill: &Bill, lines: Vec<InvoiceLine>) -> Invoice {
    let total = lines.iter().fold(Rational::zero(), |total, line| &total + &line.amount);
    Invoice {
        account: bill.account.clone(),
        period: bill.period.clone(),
        currency: bill.currency.clone(),
        lines,
        total,
    }
}
