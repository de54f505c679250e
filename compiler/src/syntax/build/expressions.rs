//! Expressions. Logic and sums are flat in the grammar; what binds tighter is settled here.

use super::declarations::rounding_mode;
use super::windows::{month, window_unit};
use super::{Builder, Pair, Parts, Place};
use crate::syntax::ast::{Argument, Arm, Expr, ExprKind, Operator, Over, RoundFunction, RoundTo, Shift, WindowPart};
use florin_grammar::Rule;
use pest::pratt_parser::{Assoc, Op, PrattParser};
use std::sync::LazyLock;

/// `or`, then `and`, then `not`, from the loosest to the tightest.
static LOGIC: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    PrattParser::new()
        .op(Op::infix(Rule::k_or, Assoc::Left))
        .op(Op::infix(Rule::k_and, Assoc::Left))
        .op(Op::prefix(Rule::k_not))
});

/// `above` and `otherwise`, then `+ -`, then `* / mod`, then the sign.
static SUM: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    PrattParser::new()
        .op(Op::infix(Rule::k_above, Assoc::Left) | Op::infix(Rule::k_otherwise, Assoc::Left))
        .op(Op::infix(Rule::plus, Assoc::Left) | Op::infix(Rule::subtract, Assoc::Left))
        .op(Op::infix(Rule::times, Assoc::Left)
            | Op::infix(Rule::divide, Assoc::Left)
            | Op::infix(Rule::k_mod, Assoc::Left))
        .op(Op::prefix(Rule::minus))
});

impl Builder {
    pub(super) fn take_expr(&mut self, parts: &mut Parts<'_>) -> Option<Expr> {
        let pair = parts.take(Rule::expr)?;
        self.expr(pair)
    }

    pub(super) fn expr(&mut self, pair: Pair<'_>) -> Option<Expr> {
        let inner = Parts::of(pair).first()?;
        match inner.as_rule() {
            Rule::if_expr => self.choice(inner),
            Rule::match_expr => self.selection(inner),
            _ => self.logic(inner),
        }
    }

