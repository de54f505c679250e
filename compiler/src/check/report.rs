//! What `florin check` says of a good book: for each charge, whether the order of records can change it, and what
//! may leave a record without a price.

use crate::model::{Cell, KeyCell, Matching, Symbol, Table, Type};
use crate::typed::{Body, Book, Charge, Expr, ExprKind, From, Gives, Grant, Over, Price, Rate};
use std::collections::BTreeSet;

/// Whether the order of records can change a bill (law 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Any arrival order and any split of the records give the same bill.
    Commutative,
    /// By event time, then by id; never by arrival.
    Ordered,
}

/// What is known of a charge before any record is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeReport {
    /// Its name.
    pub charge: Symbol,
    /// Its label.
    pub label: Symbol,
    /// Whether order matters.
    pub order: Order,
    /// What may leave a record or a line without a price, in a reader's words.
    pub may_fail: Vec<String>,
}

/// The reports of all charges, in the book's order.
#[must_use]
pub fn report(book: &Book) -> Vec<ChargeReport> {
    book.charges
        .iter()
        .enumerate()
        .map(|(at, charge)| ChargeReport {
            charge: Symbol::clone(&charge.name),
            label: Symbol::clone(&charge.label),
            order: order(book, at, charge),
            may_fail: failures(book, at, charge),
        })
        .collect()
}

/// What is made of a fold or of spans follows the order of events, and so does what is drawn from a grant, and who is
/// first in tiers that lines share.
fn order(book: &Book, at: usize, charge: &Charge) -> Order {
    if grants_of(book, at).next().is_some() {
        return Order::Ordered;
    }
    if charge.body.leaves().into_iter().any(Body::shares_by_order) {
        return Order::Ordered;
    }
    let mut kinds: BTreeSet<usize> = charge.from.iter().map(|from| from.kind).collect();
    let (mut meters, mut seen) = (meters_of(body_expressions(&charge.body)), BTreeSet::new());
    while let Some(at) = meters.pop() {
        let Some(meter) = book.meters.get(at).filter(|_| seen.insert(at)) else { continue };
        kinds.extend(meter.from.iter().map(|from| from.kind));
        meters.extend(meters_of(vec![&meter.value]));
    }
    let is_derived = |kind: &usize| book.schema.kinds.get(*kind).is_some_and(crate::model::Kind::is_derived);
    if kinds.iter().any(is_derived) { Order::Ordered } else { Order::Commutative }
}

/// The meters that expressions are made of.
fn meters_of(mut exprs: Vec<&Expr>) -> Vec<usize> {
    let mut found = Vec::new();
    while let Some(expr) = exprs.pop() {
        match &expr.kind {
            ExprKind::Meter { meter, .. } => found.push(*meter),
            ExprKind::Aggregate(aggregate) => {
                if let Over::Rows(rows) = &aggregate.over {
                    found.extend(&rows.meters);
                }
            }
            _ => {}
        }
        exprs.extend(expr.children());
    }
    found
}

fn body_expressions(body: &Body) -> Vec<&Expr> {
    let overrides = body.overrides.iter().flat_map(|one| &one.prices);
    let prices = body.prices.iter().chain(overrides).flat_map(|price| price_expressions(&price.price));
    let prices = prices.chain(cases(body));
    let limits = body.limits.iter().map(|limit| &limit.amount);
    let parts = body.parts.iter().flat_map(|part| body_expressions(&part.body));
    body.quantity.iter().chain(prices).chain(limits).chain(parts).collect()
}

/// Where discounts and overrides hold, and what discounts take.
fn cases(body: &Body) -> impl Iterator<Item = &Expr> {
    let of_discounts = body.discounts.iter().flat_map(|one| one.case.condition.iter().chain([one.takes.value()]));
    of_discounts.chain(body.overrides.iter().filter_map(|one| one.case.condition.as_ref()))
}

/// The grants that cover a charge.
fn grants_of(book: &Book, charge: usize) -> impl Iterator<Item = &Grant> {
    book.grants.iter().filter(move |grant| grant.covers.iter().any(|cover| cover.charge == charge))
}

fn failures(book: &Book, at: usize, charge: &Charge) -> Vec<String> {
    let mut finding = Finding { book, seen: BTreeSet::new(), facts: BTreeSet::new(), found: BTreeSet::new() };
    finding.from(charge.from.as_ref());
    charge
        .keys
        .iter()
        .chain(&charge.for_each)
        .filter_map(|key| key.source.as_ref())
        .for_each(|key| finding.expr(key, charge.from.as_ref()));
    finding.body(&charge.body, charge.from.as_ref());
    grants_of(book, at).for_each(|grant| finding.grant(grant));
    if let Some(credit) = &charge.credit {
        finding.found.insert(format!("what no grant covers stays unpriced: `{}` is not money", credit.name));
    }
    let facts: Vec<String> = finding.facts.into_iter().collect();
    let needed = match facts.as_slice() {
        [] => None,
        [fact] => {
            Some(format!("accounts without {fact} have no price: give it a default, or see that every account has it"))
        }
        facts => Some(format!(
            "accounts without {} have no price: give them defaults, or see that every account has them",
            facts.join(" or ")
        )),
    };
    needed.into_iter().chain(finding.found).collect()
}

struct Finding<'b> {
    book: &'b Book,
    /// Meters and lets that were gone through.
    seen: BTreeSet<(bool, usize, usize)>,
    /// The facts of the account without which there is no price.
    facts: BTreeSet<String>,
    /// What else may leave a record without one.
    found: BTreeSet<String>,
}

