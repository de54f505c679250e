//! Floors and ceilings over windows longer than a line's: `at most $5 every day` on lines of hours.

use super::charges::{CLAUSE, Scopes};
use super::scope::{Certain, Group, Scope};
use super::{Checker, words};
use crate::diagnostic::Diagnostic;
use crate::model::{Step, Window};
use crate::syntax::ast::Limit as Written;
use crate::time::nests_in;
use crate::typed::Side;

impl Checker<'_> {
    /// The window of a floor or a ceiling where it is longer than the line's, and the scope of its amount.
    pub(super) fn every_window(
        &mut self,
        side: Side,
        written: &Written,
        scopes: &Scopes,
    ) -> Option<(Option<Window>, Scope)> {
        let Some(every) = &written.every else { return Some((None, scopes.limit.clone())) };
        let window = self.window(every)?;
        let own = scopes.limit.as_group()?.clone();
        if window == own.window {
            return Some((None, scopes.limit.clone()));
        }
        let period = self.header.as_ref()?.period.clone();
        let of_contract = matches!(window.step, Step::Term(_) | Step::Phase(_));
        let holds_lines = of_contract || nests_in(&own.window, &window);
        if !holds_lines || window.from_first_use {
            let (line, many) = (words::a_window(&own.window.name), words::a_window(&window.name));
            return self.fail(
                Diagnostic::error(CLAUSE, format!("{line} does not lie within {many}"))
                    .label(every.span, "adds up the lines that begin in it")
                    .label(own.name, format!("has a line for each {}", own.window.name))
                    .help(format!(
                        "let the charge have shorter lines, such as `per {0}`, or leave `every {0}` out",
                        window.name
                    )),
            );
        }
        if period.step == Step::Given && !nests_in(&window, &period) {
            return self.fail(
                Diagnostic::error(CLAUSE, "what was billed before is not known where the dates of a bill are given")
                    .label(every.span, "goes over several bills")
                    .help("take a window within the bill's dates, such as `every day`"),
            );
        }
        let never_due = window.step == Step::Forever || own.window.from_first_use;
        if side == Side::AtLeast && never_due {
            return self.fail(
                Diagnostic::error(CLAUSE, "a floor is made up when the last line is known, and here none is the last")
                    .label(every.span, "whose last line is not known")
                    .help("take a window that ends, over lines that follow the calendar, such as `every month`"),
            );
        }
        let scope = Scope::group(Group { window: window.clone(), from: None, certain: Certain::Nothing, ..own });
        Some((Some(window), scope))
    }
}
