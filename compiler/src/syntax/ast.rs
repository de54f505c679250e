//! The tree of a price book as it is written, with a hole where the text is broken.
//!
//! Every construct of the language has its node here, whether or not a later pass takes it yet. Nothing is
//! resolved: a name is a text and a place.

#![allow(clippy::large_enum_variant)] // One declaration a node: boxing the large ones would save nothing.
#![allow(missing_docs)] // A variant's line says what its fields are.

use crate::exact::Rational;
use crate::model::Clock;
use crate::source::Span;
use std::sync::Arc;

/// A whole file.
#[derive(Clone, Debug, PartialEq)]
pub struct Book {
    /// The declarations in their order.
    pub items: Vec<Item>,
}

/// A declaration with the `///` lines above it.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The documentation, one line each, without `///`.
    pub docs: Vec<Arc<str>>,
    /// What is declared.
    pub declaration: Declaration,
    /// The whole declaration.
    pub span: Span,
}

/// A name where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// Its letters.
    pub text: Arc<str>,
    /// Its place.
    pub span: Span,
}

/// A quoted text, its escapes resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// What it says.
    pub text: Arc<str>,
    /// Its place, with the quotes.
    pub span: Span,
}

/// `account.edition`, `provider_price`, `r.ptus`: at least one name.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The names between the dots.
    pub names: Vec<Name>,
    /// The whole path.
    pub span: Span,
}

/// Everything that stands at the top of a book.
#[derive(Clone, Debug, PartialEq)]
pub enum Declaration {
    /// `pricebook warehouse "Warehouse, list prices"`
    Pricebook { name: Name, label: Option<Text> },
    /// `currency USD "$" to 4 places`
    Currency { code: Name, symbol: Option<Text>, places: Option<Number> },
    /// `timezone "Europe/Berlin"`
    Timezone(Text),
    /// `period month`, `period given`
    Period(PeriodRule),
    /// `rounding half even`
    Rounding(RoundingMode, Span),
    /// `bill to account.parent`
    BillTo(Path),
    /// `records { account: "acct", time: "ts", kind: "meter" }`
    Records(Vec<RecordName>),
    /// `import "common/units.florin"`
    Import(Text),
    /// `unit kilometre "kilometres" = 1_000 metre`
    Unit { name: Name, label: Option<Text>, relation: Option<(Number, UnitName)> },
    /// `enum Size { XS, X2L "2XL" }`
    Enum { name: Name, members: Vec<Member> },
    /// `account { edition : Edition }`
    Account(Vec<Field>),
    /// `usage run from "wh_run" lasts duration { .. }`
    Usage(Usage),
    /// `spans journey by card from tap { .. }`
    Spans(Spans),
    /// `fold admission by project per minute from inference { .. }`
    Fold(Fold),
    /// `table rate { .. }`
    Table(Table),
    /// `calendar peak { mon..fri, 16:00..21:00 }`
    Calendar { name: Name, entries: Vec<CalendarEntry> },
    /// `define cost(x : token) = ..`
    Define { name: Name, parameters: Vec<(Name, TypeName)>, value: Expr },
    /// `meter used by size per day = sum(..) from run where ..`
    Meter(Meter),
    /// `free s3_requests where op == DELETE`
    Free { path: Path, condition: Option<Expr> },
    /// `charge compute "Compute" by size { .. }`
    Charge(Charge),
    /// `fee seats "Seats" { .. }`
    Fee(Fee),
    /// `grant commit "Commitment" { .. }`
    Grant(Grant),
    /// `rule low { when .. then notify ".." }`
    Rule(Rule),
    /// `plan germany "Germany" for account.country == DE { .. }`
    Plan(Plan),
    /// `override compute "Contract price" where .. { .. }`
    Override { name: Name, label: Text, condition: Option<Expr>, body: Vec<ChargeClause> },
    /// `discount launch "Launch" { takes 10% off; covers compute }`
    Discount { name: Name, label: Text, clauses: Vec<DiscountClause> },
    /// `test ".." { .. }`
    Test(Test),
    /// A declaration that could not be read: it has been reported, and what names it is not reported again.
    Broken { name: Option<Name> },
}

