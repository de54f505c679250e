//! The nodes of dates, calendars and windows.

use super::{Beyond, Planned, Planner};
use crate::exact::Rational;
use crate::ir::{Expr, Shape};
use crate::jit::civil::{AskedWindow, Question};
use crate::jit::graph::{Form, Id, Node};
use crate::jit::unit::Unit;
use crate::model::{Step, Window};
use crate::typed::WindowPart;

const SECONDS_IN_DAY: i64 = 86_400;
/// The most days of a window: those of all years that a date may lie in.
const MOST_DAYS: i64 = 8_000_000;

impl Planner<'_> {
    /// The nanoseconds of a time, or at which a day begins.
    pub(super) fn instant(&mut self, expr: &Expr) -> Result<Id, Beyond> {
        let planned = self.expr(expr)?;
        match expr.shape {
            Shape::Time => Ok(planned.id),
            Shape::Date if self.in_utc() => Ok(self.graph.add(Node::DayStart(planned.id))),
            Shape::Date => Ok(self.ask(Question::StartOf, Form::Code, i64::MAX, planned.id)),
            _ => Err(Beyond),
        }
    }

    pub(super) fn day_of(&mut self, expr: &Expr) -> Result<Planned, Beyond> {
        let planned = self.expr(expr)?;
        match expr.shape {
            Shape::Time if self.in_utc() => Ok(self.plain(Node::Day(planned.id))),
            Shape::Time => {
                let id = self.ask(Question::DayOf, Form::Code, i64::MAX, planned.id);
                Ok(Planned { id, unit: Unit::one() })
            }
            _ => Err(Beyond),
        }
    }

    pub(super) fn in_calendar(&mut self, expr: &Expr, calendar: usize) -> Result<Planned, Beyond> {
        let planned = self.expr(expr)?;
        let question = match expr.shape {
            Shape::Time => Question::AdmitsTime(calendar),
            Shape::Date => Question::AdmitsDay(calendar),
            _ => return Err(Beyond),
        };
        let id = self.ask(question, Form::Truth, 1, planned.id);
        Ok(Planned { id, unit: Unit::one() })
    }

    /// A value of the window that holds the record's time, where that depends on nothing but the time.
    pub(super) fn window_value(
        &mut self,
        part: WindowPart,
        shift: i8,
        window: &Window,
        calendar: Option<usize>,
    ) -> Result<Planned, Beyond> {
        if window.anchor.is_some() || window.step == Step::Given {
            return Err(Beyond);
        }
        let (form, most, unit) = match part {
            WindowPart::Start | WindowPart::End => (Form::Code, i64::MAX, Unit::one()),
            WindowPart::Length => (Form::Number, i64::MAX, Unit::decimal(9)),
            WindowPart::Days => {
                let day = Unit::size_of(&Rational::from(SECONDS_IN_DAY)).ok_or(Beyond)?;
                (Form::Number, MOST_DAYS, day)
            }
        };
        let asked = AskedWindow { part, shift, window: window.clone(), calendar };
        let time = self.graph.add(Node::Time);
        Ok(Planned { id: self.ask(Question::Window(asked), form, most, time), unit })
    }

    /// Puts a question about a value, whose answers are of a form, from 0 to the most if they are numbers.
    fn ask(&mut self, question: Question, form: Form, most: i64, about: Id) -> Id {
        let known = self.questions.iter().position(|known| *known == question);
        let at = known.unwrap_or_else(|| {
            self.questions.push(question);
            self.questions.len() - 1
        });
        self.graph.add(Node::Ask { question: at, form, most, about })
    }

    fn in_utc(&self) -> bool {
        &*self.program.header.timezone == "UTC"
    }
}
