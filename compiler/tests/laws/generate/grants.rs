//! Grants over charges: in the unit that a charge counts, in money, at a price of their own.

use super::scope::Ty;
use super::{Book, Sold};
use crate::choices::Choices;

/// How a grant covers its charge.
#[derive(Clone, Copy, PartialEq)]
enum How {
    Units,
    Pays,
    OwnPrice,
}

impl Book {
    pub(super) fn declare_grants(&mut self, choices: &Choices) {
        // Those that went into a plan are not covered yet.
        let stands = |sold: &Sold| self.text.iter().any(|text| text.starts_with(&format!("charge {} ", sold.name)));
        self.sold = self.sold.iter().filter(|sold| stands(sold)).cloned().collect();
        if self.sold.is_empty() || !choices.chance(40) {
            return;
        }
        for at in 0..choices.between(1, 3) {
            self.declare_grant(choices, at);
        }
    }

    fn declare_grant(&mut self, choices: &Choices, at: usize) {
        let charge = choices.pick(&self.sold).clone();
        let how = match charge.ty {
            Some(Ty::Count | Ty::Of(_)) => *choices.pick(&[How::Units, How::Units, How::Pays, How::OwnPrice]),
            _ => How::Pays,
        };
        let mut clauses = Vec::new();
        let (by, keys) = self.balance_keys(choices, &charge, how);
        let sorted = how == How::OwnPrice && charge.is_plain && choices.chance(40);
        match choices.below(if sorted || keys { 4 } else { 8 }) {
            0..=2 => {
                let windows: &[&str] = match sorted {
                    true => &["day", "week", "month"],
                    false => &["day", "month", "week", "quarter", "5 days from first use", "36 hours from first use"],
                };
                clauses.push(format!("gives {} every {}", self.amount(choices, &charge, how), choices.pick(windows)));
            }
            3 if sorted => clauses.push(format!("gives {} every day", self.amount(choices, &charge, how))),
            3 => clauses.push(format!("gives {} every month", self.amount(choices, &charge, how))),
            4 => clauses.push(format!("opening {}", self.amount(choices, &charge, how))),
            5 => {
                let time = choices.pick(&["2026-01-15", "2026-02-28T23:00:00Z", "2025-12-01"]);
                clauses.push(format!("gives {} once at {time}", self.amount(choices, &charge, how)));
            }
            _ => {
                let kind = choices.pick(&self.kinds).name.clone();
                clauses.push(format!("gives {} for each {kind}", self.amount(choices, &charge, how)));
            }
        }
        let recurs = clauses[0].contains(" every ") && !clauses[0].contains("first use");
        let at_price = match how {
            How::OwnPrice => format!(" at {}", self.own_price(choices, &charge)),
            How::Units | How::Pays => String::new(),
        };
        clauses.push(format!("covers {}{at_price}", charge.name));
        if sorted && recurs {
            let order = choices.pick(&["highest saving, then lowest rate", "lowest rate", "highest price"]);
            clauses.push(format!("order {order}"));
        }
        // What sorts its usage needs a priority of its own.
        if sorted || choices.chance(40) {
            clauses.push(format!("priority {}", at + 1));
        }
        match choices.below(6) {
            0 => clauses.push(format!("expires after {}", choices.pick(&["10 days", "2 months", "1 hour"]))),
            1 if recurs => clauses.push(format!("rolls over{}", choices.pick(&["", " up to 50%", " up to 100%"]))),
            _ => {}
        }
        match choices.below(6) {
            0 => {
                let price = if choices.chance(60) { format!(" for {}", self.money(choices)) } else { String::new() };
                let amount = self.amount(choices, &charge, how);
                let when = match choices.chance(50) {
                    true => "short".to_owned(),
                    false => format!("remaining < {}", self.amount(choices, &charge, how)),
                };
                clauses.push(format!("reload {amount}{price} when {when}"));
            }
            1 => clauses.push(format!("costs {}", self.money(choices))),
            2 => clauses.push(format!("costs {} every month in advance", self.money(choices))),
            _ => {}
        }
        if choices.chance(50) {
            clauses.push("off the bill".to_owned());
        }
        let name = self.name("grant");
        self.text.push(format!("grant {name}{by} {{\n  {}\n}}", clauses.join("\n  ")));
    }

    /// A balance for each of some keys.
    fn balance_keys(&self, choices: &Choices, charge: &Sold, how: How) -> (String, bool) {
        let count = if how == How::Pays { charge.line_keys } else { charge.keys.len() };
        if count == 0 || !choices.chance(30) {
            return (String::new(), false);
        }
        (format!(" by {}", choices.pick(&charge.keys[..count]).name), true)
    }

    fn amount(&self, choices: &Choices, charge: &Sold, how: How) -> String {
        let number = *choices.pick(&["10", "1", "0.75", "250", "3k"]);
        match (how, charge.ty) {
            (How::Units, Some(Ty::Of(of))) => format!("{number} {}", self.unit(choices, of)),
            (How::Units, _) => number.to_owned(),
            _ => self.money_of(choices, &["10", "1", "0.75", "250", "3k"]),
        }
    }

    fn own_price(&self, choices: &Choices, charge: &Sold) -> String {
        let money = self.money_of(choices, &["1", "0.02", "2.40", "7"]);
        match charge.ty {
            Some(Ty::Of(of)) => format!("{money} per {}", self.unit(choices, of)),
            _ => format!("{money} each"),
        }
    }
}
