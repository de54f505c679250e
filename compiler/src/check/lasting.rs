//! Kinds whose records last: from when to when, and the pieces that they are cut into.

use super::scope::Scope;
use super::{Checker, units};
use crate::diagnostic::Diagnostic;
use crate::exact::Rational;
use crate::model::{Dimension, Type, Unit, Value};
use crate::source::Span;
use crate::syntax::ast::{self, Lasts, Name, Path};
use crate::typed::{Denominator, Expr, ExprKind, From, Lasting, LastingPart, Meter};

pub(super) const LASTING: &str = "florin::time::lasting";

impl Checker<'_> {
    /// How long the records of each kind last.
    pub(super) fn lasting_kinds(&mut self) {
        for (kind, usage) in self.book.kinds.iter().enumerate() {
            let lasting = usage.lasts.as_ref().and_then(|lasts| self.lasting_of(kind, lasts));
            self.lasting.push(lasting);
        }
    }

    fn lasting_of(&mut self, kind: usize, lasts: &Lasts) -> Option<Lasting> {
        match lasts {
            Lasts::On(_) => Some(Lasting::On),
            Lasts::For(name) => {
                let value = self.lasting_field(kind, name)?;
                if value.ty != Type::Number(Dimension::time()) {
                    return self.lasts_for_what(&value, "a quantity of time", "hour");
                }
                Some(Lasting::For(value))
            }
            Lasts::FromTo(start, end) => {
                let (start, end) = (self.lasting_field(kind, start), self.lasting_field(kind, end));
                let (start, end) = (start?, end?);
                for value in [&start, &end] {
                    if value.ty != Type::Time {
                        return self.lasts_for_what(value, "a time", "time");
                    }
                }
                Some(Lasting::FromTo(start, end))
            }
            // What is made of its records lasts.
            Lasts::UntilNext(..) => None,
        }
    }

    fn lasting_field(&mut self, kind: usize, name: &Name) -> Option<Expr> {
        let path = Path { names: vec![name.clone()], span: name.span };
        let value = self.path(&path, &Scope::record(kind, usize::MAX), None)?;
        self.present(value)
    }

    fn lasts_for_what<T>(&mut self, value: &Expr, wanted: &str, ty: &str) -> Option<T> {
        let (is, name) = (self.expr_words(value), self.sources.text(value.span).to_owned());
        self.fail(
            Diagnostic::error(LASTING, format!("how long a record lasts is said by {wanted}"))
                .label(value.span, format!("this is {is}"))
                .help(format!("declare the field so: `{name} : {ty}`")),
        )
    }

    /// `start`, `end` and `duration` of a record that lasts, where no field has the name; of a piece in any case.
    pub(super) fn lasting_part(&mut self, kind: usize, name: &Name) -> Option<Option<Expr>> {
        let part = match &*name.text {
            "start" => LastingPart::Start,
            "end" => LastingPart::End,
            "duration" => LastingPart::Duration,
            _ => return None,
        };
        let lasting = self.lasting.get(kind)?.as_ref()?;
        if matches!(lasting, Lasting::On) && part != LastingPart::Start {
            let declared = self.lasts_span(kind)?;
            let title = format!("a record that lasts on has no `{}`", name.text);
            let diagnostic = Diagnostic::error(LASTING, title)
                .label(name.span, "it goes on and on")
                .label(declared, "said here")
                .help("ask how long its level holds with a meter `per instant` and `integral(..)`");
            return Some(self.fail(diagnostic));
        }
        Some(Some(part_expr(part, name.span)))
    }

    /// Where it is said how long a kind lasts.
    fn lasts_span(&self, kind: usize) -> Option<Span> {
        Some(match self.book.kinds.get(kind)?.lasts.as_ref()? {
            Lasts::For(name) | Lasts::FromTo(name, _) => name.span,
            Lasts::On(span) | Lasts::UntilNext(_, span) => *span,
        })
    }

    /// The seconds of `pieces of 1 hour`.
    pub(super) fn pieces(&mut self, kind: usize, written: &ast::From, pieces: &ast::Expr) -> Option<Rational> {
        let is_reported = self.lasting.get(kind)?.is_none() && self.lasts_span(kind).is_some();
        if is_reported {
            return None;
        }
        let ends = matches!(self.lasting.get(kind)?, Some(Lasting::For(_) | Lasting::FromTo(..) | Lasting::Made(..)));
        if !ends {
            let found = self.schema.kinds.get(kind)?;
            let (name, declared) = (found.name.clone(), found.span);
            let why = match self.lasting.get(kind)? {
                Some(_) => "its records go on and on",
                None => "its records have no length",
            };
            return self.fail(
                Diagnostic::error(LASTING, format!("`{name}` can not be cut into pieces: {why}"))
                    .label(written.span, "cut here")
                    .label(declared, "declared here")
                    .help(format!("say how long one lasts: `usage {name} lasts duration {{ duration : second }}`")),
            );
        }
        if written.path.names.len() > 1 {
            return self.fail(
                Diagnostic::error(LASTING, "the items of a list have no length of their own")
                    .label(written.span, "cut here")
                    .help("cut the records themselves, without the list"),
            );
        }
        let value = self.expr(pieces, &Scope::record(usize::MAX, 0), None)?;
        let seconds = match (&value.ty, &value.kind) {
            (Type::Number(of), ExprKind::Constant(Value::Number(seconds))) if *of == Dimension::time() => {
                Some(seconds.clone()).filter(Rational::is_positive)
            }
            _ => None,
        };
        if seconds.is_none() {
            let is = self.expr_words(&value);
            return self.wrong_type(value.span, &is, "a length of time above zero, such as `1 hour`,");
        }
        seconds
    }

    /// Whether the records of a meter per instant last.
    pub(super) fn lasts_for_instants(&mut self, from: &From, name: Span) -> Option<()> {
        let is_reported = self.lasts_span(from.kind).is_some();
        if is_reported || self.lasting.get(from.kind)?.is_some() {
            return Some(());
        }
        let kind = self.schema.kinds.get(from.kind)?.clone();
        if kind.is_derived() {
            return self.fail(
                Diagnostic::error(LASTING, format!("what the fold `{}` makes is only a moment, and nothing is in force after it", kind.name))
                    .label(name, "this asks what is in force at each instant")
                    .label(kind.span, "its records do not last")
                    .help("take the kind that the fold is made of, if its records last; or count it per window, such as `per day`"),
            );
        }
        let duration = kind.fields.iter().find(|field| field.ty == Type::Number(Dimension::time()));
        let duration = duration.map_or("duration", |field| &*field.name);
        self.fail(
            Diagnostic::error(LASTING, format!("a record of `{}` is only a moment, and nothing is in force after it", kind.name))
                .label(name, "this asks what is in force at each instant")
                .label(kind.span, "its records do not last")
                .help(format!(
                    "say how long one lasts: `usage {0} lasts {duration}`, `usage {0} lasts on`; or count it per window, such as `per day`",
                    kind.name
                )),
        )
    }
}

