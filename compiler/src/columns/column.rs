//! The values of one field, as plain integers.

use super::Dictionary;
use crate::exact::Rational;
use crate::model::{Clock, Field, Type, Value};
use jiff::Timestamp;
use jiff::civil::Date;

/// What stands for an absent text or member.
pub const ABSENT_CODE: u32 = u32::MAX;
/// What stands for an absent number, time, date or clock.
pub const ABSENT_INTEGER: i64 = i64::MIN;
/// What stands for an absent truth; 0 is false, 1 true.
pub const ABSENT_TRUTH: u8 = 2;
/// The most decimal places of a column of numbers.
pub const MAX_SCALE: u8 = 18;

/// The values of a field, one for each record of a batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Nothing reads them: they were checked and not kept.
    Unread,
    /// Numbers.
    Numbers(Numbers),
    /// Texts, by their codes.
    Texts(Vec<u32>),
    /// Members of an enum, by their indices.
    Members(Vec<u32>),
    /// Truths.
    Truths(Vec<u8>),
    /// Days since 1970-01-01.
    Dates(Vec<i64>),
    /// Nanoseconds since 1970.
    Times(Vec<i64>),
    /// Nanoseconds since midnight.
    Clocks(Vec<i64>),
    /// Lists, as they are.
    Lists(Vec<Value>),
}

/// Numbers in the unit of the wire, as integers over one power of ten: 1.50 at scale 3 is 1500.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// The numbers times ten to the power of the scale; [`ABSENT_INTEGER`] where there is none.
    pub mantissas: Vec<i64>,
    /// The decimal places, at most [`MAX_SCALE`]. It may grow while a batch is filled, and stays from batch to batch.
    pub scale: u8,
    /// The least mantissa, those that are absent left out; above `greatest` where there is none.
    pub least: i64,
    /// The greatest mantissa.
    pub greatest: i64,
    /// Whether one may be absent.
    pub has_absent: bool,
}

impl Numbers {
    /// Without any number yet.
    #[must_use]
    pub fn of_scale(scale: u8) -> Numbers {
        Numbers { mantissas: Vec::new(), scale, least: i64::MAX, greatest: i64::MIN, has_absent: false }
    }

    /// Adds a number of a scale of its own. Where it does not fit with those before, it is not added, and false.
    pub fn push(&mut self, mantissa: i64, scale: u8) -> bool {
        if scale > self.scale && !self.rescale(scale) {
            return false;
        }
        let shifted = shift(mantissa, self.scale - scale).filter(|shifted| *shifted != ABSENT_INTEGER);
        let Some(mantissa) = shifted else { return false };
        self.least = self.least.min(mantissa);
        self.greatest = self.greatest.max(mantissa);
        self.mantissas.push(mantissa);
        true
    }

    /// Adds an absent one.
    pub fn push_absent(&mut self) {
        self.has_absent = true;
        self.mantissas.push(ABSENT_INTEGER);
    }

    /// Gives all numbers more decimal places, if they fit.
    fn rescale(&mut self, scale: u8) -> bool {
        if scale > MAX_SCALE {
            return false;
        }
        let by = scale - self.scale;
        let has_any = self.least <= self.greatest;
        if has_any {
            let (Some(least), Some(greatest)) = (shift(self.least, by), shift(self.greatest, by)) else { return false };
            if least == ABSENT_INTEGER {
                return false;
            }
            (self.least, self.greatest) = (least, greatest);
            for mantissa in self.mantissas.iter_mut().filter(|mantissa| **mantissa != ABSENT_INTEGER) {
                *mantissa = shift(*mantissa, by).unwrap_or(*mantissa);
            }
        }
        self.scale = scale;
        true
    }

    /// Takes back the last one, where a record turns out not to fit. The range stays as wide as it was, and an absent
    /// one counts.
    pub fn pop(&mut self) {
        self.mantissas.pop();
    }
}

/// A mantissa with so many decimal places more.
fn shift(mantissa: i64, places: u8) -> Option<i64> {
    10i64.checked_pow(u32::from(places)).and_then(|power| mantissa.checked_mul(power))
}

