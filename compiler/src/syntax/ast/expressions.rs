//! Expressions.

#![allow(missing_docs)] // A variant's line says what its fields are.

use super::{Literal, Name, Number, Path, Per, Window, WindowUnit};
use crate::source::Span;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Its form.
    pub kind: ExprKind,
    /// The whole expression.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A value, never a word: that is a path.
    Literal(Literal),
    /// `account.edition`
    Path(Path),
    /// `-x`
    Negative(Box<Expr>),
    /// `not x`
    Not(Box<Expr>),
    /// `x + y`; the place of the operator.
    Binary { operator: Operator, operator_span: Span, left: Box<Expr>, right: Box<Expr> },
    /// `x is absent`
    IsAbsent(Box<Expr>),
    /// `start in peak`
    InCalendar(Box<Expr>, Name),
    /// `if a then b else c`
    If { condition: Box<Expr>, then: Box<Expr>, otherwise: Box<Expr> },
    /// `match size { XS : 1; else : 2 }`
    Match { subject: Path, arms: Vec<Arm> },
    /// `x per started 100 kB`
    Rate { value: Box<Expr>, per: Per },
    /// `x each`
    Each(Box<Expr>),
    /// `x at start of phase`
    AtTime { value: Box<Expr>, time: Box<Expr> },
    /// `sum(x)`, `cost(a, b)`
    Call { name: Name, arguments: Vec<Argument> },
    /// `round(x to 2 places, half even)`
    Round { function: RoundFunction, value: Box<Expr>, to: Option<RoundTo>, mode: Option<(RoundingMode, Span)> },
    /// `rate[size, cloud].fast`
    Lookup { table: Name, keys: Vec<Expr>, column: Option<Name> },
    /// `days of next month in summer`
    WindowValue { value: WindowPart, shift: Option<Shift>, window: Window, calendar: Option<Name> },
    /// `used of previous period opening 0`
    History { path: Path, shift: Shift, window: WindowUnit, window_span: Span, opening: Option<Box<Expr>> },
    /// A piece that could not be read; it has been reported.
    Hole,
}

/// Two-sided operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The names say it.
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Above,
    Otherwise,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
}

/// An arm of a `match`.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// What it holds for; none for `else`.
    pub pattern: Option<Literal>,
    /// Its value.
    pub value: Expr,
    /// The whole arm.
    pub span: Span,
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The value.
    pub value: Expr,
    /// What follows it.
    pub over: Option<Over>,
    /// The whole argument.
    pub span: Span,
}

/// What may follow an argument.
#[derive(Clone, Debug, PartialEq)]
pub enum Over {
    /// `for t in tools where ..`
    List { item: Name, list: Path, condition: Option<Box<Expr>> },
    /// `by WEIGHT over KEY`
    Split { weight: Box<Expr>, key: Path },
    /// `over last 11 months`
    Last(Window),
    /// `over dec..feb`
    Months(u8, u8, Span),
}

/// `round`, `ceil`, `floor`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundFunction {
    /// To the nearest.
    Round,
    /// Toward plus infinity.
    Ceil,
    /// Toward minus infinity.
    Floor,
}

/// What a rounding counts in.
#[derive(Clone, Debug, PartialEq)]
pub enum RoundTo {
    /// `to 2 places`
    Places(Number),
    /// `to 6 seconds`
    Step(Box<Expr>),
}

/// `half even`, `up`, `down`, or half away from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundingMode {
    /// `half even`
    HalfEven,
    /// `up`: away from zero.
    Up,
    /// `down`: toward zero.
    Down,
}

/// What is asked of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowPart {
    /// Its first instant.
    Start,
    /// The instant after its last.
    End,
    /// Its elapsed time.
    Length,
    /// Its days by the calendar.
    Days,
}

/// Another window than the one that holds the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    /// The one before.
    Previous,
    /// The one after.
    Next,
}
