//! From conditional prices to rows: for each day on which a price begins, each time of the day and each context, the
//! prices that hold then.

use super::model::{Condition, Entry, Model};
use crate::import::book::{Calendar, Context, Row};
use florin_compiler::exact::Rational;
use jiff::civil::{Date, Time};
use std::collections::{BTreeMap, BTreeSet};

/// The times of the day of all models.
#[derive(Debug)]
pub struct Expanded {
    hours: Vec<(Time, Time)>,
}

impl Expanded {
    /// Of all models of a list.
    pub fn of<'m>(models: impl Iterator<Item = &'m Model>) -> Expanded {
        let hours: BTreeSet<(Time, Time)> = models.flat_map(hours).collect();
        Expanded { hours: hours.into_iter().collect() }
    }

    /// A calendar for each time of the day.
    pub fn calendars(&self) -> Vec<Calendar> {
        let calendar = |(start, end): &(Time, Time)| Calendar {
            name: format!("hours_{}_{}", start.strftime("%H%M"), end.strftime("%H%M")),
            rules: vec![format!("{}..{}", start.strftime("%H:%M"), end.strftime("%H:%M"))],
        };
        self.hours.iter().map(calendar).collect()
    }

    /// The contexts of a model, if its prices tell any apart.
    pub fn context(&self, names: &[String], model: &Model) -> Option<Context> {
        let edges = edges(model);
        (!edges.is_empty()).then(|| Context { names: names.to_vec(), edges, inclusive: false })
    }

    /// The rows of a model.
    pub fn rows(&self, names: &[String], model: &Model) -> Vec<Row> {
        let days: BTreeSet<Option<Date>> = [None].into_iter().chain(model.entries.iter().map(day)).collect();
        let mut contexts = vec![Rational::zero()];
        contexts.extend(edges(model));
        let mut rows = Vec::new();
        for longer_than in &contexts {
            for chosen in choices(&hours(model).collect::<BTreeSet<_>>()) {
                for from in &days {
                    let Some(entry) = in_force(model, *from, &chosen) else { continue };
                    rows.push(Row {
                        names: names.to_vec(),
                        longer_than: longer_than.clone(),
                        hours: self.hours.iter().map(|hours| chosen.get(hours).copied()).collect(),
                        service: "",
                        from: *from,
                        prices: entry
                            .prices
                            .iter()
                            .map(|(slot, price)| (*slot, price.above(longer_than).clone()))
                            .collect(),
                    });
                }
            }
        }
        rows
    }
}

fn hours(model: &Model) -> impl Iterator<Item = (Time, Time)> {
    model.entries.iter().filter_map(|entry| match entry.condition {
        Condition::Hours(start, end) => Some((start, end)),
        Condition::Always | Condition::From(_) => None,
    })
}

fn day(entry: &Entry) -> Option<Date> {
    if let Condition::From(date) = entry.condition { Some(date) } else { None }
}

fn edges(model: &Model) -> Vec<Rational> {
    let prices = model.entries.iter().flat_map(|entry| entry.prices.values());
    prices.flat_map(|price| price.edges().cloned()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Which of some times of the day hold.
type Chosen = BTreeMap<(Time, Time), bool>;

/// All ways in which they may hold.
fn choices(hours: &BTreeSet<(Time, Time)>) -> Vec<Chosen> {
    let mut all = vec![Chosen::new()];
    for hours in hours {
        let with =
            |chosen: &Chosen, holds: bool| chosen.iter().map(|(k, v)| (*k, *v)).chain([(*hours, holds)]).collect();
        all = all.iter().flat_map(|chosen| [with(chosen, true), with(chosen, false)]).collect();
    }
    all
}

/// The last entry whose condition holds on and after a day, until the next one that prices tell apart; else the first.
fn in_force<'m>(model: &'m Model, from: Option<Date>, chosen: &Chosen) -> Option<&'m Entry> {
    let holds = |entry: &&Entry| match entry.condition {
        Condition::Always => true,
        Condition::From(date) => from.is_some_and(|from| date <= from),
        Condition::Hours(start, end) => chosen.get(&(start, end)).copied().unwrap_or(false),
    };
    model.entries.iter().rev().find(holds).or(model.entries.first())
}
