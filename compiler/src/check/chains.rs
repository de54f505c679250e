//! How far lets and meters may be made of each other, one behind the other: the passes and the evaluator follow them by
//! calls.

use super::Checker;
use super::names::TOO_LARGE;
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::Name;
use crate::typed::{Expr, ExprKind, Over};

/// The most lets, meters or defines that may stand behind one another. Books that we know stay below ten.
pub(super) const MAX_CHAIN: usize = 200;

/// How many stand behind each let, by its kind, and behind each meter, itself among them.
#[derive(Debug, Default)]
pub(super) struct Chains {
    pub lets: Vec<Vec<usize>>,
    pub meters: Vec<usize>,
}

impl Checker<'_> {
    /// How many stand behind a value whose lets are those of a kind.
    pub(super) fn chain(&self, value: &Expr, kind: Option<usize>) -> usize {
        let meter = |at: &usize| self.chains.meters.get(*at).copied().unwrap_or(0);
        let own = match &value.kind {
            ExprKind::Meter { meter: at, .. } => meter(at),
            ExprKind::Let(at) => kind.and_then(|kind| self.chains.lets.get(kind)?.get(*at)).copied().unwrap_or(0),
            ExprKind::Aggregate(aggregate) => match &aggregate.over {
                Over::Rows(rows) => rows.meters.iter().map(meter).max().unwrap_or(0),
                Over::Records | Over::List { .. } => 0,
            },
            _ => 0,
        };
        value.children().into_iter().map(|child| self.chain(child, kind)).fold(own, usize::max)
    }

    /// Whether so many may stand behind one another; else it is reported.
    pub(super) fn short_enough(&mut self, chain: usize, name: &Name) -> Option<()> {
        if chain <= MAX_CHAIN {
            return Some(());
        }
        self.fail(
            Diagnostic::error(TOO_LARGE, format!("`{}` is made of too many others, one behind the other", name.text))
                .label(name.span, format!("more than {MAX_CHAIN}"))
                .help("compute it in fewer steps"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::compile;
    use crate::source::NoFiles;

    /// A book of so many lets, and of so many meters, one behind the other.
    fn codes(count: usize) -> Vec<&'static str> {
        let lets: String = (1..count).map(|at| format!("let l{at} = l{} + 1\n", at - 1)).collect();
        let meters: String = (1..count).map(|at| format!("meter m{at} = m{} + 1\n", at - 1)).collect();
        let last = count - 1;
        let book = format!(
            "pricebook a \"A\"\ncurrency USD \"$\"\nperiod month\nusage ev {{\nn : number\nlet l0 = n\n{lets}}}\n\
             meter m0 = sum(l{last}) from ev\n{meters}charge c \"C\" {{ quantity m{last}; price $1 each }}\n"
        );
        compile("book.florin", &book, &NoFiles).diagnostics.iter().map(|found| found.code).collect()
    }

    #[test]
    fn chains_are_as_long_as_the_limit() {
        assert_eq!(codes(MAX_CHAIN), [""; 0]);
        assert!(codes(MAX_CHAIN + 1).contains(&TOO_LARGE));
    }
}
