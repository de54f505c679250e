//! What a kernel computes, as a graph of operations on integers. Equal operations are one node.

use crate::exact::Rounding;
use crate::typed::Comparison;
use std::collections::HashMap;

/// A node, by its index. What a node is made of stands before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Id(pub(super) usize);

/// What the integers of a node mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Form {
    /// A count of a unit; as wide as the rung.
    Number,
    /// A code, a member, days or nanoseconds; always 64 bits.
    Code,
    /// 0 or 1, in 8 bits.
    Truth,
}

/// An operation. A value may be absent; unless it says otherwise, what is made of an absent value is absent too.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    /// A number.
    Integer(i128),
    /// A constant that is none.
    Code(i64),
    /// A truth.
    Truth(bool),
    /// Absent.
    Absent(Form),
    /// It has no value.
    Fails(Form),
    /// A column of the batch.
    Column(Source),
    /// The record's time.
    Time,
    /// A code as a number.
    Count(Id),
    Add(Id, Id),
    Subtract(Id, Id),
    Multiply(Id, Id),
    Absolute(Id),
    Least(Id, Id),
    Greatest(Id, Id),
    /// With the sign of the divisor; a divisor of zero fails.
    Modulo(Id, Id),
    /// Rounded to a whole number; a divisor of zero fails.
    Quotient(Rounding, Id, Id),
    /// An absent side fails.
    Compare(Comparison, Id, Id),
    /// What is absent fails.
    Not(Id),
    /// The right side only if the left one is true.
    And(Id, Id),
    /// The right side only if the left one is false.
    Or(Id, Id),
    /// The value of the first case whose condition is true.
    Choose(Vec<(Id, Id)>, Id),
    /// The right side only if the left one is absent.
    Otherwise(Id, Id),
    /// Never absent.
    IsAbsent(Id),
    /// The place of a table's row in its cells.
    Row(usize, Vec<Id>),
    /// A cell of a column at the place of a row.
    Cell(usize, usize, Id),
    /// A number of days since 1970 as the nanoseconds at which the day begins in UTC; fails out of range, and where it
    /// is absent.
    DayStart(Id),
    /// The day of an instant in UTC; fails where it is absent.
    Day(Id),
    /// The answer to a question of the calendar; none fails, and so does asking about what is absent.
    Ask {
        /** Which question. */
        question: usize,
        /** What the answer means. */
        form: Form,
        /** A number lies between 0 and this. */
        most: i64,
        /** The instant or the day. */
        about: Id,
    },
}

/// A column of the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Source {
    /// The field.
    pub(super) field: usize,
    /// How it is held.
    pub(super) layout: Layout,
    /// Whether a record may lack it.
    pub(super) optional: bool,
}

/// How a column is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Layout {
    /// Numbers of this scale, in 64 bits.
    Numbers(u8),
    /// Codes of 32 bits.
    Codes,
    /// Truths of 8 bits.
    Truths,
    /// Days or nanoseconds, in 64 bits.
    Integers,
    /// In no form that a kernel reads.
    Other,
}

/// What is known of a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) form: Form,
    /// Whether it may be absent.
    pub(super) optional: bool,
    /// Whether it may have no value, apart from an overflow.
    pub(super) fails: bool,
    /// How many operations it takes at most, counted without sharing; at most [`MAX_WEIGHT`].
    pub(super) weight: u32,
}

/// Where counting weights ends.
pub(super) const MAX_WEIGHT: u32 = 1_000;

/// The nodes of a kernel.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    facts: Vec<Facts>,
    known: HashMap<Node, Id>,
    /// Which nodes an output is made of.
    kept: Vec<bool>,
}

const UNKNOWN: Facts = Facts { form: Form::Number, optional: true, fails: true, weight: MAX_WEIGHT };

impl Graph {
    /// The node of an operation.
    pub(super) fn add(&mut self, node: Node) -> Id {
        let node = self.folded(node);
        if let Some(id) = self.known.get(&node) {
            return *id;
        }
        let id = Id(self.nodes.len());
        self.facts.push(self.facts_of(&node));
        self.nodes.push(node.clone());
        self.known.insert(node, id);
        id
    }