impl Checker<'_> {
    /// What a level is made of must be known while it is in force; what a span ends with is not.
    pub(super) fn known_while_it_lasts(&mut self, meter: &Meter) -> Option<()> {
        let Some(from) = meter.from.as_ref().filter(|_| super::instants::is_instant(&meter.window)) else {
            return Some(());
        };
        let derived = from.kind.checked_sub(self.book.kinds.len()).and_then(|at| self.derived.get(at));
        let Some(derived) = derived.and_then(Option::as_ref) else { return Some(()) };
        let first = self.schema.kinds.get(derived.source)?.fields.len();
        let start = first;
        let keys = meter.keys.iter().filter_map(|key| key.source.as_ref());
        let mut late = None;
        for expr in keys.chain(&from.condition).chain([&meter.value]) {
            super::instants::walk(expr, &mut |expr| {
                if matches!(expr.kind, ExprKind::Field(at) if at > start) {
                    late = late.or(Some(expr.span));
                }
            });
        }
        let Some(late) = late else { return Some(()) };
        let declared = derived.span;
        self.fail(
            Diagnostic::error(LASTING, "what is in force is not known by how it ends")
                .label(late, "known only when it has ended")
                .label(meter.span, "this asks what is in force at each instant")
                .label(declared, "what it is made of goes on until then")
                .help("use what is known from its start on; or count what has ended in a meter per window, such as `per day`"),
        )
    }
}

fn part_expr(part: LastingPart, span: Span) -> Expr {
    let (ty, unit) = match part {
        LastingPart::Start | LastingPart::End => (Type::Time, None),
        LastingPart::Duration => (Type::Number(Dimension::time()), Some(second())),
    };
    Expr { kind: ExprKind::Lasting(part), ty, unit, optional: false, denominator: Denominator::Open, span }
}

fn second() -> Unit {
    units::canonical(&Dimension::time()).unwrap_or_else(|| Unit {
        name: "second".into(),
        dimension: Dimension::time(),
        factor: Rational::one(),
    })
}
