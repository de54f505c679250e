//! From [`hir::Book`] to [`typed::Book`]: types, units, currencies, grain, tables and tiers without gap or overlap.
//!
//! Reports everything that an author can get wrong, and goes on after each fault: a value that has been reported is
//! `None`, and what is made of it stays silent. After this pass no author's error exists.

mod aggregates;
mod arithmetic;
mod bills;
mod buckets;
mod calendars;
mod calls;
mod charges;
mod conditions;
mod currencies;
mod denominators;
mod derived;
mod discounts;
mod expressions;
mod facts;
mod fees;
mod fields;
mod filling;
mod folds;
mod grain;
mod grants;
mod header;
mod heights;
mod history;
mod instants;
mod keys;
mod lasting;
mod limits;
mod literals;
mod lookups;
mod meters;
mod mismatch;
mod names;
mod overlaps;
mod overrides;
mod plans;
mod pooling;
mod pools;
mod prices;
mod report;
mod rounding;
mod rules;
mod scope;
mod sharing;
mod spans;
mod split;
mod table_rows;
mod tables;
mod tests;
mod tiers;
mod units;
mod windows;
mod words;

pub use report::{ChargeReport, Order, report};

use crate::diagnostic::{Diagnostic, Label};
use crate::hir;
use crate::model::{Calendar, Dimension, InPlan, Schema, Sharing, Symbol, Table};
use crate::source::{Loader, Sources, Span};
use crate::typed::{self, Header, Lasting, Let, Meter};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The codes of this pass and what each means.
pub const CODES: &[(&str, &str)] = &[
    (arithmetic::DIVISION, "a division that needs a rounding"),
    (arithmetic::BY_ZERO, "a division by zero"),
    (calendars::EMPTY, "a calendar entry that admits nothing"),
    (charges::NO_PRICE, "a charge without what it needs to be billed"),
    (charges::NOT_MONEY, "a charge that does not come to money"),
    (charges::CURRENCIES, "charges in different currencies on one bill"),
    (charges::CLAUSE, "a clause that does not fit its charge"),
    (conditions::MISSING, "a match that leaves a member out"),
    (fields::DEFAULT, "a default or a least value that does not fit its field"),
    (folds::STATE, "a state of a fold that can not be"),
    (folds::YIELD, "a fold that yields nothing"),
    (folds::FORGET, "a fold that does not say when it forgets"),
    (folds::PREVIOUS, "a window before, of which a fold knows nothing"),
    (grain::MISSING_AGGREGATE, "a value of single records where one number is needed"),
    (grain::MIXED, "meters of different keys or windows side by side"),
    (grain::OUT_OF_PLACE, "a value that does not exist in this place"),
    (grants::INCOMPLETE, "a grant that gives nothing or covers nothing"),
    (grants::UNIT, "a grant in a unit that its charge does not have"),
    (grants::CLAUSE, "a clause that does not fit its grant"),
    (header::MISSING, "a line that every book needs"),
    (header::VALUE, "a currency, time zone or record name that is not known"),
    (NOT_YET, "a part of the language that is not supported yet"),
    (lookups::TABLE, "a look-up that does not fit its table"),
    (names::UNKNOWN, "a name that nothing declares"),
    (names::NOT_A_VALUE, "a name used for what it is not"),
    (names::TOO_LARGE, "defines, meters or `let`s that stand for more than can be checked"),
    (charges::UNREACHED, "a kind of usage that no charge reaches"),
    (rules::RULE, "a rule that can not be watched"),
    (sharing::BILL_TO, "a payer that is not another account"),
    (pools::POOLED, "accounts that can not be pooled"),
    (split::SPLIT, "an amount that can not be shared out"),
    (sharing::WHOSE, "a fact of one of several accounts on one bill"),
    (rounding::UNIT, "a rounding that does not say in what it counts"),
    (table_rows::CELL, "a cell that does not fit its column"),
    (table_rows::CSV, "CSV rows that can not be read"),
    (spans::ENDS, "spans that do not say where they begin or end"),
    (tables::SHAPE, "a table whose columns do not fit together"),
    (tables::OVERLAP, "two rows for the same keys"),
    (tables::GAP, "keys for which a table has no row"),
    (tests::TEST, "a test that can not be run"),
    (tiers::ORDER, "tiers with a gap, an overlap or no end"),
    (words::TYPES, "values of different types side by side"),
    (words::ABSENT, "a value that may be absent"),
    (words::UNITS, "units or currencies that do not fit together"),
    (units::UNKNOWN, "a unit that nothing declares"),
    (history::HISTORY, "a look back at windows that are not there"),
    (instants::INSTANT, "what is in force at each moment, in a place for something else"),
    (lasting::LASTING, "a kind whose records do not last as they would have to"),
    (windows::WINDOW, "a window that can not be"),
];

