//! How long records last, and the pieces that they are cut into.

use super::eval::{eval, number};
use super::scope::{Missing, Outcome, RecordHome, Scope, internal};
use super::text;
use crate::exact::{Rational, Rounding};
use crate::ir::{Lasting, LastingPart, ops};
use crate::model::{Interval, Record, Value};
use jiff::Timestamp;

/// The most pieces of one record: a year of minutes is 525,600.
const MOST_PIECES: i64 = 1_000_000;

/// A stretch of time, in seconds from 1970, exact: a duration may be finer than any clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lasts {
    pub(super) start: Rational,
    /// None while it goes on.
    pub(super) end: Option<Rational>,
}

impl Lasts {
    /// Whether it is in force at a moment.
    pub(super) fn holds(&self, moment: &Rational) -> bool {
        self.start <= *moment && self.end.as_ref().is_none_or(|end| moment < end)
    }

    /// Whether some of it lies in a stretch; what has no length lies where it starts.
    pub(super) fn touches(&self, stretch: Interval) -> bool {
        let (start, end) = (seconds(stretch.start), seconds(stretch.end));
        self.start < end && (self.start >= start || self.end.as_ref().is_none_or(|own| *own > start))
    }

    /// Its last instant, if it ends.
    pub(super) fn last_instant(&self) -> Option<Timestamp> {
        let end = self.end.as_ref()?.max(&self.start);
        let ns = Rounding::Ceil.to_integer(&(end * &Rational::power_of_ten(9)));
        let ns = i128::try_from(ns).ok()?.checked_sub(1)?;
        Timestamp::from_nanosecond(ns).ok().map(|last| last.max(instant(&self.start)))
    }
}

/// An instant in seconds from 1970.
pub(super) fn seconds(time: Timestamp) -> Rational {
    ops::seconds_between(Timestamp::UNIX_EPOCH, time)
}

/// The instant of a clock that shows nanoseconds.
pub(super) fn instant(seconds: &Rational) -> Timestamp {
    let ns = Rounding::Floor.to_integer(&(seconds * &Rational::power_of_ten(9)));
    let out_of_range = if seconds.is_negative() { Timestamp::MIN } else { Timestamp::MAX };
    i128::try_from(ns).ok().and_then(|ns| Timestamp::from_nanosecond(ns).ok()).unwrap_or(out_of_range)
}

/// How long the record at hand lasts, or the piece of it.
pub(super) fn lasts(scope: &Scope<'_>) -> Outcome<Lasts> {
    let super::scope::Home::Record(home) = scope.home else { return Err(internal("a group does not last")) };
    if let Some(piece) = &home.piece {
        return Ok(piece.clone());
    }
    let program = scope.context.program;
    let lasting = program.lasting.get(home.record.kind).and_then(Option::as_ref);
    let scope = scope.outside_lists();
    let found = match lasting.ok_or_else(|| internal("a record that does not last"))? {
        Lasting::On => Lasts { start: seconds(home.record.time), end: None },
        Lasting::For(duration) => {
            let start = seconds(home.record.time);
            Lasts { end: Some(&start + &number(&scope, duration)?), start }
        }
        Lasting::FromTo(start, end) => {
            Lasts { start: seconds(time(&scope, start)?), end: Some(seconds(time(&scope, end)?)) }
        }
        Lasting::Made(start, end) => {
            let time = |at: usize| match home.record.values.get(at) {
                Some(Value::Time(time)) => Some(seconds(*time)),
                _ => None,
            };
            Lasts { start: time(*start).ok_or_else(|| internal("it has no start"))?, end: time(*end) }
        }
    };
    match &found.end {
        Some(end) if *end < found.start => Err(Missing("it would end before it starts".to_owned())),
        Some(end) if *end > seconds(Timestamp::MAX) => {
            Err(Missing("it would last longer than time is counted".to_owned()))
        }
        _ => Ok(found),
    }
}

fn time(scope: &Scope<'_>, expr: &crate::ir::Expr) -> Outcome<Timestamp> {
    match eval(scope, expr)? {
        Value::Time(time) => Ok(time),
        _ => Err(Missing(format!("`{}` is absent", text::expression(scope, expr)))),
    }
}

/// Start, end or duration.
pub(super) fn part(scope: &Scope<'_>, part: LastingPart) -> Outcome<Value> {
    let lasts = lasts(scope)?;
    let open = || Missing("it has not ended yet".to_owned());
    Ok(match part {
        LastingPart::Start => Value::Time(instant(&lasts.start)),
        LastingPart::End => Value::Time(instant(&lasts.end.ok_or_else(open)?)),
        LastingPart::Duration => Value::Number(&lasts.end.ok_or_else(open)? - &lasts.start),
    })
}

/// A record's pieces of so many seconds, from its own start; each is a record at its start.
pub(super) fn pieces(scope: &Scope<'_>, record: &Record, length: &Rational) -> Outcome<Vec<(Record, Lasts)>> {
    let whole = lasts(scope)?;
    let end = whole.end.ok_or_else(|| Missing("it has not ended yet".to_owned()))?;
    let count = (&end - &whole.start).checked_div(length).map(|count| Rounding::Ceil.to_integer(&count));
    let count = count.and_then(|count| i64::try_from(count).ok()).filter(|count| *count <= MOST_PIECES);
    let count = count.ok_or_else(|| Missing(format!("it would be cut into more than {MOST_PIECES} pieces")))?;
    let piece = |at: i64| {
        let start = &whole.start + &(length * &Rational::from(at));
        let lasts = Lasts { end: Some((&start + length).min(end.clone())), start };
        (Record { time: instant(&lasts.start), ..record.clone() }, lasts)
    };
    Ok((0..count).map(piece).collect())
}

impl<'a> RecordHome<'a> {
    /// A piece of a record.
    pub(super) fn piece(program: &crate::ir::Program, record: &'a Record, lasts: Lasts) -> RecordHome<'a> {
        RecordHome { piece: Some(lasts), ..RecordHome::new(program, record) }
    }
}
