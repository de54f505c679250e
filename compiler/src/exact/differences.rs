//! Finite decimals that add up to a running total.

use super::{Rational, Rounding};

/// The decimal places of what has no finite decimal.
pub const PLACES: u32 = 12;

/// Finite decimals that add up to a running total: where it has no finite decimal, to the total rounded to [`PLACES`].
#[derive(Clone, Debug, Default)]
pub struct Differences {
    total: Rational,
    written: Rational,
}

impl Differences {
    /// What is written for the next difference.
    pub fn next(&mut self, difference: &Rational) -> Rational {
        self.total = &self.total + difference;
        let target = match self.total.decimal_places() {
            Some(_) => self.total.clone(),
            None => Rounding::HalfAwayFromZero.to_places(&self.total, PLACES),
        };
        let shown = &target - &self.written;
        self.written = target;
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn third() -> Rational {
        Rational::fraction_of(1, 3).expect("three is not zero")
    }

    fn written(differences: &[Rational]) -> Vec<String> {
        let mut running = Differences::default();
        differences.iter().map(|difference| running.next(difference).to_string()).collect()
    }

    #[test]
    fn finite_differences_are_written_as_they_are() {
        let tiny = Rational::parse("0.000000000000000001").expect("a number");
        let negative = -&tiny;
        assert_eq!(written(&[tiny, negative]), ["0.000000000000000001", "-0.000000000000000001"]);
    }

    #[test]
    fn thirds_add_up() {
        let rows = written(&[third(), third(), third()]);
        assert_eq!(rows, ["0.333333333333", "0.333333333334", "0.333333333333"]);
        let sum: Rational = rows.iter().map(|row| Rational::parse(row).expect("a number")).sum();
        assert_eq!(sum, Rational::one());
        let half = Rational::parse("0.5").expect("a number");
        assert_eq!(written(&[third(), half]), ["0.333333333333", "0.5"]);
    }

    #[test]
    fn a_thousand_sevenths_hold_to_twelve_places() {
        let seventh = Rational::fraction_of(1, 7).expect("seven is not zero");
        let rows = written(&vec![seventh.clone(); 1_000]);
        let sum: Rational = rows.iter().map(|row| Rational::parse(row).expect("a number")).sum();
        let exact = &seventh * &Rational::from(1_000i64);
        assert_eq!(sum, Rounding::HalfAwayFromZero.to_places(&exact, PLACES));
    }
}
