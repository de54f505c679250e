//! Units: built-in and declared ones, side by side, after `per`, and how products of them are called.

pub(super) use crate::model::plural;

use super::{Checker, words};
use crate::diagnostic::Diagnostic;
use crate::exact::Rational;
use crate::model::{Base, Dimension, Symbol, Unit};
use crate::source::Span;
use crate::syntax::ast::{Name, Per, UnitName};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const UNKNOWN: &str = "florin::units::unknown";

/// Data and time: the name, the numerator and the denominator of its factor to bytes or seconds.
const BUILT_IN: &[(&str, bool, i128, i128)] = &[
    ("B", true, 1, 1),
    ("byte", true, 1, 1),
    ("kB", true, 1_000, 1),
    ("MB", true, 1_000_000, 1),
    ("GB", true, 1_000_000_000, 1),
    ("TB", true, 1_000_000_000_000, 1),
    ("PB", true, 1_000_000_000_000_000, 1),
    ("KiB", true, 1 << 10, 1),
    ("MiB", true, 1 << 20, 1),
    ("GiB", true, 1 << 30, 1),
    ("TiB", true, 1 << 40, 1),
    ("PiB", true, 1 << 50, 1),
    ("bit", true, 1, 8),
    ("millisecond", false, 1, 1_000),
    ("second", false, 1, 1),
    ("minute", false, 60, 1),
    ("hour", false, 3_600, 1),
    ("day", false, 86_400, 1),
    ("week", false, 604_800, 1),
];

/// The most bits of a unit's size in base units: ten to the power of 150 and more. A chain of a thousand units made of
/// one another, each a trillion of the one before, would make every conversion a product of thousands of digits.
const MAX_FACTOR_BITS: u64 = 512;

/// The units of a book, by every word that names them.
#[derive(Debug, Default)]
pub(super) struct Units {
    by_word: BTreeMap<Symbol, Unit>,
    /// Those whose declaration was reported; what is counted in them stays silent.
    broken: BTreeSet<Symbol>,
}

impl Units {
    fn add(&mut self, words: impl IntoIterator<Item = Symbol>, unit: &Unit) {
        for word in words {
            self.by_word.entry(word).or_insert_with(|| unit.clone());
        }
    }

    fn get(&self, word: &str) -> Option<&Unit> {
        self.by_word.get(word)
    }
}

