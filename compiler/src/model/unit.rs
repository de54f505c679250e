//! Units, currencies and the dimensions that they measure.

use super::Symbol;
use crate::exact::Rational;
use std::collections::BTreeMap;

/// What can not be converted into anything else.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Base {
    /// Money of one currency, by its code; the base unit is one of it (a dollar, not a cent).
    Currency(Symbol),
    /// Data; the base unit is the byte.
    Data,
    /// Elapsed time; the base unit is the second.
    Time,
    /// A unit that the book declares, by its name.
    Declared(Symbol),
}

/// A product of powers of bases, sorted and without zero powers: `USD per GB` is currency^1 data^-1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dimension(Vec<(Base, i32)>);

impl Dimension {
    /// That of a plain number.
    #[must_use]
    pub fn none() -> Dimension {
        Dimension::default()
    }

    /// One base to the first power.
    #[must_use]
    pub fn of(base: Base) -> Dimension {
        Dimension(vec![(base, 1)])
    }

    /// Money of a currency.
    #[must_use]
    pub fn money(code: impl Into<Symbol>) -> Dimension {
        Dimension::of(Base::Currency(code.into()))
    }

    /// Elapsed time.
    #[must_use]
    pub fn time() -> Dimension {
        Dimension::of(Base::Time)
    }

    /// Whether it is a plain number's.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// The bases and their powers.
    #[must_use]
    pub fn powers(&self) -> &[(Base, i32)] {
        &self.0
    }

    /// The dimension of a product.
    #[must_use]
    pub fn times(&self, other: &Dimension) -> Dimension {
        let mut powers: BTreeMap<&Base, i32> = BTreeMap::new();
        for (base, power) in self.0.iter().chain(&other.0) {
            *powers.entry(base).or_default() += power;
        }
        let present = powers.into_iter().filter(|(_, power)| *power != 0);
        Dimension(present.map(|(base, power)| (base.clone(), power)).collect())
    }

    /// The dimension of one over it.
    #[must_use]
    pub fn inverse(&self) -> Dimension {
        Dimension(self.0.iter().map(|(base, power)| (base.clone(), -power)).collect())
    }

    /// The dimension of a quotient.
    #[must_use]
    pub fn over(&self, other: &Dimension) -> Dimension {
        self.times(&other.inverse())
    }

    /// The currency, if it is plain money.
    #[must_use]
    pub fn currency(&self) -> Option<&Symbol> {
        match self.0.as_slice() {
            [(Base::Currency(code), 1)] => Some(code),
            _ => None,
        }
    }
}

/// A way to count a dimension, with the words for it: `GB`, `GiB second`, `USD per 1M tokens`.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// As a book writes it.
    pub name: Symbol,
    /// What it measures.
    pub dimension: Dimension,
    /// How many base units one of it is.
    pub factor: Rational,
}

/// A currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Currency {
    /// Its ISO 4217 code.
    pub code: Symbol,
    /// How amounts are written, if the book says it.
    pub symbol: Option<Symbol>,
    /// The decimal places of an amount on a bill.
    pub places: u32,
}

/// More than one of a unit, by its name: `tokens`, `entries`, `GB hours`, `credits per hour`. Symbols, which have
/// capitals, stay.
#[must_use]
pub fn plural(unit: &str) -> String {
    if let Some((many, per)) = unit.split_once(" per ").filter(|(many, _)| *many != "1") {
        return format!("{} per {per}", plural(many));
    }
    if unit.starts_with("1 per ") {
        return unit.to_owned();
    }
    if let Some((before, last)) = unit.rsplit_once(' ') {
        return format!("{before} {}", plural(last));
    }
    let stays = unit.is_empty()
        || (unit.ends_with('s') && !unit.ends_with("ss"))
        || unit == "each"
        || unit.chars().any(char::is_uppercase);
    let stem = unit.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match stem {
        _ if stays => unit.to_owned(),
        Some(stem) => format!("{stem}ies"),
        None if unit.ends_with("ss") || unit.ends_with(['x', 'z']) || unit.ends_with("ch") || unit.ends_with("sh") => {
            format!("{unit}es")
        }
        None => format!("{unit}s"),
    }
}
