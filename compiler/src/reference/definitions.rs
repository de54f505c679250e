//! What the compiled evaluator asks of the definitions: where a record stands in the streams, what a window holds, what
//! a group's prices are, and whole charges that it does not compute itself.
//!
//! Everything here is the reference's own meaning, handed out in pieces.

use super::eval::number;
use super::evaluation::Evaluation;
use super::groups::{Usage, plain_entries};
use super::scope::{Context, Group, Missing, Scope};
use super::sharing::Homes;
use super::standing::UNREACHED;
use super::{last_instant, period_of};
use crate::bill::{Period, Rated, Standing};
use crate::exact::Rational;
use crate::ir::{Charge, Expr, Program};
use crate::model::{Accounts, Interval, Record, Step, Symbol, Value, Window, key_text, line_id};
use crate::time::{PeriodError, Zone, window_text};
use crate::typed::BillPeriod;
use jiff::Timestamp;

/// The definitions over one program and what is known of its accounts.
#[derive(Debug)]
pub struct Definitions<'p> {
    pub(super) program: &'p Program,
    accounts: &'p Accounts,
    /// Which of them belong together.
    homes: Homes,
    zone: Zone,
    /// The periods that are asked for, in a book whose period is given.
    pub(super) given: Option<Vec<Period>>,
}

/// What a record is in a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamEntry {
    /// The stream.
    pub stream: usize,
    /// The values of its keys.
    pub keys: Vec<Value>,
    /// Its window; none where it starts with the first use.
    pub interval: Option<Interval>,
    /// For each aggregate of the stream the value of its argument; absent where it has none.
    pub values: Vec<Value>,
}

/// A group of which only the sums are known.
#[derive(Clone, Debug, PartialEq)]
pub struct SummedGroup {
    /// The stream.
    pub stream: usize,
    /// The values of its keys.
    pub keys: Vec<Value>,
    /// Its window.
    pub interval: Interval,
    /// For each aggregate of the stream the sum of its argument.
    pub sums: Vec<Rational>,
    /// How many records it has.
    pub count: usize,
    /// When the first of them happened.
    pub first: Timestamp,
}

