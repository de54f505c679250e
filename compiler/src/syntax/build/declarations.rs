//! The declarations: which is which, and the short ones.

use super::{Builder, Pair, Parts};
use crate::syntax::ast::{Declaration, Member, PeriodRule, RecordName, RoundingMode};
use florin_grammar::Rule;

impl Builder {
    pub(super) fn declaration(&mut self, pair: Pair<'_>) -> Option<Declaration> {
        match pair.as_rule() {
            Rule::pricebook => self.pricebook(pair),
            Rule::currency => self.currency(pair),
            Rule::timezone => self.take_text(&mut Parts::of(pair)).map(Declaration::Timezone),
            Rule::period => self.period(pair),
            Rule::rounding => self.rounding(pair),
            Rule::bill_to => self.take_path(&mut Parts::of(pair)).map(Declaration::BillTo),
            Rule::records => self.records(pair),
            Rule::import => self.take_text(&mut Parts::of(pair)).map(Declaration::Import),
            Rule::unit_decl => self.unit_declaration(pair),
            Rule::enum_decl => self.enumeration(pair),
            Rule::account_decl => self.fields_of(&mut Parts::of(pair)).map(Declaration::Account),
            Rule::usage => self.usage(pair).map(Declaration::Usage),
            Rule::spans => self.spans(pair).map(Declaration::Spans),
            Rule::fold => self.fold(pair).map(Declaration::Fold),
            Rule::table => self.table(pair).map(Declaration::Table),
            Rule::calendar => self.calendar(pair),
            Rule::define => self.define(pair),
            Rule::meter => self.meter(pair).map(Declaration::Meter),
            Rule::free => self.free(pair),
            Rule::charge => self.charge(pair).map(Declaration::Charge),
            Rule::fee => self.fee(pair).map(Declaration::Fee),
            Rule::grant => self.grant(pair).map(Declaration::Grant),
            Rule::rule_decl => self.rule(pair).map(Declaration::Rule),
            Rule::plan => self.plan(pair).map(Declaration::Plan),
            Rule::override_decl => self.override_declaration(pair),
            Rule::discount => self.discount(pair),
            Rule::test => self.test(pair).map(Declaration::Test),
            _ => None,
        }
    }

    fn pricebook(&mut self, pair: Pair<'_>) -> Option<Declaration> {
        let mut parts = Parts::of(pair);
        Some(Declaration::Pricebook { name: self.take_name(&mut parts)?, label: self.take_label(&mut parts) })
    }

    fn currency(&mut self, pair: Pair<'_>) -> Option<Declaration> {
        let mut parts = Parts::of(pair);
        let places = match parts.take(Rule::places) {
            Some(places) => Some(self.take_number(&mut Parts::of(places))?),
            None => None,
        };
        Some(Declaration::Currency { code: self.take_name(&mut parts)?, symbol: self.take_text(&mut parts), places })
    }

    fn period(&mut self, pair: Pair<'_>) -> Option<Declaration> {
        let mut parts = Parts::of(pair);
        let rule = match parts.take(Rule::k_given) {
            Some(given) => PeriodRule::Given(self.span(&given)),
            None => PeriodRule::Window(self.take_window(&mut parts)?),
        };
        Some(Declaration::Period(rule))
    }

    fn rounding(&mut self, pair: Pair<'_>) -> Option<Declaration> {
        let mode = Parts::of(pair).take(Rule::rounding_mode)?;
        let span = self.span(&mode);
        Some(Declaration::Rounding(rounding_mode(mode), span))
    }

    fn records(&mut self, pair: Pair<'_>) -> Option<Declaration> {
        let entries = Parts::of(pair).all(Rule::record_name);
        let names = self.each(entries, |builder, entry| {
            let mut parts = Parts::of(entry);
            Some(RecordName { part: builder.take_name(&mut parts)?, wire: builder.take_text(&mut parts)? })
        })?;
        Some(Declaration::Records(names))
    }

    fn unit_declaration(&mut self, pair: Pair<'_>) -> Option<Declaration> {
        let mut parts = Parts::of(pair);
        let relation = match parts.take(Rule::unit_relation) {
            Some(relation) => {
                let mut parts = Parts::of(relation);
                Some((self.take_number(&mut parts)?, self.take_unit(&mut parts)?))
            }
            None => None,
        };
        Some(Declaration::Unit { name: self.take_name(&mut parts)?, label: self.take_label(&mut parts), relation })
    }

    fn enumeration(&mut self, pair: Pair<'_>) -> Option<Declaration> {
        let mut parts = Parts::of(pair);
        let members = self.each(parts.all(Rule::member), |builder, member| {
            let mut parts = Parts::of(member);
            Some(Member { name: builder.take_name(&mut parts)?, wire: builder.take_text(&mut parts) })
        })?;
        Some(Declaration::Enum { name: self.take_name(&mut parts)?, members })
    }
}

pub(super) fn rounding_mode(pair: Pair<'_>) -> RoundingMode {
    let parts = Parts::of(pair);
    if parts.has(Rule::k_up) {
        RoundingMode::Up
    } else if parts.has(Rule::k_down) {
        RoundingMode::Down
    } else {
        RoundingMode::HalfEven
    }
}
