//! Discounts and overrides of charges.

use super::charges::Priced;
use super::scope::Ty;
use super::{Book, Sold};
use crate::choices::Choices;

impl Book {
    pub(super) fn declare_discounts(&mut self, choices: &Choices) {
        for charge in self.sold.clone() {
            if choices.chance(15) {
                self.declare_discount(choices, &charge, false);
            }
            if choices.chance(10) {
                self.declare_discount(choices, &charge, true);
            }
            if choices.chance(15) {
                self.declare_override(choices, &charge);
            }
        }
    }

    fn declare_discount(&mut self, choices: &Choices, charge: &Sold, is_conditional: bool) {
        let scope = self.group_scope(&charge.keys[..charge.line_keys]);
        let share = match choices.chance(60) {
            true => (*choices.pick(&["10%", "100%", "0%", "33.3%"])).to_owned(),
            false => format!("clamp({}, 0%, 100%)", self.expr(choices, &scope, Ty::Count, 1)),
        };
        let condition = match is_conditional {
            true => format!(" where {}", self.condition(choices, &scope, 1)),
            false => String::new(),
        };
        let name = self.name("discount");
        self.text.push(format!(
            "discount {name} \"Label of {name}\" {{ takes {share} off; covers {}{condition} }}",
            charge.name
        ));
    }

    fn declare_override(&mut self, choices: &Choices, charge: &Sold) {
        let Some(ty @ (Ty::Count | Ty::Of(_))) = charge.ty else { return };
        let head = format!("charge {} ", charge.name);
        let by_tier = |text: &String| text.contains(&head) && text.contains("tier");
        if self.text.iter().any(by_tier) {
            return;
        }
        let scope = self.group_scope(&charge.keys);
        let priced = Priced { scope: scope.clone(), limits: scope.clone(), by_tier: false, line: None };
        let condition = match choices.chance(60) {
            true => format!(" where {}", self.condition(choices, &scope, 1)),
            false => String::new(),
        };
        let price = self.rate(choices, ty, &priced, 1);
        self.text.push(format!("override {} \"Another price\"{condition} {{ price {price} }}", charge.name));
    }
}