/// A part of the language that this version does not take.
pub(crate) const NOT_YET: &str = "florin::language::not_yet";

/// Checks a book. There is a typed book exactly if no finding is an error.
pub fn check(book: &hir::Book, sources: &mut Sources, loader: &dyn Loader) -> (Option<typed::Book>, Vec<Diagnostic>) {
    let mut checker = Checker::new(book, sources, loader);
    let typed = checker.book();
    let mut diagnostics = checker.diagnostics;
    forget_repeated(&mut diagnostics);
    (typed.filter(|_| !diagnostics.iter().any(Diagnostic::is_error)), diagnostics)
}

/// A define is checked wherever it is used; what is wrong inside it is said once. So is a name that nothing declares,
/// with the next places that use it: most likely it is its declaration that is wrong.
fn forget_repeated(diagnostics: &mut Vec<Diagnostic>) {
    let mut seen = BTreeSet::new();
    diagnostics
        .retain(|found| seen.insert((found.code, found.title.clone(), found.labels.first().map(|label| label.span))));
    let mut kept: Vec<Diagnostic> = Vec::new();
    for found in std::mem::take(diagnostics) {
        let unknown = [names::UNKNOWN, units::UNKNOWN].contains(&found.code);
        let same = |known: &&mut Diagnostic| {
            known.code == found.code && known.title == found.title && known.help == found.help
        };
        match kept.iter_mut().find(same).filter(|_| unknown) {
            Some(known) => {
                let others = known.labels.iter().filter(|label| label.text == ALSO).count();
                let place = found.labels.first().filter(|_| others < MAX_OTHER_PLACES);
                known.labels.extend(place.map(|label| Label { span: label.span, text: ALSO.to_owned() }));
            }
            None => kept.push(found),
        }
    }
    *diagnostics = kept;
}

/// What is said of the further places of an unknown name, and of how many of them.
const ALSO: &str = "and here";
const MAX_OTHER_PLACES: usize = 2;

/// The state of the pass: what has been checked so far.
pub(crate) struct Checker<'a> {
    book: &'a hir::Book,
    sources: &'a mut Sources,
    loader: &'a dyn Loader,
    diagnostics: Vec<Diagnostic>,
    /// Names whose declaration was reported; what uses them stays silent. By the place of the name.
    unusable: BTreeSet<Span>,
    units: units::Units,
    header: Option<Header>,
    schema: Schema,
    sharing: Sharing,
    lets: Vec<Vec<Let>>,
    /// The folds and spans; none for one that was reported.
    derived: Vec<Option<typed::Derived>>,
    /// Numbers that are computed, by kind and field: what divides them is known only then.
    open_fields: BTreeSet<(usize, usize)>,
    /// By kind, once the computed fields are known.
    lasting: Vec<Option<Lasting>>,
    /// Whether the declaration at hand cuts its records into pieces, whose `start` and `duration` are meant.
    in_pieces: bool,
    /// Whether the declaration at hand makes `layer` a key.
    has_layers: bool,
    tables: Vec<Option<Arc<Table>>>,
    /// The texts of the tables' files, so that equal ones are held once.
    texts: hashbrown::HashSet<Symbol>,
    calendars: Vec<Calendar>,
    meters: Vec<Option<Meter>>,
    /// Of the meters that stay with each account, how what is pooled sees them: with a value for each.
    twins: BTreeMap<usize, usize>,
    /// Whether what is being checked is pooled over accounts that have bills of their own.
    pooling: bool,
    /// The defines that are being expanded, innermost last.
    expanding: Vec<usize>,
    /// How many were expanded so far.
    expansions: usize,
    /// How deep the expression at hand is nested, through the defines that are being expanded.
    depth: usize,
    /// How many expressions the defines stand for so far.
    written_out: usize,
    heights: heights::Heights,
    /// The meters that are absent where they have no record.
    absent_meters: BTreeSet<usize>,
    /// The meters that are sums over records, times what does not depend on them.
    summing_meters: BTreeSet<usize>,
    /// Whether the declaration at hand is made of something that was reported, so that its keys can not be known.
    silent_keys: bool,
    /// Whether an aggregate over nothing is zero: it is in a charge's quantity, where nothing used costs nothing.
    empty_is_zero: bool,
    /// Whether the keys of a fee are being checked, which may be the accounts that are billed.
    in_fee: bool,
    /// Whether a rule is being checked: what may be absent just does not fire it.
    in_rule: bool,
    /// The quantity that is being checked, and what its price is for, as far as that is known.
    priced: Option<(Span, Dimension, Span)>,
    /// The currency that each charge comes to, where, and in which plan.
    charge_currencies: Vec<(Symbol, Span, Option<usize>)>,
    /// The plan in which the charge at hand stands.
    place: Option<InPlan>,
    /// Whether it is being checked when a grant rolls over, which may ask for the next contract.
    in_rollover: bool,
    /// Whether a grant covers the charge that is being checked, so that it may be priced in a declared unit.
    crediting: bool,
    /// The declared units in which its prices are.
    credits: Vec<Symbol>,
}

