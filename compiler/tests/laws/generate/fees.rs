//! Fees, which are due without usage, and plans.

use super::Book;
use super::charges::Priced;
use super::scope::Ty;
use crate::choices::Choices;
use florin_compiler::model::{Step, Window};

impl Book {
    pub(super) fn declare_fee(&mut self, choices: &Choices) {
        let every = self.fee_window(choices);
        let scope = self.group_scope(&[]);
        let priced = Priced { limits: scope.clone(), scope, by_tier: false, line: Some(self.period.clone()) };
        let name = if every == self.period { "period" } else { &*every.name };
        let due = format!(" every {name}{}", if choices.chance(50) { " in advance" } else { "" });
        let mut clauses = match choices.chance(50) {
            true => vec![format!("price ({}){due}", self.expr(choices, &priced.scope, Ty::Money, 2))],
            false => {
                let ty = if choices.chance(50) { Ty::Count } else { self.field_type(choices) };
                let ty = if matches!(ty, Ty::Of(_)) { ty } else { Ty::Count };
                let mut clauses = vec![format!("quantity {}", self.expr(choices, &priced.scope, ty, 1))];
                let dates = ["", " from 2026-02-10", " from 2026-03-29T01:00:00Z"];
                for since in dates.iter().take(choices.between(1, 3)) {
                    clauses.push(format!("price ({}){due}{since}", self.rate(choices, ty, &priced, 1)));
                }
                clauses
            }
        };
        if choices.chance(50) {
            let units: &[&str] =
                if every.step == Step::Hour { &["second", "minute"] } else { &["day", "second", "hour"] };
            clauses.push(format!("prorated by {}", choices.pick(units)));
        }
        clauses.extend(self.limit(choices, &priced, 20, true));
        if choices.chance(15) {
            clauses.push("unless zero".to_owned());
        }
        let name = self.name("fee");
        self.text.push(format!("fee {name} \"Fee\" {{\n  {}\n}}", clauses.join("\n  ")));
        self.charges.push(name);
    }

    /// A plan that an account is on by default, perhaps from some day on, with charges and fees of its own.
    pub(super) fn declare_plan(&mut self, choices: &Choices) {
        let start = self.facts.iter().find(|fact| fact.name == "start");
        let condition = match start {
            Some(fact) if !fact.optional && choices.chance(70) => {
                let day = choices.pick(&["2025-11-01", "2026-02-15", "2026-03-29"]);
                format!("account.start >= {day}")
            }
            _ => choices.pick(&["1 < 2", "1 < 2", "2 < 1"]).to_string(),
        };
        let before = self.text.len();
        self.declare_charge_of_records(choices);
        if choices.chance(50) {
            self.declare_fee(choices);
        }
        let inside = self.text.split_off(before).join("\n");
        let name = self.name("plan");
        self.text.push(format!("plan {name} \"Plan\" for {condition} {{\n{inside}\n}}"));
    }

    /// Any window that ends and is not too short; it need not fit the period.
    fn fee_window(&self, choices: &Choices) -> Window {
        let window = self.window(choices);
        let fits = !window.from_first_use && !matches!(window.step, Step::Minute | Step::Second | Step::Forever);
        if fits { window } else { self.period.clone() }
    }
}
