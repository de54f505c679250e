//! A whole run.

use super::done::{Done, Payload, Unpriced};
use super::rows::Refused;
use super::turn::Turn;
use super::verify::{Sample, Sampled, Share};
use super::work::{Reader, Work, read_all};
use super::worker::{Common, Dedup};
use crate::counts::Counts;
use crate::sink::TextFormat;
use crate::source::{Ignored, Input, Listener, OpenError};
use florin_compiler::bill::Period;
use florin_compiler::columns::Dictionary;
use florin_compiler::compiled::{Purpose, Rater, Shard};
use florin_compiler::ir::Program;
use florin_compiler::model::{Accounts, Symbol};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::RandomState;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

/// How a run goes.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many workers.
    pub threads: usize,
    /// What becomes of the rated records.
    pub sink: Sink,
    /// How much of the usage the reference rates once more.
    pub verify: Option<Share>,
    /// Whether it must be known in the end when there were records: see [`Finished::moments`].
    pub keep_moments: bool,
}

impl Options {
    /// Moments are kept in steps of half a minute, in nanoseconds: every offset of a time zone since 1970 is a multiple
    /// of it, and so every period begins with a step.
    pub const MOMENT: i64 = 30_000_000_000;
    /// How many records without a price are named.
    pub const SAID: usize = 20;
}

/// Whether the caller wants more of what is rated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All that comes.
    More,
    /// Nothing, so that the run need not go on.
    NoMore,
}

/// What becomes of the rated records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sink {
    /// They are not wanted: bills are made in the end.
    Bills,
    /// They are handed over as text.
    Text(TextFormat),
    /// They are handed over one by one.
    Rows,
}

/// What a run is about.
#[derive(Clone, Copy)]
pub struct Subject<'r> {
    /// The program.
    pub program: &'r Program,
    /// Its rater.
    pub rater: &'r Rater<'r>,
    /// The dictionary of both.
    pub dictionary: &'r Dictionary,
    /// What is known of accounts.
    pub accounts: &'r Accounts,
    /// Whether only these accounts have usage.
    pub is_listed: bool,
    /// The periods of a book whose period is given.
    pub asked: &'r [Period],
    /// The rows of tables that are refused.
    pub refused: &'r Refused,
}

/// What a run came to.
pub struct Finished<'r> {
    /// The shards with the state of all accounts.
    pub shards: Vec<Shard<'r>>,
    /// How many records went where.
    pub counts: Counts,
    /// The first records without a price.
    pub unpriced: Vec<Unpriced>,
    /// What the inputs had and the book does not declare.
    pub ignored: Ignored,
    /// When there were records, each as the start of its step, where it must be known.
    pub moments: BTreeSet<i64>,
    /// Whether the inputs were read to their end, or no more was wanted.
    pub wanted: Wanted,
    /// How many ids were seen, and the bytes that they take.
    pub seen: (usize, usize),
    /// How many records of how many accounts were rated twice, or the difference that was found.
    pub verified: Option<Result<(usize, usize), String>>,
}

/// Why a run ended early.
#[derive(Debug)]
pub enum Stopped<E> {
    /// An input can not be read.
    Input(OpenError),
    /// The caller could not take what was rated.
    Output(E),
}

/// Runs over inputs. What is rated of each stretch is handed to `take`, in order, as long as it wants more.
///
/// # Errors
/// Where an input can not be read on, or `take` fails.
pub fn run<'r, E>(
    subject: Subject<'r>,
    options: &'r Options,
    inputs: &[Input],
    listener: &mut dyn Listener,
    take: &mut dyn FnMut(Payload) -> Result<Wanted, E>,
) -> Result<Finished<'r>, Stopped<E>> {
    let purpose = if options.sink == Sink::Bills { Purpose::Bills } else { Purpose::Differences };
    let threads = options.threads.max(1);
    // More shards than threads, so that they seldom wait for the same one.
    let shards = if threads == 1 { 1 } else { threads * 4 };
    let common = Common {
        schema: &subject.program.schema,
        refused: subject.refused,
        rater: subject.rater,
        options,
        dedup: Turn::new(Dedup::default()),
        shards: (0..shards).map(|_| Turn::new(Shard::new(subject.rater, purpose))).collect(),
        hasher: RandomState::new(),
        sample: options.verify.filter(|_| options.sink != Sink::Bills).map(Sample::of),
    };
    let mut gathered = Gathered::default();
    let (work_sender, work) = sync_channel::<Work>(threads * 2);
    let queue = Queue(Mutex::new(Some((0u64, work))));
    let outcome = std::thread::scope(|scope| {
        let (sender, done) = sync_channel::<Done>(threads * 2);
        let (common, queue) = (&common, &queue);
        scope.spawn(move || read_all(&subject.program.schema, inputs, &work_sender));
        for _ in 0..threads {
            let sender = sender.clone();
            scope.spawn(move || each_stretch(subject, common, queue, &sender));
        }
        drop(sender);
        let outcome = gathered.gather(&done, listener, take);
        // Whoever still waits to hand something over finds nobody.
        drop(done);
        queue.close();
        outcome
    });
    let wanted = outcome?;
    let shards: Vec<Shard<'r>> = common.shards.into_iter().map(Turn::into_inner).collect();
    let dedup = common.dedup.into_inner();
    let mut finished = gathered.finish(shards, wanted, options, subject);
    finished.seen = dedup.seen.size();
    Ok(finished)
}