/// What `period` says.
#[derive(Clone, Debug, PartialEq)]
pub enum PeriodRule {
    /// Its dates come with the request.
    Given(Span),
    /// A window of the calendar.
    Window(Window),
}

/// One entry of `records { .. }`: which of the record's own parts, and how the wire calls it.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordName {
    /// `id`, `account`, `time` or `kind`.
    pub part: Name,
    /// The wire's name.
    pub wire: Text,
}

/// A member of an enum, with its name on the wire if that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The name in the book.
    pub name: Name,
    /// The name on the wire.
    pub wire: Option<Text>,
}

/// A field, or a `let`.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// `stored : TB at least 0 from "gb" = 0 TB`
    Given { name: Name, ty: TypeName, least: Option<Literal>, wire: Vec<Text>, default: Option<Expr> },
    /// `let long = input > 200k tokens`
    Let { name: Name, value: Expr },
}

/// A type as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeName {
    /// What kind of type.
    pub kind: TypeKind,
    /// Whether `optional` follows.
    pub optional: bool,
    /// The whole type.
    pub span: Span,
}

/// The forms of a type.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// `text`, `Edition`, `USD`, `GB hour`, `USD per 1M tokens`: words, and what follows `per`.
    Unit { unit: UnitName, per: Option<Per> },
    /// `list of { type : text; n : number }`
    ListOfFields(Vec<Field>),
    /// `list of text`
    ListOf(Box<TypeName>),
}

/// Units side by side: `GiB hour`. One word or more.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitName {
    /// The words.
    pub words: Vec<Name>,
    /// All of them.
    pub span: Span,
}

/// What follows a value to make it a rate: `per hour`, `per 1M tokens`, `per started 100 kB`, `per started 10`.
#[derive(Clone, Debug, PartialEq)]
pub struct Per {
    /// Whether `started` stands there.
    pub started: bool,
    /// The number before the unit; one if there is none.
    pub count: Option<Number>,
    /// The unit; none where a plain number is counted.
    pub unit: Option<UnitName>,
    /// From `per` on.
    pub span: Span,
}

/// A number as it is written; `10%` is 1/10, `200k` is 200,000.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// Its exact value.
    pub value: Rational,
    /// Its place.
    pub span: Span,
}

/// A kind of usage record.
#[derive(Clone, Debug, PartialEq)]
pub struct Usage {
    /// The kind.
    pub name: Name,
    /// What the wire calls it.
    pub wire: Vec<Text>,
    /// How long a record lasts, if it does.
    pub lasts: Option<Lasts>,
    /// Fields and lets.
    pub fields: Vec<Field>,
}

/// How long a record lasts.
#[derive(Clone, Debug, PartialEq)]
pub enum Lasts {
    /// `lasts duration`
    For(Name),
    /// `lasts from start to end`
    FromTo(Name, Name),
    /// `lasts on`
    On(Span),
    /// `lasts until next by meter_id`
    UntilNext(Vec<Key>, Span),
}

/// Spans made of records.
#[derive(Clone, Debug, PartialEq)]
pub struct Spans {
    /// Their name.
    pub name: Name,
    /// One open span for each.
    pub keys: Vec<Key>,
    /// The records.
    pub from: From,
    /// When a span starts.
    pub starts: Option<Expr>,
    /// When it ends.
    pub ends: Option<Expr>,
    /// How long it may be open.
    pub at_most: Option<Expr>,
    /// How long a pause may be.
    pub gap: Option<Expr>,
}

/// The ordered computation.
#[derive(Clone, Debug, PartialEq)]
pub struct Fold {
    /// Its name.
    pub name: Name,
    /// One state for each.
    pub keys: Vec<Key>,
    /// What it is pooled over.
    pub pooled: Option<Path>,
    /// When it starts anew.
    pub window: Option<Per1>,
    /// The records.
    pub from: From,
    /// Its clauses in their order.
    pub clauses: Vec<FoldClause>,
}

