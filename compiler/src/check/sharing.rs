//! Accounts that belong together: who pays for whom, and whose facts are asked for then.

use super::scope::{Grain, Group, Scope};
use super::{Checker, names, words};
use crate::diagnostic::Diagnostic;
use crate::model::{Symbol, Type};
use crate::source::Span;
use crate::syntax::ast::{self, Name, Path};
use crate::typed::{Expr, ExprKind, Whose};

pub(super) const BILL_TO: &str = "florin::accounts::bill_to";
pub(super) const WHOSE: &str = "florin::accounts::whose";

/// The key that says whose usage it is, and how its facts are asked for.
pub(super) const ACCOUNT: &str = "account";
/// Who pays.
const PAYER: &str = "payer";

impl Checker<'_> {
    /// `bill to account.parent`
    pub(super) fn bill_to(&mut self) {
        let Some(path) = &self.book.bill_to else { return };
        self.sharing.bill_to = self.paying_fact(path);
    }

    fn paying_fact(&mut self, path: &Path) -> Option<usize> {
        let name = match path.names.as_slice() {
            [account, name] if &*account.text == ACCOUNT => name,
            _ => {
                return self.fail(
                    Diagnostic::error(BILL_TO, "who pays for an account is a fact of the account")
                        .label(path.span, "not a fact of the account")
                        .help("write `bill to account.parent`, and say in `account { parent : account optional }` what it is"),
                );
            }
        };
        let Some(at) = self.schema.facts.iter().position(|fact| fact.name == name.text) else {
            let known: Vec<&str> = self.schema.facts.iter().map(|fact| &*fact.name).collect();
            let help = match words::nearest(&name.text, known.iter().copied()) {
                Some(nearest) => format!("did you mean `account.{nearest}`?"),
                None => format!("say it: `account {{ {} : account optional }}`", name.text),
            };
            return self.fail(
                Diagnostic::error(names::UNKNOWN, format!("nothing says that an account has `{}`", name.text))
                    .label(name.span, "not a fact of the account")
                    .help(help),
            );
        };
        let fact = self.schema.facts.get(at)?.clone();
        self.usable(fact.span)?;
        if fact.ty == Type::Text {
            return Some(at);
        }
        let is = self.type_words(&fact.ty, fact.unit.as_ref());
        self.fail(
            Diagnostic::error(BILL_TO, "who pays for an account is another account")
                .label(path.span, format!("this is {is}"))
                .label(fact.span, "declared here")
                .help(format!("let the fact be an account: `{} : account optional`", fact.name)),
        )
    }

    /// Whether the values of several accounts may stand side by side in a group.
    pub(super) fn has_several(&self) -> bool {
        self.pooling || self.book.bill_to.is_some()
    }

    /// `payer.edition`
    pub(super) fn payer_fact(&mut self, path: &Path) -> Option<Expr> {
        let [payer, rest @ ..] = path.names.as_slice() else { return None };
        if self.book.bill_to.is_some() {
            return self.fact(path, rest, Whose::Payer);
        }
        let fact = rest.first().map_or("edition", |name| &*name.text).to_owned();
        self.fail(
            Diagnostic::error(names::UNKNOWN, "in this book every account pays for itself")
                .label(payer.span, "nobody else pays")
                .help(format!("write `account.{fact}`; or say who pays for an account: `bill to account.parent`")),
        )
    }

    /// Whether a path asks for a fact of the one who pays.
    pub(super) fn is_of_payer(&self, path: &Path) -> bool {
        let [first, _, ..] = path.names.as_slice() else { return false };
        &*first.text == PAYER && !self.book.names.contains_key(&first.text)
    }

    /// `account.edition`: of the record's own account, of the one that a key names, or of the only one that there is.
    pub(super) fn account_fact(&mut self, path: &Path, rest: &[Name], scope: &Scope) -> Option<Expr> {
        let whose = match &scope.grain {
            Grain::Group(group) if self.has_several() => match self.account_key(group) {
                Some(key) => Whose::Key(key),
                None => return self.whose(path, rest, &group.clone()),
            },
            Grain::Group(_) | Grain::Record { .. } => Whose::Own,
        };
        self.fact(path, rest, whose)
    }

    /// The account of a group: the one that a key names, or the only one that there is.
    pub(super) fn account_in_group(&mut self, path: &Path, group: &Group) -> Option<Option<Expr>> {
        if self.account_key(group).is_some() {
            return None;
        }
        if !self.has_several() {
            let span = path.span;
            return Some(Some(names::part(ExprKind::Account, Type::Text, span)));
        }
        Some(self.whose(path, &[], &group.clone()))
    }

    fn account_key(&self, group: &Group) -> Option<usize> {
        group.keys.iter().position(|key| *key.name == *ACCOUNT)
    }

    /// Several accounts stand side by side, and nothing says which of them is meant.
    fn whose<T>(&mut self, path: &Path, rest: &[Name], group: &Group) -> Option<T> {
        let written = self.sources.text(path.span).to_owned();
        let mut diagnostic = Diagnostic::error(
            WHOSE,
            format!("several accounts come together here, and `{written}` does not say of which"),
        )
        .label(path.span, "of which account?");
        if let Some(bill_to) = &self.book.bill_to {
            diagnostic = diagnostic.label(bill_to.span, "whose usage is billed together");
        }
        let apart = format!("let {} have a value for each, with `by account`", group.what);
        let help = match rest {
            [name] if self.pooling => format!("let it be a key where records are counted: `by account.{}`", name.text),
            [name] => format!("ask the one that pays, `payer.{}`; or {apart}", name.text),
            _ => apart,
        };
        self.fail(diagnostic.label(group.name, format!("{} has one value for all of them", group.what)).help(help))
    }

    /// Keys with the account behind them, where values of several accounts stand side by side: meters, folds and spans
    /// stay with the record's own.
    pub(super) fn with_account(&self, written: &[ast::Key], name: Span) -> Vec<ast::Key> {
        let is_account = |key: &ast::Key| matches!(key.path.names.as_slice(), [only] if &*only.text == ACCOUNT);
        let mut keys = written.to_vec();
        if (self.has_several() || self.book.pools()) && !keys.iter().any(is_account) {
            let only = Name { text: Symbol::from(ACCOUNT), span: name };
            let path = Path { names: vec![only], span: name };
            keys.push(ast::Key { path, rename: None, span: name });
        }
        keys
    }

    /// A key that is a fact, of what is made of meters: each account has its own.
    pub(super) fn fact_of_several<T>(&mut self, written: &ast::Key, value: &Expr) -> Option<T> {
        let name = self.sources.text(value.span).to_owned();
        let fact = written.path.names.last().map_or("region", |name| &*name.text).to_owned();
        let mut diagnostic =
            Diagnostic::error(WHOSE, format!("`{name}` may differ among the accounts that come together here"))
                .label(written.span, "of which account?");
        if let Some(bill_to) = &self.book.bill_to {
            diagnostic = diagnostic.label(bill_to.span, "whose usage is billed together");
        }
        let help = match value.kind {
            ExprKind::Account => {
                "count by it where records are counted: `meter NAME by account = .. from KIND`".to_owned()
            }
            _ => format!(
                "count by it where records are counted, `meter NAME by {name} = .. from KIND`; or ask the one that \
                 pays: `payer.{fact}`"
            ),
        };
        self.fail(diagnostic.help(help))
    }

    /// Whether a key of what is made of meters is a fact of one of several accounts.
    pub(super) fn is_of_several(&self, value: &Expr) -> bool {
        let own = match value.kind {
            ExprKind::Account => !self.in_fee,
            ExprKind::Fact { whose, .. } => whose == Whose::Own,
            _ => false,
        };
        own && self.has_several()
    }
}
