//! The values of one field from a column to a column: as integers and codes, without a value on the heap.
//!
//! Whatever is not plain is left: its row is read as a [`super::Row`], which knows what to say of it.

use super::fingerprint::{Content, decimal_of, plain_number};
use super::layout::Layout;
use super::leaf::{Cells, UNFIT};
use crate::source::time;
use florin_compiler::columns::{ABSENT_CODE, ABSENT_INTEGER, ABSENT_TRUTH, Column, Dictionary};
use florin_compiler::model::{Enumeration, Field, Schema, Type, Value};
use std::cell::RefCell;

/// The last day that is read by column, 9999-12-31; later ones go by row.
const LAST_DAY: i64 = 2_932_896;

/// A field, and where it stands in a file.
pub(super) struct FieldView<'v> {
    field: &'v Field,
    /// Where it may stand, the first that is filled counts.
    pub(super) places: Vec<usize>,
    enumeration: Option<&'v Enumeration>,
    /// The least value in the unit of the wire; `Err` where it has no plain form.
    least: Option<Result<(i64, u8), ()>>,
    last: RefCell<Last>,
}

/// The text that came last, and its code: texts often come again at once.
#[derive(Default)]
pub(super) struct Last {
    text: String,
    code: Option<u32>,
}

/// Whether a number is as short as the other readers' plain ones, at most 18 digits with those of a leading zero, so
/// that it has one hash.
fn is_plain((mantissa, scale): &(i64, u8)) -> bool {
    const DIGITS: u32 = 18;
    let digits = mantissa.unsigned_abs().checked_ilog10().map_or(1, |log| log + 1);
    let places = u32::from(*scale);
    digits.saturating_sub(places).max(1) + places <= DIGITS
}

impl<'v> FieldView<'v> {
    pub(super) fn of(schema: &'v Schema, layout: &Layout, field: &'v Field) -> FieldView<'v> {
        let places = field.wire.iter().filter_map(|path| layout.at(path)).collect();
        let enumeration = match &field.ty {
            Type::Enum(at) => schema.enums.get(*at),
            _ => None,
        };
        let least = field.least.as_ref().map(|least| plain_number(field, &Value::Number(least.clone())).ok_or(()));
        FieldView { field, places, enumeration, least, last: RefCell::default() }
    }

    /// Adds what the field is where it is left out; none where it must not be.
    pub(super) fn push_nothing(
        &self,
        dictionary: &Dictionary,
        column: &mut Column,
        content: &mut Content,
    ) -> Option<()> {
        let value = match &self.field.default {
            Some(default) => default,
            None if self.field.optional => &Value::Absent,
            None => return None,
        };
        content.value(self.field, value);
        match (column, value) {
            (Column::Numbers(numbers), Value::Absent) => numbers.push_absent(),
            (Column::Texts(codes) | Column::Members(codes), Value::Absent) => codes.push(ABSENT_CODE),
            (Column::Truths(truths), Value::Absent) => truths.push(ABSENT_TRUTH),
            (Column::Dates(column) | Column::Times(column) | Column::Clocks(column), Value::Absent) => {
                column.push(ABSENT_INTEGER);
            }
            (column, value) => return push_value(column, value, self.field, dictionary),
        }
        Some(())
    }

    /// Adds what stands in a row of a column; none, and nothing is added, where it is not plain.
    pub(super) fn push(
        &self,
        dictionary: &Dictionary,
        cells: &Cells,
        row: usize,
        column: &mut Column,
        content: &mut Content,
    ) -> Option<()> {
        match &self.field.ty {
            Type::Number(_) => self.push_number(cells, row, column, content),
            Type::Text => self.push_text(dictionary, cells, row, column, content),
            Type::Enum(_) => self.push_member(cells, row, column, content),
            Type::Boolean => push_truth(cells, row, column, content),
            Type::Time => push_time(cells, row, column, content),
            Type::Date | Type::Clock => self.push_other(dictionary, cells, row, column, content),
            Type::List(_) => None,
        }
    }

    fn push_number(&self, cells: &Cells, row: usize, column: &mut Column, content: &mut Content) -> Option<()> {
        let (mantissa, scale) = number(cells, row).filter(is_plain)?;
        match self.least {
            None => {}
            Some(Ok(least)) if is_at_least((mantissa, scale), least)? => {}
            Some(_) => return None,
        }
        if let Column::Numbers(numbers) = column
            && !numbers.push(mantissa, scale)
        {
            return None;
        }
        content.number(mantissa, scale);
        Some(())
    }

    fn push_text(
        &self,
        dictionary: &Dictionary,
        cells: &Cells,
        row: usize,
        column: &mut Column,
        content: &mut Content,
    ) -> Option<()> {
        let text = text(cells, row)?;
        if let Column::Texts(codes) = column {
            codes.push(self.last.borrow_mut().code(text, || dictionary.code(text))?);
        }
        content.text(text);
        Some(())
    }

    fn push_member(&self, cells: &Cells, row: usize, column: &mut Column, content: &mut Content) -> Option<()> {
        let text = text(cells, row)?;
        let enumeration = self.enumeration?;
        let named = || enumeration.members.iter().position(|member| *member.wire == *text);
        let member = self.last.borrow_mut().code(text, || named().and_then(|at| u32::try_from(at).ok()))?;
        if let Column::Members(members) = column {
            members.push(member);
        }
        content.member(member);
        Some(())
    }

    /// What comes seldom enough to be made a value first.
    fn push_other(
        &self,
        dictionary: &Dictionary,
        cells: &Cells,
        row: usize,
        column: &mut Column,
        content: &mut Content,
    ) -> Option<()> {
        let value = match (&self.field.ty, cells) {
            (Type::Date, Cells::Days(days)) => {
                let days = *days.get(row).filter(|days| (0..=LAST_DAY).contains(*days))?;
                Value::Date(super::moment::day(days)?)
            }
            (Type::Date, Cells::Texts(texts)) => Value::Date(time::date(texts.get(row)?.trim())?),
            (Type::Clock, Cells::Texts(texts)) => Value::Clock(time::clock(texts.get(row)?.trim())?),
            (Type::Clock, Cells::Clocks(clocks)) => Value::Clock(super::moment::clock_of(known(*clocks.get(row)?)?)?),
            _ => return None,
        };
        push_value(column, &value, self.field, dictionary)?;
        content.value(self.field, &value);
        Some(())
    }
}