/// What follows `per` in a header.
#[derive(Clone, Debug, PartialEq)]
pub enum Per1 {
    /// `per instant`
    Instant(Span),
    /// `per day`
    Window(Window),
}

/// A clause of a fold.
#[derive(Clone, Debug, PartialEq)]
pub enum FoldClause {
    /// `state used : token = 0 tokens`
    State { name: Name, ty: TypeName, initial: Option<Expr> },
    /// `let fits = ..`
    Let { name: Name, value: Expr },
    /// `next used = ..`
    Next { name: Name, value: Expr },
    /// `yield overflow : token = ..`
    Yield { name: Name, ty: TypeName, value: Expr },
    /// `forget after 90 days`
    Forget(Window),
}

/// A table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its name.
    pub name: Name,
    /// Where its rows come from, if they do not stand here.
    pub source: Option<TableSource>,
    /// Its columns.
    pub columns: Vec<Column>,
    /// The line that names the columns over the rows.
    pub head: Vec<Name>,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// Where a table's rows come from.
#[derive(Clone, Debug, PartialEq)]
pub enum TableSource {
    /// `from "models.csv"`
    Csv(Text),
    /// `from records cpi_published`
    Records(Name),
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: Name,
    /// How it is matched, or that it is a value.
    pub role: ColumnRole,
    /// Its type; `prefix` has none.
    pub ty: Option<TypeName>,
    /// The name in the CSV's head or of a record's field, if it differs.
    pub wire: Vec<Text>,
    /// The whole column.
    pub span: Span,
}

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnRole {
    /// `key size : Size`
    Key,
    /// `key age : band number`
    Band,
    /// `key called : prefix`
    Prefix,
    /// `price : USD`, and also `from : date`, which the checker knows by its name.
    Value,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its cells.
    pub cells: Vec<Cell>,
    /// The whole row.
    pub span: Span,
}

/// A cell of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// What stands in it.
    pub kind: CellKind,
    /// Its place.
    pub span: Span,
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum CellKind {
    /// A value, or an enum's member.
    Value(Literal),
    /// `up to 25`, `below 25`, `from 65`, `above 65`
    Band(Bound, Literal),
    /// `-`
    AnyOther,
    /// `not sold`
    NotSold,
}

/// One side of a band or of a tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Everything not above, the bound among it.
    UpTo,
    /// Everything under, without the bound.
    Below,
    /// The bound and everything over it.
    From,
    /// Everything over, without the bound.
    Above,
}

/// An entry of a calendar.
#[derive(Clone, Debug, PartialEq)]
pub struct CalendarEntry {
    /// What it admits.
    pub kind: CalendarEntryKind,
    /// Its place.
    pub span: Span,
}

/// What an entry of a calendar admits; both ends of days are inclusive, times end before their end.
#[derive(Clone, Debug, PartialEq)]
pub enum CalendarEntryKind {
    /// `except holidays`
    Except(Name),
    /// `jun..sep`, 1 to 12
    Months(u8, u8),
    /// `mon..fri`, 1 (Monday) to 7
    Weekdays(u8, u8),
    /// `16:00..21:00`
    Times(Clock, Clock),
    /// `2026-12-24..2026-12-26`
    Dates(jiff::civil::Date, jiff::civil::Date),
}

/// A meter.
#[derive(Clone, Debug, PartialEq)]
pub struct Meter {
    /// Its name.
    pub name: Name,
    /// Its keys.
    pub keys: Vec<Key>,
    /// What it is pooled over.
    pub pooled: Option<Path>,
    /// Its window.
    pub window: Option<Per1>,
    /// What it measures.
    pub value: Expr,
    /// The records, if it is not a meter over meters.
    pub from: Option<From>,
    /// Its value from before the first record.
    pub opening: Option<Expr>,
}

/// A key in a header: a path, and another name for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// A field, a computed field, an account fact, a key of a meter.
    pub path: Path,
    /// `as tariff`
    pub rename: Option<Name>,
    /// The whole key.
    pub span: Span,
}

