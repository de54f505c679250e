//! Which charges a grant covers, how, and at which price.

use super::{Counted, INCOMPLETE, UNIT, covered_names};
use crate::check::literals::each_dimension;
use crate::check::scope::{Certain, Group, Place, Scope};
use crate::check::{Checker, literals, mismatch, names, words};
use crate::diagnostic::Diagnostic;
use crate::model::{Dimension, Symbol, Type};
use crate::syntax::ast::{self, GrantClause};
use crate::typed::{Body, Charge, Cover, Expr, Key};

impl Checker<'_> {
    /// Whether a grant names a charge, so that it may be priced in a unit that is not money.
    pub(in crate::check) fn is_covered(&self, charge: &Symbol) -> bool {
        self.book.grants.iter().any(|grant| covered_names(&grant.grant).contains(&charge))
    }

    /// What it covers, and its keys.
    pub(super) fn covers(
        &mut self,
        grant: &ast::Grant,
        charges: &[Charge],
        counted: &Counted,
    ) -> Option<(Vec<Cover>, Vec<Key>)> {
        let (mut covers, mut complete): (Vec<Cover>, bool) = (Vec::new(), true);
        for clause in &grant.clauses {
            let GrantClause::Covers { charges: paths, at, condition } = clause else { continue };
            for path in paths {
                let cover = self.cover(grant, path, (at.as_ref(), condition.as_ref()), charges, counted);
                complete &= cover.is_some();
                covers.extend(cover);
            }
        }
        if !complete {
            return None;
        }
        let Some(first) = covers.first() else {
            return self.fail(
                Diagnostic::error(INCOMPLETE, "this grant covers nothing")
                    .label(grant.name.span, "no `covers`")
                    .help("name the charges for which it may be used, such as `covers compute, storage`"),
            );
        };
        let name = self.book.charges.get(first.charge)?.charge.name.text.clone();
        let charge = charges.iter().find(|charge| charge.name == name)?;
        let all: Vec<&Key> = charge.keys.iter().chain(&charge.for_each).collect();
        let keys = first.keys.iter().filter_map(|at| all.get(*at)).map(|key| Key { source: None, ..(*key).clone() });
        Some((covers.clone(), keys.collect()))
    }

    fn cover(
        &mut self,
        grant: &ast::Grant,
        path: &ast::Path,
        (at, condition): (Option<&ast::Expr>, Option<&ast::Expr>),
        charges: &[Charge],
        counted: &Counted,
    ) -> Option<Cover> {
        let (index, charge) = self.covered_charge(path, charges)?;
        if let Some(total) =
            charge.body.leaves().into_iter().filter_map(|leaf| leaf.quantity.as_ref()).find_map(super::total_in)
        {
            self.not_yet("a grant over a charge that is made of other charges", total);
            return None;
        }
        let units = self.leaves_in(charge, counted, at, path)?;
        let pays = !units.contains(&true);
        if charge.fee.is_some() {
            self.fee_is_covered(grant, charge, pays, path)?;
        }
        if !pays {
            self.no_order_beside_units(charge, path)?;
        }
        let keys: Vec<&Key> = match pays {
            true => charge.keys.iter().collect(),
            false => charge.keys.iter().chain(&charge.for_each).collect(),
        };
        let scope = Scope::group(Group {
            what: format!("the charge `{}`", charge.name),
            name: charge.span,
            keys: keys.iter().map(|key| (*key).clone()).collect(),
            window: charge.window.clone(),
            from: None,
            place: Place::Price,
            certain: Certain::Nothing,
        });
        let own = self.keys_in(grant, &keys, charge);
        let at = match at {
            Some(at) => Some(self.own_price(at, &scope, charge, counted)?),
            None => None,
        };
        let condition = match condition {
            Some(condition) => {
                let value = self.expr(condition, &scope, Some(&Type::Boolean)).and_then(|value| self.boolean(value))?;
                self.no_totals(&value)?;
                Some(value)
            }
            None => None,
        };
        Some(Cover { charge: index, keys: own?, units, pays, at, condition, span: path.span })
    }

    /// A fee is paid, from when on the account has it.
    fn fee_is_covered(&mut self, grant: &ast::Grant, charge: &Charge, pays: bool, path: &ast::Path) -> Option<()> {
        if !pays {
            self.not_yet("a grant that takes units of a fee", path.span);
            return None;
        }
        if !grant.keys.is_empty() {
            self.not_yet("a grant over a fee with a balance for each key", path.span);
            return None;
        }
        let has_start = self.schema.facts.iter().any(|fact| &*fact.name == "start" && !fact.optional);
        if has_start || charge.in_plan.is_some() {
            return Some(());
        }
        self.fail(
            Diagnostic::error(
                super::CLAUSE,
                format!("nothing says since when an account has the fee `{}`", charge.name),
            )
            .label(path.span, "what it has paid of earlier windows is not known")
            .label(charge.span, "due of every account")
            .help("add `start : date` to `account { .. }`, or put the fee and the grant into a plan"),
        )
    }

    /// Both would say of each unit what becomes of it: the grant takes some off, and the tiers tell the others apart.
    fn no_order_beside_units(&mut self, charge: &Charge, path: &ast::Path) -> Option<()> {
        let leaves = charge.body.leaves().into_iter().filter(|leaf| leaf.shares_by_order());
        let Some(pooling) = leaves.filter_map(|leaf| leaf.pooling).next() else { return Some(()) };
        self.fail(
            Diagnostic::error(super::CLAUSE, "a grant takes units of lines that share their tiers by order")
                .label(path.span, "covered here")
                .label(pooling.span, "who came first is told of all units")
                .help("share the tiers `in proportion`, or let the grant pay money"),
        )
    }

    fn covered_charge<'c>(&mut self, path: &ast::Path, charges: &'c [Charge]) -> Option<(usize, &'c Charge)> {
        let name = path.names.first()?;
        if let Some(index) = self.book.lines.get(&name.text).and_then(|all| all.first()) {
            let written = self.book.charges.get(*index)?;
            let of_plan = |place: Option<crate::model::InPlan>| place.map(|place| place.plan);
            let is_own = written.in_plan.is_none() || of_plan(written.in_plan) == of_plan(self.place);
            let is_only = self.book.lines.get(&name.text).is_some_and(|all| all.len() == 1);
            if !is_own || !is_only {
                self.not_yet("a grant over a charge of another plan", path.span);
                return None;
            }
            return charges.iter().find(|charge| charge.name == name.text).map(|charge| (*index, charge));
        }
        if self.book.later_lines.contains(&name.text) {
            return None;
        }
        let known: Vec<&str> = self.book.lines.keys().map(|name| &**name).collect();
        let help = match words::nearest(&name.text, known.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("the charges of this book are {}", literals::words_list(&known)),
        };
        self.fail(
            Diagnostic::error(names::UNKNOWN, format!("there is no charge `{}`", name.text))
                .label(name.span, "not a charge")
                .help(help),
        )
    }

    /// Of which of a charge's quantities the grant takes units; of none where it pays what was priced.
    fn leaves_in(
        &mut self,
        charge: &Charge,
        counted: &Counted,
        at: Option<&ast::Expr>,
        path: &ast::Path,
    ) -> Option<Vec<bool>> {
        let amount = match &charge.credit {
            Some(unit) => unit.dimension.clone(),
            None => Dimension::money(self.billed_in(charge)?),
        };
        let leaves = charge.body.leaves();
        if at.is_some() {
            return Some(vec![true; leaves.len()]);
        }
        let is_paid = |leaf: &Body| {
            let quantity = quantity_of(leaf);
            counted.dimension == amount && (leaf.prices.is_empty() || quantity.currency().is_some())
        };
        let units: Vec<bool> =
            leaves.iter().map(|leaf| quantity_of(leaf) == counted.dimension && !is_paid(leaf)).collect();
        if units.contains(&true) || counted.dimension == amount {
            return Some(units);
        }
        let gives = words::measure(Some(&counted.unit), &counted.dimension);
        let quantity = leaves.first().and_then(|leaf| leaf.quantity.as_ref())?;
        let (counts, is) =
            (words::measure(quantity.unit.as_ref(), &quantity_of(leaves.first()?)), words::dimension(&amount));
        self.fail(
            Diagnostic::error(
                UNIT,
                format!(
                    "the grant gives {}, but `{}` counts {} and costs {}",
                    mismatch::noun(&gives),
                    charge.name,
                    mismatch::noun(&counts),
                    mismatch::noun(&is)
                ),
            )
            .label(counted.span, mismatch::measured(&gives))
            .label(path.span, "covered here")
            .label(quantity.span, mismatch::measured(&counts))
            .help(format!(
                "give what the charge counts, {}, or what it costs, {}; or say at which price it is covered, with `at`",
                mismatch::noun(&counts),
                mismatch::noun(&is)
            )),
        )
    }

    /// In which currency a charge stands on bills: that of its plan's prices, else the book's.
    fn billed_in(&self, charge: &Charge) -> Option<Symbol> {
        let plan = charge.in_plan.map(|place| place.plan);
        let known =
            self.charge_currencies.iter().find(|(_, _, of)| *of == plan).map(|(code, _, _)| Symbol::clone(code));
        known.or_else(|| Some(Symbol::clone(&self.header.as_ref()?.currency.code)))
    }

    /// `at $2 per hour`: what makes the grant's unit of the charge's quantity, or for a grant in that unit the money.
    fn own_price(&mut self, written: &ast::Expr, scope: &Scope, charge: &Charge, counted: &Counted) -> Option<Expr> {
        let rate = self.expr(written, scope, None)?;
        let (rate, of) = self.number(rate)?;
        self.no_totals(&rate)?;
        for leaf in charge.body.leaves() {
            let quantity = quantity_of(leaf);
            let counts = if quantity.is_none() { each_dimension() } else { quantity.clone() };
            let product = of.times(&counts);
            let code = self.billed_in(charge)?;
            let in_units = counted.dimension == quantity && product.currency() == Some(&code);
            if product == counted.dimension || in_units {
                continue;
            }
            let gives = words::measure(Some(&counted.unit), &counted.dimension);
            let counted_in = words::measure(leaf.quantity.as_ref().and_then(|one| one.unit.as_ref()), &quantity);
            let (gives_span, is) = (counted.span, words::measure(rate.unit.as_ref(), &of));
            return self.fail(
                Diagnostic::error(UNIT, "at this price the grant can not cover the charge")
                    .label(rate.span, mismatch::measured(&is))
                    .label(gives_span, mismatch::measured(&gives))
                    .label(charge.span, format!("`{}` counts {}", charge.name, mismatch::noun(&counted_in)))
                    .help(format!("say what one costs in the grant's own unit: `{gives} per {counted_in}`")),
            );
        }
        Some(rate)
    }

    /// Which of the charge's keys are the grant's.
    fn keys_in(&mut self, grant: &ast::Grant, keys: &[&Key], charge: &Charge) -> Option<Vec<usize>> {
        let mut found = Vec::new();
        for key in &grant.keys {
            let name = key.rename.as_ref().or_else(|| key.path.names.last())?;
            match keys.iter().position(|known| known.name == name.text) {
                Some(at) => found.push(at),
                None => {
                    return self.fail(
                        Diagnostic::error(names::UNKNOWN, format!("`{}` is not divided by `{}`", charge.name, name.text))
                            .label(name.span, format!("a balance for each `{}`", name.text))
                            .label(charge.span, "covered by it")
                            .help(format!(
                                "give the charge the key: `charge {} by {}`, or `for each {}`; or take it away from the grant",
                                charge.name, name.text, name.text
                            )),
                    );
                }
            }
        }
        Some(found)
    }
}

fn quantity_of(leaf: &Body) -> Dimension {
    match leaf.quantity.as_ref().map(|quantity| &quantity.ty) {
        Some(Type::Number(of)) => of.clone(),
        _ => Dimension::none(),
    }
}
