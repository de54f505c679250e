//! Long chains of conditions as trees of decisions.
//!
//! A chain of rules asks the same few columns for equality again and again. Where its conditions always have a value,
//! the order in which they are asked does not matter, only which one comes first among those that are true. So the
//! column that most rules ask for is asked once, and behind each of its values stand only the rules that are left.

use super::Planner;
use crate::jit::graph::{Form, Id, Node};
use crate::typed::Comparison;

/// Shorter chains stay as they are, and longer ones too, which no one writes by hand.
const LENGTHS: std::ops::RangeInclusive<usize> = 4..=100;
/// So many rules must ask for a column.
const LEAST_ASKED: usize = 3;
/// A rule that does not ask for the column stands behind each of its values: in all, this many times as many rules.
const MOST_GROWTH: usize = 2;
/// What rules choose is written at each place where they are left, so it must weigh little.
const LIGHT: u32 = 3;

/// A case of a choice: all conditions must hold.
#[derive(Clone)]
struct Rule {
    conditions: Vec<Id>,
    value: Id,
}

impl Planner<'_> {
    /// The value of the first case whose condition is true.
    pub(super) fn decided(&mut self, cases: Vec<(Id, Id)>, otherwise: Id) -> Id {
        let always_known = |id: Id| !self.graph.facts(id).fails && !self.graph.facts(id).optional;
        let is_light = |id: Id| self.graph.facts(id).weight <= LIGHT;
        let fits = cases.iter().all(|(condition, value)| always_known(*condition) && is_light(*value));
        if !LENGTHS.contains(&cases.len()) || !fits || !is_light(otherwise) {
            return self.graph.add(Node::Choose(cases, otherwise));
        }
        let rule = |(condition, value): &(Id, Id)| Rule { conditions: self.conditions(*condition), value: *value };
        let rules = cases.iter().map(rule).collect();
        self.tree(rules, otherwise)
    }

    /// The conditions that must all hold for one to hold.
    fn conditions(&self, id: Id) -> Vec<Id> {
        match self.graph.node(id) {
            Node::And(a, b) => [self.conditions(*a), self.conditions(*b)].concat(),
            _ => vec![id],
        }
    }

    fn tree(&mut self, rules: Vec<Rule>, otherwise: Id) -> Id {
        let Some((column, codes)) = self.most_asked(&rules) else { return self.chain(rules, otherwise) };
        let mut cases = Vec::new();
        for code in codes {
            let left = rules.iter().filter_map(|rule| self.left(rule, column, Some(code))).collect();
            let constant = self.graph.add(Node::Code(code));
            let condition = self.graph.add(Node::Compare(Comparison::Equal, column, constant));
            cases.push((condition, self.tree(left, otherwise)));
        }
        let left = rules.iter().filter_map(|rule| self.left(rule, column, None)).collect();
        let last = self.tree(left, otherwise);
        self.graph.add(Node::Choose(cases, last))
    }

    /// The column that most rules ask for equality, and for which codes; none where it is not worth while.
    fn most_asked(&self, rules: &[Rule]) -> Option<(Id, Vec<i64>)> {
        let asked = |rule: &Rule| rule.conditions.iter().filter_map(|id| self.equality(*id)).collect::<Vec<_>>();
        let all: Vec<(Id, i64)> = rules.iter().flat_map(asked).collect();
        let count = |column: Id| all.iter().filter(|(other, _)| *other == column).count();
        let column =
            all.iter().map(|(column, _)| *column).max_by_key(|column| (count(*column), usize::MAX - column.0))?;
        let mut codes: Vec<i64> = Vec::new();
        for (_, code) in all.iter().filter(|(other, _)| *other == column) {
            if !codes.contains(code) {
                codes.push(*code);
            }
        }
        let left = |code: Option<i64>| rules.iter().filter(|rule| self.left(rule, column, code).is_some()).count();
        let grown: usize = codes.iter().map(|code| left(Some(*code))).sum::<usize>() + left(None);
        (count(column) >= LEAST_ASKED && grown <= MOST_GROWTH * rules.len()).then_some((column, codes))
    }

    /// The column and the code that a condition compares for equality.
    fn equality(&self, id: Id) -> Option<(Id, i64)> {
        let Node::Compare(Comparison::Equal, a, b) = *self.graph.node(id) else { return None };
        let pair = |column: Id, code: Id| match (self.graph.node(column), self.graph.node(code)) {
            (Node::Column(_), Node::Code(code)) if self.graph.facts(column).form == Form::Code => Some((column, *code)),
            _ => None,
        };
        pair(a, b).or_else(|| pair(b, a))
    }

    /// What is left of a rule where a column has a code, or none of those that rules ask for; none where it can not
    /// hold.
    fn left(&self, rule: &Rule, column: Id, code: Option<i64>) -> Option<Rule> {
        let mut conditions = Vec::new();
        for condition in &rule.conditions {
            match self.equality(*condition) {
                Some((other, asked)) if other == column => {
                    if code != Some(asked) {
                        return None;
                    }
                }
                _ => conditions.push(*condition),
            }
        }
        Some(Rule { conditions, value: rule.value })
    }

    fn chain(&mut self, rules: Vec<Rule>, otherwise: Id) -> Id {
        let mut cases = Vec::new();
        for rule in rules {
            let all = rule.conditions.into_iter().reduce(|a, b| self.graph.add(Node::And(a, b)));
            match all {
                Some(condition) => cases.push((condition, rule.value)),
                // It holds always: what stands behind it is never reached.
                None => return self.chosen_first(cases, rule.value),
            }
        }
        self.chosen_first(cases, otherwise)
    }

    fn chosen_first(&mut self, cases: Vec<(Id, Id)>, otherwise: Id) -> Id {
        if cases.is_empty() { otherwise } else { self.graph.add(Node::Choose(cases, otherwise)) }
    }
}