/// `from KIND pieces of 1 hour where ..`
#[derive(Clone, Debug, PartialEq)]
pub struct From {
    /// A kind, a span, a fold, or a list in a kind.
    pub path: Path,
    /// The length of the pieces.
    pub pieces: Option<Expr>,
    /// Which records.
    pub condition: Option<Expr>,
    /// The whole clause.
    pub span: Span,
}

/// A window as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// `5` in `5 minutes`.
    pub count: Option<Number>,
    /// Its unit.
    pub unit: WindowUnit,
    /// `starting mon 04:30`: the weekday (1 is Monday) and the time of day.
    pub starting: Option<(Option<u8>, Option<Clock>)>,
    /// `anchored account.start`
    pub anchored: Option<Path>,
    /// `from first use`
    pub from_first_use: bool,
    /// The whole window.
    pub span: Span,
}

/// The units in which windows count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WindowUnit {
    /// `second`
    Second,
    /// `minute`
    Minute,
    /// `hour`
    Hour,
    /// `day`
    Day,
    /// `week`
    Week,
    /// `month`
    Month,
    /// `quarter`
    Quarter,
    /// `year`
    Year,
    /// `period`: the book's own.
    Period,
    /// `term`: the contract's.
    Term,
    /// `phase`: the plan's.
    Phase,
    /// `forever`
    Forever,
}

/// A charge.
#[derive(Clone, Debug, PartialEq)]
pub struct Charge {
    /// Its name, which starts its lines' ids.
    pub name: Name,
    /// What the bill calls it.
    pub label: Option<Text>,
    /// A line for each.
    pub keys: Vec<Key>,
    /// A line for each.
    pub window: Option<Per1>,
    /// The records, where it measures them itself.
    pub from: Option<From>,
    /// Priced apart, on one line.
    pub for_each: Vec<Key>,
    /// Its clauses in their order.
    pub body: Vec<ChargeClause>,
}

/// A clause of a charge or of a part.
#[derive(Clone, Debug, PartialEq)]
pub enum ChargeClause {
    /// `quantity sum(used)`
    Quantity(Expr),
    /// `price $2 per credit from 2026-01-01`
    Price(Price),
    /// `part input { .. }`
    Part { name: Name, label: Option<Text>, body: Vec<ChargeClause>, span: Span },
    /// `at least $5 every month as minimum "Minimum"`
    AtLeast(Limit),
    /// `at most ..`
    AtMost(Limit),
    /// `tiers pooled over region in proportion`
    TiersPooled { over: Path, in_proportion: bool, span: Span },
    /// `unless zero`
    UnlessZero(Span),
}

/// A price clause.
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    /// A rate or tiers.
    pub kind: PriceKind,
    /// From when on it holds.
    pub since: Option<Literal>,
    /// The whole clause.
    pub span: Span,
}

/// A price is a rate or a list of tiers.
#[derive(Clone, Debug, PartialEq)]
pub enum PriceKind {
    /// `$2 per credit`
    Rate(Expr),
    /// `graduated { .. }`
    Graduated(Vec<Tier>),
    /// `volume { .. }`
    Volume(Vec<Tier>),
}

/// A tier of a price.
#[derive(Clone, Debug, PartialEq)]
pub struct Tier {
    /// On which side of the edge it lies.
    pub bound: Bound,
    /// Its edge.
    pub edge: Expr,
    /// Its rate, or its price.
    pub price: Expr,
    /// `plus $10`
    pub flat: Option<Expr>,
    /// `at most $100`
    pub at_most: Option<Limit>,
    /// `as tier1 "Tier 1"`
    pub line: Option<AsLine>,
    /// The whole tier.
    pub span: Span,
}

/// A floor or a ceiling.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The amount.
    pub amount: Expr,
    /// `every quarter`
    pub every: Option<Window>,
    /// `as minimum "Minimum"`
    pub line: Option<AsLine>,
    /// The whole clause.
    pub span: Span,
}

