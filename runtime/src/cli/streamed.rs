//! `rate` and `bill` by the compiled evaluator: the run as a stream, and what it says in the end.

use super::args::{EvaluatorArgs, RunArgs};
use super::bill::Billing;
use super::listen::RunListener;
use super::output::say;
use super::{Outcome, Stop, input};
use crate::accounts::read_accounts;
use crate::contracts::read_contracts;
use crate::engine::{Program, asked_periods};
use crate::render::money::grouped;
use crate::source::Input;
use crate::stream::{Finished, Options, Payload, Refused, Sink, Stopped, Subject, Wanted, fill, run};
use florin_compiler::bill::{Bill, Period, Rated};
use florin_compiler::columns::Dictionary;
use florin_compiler::compiled::{Rater, Shard};
use florin_compiler::model::{Accounts, Symbol};
use florin_compiler::reference::Definitions;
use florin_compiler::syntax::ast::BillPeriod;
use jiff::Timestamp;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a run begins with.
pub struct Prepared<'p> {
    /// With the rows that come with the usage.
    program: Cow<'p, Program>,
    refused: Refused,
    /// What is known of accounts.
    pub accounts: Accounts,
    /// Whether usage of any other account is refused: where they were given as all that there are.
    are_all: bool,
    dictionary: Dictionary,
    asked: Vec<Period>,
}

impl<'p> Prepared<'p> {
    /// Reads the accounts.
    ///
    /// # Errors
    /// Where they are wrong.
    pub fn new(program: &'p Program, args: &RunArgs, asked: Option<&BillPeriod>) -> Result<Prepared<'p>, Stop> {
        let schema = &program.schema;
        let listed = args.accounts.as_deref().map(|path| read_accounts(program, &Input::new(path)));
        let listed = listed.transpose().map_err(Stop::new)?;
        let are_all = listed.is_some();
        let listed = listed.unwrap_or_default();
        input::say_ignored_facts(schema, &listed.ignored);
        let asked = asked_periods(program, asked);
        let mut accounts = listed.accounts;
        if let Some(path) = &args.contracts {
            read_contracts(&program.schema, &Input::new(path), &mut accounts).map_err(Stop::new)?;
        }
        let (program, refused) = with_rows(program, are_all.then_some(&accounts), args)?;
        let dictionary = Dictionary::of(&program);
        Ok(Prepared { program, refused, accounts, are_all, dictionary, asked })
    }

    /// The rater of the run.
    #[must_use]
    pub fn rater(&self) -> Rater<'_> {
        let rater = Rater::new(&self.program, &self.accounts, &self.dictionary, &self.asked);
        if self.accounts.is_empty() { rater } else { rater.of_listed_accounts() }
    }
}

/// The program with the rows that come with the usage, for which it is read once more before it is rated.
fn with_rows<'p>(
    program: &'p Program,
    accounts: Option<&Accounts>,
    args: &RunArgs,
) -> Result<(Cow<'p, Program>, Refused), Stop> {
    let Some(table) = program.tables.iter().map(|one| &one.table).find(|table| table.filling.is_some()) else {
        return Ok((Cow::Borrowed(program), Refused::default()));
    };
    if let Some(once) = args.usage.iter().find(|path| !path.is_file()) {
        let input = Input::new(once);
        // What is not there at all is said as ever.
        input.open().map_err(Stop::new)?;
        return Err(Stop::usage(format!(
            "the rows of `{}` come with the usage, so it is read twice, and {} can be read only once; \
             write it to a file first, or say --evaluator reference, which keeps all of it in memory",
            table.name,
            input.name()
        )));
    }
    let inputs: Vec<Input> = args.usage.iter().map(|path| Input::new(path)).collect();
    let (filled, refused) = fill(program, accounts, &inputs).map_err(Stop::new)?;
    Ok((Cow::Owned(filled), refused))
}

/// A run that has ended.
pub struct Streamed<'r> {
    finished: Finished<'r>,
    definitions: &'r Definitions<'r>,
    shard_of: HashMap<Symbol, usize>,
}

