//! A bill as a table: what, how much, its exact parts, the amount.

use super::money;
use crate::source::wire::printable;
use florin_compiler::bill::{Balance, Bill, Line, LinePart, Withheld};
use florin_compiler::exact::Rational;
use florin_compiler::model::Symbol;
use florin_compiler::model::plural;

/// The bill as text, without colour; `title` is the book's. No control character of a record reaches a terminal.
#[must_use]
pub fn bill_text(title: &str, bill: &Bill) -> String {
    format!("{}{}", heading(title, bill), lines_text(bill))
}

/// The lines of a bill with their total, and what has no price.
#[must_use]
pub fn lines_text(bill: &Bill) -> String {
    let rows = rows(bill);
    let total = bill.total.as_ref().map_or("withheld".to_owned(), |total| money::amount(total, &bill.currency));
    let total = Row::new("Total", total);
    let widths = widths(rows.iter().chain([&total]));
    let mut text = String::new();
    for row in &rows {
        text.push_str(&row.text(&widths));
    }
    text.push_str(&format!("{}\n{}", rule(&widths), total.text(&widths)));
    for withheld in &bill.withheld {
        text.push_str(&format!("\n{} has no price: {}", printable(&withheld.id), printable(&withheld.missing)));
    }
    if !bill.withheld.is_empty() {
        text.push('\n');
    }
    text + &balances_text(bill)
}

/// What is left of grants when the period ends.
fn balances_text(bill: &Bill) -> String {
    if bill.balances.is_empty() {
        return String::new();
    }
    let row = |balance: &Balance| match balance.is_money {
        true => Row::new(&balance.label, money::exact(&balance.remaining, &bill.currency)),
        false => Row::new(&balance.label, String::new()).with_quantity(Some(&balance.remaining), balance.unit.as_ref()),
    };
    let rows: Vec<Row> = bill.balances.iter().map(row).collect();
    let widths = widths(rows.iter());
    format!("\nLeft at the end\n{}", rows.iter().map(|row| row.text(&widths)).collect::<String>())
}

fn heading(title: &str, bill: &Bill) -> String {
    let (title, account) = (printable(title), printable(&bill.account));
    format!("{title}\n{account} · {} · {}\n\n", bill.period.name, bill.currency.code)
}

/// A line's parts are shown where there is more to them than the line itself says.
fn rows(bill: &Bill) -> Vec<Row> {
    let mut rows = Vec::new();
    for line in &bill.lines {
        rows.push(line_row(line, bill));
        if line.parts.len() > 1 || line.parts.iter().any(|part| part.name.is_some()) {
            rows.extend(line.parts.iter().map(|part| part_row(part, bill)));
        }
    }
    align_points(&mut rows);
    rows.extend(bill.withheld.iter().map(withheld_row));
    rows
}

/// Puts the decimal points of the exact parts below one another.
fn align_points(rows: &mut [Row]) {
    let places = |[_, _, _, exact, _]: &[String; 5]| exact.find('.').map_or(0, |point| exact.len() - point);
    let most = rows.iter().map(|row| places(&row.cells)).max().unwrap_or(0);
    for row in rows {
        let missing = most - places(&row.cells);
        let [_, _, _, exact, _] = &mut row.cells;
        if !exact.is_empty() {
            exact.push_str(&" ".repeat(missing));
        }
    }
}

fn rule(widths: &[usize; 5]) -> String {
    let gaps = widths.iter().skip(1).filter(|width| **width > 0).count();
    "─".repeat(widths.iter().sum::<usize>() + GAP.len() * gaps)
}

const GAP: &str = "  ";

/// Label, number, unit, exact part, amount.
#[derive(Default)]
struct Row {
    cells: [String; 5],
}

impl Row {
    fn new(label: &str, amount: String) -> Row {
        Row { cells: [printable(label), String::new(), String::new(), String::new(), amount] }
    }

    fn with_quantity(mut self, quantity: Option<&Rational>, unit: Option<&Symbol>) -> Row {
        let [_, number, words, _, _] = &mut self.cells;
        if let Some(quantity) = quantity {
            *number = money::number(quantity);
            *words =
                unit.map_or(
                    String::new(),
                    |unit| if *quantity == Rational::one() { unit.to_string() } else { plural(unit) },
                );
        }
        self
    }

    fn text(&self, widths: &[usize; 5]) -> String {
        let mut text = String::new();
        for (index, (cell, width)) in self.cells.iter().zip(widths).enumerate() {
            if *width == 0 {
                continue;
            }
            let padding = " ".repeat(width - cell.chars().count());
            let is_left = matches!(index, 0 | 2);
            let gap = if index > 0 { GAP } else { "" };
            text.push_str(&if is_left { format!("{gap}{cell}{padding}") } else { format!("{gap}{padding}{cell}") });
        }
        format!("{}\n", text.trim_end())
    }
}

fn line_row(line: &Line, bill: &Bill) -> Row {
    Row::new(&line.label, money::amount(&line.amount, &bill.currency))
        .with_quantity(line.quantity.as_ref(), line.unit.as_ref())
}

fn part_row(part: &LinePart, bill: &Bill) -> Row {
    let mut row = Row::new(&part.label, String::new()).with_quantity(part.quantity.as_ref(), part.unit.as_ref());
    let [label, _, _, exact, _] = &mut row.cells;
    label.insert_str(0, GAP);
    *exact = money::exact(&part.exact, &bill.currency);
    row
}

fn withheld_row(withheld: &Withheld) -> Row {
    Row::new(&withheld.label, "withheld".to_owned())
}

fn widths<'r>(rows: impl Iterator<Item = &'r Row>) -> [usize; 5] {
    rows.fold([0; 5], |widest, row| {
        let mut cells = row.cells.iter();
        widest.map(|width| width.max(cells.next().map_or(0, |cell| cell.chars().count())))
    })
}

#[cfg(test)]
mod tests;