    fn choice(&mut self, pair: Pair<'_>) -> Option<Expr> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let kind = ExprKind::If {
            condition: Box::new(self.take_expr(&mut parts)?),
            then: Box::new(self.take_expr(&mut parts)?),
            otherwise: Box::new(self.take_expr(&mut parts)?),
        };
        Some(Expr { kind, span })
    }

    fn selection(&mut self, pair: Pair<'_>) -> Option<Expr> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let subject = self.take_path(&mut parts)?;
        let arms = self.each(parts.all(Rule::arm), |builder, arm| {
            let span = builder.span(&arm);
            let mut parts = Parts::of(arm);
            let pattern = match parts.take(Rule::literal) {
                Some(literal) => Some(builder.literal(literal)?),
                None => None,
            };
            Some(Arm { pattern, value: builder.take_expr(&mut parts)?, span })
        })?;
        Some(Expr { kind: ExprKind::Match { subject, arms }, span })
    }

    fn logic(&mut self, pair: Pair<'_>) -> Option<Expr> {
        self.pratt(&LOGIC, pair, Builder::comparison)
    }

    pub(super) fn sum(&mut self, pair: Pair<'_>) -> Option<Expr> {
        self.pratt(&SUM, pair, Builder::operand)
    }

    /// Gives a flat row of operators and operands its tree.
    fn pratt<'i>(
        &mut self,
        layer: &PrattParser<Rule>,
        pair: Pair<'i>,
        operand: impl Fn(&mut Builder, Pair<'i>) -> Option<Expr>,
    ) -> Option<Expr> {
        let place = self.place;
        layer
            .map_primary(|pair| operand(self, pair))
            .map_prefix(|sign, value| prefixed(place, &sign, value?))
            .map_infix(|left, operator, right| infixed(place, &operator, left?, right?))
            .parse(Parts::of(pair).rest().into_iter())
    }

    fn comparison(&mut self, pair: Pair<'_>) -> Option<Expr> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let first = parts.take(Rule::sum)?;
        let left = self.sum(first)?;
        let Some(tail) = parts.first() else { return Some(left) };
        let kind = match tail.as_rule() {
            Rule::is_absent => ExprKind::IsAbsent(Box::new(left)),
            Rule::in_calendar => ExprKind::InCalendar(Box::new(left), self.take_name(&mut Parts::of(tail))?),
            _ => {
                let second = parts.take(Rule::sum)?;
                let right = self.sum(second)?;
                return infixed(self.place, &tail, left, right);
            }
        };
        Some(Expr { kind, span })
    }

    /// A primary with what may stand behind it.
    pub(super) fn operand(&mut self, pair: Pair<'_>) -> Option<Expr> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let first = parts.first()?;
        let value = self.primary(first)?;
        let Some(tail) = parts.first() else { return Some(value) };
        let value = Box::new(value);
        let kind = match tail.as_rule() {
            Rule::rate_tail => ExprKind::Rate { value, per: self.per(tail)? },
            Rule::k_each => ExprKind::Each(value),
            _ => {
                let time = Parts::of(tail).rest().pop()?;
                ExprKind::AtTime { value, time: Box::new(self.primary(time)?) }
            }
        };
        Some(Expr { kind, span })
    }

    pub(super) fn primary(&mut self, pair: Pair<'_>) -> Option<Expr> {
        match pair.as_rule() {
            Rule::group => self.take_expr(&mut Parts::of(pair)),
            Rule::window_value => self.window_value(pair),
            Rule::round_call => self.round_call(pair),
            Rule::call => self.call(pair),
            Rule::lookup => self.lookup(pair),
            Rule::history => self.history(pair),
            Rule::path => {
                let path = self.path(pair);
                Some(Expr { span: path.span, kind: ExprKind::Path(path) })
            }
            _ => {
                let literal = self.value(pair)?;
                Some(Expr { span: literal.span, kind: ExprKind::Literal(literal) })
            }
        }
    }

    fn window_value(&mut self, pair: Pair<'_>) -> Option<Expr> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let value = match parts.first()?.as_rule() {
            Rule::k_start => WindowPart::Start,
            Rule::k_end => WindowPart::End,
            Rule::k_length => WindowPart::Length,
            _ => WindowPart::Days,
        };
        let shift = shift(&parts);
        let window = self.take_window(&mut parts)?;
        let calendar = self.take_name(&mut parts);
        Some(Expr { kind: ExprKind::WindowValue { value, shift, window, calendar }, span })
    }

    fn history(&mut self, pair: Pair<'_>) -> Option<Expr> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let opening = self.take_opening(&mut parts).map(Box::new);
        let path = self.take_path(&mut parts)?;
        let shift = shift(&parts)?;
        let window = parts.take(Rule::window_name)?;
        let window_span = self.span(&window);
        let kind = ExprKind::History { path, shift, window: window_unit(&window)?, window_span, opening };
        Some(Expr { kind, span })
    }

    fn lookup(&mut self, pair: Pair<'_>) -> Option<Expr> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let table = self.take_name(&mut parts)?;
        let keys = self.each(parts.all(Rule::expr), Builder::expr)?;
        Some(Expr { kind: ExprKind::Lookup { table, keys, column: self.take_name(&mut parts) }, span })
    }

    fn call(&mut self, pair: Pair<'_>) -> Option<Expr> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let arguments = self.each(parts.all(Rule::argument), Builder::argument)?;
        Some(Expr { kind: ExprKind::Call { name: self.take_name(&mut parts)?, arguments }, span })
    }

    fn argument(&mut self, pair: Pair<'_>) -> Option<Argument> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let value = self.take_expr(&mut parts)?;
        let over = match parts.first() {
            Some(tail) => Some(self.over(tail)?),
            None => None,
        };
        Some(Argument { value, over, span })
    }

    fn over(&mut self, pair: Pair<'_>) -> Option<Over> {
        let (rule, span) = (pair.as_rule(), self.span(&pair));
        let mut parts = Parts::of(pair);
        match rule {
            Rule::for_in => Some(Over::List {
                condition: self.take_where(&mut parts).map(Box::new),
                list: self.take_path(&mut parts)?,
                item: self.take_name(&mut parts)?,
            }),
            Rule::by_over => {
                Some(Over::Split { weight: Box::new(self.take_expr(&mut parts)?), key: self.take_path(&mut parts)? })
            }
            _ => match parts.take(Rule::window_count) {
                Some(window) => self.window_count(window).map(Over::Last),
                None => {
                    let first = month(&parts.take(Rule::month_name)?)?;
                    Some(Over::Months(first, month(&parts.take(Rule::month_name)?)?, span))
                }
            },
        }
    }

    fn round_call(&mut self, pair: Pair<'_>) -> Option<Expr> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let function = match parts.first()?.as_rule() {
            Rule::k_ceil => RoundFunction::Ceil,
            Rule::k_floor => RoundFunction::Floor,
            _ => RoundFunction::Round,
        };
        let to = match parts.take(Rule::to_step) {
            Some(to) => Some(self.round_to(to)?),
            None => None,
        };
        let mode = parts.take(Rule::rounding_mode).map(|mode| (self.span(&mode), mode));
        let mode = mode.map(|(span, mode)| (rounding_mode(mode), span));
        let value = Box::new(self.take_expr(&mut parts)?);
        Some(Expr { kind: ExprKind::Round { function, value, to, mode }, span })
    }

    fn round_to(&mut self, pair: Pair<'_>) -> Option<RoundTo> {
        let mut parts = Parts::of(pair);
        if let Some(places) = parts.take(Rule::places) {
            return self.take_number(&mut Parts::of(places)).map(RoundTo::Places);
        }
        let step = parts.take(Rule::sum)?;
        Some(RoundTo::Step(Box::new(self.sum(step)?)))
    }
}

fn shift(parts: &Parts<'_>) -> Option<Shift> {
    if parts.has(Rule::k_next) {
        return Some(Shift::Next);
    }
    parts.has(Rule::k_previous).then_some(Shift::Previous)
}

fn prefixed(place: Place, sign: &Pair<'_>, value: Expr) -> Option<Expr> {
    let span = place.span(sign).to(value.span);
    let value = Box::new(value);
    let kind = if sign.as_rule() == Rule::k_not { ExprKind::Not(value) } else { ExprKind::Negative(value) };
    Some(Expr { kind, span })
}

fn infixed(place: Place, sign: &Pair<'_>, left: Expr, right: Expr) -> Option<Expr> {
    let (span, operator_span) = (left.span.to(right.span), place.span(sign));
    let (left, right) = (Box::new(left), Box::new(right));
    Some(Expr { kind: ExprKind::Binary { operator: operator(sign)?, operator_span, left, right }, span })
}

fn operator(sign: &Pair<'_>) -> Option<Operator> {
    Some(match sign.as_str() {
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "mod" => Operator::Modulo,
        "above" => Operator::Above,
        "otherwise" => Operator::Otherwise,
        "==" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        "and" => Operator::And,
        "or" => Operator::Or,
        _ => return None,
    })
}