impl<'p> Definitions<'p> {
    /// Of a program and its accounts; those that are not listed have no facts. `asked` are the periods of a book whose
    /// period is given; other books know theirs.
    #[must_use]
    pub fn new(program: &'p Program, accounts: &'p Accounts, asked: &[Period]) -> Definitions<'p> {
        let zone = Zone::named(&program.header.timezone).unwrap_or_else(Zone::utc);
        let given = (program.header.period.step == Step::Given).then(|| asked.to_vec());
        Definitions { program, accounts, homes: Homes::of(program, accounts), zone, given }
    }

    /// The periods that are evaluated apart: those asked for, or none where the book knows its own.
    pub(super) fn apart(&self) -> Vec<Option<Period>> {
        match &self.given {
            None => vec![None],
            Some(given) => given.iter().cloned().map(Some).collect(),
        }
    }

    pub(super) fn context(&self, account: &Symbol) -> Context<'_> {
        Context::new(self.program, &self.zone, (self.accounts, &self.homes), account)
    }

    /// Whether an account follows the definitions: facts of it change, or the usage of others may change its bill.
    #[must_use]
    pub fn is_dated(&self, account: &Symbol) -> bool {
        let is_dated = self.accounts.get(account).is_some_and(crate::model::Facts::is_dated);
        is_dated || self.is_shared()
    }

    /// Whether any account follows the definitions.
    #[must_use]
    pub fn is_any_dated(&self) -> bool {
        self.is_shared() || self.accounts.values().any(crate::model::Facts::is_dated)
    }

    /// Whether the usage of one account may change the bill of another.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.program.sharing.is_any()
    }

    /// The cluster of an account whose usage may change bills of others, or whose bill theirs may change.
    #[must_use]
    pub fn cluster(&self, account: &str) -> Option<usize> {
        self.homes.cluster(account)
    }

    /// Whether an account has a bill of its own in a period: nobody else pays for it all the time.
    #[must_use]
    pub fn has_a_bill(&self, account: &Symbol, period: &Period) -> bool {
        self.context(account).has_a_bill(period.interval)
    }

    /// Whether an account has bills of its own at some time.
    #[must_use]
    pub fn has_bills(&self, account: &Symbol) -> bool {
        !self.context(account).pays_for_itself().is_empty()
    }

    /// The accounts whose bills a record may change.
    pub(super) fn homes_of(&self, record: &Record) -> Vec<Symbol> {
        match self.is_shared() {
            true => self.context(&record.account).homes_of(record),
            false => vec![record.account.clone()],
        }
    }

    /// On whose bill the usage of an account stands at a time.
    fn payer(&self, account: &Symbol, time: Timestamp) -> Symbol {
        match self.program.sharing.bill_to {
            Some(_) => self.context(account).payer(account, time).unwrap_or_else(|_| account.clone()),
            None => account.clone(),
        }
    }

    /// What a record is in the streams that are used, in its own period; items of lists one after the other.
    ///
    /// # Errors
    /// What is missing for its price, in a reader's words.
    pub fn entries(&self, record: &Record) -> Result<Vec<StreamEntry>, String> {
        let payer = self.payer(&record.account, record.time);
        let given = match &self.given {
            None => None,
            Some(_) => match self.period(&payer, record.time) {
                Some(period) => Some(period.interval),
                None => return Ok(Vec::new()),
            },
        };
        let context = self.context(&payer).given(given);
        let found = plain_entries(&context, record).map_err(|Missing(reason)| reason)?;
        Ok(found.into_iter().map(super::groups::Entry::public).collect())
    }

    /// Why a record has no price whatever takes it: no bill can hold it.
    #[must_use]
    pub fn outside(&self, account: &Symbol, time: Timestamp) -> Option<String> {
        super::outside(&self.context(&self.payer(account, time)), time, &self.given)
    }

    /// How a record stands that no stream takes.
    #[must_use]
    pub fn untaken(&self, record: &Record) -> Standing {
        if let Some(reason) = self.outside(&record.account, record.time) {
            return Standing::Unpriced(reason);
        }
        super::standing::untaken(&self.context(&self.payer(&record.account, record.time)), record)
    }

    /// Why a record that nothing takes has no price.
    #[must_use]
    pub fn unreached(&self) -> &'static str {
        UNREACHED
    }

    /// The stretch of a window that holds an instant.
    ///
    /// # Errors
    /// What the account lacks for it.
    pub fn holding(&self, account: &Symbol, window: &Window, time: Timestamp) -> Result<Option<Interval>, String> {
        self.context(account).holding(window, time).map_err(|Missing(reason)| reason)
    }

    /// The period of the bill that holds an instant.
    #[must_use]
    pub fn period(&self, account: &Symbol, time: Timestamp) -> Option<Period> {
        period_of(&self.context(account), time, &self.given)
    }

    /// The period of the bill on which a window's line stands: the one in which it ends.
    #[must_use]
    pub fn billed_in(&self, account: &Symbol, charge: &Charge, interval: Interval) -> Option<Period> {
        let at = if charge.per_period { interval.start } else { last_instant(interval)? };
        self.period(account, at)
    }

    /// The number that an expression in group scope yields, where it is the same for all records of the group.
    ///
    /// # Errors
    /// What is missing for it.
    pub fn fixed(&self, account: &Symbol, keys: &[Value], interval: Interval, expr: &Expr) -> Result<Rational, String> {
        self.in_group(account, keys, interval, |scope| number(scope, expr))
    }

    /// The price of a body that holds at the start of a window.
    ///
    /// # Errors
    /// Where none does.
    pub fn price<'b>(
        &self,
        account: &Symbol,
        interval: Interval,
        body: &'b crate::ir::Body,
    ) -> Result<&'b crate::ir::Price, String> {
        self.in_group(account, &[], interval, |scope| super::price::price_at(scope, body))
    }

    /// What a total costs at a price in a group, by the definitions.
    ///
    /// # Errors
    /// What is missing for it.
    pub fn cost(
        &self,
        account: &Symbol,
        keys: &[Value],
        interval: Interval,
        price: &crate::ir::Price,
        total: &Rational,
    ) -> Result<Rational, String> {
        self.in_group(account, keys, interval, |scope| {
            super::price::cost(scope, price, total).map(|(amount, _)| amount)
        })
    }

    /// An amount within limits, in a group.
    ///
    /// # Errors
    /// What is missing for them.
    pub fn limited(
        &self,
        account: &Symbol,
        interval: Interval,
        limits: &[crate::ir::Limit],
        amount: Rational,
    ) -> Result<Rational, String> {
        self.in_group(account, &[], interval, |scope| super::limits::clamp(scope, limits, amount))
    }

    /// The period that dates mean for an account.
    ///
    /// # Errors
    /// Where they are not exactly one of the book's periods.
    pub fn asked(&self, account: &Symbol, asked: &BillPeriod) -> Result<Period, PeriodError> {
        super::asked_period(&self.context(account), asked)
    }

    /// What is due of an account in a period without any usage.
    #[must_use]
    pub fn due(&self, account: &Symbol, period: &Period) -> Vec<Rated> {
        let given = self.given.as_ref().map(|_| period.interval);
        super::rate::due_without_usage(&self.context(account).given(given), period)
    }

    /// The quantity that is billed of a total: where blocks are priced, the last one counts whole.
    #[must_use]
    pub fn billed(&self, price: &crate::ir::Price, total: &Rational) -> Rational {
        super::price::billed(price, total)
    }

    /// The id of a charge's line.
    #[must_use]
    pub fn line_id(&self, charge: &Charge, keys: &[Value], interval: Interval) -> String {
        let named = charge.keys.iter().zip(keys);
        let mut texts: Vec<String> =
            named.map(|(key, value)| key_text(value, &key.ty, key.unit.as_ref(), &self.program.schema)).collect();
        if !charge.per_period {
            texts.push(window_text(&charge.window, &self.zone, interval));
        }
        line_id(&charge.name, texts.iter().map(String::as_str))
    }

    fn in_group<T>(
        &self,
        account: &Symbol,
        keys: &[Value],
        interval: Interval,
        then: impl FnOnce(&Scope<'_>) -> super::scope::Outcome<T>,
    ) -> Result<T, String> {
        let context = self.context(account);
        let nothing = Usage::default();
        let evaluation = Evaluation::new(&context, &nothing, &[], interval);
        let group = Group::new(keys.to_vec(), interval);
        then(&Scope::group(&evaluation, &group)).map_err(|Missing(reason)| reason)
    }
}
