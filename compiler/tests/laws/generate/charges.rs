//! Charges: keys, parts, prices, tiers, floors and ceilings, totals.

use super::scope::{Field, Scope, Ty};
use super::{Book, Meter, Sold};
use crate::choices::Choices;
use florin_compiler::model::{Step, Window};
use florin_compiler::time::nests_in;

/// Where the quantities of a charge come from.
enum Source {
    Records(Scope),
    Meter(Box<Meter>, Vec<Field>),
}

/// What a price may be made of.
pub(super) struct Priced {
    pub(super) scope: Scope,
    pub(super) limits: Scope,
    pub(super) by_tier: bool,
    /// The window of the line, where a limit may go over many.
    pub(super) line: Option<Window>,
}

impl Book {
    pub(super) fn declare_charges(&mut self, choices: &Choices) {
        for _ in 0..choices.between(1, 3) {
            match !self.meters.is_empty() && choices.chance(55) {
                true => self.declare_charge_of_meters(choices),
                false => self.declare_charge_of_records(choices),
            }
        }
        for _ in 0..choices.between(0, 2) {
            if choices.chance(35) {
                self.declare_fee(choices);
            }
        }
        if choices.chance(30) {
            self.declare_plan(choices);
        }
        if choices.chance(40) {
            self.declare_total(choices);
        }
    }

    /// The window of a charge, mostly the period.
    fn charge_window(&self, choices: &Choices) -> Window {
        let window = if choices.chance(25) { self.window(choices) } else { self.period.clone() };
        let fits = nests_in(&window, &self.period) || nests_in(&self.period, &window);
        let ends = window.step != Step::Forever;
        if fits && ends && !many_lines(&window) { window } else { self.period.clone() }
    }

    pub(super) fn declare_charge_of_records(&mut self, choices: &Choices) {
        let kind = choices.pick(&self.kinds).clone();
        let (from, scope) = self.from(choices, &kind);
        let window = self.charge_window(choices);
        let (mut keys, mut written) = self.keys(choices, &scope, 2);
        let mut line_keys = keys.len();
        let (each, written_each) = match choices.chance(30) {
            true => {
                let free = Scope {
                    names: scope
                        .names
                        .iter()
                        .filter(|name| !keys.iter().any(|key| key.name == name.name))
                        .cloned()
                        .collect(),
                    ..scope.clone()
                };
                self.keys(choices, &free, 2)
            }
            false => (Vec::new(), Vec::new()),
        };
        keys.extend(each);
        line_keys = line_keys.min(keys.len());
        let for_each =
            if written_each.is_empty() { String::new() } else { format!(" for each {}", written_each.join(", ")) };
        let by_tier = choices.chance(12);
        written.extend(by_tier.then(|| "tier".to_owned()));
        let by = if written.is_empty() { String::new() } else { format!(" by {}", written.join(", ")) };
        let head = format!("{by}{}{from}{for_each}", self.written_window(&window));
        self.declare_charge(choices, &head, &Source::Records(scope), &keys, line_keys, &window, by_tier);
    }

    fn declare_charge_of_meters(&mut self, choices: &Choices) {
        let meter = choices.pick(&self.meters).clone();
        let window = self.charge_window(choices);
        if !nests_in(&meter.window, &window) {
            return self.declare_charge_of_records(choices);
        }
        let keys = choices.some(&meter.keys, 2);
        let line_keys = if choices.chance(70) { keys.len() } else { choices.between(0, keys.len()) };
        let (lines, each) = keys.split_at(line_keys);
        let names = |keys: &[Field]| keys.iter().map(|key| key.name.clone()).collect::<Vec<_>>();
        let mut by = names(lines);
        let by_tier = choices.chance(12);
        by.extend(by_tier.then(|| "tier".to_owned()));
        let by = if by.is_empty() { String::new() } else { format!(" by {}", by.join(", ")) };
        let for_each = if each.is_empty() { String::new() } else { format!(" for each {}", names(each).join(", ")) };
        let head = format!("{by}{}{for_each}", self.written_window(&window));
        let source = Source::Meter(Box::new(meter), keys.clone());
        self.declare_charge(choices, &head, &source, &keys, line_keys, &window, by_tier);
    }

