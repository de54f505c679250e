//! The charges of a book.

use super::Draft;
use crate::import::slot::Slot;
use std::collections::BTreeSet;

impl Draft {
    /// All charges, and what is free.
    pub(super) fn charges(&self, used: &BTreeSet<Slot>) -> Vec<String> {
        let mut charges = vec![self.token_charge(Slot::Input, used), self.token_charge(Slot::Output, used)];
        let by = self.names.join(", ");
        if !self.requests.is_empty() {
            charges.push(format!(
                "charge requests \"Requests\" by {by} from inference where request_price[{by}] > $0 per request {{\n  \
                 quantity count() * 1 request\n  price    request_price[{by}]\n}}\n"
            ));
        }
        let (keys, each) = if self.has_sizes() { (format!("{by}, size"), " for each size") } else { (by.clone(), "") };
        charges.push(format!(
            "charge searches \"Searches\" by {by} from inference where searches > 0 searches{each} {{\n  quantity \
             sum(searches)\n  price    search_price[{keys}]\n}}\n"
        ));
        if !self.queries.is_empty() {
            charges.push(format!(
                "charge queries \"Queries\" by {by} from inference where queries > 0 queries {{\n  quantity \
                 sum(queries)\n  price    query_price[{by}]\n}}\n"
            ));
        }
        charges.push(self.free());
        charges
    }

    fn token_charge(&self, whole: Slot, used: &BTreeSet<Slot>) -> String {
        let (name, label, by) = (whole.name(), whole.label(), self.names.join(", "));
        let conditions = self.conditions();
        let each = if conditions.is_empty() { String::new() } else { format!(" for each {}", conditions.join(", ")) };
        let head = format!("charge {name} \"{label}\" by {by} from inference where {name} > 0 tokens{each}");
        let slots = || used.iter().filter(|slot| slot.is_output() == whole.is_output());
        if slots().count() == 1 {
            return format!("{head} {{\n  quantity sum({name})\n  price    {}\n}}\n", self.price_of(whole, used));
        }
        let part = |slot: &Slot| {
            let (name, label, quantity) = (slot.name(), slot.label(), slot.quantity(used));
            let price = self.price_of(*slot, used);
            format!("  part {name} \"{label}\" {{\n    quantity sum({quantity})\n    price    {price}\n  }}\n")
        };
        format!("{head} {{\n{}}}\n", slots().map(part).collect::<String>())
    }

    fn price_of(&self, slot: Slot, used: &BTreeSet<Slot>) -> String {
        let keys = self.keys().join(", ");
        let table = |slot: &Slot| if slot.is_media() { "media_price" } else { "price" };
        // A table with one column of values is looked up without its name.
        let alone = |slot: &Slot| used.iter().filter(|other| other.is_media() == slot.is_media()).count() == 1;
        let column = |slot: &Slot| if alone(slot) { String::new() } else { format!(".{}", slot.name()) };
        let looked_up = |slot: &Slot| format!("{}[{keys}]{}", table(slot), column(slot));
        let chain = [slot].into_iter().chain(slot.fallbacks().iter().copied().filter(|other| used.contains(other)));
        chain.map(|slot| looked_up(&slot)).collect::<Vec<_>>().join("\n             otherwise ")
    }

    fn free(&self) -> String {
        let mut nothing = vec!["input == 0 tokens", "output == 0 tokens", "searches == 0 searches"];
        nothing.extend((!self.queries.is_empty()).then_some("queries == 0 queries"));
        format!("// Who used nothing pays nothing.\nfree inference where {}\n", nothing.join(" and "))
    }
}
