//! What a rater has to find in generated data.

use crate::digits::decimal;
use std::collections::BTreeMap;

/// Sums over the records of a workload, each a count of its last decimal place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// How many records there are.
    pub records: u64,
    /// How many running totals there are at the end; zero where nothing runs.
    pub groups: u64,
    /// The decimal places of amounts.
    pub amount_places: u32,
    /// The sum of all amounts.
    pub amount: i128,
    /// The decimal places of quantities.
    pub quantity_places: u32,
    /// The sum of all quantities (of all three token counts, for W1).
    pub quantity: i128,
    /// The sum of the amounts of all accounts for each of the book's lines.
    pub lines: BTreeMap<String, i128>,
}

impl Expected {
    /// As JSON; amounts and quantities are texts, so that no reader makes floating point of them.
    #[must_use]
    pub fn to_json(&self) -> String {
        let lines = self.lines.iter();
        let lines: Vec<String> = lines
            .map(|(line, amount)| format!("    \"{line}\": \"{}\"", decimal(*amount, self.amount_places)))
            .collect();
        format!(
            "{{\n  \"records\": {},\n  \"groups\": {},\n  \"amount\": \"{}\",\n  \"quantity\": \"{}\",\n  \"lines\": {{\n{}\n  }}\n}}\n",
            self.records,
            self.groups,
            decimal(self.amount, self.amount_places),
            decimal(self.quantity, self.quantity_places),
            lines.join(",\n"),
        )
    }

    /// Whether an amount over a denominator is the sum of all amounts.
    #[must_use]
    pub fn is_amount(&self, integer: i128, denominator: i128) -> bool {
        let power = 10i128.checked_pow(self.amount_places);
        let ours = power.and_then(|power| integer.checked_mul(power));
        ours.is_some() && ours == self.amount.checked_mul(denominator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_texts() {
        let lines = BTreeMap::from([("a".to_owned(), 15)]);
        let expected = Expected { records: 2, amount_places: 1, amount: 15, quantity: 3, lines, ..Expected::default() };
        assert!(expected.to_json().contains("\"amount\": \"1.5\""));
        assert!(expected.to_json().contains("    \"a\": \"1.5\"\n"));
        assert!(expected.is_amount(3, 2));
        assert!(!expected.is_amount(3, 3));
    }
}
