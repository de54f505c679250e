//! Declarations, sorted by what they declare, and the names that they bind.

use super::imports::File;
use super::rows;
use crate::diagnostic::Diagnostic;
use crate::hir::{self, Bound, Entity, Later};
use crate::model::{InPlan, Symbol};
use crate::source::Span;
use crate::syntax::ast::{self, Declaration, Item, Name};
use std::collections::BTreeMap;

pub(super) const DUPLICATE: &str = "florin::names::duplicate";

pub(super) fn collect(files: Vec<File>, diagnostics: &mut Vec<Diagnostic>) -> hir::Book {
    let mut collecting = Collecting { book: hir::Book::default(), diagnostics, once: Vec::new(), place: None };
    for file in files {
        for item in file.book.items {
            collecting.item(item, file.is_root);
        }
    }
    collecting.book
}

struct Collecting<'a> {
    book: hir::Book,
    diagnostics: &'a mut Vec<Diagnostic>,
    /// The header lines seen so far, which may stand only once.
    once: Vec<(&'static str, Span)>,
    /// The plan in which the declaration at hand stands.
    place: Option<InPlan>,
}

impl Collecting<'_> {
    /// Dispatches; `pricebook` and tests count only in the book itself.
    fn item(&mut self, item: Item, is_root: bool) {
        let span = item.span;
        match item.declaration {
            Declaration::Pricebook { name, label } => self.pricebook(name, label, span, is_root),
            Declaration::Currency { code, symbol, places } => self.currency(code, symbol, places),
            Declaration::Timezone(zone) => self.header("timezone", span, |book| book.timezone = Some(zone)),
            Declaration::Period(period) => self.header("period", span, |book| book.period = Some(period)),
            Declaration::Rounding(mode, _) => self.header("rounding", span, |book| book.rounding = Some(mode)),
            Declaration::Records(names) => self.header("records", span, |book| book.records = names),
            Declaration::Account(fields) => self.header("account", span, |book| book.account = fields),
            Declaration::Import(_) => {}
            Declaration::Unit { name, label, relation } => self.unit(name, label, relation),
            Declaration::Enum { name, members } => self.enumeration(name, members),
            Declaration::Usage(usage) => self.usage(usage),
            Declaration::Table(table) => self.table(table),
            Declaration::Calendar { name, entries } => self.calendar(name, entries),
            Declaration::Define { name, parameters, value } => self.define(name, parameters, value),
            Declaration::Meter(meter) => self.meter(meter),
            Declaration::Free { path, condition } => self.book.free.push(hir::Free { path, condition }),
            Declaration::Charge(charge) => self.charge(item.docs, charge, None, span),
            Declaration::Test(test) => self.test(test, is_root),
            Declaration::Spans(spans) => self.derived(hir::Derived::Spans(Box::new(spans))),
            Declaration::Fold(fold) => self.derived(hir::Derived::Fold(Box::new(fold))),
            Declaration::BillTo(path) => self.header("bill to", span, |book| book.bill_to = Some(path)),
            Declaration::Fee(fee) => self.fee(item.docs, fee, span),
            Declaration::Grant(grant) => self.grant(item.docs, grant, span),
            Declaration::Rule(rule) if self.place.is_some() => self.later("a rule in a plan", None, rule.name.span),
            Declaration::Rule(rule) => self.rule(rule),
            Declaration::Plan(plan) => self.plan(plan),
            Declaration::Override { name: charge, label, condition, body } => {
                self.book.overrides.push(hir::Override { charge, label, condition, body, in_plan: self.place });
            }
            Declaration::Discount { name, label, clauses } => {
                self.discount(hir::Discount { name, label, clauses, in_plan: self.place });
            }
            Declaration::Broken { name } => self.broken(name, span),
        }
    }

    fn pricebook(&mut self, name: Name, label: Option<ast::Text>, span: Span, is_root: bool) {
        if is_root {
            self.header("pricebook", span, |book| book.pricebook = Some((name, label)));
        }
    }

    /// A line that may stand only once in a book and its imports.
    fn header(&mut self, word: &'static str, span: Span, set: impl FnOnce(&mut hir::Book)) {
        match self.once.iter().find(|(known, _)| *known == word) {
            Some((_, first)) => self.duplicate(word, *first, span),
            None => {
                self.once.push((word, span));
                set(&mut self.book);
            }
        }
    }

    fn duplicate(&mut self, name: &str, first: Span, second: Span) {
        let diagnostic = Diagnostic::error(DUPLICATE, format!("`{name}` is declared twice"))
            .label(second, "declared again here")
            .label(first, "first declared here")
            .help("remove one of them, or give one another name");
        self.diagnostics.push(diagnostic);
    }

    /// Binds a name of the one set; a second one is reported and stays unbound.
    fn bind(&mut self, name: &Name, entity: Entity) {
        let known = self.book.names.get(&name.text).copied();
        match known {
            Some(Bound { entity: Entity::Unusable, .. }) => {}
            Some(Bound { span, .. }) => self.duplicate(&name.text, span, name.span),
            None => {
                self.book.names.insert(Symbol::clone(&name.text), Bound { entity, span: name.span });
            }
        }
    }

    fn later(&mut self, what: &'static str, name: Option<&Name>, span: Span) {
        self.book.later.push(Later { what, span });
        if let Some(name) = name {
            self.bind(name, Entity::Unusable);
        }
    }

    fn plan(&mut self, plan: ast::Plan) {
        let ast::Plan { name, label, condition, items } = plan;
        if let Some(known) = self.book.plans.iter().find(|known| known.name.text == name.text) {
            return self.duplicate(&name.text, known.name.span, name.span);
        }
        let place = InPlan { plan: self.book.plans.len(), phase: None };
        self.book.plans.push(hir::Plan { name, label, condition, terms: Vec::new(), phases: Vec::new() });
        self.plan_items(items, place);
    }

    fn plan_items(&mut self, items: Vec<ast::PlanItem>, place: InPlan) {
        for item in items {
            match item {
                ast::PlanItem::Terms(fields) => {
                    self.book.plans.get_mut(place.plan).into_iter().for_each(|plan| plan.terms.extend(fields.clone()));
                }
                ast::PlanItem::Phase { window, items } => self.phase(window, items, place),
                ast::PlanItem::Item(item) => {
                    let before = self.place.replace(place);
                    self.item(*item, false);
                    self.place = before;
                }
            }
        }
    }

    fn phase(&mut self, window: ast::Window, items: Vec<ast::PlanItem>, place: InPlan) {
        let Some(plan) = self.book.plans.get_mut(place.plan) else { return };
        let phase = plan.phases.len();
        plan.phases.push(window);
        self.plan_items(items, InPlan { phase: Some(phase), ..place });
    }

    fn broken(&mut self, name: Option<Name>, span: Span) {
        self.book.broken.push(span);
        if let Some(name) = name {
            // It may have been a charge, which a total or a test names.
            self.book.later_lines.insert(Symbol::clone(&name.text));
            self.book.names.insert(Symbol::clone(&name.text), Bound { entity: Entity::Unusable, span: name.span });
        }
    }

    fn currency(&mut self, code: Name, symbol: Option<ast::Text>, places: Option<ast::Number>) {
        match self.book.currencies.iter().find(|known| known.code.text == code.text) {
            Some(known) => self.duplicate(&code.text, known.code.span, code.span),
            None => self.book.currencies.push(hir::Currency { code, symbol, places }),
        }
    }

    fn unit(&mut self, name: Name, label: Option<ast::Text>, relation: Option<(ast::Number, ast::UnitName)>) {
        match self.book.units.iter().find(|known| known.name.text == name.text) {
            Some(known) => self.duplicate(&name.text, known.name.span, name.span),
            None => self.book.units.push(hir::Unit { name, label, relation }),
        }
    }

    fn enumeration(&mut self, name: Name, members: Vec<ast::Member>) {
        if let Some(known) = self.book.enums.iter().find(|known| known.name.text == name.text) {
            return self.duplicate(&name.text, known.name.span, name.span);
        }
        let mut seen: BTreeMap<&Symbol, Span> = BTreeMap::new();
        for member in &members {
            match seen.get(&member.name.text) {
                Some(first) => self.duplicate(&member.name.text, *first, member.name.span),
                None => drop(seen.insert(&member.name.text, member.name.span)),
            }
        }
        self.book.enums.push(hir::Enumeration { name, members });
    }

    fn usage(&mut self, usage: ast::Usage) {
        self.bind(&usage.name, Entity::Kind(self.book.kinds.len()));
        self.book.kinds.push(usage);
    }

    fn derived(&mut self, derived: hir::Derived) {
        self.bind(derived.name(), Entity::Derived(self.book.derived.len()));
        self.book.derived.push(derived);
    }

    fn table(&mut self, table: ast::Table) {
        self.bind(&table.name, Entity::Table(self.book.tables.len()));
        if let Some(ast::TableSource::Records(kind)) = &table.source {
            self.row_kind(kind, &table);
        }
        self.book.tables.push(table);
    }

    /// The kind of the records that fill a table, whose columns are its fields. It may be called as the table is.
    fn row_kind(&mut self, kind: &Name, table: &ast::Table) {
        let index = self.book.kinds.len();
        match self.book.names.get(&kind.text).copied() {
            _ if kind.text == table.name.text => {}
            Some(Bound { entity: Entity::Kind(_), span }) => self.is_usage(kind, span),
            _ => self.bind(kind, Entity::Rows(index)),
        }
        self.book.row_kinds.entry(Symbol::clone(&kind.text)).or_insert(index);
        self.book.kinds.push(rows::kind(kind, &table.columns));
    }

    /// Usage is an account's, a row of a table is not.
    fn is_usage(&mut self, kind: &Name, usage: Span) {
        let name = &kind.text;
        let diagnostic = Diagnostic::error(DUPLICATE, format!("`{name}` is declared twice"))
            .label(kind.span, "the table says what these records hold, in its columns")
            .label(usage, "and here it is usage of accounts")
            .help(format!("remove `usage {name}`, and name what its records hold in the table"));
        self.diagnostics.push(diagnostic);
        self.book.names.entry(Symbol::clone(name)).and_modify(|bound| bound.entity = Entity::Unusable);
    }

    fn calendar(&mut self, name: Name, entries: Vec<ast::CalendarEntry>) {
        self.bind(&name, Entity::Calendar(self.book.calendars.len()));
        self.book.calendars.push(hir::Calendar { name, entries });
    }

    fn define(&mut self, name: Name, parameters: Vec<(Name, ast::TypeName)>, value: ast::Expr) {
        self.bind(&name, Entity::Define(self.book.defines.len()));
        self.book.defines.push(hir::Define { name, parameters, value });
    }

    fn meter(&mut self, meter: ast::Meter) {
        self.bind(&meter.name, Entity::Meter(self.book.meters.len()));
        self.book.meters.push(meter);
    }

    fn charge(&mut self, docs: Vec<Symbol>, charge: ast::Charge, fee: Option<hir::Fee>, span: Span) {
        let in_plan = self.place;
        let named = self.book.lines.get(&charge.name.text).map(Vec::as_slice).unwrap_or_default();
        let known = named.iter().filter_map(|at| self.book.charges.get(*at));
        if let Some(known) = known.clone().find(|known| clash(known.in_plan, in_plan)) {
            let first = known.charge.name.span;
            return self.duplicate(&charge.name.text, first, charge.name.span);
        }
        let grant = self.book.grant_lines.get(&charge.name.text).and_then(|at| self.book.grants.get(*at));
        if let Some(first) = grant.map(|grant| grant.grant.name.span) {
            return self.duplicate(&charge.name.text, first, charge.name.span);
        }
        let at = self.book.charges.len();
        self.book.lines.entry(Symbol::clone(&charge.name.text)).or_default().push(at);
        self.book.charges.push(hir::Charge { docs, charge, fee, in_plan, rank: 0, span });
    }

    /// A fee is a charge whose rows are not usage; its names and its place among the charges are those of one.
    fn fee(&mut self, docs: Vec<Symbol>, fee: ast::Fee, span: Span) {
        let ast::Fee { name, label, keys, clauses } = fee;
        let mut terms = hir::Fee { dues: Vec::new(), proration: Vec::new() };
        let body = clauses.into_iter().filter_map(|clause| fee_clause(clause, &mut terms)).collect();
        let charge = ast::Charge { name, label, keys, window: None, from: None, for_each: Vec::new(), body };
        self.charge(docs, charge, Some(terms), span);
    }

    /// Rules name no lines, but what follows from them is told by their names, as lines are.
    fn rule(&mut self, rule: ast::Rule) {
        match self.book.rules.iter().find(|known| known.name.text == rule.name.text) {
            Some(known) => self.duplicate(&rule.name.text, known.name.span, rule.name.span),
            None => self.book.rules.push(rule),
        }
    }

    /// Where a line of this name is declared.
    fn line_named(&self, name: &Symbol) -> Option<Span> {
        let charge = self.book.lines.get(name).and_then(|all| self.book.charges.get(*all.first()?));
        let grant = self.book.grant_lines.get(name).and_then(|index| self.book.grants.get(*index));
        charge.map(|known| known.charge.name.span).or(grant.map(|known| known.grant.name.span))
    }

    fn grant(&mut self, docs: Vec<Symbol>, grant: ast::Grant, span: Span) {
        if let Some(first) = self.line_named(&grant.name.text) {
            return self.duplicate(&grant.name.text, first, grant.name.span);
        }
        self.book.grant_lines.insert(Symbol::clone(&grant.name.text), self.book.grants.len());
        self.book.grants.push(hir::Grant { docs, grant, in_plan: self.place, span });
    }

    /// Its name is that of the line on which it stands.
    fn discount(&mut self, discount: hir::Discount) {
        let named = self.book.discounts.iter().filter(|known| known.name.text == discount.name.text);
        let known = named.clone().find(|known| clash(known.in_plan, discount.in_plan)).map(|known| known.name.span);
        match self.line_named(&discount.name.text).or(known) {
            Some(first) => self.duplicate(&discount.name.text, first, discount.name.span),
            None => self.book.discounts.push(discount),
        }
    }

    fn test(&mut self, test: ast::Test, is_root: bool) {
        if is_root {
            self.book.tests.push(test);
        }
    }
}