/// A line of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct AsLine {
    /// Its name.
    pub name: Name,
    /// Its label.
    pub label: Option<Text>,
}

/// A fee.
#[derive(Clone, Debug, PartialEq)]
pub struct Fee {
    /// Its name.
    pub name: Name,
    /// Its label.
    pub label: Option<Text>,
    /// A line for each.
    pub keys: Vec<Key>,
    /// Its clauses.
    pub clauses: Vec<FeeClause>,
}

/// A clause of a fee.
#[derive(Clone, Debug, PartialEq)]
pub enum FeeClause {
    /// `quantity held`
    Quantity(Expr),
    /// `price $30 per seat every month in advance from 2026-01-01`
    Price { price: Expr, every: Option<Window>, in_advance: bool, since: Option<Literal>, span: Span },
    /// `prorated by day`
    Prorated(WindowUnit, Span),
    /// `at least ..`
    AtLeast(Limit),
    /// `at most ..`
    AtMost(Limit),
    /// `unless zero`
    UnlessZero(Span),
}

/// A grant.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// Its name.
    pub name: Name,
    /// Its label.
    pub label: Option<Text>,
    /// A balance for each.
    pub keys: Vec<Key>,
    /// Its clauses.
    pub clauses: Vec<GrantClause>,
}

/// A clause of a grant.
#[derive(Clone, Debug, PartialEq)]
pub enum GrantClause {
    /// `gives 500 requests every month`
    Gives { amount: Expr, when: Giving },
    /// `opening account.credits`
    Opening(Expr),
    /// `costs $40 every month in advance`
    Costs { amount: Expr, every: Option<Window>, in_advance: bool },
    /// `covers compute, storage at contract_rate where ..`
    Covers { charges: Vec<Path>, at: Option<Expr>, condition: Option<Expr> },
    /// `order highest saving, then lowest rate`
    Order(Vec<Criterion>),
    /// `priority 10`
    Priority(Number),
    /// `expires end of term`
    ExpiresAt(Expr),
    /// `expires after 12 months`
    ExpiresAfter(Window),
    /// `rolls over up to 100% when ..`
    RollsOver { up_to: Option<Expr>, when: Option<Expr>, span: Span },
    /// `reload 1_000 credits for $40 when short`; without a condition it is `short`.
    Reload { amount: Expr, price: Option<Expr>, when: Option<Expr> },
    /// `off the bill`
    OffTheBill(Span),
}

/// When a grant gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Giving {
    /// As the amount itself says.
    Plain,
    /// `every month`
    Every(Window),
    /// `once at start of term`
    OnceAt(Expr),
    /// `for each topup where ..`
    ForEach { path: Path, condition: Option<Expr> },
}

/// `highest saving`, `lowest rate`
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// `highest` or `lowest`.
    pub highest: bool,
    /// `saving`, `rate` or `price`.
    pub of: Name,
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name.
    pub name: Name,
    /// Its label.
    pub label: Option<Text>,
    /// `when ..`
    pub when: Expr,
    /// `reaches 20%, 10% of terms.commit`
    pub reaches: Option<(Vec<Expr>, Option<Expr>)>,
    /// `where ..`, after a kind.
    pub condition: Option<Expr>,
    /// What it does.
    pub action: Action,
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// `invoice`, `invoice $20`
    Invoice(Option<Expr>),
    /// `notify ".."`
    Notify(Text),
    /// `hold`
    Hold(Span),
    /// `block`
    Block(Span),
}

/// A plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Its name.
    pub name: Name,
    /// Its label.
    pub label: Option<Text>,
    /// Who is on it by default.
    pub condition: Option<Expr>,
    /// What it groups.
    pub items: Vec<PlanItem>,
}

/// What stands in a plan.
#[derive(Clone, Debug, PartialEq)]
pub enum PlanItem {
    /// `terms { commit : USD }`
    Terms(Vec<Field>),
    /// `phase 3 months { .. }`
    Phase { window: Window, items: Vec<PlanItem> },
    /// A charge, fee, grant, rule, meter, define, override or discount.
    Item(Box<Item>),
}

