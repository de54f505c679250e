//! The values of one column as plain integers and texts, where it has such a form.
//!
//! A value that has none (a time beyond 64 bits, a fraction of a second in a time of day) is [`UNFIT`]: its row is
//! read as a [`super::Row`], which knows what to say of it.

use super::moment;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Int8Type, Int16Type,
    Int32Type, Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, LargeStringArray, StringArray, StringViewArray};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, TimeUnit};

/// What stands for a value that is not read by column. No value that is has it.
pub(super) const UNFIT: i64 = i64::MIN;

/// A column.
pub(super) struct Leaf {
    pub(super) cells: Cells,
    /// Where it is null, the objects around it considered.
    pub(super) nulls: Option<NullBuffer>,
}

/// Its values.
pub(super) enum Cells {
    Integers(ScalarBuffer<i64>),
    /// With their decimal places.
    Small(ScalarBuffer<i64>, u8),
    Decimals(ScalarBuffer<i128>, u8),
    Texts(Texts),
    Truths(BooleanBuffer),
    /// Days since 1970.
    Days(ScalarBuffer<i64>),
    /// Nanoseconds since 1970.
    Times(ScalarBuffer<i64>),
    /// Nanoseconds since midnight, in whole seconds.
    Clocks(ScalarBuffer<i64>),
    /// Whatever is read row by row.
    Other,
}

/// Texts in one of their layouts.
pub(super) enum Texts {
    Short(StringArray),
    Long(LargeStringArray),
    View(StringViewArray),
    /// The place of each row's text among the texts.
    Dictionary(Vec<usize>, Box<Texts>),
}

impl Texts {
    pub(super) fn get(&self, row: usize) -> Option<&str> {
        match self {
            Texts::Short(texts) => (row < texts.len()).then(|| texts.value(row)),
            Texts::Long(texts) => (row < texts.len()).then(|| texts.value(row)),
            Texts::View(texts) => (row < texts.len()).then(|| texts.value(row)),
            Texts::Dictionary(places, texts) => texts.get(*places.get(row)?),
        }
    }

    fn of(array: &dyn Array) -> Option<Texts> {
        match array.data_type() {
            DataType::Utf8 => Some(Texts::Short(array.as_string::<i32>().clone())),
            DataType::LargeUtf8 => Some(Texts::Long(array.as_string::<i64>().clone())),
            DataType::Utf8View => Some(Texts::View(array.as_string_view().clone())),
            DataType::Dictionary(..) => {
                let dictionary = array.as_any_dictionary();
                let texts = Texts::of(dictionary.values().as_ref())?;
                let none = dictionary.values().len();
                let place = |row| integer(dictionary.keys(), row).and_then(|key| usize::try_from(key).ok());
                Some(Texts::Dictionary(
                    (0..array.len()).map(|row| place(row).unwrap_or(none)).collect(),
                    Box::new(texts),
                ))
            }
            _ => None,
        }
    }
}

impl Leaf {
    /// Of an array; `outer` says where an object around it is null.
    pub(super) fn of(array: &ArrayRef, outer: Option<&NullBuffer>) -> Leaf {
        let nulls = NullBuffer::union(outer, array.logical_nulls().as_ref());
        Leaf { cells: Cells::of(array.as_ref()), nulls }
    }

    pub(super) fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| row >= nulls.len() || nulls.is_null(row))
    }

    /// Whether a row has nothing here: null, or a blank text.
    pub(super) fn is_blank(&self, row: usize) -> bool {
        self.is_null(row)
            || match &self.cells {
                Cells::Texts(texts) => texts.get(row).is_none_or(|text| text.trim().is_empty()),
                _ => false,
            }
    }
}

impl Cells {
    fn of(array: &dyn Array) -> Cells {
        match array.data_type() {
            DataType::Boolean => Cells::Truths(array.as_boolean().values().clone()),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..) => {
                Texts::of(array).map_or(Cells::Other, Cells::Texts)
            }
            DataType::Timestamp(unit, Some(_)) => Cells::Times(times(array, *unit)),
            DataType::Date32 => Cells::Days(widened::<Date32Type>(array, |days| Some(days.into()))),
            DataType::Date64 => {
                Cells::Days(widened::<Date64Type>(array, |time| (time % 86_400_000 == 0).then_some(time / 86_400_000)))
            }
            DataType::Time32(_) | DataType::Time64(_) => Cells::Clocks(clocks(array)),
            _ => integers(array).map_or_else(|| decimals(array), Cells::Integers),
        }
    }
}

