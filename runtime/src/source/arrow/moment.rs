//! Days, instants and times of day of typed columns: as integers, and as the text that another reader would see.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use arrow_schema::{DataType, TimeUnit};
use jiff::civil::Date;
use jiff::{Span, Timestamp};

const SECOND: i64 = 1_000_000_000;

/// The nanoseconds of a unit.
pub(super) fn nanoseconds(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => SECOND,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    }
}

/// As text. What is beyond any calendar is said as it stands, to be refused.
pub(super) fn text(array: &dyn Array, row: usize) -> Option<String> {
    match array.data_type() {
        DataType::Timestamp(unit, zone) => {
            let count = stamp(array, *unit, row)?;
            let time = i128::from(count) * i128::from(nanoseconds(*unit));
            Some(match (Timestamp::from_nanosecond(time), zone) {
                (Ok(time), Some(_)) => time.to_string(),
                (Ok(time), None) => jiff::tz::TimeZone::UTC.to_datetime(time).to_string(),
                (Err(_), _) => format!("{count} {unit:?}s since 1970"),
            })
        }
        DataType::Time32(unit) | DataType::Time64(unit) => {
            let count = since_midnight(array, row)?;
            clock(count, *unit).or_else(|| Some(format!("{count} {unit:?}s since midnight")))
        }
        _ => {
            let day = super::row::days(array, row).and_then(day);
            Some(day.map_or_else(|| "a day beyond any calendar".to_owned(), |day| day.to_string()))
        }
    }
}

/// The day so many days after 1970-01-01.
pub(super) fn day(days: i64) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(Span::new().try_days(days).ok()?).ok()
}

fn stamp(array: &dyn Array, unit: TimeUnit, row: usize) -> Option<i64> {
    Some(match unit {
        TimeUnit::Second => array.as_primitive_opt::<TimestampSecondType>()?.value(row),
        TimeUnit::Millisecond => array.as_primitive_opt::<TimestampMillisecondType>()?.value(row),
        TimeUnit::Microsecond => array.as_primitive_opt::<TimestampMicrosecondType>()?.value(row),
        TimeUnit::Nanosecond => array.as_primitive_opt::<TimestampNanosecondType>()?.value(row),
    })
}

fn since_midnight(array: &dyn Array, row: usize) -> Option<i64> {
    Some(match array.data_type() {
        DataType::Time32(TimeUnit::Second) => i64::from(array.as_primitive_opt::<Time32SecondType>()?.value(row)),
        DataType::Time32(_) => i64::from(array.as_primitive_opt::<Time32MillisecondType>()?.value(row)),
        DataType::Time64(TimeUnit::Microsecond) => array.as_primitive_opt::<Time64MicrosecondType>()?.value(row),
        _ => array.as_primitive_opt::<Time64NanosecondType>()?.value(row),
    })
}

/// `04:30:15`, with a fraction only where there is one.
fn clock(count: i64, unit: TimeUnit) -> Option<String> {
    let nanoseconds = count.checked_mul(nanoseconds(unit)).filter(|time| (0..86_400 * SECOND).contains(time))?;
    let (seconds, rest) = (nanoseconds / SECOND, nanoseconds % SECOND);
    let whole = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    Some(if rest == 0 { whole } else { format!("{whole}.{rest:09}").trim_end_matches('0').to_owned() })
}

/// The time of day so many nanoseconds after midnight, which are whole seconds.
pub(super) fn clock_of(nanoseconds: i64) -> Option<jiff::civil::Time> {
    let seconds = nanoseconds / SECOND;
    let part = |value: i64| i8::try_from(value).ok();
    jiff::civil::Time::new(part(seconds / 3_600)?, part(seconds / 60 % 60)?, part(seconds % 60)?, 0).ok()
}
