//! Contenders that do the same work take turns in one process; medians and their ratios come out.

use crate::expected::Expected;
use std::hint::black_box;
use std::time::Instant;

/// The fewest turns that say anything.
pub const ROUNDS: u64 = 20;

/// What a run has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The sum of all amounts.
    Total {
        /// Over the denominator.
        integer: i128,
        /// Above zero.
        denominator: i128,
    },
    /// A kernel could not tell of some record: there is no figure.
    NotSettled,
    /// It overflowed.
    Overflow,
    /// Something that it needs is not there yet.
    Missing(&'static str),
}

impl Outcome {
    /// From a count of the last of so many places.
    #[must_use]
    pub fn counted(amount: Option<i128>, places: u32) -> Outcome {
        amount.map_or(Outcome::Overflow, |integer| Outcome::Total { integer, denominator: 10i128.pow(places) })
    }

    /// Whether it is what has to be found, in a word; none where it is.
    fn wrong(self, expected: &Expected) -> Option<String> {
        match self {
            Outcome::Total { integer, denominator } if expected.is_amount(integer, denominator) => None,
            Outcome::Total { integer, denominator } => Some(format!("WRONG TOTAL {integer}/{denominator}")),
            Outcome::NotSettled => Some("not settled".to_owned()),
            Outcome::Overflow => Some("overflow".to_owned()),
            Outcome::Missing(what) => Some(format!("not there yet: {what}")),
        }
    }
}

/// One that does the work.
pub struct Contender<'a> {
    /// What it is called in the table.
    pub name: &'static str,
    /// What is wished of Florin against it; empty for Florin itself.
    pub goal: &'static str,
    /// The work.
    pub run: Box<dyn FnMut() -> Outcome + 'a>,
}

/// What was measured of a contender.
#[derive(Clone, Debug)]
pub struct Measured {
    /// What it is called.
    pub name: &'static str,
    /// What is wished of Florin against it.
    pub goal: &'static str,
    /// What each run took, rising.
    pub nanoseconds: Vec<u128>,
    /// What is wrong with its total.
    pub wrong: Option<String>,
}

/// Lets all take turns, each round another one first. One whose first total is wrong does not go on.
pub fn alternate(mut contenders: Vec<Contender<'_>>, rounds: u64, expected: &Expected) -> Vec<Measured> {
    let warm = |contender: &mut Contender<'_>| Measured {
        name: contender.name,
        goal: contender.goal,
        nanoseconds: Vec::new(),
        wrong: (contender.run)().wrong(expected),
    };
    let mut measured: Vec<Measured> = contenders.iter_mut().map(warm).collect();
    for round in 0..rounds {
        let shift = usize::try_from(round).unwrap_or(0) % contenders.len().max(1);
        let turns = contenders.iter_mut().zip(&mut measured);
        let mut turns: Vec<_> = turns.filter(|(_, measured)| measured.wrong.is_none()).collect();
        let shift = shift % turns.len().max(1);
        turns.rotate_left(shift);
        for (contender, measured) in turns {
            let start = Instant::now();
            let outcome = black_box((contender.run)());
            measured.nanoseconds.push(start.elapsed().as_nanos());
            measured.wrong = outcome.wrong(expected);
        }
    }
    measured.iter_mut().for_each(|measured| measured.nanoseconds.sort_unstable());
    measured
}

impl Measured {
    /// The median of the runs; none where the total is wrong.
    #[must_use]
    pub fn median(&self) -> Option<u128> {
        let middle = self.nanoseconds.get(self.nanoseconds.len() / 2).copied();
        middle.filter(|_| self.wrong.is_none())
    }
}

/// Prints a table; ratios are against the first, which is Florin: how many times as long as it a contender takes.
pub fn print(title: &str, measured: &[Measured], records: u64) {
    println!("\n{title}");
    println!("| who | ns per record, median | least | Florin takes | goal | total |");
    println!("| --- | ---: | ---: | ---: | --- | --- |");
    let florin = measured.first().and_then(Measured::median);
    for one in measured {
        let per_record =
            |nanoseconds: Option<u128>| nanoseconds.map_or("-".to_owned(), |one| ratio(one, records.into()));
        let times = florin.zip(one.median()).map_or("-".to_owned(), |(florin, theirs)| ratio(florin, theirs));
        println!(
            "| {} | {} | {} | {times} | {} | {} |",
            one.name,
            per_record(one.median()),
            per_record(one.nanoseconds.first().copied()),
            one.goal,
            one.wrong.as_deref().unwrap_or("right"),
        );
    }
}

/// A quotient with three places, rounded down.
#[must_use]
pub fn ratio(of: u128, by: u128) -> String {
    let thousandths = of.saturating_mul(1_000) / by.max(1);
    format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_total_has_no_median() {
        let expected = Expected { amount: 7, ..Expected::default() };
        let contender = |name, integer| Contender {
            name,
            goal: "",
            run: Box::new(move || Outcome::Total { integer, denominator: 1 }),
        };
        let measured = alternate(vec![contender("right", 7), contender("wrong", 8)], 20, &expected);
        assert_eq!(measured[0].nanoseconds.len(), 20);
        assert!(measured[0].median().is_some());
        assert!(measured[1].median().is_none());
        assert_eq!(measured[1].wrong.as_deref(), Some("WRONG TOTAL 8/1"));
    }

    #[test]
    fn ratios_are_decimals() {
        assert_eq!(ratio(1_234, 1_000), "1.234");
        assert_eq!(ratio(5, 1_000), "0.005");
    }
}