impl Checker<'_> {
    /// Built-in units, then those of the book.
    pub(super) fn units(&mut self) {
        let book = self.book;
        for declared in &book.units {
            let unit = match &declared.relation {
                None => Some(Unit {
                    name: Symbol::clone(&declared.name.text),
                    dimension: Dimension::of(Base::Declared(Symbol::clone(&declared.name.text))),
                    factor: Rational::one(),
                }),
                Some((count, of)) => self.related_unit(&declared.name, &count.value, of),
            };
            let Some(unit) = unit else {
                self.units.broken.insert(Symbol::clone(&declared.name.text));
                continue;
            };
            let label = declared.label.iter().map(|label| Symbol::clone(&label.text));
            let names = [Symbol::clone(&declared.name.text), plurals_of(&declared.name.text).into()];
            self.units.add(names.into_iter().chain(label), &unit);
        }
        for (name, data, numerator, denominator) in BUILT_IN {
            let dimension = Dimension::of(if *data { Base::Data } else { Base::Time });
            let factor = Rational::fraction_of(*numerator, *denominator).unwrap_or_else(Rational::one);
            let unit = Unit { name: (*name).into(), dimension, factor };
            self.units.add([(*name).into(), format!("{name}s").into()], &unit);
        }
    }

    fn related_unit(&mut self, name: &Name, count: &Rational, of: &UnitName) -> Option<Unit> {
        let base = match of.words.as_slice() {
            [word] => built_in(&word.text).or_else(|| self.units.get(&word.text).cloned()),
            _ => None,
        };
        match base {
            Some(base) => self.multiple(name, count, &base),
            None => {
                self.unit(of)?;
                None
            }
        }
    }

    fn multiple(&mut self, name: &Name, count: &Rational, base: &Unit) -> Option<Unit> {
        let factor = count * &base.factor;
        let (title, help) = if !count.is_positive() {
            ("a unit is made of a number above zero of another", "write how many there are in one")
        } else if factor.bits() > MAX_FACTOR_BITS {
            ("this unit is too many, or too small a part, of what it is made of", "see whether a number is mistyped")
        } else {
            return Some(Unit { name: Symbol::clone(&name.text), dimension: base.dimension.clone(), factor });
        };
        self.fail(Diagnostic::error(words::UNITS, title).label(name.span, "this unit").help(help))
    }

    /// Units side by side, a product; a currency's code may stand among them.
    pub(super) fn unit(&mut self, name: &UnitName) -> Option<Unit> {
        let mut product: Option<Unit> = None;
        for word in &name.words {
            let unit = self.unit_word(word)?;
            product = Some(match product {
                None => unit,
                Some(left) => product_of(&left, &unit),
            });
        }
        product
    }

    fn unit_word(&mut self, word: &Name) -> Option<Unit> {
        if let Some(unit) = self.units.get(&word.text) {
            return Some(unit.clone());
        }
        if let Some(currency) = self.currency(&word.text) {
            return Some(money_unit(&currency.code));
        }
        if self.is_broken_unit(&word.text) {
            return None;
        }
        let known = self.units.by_word.keys().chain(self.book.currencies.iter().map(|currency| &currency.code.text));
        let near = words::nearest(&word.text, known.map(|name| &**name));
        let help = match common_name(&word.text).map(str::to_owned).or(near) {
            _ if number_word(&word.text).is_some() => {
                format!("a number has digits: `{}`", number_word(&word.text).unwrap_or_default())
            }
            Some(_) if is_month(&word.text) => MONTH.to_owned(),
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("declare it at the top of the book: `{}`", declaration(&word.text)),
        };
        self.fail(
            Diagnostic::error(UNKNOWN, format!("`{}` is not a unit that this book knows", word.text))
                .label(word.span, "no unit has this name")
                .help(help),
        )
    }

    /// Reports a rate `per GB month` or `per thousand calls`, with the rate as it should be written. `whole` is the
    /// rate, as far as it is known.
    pub(super) fn odd_per(&mut self, per: &Per, whole: Span) -> Option<()> {
        let Some(unit) = &per.unit else { return Some(()) };
        let unknown = |word: &&Name| self.units.get(&word.text).is_none();
        let month = unit.words.iter().filter(unknown).find(|word| unit.words.len() > 1 && is_month(&word.text));
        let number = unit.words.iter().filter(unknown).find_map(|word| Some((word, number_word(&word.text)?)));
        let before = self.sources.text(Span { end: per.span.start, ..whole }).trim_end();
        let count = per.count.as_ref().map(|count| self.sources.text(count.span));
        let words = |without: &Name| {
            let rest = unit.words.iter().filter(|word| word.text != without.text).map(|word| &*word.text);
            rest.collect::<Vec<_>>().join(" ")
        };
        let rate = |count: Option<&str>, words: String| {
            let parts = [before, "per", count.unwrap_or(""), &words];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
        };
        let (word, title, help) = match (month, number) {
            (Some(word), _) => (
                word,
                format!("`{}` is a window, not a unit", word.text),
                format!(
                    "a price for a month's average is simply `{}`; the window stands in the first line of the meter \
                     or the charge",
                    rate(count, words(word))
                ),
            ),
            (None, Some((word, digits))) => (
                word,
                format!("`{}` is a number, not a unit", word.text),
                format!("write `{}`", rate(Some(digits), words(word))),
            ),
            (None, None) => return Some(()),
        };
        self.fail(Diagnostic::error(UNKNOWN, title).label(word.span, "no unit has this name").help(help))
    }

    /// Whether a word names a unit whose declaration was reported, or that is part of a circle.
    pub(super) fn is_broken_unit(&self, word: &str) -> bool {
        let singular = word.strip_suffix('s').unwrap_or(word);
        let declared = |name: &str| self.book.units.iter().any(|unit| &*unit.name.text == name);
        let unusable =
            |name: &str| self.book.names.get(name).is_some_and(|bound| bound.entity == crate::hir::Entity::Unusable);
        [word, singular].into_iter().any(|name| self.units.broken.contains(name) || declared(name) || unusable(name))
    }

    /// A unit by one word, if there is one.
    pub(super) fn unit_by_word(&self, word: &str) -> Option<Unit> {
        self.units.get(word).cloned()
    }

    /// What follows `per`: how many base units, and the words for it. A plain count has no dimension.
    pub(super) fn per(&mut self, per: &Per) -> Option<Unit> {
        let count = per.count.as_ref().map_or_else(Rational::one, |count| count.value.clone());
        if !count.is_positive() {
            return self.fail(
                Diagnostic::error(words::UNITS, "a rate is per a number above zero")
                    .label(per.span, "this is not above zero")
                    .help("write how many units the price is for, such as `per 1_000 calls`"),
            );
        }
        let (name, dimension, factor) = match &per.unit {
            Some(name) => {
                let unit = self.unit(name)?;
                (Symbol::clone(&unit.name), unit.dimension, unit.factor)
            }
            None => (Symbol::from(""), Dimension::none(), Rational::one()),
        };
        let written = match (&per.count, &*name) {
            (None, name) => name.to_owned(),
            (Some(count), "") => words::written_number(self.sources.text(count.span)),
            (Some(count), name) => format!("{} {}", words::written_number(self.sources.text(count.span)), plural(name)),
        };
        Some(Unit { name: written.into(), dimension, factor: &count * &factor })
    }
}