impl Column {
    /// An empty column for a field; `scale` is where numbers begin.
    #[must_use]
    pub fn for_field(field: &Field, needed: bool, scale: u8) -> Column {
        if !needed {
            return Column::Unread;
        }
        match &field.ty {
            Type::Number(_) => Column::Numbers(Numbers::of_scale(scale)),
            Type::Text => Column::Texts(Vec::new()),
            Type::Enum(_) => Column::Members(Vec::new()),
            Type::Boolean => Column::Truths(Vec::new()),
            Type::Date => Column::Dates(Vec::new()),
            Type::Time => Column::Times(Vec::new()),
            Type::Clock => Column::Clocks(Vec::new()),
            Type::List(_) => Column::Lists(Vec::new()),
        }
    }

    /// Makes room for so many values.
    pub fn reserve(&mut self, values: usize) {
        match self {
            Column::Unread => {}
            Column::Numbers(numbers) => numbers.mantissas.reserve(values),
            Column::Texts(codes) | Column::Members(codes) => codes.reserve(values),
            Column::Truths(truths) => truths.reserve(values),
            Column::Dates(integers) | Column::Times(integers) | Column::Clocks(integers) => integers.reserve(values),
            Column::Lists(lists) => lists.reserve(values),
        }
    }

    /// Takes all values out; their room and the scale stay.
    pub fn clear(&mut self) {
        match self {
            Column::Unread => {}
            Column::Numbers(numbers) => {
                numbers.mantissas.clear();
                (numbers.least, numbers.greatest) = (i64::MAX, i64::MIN);
                numbers.has_absent = false;
            }
            Column::Texts(codes) | Column::Members(codes) => codes.clear(),
            Column::Truths(truths) => truths.clear(),
            Column::Dates(integers) | Column::Times(integers) | Column::Clocks(integers) => integers.clear(),
            Column::Lists(lists) => lists.clear(),
        }
    }

    /// The value of a row; absent where nothing was kept.
    #[must_use]
    pub fn value(&self, row: usize, field: &Field, dictionary: &Dictionary) -> Value {
        self.present(row, field, dictionary).unwrap_or(Value::Absent)
    }

    fn present(&self, row: usize, field: &Field, dictionary: &Dictionary) -> Option<Value> {
        let integer = |integers: &Vec<i64>| integers.get(row).copied().filter(|one| *one != ABSENT_INTEGER);
        let code = |codes: &Vec<u32>| codes.get(row).copied().filter(|code| *code != ABSENT_CODE);
        match self {
            Column::Unread => None,
            Column::Numbers(numbers) => {
                let bare = Rational::fraction_of(
                    i128::from(integer(&numbers.mantissas)?),
                    10i128.checked_pow(u32::from(numbers.scale))?,
                )?;
                Some(Value::Number(field.unit.as_ref().map_or(bare.clone(), |unit| &bare * &unit.factor)))
            }
            Column::Texts(codes) => dictionary.text(code(codes)?).map(Value::Text),
            Column::Members(codes) => code(codes).map(Value::Member),
            Column::Truths(truths) => {
                truths.get(row).filter(|truth| **truth != ABSENT_TRUTH).map(|truth| Value::Boolean(*truth == 1))
            }
            Column::Dates(days) => date_of(integer(days)?).map(Value::Date),
            Column::Times(times) => Timestamp::from_nanosecond(i128::from(integer(times)?)).ok().map(Value::Time),
            Column::Clocks(clocks) => clock_of(integer(clocks)?).map(Value::Clock),
            Column::Lists(lists) => lists.get(row).cloned(),
        }
    }