impl<'r> Streamed<'r> {
    /// Runs over all usage; what is rated of each stretch is handed to `take`.
    ///
    /// # Errors
    /// Where an input can not be read, or `take` fails.
    pub fn run(
        prepared: &'r Prepared<'_>,
        rater: &'r Rater<'r>,
        options: &'r Options,
        args: &RunArgs,
        take: &mut dyn FnMut(Payload) -> Result<Wanted, Stop>,
    ) -> Result<Streamed<'r>, Stop> {
        let inputs: Vec<Input> = args.usage.iter().map(|path| Input::new(path)).collect();
        let mut listener = RunListener::new(args)?;
        let subject = Subject {
            program: &prepared.program,
            rater,
            dictionary: &prepared.dictionary,
            accounts: &prepared.accounts,
            is_listed: prepared.are_all,
            asked: &prepared.asked,
            refused: &prepared.refused,
        };
        let finished = run(subject, options, &inputs, &mut listener, take);
        listener.finish()?;
        let finished = finished.map_err(|stopped| match stopped {
            Stopped::Input(error) => Stop::new(error),
            Stopped::Output(stop) => stop,
        })?;
        input::say_ignored_fields(&prepared.program.schema, &finished.ignored);
        let all = finished.shards.iter().enumerate();
        let shard_of = all.flat_map(|(at, shard)| shard.accounts().map(move |account| (account.clone(), at))).collect();
        Ok(Streamed { finished, definitions: rater.definitions(), shard_of })
    }

    /// All accounts that have records or are listed, unless others pay for them.
    #[must_use]
    pub fn accounts(&self, listed: &Accounts) -> BTreeSet<Symbol> {
        let listed = listed.keys().filter(|account| self.definitions.has_bills(account));
        listed.chain(self.shard_of.keys()).cloned().collect()
    }

    /// Hands all sums to the definitions, which make bills of them.
    pub fn close(&mut self) {
        self.finished.shards.iter_mut().for_each(Shard::close);
    }

    /// What is due of an account without any usage, in those periods of the run in which it has none.
    #[must_use]
    pub fn due_without_usage(&self, account: &Symbol) -> Vec<Rated> {
        let used = self.periods(account);
        let idle = self.periods_of_all(account).into_iter().filter(|period| !used.contains(period));
        idle.flat_map(|period| match self.shard(account) {
            Some(shard) => shard.due(account, &period),
            None => self.definitions.due(account, &period),
        })
        .collect()
    }

    /// Says what has no price, the counts and what else was asked for; whether all was well.
    pub fn conclude(&self, args: &RunArgs, evaluator: &EvaluatorArgs, made: &str) -> Outcome {
        let finished = &self.finished;
        for unpriced in &finished.unpriced {
            input::say_unpriced_record(&unpriced.place, &unpriced.id, &unpriced.missing);
        }
        let others = finished.counts.unpriced.saturating_sub(finished.unpriced.len() as u64);
        input::say_more_unpriced(others);
        input::say_cut_spans(&finished.shards.iter().flat_map(Shard::cut_spans).collect());
        if evaluator.stats {
            self.say_stats();
        }
        if !self.is_whole() {
            say("note: nobody reads the output any more, so reading the usage ended here");
        }
        let verified = match &finished.verified {
            None => true,
            Some(Ok((records, accounts))) => {
                let [records, accounts] = [records, accounts].map(|count| grouped(&count.to_string()));
                say(format_args!("verified {records} records of {accounts} accounts: no difference"));
                true
            }
            Some(Err(difference)) => {
                say(format_args!("error: the two evaluators differ, which is a fault of florin; please report it"));
                say(difference);
                false
            }
        };
        match input::conclude_counts(finished.counts, args, made) {
            Outcome::Fine if verified => Outcome::Fine,
            _ => Outcome::Wrong,
        }
    }

    /// Whether all of the usage was read.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.finished.wanted == Wanted::More
    }

    /// Whether what was rated may be kept.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        !matches!(self.finished.verified, Some(Err(_)))
    }

    fn say_stats(&self) {
        let live = self.finished.shards.iter().map(Shard::live);
        let (groups, bytes) = live.fold((0, 0), |(groups, bytes), (more, size)| (groups + more, bytes + size));
        let (ids, id_bytes) = self.finished.seen;
        let each = |bytes: usize, count: usize| bytes.checked_div(count).unwrap_or(0);
        let number = |count: usize| grouped(&count.to_string());
        say(format_args!(
            "state: {} groups of {} accounts in {} bytes ({} each), {} ids in {} bytes ({} each)",
            number(groups),
            number(self.shard_of.len()),
            number(bytes),
            number(each(bytes, groups)),
            number(ids),
            number(id_bytes),
            number(each(id_bytes, ids)),
        ));
    }

    fn shard(&self, account: &Symbol) -> Option<&Shard<'r>> {
        self.finished.shards.get(self.shard_of.get(account).copied().unwrap_or(0))
    }
}

impl Billing for Streamed<'_> {
    fn period(&self, account: &Symbol, asked: &BillPeriod) -> Result<Period, String> {
        self.definitions.asked(account, asked).map_err(|error| error.to_string())
    }

    fn periods(&self, account: &Symbol) -> Vec<Period> {
        self.shard(account).map(|shard| shard.periods(account).into_iter().collect()).unwrap_or_default()
    }

    /// The moments are sorted, so from one period to the next is one step.
    fn periods_of_all(&self, account: &Symbol) -> Vec<Period> {
        let mut all: BTreeMap<Timestamp, Period> =
            self.periods(account).into_iter().map(|period| (period.interval.start, period)).collect();
        let mut next = i128::MIN;
        for moment in &self.finished.moments {
            let nanoseconds = i128::from(*moment);
            if nanoseconds < next {
                continue;
            }
            let Ok(time) = Timestamp::from_nanosecond(nanoseconds) else { continue };
            if let Some(period) = self.definitions.period(account, time) {
                next = period.interval.end.as_nanosecond();
                if self.definitions.has_a_bill(account, &period) {
                    all.insert(period.interval.start, period);
                }
            }
        }
        all.into_values().collect()
    }

    fn bill(&self, account: &Symbol, period: &Period) -> Option<Bill> {
        self.shard(account)?.bill(account, period)
    }
}

impl EvaluatorArgs {
    /// How a run of these goes.
    #[must_use]
    pub fn options(&self, sink: Sink, verify: Option<crate::stream::Share>, keep_moments: bool) -> Options {
        let all = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Options { threads: self.threads.map_or_else(all, usize::from), sink, verify, keep_moments }
    }
}