/// How the language calls what is often written otherwise. None is a unit for a month; see [`MONTH`].
pub(super) fn common_name(word: &str) -> Option<&'static str> {
    Some(match word.to_lowercase().as_str() {
        "kilobyte" | "kilobytes" | "kb" => "kB",
        "megabyte" | "megabytes" | "mb" => "MB",
        "gigabyte" | "gigabytes" | "gb" => "GB",
        "terabyte" | "terabytes" | "tb" => "TB",
        "petabyte" | "petabytes" | "pb" => "PB",
        "gibibyte" | "gibibytes" | "gib" => "GiB",
        "tebibyte" | "tebibytes" | "tib" => "TiB",
        "ms" | "msec" => "millisecond",
        "s" | "sec" | "secs" => "second",
        "min" | "mins" => "minute",
        "h" | "hr" | "hrs" => "hour",
        "d" => "day",
        "string" | "str" | "char" => "text",
        "int" | "integer" | "decimal" | "float" | "double" | "numeric" => "number",
        "bool" | "flag" => "boolean",
        "datetime" | "timestamp" | "instant" => "time",
        "month" | "months" | "quarter" | "quarters" | "year" | "years" => "month",
        _ => return None,
    })
}

/// A number that is said in a word.
fn number_word(word: &str) -> Option<&'static str> {
    Some(match word.to_lowercase().as_str() {
        "hundred" | "hundreds" => "100",
        "thousand" | "thousands" | "k" => "1_000",
        "million" | "millions" | "mio" | "m" => "1M",
        "billion" | "billions" | "bn" => "1_000M",
        "dozen" | "dozens" => "12",
        _ => return None,
    })
}

/// The built-in units.
pub(super) fn names() -> impl Iterator<Item = String> {
    BUILT_IN.iter().map(|(name, ..)| (*name).to_owned())
}

/// Whether a word is a stretch of the calendar, which no unit can be.
pub(super) fn is_month(word: &str) -> bool {
    common_name(word) == Some("month")
}

/// What to say of months as a unit.
pub(super) const MONTH: &str = "months and years differ in length, so they are no units: count in `day`s, or say `per month` in \
                                the first line of a meter or a charge";

/// How an unknown unit would be declared.
pub(super) fn declaration(word: &str) -> String {
    let singular = word.strip_suffix('s').filter(|stem| stem.len() > 1).unwrap_or(word);
    match plural(singular) {
        same if same == singular => format!("unit {singular}"),
        many => format!("unit {singular} \"{many}\""),
    }
}

fn built_in(word: &str) -> Option<Unit> {
    let bare = |name: &str| word == name || word.strip_suffix('s') == Some(name);
    let (name, data, numerator, denominator) = BUILT_IN.iter().find(|(name, ..)| bare(name))?;
    let dimension = Dimension::of(if *data { Base::Data } else { Base::Time });
    Some(Unit { name: (*name).into(), dimension, factor: Rational::fraction_of(*numerator, *denominator)? })
}

/// The plural of a declared unit, also of one that is written with capitals: `GSUs`.
fn plurals_of(name: &str) -> String {
    let regular = plural(name);
    if regular == name && !name.ends_with('s') { format!("{name}s") } else { regular }
}

/// One of a currency.
pub(super) fn money_unit(code: &Symbol) -> Unit {
    Unit { name: Symbol::clone(code), dimension: Dimension::money(Symbol::clone(code)), factor: Rational::one() }
}

/// Two units side by side.
pub(super) fn product_of(left: &Unit, right: &Unit) -> Unit {
    Unit {
        name: format!("{} {}", left.name, right.name).into(),
        dimension: left.dimension.times(&right.dimension),
        factor: &left.factor * &right.factor,
    }
}

/// `USD per GB`: one unit for each of another. `each` prices a plain count.
pub(super) fn rate_of(value: &Unit, per: &Unit) -> Option<Unit> {
    let name =
        if per.name.is_empty() { format!("{} each", value.name) } else { format!("{} per {}", value.name, per.name) };
    Some(Unit {
        name: name.into(),
        dimension: value.dimension.over(&per.dimension),
        factor: value.factor.checked_div(&per.factor)?,
    })
}

/// The unit of a product or quotient, where its words are clear: a rate times what it is per, a plain number times
/// a unit, two quantities side by side.
pub(super) fn times(left: Option<&Unit>, right: Option<&Unit>) -> Option<Unit> {
    let (Some(left), Some(right)) = (left, right) else { return None };
    if left.dimension.is_none() {
        return Some(right.clone());
    }
    if right.dimension.is_none() {
        return Some(left.clone());
    }
    let plain = |unit: &Unit| !unit.name.contains(" per ") && !unit.name.contains(" each");
    if plain(left) && plain(right) {
        Some(product_of(left, right))
    } else {
        canonical(&left.dimension.times(&right.dimension))
    }
}

/// One base unit of a dimension; that of a plain number has no name.
pub(super) fn base_unit(dimension: &Dimension) -> Unit {
    let name = if dimension.is_none() { String::new() } else { words::dimension(dimension) };
    Unit { name: name.into(), dimension: dimension.clone(), factor: Rational::one() }
}

/// How base units of a dimension are called where it is one base: `USD`, `credit`, `second`, `B`.
pub(super) fn canonical(dimension: &Dimension) -> Option<Unit> {
    let [(base, 1)] = dimension.powers() else { return None };
    let name = words::base(base);
    Some(Unit { name: name.into(), dimension: dimension.clone(), factor: Rational::one() })
}