fn integers(array: &dyn Array) -> Option<ScalarBuffer<i64>> {
    Some(match array.data_type() {
        DataType::Int8 => widened::<Int8Type>(array, |value| Some(value.into())),
        DataType::Int16 => widened::<Int16Type>(array, |value| Some(value.into())),
        DataType::Int32 => widened::<Int32Type>(array, |value| Some(value.into())),
        DataType::Int64 => array.as_primitive::<Int64Type>().values().clone(),
        DataType::UInt8 => widened::<UInt8Type>(array, |value| Some(value.into())),
        DataType::UInt16 => widened::<UInt16Type>(array, |value| Some(value.into())),
        DataType::UInt32 => widened::<UInt32Type>(array, |value| Some(value.into())),
        DataType::UInt64 => widened::<UInt64Type>(array, |value| value.try_into().ok()),
        _ => return None,
    })
}

fn decimals(array: &dyn Array) -> Cells {
    let scale = |scale: &i8| u8::try_from(*scale).ok();
    let cells =
        match array.data_type() {
            DataType::Decimal32(_, places) => scale(places)
                .map(|scale| Cells::Small(widened::<Decimal32Type>(array, |value| Some(value.into())), scale)),
            DataType::Decimal64(_, places) => {
                scale(places).map(|scale| Cells::Small(array.as_primitive::<Decimal64Type>().values().clone(), scale))
            }
            DataType::Decimal128(_, places) => scale(places)
                .map(|scale| Cells::Decimals(array.as_primitive::<Decimal128Type>().values().clone(), scale)),
            _ => None,
        };
    cells.unwrap_or(Cells::Other)
}

fn times(array: &dyn Array, unit: TimeUnit) -> ScalarBuffer<i64> {
    let by = moment::nanoseconds(unit);
    let scaled = |count: i64| count.checked_mul(by);
    match unit {
        TimeUnit::Second => widened::<TimestampSecondType>(array, scaled),
        TimeUnit::Millisecond => widened::<TimestampMillisecondType>(array, scaled),
        TimeUnit::Microsecond => widened::<TimestampMicrosecondType>(array, scaled),
        TimeUnit::Nanosecond => array.as_primitive::<TimestampNanosecondType>().values().clone(),
    }
}

fn clocks(array: &dyn Array) -> ScalarBuffer<i64> {
    let whole = |count: i64, unit: TimeUnit| {
        let time = count.checked_mul(moment::nanoseconds(unit))?;
        ((0..86_400_000_000_000).contains(&time) && time % 1_000_000_000 == 0).then_some(time)
    };
    match array.data_type() {
        DataType::Time32(TimeUnit::Second) => {
            widened::<Time32SecondType>(array, |count| whole(count.into(), TimeUnit::Second))
        }
        DataType::Time32(_) => {
            widened::<Time32MillisecondType>(array, |count| whole(count.into(), TimeUnit::Millisecond))
        }
        DataType::Time64(TimeUnit::Microsecond) => {
            widened::<Time64MicrosecondType>(array, |count| whole(count, TimeUnit::Microsecond))
        }
        _ => widened::<Time64NanosecondType>(array, |count| whole(count, TimeUnit::Nanosecond)),
    }
}

fn widened<T: ArrowPrimitiveType>(array: &dyn Array, to: impl Fn(T::Native) -> Option<i64>) -> ScalarBuffer<i64> {
    array.as_primitive::<T>().values().iter().map(|value| to(*value).unwrap_or(UNFIT)).collect()
}

/// An integer of any width; none where it is null, of another type, or beyond 64 bits with a sign.
pub(super) fn integer(array: &dyn Array, row: usize) -> Option<i64> {
    if row >= array.len() || array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Int8 => array.as_primitive::<Int8Type>().value(row).into(),
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).into(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row),
        DataType::UInt8 => array.as_primitive::<UInt8Type>().value(row).into(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).into(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).into(),
        DataType::UInt64 => i64::try_from(array.as_primitive::<UInt64Type>().value(row)).ok()?,
        _ => return None,
    })
}
