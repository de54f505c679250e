//! What was in earlier windows: `M of previous month`, `max(M over last 11 months)`, `average(M over dec..feb)`.

use super::instants::is_instant;
use super::scope::{Certain, Grain, Group, Place, Scope};
use super::{Checker, names, words};
use crate::diagnostic::Diagnostic;
use crate::hir::Entity;
use crate::model::{Step, Symbol, Window};
use crate::source::Span;
use crate::syntax::ast::{self, Argument, Expr as Written, ExprKind as Form, Path, Shift, WindowUnit};
use crate::time::nests_in;
use crate::typed::{AggregateFunction, Back, Denominator, Expr, ExprKind, History};

pub(super) const HISTORY: &str = "florin::time::history";

impl Checker<'_> {
    /// `M of previous period opening 0`
    pub(super) fn previous(
        &mut self,
        path: &Path,
        (shift, unit, window_span): (Shift, WindowUnit, Span),
        opening: Option<&Written>,
        scope: &Scope,
        span: Span,
    ) -> Option<Expr> {
        if let ([first, term], Shift::Next, WindowUnit::Term) = (path.names.as_slice(), shift, unit)
            && &*first.text == "terms"
            && self.in_rollover
        {
            return self.term_of(path, term, 1);
        }
        if shift == Shift::Next {
            return self.fail(
                Diagnostic::error(HISTORY, "what comes next is not known yet")
                    .label(span, "asked for here")
                    .help("only earlier windows can be asked for: `of previous month`"),
            );
        }
        let written =
            ast::Window { count: None, unit, starting: None, anchored: None, from_first_use: false, span: window_span };
        let argument = Written { kind: Form::Path(path.clone()), span: path.span };
        let window = self.window(&written)?;
        let opening = match opening {
            Some(opening) => Some(self.expr(opening, scope, None).and_then(|value| self.number(value))?.0),
            None => None,
        };
        self.looking_back(None, &argument, (window, Back::Last(1)), opening, scope, span)
    }

    /// `max(M over last 11 months)`, `average(M over dec..feb)`
    pub(super) fn over_history(
        &mut self,
        function: AggregateFunction,
        argument: &Argument,
        over: &ast::Over,
        scope: &Scope,
        span: Span,
    ) -> Option<Expr> {
        let (window, back) = match over {
            ast::Over::Months(first, last, _) => (self.plain_month(argument)?, Back::Months(*first, *last)),
            ast::Over::Last(written) => self.last_windows(written)?,
            ast::Over::List { .. } | ast::Over::Split { .. } => return None,
        };
        self.looking_back(Some(function), &argument.value, (window, back), None, scope, span)
    }

    /// The window, and how many of them.
    fn last_windows(&mut self, written: &ast::Window) -> Option<(Window, Back)> {
        let count = match &written.count {
            None => Some(1),
            Some(count) => count.value.to_i128().and_then(|count| u32::try_from(count).ok()).filter(|count| *count > 0),
        };
        let Some(count) = count.filter(|count| *count <= super::windows::MAX_COUNT) else {
            return self.fail(
                Diagnostic::error(HISTORY, "history goes over a whole number of windows, at least one")
                    .label(written.span, "how many?")
                    .help("write it like this: `max(peak over last 11 months)`"),
            );
        };
        let one = ast::Window { count: None, ..written.clone() };
        let window = self.window(&one)?;
        let name = window_word(written.unit).map_or_else(|| Symbol::clone(&window.name), Symbol::from);
        Some((Window { name, ..window }, Back::Last(count)))
    }

    /// The window of the meter that `over dec..feb` asks for, which must be the month.
    fn plain_month(&mut self, argument: &Argument) -> Option<Window> {
        let written = ast::Window {
            count: None,
            unit: WindowUnit::Month,
            starting: None,
            anchored: None,
            from_first_use: false,
            span: argument.span,
        };
        let month = self.window(&written)?;
        let name: Symbol = "month".into();
        Some(Window { name, ..month })
    }

    fn looking_back(
        &mut self,
        function: Option<AggregateFunction>,
        argument: &Written,
        (window, back): (Window, Back),
        opening: Option<Expr>,
        scope: &Scope,
        span: Span,
    ) -> Option<Expr> {
        let Grain::Group(group) = &scope.grain else {
            return self.fail(
                Diagnostic::error(super::grain::OUT_OF_PLACE, "a single record can not ask for earlier windows")
                    .label(span, "asked for here")
                    .help("compute with history in a meter of its own, or in a charge"),
            );
        };
        if self.pooling {
            self.not_yet("history of what is pooled", span);
            return None;
        }
        let group = group.clone();
        // What it is called does not matter.
        let window = if same_window(&window, &group.window) { group.window.clone() } else { window };
        self.has_a_past(&group, &window, span)?;
        self.counted_by(argument, &window, span)?;
        let inner = Group {
            keys: group.keys.iter().map(|key| crate::typed::Key { source: None, ..key.clone() }).collect(),
            window: window.clone(),
            from: None,
            certain: Certain::Nothing,
            ..group.clone()
        };
        let mut inside = Scope::group(inner);
        inside.locals.clone_from(&scope.locals);
        let before = self.empty_is_zero;
        self.empty_is_zero = false;
        let value = self.expr(argument, &inside, None);
        self.empty_is_zero = before;
        let value = value?;
        if let Some(opening) = &opening {
            self.same_dimension(&value, opening, super::mismatch::Joint::Compared)?;
        }
        let has_opening = opening.is_some() || self.opens(&value);
        let denominator = match &function {
            None | Some(AggregateFunction::Sum) => value.denominator.clone(),
            Some(_) => Denominator::Open,
        };
        let counts = matches!(&function, Some(AggregateFunction::Count | AggregateFunction::Unique));
        let plain = crate::model::Type::Number(crate::model::Dimension::none());
        let (ty, unit) = if counts { (plain, None) } else { (value.ty.clone(), value.unit.clone()) };
        let optional = !has_opening || value.optional;
        let history = History { function, argument: value, window, back, opening };
        Some(Expr { kind: ExprKind::History(Box::new(history)), ty, unit, optional, denominator, span })
    }

    /// Whether a value is a meter with a value from before its first record.
    fn opens(&self, value: &Expr) -> bool {
        let ExprKind::Meter { meter, .. } = &value.kind else { return false };
        self.meters.get(*meter).and_then(Option::as_ref).is_some_and(|meter| meter.opening.is_some())
    }

    /// The windows before one that is as long, or in a price before a longer one that holds it.
    fn has_a_past(&mut self, group: &Group, window: &Window, span: Span) -> Option<()> {
        let endless = matches!(window.step, Step::Forever) || window.from_first_use;
        let fits = *window == group.window || (group.place == Place::Price && nests_in(&group.window, window));
        let given = window.step == Step::Given;
        if fits && !endless && !given && !is_instant(&group.window) {
            return Some(());
        }
        let why = match (given, endless) {
            (true, _) => "the periods of this book are given with each bill, and none is before another".to_owned(),
            (_, true) => format!("nothing is before {}", words::a_window(&window.name)),
            _ => format!("{} has one value per {}, and looks back by another window", group.what, group.window.name),
        };
        self.fail(
            Diagnostic::error(HISTORY, why)
                .label(span, format!("looks back by the {}", window.name))
                .label(group.name, format!("one value per {}", group.window.name))
                .help(format!("look back by the same window: `.. of previous {}`", group.window.name)),
        )
    }

    /// Whether a meter that is named alone has a value for each of the windows.
    fn counted_by(&mut self, argument: &Written, window: &Window, span: Span) -> Option<()> {
        let Form::Path(path) = &argument.kind else { return Some(()) };
        let [name] = path.names.as_slice() else { return Some(()) };
        let meter = match self.book.names.get(&name.text).map(|bound| bound.entity) {
            Some(Entity::Meter(meter)) => self.meters.get(self.as_seen(meter))?.clone()?,
            Some(Entity::Unusable) => return None,
            _ => {
                return self.fail(
                    Diagnostic::error(names::NOT_A_VALUE, format!("`{}` is no meter, and has no history", name.text))
                        .label(argument.span, "only meters have a value in each window")
                        .help("give it a meter of its own, and look back at that"),
                );
            }
        };
        if same_window(&meter.window, window) {
            return Some(());
        }
        let name = &meter.name;
        let help = match is_instant(&meter.window) {
            true => format!("lead it to a window first: `meter {name}_peak per {} = max({name})`", window.name),
            false => format!(
                "look back by its own window, such as `over last 3 {}`, or count it per {}",
                words::windows(&meter.window.name),
                window.name
            ),
        };
        self.fail(
            Diagnostic::error(HISTORY, format!("`{name}` has no value for each {}", window.name))
                .label(span, format!("looks back by the {}", window.name))
                .label(meter.span, format!("one value per {}", meter.window.name))
                .help(help),
        )
    }
}

fn same_window(one: &Window, other: &Window) -> bool {
    nests_in(one, other) && nests_in(other, one) && one.anchor == other.anchor
}

/// A window of one unit, as it is called.
fn window_word(unit: WindowUnit) -> Option<&'static str> {
    Some(match unit {
        WindowUnit::Second => "second",
        WindowUnit::Minute => "minute",
        WindowUnit::Hour => "hour",
        WindowUnit::Day => "day",
        WindowUnit::Week => "week",
        WindowUnit::Month => "month",
        WindowUnit::Quarter => "quarter",
        WindowUnit::Year => "year",
        WindowUnit::Period | WindowUnit::Term | WindowUnit::Phase | WindowUnit::Forever => return None,
    })
}
