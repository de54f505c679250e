//! What is known of accounts, and from when on.

use super::{Contract, Symbol, Value};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What is known of one account: one value for each fact, [`Value::Absent`] where it is not known, and the values that
/// take their place later.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// As of ever.
    first: Vec<Value>,
    /// By fact and from when on.
    later: BTreeMap<(usize, Timestamp), Value>,
    /// Its contracts and their amendments, by their first day.
    contracts: Vec<Contract>,
}

/// The facts of all accounts, by account.
pub type Accounts = BTreeMap<Symbol, Facts>;

impl Facts {
    /// The value of a fact at a time; none where nothing is known.
    #[must_use]
    pub fn at(&self, fact: usize, time: Timestamp) -> Option<&Value> {
        if !self.later.is_empty()
            && let Some((_, value)) = self.later.range((fact, Timestamp::MIN)..=(fact, time)).next_back()
        {
            return Some(value);
        }
        self.first.get(fact)
    }

    /// The value of a fact before it changes.
    #[must_use]
    pub fn first(&self, fact: usize) -> Option<&Value> {
        self.first.get(fact)
    }

    /// Lets a fact have a value from an instant on; whether it has no other value from the same instant on.
    pub fn set_from(&mut self, fact: usize, since: Timestamp, value: Value) -> bool {
        self.later.insert((fact, since), value).is_none()
    }

    /// When a fact changes, in order.
    pub fn changes(&self, fact: usize) -> impl Iterator<Item = Timestamp> {
        self.later.range((fact, Timestamp::MIN)..=(fact, Timestamp::MAX)).map(|((_, since), _)| *since)
    }

    /// Adds a contract, or an amendment of one.
    pub fn add_contract(&mut self, contract: Contract) {
        let at = self.contracts.partition_point(|known| known.from <= contract.from);
        self.contracts.insert(at, contract);
    }

    /// The contracts and their amendments, by their first day.
    #[must_use]
    pub fn contracts(&self) -> &[Contract] {
        &self.contracts
    }

    /// Whether some fact changes.
    #[must_use]
    pub fn is_dated(&self) -> bool {
        !self.later.is_empty()
    }
}

impl From<Vec<Value>> for Facts {
    fn from(first: Vec<Value>) -> Facts {
        Facts { first, ..Facts::default() }
    }
}

impl FromIterator<Value> for Facts {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Facts {
        Vec::from_iter(values).into()
    }
}