/// The stretches that wait for a worker, and the number of the next one.
struct Queue(Mutex<Option<(u64, Receiver<Work>)>>);

impl Queue {
    /// The next stretch, once it is there.
    fn next(&self) -> Option<(u64, Work)> {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (next, work) = queue.as_mut()?;
        let stretch = *next;
        let work = work.recv().ok()?;
        *next += 1;
        Some((stretch, work))
    }

    /// No more are wanted: who reads the inputs finds nobody.
    fn close(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn each_stretch(subject: Subject<'_>, common: &Common<'_>, queue: &Queue, sender: &SyncSender<Done>) {
    let accounts = subject.is_listed.then_some(subject.accounts);
    let mut reader = Reader::new(subject.program, subject.dictionary, accounts);
    while let Some((stretch, work)) = queue.next() {
        if sender.send(common.work(&mut reader, stretch, &work)).is_err() {
            return;
        }
    }
}

#[derive(Default)]
struct Gathered {
    next: u64,
    waiting: BTreeMap<u64, Done>,
    counts: Counts,
    unpriced: Vec<Unpriced>,
    ignored: Ignored,
    sampled: Sampled,
    moments: BTreeSet<i64>,
    /// By number, where records may be asked for.
    names: Vec<(Arc<str>, u64, Symbol)>,
}

impl Gathered {
    /// Takes the stretches in their order.
    fn gather<E>(
        &mut self,
        done: &Receiver<Done>,
        listener: &mut dyn Listener,
        take: &mut dyn FnMut(Payload) -> Result<Wanted, E>,
    ) -> Result<Wanted, Stopped<E>> {
        for one in done {
            self.waiting.insert(one.stretch, one);
            while let Some(next) = self.waiting.remove(&self.next) {
                self.next += 1;
                if self.take(next, listener, take)? == Wanted::NoMore {
                    return Ok(Wanted::NoMore);
                }
            }
        }
        Ok(Wanted::More)
    }

    fn take<E>(
        &mut self,
        done: Done,
        listener: &mut dyn Listener,
        take: &mut dyn FnMut(Payload) -> Result<Wanted, E>,
    ) -> Result<Wanted, Stopped<E>> {
        if let Some(error) = done.failed {
            return Err(Stopped::Input(error));
        }
        let counts = &mut self.counts;
        counts.read += done.read;
        counts.duplicate += done.duplicates;
        counts.rejected += done.rejects.len() as u64;
        counts.rated += done.rated;
        counts.free += done.free;
        counts.unpriced += done.unpriced;
        done.rejects.iter().for_each(|reject| listener.rejected(reject));
        let room = Options::SAID.saturating_sub(self.unpriced.len());
        self.unpriced.extend(done.some_unpriced.into_iter().take(room));
        done.ignored.add_to(&mut self.ignored);
        if let Some((file, names)) = done.names {
            self.names.extend(names.into_iter().map(|(line, id)| (Arc::clone(&file), line, id)));
        }
        self.sampled.add(done.sample);
        self.moments.extend(done.moments);
        let wanted = take(done.payload).map_err(Stopped::Output)?;
        listener.progressed(self.counts.read);
        Ok(wanted)
    }

    fn finish<'r>(
        mut self,
        shards: Vec<Shard<'r>>,
        wanted: Wanted,
        options: &Options,
        subject: Subject<'_>,
    ) -> Finished<'r> {
        let mut named = BTreeMap::new();
        // Where no more is wanted, the shards may have seen more than was counted.
        for shard in shards.iter().filter(|_| wanted == Wanted::More) {
            let late = shard.late();
            self.counts.unpriced += late.unpriced();
            self.counts.free = (self.counts.free + late.free.len() as u64).saturating_sub(late.from_free);
            self.counts.rated = self.counts.rated.saturating_sub(late.from_rated());
            named.extend(late.named);
        }
        for (number, missing) in named {
            if let Some((file, line, id)) = self.names.get(number).filter(|_| self.unpriced.len() < Options::SAID) {
                self.unpriced.push(Unpriced { place: format!("{file}:{line}"), id: id.to_string(), missing });
            }
        }
        let verify = |_| self.sampled.verify(subject.program, subject.accounts, subject.asked);
        Finished {
            verified: options.verify.filter(|_| options.sink != Sink::Bills).map(verify),
            shards,
            counts: self.counts,
            unpriced: self.unpriced,
            ignored: self.ignored,
            moments: self.moments,
            wanted,
            seen: (0, 0),
        }
    }
}