/// A clause of a discount.
#[derive(Clone, Debug, PartialEq)]
pub enum DiscountClause {
    /// `takes 10% off`
    Takes(Expr),
    /// `covers compute`
    Covers { charges: Vec<Path>, condition: Option<Expr> },
}

/// A test.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// What it shows.
    pub label: Text,
    /// Its clauses in their order.
    pub clauses: Vec<TestClause>,
}

/// A clause of a test.
#[derive(Clone, Debug, PartialEq)]
pub enum TestClause {
    /// `account "ORG1" { .. }`
    Account { id: Option<Text>, values: Vec<Entry>, span: Span },
    /// `contract "ORG1" on plan from .. to .. { .. }`
    Contract { id: Option<Text>, plan: Name, from: Literal, to: Option<Literal>, values: Vec<Entry>, span: Span },
    /// `usage from "july.ndjson"`
    UsageFile(Text),
    /// `usage KIND { .. }`
    Usage { kind: Name, values: Vec<Entry>, span: Span },
    /// `bill "ORG1" for 2026-07`
    Bill { id: Option<Text>, period: BillPeriod, span: Span },
    /// `invoice RULE at "u001"`
    Invoice { rule: Name, record: Text, span: Span },
    /// `expect compute:XL = $48.00`
    ExpectLine { line: LineId, value: Literal, span: Span },
    /// `expect balance capacity = $0.00`
    ExpectBalance { name: Name, value: Literal, span: Span },
    /// `expect rule NAME at "u020"`
    ExpectRule { name: Name, record: Text, span: Span },
    /// `expect error florin::units::mismatch`
    ExpectError { code: Arc<str>, span: Span },
    /// `expect unpriced "u007"`
    ExpectUnpriced { record: Text, span: Span },
    /// `snapshot`
    Snapshot(Span),
}

/// The dates that a bill is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillPeriod {
    /// `2026-03-02`: the period that holds this day.
    Day(jiff::civil::Date),
    /// `2026-05-15..2026-06-13`, both days inclusive.
    Days(jiff::civil::Date, jiff::civil::Date),
    /// `2026-03`: the year and the month.
    Month(i16, i8),
    /// `2026`
    Year(i16),
}

/// `tokens:"gpt-4o":standard`
#[derive(Clone, Debug, PartialEq)]
pub struct LineId {
    /// The charge.
    pub name: Name,
    /// The values of its keys.
    pub keys: Vec<Literal>,
    /// The whole id.
    pub span: Span,
}

/// `name: value` in a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The field.
    pub name: Name,
    /// Its value.
    pub value: EntryValue,
    /// From when on it holds.
    pub since: Option<Literal>,
}

/// A value in a test.
#[derive(Clone, Debug, PartialEq)]
pub enum EntryValue {
    /// One value.
    Literal(Literal),
    /// `[ .. ]`
    List(Vec<EntryValue>, Span),
    /// `{ .. }`
    Fields(Vec<Entry>, Span),
}

/// A value that needs no computing.
#[derive(Clone, Debug, PartialEq)]
pub struct Literal {
    /// Its form.
    pub kind: LiteralKind,
    /// Its place, a minus included.
    pub span: Span,
}

/// The forms of a literal. A minus is part of the number.
#[derive(Clone, Debug, PartialEq)]
pub enum LiteralKind {
    /// `2.5`, `10%`
    Number(Number),
    /// `50 TB`
    Quantity(Number, UnitName),
    /// `$3.00`, `USD 3.00`: how the currency is written, and how much.
    Money(CurrencyName, Number),
    /// A literal with `per ..` behind it.
    Rate(Box<Literal>, Per),
    /// `$0.03 each`
    Each(Box<Literal>),
    /// `2026-11-03T10:00:00Z`
    Instant(jiff::Timestamp),
    /// `2026-11-03`
    Date(jiff::civil::Date),
    /// `2026-11`: the year and the month.
    Month(i16, i8),
    /// `04:30`
    Clock(Clock),
    /// `"gpt-4o"`
    Text(Arc<str>),
    /// `true`
    Boolean(bool),
    /// `standard`: an enum's member, or a plain word.
    Word(Arc<str>),
}

