//! `split(AMOUNT by WEIGHT over KEY)`: an amount shared out exactly.

use super::scope::{Certain, Grain, Group, Place, Scope};
use super::sharing::ACCOUNT;
use super::{Checker, grain};
use crate::diagnostic::Diagnostic;
use crate::model::Symbol;
use crate::source::Span;
use crate::syntax::ast::{Argument, Expr as Written, Over, Path};
use crate::typed::{Denominator, Expr, ExprKind, Rows, Split};
use num_bigint::BigInt;

pub(super) const SPLIT: &str = "florin::accounts::split";

/// Whose part is asked for.
enum Part {
    /// That of the account which is billed.
    Own,
    /// That of a key in scope.
    Key(usize),
}

impl Checker<'_> {
    pub(super) fn split(&mut self, arguments: &[Argument], scope: &Scope, span: Span) -> Option<Expr> {
        let [Argument { value, over: Some(Over::Split { weight, key }), .. }] = arguments else {
            return self.no_split(span);
        };
        let Grain::Group(group) = &scope.grain else {
            return self.fail(
                Diagnostic::error(grain::OUT_OF_PLACE, "a single record has no part of an amount")
                    .label(span, "shared out here")
                    .help("share it out in a charge"),
            );
        };
        let (amount, places) = self.amount_to_split(value, scope, group)?;
        let part = self.part_of(key, group)?;
        if let Part::Own = part {
            self.see_each(weight);
        }
        let before = self.pooling;
        self.pooling |= matches!(part, Part::Own);
        let shared = self.weight(weight, key, &part, group, scope);
        self.pooling = before;
        let (weight, rows, row) = shared?;
        let of = match part {
            Part::Own => None,
            Part::Key(key) => Some(key),
        };
        let (ty, unit) = (amount.ty.clone(), amount.unit.clone());
        let denominator = Denominator::Static(BigInt::from(10u8).pow(places));
        let split = Split { amount, weight, rows, key: row, of, places };
        Some(Expr { kind: ExprKind::Split(Box::new(split)), ty, unit, optional: false, denominator, span })
    }

    pub(super) fn no_split(&mut self, span: Span) -> Option<Expr> {
        self.fail(
            Diagnostic::error(SPLIT, "an amount is shared out by a weight, over a key")
                .label(span, "of what, by what and among whom?")
                .help("write `split(AMOUNT by WEIGHT over account)`, with meters for both"),
        )
    }

    /// The amount: money, of all that share in it.
    fn amount_to_split(&mut self, value: &Written, scope: &Scope, group: &Group) -> Option<(Expr, u32)> {
        let whole = Scope { grain: Grain::Group(Group { place: Place::Price, ..group.clone() }), ..scope.clone() };
        let (amount, of) = self.expr(value, &whole, None).and_then(|value| self.number(value))?;
        let Some(code) = of.currency().cloned() else {
            let is = self.expr_words(&amount);
            return self.wrong_type(amount.span, &is, "an amount of money");
        };
        let places = self.currency(&code)?.places;
        Some((amount, places))
    }

    fn part_of(&mut self, key: &Path, group: &Group) -> Option<Part> {
        let name = key.names.last()?;
        if let Some(at) = group.keys.iter().position(|known| known.name == name.text) {
            return Some(Part::Key(at));
        }
        if &*name.text == ACCOUNT && !self.has_several() {
            return Some(Part::Own);
        }
        self.fail(
            Diagnostic::error(
                SPLIT,
                format!("whose part is meant? {} has no value for each `{}`", group.what, name.text),
            )
            .label(key.span, "shared out among these")
            .label(group.name, "one value for all of them")
            .help(format!("let {} have a value for each, with `by {}`", group.what, name.text)),
        )
    }

    /// The weight of each that shares in it.
    fn weight(
        &mut self,
        written: &Written,
        key: &Path,
        part: &Part,
        group: &Group,
        scope: &Scope,
    ) -> Option<(Expr, Rows, usize)> {
        let name = key.names.last()?;
        let group = Group { place: Place::Price, ..group.clone() };
        let meters = self.meters_named(written, &group);
        let Some(first) = meters.first() else {
            return self.fail(
                Diagnostic::error(SPLIT, "an amount is shared out by a meter")
                    .label(written.span, "no meter")
                    .help("count the weight in a meter, and name it here"),
            );
        };
        let first = self.meters.get(*first)?.clone()?;
        for other in meters.iter().skip(1) {
            let other = self.meters.get(*other)?.clone()?;
            self.same_grain(&first, &other, written.span)?;
        }
        let Some(row) = first.keys.iter().position(|known| known.name == name.text) else {
            return self.fail(
                Diagnostic::error(SPLIT, format!("`{}` is not counted by `{}`", first.name, name.text))
                    .label(written.span, "the same for all that share")
                    .label(first.span, "declared here")
                    .help(format!("give the meter the key: `meter {} by {}`", first.name, name.text)),
            );
        };
        let but = match part {
            Part::Own => None,
            Part::Key(at) => Some(*at),
        };
        let matches = self.matching_keys_but(&first, &group, but, written.span)?;
        self.window_leads(&first, &group, written.span)?;
        let rows = Rows {
            meters: meters.iter().copied().collect(),
            keys: first.keys.iter().map(|key| Symbol::clone(&key.name)).collect(),
            matches,
            window: first.window.clone(),
            every_window: false,
            own: false,
        };
        let inner = Group {
            keys: first.keys.iter().map(|key| crate::typed::Key { source: None, ..key.clone() }).collect(),
            window: first.window.clone(),
            from: None,
            place: Place::Quantity,
            certain: if meters.len() == 1 { Certain::Meters(meters) } else { Certain::Nothing },
            ..group
        };
        let mut inner = Scope::group(inner);
        inner.locals.clone_from(&scope.locals);
        let weight = self.expr(written, &inner, None).and_then(|value| self.present(value));
        let (weight, _) = weight.and_then(|weight| self.number(weight))?;
        Some((weight, rows, row))
    }
}
