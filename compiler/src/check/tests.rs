//! Tests: accounts and records as they are written in the book, and what is expected of the bill.

use super::Checker;
use super::{literals, names, words};
use crate::diagnostic::Diagnostic;
use crate::hir::Entity;
use crate::model::{Accounts, Contract, Field, ListItem, Record, Step, Symbol, Type, Value, key_text, line_id};
use crate::source::Span;
use crate::syntax::ast::{self, Entry, EntryValue, LineId, Literal, LiteralKind, TestClause};
use crate::syntax::dates::written_otherwise;
use crate::typed::{Charge, Expectation, ExprKind, Grant, Test, TestBill, TestInvoice, TestUsage};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) const TEST: &str = "florin::tests::test";

/// The account of a test that names none.
const UNNAMED: &str = "account";

/// A kind of line that a test may expect: its keys, and whether windows and tiers stand in its id.
struct LineShape<'c> {
    charge: &'c Charge,
    tier: bool,
    /// The grant that covers it at its own price.
    grant: Option<Symbol>,
}

impl Checker<'_> {
    /// Two tests of one title could not be told apart, nor could their snapshots.
    pub(super) fn test_titles(&mut self) {
        let book = self.book;
        let mut seen: BTreeMap<&Symbol, &ast::Test> = BTreeMap::new();
        for test in &book.tests {
            if let Some(first) = seen.get(&test.label.text) {
                self.report(
                    Diagnostic::error(TEST, "two tests have the same title")
                        .label(test.label.span, "the second one")
                        .label(first.label.span, "the first one")
                        .help("say in the title what is different"),
                );
            } else {
                seen.insert(&test.label.text, test);
            }
        }
    }

    pub(super) fn test(&mut self, written: &ast::Test, charges: &[Charge], grants: &[Grant]) -> Option<Test> {
        let default = self.default_account(written);
        let mut test = Test {
            label: Symbol::clone(&written.label.text),
            accounts: Accounts::new(),
            usage: Vec::new(),
            bill: None,
            invoice: None,
            expectations: Vec::new(),
            contracts: Vec::new(),
            snapshot: false,
            span: written.label.span,
        };
        let mut complete = true;
        for clause in &written.clauses {
            complete &= self.test_clause(clause, &default, (charges, grants), &mut test).is_some();
        }
        for (id, contract) in std::mem::take(&mut test.contracts) {
            test.accounts.entry(id).or_default().add_contract(contract);
        }
        self.asks_for_a_bill(written, &test)?;
        complete.then_some(test)
    }

    /// The only account that is named, or that is billed.
    fn default_account(&self, written: &ast::Test) -> Symbol {
        let named: Vec<&Symbol> = written
            .clauses
            .iter()
            .filter_map(|clause| match clause {
                TestClause::Account { id, .. } => Some(id.as_ref().map(|id| &id.text)),
                _ => None,
            })
            .flatten()
            .collect();
        let billed = written.clauses.iter().find_map(|clause| match clause {
            TestClause::Bill { id: Some(id), .. } => Some(&id.text),
            _ => None,
        });
        match (named.as_slice(), billed) {
            ([only], _) => Symbol::clone(only),
            (_, Some(billed)) => Symbol::clone(billed),
            _ => UNNAMED.into(),
        }
    }

    fn test_clause(
        &mut self,
        clause: &TestClause,
        default: &Symbol,
        (charges, grants): (&[Charge], &[Grant]),
        test: &mut Test,
    ) -> Option<()> {
        match clause {
            TestClause::Account { id, values, span } => self.test_account(id.as_ref(), values, *span, default, test),
            TestClause::Usage { kind, values, span } => {
                let record = self.test_record(kind, values, *span, default, test.usage.len())?;
                test.usage.push(TestUsage::Record(record));
                Some(())
            }
            TestClause::UsageFile(path) => {
                test.usage.push(TestUsage::File { path: Symbol::clone(&path.text), span: path.span });
                Some(())
            }
            TestClause::Bill { id, period, span } => {
                let account = Symbol::clone(id.as_ref().map_or(default, |id| &id.text));
                test.bill = Some(TestBill { account, period: *period, span: *span });
                Some(())
            }
            TestClause::ExpectLine { line, value, span } => {
                let expectation = self.expected_line(line, value, *span, charges, grants)?;
                test.expectations.push(expectation);
                Some(())
            }
            TestClause::ExpectBalance { name, value, span } => {
                let expectation = self.expected_balance(name, value, *span, grants)?;
                test.expectations.push(expectation);
                Some(())
            }
            TestClause::ExpectError { code, span } => {
                test.expectations.push(Expectation::Error { code: Symbol::clone(code), span: *span });
                Some(())
            }
            TestClause::ExpectUnpriced { record, span } => {
                test.expectations.push(Expectation::Unpriced { record: Symbol::clone(&record.text), span: *span });
                Some(())
            }
            TestClause::Snapshot(_) => {
                test.snapshot = true;
                Some(())
            }
            TestClause::Contract { id, plan, from, to, values, span } => {
                let id = Symbol::clone(id.as_ref().map_or(default, |id| &id.text));
                let contract = self.test_contract(plan, (from, to.as_ref()), values, *span)?;
                test.contracts.push((id, contract));
                Some(())
            }
            TestClause::Invoice { rule, record, span } => {
                let rule = self.rule_named(rule)?;
                test.invoice = Some(TestInvoice { rule, record: Symbol::clone(&record.text), span: *span });
                Some(())
            }
            TestClause::ExpectRule { name, record, span } => {
                let rule = self.rule_named(name)?;
                test.expectations.push(Expectation::Rule { rule, record: Symbol::clone(&record.text), span: *span });
                Some(())
            }
        }
    }

    /// `contract "A1" on ramp_deal from 2026-02-15 to 2029-02-14 { commit: $25_000 }`
    fn test_contract(
        &mut self,
        plan: &ast::Name,
        (from, to): (&Literal, Option<&Literal>),
        values: &[Entry],
        span: Span,
    ) -> Option<Contract> {
        let Some(at) = self.schema.plans.iter().position(|known| known.name == plan.text) else {
            let known: Vec<&str> = self.schema.plans.iter().map(|known| &*known.name).collect();
            let help = match words::nearest(&plan.text, known.iter().copied()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None if known.is_empty() => "declare one: `plan NAME { .. }`".to_owned(),
                None => format!("the plans of this book are {}", literals::words_list(&known)),
            };
            return self.fail(
                Diagnostic::error(names::UNKNOWN, format!("no plan is called `{}`", plan.text))
                    .label(plan.span, "not a plan")
                    .help(help),
            );
        };
        let (first, last) = (self.contract_day(from)?, to.map(|to| self.contract_day(to)));
        let to = match last {
            Some(last) => Some(last?),
            None => None,
        };
        if let Some(last) = to.filter(|last| *last < first) {
            return self.fail(
                Diagnostic::error(TEST, "this contract ends before it begins")
                    .label(span, format!("from {first} to {last}"))
                    .help("both days belong to it; write the first one first"),
            );
        }
        let fields = self.schema.plans.get(at)?.terms.clone();
        let what = format!("a contract on `{}`", plan.text);
        let stated: Vec<Field> = fields.into_iter().map(|field| Field { default: None, ..field }).collect();
        let terms = self.entries(values, &stated, &what, Missing::Absent, span)?;
        Some(Contract { plan: at, from: first, to, terms })
    }

    fn contract_day(&mut self, literal: &Literal) -> Option<jiff::civil::Date> {
        match &literal.kind {
            LiteralKind::Date(date) => Some(*date),
            _ => self.wrong_type(literal.span, "something else", "a date"),
        }
    }

    fn asks_for_a_bill(&mut self, written: &ast::Test, test: &Test) -> Option<()> {
        let expects_error = test.expectations.iter().any(|known| matches!(known, Expectation::Error { .. }));
        let has_bill =
            written.clauses.iter().any(|clause| matches!(clause, TestClause::Bill { .. } | TestClause::Invoice { .. }));
        if has_bill || expects_error {
            return Some(());
        }
        self.fail(
            Diagnostic::error(TEST, "this test does not say which bill it looks at")
                .label(test.span, "no `bill for`")
                .help("add a line such as `bill for 2026-03`"),
        )
    }

    fn test_account(
        &mut self,
        id: Option<&ast::Text>,
        values: &[Entry],
        span: Span,
        default: &Symbol,
        test: &mut Test,
    ) -> Option<()> {
        let id = Symbol::clone(id.map_or(default, |id| &id.text));
        if self.is_broken("account") {
            return None;
        }
        let facts = self.dated_facts(values)?;
        if test.accounts.insert(Symbol::clone(&id), facts).is_some() {
            return self.fail(
                Diagnostic::error(TEST, format!("the account `{id}` stands there twice"))
                    .label(span, "the second one")
                    .help("write all that is known of an account in one place"),
            );
        }
        Some(())
    }

    fn test_record(
        &mut self,
        kind: &ast::Name,
        values: &[Entry],
        span: Span,
        default: &Symbol,
        number: usize,
    ) -> Option<Record> {
        let index = match self.book.names.get(&kind.text).map(|bound| bound.entity) {
            Some(Entity::Kind(index)) => index,
            Some(Entity::Unusable) => return None,
            _ if self.book.row_kinds.contains_key(&kind.text) => *self.book.row_kinds.get(&kind.text)?,
            Some(entity @ Entity::Derived(_)) => {
                let what = self.entity_word(entity);
                return self.fail(
                    Diagnostic::error(
                        super::names::NOT_A_VALUE,
                        format!("`{}` is {what}, made by the book", kind.text),
                    )
                    .label(kind.span, "records of usage are given here")
                    .help("give the records that it is made of"),
                );
            }
            _ => {
                let path = ast::Path { names: vec![kind.clone()], span: kind.span };
                return self.kind_of(&path).and(None);
            }
        };
        let own = ["id", "account", "time"];
        let fields = self.schema.kinds.get(index)?.fields.clone();
        let is_own = |entry: &&Entry| {
            own.contains(&&*entry.name.text) && !fields.iter().any(|field| field.name == entry.name.text)
        };
        let (parts, rest): (Vec<&Entry>, Vec<&Entry>) = values.iter().partition(is_own);
        let rest: Vec<Entry> = rest.into_iter().cloned().collect();
        let what = format!("`{}`", kind.text);
        let values = self.entries(&rest, &fields, &what, Missing::Reported, span);
        let time = self.record_time(&parts, span);
        let id = self.record_text(&parts, "id", || format!("#{}", number + 1).into())?;
        let account = self.record_text(&parts, "account", || Symbol::clone(default))?;
        Some(Record { kind: index, id, account, time: time?, values: values? })
    }

    fn record_time(&mut self, parts: &[&Entry], span: Span) -> Option<jiff::Timestamp> {
        let Some(entry) = parts.iter().find(|entry| &*entry.name.text == "time") else {
            return self.fail(
                Diagnostic::error(TEST, "this record does not say when it happened")
                    .label(span, "no `time`")
                    .help("add `time: 2026-03-01T10:00:00Z`"),
            );
        };
        match &entry.value {
            EntryValue::Literal(Literal { kind: LiteralKind::Instant(time), .. }) => Some(*time),
            EntryValue::Literal(Literal { kind: LiteralKind::Date(date), .. }) => self.start_of(*date),
            other => {
                let help = match other {
                    EntryValue::Literal(Literal { kind: LiteralKind::Text(text), .. }) => written_otherwise(text),
                    _ => None,
                };
                self.fail(
                    Diagnostic::error(words::TYPES, "`time` is the time at which the record happened")
                        .label(value_span(entry), "not a time")
                        .help(help.unwrap_or_else(|| "write it like this: `time: 2026-03-01T10:00:00Z`".to_owned())),
                )
            }
        }
    }

    fn record_text(&mut self, parts: &[&Entry], name: &str, default: impl FnOnce() -> Symbol) -> Option<Symbol> {
        match parts.iter().find(|entry| &*entry.name.text == name) {
            None => Some(default()),
            Some(Entry { value: EntryValue::Literal(Literal { kind: LiteralKind::Text(text), .. }), .. }) => {
                Some(Symbol::clone(text))
            }
            Some(entry) => self.fail(
                Diagnostic::error(words::TYPES, format!("`{name}` is a text"))
                    .label(value_span(entry), "not a text")
                    .help(format!("put it in quotes, such as `{name}: \"A1\"`")),
            ),
        }
    }

    /// The values of fields, in the fields' order.
    fn entries(
        &mut self,
        entries: &[Entry],
        fields: &[Field],
        what: &str,
        missing: Missing,
        span: Span,
    ) -> Option<Vec<Value>> {
        let mut values: BTreeMap<usize, Value> = BTreeMap::new();
        let mut complete = true;
        for entry in entries {
            let placed = self.entry(entry, fields, what, &values);
            complete &= placed.is_some();
            values.extend(placed);
        }
        if !complete {
            return None;
        }
        let mut all = Vec::new();
        for (index, field) in fields.iter().enumerate() {
            let value = values.remove(&index).or_else(|| field.default.clone());
            match value {
                Some(value) => all.push(value),
                None if field.optional || missing == Missing::Absent => all.push(Value::Absent),
                None => {
                    let (name, declared) = (Symbol::clone(&field.name), field.span);
                    return self.fail(
                        Diagnostic::error(TEST, format!("{what} needs `{name}`"))
                            .label(span, format!("no `{name}`"))
                            .label(declared, "declared here")
                            .help("add it, or give the field a default or make it `optional`"),
                    );
                }
            }
        }
        Some(all)
    }

    fn entry(
        &mut self,
        entry: &Entry,
        fields: &[Field],
        what: &str,
        before: &BTreeMap<usize, Value>,
    ) -> Option<(usize, Value)> {
        if let Some(since) = &entry.since {
            return self.fail(
                Diagnostic::error(TEST, "only what is known of an account changes in time")
                    .label(since.span, "a date")
                    .label(entry.name.span, format!("a field of {what}"))
                    .help("leave the date out; a record that comes later is another record"),
            );
        }
        let (index, value) = self.undated_entry(entry, fields, what)?;
        if before.contains_key(&index) {
            return self.given_twice(entry);
        }
        Some((index, value))
    }

    fn given_twice<T>(&mut self, entry: &Entry) -> Option<T> {
        self.fail(
            Diagnostic::error(TEST, format!("`{}` stands there twice", entry.name.text))
                .label(entry.name.span, "the second one")
                .help("leave one of them out"),
        )
    }

    /// The field of an entry, and its value.
    pub(super) fn undated_entry(&mut self, entry: &Entry, fields: &[Field], what: &str) -> Option<(usize, Value)> {
        let Some(index) = fields.iter().position(|field| field.name == entry.name.text) else {
            let known: Vec<&str> = fields.iter().map(|field| &*field.name).collect();
            let help = match words::nearest(&entry.name.text, known.iter().copied()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None if known.is_empty() => format!("nothing is declared of {what}"),
                None => format!("{what} has {}", literals::words_list(&known)),
            };
            return self.fail(
                Diagnostic::error(names::UNKNOWN, format!("{what} has no `{}`", entry.name.text))
                    .label(entry.name.span, "not declared")
                    .help(help),
            );
        };
        let field = fields.get(index)?;
        self.usable(field.span)?;
        let value = self.entry_value(&entry.value, field)?;
        Some((index, value))
    }

    fn entry_value(&mut self, value: &EntryValue, field: &Field) -> Option<Value> {
        match (value, &field.ty) {
            (EntryValue::Literal(literal), ty) => self.test_literal(literal, ty, field),
            (EntryValue::List(items, span), Type::List(fields)) => {
                let items: Vec<Option<ListItem>> =
                    items.iter().map(|item| self.list_item(item, fields, *span)).collect();
                Some(Value::List(items.into_iter().collect::<Option<Vec<_>>>()?.into()))
            }
            (EntryValue::List(_, span) | EntryValue::Fields(_, span), _) => {
                let wanted = self.type_words(&field.ty, field.unit.as_ref());
                self.wrong_type(*span, "a list", &wanted)
            }
        }
    }

    fn list_item(&mut self, item: &EntryValue, fields: &Arc<[Field]>, list: Span) -> Option<ListItem> {
        match item {
            EntryValue::Fields(entries, span) => {
                self.entries(entries, fields, "an item of the list", Missing::Reported, *span).map(Into::into)
            }
            plain => match fields.first() {
                Some(field) if field.name.is_empty() => Some(vec![self.entry_value(plain, &field.clone())?].into()),
                _ => self.wrong_type(list, "a plain value", "an item with fields, `{ name: value }`,"),
            },
        }
    }

    /// A value in a test. Quantities are written with their unit.
    fn test_literal(&mut self, literal: &Literal, ty: &Type, field: &Field) -> Option<Value> {
        let value = self.literal(literal, Some(ty))?;
        let is = self.expr_words(&value);
        match (&value.ty, ty, value.kind) {
            (one, other, ExprKind::Constant(constant)) if one == other => Some(constant),
            (Type::Date, Type::Time, ExprKind::Constant(Value::Date(date))) => self.start_of(date).map(Value::Time),
            (Type::Number(of), Type::Number(_), _) if of.is_none() => {
                let counted = field.unit.as_ref().map_or_else(String::new, |unit| unit.name.to_string());
                let text = self.sources.text(literal.span).to_owned();
                self.fail(
                    Diagnostic::error(words::UNITS, format!("`{}` needs its unit", field.name))
                        .label(literal.span, "a plain number")
                        .label(field.span, "declared here")
                        .help(format!("write `{}`", self.with_unit(&text, &counted))),
                )
            }
            (_, _, constant) => {
                let wanted = self.type_words(ty, field.unit.as_ref());
                let help = self.unquoted(ty, &constant, &format!("{}: ", field.name)).unwrap_or_else(|| {
                    format!("write it like this: `{}: {}`", field.name, self.example(ty, field.unit.as_ref()))
                });
                self.fail(
                    Diagnostic::error(words::TYPES, format!("`{}` is {wanted}", field.name))
                        .label(literal.span, format!("this is {is}"))
                        .label(field.span, format!("declared as {wanted}"))
                        .help(help),
                )
            }
        }
    }

    /// `expect compute:XL = $48.00`
    fn expected_line(
        &mut self,
        line: &LineId,
        value: &Literal,
        span: Span,
        charges: &[Charge],
        grants: &[Grant],
    ) -> Option<Expectation> {
        let amount = self.literal(value, None)?;
        let header = self.header.as_ref()?;
        let code = Symbol::clone(&header.currency.code);
        let is_billed = |currency: &Symbol| *currency == code || !self.book.plans.is_empty();
        let (amount, currency) = match (&amount.ty, &amount.kind) {
            (Type::Number(of), ExprKind::Constant(Value::Number(number))) if of.currency().is_some_and(is_billed) => {
                (number.clone(), of.currency().cloned()?)
            }
            _ => {
                let is = self.expr_words(&amount);
                return self.wrong_type(value.span, &is, &format!("an amount in {code}"));
            }
        };
        if &*line.name.text == "total" && line.keys.is_empty() {
            return Some(Expectation::Total { amount, currency, span });
        }
        if let Some(grant) = grants.iter().find(|grant| grant.name == line.name.text) {
            let line = self.grant_line(line, grant)?;
            return Some(Expectation::Line { line, amount, currency, span });
        }
        let shape = self.line_shape(line, charges, grants)?;
        let id = match shape {
            Some(shape) => self.line_id(line, &shape)?,
            None => Symbol::clone(&line.name.text),
        };
        Some(Expectation::Line { line: id, amount, currency, span })
    }

    /// The charge whose line it is; the inner none where the charge itself was reported.
    fn line_shape<'c>(
        &mut self,
        line: &LineId,
        charges: &'c [Charge],
        grants: &[Grant],
    ) -> Option<Option<LineShape<'c>>> {
        let name = &line.name.text;
        if let Some(charge) = charges.iter().find(|charge| charge.name == *name) {
            let last = line.keys.last().map(|key| self.sources.text(key.span).to_owned());
            let more = line.keys.len() > charge.keys.len() + usize::from(!charge.per_period);
            let grant = grants.iter().find(|grant| more && last.as_deref() == Some(&*grant.name));
            let grant = grant.map(|grant| Symbol::clone(&grant.name));
            return Some(Some(LineShape { charge, tier: charge.by_tier && grant.is_none(), grant }));
        }
        let of_limit = |charge: &&Charge| {
            charge.body.limits.iter().any(|limit| limit.line.as_ref().is_some_and(|line| line.name == *name))
        };
        // What a discount takes off any number of lines stands on a line without keys.
        let of_discount = self.book.discounts.iter().any(|discount| discount.name.text == *name);
        if of_discount && line.keys.is_empty() {
            return Some(None);
        }
        if let Some(charge) = charges.iter().find(of_limit) {
            return Some(Some(LineShape { charge, tier: false, grant: None }));
        }
        let of_grant = self.book.grant_lines.contains_key(name);
        let unchecked = charges.len() < self.book.charges.len() || of_grant || self.is_broken("charge");
        if unchecked || self.book.later_lines.contains(name) {
            return Some(None);
        }
        let known = charges.iter().map(|charge| &*charge.name).chain(grants.iter().map(|grant| &*grant.name));
        let known: Vec<&str> = known.chain(["total"]).collect();
        let help = match words::nearest(name, known.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("the lines of this book begin with {}", literals::words_list(&known)),
        };
        self.fail(
            Diagnostic::error(names::UNKNOWN, format!("no line of this book is called `{name}`"))
                .label(line.name.span, "not a charge")
                .help(help),
        )
    }

    fn line_id(&mut self, line: &LineId, shape: &LineShape<'_>) -> Option<Symbol> {
        let charge = shape.charge;
        let mut wanted: Vec<&str> = charge.keys.iter().map(|key| &*key.name).collect();
        if !charge.per_period {
            wanted.push(&charge.window.name);
        }
        if shape.tier {
            wanted.push("tier");
        }
        wanted.extend(shape.grant.as_deref());
        if wanted.len() != line.keys.len() {
            let keys: Vec<String> = wanted.iter().map(|key| key.to_uppercase().replace(' ', "_")).collect();
            let form = std::iter::once(line.name.text.to_string()).chain(keys).collect::<Vec<_>>().join(":");
            return self.fail(
                Diagnostic::error(
                    TEST,
                    format!(
                        "a line of `{}` is named by {}, not by {}",
                        line.name.text,
                        words::count(wanted.len(), "value"),
                        line.keys.len()
                    ),
                )
                .label(line.span, "named here")
                .label(charge.span, "declared here")
                .help(match wanted.is_empty() {
                    true => format!("write `{form}`"),
                    false => format!("write `{form}`, with values for what is in capitals"),
                }),
            );
        }
        let mut parts: Vec<String> = Vec::new();
        for (index, key) in line.keys.iter().enumerate() {
            let text = match charge.keys.get(index) {
                Some(declared) => self.line_key(key, declared)?,
                None if index == charge.keys.len() && !charge.per_period => self.window_key(key, charge.window.step)?,
                None => self.sources.text(key.span).to_owned(),
            };
            parts.push(text);
        }
        Some(line_id(&line.name.text, parts.iter().map(String::as_str)).into())
    }

    /// `commit`, `commit:used`, or with the keys of the grant between the two.
    fn grant_line(&mut self, line: &LineId, grant: &Grant) -> Option<Symbol> {
        let count = grant.keys.len();
        let mut parts: Vec<String> = Vec::new();
        for (key, declared) in line.keys.iter().zip(&grant.keys) {
            parts.push(self.line_key(key, declared)?);
        }
        let rest: Vec<&str> = line.keys.iter().skip(count).map(|key| self.sources.text(key.span)).collect();
        match (parts.len() == count, rest.as_slice()) {
            (true, []) => {}
            (true, ["used"]) => parts.push("used".to_owned()),
            _ => {
                let keys: Vec<String> = grant.keys.iter().map(|key| key.name.to_uppercase()).collect();
                let form = std::iter::once(grant.name.to_string()).chain(keys).collect::<Vec<_>>().join(":");
                return self.fail(
                    Diagnostic::error(TEST, format!("`{}` has no such line", grant.name))
                        .label(line.span, "named here")
                        .label(grant.span, "declared here")
                        .help(format!("its cost is `{form}`, what was drawn from it is `{form}:used`")),
                );
            }
        }
        Some(line_id(&grant.name, parts.iter().map(String::as_str)).into())
    }

    /// `expect balance commit = $21_400.00`
    fn expected_balance(
        &mut self,
        name: &ast::Name,
        value: &Literal,
        span: Span,
        grants: &[Grant],
    ) -> Option<Expectation> {
        let amount = self.literal(value, None)?;
        let Some(grant) = grants.iter().find(|grant| grant.name == name.text) else {
            if self.book.grant_lines.contains_key(&name.text) || self.is_broken("grant") {
                return None;
            }
            let known: Vec<&str> = grants.iter().map(|grant| &*grant.name).collect();
            let help = match words::nearest(&name.text, known.iter().copied()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None if known.is_empty() => "this book has no grants, so nothing has a balance".to_owned(),
                None => format!("the grants of this book are {}", literals::words_list(&known)),
            };
            return self.fail(
                Diagnostic::error(names::UNKNOWN, format!("there is no grant `{}`", name.text))
                    .label(name.span, "not a grant")
                    .help(help),
            );
        };
        match (&amount.ty, &amount.kind) {
            (Type::Number(of), ExprKind::Constant(Value::Number(number))) if *of == grant.unit.dimension => {
                let remaining = number.checked_div(&grant.unit.factor)?;
                Some(Expectation::Balance { grant: Symbol::clone(&grant.name), remaining, span })
            }
            _ => {
                let is = self.expr_words(&amount);
                let (unit, declared) = (words::measure(Some(&grant.unit), &grant.unit.dimension), grant.span);
                self.fail(
                    Diagnostic::error(
                        words::UNITS,
                        format!("the balance of `{}` is in {}", grant.name, super::mismatch::noun(&unit)),
                    )
                    .label(value.span, format!("this is {is}"))
                    .label(declared, "declared here")
                    .help(format!(
                        "write it like this: `expect balance {} = {}`",
                        grant.name,
                        self.with_unit("100", &unit)
                    )),
                )
            }
        }
    }

    fn line_key(&mut self, key: &Literal, declared: &crate::typed::Key) -> Option<String> {
        if let (LiteralKind::Word(word), Type::Text) = (&key.kind, &declared.ty) {
            return Some(word.to_string());
        }
        let value = self.literal(key, Some(&declared.ty))?;
        match (&value.ty, &declared.ty, &value.kind) {
            (one, other, ExprKind::Constant(constant)) if one == other => {
                Some(key_text(constant, &declared.ty, declared.unit.as_ref(), &self.schema))
            }
            (Type::Number(of), Type::Number(_), ExprKind::Constant(Value::Number(number))) if of.is_none() => {
                Some(number.to_string())
            }
            _ => {
                let is = self.expr_words(&value);
                let wanted = self.type_words(&declared.ty, declared.unit.as_ref());
                let example = self.example(&declared.ty, declared.unit.as_ref());
                let help = self
                    .unquoted(&declared.ty, &value.kind, "")
                    .unwrap_or_else(|| format!("write a value such as `{example}` in its place"));
                self.fail(
                    Diagnostic::error(words::TYPES, format!("the key `{}` is {wanted}", declared.name))
                        .label(key.span, format!("this is {is}"))
                        .help(help),
                )
            }
        }
    }

    /// The start of a window, as a line's id writes it.
    fn window_key(&mut self, key: &Literal, step: Step) -> Option<String> {
        match (&key.kind, step) {
            (LiteralKind::Date(date), _) => Some(date.to_string()),
            (LiteralKind::Month(year, month), _) => Some(format!("{year:04}-{month:02}")),
            (LiteralKind::Number(year), Step::Month) => Some(year.value.to_string()),
            (LiteralKind::Instant(time), _) => Some(time.to_string()),
            _ => self.fail(
                Diagnostic::error(words::TYPES, "the line's name says from when on it counts")
                    .label(key.span, "not a date")
                    .help("write the first day, such as `2026-03-01`, or the month, such as `2026-03`"),
            ),
        }
    }
}

/// What becomes of a field without a value and without a default.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// It is absent: an account fact is required only where a price asks for it.
    Absent,
    /// It is reported.
    Reported,
}

/// The place of what stands behind an entry's colon.
pub(super) fn value_span(entry: &Entry) -> Span {
    match &entry.value {
        EntryValue::Literal(literal) => literal.span,
        EntryValue::List(_, span) | EntryValue::Fields(_, span) => *span,
    }
}
