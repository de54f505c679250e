//! Fields, types and kinds of usage records.

use super::{Builder, Pair, Parts};
use crate::syntax::ast::{Field, Lasts, Per, Text, TypeKind, TypeName, UnitName, Usage};
use florin_grammar::Rule;

impl Builder {
    pub(super) fn usage(&mut self, pair: Pair<'_>) -> Option<Usage> {
        let mut parts = Parts::of(pair);
        Some(Usage {
            wire: self.take_wire(&mut parts),
            lasts: match parts.take(Rule::lasts) {
                Some(lasts) => Some(self.lasts(lasts)?),
                None => None,
            },
            fields: self.fields_of(&mut parts)?,
            name: self.take_name(&mut parts)?,
        })
    }

    fn lasts(&mut self, pair: Pair<'_>) -> Option<Lasts> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        if parts.has(Rule::k_on) {
            return Some(Lasts::On(span));
        }
        if parts.has(Rule::k_until) {
            return Some(Lasts::UntilNext(self.take_keys(&mut parts)?, span));
        }
        let first = self.take_name(&mut parts)?;
        Some(match self.take_name(&mut parts) {
            Some(second) => Lasts::FromTo(first, second),
            None => Lasts::For(first),
        })
    }

    /// The `{ .. }` of an account, a kind, a plan's terms or a list's items.
    pub(super) fn fields_of(&mut self, parts: &mut Parts<'_>) -> Option<Vec<Field>> {
        let lines = Parts::of(parts.take(Rule::fields)?).rest();
        self.each(lines, |builder, line| match line.as_rule() {
            Rule::let_field => builder.let_field(line),
            _ => builder.field(line),
        })
    }

    fn let_field(&mut self, pair: Pair<'_>) -> Option<Field> {
        let mut parts = Parts::of(pair);
        Some(Field::Let { name: self.take_name(&mut parts)?, value: self.take_expr(&mut parts)? })
    }

    fn field(&mut self, pair: Pair<'_>) -> Option<Field> {
        let mut parts = Parts::of(pair);
        let least = match parts.take(Rule::field_least) {
            Some(least) => Some(self.take_literal(&mut Parts::of(least))?),
            None => None,
        };
        let default = match parts.take(Rule::default) {
            Some(default) => Some(self.take_expr(&mut Parts::of(default))?),
            None => None,
        };
        Some(Field::Given {
            name: self.take_name(&mut parts)?,
            ty: self.take_type(&mut parts)?,
            least,
            wire: self.take_wire(&mut parts),
            default,
        })
    }

    pub(super) fn take_wire(&mut self, parts: &mut Parts<'_>) -> Vec<Text> {
        let texts = parts.take(Rule::wire).map(|wire| Parts::of(wire).all(Rule::text)).unwrap_or_default();
        texts.iter().map(|text| self.text(text)).collect()
    }

    /// The next type, whether `optional` may follow it there or not.
    pub(super) fn take_type(&mut self, parts: &mut Parts<'_>) -> Option<TypeName> {
        if let Some(pair) = parts.take(Rule::unit_type) {
            return self.unit_type(pair);
        }
        let pair = parts.take(Rule::field_type)?;
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let optional = parts.has(Rule::k_optional);
        let ty = match parts.take(Rule::list_type) {
            Some(list) => self.list_type(list)?,
            None => self.take_type(&mut parts)?,
        };
        Some(TypeName { optional, span, ..ty })
    }

    fn list_type(&mut self, pair: Pair<'_>) -> Option<TypeName> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let kind = if parts.has(Rule::fields) {
            TypeKind::ListOfFields(self.fields_of(&mut parts)?)
        } else {
            TypeKind::ListOf(Box::new(self.take_type(&mut parts)?))
        };
        Some(TypeName { kind, optional: false, span })
    }

    fn unit_type(&mut self, pair: Pair<'_>) -> Option<TypeName> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let per = match parts.take(Rule::rate_tail) {
            Some(per) => Some(self.per(per)?),
            None => None,
        };
        Some(TypeName { kind: TypeKind::Unit { unit: self.take_unit(&mut parts)?, per }, optional: false, span })
    }

    /// What follows a value to make it a rate.
    pub(super) fn per(&mut self, pair: Pair<'_>) -> Option<Per> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let started = parts.has(Rule::k_started);
        let count = self.take_number(&mut parts);
        Some(Per { started, count, unit: self.take_unit(&mut parts), span })
    }

    pub(super) fn take_unit(&mut self, parts: &mut Parts<'_>) -> Option<UnitName> {
        let pair = parts.take(Rule::unit)?;
        let span = self.span(&pair);
        let words = Parts::of(pair).all(Rule::unit_word);
        Some(UnitName { words: words.iter().map(|word| self.name(word)).collect(), span })
    }
}
