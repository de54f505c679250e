//! Windows as they are written, and the values that are asked of them.

use super::Checker;
use crate::diagnostic::Diagnostic;
use crate::model::{Clock, Dimension, Step, Type, Unit, Window};
use crate::source::Span;
use crate::syntax::ast::{self, Name, Per1, Shift, WindowUnit};
use crate::typed::{Denominator, Expr, ExprKind, WindowPart};
use num_bigint::BigInt;

pub(super) const WINDOW: &str = "florin::time::window";

/// The most units that a window may count.
pub(super) const MAX_COUNT: u32 = 100_000;

impl Checker<'_> {
    /// The window of a header; the book's period where none is said.
    pub(super) fn header_window(&mut self, written: Option<&Per1>) -> Option<Window> {
        match written {
            None => self.header.as_ref().map(|header| header.period.clone()),
            Some(Per1::Window(window)) => self.window(window),
            Some(Per1::Instant(_)) => Some(super::instants::instant_window()),
        }
    }

    /// A window; `period` is the book's own.
    pub(super) fn window(&mut self, written: &ast::Window) -> Option<Window> {
        if written.unit == WindowUnit::Period && written.count.is_none() {
            return self.header.as_ref().map(|header| header.period.clone());
        }
        self.window_of_its_own(written)
    }

    /// A window that is not the book's period.
    pub(super) fn window_of_its_own(&mut self, written: &ast::Window) -> Option<Window> {
        let (step, units) = match written.unit {
            WindowUnit::Second => (Step::Second, 1),
            WindowUnit::Minute => (Step::Minute, 1),
            WindowUnit::Hour => (Step::Hour, 1),
            WindowUnit::Day => (Step::Day, 1),
            WindowUnit::Week => (Step::Week, 1),
            WindowUnit::Month => (Step::Month, 1),
            WindowUnit::Quarter => (Step::Month, 3),
            WindowUnit::Year => (Step::Month, 12),
            WindowUnit::Forever => (Step::Forever, 1),
            WindowUnit::Period => return self.no_window(written, "periods can not be counted"),
            WindowUnit::Term | WindowUnit::Phase => return self.contract_window(written),
        };
        let count = self.window_count(written)? * units;
        let (weekday, at) = self.window_start(written, step)?;
        let anchor = match &written.anchored {
            Some(path) => Some(self.window_anchor(path, step, written)?),
            None => None,
        };
        let name = self.sources.text(written.span).split_whitespace().collect::<Vec<_>>().join(" ");
        Some(Window { step, count, weekday, at, anchor, from_first_use: written.from_first_use, name: name.into() })
    }

    fn no_window<T>(&mut self, written: &ast::Window, why: &str) -> Option<T> {
        self.fail(
            Diagnostic::error(WINDOW, why)
                .label(written.span, "this stretch of time")
                .help("write one such as `hour`, `day`, `5 minutes`, `week starting mon`, `month`, `month anchored account.start`"),
        )
    }

    fn window_count(&mut self, written: &ast::Window) -> Option<u32> {
        let Some(count) = &written.count else { return Some(1) };
        let whole = count.value.to_i128().filter(|count| (1..=i128::from(MAX_COUNT)).contains(count));
        match whole.and_then(|count| u32::try_from(count).ok()) {
            Some(count) => Some(count),
            None => self.no_window(written, "a stretch of time has a whole number of units, at least one"),
        }
    }

    /// The weekday and the time of day on which it starts.
    fn window_start(&mut self, written: &ast::Window, step: Step) -> Option<(u8, Clock)> {
        let Some((weekday, clock)) = written.starting else { return Some((1, Clock::midnight())) };
        if weekday.is_some() && step != Step::Week {
            return self.no_window(written, "only a week starts on a weekday");
        }
        if matches!(step, Step::Second | Step::Minute | Step::Hour | Step::Forever) {
            return self.no_window(written, "only days, weeks and months start at a time of day");
        }
        Some((weekday.unwrap_or(1), clock.unwrap_or(Clock::midnight())))
    }

    fn window_anchor(&mut self, path: &ast::Path, step: Step, written: &ast::Window) -> Option<usize> {
        if !matches!(step, Step::Day | Step::Week | Step::Month) {
            return self.no_window(written, "only days, weeks, months, quarters and years can be anchored");
        }
        let name = match path.names.as_slice() {
            [account, name] if &*account.text == "account" || self.is_of_payer(path) => name,
            _ => return self.no_window(written, "an anchor is a date of the account, such as `account.start`"),
        };
        match self.schema.facts.iter().position(|fact| fact.name == name.text) {
            Some(index) if self.schema.facts.get(index).is_some_and(|fact| fact.ty == Type::Date) => Some(index),
            Some(_) => self.no_window(written, "an anchor is a fact of the account that is a `date`"),
            None => self.fail(
                Diagnostic::error(super::names::UNKNOWN, format!("nothing says that an account has `{}`", name.text))
                    .label(name.span, "not a fact of the account")
                    .help(format!("say it: `account {{ {} : date }}`", name.text)),
            ),
        }
    }

    /// `start of month`, `days of next month in summer`
    pub(super) fn window_value(
        &mut self,
        part: ast::WindowPart,
        shift: Option<Shift>,
        window: &ast::Window,
        calendar: Option<&Name>,

        span: Span,
    ) -> Option<Expr> {
        let window = self.window(window)?;
        let calendar = match calendar {
            Some(name) => Some(self.calendar_named(name)?),
            None => None,
        };
        if calendar.is_some() && part != ast::WindowPart::Days {
            return self.fail(
                Diagnostic::error(WINDOW, "only the days of a window are counted by a calendar")
                    .label(span, "not days")
                    .help("write `days of month in CALENDAR`, with the calendar's name"),
            );
        }
        if window.from_first_use || (window.step == Step::Forever && part != ast::WindowPart::Start) {
            return self.fail(
                Diagnostic::error(WINDOW, format!("`{}` has no such bound", window.name))
                    .label(span, "asked for here")
                    .help("ask it of a window with a start and an end, such as `month`"),
            );
        }
        let shift = shift.map_or(0, |shift| if shift == Shift::Next { 1 } else { -1 });
        Some(window_expr(part, shift, window, calendar, span))
    }
}

fn window_expr(part: ast::WindowPart, shift: i8, window: Window, calendar: Option<usize>, span: Span) -> Expr {
    let (part, ty, unit) = match part {
        ast::WindowPart::Start => (WindowPart::Start, Type::Time, None),
        ast::WindowPart::End => (WindowPart::End, Type::Time, None),
        ast::WindowPart::Length => (WindowPart::Length, elapsed(), Some(time_unit("second", 1))),
        ast::WindowPart::Days => (WindowPart::Days, elapsed(), Some(time_unit("day", 86_400))),
    };
    let denominator = Denominator::Static(BigInt::from(1u8));
    let kind = ExprKind::WindowValue { part, shift, window, calendar };
    Expr { kind, ty, unit, optional: false, denominator, span }
}

fn elapsed() -> Type {
    Type::Number(Dimension::time())
}

fn time_unit(name: &str, seconds: i64) -> Unit {
    Unit { name: name.into(), dimension: Dimension::time(), factor: seconds.into() }
}
