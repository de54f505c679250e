//! An amount shared out to the last unit of its currency: by largest remainder, ties by key.

use super::eval::number;
use super::evaluation::Evaluation;
use super::scope::{Group, Missing, Outcome, Scope, internal};
use crate::exact::{Rational, Rounding};
use crate::ir::Split;
use crate::model::Value;
use std::collections::BTreeMap;

impl Evaluation<'_> {
    /// The part of an amount that falls to one of those that share in it; nothing where it is none of them.
    pub(super) fn split(&self, split: &Split, group: &Group) -> Outcome<Value> {
        let amount = number(&Scope::group(self, group), &split.amount)?;
        let amount = self.context.program.header.rounding.to_places(&amount, split.places);
        let mut weights: BTreeMap<Value, Rational> = BTreeMap::new();
        for (interval, keys) in self.rows_in(&split.rows, group)? {
            let whose = keys.get(split.key).cloned().ok_or_else(|| internal("no such key"))?;
            let weight = number(&Scope::group(self, &group.other(keys, interval)), &split.weight)?;
            let known = weights.entry(whose).or_insert_with(Rational::zero);
            *known = &*known + &weight;
        }
        let whose = match split.of {
            None => Value::Text(self.context.account.clone()),
            Some(key) => group.keys.get(key).cloned().ok_or_else(|| internal("no such key"))?,
        };
        let mut parts = parts(&amount, &weights, split.places)?;
        Ok(Value::Number(parts.remove(&whose).unwrap_or_else(Rational::zero)))
    }
}

/// The parts of an amount, in proportion to the weights, each a whole number of the currency's last place. Each is
/// rounded down, and what is left goes to those that lost most, one unit each; what is given back mirrors what is due.
fn parts(amount: &Rational, weights: &BTreeMap<Value, Rational>, places: u32) -> Outcome<BTreeMap<Value, Rational>> {
    if amount.is_negative() {
        let mirrored = parts(&-amount, weights, places)?;
        return Ok(mirrored.into_iter().map(|(key, part)| (key, -&part)).collect());
    }
    let total = weights.values().fold(Rational::zero(), |total, weight| &total + weight);
    let scale = Rational::power_of_ten(places);
    let units = amount * &scale;
    let mut shares: Vec<(&Value, Rational, Rational)> = Vec::new();
    for (key, weight) in weights {
        let exact = match (&units * weight).checked_div(&total) {
            Some(exact) => exact,
            None if units.is_zero() => Rational::zero(),
            None => return Err(Missing("what an amount is shared out by comes to nothing".to_owned())),
        };
        let whole = Rational::from(Rounding::Floor.to_integer(&exact));
        let rest = &exact - &whole;
        shares.push((key, whole, rest));
    }
    if shares.is_empty() && !units.is_zero() {
        return Err(Missing("nobody is there among whom an amount could be shared out".to_owned()));
    }
    shares.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(b.0)));
    let given = shares.iter().fold(Rational::zero(), |given, (_, whole, _)| &given + whole);
    let mut left = &units - &given;
    let mut found = BTreeMap::new();
    for (key, mut whole, _) in shares {
        if left.is_positive() {
            whole = &whole + &Rational::one();
            left = &left - &Rational::one();
        }
        let part = whole.checked_div(&scale).ok_or_else(|| internal("a currency without units"))?;
        found.insert(key.clone(), part);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(amount: &str, weights: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let number = |text: &str| Rational::parse(text).expect("a number");
        let weights = weights.iter().map(|(key, weight)| (Value::Text((*key).into()), number(weight))).collect();
        let parts = parts(&number(amount), &weights, 2).map_err(|missing| missing.0)?;
        Ok(parts.into_values().map(|part| part.to_string()).collect())
    }

    #[test]
    fn parts_add_up_to_the_last_cent() {
        let thirds = [("a", "1"), ("b", "1"), ("c", "1")];
        assert_eq!(shared("100", &thirds), Ok(vec!["33.34".into(), "33.33".into(), "33.33".into()]));
        assert_eq!(shared("-100", &thirds), Ok(vec!["-33.34".into(), "-33.33".into(), "-33.33".into()]));
        assert_eq!(shared("0.01", &[("a", "1"), ("b", "2")]), Ok(vec!["0".into(), "0.01".into()]));
        assert_eq!(shared("10", &[("a", "-1"), ("b", "5")]), Ok(vec!["-2.5".into(), "12.5".into()]));
    }

    #[test]
    fn nothing_is_shared_out_by_nothing() {
        assert_eq!(shared("0", &[("a", "0")]), Ok(vec!["0".into()]));
        assert!(shared("1", &[("a", "0")]).is_err());
        assert!(shared("1", &[]).is_err());
    }
}