    /// The operation of a node.
    pub(super) fn node(&self, id: Id) -> &Node {
        self.nodes.get(id.0).unwrap_or(&Node::Fails(Form::Number))
    }

    /// What is known of a node.
    pub(super) fn facts(&self, id: Id) -> Facts {
        self.facts.get(id.0).copied().unwrap_or(UNKNOWN)
    }

    /// Keeps the nodes that these are made of, and forgets the others: those of streams that turned out to be beyond
    /// kernels.
    pub(super) fn keep(&mut self, roots: impl IntoIterator<Item = Id>) {
        self.kept = vec![false; self.nodes.len()];
        let mut open: Vec<Id> = roots.into_iter().collect();
        while let Some(id) = open.pop() {
            if let Some(kept) = self.kept.get_mut(id.0).filter(|kept| !**kept) {
                *kept = true;
                let parts = self.node(id).parts();
                open.extend(parts.always.into_iter().chain(parts.sometimes));
            }
        }
    }

    /// All nodes that were kept, each behind what it is made of.
    pub(super) fn nodes(&self) -> impl Iterator<Item = (Id, &Node)> {
        let nodes = self.nodes.iter().zip(&self.kept).enumerate();
        nodes.filter(|(_, (_, kept))| **kept).map(|(at, (node, _))| (Id(at), node))
    }

    /// How many nodes there are, those that were forgotten too.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The number that a node is, if it is a constant.
    pub(super) fn integer(&self, id: Id) -> Option<i128> {
        match self.node(id) {
            Node::Integer(integer) => Some(*integer),
            _ => None,
        }
    }

    /// Operations on constants, and those that change nothing.
    fn folded(&self, node: Node) -> Node {
        let both = |a: Id, b: Id| self.integer(a).zip(self.integer(b));
        let result = match node {
            Node::Add(a, b) => both(a, b).and_then(|(a, b)| a.checked_add(b)),
            Node::Subtract(a, b) => both(a, b).and_then(|(a, b)| a.checked_sub(b)),
            Node::Multiply(a, b) => both(a, b).and_then(|(a, b)| a.checked_mul(b)),
            _ => None,
        };
        match (result, node) {
            (Some(integer), _) => Node::Integer(integer),
            (None, Node::Multiply(a, b)) if self.integer(b) == Some(1) => self.node(a).clone(),
            (None, node) => node,
        }
    }

    fn facts_of(&self, node: &Node) -> Facts {
        let parts = node.parts();
        let inside: Vec<Facts> = parts.always.iter().chain(&parts.sometimes).map(|id| self.facts(*id)).collect();
        let weight = inside.iter().fold(1u32, |weight, one| weight.saturating_add(one.weight)).min(MAX_WEIGHT);
        let optional = inside.iter().any(|one| one.optional);
        let fails = inside.iter().any(|one| one.fails);
        let first = inside.first().map_or(Form::Number, |one| one.form);
        let of = |form| Facts { form, optional, fails, weight };
        match node {
            Node::Integer(_) => of(Form::Number),
            Node::Code(_) | Node::Time => of(Form::Code),
            Node::Day(_) => Facts { optional: false, fails: fails || optional, ..of(Form::Code) },
            Node::DayStart(_) => Facts { optional: false, fails: true, ..of(Form::Code) },
            Node::Ask { form, .. } => Facts { optional: false, fails: true, ..of(*form) },
            Node::Truth(_) => of(Form::Truth),
            Node::Absent(form) => Facts { optional: true, ..of(*form) },
            Node::Fails(form) => Facts { fails: true, ..of(*form) },
            Node::Column(source) => Facts { optional: source.optional, ..of(source.layout.form()) },
            Node::Count(_) | Node::Add(..) | Node::Subtract(..) | Node::Multiply(..) => of(Form::Number),
            Node::Absolute(_) => of(Form::Number),
            Node::Modulo(_, divisor) | Node::Quotient(_, _, divisor) => {
                let by_zero = self.integer(*divisor).is_none_or(|divisor| divisor == 0);
                Facts { fails: fails || by_zero, ..of(Form::Number) }
            }
            Node::Least(..) | Node::Greatest(..) => of(first),
            Node::Compare(..) | Node::Not(_) | Node::And(..) | Node::Or(..) => {
                Facts { optional: false, fails: fails || optional, ..of(Form::Truth) }
            }
            Node::Choose(cases, otherwise) => self.facts_of_choice(cases, *otherwise, of(Form::Truth)),
            Node::Otherwise(_, right) => Facts { optional: self.facts(*right).optional, ..of(first) },
            Node::IsAbsent(_) => Facts { optional: false, ..of(Form::Truth) },
            Node::Row(..) => Facts { optional: false, fails: true, ..of(Form::Code) },
            Node::Cell(..) => Facts { fails: true, ..of(Form::Code) },
        }
    }

