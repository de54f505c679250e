//! Whose bills a record may change: its own account's, that of the one who pays for it, or those of all that its account
//! is pooled with.

use super::scope::{Context, Missing, Outcome, known};
use super::text;
use crate::ir::Program;
use crate::model::{Accounts, Facts, Interval, Record, Symbol, Value};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of accounts that belong together.
#[derive(Debug, Default)]
pub(super) struct Homes {
    /// The accounts that pay for others, at some time.
    payers: BTreeSet<Symbol>,
    /// The cluster of each account that is in one: the same number for all that pay for each other at some time, or that
    /// share a fact by which accounts are pooled, if only by way of others.
    clusters: BTreeMap<Symbol, usize>,
    /// The accounts of each cluster.
    members: Vec<BTreeSet<Symbol>>,
}

impl Homes {
    pub(super) fn of(program: &Program, accounts: &Accounts) -> Homes {
        let mut homes = Homes::default();
        let mut joined = Joined::default();
        match program.sharing.bill_to {
            Some(fact) => homes.join_payers(&mut joined, program, fact, accounts),
            None => join_pools(&mut joined, program, accounts),
        }
        homes.number(&joined);
        homes
    }

    /// Joins accounts to those that pay for them at some time.
    fn join_payers(&mut self, joined: &mut Joined, program: &Program, fact: usize, accounts: &Accounts) {
        for (account, facts) in accounts {
            for payer in values_of(program, facts, fact).iter().filter_map(text_of) {
                joined.join(Node::Account(account.clone()), Node::Account(payer.clone()));
                self.payers.insert(payer);
            }
        }
    }

    /// Numbers the clusters.
    fn number(&mut self, joined: &Joined) {
        let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
        for (account, root) in joined.accounts() {
            let next = numbers.len();
            let number = *numbers.entry(root).or_insert(next);
            self.clusters.insert(account.clone(), number);
            self.members.resize_with(numbers.len(), BTreeSet::new);
            self.members.get_mut(number).into_iter().for_each(|members| members.extend([account.clone()]));
        }
    }

    /// The cluster of an account, if it is in one with others.
    pub(super) fn cluster(&self, account: &str) -> Option<usize> {
        self.clusters.get(account).copied()
    }
}

/// Joins accounts that share a value of a fact at some time.
fn join_pools(joined: &mut Joined, program: &Program, accounts: &Accounts) {
    for (account, facts) in accounts {
        for fact in &program.sharing.pools {
            for value in values_of(program, facts, *fact) {
                joined.join(Node::Account(account.clone()), Node::Value(*fact, value));
            }
        }
    }
}