impl Finding<'_> {
    fn from(&mut self, from: Option<&From>) {
        if let Some(condition) = from.and_then(|from| from.condition.as_ref()) {
            self.expr(condition, from);
        }
    }

    fn body(&mut self, body: &Body, from: Option<&From>) {
        let overrides = body.overrides.iter().flat_map(|one| &one.prices);
        let prices = body.prices.iter().chain(overrides).flat_map(|price| price_expressions(&price.price));
        let prices = prices.chain(cases(body));
        let limits = body.limits.iter().map(|limit| &limit.amount);
        body.quantity.iter().chain(prices).chain(limits).for_each(|expr| self.expr(expr, from));
        if body.prices.iter().all(|price| price.since.is_some()) && !body.prices.is_empty() {
            self.found.insert(
                "usage before the date of the first price stays unpriced: give a price without `from`".to_owned(),
            );
        }
        body.parts.iter().for_each(|part| self.body(&part.body, from));
    }

    /// What is given must be known.
    fn grant(&mut self, grant: &Grant) {
        for gives in &grant.gives {
            match gives {
                Gives::Every { amount, .. } => self.expr(amount, None),
                Gives::Once { amount, at } => std::iter::once(amount).chain(at).for_each(|expr| self.expr(expr, None)),
                Gives::ForEach { from, amount, .. } => {
                    self.from(Some(from));
                    self.expr(amount, Some(from));
                }
                Gives::List { list, .. } => self.expr(list, None),
            }
        }
        grant
            .covers
            .iter()
            .flat_map(|cover| cover.at.iter().chain(&cover.condition))
            .for_each(|expr| self.expr(expr, None));
    }

    fn expr(&mut self, expr: &Expr, from: Option<&From>) {
        match &expr.kind {
            ExprKind::Lookup { table, .. } => self.lookup(*table),
            ExprKind::Fact { fact: index, .. } if !expr.optional => self.fact(*index),
            ExprKind::Let(index) => self.computed(*index, from),
            ExprKind::Meter { meter, .. } => self.meter(*meter),
            ExprKind::Aggregate(aggregate) => {
                if let Over::Rows(rows) = &aggregate.over {
                    rows.meters.iter().for_each(|meter| self.meter(*meter));
                }
            }
            _ => {}
        }
        expr.children().into_iter().for_each(|child| self.expr(child, from));
    }

    fn fact(&mut self, index: usize) {
        let fact = self.book.schema.facts.get(index);
        if let Some(fact) = fact.filter(|fact| fact.default.is_none()) {
            self.facts.insert(format!("`{}`", fact.name));
        }
    }

    fn computed(&mut self, index: usize, from: Option<&From>) {
        let Some(from) = from else { return };
        if !self.seen.insert((false, from.kind, index)) {
            return;
        }
        let value = self.book.lets.get(from.kind).and_then(|lets| lets.get(index)).map(|known| known.value.clone());
        if let Some(value) = value {
            self.expr(&value, Some(from));
        }
    }

    fn meter(&mut self, index: usize) {
        if !self.seen.insert((true, index, 0)) {
            return;
        }
        let Some(meter) = self.book.meters.get(index).cloned() else { return };
        self.from(meter.from.as_ref());
        meter.keys.iter().filter_map(|key| key.source.as_ref()).for_each(|key| self.expr(key, meter.from.as_ref()));
        self.expr(&meter.value, meter.from.as_ref());
    }

    fn lookup(&mut self, index: usize) {
        let Some(table) = self.book.tables.get(index) else { return };
        if table.filling.is_some() {
            let words = format!("what no record has given a row of `{}` yet stays unpriced until one does", table.name);
            self.found.insert(words);
            return;
        }
        if !is_total(table) {
            let keys: Vec<String> = table
                .keys
                .iter()
                .filter(|key| is_open(&key.ty, key.matching))
                .map(|key| format!("`{}`", key.name))
                .collect();
            let what = format!("records of a {} that `{}` does not list", keys.join(" and "), table.name);
            self.found.insert(format!("{what} stay unpriced until it has a row"));
        }
        if table.dated {
            self.found.insert(format!(
                "usage before the first row of `{}` stays unpriced: add a row that begins earlier",
                table.name
            ));
        }
        if table.rows.iter().flat_map(|row| &row.values).any(|cell| *cell == Cell::NotSold) {
            self.found.insert(format!("what is `not sold` in `{}` stays unpriced", table.name));
        }
    }
}

/// Whether every key has a row: closed keys do, open ones where a row takes any other.
fn is_total(table: &Table) -> bool {
    let open: Vec<usize> =
        table.keys.iter().enumerate().filter(|(_, key)| is_open(&key.ty, key.matching)).map(|(at, _)| at).collect();
    let takes_any = |cell: Option<&KeyCell>| match cell {
        Some(KeyCell::AnyOther) => true,
        Some(KeyCell::Prefix(text)) => text.is_empty(),
        _ => false,
    };
    open.is_empty() || table.rows.iter().any(|row| open.iter().all(|at| takes_any(row.keys.get(*at))))
}

fn is_open(ty: &Type, matching: Matching) -> bool {
    matching != Matching::Band && !matches!(ty, Type::Enum(_) | Type::Boolean)
}

fn price_expressions(price: &Price) -> Vec<&Expr> {
    match price {
        Price::Rate(rate) => vec![rate_expression(rate)],
        Price::Graduated(tiers) | Price::Volume(tiers) => {
            let each = tiers.tiers.iter().flat_map(|tier| {
                let edge = tier.upper.iter().map(|(edge, _)| edge);
                std::iter::once(rate_expression(&tier.rate)).chain(edge).chain(&tier.flat).chain(&tier.at_most)
            });
            tiers.at_zero.iter().chain(each).collect()
        }
    }
}

fn rate_expression(rate: &Rate) -> &Expr {
    match rate {
        Rate::PerUnit(expr) | Rate::Flat(expr) | Rate::PerStarted { amount: expr, .. } => expr,
    }
}