/// A clause of a fee as that of a charge; what only a fee can say goes to its terms.
fn fee_clause(clause: ast::FeeClause, terms: &mut hir::Fee) -> Option<ast::ChargeClause> {
    match clause {
        ast::FeeClause::Quantity(quantity) => Some(ast::ChargeClause::Quantity(quantity)),
        ast::FeeClause::Price { price, every, in_advance, since, span } => {
            terms.dues.push((every, in_advance, span));
            Some(ast::ChargeClause::Price(ast::Price { kind: ast::PriceKind::Rate(price), since, span }))
        }
        ast::FeeClause::Prorated(unit, span) => {
            terms.proration.push((unit, span));
            None
        }
        ast::FeeClause::AtLeast(limit) => Some(ast::ChargeClause::AtLeast(limit)),
        ast::FeeClause::AtMost(limit) => Some(ast::ChargeClause::AtMost(limit)),
        ast::FeeClause::UnlessZero(span) => Some(ast::ChargeClause::UnlessZero(span)),
    }
}

/// Whether lines of one name would stand beside each other: in one phase, in a plan and one of its phases, or outside
/// of all plans.
fn clash(one: Option<InPlan>, other: Option<InPlan>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => {
            one.plan == other.plan && (one.phase == other.phase || one.phase.is_none() || other.phase.is_none())
        }
        _ => true,
    }
}