    fn facts_of_choice(&self, cases: &[(Id, Id)], otherwise: Id, of: Facts) -> Facts {
        let values = cases.iter().map(|(_, value)| *value).chain([otherwise]);
        let optional = values.map(|value| self.facts(value)).any(|facts| facts.optional);
        let asked = cases.iter().any(|(condition, _)| self.facts(*condition).optional);
        Facts { form: self.facts(otherwise).form, optional, fails: of.fails || asked, ..of }
    }

    /// Says of a cell what its column is.
    pub(super) fn add_cell(&mut self, node: Node, form: Form, optional: bool) -> Id {
        let id = self.add(node);
        if let Some(facts) = self.facts.get_mut(id.0) {
            (facts.form, facts.optional) = (form, optional);
        }
        id
    }
}

/// What a node is made of.
pub(super) struct Parts {
    /// Always computed, in this order.
    pub(super) always: Vec<Id>,
    /// Each computed only on some way.
    pub(super) sometimes: Vec<Id>,
}

impl Node {
    /// What it is made of.
    pub(super) fn parts(&self) -> Parts {
        let (always, sometimes) = match self {
            Node::Integer(_) | Node::Code(_) | Node::Truth(_) | Node::Absent(_) | Node::Fails(_) => (vec![], vec![]),
            Node::Column(_) | Node::Time => (vec![], vec![]),
            Node::Count(a) | Node::Absolute(a) | Node::Not(a) | Node::DayStart(a) | Node::Day(a) => (vec![*a], vec![]),
            Node::Ask { about, .. } => (vec![*about], vec![]),
            Node::Add(a, b) | Node::Subtract(a, b) | Node::Multiply(a, b) | Node::Least(a, b) => (vec![*a, *b], vec![]),
            Node::Greatest(a, b) | Node::Modulo(a, b) => (vec![*a, *b], vec![]),
            Node::Quotient(_, a, b) | Node::Compare(_, a, b) => (vec![*a, *b], vec![]),
            Node::And(a, b) | Node::Or(a, b) => (vec![*a], vec![*b]),
            Node::Choose(cases, otherwise) => {
                (vec![], cases.iter().flat_map(|(condition, value)| [*condition, *value]).chain([*otherwise]).collect())
            }
            Node::Otherwise(a, b) => (vec![], vec![*a, *b]),
            Node::IsAbsent(a) => (vec![], vec![*a]),
            Node::Row(_, keys) => (keys.clone(), vec![]),
            Node::Cell(_, _, row) => (vec![*row], vec![]),
        };
        Parts { always, sometimes }
    }
}

impl Layout {
    /// What its integers mean.
    pub(super) fn form(self) -> Form {
        match self {
            Layout::Numbers(_) => Form::Number,
            Layout::Truths => Form::Truth,
            Layout::Codes | Layout::Integers | Layout::Other => Form::Code,
        }
    }
}