    #[allow(clippy::too_many_arguments)] // What a charge's header says.
    fn declare_charge(
        &mut self,
        choices: &Choices,
        head: &str,
        source: &Source,
        keys: &[Field],
        line_keys: usize,
        window: &Window,
        by_tier: bool,
    ) {
        let priced = Priced {
            scope: if choices.chance(25) { self.price_scope(keys, window) } else { self.group_scope(keys) },
            limits: self.group_scope(&keys[..line_keys]),
            by_tier,
            line: Some(window.clone()),
        };
        let (mut clauses, mut counted) = (Vec::new(), None);
        if !by_tier && choices.chance(25) {
            for at in 0..choices.between(1, 3) {
                let (mut inner, _) = self.quantity_and_price(choices, source, &priced, window);
                inner.extend(pooling(choices, &inner, keys));
                inner.extend(self.limit(choices, &priced, 10, false));
                clauses.push(format!("part part{at} {{ {} }}", inner.join("; ")));
            }
        } else {
            let (inner, ty) = self.quantity_and_price(choices, source, &priced, window);
            clauses.extend(pooling(choices, &inner, keys));
            clauses.extend(inner);
            counted = Some(ty);
        }
        clauses.extend(self.limit(choices, &priced, 25, true));
        clauses.extend(self.limit(choices, &priced, 15, true));
        if choices.chance(15) {
            clauses.push("unless zero".to_owned());
        }
        let name = self.name("charge");
        let label = if choices.chance(50) { format!(" \"Label of {name}\"") } else { String::new() };
        let plain = |clause: &&String| clause.starts_with("price");
        let is_plain = clauses.iter().filter(plain).all(|price| !price.contains('{') && !price.contains("started"));
        self.text.push(format!("charge {name}{label}{head} {{\n  {}\n}}", clauses.join("\n  ")));
        // No grant takes units of tiers that are told apart by order.
        let by_order = clauses.iter().any(|clause| clause.contains(POOLED) && !clause.contains(SHARED));
        let ty = counted.filter(|_| !by_order);
        self.sold.push(Sold { name: name.clone(), ty, keys: keys.to_vec(), line_keys, is_plain });
        self.charges.push(name);
    }

    fn quantity_and_price(
        &self,
        choices: &Choices,
        source: &Source,
        priced: &Priced,
        window: &Window,
    ) -> (Vec<String>, Ty) {
        let (quantity, ty) = match source {
            Source::Records(scope) => {
                let (value, ty, optional) = self.aggregate(choices, scope);
                match optional {
                    true => (format!("{value} otherwise {}", self.constant(choices, ty)), ty),
                    false => (value, ty),
                }
            }
            Source::Meter(meter, keys) => self.value_of_meters(choices, meter, keys, window),
        };
        let mut clauses = vec![format!("quantity {quantity}")];
        // A quantity of money is priced by nobody; where tiers must be there, it is counted in money's place.
        clauses.extend(match ty {
            Ty::Money if !priced.by_tier => Vec::new(),
            Ty::Money => {
                let count = match source {
                    Source::Records(_) => "count()".to_owned(),
                    Source::Meter(meter, _) => format!("count({})", meter.name),
                };
                return (vec![format!("quantity {count}"), self.tiers(choices, Ty::Count, priced)], Ty::Count);
            }
            _ if priced.by_tier => vec![self.tiers(choices, ty, priced)],
            _ => self.prices(choices, ty, priced),
        });
        (clauses, ty)
    }

    fn prices(&self, choices: &Choices, ty: Ty, priced: &Priced) -> Vec<String> {
        if choices.chance(20) {
            let mut dates = vec!["", " from 2026-01-15", " from 2026-02-10", " from 2026-03-29T01:00:00Z"];
            if choices.chance(40) {
                dates.remove(0);
            }
            let rates: Vec<&str> = dates.into_iter().take(choices.between(1, 3)).collect();
            return rates.iter().map(|since| format!("price {}{since}", self.rate(choices, ty, priced, 1))).collect();
        }
        vec![match choices.below(9) {
            0..=3 => format!("price {}", self.rate(choices, ty, priced, 2)),
            4..=7 => self.tiers(choices, ty, priced),
            _ => format!("price {}", self.started(choices, ty, priced)),
        }]
    }

    /// What one unit costs.
    pub(super) fn rate(&self, choices: &Choices, ty: Ty, priced: &Priced, depth: usize) -> String {
        match ty {
            Ty::Of(of) => self.expr(choices, &priced.scope, Ty::Rate(of), depth),
            _ if choices.chance(50) => format!("{} each", self.money(choices)),
            _ => format!("({}) each", self.expr(choices, &priced.scope, Ty::Money, depth)),
        }
    }

    fn started(&self, choices: &Choices, ty: Ty, priced: &Priced) -> String {
        let amount = match choices.chance(70) {
            true => self.money(choices),
            false => format!("({})", self.expr(choices, &priced.scope, Ty::Money, 1)),
        };
        let block = choices.pick(&["10", "1_000", "0.5", "3"]);
        match ty {
            Ty::Of(of) => format!("{amount} per started {block} {}", self.unit(choices, of)),
            _ => format!("{amount} per started {block}"),
        }
    }

    fn tiers(&self, choices: &Choices, ty: Ty, priced: &Priced) -> String {
        let volume = choices.chance(40);
        let unit = match ty {
            Ty::Of(of) => format!(" {}", self.unit(choices, of)),
            _ => String::new(),
        };
        let mut edges: Vec<String> = ["1", "10", "2.5k", "1M"][choices.below(2)..choices.between(2, 4)]
            .iter()
            .map(|edge| format!("{edge}{unit}"))
            .collect();
        let computed = choices.chance(15);
        if computed {
            edges = vec![format!("max({}, 0{unit})", self.expr(choices, &priced.scope, ty, 1))];
        }
        let mut lines = Vec::new();
        if choices.chance(15) {
            lines.push(format!("from 0{} : {}", if choices.chance(50) { &unit } else { "" }, self.money(choices)));
        }
        let mut inclusive = true;
        for edge in &edges {
            inclusive = choices.chance(60);
            let bound = if inclusive { "up to" } else { "below" };
            lines.push(format!("{bound} {edge} : {}", self.tier(choices, ty, priced, volume, lines.len())));
        }
        let last = edges.last().cloned().unwrap_or_else(|| format!("0{unit}"));
        let bound = if inclusive { "above" } else { "from" };
        lines.push(format!("{bound} {last} : {}", self.tier(choices, ty, priced, volume, lines.len())));
        format!("price {} {{ {} }}", if volume { "volume" } else { "graduated" }, lines.join("; "))
    }

