//! The children of a pair, without the punctuation.

use florin_grammar::Rule;
use pest::iterators;

pub(super) type Pair<'i> = iterators::Pair<'i, Rule>;
pub(super) type Pairs<'i> = iterators::Pairs<'i, Rule>;

/// What a pair is made of. Parts are asked for by their rule, in any order, so that optional ones need no care.
pub(super) struct Parts<'i>(Vec<Pair<'i>>);

impl<'i> Parts<'i> {
    /// The children of `pair`.
    pub(super) fn of(pair: Pair<'i>) -> Parts<'i> {
        Parts(pair.into_inner().filter(|inner| !is_mark(inner.as_rule())).collect())
    }

    /// Takes the first child of this rule out.
    pub(super) fn take(&mut self, rule: Rule) -> Option<Pair<'i>> {
        let index = self.0.iter().position(|pair| pair.as_rule() == rule)?;
        Some(self.0.remove(index))
    }

    /// Takes the first child out, whatever it is.
    pub(super) fn first(&mut self) -> Option<Pair<'i>> {
        (!self.0.is_empty()).then(|| self.0.remove(0))
    }

    /// Whether there is a child of this rule.
    pub(super) fn has(&self, rule: Rule) -> bool {
        self.0.iter().any(|pair| pair.as_rule() == rule)
    }

    /// Takes all children of this rule out.
    pub(super) fn all(&mut self, rule: Rule) -> Vec<Pair<'i>> {
        let (taken, left) = std::mem::take(&mut self.0).into_iter().partition(|pair| pair.as_rule() == rule);
        self.0 = left;
        taken
    }

    /// What is left, without the words of the language.
    pub(super) fn rest(self) -> Vec<Pair<'i>> {
        self.0
    }
}

/// Line ends and punctuation.
fn is_mark(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::line_end
            | Rule::semicolon
            | Rule::colon
            | Rule::equals
            | Rule::comma_sign
            | Rule::dots
            | Rule::open_brace
            | Rule::close_brace
            | Rule::open_paren
            | Rule::close_paren
            | Rule::open_bracket
            | Rule::close_bracket
            | Rule::bar
            | Rule::EOI
    )
}