/// A currency as it stands before an amount.
#[derive(Clone, Debug, PartialEq)]
pub struct CurrencyName {
    /// `$`, `R$`, `USD`
    pub text: Arc<str>,
    /// Its place.
    pub span: Span,
}

/// `half even`, `up`, `down`, or half away from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundingMode {
    /// `half even`
    HalfEven,
    /// `up`: away from zero.
    Up,
    /// `down`: toward zero.
    Down,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Its form.
    pub kind: ExprKind,
    /// The whole expression.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A value, never a word: that is a path.
    Literal(Literal),
    /// `account.edition`
    Path(Path),
    /// `-x`
    Negative(Box<Expr>),
    /// `not x`
    Not(Box<Expr>),
    /// `x + y`; the place of the operator.
    Binary { operator: Operator, operator_span: Span, left: Box<Expr>, right: Box<Expr> },
    /// `x is absent`
    IsAbsent(Box<Expr>),
    /// `start in peak`
    InCalendar(Box<Expr>, Name),
    /// `if a then b else c`
    If { condition: Box<Expr>, then: Box<Expr>, otherwise: Box<Expr> },
    /// `match size { XS : 1; else : 2 }`
    Match { subject: Path, arms: Vec<Arm> },
    /// `x per started 100 kB`
    Rate { value: Box<Expr>, per: Per },
    /// `x each`
    Each(Box<Expr>),
    /// `x at start of phase`
    AtTime { value: Box<Expr>, time: Box<Expr> },
    /// `sum(x)`, `cost(a, b)`
    Call { name: Name, arguments: Vec<Argument> },
    /// `round(x to 2 places, half even)`
    Round { function: RoundFunction, value: Box<Expr>, to: Option<RoundTo>, mode: Option<(RoundingMode, Span)> },
    /// `rate[size, cloud].fast`
    Lookup { table: Name, keys: Vec<Expr>, column: Option<Name> },
    /// `days of next month in summer`
    WindowValue { value: WindowPart, shift: Option<Shift>, window: Window, calendar: Option<Name> },
    /// `used of previous period opening 0`
    History { path: Path, shift: Shift, window: WindowUnit, window_span: Span, opening: Option<Box<Expr>> },
    /// A piece that could not be read; it has been reported.
    Hole,
}

/// Two-sided operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The names say it.
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Above,
    Otherwise,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
}

/// An arm of a `match`.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// What it holds for; none for `else`.
    pub pattern: Option<Literal>,
    /// Its value.
    pub value: Expr,
    /// The whole arm.
    pub span: Span,
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The value.
    pub value: Expr,
    /// What follows it.
    pub over: Option<Over>,
    /// The whole argument.
    pub span: Span,
}

/// What may follow an argument.
#[derive(Clone, Debug, PartialEq)]
pub enum Over {
    /// `for t in tools where ..`
    List { item: Name, list: Path, condition: Option<Box<Expr>> },
    /// `by WEIGHT over KEY`
    Split { weight: Box<Expr>, key: Path },
    /// `over last 11 months`
    Last(Window),
    /// `over dec..feb`
    Months(u8, u8, Span),
}

/// `round`, `ceil`, `floor`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundFunction {
    /// To the nearest.
    Round,
    /// Toward plus infinity.
    Ceil,
    /// Toward minus infinity.
    Floor,
}

/// What a rounding counts in.
#[derive(Clone, Debug, PartialEq)]
pub enum RoundTo {
    /// `to 2 places`
    Places(Number),
    /// `to 6 seconds`
    Step(Box<Expr>),
}

/// What is asked of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowPart {
    /// Its first instant.
    Start,
    /// The instant after its last.
    End,
    /// Its elapsed time.
    Length,
    /// Its days by the calendar.
    Days,
}

/// Another window than the one that holds the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    /// The one before.
    Previous,
    /// The one after.
    Next,
}