    fn tier(&self, choices: &Choices, ty: Ty, priced: &Priced, volume: bool, at: usize) -> String {
        let mut text = match choices.below(10) {
            0..=5 => self.rate(choices, ty, priced, 0),
            6 | 7 => self.rate(choices, ty, priced, 1),
            8 if volume => self.money(choices),
            _ => self.started(choices, ty, priced),
        };
        if choices.chance(20) {
            text += &format!(" plus {}", self.money(choices));
        }
        if choices.chance(15) {
            text += &format!(" at most {}", self.money(choices));
        }
        if priced.by_tier || choices.chance(15) {
            text += &format!(" as tier{at}");
            if choices.chance(40) {
                text += &format!(" \"Tier {at}\"");
            }
        }
        text
    }

    pub(super) fn limit(
        &self,
        choices: &Choices,
        priced: &Priced,
        percent: usize,
        may_be_line: bool,
    ) -> Option<String> {
        if !choices.chance(percent) {
            return None;
        }
        let side = choices.pick(&["at least", "at most"]);
        let amount = match choices.chance(70) {
            true => {
                self.money_of(choices, if *side == "at least" { &["1", "0", "0.02"] } else { &["10", "3.50", "2k"] })
            }
            false => self.expr(choices, &priced.limits, Ty::Money, 1),
        };
        let every = match &priced.line {
            Some(line) if may_be_line && choices.chance(30) => self.every(choices, line, side),
            _ => String::new(),
        };
        let named = may_be_line && (priced.by_tier || choices.chance(40));
        if !named {
            return (!priced.by_tier).then(|| format!("{side} {amount}{every}"));
        }
        let word = if *side == "at least" { "floor" } else { "cap" };
        Some(format!("{side} {amount}{every} as {word}{}_{percent} \"The {word}\"", self.names))
    }

    /// A longer window, where the lines nest in the one that was chosen.
    fn every(&self, choices: &Choices, line: &Window, side: &str) -> String {
        let window = self.window(choices);
        let given = self.period.step == Step::Given && !nests_in(&window, &self.period);
        let is_last_known = window.step != Step::Forever && !line.from_first_use;
        let fits = nests_in(line, &window) && !window.from_first_use && !given && window != *line;
        match fits && (side == "at most" || is_last_known) {
            true if window == self.period => " every period".to_owned(),
            true => format!(" every {}", window.name),
            false => String::new(),
        }
    }

    fn declare_total(&mut self, choices: &Choices) {
        let mut taken = choices.some(&self.charges, 3);
        if taken.is_empty() {
            taken = self.charges[..1].to_vec();
        }
        let total = format!("total({})", taken.join(", "));
        let scope = self.group_scope(&[]);
        let quantity = match choices.below(5) {
            0 | 1 => format!("{} * {total}", choices.pick(&["10%", "19%", "-5%", "0.333"])),
            2 => format!("{total} above {}", self.money(choices)),
            3 => format!("max({total} * 3%, {})", self.money(choices)),
            _ => format!("{} * {total}", self.leaf(choices, &scope, Ty::Count)),
        };
        let priced = Priced { limits: scope.clone(), scope, by_tier: false, line: Some(self.period.clone()) };
        let mut clauses = vec![format!("quantity {quantity}")];
        clauses.extend(self.limit(choices, &priced, 30, true));
        let name = self.name("charge");
        self.text.push(format!("charge {name} \"Total\" {{\n  {}\n}}", clauses.join("\n  ")));
        self.charges.push(name);
    }
}

const POOLED: &str = "tiers pooled over";
const SHARED: &str = "in proportion";

/// Tiers that lines share, where their edges are the same for all and nothing in them is indivisible.
fn pooling(choices: &Choices, clauses: &[String], keys: &[Field]) -> Option<String> {
    let is_shared_out =
        |price: &&String| price.contains('{') && !price.contains("started") && !price.contains("at most");
    let price = clauses.iter().find(|clause| clause.starts_with("price")).filter(is_shared_out)?;
    if keys.is_empty() || price.contains("max(") || !choices.chance(50) {
        return None;
    }
    let how = if choices.chance(50) { format!(" {SHARED}") } else { String::new() };
    Some(format!("{POOLED} {}{how}", choices.pick(keys).name))
}

/// Whether there is a line for each minute.
fn many_lines(window: &Window) -> bool {
    window.step == Step::Minute
}
