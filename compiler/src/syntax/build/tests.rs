//! Tests.

use super::{Builder, Pair, Parts};
use crate::syntax::ast::{BillPeriod, Entry, EntryValue, LineId, Literal, Test, TestClause};
use florin_grammar::Rule;
use std::sync::Arc;

impl Builder {
    pub(super) fn test(&mut self, pair: Pair<'_>) -> Option<Test> {
        let mut parts = Parts::of(pair);
        parts.take(Rule::k_test);
        let label = self.take_label(&mut parts)?;
        Some(Test { label, clauses: self.each(parts.rest(), Builder::test_clause)? })
    }

    fn test_clause(&mut self, pair: Pair<'_>) -> Option<TestClause> {
        let (rule, span) = (pair.as_rule(), self.span(&pair));
        let mut parts = Parts::of(pair);
        Some(match rule {
            Rule::test_account => {
                TestClause::Account { id: self.take_text(&mut parts), values: self.take_values(&mut parts)?, span }
            }
            Rule::test_contract => self.contract(parts, span)?,
            Rule::test_file => TestClause::UsageFile(self.take_text(&mut parts)?),
            Rule::test_usage => {
                TestClause::Usage { kind: self.take_name(&mut parts)?, values: self.take_values(&mut parts)?, span }
            }
            Rule::test_bill => {
                let period = parts.take(Rule::bill_period)?;
                TestClause::Bill { id: self.take_text(&mut parts), period: self.bill_period(period)?, span }
            }
            Rule::test_invoice => {
                TestClause::Invoice { rule: self.take_name(&mut parts)?, record: self.take_text(&mut parts)?, span }
            }
            Rule::expect => self.expect(parts.take_expectation()?, span)?,
            Rule::k_snapshot => TestClause::Snapshot(span),
            _ => return None,
        })
    }

    fn contract(&mut self, mut parts: Parts<'_>, span: crate::source::Span) -> Option<TestClause> {
        let dates = self.each(parts.all(Rule::date), Builder::value)?;
        let mut dates = dates.into_iter();
        Some(TestClause::Contract {
            id: self.take_text(&mut parts),
            plan: self.take_name(&mut parts)?,
            from: dates.next()?,
            to: dates.next(),
            values: self.take_values(&mut parts).unwrap_or_default(),
            span,
        })
    }

    fn bill_period(&mut self, pair: Pair<'_>) -> Option<BillPeriod> {
        let mut parts = Parts::of(pair);
        if let Some(month) = parts.take(Rule::month) {
            let (year, month) = self.year_month(&month);
            return Some(BillPeriod::Month(year, month));
        }
        if let Some(number) = parts.take(Rule::number) {
            return Some(BillPeriod::Year(self.year(&number)));
        }
        let first = self.date(&parts.take(Rule::date)?);
        Some(match parts.take(Rule::date) {
            Some(last) => BillPeriod::Days(first, self.date(&last)),
            None => BillPeriod::Day(first),
        })
    }

    fn year(&mut self, pair: &Pair<'_>) -> i16 {
        let text = pair.as_str();
        let read = Some(text).filter(|text| text.len() == 4).and_then(|text| text.parse().ok());
        read.unwrap_or_else(|| self.bad_date(pair, "a bill is for a day, a month or a year", 0))
    }

    fn expect(&mut self, pair: Pair<'_>, span: crate::source::Span) -> Option<TestClause> {
        let rule = pair.as_rule();
        let mut parts = Parts::of(pair);
        Some(match rule {
            Rule::expect_line => {
                let line = parts.take(Rule::line_id)?;
                TestClause::ExpectLine { line: self.line_id(line)?, value: self.take_literal(&mut parts)?, span }
            }
            Rule::expect_balance => TestClause::ExpectBalance {
                name: self.take_name(&mut parts)?,
                value: self.take_literal(&mut parts)?,
                span,
            },
            Rule::expect_rule => {
                TestClause::ExpectRule { name: self.take_name(&mut parts)?, record: self.take_text(&mut parts)?, span }
            }
            Rule::expect_error => TestClause::ExpectError { code: Arc::from(parts.take(Rule::code)?.as_str()), span },
            Rule::expect_unpriced => TestClause::ExpectUnpriced { record: self.take_text(&mut parts)?, span },
            _ => return None,
        })
    }

    fn line_id(&mut self, pair: Pair<'_>) -> Option<LineId> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let name = self.take_name(&mut parts)?;
        let keys: Option<Vec<Literal>> = self.each(parts.rest(), Builder::value);
        Some(LineId { name, keys: keys?, span })
    }

    fn take_values(&mut self, parts: &mut Parts<'_>) -> Option<Vec<Entry>> {
        let pair = parts.take(Rule::values)?;
        self.entries(pair)
    }

    fn entries(&mut self, values: Pair<'_>) -> Option<Vec<Entry>> {
        self.each(Parts::of(values).all(Rule::entry), |builder, entry| {
            let mut parts = Parts::of(entry);
            let value = parts.take(Rule::value)?;
            Some(Entry {
                name: builder.take_name(&mut parts)?,
                value: builder.entry_value(value)?,
                since: builder.take_since(&mut parts),
            })
        })
    }

    fn entry_value(&mut self, pair: Pair<'_>) -> Option<EntryValue> {
        let inner = Parts::of(pair).first()?;
        let span = self.span(&inner);
        match inner.as_rule() {
            Rule::list => {
                let values = self.each(Parts::of(inner).all(Rule::value), Builder::entry_value)?;
                Some(EntryValue::List(values, span))
            }
            Rule::values => Some(EntryValue::Fields(self.entries(inner)?, span)),
            _ => self.literal(inner).map(EntryValue::Literal),
        }
    }
}

impl<'i> Parts<'i> {
    /// What follows `expect`.
    fn take_expectation(&mut self) -> Option<Pair<'i>> {
        self.take(Rule::k_expect);
        self.first()
    }
}
