//! `pooled over account`: accounts that count as one, those of one payer or those that share a fact.

use super::Checker;
use super::scope::{Certain, Group, Place};
use super::sharing::ACCOUNT;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{self, Path, Per1};
use crate::typed::{AggregateFunction, Meter};

pub(super) const POOLED: &str = "florin::accounts::pooled";

impl Checker<'_> {
    /// A meter over all accounts of a pool.
    pub(super) fn pooled_meter(&mut self, written: &ast::Meter, over: &Path) -> Option<Meter> {
        let pools = self.may_pool(over, &written.keys)?;
        self.window_of_pool(written.window.as_ref(), over)?;
        if self.book.bill_to.is_some() {
            return self.meter(written);
        }
        self.see_each(&written.value);
        let before = std::mem::replace(&mut self.pooling, true);
        let checked = self.meter(written);
        self.pooling = before;
        checked.map(|meter| Meter { pools, ..meter })
    }

    /// Which keys are facts by which accounts are pooled, where nobody pays for others.
    pub(super) fn may_pool(&mut self, over: &Path, keys: &[ast::Key]) -> Option<Vec<(usize, usize)>> {
        if !matches!(over.names.as_slice(), [only] if &*only.text == ACCOUNT) {
            return self.fail(
                Diagnostic::error(POOLED, "only accounts are pooled")
                    .label(over.span, "not the account")
                    .help("write `pooled over account`; another key is dropped by an aggregate: `sum(used)`"),
            );
        }
        let is_account = |key: &&ast::Key| matches!(key.path.names.as_slice(), [only] if &*only.text == ACCOUNT);
        if let Some(key) = keys.iter().find(is_account) {
            return self.fail(
                Diagnostic::error(POOLED, "what is pooled over accounts has no value for each account")
                    .label(key.span, "a value for each account")
                    .label(over.span, "and one for all of them")
                    .help("leave one of the two out"),
            );
        }
        if self.book.bill_to.is_some() {
            return Some(Vec::new());
        }
        let mut found = Vec::new();
        for (at, key) in keys.iter().enumerate() {
            let [account, name] = key.path.names.as_slice() else { continue };
            let fact = self.schema.facts.iter().position(|fact| fact.name == name.text);
            if let (ACCOUNT, Some(fact)) = (&*account.text, fact) {
                self.may_pool_by(fact, key.span)?;
                found.push((at, fact));
            }
        }
        if !found.is_empty() {
            self.sharing.pools.extend(found.iter().map(|(_, fact)| *fact));
            return Some(found);
        }
        self.fail(
            Diagnostic::error(POOLED, "nothing says which accounts count as one")
                .label(over.span, "with which others?")
                .help(
                    "count by a fact that they share, `by account.group pooled over account`; or let one account pay for \
                     others: `bill to account.parent`",
                ),
        )
    }

    /// Accounts of which nothing is known are in no pool.
    fn may_pool_by(&mut self, fact: usize, key: Span) -> Option<()> {
        let fact = self.schema.facts.get(fact)?.clone();
        self.usable(fact.span)?;
        if fact.default.is_none() {
            return Some(());
        }
        self.fail(
            Diagnostic::error(POOLED, "accounts of which nothing is known would all count as one")
                .label(key, "pooled by this")
                .label(fact.span, "what it is if nothing is known")
                .help(format!("leave out what `{}` is if nothing is known", fact.name)),
        )
    }

    /// The windows of a pool are the same for all of its accounts.
    pub(super) fn window_of_pool(&mut self, window: Option<&Per1>, over: &Path) -> Option<()> {
        let window = self.header_window(window)?;
        if window.anchor.is_none() || self.book.bill_to.is_some() {
            return Some(());
        }
        self.fail(
            Diagnostic::error(POOLED, "accounts that count as one have the same windows")
                .label(over.span, "all of these together")
                .help(format!("each account has its own `{}`; choose a window such as `per month`", window.name)),
        )
    }

    /// A mean of windows, of what is pooled: whose first window is meant?
    pub(super) fn ends_with_the_pool(
        &mut self,
        function: &AggregateFunction,
        narrower: bool,
        span: Span,
    ) -> Option<()> {
        let is_mean = matches!(function, AggregateFunction::Average | AggregateFunction::Percentile(_));
        if self.pooling && narrower && is_mean {
            self.not_yet("an average over the windows of a pool", span);
            return None;
        }
        Some(())
    }

    /// How the meter is seen from here: where accounts are pooled, with a value for each of them.
    pub(super) fn as_seen(&self, meter: usize) -> usize {
        let twin = self.twins.get(&meter).filter(|_| self.pooling);
        twin.copied().unwrap_or(meter)
    }

    /// Sees to it that the meters that are named in what is pooled have a value for each account.
    pub(super) fn see_each(&mut self, written: &ast::Expr) {
        let Some(header) = self.header.as_ref() else { return };
        let anywhere = Group {
            what: String::new(),
            name: written.span,
            keys: Vec::new(),
            window: header.period.clone(),
            from: None,
            place: Place::Quantity,
            certain: Certain::Nothing,
        };
        let before = std::mem::replace(&mut self.pooling, false);
        for meter in self.meters_named(written, &anywhere) {
            self.twin(meter);
        }
        self.pooling = before;
    }

    /// A meter that stays with each account, once more with the account as a key.
    fn twin(&mut self, meter: usize) {
        let book = self.book;
        let Some(written) = book.meters.get(meter).filter(|meter| meter.pooled.is_none()) else { return };
        if book.bill_to.is_some() || self.twins.contains_key(&meter) {
            return;
        }
        self.see_each(&written.value);
        let at = self.meters.len();
        self.meters.push(None);
        self.twins.insert(meter, at);
        let before = std::mem::replace(&mut self.pooling, true);
        let checked = self.meter(written);
        self.pooling = before;
        self.know_meter(at, checked);
    }
}