impl Last {
    /// The code of a text, looked up where it is another than the last.
    pub(super) fn code(&mut self, text: &str, look_up: impl FnOnce() -> Option<u32>) -> Option<u32> {
        if let Some(code) = self.code
            && self.text == text
        {
            return Some(code);
        }
        let code = look_up()?;
        self.text.clear();
        self.text.push_str(text);
        self.code = Some(code);
        Some(code)
    }
}

fn push_value(column: &mut Column, value: &Value, field: &Field, dictionary: &Dictionary) -> Option<()> {
    column.push(value, field, dictionary).then_some(())
}

fn push_truth(cells: &Cells, row: usize, column: &mut Column, content: &mut Content) -> Option<()> {
    let Cells::Truths(truths) = cells else { return None };
    let truth = row < truths.len() && truths.value(row);
    if let Column::Truths(column) = column {
        column.push(u8::from(truth));
    }
    content.truth(truth);
    Some(())
}

fn push_time(cells: &Cells, row: usize, column: &mut Column, content: &mut Content) -> Option<()> {
    let time = instant(cells, row)?;
    if let Column::Times(times) = column {
        times.push(time);
    }
    content.time(time);
    Some(())
}

/// An integer that is read by column.
pub(super) fn known(integer: i64) -> Option<i64> {
    (integer != UNFIT).then_some(integer)
}

fn text(cells: &Cells, row: usize) -> Option<&str> {
    let Cells::Texts(texts) = cells else { return None };
    texts.get(row)
}

/// Nanoseconds since 1970, not before it.
pub(super) fn instant(cells: &Cells, row: usize) -> Option<i64> {
    const MILLISECOND: i64 = 1_000_000;
    let time = match cells {
        Cells::Times(times) => *times.get(row)?,
        Cells::Integers(milliseconds) => {
            let milliseconds = milliseconds.get(row).filter(|number| !time::LIKELY_SECONDS.contains(number))?;
            milliseconds.checked_mul(MILLISECOND)?
        }
        Cells::Texts(texts) => {
            let time = time::instant(texts.get(row)?.trim()).ok()?;
            i64::try_from(time.as_nanosecond()).ok()?
        }
        _ => return None,
    };
    (time >= 0).then_some(time)
}

/// A number's mantissa, without zeros at its end, and its decimal places.
fn number(cells: &Cells, row: usize) -> Option<(i64, u8)> {
    match cells {
        Cells::Integers(integers) => known(*integers.get(row)?).map(|integer| (integer, 0)),
        Cells::Small(mantissas, scale) => known(*mantissas.get(row)?).and_then(|mantissa| shortened(mantissa, *scale)),
        Cells::Decimals(mantissas, scale) => {
            let (mut mantissa, mut scale) = (*mantissas.get(row)?, *scale);
            while i64::try_from(mantissa).is_err() && scale > 0 && mantissa % 10 == 0 {
                (mantissa, scale) = (mantissa / 10, scale - 1);
            }
            shortened(i64::try_from(mantissa).ok()?, scale)
        }
        Cells::Texts(texts) => decimal_of(texts.get(row)?.trim()),
        _ => None,
    }
}

/// Without the zeros at the end of its fraction, several at a time.
fn shortened(mut mantissa: i64, mut scale: u8) -> Option<(i64, u8)> {
    for (power, places) in [(100_000_000, 8), (10_000, 4), (100, 2), (10, 1)] {
        while scale >= places && mantissa % power == 0 {
            (mantissa, scale) = (mantissa / power, scale - places);
        }
    }
    (scale <= florin_compiler::columns::MAX_SCALE).then_some((mantissa, scale))
}

/// Whether one number is at least another; none where that is beyond 128 bits.
fn is_at_least((mantissa, scale): (i64, u8), (least, least_scale): (i64, u8)) -> Option<bool> {
    let shift =
        |value: i64, by: u8| 10i128.checked_pow(u32::from(by)).and_then(|power| power.checked_mul(value.into()));
    Some(shift(mantissa, least_scale)? >= shift(least, scale)?)
}