impl Context<'_> {
    /// Who pays for an account at a time; whoever pays for that one too, and so on.
    ///
    /// # Errors
    /// Where the account must say who pays for it and does not, and where accounts pay for each other in a circle.
    pub(super) fn payer(&self, account: &Symbol, time: Timestamp) -> Outcome<Symbol> {
        let Some(fact) = self.program.sharing.bill_to else { return Ok(account.clone()) };
        let mut passed: Vec<Symbol> = vec![account.clone()];
        loop {
            let last = passed.last().unwrap_or(account);
            match self.fact_of(last, fact, time) {
                Ok(Value::Text(payer)) if payer == *last => return Ok(payer),
                Ok(Value::Text(payer)) if passed.contains(&payer) => {
                    let around = passed.iter().chain([&payer]).map(|one| text::quoted(one)).collect::<Vec<_>>();
                    return Err(Missing(format!("accounts pay for each other in a circle: {}", around.join(", "))));
                }
                Ok(Value::Text(payer)) => passed.push(payer),
                // The last one of a chain has nobody who pays for it.
                Ok(_) => return Ok(last.clone()),
                Err(_) if passed.len() > 1 || self.homes.payers.contains(last) => return Ok(last.clone()),
                Err(missing) => return Err(missing),
            }
        }
    }

    /// The accounts whose bills a record may change.
    pub(super) fn homes_of(&self, record: &Record) -> Vec<Symbol> {
        let own = &record.account;
        if self.program.sharing.bill_to.is_some() {
            return vec![self.payer(own, record.time).unwrap_or_else(|_| own.clone())];
        }
        self.pooled_with(own)
    }

    /// The accounts that one is pooled with, itself too.
    pub(super) fn pooled_with(&self, account: &Symbol) -> Vec<Symbol> {
        match self.homes.cluster(account).and_then(|cluster| self.homes.members.get(cluster)) {
            Some(members) => members.iter().cloned().collect(),
            None => vec![account.clone()],
        }
    }

    /// Whether a record is of the account that is billed, or of one that it pays for.
    pub(super) fn is_billed(&self, record: &Record) -> bool {
        self.program.sharing.bill_to.is_some() || record.account == self.account
    }

    /// When the account pays for itself.
    pub(super) fn pays_for_itself(&self) -> Vec<Interval> {
        let everything = Interval { start: Timestamp::MIN, end: Timestamp::MAX };
        let Some(fact) = self.program.sharing.bill_to else { return vec![everything] };
        let starts: Vec<Timestamp> = std::iter::once(Timestamp::MIN).chain(self.fact_changes(fact)).collect();
        let ends = starts.iter().skip(1).copied().chain([Timestamp::MAX]);
        let own = |start: &Timestamp| match self.fact(fact, *start) {
            Ok(Value::Text(payer)) => payer == self.account,
            _ => true,
        };
        let stretches = starts.iter().zip(ends).filter(|(start, _)| own(start));
        stretches.map(|(start, end)| Interval { start: *start, end }).collect()
    }

    /// The accounts that are known to be paid for by this one, itself too, each with when that is so.
    pub(super) fn paid_for(&self) -> BTreeMap<Symbol, Vec<Interval>> {
        let everything = Interval { start: Timestamp::MIN, end: Timestamp::MAX };
        let Some(fact) = self.program.sharing.bill_to else {
            return BTreeMap::from([(self.account.clone(), vec![everything])]);
        };
        let cluster = self.pooled_with(&self.account);
        let changes = cluster.iter().filter_map(|one| self.facts_of(one)).flat_map(|facts| facts.changes(fact));
        let starts: BTreeSet<Timestamp> = std::iter::once(Timestamp::MIN).chain(changes).collect();
        let ends = starts.iter().skip(1).copied().chain([Timestamp::MAX]);
        let mut found: BTreeMap<Symbol, Vec<Interval>> = BTreeMap::new();
        for (start, end) in starts.iter().copied().zip(ends) {
            for one in cluster.iter().filter(|one| self.payer(one, start).is_ok_and(|payer| payer == self.account)) {
                let stretches = found.entry(one.clone()).or_default();
                match stretches.last_mut().filter(|last| last.end == start) {
                    Some(last) => last.end = end,
                    None => stretches.push(Interval { start, end }),
                }
            }
        }
        found
    }

    /// Whether the account pays for itself at some time of a stretch.
    pub(super) fn has_a_bill(&self, stretch: Interval) -> bool {
        self.pays_for_itself().into_iter().any(|one| super::contracts::overlap(one, stretch).is_some())
    }
}

/// The values that a fact has at some time.
fn values_of(program: &Program, facts: &Facts, fact: usize) -> BTreeSet<Value> {
    let times = std::iter::once(Timestamp::MIN).chain(facts.changes(fact));
    times.filter_map(|time| known(program, Some(facts), fact, time).cloned()).collect()
}

fn text_of(value: &Value) -> Option<Symbol> {
    match value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// An account, or a value by which accounts are pooled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Account(Symbol),
    Value(usize, Value),
}

/// Nodes, some of which are joined.
#[derive(Debug, Default)]
struct Joined {
    numbers: BTreeMap<Node, usize>,
    above: Vec<usize>,
}

impl Joined {
    fn add(&mut self, node: Node) -> usize {
        let next = self.above.len();
        let number = *self.numbers.entry(node).or_insert(next);
        if number == next {
            self.above.push(next);
        }
        number
    }

    fn root(&self, mut node: usize) -> usize {
        while let Some(above) = self.above.get(node).filter(|above| **above != node) {
            node = *above;
        }
        node
    }

    fn join(&mut self, one: Node, other: Node) {
        let (one, other) = (self.add(one), self.add(other));
        let (one, other) = (self.root(one), self.root(other));
        if let Some(place) = self.above.get_mut(one.max(other)) {
            *place = one.min(other);
        }
    }

    /// The accounts, each with the node that stands for all it is joined with.
    fn accounts(&self) -> impl Iterator<Item = (&Symbol, usize)> {
        self.numbers.iter().filter_map(|(node, number)| match node {
            Node::Account(account) => Some((account, self.root(*number))),
            Node::Value(..) => None,
        })
    }
}