impl<'a> Checker<'a> {
    fn new(book: &'a hir::Book, sources: &'a mut Sources, loader: &'a dyn Loader) -> Checker<'a> {
        Checker {
            book,
            sources,
            loader,
            diagnostics: Vec::new(),
            unusable: BTreeSet::new(),
            units: units::Units::default(),
            header: None,
            schema: Schema::default(),
            sharing: Sharing::default(),
            lets: Vec::new(),
            derived: Vec::new(),
            open_fields: BTreeSet::new(),
            lasting: Vec::new(),
            in_pieces: false,
            has_layers: false,
            tables: Vec::new(),
            texts: hashbrown::HashSet::new(),
            calendars: Vec::new(),
            meters: Vec::new(),
            twins: BTreeMap::new(),
            pooling: false,
            expanding: Vec::new(),
            expansions: 0,
            depth: 0,
            written_out: 0,
            heights: heights::Heights::default(),
            absent_meters: BTreeSet::new(),
            summing_meters: BTreeSet::new(),
            silent_keys: false,
            empty_is_zero: false,
            in_fee: false,
            in_rule: false,
            priced: None,
            charge_currencies: Vec::new(),
            place: None,
            in_rollover: false,
            crediting: false,
            credits: Vec::new(),
        }
    }

    /// Checks the declarations, each sort behind those that it may name.
    fn book(&mut self) -> Option<typed::Book> {
        let book = self.book;
        self.later();
        self.currencies();
        self.units();
        self.enums();
        self.records();
        self.facts();
        self.bill_to();
        self.header();
        self.kinds();
        self.calendars();
        self.tables();
        self.lets();
        self.lasting_kinds();
        self.derived();
        self.plan_terms();
        self.meters();
        self.named_charges();
        let charges: Vec<_> = book.charges.iter().map(|charge| self.charge(charge)).collect();
        let free: Vec<_> = book.free.iter().map(|free| self.free(free)).collect();
        let charges: Vec<_> = charges.into_iter().flatten().collect();
        let rules: Vec<_> = book.rules.iter().map(|rule| self.rule(rule)).collect();
        let mut plans = self.plans();
        self.one_currency(plans.as_deref_mut().unwrap_or_default());
        let grants = self.grants(&charges);
        self.difference_lines(&charges, &grants);
        self.one_currency(plans.as_deref_mut().unwrap_or_default());
        self.unreached_kinds(&charges, &grants, free.iter().flatten());
        self.test_titles();
        let tests: Vec<_> = book.tests.iter().map(|test| self.test(test, &charges, &grants)).collect();
        Some(typed::Book {
            header: self.header.clone()?,
            schema: self.schema.clone(),
            sharing: self.sharing.clone(),
            lets: std::mem::take(&mut self.lets),
            derived: std::mem::take(&mut self.derived).into_iter().collect::<Option<_>>()?,
            lasting: std::mem::take(&mut self.lasting),
            tables: std::mem::take(&mut self.tables)
                .into_iter()
                .map(|table| table.map(Arc::unwrap_or_clone))
                .collect::<Option<_>>()?,
            calendars: std::mem::take(&mut self.calendars),
            meters: std::mem::take(&mut self.meters).into_iter().collect::<Option<Vec<_>>>()?,
            charges,
            plans: plans?,
            grants,
            free: free.into_iter().flatten().collect(),
            rules: rules.into_iter().flatten().collect(),
            tests: tests.into_iter().flatten().collect(),
        })
    }

    fn later(&mut self) {
        for later in &self.book.later {
            self.not_yet(later.what, later.span);
        }
    }

    fn not_yet(&mut self, what: &str, span: Span) {
        self.report(
            Diagnostic::error(NOT_YET, format!("{what} can not be used yet"))
                .label(span, "this part of the language comes in a later version")
                .help("leave it out for the present"),
        );
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Reports, and stands for the value that can not be had.
    fn fail<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        self.report(diagnostic);
        None
    }
}
