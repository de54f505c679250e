//! What a bill adds up to.

use super::Explanation;
use crate::bill::{Bill, Line};
use crate::ir::text::money;

pub(super) fn explain(bill: &Bill) -> Explanation {
    let line = |line: &Line| {
        Explanation::new(format!("{} ({}): {}", line.label, line.id, money(&bill.currency, &line.amount)))
    };
    let mut steps: Vec<Explanation> = bill.lines.iter().map(line).collect();
    let missing = bill.withheld.iter();
    steps.extend(
        missing.map(|one| Explanation::new(format!("{} ({}) has no price: {}", one.label, one.id, one.missing))),
    );
    let total = match &bill.total {
        Some(total) if bill.lines.is_empty() => format!("{}, for it has no lines", money(&bill.currency, total)),
        Some(total) => format!("{}, the sum of its rounded lines", money(&bill.currency, total)),
        None => "withheld, for not every line has a price".to_owned(),
    };
    Explanation::new(format!("Total for {}: {total}", bill.period.name)).of(steps)
}
