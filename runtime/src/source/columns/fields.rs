//! How a field is read from a token in its plain forms.

use super::decimal::Decimal;
use super::instant::{self, Instants};
use super::names::Names;
use super::plain::Plain;
use super::row::Row;
use super::scan::{Shape, Token};
use florin_compiler::exact::Rational;
use florin_compiler::model::{Field, Schema, Type};

/// A field of a kind.
pub struct FieldReader<'p> {
    /// The slots of the names under which it may stand; the first that is there counts.
    slots: Vec<usize>,
    form: Form<'p>,
    /// What it is where nothing stands for it; none where that is an error, or no plain value.
    otherwise: Option<Plain<'p>>,
}

enum Form<'p> {
    Number(Bound),
    Text,
    Member(Members<'p>),
    Truth,
    Date,
    Time,
    Clock,
    /// The strict parser reads it.
    Other,
}

/// From where on a number may be.
enum Bound {
    None,
    AtLeast(Decimal),
}

/// The members of an enum, by their names on the wire.
struct Members<'p> {
    names: Vec<&'p str>,
    /// The one that came last.
    last: usize,
}

impl<'p> FieldReader<'p> {
    /// Of a field. None where there are too many names.
    pub fn new(schema: &'p Schema, field: &'p Field, names: &mut Names) -> Option<FieldReader<'p>> {
        let slots: Option<Vec<usize>> = field.wire.iter().map(|path| names.slot(path)).collect();
        let otherwise = match &field.default {
            Some(default) => Plain::of(default, field),
            None => field.optional.then_some(Plain::Absent),
        };
        Some(FieldReader { slots: slots?, form: Form::of(schema, field), otherwise })
    }

    /// Its value. None where the strict parser should read it, or say what is wrong.
    #[inline]
    pub fn read<'t>(&mut self, row: &Row<'t>, instants: &mut Instants) -> Option<Plain<'t>>
    where
        'p: 't,
    {
        let Some(token) = self.slots.iter().find_map(|slot| row.get(*slot)) else { return self.otherwise };
        match &mut self.form {
            Form::Number(bound) => bound.check(number(token)?).map(Plain::Number),
            Form::Text => text(token).map(Plain::Text),
            Form::Member(members) => members.find(text(token)?).map(Plain::Member),
            Form::Truth => truth(token).map(Plain::Truth),
            Form::Date => instant::date(characters(token)?).map(Plain::Integer),
            Form::Time => time(token, instants).map(Plain::Integer),
            Form::Clock => instant::clock(characters(token)?).map(Plain::Integer),
            Form::Other => None,
        }
    }
}

impl<'p> Form<'p> {
    fn of(schema: &'p Schema, field: &'p Field) -> Form<'p> {
        match &field.ty {
            Type::Number(_) => Bound::of(field).map_or(Form::Other, Form::Number),
            Type::Text => Form::Text,
            Type::Enum(index) => {
                let members = schema.enums.get(*index).map_or(&[][..], |known| &known.members);
                Form::Member(Members { names: members.iter().map(|member| &*member.wire).collect(), last: 0 })
            }
            Type::Boolean => Form::Truth,
            Type::Date => Form::Date,
            Type::Time => Form::Time,
            Type::Clock => Form::Clock,
            Type::List(_) => Form::Other,
        }
    }
}

impl Bound {
    /// In the unit of the wire; none where it has no plain form there.
    fn of(field: &Field) -> Option<Bound> {
        let Some(least) = &field.least else { return Some(Bound::None) };
        let bare = match &field.unit {
            Some(unit) if unit.factor > Rational::zero() => least.checked_div(&unit.factor)?,
            Some(_) => return None,
            None => least.clone(),
        };
        Decimal::of(&bare.to_decimal_string()?).map(Bound::AtLeast)
    }

    #[inline]
    fn check(&self, number: Decimal) -> Option<Decimal> {
        match self {
            Bound::None => Some(number),
            Bound::AtLeast(least) => (number >= *least).then_some(number),
        }
    }
}

impl Members<'_> {
    #[inline]
    fn find(&mut self, name: &str) -> Option<u32> {
        if self.names.get(self.last) != Some(&name) {
            self.last = self.names.iter().position(|known| *known == name)?;
        }
        u32::try_from(self.last).ok()
    }
}

/// A text, or a number's text, as it is.
#[inline]
pub fn text<'t>(token: &Token<'t>) -> Option<&'t str> {
    match token.shape {
        Shape::Text | Shape::Cell | Shape::Number => Some(token.text),
        Shape::Null | Shape::True | Shape::False => None,
    }
}

/// Nanoseconds since 1970.
#[inline]
pub fn time(token: &Token<'_>, instants: &mut Instants) -> Option<i64> {
    match token.shape {
        Shape::Number => instant::from_milliseconds(token.number),
        Shape::Text | Shape::Cell => instants.read(characters(token)?),
        Shape::Null | Shape::True | Shape::False => None,
    }
}

/// The characters of a text or a number; blanks around a cell do not count.
#[inline]
fn characters<'t>(token: &Token<'t>) -> Option<&'t str> {
    match token.shape {
        Shape::Cell => Some(trimmed(token.text)),
        Shape::Text | Shape::Number => Some(token.text),
        Shape::Null | Shape::True | Shape::False => None,
    }
}

/// Without the blanks around it, of which there mostly are none.
#[inline]
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

#[inline]
fn number(token: &Token<'_>) -> Option<Decimal> {
    match token.shape {
        Shape::Number => Some(token.number),
        Shape::Text | Shape::Cell => Decimal::of(characters(token)?),
        Shape::Null | Shape::True | Shape::False => None,
    }
}

fn truth(token: &Token<'_>) -> Option<bool> {
    match token.shape {
        Shape::True => Some(true),
        Shape::False => Some(false),
        Shape::Text => token.text.parse().ok(),
        Shape::Cell => token.text.trim().to_ascii_lowercase().parse().ok(),
        Shape::Null | Shape::Number => None,
    }
}