    /// Adds a value that was read otherwise; false where it does not fit, and then it is not added.
    pub fn push(&mut self, value: &Value, field: &Field, dictionary: &Dictionary) -> bool {
        match (self, value) {
            (Column::Unread, _) => {}
            (Column::Lists(lists), value) => lists.push(value.clone()),
            (Column::Numbers(numbers), Value::Absent) => numbers.push_absent(),
            (Column::Texts(codes) | Column::Members(codes), Value::Absent) => codes.push(ABSENT_CODE),
            (Column::Truths(truths), Value::Absent) => truths.push(ABSENT_TRUTH),
            (Column::Dates(integers) | Column::Times(integers) | Column::Clocks(integers), Value::Absent) => {
                integers.push(ABSENT_INTEGER);
            }
            (Column::Numbers(numbers), Value::Number(number)) => {
                let bare = match &field.unit {
                    Some(unit) => number.checked_div(&unit.factor),
                    None => Some(number.clone()),
                };
                return bare
                    .and_then(|bare| decimal(&bare))
                    .is_some_and(|(mantissa, scale)| numbers.push(mantissa, scale));
            }
            (Column::Texts(codes), Value::Text(text)) => match dictionary.code(text) {
                Some(code) => codes.push(code),
                None => return false,
            },
            (Column::Members(codes), Value::Member(member)) => codes.push(*member),
            (Column::Truths(truths), Value::Boolean(truth)) => truths.push(u8::from(*truth)),
            (Column::Dates(days), Value::Date(date)) => days.push(days_of(*date)),
            (Column::Times(times), Value::Time(time)) => match i64::try_from(time.as_nanosecond()) {
                Ok(time) => times.push(time),
                Err(_) => return false,
            },
            (Column::Clocks(clocks), Value::Clock(clock)) => clocks.push(nanoseconds_of(*clock)),
            _ => return false,
        }
        true
    }

    /// Takes back the last value, where a record turns out not to fit.
    pub fn pop(&mut self) {
        match self {
            Column::Unread => {}
            Column::Numbers(numbers) => numbers.pop(),
            Column::Texts(codes) | Column::Members(codes) => {
                codes.pop();
            }
            Column::Truths(truths) => {
                truths.pop();
            }
            Column::Dates(integers) | Column::Times(integers) | Column::Clocks(integers) => {
                integers.pop();
            }
            Column::Lists(lists) => {
                lists.pop();
            }
        }
    }
}

/// A number as a mantissa and its decimal places, the fewest that do; none where it has no such form in 64 bits.
fn decimal(number: &Rational) -> Option<(i64, u8)> {
    let mut scale = 0u8;
    let mut scaled = number.clone();
    while !scaled.is_integer() {
        scale = scale.checked_add(1).filter(|scale| *scale <= MAX_SCALE)?;
        scaled = &scaled * &Rational::from(10i64);
    }
    let mantissa = i64::try_from(scaled.to_i128()?).ok()?;
    Some((mantissa, scale))
}

/// A value other than a number as the integer that a column holds. None where it has none; a text has one where it
/// stands in the program.
#[must_use]
pub fn integer_of(value: &Value, dictionary: &Dictionary) -> Option<i64> {
    match value {
        Value::Text(text) => dictionary.program_code(text).map(i64::from),
        Value::Member(member) => Some(i64::from(*member)),
        Value::Boolean(truth) => Some(i64::from(*truth)),
        Value::Date(date) => Some(days_of(*date)),
        Value::Time(time) => i64::try_from(time.as_nanosecond()).ok(),
        Value::Clock(clock) => Some(nanoseconds_of(*clock)),
        Value::Absent | Value::Number(_) | Value::List(_) => None,
    }
}

/// Days since 1970-01-01.
#[must_use]
pub fn days_of(date: Date) -> i64 {
    let epoch = Date::constant(1970, 1, 1);
    date.since(epoch).map_or(0, |span| i64::from(span.get_days()))
}

/// The day so many days after 1970-01-01.
#[must_use]
pub fn date_of(days: i64) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

/// Nanoseconds since midnight.
#[must_use]
pub fn nanoseconds_of(clock: Clock) -> i64 {
    let seconds = i64::from(clock.hour()) * 3_600 + i64::from(clock.minute()) * 60 + i64::from(clock.second());
    seconds * 1_000_000_000 + i64::from(clock.subsec_nanosecond())
}

/// The time of day so many nanoseconds after midnight.
#[must_use]
pub fn clock_of(nanoseconds: i64) -> Option<Clock> {
    let part = |unit: i64, of: i64| i8::try_from(nanoseconds / unit % of).ok();
    let (hour, minute) = (part(3_600_000_000_000, 24)?, part(60_000_000_000, 60)?);
    let (second, rest) = (part(1_000_000_000, 60)?, i32::try_from(nanoseconds % 1_000_000_000).ok()?);
    Clock::new(hour, minute, second, rest).ok()
}
