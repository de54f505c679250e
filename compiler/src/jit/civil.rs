//! Questions of the calendar, which kernels put to a helper: dates in a zone, calendars, windows.
//!
//! Architecture invariant: answers come from [`crate::time`], which is the same for all evaluators.

use crate::columns::{date_of, days_of};
use crate::model::{Calendar, Clock, Interval, Window};
use crate::time::{self, Rule, Zone};
use crate::typed::WindowPart;
use jiff::Timestamp;

/// No answer.
pub(super) const NO_ANSWER: i64 = i64::MIN;

/// What a kernel asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// Whether a calendar admits an instant.
    AdmitsTime(usize),
    /// Whether a calendar admits a day.
    AdmitsDay(usize),
    /// The day that holds an instant.
    DayOf,
    /// The first instant of a day.
    StartOf,
    /// Something of the window that holds an instant.
    Window(AskedWindow),
}

/// What is asked of a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AskedWindow {
    /// What.
    pub(super) part: WindowPart,
    /// Of the window before (-1) or after (1).
    pub(super) shift: i8,
    /// The window; without a date of the account, and not the dates that a bill is asked for.
    pub(super) window: Window,
    /// Only the days in it.
    pub(super) calendar: Option<usize>,
}

/// What answers need.
#[derive(Clone, Debug)]
pub(super) struct Civil {
    pub(super) zone: Zone,
    pub(super) calendars: Vec<Calendar>,
    pub(super) questions: Vec<Question>,
}

/// The answer to a question about an instant, in nanoseconds, or a day, in days since 1970: nanoseconds, days, or 0
/// and 1.
pub(super) extern "C" fn answer(civil: &Civil, question: i64, about: i64) -> i64 {
    let question = usize::try_from(question).ok().and_then(|question| civil.questions.get(question));
    question.and_then(|question| civil.answer(question, about)).unwrap_or(NO_ANSWER)
}

impl Civil {
    fn answer(&self, question: &Question, about: i64) -> Option<i64> {
        let instant = || Timestamp::from_nanosecond(i128::from(about)).ok();
        let nanoseconds = |time: Timestamp| i64::try_from(time.as_nanosecond()).ok();
        match question {
            Question::AdmitsTime(calendar) => {
                Some(i64::from(time::admits(&self.calendars, *calendar, &self.zone, instant()?)))
            }
            Question::AdmitsDay(calendar) => {
                Some(i64::from(time::admits_day(&self.calendars, *calendar, date_of(about)?)))
            }
            Question::DayOf => Some(days_of(self.zone.date(instant()?))),
            Question::StartOf => nanoseconds(self.zone.instant(date_of(about)?, Clock::midnight())),
            Question::Window(asked) => {
                let interval = self.window(asked, instant()?)?;
                match asked.part {
                    WindowPart::Start => nanoseconds(interval.start),
                    WindowPart::End => nanoseconds(interval.end),
                    WindowPart::Length => nanoseconds(interval.end)?.checked_sub(nanoseconds(interval.start)?),
                    WindowPart::Days => Some(self.days(asked, interval)),
                }
            }
        }
    }

    fn window(&self, asked: &AskedWindow, moment: Timestamp) -> Option<Interval> {
        let rule = Rule { window: &asked.window, zone: &self.zone, anchor: None, given: None, stretches: &[] };
        let held = rule.holding(moment)?;
        match asked.shift {
            0 => Some(held),
            1.. => rule.next(held),
            _ => rule.previous(held),
        }
    }

    fn days(&self, asked: &AskedWindow, interval: Interval) -> i64 {
        match asked.calendar {
            Some(calendar) => time::days_admitted(&self.calendars, calendar, &self.zone, interval),
            None => time::days(&self.zone, interval),
        }
    }
}
